"""Changes of days that are invoiced already: what follows is said, and a reason is asked for (DOMAIN 4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import func, or_, select

from calm_desktop.engine.catalog import ItemKind, OrderKind
from calm_desktop.engine.problems import Problem
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.orders import linked_orders
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_orders, _items = tables.sales_order.c, tables.order_item.c
_plans, _parts = tables.billing_schedule.c, tables.billing_item.c


def weigh_back_dating(tx: Tx, orders: Iterable[int]) -> None:
    """Ask for a stated reason where orders change days in the past that are invoiced already (DOMAIN 4.4).

    The problem says what credit or extra charge follows; a preview goes on beside it.
    """
    query = select(tables.sales_order).where(_orders.kind != OrderKind.NEW.value, _orders.effective_date < tx.today)
    for row in rows_in(tx, query, among(_orders.id, orders)):
        touched = _billed_from(tx, row.id, row.effective_date)
        if touched is None:
            continue
        currency = currency_named(row.currency)
        credit, charge = _what_follows(tx, [row.id, *linked_orders(tx, row.id)])
        follows = [
            f"{word} of {currency.money(abs(amount)).amount} {currency.code}"
            for word, amount in (("a credit", credit), ("an extra charge", charge))
            if amount
        ]
        words = (
            f"The change from {row.effective_date} reaches into days that are invoiced already, up to {touched}: "
            f"{' and '.join(follows) or 'no money'} follows. State a reason to go on, or choose a day from "
            f"{tx.today} on."
        )
        tx.needs_override(Problem("back-dated", "from", words, overridable=True))


def _billed_from(tx: Tx, order: int, day: date) -> date | None:
    """The last day on paper of the order's assets, of what was billed before for days from `day` on; None for none."""
    groups = tables.billing_group.c
    assets = select(_items.asset_id).where(_items.order_id == order)
    query = (
        select(func.max(_parts.end))
        .join(tables.billing_schedule, _plans.id == _parts.schedule_id)
        .join(tables.billing_group, groups.id == _plans.group_id)
        .where(
            groups.asset_id.in_(assets),
            _parts.kind == ItemKind.CHARGE.value,
            _parts.end >= day,
            or_(_parts.invoice_line_id.is_not(None), _parts.memo_line_id.is_not(None)),
        )
    )
    last: date | None = tx.db.scalar(query)
    return last


def _what_follows(tx: Tx, orders: Sequence[int]) -> tuple[int, int]:
    """What orders credit together, and what they charge for days that are due already, in minor units."""
    query = (
        select(_parts.kind, func.sum(_parts.amount))
        .join(tables.billing_schedule, _plans.id == _parts.schedule_id)
        .join(tables.order_item, _items.id == _plans.order_item_id)
        .where(_items.order_id.in_(orders), _parts.billing_date <= tx.today)
        .group_by(_parts.kind)
    )
    sums = {kind: int(amount) for kind, amount in tx.db.execute(query)}
    charge = sums.pop(ItemKind.CHARGE.value, 0)
    return sum(sums.values()), charge
