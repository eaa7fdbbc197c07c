"""A file says itself how it writes days and numbers, or it is asked."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from calm_desktop.formats import evidence
from calm_desktop.formats.evidence import Ambiguous
from calm_desktop.formats.occurrences import Occurrences


@pytest.mark.parametrize(
    ("texts", "way"),
    [
        (["01/02/2026", "13/02/2026"], "day first"),
        (["01/02/2026", "02/13/2026"], "month first"),
        (["2026-01-02"], "iso"),
        (["02.02.2026"], "day first"),
        ([], "iso"),
        (["never"], "iso"),
        (["01/02/2026"], Ambiguous("01/02/2026", ("day first", "month first"))),
        (["13/02/2026", "02/13/2026"], "day first"),
    ],
)
def test_days(texts: list[str], way: str | Ambiguous) -> None:
    assert evidence.of_texts(evidence.of_days(), texts) == way


@pytest.mark.parametrize(
    ("texts", "way"),
    [
        (["1,234.56"], "1,234.56"),
        (["1.234,56"], "1.234,56"),
        (["1 234,56"], "1 234,56"),
        (["1'234.56"], "1'234.56"),
        (["12", "0.5"], "1,234.56"),
        (["12", "0,5"], "1.234,56"),
        (["1,234"], Ambiguous("1,234", ("1,234.56", "1.234,56"))),
        (["1,234", "0.5"], "1,234.56"),
        (["(12.50)", "12.50-"], "1,234.56"),
    ],
)
def test_numbers(texts: list[str], way: str | Ambiguous) -> None:
    assert evidence.of_texts(evidence.of_numbers(), texts) == way


def test_equal_rows_are_counted_as_a_plain_count_does() -> None:
    dice = random.Random(3)
    occurrences, plain = Occurrences(), Counter[int]()
    for _ in range(20_000):
        key = dice.choice((0, 1, dice.getrandbits(64), dice.getrandbits(14), (1 << 64) - 1))
        plain[key or 1] += 1
        assert occurrences.count(key) == plain[key or 1]
