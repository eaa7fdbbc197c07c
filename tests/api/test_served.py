"""The door as programs find it: a process of its own, and clients that were not made for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import requests
from simple_salesforce.api import Salesforce

from calm_desktop.services import access
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddToken

pytestmark = pytest.mark.own_places


@dataclass(frozen=True)
class Served:
    """A door that is open: its address, a token, and its certificate where it speaks TLS."""

    url: str
    token: str
    certificate: str = ""


Opener = Callable[..., Served]


@pytest.fixture
def open_door(begun_store: Path, tmp_path: Path) -> Iterator[Opener]:
    """Opens a door on a new store, which is checked when the test is done."""
    store = tmp_path / "served.db"
    store.write_bytes(begun_store.read_bytes())
    running: list[subprocess.Popen[str]] = []

    def opened(*options: str) -> Served:
        with Desk.open(store) as desk:
            token = desk.do(access.add_token, AddToken("shop", "integrator")).token
        words = [sys.executable, "-m", "calm_desktop", "--store", str(store), "serve", "--port", "0", *options]
        env = os.environ | {"XDG_DATA_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=env)
        running.append(process)
        assert process.stdout is not None
        certificate = ""
        for line in process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "certificate":
                certificate = rest
            if word == "listening":
                return Served(rest.removeprefix("on "), token, certificate)
        raise AssertionError("the door did not open")

    yield opened
    for process in running:
        process.terminate()
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()
    with Desk.open(store) as desk:
        report = desk.ask(check, None)
        assert report.ok, report.broken


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "env"),
    [((), {}), ((), {"SF_EVENTS": "poll"}), (("--tls",), {})],
    ids=["cometd", "polling", "tls"],
)
def test_the_renewal_story_through_clients_that_are_not_ours(
    shared: Path, open_door: Opener, options: tuple[str, ...], env: dict[str, str]
) -> None:
    script = shared / "clients" / "renewal_simple_salesforce.py"
    if not script.is_file():
        pytest.skip(f"needs the client's script {script}")
    served = open_door(*options)
    known = os.environ | env | {"SF_INSTANCE_URL": served.url, "SF_SESSION_ID": served.token}
    if served.certificate:
        known["SF_CA"] = served.certificate
    words = [sys.executable, str(script)]
    said = subprocess.run(words, env=known, capture_output=True, text=True, timeout=180, check=False)
    assert said.stdout.rstrip().splitlines()[-1] == "STORY OK", said.stdout + said.stderr


@pytest.mark.slow
def test_a_stream_tells_events_after_a_replay_id(open_door: Opener) -> None:
    served = open_door()
    headers = {"Authorization": f"Bearer {served.token}"}
    base = f"{served.url}/services/data/v55.0"
    with httpx.Client(headers=headers, timeout=20) as client:
        product = {"Name": "Licence", "ProductCode": "LIC"}
        product_id = client.post(f"{base}/sobjects/Product2", json=product).json()["id"]
        price = {"Product2Id": product_id, "UnitPrice": 10}
        entry = client.post(f"{base}/sobjects/PricebookEntry", json=price).json()["id"]
        account = client.post(f"{base}/sobjects/Account", json={"Name": "Acme"}).json()["id"]
        order = {"AccountId": account, "EffectiveDate": "2022-01-01"}
        order_id = client.post(f"{base}/sobjects/Order", json=order).json()["id"]
        line = {"OrderId": order_id, "PricebookEntryId": entry, "Quantity": 1, "EndDate": "2022-12-31"}
        client.post(f"{base}/sobjects/OrderItem", json=line)
        client.patch(f"{base}/sobjects/Order/{order_id}", json={"Status": "Activated"})
        told = []
        with client.stream("GET", f"{served.url}/events", params={"after": 0}) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            for text in stream.iter_lines():
                if text.startswith(("id:", "event:")):
                    told.append(text)
                if len(told) == 4:
                    break
        assert told == ["id: 1", "event: CreateAssetOrderEvent", "id: 2", "event: BillingScheduleCreatedEvent"]
        with client.stream("GET", f"{served.url}/events", headers={"Last-Event-ID": "1"}) as stream:
            assert next(text for text in stream.iter_lines() if text.startswith("id:")) == "id: 2"
        websocket = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        refused = client.get(f"{served.url}/cometd/55.0", headers=websocket | {"Sec-WebSocket-Key": "x" * 22 + "=="})
        assert 400 <= refused.status_code < 500


@pytest.mark.slow
def test_a_load_through_a_bulk_client_that_is_not_ours(open_door: Opener) -> None:
    served = open_door("--tls")
    with requests.Session() as session:
        session.verify, session.trust_env = served.certificate, False
        client: Any = Salesforce(instance_url=served.url, session_id=served.token, version="55.0", session=session)
        (done,) = client.bulk2.Account.insert(records=[{"Name": "Acme", "BillDayOfMonth": "15"}, {"Name": "Belmont"}])
        assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (2, 0)
        assert client.query("SELECT COUNT() FROM Account")["totalSize"] == 2
        changed = [{"AccountNumber": "ACC-00009", "Name": "Carver"}, {"AccountNumber": "", "Name": "Nobody"}]
        (done,) = client.bulk2.Account.upsert(records=changed, external_id_field="AccountNumber")
        assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (2, 1)
        assert "AccountNumber not specified" in client.bulk2.Account.get_failed_records(done["job_id"])
        assert "Carver" in client.bulk2.Account.get_successful_records(done["job_id"])
