"""Days and ranges of days: `DateField`, `SegmentedControl`, `RangeBar`.

A field takes typed days (31 Jan 2027, 2027-01-31, today, +3m), Up and Down for a day, Page Up and Down for a month,
F4 or Alt+Down for the calendar. Signals come from people only: setting a value by code is silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dateutil.relativedelta import relativedelta
from PySide6.QtCore import QDate, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import (
    QButtonGroup,
    QCalendarWidget,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from calm_desktop.engine.dates import FIRST_DAY, LAST_DAY
from calm_desktop.ui import display, theme
from calm_desktop.ui.widgets import Label, button, restyle

PRESETS = {"3M": 3, "6M": 6, "1Y": 12, "2Y": 24, "All": 0}
FREE = ""


class _DayEdit(QLineEdit):
    """The line of a day field: its keys move the day."""

    moved = Signal(int, int)
    opened = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        moves = {
            Qt.Key.Key_Up: (1, 0),
            Qt.Key.Key_Down: (-1, 0),
            Qt.Key.Key_PageUp: (0, 1),
            Qt.Key.Key_PageDown: (0, -1),
        }
        if key == Qt.Key.Key_F4 or (alt and key == Qt.Key.Key_Down):
            self.opened.emit()
        elif key in moves and not alt:
            self.moved.emit(*moves[Qt.Key(key)])
        else:
            super().keyPressEvent(event)


class _Calendar(QFrame):
    """The calendar that drops down from a day field."""

    picked = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("calendarPopup")
        self.days = QCalendarWidget()
        self.days.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.days.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        self.days.setDateRange(_qt_day(FIRST_DAY), _qt_day(LAST_DAY))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.days)
        plain = QTextCharFormat()  # Qt's own weekends are red, whatever the theme
        for weekend in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            self.days.setWeekdayTextFormat(weekend, plain)
        self.days.clicked.connect(self._pick)
        self.days.activated.connect(self._pick)

    def popup(self, day: date, at: QPoint) -> None:
        """Show the calendar with a day selected, its corner at a point of the screen."""
        self.days.setSelectedDate(_qt_day(day))
        self.move(at)
        self.show()
        self.days.setFocus()

    def _pick(self, chosen: QDate) -> None:
        if self.isVisible():
            self.hide()
            self.picked.emit(date(chosen.year(), chosen.month(), chosen.day()))


def _qt_day(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)


class DateField(QWidget):
    """A day that can be typed or picked; `day` is None only where the field is `optional` and empty.

    `date_changed(date | None)` tells each valid new day; `error` holds the plain words for what cannot be read.
    """

    date_changed = Signal(object)

    def __init__(
        self,
        day: date | None = None,
        today: date | None = None,
        optional: bool = False,
        placeholder: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._day = day
        self._today = today or day or FIRST_DAY
        self._optional = optional
        self.error = ""
        self.edit = _DayEdit()
        self.edit.setPlaceholderText(placeholder)
        self.edit.setMinimumWidth(QFontMetrics(theme.font()).horizontalAdvance("30 Nov 2027") + 56)
        self._open = QAction(self)
        self._open.setIcon(theme.icon("calendar"))
        self._open.setToolTip("Choose in a calendar (F4)")
        self.edit.addAction(self._open, QLineEdit.ActionPosition.TrailingPosition)
        self._open.triggered.connect(self.open_calendar)
        self.note = Label("", "bad", size=theme.SMALL, wrap=True)
        self.note.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.edit)
        layout.addWidget(self.note)
        self.setFocusProxy(self.edit)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.edit.editingFinished.connect(self._read)
        self.edit.moved.connect(self._move)
        self.edit.opened.connect(self.open_calendar)
        theme.current().changed.connect(self._restyle)
        self.calendar: _Calendar | None = None
        self.set_day(day)

    @property
    def day(self) -> date | None:
        """The last valid day."""
        return self._day

    def set_day(self, day: date | None) -> None:
        """Show a day without telling anyone."""
        self._day = day
        self.edit.setText("" if day is None else display.day(day))
        self._show_error("")

    def set_today(self, today: date) -> None:
        """What `today` and `+7` count from."""
        self._today = today

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.edit.setAccessibleName(name)

    def open_calendar(self) -> None:
        """Show the calendar under the field; Esc closes it, Enter or a click takes the day."""
        if self.calendar is None:
            self.calendar = _Calendar(self)
            self.calendar.picked.connect(self._take)
        self.calendar.popup(self._day or self._today, self.edit.mapToGlobal(QPoint(0, self.edit.height() + 2)))

    def _read(self) -> None:
        text = self.edit.text().strip()
        if not text and self._optional:
            self._take(None)
            return
        if self._day is not None and text == display.day(self._day):
            self._show_error("")
            return
        try:
            self._take(display.read_day(text, self._today))
        except ValueError as problem:
            self._show_error(str(problem))

    def _move(self, days: int, months: int) -> None:
        start = self._day or self._today
        moved = start + relativedelta(days=days, months=months)
        if FIRST_DAY <= moved <= LAST_DAY:
            self._take(moved)

    def _take(self, day: date | None) -> None:
        changed = day != self._day
        self.set_day(day)
        if changed:
            self.date_changed.emit(day)

    def _show_error(self, message: str) -> None:
        self.error = message
        self.note.setText(message)
        self.note.setVisible(bool(message))
        restyle(self.edit, "invalid", bool(message))
        self.edit.setAccessibleDescription(message)

    def _restyle(self) -> None:
        self._open.setIcon(theme.icon("calendar"))


class SegmentedControl(QFrame):
    """A few choices side by side, one of them on; Left and Right walk them. `chosen(text)` when a person chooses."""

    chosen = Signal(str)

    def __init__(self, choices: Sequence[str], current: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("segments")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3, 3, 3, 3)
        layout.setSpacing(2)
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        for text in choices:
            made = button(text, "segment")
            made.setCheckable(True)
            made.setFont(theme.font(theme.SMALL, theme.MEDIUM))
            made.clicked.connect(lambda _=False, text=text: self.chosen.emit(text))
            self._group.addButton(made)
            layout.addWidget(made)
            self.buttons[text] = made
        self.set_current(current)

    @property
    def current(self) -> str:
        """The choice that is on, or nothing."""
        return next((text for text, made in self.buttons.items() if made.isChecked()), "")

    def set_current(self, text: str) -> None:
        """Switch a choice on (or all off, by an empty text) without telling anyone."""
        self._group.setExclusive(False)
        for name, made in self.buttons.items():
            made.setChecked(name == text)
        self._group.setExclusive(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        names = [name for name, made in self.buttons.items() if not made.isHidden()]
        place = names.index(self.current) + step if self.current else 0
        if 0 <= place < len(names):
            self.set_current(names[place])
            self.buttons[names[place]].setFocus()
            self.chosen.emit(names[place])


class RangeBar(QWidget):
    """Presets and free days for a range. A preset ends today and begins so many months before; All is the whole life.

    `range_changed(start, end)` tells what a person chose; both ends are inclusive.
    """

    range_changed = Signal(object, object)

    def __init__(self, today: date, whole: tuple[date, date] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._today = today
        self._whole = whole or (today, today)
        self.presets = SegmentedControl(list(PRESETS), "All")
        self.start_field = DateField(self._whole[0], today)
        self.end_field = DateField(self._whole[1], today)
        self.start_field.setAccessibleName("From")
        self.end_field.setAccessibleName("To")
        self.error = Label("", "bad", size=theme.SMALL)
        self.error.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for widget in (self.error, self.presets, self.start_field, self.end_field):
            layout.addWidget(widget)
        self.presets.chosen.connect(self._choose)
        self.start_field.date_changed.connect(self._typed)
        self.end_field.date_changed.connect(self._typed)

    @property
    def range(self) -> tuple[date, date]:
        """The range shown."""
        assert self.start_field.day is not None
        assert self.end_field.day is not None
        return self.start_field.day, self.end_field.day

    @property
    def preset(self) -> str:
        """The preset that is on; nothing for free days."""
        return self.presets.current

    def set_whole(self, start: date, end: date) -> None:
        """What All means; a bar that shows All follows, silently."""
        self._whole = (start, end)
        if self.preset == "All":
            self._show(start, end)

    def set_today(self, today: date) -> None:
        """What the presets count back from."""
        self._today = today
        self.start_field.set_today(today)
        self.end_field.set_today(today)

    def set_range(self, start: date, end: date, preset: str = FREE) -> None:
        """Show a range without telling anyone."""
        self.presets.set_current(preset)
        self._show(start, end)

    def choose(self, preset: str) -> None:
        """Show a preset without telling anyone."""
        self.presets.set_current(preset)
        self._show(*self._of(preset))

    def preset_of(self, start: date, end: date) -> str:
        """The preset other than All that means these days today; nothing where none does."""
        return next((name for name, months in PRESETS.items() if months and self._of(name) == (start, end)), FREE)

    def _of(self, preset: str) -> tuple[date, date]:
        months = PRESETS[preset]
        if not months:
            return self._whole
        return self._today - relativedelta(months=months) + relativedelta(days=1), self._today

    def _show(self, start: date, end: date) -> None:
        self.start_field.set_day(start)
        self.end_field.set_day(end)
        self.error.hide()

    def _choose(self, preset: str) -> None:
        self._show(*self._of(preset))
        self.range_changed.emit(*self.range)

    def _typed(self) -> None:
        start, end = self.range
        self.presets.set_current(FREE)
        wrong = start > end
        self.error.setText("The first day is after the last." if wrong else "")
        self.error.setVisible(wrong)
        if not wrong:
            self.range_changed.emit(start, end)
