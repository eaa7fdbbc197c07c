"""How recurring revenue moves: MRR movements, retention and cohorts, customer by customer (DOMAIN section 7).

A customer is an account in one currency. Its monthly recurring revenue (MRR) over time is a few steps, made of the
state periods of what it owns; everything here is figured from those, customer after customer, so that nothing grows
with their number. Amounts are whole minor units; currencies are never added.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.engine.money import Currency, Money
from calm_desktop.engine.report_periods import ReportPeriod, ReportPeriods

Span = tuple[date, date | None, int]
"""Days with MRR: the first, the last (None: open), and minor units."""

Steps = Sequence[tuple[date, int]]
"""The MRR of a customer over time: from each day on, until the next one, these minor units; nothing before the first.
Just the days on which it changes."""

Customers = Iterable[tuple[Currency, Steps]]
"""The steps of each customer that ever has MRR."""


class Movement(StrEnum):
    """What a change of a customer's MRR is."""

    NEW = "new"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURN = "churn"
    REACTIVATION = "reactivation"


class ChurnDate(StrEnum):
    """When what was cancelled stops counting: on its first day without service, or on the day of cancelling."""

    FIRST_DAY_WITHOUT = "first-day-without"
    DAY_OF_CANCELLING = "day-of-cancelling"


def counted_end(end: date | None, cancelled_on: date | None) -> date | None:
    """The last day on which a state period counts, where churn is dated by the day of cancelling.

    That is the day before `cancelled_on`; one that had ended by then, or was never cancelled, counts to its own end.
    The answer may lie before the period's start: then it does not count at all.
    """
    if cancelled_on is None or (end is not None and end < cancelled_on):
        return end
    return cancelled_on - ONE_DAY


def steps(spans: Iterable[Span]) -> list[tuple[date, int]]:
    """What the state periods of one customer come to, net by day: what ends and goes on at the same MRR is no step."""
    changes: dict[date, int] = {}
    for start, end, minor in spans:
        changes[start] = changes.get(start, 0) + minor
        if end is not None:
            after = end + ONE_DAY
            changes[after] = changes.get(after, 0) - minor
    found, level = [], 0
    for day in sorted(changes):
        if changes[day]:
            level += changes[day]
            found.append((day, level))
    return found


def movement_of(before: int, after: int, is_first: bool) -> Movement:
    """What a change of a customer's MRR is; `is_first` says that it never had any before (DOMAIN section 7)."""
    if is_first:
        return Movement.NEW
    if before == 0:
        return Movement.REACTIVATION
    if after == 0:
        return Movement.CHURN
    return Movement.EXPANSION if after > before else Movement.CONTRACTION


def movements(mrr: Steps, first: date = date.min, last: date = date.max) -> Iterator[tuple[date, Movement, int]]:
    """The movements of one customer from `first` to `last`, one for each day on which its MRR changes.

    Each with the change in minor units.
    """
    for place in range(_place_of(mrr, first), len(mrr)):
        day, after = mrr[place]
        if day > last:
            break
        before = mrr[place - 1][1] if place else 0
        yield day, movement_of(before, after, place == 0), after - before


def _place_of(mrr: Steps, day: date) -> int:
    """The place of the first step on or after `day`."""
    return bisect_left(mrr, (day,))


def on_days(mrr: Steps, days: Sequence[date]) -> list[int]:
    """A customer's MRR on each of `days`, which are in order."""
    found, level, place, count = [], 0, 0, len(mrr)
    for day in days:
        while place < count and mrr[place][0] <= day:
            level = mrr[place][1]
            place += 1
        found.append(level)
    return found


@dataclass(frozen=True, slots=True)
class Waterfall:
    """How MRR moved in one period; `opening` + the five movements = `closing`. What lowers it is below zero."""

    period: ReportPeriod
    opening: Money
    new: Money
    expansion: Money
    contraction: Money
    churn: Money
    reactivation: Money
    closing: Money


def waterfalls(customers: Customers, periods: ReportPeriods) -> dict[Currency, tuple[Waterfall, ...]]:
    """The movements of all customers, by currency and period; a currency without any MRR up to the end is left out."""
    first, last, place_of = periods.start, periods.end, periods.place
    openings: dict[Currency, int] = {}
    tallies: dict[Currency, list[dict[Movement, int]]] = {}
    for currency, mrr in customers:
        if mrr[0][0] > last:
            continue
        if currency not in openings:
            openings[currency] = 0
            tallies[currency] = [dict.fromkeys(Movement, 0) for _ in periods.all]
        place = _place_of(mrr, first)
        if place:
            openings[currency] += mrr[place - 1][1]
        tally = tallies[currency]
        for day, movement, change in movements(mrr, first, last):
            tally[place_of(day)][movement] += change
    return {
        currency: tuple(_waterfalls(currency, openings[currency], tallies[currency], periods.all))
        for currency in _by_code(openings)
    }


