"""Writes a store of a given size into a file: `python -m tests.benchmarks.write_store FILE ACTIONS`."""

from __future__ import annotations

import sys
from pathlib import Path

from calm_desktop.services.desk import Desk
from tests.benchmarks.trading_store import TODAY, write_trade


def write_store(path: Path, actions: int) -> None:
    """Make a store of at least so many actions over five years; a file that is there is refused."""
    with Desk.create(path, today=TODAY) as desk, desk.database.write() as db:
        write_trade(db, actions)


if __name__ == "__main__":
    write_store(Path(sys.argv[1]), int(sys.argv[2]))
