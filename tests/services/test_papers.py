"""Payments, credits, converted lines, credit applied and refunded: balances as a bookkeeper expects them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calm_desktop.services import papers, views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    ApplyCredit,
    ConvertLines,
    Find,
    GiveCredit,
    Look,
    PageRequest,
    PayInvoice,
    RefundCredit,
)
from calm_desktop.services.wire import to_json
from tests.services.paper_desk import (
    APRIL,
    april_credit,
    balances,
    broken,
    credit_memos,
    invoiced,
    new_desk,
    problems,
    shown,
    sold,
    write_change,
)

MAY = date(2022, 5, 1)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Acme's licence for April at 100.00, invoiced on 1 April: INV-000001."""
    with new_desk(today=date(2022, 4, 20)) as made:
        sold(made)
        invoiced(made)
        yield made
        assert broken(made) == []


def head(desk: Desk, number: str, as_of: date | None = None) -> tuple[str, str, str]:
    """Total, balance and settlement of an invoice."""
    found = shown(desk, number, as_of)["invoice"]
    return found["total"], found["balance"], found["settlement"]


def test_r14_a_credit_of_10_on_a_line_of_100_leaves_90_which_is_due_on_1_may(desk: Desk) -> None:
    result = to_json(desk.do(papers.credit, GiveCredit("INV-000001", Decimal(10), note="Two days without service")))
    assert (result["credit"]["number"], result["credit"]["reason"]) == ("CM-000001", "given")
    assert (result["credit"]["total"], result["credit"]["applied"], result["credit"]["balance"]) == (
        "10.00",
        "10.00",
        "0.00",
    )
    found = shown(desk, "INV-000001")
    assert balances(desk, "INV-000001") == [("Charge", "100.00", "90.00")]
    assert (found["invoice"]["balance"], found["invoice"]["due"]) == ("90.00", "2022-05-01")
    assert found["invoice"]["settlement"] == "Partially Settled"
    assert [(row["number"], row["amount"], row["date"], row["note"]) for row in found["credits"]] == [
        ("CM-000001", "10.00", "2022-04-20", "Two days without service")
    ]


def test_payments_settle_an_invoice_step_by_step(desk: Desk) -> None:
    assert head(desk, "INV-000001") == ("100.00", "100.00", "Not Settled")
    first = to_json(desk.do(papers.pay, PayInvoice("INV-000001", Decimal(60), date(2022, 4, 10), "Transfer 12")))
    assert head(desk, "INV-000001") == ("100.00", "40.00", "Partially Settled")
    desk.do(papers.pay, PayInvoice("inv-000001", Decimal("40.00"), date(2022, 4, 12)))
    assert head(desk, "INV-000001") == ("100.00", "0.00", "Settled")
    assert first["payment"]["number"] == "PAY-000001"
    assert [(row["number"], row["amount"], row["date"]) for row in shown(desk, "INV-000001")["payments"]] == [
        ("PAY-000001", "60.00", "2022-04-10"),
        ("PAY-000002", "40.00", "2022-04-12"),
    ]
    rows = to_json(desk.ask(views.list_payments, Find(account="Acme", asset="Licence", start=date(2022, 4, 11))))
    assert [(row["number"], row["invoice"], row["amount"]) for row in rows] == [("PAY-000002", "INV-000001", "40.00")]
    paid = to_json(desk.ask(views.show_payment, Look("PAY-000001")))
    assert (paid["payment"]["reference"], paid["applied"][0]["line"], paid["applied"][0]["amount"]) == (
        "Transfer 12",
        1,
        "60.00",
    )


