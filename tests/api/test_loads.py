"""Loads of many records as CSV: made, changed and found row by row, in portions, also over a restart."""

from __future__ import annotations

from time import monotonic, sleep
from typing import Any

import pytest

from calm_desktop.services.records import loads
from tests.api.rest import Rest, V

ENDED = ("JobComplete", "Failed", "Aborted")


def opened(rest: Rest, object_: str, operation: str, **more: Any) -> str:
    """The id of a load that is open."""
    body = {"object": object_, "operation": operation, "contentType": "CSV", "lineEnding": "LF"} | more
    answer = rest.post("/jobs/ingest", body)
    assert (answer["state"], answer["numberRecordsProcessed"]) == ("Open", 0)
    assert answer["contentUrl"] == f"{V[1:]}/jobs/ingest/{answer['id']}/batches"
    return str(answer["id"])


def put(rest: Rest, load: str, text: str | bytes) -> int:
    """The status that bringing data is answered with."""
    headers = {"Authorization": f"Bearer {rest.token}", "Content-Type": "text/csv; charset=UTF-8"}
    return rest.client.put(f"{V}/jobs/ingest/{load}/batches", content=text, headers=headers).status_code


def ended(rest: Rest, load: str) -> dict[str, Any]:
    """A load when it has ended."""
    end = monotonic() + 60
    while (found := rest.get(f"/jobs/ingest/{load}"))["state"] not in ENDED:
        assert monotonic() < end, found
        sleep(0.01)
    return dict(found)


def run(rest: Rest, object_: str, operation: str, text: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """A load that is brought and has ended: its id, and what it says of itself."""
    load = opened(rest, object_, operation, **more)
    assert put(rest, load, text) == 201
    assert rest.say("PATCH", f"/jobs/ingest/{load}", {"state": "UploadComplete"}).json()["state"] == "UploadComplete"
    return load, ended(rest, load)


def rows(rest: Rest, load: str, which: str) -> list[str]:
    """The lines of a result."""
    answer = rest.say("GET", f"/jobs/ingest/{load}/{which}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    return list(answer.text.splitlines())


def test_accounts_are_made_and_what_is_refused_is_told_beside_them(rest: Rest) -> None:
    text = 'Name,AccountNumber,BillDayOfMonth\nAcme,A-1,15\n"Bel, mont",A-2,\n,A-3,\nCarver,A-1,\nDune,A-5,41\n'
    load, found = run(rest, "Account", "insert", text)
    assert (found["state"], found["numberRecordsProcessed"], found["numberRecordsFailed"]) == ("JobComplete", 5, 3)
    assert rows(rest, load, "successfulResults") == [
        "sf__Id,sf__Created,Name,AccountNumber,BillDayOfMonth",
        "001000000000001AAA,true,Acme,A-1,15",
        '001000000000002AAA,true,"Bel, mont",A-2,',
    ]
    failed = rows(rest, load, "failedResults")
    assert failed[0] == "sf__Id,sf__Error,Name,AccountNumber,BillDayOfMonth"
    assert failed[1] == ",REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --,,A-3,"
    assert "DUPLICATE_VALUE:" in failed[2]
    assert len(failed) == 4
    assert rows(rest, load, "unprocessedRecords") == ["Name,AccountNumber,BillDayOfMonth"]
    assert rest.ask("SELECT Name, BillDayOfMonth FROM Account ORDER BY Name") == [
        {"Name": "Acme", "BillDayOfMonth": 15},
        {"Name": "Bel, mont", "BillDayOfMonth": None},
    ]


def test_records_are_changed_by_their_id(rest: Rest) -> None:
    acme = rest.make("Account", Name="Acme", BillingCountry="Germany", TaxProfile="")
    text = f"Id;BillingCountry;Name\n{acme};#N/A;\n001000000000009AAA;France;\n;France;\n"
    load, found = run(rest, "Account", "update", text, columnDelimiter="SEMICOLON")
    assert (found["state"], found["numberRecordsFailed"]) == ("JobComplete", 2)
    assert rows(rest, load, "successfulResults")[1:] == [f"{acme};false;{acme};#N/A;"]
    assert all("NOT_FOUND:" in line for line in rows(rest, load, "failedResults")[1:])
    assert rest.ask("SELECT Name, BillingCountry FROM Account")[0]["Name"] == "Acme"
    assert not rest.ask("SELECT BillingCountry FROM Account")[0]["BillingCountry"]


def test_products_are_found_by_their_code_or_made(rest: Rest) -> None:
    rest.make("Product2", Name="Licence", ProductCode="LIC")
    text = "ProductCode,Name,Family\nLIC,Licence Pro,Software\nSUP,Support,Service\n,Nothing,\n"
    load, found = run(rest, "Product2", "upsert", text, externalIdFieldName="productcode")
    assert (found["externalIdFieldName"], found["numberRecordsFailed"]) == ("ProductCode", 1)
    assert [line.split(",")[1] for line in rows(rest, load, "successfulResults")[1:]] == ["false", "true"]
    assert rest.ask("SELECT ProductCode, Name, Family FROM Product2 ORDER BY ProductCode") == [
        {"ProductCode": "LIC", "Name": "Licence Pro", "Family": "Software"},
        {"ProductCode": "SUP", "Name": "Support", "Family": "Service"},
    ]


def test_what_is_no_load_is_refused(rest: Rest) -> None:
    refused = rest.refused
    assert refused("POST", "/jobs/ingest", {"object": "Moon", "operation": "insert"}) == (400, "INVALIDENTITY")
    assert refused("POST", "/jobs/ingest", {"object": "Invoice", "operation": "insert"}) == (400, "INVALIDENTITY")
    assert refused("POST", "/jobs/ingest", {"object": "Account", "operation": "delete"}) == (400, "INVALIDJOB")
    assert refused("POST", "/jobs/ingest", {"object": "Order", "operation": "upsert"}) == (400, "INVALIDJOB")
    assert refused("POST", "/jobs/ingest", {"operation": "insert"}) == (400, "REQUIRED_FIELD_MISSING")
    load = opened(rest, "Account", "insert")
    assert refused("PATCH", f"/jobs/ingest/{load}", {"state": "UploadComplete"}) == (400, "INVALIDJOBSTATE")
    assert refused("PATCH", f"/jobs/ingest/{load}", {"state": "InProgress"}) == (400, "INVALIDJOB")
    assert put(rest, load, "") == 400
    assert put(rest, load, "x" * (10 * 1024 * 1024 + 1)) == 413
    assert refused("GET", f"/jobs/ingest/{load}/moon") == (404, "NOT_FOUND")
    assert refused("GET", "/jobs/ingest/75B000000000009AAA") == (404, "NOT_FOUND")
    assert rest.say("PATCH", f"/jobs/ingest/{load}", {"state": "Aborted"}).json()["state"] == "Aborted"
    assert put(rest, load, "Name\nAcme\n") == 400
    assert rest.say("DELETE", f"/jobs/ingest/{load}").status_code == 204
    assert refused("DELETE", f"/jobs/ingest/{load}") == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"Name,Moon\nAcme,1\n", "Field name not found : Moon"),
        (b"Name\n\xff\n", "not in UTF-8: byte 6"),
        (b'Name\n"Acme\n', "is no CSV"),
        (b"\n\n", "must have the fields' names"),
        (b"Name,name\nAcme,Acme\n", "more than once"),
    ],
)
def test_a_load_that_cannot_be_read_fails_whole_and_says_why(rest: Rest, data: bytes, words: str) -> None:
    load = opened(rest, "Account", "insert")
    assert put(rest, load, data) == 201
    rest.say("PATCH", f"/jobs/ingest/{load}", {"state": "UploadComplete"})
    found = ended(rest, load)
    assert found["state"] == "Failed"
    assert words in found["errorMessage"]
    assert rest.ask("SELECT Id FROM Account") == []
    assert rows(rest, load, "successfulResults")[0].startswith("sf__Id,sf__Created")


