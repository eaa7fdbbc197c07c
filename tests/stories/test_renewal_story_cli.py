"""The renewal story by command line, each figure as in DOMAIN R1, R2, R3 and R11; `check` is clean after every step."""

from __future__ import annotations

from typing import Any

import pytest

from tests.command_line import CommandLine

SALE = (
    *("sell", "--create", "--account", "Acme", "--product", "LIC", "--quantity", "10", "--start", "2022-01-01"),
    *("--term", "12", "--term-unit", "months", "--frequency", "monthly"),
)
RENEWAL = ("--today", "2022-10-15", "renew", "AST-000001", "--term", "12", "--pricing", "last")


class Story:
    """The command line, with a check of the whole store after every step that changed it."""

    def __init__(self, calm: CommandLine) -> None:
        self.calm = calm

    def __call__(self, *words: str) -> Any:
        answer = self.calm(*words)
        self.check()
        return answer

    def check(self) -> None:
        report = self.calm("check")
        assert (report["ok"], report["broken"]) == (True, [])

    def asset(self) -> Any:
        return self.calm("show", "asset", "Licence", "--as-of", "2022-10-15")

    def events(self) -> list[str]:
        return [event["name"] for event in self.calm("list", "events")["rows"]]


@pytest.fixture
def story(calm: CommandLine) -> Story:
    """A store with the licence at $10 a month in its catalogue."""
    told = Story(calm)
    told(
        "product", "add", "Licence", "--code", "LIC", "--kind", "subscription", "--price", "10", "--price-unit", "month"
    )
    return told


@pytest.fixture
def sold(story: Story) -> Story:
    """R1: ten licences for 2022."""
    story("--today", "2021-12-20", *SALE)
    return story


@pytest.fixture
def renewed(sold: Story) -> Story:
    """R3: invoiced through 15 October 2022 and renewed on that day."""
    sold("invoice", "--through", "2022-10-15")
    sold(*RENEWAL)
    return sold


def periods(shape: Any) -> list[tuple[str, str, str, str, str]]:
    return [(p["start"], p["end"], p["quantity"], p["amount"], p["mrr"]) for p in shape["state_periods"]]


def actions(shape: Any) -> list[tuple[str, str, str, str, str]]:
    return [
        (a["category"], a["effective_date"], a["quantity_change"], a["amount_change"], a["mrr_change"])
        for a in shape["actions"]
    ]


def dated(answer: Any) -> list[tuple[str, str, str]]:
    return [
        (shape["invoice"]["date"], shape["invoice"]["charges"], shape["invoice"]["tax"]) for shape in answer["invoices"]
    ]


def test_r1_the_sale(story: Story) -> None:
    answer = story("--today", "2021-12-20", *SALE)
    [order], [shape] = answer["orders"], answer["assets"]
    assert (order["kind"], order["status"], order["effective_date"], order["total"]) == (
        "New",
        "Activated",
        "2022-01-01",
        "1200.00",
    )
    [item] = order["items"]
    assert (
        item["start"],
        item["end"],
        item["quantity"],
        item["net_unit_price"],
        item["term_count"],
        item["total"],
    ) == (
        "2022-01-01",
        "2022-12-31",
        "10",
        "10.00",
        "12",
        "1200.00",
    )
    assert periods(shape) == [("2022-01-01", "2022-12-31", "10", "1200.00", "100.00")]
    assert actions(shape) == [("Initial Sale", "2022-01-01", "10", "1200.00", "100.00")]
    assert (shape["actions"][0]["type"], shape["actions"][0]["action_date"]) == ("Generate", "2021-12-20")
    [source] = shape["actions"][0]["sources"]
    assert (source["kind"], source["product_amount"], source["adjustment"], source["subtotal"]) == (
        "order-item",
        "1200.00",
        "0.00",
        "1200.00",
    )
    assert story.events() == ["CreateAssetOrderEvent", "BillingScheduleCreatedEvent"]


def test_r1_the_account_is_made_with_the_sale(sold: Story) -> None:
    account = sold.calm("show", "account", "Acme", "--as-of", "2022-06-30")
    assert account["cards"] == [
        {
            "currency": "USD",
            "quantity": "10",
            "amount": "1200.00",
            "mrr": "100.00",
            "invoice_line_balance": "0.00",
        }
    ]
    assert [asset["name"] for asset in account["assets"]] == ["Licence"]


