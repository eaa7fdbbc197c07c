"""What use is worth: the quantity of a billing period rated flat, by tiers, by volume, by packages or in percent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil

from calm_desktop.engine.catalog import Effect, UsageModel
from calm_desktop.engine.dates import WHOLE, Period
from calm_desktop.engine.lifecycle import Life, TermOfLife
from calm_desktop.engine.limits import PRICE_LIMIT, problems_of_number
from calm_desktop.engine.problems import Problem
from calm_desktop.engine.rating import Rate

MOST_TIERS = 100
"""Tiers of one usage price."""

MOST_FREE_EVENTS = 10**9
"""Free events of one usage price stay below it."""


@dataclass(frozen=True, slots=True)
class Tier:
    """A step of a tiered price: holds up to and with the quantity `up_to`, None where it is open.

    `unit_price` is per unit, `flat_fee` is due once for the tier; both in major units of the currency.
    """

    up_to: Decimal | None
    unit_price: Decimal
    flat_fee: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class UsagePrice:
    """How the use of one billing period is rated (DOMAIN 5.9); prices in major units, for a whole period.

    FLAT takes the net unit price that was agreed with the sale. GRADUATED rates each unit in the tier that it falls
    in, VOLUME all units in the tier that the quantity ends in. PACKAGE counts started packages of `package_size` whole.
    PERCENTAGE takes `percent` of the quantity, which is an amount of money then, and `fixed_fee` for each event (a
    record of use) beyond `free_events`. `free_units` cost nothing in any period, whole or not, of the last two models.
    `included` units cost nothing in any model, and less of them belong to a part of a period.
    """

    model: UsageModel
    tiers: tuple[Tier, ...] = ()
    package_size: Decimal | None = None
    package_price: Decimal | None = None
    percent: Decimal | None = None
    fixed_fee: Decimal = Decimal(0)
    free_units: Decimal = Decimal(0)
    free_events: int = 0
    included: Decimal = Decimal(0)


FLAT = UsagePrice(UsageModel.FLAT)
"""What holds where a product has no usage price: the net unit price for each unit."""


@dataclass(frozen=True, slots=True)
class Use:
    """What was used in a period: the sum of the records' quantities, and how many records there are (events)."""

    quantity: Fraction = Fraction(0)
    events: int = 0

    def __add__(self, other: Use) -> Use:
        return Use(self.quantity + other.quantity, self.events + other.events)


def exact_charge(price: UsagePrice, use: Use, rate: Rate, share: Fraction = WHOLE) -> Fraction:
    """The charge for the use of a period in major units, not rounded.

    `share` is what the period counts as a part of a whole one; it lowers the included quantity only. `rate` is that of
    the order item: its net price is the price of the flat model, its discount in percent lowers every other model.
    """
    charged = max(use.quantity - Fraction(price.included) * share, Fraction(0))
    match price.model:
        case UsageModel.FLAT:
            return charged * rate.net
        case UsageModel.GRADUATED:
            amount = _graduated(price.tiers, charged)
        case UsageModel.VOLUME:
            amount = _volume(price.tiers, charged)
        case UsageModel.PACKAGE:
            amount = _packages(price, charged)
        case _:
            amount = _percentage(price, charged, use.events)
    return amount * (100 - Fraction(rate.discount)) / 100


def rate_of_use(life: Life, cover: int, days: Period) -> Rate:
    """The rate by which the use of a billing period is charged; `cover` is the key of the entry that brought its term.

    It is that of what was negotiated last among what is held on the first of its days in service: what was taken back
    by then counts no longer. Where no day is in service, it is the last one that was agreed for the first day.
    """
    entries = tuple(entry for entry in life.live if life.cover_of(entry).key == cover)
    term = TermOfLife(life.by_key[cover], entries, life.currency)
    for span in term.spans([days.start]):
        if days.holds(span.start):
            held = [each.entry for each in term.holdings(span.start) if each.entry.item.effect is not Effect.PAUSES]
            if held:
                return held[0].item.rate
    agreed = [entry.item for entry in term.in_force(days.start) if entry.item.effect in (Effect.COVERS, Effect.ADDS)]
    return agreed[-1].rate


def _graduated(tiers: tuple[Tier, ...], quantity: Fraction) -> Fraction:
    """A tier's flat fee is due as soon as a unit falls in it; the first one's always."""
    amount, below = Fraction(0), Fraction(0)
    for tier in tiers:
        if quantity <= below and below:
            break
        top = quantity if tier.up_to is None else min(quantity, Fraction(tier.up_to))
        amount += (top - below) * Fraction(tier.unit_price) + Fraction(tier.flat_fee)
        below = Fraction(tier.up_to or 0)
    return amount


