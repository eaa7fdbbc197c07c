"""Workbooks (XLSX and ODS) -> rows of texts, held to sizes that memory bears before a cell is read.

A workbook is an archive that may promise less than it holds: its parts are unpacked and counted first, and the
sheets' area and texts with them, since a sheet of two cells in opposite corners takes as much memory as a full one.
"""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from array import array
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any, BinaryIO
from xml.parsers import expat

from calm_desktop.formats.text_files import Unreadable

MOST_BYTES = 300_000_000
"""How much a workbook may hold when it is unpacked."""

MOST_CELLS = 12_000_000
"""How many cells a sheet may span, empty ones included."""

MOST_TEXT = 300_000_000
"""How many characters the cells of a sheet may hold together."""

_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, expat.ExpatError,
    RuntimeError, EOFError, OSError, ValueError, KeyError, IndexError, OverflowError,
)  # fmt: skip
"""What reading a damaged archive may raise."""

_MOST_PARTS = 5_000
_DEEPEST = 100
_BLOCK = 1 << 16
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_TOO_LARGE = "save its sheet as CSV, or split it"
_BROKEN = Unreadable(
    "a damaged workbook", "an XLSX or ODS workbook", "open it in a spreadsheet program and save it anew"
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that has rows: its name and its rows, each with its number in the sheet, counted from 1."""

    name: str
    rows: Callable[[str], Generator[tuple[int, list[str]], None, None]]
    """Takes the sign before a number's decimals, `.` or `,`."""


def is_workbook(beginning: bytes) -> bool:
    """Whether a file that begins so may be a workbook."""
    return beginning.startswith(b"PK\x03\x04")


def open_workbook(stream: BinaryIO) -> list[Sheet]:
    """The visible sheets of a workbook that have any row. Raises `Unreadable` for what is none, or is too large."""
    _measure(stream)
    # The reader of workbooks is loaded when one is read: most files are text.
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    stream.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(stream)
        names = [
            each.name
            for each in book.sheets_metadata
            if each.typ == SheetTypeEnum.WorkSheet and each.visible == SheetVisibleEnum.Visible
        ]
        sheets = [(name, book.get_sheet_by_name(name)) for name in names]
    except (CalamineError, *_DAMAGE) as error:
        raise _BROKEN from error
    except BaseException as error:
        raise _of_panic(error) from error
    return [Sheet(name, _rows_of(sheet)) for name, sheet in sheets if sheet.height]


def _of_panic(error: BaseException) -> BaseException:
    """A damaged workbook, where the reader of workbooks gave up on it; else the error itself."""
    return _BROKEN if type(error).__name__ == "PanicException" else error


def _rows_of(sheet: Any) -> Callable[[str], Generator[tuple[int, list[str]], None, None]]:
    def rows(point: str) -> Generator[tuple[int, list[str]], None, None]:
        first = sheet.start[0] + 1 if sheet.start else 1
        for number, cells in enumerate(sheet.to_python(skip_empty_area=True), first):
            row = [_text(cell, point) for cell in cells]
            if any(row):
                yield number, row

    return rows


def _text(cell: Any, point: str) -> str:
    """A cell as a file of text would have it. Numbers are binary there: the shortest decimal that means the same."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell == int(cell) if abs(cell) < 1e15 else False:
            return str(int(cell))
        if cell != cell or abs(cell) == float("inf"):
            return str(cell)
        return f"{Decimal(repr(cell)):f}".replace(".", point)
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


# ------------------------------------------------------------------------------------------- measuring


def _measure(stream: BinaryIO) -> None:
    """Refuse what is no workbook, and one that is larger than memory bears."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
                raise _too_large(f"a workbook that unpacks to more than {MOST_BYTES // 1_000_000} MB")
            names = {part.filename for part in parts}
            if not names & {"xl/workbook.xml", "content.xml"} or "xl/workbook.bin" in names:
                raise Unreadable(
                    "a zip archive that is no XLSX or ODS workbook", "a workbook or text", "unpack it first"
                )
            _measure_parts(archive, parts)
    except _DAMAGE as error:
        raise _BROKEN from error


def _measure_parts(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    measured = _Measured()
    for part in parts:
        with archive.open(part) as content:
            # Which part is a sheet is written in other parts, so that each of them may be one.
            if part.filename.endswith((".xml", ".rels")):
                _each_element(content, measured)
            else:
                # Whatever its directory says, what comes out is counted: zipfile holds it to the size that it states.
                while content.read(_BLOCK):
                    pass
    measured.check_shared_texts()


def _each_element(content: IO[bytes], measured: _Measured) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_: object) -> None:
        raise _BROKEN  # workbooks declare no entities; bombs do

    parser.StartElementHandler = measured.start
    parser.EndElementHandler = measured.end
    parser.CharacterDataHandler = measured.text
    parser.EntityDeclHandler = refuse
    while block := content.read(_BLOCK):
        parser.Parse(block, False)
    parser.Parse(b"", True)
    measured.begin_sheet()


class _Measured:
    """How many cells the sheets span, and how much text is in them."""

    def __init__(self) -> None:
        self.depth = 0
        self.text_length = 0
        self.shared_lengths = array("Q")
        self.shared_cells = array("Q")
        self.is_shared = False
        self.value = ""
        self.in_cell = False
        self.begin_sheet()

    def begin_sheet(self) -> None:
        self.row = self.column = self.last_row = self.last_column = 0
        self.row_repeats = self.cell_repeats = 1
        self.row_filled = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _BROKEN
        namespace, _, tag = name.rpartition(" ")
        if tag == "si":
            self.shared_lengths.append(0)
        elif tag == "worksheet" or (namespace == _TABLE and tag == "table"):
            self.begin_sheet()
        elif tag == "row":
            self.row = _whole(attributes.get("r"), self.row + 1)
            self.column = 0
        elif tag == "c":
            self._cell(attributes)
        elif namespace == _TABLE and tag == "table-row":
            self.row_repeats = _whole(attributes.get(f"{_TABLE} number-rows-repeated"), 1)
            self.column = 0
            self.row_filled = False
        elif namespace == _TABLE and tag in ("table-cell", "covered-table-cell"):
            self.cell_repeats = _whole(attributes.get(f"{_TABLE} number-columns-repeated"), 1)
            self.column += self.cell_repeats
            self.in_cell = True
            if any("value" in each for each in attributes):
                self._filled()

    def end(self, name: str) -> None:
        self.depth -= 1
        namespace, _, tag = name.rpartition(" ")
        if tag == "c":
            if self.is_shared:
                self.shared_cells.append(_whole(self.value.strip(), 0))
            self.is_shared = False
        elif namespace == _TABLE and tag == "table-row":
            self.row += self.row_repeats
            if self.row_filled:
                self.last_row = self.row
            self._check()
        elif namespace == _TABLE and tag in ("table-cell", "covered-table-cell"):
            self.in_cell = False

    def text(self, data: str) -> None:
        if self.is_shared:
            self.value = (self.value + data)[:20]
        elif self.in_cell and not data.isspace():
            self._filled()
            self._count(len(data) * self.cell_repeats * self.row_repeats)
        elif self.shared_lengths:
            self.shared_lengths[-1] += len(data)

    def check_shared_texts(self) -> None:
        """Count the texts that cells share, for each cell that has one."""
        known = len(self.shared_lengths)
        self._count(sum(self.shared_lengths[place] for place in self.shared_cells if place < known))

    def _cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r", "")
        letters = place.rstrip("0123456789")
        if letters:
            self.column = 0
            for letter in letters[:4]:
                self.column = self.column * 26 + ord(letter.upper()) - 64
            self.row = _whole(place[len(letters) :], self.row)
        else:
            self.column += 1
        self.is_shared = attributes.get("t") == "s"
        self.value = ""
        self.last_row, self.last_column = max(self.last_row, self.row), max(self.last_column, self.column)
        self._check()

    def _filled(self) -> None:
        self.row_filled = True
        self.last_column = max(self.last_column, self.column)

    def _count(self, length: int) -> None:
        self.text_length += length
        if self.text_length > MOST_TEXT:
            raise _too_large(f"sheets with more than {MOST_TEXT // 1_000_000} million characters")

    def _check(self) -> None:
        if self.last_row * self.last_column > MOST_CELLS:
            raise _too_large(f"a sheet of {self.last_row:,} rows by {self.last_column:,} columns")


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 12 else otherwise


def _too_large(found: str) -> Unreadable:
    return Unreadable(found, f"at most {MOST_CELLS // 1_000_000} million cells in a sheet", _TOO_LARGE)
