"""What lowers an invoice's balance: credit memos, payments and refunds, alone and whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from calm_desktop.services.field_access import Balance, Paid

Day = date
"""The type of a day, for shapes that have a field called `date`."""


@dataclass(frozen=True, slots=True)
class AppliedShape:
    """What a payment or a credit memo took off one invoice line, on a day; below zero where a void gave it back."""

    invoice: str
    invoice_id: str
    line: int
    type: str
    description: str
    date: Day
    amount: Paid


@dataclass(frozen=True, slots=True)
class CreditMemoHead:
    """A credit memo; `balance` = total - applied - refunded. `invoice` is the one that it was made from, if any.

    `reason` is given, converted (from negative lines) or unused (service that ended).
    """

    id: str
    number: str
    account: str
    account_id: str
    invoice: str | None
    invoice_id: str | None
    reason: str
    date: Day
    currency: str
    total: Paid
    applied: Paid
    refunded: Paid
    balance: Balance
    note: str


@dataclass(frozen=True, slots=True)
class CreditMemoLineShape:
    """One line of a credit memo, and the invoice line that it is for."""

    line: int
    type: str
    description: str
    start: date
    end: date
    amount: Paid
    invoice: str | None
    invoice_id: str | None
    invoice_line: int | None
    asset: str | None
    asset_id: str | None


@dataclass(frozen=True, slots=True)
class RefundShape:
    """What was paid back out of a credit memo, or of the money of a payment that is on account."""

    id: str
    number: str
    credit: str | None
    credit_id: str | None
    payment: str | None
    payment_id: str | None
    date: Day
    amount: Paid
    currency: str


@dataclass(frozen=True, slots=True)
class CreditMemoShape:
    """`show credit`."""

    credit: CreditMemoHead
    lines: tuple[CreditMemoLineShape, ...]
    applied: tuple[AppliedShape, ...]
    refunds: tuple[RefundShape, ...]


@dataclass(frozen=True, slots=True)
class PaymentHead:
    """A payment; `balance` = amount - applied - refunded is on account: no invoice has it.

    `invoice` is the first one that it pays, if any.
    """

    id: str
    number: str
    account: str
    account_id: str
    invoice: str | None
    invoice_id: str | None
    date: Day
    currency: str
    amount: Paid
    applied: Paid
    refunded: Paid
    balance: Balance
    reference: str


@dataclass(frozen=True, slots=True)
class PaymentShape:
    """`show payment`."""

    payment: PaymentHead
    applied: tuple[AppliedShape, ...]
    refunds: tuple[RefundShape, ...]


@dataclass(frozen=True, slots=True)
class InvoicePayment:
    """What one payment took off an invoice on a day; below zero where a void gave it back."""

    id: str
    number: str
    date: Day
    amount: Paid
    reference: str


@dataclass(frozen=True, slots=True)
class InvoiceCredit:
    """What one credit memo took off an invoice on a day.

    Below zero where it took over negative lines, or where a void gave it back.
    """

    id: str
    number: str
    date: Day
    reason: str
    amount: Paid
    note: str
