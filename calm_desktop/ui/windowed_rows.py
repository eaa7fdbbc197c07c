"""Rows too many to hold: a list of ids, of which only the windows that are looked at are fetched, in the background.

    rows = WindowedRows(ids, fetch=lambda ids: desk.ask(views.rows_of, ids), background=background)
    table.set_rows(rows)
    table.order_requested.connect(lambda key, descending, words: ...)    # ask the store, then set_rows again

`fetch` gets ids and answers their rows in the same order; it runs off the GUI thread. A row that has not come yet is
None.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from calm_desktop.ui.background import Background, Problems

T = TypeVar("T")

WINDOW = 256
WINDOWS_KEPT = 40

Fetch = Callable[[Sequence[Hashable]], Sequence[Any]]


class WindowedRows(QObject):
    """A sequence of rows by ids; `arrived(first, last)` tells places whose rows have come."""

    arrived = Signal(int, int)
    failed = Signal(object)

    def __init__(self, ids: Sequence[Hashable], fetch: Fetch, background: Background) -> None:
        super().__init__()
        self.ids = ids
        self.fetch = fetch
        self.background = background
        self._windows: OrderedDict[int, Sequence[Any]] = OrderedDict()
        self._asked: set[int] = set()

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

    def read(
        self,
        places: Sequence[int],
        work: Callable[[Sequence[Any]], T],
        done: Callable[[T], object],
        failed: Callable[[Problems], object],
    ) -> None:
        """Fetch the rows of places, window by window, do `work` with them, all in the background, and tell `done`."""
        wanted = [self.ids[place] for place in places]

        def job() -> T:
            rows: list[Any] = []
            for first in range(0, len(wanted), WINDOW):
                rows += self.fetch(wanted[first : first + WINDOW])
            return work(rows)

        self.background.run(job, done, failed, owner=self)

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
