"""Adding a customer, and changing what is known of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.limits import LONGEST_PAYMENT
from calm_desktop.engine.reading import Reader
from calm_desktop.services.customers import add_account, set_account
from calm_desktop.services.requests import AddAccount, SetAccount
from calm_desktop.services.shapes import AccountEditing, AccountHead
from calm_desktop.services.views import account_editing
from calm_desktop.ui import places
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header, Notice
from calm_desktop.ui.pages import words
from calm_desktop.ui.pages.asking import AskingPage
from calm_desktop.ui.pages.forms import Form, suggest
from calm_desktop.ui.pages.own_fields import OwnRows
from calm_desktop.ui.widgets import FormRow, choice_field, line_field

WIDTH = 620


class AccountEditor(AskingPage):
    """`calm://account-editor/ID`; without an id, for a new customer."""

    kinds = frozenset({"account", "settings", "field"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.editing: AccountEditing | None = None
        self.form = self._form()
        self.own = OwnRows(self.form, FieldObject.ACCOUNT)
        self.form.setMaximumWidth(WIDTH)
        self.form.saved.connect(self._saved)
        self.form.closed.connect(self._leave)
        column = self.scrolled_column()
        column.addWidget(self.form)
        column.addStretch(1)

    def _form(self) -> Form:
        form = Form(self.context, "", "Save", self._wish)
        form.add(FormRow("Name", line_field(placeholder="Northwind Traders"), "name"))
        form.add(
            FormRow("Number", line_field(placeholder="The next one"), "number"),
            FormRow("Currency", line_field(), "currency"),
        )
        form.add(
            FormRow("Country", line_field(placeholder="US"), "country"),
            FormRow(
                "Tax profile",
                line_field(placeholder="None"),
                "tax_profile",
                "Decides which tax rates hold, such as DE or export.",
            ),
        )
        address = QPlainTextEdit()
        address.setTabChangesFocus(True)
        address.setFixedHeight(78)
        form.add(FormRow("Bill to", address, "bill_to"))
        form.add(
            FormRow(
                "Bill day",
                line_field(placeholder="None", figures=True),
                "bill_day",
                "Day of the month on which it is billed, 1 to 31. It moves billing dates, never periods.",
            ),
            FormRow(
                "Payment days",
                line_field(figures=True),
                "payment_days",
                "Days from the invoice date to the due date.",
            ),
        )
        choices = [(text, word) for word, text in words.INVOICE_BY.items()]
        form.add(FormRow("Invoices", choice_field(choices), "invoice_by", "Of one billing date and currency."))
        return form

    def load(self, link: Link) -> None:
        self.ask(account_editing, link.name, self.render_account)

    def render_account(self, editing: AccountEditing) -> None:
        """Show the customer; what is being typed stays."""
        before, self.editing = self.editing, editing
        account = editing.account
        self.own.offer(editing.fields, None)
        same = before is not None and before.account is not None and account is not None
        if same and before.account.id == account.id:  # type: ignore[union-attr]
            self.form.refill(self._texts(account))  # type: ignore[arg-type]
        elif account is not None:
            self.form.fill(self._texts(account))
        elif before is None or before.account is not None or not self.form.typed:
            fresh = {"currency": editing.currency, "payment_days": editing.payment_days, "invoice_by": "account"}
            self.form.fill(fresh)
        for name in ("number", "currency"):
            field = self.form.field(name)
            assert isinstance(field, QLineEdit)
            field.setReadOnly(account is not None)
            field.setEnabled(account is None)
        profile = self.form.field("tax_profile")
        assert isinstance(profile, QLineEdit)
        suggest(profile, editing.tax_profiles)
        self.form.save_button.setText("Add account" if account is None else "Save")
        self._show_header(account)
        if before is None or not same:
            self.form.begin()

    def _texts(self, account: AccountHead) -> dict[str, str]:
        return _texts(account) | self.own.texts(account.fields)

    def _show_header(self, account: AccountHead | None) -> None:
        accounts = ("Accounts", places.accounts())
        if account is None:
            self.set_header(Header("New account", (accounts, ("New", ""))))
        else:
            crumbs = (accounts, (account.name, places.account(account.id)), ("Details", ""))
            self.set_header(Header(f"Details of {account.name}", crumbs))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self.form.typed:
            self._leave()
        else:
            super().keyPressEvent(event)

    def _wish(self, typed: Mapping[str, str], reader: Reader) -> tuple[Any, AddAccount | SetAccount]:
        bill_day = reader.whole("bill_day", typed["bill_day"], 1, 31) if typed["bill_day"].strip() else 0
        payment_days = reader.whole("payment_days", typed["payment_days"], 0, LONGEST_PAYMENT)
        common: dict[str, Any] = {
            "name": typed["name"],
            "country": typed["country"],
            "tax_profile": typed["tax_profile"],
            "bill_to": typed["bill_to"],
            "invoice_by": typed["invoice_by"],
        }
        account = self.editing.account if self.editing is not None else None
        if account is not None:
            common["fields"] = self.own.said(typed, account.fields)
            return set_account, SetAccount(account.id, bill_day=bill_day, payment_days=payment_days, **common)
        return add_account, AddAccount(
            number=typed["number"],
            currency=typed["currency"],
            bill_day=bill_day,
            payment_days=payment_days,
            fields=self.own.said(typed),
            **common,
        )

    def _saved(self, account: AccountHead) -> None:
        added = self.editing is None or self.editing.account is None
        self.editing = None
        said = f"{account.name} was added." if added else f"{account.name} was changed."
        self.go(places.account(account.id))
        self.context.notify(Notice(said, "good"))

    def _leave(self) -> None:
        account = self.editing.account if self.editing is not None else None
        self.editing = None
        self.go(places.accounts() if account is None else places.account(account.id))


def _texts(account: AccountHead) -> dict[str, str]:
    return {
        "name": account.name,
        "number": account.number,
        "currency": account.currency,
        "country": account.country,
        "tax_profile": account.tax_profile,
        "bill_to": account.bill_to,
        "bill_day": "" if account.bill_day is None else str(account.bill_day),
        "payment_days": str(account.payment_days),
        "invoice_by": account.invoice_by,
    }
