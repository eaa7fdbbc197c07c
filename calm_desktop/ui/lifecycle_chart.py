"""The lifecycle chart, and all of pyqtgraph: a figure's steps over the days, with the actions in a lane below.

    chart = LifecycleChart()
    chart.show_series(ChartSeries(...))
    chart.dot_activated.connect(lambda kind, id: ...)      # kind is "period" or "action"
    chart.as_of_dragged.connect(lambda day: ...)           # a person dragged the as-of line, told when it is let go
    chart.table_requested.connect(...)                     # the twin: chart_model.table_rows(chart.series)
    table.selection_changed.connect(chart.select)          # lights the dots of these actions

Left and Right walk the dots, Enter opens one, Shift+Left and Shift+Right move the as-of day.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pyqtgraph as pg
from dateutil.relativedelta import relativedelta
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QBrush,
    QColor,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from calm_desktop.ui import display, theme
from calm_desktop.ui.chart_model import ActionDot, ChartSeries, Step, StepLine, apart
from calm_desktop.ui.widgets import ElidedLabel, Label, Section, clear, tool

REACH_PX = 9
LINE_PX = 2
LANE_PX = 30
EDGE_PX = 16
HEAD_PX = 14
DAYS_PX = 38
LEGEND_PX = 120
LINE_TOKENS = ("mark", "good", "warn", "bad")


@dataclass(frozen=True, slots=True)
class _Dot:
    """A dot as drawn: `y` is None for those in the lane of actions. What it says is put together when asked."""

    kind: str
    id: str | None
    day: date
    y: float | None
    says: Callable[[], tuple[str, tuple[tuple[str, str], ...]]]


def _says_period(line: StepLine, step: Step, before: Decimal | None) -> tuple[str, tuple[tuple[str, str], ...]]:
    told = display.change(line.text(before), line.text(step.value), line.delta(before, step.value))
    return f"{step.note or 'State period'} · {display.day(step.day)}", ((line.label, told),)


def _says_action(action: ActionDot) -> tuple[str, tuple[tuple[str, str], ...]]:
    parts = (str(action.category), display.day(action.day), action.source)
    return " · ".join(part for part in parts if part), action.lines


def x_of(day: date) -> float:
    """A day's place on the horizontal axis."""
    return float(day.toordinal())


def nice_ticks(top: float, wanted: int = 5) -> list[float]:
    """Round values from 0 up to at least `top`, about `wanted` steps of 1, 2, 2.5 or 5 times a power of ten."""
    if top <= 0:
        return [0.0, 1.0]
    raw = top / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    return [step * number for number in range(math.ceil(top / step - 1e-9) + 1)]


