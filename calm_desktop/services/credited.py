"""What is credited of billed periods already, by changes and by hand: a credit never exceeds the rest (DOMAIN 5.8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from calm_desktop.engine.catalog import ItemKind, MemoReason
from calm_desktop.engine.invoicing import LineType, tax_on
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_items, _plans, _lines = tables.billing_item.c, tables.billing_schedule.c, tables.invoice_line.c
_memos, _memo_lines = tables.credit_memo.c, tables.credit_memo_line.c
_credit, _others = tables.billing_item.alias("credit"), tables.billing_schedule.alias("others")


def credited_so_far(tx: Tx, billing_items: Iterable[int]) -> Counter[int]:
    """Minor units credited of each billing period item, without tax: credits in schedules, and credit memos given.

    Credits that are not on any paper yet count too; an item of which nothing is credited counts zero.
    """
    numbers = sorted(set(billing_items))
    by_change = _with_credits(select(_items.id, -func.sum(_credit.c.amount))).group_by(_items.id)
    by_hand = (
        select(_items.id, func.sum(_memo_lines.amount))
        .join(tables.credit_memo_line, _memo_lines.invoice_line_id == _items.invoice_line_id)
        .join(tables.credit_memo, _memos.id == _memo_lines.memo_id)
        .where(_memos.reason == MemoReason.GIVEN.value, _memo_lines.type == LineType.CHARGE.value)
        .group_by(_items.id)
    )
    found: Counter[int] = Counter()
    for query in (by_change, by_hand):
        for number, minor in rows_in(tx, query, among(_items.id, numbers)):
            found[number] += int(minor)
    return found


def _with_credits(query: Select[Any]) -> Select[Any]:
    """A query over billing period items, with each credit of them.

    The credits of an item stand in the schedules of its own asset: few rows, whatever the size of the store.
    """
    return (
        query.join(tables.billing_schedule, _plans.id == _items.schedule_id)
        .join(_others, _others.c.group_id == _plans.group_id)
        .join(_credit, and_(_credit.c.schedule_id == _others.c.id, _credit.c.credits_id == _items.id))
        .where(_credit.c.kind == ItemKind.CREDIT.value)
    )


def tax_left(tx: Tx, charges: Iterable[int], with_due: bool) -> dict[int, int]:
    """What of the tax on each of these charge lines is not credited yet, in minor units; untaxed lines are left out.

    Counted are credit memos given, and credits in schedules with the tax on them: those on paper, and `with_due` also
    those that are on none yet.
    """
    scope = among(_lines.charge_line_id, sorted(set(charges)))
    billed = select(
        _lines.charge_line_id, _lines.amount, _lines.tax_rate, tables.invoice.c.currency.label("currency")
    ).join(tables.invoice, tables.invoice.c.id == _lines.invoice_id)
    by_hand = (
        select(_lines.charge_line_id, _memo_lines.amount)
        .join(tables.credit_memo_line, _memo_lines.invoice_line_id == _lines.id)
        .join(tables.credit_memo, _memos.id == _memo_lines.memo_id)
        .where(_memos.reason == MemoReason.GIVEN.value)
    )
    by_change = _with_credits(
        select(_lines.charge_line_id, _credit.c.amount).join(
            tables.billing_item, _items.invoice_line_id == _lines.charge_line_id
        )
    )
    if not with_due:
        by_change = by_change.where(or_(_credit.c.invoice_line_id.is_not(None), _credit.c.memo_line_id.is_not(None)))
    taxes = {row.charge_line_id: row for row in rows_in(tx, billed, scope)}
    left = {charge: int(tax.amount) for charge, tax in taxes.items()}
    for charge, minor in rows_in(tx, by_hand, scope):
        left[charge] -= minor
    for charge, minor in rows_in(tx, by_change, scope):
        tax = taxes[charge]
        left[charge] += tax_on(currency_named(tax.currency).money(minor), tax.tax_rate).minor
    return {charge: max(0, minor) for charge, minor in left.items()}


def creditable(tx: Tx, invoice: int) -> dict[int, int]:
    """What of each line of an invoice is not credited yet, in minor units, by the line's number in the store."""
    query = (
        select(_lines.id, _lines.amount, _lines.charge_line_id, _items.id.label("item"))
        .outerjoin(tables.billing_item, _items.invoice_line_id == _lines.id)
        .where(_lines.invoice_id == invoice)
    )
    rows = tx.db.execute(query).all()
    credited = credited_so_far(tx, (row.item for row in rows if row.item is not None))
    taxes = tax_left(tx, (row.charge_line_id for row in rows if row.charge_line_id is not None), with_due=True)
    return {row.id: taxes.get(row.charge_line_id, max(0, row.amount - credited[row.item])) for row in rows}
