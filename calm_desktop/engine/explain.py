"""Why a figure is what it is: the state periods, actions and lines that sum to it, exactly (DOMAIN 4.2, 4.9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from calm_desktop.engine.lifecycle import Delta, StatePeriod
from calm_desktop.engine.money import Currency, Money

Value = Decimal | Money
"""A figure: a quantity, or money in one currency."""


class Figure(StrEnum):
    """What can be asked why."""

    QUANTITY = "quantity"
    AMOUNT = "amount"
    MRR = "mrr"
    INVOICE_LINE_BALANCE = "invoice-line-balance"


class LineKind(StrEnum):
    """What a figure can be made of."""

    STATE_PERIOD = "state-period"
    ACTION = "action"
    SOURCE = "source"
    RUNNING_TOTAL = "running-total"
    ORDER_ITEM = "order-item"
    INVOICE_LINE = "invoice-line"
    PAYMENT = "payment"
    CREDIT_MEMO = "credit-memo"


@dataclass(frozen=True, slots=True)
class Act:
    """An asset action as far as a figure is made by it: its `number` in the store, first day, and change."""

    number: int
    effective_date: date
    delta: Delta


@dataclass(frozen=True, slots=True)
class Contribution:
    """How much of a state period's figure the action of a `number` makes."""

    number: int
    value: Value


def value_of(figure: Figure, state: StatePeriod) -> Value | None:
    """A state period's quantity, amount or MRR; None for the amount of an evergreen period that runs."""
    match figure:
        case Figure.QUANTITY:
            return state.quantity
        case Figure.AMOUNT:
            return state.amount
        case _:
            return state.mrr


def change_of(figure: Figure, delta: Delta) -> Value:
    """What an action changed of the quantity, amount or MRR."""
    match figure:
        case Figure.QUANTITY:
            return delta.quantity
        case Figure.AMOUNT:
            return delta.amount
        case _:
            return delta.mrr


def total(figure: Figure, currency: Currency, values: Iterable[Value | None]) -> Value:
    """The sum of values of one figure in one currency; what is not known counts nothing."""
    known = [value for value in values if value is not None]
    if figure is Figure.QUANTITY:
        return sum((value for value in known if isinstance(value, Decimal)), Decimal(0))
    return currency.money(sum(value.minor for value in known if isinstance(value, Money)))


def sums_to(figure: Figure, currency: Currency, values: Sequence[Value | None], value: Value) -> bool:
    """Whether values, each of them known, sum to `value` exactly."""
    return None not in values and total(figure, currency, values) == value


def contributions(
    figure: Figure, states: Sequence[StatePeriod], state: StatePeriod, acts: Sequence[Act]
) -> tuple[Contribution, ...]:
    """The actions that make the figure of `state`, one of the asset's `states`, in the order recorded.

    Quantity and MRR are made by the actions that take effect up to the period's first day, the amount of a lifecycle
    with a single period by all actions. Where these do not sum to the figure exactly, which a ramp's sale or a
    back-dated change brings about, nothing is said rather than something that is not so.
    """
    value = value_of(figure, state)
    if figure is Figure.AMOUNT:
        chosen = [act for act in acts if len(states) == 1]
    else:
        chosen = [act for act in acts if act.effective_date <= state.period.start]
    made = [Contribution(act.number, change_of(figure, act.delta)) for act in chosen]
    if value is None or not sums_to(figure, state.mrr.currency, [each.value for each in made], value):
        return ()
    return tuple(each for each in made if each.value)
