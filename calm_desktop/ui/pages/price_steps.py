"""A small step line of a price over time: solid up to today, dashed after it, a dot for each change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from calm_desktop.engine.dates import FIRST_DAY
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.shapes import PriceShape
from calm_desktop.ui import display, theme

LEAD = timedelta(days=180)
HEIGHT = 84


class PriceSteps(QWidget):
    """Prices of one currency, oldest first; the table beside it says the same in words."""

    def __init__(self) -> None:
        super().__init__()
        self._prices: tuple[PriceShape, ...] = ()
        self._today = FIRST_DAY
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(240, HEIGHT)

    def show_prices(self, prices: Sequence[PriceShape], today: date) -> None:
        """Show these prices, the first of which holds from the beginning."""
        self._prices, self._today = tuple(prices), today
        self.setAccessibleName("Price over time")
        self.setAccessibleDescription(
            "; ".join(f"{display.day(each.start)} {_text(each)}" for each in prices if each.start != FIRST_DAY)
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self._prices) < 2:
            return
        begins = [each.start for each in self._prices if each.start != FIRST_DAY]
        first = min(begins[0], self._today) - LEAD
        last = max(begins[-1], self._today) + LEAD
        amounts = [each.price for each in self._prices]
        low, high = min(amounts), max(amounts)
        left, right, top, bottom = 4.0, self.width() - 5.0, 22.0, self.height() - 20.0

        def x(day: date) -> float:
            return left + (right - left) * (max(day, first) - first).days / (last - first).days

        def y(price: Decimal) -> float:
            share = float((price - low) / (high - low)) if high != low else 0.5
            return bottom - (bottom - top) * share

        painter = QPainter(self)
        painter.setFont(theme.font(theme.TINY, figures=True))
        painter.setPen(QPen(theme.colour("border"), 1))
        now = x(self._today)
        painter.drawLine(QPointF(now, 14), QPointF(now, bottom + 4))
        painter.setPen(theme.colour("muted"))
        painter.drawText(QPointF(min(now + 4, right - 34), self.height() - 4.0), "Today")
        for place, each in enumerate(self._prices):
            start = x(each.start)
            end = x(self._prices[place + 1].start) if place + 1 < len(self._prices) else right
            self._step(painter, start, end, y(each.price), now)
            if place:
                self._rise(painter, start, y(self._prices[place - 1].price), y(each.price), start > now)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for each in self._prices[1:]:
            future = each.start > self._today
            painter.setPen(QPen(theme.colour("mark"), 1.5))
            painter.setBrush(theme.colour("surface" if future else "mark"))
            painter.drawEllipse(QPointF(x(each.start), y(each.price)), 3.5, 3.5)
        painter.setPen(theme.colour("muted"))
        self._label(painter, self._prices[0], left, y(self._prices[0].price), left=True)
        self._label(painter, self._prices[-1], right, y(self._prices[-1].price), left=False)

    def _step(self, painter: QPainter, start: float, end: float, height: float, now: float) -> None:
        solid, dashed = QPen(theme.colour("mark"), 2), QPen(theme.colour("mark"), 2, Qt.PenStyle.DashLine)
        if start < now:
            painter.setPen(solid)
            painter.drawLine(QPointF(start, height), QPointF(min(end, now), height))
        if end > now:
            painter.setPen(dashed)
            painter.drawLine(QPointF(max(start, now), height), QPointF(end, height))

    def _rise(self, painter: QPainter, at: float, before: float, after: float, future: bool) -> None:
        style = Qt.PenStyle.DashLine if future else Qt.PenStyle.SolidLine
        painter.setPen(QPen(theme.colour("mark"), 2, style))
        painter.drawLine(QPointF(at, before), QPointF(at, after))

    def _label(self, painter: QPainter, price: PriceShape, at: float, height: float, left: bool) -> None:
        text = _text(price)
        width = painter.fontMetrics().horizontalAdvance(text)
        painter.drawText(QPointF(at if left else at - width, height - 8), text)


def _text(price: PriceShape) -> str:
    return display.unit_price(price.price, currency_named(price.currency))
