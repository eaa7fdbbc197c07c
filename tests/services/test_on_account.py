"""Money on account: what is paid over, or without an invoice, until it is put on an invoice or paid back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.services import papers, views
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    ApplyCredit,
    ApplyPayment,
    Find,
    GiveCredit,
    Look,
    PayAccount,
    PayInvoice,
    RefundCredit,
    RefundPayment,
)
from calm_desktop.services.wire import to_json
from tests.services.paper_desk import done, invoiced, new_desk, problems, shown, sold


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Acme's licence for April and May at 100.00 each: INV-000001 and INV-000002; today is 20 May."""
    with new_desk(today=date(2022, 5, 20)) as made:
        sold(made, months=2)
        invoiced(made, date(2022, 5, 1))
        yield made
        assert made.ask(check, None).broken == ()


def paid(desk: Desk, number: str = "PAY-000001") -> tuple[str, str, str, str]:
    """Amount, applied, refunded and on account of a payment."""
    head = to_json(desk.ask(views.show_payment, Look(number)))["payment"]
    return head["amount"], head["applied"], head["refunded"], head["balance"]


def test_what_is_paid_over_is_kept_on_account(desk: Desk) -> None:
    answer = done(desk, papers.pay, PayInvoice("INV-000001", Decimal(130), date(2022, 5, 2)))
    assert [row["amount"] for row in answer["applied"]] == ["100.00"]
    assert paid(desk) == ("130.00", "100.00", "0.00", "30.00")
    assert shown(desk, "INV-000001")["invoice"]["settlement"] == "Settled"
    assert to_json(desk.ask(views.show_account, Look("Acme")))["balances"] == [
        {"currency": "USD", "invoices": "100.00", "on_account": "30.00", "credit": "0.00", "balance": "70.00"}
    ]
    answer = done(desk, papers.apply_payment, ApplyPayment("PAY-000001", "INV-000002"))
    assert [row["amount"] for row in answer["applied"]] == ["100.00", "30.00"]
    assert shown(desk, "INV-000002")["invoice"]["balance"] == "70.00"
    assert paid(desk) == ("130.00", "130.00", "0.00", "0.00")


def test_money_without_an_invoice_is_put_on_several_and_the_rest_paid_back(desk: Desk) -> None:
    answer = done(desk, papers.pay_account, PayAccount("Acme", Decimal(250), date(2022, 5, 3), "Transfer 9"))
    assert (answer["payment"]["balance"], answer["payment"]["invoice"], answer["invoices"]) == ("250.00", None, [])
    done(desk, papers.apply_any, ApplyCredit("PAY-000001", "INV-000001"))
    done(desk, papers.apply_any, ApplyCredit("PAY-000001", "INV-000002", Decimal(90), date(2022, 5, 10)))
    refund = done(desk, papers.refund_any, RefundCredit("PAY-000001", Decimal(50)))
    assert (refund["refund"]["number"], refund["refund"]["payment"], refund["refund"]["credit"]) == (
        "REF-000001",
        "PAY-000001",
        None,
    )
    assert refund["credit"] is None
    assert paid(desk) == ("250.00", "190.00", "50.00", "10.00")
    whole = to_json(desk.ask(views.show_payment, Look("PAY-000001")))
    assert [row["amount"] for row in whole["refunds"]] == ["50.00"]
    (row,) = to_json(desk.ask(views.list_payments, Find(account="Acme")))
    assert (row["invoice"], row["balance"]) == ("INV-000001", "10.00")


def test_money_pays_the_open_invoices_oldest_due_first(desk: Desk) -> None:
    done(desk, papers.pay, PayInvoice("INV-000001", Decimal(25), date(2022, 5, 2)))
    answer = done(desk, papers.pay_account, PayAccount("Acme", Decimal(130), oldest_first=True))
    assert [(row["invoice"], row["amount"]) for row in answer["applied"]] == [
        ("INV-000001", "75.00"),
        ("INV-000002", "55.00"),
    ]
    assert [each["invoice"]["balance"] for each in answer["invoices"]] == ["0.00", "45.00"]
    answer = done(desk, papers.pay_account, PayAccount("Acme", Decimal(50), oldest_first=True))
    assert [(row["invoice"], row["amount"]) for row in answer["applied"]] == [("INV-000002", "45.00")]
    assert answer["payment"]["balance"] == "5.00"


