"""From what customers own to what they are billed: schedules of order items, laid out anew when others take from them.

Each step asks the store what is still to be done for the given orders and does just that, so it may run twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select

from calm_desktop.engine.billing import Slice, slices
from calm_desktop.engine.catalog import Effect, ItemKind, OrderKind, ScheduleCategory
from calm_desktop.engine.lifecycle import Entry, Life
from calm_desktop.engine.money import Money
from calm_desktop.engine.schedules import Account, Billed, Layout, laid_out, relaid
from calm_desktop.services.back_dating import weigh_back_dating
from calm_desktop.services.credited import credited_so_far
from calm_desktop.services.ids import public_id
from calm_desktop.services.lives import TAKING, lives_of, took_effect
from calm_desktop.services.orders import StoredItem, items_query, stored_item
from calm_desktop.services.portions import chunks
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.store import bulk, tables
from calm_desktop.store.ids import take

_plans, _parts, _items = tables.billing_schedule.c, tables.billing_item.c, tables.order_item.c


def make_schedules(tx: Tx, orders: Sequence[int]) -> None:
    """Lay out the billing of orders whose assets exist, where it is not yet; tell what schedules belong to them.

    Schedules of earlier items from which an order takes are laid out anew: unbilled periods are lowered or closed, and
    what is billed is credited in the schedule of the order's own item (DOMAIN 5.8). Where that changes days in the past
    that are invoiced, a reason is asked for.
    """
    query = (
        took_effect(items_query())
        .outerjoin(tables.billing_schedule, _plans.order_item_id == _items.id)
        .where(_plans.id.is_(None))
    )
    new = [stored_item(row) for row in rows_in(tx, query, among(_items.order_id, orders))]
    if new:
        _write_schedules(tx, [stored for stored in new if stored.item.effect is not Effect.UNDOES])
        _lay_out_anew(tx, new)
        tx.touch("asset", *{item.account for item in new})
        weigh_back_dating(tx, {stored.order for stored in new if stored.item.effect is not Effect.UNDOES})
    _tell_of_schedules(tx, orders)


def schedule_new(tx: Tx, items: Sequence[StoredItem]) -> None:
    """What `make_schedules` does for items of assets that were just made, of which nobody took anything."""
    _tell_of(tx, _write_schedules(tx, items))


def _write_schedules(tx: Tx, items: Sequence[StoredItem]) -> list[tuple[int, int]]:
    """The schedules of new items, each laid out by itself; the answer is each item's id with its schedule's.

    An item that another system has billed has a schedule of nothing: no slice of it is ever due here.
    """
    if not items:
        return []
    groups = _groups(tx, [item.asset for item in items if item.asset is not None])
    first = take(tx.db, "billing_schedule", len(items))
    rows: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    for number, stored in enumerate(items, first):
        assert stored.asset is not None
        laid = first_slices(stored)
        rows.append(_schedule_row(number, groups[stored.asset], stored))
        parts.extend(item_rows(number, laid))
    bulk.insert_rows(tx.db, tables.billing_schedule, rows)
    write_items(tx, parts)
    return [(stored.id, number) for number, stored in enumerate(items, first)]


def first_slices(stored: StoredItem) -> tuple[Slice, ...]:
    """All slices of a term; of an evergreen item the first, for there is always one to look forward to."""
    item = stored.item
    if stored.billed_elsewhere or not item.recurring or item.effect in (*TAKING, Effect.PAUSES):
        return ()
    if item.is_evergreen:
        return laid_out(Entry(stored.id, item), (), True, Account(stored.currency, stored.bill_day), None)
    return slices(
        item.period,
        item.quantity,
        item.rate,
        item.terms,
        stored.currency,
        stored.bill_day,
        None,
        item.grid,
        item.agreed,
    )


def item_rows(schedule: int, parts: Iterable[Slice]) -> Iterator[dict[str, Any]]:
    """Rows of billing period items, which still need their ids."""
    for part in parts:
        yield {
            "schedule_id": schedule,
            "kind": ItemKind.CHARGE.value,
            "start": part.start,
            "end": part.end,
            "billing_date": part.billing_date,
            "amount": part.amount.minor,
            "quantity": part.quantity,
            "credits_id": None,
            "invoice_line_id": None,
        }


def write_items(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Store billing period items."""
    if rows:
        first = take(tx.db, "billing_item", len(rows))
        for number, row in enumerate(rows, first):
            row["id"] = number
        bulk.insert_rows(tx.db, tables.billing_item, rows)


def _schedule_row(number: int, group: int, stored: StoredItem) -> dict[str, Any]:
    """The schedule of an item; one that takes back carries just credits, which are laid out later."""
    item = stored.item
    takes = item.effect in TAKING
    nothing = takes or stored.billed_elsewhere
    total: Money | None = stored.currency.money(0) if nothing else item.total(stored.currency)
    if item.is_evergreen and not takes:
        total = None
    return {
        "id": number,
        "group_id": group,
        "order_item_id": stored.id,
        "category": _category(stored).value,
        "start": item.period.start,
        "end": item.period.start if takes else item.period.end,
        "total": None if total is None else total.minor,
    }


