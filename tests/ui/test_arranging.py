"""Pages of one's own: components added, moved, sized, chosen and removed by keys and mouse, and kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot
from sqlalchemy import event

from calm_desktop.services import invoices, sales
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import RunInvoices, SaleLine, Sell
from calm_desktop.ui import places, theme
from calm_desktop.ui.background import Background
from calm_desktop.ui.board import Board, ChoicesPopup, Tile
from calm_desktop.ui.components import Height, Layout, Placed, Width
from calm_desktop.ui.links import Link
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.pages.account import AccountPage
from calm_desktop.ui.pages.home import HomePage
from calm_desktop.ui.pages.reports import ReportPage
from tests.ui.stores import add_licence, told_once
from tests.ui.window_desk import account_page, asset_id, id_of, open_page, opened_window, settle, texts

JANUARY, OCTOBER = date(2022, 1, 1), date(2022, 10, 15)
KEY = Qt.Key


@told_once(OCTOBER)
def desk(made: Desk) -> None:
    """10 licences at $10 a month for 2022, ten months invoiced; nothing paid."""
    start = made.on(JANUARY)
    add_licence(start)
    start.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(10), JANUARY, term=12),), create=True))
    made.do(invoices.run, RunInvoices(OCTOBER))


def home(qtbot: QtBot, window: MainWindow) -> HomePage:
    page = open_page(qtbot, window, "calm://home")
    assert isinstance(page, HomePage)
    return page


def keys(page: Any) -> list[str]:
    return [placed.key for placed in page.board.placed]


def tile(page: Any, key: str) -> Tile:
    return next(each for each in page.board.tiles if each.component.key == key)


def press(qtbot: QtBot, page: Any, key: str, *pressed: Qt.Key, shift: bool = False) -> None:
    """Keys on the cover of a component."""
    for each in pressed:
        cover = tile(page, key).cover
        assert cover is not None
        held = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        qtbot.keyClick(cover, each, held)


def drag(qtbot: QtBot, page: Any, key: str, to: QPoint) -> None:
    """The mouse, from a component's name to a point of the board."""
    cover = tile(page, key).cover
    assert cover is not None
    qtbot.mousePress(cover, Qt.MouseButton.LeftButton, pos=QPoint(60, 10))
    for point in (QPoint(80, 30), cover.mapFrom(page.board, to)):
        qtbot.mouseMove(cover, point)
    assert page.board.marker.isVisible()
    qtbot.mouseRelease(cover, Qt.MouseButton.LeftButton, pos=cover.mapFrom(page.board, to))
    assert not page.board.marker.isVisible()


def statements(work: Callable[[], object], desk: Desk) -> int:
    sent: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        sent.append(statement)

    engine = desk.database._engine
    event.listen(engine, "before_cursor_execute", note)
    work()
    event.remove(engine, "before_cursor_execute", note)
    return len(sent)


# -- defaults


