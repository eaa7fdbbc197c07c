"""Accounts, whole and as a list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields as fields_in
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, and_, func, select, union

from calm_desktop.engine.fields import FieldObject
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.exchange import reported, reporting
from calm_desktop.services.field_values import fields_of, values_of, where
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import find, not_withdrawn
from calm_desktop.services.requests import Find, Look
from calm_desktop.services.scopes import EVERYTHING, Scope, among, rows_in
from calm_desktop.services.shapes import AccountEditing, AccountRow, AccountShape, CardFigures, ReportingFigures
from calm_desktop.services.shapes.fields import FieldsTold
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.balances import balance_steps, line_balance, posted_by
from calm_desktop.services.views.heads import account_head, heads_in, in_force
from calm_desktop.services.views.holds import hold_of
from calm_desktop.services.views.statements import account_balances
from calm_desktop.services.views.states import cards, currencies_of, series_shapes, states_in
from calm_desktop.store import tables

_accounts, _assets, _periods = tables.account.c, tables.asset.c, tables.state_period.c
_invoices, _lines = tables.invoice.c, tables.invoice_line.c


@view()
def show_account(tx: Tx, request: Look) -> AccountShape:
    """One customer with cards, series and assets as of a day. Refuses an unknown or ambiguous name."""
    account, day = find(tx, "account", request.name), request.as_of or tx.today
    head, scope = account_head(tx, account), (_assets.account_id == account,)
    states = [state for periods in states_in(tx, scope).values() for state in periods]
    balances = balance_steps(tx, _invoices.account_id == account)
    currencies = currencies_of(head.currency, states, balances)
    shown = cards(currencies, states, balances, day)
    return AccountShape(
        account=head,
        as_of=day,
        cards=shown,
        balances=account_balances(tx, account, day),
        reporting=reported(tx, shown, day),
        hold=hold_of(tx, "account", account),
        series=series_shapes(currencies, states),
        assets=tuple(heads_in(tx, scope, day).values()),
    )


@view()
def list_accounts(tx: Tx, request: Find) -> tuple[AccountRow, ...]:
    """Accounts by name with their figures as of a day; `assets` counts all that an account has or had."""
    return _rows_in(tx, (accounts_wanted(tx, request),), None, request.as_of or tx.today)


def accounts_wanted(tx: Tx, request: Find) -> ColumnElement[bool]:
    """Which accounts are asked for."""
    condition = not_withdrawn(tables.account)
    if request.account:
        condition &= _accounts.id == find(tx, "account", request.account)
    return and_(condition, *where(tx, request.where, {FieldObject.ACCOUNT: _accounts.id}))


def account_rows(tx: Tx, accounts: Sequence[int], day: date) -> tuple[AccountRow, ...]:
    """The lines of the accounts with these numbers in the store, with the figures of a day."""
    return _rows_in(tx, among(_accounts.id, accounts), accounts, day)


def by_currency(rows: Iterable[AccountRow]) -> Iterator[AccountRow]:
    """Accounts with a line for each currency in which they own or owe something: figures of several never add up.

    What all of them come to in the reporting currency stands in the first line.
    """
    for row in rows:
        yield row
        for other in row.others:
            figures = {each.name: getattr(other, each.name) for each in fields_in(other)}
            yield replace(row, **figures, others=(), reporting=None)


def _rows_in(tx: Tx, scope: Scope, accounts: Sequence[int] | None, day: date) -> tuple[AccountRow, ...]:
    """The accounts in `scope`, where known with their numbers: then only what is theirs is read."""
    in_one, figures = reporting(tx), figures_by_account(tx, day, accounts)
    counted = select(_assets.account_id, func.count().label("assets")).group_by(_assets.account_id)
    counts = {row.account_id: row.assets for row in rows_in(tx, counted, _of(_assets.account_id, accounts))}
    query = select(tables.account).order_by(func.lower(_accounts.name), _accounts.id)
    rows = list(rows_in(tx, query, scope))
    told = values_of(tx, FieldObject.ACCOUNT, [row.id for row in rows])
    return tuple(
        _row(
            row,
            counts.get(row.id, 0),
            figures[row.id],
            None if in_one is None else in_one.figures(figures[row.id].values(), day),
            told(row.id),
        )
        for row in rows
    )


def _row(
    row: Row[Any], assets: int, figures: dict[str, CardFigures], in_one: ReportingFigures | None, told: FieldsTold
) -> AccountRow:
    own = figures.get(row.currency) or _no_figures(row.currency)
    return AccountRow(
        id=public_id("account", row.id),
        number=row.number,
        name=row.name,
        country=row.country,
        currency=row.currency,
        assets=assets,
        quantity=own.quantity,
        amount=own.amount,
        mrr=own.mrr,
        invoice_line_balance=own.invoice_line_balance,
        others=tuple(figures[code] for code in sorted(figures.keys() - {row.currency})),
        reporting=in_one,
        fields=told,
    )


def _no_figures(code: str) -> CardFigures:
    nothing = currency_named(code).money(0)
    return CardFigures(code, Decimal(0), nothing, nothing, nothing)


def _of(account: Column[int], accounts: Sequence[int] | None) -> Scope:
    return EVERYTHING if accounts is None else among(account, accounts)


def figures_by_account(
    tx: Tx, day: date, accounts: Sequence[int] | None = None
) -> defaultdict[int, dict[str, CardFigures]]:
    """The cards of every account, or of each of some, that has any, by currency."""
    owned = (
        select(
            _assets.account_id,
            _assets.currency,
            func.sum(_periods.quantity),
            func.coalesce(func.sum(_periods.amount), 0),
            func.sum(_periods.mrr),
        )
        .join(tables.state_period, _periods.asset_id == _assets.id)
        .where(in_force(day))
        .group_by(_assets.account_id, _assets.currency)
    )
    owing = (
        select(_invoices.account_id, _invoices.currency, func.sum(line_balance(day)))
        .join(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .where(posted_by(day))
        .group_by(_invoices.account_id, _invoices.currency)
    )
    owed = rows_in(tx, owing, _of(_invoices.account_id, accounts))
    balances = {(account, code): int(minor) for account, code, minor in owed}
    found: defaultdict[int, dict[str, CardFigures]] = defaultdict(dict)
    for account, code, quantity, amount, mrr in rows_in(tx, owned, _of(_assets.account_id, accounts)):
        money = currency_named(code).money
        balance = balances.pop((account, code), 0)
        found[account][code] = CardFigures(code, quantity, money(int(amount)), money(int(mrr)), money(balance))
    for (account, code), balance in balances.items():
        money = currency_named(code).money
        found[account][code] = CardFigures(code, Decimal(0), money(0), money(0), money(balance))
    return found


@view()
def account_editing(tx: Tx, name: str) -> AccountEditing:
    """A customer as it can be changed; for an empty name, what a new one takes when it is not told.

    Refuses an unknown or ambiguous name.
    """
    profiles = union(select(_accounts.tax_profile), select(tables.tax_rate.c.profile))
    return AccountEditing(
        account=account_head(tx, find(tx, "account", name)) if name else None,
        currency=tx.settings["currency"],
        payment_days=tx.settings["payment-days"],
        tax_profiles=tuple(sorted(word for word in tx.db.scalars(profiles) if word)),
        fields=fields_of(tx, FieldObject.ACCOUNT),
    )
