"""Forms of wizards: fields bound to the texts of a draft, with what is wrong beside each field.

    form = Form(draft, columns=3)
    form.line("quantity", "Quantity", figures=True)
    form.day("start", "Start", today)
    form.choice("frequency", "Billed", [("Monthly", "monthly"), ...])

What is typed is in the draft at once and `changed` is told. A field complains only after it was left once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QCompleter, QGridLayout, QLineEdit, QSizePolicy, QWidget

from calm_desktop.engine.problems import Problem
from calm_desktop.engine.reading import Reader
from calm_desktop.ui import display, theme
from calm_desktop.ui.date_fields import DateField, SegmentedControl
from calm_desktop.ui.widgets import FormRow, choice_field, line_field, restyle

Options = Sequence[tuple[str, str]]


class TypedReader(Reader):
    """Reads texts as people type them into fields: days in any form that a day field takes, nothing where allowed."""

    def __init__(self, today: date) -> None:
        super().__init__()
        self.today = today

    def typed_day(self, field: str, text: str, needed: bool = True) -> date | None:
        """A day as typed; nothing is a problem only where it is `needed`."""
        if not text.strip() and not needed:
            return None
        try:
            return display.read_day(text, self.today)
        except ValueError as error:
            self.wrong("bad-date", field, str(error))
            return None

    def optional(self, read: Callable[[str, str], Any], field: str, text: str) -> Any:
        """What `read` makes of a text; None where nothing was typed."""
        return read(field, text) if text.strip() else None

    def needed(self, field: str, text: str, message: str) -> str:
        """A text that must not be missing."""
        if not text.strip():
            self.wrong(f"missing-{field}", field, message)
        return text.strip()

    def typed_quantity(self, field: str, text: str) -> Decimal | None:
        """A quantity that must be given."""
        if not text.strip():
            self.wrong(f"missing-{field}", field, "Enter a quantity, such as 10 or 2.5.")
            return None
        return self.quantity(field, text)


def by_the_field(problem: Problem) -> str:
    """A problem's words where they stand beside the field itself, whose name they need not repeat."""
    name = f"{problem.field}: "
    if not problem.message.startswith(name):
        return problem.message
    words = problem.message.removeprefix(name)
    return words[:1].upper() + words[1:]


def check_box(text: str) -> QCheckBox:
    """A box to tick, with plain text."""
    made = QCheckBox(display.mnemonic_safe(text))
    made.setFont(theme.font())
    made.setAccessibleName(text)
    return made


