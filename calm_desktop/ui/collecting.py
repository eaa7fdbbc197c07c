"""Python's collector, kept on the GUI thread.

By itself it runs on whichever thread happens to allocate. On a worker it would delete widgets that hang in a circle of
references, and Qt's objects may be deleted on their own thread only: the process ends.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 1000


class Collector(QObject):
    """Collects from time to time, on the thread that made it, what Python would collect on any; until it is closed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_on = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(collect_what_is_due)
        self._timer.start()

    def close(self) -> None:
        """Let Python collect by itself again, where it did before."""
        self._timer.stop()
        if self._was_on:
            gc.enable()


def collect_what_is_due() -> None:
    """Collect the oldest generation whose threshold is passed, as Python's own collector does."""
    full = [place for place, limit in enumerate(gc.get_threshold()) if gc.get_count()[place] > limit]
    if full:
        gc.collect(full[-1])
