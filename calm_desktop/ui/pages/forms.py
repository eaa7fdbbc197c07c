"""Forms to keep records with: rows under their names, errors by the field, saved in the background.

A form knows its fields by the names that problems use (`price`), fills them with texts and reads texts from them:

    def wish(typed, reader):
        return add_tax, AddTax(typed["category"], reader.percent("rate", typed["rate"], 1000) or Decimal(0))

    form = Form(context, "New rate", "Add rate", wish)
    form.add(FormRow("Tax category", line_field(), "category"), FormRow("Rate", line_field(), "rate"))

The `wish` is the use-case and its request; problems found by `reader` or told by the use-case appear by their fields,
and nothing is stored then. `saved(result)` tells that it was. Enter saves; what is typed and not saved is `typed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from calm_desktop.engine.problems import Problem
from calm_desktop.engine.reading import Reader
from calm_desktop.services.tx import Tx
from calm_desktop.ui import theme
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.widgets import Banner, FormRow, Label, Section, button, show_problems

PANEL_WIDTH = 392

Wish = Callable[[Mapping[str, str], Reader], tuple[Callable[[Tx, Any], Any], Any]]


def text_of(field: QWidget) -> str:
    """What a field says: the text of a line, the value of a choice, a day as ISO, nothing for no day."""
    if isinstance(field, QLineEdit):
        return field.text()
    if isinstance(field, QPlainTextEdit):
        return field.toPlainText()
    if isinstance(field, QComboBox):
        return str(field.currentData())
    assert isinstance(field, DateField)
    return "" if field.day is None else field.day.isoformat()


def show_text(field: QWidget, text: str) -> None:
    """Let a field say `text`, as `text_of` reads it."""
    if isinstance(field, QLineEdit):
        field.setText(text)
    elif isinstance(field, QPlainTextEdit):
        field.setPlainText(text)
    elif isinstance(field, QComboBox):
        field.setCurrentIndex(max(0, field.findData(text)))
    else:
        assert isinstance(field, DateField)
        field.set_day(Reader().day("", text) if text else None)


def told(problem: Problem) -> Problem:
    """A problem as it reads beside its field, which need not be named again."""
    message = problem.message.removeprefix(f"{problem.field}: ")
    return Problem(problem.code, problem.field, message[:1].upper() + message[1:], problem.place, problem.overridable)


def suggest(field: QLineEdit, words: Iterable[str]) -> None:
    """Offer words while a person types; other words stay possible."""
    known = sorted(set(words) - {""}, key=str.casefold)
    completer = QCompleter(known, field)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    field.setCompleter(completer)


class Form(Section):
    """A titled form; see the module's text. `closed` tells that a person wants it away."""

    saved = Signal(object)
    closed = Signal()

    def __init__(self, context: Context, title: str, save: str, wish: Wish, closing: str = "Cancel") -> None:
        super().__init__(title)
        self.context = context
        self._wish = wish
        self.rows: list[FormRow] = []
        self._more: list[FormRow] = []
        self._filled: dict[str, str] = {}
        self._saving = False
        self.body.setSpacing(12)
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self.save_button = button(save, "primary")
        self.save_button.clicked.connect(self.submit)
        self.close_button = button(closing)
        self.close_button.clicked.connect(self.closed)
        self.note = Label("", "good", size=theme.SMALL)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.save_button)
        if closing:
            foot.addWidget(self.close_button)
        foot.addWidget(self.note)
        foot.addStretch(1)
        self.body.addLayout(foot)
        self._foot = foot

    # -- fields

    def add(self, *rows: FormRow) -> None:
        """Put rows below those there are; several given together stand side by side."""
        place = self.body.count() - 1
        if len(rows) == 1:
            self.body.insertWidget(place, rows[0])
        else:
            beside = QHBoxLayout()
            beside.setSpacing(10)
            for row in rows:
                beside.addWidget(row, 1, Qt.AlignmentFlag.AlignTop)
            self.body.insertLayout(place, beside)
        for row in rows:
            self.rows.append(row)
            self._filled[row.name] = text_of(row.field)
            self._listen(row.field)

    def put_more(self, rows: Sequence[FormRow]) -> None:
        """Put rows below the others, two side by side, in place of those that were put so before."""
        for row in self._more:
            self.rows.remove(row)
            del self._filled[row.name]
            row.hide()
            row.deleteLater()
        self._more = list(rows)
        for place in range(0, len(rows), 2):
            self.add(*rows[place : place + 2])

    def insert_above(self, widget: QWidget) -> None:
        """Put something that is no field below the rows there are."""
        self.body.insertWidget(self.body.count() - 1, widget)

    def field(self, name: str) -> QWidget:
        """The field of a name."""
        return self.row(name).field

    def row(self, name: str) -> FormRow:
        """The row of a name."""
        return next(row for row in self.rows if row.name == name)

    def texts(self) -> dict[str, str]:
        """What all fields say, by name."""
        return {row.name: text_of(row.field) for row in self.rows}

    @property
    def typed(self) -> bool:
        """Whether a person has typed what is not saved."""
        return self.texts() != self._filled

    def fill(self, texts: Mapping[str, str]) -> None:
        """Show a record; errors of the one before go."""
        for row in self.rows:
            show_text(row.field, texts.get(row.name, ""))
            row.set_error("")
        self._filled = self.texts()
        self.banner.hide()
        self.note.setText("")

    def refill(self, texts: Mapping[str, str]) -> None:
        """Show what was saved elsewhere, in the fields that nobody has typed into."""
        for row in self.rows:
            if text_of(row.field) == self._filled[row.name]:
                show_text(row.field, texts.get(row.name, ""))
                self._filled[row.name] = text_of(row.field)

    def begin(self) -> None:
        """Put the cursor into the first field."""
        self.rows[0].field.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- saving

    def submit(self) -> None:
        """Save, or show what stands against it by the fields."""
        if self._saving:
            return
        self.note.setText("")
        for row in self.rows:
            if isinstance(row.field, DateField):
                row.field.edit.editingFinished.emit()
        unread = [row for row in self.rows if isinstance(row.field, DateField) and row.field.error]
        reader = Reader()
        use_case, request = self._wish(self.texts(), reader)
        desk, run = self.context.desk, self.context.background.run
        self._saving = True
        if unread or reader.problems:
            judge = partial(self._misread, reader.problems)
            run(lambda: desk.preview(use_case, request), lambda _: judge(()), judge, write=True, owner=self)
        else:
            run(lambda: desk.do(use_case, request), self._saved, self._failed, write=True, owner=self)

    def _saved(self, result: Any) -> None:
        self._saving = False
        self._refused(())
        self._filled = self.texts()
        self.note.setText("Saved")
        self.saved.emit(result)

    def _misread(self, unread: Sequence[Problem], others: Sequence[Problem]) -> None:
        """Some text could not be read; what else stands against the rest is told with it."""
        fields = {problem.field for problem in unread}
        self._failed([*unread, *(problem for problem in others if problem.field not in fields)])

    def _failed(self, problems: Sequence[Problem]) -> None:
        self._saving = False
        self._refused(problems)

    def _refused(self, problems: Sequence[Problem]) -> None:
        self.banner.hide()
        self.banner.tell_problems(show_problems(self.rows, [told(problem) for problem in problems]))
        wrong = [row for row in self.rows if row.error or (isinstance(row.field, DateField) and row.field.error)]
        if wrong:
            wrong[0].field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _listen(self, field: QWidget) -> None:
        """A note that something was saved goes when a person types on."""
        if isinstance(field, QLineEdit):
            field.textEdited.connect(lambda _: self.note.setText(""))
        elif isinstance(field, QComboBox):
            field.activated.connect(lambda _: self.note.setText(""))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = self.focusWidget()
            if isinstance(focused, QPushButton):
                focused.click()
            else:
                self.submit()
        else:
            super().keyPressEvent(event)


class SidePanel(QScrollArea):
    """A column of forms beside a table; it scrolls where the window is low."""

    def __init__(self, *parts: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(PANEL_WIDTH)
        inner = QWidget()
        inner.setObjectName("scrolled")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        for part in parts:
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(inner)
        self.hide()
