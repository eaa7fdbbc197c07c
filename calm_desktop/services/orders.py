"""Orders as rows: written many at a time, and read back as the engine's values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, Select, func, or_, select

from calm_desktop.engine.catalog import (
    Category,
    Effect,
    Kind,
    OrderKind,
    OrderStatus,
    PriceUnit,
    SellingModel,
)
from calm_desktop.engine.dates import Boundary, BoundaryKind, Frequency, Partial, Period, Remainder, Term, Timing
from calm_desktop.engine.lifecycle import SourceKind
from calm_desktop.engine.money import Currency
from calm_desktop.engine.orders import Item
from calm_desktop.engine.rating import BillingTerms, MrrFormula, Rate
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.field_values import Values, as_json, write_new
from calm_desktop.services.requests import Source
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import next_number, take


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """An item of an order to be written; `asset` is the number of the asset that it changes, None for a new one.

    Items that act together on one asset name the place of the first of them in the order as their `lead` (from 0); its
    `source` is that of the act. A target of -n in an item is the n-th item of its act. `linked` is the item, in the
    store, of the act that this one belongs to: what left where this arrives.
    """

    product: int
    item: Item
    asset_name: str
    tax_category: str
    source: Source | None
    asset: int | None
    lead: int
    linked: int | None = None
    asset_fields: Values = field(default_factory=dict)
    """What the new asset is to say in fields of one's own."""
    billed_elsewhere: bool = False
    """Whether another system has billed it: nothing of it is invoiced or credited here."""


@dataclass(frozen=True, slots=True)
class PlannedOrder:
    """An order to be written."""

    account: int
    kind: OrderKind
    status: OrderStatus
    currency: Currency
    items: tuple[PlannedItem, ...]
    order_date: date
    batch: int | None = None
    number: str = ""
    fields: Values = field(default_factory=dict)
    """What the order is to say in fields of one's own."""


def write_orders(tx: Tx, orders: Sequence[PlannedOrder]) -> list[int]:
    """Write orders with their items; the answer is their numbers in the store, in the same order."""
    if not orders:
        return []
    first_order = take(tx.db, "sales_order", len(orders))
    next_item = take(tx.db, "order_item", sum(len(order.items) for order in orders))
    unnumbered = sum(not order.number for order in orders)
    next_order_number = next_number(tx.db, "order", unnumbered) if unnumbered else 0
    order_rows, item_rows = [], []
    origins = Origins(tx)
    for order_id, order in enumerate(orders, first_order):
        number = order.number
        if not number:
            number, next_order_number = f"{next_order_number:08d}", next_order_number + 1
        total = 0
        first_item = next_item
        for line, planned in enumerate(order.items, 1):
            place = next_item, order_id, line
            item_rows.append(_placed_row(tx, planned, place, first_item + planned.lead, order.currency, origins))
            total += item_rows[-1]["total"] or 0
            next_item += 1
        order_rows.append(
            {
                "id": order_id,
                "number": number,
                "account_id": order.account,
                "kind": order.kind.value,
                "status": order.status.value,
                "order_date": order.order_date,
                "effective_date": min(planned.item.period.start for planned in order.items),
                "currency": order.currency.code,
                "total": total,
                "recorded_at": tx.now,
                "batch_id": order.batch,
            }
        )
    tx.db.execute(tables.sales_order.insert(), order_rows)
    tx.db.execute(tables.order_item.insert(), item_rows)
    write_new(tx, ((order_id, order.fields) for order_id, order in enumerate(orders, first_order)))
    tx.touch("order", *{order.account for order in orders})
    return list(range(first_order, first_order + len(orders)))


def open_order(tx: Tx, account: int, currency: Currency, effective_date: date, fields: Values) -> int:
    """Write a draft order without lines; the answer is its number in the store."""
    order = take(tx.db, "sales_order")
    row = {
        "id": order,
        "number": f"{next_number(tx.db, 'order'):08d}",
        "account_id": account,
        "kind": OrderKind.NEW.value,
        "status": OrderStatus.DRAFT.value,
        "order_date": tx.today,
        "effective_date": effective_date,
        "currency": currency.code,
        "total": 0,
        "recorded_at": tx.now,
    }
    tx.db.execute(tables.sales_order.insert().values(**row))
    write_new(tx, [(order, fields)])
    tx.touch("order", account)
    return order


def add_to_order(tx: Tx, order: int, planned: Sequence[PlannedItem]) -> list[int]:
    """Write more items of a draft order, which act by themselves; the answer is their numbers in the store."""
    orders, items = tables.sales_order, tables.order_item
    row = tx.db.execute(select(orders).where(orders.c.id == order)).one()
    currency, origins = currency_named(row.currency), Origins(tx)
    last = tx.db.scalar(select(func.max(items.c.line)).where(items.c.order_id == order)) or 0
    first = take(tx.db, "order_item", len(planned))
    rows = [
        _placed_row(tx, each, (first + place, order, last + place + 1), first + each.lead, currency, origins)
        for place, each in enumerate(planned)
    ]
    tx.db.execute(items.insert(), rows)
    total = row.total + sum(each["total"] or 0 for each in rows)
    tx.db.execute(orders.update().where(orders.c.id == order).values(total=total))
    tx.touch("order", row.account_id)
    return [each["id"] for each in rows]


