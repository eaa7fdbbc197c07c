"""Invoices out of what is due: grouping, lines and tax (DOMAIN section 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from calm_desktop.engine.money import Money, percent_of


class InvoiceStatus(StrEnum):
    """Where an invoice stands; a posted one never changes."""

    DRAFT = "Draft"
    POSTED = "Posted"
    CANCELED = "Canceled"
    VOIDED = "Voided"
    ERROR = "Error"


ISSUED = (InvoiceStatus.POSTED, InvoiceStatus.VOIDED)
"""The statuses of invoices that went out: they have a number and stand in the books, voided ones until their mirror."""


class LineType(StrEnum):
    """What an invoice line is for."""

    CHARGE = "Charge"
    TAX = "Tax"
    ADJUSTMENT = "Adjustment"


class TaxMode(StrEnum):
    """Where tax stands: on an invoice of its own, or as a line of the invoice that it taxes."""

    SEPARATE_INVOICE = "separate-invoice"
    INVOICE_LINE = "invoice-line"


class CreditMode(StrEnum):
    """Where credits for unused service go: on the next invoice as negative lines, or on a credit memo."""

    NEXT_INVOICE = "next-invoice"
    MEMO = "memo"


class Grouping(StrEnum):
    """What goes on one invoice, beside account, currency and billing date."""

    ACCOUNT = "account"
    ORDER = "order"
    ORDER_ITEM = "order-item"


@dataclass(frozen=True, slots=True)
class Due:
    """A billing period item that is to be invoiced.

    `unit_price` is the net price of one unit; `tax_rate` is in percent, None where the item is not taxed.
    `payment_days` count from the invoice date to its due date. `grouping` is what the account asks for. `tax_left` is
    what a credit can still take back of the tax that was billed, in minor units; None where nothing bounds it.
    """

    billing_item: int
    account: int
    order: int
    order_item: int
    asset: int
    description: str
    billing_date: date
    start: date
    end: date
    quantity: Decimal
    unit_price: Decimal
    amount: Money
    tax_category: str
    tax_rate: Decimal | None
    payment_days: int
    grouping: Grouping
    tax_left: int | None = None

    @property
    def is_credit(self) -> bool:
        """Whether it lowers what the customer owes."""
        return self.amount.minor < 0

    @property
    def tax(self) -> Money:
        """The tax on it; a credit takes back no more than there is left (DOMAIN 5.8)."""
        tax = tax_on(self.amount, self.tax_rate)
        return tax if self.tax_left is None else tax.currency.money(max(tax.minor, -self.tax_left))


@dataclass(frozen=True, slots=True)
class Line:
    """A line to be written: a charge for one due item, or the tax on it; `amount` excludes tax."""

    type: LineType
    due: Due
    amount: Money


@dataclass(frozen=True, slots=True)
class Proposal:
    """An invoice to be written.

    `taxes` is the proposal whose charges this one taxes, where tax stands on an invoice of its own; it comes right
    before this one.
    """

    account: int
    order: int | None
    due_date: date
    date: date
    lines: tuple[Line, ...]
    taxes: Proposal | None = None

    @property
    def charges(self) -> int:
        """Minor units charged, without tax."""
        return sum(line.amount.minor for line in self.lines if line.type is not LineType.TAX)

    @property
    def tax(self) -> int:
        """Minor units of tax."""
        return sum(line.amount.minor for line in self.lines if line.type is LineType.TAX)


@dataclass(frozen=True, slots=True)
class MemoProposal:
    """A credit memo to be written for unused service: lines with amounts above zero, charges before their taxes."""

    account: int
    date: date
    lines: tuple[Line, ...]


def tax_on(amount: Money, rate: Decimal | None) -> Money:
    """The tax on one line at `rate` percent, rounded per line (DOMAIN 5.3)."""
    if not rate:
        return amount.currency.money(0)
    return percent_of(amount, rate)


def propose(
    dues: Iterable[Due], mode: TaxMode, invoice_date: date | None = None, by_item: bool = False
) -> list[Proposal]:
    """The invoices for `dues`, in order of account, date and order.

    One per account, currency, billing date and grouping; with an `invoice_date`, all that is due goes on that day.
    What credits goes on the first invoice of its account, currency and grouping on or after its billing date, and on
    one of its own where there is none. `by_item` gives each order item an invoice of its own (invoice from order). Tax
    follows `mode`; a line without tax makes none.
    """
    groups: defaultdict[tuple[int, str, date, int, int], list[Due]] = defaultdict(list)
    days: defaultdict[tuple[int, str, int, int], set[date]] = defaultdict(set)
    for due in sorted(dues, key=lambda each: each.is_credit):
        grouping = Grouping.ORDER_ITEM if by_item else due.grouping
        account, code = due.account, due.amount.currency.code
        order = due.order if grouping is not Grouping.ACCOUNT else 0
        item = due.order_item if grouping is Grouping.ORDER_ITEM else 0
        day = invoice_date or due.billing_date
        if due.is_credit:
            later = [charged for charged in days[account, code, order, item] if charged >= day]
            day = min(later, default=day)
        else:
            days[account, code, order, item].add(day)
        groups[account, code, day, order, item].append(due)
    found = []
    for (account, _, day, order, _), members in sorted(groups.items(), key=lambda group: group[0]):
        members.sort(key=lambda due: (due.order, due.order_item, due.start))
        payable = day + timedelta(days=members[0].payment_days)
        charges = [Line(LineType.CHARGE, due, due.amount) for due in members]
        taxes = [Line(LineType.TAX, due, due.tax) for due in members]
        taxes = [line for line in taxes if line.amount.minor]
        if mode is TaxMode.INVOICE_LINE:
            found.append(Proposal(account, order or None, payable, day, (*charges, *taxes)))
            continue
        charge = Proposal(account, order or None, payable, day, tuple(charges))
        found.append(charge)
        if taxes:
            found.append(Proposal(account, order or None, payable, day, tuple(taxes), charge))
    return found


def propose_memos(credits_due: Iterable[Due], memo_date: date | None = None) -> list[MemoProposal]:
    """The credit memos for what credits: one per account, currency and date, in that order, with the tax of each line.

    With a `memo_date`, all go on that day.
    """
    groups: defaultdict[tuple[int, date, str], list[Due]] = defaultdict(list)
    for due in credits_due:
        groups[due.account, memo_date or due.billing_date, due.amount.currency.code].append(due)
    found = []
    for (account, day, _), members in sorted(groups.items(), key=lambda group: group[0]):
        members.sort(key=lambda due: (due.order, due.order_item, due.start))
        charges = [Line(LineType.CHARGE, due, -due.amount) for due in members]
        taxes = [Line(LineType.TAX, due, -due.tax) for due in members]
        found.append(MemoProposal(account, day, (*charges, *(line for line in taxes if line.amount.minor))))
    return found
