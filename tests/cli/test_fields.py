"""Fields of one's own on accounts, products, orders and assets, as scripts use them."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from calm_desktop.engine.fields import FieldObject, FieldType
from calm_desktop.services.catalogue import add_product
from calm_desktop.services.customers import add_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.fields import add_field
from calm_desktop.services.requests import AddAccount, AddField, AddProduct
from tests.command_line import CommandLine


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Five fields on accounts, one on each of the others; Acme says something in all of them."""
    path = tmp_path_factory.mktemp("stocked") / "store.db"
    with Desk.create(path, {"currency": "USD"}) as desk:
        for name, kind, label in (
            ("Region", FieldType.CHOICE, ""),
            ("Seats", FieldType.NUMBER, ""),
            ("Signed_On", FieldType.DATE, "Signed on"),
            ("VIP", FieldType.YES_NO, ""),
            ("Note", FieldType.TEXT, ""),
        ):
            choices = ("West", "East") if kind is FieldType.CHOICE else ()
            desk.do(add_field, AddField(name, FieldObject.ACCOUNT, kind, label, choices))
        desk.do(add_field, AddField("Line", FieldObject.PRODUCT, FieldType.TEXT))
        desk.do(add_field, AddField("Channel", FieldObject.ORDER, FieldType.TEXT))
        desk.do(add_field, AddField("Serial_No", FieldObject.ASSET, FieldType.TEXT, "Serial number"))
        said = (("Region", "west"), ("Seats", "1200.50"), ("Signed on", "2021-05-06"), ("VIP__c", "Yes"))
        desk.do(add_account, AddAccount("Acme", fields=(*said, ("Note", "=1+2"))))
        desk.do(add_account, AddAccount("Bell", fields=(("Region", "East"), ("Seats", "7"))))
        desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10), fields=(("Line", "Software"),)))
    return path.read_bytes()


@pytest.fixture
def shop(calm: CommandLine, stocked: bytes) -> CommandLine:
    """A store of its own for each test."""
    calm.store.write_bytes(stocked)
    return calm


def test_fields_are_defined_and_said_by_command(calm: CommandLine) -> None:
    choices = ("--choice", "West", "--choice", "East")
    tried = calm("field", "add", "Region", "--on", "account", "--type", "choice", *choices, "--dry-run")
    assert (tried["api_name"], tried["choices"], calm("field", "list")["count"]) == ("Region__c", ["West", "East"], 0)
    calm("field", "add", "Region", "--on", "account", "--type", "choice", *choices)
    calm("field", "add", "Line", "--on", "product", "--type", "text")
    assert calm("account", "add", "Acme", "--field", "Region=West")["fields"] == {"Region": "West"}
    added = calm("product", "add", "Licence", "--code", "LIC", "--price", "10", "--field", "Line=Software")
    assert added["fields"] == {"Line": "Software"}
    assert calm("product", "set", "LIC", "--field", "Line=")["fields"] == {"Line": None}


def sell(calm: CommandLine, account: str, *more: str) -> Any:
    return calm(
        *("sell", "--account", account, "--product", "LIC", "--quantity", "10"),
        *("--start", "2022-01-01", "--term", "12", *more),
    )


def test_a_record_says_what_it_was_given_by_name(shop: CommandLine) -> None:
    assert shop("show", "account", "Acme")["account"]["fields"] == {
        "Region": "West",
        "Seats": "1200.5",
        "Signed_On": "2021-05-06",
        "VIP": True,
        "Note": "=1+2",
    }
    assert shop("show", "account", "Bell")["account"]["fields"]["VIP"] is None
    assert shop("product", "list")["rows"][0]["fields"] == {"Line": "Software"}


def test_where_no_field_is_defined_nothing_is_told(calm: CommandLine) -> None:
    calm("account", "add", "Acme")
    assert "fields" not in calm("show", "account", "Acme")["account"]
    assert "fields" not in calm("list", "accounts")["rows"][0]


