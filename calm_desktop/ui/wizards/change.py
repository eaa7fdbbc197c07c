"""The change wizard: what changes of an asset, from which day, and a review of what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from calm_desktop.engine.catalog import Category
from calm_desktop.engine.problems import Refused
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.requests import AmendQuantity
from calm_desktop.services.shapes import OrderResult
from calm_desktop.ui import display
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice
from calm_desktop.ui.widgets import Label, Section
from calm_desktop.ui.wizards import change_draft as words
from calm_desktop.ui.wizards.asset_step import AssetStep
from calm_desktop.ui.wizards.change_draft import ChangeDraft, change_of
from calm_desktop.ui.wizards.change_notice import change_notice
from calm_desktop.ui.wizards.facts import Fact, Facts
from calm_desktop.ui.wizards.frame import UseCase, Wizard
from calm_desktop.ui.wizards.order_review import OrderReview
from calm_desktop.ui.wizards.renewal_terms import PriceOption
from calm_desktop.ui.wizards.sale_draft import list_price, product_named, product_words
from calm_desktop.ui.wizards.steps import Step
from calm_desktop.ui.wizards.trial import USE_CASES, Known, TrialStep, asset_before

CHOICES = {
    words.QUANTITY: ("Quantity", "more or less of it"),
    words.PRICE: ("Price or discount", "for all of it, from a day on"),
    words.LAST_DAY: ("Last day", "later or earlier"),
    words.PAUSE: ("Pause", "owned, but not billed"),
    words.RESUME: ("Resume", "after a pause"),
    words.SWAP: ("Another product", "swap, upgrade, downgrade"),
}
STARTS = {
    words.QUANTITY: "First day of the new quantity",
    words.PRICE: "First day of the new price",
    words.PAUSE: "First day of the pause",
    words.RESUME: "First day that counts again",
    words.SWAP: "First day of the other product",
}
FIELDS = {
    words.QUANTITY: ("direction", "change", "start"),
    words.PRICE: ("start", "price", "discount", "discount_amount"),
    words.LAST_DAY: ("end",),
    words.PAUSE: ("start", "until"),
    words.RESUME: ("start",),
    words.SWAP: ("category", "product", "start", "end", "price"),
}
MAPPED: Mapping[str, Mapping[str, str]] = {
    words.QUANTITY: {"from": "start", "quantity-change": "change"},
    words.PRICE: {"from": "start"},
    words.LAST_DAY: {},
    words.PAUSE: {"from": "start", "to": "until"},
    words.RESUME: {"from": "start"},
    words.SWAP: {"from": "start", "to": "product"},
}
CATEGORIES = (
    ("Swap", Category.SWAPS.value),
    ("Upgrade", Category.UPGRADES.value),
    ("Downgrade", Category.DOWNGRADES.value),
)


class ChangeStep(TrialStep):
    """What changes, with just the fields of that."""

    def __init__(self, context: Context, draft: ChangeDraft, today: date) -> None:
        super().__init__("Change", "What changes?", context, draft, today)
        self.draft: ChangeDraft
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self._list_part())
        row.addWidget(self._form_part(), 1)
        self.body.addLayout(row, 1)
        self.body.addWidget(self.facts)
        self.bind(draft)

    def _list_part(self) -> QWidget:
        part = Section()
        part.setFixedWidth(252)
        self.list = QListWidget()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName("What changes?")
        for title, more in CHOICES.values():
            self.list.addItem(QListWidgetItem(f"{title}\n{more}"))
        self.list.currentRowChanged.connect(self._chosen)
        part.body.addWidget(self.list, 1)
        return part

    def _form_part(self) -> QWidget:
        part = Section()
        self.head(part)
        form = self.form
        form.switch("direction", "Change", (("More", words.MORE), ("Less", words.LESS)), span=2)
        form.line("change", "By how much", figures=True, span=2)
        form.switch("category", "Category", CATEGORIES, span=3)
        form.pick("product", "Product", placeholder="Code or name", span=3)
        form.day("start", "First day", self.today, span=2)
        form.day("until", "Last day of the pause", self.today, placeholder="Until it is resumed", span=2)
        form.day("end", "New last day", self.today, span=2)
        self.options = self._options()
        self.prices = Facts()
        for widget in (self.options, self.prices):
            form.new_line()
            form.place(widget, 6)
        form.line("price", "Unit price", figures=True, span=2)
        form.line("discount", "Discount in percent", figures=True, span=2)
        form.line("discount_amount", "Discount in money", figures=True, span=2)
        self.add_source()
        part.body.addWidget(form)
        self.about_choice = Label("", "muted", wrap=True)
        part.body.addWidget(self.about_choice)
        part.body.addWidget(self.refusals)
        part.body.addStretch(1)
        return part

    def _options(self) -> QWidget:
        part = QWidget()
        row = QHBoxLayout(part)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.last = PriceOption("Last negotiated price")
        self.listed = PriceOption("List price of the day")
        self.own = PriceOption("Another price")
        self._by_pricing = {words.LAST_PRICE: self.last, words.LIST_PRICE: self.listed, words.OWN_PRICE: self.own}
        group = QButtonGroup(self)
        for pricing, option in self._by_pricing.items():
            group.addButton(option)
            option.clicked.connect(partial(self._priced, pricing))
            row.addWidget(option, 1)
        return part

    # -- what is typed

    def bind(self, draft: Any) -> None:
        self.list.blockSignals(True)
        self.list.setCurrentRow(list(CHOICES).index(draft.what))
        self.list.blockSignals(False)
        super().bind(draft)

    def entered(self) -> None:
        super().entered()
        self.list.setFocus()

    def wish(self) -> Any:
        return change_of(self.draft, self.known.products if self.known is not None else (), self.today)

    def wishes(self) -> list[Any]:
        """For an increase, each price that could be taken, so that all can be compared."""
        if not self._is_increase:
            return [self.wish()]
        found = []
        kept = self.draft.pricing
        for pricing in self._by_pricing:
            self.draft.pricing = pricing
            try:
                found.append(self.wish())
            except Refused:
                continue
            finally:
                self.draft.pricing = kept
        return found

    @property
    def _is_increase(self) -> bool:
        return self.draft.what == words.QUANTITY and self.draft.direction == words.MORE

    def _chosen(self, place: int) -> None:
        what = list(CHOICES)[place]
        if what != self.draft.what:
            self.draft.what = what
            self.form.touched.clear()
            self.typed()

    def _priced(self, pricing: str, _: bool = False) -> None:
        self.draft.pricing = pricing
        self.typed()
        if pricing == words.OWN_PRICE:
            self.form.rows["price"].field.setFocus()

    # -- what is shown

    def adapt(self) -> None:
        draft, form, known = self.draft, self.form, self.known
        what = draft.what
        self.fields = MAPPED[what]
        shown = {*FIELDS[what]}
        if self._is_increase and draft.pricing == words.OWN_PRICE:
            shown.add("price")
        for name in sorted({name for names in FIELDS.values() for name in names}):
            form.show_rows(name in shown, name)
        form.show_placed(self.options, self._is_increase)
        form.show_placed(self.prices, what in (words.PRICE, words.SWAP))
        self._by_pricing[draft.pricing].setChecked(True)
        form.rename("start", STARTS.get(what, "First day"))
        form.rename("end", "Its last day, if another one" if what == words.SWAP else "New last day")
        form.rename("change", "How many more" if draft.direction == words.MORE else "How many less")
        self.show_source()
        if known is not None and form.rows["product"].field.count() != len(known.products):  # type: ignore[attr-defined]
            form.offer("product", [product_words(each) for each in known.products])
        self._show_hints()

    def _show_hints(self) -> None:
        known, form, what = self.known, self.form, self.draft.what
        held = known.held_on(self.start) if known is not None and self.start is not None else None
        day = display.day(self.start)
        now = "" if held is None else f"{display.quantity(held.quantity)} held on {day}"
        form.rows["change"].set_hint(now)
        about: dict[str, Callable[[], str]] = {
            words.QUANTITY: lambda: (
                ""
                if self._is_increase
                else "What goes is what came last, each part at its own price: last in, first out."
            ),
            words.PRICE: lambda: f"All of it{f', {now},' if now else ''} has the new price from that day on.",
            words.LAST_DAY: lambda: "A later day adds to the term at the last price, an earlier one takes days away.",
            words.PAUSE: lambda: "In a pause it stays owned; it is neither billed nor recurring. The last day stays.",
            words.RESUME: lambda: "It goes on at the prices that were held.",
            words.SWAP: lambda: (
                f"It ends the day before; the other product begins with the same quantity{f': {now}' if now else ''}."
            ),
        }
        self.about_choice.setText(about[what]())
        self.about_choice.setVisible(bool(self.about_choice.text()))
        price = form.rows["price"].field
        price.setPlaceholderText("As it is" if what == words.PRICE else self._list_text())  # type: ignore[attr-defined]
        for name in ("discount", "discount_amount"):
            form.rows[name].field.setPlaceholderText("As it is")  # type: ignore[attr-defined]
        if known is not None:
            self.prices.show_facts(self._price_facts())

    def _list_text(self) -> str:
        """The list price of the other product as it is typed."""
        if self.known is None or self.draft.what != words.SWAP:
            return ""
        product = product_named(self.known.products, self.draft.product)
        return "" if product is None else list_price(product, self.known.shape.asset.currency, self.today)

    def _price_facts(self) -> list[Fact]:
        known = self.known
        assert known is not None
        facts = [Fact("Last negotiated price", known.price_text(known.prices.last_price))]
        if self.draft.what == words.PRICE:
            facts.append(Fact("List price of the day", known.price_text(known.prices.list_price)))
        else:
            facts.append(Fact("List price of the other product", self._other_price(known)))
        return facts

    def _other_price(self, known: Known) -> str:
        product, typed = product_named(known.products, self.draft.product), self._list_text()
        if product is None or not typed:
            return display.NOTHING
        per = "" if product.price_unit == "once" else f" / {product.price_unit}"
        return display.unit_price(Decimal(typed), currency_named(known.shape.asset.currency)) + per

    def show_tried(self) -> None:
        known = self.known
        if known is None or not self._is_increase:
            return
        answers: dict[str, Any] = {}
        for wish in self.wishes():
            if isinstance(wish, AmendQuantity) and (tried := self.tried(wish)) is not None:
                own = words.OWN_PRICE if wish.price is not None else words.LAST_PRICE
                answers[words.LIST_PRICE if wish.pricing is not None else own] = tried.total
        last, listed = answers.get(words.LAST_PRICE), answers.get(words.LIST_PRICE)
        self.last.show_total(last, known.price_text(known.prices.last_price))
        gap = listed - last if last is not None and listed is not None else None
        against = f" · {display.money_delta(gap)}" if gap else ""
        has_list = known.prices.list_price is not None
        self.listed.show_total(
            listed, known.price_text(known.prices.list_price) + against if has_list else "no list price today"
        )
        self.listed.setEnabled(has_list or self.draft.pricing == words.LIST_PRICE)
        self.own.show_total(answers.get(words.OWN_PRICE), "as agreed")


class ChangeWizard(Wizard):
    """Change an asset; `asset` is an id and `what` the kind of change, where they are known.

    `typed` are other fields of the draft that are known, as they would be typed.
    """

    key = "change"
    title = "Change of an asset"
    commit_words = "Change"
    review: OrderReview
    view_before = staticmethod(asset_before)

    def __init__(self, context: Context, asset: str = "", account: str = "", what: str = "", **typed: Any) -> None:
        self.today = context.desk.today
        kind = what if what in CHOICES else words.QUANTITY
        draft = replace(ChangeDraft(asset=asset, what=kind, start=display.day(self.today)), **typed)
        self.change_step = ChangeStep(context, draft, self.today)
        steps: list[Step] = [self.change_step]
        if not asset:
            self.asset_step = AssetStep(context, draft, "Which asset is changed?", account)
            steps.insert(0, self.asset_step)
        super().__init__(context, draft, steps, OrderReview(self.today, draft))

    def request(self) -> Any:
        return self.change_step.wish()

    def use_case(self, request: Any) -> UseCase:
        return USE_CASES[type(request)]

    def summary(self) -> str:
        draft: ChangeDraft = self.draft
        return f"{CHOICES[draft.what][0]}: change of {draft.asset_words or 'an asset'}"

    def finished_with(self, result: OrderResult) -> Notice:
        return change_notice(self.context, result, "Changed")
