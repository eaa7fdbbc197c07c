"""What an account owes in one currency, and the statement of account that leads to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from calm_desktop.services.field_access import Balance, InvoiceAmount, Telling
from calm_desktop.services.shapes.accounts import AccountHead
from calm_desktop.services.shapes.balances import AccountBalance

Day = date
"""The type of a day, for shapes that have a field called `date`."""


@dataclass(frozen=True, slots=True)
class AgingShape:
    """What is open of invoices, by the days that they are overdue; what they credit lowers their bucket."""

    not_due: Balance
    days_1_30: Balance
    days_31_60: Balance
    days_61_90: Balance
    over_90: Balance
    total: Balance


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One document: what it adds to the balance (below zero: takes off it), and the running balance after it.

    `kind` is invoice, mirror, credit, payment or refund; `open` is what an invoice has open at the end of the
    statement, None for other documents. A memo made of negative lines moves nothing: the invoice had them taken off.
    """

    date: Day
    kind: str
    id: str
    number: str
    description: Telling
    due: Day | None
    amount: InvoiceAmount
    balance: Balance
    open: Balance | None


@dataclass(frozen=True, slots=True)
class StatementPart:
    """The statement in one currency: `closing.balance` = opening + all entries; aging is as of the last day."""

    currency: str
    opening: Balance
    entries: tuple[StatementEntry, ...]
    closing: AccountBalance
    aging: AgingShape


@dataclass(frozen=True, slots=True)
class StatementShape:
    """`statement`: the documents of an account from day to day, both inclusive, a part for each currency.

    `address` is where it goes: the lines of the account's bill-to address, else its name and country.
    """

    account: AccountHead
    address: tuple[str, ...]
    start: date
    end: date
    parts: tuple[StatementPart, ...]
