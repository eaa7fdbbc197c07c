"""How a file writes its days and numbers, found out from the file itself where only one way fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from calm_desktop.formats import values
from calm_desktop.formats.values import Misread

_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A text that means one thing in the first of two ways and another in the second, and nothing that decides."""

    text: str
    ways: tuple[str, str]


class Evidence:
    """Sees the texts of some columns, and keeps those ways of writing in which all of them can be read."""

    def __init__(self, readers: dict[str, Callable[[str], Any]]) -> None:
        self._readers = readers
        self._left = list(readers)
        self._differing: dict[tuple[str, str], str] = {}
        self._seen: set[str] = set()

    def see(self, text: str) -> None:
        """Take a text into account; one that can be read in no way at all says nothing."""
        if not text or text in self._seen or len(self._left) == 1:
            return
        if len(self._seen) < _REMEMBERED:
            self._seen.add(text)
        meant = {}
        for way, reader in self._readers.items():
            try:
                meant[way] = reader(text)
            except Misread:
                continue
        if not meant:
            return
        self._left = [way for way in self._left if way in meant] or self._left
        for first, second in combinations(self._left, 2):
            if meant.get(first) != meant.get(second):
                self._differing.setdefault((first, second), text)

    def way(self) -> str | Ambiguous:
        """The way in which all texts can be read; the first of several that mean the same."""
        for pair in combinations(self._left, 2):
            if pair in self._differing:
                return Ambiguous(self._differing[pair], pair)
        return self._left[0]


def of_days() -> Evidence:
    """Whether days are written ISO, day first or month first. Other forms say nothing."""
    return Evidence({form: values.date_reader([form]) for form in (values.ISO, values.DAY_FIRST, values.MONTH_FIRST)})


def of_numbers() -> Evidence:
    """How thousands are grouped and decimals begun."""
    return Evidence({style: values.number_reader(style) for style in values.GROUPINGS})


def of_texts(evidence: Evidence, texts: Sequence[str]) -> str | Ambiguous:
    """What some texts say."""
    for text in texts:
        evidence.see(text.strip())
    return evidence.way()
