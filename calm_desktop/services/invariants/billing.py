"""What is to be billed: groups, schedules and their slices (DOMAIN sections 3.3 and 5)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Date, Row, Select, and_, case, exists, func, not_, or_, select

from calm_desktop.engine.catalog import Effect, ItemKind, Kind, MemoReason, SellingModel
from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.services.invariants.finding import (
    ASSET,
    ORDER,
    Breach,
    Finding,
    asset_place,
    differ,
    finding,
    money,
    span,
)
from calm_desktop.services.invariants.orders import item_place
from calm_desktop.store.tables import (
    action_source,
    asset,
    billing_group,
    billing_item,
    billing_schedule,
    credit_memo,
    invoice_line,
    order_item,
    product,
    sales_order,
    settlement,
)

_source, _source_of_source = order_item.alias("source"), order_item.alias("source_of_source")
_on_paper = or_(billing_item.c.invoice_line_id.is_not(None), billing_item.c.memo_line_id.is_not(None))


def _schedules(*columns: Any) -> Select[Any]:
    """Schedules with what their place needs, in order."""
    return (
        select(ORDER, order_item.c.line, sales_order.c.currency, *columns)
        .select_from(billing_schedule)
        .join(order_item, order_item.c.id == billing_schedule.c.order_item_id)
        .join(sales_order, sales_order.c.id == order_item.c.order_id)
        .order_by(billing_schedule.c.id)
    )


def schedules_bill_their_items_asset(db: Connection) -> Finding:
    """A schedule stands in the group of the asset that its order item names (5.1)."""
    strange = (
        _schedules(ASSET)
        .join(billing_group, billing_group.c.id == billing_schedule.c.group_id)
        .join(asset, asset.c.id == billing_group.c.asset_id)
        .where(differ(order_item.c.asset_id, billing_group.c.asset_id))
    )
    return finding(
        db,
        billing_schedule,
        strange,
        lambda row: Breach(item_place(row), f"its schedule bills asset {row.asset_number}, which it does not name"),
    )


def schedules_total_their_items(db: Connection) -> Finding:
    """What the schedules of an asset come to together is what its order items do (5.1, 5.8).

    One by one they differ, for what takes from an item lowers that item's schedule. Left out are assets with an open
    item, whose total is not known, those that are rated by use, those whose schedules are not all made, and those with
    a credit that was capped by what had been credited by hand. What another system has billed counts nothing here, and
    so does what was taken back of it.
    """
    elsewhere = or_(
        order_item.c.billed_elsewhere,
        and_(order_item.c.effect.not_in([Effect.COVERS, Effect.ADDS]), _source.c.billed_elsewhere),
        and_(order_item.c.effect == Effect.UNDOES, _source_of_source.c.billed_elsewhere),
    )
    items = (
        select(
            order_item.c.asset_id,
            func.sum(case((elsewhere, 0), else_=func.coalesce(order_item.c.total, 0))).label("total"),
            func.sum(case((order_item.c.effect != Effect.UNDOES, 1), else_=0)).label("billable"),
            func.sum(case((order_item.c.selling_model == SellingModel.EVERGREEN, 1), else_=0)).label("open"),
        )
        .join(action_source, action_source.c.order_item_id == order_item.c.id)
        .outerjoin(_source, _source.c.id == order_item.c.target_id)
        .outerjoin(_source_of_source, _source_of_source.c.id == _source.c.target_id)
        .group_by(order_item.c.asset_id)
        .subquery("items")
    )
    plans = (
        select(
            billing_group.c.asset_id,
            func.sum(billing_schedule.c.total).label("total"),
            func.count(billing_schedule.c.id).label("schedules"),
        )
        .join(billing_schedule, billing_schedule.c.group_id == billing_group.c.id)
        .group_by(billing_group.c.asset_id)
        .subquery("plans")
    )
    by_hand = exists().where(
        settlement.c.memo_id == credit_memo.c.id,
        credit_memo.c.reason == MemoReason.GIVEN,
        invoice_line.c.id == settlement.c.invoice_line_id,
        invoice_line.c.asset_id == asset.c.id,
    )
    wrong = (
        select(ASSET, asset.c.currency, items.c.total.label("items"), plans.c.total.label("schedules"))
        .join(items, items.c.asset_id == asset.c.id)
        .join(plans, plans.c.asset_id == asset.c.id)
        .join(product, product.c.id == asset.c.product_id)
        .where(
            items.c.total != plans.c.total,
            items.c.billable == plans.c.schedules,
            items.c.open == 0,
            product.c.kind != Kind.USAGE,
            not_(by_hand),
        )
        .order_by(asset.c.id)
    )
    return finding(
        db,
        billing_schedule,
        wrong,
        lambda row: Breach(
            asset_place(row),
            f"its order items come to {money(row.items, row.currency)}, its schedules to "
            f"{money(row.schedules, row.currency)}",
        ),
    )


def slices_sum_to_their_schedule(db: Connection) -> Finding:
    """The slices of a schedule with a total sum to it, to the last minor unit (3.3)."""
    summed = (
        select(billing_item.c.schedule_id, func.sum(billing_item.c.amount).label("amount"))
        .group_by(billing_item.c.schedule_id)
        .subquery("summed")
    )
    slices = func.coalesce(summed.c.amount, 0)
    wrong = (
        _schedules(billing_schedule.c.total, slices.label("slices"))
        .outerjoin(summed, summed.c.schedule_id == billing_schedule.c.id)
        .where(billing_schedule.c.total.is_not(None), billing_schedule.c.total != slices)
    )
    return finding(
        db,
        billing_item,
        wrong,
        lambda row: Breach(
            item_place(row),
            f"its schedule is {money(row.total, row.currency)}, the slices sum to {money(row.slices, row.currency)}",
        ),
    )


_charged = select(
    billing_item.c.schedule_id,
    billing_item.c.start,
    billing_item.c.end,
    func.lead(billing_item.c.start, type_=Date)
    .over(partition_by=billing_item.c.schedule_id, order_by=billing_item.c.start)
    .label("next_start"),
)
_followed = _charged.where(billing_item.c.kind == ItemKind.CHARGE).subquery("followed")
"""Each charge with the start of the one after it in its schedule."""

_made = billing_schedule.alias("made")
_taker, _undoing = order_item.alias("taker"), order_item.alias("undoing")


def slices_do_not_overlap(db: Connection) -> Finding:
    """No day is billed twice by one schedule."""
    overlapping = (
        _schedules(_followed)
        .join(_followed, _followed.c.schedule_id == billing_schedule.c.id)
        .where(_followed.c.next_start <= _followed.c.end)
    )
    return finding(
        db,
        billing_item,
        overlapping,
        lambda row: Breach(
            item_place(row), f"the slice {span(row.start, row.end)} overlaps the one from {row.next_start}"
        ),
    )


def slices_leave_no_day_out(db: Connection) -> Finding:
    """The charges of a schedule follow each other day by day, but for days that another item took, and holds."""
    undone = exists().where(_undoing.c.target_id == _taker.c.id, _undoing.c.effect == Effect.UNDOES)
    taken = exists().where(
        _taker.c.target_id == order_item.c.id,
        not_(undone),
        _taker.c.start < _followed.c.next_start,
        or_(_taker.c.end.is_(None), _taker.c.end > _followed.c.end),
    )
    apart = (
        _schedules(_followed)
        .join(_followed, _followed.c.schedule_id == billing_schedule.c.id)
        .where(_followed.c.next_start > _followed.c.end, not_(taken))
    )

    def tell(row: Row[Any]) -> Breach | None:
        if row.next_start - row.end == ONE_DAY:
            return None
        return Breach(item_place(row), f"no slice bills the days between {row.end} and {row.next_start}")

    return finding(db, billing_item, apart, tell)


def nothing_is_billed_that_was_billed_elsewhere(db: Connection) -> Finding:
    """Of what another system has billed nothing is billed here, and no credit is given for it."""
    has_slices = exists().where(billing_item.c.schedule_id == billing_schedule.c.id)
    again = _schedules().where(order_item.c.billed_elsewhere.is_(True), or_(has_slices, billing_schedule.c.total != 0))
    return finding(
        db,
        billing_schedule,
        again,
        lambda row: Breach(item_place(row), "its schedule bills again what another system has billed"),
    )


def nothing_is_billed_outside_of_service(db: Connection) -> Finding:
    """No charge begins before its order item, or ends after the item's or the asset's last day (R12).

    A charge that was on paper before the asset's end moved stays there, and the item that moved it takes it back. One
    that is not stays until the schedules of the item that takes it are made, where that is a step of its own.
    """
    taken = exists().where(_taker.c.target_id == order_item.c.id)
    made = exists().where(_made.c.order_item_id == _taker.c.id)
    waiting = exists().where(_taker.c.target_id == order_item.c.id, _taker.c.effect != Effect.UNDOES, not_(made))
    outside = (
        _schedules(billing_item.c.start, billing_item.c.end, ASSET)
        .join(billing_item, billing_item.c.schedule_id == billing_schedule.c.id)
        .join(billing_group, billing_group.c.id == billing_schedule.c.group_id)
        .join(asset, asset.c.id == billing_group.c.asset_id)
        .where(billing_item.c.kind == ItemKind.CHARGE)
        .where(
            or_(
                billing_item.c.start < order_item.c.start,
                billing_item.c.end > order_item.c.end,
                and_(billing_item.c.end > billing_schedule.c.end, not_(_on_paper)),
                and_(billing_item.c.end > asset.c.lifecycle_end, not_(and_(_on_paper, taken)), not_(waiting)),
            )
        )
    )
    return finding(
        db,
        billing_item,
        outside,
        lambda row: Breach(
            item_place(row),
            f"the slice {span(row.start, row.end)} is outside of the service of asset {row.asset_number}",
        ),
    )
