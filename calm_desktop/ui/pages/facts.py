"""What is known of a thing, in one line: muted names over their values."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from calm_desktop.ui import theme
from calm_desktop.ui.widgets import Label, Section, button, clear

VALUE_HEIGHT = 20
"""Values stand on one line, whether they can be clicked or not."""


class Facts(Section):
    """What is known of a thing: muted names over their values, side by side. `explained(name)` asks why one is so."""

    explained = Signal(str)

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._row = QHBoxLayout()
        self._row.setSpacing(28)
        self.body.addLayout(self._row)
        self.texts: dict[str, str] = {}
        self.figures: dict[str, QPushButton] = {}

    def show_facts(self, facts: Sequence[tuple[str, str]], explains: Collection[str] = ()) -> None:
        """Show (name, value) pairs, without those that have no value; what `explains` names can be asked why."""
        clear(self._row)
        self.figures = {}
        self.texts = {name: text for name, text in facts if text}
        for name, text in self.texts.items():
            pair = QWidget()
            column = QVBoxLayout(pair)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(2)
            column.addWidget(Label(name, "muted", size=theme.SMALL))
            value = self._figure(name, text) if name in explains else Label(text, weight=theme.MEDIUM)
            value.setFixedHeight(VALUE_HEIGHT)
            column.addWidget(value)
            column.addStretch(1)
            self._row.addWidget(pair)
        self._row.addStretch(1)

    def _figure(self, name: str, text: str) -> QWidget:
        made = button(text, "link", tooltip="Why this figure: the lines that sum to it")
        made.setAccessibleName(f"{name}: {text}. Why?")
        made.clicked.connect(lambda: self.explained.emit(name))
        self.figures[name] = made
        return made
