"""What is open on invoices: the one place that says what a line's balance is (DOMAIN 5.6)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from sqlalchemy import ColumnElement, and_, case, func, select

from calm_desktop.engine.catalog import Settlement
from calm_desktop.engine.invoicing import InvoiceStatus
from calm_desktop.engine.money import Currency
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_invoices, _lines = tables.invoice.c, tables.invoice_line.c
_OWED = (InvoiceStatus.DRAFT.value, InvoiceStatus.POSTED.value)


def line_balance() -> ColumnElement[int]:
    """What is open of an invoice line, in minor units: its amount, tax being a line of its own.

    What lowers it (payments, credits) is taken off here and nowhere else. The query must join the invoice.
    """
    return case((_invoices.status.in_(_OWED), _lines.amount), else_=0)


def posted_by(day: date) -> ColumnElement[bool]:
    """Whether an invoice counts in the invoice line balance as of `day`: posted, and dated up to it (DOMAIN 4.9)."""
    return and_(_invoices.status == InvoiceStatus.POSTED.value, _invoices.invoice_date <= day)


def settlement(total: int, balance: int) -> Settlement:
    """How far an invoice of `total` minor units is paid or credited, when `balance` is open."""
    if balance == 0:
        return Settlement.SETTLED
    return Settlement.NOT_SETTLED if balance == total else Settlement.PARTIALLY_SETTLED


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
    """The invoice line balance over time of the `lines` that the condition picks, by currency."""
    query = (
        select(_invoices.currency, _invoices.invoice_date, func.sum(line_balance()))
        .join(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .where(lines, _invoices.status == InvoiceStatus.POSTED.value)
        .group_by(_invoices.currency, _invoices.invoice_date)
        .order_by(_invoices.currency, _invoices.invoice_date)
    )
    found: defaultdict[str, list[tuple[date, int]]] = defaultdict(list)
    for code, day, minor in tx.db.execute(query):
        found[code].append((day, int(minor)))
    return {currency_named(code): _steps(changes) for code, changes in found.items()}


def _steps(changes: Sequence[tuple[date, int]]) -> BalanceSteps:
    days, minor = zip(*changes, strict=True)
    return BalanceSteps(days, tuple(accumulate(minor)))


def open_on(tx: Tx, lines: ColumnElement[bool], day: date) -> tuple[int, int]:
    """How many invoices are overdue (due before `day`), and how many lines are open, as of `day`."""
    query = (
        select(_invoices.id, _invoices.due_date, func.sum(line_balance()), func.sum(_is_open()))
        .join(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .where(lines, posted_by(day))
        .group_by(_invoices.id, _invoices.due_date)
    )
    overdue = count = 0
    for _, due, balance, open_lines in tx.db.execute(query):
        overdue += balance > 0 and due < day
        count += int(open_lines)
    return overdue, count


def _is_open() -> ColumnElement[int]:
    return case((line_balance() != 0, 1), else_=0)
