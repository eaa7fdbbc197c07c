"""From order to asset to billing schedule: the steps that every sale, renewal and import takes, many orders at a time.

Each step asks the store what is still to be done for the given orders and does just that, so it may run twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, bindparam, exists, func, select

from calm_desktop.engine.catalog import ActionType, Category, Effect, OrderKind
from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.lifecycle import Change, Entry, Life, SourceKind, StatePeriod, act, state_on
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.field_values import Values, from_json, stored_values, write_new
from calm_desktop.services.ids import public_id
from calm_desktop.services.lives import lives_of
from calm_desktop.services.orders import StoredItem, items_query, stored_item
from calm_desktop.services.portions import chunks
from calm_desktop.services.scheduling import make_schedules, schedule_new
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.store import bulk, tables
from calm_desktop.store.ids import next_number, take


def _stored(tx: Tx, query: Select[Any], orders: Iterable[int]) -> Iterator[StoredItem]:
    for row in rows_in(tx, query, among(tables.order_item.c.order_id, orders)):
        yield stored_item(row)


def make_assets(tx: Tx, orders: Sequence[int]) -> None:
    """Let activated orders change what customers own, where they have not yet; tell what assets belong to them."""
    sources = tables.action_source
    undone = (
        items_query()
        .outerjoin(sources, sources.c.order_item_id == tables.order_item.c.id)
        .where(sources.c.id.is_(None))
    )
    items = list(_stored(tx, undone, orders))
    if items:
        _write_changes(tx, items)
    _tell_of_items(tx, orders)


def _write_changes(tx: Tx, items: Sequence[StoredItem]) -> None:
    known = sorted({item.asset for item in items if item.asset is not None})
    lives = lives_of(tx, known)
    kept = _StatesAsStored(tx, known)
    sequences = _last_sequences(tx, known)
    acts = [list(group) for _, group in groupby(items, key=lambda item: item.lead)]
    _refuse_outdated(tx, [group[0] for group in acts], lives)
    moved = _renewed_before(tx, [group[0] for group in acts])
    said = _said_before(tx, [group[0] for group in acts])
    new = sum(group[0].asset is None for group in acts)
    next_asset = take(tx.db, "asset", new) if new else 0
    next_asset_number = next_number(tx.db, "asset", new) if new else 0
    rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    fields: list[tuple[int, Values]] = []
    for action, group in enumerate(acts, take(tx.db, "action", len(acts))):
        lead = group[0]
        entries = [Entry(item.id, item.item, action) for item in group]
        if lead.asset is None:
            asset, next_asset = next_asset, next_asset + 1
            change = act(Life((), lead.currency), entries, ActionType.GENERATE)
            row = _asset_row(tx, asset, next_asset_number, lead, change)
            rows["asset"].append(row | moved.get(lead.linked, _RENEWED_AS_EVER))
            fields.append((asset, from_json(tx, lead.asset_fields) or said.get(lead.linked, {})))
            next_asset_number += 1
            rows["link"].extend({"item": item.id, "asset": asset} for item in group)
        else:
            asset = lead.asset
            change = act(lives[asset], entries, _type_of(lead))
        lives[asset] = change.life
        sequences[asset] = sequences.get(asset, 0) + 1
        rows["action"].append(_action_row(tx, action, asset, sequences[asset], lead, change))
        rows["action_source"].extend(row for item in group for row in _source_rows(action, item))
        kept.become(asset, change.periods)
    if rows["asset"]:
        tx.db.execute(tables.asset.insert(), rows["asset"])
        bound = tables.order_item.update().where(tables.order_item.c.id == bindparam("item"))
        tx.db.execute(bound.values(asset_id=bindparam("asset")), rows["link"])
        write_new(tx, fields)
    _renew_figures(tx, {asset: lives[asset].states() for asset in known})
    kept.write()
    _link_undone(tx, rows["action"], acts)
    first_source = take(tx.db, "action_source", len(rows["action_source"]))
    for number, row in enumerate(rows["action_source"], first_source):
        row["id"] = number
    for table in (tables.action, tables.action_source):
        tx.db.execute(table.insert(), rows[table.name])
    tx.touch("asset", *{item.account for item in items})


def _renew_figures(tx: Tx, states: Mapping[int, Sequence[StatePeriod]]) -> None:
    """Current figures and days of assets that there were; one of which nothing is left keeps the days it had."""
    left, gone = [], []
    for asset, mine in states.items():
        figures = {"asset": asset, **_current(tx, mine)}
        if mine:
            left.append(figures | {"lifecycle_start": mine[0].period.start, "lifecycle_end": mine[-1].period.end})
        else:
            gone.append(figures)
    for rows in (left, gone):
        if rows:
            tx.db.execute(tables.asset.update().where(tables.asset.c.id == bindparam("asset")), rows)


_RENEWED_AS_EVER: dict[str, Any] = dict.fromkeys(("renewal_term", "renewal_term_unit", "renewal_pricing"))
"""How an asset is renewed when nothing was said about it."""


def _renewed_before(tx: Tx, leads: Iterable[StoredItem]) -> dict[int | None, dict[str, Any]]:
    """How what arrives by a transfer was renewed where it left, by the item that took it away."""
    left = [lead.linked for lead in leads if lead.linked is not None and lead.item.category is Category.TRANSFERS]
    items, assets = tables.order_item.c, tables.asset.c
    query = select(items.id, *(assets[name] for name in _RENEWED_AS_EVER)).join(
        tables.asset, assets.id == items.asset_id
    )
    rows = rows_in(tx, query, among(items.id, left))
    return {row.id: {name: getattr(row, name) for name in _RENEWED_AS_EVER} for row in rows}


def _said_before(tx: Tx, leads: Iterable[StoredItem]) -> dict[int | None, Values]:
    """What an asset says in fields of one's own that leaves where another arrives, by the item that took it away."""
    left = [lead.linked for lead in leads if lead.linked is not None and lead.asset is None]
    if not left or not tx.has_fields:
        return {}
    items = tables.order_item.c
    assets = {row.id: row.asset_id for row in rows_in(tx, select(items.id, items.asset_id), among(items.id, left))}
    said = stored_values(tx, FieldObject.ASSET, sorted(set(assets.values())))
    return {item: said.get(asset, {}) for item, asset in assets.items()}


