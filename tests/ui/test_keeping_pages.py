"""Keeping products, prices, taxes, accounts and settings by hand, in a real window over a real store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QSettings, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from calm_desktop.services.catalogue import add_product, set_price
from calm_desktop.services.customers import add_account
from calm_desktop.services.desk import Desk
from calm_desktop.services.imports import import_files
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    Find,
    ImportFiles,
    Look,
    SaleLine,
    Sell,
    SetPrice,
    SetSetting,
)
from calm_desktop.services.sales import sell
from calm_desktop.services.settings import set_setting
from calm_desktop.services.views import list_products, list_taxes, show_account
from calm_desktop.ui import theme
from calm_desktop.ui.background import Background
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.main_window import MainWindow
from calm_desktop.ui.page import Page
from calm_desktop.ui.pages.account_editor import AccountEditor
from calm_desktop.ui.pages.forms import Form
from calm_desktop.ui.pages.help import TOPIC_OF, TOPICS, HelpPage
from calm_desktop.ui.pages.home import HomePage
from calm_desktop.ui.pages.imports import ImportsPage
from calm_desktop.ui.pages.products import ProductsPage
from calm_desktop.ui.pages.settings import SettingsPage
from calm_desktop.ui.pages.taxes import TaxesPage
from tests.ui.stores import told_once

TODAY = date(2022, 6, 15)


class ShownWindows(QObject):
    """Notes what is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(type(watched).__name__)
        return False


class Window:
    """The program's window on one store, as a person at the keyboard meets it."""

    def __init__(self, qtbot: QtBot, desk: Desk, background: Background, settings: QSettings) -> None:
        self.qtbot, self.desk, self.background = qtbot, desk, background
        self.shell = MainWindow(background, settings)
        qtbot.addWidget(self.shell)
        self.shell.resize(1280, 800)
        with qtbot.waitActive(self.shell):
            self.shell.show()
            self.shell.activateWindow()
        self.shell.take_desk(desk)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is under way any more."""
        for _ in range(3):
            QApplication.processEvents()
            self.qtbot.waitUntil(lambda: not self.background.busy, timeout=10_000)

    def go(self, link: str) -> Any:
        self.shell.open_page(link)
        self.settle()
        return self.page

    @property
    def page(self) -> Page:
        page = self.shell.page
        assert page is not None
        return page

    def write(self, form: Form, **texts: str) -> None:
        """Type into the fields, as a person does."""
        for name, text in texts.items():
            field = form.field(name)
            if isinstance(field, QComboBox):
                field.setFocus()
                while field.currentText() != text:
                    before = field.currentIndex()
                    self.qtbot.keyClick(field, Qt.Key.Key_Down)
                    assert field.currentIndex() != before, f"{text} is not among the choices"
                continue
            line = field.edit if isinstance(field, DateField) else field
            assert isinstance(line, QLineEdit | QPlainTextEdit | QTextEdit)
            line.selectAll()
            self.qtbot.keyClicks(line, text) if text else self.qtbot.keyClick(line, Qt.Key.Key_Delete)

    def enter(self, form: Form) -> None:
        """Press Enter in the form's last field."""
        line = next(row.field for row in reversed(form.rows) if isinstance(row.field, QLineEdit))
        self.qtbot.keyClick(line, Qt.Key.Key_Return)
        self.settle()

    def click(self, button: Any) -> None:
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        self.settle()


@told_once(TODAY)
def desk(made: Desk) -> None:
    """Nothing has happened yet."""


@pytest.fixture
def window(
    qtbot: QtBot, desk: Desk, background: Background, settings: QSettings, qapp: QApplication
) -> Iterator[Window]:
    made = Window(qtbot, desk, background, settings)
    yield made
    made.settle()
    made.shell.close_desk()
    if theme.current().shown is not theme.Scheme.LIGHT:
        theme.apply(qapp, theme.Scheme.LIGHT)