def _placed_row(
    tx: Tx, planned: PlannedItem, place: tuple[int, int, int], lead: int, currency: Currency, origins: Origins
) -> dict[str, Any]:
    """The whole row of an item; `place` is its own number, that of its order, and its line there."""
    number, order, line = place
    row = item_row(planned, lead, currency, origins) | {"mrr_formula": tx.settings["mrr-formula"]}
    row |= {"id": number, "order_id": order, "line": line}
    if tx.has_fields:
        row["asset_fields"] = as_json(planned.asset_fields)
    if lead != number:
        row["lead_id"] = lead
    return row


def item_row(planned: PlannedItem, lead: int, currency: Currency, origins: Origins) -> dict[str, Any]:
    """The columns that an item and its place decide; `lead` is the id of the first item of its act."""
    item = planned.item
    total = item.total(currency)
    target = item.target
    return {
        "effect": item.effect.value,
        "lead_id": None,
        "target_id": target if target is None or target >= 0 else lead - target - 1,
        "linked_id": planned.linked,
        "product_id": planned.product,
        "asset_id": planned.asset,
        "asset_name": planned.asset_name,
        "category": item.category.value,
        "quantity": item.quantity,
        "list_price": item.list_price,
        "unit_price": item.rate.unit_price,
        "discount": item.rate.discount,
        "discount_amount": item.rate.discount_amount,
        "price_unit": item.rate.unit.value,
        "selling_model": item.selling_model.value,
        "start": item.period.start,
        "end": item.period.end,
        "anchor": item.grid,
        "term_months": item.term.months if item.term else None,
        "term_days": item.term.days if item.term else None,
        "frequency": item.terms.frequency.value,
        "timing": item.terms.timing.value,
        "boundary": item.terms.boundary.kind.value,
        "boundary_day": item.terms.boundary.day,
        "partial": item.terms.partial.value,
        "remainder": item.terms.remainder.value,
        "tax_category": planned.tax_category,
        "total": None if total is None else total.minor,
        "billed_elsewhere": planned.billed_elsewhere,
        **origins.columns(planned.source),
    }


class Origins:
    """Stated origins of changes; a work order and its line are recorded when they are first named."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._lines: dict[tuple[str, str], int] = {}

    def columns(self, source: Source | None) -> dict[str, Any]:
        found: dict[str, Any] = {
            "source_kind": None,
            "work_order_line_id": None,
            "external_system": None,
            "external_reference": None,
        }
        if source is not None and source.work_order:
            found["source_kind"] = SourceKind.WORK_ORDER_LINE.value
            found["work_order_line_id"] = self._line(source.work_order, source.line)
        elif source is not None:
            found["source_kind"] = SourceKind.EXTERNAL.value
            found["external_system"] = source.system
            found["external_reference"] = source.reference
        return found

    def _line(self, number: str, line: str) -> int:
        key = number, line
        if key not in self._lines:
            orders, lines = tables.work_order, tables.work_order_line
            order_id = self._tx.db.scalar(select(orders.c.id).where(orders.c.number == number))
            if order_id is None:
                order_id = take(self._tx.db, "work_order")
                self._tx.db.execute(orders.insert().values(id=order_id, number=number))
            same = (lines.c.work_order_id == order_id) & (lines.c.line == line)
            line_id = self._tx.db.scalar(select(lines.c.id).where(same))
            if line_id is None:
                line_id = take(self._tx.db, "work_order_line")
                self._tx.db.execute(lines.insert().values(id=line_id, work_order_id=order_id, line=line))
            self._lines[key] = line_id
        return self._lines[key]


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An order item as the store has it, with what is needed to act on it."""

    id: int
    order: int
    order_number: str
    order_kind: OrderKind
    order_date: date
    account: int
    bill_day: int | None
    product: int
    asset: int | None
    asset_name: str
    currency: Currency
    item: Item
    lead: int
    linked: int | None
    source_kind: SourceKind | None
    work_order_line: int | None
    external_system: str | None
    external_reference: str | None
    asset_fields: dict[str, str] | None
    billed_elsewhere: bool


_items = tables.order_item.c

