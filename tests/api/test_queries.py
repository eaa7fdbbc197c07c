"""Queries: what they answer, and where they are not understood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.problems import Refused
from calm_desktop.services.desk import Desk
from calm_desktop.services.records.querying import Ask, query
from tests.api.rest import Rest


def test_conditions_parents_order_and_limits(rest: Rest) -> None:
    rest.sold()
    for name in ("Belmont", "Carver", "Dunn's"):
        rest.make("Account", Name=name, BillingCountry="Germany")
    names = "SELECT Name FROM Account WHERE "

    def found(where: str) -> list[str]:
        return [each["Name"] for each in rest.ask(names + where)]

    assert found("Name LIKE 'b%' OR Name = 'ACME' ORDER BY Name DESC") == ["Belmont", "Acme"]
    assert found("NOT (BillingCountry = 'Germany')") == ["Acme"]
    assert found("Name IN ('Acme', 'Carver') ORDER BY Name") == ["Acme", "Carver"]
    assert found("Name NOT IN ('Acme', 'Carver') AND Name != 'Belmont'") == ["Dunn's"]
    assert found(r"Name = 'Dunn\'s'") == ["Dunn's"]
    assert found("Name > 'B' ORDER BY Name LIMIT 1 OFFSET 1") == ["Carver"]
    assert found("CreatedDate = TODAY AND Name LIKE '%arv_r'") == ["Carver"]
    assert found("CreatedDate < 2022-01-01T00:00:01Z AND CreatedDate >= 2022-01-01T00:00:00+00:00 LIMIT 1") == ["Acme"]
    assert rest.ask("SELECT Account.Name, Product2.ProductCode FROM Asset a WHERE a.Account.Name = 'Acme'") == [
        {"Account": {"Name": "Acme"}, "Product2": {"ProductCode": "LIC"}}
    ]
    assert rest.ask("SELECT Order.Account.Name, TotalLineAmount FROM OrderItem WHERE TotalLineAmount >= 1200") == [
        {"Order": {"Account": {"Name": "Acme"}}, "TotalLineAmount": 1200}
    ]
    assert rest.ask("SELECT Quantity FROM AssetStatePeriod WHERE EndDate > 2022-12-31T23:59:58Z") == [{"Quantity": 10}]
    assert rest.ask("SELECT Quantity FROM AssetStatePeriod WHERE EndDate > 2022-12-31T23:59:59Z") == []
    assert rest.ask("SELECT Mrr FROM AssetStatePeriod WHERE Mrr = 100.001") == []
    assert rest.ask("SELECT Mrr FROM AssetStatePeriod WHERE Mrr < 100.001") == [{"Mrr": 100}]


def test_rows_are_counted_and_grouped(rest: Rest) -> None:
    for name, country in (("A", "Germany"), ("B", "Germany"), ("C", "France")):
        rest.make("Account", Name=name, BillingCountry=country, PaymentDays=10 if name == "A" else 30)
    assert rest.get("/query?q=select+count()+from+Account")["totalSize"] == 3
    asked = "SELECT BillingCountry, COUNT(Id) n, SUM(PaymentDays), MIN(Name), AVG(PaymentDays) a FROM Account"
    assert rest.ask(f"{asked} GROUP BY BillingCountry ORDER BY COUNT(Id) DESC") == [
        {"BillingCountry": "Germany", "n": 2, "expr0": 40, "expr1": "A", "a": 20},
        {"BillingCountry": "France", "n": 1, "expr0": 30, "expr1": "C", "a": 30},
    ]
    assert rest.ask("SELECT MAX(PaymentDays) FROM Account WHERE Name = 'nobody'") == [{"expr0": None}]


def test_amounts_of_different_currencies_are_never_added(rest: Rest) -> None:
    entry, product = rest.licence()
    del entry
    for code, price in (("USD", 10), ("JPY", 1500)):
        if code != "USD":
            rest.make("PricebookEntry", Product2Id=product, UnitPrice=price, CurrencyIsoCode=code)
        account = rest.make("Account", Name=code, CurrencyIsoCode=code)
        order = rest.make("Order", AccountId=account, EffectiveDate="2022-01-01")
        rest.make("OrderItem", OrderId=order, Product2Id=product, Quantity=1, UnitPrice=price, EndDate="2022-12-31")
    code, words = rest.malformed("SELECT SUM(TotalAmount) FROM Order")
    assert (code, "never added" in words) == ("MALFORMED_QUERY", True)
    asked = "SELECT CurrencyIsoCode, SUM(TotalAmount) FROM Order GROUP BY CurrencyIsoCode ORDER BY CurrencyIsoCode"
    assert rest.ask(asked) == [
        {"CurrencyIsoCode": "JPY", "expr0": 18000},
        {"CurrencyIsoCode": "USD", "expr0": 120},
    ]
    assert rest.ask("SELECT TotalAmount FROM Order WHERE TotalAmount > 1000") == [{"TotalAmount": 18000}]
    assert rest.ask("SELECT TotalAmount FROM Order ORDER BY TotalAmount") == [
        {"TotalAmount": 120},
        {"TotalAmount": 18000},
    ]


def test_long_answers_come_in_pages(rest: Rest) -> None:
    records = [{"attributes": {"type": "Account"}, "Name": f"Customer {number:03d}"} for number in range(120)]
    rest.post("/composite/sobjects", {"allOrNone": True, "records": records})
    asked = "/query?q=SELECT+Name+FROM+Account+ORDER+BY+Name"
    page = rest.say("GET", asked, Sforce_Query_Options="batchSize=50").json()
    assert (page["totalSize"], page["done"], len(page["records"])) == (120, False, 50)
    seen = [each["Name"] for each in page["records"]]
    while not page["done"]:
        page = rest.say("GET", page["nextRecordsUrl"], Sforce_Query_Options="batchSize=50").json()
        seen += [each["Name"] for each in page["records"]]
    assert seen == [f"Customer {number:03d}" for number in range(120)]
    assert rest.refused("GET", "/query/01gnothing-50") == (400, "INVALID_QUERY_LOCATOR")


def test_columns_are_told(rest: Rest) -> None:
    told = rest.get("/query?q=SELECT+Id,+Account.Name+FROM+Order&columns=true")["columnMetadata"]
    assert [(each["columnName"], each["displayName"]) for each in told] == [("Id", "Id"), ("Account.Name", "Name")]


@pytest.mark.parametrize(
    ("soql", "code", "place"),
    [
        ("SELEKT", "MALFORMED_QUERY", "line 1, column 1"),
        ("", "MALFORMED_QUERY", "line 1, column 1"),
        ("SELECT Id FROM", "MALFORMED_QUERY", "line 1, column 15"),
        ("SELECT Id\nFROM Account WHERE", "MALFORMED_QUERY", "line 2, column 19"),
        ("SELECT Id FROM Account WHERE Name = 'x' GROUP", "MALFORMED_QUERY", "line 1, column 41"),
        ("SELECT Moon FROM Account", "INVALID_FIELD", "line 1, column 8"),
        ("SELECT Id FROM Moon", "INVALID_TYPE", "line 1, column 16"),
        ("SELECT Owner.Name FROM Account", "INVALID_FIELD", "line 1, column 8"),
        ("SELECT Id FROM Account WHERE PaymentDays = 'x'", "INVALID_FIELD", "line 1, column 30"),
        ("SELECT Id FROM Order WHERE EffectiveDate = '2022-01-01'", "INVALID_FIELD", "line 1, column 28"),
        ("SELECT Id FROM Order WHERE EffectiveDate = SOMEDAY", "MALFORMED_QUERY", "line 1, column 44"),
        ("SELECT Id, COUNT(Name) FROM Account", "MALFORMED_QUERY", "line 1, column 8"),
        ("SELECT Id FROM Account LIMIT 99999999999999", "MALFORMED_QUERY", "line 1, column 30"),
        ("SELECT Id FROM Account; DROP TABLE account", "MALFORMED_QUERY", "line 1, column 23"),
        ("SELECT Id FROM Account FOR UPDATE", "MALFORMED_QUERY", "line 1, column 24"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(rest: Rest, soql: str, code: str, place: str) -> None:
    found, words = rest.malformed(soql)
    assert (found, place in words) == (code, True), words


WORDS = [
    "SELECT",
    "Id",
    "Name",
    "FROM",
    "Account",
    "Order",
    "Asset",
    "WHERE",
    "AND",
    "OR",
    "NOT",
    "LIKE",
    "IN",
    "=",
    "!=",
    "<",
    ">",
    "<=",
    ">=",
    "(",
    ")",
    ",",
    ".",
    "'",
    "''",
    "'x'",
    "'%'",
    "null",
    "true",
    "TODAY",
    "LAST_N_DAYS:7",
    "LAST_N_DAYS:",
    "1",
    "-1",
    "1e9",
    "2022-01-01",
    "2022-13-99",
    "2022-01-01T00:00:00Z",
    "ORDER",
    "BY",
    "GROUP",
    "LIMIT",
    "OFFSET",
    "COUNT()",
    "COUNT(Id)",
    "SUM(PaymentDays)",
    "MAX(Name)",
    "Account.Name",
    ";",
    "--",
    "/*",
    "*/",
    "UNION",
    "DROP",
    "TABLE",
    "\\",
    '"',
    "\x00",
    "é",
    "💥",
    "DESC",
    "NULLS",
    "LAST",
    "PaymentDays",
    "CreatedDate",
    "Status",
    "TotalAmount",
    "LifecycleEndDate",
    "99999999999999999999999999",
    "0x1",
    ":x",
    "?",
    "@",
    "#",
    "$",
]


@pytest.fixture(scope="module")
def blank() -> Desk:
    return Desk.create("sqlite://")


def outcome(desk: Desk, soql: str) -> str:
    """FOUND, or the code of the refusal."""
    try:
        desk.ask(query, Ask(soql))
    except Refused as refused:
        return refused.problems[0].code
    return "FOUND"


@given(st.one_of(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join), st.text(max_size=60)))
def test_any_text_gives_records_or_a_refusal(blank: Desk, text: str) -> None:
    for asked in (text, f"SELECT Id FROM Account WHERE {text}", f"SELECT {text} FROM Order"):
        assert outcome(blank, asked).isupper()


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Id FROM Account WHERE " + "(" * 5000 + "Name = 'x'" + ")" * 5000,
        "SELECT Id FROM Account WHERE " + "NOT " * 3000 + "Name = 'x'",
        "SELECT Id FROM Account WHERE " + " AND ".join(["Name = 'x'"] * 2000),
        "SELECT Id FROM Account WHERE " + " AND ".join(["Name = 'x'"] * 250),
        "SELECT Id FROM Account WHERE Name IN (" + ", ".join(["'x'"] * 9000) + ")",
        "SELECT Id FROM Account WHERE Name = '" + "x" * 200_000 + "'",
        "SELECT " + ", ".join(f"Name{number}" for number in range(3000)) + " FROM Account",
        "SELECT " + "Account." * 40 + "Name FROM Order",
        "SELECT Id FROM Account WHERE PaymentDays > 1e999",
        "SELECT Id FROM Order WHERE TotalAmount > 999999999999999999999999999999999",
    ],
    ids=range(10),
)
def test_monstrous_queries_are_answered_or_refused(blank: Desk, soql: str) -> None:
    assert outcome(blank, soql) in ("FOUND", "MALFORMED_QUERY", "INVALID_FIELD")
