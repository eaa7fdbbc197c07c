"""The invoice run of `invoicing` on a PostgreSQL server of the machine, against COPY of the rows that result.

Both write into a store with the same accounts, keys and indexes, on a server that keeps nothing safe from a power cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from psycopg import Connection

from calm_desktop.services.desk import Desk
from tests.benchmarks.invoicing import ACCOUNTS, ROUNDS, WRITTEN, run
from tests.benchmarks.side_by_side import Ratio, compare
from tests.benchmarks.trading_store import TODAY, write_dues
from tests.postgresql_server import NoServer, Server, server_of_session


def measure(folder: Path) -> Iterator[Ratio | str]:
    """The time of a run, or why there is none."""
    try:
        yield _on(server_of_session(folder))
    except NoServer as reason:
        yield f"Invoicing on PostgreSQL is not measured: {reason}"


def _on(server: Server) -> Ratio:
    server.database("due").init()
    with Desk.create(server.url("due"), today=TODAY) as desk, desk.database.write() as db:
        write_dues(db, ACCOUNTS)
    with server.connect("due") as store:
        store.execute("ANALYZE")
    (done,) = _copies(server, "done", 1)
    assert run(server.url(done)) == 2 * ACCOUNTS
    with server.connect(done) as store:
        rows = {table: _rows(store, table) for table in WRITTEN}
    fresh, empties = _copies(server, "fresh", ROUNDS), _copies(server, "empty", ROUNDS)

    def plain() -> None:
        with server.connect(empties.pop()) as store, store.transaction(), store.cursor() as cursor:
            for table, found in rows.items():
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(found)

    name = f"Invoicing {ACCOUNTS:,} accounts of two taxed lines on PostgreSQL"
    return compare(name, lambda: run(server.url(fresh.pop())), "COPY of its rows", plain, ROUNDS)


def _copies(server: Server, kind: str, many: int) -> list[str]:
    """Copies of the store in which everything is due."""
    names = [f"{kind}_{number}" for number in range(many)]
    for name in names:
        server.database(name, "due").init()
    return names


def _rows(store: Connection, table: str) -> bytes:
    with store.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as copy:
        return b"".join(copy)
