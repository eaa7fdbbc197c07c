"""Our own format of a whole history: what its document holds, and how columns are written in it.

A document is one JSON object: `{"calm": "history", "fields": [...], "taxes": [...], "rates": [...], "accounts": [...],
"products": [...], "orders": [...], "assets": [...], "usage": [...]}`. Orders stand in the order in which they took
effect, with every item as it was recorded: what it did (`effect`), to which asset, and which item it took from
(`target`). State periods, actions and billing schedules follow from them, so they are not written. Columns have the
names that the store gives them, numbers and money are texts, days ISO; what says nothing is left out. Invoices,
payments and the rules of the business are no part of it: a backup carries those.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, String, Table, Text

from calm_desktop.engine.money import plain
from calm_desktop.store import tables
from calm_desktop.store.tables import Instant, Scaled

MARK = "history"
"""What the first key of a document, `calm`, says."""

SYSTEM = "calm-history"
"""The system that rows of these documents are known in."""

_LEFT_OUT = frozenset({"id", "withdrawn", "batch_id", "recorded_at", "place"})


def columns_of(table: Table) -> tuple[Column[Any], ...]:
    """The columns that are written as they are: no ids, links and what the store keeps for itself."""
    return tuple(column for column in table.c if column.name not in _LEFT_OUT and not column.foreign_keys)


def written(row: Any, columns: Iterable[Column[Any]]) -> dict[str, Any]:
    """What a row says in these columns."""
    found = {column.name: _text(getattr(row, column.name)) for column in columns}
    return {name: value for name, value in found.items() if value is not None and value != ""}


def _text(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def read_back(record: Mapping[str, Any], columns: Iterable[Column[Any]]) -> dict[str, Any]:
    """The values of these columns, as the store takes them. Raises `ValueError` and the like for what is none."""
    return {column.name: _value(column, record.get(column.name)) for column in columns}


def _value(column: Column[Any], value: Any) -> Any:
    kind = column.type
    if value is None:
        return None if column.nullable else _default(column)
    if isinstance(kind, Scaled):
        return Decimal(str(value))
    if isinstance(kind, Instant):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, Boolean):
        if not isinstance(value, bool):
            raise ValueError(f"{column.name} is yes or no: true or false")
        return value
    if isinstance(kind, Integer | BigInteger):
        return int(value)
    if isinstance(kind, String | Text) and not isinstance(value, str):
        raise ValueError(f"{column.name} is a text")
    return value


def _default(column: Column[Any]) -> Any:
    if column.server_default is None:
        raise ValueError(f"{column.name} is missing")
    return _value(column, False) if isinstance(column.type, Boolean) else "" if _is_text(column) else 0


def _is_text(column: Column[Any]) -> bool:
    return not isinstance(column.type, Scaled | Date | Integer | BigInteger)


def content_of(record: Mapping[str, Any]) -> str:
    """A record as one text, the same for equal records."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False)


ACCOUNT, PRODUCT, PRICE = columns_of(tables.account), columns_of(tables.product), columns_of(tables.price_entry)
USAGE_PRICE, TAX, RATE = columns_of(tables.usage_price), columns_of(tables.tax_rate), columns_of(tables.exchange_rate)
ORDER = tuple(column for column in columns_of(tables.sales_order) if column.name != "effective_date")
ITEM = tuple(column for column in columns_of(tables.order_item) if column.name not in ("line", "asset_fields"))
ASSET = tuple(tables.asset.c[name] for name in ("renewal_term", "renewal_term_unit", "renewal_pricing"))
USAGE, FIELD = columns_of(tables.usage_record), columns_of(tables.custom_field)
