"""Invoices and their lines, and what a run made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calm_desktop.engine.money import Money
from calm_desktop.services.shapes.credits import CreditMemoShape, InvoiceCredit, InvoicePayment

Day = date
"""The type of a day, for shapes that have a field called `date`."""


@dataclass(frozen=True, slots=True)
class InvoiceHead:
    """An invoice; `total` = charges + tax, `balance` = total - payments - credits. A draft has no number.

    `converted_negative_amount` is what its negative lines came to that a credit memo took over, zero or below. A mirror
    `voids` an invoice, which is `voided_by` it: together they are nothing.
    """

    id: str
    number: str | None
    account: str
    account_id: str
    order: str | None
    status: str
    settlement: str
    date: Day
    due: Day
    currency: str
    charges: Money
    tax: Money
    total: Money
    balance: Money
    converted_negative_amount: Money
    voids: str | None
    voids_id: str | None
    voided_by: str | None
    voided_by_id: str | None


@dataclass(frozen=True, slots=True)
class InvoiceLineShape:
    """One invoice line; `amount` is without tax; on a charge line `tax` is the tax that was computed for it."""

    id: str
    line: int
    type: str
    description: str
    start: date
    end: date
    quantity: Decimal
    unit_price: Decimal
    amount: Money
    tax: Money
    balance: Money
    order_item: str
    asset: str
    asset_id: str
    currency: str


@dataclass(frozen=True, slots=True)
class InvoiceShape:
    """`show invoice`; the balance is its total less its `payments` and `credits`, nothing from the day of a void on."""

    invoice: InvoiceHead
    lines: tuple[InvoiceLineShape, ...]
    payments: tuple[InvoicePayment, ...]
    credits: tuple[InvoiceCredit, ...]


@dataclass(frozen=True, slots=True)
class InvoiceLineRow:
    """A line of the invoice lines list."""

    id: str
    invoice: str
    invoice_id: str
    status: str
    date: Day
    account: str
    account_id: str
    asset: str
    asset_id: str
    order_item: str
    type: str
    description: str
    start: Day
    end: Day
    quantity: Decimal
    unit_price: Decimal
    amount: Money
    balance: Money
    currency: str


@dataclass(frozen=True, slots=True)
class SkippedAccount:
    """An account that a run passed over, and why."""

    account: str
    reason: str


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """What a run invoiced in one currency."""

    currency: str
    invoices: int
    charges: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class InvoiceResult:
    """What an invoice run or an invoice from order answers; `credits` are the memos that a run wrote.

    A run can be asked to show only the first of them: `count` and `credit_count` are how many there are, and the totals
    are those of all.
    """

    invoices: tuple[InvoiceShape, ...]
    skipped: tuple[SkippedAccount, ...]
    totals: tuple[CurrencyTotals, ...]
    credits: tuple[CreditMemoShape, ...]
    count: int
    credit_count: int
    request_id: str
