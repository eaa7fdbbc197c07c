"""Files as the tables that they hold: a text, the records of a JSON document, or each sheet of a workbook."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from calm_desktop.formats import bad_rows
from calm_desktop.formats.json_files import Number, entries, is_json, is_lines, json_lines
from calm_desktop.formats.mapping import Mapping, Table
from calm_desktop.formats.table import Grid
from calm_desktop.formats.text_files import AUTO, TextFile, Unreadable, heading, look_through, rows
from calm_desktop.formats.values import GROUPINGS
from calm_desktop.formats.workbooks import is_workbook, open_workbook

OrderFile = Path | tuple[str, BinaryIO]
"""A file or folder on disk, or a name with a binary stream that the caller opens and closes."""

FOLDER_SUFFIXES = (".csv", ".gz", ".json", ".jsonl", ".ndjson", ".ods", ".tsv", ".txt", ".xlsx")
UNPACKED_LIMIT = 4_000_000_000
"""How many bytes of a compressed file are unpacked at most."""

BROKEN_FILE = (OSError, EOFError, zlib.error)
"""What reading a file may raise beside `Unreadable`: the disk's faults, and a damaged compressed file."""

REASON = "reason"
"""The last column of rows that were written out because they could not go in; it says why, and is not read."""

_GZIP = b"\x1f\x8b"
_GLANCE = 50
_MOST_COLUMNS = 5_000
_MOST_ENTRIES = 100
_SAMPLE = 1 << 16


class Holds(StrEnum):
    """What a file holds."""

    TEXT = "text"
    JSON = "json"
    JSON_LINES = "json lines"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class Part:
    """A table of a file at a glance: its `header`, as far as it can be told without a mapping.

    `name` is the file's, with the sheet's where a workbook has several. `lists` is the name of the list that holds a
    JSON document's records. `mended`: it holds rows that were written out with the reason why they could not go in.
    """

    file: OrderFile
    name: str
    holds: Holds
    header: tuple[str, ...] = ()
    text: TextFile | None = None
    sheet: str = ""
    list_name: str = ""
    mended: bool = False

    @property
    def size(self) -> int:
        """Bytes, unpacked; 0 where that is not known."""
        return self.text.size if self.text is not None else 0


def file_name(file: OrderFile) -> str:
    """The name by which problems call a file."""
    return file.name if isinstance(file, Path) else file[0]


@contextmanager
def opened(file: OrderFile) -> Iterator[BinaryIO]:
    """A file as a stream of bytes at its beginning, unpacked where it is compressed."""
    if not isinstance(file, Path):
        file[1].seek(0)
        yield file[1]
        return
    with file.open("rb") as stream:
        packed = stream.read(2) == _GZIP
        stream.seek(0)
        if not packed:
            yield stream
            return
        with closing(gzip.GzipFile(fileobj=stream, mode="rb")) as inside:
            yield cast("BinaryIO", inside)


def steady(file: OrderFile) -> OrderFile:
    """The file, held in memory where its stream cannot go back to its beginning, and unpacked where it must be."""
    if isinstance(file, Path):
        return file
    name, stream = file
    if not stream.seekable():
        stream = io.BytesIO(stream.read())
    stream.seek(0)
    packed = stream.read(2) == _GZIP
    stream.seek(0)
    return name, cast("BinaryIO", gzip.GzipFile(fileobj=stream, mode="rb")) if packed else stream


def parts_of(file: OrderFile, encoding: str = AUTO) -> list[Part]:
    """What a file holds. Raises `Unreadable` for what is none of ours, and what `BROKEN_FILE` lists."""
    name = file_name(file)
    with opened(file) as stream:
        if is_workbook(stream.read(4)):
            return _parts_of_workbook(file, name, stream)
        text = look_through(stream, encoding, UNPACKED_LIMIT)
        text.stream.seek(0)
        beginning = text.stream.read(_SAMPLE).decode(text.encoding, "replace")
        if is_json(beginning):
            if is_lines(text):
                first = (entry.value for entry in islice(json_lines(text), _GLANCE) if isinstance(entry.value, dict))
                return [Part(file, name, Holds.JSON_LINES, _names(first), text)]
            return [_part_of_json(file, name, text)]
        header = _header(text)
        return [Part(file, name, Holds.TEXT, header, text, mended=len(header) > 1 and heading(header[-1]) == REASON)]


def _parts_of_workbook(file: OrderFile, name: str, stream: BinaryIO) -> list[Part]:
    sheets = open_workbook(stream)
    parts = []
    for sheet in sheets:
        with closing(sheet.rows(".")) as numbered:
            _, header = next(numbered, (0, []))
        if header:
            called = name if len(sheets) == 1 else f"{name} [{sheet.name}]"
            parts.append(Part(file, called, Holds.SHEET, tuple(header), None, sheet.name))
    if not parts:
        raise Unreadable("a workbook without rows", "a sheet with a header and rows", "choose a file with orders")
    return parts


def _header(text: TextFile) -> tuple[str, ...]:
    """The first row, where the text has one; what is wrong further on is told when it is read."""
    try:
        with closing(rows(text)) as numbered:
            return tuple(next(numbered, (0, []))[1])
    except Unreadable:
        if text.endless:
            raise
        return ()


