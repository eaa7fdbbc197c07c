"""Lists: filters, tables to read, and CSV files with plain numbers and no formulas."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from calm_desktop.services.views import listing, listings
from tests.command_line import CommandLine


@pytest.fixture
def trade(calm: CommandLine) -> CommandLine:
    """Two customers with a licence each, one of them renewed, both invoiced for the first quarter."""
    calm("product", "add", "Licence", "--code", "LIC", "--price", "10")
    for account, start in (("Acme", "2022-01-01"), ("Beta", "2022-02-01")):
        sale = ("sell", "--create", "--account", account, "--product", "LIC", "--quantity", "10", "--start", start)
        calm("--today", start, *sale, "--term", "12")
    calm("--today", "2022-10-15", "renew", "AST-000001", "--term", "12")
    calm("invoice", "--through", "2022-03-31")
    return calm


def counts(calm: CommandLine, *words: str) -> int:
    answer = calm("list", *words)
    assert answer["count"] == len(answer["rows"])
    return int(answer["count"])


def test_every_list_answers_with_rows_and_their_count(trade: CommandLine) -> None:
    kinds = ("accounts", "assets", "actions", "orders", "invoices", "invoice-lines", "products", "events", "imports")
    assert [counts(trade, kind) for kind in kinds] == [2, 2, 3, 3, 5, 5, 1, 8, 0]
    assert [row["name"] for row in trade("list", "formats")["rows"]] == [
        "calm-csv", "calm-json", "mapped-csv", "baremetrics", "chargebee", "chartmogul", "quickbooks", "salesforce",
        "shopify", "stripe", "woocommerce", "xero",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("actions", "--account", "Acme"), 2),
        (("actions", "--asset", "AST-000002"), 1),
        (("actions", "--category", "Renewals"), 1),
        (("actions", "--category", "renewals"), 1),
        (("actions", "--from", "2022-02-01", "--to", "2022-12-31"), 1),
        (("invoices", "--account", "Beta"), 2),
        (("invoices", "--from", "2022-02-01", "--to", "2022-02-28"), 2),
        (("invoice-lines", "--asset", "AST-000001"), 3),
        (("assets", "--account", "Beta"), 1),
        (("orders", "--account", "Acme"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_filters(trade: CommandLine, words: tuple[str, ...], count: int) -> None:
    assert counts(trade, *words) == count


def test_figures_hold_as_of_a_day(trade: CommandLine) -> None:
    as_of = [trade("list", "assets", "--as-of", day)["rows"][0]["mrr"] for day in ("2021-12-31", "2022-01-01")]
    assert as_of == ["0.00", "100.00"]


def test_a_list_to_read(trade: CommandLine) -> None:
    said = trade.say("list", "invoices", "--account", "Beta", "--from", "2022-03-01")
    [row] = [line.split() for line in said.out.splitlines() if line.startswith("INV")]
    assert row[1:4] + row[5:12] == [
        "Beta",
        "Posted",
        "Not",
        "2022-03-01",
        "2022-03-31",
        "100.00",
        "0.00",
        "100.00",
        "100.00",
        "USD",
    ]


def test_an_empty_list_says_so(calm: CommandLine) -> None:
    assert calm.say("list", "invoice-lines").out.strip() == "No invoice lines."


def test_csv_has_plain_numbers_and_days(trade: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "actions.csv"
    answer = trade("list", "actions", "--csv", str(file))
    assert (answer["count"], answer["csv"]) == (3, str(file))
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["effective_date"], row["category"], row["quantity_change"], row["amount_change"]) for row in rows] == [
        ("2022-01-01", "Initial Sale", "10", "1200.00"),
        ("2022-02-01", "Initial Sale", "10", "1200.00"),
        ("2023-01-01", "Renewals", "0", "1200.00"),
    ]


@pytest.mark.parametrize("what", listings.WHOLE)
def test_a_file_is_the_same_whether_rows_are_held_or_read_in_portions(
    trade: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(listing, "_READ_AT_ONCE", 2)
    files = [tmp_path / name for name in ("held.csv", "read.csv", "held.xlsx", "read.xlsx")]
    held, read, held_book, read_book = files
    count = trade("list", what, "--csv", str(held), "--xlsx", str(held_book))["count"]
    said = trade.say("list", what, "--csv", str(read), "--xlsx", str(read_book)).out
    assert said.strip() == f"{count} rows are in {read} and in {read_book}."
    assert read.read_bytes() == held.read_bytes()
    document = trade.say("--json", "list", what).out
    assert document == json.dumps(json.loads(document), indent=2) + "\n"
    assert json.loads(document)["count"] == len(json.loads(document)["rows"]) == count
    (whole,), (parts,) = (load_workbook(file).worksheets for file in (held_book, read_book))
    assert list(parts.values) == list(whole.values)


def test_csv_has_no_text_that_a_spreadsheet_takes_for_a_formula(calm: CommandLine, tmp_path: Path) -> None:
    for name in ("=1+1", "+4930", "@SUM(A1)", '-2"quote', "Plain, with comma"):
        calm("account", "add", "--", name)
    file = tmp_path / "accounts.csv"
    calm("list", "accounts", "--csv", str(file))
    with file.open(encoding="utf-8", newline="") as stream:
        names = sorted(row["name"] for row in csv.DictReader(stream))
    assert names == ["'+4930", "'-2\"quote", "'=1+1", "'@SUM(A1)", "Plain, with comma"]


def test_an_empty_csv_is_made_all_the_same(calm: CommandLine, tmp_path: Path) -> None:
    assert calm("list", "assets", "--csv", str(tmp_path / "none.csv"))["count"] == 0
    assert (tmp_path / "none.csv").exists()


def test_the_store_is_not_overwritten_by_a_list(trade: CommandLine) -> None:
    [problem] = trade.refused("list", "assets", "--csv", str(trade.store))
    assert problem["code"] == "file-is-store"


def test_a_csv_that_cannot_be_written_is_told_in_words(trade: CommandLine, tmp_path: Path) -> None:
    [problem] = trade.refused("list", "assets", "--csv", str(tmp_path / "no" / "such" / "x.csv"))
    assert problem["code"] == "fault"


def test_xlsx_has_real_numbers_and_days(trade: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "actions.xlsx"
    answer = trade("list", "actions", "--xlsx", str(file))
    assert (answer["count"], answer["xlsx"]) == (3, str(file))
    [sheet] = load_workbook(file).worksheets
    assert sheet.title == "Actions"
    headings, *rows = sheet.values
    wanted = ("effective_date", "category", "quantity_change", "amount_change", "currency")
    assert [tuple(dict(zip(headings, row, strict=True))[field] for field in wanted) for row in rows] == [
        (datetime(2022, 1, 1), "Initial Sale", 10, 1200, "USD"),
        (datetime(2022, 2, 1), "Initial Sale", 10, 1200, "USD"),
        (datetime(2023, 1, 1), "Renewals", 0, 1200, "USD"),
    ]
    assert sheet.cell(2, headings.index("amount_change") + 1).number_format == "[$USD] #,##0.00"


def test_every_list_goes_to_a_workbook(trade: CommandLine, tmp_path: Path) -> None:
    kinds = ("accounts", "assets", "actions", "orders", "invoices", "invoice-lines", "products", "events", "formats")
    rows = []
    for kind in kinds:
        trade("list", kind, "--xlsx", str(tmp_path / f"{kind}.xlsx"))
        [sheet] = load_workbook(tmp_path / f"{kind}.xlsx").worksheets
        rows.append(sheet.max_row - 1)
    assert rows == [2, 2, 3, 3, 5, 5, 1, 8, 12]


def test_prices_have_their_currency_and_lists_are_json(trade: CommandLine, tmp_path: Path) -> None:
    trade("list", "products", "--xlsx", str(tmp_path / "p.xlsx"), "--csv", str(tmp_path / "p.csv"))
    sheet = load_workbook(tmp_path / "p.xlsx")["Products"]
    headings, values = sheet.values
    price, prices = (values[headings.index(field)] for field in ("price", "prices"))
    assert price == 10
    assert sheet.cell(2, headings.index("price") + 1).number_format == "[$USD] #,##0.00"
    assert [entry["price"] for entry in json.loads(prices)] == ["10.00"]
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as stream:
        [row] = csv.DictReader(stream)
    assert (row["price"], row["prices"]) == ("10.00", prices)


def test_a_store_that_is_named_by_a_url_is_not_overwritten_either(trade: CommandLine) -> None:
    words = ("--store", f"sqlite:///{trade.store}", "--json", "list", "assets", "--csv", str(trade.store))
    said = trade.bare(*words)
    assert (said.code, json.loads(said.out)["problems"][0]["code"]) == (1, "file-is-store")


def test_a_list_in_files_says_where(trade: CommandLine, tmp_path: Path) -> None:
    sheet, text = str(tmp_path / "a.xlsx"), str(tmp_path / "a.csv")
    said = trade.say("list", "assets", "--csv", text, "--xlsx", sheet)
    assert said.out.strip() == f"2 rows are in {text} and in {sheet}."
    assert trade.say("list", "products", "--csv", text).out.strip() == f"1 row is in {text}."


def test_an_empty_workbook_is_made_all_the_same(calm: CommandLine, tmp_path: Path) -> None:
    assert calm("list", "assets", "--xlsx", str(tmp_path / "none.xlsx"))["count"] == 0
    assert load_workbook(tmp_path / "none.xlsx")["Assets"]["A1"].value is None


def test_a_workbook_never_takes_the_place_of_the_store(trade: CommandLine) -> None:
    [problem] = trade.refused("list", "assets", "--xlsx", str(trade.store))
    assert (problem["code"], problem["field"]) == ("file-is-store", "xlsx")


def test_one_file_cannot_be_both(trade: CommandLine, tmp_path: Path) -> None:
    [problem] = trade.refused("list", "assets", "--csv", str(tmp_path / "x"), "--xlsx", str(tmp_path / "x"))
    assert (problem["code"], problem["field"]) == ("same-file", "xlsx")
    assert not (tmp_path / "x").exists()


def test_a_workbook_that_cannot_be_written_is_told_in_words(trade: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "no" / "such" / "x.xlsx"
    [problem] = trade.refused("list", "assets", "--xlsx", str(file))
    assert problem["message"] == (
        f"{file} cannot be written: No such file or directory. Choose another place, or make room."
    )


def test_one_thing_whole_by_id_number_or_name(trade: CommandLine) -> None:
    shown = trade("show", "asset", "AST-000001")
    assert trade("show", "asset", shown["asset"]["id"]) == shown
    assert trade("show", "account", "acme")["account"]["name"] == "Acme"
    [problem] = trade.refused("show", "asset", "Licence")
    assert problem["code"] == "ambiguous-asset"
    order = trade("show", "order", "00000003")
    assert (order["order"]["kind"], [asset["number"] for asset in order["assets"]]) == ("Renew", ["AST-000001"])
    invoice = trade("show", "invoice", "INV-000001")
    assert (invoice["invoice"]["total"], [line["type"] for line in invoice["lines"]]) == ("100.00", ["Charge"])
    action = trade("list", "actions", "--category", "Renewals")["rows"][0]["id"]
    assert trade("show", "action", action)["action"]["amount_change"] == "1200.00"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("account", "Acme"), "Account Acme"),
        (("asset", "AST-000001"), "Asset Licence"),
        (("order", "00000003"), "Order 00000003 (Renew, Activated) for Acme: 1,200.00 USD"),
        (("invoice", "INV-000001"), "Invoice INV-000001 (Posted, Not Settled) for Acme"),
    ],
)
def test_one_thing_to_read(trade: CommandLine, words: tuple[str, str], expected: str) -> None:
    assert expected in trade.say("show", *words).out.splitlines()
