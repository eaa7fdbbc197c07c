"""Fields of one's own: any value of each type comes back as it was said, and nothing is asked where none is defined."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calm_desktop.engine.dates import FIRST_DAY, LAST_DAY
from calm_desktop.engine.fields import (
    Condition,
    FieldObject,
    FieldType,
    FieldValue,
    Relation,
    condition_in,
    is_name,
    text_of,
)
from calm_desktop.formats.sheets import delimited
from calm_desktop.services import views
from calm_desktop.services.care import backup
from calm_desktop.services.customers import set_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.fields import add_field
from calm_desktop.services.imports import import_files
from calm_desktop.services.requests import AddField, Find, ImportFiles, Look, PageRequest, SetAccount
from calm_desktop.services.tx import Tx
from tests.services.sent import sent_by, statements_of

KINDS = {
    "Note": FieldType.TEXT,
    "Seats": FieldType.NUMBER,
    "Signed_On": FieldType.DATE,
    "Region": FieldType.CHOICE,
    "VIP": FieldType.YES_NO,
}
CHOICES = ("West", "East", "=cmd", 'Ünïcode, "quoted"')

printable = st.text(max_size=255).filter(str.isprintable).map(str.strip).filter(bool)
said = st.fixed_dictionaries(
    {},
    optional={
        "Note": printable.filter(lambda text: not text.startswith("'")),
        "Seats": st.decimals(Decimal("-999999999999.999999"), Decimal("999999999999.999999"), places=6),
        "Signed_On": st.dates(FIRST_DAY, LAST_DAY),
        "Region": st.sampled_from(CHOICES),
        "VIP": st.booleans(),
    },
)


@pytest.fixture(scope="module")
def fields_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Desk.create(tmp_path_factory.mktemp("fields") / "f.db", {}, date(2022, 3, 1)) as desk:
        for name, kind in KINDS.items():
            choices = CHOICES if kind is FieldType.CHOICE else ()
            desk.do(add_field, AddField(name, FieldObject.ACCOUNT, kind, choices=choices))
        yield desk


@given(values=said)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_survives_file_show_export_and_file_again(
    fields_desk: Desk, tmp_path: Path, values: dict[str, FieldValue]
) -> None:
    names = [_imported(fields_desk, tmp_path, values)]
    shown = _shown(fields_desk, names[0])
    assert {name: value for name, value in shown.items() if value is not None} == values
    names.append(_imported(fields_desk, tmp_path, {name: value for name, value in shown.items() if value is not None}))
    fields_desk.do(set_account, SetAccount(names[0], fields=tuple((name, "") for name in KINDS)))
    assert set(_shown(fields_desk, names[0]).values()) == {None}
    texts = tuple((name, text_of(value)) for name, value in shown.items())
    fields_desk.do(set_account, SetAccount(names[0], fields=texts))
    assert _shown(fields_desk, names[0]) == _shown(fields_desk, names[1]) == shown


def _shown(desk: Desk, name: str) -> dict[str, FieldValue | None]:
    return desk.ask(views.show_account, Look(name)).account.fields


def _imported(desk: Desk, folder: Path, values: dict[str, FieldValue]) -> str:
    """A new account from an order file whose cells are written as exports write them."""
    name = f"Customer {len(desk.ask(views.list_accounts, Find())) + 1}"
    order: dict[str, Any] = {"order": name, "account": name, "product": "LIC"}
    order |= {"quantity": 1, "start": "2022-01-01", "term": 1}
    own = {f"{key}__c": str(value).lower() if isinstance(value, bool) else value for key, value in values.items()}
    row = {**order, "price": 1, **own}
    file = folder / "orders.csv"
    file.write_text(delimited([list(row), list(row.values())]), encoding="utf-8", newline="")
    assert desk.do(import_files, ImportFiles((str(file),))).problems == ()
    return name


@pytest.mark.parametrize(
    ("view", "asked"),
    [
        (views.show_account, Look("Acme")),
        (views.account_page, PageRequest("Acme")),
        (views.list_accounts, Find()),
        (views.list_assets, Find()),
        (views.list_orders, Find()),
        (views.list_products, Find()),
        (views.search, "acme"),
    ],
)
def test_nothing_more_is_asked_where_no_field_is_defined(desk: Desk, view: Any, asked: Any) -> None:
    before = desk.ask(sent_by, (view, asked))
    assert desk.ask(_custom, (view, asked)) == 0
    desk.do(add_field, AddField("Region", FieldObject.ACCOUNT, FieldType.TEXT))
    assert desk.ask(sent_by, (view, asked)) <= before + 3


def _custom(tx: Tx, work: tuple[Any, Any]) -> int:
    """How many statements name the tables of fields."""
    return sum("custom_field" in each or "field_value" in each for each in statements_of(tx, work))


def test_the_search_finds_what_records_say(desk: Desk) -> None:
    desk.do(add_field, AddField("Site", FieldObject.ACCOUNT, FieldType.TEXT, label="Site office"))
    desk.do(set_account, SetAccount("Belmont", fields=(("Site", "Harbour 7"),)))
    hits = desk.ask(views.search, "harbour")
    assert [(hit.kind, hit.title, hit.subtitle) for hit in hits] == [("account", "Belmont", "Site office: Harbour 7")]


@pytest.mark.own_places
def test_a_backup_holds_fields_and_what_they_say(desk: Desk, tmp_path: Path) -> None:
    desk.do(add_field, AddField("Site", FieldObject.ACCOUNT, FieldType.TEXT))
    desk.do(set_account, SetAccount("Acme", fields=(("Site", "Harbour 7"),)))
    backup(desk, tmp_path / "copy.db")
    with Desk.open(tmp_path / "copy.db") as copy:
        assert _shown(copy, "Acme") == {"Site": "Harbour 7"}


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("Region=West", Condition("Region", Relation.EQUAL, "West")),
        ("Signed on <= 2022-01-31", Condition("Signed on", Relation.MOST, "2022-01-31")),
        ("account.Seats>=10", Condition("account.Seats", Relation.LEAST, "10")),
        ("Note~a=b", Condition("Note", Relation.CONTAINS, "a=b")),
        ("Note=", Condition("Note", Relation.EQUAL, "")),
        ("Note", None),
        ("=West", None),
    ],
)
def test_a_condition_is_read_from_its_text(text: str, condition: Condition | None) -> None:
    assert condition_in(text) == condition


def test_a_name_is_what_other_programs_take_for_one() -> None:
    good = ("A", "Region", "Signed_On", "a1", "A" * 40)
    assert [is_name(name) for name in good] == [True] * 5
    assert not any(is_name(name) for name in ("", "1a", "_a", "a_", "a__b", "a-b", "Größe", "A" * 41))
