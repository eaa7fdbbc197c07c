"""The history of the tables leads to the tables that the program uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from calm_desktop.store import migrations, sqlite
from calm_desktop.store.database import create
from calm_desktop.store.tables import metadata


@contextmanager
def brought_up() -> Iterator[Connection]:
    """An empty database that has walked through the whole history."""
    engine = create_engine("sqlite://")
    with engine.begin() as db:
        migrations.bring_up(db)
        yield db
    engine.dispose()


def test_a_new_store_is_of_the_newest_revision() -> None:
    database = create("sqlite://")
    with database.read() as db:
        assert migrations.revision_of(db) == migrations.NEWEST
        made = versions(db)
    with brought_up() as db:
        assert made == versions(db)


def versions(db: Connection) -> tuple[object, ...]:
    """How the store keeps its revision, and which it is."""
    sql = db.execute(text("SELECT sql FROM sqlite_master WHERE name = 'alembic_version'")).scalar_one()
    words = re.sub(r"\s+", " ", sql)
    return words.replace("( ", "(").replace(" )", ")"), *db.execute(
        text("SELECT version_num FROM alembic_version")
    ).one()


def test_an_empty_store_brought_up_has_the_tables_of_the_program() -> None:
    with brought_up() as db:
        assert compare_metadata(MigrationContext.configure(db), metadata) == []


def test_an_empty_store_brought_up_says_the_same_in_sql() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as db:
        migrations.make(db)
        expected = statements(db)
    engine.dispose()
    with brought_up() as db:
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
    with brought_up() as db:
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


def test_items_of_the_first_version_bring_days_of_service_on_a_grid_of_their_own() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as db:
        migrations.bring_up(db, "0001")
        for sql in FIRST_VERSION.split(";\n"):
            db.exec_driver_sql(sql)
        migrations.bring_up(db)
        item = db.execute(text("SELECT effect, anchor, target_id, discount_amount, mrr_formula FROM order_item")).one()
        assert tuple(item) == ("covers", "2022-01-01", None, 0, "total-over-term")
        part = db.execute(text("SELECT kind, quantity, credits_id, memo_line_id FROM billing_item")).one()
        assert tuple(part) == ("charge", None, None, None)
        assert db.execute(text("SELECT paused FROM state_period")).scalar_one() == 0
        assert db.execute(text("SELECT undoes_id FROM action")).scalar_one() is None
    engine.dispose()


def test_documents_of_the_second_version_stay_and_are_sealed() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as db:
        migrations.bring_up(db, "0002")
        for sql in (*FIRST_VERSION.split(";\n"), *SECOND_VERSION.split(";\n")):
            db.exec_driver_sql(SECOND_FORM.get(sql.strip(), sql))
        assert sqlite.seals(db)["sealed_payment_update"] is False
        migrations.bring_up(db)
        assert db.execute(text("SELECT number, status, voids_id FROM invoice")).one() == ("INV-1", "Posted", None)
        settled = text("SELECT payment_id, memo_id, mirror_id, amount FROM settlement ORDER BY id")
        assert [tuple(row) for row in db.execute(settled)] == [(1, None, None, 4000), (None, 1, None, 1000)]
        assert db.execute(text("SELECT memo_id, payment_id, amount FROM refund")).one() == (1, None, 200)
        assert all(sqlite.seals(db).values())
    with engine.begin() as db, pytest.raises(IntegrityError, match="never changes"):
        db.exec_driver_sql("UPDATE payment SET amount = 1")
    engine.dispose()


NOON = "'2022-01-01 12:00:00.000000'"
FIRST_VERSION = f"""
INSERT INTO setting VALUES ('mrr-formula', 'total-over-term');
INSERT INTO account (id, number, name, currency, created_on) VALUES (1, 'A-1', 'Acme', 'USD', '2022-01-01');
INSERT INTO product (id, code, name, kind, selling_model, price_unit)
    VALUES (1, 'LIC', 'Licence', 'subscription', 'term', 'month');
INSERT INTO sales_order
    (id, number, account_id, kind, status, order_date, effective_date, currency, total, recorded_at)
    VALUES (1, 'O-1', 1, 'New', 'Activated', '2022-01-01', '2022-01-01', 'USD', 120000, {NOON});
