"""Asset actions: whole with their sources for one asset, or as lines of a list over many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, true

from calm_desktop.engine.catalog import Category
from calm_desktop.engine.lifecycle import Delta, SourceKind
from calm_desktop.engine.money import Currency, Money
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import find
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import Find, Look
from calm_desktop.services.scopes import Scope, among, rows_in, within
from calm_desktop.services.shapes import (
    ActionDay,
    ActionDetail,
    ActionRow,
    ActionShape,
    LinkedAction,
    SourceShape,
    Totals,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.heads import asset_heads
from calm_desktop.store import tables

_actions, _sources, _assets = tables.action.c, tables.action_source.c, tables.asset.c
_items, _orders = tables.order_item.c, tables.sales_order.c
_work_lines, _work_orders = tables.work_order_line.c, tables.work_order.c
_undoing = tables.action.alias("undoing")


@view()
def show_action(tx: Tx, request: Look) -> ActionDetail:
    """One action with its sources, and the asset that it changed as of a day. Refuses an unknown id."""
    action = find(tx, "action", request.name)
    asset = tx.db.execute(select(_actions.asset_id).where(_actions.id == action)).scalar_one()
    wanted = public_id("action", action)
    shape = next(each for each in actions_in(tx, among(_assets.id, [asset]))[asset] if each.id == wanted)
    head = asset_heads(tx, [asset], request.as_of)[0]
    return ActionDetail(shape, head, _linked_shapes(tx, linked_actions(tx, [action])))


def linked_actions(tx: Tx, actions: Sequence[int]) -> list[int]:
    """The actions that were one act with one of these: the other half of a transfer or swap, by age."""
    own, other = tables.order_item.alias("own"), tables.order_item.alias("other")
    mine = tables.action_source.alias("mine")
    found: set[int] = set()
    for joined in (other.c.id == own.c.linked_id, other.c.linked_id == own.c.id):
        query = (
            select(_sources.action_id)
            .join_from(mine, own, own.c.id == mine.c.order_item_id)
            .join(other, joined)
            .join(tables.action_source, _sources.order_item_id == other.c.id)
        )
        found.update(row.action_id for row in rows_in(tx, query, among(mine.c.action_id, actions)))
    return sorted(found - set(actions))


def _linked_shapes(tx: Tx, actions: Sequence[int]) -> tuple[LinkedAction, ...]:
    query = (
        select(_actions.id, _assets.name, tables.account.c.name.label("account_name"))
        .join(tables.asset, _assets.id == _actions.asset_id)
        .join(tables.account, tables.account.c.id == _assets.account_id)
        .where(_actions.id.in_(actions))
        .order_by(_actions.id)
    )
    return tuple(LinkedAction(public_id("action", row.id), row.name, row.account_name) for row in tx.db.execute(query))


@view()
def list_actions(tx: Tx, request: Find) -> tuple[ActionRow, ...]:
    """Actions in the order recorded, by account, asset, effective date and category."""
    return action_rows(tx, _owned(tx, request), request.start, request.end, request.category)


def actions_wanted(tx: Tx, request: Find) -> ColumnElement[bool]:
    """Which actions, joined with their assets, are asked for."""
    condition = _owned(tx, request) & within(_actions.effective_date, request.start, request.end)
    return condition if request.category is None else condition & (_actions.category == request.category.value)


@view()
def days_of_actions(tx: Tx, request: Find) -> tuple[ActionDay, ...]:
    """What the actions that are asked for come to, by effective day, currency and category."""
    query = (
        select(
            _actions.effective_date,
            _assets.currency,
            _actions.category,
            func.count().label("actions"),
            func.min(_actions.id).label("first"),
            func.sum(_actions.quantity_change).label("quantity"),
            func.sum(_actions.amount_change).label("amount"),
            func.sum(_actions.mrr_change).label("mrr"),
        )
        .join(tables.asset, _assets.id == _actions.asset_id)
        .where(actions_wanted(tx, request))
        .group_by(_actions.effective_date, _assets.currency, _actions.category)
        .order_by(_actions.effective_date, _assets.currency, _actions.category)
    )
    return tuple(
        ActionDay(
            effective_date=row.effective_date,
            currency=row.currency,
            category=row.category,
            actions=row.actions,
            first=public_id("action", row.first),
            quantity_change=row.quantity,
            amount_change=money(int(row.amount)),
            mrr_change=money(int(row.mrr)),
        )
        for row in tx.db.execute(query)
        for money in (currency_named(row.currency).money,)
    )


@view()
def actions_on(tx: Tx, request: Find, day: date) -> tuple[str, ...]:
    """The ids of the actions that are asked for and take effect on a day."""
    query = (
        select(_actions.id)
        .join(tables.asset, _assets.id == _actions.asset_id)
        .where(actions_wanted(tx, request), _actions.effective_date == day)
    )
    return tuple(public_id("action", number) for number in tx.db.scalars(query.order_by(_actions.id)))


@view()
def any_undone(tx: Tx) -> bool:
    """Whether any action was undone."""
    return tx.db.scalar(select(_actions.id).where(_actions.undoes_id.is_not(None)).limit(1)) is not None


def _owned(tx: Tx, request: Find) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = true()
    if request.account:
        condition &= _assets.account_id == find(tx, "account", request.account)
    if request.asset:
        condition &= _assets.id == find(tx, "asset", request.asset)
    return condition


def actions_in(tx: Tx, scope: Scope) -> dict[int, list[ActionShape]]:
    """The actions of each asset in `scope` (a condition on assets), with running totals and sources."""
    query = (
        select(tables.action, _assets.currency, _undoing.c.id.label("undone_by"))
        .join(tables.asset, _assets.id == _actions.asset_id)
        .outerjoin(_undoing, _undoing.c.undoes_id == _actions.id)
        .order_by(_actions.asset_id, _actions.sequence)
    )
    sources = _sources_in(tx, scope)
    acts: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows_in(tx, query, scope):
        acts[row.asset_id].append(row)
    return {asset: _shapes(mine, sources) for asset, mine in acts.items()}


def _shapes(acts: Sequence[Row[Any]], sources: dict[int, list[SourceShape]]) -> list[ActionShape]:
    currency = currency_named(acts[0].currency)
    nothing = currency.money(0)
    running = Delta(Decimal(0), nothing, nothing)
    categories: dict[str, Money] = {}
    found = []
    for row in acts:
        delta = Delta(row.quantity_change, currency.money(row.amount_change), currency.money(row.mrr_change))
        running = running.plus(delta)
        categories = {**categories, row.category: categories.get(row.category, nothing) + delta.amount}
        shape = ActionShape(
            id=public_id("action", row.id),
            action_date=row.action_date,
            effective_date=row.effective_date,
            category=row.category,
            type=row.type,
            quantity_change=delta.quantity,
            amount_change=delta.amount,
            mrr_change=delta.mrr,
            totals=Totals(running.quantity, running.amount, running.mrr, categories),
            sources=tuple(sources.get(row.id, ())),
            undone_by=_id_of(row.undone_by),
            undoes=_id_of(row.undoes_id),
        )
        found.append(shape)
    return found


def _id_of(action: int | None) -> str | None:
    return None if action is None else public_id("action", action)


def _sources_in(tx: Tx, scope: Scope) -> dict[int, list[SourceShape]]:
    query = (
        select(
            tables.action_source,
            _assets.currency,
            _orders.id.label("order_id"),
            _orders.number.label("order_number"),
            _items.line.label("order_line"),
            _work_orders.number.label("work_number"),
            _work_lines.line.label("work_line"),
        )
        .join(tables.action, _actions.id == _sources.action_id)
        .join(tables.asset, _assets.id == _actions.asset_id)
        .outerjoin(tables.order_item, _items.id == _sources.order_item_id)
        .outerjoin(tables.sales_order, _orders.id == _items.order_id)
        .outerjoin(tables.work_order_line, _work_lines.id == _sources.work_order_line_id)
        .outerjoin(tables.work_order, _work_orders.id == _work_lines.work_order_id)
        .order_by(_sources.id)
    )
    found: defaultdict[int, list[SourceShape]] = defaultdict(list)
    for row in rows_in(tx, query, scope):
        found[row.action_id].append(_source(row, currency_named(row.currency)))
    return found


def _source(row: Row[Any], currency: Currency) -> SourceShape:
    return SourceShape(
        id=public_id("source", row.id),
        kind=row.kind,
        reference=_reference(row),
        system=row.external_system,
        start=row.start,
        end=row.end,
        quantity=row.quantity,
        product_amount=currency.money(row.product_amount),
        adjustment=currency.money(row.adjustment),
        estimated_tax=currency.money(row.estimated_tax),
        actual_tax=currency.money(row.actual_tax),
        subtotal=currency.money(row.product_amount + row.adjustment),
        order_id=None if row.order_id is None else public_id("order", row.order_id),
    )


def _reference(row: Row[Any]) -> str:
    match SourceKind(row.kind):
        case SourceKind.ORDER_ITEM:
            return f"{row.order_number}/{row.order_line}"
        case SourceKind.WORK_ORDER_LINE:
            return f"{row.work_number}/{row.work_line}"
        case SourceKind.EXTERNAL:
            return str(row.external_reference)


def action_rows(
    tx: Tx, owned: ColumnElement[bool], start: date | None, end: date | None, category: Category | None
) -> tuple[ActionRow, ...]:
    """The actions of the assets that `owned` picks, effective from `start` to `end`, in the order recorded.

    Running totals count all actions of an asset, also those that are not shown.
    """
    shared_id = cache(public_id)
    every = _rows_query().where(owned).subquery()
    query = select(every).where(within(every.c.effective_date, start, end)).order_by(every.c.id)
    if category is not None:
        query = query.where(every.c.category == category.value)
    return tuple(_row(row, shared_id) for row in tx.db.execute(query))


@view()
def action_rows_of(tx: Tx, actions: Sequence[int]) -> dict[int, ActionRow]:
    """The actions with these numbers in the store, each with the running totals of its asset."""
    shared_id, found, others = cache(public_id), dict[int, ActionRow](), tables.action.alias().c
    for portion in chunks(actions):
        owned = _assets.id.in_(select(others.asset_id).where(others.id.in_(portion)))
        every = _rows_query().where(owned).subquery()
        for row in tx.db.execute(select(every).where(every.c.id.in_(portion))):
            found[row.id] = _row(row, shared_id)
    return found


def _rows_query() -> Select[Any]:
    stated = tables.action_source.alias("stated")
    first_stated = (
        select(func.min(_sources.id))
        .where(_sources.action_id == _actions.id, _sources.kind != SourceKind.ORDER_ITEM.value)
        .scalar_subquery()
    )
    running: dict[str, Any] = {"partition_by": _actions.asset_id, "order_by": _actions.sequence}
    return (
        select(
            _actions.id,
            _actions.asset_id,
            _actions.action_date,
            _actions.effective_date,
            _actions.category,
            _actions.type,
            _actions.quantity_change,
            _actions.amount_change,
            _actions.mrr_change,
            func.sum(_actions.quantity_change).over(**running).label("quantity_after"),
            func.sum(_actions.amount_change).over(**running).label("amount_after"),
            func.sum(_actions.mrr_change).over(**running).label("mrr_after"),
            _assets.name.label("asset_name"),
            _assets.account_id,
            _assets.currency,
            tables.account.c.name.label("account_name"),
            _items.order_id,
            _items.line,
            _orders.number,
            stated.c.external_system,
            stated.c.external_reference,
            _work_orders.number.label("work_number"),
            _work_lines.line.label("work_line"),
            _actions.undoes_id,
            _undoing.c.id.label("undone_by"),
        )
        .join(tables.asset, _assets.id == _actions.asset_id)
        .outerjoin(_undoing, _undoing.c.undoes_id == _actions.id)
        .join(tables.account, tables.account.c.id == _assets.account_id)
        .outerjoin(tables.order_item, _items.id == _actions.order_item_id)
        .outerjoin(tables.sales_order, _orders.id == _items.order_id)
        .outerjoin(stated, stated.c.id == first_stated)
        .outerjoin(tables.work_order_line, _work_lines.id == stated.c.work_order_line_id)
        .outerjoin(tables.work_order, _work_orders.id == _work_lines.work_order_id)
    )


def _row(row: Row[Any], shared_id: Callable[[str, int], str]) -> ActionRow:
    """`shared_id` remembers the ids of accounts, assets and orders, which many actions share."""
    currency = currency_named(row.currency)
    return ActionRow(
        id=public_id("action", row.id),
        action_date=row.action_date,
        effective_date=row.effective_date,
        category=row.category,
        type=row.type,
        account=row.account_name,
        account_id=shared_id("account", row.account_id),
        asset=row.asset_name,
        asset_id=shared_id("asset", row.asset_id),
        source=_source_text(row),
        order_id=None if row.order_id is None else shared_id("order", row.order_id),
        quantity_change=row.quantity_change,
        amount_change=currency.money(row.amount_change),
        mrr_change=currency.money(row.mrr_change),
        quantity_after=row.quantity_after,
        amount_after=currency.money(int(row.amount_after)),
        mrr_after=currency.money(int(row.mrr_after)),
        currency=row.currency,
        undone=row.undone_by is not None,
        undoes=_id_of(row.undoes_id),
    )


def _source_text(row: Row[Any]) -> str:
    """A stated origin says more than the order item that carried it."""
    if row.work_number is not None:
        return f"Work order {row.work_number} / {row.work_line}"
    if row.external_system is not None:
        return f"{row.external_system}: {row.external_reference}"
    if row.number is not None:
        return f"Order {row.number} / {row.line}"
    return ""
