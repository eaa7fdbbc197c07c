"""Many rows written at once: by one prepared statement, or `COPY`; each different value is made ready only once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, Column, Connection, Dialect, Insert, Table, Update, bindparam
from sqlalchemy.sql.compiler import SQLCompiler

from calm_desktop.store import postgresql

Values = Sequence[Sequence[Any]]


def insert(connection: Connection, table: Table, names: Sequence[str], rows: Values) -> None:
    """Insert `rows`, each with a value for every one of the columns `names`; other columns get their server defaults.

    What SQLAlchemy's own insert of many rows stores, for a fraction of the time.
    """
    if not rows:
        return
    columns = {name: table.c[name] for name in names}
    if postgresql.is_used_by(connection):
        postgresql.copy_in(
            connection, table, names, zip(*_ready_columns(connection, columns, rows).values(), strict=True)
        )
        return
    statement = table.insert().values({name: bindparam(name) for name in names})
    _execute(connection, statement, columns, rows)


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """The same for rows that say their columns' names, each the same ones in the same order."""
    if rows:
        insert(connection, table, list(rows[0]), [tuple(row.values()) for row in rows])


def set_by_id(connection: Connection, column: Column[Any], rows: Values) -> None:
    """Set `column` in rows of its table; each of `rows` is a new value and the id of the row that gets it."""
    if not rows:
        return
    key = column.table.c.id
    if postgresql.is_used_by(connection):
        ready = _ready_columns(connection, {"now": column, "of": key}, rows)
        postgresql.set_by_id(connection, column, ready["now"], ready["of"])
        return
    statement = column.table.update().where(key == bindparam("of")).values({column: bindparam("now")})
    _execute(connection, statement, {"now": column, "of": key}, rows)


def _execute(connection: Connection, statement: Insert | Update, columns: dict[str, Column[Any]], rows: Values) -> None:
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    names = list(columns)
    ready = _ready_columns(connection, columns, rows)
    if compiled.positional:
        assert compiled.positiontup is not None
        parameters: list[Any] = list(zip(*(ready[name] for name in compiled.positiontup), strict=True))
    else:
        parameters = [dict(zip(names, row, strict=True)) for row in zip(*ready.values(), strict=True)]
    connection.exec_driver_sql(str(compiled), parameters)


def _ready_columns(connection: Connection, columns: dict[str, Column[Any]], rows: Values) -> dict[str, Sequence[Any]]:
    """The values of each column, by its name, as the database's driver takes them."""
    by_column = zip(columns.items(), zip(*rows, strict=True), strict=True)
    return {name: _ready(column, connection.dialect, values) for (name, column), values in by_column}


def _ready(column: Column[Any], dialect: Dialect, values: Sequence[Any]) -> Sequence[Any]:
    """The values as the database's driver takes them."""
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return values
    return list(map(process if isinstance(column.type, JSON) else _Once(process).__getitem__, values))


class _Once(dict[Any, Any]):
    """What a function makes of values, worked out once for each different one."""

    def __init__(self, process: Callable[[Any], Any]) -> None:
        super().__init__()
        self.process = process

    def __missing__(self, value: Any) -> Any:
        self[value] = made = self.process(value)
        return made
