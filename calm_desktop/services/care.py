"""Care of the store: copies, restoring, and bringing an older store up to date."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calm_desktop.engine.problems import StoreFault
from calm_desktop.services.desk import Desk
from calm_desktop.store import copies, database
from calm_desktop.store.places import place_of


@dataclass(frozen=True, slots=True)
class CareResult:
    """What was done: the file that was written, its size in bytes, its rows, and what was kept of before."""

    file: str
    size: int
    rows: int
    kept: str | None


@dataclass(frozen=True, slots=True)
class UpgradeResult:
    """Whether there was anything to do, and the file of the backup that was made before."""

    upgraded: bool
    backup: str | None


def name_of(where: str | Path) -> str:
    """What a store is called for people: its file, or its URL without the password. Raises `StoreFault`."""
    return place_of(where).name


def backup(desk: Desk, file: str | Path) -> CareResult:
    """A verified copy of the store as a new file. Raises `StoreFault` where the file exists or cannot be written."""
    return _result(copies.backup(desk.database, file))


def restore(file: str | Path, where: str | Path) -> CareResult:
    """Put a backup in the place of the store at `where`; what stood there is kept beside it. Raises `StoreFault`."""
    restored = copies.restore(file, where)
    return _result(restored.store, restored.kept)


def restore_into(desk: Desk, file: str | Path) -> CareResult:
    """Restore the store that the desk has open, and tell everyone that anything may have changed.

    Raises `StoreFault` where the store is no file, or the backup is none.
    """
    if desk.database.path is None:
        raise StoreFault(f"{desk.database.where} is no file. Use the restore tools of the database server itself.")
    done = restore(file, desk.database.path)
    desk.tell_all()
    return done


def upgrade(where: str | Path) -> UpgradeResult:
    """Bring an older store up to date, after a copy where it is a file. Raises `StoreFault`."""
    done = database.upgrade(where)
    return UpgradeResult(done is not None, str(done.backup.path) if done and done.backup else None)


def _result(copy: copies.Copy, kept: Path | None = None) -> CareResult:
    return CareResult(str(copy.path), copy.size, sum(copy.rows.values()), None if kept is None else str(kept))
