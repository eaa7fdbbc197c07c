"""Changes that are refused: each with its code, its reason and a way out, exit code 1, and nothing stored."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import CommandLine, told_once

LICENCES = "sell --account Acme --product LIC --quantity 10 --start 2022-01-01 --term 12"
ROUTERS = "sell --account Acme --product ROUTER --quantity 2 --start 2022-03-01"
PLATFORM = "sell --account Acme --product PLAT --quantity 1 --start 2022-01-01"


@pytest.fixture
def calm(blank_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line on a store whose taxes stand on the invoice of what they are for."""
    line = CommandLine(tmp_path / "s.db", capsys)
    line.store.write_bytes(blank_store.read_bytes())
    return line


@told_once
def shop(calm: CommandLine) -> None:
    """Acme with ten licences for 2022, two routers and a platform without end; Belmont with nothing."""
    for line in (
        "product add LIC --code LIC --price 10",
        "product add ROUTER --code ROUTER --kind physical --price 249.90",
        "product add PLAT --code PLAT --price 500 --selling-model evergreen",
        "account add Acme",
        "account add Belmont",
        LICENCES,
        ROUTERS,
        PLATFORM,
    ):
        calm(*typed(line))


def typed(line: str) -> list[str]:
    return ["--today", "2022-06-15", *shlex.split(line)]


def lists(calm: CommandLine) -> list[Any]:
    return [calm("list", what) for what in ("assets", "actions", "orders", "invoices", "events")]


BEFORE_START = (
    "LIC starts on 2022-01-01: a cancellation takes effect on 2022-01-02 at the earliest. To take the sale back as if "
    "it had never been, undo it."
)
NOT_OWNED = (
    "Nothing is owned of LIC on 2023-01-01: its days are 2022-01-01 to 2022-12-31. Give one of these as the first day."
)
REFUSED = {
    "a decrease below zero": (
        [],
        "amend LIC --quantity-change -11 --from 2022-09-01",
        "below-zero",
        "quantity-change",
        "LIC holds 10 from 2022-09-01: it cannot be lowered by 11. Lower it by 10 at most, or cancel it.",
    ),
    "a decrease that a later one leaves no room for": (
        ["amend LIC --quantity-change -8 --from 2022-11-01"],
        "amend LIC --quantity-change -3 --from 2022-09-01",
        "below-zero",
        "quantity-change",
        "LIC holds 2 from 2022-11-01: it cannot be lowered by 3. Lower it by 2 at most, or cancel it.",
    ),
    "a change of nothing": (
        [],
        "amend LIC --quantity-change 0 --from 2022-09-01",
        "no-change",
        "quantity-change",
        "A change of 0 changes nothing. Write it like +5 or -5.",
    ),
    "a change after the end": (
        [],
        "amend LIC --quantity-change +5 --from 2023-01-01",
        "outside-of-life",
        "from",
        NOT_OWNED,
    ),
    "a cancellation on the first day": (
        [],
        "cancel LIC --from 2022-01-01",
        "cancelled-before-start",
        "from",
        BEFORE_START,
    ),
    "a cancellation before the start": (
        [],
        "cancel LIC --from 2021-11-30",
        "cancelled-before-start",
        "from",
        BEFORE_START,
    ),
    "a cancellation after the end": (
        [],
        "cancel LIC --from 2023-01-01",
        "cancelled-after-end",
        "from",
        "LIC ends on 2022-12-31 by itself: there is nothing to cancel from 2023-01-01 on. Give a day up to 2022-12-31.",
    ),
    "a second cancellation": (
        ["cancel LIC --from 2022-09-01"],
        "cancel LIC --from 2022-08-01",
        "cancelled-already",
        "asset",
        "LIC is cancelled already: its last day is 2022-08-31. Undo that first to choose another day.",
    ),
    "a second renewal while one is scheduled": (
        ["renew LIC --term 12"],
        "renew LIC --term 12",
        "renewal-scheduled",
        "asset",
        (
            "A renewal of LIC is scheduled already; it now runs to 2023-12-31. Undo it first to renew on other terms, "
            "or amend it."
        ),
    ),
    "a renewal of what was sold once": (
        [],
        "renew ROUTER --term 12",
        "one-time",
        "asset",
        "ROUTER was sold once and has no term that could be renewed. Sell it again instead.",
    ),
    "a renewal of what has no end": (
        [],
        "renew PLAT --term 12",
        "evergreen",
        "asset",
        "PLAT is evergreen: it runs until it is cancelled and needs no renewal.",
    ),
    "a renewal of what is cancelled": (
        ["cancel LIC --from 2022-09-01"],
        "renew LIC --term 12",
        "cancelled",
        "asset",
        "LIC is cancelled. Sell it again instead.",
    ),
    "a change of what was transferred": (
        ["transfer LIC --to Belmont --from 2022-09-01"],
        "amend AST-000001 --quantity-change +5 --from 2022-10-01",
        "ended",
        "asset",
        "LIC has ended for good: its last day is 2022-08-31. Undo that first, or sell it again.",
    ),
    "a transfer of more than there is": (
        [],
        "transfer LIC --to Belmont --from 2022-09-01 --quantity 11",
        "below-zero",
        "quantity",
        "LIC holds 10 from 2022-09-01 on. Transfer more than 0 and 10 at most.",
    ),
    "a transfer to the same customer": (
        [],
        "transfer LIC --to Acme --from 2022-09-01",
        "same-account",
        "to",
        "LIC belongs to Acme already. Name another account.",
    ),
    "a swap for the same product": (
        [],
        "swap LIC --to LIC --from 2022-09-01",
        "same-product",
        "to",
        "LIC is of that product already. Name another one, or amend it.",
    ),
    "the price that it has": (
        [],
        "reprice LIC --price 10 --from 2022-09-01",
        "no-change",
        "price",
        "LIC has that price already from 2022-09-01 on.",
    ),
    "the end that it has": (
        [],
        "extend LIC --end 2022-12-31",
        "no-change",
        "end",
        "LIC ends on 2022-12-31 already.",
    ),
    "a change of a pause": (
        ["pause LIC --from 2022-09-01"],
        "amend LIC --quantity-change +5 --from 2022-08-01",
        "paused",
        "from",
        "LIC is paused from 2022-09-01. Resume it first, or change it from a later day.",
    ),
    "a resumption of what runs": (
        [],
        "resume LIC --from 2022-09-01",
        "not-paused",
        "from",
        "LIC is not paused on 2022-09-01. Give a day of its pause as the first one that counts again.",
    ),
    "a day that is none": (
        [],
        "amend LIC --quantity-change +5 --from 2022-02-30",
        "bad-date",
        "from",
        "from: there is no day 2022-02-30. Check day and month.",
    ),
}