def test_an_empty_text_clears_a_field_and_a_dry_run_changes_nothing(shop: CommandLine) -> None:
    tried = shop("account", "set", "Acme", "--field", "Seats=", "--dry-run")
    assert tried["fields"]["Seats"] is None
    assert shop("show", "account", "Acme")["account"]["fields"]["Seats"] == "1200.5"
    assert shop("account", "set", "Acme", "--field", "Seats=")["fields"]["Seats"] is None


def test_every_bad_value_is_told_at_once(shop: CommandLine) -> None:
    words = ("Region=North", "Seats=many", "Signed_On=2022-02-30", "VIP=maybe", "Size=1")
    problems = shop.refused("account", "set", "Acme", *(word for each in words for word in ("--field", each)))
    assert [(each["code"], each["field"], each["message"]) for each in problems] == [
        ("bad-field", "Region__c", "Region: 'North' is not one of: West, East. Choose one of these."),
        (
            "bad-field",
            "Seats__c",
            "Seats: 'many' is not a number such as 1200.5. Write digits only, with a point before the decimals.",
        ),
        (
            "bad-field",
            "Signed_On__c",
            "Signed on: '2022-02-30' is not a day of the calendar. Check day and month.",
        ),
        ("bad-field", "VIP__c", "VIP: 'maybe' is not yes or no. Write yes or no."),
        ("unknown-field", "field", "There is no field 'Size' here. There are: Region, Seats, Signed_On, VIP, Note."),
    ]


def test_a_sale_names_fields_of_its_order_and_of_its_assets(shop: CommandLine) -> None:
    sold = sell(shop, "Acme", "--field", "Channel=Partner", "--field", "Serial number=SN-1")
    assert sold["orders"][0]["fields"] == {"Channel": "Partner"}
    assert sold["assets"][0]["asset"]["fields"] == {"Serial_No": "SN-1"}
    shop("set", "order", "00000001", "--field", "Channel=")
    shop("set", "asset", "AST-000001", "--field", "Serial_No=SN-2")
    assert shop("show", "order", "00000001")["order"]["fields"] == {"Channel": None}
    assert shop("show", "asset", "AST-000001")["asset"]["fields"] == {"Serial_No": "SN-2"}


def test_a_draft_remembers_what_its_asset_will_say(shop: CommandLine) -> None:
    sell(shop, "Acme", "--field", "Serial_No=SN-1", "--draft")
    assert shop("activate", "00000001")["assets"][0]["asset"]["fields"] == {"Serial_No": "SN-1"}


@pytest.mark.parametrize(
    "move",
    [
        ("transfer", "AST-000001", "--to", "Bell", "--from", "2022-06-01"),
        ("swap", "AST-000001", "--to", "PRO", "--from", "2022-06-01"),
    ],
)
def test_what_an_asset_says_goes_where_it_goes(shop: CommandLine, move: tuple[str, ...]) -> None:
    shop("product", "add", "Professional", "--code", "PRO", "--price", "20")
    sell(shop, "Acme", "--field", "Serial_No=SN-1")
    shop(*move)
    assert shop("show", "asset", "AST-000002")["asset"]["fields"] == {"Serial_No": "SN-1"}


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        (["Region=west"], ["Acme"]),
        (["Region="], ["Cole"]),
        (["Seats>7"], ["Acme"]),
        (["Seats>=7", "Seats<1200.5"], ["Bell"]),
        (["Signed on<=2021-05-06"], ["Acme"]),
        (["VIP=yes"], ["Acme"]),
        (["Note~1+"], ["Acme"]),
        (["Note~1_"], []),
    ],
)
def test_lists_are_limited_by_what_records_say(shop: CommandLine, conditions: list[str], found: list[str]) -> None:
    shop("account", "add", "Cole")
    words = [word for each in conditions for word in ("--where", each)]
    assert [row["name"] for row in shop("list", "accounts", *words)["rows"]] == found


