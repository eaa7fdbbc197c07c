"""Rows that were imported before and come again with other values are shown, and it is asked what to do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from calm_desktop.engine.money import plain
from calm_desktop.services import changes, imports
from calm_desktop.services.catalogue import set_product
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.import_undo import undo_import
from calm_desktop.services.requests import AmendQuantity, Find, ImportFiles, SetProduct, UndoImport
from calm_desktop.services.shapes import ImportResult
from calm_desktop.services.views import list_accounts, list_assets, list_products

HEADER = "order,line,account,product,quantity,price,start,term,order_date,source,cancel_from,boundary\n"
FIRST = """\
SO-1,1,Acme,LIC,10,9.00,2022-01-01,12,2021-12-20,CRM:7,,
SO-1,2,Acme,LIC,2,,2022-01-01,12,2021-12-20,,2022-07-01,
SO-2,1,Belmont,PLAT,1,,2022-02-01,,,,,
"""


def bring_in(desk: Desk, folder: Path, rows: str, changed: str = "", keep_good: bool = False) -> ImportResult:
    file = folder / "orders.csv"
    file.write_text(HEADER + rows, encoding="utf-8")
    return desk.do(imports.import_files, ImportFiles((str(file),), changed=changed, keep_good=keep_good))


def owned(desk: Desk) -> list[tuple[str, str, str, str]]:
    return [
        (asset.account, asset.name, plain(asset.quantity), str(asset.total_lifecycle_amount.amount))
        for asset in desk.ask(list_assets, Find())
        if asset.status != "Undone"
    ]


def told(result: ImportResult) -> list[tuple[int, str, str, str]]:
    return [(row.row, each.field, each.before, each.now) for row in result.changed_rows for each in row.differences]


def test_what_differs_is_shown_and_nothing_is_stored(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, FIRST)
    before = owned(desk)
    rows = """\
