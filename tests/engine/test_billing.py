"""Billing schedules, as in DOMAIN sections 2.6, 3.3 and 6."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.billing import Slice, problems_of_terms, slices
from calm_desktop.engine.catalog import PriceUnit
from calm_desktop.engine.dates import (
    Boundary,
    BoundaryKind,
    Frequency,
    Partial,
    Period,
    Remainder,
    Timing,
    billing_periods,
    parse_boundary,
)
from calm_desktop.engine.money import Currency
from calm_desktop.engine.problems import Bug
from calm_desktop.engine.rating import STANDARD_TERMS, BillingTerms, Rate, total

USD = Currency("USD", 2)
YEAR_2022 = Period(date(2022, 1, 1), date(2022, 12, 31))
EVERGREEN = Period(date(2022, 1, 20), None)
TEN = Rate(Decimal(10), PriceUnit.MONTH)


def lay(
    period: Period,
    quantity: str,
    price: str,
    unit: str = "month",
    frequency: str = "monthly",
    timing: str = "advance",
    boundary: str = "anniversary",
    partial: str = "allowed",
    remainder: str = "last",
    bill_day: int | None = None,
    through: str | None = None,
) -> tuple[Slice, ...]:
    terms = BillingTerms(
        Frequency(frequency), Timing(timing), parse_boundary(boundary), Partial(partial), Remainder(remainder)
    )
    rate = Rate(Decimal(price), PriceUnit(unit))
    until = None if through is None else date.fromisoformat(through)
    return slices(period, Decimal(quantity), rate, terms, USD, bill_day, until)


def page(laid: tuple[Slice, ...]) -> list[str]:
    return [f"{item.start} {item.end} {item.billing_date} {item.fraction} {item.amount}" for item in laid]


def amounts(laid: tuple[Slice, ...]) -> list[str]:
    return [str(item.amount) for item in laid]


def span(start: str, end: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end))


# -------------------------------------------------------------------------------------------------- terms, by hand


def test_r1_twelve_slices_of_a_hundred():
    laid = lay(YEAR_2022, "10", "10")
    assert amounts(laid) == ["100.00"] * 12
    assert page(laid)[0] == "2022-01-01 2022-01-31 2022-01-01 1 100.00"
    assert page(laid)[11] == "2022-12-01 2022-12-31 2022-12-01 1 100.00"


def test_r2_ten_slices_are_billed_through_15_october_on_the_first_of_each_month():
    laid = lay(YEAR_2022, "10", "10", through="2022-10-15")
    assert [item.billing_date for item in laid] == [date(2022, month, 1) for month in range(1, 11)]
    assert amounts(laid) == ["100.00"] * 10


def test_r2b_five_more_from_15_september():
    more = slices(
        span("2022-09-15", "2022-12-31"), Decimal(5), TEN, STANDARD_TERMS, USD, None, None, anchor=YEAR_2022.start
    )
    assert page(more) == [
        "2022-09-15 2022-09-30 2022-09-15 8/15 26.67",
        "2022-10-01 2022-10-31 2022-10-01 1 50.00",
        "2022-11-01 2022-11-30 2022-11-01 1 50.00",
        "2022-12-01 2022-12-31 2022-12-01 1 50.00",
    ]


@pytest.mark.parametrize(
    ("remainder", "expected"),
    [("last", ["8.33"] * 11 + ["8.37"]), ("first", ["8.37"] + ["8.33"] * 11)],
)
def test_r7_a_hundred_over_twelve_months(remainder: str, expected: list[str]):
    assert amounts(lay(YEAR_2022, "1", "100", unit="year", remainder=remainder)) == expected


def test_r8_parts_at_the_start_of_a_grid_on_day_5():
    laid = lay(span("2025-03-28", "2026-02-04"), "1", "90", boundary="day:5")
    assert page(laid)[0] == "2025-03-28 2025-04-04 2025-03-28 8/31 23.23"
    assert amounts(laid)[1:] == ["90.00"] * 10


def test_r8_where_parts_are_forbidden_they_are_billed_whole():
    laid = lay(span("2025-03-28", "2026-02-04"), "1", "90", boundary="day:5", partial="whole")
    assert page(laid)[0] == "2025-03-28 2025-04-04 2025-03-28 1 90.00"
    assert amounts(laid) == ["90.00"] * 11


@pytest.mark.parametrize(
    ("boundary", "first", "last"),
    [
        ("calendar", "2025-03-28 2025-03-31 2025-03-28 4/31 11.61", "2026-02-01 2026-02-04 2026-02-01 1/7 12.86"),
        ("anniversary", "2025-03-28 2025-04-27 2025-03-28 1 90.00", "2026-01-28 2026-02-04 2026-01-28 8/31 23.23"),
    ],
)
def test_r9_the_same_term_on_other_boundaries(boundary: str, first: str, last: str):
    laid = page(lay(span("2025-03-28", "2026-02-04"), "1", "90", boundary=boundary))
    assert laid[0] == first
    assert laid[-1] == last


def test_r10_a_bill_day_moves_the_billing_date_and_never_the_period():
    january = span("2022-01-01", "2022-01-31")
    assert page(lay(january, "1", "10", bill_day=15)) == ["2022-01-01 2022-01-31 2021-12-15 1 10.00"]
    assert page(lay(january, "1", "10", timing="arrears", bill_day=15)) == ["2022-01-01 2022-01-31 2022-02-15 1 10.00"]


def test_arrears_are_billed_on_the_first_day_after():
    assert [item.billing_date for item in lay(YEAR_2022, "10", "10", timing="arrears")][-1] == date(2023, 1, 1)
    assert len(lay(YEAR_2022, "10", "10", timing="arrears", through="2022-12-31")) == 11


def test_what_is_due_keeps_its_amount_of_the_whole_term():
    assert amounts(lay(YEAR_2022, "1", "100", unit="year", remainder="first", through="2022-02-01")) == ["8.37", "8.33"]


def test_a_yearly_price_over_eighteen_months_billed_yearly():
    laid = lay(span("2022-01-01", "2023-06-30"), "1", "1200", unit="year", frequency="annual")
    assert page(laid) == [
        "2022-01-01 2022-12-31 2022-01-01 1 1200.00",
        "2023-01-01 2023-06-30 2023-01-01 181/365 600.00",
    ]


def test_a_whole_term_billed_once():
    laid = lay(span("2022-01-01", "2022-02-14"), "2", "10", frequency="once")
    assert page(laid) == ["2022-01-01 2022-02-14 2022-01-01 1 30.00"]


def test_weekly_billing_of_a_monthly_price_splits_the_total_by_days():
    laid = lay(span("2022-02-01", "2022-02-28"), "1", "30", frequency="weekly")
    assert amounts(laid) == ["7.50", "7.50", "7.50", "7.50"]
    on_mondays = lay(span("2022-02-01", "2022-02-28"), "1", "28", frequency="weekly", boundary="calendar")
    assert page(on_mondays) == [
        "2022-02-01 2022-02-06 2022-02-01 6/7 6.00",
        "2022-02-07 2022-02-13 2022-02-07 1 7.00",
        "2022-02-14 2022-02-20 2022-02-14 1 7.00",
        "2022-02-21 2022-02-27 2022-02-21 1 7.00",
        "2022-02-28 2022-02-28 2022-02-28 1/7 1.00",
    ]


def test_daily_billing_of_a_monthly_price():
    laid = lay(span("2022-02-01", "2022-02-28"), "1", "30", frequency="daily")
    assert amounts(laid) == ["1.07"] * 27 + ["1.11"]


def test_a_price_paid_once_may_be_billed_over_a_term():
    laid = lay(span("2022-01-01", "2022-03-31"), "1", "100", unit="once")
    assert amounts(laid) == ["33.33", "33.33", "33.34"]


def test_a_price_paid_once_without_an_end_is_one_slice_on_the_start_day():
    assert page(lay(EVERGREEN, "6", "2.55", unit="once")) == ["2022-01-20 2022-01-20 2022-01-20 1 15.30"]
    assert page(lay(EVERGREEN, "6", "2.55", unit="once", frequency="annual", timing="arrears")) == [
        "2022-01-20 2022-01-20 2022-01-21 1 15.30"
    ]
    assert lay(EVERGREEN, "6", "2.55", unit="once", through="2022-01-19") == ()


# ------------------------------------------------------------------------------------------------ evergreen, by hand


def test_an_evergreen_schedule_is_laid_out_through_a_day():
    assert page(lay(EVERGREEN, "1", "31", boundary="calendar", through="2022-03-01")) == [
        "2022-01-20 2022-01-31 2022-01-20 12/31 12.00",
        "2022-02-01 2022-02-28 2022-02-01 1 31.00",
        "2022-03-01 2022-03-31 2022-03-01 1 31.00",
    ]
    assert lay(EVERGREEN, "1", "31", through="2022-01-19") == ()


def test_an_evergreen_schedule_stops_with_the_calendar():
    laid = lay(Period(date(2199, 11, 1), None), "1", "31", through="2205-01-01")
    assert [item.start for item in laid] == [date(2199, 11, 1), date(2199, 12, 1)]


def test_an_evergreen_schedule_without_a_day_is_a_bug():
    with pytest.raises(Bug):
        lay(EVERGREEN, "1", "31")


def test_an_evergreen_part_where_parts_are_forbidden():
    laid = lay(EVERGREEN, "1", "31", boundary="calendar", partial="whole", through="2022-01-31")
    assert page(laid) == ["2022-01-20 2022-01-31 2022-01-20 1 31.00"]


def test_an_evergreen_yearly_price_billed_quarterly_in_arrears():
    laid = lay(EVERGREEN, "1", "100", unit="year", frequency="quarterly", timing="arrears", through="2022-07-20")
    assert page(laid) == [
        "2022-01-20 2022-04-19 2022-04-20 1 25.00",
        "2022-04-20 2022-07-19 2022-07-20 1 25.00",
    ]


def test_an_evergreen_week_costs_its_days_of_the_month():
    """31.00 a month from Thursday 20 January: 1.00 a day to 19 February, then 31/28 a day."""
    laid = lay(EVERGREEN, "1", "31", frequency="weekly", through="2022-02-17")
    assert amounts(laid) == ["7.00", "7.00", "7.00", "7.00", "7.43"]
    on_mondays = lay(EVERGREEN, "1", "31", frequency="weekly", boundary="calendar", through="2022-01-31")
    assert page(on_mondays) == [
        "2022-01-20 2022-01-23 2022-01-20 4/7 4.00",
        "2022-01-24 2022-01-30 2022-01-24 1 7.00",
        "2022-01-31 2022-02-06 2022-01-31 1 7.64",
    ]


def test_an_evergreen_part_of_a_week_where_parts_are_forbidden():
    laid = lay(EVERGREEN, "1", "31", frequency="weekly", boundary="calendar", partial="whole", through="2022-01-20")
    assert page(laid) == ["2022-01-20 2022-01-23 2022-01-20 1 7.00"]


# ----------------------------------------------------------------------------------------------------- properties

DAYS = st.dates(date(1901, 1, 1), date(2190, 12, 31))
QUANTITIES = st.decimals(Decimal("0.01"), 10**6, places=2)
RATES = st.builds(
    Rate,
    st.decimals(0, 10**5, places=6),
    st.sampled_from(PriceUnit),
    st.decimals(0, 100, places=4),
)
BOUNDARIES = st.sampled_from(["anniversary", "calendar", "last-day", "day:1", "day:15", "day:31"]).map(parse_boundary)
TERMS = st.builds(
    BillingTerms,
    st.sampled_from(Frequency),
    st.sampled_from(Timing),
    BOUNDARIES,
    st.sampled_from(Partial),
    st.sampled_from(Remainder),
).filter(lambda terms: "boundary" not in [p.field for p in problems_of_terms(YEAR_2022, Decimal(1), TEN, terms)])
BILL_DAYS = st.none() | st.integers(1, 31)


@given(DAYS, st.integers(0, 800), QUANTITIES, RATES, TERMS, BILL_DAYS)
def test_the_slices_of_a_term_tile_it_and_sum_to_its_total(
    start: date, days: int, quantity: Decimal, rate: Rate, terms: BillingTerms, bill_day: int | None
):
    period = Period(start, start + timedelta(days=days))
    laid = slices(period, quantity, rate, terms, USD, bill_day, None)
    assert sum((item.amount for item in laid), USD.money(0)) == total(period, quantity, rate, terms, USD)
    assert (laid[0].start, laid[-1].end) == (period.start, period.end)
    for earlier, later in pairwise(laid):
        assert later.start == earlier.end + timedelta(days=1)
        assert later.billing_date >= earlier.billing_date
    assert all(item.amount.minor >= 0 and 0 < item.fraction <= 1 for item in laid)


@given(DAYS, st.integers(0, 800), QUANTITIES, RATES, TERMS)
def test_a_line_of_the_opposite_quantity_is_the_mirror_image(
    start: date, days: int, quantity: Decimal, rate: Rate, terms: BillingTerms
):
    period = Period(start, start + timedelta(days=days))
    ours = slices(period, quantity, rate, terms, USD, None, None)
    mirrored = slices(period, -quantity, rate, terms, USD, None, None)
    assert [-item.amount for item in mirrored] == [item.amount for item in ours]


@given(DAYS, st.integers(0, 800), st.integers(-10, 900), QUANTITIES, RATES, TERMS, BILL_DAYS)
def test_what_is_due_is_the_beginning_of_the_schedule(
    start: date, days: int, until: int, quantity: Decimal, rate: Rate, terms: BillingTerms, bill_day: int | None
):
    period = Period(start, start + timedelta(days=days))
    through = start + timedelta(days=until)
    whole = slices(period, quantity, rate, terms, USD, bill_day, None)
    due = slices(period, quantity, rate, terms, USD, bill_day, through)
    assert due == whole[: len(due)]
    assert all(item.billing_date <= through for item in due)
    assert all(item.billing_date > through for item in whole[len(due) :])


@given(DAYS, st.integers(0, 800), QUANTITIES, RATES, TERMS, BILL_DAYS)
def test_an_evergreen_schedule_only_grows_with_the_day(
    start: date, days: int, quantity: Decimal, rate: Rate, terms: BillingTerms, bill_day: int | None
):
    period = Period(start, None)
    if problems_of_terms(period, quantity, rate, terms):
        return
    through = start + timedelta(days=days)
    earlier = slices(period, quantity, rate, terms, USD, bill_day, through)
    later = slices(period, quantity, rate, terms, USD, bill_day, through + timedelta(days=40))
    assert later[: len(earlier)] == earlier
    frequency = Frequency.ONCE if rate.unit is PriceUnit.ONCE else terms.frequency
    grid = billing_periods(period, frequency, terms.boundary)
    assert [(item.start, item.end) for item in earlier] == [
        (part.start, part.end) for part, _ in zip(grid, earlier, strict=False)
    ]


# ------------------------------------------------------------------------------------------------------- problems


def problems(
    period: Period = YEAR_2022, quantity: str = "10", rate: Rate = TEN, terms: BillingTerms = STANDARD_TERMS
) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in problems_of_terms(period, Decimal(quantity), rate, terms)]


def rate(price: str, discount: str = "0", unit: str = "month") -> Rate:
    return Rate(Decimal(price), PriceUnit(unit), Decimal(discount))


def test_a_good_line_has_no_problems():
    assert problems() == []
    assert problems(EVERGREEN) == []
    assert problems(EVERGREEN, rate=rate("10", unit="once"), terms=BillingTerms(Frequency.ONCE)) == []
    assert problems(Period(date(1900, 1, 1), date(2199, 12, 31)), "0.000001", rate("0", "100")) == []
    assert problems(quantity="999999999999.999999", rate=rate("0.000001", "99.9999")) == []


@pytest.mark.parametrize("quantity", ["0", "-1", "1E+12", "NaN", "Infinity", "sNaN"])
def test_a_quantity_is_above_zero_and_below_a_trillion(quantity: str):
    assert problems(quantity=quantity) == [("quantity", "quantity-out-of-range")]


@pytest.mark.parametrize("price", ["-0.01", "1E+12", "NaN", "-Infinity"])
def test_a_price_is_zero_or_more_and_below_a_trillion(price: str):
    assert problems(rate=rate(price)) == [("price", "price-out-of-range")]


@pytest.mark.parametrize("discount", ["-1", "100.0001", "NaN"])
def test_a_discount_is_a_percentage(discount: str):
    assert problems(rate=rate("10", discount)) == [("discount", "discount-out-of-range")]


def test_a_discount_in_money_is_no_more_than_the_price():
    def off(amount: str) -> Rate:
        return Rate(Decimal(10), PriceUnit.MONTH, Decimal(0), Decimal(amount))

    assert problems(rate=off("10")) == []
    assert problems(rate=off("10.01")) == [("discount_amount", "discount-out-of-range")]
    assert problems(rate=off("-1")) == [("discount_amount", "discount-out-of-range")]
    assert problems(rate=off("1.0000001")) == [("discount_amount", "too-many-decimals")]


def test_decimals_have_limits_and_zeros_at_the_end_do_not_count():
    assert problems(quantity="1.0000001") == [("quantity", "too-many-decimals")]
    assert problems(rate=rate("1.0000001")) == [("price", "too-many-decimals")]
    assert problems(rate=rate("1", "1.00001")) == [("discount", "too-many-decimals")]
    assert problems(quantity="1.00000000", rate=rate("2.50000000", "10.000000")) == []


def test_days_lie_between_1900_and_2199_and_an_end_is_not_before_the_start():
    assert problems(Period(date(1899, 12, 31), None)) == [("start", "day-out-of-range")]
    assert problems(Period(date(2022, 1, 1), date(2200, 1, 1))) == [("end", "day-out-of-range")]
    assert problems(span("2022-02-01", "2022-01-31")) == [("end", "end-before-start")]
    assert problems(span("2022-02-01", "2022-02-01")) == []


@pytest.mark.parametrize("number", [None, 0, 32])
def test_a_boundary_day_is_a_day_of_a_month(number: int | None):
    on = BillingTerms(boundary=Boundary(BoundaryKind.DAY, number))
    assert problems(terms=on) == [("boundary", "boundary-day-out-of-range")]


@pytest.mark.parametrize("frequency", [Frequency.WEEKLY, Frequency.DAILY])
@pytest.mark.parametrize("boundary", ["day:15", "last-day"])
def test_days_of_a_month_bound_no_weeks_and_no_days(frequency: Frequency, boundary: str):
    on = BillingTerms(frequency, boundary=parse_boundary(boundary))
    assert problems(terms=on) == [("boundary", "boundary-needs-months")]


def test_a_recurring_price_without_an_end_is_not_billed_once():
    assert problems(EVERGREEN, terms=BillingTerms(Frequency.ONCE)) == [("frequency", "once-needs-end")]
    assert problems(YEAR_2022, terms=BillingTerms(Frequency.ONCE)) == []


def test_an_amount_fits_the_store():
    """922,337,203,685,477.58 is the most that fits in any currency."""
    once = BillingTerms(Frequency.ONCE)
    too_large = [("quantity", "amount-too-large")]
    assert problems(quantity="1000000", rate=rate("922337203.685477", unit="once"), terms=once) == []
    assert problems(quantity="1000000", rate=rate("922337203.685478", unit="once"), terms=once) == too_large
    assert problems(quantity="1000000", rate=rate("76861433")) == []
    assert problems(quantity="1000000", rate=rate("76861434")) == too_large
    assert problems(EVERGREEN, quantity="1000000", rate=rate("76861434")) == []
    annual = BillingTerms(Frequency.ANNUAL)
    assert problems(EVERGREEN, quantity="1000000", rate=rate("76861434"), terms=annual) == too_large


def test_all_problems_are_told_at_once_in_plain_words():
    found = problems_of_terms(
        span("2022-02-01", "2022-01-31"), Decimal(0), rate("-1", "101"), BillingTerms(boundary=parse_boundary("day:5"))
    )
    assert [problem.message for problem in found] == [
        "The end 2022-01-31 is before the start 2022-02-01. Give an end on or after the start.",
        "The quantity is out of range. Give a number above 0 and below 1,000,000,000,000.",
        "The price is out of range. Give a number from 0 to below 1,000,000,000,000.",
        "The discount is out of range. Give a percentage from 0 to 100.",
    ]
