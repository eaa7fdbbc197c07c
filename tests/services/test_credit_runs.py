"""Credits of changes in invoice runs: negative lines of the next invoice, or a credit memo (DOMAIN 5.8)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from calm_desktop.engine.problems import Refused
from calm_desktop.services import invoices, papers, views
from calm_desktop.services.credited import credited_so_far
from calm_desktop.services.customers import set_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddTax,
    ConvertLines,
    Find,
    GiveCredit,
    InvoiceOrder,
    Look,
    PayInvoice,
    RunInvoices,
    SetAccount,
)
from calm_desktop.services.run_previews import OneOfRun, paper_of_run
from calm_desktop.services.shapes import CreditMemoShape
from calm_desktop.services.taxes import add_tax
from calm_desktop.services.wire import to_json
from tests.services.paper_desk import (
    APRIL,
    Part,
    april_credit,
    balances,
    broken,
    credit_memos,
    invoiced,
    new_desk,
    shown,
    sold,
    write_change,
)
from tests.store.tampering import tamper

MAY, JULY_31 = date(2022, 5, 1), date(2022, 7, 31)
APRIL_29 = date(2022, 4, 29)


def run(desk: Desk, through: date, **more: Any) -> Any:
    return to_json(desk.do(invoices.run, RunInvoices(through, **more)))


def made(answer: Any) -> list[tuple[str, str]]:
    """Date and total of each invoice of a run."""
    return [(shape["invoice"]["date"], shape["invoice"]["total"]) for shape in answer["invoices"]]


def amounts(answer: Any) -> list[list[tuple[str, str]]]:
    return [[(line["description"], line["amount"]) for line in shape["lines"]] for shape in answer["invoices"]]


def schedule(desk: Desk, name: str = "Licence") -> Any:
    """The schedule of the change of an asset: the last one."""
    return to_json(desk.ask(views.show_asset, Look(name)))["billing"]["schedules"][-1]


# ------------------------------------------------------------------------------------------------------ next invoice


def test_a_credit_with_nothing_after_it_makes_an_invoice_of_its_own() -> None:
    """Kill Bill's scenario: a subscription of 12.00 cancelled on 29 April."""
    with new_desk() as desk:
        sold(desk, price="12", start=date(2022, 4, 5))
        invoiced(desk, date(2022, 4, 28))
        credit = Part(-240, APRIL_29, date(2022, 5, 4), APRIL_29, credits=date(2022, 4, 5))
        desk.do(write_change, ("Licence", [credit]))
        answer = run(desk, APRIL_29)
        assert made(answer) == [("2022-04-29", "-2.40")]
        assert amounts(answer) == [[("Licence, unused", "-2.40")]]
        assert (answer["invoices"][0]["invoice"]["balance"], answer["credits"]) == ("-2.40", [])
        assert answer["totals"] == [{"currency": "USD", "invoices": 1, "charges": "-2.40", "tax": "0.00"}]
        assert made(run(desk, APRIL_29)) == []
        assert broken(desk) == []


def test_a_charge_and_a_credit_of_the_same_day_share_an_invoice() -> None:
    """The same scenario: on 31 July a plan of 10.00 a month becomes one of 100.00."""
    with new_desk() as desk:
        sold(desk, price="10", start=date(2022, 7, 20))
        invoiced(desk, date(2022, 7, 30))
        sold(desk, "TAX", price="100", start=JULY_31)
        credit = Part(-645, JULY_31, date(2022, 8, 19), JULY_31, credits=date(2022, 7, 20))
        desk.do(write_change, ("Licence", [credit]))
        answer = run(desk, JULY_31, account="Acme")
        charges = [shape for shape in answer["invoices"] if shape["invoice"]["charges"] != "0.00"]
        assert [shape["invoice"]["charges"] for shape in charges] == ["93.55"]
        assert sorted(line["amount"] for line in charges[0]["lines"]) == ["-6.45", "100.00"]
        assert broken(desk) == []


def test_a_credit_waits_for_the_first_invoice_on_or_after_its_day() -> None:
    with new_desk() as desk:
        sold(desk, months=3)
        invoiced(desk)
        desk.do(write_change, ("Licence", [april_credit(-1000)]))
        assert made(run(desk, date(2022, 6, 1))) == [("2022-05-01", "90.00"), ("2022-06-01", "100.00")]
        assert broken(desk) == []


