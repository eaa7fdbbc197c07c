"""Why a figure is what it is: the state periods, actions and lines that sum to it, exactly (DOMAIN 4.2, 4.9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from calm_desktop.engine.lifecycle import Delta, Life, StatePeriod
from calm_desktop.engine.money import Currency, Money, money_from

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
    MIRROR = "mirror"
    ROUNDING = "rounding"


@dataclass(frozen=True, slots=True)
class Contribution:
    """How much of a state period's figure the items of one act make; without an act, what rounding leaves over."""

    act: int | None
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


def contributions(figure: Figure, life: Life, state: StatePeriod) -> tuple[Contribution, ...]:
    """What makes the quantity, amount or MRR of `state`, a state period of `life`: act by act, in the order recorded.

    The acts are those whose items hold in the period, with what each gives or takes there; they sum to the figure
    exactly. Money is rounded by act, and what that leaves over is said last.
    """
    value = value_of(figure, state)
    if value is None:
        return ()
    exact: dict[int, Fraction] = {}
    for share in life.shares(state.period):
        part = {Figure.QUANTITY: Fraction(share.quantity), Figure.AMOUNT: share.amount}.get(figure, share.mrr)
        exact[share.entry.act] = exact.get(share.entry.act, Fraction(0)) + part
    if isinstance(value, Decimal):
        whole = {act: Decimal(part.numerator) / part.denominator for act, part in exact.items()}
        return tuple(Contribution(act, part) for act, part in whole.items() if part)
    made = [Contribution(act, money_from(part, life.currency)) for act, part in exact.items()]
    rest = value.minor - sum(each.value.minor for each in made if isinstance(each.value, Money))
    return (*(each for each in made if each.value), *((Contribution(None, life.currency.money(rest)),) if rest else ()))


def changes_by_item(life: Life, act: int, change: Delta) -> dict[int, Delta]:
    """What each item of an act changed, by the key of its entry: the items take effect one after the other.

    `change` is what the act changed as a whole; its last item brings what the others leave of it, so that they sum to
    it exactly.
    """
    mine = [entry for entry in life.entries if entry.act == act]
    before = Life(tuple(entry for entry in life.entries if entry.act < act), life.currency)
    found: dict[int, Delta] = {}
    for entry in mine[:-1]:
        after = Life((*before.entries, entry), life.currency)
        found[entry.key] = before.delta_to(after)
        change, before = change.less(found[entry.key]), after
    return found | {mine[-1].key: change}
