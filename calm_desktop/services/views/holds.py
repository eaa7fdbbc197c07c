"""Invoice holds: which there are, and which of them are in force on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select, true

from calm_desktop.services.boundary import view
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import find
from calm_desktop.services.requests import Find
from calm_desktop.services.shapes import HoldShape
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_holds, _accounts, _assets = tables.invoice_hold.c, tables.account.c, tables.asset.c


def is_open() -> ColumnElement[bool]:
    """Whether a hold was neither released nor replaced; its last day may be over."""
    return _holds.released_on.is_(None)


def in_force(day: date) -> ColumnElement[bool]:
    """Whether a hold keeps a run of a day from invoicing: it is open, and its last day is not before it."""
    return and_(is_open(), or_(_holds.until.is_(None), _holds.until >= day))


@view()
def list_holds(tx: Tx, request: Find) -> tuple[HoldShape, ...]:
    """Holds, those of history too, in the order recorded; of an account with its assets, or of an asset."""
    condition: ColumnElement[bool] = true()
    if request.account:
        condition &= _accounts.id == find(tx, "account", request.account)
    if request.asset:
        condition &= _holds.asset_id == find(tx, "asset", request.asset)
    return hold_shapes(tx, condition)


def holds_on(tx: Tx, *conditions: ColumnElement[bool]) -> tuple[HoldShape, ...]:
    """The holds that are in force today, and for which conditions hold, in the order recorded."""
    return hold_shapes(tx, and_(in_force(tx.today), *conditions))


def hold_of(tx: Tx, kind: str, thing: int) -> HoldShape | None:
    """The hold that is in force today on an account or an asset itself (`kind`), None where there is none."""
    return next(iter(holds_on(tx, tables.invoice_hold.c[f"{kind}_id"] == thing)), None)


def hold_shapes(tx: Tx, condition: ColumnElement[bool]) -> tuple[HoldShape, ...]:
    """The holds for which a condition (on holds and the accounts that they concern) holds, in the order recorded."""
    query = (
        select(
            tables.invoice_hold,
            _accounts.id.label("owner_id"),
            _accounts.name.label("owner"),
            _assets.name.label("asset_name"),
        )
        .outerjoin(tables.asset, _assets.id == _holds.asset_id)
        .join(tables.account, or_(_accounts.id == _holds.account_id, _accounts.id == _assets.account_id))
        .where(condition)
        .order_by(_holds.id)
    )
    return tuple(_shape(row, tx.today) for row in tx.db.execute(query))


def _shape(row: Row[Any], today: date) -> HoldShape:
    over = row.until is not None and row.until < today
    return HoldShape(
        id=public_id("hold", row.id),
        kind="account" if row.asset_id is None else "asset",
        account=row.owner,
        account_id=public_id("account", row.owner_id),
        asset=row.asset_name,
        asset_id=None if row.asset_id is None else public_id("asset", row.asset_id),
        status="Released" if row.released_on is not None else "Over" if over else "In Force",
        set_on=row.set_on,
        until=row.until,
        released_on=row.released_on,
        reason=row.reason,
    )