def test_a_credit_never_goes_on_an_invoice_that_is_older() -> None:
    with new_desk() as desk:
        sold(desk)
        invoiced(desk)
        desk.do(write_change, ("Licence", [april_credit(-1000, date(2022, 5, 16))]))
        sold(desk, start=MAY)
        assert made(run(desk, date(2022, 5, 31))) == [("2022-05-01", "100.00"), ("2022-05-16", "-10.00")]
        assert broken(desk) == []


def test_orders_that_are_invoiced_by_themselves_keep_their_credits_apart() -> None:
    with new_desk() as desk:
        desk.do(set_account, SetAccount("Acme", invoice_by="order"))
        sold(desk, months=3)
        invoiced(desk)
        desk.do(write_change, ("Licence", [april_credit(-1000)]))
        assert made(run(desk, MAY)) == [("2022-04-16", "-10.00"), ("2022-05-01", "100.00")]
        assert broken(desk) == []


def test_customers_and_currencies_do_not_share_credits() -> None:
    with new_desk() as desk:
        sold(desk)
        sold(desk, account="Belmont", start=MAY)
        invoiced(desk)
        desk.do(write_change, ("Licence", [april_credit(-1000)]))
        assert made(run(desk, MAY)) == [("2022-04-16", "-10.00"), ("2022-05-01", "100.00")]
        assert broken(desk) == []


def test_with_an_invoice_date_all_goes_on_that_day() -> None:
    with new_desk() as desk:
        sold(desk, months=2)
        invoiced(desk)
        desk.do(write_change, ("Licence", [april_credit(-1000)]))
        assert made(run(desk, MAY, invoice_date=date(2022, 5, 10))) == [("2022-05-10", "90.00")]
        assert broken(desk) == []


def test_the_order_of_a_change_can_be_invoiced_by_itself() -> None:
    with new_desk() as desk:
        sold(desk)
        invoiced(desk)
        desk.do(write_change, ("Licence", [april_credit(-1000)]))
        answer = to_json(desk.do(invoices.invoice_order, InvoiceOrder("CHANGE-2"), override="agreed by phone"))
        assert made(answer) == [("2022-04-16", "-10.00")]
        assert broken(desk) == []


def test_a_correction_is_billed_whichever_side_it_stands_on() -> None:
    with new_desk() as desk:
        sold(desk)
        invoiced(desk)
        correction = Part(1, date(2022, 4, 16), date(2022, 4, 16), date(2022, 4, 16), kind="correction")
        desk.do(write_change, ("Licence", [april_credit(-1000), correction]))
        answer = run(desk, MAY)
        assert amounts(answer) == [[("Licence, correction", "0.01"), ("Licence, unused", "-10.00")]]
        assert made(answer) == [("2022-04-16", "-9.99")]
        assert (schedule(desk)["billed"], schedule(desk)["pending"]) == ("-9.99", "0.00")
        assert broken(desk) == []


@pytest.mark.parametrize("mode", ["invoice-line", "separate-invoice"])
def test_a_credit_has_the_tax_of_the_line_that_it_credits_and_not_that_of_today(mode: str) -> None:
    with new_desk(tax_mode=mode) as desk:
        sold(desk, "TAX")
        invoiced(desk)
        desk.do(add_tax, AddTax("software", Decimal(25), start=date(2022, 4, 10)))
        desk.do(write_change, ("Taxed licence", [april_credit(-1600)]))
        answer = run(desk, MAY)
        lines = [line for shape in answer["invoices"] for line in shape["lines"]]
        assert [(line["type"], line["amount"]) for line in lines] == [("Charge", "-16.00"), ("Tax", "-3.20")]
        assert lines[1]["description"] == "software 20 % on Taxed licence, unused"
        assert made(answer) == (
            [("2022-04-16", "-19.20")]
            if mode == "invoice-line"
            else [("2022-04-16", "-16.00"), ("2022-04-16", "-3.20")]
        )
        assert broken(desk) == []


def test_a_credit_of_what_is_billed_in_the_same_run_has_the_tax_of_its_day() -> None:
    with new_desk(tax_mode="invoice-line") as desk:
        sold(desk, "TAX")
        desk.do(add_tax, AddTax("software", Decimal(25), start=date(2022, 4, 10)))
        desk.do(write_change, ("Taxed licence", [april_credit(-1600)]))
        assert made(run(desk, MAY)) == [("2022-04-01", "120.00"), ("2022-04-16", "-19.20")]
        assert broken(desk) == []


