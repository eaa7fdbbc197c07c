"""The chart of a report: bars, lines or a heat map of marks that can be pointed at, walked by keys and looked into.

Series differ by colour and by pattern or shape. Positions are floats and for drawing only: a mark's `value` and `words`
are exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby, pairwise
from math import ceil, floor, log10

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from calm_desktop.ui import theme
from calm_desktop.ui.widgets import plain_tooltip

INKS = ("mark", "action", "good", "bad", "muted", "warn")
PATTERNS = 4  # plain, lines across, lines down, both: with six inks no two of twelve series look the same
LINE_GAP = 6
LABEL_GAP = 8
LEGEND, FIGURES, BARE = 34, 22, 8  # pixels above the marks: for a legend, for figures on bars, for neither
BOTTOM, RIGHT = 26, 14
TALLEST_CELL = 48.0


class Form(Enum):
    """How marks are laid out."""

    BARS = auto()
    SIDE_BY_SIDE = auto()
    ROWS = auto()
    LINES = auto()
    HEAT = auto()


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar from `start` to `end`, a point at `end`, or a cell whose shade is `end`, in a slot and of a series.

    `value` is the exact figure, `words` tell it, `shown` is written on it; `target` is what a click looks into.
    """

    slot: int
    series: int
    start: float
    end: float
    value: object
    words: str
    target: object
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """What a chart shows. `inks` are places in the palette, one for each series; `rule` is a line to compare with."""

    title: str
    form: Form
    slots: tuple[str, ...]
    series: tuple[str, ...]
    inks: tuple[int, ...]
    marks: tuple[Mark, ...]
    axis: Callable[[float], str]
    rule: float | None = None
    legend: bool = True


