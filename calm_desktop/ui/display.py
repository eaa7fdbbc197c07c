"""Texts for people: money, quantities, days and counts as a bookkeeper writes them, and days read back.

Minus is the true sign U+2212 everywhere; an absent value shows as an en dash.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_compact_currency, format_currency, format_decimal, get_currency_symbol
from dateutil.relativedelta import relativedelta

from calm_desktop.engine.dates import FIRST_DAY, LAST_DAY
from calm_desktop.engine.hidden import HIDDEN
from calm_desktop.engine.money import Currency, Money

MINUS = "\u2212"
NOTHING = "\u2013"
ARROW = "\u2192"
LOCALE = "en_US"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@lru_cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


@lru_cache
def _money_pattern(locale: str, decimals: int) -> str:
    pattern = _locale(locale).currency_formats["standard"].pattern
    return re.sub(r"0\.0+", "0." + "0" * decimals if decimals else "0", pattern)


def _true_minus(text: str) -> str:
    return text.replace("-", MINUS)


def money(value: Money | None, locale: str = LOCALE) -> str:
    """`$1,200.00`, with exactly the currency's decimals; None shows as a dash, what is hidden as nothing."""
    if value is None or value is HIDDEN:
        return NOTHING if value is None else ""
    currency = value.currency
    pattern = _money_pattern(locale, currency.decimals)
    return _true_minus(format_currency(value.amount, currency.code, pattern, _locale(locale), currency_digits=False))


def money_delta(value: Money | None, locale: str = LOCALE) -> str:
    """A change of money with its sign: `+$650.00`, `−$260.00`, `$0.00`."""
    return ("+" if value is not None and value.minor > 0 else "") + money(value, locale)


def short_money(amount: Decimal, currency: Currency, locale: str = LOCALE) -> str:
    """Money for an axis: `$2,500`, from 100,000 on `$120K`, `$1.5M`."""
    if abs(amount) >= 100_000:
        compact = format_compact_currency(amount, currency.code, locale=_locale(locale), fraction_digits=1)
        return _true_minus(compact).replace(".0", "")
    digits = 0 if amount == amount.to_integral_value() else currency.decimals
    pattern = _money_pattern(locale, digits)
    return _true_minus(format_currency(amount, currency.code, pattern, _locale(locale), currency_digits=False))


def unit_price(price: Decimal | None, currency: Currency, locale: str = LOCALE) -> str:
    """A unit price with at least the currency's decimals and more where it has more: `$10.00`, `$0.125`."""
    if price is None or price is HIDDEN:
        return NOTHING if price is None else ""
    own = -int(price.normalize().as_tuple().exponent)
    pattern = _money_pattern(locale, max(currency.decimals, own))
    return _true_minus(format_currency(price, currency.code, pattern, _locale(locale), currency_digits=False))


def symbol(currency: Currency, locale: str = LOCALE) -> str:
    """The sign of a currency, `$`."""
    return get_currency_symbol(currency.code, _locale(locale))


def quantity(value: Decimal | None, locale: str = LOCALE) -> str:
    """A quantity without needless zeros: `1,200`, `2.5`."""
    if value is None or value is HIDDEN:
        return NOTHING if value is None else ""
    return _true_minus(format_decimal(value, "#,##0.######", _locale(locale)))


def quantity_delta(value: Decimal | None, locale: str = LOCALE) -> str:
    """A change of quantity with its sign: `+25`, `−10`, `0`."""
    return ("+" if value is not None and value > 0 else "") + quantity(value, locale)


def percent_delta(before: Decimal, after: Decimal, locale: str = LOCALE) -> str:
    """The change between two figures in percent, `+30.0%`; empty where there was nothing before."""
    if not before:
        return ""
    change = ((after - before) * 100 / abs(before)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return ("+" if change > 0 else "") + _true_minus(format_decimal(change, "#,##0.0", _locale(locale))) + "%"


@lru_cache(maxsize=4096)
def day(value: date | None, locale: str = LOCALE) -> str:
    """`01 Jan 2027`: a width that stays the same down a column."""
    return NOTHING if value is None else format_date(value, "dd MMM yyyy", _locale(locale))


def last_day(value: date | None, locale: str = LOCALE) -> str:
    """The end of what a customer owns or is billed for; what has none is evergreen."""
    return "Evergreen" if value is None else day(value, locale)


def period(start: date, end: date | None, locale: str = LOCALE) -> str:
    """`01 Jan 2027 – 31 Dec 2027`; an open end reads `from 01 Jan 2027`."""
    return f"from {day(start, locale)}" if end is None else f"{day(start, locale)} – {day(end, locale)}"


def count(number: int, one: str, many: str = "", locale: str = LOCALE) -> str:
    """`1 action`, `7 actions`; `many` where the plural is not one + s."""
    word = one if number == 1 else (many or one + "s")
    return f"{format_decimal(number, locale=_locale(locale))} {word}"


def change(before: str, after: str, delta: str = "") -> str:
    """`60 → 85  (+25)`; nothing of what is hidden."""
    if not before and not after:
        return ""
    return f"{before} {ARROW} {after}" + (f"  ({delta})" if delta else "")


def mnemonic_safe(text: str) -> str:
    """Text for a button or menu, its `&` kept as a character."""
    return text.replace("&", "&&")


def read_day(text: str, today: date) -> date:
    """The day that a person typed: `2027-01-31`, `31 Jan 2027`, `31.1.2027`, `today`, `+7`, `-30`, `+3m`, `+1y`.

    Raises ValueError with a message for people. Days with slashes are refused: they mean two things.
    """
    words = text.strip().lower()
    if not words:
        raise ValueError("Enter a day, such as 31 Jan 2027.")
    if words == "today":
        return today
    if moved := re.fullmatch(rf"([+\-{MINUS}])\s*(\d{{1,5}})\s*([dwmy]?)", words):
        number = int(moved[2]) * (1 if moved[1] == "+" else -1)
        unit = {"": "days", "d": "days", "w": "weeks", "m": "months", "y": "years"}[moved[3]]
        return _within(lambda: today + relativedelta(**{unit: number}), text)  # type: ignore[arg-type]
    if iso := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", words):
        return _made(int(iso[1]), int(iso[2]), int(iso[3]), text)
    if dotted := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", words):
        return _made(int(dotted[3]), int(dotted[2]), int(dotted[1]), text)
    if named := re.fullmatch(r"(\d{1,2})[ .\-]*([a-z]{3,9})[ .,\-]*(\d{4})", words):
        for month, name in enumerate(_MONTHS, 1):
            if named[2].startswith(name):
                return _made(int(named[3]), month, int(named[1]), text)
    raise ValueError(f"“{text.strip()}” is not a day. Write it like 31 Jan 2027 or 2027-01-31.")


def _within(make: object, text: str) -> date:
    try:
        found: date = make()  # type: ignore[operator]
    except (ValueError, OverflowError):
        raise ValueError(f"There is no day “{text.strip()}”. Choose one that exists.") from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise ValueError(f"Choose a day between {day(FIRST_DAY)} and {day(LAST_DAY)}.")
    return found


def _made(year: int, month: int, number: int, text: str) -> date:
    return _within(lambda: date(year, month, number), text)


def asset_words(number: str, name: str, account: str) -> str:
    """An asset so that a person knows it: its number first, by which it is found again."""
    return f"{number} · {name}, {account}"


def asset_number(words: str) -> str:
    """The asset that `asset_words`, or any text typed in their place, names."""
    return words.partition(" · ")[0].strip()
