"""The search over everything: by number and name, in any case, what fits best first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.services import catalogue, customers, invoices, sales
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddAccount, AddProduct, Look, RunInvoices, SaleLine, Sell
from calm_desktop.services.views import search, show_account, show_asset

DAY = date(2022, 3, 1)


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with Desk.create("sqlite://", {"currency": "EUR"}, DAY) as store:
        store.do(catalogue.add_product, AddProduct("Licence", "LIC", Decimal(10)))
        store.do(customers.add_account, AddAccount("Ötztal Bahnen", number="A-7"))
        store.do(customers.add_account, AddAccount("Grand Öst_100% Hotel", number="A-8"))
        store.do(sales.sell, Sell("A-7", (SaleLine("LIC", Decimal(1), DAY, term=1, asset_name="Old licence"),)))
        store.do(invoices.run, RunInvoices(DAY))
        yield store


def titles(desk: Desk, text: str) -> list[tuple[str, str]]:
    return [(hit.kind, hit.title) for hit in desk.ask(search, text)]


def test_what_is_equal_comes_before_what_begins_and_what_contains(desk: Desk) -> None:
    assert titles(desk, "licence") == [("product", "Licence"), ("asset", "Old licence")]
    assert titles(desk, "lic") == [("product", "Licence"), ("asset", "Old licence")]


def test_numbers_and_codes_are_found(desk: Desk) -> None:
    assert titles(desk, "a-7") == [("account", "Ötztal Bahnen")]
    assert titles(desk, "00000001") == [("order", "00000001")]
    assert titles(desk, "inv-000001") == [("invoice", "INV-000001")]
    assert titles(desk, "AST-0") == [("asset", "Old licence")]


@pytest.mark.parametrize("text", ["ötz", "ÖTZ", "Ötz", " ötztal  "])
def test_letters_beyond_a_to_z_are_found_in_any_case(desk: Desk, text: str) -> None:
    assert titles(desk, text) == [("account", "Ötztal Bahnen")]


def test_signs_that_a_database_gives_a_meaning_stand_for_themselves(desk: Desk) -> None:
    assert titles(desk, "_100%") == [("account", "Grand Öst_100% Hotel")]
    assert titles(desk, "%") == [("account", "Grand Öst_100% Hotel")]
    assert titles(desk, "a_7") == []


def test_nothing_finds_nothing(desk: Desk) -> None:
    assert titles(desk, "") == titles(desk, "   ") == titles(desk, "zebra") == []


def test_a_hit_says_whose_it_is_and_leads_there(desk: Desk) -> None:
    (asset,) = desk.ask(search, "old")
    assert asset.subtitle == "AST-000001 · Ötztal Bahnen"
    assert asset.link == f"calm://asset/{desk.ask(show_asset, Look('Old licence')).asset.id}"
    (account,) = desk.ask(search, "bahnen")
    assert (account.subtitle, account.link) == (
        "A-7",
        f"calm://account/{desk.ask(show_account, Look('A-7')).account.id}",
    )


def test_the_best_thirty_are_enough() -> None:
    with Desk.create("sqlite://", {}, DAY) as store:
        for number in range(40):
            store.do(customers.add_account, AddAccount(f"Shop {number:02d}", number=f"S-{number}"))
        store.do(customers.add_account, AddAccount("Workshop", number="W-1"))
        store.do(customers.add_account, AddAccount("Shop", number="W-2"))
        found = titles(store, "shop")
    assert found == [("account", "Shop"), *(("account", f"Shop {number:02d}") for number in range(29))]
