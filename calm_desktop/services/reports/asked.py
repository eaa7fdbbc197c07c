"""What a report was asked for, read once: its days, and which assets it looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, select, true

from calm_desktop.engine.problems import Problem, refuse_if
from calm_desktop.engine.report_periods import By, ReportPeriods, days_ahead, days_so_far, problems_of_days
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.field_values import where
from calm_desktop.services.lookup import find
from calm_desktop.services.reports.groups import RECORDS, groups_of, in_group
from calm_desktop.services.requests import Report
from calm_desktop.services.shapes import ReportShape
from calm_desktop.services.shapes.reports import ReportRow
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

Row = TypeVar("Row", bound=ReportRow)
View = Callable[[Tx, Report], ReportShape[Row]]

MOST_DAYS = 100_000
"""How far ahead renewals can be looked for: beyond every day there is."""

_SAID = {"start": "from", "by": "by", "category": "category", "days": "days", "top": "top"}
_LEAST = {"days": 0, "top": 1}


def check(request: Report, report: str, *also: str) -> None:
    """Refuse what cannot be asked of a report, every mistake at once.

    Each can be filtered by currency, product, kind and account and be asked up to a day; `also` names what else it
    takes: start, by, category, days, top.
    """
    problems = problems_of_days(request.start, request.end)
    for field, said in _SAID.items():
        value = getattr(request, field)
        if value is None:
            continue
        if field not in also:
            words = f"The report {report} cannot be asked with {said}. Leave it out."
            problems.append(Problem("not-for-this-report", said, words))
        elif field in _LEAST and not _LEAST[field] <= value <= MOST_DAYS:
            words = f"{said}: {value} is not a whole number from {_LEAST[field]} to {MOST_DAYS}."
            problems.append(Problem(f"bad-{said}", said, words))
    if request.days is not None and request.end is not None:
        problems.append(Problem("end-and-days", "days", "Give a last day or a number of days, not both."))
    refuse_if(problems)


def periods_so_far(tx: Tx, request: Report, usual: By = By.MONTH) -> ReportPeriods:
    """The periods of a report that looks back; as long as `usual` unless told."""
    by = request.by or usual
    return ReportPeriods(by, *days_so_far(request.start, request.end, by, tx.today))


def periods_ahead(tx: Tx, request: Report, oldest: date) -> ReportPeriods:
    """The periods of a report that looks ahead, from the `oldest` day that waits unless told."""
    by = request.by or By.MONTH
    return ReportPeriods(by, *days_ahead(request.start, request.end, by, tx.today, oldest))


def of_interest(tx: Tx, request: Report) -> ColumnElement[bool]:
    """A condition on assets: those of the account, currency, product and kind asked for, of the fields' values, and of
    the group.

    Refuses an unknown or ambiguous account, product or field, and an unknown currency.
    """
    assets = tables.asset.c
    condition: ColumnElement[bool] = true()
    if request.account:
        condition &= assets.account_id == find(tx, "account", request.account)
    if request.currency:
        condition &= assets.currency == currency_named(request.currency).code
    if request.product:
        condition &= assets.product_id == find(tx, "product", request.product)
    if request.kind is not None:
        products = tables.product.c
        condition &= assets.product_id.in_(select(products.id).where(products.kind == request.kind.value))
    if request.group_by and request.group:
        condition &= in_group(tx, request.group_by, request.group)
    return and_(condition, *where(tx, request.where, RECORDS))


def by_group(view: View[Row]) -> View[Row]:
    """A report that can be parted into groups of assets: each is reported for itself, as if the others were not there.

    So its figures are those of the report narrowed to it, and what stands behind them is asked for in the same way.
    """

    @wraps(view)
    def grouped(tx: Tx, request: Report) -> ReportShape[Row]:
        if not request.group_by or request.group:
            return view(tx, request)
        groups = groups_of(tx, request.group_by, of_interest(tx, request))
        if not groups:
            return view(tx, replace(request, group_by=""))
        shapes = [view(tx, replace(request, group=group)) for group in groups]
        return replace(
            shapes[0],
            start=min(shape.start for shape in shapes),
            end=max(shape.end for shape in shapes),
            rows=_named(groups, [shape.rows for shape in shapes]),
            totals=_named(groups, [shape.totals for shape in shapes]),
        )

    return grouped


def _named(groups: list[str], parts: list[tuple[Row, ...]]) -> tuple[Row, ...]:
    """The rows of all groups, each with the name of its own."""
    found: list[Any] = [replace(row, group=group) for group, rows in zip(groups, parts, strict=True) for row in rows]
    return tuple(found)
