"""By what rows of files are known when they come again: their natural key within the system that they come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import select

from calm_desktop.engine.problems import Problem
from calm_desktop.services.lookup import not_withdrawn
from calm_desktop.services.portions import chunks
from calm_desktop.services.tx import Tx
from calm_desktop.store import bulk, tables

CHANGED = Problem(
    "row-changed",
    "line",
    "This row was imported before with other values. Undo the change, or number the line anew.",
)

_rows = tables.import_row.c
_COLUMNS = ("id", "batch_id", "system", "natural_key", "content_key")


class Keyed(Protocol):
    """A row of a file that has keys."""

    @property
    def system(self) -> str: ...

    @property
    def natural_key(self) -> str: ...

    @property
    def content_key(self) -> str: ...


def known_contents(tx: Tx, rows: Iterable[Keyed]) -> dict[tuple[str, str], str]:
    """The content keys of those rows that were imported before, by system and natural key."""
    found: dict[tuple[str, str], str] = {}
    by_system: dict[str, list[str]] = {}
    for row in rows:
        by_system.setdefault(row.system, []).append(row.natural_key)
    for system, keys in by_system.items():
        for chunk in chunks(keys):
            query = select(_rows.natural_key, _rows.content_key).where(not_withdrawn(tables.import_row))
            for key, content in tx.db.execute(query.where(_rows.system == system, _rows.natural_key.in_(chunk))):
                found[system, key] = content
    return found


def remember(tx: Tx, batch: int, made: str, rows: Sequence[tuple[int, Keyed, int]]) -> None:
    """Keep the keys of rows, each with the id of its own and the number of the record that it made.

    `made` names the column of the record (`order_item_id`).
    """
    values = [(id_, batch, row.system, row.natural_key, row.content_key, record) for id_, row, record in rows]
    bulk.insert(tx.db, tables.import_row, (*_COLUMNS, made), values)


def remember_records(tx: Tx, batch: int, system: str, made: str, records: Sequence[tuple[int, Any]]) -> None:
    """Keep that a batch made records that no row is known by, each with an id of its own."""
    bulk.insert(
        tx.db,
        tables.import_row,
        ("id", "batch_id", "system", made),
        [(id_, batch, system, record) for id_, record in records],
    )
