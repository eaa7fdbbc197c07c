"""Usage in the window: recorded, corrected and imported by the wizards, shown by period on the asset's page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from pytestqt.qtbot import QtBot

from calm_desktop.engine.catalog import Kind
from calm_desktop.services import catalogue, invoices, sales, views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddProduct, Find, RunInvoices, SaleLine, Sell
from calm_desktop.ui import display, places
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.pages.asset import AssetPage
from calm_desktop.ui.wizards.usage import UsageWizard
from calm_desktop.ui.wizards.usage_import import UsageImportWizard
from tests.ui.stores import add_licence, told_once
from tests.ui.wizard_desk import Person, cut_texts

TODAY = date(2022, 2, 10)


@told_once(TODAY)
def desk(made: Desk) -> None:
    """On 10 Feb 2022: Acme has calls at $0.10 each and ten licences since the new year."""
    made.do(catalogue.add_product, AddProduct("Calls", "CALLS", Decimal("0.1"), Kind.USAGE))
    add_licence(made)
    start = date(2022, 1, 1)
    lines = (SaleLine("CALLS", Decimal(1), start, term=12), SaleLine("LIC", Decimal(10), start, term=12))
    made.do(sales.sell, Sell("Acme & Sons", lines, create=True))


def calls(desk: Desk) -> Any:
    return next(row for row in desk.ask(views.list_assets, Find()) if row.product == "CALLS")


def words_of(desk: Desk) -> str:
    row = calls(desk)
    return display.asset_words(row.number, row.name, row.account)


def facts(wizard: UsageWizard) -> dict[str, tuple[str, str]]:
    return {fact.title: (fact.text, fact.remark) for fact in wizard.review.facts.facts}


def record(person: Person, day: str, quantity: str, key: str, time: str = "") -> UsageWizard:
    """Fill the wizard and go to its review."""
    wizard = person.open(UsageWizard, asset=words_of(person.desk))
    form = wizard.use_step.form
    person.type(form, "day", day)
    person.type(form, "time", time)
    person.type(form, "quantity", quantity)
    person.type(form, "key", key)
    person.next(wizard)
    return wizard


def test_usage_is_recorded_as_it_was_reviewed(person: Person) -> None:
    wizard = record(person, "15 Jan 2022", "120", "call & 1", "14:30")
    assert facts(wizard) == {
        "Billing period from": ("01 Jan 2022", "to 31 Jan 2022"),
        "Used in it": ("120", "nothing yet"),
        "Rated at": ("$12.00", "nothing yet"),
        "Billed of it": ("$0.00", "not yet"),
    }
    assert wizard.review.words.text() == "Calls of Acme & Sons: 120 on 15 Jan 2022, 14:30, key call & 1."
    assert wizard.review.consequence.text() == "It is billed after 31 Jan 2022, when the period is over."
    assert cut_texts(wizard) == []
    reviewed = wizard.reviewed
    assert reviewed is not None
    stored = person.commit(wizard)
    assert replace(stored, request_id="") == replace(reviewed.result, request_id="")
    (row,) = person.desk.ask(views.list_usage, Find())
    assert (row.key, row.at.isoformat(), row.quantity) == ("call & 1", "2022-01-15T14:30:00+00:00", Decimal(120))
    assert person.notices[-1].text == "Recorded: 120 of Calls on 15 Jan 2022."


def test_the_asset_is_picked_among_those_that_are_billed_by_use(person: Person) -> None:
    wizard = person.open(UsageWizard)
    field: Any = wizard.use_step.form.rows["asset"].field
    person.wait(field.count)
    assert [field.itemText(place) for place in range(field.count())] == ["AST-000001 · Calls, Acme & Sons"]
    assert wizard.reason.text() == "Choose the asset that was used."
    person.type(wizard.use_step.form, "asset", "AST-000002")
    person.type(wizard.use_step.form, "day", "15 Jan 2022")
    person.type(wizard.use_step.form, "quantity", "1")
    person.type(wizard.use_step.form, "key", "a")
    person.click(wizard.next_button)
    person.wait(lambda: not wizard.running and wizard.use_step.form.rows["asset"].error)
    assert "AST-000002 is not a usage asset" in wizard.use_step.form.rows["asset"].error


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("quantity", "none", "'none' is not a number. Write it like 10 or 2.5."),
        ("time", "25:00", "There is no time 2022-01-15T25:00. Check hours, minutes and offset."),
        ("key", "", "Enter a key, such as the number of the call or of the meter reading."),
    ],
)
def test_what_cannot_be_recorded_is_told_by_its_field(person: Person, name: str, text: str, words: str) -> None:
    wizard = person.open(UsageWizard, asset=words_of(person.desk))
    form = wizard.use_step.form
    for field, typed in {"day": "15 Jan 2022", "quantity": "1", "key": "a", name: text}.items():
        person.type(form, field, typed)
    assert not wizard.next_button.isEnabled()
    assert wizard.reason.text() == words


def test_a_time_outside_of_service_and_a_key_that_is_taken_go_back_to_their_fields(person: Person) -> None:
    person.commit(record(person, "15 Jan 2022", "120", "a"))
    wizard = person.open(UsageWizard, asset=words_of(person.desk))
    form = wizard.use_step.form
    person.type(form, "day", "31 Dec 2021")
    person.type(form, "quantity", "1")
    person.type(form, "key", "b")
    person.click(wizard.next_button)
    person.wait(lambda: not wizard.running and form.rows["day"].error)
    assert "Calls is not in service on 2021-12-31." in form.rows["day"].error
    person.type(form, "day", "15 Jan 2022")
    person.type(form, "key", "a")
    person.wait(wizard.next_button.isEnabled)
    person.click(wizard.next_button)
    person.wait(lambda: not wizard.running and form.rows["key"].error)
    assert "The key 'a' is taken: it recorded 120" in form.rows["key"].error
    person.type(form, "quantity", "120")
    person.next(wizard)
    assert wizard.reason.text() == "This is recorded already, with the same figures."
    assert not wizard.next_button.isEnabled()


def test_a_correction_says_what_the_next_invoice_adjusts(person: Person) -> None:
    person.commit(record(person, "15 Jan 2022", "120", "a"))
    person.desk.do(invoices.run, RunInvoices(date(2022, 2, 1)))
    wizard = person.open(UsageWizard, asset=words_of(person.desk), key="a")
    form = wizard.use_step.form
    assert not form.rows["day"].isVisible()
    person.type(form, "quantity", "100")
    assert wizard.reason.text() == "Say why it is corrected; this is recorded."
    person.type(form, "reason", "counted twice")
    person.next(wizard)
    assert facts(wizard)["Used in it"] == ("100", "was 120")
    assert facts(wizard)["Rated at"] == ("$10.00", "was $12.00")
    assert facts(wizard)["Billed of it"] == ("$12.00", "INV-000002")
    assert wizard.review.consequence.text() == "The next invoice adjusts the period by −$2.00."
    person.commit(wizard)
    rows = person.desk.ask(views.list_usage, Find())
    assert [(row.quantity, row.counts, row.reason) for row in rows] == [
        (Decimal(120), False, ""),
        (Decimal(100), True, "counted twice"),
    ]


def test_a_file_goes_in_whole_or_not_at_all(person: Person, tmp_path: Path) -> None:
    file = tmp_path / "use & more.csv"
    file.write_text("asset,at,quantity,key\nAST-000001,2022-01-10,5,a\nAST-000001,2023-01-10,5,b\n", "utf-8")
    wizard = person.open(UsageImportWizard)
    assert wizard.reason.text() == "Choose a file, or drop one here."
    drop(wizard.file_step, file)
    person.next(wizard)
    shown = {fact.title: fact.text for fact in wizard.review.facts.facts}  # type: ignore[attr-defined]
    assert shown == {"Rows read": "2", "New": "1", "There already": "0", "Cannot go in": "1"}
    (row,) = wizard.review.table.rows()  # type: ignore[attr-defined]
    assert (row.problem.row, row.problem.column, row.problem.found) == (3, "at", "2023-01-10")
    assert wizard.reason.text() == "1 row cannot go in. Correct the file, then choose it again."
    assert not wizard.next_button.isEnabled()
    person.click(wizard.back_button)
    file.write_text("asset,at,quantity,key\nAST-000001,2022-01-10,5,a\nAST-000001,2022-02-10,5,b\n", "utf-8")
    other = tmp_path / "right.csv"
    file.rename(other)
    wizard.file_step.set_file(str(other))
    person.next(wizard)
    assert cut_texts(wizard) == []
    assert person.commit(wizard).new == 2
    assert person.notices[-1].text == "Imported from right.csv: 2 usage records."
    again = person.open(UsageImportWizard, file=str(other))
    person.next(again)
    assert again.reason.text() == "There is nothing new to import."


def drop(step: Any, file: Path) -> None:
    """Drop a file onto the step, as from a folder's window."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys)
    step.dragEnterEvent(entering)
    assert entering.isAccepted()
    step.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, keys))


