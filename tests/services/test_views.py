"""What the views answer, on a small book of two customers; every figure as a clerk would have written it down.

- Acme (USD): 10 licences for 2022 at 10.00 a month, from line 4 of work order 88213; renewed for 2023 on 15 Oct 2022.
- Bäcker & Söhne (EUR): hosting, 2 at 20.00 a month, evergreen from 1 Mar 2022, as order 4711 of the ERP; a router for
  150.00 on 10 May 2022, taxed at 19 %; and in USD 5 licences from 1 Jun to 30 Nov 2022.
- On 15 Oct 2022 a run invoices everything that is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from calm_desktop.engine.catalog import Category, Kind, SellingModel
from calm_desktop.engine.problems import Refused
from calm_desktop.services import catalogue, customers, invoices, renewals, sales, taxes, views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    AddTax,
    CreateAssets,
    Find,
    Look,
    PageRequest,
    Renew,
    RunInvoices,
    SaleLine,
    Sell,
    SetPrice,
    Source,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.balances import settlement
from calm_desktop.services.wire import to_json
from calm_desktop.store import tables
from calm_desktop.store.ids import take

OCTOBER = date(2022, 10, 15)
_BERLIN, _DAY = ZoneInfo("Europe/Berlin"), timedelta(days=1)


def on(desk: Desk, day: date) -> Desk:
    """The same store, acting as if it were that day."""
    return Desk(desk.database, day)


def write_book(desk: Desk) -> None:
    start = on(desk, date(2021, 12, 20))
    start.do(catalogue.add_product, AddProduct("Licence", "LIC", Decimal(10)))
    start.do(
        catalogue.add_product,
        AddProduct("Hosting", "HOST", Decimal(20), selling_model=SellingModel.EVERGREEN, currency="EUR"),
    )
    start.do(
        catalogue.add_product,
        AddProduct("Router", "ROUTER", Decimal(150), Kind.PHYSICAL, currency="EUR", tax_category="goods"),
    )
    start.do(taxes.add_tax, AddTax("goods", Decimal(19)))
    start.do(customers.add_account, AddAccount("Acme", number="A-1"))
    start.do(customers.add_account, AddAccount("Bäcker & Söhne", number="B-2", currency="EUR", country="DE"))

    def sell(account: str, line: SaleLine, currency: str = "") -> None:
        on(desk, line.start).do(sales.sell, Sell(account, (line,), currency=currency))

    ten = Decimal(10)
    sell("Acme", SaleLine("LIC", ten, date(2022, 1, 1), term=12, source=Source(work_order="88213", line="4")))
    erp = Source(system="ERP", reference="4711")
    sell("B-2", SaleLine("HOST", Decimal(2), date(2022, 3, 1), source=erp))
    sell("B-2", SaleLine("ROUTER", Decimal(1), date(2022, 5, 10)))
    five = SaleLine("LIC", Decimal(5), date(2022, 6, 1), term=6, asset_name="Branch licences")
    sell("B-2", five, currency="USD")
    on(desk, OCTOBER).do(invoices.run, RunInvoices(OCTOBER))
    on(desk, OCTOBER).do(renewals.renew, Renew(("AST-000001",), term=12))


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with Desk.create("sqlite://", {"currency": "USD", "time-zone": "Europe/Berlin"}) as store:
        write_book(store)
        yield on(store, OCTOBER)


@pytest.fixture
def fresh() -> Iterator[Desk]:
    """The same book, to be written in."""
    with Desk.create("sqlite://", {"currency": "USD", "time-zone": "Europe/Berlin"}) as store:
        write_book(store)
        yield on(store, OCTOBER)


def told(desk: Desk, view: Callable[[Any, Any], Any], request: Any) -> Any:
    """The answer of a view as JSON."""
    return to_json(desk.ask(view, request))


def picked(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


# ------------------------------------------------------------------------------------------------------ one asset


def test_an_asset_has_its_state_periods_by_start(desk: Desk) -> None:
    shown = told(desk, views.show_asset, Look("AST-000001"))
    assert picked(shown["state_periods"], "start", "end", "quantity", "amount", "mrr") == [
        ("2022-01-01", "2022-12-31", "10", "1200.00", "100.00"),
        ("2023-01-01", "2023-12-31", "10", "1200.00", "100.00"),
    ]


def test_the_head_of_an_asset_shows_the_state_of_the_day_and_the_lifetime_amount(desk: Desk) -> None:
    head = told(desk, views.show_asset, Look("Licence"))["asset"]
    assert {key: head[key] for key in ("name", "account", "product", "product_name", "kind", "currency")} == {
        "name": "Licence",
        "account": "Acme",
        "product": "LIC",
        "product_name": "Licence",
        "kind": "subscription",
        "currency": "USD",
    }
    assert (head["quantity"], head["amount"], head["mrr"]) == ("10", "1200.00", "100.00")
    assert (head["lifecycle_start"], head["lifecycle_end"]) == ("2022-01-01", "2023-12-31")
    assert head["total_lifecycle_amount"] == "2400.00"


@pytest.mark.parametrize(
    ("day", "status", "quantity", "amount"),
    [
        (date(2021, 12, 31), "Scheduled", "0", "0.00"),
        (date(2022, 1, 1), "Active", "10", "1200.00"),
        (date(2023, 12, 31), "Active", "10", "1200.00"),
        (date(2024, 1, 1), "Ended", "0", "0.00"),
    ],
)
def test_as_of_a_day_an_asset_is_to_come_in_force_or_over(
    desk: Desk, day: date, status: str, quantity: str, amount: str
) -> None:
    head = told(desk, views.show_asset, Look("Licence", day))["asset"]
    assert (head["status"], head["quantity"], head["amount"]) == (status, quantity, amount)


def test_in_the_gap_before_a_late_renewal_nothing_is_owned_but_something_is_to_come(fresh: Desk) -> None:
    late = Renew(("Branch licences",), term=6, start=date(2023, 1, 1))
    fresh.do(renewals.renew, late)
    head = told(fresh, views.show_asset, Look("Branch licences", date(2022, 12, 15)))["asset"]
    assert (head["status"], head["quantity"], head["mrr"]) == ("Scheduled", "0", "0.00")
    assert (head["lifecycle_end"], head["total_lifecycle_amount"]) == ("2023-06-30", "600.00")


def test_actions_come_in_the_order_recorded_with_running_totals(desk: Desk) -> None:
    actions = told(desk, views.show_asset, Look("Licence"))["actions"]
    names = ("action_date", "effective_date", "category", "type", "quantity_change", "amount_change", "mrr_change")
    assert picked(actions, *names) == [
        ("2022-01-01", "2022-01-01", "Initial Sale", "Generate", "10", "1200.00", "100.00"),
        ("2022-10-15", "2023-01-01", "Renewals", "Change", "0", "1200.00", "0.00"),
    ]
    assert [action["totals"] for action in actions] == [
        {"quantity": "10", "amount": "1200.00", "mrr": "100.00", "categories": {"Initial Sale": "1200.00"}},
        {
            "quantity": "10",
            "amount": "2400.00",
            "mrr": "100.00",
            "categories": {"Initial Sale": "1200.00", "Renewals": "1200.00"},
        },
    ]


def test_an_action_names_its_order_item_and_its_stated_origin(desk: Desk) -> None:
    sale, renewal = told(desk, views.show_asset, Look("Licence"))["actions"]
    names = ("kind", "reference", "system", "quantity", "product_amount", "adjustment", "subtotal")
    assert picked(sale["sources"], *names) == [
        ("order-item", "00000001/1", None, "10", "1200.00", "0.00", "1200.00"),
        ("work-order-line", "88213/4", None, "10", "0.00", "0.00", "0.00"),
    ]
    assert picked(renewal["sources"], "kind", "reference", "start", "end") == [
        ("order-item", "00000005/1", "2023-01-01", "2023-12-31")
    ]
    (hosting,) = told(desk, views.show_asset, Look("Hosting"))["actions"]
    assert picked(hosting["sources"], "kind", "reference", "system") == [
        ("order-item", "00000002/1", None),
        ("external", "4711", "ERP"),
    ]


def test_a_source_that_is_an_order_item_leads_to_its_order(desk: Desk) -> None:
    sources = told(desk, views.show_asset, Look("Licence"))["actions"][0]["sources"]
    order = told(desk, views.show_order, Look("00000001"))["order"]
    assert [source["order_id"] for source in sources] == [order["id"], None]


def test_an_action_is_shown_with_the_asset_that_it_changed(desk: Desk) -> None:
    renewal = told(desk, views.show_asset, Look("Licence"))["actions"][1]
    shown = told(desk, views.show_action, Look(renewal["id"], date(2023, 2, 1)))
    assert shown["action"] == renewal
    assert (shown["asset"]["name"], shown["asset"]["status"]) == ("Licence", "Active")


# ------------------------------------------------------------------------------------------------------- billing


def test_a_schedule_counts_posted_invoices_as_billed_and_the_rest_as_pending(desk: Desk) -> None:
    billing = told(desk, views.show_asset, Look("Licence"))["billing"]
    names = ("category", "start", "end", "total", "billed", "pending", "next_billing_date", "next_charge_from")
    assert picked(billing["schedules"], *names) == [
        ("Original", "2022-01-01", "2022-12-31", "1200.00", "1000.00", "200.00", "2022-11-01", "2022-11-01"),
        ("Renewal", "2023-01-01", "2023-12-31", "1200.00", "0.00", "1200.00", "2023-01-01", "2023-01-01"),
    ]
    assert {schedule["status"] for schedule in billing["schedules"]} == {"ReadyForInvoicing"}
    assert picked(billing["schedules"][0]["items"], "start", "end", "billing_date", "amount")[9:11] == [
        ("2022-10-01", "2022-10-31", "2022-10-01", "100.00"),
        ("2022-11-01", "2022-11-30", "2022-11-01", "100.00"),
    ]
    invoiced = [item["invoice"] for item in billing["schedules"][0]["items"]]
    assert invoiced == [*(f"INV-{number:06d}" for number in range(1, 11)), None, None]


def test_the_group_rolls_its_schedules_up(desk: Desk) -> None:
    group = told(desk, views.show_asset, Look("Licence"))["billing"]["group"]
    del group["id"]
    assert group == {
        "start": "2022-01-01",
        "end": "2023-12-31",
        "total_billed": "1000.00",
        "total_pending": "1400.00",
        "next_billing_date": "2022-11-01",
    }


def test_an_evergreen_schedule_has_neither_total_nor_pending_nor_end(desk: Desk) -> None:
    shown = told(desk, views.show_asset, Look("Hosting"))
    (schedule,) = shown["billing"]["schedules"]
    names = ("end", "total", "billed", "pending", "status", "next_billing_date", "next_charge_from")
    assert picked([schedule], *names) == [(None, None, "320.00", None, "ReadyForInvoicing", "2022-11-01", "2022-11-01")]
    group = shown["billing"]["group"]
    assert (group["end"], group["total_billed"], group["total_pending"]) == (None, "320.00", None)
    assert picked(shown["state_periods"], "start", "end", "quantity", "amount", "mrr") == [
        ("2022-03-01", None, "2", None, "40.00")
    ]
    assert (shown["asset"]["amount"], shown["asset"]["mrr"]) == ("0.00", "40.00")


def test_what_is_sold_once_is_completely_billed_by_one_invoice(desk: Desk) -> None:
    shown = told(desk, views.show_asset, Look("Router"))
    (schedule,) = shown["billing"]["schedules"]
    names = ("status", "end", "total", "billed", "pending", "next_billing_date", "next_charge_from")
    assert picked([schedule], *names) == [("CompletelyBilled", None, "150.00", "150.00", "0.00", None, None)]
    group = shown["billing"]["group"]
    assert (group["end"], group["total_pending"], group["next_billing_date"]) == (None, "0.00", None)


def test_a_draft_bills_nothing_yet_and_shows_its_schedule_at_work(fresh: Desk) -> None:
    november = date(2022, 11, 15)
    made = fresh.do(invoices.run, RunInvoices(november, draft=True, account="Acme"))
    (draft,) = to_json(made)["invoices"]
    schedule = told(fresh, views.show_asset, Look("Licence"))["billing"]["schedules"][0]
    names = ("status", "billed", "pending", "next_billing_date", "next_charge_from")
    assert picked([schedule], *names) == [("Processing", "1000.00", "200.00", "2022-11-01", "2022-11-01")]
    assert schedule["items"][10]["invoice"] == draft["invoice"]["id"]
    assert (draft["invoice"]["number"], draft["invoice"]["balance"]) == (None, "100.00")
    (card,) = told(fresh, views.show_account, Look("Acme", november))["cards"]
    assert card["invoice_line_balance"] == "1000.00"
    drafts = [row for row in told(fresh, views.list_invoice_lines, Find("Acme")) if row["status"] == "Draft"]
    assert picked(drafts, "invoice", "date", "amount") == [(draft["invoice"]["id"], "2022-11-01", "100.00")]


def test_an_invoice_that_failed_shows_at_its_schedule_and_owes_nothing(fresh: Desk) -> None:
    fresh.do(invoices.run, RunInvoices(date(2022, 11, 15), draft=True, account="Acme"))
    fresh.do(set_drafts_to, "Error")
    schedule = told(fresh, views.show_asset, Look("Licence"))["billing"]["schedules"][0]
    assert (schedule["status"], schedule["billed"], schedule["pending"]) == ("Error", "1000.00", "200.00")
    (failed,) = [row for row in told(fresh, views.list_invoices, Find("Acme")) if row["status"] == "Error"]
    assert (failed["total"], failed["balance"]) == ("100.00", "0.00")


def set_drafts_to(tx: Tx, status: str) -> None:
    invoice = tables.invoice
    failed = invoice.update().where(invoice.c.status == "Draft").values(status=status)
    tx.db.execute(failed.execution_options(calm_step=True))


@pytest.mark.parametrize(
    ("total", "balance", "words"),
    [
        (10000, 10000, "Not Settled"),
        (10000, 2500, "Partially Settled"),
        (10000, 0, "Settled"),
        (0, 0, "Settled"),
    ],
)
def test_an_invoice_is_settled_when_nothing_is_open(total: int, balance: int, words: str) -> None:
    assert settlement(total, balance) == words


def test_an_asset_without_schedules_has_no_billing_group() -> None:
    with Desk.create("sqlite://", {"auto-flow": "off"}, OCTOBER) as store:
        store.do(catalogue.add_product, AddProduct("Seat", "SEAT", Decimal(5)))
        line = SaleLine("SEAT", Decimal(1), OCTOBER, term=1)
        (order,) = store.do(sales.sell, Sell("Acme", (line,), create=True)).orders
        assert (order.items[0].asset, told(store, views.list_assets, Find())) == (None, [])
        store.do(sales.create_assets, CreateAssets(order.number))
        assert told(store, views.show_asset, Look("Seat"))["billing"] == {"group": None, "schedules": []}


# ------------------------------------------------------------------------------------------------------ accounts


def test_an_account_has_a_card_for_each_currency_its_own_first(desk: Desk) -> None:
    assert told(desk, views.show_account, Look("B-2"))["cards"] == [
        {
            "currency": "EUR",
            "quantity": "3",
            "amount": "150.00",
            "mrr": "40.00",
            "invoice_line_balance": "498.50",
        },
        {
            "currency": "USD",
            "quantity": "5",
            "amount": "300.00",
            "mrr": "50.00",
            "invoice_line_balance": "250.00",
        },
    ]


@pytest.mark.parametrize(
    ("day", "quantity", "mrr", "balance"),
    [
        (date(2022, 2, 28), "0", "0.00", "0.00"),
        (date(2022, 3, 1), "2", "40.00", "40.00"),
        (date(2022, 5, 10), "3", "40.00", "298.50"),
        (date(2030, 1, 1), "3", "40.00", "498.50"),
    ],
)
def test_cards_hold_as_of_any_day(desk: Desk, day: date, quantity: str, mrr: str, balance: str) -> None:
    card = told(desk, views.show_account, Look("B-2", day))["cards"][0]
    assert (card["quantity"], card["mrr"], card["invoice_line_balance"]) == (quantity, mrr, balance)


def test_series_step_where_state_periods_start_and_end(desk: Desk) -> None:
    assert told(desk, views.show_account, Look("B-2"))["series"] == [
        {
            "currency": "EUR",
            "days": ["2022-03-01", "2022-05-10"],
            "quantity": ["2", "3"],
            "mrr": ["40.00", "40.00"],
            "amount": ["0.00", "150.00"],
        },
        {
            "currency": "USD",
            "days": ["2022-06-01", "2022-12-01"],
            "quantity": ["5", "0"],
            "mrr": ["50.00", "0.00"],
            "amount": ["300.00", "0.00"],
        },
    ]


def test_an_account_that_owns_nothing_shows_zeros_in_its_currency(fresh: Desk) -> None:
    fresh.do(customers.add_account, AddAccount("Newcomer", currency="JPY"))
    shown = told(fresh, views.show_account, Look("Newcomer"))
    zeros = {"currency": "JPY", "quantity": "0", "amount": "0", "mrr": "0", "invoice_line_balance": "0"}
    assert (shown["cards"], shown["series"], shown["assets"]) == ([zeros], [], [])
    (row,) = told(fresh, views.list_accounts, Find("Newcomer"))
    assert (row["assets"], row["quantity"], row["mrr"], row["others"]) == (0, "0", "0", [])


def test_the_accounts_list_shows_figures_in_the_own_currency_and_others_beside(desk: Desk) -> None:
    rows = told(desk, views.list_accounts, Find())
    names = ("number", "name", "country", "currency", "assets", "quantity", "amount", "mrr", "invoice_line_balance")
    assert picked(rows, *names) == [
        ("A-1", "Acme", "", "USD", 1, "10", "1200.00", "100.00", "1000.00"),
        ("B-2", "Bäcker & Söhne", "DE", "EUR", 3, "3", "150.00", "40.00", "498.50"),
    ]
    assert [row["others"] for row in rows] == [
        [],
        [
            {
                "currency": "USD",
                "quantity": "5",
                "amount": "300.00",
                "mrr": "50.00",
                "invoice_line_balance": "250.00",
            }
        ],
    ]


def test_the_accounts_list_as_of_a_day_agrees_with_the_cards_of_that_day(desk: Desk) -> None:
    for day in (date(2022, 2, 1), date(2022, 12, 15), date(2024, 6, 1)):
        (row,) = told(desk, views.list_accounts, Find("B-2", as_of=day))
        own, dollars = told(desk, views.show_account, Look("B-2", day))["cards"]
        assert {key: row[key] for key in own} == own
        # A currency in which there is nothing on the day is left out of the list.
        nothing = {"currency": "USD", "quantity": "0", "amount": "0.00", "mrr": "0.00", "invoice_line_balance": "0.00"}
        assert row["others"] == ([] if dollars == nothing else [dollars])


def test_what_is_still_owed_after_everything_ended_stays_in_the_list(desk: Desk) -> None:
    (row,) = told(desk, views.list_accounts, Find("B-2", as_of=date(2024, 6, 1)))
    assert picked(row["others"], "currency", "quantity", "invoice_line_balance") == [("USD", "0", "250.00")]


# --------------------------------------------------------------------------------------------------------- lists


def test_assets_of_an_account_are_listed_oldest_first(desk: Desk) -> None:
    rows = told(desk, views.list_assets, Find("B-2", as_of=date(2022, 12, 15)))
    assert picked(rows, "number", "name", "quantity", "mrr", "status") == [
        ("AST-000002", "Hosting", "2", "40.00", "Active"),
        ("AST-000003", "Router", "1", "0.00", "Active"),
        ("AST-000004", "Branch licences", "0", "0.00", "Ended"),
    ]
    assert picked(told(desk, views.list_assets, Find(asset="Router")), "name") == [("Router",)]


def test_actions_of_everyone_are_listed_in_the_order_recorded(desk: Desk) -> None:
    rows = told(desk, views.list_actions, Find())
    assert picked(rows, "account", "asset", "category", "source", "quantity_after", "amount_after", "mrr_after") == [
        ("Acme", "Licence", "Initial Sale", "Work order 88213 / 4", "10", "1200.00", "100.00"),
        ("Bäcker & Söhne", "Hosting", "Initial Sale", "ERP: 4711", "2", "0.00", "40.00"),
        ("Bäcker & Söhne", "Router", "Initial Sale", "Order 00000003 / 1", "1", "150.00", "0.00"),
        ("Bäcker & Söhne", "Branch licences", "Initial Sale", "Order 00000004 / 1", "5", "300.00", "50.00"),
        ("Acme", "Licence", "Renewals", "Order 00000005 / 1", "10", "2400.00", "100.00"),
    ]


@pytest.mark.parametrize(
    ("wish", "sources"),
    [
        (Find(start=date(2022, 6, 1), end=date(2022, 12, 31)), ["Order 00000004 / 1"]),
        (Find(start=date(2022, 3, 2)), ["Order 00000003 / 1", "Order 00000004 / 1", "Order 00000005 / 1"]),
        (Find(category=Category.RENEWALS), ["Order 00000005 / 1"]),
        (Find("Acme", end=date(2022, 12, 31)), ["Work order 88213 / 4"]),
        (Find(asset="Hosting"), ["ERP: 4711"]),
        (Find("Acme", "Hosting"), []),
    ],
)
def test_actions_are_picked_by_owner_effective_date_and_category(desk: Desk, wish: Find, sources: list[str]) -> None:
    assert [row["source"] for row in told(desk, views.list_actions, wish)] == sources


def test_running_totals_count_actions_that_the_filter_hides(desk: Desk) -> None:
    (renewal,) = told(desk, views.list_actions, Find("Acme", start=date(2023, 1, 1)))
    assert (renewal["quantity_after"], renewal["amount_after"], renewal["mrr_after"]) == ("10", "2400.00", "100.00")


def test_orders_are_listed_in_the_order_recorded(desk: Desk) -> None:
    names = ("number", "account", "kind", "status", "order_date", "effective_date", "items", "total", "currency")
    rows = told(desk, views.list_orders, Find())
    assert picked(rows, *names)[1:] == [
        ("00000002", "Bäcker & Söhne", "New", "Activated", "2022-03-01", "2022-03-01", 1, "0.00", "EUR"),
        ("00000003", "Bäcker & Söhne", "New", "Activated", "2022-05-10", "2022-05-10", 1, "150.00", "EUR"),
        ("00000004", "Bäcker & Söhne", "New", "Activated", "2022-06-01", "2022-06-01", 1, "300.00", "USD"),
        ("00000005", "Acme", "Renew", "Activated", "2022-10-15", "2023-01-01", 1, "1200.00", "USD"),
    ]
    assert picked(told(desk, views.list_orders, Find("Acme")), "number") == [("00000001",), ("00000005",)]
    assert picked(told(desk, views.list_orders, Find(asset="Router")), "number") == [("00000003",)]
    spring = Find(start=date(2022, 2, 1), end=date(2022, 5, 10))
    assert picked(told(desk, views.list_orders, spring), "number") == [("00000002",), ("00000003",)]


def test_an_order_is_shown_with_its_items_and_assets(desk: Desk) -> None:
    shown = told(desk, views.show_order, Look("00000005"))
    (item,) = shown["order"]["items"]
    names = ("line", "product", "category", "start", "end", "quantity", "list_price", "net_unit_price", "term_count")
    assert picked([item], *names) == [(1, "LIC", "Renewals", "2023-01-01", "2023-12-31", "10", "10.00", "10.00", "12")]
    assert (item["frequency"], item["timing"], item["boundary"], item["total"]) == (
        "monthly",
        "advance",
        "anniversary",
        "1200.00",
    )
    assert picked(shown["assets"], "id", "name") == [(item["asset"], "Licence")]
    assert (shown["order"]["kind"], shown["order"]["total"]) == ("Renew", "1200.00")


def test_an_evergreen_item_has_neither_total_nor_term_count(desk: Desk) -> None:
    (item,) = told(desk, views.show_order, Look("00000002"))["order"]["items"]
    assert (item["end"], item["term_count"], item["total"]) == (None, None, None)


def test_an_invoice_is_shown_with_charges_tax_and_balance(desk: Desk) -> None:
    rows = told(desk, views.list_invoices, Find(asset="Router"))
    names = ("date", "due", "status", "settlement", "currency", "charges", "tax", "total", "balance")
    assert picked(rows, *names) == [
        ("2022-05-10", "2022-06-09", "Posted", "Not Settled", "EUR", "150.00", "0.00", "150.00", "150.00"),
        ("2022-05-10", "2022-06-09", "Posted", "Not Settled", "EUR", "0.00", "28.50", "28.50", "28.50"),
    ]
    (charge,) = told(desk, views.show_invoice, Look(rows[0]["number"]))["lines"]
    (tax,) = told(desk, views.show_invoice, Look(rows[1]["id"]))["lines"]
    columns = ("type", "description", "quantity", "unit_price", "amount", "tax", "balance", "asset")
    assert picked([charge, tax], *columns) == [
        ("Charge", "Router", "1", "150.00", "150.00", "28.50", "150.00", "Router"),
        ("Tax", "goods 19 % on Router", "1", "150.00", "28.50", "0.00", "28.50", "Router"),
    ]


def test_invoices_are_listed_by_date(desk: Desk) -> None:
    summer = Find("B-2", start=date(2022, 5, 1), end=date(2022, 7, 1))
    assert picked(told(desk, views.list_invoices, summer), "date", "currency", "total") == [
        ("2022-05-01", "EUR", "40.00"),
        ("2022-05-10", "EUR", "150.00"),
        ("2022-05-10", "EUR", "28.50"),
        ("2022-06-01", "EUR", "40.00"),
        ("2022-06-01", "USD", "50.00"),
        ("2022-07-01", "EUR", "40.00"),
        ("2022-07-01", "USD", "50.00"),
    ]
    assert len(told(desk, views.list_invoices, Find())) == 25


def test_the_lines_as_of_a_day_sum_to_the_card_of_that_day(desk: Desk) -> None:
    rows = told(desk, views.list_invoice_lines, Find("B-2", as_of=date(2022, 5, 10)))
    assert picked(rows, "date", "type", "asset", "amount", "balance", "currency") == [
        ("2022-03-01", "Charge", "Hosting", "40.00", "40.00", "EUR"),
        ("2022-04-01", "Charge", "Hosting", "40.00", "40.00", "EUR"),
        ("2022-05-01", "Charge", "Hosting", "40.00", "40.00", "EUR"),
        ("2022-05-10", "Charge", "Router", "150.00", "150.00", "EUR"),
        ("2022-05-10", "Tax", "Router", "28.50", "28.50", "EUR"),
    ]
    card = told(desk, views.show_account, Look("B-2", date(2022, 5, 10)))["cards"][0]
    assert card["invoice_line_balance"] == "298.50"


def test_invoice_lines_of_one_asset(desk: Desk) -> None:
    rows = told(desk, views.list_invoice_lines, Find(asset="Branch licences", start=date(2022, 9, 1)))
    assert picked(rows, "account", "start", "end", "quantity", "unit_price", "amount") == [
        ("Bäcker & Söhne", "2022-09-01", "2022-09-30", "5", "10.00", "50.00"),
        ("Bäcker & Söhne", "2022-10-01", "2022-10-31", "5", "10.00", "50.00"),
    ]


def test_products_show_the_list_price_of_the_day_and_all_their_prices(fresh: Desk) -> None:
    fresh.do(catalogue.set_price, SetPrice("LIC", Decimal(12), date(2022, 6, 1)))
    fresh.do(catalogue.set_price, SetPrice("LIC", Decimal("9.5"), date(2022, 6, 1), "EUR"))
    names = ("code", "kind", "selling_model", "price_unit", "currency", "price")
    assert picked(told(fresh, views.list_products, Find()), *names) == [
        ("HOST", "subscription", "evergreen", "month", "EUR", "20.00"),
        ("LIC", "subscription", "term", "month", "USD", "12.00"),
        ("ROUTER", "physical", "one-time", "once", "EUR", "150.00"),
    ]
    before = told(fresh, views.list_products, Find(as_of=date(2022, 5, 31)))[1]
    assert before["price"] == "10.00"
    assert picked(before["prices"], "currency", "start", "price") == [
        ("EUR", "2022-06-01", "9.50"),
        ("USD", "1900-01-01", "10.00"),
        ("USD", "2022-06-01", "12.00"),
    ]


def test_taxes_are_listed_by_category_profile_and_day(fresh: Desk) -> None:
    fresh.do(taxes.add_tax, AddTax("goods", Decimal("7.25"), "reduced", date(2022, 1, 1)))
    names = ("category", "profile", "start", "rate")
    assert picked(told(fresh, views.list_taxes, Find()), *names) == [
        ("goods", "", "1900-01-01", "19"),
        ("goods", "reduced", "2022-01-01", "7.25"),
    ]


def test_events_are_listed_in_the_order_told(desk: Desk) -> None:
    rows = desk.ask(views.list_events, Find())
    assert [row.name for row in rows[-3:]] == [
        "AssetRenewInitiatedEvent",
        "CreateAssetOrderEvent",
        "BillingScheduleCreatedEvent",
    ]
    assert [row.id for row in rows] == list(range(1, len(rows) + 1))
    assert len({row.request_identifier for row in rows[-3:]}) == 1


def test_events_are_picked_by_the_days_of_the_organisation(desk: Desk) -> None:
    told_at = desk.ask(views.list_events, Find())[-1].created_at.astimezone(_BERLIN).date()
    every = len(desk.ask(views.list_events, Find()))
    assert len(desk.ask(views.list_events, Find(end=told_at))) == every
    assert desk.ask(views.list_events, Find(end=told_at - _DAY)) == ()
    assert desk.ask(views.list_events, Find(start=told_at + _DAY)) == ()


def test_imports_are_listed_in_the_order_made(fresh: Desk) -> None:
    fresh.do(write_import, ("monday.csv", datetime(2022, 10, 16, 21, 59, tzinfo=UTC)))
    fresh.do(write_import, ("tuesday.csv", datetime(2022, 10, 16, 22, 0, tzinfo=UTC)))
    names = ("files", "format", "read", "new", "changed", "same", "skipped", "cancelled", "rejected")
    assert picked(told(fresh, views.list_imports, Find()), *names) == [
        ("monday.csv", "orders", 21, 1, 2, 3, 4, 5, 6),
        ("tuesday.csv", "orders", 21, 1, 2, 3, 4, 5, 6),
    ]
    # In Berlin 22:00 UTC is the next day's midnight.
    seventeenth = Find(start=date(2022, 10, 17), end=date(2022, 10, 17))
    assert picked(told(fresh, views.list_imports, seventeenth), "files") == [("tuesday.csv",)]


def write_import(tx: Tx, made: tuple[str, datetime]) -> None:
    files, moment = made
    counts = {"read": 21, "new": 1, "changed": 2, "same": 3, "skipped": 4, "cancelled": 5, "rejected": 6}
    row = {"id": take(tx.db, "import"), "files": files, "format": "orders", "content_hash": "", "imported_at": moment}
    tx.db.execute(tables.import_batch.insert().values(**row, **counts))


def test_an_action_that_nobody_stated_a_source_for_has_none(fresh: Desk) -> None:
    fresh.do(write_change, date(2022, 9, 1))
    change = told(fresh, views.list_actions, Find("Acme"))[-1]
    assert (change["category"], change["source"], change["order_id"]) == ("Other", "", None)
    assert (change["quantity_after"], change["mrr_after"]) == ("12.5", "125.00")
    assert told(fresh, views.show_asset, Look("Licence"))["actions"][-1]["sources"] == []


def write_change(tx: Tx, day: date) -> None:
    row = {"id": take(tx.db, "action"), "asset_id": 1, "sequence": 3, "category": "Other", "type": "Change"}
    days = {"action_date": day, "effective_date": day, "recorded_at": tx.now}
    changes = {"quantity_change": Decimal("2.5"), "amount_change": 0, "mrr_change": 2500}
    tx.db.execute(tables.action.insert().values(**row, **days, **changes))


# --------------------------------------------------------------------------------------------------------- pages


def test_the_account_page_shows_a_day_and_the_same_day_a_year_before(desk: Desk) -> None:
    page = told(desk, views.account_page, PageRequest("Acme", date(2023, 1, 31)))
    names = ("currency", "quantity", "amount", "mrr", "invoice_line_balance")
    assert picked(page["cards"], *names) == [("USD", "10", "1200.00", "100.00", "1000.00")]
    assert picked(page["cards_before"], *names) == [("USD", "10", "1200.00", "100.00", "100.00")]
    assert page["lifetime_amounts"] == ["2400.00"]
    assert (page["account"]["name"], page["asset"], page["billing"]) == ("Acme", None, None)
    assert (page["as_of"], page["today"]) == ("2023-01-31", "2022-10-15")


def test_the_account_page_holds_all_that_hangs_on_it(desk: Desk) -> None:
    page = told(desk, views.account_page, PageRequest("B-2"))
    assert picked(page["assets"], "name") == [("Hosting",), ("Router",), ("Branch licences",)]
    assert picked(page["period_starts"], "day", "asset", "quantity", "amount", "mrr", "currency") == [
        ("2022-03-01", "Hosting", "2", None, "40.00", "EUR"),
        ("2022-05-10", "Router", "1", "150.00", "0.00", "EUR"),
        ("2022-06-01", "Branch licences", "5", "300.00", "50.00", "USD"),
    ]
    assert picked(page["orders"], "number") == [("00000002",), ("00000003",), ("00000004",)]
    assert page["lifetime_amounts"] == ["150.00", "300.00"]
    assert [len(page["invoices"]), page["open_lines"], page["overdue"]] == [15, 15, 13]
    assert page["state_periods"] == []


def test_the_balance_of_a_currency_steps_on_invoice_dates(desk: Desk) -> None:
    euro, dollar = told(desk, views.account_page, PageRequest("B-2"))["balance_series"]
    assert euro == [
        "EUR",
        [
            "2022-03-01",
            "2022-04-01",
            "2022-05-01",
            "2022-05-10",
            "2022-06-01",
            "2022-07-01",
            "2022-08-01",
            "2022-09-01",
            "2022-10-01",
        ],
        ["40.00", "80.00", "120.00", "298.50", "338.50", "378.50", "418.50", "458.50", "498.50"],
    ]
    assert dollar[2] == ["50.00", "100.00", "150.00", "200.00", "250.00"]


def test_the_days_and_the_category_of_a_page_pick_its_actions_alone(desk: Desk) -> None:
    page = told(desk, views.account_page, PageRequest("B-2", start=date(2022, 5, 1), end=date(2022, 5, 31)))
    assert picked(page["actions"], "asset", "effective_date") == [("Router", "2022-05-10")]
    assert len(page["period_starts"]) == 3
    assert told(desk, views.account_page, PageRequest("B-2", category=Category.RENEWALS))["actions"] == []


def test_the_asset_page_has_the_state_periods_billing_and_papers_of_one_asset(desk: Desk) -> None:
    page = told(desk, views.asset_page, PageRequest("Branch licences"))
    assert (page["account"]["name"], page["asset"]["name"]) == ("Bäcker & Söhne", "Branch licences")
    assert page["cards"] == [
        {"currency": "USD", "quantity": "5", "amount": "300.00", "mrr": "50.00", "invoice_line_balance": "250.00"}
    ]
    assert picked(page["state_periods"], "start", "end", "quantity", "amount", "mrr") == [
        ("2022-06-01", "2022-11-30", "5", "300.00", "50.00")
    ]
    assert picked(page["assets"], "name") == [("Branch licences",)]
    assert picked(page["actions"], "category", "source") == [("Initial Sale", "Order 00000004 / 1")]
    assert picked(page["orders"], "number") == [("00000004",)]
    assert [page["billing"]["group"]["total_billed"], page["billing"]["group"]["total_pending"]] == ["250.00", "50.00"]
    assert [len(page["invoices"]), page["open_lines"], page["overdue"]] == [5, 5, 4]


# ---------------------------------------------------------------------------------------------------- what is not


@pytest.mark.parametrize(
    ("view", "code"),
    [
        (views.show_account, "unknown-account"),
        (views.show_asset, "unknown-asset"),
        (views.show_order, "unknown-order"),
        (views.show_invoice, "unknown-invoice"),
        (views.show_action, "unknown-action"),
        (views.account_page, "unknown-account"),
        (views.asset_page, "unknown-asset"),
    ],
)
def test_what_does_not_exist_is_refused(desk: Desk, view: Callable[[Any, Any], Any], code: str) -> None:
    request = PageRequest("Nobody") if view in (views.account_page, views.asset_page) else Look("Nobody")
    with pytest.raises(Refused) as refused:
        desk.ask(view, request)
    assert [problem.code for problem in refused.value.problems] == [code]
