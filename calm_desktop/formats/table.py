"""Tables from anywhere as grids of cells, and a table of order lines read to its end."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

from calm_desktop.formats.drafts import Item, Rejected, RowProblem
from calm_desktop.formats.fields import Binding, LineReader
from calm_desktop.formats.text_files import is_damaged
from calm_desktop.formats.values import shown

NO_ROWS = "at least one row below the header"


@dataclass(frozen=True, slots=True)
class Grid:
    """A header, on line `at`, and the rows below it, each with the line it begins on.

    `damaged`: some cells may hold bytes that cannot be read as `encoding`. `loose`: the rows come from records that
    name their cells, so that a column may be missing and no row is too short.
    """

    header: list[str]
    at: int
    rows: Iterator[tuple[int, list[str]]]
    encoding: str = ""
    damaged: bool = False
    loose: bool = False
    position: Callable[[], int] = int
    """How far reading has come, in bytes."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows below a header are read. No `bindings` where the header's problems make reading useless."""

    bindings: Sequence[Binding] = ()
    problems: Sequence[RowProblem] = field(default_factory=tuple)


def read_table(
    file: str, grid: Grid, lay_out: Callable[[int, list[str]], Layout], system: str
) -> Generator[Item, None, None]:
    """Every row of a table of order lines, in the file's order; `lay_out` gets the header's line number and cells.

    Raises `Unreadable` where the file cannot be read on.
    """
    if not grid.header:
        yield RowProblem(file, 0, "", "a file without a header", "a header and rows", "choose a file with orders")
        return
    layout = lay_out(grid.at, grid.header)
    yield from layout.problems
    if not layout.bindings:
        return
    reader = LineReader(system, file, layout.bindings, {})
    empty = True
    for number, row in whole_rows(file, grid):
        empty = False
        yield row if isinstance(row, Rejected) else reader.read(number, row)
    if empty:
        yield RowProblem(file, grid.at, "", "a header and no rows", NO_ROWS, "choose a file with orders")


def whole_rows(file: str, grid: Grid, *, fills: bool = False) -> Iterator[tuple[int, list[str] | Rejected]]:
    """The rows that have a cell for each column, and the others as rejected; with `fills`, short ones are filled up."""
    width = len(grid.header)
    for number, row in grid.rows:
        if len(row) != width:
            if len(row) < width and fills:
                row.extend([""] * (width - len(row)))
            elif len(row) < width or any(row[width:]):
                yield number, _ragged(file, number, row, width)
                continue
            del row[width:]
        if grid.damaged and is_damaged(row):
            yield number, _damaged(file, number, row, grid)
            continue
        yield number, row


def _ragged(file: str, number: int, row: list[str], width: int) -> Rejected:
    fix = (
        "close the quotation mark that is opened in this row"
        if any("\n" in cell for cell in row)
        else "add what is missing, or put quotation marks around a cell that holds the separator"
    )
    return Rejected(
        file, number, (RowProblem(file, number, "", f"{len(row)} cells", f"{width} cells, as in the header", fix),)
    )


def _damaged(file: str, number: int, row: list[str], grid: Grid) -> Rejected:
    at = next(index for index, cell in enumerate(row) if is_damaged([cell]))
    fix = "delete what cannot be read, or name the file's encoding in a mapping"
    problem = RowProblem(file, number, grid.header[at].strip(), shown(row[at].strip()), f"{grid.encoding} text", fix)
    return Rejected(file, number, (problem,))