SO-1,1,Acme,LIC,11,9.50,2022-01-01,24,2021-12-21,CRM:8,,day:5
SO-1,2,Acme,LIC,2,,2022-01-01,12,2021-12-20,,,
SO-2,1,Acme,LIC,1,,2022-02-01,12,,,,
SO-3,1,Acme,LIC,1,,2022-02-01,12,,,,
"""
    result = bring_in(desk, tmp_path, rows)
    assert result.batch is None
    assert (result.read, result.new, result.changed, result.rejected) == (4, 1, 3, 0)
    assert told(result) == [
        (2, "order_date", "2021-12-20", "2021-12-21"),
        (2, "source", "CRM:7", "CRM:8"),
        (2, "quantity", "10", "11"),
        (2, "price", "9", "9.5"),
        (2, "end", "2022-12-31", "2023-12-31"),
        (2, "boundary", "anniversary", "day:5"),
        (3, "cancel_from", "2022-07-01", ""),
        (4, "account", "A-00002", "Acme"),
        (4, "product", "PLAT", "LIC"),
    ]
    assert [(problem.row, problem.column, problem.found) for problem in result.problems][:2] == [
        (2, "order_date", "2021-12-21"),
        (2, "source", "CRM:8"),
    ]
    assert "--changed take" in result.problems[0].fix
    assert owned(desk) == before


def test_a_row_that_says_the_same_in_other_words_is_the_same(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, FIRST)
    result = bring_in(desk, tmp_path, FIRST.replace("SO-2,1,Belmont,PLAT,1,", "SO-2,1,Belmont,PLAT,1,500"))
    assert (result.read, result.same, result.changed, result.problems) == (3, 3, 0, ())


def test_what_is_stored_can_be_kept(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, FIRST)
    before = owned(desk)
    rows = FIRST.replace("LIC,10", "LIC,11") + "SO-3,1,Acme,LIC,1,,2022-02-01,12,,,,\n"
    result = bring_in(desk, tmp_path, rows, changed="keep")
    assert (result.new, result.changed, result.same, result.problems) == (1, 1, 2, ())
    assert owned(desk) == [*before, ("Acme", "Licence", "1", "120.00")]


def test_a_row_can_be_taken_and_is_the_same_when_it_comes_again(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, FIRST)
    before = owned(desk)
    rows = FIRST.replace("LIC,10", "LIC,11").replace("2022-07-01", "2022-09-01")
    result = bring_in(desk, tmp_path, rows, changed="take")
    assert (result.new, result.changed, result.same, result.problems) == (0, 2, 1, ())
    assert owned(desk) == [
        ("Belmont", "Platform", "1", "0.00"),
        ("Acme", "Licence", "11", "1188.00"),
        ("Acme", "Licence", "2", "160.00"),
    ]
    again = bring_in(desk, tmp_path, rows)
    assert (again.batch, again.same) == (None, 3)
    assert told(bring_in(desk, tmp_path, FIRST))[0] == (2, "quantity", "11", "10")
    assert desk.ask(check, None).ok
    assert result.batch is not None
    desk.do(undo_import, UndoImport(result.batch))
    assert sorted(owned(desk)) == sorted(before)


@pytest.mark.parametrize("keep_good", [False, True])
def test_a_row_on_which_something_depends_is_not_taken(desk: Desk, tmp_path: Path, keep_good: bool) -> None:
    bring_in(desk, tmp_path, FIRST)
    asset = desk.ask(list_assets, Find())[0]
    desk.do(changes.amend_quantity, AmendQuantity(asset.id, Decimal(1), date(2022, 3, 1)))
    before = owned(desk)
    result = bring_in(desk, tmp_path, FIRST.replace("LIC,10", "LIC,11"), "take", keep_good)
    assert (result.batch, result.changed, result.same) == (None, 1, 2)
    (problem,) = result.problems
    assert (problem.row, problem.column) == (2, "line")
    assert "Upsells of Licence from 2022-03-01" in problem.expected
    assert owned(desk) == before


def test_a_row_that_cannot_be_sold_anew_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, FIRST)
    before = owned(desk)
    result = bring_in(desk, tmp_path, FIRST.replace("LIC,10", "GONE,10").replace("9.00", ""), "take", True)
    assert (result.batch, result.changed, result.same, result.rejected) == (None, 0, 2, 1)
    assert owned(desk) == before


def records(desk: Desk, folder: Path, account: str, product: str, price: str, changed: str = "") -> ImportResult:
    """Import Salesforce files of one account, one product and its price."""
    for name, text in {
        "Account": f"Id,AccountNumber,Name,BillingCountry\n001,N-1,{account},DE\n",
        "Product2": f"Id,ProductCode,Name,IsActive,Family\n01t,NEW,{product},true,Software\n",
        "PricebookEntry": "Pricebook2Id,Product2.ProductCode,CurrencyIsoCode,UnitPrice,IsActive\n"
        f"B,NEW,USD,{price},true\n",
    }.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    files = tuple(str(folder / f"{name}.csv") for name in ("Account", "Product2", "PricebookEntry"))
    return desk.do(imports.import_files, ImportFiles(files, changed=changed))


def catalogue(desk: Desk) -> list[tuple[str, str, str]]:
    products = [(row.code, row.name, str(row.price)) for row in desk.ask(list_products, Find()) if row.code == "NEW"]
    return [(row.number, row.name, "") for row in desk.ask(list_accounts, Find()) if row.number == "N-1"] + products


def test_records_that_say_other_than_the_store_are_asked_for_too(desk: Desk, tmp_path: Path) -> None:
    assert records(desk, tmp_path, "Nimbus", "New one", "5").new == 3
    result = records(desk, tmp_path, "Nimbus AG", "Newer one", "6")
    assert (result.batch, result.read, result.changed) == (None, 3, 3)
    assert told(result) == [
        (2, "name", "Nimbus", "Nimbus AG"),
        (2, "name", "New one", "Newer one"),
        (2, "price", "5", "6"),
    ]
    assert result.problems[0].expected == "Nimbus, as it is stored"
    assert records(desk, tmp_path, "Nimbus AG", "Newer one", "6", "keep").problems == ()
    assert catalogue(desk) == [("N-1", "Nimbus", ""), ("NEW", "New one", "5.000000")]
    taken = records(desk, tmp_path, "Nimbus AG", "Newer one", "6", "take")
    assert taken.problems == ()
    assert catalogue(desk) == [("N-1", "Nimbus AG", ""), ("NEW", "Newer one", "6.000000")]
    assert records(desk, tmp_path, "Nimbus AG", "Newer one", "6").same == 3
    assert taken.batch is not None
    assert desk.do(undo_import, UndoImport(taken.batch)).restored == 3
    assert catalogue(desk) == [("N-1", "Nimbus", ""), ("NEW", "New one", "5.000000")]


def test_what_was_changed_again_since_stays(desk: Desk, tmp_path: Path) -> None:
    records(desk, tmp_path, "Nimbus", "New one", "5")
    taken = records(desk, tmp_path, "Nimbus AG", "Newer one", "6", "take")
    desk.do(set_product, SetProduct("NEW", name="Newest one"))
    assert taken.batch is not None
    assert desk.do(undo_import, UndoImport(taken.batch)).restored == 2
    assert catalogue(desk) == [("N-1", "Nimbus", ""), ("NEW", "Newest one", "5.000000")]


def test_each_import_that_is_taken_back_brings_back_what_stood_before_it(desk: Desk, tmp_path: Path) -> None:
    first = bring_in(desk, tmp_path, FIRST).batch
    stages = [(first, owned(desk))]
    for quantity in ("11", "12"):
        rows = FIRST.replace("LIC,10", f"LIC,{quantity}")
        stages.append((bring_in(desk, tmp_path, rows, changed="take").batch, owned(desk)))
    (_, begun), (second, once), (third, _) = stages
    assert third is not None
    assert desk.do(undo_import, UndoImport(third)).restored == 1
    assert sorted(owned(desk)) == sorted(once)
    assert bring_in(desk, tmp_path, FIRST.replace("LIC,10", "LIC,11")).same == 3
    assert second is not None
    desk.do(undo_import, UndoImport(second))
    assert sorted(owned(desk)) == sorted(begun)
    assert bring_in(desk, tmp_path, FIRST).same == 3
    assert first is not None
    desk.do(undo_import, UndoImport(first))
    assert owned(desk) == []
    assert desk.ask(check, None).ok
