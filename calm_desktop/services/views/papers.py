"""Payments, credit memos and refunds, whole and as lists, and what they took off an invoice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, ScalarSelect, Select, and_, exists, func, select

from calm_desktop.engine.money import Money
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import find
from calm_desktop.services.requests import Find, Look
from calm_desktop.services.scopes import Scope, among, rows_in, within
from calm_desktop.services.shapes import (
    AppliedShape,
    CreditMemoHead,
    CreditMemoLineShape,
    CreditMemoShape,
    InvoiceCredit,
    InvoicePayment,
    PaymentHead,
    PaymentShape,
    RefundShape,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.balances import taking_over
from calm_desktop.store import tables

_memos, _memo_lines, _payments = tables.credit_memo.c, tables.credit_memo_line.c, tables.payment.c
_settlements, _refunds = tables.settlement.c, tables.refund.c
_invoices, _lines, _accounts = tables.invoice.c, tables.invoice_line.c, tables.account.c


def memo_total() -> ColumnElement[int]:
    """What a credit memo is worth, in minor units: the sum of its lines."""
    return (
        select(func.coalesce(func.sum(_memo_lines.amount), 0))
        .where(_memo_lines.memo_id == _memos.id)
        .correlate(tables.credit_memo)
        .scalar_subquery()
    )


def memo_applied(as_of: date | None = None) -> ColumnElement[int]:
    """What of a credit memo lowers invoices by `as_of`; lines that it took over itself are no use of it."""
    return _put_on_lines(_settlements.memo_id == _memos.id, as_of, ~and_(*taking_over())).correlate(tables.credit_memo)


def memo_taken_over(as_of: date | None = None) -> ColumnElement[int]:
    """What a credit memo took over of lines below zero by `as_of`, zero or more."""
    return -_put_on_lines(_settlements.memo_id == _memos.id, as_of, *taking_over()).correlate(tables.credit_memo)


def memo_refunded(as_of: date | None = None) -> ColumnElement[int]:
    """What of a credit memo was paid back by `as_of`."""
    return _paid_back(_refunds.memo_id == _memos.id, as_of).correlate(tables.credit_memo)


def payment_applied(as_of: date | None = None) -> ColumnElement[int]:
    """What of a payment lowers invoices by `as_of`; what a void gave back lowers none."""
    return _put_on_lines(_settlements.payment_id == _payments.id, as_of).correlate(tables.payment)


def payment_refunded(as_of: date | None = None) -> ColumnElement[int]:
    """What of a payment was paid back by `as_of`."""
    return _paid_back(_refunds.payment_id == _payments.id, as_of).correlate(tables.payment)


def _put_on_lines(document: ColumnElement[bool], as_of: date | None, *which: ColumnElement[bool]) -> ScalarSelect[int]:
    query = (
        select(func.coalesce(func.sum(_settlements.amount), 0))
        .select_from(tables.settlement)
        .where(document, within(_settlements.day, None, as_of), *which)
    )
    if which:
        query = query.join(tables.invoice_line, _lines.id == _settlements.invoice_line_id)
    return query.scalar_subquery()


def _paid_back(document: ColumnElement[bool], as_of: date | None) -> ScalarSelect[int]:
    query = select(func.coalesce(func.sum(_refunds.amount), 0)).where(document, within(_refunds.day, None, as_of))
    return query.scalar_subquery()


def credit_shapes(tx: Tx, memos: Sequence[int]) -> tuple[CreditMemoShape, ...]:
    """The credit memos with these numbers in the store, whole, in the order given."""
    scope = among(_memos.id, memos)
    heads = credit_heads_in(tx, scope)
    lines: defaultdict[int, list[CreditMemoLineShape]] = defaultdict(list)
    for row in rows_in(tx, _memo_lines_query(), scope):
        lines[row.memo_id].append(_memo_line(row))
    applied = _applied(tx, _settlements.memo_id, memos)
    refunds = _refunds_of(tx, _refunds.memo_id, memos)
    return tuple(
        CreditMemoShape(heads[memo], tuple(lines[memo]), tuple(applied[memo]), tuple(refunds[memo])) for memo in memos
    )


@view()
def show_credit(tx: Tx, request: Look) -> CreditMemoShape:
    """One credit memo with its lines and what became of it. Refuses an unknown number."""
    return credit_shapes(tx, [find(tx, "credit", request.name)])[0]


@view()
def list_credits(tx: Tx, request: Find) -> tuple[CreditMemoHead, ...]:
    """Credit memos by their date, of an account, an asset and a span of days."""
    return credit_heads(tx, credits_wanted(tx, request))


def credits_wanted(tx: Tx, request: Find) -> ColumnElement[bool]:
    """Which credit memos are asked for."""
    condition = within(_memos.memo_date, request.start, request.end)
    if request.account:
        condition &= _memos.account_id == find(tx, "account", request.account)
    if request.asset:
        asset = find(tx, "asset", request.asset)
        condition &= exists().where(_memo_lines.memo_id == _memos.id, _memo_lines.asset_id == asset)
    return condition


def credit_heads(tx: Tx, condition: ColumnElement[bool]) -> tuple[CreditMemoHead, ...]:
    """The credit memos for which `condition` holds, by date."""
    return tuple(credit_heads_in(tx, (condition,)).values())


def payment_shapes(tx: Tx, payments: Sequence[int]) -> tuple[PaymentShape, ...]:
    """The payments with these numbers in the store, whole, in the order given."""
    heads = payment_heads_in(tx, among(_payments.id, payments))
    applied = _applied(tx, _settlements.payment_id, payments)
    refunds = _refunds_of(tx, _refunds.payment_id, payments)
    return tuple(PaymentShape(heads[payment], tuple(applied[payment]), tuple(refunds[payment])) for payment in payments)


@view()
def show_payment(tx: Tx, request: Look) -> PaymentShape:
    """One payment and the lines that it paid. Refuses an unknown number."""
    return payment_shapes(tx, [find(tx, "payment", request.name)])[0]


@view()
def list_payments(tx: Tx, request: Find) -> tuple[PaymentHead, ...]:
    """Payments by their day, of an account, an asset and a span of days."""
    return payment_heads(tx, (payments_wanted(tx, request),))


def payments_wanted(tx: Tx, request: Find) -> ColumnElement[bool]:
    """Which payments are asked for."""
    condition = within(_payments.day, request.start, request.end)
    if request.account:
        condition &= _payments.account_id == find(tx, "account", request.account)
    if request.asset:
        asset = find(tx, "asset", request.asset)
        paid = exists().where(
            _settlements.payment_id == _payments.id,
            _settlements.invoice_line_id == _lines.id,
            _lines.asset_id == asset,
        )
        condition &= paid.correlate(tables.payment)
    return condition


def payment_heads(tx: Tx, scope: Scope) -> tuple[PaymentHead, ...]:
    """The payments in `scope` (a condition on payments), by day."""
    return tuple(payment_heads_in(tx, scope).values())


def refund_shape(tx: Tx, refund: int) -> RefundShape:
    """The refund with this number in the store."""
    return _refund(tx.db.execute(_refunds_query().where(_refunds.id == refund)).one())


def payments_of(tx: Tx, scope: Scope, as_of: date | None) -> dict[int, list[InvoicePayment]]:
    """What payments took off the invoices in `scope` (a condition on invoices) by `as_of`, by invoice."""
    given_back = (_settlements.amount < 0).label("given_back")
    query = (
        _taken_off(as_of, _payments.id, _payments.number, _payments.reference, given_back)
        .join(tables.payment, _payments.id == _settlements.payment_id)
        .order_by(_settlements.day, _payments.id, given_back)
    )
    found: defaultdict[int, list[InvoicePayment]] = defaultdict(list)
    for row in rows_in(tx, query, scope):
        payment = InvoicePayment(public_id("payment", row.id), row.number, row.day, _amount(row), row.reference)
        found[row.invoice_id].append(payment)
    return found


def credits_of(tx: Tx, scope: Scope, as_of: date | None) -> dict[int, list[InvoiceCredit]]:
    """What credit memos took off the invoices in `scope` (a condition on invoices) by `as_of`, by invoice."""
    raised = (_settlements.amount < 0).label("raised")
    query = (
        _taken_off(as_of, _memos.id, _memos.number, _memos.reason, _memos.note, raised)
        .join(tables.credit_memo, _memos.id == _settlements.memo_id)
        .order_by(_settlements.day, _memos.id, raised.desc())
    )
    found: defaultdict[int, list[InvoiceCredit]] = defaultdict(list)
    for row in rows_in(tx, query, scope):
        memo = public_id("credit", row.id)
        found[row.invoice_id].append(InvoiceCredit(memo, row.number, row.day, row.reason, _amount(row), row.note))
    return found


def _taken_off(as_of: date | None, *document: ColumnElement[Any]) -> Select[Any]:
    """Sums of what a kind of document took off invoices by `as_of`: one row for each invoice, document and day."""
    by = (_lines.invoice_id, _invoices.currency, _settlements.day, *document)
    return (
        select(*by, func.sum(_settlements.amount).label("amount"))
        .join(tables.invoice_line, _lines.id == _settlements.invoice_line_id)
        .join(tables.invoice, _invoices.id == _lines.invoice_id)
        .where(within(_settlements.day, None, as_of))
        .group_by(*by)
    )


def _amount(row: Row[Any]) -> Money:
    """The amount of a row in the row's currency."""
    return currency_named(row.currency).money(int(row.amount))


