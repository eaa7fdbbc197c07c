"""`show ... --explain FIGURE`: the lines that sum to a figure, as JSON and to read (DOMAIN R1 to R3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.command_line import CommandLine

BALANCE = "invoice-line-balance"


@pytest.fixture
def story(calm: CommandLine) -> CommandLine:
    """R1 to R3: 10 licences for 2022, ten months invoiced, renewed on 15 Oct 2022."""
    calm("product", "add", "Licence", "--code", "LIC", "--price", "10")
    sale = ("--create", "--account", "Acme", "--product", "LIC", "--quantity", "10")
    calm("--today", "2022-01-01", "sell", *sale, "--start", "2022-01-01", "--term", "12")
    calm("--today", "2022-10-15", "invoice", "--through", "2022-10-15")
    calm("--today", "2022-10-15", "renew", "Licence", "--term", "12")
    return calm


def explained(calm: CommandLine, *words: str) -> Any:
    return calm("--today", "2022-10-15", "show", *words)["explain"]


@pytest.mark.parametrize(
    ("figure", "value", "lines"),
    [
        ("quantity", "10", ["10"]),
        ("amount", "1200.00", ["1200.00"]),
        ("mrr", "100.00", ["100.00"]),
        ("invoice-line-balance", "1000.00", ["100.00"] * 10),
    ],
)
def test_the_four_cards_of_an_account(story: CommandLine, figure: str, value: str, lines: list[str]) -> None:
    shown = explained(story, "account", "Acme", "--explain", figure)
    assert (shown["figure"], shown["value"]) == (figure, value)
    assert [line["value"] for line in shown["lines"]] == lines
    assert sum(Decimal(line["value"]) for line in shown["lines"]) == Decimal(shown["value"])
    kind = "invoice-line" if figure == "invoice-line-balance" else "state-period"
    assert {line["kind"] for line in shown["lines"]} == {kind}
    assert all(line["id"] and line["description"] for line in shown["lines"])


def test_the_usual_keys_stand_beside_it(story: CommandLine) -> None:
    plain = story("--today", "2022-10-15", "show", "account", "Acme")
    beside = story("--today", "2022-10-15", "show", "account", "Acme", "--explain", "mrr")
    assert beside.pop("explain")["value"] == beside["cards"][0]["mrr"]
    assert beside == plain


def test_an_asset_an_order_an_invoice_and_an_action(story: CommandLine) -> None:
    action = story("list", "actions")["rows"][1]["id"]
    for words, figure, value, kind in (
        (("asset", "Licence"), "mrr", "100.00", "state-period"),
        (("order", "00000002"), "amount", "1200.00", "order-item"),
        (("invoice", "INV-000003"), "invoice-line-balance", "100.00", "invoice-line"),
        (("action", action), "amount", "1200.00", "source"),
    ):
        shown = explained(story, *words, "--explain", figure)
        assert (shown["value"], [line["kind"] for line in shown["lines"]]) == (value, [kind])


def test_what_is_paid_and_credited_stands_below_its_line(story: CommandLine) -> None:
    story("--today", "2022-02-05", "pay", "INV-000001", "--amount", "60", "--on", "2022-02-05")
    story("--today", "2022-03-09", "credit", "INV-000001", "--amount", "15")
    for day, balance, parts in (
        ("2022-02-04", "200.00", []),
        ("2022-02-05", "140.00", ["100.00", "-60.00"]),
        ("2022-03-09", "225.00", ["100.00", "-60.00", "-15.00"]),
    ):
        shown = explained(story, "account", "Acme", "--explain", "invoice-line-balance", "--as-of", day)
        cards = story("show", "account", "Acme", "--as-of", day)["cards"]
        assert shown["value"] == balance == cards[0]["invoice_line_balance"]
        assert [part["value"] for part in shown["lines"][0]["parts"]] == parts


def test_as_of_another_day(story: CommandLine) -> None:
    shown = explained(story, "asset", "Licence", "--explain", "amount", "--as-of", "2023-06-30")
    assert [line["description"] for line in shown["lines"]] == ["Licence, 2023-01-01 to 2023-12-31"]
    assert explained(story, "asset", "Licence", "--explain", "mrr", "--as-of", "2024-01-01")["lines"] == []


def test_the_lines_to_read(story: CommandLine) -> None:
    read = story.say("show", "asset", "Licence", "--as-of", "2022-10-15", "--explain", "MRR").out
    assert [line.split() for line in read.splitlines() if line and "─" not in line] == [
        ["Why", "MRR", "of", "Licence", "is", "100.00", "USD", "as", "of", "2022-10-15"],
        ["Kind", "What", "Of", "which", "Value"],
        ["state-period", "Licence,", "2022-01-01", "to", "2022-12-31", "100.00"],
        ["action", "Initial", "Sale,", "2022-01-01", "100.00"],
        ["Sum", "100.00"],
    ]


def test_nothing_to_explain_is_said(story: CommandLine) -> None:
    read = story.say("show", "account", "Acme", "--as-of", "2021-01-01", "--explain", "quantity").out
    assert read.split("\n")[:2] == [
        "Why quantity of Acme is 0 (in USD) as of 2021-01-01",
        "Nothing counts on that day.",
    ]


def test_of_several_currencies_the_own_is_explained_first_and_the_others_beside_it(story: CommandLine) -> None:
    story("product", "price", "LIC", "--price", "1500", "--currency", "JPY", "--from", "2022-01-01")
    sale = ("--account", "Acme", "--product", "LIC", "--quantity", "2", "--currency", "JPY")
    story("--today", "2022-01-01", "sell", *sale, "--start", "2022-01-01", "--term", "12")
    own = explained(story, "account", "Acme", "--explain", "mrr")
    assert (own["figure"], own["currency"], own["value"], len(own["lines"])) == ("mrr", "USD", "100.00", 1)
    assert [(each["currency"], each["value"], len(each["lines"])) for each in own["others"]] == [("JPY", "3000", 1)]
    yen = explained(story, "account", "Acme", "--explain", "mrr", "--currency", "JPY")
    assert (yen["value"], yen["others"]) == ("3000", [])
    read = story.say("--today", "2022-10-15", "show", "account", "Acme", "--explain", "mrr").out
    assert [line for line in read.splitlines() if line.startswith("Why")] == [
        "Why MRR of Acme is 100.00 USD as of 2022-10-15",
        "Why MRR of Acme is 3,000 JPY as of 2022-10-15",
    ]


def test_an_invoice_is_explained_as_it_is_shown(story: CommandLine) -> None:
    """A payment dated after today counts in both where no day is asked for, and from its day on where one is."""
    story("--today", "2022-01-05", "pay", "INV-000001", "--amount", "60", "--on", "2022-12-01")
    for words, balance, parts, day in (
        ((), "40.00", ["100.00", "-60.00"], None),
        (("--as-of", "2022-11-30"), "100.00", [], "2022-11-30"),
        (("--as-of", "2022-12-01"), "40.00", ["100.00", "-60.00"], "2022-12-01"),
    ):
        shown = story("--today", "2022-10-15", "show", "invoice", "INV-000001", "--explain", BALANCE, *words)
        assert shown["invoice"]["balance"] == shown["explain"]["value"] == balance
        assert [part["value"] for part in shown["explain"]["lines"][0]["parts"]] == parts
        assert shown["explain"]["as_of"] == day
    read = story.say("--today", "2022-10-15", "show", "invoice", "INV-000001", "--explain", BALANCE).out
    assert read.splitlines()[0] == "Why invoice line balance of INV-000001 is 40.00 USD, by all that is recorded"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (
            ("account", "Acme", "--explain", "tax"),
            "bad-explain",
            "explain: 'tax' is not one of quantity, amount, mrr, invoice-line-balance.",
        ),
        (
            ("invoice", "INV-000001", "--explain", "mrr"),
            "no-such-figure",
            "An invoice has no mrr of its own. Ask for amount or invoice-line-balance.",
        ),
        (
            ("account", "Acme", "--explain", "mrr", "--currency", "EUR"),
            "no-figures-in-currency",
            "Acme has no figures in EUR. It has some in USD.",
        ),
        (
            ("account", "Acme", "--explain", "mrr", "--currency", "EURO"),
            "unknown-currency",
            "There is no currency 'EURO'. Give a code of three letters, such as USD or EUR.",
        ),
        (
            ("asset", "Nobody", "--explain", "mrr"),
            "unknown-asset",
            "There is no asset 'Nobody'. The list of assets shows those that exist.",
        ),
    ],
)
def test_what_cannot_be_explained_is_refused(
    story: CommandLine, words: tuple[str, ...], code: str, message: str
) -> None:
    (problem,) = story.refused("show", *words)
    assert (problem["code"], problem["message"]) == (code, message)


def test_a_currency_alone_is_wrong_usage(story: CommandLine) -> None:
    (problem,) = story.refused("show", "account", "Acme", "--currency", "EUR", code=2)
    assert problem["message"].startswith("--currency is for an explanation. Add --explain FIGURE.")