def products(desk: Desk) -> list[tuple[str, str, str, str, str, str, Decimal | None]]:
    return [
        (row.code, row.name, row.kind, row.selling_model, row.price_unit, row.tax_category, row.price)
        for row in desk.ask(list_products, Find())
    ]


def shown(table: Any) -> list[list[str]]:
    """What the table shows, cell by cell."""
    return [[str(column.shown(column.getter(row))) for column in table.shown_columns()] for row in table.rows()]


# -- products and prices


def test_a_product_is_added_by_typing(window: Window) -> None:
    page: ProductsPage = window.go("calm://products")
    window.click(page.add_button)
    window.write(page.new, name="Licence", code="LIC", price="10", tax_category="software")
    window.enter(page.new)
    assert products(window.desk) == [("LIC", "Licence", "subscription", "term", "month", "software", Decimal(10))]
    assert shown(page.table) == [["LIC", "Licence", "$10.00", "USD", "Month"]]
    assert page.edit.isVisible()
    assert page.edit.title.text() == "LIC · Licence"


def test_goods_are_offered_as_sold_and_priced_once(window: Window) -> None:
    page: ProductsPage = window.go("calm://product/new")
    kind = page.new.field("kind")
    assert isinstance(kind, QComboBox)
    kind.setCurrentIndex(kind.findText("Physical"))
    kind.activated.emit(kind.currentIndex())
    window.write(page.new, name="Gateway", code="GW", price="249.90")
    window.enter(page.new)
    assert products(window.desk) == [("GW", "Gateway", "physical", "one-time", "once", "", Decimal("249.9"))]


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"price": "abc"}, "price", "'abc' is not a number. Write it like 10 or 9.99."),
        ({"price": "-1"}, "price", "-1 must be at least 0 and less than 1,000,000,000,000."),
        ({"name": " "}, "name", "A product needs a name."),
        ({"code": ""}, "code", "A product needs a code, by which orders name it."),
        (
            {"currency": "ABC"},
            "currency",
            "There is no currency 'ABC'. Give a code of three letters, such as USD or EUR.",
        ),
    ],
)
def test_a_bad_value_says_so_by_its_field_and_stores_nothing(
    window: Window, typed: dict[str, str], field: str, message: str
) -> None:
    page: ProductsPage = window.go("calm://product/new")
    window.write(page.new, **{"name": "Licence", "code": "LIC", "price": "10", **typed})
    window.enter(page.new)
    assert {row.name: row.error for row in page.new.rows if row.error} == {field: message}
    assert products(window.desk) == []
    assert page.new.texts()["code"] == typed.get("code", "LIC")


def test_all_that_is_wrong_is_told_at_once(window: Window) -> None:
    page: ProductsPage = window.go("calm://product/new")
    window.write(page.new, price="abc")
    window.enter(page.new)
    assert {row.name: row.error for row in page.new.rows if row.error} == {
        "name": "A product needs a name.",
        "code": "A product needs a code, by which orders name it.",
        "price": "'abc' is not a number. Write it like 10 or 9.99.",
    }
    assert products(window.desk) == []


def test_a_code_that_exists_is_refused_by_the_code(window: Window) -> None:
    window.desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
    page: ProductsPage = window.go("calm://product/new")
    window.write(page.new, name="Other", code="LIC", price="1")
    window.enter(page.new)
    assert page.new.row("code").error == "There is a product with the code 'LIC' already. Take another code."
    assert len(products(window.desk)) == 1


def test_a_product_is_changed_in_place(window: Window) -> None:
    window.desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10), tax_category="software"))
    page: ProductsPage = window.go("calm://products")
    page.choose("LIC")
    window.write(page.edit, name="Licence & support", tax_category="services")
    window.enter(page.edit)
    assert products(window.desk)[0][:6] == ("LIC", "Licence & support", "subscription", "term", "month", "services")
    assert page.edit.title.text() == "LIC · Licence & support"
    assert page.edit.note.text() == "Saved"