def test_r2_one_run_makes_ten_invoices_and_a_second_one_makes_nothing(sold: Story) -> None:
    answer = sold("invoice", "--through", "2022-10-15")
    assert dated(answer) == [(f"2022-{month:02}-01", "100.00", "0.00") for month in range(1, 11)]
    assert answer["totals"] == [{"currency": "USD", "invoices": 10, "charges": "1000.00", "tax": "0.00"}]
    group = sold.asset()["billing"]["group"]
    assert (group["total_billed"], group["total_pending"], group["next_billing_date"]) == (
        "1000.00",
        "200.00",
        "2022-11-01",
    )
    again = sold("invoice", "--through", "2022-10-15")
    assert (again["invoices"], again["totals"]) == ([], [])
    assert sold.calm("list", "invoices")["count"] == 10


def test_r11_after_january_the_next_charge_is_from_the_first_of_february(sold: Story) -> None:
    sold("invoice", "--through", "2022-01-15")
    [schedule] = sold.asset()["billing"]["schedules"]
    assert (schedule["billed"], schedule["pending"], schedule["next_charge_from"]) == (
        "100.00",
        "1100.00",
        "2022-02-01",
    )


def test_r3_the_renewal(sold: Story) -> None:
    sold("invoice", "--through", "2022-10-15")
    answer = sold(*RENEWAL)
    [order], [shape] = answer["orders"], answer["assets"]
    assert (order["kind"], order["effective_date"], order["total"]) == ("Renew", "2023-01-01", "1200.00")
    assert periods(shape) == [
        ("2022-01-01", "2022-12-31", "10", "1200.00", "100.00"),
        ("2023-01-01", "2023-12-31", "10", "1200.00", "100.00"),
    ]
    assert actions(shape) == [
        ("Initial Sale", "2022-01-01", "10", "1200.00", "100.00"),
        ("Renewals", "2023-01-01", "0", "1200.00", "0.00"),
    ]
    group = shape["billing"]["group"]
    assert (group["start"], group["end"], group["total_billed"], group["total_pending"]) == (
        "2022-01-01",
        "2023-12-31",
        "1000.00",
        "1400.00",
    )
    old, new = shape["billing"]["schedules"]
    assert [(each["category"], each["start"], each["total"], each["pending"]) for each in (old, new)] == [
        ("Original", "2022-01-01", "1200.00", "200.00"),
        ("Renewal", "2023-01-01", "1200.00", "1200.00"),
    ]
    assert new["next_billing_date"] == "2023-01-01"
    assert sold.events() == [
        "CreateAssetOrderEvent",
        "BillingScheduleCreatedEvent",
        "InvoiceProcessedEvent",
        "AssetRenewInitiatedEvent",
        "CreateAssetOrderEvent",
        "BillingScheduleCreatedEvent",
    ]


def test_the_renewal_shown_first_is_the_renewal_then_stored(sold: Story) -> None:
    before = sold.asset()
    shown = sold(*RENEWAL, "--dry-run")
    assert sold.asset() == before
    stored = sold(*RENEWAL)
    assert shown["orders"] == stored["orders"]
    assert shown["assets"] == stored["assets"]


def test_a_second_renewal_is_refused_while_one_is_scheduled(renewed: Story) -> None:
    [problem] = renewed.calm.refused(*RENEWAL)
    assert "2023" in problem["message"]


def test_the_renewal_is_not_invoiced_while_the_sale_has_pending_amounts(renewed: Story) -> None:
    [problem] = renewed.calm.refused("invoice-order", "00000002")
    assert "200.00" in problem["message"]
    assert problem["overridable"] is True
    assert [problem["code"] for problem in renewed.calm.refused("invoice-order", "00000002", "--yes")] == [
        problem["code"]
    ]


def test_once_the_sale_is_billed_out_the_renewals_first_invoice_follows(renewed: Story) -> None:
    assert dated(renewed("invoice", "--through", "2022-12-31")) == [
        ("2022-11-01", "100.00", "0.00"),
        ("2022-12-01", "100.00", "0.00"),
    ]
    assert dated(renewed("invoice-order", "00000002")) == [("2023-01-01", "100.00", "0.00")]
    group = renewed.asset()["billing"]["group"]
    assert (group["total_billed"], group["total_pending"]) == ("1300.00", "1100.00")
    assert renewed.events()[-1] == "InvoiceProcessedEvent"


def test_or_the_sale_is_finished_first_in_one_go(renewed: Story) -> None:
    answer = renewed("invoice-order", "00000002", "--finish-first")
    assert dated(answer) == [
        ("2022-11-01", "100.00", "0.00"),
        ("2022-12-01", "100.00", "0.00"),
        ("2023-01-01", "100.00", "0.00"),
    ]
    assert renewed.asset()["billing"]["group"]["total_pending"] == "1100.00"


