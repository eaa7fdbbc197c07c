"""Invoices and their lines, and what a run made."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from calm_desktop.services.field_access import Balance, InvoiceAmount, Tax, Telling, UnitPrice
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
    charges: InvoiceAmount
    tax: Tax
    total: InvoiceAmount
    balance: Balance
    converted_negative_amount: InvoiceAmount
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
    description: Telling
    start: date
    end: date
    quantity: Decimal
    unit_price: UnitPrice
    amount: InvoiceAmount
    tax: Tax
    balance: Balance
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
    description: Telling
    start: Day
    end: Day
    quantity: Decimal
    unit_price: UnitPrice
    amount: InvoiceAmount
    balance: Balance
    currency: str


@dataclass(frozen=True, slots=True)
class SkippedAccount:
    """An account that a run passed over, and why."""

    account: str
    reason: Telling


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """What a run invoiced in one currency."""

    currency: str
    invoices: int
    charges: InvoiceAmount
    tax: Tax


@dataclass(frozen=True, slots=True)
class PaperWarning:
    """A text that goes on an invoice, and the characters in it that the font of paper lacks.

    What stands on every paper, such as the company's name, is told once, without invoice and account.
    """

    invoice: str
    number: str | None
    account: str
    text: str
    characters: str

    @property
    def called(self) -> str:
        """The invoice for people."""
        return self.number or self.invoice or "every one"


@dataclass(frozen=True, slots=True)
class ListedInvoice:
    """An invoice as a list of very many has it: `invoice` and `account` are numbers in the store's own counting."""

    invoice: int
    account: int
    date: Day
    due: Day
    currency: str
    charges: int
    tax: int


@dataclass(frozen=True, slots=True)
class ListedRow:
    """An invoice that would be made, as a row of a long list."""

    account: str
    account_id: str
    date: Day
    due: Day
    charges: InvoiceAmount
    tax: Tax
    total: InvoiceAmount


@dataclass(frozen=True, slots=True)
class InvoiceListing:
    """Very many invoices in little room: whole numbers, `WIDTH` for each, in the order in which they were made."""

    WIDTH = 7

    cells: array[int] = field(default_factory=lambda: array("q"))
    currencies: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.cells) // self.WIDTH

    def __getitem__(self, place: int) -> ListedInvoice:
        invoice, account, day, due, code, charges, tax = self.cells[place * self.WIDTH : (place + 1) * self.WIDTH]
        currency = self.currencies[code]
        return ListedInvoice(invoice, account, date.fromordinal(day), date.fromordinal(due), currency, charges, tax)

    def __iter__(self) -> Iterator[ListedInvoice]:
        return (self[place] for place in range(len(self)))

    def add(self, listed: ListedInvoice) -> None:
        """List one more."""
        if listed.currency not in self.currencies:
            self.currencies.append(listed.currency)
        code, days = self.currencies.index(listed.currency), (listed.date.toordinal(), listed.due.toordinal())
        self.cells.extend((listed.invoice, listed.account, *days, code, listed.charges, listed.tax))


@dataclass(frozen=True, slots=True)
class InvoiceResult:
    """What an invoice run or an invoice from order answers; `credits` are the memos that a run wrote.

    A run can be asked to show only the first of them: `count` and `credit_count` are how many there are, and the totals
    are those of all. `warnings` are the first of `warning_count`. `listing`, where it was asked for, has every invoice.
    """

    invoices: tuple[InvoiceShape, ...]
    skipped: tuple[SkippedAccount, ...]
    totals: tuple[CurrencyTotals, ...]
    credits: tuple[CreditMemoShape, ...]
    count: int
    credit_count: int
    request_id: str
    warnings: tuple[PaperWarning, ...] = ()
    warning_count: int = 0
    listing: InvoiceListing | None = field(default=None, metadata={"when true": True})
