"""How payments and credits are put on the lines of an invoice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.problems import Bug
from calm_desktop.engine.settling import (
    Applied,
    OpenLine,
    balance_of,
    in_order,
    in_proportion,
    lowered,
    taken_over,
    towards,
)

APRIL, MAY = date(2022, 4, 1), date(2022, 5, 1)


def lines(*opens: int) -> list[OpenLine]:
    """Charges of April, numbered from 1, with so much open on each."""
    return [OpenLine(number, number, APRIL, False, minor) for number, minor in enumerate(opens, 1)]


def pairs(applied: tuple[Applied, ...]) -> list[tuple[int, int]]:
    return [(each.line, each.amount) for each in applied]


def test_a_payment_pays_the_oldest_line_first_and_a_charge_before_its_tax() -> None:
    invoice = [
        OpenLine(1, 1, MAY, False, 10000),
        OpenLine(2, 2, APRIL, False, 5000),
        OpenLine(3, 3, MAY, True, 2000),
        OpenLine(4, 4, APRIL, True, 1000),
    ]
    assert pairs(in_order(15500, invoice)) == [(2, 5000), (4, 1000), (1, 9500)]
    assert pairs(in_order(18000, invoice)) == [(2, 5000), (4, 1000), (1, 10000), (3, 2000)]
    assert in_order(0, invoice) == ()


def test_lines_that_credit_are_left_alone() -> None:
    assert balance_of(lines(10000, -645)) == 9355
    assert pairs(in_order(9355, lines(10000, -645))) == [(1, 9355)]
    assert pairs(in_proportion(9355, lines(10000, -645))) == [(1, 9355)]


@pytest.mark.parametrize(
    ("amount", "opens", "expected"),
    [
        (1000, (10000,), [(1, 1000)]),
        (1000, (10000, 2000), [(1, 833), (2, 167)]),
        (1000, (3333, 3333, 3334), [(1, 333), (2, 333), (3, 334)]),
        (12000, (10000, 2000), [(1, 10000), (2, 2000)]),
        (2, (1, 1, 1, 1), [(3, 1), (4, 1)]),
        (1, (5, 1000), [(2, 1)]),
    ],
)
def test_a_credit_is_split_in_proportion_and_the_last_line_takes_the_remainder(
    amount: int, opens: tuple[int, ...], expected: list[tuple[int, int]]
) -> None:
    assert pairs(in_proportion(amount, lines(*opens))) == expected


@pytest.mark.parametrize("put", [in_order, in_proportion])
def test_more_than_is_open_is_never_put(put: Callable[[int, list[OpenLine]], object]) -> None:
    with pytest.raises(Bug, match="more than the lines are open"):
        put(12001, lines(10000, 2000))


@pytest.mark.parametrize(
    ("wanted", "opens", "expected"),
    [
        ({2: 300}, (1000, 1000), [(2, 300)]),
        ({2: 1300}, (1000, 1000), [(2, 1000), (1, 300)]),
        ({2: 1300}, (-400, 1000), [(2, 600)]),
        ({1: 800, 2: 1300}, (1000, 1000), [(1, 1000), (2, 1000)]),
        ({1: 500}, (0, -200), []),
        ({7: 500}, (1000,), [(1, 500)]),
    ],
)
def test_a_credit_goes_on_the_line_that_it_is_for_and_its_rest_on_the_others(
    wanted: dict[int, int], opens: tuple[int, ...], expected: list[tuple[int, int]]
) -> None:
    assert pairs(towards(wanted, lines(*opens))) == expected


def test_r13_negative_lines_of_10_and_15_are_taken_over_whole() -> None:
    invoice = lines(10000, -1000, -1500)
    taken = taken_over(invoice, {1, 2, 3})
    assert pairs(taken) == [(2, -1000), (3, -1500)]
    assert sum(each.amount for each in taken) == -2500
    assert [line.open for line in lowered(invoice, taken)] == [10000, 0, 0]
    assert pairs(taken_over(lowered(invoice, taken), {2, 3})) == []
    assert pairs(taken_over(invoice, {3})) == [(3, -1500)]


def test_lines_are_lowered_by_what_was_applied() -> None:
    after = lowered(lines(1000, 500), [Applied(1, 300), Applied(1, 200)])
    assert [line.open for line in after] == [500, 500]


@given(
    opens=st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any),
    share=st.fractions(0, 1),
)
def test_no_line_goes_below_zero_and_all_of_it_is_put(opens: list[int], share: object) -> None:
    invoice = lines(*opens)
    amount = max(1, int(sum(opens) * share))  # type: ignore[operator]
    for applied in (in_order(amount, invoice), in_proportion(amount, invoice), towards({1: amount}, invoice)):
        assert sum(each.amount for each in applied) == amount
        assert min(line.open for line in lowered(invoice, applied)) >= 0
        assert len({each.line for each in applied}) == len(applied)
