"""What the window shows of each report: its columns, its chart, and what to ask for what stands behind a figure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from calm_desktop.engine.aging import Bucket
from calm_desktop.engine.catalog import Category
from calm_desktop.engine.metrics import Movement
from calm_desktop.engine.money import Currency, Money, round_half_up
from calm_desktop.services.reports import (
    actions_behind,
    aging_behind,
    cohort_behind,
    expected_behind,
    movements_behind,
    mrr_behind,
    retention_behind,
    usage_behind,
)
from calm_desktop.services.requests import AgingBehind, CohortBehind, MovementsBehind, Report
from calm_desktop.services.tx import Tx
from calm_desktop.ui import display
from calm_desktop.ui.pages import columns
from calm_desktop.ui.pages.columns import CHIP, DATE, DELTA, LINK, MONEY, QUANTITY, column, count
from calm_desktop.ui.record_model import Column
from calm_desktop.ui.report_chart import Form, Mark, Plot


@dataclass(frozen=True, slots=True)
class Behind:
    """A figure looked into: what it is called, its value, and what lists the `lines` that sum to it."""

    title: str
    value: Any
    view: Callable[[Tx, Any], Sequence[Any]]
    request: Any
    lines: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A report in the window. `takes` is what it can be asked with beside its last day; `behind` is of a cell."""

    title: str
    says: str
    takes: frozenset[str]
    columns: tuple[Column, ...]
    row_id: Callable[[Any], Hashable]
    behind: Callable[[Report, Any, str], Behind | None] | None = None
    plot: Callable[[Report, Sequence[Any]], Plot] | None = None
    noun: str = "row"
    ahead: bool = False


def percent(share: Fraction | None) -> Decimal | None:
    """A share in percent with one decimal."""
    return None if share is None else Decimal(round_half_up(share * 1000)).scaleb(-1)


def percent_text(value: Any) -> str:
    """A figure in percent for people."""
    return display.NOTHING if value is None else f"{display.quantity(value)} %"


def _share(key: str, title: str, width: int = 90, **more: Any) -> Column:
    return column(key, title, QUANTITY, width, getter=lambda row: percent(getattr(row, key)), text=percent_text, **more)


def _money(key: str, title: str, width: int = 110, **more: Any) -> Column:
    return column(key, title, MONEY, width, **more)


def _axis(currency: Currency) -> Callable[[float], str]:
    """Words of an axis of money, whose numbers are whole units of the currency."""
    return lambda number: display.short_money(Decimal(repr(round(number, 2))), currency)


def _at(money: Money) -> float:
    return float(money.amount)


def _narrowed(asked: Report, row: Any, **more: Any) -> Report:
    """The request narrowed to the group and the currency of a row."""
    return replace(asked, group=row.group, currency=row.currency, **more)


def _cell(asked: Report, row: Any, **more: Any) -> Report:
    """The request narrowed to the period of a row."""
    return _narrowed(asked, row, start=row.start, end=row.end, by=None, **more)


def _slots(rows: Sequence[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.period for row in rows))


# -- revenue by category


def _category_behind(asked: Report, row: Any, key: str) -> Behind | None:
    if key != "amount":
        return None
    request = _cell(asked, row, category=Category(row.category))
    return Behind(f"{row.category}, {row.period}", row.amount, actions_behind, request, "actions")


def _category_plot(asked: Report, rows: Sequence[Any]) -> Plot:
    """Bars stacked in each period: what rose from zero up, what fell from zero down."""
    slots, order = _slots(rows), list(Category)
    found = [each for each in order if any(row.category == each.value and row.amount.minor for row in rows)]
    tops: dict[tuple[str, bool], float] = {}
    marks = []
    for row in sorted(rows, key=lambda row: (slots.index(row.period), order.index(Category(row.category)))):
        if not row.amount.minor:
            continue
        side = (row.period, row.amount.minor > 0)
        start = tops.get(side, 0.0)
        tops[side] = start + _at(row.amount)
        words = (
            f"{row.category}, {row.period}: {display.money_delta(row.amount)} in {display.count(row.actions, 'action')}"
        )
        behind = _category_behind(asked, row, "amount")
        series = found.index(Category(row.category))
        marks.append(Mark(slots.index(row.period), series, start, tops[side], row.amount, words, behind))
    names, inks = tuple(each.value for each in found), tuple(order.index(each) for each in found)
    axis = _axis(rows[0].amount.currency)
    return Plot("Revenue by category and period", Form.BARS, slots, names, inks, tuple(marks), axis)