def test_or_a_stated_reason_overrides_the_refusal(renewed: Story) -> None:
    answer = renewed("invoice-order", "00000002", "--override", "the customer asked for it")
    assert dated(answer) == [("2023-01-01", "100.00", "0.00")]
    assert renewed.asset()["billing"]["group"]["total_pending"] == "1300.00"


@pytest.fixture
def taxed(story: Story) -> Story:
    """The licence taxed at 8 %, sold, billed out and renewed."""
    story("tax", "add", "software", "--rate", "8")
    story("product", "set", "LIC", "--tax-category", "software")
    story("--today", "2021-12-20", *SALE)
    story("invoice", "--through", "2022-12-31")
    story(*RENEWAL)
    return story


def lines(shape: Any) -> list[tuple[str, str, str]]:
    return [(line["type"], line["amount"], line["tax"]) for line in shape["lines"]]


def test_the_tax_of_an_order_stands_on_an_invoice_of_its_own(taxed: Story) -> None:
    answer = taxed("invoice-order", "00000002")
    assert dated(answer) == [("2023-01-01", "100.00", "0.00"), ("2023-01-01", "0.00", "8.00")]
    charge, tax = answer["invoices"]
    assert lines(charge) == [("Charge", "100.00", "8.00")]
    assert lines(tax) == [("Tax", "8.00", "0.00")]
    assert answer["totals"] == [{"currency": "USD", "invoices": 2, "charges": "100.00", "tax": "8.00"}]


def test_or_as_a_line_of_the_same_invoice_in_the_other_tax_mode(taxed: Story) -> None:
    taxed("settings", "set", "tax-mode", "invoice-line")
    answer = taxed("invoice-order", "00000002")
    assert dated(answer) == [("2023-01-01", "100.00", "8.00")]
    [invoice] = answer["invoices"]
    assert lines(invoice) == [("Charge", "100.00", "8.00"), ("Tax", "8.00", "0.00")]
    assert (invoice["invoice"]["total"], invoice["invoice"]["balance"]) == ("108.00", "108.00")


def test_billed_amounts_exclude_tax(taxed: Story) -> None:
    assert taxed.asset()["billing"]["schedules"][0]["billed"] == "1200.00"
    assert taxed.calm("show", "account", "Acme")["cards"][0]["invoice_line_balance"] == "1296.00"


def test_a_renewal_at_the_list_price_of_the_day(sold: Story) -> None:
    sold("product", "price", "LIC", "--price", "12", "--from", "2022-06-01")
    answer = sold("--today", "2022-10-15", "renew", "Licence", "--term", "12", "--pricing", "list")
    assert answer["orders"][0]["total"] == "1440.00"
    assert periods(answer["assets"][0])[1] == ("2023-01-01", "2023-12-31", "10", "1440.00", "120.00")
    assert actions(answer["assets"][0])[1] == ("Renewals", "2023-01-01", "0", "1440.00", "20.00")


def test_the_last_negotiated_price_is_not_moved_by_a_new_list_price(sold: Story) -> None:
    sold("product", "price", "LIC", "--price", "12", "--from", "2022-06-01")
    assert sold(*RENEWAL)["orders"][0]["total"] == "1200.00"


def test_without_options_a_renewal_does_what_the_asset_says(sold: Story) -> None:
    sold("product", "price", "LIC", "--price", "12", "--from", "2022-06-01")
    shape = sold(
        *("set", "asset", "Licence", "--renewal-term", "2", "--renewal-term-unit", "years", "--renewal-pricing", "list")
    )
    fields = ("renewal_term", "renewal_term_unit", "renewal_pricing")
    assert [shape["asset"][field] for field in fields] == [2, "years", "list"]
    answer = sold("--today", "2022-10-15", "renew", "Licence")
    assert answer["orders"][0]["total"] == "2880.00"
    assert periods(answer["assets"][0])[1] == ("2023-01-01", "2024-12-31", "10", "2880.00", "120.00")


def test_without_options_and_fields_it_repeats_the_last_term(sold: Story) -> None:
    answer = sold("--today", "2022-10-15", "renew", "Licence")
    assert periods(answer["assets"][0])[1] == ("2023-01-01", "2023-12-31", "10", "1200.00", "100.00")


