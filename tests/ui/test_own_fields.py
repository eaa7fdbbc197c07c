"""Fields of one's own in the window: defined, shown, changed in place, chosen as columns, and found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from calm_desktop.engine.fields import FieldObject, FieldType
from calm_desktop.services.catalogue import add_product
from calm_desktop.services.customers import add_account, set_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.fields import add_field, list_fields, set_field
from calm_desktop.services.requests import (
    AddAccount,
    AddField,
    AddProduct,
    Find,
    Look,
    SaleLine,
    Sell,
    SetAccount,
    SetField,
)
from calm_desktop.services.sales import sell
from calm_desktop.services.views import list_products, show_account, show_asset, show_order
from calm_desktop.ui import places
from calm_desktop.ui.background import Background
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.links import Link
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.pages.forms import Form
from calm_desktop.ui.pages.home import HomePage
from tests.ui.window_desk import asset_id, id_of, open_page, opened_window, settle, texts

TODAY = date(2022, 6, 15)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Acme owns a licence; no field is defined."""
    with Desk.create("sqlite://", {}, TODAY) as desk:
        desk.do(add_account, AddAccount("Acme"))
        desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
        desk.do(sell, Sell("Acme", (SaleLine("LIC", Decimal(10), date(2022, 1, 1), term=12),)))
        yield desk


def define(desk: Desk, kind: FieldObject = FieldObject.ACCOUNT) -> None:
    """A field of each type on one object."""
    desk.do(add_field, AddField("Region", kind, FieldType.CHOICE, choices=("West", "East")))
    desk.do(add_field, AddField("Seats", kind, FieldType.NUMBER))
    desk.do(add_field, AddField("Signed_On", kind, FieldType.DATE, label="Signed on"))
    desk.do(add_field, AddField("VIP", kind, FieldType.YES_NO))
    desk.do(add_field, AddField("Note", kind, FieldType.TEXT))


@pytest.fixture
def window(qtbot: QtBot, desk: Desk, background: Background, settings: QSettings) -> Iterator[MainWindow]:
    yield from opened_window(qtbot, desk, background, settings)


def write(qtbot: QtBot, form: Form, **said: str) -> None:
    """Type into the rows of a form."""
    for name, text in said.items():
        field = form.field(name)
        if isinstance(field, QComboBox):
            field.setFocus()
            field.setCurrentIndex(field.findText(text))
            field.activated.emit(field.currentIndex())
            continue
        line = field.edit if isinstance(field, DateField) else field
        assert isinstance(line, QLineEdit | QPlainTextEdit)
        line.selectAll()
        qtbot.keyClicks(line, text)