# ------------------------------------------------------------------------------------------------- the asset's page


@pytest.fixture
def window(window: MainWindow) -> MainWindow:
    window.resize(1280, 900)
    return window


def open_asset(qtbot: QtBot, window: MainWindow, asset: str) -> AssetPage:
    window.open_page(places.asset(asset))
    qtbot.waitUntil(lambda: isinstance(window.page, AssetPage) and window.page.snapshot is not None, timeout=20_000)
    assert isinstance(window.page, AssetPage)
    return window.page


def test_the_page_shows_usage_by_period_and_its_records(qtbot: QtBot, desk: Desk, window: MainWindow) -> None:
    from tests.services.usage_desk import use

    asset = calls(desk).id
    use(desk, asset, "2022-01-15", "100", "a")
    use(desk, asset, "2022-01-20", "20", "b")
    use(desk, asset, "2022-02-05", "7", "c")
    desk.do(invoices.run, RunInvoices(date(2022, 2, 1)))
    page = open_asset(qtbot, window, asset)
    qtbot.waitUntil(lambda: len(page.usage.periods.rows()) == 2, timeout=20_000)
    page.tabs.show_tab("usage")
    assert [
        (row.start, row.quantity, str(row.amount), str(row.billed), row.invoices) for row in page.usage.periods.rows()
    ] == [
        (date(2022, 2, 1), Decimal(7), "0.70", "0.00", ()),
        (date(2022, 1, 1), Decimal(120), "12.00", "12.00", ("INV-000002",)),
    ]
    assert [row.key for row in page.usage.records.rows()] == ["c", "b", "a"]
    page.usage.periods.view.selectRow(1)
    assert [row.key for row in page.usage.records.rows()] == ["b", "a"]
    qtbot.mouseClick(page.usage.record_button, Qt.MouseButton.LeftButton)
    (wizard,) = [each for each in window._wizards if isinstance(each, UsageWizard)]
    assert wizard.draft.asset == "AST-000001 · Calls, Acme & Sons"
    wizard.reject()
    page.usage.records.row_activated.emit(page.usage.records.rows()[0])
    wizard = next(each for each in window._wizards if isinstance(each, UsageWizard) and each.isVisible())
    assert (wizard.draft.kind, wizard.draft.key) == ("correction", "b")
    wizard.reject()


def test_an_asset_that_is_not_billed_by_use_has_no_usage_tab(qtbot: QtBot, desk: Desk, window: MainWindow) -> None:
    page = open_asset(qtbot, window, calls(desk).id)
    place = page.tabs.keys.index("usage")
    qtbot.waitUntil(lambda: page.tabs.bar.isTabVisible(place), timeout=20_000)
    page.tabs.show_tab("usage")
    licence = next(row.id for row in desk.ask(views.list_assets, Find()) if row.product == "LIC")
    page = open_asset(qtbot, window, licence)
    qtbot.waitUntil(lambda: not page.tabs.bar.isTabVisible(place), timeout=20_000)
    assert page.tabs.current != "usage"