def test_assets_and_orders_are_found_by_their_account_too(shop: CommandLine) -> None:
    sell(shop, "Acme", "--field", "Channel=Partner")
    sell(shop, "Bell", "--field", "Channel=Direct")
    assert [row["account"] for row in shop("list", "assets", "--where", "Region=East")["rows"]] == ["Bell"]
    assert [row["account"] for row in shop("list", "assets", "--where", "product.Line=Software")["rows"]] == [
        "Acme",
        "Bell",
    ]
    assert [row["account"] for row in shop("list", "orders", "--where", "Channel~part")["rows"]] == ["Acme"]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("Size=1", "There is no field 'Size' here. There are: Region, Seats, Signed_On, VIP, Note."),
        ("Seats=many", "Seats: 'many' is not a number such as 1200.5. Write digits only, with a point before the"),
        ("Seats~1", "Seats can be asked with >= <= = < >, not with ~."),
        ("Seats", "where: 'Seats' is no condition. Write it like Region=West, Seats>=10 or Note~spare."),
    ],
)
def test_a_condition_that_cannot_hold_is_refused(shop: CommandLine, condition: str, message: str) -> None:
    assert message in shop.refused("list", "accounts", "--where", condition)[0]["message"]


def test_reports_look_at_the_accounts_and_products_that_are_asked_for(shop: CommandLine) -> None:
    sell(shop, "Acme")
    sell(shop, "Bell")
    january = ("--from", "2022-01-01", "--to", "2022-01-31", "--where", "account.Region=West")
    assert shop("report", "categories", *january)["rows"][0]["amount"] == "1200.00"
    top = ("report", "top-accounts", "--to", "2022-01-31", "--where")
    assert [row["account"] for row in shop(*top, "Region=East")["rows"]] == ["Bell"]
    assert [row["account"] for row in shop(*top, "Line=Software")["rows"]] == ["Acme", "Bell"]
    assert shop(*top, "Line=Hardware")["rows"] == []


def test_files_have_columns_with_real_numbers_and_days(shop: CommandLine, tmp_path: Path) -> None:
    shop("list", "accounts", "--csv", str(tmp_path / "a.csv"), "--xlsx", str(tmp_path / "a.xlsx"))
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        acme = next(csv.DictReader(stream))
    own = {name: acme[name] for name in acme if name.endswith("__c")}
    assert own == {
        "Region__c": "West",
        "Seats__c": "1200.5",
        "Signed_On__c": "2021-05-06",
        "VIP__c": "true",
        "Note__c": "'=1+2",
    }
    head, first = list(load_workbook(tmp_path / "a.xlsx").active.iter_rows(values_only=True))[:2]
    cells = dict(zip(head, first, strict=True))
    assert cells["Seats__c"] == Decimal("1200.5")
    assert cells["Signed_On__c"].date() == date(2021, 5, 6)


def test_a_field_that_is_needed_is_asked_of_new_records_and_never_taken_away(shop: CommandLine) -> None:
    shop("field", "set", "Region", "--required")
    problem = shop.refused("account", "add", "Cole")[0]
    assert (problem["code"], problem["field"]) == ("missing-field", "Region__c")
    assert problem["message"] == "Region is needed of each account. Give it a value."
    assert shop.refused("account", "set", "Acme", "--field", "Region=")[0]["code"] == "missing-field"
    shop("account", "set", "Acme", "--name", "Acme Ltd")


def test_a_retired_choice_stays_where_it_was_chosen(shop: CommandLine) -> None:
    shop("field", "set", "Region", "--choice", "East", "--choice", "North")
    assert shop("show", "account", "Acme")["account"]["fields"]["Region"] == "West"
    assert [row["name"] for row in shop("list", "accounts", "--where", "Region=West")["rows"]] == ["Acme"]
    message = shop.refused("account", "set", "Bell", "--field", "Region=West")[0]["message"]
    assert message == "Region: 'West' is not one of: East, North. Choose one of these: West is no longer offered."


