"""For how long and at which price assets are renewed: both prices side by side, and why some cannot be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from calm_desktop.engine.catalog import RenewalPricing
from calm_desktop.engine.money import Money
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services import renewals
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.requests import Renew
from calm_desktop.services.shapes import RenewalOffer
from calm_desktop.ui import display, theme
from calm_desktop.ui.context import Context
from calm_desktop.ui.record_table import Column, ColumnKind, RecordTable
from calm_desktop.ui.widgets import ElidedLabel, Label, Section, button
from calm_desktop.ui.wizards.form import Form
from calm_desktop.ui.wizards.renewal_draft import AS_ASSETS, ONE_DAY, TERM, RenewalDraft, renewal_of, total_at
from calm_desktop.ui.wizards.sale import UNITS
from calm_desktop.ui.wizards.steps import Step

ASK_AFTER_MS = 120


class PriceOption(QPushButton):
    """One way to price a renewal: its name, what all assets come to, and a remark."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setProperty("kind", "option")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(84)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 9, 14, 10)
        layout.setSpacing(1)
        self.words = title
        self.total = ElidedLabel(display.NOTHING)
        self.total.setFont(theme.font(19, theme.SEMIBOLD, figures=True))
        self.remark = ElidedLabel("", "muted", size=theme.SMALL)
        for label in (ElidedLabel(title, "muted", size=theme.SMALL, weight=theme.MEDIUM), self.total, self.remark):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            layout.addWidget(label)
        self.show_total(None, "")

    def show_total(self, total: Money | None, remark: str) -> None:
        """Show what it comes to."""
        self.total.setText(display.money(total))
        self.remark.setText(remark)
        self.setAccessibleName(f"{self.words}: {display.money(total)}")


def _unit_price(name: str) -> Callable[[RenewalOffer], Any]:
    return lambda offer: (getattr(offer, name), currency_named(offer.asset.currency), offer.price_unit)


def _price_text(value: Any) -> str:
    price, currency, unit = value
    per = "" if unit == "once" else f" / {unit}"
    return display.NOTHING if price is None else display.unit_price(price, currency) + per


def remark_of(offer: RenewalOffer) -> str:
    """What is to be known of an asset's renewal: why it cannot be, or that it cuts the running term short."""
    if offer.problems:
        return " ".join(offer.problems)
    if offer.ends_before is not None:
        return f"Early: the running term ends on {display.day(offer.ends_before)}"
    before = offer.asset.lifecycle_end
    if before is not None and offer.start is not None and offer.start > before + timedelta(days=1):
        return f"Late: nothing is owned from {display.day(before + timedelta(days=1))}"
    return ""


OFFER_COLUMNS = (
    Column("asset", "Asset", lambda row: row.asset.name, width=170),
    Column("remark", "Remark", remark_of, width=250, hidden=True, tooltip=remark_of),
    Column("quantity", "Quantity", attrgetter("quantity"), ColumnKind.QUANTITY, 85),
    Column("start", "From", attrgetter("start"), ColumnKind.DATE, 105),
    Column("end", "To", attrgetter("end"), ColumnKind.DATE, 105),
    Column("last_price", "Last price", _unit_price("last_price"), ColumnKind.QUANTITY, 130, text=_price_text),
    Column("list_price", "List price", _unit_price("list_price"), ColumnKind.QUANTITY, 130, text=_price_text),
    Column("last_total", "At last price", attrgetter("last_total"), ColumnKind.MONEY, 120, total=True),
    Column("list_total", "At list price", attrgetter("list_total"), ColumnKind.MONEY, 120, total=True),
    Column("taken_back", "Taken back", attrgetter("taken_back"), ColumnKind.DELTA, 105, hidden=True, total=True),
)


