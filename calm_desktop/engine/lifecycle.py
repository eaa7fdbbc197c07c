"""What an asset holds over its life, built from order items alone: state periods and what an act changes (DOMAIN 4).

Each order item that took effect puts a quantity at a price into a span of days, or takes some back. The items of a
term stand together: the one that brought its days (a sale, a renewal, a step of a ramp), those that add to it, and
those that take from either. State periods are the spans between the days on which an item begins or ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from operator import attrgetter
from typing import TypeVar

from calm_desktop.engine.catalog import ActionType, Category, Effect, PriceUnit, SellingModel
from calm_desktop.engine.dates import ONE_DAY, Partial, Period, Term, billing_periods, term_between, term_end
from calm_desktop.engine.money import Currency, Money, money_from
from calm_desktop.engine.orders import Item
from calm_desktop.engine.problems import Problem
from calm_desktop.engine.rating import MrrFormula, Rate, exact_amount, term_count


class SourceKind(StrEnum):
    """What an action can have come from."""

    ORDER_ITEM = "order-item"
    WORK_ORDER_LINE = "work-order-line"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class StatePeriod:
    """A span of days in which quantity, amount and MRR do not change.

    `amount` is the money for the period's own days; None while an evergreen period runs, for it is not known before
    it ends. `mrr` is monthly recurring revenue, rounded to the currency. `paused` periods are owned, but neither billed
    nor counted as recurring.
    """

    period: Period
    quantity: Decimal
    amount: Money | None
    mrr: Money
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Delta:
    """What an action changed: of the asset's last state (quantity, MRR) and of its lifetime amount."""

    quantity: Decimal
    amount: Money
    mrr: Money

    def plus(self, other: Delta) -> Delta:
        """Running totals are sums of deltas."""
        return Delta(self.quantity + other.quantity, self.amount + other.amount, self.mrr + other.mrr)

    def less(self, other: Delta) -> Delta:
        """What is left of a change when a part of it is told already."""
        return Delta(self.quantity - other.quantity, self.amount - other.amount, self.mrr - other.mrr)


@dataclass(frozen=True, slots=True)
class Entry:
    """An order item that took effect.

    `key` tells items apart and rises in the order recorded; items of one act have the same `act`.
    """

    key: int
    item: Item
    act: int = 0


def entries_of(items: Iterable[Item], first_key: int) -> tuple[Entry, ...]:
    """The items of one act as entries with rising keys; a target of -n is the n-th item of the act itself."""
    return tuple(
        Entry(
            key,
            item if item.target is None or item.target >= 0 else replace(item, target=first_key - item.target - 1),
            first_key,
        )
        for key, item in enumerate(items, first_key)
    )


@dataclass(frozen=True, slots=True)
class Holding:
    """What is left of an entry's quantity in a span of days."""

    entry: Entry
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Held:
    """The days of a state period and the quantity in force, without what they come to."""

    period: Period
    quantity: Decimal


Spanned = TypeVar("Spanned", StatePeriod, Held)


@dataclass(frozen=True, slots=True)
class Share:
    """What an entry gives or takes in a span of days: quantity, and exact money in major units."""

    entry: Entry
    quantity: Decimal
    amount: Fraction
    mrr: Fraction