def test_more_than_is_open_is_refused_with_what_is_open(desk: Desk) -> None:
    desk.do(papers.pay, PayInvoice("INV-000001", Decimal(60)))
    assert problems(desk, papers.credit, GiveCredit("INV-000001", Decimal("40.01"))) == [
        (
            "more-than-owed",
            "amount",
            "Invoice INV-000001 has 40.00 USD open; 40.01 is more than that. Give at most 40.00.",
        )
    ]
    desk.do(papers.pay, PayInvoice("INV-000001", Decimal(40)))
    assert problems(desk, papers.credit, GiveCredit("INV-000001", Decimal("0.01"))) == [
        (
            "more-than-owed",
            "amount",
            "Invoice INV-000001 has 0.00 USD open; 0.01 is more than that. Nothing more can be taken off.",
        )
    ]


@pytest.mark.parametrize("amount", ["0", "-5", "1000000000000", "NaN", "Infinity"])
def test_an_amount_is_above_zero(desk: Desk, amount: str) -> None:
    assert problems(desk, papers.pay, PayInvoice("INV-000001", Decimal(amount))) == [
        ("bad-amount", "amount", "The amount must be more than 0 and less than 1,000,000,000,000.")
    ]


def test_mistakes_are_told_together(desk: Desk) -> None:
    wrong = PayInvoice("INV-000001", Decimal("10.005"), date(2022, 3, 31), "a\nb")
    assert [(code, field) for code, field, _ in problems(desk, papers.pay, wrong)] == [
        ("bad-amount", "amount"),
        ("too-early", "on"),
        ("bad-characters", "reference"),
    ]
    early = GiveCredit("INV-000001", Decimal(200), date(1899, 12, 31), "x" * 10_001)
    assert [(code, field) for code, field, _ in problems(desk, papers.credit, early)] == [
        ("more-than-owed", "amount"),
        ("bad-date", "on"),
        ("too-long", "note"),
    ]


def test_only_posted_invoices_are_paid_and_credited(desk: Desk) -> None:
    sold(desk, account="Belmont")
    (draft,) = invoiced(desk, draft=True)
    for use_case, request in (
        (papers.pay, PayInvoice(draft, Decimal(1))),
        (papers.credit, GiveCredit(draft, Decimal(1))),
        (papers.convert, ConvertLines(draft, (1,))),
    ):
        assert problems(desk, use_case, request) == [
            ("not-posted", "invoice", f"Invoice {draft} is draft, nothing is owed on it. Post it first.")
        ]
    assert problems(desk, papers.pay, PayInvoice("INV-9", Decimal(1)))[0][0] == "unknown-invoice"
    assert problems(desk, papers.refund, RefundCredit("CM-9", Decimal(1)))[0][:2] == ("unknown-credit", "credit")


def test_a_document_of_a_later_day_is_settled_on_that_day(desk: Desk) -> None:
    early = desk.on(date(2022, 3, 1))
    assert to_json(early.do(papers.pay, PayInvoice("INV-000001", Decimal(1))))["payment"]["date"] == "2022-04-01"


def test_a_preview_stores_nothing(desk: Desk) -> None:
    preview = desk.preview(papers.pay, PayInvoice("INV-000001", Decimal(60)))
    assert head(desk, "INV-000001") == ("100.00", "100.00", "Not Settled")
    stored = desk.do(papers.pay, PayInvoice("INV-000001", Decimal(60)))
    assert to_json(preview) == to_json(stored)


