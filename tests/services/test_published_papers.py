"""Taxes, discounts, credits and refunds as other billing systems test them, through sale, run, memo and refund.

Amounts of these cases are in cents. Lago's last day of service is used up, so that ours ends the day before our
cancellation; its credit notes are our credit memos. Silver rounds half to even, we half up (`half_up_total`).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from calm_desktop.engine.dates import ONE_DAY, BoundaryKind
from calm_desktop.engine.dates import Boundary as Grid
from calm_desktop.engine.money import Currency, money_from
from calm_desktop.engine.problems import Refused
from calm_desktop.services import catalogue, invoices, papers, taxes
from calm_desktop.services.credited import credited_so_far
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddProduct,
    AddTax,
    GiveCredit,
    PayInvoice,
    RefundCredit,
    RunInvoices,
)
from calm_desktop.services.wire import to_json
from tests.oracle import CASES, MISSING, PROPERTY, Case, Record
from tests.services.paper_desk import Part, broken, new_desk, shown, sold, write_change

USD = Currency("USD", 2)

OURS = {
    "SILV-011": "invoiced",
    "SILV-012": "invoiced",
    "SILV-013": "invoiced",
    "KB-298": "capped",
    "LAGO-016": "credited",
    "LAGO-017": "credited",
    "LAGO-018": "credited",
    "LAGO-020": "credited",
    "LAGO-024": "refunded",
    "LAGO-027": "refunded",
    "LAGO-030": "credited",
}
LEFT_OUT = {
    "LAGO-019": "they take an earlier credit off the unused part; ours caps at what was billed less earlier credits",
    "LAGO-021": "nothing is charged under a coupon of all of it, so that no credit comes about",
    "LAGO-023": "nothing is charged during a trial, so that no credit comes about",
    "LAGO-029": "as LAGO-019; and they split a payment over the fees of an invoice, ours pays the oldest line first",
}
OF_CHANGES = ("KB-288", "KB-291", "MET-", "FLEX-")
"""Credits and charges of a change, before any paper: for the tests of changes."""


def ours(reader: str) -> list[Any]:
    """The cases that one test reads."""
    if not CASES:
        missing = pytest.mark.skip(reason=MISSING)
        return [pytest.param({}, marks=missing, id="none")]
    return [pytest.param(case, id=case["id"]) for case in CASES if OURS.get(case["id"]) == reader]


def dollars(cents: int) -> str:
    return str(USD.money(cents))


def lines_of(case: Case) -> list[tuple[str, str, str]]:
    """What is sold: price, discount in percent, and days of service of the first month."""
    asked = case["inputs"]
    if "additive_percent" in asked:
        left = 1 - sum((Decimal(percent) for percent in asked["additive_percent"]), Decimal(0)) / 100
        for percent in asked["multiplicative_percent"]:
            left *= 1 - Decimal(percent) / 100
        return [(asked["amount"], str((1 - left) * 100), "")]
    usage = asked.get("usage_total") or asked["usage_total_first_period"]
    return [(asked["plan"], asked["discount_percent"], asked.get("start", "")), (usage, asked["discount_percent"], "")]


@pytest.mark.parametrize("case", ours("invoiced"))
def test_discounts_come_before_tax_and_tax_is_rounded_half_up_per_line(case: Case, record_property: Record) -> None:
    record_property(PROPERTY, case["id"])
    asked, expected = case["inputs"], case["expected"]
    billed = date.fromisoformat(asked.get("run", "2015-06-01"))
    with new_desk(tax_mode="invoice-line") as desk:
        desk.do(catalogue.add_product, AddProduct("Plan", "PLAN", Decimal(1), tax_category="plans"))
        desk.do(taxes.add_tax, AddTax("plans", Decimal(asked.get("tax_percent", "0"))))
        for price, discount, start in lines_of(case):
            rate: dict[str, Any] = {"discount": Decimal(discount)}
            if start:
                calendar = Grid(BoundaryKind.CALENDAR)
                sold(desk, "PLAN", price, date.fromisoformat(start), months=2, boundary=calendar, **rate)
            else:
                sold(desk, "PLAN", price, billed, **rate)
        (made,) = desk.do(invoices.run, RunInvoices(billed, invoice_date=billed)).invoices
        assert str(made.invoice.total) == expected.get("half_up_total", expected["total"])
        if "before_tax" in expected:
            assert str(made.invoice.charges) == expected["before_tax"]
        assert broken(desk) == []


def terminated(desk: Desk, case: Case) -> Any:
    """A month billed in advance with its tax, ended on a day: the credit memo of the part that is not used."""
    asked = case["inputs"]
    if "anniversary" in asked:
        first, days = date(2023, 2, 28), case["expected"]["period_days"]
    else:
        first, last = map(date.fromisoformat, asked["billed_period_inclusive"])
        days = (last - first).days + 1
    net = asked["plan_cents"] - asked.get("coupon_cents", 0)
    desk.do(catalogue.add_product, AddProduct("Plan", "PLAN", Decimal(1), tax_category="plans"))
    desk.do(taxes.add_tax, AddTax("plans", Decimal(asked["tax_rate"])))
    for _ in asked.get("invoice", {"fees_cents": [net]})["fees_cents"]:
        sold(desk, "PLAN", dollars(net), start=first)
    desk.do(invoices.run, RunInvoices(first))
    if asked.get("paid_cents"):
        desk.do(papers.pay, PayInvoice("INV-000001", USD.money(asked["paid_cents"]).amount, first))
    ended = date.fromisoformat(asked["terminated_on"])
    unused_from = ended if asked.get("by_upgrade") else ended + ONE_DAY
    unused = case["expected"].get("unused_days", days - (unused_from - first).days)
    credit = money_from(Fraction(net, 100) * Fraction(unused, days), USD)
    end = first + timedelta(days=days - 1)
    desk.do(write_change, ("Plan", [Part(-credit.minor, unused_from, end, unused_from, credits=first)]))
    (memo,) = desk.do(invoices.run, RunInvoices(end)).credits
    return to_json(memo)


@pytest.mark.parametrize("case", ours("credited"))
def test_a_credit_takes_the_tax_back_with_it(case: Case, record_property: Record) -> None:
    record_property(PROPERTY, case["id"])
    expected = case["expected"]
    with new_desk(tax_mode="invoice-line", credits="memo") as desk:
        memo = terminated(desk, case)
        charge, *tax = [line["amount"] for line in memo["lines"]]
        assert memo["credit"]["total"] == dollars(expected.get("exact_half_up_cents", expected["total_cents"]))
        assert tax == ([dollars(expected["tax_cents"])] if "tax_cents" in expected else [])
        if "item_cents" in expected:
            assert charge == dollars(expected["item_cents"] - expected.get("coupon_share_cents", 0))
        assert broken(desk) == []


@pytest.mark.parametrize("case", ours("refunded"))
def test_what_is_paid_can_be_refunded_and_what_is_open_is_credited(case: Case, record_property: Record) -> None:
    record_property(PROPERTY, case["id"])
    expected = case["expected"]
    with new_desk(tax_mode="invoice-line", credits="memo") as desk:
        memo = terminated(desk, case)
        assert memo["credit"]["total"] == dollars(expected["total_cents"])
        assert memo["credit"]["balance"] == dollars(expected["refund_cents"])
        assert memo["credit"]["applied"] == dollars(expected["credit_cents"])
        if expected["refund_cents"]:
            amount = USD.money(expected["refund_cents"]).amount
            assert to_json(desk.do(papers.refund, RefundCredit("CM-000001", amount)))["credit"]["balance"] == "0.00"
        with pytest.raises(Refused, match=r"0\.00 USD left"):
            desk.do(papers.refund, RefundCredit("CM-000001", Decimal("0.01")))
        assert broken(desk) == []


@pytest.mark.parametrize("case", ours("capped"))
def test_a_credit_never_exceeds_what_was_billed_less_earlier_credits(case: Case, record_property: Record) -> None:
    record_property(PROPERTY, case["id"])
    asked = case["inputs"]
    with new_desk() as desk:
        start = date.fromisoformat(asked["billed_from"])
        sold(desk, price=asked["billed_amount"], start=start)
        desk.do(invoices.run, RunInvoices(start))
        desk.do(papers.credit, GiveCredit("INV-000001", Decimal(asked["already_credited"]), start))
        billed = int(Decimal(asked["billed_amount"]) * 100)
        left = billed - desk.ask(credited_so_far, [1])[1]
        change, period = date.fromisoformat(asked["change_on"]), date.fromisoformat(asked["billed_to"]) - start
        unused = money_from(Fraction(billed, 100) * Fraction((period - (change - start)).days, period.days), USD)
        assert dollars(-min(unused.minor, left)) == case["expected"]["credit"]
        assert shown(desk, "INV-000001")["invoice"]["balance"] == "239.95"
        assert broken(desk) == []


@pytest.mark.skipif(not CASES, reason=MISSING)
def test_every_case_of_papers_is_read_or_left_out_with_a_reason() -> None:
    known = {case["id"] for case in CASES if case["kind"] in ("tax_discount", "amend_credit")}
    of_papers = {name for name in known if not name.startswith(OF_CHANGES)}
    assert set(OURS) | set(LEFT_OUT) == of_papers
    assert not set(OURS) & set(LEFT_OUT)
    assert (len(OURS), len(LEFT_OUT), len(known - of_papers)) == (11, 4, 16)
