"""A store: opened, read and written in whole transactions, on SQLite or on any server that SQLAlchemy reaches."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import NoSuchModuleError

from calm_desktop.engine.problems import StoreFault
from calm_desktop.store import copies, documents, migrations, postgresql, sqlite
from calm_desktop.store.faults import Contended, told_plainly
from calm_desktop.store.ids import take
from calm_desktop.store.places import Place, place_of
from calm_desktop.store.tables import counter

Result = TypeVar("Result")

_TRIES = 10
"""How often a piece of work is begun anew before it is refused, where a server keeps asking for that."""

_TURN = "turn"
"""The counter that every writing transaction on a server moves first: who comes second waits, or begins anew at once
instead of at the end of its work. Nobody is left with half of what another needs."""


class Database:
    """An open store.

    `where` names it for people (without a password), `path` is its file, None where it is not an SQLite file.
    """

    def __init__(self, where: str, path: Path | None, engine: Engine) -> None:
        self.where = where
        self.path = path
        self._engine = engine
        self._marker = sqlite.Marker(path) if path else None
        self._is_server = engine.dialect.name != "sqlite"
        # A store in memory is one connection, which all threads share in turn.
        in_memory = path is None and not self._is_server
        self._turn: AbstractContextManager[object] = RLock() if in_memory else nullcontext()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the store, whatever others commit meanwhile."""
        with self._turn, told_plainly(self.where), self._engine.connect() as connection:
            if self._is_server:
                connection.execution_options(**postgresql.SNAPSHOT)
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that changes the store: committed at the end, undone as a whole on any exception.

        Writers take turns; one that waits too long for the others gets a `StoreFault`. On a server it may also get a
        `Contended`: see `change`.
        """
        with self._turn, told_plainly(self.where), self._engine.connect() as connection:
            connection.execution_options(**{sqlite.WRITES: True})
            with connection.begin():
                if self._is_server:
                    take(connection, _TURN)
                yield connection

    def change(self, work: Callable[[Connection], Result]) -> Result:
        """What `work` answers, done in one transaction that changes the store.

        Where a server says that others came first, the work is done again from its beginning, a bounded number of
        times; the last `Contended` is then the answer. What `work` raises itself is not tried again.
        """
        for tried in range(1, _TRIES):
            try:
                with self.write() as connection:
                    return work(connection)
            except Contended:
                # By chance, lest those who met once meet again.
                time.sleep(random.uniform(0, min(1.0, 0.01 * 2**tried)))  # noqa: S311
        with self.write() as connection:
            return work(connection)

    def marker(self) -> int:
        """A number that moves when anyone commits, another process included; cheap enough to ask each second."""
        with told_plainly(self.where):
            if self._marker is not None:
                return self._marker.read()
        with self.read() as connection:
            return connection.scalar(select(func.coalesce(func.sum(counter.c.next), 0))) or 0

    def close(self) -> None:
        """Let go of the store; a file is then whole by itself."""
        if self._marker is not None:
            self._marker.close()
        self._engine.dispose()


def create(where: str | Path) -> Database:
    """Make a new store at `where`: a path, or any URL of SQLAlchemy; `sqlite://` lives in memory.

    What holds something already is refused with a `StoreFault` and stays as it is.
    """
    place = place_of(where)
    name, path = place.name, place.path
    with told_plainly(name):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise StoreFault(f"{name} is a folder. Name a file in it.")
            if path.exists() and path.stat().st_size and not sqlite.begins_like_a_database(path):
                raise _occupied(name)
        is_new = path is not None and not path.exists()
        engine = _engine(place, may_create=True)
        try:
            if path is not None:
                sqlite.keep_a_log_of_writes(path)
            with engine.connect().execution_options(**{sqlite.WRITES: True}) as connection, connection.begin():
                if not migrations.is_empty(connection):
                    raise _occupied(name)
                migrations.make(connection)
            return Database(name, path, engine)
        except BaseException:
            engine.dispose()
            if path is not None and is_new:
                path.unlink(missing_ok=True)
            raise


def open_database(where: str | Path) -> Database:
    """Open the store at `where`; a `StoreFault` says what is wrong where that cannot be done, and what to do."""
    place = place_of(where)
    name, path = place.name, place.path
    with told_plainly(name):
        if path is not None:
            _require_database_file(name, path)
        engine = _engine(place)
        try:
            with engine.connect() as connection:
                revision = _known_revision(connection, name)
            if path is not None:
                sqlite.keep_a_log_of_writes(path)
            if revision != migrations.NEWEST:
                raise StoreFault(
                    f"{name} was made by an older version of this program. Bring it up to date with "
                    "calm-desktop upgrade; a backup is made before."
                )
            return Database(name, path, engine)
        except BaseException:
            engine.dispose()
            raise


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A store that was brought up to date, and the backup that was made before; None on a database server."""

    backup: copies.Copy | None


