"""Rating of use: each model, the included quantity, the one rounding, and what cannot be a price."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.catalog import PriceUnit, UsageModel
from calm_desktop.engine.changes import NewPrice, amend, pause, reprice, undo
from calm_desktop.engine.dates import Period
from calm_desktop.engine.lifecycle import Change, RenewalWish, renewal_item
from calm_desktop.engine.money import Currency, money_from
from calm_desktop.engine.rating import Rate
from calm_desktop.engine.usage import (
    FLAT,
    Tier,
    UsagePrice,
    Use,
    exact_charge,
    problems_of_usage_price,
    rate_of_use,
)
from tests.engine.lives import METERED, sold, then

USD = Currency("USD", 2)
JPY = Currency("JPY", 0)
LISTED = Rate(Decimal("0.10"), PriceUnit.MONTH)


def D(text: str) -> Decimal:
    return Decimal(text)


def tiers(*steps: str) -> tuple[Tier, ...]:
    """Tiers written `upper:unit price:flat fee`."""
    found = []
    for step in steps:
        upper, unit, flat = step.split(":")
        found.append(Tier(None if upper == "inf" else D(upper), D(unit), D(flat)))
    return tuple(found)


GRADUATED = UsagePrice(UsageModel.GRADUATED, tiers("10:10:2", "20:5:3", "inf:5:3"))
VOLUME = UsagePrice(UsageModel.VOLUME, tiers("100:2:10", "200:1:0", "inf:0.5:50"))
PACKAGE = UsagePrice(UsageModel.PACKAGE, package_size=D("1000"), package_price=D("4"), free_units=D("100"))
PERCENTAGE = UsagePrice(UsageModel.PERCENTAGE, percent=D("1.3"), fixed_fee=D("2"), free_units=D("250"), free_events=2)


def rated(price: UsagePrice, quantity: str, events: int = 1, rate: Rate = LISTED, share: str = "1") -> str:
    return str(money_from(exact_charge(price, Use(Fraction(quantity), events), rate, Fraction(share)), USD))


@pytest.mark.parametrize(
    ("price", "quantity", "amount"),
    [
        (FLAT, "0", "0.00"),
        (FLAT, "1234", "123.40"),
        (FLAT, "0.04", "0.00"),
        (FLAT, "0.05", "0.01"),
        (GRADUATED, "0", "2.00"),
        (GRADUATED, "10", "102.00"),
        (GRADUATED, "10.5", "107.50"),
        (GRADUATED, "21", "163.00"),
        (VOLUME, "100", "210.00"),
        (VOLUME, "100.5", "100.50"),
        (VOLUME, "201", "150.50"),
        (PACKAGE, "100", "0.00"),
        (PACKAGE, "100.000001", "4.00"),
        (PACKAGE, "1100", "4.00"),
        (PACKAGE, "1101", "8.00"),
        (PERCENTAGE, "800", "7.15"),
    ],
)
def test_each_model_has_its_amount(price: UsagePrice, quantity: str, amount: str):
    assert rated(price, quantity) == amount


def test_a_fee_is_due_for_each_event_beyond_the_free_ones():
    assert rated(PERCENTAGE, "800", events=4) == "11.15"
    assert rated(PERCENTAGE, "0", events=0) == "0.00"


def test_included_units_cost_nothing_and_follow_the_length_of_the_period():
    price = UsagePrice(UsageModel.FLAT, included=D("1000"))
    assert rated(price, "1000") == "0.00"
    assert rated(price, "1500") == "50.00"
    # 16 of 30 days: 533 1/3 units are included, 966 2/3 are charged.
    assert rated(price, "1500", share="16/30") == "96.67"


def test_included_units_come_off_before_the_tiers():
    price = UsagePrice(UsageModel.GRADUATED, tiers("10:1:0", "inf:0.5:0"), included=D("5"))
    assert rated(price, "5") == "0.00"
    assert rated(price, "15") == "10.00"
    assert rated(price, "17") == "11.00"


def test_the_discount_of_the_order_item_lowers_every_model():
    tenth = Rate(Decimal("0.10"), PriceUnit.MONTH, D("10"))
    assert rated(FLAT, "100", rate=tenth) == "9.00"
    assert rated(GRADUATED, "10", rate=tenth) == "91.80"
    assert rated(VOLUME, "100", rate=tenth) == "189.00"
    assert rated(PACKAGE, "101", rate=tenth) == "3.60"
    assert rated(PERCENTAGE, "1250", rate=tenth) == "11.70"


def test_it_is_rounded_once_and_half_up_in_the_currency():
    thirds = UsagePrice(UsageModel.GRADUATED, tiers("1:0.0033:0", "2:0.0017:0", "inf:0:0"))
    assert rated(thirds, "2") == "0.01"
    assert str(money_from(exact_charge(FLAT, Use(Fraction(45), 1), LISTED), JPY)) == "5"
    assert str(money_from(exact_charge(FLAT, Use(Fraction(44), 1), LISTED), JPY)) == "4"


# ------------------------------------------------------------------------------------------------------- properties

quantities = st.decimals(min_value=0, max_value=10_000, places=2).map(Fraction)
prices = st.decimals(min_value=0, max_value=100, places=3)
rates = st.builds(Rate, prices, st.just(PriceUnit.MONTH), st.decimals(min_value=0, max_value=100, places=2))
shares = st.builds(Fraction, st.integers(0, 30), st.just(30))


@st.composite
def rising_tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    ends = sorted(draw(st.sets(st.integers(1, 5000), max_size=4)))
    closed = [Tier(Decimal(end), draw(prices), draw(prices)) for end in ends]
    return (*closed, Tier(None, draw(prices), draw(prices)))


included = st.decimals(min_value=0, max_value=500, places=1)
graduated = st.builds(UsagePrice, st.just(UsageModel.GRADUATED), rising_tiers(), included=included)
volumes = st.builds(UsagePrice, st.just(UsageModel.VOLUME), rising_tiers(), included=included)
packages = st.builds(
    UsagePrice,
    st.just(UsageModel.PACKAGE),
    package_size=st.decimals(min_value=1, max_value=500, places=1),
    package_price=prices,
    free_units=included,
    included=included,
)
percentages = st.builds(
    UsagePrice,
    st.just(UsageModel.PERCENTAGE),
    percent=prices,
    fixed_fee=prices,
    free_units=included,
    free_events=st.integers(0, 5),
    included=included,
)
flats = st.builds(UsagePrice, st.just(UsageModel.FLAT), included=included)


@given(st.one_of(flats, graduated, packages, percentages), quantities, quantities, st.integers(0, 9), rates, shares)
def test_more_use_never_costs_less(
    price: UsagePrice, some: Fraction, more: Fraction, events: int, rate: Rate, share: Fraction
):
    less = exact_charge(price, Use(some, events), rate, share)
    assert 0 <= less <= exact_charge(price, Use(some + more, events + 1), rate, share)


@given(st.one_of(flats, graduated, volumes, packages), st.lists(quantities, max_size=6), rates)
def test_into_how_many_records_the_use_is_split_does_not_matter(price: UsagePrice, records: list[Fraction], rate: Rate):
    split = sum((Use(quantity, 1) for quantity in records), Use())
    assert exact_charge(price, split, rate) == exact_charge(price, Use(sum(records, Fraction(0)), 1), rate)


@given(st.one_of(flats, graduated, volumes, packages, percentages))
def test_what_can_be_drawn_is_a_price(price: UsagePrice):
    assert problems_of_usage_price(price) == []


# -------------------------------------------------------------------------------------------------- what is no price


@pytest.mark.parametrize(
    ("price", "codes"),
    [
        (UsagePrice(UsageModel.GRADUATED), ["missing-tiers"]),
        (UsagePrice(UsageModel.VOLUME), ["missing-tiers"]),
        (UsagePrice(UsageModel.PACKAGE), ["missing-package-size", "missing-package-price"]),
        (UsagePrice(UsageModel.PERCENTAGE), ["missing-percent"]),
        (UsagePrice(UsageModel.FLAT, tiers("inf:1:0")), ["unfit-tiers"]),
        (
            UsagePrice(UsageModel.FLAT, fixed_fee=D("1"), free_units=D("1"), free_events=1),
            ["unfit-fixed-fee", "unfit-free-units", "unfit-free-events"],
        ),
        (UsagePrice(UsageModel.GRADUATED, tiers("10:1:0")), ["last-tier-closed"]),
        (UsagePrice(UsageModel.GRADUATED, tiers("inf:1:0", "inf:1:0")), ["open-tier-inside"]),
        (UsagePrice(UsageModel.VOLUME, tiers("10:1:0", "10:1:0", "inf:1:0")), ["tiers-must-rise"]),
        (UsagePrice(UsageModel.VOLUME, tiers("0:1:0", "inf:1:0")), ["tiers-out-of-range"]),
        (UsagePrice(UsageModel.VOLUME, tiers("5:-1:0", "inf:1:-1")), ["tiers-out-of-range", "tiers-out-of-range"]),
        (UsagePrice(UsageModel.VOLUME, tiers("inf:0.0000001:0")), ["too-many-decimals"]),
        (
            UsagePrice(UsageModel.VOLUME, (*(Tier(D(str(n)), D("1")) for n in range(1, 101)), Tier(None, D("1")))),
            ["too-many-tiers"],
        ),
        (
            UsagePrice(UsageModel.PACKAGE, package_size=D("0"), package_price=D("1000000000000")),
            ["package-size-out-of-range", "package-price-out-of-range"],
        ),
        (
            UsagePrice(UsageModel.PERCENTAGE, percent=D("NaN"), free_events=-1),
            ["percent-out-of-range", "free-events-out-of-range"],
        ),
        (
            UsagePrice(UsageModel.PERCENTAGE, percent=D("1.0000001"), fixed_fee=D("NaN")),
            ["too-many-decimals", "fixed-fee-out-of-range"],
        ),
        (UsagePrice(UsageModel.FLAT, included=D("-1")), ["included-out-of-range"]),
    ],
)
def test_what_cannot_be_a_price_is_told_with_every_reason(price: UsagePrice, codes: list[str]):
    assert [problem.code for problem in problems_of_usage_price(price)] == codes


# ------------------------------------------------------------------------------------------------- which rate is held

JANUARY, FEBRUARY, MARCH = (
    Period(date(2022, 1, 1), date(2022, 1, 31)),
    Period(date(2022, 2, 1), date(2022, 2, 28)),
    Period(date(2022, 3, 1), date(2022, 3, 31)),
)
CALLS = sold(METERED)


def held(change: Change) -> list[str]:
    """The unit price of use in January, February and March."""
    return [str(rate_of_use(change.life, 1, days).unit_price) for days in (JANUARY, FEBRUARY, MARCH)]


def test_use_is_charged_by_the_rate_that_was_agreed() -> None:
    assert held(CALLS) == ["10", "10", "10"]


def test_a_new_price_holds_from_the_next_period_on() -> None:
    changed = then(CALLS, *reprice(CALLS.life, date(2022, 1, 15), NewPrice(D("20")), "Calls"))
    assert held(changed) == ["10", "20", "20"]
    back = then(changed, *undo(changed.life, [2, 3]))
    assert held(back) == ["10", "10", "10"]


def test_the_price_of_units_that_were_taken_back_holds_no_longer() -> None:
    more = then(CALLS, *amend(CALLS.life, FEBRUARY.start, D("5"), NewPrice(D("50")), "Calls"))
    fewer = then(more, *amend(more.life, MARCH.start, D("-5"), NewPrice(), "Calls"))
    assert held(fewer) == ["10", "50", "10"]


def test_the_price_before_a_pause_holds_after_it_and_in_a_period_that_is_paused_whole() -> None:
    changed = then(CALLS, *reprice(CALLS.life, FEBRUARY.start, NewPrice(D("20")), "Calls"))
    paused = then(changed, *pause(changed.life, FEBRUARY.start, date(2022, 3, 10), "Calls"))
    assert held(paused) == ["10", "20", "20"]


def test_each_term_has_its_own_price() -> None:
    renewed = then(CALLS, renewal_item(CALLS.life, RenewalWish(), D("30"), at_list=True))
    assert held(renewed) == ["10", "10", "10"]
    assert rate_of_use(renewed.life, 2, Period(date(2023, 1, 1), date(2023, 1, 31))).unit_price == 30
