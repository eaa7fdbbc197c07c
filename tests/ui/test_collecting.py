"""What hangs in a circle of references is collected on the GUI thread, whichever thread allocates."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from pytestqt.qtbot import QtBot

from calm_desktop.ui.background import Background
from calm_desktop.ui.collecting import Collector, collect_what_is_due


class Circle:
    """Refers to itself, and notes on which thread it ends."""

    def __init__(self, ended: list[str]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: ended.append(threading.current_thread().name))


@pytest.fixture
def ended() -> list[str]:
    return []


def allocate() -> int:
    """Enough to let Python's own collector run many times."""
    return sum(len([[number] for number in range(1000)]) for _ in range(200))


def test_a_worker_that_allocates_collects_nothing(qtbot: QtBot, background: Background, ended: list[str]) -> None:
    Circle(ended)
    allocated: list[int] = []
    background.run(allocate, allocated.append, lambda problems: None)
    qtbot.waitUntil(lambda: bool(allocated))
    assert ended == []
    kept = [[number] for number in range(gc.get_threshold()[0] + 1)]
    qtbot.waitUntil(lambda: bool(ended), timeout=10_000)
    assert ended == [threading.main_thread().name]
    assert kept


def test_python_collects_by_itself_again_when_it_is_closed() -> None:
    gc.enable()
    collector = Collector()
    assert not gc.isenabled()
    collector.close()
    assert gc.isenabled()
    gc.disable()


def test_what_is_due_is_collected_once(ended: list[str]) -> None:
    gc.collect()
    Circle(ended)
    collect_what_is_due()
    assert ended == []
    kept = [[number] for number in range(gc.get_threshold()[0] + 1)]
    collect_what_is_due()
    assert len(ended) == 1
    assert kept
