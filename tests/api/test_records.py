"""Records through the REST door: made, changed, read, described, each with the errors that clients know."""

from __future__ import annotations

from decimal import Decimal

import pytest

from calm_desktop.engine.fields import FieldObject, FieldType
from calm_desktop.services import fields
from calm_desktop.services.requests import AddField
from tests.api.rest import Rest, V


def test_an_account_is_made_changed_and_read(rest: Rest) -> None:
    answer = rest.say("POST", "/sobjects/Account/", {"Name": "Acme", "BillingCountry": "Germany"})
    assert (answer.status_code, answer.json()) == (201, {"id": "001000000000001AAA", "success": True, "errors": []})
    rest.patch("Account", "001000000000001AAA", BillingCountry="France")
    assert rest.get("/sobjects/Account/001000000000001") == {
        "attributes": {"type": "Account", "url": f"{V}/sobjects/Account/001000000000001AAA"},
        "Id": "001000000000001AAA",
        "Name": "Acme",
        "AccountNumber": "A-00001",
        "CurrencyIsoCode": "USD",
        "BillingCountry": "France",
        "BillingStreet": "",
        "TaxProfile": "",
        "BillDayOfMonth": None,
        "PaymentDays": 30,
        "InvoiceBy": "Account",
        "CreatedDate": "2022-01-01T00:00:00.000+0000",
    }
    assert rest.get("/sobjects/Account/001000000000001AAA?fields=Name")["Name"] == "Acme"


def test_a_sale_has_the_figures_of_the_renewal_story(rest: Rest) -> None:
    sold = rest.sold()
    assert sold["item"] == "802000000000001AAA"
    item = rest.get(f"/sobjects/OrderItem/{sold['item']}")
    assert (item["TotalLineAmount"], item["PricingTermCount"], item["ServiceDate"]) == (1200, 12, "2022-01-01")
    asset = rest.get(f"/sobjects/Asset/{sold['asset']}")
    assert (asset["Quantity"], asset["CurrentAmount"], asset["CurrentMrr"]) == (10, 1200, 100)
    assert (asset["LifecycleStartDate"], asset["LifecycleEndDate"]) == (
        "2022-01-01T00:00:00.000+0000",
        "2022-12-31T23:59:59.000+0000",
    )


def test_the_term_can_be_given_as_a_count_of_the_prices_unit(rest: Rest) -> None:
    entry, _ = rest.licence()
    order = rest.make("Order", AccountId=rest.make("Account", Name="Acme"), EffectiveDate="2022-01-01")
    line = {"OrderId": order, "PricebookEntryId": entry, "Quantity": 2}
    item = rest.make("OrderItem", **line, PricingTermCount=18)
    shown = rest.get(f"/sobjects/OrderItem/{item}")
    assert (shown["EndDate"], shown["TotalLineAmount"]) == ("2023-06-30", 360)
    wrong = line | {"PricingTermCount": 12, "EndDate": "2022-06-30"}
    assert rest.refused("POST", "/sobjects/OrderItem", wrong) == (400, "FIELD_INTEGRITY_EXCEPTION")
    assert len(rest.ask(f"SELECT Id FROM OrderItem WHERE OrderId = '{order}'")) == 1


