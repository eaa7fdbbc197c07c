"""Sales: what they make, and what is refused with which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.engine.catalog import Category, PriceUnit, RenewalPricing
from calm_desktop.engine.dates import Boundary, BoundaryKind, Frequency, Partial, Remainder, TermUnit
from calm_desktop.engine.problems import Refused
from calm_desktop.services import catalogue, customers, sales
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    Find,
    SaleLine,
    Sell,
    SetAccount,
    SetAsset,
    SetPrice,
    Source,
)
from calm_desktop.services.views import list_accounts, list_actions, list_orders
from calm_desktop.services.wire import to_json

LICENCES = SaleLine("LIC", Decimal(10), date(2022, 1, 1), term=12)


def sell(desk: Desk, *lines: SaleLine, account: str = "Acme", **other: object) -> object:
    return to_json(desk.do(sales.sell, Sell(account, lines, **other)))  # type: ignore[arg-type]


def refusal(desk: Desk, *lines: SaleLine, account: str = "Acme", **other: object) -> list[tuple[str, str, str]]:
    with pytest.raises(Refused) as refused:
        sell(desk, *lines, account=account, **other)
    assert desk.ask(list_orders, Find()) == ()
    return [(problem.code, problem.field, problem.place) for problem in refused.value.problems]


def test_an_order_of_every_kind_of_product(desk: Desk) -> None:
    result = sell(
        desk,
        LICENCES,
        SaleLine("PLAT", Decimal(1), date(2022, 2, 1)),
        SaleLine("ROUTER", Decimal(3), date(2022, 2, 15)),
        SaleLine("CALLS", Decimal(1000), date(2022, 1, 1), term=12),
    )
    assert isinstance(result, dict)
    (order,) = result["orders"]
    assert (order["total"], order["effective_date"]) == ("1949.70", "2022-01-01")
    assert [item["total"] for item in order["items"]] == ["1200.00", None, "749.70", "0.00"]
    heads = [each["asset"] for each in result["assets"]]
    assert [(head["kind"], head["quantity"], head["amount"], head["mrr"]) for head in heads] == [
        ("subscription", "10", "1200.00", "100.00"),
        ("subscription", "1", "0.00", "500.00"),
        ("physical", "3", "749.70", "0.00"),
        ("usage", "1000", "0.00", "0.00"),
    ]
    ends = [head["lifecycle_end"] for head in heads]
    assert ends == ["2022-12-31", None, None, "2022-12-31"]


def test_r2b_a_partial_first_month_counts_its_days(desk: Desk) -> None:
    calendar = Boundary(BoundaryKind.CALENDAR)
    line = SaleLine("LIC", Decimal(5), date(2022, 9, 15), end=date(2022, 12, 31), boundary=calendar)
    result = sell(desk, line)
    assert isinstance(result, dict)
    item = result["orders"][0]["items"][0]
    assert (item["term_count"], item["total"]) == ("3.533333333", "176.67")


@pytest.mark.parametrize(
    ("boundary", "partial", "total"),
    [
        (Boundary(BoundaryKind.DAY, 5), Partial.ALLOWED, "923.23"),
        (Boundary(BoundaryKind.DAY, 5), Partial.WHOLE, "990.00"),
        (Boundary(BoundaryKind.CALENDAR), Partial.ALLOWED, "924.47"),
        (Boundary(), Partial.ALLOWED, "923.23"),
    ],
)
def test_r8_and_r9_parts_of_periods(desk: Desk, boundary: Boundary, partial: Partial, total: str) -> None:
    line = SaleLine(
        "LIC",
        Decimal(1),
        date(2025, 3, 28),
        price=Decimal(90),
        end=date(2026, 2, 4),
        boundary=boundary,
        partial=partial,
    )
    result = sell(desk, line)
    assert isinstance(result, dict)
    assert result["orders"][0]["total"] == total


@pytest.mark.parametrize(
    ("remainder", "first", "last"), [(Remainder.LAST, "8.33", "8.37"), (Remainder.FIRST, "8.37", "8.33")]
)
def test_r7_a_hundred_over_twelve_months(desk: Desk, remainder: Remainder, first: str, last: str) -> None:
    yearly = AddProduct("Yearly", "YEAR", Decimal(100), price_unit=PriceUnit.YEAR)
    desk.do(catalogue.add_product, yearly)
    result = sell(desk, replace(LICENCES, product="YEAR", quantity=Decimal(1), remainder=remainder))
    assert isinstance(result, dict)
    amounts = [item["amount"] for item in result["assets"][0]["billing"]["schedules"][0]["items"]]
    assert (amounts[0], set(amounts[1:-1]), amounts[-1]) == (first, {"8.33"}, last)


def test_r10_a_bill_day_moves_the_billing_date_only(desk: Desk) -> None:
    desk.do(customers.set_account, SetAccount("Acme", bill_day=15))
    result = sell(desk, replace(LICENCES, term=1))
    assert isinstance(result, dict)
    (item,) = result["assets"][0]["billing"]["schedules"][0]["items"]
    assert (item["start"], item["end"], item["billing_date"]) == ("2022-01-01", "2022-01-31", "2021-12-15")


def test_the_list_price_is_that_of_the_day_of_the_order(desk: Desk) -> None:
    desk.do(catalogue.set_price, SetPrice("LIC", Decimal(12), date(2022, 2, 1)))
    late, ahead = LICENCES, replace(LICENCES, start=date(2022, 6, 1))
    desk.do(catalogue.set_price, SetPrice("LIC", Decimal(99), date(2022, 5, 1)))
    result = sell(desk, late, ahead)
    assert isinstance(result, dict)
    assert [item["net_unit_price"] for item in result["orders"][0]["items"]] == ["10.00", "12.00"]


def test_a_discount_stands_as_an_adjustment_of_the_source(desk: Desk) -> None:
    result = sell(desk, replace(LICENCES, discount=Decimal("12.5")))
    assert isinstance(result, dict)
    (source,) = result["assets"][0]["actions"][0]["sources"]
    assert (source["product_amount"], source["adjustment"], source["subtotal"]) == ("1200.00", "-150.00", "1050.00")


def test_a_stated_origin_stands_beside_the_order_item(desk: Desk) -> None:
    visit, shop = Source(work_order="88213", line="4"), Source(system="Shop", reference="W-1")
    sell(desk, replace(LICENCES, source=visit), replace(LICENCES, source=shop), replace(LICENCES, source=visit))
    rows = desk.ask(list_actions, Find())
    assert [row.source for row in rows] == ["Work order 88213 / 4", "Shop: W-1", "Work order 88213 / 4"]


def test_create_makes_an_account_and_a_priced_product(desk: Desk) -> None:
    line = SaleLine("Seats", Decimal(2), date(2022, 1, 1), price=Decimal(5))
    result = sell(desk, line, account="Newcomer", create=True)
    assert isinstance(result, dict)
    assert result["assets"][0]["asset"]["mrr"] == "10.00"
    assert [row.name for row in desk.ask(list_accounts, Find())] == ["Acme", "Belmont", "Newcomer"]


def test_a_cross_sell_needs_something_owned_before(desk: Desk) -> None:
    cross = replace(LICENCES, category=Category.CROSS_SELLS)
    assert refusal(desk, cross) == [("no-cross-sell", "category", "")]
    sell(desk, SaleLine("ROUTER", Decimal(1), date(2022, 1, 1)))
    result = sell(desk, cross)
    assert isinstance(result, dict)
    assert result["assets"][0]["actions"][0]["category"] == "Cross-Sells"


def test_all_problems_of_all_lines_are_told_at_once(desk: Desk) -> None:
    assert refusal(
        desk,
        replace(LICENCES, product="NOPE"),
        replace(LICENCES, quantity=Decimal(0)),
        replace(LICENCES, discount=Decimal(101), boundary=Boundary(BoundaryKind.DAY, 5), frequency=Frequency.WEEKLY),
        replace(LICENCES, term=None),
        replace(LICENCES, end=date(2022, 6, 30)),
        replace(LICENCES, term=None, end=date(2021, 12, 31)),
        replace(LICENCES, product="PLAT"),
        replace(LICENCES, category=Category.RENEWALS),
        replace(LICENCES, term=0),
        replace(LICENCES, term=3600, term_unit=TermUnit.YEARS),
    ) == [
        ("unknown-product", "product", "line 1"),
        ("quantity-out-of-range", "quantity", "line 2"),
        ("discount-out-of-range", "discount", "line 3"),
        ("boundary-needs-months", "boundary", "line 3"),
        ("missing-term", "term", "line 4"),
        ("end-and-term", "end", "line 5"),
        ("end-before-start", "end", "line 6"),
        ("evergreen-end", "end", "line 7"),
        ("bad-category", "category", "line 8"),
        ("bad-term", "term", "line 9"),
        ("day-out-of-range", "end", "line 10"),
    ]


def test_other_refusals(desk: Desk) -> None:
    assert refusal(desk) == [("no-lines", "lines", "")]
    assert refusal(desk, LICENCES, account="Nobody") == [("unknown-account", "account", "")]
    assert refusal(desk, LICENCES, currency="EUR") == [("no-list-price", "price", "")]
    assert refusal(desk, LICENCES, currency="ABC") == [("unknown-currency", "currency", "")]
    desk.do(customers.add_account, AddAccount("Acme"))
    assert refusal(desk, LICENCES) == [("ambiguous-account", "account", "")]


def test_renewal_fields_need_a_term_before_a_unit(desk: Desk) -> None:
    sell(desk, LICENCES)
    with pytest.raises(Refused, match="Give a renewal term with its unit"):
        desk.do(sales.set_asset, SetAsset("Licence", renewal_term_unit=TermUnit.YEARS))
    with pytest.raises(Refused, match="not 0"):
        desk.do(sales.set_asset, SetAsset("Licence", renewal_term=0))
    desk.do(sales.set_asset, SetAsset("Licence", renewal_term=2, renewal_pricing=RenewalPricing.LIST))
    head = desk.do(sales.set_asset, SetAsset("Licence", renewal_term_unit=TermUnit.YEARS)).asset
    assert (head.renewal_term, head.renewal_term_unit, head.renewal_pricing) == (2, "years", "list")


def test_names_and_origins_are_of_a_length_that_is_kept(desk: Desk) -> None:
    long = "R" * 256
    assert refusal(
        desk,
        replace(LICENCES, asset_name=long),
        replace(LICENCES, source=Source(system="S" * 81, reference=long)),
        replace(LICENCES, source=Source(work_order="W" * 81, line="1\n2")),
    ) == [
        ("too-long", "asset_name", "line 1"),
        ("too-long", "source", "line 2"),
        ("too-long", "source", "line 2"),
        ("too-long", "source", "line 3"),
        ("bad-characters", "source", "line 3"),
    ]
