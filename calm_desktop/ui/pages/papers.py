"""Pages about credit memos and payments: one memo with what became of it, and the lists."""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtWidgets import QComboBox

from calm_desktop.services.requests import Find, Look
from calm_desktop.services.shapes import (
    CreditMemoShape,
    CreditResult,
    InvoiceHead,
    RefundResult,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import list_credits, list_invoices, list_payments, show_credit
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header, Notice
from calm_desktop.ui.pages import columns, words
from calm_desktop.ui.pages.details import DetailPage
from calm_desktop.ui.pages.lists import ListPage
from calm_desktop.ui.pages.paper_forms import PaperPanel, apply_form, exact, refund_form

Shown = tuple[CreditMemoShape, tuple[InvoiceHead, ...], date]
"""A memo, the invoices that it can be applied to, and today."""


def memo_and_invoices(tx: Tx, look: Look) -> Shown:
    """A credit memo with the open invoices of its customer in its currency, oldest first."""
    shape = show_credit(tx, look)
    memo = shape.credit
    found: tuple[InvoiceHead, ...] = ()
    if memo.balance.minor > 0:
        found = tuple(
            head
            for head in list_invoices(tx, Find(account=memo.account_id))
            if head.status == "Posted" and head.currency == memo.currency and head.balance.minor > 0
        )
    return shape, found, tx.today


class CreditPage(DetailPage):
    """`calm://credit/NUMBER`: a credit memo with its lines, what it lowered and what was refunded."""

    kinds = frozenset({"account", "invoice", "import"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.panel = PaperPanel(apply=apply_form(context), refund=refund_form(context))
        self.add_panel(self.panel)
        self.lines = self.add_table(columns.LINES_OF_CREDIT, "credit/lines", "Lines", "line", 3)
        self.used = self.add_table(columns.USES_OF_CREDIT, "credit/used", "Applied and refunded", "use", 2)
        for name, form in self.panel.forms.items():
            form.saved.connect(lambda result, name=name: self._saved(name, result))
        self._shown: Shown | None = None
        invoice = self.panel.forms["apply"].field("invoice")
        assert isinstance(invoice, QComboBox)
        self.invoice_field = invoice
        invoice.activated.connect(lambda _: self._fit_amount())

    def load(self, link: Link) -> None:
        self.ask(memo_and_invoices, Look(link.name), self._render)

    def _begin(self, name: str) -> None:
        assert self._shown is not None
        shape, invoices, today = self._shown
        memo = shape.credit
        texts = {"amount": exact(memo.balance), "on": max(today, memo.date).isoformat()}
        if name == "apply":
            self.invoice_field.clear()
            for head in invoices:
                self.invoice_field.addItem(f"{head.number}, {display.money(head.balance)} open", head.id)
            texts["invoice"] = invoices[0].id
            texts["amount"] = exact(min(memo.balance, invoices[0].balance, key=lambda money: money.minor))
            texts["on"] = max(today, memo.date, invoices[0].date).isoformat()
        self.panel.begin(name, memo.id, f"{display.money(memo.balance)} of {memo.number} is left.", texts)

    def _fit_amount(self) -> None:
        """Another invoice is chosen: as much as both have open, on a day that is late enough for it."""
        assert self._shown is not None
        shape, invoices, today = self._shown
        chosen = next(head for head in invoices if head.id == self.invoice_field.currentData())
        amount = min(shape.credit.balance, chosen.balance, key=lambda money: money.minor)
        day = max(today, shape.credit.date, chosen.date)
        self.panel.forms["apply"].fill({"invoice": chosen.id, "amount": exact(amount), "on": day.isoformat()})

    def _saved(self, name: str, result: Any) -> None:
        if name == "refund":
            assert isinstance(result, RefundResult)
            self.context.notify(Notice(f"Refund {result.refund.number} is recorded.", "good"))
        else:
            assert isinstance(result, CreditResult)
            head = result.invoices[0].invoice
            words_said = f"{result.credit.number} is applied; {display.money(head.balance)} of {head.number} is open."
            self.context.notify(Notice(words_said, "good"))

    def _render(self, shown: Shown) -> None:
        self._shown = shown
        shape, invoices, _ = shown
        memo = shape.credit
        self.account_id = memo.account_id
        self.panel.keep_to(memo.id)
        crumbs = (
            ("Credit memos", places.credits()),
            (memo.account, places.account(memo.account_id)),
            (memo.number, ""),
        )
        acts = []
        if memo.balance.minor > 0:
            if invoices:
                acts.append(("Apply…", lambda: self._begin("apply"), "primary"))
            acts.append(("Refund…", lambda: self._begin("refund"), ""))
        chips = ((words.memo_reason(memo.reason), "neutral"), *((("Used up", "good"),) if not memo.balance else ()))
        self.set_header(Header(f"Credit memo {memo.number}", crumbs, chips, self.offered(acts)))
        self.recent_added.emit(f"Credit memo {memo.number}", places.credit(memo.id))
        self.facts.show_facts(
            [
                ("Account", memo.account),
                ("Date", display.day(memo.date)),
                ("Invoice", memo.invoice or ""),
                ("Total", display.money(memo.total)),
                ("Applied", display.money(memo.applied)),
                ("Refunded", display.money(memo.refunded)),
                ("Left", display.money(memo.balance)),
                ("Why", memo.note.replace("\n", " ")),
            ]
        )
        self.lines.set_rows(shape.lines)
        self.used.set_rows([*map(columns.use_of_applied, shape.applied), *map(columns.use_of_refund, shape.refunds)])


class CreditsPage(ListPage):
    """`calm://credits`: credit memos."""

    title, noun = "Credit memos", "credit memo"
    newest = "date"
    kinds = frozenset({"account", "invoice", "import"})
    view = staticmethod(list_credits)
    shown = columns.CREDITS
    opens = staticmethod(lambda row: places.credit(row.id))


class PaymentsPage(ListPage):
    """`calm://payments`: payments, each with the invoice that it is on."""

    title, noun = "Payments", "payment"
    newest = "date"
    kinds = frozenset({"account", "invoice", "import"})
    view = staticmethod(list_payments)
    future = staticmethod(lambda row, today: row.date > today)
    shown = columns.PAYMENTS
    opens = staticmethod(lambda row: places.invoice(row.invoice_id))
