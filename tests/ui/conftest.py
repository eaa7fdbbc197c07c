"""A themed application for every test of the window, without a screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from calm_desktop.ui import theme
from calm_desktop.ui.background import Background


@pytest.fixture(autouse=True)
def _light_theme(qapp: QApplication) -> None:
    pg.setConfigOption("mouseRateLimit", -1)
    if theme.current().shown is not theme.Scheme.LIGHT or not qapp.styleSheet():
        theme.apply(qapp, theme.Scheme.LIGHT)


@pytest.fixture
def background() -> Iterator[Background]:
    workers = Background()
    yield workers
    workers.close()


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
