"""How payments and credits lower what is open on an invoice's lines (DOMAIN sections 1 and 5.6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from calm_desktop.engine.dates import Remainder
from calm_desktop.engine.money import split
from calm_desktop.engine.problems import Bug


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line of one invoice: `open` minor units are not settled yet, below zero on a line that credits.

    `line` is its number in the store, `position` the one on the invoice, `start` its first day of service.
    """

    line: int
    position: int
    start: date
    is_tax: bool
    open: int


@dataclass(frozen=True, slots=True)
class Applied:
    """`amount` minor units put on the line with number `line` in the store."""

    line: int
    amount: int


def balance_of(lines: Iterable[OpenLine]) -> int:
    """What is open on the lines together, in minor units: those that credit lower it."""
    return sum(line.open for line in lines)


def in_order(amount: int, lines: Iterable[OpenLine]) -> tuple[Applied, ...]:
    """Put `amount` on what is open, oldest line first, a charge before its tax; no line goes below zero.

    Raises Bug where more is put than the lines are open.
    """
    rest, found = amount, []
    for line in sorted(lines, key=lambda each: (each.start, each.is_tax, each.position)):
        part = min(rest, max(line.open, 0))
        if part:
            found.append(Applied(line.line, part))
            rest -= part
    if rest:
        raise Bug(f"{rest} minor units more than the lines are open")
    return tuple(found)


def lowered(lines: Iterable[OpenLine], applied: Iterable[Applied]) -> tuple[OpenLine, ...]:
    """The lines after what was applied to them."""
    taken: Counter[int] = Counter()
    for each in applied:
        taken[each.line] += each.amount
    return tuple(replace(line, open=line.open - taken[line.line]) for line in lines)


def towards(wanted: Mapping[int, int], lines: Sequence[OpenLine]) -> tuple[Applied, ...]:
    """Put credits on the lines that they are for (`wanted`: line and amount), what does not fit there on the others.

    Only as much is put as the lines are open together; the rest of the credits is left over.
    """
    rest = min(sum(wanted.values()), max(0, balance_of(lines)))
    found = []
    for line in lines:
        part = min(wanted.get(line.line, 0), max(line.open, 0), rest)
        if part:
            found.append(Applied(line.line, part))
            rest -= part
    more = {each.line: each.amount for each in in_order(rest, lowered(lines, found))}
    found = [Applied(each.line, each.amount + more.pop(each.line, 0)) for each in found]
    return (*found, *(Applied(line, amount) for line, amount in more.items()))


def taken_over(lines: Iterable[OpenLine], chosen: Container[int]) -> tuple[Applied, ...]:
    """What a credit memo takes over from those of the `chosen` lines that credit: all that is open on them (R13)."""
    return tuple(Applied(line.line, line.open) for line in lines if line.line in chosen and line.open < 0)


def in_proportion(amount: int, lines: Iterable[OpenLine]) -> tuple[Applied, ...]:
    """Put `amount` on all open lines in proportion to what is open on each, the remainder on the last.

    What the last line has no room for goes on those before it, so that no line goes below zero. Raises Bug where more
    is put than the lines are open.
    """
    charged = sorted((line for line in lines if line.open > 0), key=lambda each: each.position)
    if amount > balance_of(charged):
        raise Bug(f"{amount} minor units are more than the lines are open")
    parts = split(Fraction(amount), [Fraction(line.open) for line in charged], Remainder.LAST)
    found, over = [], 0
    for line, part in zip(reversed(charged), reversed(parts), strict=True):
        fitting = min(part + over, line.open)
        over += part - fitting
        if fitting:
            found.append(Applied(line.line, fitting))
    return tuple(reversed(found))
