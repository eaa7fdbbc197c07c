"""Backups: whole, verified, never over something else; and the way back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from calm_desktop.engine.problems import StoreFault
from calm_desktop.store import copies, sqlite
from calm_desktop.store.copies import automatic_backup, backup, restore
from calm_desktop.store.database import Database, create, open_database
from calm_desktop.store.tables import setting


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = create(path)
    keep(database, "currency", "USD")
    yield database
    database.close()


def keep(database: Database, key: str, value: str) -> None:
    with database.write() as db:
        db.execute(setting.insert().values(key=key, value=value))


def settings_in(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as file:
        return [key for (key,) in file.execute("SELECT key FROM setting ORDER BY key")]


def test_a_backup_is_one_plain_file_with_every_row(database: Database, tmp_path: Path) -> None:
    copy = backup(database, tmp_path / "copy.db")
    assert (copy.path, copy.size) == (tmp_path / "copy.db", (tmp_path / "copy.db").stat().st_size)
    assert (copy.rows["setting"], copy.rows["asset"]) == (1, 0)
    assert settings_in(copy.path) == ["currency"]
    assert sorted(file.name for file in tmp_path.glob("*copy*")) == ["copy.db"]


def test_a_backup_holds_what_was_committed_and_not_what_is_being_written(database: Database, tmp_path: Path) -> None:
    with database.write() as db:
        db.execute(setting.insert().values(key="time-zone", value="UTC"))
        copy = backup(database, tmp_path / "copy.db")
    assert settings_in(copy.path) == ["currency"]


def test_a_backup_is_never_written_over_a_file(database: Database, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("something dear")
    with pytest.raises(StoreFault, match=r"exists already and is left as it is\. Name a new file"):
        backup(database, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "something dear"


def test_a_backup_into_a_folder_that_is_not_there(database: Database, tmp_path: Path) -> None:
    with pytest.raises(StoreFault, match="There is no folder"):
        backup(database, tmp_path / "nowhere" / "copy.db")


def test_a_copy_that_lost_a_row_is_thrown_away(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(source: Path, target: Path) -> dict[str, int]:
        rows = copy(source, target)
        with closing(sqlite3.connect(target)) as file:
            file.execute("DELETE FROM setting")
            file.commit()
        return rows

    copy = sqlite.copy
    monkeypatch.setattr(sqlite, "copy", forgetful)
    with pytest.raises(StoreFault, match="does not hold what the store holds"):
        backup(database, tmp_path / "copy.db")
    assert list(tmp_path.glob("*copy*")) == []


def test_a_damaged_store_is_told_to_be_so_when_it_is_copied(database: Database, path: Path, tmp_path: Path) -> None:
    database.close()
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(StoreFault, match=r"s\.db is damaged"):
        backup(Named(path), tmp_path / "copy.db")
    assert list(tmp_path.glob("*copy*")) == []


@dataclass(frozen=True)
class Named:
    """A store that cannot be opened any more."""

    path: Path
    where: str = "s.db"


def test_a_store_that_is_being_written_to_is_not_restored(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = backup(database, path.with_name("copy.db"))
    monkeypatch.setattr(sqlite, "_PATIENCE", 0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreFault, match=r"s\.db is locked: another program has been writing to it"):
            restore(copy.path, path)


def test_what_is_no_file_is_left_to_its_server() -> None:
    database = create("sqlite://")
    with pytest.raises(StoreFault, match="its own tools do that: pg_dump on PostgreSQL"):
        backup(database, "copy.db")
    assert automatic_backup(database, "before-import") is None
    with pytest.raises(StoreFault, match="its own tools do that: on PostgreSQL pg_restore into a new database"):
        restore("copy.db", "postgresql://host/calm")


def test_automatic_backups_stand_beside_the_store_and_the_latest_ten_are_kept(database: Database, path: Path) -> None:
    made = [automatic_backup(database, "before-import") for _ in range(12)]
    kept = sorted((path.parent / "backups").iterdir())
    assert len(kept) == copies.KEPT == 10
    assert set(kept) == {copy.path for copy in made[2:] if copy}
    assert kept[0].name.startswith("s-20")
    assert all("Z-before-import" in file.name and file.suffix == ".db" for file in kept)


def test_backups_of_another_store_in_the_same_folder_are_left_alone(database: Database, path: Path) -> None:
    other = create(path.with_name("s-b.db"))
    kept = automatic_backup(other, "before-import")
    other.close()
    for _ in range(11):
        automatic_backup(database, "before-import")
    assert kept is not None
    assert kept.path.exists()


def test_a_store_is_restored_under_the_eyes_of_who_has_it_open(database: Database, path: Path) -> None:
    copy = backup(database, path.with_name("copy.db"))
    keep(database, "time-zone", "UTC")
    marker = database.marker()

    done = restore(copy.path, path)

    assert (done.store.path, done.store.rows) == (path, copy.rows)
    with database.read() as db:
        assert list(db.scalars(setting.select().with_only_columns(setting.c.key))) == ["currency"]
    assert database.marker() != marker
    assert done.kept is not None
    assert done.kept.name.endswith("-before-restore.db")
    assert settings_in(done.kept) == ["currency", "time-zone"]
    keep(database, "tax-mode", "invoice-line")
    assert settings_in(path) == ["currency", "tax-mode"]


def test_a_store_is_restored_where_none_is_left(database: Database, path: Path, tmp_path: Path) -> None:
    copy = backup(database, tmp_path / "copy.db")
    done = restore(copy.path, tmp_path / "new.db")
    assert done.kept is None
    open_database(tmp_path / "new.db").close()
    assert settings_in(tmp_path / "new.db") == ["currency"]


def test_a_damaged_store_is_set_aside_and_restored(database: Database, path: Path) -> None:
    copy = backup(database, path.with_name("copy.db"))
    database.close()
    path.write_bytes(b"SQLite format 3\x00" + b"x" * 8192)
    done = restore(copy.path, path)
    assert done.kept is not None
    assert done.kept.read_bytes().endswith(b"xxx")
    open_database(path).close()
    assert settings_in(path) == ["currency"]


def test_the_backup_is_not_restored_over_itself(database: Database, path: Path) -> None:
    with pytest.raises(StoreFault, match="is the backup itself"):
        restore(path, path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no file"),
        (b"", "is no backup of a store"),
        (b"number,name\n", "is no backup of a store"),
        (b"SQLite format 3\x00" + b"x" * 8192, "is no database file"),
    ],
)
def test_what_is_no_backup_changes_nothing(database: Database, path: Path, content: bytes | None, words: str) -> None:
    file = path.with_name("copy.db")
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StoreFault, match=words):
        restore(file, path)
    assert settings_in(path) == ["currency"]
    assert not (path.parent / "backups").exists()


def test_a_database_of_another_program_is_no_backup(database: Database, path: Path) -> None:
    with closing(sqlite3.connect(path.with_name("copy.db"))) as other:
        other.execute("CREATE TABLE notes (text)")
    with pytest.raises(StoreFault, match="no store of this program"):
        restore(path.with_name("copy.db"), path)


def test_a_backup_of_a_newer_version_is_not_restored(database: Database, path: Path) -> None:
    copy = backup(database, path.with_name("copy.db"))
    with closing(sqlite3.connect(copy.path)) as file:
        file.execute("UPDATE alembic_version SET version_num = '0999'")
        file.commit()
    with pytest.raises(StoreFault, match="made by a newer version"):
        restore(copy.path, path)


def test_a_backup_that_was_damaged_is_not_restored(database: Database, path: Path) -> None:
    copy = backup(database, path.with_name("copy.db"))
    content = bytearray(copy.path.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    copy.path.write_bytes(content)
    with pytest.raises(StoreFault, match="is damaged"):
        restore(copy.path, path)
    assert settings_in(path) == ["currency"]
