"""Imports that were made, with what each brought, and the way to the next one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from pathlib import PurePath
from typing import Any

from PySide6.QtWidgets import QAbstractItemView, QStackedWidget, QVBoxLayout, QWidget

from calm_desktop.engine.problems import Problem
from calm_desktop.services.import_undo import undo_import
from calm_desktop.services.requests import Find, Look, UndoImport
from calm_desktop.services.shapes import ImportRow, ImportUndone, OrderRow
from calm_desktop.services.views import list_imports, list_orders_of_import
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header, Notice
from calm_desktop.ui.pages import columns
from calm_desktop.ui.pages.asking import AskingPage
from calm_desktop.ui.record_model import Column, ColumnKind
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import Banner, EmptyState, button


def _moment(value: datetime) -> str:
    return f"{value.astimezone():%d %b %Y, %H:%M}"


def _names(row: ImportRow) -> str:
    """The files' names; their folders are told by the tooltip."""
    return ", ".join(PurePath(name.strip()).name for name in row.files.splitlines() or [row.files])


def _count(key: str, title: str, **more: Any) -> Column:
    width = 115 if " " in title else 85
    return Column(key, title, lambda row: Decimal(getattr(row, key)), ColumnKind.QUANTITY, width, **more)


COLUMNS = (
    Column("imported_at", "Imported", attrgetter("imported_at"), width=150, text=_moment),
    Column("files", "Files", _names, width=190, tooltip=attrgetter("files")),
    Column("format", "Format", attrgetter("format"), width=100),
    _count("read", "Rows read"),
    _count("new", "New"),
    _count("changed", "Changed"),
    _count("same", "There already"),
    _count("skipped", "Left out"),
    _count("cancelled", "Cancelled"),
    _count("rejected", "Could not go in"),
    Column("state", "State", lambda row: "Taken back" if row.taken_back_at else "Stored", ColumnKind.CHIP, 110),
    Column("taken_back_at", "Taken back", attrgetter("taken_back_at"), width=150, text=_moment, hidden=True),
    Column("batch", "Batch", attrgetter("batch"), width=170, hidden=True),
)


class ImportsPage(AskingPage):
    """`calm://imports`."""

    kinds = frozenset({"import"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.import_button = button("Import…", "primary", "imports", "Bring order files in; or drop them anywhere")
        self.import_button.clicked.connect(self.begin)
        self.help_button = button("Order files explained")
        self.help_button.clicked.connect(lambda: self.go(places.help_on("order-files")))
        self.table = RecordTable(
            COLUMNS, attrgetter("batch"), "imports", context.settings, noun="import", empty="No imports yet"
        )
        self.table.view.setAccessibleName("Imports")
        self.empty = EmptyState(
            "No imports yet",
            "Orders come in as exports of other systems, CSV, workbooks or JSON. A file is judged whole before "
            "anything is stored, and the same file twice adds nothing.",
            "Import…",
        )
        self.empty.acted.connect(self.begin)
        self.table.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.selection_changed.connect(lambda _: self._picked())
        self.orders = RecordTable(
            columns.orders(True), attrgetter("id"), "imports/orders", title="Its orders", noun="order",
            empty="This import made no orders.",
        )  # fmt: skip
        self.orders.link_activated.connect(self._open)
        self.take_back_button = button("Take back…", tooltip="Undo all that this import made")
        self.take_back_button.clicked.connect(self.look_at_taking_back)
        self.orders.add_tool(self.take_back_button)
        self.banner = Banner()
        self.orders.hide()
        both = QWidget()
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(self.banner)
        column.addWidget(self.table, 3)
        column.addWidget(self.orders, 2)
        self.listed = both
        self.stack = QStackedWidget()
        self.stack.addWidget(both)
        self.stack.addWidget(self.empty)
        self.column().addWidget(self.stack)

    def load(self, link: Link) -> None:
        self.ask(list_imports, Find(), self.render_imports)

    def render_imports(self, rows: tuple[ImportRow, ...]) -> None:
        """Show the imports, newest first."""
        self.table.set_rows(rows[::-1])
        self.stack.setCurrentWidget(self.listed if rows else self.empty)
        self._picked()
        buttons = (self.help_button, self.import_button) if rows else (self.help_button,)
        self.set_header(Header("Imports", (), (), buttons))

    # -- one import

    @property
    def chosen(self) -> ImportRow | None:
        """The import that is selected."""
        return next(iter(self.table.selected_rows()), None)

    def _picked(self) -> None:
        row = self.chosen
        self.orders.setVisible(row is not None)
        self.banner.hide()
        if row is not None:
            self.take_back_button.setEnabled(row.taken_back_at is None)
            self.ask(list_orders_of_import, Look(row.batch), self.orders.set_rows, "orders")

    def _open(self, row: OrderRow, key: str) -> None:
        self.go(places.account(row.account_id) if key == "account" else places.order(row.id))

    def look_at_taking_back(self) -> None:
        """Show what taking the selected import back would undo, or what depends on it, and ask."""
        row = self.chosen
        if row is None:
            return
        desk, wish = self.context.desk, UndoImport(row.batch)
        self.context.background.run(
            lambda: desk.preview(undo_import, wish), self._ask_taking_back, self._depends, write=True,
            slot=(id(self), "undo"), owner=self,
        )  # fmt: skip

    def _ask_taking_back(self, undone: ImportUndone) -> None:
        counts = (
            (undone.orders, "order"), (undone.assets, "asset"), (undone.accounts, "account"),
            (undone.products, "product"), (undone.prices, "price"),
            (undone.usage, "usage record"), (undone.payments, "payment"),
        )  # fmt: skip
        what = ", ".join(display.count(count, noun) for count, noun in counts if count) or "nothing"
        words = f"Take back the import of {undone.files}? Nothing depends on it. Undone or withdrawn are: {what}."
        self.banner.tell(words, "warn", [("Take back", lambda: self._take_back(undone.batch))])

    def _depends(self, problems: tuple[Problem, ...]) -> None:
        self.banner.tell("\n".join(each.message for each in problems), "bad")

    def _take_back(self, batch: str) -> None:
        desk = self.context.desk
        self.banner.hide()
        self.context.background.run(
            lambda: desk.do(undo_import, UndoImport(batch)), self._taken_back, self._depends, write=True,
            slot=(id(self), "undo"), owner=self,
        )  # fmt: skip

    def _taken_back(self, undone: ImportUndone) -> None:
        words = f"The import of {undone.files} is taken back: {display.count(undone.orders, 'order')} undone."
        self.context.notify(Notice(words, "good"))

    def begin(self) -> None:
        """Open the import wizard."""
        self.context.start_wizard("importing")

    def focus_filter(self) -> None:
        self.table.focus_filter()
