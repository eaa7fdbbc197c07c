"""What is still to be billed of an order item after others took from it, and what that credits (DOMAIN 5.8).

Everything is laid out anew from the items, and what is billed is subtracted. A billing period that is not billed is
lowered or closed where it stands; one that is billed stays, and the item that takes from it carries the credit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from calm_desktop.engine.billing import Slice, slices
from calm_desktop.engine.catalog import Effect
from calm_desktop.engine.dates import FIRST_DAY, LAST_DAY, ONE_DAY, Period, Remainder, billing_date
from calm_desktop.engine.lifecycle import Entry
from calm_desktop.engine.money import Currency, Money, money_from
from calm_desktop.engine.orders import Item
from calm_desktop.engine.rating import exact_amount, term_count

_BEYOND = timedelta(days=800)
"""How far an open item is laid out past a day: beyond any frequency and bill day."""


@dataclass(frozen=True, slots=True)
class Billed:
    """A slice that is on paper: its days and amount in minor units, and what was credited of it already (0 or more)."""

    key: int
    start: date
    end: date
    amount: int
    credited: int = 0


@dataclass(frozen=True, slots=True)
class Credit:
    """What an item that takes back credits of the billed slice `of`, or without one corrects; in minor units."""

    start: date
    end: date
    amount: int
    of: int | None


@dataclass(frozen=True, slots=True)
class Layout:
    """What is still to be billed of an item.

    `slices` are those not billed yet. `credits` are what the new items that take from it credit, by their keys. `end`
    is the last day that is billed for; None while that is open. `total` is what its schedule comes to, None while that
    is not known.
    """

    slices: tuple[Slice, ...]
    credits: Mapping[int, tuple[Credit, ...]]
    end: date | None
    total: Money | None


@dataclass(frozen=True, slots=True)
class Account:
    """How an account is billed: its currency for the item, and its bill day of month, if it has one."""

    currency: Currency
    bill_day: int | None


def beyond(day: date) -> date:
    """A day by which the billing period that holds `day` has surely been billed."""
    return min(LAST_DAY, day + _BEYOND) if day <= LAST_DAY - _BEYOND else LAST_DAY


def laid_out(
    source: Entry,
    takers: Sequence[Entry],
    is_open: bool,
    account: Account,
    through: date | None,
    after: date = date.min,
) -> tuple[Slice, ...]:
    """The slices of an item less what others took from it, as if nothing were billed; closed ones are left out.

    `is_open` says that the item's term was sold without an end. While the item has none, it is laid out `through` a
    billing date, with one slice more, for there is always one to look forward to. Just slices that start `after` a day
    count.
    """
    plan = _Plan(source, takers, is_open, account, through)
    return tuple(plan.looking_forward([part for _, part in plan.left(()) if part.start > after]))


def relaid(
    source: Entry,
    takers: Sequence[Entry],
    new: Collection[int],
    is_open: bool,
    billed: Sequence[Billed],
    given: Collection[tuple[int, int]],
    corrections: int,
    account: Account,
    through: date | None,
) -> Layout:
    """What is still to be billed of `source` when `takers` (in the order recorded) have taken from it.

    `billed` are its slices on paper. `given` are the credits that exist already, by taker and billed slice, and
    `corrections` is the sum of the corrections. The takers that are `new` credit what is on paper: their share at the
    full rate, never more than was billed less earlier credits. Odd cents by which the sums would differ from the items'
    totals go onto the unbilled slice that takes remainders, else into a correction on the day of the newest change.
    """
    plan = _Plan(source, takers, is_open, account, through)
    on_paper = {plan.place_of(each.start): each for each in billed}
    credited = {(key, place) for key, of in given for place, each in on_paper.items() if each.key == of}
    fresh: dict[int, list[Credit]] = {}
    for (key, place), taken in plan.taken.items():
        each = on_paper.get(place)
        if each is not None and key in new and (key, place) not in credited:
            credited.add((key, place))
            room = max(each.amount - each.credited - _sum_of(fresh, each.key), 0)
            amount = -min(-taken.amount.minor, room)
            fresh.setdefault(key, []).append(Credit(taken.start, taken.end, amount, each.key))
    unbilled = [part for place, part in plan.left(credited) if place not in on_paper]
    unbilled = plan.looking_forward(unbilled)
    total = plan.total
    if total is not None:
        rest = total - corrections - sum(each.amount for each in billed) - sum(part.amount.minor for part in unbilled)
        rest += sum(plan.given_back(place, each.amount, credited) for place, each in on_paper.items())
        unbilled, rest = _with_rest(unbilled, rest, source.item)
        if rest and takers:
            newest = takers[-1]
            day = newest.item.period.start
            fresh.setdefault(newest.key, []).append(Credit(day, day, rest, None))
    own = sum(each.amount for each in billed) + sum(part.amount.minor for part in unbilled)
    return Layout(
        tuple(unbilled),
        {key: tuple(found) for key, found in fresh.items()},
        source.item.period.end if source.item.is_once else plan.end,
        None if total is None else account.currency.money(own),
    )


class _Plan:
    """The slices of an item and of those that take from it, on one grid; the takers' by their key and place on it."""

    def __init__(
        self, source: Entry, takers: Sequence[Entry], is_open: bool, account: Account, through: date | None
    ) -> None:
        self.source, self.takers, self.is_open, self.account = source.item, takers, is_open, account
        self.through = through or FIRST_DAY
        self.spans = tuple(_remaining(source.item, [taker.item for taker in takers]))
        horizon = beyond(max(self.end or self.source.period.start, self.source.period.start, through or FIRST_DAY))
        self.parts = self._slices(self.source, horizon)
        self.starts = [part.start for part in self.parts]
        self.taken: dict[tuple[int, int], Slice] = {}
        for taker in takers if self.parts else ():
            for part in self._slices(taker.item, horizon):
                place = self.place_of(part.start)
                if part.start <= self.parts[place].end or taker.item.is_once:
                    self.taken[taker.key, place] = part

    def _slices(self, item: Item, horizon: date | None) -> tuple[Slice, ...]:
        """An item's slices; in an open term each is rated by itself, and no total was agreed. A pause is not billed."""
        if item.effect is Effect.PAUSES:
            return ()
        return slices(
            item.period,
            item.quantity,
            item.rate,
            item.terms,
            self.account.currency,
            self.account.bill_day,
            horizon if item.is_evergreen else None,
            item.grid,
            None if self.is_open else item.agreed,
        )

    @property
    def end(self) -> date | None:
        """The last day on which anything is left; the day before the first where nothing is."""
        return self.spans[-1][0].end if self.spans else self.source.period.start - ONE_DAY

    @property
    def total(self) -> int | None:
        """What the item and those that take from it come to, in minor units; None while it is open."""
        items = [self.source, *(taker.item for taker in self.takers)]
        if not self.is_open:
            totals = (item.total(self.account.currency) for item in items)
            return sum(total.minor for total in totals if total is not None)
        return None if self.end is None else sum(self._rated(item, self.end) for item in items)

    def _rated(self, item: Item, last: date) -> int:
        """What an item of an open term comes to up to `last`, rounded once, in minor units."""
        end = last if item.period.end is None else min(item.period.end, last)
        if end < item.period.start:
            return 0
        count = term_count(Period(item.period.start, end), item.rate.unit, item.terms, item.grid)
        return money_from(exact_amount(count, item.quantity, item.rate), self.account.currency).minor

    def place_of(self, day: date) -> int:
        """The place of the slice in which `day` lies, or that comes last before it."""
        return max(bisect_right(self.starts, day) - 1, 0)

    def given_back(self, place: int, billed: int, credited: Collection[tuple[int, int]]) -> int:
        """What of a billed slice goes back by what took from it: no more than was billed, in minor units.

        That a credit given by hand leaves less to be credited is no reason for a correction; that the slice was billed
        at less than the full rate is one (DOMAIN 5.8).
        """
        taken = sum(-each.amount.minor for pair, each in self.taken.items() if pair[1] == place and pair in credited)
        return min(taken, max(billed, 0))

    def left(self, credited: Collection[tuple[int, int]]) -> Iterator[tuple[int, Slice]]:
        """Each slice with its place, less what was taken and is not `credited`; those without a day left are not."""
        lowered: dict[int, int] = {}
        for (key, place), taken in self.taken.items():
            if (key, place) not in credited:
                lowered[place] = lowered.get(place, 0) + taken.amount.minor
        for place, part in enumerate(self.parts):
            days = [span for span, _ in self.spans if span.start <= part.end and (span.end or part.end) >= part.start]
            if not days:
                continue
            start, end = max(days[0].start, part.start), min(days[-1].end or part.end, part.end)
            due = part.billing_date
            if (start, end) != (part.start, part.end):
                due = billing_date(start, end, self.source.terms.timing, self.account.bill_day)
            amount = self.account.currency.money(max(part.amount.minor + lowered.get(place, 0), 0))
            left = next(quantity for span, quantity in self.spans if span == days[0])
            quantity = None if left == self.source.quantity else left
            yield place, replace(part, start=start, end=end, billing_date=due, amount=amount, quantity=quantity)

    def looking_forward(self, parts: list[Slice]) -> list[Slice]:
        """All slices of what has an end; of what has none those that are due, and the next one."""
        if self.end is not None or not self.source.is_evergreen:
            return parts
        due = sum(part.billing_date <= self.through for part in parts)
        return parts[: due + 1]


