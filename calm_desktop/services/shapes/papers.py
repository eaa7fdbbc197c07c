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
    """A recorded payment as in `show payment`, and the invoices that it lowered."""

    payment: PaymentHead
    applied: tuple[AppliedShape, ...]
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
    """A recorded refund, and the credit memo that it was paid out of."""

    refund: RefundShape
    credit: CreditMemoHead
