"""Usage prices as rows: a model with its scheme, numbers kept as texts; and which one holds on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from calm_desktop.engine.catalog import UsageModel
from calm_desktop.engine.money import plain
from calm_desktop.engine.usage import FLAT, Tier, UsagePrice
from calm_desktop.services.portions import chunks
from calm_desktop.services.shapes import TierShape, UsagePriceShape
from calm_desktop.store import tables

_prices = tables.usage_price.c
_NUMBERS = ("package_size", "package_price", "percent", "fixed_fee", "free_units", "included")


def scheme_of(price: UsagePrice) -> dict[str, Any]:
    """What is kept of a price beside its model: only what it says, numbers as texts."""
    found: dict[str, Any] = {}
    for field in fields(UsagePrice):
        value = getattr(price, field.name)
        if field.name == "model" or value == field.default:
            continue
        if field.name == "tiers":
            found["tiers"] = [
                {
                    "up_to": None if tier.up_to is None else plain(tier.up_to),
                    "unit": plain(tier.unit_price),
                    "flat": plain(tier.flat_fee),
                }
                for tier in price.tiers
            ]
        else:
            found[field.name] = value if isinstance(value, int) else plain(value)
    return found


def price_of(model: str, scheme: Mapping[str, Any]) -> UsagePrice:
    """The price that a row of `usage_price` says."""
    numbers = {name: Decimal(scheme[name]) for name in _NUMBERS if name in scheme}
    tiers = tuple(
        Tier(None if tier["up_to"] is None else Decimal(tier["up_to"]), Decimal(tier["unit"]), Decimal(tier["flat"]))
        for tier in scheme.get("tiers", ())
    )
    return UsagePrice(UsageModel(model), tiers, free_events=scheme.get("free_events", 0), **numbers)


def price_shape(row: Row[Any]) -> UsagePriceShape:
    """The answer for a row of `usage_price`."""
    price = price_of(row.model, row.scheme)
    return UsagePriceShape(
        currency=row.currency,
        start=row.start,
        model=row.model,
        tiers=tuple(TierShape(tier.up_to, tier.unit_price, tier.flat_fee) for tier in price.tiers),
        package_size=price.package_size,
        package_price=price.package_price,
        percent=price.percent,
        fixed_fee=price.fixed_fee,
        free_units=price.free_units,
        free_events=price.free_events,
        included=price.included,
    )


class UsagePriceBook:
    """Usage prices of many products at once, read when they are first asked for, or `load`ed together."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._entries: dict[int, list[tuple[str, date, UsagePrice]]] = {}

    def load(self, products: Iterable[int]) -> None:
        """Read the usage prices of all these products (the store's numbers) that are not known yet."""
        for chunk in chunks(sorted(set(products) - self._entries.keys())):
            self._entries.update((product, []) for product in chunk)
            query = select(tables.usage_price).where(_prices.product_id.in_(chunk)).order_by(_prices.start)
            for row in self._db.execute(query):
                entry = row.currency, row.start, price_of(row.model, row.scheme)
                self._entries[row.product_id].append(entry)

    def price(self, product: int, currency: str, day: date) -> UsagePrice:
        """The price that a period which begins on `day` is rated by; flat where the product has none yet."""
        self.load([product])
        begun = [price for code, start, price in self._entries[product] if code == currency and start <= day]
        return begun[-1] if begun else FLAT