def test_a_dated_price_keeps_the_history(window: Window) -> None:
    window.desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
    page: ProductsPage = window.go("calm://product/LIC")
    window.write(page.prices, start="2022-06-01", price="12")
    window.enter(page.prices)
    assert shown(page.prices.table) == [["01 Jun 2022", "+20.0%", "$12.00"], ["First price", "", "$10.00"]]
    assert page.prices.steps.isVisible()
    assert shown(page.table) == [["LIC", "Licence", "$12.00", "USD", "Month"]]
    before = window.desk.ask(list_products, Find(as_of=date(2022, 5, 31)))
    assert before[0].price == Decimal(10)


def test_a_price_to_come_does_not_hold_today(window: Window) -> None:
    window.desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
    page: ProductsPage = window.go("calm://product/LIC")
    window.write(page.prices, start="+1m", price="12.5")
    window.enter(page.prices)
    assert shown(page.prices.table)[0] == ["15 Jul 2022", "+25.0%", "$12.50"]
    assert shown(page.table)[0][2] == "$10.00"


def test_prices_are_shown_in_one_currency_at_a_time(window: Window) -> None:
    window.desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
    window.desk.do(set_price, SetPrice("LIC", Decimal("9.2"), date(2022, 1, 1), "EUR"))
    page: ProductsPage = window.go("calm://product/LIC")
    assert list(page.prices.currencies.buttons) == ["USD", "EUR"]
    assert shown(page.prices.table) == [["First price", "", "$10.00"]]
    window.click(page.prices.currencies.buttons["EUR"])
    assert shown(page.prices.table) == [["01 Jan 2022", "", "€9.20"]]
    assert page.prices.texts()["currency"] == "EUR"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"price": "1.2345678"}, "1.2345678 has more than 6 decimals. Round it."),
        ({"price": ""}, "'' is not a number. Write it like 10 or 9.99."),
    ],
)
def test_a_bad_price_is_told_by_its_field_and_stores_nothing(
    window: Window, typed: dict[str, str], message: str
) -> None:
    window.desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
    page: ProductsPage = window.go("calm://product/LIC")
    window.write(page.prices, **typed)
    window.enter(page.prices)
    assert page.prices.row("price").error == message
    assert len(window.desk.ask(list_products, Find())[0].prices) == 1


def test_a_day_that_does_not_exist_is_told_by_its_field_and_stores_nothing(window: Window) -> None:
    window.desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
    page: ProductsPage = window.go("calm://product/LIC")
    window.write(page.prices, start="30 Feb 2022", price="12")
    window.enter(page.prices)
    start = page.prices.field("start")
    assert isinstance(start, DateField)
    assert start.error == "There is no day “30 Feb 2022”. Choose one that exists."
    assert len(window.desk.ask(list_products, Find())[0].prices) == 1


def test_what_is_typed_is_not_lost_by_choosing_another_product(window: Window) -> None:
    for code in ("A", "B"):
        window.desk.do(add_product, AddProduct(f"Product {code}", code, Decimal(1)))
    page: ProductsPage = window.go("calm://products")
    page.choose(page.book.products[0].id)  # type: ignore[union-attr]
    window.write(page.edit, name="Half typed")
    page.choose(page.book.products[1].id)  # type: ignore[union-attr]
    assert page.edit.texts()["name"] == "Half typed"
    assert page.edit.title.text() == "A · Product A"
    assert page.edit.banner.label.text() == "Save or close this first: what is typed here is not saved yet."


def test_a_commit_elsewhere_shows_at_once_and_leaves_what_is_typed(window: Window) -> None:
    window.desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
    page: ProductsPage = window.go("calm://product/LIC")
    window.write(page.edit, name="Half typed")
    window.desk.do(set_price, SetPrice("LIC", Decimal(12), date(2022, 6, 1)))
    window.settle()
    assert shown(page.prices.table)[0] == ["01 Jun 2022", "+20.0%", "$12.00"]
    assert page.edit.texts()["name"] == "Half typed"


