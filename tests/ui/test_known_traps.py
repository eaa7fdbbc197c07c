"""Traps of the libraries under the window, each measured once and kept away since."""

from __future__ import annotations

import sys

from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from calm_desktop.ui import theme


def test_a_qt_call_that_returns_none_loses_no_reference_to_none(qtbot: QtBot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for number in range(500):
        label.setText(str(number))
    assert abs(sys.getrefcount(None) - before) < 50


def test_tests_draw_with_the_program_s_own_font(qapp: object) -> None:
    assert QFontInfo(theme.font()).family() == "Inter"
