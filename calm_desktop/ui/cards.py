"""Cards: one figure each, with how it changed, a small trend and a link to what it is made of.

`card.show_figures(["$1,950.00"], delta="+30.0%", tone="good", note="vs 22 Nov 2025")`; figures in several currencies
are several texts, never a sum. `card.sparkline.show_values([...])`. A click on the figure asks to have it explained.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from calm_desktop.ui import theme
from calm_desktop.ui.widgets import Chip, ElidedLabel, Label, button, restyle

WHY = "Why this figure: the lines that sum to it"


class Sparkline(QWidget):
    """A step line without axes: the way a figure went; None is a gap where there was nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: tuple[float | None, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(36)
        self.setMaximumWidth(80)
        self.setAccessibleName("Trend")

    def sizeHint(self) -> QSize:
        return QSize(80, 36)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, 36)

    def show_values(self, values: Sequence[float | int | None]) -> None:
        """Show figures at equal distances in time; fewer than two show nothing."""
        self._values = tuple(None if value is None else float(value) for value in values)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        known = [value for value in self._values if value is not None]
        if len(self._values) < 2 or not known:
            return
        low, high = min(known), max(known)
        span = (high - low) or 1.0
        area = QRectF(self.rect()).adjusted(1, 5, -1, -8)
        step = area.width() / len(self._values)

        def height(value: float) -> float:
            return area.bottom() - (0.5 if high == low else (value - low) / span) * area.height()

        line, fill = QPainterPath(), QPainterPath()
        before: float | None = None
        for place, value in enumerate(self._values):
            left = area.left() + place * step
            if value is not None:
                top = height(value)
                if before is None:
                    line.moveTo(left, top)
                else:
                    line.lineTo(left, top)
                line.lineTo(left + step, top)
                fill.addRect(QRectF(QPointF(left, top), QPointF(left + step, self.height())))
            before = value
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = QLinearGradient(0, 0, 0, self.height())
        strong, weak = QColor(theme.tokens().mark), QColor(theme.tokens().mark)
        strong.setAlphaF(0.18)
        weak.setAlphaF(0.0)
        shade.setColorAt(0, strong)
        shade.setColorAt(1, weak)
        painter.fillPath(fill.simplified(), shade)
        painter.setPen(QPen(QColor(theme.tokens().mark), 1.5, j=Qt.PenJoinStyle.MiterJoin))
        painter.drawPath(line)


class Card(QFrame):
    """A figure on a card: `link_activated` asks for the page behind the link.

    `explained(place)` asks why the figure at a place is what it is: of figures in several currencies the one clicked.
    """

    link_activated = Signal()
    explained = Signal(int)

    def __init__(self, title: str, link: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.setProperty("explains", "true")
        self.title = ElidedLabel(title, "muted", weight=theme.MEDIUM)
        self.figures: list[Label] = []
        self.sparkline = Sparkline()
        self.delta = Chip()
        self.note = ElidedLabel("", "muted", size=theme.SMALL)
        self.link = button(f"{link}  \u2192", "link")
        self.link.setFont(theme.font(theme.SMALL, theme.MEDIUM))
        self.link.setAccessibleName(link)
        self.link.clicked.connect(self.link_activated)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 13, 18, 12)
        layout.setSpacing(3)
        layout.addWidget(self.title)
        layout.setSpacing(1)
        top = QHBoxLayout()
        top.setSpacing(8)
        self._figures = QVBoxLayout()
        self._figures.setSpacing(0)
        top.addLayout(self._figures)
        top.addStretch(0)
        top.addWidget(self.sparkline, 3, Qt.AlignmentFlag.AlignBottom)
        layout.addLayout(top)
        self._notes = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._notes.setSpacing(8)
        self._notes.addWidget(self.delta)
        self._notes.addWidget(self.note, 1)
        layout.addLayout(self._notes)
        layout.addStretch(1)
        layout.addSpacing(6)
        layout.addWidget(self.link)
        self.link.setVisible(bool(link))
        self.setToolTip(WHY)
        self._is_hidden = False
        self.show_figures(["\u2013"])

    def show_figures(self, figures: Sequence[str], delta: str = "", tone: str = "neutral", note: str = "") -> None:
        """Show one text for each currency, the change in a chip, and what it is compared with.

        Where there is nothing to be said of any, the figure is hidden from whoever is at the desk, and so is the card.
        """
        while self.figures:
            old = self.figures.pop()
            self._figures.removeWidget(old)
            old.hide()
            old.deleteLater()
        size = {0: 28, 1: 28, 2: 19}.get(len(figures), 15)
        for text in figures or ["\u2013"]:
            label = Label(text)
            label.setFont(theme.font(size, theme.SEMIBOLD, figures=True))
            self._dress(label)
            self.figures.append(label)
            self._figures.addWidget(label)
        self.delta.show_word(delta, tone)
        self.delta.setVisible(bool(delta))
        self.note.setText(note)
        self._place_note()
        # Shown only where it was hidden: a card that stands nowhere yet would be a window.
        is_hidden = bool(figures) and not any(figures)
        if is_hidden != self._is_hidden:
            self._is_hidden = is_hidden
            self.setVisible(not is_hidden)
        self.setAccessibleName(f"{self.title.text()}: {', '.join(figures)}")
        self.setAccessibleDescription(" ".join(part for part in (delta, note) if part))

    def set_explainable(self, explainable: bool) -> None:
        """Say whether a click explains the figure."""
        restyle(self, "explains", "true" if explainable else "false")
        self.setToolTip(WHY if explainable else "")
        for label in self.figures:
            self._dress(label)

    def _dress(self, label: Label) -> None:
        """A figure that can be asked why looks as if it could be clicked."""
        explains = self.property("explains") == "true"
        restyle(label, "figure", explains)
        label.setCursor(Qt.CursorShape.PointingHandCursor if explains else Qt.CursorShape.ArrowCursor)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_note()

    def _place_note(self) -> None:
        """The note stands beside the change, or below it where both have no room on one line."""
        wanted = self.delta.sizeHint().width() + self._notes.spacing() + self.note.sizeHint().width()
        beside = not self.delta.text() or wanted <= self.contentsRect().width() - 36
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._notes.direction() != way:
            self._notes.setDirection(way)
            self._notes.setSpacing(8 if beside else 3)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # so that the release comes here too

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._explain(self._figure_at(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._explain(0)
        else:
            super().keyPressEvent(event)

    def _figure_at(self, point: QPoint) -> int:
        """The place of the figure at a point of the card; the first one's beside them."""
        places = (place for place, label in enumerate(self.figures) if label.geometry().contains(point))
        return next(places, 0)

    def _explain(self, place: int) -> None:
        if self.property("explains") == "true":
            self.explained.emit(place)
