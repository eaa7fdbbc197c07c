"""What is to be billed: groups, schedules and their slices (DOMAIN sections 3.3 and 5)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Date, Row, Select, func, or_, select

from calm_desktop.engine.catalog import ItemKind, Kind, ScheduleCategory
from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.services.invariants.finding import (
    ASSET,
    ORDER,
    Breach,
    Finding,
    differ,
    finding,
    money,
    span,
)
from calm_desktop.services.invariants.orders import item_place
from calm_desktop.store.tables import (
    asset,
    billing_group,
    billing_item,
    billing_schedule,
    order_item,
    product,
    sales_order,
)

_sold = billing_schedule.c.category.in_((ScheduleCategory.ORIGINAL, ScheduleCategory.RENEWAL))
_charged = order_item.c.product_id.not_in(select(product.c.id).where(product.c.kind == Kind.USAGE))
"""Items with a charge of their own: what is rated by use has other rules."""


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


def schedules_total_their_item(db: Connection) -> Finding:
    """The schedule of a sale or renewal bills the order item's total; neither is known while it is evergreen (5.1)."""
    wrong = _schedules(billing_schedule.c.total.label("scheduled"), order_item.c.total).where(
        _sold, _charged, differ(billing_schedule.c.total, order_item.c.total)
    )
    return finding(
        db,
        billing_schedule,
        wrong,
        lambda row: Breach(
            item_place(row),
            f"its total is {money(row.total, row.currency)}, its schedule's {money(row.scheduled, row.currency)}",
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


_followed = (
    select(
        billing_item.c.schedule_id,
        billing_item.c.start,
        billing_item.c.end,
        func.lead(billing_item.c.start, type_=Date)
        .over(partition_by=billing_item.c.schedule_id, order_by=billing_item.c.start)
        .label("next_start"),
    )
    .where(billing_item.c.kind == ItemKind.CHARGE)
    .subquery("followed")
)
"""Each charge with the start of the one after it."""


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
    """The slices of a sale or renewal follow each other day by day."""
    apart = (
        _schedules(_followed)
        .join(_followed, _followed.c.schedule_id == billing_schedule.c.id)
        .where(_sold, _followed.c.next_start > _followed.c.end)
    )

    def tell(row: Row[Any]) -> Breach | None:
        if row.next_start - row.end == ONE_DAY:
            return None
        return Breach(item_place(row), f"no slice bills the days between {row.end} and {row.next_start}")

    return finding(db, billing_item, apart, tell)


def nothing_is_billed_outside_of_service(db: Connection) -> Finding:
    """No slice begins before its order item, or ends after the item's or the asset's last day (R12)."""
    outside = (
        _schedules(billing_item.c.start, billing_item.c.end, ASSET)
        .join(billing_item, billing_item.c.schedule_id == billing_schedule.c.id)
        .join(billing_group, billing_group.c.id == billing_schedule.c.group_id)
        .join(asset, asset.c.id == billing_group.c.asset_id)
        .where(
            or_(
                billing_item.c.start < order_item.c.start,
                billing_item.c.end > order_item.c.end,
                billing_item.c.end > billing_schedule.c.end,
                billing_item.c.end > asset.c.lifecycle_end,
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
