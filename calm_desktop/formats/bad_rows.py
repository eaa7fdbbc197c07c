"""Rows that could not go in, written out with the reason for it, so that they can be mended and imported again.

A plain CSV in UTF-8 with the header of the file that the rows come from, and a last column `Reason`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Generator, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calm_desktop.formats.drafts import Item, Rejected, RowProblem

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,' ]*-?")
_GUARDED = re.compile(r"''*[=+\-@\t\r]")


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the files and their count of rows; `untold` rows have no cells of their own to write."""

    files: tuple[str, ...]
    rows: int
    untold: int


def write_bad_rows(items: Iterable[Item], target: Path) -> Written:
    """Write every row that cannot be taken to `target`, one after the other as they come.

    Rows of files with another header go to a file of their own beside it: `target-2.csv`. Raises `OSError`.
    """
    writers: dict[tuple[str, ...], Any] = {}
    files: list[str] = []
    rows = untold = 0
    last: tuple[str, int] = "", -1
    with ExitStack() as stack:
        for item in items:
            if not isinstance(item, Rejected):
                continue
            if not item.header:
                untold += 1
                continue
            if (item.file, item.row) == last:  # several lines of one row
                continue
            last = item.file, item.row
            writer = writers.get(item.header)
            if writer is None:
                path = target if not files else target.with_stem(f"{target.stem}-{len(files) + 1}")
                stream = stack.enter_context(path.open("w", encoding="utf-8-sig", newline=""))
                writer = writers[item.header] = csv.writer(stream)
                csv.writer(stream, quoting=csv.QUOTE_ALL).writerow([*map(guarded, item.header), "Reason"])
                files.append(str(path))
            writer.writerow([*map(guarded, _whole(item)), guarded(words_of(item.problems))])
            rows += 1
    return Written(tuple(files), rows, untold)


def _whole(row: Rejected) -> list[str]:
    """A row's cells, one for each column: what is too much goes into the last one."""
    width = len(row.header)
    cells = [cell.replace("\0", "\N{REPLACEMENT CHARACTER}") for cell in row.cells]
    if len(cells) > width:
        cells = [*cells[: width - 1], ",".join(cells[width - 1 :])]
    return cells + [""] * (width - len(cells))


def words_of(problems: Iterable[RowProblem]) -> str:
    """What is wrong with a row, in words."""
    told = []
    for each in problems:
        place = f"{each.column}: " if each.column else ""
        told.append(f"{place}expected {each.expected}, found {each.found or 'nothing'}: {each.fix}")
    return "; ".join(told)


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula; `bare` gives it back."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def bare(text: str) -> str:
    """A cell without the mark that kept it from being taken for a formula."""
    return text[1:] if _GUARDED.match(text) else text


def bare_rows(
    rows: Generator[tuple[int, list[str]], None, None],
) -> Generator[tuple[int, list[str]], None, None]:
    """Rows of a text file of ours, as they stood in the store."""
    for number, row in rows:
        yield number, [bare(cell) if cell[:1] == "'" else cell for cell in row]


def mended_rows(
    rows: Generator[tuple[int, list[str]], None, None],
) -> Generator[tuple[int, list[str]], None, None]:
    """Rows that were written out, as they stood in their own file: without the reason."""
    width = 0
    for number, row in rows:
        width = width or len(row)
        if len(row) == width:
            del row[-1]
        yield number, [bare(cell) for cell in row]
