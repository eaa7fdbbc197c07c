"""The window on a store, and what its pages say: what the tests of pages share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import Find
from calm_desktop.services.views import list_accounts, list_assets
from calm_desktop.ui import places
from calm_desktop.ui.background import Background
from calm_desktop.ui.links import Link
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.pages.account import AccountPage
from calm_desktop.ui.record_table import RecordTable


def opened_window(qtbot: QtBot, desk: Desk, background: Background, settings: QSettings) -> Iterator[MainWindow]:
    """The window on its first page, until the test is done."""
    window = MainWindow(background, settings)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.take_desk(desk)
    settle(qtbot, window)
    yield window
    window.close()


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until nothing is under way."""
    qtbot.waitUntil(lambda: not window.background.busy, timeout=10_000)


def open_page(qtbot: QtBot, window: MainWindow, link: str) -> Any:
    """The page of a link, filled."""
    window.open_page(link)
    settle(qtbot, window)
    return window.page


def account_page(qtbot: QtBot, window: MainWindow, desk: Desk, **parameters: str) -> Any:
    """The page of Acme."""
    page = open_page(qtbot, window, str(Link.parse(places.account(id_of(desk, "Acme"))).with_parameters(**parameters)))
    assert isinstance(page, AccountPage)
    return page


def id_of(desk: Desk, name: str) -> str:
    """The id of an account."""
    return next(row.id for row in desk.ask(list_accounts, Find()) if row.name == name)


def asset_id(desk: Desk, name: str = "Licence") -> str:
    """The id of an asset."""
    return next(row.id for row in desk.ask(list_assets, Find()) if row.name == name)


def figures(page: Any) -> dict[str, list[str]]:
    """What the cards of a page say."""
    return {key: [label.text() for label in card.figures] for key, card in page.cards.items()}


def texts(table: RecordTable) -> list[list[str]]:
    """What a table shows, cell by cell."""
    columns = table.shown_columns()
    return [[column.shown(column.getter(row)) for column in columns] for row in table.rows()]
