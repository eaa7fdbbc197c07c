"""The gate of the REST door: lets callers in, has the desk do what they ask, and writes the answers."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from secrets import token_hex
from threading import Lock
from typing import Any, TypeVar
from uuid import uuid4

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from calm_desktop.api.answers import Incoming, Json, Reply, as_text, read_json, refusal, refused
from calm_desktop.api.calls import Call
from calm_desktop.api.hub import Hub
from calm_desktop.api.limits import AFTERWARDS, Rates
from calm_desktop.api.working import Working
from calm_desktop.engine.problems import Fault, Refused
from calm_desktop.services import jobs
from calm_desktop.services.access import Keys, Unknown
from calm_desktop.services.boundary import pass_through
from calm_desktop.services.desk import Desk
from calm_desktop.services.jobs import Queue
from calm_desktop.services.repeats import Answer, Once, once
from calm_desktop.services.tx import THE_PROGRAM, Caller, Tx

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_NOTED = {"INVALID_SESSION_ID", "INSUFFICIENT_ACCESS", "REQUEST_LIMIT_EXCEEDED"}


class Cursors:
    """Queries whose pages are still to be fetched, under names that nobody can guess; the oldest are forgotten."""

    _MOST = 10_000

    def __init__(self) -> None:
        self._queries: OrderedDict[str, tuple[str, int | None]] = OrderedDict()
        self._lock = Lock()

    def keep(self, query: str, caller: Caller) -> str:
        """The name under which the caller goes on with a query."""
        name = f"01g{token_hex(12)}"
        with self._lock:
            self._queries[name] = (query, caller.token)
            if len(self._queries) > self._MOST:
                self._queries.popitem(last=False)
        return name

    def query(self, name: str, caller: Caller) -> str:
        """The query of a name. Refuses one that is not known, or not the caller's."""
        kept = self._queries.get(name)
        if kept is None or kept[1] != caller.token:
            raise refusal("INVALID_QUERY_LOCATOR", "invalid query locator: ask the query anew")
        return kept[0]


