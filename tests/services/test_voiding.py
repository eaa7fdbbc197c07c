"""Drafts dropped, invoices voided and corrected: what is open, on account and pending, as a bookkeeper expects it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from calm_desktop.engine.explain import Figure
from calm_desktop.services import customers, holds, invoices, papers, taxes, views, voiding
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddTax,
    ApplyCredit,
    ConvertLines,
    CorrectInvoice,
    DropInvoices,
    Explain,
    Find,
    GiveCredit,
    Look,
    PageRequest,
    PayInvoice,
    PostInvoices,
    SetAccount,
    SetHold,
    VoidInvoice,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.wire import to_json
from calm_desktop.store import tables
from tests.services.paper_desk import (
    APRIL,
    april_credit,
    balances,
    broken,
    credit_memos,
    done,
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
    """Acme's licence for April at 100.00, invoiced on 1 April: INV-000001; today is 20 April."""
    with new_desk(today=date(2022, 4, 20)) as made:
        sold(made)
        invoiced(made)
        yield made
        assert made.ask(check, None).broken == ()


def balance(desk: Desk, day: date) -> str:
    """Acme's invoice line balance as of a day; cards, lists, lines and explanations agree on it."""
    card = to_json(desk.ask(views.show_account, Look("Acme", day)))["cards"][0]["invoice_line_balance"]
    (row,) = to_json(desk.ask(views.list_accounts, Find("Acme", as_of=day)))
    lines = to_json(desk.ask(views.list_invoice_lines, Find("Acme", as_of=day)))
    heads = to_json(desk.ask(views.list_invoices, Find("Acme", as_of=day)))
    (why,) = to_json(desk.ask(views.explain, Explain("account", "Acme", Figure.INVOICE_LINE_BALANCE, day)))
    found = {
        Decimal(card),
        Decimal(row["invoice_line_balance"]),
        Decimal(why["value"]),
        sum(Decimal(line["balance"]) for line in lines),
        sum(Decimal(head["balance"]) for head in heads if head["status"] in ("Posted", "Voided")),
    }
    assert found == {Decimal(card)}
    return str(card)


def pending(desk: Desk) -> list[tuple[str, str | None]]:
    """Amount and invoice of each billing period item of Acme's licence."""
    found = to_json(desk.ask(views.show_asset, Look("Licence")))
    return [(item["amount"], item["invoice"]) for plan in found["billing"]["schedules"] for item in plan["items"]]


# -------------------------------------------------------------------------------------------------------------- void


def test_a_mirror_takes_an_invoice_back(desk: Desk) -> None:
    answer = done(desk, voiding.void, VoidInvoice("INV-000001"))
    (original,), (mirror,) = answer["invoices"], answer["mirrors"]
    assert (original["invoice"]["status"], original["invoice"]["voided_by"]) == ("Voided", "INV-000002")
    assert (original["invoice"]["total"], original["invoice"]["balance"]) == ("100.00", "0.00")
    head = mirror["invoice"]
    assert (head["number"], head["status"], head["voids"]) == ("INV-000002", "Posted", "INV-000001")
    assert (head["date"], head["due"], head["total"], head["balance"]) == (
        "2022-04-20",
        "2022-04-20",
        "-100.00",
        "0.00",
    )
    line, taken = original["lines"][0], mirror["lines"][0]
    assert (taken["amount"], taken["quantity"], taken["unit_price"]) == ("-100.00", "-1", "100.00")
    assert [taken[key] for key in ("description", "start", "end", "type")] == [
        line[key] for key in ("description", "start", "end", "type")
    ]
    assert pending(desk) == [("100.00", None)]
    assert invoiced(desk) == ["INV-000003"]
    assert shown(desk, "INV-000003")["invoice"]["date"] == "2022-04-01"


def test_what_was_open_before_the_void_stays_so_as_of_a_day_before(desk: Desk) -> None:
    desk.do(papers.pay, PayInvoice("INV-000001", Decimal(60), date(2022, 4, 10)))
    desk.do(voiding.void, VoidInvoice("INV-000001", date(2022, 4, 15)))
    days = {1: "100.00", 9: "100.00", 10: "40.00", 14: "40.00", 15: "0.00", 30: "0.00"}
    assert {day: balance(desk, date(2022, 4, day)) for day in days} == days
    assert shown(desk, "INV-000001", date(2022, 4, 14))["invoice"]["settlement"] == "Partially Settled"
    page = desk.ask(views.account_page, PageRequest("Acme"))
    assert [str(amount) for amount in page.balance_series[0][2]] == ["100.00", "40.00", "0.00"]


