"""The rules on fields of one's own: each is broken behind the program's back, and found."""

from __future__ import annotations

from pathlib import Path

import pytest

from calm_desktop.engine.fields import FieldObject, FieldType
from calm_desktop.services.check import check
from calm_desktop.services.customers import add_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.fields import add_field
from calm_desktop.services.requests import AddAccount, AddField
from tests.store.tampering import tamper


@pytest.fixture
def store(empty_store: Path, tmp_path: Path) -> Path:
    """Acme, of region West, with 7 seats."""
    path = tmp_path / "fields.db"
    path.write_bytes(empty_store.read_bytes())
    with Desk.open(path) as desk:
        desk.do(add_field, AddField("Region", FieldObject.ACCOUNT, FieldType.CHOICE, choices=("West", "East")))
        desk.do(add_field, AddField("Seats", FieldObject.ACCOUNT, FieldType.NUMBER))
        desk.do(add_field, AddField("Note", FieldObject.ACCOUNT, FieldType.TEXT))
        desk.do(add_account, AddAccount("Acme", fields=(("Region", "West"), ("Seats", "7"), ("Note", "new"))))
    return path


@pytest.mark.parametrize(
    ("sql", "rule", "place", "words"),
    [
        (
            "UPDATE custom_field SET name = '2nd' WHERE name = 'Note'",
            "fields-are-well-defined",
            "field account.2nd",
            "its name is none",
        ),
        (
            "UPDATE custom_field SET name = 'SEATS' WHERE name = 'Note'",
            "fields-are-well-defined",
            "field account.SEATS",
            "another field is called the same",
        ),
        (
            "UPDATE custom_field SET choices = '[\"A\"]' WHERE name = 'Note'",
            "fields-are-well-defined",
            "field account.Note",
            "it is of type text and has 1 choices",
        ),
        (
            "UPDATE custom_field SET retired = '[\"West\"]' WHERE name = 'Region'",
            "fields-are-well-defined",
            "field account.Region",
            "a choice is both offered and retired",
        ),
        (
            "UPDATE field_value SET text = 'South' WHERE text = 'West'",
            "field-values-fit-their-field",
            "field account.Region of account 1",
            "it cannot say 'South'",
        ),
        (
            "UPDATE field_value SET text = '7', number = NULL WHERE field_id = 2",
            "field-values-fit-their-field",
            "field account.Seats of account 1",
            "it cannot say '7'",
        ),
        (
            "UPDATE field_value SET text = ' new ' WHERE text = 'new'",
            "field-values-fit-their-field",
            "field account.Note of account 1",
            "it cannot say ' new '",
        ),
        (
            "INSERT INTO field_value (field_id, record_id, number) VALUES (2, 99, 1000000)",
            "field-values-belong-to-records",
            "field account.Seats",
            "account 99 says something there, but does not exist",
        ),
    ],
)
def test_a_broken_rule_is_found(store: Path, sql: str, rule: str, place: str, words: str) -> None:
    tamper(store, sql)
    with Desk.open(store) as desk:
        broken = desk.ask(check, None).broken
    assert [(each.rule, each.place, each.words) for each in broken] == [(rule, place, words)]


def test_a_choice_that_is_retired_may_stand(store: Path) -> None:
    tamper(store, """UPDATE custom_field SET choices = '["East"]', retired = '["West"]' WHERE name = 'Region'""")
    with Desk.open(store) as desk:
        assert desk.ask(check, None).ok
