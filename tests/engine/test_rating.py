"""Term counts, totals and MRR, as in DOMAIN sections 2.5, 3.2, 3.4 and 6."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.catalog import PriceUnit
from calm_desktop.engine.dates import Boundary, BoundaryKind, Frequency, Partial, Period, parse_boundary
from calm_desktop.engine.money import Currency
from calm_desktop.engine.problems import Bug
from calm_desktop.engine.rating import STANDARD_TERMS, BillingTerms, MrrFormula, Rate, term_count, total
from tests.engine.lives import EVERGREEN, licences, mrr

USD, JPY = Currency("USD", 2), Currency("JPY", 0)
YEAR_2022 = Period(date(2022, 1, 1), date(2022, 12, 31))
R8 = Period(date(2025, 3, 28), date(2026, 2, 4))


def span(start: str, end: str) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end))


def terms(frequency: str, boundary: str = "anniversary", partial: str = "allowed") -> BillingTerms:
    return BillingTerms(Frequency(frequency), boundary=parse_boundary(boundary), partial=Partial(partial))


def monthly(price: str) -> Rate:
    return Rate(Decimal(price), PriceUnit.MONTH)


# ---------------------------------------------------------------------------------------------------------- rates


def test_a_discount_is_taken_off_exactly():
    rate = Rate(Decimal("9.999999"), PriceUnit.MONTH, Decimal("12.3456"))
    assert rate.net == Fraction("8.765439123456")
    assert rate.net_decimal == Decimal("8.765439123456")


def test_without_a_discount_the_net_price_is_the_price():
    assert monthly("10.00").net == 10
    assert monthly("10.00").net_decimal == 10


def test_billing_is_monthly_in_advance_by_anniversary_unless_told():
    told = (Frequency.MONTHLY, "advance", Boundary(BoundaryKind.ANNIVERSARY), Partial.ALLOWED, "last")
    standard = BillingTerms()
    assert (standard.frequency, standard.timing, standard.boundary, standard.partial, standard.remainder) == told


# ---------------------------------------------------------------------------------------------------- term counts


def test_r1_ten_licences_for_a_year():
    assert term_count(YEAR_2022, PriceUnit.MONTH, STANDARD_TERMS) == 12
    assert total(YEAR_2022, Decimal(10), monthly("10"), STANDARD_TERMS, USD) == USD.money(120000)


def test_r2b_five_more_from_15_september_count_on_the_grid_of_the_term():
    more = span("2022-09-15", "2022-12-31")
    assert term_count(more, PriceUnit.MONTH, STANDARD_TERMS, anchor=YEAR_2022.start) == Fraction(16, 30) + 3
    order = total(more, Decimal(5), monthly("10"), STANDARD_TERMS, USD, anchor=YEAR_2022.start)
    assert order == USD.money(17667)
    assert USD.money(120000) + order == USD.money(137667)


@pytest.mark.parametrize(
    ("boundary", "partial", "count", "amount"),
    [
        ("day:5", "allowed", Fraction(8, 31) + 10, 92323),
        ("day:5", "whole", Fraction(11), 99000),
        ("calendar", "allowed", Fraction(4, 31) + 10 + Fraction(4, 28), 92447),
        ("anniversary", "allowed", 10 + Fraction(8, 31), 92323),
        ("anniversary", "whole", Fraction(11), 99000),
    ],
)
def test_r8_r9_ninety_a_month_from_28_march_to_4_february(boundary: str, partial: str, count: Fraction, amount: int):
    on = terms("monthly", boundary, partial)
    assert term_count(R8, PriceUnit.MONTH, on) == count
    assert total(R8, Decimal(1), monthly("90"), on, USD) == USD.money(amount)


@pytest.mark.parametrize(
    ("period", "unit", "on", "count"),
    [
        # a yearly price over 18 months counts 1.5, whatever the frequency
        (span("2022-01-01", "2023-06-30"), PriceUnit.YEAR, terms("annual"), Fraction(3, 2)),
        (span("2022-01-01", "2023-06-30"), PriceUnit.YEAR, terms("monthly"), Fraction(3, 2)),
        (span("2022-01-01", "2023-06-30"), PriceUnit.YEAR, terms("once"), Fraction(3, 2)),
        (span("2022-01-01", "2023-06-30"), PriceUnit.YEAR, terms("daily"), Fraction(3, 2)),
        (span("2022-01-01", "2023-06-30"), PriceUnit.YEAR, terms("annual", partial="whole"), Fraction(2)),
        # whole months of a longer period are counted as months, from the grid's own day
        (span("2022-01-31", "2022-05-30"), PriceUnit.MONTH, terms("quarterly"), Fraction(4)),
        (span("2022-03-01", "2022-08-31"), PriceUnit.YEAR, terms("annual", "calendar"), Fraction(1, 2)),
        (span("2022-02-01", "2022-06-30"), PriceUnit.QUARTER, terms("quarterly", "calendar"), Fraction(5, 3)),
        (span("2022-03-01", "2022-06-30"), PriceUnit.HALF_YEAR, terms("semi-annual", "last-day"), Fraction(2, 3)),
        (span("2022-01-15", "2022-03-14"), PriceUnit.QUARTER, terms("quarterly", "day:15"), Fraction(2, 3)),
        # other parts go by days of the whole period they lie in
        (span("2011-02-24", "2011-05-09"), PriceUnit.QUARTER, terms("quarterly", "day:10"), Fraction(75, 89)),
        (span("2022-01-01", "2022-02-14"), PriceUnit.QUARTER, terms("quarterly"), Fraction(45, 90)),
        # weekly, daily and once count months from the boundary's day
        (span("2022-01-01", "2022-02-14"), PriceUnit.MONTH, terms("weekly"), Fraction(3, 2)),
        (span("2022-01-15", "2022-02-14"), PriceUnit.MONTH, terms("daily"), Fraction(1)),
        (
            span("2022-01-15", "2022-02-14"),
            PriceUnit.MONTH,
            terms("daily", "calendar"),
            Fraction(17, 31) + Fraction(1, 2),
        ),
        (span("2022-01-01", "2022-02-14"), PriceUnit.MONTH, terms("once", partial="whole"), Fraction(2)),
        (span("2022-01-01", "2022-02-14"), PriceUnit.ONCE, terms("monthly"), Fraction(1)),
    ],
)
def test_term_counts_are_in_the_unit_of_the_price(period: Period, unit: PriceUnit, on: BillingTerms, count: Fraction):
    assert term_count(period, unit, on) == count


def test_a_price_paid_once_counts_once_without_an_end_and_others_do_not_count():
    evergreen = Period(date(2022, 1, 1), None)
    assert term_count(evergreen, PriceUnit.ONCE, STANDARD_TERMS) == 1
    with pytest.raises(Bug):
        term_count(evergreen, PriceUnit.MONTH, STANDARD_TERMS)


def test_a_total_is_rounded_once_half_away_from_zero():
    week = Rate(Decimal("0.05"), PriceUnit.ONCE)
    assert total(YEAR_2022, Decimal("0.1"), week, STANDARD_TERMS, USD) == USD.money(1)
    assert total(YEAR_2022, Decimal("-0.1"), week, STANDARD_TERMS, USD) == USD.money(-1)
    assert total(YEAR_2022, Decimal("2.5"), monthly("33.333333"), STANDARD_TERMS, JPY) == JPY.money(1000)


def test_a_discounted_line():
    rate = Rate(Decimal("19.99"), PriceUnit.MONTH, Decimal(15))
    assert total(YEAR_2022, Decimal(3), rate, STANDARD_TERMS, USD) == USD.money(61169)


DAYS = st.dates(date(1900, 1, 1), date(2190, 12, 31))
BOUNDARIES = st.sampled_from(["anniversary", "calendar", "last-day", "day:1", "day:15", "day:29", "day:31"])


@given(DAYS, st.integers(0, 700), st.integers(1, 700), BOUNDARIES)
def test_monthly_counts_of_two_parts_add_up_to_the_count_of_the_term(
    start: date, first_days: int, more_days: int, boundary: str
):
    middle = start + timedelta(days=first_days)
    end = middle + timedelta(days=more_days)
    on = terms("monthly", boundary)
    earlier = term_count(Period(start, middle), PriceUnit.MONTH, on)
    later = term_count(Period(middle + timedelta(days=1), end), PriceUnit.MONTH, on, anchor=start)
    assert earlier + later == term_count(Period(start, end), PriceUnit.MONTH, on)


@given(DAYS, st.integers(0, 1500), st.sampled_from(["monthly", "quarterly", "semi-annual", "annual"]), BOUNDARIES)
def test_where_parts_are_forbidden_nothing_counts_less(start: date, days: int, frequency: str, boundary: str):
    period = Period(start, start + timedelta(days=days))
    allowed = term_count(period, PriceUnit.MONTH, terms(frequency, boundary))
    whole = term_count(period, PriceUnit.MONTH, terms(frequency, boundary, "whole"))
    assert 0 < allowed <= whole
    assert whole.denominator == 1
    assert term_count(period, PriceUnit.YEAR, terms(frequency, boundary)) == allowed / 12


# ------------------------------------------------------------------------------------------------------------ mrr


@pytest.mark.parametrize(
    ("unit", "figure"),
    [
        (PriceUnit.MONTH, "100.00"),
        (PriceUnit.QUARTER, "33.33"),
        (PriceUnit.HALF_YEAR, "16.67"),
        (PriceUnit.YEAR, "8.33"),
        (PriceUnit.ONCE, "0.00"),
    ],
)
@pytest.mark.parametrize("formula", MrrFormula)
def test_mrr_is_the_price_of_a_month(unit: PriceUnit, figure: str, formula: MrrFormula):
    assert str(mrr(licences(rate=Rate(Decimal(10), unit), mrr_formula=formula))) == figure


@pytest.mark.parametrize(
    ("quantity", "price", "days", "billing", "agreed", "figure"),
    [
        ("10", "10", span("2022-01-01", "2022-06-30"), STANDARD_TERMS, 54000, "90.00"),
        ("1", "90", R8, STANDARD_TERMS, 92323, "90.00"),
        ("1", "90", R8, terms("monthly", "calendar"), 92447, "90.00"),
    ],
)
def test_mrr_may_be_the_total_over_the_months_of_the_term(
    quantity: str, price: str, days: Period, billing: BillingTerms, agreed: int, figure: str
):
    by_total = licences(quantity, price, period=days, terms=billing, mrr_formula=MrrFormula.TOTAL_OVER_TERM)
    assert str(mrr(replace(by_total, agreed=USD.money(agreed)))) == figure


def test_an_evergreen_period_has_the_mrr_of_its_price():
    assert str(mrr(replace(EVERGREEN, mrr_formula=MrrFormula.TOTAL_OVER_TERM))) == "100.00"


def test_mrr_is_rounded_to_the_currency():
    assert str(mrr(licences("1", rate=Rate(Decimal(1000), PriceUnit.YEAR)), JPY)) == "83"
