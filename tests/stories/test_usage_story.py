"""Usage beside a subscription, told at the services and on the command line: arrears, late records, corrections."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from calm_desktop.engine.catalog import Kind, UsageModel
from calm_desktop.engine.problems import Refused
from calm_desktop.engine.usage import Tier, UsagePrice
from calm_desktop.services import catalogue, invoices, sales, usage
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddProduct,
    AddUsage,
    CorrectUsage,
    Look,
    RunInvoices,
    SaleLine,
    Sell,
    SetUsagePrice,
)
from calm_desktop.services.shapes import InvoiceShape
from calm_desktop.services.views import show_asset
from tests.command_line import CommandLine

NEW_YEAR = date(2022, 1, 1)
FEBRUARY, MARCH, APRIL = date(2022, 2, 1), date(2022, 3, 1), date(2022, 4, 1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Acme: ten licences at $10 a month in advance, and calls: 100 free a month, $0.10 to 1,000, then $0.05 and $5."""
    with Desk.create(tmp_path / "story.db", {"currency": "USD"}, today=NEW_YEAR) as desk:
        desk.do(catalogue.add_product, AddProduct("Licence", "LIC", Decimal(10)))
        desk.do(catalogue.add_product, AddProduct("Calls", "CALLS", Decimal("0.10"), Kind.USAGE))
        tiers = (Tier(Decimal(1000), Decimal("0.10")), Tier(None, Decimal("0.05"), Decimal(5)))
        price = UsagePrice(UsageModel.GRADUATED, tiers, included=Decimal(100))
        desk.do(usage.set_usage_price, SetUsagePrice("CALLS", price))
        lines = (
            SaleLine("LIC", Decimal(10), NEW_YEAR, term=12),
            SaleLine("CALLS", Decimal(1), NEW_YEAR, term=12),
        )
        desk.do(sales.sell, Sell("Acme", lines, create=True))
        yield desk
        report = desk.ask(check, None)
        assert report.ok, report.broken


def use(desk: Desk, day: str, quantity: int, key: str) -> None:
    desk.do(usage.add_usage, AddUsage("Calls", date.fromisoformat(day), Decimal(quantity), key))


def run(desk: Desk, through: date) -> list[InvoiceShape]:
    return list(desk.do(invoices.run, RunInvoices(through)).invoices)


def lines(invoice: InvoiceShape) -> list[tuple[str, str, str, str]]:
    return [
        (line.description, line.start.isoformat(), f"{line.quantity.normalize():f}", str(line.amount))
        for line in invoice.lines
    ]


def test_usage_stands_beside_the_subscription_on_one_invoice(desk: Desk) -> None:
    use(desk, "2022-01-10", 900, "a")
    use(desk, "2022-01-31", 700, "b")
    january, february = run(desk, FEBRUARY)
    assert (january.invoice.date, lines(january)) == (NEW_YEAR, [("Licence", "2022-01-01", "10", "100.00")])
    # 1,600 calls less 100 free: 1,000 x 0.10 + 500 x 0.05 + 5.
    assert (february.invoice.date, lines(february)) == (
        FEBRUARY,
        [("Licence", "2022-02-01", "10", "100.00"), ("Calls, usage", "2022-01-01", "1600", "130.00")],
    )
    assert str(february.invoice.total) == "230.00"


def test_a_late_record_and_a_correction_go_onto_the_next_invoice(desk: Desk) -> None:
    use(desk, "2022-01-10", 900, "a")
    run(desk, FEBRUARY)
    use(desk, "2022-01-20", 200, "late")
    use(desk, "2022-02-10", 100, "b")
    (march,) = run(desk, MARCH)
    assert lines(march) == [
        ("Licence", "2022-03-01", "10", "100.00"),
        ("Calls, usage adjustment", "2022-01-01", "200", "20.00"),
        ("Calls, usage", "2022-02-01", "100", "0.00"),
    ]
    desk.do(usage.correct_usage, CorrectUsage("a", Decimal(600), "a meter was read twice"))
    (april,) = run(desk, APRIL)
    assert lines(april) == [
        ("Licence", "2022-04-01", "10", "100.00"),
        ("Calls, usage adjustment", "2022-01-01", "-300", "-30.00"),
    ]
    billing = desk.ask(show_asset, Look("Calls")).billing
    assert billing.group is not None
    # January in the end: 800 calls less 100 free.
    assert (str(billing.group.total_billed), str(billing.group.total_pending)) == ("70.00", "0.00")
    assert [(item.kind, str(item.amount)) for item in billing.schedules[0].items] == [
        ("usage", "80.00"),
        ("adjustment", "20.00"),
        ("adjustment", "-30.00"),
        ("usage", "0.00"),
    ]
    assert run(desk, APRIL) == []


def test_the_same_key_with_another_quantity_is_refused(desk: Desk) -> None:
    use(desk, "2022-01-10", 900, "a")
    use(desk, "2022-01-10", 900, "a")
    with pytest.raises(Refused) as refused:
        use(desk, "2022-01-10", 901, "a")
    assert [problem.code for problem in refused.value.problems] == ["usage-key-taken"]
    assert lines(run(desk, FEBRUARY)[-1])[-1] == ("Calls, usage", "2022-01-01", "900", "80.00")


def test_the_story_on_the_command_line(calm: CommandLine, tmp_path: Path) -> None:
    calm("product", "add", "Licence", "--code", "LIC", "--price", "10")
    calm("product", "add", "Calls", "--code", "CALLS", "--kind", "usage", "--price", "0.10")
    tiers = ("--tier", "1000:0.10:0", "--tier", "inf:0.05:5", "--included", "100")
    calm("product", "usage", "CALLS", "--model", "graduated", *tiers)
    sale = ("--account", "Acme", "--start", "2022-01-01", "--term", "12")
    calm("sell", "--create", *sale, "--product", "LIC", "--quantity", "10")
    calm("sell", *sale, "--product", "CALLS", "--quantity", "1")
    file = tmp_path / "use.csv"
    file.write_text("asset,at,quantity,key\nCalls,2022-01-10,900,a\nCalls,2022-01-31T23:59:59,700,b\n", "utf-8")
    assert calm("usage", "import", str(file))["new"] == 2
    shown = calm("invoice", "--through", "2022-02-01", "--dry-run")
    stored = calm("invoice", "--through", "2022-02-01")
    assert [each["lines"] for each in shown["invoices"]] == [each["lines"] for each in stored["invoices"]]
    line = stored["invoices"][-1]["lines"][-1]
    assert {name: line[name] for name in ("type", "description", "start", "end", "quantity", "amount")} == {
        "type": "Charge",
        "description": "Calls, usage",
        "start": "2022-01-01",
        "end": "2022-01-31",
        "quantity": "1600",
        "amount": "130.00",
    }
    assert line["unit_price"] == "0.08125"
    calm("usage", "correct", "--key", "b", "--quantity", "200", "--reason", "counted twice")
    (march,) = calm("invoice", "--through", "2022-03-01")["invoices"]
    assert [(each["description"], each["amount"]) for each in march["lines"]] == [
        ("Licence", "100.00"),
        ("Calls, usage adjustment", "-30.00"),
    ]
    items = calm("show", "asset", "Calls")["billing"]["schedules"][0]["items"]
    assert [(item["kind"], item["quantity"], item["amount"]) for item in items] == [
        ("usage", "1600", "130.00"),
        ("adjustment", "-500", "-30.00"),
    ]
    assert calm("check")["ok"] is True
