"""From order to asset to billing schedule: the steps that every sale, renewal and import takes, many orders at a time.

Each step asks the store what is still to be done for the given orders and does just that, so it may run twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select

from calm_desktop.engine.billing import Slice, slices
from calm_desktop.engine.catalog import (
    Category,
    Kind,
    OrderKind,
    OrderStatus,
    PriceUnit,
    ScheduleCategory,
    SellingModel,
)
from calm_desktop.engine.dates import Boundary, BoundaryKind, Frequency, Partial, Period, Remainder, Term, Timing
from calm_desktop.engine.lifecycle import Change, SourceKind, StatePeriod, first_sale, renew, state_on
from calm_desktop.engine.money import Currency, Money
from calm_desktop.engine.orders import Item
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.engine.rating import BillingTerms, MrrFormula, Rate
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import Source
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import next_number, take

_OPEN_HORIZON = timedelta(days=800)
"""How far the first items of an evergreen schedule are looked for: beyond any frequency and bill day."""


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """An item of an order to be written; `asset` is the number of the asset that it changes, None for a new one."""

    product: int
    item: Item
    asset_name: str
    tax_category: str
    source: Source | None = None
    asset: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order to be written."""

    account: int
    kind: OrderKind
    status: OrderStatus
    currency: Currency
    items: tuple[PlannedItem, ...]
    order_date: date
    batch: int | None = None
    number: str = ""


def write_orders(tx: Tx, orders: Sequence[PlannedOrder]) -> list[int]:
    """Write orders with their items; the answer is their numbers in the store, in the same order."""
    if not orders:
        return []
    first_order = take(tx.db, "sales_order", len(orders))
    next_item = take(tx.db, "order_item", sum(len(order.items) for order in orders))
    unnumbered = sum(not order.number for order in orders)
    next_order_number = next_number(tx.db, "order", unnumbered) if unnumbered else 0
    order_rows, item_rows = [], []
    origins = _Origins(tx)
    for order_id, order in enumerate(orders, first_order):
        number = order.number
        if not number:
            number, next_order_number = f"{next_order_number:08d}", next_order_number + 1
        total = 0
        for line, planned in enumerate(order.items, 1):
            row = _item_row(planned, order.currency, origins)
            total += row["total"] or 0
            item_rows.append({"id": next_item, "order_id": order_id, "line": line, **row})
            next_item += 1
        order_rows.append(
            {
                "id": order_id,
                "number": number,
                "account_id": order.account,
                "kind": order.kind.value,
                "status": order.status.value,
                "order_date": order.order_date,
                "effective_date": min(planned.item.period.start for planned in order.items),
                "currency": order.currency.code,
                "total": total,
                "recorded_at": tx.now,
                "batch_id": order.batch,
            }
        )
    tx.db.execute(tables.sales_order.insert(), order_rows)
    tx.db.execute(tables.order_item.insert(), item_rows)
    tx.touch("order", *{order.account for order in orders})
    return list(range(first_order, first_order + len(orders)))


def _item_row(planned: PlannedItem, currency: Currency, origins: _Origins) -> dict[str, Any]:
    item = planned.item
    total = item.total(currency)
    return {
        "product_id": planned.product,
        "asset_id": planned.asset,
        "asset_name": planned.asset_name,
        "category": item.category.value,
        "quantity": item.quantity,
        "list_price": item.list_price,
        "unit_price": item.rate.unit_price,
        "discount": item.rate.discount,
        "price_unit": item.rate.unit.value,
        "selling_model": item.selling_model.value,
        "start": item.period.start,
        "end": item.period.end,
        "term_months": item.term.months if item.term else None,
        "term_days": item.term.days if item.term else None,
        "frequency": item.terms.frequency.value,
        "timing": item.terms.timing.value,
        "boundary": item.terms.boundary.kind.value,
        "boundary_day": item.terms.boundary.day,
        "partial": item.terms.partial.value,
        "remainder": item.terms.remainder.value,
        "tax_category": planned.tax_category,
        "total": None if total is None else total.minor,
        **origins.columns(planned.source),
    }


