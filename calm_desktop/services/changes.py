"""Changes in the middle of a life: each plans order items, writes their order, and lets it take effect (DOMAIN 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select

from calm_desktop.engine import changes
from calm_desktop.engine.billing import problems_of_terms
from calm_desktop.engine.catalog import (
    ActionType,
    Category,
    OrderKind,
    OrderStatus,
    RenewalPricing,
    SellingModel,
)
from calm_desktop.engine.changes import NewPrice
from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.engine.lifecycle import Life, end_of, state_on
from calm_desktop.engine.limits import problems_of_day, problems_of_number
from calm_desktop.engine.orders import Item
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services.boundary import use_case
from calm_desktop.services.catalogue import PriceBook
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.lives import life_of, refuse_billed_elsewhere
from calm_desktop.services.lookup import find
from calm_desktop.services.order_flow import flow
from calm_desktop.services.orders import PlannedItem, PlannedOrder, write_orders
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import (
    AmendQuantity,
    CancelAsset,
    ExtendAsset,
    PauseAsset,
    RepriceAsset,
    ResumeAsset,
    SaleLine,
    Source,
    SwapAsset,
    TransferAsset,
)
from calm_desktop.services.sales import order_result, plan_items, source_problems
from calm_desktop.services.shapes import OrderResult
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_assets, _items = tables.asset.c, tables.order_item.c

SWAP_CATEGORIES = (Category.SWAPS, Category.UPGRADES, Category.DOWNGRADES)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The asset that is changed."""

    id: int
    name: str
    account: int
    product: int
    tax_category: str
    row: Row[Any]
    life: Life


def _subject(tx: Tx, name: str, *days: tuple[str, date | None]) -> _Subject:
    refuse_if(problem for field, day in days for problem in problems_of_day(field, day))
    number = find(tx, "asset", name)
    query = (
        select(tables.asset, tables.product.c.tax_category)
        .join(tables.product, tables.product.c.id == _assets.product_id)
        .where(_assets.id == number)
    )
    row = tx.db.execute(query).one()
    return _Subject(number, row.name, row.account_id, row.product_id, row.tax_category, row, life_of(tx, number))


@use_case(Permission.CHANGE)
def amend_quantity(tx: Tx, request: AmendQuantity) -> OrderResult:
    """Raise or lower a quantity from a day on (DOMAIN 4.4). Refuses a quantity below zero, and days not owned."""
    refuse_if(problems_of_number("quantity-change", "The size of the change", request.change.copy_abs()))
    subject = _subject(tx, request.asset, ("from", request.start))
    price = _asked_price(tx, subject, request.price, request.pricing)
    items = changes.amend(subject.life, request.start, request.change, price, subject.name)
    return _carry_out(tx, subject, OrderKind.AMEND, items, request.source, request.draft, "AssetAmendInitiatedEvent")


def _asked_price(tx: Tx, subject: _Subject, price: Decimal | None, pricing: RenewalPricing | None) -> NewPrice:
    listed = PriceBook(tx).price(subject.product, subject.row.currency, tx.today)
    if price is not None and pricing is RenewalPricing.LIST:
        raise Refused(Problem("price-and-pricing", "price", "Give a price or list pricing, not both."))
    if pricing is RenewalPricing.LIST:
        if listed is None:
            words = f"{subject.name} has no list price in {subject.row.currency} today. Set one, or give a price."
            raise Refused(Problem("no-list-price", "pricing", words, subject.name))
        price = listed
    return NewPrice(price, listed)


@use_case(Permission.CHANGE)
def cancel(tx: Tx, request: CancelAsset) -> OrderResult:
    """End an asset (DOMAIN 4.5). Refuses a day on or before the start, one after the end, and a second time."""
    subject = _subject(tx, request.asset, ("from", request.start))
    items = changes.cancel(subject.life, request.start, subject.name)
    return _carry_out(tx, subject, OrderKind.CANCEL, items, request.source, request.draft, "AssetCancelInitiatedEvent")