def steps_between(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round numbers from at most `low` to at least `high`."""
    span = (high - low) or 1.0
    rough = span / wanted
    size = 10.0 ** floor(log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


class ReportChart(QWidget):
    """The chart itself; `mark_activated(target)` when a mark is clicked or Enter is pressed on it."""

    mark_activated = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot: Plot | None = None
        self.at = -1
        self._boxes: list[QRectF] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(230)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.current().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(640, 280)

    def show_plot(self, plot: Plot) -> None:
        """Show other marks."""
        self.plot, self.at = plot, -1
        self.setAccessibleName(plot.title)
        self.setAccessibleDescription(
            f"Chart of {len(plot.marks)} marks. Arrow keys walk them, Enter shows what stands behind. The table below "
            "has the same figures."
        )
        self.update()

    def choose(self, place: int) -> None:
        """Put the cursor on a mark and say it."""
        if self.plot is not None and self.plot.marks:
            self.at = max(0, min(place, len(self.plot.marks) - 1))
            self.setAccessibleDescription(self.plot.marks[self.at].words)
            self.update()

    def box(self, place: int) -> QRectF:
        """Where a mark is drawn."""
        self._lay_out()
        return self._boxes[place]

    def mark_at(self, point: QPointF) -> int:
        """The mark under a point, or -1."""
        self._lay_out()
        return next((place for place, box in enumerate(self._boxes) if box.adjusted(-2, -3, 2, 3).contains(point)), -1)

    # -- people

    def keyPressEvent(self, event: QKeyEvent) -> None:
        marks = self.plot.marks if self.plot is not None else ()
        match event.key():
            case Qt.Key.Key_Right | Qt.Key.Key_Down:
                self.choose(self.at + 1)
            case Qt.Key.Key_Left | Qt.Key.Key_Up:
                self.choose(self.at - 1)
            case Qt.Key.Key_Home:
                self.choose(0)
            case Qt.Key.Key_End:
                self.choose(len(marks) - 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if 0 <= self.at < len(marks):
                self.mark_activated.emit(marks[self.at].target)
            case _:
                super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self.mark_at(event.position()) >= 0
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self.mark_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place >= 0 and self.plot is not None:
            self.choose(place)
            self.mark_activated.emit(self.plot.marks[place].target)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.mark_at(QPointF(event.pos()))
            text = self.plot.marks[place].words if self.plot is not None and place >= 0 else ""
            QToolTip.showText(event.globalPos(), plain_tooltip(text), self)
            return True
        return super().event(event)

    # -- where things are

    @property
    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(theme.font(theme.TINY, figures=True))

    def _scale(self) -> list[float]:
        assert self.plot is not None
        values = [value for mark in self.plot.marks for value in (mark.start, mark.end)] or [0.0, 1.0]
        low, high = min(values), max(values)
        if self.plot.form is Form.LINES:
            rule = self.plot.rule if self.plot.rule is not None else high
            low, high = min(low, rule), max(high, rule)
            return steps_between(low - (high - low) * 0.08, high)
        return steps_between(min(low, 0.0), max(high, 0.0))

    def _area(self) -> QRectF:
        """The ground of the marks, without legend and labels."""
        assert self.plot is not None
        names: tuple[str, ...]
        if self.plot.form is Form.ROWS:
            names = self.plot.slots
        elif self.plot.form is Form.HEAT:
            names = self.plot.series
        else:
            names = tuple(self.plot.axis(step) for step in self._scale())
        widest = max((self._metrics.horizontalAdvance(name) for name in names), default=0)
        left = min(widest + 14.0, self.width() / 3)
        rows = self.plot.form is Form.ROWS
        shown = max((self._metrics.horizontalAdvance(mark.shown) for mark in self.plot.marks if rows), default=0)
        right = max(shown + 10.0, RIGHT)
        legend = self.plot.legend or self.plot.form is Form.HEAT
        top = LEGEND if legend else BARE if rows else FIGURES
        return QRectF(left, top, max(self.width() - left - right, 1), max(self.height() - top - BOTTOM, 1))

    def _cell(self, area: QRectF) -> tuple[float, float]:
        """The width and the height of a cell of a heat map."""
        assert self.plot is not None
        columns, rows = max(len(self.plot.slots), 1), max(len(self.plot.series), 1)
        return area.width() / columns, min(area.height() / rows, TALLEST_CELL)

    def _lay_out(self) -> None:
        if self.plot is None:
            self._boxes = []
            return
        area, form = self._area(), self.plot.form
        if form is Form.HEAT:
            wide, high = self._cell(area)
            self._boxes = [
                QRectF(area.left() + mark.slot * wide + 1, area.top() + mark.series * high + 1, wide - 2, high - 2)
                for mark in self.plot.marks
            ]
            return
        scale = self._scale()
        low, span = scale[0], scale[-1] - scale[0]
        rows = form is Form.ROWS
        breadth = (area.height() if rows else area.width()) / max(len(self.plot.slots), 1)
        thick = min(breadth * 0.66, 64.0 if not rows else 26.0)
        self._boxes = []
        for mark in self.plot.marks:
            middle = (area.top() if rows else area.left()) + (mark.slot + 0.5) * breadth
            first, last = sorted((mark.start, mark.end))
            if rows:
                near, far = (area.left() + (value - low) / span * area.width() for value in (first, last))
                self._boxes.append(QRectF(near, middle - thick / 2, max(far - near, 2.0), thick))
                continue
            far, near = (area.bottom() - (value - low) / span * area.height() for value in (first, last))
            if form is Form.LINES:
                self._boxes.append(QRectF(middle - 5, near - 5, 10, 10))
            elif form is Form.SIDE_BY_SIDE:
                part = thick / max(len(self.plot.series), 1)
                left = middle - thick / 2 + mark.series * part
                self._boxes.append(QRectF(left, near, max(part - 1, 1), max(far - near, 2.0)))
            else:
                self._boxes.append(QRectF(middle - thick / 2, near, thick, max(far - near, 2.0)))

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TINY, figures=True))
        if self.plot is None or not self.plot.marks:
            painter.setPen(theme.colour("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Nothing to draw in these days.")
            return
        self._lay_out()
        if self.plot.form is Form.HEAT:
            self._heat(painter)
        else:
            self._ground(painter)
            if self.plot.form is Form.LINES:
                self._lines(painter)
            else:
                for mark, box in zip(self.plot.marks, self._boxes, strict=True):
                    self._bar(painter, box, self.plot.inks[mark.series])
                    self._write(painter, mark, box)
            if self.plot.legend:
                self._legend(painter)
        if self.hasFocus() and 0 <= self.at < len(self._boxes):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("text"), 2))
            painter.drawRect(self._boxes[self.at].adjusted(-3, -3, 3, 3))

    def _ground(self, painter: QPainter) -> None:
        assert self.plot is not None
        area, scale, rows = self._area(), self._scale(), self.plot.form is Form.ROWS
        low, span = scale[0], scale[-1] - scale[0]
        for step in scale:
            painter.setPen(QPen(theme.colour("muted" if step == 0 else "grid"), 1))
            if rows:
                x = area.left() + (step - low) / span * area.width()
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            else:
                y = area.bottom() - (step - low) / span * area.height()
                painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
                painter.setPen(theme.colour("muted"))
                side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(QRectF(0, y - 8, area.left() - 8, 16), side, self.plot.axis(step))
        painter.setPen(theme.colour("muted"))
        for box, text in self.step_labels() if rows else ():
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, text)
        if self.plot.rule is not None:
            y = area.bottom() - (self.plot.rule - low) / span * area.height()
            painter.setPen(QPen(theme.colour("text"), 1.4, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        self._names(painter, area, rows)

    def step_labels(self) -> list[tuple[QRectF, str]]:
        """What stands below the steps of bars that lie, and where; where they would run into each other each n-th."""
        scale = self._scale()
        for each in range(1, len(scale)):
            found = [self._step_label(step, scale) for step in scale[::each]]
            if all(left.right() + LABEL_GAP <= right.left() for (left, _), (right, _) in pairwise(found)):
                return found
        return [self._step_label(scale[0], scale)]

    def _step_label(self, step: float, scale: list[float]) -> tuple[QRectF, str]:
        assert self.plot is not None
        area, text = self._area(), self.plot.axis(step)
        wide = self._metrics.horizontalAdvance(text) + 2
        x = area.left() + (step - scale[0]) / (scale[-1] - scale[0]) * area.width()
        left = min(x - wide / 2, self.width() - wide)  # the last one stands inside
        return QRectF(left, area.bottom() + 6, wide, 16), text

    def _names(self, painter: QPainter, area: QRectF, rows: bool) -> None:
        """The names of the slots; where they would run into each other only each n-th."""
        assert self.plot is not None
        painter.setPen(theme.colour("muted"))
        metrics, breadth = self._metrics, (area.height() if rows else area.width()) / len(self.plot.slots)
        if rows:
            for place, name in enumerate(self.plot.slots):
                text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(area.left() - 10))
                box = QRectF(0, area.top() + place * breadth, area.left() - 8, breadth)
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            return
        widest = max(metrics.horizontalAdvance(name) for name in self.plot.slots) + 10
        each = max(ceil(widest / breadth), 1)
        for place, name in enumerate(self.plot.slots):
            if place % each == 0:
                middle = area.left() + (place + 0.5) * breadth
                box = QRectF(middle - widest / 2, area.bottom() + 6, widest, 16)
                painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, name)

    def _bar(self, painter: QPainter, box: QRectF, ink: int) -> None:
        painter.fillRect(box, theme.colour(INKS[ink % len(INKS)]))
        painter.setPen(QPen(theme.colour("surface"), 1))
        pattern = ink % PATTERNS
        if pattern & 1:
            for place in range(1, int(box.height() // LINE_GAP) + 1):
                y = box.top() + place * LINE_GAP
                painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
        if pattern & 2:
            for place in range(1, int(box.width() // LINE_GAP) + 1):
                x = box.left() + place * LINE_GAP
                painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))

    def _write(self, painter: QPainter, mark: Mark, box: QRectF) -> None:
        """The figure beside a bar, where it has one."""
        if not mark.shown:
            return
        painter.setPen(theme.colour("text"))
        assert self.plot is not None
        if self.plot.form is Form.ROWS:
            wide = self._metrics.horizontalAdvance(mark.shown)
            if box.right() + wide + 8 <= self.width():
                painter.drawText(QPointF(box.right() + 6, box.center().y() + 4), mark.shown)
        else:
            painter.drawText(
                QRectF(box.center().x() - 60, box.top() - 17, 120, 16), Qt.AlignmentFlag.AlignHCenter, mark.shown
            )

    def _lines(self, painter: QPainter) -> None:
        assert self.plot is not None
        placed = sorted(zip(self.plot.marks, self._boxes, strict=True), key=lambda pair: (pair[0].series, pair[0].slot))
        for series, pairs in groupby(placed, key=lambda pair: pair[0].series):
            ink = self.plot.inks[series]
            centres = [box.center() for _, box in pairs]
            painter.setPen(QPen(theme.colour(INKS[ink % len(INKS)]), 2, _style(ink)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(centres))
            for centre in centres:
                self._dot(painter, centre, ink)

    def _dot(self, painter: QPainter, centre: QPointF, ink: int) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(INKS[ink % len(INKS)]))
        if ink % 2:
            corners = (QPointF(0, -6), QPointF(6, 0), QPointF(0, 6), QPointF(-6, 0))
            painter.drawPolygon(QPolygonF([centre + corner for corner in corners]))
        else:
            painter.drawEllipse(centre, 4.5, 4.5)

    def _legend(self, painter: QPainter) -> None:
        assert self.plot is not None
        x = self._area().left()
        for name, ink in zip(self.plot.series, self.plot.inks, strict=True):
            if self.plot.form is Form.LINES:
                painter.setPen(QPen(theme.colour(INKS[ink % len(INKS)]), 2, _style(ink)))
                painter.drawLine(QPointF(x - 4, 13), QPointF(x + 18, 13))
                self._dot(painter, QPointF(x + 7, 13), ink)
            else:
                self._bar(painter, QRectF(x, 7, 13, 13), ink)
            painter.setPen(theme.colour("text"))
            painter.drawText(QPointF(x + 22, 17), name)
            x += 22 + self._metrics.horizontalAdvance(name) + 20

    def _heat(self, painter: QPainter) -> None:
        assert self.plot is not None
        area = self._area()
        wide, high = self._cell(area)
        painter.setPen(theme.colour("muted"))
        for place, name in enumerate(self.plot.slots):
            box = QRectF(area.left() + place * wide, area.top() - 20, wide, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
        for place, name in enumerate(self.plot.series):
            box = QRectF(0, area.top() + place * high, area.left() - 8, high)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
        for mark, box in zip(self.plot.marks, self._boxes, strict=True):
            ground = _blend(theme.colour("surface"), theme.colour("mark"), min(max(mark.end, 0.0), 1.0))
            painter.setPen(QPen(theme.colour("mark"), 1))
            painter.setBrush(ground)
            painter.drawRect(box)
            if self._metrics.horizontalAdvance(mark.shown) < box.width() and box.height() > self._metrics.height():
                painter.setPen(_readable(ground))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, mark.shown)


def _style(ink: int) -> Qt.PenStyle:
    return Qt.PenStyle.DashLine if ink % 2 else Qt.PenStyle.SolidLine


def _blend(ground: QColor, ink: QColor, share: float) -> QColor:
    """So much of a colour on another."""
    parts = ((ground.redF(), ink.redF()), (ground.greenF(), ink.greenF()), (ground.blueF(), ink.blueF()))
    return QColor.fromRgbF(*(below + (above - below) * share for below, above in parts))


def _readable(ground: QColor) -> QColor:
    """Black or white, whichever stands out more."""
    return QColor(max(("#000000", "#ffffff"), key=lambda name: theme.contrast(name, ground.name())))