def test_money_of_a_voided_invoice_is_kept_on_account(desk: Desk) -> None:
    desk.do(papers.pay, PayInvoice("INV-000001", Decimal(60), date(2022, 4, 10)))
    answer = done(desk, voiding.void, VoidInvoice("INV-000001"))
    (payment,) = answer["payments"]
    assert (payment["number"], payment["applied"], payment["balance"]) == ("PAY-000001", "0.00", "60.00")
    assert (payment["invoice"], payment["invoice_id"]) == (None, None)
    assert [(row["date"], row["amount"]) for row in answer["invoices"][0]["payments"]] == [
        ("2022-04-10", "60.00"),
        ("2022-04-20", "-60.00"),
    ]
    account = to_json(desk.ask(views.show_account, Look("Acme")))["balances"]
    assert account == [
        {"currency": "USD", "invoices": "0.00", "on_account": "60.00", "credit": "0.00", "balance": "-60.00"}
    ]
    before = to_json(desk.ask(views.show_account, Look("Acme", date(2022, 4, 19))))["balances"]
    assert before == [
        {"currency": "USD", "invoices": "40.00", "on_account": "0.00", "credit": "0.00", "balance": "40.00"}
    ]


def test_credit_that_was_applied_returns_to_its_memo(desk: Desk) -> None:
    sold(desk, start=MAY)
    desk.do(write_change, ("Licence", [april_credit(-2500, MAY)]))
    assert invoiced(desk, MAY) == ["INV-000002"]
    desk.do(papers.convert, ConvertLines("INV-000002", (2,)))
    late = desk.on(date(2022, 5, 3))
    sold(desk, start=date(2022, 6, 1))
    invoiced(desk, date(2022, 6, 1))
    late.do(papers.apply_credit, ApplyCredit("CM-000001", "INV-000003", Decimal(20), date(2022, 6, 2)))
    answer = done(late, voiding.void, VoidInvoice("INV-000003"))
    assert [(memo["number"], memo["applied"], memo["balance"]) for memo in answer["credits"]] == [
        ("CM-000001", "0.00", "25.00")
    ]
    assert answer["mirrors"][0]["invoice"]["date"] == "2022-06-02"
    assert [row["amount"] for row in to_json(desk.ask(views.show_credit, Look("CM-000001")))["applied"]] == [
        "20.00",
        "-20.00",
    ]


@pytest.mark.parametrize("named", [0, 1])
def test_the_tax_invoice_goes_along(named: int) -> None:
    with new_desk(today=date(2022, 4, 20)) as desk:
        sold(desk, "TAX")
        numbers = invoiced(desk)
        assert numbers == ["INV-000001", "INV-000002"]
        desk.do(papers.pay, PayInvoice("INV-000002", Decimal(20)))
        answer = done(desk, voiding.void, VoidInvoice(numbers[named]))
        assert [shape["invoice"]["status"] for shape in answer["invoices"]] == ["Voided", "Voided"]
        assert [(shape["invoice"]["voids"], shape["invoice"]["total"]) for shape in answer["mirrors"]] == [
            ("INV-000001", "-100.00"),
            ("INV-000002", "-20.00"),
        ]
        assert [shape["lines"][0]["tax"] for shape in answer["mirrors"]] == ["-20.00", "0.00"]
        assert balance(desk, date(2022, 12, 31)) == "0.00"
        assert invoiced(desk) == ["INV-000005", "INV-000006"]
        assert desk.ask(check, None).broken == ()


def test_an_invoice_with_a_credit_on_it_is_voided_whole(desk: Desk) -> None:
    sold(desk, start=MAY)
    desk.do(write_change, ("Licence", [april_credit(-3000, MAY)]))
    invoiced(desk, MAY)
    desk.do(papers.pay, PayInvoice("INV-000002", Decimal(70), date(2022, 5, 2)))
    answer = done(desk, voiding.void, VoidInvoice("INV-000002"))
    assert [line["amount"] for line in answer["mirrors"][0]["lines"]] == ["-100.00", "30.00"]
    assert [line["balance"] for shape in answer["mirrors"] for line in shape["lines"]] == ["0.00", "0.00"]
    assert invoiced(desk, MAY) == ["INV-000004"]
    assert balances(desk, "INV-000004") == [("Charge", "100.00", "100.00"), ("Charge", "-30.00", "-30.00")]


