"""Forms for what is done after posting, in a panel beside the page of the invoice, memo, payment or account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from calm_desktop.engine.money import Money
from calm_desktop.engine.reading import Reader
from calm_desktop.services import holds, papers, voiding
from calm_desktop.services.requests import (
    ApplyCredit,
    ConvertLines,
    CorrectInvoice,
    GiveCredit,
    PayAccount,
    PayInvoice,
    RefundCredit,
    SetHold,
    VoidInvoice,
)
from calm_desktop.services.shapes import HoldShape, PaymentResult
from calm_desktop.services.tx import Tx
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.page import Notice
from calm_desktop.ui.pages.forms import Form, SidePanel
from calm_desktop.ui.widgets import FormRow, Label, choice_field, line_field

OPEN_INVOICES = "Open invoices, the first due first"

Act = tuple[Callable[[Tx, Any], Any], Any]


class PaperForm(Form):
    """A form about one document, whose id is `of`; a line above its fields says what is open."""

    def __init__(
        self, context: Context, title: str, save: str, act: Callable[[str, Mapping[str, str], Reader], Act]
    ) -> None:
        super().__init__(context, title, save, lambda typed, reader: act(self.of, typed, reader))
        self.of = ""
        self.lead = Label("", "muted", wrap=True)
        self.insert_above(self.lead)

    def begin_for(self, document: str, lead: str, texts: Mapping[str, str]) -> None:
        """Start afresh for a document."""
        self.of = document
        self.lead.setText(lead)
        self.fill(texts)


class PaperPanel(SidePanel):
    """Forms of which the one that is asked for is in front; hidden where none is."""

    def __init__(self, **forms: PaperForm) -> None:
        super().__init__(*forms.values())
        self.forms = forms
        for form in forms.values():
            form.hide()
            form.closed.connect(self.put_away)
            form.saved.connect(lambda _: self.put_away())

    @property
    def shown(self) -> str:
        """The name of the form in front; nothing where there is none."""
        return next((name for name, form in self.forms.items() if not self.isHidden() and not form.isHidden()), "")

    def begin(self, name: str, document: str, lead: str, texts: Mapping[str, str]) -> None:
        """Bring a form to the front, for a document."""
        for other, form in self.forms.items():
            form.setVisible(other == name)
        self.forms[name].begin_for(document, lead, texts)
        self.show()
        self.forms[name].begin()

    def put_away(self) -> None:
        """Hide the panel, and what was typed there."""
        self.hide()

    def keep_to(self, document: str) -> None:
        """Another document is shown: a form for the one before goes."""
        if self.shown and self.forms[self.shown].of != document:
            self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        else:
            super().keyPressEvent(event)


def payment_notice(context: Context, result: PaymentResult) -> Notice:
    """That a payment is recorded, and what of it is on account, with the way there."""
    paid = result.payment
    if not paid.balance:
        return Notice(f"Payment {paid.number} is recorded.", "good")
    show = (f"Show {paid.number}", lambda: context.open_link(places.payment(paid.id)))
    return Notice(f"Payment {paid.number} is recorded; {display.money(paid.balance)} is on account.", "good", (show,))


def exact(money: Money) -> str:
    """An amount as it is typed."""
    return str(money.amount)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _amount(typed: Mapping[str, str], reader: Reader) -> Decimal:
    return reader.amount("amount", typed["amount"]) or Decimal(0)


def _amount_row() -> FormRow:
    return FormRow("Amount", line_field(figures=True), "amount")


def _day_row() -> FormRow:
    return FormRow("Day", DateField(), "on")


def _note_field() -> QPlainTextEdit:
    note = QPlainTextEdit()
    note.setTabChangesFocus(True)
    note.setFixedHeight(64)
    return note


def pay_form(context: Context) -> PaperForm:
    """Record a payment on an invoice."""

    def act(invoice: str, typed: Mapping[str, str], reader: Reader) -> Act:
        request = PayInvoice(invoice, _amount(typed, reader), _day(typed["on"]), typed["reference"])
        return papers.pay, request

    form = PaperForm(context, "Record payment", "Record payment", act)
    form.add(_amount_row(), _day_row())
    form.add(
        FormRow(
            "Reference",
            line_field(placeholder="Transfer 4711"),
            "reference",
            "It pays the oldest line first, a charge before its tax. What is more than is open is kept on account.",
        )
    )
    return form


def credit_form(context: Context) -> PaperForm:
    """Give a credit on an invoice."""

    def act(invoice: str, typed: Mapping[str, str], reader: Reader) -> Act:
        return papers.credit, GiveCredit(invoice, _amount(typed, reader), _day(typed["on"]), typed["note"])

    form = PaperForm(context, "Credit", "Give credit", act)
    form.add(_amount_row(), _day_row())
    form.add(
        FormRow(
            "Why",
            _note_field(),
            "note",
            "A credit memo is made and applied at once, split over what is open in proportion.",
        )
    )
    return form


def convert_form(context: Context) -> PaperForm:
    """Turn negative lines of an invoice into a credit memo."""

    def act(invoice: str, typed: Mapping[str, str], reader: Reader) -> Act:
        parts = [part.strip() for part in typed["lines"].split(",") if part.strip()]
        found = [reader.whole("lines", part, 1, 999_999) for part in parts]
        numbers = tuple(number for number in found if number is not None)
        return papers.convert, ConvertLines(invoice, numbers, _day(typed["on"]))

    form = PaperForm(context, "Convert negative lines", "Convert", act)
    form.add(
        FormRow(
            "Lines",
            line_field(placeholder="2, 3"),
            "lines",
            "Numbers of the negative lines. Their tax goes along; the memo can then be applied or refunded.",
        )
    )
    form.add(_day_row())
    return form


def pay_account_form(context: Context) -> PaperForm:
    """Record a payment of a customer: on what is open, or kept on account."""

    def act(account: str, typed: Mapping[str, str], reader: Reader) -> Act:
        amount, day = _amount(typed, reader), _day(typed["on"])
        request = PayAccount(
            account, amount, day, typed["reference"], typed["currency"], typed["pays"] == OPEN_INVOICES
        )
        return papers.pay_account, request

    form = PaperForm(context, "Record payment", "Record payment", act)
    form.add(_amount_row(), FormRow("Currency", line_field(), "currency"))
    form.add(_day_row(), FormRow("Reference", line_field(placeholder="Transfer 4711"), "reference"))
    pays = choice_field([(words, words) for words in (OPEN_INVOICES, "None: kept on account")])
    form.add(FormRow("Pays", pays, "pays", "What is more than is open is kept on account."))
    return form


def void_form(context: Context) -> PaperForm:
    """Take an invoice back by a mirror."""

    def act(invoice: str, typed: Mapping[str, str], _: Reader) -> Act:
        return voiding.void, VoidInvoice(invoice, _day(typed["on"]))

    form = PaperForm(context, "Void", "Void invoice", act)
    form.add(
        FormRow(
            "Day",
            DateField(),
            "on",
            "A mirror of it is posted on this day, every line negated. What was paid on it is kept on account.",
        )
    )
    return form


def correct_form(context: Context) -> PaperForm:
    """Void an invoice and draft one of the same items."""

    def act(invoice: str, typed: Mapping[str, str], _: Reader) -> Act:
        return voiding.correct, CorrectInvoice(invoice, _day(typed["date"]))

    form = PaperForm(context, "Correct", "Void and draft anew", act)
    form.add(
        FormRow(
            "Date of the new draft",
            DateField(optional=True, placeholder="The day of the void"),
            "date",
            "It bills the same items, with the address, payment term and tax of now. Look at it, then post it.",
        )
    )
    return form


def hold_form(context: Context, kind: str = "account") -> PaperForm:
    """Keep runs from invoicing a customer or, with that `kind`, an asset: all of its billing schedules."""

    def act(thing: str, typed: Mapping[str, str], _: Reader) -> Act:
        return holds.hold, SetHold(kind, thing, _day(typed["until"]), typed["reason"])

    form = PaperForm(context, "Hold", "Hold", act)
    form.add(
        FormRow(
            "Up to and with",
            DateField(optional=True, placeholder="Until it is released"),
            "until",
            f"Runs pass over the {'customer' if kind == 'account' else kind} and say why.",
        )
    )
    form.add(FormRow("Why", _note_field(), "reason"))
    return form


def hold_texts(hold: HoldShape | None) -> dict[str, str]:
    """What the fields of a hold's form begin with."""
    until = "" if hold is None or hold.until is None else hold.until.isoformat()
    return {"until": until, "reason": "" if hold is None else hold.reason}


def apply_form(context: Context) -> PaperForm:
    """Put what is left of a memo or a payment on an invoice."""

    def act(document: str, typed: Mapping[str, str], reader: Reader) -> Act:
        return papers.apply_any, ApplyCredit(document, typed["invoice"], _amount(typed, reader), _day(typed["on"]))

    form = PaperForm(context, "Apply to an invoice", "Apply", act)
    form.add(FormRow("Invoice", choice_field([]), "invoice", "Invoices of the customer that have something open."))
    form.add(_amount_row(), _day_row())
    return form


def refund_form(context: Context) -> PaperForm:
    """Record that what is left of a memo or a payment was paid back."""

    def act(document: str, typed: Mapping[str, str], reader: Reader) -> Act:
        return papers.refund_any, RefundCredit(document, _amount(typed, reader), _day(typed["on"]))

    form = PaperForm(context, "Refund", "Record refund", act)
    form.add(_amount_row(), _day_row())
    return form
