"""A desk with something invoiced, and changes whose credits stand in their schedules: what tests of papers share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import select

from calm_desktop.engine.problems import Refused
from calm_desktop.services import catalogue, customers, invoices, sales, taxes, views
from calm_desktop.services.check import name_of
from calm_desktop.services.desk import Desk
from calm_desktop.services.invariants import invoices as invoice_rules
from calm_desktop.services.invariants import papers as paper_rules
from calm_desktop.services.invariants import voids as void_rules
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    AddTax,
    Find,
    Look,
    RunInvoices,
    SaleLine,
    Sell,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.wire import to_json
from calm_desktop.store import tables
from calm_desktop.store.ids import take

APRIL = date(2022, 4, 1)
LATER = date(2022, 12, 31)


_FOLDER = TemporaryDirectory(ignore_cleanup_errors=True)
_NAMES = count()


@cache
def _template(currency: str, rules: tuple[tuple[str, str], ...]) -> bytes:
    """A store as `new_desk` hands it out; made once, for making one takes long."""
    path = Path(_FOLDER.name) / f"template-{next(_NAMES)}.db"
    with Desk.create(path, {"currency": currency, **dict(rules)}, LATER) as desk:
        for name in ("Acme", "Belmont"):
            desk.do(customers.add_account, AddAccount(name))
        desk.do(catalogue.add_product, AddProduct("Licence", "LIC", Decimal(100)))
        desk.do(catalogue.add_product, AddProduct("Taxed licence", "TAX", Decimal(100), tax_category="software"))
        desk.do(taxes.add_tax, AddTax("software", Decimal(20)))
    return path.read_bytes()


def new_desk(currency: str = "USD", today: date = LATER, **rules: str) -> Desk:
    """Acme and Belmont in one currency; a licence by the month at 100, taxed at 20 % as `software`."""
    kept = tuple(sorted((name.replace("_", "-"), value) for name, value in rules.items()))
    path = Path(_FOLDER.name) / f"store-{next(_NAMES)}.db"
    path.write_bytes(_template(currency, kept))
    return Desk.open(path, today)


def sold(
    desk: Desk,
    product: str = "LIC",
    price: str = "100",
    start: date = APRIL,
    account: str = "Acme",
    months: int = 1,
    **more: Any,
) -> None:
    """One unit sold for some months."""
    line = SaleLine(product, Decimal(1), start, Decimal(price), term=months, **more)
    desk.on(start).do(sales.sell, Sell(account, (line,)))


def invoiced(desk: Desk, through: date = APRIL, **more: Any) -> list[str]:
    """Run invoices; the numbers of those made."""
    result = desk.do(invoices.run, RunInvoices(through, **more))
    return [shape.invoice.number or shape.invoice.id for shape in result.invoices]


def shown(desk: Desk, number: str, as_of: date | None = None) -> Any:
    """`show invoice` as JSON."""
    return to_json(desk.ask(views.show_invoice, Look(number, as_of)))


def balances(desk: Desk, number: str) -> list[tuple[str, str, str]]:
    """Type, amount and balance of each line of an invoice."""
    return [(line["type"], line["amount"], line["balance"]) for line in shown(desk, number)["lines"]]


def credit_memos(desk: Desk) -> list[tuple[str, str, str, str, str]]:
    """Number, reason, date, total and what is left of each credit memo."""
    return [
        (row["number"], row["reason"], row["date"], row["total"], row["balance"])
        for row in to_json(desk.ask(views.list_credits, Find()))
    ]


@dataclass(frozen=True)
class Part:
    """A credit or correction of a change: minor units, and the day of the slice that it credits, if any."""

    amount: int
    start: date
    end: date
    billing_date: date
    kind: str = "credit"
    credits: date | None = None


def write_change(tx: Tx, change: tuple[str, Iterable[Part]]) -> None:
    """A change of an asset, whose schedule holds just what it credits and corrects."""
    name, parts = change
    items, orders, schedules = tables.order_item, tables.sales_order, tables.billing_schedule
    sale = tx.db.execute(select(items).where(items.c.asset_name == name).order_by(items.c.id)).first()
    assert sale is not None
    order = tx.db.execute(select(orders).where(orders.c.id == sale.order_id)).one()
    plan = tx.db.execute(select(schedules).where(schedules.c.order_item_id == sale.id)).one()
    number, item, schedule = take(tx.db, "sales_order"), take(tx.db, "order_item"), take(tx.db, "billing_schedule")
    parts = list(parts)
    total = sum(part.amount for part in parts)
    day = parts[0].billing_date
    head = order._asdict() | {"id": number, "number": f"CHANGE-{number}", "kind": "Amend", "total": total}
    tx.db.execute(orders.insert().values(head | {"order_date": day, "effective_date": day}))
    line = sale._asdict() | {"id": item, "order_id": number, "effect": "lowers", "target_id": sale.id, "total": total}
    tx.db.execute(items.insert().values(line | {"quantity": -sale.quantity, "category": "Downsells"}))
    tx.db.execute(
        schedules.insert().values(
            id=schedule,
            group_id=plan.group_id,
            order_item_id=item,
            category="AmendQuantity",
            start=sale.start,
            end=sale.end,
            total=total,
        )
    )
    slices = tables.billing_item
    for part in parts:
        credited = None
        if part.credits is not None:
            wanted = select(slices.c.id).where(slices.c.schedule_id == plan.id, slices.c.start == part.credits)
            credited = tx.db.execute(wanted).scalar_one()
        tx.db.execute(
            slices.insert().values(
                id=take(tx.db, "billing_item"),
                schedule_id=schedule,
                kind=part.kind,
                start=part.start,
                end=part.end,
                billing_date=part.billing_date,
                amount=part.amount,
                credits_id=credited,
            )
        )


def april_credit(amount: int, billed: date = date(2022, 4, 16), **more: Any) -> Part:
    """A credit of minor units for the second half of April, out of the slice that begins on 1 April."""
    values: dict[str, Any] = {"start": date(2022, 4, 16), "end": date(2022, 4, 30), "credits": APRIL, **more}
    return Part(amount, billing_date=billed, **values)


def done(desk: Desk, use_case: Callable[..., Any], request: Any) -> Any:
    """An act as JSON; its preview said the same."""
    preview, stored = to_json(desk.preview(use_case, request)), to_json(desk.do(use_case, request))
    for answer in (preview, stored):
        answer.pop("request_id", None)
    assert preview == stored
    return stored


def problems(desk: Desk, use_case: Callable[..., object], request: object) -> list[tuple[str, str, str]]:
    """What a refusal says; nothing is stored."""
    with pytest.raises(Refused) as refused:
        desk.do(use_case, request)
    return [(problem.code, problem.field, problem.message) for problem in refused.value.problems]


def broken(desk: Desk) -> list[tuple[str, str, str]]:
    """What is wrong with the papers of the store: rule, place and words."""
    rules = [
        rule
        for module in (invoice_rules, paper_rules, void_rules)
        for name, rule in vars(module).items()
        if callable(rule) and getattr(rule, "__module__", "") == module.__name__ and not name.startswith("_")
    ]
    found = []
    with desk.database.read() as db:
        for rule in rules:
            found += [(name_of(rule), breach.place, breach.words) for breach in rule(db).breaches]
    return found
