"""What assets hold over time: state periods, actions and what follows from them (DOMAIN section 4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Date, Row, Select, and_, case, exists, func, literal, not_, or_, select

from calm_desktop.engine.catalog import ActionType, Category, Effect
from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.engine.lifecycle import SourceKind
from calm_desktop.engine.money import plain
from calm_desktop.services.invariants.finding import (
    ASSET,
    Breach,
    Finding,
    asset_place,
    differ,
    finding,
    money,
    span,
)
from calm_desktop.store.tables import QUANTITY, action, action_source, asset, order_item, state_period

_NONE = literal(Decimal(0), QUANTITY)

_followed = select(
    state_period.c.asset_id,
    state_period.c.start,
    state_period.c.end,
    func.lead(state_period.c.start, type_=Date)
    .over(partition_by=state_period.c.asset_id, order_by=state_period.c.start)
    .label("next_start"),
).subquery("followed")
"""Each state period with the start of the one after it."""

_ranked = select(
    state_period,
    func.row_number().over(partition_by=state_period.c.asset_id, order_by=state_period.c.start.desc()).label("rank"),
).subquery("ranked")
_last = select(_ranked).where(_ranked.c.rank == 1).subquery("last")
"""The last state period of each asset."""

_taking_back, _taken_back = action.alias("taking_back"), action.alias("taken_back")
_sale_undone = exists().where(
    _taken_back.c.asset_id == asset.c.id,
    _taken_back.c.type == ActionType.GENERATE,
    _taking_back.c.undoes_id == _taken_back.c.id,
)
"""Whether an asset's sale was undone, which leaves no state period."""

_first_start = (
    select(state_period.c.asset_id, func.min(state_period.c.start).label("start"))
    .group_by(state_period.c.asset_id)
    .subquery("first_start")
)


def periods_do_not_overlap(db: Connection) -> Finding:
    """State periods of an asset never overlap (4.1)."""
    overlapping = _neighbours().where(_followed.c.next_start <= _followed.c.end)
    return finding(
        db,
        state_period,
        overlapping,
        lambda row: Breach(
            asset_place(row), f"the period {span(row.start, row.end)} overlaps the one from {row.next_start}"
        ),
    )


def open_periods_are_last(db: Connection) -> Finding:
    """Nothing follows a period without an end (4.1)."""
    followed = _neighbours().where(_followed.c.end.is_(None), _followed.c.next_start.is_not(None))
    return finding(
        db,
        state_period,
        followed,
        lambda row: Breach(
            asset_place(row), f"the period from {row.start} has no end, and one from {row.next_start} follows"
        ),
    )


def gaps_are_late_renewals(db: Connection) -> Finding:
    """Between periods there is no gap, unless a late renewal begins after it (4.1, 4.6); a transfer moves it along."""
    renewed = exists().where(
        order_item.c.asset_id == _followed.c.asset_id,
        order_item.c.effect == Effect.COVERS,
        order_item.c.category.in_((Category.RENEWALS, Category.TRANSFERS)),
        order_item.c.start == _followed.c.next_start,
    )

    def tell(row: Row[Any]) -> Breach | None:
        if row.next_start - row.end <= ONE_DAY:
            return None
        return Breach(
            asset_place(row),
            f"nothing is owned between {row.end} and {row.next_start}, and no renewal starts on {row.next_start}",
        )

    return finding(db, state_period, _neighbours().where(_followed.c.next_start > _followed.c.end, not_(renewed)), tell)


def _neighbours() -> Select[Any]:
    return (
        select(ASSET, _followed)
        .join(asset, asset.c.id == _followed.c.asset_id)
        .order_by(_followed.c.asset_id, _followed.c.start)
    )