@pytest.mark.parametrize(
    ("currency", "price", "credit", "total"), [("JPY", "1000", 333, "-333"), ("KWD", "1", 1, "-0.001")]
)
def test_credits_are_in_the_smallest_units_of_their_currency(
    currency: str, price: str, credit: int, total: str
) -> None:
    with new_desk(currency) as desk:
        sold(desk, price=price)
        invoiced(desk)
        desk.do(write_change, ("Licence", [april_credit(-credit)]))
        assert made(run(desk, MAY)) == [("2022-04-16", total)]
        desk.do(papers.convert, ConvertLines("INV-000002", (1,)))
        assert credit_memos(desk)[0][3:] == (total.removeprefix("-"), total.removeprefix("-"))
        assert broken(desk) == []


# -------------------------------------------------------------------------------------------------------- credit memo


def test_a_credit_becomes_a_memo_that_lowers_the_invoice_that_it_credits() -> None:
    with new_desk(credits="memo") as desk:
        sold(desk, months=2)
        invoiced(desk)
        desk.do(write_change, ("Licence", [april_credit(-4000)]))
        answer = run(desk, MAY)
        assert made(answer) == [("2022-05-01", "100.00")]
        memo = answer["credits"][0]
        assert (memo["credit"]["number"], memo["credit"]["reason"], memo["credit"]["date"]) == (
            "CM-000001",
            "unused",
            "2022-04-16",
        )
        assert [(line["description"], line["amount"], line["invoice"]) for line in memo["lines"]] == [
            ("Licence, unused", "40.00", "INV-000001")
        ]
        assert balances(desk, "INV-000001") == [("Charge", "100.00", "60.00")]
        assert shown(desk, "INV-000001")["invoice"]["settlement"] == "Partially Settled"
        assert (schedule(desk)["billed"], schedule(desk)["pending"], schedule(desk)["status"]) == (
            "-40.00",
            "0.00",
            "CompletelyBilled",
        )
        assert [(item["kind"], item["credit"], item["invoice"]) for item in schedule(desk)["items"]] == [
            ("credit", "CM-000001", None)
        ]
        assert run(desk, MAY)["credits"] == []
        assert broken(desk) == []


def test_a_credit_memo_of_a_run_is_seen_whole_before_it_is_made() -> None:
    with new_desk(credits="memo") as desk:
        sold(desk, months=2)
        invoiced(desk)
        desk.do(write_change, ("Licence", [april_credit(-4000)]))
        request = RunInvoices(MAY, show=0, listed=True)
        shape = desk.preview(paper_of_run, OneOfRun(request, 0, memo=True)).document
        assert isinstance(shape, CreditMemoShape)
        assert to_json(shape)["credit"]["total"] == "40.00"
        assert [(line.description, line.invoice) for line in shape.lines] == [("Licence, unused", "INV-000001")]
        assert credit_memos(desk) == []
        with pytest.raises(Refused, match="That credit memo would not be made any more"):
            desk.preview(paper_of_run, OneOfRun(request, 1, memo=True))


def test_what_is_paid_already_stays_on_the_memo() -> None:
    with new_desk(credits="memo") as desk:
        sold(desk)
        invoiced(desk)
        desk.do(papers.pay, PayInvoice("INV-000001", Decimal(75), date(2022, 4, 3)))
        desk.do(write_change, ("Licence", [april_credit(-4000)]))
        run(desk, MAY)
        assert credit_memos(desk) == [("CM-000001", "unused", "2022-04-16", "40.00", "15.00")]
        assert balances(desk, "INV-000001") == [("Charge", "100.00", "0.00")]
        assert broken(desk) == []


@pytest.mark.parametrize("mode", ["invoice-line", "separate-invoice"])
def test_a_memo_credits_the_tax_too(mode: str) -> None:
    with new_desk(credits="memo", tax_mode=mode) as desk:
        sold(desk, "TAX")
        invoiced(desk)
        desk.do(add_tax, AddTax("software", Decimal(25), start=date(2022, 4, 10)))
        desk.do(write_change, ("Taxed licence", [april_credit(-1600)]))
        (memo,) = run(desk, MAY)["credits"]
        assert [(line["type"], line["amount"]) for line in memo["lines"]] == [("Charge", "16.00"), ("Tax", "3.20")]
        assert (memo["credit"]["total"], memo["credit"]["balance"]) == ("19.20", "0.00")
        if mode == "invoice-line":
            assert balances(desk, "INV-000001") == [("Charge", "100.00", "84.00"), ("Tax", "20.00", "16.80")]
        else:
            assert balances(desk, "INV-000001") == [("Charge", "100.00", "84.00")]
            assert balances(desk, "INV-000002") == [("Tax", "20.00", "16.80")]
        assert broken(desk) == []


