"""The lines of every explanation sum to the figure that the card shows, on every day of a lifecycle, to the last cent.

The card's figures come from the views that the pages and lists show; the explanations are summed here, by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calm_desktop.engine.catalog import Kind, PriceUnit, SellingModel
from calm_desktop.engine.dates import ONE_DAY, Frequency, add_months
from calm_desktop.engine.explain import Figure
from calm_desktop.engine.money import Money
from calm_desktop.services import catalogue, changes, customers, invoices, renewals, sales, views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddAccount,
    AddProduct,
    AmendQuantity,
    CancelAsset,
    Explain,
    Find,
    Look,
    PageRequest,
    Renew,
    RepriceAsset,
    RunInvoices,
    SaleLine,
    Sell,
    SetPrice,
)
from calm_desktop.services.shapes import CardFigures, Explanation
from calm_desktop.services.tx import Tx

START = date(2020, 1, 1)
ASSETS, RENEWALS = 40, 3
FIELDS = {
    Figure.QUANTITY: "quantity",
    Figure.AMOUNT: "amount",
    Figure.MRR: "mrr",
    Figure.INVOICE_LINE_BALANCE: "invoice_line_balance",
}


def by_hand(values: Iterable[Decimal | Money | None]) -> Decimal:
    """The sum of quantities, or of money in major units."""
    known = [value for value in values if value is not None]
    return sum((value.amount if isinstance(value, Money) else value for value in known), Decimal(0))


def number(value: Decimal | Money) -> Decimal:
    return value.amount if isinstance(value, Money) else value


def sums(shown: Explanation) -> None:
    """The lines sum to the value, and the parts of each line to the line."""
    assert by_hand(line.value for line in shown.lines) == number(shown.value)
    for line in shown.lines:
        assert not line.parts or by_hand(part.value for part in line.parts) == by_hand([line.value])


def cards_on(tx: Tx, account: str, day: date) -> dict[str, CardFigures]:
    """The cards of the accounts list, by currency; its own first."""
    (row,) = views.list_accounts(tx, Find(account=account, as_of=day))
    own = CardFigures(row.currency, row.quantity, row.amount, row.mrr, row.invoice_line_balance)
    return {card.currency: card for card in (own, *row.others)}


def figures_are_explained(tx: Tx, account: str, days: Iterable[date]) -> int:
    """How many figures other than nothing were explained on these days."""
    told = 0
    for day in days:
        cards = cards_on(tx, account, day)
        for figure, field in FIELDS.items():
            for shown in views.explain(tx, Explain("account", account, figure, day)):
                sums(shown)
                card = cards.get(shown.currency)
                assert shown.value == (getattr(card, field) if card else shown.value), (day, figure)
                assert card is not None or not number(shown.value)
                told += bool(number(shown.value))
    return told


def days_of_change(tx: Tx, account: str) -> list[date]:
    """Every day on which any figure of the account changes, the day before each, and one in between."""
    page = views.account_page(tx, PageRequest(account))
    found = {day for series in page.series for day in series.days}
    found |= {day for _, days, _ in page.balance_series for day in days}
    changes = sorted(found)
    between = {first + (second - first) // 2 for first, second in pairwise(changes)}
    return sorted(found | between | {day - ONE_DAY for day in changes} | {changes[-1] + timedelta(days=400)})


def renew_at_the_end(desk: Desk, name: str, term: int | None = None) -> None:
    """On the last day of its term an asset is renewed."""
    end = desk.ask(views.show_asset, Look(name)).asset.lifecycle_end
    assert end is not None
    desk.on(end).do(renewals.renew, Renew((name,), term=term))


# ------------------------------------------------------------------------------------------ an account of 200 actions


@pytest.fixture(scope="module")
def big() -> Desk:
    """40 assets in three currencies, sold on the 1st and 15th of months, renewed thrice, changed, billed until 2021.

    The change is more, less, another price, or a cancellation, in the middle of a month.
    """
    desk = Desk.create("sqlite://", {"currency": "USD"}, today=START)
    desk.do(customers.add_account, AddAccount("Big"))
    for code, price in (("USD", "9.99"), ("JPY", "1299"), ("KWD", "3.1415")):
        if code == "USD":
            desk.do(catalogue.add_product, AddProduct("Seat", "SEAT", Decimal(price)))
        desk.do(catalogue.set_price, SetPrice("SEAT", Decimal(price), START, code))
    for place in range(ASSETS):
        first = add_months(START, place % 12) + timedelta(days=14 * (place % 2))
        line = SaleLine(
            "SEAT",
            Decimal(place + 1) / 4,
            first,
            term=6 + place % 9,
            frequency=Frequency.QUARTERLY,
            asset_name=f"Seat {place + 1}",
        )
        desk.do(sales.sell, Sell("Big", (line,), currency=("USD", "JPY", "KWD")[place % 3]))
    for place in range(ASSETS):
        for _ in range(RENEWALS):
            renew_at_the_end(desk, f"Seat {place + 1}", term=5 + place % 7)
    for place in range(ASSETS):
        name, day = f"Seat {place + 1}", add_months(START, 12 + place % 7) + timedelta(days=9)
        if place % 4 == 0:
            desk.do(changes.amend_quantity, AmendQuantity(name, Decimal("1.75"), day))
        elif place % 4 == 1:
            desk.do(changes.amend_quantity, AmendQuantity(name, Decimal("-0.125"), day))
        elif place % 4 == 2:
            desk.do(changes.reprice, RepriceAsset(name, day, discount=Decimal("12.5")))
        else:
            desk.do(changes.cancel, CancelAsset(name, day))
    desk.do(invoices.run, RunInvoices(date(2021, 3, 31)))
    return desk


def test_there_are_200_actions(big: Desk) -> None:
    assert len(big.ask(views.list_actions, Find(account="Big"))) == 200


def test_on_every_day_of_200_actions_the_lines_sum_to_all_four_cards(big: Desk) -> None:
    days = big.ask(days_of_change, "Big")
    assert len(days) > 250
    assert big.ask(lambda tx, _: figures_are_explained(tx, "Big", days), None) > 2_000


def cards_of_big(tx: Tx, day: date) -> dict[str, CardFigures]:
    return cards_on(tx, "Big", day)


def test_the_cards_of_the_page_are_those_of_the_list(big: Desk) -> None:
    for day in (START, date(2021, 7, 3), date(2022, 12, 31), date(2025, 12, 31)):
        shown = {card.currency: card for card in big.ask(views.show_account, Look("Big", day)).cards}
        listed = big.ask(cards_of_big, day)
        assert {code: shown[code] for code in listed} == listed


def test_the_lines_sum_for_every_asset_order_invoice_and_action_too(big: Desk) -> None:
    def all_sum(tx: Tx, _: None) -> int:
        told = 0
        for day in (date(2020, 9, 30), date(2021, 6, 15), date(2022, 12, 31)):
            for head in views.list_assets(tx, Find(as_of=day)):
                for figure in (Figure.QUANTITY, Figure.AMOUNT, Figure.MRR):
                    (shown,) = views.explain(tx, Explain("asset", head.id, figure, day))
                    sums(shown)
                    assert shown.value == getattr(head, FIELDS[figure])
                    told += 1
        actions = views.list_actions(tx, Find())
        for row in actions:
            for figure in (Figure.QUANTITY, Figure.AMOUNT, Figure.MRR):
                (shown,) = views.explain(tx, Explain("action", row.id, figure))
                sums(shown)
                assert shown.value == getattr(row, f"{FIELDS[figure]}_change")
                told += 1
        for order in views.list_orders(tx, Find()):
            (shown,) = views.explain(tx, Explain("order", order.id, Figure.AMOUNT))
            sums(shown)
            assert shown.value == order.total
            for figure in (Figure.QUANTITY, Figure.MRR):
                (shown,) = views.explain(tx, Explain("order", order.id, figure))
                sums(shown)
                acts = [row for row in actions if row.order_id == order.id]
                assert number(shown.value) == by_hand(getattr(row, f"{FIELDS[figure]}_change") for row in acts)
        for invoice in views.list_invoices(tx, Find()):
            for figure, value in ((Figure.AMOUNT, invoice.total), (Figure.INVOICE_LINE_BALANCE, invoice.balance)):
                (shown,) = views.explain(tx, Explain("invoice", invoice.id, figure))
                sums(shown)
                assert shown.value == value
                told += 1
        return told

    assert big.ask(all_sum, None) > 1_000


# ------------------------------------------------------------------------------------------------- any account at all

PRODUCTS = (
    AddProduct("Licence", "LIC", Decimal("9.995"), tax_category="standard"),
    AddProduct("Support", "SUP", Decimal(100), price_unit=PriceUnit.YEAR),
    AddProduct("Hosting", "HOST", Decimal("0.333333"), selling_model=SellingModel.EVERGREEN),
    AddProduct("Router", "ROUTER", Decimal("249.90"), Kind.PHYSICAL),
)
CODES = ("USD", "JPY", "KWD")

a_sale = st.tuples(
    st.sampled_from([product.code for product in PRODUCTS]),
    st.sampled_from(CODES),
    st.decimals("0.01", "99.99", places=2),
    st.integers(0, 700),
    st.integers(1, 18),
    st.sampled_from([Frequency.MONTHLY, Frequency.QUARTERLY, Frequency.ANNUAL]),
    st.integers(0, 2),
)


@settings(max_examples=8)
@given(st.lists(a_sale, min_size=1, max_size=5), st.lists(st.integers(0, 1200), max_size=2))
def test_any_sales_and_renewals_are_explained(sold: list[tuple[Any, ...]], runs: list[int]) -> None:
    with Desk.create("sqlite://", {"currency": "USD"}, today=START) as desk:
        desk.do(customers.add_account, AddAccount("Acme"))
        for product in PRODUCTS:
            desk.do(catalogue.add_product, product)
            for code in CODES:
                desk.do(catalogue.set_price, SetPrice(product.code, product.price or Decimal(0), START, code))
        for place, (code, currency, quantity, after, term, frequency, times) in enumerate(sold):
            is_term, name = code in ("LIC", "SUP"), f"Asset {place}"
            line = SaleLine(
                code,
                quantity,
                START + timedelta(days=after),
                term=term if is_term else None,
                frequency=frequency if code != "ROUTER" else None,
                asset_name=name,
            )
            desk.do(sales.sell, Sell("Acme", (line,), currency=currency))
            for _ in range(times if is_term else 0):
                renew_at_the_end(desk, name)
        for run in runs:
            desk.do(invoices.run, RunInvoices(START + timedelta(days=run)))
        days = desk.ask(days_of_change, "Acme")
        desk.ask(lambda tx, _: figures_are_explained(tx, "Acme", days), None)