def lifecycles_span_their_periods(db: Connection) -> Finding:
    """An asset's lifecycle goes from its first period's start to its last period's end."""
    wrong = (
        select(ASSET, asset.c.lifecycle_start, asset.c.lifecycle_end, _first_start.c.start, _last.c.end)
        .outerjoin(_first_start, _first_start.c.asset_id == asset.c.id)
        .outerjoin(_last, _last.c.asset_id == asset.c.id)
        .where(
            or_(_last.c.asset_id.is_not(None), not_(_sale_undone)),
            or_(
                differ(asset.c.lifecycle_start, _first_start.c.start),
                differ(asset.c.lifecycle_end, _last.c.end),
            ),
        )
        .order_by(asset.c.id)
    )
    return finding(
        db,
        asset,
        wrong,
        lambda row: Breach(
            asset_place(row),
            f"the lifecycle is {span(row.lifecycle_start, row.lifecycle_end)}, its periods run "
            f"{span(row.start, row.end)}"
            if row.start
            else "there is no state period",
        ),
    )


def actions_are_numbered(db: Connection) -> Finding:
    """The actions of an asset are numbered 1, 2, 3 ... in the order recorded, and each asset has one (4.10)."""
    numbered = (
        select(ASSET, func.count(action.c.id).label("actions"), func.max(action.c.sequence).label("last"))
        .outerjoin(action, action.c.asset_id == asset.c.id)
        .group_by(asset.c.id, asset.c.number)
        .having(
            or_(
                func.count(action.c.id) == 0,
                func.min(action.c.sequence) != 1,
                func.max(action.c.sequence) != func.count(action.c.id),
            )
        )
        .order_by(asset.c.id)
    )
    return finding(
        db,
        action,
        numbered,
        lambda row: Breach(
            asset_place(row),
            f"there are {row.actions} actions, and the last one has number {row.last}"
            if row.actions
            else "there is no action",
        ),
    )


_undoing = action.alias("undoing")
_undone = exists().where(_undoing.c.undoes_id == action.c.id)
_summed = (
    select(
        action.c.asset_id,
        func.sum(action.c.quantity_change).label("quantity"),
        func.sum(action.c.amount_change).label("amount"),
        func.sum(action.c.mrr_change).label("mrr"),
        func.max(case((and_(action.c.type == ActionType.CANCEL, not_(_undone)), 1), else_=0)).label("cancelled"),
    )
    .group_by(action.c.asset_id)
    .subquery("summed")
)
_lifetime = (
    select(state_period.c.asset_id, func.coalesce(func.sum(state_period.c.amount), 0).label("amount"))
    .group_by(state_period.c.asset_id)
    .subquery("lifetime")
)
_states = select(
    _summed.c.asset_id,
    case((_summed.c.cancelled == 1, _NONE), else_=func.coalesce(_last.c.quantity, _NONE)).label("quantity"),
    case((_summed.c.cancelled == 1, 0), else_=func.coalesce(_last.c.mrr, 0)).label("mrr"),
).outerjoin(_last, _summed.c.asset_id == _last.c.asset_id)
_final = _states.subquery("final")
"""What each asset holds at last: the last state, nothing where it was cancelled (4.2)."""


def amount_changes_make_the_lifetime_amount(db: Connection) -> Finding:
    """The amounts of an asset's actions sum to those of its state periods (4.2)."""
    wrong = (
        select(
            ASSET,
            asset.c.currency,
            _summed.c.amount.label("actions"),
            func.coalesce(_lifetime.c.amount, 0).label("periods"),
        )
        .join(_summed, _summed.c.asset_id == asset.c.id)
        .outerjoin(_lifetime, _lifetime.c.asset_id == asset.c.id)
        .where(_summed.c.amount != func.coalesce(_lifetime.c.amount, 0))
        .order_by(asset.c.id)
    )
    return finding(
        db,
        asset,
        wrong,
        lambda row: Breach(
            asset_place(row),
            f"the actions sum to {money(row.actions, row.currency)}, the state periods to "
            f"{money(row.periods, row.currency)}",
        ),
    )


