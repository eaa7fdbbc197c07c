"""Rows out, for spreadsheets and scripts: CSV with plain figures, and XLSX workbooks with real numbers and days.

    write_csv(path, ("Date", "Total"), [(date(2026, 1, 1), Money(120_000, USD))])
    write_xlsx(path, "Invoices", ("Date", "Total"), [(date(2026, 1, 1), Money(120_000, USD))])

No text of a customer's is ever run: in CSV, what a spreadsheet would take for a formula gets an apostrophe in front;
in a workbook, texts are stored as texts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TextIO

from calm_desktop.engine.money import Currency, Money, plain, price_text, ratio_text
from calm_desktop.engine.problems import Fault, Problem, Refused

MOST_ROWS = 1_048_575
"""How many rows a workbook's sheet holds below its headings: a limit of the file format."""

EXACT_DIGITS = 15
"""How many digits of a number a workbook keeps (it stores binary numbers of double precision)."""

LONGEST_TEXT = 32_767
"""How many characters a workbook's cell holds: a limit of the file format."""

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\N{MINUS SIGN}")
_FIRST_DAY = date(1900, 1, 1)
_NARROWEST, _WIDEST = 8, 60


class Price(Decimal):
    """A unit price with its currency: written with at least the currency's decimals, more where it has more."""

    currency: Currency

    def __new__(cls, value: Decimal, currency: Currency) -> Price:
        made = super().__new__(cls, value)
        made.currency = currency
        return made

    def __reduce__(self) -> Any:
        return Price, (Decimal(self), self.currency)


CELLS = (str, int, Decimal, Fraction, Money, date, type(None))
Figure = int | Decimal | Fraction | Money
Cell = str | Figure | date | None
"""What a row is made of; a `datetime` is a date with its time."""

Row = Sequence[Cell]


class CountedRows(Protocol):
    """Rows, one after the other, of which it is known how many there are."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Row]: ...


def cell_text(cell: Cell) -> str:
    """A cell as other programs read it: figures bare, days ISO, texts safe from being taken for a formula."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULAS) else cell
    return cell.isoformat() if isinstance(cell, date) else _figure(cell)


def delimited(rows: Iterable[Row], separator: str = ",", line_end: str = "\r\n") -> str:
    """Rows as text, a line for each."""
    out = io.StringIO()
    _write_lines(out, rows, separator, line_end)
    return out.getvalue()


