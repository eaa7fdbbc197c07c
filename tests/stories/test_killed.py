"""A process killed in the middle of its work leaves whole transactions or none; run again, it completes.

Each test kills a few times; `make soak` kills twenty times (`CALM_KILLS`).
"""

from __future__ import annotations

import os
import random
import shutil
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


def kill_at_random_moments(words: tuple[str, ...], fresh: Path, expected: Callable[[Desk], object], seed: int) -> None:
    """Kill `words` on copies of the store `fresh`; each copy is whole then, and run again it ends as if unhurt."""
    moments, killed, attempts = random.Random(seed), 0, 0
    unhurt = Path(shutil.copy(fresh, fresh.with_name("unhurt.db")))
    start = time.monotonic()
    assert command(unhurt, *words).wait() == 0
    duration = time.monotonic() - start
    with Desk.open(unhurt) as desk:
        wanted = expected(desk)
    while killed < KILLS:
        attempts += 1
        assert attempts < 10 * KILLS, "the work is always done before it can be killed"
        store = Path(shutil.copy(fresh, fresh.with_name(f"store-{attempts}.db")))
        start = time.monotonic()
        process = command(store, *words)
        time.sleep(moments.uniform(0.2, 1.0) * duration)
        process.kill()
        if process.wait() >= 0:
            duration = min(duration, time.monotonic() - start) * 0.9
            continue
        killed += 1
        assert_whole(store)
        assert command(store, *words).wait() == 0
        assert_whole(store)
        with Desk.open(store) as desk:
            assert expected(desk) == wanted


def assert_whole(store: Path) -> None:
    with Desk.open(store) as desk:
        report = desk.ask(check, None)
    assert report.ok, report.broken


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
    store = tmp_path / "fresh.db"
    Desk.create(store).close()

    def told(desk: Desk) -> object:
        found = desk.ask(list_orders, Find())
        assert len(found) == ROWS // 3
        return {(order.number, order.items, order.total) for order in found}

    kill_at_random_moments(("import", str(orders)), store, told, seed=1)


def test_an_invoice_run_that_is_killed_leaves_no_gap_and_nothing_twice(tmp_path: Path) -> None:
    store = tmp_path / "fresh.db"
    with Desk.create(store, {"currency": "USD"}, today=date(2020, 1, 1)) as desk:
        desk.do(catalogue.add_product, AddProduct("Licence", "LIC", Decimal(10)))
        line = SaleLine("LIC", Decimal(10), date(2020, 1, 1), term=60)
        for number in range(ACCOUNTS):
            desk.do(customers.add_account, AddAccount(f"Customer {number}"))
            desk.do(sales.sell, Sell(f"Customer {number}", (line,)))

    def told(desk: Desk) -> object:
        made = desk.ask(list_invoices, Find())
        numbers = sorted(head.number or "" for head in made)
        assert numbers == [f"INV-{number:06d}" for number in range(1, 60 * ACCOUNTS + 1)]
        assert sum(head.total.minor for head in made) == 60 * ACCOUNTS * 10000
        return {(head.account, head.date, head.total) for head in made}

    kill_at_random_moments(("invoice", "--through", "2024-12-31"), store, told, seed=2)