def test_what_cannot_be_voided_says_why_and_what_to_do(desk: Desk) -> None:
    sold(desk, account="Belmont")
    (draft,) = invoiced(desk, draft=True)
    assert problems(desk, voiding.void, VoidInvoice(draft)) == [
        (
            "is-a-draft",
            "invoice",
            f"Invoice {draft} is a draft: nothing was posted that could be voided. Drop it instead.",
        )
    ]
    desk.do(voiding.drop, DropInvoices((draft,)))
    assert problems(desk, voiding.void, VoidInvoice(draft)) == [
        ("not-posted", "invoice", f"Invoice {draft} is canceled; only posted invoices are voided.")
    ]
    assert problems(desk, voiding.void, VoidInvoice("INV-000001", date(2022, 3, 31))) == [
        (
            "too-early",
            "on",
            "2022-03-31 is too early: invoice INV-000001 is of 2022-04-01. Give that day or a later one.",
        )
    ]
    assert problems(desk, voiding.void, VoidInvoice("INV-000001", date(2200, 1, 1)))[0][:2] == ("bad-date", "on")
    assert problems(desk, voiding.void, VoidInvoice("INV-9"))[0][0] == "unknown-invoice"
    desk.do(papers.pay, PayInvoice("INV-000001", Decimal(60), date(2022, 4, 18)))
    assert problems(desk, voiding.void, VoidInvoice("INV-000001", date(2022, 4, 17))) == [
        (
            "too-early",
            "on",
            "2022-04-17 is too early: PAY-000001, which is on it, is of 2022-04-18. Give that day or a later one.",
        )
    ]
    desk.do(voiding.void, VoidInvoice("INV-000001"))
    assert problems(desk, voiding.void, VoidInvoice("INV-000001")) == [
        (
            "voided-already",
            "invoice",
            "Invoice INV-000001 is voided already, by INV-000002. Invoice again what is pending.",
        )
    ]
    assert problems(desk, voiding.void, VoidInvoice("INV-000002")) == [
        (
            "mirror",
            "invoice",
            (
                "Invoice INV-000002 is the mirror that voids INV-000001; a void is not taken back. Invoice again what "
                "is pending."
            ),
        )
    ]
    for use_case, request in (
        (papers.pay, PayInvoice("INV-000002", Decimal(1))),
        (papers.credit, GiveCredit("INV-000002", Decimal(1))),
        (papers.convert, ConvertLines("INV-000002", (1,))),
    ):
        assert problems(desk, use_case, request)[0][:2] == ("mirror", "invoice")
    assert problems(desk, papers.pay, PayInvoice("INV-000001", Decimal(1)))[0][0] == "not-posted"


def test_an_invoice_that_a_memo_was_made_from_stands(desk: Desk) -> None:
    desk.do(papers.credit, GiveCredit("INV-000001", Decimal(10)))
    assert problems(desk, voiding.void, VoidInvoice("INV-000001")) == [
        (
            "credited",
            "invoice",
            (
                "CM-000001 was made from it, and what a credit memo credits stays credited. Give a credit over what is "
                "still open instead."
            ),
        )
    ]
    assert credit_memos(desk)[0][-1] == "0.00"


def test_what_a_later_change_credits_is_undone_first(desk: Desk) -> None:
    desk.do(write_change, ("Licence", [april_credit(-4000)]))
    assert problems(desk, voiding.void, VoidInvoice("INV-000001")) == [
        (
            "credited-by-change",
            "invoice",
            "Order CHANGE-2 credits what it bills of Licence. Undo that change first.",
        )
    ]


# -------------------------------------------------------------------------------------------------------------- drop


