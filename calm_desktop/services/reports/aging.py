"""Aging: what each account owes as of a day, by how long ago it was due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, literal, select

from calm_desktop.engine.aging import Bucket, bucket_of, days_overdue, last_due
from calm_desktop.engine.hidden import Protected
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.permissions import Permission
from calm_desktop.services.reports.asked import by_group, check, of_interest
from calm_desktop.services.reports.names import account_names
from calm_desktop.services.requests import AgingBehind, Report
from calm_desktop.services.shapes import AgingBalances, AgingLine, ReportShape
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.balances import line_balance, posted_by
from calm_desktop.store import tables

_invoices, _lines, _assets = tables.invoice.c, tables.invoice_line.c, tables.asset.c
_COLUMN = {
    Bucket.NOT_DUE: "not_due",
    Bucket.TO_30: "days_1_30",
    Bucket.TO_60: "days_31_60",
    Bucket.TO_90: "days_61_90",
    Bucket.OVER_90: "over_90",
}


@view(Permission.REPORTS, Protected.BALANCE)
@by_group
def aging(tx: Tx, request: Report) -> ReportShape[AgingBalances]:
    """Balances of posted invoices as of the last day of `request`, by account and currency, most owed first.

    Accounts that owe nothing in any bucket are left out. Each row's balance is the account's invoice line balance of
    that day. Refuses what the report cannot be asked.
    """
    check(request, "aging")
    day = request.end or tx.today
    bucket = _bucket(day).label("bucket")
    query = (
        select(_invoices.account_id, _invoices.currency, bucket, func.sum(line_balance(day)).label("balance"))
        .select_from(tables.invoice_line)
        .join(tables.invoice, _invoices.id == _lines.invoice_id)
        .join(tables.asset, _assets.id == _lines.asset_id)
        .where(of_interest(tx, request), posted_by(day))
        .group_by(_invoices.account_id, _invoices.currency, bucket)
    )
    owed: dict[tuple[int, str], dict[Bucket, int]] = {}
    for account, code, word, minor in tx.db.execute(query):
        if minor:
            owed.setdefault((account, code), dict.fromkeys(Bucket, 0))[Bucket(word)] = int(minor)
    names = account_names(tx, (account for account, _ in owed))
    rows = [
        _balances(names[account], public_id("account", account), code, buckets)
        for (account, code), buckets in owed.items()
    ]
    rows.sort(key=lambda row: (row.currency, -row.balance.minor, row.account))
    return ReportShape("aging", day, day, None, tuple(rows), tuple(_totals(rows)))


def _bucket(day: date) -> ColumnElement[str]:
    """The bucket of an invoice."""
    return case(
        *((_invoices.due_date <= last, literal(bucket.value)) for bucket, last in last_due(day)),
        else_=literal(Bucket.NOT_DUE.value),
    )


def _balances(account: str, account_id: str, code: str, buckets: dict[Bucket, int]) -> AgingBalances:
    money = currency_named(code).money
    columns: dict[str, Any] = {_COLUMN[bucket]: money(minor) for bucket, minor in buckets.items()}
    return AgingBalances(account, account_id, code, **columns, balance=money(sum(buckets.values())))


def _totals(rows: list[AgingBalances]) -> Iterator[AgingBalances]:
    """The sums of the rows, one for each currency."""
    totals: dict[str, AgingBalances] = {}
    for row in rows:
        so_far = totals.get(row.currency)
        if so_far is None:
            totals[row.currency] = replace(row, account="", account_id="")
        else:
            columns = (*_COLUMN.values(), "balance")
            sums = {name: getattr(so_far, name) + getattr(row, name) for name in columns}
            totals[row.currency] = replace(so_far, **sums)
    yield from totals.values()


@view(Permission.REPORTS, Protected.BALANCE)
def aging_behind(tx: Tx, request: AgingBehind) -> tuple[AgingLine, ...]:
    """The invoice lines with anything open, in one bucket or in all: their balances sum to the cell."""
    report = request.report
    check(report, "aging")
    day = report.end or tx.today
    query = _lines_query(day).where(of_interest(tx, report), posted_by(day), line_balance(day) != 0)
    if request.bucket is not None:
        query = query.where(_bucket(day) == request.bucket.value)
    return tuple(_line(row, day) for row in tx.db.execute(query))


def _lines_query(day: date) -> Select[Any]:
    return (
        select(
            tables.invoice_line,
            _invoices.number,
            _invoices.account_id,
            _invoices.invoice_date,
            _invoices.due_date,
            _invoices.currency,
            tables.account.c.name.label("account_name"),
            _assets.name.label("asset_name"),
            line_balance(day).label("balance"),
        )
        .join(tables.invoice, _invoices.id == _lines.invoice_id)
        .join(tables.account, tables.account.c.id == _invoices.account_id)
        .join(tables.asset, _assets.id == _lines.asset_id)
        .order_by(_invoices.due_date, _invoices.id, _lines.line)
    )


def _line(row: Row[Any], day: date) -> AgingLine:
    currency = currency_named(row.currency)
    return AgingLine(
        bucket=bucket_of(days_overdue(row.due_date, day)).value,
        days_overdue=(day - row.due_date).days,
        due=row.due_date,
        account=row.account_name,
        account_id=public_id("account", row.account_id),
        invoice=row.number,
        invoice_id=public_id("invoice", row.invoice_id),
        invoice_date=row.invoice_date,
        line_id=public_id("invoice-line", row.id),
        type=row.type,
        description=row.description,
        asset=row.asset_name,
        asset_id=public_id("asset", row.asset_id),
        amount=currency.money(row.amount),
        balance=currency.money(int(row.balance)),
        currency=row.currency,
    )
