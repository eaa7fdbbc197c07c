"""A bookkeeper's spring by command line: paid over, voided, corrected, dropped, held; the statement shows it all."""

from __future__ import annotations

import pytest

from tests.command_line import CommandLine

DAY = ("--today", "2022-04-20")


def test_a_spring_of_corrections(april: CommandLine) -> None:
    paid = april("pay", "INV-000001", "--amount", "130", "--on", "2022-04-10")
    assert (paid["payment"]["applied"], paid["payment"]["balance"]) == ("100.00", "30.00")

    dry = april(*DAY, "correct", "INV-000001", "--dry-run")
    corrected = april(*DAY, "correct", "INV-000001")
    assert {**dry, "request_id": ""} == {**corrected, "request_id": ""}
    assert [shape["invoice"]["number"] for shape in corrected["mirrors"]] == ["INV-000002"]
    (draft,) = corrected["drafts"]
    assert (draft["invoice"]["status"], draft["invoice"]["date"]) == ("Draft", "2022-04-20")
    assert corrected["payments"][0]["balance"] == "130.00"

    dropped = april(*DAY, "drop", draft["invoice"]["id"])
    assert [shape["invoice"]["status"] for shape in dropped["invoices"]] == ["Canceled"]
    made = april(*DAY, "invoice", "--through", "2022-04-20", "--date", "2022-04-20")
    assert [shape["invoice"]["number"] for shape in made["invoices"]] == ["INV-000003"]

    applied = april(*DAY, "apply", "PAY-000001", "INV-000003")
    assert (applied["payment"]["balance"], applied["invoices"][0]["invoice"]["settlement"]) == ("30.00", "Settled")
    refunded = april(*DAY, "refund", "PAY-000001", "--amount", "10")
    assert (refunded["refund"]["number"], refunded["payment"]["balance"]) == ("REF-000001", "20.00")
    april("--today", "2022-04-21", "pay", "--account", "Acme", "--amount", "5", "--reference", "Cash")

    (part,) = april("statement", "Acme", "--from", "2022-04-05", "--to", "2022-04-30")["parts"]
    assert part["opening"] == "100.00"
    assert [(each["date"], each["number"], each["amount"], each["balance"]) for each in part["entries"]] == [
        ("2022-04-10", "PAY-000001", "-130.00", "-30.00"),
        ("2022-04-20", "INV-000003", "100.00", "70.00"),
        ("2022-04-20", "INV-000002", "-100.00", "-30.00"),
        ("2022-04-20", "REF-000001", "10.00", "-20.00"),
        ("2022-04-21", "PAY-000002", "-5.00", "-25.00"),
    ]
    assert part["closing"] == {
        "currency": "USD",
        "invoices": "0.00",
        "on_account": "25.00",
        "credit": "0.00",
        "balance": "-25.00",
    }
    assert april("show", "account", "Acme", "--as-of", "2022-04-30")["balances"] == [part["closing"]]
    assert april("check")["ok"]


def test_a_void_is_shown_by_both_papers(april: CommandLine) -> None:
    answer = april("void", "INV-000001", "--on", "2022-04-15")
    assert answer["drafts"] == []
    original, mirror = april("show", "invoice", "INV-000001"), april("show", "invoice", "INV-000002")
    assert (answer["invoices"], answer["mirrors"]) == ([original], [mirror])
    assert (original["invoice"]["status"], original["invoice"]["voided_by"]) == ("Voided", "INV-000002")
    assert (mirror["invoice"]["voids"], mirror["invoice"]["total"]) == ("INV-000001", "-100.00")
    before = april("show", "invoice", "INV-000001", "--as-of", "2022-04-14")["invoice"]
    assert (before["balance"], before["settlement"]) == ("100.00", "Not Settled")
    assert april("list", "invoices")["count"] == 2
    why = april("show", "invoice", "INV-000001", "--explain", "invoice-line-balance", "--as-of", "2022-04-30")
    assert why["explain"]["value"] == "0.00"


def test_a_hold_is_listed_told_and_released(april: CommandLine) -> None:
    held = april(*DAY, "hold", "account", "Acme", "--until", "2022-05-31", "--reason", "Prices are disputed")
    assert (held["hold"]["kind"], held["hold"]["status"], held["replaced"]) == ("account", "In Force", None)
    run = april(*DAY, "invoice", "--through", "2022-05-01")
    assert (run["invoices"], run["skipped"]) == (
        [],
        [{"account": "Acme", "reason": "on hold until 2022-05-31: Prices are disputed"}],
    )
    order = april("list", "orders")["rows"][0]["number"]
    told = april(*DAY, "invoice-order", order, "--through", "2022-05-01")
    assert told["skipped"] == run["skipped"]
    assert april(*DAY, "show", "account", "Acme")["hold"]["reason"] == "Prices are disputed"
    april(*DAY, "hold", "asset", "Licence")
    assert [row["kind"] for row in april(*DAY, "list", "holds")["rows"]] == ["account", "asset"]
    assert april(*DAY, "show", "asset", "Licence")["hold"]["until"] is None
    april(*DAY, "release", "account", "Acme")
    assert april(*DAY, "invoice", "--through", "2022-05-01")["skipped"] == [
        {"account": "Acme", "reason": "Licence is on hold until it is released"}
    ]
    april(*DAY, "release", "asset", "Licence")
    assert [row["status"] for row in april(*DAY, "list", "holds", "--account", "Acme")["rows"]] == [
        "Released",
        "Released",
    ]
    assert len(april(*DAY, "invoice", "--through", "2022-05-01")["invoices"]) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("void", "INV-000001"),
        ("correct", "INV-000001"),
        ("pay", "--account", "Acme", "--amount", "5"),
        ("pay", "INV-000001", "--amount", "150"),
        ("hold", "asset", "Licence"),
    ],
    ids=" ".join,
)
def test_a_dry_run_stores_nothing_and_says_the_same(april: CommandLine, words: tuple[str, ...]) -> None:
    before = april("list", "events")["count"]
    dry = april(*DAY, *words, "--dry-run")
    assert april("list", "events")["count"] == before
    assert april("list", "payments")["count"] == april("list", "holds")["count"] == 0
    assert {**april(*DAY, *words), "request_id": ""} == {**dry, "request_id": ""}


