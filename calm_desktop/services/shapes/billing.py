"""The billing of assets: groups, schedules and their periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calm_desktop.services.field_access import BillingAmount


@dataclass(frozen=True, slots=True)
class BillingItemShape:
    """One billing period item; `invoice` is the invoice's number (its id while a draft), None while not invoiced.

    `kind` is charge, credit, correction, usage or adjustment; `quantity` is given where it is not the order item's.
    `credit` is the number of the credit memo that it stands on.
    """

    start: date
    end: date
    billing_date: date
    amount: BillingAmount
    invoice: str | None
    kind: str = "charge"
    quantity: Decimal | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class ScheduleShape:
    """A billing schedule, without tax. `billed` counts posted invoices and credit memos.

    Of an evergreen one, total and pending are None. One that is `billed_elsewhere`, by the system that its asset was
    imported from, comes to nothing here.
    """

    id: str
    order_item: str
    order: str
    category: str
    status: str
    start: date
    end: date | None
    total: BillingAmount | None
    billed: BillingAmount
    pending: BillingAmount | None
    next_billing_date: date | None
    next_charge_from: date | None
    items: tuple[BillingItemShape, ...]
    billed_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class GroupShape:
    """All billing of one asset, rolled up."""

    id: str
    start: date
    end: date | None
    total_billed: BillingAmount
    total_pending: BillingAmount | None
    next_billing_date: date | None


@dataclass(frozen=True, slots=True)
class Billing:
    """The billing of an asset; no group before there is a schedule."""

    group: GroupShape | None
    schedules: tuple[ScheduleShape, ...]
