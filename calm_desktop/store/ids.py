"""Ids and numbers, handed out by the program inside the transaction that uses them."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, update

from calm_desktop.store.tables import counter

_ADVANCE = (
    update(counter)
    .where(counter.c.name == bindparam("of"))
    .values(next=counter.c.next + bindparam("many"))
    .returning(counter.c.next)
)


def take(connection: Connection, name: str, count: int = 1) -> int:
    """The first of `count` ids in a row that nobody else gets; each `name` counts for itself, from 1.

    Ids of a transaction that is rolled back are handed out again: nothing of it was ever seen.
    """
    after: int | None = connection.scalar(_ADVANCE, {"of": name, "many": count})
    if after is None:
        connection.execute(insert(counter).values(name=name, next=1 + count))
        return 1
    return after - count


def next_number(connection: Connection, series: str, count: int = 1) -> int:
    """The first of `count` numbers of a series without gaps (invoice numbers, DOMAIN 5.7), counted from 1."""
    return take(connection, f"{series}-number", count)