def _part_of_json(file: OrderFile, name: str, text: TextFile) -> Part:
    """The first list of a document that holds objects. A document that is broken further on is told when it is read."""
    found: list[dict[str, Any]] = []
    list_name = ""
    try:
        with closing(entries(text)) as every:
            for entry in every:
                if entry.place >= 0 and isinstance(entry.value, dict):
                    if found and entry.name != list_name:
                        break
                    list_name = entry.name
                    found.append(entry.value)
                    if len(found) == _GLANCE:
                        break
    except Unreadable:
        if not found:
            return Part(file, name, Holds.JSON, (), text)
    return Part(file, name, Holds.JSON, _names(found), text, "", list_name)


def _names(records: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for record in records:
        for flat in _flat(record, "", "."):
            names.update(dict.fromkeys(flat))
    return tuple(names)[:_MOST_COLUMNS]


# ------------------------------------------------------------------------------------------- grids


@contextmanager
def opened_grid(part: Part, mapping: Mapping | None = None, table: Table | None = None) -> Iterator[Grid]:
    """A part's header and rows, as a table of a mapping sees them. Raises as `parts_of` does."""
    table = table or Table()
    point = GROUPINGS.get(mapping.decimals if mapping else "", (",", "."))[1]
    with opened(part.file) as stream:
        if part.text is None:
            sheet = next(each for each in open_workbook(stream) if each.name == part.sheet)
            numbered = sheet.rows(point)
            with closing(numbered):
                yield _grid(numbered, table)
            return
        text = replace(part.text, stream=stream)
        if part.mended and REASON not in {heading(name) for name in (*table.columns(), *table.header)}:
            numbered = bad_rows.mended_rows(rows(text))
            with closing(numbered):
                yield _grid(numbered, table, text)
            return
        if part.holds is Holds.TEXT:
            numbered = rows(text, table.separator, table.skip_lines, table.widths)
            if mapping is None:
                numbered = bad_rows.bare_rows(numbered)
            with closing(numbered):
                yield _grid(numbered, table, text)
            return
        header = list(part.header)
        known = {heading(name) for name in header}
        header += [name for name in table.columns() if heading(name) not in known]
        numbered = _records(part, text, table.rows, header, point)
        with closing(numbered):
            yield Grid(header, 1, numbered, text.encoding, text.damaged, loose=True, position=stream.tell)


def _grid(numbered: Generator[tuple[int, list[str]], None, None], table: Table, text: TextFile | None = None) -> Grid:
    at, header = next(numbered, (0, []))
    encoding, damaged, position = (text.encoding, text.damaged, text.stream.tell) if text else ("", False, int)
    if not table.header:
        return Grid(header, at, numbered, encoding, damaged, position=position)
    names = list(table.header)
    if [heading(name) for name in header] == [heading(name) for name in names]:
        return Grid(names, at, numbered, encoding, damaged, position=position)

    def with_first() -> Generator[tuple[int, list[str]], None, None]:
        if header:
            yield at, header
        yield from numbered

    return Grid(names, 0, with_first(), encoding, damaged, position=position)


def _records(
    part: Part, text: TextFile, nested: str, header: Sequence[str], point: str
) -> Generator[tuple[int, list[str]], None, None]:
    """The records of a JSON document as rows; what is no object becomes a row that is too long, to be told so."""
    every = json_lines(text) if part.holds is Holds.JSON_LINES else entries(text)
    for entry in every:
        if entry.place < 0 or (part.holds is Holds.JSON and entry.name != part.list_name):
            continue
        if not isinstance(entry.value, dict):
            yield entry.line, [""] * len(header) + ["no object"]
            continue
        for flat in _flat(entry.value, nested, point):
            yield entry.line, [flat.get(name, "") for name in header]


def _flat(record: dict[str, Any], nested: str, point: str) -> list[dict[str, str]]:
    """A record as texts by path (`customer.email`, `items[0].id`); one for each object of the list `nested`, whose
    paths leave out the place (`items.id`), and one all the same where that list is empty."""
    flat: dict[str, str] = {}
    lists: list[Any] = []
    _flatten(record, "", nested, point, flat, lists)
    if not nested:
        return [flat]
    made = []
    for each in lists:
        own: dict[str, str] = {}
        _flatten(each, f"{nested}.", "", point, own, [])
        made.append(flat | own)
    return made or [flat]


def _flatten(
    value: dict[str, Any], prefix: str, nested: str, point: str, flat: dict[str, str], lists: list[Any]
) -> None:
    for name, each in value.items():
        path = prefix + name
        if len(flat) > _MOST_COLUMNS:
            return
        if isinstance(each, dict):
            _flatten(each, f"{path}.", nested, point, flat, lists)
        elif isinstance(each, list):
            if path == nested:
                lists += [one for one in each if isinstance(one, dict)]
                continue
            for place, one in enumerate(each[:_MOST_ENTRIES]):
                if isinstance(one, dict):
                    _flatten(one, f"{path}[{place}].", nested, point, flat, lists)
                elif not isinstance(one, list):
                    flat[f"{path}[{place}]"] = _scalar(one, point)
        else:
            flat[path] = _scalar(each, point)


def _scalar(value: Any, point: str) -> str:
    if isinstance(value, Number):
        try:
            number = Decimal(value)
        except InvalidOperation:
            return str(value)
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or abs(exponent) > 40:
            return str(value)
        return f"{number:f}".replace(".", point)
    return {None: "", True: "true", False: "false"}.get(value, value) if not isinstance(value, str) else value
