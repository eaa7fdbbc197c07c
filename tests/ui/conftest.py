"""What every test of the window stands on: one application, dressed as the program dresses it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from calm_desktop.ui import theme


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application in the light theme, with the program's own font."""
    theme.load_fonts()
    theme.apply(qapp, theme.Scheme.LIGHT)
    return qapp
