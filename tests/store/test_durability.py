"""A program that is killed leaves whole transactions or none."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from calm_desktop.store.database import create, open_database

ROOT = Path(__file__).resolve().parent.parent.parent

WRITER = """
import sys
from calm_desktop.store.database import open_database
from calm_desktop.store.ids import take
from calm_desktop.store.tables import event
from datetime import UTC, datetime
database = open_database(sys.argv[1])
print("ready", flush=True)
while True:
    with database.write() as db:
        first = take(db, "event", 50)
        for number in range(first, first + 50):
            told = dict(name="E", request_id=str(first), created_at=datetime.now(UTC), payload={})
            db.execute(event.insert().values(id=number, **told))
"""


@pytest.mark.slow
def test_a_writer_that_is_killed_leaves_whole_transactions(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    create(path).close()
    before = 0
    for moment in (0.05, 0.11, 0.23, 0.31, 0.43):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE)
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            writer.wait(moment)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()

        open_database(path).close()
        with closing(sqlite3.connect(path)) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            (count,) = file.execute("SELECT count(*) FROM event").fetchone()
            (following,) = file.execute("SELECT coalesce(max(next), 1) FROM counter").fetchone()
        assert (count % 50, following) == (0, count + 1)
        assert count >= before
        before = count
    assert before > 0