def test_an_account_s_page_is_made_of_cards_days_charts_and_tables(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    page = account_page(qtbot, window, desk)
    assert keys(page) == [
        "card/quantity", "card/amount", "card/mrr", "card/balance", "converted", "own-fields", "days",
        "chart/quantity", "chart/mrr", "tables",
    ]  # fmt: skip
    tops = [each.geometry().top() for each in page.board.tiles if not each.isHidden()]
    assert [tops.index(top) for top in tops] == [0, 0, 0, 0, 4, 5, 5, 7]
    assert not tile(page, "converted").isVisible(), "nothing is converted"
    assert not tile(page, "own-fields").isVisible(), "no field is defined"


def test_home_shows_movements_aging_and_what_waits(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = home(qtbot, window)
    assert [mark.words for mark in tile(page, "report/mrr-movements").body.chart.plot.marks][:2] == [
        "Opening, 2021-11 to 2022-10: $0.00",
        "New, 2021-11 to 2022-10: +$100.00",
    ]
    assert tile(page, "report/aging").body.note.text() == "USD · 15 Oct 2022"
    assert texts(page.board.body("ending")) == [["31 Dec 2022", "Licence", "Acme", "$100.00", "Renew…"]]
    assert page.board.body("drafts").empty.title.text() == "No draft waits to be posted"


# -- by keys


def test_arrow_keys_move_and_shift_sizes(qtbot: QtBot, window: MainWindow) -> None:
    page = home(qtbot, window)
    qtbot.mouseClick(page.arrange_button, Qt.MouseButton.LeftButton)
    press(qtbot, page, "mrr", KEY.Key_Right, KEY.Key_Right)
    assert keys(page)[:4] == ["active", "ends", "mrr", "owed"]
    press(qtbot, page, "mrr", KEY.Key_Left)
    assert keys(page)[:4] == ["active", "mrr", "ends", "owed"]
    press(qtbot, page, "report/aging", KEY.Key_Up, KEY.Key_Up)
    assert keys(page)[:5] == ["report/aging", "active", "mrr", "ends", "owed"], "over the bar, then over the cards"
    press(qtbot, page, "report/aging", KEY.Key_Right, shift=True)
    press(qtbot, page, "report/aging", KEY.Key_Down, shift=True)
    assert page.board.placed[0] == Placed("report/aging", Width.HALF, Height.TALL)
    press(qtbot, page, "report/aging", KEY.Key_Down, shift=True)
    assert page.board.placed[0].height is Height.TALL, "there is nothing higher"
    assert page.board.tiles[0].height() >= 420
    press(qtbot, page, "mrr", KEY.Key_Escape)
    assert not page.arranging
    assert all(each.cover is None for each in page.board.tiles)


def test_a_page_without_anything_says_how_to_add(qtbot: QtBot, window: MainWindow) -> None:
    page = home(qtbot, window)
    page.set_arranging(True)
    while page.board.tiles:
        page.board.remove(page.board.tiles[0])
    assert page.board.accessibleDescription().startswith("Nothing is on this page.")
    page.board.grab()
    press(qtbot, page, page.board.add(page.board.components["mrr"]).component.key, KEY.Key_Escape)
    settle(qtbot, window)
    assert [label.text() for label in page.cards[0].figures] == ["$100.00"]
    assert page.board.accessibleDescription() == ""


def test_each_cover_says_what_it_stands_for_and_tab_walks_them(qtbot: QtBot, window: MainWindow) -> None:
    page = home(qtbot, window)
    page.set_arranging(True)
    first = tile(page, "mrr").cover
    assert first is not None
    assert first.accessibleName() == "Monthly recurring revenue: quarter width, place 1 of 12"
    assert "Delete removes it" in first.accessibleDescription()
    press(qtbot, page, "mrr", KEY.Key_Right, shift=True)
    assert first.accessibleName() == "Monthly recurring revenue: third width, place 1 of 12"
    after: Any = first
    reached = []
    for _ in range(12):
        after = after.nextInFocusChain()
        reached.append(after)
    assert {first.choose, first.remove, first.width_field, tile(page, "active").cover} <= set(reached)


def test_delete_removes_and_what_is_removed_asks_nothing(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = home(qtbot, window)

    def again() -> None:
        page.refresh(None)
        settle(qtbot, window)

    before = statements(again, desk)
    page.set_arranging(True)
    for key in keys(page)[1:]:
        press(qtbot, page, key, KEY.Key_Delete)
    assert keys(page) == ["mrr"]
    assert not page.board._spare["latest"].isVisible()
    assert statements(again, desk) < before / 4


def test_days_of_an_account_cannot_be_removed(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    page.set_arranging(True)
    press(qtbot, page, "days", KEY.Key_Delete)
    assert "days" in keys(page)
    assert tile(page, "days").cover.remove.isHidden()  # type: ignore[union-attr]


def test_an_account_without_tables_reads_less_and_still_opens(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)

    def again() -> None:
        page.refresh(None)
        settle(qtbot, window)

    before = statements(again, desk)
    page.set_arranging(True)
    for key in ("tables", "card/balance", "chart/mrr", "chart/quantity"):
        press(qtbot, page, key, KEY.Key_Delete)
    assert statements(again, desk) == before - 5, "actions, orders, invoices, what is open, what is on account"
    assert page.snapshot is not None
    assert page.snapshot.orders == ()
    tables = page.board.add(page.board.components["tables"])
    settle(qtbot, window)
    assert len(page.action_table.rows()) == 1
    assert tables.body is page.tabs


# -- by mouse


def test_a_component_is_dragged_to_its_place(qtbot: QtBot, window: MainWindow) -> None:
    page = home(qtbot, window)
    page.set_arranging(True)
    target = tile(page, "active").geometry()
    drag(qtbot, page, "owed", QPoint(target.left() + 20, target.center().y()))
    assert keys(page)[:4] == ["mrr", "owed", "active", "ends"]
    full = tile(page, "converted").geometry()
    drag(qtbot, page, "mrr", QPoint(full.center().x(), full.bottom() - 2))
    assert keys(page)[:5] == ["owed", "active", "ends", "converted", "mrr"]


def test_what_is_dragged_to_the_edge_scrolls_the_page(qtbot: QtBot, window: MainWindow) -> None:
    page = home(qtbot, window)
    page.set_arranging(True)
    bar = page.area.verticalScrollBar()
    assert bar.value() == 0
    page.board.drag(tile(page, "mrr"), QPoint(100, page.board.height() - 5))
    assert bar.value() > bar.maximum() / 2
    page.board.drop(tile(page, "mrr"), QPoint(100, page.board.height() - 5))
    assert keys(page)[-1] == "mrr"


def test_a_press_without_a_drag_moves_nothing(qtbot: QtBot, window: MainWindow) -> None:
    page = home(qtbot, window)
    page.set_arranging(True)
    before = page.board.placed
    qtbot.mouseClick(tile(page, "owed").cover, Qt.MouseButton.LeftButton, pos=QPoint(60, 10))
    assert page.board.placed == before


def test_a_size_is_chosen_from_its_list_and_a_cross_removes(
    qtbot: QtBot, window: MainWindow, settings: QSettings
) -> None:
    page = home(qtbot, window)
    page.set_arranging(True)
    cover = tile(page, "latest").cover
    assert cover is not None
    cover.height_field.setCurrentIndex(cover.height_field.findData(Height.TALL))
    cover.height_field.activated.emit(cover.height_field.currentIndex())
    cover.width_field.setCurrentIndex(cover.width_field.findData(Width.HALF))
    cover.width_field.activated.emit(cover.width_field.currentIndex())
    assert tile(page, "latest").placed == Placed("latest", Width.HALF, Height.TALL)
    assert '{"key": "latest", "width": "half", "height": "tall"}' in str(settings.value("layouts/home"))
    qtbot.mouseClick(cover.remove, Qt.MouseButton.LeftButton)
    assert "latest" not in keys(page)


# -- adding and choosing


def test_what_is_not_there_can_be_added_from_a_list_that_says_what_it_shows(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    page = account_page(qtbot, window, desk)
    page.set_arranging(True)
    qtbot.mouseClick(page.arrange_bar.add, Qt.MouseButton.LeftButton)
    found = page.add_popup.list
    names = [found.item(place).text() for place in range(found.count())]
    assert names[:4] == ["Amount", "Invoice line balance", "Details", "Assets"]
    assert "Tables" not in names, "it is there, and once is enough"
    assert found.item(2).data(Qt.ItemDataRole.AccessibleDescriptionRole) == "What is known beside figures"
    found.setCurrentRow(2)
    qtbot.keyClick(found, KEY.Key_Return)
    assert keys(page)[-1] == "details"
    assert page.board.tiles[-1].body.texts["Number"] == "A-00001"
    cover = page.board.tiles[-1].cover
    assert cover is not None
    assert cover.hasFocus() or QApplication.activeWindow() is None


def test_a_report_is_chosen_filtered_and_named(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    page.set_arranging(True)
    made = page.board.add(page.board.components["report/mrr-movements"])
    settle(qtbot, window)
    assert made.body.note.text() == "USD · 01 Nov 2021 – 15 Oct 2022"
    made.cover.open_choices()
    popup = page.board.findChild(ChoicesPopup)
    rows = {row.name: row.field for row in popup.rows}
    assert "account" not in rows, "on the page of an account it is that account"
    for name, value in (("show", "table"), ("days", "3M"), ("by", "quarter")):
        field = rows[name]
        assert isinstance(field, QComboBox)
        field.setCurrentIndex(field.findData(value))
        field.activated.emit(field.currentIndex())
    title = rows["title"]
    assert isinstance(title, QLineEdit)
    qtbot.keyClicks(title, "Acme's movements")
    qtbot.keyClick(title, KEY.Key_Return)
    popup.close()
    settle(qtbot, window)
    assert made.placed.options == {"title": "Acme's movements", "show": "table", "days": "3M", "by": "quarter"}
    assert made.body.title.text() == "Acme's movements"
    assert [row[:2] for row in texts(made.body.table)] == [["2022-Q3", "$100.00"], ["2022-Q4", "$100.00"]]
    assert made.body.link() == (
        f"calm://report/mrr-movements?from=2022-07-16&to=2022-10-15&by=quarter&currency=USD&account={page.account_id}"
    )


def test_a_click_on_a_mark_opens_what_stands_behind_it(qtbot: QtBot, window: MainWindow) -> None:
    page = home(qtbot, window)
    chart = tile(page, "report/aging").body.chart
    overdue = next(place for place, mark in enumerate(chart.plot.marks) if mark.words.startswith("Over 90 days"))
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=chart.box(overdue).center().toPoint())
    settle(qtbot, window)
    report = window.page
    assert isinstance(report, ReportPage)
    assert report.name == "aging"
    assert report.table.title.text() == "Over 90 days: $600.00"
    assert len(report.table.rows()) == 6
    assert Link.parse(window.link).get("mark") == "", "going back leads to the report itself"


def test_lists_show_as_many_as_was_chosen_and_lead_to_all(qtbot: QtBot, window: MainWindow) -> None:
    page = home(qtbot, window)
    invoices_tile = tile(page, "open-invoices")
    page.board.choose(invoices_tile, {"most": "5"})
    settle(qtbot, window)
    assert len(invoices_tile.body.rows()) == 5
    assert invoices_tile.body.count_label.text() == "The first 5 of 10 invoices"
    qtbot.mouseClick(invoices_tile.body.everything, Qt.MouseButton.LeftButton)
    assert window.link == "calm://invoices"


def test_the_page_of_an_asset_takes_further_charts_and_lists(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, places.asset(asset_id(desk)))
    page.set_arranging(True)
    for key in ("chart/amount", "chart/balance", "list/invoices", "details"):
        page.board.add(page.board.components[key])
    settle(qtbot, window)
    assert [chart.series.title for chart in page.charts.values()] == [
        "Quantity", "Monthly recurring revenue", "Amount", "Invoice line balance",
    ]  # fmt: skip
    assert texts(page.board.body("list/invoices"))[0][0] == "INV-000010"
    assert page.board.body("details").texts["Product"] == "Licence (LIC)"


# -- failing, and what comes meanwhile


def test_a_component_fails_alone_in_words_and_comes_back(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = home(qtbot, window)
    aging = tile(page, "report/aging")
    page.board.choose(aging, {"account": "Nobody"})
    settle(qtbot, window)
    assert aging.trouble is not None
    assert aging.trouble.title.text() == "Aging cannot be shown"
    assert "Nobody" in aging.trouble.text.text()
    assert aging.body.isHidden()
    assert [label.text() for label in page.cards[0].figures] == ["$100.00"]
    page.board.choose(aging, {"account": "Acme"})
    settle(qtbot, window)
    assert aging.trouble is None
    assert aging.body.isVisible()


def test_figures_of_one_customer_are_never_shown_for_another(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    desk.do(sales.sell, Sell("Belmont", (SaleLine("LIC", Decimal(3), OCTOBER, term=12),), create=True))
    page = account_page(qtbot, window, desk)
    part = page.board.add(page.board.components["report/top-accounts"])
    settle(qtbot, window)
    assert [mark.words for mark in part.body.chart.plot.marks] == ["Acme: $100.00, 100 % of all"]
    window.open_page(places.account(id_of(desk, "Belmont")))
    assert part.body.isHidden()
    settle(qtbot, window)
    assert part.body.isVisible()
    assert [mark.words for mark in part.body.chart.plot.marks] == ["Belmont: $30.00, 100 % of all"]


def test_a_commit_shows_in_the_components_that_it_concerns(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = home(qtbot, window)
    desk.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(5), OCTOBER, term=12),)))
    qtbot.waitUntil(lambda: [label.text() for label in page.cards[0].figures] == ["$150.00"], timeout=5_000)
    qtbot.waitUntil(lambda: len(page.board.body("latest").rows()) == 2, timeout=5_000)


# -- kept


def test_what_was_arranged_is_there_after_a_restart(
    qtbot: QtBot, desk: Desk, background: Background, settings: QSettings
) -> None:
    arranged: Layout = ()
    for window in opened_window(qtbot, desk, background, settings):
        page = home(qtbot, window)
        page.set_arranging(True)
        press(qtbot, page, "owed", KEY.Key_Delete)
        page.board.choose(tile(page, "report/aging"), {"title": "Who owes us"})
        arranged = page.board.placed
        assert len(arranged) == 11
    for window in opened_window(qtbot, desk, background, settings):
        page = home(qtbot, window)
        assert page.board.placed == arranged
        assert tile(page, "report/aging").body.title.text() == "Who owes us"
        assert not page.arranging


def test_reset_shows_the_default_again_and_can_be_taken_back(
    qtbot: QtBot, window: MainWindow, settings: QSettings
) -> None:
    page = home(qtbot, window)
    page.set_arranging(True)
    press(qtbot, page, "owed", KEY.Key_Delete)
    arranged = page.board.placed
    assert settings.contains("layouts/home")
    qtbot.mouseClick(page.arrange_bar.reset, Qt.MouseButton.LeftButton)
    assert page.board.placed == HomePage.default
    assert not settings.contains("layouts/home"), "who has the default gets a better one, once there is one"
    qtbot.mouseClick(window.banner.buttons[0], Qt.MouseButton.LeftButton)
    assert page.board.placed == arranged


@pytest.mark.parametrize("broken", ["{", '{"version": 99, "parts": []}', "[1, 2]"])
def test_broken_settings_show_the_default(
    qtbot: QtBot, desk: Desk, background: Background, settings: QSettings, broken: str
) -> None:
    settings.setValue("layouts/home", broken)
    for window in opened_window(qtbot, desk, background, settings):
        assert home(qtbot, window).board.placed == HomePage.default


def test_a_second_window_shows_what_the_first_has_arranged_when_it_opens_the_page(
    qtbot: QtBot, window: MainWindow, desk: Desk, background: Background, settings: QSettings
) -> None:
    page = home(qtbot, window)
    for other in opened_window(qtbot, desk, background, settings):
        there = home(qtbot, other)
        page.set_arranging(True)
        press(qtbot, page, "owed", KEY.Key_Delete)
        assert "owed" in keys(there), "nothing moves under a person's eyes"
        open_page(qtbot, other, "calm://accounts")
        assert keys(home(qtbot, other)) == keys(page)


# -- around it


def test_the_theme_may_change_while_arranging(qtbot: QtBot, window: MainWindow) -> None:
    page = home(qtbot, window)
    page.set_arranging(True)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = tile(page, "mrr").cover.grab().toImage().pixelColor(120, 110)  # type: ignore[union-attr]
    theme.apply(app, theme.Scheme.DARK)
    after = tile(page, "mrr").cover.grab().toImage().pixelColor(120, 110)  # type: ignore[union-attr]
    assert (before.lightness() > 200, after.lightness() < 60) == (True, True)
    press(qtbot, page, "mrr", KEY.Key_Delete)
    assert "mrr" not in keys(page)


def test_leaving_the_page_ends_arranging_and_a_shortcut_begins_it(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    window._arrange()
    assert page.arranging
    assert page.arrange_bar.isVisible()
    open_page(qtbot, window, "calm://accounts")
    window._arrange()
    assert not page.arranging
    assert isinstance(account_page(qtbot, window, desk), AccountPage)
    assert not page.arrange_bar.isVisible()


def test_rows_share_what_is_left_over_between_their_least_and_their_most(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    window.resize(1440, 960)
    page = account_page(qtbot, window, desk)
    board: Board = page.board
    charts, tables = tile(page, "chart/mrr"), tile(page, "tables")
    assert 250 < charts.height() < 340
    assert abs(4 * charts.height() - 3 * tables.height()) <= 4, "charts take three parts, tables four"
    assert tables.geometry().bottom() + 1 == board.height()
