"""Taking back what one commit did: its actions, newest first, all of them or none (DOMAIN 4.11)."""

from __future__ import annotations

from sqlalchemy import exists, select

from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services import changes
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.lives import stands
from calm_desktop.services.lookup import find
from calm_desktop.services.requests import UndoAction, UndoActions
from calm_desktop.services.sales import order_result
from calm_desktop.services.shapes import ActionRow, OrderResult
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.actions import action_rows
from calm_desktop.store import tables

_actions, _items = tables.action.c, tables.order_item.c
_undoing = tables.action.alias("undoing").c


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


def undo_all(tx: Tx, request: UndoActions) -> OrderResult:
    """Take actions back, newest first; the two halves of a transfer or a swap go together.

    Refused as a whole, with everything that depends on any of them.
    """
    if not request.actions:
        raise Refused(Problem("no-actions", "actions", "Name at least one action to undo."))
    wanted = sorted({find(tx, "action", name) for name in request.actions}, reverse=True)
    undone_before = {action for action in wanted if _is_undone(tx, action)}
    orders: list[int] = []
    problems: list[Problem] = []
    for action in wanted:
        if action not in undone_before and _is_undone(tx, action):
            continue  # the other half of one of these took it along
        try:
            answer = changes.undo(tx, UndoAction(public_id("action", action)))
        except Refused as refused:
            problems.extend(refused.problems)
            continue
        found = (number_of("order", order.id) for order in answer.orders)
        orders.extend(number for number in found if number is not None)
    if problems:
        raise Refused(dict.fromkeys(problems))
    return order_result(tx, orders)


def _is_undone(tx: Tx, action: int) -> bool:
    return bool(tx.db.scalar(select(exists().where(_undoing.undoes_id == action))))


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
