"""One currency seen in another: rates hold from a day on, and figures are converted exactly and rounded once.

Amounts of different currencies are never added (DOMAIN 3.5). Where an organisation asks for one reporting currency,
each amount is converted by the rate of the day first, and what comes of it is shown as converted, beside the figures
and never in their place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from calm_desktop.engine.money import Currency, Money, money_from


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """From `start` on, until a later one, one unit of `currency` is worth `rate` (> 0) units of `to_currency`.

    Both currencies are ISO 4217 codes.
    """

    currency: str
    to_currency: str
    start: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Conversion:
    """How one currency is seen in another on a day: `factor` units for one, by the rate `used`.

    `inverted` says that only the rate the other way round was known: the factor is one divided by it, unrounded.
    """

    used: ExchangeRate
    factor: Fraction
    inverted: bool


def rate_on(rates: Iterable[ExchangeRate], currency: str, to_currency: str, day: date) -> Conversion | None:
    """How `currency` is seen in `to_currency` on `day`; None where no rate is known, for none is ever guessed.

    It is the rate of the latest day on or before `day`; the other way round only where there is none this way.
    """
    begun = [rate for rate in rates if rate.start <= day]
    for pair, inverted in (((currency, to_currency), False), ((to_currency, currency), True)):
        found = [rate for rate in begun if (rate.currency, rate.to_currency) == pair]
        if found:
            latest = max(found, key=lambda rate: rate.start)
            factor = Fraction(latest.rate)
            return Conversion(latest, 1 / factor if inverted else factor, inverted)
    return None


def converted_sum(
    amounts: Iterable[Money], to_currency: Currency, conversions: Mapping[str, Conversion]
) -> Money | None:
    """What amounts of several currencies come to in `to_currency`: each converted exactly, the sum rounded once.

    `conversions` are known by the code of the currency they start from. None where an amount has none; nothing is
    nothing in every currency, and what is in `to_currency` needs none.
    """
    total = Fraction(0)
    for amount in amounts:
        code = amount.currency.code
        if not amount:
            continue
        if code == to_currency.code:
            total += Fraction(amount.amount)
        elif code in conversions:
            total += Fraction(amount.amount) * conversions[code].factor
        else:
            return None
    return money_from(total, to_currency)