def test_money_pays_no_invoice_of_a_later_day_and_of_another_currency(desk: Desk) -> None:
    answer = done(desk, papers.pay_account, PayAccount("Acme", Decimal(150), date(2022, 4, 30), oldest_first=True))
    assert [(row["invoice"], row["amount"]) for row in answer["applied"]] == [("INV-000001", "100.00")]
    answer = done(desk, papers.pay_account, PayAccount("Acme", Decimal(5), currency="EUR", oldest_first=True))
    assert (answer["applied"], answer["payment"]["balance"]) == ([], "5.00")


def test_money_in_another_currency_stays_in_it(desk: Desk) -> None:
    answer = done(desk, papers.pay_account, PayAccount("Acme", Decimal(5), currency="eur"))
    assert answer["payment"]["currency"] == "EUR"
    assert problems(desk, papers.apply_payment, ApplyPayment("PAY-000001", "INV-000001")) == [
        (
            "other-currency",
            "invoice",
            "Invoice INV-000001 is in USD, payment PAY-000001 in EUR. Choose one in the same currency.",
        )
    ]
    assert [row["currency"] for row in to_json(desk.ask(views.show_account, Look("Acme")))["balances"]] == [
        "EUR",
        "USD",
    ]


def test_more_than_is_there_is_refused(desk: Desk) -> None:
    desk.do(papers.pay_account, PayAccount("Acme", Decimal(30), date(2022, 5, 10)))
    over = ApplyPayment("PAY-000001", "INV-000001", Decimal("30.01"), date(2022, 5, 9))
    assert problems(desk, papers.apply_payment, over) == [
        (
            "more-than-left",
            "amount",
            "Payment PAY-000001 has 30.00 USD left; 30.01 is more than that. Give at most 30.00.",
        ),
        (
            "too-early",
            "on",
            "2022-05-09 is too early: payment PAY-000001 is of 2022-05-10. Give that day or a later one.",
        ),
    ]
    assert problems(desk, papers.refund_payment, RefundPayment("PAY-000001", Decimal(31)))[0][0] == "more-than-left"
    desk.do(papers.refund_payment, RefundPayment("PAY-000001", Decimal(30)))
    assert problems(desk, papers.apply_payment, ApplyPayment("PAY-000001", "INV-000001")) == [
        ("nothing-to-apply", "payment", "Payment PAY-000001 has 0.00 USD left. There is nothing to apply.")
    ]
    desk.do(papers.pay_account, PayAccount("Belmont", Decimal(30)))
    assert problems(desk, papers.apply_payment, ApplyPayment("PAY-000002", "INV-000001"))[0][0] == "other-account"


@pytest.mark.parametrize(
    ("request_", "code", "field"),
    [
        (PayAccount("Nobody", Decimal(1)), "unknown-account", "account"),
        (PayAccount("Acme", Decimal(1), currency="XXY"), "unknown-currency", "currency"),
        (PayAccount("Acme", Decimal("0.001")), "bad-amount", "amount"),
        (PayAccount("Acme", Decimal(0)), "bad-amount", "amount"),
        (PayAccount("Acme", Decimal(1), date(1899, 12, 31)), "bad-date", "on"),
        (PayAccount("Acme", Decimal(1), reference="a\nb"), "bad-characters", "reference"),
    ],
    ids=str,
)
def test_bad_payments_are_refused(desk: Desk, request_: PayAccount, code: str, field: str) -> None:
    assert [problem[:2] for problem in problems(desk, papers.pay_account, request_)] == [(code, field)]


def test_a_name_of_neither_is_told_as_an_unknown_credit(desk: Desk) -> None:
    assert problems(desk, papers.apply_any, ApplyCredit("CM-9", "INV-000001"))[0][0] == "unknown-credit"
    desk.do(papers.credit, GiveCredit("INV-000001", Decimal(1)))
    assert problems(desk, papers.refund_any, RefundCredit("CM-000001", Decimal(1)))[0][0] == "more-than-left"
