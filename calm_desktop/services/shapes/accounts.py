"""Customers: alone, whole, as a line of a list, and to be changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from calm_desktop.engine.fields import CustomField
from calm_desktop.services.field_access import AssetAmount, Balance, Mrr
from calm_desktop.services.shapes.assets import AssetHead, CardFigures, SeriesShape
from calm_desktop.services.shapes.balances import AccountBalance
from calm_desktop.services.shapes.exchange import ReportingFigures
from calm_desktop.services.shapes.fields import FieldsTold
from calm_desktop.services.shapes.holds import HoldShape


@dataclass(frozen=True, slots=True)
class AccountHead:
    """A customer."""

    id: str
    number: str
    name: str
    currency: str
    country: str
    tax_profile: str
    bill_to: str
    bill_day: int | None
    payment_days: int
    invoice_by: str
    fields: FieldsTold = field(default_factory=dict, hash=False, metadata={"when true": True})


@dataclass(frozen=True, slots=True)
class AccountShape:
    """`show account`: one customer with cards, series and assets as of a day; `hold` is the one in force today, if any.

    `reporting` is the cards' money in the reporting currency, None where the organisation has chosen none.
    """

    account: AccountHead
    as_of: date
    cards: tuple[CardFigures, ...]
    balances: tuple[AccountBalance, ...]
    reporting: ReportingFigures | None
    hold: HoldShape | None
    series: tuple[SeriesShape, ...]
    assets: tuple[AssetHead, ...]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A line of the accounts list: figures in its own currency as of a day; `others` holds other currencies.

    `reporting` is the money of all of them in the reporting currency, None where the organisation has chosen none.
    """

    id: str
    number: str
    name: str
    country: str
    currency: str
    assets: int
    quantity: Decimal
    amount: AssetAmount
    mrr: Mrr
    invoice_line_balance: Balance
    others: tuple[CardFigures, ...]
    reporting: ReportingFigures | None
    fields: FieldsTold = field(default_factory=dict, hash=False, metadata={"when true": True})


@dataclass(frozen=True, slots=True)
class AccountEditing:
    """A customer to be changed (None: to be added), and what a new one takes when it is not told."""

    account: AccountHead | None
    currency: str
    payment_days: str
    tax_profiles: tuple[str, ...]
    fields: tuple[CustomField, ...] = ()
