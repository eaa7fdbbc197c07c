"""Requests that are repeated: one with a key happens once, and its repeats are answered what it was answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services.boundary import pass_through
from calm_desktop.services.outbox import kept_since
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered: an HTTP status, and a body as it went out."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Once:
    """An act that happens once for each `key` of a caller; `fingerprint` tells one request from another."""

    key: str
    fingerprint: str
    act: Callable[[Tx], Answer]


def once(tx: Tx, request: Once) -> Answer:
    """Do the act, or answer what its like was answered; both in one transaction, so that repeats at once do it once.

    Refuses a key that another request had. What was refused is not kept: it may be tried again.
    """
    pass_through(tx)
    if not request.key or tx.caller.token is None:
        return request.act(tx)
    answers, mine = tables.answer, tx.caller.token
    refuse_if(text_problems(answers, {"key": request.key}, {"key": "Idempotency-Key"}))
    known = tx.db.execute(select(answers).where(answers.c.token_id == mine, answers.c.key == request.key)).one_or_none()
    if known is not None:
        if known.fingerprint != request.fingerprint:
            words = f"The key {request.key!r} came with another request before. Take a new key for each request."
            raise Refused(Problem("DUPLICATE_KEY", "Idempotency-Key", words))
        return Answer(known.status, known.body)
    done = request.act(tx)
    row = {"token_id": mine, "key": request.key, "fingerprint": request.fingerprint, "answered_at": tx.now}
    tx.db.execute(answers.insert().values(status=done.status, body=done.body, **row))
    return done


def prune(tx: Tx) -> None:
    """Drop the answers from before what is kept of events: nobody repeats a request after so long."""
    since = kept_since(tx)
    if since is not None:
        tx.db.execute(tables.answer.delete().where(tables.answer.c.answered_at < since))
