"""What is credited of billed periods already, by changes and by hand: a credit never exceeds the rest (DOMAIN 5.8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import and_, func, select

from calm_desktop.engine.catalog import ItemKind, MemoReason
from calm_desktop.engine.invoicing import LineType
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_others = tables.billing_schedule.alias("others")


def credited_so_far(tx: Tx, billing_items: Iterable[int]) -> Counter[int]:
    """Minor units credited of each billing period item, without tax: credits in schedules, and credit memos given.

    Credits that are not on any paper yet count too; an item of which nothing is credited counts zero.
    """
    numbers = sorted(set(billing_items))
    items, lines, memos = tables.billing_item.c, tables.credit_memo_line.c, tables.credit_memo.c
    credit, plans, others = tables.billing_item.alias("credit"), tables.billing_schedule.c, _others.c
    # The credits of an item stand in the schedules of its own asset: few rows, whatever the size of the store.
    by_change = (
        select(items.id, -func.sum(credit.c.amount))
        .join(tables.billing_schedule, plans.id == items.schedule_id)
        .join(_others, others.group_id == plans.group_id)
        .join(credit, and_(credit.c.schedule_id == others.id, credit.c.credits_id == items.id))
        .where(credit.c.kind == ItemKind.CREDIT.value)
        .group_by(items.id)
    )
    by_hand = (
        select(items.id, func.sum(lines.amount))
        .join(tables.credit_memo_line, lines.invoice_line_id == items.invoice_line_id)
        .join(tables.credit_memo, memos.id == lines.memo_id)
        .where(memos.reason == MemoReason.GIVEN.value, lines.type == LineType.CHARGE.value)
        .group_by(items.id)
    )
    found: Counter[int] = Counter()
    for query in (by_change, by_hand):
        for number, minor in rows_in(tx, query, among(items.id, numbers)):
            found[number] += int(minor)
    return found


def creditable(tx: Tx, invoice: int) -> dict[int, int]:
    """What of each charge line of an invoice is not credited yet, in minor units, by the line's number in the store."""
    items, lines = tables.billing_item.c, tables.invoice_line.c
    query = (
        select(lines.id, lines.amount, items.id.label("item"))
        .join(tables.billing_item, items.invoice_line_id == lines.id)
        .where(lines.invoice_id == invoice)
    )
    rows = tx.db.execute(query).all()
    credited = credited_so_far(tx, (row.item for row in rows))
    return {row.id: max(0, row.amount - credited[row.item]) for row in rows}
