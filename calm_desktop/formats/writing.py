"""Order lines out in our own formats, exactly as reading takes them in."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from calm_desktop.engine.fields import text_of
from calm_desktop.engine.money import plain
from calm_desktop.formats.drafts import OrderLine
from calm_desktop.formats.fields import FIELDS, NAMES

_OWN = ("order", "order_date", "account", "account_name", "account_country", "currency")
"""What an order says for all of its lines."""

_ORDER_WORDS = {"order": "number", "order_date": "date"}


def texts_of(line: OrderLine) -> dict[str, str]:
    """A line's fields as texts, by their names; those that say no more than their default are left out."""
    found = {}
    for field in FIELDS:
        value = getattr(line, field.slot)
        if value is not None and (field.required or value != field.default):
            found[field.name] = _text(value)
    if found.get("account_name") == found["account"]:
        del found["account_name"]
    if line.total is not None and line.unit_price is not None:
        del found["total"]
    return found | {f"{custom.object}.{custom.api_name}": text_of(value) for custom, value in line.fields}


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def order_table(lines: Iterable[OrderLine]) -> list[list[str]]:
    """Lines without steps as a table: a header of the columns that are used, and a row for each line."""
    rows = [texts_of(line) for line in lines]
    used = dict.fromkeys(name for row in rows for name in row)
    header = [*(name for name in NAMES if name in used), *(name for name in used if name not in NAMES)]
    return [header, *([row.get(name, "") for name in header] for row in rows)]


def orders_csv(lines: Iterable[OrderLine], separator: str = ",") -> str:
    """Lines without steps in our CSV format."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(order_table(lines))
    return out.getvalue()


def orders_json(lines: Sequence[OrderLine]) -> str:
    """Lines in our JSON format: those of one order that follow each other are written together."""
    orders = []
    for shared, group in groupby(lines, key=lambda line: tuple(texts_of(line).get(name) for name in _OWN)):
        order: dict[str, Any] = {
            _ORDER_WORDS.get(name, name): text for name, text in zip(_OWN, shared, strict=True) if text is not None
        }
        order["lines"] = [_line(line) for line in group]
        orders.append(order)
    return json.dumps({"orders": orders}, ensure_ascii=False, indent=1)


def _line(line: OrderLine) -> dict[str, Any]:
    found: dict[str, Any] = {name: text for name, text in texts_of(line).items() if name not in _OWN}
    if line.steps:
        found["steps"] = [
            {
                name: _text(value)
                for name, value in zip(("start", "quantity", "price", "discount"), step, strict=True)
                if value is not None
            }
            for step in line.steps
        ]
    return found