def _type_of(lead: StoredItem) -> ActionType:
    return ActionType.CANCEL if lead.order_kind is OrderKind.CANCEL else ActionType.CHANGE


def _link_undone(tx: Tx, actions: Sequence[dict[str, Any]], acts: Sequence[Sequence[StoredItem]]) -> None:
    """Say of each undoing action which one it takes back, and of the others that they take back none."""
    targets = {
        row["id"]: group[0].item.target
        for row, group in zip(actions, acts, strict=True)
        if group[0].item.effect is Effect.UNDOES
    }
    sources = tables.action_source.c
    query = select(sources.order_item_id, sources.action_id)
    wanted = among(sources.order_item_id, [target for target in targets.values() if target is not None])
    undone = dict(tuple(row) for row in rows_in(tx, query, wanted)) if targets else {}
    for row in actions:
        row["undoes_id"] = undone.get(targets.get(row["id"]))


class _StatesAsStored:
    """The state periods of assets as rows: what an act changed of them is written, the others keep their rows."""

    def __init__(self, tx: Tx, assets: Sequence[int]) -> None:
        self._tx = tx
        self._before: defaultdict[int, dict[date, Row[Any]]] = defaultdict(dict)
        self._after: dict[int, tuple[StatePeriod, ...]] = {}
        periods = tables.state_period
        for row in rows_in(tx, select(periods), among(periods.c.asset_id, assets)):
            self._before[row.asset_id][row.start] = row

    def become(self, asset: int, states: tuple[StatePeriod, ...]) -> None:
        """These are now the state periods of the asset."""
        self._after[asset] = states

    def write(self) -> None:
        periods, tx = tables.state_period, self._tx
        gone: list[int] = []
        new: list[dict[str, Any]] = []
        for asset, states in self._after.items():
            before = self._before[asset]
            starts = {state.period.start for state in states}
            gone.extend(row.id for start, row in before.items() if start not in starts)
            for state in states:
                columns = _state_columns(state)
                row = before.get(state.period.start)
                if row is None:
                    new.append({"asset_id": asset, **columns})
                elif any(getattr(row, name) != value for name, value in columns.items()):
                    tx.db.execute(periods.update().where(periods.c.id == row.id).values(**columns))
        for portion in chunks(gone):
            tx.db.execute(periods.delete().where(periods.c.id.in_(portion)))
        if new:
            for number, columns in enumerate(new, take(tx.db, "state_period", len(new))):
                columns["id"] = number
            tx.db.execute(periods.insert(), new)


