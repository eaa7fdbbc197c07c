"""The history of the store's tables; every older store is brought up to this program's tables step by step."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, select

from calm_desktop.store import sqlite
from calm_desktop.store.tables import metadata

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Every revision there has been, in order; the last one is this program's own."""

NEWEST = REVISIONS[-1]

_VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
_OURS = {"alembic_version", "asset", "counter", "setting"}


def revision_of(connection: Connection) -> str | None:
    """The revision of the store's tables, known to this program or not; None where this is no store."""
    if not _OURS.issubset(inspect(connection).get_table_names()):
        return None
    return connection.scalar(select(_VERSION.c.version_num))


def is_empty(connection: Connection) -> bool:
    """Whether there is no table at all."""
    return not inspect(connection).get_table_names()


def make(connection: Connection) -> None:
    """Make this program's tables in an empty database, inside the connection's transaction; it has no history yet."""
    metadata.create_all(connection)
    _VERSION.create(connection)
    connection.execute(_VERSION.insert().values(version_num=NEWEST))
    sqlite.seal_documents(connection)


def bring_up(connection: Connection, revision: str = "head") -> None:
    """Change the tables to `revision` inside the connection's transaction, step by step from where they are.

    The seals of posted documents are taken off first, for a step may make a table anew, and put on the newest tables.
    """
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    sqlite.unseal_documents(connection)
    command.upgrade(config, revision)
    if revision_of(connection) == NEWEST:
        sqlite.seal_documents(connection)
