"""The limits of days and numbers, told in plain words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.engine.limits import PRICE_LIMIT, problems_of_day, problems_of_number


@pytest.mark.parametrize("day", [None, date(1900, 1, 1), date(2199, 12, 31)])
def test_days_from_1900_to_2199_are_taken(day: date | None) -> None:
    assert problems_of_day("from", day) == []


@pytest.mark.parametrize("day", [date(1899, 12, 31), date(2200, 1, 1)])
def test_days_outside_of_these_years_are_a_problem(day: date) -> None:
    (problem,) = problems_of_day("from", day)
    assert (problem.code, problem.field) == ("bad-date", "from")
    assert problem.message == f"from: {day} is outside the years 1900 to 2199."


@pytest.mark.parametrize(
    ("number", "above_zero", "told"),
    [
        ("0", False, []),
        ("0.000001", True, []),
        ("999999999999.999999", True, []),
        ("0", True, ["The price is out of range. Give a number above 0 and below 1,000,000,000,000."]),
        ("-0.000001", False, ["The price is out of range. Give a number from 0 to below 1,000,000,000,000."]),
        ("1E+12", False, ["The price is out of range. Give a number from 0 to below 1,000,000,000,000."]),
        ("NaN", False, ["The price is out of range. Give a number from 0 to below 1,000,000,000,000."]),
        ("Infinity", False, ["The price is out of range. Give a number from 0 to below 1,000,000,000,000."]),
        ("1E-7", True, ["The price has more than 6 decimals. Round it to 6."]),
    ],
)
def test_a_number_keeps_to_its_limit_and_to_6_decimals(number: str, above_zero: bool, told: list[str]) -> None:
    found = problems_of_number("unit_price", "The price", Decimal(number), PRICE_LIMIT, above_zero)
    assert [problem.message for problem in found] == told
    assert {problem.code for problem in found} <= {"unit-price-out-of-range", "too-many-decimals"}
