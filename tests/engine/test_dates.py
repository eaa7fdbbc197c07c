"""The calendar, as in DOMAIN section 2."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.dates import (
    ANNIVERSARY,
    Boundary,
    BoundaryKind,
    Frequency,
    Period,
    Term,
    TermUnit,
    Timing,
    add_months,
    billing_date,
    billing_periods,
    business_date,
    parse_boundary,
    term_between,
    term_end,
    term_of,
)

CALENDAR = Boundary(BoundaryKind.CALENDAR)
LAST_DAY = Boundary(BoundaryKind.LAST_DAY)

DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
MONTH_FREQUENCIES = st.sampled_from([frequency for frequency in Frequency if frequency.months])
BOUNDARIES = st.sampled_from([ANNIVERSARY, CALENDAR, LAST_DAY]) | st.builds(
    Boundary, st.just(BoundaryKind.DAY), st.integers(1, 31)
)


def day(text: str) -> date:
    return date.fromisoformat(text)


def first_periods(start: str, frequency: Frequency, boundary: str, number: int = 3) -> list[str]:
    parts = billing_periods(Period(day(start), None), frequency, parse_boundary(boundary))
    return [f"{part.start} {part.end}" for part in islice(parts, number)]


def in_zone(name: str, wall: str, fold: int = 0) -> datetime:
    """The moment (UTC) at which the clock of a zone shows `wall`, the first time or (fold 1) the second."""
    return datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(name), fold=fold).astimezone(UTC)


# ------------------------------------------------------------------------------------------- 2.1 days and periods


def test_both_ends_of_a_period_count():
    year = Period(date(2022, 1, 1), date(2022, 12, 31))
    assert year.days == 365
    assert year.holds(date(2022, 1, 1))
    assert year.holds(date(2022, 12, 31))
    assert not year.holds(date(2021, 12, 31))
    assert not year.holds(date(2023, 1, 1))


def test_an_evergreen_period_has_no_number_of_days_and_holds_every_later_day():
    evergreen = Period(date(2022, 1, 1), None)
    assert evergreen.days is None
    assert evergreen.holds(date(2199, 12, 31))
    assert not evergreen.holds(date(2021, 12, 31))


# --------------------------------------------------------------------------------- 2.2 the n-th date of a series


@pytest.mark.parametrize(
    ("anchor", "months", "expected"),
    [
        ("2022-01-31", 1, "2022-02-28"),
        ("2022-01-31", 2, "2022-03-31"),
        ("2020-02-29", 12, "2021-02-28"),
        ("2020-02-29", 48, "2024-02-29"),
        ("2022-03-31", -1, "2022-02-28"),
        ("2022-01-15", -1, "2021-12-15"),
        ("2022-12-30", 2, "2023-02-28"),
    ],
)
def test_months_are_counted_from_the_anchor_and_clamped(anchor: str, months: int, expected: str):
    assert add_months(day(anchor), months) == day(expected)


@given(DAYS, st.integers(-600, 600))
def test_months_are_added_as_the_calendar_library_does(anchor: date, months: int):
    assert add_months(anchor, months) == anchor + relativedelta(months=months)


@pytest.mark.parametrize(
    ("start", "term", "last_day"),
    [
        ("2022-01-01", term_of(12, TermUnit.MONTHS), "2022-12-31"),
        ("2022-01-01", term_of(1, TermUnit.YEARS), "2022-12-31"),
        ("2020-02-29", term_of(1, TermUnit.YEARS), "2021-02-27"),
        ("2020-02-29", term_of(4, TermUnit.YEARS), "2024-02-28"),
        ("2022-01-31", term_of(1, TermUnit.MONTHS), "2022-02-27"),
        ("2022-01-31", term_of(2, TermUnit.MONTHS), "2022-03-30"),
        ("2025-03-28", Term(10, 8), "2026-02-04"),
        ("2022-01-01", Term(0, 1), "2022-01-01"),
    ],
)
def test_a_term_ends_the_day_before_its_months_and_days_are_over(start: str, term: Term, last_day: str):
    assert term_end(day(start), term) == day(last_day)


@pytest.mark.parametrize(
    ("start", "end", "term"),
    [
        ("2022-01-01", "2022-12-31", Term(12)),
        ("2025-03-28", "2026-02-04", Term(10, 8)),
        ("2022-01-01", "2022-01-01", Term(0, 1)),
        ("2022-01-31", "2022-02-27", Term(1)),
        ("2020-02-29", "2021-02-27", Term(12)),
    ],
)
def test_a_span_of_days_as_a_term_is_whole_months_then_days(start: str, end: str, term: Term):
    assert term_between(day(start), day(end)) == term


@given(DAYS, st.integers(0, 5000))
def test_the_term_between_two_days_leads_from_one_to_the_other(start: date, days: int):
    end = start + timedelta(days=days)
    assert term_end(start, term_between(start, end)) == end


# ------------------------------------------------------------------------------- 2.3, 2.4 frequencies, boundaries


@pytest.mark.parametrize(
    ("start", "frequency", "boundary", "periods"),
    [
        (
            "2022-01-31",
            Frequency.MONTHLY,
            "anniversary",
            ["2022-01-31 2022-02-27", "2022-02-28 2022-03-30", "2022-03-31 2022-04-29"],
        ),
        (
            "2020-02-29",
            Frequency.ANNUAL,
            "anniversary",
            ["2020-02-29 2021-02-27", "2021-02-28 2022-02-27", "2022-02-28 2023-02-27"],
        ),
        (
            "2022-02-10",
            Frequency.QUARTERLY,
            "calendar",
            ["2022-02-10 2022-03-31", "2022-04-01 2022-06-30", "2022-07-01 2022-09-30"],
        ),
        (
            "2022-02-10",
            Frequency.SEMI_ANNUAL,
            "calendar",
            ["2022-02-10 2022-06-30", "2022-07-01 2022-12-31", "2023-01-01 2023-06-30"],
        ),
        (
            "2022-02-10",
            Frequency.ANNUAL,
            "calendar",
            ["2022-02-10 2022-12-31", "2023-01-01 2023-12-31", "2024-01-01 2024-12-31"],
        ),
        (
            "2022-02-10",
            Frequency.QUARTERLY,
            "last-day",
            ["2022-02-10 2022-04-30", "2022-05-01 2022-07-31", "2022-08-01 2022-10-31"],
        ),
        (
            "2022-01-20",
            Frequency.MONTHLY,
            "day:31",
            ["2022-01-20 2022-01-30", "2022-01-31 2022-02-27", "2022-02-28 2022-03-30"],
        ),
        (
            "2011-02-24",
            Frequency.QUARTERLY,
            "day:10",
            ["2011-02-24 2011-05-09", "2011-05-10 2011-08-09", "2011-08-10 2011-11-09"],
        ),
        (
            "2022-01-01",
            Frequency.QUARTERLY,
            "day:15",
            ["2022-01-01 2022-01-14", "2022-01-15 2022-04-14", "2022-04-15 2022-07-14"],
        ),
        (
            "2022-01-01",
            Frequency.WEEKLY,
            "anniversary",
            ["2022-01-01 2022-01-07", "2022-01-08 2022-01-14", "2022-01-15 2022-01-21"],
        ),
        (
            "2022-01-01",
            Frequency.WEEKLY,
            "calendar",
            ["2022-01-01 2022-01-02", "2022-01-03 2022-01-09", "2022-01-10 2022-01-16"],
        ),
        (
            "2022-02-28",
            Frequency.DAILY,
            "calendar",
            ["2022-02-28 2022-02-28", "2022-03-01 2022-03-01", "2022-03-02 2022-03-02"],
        ),
    ],
)
def test_periods_of_a_grid(start: str, frequency: Frequency, boundary: str, periods: list[str]):
    assert first_periods(start, frequency, boundary) == periods


def test_29_february_returns_in_the_leap_year():
    years = billing_periods(Period(date(2020, 2, 29), None), Frequency.ANNUAL, ANNIVERSARY)
    assert [part.start.isoformat() for part in islice(years, 5)] == [
        "2020-02-29",
        "2021-02-28",
        "2022-02-28",
        "2023-02-28",
        "2024-02-29",
    ]


def test_the_last_period_stops_with_the_term():
    parts = list(billing_periods(Period(date(2022, 1, 1), date(2022, 2, 10)), Frequency.MONTHLY, ANNIVERSARY))
    assert [(part.start, part.end, part.whole_end) for part in parts] == [
        (date(2022, 1, 1), date(2022, 1, 31), date(2022, 1, 31)),
        (date(2022, 2, 1), date(2022, 2, 10), date(2022, 2, 28)),
    ]


def test_an_evergreen_grid_goes_on_to_the_last_day_of_the_calendar():
    years = list(billing_periods(Period(date(2190, 7, 1), None), Frequency.ANNUAL, CALENDAR))
    assert len(years) == 10
    assert years[-1].end == date(2199, 12, 31)


def test_billed_once_is_one_whole_period():
    (only,) = billing_periods(Period(date(2022, 1, 20), date(2022, 3, 5)), Frequency.ONCE, CALENDAR)
    assert (only.start, only.end, only.is_whole) == (date(2022, 1, 20), date(2022, 3, 5), True)
    (sold,) = billing_periods(Period(date(2022, 1, 20), None), Frequency.ONCE, CALENDAR)
    assert (sold.start, sold.end, sold.is_whole) == (date(2022, 1, 20), date(2022, 1, 20), True)


def test_a_change_within_a_term_keeps_the_grid_of_the_term():
    changed = Period(date(2022, 9, 15), date(2022, 10, 31))
    parts = billing_periods(changed, Frequency.MONTHLY, ANNIVERSARY, anchor=date(2022, 1, 1))
    assert [f"{part.start} {part.end} {part.fraction}" for part in parts] == [
        "2022-09-15 2022-09-30 8/15",
        "2022-10-01 2022-10-31 1",
    ]


@pytest.mark.parametrize(
    ("text", "boundary"),
    [
        ("anniversary", ANNIVERSARY),
        ("calendar", CALENDAR),
        ("last-day", LAST_DAY),
        ("day:15", Boundary(BoundaryKind.DAY, 15)),
        (" Day:31 ", Boundary(BoundaryKind.DAY, 31)),
    ],
)
def test_a_boundary_is_read_from_its_words(text: str, boundary: Boundary):
    assert parse_boundary(text) == boundary
    assert str(boundary) == text.strip().lower()


@pytest.mark.parametrize("text", ["", "day", "day:", "day:0", "day:32", "day:-1", "day:1.5", "monday", "day:115"])
def test_other_words_are_no_boundary_and_the_message_says_what_is(text: str):
    with pytest.raises(ValueError, match="Use anniversary, calendar, last-day, or day:N with N from 1 to 31"):
        parse_boundary(text)


# ------------------------------------------------------------------------------------------ 2.5 fractions of periods


@pytest.mark.parametrize(
    ("start", "end", "frequency", "boundary", "fraction"),
    [
        ("2011-02-24", "2011-05-09", Frequency.QUARTERLY, "day:10", Fraction(75, 89)),
        ("2025-03-28", "2025-04-04", Frequency.MONTHLY, "day:5", Fraction(8, 31)),
        ("2022-02-01", "2022-02-28", Frequency.MONTHLY, "calendar", Fraction(1)),
        ("2022-02-02", "2022-02-27", Frequency.MONTHLY, "calendar", Fraction(26, 28)),
        ("2022-01-05", "2022-01-09", Frequency.WEEKLY, "calendar", Fraction(5, 7)),
    ],
)
def test_a_fraction_is_days_used_over_days_of_the_whole_period(
    start: str, end: str, frequency: Frequency, boundary: str, fraction: Fraction
):
    (part,) = billing_periods(Period(day(start), day(end)), frequency, parse_boundary(boundary))
    assert part.fraction == fraction
    assert part.is_whole == (fraction == 1)


@given(DAYS, st.integers(0, 1500), st.sampled_from(Frequency), BOUNDARIES)
def test_periods_tile_the_term_without_gap_or_overlap(start: date, days: int, frequency: Frequency, boundary: Boundary):
    end = start + timedelta(days=days)
    parts = list(billing_periods(Period(start, end), frequency, boundary))
    assert parts[0].start == start
    assert parts[-1].end == end
    for earlier, later in pairwise(parts):
        assert later.start == earlier.end + timedelta(days=1)
        assert later.whole_start == earlier.whole_end + timedelta(days=1)
    for part in parts:
        assert part.whole_start <= part.start <= part.end <= part.whole_end
        assert 0 < part.fraction <= 1
        assert part.is_whole == (part.fraction == 1)
    assert all(part.is_whole for part in parts[1:-1])


@given(DAYS, MONTH_FREQUENCIES, st.integers(0, 40))
def test_the_nth_period_of_an_anniversary_grid_starts_n_periods_from_the_anchor(
    anchor: date, frequency: Frequency, n: int
):
    end = anchor + relativedelta(months=frequency.months * (n + 1), days=-1)
    parts = list(billing_periods(Period(anchor, end), frequency, ANNIVERSARY))
    assert len(parts) == n + 1
    assert parts[n].start == anchor + relativedelta(months=frequency.months * n)
    assert all(part.is_whole for part in parts)


@given(DAYS, st.integers(0, 800), st.integers(0, 800), st.sampled_from(Frequency), BOUNDARIES)
def test_a_part_of_a_term_has_the_grid_of_the_term(
    anchor: date, after: int, days: int, frequency: Frequency, boundary: Boundary
):
    start = anchor + timedelta(days=after)
    end = start + timedelta(days=days)
    if frequency is Frequency.ONCE:
        return
    whole = {part.whole_start: part for part in billing_periods(Period(anchor, end), frequency, boundary)}
    for part in billing_periods(Period(start, end), frequency, boundary, anchor):
        assert whole[part.whole_start].whole_end == part.whole_end


# ----------------------------------------------------------------------------------------------- 2.6 billing dates


@pytest.mark.parametrize(
    ("start", "end", "timing", "bill_day", "expected"),
    [
        ("2022-01-01", "2022-01-31", Timing.ADVANCE, None, "2022-01-01"),
        ("2022-01-01", "2022-01-31", Timing.ARREARS, None, "2022-02-01"),
        ("2022-01-01", "2022-01-31", Timing.ADVANCE, 15, "2021-12-15"),  # R10
        ("2022-01-01", "2022-01-31", Timing.ARREARS, 15, "2022-02-15"),  # R10
        ("2022-01-15", "2022-02-14", Timing.ADVANCE, 15, "2022-01-15"),
        ("2022-01-15", "2022-02-14", Timing.ARREARS, 15, "2022-02-15"),
        ("2022-01-20", "2022-02-19", Timing.ADVANCE, 15, "2022-01-15"),
        ("2022-01-20", "2022-02-19", Timing.ARREARS, 15, "2022-03-15"),
        ("2022-03-15", "2022-04-14", Timing.ADVANCE, 31, "2022-02-28"),
        ("2022-01-15", "2022-02-14", Timing.ARREARS, 31, "2022-02-28"),
        ("2022-12-01", "2022-12-31", Timing.ARREARS, 15, "2023-01-15"),
    ],
)
def test_a_bill_day_moves_the_billing_date_only(
    start: str, end: str, timing: Timing, bill_day: int | None, expected: str
):
    assert billing_date(day(start), day(end), timing, bill_day) == day(expected)


@given(DAYS, st.integers(0, 400), st.integers(1, 31))
def test_the_billing_date_is_the_nearest_bill_day(start: date, days: int, bill_day: int):
    end = start + timedelta(days=days)

    def is_bill_day(candidate: date) -> bool:
        tomorrow = candidate + timedelta(days=1)
        return candidate.day == bill_day or (candidate.day < bill_day and tomorrow.day == 1)

    before = next(d for n in range(32) if is_bill_day(d := start - timedelta(days=n)))
    after = next(d for n in range(1, 33) if is_bill_day(d := end + timedelta(days=n)))
    assert billing_date(start, end, Timing.ADVANCE, bill_day) == before
    assert billing_date(start, end, Timing.ARREARS, bill_day) == after


# ------------------------------------------------------------------------------------------------ 2.7 business day


@pytest.mark.parametrize(
    ("zone", "wall", "business_day"),
    [
        ("Europe/Berlin", "2022-10-15T00:59:59", "2022-10-14"),
        ("Europe/Berlin", "2022-10-15T01:00:00", "2022-10-15"),
        ("Europe/Berlin", "2022-10-15T23:59:59", "2022-10-15"),
        ("America/New_York", "2022-01-01T00:30:00", "2021-12-31"),
        ("Asia/Kolkata", "2022-01-01T01:00:00", "2022-01-01"),
    ],
)
def test_the_business_day_turns_at_one_in_the_morning(zone: str, wall: str, business_day: str):
    assert business_date(in_zone(zone, wall), ZoneInfo(zone)) == day(business_day)


def test_where_the_clock_jumps_over_one_the_day_turns_as_it_jumps():
    """London, 27 March 2022: 00:59:59 is followed by 02:00:00."""
    jump = datetime(2022, 3, 27, 1, 0, tzinfo=UTC)
    assert business_date(jump - timedelta(seconds=1), ZoneInfo("Europe/London")) == date(2022, 3, 26)
    assert business_date(jump, ZoneInfo("Europe/London")) == date(2022, 3, 27)


def test_where_one_comes_twice_the_day_turns_the_first_time():
    """London, 30 October 2022: 01:59:59 is followed by 01:00:00."""
    assert business_date(in_zone("Europe/London", "2022-10-30T00:59:59"), ZoneInfo("Europe/London")) == date(
        2022, 10, 29
    )
    for fold in (0, 1):
        one = in_zone("Europe/London", "2022-10-30T01:00:00", fold)
        assert business_date(one, ZoneInfo("Europe/London")) == date(2022, 10, 30)


def test_where_the_clock_goes_back_over_one_the_day_does_not_turn_back():
    """Casey station, 5 March 2010: 02:00 became 23:00 of the day before."""
    casey = ZoneInfo("Antarctica/Casey")
    assert business_date(in_zone("Antarctica/Casey", "2010-03-05T00:59:59"), casey) == date(2010, 3, 4)
    assert business_date(in_zone("Antarctica/Casey", "2010-03-05T01:30:00"), casey) == date(2010, 3, 5)
    again = in_zone("Antarctica/Casey", "2010-03-04T23:30:00", fold=1)
    assert again.astimezone(casey).isoformat() == "2010-03-04T23:30:00+08:00"
    assert business_date(again, casey) == date(2010, 3, 5)
    assert business_date(in_zone("Antarctica/Casey", "2010-03-05T12:00:00"), casey) == date(2010, 3, 5)


@given(
    st.sampled_from(["Europe/London", "Europe/Berlin", "Antarctica/Casey", "Atlantic/Azores", "America/Havana"]),
    st.datetimes(datetime(2008, 1, 1), datetime(2024, 1, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(0), timedelta(days=2)),
)
def test_the_business_day_never_goes_back(zone: str, now: datetime, later: timedelta):
    assert business_date(now, ZoneInfo(zone)) <= business_date(now + later, ZoneInfo(zone))