def credit_heads_in(tx: Tx, scope: Scope) -> dict[int, CreditMemoHead]:
    """The credit memos in `scope` (a condition on credit memos), by date and by their numbers in the store."""
    query = (
        select(
            tables.credit_memo,
            _accounts.name.label("account_name"),
            _invoices.number.label("invoice_number"),
            memo_total().label("total"),
            memo_applied().label("applied"),
            memo_refunded().label("refunded"),
        )
        .join(tables.account, _accounts.id == _memos.account_id)
        .outerjoin(tables.invoice, _invoices.id == _memos.invoice_id)
        .order_by(_memos.memo_date, _memos.id)
    )
    return {row.id: _memo_head(row) for row in rows_in(tx, query, scope)}


def _memo_head(row: Row[Any]) -> CreditMemoHead:
    money = currency_named(row.currency).money
    total, applied, refunded = int(row.total), int(row.applied), int(row.refunded)
    return CreditMemoHead(
        id=public_id("credit", row.id),
        number=row.number,
        account=row.account_name,
        account_id=public_id("account", row.account_id),
        invoice=row.invoice_number,
        invoice_id=None if row.invoice_id is None else public_id("invoice", row.invoice_id),
        reason=row.reason,
        date=row.memo_date,
        currency=row.currency,
        total=money(total),
        applied=money(applied),
        refunded=money(refunded),
        balance=money(total - applied - refunded),
        note=row.note,
    )


