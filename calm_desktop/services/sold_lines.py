"""The sales of a store as order lines, as our own formats have them: what was sold, not what became of it later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, func, select

from calm_desktop.engine.catalog import Effect, Kind, OrderKind, OrderStatus, PriceUnit, SellingModel
from calm_desktop.engine.dates import TermUnit
from calm_desktop.engine.fields import FieldObject
from calm_desktop.formats.canonical import SYSTEM
from calm_desktop.formats.drafts import OrderLine, OrderStep, OwnValues
from calm_desktop.services.field_values import Values, stored_values
from calm_desktop.services.import_changes import last_day_billed
from calm_desktop.services.lives import not_undone
from calm_desktop.services.order_lines import work_lines
from calm_desktop.services.orders import StoredItem, items_query, stored_item
from calm_desktop.services.portions import chunks
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_items, _orders = tables.order_item.c, tables.sales_order.c
_NO_VALUES: Values = {}


class SoldLines:
    """Every sale that took effect and was not undone, by order; read from the store as often as it is gone through.

    Renewals and changes are no sales. A line that is a ramp has its steps.
    """

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self._sold = (
            select(_items.id)
            .join(tables.sales_order, _orders.id == _items.order_id)
            .where(
                _orders.kind == OrderKind.NEW.value,
                _orders.status == OrderStatus.ACTIVATED.value,
                _items.effect == Effect.COVERS.value,
                _items.lead_id.is_(None),
                _items.linked_id.is_(None),  # what arrives from another account or product was sold before
                not_undone(tables.order_item),
            )
            .order_by(_items.order_id, _items.line)
        )

    def __len__(self) -> int:
        return self.tx.db.scalar(select(func.count()).select_from(self._sold.order_by(None).subquery())) or 0

    def __iter__(self) -> Iterator[OrderLine]:
        for portion in chunks(self.tx.db.scalars(self._sold).all()):
            yield from self._lines(portion)

    def _lines(self, leads: Sequence[int]) -> Iterator[OrderLine]:
        covers = items_query().where(_items.effect == Effect.COVERS.value)
        rows: dict[int, list[Row[Any]]] = {row.id: [row] for row in rows_in(self.tx, covers, among(_items.id, leads))}
        for row in rows_in(self.tx, covers, among(_items.lead_id, leads)):
            rows[row.lead_id].append(row)
        firsts = [mine[0] for mine in rows.values()]
        accounts = self._by_id(tables.account, {row.account_id for row in firsts})
        products = self._by_id(tables.product, {row.product_id for row in firsts})
        works = work_lines(self.tx, {row.work_order_line_id for row in firsts if row.work_order_line_id})
        said = {
            FieldObject.ACCOUNT: self._said(FieldObject.ACCOUNT, accounts),
            FieldObject.PRODUCT: self._said(FieldObject.PRODUCT, products),
            FieldObject.ORDER: self._said(FieldObject.ORDER, {row.order_id for row in firsts}),
            FieldObject.ASSET: self._said(FieldObject.ASSET, {row.asset_id for row in firsts if row.asset_id}),
        }
        for lead in leads:
            first, made = rows[lead][0], [stored_item(row) for row in rows[lead]]
            source = works.get(first.work_order_line_id)
            if first.external_system is not None:
                source = f"{first.external_system}:{first.external_reference}"
            records = {
                FieldObject.ACCOUNT: first.account_id,
                FieldObject.PRODUCT: first.product_id,
                FieldObject.ORDER: first.order_id,
                FieldObject.ASSET: first.asset_id,
            }
            own: OwnValues = tuple(
                (field, value)
                for kind, record in records.items()
                for field, value in said[kind].get(record, _NO_VALUES).items()
                if value is not None and field.active
            )
            yield _line(first, made, accounts[first.account_id], products[first.product_id], source, own)

    def _by_id(self, table: Any, numbers: set[int]) -> dict[int, Row[Any]]:
        return {row.id: row for row in rows_in(self.tx, select(table), among(table.c.id, sorted(numbers)))}

    def _said(self, kind: FieldObject, records: Any) -> dict[int, Values]:
        return stored_values(self.tx, kind, sorted(records)) if self.tx.has_fields else {}


def _line(
    first: Row[Any],
    made: Sequence[StoredItem],
    account: Row[Any],
    product: Row[Any],
    source: str | None,
    own: OwnValues,
) -> OrderLine:
    item, terms = made[0].item, made[0].item.terms
    billed = last_day_billed(made)
    return OrderLine(
        order_ref=first.order_number,
        line_ref=str(first.line),
        account_ref=account.number,
        account_name=account.name,
        account_country=account.country or None,
        product_code=product.code,
        product_name=product.name,
        kind=Kind(product.kind),
        selling_model=SellingModel(product.selling_model),
        currency=first.currency,
        quantity=item.quantity,
        unit_price=item.rate.unit_price,
        price_unit=PriceUnit(product.price_unit),
        discount=item.rate.discount,
        order_date=first.order_date,
        start=item.period.start,
        end=made[-1].item.period.end,
        term=None,
        term_unit=TermUnit.MONTHS,
        frequency=terms.frequency,
        timing=terms.timing,
        boundary=terms.boundary,
        partial=terms.partial,
        remainder=terms.remainder,
        tax_category=first.tax_category or None,
        category=item.category,
        source=source,
        discount_amount=item.rate.discount_amount,
        free_months=0,
        trial_days=0,
        total=None,
        cancel_from=None,
        billed_through=billed,
        steps=tuple(_steps(made)),
        fields=own,
        system=SYSTEM,
        file="",
        row=0,
        content_key="",
        occurrence=1,
    )


def _steps(made: Sequence[StoredItem]) -> Iterator[OrderStep]:
    """The steps of a ramp. Where an item goes on as before, but is billed here and no more elsewhere, there is none."""
    for before, each in pairwise(made):
        was, now = before.item, each.item
        if (was.quantity, was.rate) != (now.quantity, now.rate):
            yield OrderStep(now.period.start, now.quantity, now.rate.unit_price, now.rate.discount)
