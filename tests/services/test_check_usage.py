"""A store whose usage was tampered with: `check` names the rule, the place and what is wrong, and nothing else."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from calm_desktop.engine.catalog import Kind
from calm_desktop.services import catalogue, customers
from calm_desktop.services.check import RULES, Broken, check, name_of
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddAccount, AddProduct
from tests.services.usage_desk import correct, run, sell, use


@pytest.fixture(scope="module")
def metered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Calls at 0.10: January billed, adjusted by a correction, and a licence beside them."""
    path = tmp_path_factory.mktemp("metered") / "metered.db"
    with Desk.create(path, {"currency": "USD"}, today=date(2022, 1, 1)) as desk:
        desk.do(customers.add_account, AddAccount("Acme"))
        desk.do(catalogue.add_product, AddProduct("Calls", "CALLS", Decimal("0.1"), Kind.USAGE))
        desk.do(catalogue.add_product, AddProduct("Licence", "LIC", Decimal(10)))
        asset = sell(desk)
        sell(desk, "LIC", price=None)
        use(desk, asset, "2022-01-10", "100", "a")
        use(desk, asset, "2022-02-10", "30", "b")
        run(desk, "2022-03-01")
        correct(desk, "a", "80")
        run(desk, "2022-04-01")
    return path


@pytest.fixture
def store(metered: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(metered, tmp_path))


def broken(store: Path, sql: str = "") -> tuple[Broken, ...]:
    """What is broken after rows were changed behind the program's back."""
    with closing(sqlite3.connect(store)) as connection:
        connection.executescript(f"PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; {sql}")
        connection.commit()
    with Desk.open(store) as desk:
        return desk.ask(check, None).broken


def test_a_store_with_usage_is_clean_and_every_rule_looked_at_its_rows(store: Path) -> None:
    assert broken(store) == ()
    with Desk.open(store) as desk:
        checked = desk.ask(check, None).checked
    of_use = {name_of(rule): checked[name_of(rule)] for rule in RULES if rule.__module__.endswith(".usage")}
    assert of_use == {
        "only-usage-assets-have-use": 3,
        "revisions-leave-none-out": 3,
        "records-are-rated-in-their-period": 3,
        "use-is-rated-once": 3,
        "use-is-rated-right": 3,
    }


@pytest.mark.parametrize(
    ("sql", "rule", "place", "words"),
    [
        (
            "UPDATE usage_record SET quantity = 90000000 WHERE key = 'a' AND revision = 1",
            "use-is-rated-right",
            "order 00000001, line 1",
            "the use 2022-01-01 to 2022-01-31 is billed with 8.00 USD, rated it is 9.00 USD",
        ),
        (
            "UPDATE usage_record SET quantity = 9000000000000000000 WHERE key = 'b'",
            "use-is-rated-right",
            "order 00000001, line 1",
            "the use 2022-02-01 to 2022-02-28 is billed with 3.00 USD, rated it is not known",
        ),
        (
            (
                "UPDATE usage_record SET item_id = (SELECT item_id FROM usage_record WHERE key = 'a') WHERE key = 'b'; "
                "UPDATE usage_record SET quantity = 0 WHERE key = 'b'; UPDATE billing_item SET kind = 'charge' "
                "WHERE id = -1"
            ),
            "records-are-rated-in-their-period",
            "asset AST-000001, use b",
            "it is rated by an item that does not bill the use of 2022-02-10",
        ),
        (
            "UPDATE usage_record SET revision = 2 WHERE revision = 1",
            "revisions-leave-none-out",
            "asset AST-000001, use a",
            "its revisions are not numbered one after the other, or are of several times",
        ),
        (
            "UPDATE usage_record SET reason = ' ' WHERE revision = 1",
            "revisions-leave-none-out",
            "asset AST-000001, use a",
            "a correction of it states no reason",
        ),
        (
            (
                "INSERT INTO usage_record SELECT 4, 2, 'x', 0, occurred_at, day, 0, '', recorded_at, NULL "
                "FROM usage_record WHERE id = 1; UPDATE counter SET next = 5 WHERE name = 'usage_record'"
            ),
            "only-usage-assets-have-use",
            "asset AST-000002",
            "it has records of use, but its product is not a usage product",
        ),
    ],
)
def test_a_broken_rule_is_named(store: Path, sql: str, rule: str, place: str, words: str) -> None:
    assert Broken(rule, place, words) in broken(store, sql)


def test_a_period_that_is_rated_twice(store: Path) -> None:
    moved = "UPDATE billing_item SET start = '2022-01-31' WHERE kind = 'usage' AND start = '2022-02-01'"
    found = broken(store, moved)
    assert (
        Broken(
            "use-is-rated-once",
            "order 00000001, line 1",
            "the use 2022-01-01 to 2022-01-31 overlaps the one from 2022-01-31",
        )
        in found
    )
    assert Broken("use-is-rated-right", "order 00000001, line 1", "no billing period begins on 2022-01-31") in found


def test_use_of_a_product_that_is_none(store: Path) -> None:
    found = broken(store, "UPDATE product SET kind = 'subscription' WHERE code = 'CALLS'")
    words = "it bills use, but its product is not a usage product"
    assert Broken("only-usage-assets-have-use", "order 00000001, line 1", words) in found