def test_esc_puts_the_form_away_and_all_columns_come_back(window: Window) -> None:
    window.desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10), tax_category="software"))
    page: ProductsPage = window.go("calm://product/LIC")
    window.qtbot.keyClick(page.edit.field("name"), Qt.Key.Key_Escape)
    assert not page.panel.isVisible()
    assert shown(page.table) == [["LIC", "Licence", "Subscription", "For a term", "$10.00", "USD", "Month", "software"]]


# -- taxes


def test_a_tax_rate_is_added_by_typing(window: Window) -> None:
    page: TaxesPage = window.go("calm://taxes")
    window.click(page.add_button)
    window.write(page.form, category="software", profile="DE", rate="19")
    window.enter(page.form)
    rows = [(row.category, row.profile, row.start, row.rate) for row in window.desk.ask(list_taxes, Find())]
    assert rows == [("software", "DE", date(1900, 1, 1), Decimal(19))]
    assert shown(page.table) == [["software", "DE", "The beginning", "19"]]


def test_a_change_of_rate_holds_from_its_day(window: Window) -> None:
    page: TaxesPage = window.go("calm://taxes")
    window.click(page.add_button)
    for rate, start in (("19", ""), ("7.7", "2022-07-01")):
        window.write(page.form, category="software", profile="", rate=rate, start=start)
        window.enter(page.form)
    assert shown(page.table) == [
        ["software", "All others", "The beginning", "19"],
        ["software", "All others", "01 Jul 2022", "7.7"],
    ]


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"rate": "high"}, "rate", "'high' is not a number. Write it like 10 or 7.7."),
        ({"category": ""}, "category", "A tax rate needs the tax category of the products it is for."),
    ],
)
def test_a_bad_rate_is_told_by_its_field_and_stores_nothing(
    window: Window, typed: dict[str, str], field: str, message: str
) -> None:
    page: TaxesPage = window.go("calm://taxes")
    window.click(page.add_button)
    window.write(page.form, **{"category": "software", "rate": "19", **typed})
    window.enter(page.form)
    assert {row.name: row.error for row in page.form.rows if row.error} == {field: message}
    assert window.desk.ask(list_taxes, Find()) == ()


# -- accounts


def test_an_account_is_added_by_typing(window: Window) -> None:
    page: AccountEditor = window.go("calm://account-editor")
    assert page.form.texts()["currency"] == "USD"
    assert page.form.texts()["payment_days"] == "30"
    window.write(page.form, name="Acme", country="US", tax_profile="US", bill_day="15", payment_days="14")
    window.click(page.form.save_button)
    account = window.desk.ask(show_account, Look("Acme")).account
    assert (account.number, account.currency, account.country, account.tax_profile) == ("A-00001", "USD", "US", "US")
    assert (account.bill_day, account.payment_days, account.invoice_by) == (15, 14, "account")
    assert window.page.header.title == "Acme"


def test_an_account_is_changed_from_its_own_page(window: Window) -> None:
    window.desk.do(add_account, AddAccount("Acme", country="US", bill_day=15))
    account_page = window.go("calm://account/Acme")
    edit = next(each for each in account_page.header.buttons if each.text() == "Edit…")
    window.click(edit)
    page = window.page
    assert isinstance(page, AccountEditor)
    assert page.form.texts()["country"] == "US"
    window.write(page.form, country="DE", tax_profile="DE", bill_to="12 High Street", bill_day="", payment_days="10")
    window.write(page.form, invoice_by="One for each order")
    window.click(page.form.save_button)
    account = window.desk.ask(show_account, Look("Acme")).account
    assert (account.country, account.tax_profile, account.bill_to) == ("DE", "DE", "12 High Street")
    assert (account.bill_day, account.payment_days, account.invoice_by) == (None, 10, "order")
    assert window.shell.banner.label.text() == "Acme was changed."


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"name": ""}, "name", "An account needs a name."),
        ({"bill_day": "32"}, "bill_day", "'32' is not a whole number from 1 to 31."),
        ({"payment_days": "soon"}, "payment_days", "'soon' is not a whole number from 0 to 3650."),
    ],
)
def test_a_bad_detail_is_told_by_its_field_and_stores_nothing(
    window: Window, typed: dict[str, str], field: str, message: str
) -> None:
    window.desk.do(add_account, AddAccount("Acme"))
    before = window.desk.ask(show_account, Look("Acme")).account
    page: AccountEditor = window.go("calm://account-editor/Acme")
    window.write(page.form, **{"country": "FR", **typed})
    window.click(page.form.save_button)
    assert {row.name: row.error for row in page.form.rows if row.error} == {field: message}
    assert window.desk.ask(show_account, Look("Acme")).account == before


