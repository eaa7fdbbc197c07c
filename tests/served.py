"""The REST door as a process of its own, and shops that trade through it."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx

ROOT = Path(__file__).resolve().parents[1]
V = "/services/data/v55.0"


@dataclass(frozen=True)
class Served:
    """A door that is open: its address, its process, and its certificate where it speaks TLS."""

    url: str
    process: subprocess.Popen[str]
    certificate: str = ""

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.url.rpartition(":")[2])


def start(store: Path, folder: Path, *options: str) -> Served:
    """Start `serve` on a store, with the user's own folders below `folder`; the answer comes when it listens."""
    words = [sys.executable, "-m", "calm_desktop", "--store", str(store), "serve", *options]
    env = os.environ | {"XDG_DATA_HOME": str(folder), "XDG_STATE_HOME": str(folder)}
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT)
    assert process.stdout is not None
    certificate = ""
    for line in process.stdout:
        word, _, rest = line.strip().partition(" ")
        if word == "certificate":
            certificate = rest
        if word == "listening":
            return Served(rest.removeprefix("on "), process, certificate)
    raise AssertionError("the door did not open")


def end(process: subprocess.Popen[str]) -> None:
    """Ask a process to end, and wait for it."""
    process.terminate()
    process.wait(30)
    if process.stdout is not None:
        process.stdout.close()


@contextmanager
def door(store: Path, folder: Path, *options: str) -> Iterator[Served]:
    """A door that is shut in the end."""
    served = start(store, folder, "--port", "0", *options)
    try:
        yield served
    finally:
        end(served.process)


def bearer(token: str) -> dict[str, str]:
    """The header by which a token is brought."""
    return {"Authorization": f"Bearer {token}"}


def licence(client: httpx.Client) -> str:
    """The price book entry of a licence at 10 a month."""
    product = made(client, "Product2", Name="Licence", ProductCode="LIC")
    term = {"SellingModelType": "TermDefined", "PricingTerm": 1, "PricingTermUnit": "Months"}
    model = made(client, "ProductSellingModel", Name="Term Monthly", Status="Active", **term)
    return made(client, "PricebookEntry", Product2Id=product, ProductSellingModelId=model, UnitPrice=10)


def made(client: httpx.Client, kind: str, **values: Any) -> str:
    """The id of a record that is made."""
    answer = client.post(f"{V}/sobjects/{kind}", json=values)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@dataclass
class Shop:
    """One client of many: what it was told is done."""

    number: int
    account: str = ""
    name: str = ""
    sales: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    async def trade(self, client: httpx.AsyncClient, entry: str, until: float) -> None:
        """Sell, rename, look and ask in turn until the time is over; each acknowledged act is counted."""
        chance = random.Random(self.number)
        self.name = f"Customer {self.number:04d}"
        twice = [self._say(client, "POST", "/sobjects/Account", {"Name": self.name}, f"a-{self.number}") for _ in "ab"]
        first, second = await asyncio.gather(*twice)
        assert first.json()["id"] == second.json()["id"], "the same key was two customers"
        self.account = first.json()["id"]
        while time.monotonic() < until:
            match chance.choice(("sell", "rename", "read", "ask", "ask")):
                case "sell":
                    await self._sell(client, entry)
                case "rename":
                    name = f"{self.name.partition(',')[0]}, {chance.randrange(10_000):04d}"
                    path = f"/sobjects/Account/{self.account}"
                    if (await self._say(client, "PATCH", path, {"Name": name})).status_code == 204:
                        self.name = name
                case "read":
                    record = await self._say(client, "GET", f"/sobjects/Account/{self.account}")
                    assert record.json()["Name"] == self.name
                case "ask":
                    query = f"SELECT+Id+FROM+Asset+WHERE+AccountId+=+'{self.account}'"
                    found = await self._say(client, "GET", f"/query?q={query}")
                    assert found.json()["totalSize"] == self.sales

    async def _sell(self, client: httpx.AsyncClient, entry: str) -> None:
        order = {"AccountId": self.account, "EffectiveDate": "2022-01-01", "Status": "Draft"}
        number = (await self._say(client, "POST", "/sobjects/Order", order)).json()["id"]
        line = {"OrderId": number, "PricebookEntryId": entry, "Quantity": 2, "UnitPrice": 10, "EndDate": "2022-12-31"}
        await self._say(client, "POST", "/sobjects/OrderItem", line)
        done = await self._say(client, "PATCH", f"/sobjects/Order/{number}", {"Status": "Activated"})
        self.sales += done.status_code == 204

    async def _say(
        self, client: httpx.AsyncClient, method: str, path: str, body: object = None, key: str = ""
    ) -> httpx.Response:
        answer = await client.request(method, V + path, json=body, headers={"Idempotency-Key": key} if key else {})
        self.statuses[answer.status_code] += 1
        assert answer.status_code < 400, answer.text
        return answer


async def trade_all(url: str, token: str, entry: str, clients: int, seconds: float) -> list[Shop]:
    """Have so many clients trade at once for so many seconds."""
    shops, until = [Shop(number) for number in range(clients)], time.monotonic() + seconds
    async with _crowd(url, token, clients) as client:
        await asyncio.gather(*(shop.trade(client, entry, until) for shop in shops))
    return shops


async def fetch_all(url: str, token: str, path: str, clients: int, seconds: float) -> int:
    """How often so many clients fetch the same path in so many seconds."""
    until = time.monotonic() + seconds

    async def fetch(client: httpx.AsyncClient) -> int:
        times = 0
        while time.monotonic() < until:
            answer = await client.get(path)
            assert answer.status_code == 200, answer.text
            times += 1
        return times

    async with _crowd(url, token, clients) as client:
        return sum(await asyncio.gather(*(fetch(client) for _ in range(clients))))


def _crowd(url: str, token: str, clients: int) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=clients)
    return httpx.AsyncClient(base_url=url, headers=bearer(token), timeout=120, limits=limits)