@dataclass(frozen=True)
class Life:
    """An asset's life: the entries that took effect, in the order recorded.

    `ended` says that the last act that stands ended the asset (a cancellation, a transfer of the whole), so that it
    holds nothing at last, whatever it held before (DOMAIN 4.2).
    """

    entries: tuple[Entry, ...]
    currency: Currency
    ended: bool = False

    @cached_property
    def live(self) -> tuple[Entry, ...]:
        """The entries that were not undone."""
        undone = {entry.item.target for entry in self.entries if entry.item.effect is Effect.UNDOES}
        return tuple(
            entry for entry in self.entries if entry.key not in undone and entry.item.effect is not Effect.UNDOES
        )

    @cached_property
    def by_key(self) -> Mapping[int, Entry]:
        """Every entry by its key."""
        return {entry.key: entry for entry in self.entries}

    def cover_of(self, entry: Entry) -> Entry:
        """The entry that brought the term in which `entry` stands."""
        while entry.item.effect is not Effect.COVERS:
            assert entry.item.target is not None
            entry = self.by_key[entry.item.target]
        return entry

    @cached_property
    def terms(self) -> tuple[TermOfLife, ...]:
        """The terms that there are days of, by start."""
        members: dict[int, list[Entry]] = {}
        for entry in self.live:
            members.setdefault(self.cover_of(entry).key, []).append(entry)
        found = (TermOfLife(self.by_key[key], tuple(mine), self.currency) for key, mine in members.items())
        return tuple(sorted((term for term in found if term.has_days), key=lambda term: term.period.start))

    def states(self, cuts: Iterable[date] = ()) -> tuple[StatePeriod, ...]:
        """The state periods, by start; each of `cuts` begins a period of its own, too."""
        days = tuple(cuts)
        return tuple(state for term in self.terms for state in term.states(days)) if days else self._states

    @cached_property
    def _states(self) -> tuple[StatePeriod, ...]:
        return tuple(state for term in self.terms for state in term.states())

    @cached_property
    def held(self) -> tuple[Held, ...]:
        """What is held in each state period, by start; quick, for nothing is rated."""
        return tuple(held for term in self.terms for held in term.held())

    def shares(self, span: Period) -> tuple[Share, ...]:
        """What each entry gives or takes in `span`, the days of a state period, in the order recorded."""
        term = next(term for term in self.terms if term.period.holds(span.start))
        return tuple(
            Share(
                entry,
                entry.item.quantity,
                Fraction(0) if span.end is None and not entry.item.is_once else exact_share(entry.item, span),
                term.monthly(entry),
            )
            for entry in term.in_force(span.start)
        )

    @cached_property
    def last_negotiated(self) -> Entry:
        """The latest sale, renewal, upsell or price change, whose net unit price is the last one (DOMAIN 4.6)."""
        giving = (entry for entry in self.live if entry.item.effect in (Effect.COVERS, Effect.ADDS))
        return max(giving, key=attrgetter("key"))

    @cached_property
    def last_state(self) -> StatePeriod | None:
        """What it holds at last; None before a sale, and where the last act ended it."""
        states = () if self.ended else self.states()
        return states[-1] if states else None

    def delta_to(self, after: Life) -> Delta:
        """The one rule for deltas (DOMAIN 4.2): last state after minus last state before; lifetime amounts likewise."""
        first, last = self.last_state, after.last_state
        zero, nothing = Decimal(0), self.currency.money(0)
        return Delta(
            (last.quantity if last else zero) - (first.quantity if first else zero),
            lifetime_amount(after.states(), self.currency) - lifetime_amount(self.states(), self.currency),
            (last.mrr if last else nothing) - (first.mrr if first else nothing),
        )


@dataclass(frozen=True)
class TermOfLife:
    """A term: the entry that brought its days, and all entries that stand in it."""

    cover: Entry
    entries: tuple[Entry, ...]
    currency: Currency
    _by_key: dict[int, Entry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {entry.key: entry for entry in self.entries})

    @cached_property
    def period(self) -> Period:
        """Its days, as far as they were not taken back; where none are left, the end is before the start."""
        cuts = [
            entry.item.period.start
            for entry in self.entries
            if entry.item.effect is Effect.ENDS and entry.item.target == self.cover.key
        ]
        whole = self.cover.item.period
        return Period(whole.start, min(cuts) - ONE_DAY) if cuts else whole

    @property
    def has_days(self) -> bool:
        """Whether any day is left of it."""
        return self.period.end is None or self.period.start <= self.period.end

    @property
    def is_open(self) -> bool:
        """Whether it was sold without an end, so that its days are rated as they pass."""
        return self.cover.item.is_evergreen

    def spans(self, cuts: Iterable[date] = ()) -> Iterator[Period]:
        """The spans between the days on which an entry begins or has ended, by start."""
        edges = {*cuts}
        for entry in self.entries:
            edges.add(entry.item.period.start)
            if entry.item.period.end is not None:
                edges.add(entry.item.period.end + ONE_DAY)
        first, last = self.period.start, self.period.end
        inner = sorted(day for day in edges if day > first and (last is None or day <= last))
        for start, after in zip((first, *inner), (*inner, None), strict=True):
            yield Period(start, last if after is None else after - ONE_DAY)

    def in_force(self, day: date) -> tuple[Entry, ...]:
        """The entries that hold on `day`."""
        return tuple(entry for entry in self.entries if entry.item.period.holds(day))

    def holdings(self, day: date) -> tuple[Holding, ...]:
        """What is left on `day` of each entry that gives, newest first; spent ones are left out."""
        left: dict[int, Decimal] = {}
        for entry in self.in_force(day):
            item = entry.item
            key = item.target if item.effect in (Effect.LOWERS, Effect.ENDS) else entry.key
            assert key is not None
            left[key] = left.get(key, Decimal(0)) + item.quantity
        return tuple(Holding(self._by_key[key], left[key]) for key in sorted(left, reverse=True) if left[key])

    def held(self) -> Iterator[Held]:
        """What is held in each of its state periods, by start."""
        return (Held(span, _quantity_of(self.in_force(span.start))) for span in self.spans())

    def states(self, cuts: Iterable[date] = ()) -> tuple[StatePeriod, ...]:
        """Its state periods: each rated for its own days, the last one takes what is left (DOMAIN 4.3)."""
        spans = tuple(self.spans(cuts))
        amounts = [self._rated(span) for span in (spans if self.is_open else spans[:-1])]
        if not self.is_open:
            known = [entry.item.total(self.currency) for entry in self.entries]
            whole = sum(total.minor for total in known if total is not None)
            earlier = sum(amount.minor for amount in amounts if amount is not None)
            amounts.append(self.currency.money(whole - earlier))
        return tuple(self._state(span, amount) for span, amount in zip(spans, amounts, strict=True))

    def _state(self, span: Period, amount: Money | None) -> StatePeriod:
        holding = self.in_force(span.start)
        monthly = sum((self.monthly(entry) for entry in holding), Fraction(0))
        paused = any(held.entry.item.effect is Effect.PAUSES for held in self.holdings(span.start))
        return StatePeriod(span, _quantity_of(holding), amount, money_from(monthly, self.currency), paused)

    def _rated(self, span: Period) -> Money | None:
        """The money for the days of a span at its price; None for an open span of an evergreen term."""
        if span.end is None:
            return None
        exact = sum((exact_share(entry.item, span) for entry in self.in_force(span.start)), Fraction(0))
        return money_from(exact, self.currency)

    def monthly(self, entry: Entry) -> Fraction:
        """An entry's exact share of the monthly recurring revenue, in major units (DOMAIN 3.4)."""
        item = entry.item
        if item.effect in (Effect.LOWERS, Effect.ENDS):
            assert item.target is not None
            target = self._by_key[item.target]
            return self.monthly(target) * Fraction(item.quantity) / Fraction(target.item.quantity)
        if item.is_once or not item.recurring:
            return Fraction(0)
        total = item.total(self.currency)
        if item.mrr_formula is MrrFormula.TOTAL_OVER_TERM and item.period.end is not None and total is not None:
            months = term_count(item.period, PriceUnit.MONTH, item.terms, item.grid)
            return Fraction(total.amount) / months
        return item.rate.net * Fraction(item.quantity) / item.rate.unit.months