@use_case(Permission.CHANGE)
def reprice(tx: Tx, request: RepriceAsset) -> OrderResult:
    """Give an asset another price or discount from a day on."""
    subject = _subject(tx, request.asset, ("from", request.start))
    if request.price is None and request.discount is None and request.discount_amount is None:
        raise Refused(Problem("no-price", "price", "Say what changes: a price, a discount in percent or in money."))
    refuse_billed_elsewhere(tx, subject.id, request.start, subject.name)
    listed = PriceBook(tx).price(subject.product, subject.row.currency, tx.today)
    price = NewPrice(request.price, listed, request.discount, request.discount_amount)
    items = changes.reprice(subject.life, request.start, price, subject.name)
    return _carry_out(tx, subject, OrderKind.AMEND, items, request.source)


@use_case(Permission.CHANGE)
def extend(tx: Tx, request: ExtendAsset) -> OrderResult:
    """Move the last day of an asset: later is an Upsell, earlier a change of terms."""
    subject = _subject(tx, request.asset, ("end", request.end))
    return _carry_out(
        tx, subject, OrderKind.AMEND, changes.extend(subject.life, request.end, subject.name), request.source
    )


@use_case(Permission.CHANGE)
def pause(tx: Tx, request: PauseAsset) -> OrderResult:
    """Hold an asset: it stays owned, and is neither billed nor counted as recurring."""
    subject = _subject(tx, request.asset, ("from", request.start), ("to", request.end))
    items = changes.pause(subject.life, request.start, request.end, subject.name)
    return _carry_out(tx, subject, OrderKind.AMEND, items, request.source)


@use_case(Permission.CHANGE)
def resume(tx: Tx, request: ResumeAsset) -> OrderResult:
    """Let a paused asset go on."""
    subject = _subject(tx, request.asset, ("from", request.start))
    return _carry_out(
        tx, subject, OrderKind.AMEND, changes.resume(subject.life, request.start, subject.name), request.source
    )


@use_case(Permission.CHANGE)
def transfer(tx: Tx, request: TransferAsset) -> OrderResult:
    """Move an asset, or a part of it, to another account (DOMAIN 4.7): two linked actions, no money lost between."""
    refuse_if(problems_of_number("quantity", "The quantity", (request.quantity or Decimal(0)).copy_abs()))
    subject = _subject(tx, request.asset, ("from", request.start))
    target = find(tx, "account", request.to, "to")
    if target == subject.account:
        owner = tx.db.scalar(select(tables.account.c.name).where(tables.account.c.id == target))
        words = f"{subject.name} belongs to {owner} already. Name another account."
        raise Refused(Problem("same-account", "to", words, subject.name))
    refuse_billed_elsewhere(tx, subject.id, request.start, subject.name)
    leaving, arriving, whole = changes.transfer(subject.life, request.start, request.quantity, subject.name)
    out = _planned(subject, changes.settled(subject.life, leaving, _type(whole)), request.source)
    kind = OrderKind.CANCEL if whole else OrderKind.AMEND
    orders = _write(tx, subject.account, kind, subject.row.currency, out, draft=False)
    linked = _first_item(tx, orders[0])
    there = [replace(each, asset=None) for each in _planned(subject, arriving, request.source)]
    there[0] = replace(there[0], linked=linked)
    orders += _write(tx, target, OrderKind.NEW, subject.row.currency, there, draft=False)
    flow(tx, orders)
    return order_result(tx, orders)


def _type(whole: bool) -> ActionType:
    return ActionType.CANCEL if whole else ActionType.CHANGE


