"""A table of records: figures stand right, sort by value, filter, sum by currency, copy, export, remember."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QColor, QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from calm_desktop.engine.money import Currency, Money
from calm_desktop.formats.sheets import Price
from calm_desktop.ui import theme
from calm_desktop.ui.background import Background
from calm_desktop.ui.record_model import RecordModel
from calm_desktop.ui.record_table import PAD, ROW_HEIGHT, Column, ColumnKind, RecordTable
from calm_desktop.ui.windowed_rows import WindowedRows

USD, EUR = Currency("USD", 2), Currency("EUR", 2)
TODAY = date(2026, 11, 22)


@dataclass(frozen=True)
class Action:
    id: int
    day: date
    category: str
    asset: str
    source: str
    quantity: Decimal
    mrr: Money | None


ACTIONS = (
    Action(1, date(2025, 1, 1), "Initial Sale", "Licence & care", "Order 1", Decimal(40), Money(100_000, USD)),
    Action(2, date(2026, 8, 15), "Downsells", "Licence & care", "Order 2", Decimal(-10), Money(-26_000, USD)),
    Action(3, date(2027, 1, 1), "Renewals", "Gateway", "", Decimal(0), Money(7_800, EUR)),
    Action(4, date(2026, 1, 1), "Other", "=HYPERLINK(1)", "Order 4", Decimal("2.5"), None),
)
COLUMNS = (
    Column("day", "Date", lambda a: a.day, ColumnKind.DATE, 110),
    Column("category", "Category", lambda a: a.category, ColumnKind.CHIP, 110),
    Column("asset", "Asset", lambda a: a.asset, width=160),
    Column("source", "Source", lambda a: a.source, ColumnKind.LINK, 120),
    Column("quantity", "Δ Quantity", lambda a: a.quantity, ColumnKind.DELTA, 90, total=True),
    Column("mrr", "Δ MRR", lambda a: a.mrr, ColumnKind.DELTA, 110, total=True),
)


def make(qtbot: QtBot, settings: QSettings | None = None) -> RecordTable:
    table = RecordTable(
        COLUMNS, lambda a: a.id, "actions", settings, "Asset actions", "action", future=lambda a: a.day > TODAY
    )
    qtbot.addWidget(table)
    table.resize(900, 400)
    with qtbot.waitExposed(table):
        table.show()
    table.set_rows(ACTIONS)
    return table


def ids(table: RecordTable) -> list[int]:
    return [row.id for row in table.rows()]


def texts(table: RecordTable, column: str) -> list[str]:
    place = [c.key for c in COLUMNS].index(column)
    return [table.model.index(row, place).data() for row in range(table.model.rowCount())]


def cell(table: RecordTable, row: int, column: str) -> QPoint:
    place = [c.key for c in COLUMNS].index(column)
    rect = table.view.visualRect(table.model.index(row, place))
    return QPoint(rect.left() + PAD + 4, rect.center().y())


def header(table: RecordTable, column: str) -> QPoint:
    place = [c.key for c in COLUMNS].index(column)
    head = table.view.horizontalHeader()
    return QPoint(head.sectionViewportPosition(place) + 12, head.height() // 2)


def test_the_model_keeps_every_promise_that_qt_asks_of_one(qtmodeltester: ModelTester) -> None:
    model = RecordModel(COLUMNS, lambda a: a.id)
    model.set_rows(ACTIONS)
    qtmodeltester.check(model)
    model.set_sort("mrr", descending=True)
    qtmodeltester.check(model)
    model.set_filter("licence")
    qtmodeltester.check(model)


def test_cells_read_as_figures_and_figures_stand_right(qtbot: QtBot) -> None:
    table = make(qtbot)
    assert texts(table, "mrr") == ["+$1,000.00", "\u2212$260.00", "+€78.00", "–"]
    assert texts(table, "quantity") == ["+40", "\u221210", "0", "+2.5"]
    assert texts(table, "day") == ["01 Jan 2025", "15 Aug 2026", "01 Jan 2027", "01 Jan 2026"]
    right = table.model.index(0, 5).data(Qt.ItemDataRole.TextAlignmentRole)
    assert right & Qt.AlignmentFlag.AlignRight
    assert not table.model.index(0, 2).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight


def test_a_click_on_a_head_sorts_by_value_and_what_is_absent_comes_last(qtbot: QtBot) -> None:
    table = make(qtbot)
    viewport = table.view.horizontalHeader().viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=header(table, "quantity"))
    assert ids(table) == [2, 3, 4, 1]
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=header(table, "quantity"))
    assert ids(table) == [1, 4, 3, 2]
    assert table.model.headerData(4, Qt.Orientation.Horizontal) == "Δ Quantity  ↓"
    table.sort_by("mrr")
    assert ids(table) == [3, 2, 1, 4]
    table.sort_by("mrr", descending=True)
    assert ids(table) == [1, 2, 3, 4]


def test_ctrl_f_filters_by_words_anywhere(qtbot: QtBot) -> None:
    table = make(qtbot)
    table.view.setFocus()
    qtbot.keyClick(table.view, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert table.filter_field.hasFocus()
    qtbot.keyClicks(table.filter_field, "licence 2026")
    qtbot.waitUntil(lambda: ids(table) == [2])
    assert table.count_label.text() == "1 action of 4"
    table.set_filter("1000.00")
    assert ids(table) == [1]
    table.set_filter("nothing like it")
    assert table.empty.isVisible()
    assert table.empty.text.text() == "No match for “nothing like it”."
    table.set_filter("")
    assert ids(table) == [1, 2, 3, 4]


def test_the_footer_sums_what_is_shown_or_selected_by_currency(qtbot: QtBot) -> None:
    table = make(qtbot)
    assert table.count_label.text() == "4 actions"
    assert table.sum_label.text() == "Total    Δ Quantity +32.5    Δ MRR +€78.00 / +$740.00"
    table.set_filter("licence")
    assert table.sum_label.text() == "Total    Δ Quantity +30    Δ MRR +$740.00"
    qtbot.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, pos=cell(table, 1, "asset"))
    assert table.count_label.text() == "2 actions of 4 · 1 selected"
    assert table.sum_label.text() == "Selected    Δ Quantity \u221210    Δ MRR \u2212$260.00"


def test_a_person_s_choice_of_rows_is_told_and_the_program_s_is_not(qtbot: QtBot) -> None:
    table, told = make(qtbot), []
    table.selection_changed.connect(told.append)
    viewport = table.view.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=cell(table, 1, "asset"))
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, cell(table, 2, "asset"))
    assert told == [[2], [2, 3]]
    table.select_ids([1, 4, 99])
    assert table.selected_ids() == [1, 4]
    assert told == [[2], [2, 3]]


def test_what_is_selected_stays_so_through_sorting_and_new_rows(qtbot: QtBot) -> None:
    table, told = make(qtbot), []
    table.select_ids([2])
    table.selection_changed.connect(told.append)
    table.sort_by("quantity")
    assert table.selected_ids() == [2]
    table.set_rows(ACTIONS[1:])
    assert table.selected_ids() == [2]
    assert told == []


def test_a_link_in_a_cell_opens_and_an_empty_one_does_not(qtbot: QtBot) -> None:
    table = make(qtbot)
    with qtbot.waitSignal(table.link_activated) as told:
        qtbot.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, pos=cell(table, 1, "source"))
    assert told.args == [ACTIONS[1], "source"]
    with qtbot.assertNotEmitted(table.link_activated):
        qtbot.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, pos=cell(table, 2, "source"))
        qtbot.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, pos=cell(table, 1, "asset"))


def test_enter_opens_the_row(qtbot: QtBot) -> None:
    table = make(qtbot)
    qtbot.mouseClick(table.view.viewport(), Qt.MouseButton.LeftButton, pos=cell(table, 2, "asset"))
    with qtbot.waitSignal(table.row_activated) as told:
        qtbot.keyClick(table.view, Qt.Key.Key_Return)
    assert told.args == [ACTIONS[2]]


def test_the_future_is_grey_and_a_fall_is_red(qtbot: QtBot) -> None:
    table = make(qtbot)
    image = table.view.viewport().grab().toImage()

    def darkest(row: int, column: str) -> QColor:
        rect = table.view.visualRect(table.model.index(row, [c.key for c in COLUMNS].index(column)))
        colours = [image.pixelColor(x, y) for x in range(rect.left(), rect.right())
                   for y in range(rect.top(), rect.bottom() - 1)]  # fmt: skip
        return min(colours, key=lambda colour: colour.lightness())

    assert darkest(0, "asset").lightness() < 50
    assert darkest(2, "asset").lightness() > 60
    red = darkest(1, "quantity")
    assert red.red() - red.blue() > 100


@pytest.mark.parametrize("height", range(300, 332, 5))
def test_no_row_is_cut_at_the_foot(qtbot: QtBot, height: int) -> None:
    table = make(qtbot)
    table.set_rows([replace(ACTIONS[0], id=number) for number in range(50)])
    table.resize(700, height)
    qtbot.waitUntil(lambda: table.height() == height)
    assert table.view.viewport().height() % ROW_HEIGHT == 0
    assert table.view.geometry().bottom() <= table.count_label.y()


def test_copies_are_tab_separated_with_bare_figures_and_iso_days(qtbot: QtBot) -> None:
    table = make(qtbot)
    table.select_ids([1, 2])
    qtbot.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == (
        "2025-01-01\tInitial Sale\tLicence & care\tOrder 1\t40\t1000.00\n"
        "2026-08-15\tDownsells\tLicence & care\tOrder 2\t-10\t-260.00\n"
    )
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(table.view, Qt.Key.Key_C, both)
    assert QGuiApplication.clipboard().text().splitlines()[0] == (
        "Date\tCategory\tAsset\tSource\tΔ Quantity\tΔ MRR (USD)"
    )


def test_an_exported_file_names_currencies_and_runs_no_formula(qtbot: QtBot, tmp_path: Path) -> None:
    table = make(qtbot)
    table.show_column("category", False)
    table.export_csv(tmp_path / "actions.csv")
    assert (tmp_path / "actions.csv").read_bytes() == (
        "\ufeffDate,Asset,Source,Δ Quantity,Δ MRR,Δ MRR currency\r\n"
        "2025-01-01,Licence & care,Order 1,40,1000.00,USD\r\n"
        "2026-08-15,Licence & care,Order 2,-10,-260.00,USD\r\n"
        "2027-01-01,Gateway,,0,78.00,EUR\r\n"
        "2026-01-01,'=HYPERLINK(1),Order 4,2.5,,\r\n"
    ).encode()


def test_an_exported_workbook_holds_numbers_and_days(qtbot: QtBot, tmp_path: Path) -> None:
    table = make(qtbot)
    table.show_column("category", False)
    table.export_xlsx(tmp_path / "actions.xlsx")
    assert table.count_label.text() == f"Written to {tmp_path / 'actions.xlsx'}"
    [sheet] = load_workbook(tmp_path / "actions.xlsx").worksheets
    assert sheet.title == "Actions"
    assert list(sheet.values) == [
        ("Date", "Asset", "Source", "Δ Quantity", "Δ MRR", "Δ MRR currency"),
        (datetime(2025, 1, 1), "Licence & care", "Order 1", 40, 1000, "USD"),
        (datetime(2026, 8, 15), "Licence & care", "Order 2", -10, -260, "USD"),
        (datetime(2027, 1, 1), "Gateway", None, 0, 78, "EUR"),
        (datetime(2026, 1, 1), "=HYPERLINK(1)", "Order 4", 2.5, None, None),
    ]
    assert sheet["B5"].data_type == "s"
    assert [sheet[cell].number_format for cell in ("E2", "E4")] == ["[$USD] #,##0.00", "[$EUR] #,##0.00"]


def test_unit_prices_are_exported_with_their_currency(qtbot: QtBot, tmp_path: Path) -> None:
    columns = (Column("price", "Price", lambda price: price, ColumnKind.QUANTITY),)
    table = RecordTable(columns, lambda price: price, "prices", noun="price")
    qtbot.addWidget(table)
    table.set_rows([Price(Decimal(10), USD), Price(Decimal("0.125"), USD)])
    table.export_csv(tmp_path / "prices.csv")
    assert (tmp_path / "prices.csv").read_text("utf-8-sig").splitlines() == ["Price (USD)", "10.00", "0.125"]


def test_values_of_no_common_kind_are_exported_as_they_are_shown(qtbot: QtBot, tmp_path: Path) -> None:
    columns = (Column("span", "Span", lambda span: span, text=lambda span: f"{span[0]} to {span[1]}"),)
    table = RecordTable(columns, lambda span: span, "spans")
    qtbot.addWidget(table)
    table.set_rows([(1, 12)])
    table.export_csv(tmp_path / "spans.csv")
    assert (tmp_path / "spans.csv").read_text("utf-8-sig").splitlines() == ["Span", "1 to 12"]


@pytest.mark.parametrize("menu", ["export_menu", "context_menu"])
@pytest.mark.parametrize("kind", ["CSV", "XLSX"])
def test_the_export_button_and_a_right_click_offer_both_kinds(
    qtbot: QtBot, tmp_path: Path, menu: str, kind: str
) -> None:
    table = make(qtbot)
    offered = getattr(table, menu)()
    [action] = [action for action in offered.actions() if action.text() == f"Export as {kind}…"]
    action.trigger()
    offered.deleteLater()
    [dialog] = table.findChildren(QFileDialog)
    assert dialog.defaultSuffix() == kind.lower()
    file = tmp_path / f"chosen.{kind.lower()}"
    dialog.fileSelected.emit(str(file))
    assert file.read_bytes().startswith(b"\xef\xbb\xbfDate,Category" if kind == "CSV" else b"PK")
    dialog.close()


def test_rows_of_a_page_are_exported_beside_the_window(qtbot: QtBot, background: Background, tmp_path: Path) -> None:
    table = RecordTable(COLUMNS, lambda a: a.id, "actions", noun="action", background=background)
    qtbot.addWidget(table)
    table.set_rows(ACTIONS)
    table.export_xlsx(tmp_path / "actions.xlsx")
    assert table.count_label.text() == f"Writing {tmp_path / 'actions.xlsx'}"
    qtbot.waitUntil(lambda: table.count_label.text() == f"Written to {tmp_path / 'actions.xlsx'}")
    assert load_workbook(tmp_path / "actions.xlsx")["Actions"]["C2"].value == "Licence & care"


def test_windowed_rows_are_exported_whole(qtbot: QtBot, background: Background, tmp_path: Path) -> None:
    table, asked = make(qtbot), list[int]()
    table.set_rows(windowed(background, 1_000, asked))
    table.export_xlsx(tmp_path / "actions.xlsx")
    qtbot.waitUntil(lambda: table.count_label.text().startswith("Written"))
    sheet = load_workbook(tmp_path / "actions.xlsx")["Actions"]
    assert (sheet.max_row, sheet["C1001"].value) == (1_001, "Asset 1000")


def test_a_file_that_cannot_be_written_is_told_in_words(qtbot: QtBot, tmp_path: Path) -> None:
    table = make(qtbot)
    table.export_csv(tmp_path / "missing" / "actions.csv")
    reason = "No such file or directory. Choose another place, or make room."
    assert table.count_label.text() == f"{tmp_path / 'missing' / 'actions.csv'} cannot be written: {reason}"


def test_order_widths_sorting_and_filter_come_back(qtbot: QtBot, settings: QSettings) -> None:
    table = make(qtbot, settings)
    head = table.view.horizontalHeader()
    head.moveSection(head.visualIndex(5), 0)
    head.resizeSection(2, 300)
    wide = table._widths["asset"]
    table.show_column("source", False)
    table.sort_by("day", descending=True)
    table.set_filter("licence")
    again = make(qtbot, settings)
    assert [column.key for column in again.shown_columns()] == ["mrr", "day", "category", "asset", "quantity"]
    assert again._widths["asset"] == wide
    assert wide > 160
    assert ids(again) == [2, 1]
    assert again.filter_field.text() == "licence"


def test_settings_of_an_older_program_do_no_harm(qtbot: QtBot, settings: QSettings) -> None:
    settings.setValue("tables/actions", '{"order": ["gone", "mrr"], "hidden": ["gone"], "widths": {"gone": 5}}')
    table = make(qtbot, settings)
    assert table.shown_columns()[0].key == "mrr"
    settings.setValue("tables/actions", "not json")
    assert len(make(qtbot, settings).shown_columns()) == 6


def test_the_chooser_hides_columns_but_never_the_last(qtbot: QtBot) -> None:
    table = make(qtbot)
    menu = table.column_menu()
    for action in menu.actions():
        action.trigger()
    assert [column.key for column in table.shown_columns()] == ["mrr"]
    menu.deleteLater()


def test_columns_fill_the_width_and_texts_give_way_first(qtbot: QtBot) -> None:
    table = make(qtbot)
    view = table.view

    def widths() -> dict[str, int]:
        return {column.key: view.columnWidth(place) for place, column in enumerate(COLUMNS)}

    assert sum(widths().values()) == view.viewport().width()
    long_name = "A customer's asset with a rather long name"
    table.set_rows([Action(1, TODAY, "Upsells", long_name, "Order 17", Decimal(1), Money(100_000, USD))])
    table.resize(660, 400)
    figures = QFontMetrics(theme.font(figures=True))
    qtbot.waitUntil(lambda: widths()["asset"] < figures.horizontalAdvance(long_name))
    for key, text in {"mrr": "+$1,000.00", "day": "15 Aug 2026", "source": "Order 17"}.items():
        assert widths()[key] >= figures.horizontalAdvance(text) + 2 * PAD
    assert sum(widths().values()) <= view.viewport().width()


def test_a_table_too_narrow_for_its_texts_scrolls_and_cuts_none(qtbot: QtBot) -> None:
    table = make(qtbot)
    table.resize(420, 400)
    asset = next(place for place, column in enumerate(COLUMNS) if column.key == "asset")
    name = QFontMetrics(theme.font(figures=True)).horizontalAdvance("=HYPERLINK(1)")
    qtbot.waitUntil(lambda: table.view.horizontalScrollBar().maximum() > 0)
    assert table.view.columnWidth(asset) >= name + 2 * PAD


def test_no_text_is_cut_where_the_room_is_enough_for_all(qtbot: QtBot) -> None:
    table = make(qtbot)
    name = "A customer's asset with a rather long name of its own"
    table.set_rows([Action(1, TODAY, "Upsells", name, "Order 1", Decimal(1), Money(100, USD))])
    asset = next(place for place, column in enumerate(COLUMNS) if column.key == "asset")
    wanted = min(2 * 160, QFontMetrics(theme.font(figures=True)).horizontalAdvance(name) + 2 * PAD)
    assert table.view.columnWidth(asset) >= wanted


def test_a_width_that_was_chosen_stays_whatever_the_rows_hold(qtbot: QtBot) -> None:
    table = make(qtbot)
    asset = next(place for place, column in enumerate(COLUMNS) if column.key == "asset")
    table.view.setColumnWidth(asset, 60)
    chosen = table._widths["asset"]
    table.set_rows([Action(1, TODAY, "Upsells", "x" * 60, "Order 1", Decimal(1), Money(100, USD))])
    assert table._widths["asset"] == chosen < 160


def test_rows_have_one_height_whatever_they_hold(qtbot: QtBot) -> None:
    table = make(qtbot)
    assert {table.view.rowHeight(row) for row in range(4)} == {32}


def test_a_hundred_thousand_rows_can_be_sorted_filtered_and_selected(qtbot: QtBot) -> None:
    table = make(qtbot)
    many = [
        Action(n, date(2025, 1, 1), "Upsells", f"Asset {n % 977}", "Order", Decimal(n % 31), Money(n * 7 % 9973, USD))
        for n in range(100_000)
    ]
    table.set_rows(many)
    table.sort_by("mrr")
    table.set_filter("asset 12")
    table.set_filter("")
    table.view.selectAll()
    table.view.viewport().grab()
    assert len(table.selected_ids()) == 100_000
    table.view.scrollToBottom()
    assert table.view.indexAt(QPoint(20, table.view.viewport().height() - 8)).row() == 99_999


@pytest.mark.parametrize("text", ["+1", "-1", "@x", "\tx", "=1+1", "\u22121"])
def test_no_text_is_taken_for_a_formula(qtbot: QtBot, text: str) -> None:
    table = make(qtbot)
    table.set_rows([Action(9, TODAY, "Other", text, "", Decimal(1), None)])
    table.copy()
    assert f"\t'{text}\t" in QGuiApplication.clipboard().text().replace('"', "")


def windowed(background: Background, number: int, asked: list[int]) -> WindowedRows:
    def fetch(ids: Sequence[Hashable]) -> list[Action]:
        asked.append(len(ids))
        return [Action(int(str(n)), TODAY, "Upsells", f"Asset {n}", "", Decimal(1), None) for n in ids]

    return WindowedRows(range(1, number + 1), fetch, background)


def test_a_million_rows_come_in_windows_as_they_are_looked_at(qtbot: QtBot, background: Background) -> None:
    table, asked = make(qtbot), list[int]()
    table.set_rows(windowed(background, 1_000_000, asked))
    qtbot.waitUntil(lambda: texts_at(table, 0) == "Asset 1")
    table.view.scrollToBottom()
    qtbot.waitUntil(lambda: texts_at(table, 999_999) == "Asset 1000000")
    table.view.selectAll()
    assert table.count_label.text() == "1,000,000 actions · 1,000,000 selected"
    assert sum(asked) < 3_000


def texts_at(table: RecordTable, row: int) -> str:
    return str(table.model.index(row, 2).data() or "")


def test_the_order_of_windowed_rows_is_asked_of_who_gives_them(qtbot: QtBot, background: Background) -> None:
    table, asked = make(qtbot), list[int]()
    table.set_rows(windowed(background, 1_000, asked))
    with qtbot.waitSignal(table.order_requested) as told:
        table.sort_by("asset", descending=True)
    assert told.args == ["asset", True, ""]
    with qtbot.waitSignal(table.order_requested) as told:
        table.set_filter("Asset 7")
    assert told.args == ["asset", True, "asset 7"]


def test_windowed_rows_are_copied_whole(qtbot: QtBot, background: Background) -> None:
    table, asked = make(qtbot), list[int]()
    table.set_rows(windowed(background, 1_000, asked))
    table.select_ids([3, 900])
    QGuiApplication.clipboard().clear()
    table.copy()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() != "")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t")[2] for line in lines] == ["Asset 3", "Asset 900"]


def test_the_model_of_windowed_rows_keeps_qt_s_promises(qtmodeltester: ModelTester, background: Background) -> None:
    model = RecordModel(COLUMNS, lambda a: a.id)
    model.set_rows(windowed(background, 1_000, []))
    qtmodeltester.check(model)
