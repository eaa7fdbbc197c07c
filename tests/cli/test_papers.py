"""Payments, credits, converted lines, credit applied and refunded, by command line (DOMAIN R13, R14)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest

from calm_desktop.services.desk import Desk
from tests.command_line import CommandLine
from tests.services.paper_desk import Part, april_credit, write_change

APRIL = ("--today", "2022-04-20")


def change(calm: CommandLine, parts: Iterable[Part]) -> None:
    """A change of the licence that credits what is billed."""
    with Desk.open(calm.store, date(2022, 4, 20)) as desk:
        desk.do(write_change, ("Licence", parts))


def test_r14_net_30_and_a_credit_of_10(april: CommandLine) -> None:
    answer = april(*APRIL, "credit", "INV-000001", "--amount", "10", "--note", "Two days without service")
    assert (answer["credit"]["number"], answer["credit"]["total"], answer["credit"]["note"]) == (
        "CM-000001",
        "10.00",
        "Two days without service",
    )
    invoice = april("show", "invoice", "INV-000001")
    assert (invoice["invoice"]["balance"], invoice["invoice"]["due"]) == ("90.00", "2022-05-01")
    assert [line["balance"] for line in invoice["lines"]] == ["90.00"]
    assert answer["invoices"] == [invoice]
    assert april("show", "credit", "CM-000001")["applied"] == answer["applied"]
    assert april("list", "credits")["count"] == 1


def test_r13_negative_lines_become_a_credit_memo(april: CommandLine) -> None:
    may = date(2022, 5, 1)
    change(april, [april_credit(-1000, may), april_credit(-1500, may)])
    made = april("invoice", "--through", "2022-05-01")
    assert [(line["line"], line["amount"]) for line in made["invoices"][0]["lines"]] == [
        (1, "100.00"),
        (2, "-10.00"),
        (3, "-15.00"),
    ]
    answer = april("--today", "2022-05-02", "convert", "INV-000002", "--lines", "2,3")
    assert (answer["credit"]["total"], answer["credit"]["date"]) == ("25.00", "2022-05-02")
    invoice = april("show", "invoice", "INV-000002")
    assert invoice["invoice"]["converted_negative_amount"] == "-25.00"
    assert invoice["invoice"]["balance"] == "100.00"
    april("--today", "2022-05-03", "apply", "CM-000001", "--invoice", "INV-000001", "--amount", "20")
    assert april("show", "invoice", "INV-000001")["invoice"]["balance"] == "80.00"
    refund = april("--today", "2022-05-04", "refund", "CM-000001", "--amount", "5")
    assert (refund["refund"]["number"], refund["credit"]["balance"]) == ("REF-000001", "0.00")


def test_payments_are_listed_and_shown(april: CommandLine) -> None:
    answer = april("pay", "INV-000001", "--amount", "60", "--on", "2022-04-10", "--reference", "Transfer 12")
    assert (answer["payment"]["number"], answer["payment"]["amount"], answer["payment"]["date"]) == (
        "PAY-000001",
        "60.00",
        "2022-04-10",
    )
    assert answer["invoices"][0]["invoice"]["settlement"] == "Partially Settled"
    assert answer["invoices"][0]["payments"][0]["reference"] == "Transfer 12"
    april("pay", "INV-000001", "--amount", "40", "--on", "2022-04-12")
    assert [row["settlement"] for row in april("list", "invoices")["rows"]] == ["Settled"]
    assert [(row["number"], row["amount"]) for row in april("list", "payments", "--account", "Acme")["rows"]] == [
        ("PAY-000001", "60.00"),
        ("PAY-000002", "40.00"),
    ]
    assert april("show", "payment", "PAY-000001")["applied"][0]["invoice"] == "INV-000001"
    shown = april("show", "invoice", "INV-000001", "--as-of", "2022-04-11")
    assert (shown["invoice"]["balance"], len(shown["payments"])) == ("40.00", 1)
    cards = april("show", "account", "Acme", "--as-of", "2022-04-11")["cards"]
    assert cards[0]["invoice_line_balance"] == "40.00"


def test_a_dry_run_stores_nothing(april: CommandLine) -> None:
    dry = april("pay", "INV-000001", "--amount", "60", "--on", "2022-04-10", "--dry-run")
    assert april("list", "payments")["count"] == 0
    assert dry == april("pay", "INV-000001", "--amount", "60", "--on", "2022-04-10")


def test_a_credit_memo_of_a_run(april: CommandLine) -> None:
    april("settings", "set", "credits", "memo")
    change(april, [april_credit(-4000)])
    told = april.say("invoice", "--through", "2022-04-30", "--brief", "--dry-run").out
    assert "1; `list credits` shows them." in told
    assert "Nothing was due" not in told
    answer = april("invoice", "--through", "2022-04-30")
    assert (answer["invoices"], [memo["credit"]["total"] for memo in answer["credits"]]) == ([], ["40.00"])
    assert april("show", "invoice", "INV-000001")["invoice"]["balance"] == "60.00"
    assert april.refused("settings", "set", "credits", "never")[0]["code"] == "bad-credits"


@pytest.mark.parametrize(
    ("words", "code", "field"),
    [
        (("pay", "INV-000001", "--amount", "0", "--on", "2022-04-10"), "bad-amount", "amount"),
        (("pay", "INV-000001", "--amount", "-1", "--on", "2022-04-10"), "bad-amount", "amount"),
        (("pay", "INV-000001", "--amount", "1.005", "--on", "2022-04-10"), "bad-amount", "amount"),
        (("pay", "INV-000001", "--amount", "much", "--on", "2022-04-10"), "bad-amount", "amount"),
        (("pay", "INV-000001", "--amount", "1", "--on", "2022-03-31"), "too-early", "on"),
        (("pay", "INV-000001", "--amount", "1", "--on", "tomorrow"), "bad-date", "on"),
        (("pay", "INV-9", "--amount", "1"), "unknown-invoice", "invoice"),
        (("credit", "INV-000001", "--amount", "100.01"), "more-than-owed", "amount"),
        (("convert", "INV-000001", "--lines", "1"), "not-negative", "lines"),
        (("convert", "INV-000001", "--lines", "2"), "unknown-line", "lines"),
        (("convert", "INV-000001", "--lines", "one"), "bad-lines", "lines"),
        (("convert", "INV-000001", "--lines", ","), "missing-lines", "lines"),
        (("refund", "CM-000001", "--amount", "1"), "unknown-credit", "credit"),
        (("apply", "CM-000001", "--invoice", "INV-000001"), "unknown-credit", "credit"),
        (("show", "credit", "CM-000001"), "unknown-credit", "credit"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_refused_with_its_field(
    april: CommandLine, words: tuple[str, ...], code: str, field: str
) -> None:
    (problem,) = april.refused(*words)
    assert (problem["code"], problem["field"]) == (code, field)


def test_answers_for_people(april: CommandLine) -> None:
    may = date(2022, 5, 1)
    change(april, [april_credit(-1000, may)])
    april("invoice", "--through", "2022-05-01")
    said = april.say("pay", "INV-000001", "--amount", "60", "--on", "2022-04-10").out
    assert all(word in said for word in ("PAY-000001", "60.00", "Partially Settled"))
    said = april.say("convert", "INV-000002", "--lines", "2", "--on", "2022-05-01").out
    assert all(word in said for word in ("CM-000001", "converted", "Licence, unused", "Not applied."))
    assert "REF-000001" in april.say("refund", "CM-000001", "--amount", "4", "--on", "2022-05-02").out
    said = april.say("show", "invoice", "INV-000002").out
    assert all(word in said for word in ("Converted negative amount", "-10.00 USD", "CM-000001"))
    assert "PAY-000001" in april.say("show", "payment", "PAY-000001").out
    assert "PAY-000001" in april.say("show", "invoice", "INV-000001").out
    april("settings", "set", "credits", "memo")
    change(april, [april_credit(-500, may)])
    assert "CM-000002" in april.say("invoice", "--through", "2022-05-01").out
