"""The first page's figures, from one look at the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from calm_desktop.engine.catalog import PriceUnit, RenewalPricing, SellingModel
from calm_desktop.services.catalogue import add_product
from calm_desktop.services.changes import cancel, swap, transfer
from calm_desktop.services.customers import add_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.holds import hold
from calm_desktop.services.invoices import run
from calm_desktop.services.renewals import renew
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    AddTax,
    CancelAsset,
    Find,
    Renew,
    RunInvoices,
    SaleLine,
    Sell,
    SetHold,
    SwapAsset,
    TransferAsset,
    UndoAction,
)
from calm_desktop.services.sales import sell
from calm_desktop.services.taxes import add_tax
from calm_desktop.services.undoing import undo
from calm_desktop.services.views import (
    active_assets,
    draft_invoices,
    ending_first,
    ending_soon,
    holds_in_force,
    home_start,
    latest_changes,
    open_invoices,
    owed,
    price_book,
    recurring,
    tax_book,
)

BOUGHT = date(2022, 1, 1)
TODAY = date(2022, 10, 15)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Acme owns ten licences for 2022 in dollars; Halden three for half a year in euros, and an evergreen platform."""
    with Desk.create("sqlite://", {"currency": "USD"}, today=TODAY) as made:
        bought = made.on(BOUGHT)
        bought.do(add_product, AddProduct("Licence", "LIC", Decimal(10), tax_category="software"))
        evergreen = AddProduct("Platform", "PLA", Decimal(90), selling_model=SellingModel.EVERGREEN)
        bought.do(add_product, evergreen)
        bought.do(add_tax, AddTax("software", Decimal(0)))
        once = AddProduct("Gateway", "GW", Decimal(250), price_unit=PriceUnit.ONCE)
        bought.do(add_product, once)
        bought.do(add_account, AddAccount("Acme"))
        bought.do(add_account, AddAccount("Halden", currency="EUR", tax_profile="DE"))
        bought.do(sell, Sell("Acme", (SaleLine("LIC", Decimal(10), BOUGHT, term=12),)))
        seats = SaleLine("LIC", Decimal(3), date(2022, 7, 1), price=Decimal(8), term=6)
        platform = SaleLine("PLA", Decimal(1), date(2022, 3, 1), price=Decimal(85))
        gateway = SaleLine("GW", Decimal(1), BOUGHT, price=Decimal(240), end=date(2022, 12, 31))
        bought.do(sell, Sell("Halden", (seats, platform, gateway)))
        yield made


def test_recurring_revenue_of_all_customers_steps_by_currency(desk: Desk) -> None:
    series = {each.currency: each for each in desk.ask(recurring, None).series}
    assert series["USD"].days == (date(2022, 1, 1), date(2023, 1, 1))
    assert [str(figure) for figure in series["USD"].mrr] == ["100.00", "0.00"]
    assert series["EUR"].days == (date(2022, 3, 1), date(2022, 7, 1), date(2023, 1, 1))
    assert [str(figure) for figure in series["EUR"].mrr] == ["85.00", "109.00", "85.00"]


def test_what_ends_within_90_days_is_what_can_be_renewed(desk: Desk) -> None:
    soon = desk.ask(ending_soon, None)
    assert (soon.until, soon.assets) == (date(2023, 1, 13), 2)
    assert [str(figure) for figure in soon.mrr] == ["24.00", "100.00"]
    assert soon.first is not None
    assert soon.first.account == "Acme"
    assert [(each.account, each.product, each.lifecycle_end) for each in desk.ask(ending_first, 9).rows] == [
        ("Acme", "LIC", date(2022, 12, 31)),
        ("Halden", "LIC", date(2022, 12, 31)),
    ]
    assert desk.ask(active_assets, None).assets == 4


@pytest.mark.parametrize(("day", "ends"), [(date(2022, 10, 1), 0), (date(2022, 10, 2), 2), (date(2023, 1, 1), 0)])
def test_the_90_days_count_from_today(desk: Desk, day: date, ends: int) -> None:
    assert desk.on(day).ask(ending_soon, None).assets == ends


def test_what_is_renewed_ends_no_more(desk: Desk) -> None:
    acme = desk.ask(ending_first, 9).rows[0]
    desk.do(renew, Renew((acme.id,), pricing=RenewalPricing.LAST))
    assert [each.account for each in desk.ask(ending_first, 9).rows] == ["Halden"]
    assert [(each.category, each.account) for each in desk.ask(latest_changes, 9).rows] == [
        ("Renewals", "Acme"),
        ("Initial Sale", "Halden"),
        ("Initial Sale", "Halden"),
        ("Initial Sale", "Halden"),
        ("Initial Sale", "Acme"),
    ]


