"""What goes on paper: a document with its seller, where it goes, and its taxes by their rates."""

from __future__ import annotations

from dataclasses import dataclass

from calm_desktop.services.field_access import Tax, TaxRate
from calm_desktop.services.shapes.accounts import AccountHead
from calm_desktop.services.shapes.credits import CreditMemoShape
from calm_desktop.services.shapes.invoices import InvoiceShape
from calm_desktop.services.shapes.statements import StatementShape


@dataclass(frozen=True, slots=True)
class Seller:
    """The organisation as its papers name it; what the settings leave out is empty."""

    name: str
    address: tuple[str, ...]
    tax_number: str
    bank: tuple[str, ...]
    logo: bytes
    """A PNG or SVG file; empty where there is none."""


@dataclass(frozen=True, slots=True)
class TaxShare:
    """The tax of one category at one rate (in percent), and the charges that it is computed from."""

    category: str
    rate: TaxRate | None
    base: Tax
    tax: Tax


@dataclass(frozen=True, slots=True)
class PaperShape:
    """A document as it goes on paper. A statement has no `taxes`, and an invoice only those that it charges itself."""

    seller: Seller
    account: AccountHead
    address: tuple[str, ...]
    document: InvoiceShape | CreditMemoShape | StatementShape
    taxes: tuple[TaxShare, ...]
