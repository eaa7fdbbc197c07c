"""`report`: its shapes, its tables, its files, and what is wrong with what was asked."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from calm_desktop.cli.verbs.reports import REPORTS
from calm_desktop.services.reports import KINDS
from tests.command_line import CommandLine, told_once

IN_2022 = ("--from", "2022-01-01", "--to", "2022-12-31")


@told_once
def story(calm: CommandLine) -> None:
    """Acme: ten licences for 2022, five more from September, renewed. =Beta: five from February to July, in euros."""
    calm("product", "add", "Licence", "--code", "LIC", "--price", "10")
    calm("product", "price", "LIC", "--price", "9", "--from", "2020-01-01", "--currency", "EUR")
    sale = ("sell", "--create", "--product", "LIC", "--account")
    calm("--today", "2022-01-01", *sale, "Acme", "--quantity", "10", "--start", "2022-01-01", "--term", "12")
    calm("account", "add", "--currency", "EUR", "--", "=Beta")
    calm("--today", "2022-02-01", *sale, "=Beta", "--quantity", "5", "--start", "2022-02-01", "--term", "6")
    calm("--today", "2022-08-15", "amend", "AST-000001", "--quantity-change", "+5", "--from", "2022-09-01")
    calm("--today", "2022-10-15", "invoice", "--through", "2022-10-15")


def table(answer: Any, *columns: str) -> list[list[str]]:
    return [[row[column] for column in columns] for row in answer["rows"]]


def test_movements_have_the_shape_that_scripts_rely_on(story: CommandLine) -> None:
    answer = story("report", "mrr-movements", *IN_2022, "--by", "year")
    assert {key: answer[key] for key in ("report", "from", "to", "by", "count")} == {
        "report": "mrr-movements",
        "from": "2022-01-01",
        "to": "2022-12-31",
        "by": "year",
        "count": 2,
    }
    same = {
        "opening": "0.00",
        "contraction": "0.00",
        "reactivation": "0.00",
        "start": "2022-01-01",
        "end": "2022-12-31",
    }
    euros = {"new": "45.00", "expansion": "0.00", "churn": "-45.00", "closing": "0.00"}
    dollars = {"new": "100.00", "expansion": "50.00", "churn": "0.00", "closing": "150.00"}
    assert answer["rows"] == [
        {"period": "2022", "currency": "EUR"} | euros | same,
        {"period": "2022", "currency": "USD"} | dollars | same,
    ]


def test_every_report_is_named() -> None:
    assert tuple(KINDS) == REPORTS


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_answers_as_json_and_as_a_table(story: CommandLine, name: str) -> None:
    answer = story("--today", "2022-10-15", "report", name)
    assert (answer["report"], answer["count"]) == (name, len(answer["rows"]))
    assert answer["rows"] or name in ("retention", "usage")
    said = story.say("--today", "2022-10-15", "report", name)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(name[:3].capitalize().replace("Mrr", "MRR"))


def test_shares_are_ratios_in_json_and_percent_in_tables(story: CommandLine) -> None:
    story("--today", "2022-12-01", "renew", "AST-000001", "--term", "12")
    march = ("report", "retention", "--from", "2023-03-01", "--to", "2023-03-31")
    assert table(story(*march), "currency", "net_retention", "gross_retention") == [
        ["EUR", "0", "0"],
        ["USD", "1.5", "1"],
    ]
    [line] = [line.split() for line in story.say(*march, "--currency", "USD").out.splitlines() if "2023-03 " in line]
    assert line == ["2023-03", "100.00", "150.00", "100.00", "150", "100", "1", "1", "USD"]


def test_cohorts_are_a_heat_map_for_each_currency(story: CommandLine) -> None:
    said = story.say("report", "cohorts", "--from", "2022-01-01", "--to", "2022-09-30", "--by", "quarter").out
    assert [line.split() for line in said.splitlines() if line.startswith("2022")] == [
        ["2022-Q1", "1", "45.00", "100", "100", "0"],
        ["2022-Q1", "1", "100.00", "100", "100", "150"],
    ]


def test_aging_sums_each_currency_for_itself(story: CommandLine) -> None:
    answer = story("report", "aging", "--to", "2022-04-15")
    assert table(answer, "account", "not_due", "days_1_30", "days_31_60", "balance", "currency") == [
        ["=Beta", "45.00", "45.00", "45.00", "135.00", "EUR"],
        ["Acme", "100.00", "100.00", "100.00", "400.00", "USD"],
    ]
    assert [(each["currency"], each["balance"]) for each in answer["totals"]] == [("EUR", "135.00"), ("USD", "400.00")]


def test_renewals_due_within_so_many_days(story: CommandLine) -> None:
    due = story("--today", "2022-10-15", "report", "renewals-due", "--days", "77")["rows"]
    assert [(row["ends"], row["last_price"], row["list_price"], row["last_total"]) for row in due] == [
        ("2022-12-31", "10.00", "10.00", "1800.00")
    ]
    assert story("--today", "2022-10-15", "report", "renewals-due", "--days", "76")["rows"] == []


def test_what_stands_behind_a_report_can_be_listed(story: CommandLine, tmp_path: Path) -> None:
    behind = ("--today", "2022-10-15", "report", "mrr-movements", *IN_2022, "--behind")
    rows = story(*behind)["rows"]
    assert [(row["day"], row["movement"], row["asset"], row["change"]) for row in rows] == [
        ("2022-01-01", "new", "Licence", "100.00"),
        ("2022-02-01", "new", "Licence", "45.00"),
        ("2022-08-01", "churn", "Licence", "-45.00"),
        ("2022-09-01", "expansion", "Licence", "50.00"),
    ]
    assert "Movement" in story.say(*behind).out
    assert story(*behind, "--csv", str(tmp_path / "behind.csv"))["count"] == 4
    assert "4 rows are in" in story.say(*behind, "--csv", str(tmp_path / "behind.csv")).out
    assert "Nothing stands behind it." in story.say("report", "usage", "--behind").out


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_parted_into_groups(story: CommandLine, tmp_path: Path, name: str) -> None:
    is_ahead = name in ("expected-invoices", "renewals-due")
    days = ("--from", "2022-01-01", "--to", "2023-12-31") if is_ahead else ("--to", "2022-10-15")
    words = ("report", name, *days, "--group-by", "account")
    rows, file = story(*words)["rows"], tmp_path / "rows.csv"
    assert (next(iter(rows[0])) == "group") if rows else name == "usage"
    if rows:
        assert {row["group"] for row in rows} <= {"Acme", "=Beta"}
        assert "Acme" in story.say(*words).out
        story(*words, "--csv", str(file))
        assert file.read_text(encoding="utf-8").startswith("group,")


def test_csv_has_plain_figures_and_no_formula(story: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "aging.csv"
    assert story("report", "aging", "--to", "2022-04-15", "--csv", str(file))["csv"] == str(file)
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["account"], row["balance"], row["currency"]) for row in rows] == [
        ("'=Beta", "135.00", "EUR"),
        ("Acme", "400.00", "USD"),
    ]


def test_xlsx_has_real_numbers_and_days(story: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "movements.xlsx"
    story("report", "mrr-movements", *IN_2022, "--by", "year", "--currency", "USD", "--xlsx", str(file))
    headings, row = load_workbook(file).active.iter_rows(values_only=True)
    found = dict(zip(headings, row, strict=True))
    assert (found["period"], found["new"], found["closing"]) == ("2022", 100, 150)
    assert (found["start"], found["end"]) == (datetime(2022, 1, 1), datetime(2022, 12, 31))


def test_an_empty_report_is_a_file_with_headings(calm: CommandLine, tmp_path: Path) -> None:
    for name in REPORTS:
        file = tmp_path / f"{name}.csv"
        assert calm("report", name, "--csv", str(file))["count"] == 0
        assert "currency" in file.read_text(encoding="utf-8").split(",") or name == "retention"
        assert "Nothing to report." in calm.say("report", name).out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("mrr-movements", "--by", "week"), "bad-by"),
        (("mrr-movements", "--from", "2022-02-30"), "bad-date"),
        (("mrr-movements", "--from", "2022-02-01", "--to", "2022-01-31"), "end-before-start"),
        (("categories", "--category", "Sales"), "bad-category"),
        (("categories", "--kind", "car"), "bad-kind"),
        (("renewals-due", "--days", "soon"), "bad-days"),
        (("top-accounts", "--top", "0"), "bad-top"),
        (("aging", "--category", "Renewals"), "not-for-this-report"),
        (("aging", "--behind", "--from", "2022-01-01"), "not-for-this-report"),
        (("cohorts", "--account", "Nobody"), "unknown-account"),
        (("usage", "--csv", "x", "--xlsx", "x"), "same-file"),
        (("usage", "--group-by", "Region"), "unknown-grouping"),
        (("usage", "--group-by", " "), "empty-grouping"),
    ],
)
def test_what_is_wrong_is_told(story: CommandLine, words: tuple[str, ...], code: str) -> None:
    assert [problem["code"] for problem in story.refused("report", *words)] == [code]


@pytest.mark.parametrize(
    "words", [("revenue",), ("renewals-due", "--behind"), ("aging", "--behind", "--group-by", "kind"), ()]
)
def test_what_is_no_report_is_wrong_usage(story: CommandLine, words: tuple[str, ...]) -> None:
    assert [problem["code"] for problem in story.refused("report", *words, code=2)] == ["usage"]


def test_the_store_is_not_overwritten_by_a_report(story: CommandLine) -> None:
    assert story.refused("report", "aging", "--csv", str(story.store))[0]["code"] == "file-is-store"


def test_state_periods_can_be_listed(story: CommandLine) -> None:
    rows = story("list", "state-periods", "--account", "Acme")["rows"]
    assert [(row["start"], row["end"], row["quantity"], row["mrr"]) for row in rows] == [
        ("2022-01-01", "2022-08-31", "10", "100.00"),
        ("2022-09-01", "2022-12-31", "15", "150.00"),
    ]
    assert story("list", "state-periods", "--as-of", "2022-07-31")["count"] == 2
    assert story("list", "state-periods", "--asset", "AST-000001", "--from", "2022-09-01")["count"] == 1
    assert story("list", "state-periods", "--to", "2022-01-31")["count"] == 1
