"""Top accounts: who brings the most recurring revenue, in each currency."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from heapq import nlargest
from typing import Any

from sqlalchemy import Select, func, select

from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.metrics import share_of
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.permissions import Permission
from calm_desktop.services.reports.asked import by_group, check, of_interest, periods_so_far
from calm_desktop.services.reports.names import account_names
from calm_desktop.services.reports.recurring import counted_on, mrr_behind
from calm_desktop.services.requests import Report
from calm_desktop.services.scopes import within
from calm_desktop.services.shapes import AssetMrr, ReportShape, TopAccount
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

USUAL = 10
"""How many accounts are ranked in each currency unless told."""

_assets, _periods, _actions = tables.asset.c, tables.state_period.c, tables.action.c
_Sums = dict[str, dict[int, int]]
"""Minor units, by currency and account."""


@view(Permission.REPORTS, Protected.MRR)
@by_group
def top_accounts(tx: Tx, request: Report) -> ReportShape[TopAccount]:
    """The accounts with the most MRR on the last day, by currency; those with the same by amount, then by account.

    Who has neither MRR nor an amount is not ranked. Refuses what the report cannot be asked.
    """
    check(request, "top-accounts", "start", "top")
    days = periods_so_far(tx, request)
    recurring, amounts = _recurring(tx, request, days.end), _amounts(tx, request, days.start, days.end)
    top = USUAL if request.top is None else request.top
    ranked = [
        (code, rank, account)
        for code in sorted(recurring.keys() | amounts.keys())
        for rank, account in enumerate(_ranked(recurring[code], amounts[code], top), 1)
    ]
    names = account_names(tx, (account for _, _, account in ranked))
    everyone = {code: currency_named(code).money(sum(recurring[code].values())) for code, _, _ in ranked}
    rows = []
    for code, rank, account in ranked:
        money = currency_named(code).money
        mrr = money(recurring[code].get(account, 0))
        rows.append(
            TopAccount(
                rank=rank,
                account=names[account],
                account_id=public_id("account", account),
                currency=code,
                mrr=mrr,
                share=share_of(mrr, everyone[code]),
                amount=money(amounts[code].get(account, 0)),
            )
        )
    return ReportShape("top-accounts", days.start, days.end, None, tuple(rows))


@view(Permission.REPORTS, Protected.MRR)
def top_behind(tx: Tx, request: Report) -> tuple[AssetMrr, ...]:
    """The assets with MRR, on the last day, of the accounts that are ranked: they sum to the accounts' MRR."""
    shape = top_accounts(tx, request)
    ranked = {(row.account_id, row.currency) for row in shape.rows}
    held = mrr_behind(tx, replace(request, end=shape.end))
    return tuple(each for each in held if (each.account_id, each.currency) in ranked)


def _ranked(mrr: dict[int, int], amounts: dict[int, int], top: int) -> list[int]:
    def figures(account: int) -> tuple[int, int, int]:
        return mrr.get(account, 0), amounts.get(account, 0), -account

    return nlargest(top, (account for account in mrr.keys() | amounts.keys() if any(figures(account)[:2])), key=figures)


def _recurring(tx: Tx, request: Report, day: date) -> _Sums:
    query = select(_assets.currency, _assets.account_id, func.sum(_periods.mrr))
    query = query.join(tables.state_period, _periods.asset_id == _assets.id).where(counted_on(tx, day))
    return _sums(tx, request, query)


def _amounts(tx: Tx, request: Report, first: date, last: date) -> _Sums:
    query = select(_assets.currency, _assets.account_id, func.sum(_actions.amount_change))
    query = query.join(tables.action, _actions.asset_id == _assets.id).where(
        within(_actions.effective_date, first, last)
    )
    return _sums(tx, request, query)


def _sums(tx: Tx, request: Report, query: Select[Any]) -> _Sums:
    found: _Sums = defaultdict(dict)
    query = query.where(of_interest(tx, request)).group_by(_assets.currency, _assets.account_id)
    for code, account, minor in tx.db.execute(query):
        found[code][account] = int(minor)
    return found
