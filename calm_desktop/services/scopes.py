"""Which rows a view reads: conditions that a query is run under, one after the other, never one per row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, true

from calm_desktop.services.portions import chunks
from calm_desktop.services.tx import Tx

Scope = Sequence[ColumnElement[bool]]

EVERYTHING: Scope = (true(),)


def among(column: Column[int], numbers: Iterable[int]) -> Scope:
    """Rows whose `column` is one of `numbers`, in portions that fit a statement."""
    return tuple(column.in_(portion) for portion in chunks(numbers))


def rows_in(source: Tx | Connection, query: Select[Any], scope: Scope) -> Iterator[Any]:
    """The rows of `query` in `scope`."""
    db = source if isinstance(source, Connection) else source.db
    for condition in scope:
        yield from db.execute(query.where(condition))


def within(day: ColumnElement[date], start: date | None, end: date | None) -> ColumnElement[bool]:
    """Whether `day` lies in the span from `start` to `end`, both inclusive; None leaves a side open."""
    condition: ColumnElement[bool] = true()
    if start is not None:
        condition &= day >= start
    if end is not None:
        condition &= day <= end
    return condition
