"""The program with a window: it opens its desk beside the shown frame, and comes to an end."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from calm_desktop.engine.problems import StoreFault
from calm_desktop.services import rollup
from calm_desktop.services.desk import Desk
from calm_desktop.ui import app
from calm_desktop.ui.main_window import MainWindow


def test_the_window_opens_its_desk_shows_a_page_and_ends(qapp: QApplication, tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    Desk.create(store, {"currency": "USD"}).close()
    shown: list[str] = []

    def look() -> None:
        for window in qapp.topLevelWidgets():
            if isinstance(window, MainWindow) and window.page is not None and window.page.header.title:
                timer.stop()
                shown.append(window.page.header.title)
                window.close()

    timer = QTimer(interval=20)
    timer.timeout.connect(look)
    timer.start()
    assert app.run(lambda: Desk.open(store, date(2022, 1, 1)), "calm://accounts") == 0
    assert shown == ["Accounts"]
    with Desk.open(store, date(2022, 1, 1)) as desk:
        assert not desk.ask(rollup.is_due, None)


def test_a_store_that_cannot_be_opened_ends_the_program_with_its_fault(qapp: QApplication, tmp_path: Path) -> None:
    with pytest.raises(StoreFault, match="nowhere"):
        app.run(lambda: Desk.open(tmp_path / "nowhere.db"))
    assert not [window for window in qapp.topLevelWidgets() if isinstance(window, MainWindow) and window.isVisible()]
