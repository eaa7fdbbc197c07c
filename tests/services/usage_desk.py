"""What the tests of use have in common: a metered product sold, records added in a line, and what was billed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from calm_desktop.engine.catalog import UsageModel
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.engine.usage import Tier, UsagePrice
from calm_desktop.services import invoices, sales, usage
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddUsage,
    CorrectUsage,
    Find,
    Look,
    RunInvoices,
    SaleLine,
    Sell,
    SetUsagePrice,
)
from calm_desktop.services.shapes import ScheduleShape, UsageResult
from calm_desktop.services.views import list_invoice_lines, show_asset

FIRST = date(2022, 1, 1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def tiers(*steps: str) -> tuple[Tier, ...]:
    """Tiers written `upper:unit price:flat fee`."""
    found = []
    for step in steps:
        upper, unit, flat = step.split(":")
        found.append(Tier(None if upper == "inf" else Decimal(upper), Decimal(unit), Decimal(flat)))
    return tuple(found)


GRADUATED = UsagePrice(UsageModel.GRADUATED, tiers("100:0.10:0", "inf:0.05:2"), included=Decimal(10))


def sell(desk: Desk, product: str = "CALLS", start: str = "2022-01-01", **terms: Any) -> str:
    """The id of an asset of Acme, of a term of twelve months from a day unless told otherwise."""
    given = {"account": "Acme", "term": 12, "quantity": Decimal(1), "price": Decimal("0.10"), **terms}
    account = given.pop("account")
    result = desk.do(sales.sell, Sell(account, (SaleLine(product, start=day(start), **given),)))
    return result.assets[0].asset.id


def set_price(desk: Desk, price: UsagePrice, start: str | None = None, product: str = "CALLS") -> None:
    desk.do(usage.set_usage_price, SetUsagePrice(product, price, start=None if start is None else day(start)))


def use(desk: Desk, asset: str, at: str, quantity: str, key: str) -> UsageResult:
    """Record use at `2022-01-31`, or at `2022-01-31T14:30Z`."""
    moment = day(at) if len(at) == 10 else datetime.fromisoformat(at)
    return desk.do(usage.add_usage, AddUsage(asset, moment, Decimal(quantity), key))


def correct(desk: Desk, key: str, quantity: str, reason: str = "miscounted", asset: str = "") -> UsageResult:
    return desk.do(usage.correct_usage, CorrectUsage(key, Decimal(quantity), reason, asset))


def run(desk: Desk, through: str, **more: Any) -> list[tuple[str, str]]:
    """What a run bills: the date of each new invoice and its charges."""
    result = desk.do(invoices.run, RunInvoices(day(through), **more))
    return [(each.invoice.date.isoformat(), str(each.invoice.charges)) for each in result.invoices]


def lines(desk: Desk, asset: str) -> list[tuple[str, str, str, str, str]]:
    """Every invoice line of an asset: invoice date, description, first day, quantity, amount."""
    rows = desk.ask(list_invoice_lines, Find(asset=asset))
    return [
        (row.date.isoformat(), row.description, row.start.isoformat(), f"{row.quantity.normalize():f}", str(row.amount))
        for row in sorted(rows, key=lambda row: (row.date, row.start, row.description))
    ]


def schedule(desk: Desk, asset: str) -> ScheduleShape:
    """The newest schedule of an asset."""
    return desk.ask(show_asset, Look(asset)).billing.schedules[-1]


def codes(problems: Sequence[Problem] | Refused) -> list[str]:
    found = problems.problems if isinstance(problems, Refused) else problems
    return [problem.code for problem in found]