def _quantity_of(holding: Iterable[Entry]) -> Decimal:
    return sum((entry.item.quantity for entry in holding), Decimal(0))


def exact_share(item: Item, span: Period) -> Fraction:
    """An item's exact money for a span of its days, in major units; what is paid once belongs to its first day."""
    if not item.recurring:
        return Fraction(0)
    if item.is_once:
        return exact_amount(Fraction(1), item.quantity, item.rate) if span.holds(item.period.start) else Fraction(0)
    return exact_amount(term_count(span, item.rate.unit, item.terms, item.grid), item.quantity, item.rate)


@dataclass(frozen=True, slots=True)
class Change:
    """An act on one asset: its life and state periods after it, and its action."""

    life: Life
    periods: tuple[StatePeriod, ...]
    category: Category
    type: ActionType
    effective_date: date
    delta: Delta


def act(before: Life, entries: Sequence[Entry], type_: ActionType) -> Change:
    """What order items that take effect together make of an asset (DOMAIN 4.2)."""
    undoes = [entry.item.target for entry in entries if entry.item.effect is Effect.UNDOES]
    ended = type_ is ActionType.CANCEL if not undoes else _ended_without(before, undoes)
    after = Life((*before.entries, *entries), before.currency, ended or type_ is ActionType.CANCEL)
    first = min(entry.item.period.start for entry in entries)
    return Change(after, after.states(), entries[0].item.category, type_, first, before.delta_to(after))


def _ended_without(before: Life, undone: Sequence[int | None]) -> bool:
    """Whether an asset had ended before the act whose items are undone: that act was its last one."""
    ends = [before.by_key[key].item.effect for key in undone if key is not None]
    return before.ended and Effect.ENDS not in ends


def lifetime_amount(periods: Sequence[StatePeriod], currency: Currency) -> Money:
    """The sum of all state periods' amounts; a running evergreen period counts nothing yet."""
    return currency.money(sum(state.amount.minor for state in periods if state.amount is not None))


def state_on(periods: Sequence[Spanned], day: date) -> Spanned | None:
    """The state period in force on `day`, or None where the customer owned nothing then."""
    return next((state for state in periods if state.period.holds(day)), None)


def end_of(periods: Sequence[Spanned]) -> date | None:
    """The last day of the lifecycle; None while it is open."""
    return periods[-1].period.end


def first_of_whole_period(life: Life, day: date) -> date:
    """The first day, on or after `day`, on which something can be taken back from the term that holds `day`.

    Where the proration policy forbids partial periods that is the first day of a billing period, else `day` itself.
    """
    for term in life.terms:
        cover = term.cover.item
        if term.period.holds(day) and cover.terms.partial is Partial.WHOLE and not cover.is_once:
            return day if day == cover.period.start else first_of_period(cover, day, term.period.end)
    return day


