"""The one door between the window and slow work: one worker for writes, two readers beside it.

`background.run(lambda: desk.ask(views.account, request), self.render, self.show_problems)`. `done(result)` and
`failed(problems)` are called on the GUI thread, exactly one of them, or none where the owner is gone, the task was
dropped, or a later run in the same `slot` took its place. Work that takes long uses `run_long`: its function gets a
`Control` to report progress and to be cancelled. Functions must not touch anything of Qt, and on their threads Python's
collector does not either.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from calm_desktop.engine.problems import Fault, Problem, Refused
from calm_desktop.ui.collecting import Collector

log = logging.getLogger(__name__)

T = TypeVar("T")
Problems = tuple[Problem, ...]
Failed = Callable[[Problems], object]
Progress = Callable[[int, int, str], object]

READERS = 2
CANCELLED = Problem("cancelled", "", "Cancelled.")
_BUG = "Something went wrong inside the program. Nothing was changed by it. The log has the details; please try again."


class Cancelled(Exception):
    """Raised inside long work when a person has cancelled it."""


class Control:
    """Given to long work: `report(done, total, words)` from time to time; it raises `Cancelled` when that is asked."""

    def __init__(self, told: Callable[[int, int, str], None]) -> None:
        self._told = told
        self._stop = Event()
        self._go_on = Event()
        self._go_on.set()

    @property
    def cancelled(self) -> bool:
        """Whether a person wants this to end."""
        return self._stop.is_set()

    @property
    def paused(self) -> bool:
        """Whether the work is to wait."""
        return not self._go_on.is_set()

    def pause(self, paused: bool) -> None:
        """Have the work wait where it reports next, or go on."""
        self._go_on.clear() if paused else self._go_on.set()

    def check(self) -> None:
        """Wait while the work is paused; raise `Cancelled` where it is no longer wanted."""
        self._go_on.wait()
        if self.cancelled:
            raise Cancelled

    def report(self, done: int, total: int, words: str = "") -> None:
        """Tell how far the work is; raises `Cancelled` where it is no longer wanted."""
        self.check()
        self._told(done, total, words)

    def cancel(self) -> None:
        """Ask the work to end at its next report or check, paused or not."""
        self._stop.set()
        self._go_on.set()


def told_by(control: Control) -> Callable[[int, int | None, str], None]:
    """A use-case's progress as the background hears it; raises where it was cancelled."""
    return lambda done, total, words: control.report(done, total or 0, words)


class Task:
    """A piece of work under way. `cancel()` asks it to stop; `drop()` also forgets its answer."""

    def __init__(self, done: Callable[[Any], object], failed: Failed, progress: Progress | None) -> None:
        self.done, self.failed, self.progress = done, failed, progress
        self.control = Control(lambda *_: None)
        self.owner: QObject | None = None
        self.dropped = False
        self.finished = False

    def cancel(self) -> None:
        """Ask the work to stop; `failed` is then told the problem `cancelled`."""
        self.control.cancel()

    def pause(self, paused: bool) -> None:
        """Have the work wait, or go on."""
        self.control.pause(paused)

    def drop(self) -> None:
        """Stop the work and never hear of it again."""
        self.dropped = True
        self.control.cancel()

    @property
    def wanted(self) -> bool:
        """Whether there is still somebody to tell."""
        return not self.dropped and (self.owner is None or isValid(self.owner))


def problems_of(error: BaseException) -> Problems:
    """What to tell a person about an exception: a refusal's problems, a fault's words, and never a traceback."""
    if isinstance(error, Refused):
        return error.problems
    if isinstance(error, Fault):
        return (Problem("fault", "", str(error)),)
    if isinstance(error, Cancelled):
        return (CANCELLED,)
    log.error("background work failed", exc_info=error)
    return (Problem("bug", "", _BUG),)


class Background(QObject):
    """Runs functions off the GUI thread and brings their results back to it; one for the whole program."""

    busy_changed = Signal(bool)
    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._collector = Collector(self)
        self._writer = ThreadPoolExecutor(1, "writer")
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self._slots: dict[Hashable, Task] = {}
        self._running: set[Task] = set()
        self._arrived.connect(lambda call: call(), Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether any work is under way."""
        return bool(self._running)

    def run(
        self,
        function: Callable[[], T],
        done: Callable[[T], object],
        failed: Failed,
        *,
        write: bool = False,
        slot: Hashable = None,
        owner: QObject | None = None,
    ) -> Task:
        """Run `function` beside the window. Writes take turns; a later run in a `slot` replaces one before it."""
        return self._start(Task(done, failed, None), function, write, slot, owner)

    def run_long(
        self,
        function: Callable[[Control], T],
        done: Callable[[T], object],
        failed: Failed,
        progress: Progress,
        *,
        write: bool = True,
        slot: Hashable = None,
        owner: QObject | None = None,
    ) -> Task:
        """Run long work that reports `progress(done, total, words)` and can be cancelled by `task.cancel()`."""
        task = Task(done, failed, progress)
        task.control = control = Control(lambda *at: self._arrived.emit(lambda: self._progressed(task, at)))
        return self._start(task, lambda: function(control), write, slot, owner)

    def close(self) -> None:
        """Ask everything to stop and wait for it; what has not begun never will."""
        for task in tuple(self._running):
            task.drop()
        for pool in (self._writer, self._readers):
            pool.shutdown(wait=True, cancel_futures=True)
        self._running.clear()
        self._collector.close()

    def _start(
        self, task: Task, function: Callable[[], Any], write: bool, slot: Hashable, owner: QObject | None
    ) -> Task:
        bound = getattr(task.done, "__self__", None)
        task.owner = owner or (bound if isinstance(bound, QObject) else None)
        if slot is not None:
            if earlier := self._slots.get(slot):
                earlier.drop()
            self._slots[slot] = task
        was_busy = self.busy
        self._running.add(task)
        if not was_busy:
            self.busy_changed.emit(True)

        def work() -> None:
            try:
                task.control.check()
                result = function()
            except BaseException as error:  # noqa: BLE001 - whatever happens off the GUI thread must come back to it
                problems = problems_of(error)
                self._arrived.emit(lambda: self._finish(task, lambda: task.failed(problems)))
            else:
                self._arrived.emit(lambda: self._finish(task, lambda: task.done(result)))

        (self._writer if write else self._readers).submit(work)
        return task

    def _progressed(self, task: Task, at: tuple[int, int, str]) -> None:
        if task.wanted and not task.finished and task.progress is not None:
            task.progress(*at)

    def _finish(self, task: Task, tell: Callable[[], object]) -> None:
        task.finished = True
        self._running.discard(task)
        for slot in [slot for slot, current in self._slots.items() if current is task]:
            del self._slots[slot]
        try:
            if task.wanted:
                tell()
        finally:
            if not self.busy:
                self.busy_changed.emit(False)
