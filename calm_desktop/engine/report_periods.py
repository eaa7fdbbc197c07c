"""The periods of a report: calendar months, quarters or years, the first and the last cut to the days asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from calm_desktop.engine.dates import FIRST_DAY, LAST_DAY, ONE_DAY, day_in_month, month_number
from calm_desktop.engine.limits import problems_of_day
from calm_desktop.engine.problems import Problem

USUAL = 12
"""How many periods a report shows where it is not told from which day, or to which."""


class By(StrEnum):
    """How long the periods of a report are."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def months(self) -> int:
        """Months of a whole period."""
        return {"month": 1, "quarter": 3, "year": 12}[self.value]


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """One period of a report, both ends inclusive; `name` says which: 2022-01, 2022-Q1, 2022."""

    name: str
    start: date
    end: date


@dataclass(frozen=True)
class ReportPeriods:
    """The periods in which the days from `start` to `end` lie, both inclusive, in order.

    The first begins on `start` and the last ends on `end`, also where these are days in the middle of a calendar
    period, so that every day asked for is counted once and no other.
    """

    by: By
    start: date
    end: date

    @cached_property
    def all(self) -> tuple[ReportPeriod, ...]:
        """Every period."""
        return tuple(self._each())

    def _each(self) -> Iterator[ReportPeriod]:
        for number in range(_number(self.start, self.by), _number(self.end, self.by) + 1):
            first, after = _first_day(number, self.by), _first_day(number + 1, self.by)
            yield ReportPeriod(_name(first, self.by), max(first, self.start), min(after - ONE_DAY, self.end))

    def place(self, day: date) -> int:
        """The place of the period that holds `day`, from 0; -1 before the first, their count after the last."""
        if day < self.start:
            return -1
        return len(self.all) if day > self.end else month_number(day) // self._months - self._first

    @cached_property
    def _first(self) -> int:
        return _number(self.start, self.by)

    @cached_property
    def _months(self) -> int:
        return self.by.months


def _number(day: date, by: By) -> int:
    """Which period `day` lies in, counted from year 0."""
    return month_number(day) // by.months


def _first_day(number: int, by: By) -> date:
    return day_in_month(number * by.months, 1)


def _name(first: date, by: By) -> str:
    match by:
        case By.MONTH:
            return f"{first.year}-{first.month:02d}"
        case By.QUARTER:
            return f"{first.year}-Q{first.month // 3 + 1}"
        case _:
            return str(first.year)


def start_of_period(day: date, by: By, earlier: int = 0) -> date:
    """The first day of the calendar period that holds `day`, or of one so many periods `earlier`; never before 1900."""
    return max(_first_day(_number(day, by) - earlier, by), FIRST_DAY)


def end_of_period(day: date, by: By, later: int = 0) -> date:
    """The last day of the calendar period that holds `day`, or of one so many periods `later`; never after 2199."""
    return min(_first_day(_number(day, by) + later + 1, by) - ONE_DAY, LAST_DAY)


def problems_of_days(start: date | None, end: date | None) -> list[Problem]:
    """What is wrong with the days that a report is asked for."""
    found = [*problems_of_day("from", start), *problems_of_day("to", end)]
    if start is not None and end is not None and end < start:
        found.append(Problem("end-before-start", "to", f"to: {end} is before {start}. Give a day on or after it."))
    return found


def days_so_far(start: date | None, end: date | None, by: By, today: date) -> tuple[date, date]:
    """The days of a report that looks back: up to today unless told, and the twelve periods that end there.

    Where the start is told and lies in the future, it looks at the twelve periods from there.
    """
    if end is None:
        end = today if start is None or start <= today else end_of_period(start, by, USUAL - 1)
    return start or start_of_period(end, by, USUAL - 1), end


def days_ahead(start: date | None, end: date | None, by: By, today: date, oldest: date) -> tuple[date, date]:
    """The days of a report that looks ahead: the twelve periods from `start`, or from today, unless told to which day.

    Unless told from which day, it begins with the `oldest` that waits, today or earlier.
    """
    last = end or end_of_period(start or today, by, USUAL - 1)
    return start or min(oldest, last), last