def day_ticks(start: date, end: date, room: int) -> list[tuple[date, str]]:
    """Days to label between two days: months, quarters, half-years or years, as many as fit in `room` pixels."""
    days = max(1, (end - start).days)
    per_label = max(2, room // 64)
    months = next((n for n in (1, 2, 3, 6, 12, 24, 60, 120) if days / 30.44 / n <= per_label), 240)
    if days <= 62:
        step = next((n for n in (1, 2, 7, 14) if days / n <= per_label), 14)
        ticks = [start + timedelta(days=n) for n in range(0, days + 1, step)]
        return [
            (day, f"{day.day} {day:%b}" + (f"\n{day.year}" if place == 0 else "")) for place, day in enumerate(ticks)
        ]
    first = date(start.year - start.year % max(1, months // 12), 1, 1)
    found = []
    for number in range(0, (end.year - first.year + 1) * 12, months):
        day = first + relativedelta(months=number)
        if start <= day <= end:
            found.append((day, f"{day:%b}\n{day.year}" if day.month == 1 else f"{day:%b}"))
    return found


class _Axis(pg.AxisItem):
    """Texts only: no line, no tick marks."""

    def drawPicture(self, p: QPainter, axisSpec: Any, tickSpecs: Any, textSpecs: Any) -> None:  # noqa: N803
        if self.style["tickFont"] is not None:
            p.setFont(self.style["tickFont"])
        p.setPen(self.textPen())
        for area, flags, text in textSpecs:
            p.drawText(area, int(flags), text)


class _DayAxis(_Axis):
    """Ticks on first days of months, counted from the calendar and never from seconds."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.texts: dict[float, str] = {}

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        first, last = max(1, math.ceil(minVal)), min(date.max.toordinal(), math.floor(maxVal))
        if first >= last:
            return []
        ticks = day_ticks(date.fromordinal(first), date.fromordinal(last), int(size))
        # A text is centred under its day: nearer to the right edge it would be cut.
        edge = maxVal - (maxVal - minVal) * EDGE_PX / max(size, EDGE_PX)
        self.texts = {x_of(day): text for day, text in ticks if x_of(day) <= edge}
        return [(30.0, list(self.texts))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [self.texts.get(value, "") for value in values]


class _ValueAxis(_Axis):
    """Ticks at round figures, in short money or plain quantities; none in the lane of actions."""

    def __init__(self) -> None:
        super().__init__("left")
        self.ticks: list[float] = []
        self.line: StepLine | None = None

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        return [(1.0, self.ticks)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        texts = []
        for value in values:
            figure = Decimal(repr(round(value, 6)))
            if self.line is not None and self.line.currency is not None:
                texts.append(display.short_money(figure, self.line.currency))
            else:
                texts.append(display.quantity(figure))
        return texts


class _Plot(pg.PlotWidget):
    """The drawing surface: it leaves the wheel to the page and hands mouse and keys to the chart."""

    def __init__(self, chart: LifecycleChart, axes: dict[str, pg.AxisItem]) -> None:
        self.chart = chart
        super().__init__(axisItems=axes, enableMenu=False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.chart.mouse_moved(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.LeftButton:
            self.chart.mouse_pressed(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.chart.mouse_released(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self.chart.mouse_left()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.chart.key_pressed(event):
            super().keyPressEvent(event)

    def focusOutEvent(self, event: Any) -> None:
        self.chart.mouse_left()
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.chart.resized()


class _Line(pg.InfiniteLine):
    """A line across the whole plot. While its plot is taken down it covers nothing, where it would fail else."""

    def boundingRect(self) -> QRectF:
        return QRectF() if self.getViewBox() is None else super().boundingRect()


class Bubble(QFrame):
    """The dark note by a dot: what, when, source; then old -> new (delta) for each figure."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 8, 12, 9)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(2)
        self.texts: list[str] = []
        self.hide()

    def tell(self, title: str, lines: Iterable[tuple[str, str]]) -> None:
        """Fill the note; it is hidden until it is shown in its place."""
        self.hide()  # words that are added to a note in view would have no size before the next event
        clear(self._grid)
        ink = theme.tokens()
        self.texts = [title]
        head = Label(title, size=theme.SMALL, weight=theme.SEMIBOLD)
        head.setStyleSheet(f"color: {ink.on_bubble};")
        self._grid.addWidget(head, 0, 0, 1, 2)
        for row, (name, text) in enumerate(lines, 1):
            for column, (words, colour) in enumerate(((name, ink.bubble_muted), (text, ink.on_bubble))):
                label = Label(words)
                label.setFont(theme.font(theme.SMALL, theme.MEDIUM if column else theme.REGULAR, figures=True))
                label.setStyleSheet(f"color: {colour};")
                self._grid.addWidget(label, row, column)
            self.texts.append(f"{name} {text}")
        self._grid.setColumnStretch(1, 1)
        self._grid.activate()
        self.resize(self._grid.totalSizeHint())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("bubble"))
        painter.drawRoundedRect(self.rect(), 6, 6)


class _LegendMark(QWidget):
    """The sign of one kind of dot, or of one line."""

    def __init__(self, shape: str, token: str) -> None:
        super().__init__()
        self.shape, self.token = shape, token
        self.setFixedSize(QSize(14 if shape in ("line", "before") else 10, 12))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(self.token))
        middle = QPointF(self.width() / 2, self.height() / 2)
        if self.shape == "line":
            painter.drawRect(0, 5, 14, 2)
        elif self.shape == "before":
            for left in (0, 5, 10):
                painter.drawRect(left, 5, 3, 2)
        elif self.shape == "circle":
            painter.drawEllipse(middle, 4.2, 4.2)
        else:
            painter.translate(middle)
            painter.rotate(45)
            painter.drawRect(-3, -3, 7, 7)


class LifecycleChart(Section):
    """A chart of one figure over the lifecycle; see the module's text."""

    dot_activated = Signal(str, object)
    as_of_dragged = Signal(object)
    table_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(" ", parent)
        self.series: ChartSeries | None = None
        self._dots: list[_Dot] = []
        self._current: int | None = None
        self._selected: frozenset[str] = frozenset()
        self._drag_day: date | None = None
        self._pressed_dot: int | None = None
        self._top = 1.0
        self._pixels = 0.0
        self._for_picture = False
        self.layout().setContentsMargins(18, 10, 14, 8)  # type: ignore[union-attr]
        self._legend = QHBoxLayout()
        self._legend.setSpacing(5)
        self.head.addLayout(self._legend)
        self.table_button = tool("table", "Show as table")
        self.table_button.clicked.connect(self.table_requested)
        self.add_tool(self.table_button)
        self._days, self._values = _DayAxis(), _ValueAxis()
        self.plot = _Plot(self, {"bottom": self._days, "left": self._values})
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.plot.setMinimumHeight(160)
        self.body.addWidget(self.plot, 1)
        self.setFocusProxy(self.plot)
        self.plot.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        item = self.plot.getPlotItem()
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.layout.setContentsMargins(0, 0, 0, 0)
        self._box = item.getViewBox()
        self._box.setDefaultPadding(0)
        self._box.disableAutoRange()
        self._drawn: list[Any] = []
        self._marker = _Line(angle=90)
        self._as_of = _Line(angle=90)
        self._light = pg.ScatterPlotItem(pxMode=True)
        self.bubble = Bubble(self.plot)
        theme.current().changed.connect(self._restyle)
        self._restyle()

    # -- for pages

    def show_series(self, series: ChartSeries) -> None:
        """Show a chart; what was selected stays lit where it is still there."""
        self.series = series
        self.title.setText(series.title)
        self.plot.setAccessibleName(series.title)
        self.plot.setAccessibleDescription(self._summary(series))
        self._current = None
        self.bubble.hide()
        self._show_legend(series)
        self._draw()

    def select(self, ids: Iterable[Any]) -> None:
        """Light the dots of these actions."""
        self._selected = frozenset(ids)
        self._light_dots()

    def dots(self) -> list[tuple[str, str | None, date]]:
        """What can be walked and clicked, in order of days: (kind, id, day)."""
        return [(dot.kind, dot.id, dot.day) for dot in self._dots]

    def dot_position(self, kind: str, number: str) -> QPointF:
        """Where a dot is, in pixels of `plot`'s viewport; raises StopIteration where there is none."""
        return self._pixel(next(dot for dot in self._dots if dot.kind == kind and dot.id == number))

    def day_position(self, day: date) -> float:
        """A day's place across, in pixels of `plot`'s viewport."""
        return float(self.plot.mapFromScene(self._box.mapViewToScene(QPointF(x_of(day), 0.0))).x())

    # -- mouse and keys, handed over by the plot

    def mouse_moved(self, at: QPointF) -> None:
        if self._drag_day is not None:
            self._drag_to(at)
            return
        place = self._nearest(at)
        near_line = place is None and self._near_as_of(at)
        shape = Qt.CursorShape.ArrowCursor
        if place is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif near_line:
            shape = Qt.CursorShape.SplitHCursor
        self.plot.viewport().setCursor(shape)
        self._show_dot(place)

    def mouse_pressed(self, at: QPointF) -> None:
        self._pressed_dot = self._nearest(at)
        if self._pressed_dot is None and self.series is not None and self._near_as_of(at):
            self._drag_day = self.series.as_of
            self._show_dot(None)

    def mouse_released(self, at: QPointF) -> None:
        if self._drag_day is not None:
            self._drag_to(at)
            day, self._drag_day = self._drag_day, None
            self.bubble.hide()
            if self.series is not None and day != self.series.as_of:
                self.as_of_dragged.emit(day)
            self._place_as_of()
        elif self._pressed_dot is not None and self._nearest(at) == self._pressed_dot:
            dot = self._dots[self._pressed_dot]
            self.dot_activated.emit(dot.kind, dot.id)

    def mouse_left(self) -> None:
        if self._drag_day is None:
            self._show_dot(None)

    def key_pressed(self, event: QKeyEvent) -> bool:
        key = event.key()
        if self.series is None:
            return False
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.as_of_dragged.emit(self.series.as_of + timedelta(days=1 if key == Qt.Key.Key_Right else -1))
            return True
        last = len(self._dots) - 1
        here = self._current
        moves = {
            Qt.Key.Key_Right: 0 if here is None else min(last, here + 1),
            Qt.Key.Key_Left: last if here is None else max(0, here - 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if key in moves and self._dots:
            self._show_dot(moves[Qt.Key(key)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and here is not None:
            self.dot_activated.emit(self._dots[here].kind, self._dots[here].id)
        elif key == Qt.Key.Key_Escape and here is not None:
            self._show_dot(None)
        else:
            return False
        return True

    def resized(self) -> None:
        if self.series is not None:
            self._current = None
            self.bubble.hide()
            self._draw()

    def begin_picture(self, scale: int) -> None:
        """Draw for a picture of `scale` pixels to one of the screen's: dots as shapes, lines as wide as they look."""
        self._pixels = float(scale)
        self._for_picture = True
        self._draw()

    def end_picture(self) -> None:
        """Draw for the screen again."""
        self._pixels = 0.0
        self._for_picture = False
        self._draw()

    # -- drawing

    def _draw(self) -> None:
        series = self.series
        if series is None:
            return
        item = self.plot.getPlotItem()
        for drawn in self._drawn:
            item.removeItem(drawn)
        self._drawn = []
        self._dots = sorted([*self._period_dots(series), *self._action_dots(series)], key=lambda dot: dot.day)
        self._xs = np.array([x_of(dot.day) for dot in self._dots])
        self._ys = np.array([np.nan if dot.y is None else dot.y for dot in self._dots])
        ticks = nice_ticks(self._highest(series) * 1.04, max(3, min(5, self._room() // 34)))
        self._top = ticks[-1]
        currencies = {line.currency for line in series.lines}
        self._values.ticks = ticks
        self._values.line = series.lines[0] if series.lines and len(currencies) == 1 else None
        self._box.setXRange(x_of(series.start), max(x_of(series.end), x_of(series.start) + 1), padding=0)
        self._fit_lane()
        ink = theme.tokens()
        for tick in ticks:
            self._add(_Line(tick, angle=0, pen=self._pen(ink.grid, 1)), -20)
        self._shade_paused(series, ticks[-1])
        for place, line in enumerate(series.lines):
            self._draw_line(series, line, LINE_TOKENS[place % len(LINE_TOKENS)], shaded=len(series.lines) == 1)
        for line in series.before:
            self._draw_before(series, apart(line, series.lines))
        today = _Line(x_of(series.today), angle=90, pen=self._pen(ink.muted, 1, (3, 3)))
        self._add(today, 5)
        self._marker = self._add(_Line(angle=90, pen=self._pen(ink.action, 1)), 4)
        self._marker.hide()
        self._as_of = self._add(_Line(angle=90, pen=self._pen(ink.accent, 1.5)), 6)
        self._today_text = self._add(pg.TextItem("Today", color=ink.muted, anchor=(1, 0)), 7)
        self._as_of_text = self._add(pg.TextItem("", color=ink.accent, anchor=(0, 0)), 7)
        for text in (self._today_text, self._as_of_text):
            text.setFont(theme.font(theme.TINY, theme.MEDIUM))
        self._scatter([dot for dot in self._dots if dot.y is not None], "o", 9, "mark")
        self._scatter([dot for dot in self._dots if dot.y is None], "d", 9, "action")
        self._light = self._add(pg.ScatterPlotItem(pxMode=True), 20)
        self._place_as_of()
        self._place_texts()
        self._light_dots()

    def _add(self, item: Any, depth: int) -> Any:
        item.setZValue(depth)
        if self._for_picture and isinstance(item, pg.ScatterPlotItem):
            item.setExportMode(True, {"antialias": True})
        self.plot.getPlotItem().addItem(item, ignoreBounds=True)
        self._drawn.append(item)
        return item

    def _shade_paused(self, series: ChartSeries, top: float) -> None:
        """A quiet ground, with its word, under the days in which everything rests."""
        ink = theme.tokens()
        for first, last in series.paused:
            left = max(x_of(first), x_of(series.start))
            right = min(x_of(series.end) if last is None else x_of(last) + 1, x_of(series.end))
            if right <= left:
                continue
            x, y = np.array([left, right]), np.array([top, top])
            self._add(pg.PlotCurveItem(x, y, pen=None, fillLevel=0.0, brush=pg.mkBrush(ink.neutral_soft)), -30)
            text = pg.TextItem("Paused", color=ink.muted, anchor=(0, 0))
            text.setFont(theme.font(theme.TINY, theme.MEDIUM))
            text.setPos(left, top)
            self._add(text, 7)
            text.setVisible(text.boundingRect().width() * self._box.viewPixelSize()[0] <= right - left)

    def _draw_line(self, series: ChartSeries, line: StepLine, token: str, shaded: bool) -> None:
        left, right, today = x_of(series.start), x_of(series.end), x_of(series.today)
        colour = QColor(getattr(theme.tokens(), token))
        for xs, ys in runs(line, left, right):
            for x, y, past in ((*until(xs, ys, today), True), (*since(xs, ys, today), False)):
                if len(x) < 2:
                    continue
                if past and shaded:
                    fill = pg.PlotCurveItem(x, y, pen=None, fillLevel=0.0, brush=self._shade(colour))
                    self._add(fill, -10)
                pen = self._pen(colour, LINE_PX, () if past else dashes(self._length(x, y)))
                pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
                curve = pg.PlotCurveItem(x, y, pen=pen, antialias=False)
                curve.setSegmentedLineMode("off")
                self._add(curve, 0)

    def _draw_before(self, series: ChartSeries, line: StepLine) -> None:
        """A line as it was: thinner, in the grey of texts, without circles."""
        for xs, ys in runs(line, x_of(series.start), x_of(series.end)):
            pen = self._pen(theme.tokens().muted, 1.4, (1.5, 2))
            self._add(pg.PlotCurveItem(xs, ys, pen=pen, antialias=False), -5)

    def _length(self, xs: np.ndarray, ys: np.ndarray) -> float:
        """Pixels from corner to corner of a run, along its steps."""
        wide, high = (abs(size) for size in self._box.viewPixelSize())
        return float(np.abs(np.diff(xs)).sum() / wide + np.abs(np.diff(ys)).sum() / high)

    def _pen(self, colour: QColor | str, width: float, dashes: tuple[float, ...] = ()) -> QPen:
        """A pen as wide on a screen or picture of many small pixels as on any other."""
        pen = QPen(QColor(colour), width * (self._pixels or self.devicePixelRatioF()))
        pen.setCosmetic(True)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if dashes:
            pen.setDashPattern(dashes)
        return pen

    def _shade(self, colour: QColor) -> QBrush:
        shade = QLinearGradient(0, self._top, 0, 0)
        for stop, alpha in ((0, 0.20), (1, 0.03)):
            tint = QColor(colour)
            tint.setAlphaF(alpha)
            shade.setColorAt(stop, tint)
        return QBrush(shade)

    def _scatter(self, dots: list[_Dot], symbol: str, size: int, token: str) -> Any:
        ink = theme.tokens()
        today = self.series.today if self.series is not None else date.max
        colour, ground = getattr(ink, token), ink.surface
        scatter = pg.ScatterPlotItem(pxMode=True, antialias=True)
        edge = 1.6 if symbol == "o" else 1.2
        full = (self._pen(ground, edge), pg.mkBrush(colour))
        hollow = (self._pen(colour, 1.8), pg.mkBrush(ground))
        looks = [hollow if dot.day > today else full for dot in dots]
        scatter.setData(
            x=np.array([x_of(dot.day) for dot in dots]),
            y=np.array([self._height(dot) for dot in dots]),
            symbol=symbol,
            size=[size if dot.day > today else size + (1 if symbol == "o" else 0) for dot in dots],
            pen=[look[0] for look in looks],
            brush=[look[1] for look in looks],
        )
        return self._add(scatter, 10)

    def _light_dots(self) -> None:
        if self.series is None:
            return
        ink = theme.tokens()
        lit = [dot for dot in self._dots if dot.kind == "action" and dot.id in self._selected]
        current = None if self._current is None else self._dots[self._current]
        spots = [(dot, 15 if dot is current else 14) for dot in lit]
        if current is not None and current not in lit:
            spots.append((current, 13))
        self._light.setData(
            x=[x_of(dot.day) for dot, _ in spots],
            y=[self._height(dot) for dot, _ in spots],
            symbol=["d" if dot.y is None else "o" for dot, _ in spots],
            size=[size for _, size in spots],
            pen=self._pen(ink.text, 1.4),
            brush=[pg.mkBrush(ink.action if dot.y is None else ink.mark) for dot, _ in spots],
        )
        marked = current if current is not None and current.kind == "action" else (lit[0] if len(lit) == 1 else None)
        self._marker.setVisible(marked is not None)
        if marked is not None:
            self._marker.setValue(x_of(marked.day))

    def _show_legend(self, series: ChartSeries) -> None:
        clear(self._legend)
        entries = [("circle", "mark", "State period"), ("diamond", "action", "Action")]
        if len(series.lines) > 1:
            entries = [
                ("line", LINE_TOKENS[place % len(LINE_TOKENS)], line.label) for place, line in enumerate(series.lines)
            ] + entries[1:]
        if any(step.value is not None for line in series.before for step in apart(line, series.lines).steps):
            entries.insert(0, ("before", "muted", "Before"))
        for shape, token, words in entries:
            self._legend.addWidget(_LegendMark(shape, token))
            label = ElidedLabel(words, "muted", size=theme.SMALL)
            label.setMaximumWidth(LEGEND_PX if shape == "line" else label.sizeHint().width())
            label.setMinimumWidth(min(label.sizeHint().width(), label.maximumWidth()))
            self._legend.addWidget(label)
            self._legend.addSpacing(7)

    def _room(self) -> int:
        """Pixels between the top of the chart and its zero line."""
        return max(20, self.plot.height() - DAYS_PX - LANE_PX - HEAD_PX)

    def _fit_lane(self) -> None:
        """Lay the zero line so that the lane of actions below it keeps its height."""
        unit = self._top / self._room()
        self._lane_y = -unit * LANE_PX * 0.52
        self._box.setYRange(-unit * LANE_PX, self._top + unit * HEAD_PX, padding=0)

    def _place_texts(self) -> None:
        if self.series is None or not self._drawn:
            return
        head = self._top + self._top / self._room() * HEAD_PX
        today, as_of = x_of(self.series.today), float(self._as_of.value())
        self._today_text.setPos(today, head)
        self._as_of_text.setPos(as_of, head)
        pixel = self._box.viewPixelSize()[0]
        width = self._as_of_text.boundingRect().width() * pixel
        today_first = today - self._today_text.boundingRect().width() * pixel
        fits = [
            (start, start >= today or start + width <= today_first)
            for start in (as_of, as_of - width)
            if start >= x_of(self.series.start) and start + width <= x_of(self.series.end)
        ] or [(as_of, False)]
        # Where both names do not fit, the day that was asked for is told; the dashed line still says where today is.
        start, apart = next((each for each in fits if each[1]), fits[0])
        self._as_of_text.setAnchor((0, 0) if start == as_of else (1, 0))
        self._today_text.setVisible(apart or not self._as_of_text.isVisible())

    def _place_as_of(self) -> None:
        if self.series is None:
            return
        day = self._drag_day or self.series.as_of
        self._as_of.setValue(x_of(day))
        shown = day != self.series.today or self._drag_day is not None
        self._as_of.setVisible(shown)
        self._as_of_text.setVisible(shown)
        self._as_of_text.setText(f"As of {display.day(day)}")
        self._place_texts()

    def _restyle(self) -> None:
        ink = theme.tokens()
        self.plot.setBackground(ink.surface)
        for axis in (self._days, self._values):
            axis.setPen(pg.mkPen(None))
            axis.setTextPen(pg.mkPen(ink.muted))
            axis.setTickFont(theme.font(theme.TINY, figures=True))
            axis.setStyle(tickLength=0, tickTextOffset=8, autoExpandTextSpace=False, hideOverlappingLabels=False)
        self._days.setHeight(DAYS_PX)
        self._values.setWidth(54)
        self.bubble.hide()
        self._draw()

    # -- dots

    def _period_dots(self, series: ChartSeries) -> list[_Dot]:
        dots = []
        for line in series.lines:
            before: Decimal | None = None
            for step in line.steps:
                if step.value is not None and (step.id is not None or step.marked):
                    says = partial(_says_period, line, step, before)
                    dots.append(_Dot("period", step.id, step.day, float(step.value), says))
                before = step.value
        return [dot for dot in dots if series.start <= dot.day <= series.end]

    def _action_dots(self, series: ChartSeries) -> list[_Dot]:
        return [
            _Dot("action", action.id, action.day, None, partial(_says_action, action))
            for action in series.actions
            if series.start <= action.day <= series.end
        ]

    def _height(self, dot: _Dot) -> float:
        return self._lane_y if dot.y is None else dot.y

    def _pixel(self, dot: _Dot) -> QPointF:
        scene = self._box.mapViewToScene(QPointF(x_of(dot.day), self._height(dot)))
        return QPointF(self.plot.mapFromScene(scene))

    def _nearest(self, at: QPointF) -> int | None:
        """The dot within reach of a point: those near it across are found by bisection, the nearest of them wins."""
        if self.series is None or not len(self._xs):
            return None
        view = self._box.mapSceneToView(self.plot.mapToScene(at.toPoint()))
        wide, high = (abs(size) for size in self._box.viewPixelSize())
        first = int(np.searchsorted(self._xs, view.x() - REACH_PX * wide, "left"))
        last = int(np.searchsorted(self._xs, view.x() + REACH_PX * wide, "right"))
        if first == last:
            return None
        across = (self._xs[first:last] - view.x()) / wide
        ys = np.where(np.isnan(self._ys[first:last]), self._lane_y, self._ys[first:last])
        distance = np.hypot(across, (ys - view.y()) / high)
        best = int(distance.argmin())
        return first + best if distance[best] <= REACH_PX else None

    def _show_dot(self, place: int | None) -> None:
        if place == self._current:
            return
        self._current = place
        self._light_dots()
        if place is None:
            self.bubble.hide()
            return
        dot = self._dots[place]
        title, lines = dot.says()
        self.bubble.tell(title, lines)
        self._place_bubble(self._pixel(dot))
        self.plot.setAccessibleDescription(". ".join(self.bubble.texts))
        QAccessible.updateAccessibility(QAccessibleEvent(self.plot, QAccessible.Event.DescriptionChanged))

    def _place_bubble(self, at: QPointF) -> None:
        area = QRect(0, 0, self.plot.width(), self.plot.height())
        width, height = self.bubble.width(), self.bubble.height()
        left = at.x() - width - 12
        if left < 0:
            left = at.x() + 12
        left = max(0.0, min(left, area.width() - width))
        top = max(0.0, min(at.y() - height - 10, area.height() - height))
        if top <= at.y() <= top + height and left <= at.x() <= left + width:
            top = min(at.y() + 12, area.height() - height)
        self.bubble.move(round(left), round(top))
        self.bubble.show()
        self.bubble.raise_()

    def _near_as_of(self, at: QPointF) -> bool:
        return self.series is not None and abs(self.day_position(self.series.as_of) - at.x()) <= 5

    def _drag_to(self, at: QPointF) -> None:
        if self.series is None:
            return
        x = self._box.mapSceneToView(self.plot.mapToScene(at.toPoint())).x()
        bounded = max(x_of(self.series.start), min(x_of(self.series.end), round(x)))
        self._drag_day = date.fromordinal(int(bounded))
        lines = [(line.label, line.text(line.value_on(self._drag_day))) for line in self.series.lines]
        self.bubble.tell(f"As of {display.day(self._drag_day)}", lines)
        self._place_bubble(QPointF(self.day_position(self._drag_day), at.y()))
        self._place_as_of()

    def _highest(self, series: ChartSeries) -> float:
        values = [
            float(y)
            for line in (*series.lines, *series.before)
            for _, ys in runs(line, x_of(series.start), x_of(series.end))
            for y in ys
        ]
        return max(values, default=0.0)

    def _summary(self, series: ChartSeries) -> str:
        parts = [f"Steps from {display.day(series.start)} to {display.day(series.end)}."]
        parts += [
            f"{line.label} as of {display.day(series.as_of)}: {line.text(line.value_on(series.as_of))}."
            for line in series.lines
        ]
        parts += [
            f"{line.label} before: {line.text(line.value_on(series.as_of))} as of {display.day(series.as_of)}."
            for line in series.before
        ]
        for first, last in series.paused:
            parts.append(f"Paused {display.period(first, last)}.")
        parts.append(f"{display.count(len(series.actions), 'action')}. Arrow keys walk the dots.")
        return " ".join(parts)


def dashes(length: float) -> tuple[float, float]:
    """Dash and gap, in widths of the line, of a stretch of so many pixels: in a short one three dashes fit, too."""
    dash, gap = 4.0, 2.5
    part = max(0.1, min(1.0, length / LINE_PX / (3 * dash + 2 * gap)))
    return dash * part, gap * part


def runs(line: StepLine, left: float, right: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """The corners of a line between two places, one pair of arrays for each stretch without a gap."""
    found: list[tuple[np.ndarray, np.ndarray]] = []
    xs: list[float] = []
    ys: list[float] = []

    def close() -> None:
        if len(xs) > 1:
            found.append((np.array(xs), np.array(ys)))
        xs.clear()
        ys.clear()

    steps = line.steps
    for place, step in enumerate(steps):
        begin = max(left, x_of(step.day))
        until_ = min(right, x_of(steps[place + 1].day)) if place + 1 < len(steps) else right
        if step.value is None:
            close()
        elif until_ > begin:
            xs += [begin, until_]
            ys += [float(step.value)] * 2
    close()
    return found


def until(xs: np.ndarray, ys: np.ndarray, x: float) -> tuple[np.ndarray, np.ndarray]:
    """The part of a run of corners before a place."""
    if xs[0] >= x:
        return xs[:0], ys[:0]
    if xs[-1] <= x:
        return xs, ys
    place = int(np.searchsorted(xs, x, "right"))
    return np.append(xs[:place], x), np.append(ys[:place], ys[place - 1])


def since(xs: np.ndarray, ys: np.ndarray, x: float) -> tuple[np.ndarray, np.ndarray]:
    """The part of a run of corners after a place."""
    if xs[0] >= x:
        return xs, ys
    if xs[-1] <= x:
        return xs[:0], ys[:0]
    place = int(np.searchsorted(xs, x, "right"))
    return np.insert(xs[place:], 0, x), np.insert(ys[place:], 0, ys[place - 1])
