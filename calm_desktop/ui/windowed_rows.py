"""Rows too many to hold: a list of ids, of which only the windows that are looked at are fetched, in the background.

    rows = WindowedRows(ids, fetch=lambda ids: desk.ask(views.rows_of, ids), background=background, tally=tally)
    table.set_rows(rows)
    table.order_requested.connect(lambda key, descending, words: ...)    # ask the store, then set_rows again

`fetch` gets ids and answers their rows in the same order; it runs off the GUI thread. A row that has not come yet is
None. A `Tally` says what the rows come to, which takes all of them to know.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from PySide6.QtCore import QObject, Signal

from calm_desktop.ui.background import Background, Problems

T = TypeVar("T")

WINDOW = 256
WINDOWS_KEPT = 40
READ_AT_ONCE = 2_000

Fetch = Callable[[Any], Sequence[Any]]
Sums = Mapping[str, Sequence[Any]]
"""What columns come to, by their keys: a sum for each currency."""


@runtime_checkable
class QuickIds(Protocol):
    """Ids that are more quickly found than one by one."""

    def at(self, places: Sequence[int]) -> Sequence[Hashable]:
        """Those at some places."""

    def places_of(self, ids: Iterable[Hashable]) -> Sequence[int]:
        """The places of those of these ids that are among them."""


@dataclass(frozen=True)
class Tally:
    """What the store knows of rows: the `records` they stand for, of how many (`every`), the columns it can sort by.

    `sums(keys, ids)` adds columns up, over all rows or those of some ids; it runs off the GUI thread.
    """

    records: int
    every: int
    sortable: Container[str]
    sums: Callable[[Sequence[str], Any], Sums]


class WindowedRows(QObject):
    """A sequence of rows by ids; `arrived(first, last)` tells places whose rows have come."""

    arrived = Signal(int, int)
    failed = Signal(object)

    def __init__(
        self,
        ids: Sequence[Hashable],
        fetch: Fetch,
        background: Background,
        tally: Tally | None = None,
        first: Sequence[Any] = (),
    ) -> None:
        """`first` are the rows of the first window, where they are there already."""
        super().__init__()
        self.tally = tally
        self.ids = ids
        self.fetch = fetch
        self.background = background
        self._windows: OrderedDict[int, Sequence[Any]] = OrderedDict()
        self._asked: set[int] = set()
        if first:
            self._windows[0] = first

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, place: int) -> Any:
        """The row at a place, or None while its window is on its way."""
        window, offset = divmod(place, WINDOW)
        if window in self._windows:
            self._windows.move_to_end(window)
            return self._windows[window][offset]
        self._ask(window)
        return None

    def __iter__(self) -> Iterator[Any]:
        return (self[place] for place in range(len(self)))

    def there(self, place: int) -> Any:
        """The row at a place if it has come; it is not asked for."""
        window, offset = divmod(place, WINDOW)
        return self._windows[window][offset] if window in self._windows else None

    def places_of(self, ids: Iterable[Hashable]) -> Sequence[int]:
        """The places of the rows of these ids."""
        if isinstance(self.ids, QuickIds):
            return self.ids.places_of(ids)
        wanted = set(ids)
        return [place for place, each in enumerate(self.ids) if each in wanted] if wanted else []

    def at(self, places: Sequence[int]) -> Sequence[Hashable]:
        """The ids of the rows at places."""
        return self.ids.at(places) if isinstance(self.ids, QuickIds) else [self.ids[place] for place in places]

    def read(
        self,
        places: Sequence[int],
        work: Callable[[Iterable[Any]], T],
        done: Callable[[T], object],
        failed: Callable[[Problems], object],
    ) -> None:
        """Fetch the rows of places, some at a time, do `work` with them, all in the background, and tell `done`.

        What is gone meanwhile is passed over.
        """
        wanted = self.at(places)

        def rows() -> Iterator[Any]:
            for first in range(0, len(wanted), READ_AT_ONCE):
                yield from (row for row in self.fetch(wanted[first : first + READ_AT_ONCE]) if row is not None)

        self.background.run(lambda: work(rows()), done, failed, owner=self)

    def _ask(self, window: int) -> None:
        if window in self._asked:
            return
        self._asked.add(window)
        first = window * WINDOW
        wanted = self.ids[first : first + WINDOW]
        self.background.run(
            lambda: tuple(self.fetch(wanted)),
            lambda rows: self._arrived(window, rows),
            self._not_arrived,
            owner=self,
        )

    def _arrived(self, window: int, rows: Sequence[Any]) -> None:
        self._asked.discard(window)
        self._windows[window] = rows
        while len(self._windows) > WINDOWS_KEPT:
            self._windows.popitem(last=False)
        first = window * WINDOW
        self.arrived.emit(first, first + len(rows) - 1)

    def _not_arrived(self, problems: Problems) -> None:
        """What could not be fetched stays empty, and is not asked for again by itself."""
        self.failed.emit(problems)
