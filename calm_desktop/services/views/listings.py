"""What the columns of accounts, assets, orders, invoices, their lines and actions are in SQL, where there are many."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    ScalarSelect,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    select,
    true,
    union,
)

from calm_desktop.engine.catalog import AssetStatus, Kind, MemoReason, Settlement
from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.invoicing import LineType
from calm_desktop.engine.lifecycle import SourceKind
from calm_desktop.services.requests import Find
from calm_desktop.services.scopes import among
from calm_desktop.services.shapes import (
    AccountRow,
    ActionRow,
    AssetHead,
    CreditMemoHead,
    InvoiceHead,
    InvoiceLineRow,
    OrderRow,
    PaymentHead,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.accounts import account_rows, accounts_wanted, by_currency
from calm_desktop.services.views.actions import action_rows_of, actions_wanted
from calm_desktop.services.views.assets import assets_wanted
from calm_desktop.services.views.balances import converted, line_balance, posted_by
from calm_desktop.services.views.heads import heads_in, in_force
from calm_desktop.services.views.invoices import invoice_heads_in, invoices_wanted, line_rows, lines_wanted
from calm_desktop.services.views.listing import Amount, Choice, Day, Facts, Listing, Number, Text, words
from calm_desktop.services.views.orders import order_rows, orders_wanted
from calm_desktop.services.views.papers import (
    credit_heads_in,
    credits_wanted,
    first_invoice_paid,
    memo_applied,
    memo_refunded,
    memo_total,
    payment_applied,
    payment_heads_in,
    payment_refunded,
    payments_wanted,
)
from calm_desktop.store import tables

_accounts, _assets, _products, _periods = tables.account.c, tables.asset.c, tables.product.c, tables.state_period.c
_orders, _items, _invoices, _lines = tables.sales_order.c, tables.order_item.c, tables.invoice.c, tables.invoice_line.c
_actions, _sources = tables.action.c, tables.action_source.c
_QUANTITY: int = tables.QUANTITY.places
_PRICE: int = tables.PRICE.places
_DRAFT = "Draft"


def _name_of_account(account: ColumnElement[int]) -> Text:
    accounts = tables.account.alias()
    return Text(select(accounts.c.name).where(accounts.c.id == account).scalar_subquery())


def _kept(rows: Sequence[Any]) -> Mapping[Hashable, Any]:
    return {row.id: row for row in rows}


# -- accounts


def _account_lines(day: date) -> FromClause:
    """An account in its own currency, and in each other one in which it owns or owes something."""
    own = select(_accounts.id.label("account"), _accounts.currency.label("currency"), literal(0).label("other"))
    owning = (
        select(_accounts.id, _assets.currency, literal(1))
        .join(tables.asset, and_(_assets.account_id == _accounts.id, _assets.currency != _accounts.currency))
        .where(exists().where(_periods.asset_id == _assets.id, in_force(day)))
    )
    owing = (
        select(_accounts.id, _invoices.currency, literal(1))
        .join(tables.invoice, and_(_invoices.account_id == _accounts.id, _invoices.currency != _accounts.currency))
        .where(posted_by(day))
    )
    lines = union(own, owning, owing).subquery("line")
    return tables.account.join(lines, lines.c.account == _accounts.id)


def _line(source: FromClause, name: str) -> ColumnElement[Any]:
    return next(column for column in source.c if column.table.name == "line" and column.name == name)


def _account_facts(source: FromClause, _: Find, day: date) -> Facts:
    currency = _line(source, "currency")
    held = (
        select(func.count())
        .select_from(tables.asset.join(tables.state_period, _periods.asset_id == _assets.id))
        .where(_assets.account_id == _accounts.id, _assets.currency == currency, in_force(day))
    )

    def owned(figure: ColumnElement[Any]) -> ScalarSelect[Any]:
        return held.with_only_columns(func.coalesce(func.sum(figure), 0)).scalar_subquery()

    owed = (
        select(func.coalesce(func.sum(line_balance(day)), 0))
        .select_from(tables.invoice.join(tables.invoice_line, _lines.invoice_id == _invoices.id))
        .where(_invoices.account_id == _accounts.id, _invoices.currency == currency, posted_by(day))
    )
    assets = select(func.count()).select_from(tables.asset).where(_assets.account_id == _accounts.id)
    return {
        "name": Text(_accounts.name),
        "number": Text(_accounts.number),
        "country": Text(_accounts.country),
        "currency": Text(currency),
        "assets": Number(assets.scalar_subquery()),
        "quantity": Number(owned(_periods.quantity), _QUANTITY),
        "amount": Amount(owned(_periods.amount), currency),
        "mrr": Amount(owned(_periods.mrr), currency),
        "invoice_line_balance": Amount(owed.scalar_subquery(), currency),
    }


def _account_rows(tx: Tx, accounts: Sequence[int], find: Find) -> Mapping[Hashable, Any]:
    rows = by_currency(account_rows(tx, accounts, find.as_of or tx.today))
    return {(row.id, row.currency): row for row in rows}


ACCOUNTS = Listing(
    kind="account",
    source=_account_lines,
    key=lambda _: _accounts.id,
    currency=lambda source: _line(source, "currency"),
    facts=_account_facts,
    condition=accounts_wanted,
    order=lambda source: (
        func.lower(_accounts.name),
        _accounts.id,
        _line(source, "other"),
        _line(source, "currency"),
    ),
    read=_account_rows,
    own=FieldObject.ACCOUNT,
    once=tables.account,
    shape=AccountRow,
)
"""Accounts by name, with a line for each currency in which they own or owe something."""


# -- assets


def _asset_facts(_: FromClause, __: Find, day: date) -> Facts:
    every = tables.state_period.alias()

    def held(figure: ColumnElement[Any]) -> ScalarSelect[Any]:
        return select(figure).where(_periods.asset_id == _assets.id, in_force(day)).scalar_subquery()

    def of_product(column: ColumnElement[Any]) -> ScalarSelect[Any]:
        return select(column).where(_products.id == _assets.product_id).scalar_subquery()

    paused = held(case((_periods.paused, 1), else_=0))
    status = case(
        (paused == 1, AssetStatus.PAUSED.value),
        (paused == 0, AssetStatus.ACTIVE.value),
        (~exists().where(every.c.asset_id == _assets.id), AssetStatus.UNDONE.value),
        (_assets.lifecycle_end < day, AssetStatus.ENDED.value),
        else_=AssetStatus.SCHEDULED.value,
    )
    lifetime = select(func.coalesce(func.sum(every.c.amount), 0)).where(every.c.asset_id == _assets.id)
    return {
        "name": Text(_assets.name),
        "account": _name_of_account(_assets.account_id),
        "product": Text(of_product(_products.code)),
        "status": Choice(status, words(*AssetStatus)),
        "quantity": Number(func.coalesce(held(_periods.quantity), 0), _QUANTITY),
        "amount": Amount(func.coalesce(held(_periods.amount), 0), _assets.currency),
        "mrr": Amount(func.coalesce(held(_periods.mrr), 0), _assets.currency),
        "lifecycle_start": Day(_assets.lifecycle_start),
        "lifecycle_end": Day(_assets.lifecycle_end),
        "total_lifecycle_amount": Amount(lifetime.scalar_subquery(), _assets.currency),
        "renewal": Text(_renewal()),
        "number": Text(_assets.number),
        "kind": Choice(of_product(_products.kind), {kind.value: kind.value.replace("-", " ") for kind in Kind}),
        "product_name": Text(of_product(_products.name)),
    }


def _renewal() -> ColumnElement[str]:
    """What a renewal takes when it is not told: `12 months, last price`."""
    nothing = literal("")
    term = cast(_assets.renewal_term, String) + " " + _assets.renewal_term_unit
    pricing = _assets.renewal_pricing + " price"
    between = case((and_(_assets.renewal_term.is_not(None), _assets.renewal_pricing.is_not(None)), ", "), else_=nothing)
    return func.coalesce(term, nothing) + between + func.coalesce(pricing, nothing)


ASSETS = Listing(
    kind="asset",
    source=lambda _: tables.asset,
    key=lambda _: _assets.id,
    currency=lambda _: _assets.currency,
    facts=_asset_facts,
    condition=assets_wanted,
    order=lambda _: (_assets.id,),
    read=lambda tx, assets, find: _kept(
        tuple(heads_in(tx, among(_assets.id, assets), find.as_of or tx.today).values())
    ),
    own=FieldObject.ASSET,
    shape=AssetHead,
)
"""Assets, oldest first."""


# -- orders


def _order_facts(_: FromClause, __: Find, ___: date) -> Facts:
    count = select(func.count()).select_from(tables.order_item).where(_items.order_id == _orders.id)
    return {
        "number": Text(_orders.number),
        "account": _name_of_account(_orders.account_id),
        "kind": Text(_orders.kind),
        "status": Text(_orders.status),
        "order_date": Day(_orders.order_date),
        "effective_date": Day(_orders.effective_date),
        "items": Number(count.scalar_subquery()),
        "total": Amount(_orders.total, _orders.currency),
    }


ORDERS = Listing(
    kind="order",
    source=lambda _: tables.sales_order,
    key=lambda _: _orders.id,
    currency=lambda _: _orders.currency,
    facts=_order_facts,
    condition=orders_wanted,
    order=lambda _: (_orders.id,),
    read=lambda tx, orders, _: _kept(order_rows(tx, among(_orders.id, orders))),
    own=FieldObject.ORDER,
    shape=OrderRow,
)
"""Orders in the order recorded."""


# -- invoices and their lines


def _invoice_facts(_: FromClause, find: Find, __: date) -> Facts:
    is_tax = _lines.type == LineType.TAX.value

    def summed(figure: ColumnElement[Any], which: ColumnElement[bool] | None = None) -> ScalarSelect[Any]:
        query = select(func.coalesce(func.sum(figure), 0)).select_from(tables.invoice_line)
        query = query.where(_lines.invoice_id == _invoices.id, true() if which is None else which)
        return query.correlate(tables.invoice).scalar_subquery()

    total, balance = summed(_lines.amount), summed(line_balance(find.as_of))
    settlement = case(
        (balance == 0, Settlement.SETTLED.value),
        (balance == total - summed(converted(find.as_of)), Settlement.NOT_SETTLED.value),
        else_=Settlement.PARTIALLY_SETTLED.value,
    )
    order = select(_orders.number).where(_orders.id == _invoices.order_id).scalar_subquery()
    return {
        "number": Text(func.coalesce(_invoices.number, _DRAFT)),
        "account": _name_of_account(_invoices.account_id),
        "status": Text(_invoices.status),
        "settlement": Choice(settlement, words(*Settlement)),
        "date": Day(_invoices.invoice_date),
        "due": Day(_invoices.due_date),
        "charges": Amount(summed(_lines.amount, ~is_tax), _invoices.currency),
        "tax": Amount(summed(_lines.amount, is_tax), _invoices.currency),
        "total": Amount(total, _invoices.currency),
        "balance": Amount(balance, _invoices.currency),
        "order": Text(order),
    }


INVOICES = Listing(
    kind="invoice",
    source=lambda _: tables.invoice,
    key=lambda _: _invoices.id,
    currency=lambda _: _invoices.currency,
    facts=_invoice_facts,
    condition=invoices_wanted,
    order=lambda _: (_invoices.invoice_date, _invoices.id),
    read=lambda tx, invoices, find: _kept(
        tuple(invoice_heads_in(tx, among(_invoices.id, invoices), find.as_of).values())
    ),
    shape=InvoiceHead,
)
"""Invoices by date."""


def _line_facts(_: FromClause, find: Find, __: date) -> Facts:
    asset = select(_assets.name).where(_assets.id == _lines.asset_id).scalar_subquery()
    return {
        "date": Day(_invoices.invoice_date),
        "invoice": Text(func.coalesce(_invoices.number, _DRAFT)),
        "account": _name_of_account(_invoices.account_id),
        "asset": Text(asset),
        "type": Text(_lines.type),
        "status": Text(_invoices.status),
        "start": Day(_lines.start),
        "end": Day(_lines.end),
        "quantity": Number(_lines.quantity, _QUANTITY),
        "unit_price": Number(_lines.unit_price, _PRICE),
        "amount": Amount(_lines.amount, _invoices.currency),
        "balance": Amount(line_balance(find.as_of), _invoices.currency),
        "description": Text(_lines.description),
    }


INVOICE_LINES = Listing(
    kind="invoice-line",
    source=lambda _: tables.invoice_line.join(tables.invoice, _invoices.id == _lines.invoice_id),
    key=lambda _: _lines.id,
    currency=lambda _: _invoices.currency,
    facts=_line_facts,
    condition=lines_wanted,
    order=lambda _: (_invoices.invoice_date, _invoices.id, _lines.line),
    read=lambda tx, lines, find: _kept(line_rows(tx, among(_lines.id, lines), find.as_of)),
    shape=InvoiceLineRow,
)
"""Invoice lines by their invoice's date."""