def test_with_auto_flow_off_the_two_steps_are_taken_by_hand(story: Story) -> None:
    story("settings", "set", "auto-flow", "off")
    sale = story("--today", "2021-12-20", *SALE)
    assert sale["assets"] == []
    story.calm.refused("create-schedules", "00000001")

    made = story("create-assets", "00000001")
    [shape] = made["assets"]
    assert periods(shape) == [("2022-01-01", "2022-12-31", "10", "1200.00", "100.00")]
    assert shape["billing"] == {"group": None, "schedules": []}

    billed = story("create-schedules", "00000001")
    assert billed["assets"][0]["billing"]["group"]["total_pending"] == "1200.00"
    for step in ("create-assets", "create-schedules"):
        again = story(step, "00000001")
        assert again["orders"] == billed["orders"]
        assert again["assets"] == billed["assets"]
    assert story.calm("list", "actions")["count"] == 1


def test_the_steps_asked_for_again_tell_their_event_again_with_the_ids_that_exist(story: Story) -> None:
    story("settings", "set", "auto-flow", "off")
    story("--today", "2021-12-20", *SALE)
    for _ in range(2):
        story("create-assets", "00000001")
        story("create-schedules", "00000001")
    rows = story.calm("list", "events")["rows"]
    assert [row["name"] for row in rows] == ["CreateAssetOrderEvent", "BillingScheduleCreatedEvent"] * 2
    assert rows[0]["payload"] == rows[2]["payload"]
    assert rows[1]["payload"] == rows[3]["payload"]
    assert len({row["request_identifier"] for row in rows}) == 4


def test_a_draft_takes_effect_when_it_is_activated(story: Story) -> None:
    draft = story("--today", "2021-12-20", *SALE, "--draft")
    assert (draft["orders"][0]["status"], draft["assets"]) == ("Draft", [])
    assert story.calm("list", "assets")["count"] == 0
    active = story("activate", "00000001")
    assert active["orders"][0]["status"] == "Activated"
    assert periods(active["assets"][0]) == [("2022-01-01", "2022-12-31", "10", "1200.00", "100.00")]


def test_draft_invoices_get_their_numbers_when_they_are_posted(sold: Story) -> None:
    drafts = [shape["invoice"] for shape in sold("invoice", "--through", "2022-02-15", "--draft")["invoices"]]
    assert [(draft["number"], draft["status"]) for draft in drafts] == [(None, "Draft")] * 2
    assert sold.asset()["billing"]["group"]["total_billed"] == "0.00"
    posted = sold("post", *(draft["id"] for draft in drafts))["invoices"]
    assert [(shape["invoice"]["number"], shape["invoice"]["status"]) for shape in posted] == [
        ("INV-000001", "Posted"),
        ("INV-000002", "Posted"),
    ]
    assert sold.asset()["billing"]["group"]["total_billed"] == "200.00"


def test_several_assets_are_renewed_in_one_order_up_to_one_day(sold: Story) -> None:
    sold("product", "add", "Support", "--code", "SUP", "--price", "50")
    sold(
        *("--today", "2022-03-20", "sell", "--account", "Acme", "--product", "SUP", "--quantity", "1"),
        *("--start", "2022-04-01", "--term", "12", "--category", "Cross-Sells"),
    )
    answer = sold("--today", "2022-10-15", "renew", "Licence", "Support", "--coterminate", "2023-12-31")
    [order] = answer["orders"]
    assert [(item["start"], item["end"], item["total"]) for item in order["items"]] == [
        ("2023-01-01", "2023-12-31", "1200.00"),
        ("2023-04-01", "2023-12-31", "450.00"),
    ]
    assert order["total"] == "1650.00"


def test_the_roll_up_runs_once_for_each_business_day(sold: Story) -> None:
    days = [sold("--today", day, "rollup") for day in ("2022-06-30", "2022-06-30", "2022-07-01")]
    assert [(day["business_date"], day["ran"]) for day in days] == [
        ("2022-06-30", True),
        ("2022-06-30", False),
        ("2022-07-01", True),
    ]


def test_the_story_as_people_read_it(renewed: Story) -> None:
    said = renewed.calm.say("show", "asset", "Licence", "--as-of", "2022-10-15")
    rows = [line.split() for line in said.out.splitlines()]
    assert ["2022-01-01", "2022-12-31", "10", "1,200.00", "100.00"] in rows
    assert ["2023-01-01", "2023-12-31", "10", "1,200.00", "100.00"] in rows
    assert ["Pending", "1,400.00"] in rows