def _memo_lines_query() -> Select[Any]:
    return (
        select(
            tables.credit_memo_line,
            _memos.currency,
            _invoices.id.label("invoice_id"),
            _invoices.number.label("invoice_number"),
            _lines.line.label("invoice_line"),
            tables.asset.c.name.label("asset_name"),
        )
        .join(tables.credit_memo, _memos.id == _memo_lines.memo_id)
        .outerjoin(tables.invoice_line, _lines.id == _memo_lines.invoice_line_id)
        .outerjoin(tables.invoice, _invoices.id == _lines.invoice_id)
        .outerjoin(tables.asset, tables.asset.c.id == _memo_lines.asset_id)
        .order_by(_memo_lines.memo_id, _memo_lines.line)
    )


def _memo_line(row: Row[Any]) -> CreditMemoLineShape:
    return CreditMemoLineShape(
        line=row.line,
        type=row.type,
        description=row.description,
        start=row.start,
        end=row.end,
        amount=_amount(row),
        invoice=row.invoice_number,
        invoice_id=None if row.invoice_id is None else public_id("invoice", row.invoice_id),
        invoice_line=row.invoice_line,
        asset=row.asset_name,
        asset_id=None if row.asset_id is None else public_id("asset", row.asset_id),
    )


def _applied(tx: Tx, document: Column[int], numbers: Sequence[int]) -> dict[int, list[AppliedShape]]:
    """What each of the documents took off lines that were to be paid, and what a void gave back to it."""
    query = (
        select(
            document.label("document"),
            _settlements.day,
            _settlements.amount,
            _lines.line,
            _lines.type,
            _lines.description,
            _lines.invoice_id,
            _invoices.number,
            _invoices.currency,
        )
        .join(tables.invoice_line, _lines.id == _settlements.invoice_line_id)
        .join(tables.invoice, _invoices.id == _lines.invoice_id)
        .where(~and_(*taking_over()))
        .order_by(_settlements.id)
    )
    found: defaultdict[int, list[AppliedShape]] = defaultdict(list)
    for row in rows_in(tx, query, among(document, numbers)):
        found[row.document].append(
            AppliedShape(
                invoice=row.number,
                invoice_id=public_id("invoice", row.invoice_id),
                line=row.line,
                type=row.type,
                description=row.description,
                date=row.day,
                amount=_amount(row),
            )
        )
    return found


