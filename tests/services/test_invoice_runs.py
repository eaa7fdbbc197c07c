"""Large invoice runs: worked on by portions, shown in part, cancelled at any moment, run twice at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from calm_desktop.engine.problems import Refused, StoreFault
from calm_desktop.services import invoices, tx, voiding
from calm_desktop.services.check import check
from calm_desktop.services.desk import Cancelled, Changed, Desk
from calm_desktop.services.requests import DropInvoices, Find, PostInvoices, RunInvoices
from calm_desktop.services.run_previews import ListOrder, OneOfRun, listed_places, listed_rows, paper_of_run
from calm_desktop.services.shapes import InvoiceResult, InvoiceShape, ListedRow
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


# ------------------------------------------------------------------------------------------- chosen accounts, listings


def test_a_run_over_chosen_accounts_names_those_that_have_nothing_due(desk: Desk) -> None:
    chosen = ("Customer 0000003", "Customer 0000001")
    desk.do(invoices.run, replace(RUN, account="Customer 0000001"))
    result = desk.do(invoices.run, replace(RUN, account=chosen))
    assert [shape.invoice.account for shape in result.invoices] == ["Customer 0000003"] * 2
    assert [(each.account, each.reason) for each in result.skipped] == [
        ("Customer 0000001", f"nothing is due up to {TODAY}")
    ]
    with pytest.raises(Refused, match="There is no account 'Nobody'"):
        desk.do(invoices.run, replace(RUN, account=("Customer 0000002", "Nobody")))


def test_more_accounts_than_a_run_takes_are_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invoices, "MOST_CHOSEN", 1)
    with pytest.raises(Refused, match="2 accounts are chosen; a run takes 1 at most"):
        desk.do(invoices.run, replace(RUN, account=("Customer 0000001", "Customer 0000002")))


def test_a_listing_has_every_invoice_in_little_room(desk: Desk) -> None:
    whole = desk.preview(invoices.run, RUN)
    listing = desk.preview(invoices.run, replace(RUN, show=0, listed=True)).listing
    assert whole.listing is None
    assert listing is not None
    assert desk.ask(listed_rows, list(listing)) == tuple(
        ListedRow(head.account, head.account_id, head.date, head.due, head.charges, head.tax, head.total)
        for head in (shape.invoice for shape in whole.invoices)
    )
    assert listing.cells.itemsize * len(listing.cells) == 56 * 24


def test_a_listing_is_sorted_and_filtered_by_the_store(desk: Desk) -> None:
    listing = desk.preview(invoices.run, replace(RUN, show=0, listed=True)).listing
    assert listing is not None

    def accounts(**wanted: Any) -> list[int]:
        places = desk.ask(listed_places, ListOrder(listing, **wanted))
        return [listing[place].account for place in places][::2]

    assert accounts() == list(range(1, 13))
    assert accounts(key="account", descending=True) == list(range(12, 0, -1))
    assert accounts(words="customer 1") == [1, 10, 11, 12]
    assert accounts(words="100%") == []
    by_tax = desk.ask(listed_places, ListOrder(listing, key="tax", descending=True))
    found = [(listing[place].currency, listing[place].tax) for place in by_tax]
    assert found == sorted(((row.currency, row.tax) for row in listing), reverse=True)


def test_one_invoice_of_a_run_is_seen_whole_before_it_is_made(desk: Desk) -> None:
    made = desk.preview(invoices.run, RUN).invoices[5]
    one = replace(RUN, account=made.invoice.account)
    shape = desk.preview(paper_of_run, OneOfRun(one, 1)).document
    assert isinstance(shape, InvoiceShape)
    assert shape.invoice.status == "Draft"
    assert (shape.invoice.account, shape.invoice.total) == (made.invoice.account, made.invoice.total)
    assert [line.description for line in shape.lines] == [line.description for line in made.lines]
    assert stored(desk) == []
    with pytest.raises(Refused, match="That invoice would not be made any more"):
        desk.preview(paper_of_run, OneOfRun(one, 2))


# ---------------------------------------------------------------------------------------------- all drafts of a run


def test_all_drafts_of_a_run_are_posted_at_once_and_others_stay(desk: Desk) -> None:
    first = desk.do(invoices.run, replace(RUN, account="Customer 0000001", draft=True))
    run = desk.do(invoices.run, replace(RUN, draft=True, show=0))
    posted = desk.do(invoices.post, PostInvoices(run=run.request_id, show=2))
    assert (posted.count, len(posted.invoices), posted.totals) == (22, 2, run.totals)
    assert [head.status for head in desk.ask(list_invoices, Find(account="Customer 0000001"))] == ["Draft"] * 2
    dropped = desk.do(voiding.drop, DropInvoices(run=first.request_id))
    assert [shape.invoice.status for shape in dropped.invoices] == ["Canceled"] * 2
    for request in (first.request_id, "no run"):
        with pytest.raises(Refused, match=f"There is no draft of a run '{request}' any more"):
            desk.do(invoices.post, PostInvoices(run=request))
    assert [number for number, *_ in stored(desk) if number] == [f"INV-{number:06d}" for number in range(1, 23)]