def test_a_dropped_draft_stays_on_record_and_its_items_are_pending(desk: Desk) -> None:
    sold(desk, "TAX", start=MAY)
    charges, tax = invoiced(desk, MAY, draft=True)
    answer = done(desk, voiding.drop, DropInvoices((tax, charges, tax)))
    assert [(shape["invoice"]["status"], shape["invoice"]["number"]) for shape in answer["invoices"]] == [
        ("Canceled", None),
        ("Canceled", None),
    ]
    assert answer["totals"] == [{"currency": "USD", "invoices": 2, "charges": "100.00", "tax": "20.00"}]
    assert [shape["invoice"]["balance"] for shape in answer["invoices"]] == ["0.00", "0.00"]
    assert balance(desk, date(2022, 12, 31)) == "100.00"
    assert invoiced(desk, MAY) == ["INV-000002", "INV-000003"]
    assert problems(desk, invoices.post, PostInvoices((tax,))) == [
        ("not-a-draft", "invoices", f"Only drafts can be posted; {charges}, {tax} is dropped already.")
    ]


def test_only_drafts_are_dropped(desk: Desk) -> None:
    assert problems(desk, voiding.drop, DropInvoices(("INV-000001",))) == [
        ("not-a-draft", "invoices", "Invoice INV-000001 is posted; only drafts are dropped. Void it instead.")
    ]
    desk.do(voiding.void, VoidInvoice("INV-000001"))
    both = problems(desk, voiding.drop, DropInvoices(("INV-000001", "INV-000002")))
    assert [message for *_, message in both] == [
        "Invoice INV-000001 is no draft; only drafts are dropped.",
        "Invoice INV-000002 is no draft; only drafts are dropped.",
    ]
    assert desk.do(voiding.drop, DropInvoices(())).invoices == ()


def test_a_draft_of_which_a_change_credits_something_is_not_dropped(desk: Desk) -> None:
    sold(desk, start=MAY)
    (draft,) = invoiced(desk, MAY, draft=True)
    part = april_credit(-1000, date(2022, 5, 16), start=date(2022, 5, 16), end=date(2022, 5, 31), credits=None)
    desk.do(write_change, ("Licence", [part]))
    desk.do(_credit_may, None)
    assert problems(desk, voiding.drop, DropInvoices((draft,)))[0][0] == "credited-by-change"


def _credit_may(tx: Tx, _: object) -> None:
    """The credit just written is of the slice of May."""
    parts = tables.billing_item
    may = tx.db.execute(select(parts.c.id).where(parts.c.start == MAY)).scalar_one()
    tx.db.execute(parts.update().where(parts.c.amount == -1000).values(credits_id=may))


# ----------------------------------------------------------------------------------------------------------- correct


def test_a_correction_voids_and_drafts_in_one_step(desk: Desk) -> None:
    desk.do(customers.set_account, SetAccount("Acme", payment_days=14))
    answer = done(desk, voiding.correct, CorrectInvoice("INV-000001"))
    (draft,) = answer["drafts"]
    assert (draft["invoice"]["status"], draft["invoice"]["date"], draft["invoice"]["due"]) == (
        "Draft",
        "2022-04-20",
        "2022-05-04",
    )
    assert [(line["amount"], line["start"], line["end"]) for line in draft["lines"]] == [
        ("100.00", "2022-04-01", "2022-04-30")
    ]
    assert answer["mirrors"][0]["invoice"]["date"] == "2022-04-20"
    assert invoiced(desk) == []
    desk.do(invoices.post, PostInvoices((draft["invoice"]["id"],)))
    assert [balance(desk, date(2022, 4, day)) for day in (1, 19, 20, 30)] == ["100.00"] * 4


def test_a_correction_takes_the_date_that_is_given_and_its_tax() -> None:
    with new_desk(today=date(2022, 4, 20), tax_mode="invoice-line") as desk:
        sold(desk, "TAX")
        invoiced(desk)
        desk.do(taxes.add_tax, AddTax("software", Decimal(19), start=date(2022, 5, 1)))
        answer = done(desk, voiding.correct, CorrectInvoice("INV-000001", date(2022, 5, 2)))
        assert [line["amount"] for line in answer["drafts"][0]["lines"]] == ["100.00", "19.00"]
        assert answer["drafts"][0]["invoice"]["date"] == "2022-05-02"
        assert broken(desk) == []


def test_negative_lines_stay_on_a_correction_whatever_the_setting() -> None:
    with new_desk(today=date(2022, 5, 20)) as desk:
        sold(desk)
        invoiced(desk)
        sold(desk, start=MAY)
        desk.do(write_change, ("Licence", [april_credit(-3000, MAY)]))
        invoiced(desk, MAY)
        desk.do(_credits_by_memo, None)
        answer = done(desk, voiding.correct, CorrectInvoice("INV-000002"))
        assert [line["amount"] for line in answer["drafts"][0]["lines"]] == ["100.00", "-30.00"]


