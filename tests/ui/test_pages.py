"""The pages on a real store: the renewal story (DOMAIN R1 to R3) as cards, charts and tables show it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from calm_desktop.engine.catalog import RenewalPricing
from calm_desktop.engine.problems import Refused, StoreFault
from calm_desktop.services import catalogue, invoices, renewals, rollup, sales
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    Find,
    Look,
    Renew,
    RunInvoices,
    SaleLine,
    Sell,
    SetPrice,
    SetSetting,
    Source,
)
from calm_desktop.services.settings import set_setting
from calm_desktop.services.views import list_actions, list_assets, show_asset
from calm_desktop.ui import pictures, places
from calm_desktop.ui.links import Link
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.pages.account import AccountPage
from calm_desktop.ui.pages.actions import ActionsPage
from calm_desktop.ui.pages.asset import AssetPage
from calm_desktop.ui.pages.details import ActionPage, InvoicePage, OrderPage
from calm_desktop.ui.pages.lists import ListPage
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import ElidedLabel
from tests.ui.stores import add_licence, told_once
from tests.ui.window_desk import account_page, asset_id, figures, id_of, open_page, settle, texts

JANUARY, OCTOBER = date(2022, 1, 1), date(2022, 10, 15)


@told_once(OCTOBER)
def desk(made: Desk) -> None:
    """R1 and R2 on 15 Oct 2022: 10 licences at $10 a month for 2022, ten months invoiced."""
    start = made.on(JANUARY)
    add_licence(start)
    start.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(10), JANUARY, term=12),), create=True))
    made.do(invoices.run, RunInvoices(OCTOBER))


def renew(desk: Desk) -> None:
    desk.do(renewals.renew, Renew(("Licence",), term=12, pricing=RenewalPricing.LAST))


def test_r1_and_r2_on_the_cards(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    assert figures(page) == {
        "quantity": ["10"],
        "amount": ["$1,200.00"],
        "mrr": ["$100.00"],
        "balance": ["$1,000.00"],
    }
    notes = {key: (card.delta.text(), card.note.text()) for key, card in page.cards.items()}
    assert notes == {
        "quantity": ("+10", "since 01 Jan 2022"),
        "amount": ("", "$1,200.00 lifetime"),
        "mrr": ("", "nothing a year before"),
        "balance": ("9 overdue", "10 open lines"),
    }
    assert page.header.title == "Acme"
    assert page.header.chips == (("Active", None), ("Renews in 78 days", "warn"))


def test_r3_on_the_page_of_the_asset(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    renew(desk)
    page = open_page(qtbot, window, places.asset(asset_id(desk)))
    assert isinstance(page, AssetPage)
    assert texts(page.periods) == [
        ["01 Jan 2022", "31 Dec 2022", "10", "$1,200.00", "$100.00"],
        ["01 Jan 2023", "31 Dec 2023", "10", "$1,200.00", "$100.00"],
    ]
    assert texts(page.action_table) == [
        ["01 Jan 2023", "Renewals", "Order 00000002 / 1", "0", "$0.00", "+$1,200.00", "$100.00"],
        ["01 Jan 2022", "Initial Sale", "Order 00000001 / 1", "+10", "+$100.00", "+$1,200.00", "$100.00"],
    ]
    assert page.billing.facts.texts == {
        "Billing from": "01 Jan 2022",
        "Billing until": "31 Dec 2023",
        "Total billed": "$1,000.00",
        "Total pending": "$1,400.00",
        "Next billing date": "01 Nov 2022",
    }
    assert [row[4:] for row in texts(page.schedules)] == [
        ["31 Dec 2022", "$1,200.00", "$1,000.00", "$200.00"],
        ["31 Dec 2023", "$1,200.00", "$0.00", "$1,200.00"],
    ]
    assert len(page.items.rows()) == 24


def test_the_period_in_force_is_the_one_selected(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    renew(desk)
    page = open_page(qtbot, window, places.asset(asset_id(desk), date(2023, 3, 1)))
    assert page.periods.selected_ids() == [date(2023, 1, 1)]


def test_another_as_of_day_changes_cards_marker_and_link(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    page.choose_as_of(date(2021, 12, 31))
    settle(qtbot, window)
    assert figures(page) == {"quantity": ["0"], "amount": ["$0.00"], "mrr": ["$0.00"], "balance": ["$0.00"]}
    assert page.charts["mrr"].series.as_of == date(2021, 12, 31)
    assert Link.parse(window.link).get("asof") == "2021-12-31"
    assert page.back_to_today.isVisible()
    page.back_to_today.click()
    settle(qtbot, window)
    assert figures(page)["mrr"] == ["$100.00"]
    assert Link.parse(window.link).get("asof") == ""


def test_back_brings_the_as_of_day_and_the_range_back(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk, asof="2022-03-31", **{"from": "2022-02-01", "to": "2022-06-30"})
    open_page(qtbot, window, "calm://accounts")
    window.go_back()
    settle(qtbot, window)
    assert page.as_of.day == date(2022, 3, 31)
    assert page.range.range == (date(2022, 2, 1), date(2022, 6, 30))
    assert figures(page)["balance"] == ["$300.00"], "the invoices of January, February and March"


def test_a_preset_narrows_charts_and_actions_and_stays_in_the_link(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    page = account_page(qtbot, window, desk)
    assert len(page.action_table.rows()) == 1
    qtbot.mouseClick(page.range.presets.buttons["3M"], Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert page.action_table.rows() == []
    assert (page.charts["quantity"].series.start, page.charts["quantity"].series.end) == (
        date(2022, 7, 16),
        OCTOBER,
    )
    assert window.link.endswith("?from=2022-07-16&to=2022-10-15")


def test_what_is_in_the_future_is_grey_and_hollow(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    renew(desk)
    page = account_page(qtbot, window, desk)
    future = page.action_table.model.future
    assert [future(row) for row in page.action_table.rows()] == [True, False]
    assert page.charts["quantity"].dots() == [
        ("period", "2022-01-01", date(2022, 1, 1)),
        ("action", "2022-01-01", date(2022, 1, 1)),
        ("period", "2023-01-01", date(2023, 1, 1)),
        ("action", "2023-01-01", date(2023, 1, 1)),
    ]


def test_a_commit_shows_at_once_and_keeps_what_was_chosen(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk, asof="2022-12-01", **{"from": "2022-01-01", "to": "2023-06-30"})
    chosen = page.action_table.rows()[0].id
    page.action_table.select_ids([chosen])
    page.area.verticalScrollBar().setValue(30)
    line = SaleLine("LIC", Decimal(5), date(2022, 11, 1), end=date(2022, 12, 31))
    desk.do(sales.sell, Sell("Acme", (line,)))
    qtbot.waitUntil(lambda: figures(page)["quantity"] == ["15"], timeout=5_000)
    assert figures(page)["mrr"] == ["$150.00"]
    assert page.action_table.selected_ids() == [chosen]
    assert page.area.verticalScrollBar().value() == 30
    assert (page.as_of.day, page.range.range) == (date(2022, 12, 1), (date(2022, 1, 1), date(2023, 6, 30)))


def test_a_refreshed_table_stays_where_it_was_scrolled_to(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    for _ in range(40):
        desk.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(1), OCTOBER, term=1),)))
    page = account_page(qtbot, window, desk)
    bar = page.action_table.view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    where = bar.value()
    assert where > 0
    desk.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(1), JANUARY, term=1),)))
    qtbot.waitUntil(lambda: len(page.action_table.rows()) == 42, timeout=5_000)
    assert bar.value() == where


def test_a_commit_of_another_program_shows_too(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    with Desk.open(desk.database.where, today=OCTOBER) as other:
        other.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(3), OCTOBER, term=12),)))
    qtbot.waitUntil(lambda: figures(page)["quantity"] == ["13"], timeout=5_000)


def test_a_commit_about_another_customer_leaves_the_page_alone(
    qtbot: QtBot, window: MainWindow, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = account_page(qtbot, window, desk)
    loads: list[object] = []
    monkeypatch.setattr(page, "load", loads.append)
    desk.do(sales.sell, Sell("Bolt", (SaleLine("LIC", Decimal(3), OCTOBER, term=12),), create=True))
    qtbot.wait(50)
    settle(qtbot, window)
    assert loads == []


def test_the_answer_to_an_older_question_is_dropped(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    desk.do(sales.sell, Sell("Bolt", (SaleLine("LIC", Decimal(3), OCTOBER, term=12),), create=True))
    window.open_page(places.account(id_of(desk, "Acme")))
    window.open_page(places.account(id_of(desk, "Bolt")))
    settle(qtbot, window)
    assert isinstance(window.page, AccountPage)
    assert (window.page.header.title, figures(window.page)["quantity"]) == ("Bolt", ["3"])


def test_a_dot_selects_its_rows_and_a_row_lights_its_dot(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    renew(desk)
    page = account_page(qtbot, window, desk)
    chart = page.charts["mrr"]
    at = chart.dot_position("action", "2023-01-01").toPoint()
    qtbot.mouseClick(chart.plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert [row.category for row in page.action_table.selected_rows()] == ["Renewals"]
    first = page.action_table.view.visualRect(page.action_table.model.index(1, 0)).center()
    qtbot.mouseClick(page.action_table.view.viewport(), Qt.MouseButton.LeftButton, pos=first)
    assert [chart._selected for chart in page.charts.values()] == [frozenset({"2022-01-01"})] * 2


def test_the_as_of_line_can_be_dragged(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    plot = page.charts["quantity"].plot.viewport()
    here = QPoint(round(page.charts["quantity"].day_position(OCTOBER)), 60)
    there = QPoint(round(page.charts["quantity"].day_position(date(2022, 5, 1))), 60)
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=here)
    qtbot.mouseMove(plot, there)
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=there)
    settle(qtbot, window)
    assert abs((page.as_of.day - date(2022, 5, 1)).days) <= 2
    assert page.snapshot.as_of == page.as_of.day


def test_cards_lead_to_what_their_links_promise(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    page.cards["mrr"].link.click()
    settle(qtbot, window)
    assert isinstance(window.page, ActionsPage)
    assert window.page.tab == "mrr"
    page = account_page(qtbot, window, desk)
    page.cards["balance"].link.click()
    settle(qtbot, window)
    assert isinstance(window.page, ListPage)
    assert len(window.page.table.rows()) == 10
    assert window.page.table.sum_label.text() == "Total    Amount $1,000.00    Balance $1,000.00"


def test_the_browser_feeds_chart_and_table_from_one_query(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    renew(desk)
    page = open_page(qtbot, window, places.actions(id_of(desk, "Acme"), tab="amount"))
    assert isinstance(page, ActionsPage)
    assert texts(page.table) == [
        ["01 Jan 2023", "Renewals", "Licence", "Order 00000002 / 1", "+$1,200.00", "$2,400.00"],
        ["01 Jan 2022", "Initial Sale", "Licence", "Order 00000001 / 1", "+$1,200.00", "$1,200.00"],
    ]
    assert page.table.sum_label.text() == "Total    Δ Amount +$2,400.00"
    page.range.start_field.edit.selectAll()
    qtbot.keyClicks(page.range.start_field.edit, "2022-06-01")
    qtbot.keyClick(page.range.start_field.edit, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert [row.category for row in page.table.rows()] == ["Renewals"]
    assert [day for kind, _, day in page.chart.dots() if kind == "action"] == [date(2023, 1, 1)]
    page.table.select_ids([page.table.rows()[0].id])
    assert page.table.count_label.text() == "1 action · 1 selected"


def test_a_category_filters_the_browser(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    renew(desk)
    page = open_page(qtbot, window, places.actions(id_of(desk, "Acme")) + "&category=Renewals")
    assert page.category.currentText() == "Renewals"
    assert [row.category for row in page.table.rows()] == ["Renewals"]
    assert len(page.chart.series.actions) == 1


def test_actions_of_everyone_are_added_up(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    desk.do(sales.sell, Sell("Bolt", (SaleLine("LIC", Decimal(3), date(2022, 3, 1), term=12),), create=True))
    page = open_page(qtbot, window, places.actions(tab="mrr"))
    (line,) = page.chart.series.lines
    assert [(step.day, step.value) for step in line.steps] == [
        (JANUARY, Decimal("100.00")),
        (date(2022, 3, 1), Decimal("130.00")),
    ]


def test_an_action_tells_where_it_came_from(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    line = SaleLine("LIC", Decimal(2), OCTOBER, term=12, source=Source(work_order="WO-7", line="3"))
    desk.do(sales.sell, Sell("Acme", (line,)))
    action = desk.ask(list_actions, Find())[-1]
    page = open_page(qtbot, window, places.action(action.id))
    assert isinstance(page, ActionPage)
    assert page.facts.texts["Amount"] == "+$240.00"
    assert [row[:2] for row in texts(page.sources)] == [
        ["Order item", "00000002/1"],
        ["Work order line item", "WO-7/3"],
    ]
    page.follow(page.sources.rows()[0], "reference")
    settle(qtbot, window)
    assert isinstance(window.page, OrderPage)
    assert window.page.header.title == "Order 00000002"
    assert window.page.facts.texts["Total"] == "$240.00"


def test_an_invoice_shows_its_lines(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    listed = open_page(qtbot, window, "calm://invoices")
    assert [row[0] for row in texts(listed.table)][:2] == ["INV-000010", "INV-000009"]
    listed.table.row_activated.emit(listed.table.rows()[0])
    settle(qtbot, window)
    page = window.page
    assert isinstance(page, InvoicePage)
    assert page.facts.texts["Balance"] == "$100.00"
    assert [row[4:] for row in texts(page.lines)] == [
        ["01 Oct 2022", "31 Oct 2022", "10", "$10.00", "$100.00", "$100.00"]
    ]


def test_the_accounts_list_has_the_figures_of_a_day(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, "calm://accounts?asof=2023-02-01")
    assert texts(page.table)[0][-4:] == ["0", "$0.00", "$0.00", "$1,000.00"]
    page = open_page(qtbot, window, "calm://accounts")
    assert texts(page.table)[0][-4:] == ["10", "$1,200.00", "$100.00", "$1,000.00"]
    assert page.table.sum_label.text().endswith("MRR $100.00    Invoice line balance $1,000.00")


def test_several_currencies_are_one_figure_each(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    desk.do(catalogue.set_price, SetPrice("LIC", Decimal(9), JANUARY, "EUR"))
    line = SaleLine("LIC", Decimal(4), JANUARY, term=12)
    desk.do(sales.sell, Sell("Acme", (line,), currency="EUR"))
    page = account_page(qtbot, window, desk)
    assert figures(page)["mrr"] == ["$100.00", "€36.00"]
    assert figures(page)["quantity"] == ["10 in USD", "4 in EUR"]
    assert [line.label for line in page.charts["mrr"].series.lines] == ["MRR USD", "MRR EUR"]
    accounts = open_page(qtbot, window, "calm://accounts").table
    assert [(row.name, row.currency, row.quantity) for row in accounts.rows()] == [
        ("Acme", "USD", 10),
        ("Acme", "EUR", 4),
    ]
    assert accounts.count_label.text() == "1 account"
    assert "MRR €36.00 / $100.00" in accounts.sum_label.text()


def test_renewal_fields_are_shown_and_kept(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, places.asset(asset_id(desk)))
    page.tabs.show_tab("details")
    details = page.details
    assert not details.save.isEnabled()
    details.term.selectAll()
    qtbot.keyClicks(details.term, "two")
    assert details.rows[0].error == "“two” is not a number of months or years. Write it like 12."
    assert not details.save.isEnabled()
    details.term.selectAll()
    qtbot.keyClicks(details.term, "24")
    qtbot.mouseClick(details.save, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    head = desk.ask(show_asset, Look("Licence")).asset
    assert (head.renewal_term, head.renewal_term_unit) == (24, "months")
    details.term.selectAll()
    qtbot.keyClicks(details.term, "9999")
    qtbot.mouseClick(details.save, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert details.rows[0].error == "A term is 1 to 3,600 months or years, not 9999."


def test_a_name_that_means_nothing_is_told_and_nothing_else_is_shown(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    account_page(qtbot, window, desk)
    page = open_page(qtbot, window, "calm://account/Nobody")
    assert page.header.title == "Nothing here"
    assert page.trouble.text.text().startswith("There is no account 'Nobody'.")
    assert page.trouble.isVisible()


def test_a_fault_of_the_world_becomes_a_bar_with_words(
    qtbot: QtBot, window: MainWindow, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = account_page(qtbot, window, desk)

    def broken(*_: object) -> None:
        raise StoreFault("The disk is full. Make room and try again.")

    monkeypatch.setattr(desk, "ask", broken)
    page.refresh(None)
    settle(qtbot, window)
    assert window.banner.label.text() == "The disk is full. Make room and try again."
    assert figures(page)["mrr"] == ["$100.00"]


def test_the_roll_up_runs_when_the_window_opens(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    assert not desk.ask(rollup.is_due, None)


def test_the_search_finds_and_opens(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    window.palette_popup.popup("acm")
    qtbot.waitUntil(lambda: window.palette_popup.list.count() == 1, timeout=5_000)
    qtbot.keyClick(window.palette_popup.field, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert isinstance(window.page, AccountPage)
    assert window.recents[0] == ("Acme", places.account(id_of(desk, "Acme")))


@pytest.mark.parametrize(
    "kind", ["account", "asset", "actions", "accounts", "assets", "orders", "invoices", "invoice-lines"]
)
def test_no_text_is_cut_in_a_small_window(qtbot: QtBot, window: MainWindow, desk: Desk, kind: str) -> None:
    name = {"account": id_of(desk, "Acme"), "asset": asset_id(desk)}.get(kind, "")
    page = open_page(qtbot, window, str(Link(kind, name)))
    qtbot.wait(10)
    assert window.width() == 1280
    cut = [
        label.text()
        for label in window.findChildren(QLabel)
        if label.isVisible() and not isinstance(label, ElidedLabel) and not label.wordWrap()
        if label.width() < label.sizeHint().width()
    ]
    assert cut == []
    headers = [
        (table.model.columns[place].title, table.view.columnWidth(place))
        for table in page.findChildren(RecordTable)
        if table.isVisible()
        for place in table._visible()
        if table.view.columnWidth(place) < table.view.horizontalHeader().sectionSizeHint(place)
    ]
    assert headers == []


@pytest.mark.parametrize("what", ["account", "asset", "actions"])
@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_pictures_without_a_window(desk: Desk, tmp_path: Path, what: str, suffix: str) -> None:
    out = tmp_path / f"{what}{suffix}"
    pictures.picture(desk, what, "Acme" if what == "account" else "Licence", out, dark=suffix == ".svg")
    if suffix == ".png":
        assert out.read_bytes()[16:24] == (2880).to_bytes(4) + (1920).to_bytes(4)
    else:
        assert "Licence" in out.read_text()


def test_a_picture_of_nobody_is_refused(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="There is no account 'Nobody'"):
        pictures.picture(desk, "account", "Nobody", tmp_path / "nobody.png")
    assert list(tmp_path.glob("*.png")) == []


def test_the_main_pages_are_drawn(desk: Desk, tmp_path: Path) -> None:
    files = pictures.main_pages(desk, tmp_path / "pictures")
    assert [file.name for file in files] == [
        "home.png",
        "accounts.png",
        "report-movements.png",
        "account-light.png",
        "actions.png",
        "asset.png",
        "products.png",
        "invoices.png",
        "invoice.png",
        "paper-light.png",
        "wizard-renewal.png",
        "wizard-invoicing-light.png",
        "wizard-mapping.png",
        "report-categories.png",
        "account-dark.png",
        "paper-dark.png",
        "wizard-invoicing-dark.png",
    ]
    assert all(file.stat().st_size > 20_000 for file in files)


def test_an_order_takes_effect_step_by_step_where_nothing_flows_by_itself(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    desk.do(set_setting, SetSetting("auto-flow", "off"))
    desk.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(5), OCTOBER, term=12),), draft=True))
    page = open_page(qtbot, window, places.order("00000002"))
    for words, assets in (("Activate", []), ("Create assets", []), ("Create billing schedules", ["5"])):
        assert page.header.buttons[0].text() == words
        assert [row[3] for row in texts(page.assets)] == assets
        qtbot.mouseClick(page.header.buttons[0], Qt.MouseButton.LeftButton)
        settle(qtbot, window)
    owned = desk.ask(list_assets, Find())[-1]
    assert [item.total for item in desk.ask(show_asset, Look(owned.id)).billing.schedules] == [owned.amount]


def test_a_draft_invoice_is_posted(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    made = desk.do(invoices.run, RunInvoices(date(2022, 11, 1), draft=True)).invoices[0].invoice
    page = open_page(qtbot, window, places.invoice(made.id))
    assert (page.header.title, page.header.chips[0]) == ("Draft invoice", ("Draft", None))
    qtbot.mouseClick(page.header.buttons[-1], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.header.title == "INV-000011", timeout=5_000)
    assert [made.text() for made in page.header.buttons] == [
        "Paper…",
        "Void…",
        "Correct…",
        "Credit…",
        "Record payment…",
    ]
