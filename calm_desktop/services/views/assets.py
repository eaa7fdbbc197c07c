"""Assets, whole and as a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import ColumnElement, and_, true

from calm_desktop.engine.fields import FieldObject
from calm_desktop.services.boundary import view
from calm_desktop.services.field_values import where
from calm_desktop.services.lookup import find
from calm_desktop.services.requests import Find, Look
from calm_desktop.services.scopes import among
from calm_desktop.services.shapes import AssetHead, AssetShape
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.actions import actions_in
from calm_desktop.services.views.billing import NO_BILLING, billing_in
from calm_desktop.services.views.heads import heads_in
from calm_desktop.services.views.holds import hold_of
from calm_desktop.services.views.states import state_shapes, states_in
from calm_desktop.store import tables


def asset_shapes(tx: Tx, assets: Sequence[int], as_of: date | None = None) -> tuple[AssetShape, ...]:
    """The assets with these numbers in the store, whole, in the order given; heads show the figures of a day."""
    scope = among(tables.asset.c.id, assets)
    heads, states = heads_in(tx, scope, as_of or tx.today), states_in(tx, scope)
    actions, billing = actions_in(tx, scope), billing_in(tx, scope)
    return tuple(
        AssetShape(
            heads[number],
            state_shapes(states.get(number, ())),
            tuple(actions.get(number, ())),
            billing.get(number, NO_BILLING),
        )
        for number in assets
    )


@view()
def show_asset(tx: Tx, request: Look) -> AssetShape:
    """One asset, whole, as of a day. Refuses an unknown or ambiguous name."""
    asset = find(tx, "asset", request.name)
    return replace(asset_shapes(tx, [asset], request.as_of)[0], hold=hold_of(tx, "asset", asset))


_CONDITIONED = {
    FieldObject.ASSET: tables.asset.c.id,
    FieldObject.ACCOUNT: tables.asset.c.account_id,
    FieldObject.PRODUCT: tables.asset.c.product_id,
}
"""Whose fields an asset can be asked by."""


@view()
def list_assets(tx: Tx, request: Find) -> tuple[AssetHead, ...]:
    """Assets, oldest first, with the figures of a day; of one account, or just one."""
    return tuple(heads_in(tx, (assets_wanted(tx, request),), request.as_of or tx.today).values())


def assets_wanted(tx: Tx, request: Find) -> ColumnElement[bool]:
    """Which assets are asked for."""
    condition: ColumnElement[bool] = true()
    if request.account:
        condition &= tables.asset.c.account_id == find(tx, "account", request.account)
    if request.asset:
        condition &= tables.asset.c.id == find(tx, "asset", request.asset)
    return and_(condition, *where(tx, request.where, _CONDITIONED))
