"""Imports that were made, with what each brought, and the way to the next one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from pathlib import PurePath
from typing import Any

from PySide6.QtWidgets import QStackedWidget

from calm_desktop.services.requests import Find
from calm_desktop.services.shapes import ImportRow
from calm_desktop.services.views import list_imports
from calm_desktop.ui import places
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages.asking import AskingPage
from calm_desktop.ui.record_model import Column, ColumnKind
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import EmptyState, button


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
    _count("changed", "Changed", hidden=True),
    _count("same", "There already"),
    _count("skipped", "Left out"),
    _count("cancelled", "Cancelled"),
    _count("rejected", "Could not go in"),
    Column("taken_back_at", "Taken back", attrgetter("taken_back_at"), width=150, text=_moment),
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
            "Orders come in as CSV or JSON files. A file is judged whole before anything is stored, "
            "and the same file twice adds nothing.",
            "Import…",
        )
        self.empty.acted.connect(self.begin)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        self.column().addWidget(self.stack)

    def load(self, link: Link) -> None:
        self.ask(list_imports, Find(), self.render_imports)

    def render_imports(self, rows: tuple[ImportRow, ...]) -> None:
        """Show the imports, newest first."""
        self.table.set_rows(rows[::-1])
        self.stack.setCurrentWidget(self.table if rows else self.empty)
        buttons = (self.help_button, self.import_button) if rows else (self.help_button,)
        self.set_header(Header("Imports", (), (), buttons))

    def begin(self) -> None:
        """Open the import wizard."""
        self.context.start_wizard("importing")

    def focus_filter(self) -> None:
        self.table.focus_filter()