def test_a_field_with_values_is_put_out_of_use_or_removed_with_them(shop: CommandLine) -> None:
    assert shop.refused("field", "remove", "Seats")[0]["message"] == (
        "2 accounts have a value in Seats. Put the field out of use instead, or remove it with its values."
    )
    assert shop("field", "set", "Seats", "--inactive")["active"] is False
    assert "Seats" not in shop("show", "account", "Acme")["account"]["fields"]
    shop("field", "set", "Seats", "--active")
    assert shop("show", "account", "Acme")["account"]["fields"]["Seats"] == "1200.5"
    assert shop("field", "remove", "Seats", "--with-values")["values"] == 2
    assert "Seats" not in [row["name"] for row in shop("field", "list")["rows"]]


def test_fields_stand_in_the_order_they_were_put(shop: CommandLine) -> None:
    shop("field", "set", "Note", "--place", "1")
    assert list(shop("show", "account", "Acme")["account"]["fields"]) == ["Note", "Region", "Seats", "Signed_On", "VIP"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("2nd", "--on", "account", "--type", "text"), "bad-name"),
        (("a__b", "--on", "account", "--type", "text"), "bad-name"),
        (("region", "--on", "account", "--type", "text", "--label", "Area"), "field-exists"),
        (("Area", "--on", "account", "--type", "text", "--label", "REGION"), "field-exists"),
        (("Area", "--on", "account", "--type", "choice"), "missing-choices"),
        (("Area", "--on", "account", "--type", "choice", "--choice", "A", "--choice", "a"), "choice-twice"),
        (("Area", "--on", "account", "--type", "text", "--choice", "A"), "not-for-this-type"),
        (("Area", "--on", "invoice", "--type", "text"), "bad-on"),
        (("Area", "--on", "account", "--type", "colour"), "bad-type"),
    ],
)
def test_a_field_that_cannot_be_is_refused(shop: CommandLine, words: tuple[str, ...], code: str) -> None:
    assert shop.refused("field", "add", *words)[0]["code"] == code


def test_a_name_on_several_objects_is_named_with_its_object(shop: CommandLine) -> None:
    shop("field", "add", "Region", "--on", "asset", "--type", "text")
    sell(shop, "Acme", "--field", "Region=Hall 4")
    assert shop.refused("list", "assets", "--where", "Region=West")[0]["message"] == (
        "Region may be account.Region, asset.Region. Write one of these."
    )
    assert shop("list", "assets", "--where", "asset.Region~hall")["count"] == 1


def test_what_changes_is_told_as_events(shop: CommandLine) -> None:
    shop("account", "set", "Acme", "--field", "Seats=5")
    events = [(row["name"], row["payload"]) for row in shop("list", "events")["rows"]]
    assert events[0] == (
        "CustomFieldChangedEvent",
        {"Object": "account", "Name": "Region__c", "Change": "added"},
    )
    assert events[-1] == (
        "FieldValuesChangedEvent",
        {"RecordId": "001000000000001AAA", "Fields": {"Seats__c": "5"}},
    )


ROWS = """order,account,product,quantity,start,term,Region__c,Signed on,product.Line__c,Channel,Serial number
SO-1,Cole,LIC,1,2022-01-01,12,east,2022-02-03,,Web,SN-7
SO-2,Acme,LIC,2,2022-01-01,12,,,Software,Shop,SN-8
"""


def imported(calm: CommandLine, tmp_path: Path, text: str, *more: str) -> Any:
    file = tmp_path / "orders.csv"
    file.write_text(text, encoding="utf-8")
    answer = calm.say("--json", "import", str(file), *more)
    return answer.json


