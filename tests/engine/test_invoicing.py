"""Invoices out of what is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.engine.invoicing import Due, Grouping, LineType, TaxMode, propose, propose_memos, tax_on
from calm_desktop.engine.money import Currency

USD, EUR, KWD = Currency("USD", 2), Currency("EUR", 2), Currency("KWD", 3)

DUE = Due(
    billing_item=1,
    account=7,
    order=3,
    order_item=4,
    asset=5,
    description="Licence",
    billing_date=date(2022, 4, 1),
    start=date(2022, 4, 1),
    end=date(2022, 4, 30),
    quantity=Decimal(10),
    unit_price=Decimal(10),
    amount=USD.money(10000),
    tax_category="",
    tax_rate=None,
    payment_days=30,
    grouping=Grouping.ACCOUNT,
)


def test_r14_net_30_on_1_april_is_due_on_1_may() -> None:
    (proposal,) = propose([DUE], TaxMode.SEPARATE_INVOICE)
    assert (proposal.date, proposal.due_date) == (date(2022, 4, 1), date(2022, 5, 1))
    assert (proposal.charges, proposal.tax, proposal.order) == (10000, 0, None)


def test_each_billing_date_makes_an_invoice_of_its_own() -> None:
    may = replace(DUE, billing_item=2, billing_date=date(2022, 5, 1))
    assert [proposal.date for proposal in propose([may, DUE], TaxMode.SEPARATE_INVOICE)] == [
        date(2022, 4, 1),
        date(2022, 5, 1),
    ]


def test_with_an_invoice_date_all_that_is_due_goes_on_one() -> None:
    may = replace(DUE, billing_item=2, start=date(2022, 5, 1), billing_date=date(2022, 5, 1))
    (proposal,) = propose([may, DUE], TaxMode.SEPARATE_INVOICE, invoice_date=date(2022, 6, 15))
    assert (proposal.date, [line.due.billing_item for line in proposal.lines]) == (date(2022, 6, 15), [1, 2])


@pytest.mark.parametrize(
    ("grouping", "invoices"), [(Grouping.ACCOUNT, 1), (Grouping.ORDER, 2), (Grouping.ORDER_ITEM, 3)]
)
def test_the_account_says_what_goes_together(grouping: Grouping, invoices: int) -> None:
    dues = [
        replace(DUE, billing_item=item, order=order, order_item=item, grouping=grouping)
        for item, order in ((1, 3), (2, 3), (3, 4))
    ]
    assert len(propose(dues, TaxMode.SEPARATE_INVOICE)) == invoices


def test_currencies_and_accounts_never_share_an_invoice() -> None:
    dues = [DUE, replace(DUE, billing_item=2, amount=EUR.money(10000)), replace(DUE, billing_item=3, account=8)]
    assert len(propose(dues, TaxMode.SEPARATE_INVOICE)) == 3


def test_an_order_is_invoiced_item_by_item() -> None:
    dues = [DUE, replace(DUE, billing_item=2, order_item=9)]
    assert [proposal.order for proposal in propose(dues, TaxMode.INVOICE_LINE, by_item=True)] == [3, 3]


def test_tax_goes_on_its_own_invoice_right_after_the_charges() -> None:
    taxed = replace(DUE, tax_category="software", tax_rate=Decimal(19))
    charge, tax = propose([taxed], TaxMode.SEPARATE_INVOICE)
    assert (charge.charges, charge.tax) == (10000, 0)
    assert (tax.charges, tax.tax, tax.taxes) == (0, 1900, charge)


def test_tax_as_a_line_of_the_same_invoice() -> None:
    taxed = replace(DUE, tax_category="software", tax_rate=Decimal("7.7"))
    (proposal,) = propose([taxed, replace(DUE, billing_item=2)], TaxMode.INVOICE_LINE)
    assert [(line.type, line.amount.minor) for line in proposal.lines] == [
        (LineType.CHARGE, 10000),
        (LineType.CHARGE, 10000),
        (LineType.TAX, 770),
    ]
    assert (proposal.charges, proposal.tax) == (20000, 770)


def test_no_tax_makes_no_tax_invoice() -> None:
    assert len(propose([replace(DUE, tax_category="free", tax_rate=Decimal(0))], TaxMode.SEPARATE_INVOICE)) == 1


def test_nothing_due_makes_nothing() -> None:
    assert propose([], TaxMode.INVOICE_LINE) == []


@pytest.mark.parametrize(
    ("amount", "rate", "tax"),
    [
        (USD.money(18750), "19", 3563),
        (USD.money(-18750), "19", -3563),
        (USD.money(10000), "0", 0),
        (KWD.money(1005), "5", 50),
        (KWD.money(1010), "5", 51),
    ],
)
def test_tax_is_rounded_half_up_per_line(amount: object, rate: str, tax: int) -> None:
    assert tax_on(amount, Decimal(rate)).minor == tax  # type: ignore[arg-type]


def test_an_untaxed_line_has_no_tax() -> None:
    assert tax_on(USD.money(100), None) == USD.money(0)


def credit(minor: int, billed: date, item: int = 20) -> Due:
    """A credit of minor units, due on a day."""
    return replace(DUE, billing_item=item, billing_date=billed, amount=USD.money(-minor))


def test_a_credit_goes_on_the_first_invoice_on_or_after_its_day() -> None:
    may, june = (
        replace(DUE, billing_item=number, start=date(2022, number, 1), billing_date=date(2022, number, 1))
        for number in (5, 6)
    )
    proposals = propose([credit(1000, date(2022, 4, 16)), june, may], TaxMode.SEPARATE_INVOICE)
    assert [(proposal.date, proposal.charges) for proposal in proposals] == [
        (date(2022, 5, 1), 9000),
        (date(2022, 6, 1), 10000),
    ]


def test_a_credit_after_the_last_invoice_makes_one_of_its_own() -> None:
    """Kill Bill's scenario: a cancellation on 29 April, billed through that day."""
    day = date(2022, 4, 29)
    proposals = propose([DUE, credit(240, day)], TaxMode.SEPARATE_INVOICE)
    assert [(proposal.date, proposal.charges) for proposal in proposals] == [(date(2022, 4, 1), 10000), (day, -240)]


