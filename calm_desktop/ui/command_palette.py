"""Ctrl+K: search over everything; words behind `>` find commands.

The shell owns one. `search(text)` answers hits and runs in the background; commands are those that the
shell was told of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from calm_desktop.ui import theme
from calm_desktop.ui.background import Background
from calm_desktop.ui.widgets import Label, rule

WAIT_MS = 120
WIDTH = 620


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: what it is, its name, a line about it, and where a choice leads (a link)."""

    kind: str
    title: str
    subtitle: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """Something to do from anywhere: `title` as it is searched, `shortcut` as text, `act` what it does."""

    title: str
    act: Callable[[], object]
    shortcut: str = ""


Search = Callable[[str], Sequence[Hit]]


class HitDelegate(QStyledItemDelegate):
    """Two lines: title, and what and where it is; `ROLE` holds (title, subtitle, kind)."""

    ROLE = Qt.ItemDataRole.UserRole + 1

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        return QSize(0, 46)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        title, subtitle, kind = index.data(self.ROLE)
        rect: QRect = option.rect.adjusted(6, 1, -6, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("selection"))
            painter.drawRoundedRect(rect, 6, 6)
        inner = rect.adjusted(10, 5, -10, -5)
        names = inner.adjusted(0, 0, -110, 0)
        left, right, middle = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignVCenter
        top = Qt.AlignmentFlag.AlignTop if subtitle else middle
        for text, ink, font, area, align in (
            (title, "text", theme.font(theme.BODY, theme.MEDIUM), names, left | top),
            (subtitle, "muted", theme.font(theme.TINY), names, left | Qt.AlignmentFlag.AlignBottom),
            (kind, "muted", theme.font(theme.TINY), inner, right | middle),
        ):
            painter.setFont(font)
            painter.setPen(theme.colour(ink))
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area, align, shown)
        painter.restore()


class CommandPalette(QFrame):
    """The popup; `chosen(link)` tells a hit that a person took. Commands act themselves."""

    chosen = Signal(str)

    def __init__(self, background: Background, search: Search, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("commandPalette")
        self.search = search
        self.commands: list[Command] = []
        self._background = background
        self._window = parent.window()
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search accounts, assets, orders, invoices … or > for commands")
        self.field.setAccessibleName("Search everything")
        self.field.setFrame(False)
        self.field.setFont(theme.font(15))
        self.field.setStyleSheet("border: none; background: transparent;")
        self.list = QListWidget()
        self.list.setAccessibleName("Found")
        self.list.setItemDelegate(HitDelegate(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.note = Label("", "muted", size=theme.SMALL)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.field)
        layout.addWidget(rule())
        layout.addWidget(self.list, 1)
        layout.addWidget(self.note)
        self._timer = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._timer.timeout.connect(self._search)
        self.field.textChanged.connect(self._typed)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._take)

    def popup(self, text: str = "") -> None:
        """Show the palette over its window, with `text` typed already."""
        window = self._window
        self.resize(min(WIDTH, window.width() - 40), 420)
        self.move(window.mapToGlobal(QPoint((window.width() - self.width()) // 2, 72)))
        self.field.setText(text)
        self.show()
        self.field.setFocus()
        self._typed()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                row = max(0, min(self.list.count() - 1, self.list.currentRow() + step))
                self.list.setCurrentRow(row)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                item = self.list.currentItem()
                if item is not None:
                    self._take(item)
                return True
        return super().eventFilter(watched, event)

    def _typed(self) -> None:
        text = self.field.text().strip()
        if text.startswith(">"):
            self._timer.stop()
            words = text[1:].strip().lower()
            found = [command for command in self.commands if words in command.title.lower()]
            self._fill([(Hit("Command", c.title, c.shortcut), c) for c in found], "No such command.")
        elif text:
            self._timer.start()
        else:
            self._timer.stop()
            self._fill([], "Type a name or a number.")

    def _search(self) -> None:
        text, search = self.field.text().strip(), self.search
        self._background.run(
            lambda: tuple(search(text)),
            lambda hits: self._fill([(hit, hit.link) for hit in hits], f"Nothing found for “{text}”."),
            lambda problems: self._fill([], " ".join(problem.message for problem in problems)),
            slot=self,
            owner=self,
        )

    def _fill(self, entries: Sequence[tuple[Hit, object]], nothing: str) -> None:
        self.list.clear()
        for hit, target in entries:
            item = QListWidgetItem(hit.title)
            item.setData(Qt.ItemDataRole.UserRole, target)
            item.setData(HitDelegate.ROLE, (hit.title, hit.subtitle, hit.kind))
            self.list.addItem(item)
        self.list.setCurrentRow(0 if entries else -1)
        self.note.setText("" if entries else nothing)
        self.note.setVisible(not entries)

    def _take(self, item: QListWidgetItem) -> None:
        target = item.data(Qt.ItemDataRole.UserRole)
        self.close()
        if isinstance(target, Command):
            target.act()
        else:
            self.chosen.emit(str(target))
