"""Invoicing accounts with two taxed lines each, against sqlite3 executemany of the very rows that result.

The peak memory of a run is measured in a process of its own, and compared with that of a run four times as large.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from calm_desktop.services import invoices
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import RunInvoices
from tests.benchmarks.side_by_side import Peaks, Ratio, compare, peak_memory
from tests.benchmarks.trading_store import TODAY, write_dues

ACCOUNTS = int(os.environ.get("CALM_BENCH_INVOICES", "10000"))
ROUNDS = 3
WRITTEN = ("invoice", "invoice_line", "event")


def _due(path: Path, accounts: int) -> Path:
    with Desk.create(path, today=TODAY) as desk, desk.database.write() as db:
        write_dues(db, accounts)
    return path


def _copy(of: Path, to: Path) -> Path:
    """A copy of a closed store, in the place of the one before."""
    for part in to.parent.glob(f"{to.name}*"):
        part.unlink()
    to.write_bytes(of.read_bytes())
    return to


def run(where: str | Path) -> int:
    """Invoice all that is due; the answer is how many invoices that makes."""
    with Desk.open(where, TODAY) as desk:
        return desk.do(invoices.run, RunInvoices(TODAY, show=0)).count


def _peak(path: Path) -> int:
    """Bytes that a process holds at most that does nothing but the run."""
    words = [sys.executable, "-m", "tests.benchmarks.invoicing", str(path)]
    root = Path(__file__).resolve().parents[2]
    return int(subprocess.run(words, check=True, cwd=root, capture_output=True, text=True).stdout)


def measure(folder: Path) -> Iterator[Ratio | Peaks]:
    """The time of a run, then the memory of two."""
    due, empty, work = _due(folder / "due.db", ACCOUNTS), folder / "empty.db", folder / "work.db"
    Desk.create(empty).close()
    assert run(_copy(due, work)) == 2 * ACCOUNTS
    with closing(sqlite3.connect(work)) as store:
        rows = {name: store.execute(f"SELECT * FROM {name} ORDER BY id").fetchall() for name in WRITTEN}

    fresh = [_copy(due, folder / f"due-{number}.db") for number in range(ROUNDS)]
    empties = [_copy(empty, folder / f"empty-{number}.db") for number in range(ROUNDS)]

    def plain() -> None:
        with closing(sqlite3.connect(empties.pop())) as store:
            store.execute("PRAGMA journal_mode = WAL")
            for name, found in rows.items():
                store.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(found[0]))})", found)
            store.commit()

    beside = "sqlite3 executemany of its rows into an empty store"
    yield compare(
        f"Invoicing {ACCOUNTS:,} accounts of two taxed lines", lambda: run(fresh.pop()), beside, plain, ROUNDS
    )
    small, large = _peak(_copy(due, work)), _peak(_due(folder / "large.db", 4 * ACCOUNTS))
    yield Peaks(f"Peak memory of invoicing {4 * ACCOUNTS:,} accounts", f"that for {ACCOUNTS:,}", large, small)


if __name__ == "__main__":
    run(Path(sys.argv[1]))
    print(peak_memory())