def first_of_period(item: Item, day: date, last: date | None) -> date:
    """The first day, on or after `day`, on which a billing period of `item` begins, whose days go on to `last`.

    It is the day after `last` where none begins any more.
    """
    part = next(billing_periods(Period(day, last), item.terms.frequency, item.terms.boundary, item.grid))
    return day if day == part.whole_start else part.end + ONE_DAY


@dataclass(frozen=True, slots=True)
class RenewalWish:
    """What a renewal was asked to do; None means: as the asset says, else as last time."""

    start: date | None = None
    end: date | None = None
    term: Term | None = None


def refusals_to_renew(life: Life, has_scheduled_renewal: bool, wish: RenewalWish, name: str) -> list[Problem]:
    """Why the asset `name` cannot be renewed as wished (DOMAIN 4.6): every reason, empty where it can."""

    def problem(code: str, words: str, where: str = "asset") -> Problem:
        return Problem(code, where, words, name)

    if not life.live:
        return [problem("undone", f"The sale of {name} was undone. Sell it again instead.")]
    last = life.last_negotiated.item
    if last.selling_model is SellingModel.ONE_TIME or last.is_once:
        return [
            problem("one-time", f"{name} was sold once and has no term that could be renewed. Sell it again instead.")
        ]
    if life.ended:
        return [problem("cancelled", f"{name} {_how_ended(life)}")]
    states = life.held
    end = end_of(states)
    if end is None:
        return [problem("evergreen", f"{name} is evergreen: it runs until it is cancelled and needs no renewal.")]
    if has_scheduled_renewal:
        return [
            problem(
                "renewal-scheduled",
                f"A renewal of {name} is scheduled already; it now runs to {end}. "
                "Undo it first to renew on other terms, or amend it.",
            )
        ]
    start = wish.start or end + ONE_DAY
    found = []
    if start <= states[0].period.start:
        words = (
            f"{name} begins on {states[0].period.start}; a renewal can start on the day after at the earliest. "
            "To sell it on other terms from its first day, undo the sale."
        )
        found.append(problem("renewal-too-early", words, "start"))
    elif start <= end and state_on(states, start) is None:
        words = f"Nothing is owned of {name} on {start}. Give a day in its term, or after its end on {end}."
        found.append(problem("renewal-in-gap", words, "start"))
    elif start != (first := first_of_whole_period(life, start)):
        words = (
            f"{name} is billed in whole periods only, and the running one ends on {first - ONE_DAY}. "
            f"Let the renewal start on {first}."
        )
        found.append(problem("within-period", words, "start"))
    if not (state_on(states, start) or states[-1]).quantity:
        words = f"{name} holds nothing that could be renewed. Raise its quantity first, or sell it again."
        found.append(problem("nothing-held", words))
    if wish.end is not None and wish.end < start:
        words = f"The renewal of {name} would end on {wish.end}, before it starts on {start}."
        found.append(problem("end-before-start", words, "end"))
    return found


def _how_ended(life: Life) -> str:
    """How an asset that has ended came to its end, and what can be done instead of renewing it."""
    match [entry.item.category for entry in life.live if entry.item.effect is Effect.ENDS][-1]:
        case Category.TRANSFERS:
            return "was transferred to another account. Renew it there."
        case Category.SWAPS | Category.UPGRADES | Category.DOWNGRADES:
            return "was replaced by another product. Renew that instead."
        case _:
            return "is cancelled. Sell it again instead."


def renewal_item(life: Life, wish: RenewalWish, list_price: Decimal, at_list: bool) -> Item:
    """The order item of a renewal that is not refused.

    It starts on the day after the current end (or on the day that was wished), holds the quantity that is held before
    it, and inherits how it is billed. The price is the last negotiated one; with `at_list` it is `list_price` (of the
    day of renewing), with no discount.
    """
    states = life.held
    end = end_of(states)
    assert end is not None, "an evergreen asset is not renewed"
    last = life.last_negotiated.item
    start = wish.start or end + ONE_DAY
    term = wish.term or last.term or term_between(last.period.start, last.period.end or end)
    if wish.end is not None:
        term = term_between(start, wish.end)
    before = state_on(states, start) or states[-1]
    return replace(
        last,
        category=Category.RENEWALS,
        quantity=before.quantity,
        list_price=list_price,
        rate=Rate(list_price, last.rate.unit) if at_list else last.rate,
        period=Period(start, wish.end or term_end(start, term)),
        term=term,
        anchor=None,
        effect=Effect.COVERS,
        target=None,
        agreed=None,
    )
