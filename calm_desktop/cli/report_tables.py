"""Reports as tables for people: which figures of each report stand under which heading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from calm_desktop.cli.headings import LISTS, USAGE
from calm_desktop.cli.tables import Row, Sheet, rows_of
from calm_desktop.engine.money import round_half_up

BUCKETS = {
    "Not due": "not_due",
    "1-30 days": "days_1_30",
    "31-60 days": "days_31_60",
    "61-90 days": "days_61_90",
    "Over 90": "over_90",
    "Balance": "balance",
    "Currency": "currency",
}
REPORTS: dict[str, dict[str, str]] = {
    "categories": {
        "Category": "category",
        "Period": "period",
        "Amount": "amount",
        "Change": "change",
        "Actions": "actions",
        "Currency": "currency",
    },
    "mrr-movements": {
        "Period": "period",
        "Opening": "opening",
        "New": "new",
        "Expansion": "expansion",
        "Contraction": "contraction",
        "Churn": "churn",
        "Reactivation": "reactivation",
        "Closing": "closing",
        "Currency": "currency",
    },
    "retention": {
        "Period": "period",
        "MRR a year ago": "mrr_then",
        "MRR now": "mrr_now",
        "MRR kept": "mrr_kept",
        "Net %": "net_retention",
        "Gross %": "gross_retention",
        "Customers": "customers",
        "Kept": "customers_kept",
        "Currency": "currency",
    },
    "renewals-due": {
        "Ends": "ends",
        "Days": "days_left",
        "Account": "account",
        "Asset": "asset",
        "Number": "number",
        "Quantity": "quantity",
        "MRR": "mrr",
        "Last price": "last_price",
        "List price": "list_price",
        "per": "price_unit",
        "Last total": "last_total",
        "List total": "list_total",
        "Currency": "currency",
        "Why not": "problems",
    },
    "aging": {"Account": "account", **BUCKETS},
    "expected-invoices": {
        "Period": "period",
        "Amount": "amount",
        "Of which evergreen": "laid_out",
        "Items": "items",
        "Currency": "currency",
    },
    "top-accounts": {
        "Rank": "rank",
        "Account": "account",
        "MRR": "mrr",
        "Share %": "share",
        "Amount": "amount",
        "Currency": "currency",
    },
    "usage": {
        "Product": "product",
        "Period": "period",
        "Quantity": "quantity",
        "Records": "records",
        "Rated": "rated",
        "Currency": "currency",
    },
}
"""Which attribute of a row stands under which heading, for each report but the cohorts."""

_LINES = {"ActionRow": LISTS["actions"], "UsageRow": USAGE}


def report_sheets(shape: Any) -> list[Sheet]:
    """A report: one table, or for cohorts one for each currency."""
    if shape.report == "cohorts":
        return _heat_maps(shape) or [Sheet(_title(shape), (), "Nothing to report.")]
    rows = shape.rows
    if shape.report == "categories":
        rows = [row for row in rows if row.actions or row.change]
    group = {"Group": "group"} if any(row.group for row in rows) else {}
    sheets = [_with_percent(rows_of(_title(shape), rows, group | REPORTS[shape.report], "Nothing to report."))]
    if shape.totals:
        sheets.append(rows_of("Totals", shape.totals, group | BUCKETS))
    return sheets


def behind_sheets(lines: Sequence[Any]) -> list[Sheet]:
    """What stands behind a report, a column for each fact; ids are left to files and JSON."""
    if not lines:
        return [Sheet("", (), "Nothing stands behind it.")]
    columns = _LINES.get(type(lines[0]).__name__)
    if columns is None:
        names = (each.name for each in fields(lines[0]))
        columns = {_heading(each): each for each in names if not each.endswith("_id") and each != "actions"}
    return [rows_of("", lines, columns)]


def _title(shape: Any) -> str:
    what = shape.report.replace("-", " ").capitalize().replace("Mrr", "MRR")
    return f"{what} as of {shape.end}" if shape.start == shape.end else f"{what} from {shape.start} to {shape.end}"


def _heading(field: str) -> str:
    return field.replace("_", " ").capitalize().replace("Mrr", "MRR")


def _heat_maps(shape: Any) -> list[Sheet]:
    """For each group and currency a line for each cohort: what is left of its MRR after so many periods, in percent."""
    title = f"{_title(shape)}: MRR left, in percent, by {shape.by}s since the first sale"
    return [
        Sheet(f"{title} ({', '.join(filter(None, of))})", tuple(_with_every_age(_cohorts(list(cells)))))
        for of, cells in groupby(shape.rows, key=lambda cell: (cell.group, cell.currency))
    ]


def _cohorts(cells: Iterable[Any]) -> list[dict[str, object]]:
    return [
        {"Cohort": first.cohort, "Customers": first.customers, "New MRR": first.new}
        | {str(cell.age): _percent(cell.mrr_retention) for cell in (first, *rest)}
        for _, (first, *rest) in groupby(cells, key=lambda cell: cell.cohort)
    ]


def _with_every_age(rows: Sequence[dict[str, object]]) -> Iterable[Row]:
    """Younger cohorts have fewer ages; every line has all columns."""
    columns = dict.fromkeys(heading for row in rows for heading in row)
    return ({**columns, **row} for row in rows)


def _with_percent(sheet: Sheet) -> Sheet:
    return Sheet(
        sheet.title, tuple({key: _percent(value) for key, value in row.items()} for row in sheet.rows), sheet.none
    )


def _percent(value: object) -> object:
    """A share in percent with one decimal; anything else as it is."""
    return Decimal(round_half_up(value * 1000)).scaleb(-1) if isinstance(value, Fraction) else value
