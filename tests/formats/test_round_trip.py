"""What is written in any separator, encoding and way of writing numbers and days reads back the same."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from calm_desktop.engine.catalog import Category, Kind, PriceUnit
from calm_desktop.engine.dates import Frequency, Partial, Remainder, Timing
from calm_desktop.engine.fields import CustomField, FieldObject, FieldType
from calm_desktop.formats.bad_rows import guarded
from calm_desktop.formats.drafts import OrderLine
from calm_desktop.formats.mapping import parse_mapping
from calm_desktop.formats.reading import read
from calm_desktop.formats.text_files import SEPARATORS
from calm_desktop.formats.writing import DATES, ENCODINGS, Style, orders_json, write_csv, write_xlsx
from tests.formats.test_workbooks import ods, ods_row

TODAY = date(2026, 11, 22)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))
NUMBERS = st.decimals(Decimal("0.000001"), Decimal(999999999999), places=6, allow_nan=False)
WORDS = st.text(st.characters(codec="cp1252", categories=("L", "N", "P", "S")), min_size=1, max_size=12)
ROWS = st.lists(st.tuples(WORDS, WORDS, WORDS, NUMBERS, NUMBERS, DAYS), min_size=1, max_size=8)
POINTS = {"1,234.56": (",", "."), "1.234,56": (".", ","), "1 234,56": (" ", ","), "1'234.56": ("'", ".")}
PATTERNS = {"iso": "%Y-%m-%d", "day first": "%d/%m/%Y", "month first": "%m.%d.%Y", "%Y%m%d": "%Y%m%d"}
COLUMNS = {"order": "No", "account": "Who", "product": "What", "quantity": "Many", "price": "Price", "start": "Since"}


def written(number: Decimal, style: str, grouped: bool) -> str:
    group, point = POINTS[style]
    whole, _, part = f"{number:,.6f}".partition(".")
    return whole.replace(",", group if grouped else "") + point + part


def facts(line: OrderLine) -> tuple[Any, ...]:
    return line.order_ref, line.account_ref, line.product_code, line.quantity, line.unit_price, line.start


# ------------------------------------------------------------------------------------------- any table, by a mapping


@given(
    rows=ROWS,
    separator=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    style=st.sampled_from(list(POINTS)),
    dates=st.sampled_from(list(PATTERNS)),
    grouped=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_orders_written_in_any_style_read_back_the_same(
    rows: list[tuple[str, str, str, Decimal, Decimal, date]],
    separator: str,
    encoding: str,
    style: str,
    dates: str,
    grouped: bool,
    line_end: str,
) -> None:
    table = io.StringIO(newline="")
    writer = csv.writer(table, delimiter=separator, lineterminator=line_end)
    writer.writerow(COLUMNS.values())
    for order, account, product, quantity, price, start in rows:
        numbers = (written(quantity, style, grouped), written(price, style, grouped))
        writer.writerow([order, account, product, *numbers, f"{start:{PATTERNS[dates]}}"])
    mapping = parse_mapping(
        json.dumps({"name": "x", "encoding": encoding, "dates": dates, "decimals": style, "fields": COLUMNS})
    )
    result = read([("x", io.BytesIO(table.getvalue().encode(encoding)))], today=TODAY, mapping=mapping)
    assert result.problems == ()
    assert [facts(line) for line in result.lines] == rows


@given(
    rows=ROWS,
    form=st.sampled_from(["JSON", "JSON lines", "XLSX", "ODS", "fixed width", "|+|"]),
    style=st.sampled_from(list(POINTS)),
)
@settings(max_examples=60)
def test_orders_in_other_containers_read_back_the_same(rows: list[Any], form: str, style: str) -> None:
    cells = [
        [order, account, product, written(quantity, style, True), written(price, style, False), start.isoformat()]
        for order, account, product, quantity, price, start in rows
    ]
    settings: dict[str, Any] = {"name": "x", "decimals": style, "fields": COLUMNS}
    if form == "XLSX":
        content = in_workbook([list(COLUMNS.values()), *cells])
    elif form == "ODS":
        content = ods(*(ods_row(*map(escape, row)) for row in ([*COLUMNS.values()], *cells)))
    elif form == "fixed width":
        widths = [max(map(len, column)) + 1 for column in zip(COLUMNS.values(), *cells, strict=True)]
        padded = [
            [text.ljust(width) for text, width in zip(row, widths, strict=True)] for row in (COLUMNS.values(), *cells)
        ]
        content = "\n".join(map("".join, padded)).encode()
        settings["widths"] = widths
    elif form == "|+|":
        table = io.StringIO(newline="")
        csv.writer(table, delimiter="\x1f").writerows([COLUMNS.values(), *cells])
        content = table.getvalue().replace("\x1f", "|+|").encode()
        settings["separator"] = "|+|"
    else:
        records = [dict(zip(COLUMNS.values(), row, strict=True)) for row in cells]
        lines = [json.dumps(record) for record in [*records, *records[:1]]]  # one line alone is a document
        content = ("\n".join(lines) if form == "JSON lines" else json.dumps({"rows": records})).encode()
    result = read([("x", io.BytesIO(content))], today=TODAY, mapping=parse_mapping(json.dumps(settings)))
    assert result.problems == ()
    assert [facts(line) for line in result.lines][: len(rows)] == rows


def in_workbook(table: list[list[str]]) -> bytes:
    content = io.BytesIO()
    book = Workbook(content, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(table):
        for column, text in enumerate(row):
            sheet.write_string(number, column, text)
    book.close()
    return content.getvalue()


# ------------------------------------------------------------------------------------------- our own formats


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


@st.composite
def order_texts(draw: st.DrawFn) -> dict[str, str]:
    """A line of our own CSV in which all that is said agrees."""
    start = draw(st.dates(date(1950, 1, 1), date(2100, 1, 1)))
    end = draw(optional(st.integers(1, 900)))
    found: dict[str, Any] = {
        "order": draw(st.sampled_from(["SO-1", "SO-2", "007"])),
        "line": draw(optional(WORDS)),
        "account": draw(WORDS),
        "account_name": draw(optional(WORDS)),
        "product": draw(WORDS),
        "kind": draw(optional(st.sampled_from(Kind))),
        "currency": draw(optional(st.sampled_from(["USD", "JPY"]))),
        "quantity": draw(NUMBERS),
        "price": draw(optional(NUMBERS)),
        "price_unit": draw(optional(st.sampled_from(PriceUnit))),
        "discount": draw(optional(st.decimals(0, 100, places=4))),
        "order_date": draw(optional(DAYS)),
        "start": start,
        "end": None if end is None else start + timedelta(days=end),
        "frequency": draw(optional(st.sampled_from(Frequency))),
        "timing": draw(optional(st.sampled_from(Timing))),
        "boundary": draw(optional(st.sampled_from(["calendar", "day:31", "last-day"]))),
        "partial": draw(optional(st.sampled_from(Partial))),
        "remainder": draw(optional(st.sampled_from(Remainder))),
        "category": draw(optional(st.sampled_from(Category))),
        "source": draw(optional(st.just("work-order:WO-7/2"))),
        "free_months": draw(optional(st.integers(0, 3))),
        "cancel_from": None if end is None else draw(optional(st.just(start + timedelta(days=1)))),
        "billed_through": draw(optional(st.just(start))),
    }
    return {name: "" if value is None else str(value) for name, value in found.items()}


def read_lines(
    content: bytes, customs: Sequence[CustomField] = (), parameters: dict[str, str] | None = None
) -> list[OrderLine]:
    result = read([("orders", io.BytesIO(content))], today=TODAY, customs=customs, parameters=parameters)
    assert result.problems == ()
    return [line._replace(row=0, file="") for line in result.lines]


def in_our_csv(lines: Sequence[OrderLine], style: Style = Style()) -> bytes:  # noqa: B008 - frozen
    with TemporaryDirectory() as folder:
        write_csv(path := Path(folder) / "orders.csv", lines, style)
        return path.read_bytes()


def in_our_workbook(lines: Sequence[OrderLine]) -> bytes:
    with TemporaryDirectory() as folder:
        write_xlsx(path := Path(folder) / "orders.xlsx", lines)
        return path.read_bytes()


STYLES = st.builds(
    Style,
    separator=st.sampled_from(SEPARATORS),
    encoding=st.sampled_from(ENCODINGS),
    decimals=st.sampled_from(list(POINTS)),
    dates=st.sampled_from(list(DATES)),
)


@given(st.lists(order_texts(), min_size=1, max_size=4), STYLES)
@settings(max_examples=25)
def test_what_is_read_can_be_written_in_each_of_our_formats_and_reads_back_the_same(
    rows: list[dict[str, str]], style: Style
) -> None:
    table = io.StringIO(newline="")
    csv.writer(table).writerows([rows[0], *([guarded(text) for text in row.values()] for row in rows)])
    lines = read_lines(table.getvalue().encode())
    assert read_lines(orders_json(lines).encode()) == lines
    told = {"dates": style.dates, "decimals": style.decimals}
    assert read_lines(in_our_csv(lines, style), parameters=told) == lines
    assert read_lines(in_our_workbook(lines)) == lines


def test_what_a_spreadsheet_would_run_is_a_text_in_the_file_and_reads_back_as_it_was() -> None:
    table = "order,account,product,quantity,start\n1,'=HYPERLINK(1),'-LIC,1,2026-01-01\n2,''@x,-5,1,2026-01-01\n"
    lines = read_lines(table.encode())
    assert [(line.account_ref, line.product_code) for line in lines] == [("=HYPERLINK(1)", "-LIC"), ("'@x", "-5")]
    assert in_our_csv(lines).decode("utf-8-sig") == table.replace("\n", "\r\n")
    assert read_lines(in_our_workbook(lines)) == lines


def test_fields_of_ones_own_are_written_and_read_back_in_each_of_our_formats() -> None:
    region = CustomField(1, FieldObject.ACCOUNT, "Region", "Region", FieldType.CHOICE, ("West", "East"))
    seats = CustomField(2, FieldObject.ORDER, "Seats", "Seats", FieldType.NUMBER)
    signed = CustomField(3, FieldObject.ASSET, "Signed_On", "Signed on", FieldType.DATE)
    customs = region, seats, signed
    text = """\
