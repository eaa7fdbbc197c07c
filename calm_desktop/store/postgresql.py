"""All that only PostgreSQL, and what speaks like it, needs: how a server is reached, what it asks, what it says.

The driver is psycopg; it is imported by SQLAlchemy where a store lives on a server, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import URL, Column, Connection, Dialect, Engine, Table, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

_PATIENCE = 10
"""Seconds to wait for another program that is writing, and for a server that is asked for a connection."""

SNAPSHOT: Mapping[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Execution options of a connection whose transaction only reads, all of it from one moment."""

_AGAIN = ("40001", "40P01")
"""What a server says that asks for the same transaction once more: serialization failure, deadlock."""


def engine_of(url: URL) -> Engine:
    """An engine on a server: transactions are serializable unless told otherwise.

    What an error says goes into a log, so it does not repeat the values of a statement.
    """
    # A connection that the server has ended meanwhile is noticed before it is used.
    engine = create_engine(url, isolation_level="SERIALIZABLE", hide_parameters=True, pool_pre_ping=True)
    if _speaks_psycopg(engine.dialect):
        event.listen(engine, "do_connect", _choose)
        event.listen(engine, "connect", _prepare)
    return engine


def _speaks_psycopg(dialect: Dialect) -> bool:
    return dialect.driver == "psycopg"


def _choose(_dialect: Dialect, _record: object, _arguments: object, options: dict[str, Any]) -> None:
    """How a connection is made: it is not waited for without end, and each statement is planned when it is run.

    A plan that the server kept from when a table was nearly empty would be slow at the end of a large import.
    """
    options.setdefault("connect_timeout", _PATIENCE)
    options.setdefault("prepare_threshold", None)


def _prepare(connection: Any, _record: object) -> None:
    """A new connection: it waits for others with patience that ends, and reads sums as the whole numbers they are."""
    from psycopg.adapt import Loader

    class Whole(Loader):
        """A sum of whole numbers, which servers widen to `numeric`; the store itself has no such column."""

        def load(self, data: Any) -> int:
            return int(bytes(data))

    connection.adapters.register_loader("numeric", Whole)
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{_PATIENCE}s'")
    connection.commit()


def is_used_by(connection: Connection) -> bool:
    """Whether the connection is one to such a server."""
    return _speaks_psycopg(connection.dialect)


def copy_in(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows by `COPY`, each with the values that the driver takes for the columns `names`."""
    quoted = connection.dialect.identifier_preparer
    columns = ", ".join(quoted.quote(name) for name in names)
    statement = f"COPY {quoted.format_table(table)} ({columns}) FROM STDIN"
    dialect, cursor = connection.dialect, connection.connection.cursor()
    errors = dialect.loaded_dbapi.Error
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except errors as error:
        # As SQLAlchemy tells what its own statements meet.
        lost = dialect.is_disconnect(error, connection.connection, None)
        raise DBAPIError.instance(
            statement, None, error, errors, hide_parameters=True, connection_invalidated=lost, dialect=dialect
        ) from error
    finally:
        cursor.close()


def set_by_id(connection: Connection, column: Column[Any], values: Sequence[Any], ids: Sequence[int]) -> None:
    """Set a column in the rows of these ids, each to its own value, by one statement whatever their number."""
    quoted = connection.dialect.identifier_preparer
    table, name = quoted.format_table(column.table), quoted.quote(column.name)
    kind = column.type.compile(connection.dialect)
    connection.exec_driver_sql(
        f"UPDATE {table} SET {name} = given.now"  # noqa: S608 -- the names are those of the program's own tables
        f" FROM unnest(%s::{kind}[], %s::bigint[]) AS given(now, of) WHERE {table}.id = given.of",
        (list(values), list(ids)),
    )


def words_for(error: DBAPIError, where: str) -> str | None:
    """What a server's fault means and what to do, in plain words; None where the program made a mistake.

    Of the server's own words only those are repeated that tell why there is no connection: they hold no password.
    """
    state = _state(error)
    if state is None and isinstance(error, OperationalError):
        return (_LOST if error.connection_invalidated else _NO_CONNECTION).format(where=where, said=_said(error))
    found = (words for beginning, words in _WORDS.items() if (state or "").startswith(beginning))
    return next((words.format(where=where, said=_said(error)) for words in found), None)


def asks_to_try_again(error: Exception) -> bool:
    """Whether the server asks for the same transaction once more, for others changed meanwhile what it had read."""
    return isinstance(error, DBAPIError) and _state(error) in _AGAIN


def _state(error: DBAPIError) -> str | None:
    """The SQLSTATE of a server's answer; None where the server was not reached, or this is no server of this kind."""
    state = getattr(error.orig, "sqlstate", None)
    return state if isinstance(state, str) else None


def _said(error: DBAPIError) -> str:
    said = getattr(getattr(error.orig, "diag", None), "message_primary", None) or str(error.orig)
    return " ".join(said.split()).rstrip(".")


_NO_CONNECTION = (
    "There is no connection to {where}: {said}. Check that the server runs, and the address, the user and the password."
)
_LOST = (
    "The connection to {where} was lost. What was asked for is stored whole or not at all: "
    "see whether the server runs, look which it is, and try again."
)
_WORDS = {
    **dict.fromkeys(
        _AGAIN,
        "{where} is busy: others kept changing what was worked on. Nothing was changed. Try again in a moment.",
    ),
    "55P03": (
        f"{{where}} is in use: another program has been writing to it for more than {_PATIENCE} seconds. "
        "Wait until it is done, and try again. Nothing was changed."
    ),
    "53100": "The disk of {where} is full. Make room on the server and try again. Nothing was changed.",
    "53": "The server of {where} has no room for more: {said}. Try again later. Nothing was changed.",
    "58": "The disk of {where} failed on the server. Have its administrator look, then try again.",
    "XX": "{where} is damaged on the server, or the server failed: {said}. Have its administrator look.",
    "28": _NO_CONNECTION,
    "3D": _NO_CONNECTION,
    "42501": "{where} may not be read or written by this user. Ask the server's administrator for permission.",
    "25006": "{where} can only be read: the server takes no changes. Name the server that does with --store.",
    "57014": "The server of {where} broke off what took too long. Nothing was changed. Try again, or ask for less.",
    "40003": _LOST,
    "57P": _LOST,
    "08": _LOST,
}
"""By the beginning of an SQLSTATE; the first that fits counts."""
