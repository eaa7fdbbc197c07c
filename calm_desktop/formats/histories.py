"""Periods of a subscription -> the subscription: one line with steps, from its first day, billed through its last."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from calm_desktop.formats.drafts import OrderLine, OrderStep


@dataclass(slots=True)
class _Subscription:
    """What is known so far: the first period, the quantity and price from each day on, and the last day billed."""

    first: OrderLine
    terms: dict[date, tuple[Decimal, Decimal | None]] = field(default_factory=dict)
    billed_through: date | None = None


class History:
    """Puts the periods of subscriptions together. Memory grows with the subscriptions and their changes.

    The periods of a subscription are the lines of one order and product, in any order. Where two begin on the same day
    their quantities add up at one price; else the larger price holds, since the smaller one is a part of a period.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], _Subscription] = {}

    def add(self, line: OrderLine) -> None:
        """A period: from the line's start, billed through its `billed_through`."""
        known = self._found.setdefault((line.order_ref, line.product_code), _Subscription(line))
        if line.start < known.first.start:
            known.first = line
        now = line.quantity, line.unit_price
        before = known.terms.get(line.start)
        if before is not None:
            same = before[1] == now[1]
            now = (before[0] + now[0], now[1]) if same else max(before, now, key=lambda terms: terms[1] or Decimal(0))
        known.terms[line.start] = now
        if line.billed_through is not None:
            known.billed_through = max(line.billed_through, known.billed_through or line.billed_through)

    def lines(self) -> Iterator[OrderLine]:
        """The subscriptions, in the order in which they came first."""
        for known in self._found.values():
            (_, held), *later = sorted(known.terms.items())
            steps = []
            before = held
            for day, terms in later:
                if terms != before:
                    steps.append(OrderStep(day, *terms, None))
                before = terms
            line = known.first._replace(
                quantity=held[0], unit_price=held[1], billed_through=known.billed_through, steps=tuple(steps)
            )
            said = f"{line.content_key}|{held}|{steps}|{line.billed_through}|{line.cancel_from}"
            key = hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
            yield line._replace(content_key=key, occurrence=1)
