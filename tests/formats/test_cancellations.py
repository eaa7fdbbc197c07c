"""What is taken back is matched to what was sold, by one stated rule."""

from __future__ import annotations

import io
import json
from datetime import date

import pytest

from calm_desktop.formats.cancellations import assigned
from calm_desktop.formats.mapping import parse_mapping
from calm_desktop.formats.reading import read

TODAY = date(2026, 11, 22)
MAPPING = parse_mapping(
    json.dumps(
        {
            "name": "shop",
            "cancellation": [
                {"column": "Invoice", "op": "starts", "value": "C"},
                {"column": "Quantity", "op": "<", "value": "0"},
            ],
            "fields": {
                "order": "Invoice", "account": "Customer", "product": "Code", "quantity": "Quantity", "price": "Price",
                "start": "Day",
            },
        }
    )
)  # fmt: skip


def taken_back(*rows: str) -> list[tuple[str, list[tuple[str, int]], int]]:
    """For each cancellation its invoice, what it takes from which invoices, and what is uncovered."""
    text = "\n".join(["Invoice,Customer,Code,Quantity,Price,Day", *rows])
    result = read([("file", io.BytesIO(text.encode()))], today=TODAY, mapping=MAPPING)
    assert result.problems == ()
    assert result.read == len(rows)
    return [
        (each.line.order_ref, [(part.order_ref, int(part.quantity)) for part in each.cancels], int(each.uncovered))
        for each in result.cancellations
    ]


def test_the_last_sale_before_is_taken_back_first() -> None:
    assert taken_back(
        "1,A,X,5,2.00,2026-01-01",
        "2,A,X,5,2.00,2026-01-02",
        "C3,A,X,-7,2.00,2026-01-03",
        "4,A,X,5,2.00,2026-01-04",
    ) == [("C3", [("2", 5), ("1", 2)], 0)]


def test_its_own_price_goes_before_another() -> None:
    assert taken_back(
        "1,A,X,5,2.00,2026-01-01",
        "2,A,X,5,2.50,2026-01-02",
        "C3,A,X,-6,2.00,2026-01-03",
    ) == [("C3", [("1", 5), ("2", 1)], 0)]


def test_nothing_is_taken_back_twice_and_what_was_never_sold_is_uncovered() -> None:
    assert taken_back(
        "1,A,X,5,2.00,2026-01-01",
        "C2,A,X,-4,2.00,2026-01-02",
        "C3,A,X,-4,2.00,2026-01-03",
        "C4,B,X,-1,2.00,2026-01-03",
        "C5,A,Y,-1,2.00,2026-01-03",
    ) == [("C2", [("1", 4)], 0), ("C3", [("1", 1)], 3), ("C4", [], 1), ("C5", [], 1)]


def test_on_one_day_the_order_of_the_file_decides() -> None:
    assert taken_back(
        "C1,A,X,-1,2.00,2026-01-01",
        "2,A,X,1,2.00,2026-01-01",
        "C3,A,X,-1,2.00,2026-01-01",
    ) == [("C1", [], 1), ("C3", [("2", 1)], 0)]


def test_a_cancellation_is_held_to_the_limits_of_a_sale() -> None:
    text = "Invoice,Customer,Code,Quantity,Price,Day\nC1,A,X,0,2.00,2026-01-01\nC2,A,X,-1,-2.00,2026-01-01\n"
    result = read([("file", io.BytesIO(text.encode()))], today=TODAY, mapping=MAPPING)
    assert [(problem.row, problem.column, problem.found) for problem in result.problems] == [
        (2, "Quantity", "0"),
        (3, "Price", "-2.00"),
    ]
    assert assigned(result.lines, result.cancellations) == ()


@pytest.mark.parametrize("quantity", ["-3", "3-", "(3)", "\N{MINUS SIGN}3"])
def test_a_minus_may_be_written_in_any_way(quantity: str) -> None:
    assert taken_back("1,A,X,3,2.00,2026-01-01", f"2,A,X,{quantity},2.00,2026-01-02") == [("2", [("1", 3)], 0)]
