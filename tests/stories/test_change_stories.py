"""What happens in the middle of a term, told to the services: DOMAIN R2b, R4 to R7 and R12, and every kind of change.

All but a few stories begin with R1: ten licences at $10 a month for 2022, billed monthly in advance. Every act is
previewed before it is done, and its preview must be what it stores (`tests/trade.py`). Lines read as in
`tests/pages.py`; a state period's figures are quantity / amount / MRR.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from calm_desktop.engine.catalog import Category, PriceUnit, RenewalPricing, SellingModel
from calm_desktop.engine.dates import Boundary, BoundaryKind, Frequency, Partial, Remainder, Timing
from calm_desktop.engine.problems import Refused
from calm_desktop.services.requests import SaleStep
from tests.pages import (
    actions,
    billed,
    corrections,
    credited,
    group,
    invoice_lines,
    pending,
    periods,
    schedules,
    totals,
)
from tests.trade import Trade, day

SALE = "Initial Sale 2022-01-01: +10 / +1200.00 / +100.00 (10 / 1200.00 / 100.00)"
MONTHS = [
    *(("01", "31"), ("02", "28"), ("03", "31"), ("04", "30"), ("05", "31"), ("06", "30")),
    *(("07", "31"), ("08", "31"), ("09", "30"), ("10", "31"), ("11", "30"), ("12", "31")),
]


def months(first: int, last: int, amount: str) -> list[str]:
    """Billing of whole months of 2022, each on its first day."""
    return [f"2022-{m}-01 - 2022-{end} on 2022-{m}-01: {amount}" for m, end in _ends(first, last)]


def _ends(first: int, last: int) -> list[tuple[str, str]]:
    return [(month, f"{month}-{end}") for month, end in MONTHS[first - 1 : last]]


@pytest.fixture
def r1(trade: Trade) -> Trade:
    """DOMAIN R1, and products to change to."""
    trade.product("LIC", "10")
    trade.product("PRO", "25")
    trade.product("LITE", "4")
    trade.product("PLAT", "500", SellingModel.EVERGREEN)
    trade.product("ROUTER", "249.90", SellingModel.ONE_TIME)
    trade.sell("Acme", "LIC", "10", "2022-01-01", term=12)
    return trade


def only(answer: Any) -> Any:
    (shape,) = answer["assets"]
    return shape


def order_totals(answer: Any) -> list[str]:
    return [f"{order['kind']} {order['total']}" for order in answer["orders"]]


# ------------------------------------------------------------------------------------------------- more and less


def test_r2b_five_more_from_the_middle_of_a_month(r1: Trade) -> None:
    answer = r1.amend("LIC", "+5", "2022-09-15")
    shape = only(answer)
    (item,) = answer["orders"][0]["items"]
    assert (item["term_count"], item["total"]) == ("3.533333333", "176.67")
    assert order_totals(answer) == ["Amend 176.67"]
    assert shape["asset"]["total_lifecycle_amount"] == "1376.67"
    assert periods(shape) == [
        "2022-01-01 - 2022-09-14: 10 / 846.67 / 100.00",
        "2022-09-15 - 2022-12-31: 15 / 530.00 / 150.00",
    ]
    assert actions(shape) == [SALE, "Upsells 2022-09-15: +5 / +176.67 / +50.00 (15 / 1376.67 / 150.00)"]
    assert schedules(shape) == [
        "Original 2022-01-01 - 2022-12-31: 1200.00, billed 0.00, pending 1200.00",
        "AmendQuantity 2022-09-15 - 2022-12-31: 176.67, billed 0.00, pending 176.67",
    ]
    assert pending(shape) == [
        *months(1, 9, "100.00"),
        "2022-09-15 - 2022-09-30 on 2022-09-15: 26.67",
        *(line for month in (10, 11, 12) for line in (*months(month, month, "100.00"), *months(month, month, "50.00"))),
    ]


def test_r4_five_more_from_september_ordered_in_august(r1: Trade) -> None:
    answer = r1.on("2022-08-15").amend("LIC", "+5", "2022-09-01")
    shape = only(answer)
    assert order_totals(answer) == ["Amend 200.00"]
    assert answer["orders"][0]["items"][0]["term_count"] == "4"
    assert shape["actions"][1]["action_date"] == "2022-08-15"
    assert periods(shape) == [
        "2022-01-01 - 2022-08-31: 10 / 800.00 / 100.00",
        "2022-09-01 - 2022-12-31: 15 / 600.00 / 150.00",
    ]
    assert actions(shape) == [SALE, "Upsells 2022-09-01: +5 / +200.00 / +50.00 (15 / 1400.00 / 150.00)"]
    assert group(shape) == "to 2022-12-31: billed 0.00, pending 1400.00"
    assert totals(r1.invoice("2022-12-31")) == [
        *(f"2022-{month:02}-01: 100.00" for month in range(1, 9)),
        *(f"2022-{month:02}-01: 150.00" for month in range(9, 13)),
    ]


def test_r5_five_less_from_september(r1: Trade) -> None:
    answer = r1.amend("LIC", "-5", "2022-09-01")
    shape = only(answer)
    assert order_totals(answer) == ["Amend -200.00"]
    assert periods(shape) == [
        "2022-01-01 - 2022-08-31: 10 / 800.00 / 100.00",
        "2022-09-01 - 2022-12-31: 5 / 200.00 / 50.00",
    ]
    assert actions(shape) == [SALE, "Downsells 2022-09-01: -5 / -200.00 / -50.00 (5 / 1000.00 / 50.00)"]
    assert schedules(shape) == [
        "Original 2022-01-01 - 2022-12-31: 1000.00, billed 0.00, pending 1000.00",
        "AmendQuantity 2022-09-01 - 2022-09-01: 0.00, billed 0.00, pending 0.00",
    ]
    assert pending(shape) == [*months(1, 8, "100.00"), *months(9, 12, "50.00")]


def ramp(trade: Trade) -> Any:
    """DOMAIN R6: ten for the first half of 2020, twenty for the second."""
    trade.product("LIC", "10")
    step = SaleStep(day("2020-07-01"), Decimal(20))
    return trade.on("2020-01-01").sell("Acme", "LIC", "10", "2020-01-01", end="2020-12-31", steps=(step,))


def test_r6_a_ramp(trade: Trade) -> None:
    shape = only(ramp(trade))
    assert periods(shape) == [
        "2020-01-01 - 2020-06-30: 10 / 600.00 / 100.00",
        "2020-07-01 - 2020-12-31: 20 / 1200.00 / 200.00",
    ]
    assert actions(shape) == ["Initial Sale 2020-01-01: +20 / +1800.00 / +200.00 (20 / 1800.00 / 200.00)"]
    assert schedules(shape) == [
        "Original 2020-01-01 - 2020-06-30: 600.00, billed 0.00, pending 600.00",
        "Original 2020-07-01 - 2020-12-31: 1200.00, billed 0.00, pending 1200.00",
    ]


def test_r6_five_more_in_the_second_step(trade: Trade) -> None:
    ramp(trade)
    shape = only(trade.on("2020-09-15").amend("LIC", "+5", "2020-10-01"))
    assert periods(shape) == [
        "2020-01-01 - 2020-06-30: 10 / 600.00 / 100.00",
        "2020-07-01 - 2020-09-30: 20 / 600.00 / 200.00",
        "2020-10-01 - 2020-12-31: 25 / 750.00 / 250.00",
    ]
    assert actions(shape)[1] == "Upsells 2020-10-01: +5 / +150.00 / +50.00 (25 / 1950.00 / 250.00)"


def test_r6_cancelled_from_december(trade: Trade) -> None:
    ramp(trade)
    trade.on("2020-09-15").amend("LIC", "+5", "2020-10-01")
    shape = only(trade.on("2020-11-15").cancel("LIC", "2020-12-01"))
    assert periods(shape) == [
        "2020-01-01 - 2020-06-30: 10 / 600.00 / 100.00",
        "2020-07-01 - 2020-09-30: 20 / 600.00 / 200.00",
        "2020-10-01 - 2020-11-30: 25 / 500.00 / 250.00",
    ]
    assert actions(shape)[2] == "Cancellations 2020-12-01: -25 / -250.00 / -250.00 (0 / 1700.00 / 0.00)"
    assert group(shape) == "to 2020-11-30: billed 0.00, pending 1700.00"


def test_an_increase_in_the_first_step_of_a_ramp_raises_every_later_one(trade: Trade) -> None:
    ramp(trade)
    shape = only(trade.on("2020-03-15").amend("LIC", "+5", "2020-04-01"))
    assert periods(shape) == [
        "2020-01-01 - 2020-03-31: 10 / 300.00 / 100.00",
        "2020-04-01 - 2020-06-30: 15 / 450.00 / 150.00",
        "2020-07-01 - 2020-12-31: 25 / 1500.00 / 250.00",
    ]
    assert actions(shape)[1] == "Upsells 2020-04-01: +5 / +450.00 / +50.00 (25 / 2250.00 / 250.00)"


def test_a_decrease_takes_the_last_in_first_each_at_its_own_price(r1: Trade) -> None:
    r1.amend("LIC", "+5", "2022-07-01", price="12")
    answer = r1.amend("LIC", "-8", "2022-10-01")
    shape = only(answer)
    assert [(item["quantity"], item["net_unit_price"], item["total"]) for item in answer["orders"][0]["items"]] == [
        ("-5", "12.00", "-180.00"),
        ("-3", "10.00", "-90.00"),
    ]
    assert periods(shape) == [
        "2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00",
        "2022-07-01 - 2022-09-30: 15 / 480.00 / 160.00",
        "2022-10-01 - 2022-12-31: 7 / 210.00 / 70.00",
    ]
    assert actions(shape) == [
        SALE,
        "Upsells 2022-07-01: +5 / +360.00 / +60.00 (15 / 1560.00 / 160.00)",
        "Downsells 2022-10-01: -8 / -270.00 / -90.00 (7 / 1290.00 / 70.00)",
    ]
    assert schedules(shape) == [
        "Original 2022-01-01 - 2022-12-31: 1110.00, billed 0.00, pending 1110.00",
        "AmendQuantity 2022-07-01 - 2022-09-30: 180.00, billed 0.00, pending 180.00",
        "AmendQuantity 2022-10-01 - 2022-10-01: 0.00, billed 0.00, pending 0.00",
        "AmendQuantity 2022-10-01 - 2022-10-01: 0.00, billed 0.00, pending 0.00",
    ]


def test_a_decrease_of_billed_days_is_credited(r1: Trade) -> None:
    r1.on("2022-09-01").invoice("2022-09-01")
    shape = only(r1.on("2022-09-16").amend("LIC", "-5", "2022-09-16"))
    assert periods(shape) == [
        "2022-01-01 - 2022-09-15: 10 / 850.00 / 100.00",
        "2022-09-16 - 2022-12-31: 5 / 175.00 / 50.00",
    ]
    assert credited(shape) == ["2022-09-16 - 2022-09-30 on 2022-09-16: -25.00"]
    assert pending(shape) == ["2022-09-16 - 2022-09-30 on 2022-09-16: -25.00", *months(10, 12, "50.00")]
    assert group(shape) == "to 2022-12-31: billed 900.00, pending 125.00"


def test_what_is_paid_once_can_be_more_and_less(r1: Trade) -> None:
    sold = only(r1.on("2022-03-01").sell("Acme", "ROUTER", "10", "2022-03-01"))
    assert periods(sold) == ["2022-03-01 - open: 10 / 2499.00 / 0.00"]
    assert actions(sold) == ["Initial Sale 2022-03-01: +10 / +2499.00 / +0.00 (10 / 2499.00 / 0.00)"]
    r1.on("2022-04-01").amend("ROUTER", "+2", "2022-04-01")
    r1.on("2022-04-01").invoice("2022-04-01")
    shape = only(r1.on("2022-05-01").amend("ROUTER", "-3", "2022-05-01"))
    assert actions(shape)[1:] == [
        "Upsells 2022-04-01: +2 / +499.80 / +0.00 (12 / 2998.80 / 0.00)",
        "Downsells 2022-05-01: -3 / -749.70 / +0.00 (9 / 2249.10 / 0.00)",
    ]
    assert credited(shape) == [
        "2022-05-01 - 2022-05-01 on 2022-05-01: -499.80",
        "2022-05-01 - 2022-05-01 on 2022-05-01: -249.90",
    ]
    assert [each["quantity"] for each in shape["state_periods"]] == ["10", "12", "9"]


# ------------------------------------------------------------------------------------------------------ the end


def test_r12_nothing_after_the_last_day_is_invoiced(r1: Trade) -> None:
    shape = only(r1.on("2022-08-15").cancel("LIC", "2022-09-01"))
    assert periods(shape) == ["2022-01-01 - 2022-08-31: 10 / 800.00 / 100.00"]
    assert actions(shape)[1] == "Cancellations 2022-09-01: -10 / -400.00 / -100.00 (0 / 800.00 / 0.00)"
    made = r1.on("2023-12-31").invoice("2023-12-31")
    assert invoice_lines(made) == [
        f"2022-{month}-01: LIC 2022-{month}-01 - 2022-{end} 100.00" for month, end in _ends(1, 8)
    ]


def test_r12_what_is_billed_in_advance_beyond_the_last_day_is_credited(trade: Trade) -> None:
    trade.product("LIC", "10")
    trade.sell("Acme", "LIC", "10", "2022-01-01", term=12, frequency=Frequency.ANNUAL)
    trade.invoice("2022-01-01")
    shape = only(trade.on("2022-08-15").cancel("LIC", "2022-09-01"))
    assert billed(shape) == ["2022-01-01 - 2022-12-31 on 2022-01-01: 1200.00 INV-000001"]
    assert credited(shape) == ["2022-09-01 - 2022-12-31 on 2022-09-01: -400.00"]
    made = trade.on("2023-12-31").invoice("2023-12-31")
    assert invoice_lines(made) == ["2022-09-01: LIC 2022-09-01 - 2022-12-31 -400.00"]
    assert group(trade.asset("LIC")) == "to 2022-08-31: billed 800.00, pending 0.00"


def test_cancelled_in_the_middle_of_a_billed_month(r1: Trade) -> None:
    r1.on("2022-09-01").invoice("2022-09-01")
    answer = r1.on("2022-09-10").cancel("LIC", "2022-09-16")
    shape = only(answer)
    assert order_totals(answer) == ["Cancel -350.00"]
    assert periods(shape) == ["2022-01-01 - 2022-09-15: 10 / 850.00 / 100.00"]
    assert actions(shape)[1] == "Cancellations 2022-09-16: -10 / -350.00 / -100.00 (0 / 850.00 / 0.00)"
    assert schedules(shape) == [
        "Original 2022-01-01 - 2022-09-15: 900.00, billed 900.00, pending 0.00",
        "Cancellation 2022-09-16 - 2022-09-16: -50.00, billed 0.00, pending -50.00",
    ]
    assert credited(shape) == pending(shape) == ["2022-09-16 - 2022-09-30 on 2022-09-16: -50.00"]
    assert totals(r1.on("2022-12-31").invoice("2022-12-31")) == ["2022-09-16: -50.00"]
    assert group(r1.asset("LIC")) == "to 2022-09-15: billed 850.00, pending 0.00"


def test_where_parts_are_not_allowed_a_cancellation_moves_to_the_end_of_the_month(trade: Trade) -> None:
    trade.product("LIC", "10")
    trade.sell("Acme", "LIC", "10", "2022-01-01", term=12, partial=Partial.WHOLE)
    shape = only(trade.cancel("LIC", "2022-09-10"))
    assert periods(shape) == ["2022-01-01 - 2022-09-30: 10 / 900.00 / 100.00"]
    assert actions(shape)[1] == "Cancellations 2022-10-01: -10 / -300.00 / -100.00 (0 / 900.00 / 0.00)"


@pytest.mark.parametrize(
    ("remainder", "first", "correction"), [(Remainder.LAST, "8.33", "0.02"), (Remainder.FIRST, "8.37", "-0.02")]
)
def test_r7_odd_cents_of_six_billed_months_are_corrected(
    trade: Trade, remainder: Remainder, first: str, correction: str
) -> None:
    trade.product("SITE", "100", price_unit=PriceUnit.YEAR)
    trade.sell("Acme", "SITE", "1", "2022-01-01", term=12, remainder=remainder)
    assert totals(trade.on("2022-06-01").invoice("2022-06-01")) == [
        f"2022-01-01: {first}",
        *(f"2022-{month:02}-01: 8.33" for month in range(2, 7)),
    ]
    shape = only(trade.on("2022-06-20").cancel("SITE", "2022-07-01"))
    assert periods(shape) == ["2022-01-01 - 2022-06-30: 1 / 50.00 / 8.33"]
    assert corrections(shape) == pending(shape) == [f"2022-07-01 - 2022-07-01 on 2022-07-01: {correction}"]
    trade.on("2022-07-01").invoice("2022-12-31")
    assert group(trade.asset("SITE")) == "to 2022-06-30: billed 50.00, pending 0.00"


# ------------------------------------------------------------------------------------------- other prices and days


def test_another_price_from_july_on_nothing_billed(r1: Trade) -> None:
    answer = r1.reprice("LIC", "2022-07-01", price="12")
    shape = only(answer)
    assert order_totals(answer) == ["Amend 120.00"]
    assert periods(shape) == [
        "2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00",
        "2022-07-01 - 2022-12-31: 10 / 720.00 / 120.00",
    ]
    assert actions(shape)[1] == (
        "Terms And Conditions Changes 2022-07-01: +0 / +120.00 / +20.00 (10 / 1320.00 / 120.00)"
    )
    assert pending(shape) == [*months(1, 6, "100.00"), *months(7, 12, "120.00")]


def test_another_price_in_the_middle_of_a_billed_month(r1: Trade) -> None:
    r1.on("2022-07-01").invoice("2022-07-01")
    shape = only(r1.on("2022-07-16").reprice("LIC", "2022-07-16", price="12"))
    assert periods(shape) == [
        "2022-01-01 - 2022-07-15: 10 / 648.39 / 100.00",
        "2022-07-16 - 2022-12-31: 10 / 661.94 / 120.00",
    ]
    assert credited(shape) == ["2022-07-16 - 2022-07-31 on 2022-07-16: -51.61"]
    assert pending(shape) == [
        "2022-07-16 - 2022-07-31 on 2022-07-16: -51.61",
        "2022-07-16 - 2022-07-31 on 2022-07-16: 61.94",
        *months(8, 12, "120.00"),
    ]
    assert group(shape) == "to 2022-12-31: billed 700.00, pending 610.33"


def test_discounts_in_percent_and_in_money(r1: Trade) -> None:
    percent = only(r1.sell("Belmont", "PRO", "10", "2022-01-01", term=12, discount="15"))
    amount = only(r1.sell("Corby", "PRO", "10", "2022-01-01", term=12, discount_amount="1.25"))
    assert periods(percent) == ["2022-01-01 - 2022-12-31: 10 / 2550.00 / 212.50"]
    assert periods(amount) == ["2022-01-01 - 2022-12-31: 10 / 2850.00 / 237.50"]
    (source,) = amount["actions"][0]["sources"]
    assert (source["product_amount"], source["adjustment"], source["subtotal"]) == ("3000.00", "-150.00", "2850.00")
    shape = only(r1.reprice("LIC", "2022-07-01", discount="10"))
    assert periods(shape)[1] == "2022-07-01 - 2022-12-31: 10 / 540.00 / 90.00"


def test_a_later_end_is_an_upsell(r1: Trade) -> None:
    answer = r1.extend("LIC", "2023-03-31")
    shape = only(answer)
    assert order_totals(answer) == ["Amend 300.00"]
    assert periods(shape) == [
        "2022-01-01 - 2022-12-31: 10 / 1200.00 / 100.00",
        "2023-01-01 - 2023-03-31: 10 / 300.00 / 100.00",
    ]
    assert actions(shape)[1] == "Upsells 2023-01-01: +0 / +300.00 / +0.00 (10 / 1500.00 / 100.00)"
    assert group(shape) == "to 2023-03-31: billed 0.00, pending 1500.00"


def test_an_earlier_end_is_a_change_of_terms(r1: Trade) -> None:
    shape = only(r1.extend("LIC", "2022-10-31"))
    assert periods(shape) == ["2022-01-01 - 2022-10-31: 10 / 1000.00 / 100.00"]
    assert actions(shape)[1] == "Terms And Conditions Changes 2022-11-01: +0 / -200.00 / +0.00 (10 / 1000.00 / 100.00)"
    assert pending(shape) == months(1, 10, "100.00")


def test_a_pause_is_neither_billed_nor_recurring(r1: Trade) -> None:
    shape = only(r1.pause("LIC", "2022-07-01", "2022-08-31"))
    assert periods(shape) == [
        "2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00",
        "2022-07-01 - 2022-08-31: 10 / 0.00 / 0.00 paused",
        "2022-09-01 - 2022-12-31: 10 / 400.00 / 100.00",
    ]
    assert actions(shape)[1] == "Terms And Conditions Changes 2022-07-01: +0 / -200.00 / +0.00 (10 / 1000.00 / 100.00)"
    assert totals(r1.invoice("2022-12-31")) == [
        f"2022-{month:02}-01: 100.00" for month in (1, 2, 3, 4, 5, 6, 9, 10, 11, 12)
    ]
    (card,) = r1.on("2022-07-15").account("Acme")["cards"]
    assert (card["quantity"], card["amount"], card["mrr"]) == ("10", "0.00", "0.00")


def test_a_pause_until_it_is_resumed(r1: Trade) -> None:
    held = only(r1.pause("LIC", "2022-07-01"))
    assert periods(held)[1:] == ["2022-07-01 - 2022-12-31: 10 / 0.00 / 0.00 paused"]
    assert actions(held)[1] == "Terms And Conditions Changes 2022-07-01: +0 / -600.00 / -100.00 (10 / 600.00 / 0.00)"
    shape = only(r1.on("2022-08-20").resume("LIC", "2022-09-01"))
    assert periods(shape) == [
        "2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00",
        "2022-07-01 - 2022-08-31: 10 / 0.00 / 0.00 paused",
        "2022-09-01 - 2022-12-31: 10 / 400.00 / 100.00",
    ]
    assert actions(shape)[2] == (
        "Terms And Conditions Changes 2022-09-01: +0 / +400.00 / +100.00 (10 / 1000.00 / 100.00)"
    )
    assert pending(shape) == [*months(1, 6, "100.00"), *months(9, 12, "100.00")]


# ------------------------------------------------------------------------------------- other customers and products


def accounts(trade: Trade, on: str) -> list[str]:
    found = []
    for name in ("Acme", "Belmont"):
        (card,) = trade.on(on).account(name)["cards"]
        found.append(f"{name}: {card['quantity']} / {card['amount']} / {card['mrr']}")
    return found


@pytest.fixture
def two_accounts(r1: Trade) -> Trade:
    """R1, and a customer who has ten of something else."""
    r1.sell("Belmont", "LITE", "10", "2022-01-01", term=12)
    return r1


def test_a_part_is_transferred(two_accounts: Trade) -> None:
    answer = two_accounts.transfer("LIC", "Belmont", "2022-07-01", quantity="4")
    out, there = answer["assets"]
    assert order_totals(answer) == ["Amend -240.00", "New 240.00"]
    assert periods(out) == [
        "2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00",
        "2022-07-01 - 2022-12-31: 6 / 360.00 / 60.00",
    ]
    assert periods(there) == ["2022-07-01 - 2022-12-31: 4 / 240.00 / 40.00"]
    assert actions(out)[1] == "Transfers 2022-07-01: -4 / -240.00 / -40.00 (6 / 960.00 / 60.00)"
    assert actions(there) == ["Transfers 2022-07-01: +4 / +240.00 / +40.00 (4 / 240.00 / 40.00)"]
    assert accounts(two_accounts, "2022-06-30") == ["Acme: 10 / 600.00 / 100.00", "Belmont: 10 / 480.00 / 40.00"]
    assert accounts(two_accounts, "2022-07-01") == ["Acme: 6 / 360.00 / 60.00", "Belmont: 14 / 720.00 / 80.00"]


def test_the_whole_is_transferred(two_accounts: Trade) -> None:
    answer = two_accounts.transfer("LIC", "Belmont", "2022-07-01")
    out, there = answer["assets"]
    assert order_totals(answer) == ["Cancel -600.00", "New 600.00"]
    assert periods(out) == ["2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00"]
    assert actions(out)[1] == "Transfers 2022-07-01: -10 / -600.00 / -100.00 (0 / 600.00 / 0.00)"
    assert periods(there) == ["2022-07-01 - 2022-12-31: 10 / 600.00 / 100.00"]
    assert accounts(two_accounts, "2022-07-01") == ["Acme: 0 / 0.00 / 0.00", "Belmont: 20 / 1080.00 / 140.00"]


def test_a_transfer_in_a_billed_month_is_credited_here_and_charged_there(two_accounts: Trade) -> None:
    two_accounts.on("2022-07-01").invoice("2022-07-01")
    answer = two_accounts.on("2022-07-16").transfer("LIC", "Belmont", "2022-07-16", quantity="4")
    out, there = answer["assets"]
    assert credited(out) == ["2022-07-16 - 2022-07-31 on 2022-07-16: -20.65"]
    assert pending(there) == ["2022-07-16 - 2022-07-31 on 2022-07-16: 20.65", *months(8, 12, "40.00")]
    amounts = [Decimal(each["asset"]["total_lifecycle_amount"]) for each in (out, there)]
    assert sum(amounts) == Decimal("1200.00")


@pytest.mark.parametrize(
    ("to", "category", "amount", "mrr"),
    [
        ("PRO", Category.SWAPS, "1500.00", "250.00"),
        ("PRO", Category.UPGRADES, "1500.00", "250.00"),
        ("LITE", Category.DOWNGRADES, "240.00", "40.00"),
    ],
)
def test_one_product_ends_and_another_begins_on_the_same_day(
    r1: Trade, to: str, category: Category, amount: str, mrr: str
) -> None:
    answer = r1.swap("LIC", to, "2022-07-01", category)
    old, new = answer["assets"]
    assert order_totals(answer) == ["Cancel -600.00", f"New {amount}"]
    assert periods(old) == ["2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00"]
    assert periods(new) == [f"2022-07-01 - 2022-12-31: 10 / {amount} / {mrr}"]
    assert actions(old)[1] == f"{category} 2022-07-01: -10 / -600.00 / -100.00 (0 / 600.00 / 0.00)"
    assert actions(new) == [f"{category} 2022-07-01: +10 / +{amount} / +{mrr} (10 / {amount} / {mrr})"]


# -------------------------------------------------------------------------------------------------- without an end


def test_an_evergreen_amount_becomes_known_when_its_period_ends(r1: Trade) -> None:
    sold = only(r1.sell("Acme", "PLAT", "1", "2022-01-01"))
    assert periods(sold) == ["2022-01-01 - open: 1 / unknown / 500.00"]
    assert actions(sold) == ["Initial Sale 2022-01-01: +1 / +0.00 / +500.00 (1 / 0.00 / 500.00)"]
    more = only(r1.amend("PLAT", "+1", "2022-04-01"))
    assert periods(more) == [
        "2022-01-01 - 2022-03-31: 1 / 1500.00 / 500.00",
        "2022-04-01 - open: 2 / unknown / 1000.00",
    ]
    assert actions(more)[1] == "Upsells 2022-04-01: +1 / +1500.00 / +500.00 (2 / 1500.00 / 1000.00)"
    ended = only(r1.cancel("PLAT", "2022-07-01"))
    assert periods(ended) == [
        "2022-01-01 - 2022-03-31: 1 / 1500.00 / 500.00",
        "2022-04-01 - 2022-06-30: 2 / 3000.00 / 1000.00",
    ]
    assert actions(ended)[2] == "Cancellations 2022-07-01: -2 / +3000.00 / -1000.00 (0 / 4500.00 / 0.00)"
    assert schedules(ended)[:2] == [
        "Original 2022-01-01 - 2022-06-30: 3000.00, billed 0.00, pending 3000.00",
        "AmendQuantity 2022-04-01 - 2022-06-30: 1500.00, billed 0.00, pending 1500.00",
    ]


def test_an_evergreen_is_paused_for_some_days_and_goes_on(r1: Trade) -> None:
    r1.sell("Acme", "PLAT", "1", "2022-01-01")
    shape = only(r1.pause("PLAT", "2022-04-01", "2022-05-31"))
    assert periods(shape) == [
        "2022-01-01 - 2022-03-31: 1 / 1500.00 / 500.00",
        "2022-04-01 - 2022-05-31: 1 / 0.00 / 0.00 paused",
        "2022-06-01 - open: 1 / unknown / 500.00",
    ]
    assert actions(shape)[1] == (
        "Terms And Conditions Changes 2022-04-01: +0 / +1500.00 / +0.00 (1 / 1500.00 / 500.00)"
    )
    made = r1.on("2022-07-01").invoice("2022-07-01", asset="PLAT")
    assert totals(made) == [f"2022-{month:02}-01: 500.00" for month in (1, 2, 3, 6, 7)]


def test_an_evergreen_gets_an_end(r1: Trade) -> None:
    r1.sell("Acme", "PLAT", "1", "2022-01-01")
    shape = only(r1.extend("PLAT", "2022-08-31"))
    assert periods(shape) == ["2022-01-01 - 2022-08-31: 1 / 4000.00 / 500.00"]
    assert actions(shape)[1] == (
        "Terms And Conditions Changes 2022-09-01: +0 / +4000.00 / +0.00 (1 / 4000.00 / 500.00)"
    )


# --------------------------------------------------------------------------------------------------------- renewals


def test_an_early_renewal_credits_the_rest_of_the_term(r1: Trade) -> None:
    r1.on("2022-09-01").invoice("2022-09-01")
    answer = r1.on("2022-09-16").renew("LIC", start="2022-09-16", term=12)
    shape = only(answer)
    assert order_totals(answer) == ["Renew 850.00"]
    assert periods(shape) == [
        "2022-01-01 - 2022-09-15: 10 / 850.00 / 100.00",
        "2022-09-16 - 2023-09-15: 10 / 1200.00 / 100.00",
    ]
    assert actions(shape)[1] == "Renewals 2022-09-16: +0 / +850.00 / +0.00 (10 / 2050.00 / 100.00)"
    assert credited(shape) == ["2022-09-16 - 2022-09-30 on 2022-09-16: -50.00"]
    assert group(shape) == "to 2023-09-15: billed 900.00, pending 1150.00"


def test_a_late_renewal_leaves_a_gap(r1: Trade) -> None:
    shape = only(r1.on("2023-02-20").renew("LIC", start="2023-03-01", pricing=RenewalPricing.LAST))
    assert periods(shape) == [
        "2022-01-01 - 2022-12-31: 10 / 1200.00 / 100.00",
        "2023-03-01 - 2024-02-29: 10 / 1200.00 / 100.00",
    ]
    assert actions(shape)[1] == "Renewals 2023-03-01: +0 / +1200.00 / +0.00 (10 / 2400.00 / 100.00)"
    (card,) = r1.on("2023-01-31").account("Acme")["cards"]
    assert (card["quantity"], card["amount"], card["mrr"]) == ("0", "0.00", "0.00")


def test_two_assets_are_renewed_to_one_end(r1: Trade) -> None:
    r1.sell("Acme", "PRO", "2", "2022-04-01", term=12)
    answer = r1.on("2022-10-15").renew("LIC", "PRO", coterminate="2023-12-31")
    first, second = answer["assets"]
    assert order_totals(answer) == ["Renew 1650.00"]
    assert periods(first)[1] == "2023-01-01 - 2023-12-31: 10 / 1200.00 / 100.00"
    assert periods(second)[1] == "2023-04-01 - 2023-12-31: 2 / 450.00 / 50.00"


def test_a_scheduled_renewal_is_changed_with_the_term_before_it(r1: Trade) -> None:
    r1.on("2022-10-15").renew("LIC", term=12)
    shape = only(r1.on("2022-10-20").amend("LIC", "+5", "2022-12-01"))
    assert periods(shape) == [
        "2022-01-01 - 2022-11-30: 10 / 1100.00 / 100.00",
        "2022-12-01 - 2022-12-31: 15 / 150.00 / 150.00",
        "2023-01-01 - 2023-12-31: 15 / 1800.00 / 150.00",
    ]
    assert actions(shape)[2] == "Upsells 2022-12-01: +5 / +650.00 / +50.00 (15 / 3050.00 / 150.00)"


# ---------------------------------------------------------------------------------------------- free at first, money


def test_two_free_months(trade: Trade) -> None:
    trade.product("LIC", "10")
    shape = only(trade.sell("Acme", "LIC", "10", "2022-01-01", term=12, free_months=2))
    assert periods(shape) == [
        "2022-01-01 - 2022-02-28: 10 / 0.00 / 0.00",
        "2022-03-01 - 2022-12-31: 10 / 1000.00 / 100.00",
    ]
    assert actions(shape) == ["Initial Sale 2022-01-01: +10 / +1000.00 / +100.00 (10 / 1000.00 / 100.00)"]
    assert totals(trade.invoice("2022-12-31")) == [
        "2022-01-01: 0.00",
        "2022-02-01: 0.00",
        *(f"2022-{month:02}-01: 100.00" for month in range(3, 13)),
    ]


def test_a_trial_of_fourteen_days(trade: Trade) -> None:
    trade.product("LIC", "10")
    shape = only(trade.sell("Acme", "LIC", "10", "2022-01-01", term=12, trial_days=14))
    assert periods(shape) == [
        "2022-01-01 - 2022-01-14: 10 / 0.00 / 0.00",
        "2022-01-15 - 2022-12-31: 10 / 1154.84 / 100.00",
    ]
    assert totals(trade.invoice("2022-02-28")) == [
        "2022-01-01: 0.00",
        "2022-01-15: 54.84",
        "2022-02-01: 100.00",
    ]


@pytest.mark.parametrize(
    ("currency", "price", "month", "used", "unused", "lifetime"),
    [("JPY", "1000", "3000", "968", "2032", "6968"), ("KWD", "1.234", "3.702", "1.194", "2.508", "8.598")],
)
def test_each_currency_has_its_own_decimals(
    trade: Trade, currency: str, price: str, month: str, used: str, unused: str, lifetime: str
) -> None:
    trade.product("LIC", price, currency=currency)
    trade.sell("Acme", "LIC", "3", "2022-01-01", term=12, currency=currency)
    made = trade.on("2022-03-01").invoice("2022-03-01")
    assert totals(made) == [f"2022-{number}-01: {month}" for number in ("01", "02", "03")]
    shape = only(trade.on("2022-03-11").cancel("LIC", "2022-03-11"))
    assert periods(shape) == [f"2022-01-01 - 2022-03-10: 3 / {lifetime} / {month}"]
    assert credited(shape) == [f"2022-03-11 - 2022-03-31 on 2022-03-11: -{unused}"]
    assert Decimal(used) + Decimal(unused) == Decimal(month)


# ------------------------------------------------------------------------------------------------------------- undo


ACTS: dict[str, Callable[[Trade], Any]] = {
    "more": lambda trade: trade.amend("LIC", "+5", "2022-09-15"),
    "less": lambda trade: trade.amend("LIC", "-5", "2022-09-15"),
    "cancelled": lambda trade: trade.cancel("LIC", "2022-09-16"),
    "another price": lambda trade: trade.reprice("LIC", "2022-07-16", price="12"),
    "longer": lambda trade: trade.extend("LIC", "2023-03-31"),
    "shorter": lambda trade: trade.extend("LIC", "2022-10-31"),
    "paused": lambda trade: trade.pause("LIC", "2022-07-16", "2022-08-31"),
    "part transferred": lambda trade: trade.transfer("LIC", "Belmont", "2022-07-16", quantity="4"),
    "transferred": lambda trade: trade.transfer("LIC", "Belmont", "2022-07-16"),
    "swapped": lambda trade: trade.swap("LIC", "PRO", "2022-07-16"),
    "renewed": lambda trade: trade.renew("LIC", term=12),
    "renewed early": lambda trade: trade.renew("LIC", start="2022-09-16", term=12),
    "renewed late": lambda trade: trade.renew("LIC", start="2023-03-01", term=12),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("is_billed", [False, True], ids=["nothing billed", "billed to July"])
def test_an_undone_act_leaves_all_as_it_was(two_accounts: Trade, act: Callable[[Trade], Any], is_billed: bool) -> None:
    trade = two_accounts.on("2022-07-10")
    if is_billed:
        trade.invoice("2022-07-01")
    before, figures = trade.asset("LIC"), accounts(trade, "2022-07-16")
    changed = act(trade)["assets"][0]
    assert (periods(changed), pending(changed)) != (periods(before), pending(before))
    last = changed["actions"][-1]
    shape = trade.undo(last["id"])["assets"][0]
    assert periods(shape) == periods(before)
    assert schedules(shape)[0] == schedules(before)[0]
    assert pending(shape) == pending(before)
    assert group(shape) == group(before)
    assert shape["asset"] == before["asset"]
    assert accounts(trade, "2022-07-16") == figures
    undone = shape["actions"][-1]
    assert undone["category"] == last["category"]
    for change in ("quantity_change", "amount_change", "mrr_change"):
        assert Decimal(undone[change]) == -Decimal(last[change])


def test_a_resumption_is_undone(r1: Trade) -> None:
    before = only(r1.pause("LIC", "2022-07-01"))
    resumed = only(r1.resume("LIC", "2022-09-01"))
    shape = only(r1.undo(resumed["actions"][-1]["id"]))
    assert (periods(shape), pending(shape), group(shape)) == (periods(before), pending(before), group(before))


def test_a_sale_is_undone(r1: Trade) -> None:
    shape = only(r1.undo(r1.asset("LIC")["actions"][0]["id"]))
    assert (periods(shape), pending(shape)) == ([], [])
    assert (shape["asset"]["status"], shape["asset"]["total_lifecycle_amount"]) == ("Undone", "0.00")
    assert actions(shape)[1] == "Initial Sale 2022-01-01: -10 / -1200.00 / -100.00 (0 / 0.00 / 0.00)"


def test_undo_names_the_later_change_that_stands_on_it(r1: Trade) -> None:
    first = only(r1.amend("LIC", "+5", "2022-09-01"))["actions"][-1]["id"]
    second = only(r1.amend("LIC", "-3", "2022-10-01"))["actions"][-1]["id"]
    with pytest.raises(Refused) as refused:
        r1.undo(first)
    assert [(problem.code, problem.message) for problem in refused.value.problems] == [
        ("later-action", f"Downsells of LIC from 2022-10-01 ({second}) was recorded after it. Undo that first.")
    ]
    r1.undo(second)
    assert periods(only(r1.undo(first))) == ["2022-01-01 - 2022-12-31: 10 / 1200.00 / 100.00"]


def test_undo_names_the_invoice_that_bills_it(r1: Trade) -> None:
    act = only(r1.amend("LIC", "+5", "2022-02-01"))["actions"][-1]["id"]
    r1.invoice("2022-02-01")
    with pytest.raises(Refused) as refused:
        r1.undo(act)
    (problem,) = refused.value.problems
    assert problem.code == "invoiced"
    assert problem.message.startswith("It is invoiced: INV-000002. Void or drop that first, or amend or cancel LIC")


def test_a_cancellation_whose_credit_is_invoiced_is_final(r1: Trade) -> None:
    r1.on("2022-09-01").invoice("2022-09-01")
    act = only(r1.on("2022-09-16").cancel("LIC", "2022-09-16"))["actions"][-1]["id"]
    r1.on("2022-09-16").invoice("2022-09-16")
    with pytest.raises(Refused) as refused:
        r1.on("2022-09-16").undo(act)
    assert [problem.message for problem in refused.value.problems] == [
        "It is invoiced: INV-000010. Void or drop that first, or sell it again."
    ]


def test_a_term_that_would_be_free_to_its_end_is_refused(r1: Trade) -> None:
    with pytest.raises(Refused, match=r"would go on to 2022-12-31, to the end on 2022-12-31\. Give fewer\."):
        r1.sell("Acme", "PRO", "1", "2022-01-01", term=12, free_months=12)


# ------------------------------------------------------------------------------------------- one change upon another


def test_a_cancellation_takes_a_scheduled_renewal_along(r1: Trade) -> None:
    r1.on("2022-10-15").renew("LIC", term=12)
    shape = only(r1.on("2022-10-20").cancel("LIC", "2022-11-16"))
    assert periods(shape) == ["2022-01-01 - 2022-11-15: 10 / 1050.00 / 100.00"]
    assert actions(shape)[2] == "Cancellations 2022-11-16: -10 / -1350.00 / -100.00 (0 / 1050.00 / 0.00)"
    assert pending(shape) == [*months(1, 10, "100.00"), "2022-11-01 - 2022-11-15 on 2022-11-01: 50.00"]


def test_a_cancellation_in_the_renewed_term_leaves_the_first_one_alone(r1: Trade) -> None:
    r1.on("2022-10-15").renew("LIC", term=12)
    shape = only(r1.on("2022-10-20").cancel("LIC", "2023-03-16"))
    assert periods(shape) == [
        "2022-01-01 - 2022-12-31: 10 / 1200.00 / 100.00",
        "2023-01-01 - 2023-03-15: 10 / 248.39 / 100.00",
    ]
    assert actions(shape)[2] == "Cancellations 2023-03-16: -10 / -951.61 / -100.00 (0 / 1448.39 / 0.00)"


def test_after_a_change_of_price_a_decrease_is_at_the_new_one(r1: Trade) -> None:
    r1.amend("LIC", "+5", "2022-04-01")
    r1.reprice("LIC", "2022-07-01", price="12")
    shape = only(r1.amend("LIC", "-7", "2022-10-01"))
    assert periods(shape) == [
        "2022-01-01 - 2022-03-31: 10 / 300.00 / 100.00",
        "2022-04-01 - 2022-06-30: 15 / 450.00 / 150.00",
        "2022-07-01 - 2022-09-30: 15 / 540.00 / 180.00",
        "2022-10-01 - 2022-12-31: 8 / 288.00 / 96.00",
    ]
    assert actions(shape)[1:] == [
        "Upsells 2022-04-01: +5 / +450.00 / +50.00 (15 / 1650.00 / 150.00)",
        "Terms And Conditions Changes 2022-07-01: +0 / +180.00 / +30.00 (15 / 1830.00 / 180.00)",
        "Downsells 2022-10-01: -7 / -252.00 / -84.00 (8 / 1578.00 / 96.00)",
    ]


def test_in_arrears_what_was_used_of_the_running_month_is_billed_after_it(trade: Trade) -> None:
    trade.product("LIC", "10")
    trade.sell("Acme", "LIC", "10", "2022-01-01", term=12, timing=Timing.ARREARS)
    assert len(totals(trade.on("2022-07-01").invoice("2022-07-01"))) == 6
    less = only(trade.on("2022-07-10").amend("LIC", "-5", "2022-07-16"))
    assert pending(less)[:2] == [
        "2022-07-01 - 2022-07-31 on 2022-08-01: 74.19",
        "2022-08-01 - 2022-08-31 on 2022-09-01: 50.00",
    ]
    ended = only(trade.on("2022-07-20").cancel("LIC", "2022-08-16"))
    assert pending(ended) == [
        "2022-07-01 - 2022-07-31 on 2022-08-01: 74.19",
        "2022-08-01 - 2022-08-15 on 2022-08-16: 24.20",
    ]
    assert group(ended) == "to 2022-08-15: billed 600.00, pending 98.39"


def test_an_increase_is_billed_on_the_calendar_of_its_term(trade: Trade) -> None:
    trade.product("LIC", "10")
    calendar = Boundary(BoundaryKind.CALENDAR)
    trade.sell("Acme", "LIC", "10", "2022-01-17", end="2022-12-31", boundary=calendar)
    trade.on("2022-02-01").invoice("2022-02-01")
    shape = only(trade.on("2022-02-10").amend("LIC", "+3", "2022-02-11"))
    assert actions(shape)[1] == "Upsells 2022-02-11: +3 / +319.29 / +30.00 (13 / 1467.68 / 130.00)"
    assert pending(shape)[:3] == [
        "2022-02-11 - 2022-02-28 on 2022-02-11: 19.29",
        "2022-03-01 - 2022-03-31 on 2022-03-01: 100.00",
        "2022-03-01 - 2022-03-31 on 2022-03-01: 30.00",
    ]


def test_two_and_a_half_less(r1: Trade) -> None:
    r1.on("2022-03-01").invoice("2022-03-01")
    shape = only(r1.on("2022-03-05").amend("LIC", "-2.5", "2022-03-06"))
    assert periods(shape) == [
        "2022-01-01 - 2022-03-05: 10 / 216.13 / 100.00",
        "2022-03-06 - 2022-12-31: 7.5 / 737.90 / 75.00",
    ]
    assert credited(shape) == ["2022-03-06 - 2022-03-31 on 2022-03-06: -20.97"]
    assert pending(shape)[1:] == months(4, 12, "75.00")


def test_a_pause_within_a_billed_month_is_credited(r1: Trade) -> None:
    r1.on("2022-07-01").invoice("2022-07-01")
    shape = only(r1.on("2022-07-10").pause("LIC", "2022-07-11", "2022-07-20"))
    assert periods(shape) == [
        "2022-01-01 - 2022-07-10: 10 / 632.26 / 100.00",
        "2022-07-11 - 2022-07-20: 10 / 0.00 / 0.00 paused",
        "2022-07-21 - 2022-12-31: 10 / 535.48 / 100.00",
    ]
    assert pending(shape) == ["2022-07-11 - 2022-07-20 on 2022-07-11: -32.26", *months(8, 12, "100.00")]


def test_a_paused_asset_is_cancelled_and_costs_nothing_more(r1: Trade) -> None:
    r1.pause("LIC", "2022-07-01")
    shape = only(r1.cancel("LIC", "2022-09-01"))
    assert periods(shape) == [
        "2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00",
        "2022-07-01 - 2022-08-31: 10 / 0.00 / 0.00 paused",
    ]
    assert actions(shape)[2] == "Cancellations 2022-09-01: -10 / +0.00 / +0.00 (0 / 600.00 / 0.00)"
    assert pending(shape) == months(1, 6, "100.00")


def test_a_part_of_a_ramp_is_transferred_with_its_later_step(two_accounts: Trade) -> None:
    step = SaleStep(day("2022-07-01"), Decimal(20))
    two_accounts.sell("Acme", "PRO", "10", "2022-01-01", price="10", term=12, steps=(step,))
    two_accounts.on("2022-05-01").invoice("2022-05-01")
    out, there = two_accounts.on("2022-05-16").transfer("PRO", "Belmont", "2022-05-16", quantity="4")["assets"]
    assert periods(out) == [
        "2022-01-01 - 2022-05-15: 10 / 448.39 / 100.00",
        "2022-05-16 - 2022-06-30: 6 / 90.96 / 60.00",
        "2022-07-01 - 2022-12-31: 16 / 960.00 / 160.00",
    ]
    assert periods(there) == [
        "2022-05-16 - 2022-06-30: 4 / 60.65 / 40.00",
        "2022-07-01 - 2022-12-31: 4 / 240.00 / 40.00",
    ]
    assert credited(out) == ["2022-05-16 - 2022-05-31 on 2022-05-16: -20.65"]
    assert pending(there)[:2] == [
        "2022-05-16 - 2022-05-31 on 2022-05-16: 20.65",
        "2022-06-01 - 2022-06-30 on 2022-06-01: 40.00",
    ]


def test_an_evergreen_with_an_end_can_be_renewed(r1: Trade) -> None:
    r1.sell("Acme", "PLAT", "1", "2022-01-01")
    r1.extend("PLAT", "2022-12-31")
    shape = only(r1.on("2022-10-15").renew("PLAT", term=12))
    assert periods(shape) == [
        "2022-01-01 - 2022-12-31: 1 / 6000.00 / 500.00",
        "2023-01-01 - 2023-12-31: 1 / 6000.00 / 500.00",
    ]