def _credits_by_memo(tx: Tx, _: object) -> None:
    kept = tables.setting
    tx.db.execute(kept.update().where(kept.c.key == "credits").values(value="memo"))


def test_a_correction_is_made_whole_or_not_at_all(desk: Desk) -> None:
    desk.do(holds.hold, SetHold("account", "Acme", reason="disputed"))
    assert problems(desk, voiding.correct, CorrectInvoice("INV-000001")) == [
        (
            "on-hold",
            "invoice",
            (
                "Acme: on hold until it is released: disputed. Release it to correct the invoice, or void the invoice "
                "alone."
            ),
        )
    ]
    assert shown(desk, "INV-000001")["invoice"]["status"] == "Posted"
    assert problems(desk, voiding.correct, CorrectInvoice("INV-000001", date(2200, 1, 1)))[0][:2] == (
        "bad-date",
        "date",
    )
    done(desk, voiding.void, VoidInvoice("INV-000001"))


def test_a_correction_that_cannot_be_taxed_is_refused() -> None:
    with new_desk(today=date(2022, 4, 20)) as desk:
        sold(desk, "TAX")
        invoiced(desk)
        desk.do(_no_tax_rates, None)
        assert problems(desk, voiding.correct, CorrectInvoice("INV-000001")) == [
            ("not-drafted", "invoice", "Acme: no tax rate for the category software; add one, then run again.")
        ]
        assert shown(desk, "INV-000001")["invoice"]["status"] == "Posted"


def _no_tax_rates(tx: Tx, _: object) -> None:
    tx.db.execute(tables.tax_rate.delete())


# ----------------------------------------------------------------------------------------------------- on any day


@pytest.fixture(scope="module")
def long_desk() -> Iterator[Desk]:
    """One store for many invoices, each with tax as a line."""
    with new_desk(tax_mode="invoice-line") as made:
        yield made
        assert broken(made) == []


@settings(max_examples=8, deadline=None)
@given(
    price=st.integers(1, 200_00),
    paid=st.lists(st.tuples(st.integers(0, 28), st.integers(1, 15_000)), max_size=4),
    wait=st.integers(0, 5),
    corrected=st.booleans(),
)
def test_a_void_changes_no_day_before_it_and_gives_back_all_money(
    long_desk: Desk, price: int, paid: list[tuple[int, int]], wait: int, corrected: bool
) -> None:
    desk = long_desk
    sold(desk, "TAX", price=str(Decimal(price).scaleb(-2)))
    (number,) = invoiced(desk)
    for day, minor in paid:
        desk.do(papers.pay, PayInvoice(number, Decimal(minor).scaleb(-2), APRIL + timedelta(day)))
    last = max((day for day, _ in paid), default=0)
    void_day = APRIL + timedelta(last + wait)
    days = [APRIL + timedelta(day) for day in {0, last, last + wait - 1, last + wait, 60}]
    before = [open_on(desk, number, day) for day in days]
    acting = desk.on(void_day)
    if corrected:
        answer = acting.do(voiding.correct, CorrectInvoice(number))
        assert answer.drafts[0].invoice.total == answer.invoices[0].invoice.total
        acting.do(voiding.drop, DropInvoices((answer.drafts[0].invoice.id,)))
    else:
        answer = acting.do(voiding.void, VoidInvoice(number))
    after = [open_on(desk, number, day) for day in days]
    assert after == [balance if day < void_day else 0 for day, balance in zip(days, before, strict=True)]
    assert sum(payment.balance.minor for payment in answer.payments) <= sum(minor for _, minor in paid)
    assert all(payment.balance == payment.amount for payment in answer.payments)
    assert [shape.invoice.balance.minor for shape in (*answer.invoices, *answer.mirrors)] == [0, 0]
    for draft in invoiced(desk, draft=True):
        desk.do(voiding.drop, DropInvoices((draft,)))
    invoiced(desk)


def open_on(desk: Desk, number: str, day: date) -> int:
    """What an invoice has open as of a day, in cents."""
    return desk.ask(views.show_invoice, Look(number, day)).invoice.balance.minor
