"""Fields that a role may be kept from seeing or changing, and what stands in the place of a hidden value."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Protected(StrEnum):
    """The fields that can be hidden from a role, or made its to read only; each is many columns of many tables."""

    UNIT_PRICE = "unit-price"
    LIST_PRICE = "list-price"
    DISCOUNT = "discount"
    ORDER_AMOUNT = "order-amount"
    ASSET_AMOUNT = "asset-amount"
    MRR = "mrr"
    BILLING_AMOUNT = "billing-amount"
    INVOICE_AMOUNT = "invoice-amount"
    BALANCE = "balance"
    TAX = "tax"
    PAYMENT = "payment"
    USAGE_CHARGE = "usage-charge"

    @property
    def meaning(self) -> str:
        """What it is, for people."""
        return _MEANINGS[self]


_MEANINGS = {
    Protected.UNIT_PRICE: "Prices per unit, as sold, renewed, invoiced and rated by use",
    Protected.LIST_PRICE: "List prices of products, and what renewals come to at them",
    Protected.DISCOUNT: "Discounts and adjustments",
    Protected.ORDER_AMOUNT: "Totals of orders and of their items",
    Protected.ASSET_AMOUNT: "Amounts of assets, state periods and actions",
    Protected.MRR: "Monthly recurring revenue, and reports of it",
    Protected.BILLING_AMOUNT: "Amounts of billing schedules, billed, pending and expected",
    Protected.INVOICE_AMOUNT: "Amounts of invoices and their lines, and their papers",
    Protected.BALANCE: "Balances of invoices and customers, statements and aging",
    Protected.TAX: "Tax amounts and rates",
    Protected.PAYMENT: "Amounts of payments, credits and refunds",
    Protected.USAGE_CHARGE: "What use is rated at",
}


class Hidden:
    """A value that is not to be seen: nothing whatever is done with it, as NaN is no number whatever is done with it.

    It is false, empty, shown as no text, and neither less nor more than anything.
    """

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return ""

    def __repr__(self) -> str:
        return "HIDDEN"

    def __format__(self, _: str) -> str:
        return ""

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Any:
        return iter(())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def _itself(self, *_: object) -> Any:
        return self

    def _never(self, _: object) -> bool:
        return False

    __call__ = __getitem__ = _itself
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _itself
    __neg__ = __abs__ = _itself
    __lt__ = __le__ = __gt__ = __ge__ = _never

    def __reduce__(self) -> str:
        return "HIDDEN"


HIDDEN: Any = Hidden()
"""The one hidden value."""
