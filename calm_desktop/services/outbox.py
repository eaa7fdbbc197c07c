"""Events as they are told to others: rows of the outbox, in the order of their replay ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, select

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
    """The events after a replay id, at most so many."""

    replay_id: int
    most: int = 500


@view()
def events_after(tx: Tx, request: After) -> tuple[Event, ...]:
    """Events in the order in which they were committed, each once."""
    query = select(tables.event).where(_events.id > request.replay_id).order_by(_events.id).limit(request.most)
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
    """The replay id of the newest event, 0 where there is none."""
    return tx.db.scalar(select(func.max(_events.id))) or 0


@view()
def events_of(tx: Tx, request_id: str) -> tuple[str, ...]:
    """The names of the events that a request brought about."""
    return tuple(tx.db.scalars(select(_events.name).where(_events.request_id == request_id).order_by(_events.id)))