order,account,product,quantity,start,Region,Seats__c,Signed on
SO-1,Acme,LIC,1,2026-01-01,west,12.50,2026-02-03
SO-1,Acme,KIT,1,2026-01-01,,,
"""
    lines = read_lines(text.encode(), customs)
    assert [line.fields for line in lines] == [
        ((region, "West"), (seats, Decimal("12.5")), (signed, date(2026, 2, 3))),
        (),
    ]
    for content in (orders_json(lines).encode(), in_our_csv(lines), in_our_workbook(lines)):
        assert read_lines(content, customs) == lines
    told = {"dates": "day first", "decimals": "1.234,56"}
    assert read_lines(in_our_csv(lines, Style(";", **told)), customs, told) == lines


def test_a_ramp_is_written_with_its_steps() -> None:
    document = {
        "orders": [
            {
                "number": "SO-7", "account": "Acme",
                "lines": [
                    {
                        "product": "LIC", "quantity": "10", "price": "10", "start": "2020-01-01", "end": "2020-12-31",
                        "steps": [{"start": "2020-07-01", "quantity": "20", "price": "9.5"}],
                    }
                ],
            }
        ]
    }  # fmt: skip
    lines = read_lines(json.dumps(document).encode())
    assert json.loads(orders_json(lines)) == document
    assert read_lines(orders_json(lines).encode()) == lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_files_of_a_set_may_each_have_their_own_encoding(encoding: str) -> None:
    text = "order,account,product,quantity,start\n1,Müller,L,1,2026-01-01\n"
    files = [("a", io.BytesIO(text.encode(encoding))), ("b", io.BytesIO(text.encode("utf-8-sig")))]
    assert [line.account_ref for line in read(files, today=TODAY).lines] == ["Müller", "Müller"]