def test_figures_as_of_a_day_count_what_is_dated_up_to_it(desk: Desk) -> None:
    desk.do(papers.pay, PayInvoice("INV-000001", Decimal(60), date(2022, 4, 10)))
    desk.do(papers.credit, GiveCredit("INV-000001", Decimal(15), date(2022, 5, 10)))
    expected = {
        date(2022, 3, 31): "0.00",
        date(2022, 4, 1): "100.00",
        date(2022, 4, 9): "100.00",
        date(2022, 4, 10): "40.00",
        date(2022, 5, 10): "25.00",
    }
    for day, balance in expected.items():
        card = to_json(desk.ask(views.show_account, Look("Acme", day)))["cards"][0]
        (row,) = to_json(desk.ask(views.list_accounts, Find("Acme", as_of=day)))
        lines = to_json(desk.ask(views.list_invoice_lines, Find("Acme", as_of=day)))
        assert card["invoice_line_balance"] == row["invoice_line_balance"] == balance
        assert sum(Decimal(line["balance"]) for line in lines) == Decimal(balance)
        heads = to_json(desk.ask(views.list_invoices, Find("Acme", as_of=day)))
        assert [each["balance"] for each in heads] == ([balance] if day >= APRIL else [])
    assert head(desk, "INV-000001", date(2022, 4, 10)) == ("100.00", "40.00", "Partially Settled")
    page = desk.ask(views.account_page, PageRequest("Acme", as_of=date(2022, 5, 2)))
    assert (page.overdue, page.open_lines) == (1, 1)
    assert [str(minor) for minor in page.balance_series[0][2]] == ["100.00", "40.00", "25.00"]
    assert page.balance_series[0][1] == (APRIL, date(2022, 4, 10), date(2022, 5, 10))


def test_the_first_page_counts_what_is_still_owed_today(desk: Desk) -> None:
    assert [(str(each.balance), each.invoices) for each in desk.ask(views.owed, None)] == [("100.00", 1)]
    desk.do(papers.pay, PayInvoice("INV-000001", Decimal(60)))
    assert [(str(each.balance), each.invoices) for each in desk.ask(views.owed, None)] == [("40.00", 1)]
    assert [str(each.balance) for each in desk.ask(views.open_invoices, 9).rows] == ["40.00"]
    desk.do(papers.pay, PayInvoice("INV-000001", Decimal(40)))
    assert (desk.ask(views.owed, None), desk.ask(views.open_invoices, 9).rows) == ((), ())


# ---------------------------------------------------------------------------------------------------------- with tax


def test_tax_on_a_line_is_paid_after_its_charge() -> None:
    with new_desk(tax_mode="invoice-line") as desk:
        sold(desk, "TAX")
        assert invoiced(desk) == ["INV-000001"]
        desk.do(papers.pay, PayInvoice("INV-000001", Decimal(110)))
        assert balances(desk, "INV-000001") == [("Charge", "100.00", "0.00"), ("Tax", "20.00", "10.00")]
        assert head(desk, "INV-000001") == ("120.00", "10.00", "Partially Settled")
        assert broken(desk) == []


def test_a_credit_with_tax_is_split_over_charge_and_tax() -> None:
    with new_desk(tax_mode="invoice-line") as desk:
        sold(desk, "TAX")
        invoiced(desk)
        result = to_json(desk.do(papers.credit, GiveCredit("INV-000001", Decimal("10.01"))))
        assert [(line["type"], line["amount"]) for line in result["lines"]] == [("Charge", "8.34"), ("Tax", "1.67")]
        assert balances(desk, "INV-000001") == [("Charge", "100.00", "91.66"), ("Tax", "20.00", "18.33")]
        assert broken(desk) == []


def test_with_tax_on_its_own_invoice_each_is_paid_by_itself() -> None:
    with new_desk() as desk:
        sold(desk, "TAX")
        assert invoiced(desk) == ["INV-000001", "INV-000002"]
        desk.do(papers.pay, PayInvoice("INV-000001", Decimal(100)))
        assert head(desk, "INV-000001") == ("100.00", "0.00", "Settled")
        assert head(desk, "INV-000002") == ("20.00", "20.00", "Not Settled")
        over = to_json(desk.do(papers.pay, PayInvoice("INV-000002", Decimal("20.01"))))["payment"]
        assert (over["applied"], over["balance"]) == ("20.00", "0.01")
        assert broken(desk) == []