# -- credit memos and payments

_memos, _payments = tables.credit_memo.c, tables.payment.c


def _credit_facts(_: FromClause, __: Find, ___: date) -> Facts:
    invoice = select(_invoices.number).where(_invoices.id == _memos.invoice_id).scalar_subquery()
    total, applied, refunded = memo_total(), memo_applied(), memo_refunded()
    reasons = {MemoReason.GIVEN.value: "Given", MemoReason.CONVERTED.value: "Negative lines"}
    return {
        "number": Text(_memos.number),
        "account": _name_of_account(_memos.account_id),
        "reason": Choice(_memos.reason, reasons | {MemoReason.UNUSED.value: "Unused service"}),
        "date": Day(_memos.memo_date),
        "invoice": Text(invoice),
        "total": Amount(total, _memos.currency),
        "applied": Amount(applied, _memos.currency),
        "refunded": Amount(refunded, _memos.currency),
        "balance": Amount(total - applied - refunded, _memos.currency),
        "note": Text(_memos.note),
    }


CREDITS = Listing(
    kind="credit",
    source=lambda _: tables.credit_memo,
    key=lambda _: _memos.id,
    currency=lambda _: _memos.currency,
    facts=_credit_facts,
    condition=credits_wanted,
    order=lambda _: (_memos.memo_date, _memos.id),
    read=lambda tx, memos, _: _kept(tuple(credit_heads_in(tx, among(_memos.id, memos)).values())),
    shape=CreditMemoHead,
)
"""Credit memos by date."""


