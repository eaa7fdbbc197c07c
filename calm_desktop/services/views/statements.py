"""What accounts owe, and statements of account: every document in order, with the balance after each.

An invoice adds its total and a mirror takes it off again; credit memos and payments take off what they are worth, on
their own day, whether they are applied or not; refunds add what was paid back. So the closing balance is what invoices
have open, less money on account and credit not yet applied, as of any day (`account_balances`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

from sqlalchemy import Row, func, literal, select, union_all

from calm_desktop.engine.aging import Bucket, aged
from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.limits import problems_of_day
from calm_desktop.engine.money import Currency
from calm_desktop.engine.problems import Problem, refuse_if
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import find
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import StatementRequest
from calm_desktop.services.shapes import AccountBalance, AccountHead, AgingShape, StatementEntry, StatementPart
from calm_desktop.services.shapes import StatementShape as Statement
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.balances import is_issued, line_balance, posted_by
from calm_desktop.services.views.heads import account_head
from calm_desktop.services.views.papers import (
    memo_applied,
    memo_refunded,
    memo_taken_over,
    memo_total,
    payment_applied,
    payment_refunded,
)
from calm_desktop.store import tables

_invoices, _lines, _accounts = tables.invoice.c, tables.invoice_line.c, tables.account.c
_memos, _payments, _refunds = tables.credit_memo.c, tables.payment.c, tables.refund.c

_KINDS = ("invoice", "mirror", "credit", "payment", "refund")
"""Documents of one day stand in this order."""


@dataclass(frozen=True, slots=True)
class _Document:
    """A document that moves an account's balance by `amount` minor units."""

    day: date
    kind: str
    id: int
    number: str
    description: str
    due: date | None
    currency: str
    amount: int


