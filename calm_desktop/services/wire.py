"""Values as plain JSON: money, prices and quantities as texts, days in ISO, no value as null."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

from calm_desktop.engine.hidden import HIDDEN
from calm_desktop.engine.money import Money, plain, price_text, ratio_text
from calm_desktop.services.currencies import currency_named

PRICES = frozenset({"price", "list_price", "last_price", "unit_price", "net_unit_price"})
"""Fields that hold a unit price, which has at least its currency's decimals."""

WHEN_TRUE = "when true"
"""Metadata of a field that is told only where it holds something."""


def to_json(value: Any) -> Any:
    """`value` (a shape, or anything made of shapes) as dicts, lists, texts, whole numbers, booleans and None.

    A field that Python keeps the name of for itself is written with an underscore behind it, which falls away here.
    """
    if value is None or (isinstance(value, bool | int | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Money):
        return str(value.amount)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Fraction):
        return ratio_text(value, trim=True)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): to_json(each) for key, each in value.items() if each is not HIDDEN}
    if isinstance(value, tuple | list):
        return [to_json(each) for each in value]
    if is_dataclass(value):
        return {
            field.name.rstrip("_"): _field(value, field.name)
            for field in fields(value)
            if getattr(value, field.name) is not HIDDEN
            and (getattr(value, field.name) or not field.metadata.get(WHEN_TRUE))
        }
    raise TypeError(f"no JSON for {type(value).__name__}")


def _field(shape: Any, name: str) -> Any:
    value = getattr(shape, name)
    if name in PRICES and isinstance(value, Decimal):
        return price_text(value, currency_named(shape.currency))
    return to_json(value)
