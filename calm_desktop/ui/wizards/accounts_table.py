"""Choosing customers: a filter over all of them, and a table in which one is picked, or several."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QVBoxLayout, QWidget

from calm_desktop.services import views
from calm_desktop.services.requests import Find
from calm_desktop.services.shapes import AccountRow
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice
from calm_desktop.ui.record_table import Column, ColumnKind, RecordTable
from calm_desktop.ui.widgets import ElidedLabel, button

COLUMNS = (
    Column("name", "Account", attrgetter("name"), width=260),
    Column("number", "Number", attrgetter("number"), width=110),
    Column("country", "Country", attrgetter("country"), width=80),
    Column("currency", "Currency", attrgetter("currency"), width=80),
    Column("assets", "Assets", attrgetter("assets"), ColumnKind.QUANTITY, 80),
    Column("mrr", "MRR", attrgetter("mrr"), ColumnKind.MONEY, 120),
)


class AccountsTable(QWidget):
    """All customers. `picked(row)` when one is chosen, `go_on` on Enter or a double click."""

    picked = Signal(object)
    go_on = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self._wanted = ""
        self.table = RecordTable(COLUMNS, attrgetter("id"), "wizard/accounts", noun="account")
        self.table.columns_button.hide()
        self.table.export_button.hide()
        self.table.filter_field.setFixedWidth(320)
        self.table.filter_field.setPlaceholderText("Search by name or number")
        self.table.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        self.setFocusProxy(self.table.filter_field)
        self.table.selection_changed.connect(self._selected)
        self.table.view.doubleClicked.connect(lambda _: self.go_on.emit())
        self.table.filter_field.installEventFilter(self)
        self.table.view.installEventFilter(self)
        self._asked = False

    def showEvent(self, event: QShowEvent) -> None:
        """The accounts are read when they are first looked at."""
        super().showEvent(event)
        if not self._asked:
            self._asked = True
            desk, background = self.context.desk, self.context.background
            background.run(lambda: desk.ask(views.list_accounts, Find()), self._show, self._failed, owner=self)

    def pick(self, account: str) -> None:
        """Select the account of an id; it is told once the accounts are there."""
        self._wanted = account
        self.table.select_ids([account])
        if self.table.selected_rows():
            self._selected()

    @property
    def row(self) -> AccountRow | None:
        """The account picked."""
        rows: list[Any] = self.table.selected_rows()
        return rows[0] if rows else None

    def _show(self, rows: tuple[AccountRow, ...]) -> None:
        self.table.set_rows(rows)
        if self._wanted:
            self.pick(self._wanted)

    def _failed(self, problems: tuple[Any, ...]) -> None:
        self.context.notify(Notice("\n".join(each.message for each in problems), "bad"))

    def _selected(self, _: object = None) -> None:
        if self.row is not None:
            self._wanted = self.row.id
            self.picked.emit(self.row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down walks from the filter into the table; Enter takes the first match, then goes on."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if watched is self.table.filter_field and (enter or event.key() == Qt.Key.Key_Down):
                self.table.set_filter(self.table.filter_field.text())
                self._pick_first()
                if not enter:
                    self.table.view.setFocus()
                elif self.row is not None:
                    self.go_on.emit()
                return True
            if watched is self.table.view and enter and self.row is not None:
                self.go_on.emit()
                return True
        return super().eventFilter(watched, event)

    def _pick_first(self) -> None:
        rows = self.table.rows()
        if rows and self.row not in rows:
            self.table.select_ids([rows[0].id])
            self._selected()


class SeveralAccounts(AccountsTable):
    """All customers, of whom several are chosen: a click takes one or puts it back, whatever the filter shows.

    `chosen_changed` tells that others are chosen.
    """

    chosen_changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.chosen: dict[str, str] = {}
        self.table.view.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        self.said = ElidedLabel("", "muted")
        self.none_button = button("Choose none", "link")
        self.none_button.clicked.connect(lambda: self.choose([], told=True))
        foot = QHBoxLayout()
        foot.addWidget(self.said, 1)
        foot.addWidget(self.none_button)
        self.layout().addLayout(foot)  # type: ignore[union-attr]
        self.table.model.modelReset.connect(lambda: QTimer.singleShot(0, self, self._show_chosen))
        self._say()

    def choose(self, accounts: Sequence[str], told: bool = False) -> None:
        """Choose these accounts, by id, and no others."""
        self.chosen = {account: self.chosen.get(account, "") for account in accounts}
        self._show_chosen()
        if told:
            self.chosen_changed.emit()

    @property
    def words(self) -> str:
        """The accounts chosen, by name."""
        return ", ".join(name for name in self.chosen.values() if name)

    def _show_chosen(self) -> None:
        self.chosen.update({row.id: row.name for row in self.table.model.rows if row.id in self.chosen})
        self.table.select_ids(self.chosen, scroll=False)
        self._say()

    def _selected(self, _: object = None) -> None:
        """What the filter hides stays chosen."""
        shown = {row.id for row in self.table.rows()}
        kept = {account: name for account, name in self.chosen.items() if account not in shown}
        self.chosen = kept | {row.id: row.name for row in self.table.selected_rows()}
        self._say()
        self.chosen_changed.emit()

    def _say(self) -> None:
        number = len(self.chosen)
        self.said.setText(f"{number:,} chosen: {self.words}" if number else "None is chosen yet.")
        self.none_button.setVisible(bool(number))
