"""Changes in the middle of a life, as the order items that bring them about (DOMAIN 4.4 to 4.7).

Every function takes a life and answers items or raises `Refused` with each reason; nothing is changed by it. What a
change takes back names the entry that it takes from; what it adds names the term that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import NoReturn

from calm_desktop.engine.catalog import ActionType, Category, Effect, SellingModel
from calm_desktop.engine.dates import ONE_DAY, Period, term_between
from calm_desktop.engine.lifecycle import (
    Holding,
    Life,
    TermOfLife,
    act,
    end_of,
    entries_of,
    first_of_whole_period,
    lifetime_amount,
    state_on,
)
from calm_desktop.engine.money import Currency, Money, plain
from calm_desktop.engine.orders import Item
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.engine.rating import Rate


@dataclass(frozen=True, slots=True)
class NewPrice:
    """A price that was asked for; None keeps what holds in each period, a `rate` without discount drops that."""

    unit_price: Decimal | None = None
    list_price: Decimal | None = None
    discount: Decimal | None = None
    discount_amount: Decimal | None = None

    def over(self, rate: Rate) -> Rate:
        """`rate` with what was asked for; a new unit price comes without the old discount."""
        base = rate
        if self.unit_price is not None:
            base = Rate(self.unit_price, rate.unit)
        if self.discount is not None:
            base = replace(base, discount=self.discount, discount_amount=Decimal(0))
        if self.discount_amount is not None:
            base = replace(base, discount_amount=self.discount_amount)
        return base


SAME_PRICE = NewPrice()


@dataclass(frozen=True, slots=True)
class _Span:
    """Days of a term in which nothing changes, with what is held in them, newest first."""

    term: TermOfLife
    period: Period
    holdings: tuple[Holding, ...]

    @property
    def quantity(self) -> Decimal:
        return sum((holding.quantity for holding in self.holdings), Decimal(0))

    @property
    def is_paused(self) -> bool:
        return any(holding.entry.item.effect is Effect.PAUSES for holding in self.holdings)

    @property
    def priced(self) -> Item:
        """The item whose price was negotiated last among those that give here."""
        giving = [entry for entry in self.term.in_force(self.period.start) if entry.item.effect in _GIVING]
        return max(giving, key=lambda entry: entry.key).item


_GIVING = (Effect.COVERS, Effect.ADDS, Effect.PAUSES)


def _spans(life: Life, first: date, last: date | None) -> Iterator[_Span]:
    """The spans of the days `first` to `last` (None: to the end of the life), in order."""
    cuts = [first] if last is None else [first, last + ONE_DAY]
    for term in life.terms:
        for period in term.spans(cuts):
            if period.start >= first and (last is None or period.start <= last):
                yield _Span(term, period, term.holdings(period.start))


def refuse_outside_of_life(life: Life, day: date, name: str) -> None:
    """Raise `Refused` unless a change of `name` can take effect on `day`: the asset stands, and is owned then."""
    states = life.states()
    if not states:
        raise Refused(Problem("undone", "asset", f"The sale of {name} was undone. Sell it again instead.", name))
    if life.ended:
        end = end_of(states)
        words = f"{name} has ended for good: its last day is {end}. Undo that first, or sell it again."
        raise Refused(Problem("ended", "asset", words, name))
    if state_on(states, day) is None:
        end = end_of(states)
        life_days = f"{states[0].period.start} to {end}" if end else f"{states[0].period.start} on"
        words = f"Nothing is owned of {name} on {day}: its days are {life_days}. Give one of these as the first day."
        raise Refused(Problem("outside-of-life", "from", words, name))


def _refuse_within_period(life: Life, day: date, field: str, name: str) -> None:
    """Raise `Refused` where `day`, the first of what takes from a term, would cut a period that is billed whole.

    A partial period counts as a whole one there (DOMAIN 2.5), so that nothing could be given back for the rest of it.
    """
    first = first_of_whole_period(life, day)
    if first != day:
        last = first - ONE_DAY
        words = f"{name} is billed in whole periods only, and the running one ends on {last}. "
        way = f"Let the change begin on {first}." if field == "from" else f"Give {last}, or the end of another period."
        raise Refused(Problem("within-period", field, words + way, name))


def amend(life: Life, day: date, change: Decimal, price: NewPrice, name: str) -> list[Item]:
    """The items that raise or lower the quantity by `change` from `day` on, in every later state period (DOMAIN 4.4).

    An increase is priced as `price` says, else in each period as was negotiated last for it; a decrease takes from the
    newest entries first, each at its own net price: goods that were paid once come back. Refuses no change, one below
    zero, and one of paused days.
    """
    if change == 0:
        raise Refused(Problem("no-change", "quantity-change", "A change of 0 changes nothing. Write it like +5 or -5."))
    refuse_outside_of_life(life, day, name)
    spans = list(_spans(life, day, None))
    for span in spans:
        if span.is_paused:
            words = f"{name} is paused from {span.period.start}. Resume it first, or change it from a later day."
            raise Refused(Problem("paused", "from", words, name))
        if span.quantity + change < 0:
            words = (
                f"{name} holds {plain(span.quantity)} from {span.period.start}: it cannot be lowered by "
                f"{plain(-change)}. Lower it by {plain(span.quantity)} at most, or cancel it."
            )
            raise Refused(Problem("below-zero", "quantity-change", words, name))
    if change < 0:
        _refuse_within_period(life, day, "from", name)
    else:
        return [_added(part, change, price) for part in _merged(spans, lambda span: (span.term.cover.key, span.priced))]
    taken = [(span, holding, quantity) for span in spans for holding, quantity in _newest_first(span, -change)]
    lowering = _takings(taken, Effect.LOWERS, comes_back=True)
    return [replace(item, category=Category.DOWNSELLS) for item in lowering]


def _added(spans: Sequence[_Span], quantity: Decimal, price: NewPrice) -> Item:
    first = spans[0]
    cover, priced = first.term.cover, first.priced
    listed = priced.list_price if price.list_price is None else price.list_price
    return replace(
        cover.item,
        category=Category.UPSELLS,
        quantity=quantity,
        list_price=listed,
        rate=price.over(priced.rate),
        period=Period(first.period.start, spans[-1].period.end),
        anchor=cover.item.grid,
        effect=Effect.ADDS,
        target=cover.key,
        agreed=None,
    )


def _merged(spans: Iterable[_Span], key: object) -> Iterator[list[_Span]]:
    """Spans that follow each other with the same key, together."""
    for _, group in groupby(spans, key=key):  # type: ignore[call-overload]
        yield list(group)


def _newest_first(span: _Span, quantity: Decimal) -> Iterator[tuple[Holding, Decimal]]:
    """From which holdings a quantity is taken: last in, first out (DOMAIN 4.4)."""
    for holding in span.holdings:
        taken = min(holding.quantity, quantity)
        if taken > 0:
            yield holding, taken
        quantity -= taken


def _takings(taken: Iterable[tuple[_Span, Holding, Decimal]], effect: Effect, comes_back: bool = False) -> list[Item]:
    """The items that take quantities back, one for each entry and quantity over spans that follow each other.

    What is paid once is for its first day: from a later day on no money is left in it, unless it `comes_back`.
    """
    found: dict[int, list[Item]] = {}
    for span, holding, quantity in taken:
        source = holding.entry
        mine = found.setdefault(source.key, [])
        if mine and mine[-1].quantity == -quantity and _follows(mine[-1].period, span.period):
            mine[-1] = replace(mine[-1], period=Period(mine[-1].period.start, span.period.end))
            continue
        spent = source.item.is_once and not comes_back and span.period.start > source.item.period.start
        mine.append(
            replace(
                source.item,
                quantity=-quantity,
                rate=Rate(Decimal(0), source.item.rate.unit) if spent else source.item.rate,
                period=span.period,
                anchor=source.item.grid,
                effect=effect,
                target=source.key,
                agreed=None,
            )
        )
    return [item for key in sorted(found, reverse=True) for item in found[key]]


def _follows(before: Period, after: Period) -> bool:
    return before.end is not None and after.start == before.end + ONE_DAY


def taken_back(life: Life, first: date, last: date | None, effect: Effect) -> list[Item]:
    """The items that take back all that is held from `first` to `last` (None: to the end): exactly what is left of it.

    The money of a term's items together is that of the state periods that they take back, so that what was before
    `first` keeps its amount to the last minor unit (DOMAIN 4.3).
    """
    found: list[Item] = []
    cuts = [first] if last is None else [first, last + ONE_DAY]
    for key, group in groupby(_spans(life, first, last), key=lambda span: span.term.cover.key):
        spans = list(group)
        term = spans[0].term
        items = _takings(((span, held, held.quantity) for span in spans for held in span.holdings), effect)
        items = [*_empty_end(term, spans, items, effect), *items]
        if items and not term.is_open:
            gone = lifetime_amount(
                [
                    state
                    for state in term.states(cuts)
                    if state.period.start >= first and (last is None or state.period.start <= last)
                ],
                life.currency,
            )
            items = _agreeing(items, -gone, life.currency)
        assert key == term.cover.key
        found.extend(items)
    return found


def _empty_end(term: TermOfLife, spans: Sequence[_Span], items: Sequence[Item], effect: Effect) -> Iterator[Item]:
    """What ends a term whose bringing entry gives nothing on the first day: its days end all the same, for no money."""
    first = spans[0].period.start
    if effect is Effect.ENDS and not any(
        item.target == term.cover.key and item.period.start == first for item in items
    ):
        cover = term.cover.item
        yield replace(
            cover,
            quantity=Decimal(0),
            rate=Rate(Decimal(0), cover.rate.unit),
            period=Period(first, term.period.end),
            anchor=cover.grid,
            effect=effect,
            target=term.cover.key,
            agreed=None,
        )


def _agreeing(items: Sequence[Item], change: Money, currency: Currency) -> list[Item]:
    """The items, whose totals together come to exactly `change`; odd cents are on the largest one, the last of such."""
    totals = [total.minor for item in items if (total := item.total(currency)) is not None]
    largest = max(range(len(items)), key=lambda place: (abs(totals[place]), place))
    totals[largest] += change.minor - sum(totals)
    return [replace(item, agreed=currency.money(minor)) for item, minor in zip(items, totals, strict=True)]


def first_day_without(life: Life, day: date, name: str) -> date:
    """The first day without service of a cancellation asked for `day` (DOMAIN 4.5).

    Where the proration policy forbids partial periods, service goes on to the end of the running billing period.
    Refuses a day on or before the start, one after the end, and an asset that has ended already.
    """
    states = life.states()
    if not states:
        raise Refused(Problem("undone", "asset", f"The sale of {name} was undone already.", name))
    end = end_of(states)
    if life.ended:
        words = f"{name} is cancelled already: its last day is {end}. Undo that first to choose another day."
        raise Refused(Problem("cancelled-already", "asset", words, name))
    start = states[0].period.start
    if day <= start:
        words = (
            f"{name} starts on {start}: a cancellation takes effect on {start + ONE_DAY} at the earliest. "
            "To take the sale back as if it had never been, undo it."
        )
        raise Refused(Problem("cancelled-before-start", "from", words, name))
    if end is not None and day > end:
        words = f"{name} ends on {end} by itself: there is nothing to cancel from {day} on. Give a day up to {end}."
        raise Refused(Problem("cancelled-after-end", "from", words, name))
    first = first_of_whole_period(life, day)
    if end is not None and first > end:
        words = f"{name} is billed in whole periods only and ends on {end} by itself; nothing is left to cancel."
        raise Refused(Problem("cancelled-after-end", "from", words, name))
    return first


def cancel(life: Life, day: date, name: str, category: Category = Category.CANCELLATIONS) -> list[Item]:
    """The items that end an asset: `day` is the first without service (DOMAIN 4.5). Refuses as `first_day_without`."""
    first = first_day_without(life, day, name)
    return [replace(item, category=category) for item in taken_back(life, first, None, Effect.ENDS)]


def reprice(life: Life, day: date, price: NewPrice, name: str) -> list[Item]:
    """The items that give all quantity another price from `day` on: Terms And Conditions Changes."""
    refuse_outside_of_life(life, day, name)
    spans = list(_spans(life, day, None))
    if any(holding.entry.item.is_once for span in spans for holding in span.holdings):
        words = f"{name} was sold once, and its price was for that day. Give a credit on its invoice instead."
        raise Refused(Problem("one-time", "asset", words, name))
    _refuse_within_period(life, day, "from", name)
    paused = next((span for span in spans if span.is_paused), None)
    if paused is not None:
        words = f"{name} is paused from {paused.period.start}. Resume it first, or change it from a later day."
        raise Refused(Problem("paused", "from", words, name))
    if all(price.over(span.priced.rate) == held.entry.item.rate for span in spans for held in span.holdings):
        raise Refused(Problem("no-change", "price", f"{name} has that price already from {day} on.", name))
    added = [
        _added(part, part[0].quantity, price)
        for part in _merged(
            (span for span in spans if span.quantity), lambda span: (span.term.cover.key, span.quantity, span.priced)
        )
    ]
    return _as_terms_change([*taken_back(life, day, None, Effect.LOWERS), *added])


def _as_terms_change(items: Iterable[Item]) -> list[Item]:
    return [replace(item, category=Category.TERMS_AND_CONDITIONS_CHANGES) for item in items]


def extend(life: Life, end: date, name: str) -> list[Item]:
    """The items that move the end of an asset: later is an Upsell at the last price, earlier a change of terms.

    An evergreen asset gets an end. Refuses an end before the first day, and the end that it has.
    """
    states = life.states()
    if not states or life.ended:
        refuse_outside_of_life(life, end, name)
    before, last = end_of(states), life.last_negotiated.item
    if last.selling_model is SellingModel.ONE_TIME or last.is_once:
        words = f"{name} was sold once and has no term whose end could be moved."
        raise Refused(Problem("one-time", "asset", words, name))
    if end == before:
        raise Refused(Problem("no-change", "end", f"{name} ends on {end} already.", name))
    if end < states[0].period.start:
        words = f"{name} starts on {states[0].period.start}: it cannot end on {end}. To take it back, undo the sale."
        raise Refused(Problem("end-before-start", "end", words, name))
    if before is None or end < before:
        _refuse_within_period(life, end + ONE_DAY, "end", name)
        return _as_terms_change(taken_back(life, end + ONE_DAY, None, Effect.ENDS))
    if not states[-1].quantity:
        _refuse_nothing_held(states[-1].period.start, name)
    cover = life.terms[-1].cover.item
    start = before + ONE_DAY
    return [
        replace(
            last,
            category=Category.UPSELLS,
            quantity=states[-1].quantity,
            period=Period(start, end),
            term=term_between(cover.period.start, end),
            anchor=cover.grid,
            effect=Effect.COVERS,
            target=None,
            agreed=None,
        )
    ]


def _refuse_nothing_held(day: date, name: str) -> NoReturn:
    words = f"{name} holds nothing from {day}: there is nothing to change then. Raise its quantity first, or cancel it."
    raise Refused(Problem("nothing-held", "from", words, name))


def pause(life: Life, first: date, last: date | None, name: str) -> list[Item]:
    """The items that hold an asset from `first` to `last` (None: until resumed): owned, neither billed nor recurring.

    The end does not move. Refuses days outside of the life and days that are paused already.
    """
    refuse_outside_of_life(life, first, name)
    if last is not None and last < first:
        words = f"The pause would end on {last}, before it starts on {first}. Both days belong to it."
        raise Refused(Problem("end-before-start", "to", words, name))
    spans = list(_spans(life, first, last))
    if any(holding.entry.item.is_once for span in spans for holding in span.holdings):
        words = f"{name} was sold once: there is nothing that goes on, and so nothing to pause."
        raise Refused(Problem("one-time", "asset", words, name))
    paused = next((span for span in spans if span.is_paused), None)
    if paused is not None:
        words = f"{name} is paused already from {paused.period.start}. Resume it first, or give other days."
        raise Refused(Problem("paused", "from", words, name))
    if not any(span.quantity for span in spans):
        _refuse_nothing_held(first, name)
    _refuse_within_period(life, first, "from", name)
    if last is not None:
        _refuse_within_period(life, last + ONE_DAY, "to", name)
    held = [
        replace(item, rate=Rate(Decimal(0), item.rate.unit), effect=Effect.PAUSES, list_price=Decimal(0))
        for item in (
            _added(part, part[0].quantity, SAME_PRICE)
            for part in _merged(
                (span for span in spans if span.quantity), lambda span: (span.term.cover.key, span.quantity)
            )
        )
    ]
    return _as_terms_change([*taken_back(life, first, last, Effect.LOWERS), *held])


def resume(life: Life, day: date, name: str) -> list[Item]:
    """The items that let a paused asset go on from `day`, at the prices that were held. Refuses days not paused."""
    refuse_outside_of_life(life, day, name)
    spans = [span for span in _spans(life, day, None) if span.is_paused]
    if not spans or spans[0].period.start != day:
        words = f"{name} is not paused on {day}. Give a day of its pause as the first one that counts again."
        raise Refused(Problem("not-paused", "from", words, name))
    stretch: list[_Span] = []
    for span in spans:
        if not stretch or _follows(stretch[-1].period, span.period):
            stretch.append(span)
    taken = [(span, held, held.quantity) for span in stretch for held in span.holdings]
    given: list[tuple[int, Item]] = []
    for span in stretch:
        pauses = {held.entry.act for held in span.holdings if held.entry.item.effect is Effect.PAUSES}
        for entry in span.term.in_force(span.period.start):
            if entry.act in pauses and entry.item.effect is Effect.LOWERS:
                assert entry.item.target is not None
                source = life.by_key[entry.item.target].item
                given_again = replace(
                    source,
                    quantity=-entry.item.quantity,
                    period=span.period,
                    anchor=source.grid,
                    effect=Effect.ADDS,
                    target=span.term.cover.key,
                    agreed=None,
                )
                given.append((entry.item.target, given_again))
    # What was recorded first comes first again: what is last in is first out, and priced last (DOMAIN 4.4).
    given.sort(key=lambda each: each[0])
    return _as_terms_change([*_takings(taken, Effect.LOWERS), *(item for _, item in given)])


def transfer(life: Life, day: date, quantity: Decimal | None, name: str) -> tuple[list[Item], list[Item], bool]:
    """What leaves an asset from `day` on, what arrives at the other account, and whether the whole is moved.

    Without a `quantity` the whole is moved. What arrives costs exactly what left. Refuses what the asset does not
    hold in every later period.
    """
    refuse_outside_of_life(life, day, name)
    spans = list(_spans(life, day, None))
    if any(span.is_paused for span in spans):
        words = f"{name} is paused within the days that would be moved. Resume it first."
        raise Refused(Problem("paused", "from", words, name))
    least = min(span.quantity for span in spans)
    if least == 0:
        empty = next(span for span in spans if span.quantity == 0)
        words = f"{name} holds nothing from {empty.period.start}: there is nothing to transfer then. Cancel it instead."
        raise Refused(Problem("nothing-held", "from", words, name))
    if quantity is not None and not 0 < quantity <= least:
        words = f"{name} holds {plain(least)} from {day} on. Transfer more than 0 and {plain(least)} at most."
        raise Refused(Problem("below-zero", "quantity", words, name))
    _refuse_within_period(life, day, "from", name)
    whole = quantity is None or all(span.quantity == quantity for span in spans)
    if whole:
        start = life.states()[0].period.start
        if day <= start:
            words = (
                f"{name} starts on {start}: it can be transferred whole from {start + ONE_DAY} on. "
                "To sell it to another customer from its first day, undo the sale."
            )
            raise Refused(Problem("transferred-before-start", "from", words, name))
        out = taken_back(life, day, None, Effect.ENDS)
    else:
        assert quantity is not None
        taken = [(span, held, part) for span in spans for held, part in _newest_first(span, quantity)]
        out = _takings(taken, Effect.LOWERS)
    return _as_transfer(out), _as_transfer(_arriving(life, spans, out)), whole


def _as_transfer(items: Iterable[Item]) -> list[Item]:
    return [replace(item, category=Category.TRANSFERS) for item in items]


def _arriving(life: Life, spans: Sequence[_Span], out: Sequence[Item]) -> list[Item]:
    """The mirror of what left: in each term what brings the days, and what stands beside it, oldest first.

    In each term it costs exactly what left.
    """
    found: list[Item] = []
    for _, group in groupby(spans, key=lambda span: span.term.cover.key):
        mine = list(group)
        term = mine[0].term
        days = Period(mine[0].period.start, mine[-1].period.end)
        gone = [item for item in reversed(out) if item.quantity and days.holds(item.period.start)]
        whole = [item for item in gone if item.period == days]
        arrived: list[Item] = []
        if whole:
            arrived.extend(
                _bringing(term, days, [whole[0], *(item for item in gone if item is not whole[0])], len(found))
            )
        else:
            for places, run in groupby(mine, key=lambda span: _places(gone, span.period.start)):
                held = list(run)
                step = Period(held[0].period.start, held[-1].period.end)
                parts = [replace(gone[place], period=step) for place in places]
                arrived.extend(_bringing(term, step, parts, len(found) + len(arrived)))
        if not term.is_open:
            left = sum(total.minor for item in gone if (total := item.total(life.currency)) is not None)
            arrived = _agreeing(arrived, life.currency.money(-left), life.currency)
        found.extend(arrived)
    return found


def _places(items: Sequence[Item], day: date) -> list[int]:
    """Which of the items hold on `day`."""
    return [place for place, item in enumerate(items) if item.period.holds(day)]


def _bringing(term: TermOfLife, days: Period, gone: Sequence[Item], before: int) -> Iterator[Item]:
    """What left over `days` as what arrives: the first item brings the days, the others add to it."""
    for place, item in enumerate(gone):
        yield replace(
            item,
            quantity=-item.quantity,
            term=None if days.end is None else term_between(days.start, days.end),
            anchor=term.cover.item.grid,
            effect=Effect.ADDS if place else Effect.COVERS,
            target=-(before + 1) if place else None,
            agreed=None,
        )


def undo(life: Life, keys: Sequence[int]) -> list[Item]:
    """The items that take back the entries with these keys, as if they had never been (DOMAIN 4.11)."""
    found = []
    for key in keys:
        item = life.by_key[key].item
        total = item.total(life.currency)
        found.append(
            replace(
                item,
                quantity=-item.quantity,
                anchor=item.grid,
                effect=Effect.UNDOES,
                target=key,
                agreed=None if total is None else -total,
            )
        )
    return found


def settled(life: Life, items: Sequence[Item], type_: ActionType) -> list[Item]:
    """The items, so that their totals sum to what the act changes of the lifetime amount.

    Only open terms leave a difference: the act that ends an evergreen period carries the amount that becomes known by
    it (DOMAIN 4.3), on its first item of that term.
    """
    first = max(life.by_key, default=0) + 1
    after = act(life, entries_of(items, first), type_)
    known = [item.total(life.currency) for item in items]
    rest = after.delta.amount.minor - sum(total.minor for total in known if total is not None)
    if not rest:
        return list(items)
    place = next(place for place, item in enumerate(items) if _is_in_open_term(life, item))
    carried = rest + (known[place] or life.currency.money(0)).minor
    return [
        replace(item, agreed=life.currency.money(carried)) if number == place else item
        for number, item in enumerate(items)
    ]


def _is_in_open_term(life: Life, item: Item) -> bool:
    """Whether an item stands in a term that was sold without an end."""
    return item.target is not None and life.cover_of(life.by_key[item.target]).item.is_evergreen
