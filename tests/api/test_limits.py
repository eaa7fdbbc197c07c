"""What one caller may take: bytes, time, rows and polls; and paths and tokens that want more than that."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest

from calm_desktop.api import cometd, limits
from calm_desktop.api.serving import Door, listen, open_door
from calm_desktop.engine.problems import Refused
from calm_desktop.services import access
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddToken
from tests.api.rest import V

pytestmark = pytest.mark.own_places


class Opened:
    """A door on this machine, and a token for it."""

    def __init__(self, url: str, token: str, desk: Desk) -> None:
        self.url, self.token, self.desk = url, token, desk
        place = urlsplit(url)
        assert place.hostname
        assert place.port
        self.place = (place.hostname, place.port)

    def said(self, request: bytes) -> bytes:
        """What comes back for bytes that are sent, until the door hangs up or is silent."""
        with socket.create_connection(self.place, timeout=30) as line:
            line.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer and (part := line.recv(65536)):
                answer += part
            return answer


@pytest.fixture(scope="module")
def door(blank_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    folder = tmp_path_factory.mktemp("door")
    path = folder / "door.db"
    path.write_bytes(blank_store.read_bytes())
    with Desk.open(path, date(2022, 1, 1)) as desk:
        token = desk.do(access.add_token, AddToken("shop", "integrator")).token
        opened = open_door(desk, Door(port=0), folder)
        yield Opened(opened.url, token, desk)
        opened.close()


def test_who_sends_too_slowly_is_told_so(door: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LONGEST_SENDING", 0.2)
    head = f"POST {V}/sobjects/Account HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n"
    answer = door.said(head.encode() + b'{"Name"')
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert door.said(f"GET {V}/limits HTTP/1.1\r\nHost: x\r\n\r\n".encode()).startswith(b"HTTP/1.1 401 ")


def test_a_body_that_is_announced_or_comes_too_large_is_refused(door: Opened) -> None:
    head = f"POST {V}/sobjects/Account HTTP/1.1\r\nHost: x\r\n"
    assert door.said(f"{head}Content-Length: 99999999\r\n\r\n".encode()).startswith(b"HTTP/1.1 413 ")
    chunks = (b"100000\r\n" + b"x" * 0x100000 + b"\r\n") * 11
    try:
        answer = door.said(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks)
    except ConnectionError:  # it hung up while more was on its way
        answer = b"HTTP/1.1 413 "
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_heads_without_end_are_refused(door: Opened) -> None:
    head = f"GET {V}/limits HTTP/1.1\r\nHost: x\r\nX: {'x' * 300_000}\r\n\r\n"
    try:
        answer = door.said(head.encode())
    except ConnectionError:
        answer = b""
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        f"{V}/sobjects/../../../../etc/passwd",
        f"{V}/sobjects/..%2f..%2fetc%2fpasswd",
        f"{V}/sobjects/Account/%00",
        f"{V}/sobjects/Account%2f..%2fAsset",
        "//etc/passwd",
        f"{V}/sobjects/Account;x=1",
        "/services/data/v9.0/sobjects",
        "/services/data/v49.0/sobjects",
        "/services/data/vX/sobjects",
        "/docs/../openapi.json/../etc",
        "/static/../../x",
    ],
)
def test_paths_lead_nowhere_but_to_calls(door: Opened, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {door.token}\r\n\r\n"
    answer = door.said(request.encode())
    assert answer.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 400 ")), answer[:200]
    assert b"root:" not in answer


def test_a_poll_ends_by_itself(door: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cometd, "LONGEST_POLL", 0.2)
    with httpx.Client(base_url=door.url, headers={"Authorization": f"OAuth {door.token}"}, timeout=30) as client:
        shaken = client.post("/cometd/55.0", json=[{"channel": "/meta/handshake", "version": "1.0"}]).json()[0]
        connect = {"channel": "/meta/connect", "clientId": shaken["clientId"], "advice": {"timeout": 3_600_000}}
        client.post("/cometd/55.0", json=[connect])
        (answer,) = client.post("/cometd/55.0", json=[connect]).json()
    assert answer["successful"] is True


def test_pages_are_bounded(door: Opened) -> None:
    headers = {"Authorization": f"Bearer {door.token}"}
    with httpx.Client(base_url=door.url, headers=headers, timeout=30) as client:
        for name in ("Acme", "Belmont", "Carver"):
            client.post(f"{V}/sobjects/Account", json={"Name": name})
        asked = {"q": "SELECT Name FROM Account ORDER BY Name"}
        first = client.get(f"{V}/query", params=asked, headers={"Sforce-Query-Options": "batchSize=2"}).json()
        assert (len(first["records"]), first["done"]) == (2, False)
        for size in ("0", "999999999", "-1", "x"):
            answer = client.get(f"{V}/query", params=asked, headers={"Sforce-Query-Options": f"batchSize={size}"})
            assert answer.status_code == 200


def test_refusals_are_written_down_without_secrets(door: Opened, caplog: pytest.LogCaptureFixture) -> None:
    wrong = door.token[:-4] + "beef"
    with caplog.at_level(logging.DEBUG), httpx.Client(base_url=door.url, timeout=30) as client:
        for token in (wrong, door.token):
            client.get(f"{V}/sobjects", headers={"Authorization": f"Bearer {token}"})
            client.post("/services/oauth2/token", data={"grant_type": "password", "password": token})
            client.post("/services/oauth2/token", data={"grant_type": "password", "password": token + "x"})
    said = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith(("http", "asyncio"))
    )
    for token in (wrong, door.token):
        assert token.rpartition(".")[2] not in said
    assert f"GET '{V}/sobjects' from 127.0.0.1 was refused: INVALID_SESSION_ID" in said


def test_an_address_that_others_reach_is_refused_unless_it_is_said(door: Opened, tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        for opening in (
            lambda desk, where: open_door(desk, where, tmp_path),
            lambda d, w: listen(d, w, tmp_path, print),
        ):
            with pytest.raises(Refused) as refused:
                opening(door.desk, Door(host, port=0))
            assert refused.value.problems[0].code == "not-loopback"
            with pytest.raises(Refused) as refused:
                opening(door.desk, Door(host, port=0, beyond=True))
            assert refused.value.problems[0].code == "needs-tls"