# -- MRR movements

_MOVEMENTS = tuple(each.value for each in Movement)
_MOVEMENT_INKS = {"opening": 4, "new": 8, "expansion": 2, "contraction": 1, "churn": 3, "reactivation": 5, "closing": 4}


def _movement_behind(asked: Report, row: Any, key: str) -> Behind | None:
    value = getattr(row, key, None)
    if key in _MOVEMENTS:
        request = MovementsBehind(_cell(asked, row), Movement(key))
        return Behind(f"{key.capitalize()}, {row.period}", value, movements_behind, request, "movements")
    if key in ("opening", "closing"):
        day = row.start - timedelta(days=1) if key == "opening" else row.end
        request_of_day = _narrowed(asked, row, start=None, end=day, by=None)
        return Behind(f"MRR on {display.day(day)}", value, mrr_behind, request_of_day, "mrr")
    return None


def _movement_plot(asked: Report, rows: Sequence[Any]) -> Plot:
    """A waterfall over all periods together."""
    first, last = rows[0], rows[-1]
    money = first.opening.currency.money
    sums = {key: money(sum(getattr(row, key).minor for row in rows)) for key in _MOVEMENTS}
    period = first.period if first is last else f"{first.period} to {last.period}"
    whole = replace(last, period=period, opening=first.opening, start=first.start, **sums)
    keys = ("opening", *_MOVEMENTS, "closing")
    marks, level = [], 0.0
    for place, key in enumerate(keys):
        value: Money = getattr(whole, key)
        stands = key in ("opening", "closing")
        start = 0.0 if stands else level
        level = start + _at(value)
        shown = display.money(value) if stands else display.money_delta(value)
        words = f"{key.capitalize()}, {period}: {shown}"
        marks.append(Mark(place, place, start, level, value, words, _movement_behind(asked, whole, key), shown))
    slots = tuple(key.capitalize() for key in keys)
    inks = tuple(_MOVEMENT_INKS[key] for key in keys)
    title = f"MRR from opening to closing, {period}"
    return Plot(title, Form.BARS, slots, slots, inks, tuple(marks), _axis(first.opening.currency), legend=False)


# -- retention and cohorts


def _retention_behind(asked: Report, row: Any, key: str) -> Behind | None:
    if key not in ("mrr_then", "mrr_now", "mrr_kept", "net_retention", "gross_retention"):
        return None
    value = getattr(row, key)
    shown = percent_text(percent(value)) if key.endswith("retention") else value
    return Behind(f"Customers of {display.day(row.day_then)}, on {display.day(row.end)}", shown, retention_behind,
                  _cell(asked, row), "retained")  # fmt: skip


def _retention_plot(asked: Report, rows: Sequence[Any]) -> Plot:
    slots, marks = _slots(rows), []
    for series, (key, name) in enumerate((("net_retention", "Net"), ("gross_retention", "Gross"))):
        for row in rows:
            share = getattr(row, key)
            if share is not None:
                words = f"{name} revenue retention, {row.period}: {percent_text(percent(share))}"
                at = float(share) * 100
                behind = _retention_behind(asked, row, key)
                marks.append(Mark(slots.index(row.period), series, at, at, share, words, behind))
    series_names = ("Net revenue retention", "Gross revenue retention")
    return Plot(
        "Revenue retention", Form.LINES, slots, series_names, (0, 1), tuple(marks), lambda at: f"{at:.0f} %", 100.0
    )


def _cohort_behind(asked: Report, row: Any, key: str) -> Behind | None:
    if key not in ("mrr", "new"):
        return None
    report = _narrowed(asked, row, start=row.cohort_start, end=row.end, by=None)
    request = CohortBehind(report, row.cohort_start, row.cohort_end)
    title = f"Customers of {row.cohort}, on {display.day(row.end)}"
    return Behind(title, getattr(row, key), cohort_behind, request, "newcomers")


def _cohort_plot(asked: Report, rows: Sequence[Any]) -> Plot:
    cohorts = tuple(dict.fromkeys(row.cohort for row in rows))
    ages = tuple(str(age) for age in range(max(row.age for row in rows) + 1))
    marks = []
    for row in rows:
        shown = percent_text(percent(row.mrr_retention))
        words = f"{row.cohort} after {row.age}: {shown}, {display.money(row.mrr)} of {display.money(row.new)}"
        marks.append(
            Mark(
                row.age,
                cohorts.index(row.cohort),
                0.0,
                float(row.mrr_retention or 0),
                row.mrr_retention,
                words,
                _cohort_behind(asked, row, "mrr"),
                shown,
            )
        )
    title = "MRR left of each cohort, by periods since the first"
    return Plot(title, Form.HEAT, ages, cohorts, (0,) * len(cohorts), tuple(marks), str)


