"""Where changes of assets begin: on their pages, beside tables of assets, by command and by link."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from calm_desktop.services import sales
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import Find, SaleLine, Sell
from calm_desktop.services.views import list_assets
from calm_desktop.ui import places
from calm_desktop.ui.links import Link
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.wizards.cancellation import CancelWizard
from calm_desktop.ui.wizards.change import ChangeWizard
from calm_desktop.ui.wizards.frame import Wizard
from calm_desktop.ui.wizards.transfer import TransferWizard
from tests.ui.stores import add_licence, told_once
from tests.ui.window_desk import open_page, settle

TODAY = date(2022, 8, 15)


@told_once(TODAY)
def desk(made: Desk) -> None:
    """An asset that runs, and one that ended in June."""
    add_licence(made)
    lines = (
        SaleLine("LIC", Decimal(10), date(2022, 1, 1), term=12),
        SaleLine("LIC", Decimal(1), date(2022, 1, 1), term=6, asset_name="Old one"),
    )
    made.do(sales.sell, Sell("Acme", lines, create=True))


def asset(desk: Desk, name: str = "Licence") -> Any:
    return next(row for row in desk.ask(list_assets, Find()) if row.name == name)


def wizard(window: MainWindow) -> Any:
    """The wizard in front of the window."""
    (found,) = [each for each in window.findChildren(Wizard) if each.isVisible()]
    return found


def test_the_page_of_an_asset_changes_it(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, places.asset(asset(desk).id))
    assert [made.text() for made in page.header.buttons if made.text()] == [
        "Change…", "Transfer…", "Cancel…", "Invoice…", "Sell…", "Renew…",
    ]  # fmt: skip
    for name, kind in (("change", ChangeWizard), ("transfer", TransferWizard), ("cancel", CancelWizard)):
        qtbot.mouseClick(page.changing.buttons[name], Qt.MouseButton.LeftButton)
        opened = wizard(window)
        assert isinstance(opened, kind)
        assert opened.draft.asset == asset(desk).id
        settle(qtbot, window)
        opened.reject()


def test_what_has_ended_is_not_changed_and_the_button_says_why(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, places.asset(asset(desk, "Old one").id))
    words = "Old one has ended: its last day was 30 Jun 2022. Renew it, or sell it again."
    for made in page.changing.all:
        assert not made.isEnabled()
        assert words in made.toolTip()
        assert made.accessibleDescription() == words


@pytest.mark.parametrize("place", ["account", "assets"])
def test_the_asset_chosen_in_a_table_is_changed(qtbot: QtBot, window: MainWindow, desk: Desk, place: str) -> None:
    link = places.account(asset(desk).account_id) if place == "account" else places.assets()
    page = open_page(qtbot, window, link)
    table = page.assets if place == "account" else page.table
    change = page.changing.buttons["change"]
    assert not change.isEnabled()
    assert change.accessibleDescription() == "Choose one asset in the table first."
    table.select_ids([asset(desk, "Old one").id])
    table.view.selectAll()
    assert not change.isEnabled()
    table.view.selectRow(table.rows().index(next(row for row in table.rows() if row.name == "Old one")))
    assert change.accessibleDescription().startswith("Old one has ended")
    table.view.selectRow(table.rows().index(next(row for row in table.rows() if row.name == "Licence")))
    change.click()
    assert wizard(window).draft.asset == asset(desk).id


def run(window: MainWindow, title: str) -> None:
    next(command for command in window.palette_popup.commands if command.title == title).act()


def test_a_command_takes_the_asset_of_the_page_in_front(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    open_page(qtbot, window, places.asset(asset(desk).id))
    run(window, "Pause an asset…")
    opened = wizard(window)
    assert (opened.draft.asset, opened.draft.what) == (asset(desk).id, "pause")
    settle(qtbot, window)
    opened.reject()
    open_page(qtbot, window, places.account(asset(desk).account_id))
    run(window, "Transfer an asset…")
    opened = wizard(window)
    settle(qtbot, window)
    assert (opened.draft.asset, [row.name for row in opened.asset_step.table.rows()]) == ("", ["Licence", "Old one"])
    opened.reject()
    open_page(qtbot, window, "calm://orders")
    run(window, "Cancel an asset…")
    assert isinstance(wizard(window), CancelWizard)


def test_a_link_opens_the_wizard_once(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    link = places.change_of(asset(desk).id, "change", "price")
    assert Link.parse(link).parameters == {"do": "change", "what": "price"}
    open_page(qtbot, window, link)
    opened = wizard(window)
    assert (opened.draft.asset, opened.draft.what) == (asset(desk).id, "price")
    settle(qtbot, window)
    opened.reject()
    assert window.link == places.asset(asset(desk).id)
    window.refresh(None)
    settle(qtbot, window)
    assert [each for each in window.findChildren(Wizard) if each.isVisible()] == []
    page = open_page(qtbot, window, f"{places.asset(asset(desk).id)}?do=dance")
    assert page.header.title == "Licence"


def test_what_is_stored_shows_on_the_page_at_once(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, places.asset(asset(desk).id))
    opened = window.start_wizard("change", asset=asset(desk).id, change="5", start="15 Aug 2022")
    assert isinstance(opened, ChangeWizard)
    settle(qtbot, window)
    opened.go_on()
    settle(qtbot, window)
    assert opened.step is opened.review
    opened.go_on()
    qtbot.waitUntil(lambda: [label.text() for label in page.cards["quantity"].figures] == ["15"], timeout=10_000)
    assert window.banner.label.text().startswith("Changed Licence of Acme: order 00000002, ")
