"""What is answered: frozen shapes whose field names are those of the JSON we promise; `wire.to_json` writes them.

Money carries its currency; quantities and prices are `Decimal`; ids are 18-character texts. `as_of` days are days on
which figures hold, from state periods; amounts of running evergreen periods are None.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from calm_desktop.engine.money import Money
from calm_desktop.formats.drafts import RowProblem

Day = date
"""The type of a day, for shapes that have a field called `date`."""


@dataclass(frozen=True, slots=True)
class AssetHead:
    """An asset with its figures as of a day; `account` and `product` are name and code."""

    id: str
    number: str
    name: str
    account: str
    account_id: str
    product: str
    product_id: str
    product_name: str
    kind: str
    quantity: Decimal
    amount: Money
    mrr: Money
    currency: str
    lifecycle_start: date
    lifecycle_end: date | None
    renewal_term: int | None
    renewal_term_unit: str | None
    renewal_pricing: str | None
    total_lifecycle_amount: Money
    status: str
    """Scheduled, Active or Ended, as of the day."""


@dataclass(frozen=True, slots=True)
class StatePeriodShape:
    """A state period; `end` is the last day, None while open."""

    start: date
    end: date | None
    quantity: Decimal
    amount: Money | None
    mrr: Money


@dataclass(frozen=True, slots=True)
class SourceShape:
    """Where an action came from; `reference` is order or work order number/line, or the external reference."""

    kind: str
    reference: str
    system: str | None
    start: date
    end: date | None
    quantity: Decimal
    product_amount: Money
    adjustment: Money
    estimated_tax: Money
    actual_tax: Money
    subtotal: Money
    order_id: str | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Running totals after an action: last state's quantity and MRR, lifetime amount, and amounts by category."""

    quantity: Decimal
    amount: Money
    mrr: Money
    categories: dict[str, Money]


@dataclass(frozen=True, slots=True)
class ActionShape:
    """One asset action, in the order recorded."""

    id: str
    action_date: date
    effective_date: date
    category: str
    type: str
    quantity_change: Decimal
    amount_change: Money
    mrr_change: Money
    totals: Totals
    sources: tuple[SourceShape, ...]


@dataclass(frozen=True, slots=True)
class BillingItemShape:
    """One billing period item; `invoice` is the invoice's number (its id while a draft), None while not invoiced."""

    start: date
    end: date
    billing_date: date
    amount: Money
    invoice: str | None


@dataclass(frozen=True, slots=True)
class ScheduleShape:
    """A billing schedule, without tax. `billed` counts posted invoices; evergreen: total and pending None."""

    id: str
    order_item: str
    order: str
    category: str
    status: str
    start: date
    end: date | None
    total: Money | None
    billed: Money
    pending: Money | None
    next_billing_date: date | None
    next_charge_from: date | None
    items: tuple[BillingItemShape, ...]


@dataclass(frozen=True, slots=True)
class GroupShape:
    """All billing of one asset, rolled up."""

    id: str
    start: date
    end: date | None
    total_billed: Money
    total_pending: Money | None
    next_billing_date: date | None


@dataclass(frozen=True, slots=True)
class Billing:
    """The billing of an asset; no group before there is a schedule."""

    group: GroupShape | None
    schedules: tuple[ScheduleShape, ...]


@dataclass(frozen=True, slots=True)
class AssetShape:
    """`show asset`: one asset, whole."""

    asset: AssetHead
    state_periods: tuple[StatePeriodShape, ...]
    actions: tuple[ActionShape, ...]
    billing: Billing


@dataclass(frozen=True, slots=True)
class CardFigures:
    """The four cards in one currency, as of a day."""

    currency: str
    quantity: Decimal
    amount: Money
    mrr: Money
    invoice_line_balance: Money


@dataclass(frozen=True, slots=True)
class SeriesShape:
    """Steps of the figures in one currency: from each of `days` on, the figures at the same place hold."""

    currency: str
    days: tuple[date, ...]
    quantity: tuple[Decimal, ...]
    mrr: tuple[Money, ...]
    amount: tuple[Money, ...]


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


