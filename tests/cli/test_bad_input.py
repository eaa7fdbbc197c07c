"""Bad input: a plain message that says what to do, the promised exit code, and nothing changed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.command_line import CommandLine

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
DAY_32 = (
    "boundary: 'day:32' is not a period boundary. Use anniversary, calendar, last-day, or day:N with N from 1 to 31."
)
GOOD = {"--account": "Acme", "--product": "LIC", "--quantity": "10", "--start": "2022-01-01", "--end": "2022-12-31"}


@pytest.fixture
def shop(calm: CommandLine) -> CommandLine:
    """A store with a customer and a product, and nothing sold yet."""
    calm("account", "add", "Acme")
    calm("product", "add", "Licence", "--code", "LIC", "--price", "10")
    return calm


def sale(**changed: str) -> list[str]:
    options = {**GOOD, **{f"--{name}": value for name, value in changed.items()}}
    return ["sell", *(word for option in options.items() for word in option)]


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"product": "NOPE"}, "product", "There is no product 'NOPE'. The list of products shows those that exist."),
        (
            {"account": "Nobody"},
            "account",
            "There is no account 'Nobody'. The list of accounts shows those that exist.",
        ),
        ({"quantity": "0"}, "quantity", "quantity: 0 must be more than 0 and less than 1,000,000,000,000."),
        ({"quantity": "-1"}, "quantity", "quantity: -1 must be more than 0 and less than 1,000,000,000,000."),
        ({"quantity": "abc"}, "quantity", "quantity: 'abc' is not a number. Write it like 10 or 2.5."),
        ({"quantity": "1e3"}, "quantity", "quantity: '1e3' is not a number. Write it like 10 or 2.5."),
        ({"quantity": "NaN"}, "quantity", "quantity: 'NaN' is not a number. Write it like 10 or 2.5."),
        ({"quantity": "1.1234567"}, "quantity", "quantity: 1.1234567 has more than 6 decimals. Round it."),
        (
            {"quantity": "1000000000000"},
            "quantity",
            "quantity: 1000000000000 must be more than 0 and less than 1,000,000,000,000.",
        ),
        ({"price": "-1"}, "price", "price: -1 must be at least 0 and less than 1,000,000,000,000."),
        ({"discount": "101"}, "discount", "discount: 101 must be between 0 and 100."),
        (
            {"start": "2023-01-01"},
            "end",
            "The end 2022-12-31 is before the start 2023-01-01. Both days belong to the term.",
        ),
        ({"start": "2022-02-30"}, "start", "start: there is no day 2022-02-30. Check day and month."),
        ({"start": "01.02.2022"}, "start", "start: '01.02.2022' is not a date. Write it like 2022-01-31."),
        ({"start": "1899-12-31"}, "start", "start: 1899-12-31 is outside the years 1900 to 2199."),
        (
            {"currency": "XXQ"},
            "currency",
            "There is no currency 'XXQ'. Give a code of three letters, such as USD or EUR.",
        ),
        ({"term": "12"}, "end", "Give an end or a term, not both."),
        (
            {"frequency": "hourly"},
            "frequency",
            "frequency: 'hourly' is not one of monthly, quarterly, semi-annual, annual, weekly, daily, once.",
        ),
        (
            {"boundary": "day:32"},
            "boundary",
            DAY_32,
        ),
        (
            {"source": "nowhere"},
            "source",
            "source: 'nowhere' says no place. Write it like work-order:WO-7/1 or crm:4711.",
        ),
    ],
)
def test_a_sale_with_a_bad_value(shop: CommandLine, changed: dict[str, str], field: str, words: str) -> None:
    problems = shop.refused(*sale(**changed))
    assert [(problem["field"], problem["message"]) for problem in problems] == [(field, words)]


def test_all_bad_values_are_told_at_once(shop: CommandLine) -> None:
    problems = shop.refused(*sale(quantity="abc", start="2022-02-30", price="x", partial="maybe"))
    assert [problem["field"] for problem in problems] == ["quantity", "start", "price", "partial"]


def test_an_unknown_currency_of_a_new_store_makes_none(nowhere: CommandLine) -> None:
    problems = nowhere.refused("init", "--currency", "ABC", "--time-zone", "Mars/Olympus")
    assert [problem["field"] for problem in problems] == ["currency", "time-zone"]
    assert not nowhere.store.exists()


def test_importing_a_picture(shop: CommandLine, tmp_path: Path) -> None:
    picture = tmp_path / "orders.csv"
    picture.write_bytes(PNG)
    answer = shop.say("--json", "import", str(picture))
    assert (answer.code, answer.json["batch"], answer.json["read"]) == (1, None, 0)
    assert [problem["file"] for problem in answer.json["problems"]] == ["orders.csv"]


def test_importing_a_file_that_is_missing(shop: CommandLine, tmp_path: Path) -> None:
    answer = shop.say("--json", "import", str(tmp_path / "missing.csv"))
    assert (answer.code, answer.json["problems"][0]["fix"]) == (1, "check its name and your rights")


@pytest.mark.parametrize("words", [("list", "assets"), ("check",), ("settings", "set", "auto-flow", "off")])
def test_a_store_that_is_missing(nowhere: CommandLine, words: tuple[str, ...]) -> None:
    [problem] = nowhere.refused(*words, code=3)
    assert problem["code"] == "store"
    assert "init" in problem["message"]
    assert not nowhere.store.exists()


@pytest.mark.parametrize("content", [b"Dear diary,\n", PNG], ids=["text", "picture"])
def test_a_store_that_is_another_file_is_left_as_it_is(nowhere: CommandLine, content: bytes) -> None:
    nowhere.store.write_bytes(content)
    for words in (("list", "assets"), ("init",), ("settings", "set", "auto-flow", "off")):
        answer = nowhere.say("--json", *words)
        assert (answer.code, answer.json["problems"][0]["code"]) == (3, "store")
        assert nowhere.store.read_bytes() == content


def test_a_store_from_a_newer_version(shop: CommandLine) -> None:
    with closing(sqlite3.connect(shop.store)) as connection, connection:
        connection.execute("update alembic_version set version_num = '9999'")
    [problem] = shop.refused("list", "assets", code=3)
    assert "newer" in problem["message"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user who is bound by write permissions")
def test_a_folder_without_write_permission(nowhere: CommandLine) -> None:
    folder = nowhere.store.parent
    folder.chmod(0o500)
    try:
        [problem] = nowhere.refused("init", code=3)
        assert "permission" in problem["message"].lower()
    finally:
        folder.chmod(0o700)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which nobody can make a file")
def test_a_folder_in_which_nobody_can_make_a_file(nowhere: CommandLine) -> None:
    answer = nowhere.bare("--store", "/proc/s.db", "--json", "init")
    assert (answer.code, answer.json["problems"][0]["code"]) == (3, "store")


def test_a_store_below_a_file(nowhere: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    answer = nowhere.bare("--store", str(tmp_path / "file" / "s.db"), "--json", "init")
    assert (answer.code, answer.json["problems"][0]["code"]) == (3, "store")


def test_a_url_of_no_database(nowhere: CommandLine) -> None:
    answer = nowhere.bare("--store", "nonsense://somewhere/x", "--json", "list", "assets")
    assert (answer.code, answer.json["problems"][0]["code"]) == (3, "store")


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("product", "add", "Licence", "--code", "LIC", "--price", "10"), "code"),
        (("product", "add", "X", "--code", "X", "--price", "10", "--kind", "car"), "kind"),
        (("product", "add", "X", "--code", "X", "--price", "10", "--currency", "ABC"), "currency"),
        (("product", "add", " ", "--code", "X", "--price", "10"), "name"),
        (("product", "price", "NOPE", "--price", "1", "--from", "2022-01-01"), "product"),
        (("account", "add", "B", "--bill-day", "32"), "bill-day"),
        (("account", "add", "B", "--payment-days", "x"), "payment-days"),
        (("account", "set", "Nobody", "--country", "US"), "account"),
        (("tax", "add", "standard", "--rate", "ten"), "rate"),
        (("settings", "set", "colour", "red"), "key"),
        (("renew", "NOPE"), "asset"),
        (("renew", "NOPE", "--term", "0"), "term"),
        (("set", "asset", "NOPE", "--renewal-pricing", "free"), "renewal-pricing"),
        (("activate", "NOPE"), "order"),
        (("invoice", "--through", "soon"), "through"),
        (("invoice", "--through", "2022-01-01", "--account", "Nobody"), "account"),
        (("invoice-order", "NOPE"), "order"),
        (("post", "NOPE"), "invoice"),
        (("show", "asset", "NOPE"), "asset"),
        (("list", "actions", "--category", "Gifts"), "category"),
        (("list", "actions", "--from", "2022-02-01", "--to", "2022-01-01"), "to"),
        (("import", "x.csv", "--param", "day"), "param"),
        (("import", "x.csv", "--day", "soon"), "day"),
        (("picture", "account", "Acme", "--out", "acme.doc"), "out"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_other_bad_values(shop: CommandLine, words: tuple[str, ...], field: str) -> None:
    problems = shop.refused(*words)
    assert [problem["field"] for problem in problems] == [field]
    assert problems[0]["message"].endswith(".")
