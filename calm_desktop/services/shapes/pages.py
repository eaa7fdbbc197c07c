"""What the pages of the window show, each from one look at the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from calm_desktop.engine.fields import CustomField
from calm_desktop.engine.money import Money
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
    lifetime_amounts: tuple[Money, ...]
    series: tuple[SeriesShape, ...]
    balance_series: tuple[tuple[str, tuple[date, ...], tuple[Money, ...]], ...]
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
    mrr: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Owed:
    """What customers owe in one currency on posted invoices, and how much of it is overdue."""

    currency: str
    invoices: int
    balance: Money
    overdue_invoices: int
    overdue: Money


@dataclass(frozen=True, slots=True)
class HomeShape:
    """What the first page shows, from one look at the store.

    `ending` are assets whose term ends from `today` to `until` with nothing after it, next end first; `open_invoices`
    those to be paid, first due first, at most 100; `latest` the last 20 changes, newest first. `reporting` is the money
    of all customers in the reporting currency, None where the organisation has chosen none.
    """

    today: date
    until: date
    accounts: int
    products: int
    active_assets: int
    mrr: tuple[MrrSeries, ...]
    reporting: ReportingFigures | None
    ending: tuple[AssetHead, ...]
    owed: tuple[Owed, ...]
    open_invoices: tuple[InvoiceHead, ...]
    latest: tuple[ActionRow, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer of the search over everything: `link` opens it."""

    kind: str
    title: str
    subtitle: str
    link: str
