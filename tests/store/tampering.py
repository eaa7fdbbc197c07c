"""A store whose rows are changed behind the program's back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def tamper(store: Path, sql: str) -> None:
    """Change rows behind the program's back, with no constraint in the way."""
    with closing(sqlite3.connect(store)) as connection:
        seals = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        off, on = "; ".join(f"DROP TRIGGER {name}" for name, _ in seals), "; ".join(seal for _, seal in seals)
        loose = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON"
        connection.executescript(f"{loose}; {off}; {sql}; {on}")
        connection.commit()
