"""`product usage`, `usage add`, `usage correct`, `usage import` and `list usage`, to the letter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import CommandLine


@pytest.fixture
def calls(calm: CommandLine) -> CommandLine:
    """A metered product of 0.10 a call, sold to Acme for 2022."""
    calm("product", "add", "Calls", "--code", "CALLS", "--kind", "usage", "--price", "0.10")
    calm(
        *("sell", "--create", "--account", "Acme", "--product", "CALLS", "--quantity", "1"),
        *("--start", "2022-01-01", "--term", "12"),
    )
    return calm


def use(line: CommandLine, at: str, quantity: str, key: str, *more: str) -> dict[str, object]:
    answer: dict[str, object] = line(
        *("usage", "add", "--asset", "AST-000001", "--at", at, "--quantity", quantity, "--key", key, *more)
    )
    return answer


def test_a_usage_price_is_set_and_shown(calls: CommandLine) -> None:
    assert calls("product", "usage", "CALLS")["prices"] == []
    words = ("--tier", "100:0.1", "--tier", "inf:0.05:2", "--included", "10", "--from", "2022-01-01")
    answer = calls("product", "usage", "CALLS", "--model", "graduated", *words)
    assert (answer["product"], len(answer["prices"])) == ("CALLS", 1)
    assert answer["prices"][0] == {
        "currency": "USD",
        "start": "2022-01-01",
        "model": "graduated",
        "tiers": [{"up_to": "100", "unit": "0.1", "flat": "0"}, {"up_to": None, "unit": "0.05", "flat": "2"}],
        "package_size": None,
        "package_price": None,
        "percent": None,
        "fixed_fee": "0",
        "free_units": "0",
        "free_events": 0,
        "included": "10",
    }
    assert calls("product", "usage", "CALLS") == answer
    shown = calls.say("product", "usage", "CALLS").out
    assert "to 100: 0.1 each, 0 fee, beyond: 0.05 each, 2 fee" in shown


def test_every_model_has_its_options(calls: CommandLine) -> None:
    package = ("--package-size", "1000", "--package-price", "4.5", "--free-units", "500")
    calls("product", "usage", "CALLS", "--model", "package", *package)
    percentage = ("--percent", "1.3", "--fixed-fee", "0.2", "--free-units", "250", "--free-events", "2")
    calls("product", "usage", "CALLS", "--model", "percentage", *percentage, "--from", "2023-01-01")
    calls("product", "usage", "CALLS", "--model", "volume", "--tier", "inf:1:0", "--currency", "EUR")
    calls("product", "usage", "CALLS", "--model", "flat", "--included", "5", "--from", "2024-01-01")
    prices = calls("product", "usage", "CALLS")["prices"]
    assert [(each["currency"], each["start"], each["model"]) for each in prices] == [
        ("EUR", "1900-01-01", "volume"),
        ("USD", "1900-01-01", "package"),
        ("USD", "2023-01-01", "percentage"),
        ("USD", "2024-01-01", "flat"),
    ]
    assert "1,000 for 4.5" in calls.say("product", "usage", "CALLS").out


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (("--model", "linear"), ["bad-model"]),
        (("--tier", "inf:1:0"), ["missing-model"]),
        (("--model", "graduated", "--tier", "10"), ["bad-tier"]),
        (("--model", "graduated", "--tier", "ten:1:0:4", "--tier", "x:y:z"), ["bad-tier"] * 4),
        (("--model", "graduated", "--tier", "10:1:0"), ["last-tier-closed"]),
        (("--model", "volume", "--tier", "10:1:0", "--tier", "5:1:0", "--tier", "inf:1:0"), ["tiers-must-rise"]),
        (("--model", "package", "--package-size", "0"), ["missing-package-price", "package-size-out-of-range"]),
        (("--model", "percentage", "--percent", "many", "--free-events", "-1"), ["bad-free-events", "bad-percent"]),
        (("--model", "flat", "--currency", "XXQ"), ["unknown-currency"]),
    ],
)
def test_what_is_no_usage_price_is_refused(calls: CommandLine, words: tuple[str, ...], codes: list[str]) -> None:
    assert [each["code"] for each in calls.refused("product", "usage", "CALLS", *words)] == codes


def test_use_is_recorded_once(calls: CommandLine) -> None:
    answer = use(calls, "2022-01-15T14:30", "12.50", "a")
    assert answer["new"] is True
    record = answer["record"]
    assert isinstance(record, dict)
    assert {name: record[name] for name in ("asset", "account", "key", "at", "day", "quantity", "revision")} == {
        "asset": "Calls",
        "account": "Acme",
        "key": "a",
        "at": "2022-01-15T14:30:00+00:00",
        "day": "2022-01-15",
        "quantity": "12.5",
        "revision": 0,
    }
    assert answer["period"] == {
        "start": "2022-01-01",
        "end": "2022-01-31",
        "quantity": "12.5",
        "events": 1,
        "amount": "1.25",
        "billed": "0.00",
        "invoices": [],
    }
    assert use(calls, "2022-01-15T15:30+01:00", "12.5", "a")["new"] is False
    assert calls("list", "usage")["count"] == 1


def test_the_same_key_with_another_quantity_says_how_to_correct(calls: CommandLine) -> None:
    use(calls, "2022-01-15", "12", "a")
    words = ("usage", "add", "--asset", "Calls", "--at", "2022-01-15", "--quantity", "13", "--key", "a")
    (problem,) = calls.refused(*words)
    assert (problem["code"], problem["field"]) == ("usage-key-taken", "key")
    assert "use `usage correct`" in problem["message"]


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"--at": "yesterday"}, ["bad-time"]),
        ({"--at": "2022-02-30"}, ["bad-date"]),
        ({"--at": "2022-01-15T25:00"}, ["bad-time"]),
        ({"--at": "2021-12-31T23:59:59"}, ["usage-outside-service"]),
        ({"--quantity": "0"}, ["bad-quantity"]),
        ({"--quantity": "-5", "--at": "noon"}, ["bad-time", "bad-quantity"]),
        ({"--quantity": "1e3"}, ["bad-quantity"]),
        ({"--key": ""}, ["missing-key"]),
        ({"--asset": "Nothing"}, ["unknown-asset"]),
    ],
)
def test_what_cannot_be_recorded_is_refused(calls: CommandLine, changed: dict[str, str], codes: list[str]) -> None:
    given = {"--asset": "Calls", "--at": "2022-01-15", "--quantity": "1", "--key": "a", **changed}
    words = [word for pair in given.items() for word in pair]
    assert [each["code"] for each in calls.refused("usage", "add", *words)] == codes


def test_usage_for_a_product_that_is_not_rated_by_it_is_refused(calls: CommandLine) -> None:
    calls("product", "add", "Licence", "--code", "LIC", "--price", "10")
    calls("sell", "--account", "Acme", "--product", "LIC", "--quantity", "1", "--start", "2022-01-01", "--term", "12")
    words = ("--asset", "Licence", "--at", "2022-01-15", "--quantity", "1", "--key", "a")
    (problem,) = calls.refused("usage", "add", *words)
    assert (problem["code"], problem["field"]) == ("not-usage", "asset")
    (problem,) = calls.refused("product", "usage", "LIC", "--model", "flat")
    assert (problem["code"], problem["field"]) == ("not-usage", "product")


def test_a_correction_states_its_reason(calls: CommandLine) -> None:
    use(calls, "2022-01-15", "12", "a")
    answer = calls("usage", "correct", "--key", "a", "--quantity", "10", "--reason", "counted twice")
    assert (answer["record"]["revision"], answer["record"]["reason"]) == (1, "counted twice")
    rows = calls("list", "usage", "--asset", "Calls")["rows"]
    assert [(row["quantity"], row["counts"]) for row in rows] == [("12", False), ("10", True)]
    (problem,) = calls.refused("usage", "correct", "--key", "b", "--quantity", "1", "--reason", "why")
    assert problem["code"] == "unknown-usage"
    (problem,) = calls.refused("usage", "correct", "--key", "a", "--quantity", "1", "--reason", " ")
    assert problem["code"] == "missing-reason"
    assert calls.refused("usage", "correct", "--key", "a", "--quantity", "few", "--reason", "why")
    assert calls.say("usage", "correct", "--key", "a", "--quantity", "1").code == 2


def test_a_dry_run_shows_the_same_and_stores_nothing(calls: CommandLine) -> None:
    shown = use(calls, "2022-01-15", "12", "a", "--dry-run")
    assert calls("list", "usage")["count"] == 0
    stored = use(calls, "2022-01-15", "12", "a")
    assert {**shown, "request_id": ""} == {**stored, "request_id": ""}
    calls("usage", "correct", "--key", "a", "--quantity", "10", "--reason", "why", "--dry-run")
    assert calls("list", "usage")["count"] == 1
    calls("product", "usage", "CALLS", "--model", "flat", "--dry-run")
    assert calls("product", "usage", "CALLS")["prices"] == []


def test_a_file_is_imported_whole(calls: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "use.csv"
    file.write_text("key;asset;at;quantity\na;AST-000001;2022-01-10;5\nb;Calls;2022-01-11T10:00Z;2.5\n", "utf-8")
    shown = calls("usage", "import", str(file), "--dry-run")
    assert (shown["new"], shown["stored"]) == (2, False)
    assert calls("list", "usage")["count"] == 0
    answer = calls("usage", "import", str(file))
    assert {name: answer[name] for name in ("read", "new", "same", "rejected", "stored", "problems")} == {
        "read": 2,
        "new": 2,
        "same": 0,
        "rejected": 0,
        "stored": True,
        "problems": [],
    }
    again = calls("usage", "import", str(file))
    assert (again["new"], again["same"]) == (0, 2)


def test_a_bad_row_is_told_with_its_place_and_ends_with_1(calls: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "use.jsonl"
    file.write_text('{"asset": "Calls", "at": "2022-01-10", "quantity": 5, "key": "a"}\n[1]\n{"asset": ""}\n', "utf-8")
    said = calls.say("--json", "usage", "import", str(file))
    assert said.code == 1
    answer = json.loads(said.out)
    assert (answer["read"], answer["new"], answer["rejected"], answer["stored"]) == (3, 1, 2, False)
    assert [(each["row"], each["column"]) for each in answer["problems"]] == [
        (2, ""),
        (3, "asset"),
        (3, "at"),
        (3, "quantity"),
        (3, "key"),
    ]
    assert set(answer["problems"][0]) == {"file", "row", "column", "found", "expected", "fix"}
    assert "Problems" in calls.say("usage", "import", str(file)).out
    assert calls("list", "usage")["count"] == 0


def test_answers_can_be_read_and_lists_exported(calls: CommandLine, tmp_path: Path) -> None:
    use(calls, "2022-01-15T14:30", "12.5", "a")
    words = ("--asset", "Calls", "--at", "2022-01-15T14:30", "--quantity", "12.5", "--key", "a")
    assert "Recorded before" in calls.say("usage", "add", *words).out
    assert "Its billing period" in calls.say("usage", "add", *words).out
    assert "12.5" in calls.say("list", "usage").out
    calls("list", "usage", "--csv", str(tmp_path / "u.csv"), "--xlsx", str(tmp_path / "u.xlsx"))
    assert ",12.5,0,true,," in (tmp_path / "u.csv").read_text("utf-8")
    assert calls("check")["ok"] is True


def test_an_asset_that_has_no_schedule_yet_has_no_period(calm: CommandLine) -> None:
    calm("settings", "set", "auto-flow", "off")
    calm("product", "add", "Calls", "--code", "CALLS", "--kind", "usage", "--price", "0.10")
    order = calm(
        *("sell", "--create", "--account", "Acme", "--product", "CALLS", "--quantity", "1"),
        *("--start", "2022-01-01", "--term", "12"),
    )["orders"][0]["number"]
    calm("create-assets", order)
    assert use(calm, "2022-01-15", "1", "a")["period"] is None
    assert (
        "No billing period yet." in calm.say("usage", "correct", "--key", "a", "--quantity", "2", "--reason", "w").out
    )
