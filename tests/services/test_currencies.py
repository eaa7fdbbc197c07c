"""Currencies by name."""

from __future__ import annotations

import pytest

from calm_desktop.engine.problems import Refused
from calm_desktop.services.currencies import currency_named


@pytest.mark.parametrize(("code", "decimals"), [("USD", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("XAF", 0)])
def test_each_currency_has_its_own_decimals(code: str, decimals: int):
    assert currency_named(code).decimals == decimals


def test_small_letters_name_the_same_currency():
    assert currency_named(" usd ") == currency_named("USD")
    assert currency_named("usd").code == "USD"


@pytest.mark.parametrize("code", ["", "ABC", "XXX", "XAU", "DOLLAR", "$"])
def test_an_unknown_currency_is_refused_with_what_to_do(code: str):
    with pytest.raises(Refused) as refused:
        currency_named(code)
    (problem,) = refused.value.problems
    assert (problem.code, problem.field) == ("unknown-currency", "currency")
    assert problem.message == f"There is no currency {code!r}. Give a code of three letters, such as USD or EUR."
