"""Views read set by set: as many statements for many assets as for few, and right sums over all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from calm_desktop.services import views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import Find, Look, PageRequest
from calm_desktop.services.tx import Tx
from calm_desktop.services.wire import to_json
from calm_desktop.store import tables
from tests.services.big_account import write_big_account
from tests.services.sent import sent_by

SUMMER = date(2018, 6, 15)


@pytest.fixture(scope="module", params=[3, 300])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with Desk.create("sqlite://", {}, SUMMER) as store:
        store.do(write_big_account, (request.param, 3))
        yield store


def all_assets(tx: Tx, _: object) -> object:
    return views.asset_shapes(tx, tx.db.scalars(select(tables.asset.c.id)).all())


def all_orders(tx: Tx, _: object) -> object:
    return views.order_shapes(tx, [1, 2, 3])


def all_invoices(tx: Tx, _: object) -> object:
    return views.invoice_shapes(tx, [1, 2, 3])


@pytest.mark.parametrize(
    ("view", "asked", "most"),
    [
        (views.account_page, PageRequest("Big"), 15),
        (views.asset_page, PageRequest("AST-000001"), 15),
        (views.show_account, Look("Big"), 9),
        (views.list_accounts, Find(), 4),
        (views.list_assets, Find(), 1),
        (views.list_actions, Find(), 1),
        (views.list_orders, Find(), 1),
        (views.list_invoices, Find(), 1),
        (views.list_invoice_lines, Find(), 1),
        (all_assets, None, 7),
        (all_orders, None, 2),
        (all_invoices, None, 4),
    ],
)
def test_a_view_needs_few_statements_however_much_there_is(
    desk: Desk, view: Callable[[Tx, Any], object], asked: Any, most: int
) -> None:
    assert 0 < desk.ask(sent_by, (view, asked)) <= most


def test_the_sums_over_many_assets_are_right() -> None:
    with Desk.create("sqlite://", {}, SUMMER) as store:
        store.do(write_big_account, (300, 3))
        page = to_json(store.ask(views.account_page, PageRequest("Big")))
    assert page["cards"] == [
        {
            "currency": "USD",
            "quantity": "3000",
            "amount": "36000.00",
            "mrr": "3000.00",
            "invoice_line_balance": "108000.00",
        }
    ]
    assert page["cards_before"][0]["invoice_line_balance"] == "72000.00"
    assert page["series"][0]["quantity"] == ["3000", "3000", "3000", "0"]
    assert (page["lifetime_amounts"], page["overdue"], page["open_lines"]) == (["108000.00"], 3, 900)
    assert (len(page["assets"]), len(page["actions"]), len(page["period_starts"])) == (300, 900, 900)
    assert page["actions"][-1]["amount_after"] == "360.00"


def test_many_assets_come_whole_in_the_order_asked_for() -> None:
    with Desk.create("sqlite://", {}, SUMMER) as store:
        store.do(write_big_account, (700, 1))
        wanted = [700, 1, 350]
        few = store.ask(views.asset_shapes, wanted)
        every = store.ask(views.asset_shapes, range(1, 701))
    assert [shape.asset.name for shape in few] == ["Seat 700", "Seat 1", "Seat 350"]
    assert few == (every[699], every[0], every[349])
    assert {str(shape.billing.schedules[0].billed) for shape in every} == {"120.00"}
    assert {len(shape.actions[0].sources) for shape in every} == {1}
