"""Cards and series come from state periods, per currency."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.dates import Period
from calm_desktop.engine.lifecycle import StatePeriod
from calm_desktop.engine.money import Currency
from calm_desktop.engine.summary import Figures, Step, figures_on, series

USD, JPY = Currency("USD", 2), Currency("JPY", 0)


def state(
    start: date, end: date | None, quantity: int, amount: int | None, mrr: int, currency: Currency = USD
) -> StatePeriod:
    money = None if amount is None else currency.money(amount)
    return StatePeriod(Period(start, end), Decimal(quantity), money, currency.money(mrr))


STORY = (
    state(date(2022, 1, 1), date(2022, 12, 31), 10, 120000, 10000),
    state(date(2023, 1, 1), date(2023, 12, 31), 10, 144000, 12000),
    state(date(2022, 7, 1), None, 2, None, 500),
    state(date(2022, 7, 1), date(2022, 7, 31), 3, 900, 300, JPY),
)


def test_cards_on_a_day_count_the_periods_in_force() -> None:
    assert figures_on(STORY, date(2022, 7, 15)) == {
        JPY: Figures(Decimal(3), JPY.money(900), JPY.money(300)),
        USD: Figures(Decimal(12), USD.money(120000), USD.money(10500)),
    }
    assert figures_on(STORY, date(2021, 12, 31))[USD] == Figures(Decimal(0), USD.money(0), USD.money(0))
    assert figures_on(STORY, date(2024, 1, 1))[USD] == Figures(Decimal(2), USD.money(0), USD.money(500))


def test_a_series_has_a_step_where_something_starts_or_has_ended() -> None:
    assert series(STORY)[JPY] == (
        Step(date(2022, 7, 1), Decimal(3), JPY.money(300), JPY.money(900)),
        Step(date(2022, 8, 1), Decimal(0), JPY.money(0), JPY.money(0)),
    )
    assert series(STORY)[USD] == (
        Step(date(2022, 1, 1), Decimal(10), USD.money(10000), USD.money(120000)),
        Step(date(2022, 7, 1), Decimal(12), USD.money(10500), USD.money(120000)),
        Step(date(2023, 1, 1), Decimal(12), USD.money(12500), USD.money(144000)),
        Step(date(2024, 1, 1), Decimal(2), USD.money(500), USD.money(0)),
    )


def test_nothing_owned_makes_no_figure() -> None:
    assert figures_on((), date(2022, 1, 1)) == {}
    assert series(()) == {}


@given(
    spans=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 200), st.integers(0, 50)), max_size=12),
    probe=st.integers(-5, 600),
)
def test_the_series_says_the_same_as_the_cards_on_every_day(spans: list[tuple[int, int, int]], probe: int) -> None:
    first = date(2022, 1, 1)
    states = [
        state(first + timedelta(days=start), first + timedelta(days=start + length), quantity, 100, quantity * 7)
        for start, length, quantity in spans
    ]
    day = first + timedelta(days=probe)
    held = [step for step in series(states).get(USD, ()) if step.day <= day]
    figures = figures_on(states, day).get(USD, Figures(Decimal(0), USD.money(0), USD.money(0)))
    expected = (held[-1].quantity, held[-1].mrr, held[-1].amount) if held else (Decimal(0), USD.money(0), USD.money(0))
    assert (figures.quantity, figures.mrr, figures.amount) == expected
