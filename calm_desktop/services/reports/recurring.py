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

from sqlalchemy import ColumnElement, Select, and_, func, null, select

from calm_desktop.engine.catalog import Category
from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.metrics import ChurnDate, Customers, Span, Steps, counted_end, steps
from calm_desktop.engine.money import Currency
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.lives import ends_its_asset
from calm_desktop.services.permissions import Permission
from calm_desktop.services.reports.asked import check, of_interest
from calm_desktop.services.reports.names import names_of
from calm_desktop.services.requests import Report
from calm_desktop.services.shapes import AssetMrr
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.heads import in_force
from calm_desktop.store import tables

_AT_A_TIME = 2_000
"""State periods that are read at a time."""

_assets, _periods, _actions = tables.asset.c, tables.state_period.c, tables.action.c


@dataclass(frozen=True, slots=True)
class Customer:
    """The state periods with MRR of one account (the store's number) in one currency; `owners` are their assets."""

    account: int
    currency: Currency
    spans: list[Span]
    owners: list[int]

    def steps(self) -> Steps:
        """Its MRR over time."""
        return steps(self.spans)

    def by_asset(self) -> Iterator[tuple[int, Steps]]:
        """The MRR over time of each of its assets."""
        mine: defaultdict[int, list[Span]] = defaultdict(list)
        for asset, span in zip(self.owners, self.spans, strict=True):
            mine[asset].append(span)
        return ((asset, steps(spans)) for asset, spans in mine.items())


def each_customer(tx: Tx, request: Report) -> Iterator[Customer]:
    """Every customer that ever has MRR of the assets asked for."""
    rows = tx.db.execute(_spans(tx, request), execution_options={"yield_per": _AT_A_TIME})
    for account, mine in groupby(rows, key=itemgetter(0)):
        found: dict[str, Customer] = {}
        for _, code, asset, start, end, minor, cancelled_on in mine:
            last = counted_end(end, cancelled_on)
            if last is None or last >= start:
                if code not in found:
                    found[code] = Customer(account, currency_named(code), [], [])
                customer = found[code]
                customer.spans.append((start, last, minor))
                customer.owners.append(asset)
        yield from found.values()


def customers(tx: Tx, request: Report) -> Customers:
    """The steps of every customer."""
    return ((customer.currency, customer.steps()) for customer in each_customer(tx, request))


def _spans(tx: Tx, request: Report) -> Select[Any]:
    """All of a customer's, whatever the days of the report: so they are read in the order of an index."""
    by_day_of_cancelling = _by_day_of_cancelling(tx)
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
        .where(of_interest(tx, request), _periods.mrr != 0)
        .order_by(_assets.account_id)
    )
    return query.outerjoin(cancelled, cancelled.c.asset_id == _assets.id) if by_day_of_cancelling else query


def _by_day_of_cancelling(tx: Tx) -> bool:
    return tx.settings["churn-date"] == ChurnDate.DAY_OF_CANCELLING


def cancellations() -> Select[Any]:
    """The day of cancelling of each asset that was cancelled, where that stands.

    A transfer and a swap end an asset, too, but nobody cancelled: what left one customer or product came to another.
    """
    return (
        select(
            _actions.asset_id,
            func.min(_actions.action_date).label("cancelled_on"),
            func.min(_actions.id).label("action"),
        )
        .where(ends_its_asset(), _actions.category == Category.CANCELLATIONS.value)
        .group_by(_actions.asset_id)
    )


def counted_on(tx: Tx, day: date) -> ColumnElement[bool]:
    """Whether a state period counts on a day: it is in force, and its asset not cancelled by then as `churn-date` says.

    The query must join the asset.
    """
    condition: ColumnElement[bool] = in_force(day)
    if not _by_day_of_cancelling(tx):
        return condition
    stopped = cancellations().having(func.min(_actions.action_date) <= day).subquery()
    return and_(condition, _assets.id.not_in(select(stopped.c.asset_id)))


@view(Permission.REPORTS, Protected.MRR)
def mrr_behind(tx: Tx, request: Report) -> tuple[AssetMrr, ...]:
    """The assets that have MRR on the last day of `request`, with how much: they sum to the MRR of that day.

    To look into an opening, ask for the day before its period.
    """
    check(request, "top-accounts", "start", "by", "top")
    day = request.end or tx.today
    query = (
        select(_periods.asset_id, _assets.currency, _periods.mrr)
        .join(tables.asset, _assets.id == _periods.asset_id)
        .where(of_interest(tx, request), counted_on(tx, day), _periods.mrr != 0)
        .order_by(_periods.asset_id)
    )
    held = tx.db.execute(query).all()
    names = names_of(tx, (row.asset_id for row in held))
    return tuple(
        AssetMrr(day, *names[row.asset_id].columns(), row.currency, currency_named(row.currency).money(row.mrr))
        for row in held
    )
