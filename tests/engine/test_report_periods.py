"""The periods of reports: calendar months, quarters and years that cover the days asked for, each day once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.dates import FIRST_DAY, LAST_DAY
from calm_desktop.engine.report_periods import (
    By,
    ReportPeriods,
    days_ahead,
    days_so_far,
    end_of_period,
    problems_of_days,
    start_of_period,
)

DAYS = st.dates(FIRST_DAY, LAST_DAY)
TODAY = date(2022, 10, 15)


def shown(by: By, start: date, end: date) -> list[str]:
    return [f"{period.name}: {period.start} - {period.end}" for period in ReportPeriods(by, start, end).all]


def test_months_are_cut_to_the_days_asked_for() -> None:
    assert shown(By.MONTH, date(2022, 1, 10), date(2022, 3, 2)) == [
        "2022-01: 2022-01-10 - 2022-01-31",
        "2022-02: 2022-02-01 - 2022-02-28",
        "2022-03: 2022-03-01 - 2022-03-02",
    ]


def test_quarters_and_years_are_those_of_the_calendar() -> None:
    assert shown(By.QUARTER, date(2021, 11, 1), date(2022, 6, 30)) == [
        "2021-Q4: 2021-11-01 - 2021-12-31",
        "2022-Q1: 2022-01-01 - 2022-03-31",
        "2022-Q2: 2022-04-01 - 2022-06-30",
    ]
    assert shown(By.YEAR, date(2022, 7, 1), date(2023, 1, 1)) == [
        "2022: 2022-07-01 - 2022-12-31",
        "2023: 2023-01-01 - 2023-01-01",
    ]


@given(by=st.sampled_from(By), start=DAYS, length=st.integers(0, 3000), day=DAYS)
def test_every_day_asked_for_lies_in_one_period(by: By, start: date, length: int, day: date) -> None:
    end = min(start + timedelta(days=length), LAST_DAY)
    periods = ReportPeriods(by, start, end)
    holding = [place for place, period in enumerate(periods.all) if period.start <= day <= period.end]
    assert holding == ([periods.place(day)] if start <= day <= end else [])
    assert periods.place(start - timedelta(days=1)) == -1
    assert periods.place(end + timedelta(days=1)) == len(periods.all)


@pytest.mark.parametrize(
    ("start", "end", "by", "days"),
    [
        (None, None, By.MONTH, ("2021-11-01", "2022-10-15")),
        (None, None, By.QUARTER, ("2020-01-01", "2022-10-15")),
        (None, None, By.YEAR, ("2011-01-01", "2022-10-15")),
        (date(2022, 3, 5), None, By.MONTH, ("2022-03-05", "2022-10-15")),
        (date(2023, 3, 5), None, By.MONTH, ("2023-03-05", "2024-02-29")),
        (None, date(2024, 2, 29), By.MONTH, ("2023-03-01", "2024-02-29")),
        (date(2020, 1, 1), date(2020, 1, 1), By.YEAR, ("2020-01-01", "2020-01-01")),
        (None, date(1900, 3, 1), By.MONTH, ("1900-01-01", "1900-03-01")),
    ],
)
def test_a_look_back_ends_today_and_shows_twelve_periods(
    start: date | None, end: date | None, by: By, days: tuple[str, str]
) -> None:
    assert tuple(map(str, days_so_far(start, end, by, TODAY))) == days


@pytest.mark.parametrize(
    ("start", "end", "by", "days"),
    [
        (None, None, By.MONTH, ("2022-08-15", "2023-09-30")),
        (None, None, By.QUARTER, ("2022-08-15", "2025-09-30")),
        (date(2023, 1, 1), None, By.MONTH, ("2023-01-01", "2023-12-31")),
        (None, date(2022, 12, 31), By.MONTH, ("2022-08-15", "2022-12-31")),
        (None, date(2022, 1, 31), By.MONTH, ("2022-01-31", "2022-01-31")),
        (None, date(2022, 8, 31), By.MONTH, ("2022-08-15", "2022-08-31")),
        (date(2199, 6, 1), None, By.YEAR, ("2199-06-01", "2199-12-31")),
    ],
)
def test_a_look_ahead_begins_with_what_waits_and_shows_twelve_periods_from_today(
    start: date | None, end: date | None, by: By, days: tuple[str, str]
) -> None:
    assert tuple(map(str, days_ahead(start, end, by, TODAY, date(2022, 8, 15)))) == days


def test_the_period_of_a_day() -> None:
    assert start_of_period(TODAY, By.QUARTER) == date(2022, 10, 1)
    assert start_of_period(TODAY, By.QUARTER, 1) == date(2022, 7, 1)
    assert end_of_period(TODAY, By.YEAR) == date(2022, 12, 31)


def test_days_that_make_no_report_are_told_all_at_once() -> None:
    assert problems_of_days(None, None) == []
    assert problems_of_days(date(2022, 1, 1), date(2022, 1, 1)) == []
    told = problems_of_days(date(2250, 1, 1), date(1850, 1, 1))
    assert [(problem.code, problem.field) for problem in told] == [
        ("bad-date", "from"),
        ("bad-date", "to"),
        ("end-before-start", "to"),
    ]
    assert told[2].message == "to: 1850-01-01 is before 2250-01-01. Give a day on or after it."
