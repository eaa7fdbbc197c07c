"""What only SQLite understands stands in one module; everything else goes to any database that speaks SQL."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

import calm_desktop
from calm_desktop.store.tables import metadata

PACKAGE = Path(calm_desktop.__file__).parent
ONLY_SQLITE = re.compile(
    r"\b(PRAGMA|sqlite3|sqlite_master|BEGIN IMMEDIATE|INSERT OR|typeof|json_valid|AUTOINCREMENT)\b"
)


def test_only_the_store_of_files_and_what_waits_on_disk_speak_sqlite() -> None:
    speakers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if ONLY_SQLITE.search(path.read_text("utf-8"))
    }
    assert speakers == {"store/spool.py", "store/sqlite.py"}


def test_every_table_and_index_can_be_made_on_postgresql() -> None:
    dialect = postgresql.dialect()
    made = {table.name: str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables}
    assert "id BIGINT NOT NULL" in made["state_period"]
    assert "amount BIGINT" in made["state_period"]
    assert 'CHECK ("end" IS NULL OR "end" >= start)' in made["state_period"]
    assert [name for name, sql in made.items() if "SERIAL" in sql] == []
    indexes = [
        str(CreateIndex(index).compile(dialect=dialect)) for table in metadata.sorted_tables for index in table.indexes
    ]
    assert 'CREATE INDEX ix_state_period_start_end ON state_period (start, "end")' in indexes