# -- aging, expected invoices, top accounts, usage

_BUCKETS = {
    "not_due": ("Not due", Bucket.NOT_DUE, 0),
    "days_1_30": ("1–30 days", Bucket.TO_30, 5),
    "days_31_60": ("31–60 days", Bucket.TO_60, 1),
    "days_61_90": ("61–90 days", Bucket.TO_90, 9),
    "over_90": ("Over 90 days", Bucket.OVER_90, 3),
}


def _aging_behind(asked: Report, row: Any, key: str) -> Behind | None:
    if key not in _BUCKETS and key != "balance":
        return None
    report = _narrowed(asked, row, account=row.account_id or asked.account)
    name, bucket = ("Balance", None) if key == "balance" else _BUCKETS[key][:2]
    title = f"{name}, {row.account}" if row.account else name
    return Behind(title, getattr(row, key), aging_behind, AgingBehind(report, bucket), "open")


def _aging_plot(asked: Report, rows: Sequence[Any]) -> Plot:
    """A bar for each bucket, all customers together."""
    money = rows[0].balance.currency.money
    sums = {key: money(sum(getattr(row, key).minor for row in rows)) for key in (*_BUCKETS, "balance")}
    whole = replace(rows[0], account="", account_id="", **sums)
    marks = []
    for place, (key, (name, _, _)) in enumerate(_BUCKETS.items()):
        shown = display.money(sums[key])
        behind = _aging_behind(asked, whole, key)
        marks.append(Mark(place, place, 0.0, _at(sums[key]), sums[key], f"{name}: {shown}", behind, shown))
    names = tuple(name for name, _, _ in _BUCKETS.values())
    inks = tuple(ink for _, _, ink in _BUCKETS.values())
    axis = _axis(rows[0].balance.currency)
    return Plot("What is owed, by days overdue", Form.BARS, names, names, inks, tuple(marks), axis, legend=False)


def _expected_behind(asked: Report, row: Any, key: str) -> Behind | None:
    if key != "amount":
        return None
    return Behind(f"To be invoiced in {row.period}", row.amount, expected_behind, _cell(asked, row), "expected")


def _expected_plot(asked: Report, rows: Sequence[Any]) -> Plot:
    marks = []
    for place, row in enumerate(rows):
        words = f"{row.period}: {display.money(row.amount)} in {display.count(row.items, 'item')}"
        behind = _expected_behind(asked, row, "amount")
        marks.append(Mark(place, 0, 0.0, _at(row.amount), row.amount, words, behind))
    axis = _axis(rows[0].amount.currency)
    return Plot("Expected invoices", Form.BARS, _slots(rows), ("Without tax",), (0,), tuple(marks), axis, legend=False)


def _top_behind(asked: Report, row: Any, key: str) -> Behind | None:
    if key != "mrr":
        return None
    request = _narrowed(asked, row, account=row.account_id)
    return Behind(f"MRR of {row.account}", row.mrr, mrr_behind, request, "mrr")


def _top_plot(asked: Report, rows: Sequence[Any]) -> Plot:
    marks = []
    for place, row in enumerate(rows):
        shown = display.money(row.mrr)
        words = f"{row.account}: {shown}, {percent_text(percent(row.share))} of all"
        marks.append(Mark(place, 0, 0.0, _at(row.mrr), row.mrr, words, _top_behind(asked, row, "mrr"), shown))
    slots, axis = tuple(row.account for row in rows), _axis(rows[0].mrr.currency)
    return Plot("Accounts with the most MRR", Form.ROWS, slots, ("MRR",), (0,), tuple(marks), axis, legend=False)


def _usage_behind(asked: Report, row: Any, key: str) -> Behind | None:
    if key != "quantity":
        return None
    request = _cell(asked, row, product=row.product_id)
    return Behind(f"Use of {row.product}, {row.period}", row.quantity, usage_behind, request, "usage")


