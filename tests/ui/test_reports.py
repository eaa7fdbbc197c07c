"""Reports in the window: chart and table from one answer, and a click opens what sums to the mark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from calm_desktop.engine.catalog import Kind, SellingModel
from calm_desktop.engine.money import Money
from calm_desktop.services.desk import Desk
from calm_desktop.ui import places, theme
from calm_desktop.ui.background import Background
from calm_desktop.ui.links import Link
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.pages.report_kinds import SHOWN
from calm_desktop.ui.pages.reports import ReportPage
from calm_desktop.ui.record_model import sums
from calm_desktop.ui.report_chart import INKS
from tests.trade import Trade, day
from tests.ui.window_desk import open_page, opened_window, settle

IN_2022 = {"from": "2022-01-01", "to": "2022-12-31"}
CHARTS = [name for name, shown in SHOWN.items() if shown.plot is not None and name != "usage"]


@pytest.fixture
def desk(trade: Trade) -> Desk:
    """Acme: ten licences for 2022, a platform from March to September. Beta: five licences from February to July.
    Gamma: in euros, three licences from April on.
    """
    trade.product("LIC", "10")
    trade.product("PLAT", "500", SellingModel.EVERGREEN)
    trade.product("ROUTER", "250", SellingModel.ONE_TIME, kind=Kind.PHYSICAL)
    trade.on("2022-01-01").sell("Acme", "LIC", "10", "2022-01-01", term=12)
    trade.on("2022-02-01").sell("Beta", "LIC", "5", "2022-02-01", term=6)
    trade.on("2022-03-01").sell("Acme", "PLAT", "1", "2022-03-01")
    trade.on("2022-04-01").sell("Gamma", "LIC", "3", "2022-04-01", term=12, currency="EUR", price="9")
    trade.on("2022-06-20").cancel("AST-000003", "2022-10-01")
    trade.on("2022-07-01").invoice("2022-07-01")
    return trade.desk.on(day("2022-12-15"))


@pytest.fixture
def window(qtbot: QtBot, desk: Desk, background: Background, settings: QSettings) -> Iterator[MainWindow]:
    yield from opened_window(qtbot, desk, background, settings)


def page_of(qtbot: QtBot, window: MainWindow, name: str, **parameters: str) -> ReportPage:
    page = open_page(qtbot, window, str(Link.parse(places.report(name)).with_parameters(**parameters)))
    assert isinstance(page, ReportPage)
    return page


def column_total(page: ReportPage, key: str) -> list[Any]:
    """The table's sum of a column."""
    column = next(each for each in page.table.model.columns if each.key == key)
    return list(sums(column, page.table.rows()))


def test_the_list_opens_each_report(qtbot: QtBot, window: MainWindow) -> None:
    page = open_page(qtbot, window, places.reports())
    assert [row.name for row in page.table.rows()] == list(SHOWN)
    page.table.row_activated.emit(page.table.rows()[1])
    settle(qtbot, window)
    assert window.link == places.report(page.table.rows()[1].name)
    assert window.header.title.text() == "MRR movements"


def test_the_waterfall_is_the_sum_of_the_tables_periods(qtbot: QtBot, window: MainWindow) -> None:
    page = page_of(qtbot, window, "mrr-movements", currency="USD")
    rows, marks = page.table.rows(), page.chart.plot.marks if page.chart.plot else ()
    assert [str(mark.value) for mark in marks] == ["0.00", "150.00", "500.00", "-500.00", "-50.00", "0.00", "100.00"]
    assert (marks[0].value, marks[-1].value) == (rows[0].opening, rows[-1].closing)
    for mark, key in zip(marks[1:-1], ("new", "expansion", "contraction", "churn", "reactivation"), strict=True):
        assert column_total(page, key) == [mark.value]
        assert (mark.start < mark.end) == (mark.value.minor > 0)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", CHARTS)
def test_a_click_on_a_mark_opens_what_sums_to_it(qtbot: QtBot, window: MainWindow, name: str) -> None:
    parameters = {"to": "2023-03-31"} if name == "retention" else {"currency": "USD"}
    page = page_of(qtbot, window, name, **parameters)
    assert page.chart.plot is not None
    checked = 0
    for place, mark in enumerate(page.chart.plot.marks):
        qtbot.mouseClick(page.chart, Qt.MouseButton.LeftButton, pos=page.chart.box(place).center().toPoint())
        settle(qtbot, window)
        if isinstance(mark.value, Money) and mark.value.minor:
            assert any(mark.value in sums(each, page.table.rows()) for each in page.table.model.columns if each.total)
            checked += 1
        assert mark.words
    assert checked or name in ("retention", "cohorts")


@pytest.mark.parametrize("width", [900, 260, 200])
def test_the_steps_of_a_narrow_chart_do_not_run_into_each_other(qtbot: QtBot, window: MainWindow, width: int) -> None:
    page = page_of(qtbot, window, "top-accounts", currency="USD")
    page.chart.resize(width, 240)
    labels = page.chart.step_labels()
    assert labels[0][1] == "$0"
    assert all(left.right() < right.left() for (left, _), (right, _) in pairwise(labels))
    assert labels[-1][0].right() <= width
    middles = [box.center().x() for box, _ in labels[:-1]]
    apart = [right - left for left, right in pairwise(middles)]
    assert apart == pytest.approx(apart[:1] * len(apart))