def account_balances(tx: Tx, account: int, day: date) -> tuple[AccountBalance, ...]:
    """What an account owes as of a day, one for each currency in which it has documents up to it."""
    places = ("invoices", "on_account", "credit")
    open_lines = (
        select(literal(places[0]), _invoices.currency, func.sum(line_balance(day)))
        .join(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .where(_invoices.account_id == account, posted_by(day))
        .group_by(_invoices.currency)
    )
    left = _payments.amount - payment_applied(day) - payment_refunded(day)
    on_account = (
        select(literal(places[1]), _payments.currency, func.sum(left))
        .where(_payments.account_id == account, _payments.day <= day)
        .group_by(_payments.currency)
    )
    credit = (
        select(literal(places[2]), _memos.currency, func.sum(memo_total() - memo_applied(day) - memo_refunded(day)))
        .where(_memos.account_id == account, _memos.memo_date <= day)
        .group_by(_memos.currency)
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for place, code, minor in tx.db.execute(union_all(open_lines, on_account, credit)):
        found[code][place] = int(minor)
    return tuple(_balance(code, *(found[code].get(place, 0) for place in places)) for code in sorted(found))


def _balance(code: str, invoices: int, on_account: int, credit: int) -> AccountBalance:
    money = currency_named(code).money
    rest = invoices - on_account - credit
    return AccountBalance(code, money(invoices), money(on_account), money(credit), money(rest))


@view(Permission.SEE, Protected.BALANCE, Protected.INVOICE_AMOUNT, Protected.PAYMENT)
def statement(tx: Tx, request: StatementRequest) -> Statement:
    """The statement of an account. Refuses an unknown account, and days out of order or out of bounds."""
    account = find(tx, "account", request.account)
    end = request.end or tx.today
    documents = [each for each in _documents(tx, account) if each.day <= end]
    start = request.start or min((each.day for each in documents), default=end)
    refuse_if([*problems_of_day("from", start), *problems_of_day("to", end)])
    if start > end:
        refuse_if([Problem("end-before-start", "to", f"to: {end} is before {start}. Give a day on or after it.")])
    head = account_head(tx, account)
    balances = {each.currency: each for each in account_balances(tx, account, end)}
    open_of = _open_invoices(tx, account, end)
    codes = sorted({each.currency for each in documents} | ({head.currency} if not documents else set()))
    parts = tuple(
        _part(
            currency_named(code),
            [each for each in documents if each.currency == code],
            start,
            end,
            balances.get(code) or _balance(code, 0, 0, 0),
            {number: row for number, row in open_of.items() if row.currency == code},
        )
        for code in codes
    )
    return Statement(head, address_of(head), start, end, parts)


def address_of(account: AccountHead) -> tuple[str, ...]:
    """Where papers for an account go: its bill-to address, line by line; without one, its name and country."""
    lines = tuple(line.strip() for line in account.bill_to.splitlines() if line.strip())
    return lines or tuple(line for line in (account.name, account.country) if line)


def _part(
    currency: Currency,
    documents: list[_Document],
    start: date,
    end: date,
    closing: AccountBalance,
    open_of: dict[int, Row[Any]],
) -> StatementPart:
    opening = sum(each.amount for each in documents if each.day < start)
    shown = [each for each in documents if each.day >= start]
    running = list(accumulate((each.amount for each in shown), initial=opening))[1:]
    ages = aged(((row.due_date, int(row.balance)) for row in open_of.values()), end)
    money = currency.money
    return StatementPart(
        currency.code,
        money(opening),
        tuple(
            StatementEntry(
                date=each.day,
                kind=each.kind,
                id=public_id("invoice" if each.kind == "mirror" else each.kind, each.id),
                number=each.number,
                description=each.description,
                due=each.due,
                amount=money(each.amount),
                balance=money(after),
                open=money(int(open_of[each.id].balance)) if each.kind == "invoice" else None,
            )
            for each, after in zip(shown, running, strict=True)
        ),
        closing,
        AgingShape(*map(money, (*(ages[bucket] for bucket in Bucket), sum(ages.values())))),
    )


def _open_invoices(tx: Tx, account: int, day: date) -> dict[int, Row[Any]]:
    """What each invoice of an account that is dated up to a day has open then."""
    query = (
        select(_invoices.id, _invoices.currency, _invoices.due_date, func.sum(line_balance(day)).label("balance"))
        .join(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .where(_invoices.account_id == account, posted_by(day))
        .group_by(_invoices.id, _invoices.currency, _invoices.due_date)
    )
    return {row.id: row for row in tx.db.execute(query)}


def _documents(tx: Tx, account: int) -> list[_Document]:
    """All documents of an account, in order."""
    found = [*_issued(tx, account), *_credits(tx, account), *_payments_of(tx, account), *_refunds_of(tx, account)]
    return sorted(found, key=lambda each: (each.day, _KINDS.index(each.kind), each.id))


def _issued(tx: Tx, account: int) -> Iterator[_Document]:
    originals = tables.invoice.alias("originals")
    total = func.coalesce(func.sum(_lines.amount), 0).label("total")
    columns = (
        _invoices.id,
        _invoices.number,
        _invoices.invoice_date,
        _invoices.due_date,
        _invoices.currency,
        originals.c.number.label("voids"),
    )
    query = (
        select(*columns, total)
        .outerjoin(originals, originals.c.id == _invoices.voids_id)
        .join(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .where(_invoices.account_id == account, is_issued())
        .group_by(*columns)
    )
    for row in tx.db.execute(query):
        head = (row.id, row.number)
        if row.voids is None:
            yield _Document(row.invoice_date, "invoice", *head, "Invoice", row.due_date, row.currency, int(row.total))
        else:
            words = f"Voids {row.voids}"
            yield _Document(row.invoice_date, "mirror", *head, words, None, row.currency, int(row.total))


_MEMO_WORDS = {"given": "Credit", "converted": "Credit from negative lines", "unused": "Credit for unused service"}


def _credits(tx: Tx, account: int) -> Iterator[_Document]:
    worth = (memo_total() - memo_taken_over()).label("worth")
    query = (
        select(tables.credit_memo, worth, _invoices.number.label("invoice"))
        .outerjoin(tables.invoice, _invoices.id == _memos.invoice_id)
        .where(_memos.account_id == account)
    )
    for row in tx.db.execute(query):
        words = _MEMO_WORDS[row.reason] + (f" of {row.invoice}" if row.invoice else "")
        yield _Document(row.memo_date, "credit", row.id, row.number, words, None, row.currency, -int(row.worth))


def _payments_of(tx: Tx, account: int) -> Iterator[_Document]:
    for row in tx.db.execute(select(tables.payment).where(_payments.account_id == account)):
        words = f"Payment, {row.reference}" if row.reference else "Payment"
        yield _Document(row.day, "payment", row.id, row.number, words, None, row.currency, -row.amount)


def _refunds_of(tx: Tx, account: int) -> Iterator[_Document]:
    query = (
        select(
            tables.refund,
            func.coalesce(_memos.currency, _payments.currency).label("currency"),
            func.coalesce(_memos.number, _payments.number).label("of"),
        )
        .outerjoin(tables.credit_memo, _memos.id == _refunds.memo_id)
        .outerjoin(tables.payment, _payments.id == _refunds.payment_id)
        .where(func.coalesce(_memos.account_id, _payments.account_id) == account)
    )
    for row in tx.db.execute(query):
        yield _Document(row.day, "refund", row.id, row.number, f"Refund of {row.of}", None, row.currency, row.amount)
