"""Portions of long lists, of a size that fits a statement of any database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Each = TypeVar("Each")


def chunks(things: Iterable[Each], size: int = 500) -> Iterator[tuple[Each, ...]]:
    """The things, in order, `size` at a time."""
    rest = iter(things)
    while portion := tuple(islice(rest, size)):
        yield portion
