"""The sale wizard: who buys, what is sold, and a review of the order, its assets and their billing."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from datetime import date
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from calm_desktop.engine.catalog import Category, SellingModel
from calm_desktop.engine.fields import CustomField, FieldObject
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services import sales, views
from calm_desktop.services.field_values import fields_of
from calm_desktop.services.requests import Find, Sell
from calm_desktop.services.shapes import AccountRow, OrderResult, OrderShape, ProductRow
from calm_desktop.services.tx import Tx
from calm_desktop.ui import display, places, theme
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import SegmentedControl
from calm_desktop.ui.page import Notice
from calm_desktop.ui.undo import undo_buttons
from calm_desktop.ui.widgets import Label, Section, button
from calm_desktop.ui.wizards import sale_draft
from calm_desktop.ui.wizards.accounts_table import AccountsTable
from calm_desktop.ui.wizards.form import Form
from calm_desktop.ui.wizards.frame import UseCase, Wizard
from calm_desktop.ui.wizards.new_product import NewProduct
from calm_desktop.ui.wizards.order_review import OrderReview
from calm_desktop.ui.wizards.own_fields import OwnFieldsForm
from calm_desktop.ui.wizards.ramp_steps import RampSteps
from calm_desktop.ui.wizards.sale_draft import LineDraft, SaleDraft
from calm_desktop.ui.wizards.sources import add_source_lines, choose_source, show_source_lines
from calm_desktop.ui.wizards.steps import Step

FREQUENCIES = (
    ("Monthly", "monthly"),
    ("Quarterly", "quarterly"),
    ("Every half-year", "semi-annual"),
    ("Yearly", "annual"),
    ("Weekly", "weekly"),
    ("Daily", "daily"),
    ("Once", "once"),
)
TIMINGS = (("In advance", "advance"), ("In arrears", "arrears"))
BOUNDARIES = (
    ("On the start's own day", "anniversary"),
    ("With the calendar", "calendar"),
    ("On a day of the month", sale_draft.DAY_OF_MONTH),
    ("At the month's end", "last-day"),
)
PARTIALS = (("Count their days", "allowed"), ("Count as whole", "whole"))
REMAINDERS = (("To the last period", "last"), ("To the first period", "first"))
CATEGORIES = tuple((each.value, each.value) for each in (Category.INITIAL_SALE, Category.CROSS_SELLS, Category.OTHER))
DISCOUNTS = (("percent", sale_draft.PERCENT), ("per unit", sale_draft.PER_UNIT))
UNITS = (("months", "months"), ("years", "years"))
RUNS = {sale_draft.TERM: "For a term", sale_draft.LAST_DAY: "Until a day", sale_draft.OPEN: "Evergreen"}


class AccountStep(Step):
    """Who buys: a customer that exists, or a new one."""

    def __init__(self, context: Context, draft: SaleDraft, today: date) -> None:
        super().__init__("Account", "Who buys?")
        self.draft, self.today = draft, today
        self.who = SegmentedControl(["Existing account", "New account"])
        self.who.chosen.connect(self._who)
        self.body.addWidget(self.who)
        self.accounts = AccountsTable(context)
        self.accounts.picked.connect(self._picked)
        self.accounts.go_on.connect(self.go_on)
        self.body.addWidget(self.accounts, 1)
        self.new = Section()
        self.form = Form(draft, 3)
        self.form.line("name", "Name", span=2)
        self.form.line("number", "Number", placeholder="The next one")
        self.form.line("currency", "Currency", placeholder=context.desk.settings["currency"])
        self.form.line("country", "Country")
        self.form.line(
            "payment_days", "Payment due within days", placeholder=context.desk.settings["payment-days"], figures=True
        )
        self.form.line("bill_to", "Bill-to address", span=3)
        self.form.changed.connect(self.changed)
        self.new.body.addWidget(self.form)
        self.own = OwnFieldsForm(FieldObject.ACCOUNT, 3, today)
        self.own.changed.connect(self.changed)
        self.new.body.addWidget(self.own)
        self.body.addWidget(self.new)
        self.body.addStretch(0)
        self.bind(draft)

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self.form.bind(draft)
        self.own.show_drafts(draft.account_fields)
        self._show_who()
        if draft.account:
            self.accounts.pick(draft.account)

    def problems(self) -> Sequence[Problem]:
        try:
            sale_draft.account_of(self.draft, self.today)
        except Refused as refused:
            return refused.problems
        return ()

    def show_problems(self, problems: Sequence[Problem], all_fields: bool) -> Sequence[Problem]:
        rest = self.form.show_problems(problems, all_fields)
        if self.draft.who == sale_draft.NEW:
            rest = self.own.show_problems(rest, all_fields)
        return [problem for problem in rest if problem.field != "account"]

    def entered(self) -> None:
        if self.draft.who == sale_draft.NEW:
            self.form.rows["name"].field.setFocus()
        else:
            self.accounts.setFocus()

    def _who(self, text: str) -> None:
        self.draft.who = sale_draft.NEW if text.startswith("New") else sale_draft.EXISTING
        self._show_who()
        self.entered()
        self.changed.emit()

    def _show_who(self) -> None:
        new = self.draft.who == sale_draft.NEW
        self.who.set_current("New account" if new else "Existing account")
        self.accounts.setVisible(not new)
        self.new.setVisible(new)
        self.body.setStretch(self.body.count() - 1, 1 if new else 0)

    def _picked(self, row: AccountRow) -> None:
        if self.draft.account != row.id or self.draft.account_words != row.name:
            self.draft.account, self.draft.account_words = row.id, row.name
            self.draft.account_currency = row.currency
            self.changed.emit()


class LinesStep(Step):
    """What is sold: one line or several, one of them in the form. `fields_told` has the fields of one's own."""

    fields_told = Signal(object)

    def __init__(self, context: Context, draft: SaleDraft, today: date) -> None:
        super().__init__("Lines", "What is sold?")
        self.context, self.draft, self.today = context, draft, today
        self.products: tuple[ProductRow, ...] = ()
        self.at = 0
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self._list_part())
        self.line_part = self._form_part()
        row.addWidget(self.line_part, 1)
        self.new_product = NewProduct(context, today)
        self.new_product.added.connect(self._product_added)
        self.new_product.closed.connect(self._close_product)
        self.new_product.hide()
        row.addWidget(self.new_product, 1)
        self.body.addLayout(row, 1)
        self._show_lines()
        self._ask_products()

    def _list_part(self) -> QWidget:
        part = Section("Lines")
        part.setFixedWidth(264)
        self.list = QListWidget()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setAccessibleName("Order lines")
        self.list.currentRowChanged.connect(self._chosen)
        part.body.addWidget(self.list, 1)
        tools = QHBoxLayout()
        self.add_button = button("Add")
        self.copy_button = button("Copy")
        self.remove_button = button("Remove")
        for made, act in (
            (self.add_button, self.add_line),
            (self.copy_button, self.copy_line),
            (self.remove_button, self.remove_line),
        ):
            made.clicked.connect(partial(_call, act))
            made.setFont(theme.font(theme.SMALL, theme.MEDIUM))
            tools.addWidget(made)
        part.body.addLayout(tools)
        self.of_order = OwnFieldsForm(FieldObject.ORDER, 1, self.today)
        self.of_order.changed.connect(self.changed)
        part.body.addWidget(self.of_order)
        return part

    def _form_part(self) -> QWidget:
        part = Section()
        self.form = form = Form(LineDraft(), 6)
        form.pick("product", "Product", placeholder="Code or name", span=4)
        form.line("asset_name", "Name of the asset", placeholder="As the product", span=2)
        form.line("quantity", "Quantity", figures=True, span=2)
        form.line("price", "Unit price", figures=True, span=2)
        form.line("discount", "Discount", placeholder="0", figures=True)
        form.line("discount_amount", "Discount", placeholder="0.00", figures=True)
        form.choice("discount_in", " ", DISCOUNTS)
        form.rows["discount_in"].field.setAccessibleName("Discount in percent, or in money per unit")
        form.day("start", "First day", self.today, span=2)
        self.runs = form.switch("runs", "Runs", [(text, value) for value, text in RUNS.items()], span=2)
        form.line("term", "Term", figures=True)
        form.choice("term_unit", " ", UNITS)
        form.rows["term_unit"].field.setAccessibleName("Months or years")
        form.day("end", "Last day", self.today, span=2)
        form.new_line()
        form.choice("frequency", "Billed", FREQUENCIES, span=2)
        form.choice("timing", "When", TIMINGS, span=2)
        form.choice("boundary", "Billing periods begin", BOUNDARIES, span=2)
        form.line("boundary_day", "Day of the month", placeholder="1 to 31", figures=True, span=2)
        form.choice("partial", "Parts of periods", PARTIALS, span=2)
        form.choice("remainder", "What rounding leaves over", REMAINDERS, span=2)
        form.new_line()
        form.choice("category", "Category", CATEGORIES, span=2)
        choose_source(form)
        form.line("free_months", "Free months", placeholder="0", figures=True)
        form.line("trial_days", "Trial days", placeholder="0", figures=True)
        form.new_line()
        add_source_lines(form)
        form.changed.connect(self._typed)
        part.body.addWidget(form)
        self.steps = RampSteps(self.today)
        self.steps.changed.connect(self._typed)
        part.body.addWidget(self.steps)
        self.of_asset = OwnFieldsForm(FieldObject.ASSET, 3, self.today)
        self.of_asset.changed.connect(self.changed)
        part.body.addWidget(self.of_asset)
        self.about = Label("", "muted", size=theme.SMALL, wrap=True)
        part.body.addWidget(self.about)
        self.product_button = button("New product…", "link")
        self.product_button.clicked.connect(self._open_product)
        part.body.addWidget(self.product_button)
        part.body.addStretch(1)
        return part

    # -- the lines

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self.at = 0
        self._show_lines()

    @property
    def line(self) -> LineDraft:
        """The line in the form."""
        return self.draft.lines[self.at]

    def add_line(self) -> None:
        """A further line; it takes start and billing from the one before."""
        last = self.line
        new = LineDraft(start=last.start, runs=last.runs, term=last.term, term_unit=last.term_unit, end=last.end)
        self._insert(new)

    def copy_line(self) -> None:
        """The line once more."""
        self._insert(deepcopy(self.line))

    def remove_line(self) -> None:
        """Take the line away; the last one is emptied."""
        self.draft.lines.pop(self.at)
        if not self.draft.lines:
            self.draft.lines.append(LineDraft())
        self.at = min(self.at, len(self.draft.lines) - 1)
        self._show_lines()
        self.changed.emit()

    def _insert(self, line: LineDraft) -> None:
        self.draft.lines.insert(self.at + 1, line)
        self.at += 1
        self._show_lines()
        self.form.rows["product"].field.setFocus()
        self.changed.emit()

    def _show_lines(self) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for line in self.draft.lines:
            self.list.addItem(QListWidgetItem(self._words(line)))
        self.list.setCurrentRow(self.at)
        self.list.blockSignals(False)
        self.form.bind(self.line)
        self.steps.bind(self.line.steps)
        self.of_asset.show_drafts(self.line.fields)
        self.of_order.show_drafts(self.draft.fields)
        self.adapt()

    def _words(self, line: LineDraft) -> str:
        product = sale_draft.product_named(self.products, line.product)
        name = product.name if product is not None else line.product or "New line"
        price = line.price or (self._list_price(product, line) if product is not None else "")
        quantity = " → ".join(part for part in (line.quantity, *(step.quantity for step in line.steps)) if part)
        amount = " × ".join(part for part in (quantity, price) if part)
        return "\n".join(part for part in (name, amount) if part)

    def _chosen(self, place: int) -> None:
        if 0 <= place < len(self.draft.lines) and place != self.at:
            self.at = place
            self.form.bind(self.line, touched=True)
            self.steps.bind(self.line.steps, touched=True)
            self.of_asset.show_drafts(self.line.fields, touched=True)
            self.adapt()
            self.changed.emit()

    # -- the form

    def _ask_products(self) -> None:
        desk, background = self.context.desk, self.context.background
        background.run(
            lambda: desk.ask(_to_sell, Find()),
            self._show_what_can_be_sold,
            self._failed,
            slot=(id(self), "products"),
            owner=self,
        )

    def _open_product(self) -> None:
        known = sale_draft.product_named(self.products, self.line.product) is not None
        self.line_part.hide()
        self.new_product.show()
        self.new_product.begin("" if known else self.line.product.strip(), self._currency())
        self.changed.emit()

    def _close_product(self) -> None:
        self.new_product.hide()
        self.line_part.show()
        self.form.rows["product"].field.setFocus()
        self.changed.emit()

    def _product_added(self, row: ProductRow) -> None:
        self.line.product = sale_draft.product_words(row)
        self._close_product()
        self._ask_products()

    def _show_what_can_be_sold(self, found: tuple[tuple[ProductRow, ...], tuple[CustomField, ...]]) -> None:
        products, fields = found
        self.of_asset.offer_fields(fields)
        self.of_order.offer_fields(fields)
        self.new_product.own.offer_fields(fields)
        self.fields_told.emit(fields)
        self._show_products(products)

    def _show_products(self, products: tuple[ProductRow, ...]) -> None:
        self.products = products
        self.form.offer("product", [sale_draft.product_words(each) for each in products])
        self._show_lines()
        self.changed.emit()

    def _failed(self, problems: tuple[Problem, ...]) -> None:
        self.about.setText("\n".join(problem.message for problem in problems))
        self.about.set_tone("bad")

    def _typed(self) -> None:
        self.adapt()
        self.changed.emit()

    def adapt(self) -> None:
        """Show the fields that the product and the choices made need, and what the list says."""
        line, form = self.line, self.form
        product = sale_draft.product_named(self.products, line.product)
        model = SellingModel(product.selling_model) if product is not None else SellingModel.TERM
        once, evergreen = model is SellingModel.ONE_TIME, model is SellingModel.EVERGREEN
        runs = sale_draft.runs_of(line, model)
        form.show_rows(not evergreen, "runs")
        self.runs.buttons[RUNS[sale_draft.OPEN]].setVisible(once)
        self.runs.set_current(RUNS[runs])
        form.show_rows(runs == sale_draft.TERM, "term", "term_unit")
        form.show_rows(runs == sale_draft.LAST_DAY, "end")
        form.show_rows(not once, "frequency", "boundary", "partial", "remainder", "free_months", "trial_days")
        form.show_rows(line.discount_in == sale_draft.PERCENT, "discount")
        form.show_rows(line.discount_in == sale_draft.PER_UNIT, "discount_amount")
        self.steps.setVisible(not once)
        form.show_rows(not once and line.boundary == sale_draft.DAY_OF_MONTH, "boundary_day")
        show_source_lines(form, line)
        price_field = form.rows["price"].field
        price_field.setPlaceholderText(self._list_price(product, line) if product is not None else "")  # type: ignore[attr-defined]
        self.about.set_tone("muted")
        self.about.setText(self._about(product, line))
        if (item := self.list.item(self.at)) is not None:
            item.setText(self._words(line))

    def _currency(self) -> str:
        if self.draft.who == sale_draft.NEW:
            return self.draft.currency.strip().upper() or self.context.desk.settings["currency"]
        return self.draft.account_currency or self.context.desk.settings["currency"]

    def _list_price(self, product: ProductRow, line: LineDraft) -> str:
        try:
            start = display.read_day(line.start, self.today)
        except ValueError:
            start = self.today
        return sale_draft.list_price(product, self._currency(), min(start, self.today))

    def _about(self, product: ProductRow | None, line: LineDraft) -> str:
        if product is None:
            if not self.products:
                return "There are no products yet."
            return ""
        price = self._list_price(product, line)
        sold = {"term": "sold for a term", "evergreen": "runs until it is cancelled", "one-time": "sold once"}
        per = "" if product.price_unit == "once" else f" per {product.price_unit}"
        listed = f"list price {price} {self._currency()}{per}" if price else f"no list price in {self._currency()}"
        return f"{product.name}: {product.kind}, {sold[product.selling_model]}, {listed}."

    # -- what is wrong

    def problems(self) -> Sequence[Problem]:
        if not self.new_product.isHidden():
            return (Problem("new-product", "", "Add the new product, or go back to the line."),)
        found: list[Problem] = []
        for number, line in enumerate(self.draft.lines, 1):
            try:
                sale_draft.line_of(line, self.products, self.today)
            except Refused as refused:
                found.extend(Problem(p.code, p.field, p.message, f"line {number}") for p in refused.problems)
        mine = f"line {self.at + 1}"
        return sorted(found, key=lambda problem: problem.place != mine)

    def show_problems(self, problems: Sequence[Problem], all_fields: bool) -> Sequence[Problem]:
        """Problems of the line in the form go by its fields; if it has none, the first line that has is shown."""
        places = [_line_number(problem) for problem in problems]
        if all_fields and places and self.at not in places and max(places) < len(self.draft.lines):
            self.at = places[0]
            self._show_lines()
        mine = [problem for problem, place in zip(problems, places, strict=True) if place == self.at]
        others = [problem for problem, place in zip(problems, places, strict=True) if place != self.at]
        own = self.form.rows | self.of_asset.rows
        known = [problem for problem in others if problem.field in own or problem.field.startswith("steps")]
        rest = self.steps.show_problems(self.form.show_problems(mine, all_fields), all_fields)
        for form in (self.of_asset, self.of_order):
            rest = form.show_problems(rest, all_fields)
        return [*rest, *(problem for problem in others if problem not in known)]

    def entered(self) -> None:
        self.adapt()
        self.form.rows["product"].field.setFocus()