@dataclass(frozen=True, slots=True)
class AccountShape:
    """`show account`: one customer with cards, series and assets as of a day."""

    account: AccountHead
    as_of: date
    cards: tuple[CardFigures, ...]
    series: tuple[SeriesShape, ...]
    assets: tuple[AssetHead, ...]


@dataclass(frozen=True, slots=True)
class OrderItemShape:
    """One order item."""

    id: str
    line: int
    product: str
    asset: str | None
    category: str
    start: date
    end: date | None
    quantity: Decimal
    list_price: Decimal
    unit_price: Decimal
    discount: Decimal
    net_unit_price: Decimal
    price_unit: str
    term_count: Fraction | None
    frequency: str
    timing: str
    boundary: str
    partial: str
    remainder: str
    total: Money | None
    currency: str


@dataclass(frozen=True, slots=True)
class OrderShape:
    """An order; `total` sums the items whose total is known."""

    id: str
    number: str
    account: str
    account_id: str
    kind: str
    status: str
    order_date: date
    effective_date: date
    currency: str
    total: Money
    items: tuple[OrderItemShape, ...]


@dataclass(frozen=True, slots=True)
class OrderResult:
    """What sell, renew, activate and the two steps answer."""

    orders: tuple[OrderShape, ...]
    assets: tuple[AssetShape, ...]
    request_id: str


@dataclass(frozen=True, slots=True)
class ShowOrder:
    """`show order`."""

    order: OrderShape
    assets: tuple[AssetHead, ...]


@dataclass(frozen=True, slots=True)
class InvoiceHead:
    """An invoice; `total` = charges + tax, `balance` = total - payments - credits. A draft has no number."""

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
    charges: Money
    tax: Money
    total: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class InvoiceLineShape:
    """One invoice line; `amount` is without tax; on a charge line `tax` is the tax that was computed for it."""

    id: str
    type: str
    description: str
    start: date
    end: date
    quantity: Decimal
    unit_price: Decimal
    amount: Money
    tax: Money
    balance: Money
    order_item: str
    asset: str
    asset_id: str
    currency: str


@dataclass(frozen=True, slots=True)
class InvoiceShape:
    """`show invoice`."""

    invoice: InvoiceHead
    lines: tuple[InvoiceLineShape, ...]


@dataclass(frozen=True, slots=True)
class SkippedAccount:
    """An account that a run passed over, and why."""

    account: str
    reason: str


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """What a run invoiced in one currency."""

    currency: str
    invoices: int
    charges: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class InvoiceResult:
    """What an invoice run or an invoice from order answers."""

    invoices: tuple[InvoiceShape, ...]
    skipped: tuple[SkippedAccount, ...]
    totals: tuple[CurrencyTotals, ...]
    request_id: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A line of the accounts list: figures in its own currency as of a day; `others` holds other currencies."""

    id: str
    number: str
    name: str
    country: str
    currency: str
    assets: int
    quantity: Decimal
    amount: Money
    mrr: Money
    invoice_line_balance: Money
    others: tuple[CardFigures, ...]


@dataclass(frozen=True, slots=True)
class ActionRow:
    """A line of the actions browser; `*_after` are running totals of its asset, `source` says where it came from."""

    id: str
    action_date: date
    effective_date: date
    category: str
    type: str
    account: str
    account_id: str
    asset: str
    asset_id: str
    source: str
    order_id: str | None
    quantity_change: Decimal
    amount_change: Money
    mrr_change: Money
    quantity_after: Decimal
    amount_after: Money
    mrr_after: Money
    currency: str


@dataclass(frozen=True, slots=True)
class OrderRow:
    """A line of the orders list."""

    id: str
    number: str
    account: str
    account_id: str
    kind: str
    status: str
    order_date: date
    effective_date: date
    items: int
    total: Money
    currency: str


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
    type: str
    description: str
    start: Day
    end: Day
    quantity: Decimal
    unit_price: Decimal
    amount: Money
    balance: Money
    currency: str


@dataclass(frozen=True, slots=True)
class PriceShape:
    """A list price from a day on."""

    currency: str
    start: date
    price: Decimal


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product; `price` is the list price of the day in `currency`, None where there is none yet."""

    id: str
    code: str
    name: str
    kind: str
    selling_model: str
    price_unit: str
    tax_category: str
    family: str
    currency: str
    price: Decimal | None
    prices: tuple[PriceShape, ...]


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A tax rate in percent."""

    category: str
    profile: str
    start: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as told, in order; `id` is its replay id."""

    id: int
    name: str
    request_identifier: str
    created_at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An import that was made."""

    batch: str
    files: str
    format: str
    imported_at: datetime
    read: int
    new: int
    changed: int
    same: int
    skipped: int
    cancelled: int
    rejected: int


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that was left out on purpose, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import answers; `read` is the sum of the six counts after it. `batch` is None when nothing was stored."""

    batch: str | None
    read: int
    new: int
    changed: int
    same: int
    skipped: int
    cancelled: int
    rejected: int
    problems: tuple[RowProblem, ...]
    skipped_rows: tuple[SkippedRow, ...]
    request_id: str


