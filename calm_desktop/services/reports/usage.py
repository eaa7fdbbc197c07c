"""Usage: what was used of each product in each period, and what of it was rated."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, Select, func, select

from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.permissions import Permission
from calm_desktop.services.reports.asked import by_group, check, of_interest, periods_so_far
from calm_desktop.services.requests import Report
from calm_desktop.services.scopes import within
from calm_desktop.services.shapes import ReportShape, UsageFigures, UsageRow
from calm_desktop.services.tx import Tx
from calm_desktop.services.usage_rating import USE, as_decimal, quantity_of, use_sums
from calm_desktop.services.views import usage_rows
from calm_desktop.store import tables

_records, _assets, _parts = tables.usage_record.c, tables.asset.c, tables.billing_item.c
_plans, _items = tables.billing_schedule.c, tables.order_item.c


@dataclass(slots=True)
class _Cell:
    quantity: Fraction = Fraction(0)
    records: int = 0
    rated: int = 0


@view(Permission.REPORTS)
@by_group
def usage(tx: Tx, request: Report) -> ReportShape[UsageFigures]:
    """Quantities by the day of use, rated amounts by the last day of the billing period, by currency and product.

    Quantities of different products are never added. Refuses what the report cannot be asked.
    """
    check(request, "usage", "start", "by")
    periods = periods_so_far(tx, request)
    cells: defaultdict[tuple[str, int, int], _Cell] = defaultdict(_Cell)

    def cell(row: Row[Any], day: date) -> _Cell:
        return cells[row.currency, row.product_id, periods.place(day)]

    used = use_sums(_assets.currency, _assets.product_id, _records.day)
    used = used.join(tables.asset, _assets.id == _records.asset_id)
    interesting = of_interest(tx, request)
    for row in tx.db.execute(used.where(interesting, within(_records.day, periods.start, periods.end))):
        found = cell(row, row.day)
        found.quantity += quantity_of(row)
        found.records += int(row.events)
    for row in tx.db.execute(_rated().where(interesting, within(_parts.end, periods.start, periods.end))):
        cell(row, row.end).rated += int(row.rated)
    codes = dict(tuple(row) for row in tx.db.execute(select(tables.product.c.id, tables.product.c.code)))
    rows = []
    for currency, product, place in sorted(cells, key=lambda key: (key[0], codes[key[1]], key[2])):
        found, period = cells[currency, product, place], periods.all[place]
        rows.append(
            UsageFigures(
                period=period.name,
                currency=currency,
                product=codes[product],
                product_id=public_id("product", product),
                quantity=as_decimal(found.quantity),
                records=found.records,
                rated=currency_named(currency).money(found.rated),
                start=period.start,
                end=period.end,
            )
        )
    return ReportShape("usage", periods.start, periods.end, periods.by.value, tuple(rows))


def _rated() -> Select[Any]:
    return (
        select(_assets.currency, _assets.product_id, _parts.end, func.sum(_parts.amount).label("rated"))
        .select_from(tables.billing_item)
        .join(tables.billing_schedule, _plans.id == _parts.schedule_id)
        .join(tables.order_item, _items.id == _plans.order_item_id)
        .join(tables.asset, _assets.id == _items.asset_id)
        .where(_parts.kind.in_(USE))
        .group_by(_assets.currency, _assets.product_id, _parts.end)
    )


@view(Permission.REPORTS)
def usage_behind(tx: Tx, request: Report) -> tuple[UsageRow, ...]:
    """The records of use in the days of `request`, by time; those that count sum to the quantity."""
    check(request, "usage", "start", "by")
    periods = periods_so_far(tx, request)
    return usage_rows(tx, (of_interest(tx, request) & within(_records.day, periods.start, periods.end),))
