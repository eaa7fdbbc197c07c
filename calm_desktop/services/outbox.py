"""Events as they are told to others: rows of the outbox, in the order of their replay ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import and_, func, not_, or_, select

from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services import settings
from calm_desktop.services.access import user_id
from calm_desktop.services.boundary import view
from calm_desktop.services.field_values import told_to
from calm_desktop.services.records.fields import moment_text
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

NAMES = (
    "AssetRenewInitiatedEvent",
    "AssetAmendInitiatedEvent",
    "AssetCancelInitiatedEvent",
    "CreateAssetOrderEvent",
    "BillingScheduleCreatedEvent",
    "InvoiceProcessedEvent",
    "FieldValuesChangedEvent",
)
"""The events that there are."""

_OURS = UUID("6d1c5b9e-6f0e-4b7b-9a53-0d6f4c1a7c11")
_events = tables.event.c


@dataclass(frozen=True, slots=True)
class Event:
    """An event: its place in the order of all, its name, and what it tells."""

    replay_id: int
    name: str
    request_id: str
    uuid: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class After:
    """The events after a replay id, at most so many; of some names alone, where there are any."""

    replay_id: int
    most: int = 500
    names: tuple[str, ...] = ()


@view()
def events_after(tx: Tx, request: After) -> tuple[Event, ...]:
    """Events in the order in which they were committed, each once."""
    query = select(tables.event).where(_events.id > request.replay_id).order_by(_events.id).limit(request.most)
    if request.names:
        query = query.where(_events.name.in_(request.names))
    zone, who = settings.zone(tx.settings), user_id(tx.caller)
    return tuple(
        Event(
            row.id,
            row.name,
            row.request_id,
            str(uuid5(_OURS, f"{row.id} {row.request_id}")),
            {
                "CreatedDate": moment_text(row.created_at.astimezone(zone)),
                "CreatedById": who,
                "RequestIdentifier": row.request_id,
                **told_to(tx, row.payload),
            },
        )
        for row in tx.db.execute(query)
    )


@view()
def newest(tx: Tx, _: object = None) -> int:
    """The replay id of the newest event, kept or not any more; 0 where there was none."""
    following = tx.db.scalar(select(tables.counter.c.next).where(tables.counter.c.name == "event"))
    return 0 if following is None else following - 1


@view()
def place_after(tx: Tx, replay_id: int) -> int:
    """The place from which a subscriber goes on: -1 is what is new, -2 and 0 all that is kept, else an event he had.

    Refuses one after which events are gone already, and one that was never told.
    """
    last = newest(tx)
    if replay_id == -1:
        return last
    oldest = tx.db.scalar(select(func.min(_events.id))) or last + 1
    if replay_id in (-2, 0):
        return 0
    if not oldest - 1 <= replay_id <= last:
        words = (
            f"The replayId {{{replay_id}}} you provided was invalid. Please provide a valid ID, -2 to replay all "
            "events, or -1 to replay only new events."
        )
        raise Refused(Problem("INVALID_REPLAY_ID", "after", words))
    return replay_id


def kept_since(tx: Tx) -> datetime | None:
    """The moment from which on is kept what was told to programs, by the setting `event-days`; None: for ever."""
    days = int(tx.settings["event-days"])
    return tx.now - timedelta(days=days) if days else None


def prune(tx: Tx) -> int:
    """Drop the events from before `kept_since`, but none that a webhook is still to be told.

    The answer is how many. A webhook that is dead keeps none.
    """
    since = kept_since(tx)
    if since is None:
        return 0
    hooks = tables.webhook.c
    living = tx.db.execute(
        select(hooks.place, hooks.events).where(hooks.removed_at.is_(None), hooks.dead_at.is_(None))
    ).all()
    waiting = [
        and_(_events.id > row.place, _events.name.in_(row.events.split(","))) if row.events else _events.id > row.place
        for row in living
    ]
    old = tables.event.delete().where(_events.created_at < since)
    done: int = tx.db.execute(old.where(not_(or_(*waiting))) if waiting else old).rowcount
    return done


@view()
def events_of(tx: Tx, request_id: str) -> tuple[str, ...]:
    """The names of the events that a request brought about."""
    return tuple(tx.db.scalars(select(_events.name).where(_events.request_id == request_id).order_by(_events.id)))
