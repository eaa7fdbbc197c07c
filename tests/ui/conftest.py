"""A themed application for every test of the window, without a screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QEvent, QSettings
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from calm_desktop.services.desk import Desk
from calm_desktop.ui import theme
from calm_desktop.ui.background import Background
from calm_desktop.ui.collecting import Collector, collect_what_is_due
from calm_desktop.ui.main_window import MainWindow
from tests.ui.window_desk import opened_window
from tests.ui.wizard_desk import Person


@pytest.fixture(autouse=True)
def _light_theme(qapp: QApplication) -> None:
    pg.setConfigOption("mouseRateLimit", -1)
    if theme.current().shown is not theme.Scheme.LIGHT or not qapp.styleSheet():
        theme.apply(qapp, theme.Scheme.LIGHT)


@pytest.fixture(autouse=True)
def _widgets_end_in_the_order_of_qt(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test shows is kept until Qt has deleted it: Python's collector takes the items of a plot in an order of
    its own, and a scene that still wants to paint one of them ends the process.
    """
    kept: list[QWidget] = []
    add = QtBot.addWidget

    def keep_and_add(self: QtBot, widget: QWidget, **options: Any) -> None:
        kept.append(widget)
        add(self, widget, **options)

    monkeypatch.setattr(QtBot, "addWidget", keep_and_add)
    collector = Collector()
    yield
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    collect_what_is_due()
    collector.close()


@pytest.fixture
def background() -> Iterator[Background]:
    workers = Background()
    yield workers
    workers.close()


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def person(qtbot: QtBot, desk: Desk, background: Background, settings: QSettings) -> Person:
    """A person at the wizards, on the store that the module tells."""
    return Person(qtbot, desk, background, settings)


@pytest.fixture
def window(qtbot: QtBot, desk: Desk, background: Background, settings: QSettings) -> Iterator[MainWindow]:
    """The whole window, on the store that the module tells."""
    yield from opened_window(qtbot, desk, background, settings)
