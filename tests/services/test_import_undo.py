"""An import is taken back whole, or not at all, and can be made again."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calm_desktop.engine.catalog import SellingModel
from calm_desktop.engine.money import plain
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services import changes, imports, invoices, papers, reports, sales
from calm_desktop.services.catalogue import add_product
from calm_desktop.services.check import check
from calm_desktop.services.customers import add_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.import_undo import undo_import
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    AmendQuantity,
    ApplyPayment,
    Find,
    ImportFiles,
    Look,
    Report,
    RunInvoices,
    SaleLine,
    Sell,
    SetSetting,
    UndoImport,
    VoidInvoice,
)
from calm_desktop.services.settings import set_setting
from calm_desktop.services.shapes import ImportUndone
from calm_desktop.services.views import (
    list_accounts,
    list_assets,
    list_imports,
    list_invoices,
    list_orders,
    list_payments,
    list_products,
    list_usage,
    search,
    show_account,
)
from calm_desktop.services.voiding import void
from calm_desktop.services.wire import to_json

HEADER = "order,line,account,product,quantity,price,start,term,cancel_from\n"
ROWS = """\
SO-1,1,Acme,LIC,10,,2022-01-01,12,
SO-1,2,Acme,NEW,2,5.00,2022-01-01,12,2022-07-01
SO-2,1,Stranger,LIC,1,9.00,2022-02-01,12,
"""


def bring_in(desk: Desk, folder: Path, text: str = HEADER + ROWS) -> str:
    file = folder / "orders.csv"
    file.write_text(text, encoding="utf-8")
    result = desk.do(imports.import_files, ImportFiles((str(file),)))
    assert result.problems == ()
    assert result.batch is not None
    return result.batch


def take_back(desk: Desk, batch: str) -> ImportUndone:
    return desk.do(undo_import, UndoImport(batch))


def refused(desk: Desk, batch: str) -> tuple[Problem, ...]:
    with pytest.raises(Refused) as told:
        desk.do(undo_import, UndoImport(batch))
    return tuple(told.value.problems)


def figures(desk: Desk) -> Any:
    """What customers own and what it is worth, whatever the ids: undone assets are none."""
    accounts = {row.name: to_json(desk.ask(show_account, Look(row.id))) for row in desk.ask(list_accounts, Find())}
    assets = [asset for asset in desk.ask(list_assets, Find()) if asset.status != "Undone"]
    return (
        {name: (shape["cards"], shape["series"]) for name, shape in accounts.items()},
        sorted((asset.account, asset.name, asset.quantity, asset.mrr, asset.lifecycle_end) for asset in assets),
        [(row.code, row.name, row.price, row.prices) for row in desk.ask(list_products, Find())],
        to_json(desk.ask(reports.mrr_movements, Report(date(2022, 1, 1), date(2023, 6, 30)))),
    )


def test_an_import_is_taken_back_whole_and_can_be_made_again(desk: Desk, tmp_path: Path) -> None:
    before = figures(desk)
    batch = bring_in(desk, tmp_path)
    after = figures(desk)
    done = take_back(desk, batch)
    assert (done.orders, done.assets, done.actions) == (3, 3, 4)
    assert (done.accounts, done.products, done.prices) == (1, 1, 1)
    assert figures(desk) == before
    assert desk.ask(search, "Stranger") == ()
    assert [row.taken_back_at is None for row in desk.ask(list_imports, Find())] == [False]
    assert desk.ask(check, None).ok
    again = bring_in(desk, tmp_path)
    assert figures(desk) == after
    assert [hit.title for hit in desk.ask(search, "Stranger")] == ["Stranger"]
    assert take_back(desk, again).actions == 4
    assert desk.ask(check, None).ok


def test_an_import_that_was_taken_back_is_not_taken_back_twice(desk: Desk, tmp_path: Path) -> None:
    batch = bring_in(desk, tmp_path)
    take_back(desk, batch)
    (problem,) = refused(desk, batch)
    assert (problem.code, problem.field) == ("taken-back-already", "batch")
    assert problem.message.startswith("The import of orders.csv was taken back already, on ")
    (problem,) = refused(desk, "750000000000009AAA")
    assert problem.code == "unknown-import"


def test_a_preview_takes_nothing_back(desk: Desk, tmp_path: Path) -> None:
    batch = bring_in(desk, tmp_path)
    after = figures(desk)
    assert desk.preview(undo_import, UndoImport(batch)).actions == 4
    assert figures(desk) == after


def test_later_changes_invoices_and_orders_of_its_customers_depend_on_it(desk: Desk, tmp_path: Path) -> None:
    batch = bring_in(desk, tmp_path)
    stranger = next(asset for asset in desk.ask(list_assets, Find()) if asset.account == "Stranger")
    desk.do(changes.amend_quantity, AmendQuantity(stranger.id, Decimal(1), date(2022, 3, 1)))
    desk.do(sales.sell, Sell("Stranger", (SaleLine("NEW", Decimal(1), date(2022, 3, 1), term=1),)))
    run = desk.do(invoices.run, RunInvoices(date(2022, 1, 1), account="Acme"))
    after = figures(desk)
    found = refused(desk, batch)
    assert sorted({problem.code for problem in found}) == ["invoiced", "later-action", "other-order"]
    assert [problem.place for problem in found if problem.code == "other-order"] == ["Stranger", "NEW"]
    assert figures(desk) == after
    for shape in run.invoices:
        if shape.invoice.charges.minor:
            desk.do(void, VoidInvoice(shape.invoice.id))
    assert "invoiced" not in {problem.code for problem in refused(desk, batch)}


def test_of_very_many_things_that_depend_on_it_the_first_are_named(desk: Desk, tmp_path: Path) -> None:
    rows = "".join(f"S-{number},1,Acme,LIC,1,,2022-01-01,12,\n" for number in range(25))
    batch = bring_in(desk, tmp_path, HEADER + rows)
    for asset in desk.ask(list_assets, Find()):
        desk.do(changes.amend_quantity, AmendQuantity(asset.id, Decimal(1), date(2022, 3, 1)))
    found = refused(desk, batch)
    assert [problem.code for problem in found] == ["later-action"] * 20 + ["more-depends"]
    assert found[-1].message.startswith("5 more things depend on this import.")


def test_an_import_whose_assets_were_not_made_yet_is_taken_back_too(desk: Desk, tmp_path: Path) -> None:
    desk.do(set_setting, SetSetting("auto-flow", "off"))
    batch = bring_in(desk, tmp_path, HEADER + "SO-1,1,Acme,LIC,10,,2022-01-01,12,\n")
    assert take_back(desk, batch).actions == 1
    assert {order.number for order in desk.ask(list_orders, Find())} > {"SO-1"}
    assert desk.ask(check, None).ok


LINES = st.lists(
    st.tuples(
        st.sampled_from(["A-1", "A-2", "A-3"]),
        st.sampled_from(["Acme", "Beta", "Gamma"]),
        st.sampled_from(["LIC", "PLAT", "FRESH"]),
        st.integers(1, 20),
        st.dates(date(2021, 6, 1), date(2022, 6, 1)),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@given(LINES)
@settings(max_examples=8)
def test_import_and_undo_leave_the_figures_of_before(lines: list[tuple[str, str, str, int, date, bool]]) -> None:
    text = HEADER + "".join(
        f"{order},,{account},{product},{quantity},7.5,{start},{'' if product == 'PLAT' else 12},"
        f"{start.replace(year=start.year + 1) if ends and product == 'PLAT' else ''}\n"
        for order, account, product, quantity, start, ends in lines
    )
    made = Desk.create("sqlite://", {"currency": "USD"}, today=date(2022, 3, 1))
    with made as desk, TemporaryDirectory() as folder:
        desk.do(add_account, AddAccount("Acme"))
        desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
        desk.do(add_product, AddProduct("Platform", "PLAT", Decimal(500), selling_model=SellingModel.EVERGREEN))
        before = figures(desk)
        batch = bring_in(desk, Path(folder), text)
        after = figures(desk)
        take_back(desk, batch)
        assert figures(desk) == before
        assert desk.ask(check, None).ok
        bring_in(desk, Path(folder), text)
        assert figures(desk) == after


USE = '{"name": "meters", "record": "usage", "fields": {"asset": "A", "at": "B", "quantity": "C", "key": "D"}}'


def import_file(desk: Desk, folder: Path, text: str, mapping: str = "") -> str:
    (folder / "rows.csv").write_text(text, encoding="utf-8")
    (folder / "map.json").write_text(mapping, encoding="utf-8")
    request = ImportFiles((str(folder / "rows.csv"),), mapping=str(folder / "map.json") if mapping else "")
    result = desk.do(imports.import_files, request)
    assert result.problems == ()
    assert result.batch is not None
    return result.batch


STRIPE = """\
id,Amount Due,Amount Paid,Customer,Currency,Date (UTC),Number,Status
in_1,100.00,100.00,Acme,usd,2022-01-31 10:00,A-1,paid
"""


def test_payments_of_an_import_are_paid_back(desk: Desk, tmp_path: Path) -> None:
    batch = import_file(desk, tmp_path, STRIPE)
    assert [str(payment.balance.amount) for payment in desk.ask(list_payments, Find())] == ["100.00"]
    assert take_back(desk, batch).payments == 1
    assert [str(payment.balance.amount) for payment in desk.ask(list_payments, Find())] == ["0.00"]
    import_file(desk, tmp_path, STRIPE)
    assert [str(payment.balance.amount) for payment in desk.ask(list_payments, Find())] == ["0.00", "100.00"]


def test_a_payment_that_has_paid_an_invoice_is_not_taken_back(desk: Desk, tmp_path: Path) -> None:
    batch = import_file(desk, tmp_path, STRIPE)
    desk.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(1), date(2022, 1, 1), term=12),)))
    desk.do(invoices.run, RunInvoices(date(2022, 1, 1)))
    invoice = desk.ask(list_invoices, Find())[0]
    payment = desk.ask(list_payments, Find())[0]
    desk.do(papers.apply_payment, ApplyPayment(payment.id, invoice.id))
    (problem,) = refused(desk, batch)
    assert (problem.code, problem.place) == ("payment-applied", payment.number)
    assert f"has paid invoice {invoice.number}. Void that invoice first" in problem.message


RETURNS = """\
order,account,product,quantity,price,start
S-1,Acme,ROUTER,5,200,2022-01-01
C-1,Acme,ROUTER,-2,200,2022-02-01
"""
SHOP = json.dumps(
    {
        "name": "shop",
        "cancellation": [{"column": "quantity", "op": "<", "value": "0"}],
        "fields": {name: name for name in ("order", "account", "product", "quantity", "price", "start")},
    }
)


def test_what_rows_have_taken_back_is_owned_again(desk: Desk, tmp_path: Path) -> None:
    first = import_file(desk, tmp_path, "".join(RETURNS.splitlines(keepends=True)[:2]), SHOP)
    sold = figures(desk)
    second = import_file(desk, tmp_path, RETURNS, SHOP)
    assert [str(asset.quantity) for asset in desk.ask(list_assets, Find())] == ["3.000000"]
    assert refused(desk, first)[0].code == "later-action"
    assert take_back(desk, second).actions == 1
    assert figures(desk) == sold
    take_back(desk, first)
    assert desk.ask(list_assets, Find())[0].status == "Undone"


def test_use_that_an_import_recorded_counts_no_more_and_can_come_again(desk: Desk, tmp_path: Path) -> None:
    desk.do(sales.sell, Sell("Acme", (SaleLine("CALLS", Decimal(1), date(2022, 1, 1), term=12),)))
    meter = desk.ask(list_assets, Find())[0]
    rows = f"A,B,C,D\n{meter.number},2022-01-05,100,k-1\n{meter.number},2022-01-06,50,k-2\n"
    batch = import_file(desk, tmp_path, rows, USE)
    assert used(desk) == {"k-1": "100", "k-2": "50"}
    assert take_back(desk, batch).usage == 2
    assert used(desk) == {"k-1": "0", "k-2": "0"}
    again = import_file(desk, tmp_path, rows, USE)
    assert used(desk) == {"k-1": "100", "k-2": "50"}
    desk.do(invoices.run, RunInvoices(date(2022, 2, 28)))
    assert [problem.code for problem in refused(desk, again)] == ["usage-rated", "usage-rated"]
    assert used(desk) == {"k-1": "100", "k-2": "50"}


def used(desk: Desk) -> dict[str, str]:
    return {row.key: plain(row.quantity) for row in desk.ask(list_usage, Find()) if row.counts}
