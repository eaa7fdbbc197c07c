"""The invoice run wizard: chosen accounts, a preview of any length, pause and stop, and what its result offers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PySide6.QtCore import Qt

from calm_desktop.services import changes, customers, holds, invoices, sales, views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddAccount,
    CancelAsset,
    Find,
    RunInvoices,
    SaleLine,
    Sell,
    SetAccount,
    SetHold,
    SetSetting,
)
from calm_desktop.services.settings import set_setting
from calm_desktop.ui import places
from calm_desktop.ui.wizards import invoice_review, invoicing
from calm_desktop.ui.wizards.invoicing import InvoicingWizard
from tests.ui.stores import add_licence, told_once
from tests.ui.window_desk import texts
from tests.ui.wizard_desk import Person, cut_texts

TODAY = date(2022, 3, 1)


@told_once(TODAY)
def desk(made: Desk) -> None:
    """Acme, Beta, Gamma and Euro have a licence since January; Gamma is on hold, Delta has nothing; Euro pays euros."""
    add_licence(made)
    for name in ("Acme", "Beta", "Gamma", "Delta"):
        made.do(customers.add_account, AddAccount(name))
    made.do(customers.add_account, AddAccount("Euro", currency="EUR"))
    for name in ("Acme", "Beta", "Gamma", "Euro"):
        line = SaleLine("LIC", Decimal(2), date(2022, 1, 1), Decimal(10), term=12)
        made.do(sales.sell, Sell(name, (line,)))
    made.do(holds.hold, SetHold("account", "Gamma", date(2022, 4, 30), "prices are disputed"))


def opened(person: Person, draft: bool = False, **preset: Any) -> InvoicingWizard:
    """The wizard at its preview."""
    wizard = person.open(InvoicingWizard, **preset)
    if draft:
        person.click(wizard.scope_step.form.rows["draft"].field)  # type: ignore[arg-type]
    person.next(wizard)
    return wizard


def settle(person: Person) -> None:
    for _ in range(4):
        person.wait(lambda: not person.context.background.busy)
        person.qtbot.wait(1)


def stored(desk: Desk) -> list[tuple[str | None, str, str]]:
    return [(head.number, head.account, head.status) for head in desk.ask(views.list_invoices, Find())]


# ------------------------------------------------------------------------------------------------------------ accounts


def test_several_accounts_are_chosen_by_clicks_whatever_the_filter_shows(person: Person) -> None:
    wizard = person.open(InvoicingWizard)
    step = wizard.scope_step
    person.click(step.form.rows["scope"].field.buttons["Chosen accounts"])  # type: ignore[attr-defined]
    person.wait(step.accounts.table.rows)
    assert wizard.reason.text() == "Choose the accounts."
    view = step.accounts.table.view
    for name in ("Beta", "Delta"):
        row = [each.name for each in step.accounts.table.rows()].index(name)
        at = view.visualRect(step.accounts.table.model.index(row, 0)).center()
        person.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert step.accounts.said.text() == "2 chosen: Beta, Delta"
    step.accounts.table.set_filter("acme")
    person.qtbot.wait(5)
    assert [row.name for row in step.accounts.table.rows()] == ["Acme"]
    person.qtbot.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(step.accounts.table.model.index(0, 0)).center()
    )
    assert step.accounts.said.text() == "3 chosen: Beta, Delta, Acme"
    step.accounts.table.set_filter("")
    person.wait(lambda: [row.name for row in step.accounts.table.selected_rows()] == ["Acme", "Beta", "Delta"])
    person.next(wizard)
    assert [row.account for row in wizard.review.parts.invoices.rows()] == ["Acme"] * 3 + ["Beta"] * 3
    assert texts(wizard.review.parts.skipped) == [["Delta", "nothing is due up to 2022-03-01"]]
    person.click(wizard.back_button)
    person.click(step.accounts.none_button)
    assert step.accounts.said.text() == "None is chosen yet."
    assert not wizard.next_button.isEnabled()


# ------------------------------------------------------------------------------------------------------------- preview


def test_the_preview_sums_by_currency_and_says_what_is_passed_over(person: Person) -> None:
    wizard = opened(person)
    parts = wizard.review.parts
    assert [(fact.title, fact.text, fact.note) for fact in parts.facts.facts[1:]] == [
        ("Total EUR", "€60.00", "3 invoices: €60.00 + €0.00 tax"),
        ("Total USD", "$120.00", "6 invoices: $120.00 + $0.00 tax"),
    ]
    assert parts.totals.isHidden()
    assert (parts.facts.text("Invoices"), parts.facts.facts[0].note) == ("9", "1 passed over")
    person.click(parts.tab.buttons["Passed over"])
    assert texts(parts.skipped) == [["Gamma", "on hold until 2022-04-30: prices are disputed"]]
    assert not parts.tab.buttons["Font lacks"].isVisible()
    person.wait(lambda: not cut_texts(wizard))


def test_the_sums_of_many_currencies_stand_in_a_table(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invoice_review, "CURRENCIES_IN_FACTS", 1)
    parts = opened(person).review.parts
    assert texts(parts.totals) == [
        ["EUR", "3", "€60.00", "€0.00", "€60.00"],
        ["USD", "6", "$120.00", "$0.00", "$120.00"],
    ]
    assert [fact.title for fact in parts.facts.facts] == ["Invoices"]


@pytest.mark.parametrize("listed", [1000, 4])
def test_a_click_shows_an_invoice_whole_as_it_would_print(
    person: Person, desk: Desk, monkeypatch: pytest.MonkeyPatch, listed: int
) -> None:
    monkeypatch.setattr(invoicing, "LISTED", listed)
    wizard = opened(person)
    review = wizard.review
    settle(person)
    assert review.parts.invoices.model.windowed == (listed == 4)
    view = review.parts.invoices.view
    at = view.visualRect(review.parts.invoices.model.index(4, 0)).center()
    person.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    person.wait(lambda: review.stack.currentIndex() == 1)
    shown = {mark.text for mark in review.paper.sheets.pages[0] if hasattr(mark, "text")}
    assert {"DRAFT", "Beta", "01 Feb 2022", "01 Feb 2022 – 28 Feb 2022", "$20.00"} <= shown
    assert stored(desk) == []
    person.click(review.back)
    assert review.stack.currentIndex() == 0


def test_a_click_shows_a_credit_memo_as_it_would_print_and_its_number_opens_what_is_made(
    person: Person, desk: Desk
) -> None:
    desk.do(set_setting, SetSetting("credits", "memo"))
    desk.do(invoices.run, RunInvoices(TODAY))
    for owned in (head for head in desk.ask(views.list_assets, Find()) if head.account in ("Acme", "Beta")):
        desk.do(changes.cancel, CancelAsset(owned.id, TODAY))
    wizard = opened(person)
    parts = wizard.review.parts
    assert [row.account for row in parts.memos.rows()] == ["Acme", "Beta"]
    view = parts.memos.view
    assert view.hasFocus()
    at = view.visualRect(parts.memos.model.index(1, 0)).center()
    person.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    person.wait(lambda: wizard.review.stack.currentIndex() == 1)
    shown = {mark.text for mark in wizard.review.paper.sheets.pages[0] if hasattr(mark, "text")}
    assert {"Credit memo", "Beta"} <= shown
    assert desk.ask(views.list_credits, Find()) == ()
    person.click(wizard.review.back)
    made = person.commit(wizard)
    table = wizard.made.memos
    table.link_activated.emit(table.rows()[0], "number")
    assert person.links == [places.credit(made.credits[0].credit.id)]


def test_a_long_run_is_listed_by_windows_sorted_and_filtered_by_the_store(
    person: Person, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoicing, "LISTED", 4)
    wizard = opened(person)
    table = wizard.review.parts.invoices
    settle(person)
    assert wizard.reviewed is not None
    assert (len(wizard.reviewed.result.invoices), wizard.reviewed.result.count) == (4, 9)
    assert [row.account for row in table.rows()] == ["Acme"] * 3 + ["Beta"] * 3 + ["Euro"] * 3
    assert table.sum_label.text() == "Total €60.00 / $120.00"
    table.sort_by("date", descending=True)
    settle(person)
    assert [row.date.month for row in table.rows()] == [3, 3, 3, 2, 2, 2, 1, 1, 1]
    table.set_filter("EUR")
    settle(person)
    assert [row.account for row in table.rows()] == ["Euro"] * 3
    table.set_filter("")
    settle(person)
    made = person.commit(wizard)
    settle(person)
    assert made.count == 9
    assert [row.number for row in wizard.made.invoices.rows()] == [f"INV-00000{number}" for number in range(1, 10)]
    assert [row[2] for row in stored(desk)] == ["Posted"] * 9


def test_characters_that_paper_lacks_are_told_before_anything_is_made(person: Person, desk: Desk) -> None:
    desk.do(customers.set_account, SetAccount("Beta", name="ベータ"))
    wizard = opened(person)
    parts = wizard.review.parts
    assert (parts.facts.text("On paper"), parts.facts.facts[-1].note) == ("3", "texts lack letters in the font")
    person.click(parts.tab.buttons["Font lacks"])
    assert texts(parts.warnings) == [["ベータ", "ベータ", "タベー"]] * 3
    assert wizard.next_button.isEnabled()


# ------------------------------------------------------------------------------------------------------ pause and stop


def test_a_run_waits_and_goes_on(person: Person, desk: Desk) -> None:
    wizard = opened(person)
    gate = Event()
    person.context.background.run(gate.wait, lambda _: None, lambda _: None, write=True)
    person.click(wizard.next_button)
    person.wait(wizard.pause_button.isVisible)
    person.click(wizard.pause_button)
    assert (wizard.paused, wizard.pause_button.text()) == (True, "Go on")
    assert wizard.reason.text().startswith("Paused. Nothing is stored yet;")
    gate.set()
    person.qtbot.wait(50)
    assert wizard.running
    assert stored(desk) == []
    person.click(wizard.pause_button)
    person.wait(lambda: wizard.result is not None)
    assert len(stored(desk)) == 9
    assert not wizard.pause_button.isVisible()


def test_a_run_that_is_stopped_while_it_waits_stores_nothing(person: Person, desk: Desk) -> None:
    wizard = opened(person)
    gate = Event()
    person.context.background.run(gate.wait, lambda _: None, lambda _: None, write=True)
    person.click(wizard.next_button)
    wizard.pause(True)
    gate.set()
    person.wait(lambda: wizard.cancel_button.text() == "Stop")
    person.click(wizard.cancel_button)
    person.wait(lambda: not wizard.running)
    assert wizard.banner.label.text() == "Cancelled. Nothing was stored."
    assert stored(desk) == []
    assert len(person.commit(wizard).invoices) == 9


def test_a_run_that_is_forgotten_while_it_waits_is_stopped_for_the_sake_of_others(person: Person, desk: Desk) -> None:
    wizard = opened(person)
    assert wizard._longest_pause.interval() == 600_000
    gate = Event()
    person.context.background.run(gate.wait, lambda _: None, lambda _: None, write=True)
    person.click(wizard.next_button)
    wizard.pause(True)
    gate.set()
    assert wizard._longest_pause.isActive()
    wizard._longest_pause.timeout.emit()
    person.wait(lambda: not wizard.running)
    assert wizard.banner.label.text() == (
        "Stopped after a pause of 10 minutes, so that others can write to the store. "
        "Nothing was stored; begin again when you like."
    )
    assert not wizard._longest_pause.isActive()
    assert stored(desk) == []


# -------------------------------------------------------------------------------------------------------------- result


@pytest.mark.parametrize("listed", [1000, 4])
def test_drafts_are_dropped_and_posted_from_the_result(
    person: Person, desk: Desk, monkeypatch: pytest.MonkeyPatch, listed: int
) -> None:
    monkeypatch.setattr(invoicing, "LISTED", listed)
    wizard = opened(person, draft=True)
    person.commit(wizard)
    settle(person)
    acts, table = wizard.acts, wizard.made.invoices
    assert wizard.heading.text() == "9 invoices made as drafts"
    assert [made.text() for made in (acts.post, acts.drop, acts.paper)] == ["Post all", "Drop all", "Paper…"]
    table.view.selectRow(0)
    assert [made.text() for made in (acts.post, acts.drop)] == ["Post", "Drop"]
    person.click(acts.drop)
    settle(person)
    assert wizard.banner.label.text().startswith("The draft is dropped.")
    table.view.clearSelection()
    person.click(acts.post)
    settle(person)
    assert wizard.banner.label.text() == "8 invoices are posted. They never change again."
    assert sorted(status for _, _, status in stored(desk)) == ["Canceled"] + ["Posted"] * 8
    assert [row.status for row in table.rows()] == ["Canceled"] + ["Posted"] * 8


def test_papers_of_a_whole_run_are_saved_from_the_result(person: Person, tmp_path: Path) -> None:
    wizard = opened(person)
    person.commit(wizard)
    wizard.acts.papers.save_each(str(tmp_path / "run"))
    person.wait(lambda: wizard.acts.papers.job is None)
    assert sorted(file.name for file in (tmp_path / "run").iterdir()) == [f"INV-00000{n}.pdf" for n in range(1, 10)]
    assert wizard.banner.label.text() == f"9 PDF files written to {tmp_path / 'run'}."
    assert not wizard.acts.post.isEnabled()


def test_a_number_in_the_result_opens_the_invoice(person: Person) -> None:
    wizard = opened(person)
    made = person.commit(wizard)
    table = wizard.made.invoices
    table.link_activated.emit(table.rows()[0], "number")
    assert person.links == [places.invoice(made.invoices[0].invoice.id)]
    assert invoice_review.LISTED == 1000
