"""Imports: judged whole, stored whole, and never twice."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from calm_desktop.bundled import sample
from calm_desktop.engine.money import plain
from calm_desktop.engine.problems import Refused
from calm_desktop.services import imports
from calm_desktop.services.desk import Cancelled, Desk
from calm_desktop.services.requests import Find, ImportFiles
from calm_desktop.services.sample import fill
from calm_desktop.services.shapes import ImportResult
from calm_desktop.services.views import list_accounts, list_actions, list_imports, list_orders, list_products
from tests.formats.test_foreign import SALESFORCE

HEADER = "order,line,account,product,quantity,price,start,term\n"
ROWS = """\
SO-1,1,Acme,LIC,10,,2022-01-01,12
SO-1,2,Acme,NEW,2,5.00,2022-01-01,12
SO-2,1,Stranger,LIC,1,9.00,2022-02-01,12
"""


def counts(result: ImportResult) -> dict[str, int]:
    names = ("read", "new", "changed", "same", "skipped", "cancelled", "rejected")
    found = {name: getattr(result, name) for name in names}
    assert found["read"] == sum(found.values()) - found["read"]
    return {name: count for name, count in found.items() if count}


def bring_in(desk: Desk, folder: Path, text: str, keep_good: bool = False) -> ImportResult:
    file = folder / "orders.csv"
    file.write_text(text, encoding="utf-8")
    return desk.do(imports.import_files, ImportFiles((str(file),), keep_good=keep_good))


def test_a_file_brings_orders_accounts_and_products(desk: Desk, tmp_path: Path) -> None:
    result = bring_in(desk, tmp_path, HEADER + ROWS)
    assert counts(result) == {"read": 3, "new": 3}
    orders = desk.ask(list_orders, Find())
    assert [(order.number, order.account, order.items, str(order.total.amount)) for order in orders] == [
        ("SO-1", "Acme", 2, "1320.00"),
        ("SO-2", "Stranger", 1, "108.00"),
    ]
    assert "NEW" in [row.code for row in desk.ask(list_products, Find())]
    assert [row.read for row in desk.ask(list_imports, Find())] == [3]


def test_the_same_file_again_adds_nothing_and_a_longer_one_the_rest(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, HEADER + ROWS)
    again = bring_in(desk, tmp_path, HEADER + ROWS)
    assert (again.batch, counts(again)) == (None, {"read": 3, "same": 3})
    more = bring_in(desk, tmp_path, HEADER + ROWS + "SO-1,3,Acme,LIC,1,,2022-03-01,1\n")
    assert counts(more) == {"read": 4, "new": 1, "same": 3}
    assert [order.number for order in desk.ask(list_orders, Find())] == ["SO-1", "SO-2", "SO-1-2"]


def test_lines_that_are_equal_are_as_many_as_the_file_has(desk: Desk, tmp_path: Path) -> None:
    row = "SO-1,,Acme,LIC,10,,2022-01-01,12\n"
    header = HEADER
    assert counts(bring_in(desk, tmp_path, header + row + row)) == {"read": 2, "new": 2}
    assert counts(bring_in(desk, tmp_path, header + row + row + row)) == {"read": 3, "new": 1, "same": 2}


def test_a_changed_row_is_not_taken_silently(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, HEADER + ROWS)
    result = bring_in(desk, tmp_path, HEADER + ROWS.replace("LIC,10", "LIC,11"))
    assert counts(result) == {"read": 3, "same": 2, "changed": 1}
    (problem,) = result.problems
    assert (problem.row, problem.column, problem.found) == (2, "quantity", "11")
    assert problem.expected == "10, as it is stored"


def test_one_bad_row_keeps_the_whole_file_out(desk: Desk, tmp_path: Path) -> None:
    bad = "SO-3,1,Acme,LIC,abc,,2022-01-01,12\nSO-3,2,Acme,ROUTER,1,,2022-01-01,12\nSO-3,3,Acme,GONE,1,,2022-01-01,12\n"
    result = bring_in(desk, tmp_path, HEADER + ROWS + bad)
    assert result.batch is None
    assert counts(result) == {"read": 6, "new": 4, "rejected": 2}
    assert [(problem.row, problem.column, problem.found) for problem in result.problems] == [
        (5, "quantity", "abc"),
        (7, "product", "GONE"),
    ]
    assert desk.ask(list_orders, Find()) == ()
    kept = bring_in(desk, tmp_path, HEADER + ROWS + bad, keep_good=True)
    assert kept.batch is not None
    assert len(desk.ask(list_actions, Find())) == 4


def test_a_product_keeps_how_it_is_sold(desk: Desk, tmp_path: Path) -> None:
    header = "order,account,product,quantity,price,start,selling_model,price_unit\n"
    rows = "1,Acme,ROUTER,1,5,2022-01-01,evergreen,month\n2,Acme,PLAT,1,5,2022-01-01,evergreen,year\n"
    result = bring_in(desk, tmp_path, header + rows)
    assert [problem.column for problem in result.problems] == ["selling_model", "price_unit"]


def test_a_preview_stores_nothing(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + ROWS, encoding="utf-8")
    result = desk.preview(imports.import_files, ImportFiles((str(file),)))
    assert counts(result) == {"read": 3, "new": 3}
    assert desk.ask(list_orders, Find()) == ()
    assert not (tmp_path / "backups").exists()


@pytest.mark.own_places
def test_a_copy_is_kept_before_an_import(desk: Desk, tmp_path: Path) -> None:
    bring_in(desk, tmp_path, HEADER + ROWS)
    (copy,) = (tmp_path / "backups").iterdir()
    with Desk.open(copy) as before:
        assert before.ask(list_orders, Find()) == ()
        assert len(before.ask(list_accounts, Find())) == 2


def test_an_import_that_is_taken_back_stores_nothing(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + ROWS, encoding="utf-8")

    def progress(done: int, total: int | None, what: str) -> None:
        if what == "storing":
            raise Cancelled

    with pytest.raises(Cancelled):
        desk.do(imports.import_files, ImportFiles((str(file),)), progress=progress)
    assert desk.ask(list_orders, Find()) == ()


def test_a_format_and_a_mapping_must_exist(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="There is no format 'xml'"):
        desk.do(imports.import_files, ImportFiles(("x.xml",), format="xml"))
    with pytest.raises(Refused, match="cannot be read"):
        desk.do(imports.import_files, ImportFiles(("x.csv",), mapping=str(tmp_path / "none.json")))


def test_the_sample_orders_come_in_whole() -> None:
    both = ImportFiles((str(sample("orders.csv")), str(sample("orders.json"))))
    with Desk.create("sqlite://", {"currency": "USD"}, today=date(2026, 11, 22)) as empty:
        result = empty.do(imports.import_files, both)
        assert result.problems == ()
        assert counts(result) == {"read": 13, "new": 13}
        assert counts(empty.do(imports.import_files, both)) == {"read": 13, "same": 13}


@pytest.mark.slow
def test_the_sample_orders_go_beside_what_the_demonstration_sells(tmp_path: Path) -> None:
    with Desk.create(tmp_path / "demo.db", {"currency": "USD"}, today=date(2026, 11, 22)) as demo:
        fill(demo)
        result = demo.do(imports.import_files, ImportFiles((str(sample("orders.csv")),)))
        assert result.problems == ()
        assert counts(result) == {"read": 7, "new": 7}


@pytest.mark.slow
def test_a_day_of_the_wholesaler(desk: Desk, shared: Path) -> None:
    request = ImportFiles(
        (str(shared / "data" / "online_retail_days" / "2010-12-01.csv"),), mapping=str(sample("map_online_retail.json"))
    )
    assert counts(desk.do(imports.import_files, request)) == {"read": 3108, "new": 3081, "cancelled": 27}
    assert counts(desk.do(imports.import_files, request)) == {"read": 3108, "same": 3082, "cancelled": 26}
    total = sum(order.total.minor for order in desk.ask(list_orders, Find()))
    assert total == 5896079 - 4140  # one cancellation takes back what was sold on that day


def test_some_of_the_telephone_companys_subscribers(desk: Desk, shared: Path, tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    lines = (shared / "data" / "ibm_telco_churn.csv").read_text("utf-8").splitlines(keepends=True)[:301]
    file.write_text("".join(lines), encoding="utf-8")
    stay = [row for row in csv.DictReader(lines) if row["Churn"] == "No"]
    request = ImportFiles((str(file),), mapping=str(sample("map_telco.json")), parameters=(("day", "2022-03-01"),))
    assert counts(desk.do(imports.import_files, request)) == {"read": 300, "new": 300}
    assert counts(desk.do(imports.import_files, request)) == {"read": 300, "same": 300}
    mrr = sum(row.mrr.amount for row in desk.ask(list_accounts, Find(as_of=date(2022, 3, 1))))
    assert mrr == sum(Decimal(row["MonthlyCharges"]) for row in stay)
    ended = [row for row in desk.ask(list_actions, Find()) if row.category == "Cancellations"]
    assert len(ended) == 300 - len(stay)
    assert {row.effective_date for row in ended} == {date(2022, 3, 1)}


def test_what_has_ended_comes_with_its_end(desk: Desk, tmp_path: Path) -> None:
    header = "order,line,account,product,quantity,price,start,term,cancel_from\n"
    rows = "SO-1,1,Acme,LIC,10,10.00,2021-01-01,12,2021-10-01\nSO-1,2,Acme,LIC,5,10.00,2021-01-01,12,\n"
    assert counts(bring_in(desk, tmp_path, header + rows)) == {"read": 2, "new": 2}
    actions = desk.ask(list_actions, Find())
    assert [(row.category, plain(row.quantity_change), row.effective_date) for row in actions] == [
        ("Initial Sale", "10", date(2021, 1, 1)),
        ("Initial Sale", "5", date(2021, 1, 1)),
        ("Cancellations", "-10", date(2021, 10, 1)),
    ]
    assert counts(bring_in(desk, tmp_path, header + rows)) == {"read": 2, "same": 2}


def test_a_past_that_cannot_be_kept_is_told(desk: Desk, tmp_path: Path) -> None:
    header = "order,account,product,quantity,price,start,term,cancel_from,billed_through\n"
    rows = "1,Acme,ROUTER,1,5,2021-01-01,,2021-02-01,\n2,Acme,CALLS,1,5,2021-01-01,12,,2021-01-31\n"
    result = bring_in(desk, tmp_path, header + rows)
    assert [(problem.row, problem.column, problem.found) for problem in result.problems] == [
        (2, "cancel_from", "2021-02-01"),
        (3, "billed_through", "2021-01-31"),
    ]
    assert result.batch is None


# ------------------------------------------------------------------------------------------- catalogues and customers


def test_a_catalogue_brings_products_and_prices_in_each_way_of_selling(desk: Desk, tmp_path: Path) -> None:
    product = "Name,ProductCode,IsActive,Family\nSupport,SUP,true,Software\nBracket,BRK,true,Hardware\n"
    price = """\
