"""Slow work stays off the window's thread, and its outcome comes back to it in plain words."""

from __future__ import annotations

import logging
import threading
import time

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from calm_desktop.engine.problems import Bug, Fault, Problem, Refused, StoreFault
from calm_desktop.ui.background import Background, Control, Problems


class Heard:
    """Keeps what it is told, and on which thread."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.problems: list[Problems] = []
        self.threads: list[str] = []

    def on_done(self, result: object) -> None:
        self.threads.append(threading.current_thread().name)
        self.done.append(result)

    def on_failed(self, problems: Problems) -> None:
        self.threads.append(threading.current_thread().name)
        self.problems.append(problems)


def test_work_runs_beside_the_window_and_its_result_comes_back(qtbot: QtBot, background: Background) -> None:
    heard = Heard()
    background.run(lambda: threading.current_thread().name, heard.on_done, heard.on_failed)
    background.run(lambda: threading.current_thread().name, heard.on_done, heard.on_failed, write=True)
    assert heard.done == []
    qtbot.waitUntil(lambda: len(heard.done) == 2)
    assert sorted(str(name)[:6] for name in heard.done) == ["reader", "writer"]
    assert heard.threads == ["MainThread", "MainThread"]


def test_writes_take_turns_and_readers_go_beside_them(qtbot: QtBot, background: Background) -> None:
    heard, gate = Heard(), threading.Event()
    active: list[int] = []
    most: list[int] = []

    def write() -> str:
        active.append(1)
        most.append(len(active))
        time.sleep(0.01)
        active.pop()
        return "written"

    def slow_write() -> str:
        gate.wait(5)
        return "slow"

    background.run(slow_write, heard.on_done, heard.on_failed, write=True)
    for _ in range(3):
        background.run(write, heard.on_done, heard.on_failed, write=True)
    background.run(lambda: "read", heard.on_done, heard.on_failed)
    qtbot.waitUntil(lambda: heard.done == ["read"])
    gate.set()
    qtbot.waitUntil(lambda: len(heard.done) == 5)
    assert heard.done == ["read", "slow", "written", "written", "written"]
    assert most == [1, 1, 1]


@pytest.mark.parametrize(
    ("error", "problems"),
    [
        (Refused([Problem("zero", "quantity", "Enter more than 0.")]), (("zero", "quantity", "Enter more than 0."),)),
        (Fault("The disk is full. Make room."), (("fault", "", "The disk is full. Make room."),)),
        (StoreFault("The store is locked. Try again."), (("fault", "", "The store is locked. Try again."),)),
    ],
)
def test_refusals_and_faults_come_back_in_their_own_words(
    qtbot: QtBot, background: Background, error: Exception, problems: tuple[tuple[str, str, str], ...]
) -> None:
    heard = Heard()

    def fail() -> None:
        raise error

    background.run(fail, heard.on_done, heard.on_failed)
    qtbot.waitUntil(lambda: len(heard.problems) == 1)
    assert tuple((p.code, p.field, p.message) for p in heard.problems[0]) == problems


@pytest.mark.parametrize("error", [Bug("periods overlap"), ZeroDivisionError("division by zero")])
def test_our_own_mistake_is_logged_and_told_without_a_traceback(
    qtbot: QtBot, background: Background, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    heard = Heard()

    def fail() -> None:
        raise error

    with caplog.at_level(logging.ERROR):
        background.run(fail, heard.on_done, heard.on_failed)
        qtbot.waitUntil(lambda: len(heard.problems) == 1)
    (told,) = heard.problems[0]
    assert told.code == "bug"
    assert str(error) not in told.message
    assert "Traceback" not in told.message
    assert caplog.records[0].exc_info is not None
    assert caplog.records[0].exc_info[1] is error


def test_long_work_reports_and_can_be_cancelled(qtbot: QtBot, background: Background) -> None:
    heard, reports = Heard(), []
    started = threading.Event()

    def work(control: Control) -> str:
        control.report(1, 100, "first")
        started.set()
        for number in range(2, 100):
            time.sleep(0.005)
            control.report(number, 100)
        return "finished"

    task = background.run_long(work, heard.on_done, heard.on_failed, lambda *at: reports.append(at))
    qtbot.waitUntil(started.is_set)
    task.cancel()
    qtbot.waitUntil(lambda: len(heard.problems) == 1)
    assert [p.code for p in heard.problems[0]] == ["cancelled"]
    assert reports[0] == (1, 100, "first")
    assert len(reports) < 99
    assert heard.done == []


def test_long_work_left_alone_finishes(qtbot: QtBot, background: Background) -> None:
    heard, reports = Heard(), []

    def work(control: Control) -> str:
        for number in (1, 2):
            control.report(number, 2, "invoices")
        return "finished"

    background.run_long(work, heard.on_done, heard.on_failed, lambda *at: reports.append(at))
    qtbot.waitUntil(lambda: heard.done == ["finished"])
    assert reports == [(1, 2, "invoices"), (2, 2, "invoices")]


def test_a_later_question_in_the_same_slot_silences_the_earlier(qtbot: QtBot, background: Background) -> None:
    heard, gate = Heard(), threading.Event()

    def slow() -> str:
        gate.wait(5)
        return "old"

    background.run(slow, heard.on_done, heard.on_failed, slot="account")
    background.run(lambda: "new", heard.on_done, heard.on_failed, slot="account")
    qtbot.waitUntil(lambda: heard.done == ["new"])
    gate.set()
    qtbot.waitUntil(lambda: not background.busy)
    assert heard.done == ["new"]
    assert heard.problems == []


def test_nobody_is_told_once_the_owner_is_gone(qtbot: QtBot, background: Background) -> None:
    heard, gate = Heard(), threading.Event()
    owner = QObject()

    def slow() -> bool:
        return gate.wait(5)

    background.run(slow, heard.on_done, heard.on_failed, owner=owner)
    owner.deleteLater()
    with qtbot.waitSignal(owner.destroyed):
        pass
    gate.set()
    qtbot.waitUntil(lambda: not background.busy)
    assert heard.done == []


def test_busy_is_told_at_the_first_start_and_the_last_end(qtbot: QtBot, background: Background) -> None:
    heard = Heard()
    told: list[object] = []
    background.busy_changed.connect(told.append)
    for _ in range(3):
        background.run(lambda: 1, heard.on_done, heard.on_failed)
    qtbot.waitUntil(lambda: len(heard.done) == 3)
    qtbot.waitUntil(lambda: told == [True, False])


def test_closing_waits_for_what_runs_and_drops_what_does_not(qtbot: QtBot) -> None:
    background, heard = Background(), Heard()
    written: list[int] = []

    def write() -> None:
        time.sleep(0.05)
        written.append(1)

    background.run(write, heard.on_done, heard.on_failed, write=True)
    while not background._writer._threads:
        time.sleep(0.001)
    time.sleep(0.01)
    background.close()
    assert written == [1]
    qtbot.wait(20)
    assert heard.done == []
