"""Products with their list prices, and tax rates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from calm_desktop.engine.fields import CustomField
from calm_desktop.services.field_access import ListPrice, TaxRate
from calm_desktop.services.shapes.fields import FieldsTold


@dataclass(frozen=True, slots=True)
class PriceShape:
    """A list price from a day on."""

    currency: str
    start: date
    price: ListPrice


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product; `price` is the list price of the day in `currency`, None where there is none yet."""

    id: str
    code: str
    name: str
    kind: str
    selling_model: str
    price_unit: str
    tax_category: str
    family: str
    currency: str
    price: ListPrice | None
    prices: tuple[PriceShape, ...]
    fields: FieldsTold = field(default_factory=dict, hash=False, metadata={"when true": True})


@dataclass(frozen=True, slots=True)
class PriceBookShape:
    """All products, and what is needed to keep them: the day, the organisation's currency, tax categories in use."""

    today: date
    currency: str
    products: tuple[ProductRow, ...]
    tax_categories: tuple[str, ...]
    fields: tuple[CustomField, ...] = ()


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A tax rate in percent."""

    category: str
    profile: str
    start: date
    rate: TaxRate


@dataclass(frozen=True, slots=True)
class TaxBookShape:
    """All tax rates, and the categories and profiles that products and accounts use."""

    today: date
    rates: tuple[TaxRow, ...]
    categories: tuple[str, ...]
    profiles: tuple[str, ...]
