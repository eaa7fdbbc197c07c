"""Orders and their items, and what renewals would come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from calm_desktop.engine.problems import Problem
from calm_desktop.services.field_access import Discount, ListAmount, ListPrice, OrderAmount, Telling, UnitPrice
from calm_desktop.services.shapes.assets import AssetHead, AssetShape
from calm_desktop.services.shapes.fields import FieldsTold


@dataclass(frozen=True, slots=True)
class OrderItemShape:
    """One order item; `target` is the item that it takes from or takes back, or in whose term it adds."""

    id: str
    line: int
    product: str
    asset: str | None
    category: str
    effect: str
    target: str | None
    start: date
    end: date | None
    quantity: Decimal
    list_price: ListPrice
    unit_price: UnitPrice
    discount: Discount
    discount_amount: Discount
    net_unit_price: UnitPrice
    price_unit: str
    term_count: Fraction | None
    frequency: str
    timing: str
    boundary: str
    partial: str
    remainder: str
    total: OrderAmount | None
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
    total: OrderAmount
    items: tuple[OrderItemShape, ...]
    fields: FieldsTold = field(default_factory=dict, hash=False, metadata={"when true": True})


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
    total: OrderAmount
    currency: str
    fields: FieldsTold = field(default_factory=dict, hash=False, metadata={"when true": True})


@dataclass(frozen=True, slots=True)
class ShowOrder:
    """`show order`."""

    order: OrderShape
    assets: tuple[AssetHead, ...]


@dataclass(frozen=True, slots=True)
class OrderResult:
    """What sales, renewals, changes, activations and the two steps answer.

    `overrides_needed` are refusals that a preview went on in spite of: the act itself needs a stated reason for them.
    """

    orders: tuple[OrderShape, ...]
    assets: tuple[AssetShape, ...]
    request_id: str
    overrides_needed: tuple[Problem, ...] = field(default=(), metadata={"when true": True})


@dataclass(frozen=True, slots=True)
class RenewalOffer:
    """Last negotiated and list price of a renewal side by side, with what each comes to; `problems` say why not.

    An early renewal ends the running term on `ends_before` and takes `taken_back` (below zero) of its amount back.
    """

    asset: AssetHead
    start: date | None
    end: date | None
    quantity: Decimal
    last_price: UnitPrice
    list_price: ListPrice | None
    price_unit: str
    last_total: OrderAmount | None
    list_total: ListAmount | None
    problems: tuple[Telling, ...]
    ends_before: date | None = None
    taken_back: OrderAmount | None = None
