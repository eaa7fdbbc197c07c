"""Every report of a store with three years of trade, figured once more in plain Python over exported CSV rows."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from calm_desktop.__main__ import main
from calm_desktop.engine.fields import FieldObject, FieldType
from calm_desktop.services import customers, fields, holds, usage
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddField, AddUsage, Find, ReleaseHold, SetAccount
from calm_desktop.services.sample import fill
from calm_desktop.services.views import list_accounts
from tests import plain_reports as plain
from tests.plain_reports import Row

TODAY = date(2024, 6, 18)
DAYS = ("--from", "2023-07-10", "--to", "2024-06-18")
Figures = dict[tuple[str, ...], Decimal]
Export = Callable[..., list[Row]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample trade; the customer that is on hold in it is released, so that a run bills all that is expected.

    Every other customer is of a segment.
    """
    path = tmp_path_factory.mktemp("trade") / "s.db"
    with Desk.create(path, {"currency": "USD"}, today=TODAY) as desk:
        fill(desk)
        desk.do(holds.release, ReleaseHold("account", "Brightwater Ferries"))
        desk.do(
            fields.add_field, AddField("Segment", FieldObject.ACCOUNT, FieldType.CHOICE, choices=("Large", "Small"))
        )
        for place, account in enumerate(desk.ask(list_accounts, Find())[::2]):
            said = (("Segment", ("Large", "Small")[place % 2]),)
            desk.do(customers.set_account, SetAccount(account.id, fields=said))
    return path


