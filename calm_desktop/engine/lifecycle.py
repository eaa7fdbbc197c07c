"""What an asset holds over its life: state periods, and the actions that change them (DOMAIN section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from calm_desktop.engine.catalog import ActionType, Category, PriceUnit, SellingModel
from calm_desktop.engine.dates import ONE_DAY, Period, Term, term_between, term_end
from calm_desktop.engine.money import Currency, Money
from calm_desktop.engine.orders import Item
from calm_desktop.engine.problems import Problem
from calm_desktop.engine.rating import MrrFormula, Rate, mrr


class SourceKind(StrEnum):
    """What an action can have come from."""

    ORDER_ITEM = "order-item"
    WORK_ORDER_LINE = "work-order-line"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class StatePeriod:
    """A span of days in which quantity, amount and MRR do not change.

    `amount` is the money for the period's own days; None while an evergreen period runs, for it is not known before
    it ends. `mrr` is monthly recurring revenue, rounded to the currency.
    """

    period: Period
    quantity: Decimal
    amount: Money | None
    mrr: Money


@dataclass(frozen=True, slots=True)
class Delta:
    """What an action changed: of the asset's last state (quantity, MRR) and of its lifetime amount."""

    quantity: Decimal
    amount: Money
    mrr: Money

    def plus(self, other: Delta) -> Delta:
        """Running totals are sums of deltas."""
        return Delta(self.quantity + other.quantity, self.amount + other.amount, self.mrr + other.mrr)


@dataclass(frozen=True, slots=True)
class Change:
    """An act on one asset: the state periods that hold after it, and its action."""

    periods: tuple[StatePeriod, ...]
    category: Category
    type: ActionType
    effective_date: date
    delta: Delta


def lifetime_amount(periods: Sequence[StatePeriod], currency: Currency) -> Money:
    """The sum of all state periods' amounts; a running evergreen period counts nothing yet."""
    return currency.money(sum(state.amount.minor for state in periods if state.amount is not None))


def delta_between(before: Sequence[StatePeriod], after: Sequence[StatePeriod], currency: Currency) -> Delta:
    """The one rule for deltas (DOMAIN 4.2): last state after minus last state before; lifetime amounts likewise."""
    nothing = StatePeriod(Period(date.min, None), Decimal(0), None, currency.money(0))
    last, first = (states[-1] if states else nothing for states in (after, before))
    return Delta(
        last.quantity - first.quantity,
        lifetime_amount(after, currency) - lifetime_amount(before, currency),
        last.mrr - first.mrr,
    )


def state_of(item: Item, currency: Currency, formula: MrrFormula) -> StatePeriod:
    """The state period that an order item brings about."""
    amount = item.total(currency)
    recurring = currency.money(0)
    if item.recurring:
        recurring = mrr(item.quantity, item.rate, currency, formula, item.period, amount, item.terms)
    return StatePeriod(item.period, item.quantity, amount, recurring)


def first_sale(item: Item, currency: Currency, formula: MrrFormula) -> Change:
    """An asset comes about: one state period, from nothing to what the item says."""
    after = (state_of(item, currency, formula),)
    return Change(after, item.category, ActionType.GENERATE, item.period.start, delta_between((), after, currency))


def renew(before: tuple[StatePeriod, ...], item: Item, currency: Currency, formula: MrrFormula) -> Change:
    """A new state period follows the last one; the earlier ones stay as they are (DOMAIN 4.6)."""
    after = (*before, state_of(item, currency, formula))
    return Change(after, item.category, ActionType.CHANGE, item.period.start, delta_between(before, after, currency))


def state_on(periods: Sequence[StatePeriod], day: date) -> StatePeriod | None:
    """The state period in force on `day`, or None where the customer owned nothing then."""
    return next((state for state in periods if state.period.holds(day)), None)


def end_of(periods: Sequence[StatePeriod]) -> date | None:
    """The last day of the lifecycle; None while it is open."""
    return periods[-1].period.end


@dataclass(frozen=True, slots=True)
class RenewalWish:
    """What a renewal was asked to do; None means: as the asset says, else as last time."""

    start: date | None = None
    end: date | None = None
    term: Term | None = None


def refusals_to_renew(
    periods: Sequence[StatePeriod],
    last: Item,
    has_scheduled_renewal: bool,
    cancelled: bool,
    wish: RenewalWish,
    name: str,
) -> list[Problem]:
    """Why the asset `name` cannot be renewed as wished (DOMAIN 4.6): every reason, empty where it can."""

    def problem(code: str, words: str, field: str = "asset") -> Problem:
        return Problem(code, field, words, name)

    if last.selling_model is SellingModel.ONE_TIME or last.rate.unit is PriceUnit.ONCE:
        return [
            problem("one-time", f"{name} was sold once and has no term that could be renewed. Sell it again instead.")
        ]
    if cancelled:
        return [problem("cancelled", f"{name} is cancelled. Sell it again instead.")]
    end = end_of(periods)
    if end is None:
        return [problem("evergreen", f"{name} is evergreen: it runs until it is cancelled and needs no renewal.")]
    if has_scheduled_renewal:
        return [problem("renewal-scheduled", f"A renewal of {name} is scheduled already; it now runs to {end}.")]
    found = []
    if wish.start is not None and wish.start <= end:
        words = f"The renewal of {name} can start on {end + ONE_DAY} at the earliest: the term before it ends on {end}."
        found.append(problem("renewal-too-early", words, "start"))
    elif wish.end is not None and wish.end < (wish.start or end + ONE_DAY):
        words = f"The renewal of {name} would end on {wish.end}, before it starts on {wish.start or end + ONE_DAY}."
        found.append(problem("end-before-start", words, "end"))
    return found


def renewal_item(
    periods: Sequence[StatePeriod], last: Item, wish: RenewalWish, list_price: Decimal, at_list: bool
) -> Item:
    """The order item of a renewal that is not refused.

    It starts on the day after the current end (or later, where a day was wished), holds the last quantity, and inherits
    how it is billed. `last` is the latest sale, renewal, upsell or price change: its rate is the last negotiated
    price. With `at_list`, `list_price` (of the day of renewing) is the price, with no discount.
    """
    end = end_of(periods)
    assert end is not None, "an evergreen asset is not renewed"
    start = wish.start or end + ONE_DAY
    term = wish.term or last.term or term_between(last.period.start, last.period.end or end)
    if wish.end is not None:
        term = term_between(start, wish.end)
    return replace(
        last,
        category=Category.RENEWALS,
        quantity=periods[-1].quantity,
        list_price=list_price,
        rate=Rate(list_price, last.rate.unit) if at_list else last.rate,
        period=Period(start, wish.end or term_end(start, term)),
        term=term,
    )