def _payment_facts(_: FromClause, __: Find, ___: date) -> Facts:
    return {
        "number": Text(_payments.number),
        "account": _name_of_account(_payments.account_id),
        "invoice": Text(first_invoice_paid()),
        "date": Day(_payments.day),
        "amount": Amount(_payments.amount, _payments.currency),
        "balance": Amount(_payments.amount - payment_applied() - payment_refunded(), _payments.currency),
        "reference": Text(_payments.reference),
    }


PAYMENTS = Listing(
    kind="payment",
    source=lambda _: tables.payment,
    key=lambda _: _payments.id,
    currency=lambda _: _payments.currency,
    facts=_payment_facts,
    condition=payments_wanted,
    order=lambda _: (_payments.day, _payments.id),
    read=lambda tx, payments, _: _kept(tuple(payment_heads_in(tx, among(_payments.id, payments)).values())),
    shape=PaymentHead,
)
"""Payments by day."""


# -- actions


def _action_facts(_: FromClause, __: Find, ___: date) -> Facts:
    earlier, undoing = tables.action.alias("earlier"), tables.action.alias("undoing")

    def after(change: str) -> ScalarSelect[Any]:
        mine = and_(earlier.c.asset_id == _actions.asset_id, earlier.c.sequence <= _actions.sequence)
        return select(func.sum(earlier.c[change])).where(mine).scalar_subquery()

    standing = case(
        (exists().where(undoing.c.undoes_id == _actions.id), "Undone"),
        (_actions.undoes_id.is_not(None), "Undo"),
        else_="",
    )
    return {
        "effective_date": Day(_actions.effective_date),
        "category": Text(_actions.category),
        "standing": Choice(standing, words("Undone", "Undo")),
        "account": _name_of_account(_assets.account_id),
        "asset": Text(_assets.name),
        "source": Text(_source()),
        "type": Text(_actions.type),
        "quantity_change": Number(_actions.quantity_change, _QUANTITY),
        "amount_change": Amount(_actions.amount_change, _assets.currency),
        "mrr_change": Amount(_actions.mrr_change, _assets.currency),
        "quantity_after": Number(after("quantity_change"), _QUANTITY),
        "amount_after": Amount(after("amount_change"), _assets.currency),
        "mrr_after": Amount(after("mrr_change"), _assets.currency),
        "action_date": Day(_actions.action_date),
    }


