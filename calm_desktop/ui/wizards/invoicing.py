"""The invoicing wizard: a run over all accounts or some, or the invoices of one order; a preview, then the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtWidgets import QAbstractItemView

from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services import invoices, views
from calm_desktop.services.requests import Find, InvoiceOrder, RunInvoices
from calm_desktop.services.run_previews import OneOfRun, paper_of_run
from calm_desktop.services.shapes import InvoiceResult, OrderRow
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.invoice_acts import InvoiceActs
from calm_desktop.ui.page import Notice
from calm_desktop.ui.record_table import Column, ColumnKind, RecordTable
from calm_desktop.ui.widgets import Section
from calm_desktop.ui.wizards.accounts_table import SeveralAccounts
from calm_desktop.ui.wizards.form import Form, TypedReader
from calm_desktop.ui.wizards.frame import UseCase, Wizard
from calm_desktop.ui.wizards.invoice_review import LISTED, InvoiceReview, InvoiceTables, LookedAt
from calm_desktop.ui.wizards.steps import Step

ALL, ACCOUNTS, ASSET, ORDER = "all", "accounts", "asset", "order"


@dataclass
class InvoicingDraft:
    """A run, or an invoice from an order, as typed; `accounts`, `asset` and `order` are ids."""

    scope: str = ALL
    accounts: list[str] = field(default_factory=list)
    accounts_words: str = field(default="", compare=False)
    asset: str = ""
    order: str = ""
    order_words: str = field(default="", compare=False)
    through: str = ""
    date: str = ""
    draft: bool = False
    finish_first: bool = False
    reason: str = ""


def request_of(draft: InvoicingDraft, today: date) -> RunInvoices | InvoiceOrder:
    """What is to be invoiced. Raises `Refused` with what is missing or wrong."""
    read = TypedReader(today)
    if draft.scope == ACCOUNTS and not draft.accounts:
        read.wrong("missing-account", "account", "Choose the accounts.")
    if draft.scope == ORDER and not draft.order:
        read.wrong("missing-order", "order", "Choose an order.")
    through = read.typed_day("through", draft.through, needed=draft.scope != ORDER)
    day = read.typed_day("date", draft.date, needed=False)
    read.done()
    if draft.scope == ORDER:
        return InvoiceOrder(draft.order, day, through, draft.draft, draft.finish_first)
    assert through is not None
    accounts = tuple(draft.accounts) if draft.scope == ACCOUNTS else ()
    asset = draft.asset if draft.scope == ASSET else ""
    return RunInvoices(through, day, draft.draft, accounts, asset, show=LISTED, listed=True)


ORDER_COLUMNS = (
    Column("number", "Order", attrgetter("number"), width=120),
    Column("account", "Account", attrgetter("account"), width=220),
    Column("kind", "Kind", attrgetter("kind"), width=80),
    Column("effective_date", "Effective", attrgetter("effective_date"), ColumnKind.DATE, 110),
    Column("total", "Total", attrgetter("total"), ColumnKind.MONEY, 120),
    Column("status", "Status", attrgetter("status"), ColumnKind.CHIP, 100),
)


class ScopeStep(Step):
    """What is invoiced, and up to which day."""

    def __init__(self, context: Context, draft: InvoicingDraft, today: date) -> None:
        super().__init__("What", "What is invoiced?")
        self.context, self.draft, self.today = context, draft, today
        frame = Section()
        self.form = Form(draft, 6)
        scopes = [("All accounts", ALL), ("Chosen accounts", ACCOUNTS), ("One order", ORDER)]
        if draft.asset:
            scopes.insert(2, ("This asset", ASSET))
        self.form.switch("scope", "For", scopes, span=6)
        self.form.day("through", "Everything due up to", today, span=2)
        self.form.day("date", "Invoice date", today, placeholder="Each billing date", span=2)
        self.form.tick("draft", "Keep the invoices as drafts", span=2)
        self.form.line("reason", "Why go on although an earlier order is pending? This is recorded.", span=6)
        self.form.changed.connect(self._typed)
        frame.body.addWidget(self.form)
        self.body.addWidget(frame)
        self.accounts = SeveralAccounts(context)
        self.accounts.chosen_changed.connect(self._accounts_chosen)
        self.accounts.go_on.connect(self.go_on)
        self.orders = RecordTable(ORDER_COLUMNS, attrgetter("id"), "wizard/orders", noun="order")
        self.orders.columns_button.hide()
        self.orders.export_button.hide()
        self.orders.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.orders.selection_changed.connect(self._order_picked)
        self.orders.view.doubleClicked.connect(lambda _: self.go_on.emit())
        for part in (self.accounts, self.orders):
            part.setMinimumHeight(220)
            self.body.addWidget(part, 1)
        self.body.addStretch(0)
        self._asked_orders = False
        self.asks_reason = False
        self.bind(draft)

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self.asks_reason = bool(draft.reason)
        self.form.bind(draft)
        self.accounts.choose(draft.accounts)
        self.orders.select_ids([draft.order])
        self._adapt()

    def problems(self) -> Sequence[Problem]:
        try:
            request_of(self.draft, self.today)
        except Refused as refused:
            return refused.problems
        if self.asks_reason and not self.draft.reason.strip():
            return (Problem("missing-reason", "reason", "State the reason for going on, or finish the order first."),)
        return ()

    def show_problems(self, problems: Sequence[Problem], all_fields: bool) -> Sequence[Problem]:
        rest = self.form.show_problems(problems, all_fields)
        return [problem for problem in rest if not problem.code.startswith("missing-")]

    def entered(self) -> None:
        field = self.form.rows["reason" if self.asks_reason else "through"].field
        field.setFocus()

    def ask_reason(self) -> None:
        """Let a person say why to go on."""
        self.asks_reason = True
        self.form.touched.discard("reason")
        self._adapt()
        self.form.rows["reason"].field.setFocus()
        self.changed.emit()

    def _adapt(self) -> None:
        scope = self.draft.scope
        self.accounts.setVisible(scope == ACCOUNTS)
        self.orders.setVisible(scope == ORDER)
        if scope == ORDER and not self._asked_orders:
            self._asked_orders = True
            desk, background = self.context.desk, self.context.background
            background.run(lambda: desk.ask(views.list_orders, Find()), self._show_orders, self._failed, owner=self)
        self.body.setStretch(self.body.count() - 1, 0 if scope in (ACCOUNTS, ORDER) else 1)
        self.form.show_rows(self.asks_reason and scope == ORDER, "reason")
        of_order = scope == ORDER
        for name, words in (
            ("through", "The order's effective day" if of_order else "31 Jan 2027"),
            ("date", "The order's effective day" if of_order else "Each billing date"),
        ):
            self.form.rows[name].field.edit.setPlaceholderText(words)  # type: ignore[attr-defined]

    def _typed(self) -> None:
        self.draft.finish_first = False
        self._adapt()
        self.changed.emit()

    def _accounts_chosen(self) -> None:
        self.draft.accounts = list(self.accounts.chosen)
        self.draft.accounts_words = self.accounts.words
        self.changed.emit()

    def _show_orders(self, rows: tuple[OrderRow, ...]) -> None:
        self.orders.set_rows(rows)
        self.orders.select_ids([self.draft.order])

    def _order_picked(self, _: object) -> None:
        rows: list[OrderRow] = self.orders.selected_rows()
        self.draft.order = rows[0].id if rows else ""
        self.draft.order_words = f"{rows[0].number} of {rows[0].account}" if rows else ""
        self.draft.finish_first, self.draft.reason, self.asks_reason = False, "", False
        self.form.load()
        self._adapt()
        self.changed.emit()

    def _failed(self, problems: tuple[Problem, ...]) -> None:
        self.context.notify(Notice("\n".join(problem.message for problem in problems), "bad"))


class InvoicingWizard(Wizard):
    """Run invoices; `account`, `asset` and `order` are ids, where they are known, `through` is a day as it is typed."""

    can_pause = True
    key = "invoicing"
    title = "Invoicing"
    commit_words = "Make invoices"
    review: InvoiceReview

    def __init__(
        self, context: Context, account: str = "", asset: str = "", order: str = "", through: str = "", **_: object
    ) -> None:
        self.today = context.desk.today
        scope = ORDER if order else ASSET if asset else ACCOUNTS if account else ALL
        draft = InvoicingDraft(scope=scope, accounts=[account] if account else [], asset=asset, order=order)
        if scope != ORDER:
            draft.through = through or display.day(self.today)
        self.scope_step = ScopeStep(context, draft, self.today)
        super().__init__(context, draft, [self.scope_step], InvoiceReview(context))
        self.review.parts.looked_at.connect(self._look_at)

    def request(self) -> RunInvoices | InvoiceOrder:
        draft: InvoicingDraft = self.draft
        self.override = draft.reason.strip() if draft.scope == ORDER and self.scope_step.asks_reason else ""
        return request_of(draft, self.today)

    def use_case(self, request: Any) -> UseCase:
        return invoices.invoice_order if isinstance(request, InvoiceOrder) else invoices.run

    def show_refusal(self, problems: Sequence[Problem]) -> None:
        pending = next((each for each in problems if each.code == "earlier-order-pending"), None)
        if pending is None:
            super().show_refusal(problems)
            return
        self._show_step(0)
        self.banner.tell(
            pending.message,
            "warn",
            [("Finish it first", self._finish_first), ("Go on with a reason", self._ask_reason)],
        )

    def _finish_first(self) -> None:
        self.draft.finish_first = True
        self.draft.reason = ""
        self.scope_step.asks_reason = False
        self.look_ahead()

    def _ask_reason(self) -> None:
        self.banner.hide()
        self.scope_step.ask_reason()

    def summary(self) -> str:
        draft: InvoicingDraft = self.draft
        what = {ALL: "all accounts", ACCOUNTS: draft.accounts_words, ORDER: f"order {draft.order_words}"}
        until = f" up to {draft.through}" if draft.through else ""
        return f"Invoices of {what.get(draft.scope) or 'one asset'}{until}"

    def finished_with(self, result: InvoiceResult) -> Notice:
        made = _made(result)
        open_link = self.context.open_link
        if result.count == 1:
            target = places.invoice(result.invoices[0].invoice.id)
            return Notice(f"{made}.", "good", (("Open invoice", partial(open_link, target)),))
        return Notice(f"{made}.", "good", (("Open invoices", partial(open_link, places.invoices())),))

    # -- one invoice whole

    def _look_at(self, paper: LookedAt) -> None:
        """Show a paper that would be made as it would print, made by the run itself, which is taken back."""
        if self.reviewed is None or self.running:
            return
        request, desk, override = self.reviewed.request, self.desk, self.override
        if isinstance(request, RunInvoices):
            wanted = OneOfRun(replace(request, account=paper.account_id), paper.place, paper.memo)
        else:
            wanted = OneOfRun(request, paper.among_all, paper.memo)
        self.context.background.run(
            lambda: desk.preview(paper_of_run, wanted, override=override),
            self.review.show_paper,
            self.banner.tell_problems,
            write=True,
            slot=(id(self), "one"),
            owner=self,
        )

    # -- the result

    def show_result(self, result: InvoiceResult) -> None:
        parts = self.made = InvoiceTables(self.context, made=True)
        self.acts = InvoiceActs(self.context, parts.invoices, self, self._tell)
        self.acts.show_run(result.request_id, self.draft.draft)
        self.acts.posting.finished.connect(self._posted_or_dropped)
        parts.show_result(result)
        parts.invoices.link_activated.connect(lambda row, _: self._open(places.invoice(row.id)))
        parts.memos.link_activated.connect(lambda row, _: self._open(places.credit(row.id)))
        state = "made as drafts" if self.draft.draft else "made and posted"
        self.show_last(f"{_papers(result)} {state}", "", parts)

    def _tell(self, notice: Notice) -> None:
        self.banner.tell(notice.text, notice.tone, notice.buttons)

    def _posted_or_dropped(self, result: InvoiceResult) -> None:
        assert self.result is not None
        if result.count == self.result.count:
            self.acts.show_run(self.result.request_id, False)
        self.made.renew()

    def _open(self, link: str) -> None:
        self.accept()
        self.context.open_link(link)


def _papers(result: InvoiceResult) -> str:
    """How many papers a run made: invoices, and credit memos where there are any."""
    found = [display.count(result.count, "invoice")] if result.count or not result.credit_count else []
    if result.credit_count:
        found.append(display.count(result.credit_count, "credit memo"))
    return " and ".join(found)


def _made(result: InvoiceResult) -> str:
    sums = ", ".join(display.money(total.charges + total.tax) for total in result.totals)
    return f"{_papers(result)} made, {sums}" if sums else f"{_papers(result)} made"
