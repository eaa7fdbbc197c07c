"""What holds for rows of every kind: the file, values, constraints, links and counters."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import CheckConstraint, Connection, ForeignKey, Select, Table, UniqueConstraint, func, select, text

from calm_desktop.engine.problems import Refused
from calm_desktop.services import settings
from calm_desktop.services.audit import broken_link
from calm_desktop.services.invariants.finding import Breach, Finding, finding, found, known_currency, row_count
from calm_desktop.store import sqlite
from calm_desktop.store.tables import (
    account,
    asset,
    audit,
    counter,
    credit_memo,
    event,
    exchange_rate,
    invoice,
    metadata,
    override,
    payment,
    price_entry,
    sales_order,
)
from calm_desktop.store.tables import setting as setting_table

_TABLES = metadata.sorted_tables
_CURRENCIES = [
    *(
        table.c.currency
        for table in (account, price_entry, sales_order, asset, invoice, credit_memo, payment, exchange_rate)
    ),
    exchange_rate.c.to_currency,
]


def the_file_is_whole(db: Connection) -> Finding:
    """The database file itself is not damaged."""
    if not sqlite.is_used_by(db):
        return Finding(0, ())
    return found(1, (Breach("file", words) for words in sqlite.damage(db)))


def values_are_of_their_kind(db: Connection) -> Finding:
    """A column of whole numbers holds whole numbers, one of days holds days, and so on."""
    if not sqlite.is_used_by(db):
        return Finding(0, ())
    strange = (
        Breach(f"{table.name} {key}", f"{column} cannot be {value!r}")
        for table in _TABLES
        for key, column, value in sqlite.strange_values(db, table)
    )
    return found(sum(row_count(db, table) for table in _TABLES), strange)


def links_point_to_rows(db: Connection) -> Finding:
    """Every row that names another one names one that exists."""

    def broken() -> Iterator[Breach]:
        for key, orphans in _orphans():
            for row in db.execute(orphans):
                yield Breach(
                    f"{key.parent.table.name} {row[0]}",
                    f"{key.parent.name} names {key.column.table.name} {row[1]}, which is not there",
                )

    linked = [table for table in _TABLES if table.foreign_keys]
    return found(sum(row_count(db, table) for table in linked), broken())


@cache
def _orphans() -> tuple[tuple[ForeignKey, Select[Any]], ...]:
    """For each link the rows whose other end is missing: put together once."""
    found = []
    for table in _TABLES:
        for key in table.foreign_keys:
            target, column = key.column.table.alias("target"), key.parent
            orphans = (
                select(_key(table), column.label("link"))
                .outerjoin(target, target.c[key.column.name] == column)
                .where(column.is_not(None), target.c[key.column.name].is_(None))
                .order_by(_key(table))
            )
            found.append((key, orphans))
    return tuple(found)


def rows_keep_to_their_constraints(db: Connection) -> Finding:
    """Every row keeps to its table's own rules: fixed lists of words, spans, signs, counts that add up."""

    def broken() -> Iterator[Breach]:
        for table in _TABLES:
            checks = sorted(_checks(table), key=lambda each: str(each.name))
            together = " AND ".join(f"({constraint.sqltext})" for constraint in checks) or "1 = 1"
            # One look at the table, which is nearly always all right, is quicker than one for each rule.
            if db.execute(select(_key(table)).where(text(f"NOT ({together})")).limit(1)).first() is None:
                continue
            for constraint in checks:
                against = select(_key(table)).where(text(f"NOT ({constraint.sqltext})")).order_by(_key(table))
                for key in db.scalars(against):
                    yield Breach(f"{table.name} {key}", f"it breaks the rule {constraint.name}: {constraint.sqltext}")

    return found(sum(row_count(db, table) for table in _TABLES), broken())


def keys_are_unique(db: Connection) -> Finding:
    """What must be unique is: numbers, one schedule per order item, one group per asset ..."""

    def broken() -> Iterator[Breach]:
        for table in _TABLES:
            for columns in _unique(table):
                twice = (
                    select(*columns)
                    .where(*(column.is_not(None) for column in columns))
                    .group_by(*columns)
                    .having(func.count() > 1)
                    .order_by(*columns)
                )
                for row in db.execute(twice):
                    pairs = [(column.name, value) for column, value in zip(columns, row, strict=True)]
                    names = ", ".join(f"{name} {value}" for name, value in pairs if name != "withdrawn" or value)
                    yield Breach(table.name, f"there is more than one row with {names}")

    return found(sum(row_count(db, table) for table in _TABLES), broken())


def counters_are_ahead(db: Connection) -> Finding:
    """The next id of each kind of row is higher than every id there is."""
    next_of = {row.name: row.next for row in db.execute(select(counter))}

    def behind() -> Iterator[Breach]:
        for table in _TABLES:
            highest = db.scalar(select(func.max(table.c.id))) if "id" in table.c else None
            following = next_of.get(table.name, 1)
            if highest is not None and highest >= following:
                yield Breach(f"counter {table.name}", f"the next id is {following}, but {highest} is taken")

    return found(len(next_of), behind())


def events_have_no_gaps(db: Connection) -> Finding:
    """Replay ids of events count 1, 2, 3 ...: none was lost."""
    lowest, highest, count = db.execute(select(func.min(event.c.id), func.max(event.c.id), func.count())).one()
    breach = Breach("events", f"there are {count}, with replay ids from {lowest} to {highest}")
    return found(count, [breach] if count and (lowest, highest) != (1, count) else [])


def audit_trail_is_whole(db: Connection) -> Finding:
    """No row of the audit trail was changed, put in or taken out: each bears the hash of the one before it."""
    broken = broken_link(db)
    breaches = [] if broken is None else [Breach(f"audit {broken[0]}", broken[1])]
    return found(row_count(db, audit), breaches)


def overrides_state_their_reason(db: Connection) -> Finding:
    """Whoever overrode a refusal said why (5.5)."""
    silent = select(override.c.id, override.c.code).where(func.trim(override.c.reason) == "").order_by(override.c.id)
    return finding(
        db, override, silent, lambda row: Breach(f"override {row.id}", f"no reason is stated for overriding {row.code}")
    )


def currencies_are_known(db: Connection) -> Finding:
    """Every currency is one of ISO 4217."""

    def unknown() -> Iterator[Breach]:
        for column in _CURRENCIES:
            for code in db.scalars(select(column).distinct().order_by(column)):
                known = known_currency(code)
                if known is None or known.code != code:
                    yield Breach(column.table.name, f"there is no currency {code!r}")

    return found(sum(row_count(db, table) for table in {column.table for column in _CURRENCIES}), unknown())


def settings_say_what_they_may(db: Connection) -> Finding:
    """Every setting is one that there is, and says what it may."""
    rows = db.execute(select(setting_table).order_by(setting_table.c.key)).all()

    def wrong() -> Iterator[Breach]:
        for row in rows:
            try:
                settings.normal(row.key, row.value)
            except Refused as refused:
                yield Breach(f"setting {row.key}", refused.problems[0].message)

    return found(len(rows), wrong())


def _key(table: Table) -> Any:
    """What names a row of the table: each has one column for that."""
    return next(iter(table.primary_key.columns))


def _checks(table: Table) -> list[CheckConstraint]:
    return [constraint for constraint in table.constraints if isinstance(constraint, CheckConstraint)]


def _unique(table: Table) -> list[list[Any]]:
    constraints = (each for each in table.constraints if isinstance(each, UniqueConstraint))
    return sorted((list(each.columns) for each in constraints), key=lambda columns: [column.name for column in columns])