class Gate:
    """What all calls go through. Changes take turns; looks go beside them."""

    def __init__(self, desk: Desk, rate: int) -> None:
        self.desk = desk.acting_for(THE_PROGRAM)
        self.keys = Keys()
        self.hub = Hub(self.desk)
        self.rates = Rates(rate)
        self.cursors = Cursors()
        self._notes = Rates(1)
        self._one_writer = CapacityLimiter(1)
        self._readers = CapacityLimiter(8)
        self.working = Working(self.desk, self.hub, self._one_writer)

    async def caller(self, request: Request) -> Caller:
        """Who brings the request's token. Refuses a token that opens nothing, and too many requests of one."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.casefold() not in ("bearer", "oauth") or not token.strip():
            token = request.headers.get("x-sfdc-session", "")
        return await self.caller_of(token.strip())

    async def caller_of(self, token: str) -> Caller:
        """Who brings a token. Refuses as `caller` does."""
        caller = await self.beside(partial(self.desk.ask, self.keys.caller, token))
        self.rates.count(caller.token or 0)
        return caller

    async def beside(self, work: Callable[[], Result]) -> Result:
        """What `work` answers, done on another thread."""
        return await to_thread.run_sync(work, limiter=self._readers)

    async def look(self, request: Request, call: Call) -> Response:
        """Answer a call that changes nothing."""

        async def answer() -> Response:
            caller = await self.caller(request)
            if not call.at_once:
                await self.working.settled(caller)
            came = await _incoming(request, call)
            desk = self.desk.acting_for(caller)

            def looked(tx: Tx, _: object) -> Reply:
                pass_through(tx)
                return call.does(tx, came)

            reply = await self.beside(partial(desk.ask, looked, None))
            return written(reply, came.prefix)

        return await self.guarded(request, answer)

    async def act(self, request: Request, call: Call) -> Response:
        """Answer a call that changes something; with a key it happens once.

        One that is done later is queued, and answered with where it can be asked for.
        """

        async def answer() -> Response:
            caller = await self.caller(request)
            await self.working.settled(caller)
            came = await _incoming(request, call)
            given = request.headers.get("idempotency-key", "").strip() if request.method == "POST" else ""
            named = given or (call.key(came) if call.key else "")
            body = await request.body()
            path = request.scope["path"]
            print_ = hashlib.sha256(f"{request.method} {path}\n".encode() + body).hexdigest()
            identifier = str(uuid4())
            request.scope[AFTERWARDS] = partial(self._answered, identifier, call)
            self.hub.hold(identifier)
            queued: list[str] = []

            def done(tx: Tx) -> Answer:
                if call.later is None:
                    reply = call.does(tx, came)
                else:
                    reply = call.later(tx, came)
                    queued.append(jobs.queue(tx, Queue(path, body.decode())))
                return Answer(reply.status, as_text(reply.body, came.prefix))

            desk = self.desk.acting_for(caller)
            work = partial(desk.do, once, Once(named, print_, done), request_id=identifier)
            try:
                made = await to_thread.run_sync(work, limiter=self._one_writer)
            except Refused as error:
                plain = refused(error)
                if call.refused is None or plain.status != 400:
                    raise
                return written(Reply(400, call.refused(came, error)))
            if queued:
                self.working.queued(caller, identifier)
            return _response(made.status, made.body)

        return await self.guarded(request, answer)

    def _answered(self, identifier: str, call: Call) -> None:
        """A request's answer has gone: its events may be told, and what it asked for later may begin."""
        self.hub.release(identifier)
        if call.later is not None or call.wakes:
            self.working.nudge()

    async def guarded(self, request: Request, answer: Callable[[], Any]) -> Response:
        """An answer, or the refusal in its place; those of who may not come in are written down."""
        try:
            response: Response = await answer()
        except Refused as error:
            self._note(request, error)
            headers = (
                {"Retry-After": "1"} if any(each.code == "REQUEST_LIMIT_EXCEEDED" for each in error.problems) else {}
            )
            if isinstance(error, Unknown):
                headers["WWW-Authenticate"] = "Bearer"
            return written(refused(error), headers=headers)
        except Fault as fault:
            body = [{"errorCode": "SERVER_UNAVAILABLE", "message": str(fault), "fields": []}]
            return written(Reply(503, body), headers={"Retry-After": "1"})
        return response

    def _note(self, request: Request, error: Refused) -> None:
        """Write a refusal down: who was refused what and why, never what he showed; a flood of them only in part."""
        codes = {each.code for each in error.problems} & _NOTED
        if codes:
            with suppress(Refused):
                self._notes.count(0)
                host = "" if request.client is None else request.client.host
                path = ascii(request.scope["path"][:200])
                log.warning("%s %s from %s was refused: %s", request.method, path, host, ", ".join(sorted(codes)))


def origin(request: Request) -> str:
    """The door's address, as the caller reached it."""
    return str(request.base_url).rstrip("/")


async def _incoming(request: Request, call: Call) -> Incoming:
    body: Json = None
    if request.method in ("POST", "PATCH", "PUT"):
        body = await request.body()
        if call.takes == "application/json":
            body = read_json(body)
    path = dict(request.path_params)
    return Incoming(path, dict(request.query_params), body, path.get("version", "v55.0"), origin(request))


def written(reply: Reply, prefix: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """A reply as it goes out."""
    text = as_text(reply.body, prefix) if reply.media == "application/json" else reply.body
    return _response(reply.status, text, headers, reply.media)


def _response(
    status: int, text: str, headers: Mapping[str, str] | None = None, media: str = "application/json"
) -> Response:
    if status == 204:
        return Response(status_code=204, headers=dict(headers or {}))
    return Response(text, status, dict(headers or {}), media)
