"""Statements of account: every document in order, the balance after each, and how long what is open is overdue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from calm_desktop.engine.problems import Refused
from calm_desktop.services import customers, papers, views, voiding
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    ConvertLines,
    GiveCredit,
    Look,
    PayAccount,
    PayInvoice,
    RefundCredit,
    RefundPayment,
    SetAccount,
    StatementRequest,
    VoidInvoice,
)
from calm_desktop.services.wire import to_json
from tests.services.paper_desk import APRIL, april_credit, invoiced, new_desk, sold, write_change

MAY, JUNE = date(2022, 5, 1), date(2022, 6, 1)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Acme, 30 days to pay; April 100.00, May 100.00 less a credit of 25.00, June 100.00; today is 20 June.

    10 April: 60.00 paid. 2 May: the negative line becomes a memo, of which 5.00 are refunded on 4 May. 3 May: 10.00
    credited on May. 5 June: 40.00 on account, 15.00 of it refunded on 7 June. 6 June: June is voided.
    """
    with new_desk(today=date(2022, 6, 20)) as made:
        sold(made)
        invoiced(made)
        sold(made, start=MAY)
        made.do(write_change, ("Licence", [april_credit(-2500, MAY)]))
        invoiced(made, MAY)
        sold(made, start=JUNE)
        invoiced(made, JUNE)
        made.do(papers.pay, PayInvoice("INV-000001", Decimal(60), date(2022, 4, 10), "Transfer 12"))
        made.do(papers.convert, ConvertLines("INV-000002", (2,), date(2022, 5, 2)))
        made.do(papers.credit, GiveCredit("INV-000002", Decimal(10), date(2022, 5, 3)))
        made.do(papers.refund, RefundCredit("CM-000001", Decimal(5), date(2022, 5, 4)))
        made.do(papers.pay_account, PayAccount("Acme", Decimal(40), date(2022, 6, 5)))
        made.do(voiding.void, VoidInvoice("INV-000003", date(2022, 6, 6)))
        made.do(papers.refund_payment, RefundPayment("PAY-000002", Decimal(15), date(2022, 6, 7)))
        yield made


def statement(desk: Desk, start: date | None = None, end: date | None = None) -> Any:
    return to_json(desk.ask(views.statement, StatementRequest("Acme", start, end)))


def entries(part: Any) -> list[tuple[str, str, str, str]]:
    return [(each["date"], each["number"], each["amount"], each["balance"]) for each in part["entries"]]


def test_every_document_stands_in_order_with_the_balance_after_it(desk: Desk) -> None:
    found = statement(desk)
    assert (found["start"], found["end"], found["address"]) == ("2022-04-01", "2022-06-20", ["Acme"])
    (part,) = found["parts"]
    assert (part["currency"], part["opening"]) == ("USD", "0.00")
    assert entries(part) == [
        ("2022-04-01", "INV-000001", "100.00", "100.00"),
        ("2022-04-10", "PAY-000001", "-60.00", "40.00"),
        ("2022-05-01", "INV-000002", "75.00", "115.00"),
        ("2022-05-02", "CM-000001", "0.00", "115.00"),
        ("2022-05-03", "CM-000002", "-10.00", "105.00"),
        ("2022-05-04", "REF-000001", "5.00", "110.00"),
        ("2022-06-01", "INV-000003", "100.00", "210.00"),
        ("2022-06-05", "PAY-000002", "-40.00", "170.00"),
        ("2022-06-06", "INV-000004", "-100.00", "70.00"),
        ("2022-06-07", "REF-000002", "15.00", "85.00"),
    ]
    assert [each["description"] for each in part["entries"]] == [
        "Invoice",
        "Payment, Transfer 12",
        "Invoice",
        "Credit from negative lines of INV-000002",
        "Credit of INV-000002",
        "Refund of CM-000001",
        "Invoice",
        "Payment",
        "Voids INV-000003",
        "Refund of PAY-000002",
    ]
    assert [(each["open"], each["due"]) for each in part["entries"] if each["kind"] == "invoice"] == [
        ("40.00", "2022-05-01"),
        ("90.00", "2022-05-31"),
        ("0.00", "2022-07-01"),
    ]
    # 40.00 of April and 90.00 of May are open, 25.00 on account, 20.00 left of the memo.
    assert part["closing"] == {
        "currency": "USD",
        "invoices": "130.00",
        "on_account": "25.00",
        "credit": "20.00",
        "balance": "85.00",
    }
    assert part["aging"] == {
        "not_due": "0.00",
        "days_1_30": "90.00",
        "days_31_60": "40.00",
        "days_61_90": "0.00",
        "over_90": "0.00",
        "total": "130.00",
    }


def test_a_span_opens_with_what_was_before_it(desk: Desk) -> None:
    (part,) = statement(desk, date(2022, 5, 3), date(2022, 6, 5))["parts"]
    assert part["opening"] == "115.00"
    assert entries(part) == [
        ("2022-05-03", "CM-000002", "-10.00", "105.00"),
        ("2022-05-04", "REF-000001", "5.00", "110.00"),
        ("2022-06-01", "INV-000003", "100.00", "210.00"),
        ("2022-06-05", "PAY-000002", "-40.00", "170.00"),
    ]
    # As of 5 June the invoice of June was still open: it was voided on the 6th.
    assert part["entries"][2]["open"] == "100.00"
    assert (part["closing"]["invoices"], part["closing"]["balance"]) == ("230.00", "170.00")
    assert (part["aging"]["not_due"], part["aging"]["days_1_30"], part["aging"]["days_31_60"]) == (
        "100.00",
        "90.00",
        "40.00",
    )


def test_the_closing_balance_is_the_accounts_of_any_day(desk: Desk) -> None:
    for day in (date(2022, 3, 31), APRIL, date(2022, 5, 2), date(2022, 6, 6), date(2022, 12, 31)):
        (part,) = statement(desk, end=day)["parts"]
        balances = to_json(desk.ask(views.show_account, Look("Acme", day)))["balances"]
        assert balances == ([part["closing"]] if part["entries"] else [])
        assert part["closing"]["balance"] == (part["entries"][-1]["balance"] if part["entries"] else "0.00")


def test_each_currency_has_its_own_part(desk: Desk) -> None:
    desk.do(papers.pay_account, PayAccount("Acme", Decimal(7), JUNE, currency="JPY"))
    found = statement(desk)["parts"]
    assert [(part["currency"], part["closing"]["balance"]) for part in found] == [("JPY", "-7"), ("USD", "85.00")]


def test_it_goes_to_the_bill_to_address(desk: Desk) -> None:
    desk.do(
        customers.set_account, SetAccount("Acme", bill_to="Acme Ltd\n  1 Main Street\n\nSpringfield ", country="US")
    )
    assert statement(desk)["address"] == ["Acme Ltd", "1 Main Street", "Springfield"]
    desk.do(customers.set_account, SetAccount("Acme", bill_to=" "))
    assert statement(desk)["address"] == ["Acme", "US"]


def test_days_out_of_order_or_bounds_are_refused(desk: Desk) -> None:
    def asked(start: date | None, end: date | None) -> list[tuple[str, str]]:
        with pytest.raises(Refused) as refused:
            statement(desk, start, end)
        return [(each.code, each.field) for each in refused.value.problems]

    assert asked(date(2022, 6, 2), JUNE) == [("end-before-start", "to")]
    assert asked(date(1899, 1, 1), date(2200, 1, 1)) == [("bad-date", "from"), ("bad-date", "to")]
