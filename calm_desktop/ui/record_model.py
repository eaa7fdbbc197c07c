"""The rows and columns behind a `RecordTable`: sorted by value, filtered, summed and written out, without a proxy."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import Any
from weakref import finalize

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from calm_desktop.engine.money import Money, findable
from calm_desktop.formats.sheets import CELLS, Cell, Price
from calm_desktop.ui import display
from calm_desktop.ui.windowed_rows import WindowedRows

Index = QModelIndex | QPersistentModelIndex


class ColumnKind(StrEnum):
    """How a column's values are shown, aligned, sorted and written out."""

    TEXT = "text"
    MONEY = "money"
    QUANTITY = "quantity"
    DATE = "date"
    DELTA = "delta"
    CHIP = "chip"
    LINK = "link"


TOO_MANY = "These are too many rows to sort by this column. Filter by a customer first, or export them."
"""Why a column does not sort."""

PORTION = 1_000
IN_MEMORY = 16_000_000
"""Bytes up to which cells on their way out are held in memory."""

FIGURES = (ColumnKind.MONEY, ColumnKind.QUANTITY, ColumnKind.DELTA)


@dataclass(frozen=True)
class Column:
    """One column: `getter(row)` gives the value itself (Money, Decimal, date, text or None), never a text of a figure.

    `key` is what order and width are remembered by. `total` sums the column in the footer, `hidden` leaves it to the
    chooser, `explains` says that its figures can be asked why. `tooltip(row)` may say more than fits. `text(value)`
    overrides how a value reads, `tone(row)` its colour by meaning.
    """

    key: str
    title: str
    getter: Callable[[Any], Any]
    kind: ColumnKind = ColumnKind.TEXT
    width: int = 120
    align: Qt.AlignmentFlag | None = None
    total: bool = False
    hidden: bool = False
    explains: bool = False
    tooltip: Callable[[Any], str] | None = None
    text: Callable[[Any], str] | None = None
    tone: Callable[[Any], str] | None = None

    @property
    def alignment(self) -> Qt.AlignmentFlag:
        """Figures stand at the right, all else at the left, unless told."""
        side = self.align or (Qt.AlignmentFlag.AlignRight if self.kind in FIGURES else Qt.AlignmentFlag.AlignLeft)
        return side | Qt.AlignmentFlag.AlignVCenter

    def shown(self, value: Any) -> str:
        """The text in the cell."""
        if self.text is not None:
            return self.text(value)
        if value is None:
            return "" if self.kind not in FIGURES else display.NOTHING
        if isinstance(value, Money):
            return display.money_delta(value) if self.kind is ColumnKind.DELTA else display.money(value)
        if isinstance(value, Decimal | int) and self.kind in FIGURES:
            number = Decimal(value)
            return display.quantity_delta(number) if self.kind is ColumnKind.DELTA else display.quantity(number)
        if isinstance(value, date):
            return display.day(value)
        return str(value)


def sort_key(value: Any) -> tuple[int, Any, Any]:
    """A key that sorts values of one column; what is absent comes last, money by currency first."""
    if value is None or value == "":
        return (1, "", 0)
    if isinstance(value, Money):
        return (0, value.currency.code, value.minor)
    if isinstance(value, str):
        return (0, value.casefold(), 0)
    return (0, value, 0)


def sums(column: Column, rows: Iterable[Any]) -> tuple[Money | Decimal, ...]:
    """The column's sum: one per currency, in order of their codes, or one for quantities."""
    minor: dict[Any, int] = {}
    number: Decimal | None = None
    for row in rows:
        value = column.getter(row)
        if isinstance(value, Money):
            minor[value.currency] = minor.get(value.currency, 0) + value.minor
        elif value is not None:
            number = (number or Decimal(0)) + Decimal(value)
    if minor:
        return tuple(Money(minor[c], c) for c in sorted(minor, key=lambda c: c.code))
    return () if number is None else (number,)


