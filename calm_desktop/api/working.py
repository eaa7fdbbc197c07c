"""What the door does beside answering: calls that are done later, loads, webhooks, and the night's work.

Each is a task on the loop that serves. What there is to do stands in the store, so that a door that is opened again
goes on where the last one stood; what is written takes turns with the calls.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from time import monotonic, time
from typing import Any, TypeVar

import urllib3
from anyio import CapacityLimiter, to_thread
from urllib3 import exceptions as broken

from calm_desktop import __version__
from calm_desktop.api.answers import Incoming, as_text, errors_of, read_json
from calm_desktop.api.calls import call_for
from calm_desktop.api.cometd import as_message
from calm_desktop.api.hub import Hub
from calm_desktop.api.ingesting import told
from calm_desktop.engine.problems import Fault, Refused
from calm_desktop.services import jobs, webhooks
from calm_desktop.services.desk import Cancelled, Desk
from calm_desktop.services.jobs import Job
from calm_desktop.services.outbox import After, Event, events_after
from calm_desktop.services.records import loads
from calm_desktop.services.requests import Rollup
from calm_desktop.services.rollup import is_due, roll_up
from calm_desktop.services.tx import Caller
from calm_desktop.services.webhooks import Delivered, Target

log = logging.getLogger(__name__)

Result = TypeVar("Result")

SETTLING = 5.0
"""Seconds that a caller's next call waits at most for what it asked for before."""

_LOOK = 5.0
"""Seconds after which there is looked for work that another process left."""

_MOST_FAULTS = 5
_FAULTY = [{"errorCode": "SERVER_UNAVAILABLE", "message": "The store could not be reached. Ask again.", "fields": []}]
_MISTAKEN = [
    {
        "errorCode": "UNKNOWN_EXCEPTION",
        "message": "The program made a mistake, and nothing was changed. Its log has the details.",
        "fields": [],
    }
]


class Worker:
    """Takes one step after another while there is something to do; then waits to be nudged, or some seconds."""

    def __init__(self, step: Callable[[], Awaitable[bool]], pause: float = _LOOK) -> None:
        self._step, self._pause = step, pause
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the loop that serves."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End after the step that is under way."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def nudge(self) -> None:
        """There may be something to do."""
        self._news.set()

    async def _run(self) -> None:
        while True:
            self._news.clear()
            try:
                more = await self._step()
            except Fault as fault:
                log.warning("work is put off: %s", fault)
                await asyncio.sleep(1)
                continue
            except Exception:
                log.exception("work beside the door failed")
                more = False
            if not more:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), self._pause)


