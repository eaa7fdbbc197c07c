"""The steps of a ramp in the sale wizard: a row of fields for each, and what is wrong beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from calm_desktop.engine.problems import Problem
from calm_desktop.ui import theme
from calm_desktop.ui.widgets import IconButton, Label, button, clear, tool
from calm_desktop.ui.wizards.form import Form
from calm_desktop.ui.wizards.sale_draft import StepDraft, step_field

TOP_OF_FIELD = 19
"""How far a field stands below the top of its row, where its name is."""


class RampSteps(QWidget):
    """Steps of quantity and price, written into a list of drafts; `changed` is told of each keystroke."""

    changed = Signal()

    def __init__(self, today: date) -> None:
        super().__init__()
        self.today = today
        self.steps: list[StepDraft] = []
        self.forms: list[Form] = []
        self.remove_buttons: list[IconButton] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self.title = Label("Ramp: what changes later in the term", weight=theme.MEDIUM, size=theme.SMALL)
        layout.addWidget(self.title)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        layout.addLayout(self._rows)
        self.note = Label("", "bad", size=theme.SMALL, wrap=True)
        layout.addWidget(self.note)
        self.add_button = button("Add a step to another quantity or price…", "link")
        self.add_button.clicked.connect(lambda _=False: self.add_step())
        layout.addWidget(self.add_button)
        self._show()

    def bind(self, steps: list[StepDraft], touched: bool = False) -> None:
        """Show other steps; their fields complain at once where `touched`."""
        if steps is not self.steps or len(self.forms) != len(steps):
            self.steps = steps
            self._show()
        if touched:
            for form in self.forms:
                form.touched = set(form.rows)

    def add_step(self) -> None:
        """A further step; the cursor goes to its first day."""
        self.steps.append(StepDraft())
        self._show()
        self.forms[-1].rows["start"].field.setFocus()
        self.changed.emit()

    def remove_step(self, place: int) -> None:
        """Take a step away."""
        self.steps.pop(place)
        self._show()
        self.changed.emit()

    def show_problems(self, problems: Sequence[Problem], all_fields: bool) -> tuple[Problem, ...]:
        """Put problems of steps by their fields; answer those of anything else."""
        for place, form in enumerate(self.forms):
            names = {step_field(place, name): name for name in form.rows}
            mine = [Problem(p.code, names[p.field], p.message, p.place) for p in problems if p.field in names]
            form.show_problems(mine, all_fields)
        whole = [problem.message for problem in problems if problem.field == "steps"]
        self.note.setText("\n".join(whole))
        self.note.setVisible(bool(whole))
        return tuple(problem for problem in problems if not problem.field.startswith("steps"))

    def _show(self) -> None:
        clear(self._rows)
        self.forms, self.remove_buttons = [], []
        for place, step in enumerate(self.steps):
            self._rows.addWidget(self._row(place, step))
        self.title.setVisible(bool(self.steps))
        self.note.hide()

    def _row(self, place: int, step: StepDraft) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        form = Form(step, 6)
        form.day("start", "From", self.today, span=2)
        form.line("quantity", "Quantity", figures=True, span=2)
        form.line("price", "Unit price", placeholder="As the line", figures=True, span=2)
        form.changed.connect(self.changed)
        for name, words in (("start", "First day"), ("quantity", "Quantity"), ("price", "Unit price")):
            form.rows[name].field.setAccessibleName(f"{words} of step {place + 1}")
        remove = tool("close", f"Remove step {place + 1}")
        remove.clicked.connect(partial(_call, partial(self.remove_step, place)))
        side = QVBoxLayout()
        side.setContentsMargins(0, TOP_OF_FIELD, 0, 0)
        side.addWidget(remove)
        side.addStretch(1)
        layout.addWidget(form, 1, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(side)
        self.forms.append(form)
        self.remove_buttons.append(remove)
        return row


def _call(act: partial[None], _: bool = False) -> None:
    act()