def test_a_credit_of_the_same_day_shares_the_invoice() -> None:
    (proposal,) = propose([DUE, credit(645, date(2022, 4, 1))], TaxMode.SEPARATE_INVOICE)
    assert (proposal.charges, [line.amount.minor for line in proposal.lines]) == (9355, [10000, -645])


def test_tax_on_a_credit_mirrors_that_on_a_charge() -> None:
    taxed = replace(credit(1005, date(2022, 4, 1)), tax_category="software", tax_rate=Decimal(10))
    (proposal,) = propose([taxed], TaxMode.INVOICE_LINE)
    assert [(line.type, line.amount.minor) for line in proposal.lines] == [
        (LineType.CHARGE, -1005),
        (LineType.TAX, -101),
    ]


@pytest.mark.parametrize(("left", "tax"), [(None, -101), (150, -101), (101, -101), (40, -40), (0, 0)])
def test_tax_on_a_credit_is_not_more_than_what_is_left_of_the_tax_billed(left: int | None, tax: int) -> None:
    taxed = replace(credit(1005, date(2022, 4, 1)), tax_rate=Decimal(10), tax_left=left)
    (proposal,) = propose([taxed], TaxMode.INVOICE_LINE)
    (memo,) = propose_memos([taxed])
    wanted = [tax] if tax else []
    assert [line.amount.minor for line in proposal.lines if line.type is LineType.TAX] == wanted
    assert [-line.amount.minor for line in memo.lines if line.type is LineType.TAX] == wanted


def test_credit_memos_are_one_for_each_customer_currency_and_day() -> None:
    day, later = date(2022, 4, 16), date(2022, 4, 20)
    taxed = replace(credit(1000, day, 21), tax_rate=Decimal(20))
    dues = [credit(500, later), taxed, credit(300, day), replace(credit(1, day), amount=EUR.money(-100))]
    dues.append(replace(credit(700, day), account=8))
    found = [
        (memo.account, memo.date, [(line.type, str(line.amount), line.amount.currency.code) for line in memo.lines])
        for memo in propose_memos(dues)
    ]
    charge, tax = LineType.CHARGE, LineType.TAX
    assert found == [
        (7, day, [(charge, "1.00", "EUR")]),
        (7, day, [(charge, "10.00", "USD"), (charge, "3.00", "USD"), (tax, "2.00", "USD")]),
        (7, later, [(charge, "5.00", "USD")]),
        (8, day, [(charge, "7.00", "USD")]),
    ]
    assert {memo.date for memo in propose_memos(dues, date(2022, 5, 1))} == {date(2022, 5, 1)}
