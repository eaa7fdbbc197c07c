"""The published cases of another billing system on use: every model comes out the same here."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from calm_desktop.engine.catalog import PriceUnit, UsageModel
from calm_desktop.engine.money import Currency, money_from
from calm_desktop.engine.rating import Rate
from calm_desktop.engine.usage import Tier, UsagePrice, Use, exact_charge, problems_of_usage_price
from tests.oracle import CASES, MISSING, PROPERTY, Case, Record, ours

USD = Currency("USD", 2)
USAGE = [case for case in CASES if case["kind"] == "usage"]


def price_of(asked: Case) -> UsagePrice:
    model = UsageModel(asked["model"])
    match model:
        case UsageModel.GRADUATED | UsageModel.VOLUME:
            tiers = tuple(
                Tier(None if tier["to"] is None else Decimal(tier["to"]), Decimal(tier["unit"]), Decimal(tier["flat"]))
                for tier in asked["tiers"]
            )
            return UsagePrice(model, tiers)
        case UsageModel.PACKAGE:
            size, free = Decimal(asked["package_size"]), Decimal(asked["free_units"])
            return UsagePrice(model, package_size=size, package_price=Decimal(asked["package_price"]), free_units=free)
        case _:
            return UsagePrice(
                model,
                percent=Decimal(asked["rate"]),
                fixed_fee=Decimal(asked["fixed_per_paid_event"]),
                free_units=Decimal(asked["free_units"]),
                free_events=asked["free_events"],
            )


@pytest.mark.parametrize("case", ours("usage"))
def test_use_is_rated_the_same(case: Case, record_property: Record):
    record_property(PROPERTY, case["id"])
    asked = case["inputs"]
    price, use = price_of(asked), Use(Fraction(asked["units"]), asked.get("events", 1))
    assert problems_of_usage_price(price) == []
    amount = money_from(exact_charge(price, use, Rate(Decimal(0), PriceUnit.MONTH)), USD)
    assert amount.amount == Decimal(case["expected"]["amount"])


@pytest.mark.skipif(not USAGE, reason=MISSING)
def test_no_usage_case_is_left_out():
    assert len(USAGE) == 12