@pytest.mark.parametrize(
    ("currency", "price", "credit", "too_fine", "balance"),
    [
        ("JPY", "1000", "100", "0.5", "900"),
        ("KWD", "12.345", "0.345", "0.0001", "12.000"),
        ("USD", "12.34", "0.34", "0.001", "12.00"),
    ],
)
def test_each_currency_has_its_own_decimals(
    currency: str, price: str, credit: str, too_fine: str, balance: str
) -> None:
    with new_desk(currency) as desk:
        sold(desk, price=price)
        invoiced(desk)
        assert problems(desk, papers.credit, GiveCredit("INV-000001", Decimal(too_fine)))[0][0] == "bad-amount"
        desk.do(papers.credit, GiveCredit("INV-000001", Decimal(credit)))
        assert head(desk, "INV-000001")[1] == balance
        desk.do(papers.pay, PayInvoice("INV-000001", Decimal(balance)))
        assert head(desk, "INV-000001")[2] == "Settled"
        assert broken(desk) == []


# --------------------------------------------------------------------------------------------------- converted lines


def with_negative_lines(desk: Desk) -> None:
    """On 1 May a charge of 100.00 and two credits, 10.00 and 15.00, on INV-000002."""
    sold(desk, start=MAY)
    parts = [april_credit(-1000, MAY), april_credit(-1500, MAY, start=date(2022, 4, 20))]
    desk.do(write_change, ("Licence", parts))
    assert invoiced(desk, MAY) == ["INV-000002"]


def test_r13_negative_lines_of_10_and_15_become_a_credit_memo_of_25(desk: Desk) -> None:
    with_negative_lines(desk)
    assert balances(desk, "INV-000002") == [
        ("Charge", "100.00", "100.00"),
        ("Charge", "-10.00", "-10.00"),
        ("Charge", "-15.00", "-15.00"),
    ]
    assert head(desk, "INV-000002") == ("75.00", "75.00", "Not Settled")
    result = to_json(desk.do(papers.convert, ConvertLines("INV-000002", (2, 3))))
    assert (result["credit"]["total"], result["credit"]["balance"], result["credit"]["reason"]) == (
        "25.00",
        "25.00",
        "converted",
    )
    assert [(line["amount"], line["invoice"], line["invoice_line"]) for line in result["lines"]] == [
        ("10.00", "INV-000002", 2),
        ("15.00", "INV-000002", 3),
    ]
    found = shown(desk, "INV-000002")
    assert found["invoice"]["converted_negative_amount"] == "-25.00"
    assert [line["balance"] for line in found["lines"]] == ["100.00", "0.00", "0.00"]
    assert head(desk, "INV-000002") == ("75.00", "100.00", "Not Settled")
    assert [(row["number"], row["amount"]) for row in found["credits"]] == [("CM-000001", "-25.00")]


def test_each_line_is_converted_once_and_only_negative_ones(desk: Desk) -> None:
    with_negative_lines(desk)
    desk.do(papers.convert, ConvertLines("INV-000002", (2,)))
    assert problems(desk, papers.convert, ConvertLines("INV-000002", (1, 2, 9), date(2022, 4, 30))) == [
        ("not-negative", "lines", "Line 1 is not negative. Only lines below zero become a credit memo."),
        ("already-converted", "lines", "Line 2 is converted already; the invoice's credits show the memo."),
        ("unknown-line", "lines", "Invoice INV-000002 has no line 9; its lines are 1 to 3."),
        (
            "too-early",
            "on",
            "2022-04-30 is too early: invoice INV-000002 is of 2022-05-01. Give that day or a later one.",
        ),
    ]
    assert problems(desk, papers.convert, ConvertLines("INV-000002", ()))[0][0] == "missing-lines"
    desk.do(papers.convert, ConvertLines("INV-000002", (3, 3)))
    assert [total for *_, total, _ in credit_memos(desk)] == ["10.00", "15.00"]


