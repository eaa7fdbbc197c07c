"""The ramp of the trade's book (R6), sold from an order file on the command line, and brought in as an import."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import CommandLine

RAMP = {
    "product": "LIC",
    "quantity": "10",
    "price": "10.00",
    "start": "2020-01-01",
    "end": "2020-12-31",
    "steps": [{"start": "2020-07-01", "quantity": "20"}],
}
WRITTEN_OUT = {
    "product": "LIC",
    "price": "10.00",
    "steps": [
        {"start": "2020-01-01", "end": "2020-06-30", "quantity": "10"},
        {"start": "2020-07-01", "end": "2020-12-31", "quantity": "20"},
    ],
}


def order_file(folder: Path, *lines: dict[str, Any]) -> str:
    file = folder / "ramp.json"
    file.write_text(json.dumps({"orders": [{"number": "SO-6", "account": "Acme", "lines": lines}]}), encoding="utf-8")
    return str(file)


def periods(shown: Any) -> list[tuple[str, str, str, str, str]]:
    return [(p["start"], p["end"], p["quantity"], p["amount"], p["mrr"]) for p in shown["state_periods"]]


def last_action(shown: Any) -> tuple[str, str, str, str]:
    action = shown["actions"][-1]
    return action["category"], action["quantity_change"], action["amount_change"], action["mrr_change"]


@pytest.mark.parametrize("line", [RAMP, WRITTEN_OUT])
def test_r6_by_an_order_file(calm: CommandLine, tmp_path: Path, line: dict[str, Any]) -> None:
    before = calm("--today", "2019-12-20", "sell", "--create", "--order", order_file(tmp_path, line), "--dry-run")
    answer = calm("--today", "2019-12-20", "sell", "--create", "--order", order_file(tmp_path, line))
    assert before["assets"][0]["state_periods"] == answer["assets"][0]["state_periods"]
    assert [(item["start"], item["end"], item["total"]) for item in answer["orders"][0]["items"]] == [
        ("2020-01-01", "2020-06-30", "600.00"),
        ("2020-07-01", "2020-12-31", "1200.00"),
    ]
    [shown] = answer["assets"]
    assert periods(shown) == [
        ("2020-01-01", "2020-06-30", "10", "600.00", "100.00"),
        ("2020-07-01", "2020-12-31", "20", "1200.00", "200.00"),
    ]
    assert len(shown["actions"]) == 1
    assert last_action(shown) == ("Initial Sale", "20", "1800.00", "200.00")

    calm("--today", "2020-01-01", "amend", "LIC", "--quantity-change", "+5", "--from", "2020-10-01")
    shown = calm("show", "asset", "LIC")
    assert periods(shown)[1:] == [
        ("2020-07-01", "2020-09-30", "20", "600.00", "200.00"),
        ("2020-10-01", "2020-12-31", "25", "750.00", "250.00"),
    ]
    assert last_action(shown) == ("Upsells", "5", "150.00", "50.00")

    calm("--today", "2020-01-01", "cancel", "LIC", "--from", "2020-12-01")
    shown = calm("show", "asset", "LIC")
    assert periods(shown)[2:] == [("2020-10-01", "2020-11-30", "25", "500.00", "250.00")]
    assert last_action(shown) == ("Cancellations", "-25", "-250.00", "-250.00")
    totals = shown["actions"][-1]["totals"]
    assert (totals["quantity"], totals["amount"], totals["mrr"]) == ("0", "1700.00", "0.00")
    assert calm("check")["ok"] is True


def test_an_import_of_ramps_is_known_when_it_comes_again(calm: CommandLine, tmp_path: Path) -> None:
    plain = {"product": "SEAT", "quantity": "3", "price": "20", "start": "2020-01-01", "term": 12}
    free = {**plain, "product": "CARE", "free_months": 2, "trial_days": 14, "discount_amount": "5.00"}
    file = order_file(tmp_path, {**RAMP, "line": "1"}, {**plain, "line": "2"}, {**free, "line": "3"})
    found = calm("--today", "2020-01-01", "import", file)
    assert (found["read"], found["new"], found["rejected"]) == (3, 3, 0)
    shown = {name: calm("show", "asset", name) for name in ("LIC", "SEAT", "CARE")}
    assert periods(shown["LIC"]) == [
        ("2020-01-01", "2020-06-30", "10", "600.00", "100.00"),
        ("2020-07-01", "2020-12-31", "20", "1200.00", "200.00"),
    ]
    assert periods(shown["SEAT"]) == [("2020-01-01", "2020-12-31", "3", "720.00", "60.00")]
    assert periods(shown["CARE"]) == [
        ("2020-01-01", "2020-03-14", "3", "0.00", "0.00"),
        ("2020-03-15", "2020-12-31", "3", "429.68", "45.00"),
    ]
    again = calm("--today", "2020-01-01", "import", file)
    assert (again["new"], again["same"]) == (0, 3)
    other = order_file(tmp_path, {**RAMP, "line": "1", "steps": [{"start": "2020-08-01", "quantity": "20"}]})
    answer = calm.say("--json", "--today", "2020-01-01", "import", other)
    assert answer.code == 1
    assert [problem["column"] for problem in answer.json["problems"]] == ["steps"]
    assert calm("check")["ok"] is True


def test_free_days_past_the_term_are_refused(calm: CommandLine, tmp_path: Path) -> None:
    calm("account", "add", "Acme")
    calm("product", "add", "Licence", "--code", "LIC", "--price", "10")
    line = {"product": "LIC", "quantity": 1, "start": "2020-01-01", "term": 12, "free_months": 13}
    [problem] = calm.refused("sell", "--order", order_file(tmp_path, line))
    assert (problem["code"], problem["field"], problem["place"]) == ("free-too-long", "free_months", "order SO-6")
    assert problem["message"] == "The free days would go on to 2021-01-31, past the end on 2020-12-31. Give fewer."
