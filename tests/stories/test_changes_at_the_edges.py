"""Changes where rules meet: paused days, whole periods, odd cents, nothing left, steps by hand, paper in between."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from calm_desktop.engine.catalog import PriceUnit, SellingModel
from calm_desktop.engine.dates import Frequency, Partial
from calm_desktop.engine.problems import Refused
from calm_desktop.services import changes, customers, renewals, sales
from calm_desktop.services import settings as rules_of_business
from calm_desktop.services.requests import (
    ActivateOrder,
    AddAccount,
    CreateAssets,
    CreateSchedules,
    Renew,
    SetAsset,
    SetSetting,
    TransferAsset,
)
from tests.pages import group, pending, periods, totals
from tests.trade import Trade, day


@pytest.fixture
def r1(trade: Trade) -> Trade:
    """Ten licences at $10 a month for 2022, billed monthly in advance (DOMAIN R1), and products to change to."""
    trade.product("LIC", "10")
    trade.product("PRO", "25")
    trade.product("PLAT", "500", SellingModel.EVERGREEN)
    trade.desk.do(customers.add_account, AddAccount("Belmont"))
    trade.sell("Acme", "LIC", "10", "2022-01-01", term=12)
    return trade


def only(answer: Any) -> Any:
    (shape,) = answer["assets"]
    return shape


def last_action(answer: Any) -> str:
    return str(only(answer)["actions"][-1]["id"])


def refusal(act: Any, *given: Any, **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        act(*given, **more)
    return "; ".join(f"{problem.code}: {problem.message}" for problem in refused.value.problems)


# ------------------------------------------------------------------------------------- paper between act and undo


CUTTING = {
    "cancelled": lambda trade: trade.cancel("LIC", "2022-03-15"),
    "paused": lambda trade: trade.pause("LIC", "2022-03-15", "2022-04-30"),
    "repriced": lambda trade: trade.reprice("LIC", "2022-03-15", price="12"),
    "shortened": lambda trade: trade.extend("LIC", "2022-03-14"),
    "renewed early": lambda trade: trade.renew("LIC", start="2022-03-15"),
}


@pytest.mark.parametrize("how", CUTTING)
def test_a_billing_period_that_was_cut_and_billed_stands_in_the_way_of_undo(r1: Trade, how: str) -> None:
    answer = CUTTING[how](r1)
    action = next(each["id"] for each in only(answer)["actions"] if each["effective_date"] == "2022-03-15")
    assert totals(r1.on("2022-03-01").invoice("2022-03-01"))[-1] == "2022-03-01: 45.16"
    said = refusal(r1.on("2022-03-02").undo, action)
    assert said.startswith("invoiced: It is invoiced: INV-000003.")


def test_whole_periods_that_were_billed_do_not_stand_in_the_way_of_undo(r1: Trade) -> None:
    action = last_action(r1.cancel("LIC", "2022-04-01"))
    r1.on("2022-03-01").invoice("2022-03-01")
    shape = only(r1.on("2022-03-02").undo(action))
    assert periods(shape) == ["2022-01-01 - 2022-12-31: 10 / 1200.00 / 100.00"]
    assert group(shape) == "to 2022-12-31: billed 300.00, pending 900.00"


def test_an_annual_bill_that_was_cut_stands_in_the_way_of_undo(trade: Trade) -> None:
    trade.product("LIC", "10")
    trade.sell("Acme", "LIC", "10", "2022-03-01", term=12, frequency=Frequency.ANNUAL)
    action = last_action(trade.cancel("LIC", "2022-09-01"))
    assert totals(trade.on("2022-03-01").invoice("2022-03-01")) == ["2022-03-01: 600.00"]
    assert "INV-000001" in refusal(trade.on("2022-03-02").undo, action)


def test_an_evergreen_bill_that_was_cut_stands_in_the_way_of_undo(r1: Trade) -> None:
    r1.sell("Acme", "PLAT", "1", "2022-01-01")
    action = last_action(r1.pause("PLAT", "2022-03-15"))
    r1.on("2022-03-01").invoice("2022-03-01")
    assert "It is invoiced" in refusal(r1.on("2022-03-02").undo, action)


# ------------------------------------------------------------------------------------------ an end within a pause


@pytest.mark.parametrize(
    "end",
    [
        lambda trade: trade.cancel("LIC", "2022-03-15"),
        lambda trade: trade.extend("LIC", "2022-03-14"),
    ],
    ids=["cancelled", "shortened"],
)
def test_what_ends_within_a_pause_ends_on_the_day_before(r1: Trade, end: Any) -> None:
    r1.pause("LIC", "2022-03-01", "2022-03-31")
    shape = only(end(r1))
    assert shape["asset"]["lifecycle_end"] == "2022-03-14"
    assert periods(shape) == [
        "2022-01-01 - 2022-02-28: 10 / 200.00 / 100.00",
        "2022-03-01 - 2022-03-14: 10 / 0.00 / 0.00 paused",
    ]


def test_an_early_renewal_may_begin_within_a_pause(r1: Trade) -> None:
    r1.pause("LIC", "2022-03-01", "2022-03-31")
    assert periods(only(r1.renew("LIC", start="2022-03-15"))) == [
        "2022-01-01 - 2022-02-28: 10 / 200.00 / 100.00",
        "2022-03-01 - 2022-03-14: 10 / 0.00 / 0.00 paused",
        "2022-03-15 - 2023-03-14: 10 / 1200.00 / 100.00",
    ]


# ------------------------------------------------------------------------------------------------- odd rates


@pytest.mark.parametrize("frequency", [Frequency.DAILY, Frequency.WEEKLY])
def test_a_pause_of_billed_days_gives_back_all_of_their_money(trade: Trade, frequency: Frequency) -> None:
    trade.product("LIC", "10")
    trade.sell("Acme", "LIC", "31", "2022-01-01", term=12, frequency=frequency)
    trade.on("2022-03-10").invoice("2022-03-10")
    shape = only(trade.on("2022-03-10").pause("LIC", "2022-02-01", "2022-02-28", override="They were closed"))
    assert shape["asset"]["total_lifecycle_amount"] == "3410.00"
    billing = shape["billing"]["group"]
    assert Decimal(billing["total_billed"]) + Decimal(billing["total_pending"]) == Decimal("3410.00")


# ------------------------------------------------------------------------------------------------- whole periods


WITHIN = {
    "lowered": lambda trade: trade.amend("LIC", "-1", "2022-03-15"),
    "repriced": lambda trade: trade.reprice("LIC", "2022-03-15", price="12"),
    "paused": lambda trade: trade.pause("LIC", "2022-03-15", "2022-04-30"),
    "transferred": lambda trade: trade.transfer("LIC", "Belmont", "2022-03-15"),
    "renewed early": lambda trade: trade.renew("LIC", start="2022-03-15"),
}


@pytest.fixture
def whole(trade: Trade) -> Trade:
    """R1, billed in whole periods only."""
    trade.product("LIC", "10")
    trade.desk.do(customers.add_account, AddAccount("Belmont"))
    trade.sell("Acme", "LIC", "10", "2022-01-01", term=12, partial=Partial.WHOLE)
    return trade


@pytest.mark.parametrize("how", WITHIN)
def test_what_takes_back_begins_with_a_whole_period(whole: Trade, how: str) -> None:
    said = refusal(WITHIN[how], whole)
    assert said.startswith("within-period: LIC is billed in whole periods only, and the running one ends on 2022-03-31")
    assert "begin on 2022-04-01" in said or "start on 2022-04-01" in said


def test_a_pause_and_a_new_end_close_with_a_whole_period(whole: Trade) -> None:
    assert "Give 2022-04-30, or the end of another period." in refusal(whole.pause, "LIC", "2022-04-01", "2022-04-15")
    assert "Give 2022-04-30, or the end of another period." in refusal(whole.extend, "LIC", "2022-04-15")
    assert periods(only(whole.pause("LIC", "2022-04-01", "2022-04-30"))) == [
        "2022-01-01 - 2022-03-31: 10 / 300.00 / 100.00",
        "2022-04-01 - 2022-04-30: 10 / 0.00 / 0.00 paused",
        "2022-05-01 - 2022-12-31: 10 / 800.00 / 100.00",
    ]


def test_more_from_the_middle_of_a_whole_period_pays_for_all_of_it(whole: Trade) -> None:
    assert periods(only(whole.amend("LIC", "+1", "2022-12-15"))) == [
        "2022-01-01 - 2022-12-14: 10 / 1200.00 / 100.00",
        "2022-12-15 - 2022-12-31: 11 / 10.00 / 110.00",
    ]


# ------------------------------------------------------------------------------------------------- nothing is held


@pytest.fixture
def empty(r1: Trade) -> Trade:
    """R1, lowered to nothing from July on."""
    r1.amend("LIC", "-10", "2022-07-01")
    return r1


def test_what_holds_nothing_is_neither_paused_nor_extended_nor_renewed(empty: Trade) -> None:
    nothing = "nothing-held: LIC holds nothing from 2022-07-01: there is nothing to change then. "
    assert refusal(empty.pause, "LIC", "2022-07-01") == nothing + "Raise its quantity first, or cancel it."
    assert refusal(empty.extend, "LIC", "2023-03-31") == nothing + "Raise its quantity first, or cancel it."
    assert refusal(empty.renew, "LIC") == (
        "nothing-held: LIC holds nothing that could be renewed. Raise its quantity first, or sell it again."
    )


# ------------------------------------------------------------------------------------------------- prices and order


def test_resuming_keeps_what_was_priced_last_and_came_in_last(r1: Trade) -> None:
    r1.amend("LIC", "+5", "2022-02-01", price="8")
    r1.pause("LIC", "2022-04-01")
    r1.resume("LIC", "2022-05-01")
    (offer,) = r1.desk.ask(renewals.renewal_offers, Renew(("LIC",), term=12))
    assert (str(offer.last_price), str(offer.last_total)) == ("8.000000", "1440.00")
    assert only(r1.amend("LIC", "-5", "2022-06-01"))["actions"][-1]["amount_change"] == "-280.00"


def test_a_transfer_keeps_what_was_priced_last(r1: Trade) -> None:
    r1.amend("LIC", "+5", "2022-02-01", price="8")
    r1.amend("LIC", "+5", "2022-03-01", price="7")
    arrived = r1.transfer("LIC", "Belmont", "2022-06-01")["assets"][1]["asset"]
    (offer,) = r1.desk.ask(renewals.renewal_offers, Renew((arrived["id"],), term=12))
    assert str(offer.last_price) == "7.000000"


@pytest.mark.parametrize("price", ["0.335", "0.115", "1.005"])
def test_what_arrives_costs_exactly_what_left(trade: Trade, price: str) -> None:
    trade.product("LIC", price)
    trade.desk.do(customers.add_account, AddAccount("Belmont"))
    trade.sell("Acme", "LIC", "3", "2022-01-01", term=12)
    trade.amend("LIC", "+4", "2022-02-10", price="0.775")
    trade.amend("LIC", "-1", "2022-05-20")
    left, arrived = trade.transfer("LIC", "Belmont", "2022-03-15")["orders"]
    assert Decimal(left["total"]) == -Decimal(arrived["total"])


def test_the_gap_before_a_late_renewal_moves_along(r1: Trade) -> None:
    r1.renew("LIC", start="2023-03-01", term=12)
    arrived = r1.transfer("LIC", "Belmont", "2022-07-01", "4")["assets"][1]
    assert periods(arrived) == [
        "2022-07-01 - 2022-12-31: 4 / 240.00 / 40.00",
        "2023-03-01 - 2024-02-29: 4 / 480.00 / 40.00",
    ]


# ------------------------------------------------------------------------------------------------- drafts


def test_a_draft_renewal_of_what_has_changed_since_is_not_activated(r1: Trade) -> None:
    order = r1.renew("LIC", draft=True)["orders"][0]["number"]
    r1.amend("LIC", "+5", "2022-06-01")
    assert refusal(r1.do, sales.activate, ActivateOrder(order)).startswith("order-outdated: ")


def test_a_draft_of_a_back_dated_change_is_weighed_when_it_is_activated(r1: Trade) -> None:
    r1.on("2022-06-01").invoice("2022-06-01")
    late = r1.on("2022-06-15")
    order = late.amend("LIC", "-5", "2022-03-01", draft=True)["orders"][0]["number"]
    said = refusal(late.do, sales.activate, ActivateOrder(order))
    assert "up to 2022-06-30: a credit of 200.00 USD follows" in said
    assert late.do(sales.activate, ActivateOrder(order), "Agreed in March")["orders"][0]["total"] == "-500.00"


# ------------------------------------------------------------------------------------------------- steps by hand


@pytest.fixture
def by_hand(trade: Trade) -> Trade:
    """R1, where assets and schedules are made by hand."""
    trade.product("LIC", "10")
    trade.desk.do(customers.add_account, AddAccount("Belmont"))
    trade.desk.do(rules_of_business.set_setting, SetSetting("auto-flow", "off"))
    return trade


def _number(answer: Any) -> str:
    return str(answer["orders"][0]["number"])


def test_a_schedule_made_after_a_decrease_bills_what_is_left(by_hand: Trade) -> None:
    sale = _number(by_hand.sell("Acme", "LIC", "10", "2022-01-01", term=12))
    by_hand.do(sales.create_assets, CreateAssets(sale))
    less = _number(by_hand.amend("LIC", "-5", "2022-09-01"))
    by_hand.do(sales.create_assets, CreateAssets(less))
    by_hand.do(sales.create_schedules, CreateSchedules(less))
    by_hand.do(sales.create_schedules, CreateSchedules(sale))
    shape = by_hand.asset("LIC")
    assert shape["asset"]["total_lifecycle_amount"] == "1000.00"
    assert group(shape) == "to 2022-12-31: billed 0.00, pending 1000.00"


def test_nothing_is_billed_of_a_sale_that_was_undone_before_its_schedule(by_hand: Trade) -> None:
    sale = _number(by_hand.sell("Acme", "LIC", "10", "2022-01-01", term=12))
    action = last_action(by_hand.do(sales.create_assets, CreateAssets(sale)))
    by_hand.do(sales.create_assets, CreateAssets(_number(by_hand.undo(action))))
    by_hand.do(sales.create_schedules, CreateSchedules(sale))
    assert pending(by_hand.asset("LIC")) == []
    assert by_hand.on("2022-12-31").invoice("2022-12-31")["invoices"] == []


def test_both_halves_of_a_transfer_are_carried_out_together(by_hand: Trade) -> None:
    sale = _number(by_hand.sell("Acme", "LIC", "10", "2022-01-01", term=12))
    by_hand.do(sales.create_assets, CreateAssets(sale))
    by_hand.do(sales.create_schedules, CreateSchedules(sale))
    by_hand.do(sales.set_asset, SetAsset("LIC", renewal_term=24))
    moved = by_hand.do(changes.transfer, TransferAsset("LIC", "Belmont", day("2022-07-01")))
    arriving = moved["orders"][1]["number"]
    by_hand.do(sales.create_assets, CreateAssets(arriving))
    (there,) = by_hand.on("2022-07-01").account("Belmont")["assets"]
    assert (there["quantity"], there["renewal_term"], there["lifecycle_start"]) == ("10", 24, "2022-07-01")
    assert by_hand.account("Acme")["assets"][0]["lifecycle_end"] == "2022-06-30"


def test_a_credit_that_comes_with_a_late_schedule_needs_a_reason(by_hand: Trade) -> None:
    sale = _number(by_hand.sell("Acme", "LIC", "10", "2022-01-01", term=12))
    by_hand.do(sales.create_assets, CreateAssets(sale))
    by_hand.do(sales.create_schedules, CreateSchedules(sale))
    less = _number(by_hand.amend("LIC", "-5", "2022-04-01"))
    by_hand.on("2022-06-01").invoice("2022-06-01")
    late = by_hand.on("2022-06-15")
    late.do(sales.create_assets, CreateAssets(less))
    assert "a credit of 150.00 USD follows" in refusal(late.do, sales.create_schedules, CreateSchedules(less))


def test_a_swap_at_the_end_of_a_whole_period_takes_all_that_is_held_then(whole: Trade) -> None:
    whole.product("PRO", "25", price_unit=PriceUnit.MONTH)
    whole.amend("LIC", "+5", "2022-03-20")
    answer = whole.swap("LIC", "PRO", "2022-03-15")
    assert answer["assets"][1]["state_periods"][0]["quantity"] == "15"
    assert answer["assets"][1]["state_periods"][0]["start"] == "2022-04-01"


def test_an_evergreen_product_is_swapped_for_a_term_by_its_last_day(r1: Trade) -> None:
    r1.sell("Acme", "PLAT", "1", "2022-01-01")
    new = r1.swap("PLAT", "PRO", "2022-07-01", end="2023-06-30")["assets"][1]
    assert periods(new) == ["2022-07-01 - 2023-06-30: 1 / 300.00 / 25.00"]


def test_a_back_dated_swap_says_its_credit_and_its_charge(r1: Trade) -> None:
    r1.on("2022-08-15").invoice("2022-08-15")
    said = refusal(r1.on("2022-08-15").swap, "LIC", "PRO", "2022-07-01")
    assert "a credit of 200.00 USD and an extra charge of 500.00 USD follows" in said


# ------------------------------------------------------------------------------------------------- sold once


@pytest.fixture
def boxes(trade: Trade) -> Trade:
    """Two boxes at $500, paid once and invoiced."""
    trade.product("BOX", "500", SellingModel.ONE_TIME)
    trade.desk.do(customers.add_account, AddAccount("Belmont"))
    trade.sell("Acme", "BOX", "2", "2022-01-10")
    trade.on("2022-01-10").invoice("2022-01-10")
    return trade


def test_what_was_paid_once_ends_for_nothing_and_comes_back_for_its_price(boxes: Trade) -> None:
    less = only(boxes.amend("BOX", "-1", "2022-03-01"))
    assert periods(less) == ["2022-01-10 - 2022-02-28: 2 / 1000.00 / 0.00", "2022-03-01 - open: 1 / -500.00 / 0.00"]
    assert less["asset"]["total_lifecycle_amount"] == "500.00"
    ended = only(boxes.cancel("BOX", "2022-04-01"))
    assert ended["asset"]["total_lifecycle_amount"] == "500.00"
    assert totals(boxes.on("2022-12-31").invoice("2022-12-31")) == ["2022-03-01: -500.00"]


def test_more_of_what_is_paid_once_costs_its_price_and_ends_for_nothing(boxes: Trade) -> None:
    boxes.amend("BOX", "+1", "2022-03-01")
    assert only(boxes.cancel("BOX", "2022-04-01"))["asset"]["total_lifecycle_amount"] == "1500.00"
    assert totals(boxes.on("2022-12-31").invoice("2022-12-31")) == ["2022-03-01: 500.00"]


def test_what_was_paid_once_has_no_other_price_later(boxes: Trade) -> None:
    assert refusal(boxes.reprice, "BOX", "2022-03-01", price="400") == (
        "one-time: BOX was sold once, and its price was for that day. Give a credit on its invoice instead."
    )


def test_what_was_paid_once_is_transferred_for_nothing(boxes: Trade) -> None:
    left, arrived = boxes.transfer("BOX", "Belmont", "2022-03-01", "1")["orders"]
    assert (left["total"], arrived["total"]) == ("0.00", "0.00")
    left, arrived = boxes.transfer("AST-000001", "Belmont", "2022-04-01")["orders"]
    assert (left["total"], arrived["total"]) == ("0.00", "0.00")
