"""How large what is asked for may be: the limits that every door to the program keeps to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from calm_desktop.engine.dates import FIRST_DAY, LAST_DAY
from calm_desktop.engine.problems import Problem

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


def problems_of_day(field: str, day: date | None) -> list[Problem]:
    """What is wrong with a day that `field` asks for; None asks for nothing."""
    if day is None or FIRST_DAY <= day <= LAST_DAY:
        return []
    return [Problem("bad-date", field, f"{field}: {day} is outside the years 1900 to 2199.")]


def has_more_decimals(number: Decimal, decimals: int) -> bool:
    """Whether a number that is within its limit has more than so many decimals."""
    return number != number.quantize(Decimal(1).scaleb(-decimals))


def problems_of_number(
    field: str, what: str, number: Decimal, limit: Decimal = QUANTITY_LIMIT, above_zero: bool = False
) -> list[Problem]:
    """What is wrong with a number from 0 (or above it) to below `limit`, with at most 6 decimals."""
    if not number.is_finite() or not 0 <= number < limit or (above_zero and not number):
        low = "above 0 and" if above_zero else "from 0 to"
        words = f"{what} is out of range. Give a number {low} below {int(limit):,}."
        return [Problem(f"{field.replace('_', '-')}-out-of-range", field, words)]
    if has_more_decimals(number, 6):
        return [Problem("too-many-decimals", field, f"{what} has more than 6 decimals. Round it to 6.")]
    return []
