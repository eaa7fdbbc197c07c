"""What was used, and how it is billed (DOMAIN 5.9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Date, Row, Select, func, or_, select

from calm_desktop.engine.catalog import ItemKind, Kind
from calm_desktop.services.invariants.finding import (
    ASSET,
    ORDER,
    Breach,
    Finding,
    asset_place,
    finding,
    found,
    money,
    row_count,
    span,
)
from calm_desktop.services.invariants.orders import item_place
from calm_desktop.services.portions import chunks
from calm_desktop.services.usage_prices import UsagePriceBook
from calm_desktop.services.usage_rating import USE, Span, items_of, plans_of, plans_query, use_in
from calm_desktop.store.tables import (
    asset,
    billing_group,
    billing_item,
    billing_schedule,
    order_item,
    product,
    sales_order,
    usage_record,
)

_PLANS_AT_A_TIME = 200


def _items(*columns: Any) -> Select[Any]:
    """Items that bill use, with what their place needs, in order."""
    return (
        select(ORDER, order_item.c.line, *columns)
        .select_from(billing_item)
        .join(billing_schedule, billing_schedule.c.id == billing_item.c.schedule_id)
        .join(order_item, order_item.c.id == billing_schedule.c.order_item_id)
        .join(sales_order, sales_order.c.id == order_item.c.order_id)
        .where(billing_item.c.kind.in_(USE))
        .order_by(billing_item.c.id)
    )


def use_is_rated_right(db: Connection) -> Finding:
    """The items of a period sum to the rating of the records that they rate, by the price of its first day.

    Left out are schedules whose price was changed within the term: the next run adjusts what was rated before.
    """

    def wrong() -> Iterator[Breach]:
        prices = UsagePriceBook(db)
        for rows in chunks(db.execute(plans_query().add_columns(ORDER)).all(), _PLANS_AT_A_TIME):
            schedules = {plan.schedule: (row, plan) for row, plan in zip(rows, plans_of(db, rows), strict=True)}
            items = items_of(db, schedules)
            spans = {key: Span(schedules[key[0]][1].asset, key[1], rated[0].end) for key, rated in items.items()}
            use = use_in(db, spans.values(), rated_only=True)
            last = dict(sorted(items))
            for schedule, last_start in last.items():
                row, plan = schedules[schedule]
                for part in plan.parts():
                    if part.start > last_start:
                        break
                    rated = items.pop((schedule, part.start), None)
                    if rated is None:
                        continue
                    days = spans[schedule, part.start]
                    billed = sum(item.amount for item in rated)
                    price = prices.price(plan.product, plan.currency.code, part.start)
                    amount = plan.amount(price, replace(part, end=days.end), use[days])
                    if not plan.was_repriced and (amount is None or amount.minor != billed):
                        code = plan.currency.code
                        yield Breach(
                            item_place(row),
                            f"the use {span(days.start, days.end)} is billed with {money(billed, code)}, "
                            f"rated it is {money(None if amount is None else amount.minor, code)}",
                        )
            for schedule, start in items:
                yield Breach(item_place(schedules[schedule][0]), f"no billing period begins on {start}")

    return found(row_count(db, _items(billing_item.c.id).order_by(None)), wrong())


def use_is_rated_once(db: Connection) -> Finding:
    """No two periods of use of a schedule overlap."""
    followed = (
        select(
            billing_item.c.id,
            func.lead(billing_item.c.start, type_=Date)
            .over(partition_by=billing_item.c.schedule_id, order_by=(billing_item.c.start, billing_item.c.id))
            .label("next_start"),
        )
        .where(billing_item.c.kind == ItemKind.USAGE)
        .subquery("followed")
    )
    overlapping = (
        _items(billing_item.c.start, billing_item.c.end, followed.c.next_start)
        .join(followed, followed.c.id == billing_item.c.id)
        .where(followed.c.next_start <= billing_item.c.end)
    )
    return finding(
        db,
        _items(billing_item.c.id).order_by(None),
        overlapping,
        lambda row: Breach(
            item_place(row), f"the use {span(row.start, row.end)} overlaps the one from {row.next_start}"
        ),
    )


def only_usage_assets_have_use(db: Connection) -> Finding:
    """Use is recorded and billed for assets of usage products only."""
    strange = (
        _items(billing_item.c.kind)
        .join(product, product.c.id == order_item.c.product_id)
        .where(product.c.kind != Kind.USAGE)
    )
    recorded = (
        select(ASSET)
        .join(usage_record, usage_record.c.asset_id == asset.c.id)
        .join(product, product.c.id == asset.c.product_id)
        .where(product.c.kind != Kind.USAGE)
        .distinct()
        .order_by(asset.c.number)
    )

    def wrong() -> Iterator[Breach]:
        for row in db.execute(strange):
            yield Breach(item_place(row), "it bills use, but its product is not a usage product")
        for row in db.execute(recorded):
            yield Breach(asset_place(row), "it has records of use, but its product is not a usage product")

    return found(row_count(db, usage_record), wrong())


def records_are_rated_in_their_period(db: Connection) -> Finding:
    """The item that rates a record bills use of its asset in a period in which it lies."""
    strange = (
        _records(usage_record.c.day)
        .join(billing_item, billing_item.c.id == usage_record.c.item_id)
        .join(billing_schedule, billing_schedule.c.id == billing_item.c.schedule_id)
        .join(billing_group, billing_group.c.id == billing_schedule.c.group_id)
        .where(
            or_(
                billing_item.c.kind.not_in(USE),
                billing_group.c.asset_id != usage_record.c.asset_id,
                usage_record.c.day < billing_item.c.start,
                usage_record.c.day > billing_item.c.end,
            )
        )
    )
    return finding(
        db,
        usage_record,
        strange,
        lambda row: Breach(_place(row), f"it is rated by an item that does not bill the use of {row.day}"),
    )


def revisions_leave_none_out(db: Connection) -> Finding:
    """The revisions of a record count 0, 1, 2 ..., all of one time, and each but the first says why."""
    columns = usage_record.c
    unlike = (
        _records()
        .group_by(asset.c.number, columns.asset_id, columns.key)
        .having(
            or_(
                func.max(columns.revision) + 1 != func.count(),
                func.min(columns.occurred_at) != func.max(columns.occurred_at),
                func.min(columns.day) != func.max(columns.day),
            )
        )
        .order_by(None)
        .order_by(columns.asset_id, columns.key)
    )
    silent = _records().where(columns.revision > 0, func.trim(columns.reason) == "")

    def wrong() -> Iterator[Breach]:
        for row in db.execute(unlike):
            yield Breach(_place(row), "its revisions are not numbered one after the other, or are of several times")
        for row in db.execute(silent):
            yield Breach(_place(row), "a correction of it states no reason")

    return found(row_count(db, usage_record), wrong())


def _records(*columns: Any) -> Select[Any]:
    """Usage records with what their place needs, in order."""
    return (
        select(ASSET, usage_record.c.key, *columns)
        .select_from(usage_record)
        .join(asset, asset.c.id == usage_record.c.asset_id)
        .order_by(usage_record.c.id)
    )


def _place(row: Row[Any]) -> str:
    return f"{asset_place(row)}, use {row.key}"