@pytest.mark.parametrize(("before", "line", "code", "field", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_says_why_and_what_to_do(
    shop: CommandLine, before: list[str], line: str, code: str, field: str, message: str
) -> None:
    for earlier in before:
        shop(*typed(earlier))
    known = lists(shop)
    (problem,) = shop.refused(*typed(line))
    assert (problem["code"], problem["field"], problem["message"]) == (code, field, message)
    assert shop.refused(*typed(line), "--dry-run") == [problem]
    assert shop.refused(*typed(line), "--yes") == [problem]
    assert lists(shop) == known


def test_problems_are_one_json_document_of_a_known_shape(shop: CommandLine) -> None:
    answer = shop.say("--json", *typed("amend LIC --quantity-change -11 --from 2022-09-01"))
    assert answer.code == 1
    assert answer.json == {
        "problems": [
            {
                "code": "below-zero",
                "field": "quantity-change",
                "message": "LIC holds 10 from 2022-09-01: it cannot be lowered by 11. Lower it by 10 at most, "
                "or cancel it.",
                "place": "LIC",
                "overridable": False,
            }
        ]
    }


def test_without_json_the_words_are_on_stderr(shop: CommandLine) -> None:
    answer = shop.say(*typed("cancel LIC --from 2023-01-01"))
    assert (answer.code, answer.out) == (1, "")
    assert "LIC ends on 2022-12-31 by itself: there is nothing to cancel from 2023-01-01 on." in answer.err


def test_all_refusals_of_a_renewal_come_at_once(shop: CommandLine) -> None:
    problems = shop.refused(*typed("renew ROUTER PLAT --term 12"))
    assert [problem["code"] for problem in problems] == ["one-time", "evergreen"]


BACK_DATED = (
    "The change from 2022-05-16 reaches into days that are invoiced already, up to 2022-06-30: a credit of 75.81 USD "
    "follows. State a reason to go on, or choose a day from 2022-06-15 on."
)


@pytest.fixture
def billed(shop: CommandLine) -> CommandLine:
    """Invoiced through 15 June."""
    shop(*typed("invoice --through 2022-06-15"))
    return shop


def test_a_back_dated_change_into_invoiced_months_is_previewed_with_its_credit(billed: CommandLine) -> None:
    shown = billed(*typed("amend LIC --quantity-change -5 --from 2022-05-16 --dry-run"))
    (needed,) = shown["overrides_needed"]
    assert (needed["code"], needed["field"], needed["message"]) == ("back-dated", "from", BACK_DATED)
    found = [
        (item["start"], item["end"], item["amount"])
        for plan in shown["assets"][0]["billing"]["schedules"]
        for item in plan["items"]
        if item["kind"] == "credit"
    ]
    assert found == [("2022-05-16", "2022-05-31", "-25.81"), ("2022-06-01", "2022-06-30", "-50.00")]


def test_a_back_dated_change_into_invoiced_months_is_refused(billed: CommandLine) -> None:
    known = lists(billed)
    for words in ((), ("--yes",)):
        (problem,) = billed.refused(*typed("amend LIC --quantity-change -5 --from 2022-05-16"), *words)
        assert problem == {
            "code": "back-dated",
            "field": "from",
            "message": BACK_DATED,
            "place": "",
            "overridable": True,
        }
    assert lists(billed) == known


def test_a_back_dated_change_is_made_for_a_stated_reason(billed: CommandLine) -> None:
    line = typed("amend LIC --quantity-change -5 --from 2022-05-16")
    stored = billed(*line, "--override", "counted wrong in May")
    assert stored["assets"][0]["state_periods"] == [
        {"start": "2022-01-01", "end": "2022-05-15", "quantity": "10", "amount": "448.39", "mrr": "100.00"},
        {"start": "2022-05-16", "end": "2022-12-31", "quantity": "5", "amount": "375.80", "mrr": "50.00"},
    ]
    made = billed(*typed("invoice --through 2022-06-30"))
    assert [line["amount"] for each in made["invoices"] for line in each["lines"]] == ["-25.81", "-50.00"]
    assert reasons(billed) == [("back-dated", BACK_DATED, "counted wrong in May")]


def reasons(calm: CommandLine) -> list[tuple[str, str, str]]:
    """What was recorded of refusals that were overridden."""
    import sqlite3

    connection = sqlite3.connect(calm.store)
    try:
        return [tuple(row) for row in connection.execute('select code, message, reason from "override"')]
    finally:
        connection.close()


def test_a_reason_overrides_no_refusal_that_cannot_be_overridden(billed: CommandLine) -> None:
    line = typed("amend LIC --quantity-change -11 --from 2022-09-01")
    (problem,) = billed.refused(*line, "--override", "because")
    assert problem["code"] == "below-zero"


def test_an_undo_names_what_stands_on_the_action(shop: CommandLine) -> None:
    first, second = (
        shop(*typed(f"amend LIC --quantity-change {change} --from {day}"))["assets"][0]["actions"][-1]["id"]
        for change, day in (("+5", "2022-09-01"), ("-3", "2022-10-01"))
    )
    (problem,) = shop.refused(*typed(f"undo {first}"))
    assert (problem["code"], problem["field"], problem["message"]) == (
        "later-action",
        "action",
        f"Downsells of LIC from 2022-10-01 ({second}) was recorded after it. Undo that first.",
    )
    shop(*typed(f"undo {second}"))
    (again,) = shop.refused(*typed(f"undo {second}"))
    assert (again["code"], again["message"]) == ("undone-already", "This action of LIC was undone already.")


def test_an_undo_names_the_invoices_that_bill_the_action(billed: CommandLine) -> None:
    sale = billed("show", "asset", "LIC")["actions"][0]["id"]
    (problem,) = billed.refused(*typed(f"undo {sale}"))
    assert problem["code"] == "invoiced"
    assert problem["message"].startswith("It is invoiced: INV-000001, INV-000002, INV-000003, ")
    assert problem["message"].endswith(
        "Void or drop that first, or amend or cancel LIC instead, and what is billed is credited."
    )
