"""What is open on invoices: the one place that says what a line's balance is (DOMAIN 5.6)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from sqlalchemy import ColumnElement, and_, case, func, select

from calm_desktop.engine.catalog import Settlement
from calm_desktop.engine.invoicing import ISSUED, InvoiceStatus
from calm_desktop.engine.money import Currency
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_invoices, _lines, _settlements = tables.invoice.c, tables.invoice_line.c, tables.settlement.c
_ISSUED = tuple(status.value for status in ISSUED)
_OWED = (InvoiceStatus.DRAFT.value, *_ISSUED)


def line_balance(as_of: date | None = None) -> ColumnElement[int]:
    """What is open of an invoice line, in minor units: its amount, tax being a line of its own, less what lowers it.

    Payments, credits and mirrors dated up to `as_of` count, all that are recorded without it. They are taken off here
    and in `balance_steps`, and nowhere else. A voided invoice needs no rule of its own: what its mirror and the release
    of payments settle on the day of the void closes it from then on, and it stays open before. The query must join the
    invoice.
    """
    return case((_invoices.status.in_(_OWED), _lines.amount - _settled(as_of)), else_=0)


def converted(as_of: date | None = None) -> ColumnElement[int]:
    """What of an invoice line, zero or below, a credit memo took over by `as_of`."""
    return _settled(as_of, *taking_over())


def taking_over() -> tuple[ColumnElement[bool], ...]:
    """Whether a settlement is that of a memo which took over a line below zero. The query must join the line."""
    return _settlements.memo_id.is_not(None), _lines.amount < 0


def _settled(as_of: date | None, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    query = select(func.coalesce(func.sum(_settlements.amount), 0)).where(
        _settlements.invoice_line_id == _lines.id, *conditions
    )
    if as_of is not None:
        query = query.where(_settlements.day <= as_of)
    return query.correlate(tables.invoice_line).scalar_subquery()


def posted_by(day: date) -> ColumnElement[bool]:
    """Whether an invoice counts in the invoice line balance as of `day`: issued, and dated up to it (DOMAIN 4.9)."""
    return and_(is_issued(), _invoices.invoice_date <= day)


def is_issued() -> ColumnElement[bool]:
    """Whether an invoice went out: it is posted, or was and is voided."""
    return _invoices.status.in_(_ISSUED)


def settlement(owed: int, balance: int) -> Settlement:
    """How far `owed` minor units of an invoice are paid or credited, when `balance` is open."""
    if balance == 0:
        return Settlement.SETTLED
    return Settlement.NOT_SETTLED if balance == owed else Settlement.PARTIALLY_SETTLED


@dataclass(frozen=True, slots=True)
class BalanceSteps:
    """The invoice line balance of one currency: from each of `days` on, the minor units at the same place are open."""

    days: tuple[date, ...]
    minor: tuple[int, ...]

    def on(self, day: date) -> int:
        """What is open as of `day`, in minor units."""
        steps = bisect_right(self.days, day)
        return self.minor[steps - 1] if steps else 0


def balance_steps(tx: Tx, lines: ColumnElement[bool]) -> dict[Currency, BalanceSteps]:
    """The invoice line balance over time of the `lines` that the condition picks, by currency.

    A line opens on its invoice's date; each payment, credit and mirror lowers it on its own.
    """
    issued = (lines, is_issued())
    opened = (
        select(_invoices.currency, _invoices.invoice_date, func.sum(_lines.amount))
        .join(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .where(*issued)
        .group_by(_invoices.currency, _invoices.invoice_date)
    )
    settled = (
        select(_invoices.currency, _settlements.day, -func.sum(_settlements.amount))
        .join(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .join(tables.settlement, _settlements.invoice_line_id == _lines.id)
        .where(*issued)
        .group_by(_invoices.currency, _settlements.day)
    )
    found: defaultdict[str, Counter[date]] = defaultdict(Counter)
    for query in (opened, settled):
        for code, day, minor in tx.db.execute(query):
            found[code][day] += int(minor)
    return {currency_named(code): _steps(found[code]) for code in sorted(found)}


def _steps(changes: Mapping[date, int]) -> BalanceSteps:
    days = tuple(sorted(changes))
    return BalanceSteps(days, tuple(accumulate(changes[day] for day in days)))


def open_on(tx: Tx, lines: ColumnElement[bool], day: date) -> tuple[int, int]:
    """How many invoices are overdue (due before `day`), and how many lines are open, as of `day`."""
    query = (
        select(_invoices.id, _invoices.due_date, func.sum(line_balance(day)), func.sum(_is_open(day)))
        .join(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .where(lines, posted_by(day))
        .group_by(_invoices.id, _invoices.due_date)
    )
    overdue = count = 0
    for _, due, balance, open_lines in tx.db.execute(query):
        overdue += balance > 0 and due < day
        count += int(open_lines)
    return overdue, count


def _is_open(day: date) -> ColumnElement[int]:
    return case((line_balance(day) != 0, 1), else_=0)
