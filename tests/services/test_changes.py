"""Acts that belong together: what is linked shows it, and is undone together."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from calm_desktop.engine.catalog import Category
from calm_desktop.engine.problems import Refused
from calm_desktop.services import catalogue, changes, sales, undoing
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddProduct,
    AmendQuantity,
    Find,
    Look,
    SaleLine,
    Sell,
    SwapAsset,
    TransferAsset,
    UndoAction,
)
from calm_desktop.services.views import list_actions, list_assets, show_action

SEPTEMBER = date(2022, 9, 1)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Ten licences of Acme for 2022, and another product."""
    desk.do(catalogue.add_product, AddProduct("Professional", "PRO", Decimal(25)))
    desk.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(10), date(2022, 1, 1), term=12),)))
    return desk


def linked(desk: Desk, action: str) -> list[tuple[str, str]]:
    return [(each.asset, each.account) for each in desk.ask(show_action, Look(action)).linked]


def status(desk: Desk) -> dict[str, str]:
    return {f"{head.account}: {head.name}": head.status for head in desk.on(SEPTEMBER).ask(list_assets, Find())}


def test_the_two_actions_of_a_transfer_lead_to_each_other(desk: Desk) -> None:
    desk.do(changes.transfer, TransferAsset("Licence", "Belmont", SEPTEMBER, Decimal(4)))
    sale, out, arrived = [row.id for row in desk.ask(list_actions, Find())]
    assert linked(desk, sale) == []
    assert linked(desk, out) == [("Licence", "Belmont")]
    assert linked(desk, arrived) == [("Licence", "Acme")]


def test_either_half_of_a_swap_undoes_both(desk: Desk) -> None:
    desk.do(changes.swap, SwapAsset("Licence", "PRO", SEPTEMBER, None, Category.UPGRADES))
    assert status(desk) == {"Acme: Licence": "Ended", "Acme: Professional": "Active"}
    _, ended, started = [row.id for row in desk.ask(list_actions, Find())]
    assert linked(desk, ended) == [("Professional", "Acme")]
    desk.do(undoing.undo, UndoAction(started))
    assert status(desk) == {"Acme: Licence": "Active", "Acme: Professional": "Undone"}


def test_a_transfer_stays_where_one_half_has_changed_since(desk: Desk) -> None:
    desk.do(changes.transfer, TransferAsset("Licence", "Belmont", SEPTEMBER, Decimal(4)))
    _, out, _ = [row.id for row in desk.ask(list_actions, Find())]
    desk.do(changes.amend_quantity, AmendQuantity("AST-000002", Decimal(1), date(2022, 10, 1)))
    with pytest.raises(Refused, match="Upsells of Licence from 2022-10-01"):
        desk.do(undoing.undo, UndoAction(out))


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (SwapAsset("Licence", "LIC", SEPTEMBER), "same-product"),
        (SwapAsset("Licence", "PRO", SEPTEMBER, None, Category.UPSELLS), "bad-category"),
        (TransferAsset("Licence", "Acme", SEPTEMBER), "same-account"),
        (TransferAsset("Licence", "Belmont", date(2300, 1, 1)), "bad-date"),
    ],
)
def test_what_cannot_be_moved_or_swapped_says_why(desk: Desk, request_: SwapAsset | TransferAsset, code: str) -> None:
    act: Any = changes.swap if isinstance(request_, SwapAsset) else changes.transfer
    with pytest.raises(Refused) as refused:
        desk.do(act, request_)
    assert [problem.code for problem in refused.value.problems] == [code]