def _category(stored: StoredItem) -> ScheduleCategory:
    if stored.item.effect is Effect.ENDS:
        return ScheduleCategory.CANCELLATION
    if stored.order_kind is OrderKind.AMEND:
        return ScheduleCategory.AMEND_QUANTITY
    return ScheduleCategory.RENEWAL if stored.order_kind is OrderKind.RENEW else ScheduleCategory.ORIGINAL


def _groups(tx: Tx, assets: Sequence[int]) -> dict[int, int]:
    """The billing group of each asset; made where there is none."""
    groups = tables.billing_group
    query = select(groups.c.asset_id, groups.c.id)
    found: dict[int, int] = dict(tuple(row) for row in rows_in(tx, query, among(groups.c.asset_id, assets)))
    missing = sorted(set(assets) - found.keys())
    if missing:
        first = take(tx.db, "billing_group", len(missing))
        new = {asset: number for number, asset in enumerate(missing, first)}
        bulk.insert(tx.db, groups, ("asset_id", "id"), list(new.items()))
        found |= new
    return found


class _Books:
    """The schedules of some assets with what is billed and credited of them, by order item."""

    def __init__(self, tx: Tx, assets: Collection[int]) -> None:
        groups = tables.billing_group.c
        scope = among(groups.asset_id, sorted(assets))
        plans = (
            select(tables.billing_schedule, _items.billed_elsewhere)
            .join(tables.billing_group, groups.id == _plans.group_id)
            .join(tables.order_item, _items.id == _plans.order_item_id)
        )
        self.schedules = {row.order_item_id: row for row in rows_in(tx, plans, scope)}
        self.parts: defaultdict[int, list[Any]] = defaultdict(list)
        parts = (
            select(tables.billing_item, _plans.order_item_id)
            .join(tables.billing_schedule, _plans.id == _parts.schedule_id)
            .join(tables.billing_group, groups.id == _plans.group_id)
            .order_by(_parts.id)
        )
        for row in rows_in(tx, parts, scope):
            self.parts[row.order_item_id].append(row)
        charges = [row.id for mine in self.parts.values() for row in mine if row.kind == ItemKind.CHARGE]
        self.credited = credited_so_far(tx, charges)

    def on_paper(self, item: int) -> list[Any]:
        """The charges of an order item that stand on an invoice or a credit memo."""
        return [row for row in self.parts[item] if row.kind == ItemKind.CHARGE and _is_on_paper(row)]

    def billed(self, item: int) -> list[Billed]:
        """The same as the engine's values."""
        return [Billed(row.id, row.start, row.end, row.amount, self.credited[row.id]) for row in self.on_paper(item)]

    def loose(self, item: int, *kinds: ItemKind) -> list[int]:
        """The rows of an order item, of these kinds, that are on no paper yet."""
        return [row.id for row in self.parts[item] if row.kind in kinds and not _is_on_paper(row)]

    def credits_by(self, takers: Iterable[int]) -> tuple[set[tuple[int, int]], int]:
        """Which billed slices these items credited, and the sum of their corrections in minor units."""
        rows = [(taker, row) for taker in takers for row in self.parts[taker]]
        given = {(taker, row.credits_id) for taker, row in rows if row.credits_id is not None}
        return given, sum(row.amount for _, row in rows if row.kind == ItemKind.CORRECTION)

    def horizon(self, item: int) -> date | None:
        """The billing date up to which an open item was laid out, without the slice that was not due then."""
        dates = sorted(row.billing_date for row in self.parts[item] if row.kind == ItemKind.CHARGE)
        return dates[-2] if len(dates) > 1 else None


def _is_on_paper(row: Any) -> bool:
    return row.invoice_line_id is not None or row.memo_line_id is not None


