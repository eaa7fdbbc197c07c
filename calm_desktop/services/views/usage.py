"""What was used: usage prices, records with their revisions, and the periods of an asset that rate them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, select, true

from calm_desktop.engine.dates import FIRST_DAY, BillingPeriod
from calm_desktop.engine.invoicing import InvoiceStatus
from calm_desktop.services.boundary import view
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import find
from calm_desktop.services.requests import Find, Look
from calm_desktop.services.scopes import Scope, among, rows_in, within
from calm_desktop.services.settings import zone
from calm_desktop.services.shapes import UsagePage, UsagePeriod, UsagePrices, UsageRow
from calm_desktop.services.tx import Tx
from calm_desktop.services.usage_prices import UsagePriceBook, price_shape
from calm_desktop.services.usage_rating import Span, UsagePlan, as_decimal, items_of, plans_of, plans_query, use_in
from calm_desktop.store import tables

_records, _assets, _invoices = tables.usage_record.c, tables.asset.c, tables.invoice.c


@view()
def usage_prices(tx: Tx, request: Look) -> UsagePrices:
    """The usage prices of a product, by currency and first day."""
    product = find(tx, "product", request.name)
    prices = tables.usage_price.c
    query = select(tables.usage_price).where(prices.product_id == product).order_by(prices.currency, prices.start)
    code = tx.db.execute(select(tables.product.c.code).where(tables.product.c.id == product)).scalar_one()
    return UsagePrices(code, public_id("product", product), tuple(price_shape(row) for row in tx.db.execute(query)))


@view()
def list_usage(tx: Tx, request: Find) -> tuple[UsageRow, ...]:
    """Usage records by time, each key's revisions together; of an account, an asset, or days of use."""
    condition = within(_records.day, request.start, request.end)
    if request.account:
        condition &= _assets.account_id == find(tx, "account", request.account)
    if request.asset:
        condition &= _records.asset_id == find(tx, "asset", request.asset)
    return usage_rows(tx, (condition,))


def usage_rows(tx: Tx, scope: Scope, newest_first: bool = False) -> tuple[UsageRow, ...]:
    """The usage records in `scope` (a condition on records)."""
    query = _records_query()
    order = (_records.occurred_at, _records.asset_id, _records.key, _records.revision)
    query = query.order_by(*(column.desc() for column in order)) if newest_first else query.order_by(*order)
    clock = zone(tx.settings)
    return tuple(
        UsageRow(
            asset=row.asset_name,
            asset_id=public_id("asset", row.asset_id),
            account=row.account_name,
            account_id=public_id("account", row.account_id),
            key=row.key,
            at=row.occurred_at.astimezone(clock),
            day=row.day,
            quantity=row.quantity,
            revision=row.revision,
            counts=not row.is_replaced,
            reason=row.reason,
            invoice=_invoice_name(row),
        )
        for row in rows_in(tx, query, scope)
    )


def _records_query() -> Select[Any]:
    later = tables.usage_record.alias("later")
    replaced = exists().where(
        later.c.asset_id == _records.asset_id, later.c.key == _records.key, later.c.revision > _records.revision
    )
    return (
        select(
            tables.usage_record,
            _assets.name.label("asset_name"),
            _assets.account_id,
            tables.account.c.name.label("account_name"),
            replaced.label("is_replaced"),
            _invoices.id.label("invoice_id"),
            _invoices.number.label("invoice_number"),
        )
        .join(tables.asset, _assets.id == _records.asset_id)
        .join(tables.account, tables.account.c.id == _assets.account_id)
        .outerjoin(tables.billing_item, tables.billing_item.c.id == _records.item_id)
        .outerjoin(tables.invoice_line, tables.invoice_line.c.id == tables.billing_item.c.invoice_line_id)
        .outerjoin(tables.invoice, _invoices.id == tables.invoice_line.c.invoice_id)
    )


def _invoice_name(row: Row[Any]) -> str | None:
    if row.invoice_id is None:
        return None
    number: str | None = row.invoice_number
    return number or public_id("invoice", row.invoice_id)


@view()
def usage_page(tx: Tx, request: Look) -> UsagePage:
    """The use of an asset: the periods with use or a bill for it, and every record; both newest first."""
    asset = find(tx, "asset", request.name)
    records = usage_rows(tx, (_records.asset_id == asset,), newest_first=True)
    return UsagePage(_periods(tx, asset, true()), records)


def usage_period(tx: Tx, asset: int, day: date) -> UsagePeriod | None:
    """The billing period with use that a day of an asset (the store's number) lies in."""
    around = tuple(period for period in _periods(tx, asset, _records.day == day) if period.start <= day <= period.end)
    return around[0] if around else None


def _periods(tx: Tx, asset: int, of_interest: ColumnElement[bool]) -> tuple[UsagePeriod, ...]:
    """The periods of an asset with records `of_interest`, or with a bill for use."""
    plans = plans_of(tx.db, tx.db.execute(plans_query().where(tables.order_item.c.asset_id == asset)).all())
    items = items_of(tx.db, (plan.schedule for plan in plans))
    days = select(_records.day).distinct().where(_records.asset_id == asset, of_interest).order_by(_records.day)
    used_on = list(tx.db.scalars(days))
    horizon = max([*used_on[-1:], *(start for _, start in items)], default=FIRST_DAY)
    parts: dict[Span, tuple[UsagePlan, BillingPeriod]] = {}
    for plan in plans:
        for part in takewhile(lambda part: part.start <= horizon, plan.served()):
            has_use = bisect_left(used_on, part.start) < bisect_right(used_on, part.end)
            if has_use or (plan.schedule, part.start) in items:
                parts[Span(asset, part.start, part.end)] = plan, part
    bills = _bills(tx, [item.id for rated in items.values() for item in rated])
    prices = UsagePriceBook(tx.db)
    found = []
    for span, use in use_in(tx.db, parts).items():
        plan, part = parts[span]
        price = prices.price(plan.product, plan.currency.code, part.start)
        rated = [bills[item.id] for item in items.get((plan.schedule, part.start), ())]
        found.append(
            UsagePeriod(
                start=part.start,
                end=part.end,
                quantity=as_decimal(use.quantity),
                events=use.events,
                amount=plan.amount(price, part, use),
                billed=plan.currency.money(
                    sum(bill.amount for bill in rated if bill.status == InvoiceStatus.POSTED.value)
                ),
                invoices=tuple(dict.fromkeys(name for bill in rated if (name := _invoice_name(bill)))),
            )
        )
    return tuple(sorted(found, key=lambda period: period.start, reverse=True))


def _bills(tx: Tx, items: Sequence[int]) -> dict[int, Row[Any]]:
    """What was billed of each item, and where."""
    parts = tables.billing_item.c
    query = (
        select(
            parts.id,
            parts.amount,
            _invoices.status,
            _invoices.id.label("invoice_id"),
            _invoices.number.label("invoice_number"),
        )
        .outerjoin(tables.invoice_line, tables.invoice_line.c.id == parts.invoice_line_id)
        .outerjoin(tables.invoice, _invoices.id == tables.invoice_line.c.invoice_id)
    )
    return {row.id: row for row in rows_in(tx, query, among(parts.id, items))}
