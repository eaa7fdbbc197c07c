"""Workbooks are read like tables, exactly, and those that would fill the memory are refused before they do."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from xlsxwriter import Workbook

from calm_desktop.formats import workbooks
from calm_desktop.formats.drafts import ReadResult
from calm_desktop.formats.mapping import parse_mapping
from calm_desktop.formats.reading import read

TODAY = date(2026, 11, 22)
HEADER = ["order", "account", "product", "quantity", "price", "start"]
ODS_CELL = '<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p></table:table-cell>'
ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    "<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body></office:document-content>"
)


def xlsx(**sheets: list[list[Any]]) -> bytes:
    content = io.BytesIO()
    book = Workbook(content, {"in_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                else:
                    sheet.write(number, column, cell)
    book.close()
    return content.getvalue()


def ods(*rows: str) -> bytes:
    content = io.BytesIO()
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        table = f'<table:table table:name="Sheet">{"".join(rows)}</table:table>'
        archive.writestr("content.xml", ODS.format(sheets=table))
    return content.getvalue()


def ods_row(*texts: str, repeats: int = 1, cell_repeats: int = 1) -> str:
    more = f' table:number-columns-repeated="{cell_repeats}"' if cell_repeats > 1 else ""
    cells = "".join(ODS_CELL.format(more=more, text=text) for text in texts)
    return f'<table:table-row table:number-rows-repeated="{repeats}">{cells}</table:table-row>'


def changed(book: bytes, old: bytes, new: bytes) -> bytes:
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book)) as before,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(old, new))
    return content.getvalue()


def read_book(content: bytes, mapping: str | None = None) -> ReadResult:
    return read([("book.xlsx", io.BytesIO(content))], today=TODAY, mapping=parse_mapping(mapping) if mapping else None)


ROWS: list[list[Any]] = [
    HEADER,
    ["1", "Acme", "LIC", 3, 2.55, date(2026, 1, 31)],
    ["2", "Acme", "LIC", 17850.0, 0.1 + 0.2, date(2026, 2, 1)],
]


def test_a_workbook_is_a_table_with_days_and_exact_numbers() -> None:
    result = read_book(xlsx(Orders=ROWS))
    assert result.problems == ()
    assert [(line.row, line.quantity, line.unit_price, line.start) for line in result.lines] == [
        (2, Decimal(3), Decimal("2.55"), date(2026, 1, 31)),
        (3, Decimal(17850), Decimal("0.3"), date(2026, 2, 1)),
    ]


def test_numbers_of_a_workbook_are_numbers_whatever_the_mapping_says_of_texts() -> None:
    mapping = (
        '{"name": "x", "decimals": "1.234,56", "dates": "day first", "fields": {"order": "order", "account": "account",'
        ' "product": "product", "quantity": "quantity", "price": "price", "start": "start"}}'
    )
    rows = [*ROWS, ["3", "Acme", "LIC", "1.000", "2,50", "01.02.2026"]]
    result = read_book(xlsx(Orders=rows), mapping)
    assert result.problems == ()
    assert [(line.quantity, line.unit_price, line.start) for line in result.lines][1:] == [
        (Decimal(17850), Decimal("0.3"), date(2026, 2, 1)),
        (Decimal(1000), Decimal("2.5"), date(2026, 2, 1)),
    ]


def test_each_sheet_is_a_table_of_its_own() -> None:
    result = read_book(xlsx(Orders=ROWS, Notes=[["Remember", "the milk"]], Nothing=[]))
    assert len(result.lines) == 2
    assert [(problem.file, problem.found) for problem in result.problems] == [
        ("book.xlsx [Notes]", "a table with columns of its own")
    ]
    assert {line.file for line in result.lines} == {"book.xlsx [Orders]"}


def test_an_opendocument_sheet_is_read_too_and_its_endless_empty_rows_are_none() -> None:
    row = ods_row("1", "Acme", "LIC", "3", "2.55", "2026-01-31")
    nothing = '<table:table-cell table:number-columns-repeated="16384"/>'
    empty = f'<table:table-row table:number-rows-repeated="1048570">{nothing}</table:table-row>'
    result = read_book(ods(ods_row(*HEADER), row, empty))
    assert result.problems == ()
    assert [(line.quantity, line.unit_price, line.start) for line in result.lines] == [
        (Decimal(3), Decimal("2.55"), date(2026, 1, 31))
    ]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (changed(xlsx(A=ROWS), b'r="A3"', b'r="XFD1048576"'), "a sheet of 1,048,576 rows by 16,384 columns"),
        (changed(xlsx(A=ROWS), b'<c r="A3"', b"<c r='ZZZ99999999'"), "a sheet of 99,999,999 rows by 18,278 columns"),
        (ods(ods_row("x", repeats=1_048_576, cell_repeats=16_384)), "sheets with more than 300 million characters"),
        (ods(ods_row("x" * 1000, repeats=1_000_000)), "sheets with more than 300 million characters"),
        (changed(xlsx(A=ROWS), b"<sheetData>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><sheetData>"), "a damaged workbook"),
        (changed(xlsx(A=ROWS), b"<sheetData>", b"<sheetData>" + b"<row>" * 200), "a damaged workbook"),
        (xlsx(A=ROWS)[:-30], "a damaged workbook"),
        (xlsx(A=[]), "a workbook without rows"),
    ],
    ids=["far cell", "false cell", "repeated cells", "repeated text", "entities", "depth", "cut", "empty"],
)  # fmt: skip
def test_a_workbook_that_is_made_to_break_a_reader_is_told_of(content: bytes, found: str) -> None:
    result = read_book(content)
    assert [problem.found for problem in result.problems] == [found]
    assert result.read == 0


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_BYTES", 5_000_000)
    book = changed(xlsx(A=ROWS), b"</sst>", b" " * 6_000_000 + b"</sst>")
    assert len(book) < 30_000
    assert [problem.found for problem in read_book(book).problems] == ["a workbook that unpacks to more than 5 MB"]


def test_a_text_that_many_cells_share_counts_for_each_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_TEXT", 1_000_000)
    book = xlsx(A=[["x" * 30_000]] * 40)
    assert [problem.expected for problem in read_book(book).problems] == ["at most 12 million cells in a sheet"]


def test_a_zip_archive_that_is_no_workbook_is_told() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("orders.csv", "order\n1\n")
    assert [problem.found for problem in read_book(content.getvalue()).problems] == [
        "a zip archive that is no XLSX or ODS workbook"
    ]
