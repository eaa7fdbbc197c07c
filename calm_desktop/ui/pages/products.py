"""Products and their dated prices: the list, and beside it what is chosen, to be changed in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from calm_desktop.engine.catalog import Kind, PriceUnit, SellingModel
from calm_desktop.engine.dates import FIRST_DAY
from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.reading import Reader
from calm_desktop.formats.sheets import Price
from calm_desktop.services.catalogue import add_product, set_price, set_product
from calm_desktop.services.requests import AddProduct, Find, SetPrice, SetProduct
from calm_desktop.services.shapes import PriceBookShape, PriceShape, ProductRow
from calm_desktop.services.views import price_book
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField, SegmentedControl
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages import words
from calm_desktop.ui.pages.beside import FormsBesidePage
from calm_desktop.ui.pages.columns import price_text, priced
from calm_desktop.ui.pages.forms import Form, SidePanel, suggest
from calm_desktop.ui.pages.own_fields import OwnRows, columns_of
from calm_desktop.ui.pages.price_steps import PriceSteps
from calm_desktop.ui.record_model import Column, ColumnKind
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import FormRow, Label, Section, button, choice_field, line_field

NEW = "new"


def _price_today(row: ProductRow) -> Price | None:
    return None if row.price is None else priced(row.price, row.currency)


COLUMNS = (
    Column("code", "Code", attrgetter("code"), width=108),
    Column("name", "Product", attrgetter("name"), ColumnKind.LINK, 176),
    Column("kind", "Kind", attrgetter("kind"), width=130, text=words.kind),
    Column("selling_model", "Sold", attrgetter("selling_model"), width=95, text=words.model),
    Column("price", "Price today", _price_today, ColumnKind.QUANTITY, 105, text=price_text),
    Column("currency", "Currency", attrgetter("currency"), width=80),
    Column("price_unit", "Per", attrgetter("price_unit"), width=80, text=words.unit),
    Column("tax_category", "Tax category", attrgetter("tax_category"), width=105),
    Column("family", "Family", attrgetter("family"), width=110, hidden=True),
)

BESIDE = ("code", "name", "price", "currency", "price_unit")
"""The columns that there is room for beside an open product."""


@dataclass(frozen=True)
class PriceLine:
    """A dated price as it is listed: what it was before, and whether it is still to come."""

    entry: PriceShape
    before: Decimal | None
    future: bool


def price_lines(product: ProductRow, currency: str, today: date) -> list[PriceLine]:
    """The prices of a product in a currency, newest first."""
    found: list[PriceLine] = []
    before: Decimal | None = None
    for entry in product.prices:
        if entry.currency == currency:
            found.append(PriceLine(entry, before, entry.start > today))
            before = entry.price
    return found[::-1]


def _change(line: PriceLine) -> str:
    return "" if line.before is None else display.percent_delta(line.before, line.entry.price)


PRICE_COLUMNS = (
    Column(
        "start",
        "From",
        lambda line: line.entry.start,
        ColumnKind.DATE,
        120,
        text=lambda day: "First price" if day == FIRST_DAY else display.day(day),
    ),
    Column("change", "Change", _change, width=80, align=Qt.AlignmentFlag.AlignRight),
    Column(
        "price",
        "Price",
        lambda line: priced(line.entry.price, line.entry.currency),
        ColumnKind.QUANTITY,
        100,
        text=price_text,
    ),
)


class ProductsPage(FormsBesidePage):
    """`calm://products` and `calm://product/ID`: adding, changing and pricing products."""

    kinds = frozenset({"product", "tax", "settings", "field"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.book: PriceBookShape | None = None
        self.chosen = ""
        self.add_button = button("New product", "primary", "plus", "Add a product (Ctrl+Shift+N)")
        self.add_button.setShortcut("Ctrl+Shift+N")
        self.add_button.clicked.connect(self.begin_new)
        self.taxes_button = button("Tax rates")
        self.taxes_button.clicked.connect(lambda: self.go(places.taxes()))

        self.table = RecordTable(
            COLUMNS, attrgetter("id"), "products", context.settings, "", "product", empty="No products yet"
        )
        self.table.view.setAccessibleName("Products")
        self.table.selection_changed.connect(self._selected)
        self.table.link_activated.connect(lambda row, _: self.choose(row.id))

        self.new = self._new_form()
        self.edit = self._edit_form()
        self.new_own, self.edit_own = OwnRows(self.new, FieldObject.PRODUCT), OwnRows(self.edit, FieldObject.PRODUCT)
        self.table.row_activated.connect(lambda _: self.edit.begin())
        self.prices = Prices(context)
        self.panel = SidePanel(self.new, self.edit, self.prices)
        for form in (self.new, self.edit):
            form.closed.connect(self.close_panel)
        self.new.saved.connect(self._added)
        self.lay_out()

    # -- forms

    def _new_form(self) -> Form:
        form = Form(self.context, "New product", "Add product", self._new_product)
        form.add(FormRow("Name", line_field(placeholder="Analytics licence"), "name"))
        form.add(
            FormRow("Code", line_field(placeholder="ANA"), "code"),
            FormRow("Family", line_field(), "family"),
        )
        kinds = [(text, kind.value) for kind, text in words.KINDS.items()]
        models = [(text, model.value) for model, text in words.MODELS.items()]
        form.add(
            FormRow("Kind", choice_field(kinds), "kind"),
            FormRow("Sold", choice_field(models), "selling_model"),
        )
        form.add(
            FormRow("Price", line_field(placeholder="10.00", figures=True), "price"),
            FormRow("Currency", line_field(), "currency"),
        )
        units = [(text, unit.value) for unit, text in words.UNITS.items()]
        form.add(
            FormRow("Price per", choice_field(units), "price_unit"),
            FormRow("Tax category", line_field(placeholder="None"), "tax_category"),
        )
        model = form.field("selling_model")
        model.activated.connect(self._model_chosen)  # type: ignore[attr-defined]
        kind = form.field("kind")
        kind.activated.connect(self._kind_chosen)  # type: ignore[attr-defined]
        return form

    def _edit_form(self) -> Form:
        form = Form(self.context, "", "Save", self._changed_product, "Close")
        self.about = Label("", "muted", wrap=True)
        form.insert_above(self.about)
        form.add(FormRow("Name", line_field(), "name"))
        form.add(
            FormRow("Tax category", line_field(placeholder="None"), "tax_category"),
            FormRow("Family", line_field(), "family"),
        )
        return form

    def _model_chosen(self) -> None:
        """What is sold once is priced once, and only that."""
        texts = self.new.texts()
        once = texts["selling_model"] == SellingModel.ONE_TIME.value
        unit = self.new.field("price_unit")
        if once != (texts["price_unit"] == PriceUnit.ONCE.value):
            wanted = PriceUnit.ONCE if once else PriceUnit.MONTH
            unit.setCurrentIndex(unit.findData(wanted.value))  # type: ignore[attr-defined]

    def _kind_chosen(self) -> None:
        """Goods and services of people are mostly sold once, all else for a term."""
        kind = self.new.texts()["kind"]
        once = kind in (Kind.PHYSICAL.value, Kind.PROFESSIONAL_SERVICE.value)
        model = self.new.field("selling_model")
        wanted = SellingModel.ONE_TIME if once else SellingModel.TERM
        model.setCurrentIndex(model.findData(wanted.value))  # type: ignore[attr-defined]
        self._model_chosen()

    def _new_product(self, typed: Mapping[str, str], reader: Reader) -> tuple[Any, AddProduct]:
        price = reader.price("price", typed["price"])
        return add_product, AddProduct(
            name=typed["name"],
            code=typed["code"],
            price=price or Decimal(0),
            kind=Kind(typed["kind"]),
            selling_model=SellingModel(typed["selling_model"]),
            price_unit=PriceUnit(typed["price_unit"]),
            currency=typed["currency"],
            tax_category=typed["tax_category"],
            family=typed["family"],
            fields=self.new_own.said(typed),
        )

    def _changed_product(self, typed: Mapping[str, str], reader: Reader) -> tuple[Any, SetProduct]:
        row = self.product(self.chosen)
        said = self.edit_own.said(typed, {} if row is None else row.fields)
        return set_product, SetProduct(self.chosen, typed["name"], typed["tax_category"], typed["family"], said)

    # -- the page

    def load(self, link: Link) -> None:
        self.ask(price_book, Find(), self.render_book)

    def render_book(self, book: PriceBookShape) -> None:
        """Show the products; what is being typed stays."""
        self.book = book
        self.table.offer(columns_of(book.fields, FieldObject.PRODUCT))
        self.table.set_rows(book.products)
        for rows in (self.new_own, self.edit_own):
            rows.offer(book.fields, book.today)
        for form in (self.new, self.edit):
            field = form.field("tax_category")
            assert isinstance(field, QLineEdit)
            suggest(field, book.tax_categories)
        wanted = self.link.name if self.link is not None else ""
        if wanted == NEW:
            self._show_new()
        elif wanted:
            self._show(wanted)
        else:
            self._hide_panel()
        self._show_header()

    def _show_header(self) -> None:
        self.set_header(Header("Products and prices", (), (), (self.taxes_button, self.add_button)))

    def product(self, product: str) -> ProductRow | None:
        """The product of an id, or None where it is not known."""
        rows = self.book.products if self.book is not None else ()
        return next((row for row in rows if product in (row.id, row.code)), None)

    def choose(self, product: str) -> None:
        """Open a product beside the list, unless something typed is not saved yet."""
        if self._unsaved(product):
            return
        self._go_to(product)
        self._show(product)

    def begin_new(self) -> None:
        """Open the form for a new product."""
        if self._unsaved(NEW):
            return
        self._go_to(NEW)
        self._show_new()
        self.new.begin()

    def close_panel(self) -> None:
        self.chosen = ""
        self._go_to("")
        self._hide_panel()
        super().close_panel()

    def _go_to(self, name: str) -> None:
        assert self.link is not None
        self._shown_name = name
        self.set_link(Link(self.link.kind, name))

    def _unsaved(self, wanted: str) -> bool:
        """Whether something typed stands in the way of showing something else; the form then says so."""
        if not self.panel.isVisible() or wanted == (self.chosen or NEW):
            return False
        form = next((each for each in (self.new, self.edit, self.prices) if each.isVisible() and each.typed), None)
        if form is None:
            return False
        form.banner.tell("Save or close this first: what is typed here is not saved yet.", "warn")
        self.table.select_ids([self.chosen] if self.chosen else [])
        return True

    def _selected(self, ids: Sequence[str]) -> None:
        if len(ids) == 1:
            self.choose(ids[0])

    def _show(self, product: str) -> None:
        row = self.product(product)
        if row is None or self.book is None:
            self._hide_panel()
            return
        self.table.select_ids([row.id])
        texts = {"name": row.name, "tax_category": row.tax_category, "family": row.family}
        texts |= self.edit_own.texts(row.fields)
        if row.id == self.chosen:
            self.edit.refill(texts)
        else:
            self.edit.fill(texts)
        self.edit.title.setText(f"{row.code} · {row.name}")
        self.edit.title.show()
        sold = "Sold once" if row.selling_model == SellingModel.ONE_TIME else f"{words.model(row.selling_model)}"
        per = "" if row.price_unit == PriceUnit.ONCE else f", priced per {words.unit(row.price_unit).lower()}"
        self.about.setText(f"{words.kind(row.kind)} · {sold}{per}")
        self.prices.show_product(row, self.book, keep=row.id == self.chosen)
        self.chosen = row.id
        self._show_parts(self.edit, self.prices)

    def _show_new(self) -> None:
        if self.chosen or not self.new.isVisible():
            currency = self.book.currency if self.book is not None else ""
            self.new.fill({"currency": currency})
        self.chosen = ""
        self.table.select_ids([])
        self._show_parts(self.new)

    def _hide_panel(self) -> None:
        self.chosen = ""
        self.panel.hide()
        self.table.narrow_to(None)
        self.table.select_ids([])

    def _show_parts(self, *parts: Section) -> None:
        for part in (self.new, self.edit, self.prices):
            part.setVisible(part in parts)
        self.panel.show()
        self.table.narrow_to(BESIDE)

    def _added(self, row: ProductRow) -> None:
        self.chosen = ""
        self._go_to(row.id)
        self.refresh(None)


class Prices(Form):
    """The prices of one product over time, one currency at a time, and a form for another one."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, "Prices", "Add price", self._dated_price, "")
        self.product: ProductRow | None = None
        self.book: PriceBookShape | None = None
        self.currencies = SegmentedControl(())
        self.steps = PriceSteps()
        self.table = RecordTable(
            PRICE_COLUMNS,
            lambda line: (line.entry.currency, line.entry.start),
            "product/prices",
            noun="price",
            future=lambda line: line.future,
            empty="No price yet",
        ).bare()
        self.insert_above(self.steps)
        self.insert_above(self.table)
        self.insert_above(Label("A price from a day on", size=13, weight=600))
        self.add(
            FormRow("From", DateField(), "start"),
            FormRow("Price", line_field(figures=True), "price"),
            FormRow("Currency", line_field(), "currency"),
        )

    def show_product(self, product: ProductRow, book: PriceBookShape, keep: bool) -> None:
        """Show a product's prices; `keep` what is typed and the currency that is looked at."""
        self.product, self.book = product, book
        codes = sorted({entry.currency for entry in product.prices}, key=lambda code: (code != book.currency, code))
        current = self.currencies.current if keep and self.currencies.current in codes else product.currency
        self.head.removeWidget(self.currencies)
        self.currencies.deleteLater()
        self.currencies = SegmentedControl(codes, current)
        self.currencies.chosen.connect(self.show_currency)
        self.add_tool(self.currencies)
        self.currencies.setVisible(len(codes) > 1)
        start = self.field("start")
        assert isinstance(start, DateField)
        start.set_today(book.today)
        texts = {"start": book.today.isoformat(), "price": "", "currency": current}
        if keep:
            self.refill(texts)
        else:
            self.fill(texts)
        self._draw(current)

    def show_currency(self, code: str) -> None:
        """Look at the prices in another currency."""
        self.refill({**self.texts(), "currency": code})
        self._draw(code)

    def _draw(self, code: str) -> None:
        assert self.product is not None
        assert self.book is not None
        lines = price_lines(self.product, code, self.book.today)
        self.table.set_rows(lines)
        self.table.fit_height(6)
        self.steps.show_prices([line.entry for line in lines[::-1]], self.book.today)
        self.steps.setVisible(len(lines) > 1)

    def _dated_price(self, typed: Mapping[str, str], reader: Reader) -> tuple[Any, SetPrice]:
        assert self.product is not None
        price = reader.price("price", typed["price"])
        start = date.fromisoformat(typed["start"]) if typed["start"] else FIRST_DAY
        return set_price, SetPrice(self.product.id, price or Decimal(0), start, typed["currency"])
