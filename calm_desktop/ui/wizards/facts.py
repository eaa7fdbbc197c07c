"""Small frames with one figure each, as review pages show them: what it is, what it becomes, what it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from calm_desktop.ui import display, theme
from calm_desktop.ui.widgets import ElidedLabel, clear


@dataclass(frozen=True)
class Fact:
    """A figure: `text` is what it becomes, `before` what it was, empty where it was nothing; `note` says more."""

    title: str
    text: str
    before: str = ""
    note: str = ""
    tone: str = ""

    @property
    def remark(self) -> str:
        """The line below the figure."""
        if self.note:
            return self.note
        if not self.before:
            return ""
        return "unchanged" if self.before == self.text else f"was {self.before}"


class FactFrame(QFrame):
    """One fact in a frame."""

    def __init__(self, fact: Fact, with_remark: bool) -> None:
        super().__init__()
        self.setObjectName("fact")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 9, 14, 10)
        layout.setSpacing(1)
        self.figure = ElidedLabel(fact.text, fact.tone)
        self.figure.setFont(theme.font(19, theme.SEMIBOLD, figures=True))
        layout.addWidget(ElidedLabel(fact.title, "muted", size=theme.SMALL, weight=theme.MEDIUM))
        layout.addWidget(self.figure)
        if with_remark:
            layout.addWidget(ElidedLabel(fact.remark or " ", "muted", size=theme.SMALL))
        self.setAccessibleName(f"{fact.title}: {fact.text}")
        self.setAccessibleDescription(fact.remark)


class Facts(QWidget):
    """Facts side by side, of the same width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.facts: tuple[Fact, ...] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(12)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show these in place of those before."""
        clear(self._row)
        self.facts = tuple(facts)
        with_remark = any(fact.remark for fact in facts)
        for fact in facts:
            self._row.addWidget(FactFrame(fact, with_remark), 1)

    def text(self, title: str) -> str:
        """The figure of a title as it is shown; a dash where there is none."""
        return next((fact.text for fact in self.facts if fact.title == title), display.NOTHING)
