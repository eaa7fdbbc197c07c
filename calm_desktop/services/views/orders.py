"""Orders, whole and as a list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, select

from calm_desktop.engine.fields import FieldObject
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.field_values import values_of, where
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import find
from calm_desktop.services.orders import item_of, items_query
from calm_desktop.services.requests import Find, Look
from calm_desktop.services.scopes import Scope, among, rows_in, within
from calm_desktop.services.shapes import OrderItemShape, OrderRow, OrderShape, ShowOrder
from calm_desktop.services.shapes.fields import FieldsTold
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.heads import asset_heads
from calm_desktop.store import tables

_orders, _items = tables.sales_order.c, tables.order_item.c


def order_shapes(tx: Tx, orders: Sequence[int]) -> tuple[OrderShape, ...]:
    """The orders with these numbers in the store, whole, in the order given."""
    parts: defaultdict[int, list[OrderItemShape]] = defaultdict(list)
    with_code = items_query().add_columns(tables.product.c.code.label("product_code"))
    for row in rows_in(tx, with_code, among(_items.order_id, orders)):
        parts[row.order_id].append(_item(row))
    query = select(tables.sales_order, tables.account.c.name.label("account_name")).join(
        tables.account, tables.account.c.id == _orders.account_id
    )
    told = values_of(tx, FieldObject.ORDER, orders)
    found = {row.id: _order(row, parts[row.id], told(row.id)) for row in rows_in(tx, query, among(_orders.id, orders))}
    return tuple(found[number] for number in orders)


def _order(row: Row[Any], items: Sequence[OrderItemShape], told: FieldsTold) -> OrderShape:
    return OrderShape(
        id=public_id("order", row.id),
        number=row.number,
        account=row.account_name,
        account_id=public_id("account", row.account_id),
        kind=row.kind,
        status=row.status,
        order_date=row.order_date,
        effective_date=row.effective_date,
        currency=row.currency,
        total=currency_named(row.currency).money(row.total),
        items=tuple(items),
        fields=told,
    )


def _item(row: Row[Any]) -> OrderItemShape:
    item = item_of(row)
    return OrderItemShape(
        id=public_id("order-item", row.id),
        line=row.line,
        product=row.product_code,
        asset=None if row.asset_id is None else public_id("asset", row.asset_id),
        category=row.category,
        effect=row.effect,
        target=None if row.target_id is None else public_id("order-item", row.target_id),
        start=row.start,
        end=row.end,
        quantity=row.quantity,
        list_price=row.list_price,
        unit_price=row.unit_price,
        discount=row.discount,
        discount_amount=row.discount_amount,
        net_unit_price=item.rate.net_decimal,
        price_unit=row.price_unit,
        term_count=item.term_count,
        frequency=row.frequency,
        timing=row.timing,
        boundary=str(item.terms.boundary),
        partial=row.partial,
        remainder=row.remainder,
        total=None if row.total is None else currency_named(row.currency).money(row.total),
        currency=row.currency,
    )


@view()
def show_order(tx: Tx, request: Look) -> ShowOrder:
    """One order, and the assets that it made or changed as of a day. Refuses an unknown number."""
    order = find(tx, "order", request.name)
    query = select(_items.asset_id).where(_items.order_id == order, _items.asset_id.is_not(None)).order_by(_items.line)
    assets = list(dict.fromkeys(tx.db.scalars(query)))
    return ShowOrder(order_shapes(tx, [order])[0], asset_heads(tx, assets, request.as_of))


_CONDITIONED = {FieldObject.ORDER: _orders.id, FieldObject.ACCOUNT: _orders.account_id}
"""Whose fields an order can be asked by."""


@view()
def list_orders(tx: Tx, request: Find) -> tuple[OrderRow, ...]:
    """Orders in the order recorded, by account, asset and order date."""
    return order_rows(tx, (orders_wanted(tx, request),))


def orders_wanted(tx: Tx, request: Find) -> ColumnElement[bool]:
    """Which orders are asked for."""
    condition = within(_orders.order_date, request.start, request.end)
    if request.account:
        condition &= _orders.account_id == find(tx, "account", request.account)
    if request.asset:
        condition &= orders_of_asset(find(tx, "asset", request.asset))
    return and_(condition, *where(tx, request.where, _CONDITIONED))


@view()
def list_orders_of_import(tx: Tx, request: Look) -> tuple[OrderRow, ...]:
    """The orders that an import made, in the order recorded; `request` names its batch."""
    return order_rows(tx, (_orders.batch_id == find(tx, "import", request.name, "batch"),))


def orders_of_asset(asset: int) -> ColumnElement[bool]:
    """Whether an order has an item of the asset."""
    return exists().where(_items.order_id == _orders.id, _items.asset_id == asset)


def order_rows(tx: Tx, scope: Scope) -> tuple[OrderRow, ...]:
    """The orders in `scope` (a condition on orders), in the order recorded."""
    count = select(func.count()).where(_items.order_id == _orders.id).scalar_subquery()
    query = (
        select(tables.sales_order, tables.account.c.name.label("account_name"), count.label("item_count"))
        .join(tables.account, tables.account.c.id == _orders.account_id)
        .order_by(_orders.id)
    )
    rows = list(rows_in(tx, query, scope))
    told = values_of(tx, FieldObject.ORDER, [row.id for row in rows])
    return tuple(
        OrderRow(
            id=public_id("order", row.id),
            number=row.number,
            account=row.account_name,
            account_id=public_id("account", row.account_id),
            kind=row.kind,
            status=row.status,
            order_date=row.order_date,
            effective_date=row.effective_date,
            items=row.item_count,
            total=currency_named(row.currency).money(row.total),
            currency=row.currency,
            fields=told(row.id),
        )
        for row in rows
    )