def _usage_plot(asked: Report, rows: Sequence[Any]) -> Plot:
    """Bars of each product side by side: quantities of several products never add up."""
    slots, products = _slots(rows), list(dict.fromkeys(row.product for row in rows))
    marks = []
    for row in rows:
        words = f"{row.product}, {row.period}: {display.quantity(row.quantity)}"
        place, series = slots.index(row.period), products.index(row.product)
        behind = _usage_behind(asked, row, "quantity")
        marks.append(Mark(place, series, 0.0, float(row.quantity), row.quantity, words, behind))
    marks.sort(key=lambda mark: (mark.slot, mark.series))
    inks = tuple(range(len(products)))
    return Plot("Use by product", Form.SIDE_BY_SIDE, slots, tuple(products), inks, tuple(marks),
                lambda at: display.quantity(Decimal(repr(round(at, 2)))))  # fmt: skip


_PERIOD = column("period", "Period", width=96)
_OVER_TIME = frozenset({"start", "by"})

SHOWN: dict[str, Shown] = {
    "categories": Shown(
        "Revenue by category",
        "What actions changed of the amounts, by business category and period",
        _OVER_TIME | {"category"},
        (
            _PERIOD,
            column("category", "Category", CHIP, 150),
            column("amount", "Amount", DELTA, 130, total=True, explains=True),
            column("change", "Change", DELTA, 130),
            count("actions", "Actions", total=True),
        ),
        lambda row: (row.period, row.currency, row.category),
        _category_behind,
        _category_plot,
    ),
    "mrr-movements": Shown(
        "MRR movements",
        "How monthly recurring revenue came from its opening to its closing",
        _OVER_TIME,
        (
            _PERIOD,
            _money("opening", "Opening", explains=True),
            *(column(key, key.capitalize(), DELTA, 110, total=True, explains=True) for key in _MOVEMENTS),
            _money("closing", "Closing", explains=True),
        ),
        lambda row: (row.period, row.currency),
        _movement_behind,
        _movement_plot,
        "period",
    ),
    "retention": Shown(
        "Retention",
        "What became of the MRR that the customers of a year ago had",
        _OVER_TIME,
        (
            _PERIOD,
            _money("mrr_then", "MRR a year ago", 130, explains=True),
            _money("mrr_now", "MRR now", 120, explains=True),
            _money("mrr_kept", "MRR kept", 120, explains=True),
            _share("net_retention", "Net", explains=True),
            _share("gross_retention", "Gross", explains=True),
            count("customers", "Customers", 96),
            count("customers_kept", "Kept"),
        ),
        lambda row: (row.period, row.currency),
        _retention_behind,
        _retention_plot,
        "period",
    ),
    "cohorts": Shown(
        "Cohorts",
        "What is left of the customers that came in each period",
        _OVER_TIME,
        (
            column("cohort", "Cohort", width=96),
            _PERIOD,
            count("age", "Age", 60),
            count("customers", "Customers", 96),
            count("active", "Active"),
            _money("new", "New MRR", explains=True),
            _money("mrr", "MRR left", explains=True),
            _share("mrr_retention", "MRR left in %", 120),
            _share("customer_retention", "Customers left in %", 140),
        ),
        lambda row: (row.cohort, row.period, row.currency),
        _cohort_behind,
        _cohort_plot,
        "cell",
    ),
    "renewals-due": Shown(
        "Renewals due",
        "What ends soon, with what a renewal comes to at the last price and at the list price",
        frozenset({"start"}),
        (
            column("ends", "Ends", DATE, 108),
            count("days_left", "Days", 60),
            column("account", "Account", LINK, 150),
            column("asset", "Asset", LINK, 190),
            column("quantity", "Quantity", QUANTITY, 85),
            _money("mrr", "MRR", total=True),
            columns.price("last_price", "Last price", text=columns.price_text),
            columns.price("list_price", "List price", text=columns.price_text),
            _money("last_total", "Last total", total=True),
            _money("list_total", "List total", total=True),
            column("difference", "Difference", DELTA, 110, total=True),
            column("problems", "Why not", width=200, hidden=True, getter=lambda row: " ".join(row.problems)),
        ),
        lambda row: row.asset_id,
        noun="renewal",
        ahead=True,
    ),
    "aging": Shown(
        "Aging",
        "What customers owe as of a day, by how long ago it was due",
        frozenset(),
        (
            column("account", "Account", LINK, 190),
            *(_money(key, name, total=True, explains=True) for key, (name, _, _) in _BUCKETS.items()),
            _money("balance", "Balance", 120, total=True, explains=True),
        ),
        lambda row: (row.account_id, row.currency),
        _aging_behind,
        _aging_plot,
        "account",
    ),
    "expected-invoices": Shown(
        "Expected invoices",
        "What the schedules still bill, without tax, by billing date",
        _OVER_TIME,
        (
            _PERIOD,
            _money("amount", "Amount", 130, total=True, explains=True),
            _money("laid_out", "Of which evergreen", 150, total=True),
            count("items", "Items", total=True),
        ),
        lambda row: (row.period, row.currency),
        _expected_behind,
        _expected_plot,
        "period",
        ahead=True,
    ),
    "top-accounts": Shown(
        "Top accounts",
        "Who brings the most MRR, and what actions added of amounts",
        frozenset({"start"}),
        (
            count("rank", "Rank", 60),
            column("account", "Account", LINK, 220),
            _money("mrr", "MRR", 120, total=True, explains=True),
            _share("share", "Share of all", 110),
            column("amount", "Δ Amount", DELTA, 130, total=True),
        ),
        lambda row: (row.account_id, row.currency),
        _top_behind,
        _top_plot,
        "account",
    ),
    "usage": Shown(
        "Usage",
        "What was used of each product, and what that was rated at",
        _OVER_TIME,
        (
            _PERIOD,
            column("product", "Product", width=160),
            column("quantity", "Quantity", QUANTITY, 110, explains=True),
            count("records", "Records"),
            _money("rated", "Rated", 120, total=True),
        ),
        lambda row: (row.period, row.currency, row.product_id),
        _usage_behind,
        _usage_plot,
    ),
}

