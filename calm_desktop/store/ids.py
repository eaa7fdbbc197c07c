"""Ids and numbers, handed out by the program inside the transaction that uses them."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from calm_desktop.store.tables import counter


def take(connection: Connection, name: str, count: int = 1) -> int:
    """The first of `count` ids in a row that nobody else gets; each `name` counts for itself, from 1.

    Ids of a transaction that is rolled back are handed out again: nothing of it was ever seen.
    """
    advanced = connection.execute(update(counter).where(counter.c.name == name).values(next=counter.c.next + count))
    if advanced.rowcount == 0:
        connection.execute(insert(counter).values(name=name, next=1 + count))
        return 1
    after: int = connection.execute(select(counter.c.next).where(counter.c.name == name)).scalar_one()
    return after - count


def next_number(connection: Connection, series: str, count: int = 1) -> int:
    """The first of `count` numbers of a series without gaps (invoice numbers, DOMAIN 5.7), counted from 1."""
    return take(connection, f"{series}-number", count)
