"""What a line is worth: term counts in price units, totals and MRR, rounded once (DOMAIN section 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from calm_desktop.engine.catalog import PriceUnit
from calm_desktop.engine.dates import (
    ANNIVERSARY,
    ONE_DAY,
    WHOLE,
    BillingPeriod,
    Boundary,
    Frequency,
    Partial,
    Period,
    Remainder,
    Timing,
    billing_periods,
    day_in_month,
    month_number,
)
from calm_desktop.engine.money import Currency, Money, money_from
from calm_desktop.engine.problems import Bug


class MrrFormula(StrEnum):
    """How monthly recurring revenue is figured: from the price, or as the total over the months of the term."""

    PRICE = "price"
    TOTAL_OVER_TERM = "total-over-term"


@dataclass(frozen=True, slots=True)
class Rate:
    """A unit price before discount, what one of it pays for, and its discounts.

    `discount` is in percent (0 to 100) and comes off first, then `discount_amount`, in major units off each unit price.
    """

    unit_price: Decimal
    unit: PriceUnit
    discount: Decimal = Decimal(0)
    discount_amount: Decimal = Decimal(0)

    @property
    def net(self) -> Fraction:
        """The unit price after discounts, exact, in major units of the currency."""
        price = Fraction(self.unit_price)
        if self.discount:
            price = price * (100 - Fraction(self.discount)) / 100
        return price - Fraction(self.discount_amount) if self.discount_amount else price

    @property
    def net_decimal(self) -> Decimal:
        """The unit price after discounts, exact: within the limits it never has more than 12 decimals."""
        price = (self.unit_price * (100 - self.discount)).scaleb(-2) if self.discount else self.unit_price
        return price - self.discount_amount if self.discount_amount else price


@dataclass(frozen=True, slots=True)
class BillingTerms:
    """How a line is billed: how often, when, on which grid, and what becomes of parts and remainders."""

    frequency: Frequency = Frequency.MONTHLY
    timing: Timing = Timing.ADVANCE
    boundary: Boundary = ANNIVERSARY
    partial: Partial = Partial.ALLOWED
    remainder: Remainder = Remainder.LAST


STANDARD_TERMS = BillingTerms()


def weight(part: BillingPeriod, terms: BillingTerms, anchor: date) -> Fraction:
    """What a billing period counts as a share of a whole one.

    A whole one counts 1, and so does any where the policy forbids partial periods. A part that is made of k whole
    months of an n-month period counts k/n, so that 18 months are 1.5 years; other parts count by days (DOMAIN 2.5).
    """
    if part.is_whole or terms.partial is Partial.WHOLE:
        return WHOLE
    months = terms.frequency.months
    if months > 1:
        day, after = terms.boundary.day_of_month(anchor), part.end + ONE_DAY
        first, last = month_number(part.start), month_number(after)
        if part.start == day_in_month(first, day) and after == day_in_month(last, day):
            return Fraction(last - first, months)
    return part.fraction


def counting_terms(terms: BillingTerms) -> BillingTerms:
    """The terms whose grid a price is counted on: months, where the billing periods are not made of months."""
    if terms.frequency.months:
        return terms
    return replace(terms, frequency=Frequency.MONTHLY)


def term_count(period: Period, unit: PriceUnit, terms: BillingTerms, anchor: date | None = None) -> Fraction:
    """How many price units a period is, exact: 12 for a year of a monthly price, 1 for a price paid once.

    `anchor` is the first day of the term whose grid counts, where that is not the period's own start. An evergreen
    period has no count unless the price is paid once.
    """
    if unit is PriceUnit.ONCE:
        return WHOLE
    if period.end is None:
        raise Bug("an evergreen period has no term count")
    return _term_count(period, unit, terms, anchor or period.start)


@lru_cache(maxsize=4096)
def _term_count(period: Period, unit: PriceUnit, terms: BillingTerms, start: date) -> Fraction:
    """The same for days that end; one term is asked for again and again, and is that of many assets."""
    counting = counting_terms(terms)
    parts = billing_periods(period, counting.frequency, counting.boundary, start)
    return count_of((weight(part, counting, start) for part in parts), unit, counting.frequency)


def count_of(weights: Iterable[Fraction], unit: PriceUnit, frequency: Frequency) -> Fraction:
    """The price units in billing periods of these weights; the frequency must be one of months."""
    wholes, parts = 0, Fraction(0)
    for share in weights:
        if share is WHOLE:
            wholes += 1
        else:
            parts += share
    return (wholes + parts) * frequency.months / unit.months


def exact_amount(count: Fraction, quantity: Decimal, rate: Rate) -> Fraction:
    """Net unit price x quantity x term count in major units, not rounded."""
    net = rate.net if rate.discount or rate.discount_amount else rate.unit_price
    (top, bottom), (units, parts) = net.as_integer_ratio(), quantity.as_integer_ratio()
    return Fraction(top * units * count.numerator, bottom * parts * count.denominator)


def total(
    period: Period,
    quantity: Decimal,
    rate: Rate,
    terms: BillingTerms,
    currency: Currency,
    anchor: date | None = None,
) -> Money:
    """`round(net unit price x quantity x term count)`: the one rounding (DOMAIN 3.2)."""
    return money_from(exact_amount(term_count(period, rate.unit, terms, anchor), quantity, rate), currency)