ITEM = (
    _items.category,
    _items.selling_model,
    _items.quantity,
    _items.list_price,
    _items.unit_price,
    _items.price_unit,
    _items.discount,
    _items.discount_amount,
    _items.start,
    _items.end,
    _items.term_months,
    _items.term_days,
    _items.frequency,
    _items.timing,
    _items.boundary,
    _items.boundary_day,
    _items.partial,
    _items.remainder,
    tables.product.c.kind.label("product_kind"),
    _items.anchor,
    _items.effect,
    _items.target_id,
    _items.total,
    tables.sales_order.c.currency,
    _items.mrr_formula,
)
"""What `item_of` and `item_from` read."""

_CATEGORIES, _MODELS = {each.value: each for each in Category}, {each.value: each for each in SellingModel}
_EFFECTS, _FORMULAS = {each.value: each for each in Effect}, {each.value: each for each in MrrFormula}


_columns_of_item = attrgetter(*(column.key for column in ITEM))


def item_of(row: Row[Any]) -> Item:
    """The engine's item of a row that has the columns of `ITEM` among others; its total is as stored."""
    return item_from(*_columns_of_item(row))


def item_from(
    category: str,
    selling_model: str,
    quantity: Decimal,
    list_price: Decimal,
    unit_price: Decimal,
    price_unit: str,
    discount: Decimal,
    discount_amount: Decimal,
    start: date,
    end: date | None,
    term_months: int | None,
    term_days: int | None,
    frequency: str,
    timing: str,
    boundary: str,
    boundary_day: int | None,
    partial: str,
    remainder: str,
    product_kind: str,
    anchor: date,
    effect: str,
    target: int | None,
    total: int | None,
    currency: str,
    mrr_formula: str,
) -> Item:
    """The engine's item of the values of `ITEM`, in their order: to name them one by one costs as much as all else.

    Many items are on the same terms at the same rate: these are made once.
    """
    return Item(
        _CATEGORIES[category],
        _MODELS[selling_model],
        quantity,
        list_price,
        _rate(unit_price, price_unit, discount, discount_amount),
        Period(start, end),
        None if term_months is None else _term(term_months, term_days),
        _terms(frequency, timing, boundary, boundary_day, partial, remainder),
        product_kind != Kind.USAGE.value,
        anchor,
        _EFFECTS[effect],
        target,
        None if total is None else currency_named(currency).money(total),
        _FORMULAS[mrr_formula],
    )


@lru_cache(maxsize=4096)
def _rate(unit_price: Decimal, unit: str, discount: Decimal, discount_amount: Decimal) -> Rate:
    return Rate(unit_price, PriceUnit(unit), discount, discount_amount)


@lru_cache(maxsize=4096)
def _term(months: int, days: int | None) -> Term:
    return Term(months, days or 0)


@lru_cache(maxsize=4096)
def _terms(
    frequency: str, timing: str, boundary: str, boundary_day: int | None, partial: str, remainder: str
) -> BillingTerms:
    return BillingTerms(
        Frequency(frequency),
        Timing(timing),
        Boundary(BoundaryKind(boundary), boundary_day),
        Partial(partial),
        Remainder(remainder),
    )


def items_query() -> Select[Any]:
    """Order items with what `stored_item` reads."""
    orders, items, accounts, products = tables.sales_order, tables.order_item, tables.account, tables.product
    return (
        select(
            items,
            orders.c.number.label("order_number"),
            orders.c.kind.label("order_kind"),
            orders.c.status.label("order_status"),
            orders.c.order_date,
            orders.c.account_id,
            orders.c.currency,
            accounts.c.bill_day,
            products.c.kind.label("product_kind"),
        )
        .join(orders, orders.c.id == items.c.order_id)
        .join(accounts, accounts.c.id == orders.c.account_id)
        .join(products, products.c.id == items.c.product_id)
        .order_by(items.c.order_id, items.c.line)
    )


def stored_item(row: Row[Any]) -> StoredItem:
    """A row of `items_query`."""
    return StoredItem(
        id=row.id,
        order=row.order_id,
        order_number=row.order_number,
        order_kind=OrderKind(row.order_kind),
        order_date=row.order_date,
        account=row.account_id,
        bill_day=row.bill_day,
        product=row.product_id,
        asset=row.asset_id,
        asset_name=row.asset_name,
        currency=currency_named(row.currency),
        item=item_of(row),
        lead=row.lead_id or row.id,
        linked=row.linked_id,
        source_kind=None if row.source_kind is None else SourceKind(row.source_kind),
        work_order_line=row.work_order_line_id,
        external_system=row.external_system,
        external_reference=row.external_reference,
        asset_fields=row.asset_fields,
        billed_elsewhere=row.billed_elsewhere,
    )


def linked_orders(tx: Tx, order: int) -> list[int]:
    """The orders that are one act with an order: the other half of a transfer or a swap."""
    own, other = tables.order_item.alias("own").c, tables.order_item.alias("other").c
    query = (
        select(other.order_id)
        .where(own.order_id == order, or_(own.linked_id == other.id, other.linked_id == own.id))
        .distinct()
        .order_by(other.order_id)
    )
    return list(tx.db.scalars(query))
