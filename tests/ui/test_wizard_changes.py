"""Changes of an asset by the wizards (R4 to R6 of the trade's book): what is reviewed is what is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from calm_desktop.engine.catalog import SellingModel
from calm_desktop.engine.dates import Partial
from calm_desktop.services import catalogue, changes, customers, invoices, sales, views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    Find,
    Look,
    RunInvoices,
    SaleLine,
    SaleStep,
    Sell,
    SetPrice,
    TransferAsset,
)
from calm_desktop.services.wire import to_json
from calm_desktop.store import tables
from calm_desktop.ui import display
from calm_desktop.ui.wizards.cancellation import CancelWizard
from calm_desktop.ui.wizards.change import ChangeWizard
from calm_desktop.ui.wizards.frame import Wizard
from calm_desktop.ui.wizards.transfer import TransferWizard
from tests.ui.stores import add_licence, told_once
from tests.ui.wizard_desk import Person

NEW_YEAR_2022, NEW_YEAR_2020 = date(2022, 1, 1), date(2020, 1, 1)


@told_once(NEW_YEAR_2022)
def desk(made: Desk) -> None:
    """Ten licences at $10 a month for 2022 (R1), and a customer who has none."""
    add_licence(made)
    made.do(customers.add_account, AddAccount("Acme & Sons"))
    made.do(customers.add_account, AddAccount("Globex"))
    made.do(sales.sell, Sell("Acme & Sons", (SaleLine("LIC", Decimal(10), NEW_YEAR_2022, term=12),)))


def owned(person: Person, name: str = "Licence") -> str:
    return next(asset.id for asset in person.desk.ask(views.list_assets, Find()) if asset.name == name)


def shown(person: Person, asset: str) -> Any:
    return to_json(person.desk.ask(views.show_asset, Look(asset)))


def states(person: Person, asset: str) -> list[tuple[str, str, str, str, str]]:
    periods = shown(person, asset)["state_periods"]
    return [(p["start"], p["end"], p["quantity"], p["amount"], p["mrr"]) for p in periods]


def last_action(person: Person, asset: str) -> tuple[str, str, str, str]:
    last = shown(person, asset)["actions"][-1]
    return last["category"], last["quantity_change"], last["amount_change"], last["mrr_change"]


def change(person: Person, **preset: str) -> ChangeWizard:
    """The change wizard on the licences, as soon as it knows them."""
    wizard = person.open(ChangeWizard, asset=owned(person), **preset)
    person.wait(lambda: wizard.change_step.known)
    return wizard


def less(person: Person, wizard: ChangeWizard) -> None:
    person.click(wizard.change_step.form.rows["direction"].field.buttons["Less"])  # type: ignore[attr-defined]


def amend(person: Person, start: str, quantity: str, lower: bool = False) -> ChangeWizard:
    """A quantity typed into the wizard, up to the review."""
    wizard = change(person)
    if lower:
        less(person, wizard)
    person.type(wizard.change_step.form, "change", quantity)
    person.type(wizard.change_step.form, "start", start)
    person.next(wizard)
    return wizard


def cancel(person: Person, start: str) -> CancelWizard:
    wizard = person.open(CancelWizard, asset=owned(person))
    person.wait(lambda: wizard.cancel_step.known)
    person.type(wizard.cancel_step.form, "start", start)
    return wizard


def after(wizard: Any) -> list[tuple[date, date | None, str, str, str, str]]:
    """The state periods that the review shows for afterwards."""
    rows = wizard.review.periods.rows()
    return [
        (row.start, row.end, display.quantity(row.quantity), str(row.amount), str(row.mrr), row.news) for row in rows
    ]


def told(wizard: Any) -> list[str]:
    """The lines that say what is done, with a plain minus."""
    return [text.replace("   ·   ", " · ").replace("\u2212", "-") for text in wizard.review.told.texts]


def commit(person: Person, wizard: Wizard) -> Any:
    """Store what is reviewed, which must be what the review was given."""
    reviewed = wizard.reviewed
    stored = person.commit(wizard)
    assert reviewed is not None
    assert replace(stored, request_id="") == replace(reviewed.result, request_id="", overrides_needed=())
    return stored


def refused(person: Person, wizard: Any, words: str) -> None:
    """One cannot go on, and the reason is told."""
    person.wait(lambda: wizard.reason.text() == words)
    assert not wizard.next_button.isEnabled()


# -- R4 to R6


def test_r4_five_more_from_september(person: Person) -> None:
    autumn = person.on(date(2022, 8, 15))
    wizard = amend(autumn, "1 Sep 2022", "5")
    facts = {fact.title: (fact.text, fact.before) for fact in wizard.review.facts.facts}
    assert facts == {
        "Order total": ("$200.00", ""),
        "Lifetime amount": ("$1,400.00", "$1,200.00"),
        "MRR at the end": ("$150.00", "$100.00"),
        "Pending to invoice": ("$1,400.00", "$1,200.00"),
        "Billing until": ("31 Dec 2022", "31 Dec 2022"),
    }
    assert told(wizard) == [
        "Upsells Licence of Acme & Sons · from 01 Sep 2022 · quantity +5 · MRR +$50.00 · amount +$200.00"
    ]
    assert [str(row.amount) for row in wizard.review.before.rows()] == ["1200.00"]
    assert after(wizard) == [
        (date(2022, 1, 1), date(2022, 8, 31), "10", "800.00", "100.00", "Changed"),
        (date(2022, 9, 1), date(2022, 12, 31), "15", "600.00", "150.00", "New"),
    ]
    commit(autumn, wizard)
    assert states(autumn, owned(autumn)) == [
        ("2022-01-01", "2022-08-31", "10", "800.00", "100.00"),
        ("2022-09-01", "2022-12-31", "15", "600.00", "150.00"),
    ]
    assert last_action(autumn, owned(autumn)) == ("Upsells", "5", "200.00", "50.00")
    assert autumn.notices[-1].text == "Changed Licence of Acme & Sons: order 00000002, $200.00."
    assert [text for text, _ in autumn.notices[-1].buttons] == ["Undo", "Open order", "Open asset"]


def test_r5_five_less_from_september(person: Person) -> None:
    person = person.on(date(2022, 8, 15))
    wizard = amend(person, "1 Sep 2022", "5", lower=True)
    assert wizard.review.facts.text("Order total") == "\u2212$200.00"
    assert told(wizard) == [
        "Downsells Licence of Acme & Sons · from 01 Sep 2022 · quantity -5 · MRR -$50.00 · amount -$200.00"
    ]
    commit(person, wizard)
    asset = owned(person)
    assert shown(person, asset)["asset"]["total_lifecycle_amount"] == "1000.00"
    assert states(person, asset)[-1] == ("2022-09-01", "2022-12-31", "5", "200.00", "50.00")
    assert last_action(person, asset) == ("Downsells", "-5", "-200.00", "-50.00")


def test_r6_a_ramp_is_raised_and_then_cancelled(person: Person) -> None:
    person = person.on(NEW_YEAR_2020)
    ramp = SaleLine(
        "LIC",
        Decimal(10),
        NEW_YEAR_2020,
        end=date(2020, 12, 31),
        steps=(SaleStep(date(2020, 7, 1), Decimal(20)),),
        asset_name="Ramp",
    )
    person.desk.do(sales.sell, Sell("Acme & Sons", (ramp,)))
    asset = owned(person, "Ramp")
    assert last_action(person, asset) == ("Initial Sale", "20", "1800.00", "200.00")

    wizard = person.open(ChangeWizard, asset=asset)
    person.wait(lambda: wizard.change_step.known)
    person.type(wizard.change_step.form, "change", "5")
    person.type(wizard.change_step.form, "start", "1 Oct 2020")
    assert wizard.change_step.form.rows["change"].note.text() == "20 held on 01 Oct 2020"
    person.next(wizard)
    assert after(wizard) == [
        (date(2020, 1, 1), date(2020, 6, 30), "10", "600.00", "100.00", "Unchanged"),
        (date(2020, 7, 1), date(2020, 9, 30), "20", "600.00", "200.00", "Changed"),
        (date(2020, 10, 1), date(2020, 12, 31), "25", "750.00", "250.00", "New"),
    ]
    commit(person, wizard)
    assert last_action(person, asset) == ("Upsells", "5", "150.00", "50.00")

    ending = person.open(CancelWizard, asset=asset)
    person.wait(lambda: ending.cancel_step.known)
    person.type(ending.cancel_step.form, "start", "1 Dec 2020")
    person.wait(lambda: ending.cancel_step.last_day.text() == "The last day of service is 30 Nov 2020.")
    person.next(ending)
    assert ending.review.facts.text("MRR at the end") == "$0.00"
    assert after(ending)[-1] == (date(2020, 10, 1), date(2020, 11, 30), "25", "500.00", "250.00", "Changed")
    commit(person, ending)
    assert last_action(person, asset) == ("Cancellations", "-25", "-250.00", "-250.00")
    totals = shown(person, asset)["actions"][-1]["totals"]
    assert (totals["quantity"], totals["amount"], totals["mrr"]) == ("0", "1700.00", "0.00")


def test_a_transfer_is_taken_back_from_the_bar_on_both_sides(person: Person) -> None:
    wizard = person.open(TransferWizard, asset=owned(person))
    person.wait(lambda: wizard.transfer_step.known and wizard.transfer_step.accounts.table.rows())
    wizard.transfer_step.accounts.pick(person.account("Globex"))
    person.type(wizard.transfer_step.form, "start", "1 Sep 2022")
    person.next(wizard)
    other = commit(person, wizard).assets[1].asset.id
    undo = dict(person.notices[-1].buttons)["Undo"]
    undo()
    person.wait(lambda: person.notices[-1].text.startswith("Undone: transferred Licence of Acme & Sons to Globex"))
    assert states(person, owned(person)) == [("2022-01-01", "2022-12-31", "10", "1200.00", "100.00")]
    assert states(person, other) == []


# -- what is refused, with its reason


def test_more_than_there_is_cannot_be_taken_away(person: Person) -> None:
    wizard = change(person)
    less(person, wizard)
    person.type(wizard.change_step.form, "change", "11")
    words = "Licence holds 10 from 2022-01-01: it cannot be lowered by 11. Lower it by 10 at most, or cancel it."
    refused(person, wizard, words)
    assert wizard.change_step.form.rows["change"].error == words
    person.type(wizard.change_step.form, "change", "10")
    person.wait(wizard.next_button.isEnabled)


def test_a_day_on_which_nothing_is_owned_is_told_by_the_day(person: Person) -> None:
    wizard = change(person)
    person.type(wizard.change_step.form, "change", "5")
    person.type(wizard.change_step.form, "start", "31 Dec 2021")
    words = (
        "Nothing is owned of Licence on 2021-12-31: its days are 2022-01-01 to 2022-12-31. "
        "Give one of these as the first day."
    )
    refused(person, wizard, words)
    assert wizard.change_step.form.rows["start"].error == words


def test_a_cancellation_on_the_first_day_is_an_undo(person: Person) -> None:
    wizard = cancel(person, "1 Jan 2022")
    words = (
        "Licence starts on 2022-01-01: a cancellation takes effect on 2022-01-02 at the earliest. "
        "To take the sale back as if it had never been, undo it."
    )
    refused(person, wizard, words)
    assert wizard.cancel_step.form.rows["start"].error == words


def test_nothing_is_cancelled_twice(person: Person) -> None:
    first = cancel(person, "1 Sep 2022")
    person.next(first)
    commit(person, first)
    again = cancel(person, "1 Oct 2022")
    words = "Licence is cancelled already: its last day is 2022-08-31. Undo that first to choose another day."
    refused(person, again, words)
    assert again.cancel_step.refusals.text() == words
    assert again.cancel_step.refusals.isVisible()


def test_what_was_transferred_away_is_changed_no_more(person: Person) -> None:
    asset = owned(person)
    person.desk.do(changes.transfer, TransferAsset(asset, "Globex", date(2022, 9, 1)))
    wizard = person.open(ChangeWizard, asset=asset)
    person.wait(lambda: wizard.change_step.known)
    person.type(wizard.change_step.form, "change", "5")
    words = "Licence has ended for good: its last day is 2022-08-31. Undo that first, or sell it again."
    refused(person, wizard, words)
    assert wizard.change_step.refusals.text() == words


def test_days_that_are_invoiced_are_changed_only_with_a_reason_that_is_stated(person: Person) -> None:
    autumn = person.on(date(2022, 8, 15))
    autumn.desk.do(invoices.run, RunInvoices(date(2022, 8, 15)))
    wizard = amend(autumn, "1 Jul 2022", "5", lower=True)
    review = wizard.review
    assert review.reason_bar.isVisible()
    assert review.reason_bar.banner.label.text() == (
        "The change from 2022-07-01 reaches into days that are invoiced already, up to 2022-08-31: a credit of "
        "100.00 USD follows. State a reason to go on, or choose a day from 2022-08-15 on."
    )
    assert review.facts.text("Credit") == "\u2212$100.00"
    credit = [row for row in review.billing.rows() if row.kind == "Credit"]
    assert [(row.start, str(row.amount), row.news) for row in credit] == [
        (date(2022, 7, 1), "-50.00", "New"),
        (date(2022, 8, 1), "-50.00", "New"),
    ]
    assert not wizard.next_button.isEnabled()
    assert wizard.reason.text() == "State the reason for changing days that are invoiced already."
    person.qtbot.keyClicks(review.reason_bar.field, "Agreed on the phone")
    autumn.click(wizard.back_button)
    person.next(wizard)
    assert review.reason_bar.field.text() == "Agreed on the phone"
    commit(autumn, wizard)
    with autumn.desk.database.read() as db:
        kept = db.execute(select(tables.override.c.code, tables.override.c.reason)).all()
    assert kept == [("back-dated", "Agreed on the phone")]
    assert states(autumn, owned(autumn))[-1] == ("2022-07-01", "2022-12-31", "5", "300.00", "50.00")


def test_an_invoice_run_between_review_and_commit_asks_for_the_reason_then(person: Person) -> None:
    autumn = person.on(date(2022, 8, 15))
    wizard = amend(autumn, "1 Aug 2022", "5", lower=True)
    assert not wizard.review.reason_bar.isVisible()
    autumn.desk.do(invoices.run, RunInvoices(date(2022, 8, 15)))  # by somebody else, meanwhile
    autumn.click(wizard.next_button)
    autumn.wait(lambda: wizard.review.reason_bar.isVisible() and not wizard.running)
    assert wizard.result is None
    assert not wizard.next_button.isEnabled()
    person.qtbot.keyClicks(wizard.review.reason_bar.field, "Agreed on the phone")
    commit(autumn, wizard)


# -- the other changes


def test_the_prices_of_an_increase_stand_side_by_side(person: Person) -> None:
    person.desk.do(catalogue.set_price, SetPrice("LIC", Decimal(12), NEW_YEAR_2022))
    wizard = change(person)
    step = wizard.change_step
    person.type(step.form, "change", "5")
    person.type(step.form, "start", "1 Sep 2022")
    person.wait(lambda: step.last.total.text() == "$200.00")
    assert step.last.remark.text() == "$10.00 / month"
    assert (step.listed.total.text(), step.listed.remark.text()) == ("$240.00", "$12.00 / month · +$40.00")
    person.click(step.own)
    assert wizard.reason.text() == "Enter the unit price, such as 10 or 9.99."
    person.type(step.form, "price", "8.50")
    person.wait(lambda: step.own.total.text() == "$170.00")
    person.click(step.listed)
    person.next(wizard)
    assert wizard.review.facts.text("Order total") == "$240.00"


@pytest.mark.parametrize(
    ("what", "fields", "action", "periods"),
    [
        (
            "price",
            {"start": "1 Jul 2022", "discount": "20"},
            ("Terms And Conditions Changes", "0", "-120.00", "-20.00"),
            [("2022-01-01", "2022-06-30", "600.00"), ("2022-07-01", "2022-12-31", "480.00")],
        ),
        (
            "last-day",
            {"end": "31 Mar 2023"},
            ("Upsells", "0", "300.00", "0.00"),
            [("2022-01-01", "2022-12-31", "1200.00"), ("2023-01-01", "2023-03-31", "300.00")],
        ),
        (
            "pause",
            {"start": "1 Jul 2022", "until": "31 Aug 2022"},
            ("Terms And Conditions Changes", "0", "-200.00", "0.00"),
            [
                ("2022-01-01", "2022-06-30", "600.00"),
                ("2022-07-01", "2022-08-31", "0.00"),
                ("2022-09-01", "2022-12-31", "400.00"),
            ],
        ),
    ],
)
def test_terms_are_changed_by_the_fields_of_their_choice(
    person: Person,
    what: str,
    fields: dict[str, str],
    action: tuple[str, str, str, str],
    periods: list[tuple[str, str, str]],
) -> None:
    wizard = change(person, what=what)
    form = wizard.change_step.form
    assert form.rows["change"].isHidden()
    for name, text in fields.items():
        assert not form.rows[name].isHidden()
        person.type(form, name, text)
    person.next(wizard)
    commit(person, wizard)
    asset = owned(person)
    assert last_action(person, asset) == action
    assert [(start, end, amount) for start, end, _, amount, _ in states(person, asset)] == periods


def test_a_pause_is_resumed(person: Person) -> None:
    wizard = change(person, what="pause")
    person.type(wizard.change_step.form, "start", "1 Jul 2022")
    person.next(wizard)
    assert [row.news for row in wizard.review.periods.rows()] == ["Changed", "Paused"]
    commit(person, wizard)
    resuming = change(person, what="resume")
    refused(
        person,
        resuming,
        "Licence is not paused on 2022-01-01. Give a day of its pause as the first one that counts again.",
    )
    person.type(resuming.change_step.form, "start", "1 Oct 2022")
    person.next(resuming)
    commit(person, resuming)
    assert states(person, owned(person))[-1] == ("2022-10-01", "2022-12-31", "10", "300.00", "100.00")


def test_an_upgrade_ends_one_product_and_begins_another_on_the_same_day(person: Person) -> None:
    person.desk.do(catalogue.add_product, AddProduct("Licence Pro", "PRO", Decimal(15)))
    wizard = change(person, what="swap")
    form = wizard.change_step.form
    assert wizard.reason.text() == "Choose the other product."
    person.click(form.rows["category"].field.buttons["Upgrade"])  # type: ignore[attr-defined]
    person.type(form, "product", "PRO")
    person.type(form, "start", "1 Jul 2022")
    person.next(wizard)
    ends, begins = told(wizard)
    assert ends == (
        "Upgrades Licence of Acme & Sons · from 01 Jul 2022 · quantity -10 · MRR -$100.00 · amount -$600.00"
    )
    assert begins == (
        "Upgrades linked: Licence Pro of Acme & Sons · from 01 Jul 2022 · quantity +10 · MRR +$150.00 · amount +$900.00"
    )
    assert [line.label for line in wizard.review.mrr.series.lines] == ["Licence", "Licence Pro"]  # type: ignore[union-attr]
    commit(person, wizard)
    assert states(person, owned(person, "Licence Pro")) == [("2022-07-01", "2022-12-31", "10", "900.00", "150.00")]


def test_a_term_is_swapped_for_a_product_that_runs_until_it_is_cancelled(person: Person) -> None:
    open_end = AddProduct("Open licence", "OPEN", Decimal(8), selling_model=SellingModel.EVERGREEN)
    person.desk.do(catalogue.add_product, open_end)
    wizard = change(person, what="swap")
    person.type(wizard.change_step.form, "product", "OPEN")
    person.type(wizard.change_step.form, "start", "1 Jul 2022")
    person.wait(lambda: wizard.change_step.facts.text("Open licence begins") == "10")
    assert [fact.text for fact in wizard.change_step.prices.facts] == ["$10.00 / month", "$8.00 / month"]
    person.next(wizard)
    commit(person, wizard)
    (running,) = shown(person, owned(person, "Open licence"))["state_periods"]
    assert (running["start"], running["end"], running["mrr"]) == ("2022-07-01", None, "80.00")


def test_a_part_of_an_asset_goes_to_another_account(person: Person) -> None:
    wizard = person.open(TransferWizard, asset=owned(person))
    step = wizard.transfer_step
    person.wait(lambda: step.known and step.accounts.table.rows())
    assert wizard.reason.text() == "Choose the account that it goes to."
    step.accounts.pick(person.account("Acme & Sons"))
    person.type(step.form, "start", "1 Sep 2022")
    refused(person, wizard, "Licence belongs to Acme & Sons already. Name another account.")
    step.accounts.pick(person.account("Globex"))
    person.click(step.form.rows["extent"].field.buttons["A part"])  # type: ignore[attr-defined]
    person.type(step.form, "quantity", "12")
    refused(person, wizard, "Licence holds 10 from 2022-09-01 on. Transfer more than 0 and 10 at most.")
    person.type(step.form, "quantity", "4")
    person.next(wizard)
    assert told(wizard) == [
        "Transfers Licence of Acme & Sons · from 01 Sep 2022 · quantity -4 · MRR -$40.00 · amount -$160.00",
        "Transfers linked: Licence of Globex · from 01 Sep 2022 · quantity +4 · MRR +$40.00 · amount +$160.00",
    ]
    stored = commit(person, wizard)
    assert [order.account for order in stored.orders] == ["Acme & Sons", "Globex"]
    assert [shape.asset.account for shape in stored.assets] == ["Acme & Sons", "Globex"]
    assert person.notices[-1].text.replace("\u2212", "-") == (
        "Transferred Licence of Acme & Sons to Globex: order 00000002, -$160.00 and 00000003, $160.00."
    )


def test_service_goes_on_to_the_end_of_a_billing_period_that_cannot_be_parted(person: Person) -> None:
    line = SaleLine("LIC", Decimal(1), NEW_YEAR_2022, term=12, partial=Partial.WHOLE, asset_name="Whole months")
    person.desk.do(sales.sell, Sell("Globex", (line,)))
    wizard = person.open(CancelWizard, asset=owned(person, "Whole months"))
    person.wait(lambda: wizard.cancel_step.known)
    person.type(wizard.cancel_step.form, "start", "10 Sep 2022")
    words = (
        "The last day of service is 30 Sep 2022. Parts of billing periods are not allowed for it, so that service does "
        "not end on 09 Sep 2022, but with the billing period that runs then."
    )
    person.wait(lambda: wizard.cancel_step.last_day.text() == words)
    person.next(wizard)
    commit(person, wizard)
    assert states(person, owned(person, "Whole months")) == [("2022-01-01", "2022-09-30", "1", "90.00", "10.00")]
