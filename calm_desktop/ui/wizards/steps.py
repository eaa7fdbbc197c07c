"""What a wizard is made of: steps that write into its draft, a step that reviews, and the strip of their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from calm_desktop.engine.problems import Bug, Problem
from calm_desktop.ui import theme
from calm_desktop.ui.widgets import Label, button, restyle


@dataclass(frozen=True)
class Review:
    """What a request would do: `result` as the use-case answers it, `before` what the wizard compares it with."""

    request: Any
    result: Any
    before: Any = None


class Step(QWidget):
    """A page of a wizard. It writes into the draft and tells `changed`; `problems` says why one cannot go on."""

    changed = Signal()
    go_on = Signal()

    def __init__(self, name: str, title: str, lead: str = "") -> None:
        super().__init__()
        self.setObjectName("scrolled")
        self.name = name
        self.title = title
        self.lead = lead
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(28, 4, 28, 18)
        self.body.setSpacing(14)

    @property
    def needed(self) -> bool:
        """Whether one has to come by here; else Next passes it over."""
        return True

    def problems(self) -> Sequence[Problem]:
        """Everything that keeps one from going on, the first one first."""
        return ()

    def bind(self, draft: Any) -> None:
        """Show another draft, which the wizard has taken up."""

    def entered(self) -> None:
        """The step is shown: put the cursor where typing begins."""

    def show_problems(self, problems: Sequence[Problem], all_fields: bool) -> Sequence[Problem]:
        """Put problems by their fields and answer those that have none here."""
        return problems


class ReviewStep(Step):
    """A step that shows what will be stored."""

    waiting_text = "Working out what will be stored…"

    @property
    def reason(self) -> str:
        """The reason stated here for what needs one; it is recorded with the commit."""
        return ""

    def show_review(self, review: Review) -> None:
        """Show what the request would do."""
        raise Bug("a review shows what it is given")

    def refusal(self, review: Review) -> str:
        """Why what is shown cannot be committed; empty where it can."""
        return ""


class StepStrip(QWidget):
    """The steps by number and name; those that were passed can be gone back to."""

    chosen = Signal(int)

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.buttons: list[QPushButton] = []
        for place, name in enumerate(names):
            if place:
                row.addWidget(Label("›", "muted"))
            made = button(f"{place + 1}  {name}", "step")
            made.setFont(theme.font(theme.SMALL, theme.MEDIUM, figures=True))
            made.clicked.connect(partial(self._clicked, place))
            self.buttons.append(made)
            row.addWidget(made)

    def _clicked(self, place: int) -> None:
        self.chosen.emit(place)

    def show_place(self, at: int, may_go_back: bool) -> None:
        """Light the step one is at."""
        for place, made in enumerate(self.buttons):
            restyle(made, "state", "now" if place == at else "done" if place < at else "ahead")
            made.setEnabled(place < at and may_go_back)
