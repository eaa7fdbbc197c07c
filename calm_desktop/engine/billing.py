"""Billing schedules: the slices of a term, when each is billed, and what may be asked for (DOMAIN 2.6, 3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from calm_desktop.engine.catalog import PriceUnit
from calm_desktop.engine.dates import (
    FIRST_DAY,
    LAST_DAY,
    WHOLE,
    BillingPeriod,
    BoundaryKind,
    Frequency,
    Partial,
    Period,
    billing_date,
    billing_periods,
)
from calm_desktop.engine.limits import PRICE_LIMIT, has_more_decimals, problems_of_number
from calm_desktop.engine.money import Currency, Money, money_from, split
from calm_desktop.engine.problems import Bug, Problem
from calm_desktop.engine.rating import (
    BillingTerms,
    Rate,
    count_of,
    exact_amount,
    term_count,
    weight,
)

AMOUNT_LIMIT = Fraction(2**63 - 1, 10**4)
"""In major units: what fits a 64-bit count of minor units in the currencies with the most decimals, which is four."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One billing period item: its days, its billing date, its share of a whole period, and its amount.

    `quantity` is what it bills, where that is not the quantity of its order item.
    """

    start: date
    end: date
    billing_date: date
    fraction: Fraction
    amount: Money
    quantity: Decimal | None = None


def slices(
    period: Period,
    quantity: Decimal,
    rate: Rate,
    terms: BillingTerms,
    currency: Currency,
    bill_day: int | None,
    through: date | None,
    anchor: date | None = None,
    agreed: Money | None = None,
) -> tuple[Slice, ...]:
    """The slices of a line, in order, that are billed up to `through`; without it, all those of a term.

    The slices of a term sum to its total to the last minor unit. An evergreen line needs `through`, and each of
    its slices is rated by itself; what is paid once and has no end is one slice on its start day. `anchor` is the
    first day of the term whose grid is used, where that is not the period's own start. With an `agreed` total the
    slices sum to that.
    """
    if period.end is None and rate.unit is not PriceUnit.ONCE:
        if through is None:
            raise Bug("an evergreen schedule is laid out through a day")
        return tuple(_evergreen(period, quantity, rate, terms, currency, bill_day, through, anchor))
    if period.end is None:
        once = agreed or money_from(exact_amount(WHOLE, quantity, rate), currency)
        due = billing_date(period.start, period.start, terms.timing, bill_day)
        return (Slice(period.start, period.start, due, WHOLE, once),) if through is None or due <= through else ()
    frequency = terms.frequency
    start = anchor or period.start
    parts = tuple(billing_periods(period, frequency, terms.boundary, start))
    weights = tuple(weight(part, terms, start) for part in parts)
    if rate.unit is not PriceUnit.ONCE and frequency.months:
        count = count_of(weights, rate.unit, frequency)
    else:
        count = term_count(period, rate.unit, terms, anchor)
    minor = exact_amount(count, quantity, rate) * 10**currency.decimals
    amounts = split(minor, weights, terms.remainder, None if agreed is None else agreed.minor)
    laid = (_slice(part, terms, bill_day, Money(amount, currency)) for part, amount in zip(parts, amounts, strict=True))
    return tuple(part for part in laid if through is None or part.billing_date <= through)


def _evergreen(
    period: Period,
    quantity: Decimal,
    rate: Rate,
    terms: BillingTerms,
    currency: Currency,
    bill_day: int | None,
    through: date,
    anchor: date | None,
) -> Iterator[Slice]:
    def rated(count: Fraction) -> Money:
        return money_from(exact_amount(count, quantity, rate), currency)

    start = anchor or period.start
    per_period = Fraction(terms.frequency.months, rate.unit.months)
    whole = rated(per_period)
    for part in billing_periods(period, terms.frequency, terms.boundary, start):
        if per_period:
            share = weight(part, terms, start)
            amount = whole if share is WHOLE else rated(share * per_period)
        else:
            amount = rated(_count_by_days(part, rate.unit, terms, start))
        item = _slice(part, terms, bill_day, amount)
        if item.billing_date > through:
            return
        yield item


def _count_by_days(part: BillingPeriod, unit: PriceUnit, terms: BillingTerms, anchor: date) -> Fraction:
    """The price units in the days of a week or a day: each day is its share of the month it lies in."""
    whole = terms.partial is Partial.WHOLE
    days = Period(part.whole_start, part.whole_end) if whole else Period(part.start, part.end)
    return term_count(days, unit, BillingTerms(Frequency.MONTHLY, boundary=terms.boundary), anchor)


def _slice(part: BillingPeriod, terms: BillingTerms, bill_day: int | None, amount: Money) -> Slice:
    return Slice(
        part.start,
        part.end,
        billing_date(part.start, part.end, terms.timing, bill_day),
        WHOLE if terms.partial is Partial.WHOLE else part.fraction,
        amount,
    )


def problems_of_terms(period: Period, quantity: Decimal, rate: Rate, terms: BillingTerms) -> list[Problem]:
    """Everything that keeps a line from being sold: limits of quantity, price, discount and days, and what clashes."""
    problems = [
        *_problems_of_days(period),
        *problems_of_number("quantity", "The quantity", quantity, above_zero=True),
        *_problems_of_rate(rate),
        *_problems_of_grid(period, rate, terms),
    ]
    if not problems and _largest_amount(period, quantity, rate, terms) > AMOUNT_LIMIT:
        problems.append(
            Problem(
                "amount-too-large",
                "quantity",
                f"The amount is too large: it must stay below {int(AMOUNT_LIMIT):,}. "
                "Lower the quantity or the price, or sell it in several lines.",
            )
        )
    return problems


def _largest_amount(period: Period, quantity: Decimal, rate: Rate, terms: BillingTerms) -> Fraction:
    """The largest figure that a line brings about: its total, or one billing period or price unit of it."""
    counts = [WHOLE]
    if rate.unit is not PriceUnit.ONCE:
        counts.append(Fraction(terms.frequency.months, rate.unit.months))
        if period.end is not None:
            counts.append(term_count(period, rate.unit, terms))
    return exact_amount(max(counts), quantity, rate)


def _problems_of_days(period: Period) -> Iterator[Problem]:
    for field, day in (("start", period.start), ("end", period.end)):
        if day is not None and not FIRST_DAY <= day <= LAST_DAY:
            yield Problem(
                "day-out-of-range",
                field,
                f"The {field} {day} is out of range. Give a day from {FIRST_DAY} to {LAST_DAY}.",
            )
    if period.end is not None and period.end < period.start:
        yield Problem(
            "end-before-start",
            "end",
            f"The end {period.end} is before the start {period.start}. Give an end on or after the start.",
        )


def _problems_of_rate(rate: Rate) -> Iterator[Problem]:
    price, discount = rate.unit_price, rate.discount
    yield from problems_of_number("price", "The price", price, PRICE_LIMIT)
    if not discount.is_finite() or not 0 <= discount <= 100:
        yield Problem(
            "discount-out-of-range", "discount", "The discount is out of range. Give a percentage from 0 to 100."
        )
    elif has_more_decimals(discount, 4):
        yield Problem("too-many-decimals", "discount", "The discount has more than 4 decimals. Round it to 4.")
    amount = rate.discount_amount
    if not amount.is_finite() or amount < 0 or (amount and rate.net < 0):
        yield Problem(
            "discount-out-of-range",
            "discount_amount",
            "The discount in money is out of range. Give an amount from 0 up to the unit price.",
        )
    elif has_more_decimals(amount, 6):
        yield Problem(
            "too-many-decimals", "discount_amount", "The discount in money has more than 6 decimals. Round it to 6."
        )


def _problems_of_grid(period: Period, rate: Rate, terms: BillingTerms) -> Iterator[Problem]:
    boundary, frequency = terms.boundary, terms.frequency
    if boundary.kind is BoundaryKind.DAY and not (boundary.day and 1 <= boundary.day <= 31):
        yield Problem(
            "boundary-day-out-of-range",
            "boundary",
            f"The boundary day {boundary.day} is no day of a month. Give day:N with N from 1 to 31.",
        )
    if boundary.kind in (BoundaryKind.DAY, BoundaryKind.LAST_DAY) and frequency in (
        Frequency.WEEKLY,
        Frequency.DAILY,
    ):
        yield Problem(
            "boundary-needs-months",
            "boundary",
            f"The boundary {boundary} does not go with {frequency} billing. "
            "Use anniversary or calendar, or bill monthly or less often.",
        )
    if frequency is Frequency.ONCE and period.end is None and rate.unit is not PriceUnit.ONCE:
        yield Problem(
            "once-needs-end",
            "frequency",
            f"A price per {rate.unit} without an end cannot be billed once. Give an end, or bill it monthly.",
        )
