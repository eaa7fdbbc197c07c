"""Many programs at the door at once, and a door that is killed while they are: nothing is lost, nothing happens twice.

`make load` sends two hundred clients for a minute while the window is open, and kills the door thirty times
(`CALM_CLIENTS`, `CALM_SECONDS`, `CALM_KILLS`).
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2 as httpx
import pytest

from calm_desktop.services import access
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.outbox import After, events_after
from calm_desktop.services.requests import AddToken, Find
from calm_desktop.services.views import list_accounts, list_assets
from calm_desktop.services.webhooks import AddWebhook, add_webhook
from tests.served import ROOT, V, bearer, door, end, licence, start, trade_all

pytestmark = [pytest.mark.own_places, pytest.mark.slow]

CLIENTS = int(os.environ.get("CALM_CLIENTS", "12"))
SECONDS = float(os.environ.get("CALM_SECONDS", "3"))
KILLS = int(os.environ.get("CALM_KILLS", "1"))


@pytest.fixture
def store(begun_store: Path, tmp_path: Path) -> Iterator[Path]:
    """A store of the test's own, which is checked when the test is done."""
    path = tmp_path / "busy.db"
    path.write_bytes(begun_store.read_bytes())
    yield path
    with Desk.open(path) as desk:
        report = desk.ask(check, None)
        assert report.ok, report.broken


def token_of(store: Path, name: str = "shop") -> str:
    """A new integrator's token."""
    with Desk.open(store) as desk:
        return desk.do(access.add_token, AddToken(name, "integrator")).token


