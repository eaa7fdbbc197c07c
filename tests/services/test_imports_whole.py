"""Imports of everything that files bring, beside sales: what was taken back, use, money, and what is billed already."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from calm_desktop.bundled import sample
from calm_desktop.engine.money import plain
from calm_desktop.engine.problems import Refused
from calm_desktop.services import changes, customers, import_returns, import_tally, imports, invoices, undoing
from calm_desktop.services.desk import Cancelled, Desk
from calm_desktop.services.requests import (
    AddAccount,
    CancelAsset,
    Find,
    ImportFiles,
    Look,
    RepriceAsset,
    RunInvoices,
    UndoAction,
)
from calm_desktop.services.shapes import ImportResult
from calm_desktop.services.views import (
    list_actions,
    list_assets,
    list_invoices,
    list_orders,
    list_usage,
    show_asset,
)
from tests.services.test_imports import bring_in, counts

SHOP: dict[str, Any] = {
    "name": "shop",
    "cancellation": [{"column": "Invoice", "op": "starts", "value": "C"}],
    "fields": {
        "order": "Invoice", "account": "Customer", "product": "Code", "quantity": "Quantity", "price": "Price",
        "start": "Day", "selling_model": {"constant": "one-time"}, "price_unit": {"constant": "once"},
    },
}  # fmt: skip
SHOP_HEADER = "Invoice,Customer,Code,Quantity,Price,Day"


def mapped(desk: Desk, folder: Path, mapping: dict[str, Any], *rows: str, keep_good: bool = False) -> ImportResult:
    (folder / "map.json").write_text(json.dumps(mapping), encoding="utf-8")
    file = folder / "rows.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    request = ImportFiles((str(file),), mapping=str(folder / "map.json"), keep_good=keep_good)
    return desk.do(imports.import_files, request)


def shop(desk: Desk, folder: Path, *rows: str) -> ImportResult:
    return mapped(desk, folder, SHOP, SHOP_HEADER, *rows)


def acts(desk: Desk) -> list[tuple[str, str, str, date]]:
    rows = desk.ask(list_actions, Find())
    return [(row.category, plain(row.quantity_change), str(row.amount_change), row.effective_date) for row in rows]


# ------------------------------------------------------------------------------------------- what is taken back


def test_goods_come_back_at_their_price(desk: Desk, tmp_path: Path) -> None:
    result = shop(
        desk, tmp_path,
        "1,Acme,MUG,5,2.00,2022-01-01",
        "2,Acme,MUG,5,2.50,2022-01-02",
        "C3,Acme,MUG,-7,2.00,2022-01-03",
    )  # fmt: skip
    assert counts(result) == {"read": 3, "new": 2, "cancelled": 1}
    assert result.skipped_rows == ()
    assert acts(desk) == [
        ("Initial Sale", "5", "10.00", date(2022, 1, 1)),
        ("Initial Sale", "5", "12.50", date(2022, 1, 2)),
        ("Downsells", "-5", "-10.00", date(2022, 1, 3)),  # those at its own price before those at another
        ("Downsells", "-2", "-5.00", date(2022, 1, 3)),
    ]
    orders = desk.ask(list_orders, Find())
    assert [(order.number, order.kind, order.items, str(order.total)) for order in orders] == [
        ("1", "New", 1, "10.00"),
        ("2", "New", 1, "12.50"),
        ("C3", "Amend", 2, "-15.00"),
    ]


def test_what_nobody_sold_is_left_out_and_told(desk: Desk, tmp_path: Path) -> None:
    result = shop(
        desk, tmp_path, "1,Acme,MUG,5,2.00,2022-01-01", "C2,Acme,MUG,-7,2.00,2022-01-02", "C3,Bo,MUG,-1,2,2022-01-02"
    )
    assert counts(result) == {"read": 3, "new": 1, "cancelled": 2}
    assert [(row.row, row.reason) for row in result.skipped_rows] == [
        (3, "takes back 7, of which 2 of MUG that no imported line has sold to Acme before"),
        (4, "takes back 1 of MUG that no imported line has sold to Bo before"),
    ]


def test_what_an_earlier_file_sold_is_taken_back_and_nothing_twice(desk: Desk, tmp_path: Path) -> None:
    shop(desk, tmp_path, "1,Acme,MUG,5,2.00,2022-01-01")
    back = ("C2,Acme,MUG,-3,2.00,2022-01-02",)
    assert counts(shop(desk, tmp_path, *back)) == {"read": 1, "cancelled": 1}
    assert counts(shop(desk, tmp_path, *back)) == {"read": 1, "same": 1}
    assert [plain(asset.quantity) for asset in desk.ask(list_assets, Find())] == ["2"]
    assert counts(shop(desk, tmp_path, "C2,Acme,MUG,-3,2.00,2022-01-02", "C4,Acme,MUG,-9,2.00,2022-01-04")) == {
        "read": 2, "same": 1, "cancelled": 1,
    }  # fmt: skip
    assert [plain(asset.quantity) for asset in desk.ask(list_assets, Find())] == ["0"]


def test_a_sale_by_hand_is_not_taken_back_by_a_file(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, "order,account,product,quantity,price,start\n1,Acme,ROUTER,5,2.00,2022-01-01\n")
    result = shop(desk, tmp_path, "C2,Acme,ROUTER,-3,2.00,2022-01-02")  # our own format is another system
    assert (result.batch, counts(result), len(result.skipped_rows)) == (None, {"read": 1, "cancelled": 1}, 1)


@pytest.mark.parametrize(
    ("quantity", "category", "kind", "left"),
    [("-10", "Cancellations", "Cancel", "0"), ("-4", "Downsells", "Amend", "6")],
    ids=["whole", "part"],
)
def test_a_subscription_ends_or_goes_on_with_less(
    desk: Desk, tmp_path: Path, quantity: str, category: str, kind: str, left: str
) -> None:
    sold = {"selling_model": {"constant": "term"}, "price_unit": {"constant": "month"}, "term": {"constant": "12"}}
    mapping = SHOP | {"fields": SHOP["fields"] | sold}
    mapped(
        desk, tmp_path, mapping, SHOP_HEADER, "1,Acme,SUB,10,5.00,2022-01-01", f"C2,Acme,SUB,{quantity},5.00,2022-07-01"
    )
    last = desk.ask(list_actions, Find())[-1]
    assert (last.category, last.effective_date) == (category, date(2022, 7, 1))
    assert str(last.amount_change) == f"{int(quantity) * 5 * 6}.00"
    assert desk.ask(list_orders, Find())[-1].kind == kind
    (asset,) = desk.ask(list_assets, Find(as_of=date(2022, 7, 1)))
    assert plain(asset.quantity) == left


def test_a_day_of_the_wholesaler_is_taken_back_as_an_independent_count_says(
    desk: Desk, shared: Path, tmp_path: Path
) -> None:
    """The rule of `formats.cancellations`, worked out here by plain Python over the first lines of a real day."""
    lines = (shared / "data/online_retail_days/2010-12-01.csv").read_text("utf-8").splitlines(keepends=True)[:801]
    rows = list(csv.DictReader(lines))
    # Some of them come back, in an order of their own.
    back = [row for row in rows if not row["InvoiceNo"].startswith("C") and int(row["Quantity"]) > 3][::9]
    for number, row in enumerate(back):
        again = row | {"InvoiceNo": f"C9{number // 3}", "Quantity": "-3", "InvoiceDate": "2010-12-02 10:00:00"}
        rows.append(again)
    file = tmp_path / "day.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    left: dict[int, int] = {}
    sold: dict[tuple[str, str], list[int]] = {}
    uncovered = 0
    for place, row in enumerate(rows):
        key, quantity = (row["CustomerID"], row["StockCode"]), int(row["Quantity"])
        if quantity > 0 and not row["InvoiceNo"].startswith("C"):
            left[place] = quantity
            sold.setdefault(key, []).append(place)
            continue
        rest = abs(quantity)
        latest = sold.get(key, [])[::-1]
        own = [each for each in latest if rows[each]["UnitPrice"] == row["UnitPrice"]]
        mine = own + [each for each in latest if each not in own]
        for each in mine:
            taken = min(left[each], rest)
            left[each] -= taken
            rest -= taken
        uncovered += rest > 0

    request = ImportFiles((str(file),), mapping=str(sample("map_online_retail.json")))
    result = desk.do(imports.import_files, request)
    cancelled = len(rows) - len(left)
    assert counts(result) == {"read": len(rows), "new": len(left), "cancelled": cancelled}
    assert len(result.skipped_rows) == uncovered
    owned = [asset.quantity for asset in desk.ask(list_assets, Find(as_of=date(2010, 12, 2)))]
    assert sorted(owned) == sorted(map(Decimal, left.values()))


# ------------------------------------------------------------------------------------------- use and money

CALLS = {
    "name": "meter",
    "tables": {
        "orders": {
            "recognise": {"columns": ["Order", "Customer"]},
            "fields": {
                "order": "Order", "account": "Customer", "product": {"constant": "CALLS"}, "start": "Day",
                "quantity": {"constant": "1"}, "term": {"constant": "12"},
            },
        },
        "records": {
            "recognise": {"columns": ["Meter", "When", "Count"]},
            "record": "usage",
            "fields": {"asset": "Meter", "at": "When", "quantity": "Count", "key": "Key"},
        },
    },
}  # fmt: skip


def metered(desk: Desk, folder: Path, *records: str) -> ImportResult:
    (folder / "map.json").write_text(json.dumps(CALLS), encoding="utf-8")
    (folder / "b_orders.csv").write_text("Order,Customer,Day\n1,Acme,2022-01-01\n", encoding="utf-8")
    # The records stand first in the folder: they wait for the sale.
    (folder / "a_records.csv").write_text("\n".join(["Meter,When,Count,Key", *records]) + "\n", encoding="utf-8")
    files = tuple(str(folder / name) for name in ("a_records.csv", "b_orders.csv"))
    return desk.do(imports.import_files, ImportFiles(files, mapping=str(folder / "map.json")))


def test_use_is_recorded_once(desk: Desk, tmp_path: Path) -> None:
    records = ("AST-000001,2022-01-10,50,k1", "AST-000001,2022-01-11,70,k2")
    assert counts(metered(desk, tmp_path, *records)) == {"read": 3, "new": 3}
    assert counts(metered(desk, tmp_path, *records)) == {"read": 3, "same": 3}
    assert [(row.key, plain(row.quantity)) for row in desk.ask(list_usage, Find())] == [("k1", "50"), ("k2", "70")]
    changed = metered(desk, tmp_path, "AST-000001,2022-01-10,51,k1")
    assert [(each.column, each.file) for each in changed.problems] == [("line", "a_records.csv")]


def test_use_of_what_is_not_in_service_is_refused(desk: Desk, tmp_path: Path) -> None:
    result = metered(desk, tmp_path, "AST-000001,2021-12-31,50,k1", "AST-000009,2022-01-10,50,k2")
    assert result.batch is None
    assert [(each.row, each.column) for each in result.problems] == [(2, "at"), (3, "asset")]
    assert desk.ask(list_assets, Find()) == ()


STRIPE_INVOICES = "id,Amount Due,Amount Paid,Customer,Currency,Date (UTC),Number,Status\n"


def test_money_is_kept_on_account_and_counted_once(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "invoices.csv"
    row = "in_1,100.00,100.00,Acme,usd,2022-01-31 10:00,A-1,paid\n"
    file.write_text(STRIPE_INVOICES + row, encoding="utf-8")
    request = ImportFiles((str(file),))
    result = desk.do(imports.import_files, request)
    assert (counts(result), result.skipped_rows) == ({"read": 1, "new": 1}, ())
    assert counts(desk.do(imports.import_files, request)) == {"read": 1, "same": 1}


def test_money_pays_the_invoice_that_it_names(desk: Desk, tmp_path: Path) -> None:
    header = "order,account,product,quantity,price,start,term\n"
    bring_in(desk, tmp_path, header + "1,Acme,LIC,10,10.00,2022-01-01,1\n")
    desk.do(invoices.run, RunInvoices(date(2022, 1, 1)))
    (invoice,) = desk.ask(list_invoices, Find())
    file = tmp_path / "paid.csv"
    row = f"in_1,100.00,40.00,Acme,usd,2022-01-31 10:00,{invoice.number},paid\n"
    file.write_text(STRIPE_INVOICES + row, encoding="utf-8")
    desk.do(imports.import_files, ImportFiles((str(file),)))
    assert [str(each.balance) for each in desk.ask(list_invoices, Find())] == ["60.00"]


# ------------------------------------------------------------------------------------------- what is billed already

BILLED = "order,account,product,quantity,price,start,term,billed_through\n"


def billing(desk: Desk) -> list[tuple[str | None, str | None, bool]]:
    (asset,) = desk.ask(list_assets, Find())
    plans = desk.ask(show_asset, Look(asset.id)).billing.schedules
    return [(str(each.total), str(each.billed), each.billed_elsewhere) for each in plans]


def test_what_another_system_billed_is_never_invoiced_here(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, BILLED + "1,Acme,LIC,10,10.00,2022-01-01,12,2022-06-30\n")
    (action,) = desk.ask(list_actions, Find())
    assert (plain(action.quantity_change), str(action.amount_change), str(action.mrr_change)) == (
        "10",
        "1200.00",
        "100.00",
    )
    assert billing(desk) == [("0.00", "0.00", True), ("600.00", "0.00", False)]
    desk.do(invoices.run, RunInvoices(date(2022, 12, 31)))
    rows = desk.ask(list_invoices, Find())
    assert [(row.date, str(row.total)) for row in rows] == [(date(2022, month, 1), "100.00") for month in range(7, 13)]
    assert billing(desk) == [("0.00", "0.00", True), ("600.00", "600.00", False)]


def test_the_days_of_a_period_that_was_billed_in_part_are_shared(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, BILLED + "1,Acme,LIC,10,10.00,2022-01-01,12,2022-06-15\n")
    desk.do(invoices.run, RunInvoices(date(2022, 7, 1)))
    assert [str(row.total) for row in desk.ask(list_invoices, Find())] == ["50.00", "100.00"]


def test_what_is_cancelled_credits_no_more_than_was_billed_here(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, BILLED + "1,Acme,LIC,10,10.00,2022-01-01,12,2022-06-30\n")
    desk.do(invoices.run, RunInvoices(date(2022, 7, 1)))
    (asset,) = desk.ask(list_assets, Find())
    desk.do(changes.cancel, CancelAsset(asset.id, date(2022, 6, 1)), override="as agreed")
    assert billing(desk) == [
        ("0.00", "0.00", True),
        ("0.00", "0.00", False),  # what is taken back of it
        ("100.00", "100.00", False),
        ("-100.00", "0.00", False),
    ]
    action = desk.ask(list_actions, Find())[-1]
    desk.do(invoices.run, RunInvoices(date(2022, 12, 31)))
    assert sum(row.total.minor for row in desk.ask(list_invoices, Find())) == 0
    assert str(action.amount_change) == "-700.00"


def test_a_cancellation_of_what_was_billed_elsewhere_can_be_undone(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, BILLED + "1,Acme,LIC,10,10.00,2022-01-01,12,2022-06-30\n")
    (asset,) = desk.ask(list_assets, Find())
    desk.do(changes.cancel, CancelAsset(asset.id, date(2022, 6, 1)))
    desk.do(undoing.undo, UndoAction(desk.ask(list_actions, Find())[-1].id))
    assert [each[0] for each in billing(desk) if each[2]] == ["0.00"]
    desk.do(undoing.undo, UndoAction(desk.ask(list_actions, Find())[0].id))
    assert {each[0] for each in billing(desk)} == {"0.00"}


def test_days_billed_elsewhere_are_not_charged_anew(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, BILLED + "1,Acme,LIC,10,10.00,2022-01-01,12,2022-06-30\n")
    (asset,) = desk.ask(list_assets, Find())
    with pytest.raises(Refused, match="was billed by another system up to 2022-06-30"):
        desk.do(changes.reprice, RepriceAsset(asset.id, date(2022, 6, 30), price=Decimal(20)))
    desk.do(changes.reprice, RepriceAsset(asset.id, date(2022, 7, 1), price=Decimal(20)))


def test_an_open_subscription_goes_on_after_what_was_billed(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, BILLED + "1,Acme,PLAT,1,500.00,2020-01-01,,2022-02-28\n")
    desk.do(invoices.run, RunInvoices(date(2022, 4, 1)))
    assert [(row.date, str(row.total)) for row in desk.ask(list_invoices, Find())] == [
        (date(2022, 3, 1), "500.00"),
        (date(2022, 4, 1), "500.00"),
    ]


def test_what_is_paid_once_was_billed_whole(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, BILLED + "1,Acme,ROUTER,2,249.90,2022-01-01,,2022-01-01\n")
    desk.do(invoices.run, RunInvoices(date(2022, 12, 31)))
    assert desk.ask(list_invoices, Find()) == ()


# ------------------------------------------------------------------------------------------- as a stream


def scattered() -> list[str]:
    """Orders whose lines stand apart, sales and what comes back, the same customer by several."""
    rows = []
    for place in range(120):
        order = place * 7 % 23
        article, day = f"MUG-{place % 11},{1 + place % 4},{1 + place % 3}.50", 1 + place % 20
        rows.append(f"{order},Customer {order % 5},{article},2022-01-{day:02d}")
        if place % 5 == 4:
            day = 1 + (place + 3) % 28
            rows.append(f"C{order},Customer {order % 5},MUG-{place % 11},-{1 + place % 2},1.50,2022-01-{day:02d}")
    return rows


def everything(desk: Desk) -> object:
    orders = [
        (row.number, row.account, row.kind, row.items, row.total, row.effective_date)
        for row in desk.ask(list_orders, Find())
    ]
    assets = [(row.number, row.account, row.product, row.quantity) for row in desk.ask(list_assets, Find())]
    return orders, assets, acts(desk)


def test_it_makes_no_difference_how_the_rows_are_cut(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shop(desk, tmp_path, *scattered())
    expected = everything(desk)
    with Desk.create("sqlite://", {"currency": "USD"}, today=desk.today) as other:
        for name in ("Acme", "Belmont"):
            other.do(customers.add_account, AddAccount(name))
        monkeypatch.setattr(imports, "PORTION", 7)
        monkeypatch.setattr(import_returns, "_AT_A_TIME", 3)
        cut = shop(other, tmp_path, *scattered())
        assert (counts(cut), cut.skipped_rows) == (counts(whole), whole.skipped_rows)
        assert everything(other) == expected
        assert counts(shop(other, tmp_path, *scattered()))["same"] > 120


def test_an_import_can_be_taken_back_at_any_moment(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "PORTION", 20)
    (tmp_path / "map.json").write_text(json.dumps(SHOP), encoding="utf-8")
    (tmp_path / "rows.csv").write_text("\n".join([SHOP_HEADER, *scattered()]) + "\n", encoding="utf-8")
    request = ImportFiles((str(tmp_path / "rows.csv"),), mapping=str(tmp_path / "map.json"))
    moments: list[tuple[int, int | None, str]] = []
    desk.preview(imports.import_files, request, progress=lambda *each: moments.append(each))
    assert {what for _, _, what in moments} == {"reading", "storing"}
    for last in range(len(moments)):
        left = iter(range(last))

        def progress(done: int, total: int | None, what: str, left: object = left) -> None:
            if next(left, None) is None:  # type: ignore[call-overload]
                raise Cancelled

        with pytest.raises(Cancelled):
            desk.do(imports.import_files, request, progress=progress)
        assert desk.ask(list_orders, Find()) == ()


def test_beyond_the_first_thousands_problems_are_in_a_file(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_tally, "MOST", 2)
    file, told = tmp_path / "orders.csv", tmp_path / "problems.csv"
    rows = [f"{row},Acme,LIC,none,2022-01-01,12" for row in range(5)]
    file.write_text("\n".join(["order,account,product,quantity,start,term", *rows]) + "\n", encoding="utf-8")
    result = desk.do(imports.import_files, ImportFiles((str(file),), problems_file=str(told)))
    assert (len(result.problems), result.problem_count, result.rejected) == (2, 5, 5)
    with told.open(newline="", encoding="utf-8-sig") as stream:
        found = [(row["file"], row["row"], row["column"]) for row in csv.DictReader(stream)]
    assert found == [("orders.csv", str(row), "quantity") for row in range(2, 7)]
    with pytest.raises(Refused, match="cannot be written"):
        desk.do(imports.import_files, ImportFiles((str(file),), problems_file=str(tmp_path / "none" / "p.csv")))