def test_a_load_goes_on_where_it_stood_when_the_door_is_opened_again(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loads, "PORTION", 2)
    load = opened(rest, "Account", "insert")
    assert put(rest, load, "Name\nAcme\nBelmont\nCarver\n\nDune\nElm\n") == 201
    with rest.door_closed():
        rest.desk.do(loads.move, loads.Move(load, "UploadComplete"))
        header, lines = loads.read_rows(rest.desk.ask(loads.data_of, 1), "COMMA")
        assert rest.desk.do(loads.portion, loads.Work(1, header, lines)) is True
        shown = rest.desk.ask(loads.show_load, load)
        assert (shown.state, shown.done) == ("InProgress", 2)
    assert ended(rest, load)["numberRecordsProcessed"] == 5
    made = [each["Name"] for each in rest.ask("SELECT Name FROM Account ORDER BY Name")]
    assert made == ["Acme", "Belmont", "Carver", "Dune", "Elm"]


def test_a_load_that_is_aborted_leaves_the_rest(rest: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loads, "PORTION", 2)
    load = opened(rest, "Account", "insert")
    put(rest, load, "Name\nAcme\nBelmont\nCarver\n")
    with rest.door_closed():
        rest.desk.do(loads.move, loads.Move(load, "UploadComplete"))
        header, lines = loads.read_rows(rest.desk.ask(loads.data_of, 1), "COMMA")
        rest.desk.do(loads.portion, loads.Work(1, header, lines))
        rest.desk.do(loads.move, loads.Move(load, "Aborted"))
        assert rest.desk.do(loads.portion, loads.Work(1, header, lines)) is False
    assert rows(rest, load, "unprocessedrecords") == ["Name", "Carver"]
    listed = rest.get("/jobs/ingest")
    assert [(each["id"], each["state"]) for each in listed["records"]] == [(load, "Aborted")]