def quantity_changes_make_the_last_quantity(db: Connection) -> Finding:
    """The quantity changes of an asset sum to its last state's quantity, 0 where it was cancelled (4.2)."""
    wrong = (
        select(ASSET, _summed.c.quantity.label("actions"), _final.c.quantity.label("last"))
        .join(_summed, _summed.c.asset_id == asset.c.id)
        .join(_final, _final.c.asset_id == asset.c.id)
        .where(_summed.c.quantity != _final.c.quantity)
        .order_by(asset.c.id)
    )
    return finding(
        db,
        asset,
        wrong,
        lambda row: Breach(
            asset_place(row),
            f"the actions sum to a quantity of {plain(row.actions)}, the last state is {plain(row.last)}",
        ),
    )


def mrr_changes_make_the_last_mrr(db: Connection) -> Finding:
    """The MRR changes of an asset sum to its last state's MRR, 0 where it was cancelled (4.2)."""
    wrong = (
        select(ASSET, asset.c.currency, _summed.c.mrr.label("actions"), _final.c.mrr.label("last"))
        .join(_summed, _summed.c.asset_id == asset.c.id)
        .join(_final, _final.c.asset_id == asset.c.id)
        .where(_summed.c.mrr != _final.c.mrr)
        .order_by(asset.c.id)
    )
    return finding(
        db,
        asset,
        wrong,
        lambda row: Breach(
            asset_place(row),
            f"the actions sum to an MRR of {money(row.actions, row.currency)}, the last state has "
            f"{money(row.last, row.currency)}",
        ),
    )


def current_figures_are_those_of_their_day(db: Connection) -> Finding:
    """An asset's current quantity, amount and MRR are those of the state period in force on the day they stand for."""
    in_force = and_(
        state_period.c.asset_id == asset.c.id,
        state_period.c.start <= asset.c.current_on,
        or_(state_period.c.end.is_(None), state_period.c.end >= asset.c.current_on),
    )
    quantity = func.coalesce(state_period.c.quantity, _NONE)
    amount, mrr = func.coalesce(state_period.c.amount, 0), func.coalesce(state_period.c.mrr, 0)
    wrong = (
        select(
            ASSET,
            asset.c.currency,
            asset.c.current_on,
            asset.c.current_quantity,
            asset.c.current_amount,
            asset.c.current_mrr,
            quantity.label("quantity"),
            amount.label("amount"),
            mrr.label("mrr"),
        )
        .outerjoin(state_period, in_force)
        .where(or_(asset.c.current_quantity != quantity, asset.c.current_amount != amount, asset.c.current_mrr != mrr))
        .order_by(asset.c.id)
    )
    return finding(
        db,
        asset,
        wrong,
        lambda row: Breach(
            asset_place(row),
            f"on {row.current_on} it shows {plain(row.current_quantity)} / {money(row.current_amount, row.currency)} / "
            f"{money(row.current_mrr, row.currency)}, the state then is {plain(row.quantity)} / "
            f"{money(row.amount, row.currency)} / {money(row.mrr, row.currency)}",
        ),
    )


def sources_make_their_actions_amount(db: Connection) -> Finding:
    """The order items that an action came from sum to its amount (section 1, AssetActionSource)."""
    subtotal = (
        select(
            action_source.c.action_id,
            func.sum(action_source.c.product_amount + action_source.c.adjustment).label("amount"),
        )
        .where(action_source.c.kind == SourceKind.ORDER_ITEM)
        .group_by(action_source.c.action_id)
        .subquery("subtotal")
    )
    wrong = (
        select(ASSET, asset.c.currency, action.c.sequence, action.c.amount_change, subtotal.c.amount)
        .join(action, action.c.asset_id == asset.c.id)
        .join(subtotal, subtotal.c.action_id == action.c.id)
        .where(subtotal.c.amount != action.c.amount_change)
        .order_by(action.c.id)
    )
    return finding(
        db,
        action_source,
        wrong,
        lambda row: Breach(
            f"asset {row.asset_number}, action {row.sequence}",
            f"its sources sum to {money(row.amount, row.currency)}, its amount is "
            f"{money(row.amount_change, row.currency)}",
        ),
    )
