"""Exact money and its texts, as in DOMAIN section 3."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.dates import Remainder
from calm_desktop.engine.money import (
    Currency,
    Money,
    findable,
    money_from,
    plain,
    price_text,
    ratio_text,
    round_half_up,
    split,
)
from calm_desktop.engine.problems import Bug

USD, JPY, KWD = Currency("USD", 2), Currency("JPY", 0), Currency("KWD", 3)
FIRST, LAST = Remainder.FIRST, Remainder.LAST

TOTALS = st.fractions(-(10**9), 10**9, max_denominator=10**6)
WEIGHTS = st.lists(st.fractions(Fraction(1, 400), 1, max_denominator=400), min_size=1, max_size=40)


def equal(number: int) -> list[Fraction]:
    return [Fraction(1)] * number


# -------------------------------------------------------------------------------------------------------- amounts


def test_amounts_show_the_decimals_of_their_currency():
    assert str(USD.money(120000)) == "1200.00"
    assert str(JPY.money(1200)) == "1200"
    assert str(KWD.money(-1)) == "-0.001"
    assert USD.money(120000).amount == Decimal("1200.00")


def test_amounts_of_one_currency_are_added_subtracted_and_negated():
    assert USD.money(120000) + USD.money(17667) == Money(137667, USD)
    assert USD.money(100) - USD.money(250) == Money(-150, USD)
    assert -USD.money(100) == Money(-100, USD)
    assert sum([USD.money(1), USD.money(2)], USD.money(0)) == Money(3, USD)


def test_amounts_of_two_currencies_are_never_added():
    with pytest.raises(Bug, match="USD and JPY"):
        USD.money(1) + JPY.money(1)
    with pytest.raises(Bug, match="JPY and USD"):
        JPY.money(1) - USD.money(1)


def test_only_zero_is_nothing():
    assert not USD.money(0)
    assert USD.money(-1)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (Fraction(5, 2), 3),
        (Fraction(-5, 2), -3),
        (Fraction(1, 2), 1),
        (Fraction(-1, 2), -1),
        (Fraction(49, 100), 0),
        (Decimal("2.5"), 3),
        (Decimal("2.4999999"), 2),
        (Decimal("1E+3"), 1000),
        (7, 7),
    ],
)
def test_a_half_is_rounded_away_from_zero(value: Fraction | Decimal | int, rounded: int):
    assert round_half_up(value) == rounded


@given(st.decimals(-(10**12), 10**12, places=6))
def test_rounding_agrees_with_the_decimal_library(value: Decimal):
    assert round_half_up(value) == int(value.to_integral_value(ROUND_HALF_UP))


def test_money_is_rounded_once_to_the_currency():
    assert money_from(Fraction(224955, 1000), USD) == USD.money(22496)
    assert money_from(Decimal("-0.005"), USD) == USD.money(-1)
    assert money_from(Fraction(1, 3), KWD) == KWD.money(333)
    assert money_from(Decimal("99.5"), JPY) == JPY.money(100)


# --------------------------------------------------------------------------------------------------------- slices


def test_r7_a_hundred_over_twelve_months_leaves_four_cents_for_the_last_or_the_first():
    assert split(Fraction(10000), equal(12), LAST) == (833,) * 11 + (837,)
    assert split(Fraction(10000), equal(12), FIRST) == (837,) + (833,) * 11


def test_negative_totals_mirror_positive_ones():
    assert split(Fraction(-10000), equal(12), LAST) == (-833,) * 11 + (-837,)


def test_where_the_remainder_would_turn_a_sign_slices_are_cut_towards_zero():
    assert split(Fraction(8), equal(12), LAST) == (0,) * 11 + (8,)
    assert split(Fraction(8), equal(12), FIRST) == (8,) + (0,) * 11
    assert split(Fraction(-8), equal(12), LAST) == (0,) * 11 + (-8,)


def test_a_remainder_may_leave_a_slice_empty():
    assert split(Fraction(2), equal(3), LAST) == (1, 1, 0)


def test_slices_are_in_proportion_to_their_weights():
    assert split(Fraction(17667), [Fraction(16, 30), Fraction(1), Fraction(1), Fraction(1)], LAST) == (
        2667,
        5000,
        5000,
        5000,
    )


def test_nothing_is_split_into_nothings():
    assert split(Fraction(0), equal(3), LAST) == (0, 0, 0)


@pytest.mark.parametrize("weights", [[], [Fraction(0)], [Fraction(2), Fraction(-1)]])
def test_a_total_needs_weights_to_be_split_by(weights: list[Fraction]):
    with pytest.raises(Bug):
        split(Fraction(100), weights, LAST)


@given(TOTALS, WEIGHTS, st.sampled_from(Remainder))
def test_slices_sum_to_the_rounded_total_and_keep_its_sign(
    total: Fraction, weights: list[Fraction], remainder: Remainder
):
    slices = split(total, weights, remainder)
    assert len(slices) == len(weights)
    assert sum(slices) == round_half_up(total)
    assert all(part * total >= 0 for part in slices)


@given(TOTALS, WEIGHTS, st.sampled_from(Remainder))
def test_the_slices_of_the_opposite_are_the_opposite_slices(
    total: Fraction, weights: list[Fraction], remainder: Remainder
):
    assert split(-total, weights, remainder) == tuple(-part for part in split(total, weights, remainder))


@given(TOTALS, WEIGHTS, st.sampled_from(Remainder))
def test_every_slice_but_the_one_with_the_remainder_is_within_a_unit_of_its_share(
    total: Fraction, weights: list[Fraction], remainder: Remainder
):
    slices = split(total, weights, remainder)
    others = slice(1, None) if remainder is FIRST else slice(None, -1)
    for part, weight in zip(slices[others], weights[others], strict=True):
        assert abs(part - total * weight / sum(weights)) < 1


# ---------------------------------------------------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("10", "10"),
        ("10.000000", "10"),
        ("2.500", "2.5"),
        ("1E+3", "1000"),
        ("1E-6", "0.000001"),
        ("-0.0", "0"),
        ("-5.50", "-5.5"),
        ("100", "100"),
    ],
)
def test_plain_numbers(value: str, text: str):
    assert plain(Decimal(value)) == text


def test_a_figure_is_found_with_and_without_its_separators():
    assert findable(USD.money(120000)) == "1,200.00 1200.00"
    assert findable(Decimal("2.50")) == "2.5"


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        ("10", USD, "10.00"),
        ("0.125", USD, "0.125"),
        ("9.950000", USD, "9.95"),
        ("0.5", USD, "0.50"),
        ("10", JPY, "10"),
        ("0.25", JPY, "0.25"),
        ("1.5", KWD, "1.500"),
    ],
)
def test_prices_show_at_least_the_decimals_of_the_currency(value: str, currency: Currency, text: str):
    assert price_text(Decimal(value), currency) == text


def test_ratios_have_nine_decimals_or_are_trimmed():
    assert ratio_text(Fraction(8, 31)) == "0.258064516"
    assert ratio_text(Fraction(1)) == "1.000000000"
    assert ratio_text(Fraction(12), trim=True) == "12"
    assert ratio_text(Fraction(318, 31), trim=True) == "10.258064516"
    assert ratio_text(Fraction(53, 15), places=6, trim=True) == "3.533333"
    assert ratio_text(Fraction(-3, 2), trim=True) == "-1.5"
    assert ratio_text(Fraction(-1, 10**12), trim=True) == "0"
    assert ratio_text(Fraction(1, 2), places=1) == "0.5"
