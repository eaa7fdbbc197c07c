"""What the pages of the window show, each from one look at the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Generic, TypeVar

from calm_desktop.engine.fields import CustomField
from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.money import Money
from calm_desktop.services.field_access import AssetAmount, Balance, Mrr, Telling
from calm_desktop.services.shapes.accounts import AccountHead
from calm_desktop.services.shapes.assets import (
    ActionRow,
    AssetHead,
    CardFigures,
    PeriodStart,
    SeriesShape,
    StatePeriodShape,
)
from calm_desktop.services.shapes.balances import AccountBalance
from calm_desktop.services.shapes.billing import Billing
from calm_desktop.services.shapes.exchange import ReportingFigures
from calm_desktop.services.shapes.holds import HoldShape
from calm_desktop.services.shapes.invoices import InvoiceHead
from calm_desktop.services.shapes.orders import OrderRow
from calm_desktop.services.shapes.usage import UsagePage

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class LifecyclePage:
    """All that the account page or the asset page shows, from one look at the store.

    `cards` hold as of `as_of`, `cards_before` a year earlier; `reporting` is the cards' money in the reporting
    currency, None where the organisation has chosen none. `series` run over the whole lifecycle; `balance_series`
    is the invoice line balance by currency. `actions` are those of the chosen days, in the order recorded.
    """

    account: AccountHead
    asset: AssetHead | None
    as_of: date
    today: date
    cards: tuple[CardFigures, ...]
    cards_before: tuple[CardFigures, ...]
    reporting: ReportingFigures | None
    lifetime_amounts: tuple[AssetAmount, ...]
    series: tuple[SeriesShape, ...]
    balance_series: Annotated[tuple[tuple[str, tuple[date, ...], tuple[Money, ...]], ...], Protected.BALANCE]
    period_starts: tuple[PeriodStart, ...]
    state_periods: tuple[StatePeriodShape, ...]
    assets: tuple[AssetHead, ...]
    actions: tuple[ActionRow, ...]
    orders: tuple[OrderRow, ...]
    invoices: tuple[InvoiceHead, ...]
    billing: Billing | None
    overdue: int
    open_lines: int
    usage: UsagePage | None = None
    """What was used, for an asset that is rated by it."""
    hold: HoldShape | None = None
    """What keeps runs from invoicing it today, if anything does."""
    balances: tuple[AccountBalance, ...] = ()
    """What a customer owes, less what is on account, as of `as_of`; nothing on the page of an asset."""
    fields: tuple[CustomField, ...] = ()
    """The fields of one's own that records of any object have."""


@dataclass(frozen=True, slots=True)
class MrrSeries:
    """Monthly recurring revenue of all customers in one currency: from each of `days` on, the figure beside it."""

    currency: str
    days: tuple[date, ...]
    mrr: tuple[Mrr, ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """What customers owe in one currency on posted invoices, and how much of it is overdue."""

    currency: str
    invoices: int
    balance: Balance
    overdue_invoices: int
    overdue: Balance


@dataclass(frozen=True, slots=True)
class HomeStart:
    """How far a store has come: who is in it, what can be sold, and whether anything was ever sold."""

    today: date
    accounts: int
    products: int
    sold: bool


@dataclass(frozen=True, slots=True)
class Recurring:
    """Monthly recurring revenue of all customers over time, by currency, as of `today`."""

    today: date
    series: tuple[MrrSeries, ...]


@dataclass(frozen=True, slots=True)
class ActiveAssets:
    """How many assets are in force today, and how many customers there are."""

    assets: int
    accounts: int


@dataclass(frozen=True, slots=True)
class FirstRows(Generic[Row]):
    """The first of some rows, as of `today`; `count` is how many there are, None where nobody counted."""

    today: date
    rows: tuple[Row, ...]
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """Assets whose term ends from `today` to `until` with nothing after it: `assets` of them, with this MRR together.

    `first` is the one that ends first.
    """

    today: date
    until: date
    assets: int
    mrr: tuple[Mrr, ...]
    first: AssetHead | None


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer of the search over everything: `link` opens it."""

    kind: str
    title: str
    subtitle: Telling
    link: str
