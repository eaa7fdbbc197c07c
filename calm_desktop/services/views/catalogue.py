"""Products with their list prices, and tax rates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import CompoundSelect, select, union

from calm_desktop.engine.catalog import ListPrice, list_price_on
from calm_desktop.engine.fields import FieldObject
from calm_desktop.services.boundary import view
from calm_desktop.services.field_values import fields_of, values_of, where
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import not_withdrawn
from calm_desktop.services.requests import Find
from calm_desktop.services.scopes import EVERYTHING, among, rows_in
from calm_desktop.services.shapes import PriceBookShape, PriceShape, ProductRow, TaxBookShape, TaxRow
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_products, _prices, _rates = tables.product.c, tables.price_entry.c, tables.tax_rate.c


def product_rows(tx: Tx, products: Sequence[int] | None, as_of: date | None = None) -> tuple[ProductRow, ...]:
    """The products with these numbers in the store, in the order given; all of them, by code, for None.

    The price is in the organisation's currency, or in another one where there is none in that.
    """
    day, home = as_of or tx.today, tx.settings["currency"]
    prices: defaultdict[int, list[PriceShape]] = defaultdict(list)
    entries = (
        select(tables.price_entry).where(not_withdrawn(tables.price_entry)).order_by(_prices.currency, _prices.start)
    )
    for row in rows_in(tx, entries, EVERYTHING if products is None else among(_prices.product_id, products)):
        prices[row.product_id].append(PriceShape(row.currency, row.start, row.unit_price))
    found: dict[int, ProductRow] = {}
    query = select(tables.product).order_by(_products.code)
    if products is None:
        query = query.where(not_withdrawn(tables.product))
    rows = list(rows_in(tx, query, EVERYTHING if products is None else among(_products.id, products)))
    told = values_of(tx, FieldObject.PRODUCT, [row.id for row in rows])
    for row in rows:
        mine = prices[row.id]
        currencies = [entry.currency for entry in mine]
        currency = home if home in currencies or not mine else currencies[0]
        found[row.id] = ProductRow(
            id=public_id("product", row.id),
            code=row.code,
            name=row.name,
            kind=row.kind,
            selling_model=row.selling_model,
            price_unit=row.price_unit,
            tax_category=row.tax_category,
            family=row.family,
            currency=currency,
            price=_price_on(mine, currency, day),
            prices=tuple(mine),
            fields=told(row.id),
        )
    return tuple(found[number] for number in (found if products is None else products))


def _price_on(entries: Sequence[PriceShape], currency: str, day: date) -> Decimal | None:
    return list_price_on(
        tuple(ListPrice(entry.start, entry.price) for entry in entries if entry.currency == currency), day
    )


@view()
def list_products(tx: Tx, request: Find) -> tuple[ProductRow, ...]:
    """Every product by code, with the list price of a day; or those for which the conditions hold."""
    held = where(tx, request.where, {FieldObject.PRODUCT: _products.id})
    if not held:
        return product_rows(tx, None, request.as_of)
    query = select(_products.id).where(not_withdrawn(tables.product), *held).order_by(_products.code)
    return product_rows(tx, tx.db.scalars(query).all(), request.as_of)


@view()
def list_taxes(tx: Tx, _: Find) -> tuple[TaxRow, ...]:
    """Every tax rate, by category, profile and first day."""
    query = select(tables.tax_rate).order_by(_rates.category, _rates.profile, _rates.start)
    return tuple(TaxRow(row.category, row.profile, row.start, row.rate) for row in tx.db.execute(query))


@view()
def price_book(tx: Tx, request: Find) -> PriceBookShape:
    """Every product with its prices, and what a person needs to keep them."""
    categories = union(select(_products.tax_category), select(_rates.category))
    return PriceBookShape(
        today=tx.today,
        currency=tx.settings["currency"],
        products=list_products(tx, request),
        tax_categories=_words(tx, categories),
        fields=fields_of(tx, FieldObject.PRODUCT),
    )


@view()
def tax_book(tx: Tx, request: Find) -> TaxBookShape:
    """Every tax rate, and the categories and profiles in use."""
    return TaxBookShape(
        today=tx.today,
        rates=list_taxes(tx, request),
        categories=_words(tx, union(select(_products.tax_category), select(_rates.category))),
        profiles=_words(tx, union(select(tables.account.c.tax_profile), select(_rates.profile))),
    )


def _words(tx: Tx, query: CompoundSelect[Any]) -> tuple[str, ...]:
    return tuple(sorted(word for word in tx.db.scalars(query) if word))