def upgrade(where: str | Path) -> Upgraded | None:
    """Bring an older store up to this program's tables, after a backup; None where it is up to date.

    It happens whole or not at all. On a database server the backup is left to the server's own tools.
    """
    place = place_of(where)
    name, path = place.name, place.path
    with told_plainly(name):
        if path is not None:
            _require_database_file(name, path)
        engine = _engine(place, foreign_keys=False, guarded=False)
        try:
            with engine.connect() as connection:
                if _known_revision(connection, name) == migrations.NEWEST:
                    return None
            kept = copies.keep(path, "before-upgrade") if path is not None else None
            with engine.connect().execution_options(**{sqlite.WRITES: True}) as connection, connection.begin():
                migrations.bring_up(connection)
                if path is not None and (broken := sqlite.broken_links(connection)):
                    table, _, parent = broken[0]
                    raise StoreFault(
                        f"{name} cannot be brought up to date: rows of {table} point to rows of {parent} that are not "
                        "there. Nothing was changed. Run calm-desktop check and restore a backup."
                    )
            return Upgraded(kept)
        finally:
            engine.dispose()


def _engine(place: Place, *, may_create: bool = False, foreign_keys: bool = True, guarded: bool = True) -> Engine:
    """The engine of a place; only a step that changes the tables themselves goes without the guard of documents."""
    engine = _unguarded_engine(place, may_create, foreign_keys)
    if guarded:
        documents.guard(engine)
    return engine


def _unguarded_engine(place: Place, may_create: bool, foreign_keys: bool) -> Engine:
    if place.url is None:
        return sqlite.engine_of(place.path, may_create=may_create, foreign_keys=foreign_keys)
    try:
        return postgresql.engine_of(place.url)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreFault(
            f"{place.name} cannot be reached: the driver for {place.url.drivername} is not installed. "
            "Install it, or name another store."
        ) from error


def _require_database_file(name: str, path: Path) -> None:
    if not path.exists():
        raise StoreFault(f"There is no store at {name}. Make one with calm-desktop init, or name another with --store.")
    if path.is_dir():
        raise StoreFault(f"{name} is a folder, not a store. Name the file of the store with --store.")
    if not sqlite.begins_like_a_database(path):
        what = "it is no database file" if path.stat().st_size else "it is empty"
        raise StoreFault(
            f"{name} is not a store: {what}. Name another file with --store, or make a store with calm-desktop init."
        )


def _known_revision(connection: Connection, name: str) -> str:
    revision = migrations.revision_of(connection)
    if revision is None:
        raise StoreFault(
            f"{name} is a database, but not a store of this program. Name another with --store, "
            "or make one with calm-desktop init."
        )
    if revision not in migrations.REVISIONS:
        raise StoreFault(
            f"{name} was made by a newer version of this program (tables {revision}, this one knows "
            f"{migrations.NEWEST}). Install the newer version; the store is left as it is."
        )
    return revision


def _occupied(name: str) -> StoreFault:
    return StoreFault(f"{name} exists already and is left as it is. Open it, or name another file for the new store.")
