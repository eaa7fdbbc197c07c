"""Events on their way to subscribers: read from the outbox in order, once what brought them about has been answered."""

from __future__ import annotations

import asyncio
from threading import Lock
from time import monotonic

from anyio import to_thread

from calm_desktop.services.desk import Desk
from calm_desktop.services.outbox import After, Event, events_after, place_after
from calm_desktop.services.tx import THE_PROGRAM, Caller, Changed

_LONGEST_HOLD = 5.0
"""Seconds after which an event is told although its request has not been answered."""

_LOOK = 0.5
"""Seconds after which the outbox is looked at for what other processes put there."""


class Hub:
    """Wakes those who wait for events, and says which may be told.

    Replay ids are told in their order without a gap: an event whose request has not been answered yet holds back those
    behind it as well.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._held: dict[str, float] = {}
        self._lock = Lock()
        self._news = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stop_listening = desk.listen(self._changed)

    def start(self) -> None:
        """Begin to look for events of other processes; on the loop that serves."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """End, and let those who wait go."""
        self._stop_listening()
        if self._task is not None:
            self._task.cancel()
        self._wake()

    def hold(self, request_id: str) -> None:
        """Keep the events of a request back until it is released."""
        with self._lock:
            self._held[request_id] = monotonic() + _LONGEST_HOLD

    def release(self, request_id: str) -> None:
        """The request has been answered: its events may be told."""
        with self._lock:
            self._held.pop(request_id, None)
        self._wake()

    async def after(self, replay_id: int, most: int = 500, caller: Caller = THE_PROGRAM) -> list[Event]:
        """The events after a replay id that may be told, in order, as a caller may see them."""
        desk = self._desk.acting_for(caller)
        found = await to_thread.run_sync(desk.ask, events_after, After(replay_id, most))
        return self.answered(found)

    async def place_after(self, replay_id: int) -> int:
        """The place from which a subscriber goes on. Refuses an event that is gone."""
        return await to_thread.run_sync(self._desk.ask, place_after, replay_id)

    @property
    def mark(self) -> asyncio.Event:
        """What `news` waits for; to be taken before the outbox is looked at, so that nothing is missed in between."""
        return self._news

    async def news(self, mark: asyncio.Event, seconds: float) -> None:
        """Wait until there may be something new since a mark was taken, but no longer than so many seconds."""
        try:
            await asyncio.wait_for(mark.wait(), seconds)
        except TimeoutError:
            return

    def is_held(self, request_id: str) -> bool:
        """Whether a request has not been answered yet."""
        with self._lock:
            return self._held.get(request_id, 0.0) > monotonic()

    def answered(self, found: tuple[Event, ...]) -> list[Event]:
        """Of events in their order, those that may be told: up to the first whose request was not answered yet."""
        now, told = monotonic(), []
        with self._lock:
            for event in found:
                if self._held.get(event.request_id, now) > now:
                    break
                told.append(event)
        return told

    def _changed(self, _: Changed) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        """Let all who wait now go; who comes after waits for the next news."""
        self._news.set()
        self._news = asyncio.Event()

    async def _watch(self) -> None:
        seen = await to_thread.run_sync(self._desk.database.marker)
        while True:
            await asyncio.sleep(_LOOK)
            marker = await to_thread.run_sync(self._desk.database.marker)
            if marker != seen:
                seen = marker
                self._wake()
