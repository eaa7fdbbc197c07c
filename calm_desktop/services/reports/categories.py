"""Revenue by business category and period: what actions changed of the lifetime amounts, where it rises or falls."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import func, select

from calm_desktop.engine.catalog import Category
from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.report_periods import ReportPeriods, start_of_period
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.permissions import Permission
from calm_desktop.services.reports.asked import by_group, check, of_interest, periods_so_far
from calm_desktop.services.requests import Report
from calm_desktop.services.scopes import within
from calm_desktop.services.shapes import ActionRow, CategoryAmounts, ReportShape
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.actions import action_rows
from calm_desktop.store import tables

_actions, _assets = tables.action.c, tables.asset.c
_Tally = defaultdict[tuple[str, str], dict[int, tuple[int, int]]]
"""By currency and category, then by period: minor units, and how many actions."""


@view(Permission.REPORTS, Protected.ASSET_AMOUNT)
@by_group
def categories(tx: Tx, request: Report) -> ReportShape[CategoryAmounts]:
    """The amount changes of actions by the day on which they take effect.

    Every category that occurs has a row in each period, so that what fell to nothing is seen. Refuses what the report
    cannot be asked.
    """
    check(request, "categories", "start", "by", "category")
    periods = periods_so_far(tx, request)
    tally = _tally(tx, request, periods)
    rows = []
    for code, category in sorted(tally, key=lambda key: (key[0], _ORDER[key[1]])):
        money, found = currency_named(code).money, tally[code, category]
        for place, period in enumerate(periods.all):
            amount, count = found.get(place, (0, 0))
            before, _ = found.get(place - 1, (0, 0))
            rows.append(
                CategoryAmounts(
                    period=period.name,
                    currency=code,
                    category=category,
                    amount=money(amount),
                    change=money(amount - before),
                    actions=count,
                    start=period.start,
                    end=period.end,
                )
            )
    return ReportShape("categories", periods.start, periods.end, periods.by.value, tuple(rows))


_ORDER = {category.value: place for place, category in enumerate(Category)}


def _tally(tx: Tx, request: Report, periods: ReportPeriods) -> _Tally:
    """The sums of each category; those of the period before the first stand at place -1."""
    before = start_of_period(periods.start, periods.by, 1)
    query = (
        select(
            _assets.currency, _actions.category, _actions.effective_date, func.sum(_actions.amount_change), func.count()
        )
        .join(tables.asset, _assets.id == _actions.asset_id)
        .where(of_interest(tx, request), within(_actions.effective_date, before, periods.end))
        .group_by(_assets.currency, _actions.category, _actions.effective_date)
    )
    if request.category is not None:
        query = query.where(_actions.category == request.category.value)
    found: _Tally = defaultdict(dict)
    for code, category, day, minor, count in tx.db.execute(query):
        if before <= day < start_of_period(periods.start, periods.by) or day >= periods.start:
            place = periods.place(day)
            amount, number = found[code, category].get(place, (0, 0))
            found[code, category][place] = amount + int(minor), number + count
    return found


@view(Permission.REPORTS)
def actions_behind(tx: Tx, request: Report) -> tuple[ActionRow, ...]:
    """The actions that take effect in the days of `request`: their amount changes sum to the cell."""
    check(request, "categories", "start", "by", "category")
    periods = periods_so_far(tx, request)
    return action_rows(tx, of_interest(tx, request), periods.start, periods.end, request.category)
