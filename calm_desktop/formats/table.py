"""A table of order lines: its header bound to fields once, then each row a line, a row left out, or a rejected row."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from calm_desktop.formats.drafts import Item, Rejected, RowProblem, SkipKind, Skipped
from calm_desktop.formats.fields import Binding, LineReader
from calm_desktop.formats.text_files import AUTO, TextFile, is_damaged, rows
from calm_desktop.formats.values import shown

LeaveOut = Callable[[list[str]], tuple[str, SkipKind] | None]
"""Why a row is left out and how it is counted; None for a row that is read."""

_NO_ROWS = "at least one row below the header"


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows below a header are read. No `bindings` where the header's problems make reading useless."""

    bindings: Sequence[Binding] = ()
    constants: dict[str, Any] = field(default_factory=dict)
    leave_out: LeaveOut | None = None
    problems: Sequence[RowProblem] = ()


def read_table(
    file: str,
    text: TextFile,
    lay_out: Callable[[int, list[str]], Layout],
    *,
    system: str,
    separator: str = AUTO,
    skip_lines: int = 0,
) -> Generator[Item, None, None]:
    """Every row of a table as an item, in the file's order; `lay_out` gets the header's line number and cells.

    Raises `Unreadable` where the file cannot be read on.
    """
    numbered = rows(text, separator, skip_lines)
    at, header = next(numbered, (0, []))
    if not header:
        yield RowProblem(file, 0, "", "a file without a header", "a header and rows", "choose a file with orders")
        return
    layout = lay_out(at, header)
    yield from layout.problems
    if not layout.bindings:
        return
    reader = LineReader(system, file, layout.bindings, layout.constants)
    width = len(header)
    leave_out = layout.leave_out
    empty = True
    for number, row in numbered:
        empty = False
        if len(row) != width:
            if len(row) < width or any(row[width:]):
                yield _ragged(file, number, row, width)
                continue
            del row[width:]
        if text.damaged and is_damaged(row):
            yield _damaged(file, number, row, header, text.encoding)
            continue
        left_out = leave_out(row) if leave_out is not None else None
        if left_out is not None:
            yield Skipped(file, number, *left_out)
            continue
        yield reader.read(number, row)
    if empty:
        yield RowProblem(file, at, "", "a header and no rows", _NO_ROWS, "choose a file with orders")


def _ragged(file: str, number: int, row: list[str], width: int) -> Rejected:
    fix = (
        "close the quotation mark that is opened in this row"
        if any("\n" in cell for cell in row)
        else "add what is missing, or put quotation marks around a cell that holds the separator"
    )
    return Rejected(
        file, number, (RowProblem(file, number, "", f"{len(row)} cells", f"{width} cells, as in the header", fix),)
    )


def _damaged(file: str, number: int, row: list[str], header: list[str], encoding: str) -> Rejected:
    at = next(index for index, cell in enumerate(row) if is_damaged([cell]))
    fix = "delete what cannot be read, or name the file's encoding in a mapping"
    problem = RowProblem(file, number, header[at].strip(), shown(row[at].strip()), f"{encoding} text", fix)
    return Rejected(file, number, (problem,))
