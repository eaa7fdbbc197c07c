"""From nothing to the first painted account page, against a bare Qt window with pyqtgraph and SQLAlchemy imported."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from calm_desktop.services.desk import Desk
from calm_desktop.services.sample import fill
from tests.benchmarks.side_by_side import Ratio, compare

ROUNDS = 7

_BARE = """
import pyqtgraph, sqlalchemy
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class Bare(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, QApplication.quit)
app = QApplication([])
window = Bare()
window.resize(1440, 960)
window.show()
app.exec()
"""

_OURS = """
import sys
from PySide6.QtCore import QTimer
from calm_desktop.ui.app import application, run
app = application()
def look():
    for window in app.topLevelWidgets():
        page = getattr(window, "page", None)
        if page is not None and getattr(page, "snapshot", None) is not None and page.content.isVisible():
            window.repaint()
            window.close()
            return
timer = QTimer()
timer.timeout.connect(look)
timer.start(5)
def desk():
    from calm_desktop.services.desk import Desk
    return Desk.open(sys.argv[1])
run(desk, sys.argv[2])
"""


def _window(program: str, *words: str) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": words[-1] if words else ""}
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", program, *words], check=True, cwd=root, env=environment, timeout=60)


def measure(folder: Path) -> Iterator[Ratio]:
    """One ratio, of whole processes."""
    path = folder / "sample.db"
    with Desk.create(path) as desk:
        fill(desk)

    def ours() -> None:
        _window(_OURS, str(path), "calm://account/001000000000001AAA", str(folder))

    ours()
    beside = "a bare Qt window with pyqtgraph and SQLAlchemy imported"
    yield compare("Cold start to the first painted account page", ours, beside, lambda: _window(_BARE), ROUNDS)