@pytest.fixture(scope="module")
def export(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Export:
    """Runs a verb of the command line with a CSV file, and reads that."""
    folder = tmp_path_factory.mktemp("files")
    kept: dict[tuple[str, ...], list[Row]] = {}

    def run(*words: str) -> list[Row]:
        if words not in kept:
            file = folder / f"{len(kept)}.csv"
            assert main(("--store", str(store), "--today", str(TODAY), *words, "--csv", str(file))) == 0
            with file.open(encoding="utf-8", newline="") as stream:
                kept[words] = list(csv.DictReader(stream))
        return kept[words]

    return run


def days_of(row: Row) -> tuple[date, date]:
    return plain.day(row["start"]), plain.day(row["end"])


def same(found: Figures, expected: Figures) -> None:
    assert {key: value for key, value in found.items() if value} == {
        key: value for key, value in expected.items() if value
    }
    assert any(found.values())


def test_movements(export: Export) -> None:
    states = export("list", "state-periods")
    for row in export("report", "mrr-movements", *DAYS):
        first, last = days_of(row)
        moved = plain.by_currency(plain.movements(states, first, last))
        for kind in plain.MOVEMENTS:
            assert Decimal(row[kind]) == moved.get((row["currency"], kind), 0), (row["period"], kind)
        before = plain.mrr_on(states, first - plain.ONE_DAY)
        assert Decimal(row["opening"]) == plain.total(before, row["currency"])
        assert Decimal(row["closing"]) == plain.total(plain.mrr_on(states, last), row["currency"])


def test_movements_of_each_product(export: Export) -> None:
    states = export("list", "state-periods")
    rows = export("report", "mrr-movements", *DAYS, "--group-by", "product")
    assert len({row["group"] for row in rows}) > 2
    for row in rows:
        mine = [state for state in states if state["product"] == row["group"]]
        first, last = days_of(row)
        moved = plain.by_currency(plain.movements(mine, first, last))
        for kind in plain.MOVEMENTS:
            assert Decimal(row[kind]) == moved.get((row["currency"], kind), 0), (row["group"], row["period"], kind)
        assert Decimal(row["closing"]) == plain.total(plain.mrr_on(mine, last), row["currency"])


def test_categories_by_a_field_of_ones_own(export: Export) -> None:
    rows = export("report", "categories", *DAYS, "--group-by", "Segment")
    segments = {account["id"]: account["Segment__c"] or "(none)" for account in export("list", "accounts")}
    assert {row["group"] for row in rows} == {"Large", "Small", "(none)"}
    expected: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for action in export("list", "actions"):
        if DAYS[1] <= action["effective_date"] <= DAYS[3]:
            key = (segments[action["account_id"]], action["currency"], action["category"])
            expected[key] += Decimal(action["amount_change"])
    found: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in rows:
        found[row["group"], row["currency"], row["category"]] += Decimal(row["amount"])
    same(found, expected)


def test_retention(export: Export) -> None:
    states = export("list", "state-periods")
    rows = export("report", "retention", *DAYS)
    assert len(rows) == 24
    for row in rows:
        then, now = plain.day(row["day_then"]), plain.day(row["end"])
        assert (now.year - then.year, now.month) == (1, then.month)
        figures = plain.retention(states, then, now, row["currency"])
        assert (Decimal(row["mrr_then"]), Decimal(row["mrr_now"]), Decimal(row["mrr_kept"])) == figures
        if figures[0]:
            assert abs(Decimal(row["gross_retention"]) - figures[2] / figures[0]) < Decimal("0.000000001")
            assert Decimal(row["gross_retention"]) <= min(Decimal(1), Decimal(row["net_retention"]))


def test_cohorts(export: Export) -> None:
    states = export("list", "state-periods")
    first_days = plain.first_days(states)
    rows = export("report", "cohorts", "--from", "2021-01-01", "--to", "2024-06-18", "--by", "quarter")
    for row in rows:
        start, end = plain.day(row["cohort_start"]), plain.day(row["cohort_end"])
        mine = [who for who, day in first_days.items() if who[1] == row["currency"] and start <= day <= end]
        now = plain.mrr_on(states, plain.day(row["end"]))
        new = sum(plain.mrr_on(states, first_days[customer])[customer] for customer in mine)
        assert (int(row["customers"]), Decimal(row["new"])) == (len(mine), new)
        assert Decimal(row["mrr"]) == sum(now.get(customer, Decimal(0)) for customer in mine)
        assert int(row["active"]) == sum(bool(now.get(customer)) for customer in mine)
    came = sum(int(row["customers"]) for row in rows if row["age"] == "0")
    assert came == sum(day <= TODAY for day in first_days.values())


def test_categories(export: Export) -> None:
    actions = export("list", "actions")
    rows = export("report", "categories", *DAYS)
    expected: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for action in actions:
        for row in rows:
            fits = (row["currency"], row["category"]) == (action["currency"], action["category"])
            if fits and row["start"] <= action["effective_date"] <= row["end"]:
                expected[row["period"], row["currency"], row["category"]] += Decimal(action["amount_change"])
    same({(row["period"], row["currency"], row["category"]): Decimal(row["amount"]) for row in rows}, expected)
    inside = [action for action in actions if DAYS[1] <= action["effective_date"] <= DAYS[3]]
    assert sum(int(row["actions"]) for row in rows) == len(inside)
    for _, group in groupby(rows, key=lambda row: (row["currency"], row["category"])):
        mine = list(group)
        for before, after in pairwise(mine):
            assert Decimal(after["change"]) == Decimal(after["amount"]) - Decimal(before["amount"])


def test_top_accounts(export: Export) -> None:
    states, actions = export("list", "state-periods"), export("list", "actions")
    rows = export("report", "top-accounts", *DAYS, "--top", "99")
    now = plain.mrr_on(states, TODAY)
    assert {(row["account_id"], row["currency"]): Decimal(row["mrr"]) for row in rows if Decimal(row["mrr"])} == {
        customer: mrr for customer, mrr in now.items() if mrr
    }
    changed: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for action in actions:
        if DAYS[1] <= action["effective_date"] <= DAYS[3]:
            changed[action["account_id"], action["currency"]] += Decimal(action["amount_change"])
    assert all(Decimal(row["amount"]) == changed[row["account_id"], row["currency"]] for row in rows)
    for _, group in groupby(rows, key=lambda row: row["currency"]):
        mine = list(group)
        assert [int(row["rank"]) for row in mine] == list(range(1, len(mine) + 1))
        assert [Decimal(row["mrr"]) for row in mine] == sorted((Decimal(row["mrr"]) for row in mine), reverse=True)


def test_aging(export: Export) -> None:
    day = "2024-05-31"
    columns = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90")
    expected: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for invoice in export("list", "invoices", "--as-of", day):
        overdue = (date.fromisoformat(day) - plain.day(invoice["due"])).days
        bucket = 0 if overdue <= 0 else min((overdue + 29) // 30, 4)
        if invoice["status"] == "Posted":
            expected[invoice["account"], invoice["currency"], columns[bucket]] += Decimal(invoice["balance"])
    found: Figures = {
        (row["account"], row["currency"], column): Decimal(row[column])
        for row in export("report", "aging", "--to", day)
        for column in columns
    }
    same(found, expected)


def test_expected_invoices(export: Export, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What an invoice run would make, previewed, is what was expected; use that is not rated yet comes on top."""
    rows = export("report", "expected-invoices", "--to", "2025-12-31")
    capsys.readouterr()
    words = ("--json", "--store", str(store), "--today", str(TODAY), "invoice", "--through", "2025-12-31", "--dry-run")
    assert main(words) == 0
    answer = json.loads(capsys.readouterr().out)
    expected: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for shape in answer["invoices"]:
        head = shape["invoice"]
        for line in shape["lines"]:
            if line["type"] == "Charge" and "usage" not in line["description"]:
                expected[head["date"][:7], head["currency"]] += Decimal(line["amount"])
    same({(row["period"], row["currency"]): Decimal(row["amount"]) for row in rows}, expected)


def test_renewals_due(export: Export, store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each asset that is due is renewed at both prices, previewed; the lists say which are due."""
    rows = export("report", "renewals-due", "--days", "200")
    until = str(TODAY + timedelta(days=200))
    ends = {row["id"]: row["lifecycle_end"] for row in export("list", "assets")}
    assert rows
    for row in rows:
        assert str(TODAY) <= row["ends"] == ends[row["asset_id"]] <= until
        for pricing in ("last", "list"):
            capsys.readouterr()
            words = ("renew", row["asset_id"], "--pricing", pricing, "--dry-run")
            assert main(("--json", "--store", str(store), "--today", str(TODAY), *words)) == 0
            order = json.loads(capsys.readouterr().out)["orders"][0]
            assert order["total"] == row[f"{pricing}_total"]
            assert (order["items"][0]["start"], order["items"][0]["end"]) == (row["start"], row["end"])


def test_usage(export: Export, store: Path) -> None:
    metered = next(row for row in export("list", "assets") if row["kind"] == "usage")
    with Desk.open(store, TODAY) as desk:
        for number in range(40):
            at = date(2024, 3, 15) + timedelta(days=2 * number)
            desk.do(usage.add_usage, AddUsage(metered["id"], at, Decimal(number + 1), f"key {number}"))
    expected: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for record in export("list", "usage"):
        if record["counts"] == "true" and DAYS[1] <= record["day"] <= DAYS[3]:
            expected[record["day"][:7], metered["product"]] += Decimal(record["quantity"])
    rows = [row for row in export("report", "usage", *DAYS) if row["product"] == metered["product"]]
    same({(row["period"], row["product"]): Decimal(row["quantity"]) for row in rows}, expected)
