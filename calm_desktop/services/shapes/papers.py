"""What paying, crediting, converting, applying and refunding answer."""

from __future__ import annotations

from dataclasses import dataclass

from calm_desktop.services.shapes.credits import (
    AppliedShape,
    CreditMemoHead,
    CreditMemoLineShape,
    PaymentHead,
    RefundShape,
)
from calm_desktop.services.shapes.invoices import InvoiceShape


@dataclass(frozen=True, slots=True)
class PaymentResult:
    """A payment as in `show payment`, and the invoices that it lowered."""

    payment: PaymentHead
    applied: tuple[AppliedShape, ...]
    refunds: tuple[RefundShape, ...]
    invoices: tuple[InvoiceShape, ...]


@dataclass(frozen=True, slots=True)
class CreditResult:
    """A credit memo as in `show credit`, and the invoices that it concerns."""

    credit: CreditMemoHead
    lines: tuple[CreditMemoLineShape, ...]
    applied: tuple[AppliedShape, ...]
    refunds: tuple[RefundShape, ...]
    invoices: tuple[InvoiceShape, ...]


@dataclass(frozen=True, slots=True)
class RefundResult:
    """A recorded refund, and the credit memo or the payment that it was paid out of."""

    refund: RefundShape
    credit: CreditMemoHead | None
    payment: PaymentHead | None


@dataclass(frozen=True, slots=True)
class VoidResult:
    """What voiding and correcting answer.

    `invoices` are those that were voided, with their tax invoices; `mirrors` take them back; `payments` and `credits`
    are the documents whose money and credit came free; `drafts`, of a correction, bill the same items anew.
    """

    invoices: tuple[InvoiceShape, ...]
    mirrors: tuple[InvoiceShape, ...]
    payments: tuple[PaymentHead, ...]
    credits: tuple[CreditMemoHead, ...]
    drafts: tuple[InvoiceShape, ...]
    request_id: str
