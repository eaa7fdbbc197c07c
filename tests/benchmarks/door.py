"""Many clients at the REST door in a mixed trade, against as many who fetch what the same door has ready."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx

from calm_desktop.services import access
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddToken
from tests.benchmarks.side_by_side import Ratio
from tests.served import bearer, door, fetch_all, licence, trade_all

CLIENTS = int(os.environ.get("CALM_CLIENTS", "200"))
SECONDS = float(os.environ.get("CALM_SECONDS", "20"))


def measure(folder: Path) -> Iterator[Ratio]:
    """The time of a request of the trade, and of one that a constant answers; in turn, on the same door."""
    store = folder / "door.db"
    with Desk.create(store, {"currency": "USD"}) as desk:
        token = desk.do(access.add_token, AddToken("crowd", "integrator")).token
    with door(store, folder, "--rate", "100000") as served:
        with httpx.Client(base_url=served.url, headers=bearer(token), timeout=60) as client:
            entry = licence(client)
        constant = asyncio.run(fetch_all(served.url, token, "/services/data", CLIENTS, SECONDS))
        shops = asyncio.run(trade_all(served.url, token, entry, CLIENTS, SECONDS))
    traded = sum(shop.statuses.total() for shop in shops)
    name = f"A request of {CLIENTS} clients who trade at once, {traded / SECONDS:,.0f} a second"
    beside = f"a constant of the same door, {constant / SECONDS:,.0f} a second"
    yield Ratio(name, beside, SECONDS / traded, SECONDS / constant, 1)