def write_csv(path: Path, headings: Sequence[str], rows: Iterable[Row], *, marked: bool = False) -> None:
    """Write a CSV file in UTF-8, in place of what the file held before.

    `marked` begins it with the byte order mark by which spreadsheet programs know UTF-8. Raises `Fault` where the file
    cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8-sig" if marked else "utf-8", newline="") as stream:
            _write_lines(stream, [headings], ",", "\r\n")
            _write_lines(stream, rows, ",", "\r\n")
    except OSError as error:
        raise _unwritable(path, error) from error


def write_xlsx(path: Path, name: str, headings: Sequence[str], rows: CountedRows) -> None:
    """Write an XLSX workbook with one sheet called `name` (at most 31 letters), in place of what the file held before.

    Money and prices show their currency. A number of more than 15 digits, which a workbook would round, is written as
    text; so is a day before 1900, which workbooks do not know. Raises `Refused` where there are more rows than a sheet
    holds, `Fault` where the file cannot be written.
    """
    if len(rows) > MOST_ROWS:
        message = f"{len(rows):,} rows are more than the {MOST_ROWS:,} that a workbook holds. Write them to a CSV file."
        raise Refused(Problem("too-many-rows", "xlsx", message))
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    try:
        # What the file held before stays until the workbook is whole.
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            whole = Path(folder) / "whole.xlsx"
            book = Workbook(str(whole), {**options, "tmpdir": folder})
            try:
                _Sheet(book, name, headings).fill(rows)
            finally:
                book.close()
            with whole.open("rb") as source, path.open("wb") as stream:
                copyfileobj(source, stream)
    except OSError as error:
        raise _unwritable(path, error) from error
    except FileCreateError as error:
        raise _unwritable(path, error.args[0]) from error


class _Sheet:
    """The one sheet of a workbook while it is written, row by row."""

    def __init__(self, book: Any, name: str, headings: Sequence[str]) -> None:
        self.book, self.headings = book, headings
        self.sheet = book.add_worksheet(name)
        self.widths = [len(heading) + 4 for heading in headings]
        self.formats: dict[str, Any] = {}
        bold = book.add_format({"bold": True})
        for column, heading in enumerate(headings):
            self.sheet.write_string(0, column, heading, bold)

    def fill(self, rows: CountedRows) -> None:
        """Write the rows below the headings, and what holds for all of them."""
        for place, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if cell is not None and cell != "":
                    self.widths[column] = max(self.widths[column], self._write(place, column, cell))
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, min(max(width, _NARROWEST), _WIDEST))
        if self.headings:
            self.sheet.freeze_panes(1, 0)
            self.sheet.autofilter(0, 0, len(rows), len(self.headings) - 1)
            # Numbers of orders and long figures are texts on purpose: no warning triangle beside each.
            self.sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})

    def _write(self, row: int, column: int, cell: str | Figure | date) -> int:
        """Write a cell; answers about how many letters wide it is."""
        if isinstance(cell, str):
            text = cell if len(cell) <= LONGEST_TEXT else f"{cell[: LONGEST_TEXT - 1]}…"
            self.sheet.write_string(row, column, text)
            return len(text) + 1
        if isinstance(cell, date):
            return self._write_day(row, column, cell)
        text, code = _figure(cell), _currency_code(cell)
        whole, _, decimals = text.partition(".")
        if len((whole.lstrip("-") + decimals.rstrip("0")).lstrip("0")) > EXACT_DIGITS:
            self.sheet.write_string(row, column, text, self._format("@", right=True))
        else:
            pattern = f"#,##0.{'0' * len(decimals)}" if decimals else "#,##0"
            self.sheet.write_number(row, column, float(text), self._format(f"[${code}] {pattern}" if code else pattern))
        return len(text) * 4 // 3 + (5 if code else 1)

    def _write_day(self, row: int, column: int, day: date) -> int:
        if (day.date() if isinstance(day, datetime) else day) < _FIRST_DAY:
            self.sheet.write_string(row, column, day.isoformat())
        elif isinstance(day, datetime):
            zone = f' "{day.tzname()}"' if day.tzinfo else ""
            self.sheet.write_datetime(
                row, column, day.replace(tzinfo=None), self._format(f"yyyy-mm-dd hh:mm:ss{zone}", left=True)
            )
        else:
            self.sheet.write_datetime(row, column, day, self._format("yyyy-mm-dd", left=True))
        return len(day.isoformat()) + 1

    def _format(self, pattern: str, *, left: bool = False, right: bool = False) -> Any:
        if pattern not in self.formats:
            side = {"align": "left"} if left else {"align": "right"} if right else {}
            self.formats[pattern] = self.book.add_format({"num_format": pattern, **side})
        return self.formats[pattern]


def _figure(figure: Figure) -> str:
    """A figure without separators or exponent, with the decimals that its kind has."""
    if isinstance(figure, Money):
        return str(figure)
    if isinstance(figure, Price):
        return price_text(figure, figure.currency)
    if isinstance(figure, Decimal):
        return plain(figure)
    return ratio_text(figure, trim=True) if isinstance(figure, Fraction) else str(figure)


def _currency_code(figure: Cell) -> str:
    return figure.currency.code if isinstance(figure, Money | Price) else ""


def _write_lines(stream: TextIO, rows: Iterable[Row], separator: str, line_end: str) -> None:
    writer = csv.writer(stream, delimiter=separator, lineterminator=line_end)
    writer.writerows([cell_text(cell) for cell in row] for row in rows)


def _unwritable(path: Path, error: OSError) -> Fault:
    return Fault(f"{path} cannot be written: {error.strerror or error}. Choose another place, or make room.")