def _remaining(source: Item, takers: Sequence[Item]) -> Iterator[tuple[Period, Decimal]]:
    """The spans in which anything is left of `source`, with the quantity, by start."""
    edges = {item.period.start for item in takers}
    edges |= {item.period.end + ONE_DAY for item in takers if item.period.end is not None}
    first, last = source.period.start, source.period.end
    inner = sorted(day for day in edges if day > first and (last is None or day <= last))
    for start, after in zip((first, *inner), (*inner, None), strict=True):
        taken = (item.quantity for item in takers if item.period.holds(start))
        quantity = sum(taken, source.quantity)
        if quantity > 0:
            yield Period(start, last if after is None else after - ONE_DAY), quantity


def _sum_of(fresh: Mapping[int, Iterable[Credit]], billed: int) -> int:
    """What new credits give of a billed slice already, in minor units (0 or more)."""
    return -sum(each.amount for found in fresh.values() for each in found if each.of == billed)


def _with_rest(unbilled: list[Slice], rest: int, item: Item) -> tuple[list[Slice], int]:
    """The slices with odd cents on the one that takes remainders, and what it cannot take without turning its sign."""
    if not rest or not unbilled:
        return unbilled, rest
    place = 0 if item.terms.remainder is Remainder.FIRST else len(unbilled) - 1
    part = unbilled[place]
    if part.amount.minor + rest < 0:
        return unbilled, rest
    changed = replace(part, amount=Money(part.amount.minor + rest, part.amount.currency))
    return [*unbilled[:place], changed, *unbilled[place + 1 :]], 0
