"""What is known of a thing, in one line: muted names over their values."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from calm_desktop.ui import theme
from calm_desktop.ui.widgets import Label, Section, clear


class Facts(Section):
    """What is known of a thing: muted names over their values, side by side."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._row = QHBoxLayout()
        self._row.setSpacing(28)
        self.body.addLayout(self._row)
        self.texts: dict[str, str] = {}

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show (name, value) pairs; those without a value are left out."""
        clear(self._row)
        self.texts = {name: text for name, text in facts if text}
        for name, text in self.texts.items():
            pair = QWidget()
            column = QVBoxLayout(pair)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(2)
            column.addWidget(Label(name, "muted", size=theme.SMALL))
            column.addWidget(Label(text, weight=theme.MEDIUM))
            self._row.addWidget(pair)
        self._row.addStretch(1)
