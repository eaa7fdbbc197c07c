"""Stores of any size, their rows written straight into the tables: five years of trade, or one run's worth of dues.

Four assets to a customer, in dollars or euros. An asset is ten licences at 10.00 a month, sold for a year, two more in
the middle of each year, renewed four times; one in five is not renewed after its second year. One in twenty is an
evergreen platform at 90.00 a month, one in twenty metered, with a record of use in each month. Years are billed as they
begin and paid, but for the last one.

Where everything is due, each customer has two taxed licences for a year that began this month.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from calm_desktop.engine.dates import add_months
from calm_desktop.store import tables

TODAY = date(2022, 12, 31)
_ACTIONS_OF_AN_ASSET = 10
"""How many an asset has at most."""
ACCOUNTS_ALIKE = 420
"""Customers so far apart have the same trade."""
_ACTIONS_OF_TWENTY = 157
"""Twenty assets: 14 of ten actions, 4 of four, an evergreen one of one, a metered one of none."""
_YEARS = 5
_AT = datetime(2018, 1, 1, 12, tzinfo=UTC)
_PORTION = 10_000
_ONE_DAY = timedelta(days=1)

_TAX: dict[str, Any] = {"id": 1, "category": "software", "profile": "", "start": date(1900, 1, 1), "rate": Decimal(19)}

Rows = Iterator[tuple[str, dict[str, Any]]]


def write_trade(db: Connection, actions: int) -> None:
    """Write a store of so many actions, and a few more that make its last twenty assets whole; tables must be empty."""
    _write(db, 20 * -(-actions // _ACTIONS_OF_TWENTY), _asset)


def write_dues(db: Connection, accounts: int) -> None:
    """Write a store of so many accounts, each with two taxed lines that are due; the tables must be empty."""
    db.execute(tables.tax_rate.insert(), [_TAX])
    _write(db, accounts, _owing)


def _write(db: Connection, count: int, rows_of: Callable[[int], Rows]) -> None:
    """Write the catalogue, and the rows of `count` things, some at a time."""
    waiting: dict[str, list[dict[str, Any]]] = {table.name: [] for table in tables.metadata.sorted_tables}
    for name, row in _catalogue():
        waiting[name].append(row)
    for first in range(1, count + 1, _PORTION):
        for number in range(first, min(first + _PORTION, count + 1)):
            for name, row in rows_of(number):
                waiting[name].append(row)
        _flush(db, waiting)


def _flush(db: Connection, waiting: dict[str, list[dict[str, Any]]]) -> None:
    for table in tables.metadata.sorted_tables:
        if waiting[table.name]:
            db.execute(table.insert(), waiting[table.name])
            waiting[table.name] = []


def _catalogue() -> Rows:
    licence = {"id": 1, "code": "LIC", "name": "Licence", "kind": "subscription", "price_unit": "month"}
    yield "product", licence | {"selling_model": "term"}
    yield "product", licence | {"id": 2, "code": "PLA", "name": "Platform", "selling_model": "evergreen"}
    yield "product", licence | {"id": 3, "code": "USE", "name": "Use", "kind": "usage", "selling_model": "term"}
    for product, price in ((1, 11), (2, 90), (3, 1)):
        for place, currency in enumerate(("USD", "EUR")):
            row = {"id": 2 * product + place, "product_id": product, "currency": currency}
            yield "price_entry", row | {"start": date(1900, 1, 1), "unit_price": Decimal(price)}


def _asset(number: int) -> Rows:
    account = (number - 1) // 4 + 1
    currency = "EUR" if account % 4 == 0 else "USD"
    if number % 4 == 1:
        yield _account(account, currency)
    start = add_months(date(2018, 1, 1), number * 7 % 12) + timedelta(days=number % 28)
    is_evergreen, is_metered, years = number % 20 == 0, number % 20 == 10, 2 if number % 5 == 1 else _YEARS
    product = 2 if is_evergreen else 3 if is_metered else 1
    end = None if is_evergreen else add_months(start, 12 * years) - _ONE_DAY
    yield from _empty_asset(number, account, currency, product, start, end)
    ids = iter(range(number * _ACTIONS_OF_AN_ASSET, (number + 1) * _ACTIONS_OF_AN_ASSET))
    if is_evergreen:
        yield from _act(_Act(next(ids), number, account, currency, 1), start, None, Decimal(1), Decimal(90))
        yield from _state(number * _ACTIONS_OF_AN_ASSET, number, start, None, 1, None, 9000)
        return
    if is_metered:
        yield from _use(number, start)
        return
    for year in range(years):
        first, middle = add_months(start, 12 * year), add_months(start, 12 * year + 6)
        end = add_months(start, 12 * year + 12) - _ONE_DAY
        act = next(ids)
        yield from _act(_Act(act, number, account, currency, 2 * year + 1), first, end, Decimal(10), Decimal(10))
        yield from _state(act, number, first, middle - _ONE_DAY, 10, 60000, 10000)
        act = next(ids)
        more = _Act(act, number, account, currency, 2 * year + 2)
        yield from _act(more, middle, end, Decimal(2), Decimal(10), act - 1)
        yield from _state(act, number, middle, end, 12, 72000, 12000)


def _account(number: int, currency: str) -> tuple[str, dict[str, Any]]:
    row = {"id": number, "number": f"{number:07d}", "name": f"Customer {number:07d}", "currency": currency}
    return "account", row | {"created_on": date(2018, 1, 1)}


def _empty_asset(number: int, account: int, currency: str, product: int, start: date, end: date | None) -> Rows:
    """An asset with its billing group, but without a life."""
    yield (
        "asset",
        {
            "id": number,
            "number": f"AST-{number:07d}",
            "name": f"Licence {number:07d}",
            "account_id": account,
            "product_id": product,
            "currency": currency,
            "lifecycle_start": start,
            "lifecycle_end": end,
            "current_on": start,
            "current_quantity": Decimal(0),
            "current_amount": 0,
            "current_mrr": 0,
        },
    )
    yield "billing_group", {"id": number, "asset_id": number}


def _owing(account: int) -> Rows:
    """An account with two assets, each sold for a year that began this month, taxed and not billed yet."""
    currency = "EUR" if account % 4 == 0 else "USD"
    yield _account(account, currency)
    start = TODAY.replace(day=1 + account % 28)
    end = add_months(start, 12) - _ONE_DAY
    for asset, quantity in ((2 * account - 1, 10), (2 * account, 3)):
        yield from _empty_asset(asset, account, currency, 1, start, end)
        act = _Act(asset, asset, account, currency, 1, _TAX["category"])
        yield from _act(act, start, end, Decimal(quantity), Decimal(10))
        yield from _state(asset, asset, start, end, quantity, quantity * 12000, quantity * 1000)


def _use(asset: int, start: date) -> Rows:
    for month in range(12 * _YEARS):
        row = {"id": asset * 12 * _YEARS + month, "asset_id": asset, "key": f"{month}", "revision": 0}
        used = {"occurred_at": _AT, "day": add_months(start, month), "quantity": Decimal(month)}
        yield "usage_record", row | used | {"recorded_at": _AT}


class _Act:
    """One act of an asset: its number (of item, action, order and what belongs to them) and its place in the life."""

    def __init__(
        self, number: int, asset: int, account: int, currency: str, sequence: int, tax_category: str = ""
    ) -> None:
        self.number, self.asset, self.account = number, asset, account
        self.currency, self.sequence, self.tax_category = currency, sequence, tax_category


def _state(number: int, asset: int, start: date, end: date | None, quantity: int, amount: int | None, mrr: int) -> Rows:
    row = {"id": number, "asset_id": asset, "start": start, "end": end, "quantity": Decimal(quantity)}
    yield "state_period", row | {"amount": amount, "mrr": mrr, "paused": False}


def _act(
    act: _Act, start: date, end: date | None, quantity: Decimal, price: Decimal, target: int | None = None
) -> Rows:
    number, months = act.number, 0 if end is None else (6 if target else 12)
    total = int(quantity * price * months * 100)
    category = "Upsells" if target else ("Initial Sale" if act.sequence == 1 else "Renewals")
    kind = "Amend" if target else ("New" if act.sequence == 1 else "Renew")
    order = {"id": number, "number": f"{number:09d}", "account_id": act.account, "kind": kind, "status": "Activated"}
    dated = {"order_date": start, "effective_date": start, "currency": act.currency, "recorded_at": _AT}
    yield "sales_order", order | dated | {"total": total}
    span = {"start": start, "end": end}
    item = {
        "id": number,
        "order_id": number,
        "line": 1,
        "product_id": 2 if end is None else 1,
        "asset_id": act.asset,
        "asset_name": f"Licence {act.asset:07d}",
        "category": category,
        "effect": "adds" if target else "covers",
        "target_id": target,
        "quantity": quantity,
        "list_price": price,
        "unit_price": price,
        "discount": Decimal(0),
        "price_unit": "month",
        "tax_category": act.tax_category,
        "selling_model": "evergreen" if end is None else "term",
        "anchor": start,
        "term_months": months or None,
        "term_days": 0 if months else None,
        "frequency": "monthly" if end is None else "annual",
        "timing": "advance",
        "boundary": "anniversary",
        "partial": "allowed",
        "remainder": "last",
        "total": total if months else None,
    }
    yield "order_item", span | item
    yield (
        "action",
        {
            "id": number,
            "asset_id": act.asset,
            "sequence": act.sequence,
            "order_item_id": number,
            "action_date": start,
            "effective_date": start,
            "category": category,
            "type": "Generate" if act.sequence == 1 else "Change",
            "quantity_change": quantity if target or act.sequence == 1 else Decimal(-2),
            "amount_change": total,
            "mrr_change": int(quantity * price * 100) if target or act.sequence == 1 else -2000,
            "recorded_at": _AT,
        },
    )
    source = {"id": number, "action_id": number, "kind": "order-item", "order_item_id": number, "quantity": quantity}
    money = {"product_amount": total, "adjustment": 0, "estimated_tax": 0, "actual_tax": 0}
    yield "action_source", span | source | money
    plan = {"id": number, "group_id": act.asset, "order_item_id": number, "total": total if months else None}
    yield "billing_schedule", span | plan | {"category": "Original"}
    yield from _billed(act, start, end or add_months(start, 1) - _ONE_DAY, quantity, price, total or 9000)


def _billed(act: _Act, start: date, end: date, quantity: Decimal, price: Decimal, amount: int) -> Rows:
    number, span = act.number, {"start": start, "end": end}
    item = {"id": number, "schedule_id": number, "kind": "charge", "billing_date": start, "amount": amount}
    is_billed = start <= TODAY - timedelta(days=60)
    yield "billing_item", span | item | {"invoice_line_id": number if is_billed else None}
    if not is_billed:
        return
    own = {"id": number, "number": f"INV-{number:09d}", "account_id": act.account, "status": "Posted"}
    dated = {"invoice_date": start, "due_date": start + timedelta(days=30), "target_date": start}
    yield "invoice", own | dated | {"currency": act.currency, "request_id": "bench", "recorded_at": _AT}
    line = {"id": number, "invoice_id": number, "line": 1, "type": "Charge", "description": "Licence"}
    figures = {"quantity": quantity, "unit_price": price, "amount": amount}
    yield "invoice_line", span | line | figures | {"order_item_id": number, "asset_id": act.asset}
    if start <= TODAY - timedelta(days=365):
        paid = {"id": number, "account_id": act.account, "currency": act.currency, "day": start, "amount": amount}
        yield "payment", paid | {"number": f"PAY-{number:09d}", "request_id": "bench", "recorded_at": _AT}
        settled = {"id": number, "invoice_line_id": number, "payment_id": number, "day": start, "amount": amount}
        yield "settlement", settled
