"""Pages about one order, one invoice and one asset action: what is known in a line, and what they are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from calm_desktop.engine.catalog import OrderStatus
from calm_desktop.engine.explain import Figure
from calm_desktop.engine.fields import CustomField, FieldObject
from calm_desktop.engine.invoicing import InvoiceStatus, LineType
from calm_desktop.services.field_values import fields_of
from calm_desktop.services.requests import (
    ActivateOrder,
    CreateAssets,
    CreateSchedules,
    DropInvoices,
    Explain,
    Look,
    PostInvoices,
)
from calm_desktop.services.sales import activate, create_assets, create_schedules
from calm_desktop.services.shapes import (
    ActionDetail,
    CreditResult,
    InvoiceHead,
    InvoiceShape,
    OrderResult,
    PaymentResult,
    ShowOrder,
    SourceShape,
    VoidResult,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import show_action, show_invoice, show_order
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header, Notice
from calm_desktop.ui.pages import columns
from calm_desktop.ui.pages.asking import AskingPage
from calm_desktop.ui.pages.columns import target_of, why_of
from calm_desktop.ui.pages.facts import Facts
from calm_desktop.ui.pages.own_fields import DetailsBlock, columns_of
from calm_desktop.ui.pages.paper_forms import (
    PaperPanel,
    convert_form,
    correct_form,
    credit_form,
    exact,
    pay_form,
    payment_notice,
    void_form,
)
from calm_desktop.ui.paper_acts import PaperActs, documents
from calm_desktop.ui.posting import Posting
from calm_desktop.ui.record_table import Column, RecordTable
from calm_desktop.ui.undo import offer_undo, undo_buttons
from calm_desktop.ui.widgets import button

Request = TypeVar("Request")

ACTION_FIGURES = {
    "Quantity": Figure.QUANTITY,
    "Amount": Figure.AMOUNT,
    "Monthly recurring revenue": Figure.MRR,
}


PAPER = "Paper…"
"""The button of a header that opens the menu of what can be done with paper."""


class DetailPage(AskingPage):
    """Facts above, tables below."""

    papers: PaperActs | None = None

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.facts = Facts()
        self.facts.explained.connect(self._explain_fact)
        self._layout = self.column()
        self._layout.addWidget(self.facts)

    def add_table(self, shown: Sequence[Column], name: str, title: str, noun: str, stretch: int = 1) -> RecordTable:
        """A table below what is there."""
        made = RecordTable(
            shown,
            row_id=lambda row: getattr(row, "id", id(row)),
            name=name,
            settings=self.context.settings,
            title=title,
            noun=noun,
            empty=f"No {noun}s.",
            background=self.context.background,
        )
        made.link_activated.connect(self.follow)
        made.figure_activated.connect(lambda row, key: self.explain_figure(why_of(row, key)))
        self._layout.addWidget(made, stretch)
        return made

    def add_panel(self, panel: QWidget) -> None:
        """Put a panel at the right; tables that are added from now on stand beside it."""
        row, left = QHBoxLayout(), QVBoxLayout()
        row.setSpacing(14)
        left.setSpacing(14)
        row.addLayout(left, 1)
        row.addWidget(panel)
        self._layout.addLayout(row, 1)
        self._layout = left

    def offered(self, acts: Sequence[tuple[str, Callable[[], object], str]]) -> tuple[QAbstractButton, ...]:
        """Buttons of the header for what can be done now, as (text, act, kind); those that stay are kept."""
        there = {made.text(): made for made in self.header.buttons}
        return tuple(there.get(text) or self.act(text, act, kind) for text, act, kind in acts)

    def follow(self, row: Any, key: str) -> None:
        """Open what a cell names."""
        if target := target_of(row, key):
            self.go(target)

    def do(self, use_case: Callable[[Tx, Request], object], request: Request, done: str) -> None:
        """Run a use-case in the background, then say what was done; a refusal is told in the bar."""
        desk = self.context.desk
        self.context.background.run(
            lambda: desk.do(use_case, request),
            lambda result: self.context.notify(self._notice_of(result, done)),
            lambda problems: self.context.notify(Notice("\n".join(each.message for each in problems), "bad")),
            write=True,
            owner=self,
        )

    def asked_why(self, name: str) -> Explain | None:
        """The question why the figure of that name among the facts is what it is."""
        return None

    def _explain_fact(self, name: str) -> None:
        self.explain_figure(self.asked_why(name))

    def _notice_of(self, result: object, done: str) -> Notice:
        buttons = undo_buttons(self.context, result, done.rstrip(".")) if isinstance(result, OrderResult) else ()
        return Notice(done, "good", buttons)

    def open_papers(self) -> None:
        """Offer what can be done with the paper of what is shown."""
        assert self.papers is not None
        self.papers.open_menu(next(made for made in self.header.buttons if made.text() == PAPER))

    def act(self, text: str, act: Callable[[], object], kind: str = "") -> QPushButton:
        """A button of the header."""
        made = button(text, kind)
        made.clicked.connect(lambda _=False: act())
        return made

    def focus_filter(self) -> None:
        table = self.findChild(RecordTable)
        if table is not None:
            table.focus_filter()


OrderShown = tuple[ShowOrder, bool, tuple[CustomField, ...], date]
"""An order, whether it takes effect by itself, the fields of one's own, and today."""


