"""Why a figure is what it is, on the small book of two customers that `test_views` writes (see there)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from calm_desktop.engine.explain import Figure
from calm_desktop.engine.money import Money
from calm_desktop.engine.problems import Refused
from calm_desktop.services import sales, views
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import Explain, Find, SaleLine, Sell
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.explain import invoice_line, settlements_of
from calm_desktop.services.wire import to_json
from calm_desktop.store import tables
from tests.services.test_views import OCTOBER, on, write_book

QUANTITY, AMOUNT, MRR, BALANCE = Figure.QUANTITY, Figure.AMOUNT, Figure.MRR, Figure.INVOICE_LINE_BALANCE


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with Desk.create("sqlite://", {"currency": "USD", "time-zone": "Europe/Berlin"}) as store:
        write_book(store)
        yield on(store, OCTOBER)


@pytest.fixture
def fresh() -> Iterator[Desk]:
    """The same book, to be written in."""
    with Desk.create("sqlite://", {"currency": "USD", "time-zone": "Europe/Berlin"}) as store:
        write_book(store)
        yield on(store, OCTOBER)


def why(desk: Desk, kind: str, name: str, figure: Figure, day: str = "2022-10-15", currency: str = "") -> Any:
    """The one explanation, as JSON."""
    (found,) = desk.ask(views.explain, Explain(kind, name, figure, date.fromisoformat(day), currency))
    return to_json(found)


def lines(shown: Any, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(line[name] for name in names or ("description", "value")) for line in shown["lines"]]


def action_ids(desk: Desk, account: str) -> list[str]:
    return [row.id for row in desk.ask(views.list_actions, Find(account=account))]


@pytest.mark.parametrize(
    ("figure", "value", "line"), [(QUANTITY, "10", "10"), (AMOUNT, "1200.00", "1200.00"), (MRR, "100.00", "100.00")]
)
def test_an_account_owns_what_is_in_force(desk: Desk, figure: Figure, value: str, line: str) -> None:
    shown = why(desk, "account", "Acme", figure)
    assert (shown["figure"], shown["of"], shown["currency"], shown["as_of"]) == (
        figure.value,
        "Acme",
        "USD",
        "2022-10-15",
    )
    assert shown["value"] == value
    assert lines(shown, "kind", "description", "value", "parts") == [
        ("state-period", "Licence, 2022-01-01 to 2022-12-31", line, [])
    ]


def test_each_line_leads_to_its_page_and_has_the_id_of_its_record(desk: Desk) -> None:
    asset = desk.ask(views.list_assets, Find(account="Acme"))[0].id
    (line,) = why(desk, "account", "Acme", MRR)["lines"]
    assert line["link"] == f"calm://asset/{asset}"
    assert line["id"].startswith("9aP")
    assert len(line["id"]) == 18


def test_another_day_has_another_state_period(desk: Desk) -> None:
    assert lines(why(desk, "account", "Acme", MRR, "2023-05-01")) == [("Licence, 2023-01-01 to 2023-12-31", "100.00")]
    assert why(desk, "account", "Acme", MRR, "2021-12-31")["value"] == "0.00"
    assert lines(why(desk, "account", "Acme", MRR, "2021-12-31")) == []


def test_several_currencies_are_one_explanation_each(desk: Desk) -> None:
    found = desk.ask(views.explain, Explain("account", "B-2", MRR, date(2022, 7, 1)))
    assert [(each.currency, str(each.value), [line.title for line in each.lines]) for each in found] == [
        ("EUR", "40.00", ["Hosting", "Router"]),
        ("USD", "50.00", ["Branch licences"]),
    ]
    assert why(desk, "account", "B-2", MRR, "2022-07-01", "usd")["value"] == "50.00"


def test_an_amount_that_is_not_known_counts_nothing_and_says_so(desk: Desk) -> None:
    shown = why(desk, "account", "B-2", AMOUNT, "2022-07-01", "EUR")
    assert shown["value"] == "150.00"
    assert lines(shown) == [
        ("Hosting, from 2022-03-01 (amount not known while it runs)", None),
        ("Router, from 2022-05-10", "150.00"),
    ]


def test_a_balance_is_the_open_lines_of_posted_invoices(desk: Desk) -> None:
    shown = why(desk, "account", "Acme", BALANCE, "2022-02-15")
    assert shown["value"] == "200.00"
    assert lines(shown, "kind", "description", "value") == [
        ("invoice-line", "INV-000001: Licence, 2022-01-01 to 2022-01-31", "100.00"),
        ("invoice-line", "INV-000002: Licence, 2022-02-01 to 2022-02-28", "100.00"),
    ]
    taxed = why(desk, "account", "B-2", BALANCE, "2022-10-15", "EUR")
    assert "28.50" in [line["value"] for line in taxed["lines"]]
    assert taxed["value"] == "498.50"


def test_what_is_paid_and_credited_stands_below_its_line(fresh: Desk) -> None:
    """Of the 100.00 of January 60.00 are paid on 5 Feb and 15.00 credited on 9 Mar: 40.00, then 25.00 are open."""
    fresh.do(_settle, None)
    (line,) = fresh.ask(views.list_invoice_lines, Find(account="Acme", end=date(2022, 1, 31)))

    def made(day: date, still_open: str) -> list[tuple[str, str, str]]:
        settled = fresh.ask(lambda tx, _: settlements_of(tx, [line.id], day), None)
        shown = invoice_line(line, "INV-000001", line.invoice_id, Money(int(still_open), line.amount.currency), settled)
        assert shown.value == Money(int(still_open), line.amount.currency)
        return [(part.kind, part.description, str(part.value)) for part in shown.parts]

    whole = ("invoice-line", "INV-000001: Licence, 2022-01-01 to 2022-01-31", "100.00")
    payment = ("payment", "Payment PAY-1, 2022-02-05", "-60.00")
    credit = ("credit-memo", "Credit memo CM-1, 2022-03-09", "-15.00")
    assert made(date(2022, 2, 4), "10000") == []
    assert made(date(2022, 2, 5), "4000") == [whole, payment]
    assert made(date(2022, 3, 9), "2500") == [whole, payment, credit]
    assert made(date(2022, 3, 9), "4000") == [], "what does not sum to the line is not said to make it"


def _settle(tx: Tx, _: None) -> None:
    rest = {"id": 1, "account_id": 1, "currency": "USD", "request_id": "test", "recorded_at": tx.now}
    payment = {"number": "PAY-1", "day": date(2022, 2, 5), "amount": 6000}
    memo = {"number": "CM-1", "memo_date": date(2022, 3, 9), "reason": "given"}
    tx.db.execute(tables.payment.insert().values(**rest, **payment))
    tx.db.execute(tables.credit_memo.insert().values(**rest, **memo))
    for number, row in enumerate(
        (
            {"payment_id": 1, "memo_id": None, "day": date(2022, 2, 5), "amount": 6000},
            {"payment_id": None, "memo_id": 1, "day": date(2022, 3, 9), "amount": 1500},
        ),
        1,
    ):
        tx.db.execute(tables.settlement.insert().values(id=number, invoice_line_id=1, **row))


@pytest.mark.parametrize(("figure", "value"), [(QUANTITY, "10"), (AMOUNT, "1200.00"), (MRR, "100.00")])
def test_below_an_assets_state_period_stands_what_makes_it(desk: Desk, figure: Figure, value: str) -> None:
    (line,) = why(desk, "asset", "AST-000001", figure)["lines"]
    made = [(part["kind"], part["description"], part["value"]) for part in line["parts"]]
    assert made == [("action", "Initial Sale, 2022-01-01", value)]


def test_the_amount_of_an_asset_with_one_period_is_made_by_its_actions(desk: Desk) -> None:
    (line,) = why(desk, "asset", "Branch licences", AMOUNT, "2022-06-01")["lines"]
    assert [(part["description"], part["value"]) for part in line["parts"]] == [("Initial Sale, 2022-06-01", "300.00")]


def test_the_balance_of_an_asset_is_that_of_its_lines(desk: Desk) -> None:
    shown = why(desk, "asset", "Branch licences", BALANCE, "2022-07-01")
    assert shown["value"] == "100.00"
    assert [line["title"].split(": ")[1] for line in shown["lines"]] == ["Branch licences", "Branch licences"]


def test_an_order_is_made_of_its_items(desk: Desk) -> None:
    for figure, value in ((QUANTITY, "10"), (AMOUNT, "1200.00"), (MRR, "100.00")):
        shown = why(desk, "order", "00000001", figure)
        assert (shown["of"], shown["value"]) == ("Order 00000001", value)
        assert lines(shown, "kind", "description", "value") == [
            ("order-item", "Initial Sale: LIC, 2022-01-01 to 2022-12-31", value)
        ]
    assert why(desk, "order", "00000001", BALANCE, "2022-03-01")["value"] == "300.00"


def test_an_order_without_effect_changes_no_mrr(fresh: Desk) -> None:
    fresh.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(1), OCTOBER, term=12),), draft=True))
    shown = why(fresh, "order", "00000006", MRR)
    assert (shown["value"], lines(shown)) == (
        "0.00",
        [("Initial Sale: LIC, 2022-10-15 to 2023-10-14 (without effect yet)", None)],
    )
    assert lines(why(fresh, "order", "00000006", AMOUNT)) == [
        ("Initial Sale: LIC, 2022-10-15 to 2023-10-14", "120.00"),
    ]


def test_an_order_without_effect_changes_no_quantity(fresh: Desk) -> None:
    fresh.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(1), OCTOBER, term=12),), draft=True))
    shown = why(fresh, "order", "00000006", QUANTITY)
    assert (shown["value"], [line["value"] for line in shown["lines"]]) == ("0", [None])


def test_an_order_with_free_months_changed_what_its_action_says(fresh: Desk) -> None:
    """The free months bring the quantity, the days that are paid the MRR; on whatever day it is asked."""
    line = SaleLine("LIC", Decimal(10), date(2022, 1, 1), term=12, free_months=2)
    fresh.do(sales.sell, Sell("Acme", (line,)))
    for figure, value, made in ((QUANTITY, "10", ["10", "0"]), (MRR, "100.00", ["0.00", "100.00"])):
        for day in ("2022-02-01", "2022-10-15"):
            shown = why(fresh, "order", "00000006", figure, day)
            assert (shown["value"], [line["value"] for line in shown["lines"]]) == (value, made)
            assert not any(line["note"] for line in shown["lines"])


def test_an_order_that_renews_changed_no_quantity(desk: Desk) -> None:
    shown = why(desk, "order", "00000005", QUANTITY)
    assert (shown["value"], lines(shown)) == ("0", [("Renewals: LIC, 2023-01-01 to 2023-12-31", "0")])


def test_an_evergreen_order_item_has_no_total(desk: Desk) -> None:
    assert lines(why(desk, "order", "00000002", AMOUNT)) == [
        ("Initial Sale: HOST, from 2022-03-01 (amount not known while it runs)", None)
    ]


def test_an_invoice_is_made_of_its_lines(desk: Desk) -> None:
    shown = why(desk, "invoice", "INV-000001", AMOUNT)
    assert (shown["of"], shown["value"]) == ("INV-000001", "100.00")
    assert lines(shown) == [("INV-000001: Licence, 2022-01-01 to 2022-01-31", "100.00")]
    assert why(desk, "invoice", "INV-000001", BALANCE)["value"] == "100.00"


@pytest.mark.parametrize("figure", [QUANTITY, MRR])
def test_an_invoice_has_no_quantity_and_no_mrr(desk: Desk, figure: Figure) -> None:
    with pytest.raises(Refused, match="of its own"):
        why(desk, "invoice", "INV-000001", figure)


def test_a_sale_is_made_of_its_order_item_and_a_stated_origin_adds_nothing(desk: Desk) -> None:
    sale, _ = action_ids(desk, "Acme")
    assert lines(why(desk, "action", sale, AMOUNT)) == [
        ("Order 00000001/1, 2022-01-01 to 2022-12-31", "1200.00"),
        ("Work order 88213/4, 2022-01-01 to 2022-12-31", "0.00"),
    ]
    assert lines(why(desk, "action", sale, QUANTITY)) == [("Order 00000001/1, 2022-01-01 to 2022-12-31", "10")]
    assert lines(why(desk, "action", sale, MRR)) == [("Running total after it, 2022-01-01", "100.00")]


def test_a_renewal_changes_no_quantity_because_the_last_state_holds_what_it_held(desk: Desk) -> None:
    _, renewal = action_ids(desk, "Acme")
    shown = why(desk, "action", renewal, QUANTITY)
    assert (shown["of"], shown["value"]) == ("Renewals of 2023-01-01, Licence", "0")
    assert lines(shown, "kind", "description", "value") == [
        ("running-total", "Running total after it, 2023-01-01", "10"),
        ("running-total", "Less the running total before it, 2023-01-01", "-10"),
    ]
    assert why(desk, "action", renewal, MRR)["value"] == "0.00"
    assert lines(why(desk, "action", renewal, AMOUNT)) == [("Order 00000005/1, 2023-01-01 to 2023-12-31", "1200.00")]


def test_an_action_has_no_balance(desk: Desk) -> None:
    with pytest.raises(Refused, match="An action has no invoice-line-balance"):
        why(desk, "action", action_ids(desk, "Acme")[0], BALANCE)


def test_a_currency_without_figures_is_refused_with_those_there_are(desk: Desk) -> None:
    with pytest.raises(Refused, match="Bäcker & Söhne has no figures in JPY"):
        why(desk, "account", "B-2", MRR, currency="JPY")


def test_an_unknown_thing_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused, match="There is no asset 'Nothing'"):
        why(desk, "asset", "Nothing", MRR)
