"""A list that is too long to hold: every act on its page answers what it answers when all rows are at hand."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from calm_desktop.engine.catalog import RenewalPricing
from calm_desktop.engine.fields import FieldObject, FieldType
from calm_desktop.services import catalogue, changes, customers, fields, invoices, papers, renewals, sales, undoing
from calm_desktop.services.desk import Desk
from calm_desktop.services.field_values import fields_of
from calm_desktop.services.requests import (
    AddAccount,
    AddField,
    AddProduct,
    CancelAsset,
    Find,
    GiveCredit,
    PayAccount,
    PayInvoice,
    Renew,
    RunInvoices,
    SaleLine,
    Sell,
    SetAccount,
    SetAsset,
    SetPrice,
    UndoActions,
)
from calm_desktop.services.views import list_actions, list_assets, list_invoices
from calm_desktop.services.views.listing import Listing, Wanted, listed, totals
from calm_desktop.services.views.listings import ACTIONS
from calm_desktop.ui import record_model, windowed_rows
from calm_desktop.ui.links import Link
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.pages import columns, long_lists
from calm_desktop.ui.pages.actions import ActionsPage
from calm_desktop.ui.pages.lists import AccountsPage, AssetsPage, InvoiceLinesPage, InvoicesPage, ListPage, OrdersPage
from calm_desktop.ui.pages.own_fields import columns_of
from calm_desktop.ui.pages.papers import CreditsPage, PaymentsPage
from calm_desktop.ui.record_model import RecordModel, sums
from calm_desktop.ui.record_table import RecordTable
from tests.ui.stores import add_licence, told_once
from tests.ui.window_desk import open_page, settle

TODAY = date(2022, 10, 15)
PAGES: dict[str, type[ListPage]] = {
    "accounts": AccountsPage,
    "assets": AssetsPage,
    "orders": OrdersPage,
    "invoices": InvoicesPage,
    "invoice-lines": InvoiceLinesPage,
    "credits": CreditsPage,
    "payments": PaymentsPage,
}
LISTS = tuple(PAGES)
FIGURES = ("quantity", "amount", "mrr")


@told_once(TODAY)
def desk(made: Desk) -> None:
    """Customers in dollars and yen, one of them in euros too; drafts, payments, an asset that ended, one renewed."""
    start = made.on(date(2022, 1, 1))
    add_licence(start)
    for code, price, currency in (("EXTRA", "12.5", "USD"), ("LIC", "9", "EUR"), ("LIC", "1200", "JPY")):
        if code == "EXTRA":
            start.do(catalogue.add_product, AddProduct("Ärger-Extra", code, Decimal(price), currency=currency))
        else:
            start.do(catalogue.set_price, SetPrice(code, Decimal(price), date(2022, 1, 1), currency))
    start.do(fields.add_field, AddField("Region", FieldObject.ACCOUNT, FieldType.TEXT))
    start.do(fields.add_field, AddField("Seats", FieldObject.ASSET, FieldType.NUMBER))
    start.do(fields.add_field, AddField("Live", FieldObject.ASSET, FieldType.YES_NO))
    for number, (name, currency) in enumerate((("acme", "USD"), ("Bolt & Co", "JPY"), ("Über", "USD"), ("_x%", "USD"))):
        start.do(customers.add_account, AddAccount(name, currency=currency, country=("DE", "", "AT", "US")[number]))
        for month in range(1, 4):
            line = SaleLine(
                "LIC" if month < 3 or currency != "USD" else "EXTRA",
                Decimal("2.5") * month * 700,
                date(2022, month, 1),
                term=6 * month,
                fields=(("Seats", str(month)), ("Live", "yes" if month == 2 else "no")) if number else (),
            )
            start.do(sales.sell, Sell(name, (line,)))
    start.do(sales.sell, Sell("acme", (SaleLine("LIC", Decimal(3), date(2022, 2, 1), term=24),), currency="EUR"))
    start.do(customers.set_account, SetAccount("Über", fields=(("Region", "Süd"),)))
    made.do(invoices.run, RunInvoices(date(2022, 9, 30)))
    made.do(invoices.run, RunInvoices(TODAY, draft=True))
    heads = made.ask(list_invoices, Find())
    made.do(papers.pay, PayInvoice(heads[0].number or "", heads[0].total.amount))
    made.do(papers.pay, PayInvoice(heads[1].number or "", Decimal(100)))
    made.do(papers.pay, PayInvoice(heads[2].number or "", heads[2].total.amount + 50, reference="acme, too much"))
    made.do(papers.pay_account, PayAccount("Über", Decimal("17.5")))
    for number, amount in ((1, "10"), (3, "25"), (3, "5.5"), (4, "1")):
        note = f"acme was credited {amount}" if number < 4 else ""
        made.do(papers.credit, GiveCredit(heads[number].number or "", Decimal(amount), note=note))
    last = made.ask(list_assets, Find())[-1]
    made.do(renewals.renew, Renew((last.id,), term=12, pricing=RenewalPricing.LAST))
    made.do(sales.set_asset, SetAsset(last.id, renewal_term=12, renewal_pricing=RenewalPricing.LIST))
    made.do(changes.cancel, CancelAsset(made.ask(list_assets, Find())[2].id, date(2022, 12, 1)))


def pages(qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, name: str) -> tuple[ListPage, ListPage]:
    """The page of a list, with all rows at hand; and another with a window on them."""
    whole = open_page(qtbot, window, f"calm://{name}")
    assert isinstance(whole, ListPage)
    assert not whole.table.model.windowed
    monkeypatch.setattr(ListPage, "most", 2)
    long = type(whole)(whole.context)
    qtbot.addWidget(long)
    long.resize(1200, 700)
    long.show()
    long.set_link(Link.parse(f"calm://{name}"))
    long.load(Link.parse(f"calm://{name}"))
    settle(qtbot, window)
    assert long.table.model.windowed
    return whole, long


def shown(qtbot: QtBot, window: MainWindow, table: RecordTable) -> list[list[str]]:
    """What a table says, cell by cell, in all its columns, hidden ones too, when all rows have come."""
    table.rows()
    settle(qtbot, window)
    return [[column.shown(column.getter(row)) for column in table.model.columns] for row in table.rows()]


def of_list(desk: Desk, name: str) -> tuple[Listing, RecordModel]:
    """A list as the store answers it, and the model of its table that has all rows at hand."""
    if name in FIGURES:
        model = RecordModel(columns.browsed_actions(name), lambda row: row.id)
        model.set_rows(desk.ask(list_actions, Find()))
        return ACTIONS, model
    page = PAGES[name]
    assert page.listing is not None
    model = RecordModel(page.shown, page.row_id)
    if (kind := page.own) is not None:
        fields = desk.ask(lambda tx, _: fields_of(tx, kind), None)
        model.set_columns([*page.shown, *columns_of(fields, kind)])
    model.set_rows(desk.ask(page.view, Find()))
    return page.listing, model


@pytest.mark.parametrize("name", [*PAGES, *FIGURES])
def test_each_column_sorts_up_and_down_as_among_all_rows(desk: Desk, name: str) -> None:
    listing, model = of_list(desk, name)
    for column in model.columns:
        for descending in (False, True) if not column.key.startswith("converted") else ():
            model.set_sort(column.key, descending)
            found = desk.ask(lambda tx, wanted: listed(tx, listing, wanted), Wanted(Find(), column.key, descending))
            assert list(found.ids) == ids_of(model), (column.key, descending)


def ids_of(model: RecordModel) -> list[Hashable]:
    return [model.id_at(place) for place in range(len(model.order))]


TEXTS = [
    "acme",
    "ÜBER",
    "ärger",
    "_x%",
    "%",
    "süd",
    "draft",
    "paid",
    "settled",
    "partially",
    "yes",
    "usage",
    "active",
    "ended",
    "12 months",
    "lic jan",
    "eur",
    "jpy",
    "list price",
    "nothing at all",
]
NUMBERS = [
    "1,750",
    "1750",
    "17,500.00",
    "1,",
    ",750",
    ",750.00",
    "-1,",
    "1,75",
    "1,200.",
    "1,7500",
    "1.5,3",
    "-",
    ".5",
    "0.00",
    "10.5",
    "3",
]
DAYS = ("2022-10", "oct", "15 oct", "2022")


@pytest.mark.parametrize("name", [*PAGES, *FIGURES])
def test_words_find_and_sum_the_same_rows_as_among_all(desk: Desk, name: str) -> None:
    listing, model = of_list(desk, name)
    summed = [column for column in model.columns if column.total and not column.key.startswith("converted")]
    keys = [column.key for column in summed]
    for words in (*TEXTS, *NUMBERS, *DAYS):
        model.set_filter(words)
        wanted = Wanted(Find(), words=model.needle, searched=tuple(column.key for column in model.columns))
        found = desk.ask(lambda tx, wanted: listed(tx, listing, wanted), wanted)
        assert list(found.ids) == ids_of(model), words
        total = desk.ask(lambda tx, ids: totals(tx, listing, Find(), keys, ids), found.ids)
        assert total == {column.key: sums(column, model.shown_rows()) for column in summed}, words


@pytest.mark.parametrize("name", LISTS)
def test_a_page_sorts_and_filters_in_the_store_what_it_cannot_hold(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    whole, long = pages(qtbot, window, monkeypatch, name)
    assert shown(qtbot, window, long.table) == shown(qtbot, window, whole.table)
    for page in (whole, long):
        page.table.sort_by(page.table.model.columns[-1].key, descending=True)
        page.table.set_filter("acme")
    settle(qtbot, window)
    assert shown(qtbot, window, long.table) == shown(qtbot, window, whole.table) != []
    assert footer(long) == footer(whole)


def footer(page: ListPage) -> tuple[str, str]:
    return page.table.count_label.text(), page.table.sum_label.text()


@pytest.mark.parametrize("name", LISTS)
def test_the_footer_adds_up_the_same_for_all_and_for_what_is_selected(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    whole, long = pages(qtbot, window, monkeypatch, name)
    assert footer(long) == footer(whole)
    assert "Total" in footer(long)[1]
    ids = [whole.table.model.id_at(place) for place in (0, 2, 3)]
    for page in (whole, long):
        page.table.select_ids(ids)
    settle(qtbot, window)
    assert footer(long) == footer(whole)
    assert " · 3 selected" in footer(long)[0]
    assert list(long.table.selected_ids()) == list(whole.table.selected_ids()) == ids
    for page in (whole, long):
        page.table.view.selectAll()
    settle(qtbot, window)
    assert footer(long)[0] == footer(whole)[0]
    assert footer(long)[1] == footer(whole)[1]


@pytest.mark.parametrize("name", LISTS)
def test_what_is_copied_and_exported_is_the_same(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, name: str, tmp_path: Path
) -> None:
    found: dict[str, list[object]] = {}
    for place, page in enumerate(pages(qtbot, window, monkeypatch, name)):
        table, said = page.table, found.setdefault(str(place), [])
        table.export_csv(tmp_path / f"{place}.csv")
        settle(qtbot, window)
        table.export_xlsx(tmp_path / f"{place}.xlsx")
        settle(qtbot, window)
        assert table.count_label.text() == f"Written to {tmp_path / f'{place}.xlsx'}"
        QGuiApplication.clipboard().clear()
        table.copy(headers=True)
        settle(qtbot, window)
        (sheet,) = load_workbook(tmp_path / f"{place}.xlsx").worksheets
        said += [(tmp_path / f"{place}.csv").read_bytes(), list(sheet.values), QGuiApplication.clipboard().text()]
    assert found["0"] == found["1"]
    assert found["0"][2]


def test_drafts_out_of_view_are_posted_with_those_in_view(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    monkeypatch.setattr(windowed_rows, "WINDOW", 2)
    monkeypatch.setattr(long_lists, "WINDOW", 2)
    _, long = pages(qtbot, window, monkeypatch, "invoices")
    assert isinstance(long, InvoicesPage)
    drafts = [head for head in desk.ask(list_invoices, Find()) if head.status == "Draft"]
    assert len(drafts) > 2
    long.table.view.selectAll()
    assert long.acts.post.isEnabled()
    long.acts.post.click()
    settle(qtbot, window)
    assert [head for head in desk.ask(list_invoices, Find()) if head.status == "Draft"] == []


def test_one_asset_chosen_in_a_window_can_be_changed_and_renewed(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    _, long = pages(qtbot, window, monkeypatch, "assets")
    assert isinstance(long, AssetsPage)
    asset = desk.ask(list_assets, Find())[0]
    long.table.select_ids([asset.id])
    long.table.selection_changed.emit([asset.id])  # as a click does
    assert long.subject() == {"asset": asset.id}
    started: list[tuple[str, dict[str, Any]]] = []
    long.context = replace(long.context, start_wizard=lambda name, **preset: started.append((name, preset)))
    renew = next(each for each in long.buttons if each.text() == "Renew…")
    renew.click()
    assert started == [("renewal", {"account": asset.account_id, "assets": (asset.id,)})]


def test_a_column_that_the_store_cannot_sort_by_says_so(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, long = pages(qtbot, window, monkeypatch, "accounts")
    place = [column.key for column in long.table.model.columns].index("converted_mrr")
    for page, said in ((whole, None), (long, record_model.TOO_MANY)):
        heading = page.table.model.headerData(place, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        assert heading == said
    before = long.table.model.sorted_by
    long.table.view.horizontalHeader().sectionClicked.emit(place)
    assert long.table.model.sorted_by == before


def test_what_changes_shows_in_a_window_and_keeps_what_is_selected(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    monkeypatch.setattr(ListPage, "most", 2)
    page = open_page(qtbot, window, "calm://orders")
    assert page.table.model.windowed
    page.table.select_ids([page.table.model.id_at(1)])
    kept = list(page.table.selected_ids())
    desk.do(sales.sell, Sell("acme", (SaleLine("LIC", Decimal(1), TODAY, term=12),)))
    qtbot.waitUntil(lambda: page.table.count_label.text().startswith("15 orders"))
    settle(qtbot, window)
    assert list(page.table.selected_ids()) == kept


def test_the_browser_of_very_many_actions_says_the_same(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    last = desk.ask(list_actions, Find(start=TODAY, end=date(2030, 1, 1)))[-1]
    desk.do(undoing.undo_all, UndoActions((last.id,)))
    found = []
    for most in (5_000, 2):
        monkeypatch.setattr(ActionsPage, "most", most)
        page = open_page(qtbot, window, "calm://actions?tab=amount&from=2022-01-01&to=2023-12-31")
        assert isinstance(page, ActionsPage)
        page.load(Link.parse("calm://actions?tab=amount&from=2022-01-01&to=2023-12-31"))
        settle(qtbot, window)
        assert page.table.model.windowed == (most == 2)
        page.table.select_ids([])
        settle(qtbot, window)
        said: list[Any] = [page.chart.series, shown(qtbot, window, page.table)]
        said += [[column.key for column in page.table.shown_columns()]]
        said += [page.table.count_label.text(), page.table.sum_label.text()]
        page.chart.dot_activated.emit("action", "2022-02-01")
        settle(qtbot, window)
        said += [list(page.table.selected_ids()), page.undo_button.isEnabled(), page.table.sum_label.text()]
        page.switch.buttons["Monthly recurring revenue"].click()
        settle(qtbot, window)
        page.table.sort_by("mrr_after")
        settle(qtbot, window)
        said += [page.chart.series, shown(qtbot, window, page.table), list(page.table.selected_ids())]
        page.table.sort_by("effective_date", descending=True)
        settle(qtbot, window)
        found.append(said)
    assert found[0] == found[1]
    assert len(found[0][5]) == 5
