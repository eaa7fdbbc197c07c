"""Many currencies at the command line: each with its own decimals, never added, and seen in one where that is asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.command_line import CommandLine


@pytest.fixture
def tokyo(calm: CommandLine) -> CommandLine:
    """Sakura (JPY): 3 seats at ¥1,500 a month for 2022 and, paid by the quarter, support at ¥100 a quarter."""
    calm("product", "add", "Seat", "--code", "SEAT", "--price", "1500", "--currency", "JPY")
    calm("product", "add", "Support", "--code", "SUP", "--price", "100", "--price-unit", "quarter", "--currency", "JPY")
    calm("account", "add", "Sakura", "--currency", "JPY")
    sell(calm, "Sakura", "SEAT", "3")
    sell(calm, "Sakura", "SUP", "1")
    return calm


@pytest.fixture
def kuwait(calm: CommandLine) -> CommandLine:
    """Dana (KWD): 7 seats at 1.2345 dinar a month for 2022."""
    calm("product", "add", "Seat", "--code", "SEAT", "--price", "1.2345", "--currency", "KWD")
    calm("account", "add", "Dana", "--currency", "KWD")
    sell(calm, "Dana", "SEAT", "7")
    return calm


def sell(calm: CommandLine, account: str, product: str, quantity: str, *more: str) -> Any:
    words = ("--account", account, "--product", product, "--quantity", quantity, *more)
    return calm("--today", "2022-01-01", "sell", *words, "--start", "2022-01-01", "--term", "12")


def card(calm: CommandLine, account: str, day: str = "2022-03-15") -> Any:
    (only,) = calm("show", "account", account, "--as-of", day)["cards"]
    return only


def reporting(calm: CommandLine, account: str, day: str = "2022-03-15") -> Any:
    return calm("show", "account", account, "--as-of", day)["reporting"]


def test_yen_have_no_decimals(tokyo: CommandLine) -> None:
    seats, support = tokyo("list", "assets", "--as-of", "2022-03-15")["rows"]
    assert (seats["amount"], seats["mrr"]) == ("54000", "4500")
    assert (support["amount"], support["mrr"]) == ("400", "33"), "100 a quarter is 33.33 a month"
    run = tokyo("--today", "2022-03-15", "invoice", "--through", "2022-03-15")
    assert [(each["invoice"]["date"], each["invoice"]["total"]) for each in run["invoices"]] == [
        ("2022-01-01", "4533"),
        ("2022-02-01", "4533"),
        ("2022-03-01", "4533"),
    ]
    assert run["totals"] == [{"currency": "JPY", "invoices": 3, "charges": "13599", "tax": "0"}]
    assert card(tokyo, "Sakura") == {
        "currency": "JPY",
        "quantity": "4",
        "amount": "54400",
        "mrr": "4533",
        "invoice_line_balance": "13599",
    }
    assert tokyo("check")["ok"]


def test_the_odd_yen_goes_into_the_last_slice(tokyo: CommandLine) -> None:
    (_, support) = tokyo("list", "assets", "--as-of", "2022-03-15")["rows"]
    (schedule,) = tokyo("show", "asset", support["id"])["billing"]["schedules"]
    assert [item["amount"] for item in schedule["items"]] == ["33"] * 11 + ["37"]


def test_dinars_have_three_decimals(kuwait: CommandLine) -> None:
    (seats,) = kuwait("list", "assets", "--as-of", "2022-03-15")["rows"]
    assert (seats["amount"], seats["mrr"]) == ("103.698", "8.642")
    run = kuwait("--today", "2022-03-15", "invoice", "--through", "2022-03-15")
    assert [each["invoice"]["total"] for each in run["invoices"]] == ["8.642", "8.642", "8.642"]
    assert card(kuwait, "Dana") == {
        "currency": "KWD",
        "quantity": "7",
        "amount": "103.698",
        "mrr": "8.642",
        "invoice_line_balance": "25.926",
    }
    assert kuwait("check")["ok"]


def test_no_reporting_currency_no_conversion(tokyo: CommandLine) -> None:
    tokyo("rate", "add", "JPY", "--rate", "0.0087", "--from", "2022-01-01")
    assert reporting(tokyo, "Sakura") is None


def test_figures_are_seen_in_the_reporting_currency_by_the_rate_of_the_day(tokyo: CommandLine) -> None:
    tokyo("settings", "set", "reporting-currency", "usd")
    tokyo("rate", "add", "JPY", "--rate", "0.0087", "--from", "2022-01-01")
    tokyo("rate", "add", "JPY", "--rate", "0.0081", "--to", "USD", "--from", "2022-04-01")
    tokyo("--today", "2022-03-15", "invoice", "--through", "2022-03-15")
    assert reporting(tokyo, "Sakura") == {
        "currency": "USD",
        "as_of": "2022-03-15",
        "amount": "473.28",
        "mrr": "39.44",
        "invoice_line_balance": "118.31",
        "rates": [{"currency": "JPY", "rate": "0.0087", "from": "2022-01-01", "inverse_of": None}],
        "missing": [],
    }
    assert reporting(tokyo, "Sakura", "2022-04-01")["mrr"] == "36.72"
    assert card(tokyo, "Sakura")["mrr"] == "4533", "the card itself stays as it is"


def test_dinars_seen_in_yen(kuwait: CommandLine) -> None:
    kuwait("settings", "set", "reporting-currency", "JPY")
    kuwait("rate", "add", "KWD", "--rate", "380.25", "--to", "JPY", "--from", "2022-01-01")
    shown = reporting(kuwait, "Dana")
    assert (shown["amount"], shown["mrr"], shown["invoice_line_balance"]) == ("39431", "3286", "0")


def test_the_rate_the_other_way_round_is_used_and_told(tokyo: CommandLine) -> None:
    tokyo("settings", "set", "reporting-currency", "USD")
    tokyo("rate", "add", "USD", "--rate", "115", "--to", "JPY", "--from", "2022-01-01")
    shown = reporting(tokyo, "Sakura")
    assert shown["mrr"] == "39.42", "4,533 / 115 = 39.4174"
    assert shown["rates"] == [
        {"currency": "JPY", "rate": "0.0086956522", "from": "2022-01-01", "inverse_of": "115"},
    ]
    read = tokyo.say("show", "account", "Sakura", "--as-of", "2022-03-15").out
    assert "Converted into USD as of 2022-03-15" in read
    assert "0.0086956522 USD since 2022-01-01 (one divided by 115, the rate the other way)" in read


def test_a_missing_rate_is_told_and_never_guessed(tokyo: CommandLine) -> None:
    tokyo("settings", "set", "reporting-currency", "USD")
    tokyo("rate", "add", "JPY", "--rate", "0.0081", "--from", "2022-04-01")
    shown = reporting(tokyo, "Sakura", "2022-03-31")
    assert (shown["amount"], shown["mrr"], shown["missing"], shown["rates"]) == (None, None, ["JPY"], [])
    read = tokyo.say("show", "account", "Sakura", "--as-of", "2022-03-31").out
    assert "unknown: no exchange rate of JPY on or before 2022-03-31; see `rate add`" in read


def test_several_currencies_come_to_one_sum_that_is_rounded_once(tokyo: CommandLine) -> None:
    tokyo("settings", "set", "reporting-currency", "USD")
    tokyo("rate", "add", "JPY", "--rate", "0.0087", "--from", "2022-01-01")
    tokyo("product", "price", "SEAT", "--price", "12", "--currency", "USD", "--from", "2022-01-01")
    sell(tokyo, "Sakura", "SEAT", "2", "--currency", "USD")
    shown = tokyo("show", "account", "Sakura", "--as-of", "2022-03-15")
    assert [(each["currency"], each["mrr"]) for each in shown["cards"]] == [("JPY", "4533"), ("USD", "24.00")]
    assert shown["reporting"]["mrr"] == "63.44"
    (row,) = tokyo("list", "accounts", "--as-of", "2022-03-15")["rows"]
    assert row["reporting"]["mrr"] == "63.44"


def test_rates_are_listed(calm: CommandLine) -> None:
    calm("--today", "2022-05-01", "rate", "add", "EUR", "--rate", "1.0545")
    calm("--today", "2022-05-01", "rate", "add", "eur", "--rate", "1.06", "--to", "usd", "--from", "2022-04-01")
    calm("--today", "2022-05-01", "rate", "add", "EUR", "--rate", "1.0550")
    assert calm("rate", "list") == {
        "rows": [
            {"currency": "EUR", "to": "USD", "rate": "1.06", "from": "2022-04-01"},
            {"currency": "EUR", "to": "USD", "rate": "1.055", "from": "2022-05-01"},
        ],
        "count": 2,
    }


def test_a_dry_run_stores_no_rate(calm: CommandLine) -> None:
    added = calm("rate", "add", "EUR", "--rate", "1.1", "--from", "2022-01-01", "--dry-run")
    assert added == {"currency": "EUR", "to": "USD", "rate": "1.1", "from": "2022-01-01"}
    assert calm("rate", "list")["count"] == 0


@pytest.mark.parametrize(
    ("words", "problems"),
    [
        (("EUR", "--rate", "0"), [("bad-rate", "rate")]),
        (("EUR", "--rate", "-1"), [("bad-rate", "rate")]),
        (("EUR", "--rate", "100000000"), [("bad-rate", "rate")]),
        (("EUR", "--rate", "1.00000000001"), [("bad-rate", "rate")]),
        (("EUR", "--rate", "1,05", "--from", "1 May"), [("bad-rate", "rate"), ("bad-date", "from")]),
        (("USD", "--rate", "1"), [("same-currency", "to")]),
        (("EURO", "--rate", "0", "--to", "XXX"), [("unknown-currency", "currency"), ("unknown-currency", "to"),
                                                 ("bad-rate", "rate")]),
    ],
)  # fmt: skip
def test_what_is_no_rate_is_refused(calm: CommandLine, words: tuple[str, ...], problems: list[Any]) -> None:
    assert [(each["code"], each["field"]) for each in calm.refused("rate", "add", *words)] == problems


def test_the_reporting_currency_is_a_currency_or_none(calm: CommandLine) -> None:
    (problem,) = calm.refused("settings", "set", "reporting-currency", "EURO")
    assert problem["message"] == "reporting-currency cannot be 'EURO'. Write it like EUR."
    assert calm("settings", "set", "reporting-currency", "eur")["settings"]["reporting-currency"] == "EUR"
    assert calm("settings", "set", "reporting-currency", "")["settings"]["reporting-currency"] == ""
