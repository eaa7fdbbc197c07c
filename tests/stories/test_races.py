"""Two processes that invoice the same at the same time: every period is billed once, and who comes second is told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from calm_desktop.services import invoices
from calm_desktop.services.check import check
from calm_desktop.services.desk import Cancelled, Desk
from calm_desktop.services.requests import Find, RunInvoices
from calm_desktop.services.views import list_invoices
from calm_desktop.store import tables
from tests.benchmarks.trading_store import TODAY, write_dues
from tests.places import Places

pytestmark = pytest.mark.own_places

ACCOUNTS = 1100
"""Whose 2,200 due items are two portions of a run."""


def due(places: Places, accounts: int) -> str:
    """A store in which accounts have two taxed lines each to be invoiced."""
    store = places.new()
    with Desk.create(store, today=TODAY) as desk, desk.database.write() as db:
        write_dues(db, accounts)
    return store


def told(store: str) -> dict[str, Any]:
    """What is invoiced: numbers, the items that each line bills, sums, and what the check finds."""
    with Desk.open(store, TODAY) as desk:
        made = desk.ask(list_invoices, Find())
        items = tables.billing_item.c
        with desk.database.read() as db:
            unbilled = db.scalar(select(func.count()).where(items.invoice_line_id.is_(None)))
            lines = Counter(db.scalars(select(items.invoice_line_id)))
        report = desk.ask(check, None)
    return {
        "numbers": sorted(head.number or "" for head in made),
        "of": sorted((head.account, str(head.date), str(head.total)) for head in made),
        "unbilled": unbilled,
        "twice": max(lines.values()),
        "broken": sorted({each.rule for each in report.broken}),
    }


def test_two_runs_at_once_bill_every_period_once(places: Places) -> None:
    store = due(places, ACCOUNTS)
    alone = places.copy(store)
    words = [sys.executable, "-m", "calm_desktop", "--json", "--today", str(TODAY), "--store"]
    run = ["invoice", "--through", str(TODAY)]

    def start(where: str) -> subprocess.Popen[bytes]:
        root = Path(__file__).resolve().parents[2]
        return subprocess.Popen([*words, where, *run], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    both = [start(store), start(store)]
    said = [process.communicate() for process in both]
    answers = {process.returncode: json.loads(out) for process, (out, _) in zip(both, said, strict=True)}
    counts = sorted(json.loads(out).get("count", -1) for out, _ in said)
    # Who comes second finds nothing due, or is told that the store is in use for longer than it waits.
    assert counts in ([0, 2 * ACCOUNTS], [-1, 2 * ACCOUNTS]), said
    assert answers.keys() <= {0, 3}
    if 3 in answers:
        assert "another program has been writing to it for more than 10 seconds" in answers[3]["problems"][0]["message"]
    assert start(alone).communicate()[1] == b""
    together = told(store)
    assert together == told(alone)
    assert together["numbers"] == [f"INV-{number:06d}" for number in range(1, 2 * ACCOUNTS + 1)]
    assert (together["unbilled"], together["twice"]) == (0, 1)


def test_a_run_that_is_cancelled_at_any_portion_stores_nothing_and_is_run_again(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoices, "_PORTION", 4)
    store = due(places, 12)
    before = told(store)
    request = RunInvoices(TODAY)
    moments: list[int] = []
    with Desk.open(store, TODAY) as desk:
        desk.preview(invoices.run, request, progress=lambda done, _total, _what: moments.append(done))
        assert len(moments) == 6

        for moment in moments:

            def cancel(done: int, _total: int | None, _what: str, at: int = moment) -> None:
                if done == at:
                    raise Cancelled

            with pytest.raises(Cancelled):
                desk.do(invoices.run, request, progress=cancel)
            assert told(store) == before
        assert desk.do(invoices.run, request).count == 24
    assert told(store)["numbers"] == [f"INV-{number:06d}" for number in range(1, 25)]
