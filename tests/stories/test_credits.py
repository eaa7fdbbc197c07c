"""Ten licences, four of them given up, then all: what is billed for nothing comes back, on an invoice or as a memo.

10 licences at $10 a month for 2022, billed monthly in advance, 20 % tax as a line. Invoiced through 1 March; 12.00 are
credited by hand on March; from 16 March four less, from 11 April none. `check` is clean after every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from calm_desktop.services import catalogue, changes, invoices, papers, sales, taxes, views
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddProduct,
    AddTax,
    AmendQuantity,
    CancelAsset,
    ConvertLines,
    GiveCredit,
    Look,
    PayInvoice,
    RefundCredit,
    RunInvoices,
    SaleLine,
    Sell,
)
from calm_desktop.services.wire import to_json

JANUARY, MARCH = date(2022, 1, 1), date(2022, 3, 10)


class Story:
    """A desk; each act is previewed, done and checked, and what the preview said is what was stored."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def __call__(self, use_case: Callable[..., Any], request: Any) -> Any:
        preview, stored = to_json(self.desk.preview(use_case, request)), to_json(self.desk.do(use_case, request))
        for answer in (preview, stored):
            answer.pop("request_id", None)
        assert preview == stored
        assert self.desk.ask(check, None).broken == ()
        return stored

    def run(self, through: date) -> Any:
        return self(invoices.run, RunInvoices(through))

    def balance(self) -> str:
        """The invoice line balance of the customer at the end of the year."""
        card = to_json(self.desk.ask(views.show_account, Look("Acme", date(2022, 12, 31))))["cards"][0]
        return str(card["invoice_line_balance"])

    def billed(self) -> list[tuple[str, str]]:
        """What is billed of each schedule, and what is pending."""
        shown = to_json(self.desk.ask(views.show_asset, Look("Licence")))
        return [(plan["billed"], plan["pending"]) for plan in shown["billing"]["schedules"]]


@pytest.fixture(params=["next-invoice", "memo"])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Story]:
    rules = {"currency": "USD", "tax-mode": "invoice-line", "credits": request.param}
    with Desk.create(tmp_path / "store.db", rules, MARCH) as desk:
        desk.do(catalogue.add_product, AddProduct("Licence", "LIC", Decimal(10), tax_category="software"))
        desk.do(taxes.add_tax, AddTax("software", Decimal(20)))
        start = desk.on(JANUARY)
        start.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(10), JANUARY, term=12),), create=True))
        start.do(invoices.run, RunInvoices(date(2022, 3, 1)))
        yield Story(desk)


def lines(answer: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """Date of each invoice, with description and amount of its lines."""
    return [
        (shape["invoice"]["date"], [(line["description"], line["amount"]) for line in shape["lines"]])
        for shape in answer["invoices"]
    ]


def memos(answer: Any) -> list[tuple[str, str, str]]:
    """Date of each credit memo, its total and what is left of it."""
    return [(memo["credit"]["date"], memo["credit"]["total"], memo["credit"]["balance"]) for memo in answer["credits"]]


def test_what_is_given_up_comes_back_once(story: Story) -> None:
    on_memo = story.desk.settings["credits"] == "memo"
    assert story.balance() == "360.00"
    story(papers.credit, GiveCredit("INV-000003", Decimal(12), date(2022, 3, 5)))
    assert story.balance() == "348.00"

    story(changes.amend_quantity, AmendQuantity("Licence", Decimal(-4), date(2022, 3, 16)))
    april = story.run(date(2022, 4, 1))
    charge = [("Licence", "60.00"), ("software 20 % on Licence", "12.00")]
    if on_memo:
        assert lines(april) == [("2022-04-01", charge)]
        assert memos(april) == [("2022-03-16", "24.78", "0.00")]
    else:
        credit = [("Licence, unused", "-20.65"), ("software 20 % on Licence, unused", "-4.13")]
        assert lines(april) == [("2022-04-01", [charge[0], credit[0], charge[1], credit[1]])]
        assert memos(april) == []
    # 348.00 + 72.00 - 24.78
    assert story.balance() == "395.22"
    assert story.billed()[1] == ("-20.65", "0.00")

    story(changes.cancel, CancelAsset("Licence", date(2022, 4, 11)))
    rest = story.run(date(2022, 12, 31))
    if on_memo:
        assert memos(rest) == [("2022-04-11", "48.00", "0.00")]
    else:
        assert lines(rest) == [
            (
                "2022-04-11",
                [
                    ("Licence, correction", "0.01"),
                    ("Licence, unused", "-40.00"),
                    ("software 20 % on Licence, unused", "-8.00"),
                ],
            )
        ]
    # 10 days of April at 6 licences: 24.00 with tax; 395.22 - 48.00 + 0.01
    assert story.balance() == "347.23"
    assert story.billed() == [("360.00", "0.00"), ("-20.65", "0.00"), ("-39.99", "0.00")]
    assert story.run(date(2022, 12, 31))["invoices"] == []


def test_what_was_paid_before_is_refunded(story: Story) -> None:
    for number, amount in (("INV-000001", 120), ("INV-000002", 120), ("INV-000003", 120)):
        story(papers.pay, PayInvoice(number, Decimal(amount), date(2022, 3, 2)))
    story(changes.cancel, CancelAsset("Licence", date(2022, 3, 21)))
    answer = story.run(date(2022, 3, 31))
    if story.desk.settings["credits"] == "memo":
        assert memos(answer) == [("2022-03-21", "42.58", "42.58")]
    else:
        assert lines(answer) == [
            ("2022-03-21", [("Licence, unused", "-35.48"), ("software 20 % on Licence, unused", "-7.10")])
        ]
        assert story.balance() == "-42.58"
        story(papers.convert, ConvertLines("INV-000004", (1,)))
    assert story.balance() == "0.00"
    refund = story(papers.refund, RefundCredit("CM-000001", Decimal("42.58")))
    assert (refund["refund"]["number"], refund["credit"]["balance"]) == ("REF-000001", "0.00")
