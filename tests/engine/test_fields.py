"""Fields of one's own: what each type takes, what is said of the rest, and conditions as people write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from calm_desktop.engine.fields import (
    Condition,
    CustomField,
    FieldObject,
    FieldType,
    FieldValue,
    Misfit,
    Relation,
    condition_in,
    fits,
    is_name,
    name_of,
    named,
    names_of,
    relations,
    same_word,
    text_of,
    value_of,
)

ACCOUNT, ASSET = FieldObject.ACCOUNT, FieldObject.ASSET
REGION = CustomField(1, ACCOUNT, "Region", "Sales region", FieldType.CHOICE, ("North", "South"), ("West",))
SEATS = CustomField(2, ACCOUNT, "Seats", "Seats planned", FieldType.NUMBER)
SINCE = CustomField(3, ACCOUNT, "Since", "Customer since", FieldType.DATE)
VIP = CustomField(4, ACCOUNT, "Vip", "VIP", FieldType.YES_NO)
NOTE = CustomField(5, ACCOUNT, "Note", "Note", FieldType.TEXT)
SITE = CustomField(6, ASSET, "Region", "Region of the site", FieldType.TEXT)


@pytest.mark.parametrize(
    ("field", "text", "value", "written"),
    [
        (NOTE, "  key customer ", "key customer", "key customer"),
        (NOTE, "'=cmd", "=cmd", "=cmd"),
        (SEATS, "1200.50", Decimal("1200.5"), "1200.5"),
        (SEATS, "-.5", Decimal("-0.5"), "-0.5"),
        (SINCE, "2022-01-31", date(2022, 1, 31), "2022-01-31"),
        (REGION, "north", "North", "North"),
        (VIP, "Yes", True, "yes"),
        (VIP, "0", False, "no"),
        (VIP, "  ", None, ""),
    ],
)
def test_what_a_field_takes(field: CustomField, text: str, value: FieldValue | None, written: str) -> None:
    assert value_of(field, text) == value
    assert text_of(value) == written
    assert value is None or fits(field, value)


@pytest.mark.parametrize(
    ("field", "text", "expected", "fix"),
    [
        (NOTE, "a\nb", "one line of printable characters", "take out line breaks and what cannot be shown"),
        (NOTE, "x" * 256, "at most 255 characters", "shorten it: it has 256 characters"),
        (SEATS, "1,200", "a number such as 1200.5", "write digits only, with a point before the decimals"),
        (SEATS, "1" + "0" * 12, "a number between -1,000,000,000,000 and 1,000,000,000,000", "check the number"),
        (SEATS, "0.0000001", "at most 6 decimals", "round it to 6 decimals"),
        (SINCE, "31.01.2022", "a day written like 2022-01-31", "write it like 2022-01-31"),
        (SINCE, "2022-02-30", "a day of the calendar", "check day and month"),
        (SINCE, "1899-12-31", "a day from 1900-01-01 to 2199-12-31", "check the year"),
        (REGION, "East", "one of: North, South", "choose one of these"),
        (REGION, "west", "one of: North, South", "choose one of these: West is no longer offered"),
        (VIP, "maybe", "yes or no", "write yes or no"),
    ],
)
def test_what_a_field_does_not_take(field: CustomField, text: str, expected: str, fix: str) -> None:
    with pytest.raises(Misfit) as refused:
        value_of(field, text)
    assert (refused.value.expected, refused.value.fix) == (expected, fix)


def test_what_can_stand_in_a_field() -> None:
    assert fits(REGION, "West"), "it was chosen when it was offered"
    assert not fits(REGION, "East")
    assert not fits(SEATS, True)
    assert not fits(VIP, Decimal(1))
    assert not fits(SINCE, "2022-01-31")


@pytest.mark.parametrize("name", ["Region", "R2", "Sales_region", "a" * 40])
def test_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "2nd", "Sales region", "Sales__region", "Region_", "a" * 41])
def test_what_is_no_name(name: str) -> None:
    assert not is_name(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("region__c", [REGION, SITE]),
        ("account.Region", [REGION]),
        ("Asset.region__c", [SITE]),
        ("sales REGION", [REGION]),
        ("v1.Region", []),
        ("Colour", []),
    ],
)
def test_fields_by_what_people_call_them(name: str, meant: list[CustomField]) -> None:
    assert named((REGION, SEATS, SITE), name) == meant


def test_a_field_is_told_with_its_object_where_several_have_the_name() -> None:
    assert names_of((REGION, SEATS, SITE)) == ["account.Region", "Seats", "asset.Region"]
    assert names_of(()) == []


def test_a_word_is_found_as_it_is_written_before_any_case() -> None:
    assert same_word("west", ("West", "west")) == "west"
    assert same_word("WEST", ("West", "west")) == "West"
    assert same_word("East", ("West",)) is None


def test_the_name_that_programs_know() -> None:
    assert REGION.api_name == "Region__c"
    assert name_of(" Region__c ") == "Region"


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("Region=West", Condition("Region", Relation.EQUAL, "West")),
        (" Seats >= 10 ", Condition("Seats", Relation.LEAST, "10")),
        ("Note ~ =x", Condition("Note", Relation.CONTAINS, "=x")),
        ("Since<2022-01-01", Condition("Since", Relation.BELOW, "2022-01-01")),
        ("Region=", Condition("Region", Relation.EQUAL, "")),
        ("Region", None),
        ("=West", None),
    ],
)
def test_conditions(text: str, condition: Condition | None) -> None:
    assert condition_in(text) == condition
    assert condition is None or condition_in(str(condition)) == condition


def test_which_relations_a_type_has() -> None:
    assert Relation.CONTAINS not in relations(FieldType.NUMBER)
    assert set(relations(FieldType.TEXT)) == set(Relation)
    assert relations(FieldType.YES_NO) == (Relation.EQUAL,)
    assert relations(FieldType.CHOICE) == (Relation.EQUAL, Relation.CONTAINS)
