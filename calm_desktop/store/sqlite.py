"""All that only SQLite understands: how a file is opened, locked, copied and checked."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from sqlite3 import Error
from threading import Lock
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Engine,
    Executable,
    Integer,
    LargeBinary,
    QueuePool,
    StaticPool,
    String,
    Table,
    TypeDecorator,
    and_,
    create_engine,
    event,
    func,
    not_,
    or_,
    select,
    text,
    type_coerce,
)

from calm_desktop.store.folding import casefolded
from calm_desktop.store.tables import invoice

__all__ = [
    "WRITES",
    "Error",
    "Marker",
    "begins_like_a_database",
    "broken_links",
    "copy",
    "damage",
    "engine_of",
    "examine",
    "is_used_by",
    "keep_a_log_of_writes",
    "one_plain_file",
    "seal_documents",
    "seals",
    "strange_values",
    "tells_damage",
    "unseal_documents",
    "words_for",
]

WRITES = "calm_writes"
"""Execution option of a connection whose transaction is going to write: it waits for its turn before it reads."""

_PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""

_FIRST_BYTES = b"SQLite format 3\x00"


def begins_like_a_database(path: Path) -> bool:
    """Whether the file's first bytes are those of an SQLite database."""
    with path.open("rb") as file:
        return file.read(len(_FIRST_BYTES)) == _FIRST_BYTES


