"""The nightly roll-up: what the passing of days changes, without anybody's doing.

It is due whenever the business date is newer than the last roll-up's, so nights that were slept through are caught up
with in one go.
"""

from __future__ import annotations

from sqlalchemy import and_, func, or_, select

from calm_desktop.services import jobs, outbox, repeats
from calm_desktop.services.boundary import use_case, view
from calm_desktop.services.requests import Rollup
from calm_desktop.services.shapes import RollupResult
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.heads import in_force
from calm_desktop.store import tables


@view(None)
def is_due(tx: Tx, _: object = None) -> bool:
    """Whether the business date is newer than the last roll-up's."""
    last = tx.db.scalar(select(func.max(tables.rollup.c.business_date)))
    return last is None or tx.today > last


@use_case(None)
def roll_up(tx: Tx, _: Rollup) -> RollupResult:
    """Renew the current figures of each asset whose state began or ended since they were taken; idempotent.

    Events that are kept long enough are dropped, and so are jobs and answers of programs.
    """
    if not is_due(tx):
        return RollupResult(tx.today, False, 0)
    owned, periods = tables.asset, tables.state_period
    passed = (
        select(periods.c.id)
        .where(periods.c.asset_id == owned.c.id)
        .where(
            or_(
                and_(periods.c.start > owned.c.current_on, periods.c.start <= tx.today),
                and_(periods.c.end >= owned.c.current_on, periods.c.end < tx.today),
            )
        )
        .exists()
    )

    def current(column: str) -> object:
        held = select(periods.c[column]).where(periods.c.asset_id == owned.c.id, in_force(tx.today))
        return func.coalesce(held.scalar_subquery(), 0)

    done = tx.db.execute(
        owned.update()
        .where(owned.c.current_on < tx.today, passed)
        .values(
            current_on=tx.today,
            current_quantity=current("quantity"),
            current_amount=current("amount"),
            current_mrr=current("mrr"),
        )
    )
    row = {"business_date": tx.today, "ran_at": tx.now, "assets": done.rowcount}
    tx.db.execute(tables.rollup.insert().values(**row))
    for kept in (outbox, jobs, repeats):
        kept.prune(tx)
    tx.touch("rollup")
    return RollupResult(tx.today, True, done.rowcount)