def test_an_order_without_items_cannot_be_activated_and_one_that_took_effect_takes_no_more(rest: Rest) -> None:
    sold = rest.sold()
    empty = rest.make("Order", AccountId=sold["account"], EffectiveDate="2022-01-01")
    activated = {"Status": "Activated"}
    assert rest.refused("PATCH", f"/sobjects/Order/{empty}", activated) == (400, "FAILED_ACTIVATION")
    entry = rest.ask("SELECT Id FROM PricebookEntry")[0]["Id"]
    late = {"OrderId": sold["order"], "PricebookEntryId": entry, "Quantity": 1, "EndDate": "2022-12-31"}
    assert rest.refused("POST", "/sobjects/OrderItem", late) == (400, "NOT_A_DRAFT")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "REQUIRED_FIELD_MISSING"),
        ({"Name": "Acme", "Colour": "red"}, "INVALID_FIELD"),
        ({"Name": 12}, "JSON_PARSER_ERROR"),
        ({"Name": "x" * 256}, "STRING_TOO_LONG"),
        ({"Name": "Acme", "Id": "001000000000009AAA"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Name": "Acme", "CurrencyIsoCode": "QQQ"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"Name": "Acme", "InvoiceBy": "Moon"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        (["Acme"], "JSON_PARSER_ERROR"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_values_are_refused_with_their_code(rest: Rest, body: object, code: str) -> None:
    assert rest.refused("POST", "/sobjects/Account", body) == (400, code)
    assert rest.ask("SELECT Id FROM Account") == []


def test_every_mistake_of_a_record_is_told_at_once(rest: Rest) -> None:
    answer = rest.say("POST", "/sobjects/Order", {"Colour": "red", "EffectiveDate": "soon"})
    assert [(each["errorCode"], each["fields"]) for each in answer.json()] == [
        ("INVALID_FIELD", ["Colour"]),
        ("JSON_PARSER_ERROR", ["EffectiveDate"]),
        ("REQUIRED_FIELD_MISSING", ["AccountId"]),
    ]


def test_what_is_not_there_is_not_found(rest: Rest) -> None:
    assert rest.refused("GET", "/sobjects/Asset/02i000000000000AAA") == (404, "NOT_FOUND")
    assert rest.refused("GET", "/sobjects/Asset/nonsense") == (404, "NOT_FOUND")
    assert rest.refused("GET", "/sobjects/Moon/02i000000000000AAA") == (404, "NOT_FOUND")
    assert rest.refused("GET", "/nowhere") == (404, "NOT_FOUND")
    assert rest.refused("GET", "/services/data/v49.0/sobjects") == (404, "NOT_FOUND")
    assert rest.refused("DELETE", "/sobjects/Account/001000000000001AAA") == (405, "METHOD_NOT_ALLOWED")


def test_lifecycle_records_are_read_only_but_for_an_assets_renewal_fields(rest: Rest) -> None:
    sold = rest.sold()
    renewal = {"RenewalTerm": 12, "RenewalTermUnit": "Months", "RenewalPricingType": "Last Negotiated Price"}
    rest.patch("Asset", sold["asset"], **renewal)
    shown = rest.get(f"/sobjects/Asset/{sold['asset']}")
    assert (shown["RenewalTerm"], shown["RenewalTermUnit"], shown["RenewalPricingType"]) == (
        12,
        "Months",
        "LastNegotiatedPrice",
    )
    other = {"Name": "Other"}
    assert rest.refused("PATCH", f"/sobjects/Asset/{sold['asset']}", other) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    code = (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
    assert rest.refused("POST", "/sobjects/AssetStatePeriod", {}) == code
    assert rest.refused("POST", "/sobjects/Invoice", {}) == code


def test_a_product_is_sold_one_way_and_has_one_price_from_a_day_on(rest: Rest) -> None:
    entry, product = rest.licence()
    assert rest.get(f"/sobjects/Product2/{product}")["SellingModelType"] == "TermDefined"
    again = {"Product2Id": product, "UnitPrice": 12}
    assert rest.refused("POST", "/sobjects/PricebookEntry", again) == (400, "DUPLICATE_VALUE")
    rest.make("PricebookEntry", **again, EffectiveFrom="2022-07-01")
    rest.patch("PricebookEntry", entry, UnitPrice=11)
    assert rest.ask("SELECT UnitPrice, EffectiveFrom FROM PricebookEntry ORDER BY Id") == [
        {"UnitPrice": 11, "EffectiveFrom": None},
        {"UnitPrice": 12, "EffectiveFrom": "2022-07-01"},
    ]
    evergreen = rest.make("ProductSellingModel", Name="Open", SellingModelType="Evergreen", PricingTermUnit="Months")
    other = {"Product2Id": product, "UnitPrice": 9, "ProductSellingModelId": evergreen, "EffectiveFrom": "2023-01-01"}
    assert rest.refused("POST", "/sobjects/PricebookEntry", other) == (400, "OTHER_SELLING_MODEL")


def test_fields_of_ones_own_are_written_read_asked_for_and_described(rest: Rest) -> None:
    rest.desk.do(fields.add_field, AddField("Region", FieldObject.ACCOUNT, FieldType.CHOICE, choices=("West", "East")))
    rest.desk.do(fields.add_field, AddField("Seats", FieldObject.ACCOUNT, FieldType.NUMBER))
    rest.desk.do(fields.add_field, AddField("Since", FieldObject.ACCOUNT, FieldType.DATE))
    rest.desk.do(fields.add_field, AddField("Key", FieldObject.ACCOUNT, FieldType.YES_NO))
    acme = rest.make("Account", Name="Acme", Region__c="west", Seats__c=12.5, Since__c="2020-05-01", Key__c=True)
    rest.make("Account", Name="Belmont", Region__c="East")
    own = "Region__c, Seats__c, Since__c, Key__c"
    assert rest.ask(f"SELECT {own} FROM Account WHERE Region__c = 'West' AND Seats__c > 12 AND Key__c = true") == [
        {"Region__c": "West", "Seats__c": 12.5, "Since__c": "2020-05-01", "Key__c": True}
    ]
    rest.patch("Account", acme, Seats__c=None)
    assert rest.ask("SELECT Name FROM Account WHERE Seats__c = null ORDER BY Name") == [
        {"Name": "Acme"},
        {"Name": "Belmont"},
    ]
    bad = {"Name": "Carver", "Region__c": "North"}
    assert rest.refused("POST", "/sobjects/Account", bad) == (400, "FIELD_INTEGRITY_EXCEPTION")
    described = {each["name"]: each for each in rest.get("/sobjects/Account/describe")["fields"]}
    region = described["Region__c"]
    assert (region["type"], region["custom"], region["updateable"]) == ("picklist", True, True)
    assert [each["value"] for each in region["picklistValues"]] == ["West", "East"]


def test_every_object_describes_fields_that_can_be_selected(rest: Rest) -> None:
    rest.sold()
    objects = rest.get("/sobjects")["sobjects"]
    assert [each["name"] for each in objects] == [
        "Account",
        "Product2",
        "ProductSellingModel",
        "Pricebook2",
        "PricebookEntry",
        "Order",
        "OrderItem",
        "Asset",
        "AssetAction",
        "AssetActionSource",
        "AssetStatePeriod",
        "BillingSchedule",
        "BillingScheduleGroup",
        "Invoice",
        "InvoiceLine",
        "CreditMemo",
    ]
    for each in objects:
        fields_there = rest.get(f"/sobjects/{each['name']}/describe")["fields"]
        names = [field["name"] for field in fields_there]
        for record in rest.ask(f"SELECT {', '.join(names)} FROM {each['name']}"):
            assert list(record) == names
        sortable = [field["name"] for field in fields_there if field["sortable"]]
        there = " OR ".join(f"{name} != null" for name in sortable)
        rest.ask(f"SELECT Id FROM {each['name']} WHERE {there} ORDER BY {' DESC, '.join(sortable)} DESC")


def test_numbers_are_exact_and_too_fine_ones_are_refused(rest: Rest) -> None:
    _, product = rest.licence()
    fine = {"Product2Id": product, "UnitPrice": 0.0000001, "EffectiveFrom": "2023-01-01"}
    assert rest.refused("POST", "/sobjects/PricebookEntry", fine) == (400, "JSON_PARSER_ERROR")
    entry = rest.make("PricebookEntry", **fine | {"UnitPrice": "0.000001"})
    assert Decimal(str(rest.get(f"/sobjects/PricebookEntry/{entry}")["UnitPrice"])) == Decimal("0.000001")


def test_slashes_too_many_at_either_end_of_a_path_do_no_harm(rest: Rest) -> None:
    headers = {"Authorization": f"Bearer {rest.token}"}
    answer = rest.client.get("http://testserver//services/data/v55.0//", headers=headers)
    assert (answer.status_code, answer.json()["sobjects"]) == (200, "/services/data/v55.0/sobjects")


def test_the_resources_say_where_a_caller_is_told_about(rest: Rest) -> None:
    assert rest.client.get(rest.get("/")["identity"]).status_code == 401
    headers = {"Authorization": f"Bearer {rest.token}"}
    assert rest.client.get(rest.get("/")["identity"], headers=headers).json()["name"] == "shop"
