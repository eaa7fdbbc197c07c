"""Taking back what was done, by compensating acts (DOMAIN 4.11): one action, what one commit did, or many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Row, exists, select

from calm_desktop.engine import changes
from calm_desktop.engine.catalog import ActionType, OrderKind, OrderStatus
from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.engine.lifecycle import Life, first_of_period
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services.boundary import use_case, view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.lives import TAKING, lives_of, stands
from calm_desktop.services.lookup import find
from calm_desktop.services.order_flow import flow
from calm_desktop.services.orders import PlannedItem, PlannedOrder, write_orders
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import UndoAction, UndoActions
from calm_desktop.services.sales import order_result
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.shapes import ActionRow, OrderResult
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.actions import action_rows, linked_actions
from calm_desktop.store import tables

_actions, _assets, _items, _sources = tables.action.c, tables.asset.c, tables.order_item.c, tables.action_source.c
_plans, _parts = tables.billing_schedule.c, tables.billing_item.c
_invoices, _lines = tables.invoice.c, tables.invoice_line.c
_undoing = tables.action.alias("undoing")


@use_case(Permission.UNDO)
def undo(tx: Tx, request: UndoAction) -> OrderResult:
    """Take an action back by a compensating one, with the one that it is linked to.

    Refused while anything later depends on it, which is named.
    """
    return _undo(tx, [find(tx, "action", request.action)])


@use_case(Permission.UNDO)
def undo_all(tx: Tx, request: UndoActions) -> OrderResult:
    """Take actions back, newest first; the two halves of a transfer or a swap go together.

    Refused as a whole, with everything that depends on any of them.
    """
    if not request.actions:
        raise Refused(Problem("no-actions", "actions", "Name at least one action to undo."))
    return _undo(tx, [find(tx, "action", name) for name in request.actions])


def _undo(tx: Tx, actions: Sequence[int]) -> OrderResult:
    # One alone goes before those that it is linked to, which are of other assets: what was asked for is answered first.
    alone = actions if len(actions) == 1 else ()
    together = sorted({*actions, *linked_actions(tx, actions)}, key=lambda act: (act in alone, act), reverse=True)
    refuse_if(what_depends(tx, together))
    orders = write_orders(tx, orders_that_undo(tx, together))
    flow(tx, orders)
    return order_result(tx, orders)


# ------------------------------------------------------------------------------------------- the compensating orders


def orders_that_undo(tx: Tx, actions: Sequence[int], batch: int | None = None) -> list[PlannedOrder]:
    """The orders that take these actions back, in the order given: one for those of one order that follow each other.

    What is asked for must be free of what depends on it (`what_depends`) and name the newest action of an asset first.
    """
    query = (
        select(
            _actions.id,
            _actions.asset_id,
            _actions.type,
            _items.order_id,
            _assets.account_id,
            _assets.product_id,
            _assets.name,
            _assets.currency,
            tables.product.c.tax_category,
        )
        .join(tables.asset, _assets.id == _actions.asset_id)
        .join(tables.product, tables.product.c.id == _assets.product_id)
        .outerjoin(tables.order_item, _items.id == _actions.order_item_id)
    )
    rows = {row.id: row for row in rows_in(tx, query, among(_actions.id, actions))}
    lives = lives_of(tx, {row.asset_id for row in rows.values()})
    planned = []
    for (account, code, kind, _), group in groupby((rows[action] for action in actions), key=_order_of):
        items: list[PlannedItem] = []
        for row in group:
            lead = len(items)
            items.extend(
                PlannedItem(row.product_id, item, row.name, row.tax_category, None, row.asset_id, lead)
                for item in changes.undo(lives[row.asset_id], _keys_of(lives[row.asset_id], row.id))
            )
        currency = currency_named(code)
        planned.append(PlannedOrder(account, kind, OrderStatus.ACTIVATED, currency, tuple(items), tx.today, batch))
    return planned


def _order_of(row: Row[Any]) -> tuple[int, str, OrderKind, int | None]:
    """What actions have in common that one order takes back."""
    kind = OrderKind.CANCEL if row.type == ActionType.GENERATE.value else OrderKind.AMEND
    return row.account_id, row.currency, kind, row.order_id


def _keys_of(life: Life, action: int) -> list[int]:
    return [entry.key for entry in life.entries if entry.act == action]


# ------------------------------------------------------------------------------------------- what depends on actions


def what_depends(tx: Tx, actions: Sequence[int]) -> list[Problem]:
    """Why these actions cannot be undone together: every reason once, in their order; empty where they can."""
    query = (
        select(tables.action, _assets.name, _undoing.c.id.label("undone_by"))
        .join(tables.asset, _assets.id == _actions.asset_id)
        .outerjoin(_undoing, _undoing.c.undoes_id == _actions.id)
    )
    rows = {row.id: row for row in rows_in(tx, query, among(_actions.id, actions))}
    standing = {action: row for action, row in rows.items() if row.undoes_id is None and row.undone_by is None}
    later = _recorded_later(tx, standing)
    invoices, memos = _invoices_after(tx, standing), _memos_of(tx, standing)
    used = _used(tx, standing.values())
    found: list[Problem] = []
    for action in actions:
        row = rows[action]
        if row.undoes_id is not None:
            words = f"This action of {row.name} is an undo itself. Make the change again instead."
            found.append(Problem("is-an-undo", "action", words, row.name))
        elif row.undone_by is not None:
            found.append(
                Problem("undone-already", "action", f"This action of {row.name} was undone already.", row.name)
            )
        else:
            found += [_later_problem(row.name, each) for each in later[action]]
            if invoices[action] or memos[action]:
                found.append(_invoiced(row, invoices[action], memos[action]))
            if row.type == ActionType.GENERATE.value and row.asset_id in used:
                words = f"Usage of {row.name} is recorded already. Cancel it instead."
                found.append(Problem("used", "action", words, row.name))
    return list(dict.fromkeys(found))


def _recorded_later(tx: Tx, actions: Mapping[int, Row[Any]]) -> dict[int, list[Row[Any]]]:
    """The actions that stand and were recorded after each of these, which do not count themselves; newest first."""
    query = (
        select(tables.action)
        .where(_actions.undoes_id.is_(None), stands(tables.action))
        .order_by(_actions.asset_id, _actions.sequence.desc())
    )
    others: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows_in(tx, query, among(_actions.asset_id, sorted({row.asset_id for row in actions.values()}))):
        if row.id not in actions:
            others[row.asset_id].append(row)
    return {
        action: [each for each in others[row.asset_id] if each.sequence > row.sequence]
        for action, row in actions.items()
    }


def _later_problem(asset: str, later: Row[Any]) -> Problem:
    words = (
        f"{later.category} of {asset} from {later.effective_date} ({public_id('action', later.id)}) was recorded "
        "after it. Undo that first."
    )
    return Problem("later-action", "action", words, asset)


def _invoiced(row: Row[Any], invoices: Sequence[str], memos: Sequence[str]) -> Problem:
    ended = row.type == ActionType.CANCEL.value
    instead = "sell it again" if ended else f"amend or cancel {row.name} instead, and what is billed is credited"
    way = "A credit memo is never taken back;" if memos else "Void or drop that first, or"
    words = f"It is invoiced: {', '.join([*invoices, *memos])}. {way} {instead}."
    return Problem("invoiced", "action", words, row.name)


def _invoices_after(tx: Tx, actions: Mapping[int, Row[Any]]) -> dict[int, list[str]]:
    """The invoices that bill what each action brought, or what it had lowered or cut short by then; oldest first."""
    billed = (
        select(_sources.action_id, _invoices.id, _invoices.number)
        .join(tables.billing_schedule, _plans.order_item_id == _sources.order_item_id)
        .join(tables.billing_item, _parts.schedule_id == _plans.id)
        .join(tables.invoice_line, _lines.id == _parts.invoice_line_id)
        .join(tables.invoice, _invoices.id == _lines.invoice_id)
        .distinct()
    )
    found: defaultdict[int, set[tuple[int, str | None]]] = defaultdict(set)
    for row in rows_in(tx, billed, among(_sources.action_id, actions)):
        found[row.action_id].add((row.id, row.number))
    lowered = (
        select(_sources.action_id, _items.target_id, _parts.end, _invoices.id, _invoices.number)
        .join(tables.order_item, _items.id == _sources.order_item_id)
        .join(tables.action, _actions.id == _sources.action_id)
        .join(tables.billing_schedule, _plans.order_item_id == _items.target_id)
        .join(tables.billing_item, _parts.schedule_id == _plans.id)
        .join(tables.invoice_line, _lines.id == _parts.invoice_line_id)
        .join(tables.invoice, _invoices.id == _lines.invoice_id)
        .where(_items.effect.in_([each.value for each in TAKING]), _invoices.recorded_at > _actions.recorded_at)
    )
    rows = list(rows_in(tx, lowered, among(_sources.action_id, actions)))
    cuts = _cuts(tx, [actions[row.action_id] for row in rows])
    for row in rows:
        is_cut = (row.target_id, row.end + ONE_DAY) in cuts.get(row.action_id, ())
        if row.end >= actions[row.action_id].effective_date or is_cut:
            found[row.action_id].add((row.id, row.number))
    return {
        action: [number or f"draft {public_id('invoice', each)}" for each, number in sorted(found[action], key=_first)]
        for action in actions
    }


def _first(invoice: tuple[int, str | None]) -> int:
    return invoice[0]


def _cuts(tx: Tx, actions: Iterable[Row[Any]]) -> dict[int, set[tuple[int, date]]]:
    """The items whose billing periods each action cut short, with the first day that was taken away."""
    wanted = {row.id: row.asset_id for row in actions}
    lives = lives_of(tx, wanted.values())
    return {action: set(_cut_by(lives[asset], action)) for action, asset in wanted.items()}


def _cut_by(life: Life, action: int) -> Iterator[tuple[int, date]]:
    for entry in life.entries:
        if entry.act == action and entry.item.effect in TAKING and entry.item.target is not None:
            source, day = life.by_key[entry.item.target].item, entry.item.period.start
            if not source.is_once and first_of_period(source, day, source.period.end) != day:
                yield entry.item.target, day


def _memos_of(tx: Tx, actions: Collection[int]) -> dict[int, list[str]]:
    """The credit memos on which the items of each action stand, by number."""
    memos, memo_lines = tables.credit_memo.c, tables.credit_memo_line.c
    credited = (
        select(_sources.action_id, memos.number)
        .join(tables.billing_schedule, _plans.order_item_id == _sources.order_item_id)
        .join(tables.billing_item, _parts.schedule_id == _plans.id)
        .join(tables.credit_memo_line, memo_lines.id == _parts.memo_line_id)
        .join(tables.credit_memo, memos.id == memo_lines.memo_id)
        .distinct()
        .order_by(memos.number)
    )
    found: dict[int, list[str]] = {action: [] for action in actions}
    for row in rows_in(tx, credited, among(_sources.action_id, actions)):
        found[row.action_id].append(row.number)
    return found


def _used(tx: Tx, actions: Iterable[Row[Any]]) -> set[int]:
    """The assets of which use is recorded that was not corrected to nothing."""
    records, newer = tables.usage_record.c, tables.usage_record.alias("newer").c
    replaced = exists().where(
        newer.asset_id == records.asset_id, newer.key == records.key, newer.revision > records.revision
    )
    query = select(records.asset_id).where(records.quantity > Decimal(0), ~replaced).distinct()
    made = [row.asset_id for row in actions if row.type == ActionType.GENERATE.value]
    return {row.asset_id for row in rows_in(tx, query, among(records.asset_id, made))}


# ------------------------------------------------------------------------------------------- what one commit did


def actions_of(result: OrderResult) -> tuple[str, ...]:
    """The ids of the actions that the orders of a result made, newest first; none for a draft."""
    orders = {order.id for order in result.orders}
    made = {
        action.id
        for shape in result.assets
        for action in shape.actions
        if action.undoes is None and any(source.order_id in orders for source in action.sources)
    }
    return tuple(sorted(made, key=lambda action: number_of("action", action) or 0, reverse=True))


@view()
def last_change(tx: Tx, _: None) -> tuple[ActionRow, ...]:
    """The actions of the last order that changed assets and still stands, in the order recorded; none at first."""
    newest = (
        select(_actions.id, _items.order_id)
        .join(tables.order_item, _items.id == _actions.order_item_id)
        .where(_actions.undoes_id.is_(None), stands(tables.action))
        .order_by(_actions.id.desc())
        .limit(1)
    )
    last = tx.db.execute(newest).one_or_none()
    if last is None:
        return ()
    of_order = select(_items.id).where(_items.order_id == last.order_id)
    assets = select(_actions.asset_id).where(_actions.order_item_id.in_(of_order))
    order = public_id("order", last.order_id)
    rows = action_rows(tx, tables.asset.c.id.in_(assets), None, None, None)
    return tuple(row for row in rows if row.order_id == order and row.stands)
