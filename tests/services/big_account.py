"""One account with very many assets, each renewed year after year: rows written straight into the tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_AT = datetime(2016, 1, 1, 12, tzinfo=UTC)
_FIRST_YEAR = 2016
_PORTION = 10_000

Rows = Iterator[tuple[str, dict[str, Any]]]


def write_big_account(tx: Tx, size: tuple[int, int]) -> None:
    """The account Big with `size` = (assets, years): each asset is 10 units at 1.00 a month, renewed each 1 January.

    One order a year with a line per asset; one posted invoice a year, dated 1 January, with 120.00 per asset.
    """
    assets, years = size
    waiting: dict[str, list[dict[str, Any]]] = {}
    for name, row in _rows(assets, years):
        rows = waiting.setdefault(name, [])
        rows.append(row)
    for table in tables.metadata.sorted_tables:
        rows = waiting.get(table.name, [])
        for start in range(0, len(rows), _PORTION):
            tx.db.execute(table.insert(), rows[start : start + _PORTION])


def _rows(assets: int, years: int) -> Rows:
    yield "account", {"id": 1, "number": "BIG", "name": "Big", "currency": "USD", "created_on": date(2016, 1, 1)}
    product = {"id": 1, "code": "SEAT", "name": "Seat", "kind": "subscription"}
    yield "product", product | {"selling_model": "term", "price_unit": "month"}
    for year in range(years):
        yield from _documents(year + 1, date(_FIRST_YEAR + year, 1, 1))
    for asset in range(1, assets + 1):
        yield "asset", _asset(asset, years)
        yield "billing_group", {"id": asset, "asset_id": asset}
        for year in range(years):
            yield from _year(asset, year, year * assets + asset)


def _documents(number: int, day: date) -> Rows:
    common = {"id": number, "account_id": 1, "currency": "USD", "recorded_at": _AT}
    order = {"number": f"{number:08d}", "kind": "New" if number == 1 else "Renew", "status": "Activated"}
    yield "sales_order", common | order | {"order_date": day, "effective_date": day, "total": 0}
    invoice = {"number": f"INV-{number}", "status": "Posted", "request_id": "big"}
    yield "invoice", common | invoice | {"invoice_date": day, "due_date": day, "target_date": day}


def _asset(asset: int, years: int) -> dict[str, Any]:
    return {
        "id": asset,
        "number": f"AST-{asset:06d}",
        "name": f"Seat {asset}",
        "account_id": 1,
        "product_id": 1,
        "currency": "USD",
        "lifecycle_start": date(_FIRST_YEAR, 1, 1),
        "lifecycle_end": date(_FIRST_YEAR + years - 1, 12, 31),
        "current_on": date(_FIRST_YEAR, 1, 1),
        "current_quantity": Decimal(10),
        "current_amount": 12000,
        "current_mrr": 1000,
    }


def _year(asset: int, year: int, number: int) -> Rows:
    span = {"start": date(_FIRST_YEAR + year, 1, 1), "end": date(_FIRST_YEAR + year, 12, 31)}
    first = year == 0
    category = "Initial Sale" if first else "Renewals"
    yield (
        "order_item",
        span
        | {
            "id": number,
            "order_id": year + 1,
            "line": asset,
            "product_id": 1,
            "asset_id": asset,
            "asset_name": f"Seat {asset}",
            "category": category,
            "quantity": Decimal(10),
            "list_price": Decimal(1),
            "unit_price": Decimal(1),
            "discount": Decimal(0),
            "price_unit": "month",
            "selling_model": "term",
            "anchor": span["start"],
            "term_months": 12,
            "term_days": 0,
            "frequency": "annual",
            "timing": "advance",
            "boundary": "anniversary",
            "partial": "allowed",
            "remainder": "last",
            "total": 12000,
        },
    )
    state = {"id": number, "asset_id": asset, "quantity": Decimal(10), "amount": 12000, "mrr": 1000}
    yield "state_period", span | state
    yield (
        "action",
        {
            "id": number,
            "asset_id": asset,
            "sequence": year + 1,
            "order_item_id": number,
            "action_date": span["start"],
            "effective_date": span["start"],
            "category": category,
            "type": "Generate" if first else "Change",
            "quantity_change": Decimal(10 if first else 0),
            "amount_change": 12000,
            "mrr_change": 1000 if first else 0,
            "recorded_at": _AT,
        },
    )
    yield (
        "action_source",
        span
        | {
            "id": number,
            "action_id": number,
            "kind": "order-item",
            "order_item_id": number,
            "quantity": Decimal(10),
            "product_amount": 12000,
            "adjustment": 0,
            "estimated_tax": 0,
            "actual_tax": 0,
        },
    )
    yield (
        "invoice_line",
        span
        | {
            "id": number,
            "invoice_id": year + 1,
            "line": asset,
            "type": "Charge",
            "description": f"Seat {asset}",
            "quantity": Decimal(10),
            "unit_price": Decimal(1),
            "amount": 12000,
            "order_item_id": number,
            "asset_id": asset,
        },
    )
    schedule = {"id": number, "group_id": asset, "order_item_id": number, "total": 12000}
    yield "billing_schedule", span | schedule | {"category": "Original" if first else "Renewal"}
    item = {"id": number, "schedule_id": number, "billing_date": span["start"], "amount": 12000}
    yield "billing_item", span | item | {"invoice_line_id": number}
