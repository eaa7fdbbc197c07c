"""Exchange rates: what one currency is worth in another, each from a day on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout

from calm_desktop.engine.reading import Reader
from calm_desktop.services.exchange import DECIMALS, add_rate, list_rates
from calm_desktop.services.requests import AddRate
from calm_desktop.services.shapes import RateRow
from calm_desktop.services.tx import Tx
from calm_desktop.ui import places
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages.asking import AskingPage
from calm_desktop.ui.pages.forms import Form, SidePanel
from calm_desktop.ui.record_model import Column, ColumnKind
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import FormRow, Label, button, line_field

COLUMNS = (
    Column("currency", "Currency", attrgetter("currency"), width=120),
    Column("to", "Into", attrgetter("to"), width=120),
    Column("from", "From", attrgetter("from_"), ColumnKind.DATE, 130),
    Column("rate", "Rate", attrgetter("rate"), ColumnKind.QUANTITY, 130, text=lambda rate: f"{rate.normalize():f}"),
)
EXPLAINED = (
    "A rate says how many units of the other currency one unit is worth, from a day on. With a reporting currency in "
    "the settings, figures are also shown converted by the latest rate on or before their day."
)


class RatesPage(AskingPage):
    """`calm://rates`: the exchange rates, and beside them a form for another one."""

    kinds = frozenset({"rate", "settings"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.today = date.max
        self.add_button = button("New rate", "primary", "plus", "Add an exchange rate (Ctrl+Shift+N)")
        self.add_button.setShortcut("Ctrl+Shift+N")
        self.add_button.clicked.connect(self.begin_new)
        self.table = RecordTable(
            COLUMNS,
            lambda row: (row.currency, row.to, row.from_),
            "rates",
            context.settings,
            noun="rate",
            future=lambda row: row.from_ > self.today,
            empty="No exchange rates yet",
        )
        self.table.view.setAccessibleName("Exchange rates")
        self.table.selection_changed.connect(self._selected)
        self.form = Form(context, "New rate", "Add rate", _wish, "Close")
        self.form.insert_above(Label(EXPLAINED, "muted", wrap=True))
        self.form.add(
            FormRow("One unit of", line_field(placeholder="EUR"), "currency"),
            FormRow("Into", line_field(), "to", "Empty: the reporting currency, else the organisation's"),
        )
        self.form.add(
            FormRow("Rate", line_field(placeholder="1.0845", figures=True), "rate"),
            FormRow("From", DateField(optional=True, placeholder="Today"), "start"),
        )
        self.form.closed.connect(self.close_panel)
        self.panel = SidePanel(self.form)
        row = QHBoxLayout(self.content)
        row.setContentsMargins(28, 2, 28, 18)
        row.setSpacing(14)
        row.addWidget(self.table, 1)
        row.addWidget(self.panel)

    def load(self, link: Link) -> None:
        def answer(tx: Tx, _: None) -> tuple[date, tuple[RateRow, ...]]:
            return tx.today, list_rates(tx)

        self.ask(answer, None, self._render)

    def _render(self, answer: tuple[date, tuple[RateRow, ...]]) -> None:
        self.today, rates = answer
        self.table.set_rows(rates)
        start = self.form.field("start")
        assert isinstance(start, DateField)
        start.set_today(self.today)
        crumbs = (("Settings", places.settings()), ("Exchange rates", ""))
        self.set_header(Header("Exchange rates", crumbs, (), (self.add_button,)))

    def begin_new(self) -> None:
        """Open the form for another rate."""
        if not self.panel.isVisible():
            self.form.fill({})
            self.panel.show()
        self.form.begin()

    def close_panel(self) -> None:
        """Put the form away, and what was typed there."""
        self.panel.hide()
        self.table.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_filter(self) -> None:
        self.table.focus_filter()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.panel.isVisible():
            self.close_panel()
        else:
            super().keyPressEvent(event)

    def _selected(self, ids: Sequence[object]) -> None:
        """A rate that is chosen fills the form, for another rate from today on."""
        rows: list[RateRow] = self.table.selected_rows()
        if len(rows) == 1 and not (self.panel.isVisible() and self.form.typed):
            self.form.fill({"currency": rows[0].currency, "to": rows[0].to, "start": self.today.isoformat()})
            self.panel.show()


def _wish(typed: Mapping[str, str], reader: Reader) -> tuple[Any, AddRate]:
    rate = reader.number("rate", typed["rate"], DECIMALS, "1.0845")
    start = date.fromisoformat(typed["start"]) if typed["start"] else None
    return add_rate, AddRate(typed["currency"], Decimal(1) if rate is None else rate, typed["to"], start)