class _Origins:
    """Stated origins of changes; a work order and its line are recorded when they are first named."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._lines: dict[tuple[str, str], int] = {}

    def columns(self, source: Source | None) -> dict[str, Any]:
        found: dict[str, Any] = {
            "source_kind": None,
            "work_order_line_id": None,
            "external_system": None,
            "external_reference": None,
        }
        if source is not None and source.work_order:
            found["source_kind"] = SourceKind.WORK_ORDER_LINE.value
            found["work_order_line_id"] = self._line(source.work_order, source.line)
        elif source is not None:
            found["source_kind"] = SourceKind.EXTERNAL.value
            found["external_system"] = source.system
            found["external_reference"] = source.reference
        return found

    def _line(self, number: str, line: str) -> int:
        key = number, line
        if key not in self._lines:
            orders, lines = tables.work_order, tables.work_order_line
            order_id = self._tx.db.scalar(select(orders.c.id).where(orders.c.number == number))
            if order_id is None:
                order_id = take(self._tx.db, "work_order")
                self._tx.db.execute(orders.insert().values(id=order_id, number=number))
            same = (lines.c.work_order_id == order_id) & (lines.c.line == line)
            line_id = self._tx.db.scalar(select(lines.c.id).where(same))
            if line_id is None:
                line_id = take(self._tx.db, "work_order_line")
                self._tx.db.execute(lines.insert().values(id=line_id, work_order_id=order_id, line=line))
            self._lines[key] = line_id
        return self._lines[key]


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An order item as the store has it, with what is needed to act on it."""

    id: int
    order: int
    order_number: str
    order_kind: OrderKind
    order_date: date
    line: int
    account: int
    bill_day: int | None
    product: int
    asset: int | None
    asset_name: str
    currency: Currency
    item: Item
    source_kind: SourceKind | None
    work_order_line: int | None
    external_system: str | None
    external_reference: str | None


def item_of(row: Row[Any]) -> Item:
    """The engine's item of an `order_item` row that also has `product_kind`."""
    return Item(
        category=Category(row.category),
        selling_model=SellingModel(row.selling_model),
        quantity=row.quantity,
        list_price=row.list_price,
        rate=Rate(row.unit_price, PriceUnit(row.price_unit), row.discount),
        period=Period(row.start, row.end),
        term=None if row.term_months is None else Term(row.term_months, row.term_days),
        terms=BillingTerms(
            Frequency(row.frequency),
            Timing(row.timing),
            Boundary(BoundaryKind(row.boundary), row.boundary_day),
            Partial(row.partial),
            Remainder(row.remainder),
        ),
        recurring=row.product_kind != Kind.USAGE.value,
    )


def items_query() -> Select[Any]:
    """Order items with what `stored_item` reads."""
    orders, items, accounts, products = tables.sales_order, tables.order_item, tables.account, tables.product
    return (
        select(
            items,
            orders.c.number.label("order_number"),
            orders.c.kind.label("order_kind"),
            orders.c.status.label("order_status"),
            orders.c.order_date,
            orders.c.account_id,
            orders.c.currency,
            accounts.c.bill_day,
            products.c.kind.label("product_kind"),
        )
        .join(orders, orders.c.id == items.c.order_id)
        .join(accounts, accounts.c.id == orders.c.account_id)
        .join(products, products.c.id == items.c.product_id)
        .order_by(items.c.order_id, items.c.line)
    )


def stored_item(row: Row[Any]) -> StoredItem:
    """A row of `items_query`."""
    return StoredItem(
        id=row.id,
        order=row.order_id,
        order_number=row.order_number,
        order_kind=OrderKind(row.order_kind),
        order_date=row.order_date,
        line=row.line,
        account=row.account_id,
        bill_day=row.bill_day,
        product=row.product_id,
        asset=row.asset_id,
        asset_name=row.asset_name,
        currency=currency_named(row.currency),
        item=item_of(row),
        source_kind=None if row.source_kind is None else SourceKind(row.source_kind),
        work_order_line=row.work_order_line_id,
        external_system=row.external_system,
        external_reference=row.external_reference,
    )


def _stored(tx: Tx, query: Select[Any], orders: Iterable[int]) -> Iterator[StoredItem]:
    for chunk in chunks(orders):
        for row in tx.db.execute(query.where(tables.order_item.c.order_id.in_(chunk))):
            yield stored_item(row)


def states_of(tx: Tx, assets: Iterable[int]) -> dict[int, tuple[StatePeriod, ...]]:
    """The state periods of assets, by start."""
    periods, owners = tables.state_period.c, tables.asset.c
    found: defaultdict[int, list[StatePeriod]] = defaultdict(list)
    for chunk in chunks(assets):
        query = (
            select(tables.state_period, owners.currency)
            .join(tables.asset, owners.id == periods.asset_id)
            .where(periods.asset_id.in_(chunk))
            .order_by(periods.asset_id, periods.start)
        )
        for row in tx.db.execute(query):
            currency = currency_named(row.currency)
            amount = None if row.amount is None else currency.money(row.amount)
            state = StatePeriod(Period(row.start, row.end), row.quantity, amount, currency.money(row.mrr))
            found[row.asset_id].append(state)
    return {asset: tuple(states) for asset, states in found.items()}


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
    states = states_of(tx, known)
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
    found: dict[int, int] = {}
    for chunk in chunks(assets):
        query = (
            select(actions.asset_id, func.max(actions.sequence))
            .where(actions.asset_id.in_(chunk))
            .group_by(actions.asset_id)
        )
        found.update((asset, sequence) for asset, sequence in tx.db.execute(query))
    return found


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
    found: dict[int, int] = {}
    for chunk in chunks(assets):
        query = select(groups.c.asset_id, groups.c.id).where(groups.c.asset_id.in_(chunk))
        found.update((asset, group) for asset, group in tx.db.execute(query))
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
