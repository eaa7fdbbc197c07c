"""What is told above the pages when an asset was changed, cancelled or transferred: Undo, and links to both sides."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from calm_desktop.services.shapes import OrderResult
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice
from calm_desktop.ui.undo import undo_buttons


def change_notice(context: Context, result: OrderResult, done: str) -> Notice:
    """`Cancelled Licence of Acme: order 00000002, −$400.00.`, where `done` is Cancelled; a second asset is named."""
    first, *others = result.assets
    words = f"{done} {first.asset.name} of {first.asset.account}"
    for other in others:
        same = other.asset.account_id == first.asset.account_id
        words += f" to {other.asset.name if same else other.asset.account}"
    links: list[tuple[str, Callable[[], object]]] = [*undo_buttons(context, result, words)]
    links.append(("Open order", partial(context.open_link, places.order(result.orders[0].id))))
    links.append(("Open asset", partial(context.open_link, places.asset(first.asset.id))))
    links += [("Open the other asset", partial(context.open_link, places.asset(each.asset.id))) for each in others]
    if result.orders[0].status == "Draft":
        words += ", as a draft"
    orders = " and ".join(f"{order.number}, {display.money(order.total)}" for order in result.orders)
    return Notice(f"{words}: order {orders}.", "good", tuple(links))
