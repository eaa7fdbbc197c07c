"""A process killed or cancelled in the middle of its work leaves whole transactions or none; run again, it completes.

Each test ends a process at work on a file; `make soak` ends fifty, and as many on a server (`CALM_KILLS`).
"""

from __future__ import annotations

import json
import os
import random
import signal
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
from calm_desktop.services.views import list_invoices, list_orders, list_payments, list_usage
from tests.places import Databases, Places

pytestmark = pytest.mark.own_places

SOAKING = "CALM_KILLS" in os.environ
KILLS = int(os.environ.get("CALM_KILLS", "1"))
ROWS = 3000 if SOAKING else 900
BY = pytest.mark.parametrize(
    "how",
    [
        pytest.param(signal.SIGKILL, id="killed"),
        pytest.param(
            signal.SIGINT, id="cancelled", marks=pytest.mark.skipif(not SOAKING, reason="make soak cancels too")
        ),
    ],
)
ACCOUNTS = 24


@pytest.fixture(autouse=True)
def _a_server_is_left_to_the_soak(places: Places) -> None:
    if isinstance(places, Databases) and not SOAKING:
        pytest.skip("takes long on a server: make soak kills and cancels there too (CALM_KILLS)")


def command(store: str, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "calm_desktop", "--store", store, "--json", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Where the tests themselves run in the background, Ctrl+C is ignored, and children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        cwd=Path(__file__).resolve().parents[2],
    )


def end_at_random_moments(
    words: tuple[str, ...], places: Places, fresh: str, expected: Callable[[Desk], object], how: int, seed: int
) -> None:
    """End `words` by a signal on copies of the store `fresh`: each is whole then, and run again ends as if unhurt."""
    moments, ended, attempts = random.Random(seed), 0, 0
    unhurt = places.copy(fresh)
    start = time.monotonic()
    assert command(unhurt, *words).wait() == 0
    duration = time.monotonic() - start
    with Desk.open(unhurt) as desk:
        wanted = expected(desk)
    while ended < KILLS:
        attempts += 1
        assert attempts < 10 * KILLS, "the work is always done before it can be ended"
        store = places.copy(fresh)
        start = time.monotonic()
        process = command(store, *words)
        time.sleep(moments.uniform(0.2, 1.0) * duration)
        process.send_signal(how)
        if process.wait() == 0:
            duration = min(duration, time.monotonic() - start) * 0.9
            continue
        ended += 1
        assert_whole(store)
        assert command(store, *words).wait() == 0
        assert_whole(store)
        with Desk.open(store) as desk:
            assert expected(desk) == wanted


def assert_whole(store: str) -> None:
    with Desk.open(store) as desk:
        report = desk.ask(check, None)
    assert report.ok, report.broken


MAPPING = {
    "name": "shop",
    "tables": {
        "orders": {
            "recognise": {"columns": ["Invoice", "Customer", "Code"]},
            "cancellation": [{"column": "Invoice", "op": "starts", "value": "C"}],
            "fields": {
                "order": "Invoice", "line": "Line", "account": "Customer", "product": "Code", "kind": "Kind",
                "selling_model": "Model", "price_unit": "Unit", "quantity": "Quantity", "price": "Price",
                "start": "Day", "term": "Term",
            },
        },
        "records": {
            "recognise": {"columns": ["Meter", "When", "Count"]},
            "record": "usage",
            "fields": {"asset": "Meter", "at": "When", "quantity": "Count", "key": "Key"},
        },
        "money": {
            "recognise": {"columns": ["Payer", "Amount", "Came"]},
            "record": "payment",
            "fields": {"account": "Payer", "amount": "Amount", "day": "Came", "reference": "Reference"},
        },
    },
}  # fmt: skip


@pytest.fixture
def words(tmp_path: Path) -> tuple[str, ...]:
    """Files with sales of goods and of metered subscriptions, goods that come back, records of use, and payments."""
    rows = ["Invoice,Line,Customer,Code,Kind,Model,Unit,Quantity,Price,Day,Term"]
    uses = ["Meter,When,Count,Key"]
    money = ["Payer,Amount,Came,Reference"]
    for row in range(ROWS):
        order, customer = row // 3, f"Customer {row // 3 % 97}"
        if row % 10 == 0:
            rows.append(f"SO-{order:05d},{row % 3},{customer},METER,usage,term,month,1,0.25,2024-03-01,12")
            uses += [f"AST-{row + 1:06d},2024-03-{day:02d},{day},{row}-{day}" for day in (5, 15)]
            money.append(f"{customer},{row}.50,2024-04-02,BANK-{row}")
            continue
        article = f"{customer},GADGET-{row % 50},physical,one-time,once"
        rows.append(f"SO-{order:05d},{row % 3},{article},{2 + row % 5},{row % 90}.25,2024-03-01,")
        if row % 10 == 7:
            rows.append(f"C-{order:05d},{row % 3},{article},-1,{row % 90}.25,2024-04-01,")
    (tmp_path / "map.json").write_text(json.dumps(MAPPING), encoding="utf-8")
    for name, lines in (("orders.csv", rows), ("uses.csv", uses), ("money.csv", money)):
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    files = (str(tmp_path / name) for name in ("orders.csv", "uses.csv", "money.csv"))
    return ("import", *files, "--map", str(tmp_path / "map.json"))


@BY
def test_an_import_that_is_ended_stores_nothing_or_everything(places: Places, words: tuple[str, ...], how: int) -> None:
    store = places.new()
    Desk.create(store).close()

    def told(desk: Desk) -> object:
        found = desk.ask(list_orders, Find())
        assert len(found) == ROWS // 3 + len([row for row in range(ROWS) if row % 10 == 7])
        used = desk.ask(list_usage, Find())
        assert len(used) == 2 * (ROWS // 10)
        paid = desk.ask(list_payments, Find())
        assert sum(each.amount.minor for each in paid) == sum(100 * row + 50 for row in range(0, ROWS, 10))
        return {(order.number, order.kind, order.items, order.total) for order in found}, len(used), len(paid)

    end_at_random_moments(words, places, store, told, how, seed=1)


def due(places: Places) -> str:
    """A store with five years of some accounts to be invoiced."""
    store = places.new()
    with Desk.create(store, {"currency": "USD"}, today=date(2020, 1, 1)) as desk:
        desk.do(catalogue.add_product, AddProduct("Licence", "LIC", Decimal(10)))
        line = SaleLine("LIC", Decimal(10), date(2020, 1, 1), term=60)
        for number in range(ACCOUNTS):
            desk.do(customers.add_account, AddAccount(f"Customer {number}"))
            desk.do(sales.sell, Sell(f"Customer {number}", (line,)))
    return store


@BY
def test_an_invoice_run_that_is_ended_leaves_no_gap_and_nothing_twice(places: Places, how: int) -> None:
    def told(desk: Desk) -> object:
        made = desk.ask(list_invoices, Find())
        numbers = sorted(head.number or "" for head in made)
        assert numbers == [f"INV-{number:06d}" for number in range(1, 60 * ACCOUNTS + 1)]
        assert sum(head.total.minor for head in made) == 60 * ACCOUNTS * 10000
        return {(head.account, head.date, head.total) for head in made}

    end_at_random_moments(("invoice", "--through", "2024-12-31"), places, due(places), told, how, seed=2)