class TermsStep(Step):
    """For how long and at which price, with both prices side by side."""

    computed = Signal()

    def __init__(self, context: Context, draft: RenewalDraft, today: date) -> None:
        super().__init__("Terms", "For how long, at which price?")
        self.context, self.draft, self.today = context, draft, today
        self.offers: tuple[RenewalOffer, ...] = ()
        self._asked: Renew | None = None
        self._answered: Renew | None = None
        self._wrong: tuple[Problem, ...] = ()
        frame = Section()
        self.form = Form(draft, 6)
        self.form.switch("ends", "Ends", (("After a term", TERM), ("On one common day", ONE_DAY)), span=2)
        self.form.line("term", "Term", placeholder="As each asset says", figures=True)
        self.form.choice("term_unit", " ", UNITS)
        self.form.rows["term_unit"].field.setAccessibleName("Months or years")
        self.form.day("coterminate", "Last day of all", today, span=2)
        self.form.day("start", "First day", today, placeholder="The day after the end", span=2)
        self.form.changed.connect(self._typed)
        frame.body.addWidget(self.form)
        self.body.addWidget(frame)
        self._options()
        self.leave_out = button("Leave these out", "link")
        self.leave_out.clicked.connect(self._leave_out)
        self.table = RecordTable(
            OFFER_COLUMNS, lambda row: row.asset.id, "wizard/offers", noun="asset", quiet=_is_refused
        )
        for part in (self.table.filter_field, self.table.columns_button, self.table.export_button):
            part.hide()
        self.refusals = Label("", "warn", wrap=True)
        self.refusals.setAccessibleName("Not possible")
        self.refusals.hide()
        self.table.head.insertWidget(0, self.refusals, 1)
        self.table.add_tool(self.leave_out)
        self.leave_out.hide()
        self.table.setMinimumHeight(190)
        self.body.addWidget(self.table, 1)
        self._wait = QTimer(self, singleShot=True, interval=ASK_AFTER_MS)
        self._wait.timeout.connect(self._ask)
        self.bind(draft)

    def _options(self) -> None:
        part = QWidget()
        row = QHBoxLayout(part)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.last = PriceOption("Last negotiated price")
        self.list = PriceOption("List price of the day")
        self.own = PriceOption("As each asset says")
        group = QButtonGroup(self)
        for pricing, option in (
            (RenewalPricing.LAST.value, self.last),
            (RenewalPricing.LIST.value, self.list),
            (AS_ASSETS, self.own),
        ):
            group.addButton(option)
            option.clicked.connect(partial(self._priced, pricing))
            row.addWidget(option, 1)
        self.body.addWidget(Label("Price", size=14, weight=theme.SEMIBOLD))
        self.body.addWidget(part)

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self.form.bind(draft)
        self._asked = self._answered = None
        self._show_choices()

    def entered(self) -> None:
        self._ask()
        self.form.rows["term" if self.draft.ends == TERM else "coterminate"].field.setFocus()

    def problems(self) -> Sequence[Problem]:
        try:
            wish = renewal_of(self.draft, self.today)
        except Refused as refused:
            return refused.problems
        if replace(wish, pricing=None, draft=False) != self._answered:
            return (Problem("working", "", "Working out the prices…"),)
        if self._wrong:
            return self._wrong
        refused_offers = [offer for offer in self.offers if offer.problems]
        if refused_offers:
            return (Problem("not-renewable", "assets", refused_offers[0].problems[0]),)
        if total_at(self.offers, self.draft.pricing) is None and len(self.offers) == 1:
            return (Problem("no-list-price", "pricing", "There is no list price of today. Take the last price."),)
        return ()

    def show_problems(self, problems: Sequence[Problem], all_fields: bool) -> Sequence[Problem]:
        return self.form.show_problems(problems, all_fields)

    # -- what was chosen

    def _typed(self) -> None:
        self._show_choices()
        self._wait.start()
        self.changed.emit()

    def _priced(self, pricing: str, _: bool = False) -> None:
        self.draft.pricing = pricing
        self.changed.emit()

    def _show_choices(self) -> None:
        draft = self.draft
        self.form.show_rows(draft.ends == TERM, "term", "term_unit")
        self.form.show_rows(draft.ends == ONE_DAY, "coterminate")
        options = {RenewalPricing.LAST.value: self.last, RenewalPricing.LIST.value: self.list, AS_ASSETS: self.own}
        options[draft.pricing].setChecked(True)

    def _leave_out(self) -> None:
        kept = [offer for offer in self.offers if not offer.problems]
        self.draft.assets = [offer.asset.id for offer in kept]
        self.draft.assets_words = ", ".join(offer.asset.name for offer in kept)
        self._ask()
        self.changed.emit()

    # -- what it comes to

    def _ask(self) -> None:
        try:
            wish = replace(renewal_of(self.draft, self.today), pricing=None, draft=False)
        except Refused:
            return
        if wish in (self._asked, self._answered) and wish == self._asked:
            return
        self._asked = wish
        desk = self.context.desk
        self.context.background.run(
            lambda: desk.ask(renewals.renewal_offers, wish),
            partial(self._show_offers, wish),
            partial(self._refused, wish),
            slot=(id(self), "offers"),
            owner=self,
        )

    def _show_offers(self, wish: Renew, offers: tuple[RenewalOffer, ...]) -> None:
        self._answered, self._wrong, self.offers = wish, (), offers
        self.table.show_column("taken_back", any(offer.taken_back is not None for offer in offers))
        self.table.show_column("remark", any(remark_of(offer) for offer in offers))
        self.table.set_rows(offers)
        refusals = [_refusal(offer) for offer in offers if offer.problems]
        self.refusals.setText("\n".join(refusals))
        self.refusals.setVisible(bool(refusals))
        self.leave_out.setVisible(any(offer.problems for offer in offers) and not all(o.problems for o in offers))
        self._show_totals()
        self.computed.emit()
        self.changed.emit()

    def _refused(self, wish: Renew, problems: tuple[Problem, ...]) -> None:
        self._answered, self._wrong = wish, problems
        self.changed.emit()

    def _show_totals(self) -> None:
        possible = [offer for offer in self.offers if not offer.problems]
        last, listed = total_at(possible, "last"), total_at(possible, "list")
        self.last.show_total(last, _at(possible, "last_price"))
        gap = listed - last if last is not None and listed is not None else None
        against = f" · {display.money_delta(gap)}" if gap else ""
        self.list.show_total(listed, _at(possible, "list_price") + against)
        own = total_at(possible, AS_ASSETS)
        kinds = {offer.asset.renewal_pricing or "last" for offer in possible}
        words = {"last": "takes the last price", "list": "takes the list price"}
        self.own.show_total(own, words[next(iter(kinds))] if len(kinds) == 1 else "some last, some list price")


def _is_refused(offer: RenewalOffer) -> bool:
    return bool(offer.problems)


def _refusal(offer: RenewalOffer) -> str:
    words = " ".join(offer.problems)
    return words if offer.asset.name in words else f"{offer.asset.name}: {words}"


def _at(offers: Sequence[RenewalOffer], name: str) -> str:
    """The unit price where there is just one."""
    prices: set[tuple[Decimal | None, str, str]] = {
        (getattr(offer, name), offer.asset.currency, offer.price_unit) for offer in offers
    }
    if len(prices) != 1:
        return display.count(len(offers), "asset")
    price, code, unit = next(iter(prices))
    return "no list price today" if price is None else _price_text((price, currency_named(code), unit))
