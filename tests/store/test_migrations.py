"""The history of the tables leads to the tables that the program uses."""

from __future__ import annotations

import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, create_engine, inspect, text

from calm_desktop.store import migrations
from calm_desktop.store.database import create
from calm_desktop.store.tables import metadata


def test_an_empty_store_brought_up_has_the_tables_of_the_program() -> None:
    database = create("sqlite://")
    with database.read() as db:
        assert compare_metadata(MigrationContext.configure(db), metadata) == []


def test_an_empty_store_brought_up_says_the_same_in_sql() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as db:
        metadata.create_all(db)
        expected = statements(db)
    engine.dispose()
    database = create("sqlite://")
    with database.read() as db:
        assert statements(db) == expected


def test_an_empty_store_brought_up_has_every_check() -> None:
    expected = {
        table.name: {
            str(each.name): squeezed(str(each.sqltext))
            for each in table.constraints
            if isinstance(each, CheckConstraint)
        }
        for table in metadata.sorted_tables
    }
    assert sum(map(len, expected.values())) > 50
    database = create("sqlite://")
    with database.read() as db:
        reflected = {
            table: {
                str(each["name"]): squeezed(str(each["sqltext"])) for each in inspect(db).get_check_constraints(table)
            }
            for table in expected
        }
    assert reflected == expected


def test_the_revisions_that_the_program_knows_are_those_that_there_are() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    walked = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(walked)) == migrations.REVISIONS


def statements(db: Connection) -> dict[str, list[str]]:
    """What made each table and index: its parts in one order, however they were written."""
    made = db.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"))
    return {name: sorted(plain(part) for part in sql.replace("\t", "").splitlines()) for name, sql in made}


def plain(part: str) -> str:
    """Without the quotes and brackets that a table gets when it is copied to be changed."""
    return re.sub(r'^CREATE TABLE "(\w+)"', r"CREATE TABLE \1", part.strip(" ,")).replace("DEFAULT ('')", "DEFAULT ''")


def squeezed(sql: str) -> str:
    return re.sub(r"\s+", " ", sql)