@pytest.fixture
def window(store: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The window, open on the same store."""
    folders = {"XDG_DATA_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    env = os.environ | folders | {"QT_QPA_PLATFORM": "offscreen"}
    words = [sys.executable, "-m", "calm_desktop", "--store", str(store)]
    process = subprocess.Popen(words, env=env, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    yield process
    assert process.poll() is None, "the window did not stay open"
    process.terminate()
    said, _ = process.communicate(timeout=30)
    assert "Traceback" not in said, said


def test_many_clients_lose_nothing_and_nothing_happens_twice_while_the_window_is_open(
    store: Path, tmp_path: Path, window: subprocess.Popen[str], capsys: pytest.CaptureFixture[str]
) -> None:
    token = token_of(store)
    with door(store, tmp_path, "--rate", "100000") as served:
        with httpx.Client(base_url=served.url, headers=bearer(token), timeout=60) as client:
            entry = licence(client)
        begun = time.monotonic()
        shops = asyncio.run(trade_all(served.url, token, entry, CLIENTS, SECONDS))
        taken = time.monotonic() - begun
    with Desk.open(store) as desk:
        stored = {account.id: account.name for account in desk.ask(list_accounts, Find())}
        owned = Counter(asset.account for asset in desk.ask(list_assets, Find()))
    assert stored == {shop.account: shop.name for shop in shops}
    assert owned == Counter({shop.name: shop.sales for shop in shops if shop.sales})
    told = sum((shop.statuses for shop in shops), Counter[int]())
    assert set(told) == {200, 201, 204}
    with capsys.disabled():
        print(f"\n{CLIENTS} clients: {told.total():,} requests in {taken:.0f} s, {told.total() / taken:.0f} a second")


class Subscriber(threading.Thread):
    """One who follows the stream of events, and after each interruption goes on behind the last that it was told."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(daemon=True)
        self._url, self._token = url, token
        self.told: list[int] = []
        self.interrupted = 0
        self.ended = threading.Event()

    def run(self) -> None:
        """Follow until it is ended; each stream that breaks is begun anew."""
        while not self.ended.is_set():
            try:
                self._follow()
            except httpx.HTTPError:
                self.interrupted += 1
                time.sleep(0.05)

    def _follow(self) -> None:
        seen = {"Last-Event-ID": str(self.told[-1] if self.told else 0)}
        timeout = httpx.Timeout(5, read=1)
        with httpx.stream("GET", f"{self._url}/events", headers=bearer(self._token) | seen, timeout=timeout) as stream:
            for line in stream.iter_lines():
                if line.startswith("id:"):
                    self.told.append(int(line.removeprefix("id:")))
                if self.ended.is_set():
                    return


class Seller(threading.Thread):
    """One who makes orders and activates them, whatever befalls the door; an act without an answer is not counted."""

    def __init__(self, url: str, token: str, entry: str, number: int) -> None:
        super().__init__(daemon=True)
        self._client = httpx.Client(base_url=url, headers=bearer(token), timeout=5)
        self._entry, self._number = entry, number
        self.sold = 0
        self.ended = threading.Event()

    def run(self) -> None:
        """Sell until it is ended; a customer whose making was not answered is made again under the same key."""
        with self._client:
            self._sell()

    def _sell(self) -> None:
        account, turn = "", 0
        while not self.ended.is_set():
            try:
                account = account or self._post("Account", f"s-{self._number}", Name=f"Customer {self._number}")
                turn += 1
                key = f"{self._number}-{turn}"
                order = self._post("Order", f"o-{key}", AccountId=account, EffectiveDate="2022-01-01", Status="Draft")
                line = {"PricebookEntryId": self._entry, "Quantity": 1, "UnitPrice": 10, "EndDate": "2022-12-31"}
                self._post("OrderItem", f"i-{key}", OrderId=order, **line)
                done = self._client.patch(f"{V}/sobjects/Order/{order}", json={"Status": "Activated"})
                self.sold += done.status_code == 204
            except httpx.HTTPError:
                time.sleep(0.05)

    def _post(self, kind: str, key: str, **values: object) -> str:
        answer = self._client.post(f"{V}/sobjects/{kind}", json=values, headers={"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


class Target(ThreadingHTTPServer):
    """Where a webhook is sent to: it notes the replay id of each event that comes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.told: list[int] = []


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert isinstance(self.server, Target)
        self.server.told.append(body["data"]["event"]["replayId"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name is the base class's
        """Say nothing."""


@pytest.fixture
def target() -> Iterator[Target]:
    """A target of webhooks on this machine."""
    with Target() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def until(done: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so, but no longer than so many seconds."""
    end_ = time.monotonic() + seconds
    while not done() and time.monotonic() < end_:
        time.sleep(0.1)


def test_a_door_that_is_killed_tells_subscribers_every_event_once_and_in_order_and_webhooks_at_least_once(
    store: Path, tmp_path: Path, target: Target
) -> None:
    token, moments = token_of(store), random.Random(30)
    with Desk.open(store) as desk:
        desk.do(add_webhook, AddWebhook("target", f"http://127.0.0.1:{target.server_port}/"))
    served = start(store, tmp_path, "--port", "0")
    with httpx.Client(base_url=served.url, headers=bearer(token), timeout=60) as client:
        entry = licence(client)
    subscriber = Subscriber(served.url, token)
    sellers = [Seller(served.url, token, entry, number) for number in range(4)]
    for each in (subscriber, *sellers):
        each.start()
    for _ in range(KILLS):
        time.sleep(moments.uniform(0.3, 1.5))
        served.process.kill()
        served.process.wait()
        assert served.process.stdout is not None
        served.process.stdout.close()
        served = start(store, tmp_path, "--port", str(served.port))
    time.sleep(1)
    for seller in sellers:
        seller.ended.set()
    for seller in sellers:
        seller.join(30)
        assert not seller.is_alive()
    with Desk.open(store) as desk:
        committed = [event.replay_id for event in desk.ask(events_after, After(0, 1_000_000))]
        sold = len(desk.ask(list_assets, Find()))
    until(lambda: len(subscriber.told) >= len(committed) and set(target.told) >= set(committed))
    subscriber.ended.set()
    end(served.process)
    subscriber.join(30)
    assert subscriber.told == committed
    assert list(dict.fromkeys(target.told)) == committed
    assert subscriber.interrupted >= KILLS
    assert 0 < sum(seller.sold for seller in sellers) <= sold
