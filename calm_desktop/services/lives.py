"""The lives of assets, read from the order items that took effect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, exists, func, select

from calm_desktop.engine.catalog import ActionType, Effect, PriceUnit
from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.engine.lifecycle import Entry, Life
from calm_desktop.engine.money import Currency
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.orders import ITEM, item_from, items_query, stored_item
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_items, _sources, _actions = tables.order_item.c, tables.action_source.c, tables.action.c

TAKING = (Effect.LOWERS, Effect.ENDS)
"""Effects of items that take from others."""


def not_undone(item: FromClause) -> ColumnElement[bool]:
    """Whether an order item (the table or an alias of it) was not taken back by another."""
    undoing = tables.order_item.alias("undoing").c
    return ~exists().where(undoing.target_id == item.c.id, undoing.effect == Effect.UNDOES.value)


def stands(action: FromClause) -> ColumnElement[bool]:
    """Whether an action (the table or an alias of it) was not undone."""
    undoing = tables.action.alias("undoing").c
    return ~exists().where(undoing.undoes_id == action.c.id)


def ends_its_asset() -> ColumnElement[bool]:
    """Whether an action ended its asset (a cancellation, a transfer of the whole) and was not undone."""
    return and_(_actions.type == ActionType.CANCEL.value, stands(tables.action))


def took_effect(query: Select[Any]) -> Select[Any]:
    """Just those items of a query over order items that changed an asset, with the action that did (`action_id`)."""
    return query.join(tables.action_source, _sources.order_item_id == _items.id).add_columns(_sources.action_id)


def lives_of(tx: Tx, assets: Iterable[int]) -> dict[int, Life]:
    """The life of each of the assets with these numbers in the store."""
    return lives_in(tx.db, assets)


def lives_in(db: Connection, assets: Iterable[int]) -> dict[int, Life]:
    """The same for those who have no transaction, just a connection."""
    wanted = sorted(set(assets))
    entries: defaultdict[int, list[Entry]] = defaultdict(list)
    currencies: dict[int, Currency] = {}
    items = (
        select(_items.id, _items.asset_id, tables.sales_order.c.currency.label("code"), *ITEM)
        .join(tables.sales_order, tables.sales_order.c.id == _items.order_id)
        .join(tables.product, tables.product.c.id == _items.product_id)
    )
    for key, asset, code, *values, action in rows_in(
        db, took_effect(items).order_by(_items.id), among(_items.asset_id, wanted)
    ):
        entries[asset].append(Entry(key, item_from(*values), action))
        currencies[asset] = currency_named(code)
    ended = _ended(db, wanted)
    return {asset: Life(tuple(mine), currencies[asset], asset in ended) for asset, mine in entries.items()}


def life_of(tx: Tx, asset: int) -> Life:
    """The life of one asset."""
    return lives_of(tx, [asset])[asset]


def _ended(db: Connection, assets: Sequence[int]) -> set[int]:
    """The assets whose last act that stands ended them."""
    query = select(_actions.asset_id).where(ends_its_asset())
    return {row.asset_id for row in rows_in(db, query, among(_actions.asset_id, assets))}


def takers_of(tx: Tx, sources: Iterable[int]) -> dict[int, list[Entry]]:
    """The items that took from each of these order items and were not undone, in the order recorded."""
    query = (
        took_effect(items_query())
        .where(_items.effect.in_([effect.value for effect in TAKING]), not_undone(tables.order_item))
        .order_by(None)
        .order_by(_items.id)
    )
    found: defaultdict[int, list[Entry]] = defaultdict(list)
    for row in rows_in(tx, query, among(_items.target_id, sorted(set(sources)))):
        found[row.target_id].append(Entry(row.id, stored_item(row).item, row.action_id))
    return found


def refuse_billed_elsewhere(tx: Tx, asset: int, day: date, name: str) -> None:
    """Refuse a change that charges the days from `day` on anew, where another system has billed any of them.

    What was billed there is credited there: such a change would charge these days a second time.
    """
    query = select(func.max(_items.end)).where(
        _items.asset_id == asset, _items.billed_elsewhere.is_(True), _items.price_unit != PriceUnit.ONCE.value
    )
    last = tx.db.scalar(query)
    if last is not None and day <= last:
        words = (
            f"{name} was billed by another system up to {last}, and these days would be charged a second time. "
            f"Give {last + ONE_DAY} or a later day."
        )
        raise Refused(Problem("billed-elsewhere", "from", words, name))
