"""The renewal wizard: which assets, for how long and at which price, and a review of what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from calm_desktop.engine.catalog import RenewalPricing
from calm_desktop.engine.dates import TermUnit
from calm_desktop.engine.money import Money
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services import renewals, views
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.requests import Find, Look, Renew
from calm_desktop.services.shapes import AccountRow, AssetHead, AssetShape, OrderResult, RenewalOffer
from calm_desktop.services.tx import Tx
from calm_desktop.ui import display, theme
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice
from calm_desktop.ui.record_table import Column, ColumnKind, RecordTable
from calm_desktop.ui.widgets import ElidedLabel, Label, Section, button
from calm_desktop.ui.wizards.accounts_table import AccountsTable
from calm_desktop.ui.wizards.form import Form, TypedReader
from calm_desktop.ui.wizards.frame import Step, UseCase, Wizard
from calm_desktop.ui.wizards.order_review import OrderReview
from calm_desktop.ui.wizards.sale import UNITS, order_notice
from calm_desktop.ui.wizards.sale_draft import LONGEST_TERM

TERM, ONE_DAY = "term", "day"
AS_ASSETS = ""
ASK_AFTER_MS = 120


@dataclass
class RenewalDraft:
    """A renewal as typed. `assets` are ids; an empty term or pricing means: as each asset says."""

    account: str = ""
    account_words: str = field(default="", compare=False)
    assets: list[str] = field(default_factory=list)
    assets_words: str = field(default="", compare=False)
    ends: str = TERM
    term: str = ""
    term_unit: str = TermUnit.MONTHS.value
    coterminate: str = ""
    start: str = ""
    pricing: str = AS_ASSETS
    draft: bool = False


def renewal_of(draft: RenewalDraft, today: date) -> Renew:
    """The renewal that is meant. Raises `Refused` with what is missing or wrong."""
    read = TypedReader(today)
    if not draft.assets:
        read.wrong("no-assets", "assets", "Choose at least one asset to renew.")
    term = unit = end = None
    if draft.ends == TERM:
        term = read.optional(lambda f, t: read.whole(f, t, 1, LONGEST_TERM), "term", draft.term)
        unit = TermUnit(draft.term_unit) if term is not None else None
    else:
        end = read.typed_day("coterminate", draft.coterminate)
    start = read.typed_day("start", draft.start, needed=False)
    read.done()
    pricing = RenewalPricing(draft.pricing) if draft.pricing else None
    return Renew(tuple(draft.assets), term, unit, pricing, start, end, draft.draft)


def assets_before(tx: Tx, request: Renew) -> tuple[AssetShape, ...]:
    """The assets to be renewed as they are now, whole."""
    return tuple(views.show_asset(tx, Look(name)) for name in request.assets)


def total_at(offers: Sequence[RenewalOffer], pricing: str) -> Money | None:
    """What the offers come to at a pricing; None where one of them has no such price."""
    totals = []
    for offer in offers:
        own = pricing or offer.asset.renewal_pricing or RenewalPricing.LAST.value
        totals.append(offer.list_total if own == RenewalPricing.LIST.value else offer.last_total)
    known = [total for total in totals if total is not None]
    if not known or len(known) < len(totals) or len({each.currency for each in known}) > 1:
        return None
    return sum(known[1:], known[0])


class WhoStep(Step):
    """Whose assets."""

    def __init__(self, context: Context, draft: RenewalDraft) -> None:
        super().__init__("Account", "Whose assets are renewed?")
        self.draft = draft
        self.accounts = AccountsTable(context)
        self.accounts.picked.connect(self._picked)
        self.accounts.go_on.connect(self.go_on)
        self.body.addWidget(self.accounts, 1)

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self.accounts.pick(draft.account)

    def problems(self) -> Sequence[Problem]:
        return () if self.draft.account else (Problem("missing-account", "account", "Choose an account."),)

    def entered(self) -> None:
        self.accounts.setFocus()

    def _picked(self, row: AccountRow) -> None:
        if self.draft.account != row.id:
            self.draft.account, self.draft.account_words = row.id, row.name
            self.draft.assets, self.draft.assets_words = [], ""
            self.changed.emit()


def _renewal_words(row: AssetHead) -> str:
    term = f"{row.renewal_term} {row.renewal_term_unit}" if row.renewal_term else ""
    pricing = {"last": "last price", "list": "list price"}.get(row.renewal_pricing or "", "")
    return ", ".join(part for part in (term, pricing) if part)


ASSET_COLUMNS = (
    Column("name", "Asset", attrgetter("name"), width=220),
    Column("product", "Product", attrgetter("product"), width=100),
    Column("quantity", "Quantity", attrgetter("quantity"), ColumnKind.QUANTITY, 90),
    Column("mrr", "MRR", attrgetter("mrr"), ColumnKind.MONEY, 110),
    Column("lifecycle_start", "Start", attrgetter("lifecycle_start"), ColumnKind.DATE, 110),
    Column("lifecycle_end", "End", attrgetter("lifecycle_end"), ColumnKind.DATE, 110, text=display.day),
    Column("renewal", "Renews for", _renewal_words, width=150),
    Column("status", "Status", attrgetter("status"), ColumnKind.CHIP, 100),
)


class AssetsStep(Step):
    """Which assets of the account."""

    def __init__(self, context: Context, draft: RenewalDraft) -> None:
        super().__init__("Assets", "What is renewed?", "Take several with Ctrl or Shift; all of them with Ctrl+A.")
        self.context, self.draft = context, draft
        self._shown_account = ""
        self.table = RecordTable(ASSET_COLUMNS, attrgetter("id"), "wizard/assets", noun="asset")
        self.table.columns_button.hide()
        self.table.export_button.hide()
        self.table.selection_changed.connect(self._selected)
        self.table.view.doubleClicked.connect(lambda _: self.go_on.emit())
        self.body.addWidget(self.table, 1)

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self._shown_account = ""

    def entered(self) -> None:
        if self._shown_account != self.draft.account:
            self._shown_account = self.draft.account
            find, desk = Find(account=self.draft.account), self.context.desk
            self.context.background.run(
                lambda: desk.ask(views.list_assets, find),
                self._show,
                self._failed,
                slot=(id(self), "assets"),
                owner=self,
            )
        else:
            self.table.select_ids(self.draft.assets)
        self.table.view.setFocus()

    def problems(self) -> Sequence[Problem]:
        return () if self.draft.assets else (Problem("no-assets", "assets", "Choose at least one asset to renew."),)

    def _show(self, rows: tuple[AssetHead, ...]) -> None:
        self.table.set_rows(rows)
        self.table.select_ids(self.draft.assets)
        self._remember()
        self.table.view.setFocus()

    def _failed(self, problems: tuple[Problem, ...]) -> None:
        self.table.empty.title.setText("\n".join(problem.message for problem in problems))

    def _selected(self, _: object) -> None:
        self._remember()
        self.changed.emit()

    def _remember(self) -> None:
        rows: list[AssetHead] = self.table.selected_rows()
        self.draft.assets = [row.id for row in rows]
        self.draft.assets_words = ", ".join(row.name for row in rows)
        if rows:
            self.draft.account_words = rows[0].account


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


OFFER_COLUMNS = (
    Column("asset", "Asset", lambda row: row.asset.name, width=190),
    Column("quantity", "Quantity", attrgetter("quantity"), ColumnKind.QUANTITY, 85),
    Column("start", "From", attrgetter("start"), ColumnKind.DATE, 105),
    Column("end", "To", attrgetter("end"), ColumnKind.DATE, 105),
    Column("last_price", "Last price", _unit_price("last_price"), ColumnKind.QUANTITY, 130, text=_price_text),
    Column("list_price", "List price", _unit_price("list_price"), ColumnKind.QUANTITY, 130, text=_price_text),
    Column("last_total", "At last price", attrgetter("last_total"), ColumnKind.MONEY, 120, total=True),
    Column("list_total", "At list price", attrgetter("list_total"), ColumnKind.MONEY, 120, total=True),
    Column("why", "Not possible", lambda row: " ".join(row.problems), width=190),
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
        self.table = RecordTable(OFFER_COLUMNS, lambda row: row.asset.id, "wizard/offers", noun="asset")
        for part in (self.table.filter_field, self.table.columns_button, self.table.export_button):
            part.hide()
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
        self.table.set_rows(offers)
        self.table.show_column("why", any(offer.problems for offer in offers))
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


def _at(offers: Sequence[RenewalOffer], name: str) -> str:
    """The unit price where there is just one."""
    prices: set[tuple[Decimal | None, str, str]] = {
        (getattr(offer, name), offer.asset.currency, offer.price_unit) for offer in offers
    }
    if len(prices) != 1:
        return display.count(len(offers), "asset")
    price, code, unit = next(iter(prices))
    return "no list price today" if price is None else _price_text((price, currency_named(code), unit))


class RenewalWizard(Wizard):
    """Renew assets of one account; `account` and `assets` are ids, where they are known."""

    key = "renewal"
    title = "Renewal"
    commit_words = "Renew"
    review: OrderReview
    view_before = staticmethod(assets_before)

    def __init__(self, context: Context, account: str = "", assets: Sequence[str] = (), **_: object) -> None:
        today = context.desk.today
        draft = RenewalDraft(account=account, assets=list(assets))
        self.assets_step = AssetsStep(context, draft)
        self.terms_step = TermsStep(context, draft, today)
        self.today = today
        steps: list[Step] = [self.assets_step, self.terms_step]
        if not account:
            self.who_step = WhoStep(context, draft)
            steps.insert(0, self.who_step)
        lead = "The order, and the assets before and after it, computed by what stores it."
        super().__init__(context, draft, steps, OrderReview(today, draft, lead))

    def request(self) -> Renew:
        return renewal_of(self.draft, self.today)

    def use_case(self, request: Any) -> UseCase:
        return renewals.renew

    def summary(self) -> str:
        draft: RenewalDraft = self.draft
        parts = (draft.assets_words, draft.account_words)
        return "Renewal" + "".join(f" of {part}" for part in parts if part)

    def finished_with(self, result: OrderResult) -> Notice:
        return order_notice(self.context, result, "Renewed")