@pytest.mark.parametrize("mode", ["invoice-line", "separate-invoice"])
def test_the_tax_on_a_line_is_converted_with_it(mode: str) -> None:
    with new_desk(tax_mode=mode) as desk:
        sold(desk, "TAX")
        invoiced(desk)
        desk.do(write_change, ("Taxed licence", [april_credit(-1000, MAY)]))
        numbers = invoiced(desk, MAY)
        charges = {number: balances(desk, number) for number in numbers}
        if mode == "invoice-line":
            assert charges == {numbers[0]: [("Charge", "-10.00", "-10.00"), ("Tax", "-2.00", "-2.00")]}
        else:
            assert charges == {
                numbers[0]: [("Charge", "-10.00", "-10.00")],
                numbers[1]: [("Tax", "-2.00", "-2.00")],
            }
        result = to_json(desk.do(papers.convert, ConvertLines(numbers[0], (1,))))
        assert result["credit"]["total"] == "12.00"
        assert [shape["invoice"]["balance"] for shape in result["invoices"]] == ["0.00"] * len(numbers)
        assert [shape["invoice"]["settlement"] for shape in result["invoices"]] == ["Settled"] * len(numbers)
        assert broken(desk) == []


def test_credit_of_a_memo_is_applied_and_the_rest_refunded(desk: Desk) -> None:
    with_negative_lines(desk)
    desk.do(papers.convert, ConvertLines("INV-000002", (2, 3)))
    applied = to_json(desk.do(papers.apply_credit, ApplyCredit("CM-000001", "INV-000001", Decimal(20))))
    assert (applied["credit"]["applied"], applied["credit"]["balance"]) == ("20.00", "5.00")
    assert head(desk, "INV-000001") == ("100.00", "80.00", "Partially Settled")
    assert problems(desk, papers.refund, RefundCredit("CM-000001", Decimal("5.01"))) == [
        (
            "more-than-left",
            "amount",
            "Credit memo CM-000001 has 5.00 USD left; 5.01 is more than that. Give at most 5.00.",
        )
    ]
    result = to_json(desk.do(papers.refund, RefundCredit("CM-000001", Decimal(3))))
    assert (result["refund"]["number"], result["refund"]["amount"], result["credit"]["balance"]) == (
        "REF-000001",
        "3.00",
        "2.00",
    )
    desk.do(papers.apply_credit, ApplyCredit("CM-000001", "INV-000002"))
    assert head(desk, "INV-000002") == ("75.00", "98.00", "Partially Settled")
    assert problems(desk, papers.apply_credit, ApplyCredit("CM-000001", "INV-000002")) == [
        ("nothing-to-apply", "credit", "Credit memo CM-000001 has 0.00 USD left. There is nothing to apply.")
    ]
    whole = to_json(desk.ask(views.show_credit, Look("CM-000001")))
    assert [(row["invoice"], row["amount"]) for row in whole["applied"]] == [
        ("INV-000001", "20.00"),
        ("INV-000002", "2.00"),
    ]
    assert [(row["number"], row["amount"]) for row in whole["refunds"]] == [("REF-000001", "3.00")]
    assert credit_memos(desk) == [("CM-000001", "converted", "2022-05-01", "25.00", "0.00")]


def test_credit_is_applied_up_to_what_the_invoice_has_open(desk: Desk) -> None:
    with_negative_lines(desk)
    desk.do(papers.convert, ConvertLines("INV-000002", (2, 3)))
    desk.do(papers.pay, PayInvoice("INV-000001", Decimal(90)))
    wrong = ApplyCredit("CM-000001", "INV-000001", Decimal(11), date(2022, 4, 2))
    assert [(code, field) for code, field, _ in problems(desk, papers.apply_credit, wrong)] == [
        ("more-than-owed", "amount"),
        ("too-early", "on"),
    ]
    desk.do(papers.apply_credit, ApplyCredit("CM-000001", "INV-000001"))
    assert head(desk, "INV-000001") == ("100.00", "0.00", "Settled")
    assert problems(desk, papers.apply_credit, ApplyCredit("CM-000001", "INV-000001")) == [
        ("nothing-to-apply", "credit", "Invoice INV-000001 has 0.00 USD open. There is nothing to apply.")
    ]
    assert credit_memos(desk)[0][-1] == "15.00"