def test_without_fields_nothing_is_seen_of_them(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    for link in (places.account(id_of(desk, "Acme")), places.asset(asset_id(desk)), places.order("00000001")):
        page = open_page(qtbot, window, link)
        assert page.own_fields.isHidden()
    page = open_page(qtbot, window, places.accounts())
    assert [column.key for column in page.table.model.columns if column.key.startswith("field.")] == []


def test_an_account_shows_its_fields_and_they_are_changed_in_place(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    page = open_page(qtbot, window, places.account(id_of(desk, "Acme")))
    define(desk)
    settle(qtbot, window)
    block = page.own_fields
    assert block.facts.texts == {"Region": "–", "Seats": "–", "Signed on": "–", "VIP": "–", "Note": "–"}
    qtbot.mouseClick(block.edit_button, Qt.MouseButton.LeftButton)
    write(qtbot, block.form, Region__c="West", Seats__c="many", Signed_On__c="31 Jan 2022", VIP__c="Yes")
    qtbot.mouseClick(block.form.save_button, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert block.form.row("Seats__c").error.startswith("Seats: 'many' is not a number such as 1200.5.")
    write(qtbot, block.form, Seats__c="1200.5")
    qtbot.keyClick(block.form.field("Seats__c"), Qt.Key.Key_Return)
    settle(qtbot, window)
    assert block.facts.texts == {
        "Region": "West",
        "Seats": "1,200.5",
        "Signed on": "31 Jan 2022",
        "VIP": "Yes",
        "Note": "–",
    }
    assert block.form.isHidden()
    assert desk.ask(show_account, Look("Acme")).account.fields == {
        "Region": "West",
        "Seats": Decimal("1200.5"),
        "Signed_On": date(2022, 1, 31),
        "VIP": True,
        "Note": None,
    }


def test_escape_leaves_the_block_as_it_was(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    define(desk)
    page = open_page(qtbot, window, places.account(id_of(desk, "Acme")))
    page.own_fields.begin()
    write(qtbot, page.own_fields.form, Note__c="typed")
    qtbot.keyClick(page.own_fields.form.field("Note__c"), Qt.Key.Key_Escape)
    assert page.own_fields.form.isHidden()
    assert page.own_fields.facts.texts["Note"] == "–"


def test_a_retired_choice_can_stay_and_is_not_offered_anew(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    define(desk)
    desk.do(add_account, AddAccount("Bell", fields=(("Region", "West"),)))
    desk.do(set_field, SetField("Region", choices=("East", "North")))
    page = open_page(qtbot, window, places.account(id_of(desk, "Bell")))
    page.own_fields.begin()
    field = page.own_fields.form.field("Region__c")
    assert [field.itemText(place) for place in range(field.count())] == [
        "",
        "East",
        "North",
        "West (no longer offered)",
    ]
    write(qtbot, page.own_fields.form, Note__c="kept")
    page.own_fields.form.submit()
    settle(qtbot, window)
    told = desk.ask(show_account, Look("Bell")).account.fields
    assert (told["Region"], told["Note"]) == ("West", "kept")
    page = open_page(qtbot, window, places.account(id_of(desk, "Acme")))
    page.own_fields.begin()
    assert field.count() == 3


@pytest.mark.parametrize("kind", [FieldObject.ASSET, FieldObject.ORDER])
def test_assets_and_orders_say_theirs(qtbot: QtBot, window: MainWindow, desk: Desk, kind: FieldObject) -> None:
    define(desk, kind)
    link = places.asset(asset_id(desk)) if kind is FieldObject.ASSET else places.order("00000001")
    page = open_page(qtbot, window, link)
    page.own_fields.begin()
    write(qtbot, page.own_fields.form, Note__c="Hall 4")
    page.own_fields.form.submit()
    settle(qtbot, window)
    assert page.own_fields.facts.texts["Note"] == "Hall 4"
    if kind is FieldObject.ASSET:
        assert desk.ask(show_asset, Look("Licence")).asset.fields["Note"] == "Hall 4"
    else:
        assert desk.ask(show_order, Look("00000001")).order.fields["Note"] == "Hall 4"


def test_a_product_says_its_own_beside_the_list(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    desk.do(add_field, AddField("Line", FieldObject.PRODUCT, FieldType.TEXT))
    page = open_page(qtbot, window, places.products())
    page.choose(page.book.products[0].id)
    write(qtbot, page.edit, Line__c="Software")
    page.edit.submit()
    settle(qtbot, window)
    assert desk.ask(list_products, Find())[0].fields == {"Line": "Software"}
    page.begin_new()
    write(qtbot, page.new, name="Router", code="R", price="200", Line__c="Hardware")
    page.new.submit()
    settle(qtbot, window)
    assert [row.fields["Line"] for row in desk.ask(list_products, Find())] == ["Software", "Hardware"]


def test_a_new_account_is_asked_for_what_is_needed(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    desk.do(add_field, AddField("Region", FieldObject.ACCOUNT, FieldType.TEXT, required=True))
    page = open_page(qtbot, window, places.new_account())
    write(qtbot, page.form, name="Bell")
    page.form.submit()
    settle(qtbot, window)
    assert page.form.row("Region__c").error == "Region is needed of each account. Give it a value."
    write(qtbot, page.form, Region__c="West")
    page.form.submit()
    settle(qtbot, window)
    assert desk.ask(show_account, Look("Bell")).account.fields == {"Region": "West"}


def test_a_column_is_offered_and_off_at_first_and_the_filter_finds_what_it_says(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    define(desk)
    desk.do(add_account, AddAccount("Bell", fields=(("Region", "West"), ("Seats", "7"))))
    page = open_page(qtbot, window, places.accounts())
    shown = [column.title for column in page.table.shown_columns()]
    assert "Region" not in shown
    action = next(each for each in page.table.column_menu().actions() if each.text() == "Seats")
    action.trigger()
    assert [column.title for column in page.table.shown_columns()] == [*shown, "Seats"]
    page.table.sort_by("field.Seats")
    assert [(row[0], row[-1]) for row in texts(page.table)] == [("Bell", "7"), ("Acme", "–")]
    page.table.set_filter("west")
    assert [row[0] for row in texts(page.table)] == ["Bell"]
    desk.do(set_field, SetField("Seats", active=False))
    settle(qtbot, window)
    assert [column.title for column in page.table.shown_columns()] == shown


def test_a_field_is_defined_changed_and_removed_by_hand(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, places.settings())
    qtbot.mouseClick(page.fields_button, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    page = window.page
    assert page is not None
    page.begin_new()  # type: ignore[attr-defined]
    form = page.new  # type: ignore[attr-defined]
    assert not form.row("choices").isVisible()
    write(qtbot, form, label="Sales region", type="Choice")
    form.field("choices").setPlainText("West\n\n East ")
    form.submit()
    settle(qtbot, window)
    field = desk.ask(list_fields, None)[0]
    assert (field.api_name, field.label, field.object, field.choices) == (
        "Sales_region__c",
        "Sales region",
        "account",
        ("West", "East"),
    )
    desk.do(add_account, AddAccount("Bell", fields=(("Sales_region", "West"),)))
    settle(qtbot, window)
    edit = page.edit  # type: ignore[attr-defined]
    write(qtbot, edit, label="Region")
    edit.submit()
    settle(qtbot, window)
    qtbot.mouseClick(page.remove_button, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    settle(qtbot, window)
    assert edit.banner.label.text().startswith("1 account has a value in Region.")
    assert [each.text() for each in edit.banner.buttons] == ["Put out of use", "Remove with 1 value"]
    edit.banner.buttons[0].click()
    settle(qtbot, window)
    assert desk.ask(list_fields, None)[0].active is False
    page.remove_button.click()  # type: ignore[attr-defined]
    settle(qtbot, window)
    edit.banner.buttons[1].click()
    settle(qtbot, window)
    assert desk.ask(list_fields, None) == ()


def test_a_sale_asks_for_the_fields_of_its_order_and_of_its_assets(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    desk.do(add_field, AddField("Channel", FieldObject.ORDER, FieldType.CHOICE, choices=("Web", "Shop")))
    desk.do(add_field, AddField("Serial_No", FieldObject.ASSET, FieldType.TEXT, required=True))
    desk.do(add_field, AddField("Fitted_On", FieldObject.ASSET, FieldType.DATE))
    wizard: Any = window.start_wizard("sale", account=id_of(desk, "Acme"))
    settle(qtbot, window)
    wizard.go_on()
    step = wizard.lines_step
    line = step.form.rows
    line["product"].field.setEditText("LIC")
    line["quantity"].field.setText("2")
    line["quantity"].field.textEdited.emit("2")
    of_order, of_asset = step.of_order.rows["Channel__c"].field, step.of_asset.rows
    of_order.setCurrentIndex(of_order.findText("Shop"))
    qtbot.keyClicks(of_asset["Fitted_On__c"].field.edit, "3 Jan 2022")
    wizard.go_on()
    settle(qtbot, window)
    assert wizard.step is step
    assert of_asset["Serial_No__c"].error == "Serial No is needed of each asset. Give it a value."
    qtbot.keyClicks(of_asset["Serial_No__c"].field, "SN-1")
    wizard.go_on()
    settle(qtbot, window)
    wizard.go_on()
    settle(qtbot, window)
    sold = desk.ask(show_order, Look("00000002"))
    assert sold.order.fields == {"Channel": "Shop"}
    assert sold.assets[0].fields == {"Serial_No": "SN-1", "Fitted_On": date(2022, 1, 3)}


def test_a_report_on_the_first_page_is_limited_by_what_fields_say(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    define(desk)
    desk.do(set_account, SetAccount("Acme", fields=(("Region", "West"),)))
    page = open_page(qtbot, window, "calm://home")
    assert isinstance(page, HomePage)
    page.set_arranging(True)
    made = page.board.add(page.board.components["report/top-accounts"])
    page.board.choose(made, {"where": "Region=West", "show": "table"})
    settle(qtbot, window)
    assert [row.account for row in made.body.table.rows()] == ["Acme"]
    assert Link.parse(made.body.link()).get("where") == "Region=West"
    page.board.choose(made, {"where": "Region=East", "show": "table"})
    settle(qtbot, window)
    assert made.body.empty.isVisible()


def test_a_report_is_limited_by_what_fields_say(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, places.report("top-accounts"))
    assert page.where.isHidden()
    define(desk)
    desk.do(set_account, SetAccount("Acme", fields=(("Region", "West"),)))
    settle(qtbot, window)
    assert not page.where.isHidden()
    assert page.where.completer().model().stringList() == [
        "Note=",
        "Region=East",
        "Region=West",
        "Seats=",
        "Signed_On=",
        "VIP=no",
        "VIP=yes",
    ]
    for text, found in (("Region=West", ["Acme"]), ("Region=West; Seats>=1", [])):
        page.where.setText(text)
        page.where.editingFinished.emit()
        settle(qtbot, window)
        assert [row.account for row in page.table.rows()] == found


def test_a_sale_to_a_new_account_with_a_new_product_asks_for_theirs(
    qtbot: QtBot, window: MainWindow, desk: Desk
) -> None:
    desk.do(add_field, AddField("Region", FieldObject.ACCOUNT, FieldType.TEXT, required=True))
    desk.do(add_field, AddField("Line", FieldObject.PRODUCT, FieldType.TEXT, required=True))
    wizard: Any = window.start_wizard("sale")
    settle(qtbot, window)
    wizard.who_step.who.buttons["New account"].click()
    qtbot.keyClicks(wizard.who_step.form.rows["name"].field, "Cole")
    qtbot.keyClicks(wizard.who_step.own.rows["Region__c"].field, "West")
    wizard.go_on()
    step = wizard.lines_step
    step.product_button.click()
    for name, text in (("code", "R"), ("name", "Router"), ("price", "200")):
        qtbot.keyClicks(step.new_product.form.rows[name].field, text)
    step.new_product.add_button.click()
    settle(qtbot, window)
    assert step.new_product.own.rows["Line__c"].error == "Line is needed of each product. Give it a value."
    qtbot.keyClicks(step.new_product.own.rows["Line__c"].field, "Hardware")
    step.new_product.add_button.click()
    settle(qtbot, window)
    step.form.rows["quantity"].field.setText("1")
    step.form.rows["quantity"].field.textEdited.emit("1")
    wizard.go_on()
    settle(qtbot, window)
    wizard.go_on()
    settle(qtbot, window)
    assert desk.ask(show_account, Look("Cole")).account.fields == {"Region": "West"}
    assert [row.fields["Line"] for row in desk.ask(list_products, Find())] == [None, "Hardware"]
