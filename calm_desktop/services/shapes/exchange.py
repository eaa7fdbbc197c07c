"""Exchange rates, and figures converted by them, which always say by which rate of which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calm_desktop.services.field_access import AssetAmount, Balance, Mrr


@dataclass(frozen=True, slots=True)
class RateRow:
    """From a day on, one unit of `currency` is worth `rate` units of the currency `to`."""

    currency: str
    to: str
    rate: Decimal
    from_: date


@dataclass(frozen=True, slots=True)
class UsedRate:
    """A rate that figures were converted by: one unit of `currency` counts `rate` units of the reporting currency.

    `inverse_of` is the rate that is recorded where that one is the other way round: `rate` is then one divided by it,
    here with 10 decimals, while the figures were converted exactly.
    """

    currency: str
    rate: Decimal
    from_: date
    inverse_of: Decimal | None


@dataclass(frozen=True, slots=True)
class ReportingFigures:
    """The money on the cards of a day, of all currencies, converted into the one reporting currency.

    A figure is None where a rate is missing for it; `missing` names the currencies that have none.
    """

    currency: str
    as_of: date
    amount: AssetAmount | None
    mrr: Mrr | None
    invoice_line_balance: Balance | None
    rates: tuple[UsedRate, ...]
    missing: tuple[str, ...]

    @property
    def is_converted(self) -> bool:
        """Whether anything was converted, or would have been if there were a rate."""
        return bool(self.rates or self.missing)
