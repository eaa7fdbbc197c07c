"""From order to asset to billing schedule: the steps that every sale, renewal and import takes, many orders at a time.

Each step asks the store what is still to be done for the given orders and does just that, so it may run twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from calm_desktop.engine.billing import Slice, slices
from calm_desktop.engine.catalog import OrderKind, ScheduleCategory
from calm_desktop.engine.lifecycle import Change, SourceKind, StatePeriod, first_sale, renew, state_on
from calm_desktop.engine.money import Money
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.engine.rating import MrrFormula
from calm_desktop.services.ids import public_id
from calm_desktop.services.orders import StoredItem, items_query, stored_item
from calm_desktop.services.portions import chunks
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.scopes import among, rows_in
from calm_desktop.services.views.states import states_in
from calm_desktop.store import tables
from calm_desktop.store.ids import next_number, take

_OPEN_HORIZON = timedelta(days=800)
"""How far the first items of an evergreen schedule are looked for: beyond any frequency and bill day."""


def _stored(tx: Tx, query: Select[Any], orders: Iterable[int]) -> Iterator[StoredItem]:
    for row in rows_in(tx, query, among(tables.order_item.c.order_id, orders)):
        yield stored_item(row)


def make_assets(tx: Tx, orders: Sequence[int]) -> None:
    """Let activated orders change what customers own, where they have not yet; tell what assets belong to them."""
    actions = tables.action
    undone = (
        items_query()
        .outerjoin(actions, actions.c.order_item_id == tables.order_item.c.id)
        .where(actions.c.id.is_(None))
    )
    items = list(_stored(tx, undone, orders))
    if items:
        _write_changes(tx, items)
    _tell_of_items(tx, orders)


def _write_changes(tx: Tx, items: Sequence[StoredItem]) -> None:
    formula = MrrFormula(tx.settings["mrr-formula"])
    known = sorted({item.asset for item in items if item.asset is not None})
    states = {asset: tuple(held) for asset, held in states_in(tx, among(tables.asset.c.id, known)).items()}
    sequences = _last_sequences(tx, known)
    new = [item for item in items if item.asset is None]
    next_asset = take(tx.db, "asset", len(new)) if new else 0
    next_asset_number = next_number(tx.db, "asset", len(new)) if new else 0
    next_action = take(tx.db, "action", len(items))
    next_period = take(tx.db, "state_period", len(items))
    rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    renewed: set[int] = set()
    for each, stored in enumerate(items):
        asset = stored.asset
        if asset is None:
            asset, next_asset = next_asset, next_asset + 1
            change = first_sale(stored.item, stored.currency, formula)
            rows["asset"].append(_asset_row(tx, asset, next_asset_number, stored, change))
            next_asset_number += 1
            rows["link"].append({"item": stored.id, "asset": asset})
        else:
            _still_fits(stored, states[asset])
            change = renew(states[asset], stored.item, stored.currency, formula)
            renewed.add(asset)
        states[asset] = change.periods
        sequences[asset] = sequences.get(asset, 0) + 1
        rows["state_period"].append({"id": next_period + each, "asset_id": asset, **_state_columns(change.periods[-1])})
        rows["action"].append(_action_row(tx, next_action + each, asset, sequences[asset], stored, change))
        rows["action_source"].extend(_source_rows(next_action + each, stored))
    if rows["asset"]:
        tx.db.execute(tables.asset.insert(), rows["asset"])
        bound = tables.order_item.update().where(tables.order_item.c.id == bindparam("item"))
        tx.db.execute(bound.values(asset_id=bindparam("asset")), rows["link"])
    for asset in renewed:
        values = {"lifecycle_end": states[asset][-1].period.end, **_current(tx, states[asset])}
        tx.db.execute(tables.asset.update().where(tables.asset.c.id == asset).values(**values))
    first_source = take(tx.db, "action_source", len(rows["action_source"]))
    for number, row in enumerate(rows["action_source"], first_source):
        row["id"] = number
    for table in (tables.state_period, tables.action, tables.action_source):
        tx.db.execute(table.insert(), rows[table.name])
    tx.touch("asset", *{item.account for item in items})


def _still_fits(stored: StoredItem, states: Sequence[StatePeriod]) -> None:
    end = states[-1].period.end
    if end is None or stored.item.period.start <= end:
        words = (
            f"Order {stored.order_number} renews {stored.asset_name} from {stored.item.period.start}, "
            f"but it now runs {'without an end' if end is None else f'to {end}'}. Make a new renewal order."
        )
        raise Refused(Problem("order-outdated", "order", words))


def _last_sequences(tx: Tx, assets: Iterable[int]) -> dict[int, int]:
    actions = tables.action.c
    query = select(actions.asset_id, func.max(actions.sequence)).group_by(actions.asset_id)
    return dict(tuple(row) for row in rows_in(tx, query, among(actions.asset_id, assets)))


def _current(tx: Tx, states: Sequence[StatePeriod]) -> dict[str, Any]:
    state = state_on(states, tx.today)
    return {
        "current_on": tx.today,
        "current_quantity": state.quantity if state else states[-1].quantity * 0,
        "current_amount": state.amount.minor if state and state.amount is not None else 0,
        "current_mrr": state.mrr.minor if state else 0,
    }


def _state_columns(state: StatePeriod) -> dict[str, Any]:
    return {
        "start": state.period.start,
        "end": state.period.end,
        "quantity": state.quantity,
        "amount": None if state.amount is None else state.amount.minor,
        "mrr": state.mrr.minor,
    }


def _asset_row(tx: Tx, asset: int, number: int, stored: StoredItem, change: Change) -> dict[str, Any]:
    return {
        "id": asset,
        "number": f"AST-{number:06d}",
        "name": stored.asset_name,
        "account_id": stored.account,
        "product_id": stored.product,
        "currency": stored.currency.code,
        "lifecycle_start": change.periods[0].period.start,
        "lifecycle_end": change.periods[-1].period.end,
        **_current(tx, change.periods),
    }


def _action_row(tx: Tx, action: int, asset: int, sequence: int, stored: StoredItem, change: Change) -> dict[str, Any]:
    return {
        "id": action,
        "asset_id": asset,
        "sequence": sequence,
        "order_item_id": stored.id,
        "action_date": stored.order_date,
        "effective_date": change.effective_date,
        "category": change.category.value,
        "type": change.type.value,
        "quantity_change": change.delta.quantity,
        "amount_change": change.delta.amount.minor,
        "mrr_change": change.delta.mrr.minor,
        "recorded_at": tx.now,
    }


def _source_rows(action: int, stored: StoredItem) -> Iterator[dict[str, Any]]:
    """The order item with its money; and the stated origin, which adds no money of its own."""
    item, zero = stored.item, stored.currency.money(0)
    total, at_list = item.total(stored.currency) or zero, item.list_total(stored.currency) or zero
    row: dict[str, Any] = {
        "action_id": action,
        "kind": SourceKind.ORDER_ITEM.value,
        "order_item_id": stored.id,
        "work_order_line_id": None,
        "external_system": None,
        "external_reference": None,
        "start": item.period.start,
        "end": item.period.end,
        "quantity": item.quantity,
        "product_amount": at_list.minor,
        "adjustment": (total - at_list).minor,
        "estimated_tax": 0,
        "actual_tax": 0,
    }
    yield row
    if stored.source_kind is not None:
        yield row | {
            "kind": stored.source_kind.value,
            "order_item_id": None,
            "work_order_line_id": stored.work_order_line,
            "external_system": stored.external_system,
            "external_reference": stored.external_reference,
            "product_amount": 0,
            "adjustment": 0,
        }


def _tell_of_items(tx: Tx, orders: Iterable[int]) -> None:
    query = select(tables.order_item.c.id, tables.order_item.c.asset_id).order_by(tables.order_item.c.id)
    for chunk in chunks(orders):
        details = [
            {
                "OrderItemId": public_id("order-item", row.id),
                "AssetId": public_id("asset", row.asset_id),
                "IsSuccess": True,
                "ErrorCode": None,
                "ErrorMessage": None,
            }
            for row in tx.db.execute(query.where(tables.order_item.c.order_id.in_(chunk)))
        ]
        tx.tell("CreateAssetOrderEvent", {"AssetDetails": details})


def make_schedules(tx: Tx, orders: Sequence[int]) -> None:
    """Lay out the billing of orders whose assets exist, where it is not yet; tell what schedules belong to them."""
    schedules, actions = tables.billing_schedule, tables.action
    undone = (
        items_query()
        .join(actions, actions.c.order_item_id == tables.order_item.c.id)
        .outerjoin(schedules, schedules.c.order_item_id == tables.order_item.c.id)
        .where(schedules.c.id.is_(None))
    )
    items = list(_stored(tx, undone, orders))
    if items:
        groups = _groups(tx, [item.asset for item in items if item.asset is not None])
        first = take(tx.db, "billing_schedule", len(items))
        rows: list[dict[str, Any]] = []
        parts: list[dict[str, Any]] = []
        for number, stored in enumerate(items, first):
            assert stored.asset is not None
            rows.append(_schedule_row(number, groups[stored.asset], stored))
            parts.extend(item_rows(number, first_slices(stored)))
        tx.db.execute(schedules.insert(), rows)
        write_items(tx, parts)
        tx.touch("asset", *{item.account for item in items})
    _tell_of_schedules(tx, orders)


def first_slices(stored: StoredItem) -> tuple[Slice, ...]:
    """All slices of a term; of an evergreen item the first, for there is always one to look forward to."""
    item = stored.item
    if not item.recurring:
        return ()
    through = item.period.start + _OPEN_HORIZON if item.is_evergreen else None
    found = slices(item.period, item.quantity, item.rate, item.terms, stored.currency, stored.bill_day, through)
    return found[:1] if item.is_evergreen else found


def item_rows(schedule: int, parts: Iterable[Slice]) -> Iterator[dict[str, Any]]:
    """Rows of billing period items, which still need their ids."""
    for part in parts:
        yield {
            "schedule_id": schedule,
            "start": part.start,
            "end": part.end,
            "billing_date": part.billing_date,
            "amount": part.amount.minor,
            "invoice_line_id": None,
        }


def write_items(tx: Tx, rows: list[dict[str, Any]]) -> None:
    """Store billing period items."""
    if rows:
        first = take(tx.db, "billing_item", len(rows))
        for number, row in enumerate(rows, first):
            row["id"] = number
        tx.db.execute(tables.billing_item.insert(), rows)


def _schedule_row(number: int, group: int, stored: StoredItem) -> dict[str, Any]:
    total: Money | None = stored.item.total(stored.currency)
    renewal = stored.order_kind is OrderKind.RENEW
    category = ScheduleCategory.RENEWAL if renewal else ScheduleCategory.ORIGINAL
    return {
        "id": number,
        "group_id": group,
        "order_item_id": stored.id,
        "category": category.value,
        "start": stored.item.period.start,
        "end": stored.item.period.end,
        "total": None if total is None else total.minor,
    }


def _groups(tx: Tx, assets: Sequence[int]) -> dict[int, int]:
    """The billing group of each asset; made where there is none."""
    groups = tables.billing_group
    query = select(groups.c.asset_id, groups.c.id)
    found: dict[int, int] = dict(tuple(row) for row in rows_in(tx, query, among(groups.c.asset_id, assets)))
    missing = sorted(set(assets) - found.keys())
    if missing:
        first = take(tx.db, "billing_group", len(missing))
        new = {asset: number for number, asset in enumerate(missing, first)}
        tx.db.execute(groups.insert(), [{"id": number, "asset_id": asset} for asset, number in new.items()])
        found |= new
    return found


def _tell_of_schedules(tx: Tx, orders: Iterable[int]) -> None:
    items, schedules = tables.order_item.c, tables.billing_schedule.c
    query = (
        select(items.id, schedules.id.label("schedule_id"))
        .join(tables.billing_schedule, schedules.order_item_id == items.id)
        .order_by(items.id)
    )
    for chunk in chunks(orders):
        details = [
            {
                "OrderItemId": public_id("order-item", row.id),
                "BillingScheduleId": public_id("schedule", row.schedule_id),
                "IsSuccess": True,
                "ErrorCode": None,
                "ErrorMessage": None,
            }
            for row in tx.db.execute(query.where(items.order_id.in_(chunk)))
        ]
        payload = {"BillingScheduleCreatedEventDetail": details, "BillSchdCreatedEventDetail": details}
        tx.tell("BillingScheduleCreatedEvent", payload)


def flow(tx: Tx, orders: Sequence[int]) -> None:
    """Both steps, where the organisation wants them made when an order is activated (DOMAIN 5.1)."""
    if tx.settings["auto-flow"] == "on":
        make_assets(tx, orders)
        make_schedules(tx, orders)
