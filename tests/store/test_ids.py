"""Ids and numbers that the program hands out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from calm_desktop.store.database import Database, create
from calm_desktop.store.ids import next_number, take


@pytest.fixture
def database() -> Iterator[Database]:
    database = create("sqlite://")
    yield database
    database.close()


def test_ids_begin_at_one_and_blocks_follow_each_other(database: Database) -> None:
    with database.write() as db:
        assert take(db, "asset") == 1
        assert take(db, "asset", 10) == 2
        assert take(db, "asset") == 12


def test_each_kind_counts_for_itself(database: Database) -> None:
    with database.write() as db:
        assert [take(db, "asset", 5), take(db, "action", 5), take(db, "asset")] == [1, 1, 6]


def test_a_number_whose_transaction_was_undone_is_given_again(database: Database) -> None:
    with database.write() as db:
        assert next_number(db, "invoice") == 1
    with pytest.raises(ZeroDivisionError):
        number_and_fail(database)
    with database.write() as db:
        assert next_number(db, "invoice") == 2


def number_and_fail(database: Database) -> None:
    with database.write() as db:
        assert next_number(db, "invoice") == 2
        raise ZeroDivisionError


def test_numbers_do_not_share_a_count_with_ids(database: Database) -> None:
    with database.write() as db:
        assert [take(db, "asset", 3), next_number(db, "asset"), next_number(db, "asset", 2)] == [1, 1, 2]
