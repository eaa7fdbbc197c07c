"""Changes that are refused: each with its reason and a way out, in preview and act alike, and nothing is stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from calm_desktop.engine.catalog import SellingModel
from calm_desktop.engine.problems import Refused
from calm_desktop.services import changes
from calm_desktop.services.requests import AmendQuantity, Find, RepriceAsset
from calm_desktop.services.views import list_actions, list_assets, list_events, list_invoices, list_orders
from calm_desktop.services.wire import to_json
from calm_desktop.store import tables
from tests.pages import credited, periods
from tests.trade import Trade

TODAY = "2022-06-15"


@pytest.fixture
def shop(trade: Trade) -> Trade:
    """Acme with ten licences for 2022, two routers and a platform without end; Belmont with another product."""
    trade.product("LIC", "10")
    trade.product("PRO", "25")
    trade.product("ROUTER", "249.90", SellingModel.ONE_TIME)
    trade.product("PLAT", "500", SellingModel.EVERGREEN)
    trade.sell("Acme", "LIC", "10", "2022-01-01", term=12)
    trade.sell("Acme", "ROUTER", "2", "2022-03-01")
    trade.sell("Acme", "PLAT", "1", "2022-01-01")
    trade.sell("Belmont", "PRO", "1", "2022-01-01", term=12)
    return trade.on(TODAY)


def lists(trade: Trade) -> list[Any]:
    """All that the lists show."""
    views: list[Callable[[Any, Find], Any]] = [list_assets, list_actions, list_orders, list_invoices, list_events]
    return [to_json(trade.desk.ask(view, Find())) for view in views]


def nothing(trade: Trade) -> None:
    """Nothing happens before."""


Act = Callable[[Trade], Any]
REFUSED: dict[str, tuple[Act, Act, str, str, str]] = {
    "a decrease below zero": (
        nothing,
        lambda trade: trade.amend("LIC", "-11", "2022-09-01"),
        "below-zero",
        "quantity-change",
        "LIC holds 10 from 2022-09-01: it cannot be lowered by 11. Lower it by 10 at most, or cancel it.",
    ),
    "a decrease below zero in a later period": (
        lambda trade: trade.amend("LIC", "-8", "2022-11-01"),
        lambda trade: trade.amend("LIC", "-3", "2022-09-01"),
        "below-zero",
        "quantity-change",
        "LIC holds 2 from 2022-11-01: it cannot be lowered by 3. Lower it by 2 at most, or cancel it.",
    ),
    "a decrease below zero of what is paid once": (
        nothing,
        lambda trade: trade.amend("ROUTER", "-3", "2022-09-01"),
        "below-zero",
        "quantity-change",
        "ROUTER holds 2 from 2022-09-01: it cannot be lowered by 3. Lower it by 2 at most, or cancel it.",
    ),
    "a cancellation on the first day": (
        nothing,
        lambda trade: trade.cancel("LIC", "2022-01-01"),
        "cancelled-before-start",
        "from",
        (
            "LIC starts on 2022-01-01: a cancellation takes effect on 2022-01-02 at the earliest. "
            "To take the sale back as if it had never been, undo it."
        ),
    ),
    "a cancellation after the end": (
        nothing,
        lambda trade: trade.cancel("LIC", "2023-01-01"),
        "cancelled-after-end",
        "from",
        "LIC ends on 2022-12-31 by itself: there is nothing to cancel from 2023-01-01 on. Give a day up to 2022-12-31.",
    ),
    "a second cancellation": (
        lambda trade: trade.cancel("LIC", "2022-09-01"),
        lambda trade: trade.cancel("LIC", "2022-08-01"),
        "cancelled-already",
        "asset",
        "LIC is cancelled already: its last day is 2022-08-31. Undo that first to choose another day.",
    ),
    "a second renewal while one is scheduled": (
        lambda trade: trade.renew("LIC", term=12),
        lambda trade: trade.renew("LIC", term=12),
        "renewal-scheduled",
        "asset",
        (
            "A renewal of LIC is scheduled already; it now runs to 2023-12-31. Undo it first to renew on other terms, "
            "or amend it."
        ),
    ),
    "a renewal of what was sold once": (
        nothing,
        lambda trade: trade.renew("ROUTER", term=12),
        "one-time",
        "asset",
        "ROUTER was sold once and has no term that could be renewed. Sell it again instead.",
    ),
    "a renewal of what has no end": (
        nothing,
        lambda trade: trade.renew("PLAT", term=12),
        "evergreen",
        "asset",
        "PLAT is evergreen: it runs until it is cancelled and needs no renewal.",
    ),
    "a renewal of what is cancelled": (
        lambda trade: trade.cancel("LIC", "2022-09-01"),
        lambda trade: trade.renew("LIC", term=12),
        "cancelled",
        "asset",
        "LIC is cancelled. Sell it again instead.",
    ),
    "a renewal of what was transferred": (
        lambda trade: trade.transfer("LIC", "Belmont", "2022-09-01"),
        lambda trade: trade.renew("AST-000001", term=12),
        "cancelled",
        "asset",
        "LIC was transferred to another account. Renew it there.",
    ),
    "a change of what was transferred": (
        lambda trade: trade.transfer("LIC", "Belmont", "2022-09-01"),
        lambda trade: trade.amend("AST-000001", "+5", "2022-10-01"),
        "ended",
        "asset",
        "LIC has ended for good: its last day is 2022-08-31. Undo that first, or sell it again.",
    ),
    "a change of what was swapped": (
        lambda trade: trade.swap("LIC", "PRO", "2022-09-01"),
        lambda trade: trade.reprice("LIC", "2022-08-01", price="12"),
        "ended",
        "asset",
        "LIC has ended for good: its last day is 2022-08-31. Undo that first, or sell it again.",
    ),
}


@pytest.mark.parametrize(("before", "act", "code", "field", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_says_why_and_what_to_do(
    shop: Trade, before: Act, act: Act, code: str, field: str, message: str
) -> None:
    before(shop)
    known = lists(shop)
    with pytest.raises(Refused) as refused:
        act(shop)
    assert [(each.code, each.field, each.message) for each in refused.value.problems] == [(code, field, message)]
    assert lists(shop) == known


def test_a_price_and_list_pricing_are_not_asked_for_together(shop: Trade) -> None:
    from calm_desktop.engine.catalog import RenewalPricing

    with pytest.raises(Refused, match=r"Give a price or list pricing, not both\."):
        shop.amend("LIC", "+1", "2022-09-01", price="9", pricing=RenewalPricing.LIST)


def test_a_change_of_price_says_what_changes(shop: Trade) -> None:
    with pytest.raises(Refused, match=r"Say what changes: a price, a discount in percent or in money\."):
        shop.do(changes.reprice, RepriceAsset("LIC", date(2022, 9, 1)))


BACK_DATED = (
    "The change from 2022-05-16 reaches into days that are invoiced already, up to 2022-06-30: a credit of 75.81 USD "
    "follows. State a reason to go on, or choose a day from 2022-06-15 on."
)


def test_a_back_dated_change_into_invoiced_months_shows_its_credit_and_asks_for_a_reason(shop: Trade) -> None:
    shop.invoice(TODAY)
    known = lists(shop)
    desk, request = shop.desk.on(date(2022, 6, 15)), AmendQuantity("LIC", Decimal(-5), date(2022, 5, 16))
    foreseen = desk.preview(changes.amend_quantity, request)
    assert [each.message for each in foreseen.overrides_needed] == [BACK_DATED]
    assert credited(to_json(foreseen.assets[0])) == [
        "2022-05-16 - 2022-05-31 on 2022-05-16: -25.81",
        "2022-06-01 - 2022-06-30 on 2022-05-16: -50.00",
    ]
    with pytest.raises(Refused) as refused:
        desk.do(changes.amend_quantity, request)
    (problem,) = refused.value.problems
    assert (problem.code, problem.message, problem.overridable) == ("back-dated", BACK_DATED, True)
    assert lists(shop) == known

    shape = shop.amend("LIC", "-5", "2022-05-16", override="counted wrong in May")["assets"][0]
    assert periods(shape) == [
        "2022-01-01 - 2022-05-15: 10 / 448.39 / 100.00",
        "2022-05-16 - 2022-12-31: 5 / 375.80 / 50.00",
    ]
    reasons = shop.desk.ask(lambda tx, _: tx.db.execute(select(tables.override)).all(), None)
    assert [(row.code, row.message, row.reason) for row in reasons] == [
        ("back-dated", BACK_DATED, "counted wrong in May")
    ]


def test_a_back_dated_increase_shows_its_extra_charge(shop: Trade) -> None:
    shop.invoice(TODAY)
    with pytest.raises(Refused, match=r"up to 2022-06-30: an extra charge of 75\.81 USD follows\."):
        shop.desk.on(date(2022, 6, 15)).do(changes.amend_quantity, AmendQuantity("LIC", Decimal(5), date(2022, 5, 16)))


def test_a_back_dated_change_of_days_that_nobody_invoiced_needs_no_reason(shop: Trade) -> None:
    shape = shop.amend("LIC", "-5", "2022-05-16")["assets"][0]
    assert periods(shape)[1] == "2022-05-16 - 2022-12-31: 5 / 375.80 / 50.00"
