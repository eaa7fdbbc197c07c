"""Accounts: the customers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, or_, select

from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.limits import LONGEST_PAYMENT
from calm_desktop.engine.problems import Problem, refuse_if
from calm_desktop.services.boundary import use_case
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.field_values import given, write, write_new
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import find, not_withdrawn
from calm_desktop.services.permissions import Permission
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import AddAccount, SetAccount
from calm_desktop.services.shapes import AccountHead
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import account_head
from calm_desktop.store import tables
from calm_desktop.store.ids import next_number, take


def accounts_called(tx: Tx, names: Iterable[str]) -> dict[str, list[Row[Any]]]:
    """The accounts that have one of these numbers or names, each once under its number and under its name."""
    accounts, rows = tables.account, dict[int, Row[Any]]()
    for chunk in chunks(dict.fromkeys(names)):
        query = select(accounts).where(or_(accounts.c.number.in_(chunk), accounts.c.name.in_(chunk)))
        rows |= {row.id: row for row in tx.db.execute(query.where(not_withdrawn(accounts)))}
    found: dict[str, list[Row[Any]]] = {}
    for row in rows.values():
        for name in {row.number, row.name}:
            found.setdefault(name, []).append(row)
    return found


def _new_numbers(tx: Tx, count: int) -> list[str]:
    """The next account numbers that nobody took by hand."""
    found: list[str] = []
    while len(found) < count:
        first = next_number(tx.db, "account", count - len(found))
        numbers = [f"A-{number:05d}" for number in range(first, first + count - len(found))]
        taken = _taken(tx, numbers)
        found.extend(number for number in numbers if number not in taken)
    return found


def _taken(tx: Tx, numbers: Sequence[str]) -> set[str]:
    known = tables.account.c.number
    query = select(known).where(not_withdrawn(tables.account))
    return {number for chunk in chunks(numbers) for number in tx.db.scalars(query.where(known.in_(chunk)))}


def _problems(
    name: str | None, bill_day: int | None, payment_days: int | None, invoice_by: str | None
) -> list[Problem]:
    found = []
    if name is not None and not name.strip():
        found.append(Problem("missing-name", "name", "An account needs a name."))
    if bill_day is not None and not 0 <= bill_day <= 31:
        found.append(Problem("bad-bill-day", "bill_day", f"A bill day is a day of the month, 1 to 31, not {bill_day}."))
    if payment_days is not None and not 0 <= payment_days <= LONGEST_PAYMENT:
        words = f"Payment is due within 0 to {LONGEST_PAYMENT:,} days, not {payment_days}."
        found.append(Problem("bad-payment-days", "payment_days", words))
    if invoice_by and invoice_by not in ("account", "order"):
        found.append(
            Problem("bad-invoice-by", "invoice_by", f"Invoices are made by account or by order, not by {invoice_by!r}.")
        )
    return found


@use_case(Permission.CUSTOMERS)
def add_account(tx: Tx, request: AddAccount) -> AccountHead:
    """A new customer. Refuses a number that exists."""
    return account_head(tx, add_accounts(tx, [request])[0])


def add_accounts(tx: Tx, requests: Sequence[AddAccount]) -> list[int]:
    """New customers, all or none; the answer is their numbers in the store, in the same order."""
    numbers = [request.number.strip() for request in requests]
    taken = _taken(tx, [number for number in numbers if number])
    problems: list[Problem] = []
    said = []
    for request, number in zip(requests, numbers, strict=True):
        said.append(given(tx, FieldObject.ACCOUNT, request.fields, problems, new=True))
        problems.extend(_problems(request.name, request.bill_day, request.payment_days, request.invoice_by))
        if number in taken:
            words = f"There is an account with the number {number!r} already."
            problems.append(Problem("account-exists", "number", words))
        taken.update({number} if number else ())
    fresh = iter(_new_numbers(tx, numbers.count("")))
    first = take(tx.db, "account", len(requests))
    rows: list[dict[str, object]] = []
    for account, (request, number) in enumerate(zip(requests, numbers, strict=True), first):
        payment_days = request.payment_days if request.payment_days is not None else int(tx.settings["payment-days"])
        rows.append(
            {
                "id": account,
                "number": number or next(fresh),
                "name": request.name.strip(),
                "currency": currency_named(request.currency or tx.settings["currency"]).code,
                "country": request.country.strip(),
                "tax_profile": request.tax_profile.strip(),
                "bill_to": request.bill_to.strip(),
                "bill_day": request.bill_day or None,
                "payment_days": payment_days,
                "invoice_by": request.invoice_by or "account",
                "created_on": tx.today,
            }
        )
    problems.extend(problem for row in rows for problem in text_problems(tables.account, row))
    refuse_if(problems)
    tx.db.execute(tables.account.insert(), rows)
    added = list(range(first, first + len(requests)))
    write_new(tx, zip(added, said, strict=True))
    tx.touch("account", *added)
    return added


@use_case(Permission.CUSTOMERS)
def set_account(tx: Tx, request: SetAccount) -> AccountHead:
    """Change a customer; schedules that exist keep their billing dates, documents that exist keep theirs."""
    account = find(tx, "account", request.account)
    problems = _problems(request.name, request.bill_day, request.payment_days, request.invoice_by)
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
    said = given(tx, FieldObject.ACCOUNT, request.fields, problems)
    refuse_if([*problems, *text_problems(tables.account, values)])
    if values:
        tx.set_values(tables.account, account, values, public_id("account", account))
    write(tx, FieldObject.ACCOUNT, account, said)
    tx.touch("account", account)
    return account_head(tx, account)
