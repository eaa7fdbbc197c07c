"""Lists that are too long to hold: what a page asks the store for, and the rows that its table shows then.

window_on(tx, listings.INVOICES, wanted_of(table, find), most=5_000)    # None where there are no more than that
table.set_rows(rows_of(window, context))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from calm_desktop.services.requests import Find
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.listing import Ids, Listing, Wanted, is_long, listed, totals
from calm_desktop.ui.context import Context
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.windowed_rows import WINDOW, Sums, Tally, WindowedRows


@dataclass(frozen=True)
class Window:
    """A look at a long list: the ids in their order, the rows of the `first` window, and what is known of all."""

    listing: Listing
    wanted: Wanted
    ids: Ids
    first: Sequence[Any]
    every: int
    sortable: frozenset[str]


def wanted_of(table: RecordTable, find: Find) -> Wanted:
    """The rows that a table is to show, as a person has sorted and filtered it."""
    model = table.model
    return Wanted(find, model.sorted_by, model.descending, model.needle, tuple(column.key for column in model.columns))


def window_on(tx: Tx, listing: Listing, wanted: Wanted, most: int) -> Window | None:
    """The rows that are wanted, where the list has more than so many; None where it can be held whole."""
    if not is_long(tx, listing, wanted.find, most):
        return None
    found = listed(tx, listing, wanted)
    first = listing.rows(tx, found.ids[:WINDOW], wanted.find)
    return Window(listing, wanted, found.ids, first, found.every, listing.sortable(tx))


def rows_of(window: Window, context: Context) -> WindowedRows:
    """The rows for a table, of which those that are looked at are fetched."""
    desk, listing, wanted = context.desk, window.listing, window.wanted

    def fetch(ids: Ids) -> Sequence[Any]:
        return desk.ask(lambda tx, _: listing.rows(tx, ids, wanted.find), None)

    def sums(keys: Sequence[str], ids: Ids | None) -> Sums:
        among = window.ids if ids is None and wanted.words else ids
        return desk.ask(lambda tx, find: totals(tx, listing, find, keys, among), wanted.find)

    tally = Tally(window.ids.count_records(), window.every, window.sortable, sums)
    return WindowedRows(window.ids, fetch, context.background, tally, window.first)
