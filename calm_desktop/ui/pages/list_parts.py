"""Lists as components of a page: the first rows of something, and the way to all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any

from calm_desktop.services.shapes import FirstRows
from calm_desktop.ui import display
from calm_desktop.ui.components import Choice, Options
from calm_desktop.ui.context import Context
from calm_desktop.ui.pages.columns import is_undone
from calm_desktop.ui.record_table import Column, RecordTable
from calm_desktop.ui.widgets import button

MOST = 20
"""How many rows a list shows unless told."""

MOST_CHOICE = Choice("most", "At most", tuple((f"{n} rows", "" if n == MOST else str(n)) for n in (5, 10, 20, 50, 100)))


def most_of(options: Options) -> int:
    """How many rows a list is to show."""
    chosen = options.get(MOST_CHOICE.name, "")
    return int(chosen) if chosen in {value for _, value in MOST_CHOICE.values if value} else MOST


def only(columns: Sequence[Column], *keys: str) -> tuple[Column, ...]:
    """The columns of these keys, for where there is little room."""
    return tuple(replace(column, hidden=False) for column in columns if column.key in keys)


class ListPart(RecordTable):
    """A short table without tools; the link beside its title opens `everything`."""

    def __init__(
        self,
        context: Context,
        columns: Sequence[Column],
        name: str,
        title: str,
        noun: str,
        empty: str,
        go: Callable[[str], object],
        everything: Callable[[], str] | None = None,
        row_id: Callable[[Any], Hashable] = attrgetter("id"),
        future: Callable[[Any], bool] | None = None,
    ) -> None:
        super().__init__(
            columns, row_id, name, context.settings, title, noun, future=future, empty=empty, quiet=is_undone
        )
        self.without_tools()
        if everything is not None:
            self.everything = button("Show all  →", "link")
            self.everything.setAccessibleName(f"{title}: show all")
            self.everything.clicked.connect(lambda: go(everything()))
            self.add_tool(self.everything)

    def show_first(self, first: FirstRows[Any]) -> None:
        """Show the first rows, and of how many."""
        self.set_rows(first.rows)
        if first.count is not None and first.count > len(first.rows):
            everything = display.count(first.count, self._noun, self._plural)
            self.count_label.setText(f"The first {len(first.rows)} of {everything}")
