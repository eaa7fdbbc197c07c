"""What is used: usage prices, records with their revisions, and the periods that rate them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from calm_desktop.formats.drafts import RowProblem
from calm_desktop.services.field_access import UnitPrice, UsageCharge


@dataclass(frozen=True, slots=True)
class TierShape:
    """A tier of a usage price: up to and with a quantity (None: open), its price per unit, its fee."""

    up_to: Decimal | None
    unit: UnitPrice
    flat: UnitPrice


@dataclass(frozen=True, slots=True)
class UsagePriceShape:
    """How use is rated in one currency in the periods that begin on or after `start`."""

    currency: str
    start: date
    model: str
    tiers: tuple[TierShape, ...]
    package_size: Decimal | None
    package_price: UnitPrice | None
    percent: UnitPrice | None
    fixed_fee: UnitPrice
    free_units: Decimal
    free_events: int
    included: Decimal


@dataclass(frozen=True, slots=True)
class UsagePrices:
    """The usage prices of one product, by currency and first day; without any, use is rated at the price sold."""

    product: str
    product_id: str
    prices: tuple[UsagePriceShape, ...]


@dataclass(frozen=True, slots=True)
class UsageRow:
    """A usage record; `at` is on the organisation's clock, `revision` 0 the first one under its key.

    `counts` says that no newer revision stands in its place. `invoice` is the invoice (its id while a draft) that the
    record was first rated on, None where it is not invoiced yet.
    """

    asset: str
    asset_id: str
    account: str
    account_id: str
    key: str
    at: datetime
    day: date
    quantity: Decimal
    revision: int
    counts: bool
    reason: str
    invoice: str | None


@dataclass(frozen=True, slots=True)
class UsageImport:
    """What an import of use answers: `read` = new + same + rejected; with problems nothing was stored."""

    file: str
    read: int
    new: int
    same: int
    rejected: int
    stored: bool
    problems: tuple[RowProblem, ...]
    request_id: str


@dataclass(frozen=True, slots=True)
class UsagePeriod:
    """A billing period of a usage asset: what was used, what that is rated at now, and what of it is billed.

    `amount` is None where the use is too much to be billed. `billed` sums the period's items on posted invoices,
    `invoices` are their numbers; `events` are the records that count.
    """

    start: date
    end: date
    quantity: Decimal
    events: int
    amount: UsageCharge | None
    billed: UsageCharge
    invoices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsageResult:
    """What recording and correcting use answers: the record, and its billing period with it.

    `new` is False where the record was there already; `period` is None where none is known yet (no billing schedule).
    """

    new: bool
    record: UsageRow
    period: UsagePeriod | None
    request_id: str


@dataclass(frozen=True, slots=True)
class UsagePage:
    """The use of one asset: its periods with use, newest first, and every record, newest first."""

    periods: tuple[UsagePeriod, ...]
    records: tuple[UsageRow, ...]
