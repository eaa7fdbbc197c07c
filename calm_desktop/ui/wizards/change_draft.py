"""What was typed into the wizards that change, cancel and transfer an asset, and the requests that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from calm_desktop.engine.catalog import Category, RenewalPricing
from calm_desktop.services.requests import (
    AmendQuantity,
    CancelAsset,
    ExtendAsset,
    PauseAsset,
    RepriceAsset,
    ResumeAsset,
    SwapAsset,
    TransferAsset,
)
from calm_desktop.services.shapes import ProductRow
from calm_desktop.ui.wizards.form import TypedReader
from calm_desktop.ui.wizards.sale_draft import chosen_product
from calm_desktop.ui.wizards.sources import SourceDraft, source_of

QUANTITY, PRICE, LAST_DAY, PAUSE, RESUME, SWAP = "quantity", "price", "last-day", "pause", "resume", "swap"
MORE, LESS = "more", "less"
LAST_PRICE, LIST_PRICE, OWN_PRICE = "last", "list", "own"
WHOLE, PART = "whole", "part"


@dataclass
class AssetDraft(SourceDraft):
    """What all of them ask: `asset` is an id, `start` the first day, `reason` why days are changed that are invoiced.

    `asset_words` is how the asset reads.
    """

    asset: str = ""
    asset_words: str = field(default="", compare=False)
    start: str = ""
    draft: bool = False
    reason: str = ""


@dataclass
class ChangeDraft(AssetDraft):
    """A change as typed: `what` is one of the words above, and says which fields count."""

    what: str = QUANTITY
    direction: str = MORE
    change: str = ""
    pricing: str = LAST_PRICE
    price: str = ""
    discount: str = ""
    discount_amount: str = ""
    end: str = ""
    until: str = ""
    product: str = ""
    category: str = Category.SWAPS.value


@dataclass
class CancelDraft(AssetDraft):
    """A cancellation as typed; `start` is the first day without service."""


@dataclass
class TransferDraft(AssetDraft):
    """A transfer as typed; `to` is the id of the other account."""

    to: str = ""
    to_words: str = field(default="", compare=False)
    extent: str = WHOLE
    quantity: str = ""


def change_of(draft: ChangeDraft, products: Sequence[ProductRow], today: date) -> Any:
    """The change that is meant. Raises `Refused` with everything that is missing or wrong."""
    read = TypedReader(today)
    _needs_asset(draft, read)
    make: dict[str, Callable[[], Any]] = {
        QUANTITY: lambda: _amendment(draft, read),
        PRICE: lambda: _new_price(draft, read),
        LAST_DAY: lambda: _new_end(draft, read),
        PAUSE: lambda: _pause(draft, read),
        RESUME: lambda: _resumption(draft, read),
        SWAP: lambda: _swap(draft, products, read),
    }
    return make[draft.what]()


def _amendment(draft: ChangeDraft, read: TypedReader) -> AmendQuantity:
    quantity = read.typed_quantity("change", draft.change)
    price = pricing = None
    if draft.direction == MORE and draft.pricing == OWN_PRICE:
        price = _needed_price(read, draft.price)
    elif draft.direction == MORE and draft.pricing == LIST_PRICE:
        pricing = RenewalPricing.LIST
    start, source = read.typed_day("start", draft.start), source_of(draft, read)
    read.done()
    assert quantity is not None
    assert start is not None
    change = quantity if draft.direction == MORE else -quantity
    return AmendQuantity(draft.asset, change, start, price, pricing, source, draft.draft)


def _needed_price(read: TypedReader, text: str) -> Any:
    if not text.strip():
        read.wrong("missing-price", "price", "Enter the unit price, such as 10 or 9.99.")
        return None
    return read.price("price", text)


def _new_price(draft: ChangeDraft, read: TypedReader) -> RepriceAsset:
    price = read.optional(read.price, "price", draft.price)
    discount = read.optional(read.percent, "discount", draft.discount)
    off = read.optional(read.price, "discount_amount", draft.discount_amount)
    if not (draft.price.strip() or draft.discount.strip() or draft.discount_amount.strip()):
        read.wrong("no-price", "price", "Enter a unit price, or a discount in percent or in money.")
    start, source = read.typed_day("start", draft.start), source_of(draft, read)
    read.done()
    assert start is not None
    return RepriceAsset(draft.asset, start, price, discount, off, source)


def _new_end(draft: ChangeDraft, read: TypedReader) -> ExtendAsset:
    end, source = read.typed_day("end", draft.end), source_of(draft, read)
    read.done()
    assert end is not None
    return ExtendAsset(draft.asset, end, source)


def _pause(draft: ChangeDraft, read: TypedReader) -> PauseAsset:
    start = read.typed_day("start", draft.start)
    until = read.typed_day("until", draft.until, needed=False)
    if start is not None and until is not None and until < start:
        read.wrong("end-before-start", "until", "The last day of the pause is before its first. Choose a later one.")
    source = source_of(draft, read)
    read.done()
    assert start is not None
    return PauseAsset(draft.asset, start, until, source)


def _resumption(draft: ChangeDraft, read: TypedReader) -> ResumeAsset:
    start, source = read.typed_day("start", draft.start), source_of(draft, read)
    read.done()
    assert start is not None
    return ResumeAsset(draft.asset, start, source)


def _swap(draft: ChangeDraft, products: Sequence[ProductRow], read: TypedReader) -> SwapAsset:
    product = chosen_product(draft.product, products, read, "Choose the other product.")
    price = read.optional(read.price, "price", draft.price)
    start, source = read.typed_day("start", draft.start), source_of(draft, read)
    end = read.typed_day("end", draft.end, needed=False)
    read.done()
    assert product is not None
    assert start is not None
    return SwapAsset(draft.asset, product.id, start, price, Category(draft.category), source, end)


def cancellation_of(draft: CancelDraft, today: date) -> CancelAsset:
    """The cancellation that is meant. Raises `Refused` with everything that is missing or wrong."""
    read = TypedReader(today)
    _needs_asset(draft, read)
    start, source = read.typed_day("start", draft.start), source_of(draft, read)
    read.done()
    assert start is not None
    return CancelAsset(draft.asset, start, source, draft.draft)


def transfer_of(draft: TransferDraft, today: date) -> TransferAsset:
    """The transfer that is meant. Raises `Refused` with everything that is missing or wrong."""
    read = TypedReader(today)
    _needs_asset(draft, read)
    start = read.typed_day("start", draft.start)
    quantity = read.typed_quantity("quantity", draft.quantity) if draft.extent == PART else None
    if not draft.to:
        read.wrong("missing-account", "to", "Choose the account that it goes to.")
    source = source_of(draft, read)
    read.done()
    assert start is not None
    return TransferAsset(draft.asset, draft.to, start, quantity, source)


def _needs_asset(draft: AssetDraft, read: TypedReader) -> None:
    if not draft.asset:
        read.wrong("missing-asset", "asset", "Choose an asset.")
        read.done()
