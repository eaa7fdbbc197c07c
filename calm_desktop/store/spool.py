"""What has to wait on disk while files are read: a database of its own that nobody else sees, and that is soon gone."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

_AT_A_TIME = 500


class Spool:
    """Things set aside by their kind and read back in order, and numbers kept by a key. Memory does not grow with them.

    It lives in a temporary file of SQLite, which is gone when it is closed, or when the program dies.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for statement in (
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "CREATE TABLE thing (kind TEXT, sort TEXT, place INTEGER, data BLOB, PRIMARY KEY (kind, sort, place))",
            "CREATE TABLE kept (key TEXT PRIMARY KEY, number INTEGER, count INTEGER) WITHOUT ROWID",
        ):
            self._db.execute(statement)
        self._place = 0

    def add(self, kind: str, thing: Any, sort: str = "") -> None:
        """Set a thing aside; those of a kind come back by `sort`, then in the order in which they came."""
        self._place += 1
        data = pickle.dumps(thing, pickle.HIGHEST_PROTOCOL)
        self._db.execute("INSERT INTO thing VALUES (?, ?, ?, ?)", (kind, sort, self._place, data))

    def of(self, kind: str) -> Iterator[Any]:
        """The things of a kind."""
        query = "SELECT sort, place, data FROM thing WHERE kind = ? AND (sort, place) > (?, ?) ORDER BY sort, place"
        last: tuple[str, int] = ("", 0)
        while rows := self._db.execute(f"{query} LIMIT {_AT_A_TIME}", (kind, *last)).fetchall():
            for _, _, data in rows:
                yield pickle.loads(data)  # noqa: S301 - written above, in a file that only this process has
            last = rows[-1][0], rows[-1][1]

    def count(self, kind: str) -> int:
        """How many things of a kind were set aside."""
        number: int = self._db.execute("SELECT count(*) FROM thing WHERE kind = ?", (kind,)).fetchone()[0]
        return number

    def keep(self, numbers: Mapping[str, tuple[int, int]]) -> None:
        """Keep two numbers by each key, whatever was kept by it before."""
        rows = ((key, *pair) for key, pair in numbers.items())
        self._db.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", rows)

    def kept(self, keys: Iterable[str]) -> dict[str, tuple[int, int]]:
        """What was kept by those of the keys that are known."""
        wanted, found = list(keys), dict[str, tuple[int, int]]()
        for start in range(0, len(wanted), _AT_A_TIME):
            portion: Sequence[str] = wanted[start : start + _AT_A_TIME]
            marks = ", ".join("?" * len(portion))
            query = f"SELECT key, number, count FROM kept WHERE key IN ({marks})"  # noqa: S608 - only marks
            found |= {key: (number, count) for key, number, count in self._db.execute(query, portion)}
        return found

    def close(self) -> None:
        """Let go of everything."""
        self._db.close()

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
