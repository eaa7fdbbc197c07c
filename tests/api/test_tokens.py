"""Tokens and the door itself: made once, revoked, expired; who comes without one stays outside."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from calm_desktop.api.app import application
from calm_desktop.services import access
from calm_desktop.services.requests import AddToken, RevokeToken
from tests.api.rest import Rest, V
from tests.command_line import CommandLine, dump


def test_a_token_is_told_once_and_kept_as_a_hash(calm: CommandLine) -> None:
    made = calm("token", "add", "shop", "--role", "integrator", "--days", "30")
    assert made["token"].startswith("00D000000000001!1.")
    assert (made["name"], made["role"]) == ("shop", "integrator")
    secret = made["token"].rpartition(".")[2]
    assert not [line for line in dump(calm.store) if secret in line]
    assert [line for line in dump(calm.store) if "$argon2id$" in line]
    rows = calm("token", "list")["rows"]
    assert [(row["name"], row["role"], row["status"]) for row in rows] == [("shop", "integrator", "in use")]
    calm("token", "revoke", "shop")
    assert calm("token", "list")["rows"][0]["status"] == "revoked"


def test_bad_tokens_are_refused_with_every_reason(calm: CommandLine) -> None:
    calm("token", "add", "shop", "--role", "rep")
    problems = calm.refused("token", "add", "shop", "--role", "king")
    assert [each["code"] for each in problems] == ["unknown-role", "token-exists"]
    assert [each["code"] for each in calm.refused("token", "revoke", "nobody")] == ["unknown-token"]


def test_serving_beyond_this_machine_needs_to_be_said_and_tls(calm: CommandLine) -> None:
    assert calm.refused("serve", "--host", "0.0.0.0")[0]["code"] == "not-loopback"
    assert calm.refused("serve", "--host", "0.0.0.0", "--beyond-this-machine")[0]["code"] == "needs-tls"


def test_wrong_revoked_and_expired_tokens_open_nothing(rest: Rest) -> None:
    right = rest.token
    for wrong in ("", "nonsense", right[:-1] + ("0" if right[-1] != "0" else "1"), right.replace("!1.", "!2.")):
        rest.token = wrong
        assert rest.refused("GET", "/sobjects") == (401, "INVALID_SESSION_ID")
        assert rest.refused("GET", "/events") == (401, "INVALID_SESSION_ID")
        assert rest.refused("POST", "/cometd/55.0", [{"channel": "/meta/handshake"}]) == (401, "INVALID_SESSION_ID")
    rest.token = right
    assert rest.say("GET", "/sobjects").status_code == 200
    rest.desk.do(access.revoke_token, RevokeToken("shop"))
    assert rest.refused("GET", "/sobjects") == (401, "INVALID_SESSION_ID")
    rest.token = rest.desk.do(access.add_token, AddToken("shop", "integrator", 1)).token
    assert rest.say("GET", "/sobjects").status_code == 200
    with rest.desk.database.write() as db:
        db.execute(text("UPDATE token SET expires_at = '2020-01-01 00:00:00.000000' WHERE revoked_at IS NULL"))
    assert rest.refused("GET", "/sobjects") == (401, "INVALID_SESSION_ID")


def test_a_token_that_may_only_read_changes_nothing(rest: Rest) -> None:
    rest.token = rest.desk.do(access.add_token, AddToken("watcher", "read-only")).token
    assert rest.say("GET", "/sobjects/Account/describe").status_code == 200
    assert rest.refused("POST", "/sobjects/Account", {"Name": "Acme"}) == (403, "INSUFFICIENT_ACCESS")
    assert rest.ask("SELECT Id FROM Account") == []


def test_bodies_that_are_too_large_or_no_json_are_refused(rest: Rest) -> None:
    assert rest.refused("POST", "/sobjects/Account", {"Name": "x" * 11_000_000}) == (413, "REQUEST_TOO_LARGE")
    headers = {"Authorization": f"Bearer {rest.token}"}
    for body in (b"{", b"[NaN]", b"\xff", b"[" * 100_000, b'{"Name": 1e9999999}'):
        answer = rest.client.post(f"{V}/sobjects/Account", content=body, headers=headers)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_who_comes_too_often_is_told_to_wait(rest: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calm_desktop.api.limits.monotonic", lambda: 1.0)
    with TestClient(application(rest.desk, rate=2)) as client:
        often = Rest(client, rest.desk, rest.token)
        answers = [often.say("GET", "/limits") for _ in range(5)]
    assert [each.status_code for each in answers] == [200, 200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert answers[-1].json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"


def test_logins_answer_the_token_that_came_as_a_password(rest: Rest) -> None:
    for form in (
        {"grant_type": "password", "username": "me", "password": rest.token},
        {"grant_type": "client_credentials", "client_id": "me", "client_secret": rest.token},
    ):
        granted = rest.client.post("/services/oauth2/token", data=form).json()
        assert (granted["access_token"], granted["token_type"]) == (rest.token, "Bearer")
        assert granted["instance_url"] == "http://testserver"
        assert granted["id"].endswith("/id/00D000000000001EAA/005000000000001AAA")
    refused = rest.client.post("/services/oauth2/token", data={"grant_type": "password", "password": "wrong"})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert rest.client.post("/services/oauth2/token", data={}).json()["error"] == "unsupported_grant_type"
    assert rest.get("/services/oauth2/userinfo")["user_id"] == "005000000000001AAA"
    assert rest.get("/sobjects/User/005000000000001AAA")["Username"] == "shop"


def test_a_login_over_soap(rest: Rest) -> None:
    asked = "<e:Envelope><e:Body><n1:login><n1:username>me</n1:username><n1:password>{}</n1:password></n1:login>"
    said = rest.client.post("/services/Soap/u/55.0", content=asked.format(rest.token)).text
    assert f"<sessionId>{rest.token}</sessionId>" in said
    assert "<serverUrl>http://testserver/services/Soap/u/55.0</serverUrl>" in said
    assert "<organizationId>00D000000000001EAA</organizationId>" in said
    failed = rest.client.post("/services/Soap/u/55.0", content=asked.format("wrong"))
    assert (failed.status_code, "INVALID_LOGIN" in failed.text) == (500, True)


def test_versions_and_resources(rest: Rest) -> None:
    listed = rest.client.get("/services/data/").json()
    assert (listed[0]["version"], listed[-1]["url"]) == ("50.0", "/services/data/v67.0")
    assert rest.get("/services/data/v62.0")["query"] == "/services/data/v62.0/query"


def test_the_life_of_a_token_is_in_days(rest: Rest) -> None:
    made = rest.desk.do(access.add_token, AddToken("short", "rep", 2))
    listed = {each.name: each for each in rest.desk.ask(access.list_tokens, None)}
    assert listed["short"].expires - listed["short"].created == timedelta(days=2)
    assert made.expires == listed["short"].expires


def test_the_calls_are_described_with_examples_for_programs_and_people(rest: Rest) -> None:
    document = rest.client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            assert described["summary"], path
            named = {each["name"] for each in described.get("parameters", ()) if each["in"] == "path"}
            assert {part[1:-1] for part in path.split("/") if part.startswith("{")} == named, (method, path)
    sent = document["paths"]["/services/data/{version}/sobjects/{object}"]["post"]["requestBody"]
    assert sent["content"]["application/json"]["example"] == {"Name": "Acme"}
    page = rest.client.get("/docs").text
    assert "/services/data/{version}/composite" in page
    assert "<script" not in page
