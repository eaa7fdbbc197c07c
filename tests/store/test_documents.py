"""Posted documents never change: whoever writes to the store, and by whatever statement."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from calm_desktop.engine.problems import Bug
from calm_desktop.store import documents, sqlite
from calm_desktop.store.database import Database, create, open_database
from calm_desktop.store.tables import credit_memo, invoice, invoice_line, payment
from tests.store.book import write_book


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The book: invoices 1 and 2 are posted, 3 is a draft."""
    database = create(tmp_path / "book.db")
    with database.write() as db:
        write_book(db)
    database.close()
    return tmp_path / "book.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    made = open_database(path)
    yield made
    made.close()


CHANGES = (
    "UPDATE invoice SET due_date = '2030-01-01' WHERE id = 1",
    "UPDATE invoice SET status = 'Draft', number = NULL WHERE id = 1",
    "UPDATE invoice SET status = 'Canceled', number = NULL WHERE id = 1",
    "UPDATE invoice SET status = 'Voided', account_id = 2 WHERE id = 1",
    "UPDATE invoice SET number = 'INV-9' WHERE id = 1",
    "DELETE FROM invoice WHERE id = 2",
    "UPDATE invoice_line SET amount = 1 WHERE id = 1",
    "DELETE FROM invoice_line WHERE id = 2",
    "UPDATE credit_memo SET note = 'x'",
    "DELETE FROM credit_memo",
    "UPDATE credit_memo_line SET amount = 1",
    "DELETE FROM credit_memo_line",
    "UPDATE payment SET amount = 1",
    "DELETE FROM payment",
    "UPDATE settlement SET amount = 1",
    "DELETE FROM settlement",
    "UPDATE refund SET amount = 1",
    "DELETE FROM refund",
)


@pytest.mark.parametrize("sql", CHANGES)
def test_a_file_refuses_a_change_whoever_makes_it(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA foreign_keys = OFF")
        with pytest.raises(sqlite3.IntegrityError, match="a posted document never changes"):
            other.execute(sql)


def test_a_draft_changes_and_a_posted_invoice_is_voided_and_then_stays(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("UPDATE invoice SET due_date = '2030-01-01' WHERE id = 3")
        other.execute("UPDATE invoice_line SET amount = 1 WHERE id = 3")
        other.execute("UPDATE invoice SET status = 'Posted', number = 'INV-000003' WHERE id = 3")
        other.execute("UPDATE invoice SET status = 'Voided' WHERE id = 3")
        for sql in ("UPDATE invoice SET status = 'Posted' WHERE id = 3", "DELETE FROM invoice_line WHERE id = 3"):
            with pytest.raises(sqlite3.IntegrityError):
                other.execute(sql)


STATEMENTS = (
    *CHANGES,
    "  update  only invoice set number = 1",
    'DELETE FROM ONLY "invoice_line"',
    "TRUNCATE payment",
    "TRUNCATE TABLE public.payment",
    "INSERT OR REPLACE INTO invoice VALUES (1)",
    "INSERT INTO payment (id) VALUES (1)\nON CONFLICT (id) DO UPDATE SET amount = 1",
    "MERGE INTO refund USING payment ON true WHEN MATCHED THEN DELETE",
    "WITH old AS (SELECT 1) DELETE FROM public.settlement",
)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_the_guard_refuses_such_a_statement_on_every_kind_of_database(database: Database, sql: str) -> None:
    with pytest.raises(Bug, match="posted documents never change"), database.write() as db:
        db.exec_driver_sql(sql)
    with pytest.raises(Bug), database.write() as db:
        db.execute(text(sql))


@pytest.mark.parametrize(
    "statement",
    [
        invoice.update().where(invoice.c.id == 3).values(number="INV-000003"),
        invoice_line.update().values(amount=1),
        payment.delete(),
        credit_memo.update().values(note="x"),
    ],
    ids=str,
)
def test_the_guard_refuses_statements_of_the_program_too(database: Database, statement: object) -> None:
    with pytest.raises(Bug), database.write() as db:
        db.execute(statement)  # type: ignore[call-overload]


def test_what_only_names_documents_passes(database: Database) -> None:
    with database.write() as db:
        db.exec_driver_sql("SELECT 'update' FROM invoice WHERE status = 'DELETE'")
        db.exec_driver_sql("UPDATE billing_item SET invoice_line_id = NULL WHERE id = 2")
        db.exec_driver_sql("UPDATE invoice_hold SET released_on = '2022-01-01'")


def test_the_steps_of_an_invoice_pass_and_leave_others_alone(database: Database) -> None:
    def statuses() -> list[tuple[str | None, str]]:
        with database.read() as db:
            rows = db.execute(text("SELECT number, status FROM invoice ORDER BY id"))
            return [(row.number, row.status) for row in rows]

    with database.write() as db:
        documents.post_drafts(db, {3: "INV-000003"})
        documents.cancel_drafts(db, [1, 3])
        documents.void_invoices(db, [2])
        documents.post_drafts(db, {2: "INV-000009"})
    assert statuses() == [("INV-000001", "Posted"), ("INV-000002", "Voided"), ("INV-000003", "Posted")]


def test_the_seals_are_those_of_all_documents(database: Database) -> None:
    with database.write() as db:
        assert len(sqlite.seals(db)) == 2 * len(documents.SEALED)
        assert all(sqlite.seals(db).values())
        db.exec_driver_sql("DROP TRIGGER sealed_payment_update")
        assert [name for name, there in sqlite.seals(db).items() if not there] == ["sealed_payment_update"]
        sqlite.unseal_documents(db)
        assert not any(sqlite.seals(db).values())
        sqlite.seal_documents(db)
        assert all(sqlite.seals(db).values())
