"""Selling by command line: sources, defaults, order files, and dry runs that show what would be stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from calm_desktop.bundled import sample
from tests.command_line import CommandLine, dump

SALE = (
    *("sell", "--account", "Acme", "--product", "LIC", "--quantity", "2.5", "--start", "2022-01-01"),
    *("--end", "2022-12-31"),
)


@pytest.fixture
def shop(calm: CommandLine) -> CommandLine:
    """A customer, and a licence at $10 a month."""
    calm("account", "add", "Acme")
    calm("product", "add", "Licence", "--code", "LIC", "--price", "10")
    return calm


def source(answer: Any) -> tuple[str, str, str | None]:
    item, found = answer["assets"][0]["actions"][0]["sources"]
    assert (item["kind"], item["subtotal"]) == ("order-item", "300.00")
    return found["kind"], found["reference"], found["system"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("work-order:WO-7/1", ("work-order-line", "WO-7/1", None)),
        ("crm:4711", ("external", "4711", "crm")),
        ("crm:a/b:c", ("external", "a/b:c", "crm")),
    ],
)
def test_a_sale_says_where_it_came_from(shop: CommandLine, given: str, expected: tuple[str, str, str | None]) -> None:
    assert source(shop(*SALE, "--source", given)) == expected


def test_defaults_are_monthly_in_advance_on_the_anniversary(shop: CommandLine) -> None:
    [item] = shop(*SALE)["orders"][0]["items"]
    fields = ("frequency", "timing", "boundary", "partial", "remainder", "discount", "category")
    assert [item[field] for field in fields] == [
        "monthly",
        "advance",
        "anniversary",
        "allowed",
        "last",
        "0",
        "Initial Sale",
    ]


def test_a_discount_lowers_the_unit_price(shop: CommandLine) -> None:
    [item] = shop(*SALE, "--discount", "12.5")["orders"][0]["items"]
    assert (item["unit_price"], item["net_unit_price"], item["total"]) == ("10.00", "8.75", "262.50")


def test_create_makes_the_product_too_where_a_price_is_given(calm: CommandLine) -> None:
    sale = ("sell", "--create", "--account", "Acme", "--product", "NEW", "--quantity", "1", "--start", "2022-01-01")
    assert [problem["field"] for problem in calm.refused(*sale, "--term", "1")] == ["product"]
    answer = calm(*sale, "--term", "1", "--term-unit", "years", "--price", "20")
    assert answer["orders"][0]["total"] == "240.00"
    assert [row["code"] for row in calm("list", "products")["rows"]] == ["NEW"]


def test_an_order_file_sells_all_its_orders(calm: CommandLine) -> None:
    answer = calm("sell", "--create", "--order", str(sample("orders.json")))
    assert [(order["account"], order["currency"], order["total"]) for order in answer["orders"]] == [
        ("Northwind Traders", "USD", "3575.00"),
        ("Müller & Söhne GmbH", "EUR", "2117.70"),
    ]
    assert [len(order["items"]) for order in answer["orders"]] == [2, 4]
    assert [row["name"] for row in calm("list", "accounts")["rows"]] == ["Müller & Söhne GmbH", "Northwind Traders"]
    assert calm("check")["ok"] is True


def test_an_order_file_is_refused_whole(shop: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "orders.json"
    line = {"product": "LIC", "quantity": "1", "start": "2022-01-01", "end": "2022-12-31"}
    good = {"number": "1", "account": "Acme", "lines": [line]}
    file.write_text(json.dumps({"orders": [good, {"number": "2", "account": "Nobody", "lines": [line]}]}))
    [problem] = shop.refused("sell", "--order", str(file))
    assert (problem["code"], problem["place"]) == ("unknown-account", "order 2")
    file.write_text(json.dumps({"orders": [{**good, "lines": [line, {**line, "quantity": "abc"}]}]}))
    [problem] = shop.refused("sell", "--order", str(file))
    assert (problem["field"], problem["place"]) == ("orders[0].lines[1].quantity", "orders.json, row 1")


def test_what_is_wrong_in_an_order_file_is_said_in_its_own_words(shop: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "orders.json"
    line = {"product": "LIC", "quantity": "1", "start": "2022-01-01", "end": "2022-12-31"}
    file.write_text(json.dumps({"orders": [{"account": "Acme", "lines": [line]}]}))
    [problem] = shop.refused("sell", "--order", str(file))
    assert (problem["field"], problem["message"]) == (
        "orders[0].number",
        "Found nothing, expected a value: fill in number.",
    )
    file.write_text(json.dumps({"orders": [{"number": "1", "account": "Acme", "lines": [{**line, "terms": "12"}]}]}))
    [problem] = shop.refused("sell", "--order", str(file))
    assert (problem["field"], problem["message"][-25:]) == ("orders[0].lines[0].terms", "steps: did you mean term?")


def test_without_json_a_dry_run_says_that_it_is_one(shop: CommandLine) -> None:
    answer = shop.say(*SALE, "--dry-run")
    assert (answer.code, answer.err) == (0, "Dry run: this is what would be stored. Nothing was.\n")
    assert "300.00" in answer.out


DRY = [
    ("settings", "set", "auto-flow", "off"),
    ("product", "add", "Support", "--code", "SUP", "--price", "5"),
    ("product", "price", "LIC", "--price", "12", "--from", "2022-06-01"),
    ("product", "set", "LIC", "--name", "Licence, new"),
    ("account", "add", "Beta"),
    ("account", "set", "Acme", "--country", "US"),
    ("tax", "add", "standard", "--rate", "20"),
    (*SALE, "--source", "crm:1"),
    (*SALE, "--draft"),
    ("activate", "00000002"),
    ("set", "asset", "Licence", "--renewal-term", "6"),
    ("renew", "Licence"),
    ("invoice", "--through", "2022-03-31"),
    ("invoice", "--through", "2022-03-31", "--draft"),
    ("invoice-order", "00000001"),
    ("rollup",),
    ("import", str(sample("orders.csv"))),
]


@pytest.mark.parametrize("words", DRY, ids=" ".join)
def test_a_dry_run_answers_as_the_act_does_and_stores_nothing(shop: CommandLine, words: tuple[str, ...]) -> None:
    shop(*SALE)
    shop(*SALE, "--draft")
    before = dump(shop.store)
    shown = shop(*words, "--dry-run")
    assert dump(shop.store) == before
    stored = shop(*words)
    for answer in (shown, stored):
        answer.pop("request_id", None)
    assert shown == stored
    assert dump(shop.store) != before
