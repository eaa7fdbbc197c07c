"""The calendar: whole days, both ends of a period inclusive; grids of billing periods (DOMAIN section 2)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from fractions import Fraction

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)

ONE_DAY = timedelta(days=1)
BUSINESS_DAY_TURNS = time(1)
WHOLE = Fraction(1)


def day_in_month(month: int, day: int) -> date:
    """Day `day` (1 to 31) of a month, or its last day where it is shorter; months are counted from year 0."""
    year, index = divmod(month, 12)
    if day > 28:
        day = min(day, monthrange(year, index + 1)[1])
    return date(year, index + 1, day)


def month_number(day: date) -> int:
    """The month of `day`, counted from year 0, so that the difference of two is the months between them."""
    return day.year * 12 + day.month - 1


def add_months(anchor: date, n: int) -> date:
    """`anchor` plus `n` months, clamped to the month's last day (DOMAIN 2.2); always count from the anchor itself."""
    return day_in_month(month_number(anchor) + n, anchor.day)


class Frequency(StrEnum):
    """How often a schedule bills."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SEMI_ANNUAL = "semi-annual"
    ANNUAL = "annual"
    WEEKLY = "weekly"
    DAILY = "daily"
    ONCE = "once"

    @property
    def months(self) -> int:
        """Months of a whole billing period; 0 where periods are not made of months."""
        return {"monthly": 1, "quarterly": 3, "semi-annual": 6, "annual": 12}.get(self.value, 0)


class Timing(StrEnum):
    """Advance bills on a period's first day, Arrears on the first day after it."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class BoundaryKind(StrEnum):
    """Where billing periods begin."""

    ANNIVERSARY = "anniversary"
    CALENDAR = "calendar"
    DAY = "day"
    LAST_DAY = "last-day"


class Partial(StrEnum):
    """Proration policy: a partial period counts its days, or counts as whole."""

    ALLOWED = "allowed"
    WHOLE = "whole"


class Remainder(StrEnum):
    """Which slice takes what rounding leaves over."""

    FIRST = "first"
    LAST = "last"


class TermUnit(StrEnum):
    """Units of a term."""

    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Boundary:
    """A period boundary; `day` is the day of month (1 to 31) of a DAY boundary and None for the others."""

    kind: BoundaryKind = BoundaryKind.ANNIVERSARY
    day: int | None = None

    def __str__(self) -> str:
        return f"day:{self.day}" if self.kind is BoundaryKind.DAY else self.kind.value

    def day_of_month(self, anchor: date) -> int:
        """The day of month on which this boundary's months begin, for a term that starts on `anchor`."""
        match self.kind:
            case BoundaryKind.ANNIVERSARY:
                return anchor.day
            case BoundaryKind.DAY:
                assert self.day is not None
                return self.day
            case _:
                return 1


ANNIVERSARY = Boundary()


def parse_boundary(text: str) -> Boundary:
    """The boundary that `anniversary`, `calendar`, `day:15` or `last-day` names.

    Raises ValueError, in words for the user, for anything else.
    """
    word = text.strip().lower()
    if match := re.fullmatch(r"day:([0-9]{1,2})", word):
        day = int(match[1])
        if 1 <= day <= 31:
            return Boundary(BoundaryKind.DAY, day)
    elif word in {kind.value for kind in BoundaryKind if kind is not BoundaryKind.DAY}:
        return Boundary(BoundaryKind(word))
    raise ValueError(
        f"{text!r} is not a period boundary. Use anniversary, calendar, last-day, or day:N with N from 1 to 31."
    )


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, both ends inclusive; no `end` means evergreen."""

    start: date
    end: date | None

    @property
    def days(self) -> int | None:
        """Days in the span, both ends counted; None when it is evergreen."""
        return None if self.end is None else (self.end - self.start).days + 1

    def holds(self, day: date) -> bool:
        """Whether `day` lies in the span."""
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time: whole months and days beyond them (days are 0 for a term given in months or years)."""

    months: int
    days: int = 0


def term_of(number: int, unit: TermUnit) -> Term:
    """The term of `number` months or years."""
    return Term(number * 12 if unit is TermUnit.YEARS else number)


def term_end(start: date, term: Term) -> date:
    """The inclusive last day of `term` from `start`: months first, then days (DOMAIN 2.1, 2.2)."""
    return add_months(start, term.months) + timedelta(days=term.days - 1)


