"""What an account owes in one currency as of a day."""

from __future__ import annotations

from dataclasses import dataclass

from calm_desktop.services.field_access import Balance


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What is open of invoices, less the money on account and the credit that no invoice has yet.

    `balance` = `invoices` - `on_account` - `credit`; below zero the customer has more with us than is owed.
    """

    currency: str
    invoices: Balance
    on_account: Balance
    credit: Balance
    balance: Balance
