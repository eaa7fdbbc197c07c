"""Figures and days read as a bookkeeper writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.engine.money import Currency, Money
from calm_desktop.ui import display

USD, JPY, KWD, EUR = Currency("USD", 2), Currency("JPY", 0), Currency("KWD", 3), Currency("EUR", 2)
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Money(120_000, USD), "$1,200.00"),
        (Money(-26_000, USD), "\u2212$260.00"),
        (Money(1_200, JPY), "¥1,200"),
        (Money(1_234_567, KWD), "KWD1,234.567"),
        (Money(0, EUR), "€0.00"),
        (None, "–"),
    ],
)
def test_money_has_the_decimals_of_its_currency_and_a_true_minus(value: Money | None, text: str) -> None:
    assert display.money(value) == text


def test_what_has_no_last_day_is_evergreen() -> None:
    assert display.last_day(None) == "Evergreen"
    assert display.last_day(date(2027, 1, 31)) == "31 Jan 2027"


def test_money_follows_the_reader_s_locale() -> None:
    assert display.money(Money(120_000, EUR), "de_DE") == "1.200,00\xa0€"


def test_a_change_of_money_carries_its_sign() -> None:
    changes = [display.money_delta(Money(minor, USD)) for minor in (65_000, -26_000, 0)]
    assert changes == ["+$650.00", "\u2212$260.00", "$0.00"]


def test_a_change_of_quantity_carries_its_sign() -> None:
    assert [display.quantity_delta(Decimal(n)) for n in ("25", "-10", "0")] == ["+25", "\u221210", "0"]


def test_quantities_have_no_needless_zeros() -> None:
    quantities = ("10.000000", "2.500000", "1200", "0.000001")
    assert [display.quantity(Decimal(n)) for n in quantities] == ["10", "2.5", "1,200", "0.000001"]


@pytest.mark.parametrize(
    ("price", "text"), [("10", "$10.00"), ("0.125", "$0.125"), ("1500", "$1,500.00"), ("0.000001", "$0.000001")]
)
def test_a_unit_price_shows_all_its_decimals(price: str, text: str) -> None:
    assert display.unit_price(Decimal(price), USD) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0"),
        ("2500", "$2,500"),
        ("0.5", "$0.50"),
        ("120000", "$120K"),
        ("1500000", "$1.5M"),
        ("-40", "\u2212$40"),
    ],
)
def test_money_on_an_axis_is_short(amount: str, text: str) -> None:
    assert display.short_money(Decimal(amount), USD) == text


def test_growth_in_percent_is_rounded_half_up_and_unknown_from_nothing() -> None:
    assert display.percent_delta(Decimal(1500), Decimal(1950)) == "+30.0%"
    assert display.percent_delta(Decimal(1000), Decimal("1000.5")) == "+0.1%"
    assert display.percent_delta(Decimal(200), Decimal(150)) == "\u221225.0%"
    assert display.percent_delta(Decimal(0), Decimal(5)) == ""


def test_days_keep_their_width_and_an_open_end_is_said() -> None:
    assert display.day(date(2027, 1, 1)) == "01 Jan 2027"
    assert display.day(None) == "–"
    assert display.period(date(2022, 1, 1), date(2022, 12, 31)) == "01 Jan 2022 – 31 Dec 2022"
    assert display.period(date(2022, 1, 1), None) == "from 01 Jan 2022"


def test_counts_have_their_plural() -> None:
    assert display.count(1, "action") == "1 action"
    assert display.count(7_000, "action") == "7,000 actions"
    assert display.count(2, "entry", "entries") == "2 entries"


def test_a_change_reads_from_old_to_new() -> None:
    assert display.change("60", "85", "+25") == "60 → 85  (+25)"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2027-01-31", date(2027, 1, 31)),
        ("31 Jan 2027", date(2027, 1, 31)),
        ("1 september 2027", date(2027, 9, 1)),
        ("31.1.2027", date(2027, 1, 31)),
        ("today", date(2026, 11, 22)),
        ("+7", date(2026, 11, 29)),
        ("\u22121d", date(2026, 11, 21)),
        ("+3m", date(2027, 2, 22)),
        ("-2w", date(2026, 11, 8)),
        ("+1y", date(2027, 11, 22)),
    ],
)
def test_days_are_read_as_people_type_them(typed: str, meant: date) -> None:
    assert display.read_day(typed, TODAY) == meant


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("30 feb 2027", "There is no day “30 feb 2027”. Choose one that exists."),
        ("1/2/2027", "“1/2/2027” is not a day. Write it like 31 Jan 2027 or 2027-01-31."),
        ("", "Enter a day, such as 31 Jan 2027."),
        ("2200-01-01", "Choose a day between 01 Jan 1900 and 31 Dec 2199."),
        ("+99999y", "There is no day “+99999y”. Choose one that exists."),
    ],
)
def test_what_is_no_day_is_said_in_plain_words(typed: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is compared below
        display.read_day(typed, TODAY)
    assert str(refused.value) == message
