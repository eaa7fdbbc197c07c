"""The audit trail as people look through it."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import func, or_, select

from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.services import settings
from calm_desktop.services.boundary import view
from calm_desktop.services.lookup import spellings_of
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import FindAudit
from calm_desktop.services.shapes import AuditRow
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_audit = tables.audit.c
_SEARCHED = (_audit.who, _audit.role, _audit.door, _audit.use_case)
_CONTENT = (_audit.request, _audit.records, _audit.before, _audit.after)


@view(Permission.AUDIT)
def list_audit(tx: Tx, request: FindAudit) -> tuple[AuditRow, ...]:
    """Rows of the audit trail, newest first. Who does not see every field is not shown what requests said."""
    zone, whole = settings.zone(tx.settings), not tx.rights.hidden
    query = select(tables.audit).order_by(_audit.id.desc())
    if request.who:
        query = query.where(func.lower(_audit.who).in_(spellings_of(request.who)))
    if request.since is not None:
        query = query.where(_audit.at >= datetime.combine(request.since, time(), zone))
    if request.until is not None:
        query = query.where(_audit.at < datetime.combine(request.until + ONE_DAY, time(), zone))
    for word in request.text.split():
        columns = _SEARCHED + (_CONTENT if whole else ())
        holds = (func.lower(each).contains(part, autoescape=True) for each in columns for part in spellings_of(word))
        query = query.where(or_(*holds))
    if request.most is not None:
        query = query.limit(request.most)
    return tuple(
        AuditRow(
            row.id,
            row.at.astimezone(zone),
            row.who,
            row.role,
            row.door,
            row.use_case,
            *((row.records, row.request, row.before or "", row.after or "") if whole else ("", "", "", "")),
        )
        for row in tx.db.execute(query)
    )