@pytest.mark.parametrize(
    ("act", "wish"),
    [
        (cancel, CancelAsset("AST-000001", date(2022, 11, 1))),
        (transfer, TransferAsset("AST-000001", "Belmont", date(2022, 11, 1))),
        (swap, SwapAsset("AST-000001", "GW", date(2022, 11, 1))),
    ],
)
def test_what_has_ended_ends_no_more_until_that_is_undone(desk: Desk, act: Any, wish: Any) -> None:
    desk.do(add_account, AddAccount("Belmont"))
    done = desk.do(act, wish)
    assert "AST-000001" not in [each.number for each in desk.ask(ending_first, 9).rows]
    desk.do(undo, UndoAction(done.assets[0].actions[-1].id))
    ending = desk.ask(ending_first, 9).rows
    assert [(each.number, each.lifecycle_end) for each in ending] == [
        ("AST-000001", date(2022, 12, 31)),
        ("AST-000002", date(2022, 12, 31)),
    ]


def test_open_and_overdue_are_summed_by_currency(desk: Desk) -> None:
    desk.do(run, RunInvoices(date(2022, 9, 30), account="Acme"))
    (usd,) = desk.ask(owed, None)
    assert (usd.currency, usd.invoices, str(usd.balance)) == ("USD", 9, "900.00")
    assert (usd.overdue_invoices, str(usd.overdue)) == (9, "900.00")
    assert [each.due for each in desk.ask(open_invoices, 2).rows] == [date(2022, 1, 31), date(2022, 3, 3)]
    desk.do(run, RunInvoices(date(2022, 10, 1), account="Acme"))
    (usd,) = desk.ask(owed, None)
    assert (usd.invoices, str(usd.balance)) == (10, "1000.00")
    assert (usd.overdue_invoices, str(usd.overdue)) == (9, "900.00")


def test_a_draft_invoice_is_not_owed(desk: Desk) -> None:
    desk.do(run, RunInvoices(date(2022, 9, 30), draft=True))
    assert desk.ask(owed, None) == ()
    assert desk.ask(open_invoices, 9).rows == ()


def test_drafts_wait_oldest_first_and_holds_while_they_hold(desk: Desk) -> None:
    desk.do(run, RunInvoices(date(2022, 9, 30), draft=True, account="Acme"))
    drafts = desk.ask(draft_invoices, 2)
    assert ([each.date for each in drafts.rows], drafts.count) == ([date(2022, 1, 1), date(2022, 2, 1)], 9)
    desk.do(hold, SetHold("account", "Halden", date(2022, 10, 31), "Disputes the tax"))
    held = desk.ask(holds_in_force, 9)
    assert [(each.account, each.reason) for each in held.rows] == [("Halden", "Disputes the tax")]
    assert desk.on(date(2022, 11, 1)).ask(holds_in_force, 9).rows == ()


def test_an_empty_store_has_nothing_to_show() -> None:
    with Desk.create("sqlite://", today=TODAY) as desk:
        start = desk.ask(home_start, None)
        ends, due = desk.ask(ending_first, 9).rows, desk.ask(open_invoices, 9).rows
        drafts, changes = desk.ask(draft_invoices, 9).rows, desk.ask(latest_changes, 9).rows
        soon, series, debts = desk.ask(ending_soon, None), desk.ask(recurring, None).series, desk.ask(owed, None)
    assert (start.accounts, start.products, start.sold) == (0, 0, False)
    assert (ends, due, drafts, changes, series, debts) == ((), (), (), (), (), ())
    assert (soon.assets, soon.first) == (0, None)


def test_the_price_book_knows_the_words_in_use(desk: Desk) -> None:
    book = desk.ask(price_book, Find())
    assert [(row.code, row.price) for row in book.products] == [
        ("GW", Decimal(250)),
        ("LIC", Decimal(10)),
        ("PLA", Decimal(90)),
    ]
    assert (book.today, book.currency, book.tax_categories) == (TODAY, "USD", ("software",))
    taxes = desk.ask(tax_book, Find())
    assert (taxes.categories, taxes.profiles) == (("software",), ("DE",))
    assert [(row.category, row.profile, row.rate) for row in taxes.rates] == [("software", "", Decimal(0))]
