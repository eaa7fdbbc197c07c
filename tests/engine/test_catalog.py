"""The catalogue: list prices in force, and what price units cover."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.engine.catalog import ListPrice, PriceUnit, list_price_on
from calm_desktop.engine.problems import Problem, Refused, refuse_if

PRICES = (ListPrice(date(2022, 6, 1), Decimal(12)), ListPrice(date(1900, 1, 1), Decimal(10)))


@pytest.mark.parametrize(
    ("day", "price"),
    [(date(2022, 5, 31), Decimal(10)), (date(2022, 6, 1), Decimal(12)), (date(2030, 1, 1), Decimal(12))],
)
def test_a_list_price_holds_from_its_day_on(day: date, price: Decimal) -> None:
    assert list_price_on(PRICES, day) == price


def test_before_the_first_price_there_is_none() -> None:
    assert list_price_on(PRICES[:1], date(2022, 5, 31)) is None


def test_months_of_price_units() -> None:
    assert {unit.value: unit.months for unit in PriceUnit} == {
        "month": 1,
        "quarter": 3,
        "half-year": 6,
        "year": 12,
        "once": 0,
    }


def test_problems_are_refused_together() -> None:
    refuse_if([])
    problems = [Problem("a", "x", "First."), Problem("b", "y", "Second.")]
    with pytest.raises(Refused, match=r"First\.; Second\.") as refused:
        refuse_if(iter(problems))
    assert refused.value.problems == tuple(problems)
    assert Refused(problems[0]).problems == (problems[0],)
