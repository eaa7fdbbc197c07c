"""The start: recurring revenue of all customers, what ends soon, what is owed, and what changed last."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import accumulate

from sqlalchemy import case, exists, func, select

from calm_desktop.engine.catalog import SellingModel
from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.exchange import reporting
from calm_desktop.services.lives import ends_its_asset
from calm_desktop.services.shapes import (
    ActionRow,
    AssetHead,
    HomeShape,
    InvoiceHead,
    MrrSeries,
    Owed,
    ReportingFigures,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.accounts import figures_by_account
from calm_desktop.services.views.actions import action_rows
from calm_desktop.services.views.balances import line_balance, posted_by
from calm_desktop.services.views.heads import asset_heads, in_force
from calm_desktop.services.views.invoices import invoice_heads
from calm_desktop.store import tables

AHEAD = timedelta(days=90)
_FEW = 100
_LATEST = 20
_assets, _periods, _invoices = tables.asset.c, tables.state_period.c, tables.invoice.c
_lines, _actions = tables.invoice_line.c, tables.action.c


def home_page(tx: Tx, _: object = None) -> HomeShape:
    """What the first page shows as of today."""
    until = tx.today + AHEAD
    active = select(func.count(func.distinct(_periods.asset_id))).where(in_force(tx.today))
    return HomeShape(
        today=tx.today,
        until=until,
        accounts=tx.db.scalar(select(func.count()).select_from(tables.account)) or 0,
        products=tx.db.scalar(select(func.count()).select_from(tables.product)) or 0,
        active_assets=tx.db.scalar(active) or 0,
        mrr=_recurring(tx),
        reporting=_reporting(tx),
        ending=_ending(tx, until),
        owed=_owed(tx),
        open_invoices=_open_invoices(tx),
        latest=_latest(tx),
    )


def _reporting(tx: Tx) -> ReportingFigures | None:
    """All customers' money of today in the reporting currency; nothing is read where there is none."""
    chosen = reporting(tx)
    if chosen is None:
        return None
    cards = (card for figures in figures_by_account(tx, tx.today).values() for card in figures.values())
    return chosen.figures(cards, tx.today)


def _recurring(tx: Tx) -> tuple[MrrSeries, ...]:
    """Sums by first and by last day are all that is read, however many state periods there are."""
    changes: defaultdict[str, defaultdict[date, int]] = defaultdict(lambda: defaultdict(int))
    joined = tables.state_period.join(tables.asset, _assets.id == _periods.asset_id)
    begun = select(_assets.currency, _periods.start, func.sum(_periods.mrr)).select_from(joined)
    for code, day, minor in tx.db.execute(begun.group_by(_assets.currency, _periods.start)):
        changes[code][day] += int(minor)
    ended = select(_assets.currency, _periods.end, func.sum(_periods.mrr)).select_from(joined)
    ended = ended.where(_periods.end.is_not(None)).group_by(_assets.currency, _periods.end)
    for code, day, minor in tx.db.execute(ended):
        changes[code][day + ONE_DAY] -= int(minor)
    return tuple(_series(code, changes[code]) for code in sorted(changes))


def _series(code: str, changes: dict[date, int]) -> MrrSeries:
    days = tuple(day for day in sorted(changes) if changes[day])
    money = currency_named(code).money
    return MrrSeries(code, days, tuple(money(minor) for minor in accumulate(changes[day] for day in days)))


def _ending(tx: Tx, until: date) -> tuple[AssetHead, ...]:
    """What can be renewed and is not: sold for a term, not ended for good. A renewal moves the lifecycle's end."""
    ended = exists().where(_actions.asset_id == _assets.id, ends_its_asset())
    query = (
        select(_assets.id)
        .join(tables.product, tables.product.c.id == _assets.product_id)
        .where(
            _assets.lifecycle_end.between(tx.today, until),
            tables.product.c.selling_model != SellingModel.ONE_TIME.value,
            ~ended,
        )
        .order_by(_assets.lifecycle_end, _assets.id)
    )
    return asset_heads(tx, tx.db.scalars(query).all(), tx.today)


def _owed(tx: Tx) -> tuple[Owed, ...]:
    balance = func.sum(line_balance(tx.today)).label("balance")
    each = (
        select(_invoices.currency, _invoices.due_date, balance)
        .join(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .where(posted_by(tx.today))
        .group_by(_invoices.id, _invoices.currency, _invoices.due_date)
        .having(balance > 0)
        .subquery()
        .c
    )
    late = each.due_date < tx.today
    query = (
        select(
            each.currency,
            func.count(),
            func.sum(each.balance),
            func.sum(case((late, 1), else_=0)),
            func.sum(case((late, each.balance), else_=0)),
        )
        .group_by(each.currency)
        .order_by(each.currency)
    )
    found = []
    for code, invoices, minor, overdue_invoices, overdue in tx.db.execute(query):
        money = currency_named(code).money
        found.append(Owed(code, invoices, money(int(minor)), int(overdue_invoices), money(int(overdue))))
    return tuple(found)


def _open_invoices(tx: Tx) -> tuple[InvoiceHead, ...]:
    query = (
        select(_invoices.id)
        .join(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .where(posted_by(tx.today))
        .group_by(_invoices.id, _invoices.due_date)
        .having(func.sum(line_balance(tx.today)) > 0)
        .order_by(_invoices.due_date, _invoices.id)
        .limit(_FEW)
    )
    chosen = tx.db.scalars(query).all()
    return tuple(sorted(invoice_heads(tx, _invoices.id.in_(chosen), tx.today), key=lambda each: each.due))


def _latest(tx: Tx) -> tuple[ActionRow, ...]:
    last = select(_actions.asset_id).order_by(_actions.id.desc()).limit(_LATEST)
    assets = sorted(set(tx.db.scalars(last)))
    return action_rows(tx, _assets.id.in_(assets), None, None, None)[: -_LATEST - 1 : -1]
