"""Asks each minute whether the business day has turned; a laptop that slept through the night notices on waking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QObject, QTimer, Signal

MINUTE_MS = 60_000


class Ticker(QObject):
    """`day_turned(date)` tells a new business day; `business_date` is asked each minute and by `check()`."""

    day_turned = Signal(object)

    def __init__(self, business_date: Callable[[], date], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ask = business_date
        self.day = business_date()
        self._timer = QTimer(self)
        self._timer.setInterval(MINUTE_MS)
        self._timer.timeout.connect(self.check)
        self._timer.start()

    def check(self) -> None:
        """Ask now."""
        day = self._ask()
        if day != self.day:
            self.day = day
            self.day_turned.emit(day)
