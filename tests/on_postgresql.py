"""Every test on PostgreSQL: with `--on-postgresql=plain`, each file a test takes for a store stands for a database.

The file holds the name of its database. A copy of it, made however, becomes a copy of the database as soon as it is
opened, so that tests which copy a store need not know. With `contended` in place of `plain` the server refuses the
first attempt of every commit with SQLSTATE 40001, as it does when others came first.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection

from calm_desktop.store import copies, database, places
from calm_desktop.store.database import Database
from calm_desktop.store.places import Place
from tests.postgresql_server import Server

Result = TypeVar("Result")

KEPT = 40
"""Databases that are closed and may be opened again; older ones are dropped."""

_MARK = "a database for "

CONTENTION = """
CREATE SEQUENCE refusal;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('calm.use_case', true) = 'on' AND nextval('refusal') % 2 = 1 THEN
        RAISE EXCEPTION 'others came first' USING ERRCODE = '40001';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON counter DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.name = 'turn') EXECUTE FUNCTION refuse()
"""
"""Has a server refuse every other commit of a use-case: each moves the turn, and a sequence never goes back.

What tests write past the use-cases is let through: nobody tries that again.
"""


class Databases:
    """The databases that this process's tests made, each under the file that stands for it."""

    def __init__(self, server: Server, contended: bool) -> None:
        self._server = server
        self._contended = contended
        self._numbers = count()
        self._closed: list[str] = []
        self._templates: set[str] = set()
        self._fresh: str | None = None

    def place_of(self, where: str | Path) -> Place:
        """Where a store is: in the database that its file names."""
        place = _place_of(where)
        if place.url is not None:
            return place
        if place.path is None or not place.path.is_file() or not (said := _said(place.path)):
            return place
        owner, name = said
        if owner != str(place.path):
            self._templates.add(name)
            name = self._new(name)
            self._stand_for(place.path, name)
        return self._place(place.name, name)

    def create(self, where: str | Path) -> Database:
        """A new store, in a database of its own, where there is none yet: a copy of one that was made in earnest."""
        place = _place_of(where)
        if place.url is not None or (place.path is not None and place.path.exists()):
            return _create(where)
        if self._fresh is None:
            self._fresh = self._new()
            self._templates.add(self._fresh)
            _create(self._server.url(self._fresh)).close()
            if self._contended:
                with self._server.connect(self._fresh) as connection:
                    connection.execute(CONTENTION)
        name = self._new(self._fresh)
        if place.path is not None:
            place.path.parent.mkdir(parents=True, exist_ok=True)
            self._stand_for(place.path, name)
        return _open(self._server.url(name), place.name)

    def dump(self, path: Path) -> list[str]:
        """Everything that stands in a store, but for the turns that were taken."""
        said = _said(path)
        assert said is not None
        with self._server.connect(said[1]) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            return [
                f"{table} {row}"
                for (table,) in tables.fetchall()
                for row in sorted(map(str, connection.execute(f'SELECT * FROM "{table}"').fetchall()))
                if not row.startswith("('turn'")
            ]

    def closed(self, name: str) -> None:
        """A database that nobody has open any more may go when there are many."""
        if name in self._closed:
            self._closed.remove(name)
        self._closed.append(name)
        while len(self._closed) > KEPT:
            oldest = self._closed.pop(0)
            if oldest not in self._templates:
                self._server.database(oldest).drop()

    def _new(self, like: str | None = None) -> str:
        name = f"store_{os.getpid()}_{next(self._numbers)}"
        self._server.database(name, like).init()
        return name

    def _place(self, called: str, name: str) -> Place:
        return Place(called, url=_place_of(self._server.url(name)).url)

    @staticmethod
    def _stand_for(path: Path, name: str) -> None:
        path.write_text(f"{_MARK}{path}\n{name}\n", encoding="utf-8")


_place_of, _create, _open_database = places.place_of, database.create, database.open_database


def _open(url: str, called: str) -> Database:
    made = _open_database(url)
    made.where = called
    return made


def _said(path: Path) -> tuple[str, str] | None:
    """The file that a database was made for, and its name."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if not text.startswith(_MARK):
        return None
    owner, name = text.removeprefix(_MARK).split()
    return owner, name


def all_stores(server: Server, contended: bool) -> Iterator[Callable[[Path], list[str]]]:
    """From now on stores are databases of this server; yields what dumps one."""
    made = Databases(server, contended)
    close, change = Database.close, Database.change

    def changed(self: Database, work: Callable[[Connection], Result]) -> Result:
        def announced(connection: Connection) -> Result:
            connection.exec_driver_sql("SET LOCAL calm.use_case = 'on'")
            return work(connection)

        return change(self, announced)

    def closed(self: Database) -> None:
        close(self)
        made.closed(str(self._engine.url.database))

    with pytest.MonkeyPatch.context() as patch:
        for module in (database, copies):
            patch.setattr(module, "place_of", made.place_of)
        for name in ("calm_desktop.services.desk.create", "calm_desktop.store.database.create"):
            patch.setattr(name, made.create)
        patch.setattr(Database, "close", closed)
        patch.setattr(Database, "change", changed)
        patch.setattr("sqlite3.connect", _is_about_files)
        yield made.dump


_connect = sqlite3.connect


def _is_about_files(name: str, *words: Any, **more: Any) -> sqlite3.Connection:
    """What a store sets aside while it works has no name and is SQLite's wherever the store is."""
    if name:
        pytest.skip("is about SQLite files")
    return _connect(name, *words, **more)


def add_option(parser: Any) -> None:
    """The option that has all stores be databases."""
    parser.addoption(
        "--on-postgresql",
        choices=("plain", "contended"),
        help="have every store be a database of a server; `contended`: of one that refuses each commit once",
    )