@dataclass(frozen=True, slots=True)
class RollupResult:
    """What the roll-up answers: whether there was anything to do, and how many assets' current figures it renewed."""

    business_date: date
    ran: bool
    assets: int


@dataclass(frozen=True, slots=True)
class SettingsShape:
    """The rules of the business, as texts by key."""

    settings: dict[str, str]


@dataclass(frozen=True, slots=True)
class PeriodStart:
    """A state period's start, for charts."""

    day: date
    asset: str
    asset_id: str
    quantity: Decimal
    amount: Money | None
    mrr: Money
    currency: str


@dataclass(frozen=True, slots=True)
class LifecyclePage:
    """All that the account page or the asset page shows, from one look at the store.

    `cards` hold as of `as_of`, `cards_before` a year earlier. `series` run over the whole lifecycle; `balance_series`
    is the invoice line balance by currency. `actions` are those of the chosen days, in the order recorded.
    """

    account: AccountHead
    asset: AssetHead | None
    as_of: date
    today: date
    cards: tuple[CardFigures, ...]
    cards_before: tuple[CardFigures, ...]
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


@dataclass(frozen=True, slots=True)
class ActionDetail:
    """`show action`: one action with its sources, and the asset it changed."""

    action: ActionShape
    asset: AssetHead


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer of the search over everything: `link` opens it."""

    kind: str
    title: str
    subtitle: str
    link: str


@dataclass(frozen=True, slots=True)
class RenewalOffer:
    """Last negotiated and list price of a renewal side by side, with what each comes to; `problems` say why not."""

    asset: AssetHead
    start: date | None
    end: date | None
    quantity: Decimal
    last_price: Decimal
    list_price: Decimal | None
    price_unit: str
    last_total: Money | None
    list_total: Money | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PriceBookShape:
    """All products, and what is needed to keep them: the day, the organisation's currency, tax categories in use."""

    today: date
    currency: str
    products: tuple[ProductRow, ...]
    tax_categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaxBookShape:
    """All tax rates, and the categories and profiles that products and accounts use."""

    today: date
    rates: tuple[TaxRow, ...]
    categories: tuple[str, ...]
    profiles: tuple[str, ...]


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
    those to be paid, first due first, at most some; `latest` the last changes, newest first.
    """

    today: date
    until: date
    accounts: int
    products: int
    active_assets: int
    mrr: tuple[MrrSeries, ...]
    ending: tuple[AssetHead, ...]
    owed: tuple[Owed, ...]
    open_invoices: tuple[InvoiceHead, ...]
    latest: tuple[ActionRow, ...]


@dataclass(frozen=True, slots=True)
class AccountEditing:
    """A customer to be changed (None: to be added), and what a new one takes when it is not told."""

    account: AccountHead | None
    currency: str
    payment_days: str
    tax_profiles: tuple[str, ...]
