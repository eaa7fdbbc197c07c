"""Tax rates: by tax category of products and tax profile of accounts, each from a day on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from PySide6.QtWidgets import QLineEdit

from calm_desktop.engine.dates import FIRST_DAY
from calm_desktop.engine.reading import Reader
from calm_desktop.services.requests import AddTax, Find
from calm_desktop.services.shapes import TaxBookShape
from calm_desktop.services.taxes import add_tax
from calm_desktop.services.views import tax_book
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.links import Link
from calm_desktop.ui.pages.beside import DatedRatesPage
from calm_desktop.ui.pages.forms import suggest
from calm_desktop.ui.record_model import Column, ColumnKind
from calm_desktop.ui.widgets import FormRow, line_field

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
EXPLAINED = (
    "Tax on an invoice line is the rate of the product's tax category for the account's tax profile, "
    "on the invoice date. Without a profile, a rate holds for every account that has no rate of its own."
)


class TaxesPage(DatedRatesPage):
    """`calm://taxes`: the rates, and beside them a form for another one."""

    kinds = frozenset({"product", "tax", "account"})
    title, one = "Tax rates", "a tax rate"
    above = ("Products and prices", places.products())
    about = ("category", "profile")

    def __init__(self, context: Context) -> None:
        super().__init__(context, "taxes", COLUMNS, _wish, EXPLAINED)
        self.form.add(FormRow("Tax category of products", line_field(placeholder="software"), "category"))
        self.form.add(FormRow("Tax profile of accounts", line_field(placeholder="All others"), "profile"))
        self.form.add(
            FormRow("Rate %", line_field(placeholder="19", figures=True), "rate"),
            FormRow("From", DateField(optional=True, placeholder="The beginning"), "start"),
        )

    def load(self, link: Link) -> None:
        self.ask(tax_book, Find(), self._render)

    def _render(self, book: TaxBookShape) -> None:
        for name, words in (("category", book.categories), ("profile", book.profiles)):
            field = self.form.field(name)
            assert isinstance(field, QLineEdit)
            suggest(field, words)
        self.show_rates(book.today, book.rates)


def _wish(typed: Mapping[str, str], reader: Reader) -> tuple[Any, AddTax]:
    rate = reader.percent("rate", typed["rate"], 1000)
    start = date.fromisoformat(typed["start"]) if typed["start"] else None
    return add_tax, AddTax(typed["category"], rate or Decimal(0), typed["profile"], start)
