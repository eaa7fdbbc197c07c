"""What one commit did is taken back together, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.engine.money import plain
from calm_desktop.engine.problems import Refused
from calm_desktop.services import catalogue, changes, renewals, sales
from calm_desktop.services.customers import add_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    AmendQuantity,
    Find,
    Look,
    Renew,
    SaleLine,
    Sell,
    SwapAsset,
    UndoActions,
)
from calm_desktop.services.undoing import actions_of, last_change, undo_all
from calm_desktop.services.views import list_actions, list_assets, show_action
from calm_desktop.services.wire import to_json

JANUARY = date(2022, 1, 1)


def two_lines(desk: Desk, draft: bool = False) -> tuple[str, ...]:
    lines = (
        SaleLine("LIC", Decimal(10), JANUARY, price=Decimal(10), term=12),
        SaleLine("SEAT", Decimal(3), JANUARY, price=Decimal(20), term=12),
    )
    return actions_of(desk.do(sales.sell, Sell("Acme", lines, create=True, draft=draft)))


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk.create("sqlite://", {"currency": "USD"}, today=JANUARY) as made:
        yield made


def test_a_sale_of_two_lines_goes_back_whole(desk: Desk) -> None:
    sold = two_lines(desk)
    assert len(sold) == 2
    desk.do(undo_all, UndoActions(sold))
    assert [asset.status for asset in desk.ask(list_assets, Find())] == ["Undone", "Undone"]
    rows = desk.ask(list_actions, Find())
    assert [(plain(row.quantity_change), row.undone) for row in rows] == [
        ("10", True),
        ("3", True),
        ("-3", False),
        ("-10", False),
    ]
    assert [row.undoes for row in rows] == [None, None, rows[1].id, rows[0].id]
    assert desk.ask(last_change, None) == ()


def test_the_action_and_its_undo_name_each_other(desk: Desk) -> None:
    sold = two_lines(desk)
    desk.do(undo_all, UndoActions(sold[:1]))
    first, undo = (row.id for row in desk.ask(list_actions, Find()) if row.asset == "SEAT")
    assert to_json(desk.ask(show_action, Look(first)))["action"]["undone_by"] == undo
    assert to_json(desk.ask(show_action, Look(undo)))["action"]["undoes"] == first
    kept = to_json(desk.ask(show_action, Look(sold[1])))["action"]
    assert "undone_by" not in kept
    assert "undoes" not in kept


def test_where_one_of_them_cannot_be_undone_none_is(desk: Desk) -> None:
    sold = two_lines(desk)
    desk.do(renewals.renew, Renew(("SEAT",)))
    with pytest.raises(Refused) as refused:
        desk.do(undo_all, UndoActions(sold))
    assert [problem.code for problem in refused.value.problems] == ["later-action"]
    assert [row.stands for row in desk.ask(list_actions, Find())] == [True, True, True]
    with pytest.raises(Refused) as refused:
        desk.do(undo_all, UndoActions(()))
    assert [problem.code for problem in refused.value.problems] == ["no-actions"]


def test_the_two_halves_of_a_swap_are_undone_once(desk: Desk) -> None:
    two_lines(desk)
    desk.do(catalogue.add_product, AddProduct("Suite", "SUITE", Decimal(15)))
    swapped = actions_of(desk.do(changes.swap, SwapAsset("LIC", "SUITE", date(2022, 7, 1))))
    assert len(swapped) == 2
    desk.do(undo_all, UndoActions(swapped))
    assert [(asset.name, asset.status) for asset in desk.ask(list_assets, Find())] == [
        ("LIC", "Active"),
        ("SEAT", "Active"),
        ("Suite", "Undone"),
    ]
    with pytest.raises(Refused) as refused:
        desk.do(undo_all, UndoActions(swapped))
    assert {problem.code for problem in refused.value.problems} == {"undone-already"}


def test_a_draft_has_nothing_to_undo_and_the_last_change_is_that_of_the_last_order(desk: Desk) -> None:
    assert desk.ask(last_change, None) == ()
    two_lines(desk)
    assert [row.asset for row in desk.ask(last_change, None)] == ["LIC", "SEAT"]
    desk.do(add_account, AddAccount("Bolt"))
    amended = desk.do(changes.amend_quantity, AmendQuantity("LIC", Decimal(2), date(2022, 5, 1)))
    assert [row.category for row in desk.ask(last_change, None)] == ["Upsells"]
    desk.do(undo_all, UndoActions(actions_of(amended)))
    assert [row.category for row in desk.ask(last_change, None)] == ["Initial Sale", "Initial Sale"]
    assert two_lines(desk, draft=True) == ()
