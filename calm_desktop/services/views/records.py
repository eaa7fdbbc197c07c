"""What happened: events as they were told, and imports."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from sqlalchemy import Column, ColumnElement, select, true

from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.services.boundary import view
from calm_desktop.services.field_values import told_to
from calm_desktop.services.ids import public_id
from calm_desktop.services.requests import Find
from calm_desktop.services.settings import zone
from calm_desktop.services.shapes import EventRow, ImportRow
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_events, _imports = tables.event.c, tables.import_batch.c


@view()
def list_events(tx: Tx, request: Find) -> tuple[EventRow, ...]:
    """Events in the order told, by the day on which they were."""
    query = select(tables.event).where(_between(tx, request, _events.created_at)).order_by(_events.id)
    return tuple(
        EventRow(row.id, row.name, row.request_id, row.created_at, dict(told_to(tx, row.payload)))
        for row in tx.db.execute(query)
    )


@view()
def list_imports(tx: Tx, request: Find) -> tuple[ImportRow, ...]:
    """Imports in the order made, by the day on which they were."""
    query = select(tables.import_batch).where(_between(tx, request, _imports.imported_at)).order_by(_imports.id)
    return tuple(
        ImportRow(
            batch=public_id("import", row.id),
            files=row.files,
            format=row.format,
            imported_at=row.imported_at,
            read=row.read,
            new=row.new,
            changed=row.changed,
            same=row.same,
            skipped=row.skipped,
            cancelled=row.cancelled,
            rejected=row.rejected,
            taken_back_at=row.taken_back_at,
        )
        for row in tx.db.execute(query)
    )


def _between(tx: Tx, request: Find, moment: Column[datetime]) -> ColumnElement[bool]:
    """Days are those of the organisation's clock."""
    condition: ColumnElement[bool] = true()
    if request.start is not None:
        condition &= moment >= _midnight(tx, request.start)
    if request.end is not None:
        condition &= moment < _midnight(tx, request.end + ONE_DAY)
    return condition


def _midnight(tx: Tx, day: date) -> datetime:
    return datetime.combine(day, time(), zone(tx.settings)).astimezone(UTC)
