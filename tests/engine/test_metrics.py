"""MRR movements, retention and cohorts, in figures that a bookkeeper can follow; amounts in cents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.dates import add_months
from calm_desktop.engine.metrics import (
    Customers,
    Movement,
    Span,
    Steps,
    cohorts,
    counted_end,
    movements,
    on_days,
    retentions,
    steps,
    waterfalls,
)
from calm_desktop.engine.money import Currency
from calm_desktop.engine.report_periods import By, ReportPeriods

USD, JPY = Currency("USD", 2), Currency("JPY", 0)
YEAR = ReportPeriods(By.MONTH, date(2022, 1, 1), date(2022, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


def span(start: str, end: str, minor: int) -> Span:
    return day(start), day(end) if end else None, minor


def moves(*spans: Span) -> list[tuple[str, str, int]]:
    return [(str(when), movement.value, change) for when, movement, change in movements(steps(spans))]


# ------------------------------------------------------------------------------------------------ movements


def test_a_first_sale_is_new_and_the_day_after_the_last_is_churn() -> None:
    assert moves(span("2022-01-01", "2022-12-31", 10000)) == [
        ("2022-01-01", "new", 10000),
        ("2023-01-01", "churn", -10000),
    ]


def test_a_renewal_at_the_same_price_moves_nothing() -> None:
    renewed = (span("2022-01-01", "2022-12-31", 10000), span("2023-01-01", "2023-12-31", 10000))
    assert moves(*renewed) == [("2022-01-01", "new", 10000), ("2024-01-01", "churn", -10000)]


def test_one_of_two_subscriptions_is_contraction_and_a_second_one_expansion() -> None:
    gold, silver = span("2022-01-01", "2022-12-31", 16667), span("2022-03-01", "2022-03-14", 6000)
    assert moves(gold, silver) == [
        ("2022-01-01", "new", 16667),
        ("2022-03-01", "expansion", 6000),
        ("2022-03-15", "contraction", -6000),
        ("2023-01-01", "churn", -16667),
    ]


def test_who_comes_back_after_a_gap_is_reactivated() -> None:
    late = (span("2022-01-01", "2022-06-30", 10000), span("2022-07-02", "", 12000))
    assert moves(*late) == [
        ("2022-01-01", "new", 10000),
        ("2022-07-01", "churn", -10000),
        ("2022-07-02", "reactivation", 12000),
    ]


def test_what_ends_and_begins_on_one_day_is_one_net_movement() -> None:
    swapped = (span("2022-01-01", "2022-05-31", 10000), span("2022-06-01", "", 7000), span("2022-06-01", "", 500))
    assert moves(*swapped) == [("2022-01-01", "new", 10000), ("2022-06-01", "contraction", -2500)]


def test_no_state_period_is_no_movement() -> None:
    assert moves() == []


@pytest.mark.parametrize(
    ("end", "cancelled_on", "counts_to"),
    [
        ("2022-08-31", "", "2022-08-31"),
        ("", "", ""),
        ("2022-08-31", "2022-06-15", "2022-06-14"),
        ("", "2022-06-15", "2022-06-14"),
        ("2022-06-15", "2022-06-15", "2022-06-14"),
        ("2022-03-31", "2022-06-15", "2022-03-31"),
    ],
)
def test_by_the_day_of_cancelling_nothing_counts_from_that_day_on(end: str, cancelled_on: str, counts_to: str) -> None:
    found = counted_end(day(end) if end else None, day(cancelled_on) if cancelled_on else None)
    assert ("" if found is None else str(found)) == counts_to


# ------------------------------------------------------------------------------------------------ the waterfall


BOOK = (
    (USD, steps((span("2021-07-01", "2022-06-30", 5000), span("2022-07-01", "2022-12-31", 8000)))),
    (USD, steps((span("2022-03-15", "2022-09-14", 10000),))),
    (USD, steps((span("2021-01-01", "2021-12-31", 2000), span("2022-05-01", "", 2500)))),
    (JPY, steps((span("2022-02-01", "", 900), span("2022-04-01", "2022-04-30", 100)))),
    (JPY, steps((span("2023-02-01", "", 900),))),
)


def falls(customers: Customers, periods: ReportPeriods, currency: Currency) -> list[tuple[str, ...]]:
    return [
        (
            each.period.name,
            *map(str, (each.opening, each.new, each.expansion, each.contraction, each.churn, each.reactivation)),
            str(each.closing),
        )
        for each in waterfalls(customers, periods)[currency]
    ]


def test_opening_and_movements_make_the_closing_of_each_quarter() -> None:
    quarters = ReportPeriods(By.QUARTER, date(2022, 1, 1), date(2022, 12, 31))
    assert falls(BOOK, quarters, USD) == [
        ("2022-Q1", "70.00", "100.00", "0.00", "0.00", "-20.00", "0.00", "150.00"),
        ("2022-Q2", "150.00", "0.00", "0.00", "0.00", "0.00", "25.00", "175.00"),
        ("2022-Q3", "175.00", "0.00", "30.00", "0.00", "-100.00", "0.00", "105.00"),
        ("2022-Q4", "105.00", "0.00", "0.00", "0.00", "0.00", "0.00", "105.00"),
    ]
    assert falls(BOOK, quarters, JPY)[:2] == [
        ("2022-Q1", "0", "900", "0", "0", "0", "0", "900"),
        ("2022-Q2", "900", "0", "100", "-100", "0", "0", "900"),
    ]


def test_currencies_stand_beside_each_other_in_the_order_of_their_codes() -> None:
    assert list(waterfalls(BOOK, YEAR)) == [JPY, USD]


def test_a_currency_that_has_no_mrr_up_to_the_end_is_left_out() -> None:
    before = ReportPeriods(By.MONTH, date(2021, 1, 1), date(2022, 1, 31))
    assert list(waterfalls(BOOK, before)) == [USD]
    assert waterfalls((), YEAR) == {}


# ------------------------------------------------------------------------------------------------ retention


def test_retention_compares_the_customers_of_a_year_ago_with_themselves() -> None:
    """Of 100 + 50 + 30 a year ago: one doubled, one halved, one left; who came since does not count."""
    customers = (
        (USD, steps((span("2021-01-01", "2021-12-31", 10000), span("2022-01-01", "", 20000)))),
        (USD, steps((span("2021-01-01", "2022-03-31", 5000), span("2022-04-01", "", 2500)))),
        (USD, steps((span("2021-01-01", "2022-05-31", 3000),))),
        (USD, steps((span("2022-05-01", "", 99900),))),
        (JPY, steps((span("2030-01-01", "", 1),))),
    )
    june = ReportPeriods(By.MONTH, date(2022, 6, 1), date(2022, 6, 30)).all
    found = retentions(customers, june, [date(2021, 6, 30)])
    assert list(found) == [USD]
    (figures,) = found[USD]
    assert (str(figures.then), str(figures.now), str(figures.kept)) == ("180.00", "225.00", "125.00")
    assert (figures.customers, figures.customers_kept) == (3, 2)
    assert (figures.net, figures.gross) == (Fraction(5, 4), Fraction(25, 36))


def test_without_customers_a_year_ago_there_is_no_retention() -> None:
    (figures,) = retentions(
        [(USD, steps((span("2022-05-01", "", 100),)))],
        ReportPeriods(By.MONTH, date(2022, 6, 1), date(2022, 6, 30)).all,
        [date(2021, 6, 30)],
    )[USD]
    assert (figures.net, figures.gross, figures.customers) == (None, None, 0)


# ------------------------------------------------------------------------------------------------ cohorts


def test_a_cohort_is_followed_from_the_month_of_its_first_mrr() -> None:
    """January: 100 and 50 come, 50 leaves in February, 100 becomes 130 in March. February: 40 comes."""
    customers = (
        (USD, steps((span("2022-01-05", "2022-02-28", 10000), span("2022-03-01", "", 13000)))),
        (USD, steps((span("2022-01-20", "2022-02-10", 5000),))),
        (USD, steps((span("2022-02-01", "", 4000),))),
        (USD, steps((span("2021-12-31", "", 7000),))),
        (USD, steps((span("2022-04-01", "", 7000),))),
    )
    quarter = ReportPeriods(By.MONTH, date(2022, 1, 1), date(2022, 3, 31))
    cells = cohorts(customers, quarter)[USD]
    assert [
        (each.cohort.name, each.period.name, each.age, each.customers, str(each.new), each.active, str(each.mrr))
        for each in cells
    ] == [
        ("2022-01", "2022-01", 0, 2, "150.00", 2, "150.00"),
        ("2022-01", "2022-02", 1, 2, "150.00", 1, "100.00"),
        ("2022-01", "2022-03", 2, 2, "150.00", 1, "130.00"),
        ("2022-02", "2022-02", 0, 1, "40.00", 1, "40.00"),
        ("2022-02", "2022-03", 1, 1, "40.00", 1, "40.00"),
    ]
    assert (cells[2].mrr_retention, cells[2].customer_retention) == (Fraction(13, 15), Fraction(1, 2))


# ------------------------------------------------------------------------------------------------ for any customers


DAYS = st.dates(date(2021, 1, 1), date(2023, 12, 31))


@st.composite
def some_steps(draw: st.DrawFn) -> Steps:
    """A customer of some state periods, which may overlap, stand apart or follow each other."""
    spans = []
    for _ in range(draw(st.integers(1, 4))):
        start = draw(DAYS)
        length = draw(st.one_of(st.none(), st.integers(0, 500)))
        end = None if length is None else start + timedelta(days=length)
        spans.append((start, end, draw(st.integers(1, 500))))
    return steps(spans)


ANY = st.lists(st.tuples(st.sampled_from((USD, JPY)), some_steps()), max_size=6)


def mrr_on(customers: Sequence[tuple[Currency, Steps]], currency: Currency, when: date) -> int:
    return sum(on_days(mrr, (when,))[0] for code, mrr in customers if code == currency)


@given(customers=ANY, by=st.sampled_from(By))
def test_opening_plus_movements_is_closing_in_every_period(customers: Sequence[tuple[Currency, Steps]], by: By) -> None:
    periods = ReportPeriods(by, date(2021, 6, 15), date(2023, 6, 14))
    for currency, found in waterfalls(customers, periods).items():
        for each in found:
            moved = (each.new, each.expansion, each.contraction, each.churn, each.reactivation)
            assert each.opening.minor + sum(money.minor for money in moved) == each.closing.minor
            assert each.opening.minor == mrr_on(customers, currency, each.period.start - timedelta(days=1))
            assert each.closing.minor == mrr_on(customers, currency, each.period.end)
            assert min(each.new.minor, each.expansion.minor, each.reactivation.minor) >= 0
            assert max(each.contraction.minor, each.churn.minor) <= 0


@given(customers=ANY)
def test_the_year_says_what_its_months_say_together(customers: Sequence[tuple[Currency, Steps]]) -> None:
    whole = waterfalls(customers, ReportPeriods(By.YEAR, date(2022, 1, 1), date(2022, 12, 31)))
    for currency, months in waterfalls(customers, YEAR).items():
        (year,) = whole[currency]
        for movement in Movement:
            assert getattr(year, movement).minor == sum(getattr(month, movement).minor for month in months)


@given(customers=ANY)
def test_gross_retention_is_never_above_net_nor_above_the_whole(customers: Sequence[tuple[Currency, Steps]]) -> None:
    then = [add_months(period.end, -12) for period in YEAR.all]
    for found in retentions(customers, YEAR.all, then).values():
        for each in found:
            if each.gross is not None and each.net is not None:
                assert 0 <= each.gross <= min(each.net, Fraction(1))


@given(customers=ANY)
def test_cohorts_bring_the_new_mrr_and_make_the_closings(customers: Sequence[tuple[Currency, Steps]]) -> None:
    periods = ReportPeriods(By.MONTH, date(2021, 1, 1), date(2023, 12, 31))
    found, moved = cohorts(customers, periods), waterfalls(customers, periods)
    assert found.keys() == moved.keys()
    for currency, cells in found.items():
        for each in moved[currency]:
            new = sum(cell.new.minor for cell in cells if cell.age == 0 and cell.cohort == each.period)
            assert new == each.new.minor
            assert sum(cell.mrr.minor for cell in cells if cell.period == each.period) == each.closing.minor
