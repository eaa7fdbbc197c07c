"""Traps of the libraries under the window, each measured once and kept away since."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QLabel


def test_a_qt_call_that_returns_none_loses_no_reference_to_none(qtbot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for number in range(500):
        label.setText(str(number))
    assert abs(sys.getrefcount(None) - before) < 50
