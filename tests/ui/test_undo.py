"""Undo in the window: the bar after a commit, the page of an action, the browser, and the last change (DOMAIN 4.11)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from calm_desktop.engine.money import plain
from calm_desktop.services import changes, invoices, renewals, sales
from calm_desktop.services.customers import add_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddAccount,
    AmendQuantity,
    Find,
    Look,
    Renew,
    RunInvoices,
    SaleLine,
    Sell,
    TransferAsset,
)
from calm_desktop.services.views import list_actions, list_assets, show_asset
from calm_desktop.ui import places
from calm_desktop.ui.background import Background
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.pages.actions import ActionsPage
from calm_desktop.ui.pages.details import ActionPage
from calm_desktop.ui.wizards.renewal import RenewalWizard
from tests.ui.stores import add_licence, told_once
from tests.ui.window_desk import opened_window, settle
from tests.ui.wizard_desk import Person, sell_ten_licences

JANUARY = date(2022, 1, 1)


@told_once(JANUARY)
def desk(made: Desk) -> None:
    add_licence(made)


@pytest.fixture
def window(qtbot: QtBot, desk: Desk, background: Background, settings: QSettings) -> Iterator[MainWindow]:
    """R1: ten licences for 2022, bought by Acme."""
    line = SaleLine("LIC", Decimal(10), JANUARY, term=12)
    desk.do(sales.sell, Sell("Acme", (line,), create=True))
    yield from opened_window(qtbot, desk, background, settings)


def press(qtbot: QtBot, window: MainWindow, button: QPushButton) -> None:
    assert button.isEnabled(), f"{button.text()} cannot be clicked"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(qtbot, window)


def figures(desk: Desk) -> list[tuple[str, str, str, bool]]:
    """Category, quantity and amount of each action, and whether it stands."""
    rows = desk.ask(list_actions, Find())
    return [(row.category, plain(row.quantity_change), str(row.amount_change.amount), row.stands) for row in rows]


def bar(window: MainWindow) -> str:
    assert window.banner.isVisible()
    return window.banner.label.text()


# -- the bar after a commit


def test_the_bar_after_a_sale_takes_it_back(person: Person) -> None:
    sell_ten_licences(person)
    notice = person.notices[-1]
    assert notice.text == "Sold 10 Licence to Acme & Sons: order 00000001, $1,200.00."
    words, undo = notice.buttons[0]
    assert words == "Undo"
    undo()
    person.wait(lambda: person.notices[-1].text == "Undone: sold 10 Licence to Acme & Sons.")
    assert figures(person.desk) == [
        ("Initial Sale", "10", "1200.00", False),
        ("Initial Sale", "-10", "-1200.00", False),
    ]
    (asset,) = person.desk.ask(list_assets, Find())
    assert (asset.status, plain(asset.quantity), str(asset.total_lifecycle_amount.amount)) == ("Undone", "0", "0.00")


def test_the_bar_after_a_renewal_takes_it_back_and_the_term_before_stays(person: Person) -> None:
    sell_ten_licences(person)
    (asset,) = person.desk.ask(list_assets, Find())
    wizard = person.open(RenewalWizard, account=asset.account_id, assets=(asset.id,))
    person.wait(wizard.assets_step.table.rows)
    person.next(wizard)
    person.next(wizard)
    person.commit(wizard)
    assert person.notices[-1].text == "Renewed 10 Licence for Acme & Sons: order 00000002, $1,200.00."
    person.notices[-1].buttons[0][1]()
    person.wait(lambda: person.notices[-1].text == "Undone: renewed 10 Licence for Acme & Sons.")
    shown = person.desk.ask(show_asset, Look(asset.id))
    assert [(p.start, p.end, str(p.amount and p.amount.amount)) for p in shown.state_periods] == [
        (date(2022, 1, 1), date(2022, 12, 31), "1200.00")
    ]


def test_the_bar_says_what_depends_on_it(person: Person) -> None:
    sell_ten_licences(person)
    undo = person.notices[-1].buttons[0][1]
    person.desk.do(renewals.renew, Renew(("Licence",)))
    undo()
    person.wait(lambda: person.notices[-1].tone == "bad")
    text = person.notices[-1].text
    assert text.startswith("Not undone: sold 10 Licence to Acme & Sons. Renewals of Licence from 2023-01-01 (")
    assert text.endswith("was recorded after it. Undo that first.")
    assert [stands for *_, stands in figures(person.desk)] == [True, True]


# -- later


def test_the_page_of_an_action_tells_what_undoing_changes_then_does_it(
    qtbot: QtBot, desk: Desk, window: MainWindow
) -> None:
    (sale,) = desk.ask(list_actions, Find())
    window.open_page(places.action(sale.id))
    settle(qtbot, window)
    page = window.page
    assert isinstance(page, ActionPage)
    assert page.buttons[1].text() == "Undo…"
    press(qtbot, window, page.buttons[1])
    assert bar(window) == (
        "Undo: Initial Sale of Licence for Acme, effective 01 Jan 2022?\n"
        "Licence of Acme: quantity −10, amount −$1,200.00, MRR −$100.00."
    )
    assert figures(desk) == [("Initial Sale", "10", "1200.00", True)]
    press(qtbot, window, window.banner.buttons[0])
    qtbot.waitUntil(lambda: bar(window) == "Undone: Initial Sale of Licence for Acme, effective 01 Jan 2022.")
    settle(qtbot, window)
    assert [chip for chip, _ in page.header.chips] == ["Initial Sale", "Undone"]
    assert page.buttons[1].text() == "Show the undo"
    press(qtbot, window, page.buttons[1])
    assert [chip for chip, _ in page.header.chips] == ["Initial Sale", "Undo"]
    assert page.facts.texts["Quantity"] == "−10"
    assert page.buttons[1].text() == "Show what it undoes"
    press(qtbot, window, page.buttons[1])
    assert page.facts.texts["Quantity"] == "+10"


def test_an_invoiced_sale_says_which_invoice_keeps_it(qtbot: QtBot, desk: Desk, window: MainWindow) -> None:
    desk.do(invoices.run, RunInvoices(JANUARY))
    settle(qtbot, window)
    (sale,) = desk.ask(list_actions, Find())
    window.open_page(places.action(sale.id))
    settle(qtbot, window)
    page = window.page
    assert isinstance(page, ActionPage)
    press(qtbot, window, page.buttons[1])
    assert "It is invoiced: INV-000001. Void or drop that first" in bar(window)
    assert bar(window).endswith("amend or cancel Licence instead, and what is billed is credited.")
    assert window.banner.buttons == []


def test_in_the_browser_what_was_undone_is_quiet_and_cannot_be_undone_again(
    qtbot: QtBot, desk: Desk, window: MainWindow
) -> None:
    desk.do(changes.amend_quantity, AmendQuantity("Licence", Decimal(5), date(2022, 9, 1)))
    settle(qtbot, window)
    window.open_page(places.actions())
    settle(qtbot, window)
    page = window.page
    assert isinstance(page, ActionsPage)
    window.open_page(places.actions(account_id=desk.ask(list_assets, Find())[0].account_id))
    settle(qtbot, window)
    assert not page.undo_button.isEnabled()
    assert "standing" not in [column.key for column in page.table.shown_columns()]
    amended = next(row for row in desk.ask(list_actions, Find()) if row.category == "Upsells")
    page.table.view.selectRow([row.id for row in page.table.model.shown_rows()].index(amended.id))
    press(qtbot, window, page.undo_button)
    assert bar(window).endswith("Licence of Acme: quantity −5, amount −$200.00, MRR −$50.00.")
    press(qtbot, window, window.banner.buttons[0])
    qtbot.waitUntil(lambda: bar(window).startswith("Undone: "))
    settle(qtbot, window)
    assert figures(desk) == [
        ("Initial Sale", "10", "1200.00", True),
        ("Upsells", "5", "200.00", False),
        ("Upsells", "-5", "-200.00", False),
    ]
    assert "standing" in [column.key for column in page.table.shown_columns()]
    table = page.table.model
    quiet = {row.id: table.quiet is not None and table.quiet(row) for row in table.shown_rows()}
    assert list(quiet.values()).count(True) == 2
    assert not page.undo_button.isEnabled()


def test_the_last_change_is_offered_from_anywhere_and_a_transfer_goes_back_whole(
    qtbot: QtBot, desk: Desk, window: MainWindow
) -> None:
    desk.do(add_account, AddAccount("Bolt"))
    desk.do(changes.transfer, TransferAsset("Licence", "Bolt", date(2022, 7, 1), Decimal(4)))
    settle(qtbot, window)
    command = next(each for each in window.palette_popup.commands if each.title == "Undo last change")
    assert command.shortcut == "Ctrl+Z"
    command.act()
    settle(qtbot, window)
    qtbot.waitUntil(lambda: len(window.banner.buttons) == 1)
    assert "Licence of Acme: quantity +4, amount +$240.00, MRR +$40.00." in bar(window)
    assert "Licence of Bolt: quantity −4, amount −$240.00, MRR −$40.00." in bar(window)
    press(qtbot, window, window.banner.buttons[0])
    qtbot.waitUntil(lambda: bar(window).startswith("Undone: Transfers of "))
    assert [stands for *_, stands in figures(desk)] == [True, False, False, False, False]
    command.act()
    settle(qtbot, window)
    qtbot.waitUntil(lambda: bar(window).startswith("Undo: Initial Sale of Licence for Acme"))
    press(qtbot, window, window.banner.buttons[0])
    qtbot.waitUntil(lambda: bar(window).startswith("Undone: Initial Sale"))
    settle(qtbot, window)
    command.act()
    qtbot.waitUntil(lambda: bar(window) == "There is nothing to undo.")
