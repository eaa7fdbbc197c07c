"""Cards and series: what holds on a day, from state periods alone (DOMAIN 4.2, 4.9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.engine.lifecycle import StatePeriod, lifetime_amount
from calm_desktop.engine.money import Currency, Money


@dataclass(frozen=True, slots=True)
class Figures:
    """What is owned in one currency on a day: quantity, the amount of the periods in force, MRR."""

    quantity: Decimal
    amount: Money
    mrr: Money


@dataclass(frozen=True, slots=True)
class Step:
    """From `day` on, until the next step, these hold; `amount` is that of the periods in force."""

    day: date
    quantity: Decimal
    mrr: Money
    amount: Money


def figures_on(periods: Iterable[StatePeriod], day: date) -> dict[Currency, Figures]:
    """The figures of each currency on `day`; a currency that appears in no period at all is left out."""
    held: defaultdict[Currency, list[StatePeriod]] = defaultdict(list)
    for state in periods:
        in_force = held[state.mrr.currency]
        if state.period.holds(day):
            in_force.append(state)
    return {
        currency: Figures(
            sum((state.quantity for state in held[currency]), Decimal(0)),
            lifetime_amount(held[currency], currency),
            currency.money(sum(state.mrr.minor for state in held[currency])),
        )
        for currency in sorted(held, key=lambda each: each.code)
    }


def series(periods: Iterable[StatePeriod]) -> dict[Currency, tuple[Step, ...]]:
    """The figures over the whole lifecycle: one step for each day on which a state period starts or has ended."""
    changes: defaultdict[Currency, defaultdict[date, list[tuple[Decimal, int, int]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for state in periods:
        days = changes[state.mrr.currency]
        mrr, amount = state.mrr.minor, 0 if state.amount is None else state.amount.minor
        days[state.period.start].append((state.quantity, mrr, amount))
        if state.period.end is not None and state.period.end < date.max:
            days[state.period.end + ONE_DAY].append((-state.quantity, -mrr, -amount))
    found = {}
    for currency in sorted(changes, key=lambda each: each.code):
        quantity, mrr, amount, steps = Decimal(0), 0, 0, []
        for day in sorted(changes[currency]):
            for quantity_change, mrr_change, amount_change in changes[currency][day]:
                quantity += quantity_change
                mrr += mrr_change
                amount += amount_change
            steps.append(Step(day, quantity, currency.money(mrr), currency.money(amount)))
        found[currency] = tuple(steps)
    return found
