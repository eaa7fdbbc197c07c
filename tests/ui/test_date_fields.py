"""Days and ranges, typed, moved by keys, picked."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QApplication, QTableView
from pytestqt.qtbot import QtBot

from calm_desktop.ui.date_fields import DateField, RangeBar, SegmentedControl

TODAY = date(2026, 11, 22)


def make_field(qtbot: QtBot, **options: object) -> DateField:
    field = DateField(date(2022, 1, 31), TODAY, **options)  # type: ignore[arg-type]
    qtbot.addWidget(field)
    with qtbot.waitExposed(field):
        field.show()
    return field


def type_day(qtbot: QtBot, field: DateField, text: str) -> None:
    field.edit.selectAll()
    qtbot.keyClicks(field.edit, text)
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)


def test_a_typed_day_is_taken_and_told_once(qtbot: QtBot) -> None:
    field = make_field(qtbot)
    told: list[object] = []
    field.date_changed.connect(told.append)
    type_day(qtbot, field, "2027-03-01")
    type_day(qtbot, field, "1 mar 2027")
    assert told == [date(2027, 3, 1)]
    assert field.edit.text() == "01 Mar 2027"


def test_a_day_that_does_not_exist_is_refused_by_the_field(qtbot: QtBot) -> None:
    field = make_field(qtbot)
    told: list[object] = []
    field.date_changed.connect(told.append)
    type_day(qtbot, field, "30 Feb 2027")
    assert told == []
    assert field.day == date(2022, 1, 31)
    assert field.note.isVisible()
    assert field.note.text() == "There is no day “30 Feb 2027”. Choose one that exists."
    type_day(qtbot, field, "28 Feb 2027")
    assert field.error == ""
    assert not field.note.isVisible()
    assert told == [date(2027, 2, 28)]


def test_an_optional_day_may_be_taken_away(qtbot: QtBot) -> None:
    field = make_field(qtbot, optional=True)
    with qtbot.waitSignal(field.date_changed) as told:
        type_day(qtbot, field, " ")
    assert told.args == [None]
    needed = make_field(qtbot)
    type_day(qtbot, needed, " ")
    assert needed.error == "Enter a day, such as 31 Jan 2027."


@pytest.mark.parametrize(
    ("key", "day"),
    [
        (Qt.Key.Key_Up, date(2022, 2, 1)),
        (Qt.Key.Key_Down, date(2022, 1, 30)),
        (Qt.Key.Key_PageUp, date(2022, 2, 28)),
        (Qt.Key.Key_PageDown, date(2021, 12, 31)),
    ],
)
def test_keys_move_a_day_or_a_month(qtbot: QtBot, key: Qt.Key, day: date) -> None:
    field = make_field(qtbot)
    with qtbot.waitSignal(field.date_changed) as told:
        qtbot.keyClick(field.edit, key)
    assert told.args == [day]


def test_a_day_is_picked_in_the_calendar(qtbot: QtBot) -> None:
    field = make_field(qtbot)
    qtbot.keyClick(field.edit, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    popup = field.calendar
    assert popup is not None
    assert QApplication.activePopupWidget() is popup
    assert popup.days.selectedDate() == QDate(2022, 1, 31)
    grid = popup.days.findChild(QTableView)
    with qtbot.waitSignal(field.date_changed) as told:
        qtbot.keyClick(grid, Qt.Key.Key_Left)
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert told.args == [date(2022, 1, 30)]
    assert QApplication.activePopupWidget() is None


def test_escape_leaves_the_day_as_it_was(qtbot: QtBot) -> None:
    field = make_field(qtbot)
    with qtbot.assertNotEmitted(field.date_changed):
        qtbot.keyClick(field.edit, Qt.Key.Key_F4)
        assert field.calendar is not None
        qtbot.keyClick(field.calendar, Qt.Key.Key_Escape)
    assert not field.calendar.isVisible()


def test_a_day_set_by_the_program_is_told_nobody(qtbot: QtBot) -> None:
    field = make_field(qtbot)
    with qtbot.assertNotEmitted(field.date_changed):
        field.set_day(date(2030, 1, 1))
    assert field.day == date(2030, 1, 1)


def test_one_choice_is_on_and_arrows_walk_them(qtbot: QtBot) -> None:
    choices = SegmentedControl(["3M", "6M", "All"], "All")
    told: list[object] = []
    qtbot.addWidget(choices)
    with qtbot.waitExposed(choices):
        choices.show()
    choices.chosen.connect(told.append)
    qtbot.mouseClick(choices.buttons["3M"], Qt.MouseButton.LeftButton)
    assert choices.current == "3M"
    qtbot.keyClick(choices, Qt.Key.Key_Right)
    assert choices.current == "6M"
    assert told == ["3M", "6M"]


def make_bar(qtbot: QtBot) -> tuple[RangeBar, list[tuple[date, date]]]:
    bar = RangeBar(TODAY, (date(2022, 1, 1), date(2027, 12, 31)))
    qtbot.addWidget(bar)
    with qtbot.waitExposed(bar):
        bar.show()
    told: list[tuple[date, date]] = []
    bar.range_changed.connect(lambda start, end: told.append((start, end)))
    return bar, told


@pytest.mark.parametrize(
    ("preset", "start", "end"),
    [
        ("3M", date(2026, 8, 23), TODAY),
        ("6M", date(2026, 5, 23), TODAY),
        ("1Y", date(2025, 11, 23), TODAY),
        ("2Y", date(2024, 11, 23), TODAY),
        ("All", date(2022, 1, 1), date(2027, 12, 31)),
    ],
)
def test_a_preset_ends_today_and_all_is_the_whole_life(qtbot: QtBot, preset: str, start: date, end: date) -> None:
    bar, told = make_bar(qtbot)
    qtbot.mouseClick(bar.presets.buttons[preset], Qt.MouseButton.LeftButton)
    assert told == [(start, end)]
    assert bar.range == (start, end)


def test_free_days_switch_the_presets_off(qtbot: QtBot) -> None:
    bar, told = make_bar(qtbot)
    type_day(qtbot, bar.start_field, "2023-05-01")
    assert told == [(date(2023, 5, 1), date(2027, 12, 31))]
    assert bar.preset == ""


def test_a_range_that_ends_before_it_begins_is_refused_in_words(qtbot: QtBot) -> None:
    bar, told = make_bar(qtbot)
    type_day(qtbot, bar.start_field, "2028-01-01")
    assert told == []
    assert bar.error.text() == "The first day is after the last."
    type_day(qtbot, bar.end_field, "2028-02-01")
    assert told == [(date(2028, 1, 1), date(2028, 2, 1))]
    assert not bar.error.isVisible()


def test_a_bar_that_shows_all_follows_a_longer_life(qtbot: QtBot) -> None:
    bar, told = make_bar(qtbot)
    bar.set_whole(date(2022, 1, 1), date(2028, 12, 31))
    assert bar.range == (date(2022, 1, 1), date(2028, 12, 31))
    bar.choose("3M")
    bar.set_whole(date(2022, 1, 1), date(2029, 12, 31))
    assert bar.range == (date(2026, 8, 23), TODAY)
    assert told == []
