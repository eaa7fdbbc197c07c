"""Large invoice runs: worked on by portions, shown in part, cancelled at any moment, run twice at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from calm_desktop.engine.problems import StoreFault
from calm_desktop.services import invoices, tx
from calm_desktop.services.check import check
from calm_desktop.services.desk import Cancelled, Changed, Desk
from calm_desktop.services.requests import Find, RunInvoices
from calm_desktop.services.shapes import InvoiceResult
from calm_desktop.services.views import list_invoices
from tests.benchmarks.trading_store import TODAY, write_dues

ACCOUNTS = 12
RUN = RunInvoices(TODAY)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Twelve accounts with two taxed lines each that are due."""
    with Desk.create(tmp_path / "store.db", today=TODAY) as desk:
        with desk.database.write() as db:
            write_dues(db, ACCOUNTS)
        yield desk


def stored(desk: Desk) -> list[tuple[Any, ...]]:
    return [(head.number, head.account, head.date, head.total) for head in desk.ask(list_invoices, Find())]


def test_a_run_in_portions_equals_a_run_in_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = desk.ask(check, None).broken
    whole = desk.preview(invoices.run, RUN)
    monkeypatch.setattr(invoices, "_PORTION", 3)
    steps: list[tuple[int, int | None]] = []
    made = desk.do(invoices.run, RUN, progress=lambda done, total, _: steps.append((done, total)))
    assert replace(made, request_id="") == replace(whole, request_id="")
    # A server may have it run twice.
    assert steps[-6:] == [(done, 24) for done in (4, 8, 12, 16, 20, 24)]
    assert made.count == len(made.invoices) == 24
    assert [shape.invoice.number for shape in made.invoices] == [f"INV-{number:06d}" for number in range(1, 25)]
    assert desk.ask(check, None).broken == before


@pytest.mark.parametrize("shown", [0, 1, 5])
def test_an_answer_that_shows_some_invoices_counts_all(desk: Desk, shown: int) -> None:
    whole = desk.preview(invoices.run, RUN)
    some = desk.preview(invoices.run, replace(RUN, show=shown))
    assert some.invoices == whole.invoices[:shown]
    assert (some.count, some.totals, some.skipped) == (24, whole.totals, ())


@pytest.mark.parametrize("moment", [0, 1, 3, 5])
def test_a_run_that_is_cancelled_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch, moment: int) -> None:
    monkeypatch.setattr(invoices, "_PORTION", 3)
    steps = iter(range(9))

    def cancel(*_: object) -> None:
        if next(steps) == moment:
            raise Cancelled

    with pytest.raises(Cancelled):
        desk.do(invoices.run, RUN, progress=cancel)
    assert stored(desk) == []
    assert desk.do(invoices.run, RUN).count == 24
    assert [number for number, *_ in stored(desk)] == [f"INV-{number:06d}" for number in range(1, 25)]


def test_of_many_accounts_touched_any_may_have_changed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Changed] = []
    desk.listen(told.append)
    desk.do(invoices.run, replace(RUN, account="Customer 0000001"))
    monkeypatch.setattr(tx, "_MOST_ACCOUNTS", 10)
    desk.do(invoices.run, RUN)
    assert [set(each.kinds) for each in told] == [{"invoice"}, {"invoice"}]
    assert [set(each.accounts) for each in told] == [{1}, set()]


def test_of_two_runs_at_once_one_waits_and_finds_nothing_due(desk: Desk) -> None:
    def run(other: Desk) -> InvoiceResult | StoreFault:
        try:
            return other.do(invoices.run, RUN)
        except StoreFault as fault:
            return fault

    with Desk.open(desk.database.where, TODAY) as other, ThreadPoolExecutor(2) as pool:
        first, second = pool.map(run, (desk, other))
    counts = sorted(each.count for each in (first, second) if isinstance(each, InvoiceResult))
    assert counts in ([0, 24], [24])
    assert len(stored(desk)) == 24
