"""Accounts: the customers."""

from __future__ import annotations

from sqlalchemy import select

from calm_desktop.engine.problems import Problem, refuse_if
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.lookup import find
from calm_desktop.services.requests import AddAccount, SetAccount
from calm_desktop.services.shapes import AccountHead
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import account_head
from calm_desktop.store import tables
from calm_desktop.store.ids import next_number, take


def new_account_number(tx: Tx) -> str:
    """The next account number that nobody took by hand."""
    while True:
        number = f"A-{next_number(tx.db, 'account'):05d}"
        if tx.db.scalar(select(tables.account.c.id).where(tables.account.c.number == number)) is None:
            return number


def _problems(
    name: str | None, bill_day: int | None, payment_days: int | None, invoice_by: str | None
) -> list[Problem]:
    found = []
    if name is not None and not name.strip():
        found.append(Problem("missing-name", "name", "An account needs a name."))
    if bill_day is not None and not 0 <= bill_day <= 31:
        found.append(Problem("bad-bill-day", "bill_day", f"A bill day is a day of the month, 1 to 31, not {bill_day}."))
    if payment_days is not None and not 0 <= payment_days <= 3650:
        words = f"Payment is due within 0 to 3,650 days, not {payment_days}."
        found.append(Problem("bad-payment-days", "payment_days", words))
    if invoice_by and invoice_by not in ("account", "order"):
        found.append(
            Problem("bad-invoice-by", "invoice_by", f"Invoices are made by account or by order, not by {invoice_by!r}.")
        )
    return found


def add_account(tx: Tx, request: AddAccount) -> AccountHead:
    """A new customer. Refuses a number that exists."""
    problems = _problems(request.name, request.bill_day, request.payment_days, request.invoice_by)
    number = request.number.strip()
    if number and tx.db.scalar(select(tables.account.c.id).where(tables.account.c.number == number)) is not None:
        problems.append(Problem("account-exists", "number", f"There is an account with the number {number!r} already."))
    currency = currency_named(request.currency or tx.settings["currency"])
    refuse_if(problems)
    account = take(tx.db, "account")
    payment_days = request.payment_days if request.payment_days is not None else int(tx.settings["payment-days"])
    tx.db.execute(
        tables.account.insert().values(
            id=account,
            number=number or new_account_number(tx),
            name=request.name.strip(),
            currency=currency.code,
            country=request.country.strip(),
            tax_profile=request.tax_profile.strip(),
            bill_to=request.bill_to.strip(),
            bill_day=request.bill_day or None,
            payment_days=payment_days,
            invoice_by=request.invoice_by or "account",
            created_on=tx.today,
        )
    )
    tx.touch("account", account)
    return account_head(tx, account)


def set_account(tx: Tx, request: SetAccount) -> AccountHead:
    """Change a customer; schedules that exist keep their billing dates, documents that exist keep theirs."""
    account = find(tx, "account", request.account)
    refuse_if(_problems(request.name, request.bill_day, request.payment_days, request.invoice_by))
    texts = {
        "name": request.name,
        "country": request.country,
        "tax_profile": request.tax_profile,
        "bill_to": request.bill_to,
        "invoice_by": request.invoice_by,
    }
    values: dict[str, object] = {key: text.strip() for key, text in texts.items() if text is not None}
    if request.bill_day is not None:
        values["bill_day"] = request.bill_day or None
    if request.payment_days is not None:
        values["payment_days"] = request.payment_days
    if values:
        tx.db.execute(tables.account.update().where(tables.account.c.id == account).values(**values))
    tx.touch("account", account)
    return account_head(tx, account)
