"""A store on a PostgreSQL server: its tables, its seals, what it does when others come first, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, make_url, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from calm_desktop.cli import log
from calm_desktop.engine.problems import Bug, StoreFault
from calm_desktop.services import catalogue, customers
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddAccount, AddProduct, Find
from calm_desktop.services.views import list_accounts
from calm_desktop.store import bulk, documents, migrations, tables
from calm_desktop.store.database import Database, Upgraded, create, open_database, upgrade
from calm_desktop.store.faults import Contended
from calm_desktop.store.ids import take
from calm_desktop.store.places import place_of
from tests.command_line import CommandLine
from tests.on_postgresql import CONTENTION
from tests.postgresql_server import Server
from tests.store.book import write_book
from tests.store.test_documents import STATEMENTS
from tests.store.test_migrations import FIRST_VERSION

pytestmark = pytest.mark.own_places

_NUMBERS = count()
REFUSAL = CONTENTION.replace("current_setting('calm.use_case', true) = 'on' AND", "")
"""Has the server refuse every other commit."""


@pytest.fixture
def empty(server: Server) -> Iterator[str]:
    """The URL of an empty database."""
    with server.database(f"test_{next(_NUMBERS)}") as made:
        yield server.url(made.dbname)


@pytest.fixture(scope="module")
def made(server: Server) -> Iterator[str]:
    """The URL of a store in which the book is written; its tests leave no trace."""
    with server.database("book") as place:
        url = server.url(place.dbname)
        with_book = create(url)
        with with_book.write() as db:
            write_book(db)
        with_book.close()
        yield url


@pytest.fixture
def book(made: str) -> Iterator[Database]:
    opened = open_database(made)
    yield opened
    opened.close()


@pytest.fixture
def db(book: Database) -> Iterator[Connection]:
    """The book, to be written in; all of it is taken back."""
    with book.write() as connection:
        yield connection
        transaction = connection.get_transaction()
        assert transaction is not None
        transaction.rollback()


def name_in(url: str) -> str:
    return str(make_url(url).database)


# ------------------------------------------------------------------------------------------------------- its tables


def test_a_new_store_has_the_tables_of_the_program(book: Database) -> None:
    with book.read() as db:
        assert migrations.revision_of(db) == migrations.NEWEST
        assert compare_metadata(MigrationContext.configure(db), tables.metadata) == []


def test_an_older_store_is_brought_up_to_the_same_tables(empty: str, book: Database) -> None:
    first = create(empty)
    with first.write() as db:
        tables.metadata.drop_all(db)
        db.execute(text("DROP TABLE alembic_version"))
        migrations.bring_up(db, "0001")
        for sql in FIRST_VERSION.split(";\n"):
            db.exec_driver_sql(sql)
    first.close()
    with pytest.raises(StoreFault, match=r"made by an older version.*calm-desktop upgrade"):
        open_database(empty)
    assert upgrade(empty) == Upgraded(None)
    assert upgrade(empty) is None
    opened = open_database(empty)
    with opened.read() as db, book.read() as new:
        assert compare_metadata(MigrationContext.configure(db), tables.metadata) == []
        assert made_of(db) == made_of(new)
        item = db.execute(text("SELECT effect, anchor, target_id, discount_amount, mrr_formula FROM order_item")).one()
        assert tuple(item) == ("covers", date(2022, 1, 1), None, 0, "total-over-term")
    opened.close()


def made_of(db: Connection) -> dict[str, object]:
    """Columns, checks, links and indexes of each table, as the server tells them."""
    look = inspect(db)
    return {
        table: (
            sorted(
                (each["name"], str(each["type"]), each["nullable"], each["default"]) for each in look.get_columns(table)
            ),
            sorted((str(each["name"]), each["sqltext"]) for each in look.get_check_constraints(table)),
            sorted((str(each["name"]), each["referred_table"]) for each in look.get_foreign_keys(table)),
            sorted((str(each["name"]), each["column_names"], each["unique"]) for each in look.get_indexes(table)),
            look.get_pk_constraint(table)["name"],
        )
        for table in look.get_table_names()
    }


def test_a_database_that_holds_something_is_left_as_it_is(empty: str, server: Server) -> None:
    with server.connect(name_in(empty)) as connection:
        connection.execute("CREATE TABLE mine (id integer)")
    with pytest.raises(StoreFault, match="exists already and is left as it is"):
        create(empty)
    with pytest.raises(StoreFault, match="is a database, but not a store of this program"):
        open_database(empty)


def test_many_rows_are_stored_as_an_insert_of_each_would_store_them(db: Connection) -> None:
    told = {"id": 1, "currency": "USD", "to_currency": "EUR", "start": date(2022, 1, 1), "rate": Decimal("0.5")}
    rows = [told | {"id": number, "start": date(2022, number, 1)} for number in (1, 2, 3)]
    rate = tables.exchange_rate
    bulk.insert(db, rate, list(told), [tuple(row.values()) for row in rows])
    assert [dict(row._mapping) for row in db.execute(select(rate).order_by(rate.c.id))] == rows
    bulk.set_by_id(db, rate.c.rate, [(Decimal(2), 1), (Decimal("0.25"), 3)])
    assert db.scalars(select(rate.c.rate).order_by(rate.c.id)).all() == [2, Decimal("0.5"), Decimal("0.25")]
    bulk.insert(db, rate, list(told), [])
    bulk.set_by_id(db, rate.c.rate, [])


def test_a_broken_rule_among_many_rows_is_a_mistake_of_the_program(book: Database) -> None:
    row = {"id": 1, "currency": "USD", "to_currency": "EUR", "start": date(2022, 1, 1), "rate": Decimal("0.5")}
    with pytest.raises(IntegrityError), book.write() as db:
        bulk.insert(db, tables.exchange_rate, list(row), [tuple(row.values())] * 2)


# -------------------------------------------------------------------------------------------------------- its seals


@pytest.mark.parametrize("sql", STATEMENTS)
def test_the_guard_refuses_a_change_of_posted_documents(book: Database, sql: str) -> None:
    with pytest.raises(Bug, match="posted documents never change"), book.write() as db:
        db.exec_driver_sql(sql)


def test_the_steps_of_an_invoice_pass_and_leave_others_alone(db: Connection) -> None:
    documents.post_drafts(db, {3: "INV-000003"})
    documents.cancel_drafts(db, [1, 3])
    documents.void_invoices(db, [2])
    documents.post_drafts(db, {2: "INV-000009"})
    rows = db.execute(text("SELECT number, status FROM invoice ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [
        ("INV-000001", "Posted"),
        ("INV-000002", "Voided"),
        ("INV-000003", "Posted"),
    ]


def test_the_server_keeps_no_code_of_the_program(book: Database) -> None:
    with book.read() as db:
        assert db.scalar(text("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")) == 0
        assert db.scalar(text("SELECT count(*) FROM pg_sequences")) == 0
        own = text("SELECT count(*) FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public'")
        assert db.scalar(own) == 0


# --------------------------------------------------------------------------------------------- when others come first


@pytest.fixture
def desk(empty: str) -> Iterator[Desk]:
    with Desk.create(empty, {"currency": "USD"}, date(2022, 1, 1)) as made:
        yield made


def accounts(desk: Desk) -> list[str]:
    return [each.name for each in desk.ask(list_accounts, Find())]


def test_a_commit_that_is_refused_is_tried_again(desk: Desk, empty: str, server: Server) -> None:
    with server.connect(name_in(empty)) as connection:
        connection.execute(REFUSAL)
    told: list[object] = []
    desk.listen(told.append)
    for name in ("Acme", "Belmont", "Corvus"):
        desk.do(customers.add_account, AddAccount(name))
    assert accounts(desk) == ["Acme", "Belmont", "Corvus"]
    assert len(told) == 3
    with server.connect(name_in(empty)) as connection:
        assert connection.execute("SELECT last_value FROM refusal").fetchone() == (6,)


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_work_that_is_always_refused_ends_in_words_and_stores_nothing(
    desk: Desk, empty: str, server: Server, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("calm_desktop.store.database.time.sleep", waits.append)
    with server.connect(name_in(empty)) as connection:
        connection.execute(REFUSAL.replace("% 2 = 1", "> 0").replace("40001", state))
    with pytest.raises(Contended, match=r"is busy: others kept changing .* Nothing was changed. Try again in a moment"):
        desk.do(customers.add_account, AddAccount("Acme"))
    assert accounts(desk) == []
    assert len(waits) == 9
    assert max(waits) <= 1.0
    assert len(set(waits)) == 9, "whoever met once waits for different times"
    with server.connect(name_in(empty)) as connection:
        assert connection.execute("SELECT last_value FROM refusal").fetchone() == (10,)


def test_what_a_use_case_refuses_is_not_tried_again(desk: Desk) -> None:
    tries = count(1)

    def refuse(_tx: object, _request: object) -> None:
        next(tries)
        raise StoreFault("no")

    with pytest.raises(StoreFault):
        desk.do(refuse, None)
    assert next(tries) == 2


def test_many_at_once_all_come_through_and_numbers_have_no_gap(desk: Desk, empty: str) -> None:
    def add(clerk: int) -> None:
        with Desk.open(empty) as own:
            for number in range(5):
                own.do(customers.add_account, AddAccount(f"Customer {clerk} {number}"))

    with ThreadPoolExecutor(4) as clerks:
        list(clerks.map(add, range(4)))
    found = desk.ask(list_accounts, Find())
    assert sorted(each.number for each in found) == [f"A-{number:05d}" for number in range(1, 21)]


def test_a_view_sees_one_moment_and_changes_nothing(desk: Desk, empty: str) -> None:
    with desk.database.read() as db, Desk.open(empty) as other:
        assert db.scalar(select(tables.account.c.name)) is None
        other.do(customers.add_account, AddAccount("Acme"))
        assert db.scalar(select(tables.account.c.name)) is None
    with pytest.raises(StoreFault, match="can only be read"), desk.database.read() as db:
        take(db, "account")


def test_who_waits_too_long_for_another_writer_is_told(desk: Desk, empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Desk.open(empty) as other, desk.database.write():
        with other.database._engine.connect() as connection:
            connection.exec_driver_sql("SET lock_timeout = '50ms'")
            connection.commit()
        with pytest.raises(StoreFault, match=r"has been writing to it for more than 10 seconds. Wait until it is done"):
            other.do(customers.add_account, AddAccount("Acme"))


def test_the_marker_moves_with_every_commit(desk: Desk) -> None:
    before = desk.database.marker()
    assert desk.database.marker() == before
    desk.do(catalogue.add_product, AddProduct("Licence", "LIC", Decimal(10)))
    assert desk.database.marker() != before


# --------------------------------------------------------------------------------------------------------- its faults


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("53100", "The disk of .* is full. Make room on the server and try again. Nothing was changed."),
        ("53300", "has no room for more: too bad. Try again later"),
        ("58030", "failed on the server"),
        ("57014", "broke off what took too long"),
        ("57P01", "was lost. What was asked for is stored whole or not at all"),
        ("42501", "may not be read or written by this user"),
        ("XX001", "is damaged on the server"),
    ],
)
def test_what_a_server_says_is_told_in_words(book: Database, state: str, words: str) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'too bad' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(StoreFault, match=words), book.write() as db:
        db.exec_driver_sql(raising)


def test_a_server_that_goes_is_told_and_found_again(desk: Desk, server: Server) -> None:
    def end_all(name: str) -> None:
        with server.connect() as connection:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            connection.execute(ended, (name,))

    def cut_off(tx: object, _request: object) -> None:
        customers.add_account(tx, AddAccount("Acme"))  # type: ignore[arg-type]
        end_all(str(desk.database._engine.url.database))

    with pytest.raises(StoreFault, match=r"The connection to .* was lost"):
        desk.do(cut_off, None)
    assert accounts(desk) == []
    end_all(str(desk.database._engine.url.database))
    assert accounts(desk) == []


@pytest.fixture
def clerk(server: Server) -> Iterator[str]:
    """A database that asks for a password, and the URL of one who knows it."""
    with server.database("guarded"):
        with server.connect() as connection:
            connection.execute("CREATE ROLE clerk LOGIN PASSWORD 'right one'")
            connection.execute("ALTER DATABASE guarded OWNER TO clerk")
        yield f"postgresql+psycopg://clerk:right%20one@/guarded?host={server.folder}"
    with server.connect() as connection:
        connection.execute("DROP ROLE clerk")


def test_a_password_is_asked_for_and_never_told(
    clerk: str, nowhere: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(url: str, *words: str) -> tuple[int, str]:
        answer = nowhere.bare("--store", url, *words)
        return answer.code, answer.out + answer.err

    monkeypatch.setattr(log, "state_folder", lambda: tmp_path / "log")
    code, said = say(clerk, "init")
    assert (code, "clerk:***@/guarded" in said, "right" in said) == (0, True, False)
    code, said = say(clerk.replace("right", "wrong"), "list", "accounts")
    assert code == 3
    assert "There is no connection to postgresql+psycopg://clerk:***@/guarded" in said
    assert "password authentication failed" in said
    assert "wrong" not in said
    for secret in (clerk.replace("right%20one", "a@secret"), clerk.replace(":right%20one", "") + "&password=secret"):
        code, said = say(secret, "list", "accounts")
        assert (code, "secret" in said) == (3, False)
    with closing(open_database(clerk)) as store, store.read() as db, pytest.raises(DBAPIError) as broken:
        db.execute(text("SELECT nonsense"))
    assert log.keep(broken.value) is not None
    assert "right" not in "".join(file.read_text() for file in (tmp_path / "log").iterdir())


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://clerk:a@secret@server/db",
        "postgresql+psycopg://clerk:secret@server:port/db",
    ],
)
def test_a_url_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(StoreFault, match="is no URL of a database") as refused:
        place_of(url)
    assert "secret" not in str(refused.value)


def test_where_no_server_is_that_is_told(server: Server, nowhere: CommandLine) -> None:
    answer = nowhere.bare("--store", server.url("none"), "list", "accounts")
    assert (answer.code, 'database "none" does not exist' in answer.err) == (3, True)
    answer = nowhere.bare("--store", "postgresql+psycopg://u:secret@127.0.0.1:1/db", "list", "accounts")
    assert answer.code == 3
    assert "Check that the server runs, and the address, the user and the password." in answer.err
    assert "secret" not in answer.err


@pytest.mark.parametrize(
    ("words", "advice"), [(("backup", "x.db"), "pg_dump"), (("--yes", "restore", "x.db"), "pg_restore")]
)
def test_a_server_is_copied_by_its_own_tools(
    empty: str, nowhere: CommandLine, words: tuple[str, ...], advice: str
) -> None:
    Desk.create(empty).close()
    answer = nowhere.bare("--store", empty, *words)
    assert (answer.code, advice in answer.err) == (3, True)
