"""Calls that are answered before they are done: queued, then done in their order, each once, also after a restart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select

from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.access import Unknown
from calm_desktop.services.boundary import pass_through, view
from calm_desktop.services.outbox import kept_since
from calm_desktop.services.tx import Caller, Door, Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take

_jobs = tables.job.c

Errors = Sequence[Mapping[str, Any]]


class Status(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Queue:
    """A call to be done later: the path that it came by, and its body as it came."""

    path: str
    body: str


@dataclass(frozen=True, slots=True)
class Job:
    """A job: `number` is its place in the order of all, `answer` what its call answered, as JSON."""

    number: int
    request_id: str
    token: int | None
    path: str
    body: str
    status: Status
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    answer: str | None
    errors: Errors


@dataclass(frozen=True, slots=True)
class Perform:
    """A job to be done now: `act` does its call and answers what the job keeps, as JSON."""

    number: int
    act: Callable[[Tx], str]


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that cannot be done: its errors, and the event that tells of them."""

    number: int
    errors: Errors
    event: tuple[str, Mapping[str, Any]] | None


def queue(tx: Tx, request: Queue) -> str:
    """Queue a call under the transaction's request id, which is the answer."""
    pass_through(tx)
    row = {"id": take(tx.db, "job"), "request_id": tx.request_id, "token_id": tx.caller.token}
    moment = {"status": Status.QUEUED.value, "queued_at": tx.now}
    tx.db.execute(tables.job.insert().values(**row, **moment, path=request.path, body=request.body))
    return tx.request_id


@view(None)
def job_of(tx: Tx, request_id: str) -> Job | None:
    """The caller's job of a request id; None where there is none, or another's. The desk itself sees all."""
    query = select(tables.job).where(_jobs.request_id == request_id)
    if tx.caller.token is not None:
        query = query.where(_jobs.token_id == tx.caller.token)
    return _job(tx.db.execute(query).one_or_none())


def next_open(tx: Tx, _: object = None) -> Job | None:
    """The first job that has not ended; one that was under way when its process was killed is begun anew."""
    query = select(tables.job).where(_jobs.ended_at.is_(None)).order_by(_jobs.id).limit(1)
    return _job(tx.db.execute(query).one_or_none())


def begin(tx: Tx, number: int) -> bool:
    """Say that a job is under way, unless it has ended; whether it is to be done."""
    mine = tables.job.update().where(_jobs.id == number, _jobs.ended_at.is_(None))
    return bool(tx.db.execute(mine.values(status=Status.RUNNING.value, started_at=tx.now)).rowcount)


def perform(tx: Tx, request: Perform) -> None:
    """Do a job, and keep in the same transaction that it is done: two processes at once do it once."""
    pass_through(tx)
    if _is_open(tx, request.number):
        answer = request.act(tx)
        _end(tx, request.number, status=Status.DONE.value, answer=answer)


def fail(tx: Tx, request: Failure) -> None:
    """Keep why a job cannot be done, and tell it."""
    if _is_open(tx, request.number):
        _end(tx, request.number, status=Status.FAILED.value, errors=[dict(each) for each in request.errors])
        if request.event is not None:
            tx.tell(*request.event)


def prune(tx: Tx) -> None:
    """Drop the jobs that ended before what is kept of events: their callers have long asked."""
    since = kept_since(tx)
    if since is not None:
        tx.db.execute(tables.job.delete().where(_jobs.ended_at < since))


def caller_of(tx: Tx, token: int | None) -> Caller:
    """Who acts for a token that a job or a load came with. Raises `Unknown` where it opens nothing any more."""
    row = tx.db.execute(select(tables.token).where(tables.token.c.id == token)).one_or_none()
    if row is None or row.revoked_at is not None or row.expires_at <= tx.now:
        raise Unknown(Problem("INVALID_SESSION_ID", "", "The token was revoked or has expired before this was done."))
    return Caller(row.name, row.role, row.id, Door.REST)


@view(None)
def wanted(tx: Tx, request_id: str) -> Job:
    """The caller's job of a request id. Refuses one that is not there."""
    found = job_of(tx, request_id)
    if found is None:
        raise Refused(Problem("NOT_FOUND", "", "There is no request of this identifier."))
    return found


def _is_open(tx: Tx, number: int) -> bool:
    return tx.db.scalar(select(_jobs.id).where(_jobs.id == number, _jobs.ended_at.is_(None))) is not None


def _end(tx: Tx, number: int, **values: Any) -> None:
    tx.db.execute(tables.job.update().where(_jobs.id == number).values(ended_at=tx.now, **values))


def _job(row: Row[Any] | None) -> Job | None:
    if row is None:
        return None
    moments = (row.queued_at, row.started_at, row.ended_at)
    status = Status(row.status)
    return Job(
        row.id, row.request_id, row.token_id, row.path, row.body, status, *moments, row.answer, tuple(row.errors or ())
    )