def test_the_list_of_accounts_leads_to_a_new_one(window: Window) -> None:
    page = window.go("calm://accounts")
    window.click(next(each for each in page.header.buttons if each.text() == "New account"))
    assert isinstance(window.page, AccountEditor)
    assert window.page.header.title == "New account"


def test_a_sale_shows_on_the_first_page_at_once(window: Window) -> None:
    page: HomePage = window.go("calm://home")
    assert page.stack.currentWidget() is page.start
    window.desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
    line = SaleLine("LIC", Decimal(10), date(2022, 1, 1), term=8)
    window.desk.do(sell, Sell("Acme", (line,), create=True))
    window.settle()
    assert page.stack.currentWidget() is not page.start
    assert shown(page.board.body("ending")) == [["31 Aug 2022", "Licence", "Acme", "$100.00", "Renew…"]]


# -- settings kept


def test_a_choice_is_kept_when_it_is_made(window: Window) -> None:
    page: SettingsPage = window.go("calm://settings")
    row = page.rows["auto-flow"]
    assert row.segments is not None
    window.click(row.segments.buttons["Off"])
    assert window.desk.settings["auto-flow"] == "off"
    assert row.note.text() == "Saved"


def test_a_text_is_kept_on_enter(window: Window) -> None:
    page: SettingsPage = window.go("calm://settings")
    line = page.rows["payment-days"].line
    assert line is not None
    line.selectAll()
    window.qtbot.keyClicks(line, "14")
    window.qtbot.keyClick(line, Qt.Key.Key_Return)
    window.settle()
    assert window.desk.settings["payment-days"] == "14"


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("payment-days", "soon", "Payment days cannot be 'soon'. Write it like 30."),
        ("currency", "ABC", "Currency cannot be 'ABC'. Write it like EUR."),
        ("time-zone", "Berlin", "Time zone cannot be 'Berlin'. Write it like Europe/Berlin."),
    ],
)
def test_a_bad_setting_is_told_by_its_field_and_not_kept(window: Window, key: str, text: str, message: str) -> None:
    page: SettingsPage = window.go("calm://settings")
    before = window.desk.settings
    line = page.rows[key].line
    assert line is not None
    line.selectAll()
    window.qtbot.keyClicks(line, text)
    window.qtbot.keyClick(line, Qt.Key.Key_Return)
    window.settle()
    assert page.rows[key].error == message
    assert window.desk.settings == before


def test_a_setting_changed_elsewhere_shows_at_once(window: Window) -> None:
    page: SettingsPage = window.go("calm://settings")
    window.desk.do(set_setting, SetSetting("tax-mode", "invoice-line"))
    window.settle()
    row = page.rows["tax-mode"]
    assert row.segments is not None
    assert row.segments.current == "Line of the invoice"


def test_the_theme_changes_at_once_and_is_remembered(window: Window, settings: QSettings) -> None:
    page: SettingsPage = window.go("calm://settings")
    window.click(page.schemes.buttons["Dark"])
    assert theme.current().shown is theme.Scheme.DARK
    assert settings.value("shell/theme") == "dark"


def test_a_backup_is_written_and_restored(window: Window, tmp_path: Path) -> None:
    window.desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
    page: SettingsPage = window.go("calm://settings")
    copy = tmp_path / "copy.db"
    page.back_up(str(copy))
    window.settle()
    assert copy.exists()
    assert page.care_note.label.text().startswith(f"{copy} holds all ")
    window.desk.do(add_product, AddProduct("Other", "OTH", Decimal(1)))
    page.offer_restore(str(copy))
    assert len(products(window.desk)) == 2
    window.click(page.care_note.buttons[0])
    assert [row[0] for row in products(window.desk)] == ["LIC"]
    assert page.care_note.label.text().startswith("Restored: ")