def _source() -> ColumnElement[str]:
    """Where an action came from: what was stated first says more than the order item that carried it."""
    other = tables.action_source.alias("other")
    works, parts = tables.work_order.c, tables.work_order_line.c
    first = (
        select(func.min(other.c.id))
        .where(other.c.action_id == _actions.id, other.c.kind != SourceKind.ORDER_ITEM.value)
        .correlate(tables.action)
        .scalar_subquery()
    )
    stated = (
        select(
            case(
                (works.number.is_not(None), "Work order " + works.number + " / " + parts.line),
                else_=_sources.external_system + ": " + _sources.external_reference,
            )
        )
        .select_from(tables.action_source)
        .outerjoin(tables.work_order_line, parts.id == _sources.work_order_line_id)
        .outerjoin(tables.work_order, works.id == parts.work_order_id)
        .where(_sources.id == first)
        .correlate(tables.action)
        .scalar_subquery()
    )
    ordered = (
        select("Order " + _orders.number + " / " + cast(_items.line, String))
        .select_from(tables.order_item.join(tables.sales_order, _orders.id == _items.order_id))
        .where(_items.id == _actions.order_item_id)
        .correlate(tables.action)
        .scalar_subquery()
    )
    return func.coalesce(stated, ordered, "")


ACTIONS = Listing(
    kind="action",
    source=lambda _: tables.action.join(tables.asset, _assets.id == _actions.asset_id),
    key=lambda _: _actions.id,
    currency=lambda _: _assets.currency,
    facts=_action_facts,
    condition=actions_wanted,
    order=lambda _: (_actions.id,),
    read=lambda tx, actions, _: _kept(tuple(action_rows_of(tx, actions).values())),
    shape=ActionRow,
)
"""Actions in the order recorded."""


WHOLE: Mapping[str, Listing] = {
    "actions": ACTIONS,
    "assets": ASSETS,
    "credits": CREDITS,
    "invoice-lines": INVOICE_LINES,
    "invoices": INVOICES,
    "orders": ORDERS,
    "payments": PAYMENTS,
}
"""Lists that have one row for each record, as the views of these names answer them."""
