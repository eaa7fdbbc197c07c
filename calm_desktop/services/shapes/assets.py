"""What customers own: assets, state periods, actions with their sources, and figures as of a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from calm_desktop.services.field_access import Adjustment, AssetAmount, Balance, Mrr, Tax
from calm_desktop.services.shapes.billing import Billing
from calm_desktop.services.shapes.fields import FieldsTold
from calm_desktop.services.shapes.holds import HoldShape


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
    amount: AssetAmount
    mrr: Mrr
    currency: str
    lifecycle_start: date
    lifecycle_end: date | None
    renewal_term: int | None
    renewal_term_unit: str | None
    renewal_pricing: str | None
    total_lifecycle_amount: AssetAmount
    status: str
    """Scheduled, Active, Paused, Ended or Undone, as of the day."""
    fields: FieldsTold = field(default_factory=dict, hash=False, metadata={"when true": True})


@dataclass(frozen=True, slots=True)
class StatePeriodShape:
    """A state period; `end` is the last day, None while open. A paused one is owned, but not billed."""

    start: date
    end: date | None
    quantity: Decimal
    amount: AssetAmount | None
    mrr: Mrr
    paused: bool = field(default=False, metadata={"when true": True})


@dataclass(frozen=True, slots=True)
class StatePeriodRow:
    """A line of the state periods list; `amount` is None while an evergreen period runs."""

    account: str
    account_id: str
    asset: str
    asset_id: str
    product: str
    start: date
    end: date | None
    quantity: Decimal
    amount: AssetAmount | None
    mrr: Mrr
    paused: bool
    currency: str


@dataclass(frozen=True, slots=True)
class PeriodStart:
    """A state period's start, for charts."""

    day: date
    asset: str
    asset_id: str
    quantity: Decimal
    amount: AssetAmount | None
    mrr: Mrr
    currency: str


@dataclass(frozen=True, slots=True)
class SourceShape:
    """Where an action came from; `reference` is order or work order number/line, or the external reference."""

    id: str
    kind: str
    reference: str
    system: str | None
    start: date
    end: date | None
    quantity: Decimal
    product_amount: AssetAmount
    adjustment: Adjustment
    estimated_tax: Tax
    actual_tax: Tax
    subtotal: AssetAmount
    order_id: str | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Running totals after an action: last state's quantity and MRR, lifetime amount, and amounts by category."""

    quantity: Decimal
    amount: AssetAmount
    mrr: Mrr
    categories: dict[str, AssetAmount]


@dataclass(frozen=True, slots=True)
class ActionShape:
    """One asset action, in the order recorded; `undone_by` took it back, `undoes` is what it takes back itself."""

    id: str
    action_date: date
    effective_date: date
    category: str
    type: str
    quantity_change: Decimal
    amount_change: AssetAmount
    mrr_change: Mrr
    totals: Totals
    sources: tuple[SourceShape, ...]
    undone_by: str | None = field(default=None, metadata={"when true": True})
    undoes: str | None = field(default=None, metadata={"when true": True})


@dataclass(frozen=True, slots=True)
class ActionRow:
    """A line of the actions browser; `*_after` are running totals of its asset, `source` says where it came from.

    One that was taken back is `undone`; one that takes another back `undoes` it.
    """

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
    amount_change: AssetAmount
    mrr_change: Mrr
    quantity_after: Decimal
    amount_after: AssetAmount
    mrr_after: Mrr
    currency: str
    undone: bool = field(default=False, metadata={"when true": True})
    undoes: str | None = field(default=None, metadata={"when true": True})

    @property
    def stands(self) -> bool:
        """Whether it still counts: it was not undone, and is no undo itself."""
        return not self.undone and self.undoes is None


@dataclass(frozen=True, slots=True)
class ActionDay:
    """What the `actions` of one category and currency that take effect on a day come to; `first` is one of them."""

    effective_date: date
    currency: str
    category: str
    actions: int
    first: str
    quantity_change: Decimal
    amount_change: AssetAmount
    mrr_change: Mrr


@dataclass(frozen=True, slots=True)
class LinkedAction:
    """An action on another asset that was one act with this one."""

    id: str
    asset: str
    account: str


@dataclass(frozen=True, slots=True)
class ActionDetail:
    """`show action`: one action with its sources, the asset it changed, and the actions that it belongs together with.

    `linked` are those on other assets: the other half of a transfer, or of a swap.
    """

    action: ActionShape
    asset: AssetHead
    linked: tuple[LinkedAction, ...] = ()


@dataclass(frozen=True, slots=True)
class AssetShape:
    """`show asset`: one asset, whole; there `hold` is the one on it that is in force today, if any."""

    asset: AssetHead
    state_periods: tuple[StatePeriodShape, ...]
    actions: tuple[ActionShape, ...]
    billing: Billing
    hold: HoldShape | None = None


@dataclass(frozen=True, slots=True)
class CardFigures:
    """The four cards in one currency, as of a day."""

    currency: str
    quantity: Decimal
    amount: AssetAmount
    mrr: Mrr
    invoice_line_balance: Balance


@dataclass(frozen=True, slots=True)
class SeriesShape:
    """Steps of the figures in one currency: from each of `days` on, the figures at the same place hold."""

    currency: str
    days: tuple[date, ...]
    quantity: tuple[Decimal, ...]
    mrr: tuple[Mrr, ...]
    amount: tuple[AssetAmount, ...]
