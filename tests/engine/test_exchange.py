"""One currency seen in another: the rate of the day, converted exactly, rounded once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from calm_desktop.engine.exchange import Conversion, ExchangeRate, converted_sum, rate_on
from calm_desktop.engine.money import Currency, Money

USD, EUR, JPY, KWD = Currency("USD", 2), Currency("EUR", 2), Currency("JPY", 0), Currency("KWD", 3)
JANUARY, MARCH, JUNE = date(2022, 1, 1), date(2022, 3, 1), date(2022, 6, 1)


def rate(currency: str, to: str, start: date, worth: str) -> ExchangeRate:
    return ExchangeRate(currency, to, start, Decimal(worth))


def by(currency: str, to: str, worth: str) -> Conversion:
    found = rate_on([rate(currency, to, JANUARY, worth)], currency, to, JANUARY)
    assert found is not None
    return found


BOOK = (rate("EUR", "USD", JANUARY, "1.13"), rate("EUR", "USD", JUNE, "1.07"), rate("USD", "JPY", MARCH, "115.5"))


@pytest.mark.parametrize(
    ("day", "worth"),
    [
        (date(2021, 12, 31), None),
        (date(2022, 1, 1), "1.13"),
        (date(2022, 5, 31), "1.13"),
        (date(2022, 6, 1), "1.07"),
        (date(2030, 1, 1), "1.07"),
    ],
)
def test_the_rate_is_that_of_the_latest_day_on_or_before(day: date, worth: str | None) -> None:
    found = rate_on(BOOK, "EUR", "USD", day)
    assert (None if found is None else found.used.rate) == (None if worth is None else Decimal(worth))
    assert found is None or not found.inverted


def test_where_there_is_only_the_other_way_round_one_is_divided_by_it() -> None:
    found = rate_on(BOOK, "JPY", "USD", MARCH)
    assert found == Conversion(BOOK[2], Fraction(2, 231), inverted=True)
    assert converted_sum([Money(100_000, JPY)], USD, {"JPY": found}) == Money(86580, USD), (
        "100,000 / 115.5 = 865.8008..."
    )


def test_the_own_way_goes_before_a_later_rate_the_other_way_round() -> None:
    book = (rate("EUR", "USD", JANUARY, "1.13"), rate("USD", "EUR", MARCH, "0.9"))
    found = rate_on(book, "EUR", "USD", JUNE)
    assert found is not None
    assert (found.used, found.inverted) == (book[0], False)


def test_a_rate_of_other_currencies_is_no_rate() -> None:
    assert rate_on(BOOK, "EUR", "JPY", JUNE) is None


@pytest.mark.parametrize(
    ("minor", "currency", "to", "worth", "expected"),
    [
        (10000, USD, JPY, "115.5", 11550),
        (1, USD, JPY, "50", 1),  # 0.01 USD = 0.5 JPY: a half goes up
        (-1, USD, JPY, "50", -1),  # and away from zero below it
        (1, USD, JPY, "49.9999999999", 0),
        (12345, JPY, KWD, "0.0026", 32097),  # 32.097 KWD
        (1001, KWD, USD, "3.25", 325),  # 3.25325 USD
        (1002, KWD, USD, "3.25", 326),  # 3.2565 USD
        (1, EUR, USD, "0.0000000001", 0),
    ],
)
def test_money_is_converted_exactly_and_rounded_once(
    minor: int, currency: Currency, to: Currency, worth: str, expected: int
) -> None:
    conversion = by(currency.code, to.code, worth)
    assert converted_sum([Money(minor, currency)], to, {currency.code: conversion}) == Money(expected, to)


def test_a_sum_is_rounded_once_and_not_once_for_each_currency() -> None:
    conversions = {"EUR": by("EUR", "USD", "0.5"), "KWD": by("KWD", "USD", "2.5")}
    amounts = [Money(1, EUR), Money(1, KWD), Money(1000, USD)]
    assert converted_sum(amounts, USD, conversions) == Money(1001, USD), "0.005 + 0.0025 + 10.00"


def test_without_a_rate_a_sum_is_not_known() -> None:
    assert converted_sum([Money(1000, USD), Money(500, EUR)], USD, {}) is None


def test_nothing_is_nothing_in_every_currency() -> None:
    assert converted_sum([Money(0, EUR), Money(0, JPY)], USD, {}) == Money(0, USD)
