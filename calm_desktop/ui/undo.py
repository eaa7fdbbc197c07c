"""Undo in the window: a button of the bar after each commit, and an offer for what was done earlier.

A wizard puts `undo_buttons(context, result, "Sold 10 Licence to Acme")` among the buttons of its notice. Elsewhere,
`offer_undo(context, actions, words)` first tells in the bar what taking back would change, and then asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from calm_desktop.engine.problems import Problem
from calm_desktop.services.requests import UndoActions
from calm_desktop.services.shapes import ActionRow, ActionShape, AssetShape, OrderResult
from calm_desktop.services.undoing import actions_of, last_change, undo_all
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice

Button = tuple[str, Callable[[], object]]

MANY_ASSETS = 3
"""Of so many assets the bar tells each one's figures; of more, only how many there are."""


def undo_buttons(context: Context, result: OrderResult, done: str) -> tuple[Button, ...]:
    """The Undo button of what was just done, said in `done`; none where nothing took effect yet."""
    actions = actions_of(result)
    small = done[:1].lower() + done[1:]
    return (("Undo", partial(undo, context, actions, small)),) if actions else ()


def undo(context: Context, actions: Sequence[str], done: str) -> None:
    """Take actions back in the background; the bar says that it is done, or what depends on them."""
    desk, request = context.desk, UndoActions(tuple(actions))
    context.notify(Notice(f"Undoing: {done}…"))
    context.background.run(
        lambda: desk.do(undo_all, request),
        lambda result: context.notify(_undone(context, result, done)),
        lambda problems: context.notify(refusal(problems, done)),
        write=True,
        owner=context.window,
    )


def offer_undo(context: Context, actions: Sequence[str], done: str) -> None:
    """Tell in the bar what taking these actions back would change, with a button that does it."""
    desk, request = context.desk, UndoActions(tuple(actions))
    context.background.run(
        lambda: desk.preview(undo_all, request),
        lambda result: context.notify(_offer(context, actions, done, result)),
        lambda problems: context.notify(refusal(problems, done)),
        write=True,
        owner=context.window,
    )


def offer_last_undo(context: Context) -> None:
    """Offer to take back the last order that changed assets."""
    desk = context.desk

    def found(rows: tuple[ActionRow, ...]) -> None:
        if not rows:
            context.notify(Notice("There is nothing to undo."))
            return
        offer_undo(context, [row.id for row in rows], words_of(rows))

    context.background.run(
        lambda: desk.ask(last_change, None),
        found,
        lambda problems: context.notify(Notice("\n".join(each.message for each in problems), "bad")),
        owner=context.window,
    )


def words_of(rows: Sequence[ActionRow]) -> str:
    """Actions in a few words: `Renewals of Licence for Acme, effective 1 Jan 2023`."""
    first = rows[0]
    if len({row.asset_id for row in rows}) > 1:
        return f"{first.category} of {display.count(len(rows), 'asset')} for {first.account}"
    return f"{first.category} of {first.asset} for {first.account}, effective {display.day(first.effective_date)}"


def refusal(problems: Sequence[Problem], done: str) -> Notice:
    """What keeps actions from being undone."""
    reasons = "\n".join(dict.fromkeys(each.message for each in problems))
    return Notice(f"Not undone: {done}. {reasons}", "bad")


def _undone(context: Context, result: OrderResult, done: str) -> Notice:
    links: list[Button] = []
    if result.orders:
        links.append(("Open order", partial(context.open_link, places.order(result.orders[0].id))))
    return Notice(f"Undone: {done}.", "good", tuple(links))


def _offer(context: Context, actions: Sequence[str], done: str, result: OrderResult) -> Notice:
    orders = {order.id for order in result.orders}
    moves = [(shape, action) for shape in result.assets for action in shape.actions if _is_of(action, orders)]
    if len(moves) > MANY_ASSETS:
        told = f"It is taken back from {display.count(len(moves), 'asset')}."
    else:
        told = "\n".join(_change(shape, action) for shape, action in moves)
    return Notice(f"Undo: {done}?\n{told}", "warn", (("Undo it", partial(undo, context, actions, done)),))


def _is_of(action: ActionShape, orders: set[str]) -> bool:
    return any(source.order_id in orders for source in action.sources)


def _change(shape: AssetShape, action: ActionShape) -> str:
    return (
        f"{shape.asset.name} of {shape.asset.account}: quantity {display.quantity_delta(action.quantity_change)}, "
        f"amount {display.money_delta(action.amount_change)}, MRR {display.money_delta(action.mrr_change)}."
    )
