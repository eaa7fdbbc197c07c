"""Tax rates: by tax category of products and tax profile of accounts, each from a day on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from calm_desktop.engine.dates import FIRST_DAY
from calm_desktop.engine.reading import Reader
from calm_desktop.services.requests import AddTax, Find
from calm_desktop.services.shapes import TaxBookShape, TaxRow
from calm_desktop.services.taxes import add_tax
from calm_desktop.services.views import tax_book
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages.asking import AskingPage
from calm_desktop.ui.pages.forms import Form, SidePanel, suggest
from calm_desktop.ui.record_model import Column, ColumnKind
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import FormRow, Label, button, line_field

COLUMNS = (
    Column("category", "Tax category", attrgetter("category"), width=170),
    Column("profile", "Tax profile", attrgetter("profile"), width=170, text=lambda word: word or "All others"),
    Column(
        "start",
        "From",
        attrgetter("start"),
        ColumnKind.DATE,
        130,
        text=lambda day: "The beginning" if day == FIRST_DAY else display.day(day),
    ),
    Column("rate", "Rate %", attrgetter("rate"), ColumnKind.QUANTITY, 100),
)


class TaxesPage(AskingPage):
    """`calm://taxes`: the rates, and beside them a form for another one."""

    kinds = frozenset({"product", "tax", "account"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.book: TaxBookShape | None = None
        self.add_button = button("New rate", "primary", "plus", "Add a tax rate (Ctrl+Shift+N)")
        self.add_button.setShortcut("Ctrl+Shift+N")
        self.add_button.clicked.connect(self.begin_new)
        self.table = RecordTable(
            COLUMNS,
            lambda row: (row.category, row.profile, row.start),
            "taxes",
            context.settings,
            noun="rate",
            future=lambda row: self.book is not None and row.start > self.book.today,
            empty="No tax rates yet",
        )
        self.table.view.setAccessibleName("Tax rates")
        self.table.selection_changed.connect(self._selected)
        self.form = Form(context, "New rate", "Add rate", _wish, "Close")
        explained = (
            "Tax on an invoice line is the rate of the product's tax category for the account's tax profile, "
            "on the invoice date. Without a profile, a rate holds for every account that has no rate of its own."
        )
        self.form.insert_above(Label(explained, "muted", wrap=True))
        self.form.add(FormRow("Tax category of products", line_field(placeholder="software"), "category"))
        self.form.add(FormRow("Tax profile of accounts", line_field(placeholder="All others"), "profile"))
        self.form.add(
            FormRow("Rate %", line_field(placeholder="19", figures=True), "rate"),
            FormRow("From", DateField(optional=True, placeholder="The beginning"), "start"),
        )
        self.form.closed.connect(self.close_panel)
        self.panel = SidePanel(self.form)
        row = QHBoxLayout(self.content)
        row.setContentsMargins(28, 2, 28, 18)
        row.setSpacing(14)
        row.addWidget(self.table, 1)
        row.addWidget(self.panel)

    def load(self, link: Link) -> None:
        self.ask(tax_book, Find(), self.render_book)

    def render_book(self, book: TaxBookShape) -> None:
        """Show the rates; what is being typed stays."""
        self.book = book
        self.table.set_rows(book.rates)
        for name, words in (("category", book.categories), ("profile", book.profiles)):
            field = self.form.field(name)
            assert isinstance(field, QLineEdit)
            suggest(field, words)
        start = self.form.field("start")
        assert isinstance(start, DateField)
        start.set_today(book.today)
        crumbs = (("Products and prices", places.products()), ("Tax rates", ""))
        self.set_header(Header("Tax rates", crumbs, (), (self.add_button,)))

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
        """A rate that is chosen fills the form, for a change of rate from another day on."""
        rows: list[TaxRow] = self.table.selected_rows()
        if len(rows) == 1 and self.book is not None and not (self.panel.isVisible() and self.form.typed):
            row = rows[0]
            texts = {"category": row.category, "profile": row.profile, "start": self.book.today.isoformat()}
            self.form.fill(texts)
            self.panel.show()


def _wish(typed: Mapping[str, str], reader: Reader) -> tuple[Any, AddTax]:
    rate = reader.percent("rate", typed["rate"], 1000)
    start = date.fromisoformat(typed["start"]) if typed["start"] else None
    return add_tax, AddTax(typed["category"], rate or Decimal(0), typed["profile"], start)