Pricebook2Id,Product2.ProductCode,CurrencyIsoCode,UnitPrice,IsActive,ProductSellingModel.Name
B,SUP,USD,120,true,Yearly
B,SUP,JPY,13000,true,Yearly
B,SUP,USD,12.5,true,Monthly
"""
    model = """\
Name,SellingModelType,PricingTerm,PricingTermUnit
Yearly,TermDefined,1,Annual
Monthly,Evergreen,1,Months
"""
    for name, text in (("p.csv", product), ("e.csv", price), ("m.csv", model)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    folder = ImportFiles((str(tmp_path),))
    result = desk.do(imports.import_files, folder)
    assert (result.problems, counts(result)) == ((), {"read": 5, "new": 5})
    assert result.batch is not None
    rows = {row.code: row for row in desk.ask(list_products, Find())}
    assert [(each.currency, plain(each.price)) for each in rows["SUP"].prices] == [("JPY", "13000"), ("USD", "120")]
    assert (rows["SUP"].selling_model, rows["SUP"].price_unit) == ("term", "year")
    assert (rows["SUP/evergreen-month"].name, rows["SUP/evergreen-month"].price) == ("Support", Decimal("12.5"))
    assert (rows["BRK"].kind, rows["BRK"].prices) == ("physical", ())
    assert counts(desk.do(imports.import_files, folder)) == {"read": 5, "same": 5}
    (tmp_path / "e.csv").write_text(price.replace("120", "125"), encoding="utf-8")
    (problem,) = desk.do(imports.import_files, folder).problems
    assert (problem.row, problem.column, problem.found) == (2, "price", "125")
    assert problem.expected == "120, as it is stored"


def test_a_set_brings_its_customers_prices_and_orders_together(desk: Desk, tmp_path: Path) -> None:
    for name, text in SALESFORCE.items():
        # The store has a product LIC of its own.
        (tmp_path / name).write_text(dedent(text).lstrip().replace('"LIC"', '"SUITE"'), encoding="utf-8")
    folder = ImportFiles((str(tmp_path),))
    result = desk.do(imports.import_files, folder)
    assert (result.problems, counts(result)) == ((), {"read": 6, "new": 6})
    assert [(order.number, order.account) for order in desk.ask(list_orders, Find())] == [
        ("00000100", "Acme Ltd"), ("00000101", "Blue Co"),
    ]  # fmt: skip
    assert {row.name for row in desk.ask(list_accounts, Find())} >= {"Acme Ltd", "Blue Co"}
    assert {row.code for row in desk.ask(list_products, Find())} >= {"SUITE", "SUITE/evergreen-month"}
    assert counts(desk.do(imports.import_files, folder)) == {"read": 6, "same": 6}


def test_the_real_catalogue_of_salesforce(desk: Desk, shared: Path) -> None:
    before = sum(len(row.prices) for row in desk.ask(list_products, Find()))
    folder = ImportFiles((str(shared / "data/salesforce_rlm_qb"),))
    result = desk.do(imports.import_files, folder)
    assert (result.problems, result.new, result.skipped) == ((), 314 + 1862 + 3, 319)
    prices = [price for row in desk.ask(list_products, Find()) for price in row.prices]
    assert (len(prices) - before, len({price.currency for price in prices})) == (1862, 7)
    assert desk.do(imports.import_files, folder).same == 314 + 1862 + 3
