"""Why a figure is what it is: what makes a state period's quantity, amount and MRR, and what is not claimed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.engine.dates import Period
from calm_desktop.engine.explain import (
    Act,
    Contribution,
    Figure,
    change_of,
    contributions,
    sums_to,
    total,
    value_of,
)
from calm_desktop.engine.lifecycle import Delta, StatePeriod
from calm_desktop.engine.money import Currency, Money

USD = Currency("USD", 2)


def money(amount: str) -> Money:
    return Money(int(Decimal(amount).scaleb(2)), USD)


def period(start: str, end: str, quantity: str, amount: str | None, mrr: str) -> StatePeriod:
    days = Period(date.fromisoformat(start), date.fromisoformat(end) if end else None)
    return StatePeriod(days, Decimal(quantity), None if amount is None else money(amount), money(mrr))


def act(number: int, day: str, quantity: str, amount: str, mrr: str) -> Act:
    return Act(number, date.fromisoformat(day), Delta(Decimal(quantity), money(amount), money(mrr)))


def made(figure: Figure, states: list[StatePeriod], place: int, acts: list[Act]) -> list[tuple[int, str]]:
    found = contributions(figure, states, states[place], acts)
    return [(each.number, str(each.value)) for each in found]


YEAR = period("2022-01-01", "2022-12-31", "10", "1200", "100")
SALE = act(1, "2022-01-01", "10", "1200", "100")
RENEWED = [YEAR, period("2023-01-01", "2023-12-31", "10", "1200", "100")]
RENEWAL = act(2, "2023-01-01", "0", "1200", "0")


@pytest.mark.parametrize(
    ("figure", "value"), [(Figure.QUANTITY, Decimal(10)), (Figure.AMOUNT, money("1200")), (Figure.MRR, money("100"))]
)
def test_a_state_period_has_three_figures_and_an_action_changes_three(figure: Figure, value: object) -> None:
    assert value_of(figure, YEAR) == value
    assert change_of(figure, SALE.delta) == value


@pytest.mark.parametrize("figure", [Figure.QUANTITY, Figure.AMOUNT, Figure.MRR])
def test_one_sale_makes_all_of_its_period(figure: Figure) -> None:
    assert contributions(figure, [YEAR], YEAR, [SALE]) == (Contribution(1, value_of(figure, YEAR) or Decimal(0)),)


def test_a_renewal_that_changes_nothing_makes_nothing_of_the_quantity() -> None:
    assert made(Figure.QUANTITY, RENEWED, 0, [SALE, RENEWAL]) == [(1, "10")]
    assert made(Figure.QUANTITY, RENEWED, 1, [SALE, RENEWAL]) == [(1, "10")]
    assert made(Figure.MRR, RENEWED, 1, [SALE, RENEWAL]) == [(1, "100.00")]


def test_of_several_periods_no_action_is_said_to_make_the_amount_of_one() -> None:
    assert made(Figure.AMOUNT, RENEWED, 0, [SALE, RENEWAL]) == []


R4 = [period("2022-01-01", "2022-08-31", "10", "800", "100"), period("2022-09-01", "2022-12-31", "15", "600", "150")]


def test_r4_the_increase_adds_to_the_sale_from_its_day_on() -> None:
    acts = [SALE, act(2, "2022-09-01", "5", "200", "50")]
    assert made(Figure.QUANTITY, R4, 0, acts) == [(1, "10")]
    assert made(Figure.QUANTITY, R4, 1, acts) == [(1, "10"), (2, "5")]
    assert made(Figure.MRR, R4, 1, acts) == [(1, "100.00"), (2, "50.00")]


R6 = [
    period("2020-01-01", "2020-06-30", "10", "600", "100"),
    period("2020-07-01", "2020-12-31", "20", "1200", "200"),
]


def test_r6_the_sale_of_a_ramp_counts_its_last_step_and_explains_no_other() -> None:
    ramp = act(1, "2020-01-01", "20", "1800", "200")
    assert made(Figure.QUANTITY, R6, 0, [ramp]) == []
    assert made(Figure.QUANTITY, R6, 1, [ramp]) == [(1, "20")]


def test_a_cancellation_takes_from_the_amount_of_the_one_period_and_not_from_its_quantity() -> None:
    left = period("2022-01-01", "2022-11-30", "10", "1100", "100")
    acts = [SALE, act(2, "2022-12-01", "-10", "-100", "-100")]
    assert made(Figure.AMOUNT, [left], 0, acts) == [(1, "1200.00"), (2, "-100.00")]
    assert made(Figure.QUANTITY, [left], 0, acts) == [(1, "10")]


def test_the_amount_of_a_running_evergreen_period_is_made_by_nothing() -> None:
    running = period("2022-03-01", "", "2", None, "40")
    sale = act(1, "2022-03-01", "2", "0", "40")
    assert made(Figure.AMOUNT, [running], 0, [sale]) == []
    assert made(Figure.MRR, [running], 0, [sale]) == [(1, "40.00")]


def test_a_total_counts_what_is_known() -> None:
    assert total(Figure.AMOUNT, USD, [money("12.34"), None, money("-2.34")]) == money("10")
    assert total(Figure.QUANTITY, USD, [Decimal("2.5"), Decimal("-0.5")]) == Decimal(2)
    assert total(Figure.INVOICE_LINE_BALANCE, USD, []) == money("0")
    assert total(Figure.QUANTITY, USD, []) == Decimal(0)


def test_values_sum_to_a_figure_only_where_each_is_known() -> None:
    assert sums_to(Figure.AMOUNT, USD, [money("7"), money("3")], money("10"))
    assert not sums_to(Figure.AMOUNT, USD, [money("7"), money("3.01")], money("10"))
    assert not sums_to(Figure.AMOUNT, USD, [money("10"), None], money("10"))