def test_one_currency_is_shown_and_another_can_be_chosen(qtbot: QtBot, window: MainWindow) -> None:
    page = page_of(qtbot, window, "categories")
    assert [page.currency.itemText(place) for place in range(page.currency.count())] == ["EUR", "USD"]
    page.currency.setCurrentText("EUR")
    page.currency.activated.emit(0)
    settle(qtbot, window)
    assert {row.currency for row in page.table.rows()} == {"EUR"}
    assert column_total(page, "amount") == [mark.value for mark in page.chart.plot.marks]  # type: ignore[union-attr]
    assert "currency=EUR" in window.link


def test_a_report_is_grouped_and_the_chart_shows_the_group_that_is_chosen(qtbot: QtBot, window: MainWindow) -> None:
    page = page_of(qtbot, window, "mrr-movements", currency="USD", by="year", **IN_2022)
    words = [page.group_by.itemText(place) for place in range(page.group_by.count())]
    assert words == ["Not grouped", "Grouped by Account", "Grouped by Product", "Grouped by Kind"]
    assert not page.group.isVisible()
    page.group_by.setCurrentText("Grouped by Product")
    page.group_by.activated.emit(2)
    settle(qtbot, window)
    assert "group-by=product" in window.link
    shown = [(row.group, row.period, str(row.new), str(row.closing)) for row in page.table.rows()]
    assert shown == [
        ("LIC", "2022", "150.00", "100.00"),
        ("PLAT", "2022", "500.00", "0.00"),
    ]
    assert [page.group.itemText(place) for place in range(page.group.count())] == ["Chart: LIC", "Chart: PLAT"]
    assert [str(mark.value) for mark in page.chart.plot.marks][1] == "150.00"  # type: ignore[union-attr]
    page.group.setCurrentIndex(1)
    page.group.activated.emit(1)
    assert "group=PLAT" in window.link
    assert [str(mark.value) for mark in page.chart.plot.marks][1] == "500.00"  # type: ignore[union-attr]
    page.look_into(page.chart.plot.marks[1].target)  # type: ignore[union-attr, arg-type]
    settle(qtbot, window)
    assert [(row.product if hasattr(row, "product") else "", str(row.change)) for row in page.table.rows()] == [
        ("PLAT", "500.00")
    ]
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert [row.group for row in page.table.rows()] == ["LIC", "PLAT"]
    page.group_by.setCurrentIndex(0)
    page.group_by.activated.emit(0)
    settle(qtbot, window)
    assert [(str(row.new), str(row.expansion)) for row in page.table.rows()] == [("150.00", "500.00")]


def test_filters_days_and_periods_ask_again(qtbot: QtBot, window: MainWindow) -> None:
    page = page_of(qtbot, window, "mrr-movements", **IN_2022)
    assert len(page.table.rows()) == 12
    page.by.setCurrentIndex(1)
    page.by.activated.emit(1)
    settle(qtbot, window)
    assert [row.period for row in page.table.rows()] == ["2022-Q1", "2022-Q2", "2022-Q3", "2022-Q4"]
    qtbot.keyClicks(page.account, "Beta")
    qtbot.keyClick(page.account, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert [str(row.closing) for row in page.table.rows()] == ["50.00", "50.00", "0.00", "0.00"]
    assert "by=quarter" in window.link
    assert "account=Beta" in window.link


def test_keys_walk_the_marks_and_escape_leads_back(qtbot: QtBot, window: MainWindow) -> None:
    page = page_of(qtbot, window, "mrr-movements", currency="USD")
    report = page.table
    page.chart.setFocus()
    for _ in range(2):
        qtbot.keyClick(page.chart, Qt.Key.Key_Right)
    assert page.chart.accessibleDescription().startswith("New, ")
    qtbot.keyClick(page.chart, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert page.table is not report
    assert page.table.title.text().endswith(": $150.00")
    qtbot.keyClick(page.chart, Qt.Key.Key_Escape)
    assert page.table is report


def test_a_renewal_starts_from_the_work_list(qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_of(qtbot, window, "renewals-due")
    (row,) = page.table.rows()
    assert row.account == "Acme"
    assert page.chart.isHidden()
    started: list[tuple[str, dict[str, Any]]] = []
    started_by = replace(page.context, start_wizard=lambda name, **more: started.append((name, more)))
    monkeypatch.setattr(page, "context", started_by)
    page.table.row_activated.emit(row)
    assert started == [("renewal", {"account": row.account_id, "assets": (row.asset_id,)})]


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK, theme.HIGH_CONTRAST])
def test_marks_stand_out_from_their_ground(scheme: theme.Tokens) -> None:
    for ink in INKS:
        for ground in (scheme.page, scheme.surface):
            assert theme.contrast(getattr(scheme, ink), ground) >= 3
