"""Characters that the font of paper lacks are told before anything is posted, and never refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.services import catalogue, customers, invoices, lettering, settings
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    InvoiceOrder,
    PostInvoices,
    RunInvoices,
    SetAccount,
    SetSetting,
)
from calm_desktop.services.shapes import InvoiceResult
from tests.services.paper_desk import APRIL, new_desk, sold

Told = list[tuple[str | None, str, str, str]]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Acme has a licence; 日本商事, in 東京, has a licence and a テスト, all in April."""
    with new_desk() as made:
        made.do(customers.add_account, AddAccount("日本商事", bill_to="Building 5\n東京 日本"))
        made.do(catalogue.add_product, AddProduct("テスト", "TEST", Decimal(5)))
        sold(made)
        sold(made, account="日本商事")
        sold(made, "TEST", account="日本商事")
        yield made


def told(result: InvoiceResult) -> Told:
    return [(each.number, each.account, each.text, each.characters) for each in result.warnings]


JAPANESE = [
    ("INV-000002", "日本商事", "日本商事", "事商日本"),
    ("INV-000002", "日本商事", "東京 日本", "京日本東"),
    ("INV-000002", "日本商事", "テスト", "ステト"),
]


def test_a_run_tells_which_invoice_which_text_and_which_characters(desk: Desk) -> None:
    result = desk.preview(invoices.run, RunInvoices(APRIL))
    assert told(result) == JAPANESE
    assert (result.warning_count, result.count) == (3, 2)
    assert told(desk.do(invoices.run, RunInvoices(APRIL))) == JAPANESE


def test_drafts_are_told_when_they_are_made_and_when_they_are_posted(desk: Desk) -> None:
    drafts = desk.do(invoices.run, RunInvoices(APRIL, draft=True, show=0))
    assert [each.number for each in drafts.warnings] == [None] * 3
    assert told(desk.preview(invoices.post, PostInvoices(run=drafts.request_id, show=0))) == JAPANESE


def test_an_invoice_from_an_order_is_told_too(desk: Desk) -> None:
    result = desk.preview(invoices.invoice_order, InvoiceOrder("00000003"))
    assert [each.characters for each in result.warnings] == ["事商日本", "京日本東", "ステト"]


def test_what_stands_on_every_paper_is_told_once(desk: Desk) -> None:
    desk.do(settings.set_setting, SetSetting("company-name", "株式会社 Acme"))
    result = desk.preview(invoices.run, RunInvoices(APRIL, account="Acme"))
    assert told(result) == [(None, "", "株式会社 Acme", "会式株社")]
    assert result.warnings[0].called == "every one"
    nothing = desk.preview(invoices.run, RunInvoices(date(2022, 3, 1)))
    assert (nothing.warnings, nothing.warning_count) == ((), 0)


def test_letters_that_are_put_together_count_as_one(desk: Desk) -> None:
    desk.do(customers.set_account, SetAccount("Acme", name="Ünı\u0308 A\u0301cme €"))
    assert told(desk.preview(invoices.run, RunInvoices(APRIL, account="Ünı\u0308 A\u0301cme €"))) == []


def test_of_very_many_the_first_are_listed_and_all_are_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lettering, "MOST", 2)
    result = desk.preview(invoices.run, RunInvoices(APRIL))
    assert (told(result), result.warning_count) == (JAPANESE[:2], 3)
