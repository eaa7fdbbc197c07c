"""The currencies of the world: codes and decimals as the Unicode tables know them."""

from __future__ import annotations

from functools import cache

from babel.core import get_global
from babel.numbers import get_currency_precision, list_currencies

from calm_desktop.engine.money import Currency
from calm_desktop.engine.problems import Problem, Refused


@cache
def currency_named(code: str) -> Currency:
    """The currency of an ISO 4217 code, capital or small letters; refused when there is none."""
    wanted = code.strip().upper()
    if not is_currency(wanted):
        message = f"There is no currency {code!r}. Give a code of three letters, such as USD or EUR."
        raise Refused(Problem("unknown-currency", "currency", message))
    return Currency(wanted, get_currency_precision(wanted))


def is_currency(code: str) -> bool:
    """Whether there is a currency of this ISO 4217 code, capital or small letters."""
    return code.strip().upper() in _codes()


@cache
def _codes() -> frozenset[str]:
    """All codes, but of those with X, which belong to no one country, only what people pay with somewhere.

    The others stand for metals, tests and the lack of a currency.
    """
    tender = {code for uses in get_global("territory_currencies").values() for code, _, _, paid in uses if paid}
    return frozenset(code for code in list_currencies() if not code.startswith("X") or code in tender)


@cache
def currency_codes() -> tuple[int, dict[int, tuple[str, ...]]]:
    """The number of decimals that most currencies have, and the codes of all others by theirs."""
    usual = 2
    others: dict[int, list[str]] = {}
    for code in sorted(_codes()):
        others.setdefault(get_currency_precision(code), []).append(code)
    return usual, {decimals: tuple(codes) for decimals, codes in others.items() if decimals != usual}
