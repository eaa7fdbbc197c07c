"""Invoice holds: a run passes over what is held, and says why, up to the last day or until it is released."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from calm_desktop.services import holds, invoices, views
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    Find,
    InvoiceOrder,
    Look,
    PageRequest,
    PostInvoices,
    ReleaseHold,
    RunInvoices,
    SetHold,
)
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from tests.services.paper_desk import APRIL, done, invoiced, new_desk, problems, sold

TODAY = date(2022, 4, 20)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Acme has two licences for April, Belmont one; nothing is invoiced. Today is 20 April."""
    with new_desk(today=TODAY) as made:
        sold(made)
        sold(made, "TAX")
        sold(made, account="Belmont", price="50")
        yield made
        assert made.ask(check, None).broken == ()


def run(desk: Desk, **more: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Whom a run invoices, and what it passes over and why; nothing is stored."""
    return run_through(desk, RunInvoices(APRIL, account=more.get("account", ""), asset=more.get("asset", "")))


def run_through(desk: Desk, request: RunInvoices) -> tuple[list[str], list[tuple[str, str]]]:
    result = desk.preview(invoices.run, request)
    lines = [line.asset for shape in result.invoices for line in shape.lines if line.type == "Charge"]
    return lines, [(each.account, each.reason) for each in result.skipped]


def test_what_is_held_is_passed_over_with_the_reason(desk: Desk) -> None:
    assert run(desk) == (["Licence", "Taxed licence", "Licence"], [])
    answer = done(desk, holds.hold, SetHold("account", "Acme", date(2022, 4, 30), "prices are disputed"))
    assert (answer["hold"]["status"], answer["hold"]["set_on"], answer["replaced"]) == ("In Force", "2022-04-20", None)
    assert run(desk) == (["Licence"], [("Acme", "on hold until 2022-04-30: prices are disputed")])
    assert run(desk, account="Belmont") == (["Licence"], [])
    assert run(desk, account="Acme") == ([], [("Acme", "on hold until 2022-04-30: prices are disputed")])
    assert invoiced(desk) == ["INV-000001"]


def test_a_hold_holds_on_its_last_day_too(desk: Desk) -> None:
    desk.do(holds.hold, SetHold("account", "Acme", date(2022, 4, 30)))
    assert run(desk.on(date(2022, 4, 30)))[1] == [("Acme", "on hold until 2022-04-30")]
    assert run(desk.on(date(2022, 5, 1))) == (["Licence", "Taxed licence", "Licence"], [])
    (held,) = desk.on(date(2022, 5, 1)).ask(views.list_holds, Find())
    assert held.status == "Over"


def test_an_asset_is_held_by_itself(desk: Desk) -> None:
    desk.do(holds.hold, SetHold("asset", "Taxed licence"))
    assert run(desk) == (["Licence", "Licence"], [("Acme", "Taxed licence is on hold until it is released")])
    assert run(desk, asset="Taxed licence") == ([], [("Acme", "Taxed licence is on hold until it is released")])
    done(desk, holds.release, ReleaseHold("asset", "Taxed licence"))
    assert run(desk) == (["Licence", "Taxed licence", "Licence"], [])


def test_an_invoice_from_an_order_says_that_it_is_held(desk: Desk) -> None:
    desk.do(holds.hold, SetHold("asset", "Taxed licence", reason="not delivered"))
    order = desk.ask(views.list_orders, Find(asset="Taxed licence"))[0].number
    result = desk.do(invoices.invoice_order, InvoiceOrder(order))
    assert result.invoices == ()
    assert [each.reason for each in result.skipped] == ["Taxed licence is on hold until it is released: not delivered"]


def test_only_what_is_due_is_told(desk: Desk) -> None:
    desk.do(holds.hold, SetHold("account", "Belmont"))
    assert run_through(desk, RunInvoices(date(2022, 3, 31))) == ([], [])
    invoiced(desk)
    assert run(desk) == ([], [("Belmont", "on hold until it is released")])


def test_a_new_hold_replaces_the_open_one_and_history_is_kept(desk: Desk) -> None:
    desk.do(holds.hold, SetHold("account", "Acme", reason="first"))
    answer = done(desk.on(date(2022, 4, 25)), holds.hold, SetHold("account", "Acme", reason="second"))
    assert (answer["replaced"]["reason"], answer["replaced"]["released_on"]) == ("first", "2022-04-25")
    assert run(desk)[1] == [("Acme", "on hold until it is released: second")]
    desk.on(date(2022, 4, 26)).do(holds.release, ReleaseHold("account", "Acme"))
    rows = desk.ask(views.list_holds, Find(account="Acme"))
    assert [(row.reason, row.status, str(row.released_on)) for row in rows] == [
        ("first", "Released", "2022-04-25"),
        ("second", "Released", "2022-04-26"),
    ]
    assert desk.ask(views.list_holds, Find(account="Belmont")) == ()
    desk.do(holds.hold, SetHold("asset", "Taxed licence"))
    assert [row.kind for row in desk.ask(views.list_holds, Find(account="Acme"))] == ["account", "account", "asset"]
    assert len(desk.ask(views.list_holds, Find(asset="Taxed licence"))) == 1


def test_a_hold_shows_on_its_thing(desk: Desk) -> None:
    desk.do(holds.hold, SetHold("account", "Acme", reason="disputed"))
    desk.do(holds.hold, SetHold("asset", "Taxed licence"))
    account = desk.ask(views.show_account, Look("Acme")).hold
    asset = desk.ask(views.show_asset, Look("Taxed licence")).hold
    assert account is not None
    assert account.words == "on hold until it is released: disputed"
    assert asset is not None
    assert asset.words == "Taxed licence is on hold until it is released"
    assert desk.ask(views.account_page, PageRequest("Acme")).hold == account
    assert desk.ask(views.asset_page, PageRequest("Taxed licence")).hold == asset
    assert desk.ask(views.show_account, Look("Belmont")).hold is None


def test_drafts_of_what_is_held_can_be_posted(desk: Desk) -> None:
    drafts = invoiced(desk, draft=True)
    desk.do(holds.hold, SetHold("account", "Acme"))
    assert len(desk.do(invoices.post, PostInvoices(tuple(drafts))).invoices) == len(drafts)


def test_bad_holds_are_refused(desk: Desk) -> None:
    assert problems(desk, holds.hold, SetHold("account", "Acme", date(2022, 4, 19), "x\x07")) == [
        (
            "bad-characters",
            "reason",
            "reason holds a line break or another character that cannot be shown. Write it in one line.",
        ),
        (
            "too-early",
            "until",
            "2022-04-19 is over: the hold would hold nothing. Give today, 2022-04-20, or a later day.",
        ),
    ]
    assert problems(desk, holds.hold, SetHold("account", "Acme", date(2200, 1, 1)))[0][:2] == ("bad-date", "until")
    assert problems(desk, holds.hold, SetHold("order", "1"))[0] == (
        "bad-kind",
        "kind",
        "Accounts and assets are held, not 'order'. Say account or asset.",
    )
    assert problems(desk, holds.hold, SetHold("asset", "Licence"))[0][0] == "ambiguous-asset"
    assert problems(desk, holds.hold, SetHold("account", "Nobody"))[0][0] == "unknown-account"
    assert problems(desk, holds.release, ReleaseHold("account", "Acme")) == [
        (
            "not-held",
            "name",
            "No hold is in force on the account 'Acme'. `list holds` shows those that are.",
        )
    ]
    desk.do(holds.hold, SetHold("account", "Acme", TODAY))
    assert problems(desk.on(date(2022, 4, 21)), holds.release, ReleaseHold("account", "Acme"))[0][0] == "not-held"


def test_a_run_says_both_what_is_held_and_what_cannot_be_taxed(desk: Desk) -> None:
    desk.do(holds.hold, SetHold("account", "Belmont"))
    desk.do(_no_rates, None)
    assert run(desk)[1] == [
        ("Belmont", "on hold until it is released"),
        ("Acme", "no tax rate for the category software; add one, then run again"),
    ]


def _no_rates(tx: Tx, _: object) -> None:
    tx.db.execute(tables.tax_rate.delete())
