"""Evergreen schedules, laid out further than they are: always up to a billing date, and one slice more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import ColumnElement, func, select

from calm_desktop.engine.billing import Slice
from calm_desktop.engine.catalog import ItemKind, SellingModel
from calm_desktop.engine.lifecycle import Entry
from calm_desktop.engine.schedules import Account, laid_out
from calm_desktop.services.lives import takers_of
from calm_desktop.services.orders import StoredItem, items_query, stored_item
from calm_desktop.services.portions import chunks
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_plans, _parts, _items = tables.billing_schedule.c, tables.billing_item.c, tables.order_item.c


def still_to_lay_out(
    tx: Tx, scope: ColumnElement[bool], through: date
) -> Iterator[tuple[int, StoredItem, tuple[Slice, ...]]]:
    """Each evergreen schedule in `scope` whose items are all due `through` a billing date, and the slices that follow.

    The slices are those billed up to that date, and the next one, for there is always one to look forward to. Nothing
    is stored; the schedule is told by its number in the store, with its order item. `scope` is a condition on order
    items and their orders.
    """
    query = (
        select(_plans.id, _plans.order_item_id, func.max(_parts.start).label("last_start"))
        .join(tables.order_item, _items.id == _plans.order_item_id)
        .join(tables.sales_order, tables.sales_order.c.id == _items.order_id)
        .join(tables.billing_item, _parts.schedule_id == _plans.id)
        .where(scope, _plans.end.is_(None), _items.selling_model == SellingModel.EVERGREEN.value)
        .where(_parts.kind == ItemKind.CHARGE.value)
        .group_by(_plans.id, _plans.order_item_id)
        .having(func.max(_parts.billing_date) <= through)
        .order_by(_plans.id)
    )
    for portion in chunks(tx.db.execute(query).all()):
        wanted = [row.order_item_id for row in portion]
        items = {row.id: stored_item(row) for row in tx.db.execute(items_query().where(_items.id.in_(wanted)))}
        takers = takers_of(tx, wanted)
        for row in portion:
            stored = items[row.order_item_id]
            account = Account(stored.currency, stored.bill_day)
            source = Entry(stored.id, stored.item)
            laid = laid_out(source, takers.get(stored.id, ()), True, account, through, row.last_start)
            yield row.id, stored, laid
