"""Expected invoices: what the schedules still bill, by the period in which it is billed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from calm_desktop.engine.billing import Slice
from calm_desktop.engine.catalog import ItemKind
from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.invoicing import InvoiceStatus
from calm_desktop.engine.report_periods import ReportPeriods
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.evergreens import still_to_lay_out
from calm_desktop.services.ids import public_id
from calm_desktop.services.orders import StoredItem
from calm_desktop.services.permissions import Permission
from calm_desktop.services.reports.asked import by_group, check, of_interest, periods_ahead
from calm_desktop.services.reports.names import names_of
from calm_desktop.services.requests import Report
from calm_desktop.services.scopes import within
from calm_desktop.services.shapes import ExpectedInvoices, ExpectedItem, ReportShape
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_parts, _plans, _items = tables.billing_item.c, tables.billing_schedule.c, tables.order_item.c
_assets, _lines, _invoices = tables.asset.c, tables.invoice_line.c, tables.invoice.c


@view(Permission.REPORTS, Protected.BILLING_AMOUNT)
@by_group
def expected_invoices(tx: Tx, request: Report) -> ReportShape[ExpectedInvoices]:
    """What is not on a posted invoice or a credit memo yet, by billing date; without tax.

    Without a first day it begins with what is due the longest, so that nothing that waits to be invoiced is left out.
    Evergreen schedules are laid out up to the last day; use counts from when it is rated. Refuses what the report
    cannot be asked.
    """
    check(request, "expected-invoices", "start", "by")
    periods = _periods(tx, request)
    days = within(_parts.billing_date, periods.start, periods.end)
    sums = _unbilled(tx, request, _assets.currency, _parts.billing_date, func.sum(_parts.amount), func.count())
    found: defaultdict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for code, day, minor, count in tx.db.execute(sums.where(days).group_by(_assets.currency, _parts.billing_date)):
        cell = found[code, periods.place(day)]
        cell[0] += int(minor)
        cell[2] += count
    for stored, part in _laid_out(tx, request, periods.start, periods.end):
        cell = found[stored.currency.code, periods.place(part.billing_date)]
        cell[0] += part.amount.minor
        cell[1] += part.amount.minor
        cell[2] += 1
    rows = []
    for code, place in sorted(found):
        (amount, laid_out, count), period = found[code, place], periods.all[place]
        money = currency_named(code).money
        rows.append(
            ExpectedInvoices(
                period.name, code, money(amount), money(laid_out), count, start=period.start, end=period.end
            )
        )
    return ReportShape("expected-invoices", periods.start, periods.end, periods.by.value, tuple(rows))


def _periods(tx: Tx, request: Report) -> ReportPeriods:
    oldest = tx.db.scalar(_unbilled(tx, request, func.min(_parts.billing_date))) if request.start is None else None
    return periods_ahead(tx, request, min(oldest or tx.today, tx.today))


def _unbilled(tx: Tx, request: Report, *columns: ColumnElement[Any]) -> Select[Any]:
    """Billing period items that still count as pending: on no paper, or on a draft."""
    spent = and_(_parts.kind == ItemKind.CREDIT.value, _parts.amount == 0)
    waits = or_(_invoices.id.is_(None), _invoices.status != InvoiceStatus.POSTED.value)
    return (
        select(*columns)
        .select_from(tables.billing_item)
        .join(tables.billing_schedule, _plans.id == _parts.schedule_id)
        .join(tables.order_item, _items.id == _plans.order_item_id)
        .join(tables.asset, _assets.id == _items.asset_id)
        .outerjoin(tables.invoice_line, _lines.id == _parts.invoice_line_id)
        .outerjoin(tables.invoice, _invoices.id == _lines.invoice_id)
        .where(of_interest(tx, request), _parts.memo_line_id.is_(None), waits, ~spent)
    )


def _laid_out(tx: Tx, request: Report, first: date, last: date) -> Iterator[tuple[StoredItem, Slice]]:
    """The slices, billed in these days, that evergreen schedules come to beyond what is laid out in them."""
    scope = _items.asset_id.in_(select(_assets.id).where(of_interest(tx, request)))
    for _, stored, laid in still_to_lay_out(tx, scope, last):
        for part in laid:
            if first <= part.billing_date <= last:
                yield stored, part


class _Expected(NamedTuple):
    """A billing period item, stored or laid out."""

    billing_date: date
    asset: int
    order: str
    order_id: int
    kind: str
    start: date
    end: date
    minor: int
    currency: str
    laid_out: bool
    invoice: int | None


@view(Permission.REPORTS, Protected.BILLING_AMOUNT)
def expected_behind(tx: Tx, request: Report) -> tuple[ExpectedItem, ...]:
    """The billing period items that are billed in the days of `request`, by billing date: they sum to the cell."""
    check(request, "expected-invoices", "start", "by")
    periods = _periods(tx, request)
    found = [*_stored(tx, request, periods), *_computed(tx, request, periods)]
    found.sort(key=lambda each: (each.billing_date, each.asset, each.start))
    names = names_of(tx, (each.asset for each in found))
    return tuple(
        ExpectedItem(
            each.billing_date,
            names[each.asset].account,
            names[each.asset].account_id,
            names[each.asset].asset,
            names[each.asset].asset_id,
            each.order,
            public_id("order", each.order_id),
            each.kind,
            each.start,
            each.end,
            currency_named(each.currency).money(each.minor),
            each.currency,
            each.laid_out,
            None if each.invoice is None else public_id("invoice", each.invoice),
        )
        for each in found
    )


def _stored(tx: Tx, request: Report, periods: ReportPeriods) -> Iterator[_Expected]:
    orders = tables.sales_order.c
    columns = (_parts.billing_date, _items.asset_id, orders.number, _items.order_id, _parts.kind)
    more = (_parts.start, _parts.end, _parts.amount, _assets.currency, false(), _invoices.id)
    query = (
        _unbilled(tx, request, *columns, *more)
        .join(tables.sales_order, orders.id == _items.order_id)
        .where(within(_parts.billing_date, periods.start, periods.end))
    )
    return (_Expected(*row) for row in tx.db.execute(query))


def _computed(tx: Tx, request: Report, periods: ReportPeriods) -> Iterator[_Expected]:
    for stored, part in _laid_out(tx, request, periods.start, periods.end):
        assert stored.asset is not None
        yield _Expected(
            part.billing_date,
            stored.asset,
            stored.order_number,
            stored.order,
            ItemKind.CHARGE.value,
            part.start,
            part.end,
            part.amount.minor,
            stored.currency.code,
            laid_out=True,
            invoice=None,
        )