@dataclass(slots=True)
class _Pending:
    until: float
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Working:
    """All that is done beside answering. `writer` is the turn that calls take to write."""

    def __init__(self, desk: Desk, hub: Hub, writer: CapacityLimiter) -> None:
        self._desk, self._hub, self._writer = desk, hub, writer
        self._readers = CapacityLimiter(4)
        self._senders = CapacityLimiter(4)
        self._pending: dict[int | None, dict[str, _Pending]] = {}
        self._faults: dict[int, int] = {}
        self._rows: tuple[int, tuple[str, ...], Sequence[Sequence[str]]] = (0, (), ())
        self._sending: dict[int, asyncio.Task[None]] = {}
        self._stopping = False
        self._pool = urllib3.PoolManager(
            num_pools=16, retries=False, timeout=urllib3.Timeout(total=webhooks.LONGEST_WAIT)
        )
        self._jobs, self._loads = Worker(self._next_job), Worker(self._next_load)
        self._workers = (self._jobs, self._loads, Worker(self._tell_webhooks, 0), Worker(self._night, 60.0))

    def start(self) -> None:
        """Begin, and go on with what was left."""
        for worker in self._workers:
            worker.start()

    async def stop(self) -> None:
        """End; a job that says how far it is is taken back, and begun anew next time."""
        self._stopping = True
        for worker in self._workers:
            await worker.stop()
        for task in tuple(self._sending.values()):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._pool.clear()

    def nudge(self) -> None:
        """A call was queued, or a load was brought."""
        self._jobs.nudge()
        self._loads.nudge()

    def queued(self, caller: Caller, request_id: str) -> None:
        """Note that a caller waits for a call that was queued."""
        self._pending.setdefault(caller.token, {})[request_id] = _Pending(monotonic() + SETTLING)

    async def settled(self, caller: Caller) -> None:
        """Wait until what a caller asked for before is done, but not longer than `SETTLING` since it was asked for.

        So programs that look at once for what they asked for find it, and what they ask next is done next.
        """
        for pending in tuple(self._pending.get(caller.token, {}).values()):
            left = pending.until - monotonic()
            if left > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(pending.ended.wait(), left)

    async def _beside(self, work: Callable[[], Result]) -> Result:
        return await to_thread.run_sync(work, limiter=self._readers)

    async def _in_turn(self, work: Callable[[], Result]) -> Result:
        return await to_thread.run_sync(work, limiter=self._writer)

    def _go_on(self, done: int, total: int | None, what: str) -> None:
        if self._stopping:
            raise Cancelled

    # -- calls that are done later

    async def _next_job(self) -> bool:
        job = await self._beside(partial(self._desk.ask, jobs.next_open, None))
        if job is None or self._hub.is_held(job.request_id):
            return False
        await self._in_turn(partial(self._do, job))
        pending = self._pending.get(job.token, {}).pop(job.request_id, None)
        if pending is not None:
            pending.ended.set()
        return True

    def _do(self, job: Job) -> None:
        found = call_for("POST", job.path)
        event: Callable[[Any], tuple[str, dict[str, Any]]] | None = None
        try:
            if found is None:
                raise ValueError(f"no call has the path {job.path}")
            call, path = found
            came = Incoming(path, {}, read_json(job.body.encode()), path["version"], "")
            if call.failed is not None:
                event = partial(call.failed, came)
            desk = self._desk.acting_for(self._desk.ask(jobs.caller_of, job.token))
            if self._desk.do(jobs.begin, job.number):
                act = jobs.Perform(job.number, lambda tx: as_text(call.does(tx, came).body, came.prefix))
                desk.do(jobs.perform, act, request_id=job.request_id, progress=self._go_on)
        except Cancelled:
            return
        except Refused as refused:
            self._fail(job, errors_of(refused.problems), event)
        except Fault:
            self._faults[job.number] = self._faults.get(job.number, 0) + 1
            if self._faults[job.number] < _MOST_FAULTS:
                raise
            self._fail(job, _FAULTY, event)
        except Exception:
            log.exception("the job of request %s failed", job.request_id)
            self._fail(job, _MISTAKEN, event)
        self._faults.pop(job.number, None)

    def _fail(self, job: Job, errors: jobs.Errors, event: Callable[[Any], tuple[str, dict[str, Any]]] | None) -> None:
        told = None if event is None else event(errors)
        self._desk.do(jobs.fail, jobs.Failure(job.number, errors, told), request_id=job.request_id)

    # -- loads

    async def _next_load(self) -> bool:
        load = await self._beside(partial(self._desk.ask, loads.next_load, None))
        if load is None:
            self._rows = (0, (), ())
            return False
        await self._in_turn(partial(self._do_portion, load))
        return True

    def _do_portion(self, load: loads.Load) -> None:
        try:
            if self._rows[0] != load.number:
                header, rows = loads.read_rows(self._desk.ask(loads.data_of, load.number), load.delimiter)
                self._rows = (load.number, header, rows)
            desk = self._desk.acting_for(self._desk.ask(jobs.caller_of, load.token))
            desk.do(loads.portion, loads.Work(load.number, self._rows[1], self._rows[2], told))
        except Refused as refused:
            message = "; ".join(problem.message for problem in refused.problems)
            self._desk.do(loads.give_up, loads.Unfit(load.number, message))
        except Fault:
            raise
        except Exception:
            log.exception("load %s failed", load.id)
            self._desk.do(loads.give_up, loads.Unfit(load.number, str(_MISTAKEN[0]["message"])))

    # -- webhooks

    async def _tell_webhooks(self) -> bool:
        """Have each webhook that has something to be told now told it, beside the others; then wait for news."""
        mark = self._hub.mark
        targets = await self._beside(partial(self._desk.ask, webhooks.due, None))
        for target in targets:
            if target.number not in self._sending:
                task = asyncio.create_task(self._tell(target))
                self._sending[target.number] = task
                task.add_done_callback(partial(self._sent, target.number))
        if not targets:
            await asyncio.sleep(webhooks.LOOK)
            return True
        await self._hub.news(mark, webhooks.LOOK)
        await asyncio.sleep(0.05)
        return True

    def _sent(self, number: int, _: asyncio.Task[None]) -> None:
        self._sending.pop(number, None)

    async def _tell(self, target: Target) -> None:
        try:
            while True:
                desk = self._desk.acting_for(Caller(f"webhook {target.name}", target.role))
                after = After(target.place, webhooks.ROUND, target.names)
                found = self._hub.answered(await self._beside(partial(desk.ask, events_after, after)))
                if not found:
                    return
                taken = await self._in_turn(partial(self._desk.do, webhooks.claim, target.number))
                if taken is None or taken.place != target.place:
                    return
                done = await to_thread.run_sync(self._send, target, found, limiter=self._senders)
                left = await self._in_turn(partial(self._desk.do, webhooks.delivered, done))
                if left is None:
                    return
                target = left
        except Fault as fault:
            log.warning("webhook %s is put off: %s", target.name, fault)

    def _send(self, target: Target, events: Sequence[Event]) -> Delivered:
        """Send events in order until one is not taken, or the time of a round is over."""
        end, place = monotonic() + webhooks.LONGEST_ROUND, target.place
        for event in events:
            body = as_text(as_message(event)).encode()
            moment = int(time())
            headers = {
                "Content-Type": "application/json",
                "User-Agent": f"CALM-Desktop/{__version__}",
                "webhook-id": event.uuid,
                "webhook-timestamp": str(moment),
                "webhook-signature": webhooks.signed(target.secret, event.uuid, moment, body),
            }
            try:
                answer = self._pool.request(
                    "POST", target.url, body=body, headers=headers, redirect=False, preload_content=False
                )
                status = answer.status
                answer.close()
            except broken.HTTPError as error:
                return Delivered(target.number, place, _why(error))
            if not 200 <= status < 300:
                return Delivered(target.number, place, f"The target answered {status}.", gone=status == 410)
            place = event.replay_id
            if monotonic() > end or self._stopping:
                break
        return Delivered(target.number, place)

    # -- the night

    async def _night(self) -> bool:
        if await self._beside(partial(self._desk.ask, is_due, None)):
            await self._in_turn(partial(self._desk.do, roll_up, Rollup()))
        return False


def _why(error: broken.HTTPError) -> str:
    """Why a target could not be told, in words without its address."""
    match error:
        case broken.NameResolutionError():
            return "The target's name is not known."
        case broken.NewConnectionError():
            return "Nothing answers at the target's address."
        case broken.TimeoutError():
            return f"The target did not answer within {webhooks.LONGEST_WAIT:g} seconds."
        case broken.SSLError():
            return "The target's certificate is not trusted."
    return f"The connection to the target broke off ({type(error).__name__})."
