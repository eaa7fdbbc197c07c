"""Pages about credit memos and payments: one document with what became of it, the lists, and statements of account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from PySide6.QtWidgets import QComboBox

from calm_desktop.services.holds import release
from calm_desktop.services.requests import Find, Look, ReleaseHold, StatementRequest
from calm_desktop.services.shapes import (
    CreditMemoHead,
    CreditMemoShape,
    HoldShape,
    InvoiceHead,
    PaymentHead,
    PaymentShape,
    RefundResult,
    StatementShape,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import (
    list_credits,
    list_invoices,
    list_payments,
    listings,
    show_account,
    show_credit,
    show_payment,
    statement,
    statement_paper,
)
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header, Notice
from calm_desktop.ui.pages import columns, words
from calm_desktop.ui.pages.asking import day_of
from calm_desktop.ui.pages.details import PAPER, DetailPage
from calm_desktop.ui.pages.lists import ListPage
from calm_desktop.ui.pages.paper_forms import (
    PaperPanel,
    apply_form,
    exact,
    hold_form,
    hold_texts,
    pay_account_form,
    payment_notice,
    refund_form,
)
from calm_desktop.ui.paper_acts import PaperActs, documents
from calm_desktop.ui.widgets import Label

Document = CreditMemoShape | PaymentShape
Shown = tuple[Document, tuple[InvoiceHead, ...], date]
"""A memo or a payment, the invoices that it can be applied to, and today."""


def head_of(shape: Document) -> CreditMemoHead | PaymentHead:
    """The memo or the payment itself."""
    return shape.credit if isinstance(shape, CreditMemoShape) else shape.payment


class KeptPage(DetailPage):
    """What is left of a document can be put on open invoices of its customer, or paid back."""

    kinds = frozenset({"account", "invoice", "import"})
    kind = ""
    look_at: Callable[[Tx, Look], Any]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.panel = PaperPanel(apply=apply_form(context), refund=refund_form(context))
        self.add_panel(self.panel)
        self.add_tables()
        self.used = self.add_table(columns.USES_OF_CREDIT, f"{self.kind}/used", "Applied and refunded", "use", 2)
        for name, form in self.panel.forms.items():
            form.saved.connect(lambda result, name=name: self._saved(name, result))
        self._shown: Shown | None = None
        invoice = self.panel.forms["apply"].field("invoice")
        assert isinstance(invoice, QComboBox)
        self.invoice_field = invoice
        invoice.activated.connect(lambda _: self._fit_amount())

    # -- what memos and payments say, each in its own way

    def add_tables(self) -> None:
        """Tables above that of the uses."""

    def render_own(self, shape: Any) -> Header:
        """Show what only such a document has; the answer is its header without buttons."""
        raise KeyError(self.kind)

    # -- what they have in common

    def load(self, link: Link) -> None:
        look_at = type(self).look_at

        def answer(tx: Tx, look: Look) -> Shown:
            shape = look_at(tx, look)
            head = head_of(shape)
            found: tuple[InvoiceHead, ...] = ()
            if head.balance.minor > 0:
                found = tuple(
                    each
                    for each in list_invoices(tx, Find(account=head.account_id))
                    if each.status == "Posted" and each.currency == head.currency and each.balance.minor > 0
                )
            return shape, found, tx.today

        self.ask(answer, Look(link.name), self._render)

    def _begin(self, name: str) -> None:
        assert self._shown is not None
        shape, invoices, today = self._shown
        kept = head_of(shape)
        texts = {"amount": exact(kept.balance), "on": max(today, kept.date).isoformat()}
        if name == "apply":
            self.invoice_field.clear()
            for head in invoices:
                self.invoice_field.addItem(f"{head.number}, {display.money(head.balance)} open", head.id)
            texts["invoice"] = invoices[0].id
            texts["amount"] = exact(min(kept.balance, invoices[0].balance, key=lambda money: money.minor))
            texts["on"] = max(today, kept.date, invoices[0].date).isoformat()
        self.panel.begin(name, kept.id, f"{display.money(kept.balance)} of {kept.number} is left.", texts)

    def _fit_amount(self) -> None:
        """Another invoice is chosen: as much as both have open, on a day that is late enough for it."""
        assert self._shown is not None
        shape, invoices, today = self._shown
        kept = head_of(shape)
        chosen = next(head for head in invoices if head.id == self.invoice_field.currentData())
        amount = min(kept.balance, chosen.balance, key=lambda money: money.minor)
        day = max(today, kept.date, chosen.date)
        self.panel.forms["apply"].fill({"invoice": chosen.id, "amount": exact(amount), "on": day.isoformat()})

    def _saved(self, name: str, result: Any) -> None:
        if name == "refund":
            assert isinstance(result, RefundResult)
            self.context.notify(Notice(f"Refund {result.refund.number} is recorded.", "good"))
        else:
            assert self._shown is not None
            head, number = result.invoices[0].invoice, head_of(self._shown[0]).number
            words_said = f"{number} is applied; {display.money(head.balance)} of {head.number} is open."
            self.context.notify(Notice(words_said, "good"))

    def _render(self, shown: Shown) -> None:
        self._shown = shown
        shape, invoices, _ = shown
        kept = head_of(shape)
        self.account_id = kept.account_id
        self.panel.keep_to(kept.id)
        acts = [] if self.papers is None else [(PAPER, self.open_papers, "")]
        if kept.balance.minor > 0:
            if invoices:
                acts.append(("Apply…", lambda: self._begin("apply"), "primary"))
            acts.append(("Refund…", lambda: self._begin("refund"), ""))
        header = self.render_own(shape)
        self.set_header(Header(header.title, header.crumbs, header.chips, self.offered(acts)))
        uses = [*map(columns.use_of_applied, shape.applied), *map(columns.use_of_refund, shape.refunds)]
        self.used.set_rows(sorted(uses, key=lambda use: use.date))


class CreditPage(KeptPage):
    """`calm://credit/NUMBER`: a credit memo with its lines, what it lowered and what was refunded."""

    kind = "credit"
    look_at = staticmethod(show_credit)

    def add_tables(self) -> None:
        self.papers = PaperActs(
            self.context,
            self,
            lambda: documents([self._memo.id]),
            lambda: self._memo.number,
            preview=lambda: self.go(places.paper(self._memo.id)),
        )
        self.lines = self.add_table(columns.LINES_OF_CREDIT, "credit/lines", "Lines", "line", 3)

    @property
    def _memo(self) -> CreditMemoHead:
        assert self._shown is not None
        kept = head_of(self._shown[0])
        assert isinstance(kept, CreditMemoHead)
        return kept

    def render_own(self, shape: CreditMemoShape) -> Header:
        memo = shape.credit
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
        crumbs = (
            ("Credit memos", places.credits()),
            (memo.account, places.account(memo.account_id)),
            (memo.number, ""),
        )
        used_up = (("Used up", "good"),) if not memo.balance else ()
        return Header(f"Credit memo {memo.number}", crumbs, ((words.memo_reason(memo.reason), "neutral"), *used_up))


class PaymentPage(KeptPage):
    """`calm://payment/NUMBER`: a payment with what it paid, what was refunded and what is on account."""

    kind = "payment"
    look_at = staticmethod(show_payment)

    def render_own(self, shape: PaymentShape) -> Header:
        paid = shape.payment
        self.recent_added.emit(f"Payment {paid.number}", places.payment(paid.id))
        self.facts.show_facts(
            [
                ("Account", paid.account),
                ("Date", display.day(paid.date)),
                ("Amount", display.money(paid.amount)),
                ("Applied", display.money(paid.applied)),
                ("Refunded", display.money(paid.refunded)),
                ("On account", display.money(paid.balance)),
                ("Reference", paid.reference),
            ]
        )
        crumbs = (("Payments", places.payments()), (paid.account, places.account(paid.account_id)), (paid.number, ""))
        on_account = (("On account", "info"),) if paid.balance else ()
        return Header(f"Payment {paid.number}", crumbs, on_account)


StatementShown = tuple[StatementShape, HoldShape | None, date]
"""A statement, what keeps the customer from being invoiced, and today."""


class StatementPage(DetailPage):
    """`calm://statement/ACCOUNT?from=...&to=...`: every document with the balance after it; payments and holds."""

    kinds = frozenset({"account", "invoice", "import"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.panel = PaperPanel(pay=pay_account_form(context), hold=hold_form(context))
        self.add_panel(self.panel)
        self.entries = self.add_table(columns.DOCUMENTS, "statement/documents", "Documents", "document", 3)
        self.first, self.last = DateField(), DateField()
        for place, (name, field) in enumerate((("From", self.first), ("To", self.last))):
            field.setAccessibleName(name)
            field.date_changed.connect(lambda _: self._choose_days())
            self.entries.head.insertWidget(2 * place + 1, Label(name.lower(), "muted"))
            self.entries.head.insertWidget(2 * place + 2, field)
        self.panel.forms["pay"].saved.connect(lambda result: context.notify(payment_notice(context, result)))
        self.panel.forms["hold"].saved.connect(lambda _: context.notify(Notice("The customer is on hold.", "good")))
        self._shown: StatementShown | None = None
        self._wanted = ""
        self.papers = PaperActs(
            context,
            self,
            lambda: [(statement_paper, self._days)],
            lambda: f"statement-{self._statement.account.number}-{self._statement.end.isoformat()}",
            preview=lambda: self.go(
                places.statement_paper(self._days.account, self._statement.start, self._statement.end)
            ),
        )

    @property
    def _statement(self) -> StatementShape:
        assert self._shown is not None
        return self._shown[0]

    @property
    def _days(self) -> StatementRequest:
        """What the statement shown was asked for."""
        shape = self._statement
        return StatementRequest(shape.account.id, shape.start, shape.end)

    def load(self, link: Link) -> None:
        self._wanted = link.get("do")

        def answer(tx: Tx, request: StatementRequest) -> StatementShown:
            return statement(tx, request), show_account(tx, Look(request.account)).hold, tx.today

        self.ask(answer, StatementRequest(link.name, day_of(link, "from"), day_of(link, "to")), self._render)

    def _choose_days(self) -> None:
        if self._shown is not None and self.first.day and self.last.day and self.first.day <= self.last.day:
            self.go(places.statement(self._shown[0].account.id, self.first.day, self.last.day))

    def _begin(self, name: str) -> None:
        assert self._shown is not None
        shape, hold, today = self._shown
        lead = "It is kept on account, to be put on invoices or paid back."
        texts = {"amount": "", "currency": shape.account.currency, "on": today.isoformat(), "reference": ""}
        if name == "hold":
            lead = "Runs pass over all that this customer has." if hold is None else f"Now {hold.words}."
            texts = hold_texts(hold)
        self.panel.begin(name, shape.account.id, lead, texts)

    def _release(self) -> None:
        assert self._shown is not None
        request = ReleaseHold("account", self._shown[0].account.id)
        self.do(release, request, "The hold is released: the next run invoices the customer again.")

    def _render(self, answer: StatementShown) -> None:
        self._shown = answer
        shape, hold, today = answer
        account = shape.account
        self.account_id = account.id
        self.panel.keep_to(account.id)
        acts: list[tuple[str, Any, str]] = [("Hold…", lambda: self._begin("hold"), "")]
        if hold is not None:
            acts = [("Change hold…", lambda: self._begin("hold"), ""), ("Release hold", self._release, "")]
        acts.append((PAPER, self.open_papers, ""))
        acts.append(("Record payment…", lambda: self._begin("pay"), "primary"))
        crumbs = (("Accounts", places.accounts()), (account.name, places.account(account.id)), ("Statement", ""))
        chips = ((hold.words[:1].upper() + hold.words[1:], "warn"),) if hold is not None else ()
        self.set_header(Header(f"Statement of {account.name}", crumbs, chips, self.offered(acts)))
        for field, day in ((self.first, shape.start), (self.last, shape.end)):
            field.set_today(today)
            field.set_day(day)
        self.facts.show_facts(self._facts(shape))
        self.entries.set_rows([entry for part in shape.parts for entry in part.entries])
        if self._wanted:
            wanted, self._wanted = self._wanted, ""
            self._begin(wanted)

    @staticmethod
    def _facts(shape: StatementShape) -> Sequence[tuple[str, str]]:
        """Balances and aging, one figure for each currency."""

        def each(name: str, figures: Sequence[Any]) -> tuple[str, str]:
            return name, " / ".join(map(display.money, figures)) if any(figures) else ""

        parts = shape.parts
        balance = " / ".join(display.money(part.closing.balance) for part in parts)
        return [
            ("To", ", ".join(shape.address)),
            each("Opening", [part.opening for part in parts]),
            ("Balance", balance),
            each("Open", [part.closing.invoices for part in parts]),
            each("On account", [part.closing.on_account for part in parts]),
            each("Credit", [part.closing.credit for part in parts]),
            each("Not due", [part.aging.not_due for part in parts]),
            each("1–30 days", [part.aging.days_1_30 for part in parts]),
            each("31–60 days", [part.aging.days_31_60 for part in parts]),
            each("61–90 days", [part.aging.days_61_90 for part in parts]),
            each("Over 90 days", [part.aging.over_90 for part in parts]),
        ]


class CreditsPage(ListPage):
    """`calm://credits`: credit memos."""

    title, noun = "Credit memos", "credit memo"
    newest = "date"
    kinds = frozenset({"account", "invoice", "import"})
    view = staticmethod(list_credits)
    listing = listings.CREDITS
    shown = columns.CREDITS
    opens = staticmethod(lambda row: places.credit(row.id))


class PaymentsPage(ListPage):
    """`calm://payments`: payments, each with the first invoice that it is on, and what is on account."""

    title, noun = "Payments", "payment"
    newest = "date"
    kinds = frozenset({"account", "invoice", "import"})
    view = staticmethod(list_payments)
    listing = listings.PAYMENTS
    future = staticmethod(lambda row, today: row.date > today)
    shown = columns.PAYMENTS
    opens = staticmethod(lambda row: places.payment(row.id))
