"""Orders and what their items say: who buys what, for which days, at which price, billed how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from calm_desktop.engine.catalog import Category, Effect, PriceUnit, SellingModel
from calm_desktop.engine.dates import Period, Term
from calm_desktop.engine.limits import LONGEST_TERM
from calm_desktop.engine.money import Currency, Money
from calm_desktop.engine.problems import Problem
from calm_desktop.engine.rating import BillingTerms, MrrFormula, Rate, total
from calm_desktop.engine.rating import term_count as count_term


@dataclass(frozen=True, slots=True)
class Item:
    """One order item: `quantity` units for the days of `period` at `rate`, billed by `terms`.

    `list_price` is the list unit price of the day (before any negotiation), in the unit of `rate`. `term` is the length
    that was agreed, which a renewal repeats; None for an evergreen or one-time item. `recurring` is False for what is
    rated by use: such an item has no charge of its own. `anchor` is the first day of the term whose billing grid
    counts, where that is not the item's own start.

    An item that takes back has a negative quantity. `target` is the key of the item that it takes from; of one that
    adds within a term, that of the item that brought the term. `agreed` is the total where it is not rated: what is
    taken back whole is exactly what was left (DOMAIN 4.3).
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
    anchor: date | None = None
    effect: Effect = Effect.COVERS
    target: int | None = None
    agreed: Money | None = None
    mrr_formula: MrrFormula = MrrFormula.PRICE

    @property
    def grid(self) -> date:
        """The first day of the term whose billing grid counts."""
        return self.anchor or self.period.start

    @property
    def is_once(self) -> bool:
        """Whether the price is paid once, whatever the days."""
        return self.rate.unit is PriceUnit.ONCE

    @property
    def is_evergreen(self) -> bool:
        """Whether the item runs until it is cancelled; its total is not known."""
        return self.selling_model is SellingModel.EVERGREEN and self.period.end is None

    def total(self, currency: Currency) -> Money | None:
        """The item's total, rounded once (DOMAIN 3.2), or what was agreed; None for an evergreen item."""
        if self.agreed is not None:
            return self.agreed
        if not self.recurring:
            return currency.money(0)
        if self.is_evergreen:
            return None
        return total(self.period, self.quantity, self.rate, self.terms, currency, self.grid)

    def list_total(self, currency: Currency) -> Money | None:
        """What the item would cost at its list price; the difference to `total` is the adjustment."""
        if not self.recurring:
            return currency.money(0)
        if self.is_evergreen:
            return None
        listed = Rate(self.list_price, self.rate.unit)
        if listed == self.rate and self.effect is Effect.COVERS:
            return self.total(currency)
        return total(self.period, self.quantity, listed, self.terms, currency, self.grid)

    @property
    def term_count(self) -> Fraction | None:
        """How many price units the item's days count (DOMAIN 3.2); None for an evergreen item."""
        if self.is_evergreen:
            return None
        if self.period.end is None or self.is_once:
            return Fraction(1)
        return count_term(self.period, self.rate.unit, self.terms, self.grid)


def problems_of_length(number: int | None, field: str = "term") -> list[Problem]:
    """What is wrong with a term of `number` months or years, which `field` asks for; None asks for nothing."""
    if number is None or 0 < number <= LONGEST_TERM:
        return []
    code = f"bad-{field.replace('_', '-')}"
    return [Problem(code, field, f"A term is 1 to {LONGEST_TERM:,} months or years, not {number}.")]
