"""What is owned over time: state periods of many assets, cards of a day and series of all days (DOMAIN 4.2, 4.9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import or_, select

from calm_desktop.engine.dates import Period
from calm_desktop.engine.lifecycle import StatePeriod
from calm_desktop.engine.money import Currency
from calm_desktop.engine.summary import Figures, figures_on, series
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import find
from calm_desktop.services.requests import Find
from calm_desktop.services.scopes import Scope, rows_in, within
from calm_desktop.services.shapes import CardFigures, SeriesShape, StatePeriodRow, StatePeriodShape
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.balances import BalanceSteps
from calm_desktop.store import tables


def states_in(tx: Tx, scope: Scope) -> dict[int, list[StatePeriod]]:
    """The state periods of the assets in `scope` (a condition on assets), by start."""
    periods, assets = tables.state_period.c, tables.asset.c
    query = (
        select(
            periods.asset_id,
            assets.currency,
            periods.start,
            periods.end,
            periods.quantity,
            periods.amount,
            periods.mrr,
            periods.paused,
        )
        .join(tables.asset, assets.id == periods.asset_id)
        .order_by(periods.asset_id, periods.start)
    )
    found: defaultdict[int, list[StatePeriod]] = defaultdict(list)
    for asset, code, start, end, quantity, amount, mrr, paused in rows_in(tx, query, scope):
        currency = currency_named(code)
        known = None if amount is None else currency.money(amount)
        found[asset].append(StatePeriod(Period(start, end), quantity, known, currency.money(mrr), paused))
    return found


@view()
def list_state_periods(tx: Tx, request: Find) -> tuple[StatePeriodRow, ...]:
    """State periods by asset and start: of an account, an asset, and with days in a span; in force with `as_of`."""
    periods, assets = tables.state_period.c, tables.asset.c
    first, last = request.as_of or request.start, request.as_of or request.end
    condition = within(periods.start, None, last)
    if first is not None:
        condition &= or_(periods.end.is_(None), periods.end >= first)
    if request.account:
        condition &= assets.account_id == find(tx, "account", request.account)
    if request.asset:
        condition &= assets.id == find(tx, "asset", request.asset)
    query = (
        select(
            tables.state_period,
            assets.name,
            assets.account_id,
            assets.currency,
            tables.account.c.name.label("account_name"),
            tables.product.c.code,
        )
        .join(tables.asset, assets.id == periods.asset_id)
        .join(tables.account, tables.account.c.id == assets.account_id)
        .join(tables.product, tables.product.c.id == assets.product_id)
        .where(condition)
        .order_by(periods.asset_id, periods.start)
    )
    return tuple(
        StatePeriodRow(
            account=row.account_name,
            account_id=public_id("account", row.account_id),
            asset=row.name,
            asset_id=public_id("asset", row.asset_id),
            product=row.code,
            start=row.start,
            end=row.end,
            quantity=row.quantity,
            amount=None if row.amount is None else money(row.amount),
            mrr=money(row.mrr),
            paused=row.paused,
            currency=row.currency,
        )
        for row in tx.db.execute(query)
        for money in (currency_named(row.currency).money,)
    )


def state_shapes(states: Iterable[StatePeriod]) -> tuple[StatePeriodShape, ...]:
    """State periods as they are shown."""
    return tuple(
        StatePeriodShape(state.period.start, state.period.end, state.quantity, state.amount, state.mrr, state.paused)
        for state in states
    )


def currencies_of(
    own: str, states: Iterable[StatePeriod], balances: Mapping[Currency, BalanceSteps]
) -> tuple[Currency, ...]:
    """The currencies that figures are shown in: an account's own one first, then the others that occur."""
    occurring = {state.mrr.currency for state in states} | balances.keys()
    first = currency_named(own)
    return (first, *sorted(occurring - {first}, key=lambda currency: currency.code))


def cards(
    currencies: Iterable[Currency],
    states: Sequence[StatePeriod],
    balances: Mapping[Currency, BalanceSteps],
    day: date,
) -> tuple[CardFigures, ...]:
    """The four cards in each currency as of `day`."""
    figures = figures_on(states, day)
    return tuple(_card(currency, figures.get(currency), balances.get(currency), day) for currency in currencies)


def _card(currency: Currency, figures: Figures | None, balance: BalanceSteps | None, day: date) -> CardFigures:
    nothing = currency.money(0)
    return CardFigures(
        currency=currency.code,
        quantity=figures.quantity if figures else Decimal(0),
        amount=figures.amount if figures else nothing,
        mrr=figures.mrr if figures else nothing,
        invoice_line_balance=currency.money(balance.on(day)) if balance else nothing,
    )


def series_shapes(currencies: Iterable[Currency], states: Iterable[StatePeriod]) -> tuple[SeriesShape, ...]:
    """The figures over the whole lifecycle, in each currency that has any."""
    found = series(states)
    return tuple(
        SeriesShape(
            currency.code,
            tuple(step.day for step in found[currency]),
            tuple(step.quantity for step in found[currency]),
            tuple(step.mrr for step in found[currency]),
            tuple(step.amount for step in found[currency]),
        )
        for currency in currencies
        if currency in found
    )
