"""Ramps in our JSON order files: a line with steps of quantity and price."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.formats.drafts import OrderStep, ReadResult
from calm_desktop.formats.reading import read

TODAY = date(2026, 11, 22)
JULY = date(2020, 7, 1)


def read_line(text: str = "", **line: Any) -> ReadResult:
    whole = {"product": "LIC", **line}
    document = text or json.dumps({"orders": [{"number": "SO-1", "account": "Acme", "lines": [whole]}]})
    source = ("orders", io.BytesIO(document.encode()))
    return read([source], today=TODAY, format_name="calm-json")


def wrong(**line: Any) -> list[tuple[str, str, str]]:
    found = read_line(**line)
    assert (found.read, found.rejected) == (1, 1)
    return [
        (problem.column.removeprefix("orders[0].lines[0]."), problem.found, problem.expected)
        for problem in found.problems
    ]


def test_a_ramp_of_ten_then_twenty() -> None:
    found = read_line(
        start="2020-01-01", end="2020-12-31", quantity=10, price=10, steps=[{"start": "2020-07-01", "quantity": 20}]
    )
    assert found.problems == ()
    (line,) = found.lines
    assert (line.quantity, line.unit_price) == (Decimal(10), Decimal(10))
    assert (line.start, line.end) == (date(2020, 1, 1), date(2020, 12, 31))
    assert line.steps == (OrderStep(JULY, Decimal(20), None, None),)


def test_the_same_ramp_with_every_step_written_out_means_the_same() -> None:
    short = read_line(
        start="2020-01-01", end="2020-12-31", quantity=10, price=10, steps=[{"start": "2020-07-01", "quantity": 20}]
    )
    long = read_line(
        price="10.00",
        steps=[
            {"start": "2020-01-01", "end": "2020-06-30", "quantity": "10"},
            {"start": "2020-07-01", "end": "2020-12-31", "quantity": "20.0"},
        ],
    )
    assert long.problems == ()
    line = long.lines[0]
    assert (line.quantity, line.start, line.end) == (Decimal(10), date(2020, 1, 1), date(2020, 12, 31))
    assert line.steps == (OrderStep(JULY, Decimal(20), Decimal(10), None),)
    assert short.lines[0].steps == (OrderStep(JULY, Decimal(20), None, None),)


def test_what_a_step_leaves_out_is_as_the_line_says() -> None:
    line = read_line(
        start="2020-01-01",
        term=12,
        price=12,
        discount=5,
        steps=[
            {"start": "2020-01-01", "quantity": 10, "price": 8, "discount": 0},
            {"start": "2020-04-01", "quantity": 15},
            {"start": "2020-07-01", "quantity": 20, "price": "10.50", "discount": "2.5"},
        ],
    ).lines[0]
    assert (line.quantity, line.unit_price, line.discount) == (Decimal(10), Decimal(8), Decimal(0))
    assert line.steps == (
        OrderStep(date(2020, 4, 1), Decimal(15), Decimal(12), Decimal(5)),
        OrderStep(JULY, Decimal(20), Decimal("10.5"), Decimal("2.5")),
    )


def test_free_months_trial_days_and_money_off() -> None:
    line = read_line(
        start="2020-01-01", term=12, quantity=10, price=10, free_months=2, trial_days="14", discount_amount="1.50"
    ).lines[0]
    assert (line.free_months, line.trial_days, line.discount_amount, line.steps) == (2, 14, Decimal("1.5"), ())
    assert wrong(start="2020-01-01", term=12, quantity=10, price=10, free_months="-1") == [
        ("free_months", "-1", "a whole number from 1 to 3600")
    ]


def test_a_line_without_them_keeps_the_key_by_which_it_was_known() -> None:
    """Stores hold the keys of rows that were imported before there were steps."""
    plain: dict[str, Any] = {"start": "2020-01-01", "term": 12, "quantity": 10, "price": 10}
    known = read_line(**plain).lines[0].content_key
    assert known == "2fe515aafc32e72a460d58d09ae0f447"
    assert read_line(**plain, free_months=0, trial_days=0, discount_amount="0.00").lines[0].content_key == known
    others = [
        read_line(**plain, **more).lines[0].content_key
        for more in (
            {"free_months": 1},
            {"trial_days": 1},
            {"discount_amount": 1},
            {"steps": [{"start": "2020-07-01", "quantity": 20}]},
            {"steps": [{"start": "2020-07-01", "quantity": 21}]},
            {"steps": [{"start": "2020-07-01", "quantity": 20, "price": 9}]},
        )
    ]
    assert len({known, *others}) == 7


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ({"start": "2020-07-01"}, [("steps", "an object with start", "a list of steps")]),
        (["x"], [("steps[0]", "x", "a step: an object")]),
        ([{"quantity": 20}], [("steps[0].start", "", "a value")]),
        ([{"start": "2020-07-01", "quantity": 20, "amount": 3}], [
            ("steps[0].amount", "amount", "one of: start, quantity, price, discount, end"),
        ]),
        ([{"start": "July", "quantity": True}], [
            ("steps[0].quantity", "true", "a text or a number"),
            ("steps[0].start", "July", "a day written like 2026-11-30"),
        ]),
        ([{"start": "2020-07-01", "quantity": 20}, {"start": "2020-07-01", "quantity": 30}], [
            ("steps[1].start", "2020-07-01", "a day after 2020-07-01"),
        ]),
        ([{"start": "2020-07-01", "quantity": 20, "end": "2020-09-01"}, {"start": "2020-10-01", "quantity": 30}], [
            ("steps[0].end", "2020-09-01", "2020-09-30, the day before the next step"),
        ]),
        ([{"start": "2020-07-01", "quantity": 20, "end": "2020-11-30"}], [
            ("steps[0].end", "2020-11-30", "2020-12-31, the end of the line"),
        ]),
        ([{"start": "2021-01-01", "quantity": 20}], [
            ("steps[0].start", "2021-01-01", "a day from 2020-01-01 to 2020-12-31"),
        ]),
        ([{"start": "2019-12-01", "quantity": 20}], [
            ("steps[0].start", "2019-12-01", "a day from 2020-01-01 to 2020-12-31"),
        ]),
        ([{"start": "2020-01-01", "quantity": 20}], [
            ("steps[0].quantity", "20", "10, the line's own quantity, or none on the line"),
        ]),
    ],
)  # fmt: skip
def test_steps_that_cannot_be_are_told_with_their_place(steps: Any, told: list[tuple[str, str, str]]) -> None:
    assert wrong(start="2020-01-01", term=12, quantity=10, price=10, steps=steps) == told


def test_an_evergreen_line_has_steps_too_but_its_last_one_no_end() -> None:
    plain: dict[str, Any] = {"start": "2020-01-01", "selling_model": "evergreen", "quantity": 10, "price": 10}
    assert read_line(**plain, steps=[{"start": "2020-07-01", "quantity": 20}]).problems == ()
    told = wrong(**plain, steps=[{"start": "2020-07-01", "quantity": 20, "end": "2020-12-31"}])
    assert [(place, found) for place, found, _ in told] == [("end", "2020-12-31")]


def test_a_name_that_stands_twice_in_a_step() -> None:
    found = read_line(
        '{"orders": [{"number": "1", "account": "A", "start": "2020-01-01", "lines": [{"product": "L", "quantity": 1,'
        ' "term": 12, "steps": [{"start": "2020-07-01", "quantity": 2, "quantity": 3}]}]}]}'
    )
    assert [(each.column, each.found) for each in found.problems] == [
        ("orders[0].lines[0].steps[0].quantity", "the name twice")
    ]


@given(
    quantities=st.lists(st.decimals(Decimal("0.01"), 1000, places=2), min_size=2, max_size=6),
    prices=st.lists(st.decimals(0, 1000, places=2), min_size=6, max_size=6),
)
def test_steps_written_short_or_whole_read_back_the_same(quantities: list[Decimal], prices: list[Decimal]) -> None:
    days = [date(2020, 1 + 2 * place, 1) for place in range(len(quantities))]
    steps = [
        {"start": day.isoformat(), "quantity": str(quantity), "price": str(price)}
        for day, quantity, price in zip(days, quantities, prices, strict=False)
    ]
    whole = read_line(term=12, start="2020-01-01", steps=steps)
    short = read_line(term=12, **steps[0], steps=steps[1:])
    assert whole.problems == short.problems == ()
    assert whole.lines == short.lines
    assert [(step.start, step.quantity, step.price) for step in whole.lines[0].steps] == [
        (day, quantity, price) for day, quantity, price in zip(days, quantities, prices, strict=False)
    ][1:]