def test_one_memo_for_each_customer_and_day() -> None:
    with new_desk(credits="memo") as desk:
        sold(desk)
        invoiced(desk)
        later = date(2022, 4, 20)
        desk.do(write_change, ("Licence", [april_credit(-1000), april_credit(-500), april_credit(-700, later)]))
        run(desk, MAY)
        assert credit_memos(desk) == [
            ("CM-000001", "unused", "2022-04-16", "15.00", "0.00"),
            ("CM-000002", "unused", "2022-04-20", "7.00", "0.00"),
        ]
        assert balances(desk, "INV-000001") == [("Charge", "100.00", "78.00")]
        assert broken(desk) == []


def test_a_memo_of_what_is_billed_in_the_same_run_lowers_it() -> None:
    with new_desk(credits="memo") as desk:
        sold(desk)
        desk.do(write_change, ("Licence", [april_credit(-4000, APRIL)]))
        answer = run(desk, MAY, invoice_date=MAY)
        assert [memo["credit"]["date"] for memo in answer["credits"]] == ["2022-05-01"]
        assert balances(desk, "INV-000001") == [("Charge", "100.00", "60.00")]
        assert broken(desk) == []


def test_a_correction_that_lowers_goes_on_a_memo_that_credits_no_line() -> None:
    with new_desk(credits="memo") as desk:
        sold(desk)
        invoiced(desk)
        correction = Part(-1, date(2022, 4, 16), date(2022, 4, 16), date(2022, 4, 16), kind="correction")
        desk.do(write_change, ("Licence", [correction]))
        (memo,) = run(desk, MAY)["credits"]
        assert (memo["credit"]["balance"], memo["lines"][0]["invoice"]) == ("0.01", None)
        assert broken(desk) == []


def test_drafts_leave_memos_to_the_run_that_posts() -> None:
    with new_desk(credits="memo") as desk:
        sold(desk, months=2)
        invoiced(desk)
        desk.do(write_change, ("Licence", [april_credit(-4000)]))
        draft = run(desk, MAY, draft=True)
        assert (made(draft), draft["credits"]) == ([("2022-05-01", "100.00")], [])
        assert [memo["credit"]["total"] for memo in run(desk, MAY)["credits"]] == ["40.00"]
        assert broken(desk) == []


def test_a_credit_of_a_line_on_a_draft_is_not_applied() -> None:
    with new_desk(credits="memo") as desk:
        sold(desk)
        invoiced(desk, draft=True)
        desk.do(write_change, ("Licence", [april_credit(-4000)]))
        run(desk, MAY)
        assert credit_memos(desk) == [("CM-000001", "unused", "2022-04-16", "40.00", "40.00")]
        assert broken(desk) == []


def test_a_preview_of_a_run_shows_the_memos_that_it_then_writes() -> None:
    with new_desk(credits="memo") as desk:
        sold(desk)
        invoiced(desk)
        desk.do(write_change, ("Licence", [april_credit(-4000)]))
        preview = to_json(desk.preview(invoices.run, RunInvoices(MAY)))
        stored = run(desk, MAY)
        assert preview["credits"] == stored["credits"]
        assert broken(desk) == []


# ------------------------------------------------------------------------------------------------------- any of both


@pytest.mark.parametrize("mode", ["next-invoice", "memo"])
@pytest.mark.parametrize(
    "runs",
    [
        [{}],
        [{"asset": "AST-000002"}, {}],
        [{"asset": "AST-000001"}, {"asset": "AST-000002"}, {}],
        [{"account": "Acme"}, {}],
        [{"through": date(2022, 4, 20)}, {}],
        [{"asset": "AST-000001", "through": date(2022, 4, 16)}, {"asset": "AST-000002"}, {}],
    ],
)
def test_the_sum_billed_does_not_depend_on_the_order_of_runs(mode: str, runs: list[dict[str, Any]]) -> None:
    """AST-000001 is Acme's licence, AST-000002 its taxed one."""
    with new_desk(credits=mode, tax_mode="invoice-line") as desk:
        sold(desk, months=3)
        sold(desk, "TAX", months=3)
        sold(desk, "TAX", months=2, account="Belmont")
        invoiced(desk)
        desk.do(add_tax, AddTax("software", Decimal(25), start=date(2022, 4, 10)))
        desk.do(write_change, ("Licence", [april_credit(-4000)]))
        desk.do(write_change, ("Taxed licence", [april_credit(-1633)]))
        june = date(2022, 6, 30)
        for each in runs:
            run(desk, **{"through": june, **each})
        heads = to_json(desk.ask(views.list_invoices, Find()))
        credited = sum(Decimal(total) for _, _, _, total, _ in credit_memos(desk))
        charged = sum(Decimal(head["total"]) for head in heads)
        # 3 x 100 + 3 x 100 + 2 x 100, tax 20 on what is of 1 April and 25 on the rest, less 40.00, 16.33 and its 3.27.
        assert charged - credited == Decimal(800) + 2 * 20 + 3 * 25 - Decimal(40) - Decimal("19.60")
        assert broken(desk) == []


