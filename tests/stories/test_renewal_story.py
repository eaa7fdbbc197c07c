"""The renewal story, told to the services: DOMAIN R1, R2, R3, R11, and the rules of DOMAIN 5 about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from calm_desktop.engine.catalog import RenewalPricing, SellingModel
from calm_desktop.engine.dates import TermUnit, Timing
from calm_desktop.engine.problems import Refused
from calm_desktop.services import catalogue, customers, invoices, renewals, sales, settings, taxes
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    ActivateOrder,
    AddProduct,
    AddTax,
    CreateAssets,
    CreateSchedules,
    Find,
    InvoiceOrder,
    Look,
    PostInvoices,
    Renew,
    RunInvoices,
    SaleLine,
    Sell,
    SetAccount,
    SetAsset,
    SetPrice,
    SetProduct,
    SetSetting,
)
from calm_desktop.services.views import list_events, list_invoices, show_asset
from calm_desktop.services.wire import to_json

OCTOBER = date(2022, 10, 15)
LICENCE = AddProduct("Licence", "LIC", Decimal(10))
SALE = Sell("Acme", (SaleLine("LIC", Decimal(10), date(2022, 1, 1), term=12),), create=True)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk.create("sqlite://", {"currency": "USD"}, today=date(2022, 1, 1)) as desk:
        desk.do(catalogue.add_product, LICENCE)
        yield desk
        report = desk.ask(check, None)
        assert report.ok, report.broken


def asset(desk: Desk, day: date = OCTOBER) -> Any:
    return to_json(desk.on(day).ask(show_asset, Look("Licence")))


def sold_and_billed(desk: Desk) -> Desk:
    desk.do(sales.sell, SALE)
    autumn = desk.on(OCTOBER)
    autumn.do(invoices.run, RunInvoices(OCTOBER))
    return autumn


def test_r1_the_sale(desk: Desk) -> None:
    result = to_json(desk.do(sales.sell, SALE))
    (order,) = result["orders"]
    assert (order["kind"], order["status"], order["effective_date"], order["total"]) == (
        "New",
        "Activated",
        "2022-01-01",
        "1200.00",
    )
    item = order["items"][0]
    assert (item["net_unit_price"], item["term_count"], item["total"]) == ("10.00", "12", "1200.00")
    (owned,) = result["assets"]
    assert owned["state_periods"] == [
        {"start": "2022-01-01", "end": "2022-12-31", "quantity": "10", "amount": "1200.00", "mrr": "100.00"}
    ]
    (action,) = owned["actions"]
    assert (action["category"], action["type"]) == ("Initial Sale", "Generate")
    assert (action["quantity_change"], action["amount_change"], action["mrr_change"]) == ("10", "1200.00", "100.00")
    assert action["totals"]["categories"]["Initial Sale"] == "1200.00"
    (source,) = action["sources"]
    assert (source["kind"], source["reference"], source["subtotal"]) == ("order-item", "00000001/1", "1200.00")


def test_r2_one_run_makes_ten_invoices(desk: Desk) -> None:
    desk.do(sales.sell, SALE)
    result = to_json(desk.on(OCTOBER).do(invoices.run, RunInvoices(OCTOBER)))
    heads = [each["invoice"] for each in result["invoices"]]
    assert [head["date"] for head in heads] == [f"2022-{month:02d}-01" for month in range(1, 11)]
    assert {head["total"] for head in heads} == {"100.00"}
    assert [head["number"] for head in heads] == [f"INV-{number:06d}" for number in range(1, 11)]
    assert result["totals"] == [{"currency": "USD", "invoices": 10, "charges": "1000.00", "tax": "0.00"}]
    group = asset(desk)["billing"]["group"]
    assert (group["total_billed"], group["total_pending"], group["next_billing_date"]) == (
        "1000.00",
        "200.00",
        "2022-11-01",
    )


def test_a_second_identical_run_makes_nothing(desk: Desk) -> None:
    autumn = sold_and_billed(desk)
    result = autumn.do(invoices.run, RunInvoices(OCTOBER))
    assert (result.invoices, result.totals) == ((), ())


def test_r3_the_renewal(desk: Desk) -> None:
    autumn = sold_and_billed(desk)
    before = asset(desk)["state_periods"]
    result = to_json(autumn.do(renewals.renew, Renew(("Licence",), term=12, pricing=RenewalPricing.LAST)))
    (order,) = result["orders"]
    assert (order["kind"], order["effective_date"], order["total"]) == ("Renew", "2023-01-01", "1200.00")
    (renewed,) = result["assets"]
    assert renewed["state_periods"] == [
        *before,
        {"start": "2023-01-01", "end": "2023-12-31", "quantity": "10", "amount": "1200.00", "mrr": "100.00"},
    ]
    action = renewed["actions"][1]
    assert (action["category"], action["quantity_change"], action["amount_change"], action["mrr_change"]) == (
        "Renewals",
        "0",
        "1200.00",
        "0.00",
    )
    assert (action["totals"]["quantity"], action["totals"]["amount"], action["totals"]["mrr"]) == (
        "10",
        "2400.00",
        "100.00",
    )
    billing = renewed["billing"]
    assert billing["group"]["end"] == "2023-12-31"
    assert (billing["group"]["total_billed"], billing["group"]["total_pending"]) == ("1000.00", "1400.00")
    assert [(each["category"], each["start"], each["total"]) for each in billing["schedules"]] == [
        ("Original", "2022-01-01", "1200.00"),
        ("Renewal", "2023-01-01", "1200.00"),
    ]
    assert renewed["asset"]["total_lifecycle_amount"] == "2400.00"
    names = [event.name for event in desk.ask(list_events, Find())]
    assert names == [
        "CreateAssetOrderEvent",
        "BillingScheduleCreatedEvent",
        "InvoiceProcessedEvent",
        "AssetRenewInitiatedEvent",
        "CreateAssetOrderEvent",
        "BillingScheduleCreatedEvent",
    ]


def test_r11_the_next_charge_starts_after_what_is_billed(desk: Desk) -> None:
    desk.do(sales.sell, SALE)
    desk.do(invoices.run, RunInvoices(date(2022, 1, 31)))
    (schedule,) = asset(desk)["billing"]["schedules"]
    assert (schedule["next_charge_from"], schedule["next_billing_date"]) == ("2022-02-01", "2022-02-01")
    assert schedule["status"] == "ReadyForInvoicing"


def test_a_renewal_is_not_invoiced_before_the_sale_is_finished(desk: Desk) -> None:
    autumn = sold_and_billed(desk)
    autumn.do(renewals.renew, Renew(("Licence",), term=12))
    with pytest.raises(Refused, match=r"still pending is 200\.00 USD of order 00000001") as refused:
        autumn.do(invoices.invoice_order, InvoiceOrder("00000002"))
    assert refused.value.problems[0].overridable
    assert len(desk.ask(list_invoices, Find())) == 10


def test_after_the_sale_is_finished_the_renewal_is_invoiced(desk: Desk) -> None:
    autumn = sold_and_billed(desk)
    autumn.do(renewals.renew, Renew(("Licence",), term=12))
    autumn.do(invoices.run, RunInvoices(date(2022, 12, 31)))
    result = to_json(autumn.do(invoices.invoice_order, InvoiceOrder("00000002")))
    (made,) = result["invoices"]
    assert (made["invoice"]["date"], made["invoice"]["total"], made["invoice"]["order"]) == (
        "2023-01-01",
        "100.00",
        "00000002",
    )
    assert made["lines"][0]["start"] == "2023-01-01"


def test_finishing_first_bills_the_sale_out_and_then_the_renewal(desk: Desk) -> None:
    autumn = sold_and_billed(desk)
    autumn.do(renewals.renew, Renew(("Licence",), term=12))
    result = autumn.do(invoices.invoice_order, InvoiceOrder("00000002", finish_first=True))
    assert [each.invoice.date for each in result.invoices] == [
        date(2022, 11, 1),
        date(2022, 12, 1),
        date(2023, 1, 1),
    ]


def test_a_stated_reason_overrides_and_is_recorded(desk: Desk) -> None:
    autumn = sold_and_billed(desk)
    autumn.do(renewals.renew, Renew(("Licence",), term=12))
    result = autumn.do(invoices.invoice_order, InvoiceOrder("00000002"), override="asked for by the customer")
    assert [each.invoice.date for each in result.invoices] == [date(2023, 1, 1)]


@pytest.mark.parametrize(
    ("mode", "invoices_made", "lines"),
    [("separate-invoice", ["100.00", "19.00"], [1, 1]), ("invoice-line", ["119.00"], [2])],
)
def test_both_tax_modes(desk: Desk, mode: str, invoices_made: list[str], lines: list[int]) -> None:
    desk.do(settings.set_setting, SetSetting("tax-mode", mode))
    desk.do(catalogue.add_product, AddProduct("Taxed", "TAXED", Decimal(10), tax_category="software"))
    desk.do(taxes.add_tax, AddTax("software", Decimal(19)))
    line = SaleLine("TAXED", Decimal(10), date(2022, 1, 1), term=12)
    desk.do(sales.sell, Sell("Acme", (line,), create=True))
    result = to_json(desk.do(invoices.invoice_order, InvoiceOrder("00000001")))
    assert [each["invoice"]["total"] for each in result["invoices"]] == invoices_made
    assert [len(each["lines"]) for each in result["invoices"]] == lines
    assert result["totals"] == [
        {"currency": "USD", "invoices": len(invoices_made), "charges": "100.00", "tax": "19.00"}
    ]


def test_an_account_without_a_tax_rate_is_passed_over_and_named(desk: Desk) -> None:
    desk.do(catalogue.add_product, AddProduct("Taxed", "TAXED", Decimal(10), tax_category="software"))
    line = SaleLine("TAXED", Decimal(10), date(2022, 1, 1), term=12)
    desk.do(sales.sell, Sell("Acme", (line,), create=True))
    result = desk.do(invoices.run, RunInvoices(OCTOBER))
    assert result.invoices == ()
    assert [(each.account, each.reason) for each in result.skipped] == [
        ("Acme", "no tax rate for the category software; add one, then run again")
    ]


def test_a_renewal_at_list_price_takes_the_price_of_the_day(desk: Desk) -> None:
    autumn = sold_and_billed(desk)
    desk.do(catalogue.set_price, SetPrice("LIC", Decimal(12), date(2022, 6, 1)))
    result = autumn.do(renewals.renew, Renew(("Licence",), term=12, pricing=RenewalPricing.LIST))
    assert str(result.orders[0].total.amount) == "1440.00"


def test_the_assets_renewal_fields_say_what_a_renewal_takes(desk: Desk) -> None:
    autumn = sold_and_billed(desk)
    desk.do(catalogue.set_price, SetPrice("LIC", Decimal(12), date(2022, 6, 1)))
    desk.do(sales.set_asset, SetAsset("Licence", 2, TermUnit.YEARS, RenewalPricing.LIST))
    result = to_json(autumn.do(renewals.renew, Renew(("Licence",))))
    item = result["orders"][0]["items"][0]
    assert (item["start"], item["end"], item["total"]) == ("2023-01-01", "2024-12-31", "2880.00")


def test_a_second_renewal_is_refused_while_one_is_scheduled(desk: Desk) -> None:
    autumn = sold_and_billed(desk)
    autumn.do(renewals.renew, Renew(("Licence",)))
    with pytest.raises(Refused, match="is scheduled already; it now runs to 2023-12-31"):
        autumn.do(renewals.renew, Renew(("Licence",)))
    desk.on(date(2023, 2, 1)).do(renewals.renew, Renew(("Licence",)))
    assert asset(desk)["asset"]["lifecycle_end"] == "2024-12-31"


def test_a_draft_renewal_keeps_no_other_one_away_and_is_outdated_by_it(desk: Desk) -> None:
    autumn = sold_and_billed(desk)
    autumn.do(renewals.renew, Renew(("Licence",), term=6, draft=True))
    autumn.do(renewals.renew, Renew(("Licence",)))
    assert asset(desk)["asset"]["lifecycle_end"] == "2023-12-31"
    with pytest.raises(Refused, match=r"runs to 2023-12-31\. Make a new renewal order"):
        autumn.do(sales.activate, ActivateOrder("00000002"))


def test_what_stands_on_drafts_is_pending_until_they_are_posted(desk: Desk) -> None:
    desk.do(sales.sell, SALE)
    autumn = desk.on(OCTOBER)
    autumn.do(renewals.renew, Renew(("Licence",)))
    drafts = autumn.do(invoices.run, RunInvoices(date(2022, 12, 31), draft=True)).invoices
    wanted = InvoiceOrder("00000002", finish_first=True)
    for request in (wanted, InvoiceOrder("00000002")):
        with pytest.raises(Refused, match=r"still pending is 1200\.00 USD of order 00000001.*Post its draft invoices"):
            autumn.do(invoices.invoice_order, request)
    autumn.do(invoices.post, PostInvoices(tuple(draft.invoice.id for draft in drafts)))
    (invoice,) = autumn.do(invoices.invoice_order, wanted).invoices
    assert (invoice.invoice.date, str(invoice.invoice.total)) == (date(2023, 1, 1), "100.00")


def test_a_sale_that_cannot_be_finished_keeps_its_renewal_from_being_invoiced(desk: Desk) -> None:
    desk.do(catalogue.set_product, SetProduct("LIC", tax_category="unrated"))
    desk.do(sales.sell, SALE)
    desk.do(catalogue.set_product, SetProduct("LIC", tax_category=""))
    autumn = desk.on(OCTOBER)
    autumn.do(renewals.renew, Renew(("Licence",)))
    result = autumn.do(invoices.invoice_order, InvoiceOrder("00000002", finish_first=True))
    assert result.invoices == ()
    assert [skipped.reason for skipped in result.skipped] == [
        "no tax rate for the category unrated; add one, then run again"
    ]


def test_with_auto_flow_off_the_two_steps_are_made_by_hand_and_once_more_answer_the_same(desk: Desk) -> None:
    desk.do(settings.set_setting, SetSetting("auto-flow", "off"))
    sold = desk.do(sales.sell, SALE)
    assert sold.assets == ()
    with pytest.raises(Refused, match="Create its assets first"):
        desk.do(sales.create_schedules, CreateSchedules("00000001"))
    made = to_json(desk.do(sales.create_assets, CreateAssets("00000001")))
    assert made["assets"][0]["billing"] == {"group": None, "schedules": []}
    assert without_request(desk.do(sales.create_assets, CreateAssets("00000001"))) == without_request(made)
    billed = to_json(desk.do(sales.create_schedules, CreateSchedules("00000001")))
    assert billed["assets"][0]["billing"]["group"]["total_pending"] == "1200.00"
    assert without_request(desk.do(sales.create_schedules, CreateSchedules("00000001"))) == without_request(billed)
    names = [event.name for event in desk.ask(list_events, Find())]
    assert names == ["CreateAssetOrderEvent"] * 2 + ["BillingScheduleCreatedEvent"] * 2


def test_a_renewal_with_auto_flow_off_waits_for_its_steps(desk: Desk) -> None:
    autumn = sold_and_billed(desk)
    desk.do(settings.set_setting, SetSetting("auto-flow", "off"))
    autumn.do(renewals.renew, Renew(("Licence",), term=12))
    assert len(asset(desk)["state_periods"]) == 1
    with pytest.raises(Refused, match="no billing schedules yet"):
        autumn.do(invoices.invoice_order, InvoiceOrder("00000002"))
    autumn.do(sales.create_assets, CreateAssets("00000002"))
    autumn.do(sales.create_schedules, CreateSchedules("00000002"))
    assert asset(desk)["billing"]["group"]["total_pending"] == "1400.00"


def without_request(result: object) -> Any:
    return {
        key: value
        for key, value in (result if isinstance(result, dict) else to_json(result)).items()
        if key != "request_id"
    }


def test_a_draft_order_takes_effect_when_it_is_activated(desk: Desk) -> None:
    draft = desk.do(sales.sell, Sell(SALE.account, SALE.lines, create=True, draft=True))
    assert (draft.orders[0].status, draft.assets) == ("Draft", ())
    with pytest.raises(Refused, match="is a draft"):
        desk.do(sales.create_assets, CreateAssets("00000001"))
    made = desk.do(sales.activate, ActivateOrder("00000001"))
    assert (made.orders[0].status, len(made.assets)) == ("Activated", 1)
    again = desk.do(sales.activate, ActivateOrder("00000001"))
    assert again.assets == made.assets


def test_preview_answers_what_commit_then_stores(desk: Desk) -> None:
    preview = without_request(desk.preview(sales.sell, SALE))
    assert desk.ask(list_events, Find()) == ()
    assert without_request(desk.do(sales.sell, SALE)) == preview
    wish = Renew(("Licence",), term=12)
    autumn = desk.on(OCTOBER)
    preview = without_request(autumn.preview(renewals.renew, wish))
    assert without_request(autumn.do(renewals.renew, wish)) == preview
    run = RunInvoices(OCTOBER)
    preview = without_request(autumn.preview(invoices.run, run))
    assert without_request(autumn.do(invoices.run, run)) == preview


def test_drafts_get_their_numbers_when_they_are_posted(desk: Desk) -> None:
    desk.do(sales.sell, SALE)
    drafts = desk.do(invoices.run, RunInvoices(date(2022, 2, 15), draft=True)).invoices
    assert [each.invoice.number for each in drafts] == [None, None]
    group = asset(desk)["billing"]["group"]
    assert (group["total_billed"], group["total_pending"]) == ("0.00", "1200.00")
    assert desk.do(invoices.run, RunInvoices(date(2022, 2, 15))).invoices == ()
    posted = desk.do(invoices.post, PostInvoices((drafts[1].invoice.id, drafts[0].invoice.id)))
    assert [(each.invoice.number, each.invoice.date) for each in posted.invoices] == [
        ("INV-000001", date(2022, 1, 1)),
        ("INV-000002", date(2022, 2, 1)),
    ]
    assert asset(desk)["billing"]["group"]["total_billed"] == "200.00"
    with pytest.raises(Refused, match="INV-000001 is posted already"):
        desk.do(invoices.post, PostInvoices(("INV-000001",)))


def test_a_draft_and_the_draft_of_its_tax_are_posted_together(desk: Desk) -> None:
    desk.do(catalogue.add_product, AddProduct("Taxed", "TAXED", Decimal(10), tax_category="software"))
    desk.do(taxes.add_tax, AddTax("software", Decimal(19)))
    line = SaleLine("TAXED", Decimal(10), date(2022, 1, 1), term=12)
    desk.do(sales.sell, Sell("Acme", (line,), create=True))
    for through, chosen in ((date(2022, 1, 1), 0), (date(2022, 2, 1), 1)):
        drafts = desk.do(invoices.run, RunInvoices(through, draft=True)).invoices
        posted = desk.do(invoices.post, PostInvoices((drafts[chosen].invoice.id,)))
        assert [str(each.invoice.total.amount) for each in posted.invoices] == ["100.00", "19.00"]


def test_an_evergreen_subscription_is_billed_on_and_on(desk: Desk) -> None:
    evergreen = AddProduct("Platform", "PLAT", Decimal(21), selling_model=SellingModel.EVERGREEN)
    desk.do(catalogue.add_product, evergreen)
    line = SaleLine("PLAT", Decimal(1), date(2022, 1, 31))
    desk.do(sales.sell, Sell("Acme", (line,), create=True))
    first = desk.do(invoices.run, RunInvoices(date(2022, 3, 31)))
    assert [each.lines[0].start for each in first.invoices] == [
        date(2022, 1, 31),
        date(2022, 2, 28),
        date(2022, 3, 31),
    ]
    again = desk.do(invoices.run, RunInvoices(date(2022, 5, 1)))
    assert [each.lines[0].start for each in again.invoices] == [date(2022, 4, 30)]
    (schedule,) = to_json(desk.ask(show_asset, Look("Platform")))["billing"]["schedules"]
    assert (schedule["total"], schedule["billed"], schedule["pending"]) == (None, "84.00", None)
    assert (schedule["next_billing_date"], schedule["next_charge_from"]) == ("2022-05-31", "2022-05-31")


def test_an_evergreen_schedule_looks_ahead_although_the_bill_day_moved(desk: Desk) -> None:
    evergreen = AddProduct("Platform", "PLAT", Decimal(21), selling_model=SellingModel.EVERGREEN)
    desk.do(catalogue.add_product, evergreen)
    line = SaleLine("PLAT", Decimal(1), date(2022, 1, 20), timing=Timing.ARREARS)
    desk.do(sales.sell, Sell("Acme", (line,), create=True))
    desk.do(customers.set_account, SetAccount("Acme", bill_day=28))
    desk.do(invoices.run, RunInvoices(date(2022, 2, 22)))
    (schedule,) = desk.ask(show_asset, Look("Platform")).billing.schedules
    assert [(item.start, item.billing_date, item.invoice) for item in schedule.items] == [
        (date(2022, 1, 20), date(2022, 2, 20), "INV-000001"),
        (date(2022, 2, 20), date(2022, 3, 28), None),
    ]
    assert schedule.next_billing_date == date(2022, 3, 28)
