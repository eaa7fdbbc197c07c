"""What orders say, and what became of it (DOMAIN sections 1, 3 and 5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from calm_desktop.engine.catalog import Category, Effect, OrderKind, OrderStatus
from calm_desktop.engine.lifecycle import SourceKind
from calm_desktop.engine.money import Currency
from calm_desktop.services.invariants.finding import (
    ASSET,
    ORDER,
    Breach,
    Finding,
    finding,
    found,
    known_currency,
    money,
    row_count,
)
from calm_desktop.services.orders import item_of
from calm_desktop.store.tables import (
    action,
    action_source,
    asset,
    billing_schedule,
    order_item,
    product,
    sales_order,
)


def orders_total_their_items(db: Connection) -> Finding:
    """An order's total is the sum of its items' totals, as far as these are known."""
    summed = (
        select(order_item.c.order_id, func.coalesce(func.sum(order_item.c.total), 0).label("known"))
        .group_by(order_item.c.order_id)
        .subquery("summed")
    )
    wrong = (
        select(ORDER, sales_order.c.currency, sales_order.c.total, summed.c.known)
        .join(summed, summed.c.order_id == sales_order.c.id)
        .where(sales_order.c.total != summed.c.known)
        .order_by(sales_order.c.id)
    )
    return finding(
        db,
        sales_order,
        wrong,
        lambda row: Breach(
            f"order {row.order_number}",
            f"the total is {money(row.total, row.currency)}, the items sum to {money(row.known, row.currency)}",
        ),
    )


def items_are_rated_right(db: Connection) -> Finding:
    """A sold or renewed item's total is net unit price x quantity x term count, rounded once (3.2)."""
    kinds = (OrderKind.NEW, OrderKind.RENEW)
    rated = (
        select(order_item, ORDER, sales_order.c.currency, product.c.kind.label("product_kind"))
        .join(sales_order, sales_order.c.id == order_item.c.order_id)
        .join(product, product.c.id == order_item.c.product_id)
        .where(sales_order.c.kind.in_(kinds), order_item.c.effect == Effect.COVERS)
        .where(order_item.c.category != Category.TRANSFERS)
        .order_by(order_item.c.id)
    )

    def wrong() -> Iterator[Breach]:
        for row in db.execute(rated.execution_options(yield_per=1000)):
            currency = known_currency(row.currency)
            total = _rated(row, currency) if currency else row.total
            if total != row.total:
                yield Breach(
                    item_place(row),
                    f"the total is {money(row.total, row.currency)}, rated it is {money(total, row.currency)}",
                )

    return found(row_count(db, rated), wrong())


def _rated(row: Row[Any], currency: Currency) -> int | None:
    """The total of an order item's row as the engine rates it, in minor units."""
    total = replace(item_of(row), agreed=None).total(currency)
    return None if total is None else total.minor


def drafts_have_no_effect(db: Connection) -> Finding:
    """Neither an action nor a billing schedule comes from an order that is not activated (5.1)."""
    drafts = (
        select(ORDER, order_item.c.line)
        .join(order_item, order_item.c.order_id == sales_order.c.id)
        .outerjoin(action_source, action_source.c.order_item_id == order_item.c.id)
        .outerjoin(billing_schedule, billing_schedule.c.order_item_id == order_item.c.id)
        .where(
            sales_order.c.status != OrderStatus.ACTIVATED,
            or_(action_source.c.id.is_not(None), billing_schedule.c.id.is_not(None)),
        )
        .order_by(order_item.c.id)
    )
    return finding(
        db, sales_order, drafts, lambda row: Breach(item_place(row), "it has taken effect, but its order is a draft")
    )


def orders_are_carried_out_whole(db: Connection) -> Finding:
    """Of an order, either every item changed its asset or none did (5.1)."""
    done = func.count(action_source.c.id)
    partly = (
        select(ORDER, done.label("done"), func.count(order_item.c.id).label("all"))
        .join(order_item, order_item.c.order_id == sales_order.c.id)
        .outerjoin(action_source, action_source.c.order_item_id == order_item.c.id)
        .group_by(sales_order.c.id, sales_order.c.number)
        .having(and_(done > 0, done < func.count(order_item.c.id)))
        .order_by(sales_order.c.id)
    )
    return finding(
        db,
        sales_order,
        partly,
        lambda row: Breach(f"order {row.order_number}", f"{row.done} of its {row.all} items changed an asset"),
    )


def items_and_assets_belong_together(db: Connection) -> Finding:
    """An order item and its asset have the same account, product and currency."""
    strange = (
        select(ORDER, order_item.c.line, ASSET)
        .join(order_item, order_item.c.order_id == sales_order.c.id)
        .join(asset, asset.c.id == order_item.c.asset_id)
        .where(
            or_(
                asset.c.account_id != sales_order.c.account_id,
                asset.c.product_id != order_item.c.product_id,
                asset.c.currency != sales_order.c.currency,
            )
        )
        .order_by(order_item.c.id)
    )
    return finding(
        db,
        order_item,
        strange,
        lambda row: Breach(
            item_place(row),
            f"its asset {row.asset_number} has another account, product or currency",
        ),
    )


def actions_change_their_items_asset(db: Connection) -> Finding:
    """An action changes the asset that its order item names."""
    strange = (
        select(ORDER, order_item.c.line, ASSET)
        .join(order_item, order_item.c.order_id == sales_order.c.id)
        .join(action_source, action_source.c.order_item_id == order_item.c.id)
        .join(action, action.c.id == action_source.c.action_id)
        .join(asset, asset.c.id == action.c.asset_id)
        .where(order_item.c.asset_id.is_distinct_from(action.c.asset_id))
        .order_by(order_item.c.id)
    )
    return finding(
        db,
        action,
        strange,
        lambda row: Breach(item_place(row), f"its action changes asset {row.asset_number}, which it does not name"),
    )


def sources_carry_their_items_total(db: Connection) -> Finding:
    """Product amount and adjustment of an order item's source are the item's total; 0 while it is not known (4.3)."""
    subtotal = action_source.c.product_amount + action_source.c.adjustment
    wrong = (
        select(ORDER, order_item.c.line, sales_order.c.currency, order_item.c.total, subtotal.label("subtotal"))
        .join(order_item, order_item.c.order_id == sales_order.c.id)
        .join(action_source, action_source.c.order_item_id == order_item.c.id)
        .where(
            action_source.c.kind == SourceKind.ORDER_ITEM,
            subtotal != func.coalesce(order_item.c.total, 0),
        )
        .order_by(order_item.c.id)
    )
    return finding(
        db,
        action_source,
        wrong,
        lambda row: Breach(
            item_place(row),
            f"its total is {money(row.total, row.currency)}, its source carries {money(row.subtotal, row.currency)}",
        ),
    )


def item_place(row: Row[Any]) -> str:
    """The place of a breach in an order item."""
    return f"order {row.order_number}, line {row.line}"