class Form(QWidget):
    """A grid of fields over one draft object; `bind` turns it to another."""

    changed = Signal()

    def __init__(self, draft: object, columns: int = 3, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.draft = draft
        self.rows: dict[str, FormRow] = {}
        self.touched: set[str] = set()
        self._show: dict[str, Callable[[Any], None]] = {}
        self._columns = columns
        self._cells: list[tuple[QWidget | None, int]] = []
        self._silent = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(12)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)

    # -- fields

    def line(
        self, name: str, title: str, hint: str = "", placeholder: str = "", figures: bool = False, span: int = 1
    ) -> QLineEdit:
        """A line of text."""
        field = line_field("", placeholder, figures)
        if figures:
            field.setFont(theme.font(figures=True))
        field.textEdited.connect(lambda text: self._write(name, text))
        field.editingFinished.connect(lambda: self._touch(name))
        self._add(name, title, field, hint, span, field.setText)
        return field

    def day(
        self, name: str, title: str, today: date, hint: str = "", placeholder: str = "", span: int = 1
    ) -> DateField:
        """A day, kept as it was typed."""
        field = DateField(None, today, True, placeholder or "31 Jan 2027")
        field.edit.textEdited.connect(lambda text: self._write(name, text))
        field.date_changed.connect(lambda _: self._write(name, field.edit.text()))
        field.edit.editingFinished.connect(lambda: self._touch(name))

        def show(text: str) -> None:
            try:
                field.set_day(display.read_day(text, today) if text.strip() else None)
            except ValueError:
                field.set_day(None)
                field.edit.setText(text)

        self._add(name, title, field, hint, span, show)
        return field

    def choice(self, name: str, title: str, options: Options, hint: str = "", span: int = 1) -> QComboBox:
        """One of a list; `options` are (text, value)."""
        field = choice_field(options)
        field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        field.currentIndexChanged.connect(lambda at: self._chosen(name, field.itemData(at)))
        self._add(name, title, field, hint, span, lambda value: field.setCurrentIndex(field.findData(value)))
        return field

    def pick(self, name: str, title: str, hint: str = "", placeholder: str = "", span: int = 1) -> QComboBox:
        """One of a long list, found by typing any part of it; kept as it was typed. Fill it with `offer`."""
        field = QComboBox()
        field.setEditable(True)
        field.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        line = field.lineEdit()
        completer = field.completer()
        assert line is not None
        assert completer is not None
        line.setPlaceholderText(placeholder)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        field.editTextChanged.connect(lambda text: self._write(name, text))
        line.editingFinished.connect(lambda: self._touch(name))
        self._add(name, title, field, hint, span, field.setEditText)
        return field

    def offer(self, name: str, texts: Sequence[str]) -> None:
        """What a field to pick from offers."""
        field = self.rows[name].field
        assert isinstance(field, QComboBox)
        self._silent = True
        field.clear()
        field.addItems(list(texts))
        self._silent = False
        self._load(name)

    def switch(self, name: str, title: str, options: Options, hint: str = "", span: int = 1) -> SegmentedControl:
        """A few choices side by side."""
        values = dict(options)
        texts = {value: text for text, value in options}
        field = SegmentedControl(list(values))
        field.chosen.connect(lambda text: self._chosen(name, values[text]))
        self._add(name, title, field, hint, span, lambda value: field.set_current(texts.get(value, "")))
        return field

    def tick(self, name: str, text: str, hint: str = "", span: int = 1) -> QCheckBox:
        """A box to tick; its draft field is a boolean."""
        field = check_box(text)
        field.setMinimumHeight(32)
        field.toggled.connect(lambda on: self._chosen(name, on))
        self._add(name, " ", field, hint, span, lambda on: field.setChecked(bool(on)))
        field.setAccessibleName(text)
        return field

    def place(self, widget: QWidget, span: int = 1) -> None:
        """Put any other widget into the next free cells."""
        self._cells.append((widget, span))
        self._flow()

    def show_placed(self, widget: QWidget, shown: bool) -> None:
        """Show or hide a widget that was placed."""
        if widget.isHidden() == shown:
            widget.setVisible(shown)
            self._flow()

    def rename(self, name: str, title: str) -> None:
        """Give a field another title."""
        row = self.rows[name]
        row.title.setText(title)
        row.field.setAccessibleName(title)

    def new_line(self) -> None:
        """What follows begins on a line of its own."""
        self._cells.append((None, 0))

    def _flow(self) -> None:
        """Lay out what is shown, line by line, so that hidden fields leave no holes."""
        for widget, _ in self._cells:
            if widget is not None:
                self._grid.removeWidget(widget)  # an item that was only taken out would keep its old height for ever
        row = column = 0
        for widget, span in self._cells:
            if widget is None:
                row, column = (row + 1, 0) if column else (row, column)
                continue
            if widget.isHidden() and widget.parent() is self:
                continue
            if column + span > self._columns:
                row, column = row + 1, 0
            self._grid.addWidget(widget, row, column, 1, span, Qt.AlignmentFlag.AlignTop)
            column += span

    def _add(self, name: str, title: str, field: QWidget, hint: str, span: int, show: Callable[[Any], None]) -> None:
        row = FormRow(title, field, name, hint)
        self.rows[name] = row
        self._show[name] = show
        self.place(row, span)
        self._load(name)

    # -- the draft

    def bind(self, draft: object, touched: bool = False) -> None:
        """Show another draft; its fields complain at once where `touched`."""
        self.draft = draft
        self.touched = set(self.rows) if touched else set()
        for name in self._show:
            self._load(name)

    def load(self) -> None:
        """Show the draft as it is now, after code has changed it."""
        for name in self._show:
            self._load(name)

    def _load(self, name: str) -> None:
        self._silent = True
        self._show[name](getattr(self.draft, name))
        self._silent = False

    def _write(self, name: str, value: object) -> None:
        if not self._silent and getattr(self.draft, name) != value:
            setattr(self.draft, name, value)
            self.changed.emit()

    def _chosen(self, name: str, value: object) -> None:
        if not self._silent:
            self.touched.add(name)
            self._write(name, value)

    def _touch(self, name: str) -> None:
        if not self._silent and name not in self.touched:
            self.touched.add(name)
            self.changed.emit()

    # -- what is wrong

    def show_problems(self, problems: Iterable[Problem], all_fields: bool = False) -> tuple[Problem, ...]:
        """Put each problem by its field, once that was left (or all at once); answer those without a field here."""
        if all_fields:
            self.touched = set(self.rows)
        found = tuple(problems)
        for name, row in self.rows.items():
            words = " ".join(dict.fromkeys(by_the_field(each) for each in found if each.field == name))
            shown = words if name in self.touched else ""
            if isinstance(row.field, DateField):
                shown = "" if row.field.error else shown
                restyle(row.field.edit, "invalid", bool(shown or row.field.error))
            row.set_error(shown)
        return tuple(each for each in found if each.field not in self.rows)

    def show_rows(self, shown: bool, *names: str) -> None:
        """Show or hide fields."""
        if any(self.rows[name].isHidden() == shown for name in names):
            for name in names:
                self.rows[name].setVisible(shown)
            self._flow()
