"""Heads: an account or an asset in one line, with the figures of a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, or_, select

from calm_desktop.engine.catalog import AssetStatus
from calm_desktop.engine.fields import FieldObject
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.field_values import values_of
from calm_desktop.services.ids import public_id
from calm_desktop.services.scopes import EVERYTHING, Scope, among, rows_in
from calm_desktop.services.shapes import AccountHead, AssetHead
from calm_desktop.services.shapes.fields import FieldsTold
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_NOTHING = Decimal(0)


def account_head(tx: Tx, account: int) -> AccountHead:
    """The account with this number in the store."""
    row = tx.db.execute(select(tables.account).where(tables.account.c.id == account)).one()
    return AccountHead(
        id=public_id("account", row.id),
        number=row.number,
        name=row.name,
        currency=row.currency,
        country=row.country,
        tax_profile=row.tax_profile,
        bill_to=row.bill_to,
        bill_day=row.bill_day,
        payment_days=row.payment_days,
        invoice_by=row.invoice_by,
        fields=values_of(tx, FieldObject.ACCOUNT, [account])(account),
    )


def asset_heads(tx: Tx, assets: Sequence[int] | None, as_of: date | None = None) -> tuple[AssetHead, ...]:
    """The assets with these numbers in the store, in the order given; all of them, oldest first, for None."""
    found = heads_in(tx, EVERYTHING if assets is None else among(tables.asset.c.id, assets), as_of or tx.today)
    return tuple(found[number] for number in (found if assets is None else assets))


def heads_in(tx: Tx, scope: Scope, day: date) -> dict[int, AssetHead]:
    """The assets in `scope` (a condition on assets) with the figures of `day`, oldest first."""
    rows = list(rows_in(tx, _heads_query(day), scope))
    told = values_of(tx, FieldObject.ASSET, [row.id for row in rows])
    return {row.id: _head(row, day, told(row.id)) for row in rows}


def in_force(day: date) -> Any:
    """Whether a state period is in force on `day`."""
    periods = tables.state_period.c
    return and_(periods.start <= day, or_(periods.end.is_(None), periods.end >= day))


def _heads_query(day: date) -> Select[Any]:
    assets, accounts, products, periods = tables.asset, tables.account, tables.product, tables.state_period
    every = tables.state_period.alias()
    lifetime = select(func.coalesce(func.sum(every.c.amount), 0)).where(every.c.asset_id == assets.c.id)
    return (
        select(
            assets.c.id,
            assets.c.number,
            assets.c.name,
            assets.c.account_id,
            assets.c.product_id,
            assets.c.currency,
            assets.c.lifecycle_start,
            assets.c.lifecycle_end,
            assets.c.renewal_term,
            assets.c.renewal_term_unit,
            assets.c.renewal_pricing,
            accounts.c.name.label("account_name"),
            products.c.code,
            products.c.name.label("product_name"),
            products.c.kind,
            periods.c.id.label("state"),
            periods.c.quantity,
            periods.c.amount,
            periods.c.mrr,
            periods.c.paused,
            exists().where(every.c.asset_id == assets.c.id).correlate(assets).label("has_days"),
            lifetime.scalar_subquery().label("lifetime"),
        )
        .join(accounts, accounts.c.id == assets.c.account_id)
        .join(products, products.c.id == assets.c.product_id)
        .outerjoin(periods, and_(periods.c.asset_id == assets.c.id, in_force(day)))
        .order_by(assets.c.id)
    )


def _head(row: Row[Any], day: date, told: FieldsTold) -> AssetHead:
    currency = currency_named(row.currency)
    return AssetHead(
        id=public_id("asset", row.id),
        number=row.number,
        name=row.name,
        account=row.account_name,
        account_id=public_id("account", row.account_id),
        product=row.code,
        product_id=public_id("product", row.product_id),
        product_name=row.product_name,
        kind=row.kind,
        quantity=row.quantity or _NOTHING,
        amount=currency.money(row.amount or 0),
        mrr=currency.money(row.mrr or 0),
        currency=row.currency,
        lifecycle_start=row.lifecycle_start,
        lifecycle_end=row.lifecycle_end,
        renewal_term=row.renewal_term,
        renewal_term_unit=row.renewal_term_unit,
        renewal_pricing=row.renewal_pricing,
        total_lifecycle_amount=currency.money(int(row.lifetime)),
        status=_status(row, day).value,
        fields=told,
    )


def _status(row: Row[Any], day: date) -> AssetStatus:
    """In a gap before a late renewal nothing is owned, but something is to come."""
    if row.state is not None:
        return AssetStatus.PAUSED if row.paused else AssetStatus.ACTIVE
    if not row.has_days:
        return AssetStatus.UNDONE
    if row.lifecycle_end is not None and row.lifecycle_end < day:
        return AssetStatus.ENDED
    return AssetStatus.SCHEDULED
