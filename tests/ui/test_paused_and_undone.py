"""Assets that rest and assets that were taken back, as pages, tables and charts show them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from calm_desktop.services import changes, sales, undoing
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import CancelAsset, Find, PauseAsset, SaleLine, Sell, UndoAction
from calm_desktop.services.views import list_actions, list_assets
from calm_desktop.ui import places
from calm_desktop.ui.chart_model import table_rows
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.pages.account import AccountPage
from calm_desktop.ui.pages.asset import AssetPage
from calm_desktop.ui.pages.lists import ListPage
from calm_desktop.ui.widgets import STATUS_TONES
from tests.ui.stores import add_licence, told_once
from tests.ui.window_desk import settle

TODAY = date(2022, 5, 15)
NAMES = ("Going", "Resting", "Coming", "Over", "Taken back")


@told_once(TODAY)
def desk(made: Desk) -> None:
    """One asset in each state on 15 May 2022; the resting one is paused for May and June."""
    add_licence(made)
    january, june = date(2022, 1, 1), date(2022, 6, 1)
    starts = dict(zip(NAMES, (january, january, june, january, january), strict=True))
    lines = tuple(SaleLine("LIC", Decimal(10), start, term=12, asset_name=name) for name, start in starts.items())
    made.do(sales.sell, Sell("Acme", lines, create=True))
    made.do(changes.pause, PauseAsset("Resting", date(2022, 5, 1), date(2022, 6, 30)))
    made.do(changes.cancel, CancelAsset("Over", date(2022, 4, 1)))
    sale = next(row.id for row in made.ask(list_actions, Find()) if row.asset == "Taken back")
    made.do(undoing.undo, UndoAction(sale))


def open_asset(qtbot: QtBot, window: MainWindow, desk: Desk, name: str) -> AssetPage:
    window.open_page(places.asset(next(asset.id for asset in desk.ask(list_assets, Find()) if asset.name == name)))
    settle(qtbot, window)
    page = window.page
    assert isinstance(page, AssetPage)
    return page


def test_each_state_has_its_chip(qtbot: QtBot, desk: Desk, window: MainWindow) -> None:
    window.open_page(places.assets())
    settle(qtbot, window)
    page = window.page
    assert isinstance(page, ListPage)
    rows = page.table.model.shown_rows()
    assert {row.name: row.status for row in rows} == {
        "Going": "Active",
        "Resting": "Paused",
        "Coming": "Scheduled",
        "Over": "Ended",
        "Taken back": "Undone",
    }
    assert {row.status: STATUS_TONES[row.status] for row in rows} == {
        "Active": "good",
        "Paused": "warn",
        "Scheduled": "info",
        "Ended": "neutral",
        "Undone": "neutral",
    }
    quiet = page.table.model.quiet
    assert quiet is not None
    assert [row.name for row in rows if quiet(row)] == ["Taken back"]


@pytest.mark.parametrize(
    ("name", "chip"),
    [("Going", "Active"), ("Resting", "Paused"), ("Coming", "Scheduled"), ("Over", "Ended"), ("Taken back", "Undone")],
)
def test_the_page_of_an_asset_says_its_state(
    qtbot: QtBot, desk: Desk, window: MainWindow, name: str, chip: str
) -> None:
    page = open_asset(qtbot, window, desk, name)
    assert page.header.chips[0][0] == chip


def test_the_account_says_the_liveliest_state(qtbot: QtBot, desk: Desk, window: MainWindow) -> None:
    window.open_page(places.account(desk.ask(list_assets, Find())[0].account_id))
    settle(qtbot, window)
    page = window.page
    assert isinstance(page, AccountPage)
    assert page.header.chips[0][0] == "Active"
    series = page.charts["quantity"].series
    assert series is not None
    assert series.paused == ()


def test_paused_periods_are_marked_in_table_and_chart(qtbot: QtBot, desk: Desk, window: MainWindow) -> None:
    page = open_asset(qtbot, window, desk, "Resting")
    column = next(each for each in page.periods.model.columns if each.key == "state")
    assert [
        (row.start, row.end, str(row.mrr.amount), column.shown(column.getter(row))) for row in page.periods.rows()
    ] == [
        (date(2022, 1, 1), date(2022, 4, 30), "100.00", ""),
        (date(2022, 5, 1), date(2022, 6, 30), "0.00", "Paused"),
        (date(2022, 7, 1), date(2022, 12, 31), "100.00", ""),
    ]
    assert "state" in [each.key for each in page.periods.shown_columns()]
    chart = page.charts["mrr"]
    assert chart.series is not None
    assert chart.series.paused == ((date(2022, 5, 1), date(2022, 6, 30)),)
    assert "Paused 01 May 2022 – 30 Jun 2022." in chart.plot.accessibleDescription()
    told = [(row.day, row.what, row.value) for row in table_rows(chart.series) if row.line == "MRR"]
    assert told == [
        (date(2022, 1, 1), "State period", "$100.00"),
        (date(2022, 5, 1), "Paused", "$0.00"),
        (date(2022, 7, 1), "Resumed", "$100.00"),
        (date(2023, 1, 1), "Ends", "–"),
    ]


def test_an_asset_that_was_taken_back_owns_nothing(qtbot: QtBot, desk: Desk, window: MainWindow) -> None:
    page = open_asset(qtbot, window, desk, "Taken back")
    assert page.periods.rows() == []
    assert "standing" in [column.key for column in page.action_table.shown_columns()]
    assert [row.stands for row in page.action_table.rows()] == [False, False]
