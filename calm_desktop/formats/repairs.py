"""Repairs that a person makes to files while they are read; the files themselves stay as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from calm_desktop.formats.drafts import Cancellation, Item, Rejected, RowProblem, Skipped
from calm_desktop.formats.fields import RECORDS
from calm_desktop.formats.table import Grid
from calm_desktop.formats.text_files import heading
from calm_desktop.formats.values import shown

ANY = None
"""Whatever is found."""

_SLOTS = {each.name: each.slot for fields in RECORDS.values() for each in fields}


@dataclass(frozen=True, slots=True)
class Repair:
    """In rows whose `column` holds `found`, `now` is read in its place; the row is left out where `now` is None.

    `column` is a word of the header or one of our fields, `found` a text as problems show it (empty: blank cells).
    Rows are left out for a `found` of `ANY` where the column is what is wrong with them, and for no column where they
    stand at `row`. An empty `file` means every one, a `row` 0 every one.
    """

    column: str = ""
    found: str | None = ""
    now: str | None = None
    file: str = ""
    row: int = 0

    @property
    def reason(self) -> str:
        """Why rows are left out for it, in words."""
        if not self.column:
            return "left out by hand"
        if self.found is ANY:
            return f"left out: {self.column} cannot be understood"
        return f"left out: {self.column} is {shown(self.found) or 'blank'}"


def repair_in(text: str, *, leave_out: bool = False) -> Repair | None:
    """The repair in a text such as `Qty:ten=10`, or `State:void` where rows are left out; None where it is none.

    A colon or an equals sign that belongs to a name or a text is written twice.
    """
    column, *rest = _cut(text, ":")
    if not column:
        return None
    if leave_out:
        return Repair(column, rest[0] if rest else ANY)
    sides = _cut("".join(re.split(r"(?<!:):(?!:)", text, maxsplit=1)[1:]), "=")
    return Repair(column, sides[0], sides[1]) if len(sides) == 2 and sides[1] else None


def _cut(text: str, sign: str) -> list[str]:
    """A text before and after the first single `sign`; double ones become single."""
    parts = re.split(rf"(?<!{sign}){sign}(?!{sign})", text, maxsplit=1)
    return [re.sub("::|==", lambda two: two[0][0], part).strip() for part in parts]


class Refusals(Protocol):
    """Rows, by file and line, with what is wrong with each."""

    def __contains__(self, place: Any, /) -> bool: ...
    def __getitem__(self, place: tuple[str, int], /) -> tuple[RowProblem, ...]: ...


@dataclass(slots=True)
class Mending:
    """Repairs at work on the parts of a reading: cells are mended as rows pass, and what comes of them is judged.

    `refused` are rows, by file and line, that cannot be taken for reasons which the file does not know.
    """

    repairs: Sequence[Repair] = ()
    refused: Refusals = field(default_factory=dict[tuple[str, int], tuple[RowProblem, ...]])
    _file: str = ""
    _header: tuple[str, ...] = ()
    _number: int = 0
    _row: list[str] = field(default_factory=list)
    _out: dict[int, str] = field(default_factory=dict)
    _leaves_out: Sequence[Repair] = ()

    def begin(self, file: str) -> None:
        """The part of a name comes next."""
        self._file, self._header, self._number, self._row = file, (), 0, []
        mine = [each for each in self.repairs if each.now is None and each.file in ("", file)]
        self._out = {each.row: each.reason for each in mine if not each.column and each.row}
        self._leaves_out = [each for each in mine if each.column]

    def watched(self, grid: Grid, *, ours: bool = False) -> Grid:
        """A grid whose rows are mended as they pass. Of `ours`, a column that is missing is added."""
        mine = [each for each in self.repairs if each.column and each.file in ("", self._file)]
        header, filled = list(grid.header), []
        if ours:
            for each in mine:
                if each.now is not None and not each.found and each.column in _SLOTS and not _places(header, each):
                    header.append(each.column)
                    filled.append(each.now)
        self._header = tuple(cell.strip() for cell in header)
        placed = [(place, each) for each in mine if each.found is not ANY for place in _places(header, each)]
        return replace(grid, header=header, rows=self._rows(grid.rows, placed, len(grid.header), filled))

    def _rows(
        self,
        rows: Iterator[tuple[int, list[str]]],
        placed: Sequence[tuple[int, Repair]],
        width: int,
        filled: Sequence[str],
    ) -> Iterator[tuple[int, list[str]]]:
        for number, row in rows:
            if filled and len(row) == width:
                row.extend(filled)
            mended = set()
            for place, each in placed:
                if place in mended or place >= len(row) or each.row not in (0, number):
                    continue
                if shown(row[place].strip()) == each.found:
                    if each.now is None:
                        self._out[number] = each.reason
                    else:
                        row[place] = each.now
                        mended.add(place)
            self._number, self._row = number, row
            yield number, row

    def judged(self, item: Item) -> Item:
        """What becomes of an item: as it is, left out, or told with the cells of its row."""
        if isinstance(item, Skipped | RowProblem):
            return item
        row = item.line.row if isinstance(item, Cancellation) else item.row
        reason = self._out.get(row) or self._left_out(item, row)
        if reason:
            return Skipped(self._file, row, reason)
        if not isinstance(item, Rejected):
            if (self._file, row) not in self.refused:
                return item
            item = Rejected(self._file, row, self.refused[self._file, row])
        if not item.cells and row == self._number:
            # Of tables that others are looked up in, a row goes on with cells that are not its own.
            cells = self._row if _is_ragged(item) else self._row[: len(self._header)]
            item = replace(item, header=self._header, cells=tuple(cells))
        return item

    def _left_out(self, item: Item, row: int) -> str:
        for each in self._leaves_out:
            if each.row not in (0, row):
                continue
            if isinstance(item, Rejected):
                if any(_meant(each, problem) for problem in item.problems):
                    return each.reason
            elif each.found is not ANY and each.column in _SLOTS:
                line = item.line if isinstance(item, Cancellation) else item
                value = getattr(line, _SLOTS[each.column], ANY)
                if value is not ANY and str(value) == each.found:
                    return each.reason
        return ""


def _is_ragged(item: Rejected) -> bool:
    """Whether a row has too few cells or too many, which no column can be blamed for."""
    return any(not problem.column for problem in item.problems)


def _meant(repair: Repair, problem: RowProblem) -> bool:
    return heading(repair.column) == heading(problem.column) and repair.found in (ANY, problem.found)


def _places(header: Sequence[str], repair: Repair) -> list[int]:
    """Where the column of a repair stands."""
    wanted = _bare(repair.column)
    return [at for at, name in enumerate(header) if name.strip() == repair.column or _bare(name) == wanted]


def _bare(name: str) -> str:
    return re.sub(r"[_-]", "", heading(name))


def fields_mended(
    repairs: Sequence[Repair], file: str, header: Sequence[str], parse: dict[str, Callable[[str], Any]]
) -> dict[str, Callable[[str], Any]]:
    """Readers of fields that read what repairs say in place of what is found, where a repair names one of our fields.

    A text is found as it comes out of a mapping, or by the value that it means.
    """
    known = {_bare(name) for name in header}
    fixes: dict[str, dict[str, str]] = {}
    for each in repairs:
        ours = each.column in parse and _bare(each.column) not in known and not each.row
        if ours and each.now is not None and each.found and each.file in ("", file):
            fixes.setdefault(each.column, {})[each.found] = each.now
    return parse | {name: _fixed(parse[name], fix) for name, fix in fixes.items()}


def _fixed(parse: Callable[[str], Any], fixes: dict[str, str]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if shown(text) in fixes:
            return parse(fixes[shown(text)])
        value = parse(text)
        return parse(fixes[str(value)]) if str(value) in fixes else value

    return read


def constants_of(repairs: Sequence[Repair], file: str, names: Sequence[str]) -> dict[str, str]:
    """What repairs say in place of nothing, by our own fields."""
    return {
        each.column: each.now
        for each in repairs
        if each.now is not None and not each.found and each.found is not ANY and not each.row
        if each.file in ("", file) and each.column in names
    }
