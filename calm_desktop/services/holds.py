"""Invoice holds: runs pass over an account or an asset, until a day or until it is released, and say why.

A hold is compared with the day on which one acts: it holds on its last day too. A thing has one open hold at most; a
new one replaces it, and what was is kept. A hold keeps runs and invoices from orders from making invoices; drafts that
exist can be posted, and posted invoices paid, as ever.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from calm_desktop.engine.limits import problems_of_day
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services.boundary import use_case
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.lookup import find
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import ReleaseHold, SetHold
from calm_desktop.services.shapes import HoldResult, SkippedAccount
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.holds import hold_shapes, holds_on, in_force, is_open
from calm_desktop.store import tables
from calm_desktop.store.ids import take

_holds, _items, _orders = tables.invoice_hold.c, tables.order_item.c, tables.sales_order.c
KINDS = ("account", "asset")


@use_case(Permission.PAPERS)
def hold(tx: Tx, request: SetHold) -> HoldResult:
    """Hold an account or an asset from now on; an open hold on it is replaced.

    Refuses what is neither, an unknown or ambiguous name, and a last day that is over.
    """
    thing = _thing(tx, request.kind, request.name)
    problems = text_problems(tables.invoice_hold, {"reason": request.reason})
    if request.until is not None and request.until < tx.today:
        words = f"{request.until} is over: the hold would hold nothing. Give today, {tx.today}, or a later day."
        problems.append(Problem("too-early", "until", words))
    refuse_if([*problems, *problems_of_day("until", request.until)])
    replaced = _close(tx, request.kind, thing, is_open())
    number = take(tx.db, "invoice_hold")
    row = {
        "id": number,
        f"{request.kind}_id": thing,
        "set_on": tx.today,
        "until": request.until,
        "reason": request.reason.strip(),
        "request_id": tx.request_id,
        "recorded_at": tx.now,
    }
    tx.db.execute(tables.invoice_hold.insert().values(**row))
    return _result(tx, number, replaced)


@use_case(Permission.PAPERS)
def release(tx: Tx, request: ReleaseHold) -> HoldResult:
    """Release the hold on an account or an asset. Refuses a thing that is not on hold."""
    thing = _thing(tx, request.kind, request.name)
    released = _close(tx, request.kind, thing, in_force(tx.today))
    if released is None:
        words = f"No hold is in force on the {request.kind} {request.name!r}. `list holds` shows those that are."
        raise Refused(Problem("not-held", "name", words))
    return _result(tx, released, None)


def _thing(tx: Tx, kind: str, name: str) -> int:
    if kind not in KINDS:
        words = f"Accounts and assets are held, not {kind!r}. Say account or asset."
        raise Refused(Problem("bad-kind", "kind", words))
    return find(tx, kind, name)


def _close(tx: Tx, kind: str, thing: int, which: ColumnElement[bool]) -> int | None:
    """Release the hold on a thing for which a condition holds; it stays on record. None where there is none."""
    number = tx.db.scalar(select(_holds.id).where(tables.invoice_hold.c[f"{kind}_id"] == thing, which))
    if number is not None:
        released = tables.invoice_hold.update().where(_holds.id == number)
        tx.db.execute(released.values(released_on=tx.today))
    return number


def _result(tx: Tx, number: int, replaced: int | None) -> HoldResult:
    made = hold_shapes(tx, _holds.id == number)[0]
    account = number_of("account", made.account_id)
    assert account is not None
    tx.touch("account", account)
    tx.touch("asset", account)
    return HoldResult(made, None if replaced is None else hold_shapes(tx, _holds.id == replaced)[0])


def held_back(tx: Tx, due: Select[Any]) -> tuple[ColumnElement[bool] | None, list[SkippedAccount]]:
    """What of due billing period items is on hold: a condition on their orders and order items, and what to say.

    None where nothing is held anywhere: a run then looks no further. `due` is a query over orders and order items.
    """
    holding = in_force(tx.today)
    if tx.db.scalar(select(_holds.id).where(holding).limit(1)) is None:
        return None, []
    accounts = select(_holds.account_id).where(holding, _holds.account_id.is_not(None))
    assets = select(_holds.asset_id).where(holding, _holds.asset_id.is_not(None))
    concerned: set[str] = set()
    for concerns in (_holds.account_id == _orders.account_id, _holds.asset_id == _items.asset_id):
        query = due.with_only_columns(_holds.id).join(tables.invoice_hold, concerns).where(holding)
        concerned.update(public_id("hold", each) for each in tx.db.scalars(query.order_by(None).distinct()))
    held = or_(_orders.account_id.in_(accounts), _items.asset_id.in_(assets))
    skipped = (each for each in holds_on(tx) if each.id in concerned)
    return held, [SkippedAccount(each.account, each.words) for each in skipped]