def _waterfalls(
    currency: Currency, opening: int, tallies: Iterable[dict[Movement, int]], periods: Iterable[ReportPeriod]
) -> Iterator[Waterfall]:
    money = currency.money
    for period, tally in zip(periods, tallies, strict=True):
        closing = opening + sum(tally.values())
        moved = {movement.value: money(minor) for movement, minor in tally.items()}
        yield Waterfall(period, opening=money(opening), **moved, closing=money(closing))
        opening = closing


@dataclass(frozen=True, slots=True)
class Retention:
    """What became of the customers of a year ago.

    `then` is their MRR a year before the last day of `period`, `now` their MRR on that day, `kept` the same where each
    customer counts at most its MRR of then. `customers` had MRR then, `customers_kept` of them still have some.
    """

    period: ReportPeriod
    then: Money
    now: Money
    kept: Money
    customers: int
    customers_kept: int

    @property
    def net(self) -> Fraction | None:
        """Net revenue retention, 1 for all of it; None where there was none a year ago."""
        return share_of(self.now, self.then)

    @property
    def gross(self) -> Fraction | None:
        """Gross revenue retention, never above 1; None where there was none a year ago."""
        return share_of(self.kept, self.then)


def share_of(part: Money, whole: Money) -> Fraction | None:
    """A part as a share of the whole; None of nothing."""
    return Fraction(part.minor, whole.minor) if whole.minor else None


def kept_of(then: int, now: int) -> int:
    """What gross retention counts of a customer: its MRR now, capped at its MRR then (DOMAIN section 7)."""
    return min(then, now)


def retentions(
    customers: Customers, periods: Sequence[ReportPeriod], days_then: Sequence[date]
) -> dict[Currency, tuple[Retention, ...]]:
    """Retention in each period, by currency; `days_then` are the days a year before the periods' last ones.

    A currency without any MRR on all of these days is left out.
    """
    days_now = [period.end for period in periods]
    tallies: dict[Currency, list[list[int]]] = {}
    for currency, mrr in customers:
        then, now = on_days(mrr, days_then), on_days(mrr, days_now)
        if not any(then) and not any(now):
            continue
        tally = tallies.setdefault(currency, [[0] * 5 for _ in periods])
        for sums, before, after in zip(tally, then, now, strict=True):
            if before:
                sums[0] += before
                sums[1] += after
                sums[2] += kept_of(before, after)
                sums[3] += 1
                sums[4] += after != 0
    return {
        currency: tuple(
            Retention(period, money(then), money(now), money(kept), count, count_kept)
            for period, (then, now, kept, count, count_kept) in zip(periods, tallies[currency], strict=True)
        )
        for currency in _by_code(tallies)
        for money in (currency.money,)
    }


@dataclass(frozen=True, slots=True)
class CohortCell:
    """A cell of the heat map: the customers whose first MRR came in the period `cohort`, on the last day of `period`.

    `age` counts the periods between both. `customers` there were at first, with `new` MRR on their first days;
    `active` of them have MRR now, `mrr` together.
    """

    cohort: ReportPeriod
    period: ReportPeriod
    age: int
    customers: int
    new: Money
    active: int
    mrr: Money

    @property
    def mrr_retention(self) -> Fraction | None:
        """What is left of the new MRR, 1 for all of it; above it where customers bought more."""
        return share_of(self.mrr, self.new)

    @property
    def customer_retention(self) -> Fraction:
        """How many of the customers are left, 1 for all of them."""
        return Fraction(self.active, self.customers)


class _Cohort:
    """A cohort while it is counted."""

    def __init__(self, ages: int) -> None:
        self.customers = self.new = 0
        self.active, self.mrr = [0] * ages, [0] * ages


def cohorts(customers: Customers, periods: ReportPeriods) -> dict[Currency, tuple[CohortCell, ...]]:
    """The heat map of the customers that came in `periods`, by currency, cohort and period."""
    count, ends = len(periods.all), [period.end for period in periods.all]
    found: dict[Currency, dict[int, _Cohort]] = {}
    for currency, mrr in customers:
        first, new = mrr[0]
        place = periods.place(first)
        if not 0 <= place < count:
            continue
        cohort = found.setdefault(currency, {}).setdefault(place, _Cohort(count - place))
        cohort.customers += 1
        cohort.new += new
        for age, minor in enumerate(on_days(mrr, ends[place:])):
            if minor:
                cohort.active[age] += 1
                cohort.mrr[age] += minor
    return {currency: tuple(_cells(currency, found[currency], periods.all)) for currency in _by_code(found)}


def _cells(currency: Currency, found: dict[int, _Cohort], periods: Sequence[ReportPeriod]) -> Iterator[CohortCell]:
    for place, cohort in sorted(found.items()):
        for age, (active, minor) in enumerate(zip(cohort.active, cohort.mrr, strict=True)):
            yield CohortCell(
                cohort=periods[place],
                period=periods[place + age],
                age=age,
                customers=cohort.customers,
                new=currency.money(cohort.new),
                active=active,
                mrr=currency.money(minor),
            )


def _by_code(found: Iterable[Currency]) -> list[Currency]:
    return sorted(found, key=lambda currency: currency.code)