def _refuse_outdated(tx: Tx, leads: Iterable[StoredItem], lives: Mapping[int, Life]) -> None:
    """Refuse an order that was written for an asset that has changed since."""
    actions, items, orders = tables.action.c, tables.order_item.c, tables.sales_order.c
    query = (
        select(items.id)
        .join(tables.sales_order, orders.id == items.order_id)
        .where(exists().where(actions.asset_id == items.asset_id, actions.recorded_at > orders.recorded_at))
    )
    known = {lead.id: lead for lead in leads if lead.asset is not None}
    for row in rows_in(tx, query, among(items.id, known)):
        lead = known[row.id]
        assert lead.asset is not None
        again = "renewal" if lead.order_kind is OrderKind.RENEW else "order"
        states = lives[lead.asset].states()
        end = states[-1].period.end if states else None
        now = "runs without an end" if end is None else f"runs to {end}"
        words = (
            f"Order {lead.order_number} {_does(lead)} {lead.asset_name} from {lead.item.period.start}, "
            f"but it has changed since: it now {now}. Make a new {again} order."
        ).replace("new order order", "new order")
        raise Refused(Problem("order-outdated", "order", words))


def _does(lead: StoredItem) -> str:
    return {OrderKind.RENEW: "renews", OrderKind.CANCEL: "ends"}.get(lead.order_kind, "changes")


def _last_sequences(tx: Tx, assets: Iterable[int]) -> dict[int, int]:
    actions = tables.action.c
    query = select(actions.asset_id, func.max(actions.sequence)).group_by(actions.asset_id)
    return dict(tuple(row) for row in rows_in(tx, query, among(actions.asset_id, assets)))


def _current(tx: Tx, states: Sequence[StatePeriod]) -> dict[str, Any]:
    state = state_on(states, tx.today)
    return {
        "current_on": tx.today,
        "current_quantity": state.quantity if state else Decimal(0),
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
        "paused": state.paused,
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
    total = item.total(stored.currency) or zero
    at_list = item.list_total(stored.currency) or total
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
        rows = tx.db.execute(query.where(tables.order_item.c.order_id.in_(chunk)))
        tell_of_items(tx, [(row.id, row.asset_id) for row in rows])


def tell_of_items(tx: Tx, items: Iterable[tuple[int, int | None]]) -> None:
    """Tell of order items (the store's numbers) and the assets that they made or changed."""
    details = [
        {
            "OrderItemId": public_id("order-item", item),
            "AssetId": None if asset is None else public_id("asset", asset),
            "IsSuccess": True,
            "ErrorCode": None,
            "ErrorMessage": None,
        }
        for item, asset in items
    ]
    tx.tell("CreateAssetOrderEvent", {"AssetDetails": details})


class NewAssets:
    """What `flow` does, for the items of orders that are being written and sell nothing but new assets.

    Each item names the number that its asset will have; the items of an act follow each other. Nothing is asked of the
    store: nobody can have changed these assets. They are written before the items, which name them, and the rest after.
    """

    def __init__(self, tx: Tx, items: Sequence[StoredItem]) -> None:
        acts = [list(group) for _, group in groupby(items, key=lambda item: item.lead)]
        first_action = take(tx.db, "action", len(acts))
        numbers = next_number(tx.db, "asset", len(acts))
        rows: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        fields: list[tuple[int, Values]] = []
        for place, group in enumerate(acts):
            lead, action = group[0], first_action + place
            asset = lead.asset
            assert asset is not None
            entries = [Entry(item.id, item.item, action) for item in group]
            change = act(Life((), lead.currency), entries, ActionType.GENERATE)
            rows["asset"].append(_asset_row(tx, asset, numbers + place, lead, change) | _RENEWED_AS_EVER)
            rows["action"].append(_action_row(tx, action, asset, 1, lead, change) | {"undoes_id": None})
            rows["action_source"].extend(row for item in group for row in _source_rows(action, item))
            rows["state_period"].extend({"asset_id": asset, **_state_columns(state)} for state in change.periods)
            if lead.asset_fields:
                fields.append((asset, from_json(tx, lead.asset_fields)))
        for name in ("action_source", "state_period"):
            for number, row in enumerate(rows[name], take(tx.db, name, len(rows[name]))):
                row["id"] = number
        self._tx, self._items, self._rows, self._fields = tx, items, rows, fields
        bulk.insert_rows(tx.db, tables.asset, rows["asset"])

    def finish(self) -> None:
        """Write what the assets went through, and what is to be billed."""
        tx = self._tx
        for table in (tables.state_period, tables.action, tables.action_source):
            bulk.insert_rows(tx.db, table, self._rows[table.name])
        write_new(tx, self._fields)
        tx.touch("asset", *{item.account for item in self._items})
        tell_of_items(tx, [(item.id, item.asset) for item in self._items])
        schedule_new(tx, self._items)


def flow(tx: Tx, orders: Sequence[int]) -> None:
    """Both steps, where the organisation wants them made when an order is activated (DOMAIN 5.1)."""
    if tx.settings["auto-flow"] == "on":
        make_assets(tx, orders)
        make_schedules(tx, orders)