def test_credit_stays_with_its_customer_and_currency(desk: Desk) -> None:
    with_negative_lines(desk)
    desk.do(papers.convert, ConvertLines("INV-000002", (2,)))
    sold(desk, account="Belmont", price="50")
    invoiced(desk)
    assert [(code, field) for code, field, _ in problems(desk, papers.apply_credit, ApplyCredit("CM-1", "INV-1"))] == [
        ("unknown-credit", "credit")
    ]
    strange = ApplyCredit("CM-000001", "INV-000003")
    assert [(code, field) for code, field, _ in problems(desk, papers.apply_credit, strange)] == [
        ("other-account", "invoice")
    ]


def test_what_a_change_credited_is_not_given_again(desk: Desk) -> None:
    desk.do(write_change, ("Licence", [april_credit(-4000)]))
    ((code, field, words),) = problems(desk, papers.credit, GiveCredit("INV-000001", Decimal("60.01")))
    assert (code, field) == ("more-than-billed", "amount")
    assert words == (
        "Invoice INV-000001 has 100.00 USD open, but a part of that is credited already by changes of what was sold. "
        "Give at most 60.00."
    )
    desk.do(papers.credit, GiveCredit("INV-000001", Decimal(60)))


def test_lists_are_limited_to_a_customer_an_asset_and_days(desk: Desk) -> None:
    desk.do(papers.credit, GiveCredit("INV-000001", Decimal(1), date(2022, 4, 2)))
    desk.do(papers.credit, GiveCredit("INV-000001", Decimal(2), date(2022, 4, 3)))

    def totals(**wanted: Any) -> list[str]:
        return [row["total"] for row in to_json(desk.ask(views.list_credits, Find(**wanted)))]

    assert totals(account="Acme", asset="Licence") == ["1.00", "2.00"]
    assert totals(account="Belmont") == []
    assert totals(start=date(2022, 4, 3)) == ["2.00"]
    assert totals(end=date(2022, 4, 2)) == ["1.00"]


Act = tuple[str, int]


@pytest.fixture(scope="module")
def long_desk() -> Iterator[Desk]:
    """One store for many lives of invoices, each with tax as a line."""
    with new_desk(tax_mode="invoice-line") as made:
        yield made
        assert broken(made) == []


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    price=st.integers(1, 200_00),
    taxed=st.booleans(),
    acts=st.lists(st.tuples(st.sampled_from(["pay", "credit"]), st.integers(1, 30_000)), max_size=6),
)
def test_in_any_order_the_balance_stays_between_zero_and_the_total(
    long_desk: Desk, price: int, taxed: bool, acts: list[Act]
) -> None:
    desk = long_desk
    sold(desk, "TAX" if taxed else "LIC", price=str(Decimal(price).scaleb(-2)))
    (number,) = invoiced(desk)
    total, before, settled = head(desk, number)
    for act, minor in acts:
        amount = Decimal(minor).scaleb(-2)
        request: Any = (PayInvoice if act == "pay" else GiveCredit)(number, amount)
        if act == "credit" and amount > Decimal(before):
            assert problems(desk, papers.credit, request)[0][0] == "more-than-owed"
            continue
        result = to_json(desk.do(getattr(papers, act), request))
        total, balance, settled = head(desk, number)
        assert Decimal(balance) == max(Decimal(before) - amount, Decimal(0))
        if act == "pay":
            assert Decimal(result["payment"]["balance"]) == max(amount - Decimal(before), Decimal(0))
        assert 0 <= Decimal(balance) <= Decimal(total)
        assert settled == ("Partially Settled" if Decimal(balance) else "Settled")
        assert all(Decimal(left) >= 0 for _, _, left in balances(desk, number))
        before = balance
    assert settled == {True: "Not Settled", False: settled}[before == total]
