"""Several tables in one place, chosen by tabs that stand in the title line of the table in front."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from calm_desktop.ui import display, theme
from calm_desktop.ui.widgets import Section


class TabbedSections(QStackedWidget):
    """Sections, one in front; `tab_changed(key)` tells that a person chose another one."""

    tab_changed = Signal(str)

    def __init__(self, sections: Sequence[tuple[str, str, Section]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = [key for key, _, _ in sections]
        self.bar = QTabBar(self)
        self.bar.setExpanding(False)
        self.bar.setDrawBase(False)
        self.bar.setUsesScrollButtons(False)
        self.bar.setFont(theme.font(theme.BODY, theme.MEDIUM))
        for _, title, section in sections:
            self.addWidget(section)
            self.bar.addTab(display.mnemonic_safe(title))
            section.setAccessibleName(title)
        self.bar.currentChanged.connect(self._chosen)
        self._place_bar()

    @property
    def current(self) -> str:
        """The key of the section in front."""
        return self.keys[self.bar.currentIndex()]

    def show_tab(self, key: str) -> None:
        """Bring a section to the front; an unknown key leaves it as it is."""
        if key in self.keys:
            self.bar.setCurrentIndex(self.keys.index(key))

    def show_or_hide(self, key: str, shown: bool) -> None:
        """Show a section's tab, or hide it where the page has nothing of its kind."""
        place = self.keys.index(key)
        if not shown and self.bar.currentIndex() == place:
            self.bar.setCurrentIndex(0)
        self.bar.setTabVisible(place, shown)

    def minimumSizeHint(self) -> QSize:
        """Only the section in front needs room."""
        front = self.currentWidget()
        return super().minimumSizeHint() if front is None else front.minimumSizeHint().expandedTo(front.minimumSize())

    def _chosen(self, place: int) -> None:
        self.setCurrentIndex(place)
        self.updateGeometry()
        self._place_bar()
        self.tab_changed.emit(self.keys[place])

    def _place_bar(self) -> None:
        section = self.widget(self.bar.currentIndex())
        assert isinstance(section, Section)
        section.title.hide()
        section.head.insertWidget(0, self.bar)
        self.bar.show()
