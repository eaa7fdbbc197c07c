"""The shape of an asset as lines that a bookkeeper would write; the same for services and command line.

state period   2022-01-01 - 2022-08-31: 10 / 800.00 / 100.00
action         Upsells 2022-09-01: +5 / +200.00 / +50.00 (15 / 1400.00 / 150.00)
schedule       Original 2022-01-01 - 2022-12-31: 1200.00, billed 1000.00, pending 200.00
billing        2022-10-01 - 2022-10-31 on 2022-10-01: 100.00 INV-000010
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any


def days(thing: Any) -> str:
    """First and last day; what has no end is open."""
    return f"{thing['start']} - {thing['end'] or 'open'}"


def signed(text: str) -> str:
    """A figure with its sign."""
    return f"{Decimal(text):+}"


def periods(shape: Any) -> list[str]:
    """State periods: days, quantity / amount / MRR."""
    return [
        f"{days(each)}: {each['quantity']} / {each['amount'] or 'unknown'} / {each['mrr']}"
        + (" paused" if each.get("paused") else "")
        for each in shape["state_periods"]
    ]


def actions(shape: Any) -> list[str]:
    """Actions: category and effective date, the three deltas, and the running totals after them."""
    return [
        f"{each['category']} {each['effective_date']}: {signed(each['quantity_change'])} / "
        f"{signed(each['amount_change'])} / {signed(each['mrr_change'])} "
        f"({each['totals']['quantity']} / {each['totals']['amount']} / {each['totals']['mrr']})"
        for each in shape["actions"]
    ]


def schedules(shape: Any) -> list[str]:
    """Billing schedules: category and days, total, billed, pending."""
    return [
        f"{each['category']} {days(each)}: {each['total'] or 'unknown'}, billed {each['billed']}, "
        f"pending {each['pending'] or 'unknown'}"
        for each in shape["billing"]["schedules"]
    ]


def _items(shape: Any) -> Iterator[tuple[Any, Any]]:
    return ((plan, item) for plan in shape["billing"]["schedules"] for item in plan["items"])


def _line(item: Any) -> str:
    return f"{days(item)} on {item['billing_date']}: {item['amount']}"


def pending(shape: Any) -> list[str]:
    """What is still to be billed, by billing date."""
    items = [item for _, item in _items(shape) if item["invoice"] is None]
    return [_line(item) for item in sorted(items, key=lambda item: (item["billing_date"], item["start"]))]


def billed(shape: Any) -> list[str]:
    """What is on paper."""
    return [f"{_line(item)} {item['invoice']}" for _, item in _items(shape) if item["invoice"] is not None]


def credited(shape: Any) -> list[str]:
    """Credits for what was billed and will not be used."""
    return [_line(item) for _, item in _items(shape) if item["kind"] == "credit"]


def corrections(shape: Any) -> list[str]:
    """Odd cents between what was billed and what is rated."""
    return [_line(item) for _, item in _items(shape) if item["kind"] == "correction"]


def group(shape: Any) -> str:
    """The billing group: last day, billed and pending."""
    one = shape["billing"]["group"]
    return f"to {one['end'] or 'open'}: billed {one['total_billed']}, pending {one['total_pending'] or 'unknown'}"


def invoice_lines(answer: Any) -> list[str]:
    """The lines of what a run made, with the date of their invoice."""
    return [
        f"{each['invoice']['date']}: {line['asset']} {days(line)} {line['amount']}"
        for each in answer["invoices"]
        for line in each["lines"]
    ]


def totals(answer: Any) -> list[str]:
    """The invoices of a run: date and total."""
    return [f"{each['invoice']['date']}: {each['invoice']['total']}" for each in answer["invoices"]]
