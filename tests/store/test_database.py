"""Opening, reading and writing stores; the world's faults are told in words."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Connection, Executable, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from calm_desktop.engine.problems import StoreFault
from calm_desktop.store import sqlite
from calm_desktop.store.database import Database, create, open_database, upgrade
from calm_desktop.store.migrations import REVISIONS
from calm_desktop.store.tables import account, asset, setting

FIRST = date(2022, 1, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = create(path)
    yield database
    database.close()


def keep(db: Connection, key: str, value: str = "1") -> None:
    db.execute(setting.insert().values(key=key, value=value))


def settings_in(database: Database) -> list[str]:
    with database.read() as db:
        return list(db.scalars(select(setting.c.key).order_by(setting.c.key)))


def fault_of(where: str | Path) -> str:
    with pytest.raises(StoreFault) as raised:
        open_database(where)
    return str(raised.value)


# ------------------------------------------------------------------------------------------------- whole transactions


def test_what_is_written_is_there_when_opened_again(database: Database, path: Path) -> None:
    with database.write() as db:
        keep(db, "currency")
    again = open_database(path)
    assert settings_in(again) == ["currency"]
    again.close()


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        write_and_fail(database, setting.insert().values(key="currency", value="USD"))
    assert settings_in(database) == []


def test_tables_made_in_a_write_that_fails_are_gone_too(database: Database, path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        write_and_fail(database, text("CREATE TABLE extra (id INTEGER)"))
    assert "extra" not in tables_in(path)


def write_and_fail(database: Database, statement: Executable) -> None:
    with database.write() as db:
        db.execute(statement)
        raise ZeroDivisionError


def test_a_read_sees_one_moment_while_others_write(database: Database) -> None:
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(setting)) == 0
        with database.write() as writer:
            keep(writer, "currency")
        assert db.scalar(select(func.count()).select_from(setting)) == 0
    assert settings_in(database) == ["currency"]


def test_two_writers_take_turns(database: Database) -> None:
    with database.write() as db:
        keep(db, "0")

    def write(key: str) -> None:
        for _ in range(20):
            with database.write() as db:
                value = db.scalar(select(setting.c.value).where(setting.c.key == "0"))
                db.execute(setting.update().where(setting.c.key == "0").values(value=str(int(value or 0) + 1)))

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as db:
        assert db.scalar(select(setting.c.value)) == "41"


def test_a_row_that_points_to_nothing_is_refused_by_the_store(database: Database) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), database.write() as db:
        db.execute(text("INSERT INTO billing_group VALUES (1, 7)"))


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("name", "", "ck_account_name"),
        ("bill_day", 32, "ck_account_bill_day"),
        ("payment_days", -1, "ck_account_payment_days"),
        ("invoice_by", "week", "ck_account_invoice_by"),
    ],
)
def test_a_wrong_row_is_refused_by_the_store(database: Database, column: str, value: object, rule: str) -> None:
    row = {
        "id": 1,
        "number": "A",
        "name": "Acme",
        "currency": "USD",
        "created_on": FIRST,
        column: value,
    }
    with pytest.raises(IntegrityError, match=rule), database.write() as db:
        db.execute(account.insert().values(**row))


def test_a_lifecycle_that_ends_before_it_starts_is_refused_by_the_store(database: Database) -> None:
    row = {
        "account_id": 1,
        "product_id": 1,
        "currency": "USD",
        "current_quantity": Decimal(1),
        "current_amount": 0,
        "current_mrr": 0,
    }
    with pytest.raises(IntegrityError, match="ck_asset_span"), database.write() as db:
        db.execute(
            asset.insert().values(
                id=1,
                number="L",
                name="L",
                lifecycle_start=FIRST,
                lifecycle_end=date(2021, 12, 31),
                current_on=FIRST,
                **row,
            )
        )


# ---------------------------------------------------------------------------------------------------- in memory, marker


def test_a_store_in_memory_is_one_for_all_threads() -> None:
    database = create("sqlite://")
    thread = threading.Thread(target=lambda: _write(database, "from another thread"))
    thread.start()
    thread.join()
    assert settings_in(database) == ["from another thread"]
    assert (database.where, database.path) == ("the store in memory", None)
    database.close()


def _write(database: Database, key: str) -> None:
    with database.write() as db:
        keep(db, key)


def test_the_marker_moves_when_another_program_commits_and_only_then(database: Database, path: Path) -> None:
    before = database.marker()
    assert database.marker() == before
    with closing(sqlite3.connect(path)) as other:
        other.execute("INSERT INTO setting VALUES ('currency', 'EUR')")
        assert database.marker() == before
        other.commit()
    assert database.marker() != before


def test_the_marker_of_a_store_in_memory_moves_with_the_ids_given_out() -> None:
    database = create("sqlite://")
    before = database.marker()
    with database.write() as db:
        db.execute(text("INSERT INTO counter VALUES ('event', 2)"))
    assert database.marker() == before + 2


# --------------------------------------------------------------------------------------------------- making a new store


def test_a_new_store_is_made_with_its_folder(tmp_path: Path) -> None:
    create(tmp_path / "data" / "calm" / "s.db").close()
    open_database(tmp_path / "data" / "calm" / "s.db").close()


def test_a_url_of_a_file_means_the_file(path: Path) -> None:
    database = create(f"sqlite:///{path}")
    assert (database.where, database.path) == (str(path), path)
    database.close()


def test_a_store_is_never_made_over_another(database: Database, path: Path) -> None:
    with database.write() as db:
        keep(db, "currency")
    with pytest.raises(StoreFault, match="exists already and is left as it is"):
        create(path)
    assert settings_in(database) == ["currency"]


def test_a_store_is_never_made_over_another_kind_of_file(path: Path) -> None:
    path.write_text("dear diary")
    with pytest.raises(StoreFault, match="exists already and is left as it is"):
        create(path)
    assert path.read_text() == "dear diary"


def test_a_store_that_was_begun_and_not_finished_is_made_anew(path: Path) -> None:
    path.touch()
    create(path).close()
    open_database(path).close()


def test_a_store_whose_making_was_killed_is_made_anew(path: Path) -> None:
    sqlite.keep_a_log_of_writes(path)
    assert path.stat().st_size > 0
    assert "not a store of this program" in fault_of(path)
    create(path).close()
    open_database(path).close()


def test_a_store_that_cannot_be_made_leaves_no_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calm_desktop.store.migrations.make", lambda db: db.execute(text("CREATE nothing")))
    with pytest.raises(OperationalError):
        create(path)
    assert list(path.parent.iterdir()) == []


def test_a_folder_is_no_place_for_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreFault, match="is a folder"):
        create(tmp_path)


# -------------------------------------------------------------------------------------------------------- what is wrong


def test_a_missing_store(path: Path) -> None:
    assert fault_of(path) == (
        f"There is no store at {path}. Make one with calm-desktop init, or name another with --store."
    )
    assert not path.exists()


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder, not a store" in fault_of(tmp_path)


@pytest.mark.parametrize("content", [b"number,name\n1,Acme\n", b"\x89PNG\r\n\x1a\n" + bytes(64)])
def test_a_file_that_is_no_database(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert fault_of(path) == (
        f"{path} is not a store: it is no database file. Name another file with --store, or make a store with "
        "calm-desktop init."
    )
    assert path.read_bytes() == content


def test_an_empty_file(path: Path) -> None:
    path.touch()
    assert "is not a store: it is empty" in fault_of(path)


def test_a_file_that_only_begins_like_a_database(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00" + b"x" * 8192)
    assert "is not a store: it is no database file" in fault_of(path)


def test_a_database_of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE notes (text)")
    assert "is a database, but not a store of this program" in fault_of(path)


def test_a_store_from_a_newer_version_of_the_program(database: Database, path: Path) -> None:
    with database.write() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    before = path.read_bytes()
    for act in (open_database, upgrade):
        with pytest.raises(StoreFault, match="made by a newer version of this program"):
            act(path)
    assert path.read_bytes() == before


def test_a_store_from_an_older_version_of_the_program(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calm_desktop.store.migrations.REVISIONS", (*REVISIONS, "0999"))
    monkeypatch.setattr("calm_desktop.store.migrations.NEWEST", "0999")
    assert "made by an older version of this program. Bring it up to date with calm-desktop upgrade" in fault_of(path)


def test_a_damaged_store(database: Database, path: Path) -> None:
    with database.write() as db:
        for number in range(2000):
            keep(db, f"key {number}")
    database.close()
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"\xff" * (len(content) - len(content) // 2)
    path.write_bytes(content)
    with pytest.raises(StoreFault, match=r"is damaged.*restore the latest backup"):
        settings_in(open_database(path))


def test_a_store_that_another_program_is_writing_to(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_PATIENCE", 0.05)
    impatient = open_database(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            pytest.raises(StoreFault, match="is locked: another program has been writing to it"),
            impatient.write() as db,
        ):
            keep(db, "currency")
    with impatient.write() as db:
        keep(db, "currency")
    assert settings_in(impatient) == ["currency"]
    impatient.close()


def test_a_full_disk(database: Database) -> None:
    def fill_the_disk() -> None:
        with database.write() as db:
            pages = db.scalar(text("PRAGMA page_count"))
            db.execute(text(f"PRAGMA max_page_count = {pages}"))
            keep(db, "currency", "x" * 100_000)

    with pytest.raises(StoreFault, match=r"The disk of .* is full\. Make room"):
        fill_the_disk()
    assert settings_in(database) == []


def test_a_store_that_may_only_be_read(database: Database) -> None:
    def write_to_it() -> None:
        with database.write() as db:
            db.execute(text("PRAGMA query_only = ON"))
            keep(db, "currency")

    with pytest.raises(StoreFault, match=r"cannot be opened for writing\. Ask for permission"):
        write_to_it()


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreFault, match="file cannot be read or written: File exists"):
        create(tmp_path / "file" / "s.db")


@contextmanager
def without_privileges() -> Iterator[None]:
    """Act as a user whom permissions bind: the superuser steps down meanwhile."""
    is_superuser = os.geteuid() == 0
    if is_superuser:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_superuser:
            os.seteuid(0)


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder with a store that all may read and none may write."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        create(folder / "s.db").close()
        (folder / "s.db").chmod(0o444)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o700)


def test_a_store_in_a_folder_without_permission(closed_folder: Path) -> None:
    before = (closed_folder / "s.db").read_bytes()
    with without_privileges():
        assert fault_of(closed_folder / "s.db") == (
            f"{closed_folder / 's.db'} cannot be opened for writing. Ask for permission to write the file and its "
            "folder (the store keeps a log beside itself), or name another store with --store."
        )
    assert (closed_folder / "s.db").read_bytes() == before
    assert [file.name for file in closed_folder.iterdir()] == ["s.db"]


def test_a_new_store_in_a_folder_without_permission(closed_folder: Path) -> None:
    with (
        without_privileges(),
        pytest.raises(StoreFault, match=r"new\.db cannot be opened for writing\. Ask for"),
    ):
        create(closed_folder / "new.db")
    with without_privileges(), pytest.raises(StoreFault, match=r"data may not be read or written\. Ask for permission"):
        create(closed_folder / "data" / "new.db")
    assert [file.name for file in closed_folder.iterdir()] == ["s.db"]


def test_a_store_that_may_not_even_be_read(closed_folder: Path) -> None:
    (closed_folder / "s.db").chmod(0o000)
    with without_privileges():
        assert fault_of(closed_folder / "s.db") == (
            f"{closed_folder / 's.db'} may not be read or written. Ask for permission, or name another store."
        )


def test_a_url_that_is_none() -> None:
    assert "is no URL of a database" in fault_of("post gres://")


def test_a_database_server_whose_driver_is_missing() -> None:
    fault = fault_of("nosuchdatabase://clerk:secret@host/calm")
    assert "the driver for nosuchdatabase is not installed" in fault
    assert "secret" not in fault


# -------------------------------------------------------------------------------------------------------------- upgrade


def test_a_store_that_is_up_to_date_is_left_alone(database: Database, path: Path) -> None:
    assert upgrade(path) is None
    assert not (path.parent / "backups").exists()


def test_a_store_is_kept_as_a_backup_before_it_is_brought_up(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calm_desktop.store.migrations.REVISIONS", (*REVISIONS, "0999"))
    monkeypatch.setattr("calm_desktop.store.migrations.NEWEST", "0999")

    def add_a_table(db: Connection) -> None:
        db.execute(text("CREATE TABLE extra (id INTEGER)"))
        db.execute(text("UPDATE alembic_version SET version_num = '0999'"))

    monkeypatch.setattr("calm_desktop.store.migrations.bring_up", add_a_table)
    done = upgrade(path)
    assert done is not None
    kept = done.backup
    assert kept is not None
    assert kept.path.parent == path.parent / "backups"
    assert kept.path.name.endswith("-before-upgrade.db")
    assert tables_in(kept.path) == tables_in(path) - {"extra"}
    open_database(path).close()


def test_an_upgrade_that_would_leave_loose_ends_changes_nothing(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calm_desktop.store.migrations.REVISIONS", (*REVISIONS, "0999"))
    monkeypatch.setattr("calm_desktop.store.migrations.NEWEST", "0999")
    monkeypatch.setattr(
        "calm_desktop.store.migrations.bring_up", lambda db: db.execute(text("INSERT INTO billing_group VALUES (1, 7)"))
    )
    with pytest.raises(StoreFault, match="rows of billing_group point to rows of asset that are not there"):
        upgrade(path)
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT count(*) FROM billing_group").fetchone() == (0,)


def tables_in(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as file:
        return {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
