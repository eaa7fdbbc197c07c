"""The world's faults in plain words: what a database or a disk says, turned into what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from calm_desktop.engine.problems import StoreFault
from calm_desktop.store import postgresql, sqlite


class Contended(StoreFault):
    """Others changed meanwhile what a transaction had read: nothing of it is stored, and it is to be done again."""


@contextmanager
def told_plainly(where: str) -> Iterator[None]:
    """Turn every fault of the world that happens inside into a `StoreFault` about the store `where`.

    A broken constraint and a wrong statement are no faults of the world: they pass as they are.
    """
    try:
        yield
    except (DBAPIError, sqlite.Error, OSError) as error:
        words = words_for(error, where)
        if words is None:
            raise
        raise (Contended if postgresql.asks_to_try_again(error) else StoreFault)(words) from error


def words_for(error: Exception, where: str) -> str | None:
    """What happened to the store `where` and what to do, in plain words; None where it is a mistake of the program."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, OSError) and cause.filename:
        where = str(cause.filename)
    if isinstance(cause, sqlite.Error):
        return sqlite.words_for(cause, where)
    if isinstance(cause, PermissionError):
        return f"{where} may not be read or written. Ask for permission, or name another store."
    if isinstance(cause, OSError):
        return f"{where} cannot be read or written: {cause.strerror or cause}. Check the disk, or name another store."
    if isinstance(error, DBAPIError) and (words := postgresql.words_for(error, where)):
        return words
    if isinstance(error, (OperationalError, InterfaceError)):
        return f"The database server of {where} does not answer as it should: {cause}. Check it and try again."
    return None