def engine_of(path: Path | None, *, may_create: bool = False, foreign_keys: bool = True) -> Engine:
    """An engine on a file, or on one connection in memory where there is no path.

    Only with `may_create` is a missing file made. Foreign keys are off only for migrations, which rebuild tables. What
    an error says goes into a log, so it does not repeat the values of a statement.
    """

    def open_it() -> sqlite3.Connection:
        connection = _connect(path, "rwc" if may_create else "rw")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        return connection

    engine = create_engine(
        "sqlite://", creator=open_it, poolclass=QueuePool if path else StaticPool, hide_parameters=True
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _connect(path: Path | None, mode: str) -> sqlite3.Connection:
    """A connection that begins and ends transactions only when told, so that every statement belongs to one."""
    name = f"{path.absolute().as_uri()}?mode={mode}" if path else ":memory:"
    connection = sqlite3.connect(
        name, uri=path is not None, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
    )
    # A commit that was answered survives a power cut: invoice numbers that were given out never come twice.
    connection.execute("PRAGMA synchronous = FULL")
    connection.create_function("casefold", 1, casefolded, deterministic=True)
    return connection


def keep_a_log_of_writes(path: Path) -> None:
    """Switch the file to write-ahead logging, so that readers never wait for the writer; the file remembers it."""
    with closing(_connect(path, "rwc")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def one_plain_file(path: Path) -> None:
    """Switch the file back from write-ahead logging, so that it stands alone and can be carried away."""
    with closing(_connect(path, "rw")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def copy(source: Path, target: Path) -> dict[str, int]:
    """Copy a database as it stands at this moment, also while others write; what `target` held is replaced at once.

    Gives the rows of each table at that moment.
    """
    with closing(_connect(source, "rw")) as reader, closing(_connect(target, "rwc")) as writer:
        # The copy itself waits for other writers without end; this asks for the turn with patience that ends.
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("ROLLBACK")
        reader.execute("BEGIN")
        counted = _rows(reader)
        reader.backup(writer)
    return counted


def examine(path: Path) -> tuple[list[str], dict[str, int]]:
    """What is broken in a file, in SQLite's own words (nothing where it is whole), and the rows of each table."""
    with closing(_connect(path, "rw")) as connection:
        found = _damage(str(row[0]) for row in connection.execute("PRAGMA integrity_check"))
        return found, {} if found else _rows(connection)


def _damage(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if line != "ok" and not line.startswith("CHECK constraint failed in ")]


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 -- the names are the file's own tables
        for (name,) in tables
    }


def is_used_by(connection: Connection) -> bool:
    """Whether the connection is one to SQLite."""
    return connection.dialect.name == "sqlite"


def damage(connection: Connection) -> list[str]:
    """What SQLite finds broken in the file itself, in its own words; empty where it is whole.

    Rows that break a constraint are left out: they are told by their rule, not by their file.
    """
    return _damage(connection.scalars(text("PRAGMA integrity_check")))


def strange_values(connection: Connection, table: Table) -> Iterator[tuple[Any, str, Any]]:
    """Values that cannot be what their column says, which SQLite lets through: the row's key, the column, the value."""
    any_strange, by_column = _looks_for_strange(table)
    # One look at the table, which is nearly always all right, is quicker than one for each column.
    if connection.execute(any_strange).first() is None:
        return
    for name, query in by_column.items():
        for row in connection.execute(query):
            yield row[0], name, row[1]


@cache
def _looks_for_strange(table: Table) -> tuple[Executable, dict[str, Executable]]:
    """Whether a table holds any strange value, and those of each column: put together once."""
    key = next(iter(table.primary_key.columns))
    strange = {column: and_(column.is_not(None), _is_strange(column)) for column in table.columns}
    by_column: dict[str, Executable] = {
        column.name: select(type_coerce(key, String), type_coerce(column, String)).where(condition).order_by(key)
        for column, condition in strange.items()
    }
    return select(1).select_from(table).where(or_(*strange.values())).limit(1), by_column


def _is_strange(column: Column[Any]) -> ColumnElement[bool]:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    raw = type_coerce(column, String)
    match kind:
        case Integer():
            return func.typeof(column) != "integer"
        case Boolean():
            return raw.not_in(["0", "1"])
        case Date():
            return or_(func.date(raw, "+0 days").is_distinct_from(raw), raw < "0001")
        case DateTime():
            # Without the fraction: SQLite rounds it up into the next second.
            second, rest = func.substr(raw, 1, 19), func.substr(raw, 20)
            odd = not_(or_(rest == "", rest.op("GLOB")(".[0-9][0-9][0-9][0-9][0-9][0-9]")))
            return or_(func.datetime(second, "+0 days").is_distinct_from(second), odd)
        case JSON():
            return not_(func.json_valid(raw))
        case LargeBinary():
            return func.typeof(column) != "blob"
        case _:
            return func.typeof(column) != "text"


def broken_links(connection: Connection) -> list[tuple[str, int, str]]:
    """Rows that point to a row which is not there: the table, the row's number and the table pointed to."""
    return [(row[0], row[1], row[2]) for row in connection.execute(text("PRAGMA foreign_key_check"))]


_SEALED = "a posted document never changes"
_KEPT = "the audit trail is only ever added to"
_ISSUED = "('Posted', 'Voided')"
_BOOKED = "(SELECT status FROM invoice WHERE id = OLD.invoice_id)"


def _seals() -> dict[str, str]:
    """The triggers that keep documents and the audit trail as they are, by name."""
    whenever = {
        "invoice": f"OLD.status IN {_ISSUED}",
        "invoice_line": f"{_BOOKED} IN {_ISSUED}",
        **dict.fromkeys(("credit_memo", "credit_memo_line", "payment", "settlement", "refund"), "1"),
    }
    same = " AND ".join(
        f'OLD."{column.name}" IS NEW."{column.name}"' for column in invoice.c if column.name != "status"
    )
    voiding = f"OLD.status = 'Posted' AND NEW.status = 'Voided' AND {same}"
    found = {}
    for table, condition in whenever.items():
        for act in ("UPDATE", "DELETE"):
            when = f"{condition} AND NOT ({voiding})" if (table, act) == ("invoice", "UPDATE") else condition
            name = f"sealed_{table}_{act.lower()}"
            found[name] = (
                f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{_SEALED}'); END"
            )
    for act in ("UPDATE", "DELETE"):
        name = f"sealed_audit_{act.lower()}"
        found[name] = f"CREATE TRIGGER {name} BEFORE {act} ON audit BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END"
    return found


def seal_documents(connection: Connection) -> None:
    """Have an SQLite file refuse, whoever writes to it, any change of documents that are posted (DOMAIN 5.7).

    But for a posted invoice that is voided: its status may become so, and nothing else of it. Elsewhere nothing is
    done: see `documents.guard`.
    """
    if is_used_by(connection):
        for sql in _seals().values():
            connection.exec_driver_sql(sql)


def unseal_documents(connection: Connection) -> None:
    """Take the seals off, for a step that changes the tables themselves."""
    if is_used_by(connection):
        for name in _sealing(connection):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")


def _sealing(connection: Connection) -> dict[str, str]:
    """The triggers that there are, by name."""
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'sealed%'")
    return {row.name: row.sql for row in connection.execute(query)}


def seals(connection: Connection) -> dict[str, bool]:
    """Each seal that documents should have: whether it is there, and as it should be; none on servers."""
    if not is_used_by(connection):
        return {}
    there = _sealing(connection)
    return {name: there.get(name) == sql for name, sql in _seals().items()}


class Marker:
    """A number that moves whenever anyone commits to the file; asking for it costs next to nothing."""

    def __init__(self, path: Path) -> None:
        self._connection = _connect(path, "rw")
        self._turn = Lock()

    def read(self) -> int:
        """The number now; only whether it differs from an earlier one has a meaning."""
        with self._turn:
            row: Any = self._connection.execute("PRAGMA data_version").fetchone()
        return int(row[0])

    def close(self) -> None:
        """Let go of the file."""
        with self._turn:
            self._connection.close()


def words_for(error: Error, where: str) -> str | None:
    """What SQLite's fault means and what to do, in plain words; None where the program made a mistake."""
    code = getattr(error, "sqlite_errorcode", None)
    return _WORDS[code & 0xFF].format(where=where) if code is not None and code & 0xFF in _WORDS else None


def tells_damage(error: Error) -> bool:
    """Whether the fault says that what a file holds is damaged."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


_NO_ACCESS = (
    "{where} cannot be opened for writing. Ask for permission to write the file and its folder (the store keeps a log "
    "beside itself), or name another store with --store."
)
_IN_USE = (
    f"{{where}} is locked: another program has been writing to it for more than {_PATIENCE:.0f} seconds. "
    "Wait until it is done, or close it, and try again. Nothing was changed."
)
_WORDS = {
    sqlite3.SQLITE_BUSY: _IN_USE,
    sqlite3.SQLITE_LOCKED: _IN_USE,
    sqlite3.SQLITE_PERM: _NO_ACCESS,
    sqlite3.SQLITE_READONLY: _NO_ACCESS,
    sqlite3.SQLITE_CANTOPEN: _NO_ACCESS,
    sqlite3.SQLITE_FULL: "The disk of {where} is full. Make room and try again. Nothing was changed.",
    sqlite3.SQLITE_IOERR: (
        "The disk of {where} failed while it was read or written. Check the disk and its free space, and try again; "
        "if it stays so, restore a backup."
    ),
    sqlite3.SQLITE_CORRUPT: (
        "{where} is damaged: what it holds is malformed. Keep the file, and restore the latest backup with "
        "calm-desktop restore FILE (backups stand in the folder 'backups' beside the store)."
    ),
    sqlite3.SQLITE_NOTADB: "{where} is not a store: it is no database file. Name another file with --store.",
}