def test_an_order_file_carries_columns_for_fields(shop: CommandLine, tmp_path: Path) -> None:
    answer = imported(shop, tmp_path, ROWS)
    assert (answer["new"], answer["problems"]) == (2, [])
    cole = shop("show", "account", "Cole")["account"]["fields"]
    assert (cole["Region"], cole["Signed_On"], cole["Seats"]) == ("East", "2022-02-03", None)
    assert [row["fields"]["Channel"] for row in shop("list", "orders")["rows"]] == ["Web", "Shop"]
    assert [row["fields"]["Serial_No"] for row in shop("list", "assets")["rows"]] == ["SN-7", "SN-8"]
    assert imported(shop, tmp_path, ROWS)["same"] == 2


def test_a_file_fills_what_is_missing_and_changes_nothing(shop: CommandLine, tmp_path: Path) -> None:
    head = "order,account,product,quantity,start,term,Note,Region,VIP\n"
    answer = imported(shop, tmp_path, head + "SO-1,Bell,LIC,1,2022-01-01,12,friendly,,\n")
    assert (answer["new"], shop("show", "account", "Bell")["account"]["fields"]["Note"]) == (1, "friendly")
    refused = imported(shop, tmp_path, head + "SO-2,Bell,LIC,1,2022-01-01,12,hostile,South,si\n")
    assert [(each["row"], each["column"], each["found"], each["expected"]) for each in refused["problems"]] == [
        (2, "Region", "South", "one of: West, East"),
        (2, "VIP", "si", "yes or no"),
    ]
    refused = imported(shop, tmp_path, head + "SO-2,Bell,LIC,1,2022-01-01,12,hostile,,\n")
    assert [(each["row"], each["column"], each["found"]) for each in refused["problems"]] == [(2, "Note__c", "hostile")]
    assert refused["problems"][0]["expected"].startswith("friendly, as this account says already.")
    assert refused["batch"] is None


def test_a_new_account_of_a_file_needs_what_is_required(shop: CommandLine, tmp_path: Path) -> None:
    shop("field", "set", "Region", "--required")
    head = "order,account,product,quantity,start,term\n"
    answer = imported(shop, tmp_path, head + "SO-1,Dale,LIC,1,2022-01-01,12\nSO-2,Bell,LIC,1,2022-01-01,12\n")
    assert [(each["row"], each["column"]) for each in answer["problems"]] == [(2, "Region__c")]


def test_a_mapping_fills_fields_in_the_files_own_way_of_writing(shop: CommandLine, tmp_path: Path) -> None:
    mapping = {
        "name": "shop",
        "dates": "day first",
        "decimals": "1.234,56",
        "separator": ";",
        "fields": {
            "order": "No",
            "account": "Customer",
            "product": {"constant": "LIC"},
            "quantity": "Pieces",
            "start": "From",
            "term": {"constant": "12"},
            "Seats__c": "Places",
            "account.Signed_On__c": "Contract",
            "VIP__c": {"column": "Star", "lookup": {"*": "no", "x": "yes"}},
            "Channel__c": {"constant": "Web"},
        },
    }
    (tmp_path / "map.json").write_text(json.dumps(mapping), encoding="utf-8")
    rows = "No;Customer;Pieces;From;Places;Contract;Star\n1;Cole;2;01.02.2022;1.234,5;31.12.2021;x\n"
    answer = imported(shop, tmp_path, rows, "--map", str(tmp_path / "map.json"))
    assert answer["problems"] == []
    cole = shop("show", "account", "Cole")["account"]["fields"]
    assert (cole["Seats"], cole["Signed_On"], cole["VIP"]) == ("1234.5", "2021-12-31", True)
    assert shop("list", "orders")["rows"][0]["fields"] == {"Channel": "Web"}
    mapping["fields"]["Size__c"] = "Pieces"  # type: ignore[index]
    (tmp_path / "map.json").write_text(json.dumps(mapping), encoding="utf-8")
    problem = imported(shop, tmp_path, rows, "--map", str(tmp_path / "map.json"))["problems"][0]
    assert problem["column"] == "Size__c"
    assert problem["fix"] == "define the field first, or take it out of the mapping"