def _line_number(problem: Problem) -> int:
    """The line that a problem is about, from 0; the only one where it does not say."""
    word, _, number = problem.place.partition(" ")
    return int(number) - 1 if word == "line" and number.isdigit() else 0


def _to_sell(tx: Tx, find: Find) -> tuple[tuple[ProductRow, ...], tuple[CustomField, ...]]:
    """The products, and the fields of one's own of what a sale makes."""
    return views.list_products(tx, find), fields_of(tx, *FieldObject)


def _call(act: Any, _: bool = False) -> None:
    act()


class SaleWizard(Wizard):
    """Sell to an account that exists or a new one; `account` is the id of the first, where it is known."""

    key = "sale"
    title = "New sale"
    commit_words = "Sell"
    review: OrderReview

    def __init__(self, context: Context, account: str = "", **_: object) -> None:
        self.today = context.desk.today
        draft = SaleDraft(account=account)
        draft.lines[0].start = display.day(self.today)
        self.who_step = AccountStep(context, draft, self.today)
        self.lines_step = LinesStep(context, draft, self.today)
        review = OrderReview(self.today, draft)
        self.who_step.changed.connect(self.lines_step.adapt)
        self.lines_step.fields_told.connect(self.who_step.own.offer_fields)
        super().__init__(context, draft, [self.who_step, self.lines_step], review)

    def request(self) -> Sell:
        return sale_draft.sale_of(self.draft, self.lines_step.products, self.today)

    def use_case(self, request: Any) -> UseCase:
        return sales.sell

    def summary(self) -> str:
        draft: SaleDraft = self.draft
        who = draft.name if draft.who == sale_draft.NEW else draft.account_words
        products = ", ".join(line.product for line in draft.lines if line.product)
        return "Sale" + (f" to {who}" if who else "") + (f": {products}" if products else "")

    def finished_with(self, result: OrderResult) -> Notice:
        return order_notice(self.context, result, "Sold", "to")


