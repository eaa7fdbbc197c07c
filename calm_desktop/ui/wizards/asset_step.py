"""Choosing the asset that is changed, cancelled or transferred: a filter over all of them, or those of an account."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView

from calm_desktop.engine.problems import Problem
from calm_desktop.services import views
from calm_desktop.services.requests import Find
from calm_desktop.services.shapes import AssetHead
from calm_desktop.ui import display
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice
from calm_desktop.ui.record_table import Column, ColumnKind, RecordTable
from calm_desktop.ui.wizards.change_draft import AssetDraft
from calm_desktop.ui.wizards.steps import Step

COLUMNS = (
    Column("name", "Asset", attrgetter("name"), width=230),
    Column("account", "Account", attrgetter("account"), width=190),
    Column("product", "Product", attrgetter("product"), width=100),
    Column("quantity", "Quantity", attrgetter("quantity"), ColumnKind.QUANTITY, 90),
    Column("mrr", "MRR", attrgetter("mrr"), ColumnKind.MONEY, 110),
    Column("lifecycle_start", "Start", attrgetter("lifecycle_start"), ColumnKind.DATE, 110),
    Column("lifecycle_end", "End", attrgetter("lifecycle_end"), ColumnKind.DATE, 110, text=display.last_day),
    Column("status", "Status", attrgetter("status"), ColumnKind.CHIP, 100),
)


def asset_words(asset: AssetHead) -> str:
    """How an asset reads where its account must be told."""
    return f"{asset.name} of {asset.account}"


class AssetStep(Step):
    """Which asset; Enter in the filter takes the first match and goes on."""

    def __init__(self, context: Context, draft: AssetDraft, title: str, account: str = "") -> None:
        super().__init__("Asset", title)
        self.context, self.draft, self.account = context, draft, account
        self._asked = False
        self.table = RecordTable(COLUMNS, attrgetter("id"), "wizard/asset", noun="asset")
        self.table.columns_button.hide()
        self.table.export_button.hide()
        self.table.filter_field.setFixedWidth(320)
        self.table.filter_field.setPlaceholderText("Search by asset, account or product")
        self.table.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.show_column("account", not account)
        self.table.selection_changed.connect(self._selected)
        self.table.view.doubleClicked.connect(lambda _: self.go_on.emit())
        self.table.filter_field.installEventFilter(self)
        self.body.addWidget(self.table, 1)

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self.table.select_ids([draft.asset])

    def entered(self) -> None:
        if not self._asked:
            self._asked = True
            find, desk = Find(account=self.account), self.context.desk
            self.context.background.run(
                lambda: desk.ask(views.list_assets, find), self._show, self._failed, slot=(id(self), "assets")
            )
        self.table.filter_field.setFocus()

    def problems(self) -> Sequence[Problem]:
        return () if self.draft.asset else (Problem("missing-asset", "asset", "Choose an asset."),)

    def _show(self, rows: tuple[AssetHead, ...]) -> None:
        self.table.set_rows(rows)
        self.table.select_ids([self.draft.asset])

    def _failed(self, problems: tuple[Problem, ...]) -> None:
        self.context.notify(Notice("\n".join(problem.message for problem in problems), "bad"))

    def _selected(self, _: object = None) -> None:
        rows: list[AssetHead] = self.table.selected_rows()
        if rows and rows[0].id != self.draft.asset:
            self.draft.asset, self.draft.asset_words = rows[0].id, asset_words(rows[0])
            self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down walks from the filter into the table; Enter takes the first match and goes on."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter or event.key() == Qt.Key.Key_Down:
                self.table.set_filter(self.table.filter_field.text())
                rows: list[AssetHead] = self.table.rows()
                if rows and all(row.id != self.draft.asset for row in rows):
                    self.table.select_ids([rows[0].id])
                    self._selected()
                if not enter:
                    self.table.view.setFocus()
                elif rows:
                    self.go_on.emit()
                return True
        return super().eventFilter(watched, event)
