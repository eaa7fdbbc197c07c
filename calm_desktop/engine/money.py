"""Exact money: each currency has its own decimals; rounded once, half away from zero (DOMAIN section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm

from calm_desktop.engine.dates import Remainder
from calm_desktop.engine.problems import Bug


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency: `code` (USD) and its number of `decimals` (JPY 0, USD 2, KWD 3)."""

    code: str
    decimals: int

    def money(self, minor: int) -> Money:
        """The amount of `minor` smallest units of this currency."""
        return Money(minor, self)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency: `minor` counts its smallest units (1200.00 USD = 120000)."""

    minor: int
    currency: Currency

    @property
    def amount(self) -> Decimal:
        """The amount in major units with exactly the currency's decimals."""
        return Decimal(self.minor).scaleb(-self.currency.decimals)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.amount:f}"

    def _same(self, other: Money) -> Money:
        """`other`, which must be of this currency: different currencies are never added (DOMAIN 3.5)."""
        if other.currency != self.currency:
            raise Bug(f"{self.currency.code} and {other.currency.code} cannot be added")
        return other


def round_half_up(value: Fraction | Decimal | int) -> int:
    """The nearest integer; a half goes away from zero (DOMAIN 3.2)."""
    top, bottom = value.as_integer_ratio()
    return _divide_half_up(top, bottom)


def _divide_half_up(top: int, bottom: int) -> int:
    """`top` / `bottom` (> 0) rounded half away from zero."""
    rounded = (2 * abs(top) + bottom) // (2 * bottom)
    return rounded if top >= 0 else -rounded


def money_from(amount: Fraction | Decimal, currency: Currency) -> Money:
    """The money for an exact amount in major units: the one rounding, to the currency's smallest unit."""
    top, bottom = amount.as_integer_ratio()
    return Money(_divide_half_up(top * 10**currency.decimals, bottom), currency)


def percent_of(amount: Money, percent: Decimal) -> Money:
    """So many percent of an amount, rounded once to the currency's smallest unit."""
    top, bottom = percent.as_integer_ratio()
    return Money(_divide_half_up(amount.minor * top, 100 * bottom), amount.currency)


def split(
    total: Fraction, weights: Sequence[Fraction], remainder: Remainder, agreed: int | None = None
) -> tuple[int, ...]:
    """Cut a total in exact minor units into slices in proportion to `weights`; they sum to the rounded total.

    With an `agreed` total in whole minor units, some odd cents from the exact one, they sum to that instead. Each slice
    is rounded half up and the first or last takes what is left over; where that would turn its sign, all slices are cut
    towards zero instead. A negative total is the mirror image of the positive one (DOMAIN 3.3).
    """
    scale = lcm(*(weight.denominator for weight in weights))
    shares = [weight.numerator * (scale // weight.denominator) for weight in weights]
    if sum(shares) <= 0 or min(shares) < 0:
        raise Bug("a total is split by weights of zero or more, one of them above zero")
    sign = -1 if total < 0 else 1
    top, bottom = abs(total.numerator), total.denominator * sum(shares)
    place = 0 if remainder is Remainder.FIRST else -1
    rounded = round_half_up(abs(total)) if agreed is None else sign * agreed
    slices = [_divide_half_up(top * share, bottom) for share in shares]
    if slices[place] + rounded - sum(slices) < 0:
        slices = [top * share // bottom for share in shares]
    slices[place] += rounded - sum(slices)
    return tuple(sign * part for part in slices)


def plain(value: Decimal) -> str:
    """A number as people write it: no exponent, no zeros at the end (`10`, `2.5`)."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def findable(figure: Money | Decimal) -> str:
    """A figure as people may look for it: `1,200.00 1200.00`, `2.5`."""
    return f"{figure.amount:,} {figure.amount:f}" if isinstance(figure, Money) else plain(figure)


def price_text(amount: Decimal, currency: Currency) -> str:
    """A unit price with at least the currency's decimals and no more zeros than these (`10.00`, `0.125`)."""
    whole, _, decimals = plain(amount).partition(".")
    decimals = decimals.ljust(currency.decimals, "0")
    return f"{whole}.{decimals}" if decimals else whole


def ratio_text(value: Fraction, places: int = 9, trim: bool = False) -> str:
    """A ratio for show, rounded half up to `places` decimals (1 or more), with or without zeros at the end."""
    digits = round_half_up(abs(value) * 10**places)
    whole, decimals = divmod(digits, 10**places)
    text = f"{'-' if value < 0 and digits else ''}{whole}.{decimals:0{places}d}"
    return text.rstrip("0").rstrip(".") if trim else text