@use_case(Permission.CHANGE)
def swap(tx: Tx, request: SwapAsset) -> OrderResult:
    """Cancel one product and start another on the same day, linked: a swap, an upgrade or a downgrade (DOMAIN 4.7)."""
    subject = _subject(tx, request.asset, ("from", request.start), ("end", request.end))
    if request.category not in SWAP_CATEGORIES:
        words = f"This can be one of {', '.join(SWAP_CATEGORIES)}, not {request.category}."
        raise Refused(Problem("bad-category", "category", words))
    product = find(tx, "product", request.product, "to")
    if product == subject.product:
        words = f"{subject.name} is of that product already. Name another one, or amend it."
        raise Refused(Problem("same-product", "to", words, subject.name))
    changes.refuse_outside_of_life(subject.life, request.start, subject.name)
    refuse_billed_elsewhere(tx, subject.id, request.start, subject.name)
    states = subject.life.states()
    held = state_on(states, request.start)
    assert held is not None
    if held.quantity <= 0:
        words = f"{subject.name} holds nothing on {request.start} that could be swapped. Sell the other product."
        raise Refused(Problem("nothing-held", "from", words, subject.name))
    ending = changes.cancel(subject.life, request.start, subject.name, request.category)
    starts = min(item.period.start for item in ending)
    if starts > request.start:
        held = state_on(states, starts - ONE_DAY) or held
    terms = subject.life.terms[-1].cover.item.terms
    model = tx.db.scalar(select(tables.product.c.selling_model).where(tables.product.c.id == product))
    line = SaleLine(
        product=request.product,
        quantity=held.quantity,
        start=starts,
        price=request.price,
        end=request.end or (None if model == SellingModel.EVERGREEN.value else end_of(states)),
        frequency=terms.frequency,
        timing=terms.timing,
        boundary=terms.boundary,
        partial=terms.partial,
        remainder=terms.remainder,
        category=request.category,
        source=request.source,
    )
    currency = currency_named(subject.row.currency)
    new = plan_items(tx, subject.account, currency, line, PriceBook(tx), allowed=SWAP_CATEGORIES)
    out = _planned(subject, changes.settled(subject.life, ending, ActionType.CANCEL), request.source)
    orders = _write(tx, subject.account, OrderKind.CANCEL, currency.code, out, draft=False)
    linked = _first_item(tx, orders[0])
    joined = [replace(new[0], linked=linked), *new[1:]]
    orders += _write(tx, subject.account, OrderKind.NEW, currency.code, joined, draft=False)
    flow(tx, orders)
    return order_result(tx, orders)


def _planned(subject: _Subject, items: Sequence[Item], source: Source | None) -> list[PlannedItem]:
    return [
        PlannedItem(
            subject.product,
            item,
            subject.name,
            subject.tax_category,
            source if place == 0 else None,
            subject.id,
            0,
        )
        for place, item in enumerate(items)
    ]


def _carry_out(
    tx: Tx,
    subject: _Subject,
    kind: OrderKind,
    items: Sequence[Item],
    source: Source | None,
    draft: bool = False,
    event: str = "",
) -> OrderResult:
    """Write the order of a change and let it take effect, unless it is a draft."""
    type_ = ActionType.CANCEL if kind is OrderKind.CANCEL else ActionType.CHANGE
    giving = [item for item in items if item.quantity > 0]
    problems = [
        problem for item in giving for problem in problems_of_terms(item.period, item.quantity, item.rate, item.terms)
    ]
    refuse_if([*dict.fromkeys(problems), *source_problems(source)])
    planned = _planned(subject, changes.settled(subject.life, items, type_), source)
    orders = _write(tx, subject.account, kind, subject.row.currency, planned, draft)
    if event:
        record = {"AssetAmendInitiatedEvent": "AmendmentRecordId"}.get(event, "CancellationRecordId")
        tx.tell(event, {record: public_id("order", orders[0]), "HasErrors": False})
    if not draft:
        flow(tx, orders)
    return order_result(tx, orders)


def _write(
    tx: Tx, account: int, kind: OrderKind, currency: str, items: Sequence[PlannedItem], draft: bool
) -> list[int]:
    status = OrderStatus.DRAFT if draft else OrderStatus.ACTIVATED
    order = PlannedOrder(account, kind, status, currency_named(currency), tuple(items), tx.today)
    return write_orders(tx, [order])


def _first_item(tx: Tx, order: int) -> int:
    first: int = tx.db.execute(select(_items.id).where(_items.order_id == order, _items.line == 1)).scalar_one()
    return first