@pytest.mark.parametrize(
    ("words", "code", "field"),
    [
        (("void", "INV-9"), "unknown-invoice", "invoice"),
        (("void", "INV-000001", "--on", "2022-03-31"), "too-early", "on"),
        (("void", "INV-000001", "--on", "soon"), "bad-date", "on"),
        (("correct", "INV-000001", "--date", "2201-01-01"), "bad-date", "date"),
        (("drop", "INV-000001"), "not-a-draft", "invoices"),
        (("pay", "--account", "Nobody", "--amount", "1"), "unknown-account", "account"),
        (("pay", "--account", "Acme", "--amount", "1", "--currency", "XXY"), "unknown-currency", "currency"),
        (("pay", "--account", "Acme", "--amount", "0"), "bad-amount", "amount"),
        (("apply", "PAY-9", "INV-000001"), "unknown-credit", "credit"),
        (("refund", "PAY-9", "--amount", "1"), "unknown-credit", "credit"),
        (("hold", "account", "Nobody"), "unknown-account", "account"),
        (("hold", "account", "Acme", "--until", "2022-04-19"), "too-early", "until"),
        (("hold", "account", "Acme", "--until", "never"), "bad-date", "until"),
        (("release", "account", "Acme"), "not-held", "name"),
        (("statement", "Nobody"), "unknown-account", "account"),
        (("statement", "Acme", "--from", "2022-05-01", "--to", "2022-04-30"), "end-before-start", "to"),
        (("show", "payment", "PAY-9"), "unknown-payment", "payment"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_refused_with_its_field(
    april: CommandLine, words: tuple[str, ...], code: str, field: str
) -> None:
    (problem,) = april.refused(*DAY, *words)
    assert (problem["code"], problem["field"]) == (code, field)


@pytest.mark.parametrize(
    "words",
    [
        ("pay", "--amount", "1"),
        ("pay", "INV-000001", "--account", "Acme", "--amount", "1"),
        ("pay", "INV-000001", "--amount", "1", "--currency", "USD"),
        ("apply", "CM-000001"),
        ("apply", "CM-000001", "INV-000001", "--invoice", "INV-000001"),
        ("hold", "order", "00000001"),
        ("release", "product", "LIC"),
        ("void",),
    ],
    ids=" ".join,
)
def test_wrong_usage(april: CommandLine, words: tuple[str, ...]) -> None:
    assert april.say(*words).code == 2


def test_answers_for_people(april: CommandLine) -> None:
    april("pay", "INV-000001", "--amount", "130", "--on", "2022-04-10")
    said = april.say("void", "INV-000001", "--on", "2022-04-15", "--dry-run").out
    assert all(word in said for word in ("INV-000002", "-100.00", "kept on account", "pending again"))
    said = april.say(*DAY, "correct", "INV-000001").out
    assert all(word in said for word in ("Voided", "Mirrors", "Drafts of the same items", "Posted"))
    said = april.say("show", "invoice", "INV-000001").out
    assert all(word in said for word in ("Voided", "Voided by", "INV-000002", "-100.00"))
    assert "Voids" in april.say("show", "invoice", "INV-000002").out
    said = april.say(*DAY, "show", "account", "Acme").out
    assert all(word in said for word in ("On account", "130.00", "-130.00"))
    assert "not apply" not in april.say(*DAY, "refund", "PAY-000001", "--amount", "30").out
    said = april.say(*DAY, "show", "payment", "PAY-000001").out
    assert all(word in said for word in ("REF-000001", "100.00", "-100.00"))
    said = april.say(*DAY, "hold", "account", "Acme", "--reason", "late").out
    assert all(word in said for word in ("In Force", "late"))
    assert "It replaces" in april.say(*DAY, "hold", "account", "Acme").out
    assert "On hold" in april.say(*DAY, "show", "account", "Acme").out
    assert "Released" in april.say(*DAY, "list", "holds").out
    said = april.say(*DAY, "statement", "Acme").out
    words = ("Statement of account for Acme", "opening balance 0.00 USD", "Voids INV-000001", "Closing balance", "1-30")
    assert all(word in said for word in words)
