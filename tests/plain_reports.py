"""The figures of reports once more, in plain Python over exported rows, day by day; nothing of the engine is used.

Rows are dicts as CSV files have them: texts, days in ISO, amounts with their decimals, nothing for an open end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
Customer = tuple[str, str]
"""An account (its id) and a currency."""

ONE_DAY = timedelta(days=1)
MOVEMENTS = ("new", "expansion", "contraction", "churn", "reactivation")


def day(text: str) -> date:
    return date.fromisoformat(text)


def is_in_force(state: Row, on: date) -> bool:
    return day(state["start"]) <= on and (not state["end"] or on <= day(state["end"]))


def mrr_on(states: Iterable[Row], on: date) -> dict[Customer, Decimal]:
    """The MRR of each customer on a day."""
    found: defaultdict[Customer, Decimal] = defaultdict(Decimal)
    for state in states:
        if is_in_force(state, on):
            found[state["account_id"], state["currency"]] += Decimal(state["mrr"])
    return found


def days_of_change(states: Iterable[Row]) -> list[date]:
    """The days on which a state period begins, or has ended."""
    starts = {day(state["start"]) for state in states}
    return sorted(starts | {day(state["end"]) + ONE_DAY for state in states if state["end"]})


def movements(states: Sequence[Row], first: date, last: date) -> dict[tuple[Customer, str], Decimal]:
    """What moved the MRR of each customer from `first` to `last`, looked at on each day of change."""
    found: defaultdict[tuple[Customer, str], Decimal] = defaultdict(Decimal)
    had: set[Customer] = set()
    for each in days_of_change(states):
        before, after = mrr_on(states, each - ONE_DAY), mrr_on(states, each)
        for customer in before.keys() | after.keys():
            change = after.get(customer, Decimal(0)) - before.get(customer, Decimal(0))
            if change and first <= each <= last:
                kind = "expansion" if change > 0 else "contraction"
                if not before.get(customer):
                    kind = "reactivation" if customer in had else "new"
                elif not after.get(customer):
                    kind = "churn"
                found[customer, kind] += change
        had |= {customer for customer, mrr in after.items() if mrr}
    return found


def by_currency(figures: dict[tuple[Customer, str], Decimal]) -> dict[tuple[str, str], Decimal]:
    """The same for all customers of a currency together."""
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for ((_, currency), kind), amount in figures.items():
        found[currency, kind] += amount
    return found


def total(figures: dict[Customer, Decimal], currency: str) -> Decimal:
    """The sum of one currency."""
    return sum((amount for (_, code), amount in figures.items() if code == currency), Decimal(0))


def retention(states: Sequence[Row], then: date, now: date, currency: str) -> tuple[Decimal, Decimal, Decimal]:
    """The MRR of a year ago, what the same customers have now, and that capped at what each had then."""
    before, after = mrr_on(states, then), mrr_on(states, now)
    mine = [customer for customer, mrr in before.items() if customer[1] == currency and mrr]
    zero = Decimal(0)
    return (
        sum((before[customer] for customer in mine), zero),
        sum((after.get(customer, zero) for customer in mine), zero),
        sum((min(before[customer], after.get(customer, zero)) for customer in mine), zero),
    )


def first_days(states: Sequence[Row]) -> dict[Customer, date]:
    """The first day on which each customer had MRR."""
    found: dict[Customer, date] = {}
    for each in days_of_change(states):
        for customer, mrr in mrr_on(states, each).items():
            if mrr:
                found.setdefault(customer, each)
    return found