CRM = {
    "name": "crm",
    "tables": {
        "customers": {
            "recognise": {"columns": ["Customer"]},
            "record": "account",
            "fields": {"name": "Customer", "Region__c": "Area", "Seats__c": "Places"},
        },
        "articles": {
            "recognise": {"columns": ["Article"]},
            "record": "product",
            "fields": {"code": "Article", "name": "Title", "Line__c": "Group"},
        },
        "sales": {
            "recognise": {"columns": ["Sale"]},
            "fields": {
                "order": "Sale",
                "account": "Who",
                "product": {"constant": "LIC"},
                "quantity": {"constant": "1"},
                "start": "From",
                "term": {"constant": "12"},
                "Note__c": "Remark",
            },
        },
    },
}


def set_imported(calm: CommandLine, tmp_path: Path, **files: str) -> Any:
    (tmp_path / "map.json").write_text(json.dumps(CRM), encoding="utf-8")
    folder = tmp_path / "set"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return calm.say("--json", "import", str(folder), "--map", str(tmp_path / "map.json")).json


def test_tables_of_customers_and_articles_carry_fields(shop: CommandLine, tmp_path: Path) -> None:
    files = {
        "customers": "Customer,Area,Places\nDale,east,12\nAcme,West,1200.50\n",
        "articles": "Article,Title,Group\nBOX,Box,Hardware\n",
        "sales": "Sale,Who,From,Remark\n1,Dale,2022-01-01,friendly\n",
    }
    answer = set_imported(shop, tmp_path, **files)
    assert (answer["problems"], answer["new"], answer["same"]) == ([], 3, 1)
    dale = shop("show", "account", "Dale")["account"]["fields"]
    assert (dale["Region"], dale["Seats"], dale["Note"]) == ("East", "12", "friendly")
    products = {row["code"]: row["fields"] for row in shop("list", "products")["rows"]}
    assert products["BOX"] == {"Line": "Hardware"}
    answer = set_imported(shop, tmp_path)
    assert (answer["problems"], answer["same"]) == ([], 4)
    answer = set_imported(shop, tmp_path, customers="Customer,Area,Places\nDale,East,13\nAcme,,\n")
    assert [(each["row"], each["column"], each["found"], each["expected"]) for each in answer["problems"]] == [
        (2, "Seats__c", "13", "12, as it is stored"),
    ]


def test_a_new_record_of_a_table_needs_what_is_required(shop: CommandLine, tmp_path: Path) -> None:
    shop("field", "set", "Region", "--required")
    answer = set_imported(shop, tmp_path, customers="Customer,Area,Places\nDale,,12\nBell,,\n")
    assert [(each["row"], each["column"]) for each in answer["problems"]] == [(2, "Region__c")]
    assert (answer["batch"], answer["same"]) == (None, 1)


def test_an_order_file_of_ours_in_json_carries_fields(shop: CommandLine, tmp_path: Path) -> None:
    line = {"product": "LIC", "quantity": 1, "start": "2022-01-01", "term": 12, "Serial_No__c": "SN-9"}
    order = {"number": "SO-1", "account": "Cole", "VIP__c": True, "Channel__c": "Fair", "lines": [line]}
    (tmp_path / "orders.json").write_text(json.dumps({"orders": [order]}), encoding="utf-8")
    sold = shop("sell", "--order", str(tmp_path / "orders.json"), "--create")
    assert sold["orders"][0]["fields"] == {"Channel": "Fair"}
    assert sold["assets"][0]["asset"]["fields"] == {"Serial_No": "SN-9"}
    assert shop("show", "account", "Cole")["account"]["fields"]["VIP"] is True
