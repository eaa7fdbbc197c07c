"""A new product, made from within the sale wizard; it is in the catalogue at once, whatever becomes of the sale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from calm_desktop.engine.catalog import Kind, PriceUnit, SellingModel
from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services import catalogue
from calm_desktop.services.requests import AddProduct
from calm_desktop.services.shapes import ProductRow
from calm_desktop.ui.context import Context
from calm_desktop.ui.widgets import Label, Section, button
from calm_desktop.ui.wizards.form import Form, TypedReader
from calm_desktop.ui.wizards.own_fields import FieldDraft, OwnFieldsForm, said

KINDS = (
    ("Subscription", "subscription"),
    ("Physical", "physical"),
    ("Usage", "usage"),
    ("Professional service", "professional-service"),
    ("Aftermarket service", "aftermarket-service"),
)
MODELS = (("For a term", "term"), ("Until cancelled", "evergreen"), ("Once", "one-time"))
PRICE_UNITS = (("Month", "month"), ("Quarter", "quarter"), ("Half-year", "half-year"), ("Year", "year"))


@dataclass
class ProductDraft:
    """A product as typed."""

    code: str = ""
    name: str = ""
    kind: str = Kind.SUBSCRIPTION.value
    selling_model: str = SellingModel.TERM.value
    price: str = ""
    price_unit: str = PriceUnit.MONTH.value
    tax_category: str = ""
    fields: list[FieldDraft] = field(default_factory=list)


def product_of(draft: ProductDraft, currency: str, today: date) -> AddProduct:
    """The product that is meant, priced in `currency`. Raises `Refused` with what is missing or wrong."""
    read = TypedReader(today)
    code = read.needed("code", draft.code, "Enter a code, by which orders name the product.")
    name = read.needed("name", draft.name, "Enter the name of the product.")
    typed = read.needed("price", draft.price, "Enter the list price, such as 10 or 9.99.")
    price = read.price("price", typed) if typed else None
    read.done()
    assert price is not None
    model = SellingModel(draft.selling_model)
    unit = PriceUnit.ONCE if model is SellingModel.ONE_TIME else PriceUnit(draft.price_unit)
    tax, own = draft.tax_category.strip(), said(draft.fields, today)
    return AddProduct(name, code, price, Kind(draft.kind), model, unit, currency, tax, fields=own)


class NewProduct(Section):
    """The form of a new product. `added(row)` when it is in the catalogue, `closed` when it is not wanted."""

    added = Signal(object)
    closed = Signal()

    def __init__(self, context: Context, today: date) -> None:
        super().__init__("New product")
        self.context, self.today, self.currency = context, today, ""
        self.draft = ProductDraft()
        self.form = form = Form(self.draft, 6)
        form.line("code", "Code", span=2)
        form.line("name", "Name", span=4)
        form.choice("kind", "Kind", KINDS, span=2)
        form.choice("selling_model", "Sold", MODELS, span=2)
        form.line("tax_category", "Tax category", placeholder="None", span=2)
        form.line("price", "List price", figures=True, span=2)
        form.choice("price_unit", "Per", PRICE_UNITS, span=2)
        form.changed.connect(self._typed)
        self.body.addWidget(form)
        self.own = OwnFieldsForm(FieldObject.PRODUCT, 3, today)
        self.own.changed.connect(self._typed)
        self.body.addWidget(self.own)
        self.trouble = Label("", "bad", wrap=True)
        self.body.addWidget(self.trouble)
        row = QHBoxLayout()
        self.add_button = button("Add to the catalogue", "primary")
        self.close_button = button("Back to the line")
        self.add_button.clicked.connect(self._add)
        self.close_button.clicked.connect(self.closed)
        row.addStretch(1)
        row.addWidget(self.close_button)
        row.addWidget(self.add_button)
        self.body.addLayout(row)
        self.body.addStretch(1)

    def begin(self, code: str, currency: str) -> None:
        """Begin anew with what is known."""
        self.draft = ProductDraft(code=code)
        self.currency = currency
        self.form.bind(self.draft)
        self.own.show_drafts(self.draft.fields)
        self.form.rows["price"].title.setText(f"List price in {currency}")
        self._typed()
        self.form.rows["name" if code else "code"].field.setFocus()

    def _typed(self) -> None:
        self.trouble.hide()
        self.form.show_rows(self.draft.selling_model != SellingModel.ONE_TIME.value, "price_unit")
        self._judge(False)

    def _judge(self, all_fields: bool) -> AddProduct | None:
        try:
            wish = product_of(self.draft, self.currency, self.today)
        except Refused as refused:
            self.form.show_problems(refused.problems, all_fields)
            return None
        self.form.show_problems((), all_fields)
        return wish

    def _add(self) -> None:
        wish = self._judge(True)
        if wish is not None:
            self.setEnabled(False)
            desk = self.context.desk
            self.context.background.run(
                lambda: desk.do(catalogue.add_product, wish), self._added, self._refused, write=True, owner=self
            )

    def _added(self, row: ProductRow) -> None:
        self.setEnabled(True)
        self.added.emit(row)

    def _refused(self, problems: Sequence[Problem]) -> None:
        self.setEnabled(True)
        rest = self.own.show_problems(self.form.show_problems(problems, True), True)
        self.trouble.setText("\n".join(problem.message for problem in rest))
        self.trouble.setVisible(bool(rest))
