"""The account page and the asset page: all that either shows, from one look at the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import ColumnElement, select

from calm_desktop.engine.catalog import Kind
from calm_desktop.engine.dates import add_months
from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.lifecycle import StatePeriod, lifetime_amount
from calm_desktop.services.boundary import view
from calm_desktop.services.exchange import reported
from calm_desktop.services.field_values import fields_of
from calm_desktop.services.lookup import find
from calm_desktop.services.requests import Look, PageRequest
from calm_desktop.services.shapes import AssetHead, LifecyclePage, PeriodStart
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.actions import action_rows
from calm_desktop.services.views.balances import balance_steps, open_on
from calm_desktop.services.views.billing import NO_BILLING, billing_in
from calm_desktop.services.views.heads import account_head, heads_in
from calm_desktop.services.views.holds import hold_of
from calm_desktop.services.views.invoices import invoice_heads, invoices_of_asset
from calm_desktop.services.views.orders import order_rows, orders_of_asset
from calm_desktop.services.views.statements import account_balances
from calm_desktop.services.views.states import cards, currencies_of, series_shapes, state_shapes, states_in
from calm_desktop.services.views.usage import usage_page
from calm_desktop.store import tables


@view()
def account_page(tx: Tx, request: PageRequest) -> LifecyclePage:
    """Everything of one customer. Refuses an unknown or ambiguous name."""
    account = find(tx, "account", request.name)
    return _page(
        tx,
        request,
        account,
        asset=None,
        owned=tables.asset.c.account_id == account,
        lines=tables.invoice.c.account_id == account,
        orders=tables.sales_order.c.account_id == account,
        invoices=tables.invoice.c.account_id == account,
    )


@view()
def asset_page(tx: Tx, request: PageRequest) -> LifecyclePage:
    """Everything of one asset, with its state periods and billing. Refuses an unknown or ambiguous name."""
    asset = find(tx, "asset", request.name)
    owner = select(tables.asset.c.account_id).where(tables.asset.c.id == asset)
    return _page(
        tx,
        request,
        tx.db.execute(owner).scalar_one(),
        asset=asset,
        owned=tables.asset.c.id == asset,
        lines=tables.invoice_line.c.asset_id == asset,
        orders=orders_of_asset(asset),
        invoices=invoices_of_asset(asset),
    )


def _page(
    tx: Tx,
    request: PageRequest,
    account: int,
    *,
    asset: int | None,
    owned: ColumnElement[bool],
    lines: ColumnElement[bool],
    orders: ColumnElement[bool],
    invoices: ColumnElement[bool],
) -> LifecyclePage:
    day = request.as_of or tx.today
    head, assets, periods = account_head(tx, account), heads_in(tx, (owned,), day), states_in(tx, (owned,))
    states = [state for mine in periods.values() for state in mine]
    balances = balance_steps(tx, lines)
    own = head.currency if asset is None else assets[asset].currency
    currencies = currencies_of(own, states, balances)
    wanted = request.parts
    overdue, open_lines = open_on(tx, lines, day) if "open" in wanted else (0, 0)
    shown = cards(currencies, states, balances, day)
    return LifecyclePage(
        account=head,
        asset=None if asset is None else assets[asset],
        as_of=day,
        today=tx.today,
        cards=shown,
        cards_before=cards(currencies, states, balances, add_months(day, -12)),
        reporting=reported(tx, shown, day),
        lifetime_amounts=tuple(
            lifetime_amount([state for state in states if state.mrr.currency == currency], currency)
            for currency in currencies
        ),
        series=series_shapes(currencies, states),
        balance_series=tuple(
            (currency.code, steps.days, tuple(currency.money(minor) for minor in steps.minor))
            for currency in currencies
            if (steps := balances.get(currency)) is not None
        ),
        period_starts=_period_starts(periods, assets),
        state_periods=() if asset is None else state_shapes(states),
        assets=tuple(assets.values()),
        actions=action_rows(tx, owned, request.start, request.end, request.category) if "actions" in wanted else (),
        orders=order_rows(tx, (orders,)) if "orders" in wanted else (),
        invoices=invoice_heads(tx, invoices, request.as_of) if "invoices" in wanted else (),
        billing=billing_in(tx, (owned,)).get(asset, NO_BILLING) if asset and "billing" in wanted else None,
        overdue=overdue,
        open_lines=open_lines,
        usage=usage_page(tx, Look(assets[asset].id))
        if asset and assets[asset].kind == Kind.USAGE and "usage" in wanted
        else None,
        hold=hold_of(tx, "account", account) if asset is None else hold_of(tx, "asset", asset),
        balances=account_balances(tx, account, day) if asset is None and "open" in wanted else (),
        fields=fields_of(tx, *FieldObject),
    )


def _period_starts(
    periods: Mapping[int, Iterable[StatePeriod]], assets: Mapping[int, AssetHead]
) -> tuple[PeriodStart, ...]:
    def day_of(start: PeriodStart) -> date:
        return start.day

    starts = (
        PeriodStart(
            day=state.period.start,
            asset=assets[asset].name,
            asset_id=assets[asset].id,
            quantity=state.quantity,
            amount=state.amount,
            mrr=state.mrr,
            currency=assets[asset].currency,
        )
        for asset, states in periods.items()
        for state in states
    )
    return tuple(sorted(starts, key=day_of))
