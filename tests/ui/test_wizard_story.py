"""The renewal story of the trade's book (R1 to R3), told by the wizards with clicks and keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from PySide6.QtCore import Qt

from calm_desktop.services import invoices, views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import Find, Look, RunInvoices
from calm_desktop.services.wire import to_json
from calm_desktop.ui.wizards.invoicing import InvoicingWizard
from calm_desktop.ui.wizards.renewal import RenewalWizard
from tests.ui.stores import add_licence, told_once
from tests.ui.wizard_desk import Person, sell_ten_licences


@told_once(date(2022, 1, 1))
def desk(made: Desk) -> None:
    add_licence(made)


def show_asset(person: Person) -> Any:
    (asset,) = person.desk.ask(views.list_assets, Find())
    return to_json(person.desk.ask(views.show_asset, Look(asset.id)))


def run_invoices(person: Person, through: str) -> Any:
    wizard = person.open(InvoicingWizard)
    person.type(wizard.scope_step.form, "through", through)
    person.next(wizard)
    reviewed = wizard.reviewed
    stored = person.commit(wizard)
    assert reviewed is not None
    assert replace(stored, request_id="") == replace(reviewed.result, request_id="")
    person.click(wizard.next_button)
    return stored


def test_the_renewal_story_by_the_wizards(person: Person) -> None:
    sold = sell_ten_licences(person)
    assert to_json(sold.orders[0])["total"] == "1200.00"
    shown = show_asset(person)
    assert shown["asset"]["account"] == "Acme & Sons"
    assert [(p["start"], p["end"], p["quantity"], p["amount"], p["mrr"]) for p in shown["state_periods"]] == [
        ("2022-01-01", "2022-12-31", "10", "1200.00", "100.00")
    ]

    autumn = person.on(date(2022, 10, 15))
    made = run_invoices(autumn, "15 Oct 2022")
    assert [shape.invoice.date for shape in made.invoices] == [date(2022, month, 1) for month in range(1, 11)]
    assert [str(total.charges) for total in made.totals] == ["1000.00"]
    group = show_asset(autumn)["billing"]["group"]
    assert (group["total_billed"], group["total_pending"]) == ("1000.00", "200.00")

    renewal = autumn.open(RenewalWizard, account=autumn.account("Acme & Sons"))
    autumn.wait(renewal.assets_step.table.rows)
    renewal.assets_step.table.view.selectRow(0)
    autumn.next(renewal)
    autumn.type(renewal.terms_step.form, "term", "12")
    autumn.click(renewal.terms_step.last)
    autumn.wait(lambda: renewal.terms_step.last.total.text() == "$1,200.00")
    autumn.next(renewal)
    facts = {fact.title: (fact.text, fact.before) for fact in renewal.review.facts.facts}
    assert facts["Order total"] == ("$1,200.00", "")
    assert facts["Pending to invoice"] == ("$1,400.00", "$200.00")
    assert facts["Billing until"] == ("31 Dec 2023", "31 Dec 2022")
    assert facts["MRR at the end"] == ("$100.00", "$100.00")
    rows = renewal.review.periods.rows()
    assert [(row.start, row.end, str(row.amount), row.news) for row in rows] == [
        (date(2022, 1, 1), date(2022, 12, 31), "1200.00", "Unchanged"),
        (date(2023, 1, 1), date(2023, 12, 31), "1200.00", "New"),
    ]
    reviewed = renewal.reviewed
    renewed = autumn.commit(renewal)
    assert reviewed is not None
    assert replace(renewed, request_id="") == replace(reviewed.result, request_id="")
    order = to_json(renewed.orders[0])
    assert (order["total"], order["effective_date"], order["items"][0]["start"]) == (
        "1200.00",
        "2023-01-01",
        "2023-01-01",
    )
    shown = show_asset(autumn)
    assert [(p["start"], p["end"], p["quantity"], p["amount"], p["mrr"]) for p in shown["state_periods"]] == [
        ("2022-01-01", "2022-12-31", "10", "1200.00", "100.00"),
        ("2023-01-01", "2023-12-31", "10", "1200.00", "100.00"),
    ]
    last = shown["actions"][-1]
    assert (last["category"], last["quantity_change"], last["amount_change"], last["mrr_change"]) == (
        "Renewals",
        "0",
        "1200.00",
        "0.00",
    )
    group = shown["billing"]["group"]
    assert (group["end"], group["total_billed"], group["total_pending"]) == ("2023-12-31", "1000.00", "1400.00")
    assert [s["start"] for s in shown["billing"]["schedules"]] == ["2022-01-01", "2023-01-01"]

    invoicing = autumn.open(InvoicingWizard, order=renewed.orders[0].id)
    autumn.wait(invoicing.next_button.isEnabled)
    autumn.click(invoicing.next_button)
    autumn.wait(invoicing.banner.isVisible)
    assert "still pending is 200.00 USD" in invoicing.banner.label.text()
    assert invoicing.step is invoicing.scope_step
    assert len(autumn.desk.ask(views.list_invoices, Find())) == 10
    autumn.click(invoicing.banner.buttons[0])
    autumn.wait(lambda: invoicing.step is invoicing.review and not invoicing.running)
    finished = autumn.commit(invoicing)
    assert [(shape.invoice.date, str(shape.invoice.total)) for shape in finished.invoices] == [
        (date(2022, 11, 1), "100.00"),
        (date(2022, 12, 1), "100.00"),
        (date(2023, 1, 1), "100.00"),
    ]
    autumn.click(invoicing.next_button)
    group = show_asset(autumn)["billing"]["group"]
    assert (group["total_billed"], group["total_pending"]) == ("1300.00", "1100.00")


def test_a_renewal_is_invoiced_before_its_time_only_with_a_reason_that_is_stated(person: Person) -> None:
    sell_ten_licences(person)
    (asset,) = person.desk.ask(views.list_assets, Find())
    wizard = person.open(RenewalWizard, account=asset.account_id, assets=(asset.id,))
    person.wait(wizard.assets_step.table.rows)
    person.next(wizard)
    person.next(wizard)
    order = person.commit(wizard).orders[0]
    invoicing = person.open(InvoicingWizard, order=order.id)
    person.wait(invoicing.next_button.isEnabled)
    person.click(invoicing.next_button)
    person.wait(invoicing.banner.isVisible)
    person.click(invoicing.banner.buttons[1])
    assert not invoicing.next_button.isEnabled()
    assert invoicing.reason.text() == "State the reason for going on, or finish the order first."
    person.type(invoicing.scope_step.form, "reason", "Paid for two years in one go")
    person.next(invoicing)
    made = person.commit(invoicing)
    assert [(shape.invoice.date, str(shape.invoice.total)) for shape in made.invoices] == [(date(2023, 1, 1), "100.00")]


def test_what_was_reviewed_is_what_is_stored_or_nothing_is(person: Person) -> None:
    sell_ten_licences(person)
    wizard = person.open(InvoicingWizard)
    person.type(wizard.scope_step.form, "through", "1 Mar 2022")
    person.next(wizard)
    person.desk.do(invoices.run, RunInvoices(date(2022, 2, 1)))  # by somebody else, meanwhile
    person.click(wizard.next_button)
    person.wait(lambda: wizard.banner.isVisible() and not wizard.running)
    assert wizard.banner.label.text().startswith("The store has changed since this was computed.")
    assert wizard.result is None
    assert [row.date for row in wizard.review.parts.invoices.rows()] == [date(2022, 3, 1)]
    assert [str(total.charges) for total in person.commit(wizard).totals] == ["100.00"]
    assert wizard.isVisible()
    person.press(wizard, Qt.Key.Key_Escape)
    assert not wizard.isVisible()
