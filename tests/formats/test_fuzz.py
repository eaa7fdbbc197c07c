"""Broken files never break a reader: a few of those that `make fuzz` reads by the ten thousand."""

from __future__ import annotations

from tests.fuzz import run


def test_broken_files_are_told_of_in_words() -> None:
    assert run(200, seed=7) > 0