def _lay_out_anew(tx: Tx, new: Sequence[StoredItem]) -> None:
    """Subtract what items take from the schedules of others, and give back what undone ones took.

    A step made by hand may come late: of a new item others may have taken already, or it may be undone.
    """
    assets = {stored.asset for stored in new if stored.asset is not None}
    lives = lives_of(tx, assets)
    assets = {asset for asset in assets if len(lives[asset].entries) > 1}
    books = _Books(tx, assets)
    gone: list[int] = []
    rows: list[dict[str, Any]] = []
    sums: dict[int, dict[str, Any]] = {}
    sources: dict[int, StoredItem] = {}
    for stored in new:
        item = stored.item
        if stored.asset not in assets:
            continue
        assert stored.asset is not None
        life = lives[stored.asset]
        if item.effect is Effect.UNDOES and item.target is not None:
            undone = life.by_key[item.target]
            kinds = (ItemKind.CHARGE, ItemKind.CREDIT, ItemKind.CORRECTION)
            gone.extend(books.loose(undone.key, *kinds))
            if undone.key in books.schedules:
                sums[undone.key] = {"total": 0, "end": books.schedules[undone.key].start}
            if undone.item.effect in TAKING and undone.item.target is not None:
                books.parts[undone.key] = [row for row in books.parts[undone.key] if _is_on_paper(row)]
                sources[undone.item.target] = stored
        elif life.by_key[stored.id] not in life.live:
            gone.extend(books.loose(stored.id, ItemKind.CHARGE))
            sums[stored.id] = {"total": 0, "end": books.schedules[stored.id].start}
        elif item.effect in TAKING and item.target is not None:
            sources[item.target] = stored
        elif _takers(life, life.by_key[stored.id]):
            sources[stored.id] = stored
    fresh = {stored.id for stored in new}
    for key, stored in sources.items():
        assert stored.asset is not None
        life = lives[stored.asset]
        if key not in books.schedules or life.by_key[key] not in life.live or not life.by_key[key].item.recurring:
            continue
        if books.schedules[key].billed_elsewhere:
            continue  # who billed it credits it
        layout = _layout(books, life, life.by_key[key], fresh, Account(stored.currency, stored.bill_day))
        plan = books.schedules[key]
        gone.extend(books.loose(key, ItemKind.CHARGE))
        rows.extend(item_rows(plan.id, layout.slices))
        end = plan.start if layout.end is not None and layout.end < plan.start else layout.end
        sums[key] = {"total": None if layout.total is None else layout.total.minor, "end": end}
        for taker, found in layout.credits.items():
            if taker in books.schedules:
                rows.extend(_credit_rows(books.schedules[taker].id, _day_of(life, taker), found))
                sums[taker] = {"total": sum(each.amount for each in found), "end": books.schedules[taker].end}
    for portion in chunks(gone):
        tx.db.execute(tables.billing_item.delete().where(_parts.id.in_(portion)))
    write_items(tx, rows)
    if sums:
        plans = tables.billing_schedule
        changed = plans.update().where(plans.c.order_item_id == bindparam("item"))
        tx.db.execute(changed, [{"item": key, **values} for key, values in sums.items()])


def _layout(books: _Books, life: Life, source: Entry, fresh: Collection[int], account: Account) -> Layout:
    takers = _takers(life, source)
    given, corrections = books.credits_by(taker.key for taker in takers)
    return relaid(
        source,
        takers,
        [taker.key for taker in takers if taker.key in fresh],
        life.cover_of(source).item.is_evergreen,
        books.billed(source.key),
        given,
        corrections,
        account,
        books.horizon(source.key),
    )


def _takers(life: Life, source: Entry) -> list[Entry]:
    """What took from an entry and was not undone, in the order recorded."""
    return [entry for entry in life.live if entry.item.effect in TAKING and entry.item.target == source.key]


def _day_of(life: Life, key: int) -> date:
    """The first day of the act that an item belongs to: what it credits is due then."""
    together = life.by_key[key].act
    return min(entry.item.period.start for entry in life.entries if entry.act == together)


def _credit_rows(schedule: int, day: date, found: Iterable[Any]) -> Iterator[dict[str, Any]]:
    for each in found:
        yield {
            "schedule_id": schedule,
            "kind": (ItemKind.CORRECTION if each.of is None else ItemKind.CREDIT).value,
            "start": each.start,
            "end": each.end,
            "billing_date": day,
            "amount": each.amount,
            "quantity": None,
            "credits_id": each.of,
            "invoice_line_id": None,
        }


def _tell_of_schedules(tx: Tx, orders: Iterable[int]) -> None:
    items, schedules = tables.order_item.c, tables.billing_schedule.c
    query = (
        select(items.id, schedules.id.label("schedule_id"))
        .join(tables.billing_schedule, schedules.order_item_id == items.id)
        .order_by(items.id)
    )
    for chunk in chunks(orders):
        _tell_of(tx, [(row.id, row.schedule_id) for row in tx.db.execute(query.where(items.order_id.in_(chunk)))])


def _tell_of(tx: Tx, schedules: Iterable[tuple[int, int]]) -> None:
    """Tell of order items and their schedules, by their numbers in the store."""
    details = [
        {
            "OrderItemId": public_id("order-item", item),
            "BillingScheduleId": public_id("schedule", schedule),
            "IsSuccess": True,
            "ErrorCode": None,
            "ErrorMessage": None,
        }
        for item, schedule in schedules
    ]
    payload = {"BillingScheduleCreatedEventDetail": details, "BillSchdCreatedEventDetail": details}
    tx.tell("BillingScheduleCreatedEvent", payload)
