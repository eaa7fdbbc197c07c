"""Products, list prices, customers, taxes and settings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.engine.catalog import Kind, PriceUnit, SellingModel
from calm_desktop.engine.problems import Refused
from calm_desktop.services import catalogue, customers, settings, taxes
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    AddTax,
    Find,
    SetAccount,
    SetPrice,
    SetProduct,
    SetSetting,
)
from calm_desktop.services.taxes import TaxRates
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import list_products


def codes(error: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.code for problem in error.value.problems]


@pytest.mark.parametrize(
    ("kind", "model", "unit", "sold"),
    [
        (Kind.SUBSCRIPTION, None, None, ("term", "month")),
        (Kind.SUBSCRIPTION, None, PriceUnit.ONCE, ("one-time", "once")),
        (Kind.PHYSICAL, None, None, ("one-time", "once")),
        (Kind.PROFESSIONAL_SERVICE, None, None, ("one-time", "once")),
        (Kind.AFTERMARKET_SERVICE, None, PriceUnit.YEAR, ("term", "year")),
        (Kind.SUBSCRIPTION, SellingModel.EVERGREEN, None, ("evergreen", "month")),
        (Kind.SUBSCRIPTION, SellingModel.TERM, PriceUnit.ONCE, ("term", "once")),
    ],
)
def test_how_a_product_is_sold_follows_from_its_kind(
    desk: Desk, kind: Kind, model: SellingModel | None, unit: PriceUnit | None, sold: tuple[str, str]
) -> None:
    row = desk.do(catalogue.add_product, AddProduct("New", "NEW", Decimal(1), kind, model, unit))
    assert (row.selling_model, row.price_unit) == sold


def test_a_product_that_cannot_be_is_refused_with_every_reason(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        desk.do(catalogue.add_product, AddProduct(" ", "LIC", Decimal(-1)))
    assert codes(refused) == ["missing-name", "product-exists", "bad-price"]
    wrong = AddProduct("X", "", Decimal(1), selling_model=SellingModel.EVERGREEN, price_unit=PriceUnit.ONCE)
    with pytest.raises(Refused) as refused:
        desk.do(catalogue.add_product, wrong)
    assert codes(refused) == ["missing-code", "bad-price-unit"]
    wrong = AddProduct("X", "X", Decimal(1), selling_model=SellingModel.ONE_TIME, price_unit=PriceUnit.YEAR)
    with pytest.raises(Refused) as refused:
        desk.do(catalogue.add_product, wrong)
    assert codes(refused) == ["bad-price-unit"]


def test_a_price_change_is_a_new_entry_and_history_stays(desk: Desk) -> None:
    desk.do(catalogue.set_price, SetPrice("LIC", Decimal(12), date(2022, 6, 1)))
    desk.do(catalogue.set_price, SetPrice("LIC", Decimal(13), date(2022, 6, 1)))
    desk.do(catalogue.set_price, SetPrice("LIC", Decimal(9), date(2022, 1, 1), "EUR"))
    row = next(row for row in desk.ask(list_products, Find()) if row.code == "LIC")
    assert [(price.currency, price.start, price.price) for price in row.prices] == [
        ("EUR", date(2022, 1, 1), Decimal(9)),
        ("USD", date(1900, 1, 1), Decimal(10)),
        ("USD", date(2022, 6, 1), Decimal(13)),
    ]
    assert row.price == Decimal(10)
    with pytest.raises(Refused, match="from 0 to below"):
        desk.do(catalogue.set_price, SetPrice("LIC", Decimal(-1), date(2022, 6, 1)))


def test_what_describes_a_product_can_change(desk: Desk) -> None:
    row = desk.do(catalogue.set_product, SetProduct("LIC", name="Pro licence", tax_category="software"))
    assert (row.name, row.tax_category, row.family) == ("Pro licence", "software", "")
    with pytest.raises(Refused, match="needs a name"):
        desk.do(catalogue.set_product, SetProduct("LIC", name=" "))


def test_accounts_are_numbered_around_numbers_taken_by_hand(desk: Desk) -> None:
    desk.do(customers.add_account, AddAccount("Taken", number="A-00003"))
    assert desk.do(customers.add_account, AddAccount("Next")).number == "A-00004"
    with pytest.raises(Refused) as refused:
        desk.do(customers.add_account, AddAccount("", "A-00003", bill_day=32, payment_days=-1, invoice_by="week"))
    assert codes(refused) == ["missing-name", "bad-bill-day", "bad-payment-days", "bad-invoice-by", "account-exists"]


def test_an_account_can_change_and_lose_its_bill_day(desk: Desk) -> None:
    head = desk.do(
        customers.set_account,
        SetAccount("Acme", name="Acme Ltd", country="GB", bill_day=15, payment_days=14, invoice_by="order"),
    )
    assert (head.name, head.country, head.bill_day, head.payment_days, head.invoice_by) == (
        "Acme Ltd",
        "GB",
        15,
        14,
        "order",
    )
    assert desk.do(customers.set_account, SetAccount("Acme Ltd", bill_day=0)).bill_day is None


def test_a_tax_rate_of_the_profile_wins_over_the_one_for_all(desk: Desk) -> None:
    for rate, profile, start in (("19", "", None), ("0", "export", None), ("20", "", date(2022, 7, 1))):
        desk.do(taxes.add_tax, AddTax("software", Decimal(rate), profile, start))

    def rates(tx: Tx, _: None) -> list[Decimal | None]:
        found = TaxRates(tx)
        june, july = date(2022, 6, 30), date(2022, 7, 1)
        asked = [("software", "", june), ("software", "DE", july), ("software", "export", july), ("books", "", june)]
        return [found.rate(*question) for question in asked]

    assert desk.ask(rates, None) == [Decimal(19), Decimal(20), Decimal(0), None]
    with pytest.raises(Refused) as refused:
        desk.do(taxes.add_tax, AddTax(" ", Decimal(1001)))
    assert codes(refused) == ["missing-category", "bad-rate"]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("colour", "blue", "There is no setting 'colour'"),
        ("currency", "XX", "currency cannot be 'XX'"),
        ("time-zone", "Mars/Base", "Write it like Europe/Berlin"),
        ("auto-flow", "maybe", "auto-flow can be on or off, not 'maybe'"),
        ("payment-days", "soon", "payment-days cannot be 'soon'"),
        ("payment-days", "9" * 5000, "Write it like 30"),
        ("invoice-prefix", "INV1", "invoice-prefix cannot be 'INV1'"),
    ],
)
def test_a_setting_says_what_it_may_say(desk: Desk, key: str, value: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        desk.do(settings.set_setting, SetSetting(key, value))
    assert desk.settings == {rule.key: rule.default for rule in settings.RULES.values()}


def test_a_setting_is_kept(desk: Desk) -> None:
    assert desk.do(settings.set_setting, SetSetting("currency", "eur")).settings["currency"] == "EUR"
    assert desk.settings["currency"] == "EUR"


def test_texts_are_of_a_length_that_is_kept_and_in_one_line(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        desk.do(customers.add_account, AddAccount("A" * 256, number="N\n1", country="D\x07E"))
    assert [(problem.code, problem.field) for problem in refused.value.problems] == [
        ("bad-characters", "number"),
        ("too-long", "name"),
        ("bad-characters", "country"),
    ]
    assert desk.do(customers.set_account, SetAccount("Acme", bill_to="1 High St\nLeeds")).bill_to == "1 High St\nLeeds"
    with pytest.raises(Refused, match="name holds a line break"):
        desk.do(customers.set_account, SetAccount("Acme", name="Ac\nme"))
    with pytest.raises(Refused, match="code is 81 characters long; at most 80 are kept"):
        desk.do(catalogue.add_product, AddProduct("X", "C" * 81, Decimal(1)))
    with pytest.raises(Refused, match="name is 256 characters long"):
        desk.do(catalogue.set_product, SetProduct("LIC", name="X" * 256))
    with pytest.raises(Refused, match="category is 81 characters long"):
        desk.do(taxes.add_tax, AddTax("T" * 81, Decimal(1)))
