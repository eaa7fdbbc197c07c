"""Roles at the REST door: every call is allowed or refused as the table says, and nothing hidden goes out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from calm_desktop.api.app import application
from calm_desktop.services import access
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddToken
from tests.api.rest import Rest
from tests.services.hidden_desk import BLIND, FIGURE, SECRET_WORD, TODAY, plant

ROLES = ("rep", "finance", "integrator", "admin", "read-only")
SELLS, CHANGES, KEEPS = {"rep", "integrator", "admin"}, {"integrator", "admin"}, {"integrator", "admin"}
CALLS: list[tuple[str, str, Any, set[str]]] = [
    ("GET", "/sobjects", None, set(ROLES)),
    ("GET", "/sobjects/Invoice/describe", None, set(ROLES)),
    ("GET", "/query?q=SELECT+Id+FROM+Account", None, set(ROLES)),
    ("POST", "/sobjects/Account", {"Name": "Birch"}, {"rep", "finance", "integrator", "admin"}),
    ("POST", "/sobjects/Product2", {"Name": "Seat"}, KEEPS),
    ("POST", "/sobjects/Order", {"AccountId": "{account}", "EffectiveDate": "2022-06-01", "Status": "Draft"}, SELLS),
    ("POST", "/asset-management/assets/collection/actions/initiate-renewal", {"assetIds": ["{asset}"]}, CHANGES),
    (
        "POST",
        "/asset-management/assets/{asset}/actions/initiate-cancellation",
        {"cancellationDate": "2022-11-01"},
        CHANGES,
    ),
    ("POST", "/asset-management/assets/{asset}/actions/cancel", {"assetStatePeriod": {}}, CHANGES),
    (
        "POST",
        "/commerce/invoicing/invoices/collection/actions/generate",
        {"accountId": "{account}", "targetDate": "2022-05-31"},
        {"finance", "integrator", "admin"},
    ),
    (
        "POST",
        "/commerce/invoicing/invoices/{invoice}/actions/convert-to-credit",
        {},
        {"finance", "integrator", "admin"},
    ),
]


@pytest.fixture(scope="module")
def door(blank_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Desk]]:
    """The door on a store with figures that stand out."""
    path = tmp_path_factory.mktemp("roles") / "roles.db"
    path.write_bytes(blank_store.read_bytes())
    plant(path)
    with Desk.open(path, TODAY) as desk, TestClient(application(desk)) as client:
        yield client, desk


def as_role(door: tuple[TestClient, Desk], role: str) -> Rest:
    client, desk = door
    names = {row.name for row in desk.ask(access.list_tokens, None)}
    return Rest(client, desk, desk.do(access.add_token, AddToken(f"{role} {len(names)}", role)).token)


@pytest.mark.parametrize("role", ROLES)
def test_every_call_is_allowed_or_refused_as_the_table_says(door: tuple[TestClient, Desk], role: str) -> None:
    rest = as_role(door, role)
    ids = {
        kind.lower(): rest.ask(f"SELECT Id FROM {kind} ORDER BY Id LIMIT 1")[0]["Id"]
        for kind in ("Account", "Asset", "Invoice")
    }

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [filled(each) for each in value]
        return value.format(**ids) if isinstance(value, str) else value

    wrong = []
    for method, path, body, allowed in CALLS:
        answer = rest.say(method, filled(path), filled(body))
        if answer.status_code >= 500 or (answer.status_code == 403) == (role in allowed):
            wrong.append((method, path, answer.status_code, answer.text))
    assert wrong == []


def test_nothing_hidden_goes_out(door: tuple[TestClient, Desk]) -> None:
    rest = as_role(door, BLIND)
    for each in rest.get("/sobjects")["sobjects"]:
        described = rest.get(f"/sobjects/{each['name']}/describe")
        names = [field["name"] for field in described["fields"]]
        rows = rest.ask(f"SELECT {', '.join(names)} FROM {each['name']}")
        whole = [rest.say("GET", f"/sobjects/{each['name']}/{row['Id']}").text for row in rows]
        told = f"{described} {rows} {whole}"
        assert FIGURE.findall(told) == [], each["name"]
        assert SECRET_WORD not in told
    assert rest.malformed("SELECT Balance FROM Invoice")[0] == "INVALID_FIELD"


def test_events_tell_no_hidden_field(door: tuple[TestClient, Desk]) -> None:
    whole, blind = as_role(door, "admin"), as_role(door, BLIND)
    acme = whole.ask("SELECT Id FROM Account WHERE Name = 'Acme'")[0]["Id"]
    whole.patch("Account", acme, Codename__c="Xochipilli")
    assert "Xochipilli" in events_of(whole)
    told = events_of(blind)
    assert "FieldValuesChangedEvent" in told
    assert "Xochipilli" not in told


def events_of(rest: Rest) -> str:
    """Every event over CometD, as text."""
    headers = {"Authorization": f"Bearer {rest.token}"}

    def say(**message: Any) -> Any:
        return rest.client.post("/cometd/55.0", json=[message], headers=headers).json()

    client = say(channel="/meta/handshake", version="1.0", supportedConnectionTypes=["long-polling"])[0]["clientId"]
    channel = "/event/FieldValuesChangedEvent"
    say(channel="/meta/subscribe", clientId=client, subscription=channel, ext={"replay": {channel: -2}})
    return str(say(channel="/meta/connect", clientId=client, connectionType="long-polling"))