def payment_heads_in(tx: Tx, scope: Scope) -> dict[int, PaymentHead]:
    """The payments in `scope` (a condition on payments), by day and by their numbers in the store."""
    query = (
        select(
            tables.payment,
            _accounts.name.label("account_name"),
            payment_applied().label("applied"),
            payment_refunded().label("refunded"),
        )
        .join(tables.account, _accounts.id == _payments.account_id)
        .order_by(_payments.day, _payments.id)
    )
    paid = _first_paid(tx, scope)
    return {row.id: _payment_head(row, *paid.get(row.id, (None, None))) for row in rows_in(tx, query, scope)}


def first_invoice_paid() -> ScalarSelect[str]:
    """The number of the first invoice that a payment pays."""
    return (
        select(_invoices.number)
        .select_from(tables.settlement)
        .join(tables.invoice_line, _lines.id == _settlements.invoice_line_id)
        .join(tables.invoice, _invoices.id == _lines.invoice_id)
        .where(_settlements.payment_id == _payments.id)
        .group_by(_invoices.id, _invoices.number)
        .having(func.sum(_settlements.amount) > 0)
        .order_by(_invoices.id)
        .limit(1)
        .correlate(tables.payment)
        .scalar_subquery()
    )


def _first_paid(tx: Tx, scope: Scope) -> dict[int, tuple[int, str]]:
    """Id and number of the first invoice that each payment in `scope` pays; a void gives the money back."""
    query = (
        select(_settlements.payment_id, _invoices.id, _invoices.number)
        .join(tables.payment, _payments.id == _settlements.payment_id)
        .join(tables.invoice_line, _lines.id == _settlements.invoice_line_id)
        .join(tables.invoice, _invoices.id == _lines.invoice_id)
        .group_by(_settlements.payment_id, _invoices.id, _invoices.number)
        .having(func.sum(_settlements.amount) > 0)
        .order_by(_invoices.id)
    )
    found: dict[int, tuple[int, str]] = {}
    for payment, invoice, number in rows_in(tx, query, scope):
        found.setdefault(payment, (invoice, number))
    return found


def _payment_head(row: Row[Any], invoice: int | None, number: str | None) -> PaymentHead:
    money = currency_named(row.currency).money
    applied, refunded = int(row.applied), int(row.refunded)
    return PaymentHead(
        id=public_id("payment", row.id),
        number=row.number,
        account=row.account_name,
        account_id=public_id("account", row.account_id),
        invoice=number,
        invoice_id=None if invoice is None else public_id("invoice", invoice),
        date=row.day,
        currency=row.currency,
        amount=_amount(row),
        applied=money(applied),
        refunded=money(refunded),
        balance=money(row.amount - applied - refunded),
        reference=row.reference,
    )


def _refunds_of(tx: Tx, document: Column[int], numbers: Sequence[int]) -> dict[int, list[RefundShape]]:
    """What was paid back out of each of the documents."""
    found: defaultdict[int, list[RefundShape]] = defaultdict(list)
    for row in rows_in(tx, _refunds_query().add_columns(document.label("document")), among(document, numbers)):
        found[row.document].append(_refund(row))
    return found


def _refunds_query() -> Select[Any]:
    return (
        select(
            tables.refund,
            _memos.number.label("memo_number"),
            _payments.number.label("payment_number"),
            func.coalesce(_memos.currency, _payments.currency).label("currency"),
        )
        .outerjoin(tables.credit_memo, _memos.id == _refunds.memo_id)
        .outerjoin(tables.payment, _payments.id == _refunds.payment_id)
        .order_by(_refunds.day, _refunds.id)
    )


def _refund(row: Row[Any]) -> RefundShape:
    return RefundShape(
        id=public_id("refund", row.id),
        number=row.number,
        credit=row.memo_number,
        credit_id=None if row.memo_id is None else public_id("credit", row.memo_id),
        payment=row.payment_number,
        payment_id=None if row.payment_id is None else public_id("payment", row.payment_id),
        date=row.day,
        amount=_amount(row),
        currency=row.currency,
    )
