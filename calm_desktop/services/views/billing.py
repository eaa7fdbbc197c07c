"""The billing of assets: schedules with their items, rolled up by asset; all sums are derived from the items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from calm_desktop.engine.catalog import Effect, ItemKind, Kind, ScheduleStatus
from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.engine.invoicing import InvoiceStatus
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.scopes import Scope, rows_in
from calm_desktop.services.shapes import Billing, BillingItemShape, GroupShape, ScheduleShape
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_SETTLING = (ItemKind.CREDIT.value, ItemKind.CORRECTION.value)
"""What evens out earlier charges and brings no days of its own."""

NO_BILLING = Billing(None, ())


def billing_in(tx: Tx, scope: Scope) -> dict[int, Billing]:
    """The billing of each asset in `scope` (a condition on assets) that has any."""
    groups, plans, assets = tables.billing_group, tables.billing_schedule, tables.asset
    query = (
        select(
            plans,
            groups.c.asset_id,
            assets.c.currency,
            tables.sales_order.c.number.label("order_number"),
            tables.order_item.c.effect,
            tables.order_item.c.billed_elsewhere,
            (tables.product.c.kind == Kind.USAGE.value).label("is_usage"),
        )
        .join(groups, groups.c.id == plans.c.group_id)
        .join(assets, assets.c.id == groups.c.asset_id)
        .join(tables.order_item, tables.order_item.c.id == plans.c.order_item_id)
        .join(tables.sales_order, tables.sales_order.c.id == tables.order_item.c.order_id)
        .join(tables.product, tables.product.c.id == tables.order_item.c.product_id)
        .order_by(plans.c.start, plans.c.id)
    )
    items = _items_in(tx, scope)
    found: defaultdict[int, list[ScheduleShape]] = defaultdict(list)
    group_of: dict[int, int] = {}
    for row in rows_in(tx, query, scope):
        found[row.asset_id].append(_schedule(row, items.get(row.id, ())))
        group_of[row.asset_id] = row.group_id
    return {asset: Billing(_group(group_of[asset], plans), tuple(plans)) for asset, plans in found.items()}


def _items_in(tx: Tx, scope: Scope) -> dict[int, list[Row[Any]]]:
    parts, plans, groups = tables.billing_item.c, tables.billing_schedule.c, tables.billing_group.c
    lines, invoices = tables.invoice_line.c, tables.invoice.c
    query = (
        select(
            parts.schedule_id,
            parts.start,
            parts.end,
            parts.billing_date,
            parts.amount,
            parts.kind,
            parts.quantity,
            invoices.id.label("invoice_id"),
            invoices.number.label("invoice_number"),
            invoices.status,
            tables.credit_memo.c.number.label("memo_number"),
        )
        .join(tables.billing_schedule, plans.id == parts.schedule_id)
        .join(tables.billing_group, groups.id == plans.group_id)
        .join(tables.asset, tables.asset.c.id == groups.asset_id)
        .outerjoin(tables.invoice_line, lines.id == parts.invoice_line_id)
        .outerjoin(tables.invoice, invoices.id == lines.invoice_id)
        .outerjoin(tables.credit_memo_line, tables.credit_memo_line.c.id == parts.memo_line_id)
        .outerjoin(tables.credit_memo, tables.credit_memo.c.id == tables.credit_memo_line.c.memo_id)
        .order_by(parts.schedule_id, parts.start, parts.id)
    )
    found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows_in(tx, query, scope):
        found[row.schedule_id].append(row)
    return found


def _schedule(row: Row[Any], items: Sequence[Row[Any]]) -> ScheduleShape:
    currency = currency_named(row.currency)
    billed = [item for item in items if _is_billed(item)]
    unbilled = [item for item in items if not _is_billed(item) and not _is_spent(item)]
    billed_money = currency.money(sum(item.amount for item in billed))
    total = None if row.total is None else currency.money(row.total)
    charges = [item for item in billed if item.kind != ItemKind.CREDIT.value]
    billed_to: date | None = max((item.end for item in charges), default=None)
    is_open = total is None or (row.is_usage and (row.end is None or billed_to is None or billed_to < row.end))
    status = _status(is_open=is_open, is_settled=_takes(row), items=items, unbilled=unbilled)
    charge_from: date = row.start if billed_to is None else billed_to + ONE_DAY
    return ScheduleShape(
        id=public_id("schedule", row.id),
        order_item=public_id("order-item", row.order_item_id),
        order=row.order_number,
        category=row.category,
        status=status.value,
        start=row.start,
        end=row.end,
        total=total,
        billed=billed_money,
        pending=None if total is None else total - billed_money,
        next_billing_date=min((item.billing_date for item in unbilled), default=None),
        next_charge_from=None if status is ScheduleStatus.COMPLETELY_BILLED else charge_from,
        items=tuple(
            BillingItemShape(
                item.start,
                item.end,
                item.billing_date,
                currency.money(item.amount),
                _invoice_name(item),
                item.kind,
                item.quantity,
                item.memo_number,
            )
            for item in items
        ),
        billed_elsewhere=row.billed_elsewhere,
    )


def _is_billed(item: Row[Any]) -> bool:
    return item.memo_number is not None or item.status == InvoiceStatus.POSTED.value


def _status(
    *, is_open: bool, is_settled: bool, items: Sequence[Row[Any]], unbilled: Sequence[Row[Any]]
) -> ScheduleStatus:
    """A schedule that has no items yet waits for usage, or to be laid out."""
    statuses = {item.status for item in unbilled}
    if InvoiceStatus.ERROR.value in statuses:
        return ScheduleStatus.ERROR
    if InvoiceStatus.DRAFT.value in statuses:
        return ScheduleStatus.PROCESSING
    if not unbilled and not is_open and (items or is_settled):
        return ScheduleStatus.COMPLETELY_BILLED
    return ScheduleStatus.READY_FOR_INVOICING


def _is_spent(item: Row[Any]) -> bool:
    """A credit of nothing waits for nothing."""
    return bool(item.kind == ItemKind.CREDIT.value and item.amount == 0)


def _takes(row: Row[Any]) -> bool:
    """Whether a schedule is that of an item that takes back, or whose charges were all taken back."""
    return bool(row.effect in (Effect.LOWERS.value, Effect.ENDS.value) or (row.total == 0 and not row.is_usage))


def _invoice_name(item: Row[Any]) -> str | None:
    if item.invoice_id is None:
        return None
    number: str | None = item.invoice_number
    return number or public_id("invoice", item.invoice_id)


def _group(group: int, plans: Sequence[ScheduleShape]) -> GroupShape:
    """The roll-up: an open schedule leaves the end open, an evergreen one the pending amount unknown."""
    currency = plans[0].billed.currency
    charging = [plan for plan in plans if any(item.kind not in _SETTLING for item in plan.items)] or plans
    ends = [plan.end for plan in charging if plan.end is not None]
    pending = [plan.pending for plan in plans if plan.pending is not None]
    return GroupShape(
        id=public_id("group", group),
        start=min(plan.start for plan in charging),
        end=max(ends) if len(ends) == len(charging) else None,
        total_billed=currency.money(sum(plan.billed.minor for plan in plans)),
        total_pending=currency.money(sum(each.minor for each in pending)) if len(pending) == len(plans) else None,
        next_billing_date=min((plan.next_billing_date for plan in plans if plan.next_billing_date), default=None),
    )
