"""What was invoiced: lines, taxes and numbers (DOMAIN section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from calm_desktop.engine.invoicing import InvoiceStatus, LineType, tax_on
from calm_desktop.engine.money import plain
from calm_desktop.services.invariants.finding import (
    ASSET,
    Breach,
    Finding,
    differ,
    finding,
    found,
    known_currency,
    money,
    row_count,
    series_finding,
)
from calm_desktop.store.tables import (
    asset,
    billing_group,
    billing_item,
    billing_schedule,
    invoice,
    invoice_line,
    order_item,
    sales_order,
)

NUMBERS = "invoice-number"
"""The counter of the series of invoice numbers."""

_taken_back = (InvoiceStatus.CANCELED, InvoiceStatus.VOIDED)
_charge = invoice_line.alias("charge")


def _lines(*columns: Any) -> Select[Any]:
    """Invoice lines with what their place needs, in order."""
    return (
        select(invoice.c.id.label("invoice_id"), invoice.c.number, invoice_line.c.line, invoice.c.currency, *columns)
        .select_from(invoice_line)
        .join(invoice, invoice.c.id == invoice_line.c.invoice_id)
        .order_by(invoice_line.c.id)
    )


def _place(row: Row[Any]) -> str:
    return f"invoice {row.number or f'draft {row.invoice_id}'}, line {row.line}"


def lines_bill_their_slice(db: Connection) -> Finding:
    """A billed slice and its invoice line have the same amount, days, order item and asset."""
    billed = (
        _lines(invoice_line.c.amount, billing_item.c.amount.label("slice"))
        .join(billing_item, billing_item.c.invoice_line_id == invoice_line.c.id)
        .join(billing_schedule, billing_schedule.c.id == billing_item.c.schedule_id)
        .join(billing_group, billing_group.c.id == billing_schedule.c.group_id)
    )
    wrong = billed.where(
        or_(
            invoice_line.c.amount != billing_item.c.amount,
            invoice_line.c.start != billing_item.c.start,
            invoice_line.c.end != billing_item.c.end,
            invoice_line.c.order_item_id != billing_schedule.c.order_item_id,
            invoice_line.c.asset_id != billing_group.c.asset_id,
        )
    )
    return finding(
        db,
        billed.order_by(None),
        wrong,
        lambda row: Breach(
            _place(row),
            "it bills a slice of other days, another order item or another asset"
            if row.amount == row.slice
            else f"it bills {money(row.amount, row.currency)}, its slice is {money(row.slice, row.currency)}",
        ),
    )


def charges_bill_a_slice(db: Connection) -> Finding:
    """Each charge that stands was made for a slice, which is billed by it."""
    stands = (invoice.c.status.not_in(_taken_back), invoice.c.voids_id.is_(None))
    charges = _lines().where(invoice_line.c.type == LineType.CHARGE, *stands)
    loose = charges.outerjoin(billing_item, billing_item.c.invoice_line_id == invoice_line.c.id).where(
        billing_item.c.id.is_(None)
    )
    return finding(
        db,
        charges.order_by(None),
        loose,
        lambda row: Breach(_place(row), "this charge bills no slice of a billing schedule"),
    )


def slices_are_billed_by_standing_charges(db: Connection) -> Finding:
    """A slice counts as billed only by a charge line of an invoice that was not taken back, and takes none back."""
    billed = _lines(invoice.c.status).join(billing_item, billing_item.c.invoice_line_id == invoice_line.c.id)
    stands_not = or_(invoice.c.status.in_(_taken_back), invoice.c.voids_id.is_not(None))
    wrong = billed.where(or_(invoice_line.c.type != LineType.CHARGE, stands_not))
    return finding(
        db,
        billed.order_by(None),
        wrong,
        lambda row: Breach(
            _place(row), f"a slice counts as billed by it, but it is no charge that stands ({row.status})"
        ),
    )


def lines_belong_to_their_invoice(db: Connection) -> Finding:
    """A line's asset and order have the invoice's account and currency: currencies are never added (3.5)."""
    strange = (
        _lines(ASSET)
        .join(asset, asset.c.id == invoice_line.c.asset_id)
        .join(order_item, order_item.c.id == invoice_line.c.order_item_id)
        .join(sales_order, sales_order.c.id == order_item.c.order_id)
        .where(
            or_(
                asset.c.account_id != invoice.c.account_id,
                asset.c.currency != invoice.c.currency,
                sales_order.c.account_id != invoice.c.account_id,
                sales_order.c.currency != invoice.c.currency,
            )
        )
    )
    return finding(
        db,
        invoice_line,
        strange,
        lambda row: Breach(_place(row), f"its asset {row.asset_number} is of another account or currency"),
    )


def taxes_are_rounded_per_line(db: Connection) -> Finding:
    """A tax line is its charge times its rate, rounded by itself; one that credits may be less (5.3, 5.8)."""
    taxes = _lines(invoice_line.c.amount, invoice_line.c.tax_rate, _charge.c.amount.label("charged")).join(
        _charge, _charge.c.id == invoice_line.c.charge_line_id
    )

    def wrong() -> Iterator[Breach]:
        for row in db.execute(taxes.execution_options(yield_per=1000)):
            currency = known_currency(row.currency)
            if currency is None:
                continue
            rate = row.tax_rate or Decimal(0)
            tax = tax_on(currency.money(row.charged), rate).minor
            if tax != row.amount and not tax < row.amount < 0:
                yield Breach(
                    _place(row),
                    f"the tax is {money(row.amount, row.currency)}, {plain(rate)} % of "
                    f"{money(row.charged, row.currency)} is {money(tax, row.currency)}",
                )

    return found(row_count(db, taxes.order_by(None)), wrong())


def taxes_stand_with_their_charge(db: Connection) -> Finding:
    """A tax line is on its charge's invoice, or on the one that was made for that invoice's tax (5.4)."""
    taxes = _lines().join(_charge, _charge.c.id == invoice_line.c.charge_line_id)
    strange = taxes.where(
        or_(
            _charge.c.type != LineType.CHARGE,
            and_(
                invoice_line.c.invoice_id != _charge.c.invoice_id,
                differ(invoice.c.charge_invoice_id, _charge.c.invoice_id),
            ),
        )
    )
    return finding(
        db,
        taxes.order_by(None),
        strange,
        lambda row: Breach(_place(row), "it taxes a line of an invoice that it does not belong to"),
    )


def charges_are_taxed_once(db: Connection) -> Finding:
    """A charge has one standing tax line at most."""
    taxes = _lines().where(invoice.c.status.not_in(_taken_back), invoice_line.c.charge_line_id.is_not(None))
    twice = (
        select(
            func.count().label("taxes"),
            _charge.c.line,
            _charge_invoice.c.number,
            _charge_invoice.c.id.label("invoice_id"),
        )
        .select_from(invoice_line)
        .join(invoice, invoice.c.id == invoice_line.c.invoice_id)
        .join(_charge, _charge.c.id == invoice_line.c.charge_line_id)
        .join(_charge_invoice, _charge_invoice.c.id == _charge.c.invoice_id)
        .where(invoice.c.status.not_in(_taken_back))
        .group_by(_charge.c.id, _charge.c.line, _charge_invoice.c.number, _charge_invoice.c.id)
        .having(func.count() > 1)
        .order_by(_charge.c.id)
    )
    return finding(
        db, taxes.order_by(None), twice, lambda row: Breach(_place(row), f"it is taxed by {row.taxes} lines")
    )


_charge_invoice = invoice.alias("charge_invoice")


def invoices_have_lines(db: Connection) -> Finding:
    """No invoice is empty."""
    empty = (
        select(invoice.c.id, invoice.c.number)
        .outerjoin(invoice_line, invoice_line.c.invoice_id == invoice.c.id)
        .where(invoice_line.c.id.is_(None))
        .order_by(invoice.c.id)
    )
    return finding(
        db, invoice, empty, lambda row: Breach(f"invoice {row.number or f'draft {row.id}'}", "it has no lines")
    )


def invoice_numbers_have_no_gaps(db: Connection) -> Finding:
    """The numbers of invoices count 1, 2, 3 ... behind their prefix, up to where the series stands (5.7)."""
    return series_finding(db, invoice.c.number, invoice.c.id, NUMBERS, "invoice")