def order_notice(context: Context, result: OrderResult, done: str, link: str = "for") -> Notice:
    """What was made of an order, with Undo and links to it: `Sold 10 Licence to Acme`, where `link` is `to`."""
    order = result.orders[0]
    words = _said(result, done, link)
    links: list[tuple[str, Any]] = [*undo_buttons(context, result, words)]
    links += [("Open order", partial(context.open_link, places.order(order.id)))]
    if len(result.assets) == 1:
        links.append(("Open asset", partial(context.open_link, places.asset(result.assets[0].asset.id))))
    if result.assets:
        links.append(("Open account", partial(context.open_link, places.account(result.assets[0].asset.account_id))))
    if order.status == "Draft":
        words = f"{done} as a draft, for {order.account}"
    text = f"{words}: order {order.number}, {display.money(order.total)}."
    return Notice(text, "good", tuple(links))


def _said(result: OrderResult, done: str, link: str) -> str:
    """What was done, as people say it: `Sold 10 Licence to Acme`, or how many assets."""
    order = result.orders[0]
    names = [shape.asset.name for shape in result.assets] or list(dict.fromkeys(item.product for item in order.items))
    what = _so_many(order, names[0]) if len(names) == 1 else display.count(len(names), "asset")
    return f"{done} {what} {link} {order.account}"


def _so_many(order: OrderShape, name: str) -> str:
    """An asset with the quantity that an order brings; only its name where that changes from step to step."""
    quantities = {item.quantity for item in order.items if item.quantity > 0}
    return f"{display.quantity(quantities.pop())} {name}" if len(quantities) == 1 else name
