"""What happens in the middle of a term, told to the command line: DOMAIN R2b, R4 to R7 and R12, and every change.

Each story is a line or more as one types it, on a store with R1: ten licences at $10 a month for 2022. Every line that
changes something is given with --dry-run first: it shows what is then stored, and stores nothing.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import CommandLine, dump
from tests.pages import actions, corrections, credited, group, invoice_lines, pending, periods, totals

SALE = "sell --create --account Acme --product LIC --quantity 10 --start 2022-01-01 --term 12"


@dataclass(frozen=True)
class Typed:
    """The command line, told as one types it."""

    calm: CommandLine

    def __call__(self, line: str) -> Any:
        """A line that shows or bills something."""
        return self.calm(*shlex.split(line))

    def change(self, line: str) -> Any:
        """A line that changes something; its dry run shows the same, and stores nothing."""
        before = dump(self.calm.store)
        shown = self(f"{line} --dry-run")
        assert dump(self.calm.store) == before
        stored = self(line)
        assert (shown["orders"], shown["assets"]) == (stored["orders"], stored["assets"])
        report = self("check")
        assert (report["ok"], report["broken"]) == (True, [])
        return stored

    def asset(self, name: str) -> Any:
        return self(f"show asset {name} --as-of 2022-01-01")


@pytest.fixture
def typed(blank_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    """A new store."""
    path = tmp_path / "s.db"
    path.write_bytes(blank_store.read_bytes())
    return Typed(CommandLine(path, capsys))


@pytest.fixture
def r1(typed: Typed) -> Typed:
    """DOMAIN R1."""
    typed("product add LIC --code LIC --price 10")
    typed(f"--today 2021-12-20 {SALE}")
    return typed


@dataclass(frozen=True)
class Told:
    """A change by a typed line, and what it makes of LIC."""

    line: str
    orders: list[str]
    periods: list[str]
    action: str
    group: str
    billed_through: str = ""


CHANGES = {
    "R2b, five more from the middle of a month": Told(
        "amend LIC --quantity-change +5 --from 2022-09-15",
        ["Amend 176.67"],
        ["2022-01-01 - 2022-09-14: 10 / 846.67 / 100.00", "2022-09-15 - 2022-12-31: 15 / 530.00 / 150.00"],
        "Upsells 2022-09-15: +5 / +176.67 / +50.00 (15 / 1376.67 / 150.00)",
        "to 2022-12-31: billed 0.00, pending 1376.67",
    ),
    "R4, five more from September, ordered in August": Told(
        "--today 2022-08-15 amend LIC --quantity-change +5 --from 2022-09-01",
        ["Amend 200.00"],
        ["2022-01-01 - 2022-08-31: 10 / 800.00 / 100.00", "2022-09-01 - 2022-12-31: 15 / 600.00 / 150.00"],
        "Upsells 2022-09-01: +5 / +200.00 / +50.00 (15 / 1400.00 / 150.00)",
        "to 2022-12-31: billed 0.00, pending 1400.00",
    ),
    "R5, five less from September": Told(
        "amend LIC --quantity-change -5 --from 2022-09-01",
        ["Amend -200.00"],
        ["2022-01-01 - 2022-08-31: 10 / 800.00 / 100.00", "2022-09-01 - 2022-12-31: 5 / 200.00 / 50.00"],
        "Downsells 2022-09-01: -5 / -200.00 / -50.00 (5 / 1000.00 / 50.00)",
        "to 2022-12-31: billed 0.00, pending 1000.00",
    ),
    "cancelled in the middle of a billed month": Told(
        "--today 2022-09-10 cancel LIC --from 2022-09-16",
        ["Cancel -350.00"],
        ["2022-01-01 - 2022-09-15: 10 / 850.00 / 100.00"],
        "Cancellations 2022-09-16: -10 / -350.00 / -100.00 (0 / 850.00 / 0.00)",
        "to 2022-09-15: billed 900.00, pending -50.00",
        billed_through="2022-09-01",
    ),
    "another price": Told(
        "reprice LIC --price 12 --from 2022-07-01",
        ["Amend 120.00"],
        ["2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00", "2022-07-01 - 2022-12-31: 10 / 720.00 / 120.00"],
        "Terms And Conditions Changes 2022-07-01: +0 / +120.00 / +20.00 (10 / 1320.00 / 120.00)",
        "to 2022-12-31: billed 0.00, pending 1320.00",
    ),
    "another price in the middle of a billed month": Told(
        "--today 2022-07-16 reprice LIC --price 12 --from 2022-07-16",
        ["Amend 110.33"],
        ["2022-01-01 - 2022-07-15: 10 / 648.39 / 100.00", "2022-07-16 - 2022-12-31: 10 / 661.94 / 120.00"],
        "Terms And Conditions Changes 2022-07-16: +0 / +110.33 / +20.00 (10 / 1310.33 / 120.00)",
        "to 2022-12-31: billed 700.00, pending 610.33",
        billed_through="2022-07-01",
    ),
    "a discount": Told(
        "reprice LIC --discount 10 --from 2022-07-01",
        ["Amend -60.00"],
        ["2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00", "2022-07-01 - 2022-12-31: 10 / 540.00 / 90.00"],
        "Terms And Conditions Changes 2022-07-01: +0 / -60.00 / -10.00 (10 / 1140.00 / 90.00)",
        "to 2022-12-31: billed 0.00, pending 1140.00",
    ),
    "money off": Told(
        "reprice LIC --discount-amount 1.25 --from 2022-07-01",
        ["Amend -75.00"],
        ["2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00", "2022-07-01 - 2022-12-31: 10 / 525.00 / 87.50"],
        "Terms And Conditions Changes 2022-07-01: +0 / -75.00 / -12.50 (10 / 1125.00 / 87.50)",
        "to 2022-12-31: billed 0.00, pending 1125.00",
    ),
    "longer": Told(
        "extend LIC --end 2023-03-31",
        ["Amend 300.00"],
        ["2022-01-01 - 2022-12-31: 10 / 1200.00 / 100.00", "2023-01-01 - 2023-03-31: 10 / 300.00 / 100.00"],
        "Upsells 2023-01-01: +0 / +300.00 / +0.00 (10 / 1500.00 / 100.00)",
        "to 2023-03-31: billed 0.00, pending 1500.00",
    ),
    "shorter": Told(
        "extend LIC --end 2022-10-31",
        ["Amend -200.00"],
        ["2022-01-01 - 2022-10-31: 10 / 1000.00 / 100.00"],
        "Terms And Conditions Changes 2022-11-01: +0 / -200.00 / +0.00 (10 / 1000.00 / 100.00)",
        "to 2022-10-31: billed 0.00, pending 1000.00",
    ),
    "paused for two months": Told(
        "pause LIC --from 2022-07-01 --to 2022-08-31",
        ["Amend -200.00"],
        [
            "2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00",
            "2022-07-01 - 2022-08-31: 10 / 0.00 / 0.00 paused",
            "2022-09-01 - 2022-12-31: 10 / 400.00 / 100.00",
        ],
        "Terms And Conditions Changes 2022-07-01: +0 / -200.00 / +0.00 (10 / 1000.00 / 100.00)",
        "to 2022-12-31: billed 0.00, pending 1000.00",
    ),
    "renewed early": Told(
        "--today 2022-09-16 renew LIC --from 2022-09-16 --term 12",
        ["Renew 850.00"],
        ["2022-01-01 - 2022-09-15: 10 / 850.00 / 100.00", "2022-09-16 - 2023-09-15: 10 / 1200.00 / 100.00"],
        "Renewals 2022-09-16: +0 / +850.00 / +0.00 (10 / 2050.00 / 100.00)",
        "to 2023-09-15: billed 900.00, pending 1150.00",
        billed_through="2022-09-01",
    ),
    "renewed late": Told(
        "--today 2023-02-20 renew LIC --from 2023-03-01",
        ["Renew 1200.00"],
        ["2022-01-01 - 2022-12-31: 10 / 1200.00 / 100.00", "2023-03-01 - 2024-02-29: 10 / 1200.00 / 100.00"],
        "Renewals 2023-03-01: +0 / +1200.00 / +0.00 (10 / 2400.00 / 100.00)",
        "to 2024-02-29: billed 0.00, pending 2400.00",
    ),
}


@pytest.mark.parametrize("told", CHANGES.values(), ids=CHANGES)
def test_a_change_as_it_is_typed_and_its_undo(r1: Typed, told: Told) -> None:
    if told.billed_through:
        r1(f"invoice --through {told.billed_through}")
    before = r1.asset("LIC")
    answer = r1.change(told.line)
    assert [f"{order['kind']} {order['total']}" for order in answer["orders"]] == told.orders
    (shape,) = answer["assets"]
    assert periods(shape) == told.periods
    assert actions(shape)[1] == told.action
    assert group(shape) == told.group
    (undone,) = r1.change(f"undo {shape['actions'][1]['id']}")["assets"]
    assert (periods(undone), pending(undone), group(undone)) == (periods(before), pending(before), group(before))
    assert undone["asset"]["total_lifecycle_amount"] == before["asset"]["total_lifecycle_amount"]


RAMP = {
    "product": "LIC",
    "price": "10",
    "quantity": "10",
    "start": "2020-01-01",
    "end": "2020-12-31",
    "steps": [{"start": "2020-07-01", "quantity": "20"}],
}


def test_r6_a_ramp_with_five_more_and_its_end(typed: Typed, tmp_path: Path) -> None:
    typed("product add LIC --code LIC --price 10")
    file = tmp_path / "ramp.json"
    file.write_text(json.dumps({"orders": [{"number": "R6", "account": "Acme", "lines": [RAMP]}]}), encoding="utf-8")
    (sold,) = typed.change(f"--today 2020-01-01 sell --create --order {shlex.quote(str(file))}")["assets"]
    assert actions(sold) == ["Initial Sale 2020-01-01: +20 / +1800.00 / +200.00 (20 / 1800.00 / 200.00)"]
    (more,) = typed.change("--today 2020-09-15 amend LIC --quantity-change +5 --from 2020-10-01")["assets"]
    assert periods(more) == [
        "2020-01-01 - 2020-06-30: 10 / 600.00 / 100.00",
        "2020-07-01 - 2020-09-30: 20 / 600.00 / 200.00",
        "2020-10-01 - 2020-12-31: 25 / 750.00 / 250.00",
    ]
    assert actions(more)[1] == "Upsells 2020-10-01: +5 / +150.00 / +50.00 (25 / 1950.00 / 250.00)"
    (ended,) = typed.change("--today 2020-11-15 cancel LIC --from 2020-12-01")["assets"]
    assert periods(ended)[2] == "2020-10-01 - 2020-11-30: 25 / 500.00 / 250.00"
    assert actions(ended)[2] == "Cancellations 2020-12-01: -25 / -250.00 / -250.00 (0 / 1700.00 / 0.00)"


def test_r12_nothing_after_the_last_day_is_invoiced(r1: Typed) -> None:
    (shape,) = r1.change("--today 2022-08-15 cancel LIC --from 2022-09-01")["assets"]
    assert periods(shape) == ["2022-01-01 - 2022-08-31: 10 / 800.00 / 100.00"]
    made = r1("invoice --through 2023-12-31")
    assert totals(made) == [f"2022-{month:02}-01: 100.00" for month in range(1, 9)]
    assert max(line["end"] for each in made["invoices"] for line in each["lines"]) == "2022-08-31"


def test_r12_what_is_billed_in_advance_beyond_the_last_day_is_credited(typed: Typed) -> None:
    typed("product add LIC --code LIC --price 10")
    typed(f"{SALE} --frequency annual")
    assert totals(typed("invoice --through 2022-01-01")) == ["2022-01-01: 1200.00"]
    (shape,) = typed.change("--today 2022-08-15 cancel LIC --from 2022-09-01")["assets"]
    assert credited(shape) == ["2022-09-01 - 2022-12-31 on 2022-09-01: -400.00"]
    made = typed("invoice --through 2023-12-31")
    assert invoice_lines(made) == ["2022-09-01: LIC 2022-09-01 - 2022-12-31 -400.00"]
    assert group(typed.asset("LIC")) == "to 2022-08-31: billed 800.00, pending 0.00"


def test_r7_odd_cents_of_six_billed_months_are_corrected(typed: Typed) -> None:
    typed("product add SITE --code SITE --price 100 --price-unit year")
    typed("sell --create --account Acme --product SITE --quantity 1 --start 2022-01-01 --term 12")
    assert totals(typed("invoice --through 2022-06-01")) == [f"2022-{month:02}-01: 8.33" for month in range(1, 7)]
    (shape,) = typed.change("--today 2022-06-20 cancel SITE --from 2022-07-01")["assets"]
    assert periods(shape) == ["2022-01-01 - 2022-06-30: 1 / 50.00 / 8.33"]
    assert corrections(shape) == pending(shape) == ["2022-07-01 - 2022-07-01 on 2022-07-01: 0.02"]


def test_where_parts_are_not_allowed_a_cancellation_moves_to_the_end_of_the_month(typed: Typed) -> None:
    typed("product add LIC --code LIC --price 10")
    typed(f"{SALE} --partial whole")
    (shape,) = typed.change("cancel LIC --from 2022-09-10")["assets"]
    assert periods(shape) == ["2022-01-01 - 2022-09-30: 10 / 900.00 / 100.00"]
    assert actions(shape)[1] == "Cancellations 2022-10-01: -10 / -300.00 / -100.00 (0 / 900.00 / 0.00)"


def test_a_decrease_takes_the_last_in_first_each_at_its_own_price(r1: Typed) -> None:
    r1.change("amend LIC --quantity-change +5 --from 2022-07-01 --price 12")
    answer = r1.change("amend LIC --quantity-change -8 --from 2022-10-01")
    items = answer["orders"][0]["items"]
    assert [(item["quantity"], item["net_unit_price"], item["total"]) for item in items] == [
        ("-5", "12.00", "-180.00"),
        ("-3", "10.00", "-90.00"),
    ]
    (shape,) = answer["assets"]
    assert periods(shape) == [
        "2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00",
        "2022-07-01 - 2022-09-30: 15 / 480.00 / 160.00",
        "2022-10-01 - 2022-12-31: 7 / 210.00 / 70.00",
    ]


def test_an_increase_at_the_list_price_of_the_day(r1: Typed) -> None:
    r1("product price LIC --price 15 --from 2022-06-01")
    (shape,) = r1.change(
        "--today 2022-07-01 amend LIC --quantity-change +2 --from 2022-07-01 --pricing list --source work-order:W7/1"
    )["assets"]
    assert actions(shape)[1] == "Upsells 2022-07-01: +2 / +180.00 / +30.00 (12 / 1380.00 / 130.00)"
    assert [(each["kind"], each["reference"]) for each in shape["actions"][1]["sources"]] == [
        ("order-item", "00000002/1"),
        ("work-order-line", "W7/1"),
    ]


def test_paused_until_it_is_resumed(r1: Typed) -> None:
    (held,) = r1.change("pause LIC --from 2022-07-01")["assets"]
    assert periods(held)[1:] == ["2022-07-01 - 2022-12-31: 10 / 0.00 / 0.00 paused"]
    (shape,) = r1.change("resume LIC --from 2022-09-01")["assets"]
    assert periods(shape)[1:] == [
        "2022-07-01 - 2022-08-31: 10 / 0.00 / 0.00 paused",
        "2022-09-01 - 2022-12-31: 10 / 400.00 / 100.00",
    ]
    assert [line[:10] for line in totals(r1("invoice --through 2022-12-31"))] == [
        f"2022-{month:02}-01" for month in (1, 2, 3, 4, 5, 6, 9, 10, 11, 12)
    ]


def test_a_part_and_then_the_rest_is_transferred(r1: Typed) -> None:
    r1("account add Belmont")
    out, there = r1.change("transfer LIC --to Belmont --from 2022-07-01 --quantity 4")["assets"]
    assert periods(out)[1] == "2022-07-01 - 2022-12-31: 6 / 360.00 / 60.00"
    assert actions(there) == ["Transfers 2022-07-01: +4 / +240.00 / +40.00 (4 / 240.00 / 40.00)"]
    rest, _ = r1.change(f"transfer {out['asset']['id']} --to Belmont --from 2022-10-01")["assets"]
    assert actions(rest)[2] == "Transfers 2022-10-01: -6 / -180.00 / -60.00 (0 / 780.00 / 0.00)"
    cards = {
        name: r1(f"show account {name} --as-of {on}")["cards"][0]
        for name, on in (("Acme", "2022-09-30"), ("Belmont", "2022-10-01"))
    }
    figures = {name: (card["quantity"], card["amount"], card["mrr"]) for name, card in cards.items()}
    assert figures == {"Acme": ("6", "180.00", "60.00"), "Belmont": ("10", "420.00", "100.00")}


def test_an_upgrade_ends_one_product_and_begins_another(r1: Typed) -> None:
    r1("product add PRO --code PRO --price 25")
    old, new = r1.change("swap LIC --to PRO --from 2022-07-01 --category Upgrades")["assets"]
    assert periods(old) == ["2022-01-01 - 2022-06-30: 10 / 600.00 / 100.00"]
    assert periods(new) == ["2022-07-01 - 2022-12-31: 10 / 1500.00 / 250.00"]
    assert actions(old)[1] == "Upgrades 2022-07-01: -10 / -600.00 / -100.00 (0 / 600.00 / 0.00)"
    assert actions(new) == ["Upgrades 2022-07-01: +10 / +1500.00 / +250.00 (10 / 1500.00 / 250.00)"]
    answer = r1.change(f"undo {new['actions'][0]['id']}")
    assert periods(r1.asset("LIC")) == ["2022-01-01 - 2022-12-31: 10 / 1200.00 / 100.00"]
    assert len(answer["assets"]) == 2


def test_an_evergreen_amount_becomes_known_when_its_period_ends(typed: Typed) -> None:
    typed("product add PLAT --code PLAT --price 500 --selling-model evergreen")
    typed("sell --create --account Acme --product PLAT --quantity 1 --start 2022-01-01")
    (more,) = typed.change("amend PLAT --quantity-change +1 --from 2022-04-01")["assets"]
    assert periods(more) == [
        "2022-01-01 - 2022-03-31: 1 / 1500.00 / 500.00",
        "2022-04-01 - open: 2 / unknown / 1000.00",
    ]
    (ended,) = typed.change("cancel PLAT --from 2022-07-01")["assets"]
    assert periods(ended)[1] == "2022-04-01 - 2022-06-30: 2 / 3000.00 / 1000.00"
    assert actions(ended)[2] == "Cancellations 2022-07-01: -2 / +3000.00 / -1000.00 (0 / 4500.00 / 0.00)"


def test_what_is_paid_once_can_be_more_and_less(typed: Typed) -> None:
    typed("product add ROUTER --code ROUTER --kind physical --price 249.90")
    typed("sell --create --account Acme --product ROUTER --quantity 10 --start 2022-03-01")
    typed.change("amend ROUTER --quantity-change +2 --from 2022-04-01")
    typed("invoice --through 2022-04-01")
    (shape,) = typed.change("--today 2022-04-20 amend ROUTER --quantity-change -3 --from 2022-05-01")["assets"]
    assert actions(shape) == [
        "Initial Sale 2022-03-01: +10 / +2499.00 / +0.00 (10 / 2499.00 / 0.00)",
        "Upsells 2022-04-01: +2 / +499.80 / +0.00 (12 / 2998.80 / 0.00)",
        "Downsells 2022-05-01: -3 / -749.70 / +0.00 (9 / 2249.10 / 0.00)",
    ]
    assert [line.split(": ")[1] for line in credited(shape)] == ["-499.80", "-249.90"]


def test_two_assets_are_renewed_to_one_end(r1: Typed) -> None:
    r1("product add PRO --code PRO --price 25")
    r1("sell --account Acme --product PRO --quantity 2 --start 2022-04-01 --term 12")
    answer = r1.change("--today 2022-10-15 renew LIC PRO --coterminate 2023-12-31")
    assert answer["orders"][0]["total"] == "1650.00"
    assert [periods(shape)[1] for shape in answer["assets"]] == [
        "2023-01-01 - 2023-12-31: 10 / 1200.00 / 100.00",
        "2023-04-01 - 2023-12-31: 2 / 450.00 / 50.00",
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "--free-months 2",
            ["2022-01-01 - 2022-02-28: 10 / 0.00 / 0.00", "2022-03-01 - 2022-12-31: 10 / 1000.00 / 100.00"],
        ),
        (
            "--trial-days 14",
            ["2022-01-01 - 2022-01-14: 10 / 0.00 / 0.00", "2022-01-15 - 2022-12-31: 10 / 1154.84 / 100.00"],
        ),
        ("--discount 15", ["2022-01-01 - 2022-12-31: 10 / 1020.00 / 85.00"]),
        ("--discount-amount 1.25", ["2022-01-01 - 2022-12-31: 10 / 1050.00 / 87.50"]),
    ],
)
def test_free_at_first_and_cheaper(typed: Typed, words: str, expected: list[str]) -> None:
    typed("product add LIC --code LIC --price 10")
    (shape,) = typed.change(f"{SALE} {words}")["assets"]
    assert periods(shape) == expected


@pytest.mark.parametrize(
    ("currency", "price", "lifetime", "month", "credit"),
    [("JPY", "1000", "6968", "3000", "-2032"), ("KWD", "1.234", "8.598", "3.702", "-2.508")],
)
def test_each_currency_has_its_own_decimals(
    typed: Typed, currency: str, price: str, lifetime: str, month: str, credit: str
) -> None:
    typed(f"product add LIC --code LIC --price {price} --currency {currency}")
    typed(f"account add Acme --currency {currency}")
    typed("sell --account Acme --product LIC --quantity 3 --start 2022-01-01 --term 12")
    typed("invoice --through 2022-03-01")
    (shape,) = typed.change("--today 2022-03-11 cancel LIC --from 2022-03-11")["assets"]
    assert periods(shape) == [f"2022-01-01 - 2022-03-10: 3 / {lifetime} / {month}"]
    assert credited(shape) == [f"2022-03-11 - 2022-03-31 on 2022-03-11: {credit}"]
