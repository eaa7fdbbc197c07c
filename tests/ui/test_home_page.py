"""The first page: figures of today, what ends soon, what is owed, what changed last, and how to begin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from calm_desktop.services.catalogue import add_product
from calm_desktop.services.desk import Desk
from calm_desktop.services.invoices import run
from calm_desktop.services.requests import AddProduct, RunInvoices, SaleLine, Sell
from calm_desktop.services.sales import sell
from calm_desktop.ui.background import Background
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.pages.home import HomePage

TODAY = date(2022, 10, 15)


class Opened:
    """The page with what it asked of the window."""

    def __init__(self, qtbot: QtBot, desk: Desk, background: Background, settings: QSettings) -> None:
        self.qtbot, self.background, self.desk = qtbot, background, desk
        self.links: list[str] = []
        self.wizards: list[tuple[str, dict[str, Any]]] = []
        window = QWidget()
        qtbot.addWidget(window)
        self.page = HomePage(
            Context(
                desk,
                background,
                settings,
                window,
                self.links.append,
                lambda notice: None,
                lambda name, **preset: self.wizards.append((name, preset)),
            )
        )
        qtbot.addWidget(self.page)
        self.page.link_requested.connect(self.links.append)
        self.page.resize(1054, 740)
        self.page.show()
        self.load()

    def load(self) -> None:
        self.page.open(Link("home"))
        self.qtbot.waitUntil(lambda: not self.background.busy, timeout=10_000)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk.create("sqlite://", {"currency": "USD"}, today=TODAY) as made:
        yield made


@pytest.fixture
def opened(qtbot: QtBot, desk: Desk, background: Background, settings: QSettings) -> Opened:
    return Opened(qtbot, desk, background, settings)


def story(desk: Desk) -> None:
    """Ten licences at 10.00 a month, bought for 2022 and billed up to the day."""
    bought = desk.on(date(2022, 1, 1))
    bought.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
    bought.do(sell, Sell("Acme & Sons", (SaleLine("LIC", Decimal(10), date(2022, 1, 1), term=12),), create=True))
    desk.do(run, RunInvoices(TODAY))


def shown(table: Any) -> list[list[str]]:
    return [[str(column.shown(column.getter(row))) for column in table.shown_columns()] for row in table.rows()]


def figures(card: Any) -> list[str]:
    return [label.text() for label in card.figures]


def test_a_new_store_says_how_to_begin(opened: Opened) -> None:
    page = opened.page
    assert page.stack.currentWidget() is page.start
    for key in ("product", "account", "help"):
        opened.qtbot.mouseClick(page.start.steps[key], Qt.MouseButton.LeftButton)
    assert opened.links == ["calm://product/new", "calm://account-editor", "calm://help/start"]


def test_the_cards_hold_today_s_figures(opened: Opened) -> None:
    story(opened.desk)
    opened.load()
    page = opened.page
    ends, owed = page.cards[2:]
    assert [figures(card) for card in page.cards] == [["$100.00"], ["1"], ["1"], ["$1,000.00"]]
    assert ends.note.text() == "$100.00 MRR"
    assert owed.delta.text() == "9 overdue"
    assert owed.note.text() == "of 10 invoices"


def test_what_ends_soon_leads_into_the_renewal_wizard(opened: Opened) -> None:
    story(opened.desk)
    opened.load()
    page = opened.page
    assert shown(page.board.body("ending")) == [["31 Dec 2022", "Licence", "Acme & Sons", "$100.00", "Renew…"]]
    row = page.board.body("ending").rows()[0]
    page.board.body("ending").link_activated.emit(row, "renew")
    assert opened.wizards == [("renewal", {"account": row.account_id, "assets": (row.id,)})]


def test_what_is_owed_comes_first_due_first(opened: Opened) -> None:
    story(opened.desk)
    opened.load()
    lines = shown(opened.page.board.body("open-invoices"))
    assert lines[0] == ["31 Jan 2022", "INV-000001", "Acme & Sons", "$100.00"]
    assert lines[-1] == ["31 Oct 2022", "INV-000010", "Acme & Sons", "$100.00"]


def test_the_latest_change_is_the_first_row_and_opens_its_asset(opened: Opened) -> None:
    story(opened.desk)
    opened.load()
    page = opened.page
    assert shown(page.board.body("latest")) == [
        ["01 Jan 2022", "Initial Sale", "Licence", "Acme & Sons", "01 Jan 2022", "+10", "+$100.00", "+$1,200.00"]
    ]
    row = page.board.body("latest").rows()[0]
    page.board.body("latest").link_activated.emit(row, "asset")
    assert opened.links == [f"calm://asset/{row.asset_id}"]


def test_several_currencies_are_one_figure_each(opened: Opened) -> None:
    story(opened.desk)
    line = SaleLine("LIC", Decimal(3), date(2022, 9, 1), price=Decimal(8), term=12)
    opened.desk.do(sell, Sell("Halden", (line,), create=True, currency="EUR"))
    opened.load()
    assert figures(opened.page.cards[0]) == ["€24.00", "$100.00"]
