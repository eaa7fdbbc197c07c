"""A process killed in the middle of its work leaves whole transactions or none; run again, it completes.

Each test kills a few times; `make soak` kills twenty times (`CALM_KILLS`).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from calm_desktop.services import catalogue, customers, sales
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddAccount, AddProduct, Find, SaleLine, Sell
from calm_desktop.services.views import list_invoices, list_orders

KILLS = int(os.environ.get("CALM_KILLS", "3"))
ROWS = 3000
ACCOUNTS = 60


def command(store: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "calm_desktop", "--store", str(store), "--json", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).resolve().parents[2],
    )


def kill_at_random_moments(make: Callable[[], subprocess.Popen[bytes]], duration: float, store: Path, seed: int) -> int:
    """Start and kill; after each kill the store is whole. The answer is how many died before they were done."""
    moments = random.Random(seed)
    killed = 0
    for _ in range(KILLS):
        process = make()
        time.sleep(moments.uniform(0.3, 0.95) * duration)
        process.kill()
        killed += process.wait() < 0
        with Desk.open(store) as desk:
            report = desk.ask(check, None)
        assert report.ok, report.broken
    return killed


def timed(process: subprocess.Popen[bytes]) -> float:
    start = time.monotonic()
    assert process.wait() == 0
    return time.monotonic() - start


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    file = tmp_path / "orders.csv"
    rows = [
        f"SO-{row // 3:05d},{row % 3},Customer {row // 3 % 97},GADGET-{row % 50},one-time,"
        f"{1 + row % 5},{row % 90}.25,once,2024-03-01"
        for row in range(ROWS)
    ]
    header = "order,line,account,product,selling_model,quantity,price,price_unit,start"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return file


def test_an_import_that_is_killed_stores_nothing_or_everything(tmp_path: Path, orders: Path) -> None:
    unhurt, store = tmp_path / "unhurt.db", tmp_path / "store.db"
    for each in (unhurt, store):
        Desk.create(each).close()
    duration = timed(command(unhurt, "import", str(orders)))
    killed = kill_at_random_moments(lambda: command(store, "import", str(orders)), duration, store, seed=1)
    assert killed > 0
    assert command(store, "import", str(orders)).wait() == 0
    with Desk.open(store) as desk:
        assert desk.ask(check, None).ok
        found = desk.ask(list_orders, Find())
    with Desk.open(unhurt) as desk:
        expected = desk.ask(list_orders, Find())
    assert len(found) == ROWS // 3
    assert {(order.number, order.items, order.total) for order in found} == {
        (order.number, order.items, order.total) for order in expected
    }


def test_an_invoice_run_that_is_killed_leaves_no_gap_and_nothing_twice(tmp_path: Path) -> None:
    unhurt, store = tmp_path / "unhurt.db", tmp_path / "store.db"
    for each in (unhurt, store):
        with Desk.create(each, {"currency": "USD"}, today=date(2020, 1, 1)) as desk:
            desk.do(catalogue.add_product, AddProduct("Licence", "LIC", Decimal(10)))
            line = SaleLine("LIC", Decimal(10), date(2020, 1, 1), term=60)
            for number in range(ACCOUNTS):
                desk.do(customers.add_account, AddAccount(f"Customer {number}"))
                desk.do(sales.sell, Sell(f"Customer {number}", (line,)))
    run = ("invoice", "--through", "2024-12-31")
    duration = timed(command(unhurt, *run))
    killed = kill_at_random_moments(lambda: command(store, *run), duration, store, seed=2)
    assert killed > 0
    assert command(store, *run).wait() == 0
    with Desk.open(store) as desk:
        assert desk.ask(check, None).ok
        made = desk.ask(list_invoices, Find())
    assert sorted(head.number or "" for head in made) == [f"INV-{number:06d}" for number in range(1, 60 * ACCOUNTS + 1)]
    assert sum(head.total.minor for head in made) == 60 * ACCOUNTS * 10000
