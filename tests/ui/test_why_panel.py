"""Every figure explains itself: one click on a card, a dot, a cell or a fact opens the lines that sum to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QTableView
from pytestqt.qtbot import QtBot

from calm_desktop.engine.catalog import SellingModel
from calm_desktop.services import catalogue, invoices, renewals, sales
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddProduct, Find, Renew, RunInvoices, SaleLine, Sell, SetPrice
from calm_desktop.services.views import list_actions
from calm_desktop.ui import places, theme
from calm_desktop.ui.links import Link
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.pages.details import InvoicePage
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.why_panel import WhyPanel
from tests.ui.stores import add_licence, told_once
from tests.ui.window_desk import account_page, asset_id, id_of, open_page, settle

JANUARY, OCTOBER = date(2022, 1, 1), date(2022, 10, 15)


@told_once(OCTOBER)
def desk(made: Desk) -> None:
    """R1 to R3 on 15 Oct 2022, and beside them a platform of $500 a month without end from 1 Mar 2022."""
    start = made.on(JANUARY)
    add_licence(start)
    evergreen = AddProduct("Platform", "PLAT", Decimal(500), selling_model=SellingModel.EVERGREEN)
    start.do(catalogue.add_product, evergreen)
    start.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(10), JANUARY, term=12),), create=True))
    start.do(sales.sell, Sell("Acme", (SaleLine("PLAT", Decimal(1), date(2022, 3, 1)),)))
    made.do(invoices.run, RunInvoices(OCTOBER))
    made.do(renewals.renew, Renew(("Licence",), term=12))


def told(page: Any) -> dict[str, Any]:
    """What the Why panel of a page says."""
    panel = page.why
    assert isinstance(panel, WhyPanel)
    assert panel.isVisible()
    columns = panel.table.shown_columns()
    return {
        "title": f"{panel.title.text()} {panel.value.text()}",
        "about": panel.about.text(),
        "rows": [tuple(column.shown(column.getter(row)) for column in columns) for row in panel.table.rows()],
        "sum": panel.sum.text(),
    }


def click_cell(qtbot: QtBot, table: RecordTable, row: int, key: str) -> None:
    """A click on the text of a cell, as a person does it."""
    column = next(place for place, each in enumerate(table.model.columns) if each.key == key)
    index = table.model.index(row, column)
    rect = table.view.visualRect(index)
    at = QPoint(rect.right() - 16, rect.center().y())
    qtbot.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_one_click_on_a_card_shows_the_lines_and_their_sum(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    qtbot.mouseClick(page.cards["mrr"].figures[0], Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert told(page) == {
        "title": "Why monthly recurring revenue is $600.00",
        "about": "Acme, as of 15 Oct 2022",
        "rows": [
            ("State period", "Licence", "01 Jan 2022", "31 Dec 2022", "$100.00"),
            ("State period", "Platform", "01 Mar 2022", "Evergreen", "$500.00"),
        ],
        "sum": "2 lines    Sum $600.00",
    }


def test_an_amount_that_is_not_known_is_told_in_words(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    qtbot.mouseClick(page.cards["amount"], Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    shown = told(page)
    assert shown["rows"][1][1] == "Platform (amount not known while it runs)"
    assert shown["sum"] == "2 lines, 1 not known and not counted    Sum $1,200.00"


def test_the_balance_lists_the_open_lines_and_each_leads_to_its_invoice(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    page = account_page(qtbot, window, desk, asof="2022-02-15")
    page.explain("balance")
    settle(qtbot, window)
    shown = told(page)
    assert [row[1] for row in shown["rows"]] == ["INV-000001: Licence", "INV-000002: Licence"]
    assert shown["title"] == "Why invoice line balance is $200.00"
    page.why.table.row_activated.emit(page.why.table.rows()[1])
    settle(qtbot, window)
    assert isinstance(window.page, InvoicePage)
    assert window.page.header.title == "INV-000002"


def test_a_line_of_an_account_leads_to_its_asset(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    page.explain("quantity")
    settle(qtbot, window)
    page.why.table.link_activated.emit(page.why.table.rows()[0], "what")
    settle(qtbot, window)
    assert Link.parse(window.link).name == asset_id(desk)


def test_by_keyboard_alone(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    card = page.cards["quantity"]
    with qtbot.waitActive(window):
        window.activateWindow()
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_Return)
    settle(qtbot, window)
    view: QTableView = page.why.table.view
    assert view.hasFocus()
    assert view.currentIndex().row() == 0
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not page.why.isVisible()
    assert card.hasFocus()
    qtbot.keyClick(card, Qt.Key.Key_Space)
    settle(qtbot, window)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert Link.parse(window.link).kind == "asset"


def test_the_lines_can_be_copied(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    page.explain("mrr")
    settle(qtbot, window)
    qtbot.mouseClick(page.why.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().splitlines() == [
        "Kind\tWhat\tFrom\tTo\tCounts (USD)",
        "State period\tLicence\t2022-01-01\t2022-12-31\t100.00",
        "State period\tPlatform\t2022-03-01\t\t500.00",
    ]


def test_a_dot_tells_why_the_charts_figure_is_what_it_is_on_its_day(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    page = account_page(qtbot, window, desk)
    chart = page.charts["mrr"]
    at = chart.dot_position("action", "2023-01-01").toPoint()
    qtbot.mouseClick(chart.plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    settle(qtbot, window)
    assert [row.category for row in page.action_table.selected_rows()] == ["Renewals"], "as before"
    assert told(page)["about"] == "Acme, as of 01 Jan 2023"
    at = page.charts["quantity"].dot_position("period", "2022-03-01").toPoint()
    qtbot.mouseClick(page.charts["quantity"].plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    settle(qtbot, window)
    assert page.snapshot.as_of == date(2022, 3, 1), "as before"
    assert told(page)["title"] == "Why quantity is 11"


def test_a_cell_of_an_asset_tells_what_makes_it(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    page.tabs.show_tab("assets")
    names = [row.name for row in page.assets.rows()]
    click_cell(qtbot, page.assets, names.index("Licence"), "mrr")
    settle(qtbot, window)
    assert told(page)["rows"] == [
        ("State period", "Licence", "01 Jan 2022", "31 Dec 2022", "", "$100.00"),
        ("Asset action", "    Initial Sale", "01 Jan 2022", "01 Jan 2022", "$100.00", ""),
    ]
    assert [row.name for row in page.assets.selected_rows()] == ["Licence"]


def test_a_click_beside_the_figure_selects_its_row_and_asks_nothing(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    page = account_page(qtbot, window, desk)
    page.tabs.show_tab("assets")
    column = next(place for place, each in enumerate(page.assets.model.columns) if each.key == "name")
    rect = page.assets.view.visualRect(page.assets.model.index(0, column))
    right = QPoint(rect.right() - 3, rect.center().y())
    qtbot.mouseClick(page.assets.view.viewport(), Qt.MouseButton.LeftButton, pos=right)
    settle(qtbot, window)
    assert page.why is None


def test_a_cell_is_asked_by_keyboard(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    table = page.action_table
    table.view.setCurrentIndex(table.model.index(0, 0))
    qtbot.keyClick(table.view, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, window)
    assert told(page)["title"] == "Why quantity is 0", "the first figure of the row: that of the renewal"
    assert "Why this figure" in [action.text() for action in table.context_menu().actions()]


def test_a_state_period_is_explained_on_its_own_first_day(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, places.asset(asset_id(desk)))
    page.tabs.show_tab("state-periods")
    click_cell(qtbot, page.periods, 1, "amount")
    settle(qtbot, window)
    assert told(page)["about"] == "Licence, as of 01 Jan 2023"
    assert told(page)["title"] == "Why amount is $1,200.00"


def test_the_lists_explain_their_figures(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    accounts = open_page(qtbot, window, "calm://accounts?asof=2022-02-15")
    click_cell(qtbot, accounts.table, 0, "invoice_line_balance")
    settle(qtbot, window)
    assert (told(accounts)["title"], told(accounts)["about"]) == (
        "Why invoice line balance is $200.00",
        "Acme, as of 15 Feb 2022",
    )
    found = open_page(qtbot, window, "calm://invoices")
    click_cell(qtbot, found.table, 0, "total")
    settle(qtbot, window)
    assert told(found)["title"] == "Why amount is $600.00"
    orders = open_page(qtbot, window, "calm://orders")
    click_cell(qtbot, orders.table, 0, "total")
    settle(qtbot, window)
    assert told(orders)["rows"][0][:2] == ("Order item", "Renewals: LIC")


def test_the_facts_of_a_paper_explain_themselves(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, places.invoice("INV-000003"))
    qtbot.mouseClick(page.facts.figures["Balance"], Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert told(page)["title"] == "Why invoice line balance is $600.00"
    page = open_page(qtbot, window, places.order("00000002"))
    qtbot.mouseClick(page.facts.figures["Total"], Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert told(page)["title"] == "Why amount is $0.00"
    renewal = desk.ask(list_actions, Find())[-1]
    page = open_page(qtbot, window, places.action(renewal.id))
    qtbot.mouseClick(page.facts.figures["Quantity"], Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert [(row[1], row[-1]) for row in told(page)["rows"]] == [
        ("Running total after it", "10"),
        ("Less the running total before it", "−10"),
    ]


def test_the_actions_browser_explains_its_dots_and_cells(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, places.actions(id_of(desk, "Acme"), tab="amount"))
    page._dot_chosen("period", "2022-01-01")
    settle(qtbot, window)
    assert told(page)["title"] == "Why amount is $1,200.00"
    click_cell(qtbot, page.table, 0, "amount_change")
    settle(qtbot, window)
    assert told(page)["rows"][0][:2] == ("Source", "Order 00000003/1")


def test_a_figure_of_several_currencies_shows_the_one_clicked(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    desk.do(catalogue.set_price, SetPrice("LIC", Decimal(1500), JANUARY, "JPY"))
    desk.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(4), JANUARY, term=12),), currency="JPY"))
    page = account_page(qtbot, window, desk)
    qtbot.mouseClick(page.cards["mrr"].figures[1], Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert told(page)["title"] == "Why monthly recurring revenue is ¥6,000"
    qtbot.mouseClick(page.why.currencies.buttons["USD"], Qt.MouseButton.LeftButton)
    assert told(page)["title"] == "Why monthly recurring revenue is $600.00"


def test_the_panel_follows_a_change_and_goes_with_another_day(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    page.explain("quantity")
    settle(qtbot, window)
    desk.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(5), OCTOBER, term=12),)))
    qtbot.waitUntil(lambda: told(page)["title"] == "Why quantity is 16", timeout=5_000)
    page.choose_as_of(date(2022, 2, 1))
    settle(qtbot, window)
    assert not page.why.isVisible()


@pytest.mark.parametrize("scheme", [theme.Scheme.LIGHT, theme.Scheme.DARK, theme.Scheme.HIGH_CONTRAST])
def test_no_text_of_the_panel_is_cut(
    qtbot: QtBot, window: MainWindow, desk: Desk, scheme: theme.Scheme, qapp: QApplication
) -> None:
    theme.apply(qapp, scheme)
    page = account_page(qtbot, window, desk)
    page.explain("amount")
    settle(qtbot, window)
    panel = page.why
    for label in (panel.title, panel.value, panel.sum):
        assert label.width() >= label.sizeHint().width()
    assert panel.mapTo(window, QPoint(0, panel.height())).y() <= window.height()
    assert panel.table.view.accessibleName() == "Lines that sum to the figure"
