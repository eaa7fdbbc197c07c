"""A line of an order file as what is asked for: the sale, and the account and product that it brings along."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import select

from calm_desktop.engine.fields import FieldObject, text_of
from calm_desktop.formats.drafts import OrderLine, for_new_product
from calm_desktop.services.requests import AddAccount, AddProduct, SaleLine, SaleStep, Source
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables


def sale_line(line: OrderLine) -> SaleLine:
    """The line as a line of a sale."""
    return SaleLine(
        product=line.product_code,
        quantity=line.quantity,
        start=line.start,
        price=line.unit_price,
        discount=line.discount,
        end=line.end,
        term=line.term,
        term_unit=line.term_unit,
        frequency=line.frequency,
        timing=line.timing,
        boundary=line.boundary,
        partial=line.partial,
        remainder=line.remainder,
        category=line.category,
        source=source_of(line.source),
        discount_amount=line.discount_amount,
        steps=tuple(SaleStep(*step) for step in line.steps),
        free_months=line.free_months,
        trial_days=line.trial_days,
        fields=texts_of(line, FieldObject.ASSET),
    )


def texts_of(line: OrderLine, kind: FieldObject) -> tuple[tuple[str, str], ...]:
    """What the line says in fields of one's own of an object, by name."""
    return tuple((field.name, text_of(value)) for field, value in line.fields if field.object is kind)


def source_of(text: str | None) -> Source | None:
    """A source in the form that files state it: `work-order:NUMBER/LINE` or `SYSTEM:REFERENCE`."""
    if not text:
        return None
    system, _, reference = text.partition(":")
    if system == "work-order":
        number, _, position = reference.partition("/")
        return Source(work_order=number, line=position)
    return Source(system=system, reference=reference)


def work_lines(tx: Tx, numbers: Iterable[int]) -> dict[int, str]:
    """Lines of work orders, by the store's numbers of them, as files name them as a source."""
    orders, lines = tables.work_order.c, tables.work_order_line.c
    query = select(lines.id, orders.number, lines.line).join(tables.work_order, orders.id == lines.work_order_id)
    return {
        row.id: f"work-order:{row.number}/{row.line}"
        for row in rows_in(tx, query, among(lines.id, sorted(set(numbers))))
    }


def new_account(line: OrderLine) -> AddAccount:
    """The account that the line names, where there is none yet: its reference is a number if it has a name beside."""
    has_number = bool(line.account_name) and line.account_name != line.account_ref
    return AddAccount(
        name=line.account_name or line.account_ref,
        number=line.account_ref if has_number else "",
        currency=line.currency or "",
        country=line.account_country or "",
        fields=texts_of(line, FieldObject.ACCOUNT),
    )


def new_product(line: OrderLine, price: Decimal | None) -> AddProduct:
    """The product that the line names, where there is none yet, with its first list price."""
    kind, model, unit = for_new_product(line)
    return AddProduct(
        name=line.product_name or line.product_code,
        code=line.product_code,
        price=price,
        kind=kind,
        selling_model=model,
        price_unit=unit,
        currency=line.currency or "",
        tax_category=line.tax_category or "",
        fields=texts_of(line, FieldObject.PRODUCT),
    )
