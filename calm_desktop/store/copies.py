"""Backups of a store: whole, verified, and never written over something else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from calm_desktop.engine.problems import StoreFault
from calm_desktop.store import migrations, sqlite
from calm_desktop.store.faults import told_plainly
from calm_desktop.store.places import place_of

KEPT = 10
"""Automatic backups of one store that are kept; older ones go."""


class Kept(Protocol):
    """A store that has a name for people and, unless it lives on a server or in memory, a file."""

    @property
    def where(self) -> str: ...

    @property
    def path(self) -> Path | None: ...


@dataclass(frozen=True, slots=True)
class Copy:
    """A verified copy: its file, its size in bytes, and the rows of each table."""

    path: Path
    size: int
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class Restored:
    """A store that was restored, and where what it held before is kept (None where there was nothing)."""

    store: Copy
    kept: Path | None


def backup(database: Kept, file: str | Path) -> Copy:
    """Write a verified copy of the store to the new file `file`, as the store stands at this moment.

    A `StoreFault` where the file exists already, or the store lives on a database server, whose own tools copy it.
    """
    if database.path is None:
        raise StoreFault(
            f"{database.where} is no file that could be copied. On a database server its own tools do that: pg_dump on "
            "PostgreSQL, whose copies are of one moment too."
        )
    return _copy(database.path, Path(file).expanduser())


def automatic_backup(database: Kept, why: str) -> Copy | None:
    """Keep a copy before something large happens; `why` (`before-import`) becomes part of its name.

    It stands in the folder `backups` beside the store, with the latest ten. None where the store is no file.
    """
    return None if database.path is None else keep(database.path, why)


def keep(path: Path, why: str) -> Copy:
    """The automatic backup of the store in the file `path`."""
    kept = _copy(path, _name_for(path, why))
    older = sorted(_automatic(path), key=lambda file: (file.stat().st_mtime_ns, file.name))
    for file in older[:-KEPT]:
        file.unlink()
    return kept


def restore(file: str | Path, where: str | Path) -> Restored:
    """Make the store in the file `where` what the backup `file` holds; what stood there is kept in `backups`.

    The backup is verified before anything changes, the store after it. Programs that have the store open see the
    restored one from their next transaction on.
    """
    source, place = Path(file).expanduser(), place_of(where)
    if place.path is None:
        raise StoreFault(
            f"{place.name} is no file that could be restored. On a database server its own tools do that: on "
            "PostgreSQL pg_restore into a new database, which is then named with --store."
        )
    target = place.path
    with told_plainly(str(source)):
        expected = _verified(source)
    with told_plainly(str(target)):
        if target.is_dir():
            raise StoreFault(f"{target} is a folder. Name the file of the store.")
        if source.exists() and target.exists() and source.samefile(target):
            raise StoreFault(f"{target} is the backup itself. Name another file for the restored store.")
        if not target.exists() or not target.stat().st_size:
            target.unlink(missing_ok=True)
            _copy(source, target)
            kept = None
        elif _is_whole(target):
            kept = keep(target, "before-restore").path
            sqlite.copy(source, target)
        else:
            kept = _set_aside(target)
            _copy(source, target)
        sqlite.keep_a_log_of_writes(target)
        if _verified(target) != expected:
            raise StoreFault(f"{target} does not hold what the backup holds. Check the disk and restore once more.")
        return Restored(Copy(target, target.stat().st_size, expected), kept)


def _copy(source: Path, file: Path) -> Copy:
    """Copy to a name beside, verify, and only then give the copy its name."""
    with told_plainly(str(file)):
        if file.exists():
            raise StoreFault(f"{file} exists already and is left as it is. Name a new file.")
        if not file.parent.is_dir():
            raise StoreFault(f"There is no folder {file.parent}. Make it, or name another file.")
        unfinished = file.with_name(f".{file.name}.{os.getpid()}.part")
        unfinished.unlink(missing_ok=True)
        try:
            expected = _copied_rows(source, unfinished)
            sqlite.one_plain_file(unfinished)
            damage, rows = sqlite.examine(unfinished)
            if damage:
                raise StoreFault(f"{source} is damaged, so no copy of it was kept: {damage[0]}. Restore a backup.")
            if rows != expected:
                raise StoreFault(f"The copy {file} does not hold what the store holds. Check the disk and try again.")
            with unfinished.open("rb+") as written:
                os.fsync(written.fileno())
            if file.exists():
                raise StoreFault(f"{file} exists already and is left as it is. Name a new file.")
            unfinished.rename(file)
        finally:
            unfinished.unlink(missing_ok=True)
        return Copy(file, file.stat().st_size, expected)


def _copied_rows(source: Path, target: Path) -> dict[str, int]:
    """Copy, and give the rows of each table; a damaged source is told as such, any other fault is the target's."""
    try:
        return sqlite.copy(source, target)
    except sqlite.Error as error:
        if sqlite.tells_damage(error):
            raise StoreFault(sqlite.words_for(error, str(source))) from error
        raise


def _verified(path: Path) -> dict[str, int]:
    """The rows of each table of a whole store of this program; a `StoreFault` where the file is anything else."""
    if not path.exists():
        raise StoreFault(f"There is no file {path}. Name the backup to restore.")
    if path.is_dir() or not sqlite.begins_like_a_database(path):
        raise StoreFault(f"{path} is no backup of a store. Name a file that calm-desktop backup wrote.")
    damage, rows = sqlite.examine(path)
    if damage:
        raise StoreFault(f"{path} is damaged: {damage[0]}. Name another backup.")
    engine = sqlite.engine_of(path)
    try:
        with engine.connect() as connection:
            revision = migrations.revision_of(connection)
    finally:
        engine.dispose()
    if revision is None:
        raise StoreFault(f"{path} is a database, but no store of this program. Name another backup.")
    if revision not in migrations.REVISIONS:
        raise StoreFault(f"{path} was made by a newer version of this program. Install that version to restore it.")
    return rows


def _is_whole(path: Path) -> bool:
    try:
        return sqlite.begins_like_a_database(path) and not sqlite.examine(path)[0]
    except sqlite.Error:
        return False


def _set_aside(path: Path) -> Path:
    """Move a damaged store, with the log beside it, out of the way."""
    aside = _name_for(path, "damaged")
    for ending in ("-wal", "-shm", ""):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


def _name_for(path: Path, why: str) -> Path:
    folder = path.absolute().parent / "backups"
    with told_plainly(str(folder)):
        folder.mkdir(exist_ok=True)
    moment = f"{datetime.now(UTC):%Y-%m-%d-%H%M%SZ}"
    names = (f"{path.stem}-{moment}-{why}{again}{path.suffix}" for again in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(folder / name for name in names if not (folder / name).exists())


def _automatic(path: Path) -> list[Path]:
    day, clock = "-".join(("[0-9]" * 4, "[0-9]" * 2, "[0-9]" * 2)), "[0-9]" * 6
    return list((path.absolute().parent / "backups").glob(f"{path.stem}-{day}-{clock}Z-*{path.suffix}"))
