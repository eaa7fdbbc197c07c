"""The business day turns while the window is open."""

from __future__ import annotations

from datetime import date

from pytestqt.qtbot import QtBot

from calm_desktop.ui import ticker
from calm_desktop.ui.ticker import Ticker


def test_a_new_day_is_told_once(qtbot: QtBot) -> None:
    days = iter([date(2026, 11, 22), date(2026, 11, 22), date(2026, 11, 25), date(2026, 11, 25)])
    clock = Ticker(lambda: next(days))
    told: list[object] = []
    clock.day_turned.connect(told.append)
    for _ in range(3):
        clock.check()
    assert told == [date(2026, 11, 25)]
    assert clock.day == date(2026, 11, 25)


def test_the_clock_is_asked_by_itself(qtbot: QtBot, monkeypatch: object) -> None:
    assert ticker.MINUTE_MS == 60_000
    days = [date(2026, 11, 22)]
    clock = Ticker(lambda: days[0])
    assert clock._timer.interval() == 60_000
    assert clock._timer.isActive()
    days[0] = date(2026, 11, 23)
    clock._timer.setInterval(1)
    with qtbot.waitSignal(clock.day_turned) as told:
        pass
    assert told.args == [date(2026, 11, 23)]
