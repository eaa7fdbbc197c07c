"""Exact money: each currency has its own decimals; rounded once, half away from zero (DOMAIN section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency: `code` (USD) and its number of `decimals` (JPY 0, USD 2, KWD 3)."""

    code: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency: `minor` counts its smallest units (1200.00 USD = 120000)."""

    minor: int
    currency: Currency

    @property
    def amount(self) -> Decimal:
        """The amount in major units with exactly the currency's decimals."""
        return Decimal(self.minor).scaleb(-self.currency.decimals)
