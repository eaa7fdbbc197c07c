"""Reports: rows that carry the days, the currency and the ids by which what stands behind each figure is asked for.

Shares (retention and the like) are exact fractions, 1 for all of it. Money carries its currency, and no row sums over
currencies. `period` is the name of a period (2022-01, 2022-Q1, 2022), `start` and `end` are its days.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Generic, TypeVar

from calm_desktop.services.field_access import (
    AssetAmount,
    Balance,
    BillingAmount,
    InvoiceAmount,
    ListAmount,
    ListPrice,
    Mrr,
    OrderAmount,
    Telling,
    UnitPrice,
    UsageCharge,
)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class ReportShape(Generic[Row]):
    """A report over the days from `start` to `end`; `by` says how long its periods are, None where it has none.

    `totals` are the sums of its rows, one for each group and currency, where rows of one currency can be summed.
    """

    report: str
    start: date
    end: date
    by: str | None
    rows: tuple[Row, ...]
    totals: tuple[Row, ...] = field(default=(), metadata={"when true": True})


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What the rows of all reports have: `group` says of which group each is, where the report is parted into some."""

    group: str = field(default="", kw_only=True, metadata={"when true": True})


@dataclass(frozen=True, slots=True)
class CategoryAmounts(ReportRow):
    """What actions of one business category changed of the lifetime amounts in a period; `actions` counts them.

    `change` is `amount` less that of the period before.
    """

    period: str
    currency: str
    category: str
    amount: AssetAmount
    change: AssetAmount
    actions: int
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class MrrMovements(ReportRow):
    """How MRR moved in a period: `opening` + the five movements = `closing`; contraction and churn are below zero."""

    period: str
    currency: str
    opening: Mrr
    new: Mrr
    expansion: Mrr
    contraction: Mrr
    churn: Mrr
    reactivation: Mrr
    closing: Mrr
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class MovedAsset:
    """What one asset did to its customer's movement of a day: its MRR on the day before and on that day.

    `category` names the actions effective on that day, by `actions` (ids); both are empty where a term just ended or
    a step that was agreed earlier began.
    """

    day: date
    movement: str
    account: str
    account_id: str
    asset: str
    asset_id: str
    product: str
    currency: str
    mrr_before: Mrr
    mrr_after: Mrr
    change: Mrr
    category: str
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssetMrr:
    """The MRR of one asset on a day, as the movements count it."""

    day: date
    account: str
    account_id: str
    asset: str
    asset_id: str
    product: str
    currency: str
    mrr: Mrr


@dataclass(frozen=True, slots=True)
class RetentionFigures(ReportRow):
    """What became of the MRR of a year ago: `mrr_then` of the customers on `day_then`, `mrr_now` of the same on `end`.

    `mrr_kept` counts each customer at its MRR of then at most. Net retention is now / then, gross is kept / then; None
    where there was nothing a year ago.
    """

    period: str
    currency: str
    mrr_then: Mrr
    mrr_now: Mrr
    mrr_kept: Mrr
    net_retention: Fraction | None
    gross_retention: Fraction | None
    customers: int
    customers_kept: int
    day_then: date
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class RetainedCustomer:
    """One customer of a year ago, with its MRR then and now, and what gross retention counts of it."""

    account: str
    account_id: str
    currency: str
    mrr_then: Mrr
    mrr_now: Mrr
    mrr_kept: Mrr


@dataclass(frozen=True, slots=True)
class CohortFigures(ReportRow):
    """A cell of the heat map: the customers whose first MRR came in the period `cohort`, on the last day of `period`.

    `age` counts the periods between both. There were `customers` at first, with `new` MRR; `active` of them have MRR
    on that day, `mrr` together. The days of the cohort are `cohort_start` to `cohort_end`.
    """

    cohort: str
    period: str
    age: int
    currency: str
    customers: int
    new: Mrr
    active: int
    mrr: Mrr
    mrr_retention: Fraction | None
    customer_retention: Fraction
    cohort_start: date
    cohort_end: date
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class CohortCustomer:
    """One customer of a cohort: the first day with MRR and how much, and its MRR on the day looked at."""

    account: str
    account_id: str
    currency: str
    first_day: date
    new: Mrr
    mrr: Mrr


@dataclass(frozen=True, slots=True)
class RenewalDue(ReportRow):
    """An asset whose term ends, with what its renewal would come to at the last negotiated price and at list price.

    The renewal is the one that would be made if nothing more were said: from `start` to `end`. A total is None where
    `problems` say why it cannot be renewed, the list total also where there is no list price today. `difference` is
    the list total less the last one.
    """

    ends: date
    days_left: int
    account: str
    account_id: str
    asset: str
    asset_id: str
    number: str
    product: str
    product_name: str
    quantity: Decimal
    mrr: Mrr
    start: date | None
    end: date | None
    last_price: UnitPrice
    list_price: ListPrice | None
    price_unit: str
    last_total: OrderAmount | None
    list_total: ListAmount | None
    difference: ListAmount | None
    currency: str
    problems: tuple[Telling, ...]


@dataclass(frozen=True, slots=True)
class AgingBalances(ReportRow):
    """What an account owes in one currency on posted invoices as of a day, by how many days ago it was due.

    Tax included, less payments and credits dated up to the day. Of the sums by currency the account is empty.
    """

    account: str
    account_id: str
    currency: str
    not_due: Balance
    days_1_30: Balance
    days_31_60: Balance
    days_61_90: Balance
    over_90: Balance
    balance: Balance


@dataclass(frozen=True, slots=True)
class AgingLine:
    """An invoice line with anything open as of a day; `days_overdue` counts from the due date, 0 or less before it."""

    bucket: str
    days_overdue: int
    due: date
    account: str
    account_id: str
    invoice: str
    invoice_id: str
    invoice_date: date
    line_id: str
    type: str
    description: Telling
    asset: str
    asset_id: str
    amount: InvoiceAmount
    balance: Balance
    currency: str


@dataclass(frozen=True, slots=True)
class ExpectedInvoices(ReportRow):
    """What is still to be invoiced in a period by the schedules, without tax: `amount` in `items` billing period items.

    `laid_out` is the part of it that evergreen schedules come to beyond what is laid out in them.
    """

    period: str
    currency: str
    amount: BillingAmount
    laid_out: BillingAmount
    items: int
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class ExpectedItem:
    """A billing period item that is not billed yet; `laid_out` says that it was computed, and is not stored.

    `invoice` is the draft that it stands on (its id), None where it is on none.
    """

    billing_date: date
    account: str
    account_id: str
    asset: str
    asset_id: str
    order: str
    order_id: str
    kind: str
    start: date
    end: date
    amount: BillingAmount
    currency: str
    laid_out: bool
    invoice: str | None


@dataclass(frozen=True, slots=True)
class TopAccount(ReportRow):
    """One of the accounts with the most MRR in a currency as of the last day; `rank` 1 has the most.

    `share` is its part of all customers' MRR in that currency, None where there is none. `amount` is what actions
    effective in the days of the report changed of its assets' lifetime amounts.
    """

    rank: int
    account: str
    account_id: str
    currency: str
    mrr: Mrr
    share: Fraction | None
    amount: AssetAmount


@dataclass(frozen=True, slots=True)
class UsageFigures(ReportRow):
    """What was used of a product in a period, by the newest revision of each record; `records` counts them.

    `rated` is what the use of billing periods that end in the period was rated at so far, without tax.
    """

    period: str
    currency: str
    product: str
    product_id: str
    quantity: Decimal
    records: int
    rated: UsageCharge
    start: date
    end: date
