"""Sales of new assets written many at a time, as files bring them: an order may get more lines later on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam, case

from calm_desktop.engine.catalog import OrderKind, OrderStatus
from calm_desktop.engine.dates import ONE_DAY, Partial, Period
from calm_desktop.engine.lifecycle import SourceKind, first_of_period
from calm_desktop.engine.money import Currency
from calm_desktop.services.field_values import Values, as_json, write_new
from calm_desktop.services.order_flow import NewAssets
from calm_desktop.services.orders import Origins, PlannedItem, StoredItem, item_row
from calm_desktop.services.tx import Tx
from calm_desktop.store import bulk, tables
from calm_desktop.store.ids import take


@dataclass(slots=True)
class SalesOrder:
    """An order that lines are written to; `stored` is its number in the store, None where it is not there yet.

    `lines` counts the items that it has already, `fields` are what is new of its fields of one's own.
    """

    account: int
    bill_day: int | None
    currency: Currency
    number: str
    order_date: date
    batch: int
    stored: int | None = None
    lines: int = 0
    fields: Values = field(default_factory=dict)


class Sold(NamedTuple):
    """A planned item with what was not known when it was planned: its order, its product, and the place in the list of
    what is sold of the first item of its act."""

    order: SalesOrder
    planned: PlannedItem
    product: int
    lead: int


def write_sales(tx: Tx, sold: Sequence[Sold]) -> list[int]:
    """Write items of orders, and what they make where the organisation wants that; the answer is the items' numbers.

    They are numbered in the order given, so that the same lines make the same records however many come at a time. The
    items of an act follow each other. Orders that are not stored yet are.
    """
    orders = list({id(each.order): each.order for each in sold}.values())
    new = [order for order in orders if order.stored is None]
    if new:
        for number, order in enumerate(new, take(tx.db, "sales_order", len(new))):
            order.stored = number
    totals = dict.fromkeys(map(id, orders), 0)
    starts: dict[int, date] = {}
    first = take(tx.db, "order_item", len(sold))
    flows = tx.settings["auto-flow"] == "on"
    next_asset = take(tx.db, "asset", sum(each.lead == place for place, each in enumerate(sold))) if flows else 0
    asset = None
    origins, formula = Origins(tx), tx.settings["mrr-formula"]
    rows: list[dict[str, Any]] = []
    items: list[StoredItem] = []
    for number, (order, planned, product, place) in enumerate(sold, first):
        order.lines += 1
        lead, start = first + place, planned.item.period.start
        row = item_row(planned, lead, order.currency, origins)
        row.update(id=number, order_id=order.stored, line=order.lines, product_id=product, mrr_formula=formula)
        if lead != number:
            row["lead_id"] = lead
        elif flows:
            asset, next_asset = next_asset, next_asset + 1
        row["asset_id"] = asset
        if tx.has_fields:
            row["asset_fields"] = as_json(planned.asset_fields)
        totals[id(order)] += row["total"] or 0
        starts[id(order)] = min(start, starts.get(id(order), start))
        rows.append(row)
        if flows:
            items.append(_stored(order, planned, row, lead))
    _write_orders(tx, orders, new, totals, starts)
    if not flows:
        bulk.insert_rows(tx.db, tables.order_item, rows)
    elif items:
        made = NewAssets(tx, items)
        bulk.insert_rows(tx.db, tables.order_item, rows)
        made.finish()
    return [row["id"] for row in rows]


def _stored(order: SalesOrder, planned: PlannedItem, row: dict[str, Any], lead: int) -> StoredItem:
    """What reading the item back would give."""
    total = row["total"]
    item = planned.item if total is None else replace(planned.item, agreed=order.currency.money(total))
    return StoredItem(
        id=row["id"],
        order=row["order_id"],
        order_number=order.number,
        order_kind=OrderKind.NEW,
        order_date=order.order_date,
        account=order.account,
        bill_day=order.bill_day,
        product=row["product_id"],
        asset=row["asset_id"],
        asset_name=planned.asset_name,
        currency=order.currency,
        item=item,
        lead=lead,
        linked=None,
        source_kind=None if row["source_kind"] is None else SourceKind(row["source_kind"]),
        work_order_line=row["work_order_line_id"],
        external_system=row["external_system"],
        external_reference=row["external_reference"],
        asset_fields=row.get("asset_fields"),
        billed_elsewhere=planned.billed_elsewhere,
    )


def _write_orders(
    tx: Tx,
    orders: Sequence[SalesOrder],
    new: Sequence[SalesOrder],
    totals: dict[int, int],
    starts: dict[int, date],
) -> None:
    """New orders, and what lines that came later add to orders that are there."""
    table = tables.sales_order
    rows = [
        {
            "id": order.stored,
            "number": order.number,
            "account_id": order.account,
            "kind": OrderKind.NEW.value,
            "status": OrderStatus.ACTIVATED.value,
            "order_date": order.order_date,
            "effective_date": starts[id(order)],
            "currency": order.currency.code,
            "total": totals[id(order)],
            "recorded_at": tx.now,
            "batch_id": order.batch,
        }
        for order in new
    ]
    bulk.insert_rows(tx.db, table, rows)
    there = {id(order): order for order in orders}
    for order in new:
        del there[id(order)]
    if there:
        earlier = case((table.c.effective_date > bindparam("day"), bindparam("day")), else_=table.c.effective_date)
        more = table.update().where(table.c.id == bindparam("of"))
        tx.db.execute(
            more.values(total=table.c.total + bindparam("more"), effective_date=earlier),
            [{"of": order.stored, "more": totals[key], "day": starts[key]} for key, order in there.items()],
        )
    write_new(tx, [(order.stored, order.fields) for order in orders if order.stored is not None])
    for order in orders:
        order.fields = {}
    tx.touch("order", *{order.account for order in orders})


def without_what_is_billed(planned: Sequence[PlannedItem], day: date) -> list[PlannedItem]:
    """Planned items of an act, cut after the `day` up to and with which another system has billed them.

    What was billed elsewhere becomes items of their own on the same grid, which are never invoiced or credited here;
    the first item here begins on the day after. What is paid once was billed whole. Where the proration policy forbids
    partial periods, the other system has billed the running one to its end.
    """
    found = []
    for each in planned:
        item = each.item
        last = day
        if item.terms.partial is Partial.WHOLE and not item.is_once and item.period.holds(day + ONE_DAY):
            last = first_of_period(item, day + ONE_DAY, item.period.end) - ONE_DAY
        if item.period.start > last:
            found.append(each)
        elif item.is_once or (item.period.end is not None and item.period.end <= last):
            found.append(replace(each, billed_elsewhere=True))
        else:
            before = replace(item, period=Period(item.period.start, last), anchor=item.grid)
            after = replace(item, period=Period(last + ONE_DAY, item.period.end), anchor=item.grid)
            found += [replace(each, item=before, billed_elsewhere=True), replace(each, item=after, source=None)]
    return found
