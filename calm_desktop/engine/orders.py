"""Orders and what their items say: who buys what, for which days, at which price, billed how."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from calm_desktop.engine.catalog import Category, PriceUnit, SellingModel
from calm_desktop.engine.dates import Period, Term
from calm_desktop.engine.limits import LONGEST_TERM
from calm_desktop.engine.money import Currency, Money
from calm_desktop.engine.problems import Problem
from calm_desktop.engine.rating import BillingTerms, Rate, total
from calm_desktop.engine.rating import term_count as count_term


@dataclass(frozen=True, slots=True)
class Item:
    """One order item: `quantity` units for the days of `period` at `rate`, billed by `terms`.

    `list_price` is the list unit price of the day (before any negotiation), in the unit of `rate`. `term` is the length
    that was agreed, which a renewal repeats; None for an evergreen or one-time item. `recurring` is False for what is
    rated by use: such an item has no charge of its own.
    """

    category: Category
    selling_model: SellingModel
    quantity: Decimal
    list_price: Decimal
    rate: Rate
    period: Period
    term: Term | None
    terms: BillingTerms
    recurring: bool = True

    @property
    def is_evergreen(self) -> bool:
        """Whether the item runs until it is cancelled; its total is not known."""
        return self.selling_model is SellingModel.EVERGREEN and self.period.end is None

    def total(self, currency: Currency) -> Money | None:
        """The item's total, rounded once (DOMAIN 3.2); None for an evergreen item."""
        if not self.recurring:
            return currency.money(0)
        if self.is_evergreen:
            return None
        return total(self.period, self.quantity, self.rate, self.terms, currency)

    def list_total(self, currency: Currency) -> Money | None:
        """What the item would cost at its list price; the difference to `total` is the adjustment."""
        if not self.recurring:
            return currency.money(0)
        if self.is_evergreen:
            return None
        return total(self.period, self.quantity, Rate(self.list_price, self.rate.unit), self.terms, currency)

    @property
    def term_count(self) -> Fraction | None:
        """How many price units the item's days count (DOMAIN 3.2); None for an evergreen item."""
        if self.is_evergreen:
            return None
        if self.period.end is None or self.rate.unit is PriceUnit.ONCE:
            return Fraction(1)
        return count_term(self.period, self.rate.unit, self.terms)


def problems_of_length(number: int | None, field: str = "term") -> list[Problem]:
    """What is wrong with a term of `number` months or years, which `field` asks for; None asks for nothing."""
    if number is None or 0 < number <= LONGEST_TERM:
        return []
    code = f"bad-{field.replace('_', '-')}"
    return [Problem(code, field, f"A term is 1 to {LONGEST_TERM:,} months or years, not {number}.")]
