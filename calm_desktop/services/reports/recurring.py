"""Monthly recurring revenue over time, customer after customer: what the reports on it read, in one pass.

State periods come by account, a portion at a time; nothing is kept of a customer once it was handed on. By the rule
`churn-date` an asset that was cancelled may stop counting on the day of cancelling already.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Select, exists, func, null, select

from calm_desktop.engine.catalog import ActionType, Category
from calm_desktop.engine.metrics import ChurnDate, Customers, Span, Steps, counted_end, on_days, steps
from calm_desktop.engine.money import Currency
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.reports.asked import check, of_interest
from calm_desktop.services.reports.names import names_of
from calm_desktop.services.requests import Report
from calm_desktop.services.shapes import AssetMrr
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_AT_A_TIME = 2_000
"""State periods that are read at a time."""

_assets, _periods, _actions = tables.asset.c, tables.state_period.c, tables.action.c


@dataclass(frozen=True, slots=True)
class Customer:
    """The state periods with MRR of one account (the store's number) in one currency, by asset."""

    account: int
    currency: Currency
    assets: dict[int, list[Span]]

    def steps(self) -> Steps:
        """Its MRR over time."""
        return steps(span for spans in self.assets.values() for span in spans)


def each_customer(tx: Tx, request: Report, through: date) -> Iterator[Customer]:
    """Every customer with MRR of the assets asked for, with the state periods that begin `through` a day."""
    rows = tx.db.execute(_spans(tx, request, through), execution_options={"yield_per": _AT_A_TIME})
    for account, mine in groupby(rows, key=itemgetter(0)):
        found: defaultdict[str, defaultdict[int, list[Span]]] = defaultdict(lambda: defaultdict(list))
        for _, code, asset, start, end, minor, cancelled_on in mine:
            last = counted_end(end, cancelled_on)
            if last is None or last >= start:
                found[code][asset].append((start, last, minor))
        for code, assets in found.items():
            yield Customer(account, currency_named(code), assets)


def customers(tx: Tx, request: Report, through: date) -> Customers:
    """The steps of every customer."""
    return ((customer.currency, customer.steps()) for customer in each_customer(tx, request, through))


def _spans(tx: Tx, request: Report, through: date) -> Select[Any]:
    by_day_of_cancelling = tx.settings["churn-date"] == ChurnDate.DAY_OF_CANCELLING
    cancelled = cancellations().subquery()
    cancelled_on = cancelled.c.cancelled_on if by_day_of_cancelling else null()
    query = (
        select(
            _assets.account_id,
            _assets.currency,
            _periods.asset_id,
            _periods.start,
            _periods.end,
            _periods.mrr,
            cancelled_on.label("cancelled_on"),
        )
        .join(tables.state_period, _periods.asset_id == _assets.id)
        .where(of_interest(tx, request), _periods.mrr != 0, _periods.start <= through)
        .order_by(_assets.account_id)
    )
    return query.outerjoin(cancelled, cancelled.c.asset_id == _assets.id) if by_day_of_cancelling else query


def cancellations() -> Select[Any]:
    """The day of cancelling of each asset that was cancelled, where that stands.

    A transfer and a swap end an asset, too, but nobody cancelled: what left one customer or product came to another.
    """
    undoing = tables.action.alias("undoing").c
    return (
        select(
            _actions.asset_id,
            func.min(_actions.action_date).label("cancelled_on"),
            func.min(_actions.id).label("action"),
        )
        .where(
            _actions.type == ActionType.CANCEL.value,
            _actions.category == Category.CANCELLATIONS.value,
            ~exists().where(undoing.undoes_id == _actions.id),
        )
        .group_by(_actions.asset_id)
    )


def mrr_behind(tx: Tx, request: Report) -> tuple[AssetMrr, ...]:
    """The assets that have MRR on the last day of `request`, with how much: they sum to the MRR of that day.

    To look into an opening, ask for the day before its period.
    """
    check(request, "top-accounts", "start", "by", "top")
    day = request.end or tx.today
    held = [
        (asset, customer.currency, minor)
        for customer in each_customer(tx, request, day)
        for asset, spans in customer.assets.items()
        if (minor := on_days(steps(spans), (day,))[0])
    ]
    names = names_of(tx, (asset for asset, _, _ in held))
    return tuple(
        AssetMrr(day, *names[asset].columns(), currency.code, currency.money(minor)) for asset, currency, minor in held
    )
