"""What several currencies come to in one: on the account page, the list and the home page, marked as converted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pytestqt.qtbot import QtBot

from calm_desktop.services import catalogue, exchange, sales
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import AddRate, SaleLine, Sell, SetPrice, SetSetting
from calm_desktop.services.settings import set_setting
from calm_desktop.ui.main_window import MainWindow
from tests.ui.stores import add_licence, told_once
from tests.ui.window_desk import account_page, figures, open_page, settle, texts

JANUARY, OCTOBER = date(2022, 1, 1), date(2022, 10, 15)


@told_once(OCTOBER, {"reporting-currency": "USD"})
def desk(made: Desk) -> None:
    """Acme owns 10 licences at $10 a month and 4 at ¥1,500; figures are reported in dollars."""
    add_licence(made)
    made.do(catalogue.set_price, SetPrice("LIC", Decimal(1500), JANUARY, "JPY"))
    made.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(10), JANUARY, term=12),), create=True))
    made.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(4), JANUARY, term=12),), currency="JPY"))
    made.do(exchange.add_rate, AddRate("JPY", Decimal("0.0081"), start=date(2022, 4, 1)))


def test_one_converted_line_stands_under_the_cards(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    assert figures(page)["mrr"] == ["$100.00", "¥6,000"]
    assert page.reporting.isVisible()
    assert page.reporting.chip.text() == "Converted"
    assert page.reporting.figures.text() == "In USD:  Amount $1,783.20   MRR $148.60   Invoice line balance $0.00"
    assert page.reporting.rates.text() == "1 JPY = 0.0081 USD since 01 Apr 2022"


def test_before_the_first_rate_it_says_what_is_missing(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk, asof="2022-03-31")
    assert page.reporting.figures.text() == "In USD:  Amount –   MRR –   Invoice line balance $0.00"
    assert page.reporting.rates.text() == "No exchange rate of JPY on or before 31 Mar 2022"


def test_without_a_reporting_currency_there_is_no_such_line(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = account_page(qtbot, window, desk)
    desk.do(set_setting, SetSetting("reporting-currency", ""))
    qtbot.waitUntil(lambda: not page.reporting.isVisible(), timeout=5_000)


def test_a_rate_the_other_way_round_is_told_as_it_is(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    desk.do(set_setting, SetSetting("reporting-currency", "JPY"))
    page = account_page(qtbot, window, desk)
    assert page.reporting.figures.text() == "In JPY:  Amount ¥220,148   MRR ¥18,346   Invoice line balance ¥0"
    assert page.reporting.rates.text() == "1 JPY = 0.0081 USD since 01 Apr 2022, the other way round"


def test_the_list_of_accounts_has_a_converted_column(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    table = open_page(qtbot, window, "calm://accounts").table
    assert [(row[0], row[-3], row[-1]) for row in texts(table)] == [
        ("Acme", "$100.00", "$148.60"),
        ("Acme", "¥6,000", "–"),
    ]
    assert table.sum_label.text().endswith("MRR converted $148.60")
    head = table.view.horizontalHeader()
    place = len(table.model.columns) - 2
    assert table.model.columns[place].title == "MRR converted"
    assert table.view.columnWidth(place) >= head.sectionSizeHint(place)
    column = table.shown_columns()[-1]
    assert column.tooltip is not None
    assert column.tooltip(table.rows()[0]) == "1 JPY = 0.0081 USD since 01 Apr 2022"


def test_the_home_page_converts_what_all_customers_pay(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, "calm://home")
    assert [label.text() for label in page.cards[0].figures] == ["¥6,000", "$100.00"]
    assert page.board.body("converted").figures.text() == "In USD:  MRR $148.60   Invoice line balance $0.00"


def test_a_rate_is_added_in_the_window(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    page = open_page(qtbot, window, "calm://rates")
    assert texts(page.table) == [["JPY", "USD", "01 Apr 2022", "0.0081"]]
    page.begin_new()
    page.form.field("currency").setText("EUR")
    page.form.field("rate").setText("1,05")
    page.form.submit()
    settle(qtbot, window)
    assert page.form.row("rate").error.startswith("'1,05' is not a number.")
    page.form.field("rate").setText("1.0845")
    page.form.submit()
    settle(qtbot, window)
    qtbot.waitUntil(lambda: len(page.table.rows()) == 2, timeout=5_000)
    assert texts(page.table)[0] == ["EUR", "USD", "15 Oct 2022", "1.0845"]
