"""`schedule`: the billing periods due, by pure calculation; no store is asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.command_line import CommandLine

LICENCE = ("schedule", "--price", "100", "--price-unit", "year", "--quantity", "1", "--start", "2022-01-01")
KILL_BILL = ("schedule", "--price", "90", "--quantity", "1", "--start", "2025-03-28", "--end", "2026-02-04")


def amounts(answer: Any) -> list[str]:
    return [period["amount"] for period in answer["periods"]]


def test_r7_a_hundred_dollars_over_twelve_months_the_last_slice_takes_the_odd_cents(nowhere: CommandLine) -> None:
    answer = nowhere(*LICENCE, "--end", "2022-12-31", "--through", "2022-12-31")
    assert amounts(answer) == ["8.33"] * 11 + ["8.37"]
    assert (answer["term_count"], answer["total"]) == ("1", "100.00")


def test_r7_or_the_first_slice(nowhere: CommandLine) -> None:
    answer = nowhere(*LICENCE, "--end", "2022-12-31", "--remainder", "first", "--through", "2022-12-31")
    assert amounts(answer) == ["8.37"] + ["8.33"] * 11


@pytest.mark.parametrize(
    ("options", "count", "total", "periods"),
    [
        (("--boundary", "day:5"), "10.258064516", "923.23", 11),
        (("--boundary", "day:5", "--partial", "whole"), "11", "990.00", 11),
        (("--boundary", "calendar"), "10.271889401", "924.47", 12),
        (("--boundary", "anniversary"), "10.258064516", "923.23", 11),
    ],
)
def test_r8_and_r9_parts_of_months(
    nowhere: CommandLine, options: tuple[str, ...], count: str, total: str, periods: int
) -> None:
    answer = nowhere(*KILL_BILL, *options, "--through", "2026-12-31")
    assert (answer["term_count"], answer["total"], len(answer["periods"])) == (count, total, periods)


def test_r10_a_bill_day_moves_the_billing_date_and_never_the_period(nowhere: CommandLine) -> None:
    january = ("schedule", "--price", "10", "--quantity", "1", "--start", "2022-01-01", "--end", "2022-01-31")
    advance = nowhere(*january, "--bill-day", "15", "--through", "2022-12-31")["periods"]
    arrears = nowhere(*january, "--bill-day", "15", "--timing", "arrears", "--through", "2022-12-31")["periods"]
    assert [period["billing_date"] for period in advance + arrears] == ["2021-12-15", "2022-02-15"]
    assert {(period["start"], period["end"]) for period in advance + arrears} == {("2022-01-01", "2022-01-31")}


def test_a_period_says_all_about_itself(nowhere: CommandLine) -> None:
    answer = nowhere(*KILL_BILL, "--boundary", "day:5", "--through", "2025-03-28")
    assert answer["periods"] == [
        {
            "start": "2025-03-28",
            "end": "2025-04-04",
            "billing_date": "2025-03-28",
            "fraction": "0.258064516",
            "amount": "23.23",
        }
    ]


def test_an_evergreen_line_has_neither_count_nor_total(nowhere: CommandLine) -> None:
    answer = nowhere(
        "schedule", "--price", "10", "--quantity", "2.5", "--start", "2022-01-01", "--through", "2022-02-28"
    )
    assert amounts(answer) == ["25.00", "25.00"]
    assert (answer["term_count"], answer["total"]) == (None, None)


def test_money_has_the_decimals_of_its_currency(nowhere: CommandLine) -> None:
    monthly = ("schedule", "--price", "10.5", "--quantity", "1", "--start", "2022-01-01", "--through", "2022-01-01")
    assert amounts(nowhere(*monthly, "--currency", "JPY")) == ["11"]
    assert amounts(nowhere(*monthly, "--currency", "KWD")) == ["10.500"]


def test_without_json_it_is_a_table_to_read(nowhere: CommandLine) -> None:
    answer = nowhere.bare(*LICENCE, "--end", "2022-12-31", "--through", "2022-02-28")
    assert answer.code == 0
    rows = [line.split() for line in answer.out.splitlines() if line.startswith("2022")]
    assert rows == [
        ["2022-01-01", "2022-01-31", "2022-01-01", "1.000000000", "8.33"],
        ["2022-02-01", "2022-02-28", "2022-02-01", "1.000000000", "8.33"],
    ]
    assert "100.00 USD" in answer.out


def test_it_asks_for_no_store(nowhere: CommandLine) -> None:
    answer = nowhere.say(*LICENCE, "--through", "2022-01-01")
    assert (answer.code, nowhere.store.exists()) == (0, False)
