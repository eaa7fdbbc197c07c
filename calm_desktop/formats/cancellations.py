"""What a cancellation takes back, by a stated rule, since files of other systems seldom say.

A cancellation takes back the latest sales before it of the same account and product, last sold first: those at its
own unit price before those at another, each up to what is left of it. A sale on the day of the cancellation counts as
before where it stands above it in the file. An unnamed account, which many share, is an account like others.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from calm_desktop.formats.drafts import Cancellation, OrderLine, SoldBefore

Key = tuple[str, str, str]


def assigned(lines: Iterable[OrderLine], cancellations: Iterable[Cancellation]) -> tuple[Cancellation, ...]:
    """The cancellations with the lines that they cancel, in the order in which they came.

    Memory grows with the lines of accounts and products that something is cancelled of.
    """
    wanted = list(cancellations)
    keys = {_key(each.line) for each in wanted}
    sold: dict[Key, list[OrderLine]] = {}
    for line in lines:
        if _key(line) in keys:
            sold.setdefault(_key(line), []).append(line)
    for stack in sold.values():
        stack.sort(key=_when)
    left: dict[str, Decimal] = {}
    found: dict[int, Cancellation] = {}
    for place in sorted(range(len(wanted)), key=lambda place: _when(wanted[place].line)):
        cancellation = wanted[place]
        found[place] = _assign(cancellation, sold.get(_key(cancellation.line), []), left)
    return tuple(found[place] for place in range(len(wanted)))


def _key(line: OrderLine) -> Key:
    return line.system, line.account_ref, line.product_code


def _when(line: OrderLine) -> tuple[object, str, int]:
    return line.start, line.file, line.row


def _assign(cancellation: Cancellation, sold: list[OrderLine], left: dict[str, Decimal]) -> Cancellation:
    wish = cancellation.line
    before = [line for line in reversed(sold) if _when(line) <= _when(wish)]
    before.sort(key=lambda line: line.unit_price != wish.unit_price)
    rest = wish.quantity
    parts = []
    for line in before:
        if not rest:
            break
        there = left.get(line.natural_key, line.quantity)
        taken = min(there, rest)
        if taken:
            left[line.natural_key] = there - taken
            rest -= taken
            parts.append(SoldBefore(line.natural_key, line.order_ref, line.row, taken))
    return Cancellation(wish, tuple(parts))