def test_a_backup_over_a_file_is_refused_in_plain_words(window: Window, tmp_path: Path) -> None:
    page: SettingsPage = window.go("calm://settings")
    there = tmp_path / "there.db"
    there.write_text("mine")
    page.back_up(str(there))
    window.settle()
    assert page.care_note.label.text() == f"{there} exists already and is left as it is. Name a new file."
    assert there.read_text() == "mine"


# -- imports that were made


def test_imports_are_listed_with_their_counts(window: Window, tmp_path: Path) -> None:
    page: ImportsPage = window.go("calm://imports")
    assert page.stack.currentWidget() is page.empty
    file = tmp_path / "orders.csv"
    file.write_text(
        "order,account,product,quantity,price,price_unit,currency,start,term\n"
        "SO-1,Acme,LIC,10,10.00,month,USD,2022-01-01,12\n"
        "SO-2,Acme,LIC,5,10.00,month,USD,2022-02-01,12\n"
    )
    window.desk.do(import_files, ImportFiles((str(file),)))
    window.settle()
    assert page.stack.currentWidget() is page.listed
    assert [line[1:] for line in shown(page.table)] == [
        ["orders.csv", "calm", "2", "2", "0", "0", "0", "0", "0", "Stored"]
    ]


# -- help


def test_opening_pages_shows_no_window_beside_the_window(window: Window) -> None:
    window.desk.do(add_product, AddProduct("Licence", "LIC", Decimal(10)))
    window.desk.do(add_account, AddAccount("Acme"))
    watch = ShownWindows()
    QApplication.instance().installEventFilter(watch)  # type: ignore[union-attr]
    for kind in window.shell._factories:
        window.go(f"calm://{kind}")
    for link in ("calm://product/LIC", "calm://account-editor/Acme", "calm://account/Acme", "calm://imports"):
        window.go(link)
    QApplication.instance().removeEventFilter(watch)  # type: ignore[union-attr]
    assert watch.seen == []


@pytest.mark.parametrize("topic", TOPICS)
def test_each_help_page_is_shown_without_a_network(window: Window, topic: str) -> None:
    page: HelpPage = window.go(f"calm://help/{topic}")
    assert page.buttons[topic].isChecked()
    words = page.text.toPlainText()
    assert len(words) > 800
    assert "|---" not in words
    assert page.text.loadResource(2, "https://example.com/picture.png") is None


@pytest.mark.parametrize(("link", "topic"), [("calm://products", "keeping"), ("calm://imports", "order-files")])
def test_f1_opens_the_help_for_the_page_in_front(window: Window, link: str, topic: str) -> None:
    window.go(link)
    window.qtbot.keyClick(window.shell, Qt.Key.Key_F1)
    window.settle()
    page = window.page
    assert isinstance(page, HelpPage)
    assert page.buttons[topic].isChecked()


def test_every_link_of_the_help_leads_somewhere(window: Window) -> None:
    found: dict[str, str] = {}
    for topic in TOPICS:
        page: HelpPage = window.go(f"calm://help/{topic}")
        block = page.text.document().begin()
        while block.isValid():
            part = block.begin()
            while not part.atEnd():
                found.setdefault(part.fragment().charFormat().anchorHref(), topic)
                part += 1
            block = block.next()
    found.pop("")
    assert "calm://fields" in found
    for link, topic in found.items():
        window.go(link)
        assert window.shell.stack.currentWidget() is not window.shell.lost, f"{topic}: {link}"


def test_f1_knows_every_kind_of_page_and_no_other(window: Window) -> None:
    assert set(TOPIC_OF) == set(window.shell._factories) - {"home", "help"}
    assert set(TOPIC_OF.values()) <= set(TOPICS)
