"""Accounts, whole and as a list."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, and_, func, select, union

from calm_desktop.engine.fields import FieldObject
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.exchange import reported, reporting
from calm_desktop.services.field_values import fields_of, values_of, where
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import find, not_withdrawn
from calm_desktop.services.requests import Find, Look
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


def list_accounts(tx: Tx, request: Find) -> tuple[AccountRow, ...]:
    """Accounts by name with their figures as of a day; `assets` counts all that an account has or had."""
    condition = not_withdrawn(tables.account)
    if request.account:
        condition &= _accounts.id == find(tx, "account", request.account)
    condition = and_(condition, *where(tx, request.where, {FieldObject.ACCOUNT: _accounts.id}))
    day, in_one = request.as_of or tx.today, reporting(tx)
    figures = figures_by_account(tx, day)
    owned = select(_assets.account_id, func.count().label("assets")).group_by(_assets.account_id)
    counts = {row.account_id: row.assets for row in tx.db.execute(owned)}
    query = select(tables.account).where(condition).order_by(func.lower(_accounts.name), _accounts.id)
    rows = tx.db.execute(query).all()
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


def figures_by_account(tx: Tx, day: date) -> defaultdict[int, dict[str, CardFigures]]:
    """The cards of every account that has any, by currency."""
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
    balances = {(account, code): int(minor) for account, code, minor in tx.db.execute(owing)}
    found: defaultdict[int, dict[str, CardFigures]] = defaultdict(dict)
    for account, code, quantity, amount, mrr in tx.db.execute(owned):
        money = currency_named(code).money
        balance = balances.pop((account, code), 0)
        found[account][code] = CardFigures(code, quantity, money(int(amount)), money(int(mrr)), money(balance))
    for (account, code), balance in balances.items():
        money = currency_named(code).money
        found[account][code] = CardFigures(code, Decimal(0), money(0), money(0), money(balance))
    return found


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
