"""Rows that cannot go in: repaired while they are read, left out, or written out, mended and read again."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from calm_desktop.formats.bad_rows import bare, guarded, write_bad_rows
from calm_desktop.formats.drafts import ReadResult, RowProblem
from calm_desktop.formats.mapping import Mapping, parse_mapping
from calm_desktop.formats.reading import read, read_items
from calm_desktop.formats.repairs import ANY, Repair, repair_in

TODAY = date(2026, 11, 22)
OURS = (
    "order,line,account,product,quantity,price,start\n"
    "SO-1,1,ACME,LIC,ten,10.00,2026-01-01\n"
    "SO-1,2,ACME,LIC,3,10.00,2026-01-01\n"
    "SO-2,1,,LIC,4,10.00,2026-02-01\n"
)
SHOP = (
    "No;Who;What;Pieces;On\n7;Acme;LIC;3 pcs;2026-01-01\n;;SUP;2;\n"
    "8;Blue;LIC;=1+1;2026-01-02\n9;Cyan;LIC;5;2026-01-03\n"
)


def shop() -> Mapping:
    return parse_mapping(
        json.dumps(
            {
                "name": "shop",
                "separator": ";",
                "carry": {"key": "No"},
                "fields": {"order": "No", "account": "Who", "product": "What", "quantity": "Pieces", "start": "On"},
            }
        )
    )


def read_text(text: str, *repairs: Repair, mapping: Mapping | None = None) -> ReadResult:
    return read([("orders.csv", io.BytesIO(text.encode()))], today=TODAY, mapping=mapping, repairs=repairs)


def test_a_text_is_replaced_wherever_it_stands_and_blanks_take_a_constant() -> None:
    result = read_text(OURS, Repair("quantity", "ten", "10"), Repair("account", "", "WALK-IN"))
    assert result.problems == ()
    assert [(line.quantity, line.account_ref) for line in result.lines] == [
        (Decimal(10), "ACME"), (Decimal(3), "ACME"), (Decimal(4), "WALK-IN"),
    ]  # fmt: skip


def test_rows_are_left_out_with_their_reason_and_every_row_is_counted() -> None:
    result = read_text(OURS, Repair("quantity", "ten"), Repair("account", ANY))
    assert [(each.row, each.reason) for each in result.skipped] == [
        (2, "left out: quantity is ten"),
        (4, "left out: account cannot be understood"),
    ]
    assert (result.read, len(result.lines), result.rejected, result.problems) == (3, 1, 0, ())
    assert [each.reason for each in read_text(OURS, Repair(row=3)).skipped] == ["left out by hand"]


def test_columns_of_another_system_are_repaired_by_its_words_or_by_ours() -> None:
    result = read_text(
        SHOP, Repair("Pieces", "3 pcs", "3"), Repair("Pieces", "=1+1", "2"), Repair("account", "Acme", "A-100"),
        Repair("price", "", "9.90"), mapping=shop(),
    )  # fmt: skip
    assert result.problems == ()
    assert [(line.account_ref, line.quantity, line.unit_price) for line in result.lines] == [
        ("A-100", Decimal(3), Decimal("9.9")), ("A-100", Decimal(2), Decimal("9.9")),
        ("Blue", Decimal(2), Decimal("9.9")), ("Cyan", Decimal(5), Decimal("9.9")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "leave_out", "repair"),
    [
        ("Qty:ten=10", False, Repair("Qty", "ten", "10")),
        ("account:=WALK-IN", False, Repair("account", "", "WALK-IN")),
        ("At::Time:8::30==x=9", False, Repair("At:Time", "8:30=x", "9")),
        ("State:void", True, Repair("State", "void")),
        ("State", True, Repair("State", ANY)),
        ("Qty=10", False, None),
        ("Qty:10", False, None),
        (":10=5", False, None),
    ],
)
def test_a_repair_can_be_typed(text: str, leave_out: bool, repair: Repair | None) -> None:
    assert repair_in(text, leave_out=leave_out) == repair


def test_bad_rows_are_written_with_their_reason_and_read_again_when_mended(tmp_path: Path) -> None:
    file, target = ("orders.csv", io.BytesIO(SHOP.encode())), tmp_path / "bad.csv"
    refused: dict[tuple[str, int], tuple[RowProblem, ...]] = {
        ("orders.csv", 5): (RowProblem("orders.csv", 5, "product", "LIC", "another code", "use another"),)
    }
    written = write_bad_rows(read_items([file], today=TODAY, mapping=shop(), refused=refused), target)
    assert (written.files, written.rows, written.untold) == ((str(target),), 3, 0)
    header, *rows = csv.reader(target.read_text("utf-8-sig").splitlines())
    assert header == ["No", "Who", "What", "Pieces", "On", "Reason"]
    number = (
        "Pieces: expected a number such as 1,234.56, found {}: write digits only, without a unit or a currency sign"
    )
    assert rows == [
        ["7", "Acme", "LIC", "3 pcs", "2026-01-01", number.format("3 pcs")],
        ["8", "Blue", "LIC", "'=1+1", "2026-01-02", number.format("=1+1")],
        ["9", "Cyan", "LIC", "5", "2026-01-03", "product: expected another code, found LIC: use another"],
    ]
    mended = target.read_bytes().replace(b"3 pcs,", b"3,").replace(b"'=1+1,", b"2,")
    again = read([("mended.csv", io.BytesIO(mended))], today=TODAY, mapping=shop())
    assert again.problems == ()
    whole = read_text(SHOP.replace("3 pcs", "3").replace("=1+1", "2"), mapping=shop())
    assert {line.natural_key for line in again.lines} <= {line.natural_key for line in whole.lines}
    assert [line.order_ref for line in again.lines] == ["7", "8", "9"]


def test_our_own_rows_come_back_too(tmp_path: Path) -> None:
    target = tmp_path / "bad.csv"
    written = write_bad_rows(read_items([("o.csv", io.BytesIO((OURS + "SO-3,1\n").encode()))], today=TODAY), target)
    assert written.rows == 3
    assert target.read_text("utf-8-sig").splitlines()[-1].startswith('SO-3,1,,,,,,"expected 7 cells, as in the header')
    mended = target.read_bytes().replace(b",ten,", b",10,").replace(b"SO-2,1,,", b"SO-2,1,ACME,")
    again = read([("mended.csv", io.BytesIO(mended))], today=TODAY)
    assert [(line.order_ref, line.quantity) for line in again.lines] == [("SO-1", Decimal(10)), ("SO-2", Decimal(4))]
    assert again.rejected == 1


@pytest.mark.parametrize(
    "text", ["=1+1", "+x", "-x", "@x", "'=1", "''@", "\tx", "-5", "-1.234,50", "(5)", "x", "", "'x"]
)
def test_no_cell_is_a_formula_and_each_comes_back(text: str) -> None:
    assert bare(guarded(text)) == text
    assert guarded(text)[:1] not in ("=", "@", "\t")