INSERT INTO asset
    (id, number, name, account_id, product_id, currency, lifecycle_start, lifecycle_end, current_on, current_quantity,
    current_amount, current_mrr)
    VALUES (1, 'L-1', 'Licence', 1, 1, 'USD', '2022-01-01', '2022-12-31', '2022-01-01', 10000000, 120000, 10000);
INSERT INTO order_item
    (id, order_id, line, product_id, asset_id, asset_name, category, quantity, list_price, unit_price, discount,
    price_unit, selling_model, start, "end", term_months, term_days, frequency, timing, boundary, partial, remainder,
    total)
    VALUES (1, 1, 1, 1, 1, 'Licence', 'Initial Sale', 10000000, 10000000, 10000000, 0,
    'month', 'term', '2022-01-01', '2022-12-31', 12, 0, 'monthly', 'advance', 'anniversary', 'allowed', 'last',
    120000);
INSERT INTO state_period VALUES (1, 1, '2022-01-01', '2022-12-31', 10000000, 120000, 10000);
INSERT INTO action
    (id, asset_id, sequence, order_item_id, action_date, effective_date, category, type, quantity_change,
    amount_change, mrr_change, recorded_at)
    VALUES (1, 1, 1, 1, '2022-01-01', '2022-01-01', 'Initial Sale', 'Generate', 10000000, 120000, 10000, {NOON});
INSERT INTO billing_group VALUES (1, 1);
INSERT INTO billing_schedule VALUES (1, 1, 1, 'Original', '2022-01-01', '2022-12-31', 120000);
INSERT INTO billing_item (id, schedule_id, start, "end", billing_date, amount)
    VALUES (1, 1, '2022-01-01', '2022-01-31', '2022-01-01', 10000)
"""
"""A sale of the first version, with what became of it."""

_ITEM = next(sql.strip() for sql in FIRST_VERSION.split(";\n") if "INTO order_item" in sql)
_STATE = next(sql.strip() for sql in FIRST_VERSION.split(";\n") if "INTO state_period" in sql)
SECOND_FORM = {
    _ITEM: _ITEM.replace("total)", "total, anchor)").replace("120000)", "120000, '2022-01-01')"),
    _STATE: _STATE.replace("10000)", "10000, 0)"),
}
"""What the second version says in another way."""

SECOND_VERSION = f"""
INSERT INTO invoice
    (id, number, account_id, status, invoice_date, due_date, target_date, currency, request_id, recorded_at)
    VALUES (1, 'INV-1', 1, 'Posted', '2022-01-01', '2022-01-31', '2022-01-01', 'USD', 'a run', {NOON});
INSERT INTO invoice_line
    (id, invoice_id, line, type, description, start, "end", quantity, unit_price, amount, order_item_id, asset_id)
    VALUES (1, 1, 1, 'Charge', 'Licence', '2022-01-01', '2022-01-31', 10000000, 10000000, 10000, 1, 1);
INSERT INTO payment (id, number, account_id, currency, day, amount, request_id, recorded_at)
    VALUES (1, 'PAY-1', 1, 'USD', '2022-01-05', 4000, 'by hand', {NOON});
INSERT INTO credit_memo (id, number, account_id, invoice_id, reason, memo_date, currency, request_id, recorded_at)
    VALUES (1, 'CM-1', 1, 1, 'given', '2022-01-06', 'USD', 'by hand', {NOON});
INSERT INTO settlement VALUES (1, 1, 1, NULL, '2022-01-05', 4000);
INSERT INTO settlement VALUES (2, 1, NULL, 1, '2022-01-06', 1000);
INSERT INTO refund VALUES (1, 'REF-1', 1, '2022-01-07', 200, 'by hand', {NOON})
"""
"""What lowered an invoice of the second version."""


def statements(db: Connection) -> dict[str, list[str]]:
    """What made each table and index: its parts in one order, however they were written."""
    made = db.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"))
    return {name: sorted(plain(part) for part in sql.replace("\t", "").splitlines()) for name, sql in made}


def plain(part: str) -> str:
    """Without the quotes and brackets that a table gets when it is copied to be changed."""
    return re.sub(r'^CREATE TABLE "(\w+)"', r"CREATE TABLE \1", part.strip(" ,")).replace("DEFAULT ('')", "DEFAULT ''")


def squeezed(sql: str) -> str:
    return re.sub(r"\s+", " ", sql)
