"""How large what is asked for may be: the limits that every door to the program keeps to."""

from __future__ import annotations

from decimal import Decimal

QUANTITY_LIMIT = Decimal(10) ** 12
"""Quantities stay below it."""

PRICE_LIMIT = Decimal(10) ** 12
"""Unit prices stay below it."""

LONGEST_TERM = 3600
"""Months or years of a term."""

LONGEST_PAYMENT = 3650
"""Days from an invoice's date to its due date."""

RATE_LIMIT = Decimal(10) ** 8
"""Exchange rates stay below it."""

LONGEST_TRIAL = 3_600
"""How many days at the start of a sale may be free."""