class Lines:
    """Lines of cells, once read through and set aside: in memory where they are few, else in a file."""

    def __init__(self, lines: Iterable[Sequence[Cell]]) -> None:
        self.several: Sequence[bool] = ()
        self._kept = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with the lines
        finalize(self, self._kept.close)
        self._portions = self._number = 0
        rest = iter(lines)
        while portion := list(islice(rest, PORTION)):
            pickle.dump(portion, self._kept, pickle.HIGHEST_PROTOCOL)
            self._portions, self._number = self._portions + 1, self._number + len(portion)

    def __len__(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        self._kept.seek(0)
        for _ in range(self._portions):
            for line in pickle.load(self._kept):  # noqa: S301 - what this object itself has written
                yield list(_with_currencies(line, self.several)) if any(self.several) else line


def cells(columns: Sequence[Column], rows: Iterable[Any]) -> tuple[list[str], Lines]:
    """Headings and cells for other programs. A column of money names its currency, or, with several, has one beside it.

    Values that are no figures, days or texts stand as they are shown.
    """
    codes: list[set[str]] = [set() for _ in columns]

    def line_of(row: Any) -> list[Cell]:
        line = [_cell(column, row) for column in columns]
        for found, value in zip(codes, line, strict=True):
            if isinstance(value, Money | Price):
                found.add(value.currency.code)
        return line

    lines = Lines(line_of(row) for row in rows)
    lines.several = [len(found) > 1 for found in codes]
    titles: list[str] = []
    for column, found in zip(columns, codes, strict=True):
        titles.append(f"{column.title} ({min(found)})" if len(found) == 1 else column.title)
        if len(found) > 1:
            titles.append(f"{column.title} currency")
    return titles, lines


def _with_currencies(line: Sequence[Cell], several: Sequence[bool]) -> Iterator[Cell]:
    for value, beside in zip(line, several, strict=True):
        yield value
        if beside:
            yield _currency(value)


def _cell(column: Column, row: Any) -> Cell:
    value = column.getter(row)
    return value if isinstance(value, CELLS) else column.shown(value)


def _currency(cell: Cell) -> str:
    return cell.currency.code if isinstance(cell, Money | Price) else ""


class RecordModel(QAbstractTableModel):
    """Rows as they are shown: `order` holds places in `rows`, sorted on a list of keys and filtered by their words."""

    def __init__(
        self,
        columns: Sequence[Column],
        row_id: Callable[[Any], Hashable],
        future: Callable[[Any], bool] | None = None,
        quiet: Callable[[Any], bool] | None = None,
    ) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.row_id = row_id
        self.future = future
        self.quiet = quiet
        self.rows: Sequence[Any] | WindowedRows = ()
        self.order: Sequence[int] = ()
        self.sorted_by: str = ""
        self.descending = False
        self.needle = ""
        self._words: list[str] | None = None
        self._keys: dict[str, list[tuple[int, Any, Any]]] = {}

    # -- what is shown

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns of the same rows."""
        self.beginResetModel()
        self.columns = tuple(columns)
        self._words = None
        self._keys = {}
        self._arrange()
        self.endResetModel()

    def set_rows(self, rows: Sequence[Any] | WindowedRows) -> None:
        """Show other rows, in the sort order and under the filter in force."""
        self.beginResetModel()
        if isinstance(self.rows, WindowedRows):
            self.rows.arrived.disconnect(self._rows_arrived)
        self.rows = rows
        if isinstance(rows, WindowedRows):
            rows.arrived.connect(self._rows_arrived)
        self._words = None
        self._keys = {}
        self._arrange()
        self.endResetModel()

    def set_sort(self, key: str, descending: bool) -> None:
        """Sort by a column's values; an unknown key leaves the order in which rows were given."""
        self.beginResetModel()
        self.sorted_by, self.descending = key, descending
        self._arrange()
        self.endResetModel()

    def set_filter(self, text: str) -> None:
        """Keep the rows that hold every word of `text` somewhere."""
        self.beginResetModel()
        self.needle = text.strip().casefold()
        self._arrange()
        self.endResetModel()

    @property
    def windowed(self) -> bool:
        """Whether rows come in windows, ordered and filtered by whoever gives them."""
        return isinstance(self.rows, WindowedRows)

    def sorts_by(self, key: str) -> bool:
        """Whether rows can be sorted by a column; a store that orders them may not know its values."""
        tally = self.rows.tally if isinstance(self.rows, WindowedRows) else None
        return tally is None or key in tally.sortable

    def places_of(self, ids: Iterable[Hashable]) -> Sequence[int]:
        """The places at which rows of these ids are shown."""
        if isinstance(self.rows, WindowedRows):
            return self.rows.places_of(ids)
        wanted = set(ids)
        return [place for place in range(len(self.order)) if self.id_at(place) in wanted] if wanted else []

    def row(self, place: int) -> Any:
        """The row shown at a place; None where it has not come yet."""
        return self.rows[self.order[place]]

    def id_at(self, place: int) -> Hashable:
        """The id of the row shown at a place, whether it has come or not."""
        return self.rows.ids[place] if isinstance(self.rows, WindowedRows) else self.row_id(self.row(place))

    def shown_rows(self) -> list[Any]:
        """All rows shown, in order."""
        return [self.rows[place] for place in self.order]

    def _rows_arrived(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def _arrange(self) -> None:
        order: Sequence[int] = range(len(self.rows))
        if self.windowed:
            self.order = order
            return
        if self.needle:
            words = self.needle.split()
            texts = self._searched()
            order = [place for place in order if all(word in texts[place] for word in words)]
        column = next((column for column in self.columns if column.key == self.sorted_by), None)
        if column is not None:
            if column.key not in self._keys:
                self._keys[column.key] = [sort_key(column.getter(row)) for row in self.rows]
            keys = self._keys[column.key]
            absent = [place for place in order if keys[place][0]]
            present = [place for place in order if not keys[place][0]]
            present.sort(key=keys.__getitem__, reverse=self.descending)
            order = present + absent
        self.order = order

    def _searched(self) -> list[str]:
        if self._words is None:
            self._words = [
                " ".join(_findable(column, column.getter(row)) for column in self.columns).casefold()
                for row in self.rows
            ]
        return self._words

    # -- Qt's side

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self.order):
            return None
        column, row = self.columns[index.column()], self.row(index.row())
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return column.shown(column.getter(row))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return column.alignment
        if role == Qt.ItemDataRole.UserRole:
            return column.getter(row)
        if role == Qt.ItemDataRole.ToolTipRole and column.tooltip is not None:
            return column.tooltip(row)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            if column.key == self.sorted_by and self.sorts_by(column.key):
                arrow = "\u2193" if self.descending else "\u2191"
                return f"{column.title}  {arrow}"
            return column.title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return column.alignment
        if role == Qt.ItemDataRole.ToolTipRole and not self.sorts_by(column.key):
            return TOO_MANY
        return None


def _findable(column: Column, value: Any) -> str:
    if isinstance(value, Money | Decimal):
        return findable(value)
    if isinstance(value, date):
        return f"{value.isoformat()} {value:%d %b %Y}"
    return "" if value is None else column.shown(value)
