"""All that a store shows and lists, to hold one store against another."""

from __future__ import annotations

import json
import re
from typing import Any

from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import Find, Look
from calm_desktop.services.views import (
    list_accounts,
    list_actions,
    list_assets,
    list_orders,
    list_products,
    list_state_periods,
    list_taxes,
    list_usage,
    show_account,
    show_action,
    show_asset,
    show_order,
)
from calm_desktop.services.wire import to_json

IDS = {"id", "order_id", "account_id", "asset_id", "product_id", "order_item", "undoes", "undone_by", "linked"}
_ID = re.compile("[0-9A-Za-z]{15}AAA")
MOST = 40
"""How many of a kind are looked at one by one."""

OF_INVOICES = {"billing", "invoice", "invoice_line_balance", "balances", "hold"}


def without(value: Any, names: set[str]) -> Any:
    """A document without what has these names; ids that stand elsewhere are only said to be ids."""
    if isinstance(value, dict):
        return {key: without(each, names) for key, each in value.items() if key not in names}
    if isinstance(value, list):
        return [without(each, names) for each in value]
    return "an id" if isinstance(value, str) and _ID.fullmatch(value) else value


def everything(desk: Desk, left_out: set[str]) -> dict[str, Any]:
    """All that a store shows and lists but for ids, and what is named to be left out; in an order that ids have no part
    in.
    """
    names = IDS | left_out

    def text(row: Any) -> str:
        return json.dumps(without(to_json(row), names), sort_keys=True)

    lists = (
        list_accounts, list_assets, list_actions, list_orders, list_products, list_taxes, list_usage, list_state_periods
    )  # fmt: skip
    found: dict[str, Any] = {view.__name__: sorted(map(text, desk.ask(view, Find()))) for view in lists}
    whole: tuple[tuple[Any, Any], ...] = (
        (show_account, list_accounts),
        (show_asset, list_assets),
        (show_order, list_orders),
        (show_action, list_actions),
    )
    for view, kind in whole:
        rows = sorted(desk.ask(kind, Find()), key=text)[:MOST]
        found[view.__name__] = [without(to_json(desk.ask(view, Look(row.id))), names) for row in rows]
    return found