def term_between(start: date, end: date) -> Term:
    """The term from `start` to `end` inclusive as whole months, then days; `term_end(start, ...)` gives `end` again."""
    after = end + ONE_DAY
    months = month_number(after) - month_number(start)
    if add_months(start, months) > after:
        months -= 1
    return Term(months, (after - add_months(start, months)).days)


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """The days `start` to `end` of a term that lie in one period, `whole_start` to `whole_end`, of a billing grid."""

    start: date
    end: date
    whole_start: date
    whole_end: date

    @property
    def is_whole(self) -> bool:
        """Whether the term covers the whole period."""
        return self.start == self.whole_start and self.end == self.whole_end

    @property
    def fraction(self) -> Fraction:
        """Days used / days of the whole period, both ends inclusive (DOMAIN 2.5)."""
        if self.is_whole:
            return WHOLE
        return Fraction((self.end - self.start).days + 1, (self.whole_end - self.whole_start).days + 1)


def billing_periods(
    period: Period, frequency: Frequency, boundary: Boundary, anchor: date | None = None
) -> Iterator[BillingPeriod]:
    """The billing periods that tile `period`, in order (DOMAIN 2.3, 2.4); an evergreen one goes on to LAST_DAY.

    `anchor` is the first day of the term whose grid is used, where that is not the period's own start: changes
    within a term keep the term's grid. What is billed once is one whole period; without an end, the start day.
    """
    if frequency is Frequency.ONCE:
        end = period.end or period.start
        yield BillingPeriod(period.start, end, period.start, end)
        return
    boundary_at, n = _grid(period.start, frequency, boundary, anchor or period.start)
    last = period.end or LAST_DAY
    whole_start = boundary_at(n)
    start = period.start
    while start <= last:
        n += 1
        after = boundary_at(n)
        whole_end = after - ONE_DAY
        end = whole_end if period.end is None else min(whole_end, period.end)
        yield BillingPeriod(start, end, whole_start, whole_end)
        start = whole_start = after


def _grid(day: date, frequency: Frequency, boundary: Boundary, anchor: date) -> tuple[Callable[[int], date], int]:
    """The n-th boundary of a grid as a function, and the n of the period that `day` lies in."""
    if not frequency.months:
        step = 7 if frequency is Frequency.WEEKLY else 1
        if boundary.kind is BoundaryKind.CALENDAR and frequency is Frequency.WEEKLY:
            anchor -= timedelta(days=anchor.weekday())
        return lambda n: anchor + timedelta(days=n * step), (day - anchor).days // step
    step = frequency.months
    first = month_number(anchor)
    if boundary.kind is BoundaryKind.CALENDAR:
        first -= first % step
    day_of_month = boundary.day_of_month(anchor)
    n = (month_number(day) - first) // step
    if day_in_month(first + n * step, day_of_month) > day:
        n -= 1
    return lambda n: day_in_month(first + n * step, day_of_month), n


def billing_date(start: date, end: date, timing: Timing, bill_day: int | None) -> date:
    """The day on which the period `start` to `end` is billed (DOMAIN 2.6).

    In advance on its first day, in arrears on the first day after it; an account's bill day of month moves the
    date to the nearest such day on or before (advance), or on or after (arrears).
    """
    if timing is Timing.ADVANCE:
        if bill_day is None:
            return start
        moved = day_in_month(month_number(start), bill_day)
        return moved if moved <= start else day_in_month(month_number(start) - 1, bill_day)
    after = end + ONE_DAY
    if bill_day is None:
        return after
    moved = day_in_month(month_number(after), bill_day)
    return moved if moved >= after else day_in_month(month_number(after) + 1, bill_day)


def business_date(now: datetime, zone: tzinfo) -> date:
    """The business day of the moment `now` (aware): it turns at 01:00 on the clock of `zone` (DOMAIN 2.7).

    Where the clock skips 01:00, the day turns as it jumps; where 01:00 comes twice, it turns the first time and
    never back.
    """
    clock = now.astimezone(zone).replace(tzinfo=None, fold=0)
    day = clock.date() if clock.time() >= BUSINESS_DAY_TURNS else clock.date() - ONE_DAY
    next_turn = datetime.combine(day + ONE_DAY, BUSINESS_DAY_TURNS, zone)
    return day + ONE_DAY if next_turn.astimezone(UTC) <= now.astimezone(UTC) else day
