"""MRR movements: how recurring revenue came from one period's opening to its closing, and which assets moved it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from calm_desktop.engine.catalog import Category
from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.metrics import ChurnDate, Movement, movements, waterfalls
from calm_desktop.engine.money import Currency
from calm_desktop.services.boundary import view
from calm_desktop.services.ids import public_id
from calm_desktop.services.permissions import Permission
from calm_desktop.services.reports.asked import by_group, check, periods_so_far
from calm_desktop.services.reports.names import names_of
from calm_desktop.services.reports.recurring import Customer, cancellations, customers, each_customer
from calm_desktop.services.requests import MovementsBehind, Report
from calm_desktop.services.scopes import among, rows_in, within
from calm_desktop.services.shapes import MovedAsset, MrrMovements, ReportShape
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_actions = tables.action.c


@view(Permission.REPORTS, Protected.MRR)
@by_group
def mrr_movements(tx: Tx, request: Report) -> ReportShape[MrrMovements]:
    """Opening, the five movements and closing of each period, by currency; each day's movement is net per customer.

    A sum of the months of a year is what the year says. Refuses what the report cannot be asked.
    """
    check(request, "mrr-movements", "start", "by")
    periods = periods_so_far(tx, request)
    found = waterfalls(customers(tx, request), periods)
    rows = tuple(
        MrrMovements(
            period=fall.period.name,
            currency=currency.code,
            opening=fall.opening,
            new=fall.new,
            expansion=fall.expansion,
            contraction=fall.contraction,
            churn=fall.churn,
            reactivation=fall.reactivation,
            closing=fall.closing,
            start=fall.period.start,
            end=fall.period.end,
        )
        for currency, falls in found.items()
        for fall in falls
    )
    return ReportShape("mrr-movements", periods.start, periods.end, periods.by.value, rows)


class _Moved(NamedTuple):
    """An asset on a day on which its customer moved: minor units on the day before and on that day."""

    day: date
    movement: Movement
    asset: int
    before: int
    after: int
    currency: Currency


@view(Permission.REPORTS, Protected.MRR)
def movements_behind(tx: Tx, request: MovementsBehind) -> tuple[MovedAsset, ...]:
    """What each asset did to the movements in the days of a report: the changes sum to the movement exactly."""
    report = request.report
    check(report, "mrr-movements", "start", "by")
    periods = periods_so_far(tx, report)
    moved = [
        each
        for customer in each_customer(tx, report)
        for each in _moved(customer, periods.start, periods.end, request.movement)
    ]
    moved.sort(key=lambda each: (each.day, each.asset))
    names = names_of(tx, (each.asset for each in moved))
    acts = _actions_of(tx, {each.asset for each in moved}, periods.start, periods.end)
    return tuple(
        MovedAsset(
            each.day,
            each.movement.value,
            *names[each.asset].columns(),
            each.currency.code,
            each.currency.money(each.before),
            each.currency.money(each.after),
            each.currency.money(each.after - each.before),
            ", ".join(dict.fromkeys(category for _, category in acts[each.asset, each.day])),
            tuple(public_id("action", action) for action, _ in acts[each.asset, each.day]),
        )
        for each in moved
    )


def _moved(customer: Customer, first: date, last: date, wanted: Movement | None) -> list[_Moved]:
    kinds = {
        day: movement for day, movement, _ in movements(customer.steps(), first, last) if wanted in (None, movement)
    }
    if not kinds:
        return []
    found = []
    for asset, mrr in customer.by_asset():
        before = 0
        for day, after in mrr:
            if day in kinds:
                found.append(_Moved(day, kinds[day], asset, before, after, customer.currency))
            before = after
    return found


def _actions_of(
    tx: Tx, assets: Iterable[int], first: date, last: date
) -> defaultdict[tuple[int, date], list[tuple[int, str]]]:
    """The actions, with their categories, that are effective on each day of an asset.

    Where churn is dated by the day of cancelling, a cancellation stands on that day, too.
    """
    found: defaultdict[tuple[int, date], list[tuple[int, str]]] = defaultdict(list)
    scope = among(_actions.asset_id, sorted(assets))
    query = select(_actions.id, _actions.asset_id, _actions.effective_date, _actions.category).order_by(_actions.id)
    for row in rows_in(tx, query.where(within(_actions.effective_date, first, last)), scope):
        found[row.asset_id, row.effective_date].append((row.id, row.category))
    if tx.settings["churn-date"] == ChurnDate.DAY_OF_CANCELLING:
        for row in rows_in(tx, cancellations(), scope):
            act, those = (row.action, Category.CANCELLATIONS.value), found[row.asset_id, row.cancelled_on]
            if act not in those:
                those.append(act)
    return found