def _volume(tiers: tuple[Tier, ...], quantity: Fraction) -> Fraction:
    tier = next(tier for tier in tiers if tier.up_to is None or quantity <= tier.up_to)
    return quantity * Fraction(tier.unit_price) + Fraction(tier.flat_fee)


def _packages(price: UsagePrice, quantity: Fraction) -> Fraction:
    beyond = max(quantity - Fraction(price.free_units), Fraction(0))
    return ceil(beyond / Fraction(price.package_size or 1)) * Fraction(price.package_price or 0)


def _percentage(price: UsagePrice, quantity: Fraction, events: int) -> Fraction:
    beyond = max(quantity - Fraction(price.free_units), Fraction(0))
    paid_events = max(events - price.free_events, 0)
    return beyond * Fraction(price.percent or 0) / 100 + paid_events * Fraction(price.fixed_fee)


def problems_of_usage_price(price: UsagePrice) -> list[Problem]:
    """Everything that keeps a usage price from being used: what is missing, does not fit its model, or its limits."""
    return [*_problems_of_fit(price), *_problems_of_tiers(price.tiers), *_problems_of_numbers(price)]


_BELONGS = {
    "tiers": (UsageModel.GRADUATED, UsageModel.VOLUME),
    "package_size": (UsageModel.PACKAGE,),
    "package_price": (UsageModel.PACKAGE,),
    "percent": (UsageModel.PERCENTAGE,),
    "fixed_fee": (UsageModel.PERCENTAGE,),
    "free_units": (UsageModel.PACKAGE, UsageModel.PERCENTAGE),
    "free_events": (UsageModel.PERCENTAGE,),
}
_NEEDED = ("tiers", "package_size", "package_price", "percent")


def _problems_of_fit(price: UsagePrice) -> Iterator[Problem]:
    """What a model needs, and what it cannot use."""
    for field, models in _BELONGS.items():
        value = getattr(price, field)
        given = value is not None and value != () and value != 0
        name = field.replace("_", "-")
        word = name.replace("-", " ")
        if price.model in models and field in _NEEDED and (value is None or value == ()):
            words = f"A {price.model} price needs its {word}. Give the {word}."
            yield Problem(f"missing-{name}", field, words)
        elif price.model not in models and given:
            known = " or ".join(models)
            words = f"{word.capitalize()}: a {price.model} price has none. Leave it out, or take the model {known}."
            yield Problem(f"unfit-{name}", field, words)


def _problems_of_tiers(tiers: tuple[Tier, ...]) -> Iterator[Problem]:
    if not tiers:
        return
    if len(tiers) > MOST_TIERS:
        yield Problem("too-many-tiers", "tiers", f"There are {len(tiers)} tiers. Give at most {MOST_TIERS}.")
    if tiers[-1].up_to is not None:
        words = f"The last tier ends at {tiers[-1].up_to}. Leave it open, so that every quantity has a price."
        yield Problem("last-tier-closed", "tiers", words)
    if any(tier.up_to is None for tier in tiers[:-1]):
        yield Problem("open-tier-inside", "tiers", "Only the last tier is open. Say up to where each other one holds.")
    closed = [tier.up_to for tier in tiers if tier.up_to is not None]
    for before, after in pairwise(closed):
        if after <= before:
            words = f"A tier up to {after} cannot follow one up to {before}. Give the tiers from low to high."
            yield Problem("tiers-must-rise", "tiers", words)


def _problems_of_numbers(price: UsagePrice) -> Iterator[Problem]:
    for tier in price.tiers:
        if tier.up_to is not None:
            yield from problems_of_number("tiers", "A tier's end", tier.up_to, above_zero=True)
        yield from problems_of_number("tiers", "A tier's unit price", tier.unit_price, PRICE_LIMIT)
        yield from problems_of_number("tiers", "A tier's flat fee", tier.flat_fee, PRICE_LIMIT)
    if price.package_size is not None:
        yield from problems_of_number("package_size", "The package size", price.package_size, above_zero=True)
    if price.package_price is not None:
        yield from problems_of_number("package_price", "The package price", price.package_price, PRICE_LIMIT)
    if price.percent is not None and not (price.percent.is_finite() and 0 <= price.percent <= 100):
        yield Problem("percent-out-of-range", "percent", "The percentage is out of range. Give one from 0 to 100.")
    elif price.percent is not None:
        yield from problems_of_number("percent", "The percentage", price.percent, PRICE_LIMIT)
    yield from problems_of_number("fixed_fee", "The fixed fee", price.fixed_fee, PRICE_LIMIT)
    yield from problems_of_number("free_units", "The number of free units", price.free_units)
    yield from problems_of_number("included", "The included quantity", price.included)
    if not 0 <= price.free_events < MOST_FREE_EVENTS:
        words = f"The number of free events is out of range. Give one from 0 to below {MOST_FREE_EVENTS:,}."
        yield Problem("free-events-out-of-range", "free_events", words)
