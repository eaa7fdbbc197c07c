"""Invoices and their lines, whole and as lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, exists, func, select

from calm_desktop.engine.invoicing import InvoiceStatus, LineType
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.lookup import find
from calm_desktop.services.requests import Find, Look
from calm_desktop.services.scopes import Scope, among, rows_in, within
from calm_desktop.services.shapes import InvoiceHead, InvoiceLineRow, InvoiceLineShape, InvoiceShape
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.balances import converted, line_balance, posted_by, settlement
from calm_desktop.services.views.papers import credits_of, payments_of
from calm_desktop.store import tables

_invoices, _lines, _accounts = tables.invoice.c, tables.invoice_line.c, tables.account.c
_originals, _mirrors = tables.invoice.alias("originals"), tables.invoice.alias("mirrors")


def invoice_shapes(tx: Tx, invoices: Sequence[int], as_of: date | None = None) -> tuple[InvoiceShape, ...]:
    """The invoices with these numbers in the store, whole, in the order given.

    Payments and credits dated up to `as_of` count, all that are recorded without it.
    """
    scope = among(_invoices.id, invoices)
    lines: defaultdict[int, list[InvoiceLineShape]] = defaultdict(list)
    for row in rows_in(tx, _lines_query(as_of), scope):
        lines[row.invoice_id].append(_line(row))
    heads = invoice_heads_in(tx, scope, as_of)
    paid, credited = payments_of(tx, scope, as_of), credits_of(tx, scope, as_of)
    return tuple(
        InvoiceShape(heads[number], tuple(lines[number]), tuple(paid.get(number, ())), tuple(credited.get(number, ())))
        for number in invoices
    )


@view()
def show_invoice(tx: Tx, request: Look) -> InvoiceShape:
    """One invoice with its lines and what was paid and credited by a day. Refuses an unknown number."""
    return invoice_shapes(tx, [find(tx, "invoice", request.name)], request.as_of)[0]


@view()
def list_invoices(tx: Tx, request: Find) -> tuple[InvoiceHead, ...]:
    """Invoices by their date, of an account, an asset and a span of days; with `as_of`, as they stood on that day."""
    return invoice_heads(tx, invoices_wanted(tx, request), request.as_of)


def invoices_wanted(tx: Tx, request: Find) -> ColumnElement[bool]:
    """Which invoices are asked for."""
    return _wanted(tx, request) & within(_invoices.invoice_date, None, request.as_of)


def invoice_heads(tx: Tx, condition: ColumnElement[bool], as_of: date | None = None) -> tuple[InvoiceHead, ...]:
    """The invoices for which `condition` holds, by date, with their balances by `as_of`."""
    return tuple(invoice_heads_in(tx, (condition,), as_of).values())


@view()
def invoice_heads_of(tx: Tx, invoices: Sequence[int]) -> tuple[InvoiceHead, ...]:
    """The invoices with these numbers in the store, in the order given."""
    heads = invoice_heads_in(tx, among(_invoices.id, invoices))
    return tuple(heads[number] for number in invoices)


@view()
def drafts_among(tx: Tx, invoices: Sequence[str]) -> tuple[str, ...]:
    """Those of the invoices with these ids that are drafts, in the order given."""
    numbers = [number for each in invoices if (number := number_of("invoice", each)) is not None]
    query = select(_invoices.id).where(_invoices.status == InvoiceStatus.DRAFT.value)
    drafts = {row.id for row in rows_in(tx, query, among(_invoices.id, numbers))}
    return tuple(public_id("invoice", number) for number in numbers if number in drafts)


def invoices_of_asset(asset: int) -> ColumnElement[bool]:
    """Whether an invoice has a line of the asset."""
    lines = tables.invoice_line.alias()
    return exists().where(lines.c.invoice_id == _invoices.id, lines.c.asset_id == asset)


@view()
def list_invoice_lines(tx: Tx, request: Find) -> tuple[InvoiceLineRow, ...]:
    """Invoice lines by their invoice's date, of an account, an asset and a span of days.

    With `as_of`, just those that the invoice line balance of that day sums.
    """
    return line_rows(tx, (lines_wanted(tx, request),), request.as_of)


def line_rows(tx: Tx, scope: Scope, as_of: date | None = None) -> tuple[InvoiceLineRow, ...]:
    """The invoice lines in `scope` (a condition on lines and their invoices), with what is open of them by `as_of`."""
    return tuple(_line_row(row) for row in rows_in(tx, _lines_query(as_of), scope))


def lines_wanted(tx: Tx, request: Find) -> ColumnElement[bool]:
    """Which lines of invoices are asked for."""
    condition = _wanted(tx, request)
    if request.asset:
        condition &= _lines.asset_id == find(tx, "asset", request.asset)
    if request.as_of is not None:
        condition &= posted_by(request.as_of)
    return condition


def _wanted(tx: Tx, request: Find) -> ColumnElement[bool]:
    condition = within(_invoices.invoice_date, request.start, request.end)
    if request.account:
        condition &= _invoices.account_id == find(tx, "account", request.account)
    if request.asset:
        condition &= invoices_of_asset(find(tx, "asset", request.asset))
    return condition


def invoice_heads_in(tx: Tx, scope: Scope, as_of: date | None = None) -> dict[int, InvoiceHead]:
    """The invoices in `scope` (a condition on invoices), by date, with their balances by `as_of`."""
    is_tax = _lines.type == LineType.TAX.value
    own = (
        _invoices.id,
        _invoices.number,
        _invoices.account_id,
        _invoices.status,
        _invoices.invoice_date,
        _invoices.due_date,
        _invoices.currency,
        _accounts.name,
        tables.sales_order.c.number.label("order_number"),
        _originals.c.id.label("voids_id"),
        _originals.c.number.label("voids"),
        _mirrors.c.id.label("voided_by_id"),
        _mirrors.c.number.label("voided_by"),
    )
    query = (
        select(
            *own,
            func.coalesce(func.sum(case((is_tax, 0), else_=_lines.amount)), 0).label("charges"),
            func.coalesce(func.sum(case((is_tax, _lines.amount), else_=0)), 0).label("tax"),
            func.coalesce(func.sum(line_balance(as_of)), 0).label("balance"),
            func.coalesce(func.sum(converted(as_of)), 0).label("converted"),
        )
        .join(tables.account, _accounts.id == _invoices.account_id)
        .outerjoin(tables.sales_order, tables.sales_order.c.id == _invoices.order_id)
        .outerjoin(_originals, _originals.c.id == _invoices.voids_id)
        .outerjoin(_mirrors, _mirrors.c.voids_id == _invoices.id)
        .outerjoin(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .group_by(*own)
        .order_by(_invoices.invoice_date, _invoices.id)
    )
    return {row.id: _head(row) for row in rows_in(tx, query, scope)}


def _head(row: Row[Any]) -> InvoiceHead:
    currency = currency_named(row.currency)
    charges, tax, balance, taken_over = int(row.charges), int(row.tax), int(row.balance), int(row.converted)
    return InvoiceHead(
        id=public_id("invoice", row.id),
        number=row.number,
        account=row.name,
        account_id=public_id("account", row.account_id),
        order=row.order_number,
        status=row.status,
        settlement=settlement(charges + tax - taken_over, balance).value,
        date=row.invoice_date,
        due=row.due_date,
        currency=row.currency,
        charges=currency.money(charges),
        tax=currency.money(tax),
        total=currency.money(charges + tax),
        balance=currency.money(balance),
        converted_negative_amount=currency.money(taken_over),
        voids=row.voids,
        voids_id=None if row.voids_id is None else public_id("invoice", row.voids_id),
        voided_by=row.voided_by,
        voided_by_id=None if row.voided_by_id is None else public_id("invoice", row.voided_by_id),
    )


def _lines_query(as_of: date | None) -> Select[Any]:
    taxes = tables.invoice_line.alias("taxes")
    tax = select(func.coalesce(func.sum(taxes.c.amount), 0)).where(taxes.c.charge_line_id == _lines.id)
    return (
        select(
            tables.invoice_line,
            _invoices.number.label("invoice_number"),
            _invoices.status,
            _invoices.invoice_date,
            _invoices.currency,
            _invoices.account_id,
            _accounts.name.label("account_name"),
            tables.asset.c.name.label("asset_name"),
            tax.scalar_subquery().label("tax"),
            line_balance(as_of).label("balance"),
        )
        .join(tables.invoice, _invoices.id == _lines.invoice_id)
        .join(tables.account, _accounts.id == _invoices.account_id)
        .join(tables.asset, tables.asset.c.id == _lines.asset_id)
        .order_by(_invoices.invoice_date, _invoices.id, _lines.line)
    )


def _line(row: Row[Any]) -> InvoiceLineShape:
    currency = currency_named(row.currency)
    return InvoiceLineShape(
        id=public_id("invoice-line", row.id),
        line=row.line,
        type=row.type,
        description=row.description,
        start=row.start,
        end=row.end,
        quantity=row.quantity,
        unit_price=row.unit_price,
        amount=currency.money(row.amount),
        tax=currency.money(int(row.tax)),
        balance=currency.money(int(row.balance)),
        order_item=public_id("order-item", row.order_item_id),
        asset=row.asset_name,
        asset_id=public_id("asset", row.asset_id),
        currency=row.currency,
    )


def _line_row(row: Row[Any]) -> InvoiceLineRow:
    currency = currency_named(row.currency)
    invoice = public_id("invoice", row.invoice_id)
    return InvoiceLineRow(
        id=public_id("invoice-line", row.id),
        invoice=row.invoice_number or invoice,
        invoice_id=invoice,
        status=row.status,
        date=row.invoice_date,
        account=row.account_name,
        account_id=public_id("account", row.account_id),
        asset=row.asset_name,
        asset_id=public_id("asset", row.asset_id),
        order_item=public_id("order-item", row.order_item_id),
        type=row.type,
        description=row.description,
        start=row.start,
        end=row.end,
        quantity=row.quantity,
        unit_price=row.unit_price,
        amount=currency.money(row.amount),
        balance=currency.money(int(row.balance)),
        currency=row.currency,
    )