_WHOSE = (column("account", "Account", LINK, 170), column("asset", "Asset", LINK, 200))
_THEN = (column("account", "Account", LINK, 220),)

LINES: dict[str, tuple[tuple[Column, ...], Callable[[Any], Hashable], str]] = {
    "actions": (columns.browsed_actions("amount"), lambda row: row.id, "action"),
    "movements": (
        (
            column("day", "Date", DATE, 108),
            *_WHOSE,
            column("category", "Category", width=140),
            _money("mrr_before", "MRR before"),
            _money("mrr_after", "MRR after"),
            column("change", "Change", DELTA, 110, total=True),
        ),
        lambda row: (row.day, row.asset_id, row.movement),
        "change",
    ),
    "mrr": (
        (*_WHOSE, column("product", "Product", width=110), _money("mrr", "MRR", 120, total=True)),
        lambda row: (row.asset_id, row.account_id),
        "asset",
    ),
    "retained": (
        (
            *_THEN,
            _money("mrr_then", "MRR then", 130, total=True),
            _money("mrr_now", "MRR now", 130, total=True),
            _money("mrr_kept", "MRR kept", 130, total=True),
        ),
        lambda row: row.account_id,
        "customer",
    ),
    "newcomers": (
        (
            *_THEN,
            column("first_day", "First day", DATE, 108),
            _money("new", "New MRR", 130, total=True),
            _money("mrr", "MRR left", 130, total=True),
        ),
        lambda row: row.account_id,
        "customer",
    ),
    "open": (
        (
            column("due", "Due", DATE, 108),
            count("days_overdue", "Days overdue", 110),
            column("account", "Account", LINK, 150),
            column("invoice", "Invoice", LINK, 112),
            column("asset", "Asset", LINK, 170),
            _money("amount", "Amount"),
            _money("balance", "Balance", total=True),
        ),
        lambda row: row.line_id,
        "line",
    ),
    "expected": (
        (
            column("billing_date", "Billed on", DATE, 108),
            *_WHOSE,
            column("start", "From", DATE, 108),
            column("end", "To", DATE, 108),
            _money("amount", "Amount", total=True),
        ),
        lambda row: (row.billing_date, row.asset_id, row.order_id, row.kind, row.start, row.end, row.invoice),
        "item",
    ),
    "usage": (
        (
            column("day", "Date", DATE, 108),
            *_WHOSE,
            column("key", "Key", width=150),
            column("quantity", "Quantity", QUANTITY, 100),
            column("counts", "Counts", width=80, getter=lambda row: "Yes" if row.counts else "Replaced"),
            column("counted", "Counted", QUANTITY, 100, total=True,
                   getter=lambda row: row.quantity if row.counts else None),
        ),
        lambda row: (row.asset_id, row.key, row.revision),
        "record",
    ),
}  # fmt: skip
"""Columns, ids and the noun of what stands behind figures."""