class OrderPage(DetailPage):
    """`calm://order/NUMBER`: an order with its items, and the assets that they made or changed."""

    kinds = frozenset({"account", "order", "asset", "import", "settings", "field"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.own_fields = DetailsBlock(context, FieldObject.ORDER)
        self._layout.addWidget(self.own_fields)
        self.items = self.add_table(columns.ITEMS_OF_ORDER, "order/items", "Order items", "item", 3)
        self.assets = self.add_table(columns.assets(False), "order/assets", "Assets", "asset", 2)
        self.assets.row_activated.connect(lambda row: self.go(places.asset(row.id)))
        self._id = ""
        self.activate = self.act("Activate", self._activate, "primary")
        self.make_assets = self.act("Create assets", self._make_assets)
        self.make_schedules = self.act("Create billing schedules", self._make_schedules)
        self.invoice = self.act("Invoice…", lambda: self.context.start_wizard("invoicing", order=self._id), "primary")

    def load(self, link: Link) -> None:
        def answer(tx: Tx, look: Look) -> OrderShown:
            return show_order(tx, look), tx.settings["auto-flow"] == "on", fields_of(tx, *FieldObject), tx.today

        self.ask(answer, Look(link.name), self._render)

    def asked_why(self, name: str) -> Explain | None:
        return Explain("order", self._id, Figure.AMOUNT)

    def _activate(self) -> None:
        self.do(activate, ActivateOrder(self._id), "The order is activated.")

    def _make_assets(self) -> None:
        self.do(create_assets, CreateAssets(self._id), "The assets of the order are there.")

    def _make_schedules(self) -> None:
        self.do(create_schedules, CreateSchedules(self._id), "The billing schedules of the order are there.")

    def _buttons(self, shown: ShowOrder, auto_flow: bool) -> tuple[QPushButton, ...]:
        """What can be done now: activate a draft; by hand, where that is not automatic, assets, then schedules."""
        if shown.order.status == OrderStatus.DRAFT:
            return (self.activate,)
        if any(item.asset is None for item in shown.order.items):
            return (self.make_assets,)
        return (self.invoice,) if auto_flow else (self.make_schedules, self.invoice)

    def _render(self, answer: OrderShown) -> None:
        shown, auto_flow, fields, today = answer
        self.own_fields.show_record(shown.order, fields, today)
        self.assets.offer(columns_of(fields, FieldObject.ASSET))
        order = shown.order
        self._id = order.id
        self.account_id = order.account_id
        crumbs = (("Orders", places.orders()), (order.account, places.account(order.account_id)), (order.number, ""))
        chips = ((order.status, None), (order.kind, "neutral"))
        self.set_header(Header(f"Order {order.number}", crumbs, chips, self._buttons(shown, auto_flow)))
        self.recent_added.emit(f"Order {order.number}", places.order(order.id))
        self.facts.show_facts(
            [
                ("Account", order.account),
                ("Kind", order.kind),
                ("Ordered", display.day(order.order_date)),
                ("Effective", display.day(order.effective_date)),
                ("Items", str(len(order.items))),
                ("Total", display.money(order.total)),
            ],
            explains=("Total",),
        )
        self.items.set_rows(order.items)
        self.assets.empty.title.setText(
            "No assets before the order is activated." if order.status == OrderStatus.DRAFT else "No assets yet."
        )
        self.assets.set_rows(shown.assets)


InvoiceShown = tuple[InvoiceShape, date]
"""An invoice, and today."""


class InvoicePage(DetailPage):
    """`calm://invoice/NUMBER`: an invoice with its lines and what lowered it; forms for that at the right."""

    kinds = frozenset({"account", "invoice", "import"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.panel = PaperPanel(
            pay=pay_form(context),
            credit=credit_form(context),
            convert=convert_form(context),
            void=void_form(context),
            correct=correct_form(context),
        )
        self.add_panel(self.panel)
        self.lines = self.add_table(columns.LINES_OF_INVOICE, "invoice/lines", "Invoice lines", "line", 3)
        self.entries = self.add_table(
            columns.ENTRIES_OF_INVOICE, "invoice/entries", "Payments and credits", "document", 2
        )
        for name, form in self.panel.forms.items():
            form.saved.connect(lambda result, name=name: self._saved(name, result))
        self._shown: InvoiceShown | None = None
        self.posting = Posting(context, self)
        self.papers = PaperActs(
            context,
            self,
            lambda: documents([self._invoice.id]),
            lambda: self._invoice.number or f"draft-{self._invoice.id}",
            preview=lambda: self.go(places.paper(self._invoice.id)),
        )

    @property
    def _invoice(self) -> InvoiceHead:
        assert self._shown is not None
        return self._shown[0].invoice

    def load(self, link: Link) -> None:
        def answer(tx: Tx, look: Look) -> InvoiceShown:
            return show_invoice(tx, look), tx.today

        self.ask(answer, Look(link.name), self._render)

    def asked_why(self, name: str) -> Explain | None:
        if self._shown is None:
            return None
        figure = Figure.AMOUNT if name == "Total" else Figure.INVOICE_LINE_BALANCE
        return Explain("invoice", self._shown[0].invoice.id, figure)

    def _begin(self, name: str) -> None:
        assert self._shown is not None
        shown, today = self._shown
        invoice = shown.invoice
        texts = {"amount": exact(invoice.balance), "on": max(today, invoice.date).isoformat()}
        lead = f"{display.money(invoice.balance)} of {invoice.number} is open."
        if name == "credit":
            texts["amount"] = ""
        if name in ("void", "correct"):
            texts = {"on": "", "date": ""}
            days = [*(paid.date for paid in shown.payments), *(given.date for given in shown.credits)]
            texts["on"] = max(today, invoice.date, *days).isoformat()
            lead = f"{invoice.number} never changes; a mirror takes it back, with its tax. What it billed is pending."
        if name == "convert":
            texts["lines"] = ", ".join(str(line) for line in self._to_convert(shown))
            lead = "A posted invoice never changes: a credit memo takes over what its negative lines credit."
        self.panel.begin(name, invoice.id, lead, texts)

    def _to_convert(self, shown: InvoiceShape) -> list[int]:
        """The negative lines that are selected, else all; tax goes along by itself where its charge is there."""
        negative = [line for line in shown.lines if line.balance.minor < 0]
        charges = [line.line for line in negative if line.type != LineType.TAX] or [line.line for line in negative]
        chosen = [line for line in charges if line in {row.line for row in self.lines.selected_rows()}]
        return chosen or charges

    def _saved(self, name: str, result: PaymentResult | CreditResult | VoidResult) -> None:
        if isinstance(result, PaymentResult):
            self.context.notify(payment_notice(self.context, result))
            return
        if isinstance(result, VoidResult):
            self.context.notify(self._voided(result))
            return
        memo = result.credit
        done = "takes over the negative lines" if name == "convert" else "is given"
        show = (f"Show {memo.number}", lambda: self.context.open_link(places.credit(memo.id)))
        self.context.notify(Notice(f"Credit memo {memo.number} {done}.", "good", (show,)))

    def _voided(self, result: VoidResult) -> Notice:
        """What a void or a correction did, with the way on: to the new draft, or to the mirror."""
        number = result.invoices[0].invoice.number
        back = f" {', '.join(each.number for each in result.payments)} is on account." if result.payments else ""
        if result.drafts:
            draft = result.drafts[0].invoice.id
            show = ("Show the draft", lambda: self.context.open_link(places.invoice(draft)))
            return Notice(f"{number} is voided, and drafted anew.{back}", "good", (show,))
        mirror = result.mirrors[0].invoice
        show = (f"Show {mirror.number}", lambda: self.context.open_link(places.invoice(mirror.id)))
        return Notice(f"{number} is voided. The next run bills its items again.{back}", "good", (show,))

    def _acts(self, shown: InvoiceShape) -> list[tuple[str, Callable[[], object], str]]:
        """What can be done now: post or drop a draft; void, correct, pay and credit, convert what is negative."""
        if shown.invoice.status == InvoiceStatus.DRAFT:
            mine = PostInvoices((shown.invoice.id,))
            return [
                ("Drop", lambda: self.posting.drop(DropInvoices(mine.invoices)), ""),
                (PAPER, self.open_papers, ""),
                ("Post", lambda: self.posting.post(mine), "primary"),
            ]
        acts: list[tuple[str, Callable[[], object], str]] = [(PAPER, self.open_papers, "")]
        if shown.invoice.status == InvoiceStatus.POSTED and shown.invoice.voids is None:
            acts.append(("Void…", lambda: self._begin("void"), ""))
            acts.append(("Correct…", lambda: self._begin("correct"), ""))
            if any(line.balance.minor < 0 for line in shown.lines):
                acts.append(("Convert negative lines…", lambda: self._begin("convert"), ""))
            if shown.invoice.balance.minor > 0:
                acts.append(("Credit…", lambda: self._begin("credit"), ""))
                acts.append(("Record payment…", lambda: self._begin("pay"), "primary"))
        return acts

    def _render(self, answer: InvoiceShown) -> None:
        self._shown = answer
        shown = answer[0]
        invoice = shown.invoice
        self.account_id = invoice.account_id
        self.panel.keep_to(invoice.id)
        title = invoice.number or "Draft invoice"
        crumbs = (
            ("Invoices", places.invoices()),
            (invoice.account, places.account(invoice.account_id)),
            (title, ""),
        )
        chips = tuple((word, None) for word in (invoice.status, invoice.settlement) if word)
        self.set_header(Header(title, crumbs, chips, self.offered(self._acts(shown))))
        self.recent_added.emit(title, places.invoice(invoice.id))
        converted = invoice.converted_negative_amount
        self.facts.show_facts(
            [
                ("Account", invoice.account),
                ("Date", display.day(invoice.date)),
                ("Due", display.day(invoice.due)),
                ("Order", invoice.order or ""),
                ("Voids", invoice.voids or ""),
                ("Voided by", invoice.voided_by or ""),
                ("Charges", display.money(invoice.charges)),
                ("Tax", display.money(invoice.tax)),
                ("Total", display.money(invoice.total)),
                ("Converted negative", display.money(converted) if converted else ""),
                ("Balance", display.money(invoice.balance)),
            ],
            explains=("Total", "Balance"),
        )
        self.lines.set_rows(shown.lines)
        entries = [*map(columns.entry_of_payment, shown.payments), *map(columns.entry_of_credit, shown.credits)]
        self.entries.set_rows(sorted(entries, key=lambda entry: entry.date))
        self.entries.setVisible(bool(entries))


class ActionPage(DetailPage):
    """`calm://action/ID`: one asset action; where it came from stands under Related."""

    kinds = frozenset({"account", "asset", "order", "import"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.totals = Facts("Totals of the asset after it")
        self._layout.addWidget(self.totals)
        self.sources = self.add_table(columns.SOURCES, "action/sources", "Related", "source")
        self.to_browser = button("Show among all actions")
        self.to_browser.clicked.connect(self._browse)
        self.buttons: tuple[QPushButton, ...] = ()
        self._shown: ActionDetail | None = None

    def load(self, link: Link) -> None:
        self.ask(show_action, Look(link.name), self._render)

    def follow(self, row: SourceShape, key: str) -> None:
        if row.order_id:
            self.go(places.order(row.order_id))

    def asked_why(self, name: str) -> Explain | None:
        return None if self._shown is None else Explain("action", self._shown.action.id, ACTION_FIGURES[name])

    def _undo(self) -> None:
        if self._shown is not None:
            action, asset = self._shown.action, self._shown.asset
            day = display.day(action.effective_date)
            words = f"{action.category} of {asset.name} for {asset.account}, effective {day}"
            offer_undo(self.context, (action.id,), words)

    def _other(self) -> None:
        if self._shown is not None:
            self.go(places.action(self._shown.action.undone_by or self._shown.action.undoes or ""))

    def _header_of(self, shown: ActionDetail) -> Header:
        """What was undone, and what undoes, say so, and lead to each other."""
        action, asset = shown.action, shown.asset
        crumbs = (
            ("Accounts", places.accounts()),
            (asset.account, places.account(asset.account_id)),
            (asset.name, places.asset(asset.id)),
            ("Asset actions", places.actions(asset_id=asset.id)),
        )
        title = f"{action.category} of {display.day(action.effective_date)}"
        stands = action.undone_by is None and action.undoes is None
        chips: tuple[tuple[str, str | None], ...] = ((action.category, None if stands else "neutral"),)
        if stands:
            own = self.act("Undo…", self._undo)
        else:
            chips = (*chips, ("Undone" if action.undone_by else "Undo", None))
            own = self.act("Show the undo" if action.undone_by else "Show what it undoes", self._other)
        self.buttons = (self.to_browser, own)
        return Header(title, crumbs, chips, self.buttons)

    def _browse(self) -> None:
        if self._shown is not None:
            self.go(places.actions(asset_id=self._shown.asset.id, chosen=self._shown.action.id))

    def _render(self, shown: ActionDetail) -> None:
        self._shown = shown
        action, asset = shown.action, shown.asset
        self.account_id = asset.account_id
        self.set_header(self._header_of(shown))
        self.facts.show_facts(
            [
                ("Asset", asset.name),
                ("Effective", display.day(action.effective_date)),
                ("Recorded", display.day(action.action_date)),
                ("Type", action.type),
                ("Quantity", display.quantity_delta(action.quantity_change)),
                ("Amount", display.money_delta(action.amount_change)),
                ("Monthly recurring revenue", display.money_delta(action.mrr_change)),
                *(("Linked with", f"{each.asset} of {each.account}") for each in shown.linked),
            ],
            explains=ACTION_FIGURES.keys(),
        )
        totals = action.totals
        self.totals.show_facts(
            [
                ("Quantity", display.quantity(totals.quantity)),
                ("Amount", display.money(totals.amount)),
                ("Monthly recurring revenue", display.money(totals.mrr)),
                *((f"Amount of {name}", display.money(money)) for name, money in totals.categories.items()),
            ]
        )
        self.sources.set_rows(action.sources)
