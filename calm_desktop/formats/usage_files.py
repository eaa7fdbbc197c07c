"""Files of use: CSV or JSON lines -> one draft per record, and every mistake with its row and column."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from calm_desktop.engine.reading import Reader
from calm_desktop.formats.drafts import RowProblem
from calm_desktop.formats.text_files import TextFile, Unreadable, heading, is_damaged, look_through, rows, whole_text

COLUMNS = ("asset", "at", "quantity", "key")
EXPECTED = {
    "asset": "an asset, by id, number or name",
    "at": "a day or a time such as 2022-01-31T14:30, with or without an offset",
    "quantity": "a number above 0 and below 1,000,000,000,000 with at most 6 decimals, such as 12.5",
    "key": "a key of at most 255 characters that no other record of the asset has",
}
"""What each column must hold, for people."""

LONGEST_KEY = 255
CORRECT_THE_ROW = "correct the row and import the file again"
_A_FILE_OF_USE = "the columns asset, at, quantity and key (CSV), or one such object on each line (JSON lines)"
_CHOOSE = "choose a file of use; see the help on usage"


class UsageLine(NamedTuple):
    """One record of use as a file states it; `at` without an offset is on the organisation's clock.

    `row` is the line of the file, counted from 1.
    """

    asset: str
    at: datetime | date
    quantity: Decimal
    key: str
    row: int


class UsageFile(NamedTuple):
    """A file judged by itself: `read` data rows = len(lines) + rejected; `problems` of rows and of the file."""

    name: str
    lines: tuple[UsageLine, ...]
    problems: tuple[RowProblem, ...]
    rejected: int
    read: int


def read_usage(path: Path) -> UsageFile:
    """Every record of a file; bad content, a missing file included, becomes problems and never raises."""
    lines: list[UsageLine] = []
    problems: list[RowProblem] = []
    rejected = 0
    try:
        with path.open("rb") as stream:
            for row, cells in _rows(path.name, look_through(stream)):
                found = cells if isinstance(cells, list) else _line(path.name, row, cells)
                if isinstance(found, UsageLine):
                    lines.append(found)
                else:
                    problems.extend(found)
                    rejected += 1
    except Unreadable as wrong:
        at_all = wrong.row == 0
        expected, fix = (_A_FILE_OF_USE, _CHOOSE) if at_all else (wrong.expected, wrong.fix)
        problems.append(RowProblem(path.name, wrong.row, "", wrong.found, expected, fix))
    except OSError as error:
        reason = error.strerror or str(error)
        problems.append(
            RowProblem(path.name, 0, "", reason, "a file that can be read", "check its name and your rights")
        )
    return UsageFile(path.name, tuple(lines), tuple(problems), rejected, len(lines) + rejected)


Cells = dict[str, str] | list[RowProblem]
"""The texts of a row by column, or what is wrong with it as a whole."""


def _rows(name: str, text: TextFile) -> Iterator[tuple[int, Cells]]:
    text.stream.seek(0)
    start = text.stream.read(200).decode(text.encoding, "replace").lstrip("\ufeff \t\r\n")
    return _of_json(name, text) if start.startswith("{") else _of_table(name, text)


def _of_table(name: str, text: TextFile) -> Iterator[tuple[int, Cells]]:
    numbered = rows(text)
    _, header = next(numbered, (0, []))
    places = {heading(cell): place for place, cell in enumerate(header) if heading(cell) in COLUMNS}
    missing = [column for column in COLUMNS if column not in places]
    if missing or len({heading(cell) for cell in header}) < len(header):
        numbered.close()
        found = ", ".join(header) or "nothing"
        raise Unreadable(found[:200], _A_FILE_OF_USE, _CHOOSE)
    for row, cells in numbered:
        if len(cells) < len(header) or any(cells[len(header) :]):
            found = f"{len(cells)} cells"
            yield row, [RowProblem(name, row, "", found, f"{len(header)} cells, as in the header", CORRECT_THE_ROW)]
        elif text.damaged and is_damaged(cells):
            words = f"bytes that are no {text.encoding} text"
            yield row, [RowProblem(name, row, "", words, "readable text", "save the file as UTF-8 and import it again")]
        else:
            yield row, {column: cells[place].strip() for column, place in places.items()}


def _of_json(name: str, text: TextFile) -> Iterator[tuple[int, Cells]]:
    """Each line that is not empty is an object; numbers keep the form in which they are written."""
    for row, line in enumerate(whole_text(text).lstrip("\ufeff").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError):
            found = None
        yield row, _cells_of(name, row, line, found)


def _cells_of(name: str, row: int, line: str, found: Any) -> Cells:
    if not isinstance(found, dict):
        expected = 'an object such as {"asset": "AST-000001", "at": "2022-01-31", "quantity": 5, "key": "a1"}'
        return [RowProblem(name, row, "", line.strip()[:200], expected, CORRECT_THE_ROW)]
    return {column: value.strip() for column in COLUMNS if isinstance(value := found.get(column), str)}


def _line(name: str, row: int, cells: dict[str, str]) -> UsageLine | list[RowProblem]:
    """The record of a row, or everything that is wrong with its texts."""
    read = Reader()
    asset, key = cells.get("asset", ""), cells.get("key", "")
    at, quantity = read.moment("at", cells.get("at", "")), read.quantity("quantity", cells.get("quantity", ""))
    wrong = {problem.field for problem in read.problems}
    if not asset:
        wrong.add("asset")
    if not 0 < len(key) <= LONGEST_KEY:
        wrong.add("key")
    if wrong or at is None or quantity is None:
        return [
            RowProblem(name, row, column, cells.get(column, "")[:200], EXPECTED[column], CORRECT_THE_ROW)
            for column in COLUMNS
            if column in wrong
        ]
    return UsageLine(asset, at, quantity, key, row)
