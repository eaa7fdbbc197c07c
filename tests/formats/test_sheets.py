"""Rows out: what a CSV file and a workbook hold, read back with readers that are not ours."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from calm_desktop.engine.money import Currency, Money
from calm_desktop.engine.problems import Fault, Refused
from calm_desktop.formats import sheets
from calm_desktop.formats.sheets import Cell, Price

USD, JPY, KWD = Currency("USD", 2), Currency("JPY", 0), Currency("KWD", 3)


def workbook(folder: Path, headings: tuple[str, ...], *rows: tuple[Cell, ...]) -> Any:
    sheets.write_xlsx(folder / "out.xlsx", "Invoices", headings, rows)
    [sheet] = load_workbook(folder / "out.xlsx").worksheets
    assert sheet.title == "Invoices"
    return sheet


def cell(folder: Path, value: Cell) -> Any:
    return workbook(folder, ("Value",), (value,))["A2"]


def comma_separated(folder: Path, headings: tuple[str, ...], *rows: tuple[Cell, ...]) -> list[list[str]]:
    sheets.write_csv(folder / "out.csv", headings, rows)
    with (folder / "out.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize(
    ("value", "text", "number", "shown_as"),
    [
        (Money(120_000, USD), "1200.00", 1200, "[$USD] #,##0.00"),
        (Money(-833, USD), "-8.33", -8.33, "[$USD] #,##0.00"),
        (Money(1_200, JPY), "1200", 1200, "[$JPY] #,##0"),
        (Money(1_200, KWD), "1.200", 1.2, "[$KWD] #,##0.000"),
        (Price(Decimal(10), USD), "10.00", 10, "[$USD] #,##0.00"),
        (Price(Decimal("0.125"), USD), "0.125", 0.125, "[$USD] #,##0.000"),
        (Decimal(10), "10", 10, "#,##0"),
        (Decimal("2.500000"), "2.5", 2.5, "#,##0.0"),
        (Fraction(53, 15), "3.533333333", 3.533333333, "#,##0.000000000"),
        (7, "7", 7, "#,##0"),
        (0, "0", 0, "#,##0"),
    ],
    ids=str,
)
def test_figures(tmp_path: Path, value: Cell, text: str, number: float, shown_as: str) -> None:
    assert comma_separated(tmp_path, ("Value",), (value,)) == [["Value"], [text]]
    written = cell(tmp_path, value)
    assert (written.data_type, written.value, written.number_format) == ("n", number, shown_as)


@pytest.mark.parametrize(
    ("value", "text", "day", "shown_as"),
    [
        (date(2022, 2, 28), "2022-02-28", datetime(2022, 2, 28), "yyyy-mm-dd"),
        (date(2199, 12, 31), "2199-12-31", datetime(2199, 12, 31), "yyyy-mm-dd"),
        (
            datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC),
            "2026-11-22T01:02:03+00:00",
            datetime(2026, 11, 22, 1, 2, 3),
            'yyyy-mm-dd hh:mm:ss "UTC"',
        ),
        (
            datetime(2026, 7, 1, 9, 30, tzinfo=timezone(timedelta(hours=2))),
            "2026-07-01T09:30:00+02:00",
            datetime(2026, 7, 1, 9, 30),
            'yyyy-mm-dd hh:mm:ss "UTC+02:00"',
        ),
    ],
    ids=str,
)
def test_days_and_times(tmp_path: Path, value: Cell, text: str, day: datetime, shown_as: str) -> None:
    assert comma_separated(tmp_path, ("Value",), (value,)) == [["Value"], [text]]
    written = cell(tmp_path, value)
    assert (written.data_type, written.value, written.number_format) == ("d", day, shown_as)


@pytest.mark.parametrize("text", ["Licence & care", 'Zoë, "quoted"', "00000003", "a\nb", "https://x.example"])
def test_texts_stay_as_they_are(tmp_path: Path, text: str) -> None:
    assert comma_separated(tmp_path, ("Value",), (text,)) == [["Value"], [text]]
    written = cell(tmp_path, text)
    assert (written.data_type, written.value, written.hyperlink) == ("s", text, None)


@pytest.mark.parametrize("text", ["=1+1", "+4930", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "−1"])
def test_csv_puts_an_apostrophe_before_what_would_be_a_formula(tmp_path: Path, text: str) -> None:
    assert comma_separated(tmp_path, ("Value",), (text,)) == [["Value"], [f"'{text}"]]


@pytest.mark.parametrize("text", ["=1+1", "+4930", "-2", "@SUM(A1)", "=HYPERLINK(1)", "{=SUM(A1)}"])
def test_a_workbook_keeps_what_would_be_a_formula_as_a_text(tmp_path: Path, text: str) -> None:
    written = cell(tmp_path, text)
    assert (written.data_type, written.value) == ("s", text)


def test_nothing_is_an_empty_cell(tmp_path: Path) -> None:
    assert comma_separated(tmp_path, ("A", "B"), (None, "")) == [["A", "B"], ["", ""]]
    sheet = workbook(tmp_path, ("A", "B"), (None, ""))
    assert (sheet["A2"].value, sheet["B2"].value) == (None, None)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (Money(999_999_999_999_999, USD), 9_999_999_999_999.99),
        (Money(1_234_567_890_123_400, USD), 12_345_678_901_234),
        (Decimal(999_999_999_999_000), 999_999_999_999_000),
        (Decimal(9_999_999_999_990_000), "9999999999990000"),
        (Money(1_234_567_890_123_456, USD), "12345678901234.56"),
        (Money(-1_234_567_890_123_456, USD), "-12345678901234.56"),
        (Decimal("123456789012.345678"), "123456789012.345678"),
        (12_345_678_901_234_567, "12345678901234567"),
    ],
    ids=str,
)
def test_a_figure_that_a_workbook_would_round_is_written_as_a_text(tmp_path: Path, value: Cell, kept: object) -> None:
    assert cell(tmp_path, value).value == kept


@given(minor=st.integers(-(10**15) + 1, 10**15 - 1))
def test_all_money_of_15_digits_comes_back_to_the_cent(tmp_path_factory: pytest.TempPathFactory, minor: int) -> None:
    written = cell(tmp_path_factory.mktemp("book"), Money(minor, USD))
    assert written.data_type == "n"
    assert round(Decimal(written.value), 2) == Decimal(minor).scaleb(-2)


def test_a_day_before_those_of_workbooks_is_a_text(tmp_path: Path) -> None:
    assert cell(tmp_path, date(1899, 12, 31)).value == "1899-12-31"


def test_a_text_longer_than_a_cell_ends_with_an_ellipsis(tmp_path: Path) -> None:
    assert cell(tmp_path, "x" * 32_767).value == "x" * 32_767
    assert cell(tmp_path, "x" * 32_768).value == "x" * 32_766 + "…"


def test_headings_are_bold_stay_in_sight_and_filter(tmp_path: Path) -> None:
    sheet = workbook(tmp_path, ("Date", "Total"), (date(2026, 1, 1), Money(120_000, USD)))
    assert [heading.value for heading in sheet[1]] == ["Date", "Total"]
    assert [heading.font.bold for heading in sheet[1]] == [True, True]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B2")


def test_columns_are_as_wide_as_their_cells_within_reason(tmp_path: Path) -> None:
    sheet = workbook(tmp_path, ("A", "Total", "Text"), ("x", Money(123_456_789, USD), "y" * 500))
    assert [round(sheet.column_dimensions[letter].width) for letter in "ABC"] == [9, 19, 61]


def test_a_sheet_without_rows_has_its_headings(tmp_path: Path) -> None:
    assert list(workbook(tmp_path, ("Date", "Total")).values) == [("Date", "Total")]
    assert comma_separated(tmp_path, ("Date", "Total")) == [["Date", "Total"]]


def test_spreadsheets_are_told_by_a_mark_that_a_file_is_utf_8(tmp_path: Path) -> None:
    sheets.write_csv(tmp_path / "out.csv", ("Zoë",), [], marked=True)
    assert (tmp_path / "out.csv").read_bytes() == b"\xef\xbb\xbfZo\xc3\xab\r\n"


def test_a_file_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "out.xlsx").write_text("before, and longer than nothing" * 1_000)
    assert cell(tmp_path, "after").value == "after"


def test_more_rows_than_a_sheet_holds_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    rows = [("x",)] * 1_048_576
    with pytest.raises(Refused) as refused:
        sheets.write_xlsx(tmp_path / "out.xlsx", "Many", ("A",), rows)
    [problem] = refused.value.problems
    assert problem.message == (
        "1,048,576 rows are more than the 1,048,575 that a workbook holds. Write them to a CSV file."
    )
    assert not (tmp_path / "out.xlsx").exists()


def test_a_place_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    for write in (
        lambda: sheets.write_csv(tmp_path, ("A",), []),
        lambda: sheets.write_xlsx(tmp_path, "A", ("A",), []),
    ):
        with pytest.raises(Fault, match=r"cannot be written: Is a directory\. Choose another place, or make room\."):
            write()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device here that is always full")
def test_a_full_disk_is_told_in_words() -> None:
    full, rows = Path("/dev/full"), [("x" * 100,)] * 1_000
    for write in (
        lambda: sheets.write_csv(full, ("A",), rows),
        lambda: sheets.write_xlsx(full, "A", ("A",), rows),
    ):
        with pytest.raises(Fault, match="cannot be written: No space left on device"):
            write()


def test_a_workbook_that_cannot_be_finished_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out.xlsx").write_text("before")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(Fault, match=r"out\.xlsx cannot be written: No such file or directory"):
        sheets.write_xlsx(tmp_path / "out.xlsx", "A", ("A",), [("after",)])
    assert (tmp_path / "out.xlsx").read_text() == "before"