def taxes(answer: Any) -> list[str]:
    """The tax lines of a run's invoices and credit memos."""
    papers = [*answer["invoices"], *answer["credits"]]
    return [line["amount"] for paper in papers for line in paper["lines"] if line["type"] == "Tax"]


@pytest.mark.parametrize(("given", "tax"), [("20", []), ("18.25", ["1.75"]), ("16.80", ["3.20"])])
@pytest.mark.parametrize(("mode", "sign"), [("next-invoice", "-"), ("memo", "")])
def test_a_run_credits_no_more_tax_than_was_billed_less_what_was_given(
    mode: str, sign: str, given: str, tax: list[str]
) -> None:
    """Tax of 20.00 stands on INV-000002; 16.00 of the charge are unused, with 3.20 of tax."""
    with new_desk(credits=mode) as desk:
        sold(desk, "TAX")
        invoiced(desk)
        desk.do(papers.credit, GiveCredit("INV-000002", Decimal(given)))
        desk.do(write_change, ("Taxed licence", [april_credit(-1600)]))
        assert taxes(run(desk, MAY)) == [f"{sign}{amount}" for amount in tax]
        assert broken(desk) == []


@pytest.mark.parametrize("mode", ["next-invoice", "memo"])
@pytest.mark.parametrize("is_run", [True, False], ids=["run", "not run yet"])
def test_tax_that_a_change_credited_is_not_given_again(mode: str, is_run: bool) -> None:
    with new_desk(credits=mode) as desk:
        sold(desk, "TAX")
        invoiced(desk)
        desk.do(write_change, ("Taxed licence", [april_credit(-1600)]))
        if is_run:
            run(desk, MAY)
        with pytest.raises(Refused) as refused:
            desk.do(papers.credit, GiveCredit("INV-000002", Decimal("16.81")))
        assert [(each.field, each.message.split()[-1]) for each in refused.value.problems] == [("amount", "16.80.")]
        desk.do(papers.credit, GiveCredit("INV-000002", Decimal("16.80")))
        run(desk, MAY)
        assert broken(desk) == []


@pytest.mark.parametrize(("mode", "sign"), [("next-invoice", "-"), ("memo", "")])
def test_the_tax_on_many_small_credits_is_not_more_than_that_on_the_charge(mode: str, sign: str) -> None:
    """20 % of 0.10 are 0.02; 20 % of 0.03, 0.03 and 0.04 are 0.01 each, rounded by themselves."""
    with new_desk(credits=mode) as desk:
        sold(desk, "TAX", price="0.10")
        invoiced(desk)
        desk.do(write_change, ("Taxed licence", [april_credit(-3), april_credit(-3), april_credit(-4)]))
        assert taxes(run(desk, MAY)) == [f"{sign}0.01", f"{sign}0.01"]
        assert broken(desk) == []


@pytest.mark.own_places
def test_the_check_tells_of_tax_that_is_credited_above_what_was_billed() -> None:
    with new_desk() as desk:
        sold(desk, "TAX")
        invoiced(desk)
        desk.do(write_change, ("Taxed licence", [april_credit(-1600)]))
        run(desk, MAY)
        assert desk.database.path is not None
        tamper(desk.database.path, "UPDATE invoice_line SET amount = -2001 WHERE amount = -320")
        assert broken(desk) == [
            (
                "taxes-are-rounded-per-line",
                "invoice INV-000004, line 1",
                "the tax is -20.01 USD, 20 % of -16.00 USD is -3.20 USD",
            ),
            (
                "credits-never-exceed-what-was-billed",
                "invoice INV-000002, line 1",
                "20.01 USD are credited of 20.00 USD",
            ),
        ]


def test_what_is_credited_counts_changes_and_what_was_given_by_hand() -> None:
    with new_desk() as desk:
        sold(desk)
        invoiced(desk)
        desk.do(write_change, ("Licence", [april_credit(-2000)]))
        desk.do(papers.credit, GiveCredit("INV-000001", Decimal(10)))
        assert dict(desk.ask(credited_so_far, [1, 2])) == {1: 3000}
        assert broken(desk) == []
