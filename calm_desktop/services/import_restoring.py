"""What rows of an import replaced, brought back when the import is taken back (`--changed take`).

A sale that was undone so that a changed row could be sold anew is sold again as it was, by the batch that had sold it
first, and ends where that one had ended it. A name, a price or the like is what it was before, unless it was changed
once more since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, and_, func, select

from calm_desktop.engine.catalog import Effect
from calm_desktop.engine.fields import FieldObject, text_of
from calm_desktop.engine.money import plain
from calm_desktop.services.bulk_sales import SalesOrder, Sold, write_sales
from calm_desktop.services.catalogue import set_price, set_product
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.customers import set_account
from calm_desktop.services.field_values import fields_of, stored_values
from calm_desktop.services.ids import public_id
from calm_desktop.services.import_edits import PRICE
from calm_desktop.services.import_lines import end_assets, free_numbers
from calm_desktop.services.lookup import not_withdrawn
from calm_desktop.services.order_lines import source_of, work_lines
from calm_desktop.services.orders import PlannedItem, items_query, stored_item
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import SetAccount, SetPrice, SetProduct
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_rows, _items, _orders, _actions = tables.import_row.c, tables.order_item.c, tables.sales_order.c, tables.action.c


def replaced_by(tx: Tx, batch: int) -> list[tuple[int, int]]:
    """The rows of other batches, with the items that they had made, in whose place rows of this one stand."""
    of_mine, of_before = tables.import_row.alias("mine"), tables.import_row.alias("before")
    mine, before, batches = of_mine.c, of_before.c, tables.import_batch.c
    latest = (
        select(func.max(before.id))
        .join(tables.import_batch, batches.id == before.batch_id)
        .join(of_mine, and_(mine.system == before.system, mine.natural_key == before.natural_key))
        .where(mine.batch_id == batch, mine.withdrawn == 0, mine.order_item_id.is_not(None))
        .where(before.withdrawn != 0, before.id < mine.id, before.batch_id != batch)
        .where(before.order_item_id.is_not(None), batches.taken_back_at.is_(None))
        .group_by(mine.id)
    )
    query = select(_rows.id, _rows.order_item_id).where(_rows.id.in_(latest)).order_by(_rows.id)
    return [(row, item) for row, item in tx.db.execute(query)]


def bring_back(tx: Tx, batch: int, replaced: Sequence[tuple[int, int]]) -> int:
    """Sell again what `replaced_by` answered, and set back what the batch edited; how many rows and values."""
    for portion in chunks(replaced):
        _sell_again(tx, batch, {item: row for row, item in portion})
    return len(replaced) + _set_back(tx, batch)


# ------------------------------------------------------------------------------------------- sales


def _sell_again(tx: Tx, batch: int, rows: dict[int, int]) -> None:
    """Sell what these items, each known by a row, had sold."""
    covers = items_query().where(_items.effect == Effect.COVERS.value)
    made: dict[int, list[Row[Any]]] = {row.id: [row] for row in rows_in(tx, covers, among(_items.id, rows))}
    for row in rows_in(tx, covers, among(_items.lead_id, rows)):
        made[row.lead_id].append(row)
    firsts = [made[item][0] for item in sorted(rows)]
    numbers = {each.order_id: each.order_number for each in firsts}
    batches = dict(rows_in(tx, select(_orders.id, _orders.batch_id), among(_orders.id, numbers)))
    free = dict(zip(numbers, free_numbers(tx, list(numbers.values())), strict=True))
    orders: dict[int, SalesOrder] = {}
    for each in firsts:
        if each.order_id not in orders:
            currency = currency_named(each.currency)
            of = batches[each.order_id]
            orders[each.order_id] = SalesOrder(
                each.account_id, each.bill_day, currency, free[each.order_id], each.order_date, of
            )
    works = work_lines(tx, {each.work_order_line_id for each in firsts if each.work_order_line_id})
    assets = {each.asset_id for each in firsts if each.asset_id is not None}
    said = stored_values(tx, FieldObject.ASSET, sorted(assets)) if tx.has_fields else {}
    sold: list[Sold] = []
    leads: dict[int, int] = {}
    for first in firsts:
        lead = leads[first.id] = len(sold)
        source = works.get(first.work_order_line_id)
        if first.external_system is not None:
            source = f"{first.external_system}:{first.external_reference}"
        for row in made[first.id]:
            planned = PlannedItem(
                row.product_id,
                stored_item(row).item,
                row.asset_name,
                row.tax_category,
                source_of(source) if row is first else None,
                None,
                0,
                asset_fields=dict(said.get(first.asset_id, {})),
                billed_elsewhere=row.billed_elsewhere,
            )
            sold.append(Sold(orders[first.order_id], planned, row.product_id, lead))
    items = write_sales(tx, sold)
    again = {first.id: items[leads[first.id]] for first in firsts}
    for item, number in again.items():
        change = tables.import_row.update().where(_rows.id == rows[item])
        tx.db.execute(change.values(order_item_id=number, withdrawn=0))
    ended = _ended(tx, batch, assets)
    ends: defaultdict[int, dict[int, date]] = defaultdict(dict)
    for first in firsts:
        if first.asset_id in ended:
            ends[batches[first.order_id]][again[first.id]] = ended[first.asset_id]
    for of, days in ends.items():
        end_assets(tx, days, of)


def _ended(tx: Tx, batch: int, assets: set[int]) -> dict[int, date]:
    """The days from which imports had ended assets, before this batch undid that."""
    undoing, undoing_item = tables.action.alias("undoing"), tables.order_item.alias("undoing_item")
    undoing_order = tables.sales_order.alias("undoing_order")
    query = (
        select(_items.asset_id, _items.start)
        .join(tables.action, _actions.order_item_id == _items.id)
        .join(undoing, undoing.c.undoes_id == _actions.id)
        .join(undoing_item, undoing_item.c.id == undoing.c.order_item_id)
        .join(undoing_order, undoing_order.c.id == undoing_item.c.order_id)
        .where(_items.effect == Effect.ENDS.value, undoing_order.c.batch_id == batch)
    )
    return {row.asset_id: row.start for row in rows_in(tx, query, among(_items.asset_id, sorted(assets)))}


# ------------------------------------------------------------------------------------------- names and prices


def _set_back(tx: Tx, batch: int) -> int:
    """What records said before the batch changed them, where nobody has changed it since; how many values."""
    edits, done = tables.import_edit.c, 0
    query = select(tables.import_edit).where(edits.batch_id == batch).order_by(edits.id.desc())
    for edit in tx.db.execute(query).all():
        if edit.kind == PRICE:
            done += _set_price_back(tx, edit)
        else:
            done += _set_record_back(tx, edit, FieldObject(edit.kind))
    return done


def _set_price_back(tx: Tx, edit: Row[Any]) -> int:
    currency, _, day = edit.name.partition(" ")
    prices = tables.price_entry.c
    query = select(prices.unit_price).where(
        prices.product_id == edit.record_id,
        prices.currency == currency,
        prices.start == date.fromisoformat(day),
        not_withdrawn(tables.price_entry),
    )
    now = tx.db.scalar(query)
    if now is None or plain(now) != edit.now:
        return 0
    product = public_id("product", edit.record_id)
    set_price(tx, SetPrice(product, Decimal(edit.before), date.fromisoformat(day), currency))
    return 1


def _set_record_back(tx: Tx, edit: Row[Any], kind: FieldObject) -> int:
    table = tables.account if kind is FieldObject.ACCOUNT else tables.product
    row = tx.db.execute(select(table).where(table.c.id == edit.record_id, not_withdrawn(table))).one_or_none()
    if row is None:
        return 0
    own = next((each for each in fields_of(tx, kind) if each.api_name == edit.name), None)
    if own is None:
        now = getattr(row, edit.name, None) or ""
    else:
        now = text_of(stored_values(tx, kind, [row.id]).get(row.id, {}).get(own))
    if now != edit.now:
        return 0
    change: dict[str, Any] = {"fields": ((own.name, edit.before),)} if own else {edit.name: edit.before}
    if kind is FieldObject.ACCOUNT:
        set_account(tx, SetAccount(public_id("account", row.id), **change))
    else:
        set_product(tx, SetProduct(public_id("product", row.id), **change))
    return 1
