"""Many rows written at once hold what SQLAlchemy's own insert would have stored."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import create_engine, select

from calm_desktop.store import bulk, tables

_ROW = {"id": 1, "currency": "USD", "to_currency": "EUR", "start": date(2022, 1, 1), "rate": Decimal("0.5")}


def test_rows_are_stored_as_an_insert_of_each_would_store_them() -> None:
    table = tables.exchange_rate
    rows = [_ROW | {"id": number, "start": date(2022, number, 1)} for number in (1, 2, 3)]
    with create_engine("sqlite://").begin() as db:
        table.create(db)
        bulk.insert(db, table, list(_ROW), [tuple(row.values()) for row in rows])
        stored = db.exec_driver_sql("SELECT * FROM exchange_rate").all()
        assert [dict(row._mapping) for row in db.execute(select(table))] == rows
        db.execute(table.delete())
        db.execute(table.insert(), rows)
        assert db.exec_driver_sql("SELECT * FROM exchange_rate").all() == stored


def test_a_column_is_set_by_the_ids_of_its_rows() -> None:
    table = tables.exchange_rate
    with create_engine("sqlite://").begin() as db:
        table.create(db)
        bulk.insert(db, table, list(_ROW), [tuple(_ROW.values())])
        bulk.set_by_id(db, table.c.rate, [(Decimal(2), 1)])
        bulk.set_by_id(db, table.c.rate, [])
        assert db.scalar(select(table.c.rate)) == 2
