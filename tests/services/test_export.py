"""A store that is exported in our own format and imported into an empty one is equal in what it shows and lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calm_desktop.engine.catalog import Kind, SellingModel
from calm_desktop.engine.dates import Frequency, Timing
from calm_desktop.engine.fields import FieldObject, FieldType
from calm_desktop.engine.problems import Refused
from calm_desktop.formats.values import boundary as boundary_of
from calm_desktop.services import catalogue, changes, customers, imports, renewals, sales, undoing, usage
from calm_desktop.services import fields as own_fields
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.exports import export_store
from calm_desktop.services.import_undo import undo_import
from calm_desktop.services.requests import (
    AddAccount,
    AddField,
    AddProduct,
    AddUsage,
    AmendQuantity,
    CancelAsset,
    CorrectUsage,
    ExportStore,
    ExtendAsset,
    Find,
    ImportFiles,
    PauseAsset,
    Renew,
    RepriceAsset,
    SaleLine,
    SaleStep,
    Sell,
    SetAsset,
    Source,
    SwapAsset,
    TransferAsset,
    UndoAction,
    UndoImport,
)
from calm_desktop.services.sample import fill
from calm_desktop.services.shapes import ImportResult
from calm_desktop.services.views import (
    list_accounts,
    list_actions,
    list_assets,
    list_orders,
    list_state_periods,
)
from calm_desktop.services.wire import to_json
from tests.whole_store import IDS, OF_INVOICES, everything, without

TODAY = date(2022, 6, 15)


@pytest.fixture
def other() -> Iterator[Desk]:
    """An empty store."""
    with Desk.create("sqlite://", {"currency": "USD"}, today=TODAY) as made:
        yield made


def carried_over(desk: Desk, other: Desk, folder: Path) -> ImportResult:
    file = str(folder / "history.json")
    desk.ask(export_store, ExportStore(file))
    return other.do(imports.import_files, ImportFiles((file,)))


@pytest.fixture
def told(desk: Desk) -> Desk:
    """Each kind of order once, and what goes with them; nothing is invoiced."""
    at = desk.on
    desk.do(own_fields.add_field, AddField("Region", FieldObject.ACCOUNT, FieldType.TEXT))
    desk.do(own_fields.add_field, AddField("Site", FieldObject.ASSET, FieldType.TEXT))
    desk.do(own_fields.add_field, AddField("Ref", FieldObject.ORDER, FieldType.NUMBER))
    desk.do(customers.add_account, AddAccount("Ümlaut & Söhne", bill_day=15, fields=(("Region", "Süd"),)))
    desk.do(catalogue.add_product, AddProduct("Suite", "SUITE", Decimal("12.345678")))
    jan, half = date(2022, 1, 1), date(2022, 7, 1)
    lines = (
        SaleLine("LIC", Decimal(10), jan, term=12, source=Source(work_order="WO-7", line="2")),
        SaleLine("LIC", Decimal(5), jan, term=12, steps=(SaleStep(half, Decimal(8), Decimal(9)),), free_months=1),
        SaleLine("PLAT", Decimal(1), jan, price=Decimal("499.99")),
        SaleLine("ROUTER", Decimal("2.5"), jan, discount=Decimal("12.5"), source=Source(system="CRM", reference="4")),
        SaleLine("CALLS", Decimal(1), jan, term=12, fields=(("Site", "Hall 4"),)),
    )
    at(date(2021, 12, 20)).do(sales.sell, Sell("Acme", lines, fields=(("Ref", "7"),)))
    licence, ramp, platform, _, calls = (row.id for row in desk.ask(list_assets, Find()))
    at(date(2022, 2, 1)).do(changes.amend_quantity, AmendQuantity(licence, Decimal(5), date(2022, 3, 15)))
    at(date(2022, 2, 2)).do(changes.amend_quantity, AmendQuantity(licence, Decimal(-7), date(2022, 5, 1)))
    desk.do(changes.reprice, RepriceAsset(ramp, date(2022, 8, 1), price=Decimal(11)))
    desk.do(changes.pause, PauseAsset(licence, date(2022, 9, 1), date(2022, 9, 30)))
    desk.do(changes.transfer, TransferAsset(ramp, "Belmont", date(2022, 10, 1), Decimal(3)))
    desk.do(renewals.renew, Renew((licence,), term=6))
    undone = desk.do(changes.extend, ExtendAsset(licence, date(2023, 9, 30))).assets[0].actions[-1]
    desk.do(undoing.undo, UndoAction(undone.id))
    desk.do(changes.cancel, CancelAsset(platform, date(2022, 6, 10)))
    desk.do(changes.swap, SwapAsset(ramp, "SUITE", date(2022, 11, 1)))
    desk.do(sales.set_asset, SetAsset(licence, renewal_term=24))
    desk.do(sales.sell, Sell("Belmont", (SaleLine("LIC", Decimal(1), half, term=1),), draft=True))
    at(date(2022, 3, 2)).do(usage.add_usage, AddUsage(calls, date(2022, 2, 3), Decimal(100), "k-1"))
    desk.do(usage.correct_usage, CorrectUsage("k-1", Decimal(90), "Counted twice"))
    return desk


def test_every_kind_of_order_comes_out_as_it_was(told: Desk, other: Desk, tmp_path: Path) -> None:
    told = told.on(TODAY)
    result = carried_over(told, other, tmp_path)
    assert result.problems == ()
    assert (result.read, result.new) == (result.new, result.read)
    assert everything(other, set()) == everything(told, set())
    assert other.ask(check, None).ok


def test_the_sample_store_comes_out_as_it_was_but_for_its_invoices(tmp_path: Path) -> None:
    today = date(2026, 11, 1)
    with Desk.create("sqlite://", {}, today=today) as desk, Desk.create("sqlite://", {}, today=today) as other:
        fill(desk)
        assert carried_over(desk, other, tmp_path).problems == ()
        assert everything(other, OF_INVOICES) == everything(desk, OF_INVOICES)


def test_a_history_goes_in_once_and_what_was_added_to_it_later(told: Desk, other: Desk, tmp_path: Path) -> None:
    first = carried_over(told, other, tmp_path)
    again = carried_over(told, other, tmp_path)
    assert (again.batch, again.new, again.same) == (None, 0, first.read)
    asset = told.ask(list_assets, Find())[0].id
    told.do(changes.amend_quantity, AmendQuantity(asset, Decimal(1), date(2022, 12, 1)))
    assert carried_over(told, other, tmp_path).new == 2  # in each of its two terms
    assert everything(other, set()) == everything(told.on(TODAY), set())
    other.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(1), date(2022, 7, 1), term=1),)))


def test_a_history_is_taken_back(told: Desk, other: Desk, tmp_path: Path) -> None:
    batch = carried_over(told, other, tmp_path).batch
    assert batch is not None
    other.do(undo_import, UndoImport(batch))
    assert [row.status for row in other.ask(list_assets, Find())] == ["Undone"] * 8
    assert other.ask(list_accounts, Find()) == ()
    assert other.ask(check, None).ok
    assert carried_over(told, other, tmp_path).problems == ()
    assert other.ask(check, None).ok


@pytest.mark.parametrize(
    ("change", "place", "why"),
    [
        (lambda told: told["orders"][0]["items"][0].pop("quantity"), "orders[0].items[0]", "quantity is missing"),
        (lambda told: told["orders"][1].update(account="0"), "orders[1].account", "nothing before it"),
        (lambda told: told["orders"][0].update(items=[]), "orders[0].items", "a list of items"),
        (lambda told: told.update(invoices=[]), "invoices", "no such section"),
        (lambda told: told["accounts"][0].update(name=7), "accounts[0]", "name is a text"),
        (lambda told: told["orders"][0]["items"][0].update(effect="sells"), "orders", "does not take it"),
        (lambda told: told["orders"][0]["items"][0].update(total="1"), "order 00000001", "the total is"),
    ],
)
def test_a_document_that_is_wrong_is_told_and_changes_nothing(
    told: Desk, other: Desk, tmp_path: Path, change: Any, place: str, why: str
) -> None:
    file = tmp_path / "history.json"
    told.ask(export_store, ExportStore(str(file)))
    document = json.loads(file.read_text(encoding="utf-8"))
    change(document)
    file.write_text(json.dumps(document), encoding="utf-8")
    before = everything(other, set())
    result = other.do(imports.import_files, ImportFiles((str(file),)))
    assert result.batch is None
    assert any(place in problem.column and why in problem.expected for problem in result.problems), result.problems
    assert everything(other, set()) == before


# ------------------------------------------------------------------------------------------- sales as a table


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx"])
def test_sales_are_written_as_a_table_and_come_out_as_they_were(
    told: Desk, other: Desk, tmp_path: Path, ending: str
) -> None:
    file, again = tmp_path / f"sales.{ending}", tmp_path / f"again.{ending}"
    written = told.ask(export_store, ExportStore(str(file)))
    assert (written.orders, written.lines, written.ramps) == (1, 4, ("00000001/2",))
    for field in (("Region", FieldObject.ACCOUNT, FieldType.TEXT), ("Site", FieldObject.ASSET, FieldType.TEXT)):
        other.do(own_fields.add_field, AddField(*field))
    other.do(own_fields.add_field, AddField("Ref", FieldObject.ORDER, FieldType.NUMBER))
    result = other.do(imports.import_files, ImportFiles((str(file),)))
    assert (result.problems, result.read, result.new) == ((), 4, 4)
    # Lines keep their numbers, whose gap is that of the ramp: only these differ.
    back = other.ask(export_store, ExportStore(str(again)))
    assert (back.lines, back.ramps) == (4, ())
    assert other.do(imports.import_files, ImportFiles((str(file),))).same == 4


SALES = st.lists(
    st.tuples(
        st.sampled_from(["Acme", "Ümlaut & Söhne", "=Gmbh", "0815"]),
        st.sampled_from(["LIC", "PLAT", "ROUTER"]),
        st.decimals(Decimal("0.01"), Decimal(99999), places=2),
        st.none() | st.decimals(0, Decimal("9999.999999"), places=6),
        st.decimals(0, 100, places=1),
        st.dates(date(2020, 1, 1), date(2024, 12, 31)),
        st.none() | st.integers(1, 36),
        st.sampled_from(Timing),
        st.sampled_from([None, Frequency.QUARTERLY]),
        st.sampled_from(["anniversary", "calendar", "day:31"]),
    ),
    min_size=1,
    max_size=5,
)
STYLES = st.tuples(
    st.sampled_from(["", ";", "tab", "|"]),
    st.sampled_from(["", "utf-8", "utf-16", "cp1252"]),
    st.sampled_from(["", "1,234.56", "1.234,56", "1 234,56"]),
    st.sampled_from(["", "iso", "day first", "month first"]),
)


@given(wanted=SALES, style=STYLES, ending=st.sampled_from(["csv", "csv", "xlsx"]))
@settings(max_examples=6)
def test_random_sales_written_in_any_style_read_back_as_the_same_orders(
    wanted: list[Any], style: tuple[str, str, str, str], ending: str
) -> None:
    style = style if ending == "csv" else ("", "", "", "")
    parameters = tuple((name, text) for name, text in zip(("decimals", "dates"), style[2:], strict=True) if text)
    with (
        Desk.create("sqlite://", {"currency": "USD"}, today=TODAY) as desk,
        Desk.create("sqlite://", {"currency": "USD"}, today=TODAY) as other,
        TemporaryDirectory() as folder,
    ):
        desk.do(catalogue.add_product, AddProduct("Licence", "LIC", Decimal(10)))
        desk.do(
            catalogue.add_product, AddProduct("Platform", "PLAT", Decimal(99), selling_model=SellingModel.EVERGREEN)
        )
        desk.do(catalogue.add_product, AddProduct("Router", "ROUTER", Decimal("1.5"), Kind.PHYSICAL))
        for account, product, quantity, price, discount, start, term, timing, frequency, boundary in wanted:
            terms: dict[str, Any] = {"timing": timing, "boundary": boundary_of(boundary), "frequency": frequency}
            if product == "LIC":
                terms["term"] = term or 12
            if product == "ROUTER":
                terms = {}
            line = SaleLine(product, quantity, start, price=price, discount=discount, **terms)
            desk.do(sales.sell, Sell(account, (line,), create=True))
        files = [str(Path(folder) / f"{name}.{ending}") for name in ("sales", "again")]
        desk.ask(export_store, ExportStore(files[0], *style))
        result = other.do(imports.import_files, ImportFiles((files[0],), parameters=parameters))
        assert (result.problems, result.new) == ((), len(wanted))
        other.ask(export_store, ExportStore(files[1], *style))
        if ending == "csv":
            assert Path(files[1]).read_bytes() == Path(files[0]).read_bytes()
        for view in (list_orders, list_assets, list_state_periods, list_actions):
            shown = [without(to_json(each.ask(view, Find())), IDS) for each in (other, desk)]
            assert shown[0] == shown[1]


def test_what_a_table_cannot_hold_is_refused_by_name(told: Desk, tmp_path: Path) -> None:
    def codes(*words: str) -> list[str]:
        with pytest.raises(Refused) as refused:
            told.ask(export_store, ExportStore(*words))
        return [problem.code for problem in refused.value.problems]

    file = str(tmp_path / "sales.csv")
    assert codes(file, "x", "ascii", "1.2", "epoch") == ["bad-separator", "bad-encoding", "bad-decimals", "bad-dates"]
    assert codes(str(tmp_path / "sales.xlsx"), ";") == ["bad-separator"]
    assert codes(str(tmp_path / "history.json"), "", "cp1252") == ["bad-encoding"]
    told.do(customers.add_account, AddAccount("Ђорђе"))
    told.do(sales.sell, Sell("Ђорђе", (SaleLine("LIC", Decimal(1), date(2022, 7, 1), term=1),)))
    assert codes(file, "", "cp1252") == ["bad-encoding"]
    assert not (tmp_path / "sales.csv").exists()


def test_a_store_is_written_in_formats_that_there_are(told: Desk, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        told.ask(export_store, ExportStore(str(tmp_path / "history.txt")))
    assert [problem.code for problem in refused.value.problems] == ["unknown-format"]
