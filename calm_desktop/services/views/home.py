"""The start: recurring revenue of all customers, what ends soon, what is owed, what waits, and what changed last.

Each figure and each list is a view of its own, so that what is not shown is not asked for.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import accumulate
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, Table, and_, case, exists, func, select

from calm_desktop.engine.catalog import SellingModel
from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.invoicing import InvoiceStatus
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.exchange import reporting
from calm_desktop.services.lives import ends_its_asset
from calm_desktop.services.lookup import not_withdrawn
from calm_desktop.services.permissions import Permission
from calm_desktop.services.shapes import (
    ActionRow,
    ActiveAssets,
    AssetHead,
    Ending,
    FirstRows,
    HoldShape,
    HomeStart,
    InvoiceHead,
    MrrSeries,
    Owed,
    Recurring,
    ReportingFigures,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.accounts import figures_by_account
from calm_desktop.services.views.actions import action_rows
from calm_desktop.services.views.balances import line_balance, posted_by
from calm_desktop.services.views.heads import asset_heads, in_force
from calm_desktop.services.views.holds import holds_on
from calm_desktop.services.views.invoices import invoice_heads
from calm_desktop.store import tables

AHEAD = timedelta(days=90)
_assets, _periods, _invoices = tables.asset.c, tables.state_period.c, tables.invoice.c
_lines, _actions = tables.invoice_line.c, tables.action.c


@view()
def home_start(tx: Tx, _: object = None) -> HomeStart:
    """How far the store has come."""
    return HomeStart(
        today=tx.today,
        accounts=_count(tx, tables.account),
        products=_count(tx, tables.product),
        sold=tx.db.scalar(select(_actions.id).limit(1)) is not None,
    )


@view()
def active_assets(tx: Tx, _: object = None) -> ActiveAssets:
    """How many assets are in force today."""
    active = select(func.count(func.distinct(_periods.asset_id))).where(in_force(tx.today))
    return ActiveAssets(tx.db.scalar(active) or 0, _count(tx, tables.account))


def _count(tx: Tx, table: Table) -> int:
    """How many records count."""
    return tx.db.scalar(select(func.count()).select_from(table).where(not_withdrawn(table))) or 0


@view()
def all_in_reporting(tx: Tx, _: object = None) -> ReportingFigures | None:
    """All customers' money of today in the reporting currency; nothing is read where there is none."""
    chosen = reporting(tx)
    if chosen is None:
        return None
    cards = (card for figures in figures_by_account(tx, tx.today).values() for card in figures.values())
    return chosen.figures(cards, tx.today)


@view(Permission.SEE, Protected.MRR)
def recurring(tx: Tx, _: object = None) -> Recurring:
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
    return Recurring(tx.today, tuple(_series(code, changes[code]) for code in sorted(changes)))


def _series(code: str, changes: dict[date, int]) -> MrrSeries:
    days = tuple(day for day in sorted(changes) if changes[day])
    money = currency_named(code).money
    return MrrSeries(code, days, tuple(money(minor) for minor in accumulate(changes[day] for day in days)))


@view()
def ending_soon(tx: Tx, _: object = None) -> Ending:
    """How much ends within 90 days, and what comes first."""
    until = tx.today + AHEAD
    soon = ending(tx.today, until)
    query = (
        select(_assets.currency, func.count(func.distinct(_assets.id)), func.coalesce(func.sum(_periods.mrr), 0))
        .select_from(tables.asset)
        .outerjoin(tables.state_period, and_(_periods.asset_id == _assets.id, in_force(tx.today)))
        .where(_assets.id.in_(soon.order_by(None)))
        .group_by(_assets.currency)
        .order_by(_assets.currency)
    )
    sums = tx.db.execute(query).all()
    first = asset_heads(tx, tx.db.scalars(soon.limit(1)).all(), tx.today) if sums else ()
    return Ending(
        tx.today,
        until,
        sum(count for _, count, _ in sums),
        tuple(currency_named(code).money(int(minor)) for code, _, minor in sums),
        next(iter(first), None),
    )


@view()
def ending_first(tx: Tx, most: int) -> FirstRows[AssetHead]:
    """What ends within 90 days, next end first: so many assets at most."""
    soon = ending(tx.today, tx.today + AHEAD)
    count = tx.db.scalar(select(func.count()).select_from(soon.order_by(None).subquery())) or 0
    return FirstRows(tx.today, asset_heads(tx, tx.db.scalars(soon.limit(most)).all(), tx.today), count)


def ending(first: date, last: date) -> Select[int]:
    """The assets whose term ends from `first` to `last` and can be renewed, but is not: next end first.

    They were sold for a term, and not ended for good or undone. A renewal moves the lifecycle's end.
    """
    ended = exists().where(_actions.asset_id == _assets.id, ends_its_asset())
    return (
        select(_assets.id)
        .join(tables.product, tables.product.c.id == _assets.product_id)
        .where(
            _assets.lifecycle_end.between(first, last),
            tables.product.c.selling_model != SellingModel.ONE_TIME.value,
            exists().where(_periods.asset_id == _assets.id),
            ~ended,
        )
        .order_by(_assets.lifecycle_end, _assets.id)
    )


@view(Permission.SEE, Protected.BALANCE)
def owed(tx: Tx, _: object = None) -> tuple[Owed, ...]:
    """What customers owe today on posted invoices, by currency."""
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


_of_all = func.count().over().label("of_all")
"""How many rows a query has, in each of those that its limit leaves: so it is gone through once."""


def _first(tx: Tx, query: Select[Any]) -> tuple[list[int], int]:
    """The ids of a query's first rows, and how many it has."""
    rows = tx.db.execute(query).all()
    return [row[0] for row in rows], rows[0].of_all if rows else 0


@view()
def open_invoices(tx: Tx, most: int) -> FirstRows[InvoiceHead]:
    """What is to be paid, first due first: so many invoices at most."""
    query = (
        select(_invoices.id)
        .join(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .where(posted_by(tx.today))
        .group_by(_invoices.id, _invoices.due_date)
        .having(func.sum(line_balance(tx.today)) > 0)
    )
    query = query.add_columns(_of_all).order_by(_invoices.due_date, _invoices.id)
    chosen, count = _first(tx, query.limit(most))
    heads = sorted(invoice_heads(tx, _invoices.id.in_(chosen), tx.today), key=attrgetter("due"))
    return FirstRows(tx.today, tuple(heads), count)


@view()
def draft_invoices(tx: Tx, most: int) -> FirstRows[InvoiceHead]:
    """What waits to be looked at and posted, oldest first: so many drafts at most."""
    waits = select(_invoices.id, _of_all).where(_invoices.status == InvoiceStatus.DRAFT.value)
    chosen, count = _first(tx, waits.order_by(_invoices.invoice_date, _invoices.id).limit(most))
    return FirstRows(tx.today, invoice_heads(tx, _invoices.id.in_(chosen)), count)


@view()
def holds_in_force(tx: Tx, most: int) -> FirstRows[HoldShape]:
    """What keeps runs from invoicing today, in the order recorded: so many holds at most."""
    held = holds_on(tx)
    return FirstRows(tx.today, held[:most], len(held))


@view()
def latest_changes(tx: Tx, most: int) -> FirstRows[ActionRow]:
    """What changed last, newest first: so many actions at most."""
    last = select(_actions.asset_id).order_by(_actions.id.desc()).limit(most)
    assets = sorted(set(tx.db.scalars(last)))
    return FirstRows(tx.today, action_rows(tx, _assets.id.in_(assets), None, None, None)[: -most - 1 : -1])
