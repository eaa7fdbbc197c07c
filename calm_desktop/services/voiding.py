"""Taking invoices back: drafts are dropped, posted ones voided by a mirror, or corrected: voided and drafted anew.

A posted invoice never changes (DOMAIN 5.7). Its mirror is an invoice of its own: the next number of the series, every
line negated, dated on the day of the void. On that day the lines of both are settled by the mirror, and what payments
and credit memos took off the original is given back to them by settlements below zero; what was open before stays
so, as of a day before. What it billed is pending again. A tax invoice goes along with its charge invoice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, literal, select

from calm_desktop.engine.invoicing import InvoiceStatus
from calm_desktop.engine.limits import problems_of_day
from calm_desktop.engine.problems import Problem, refuse_if
from calm_desktop.engine.settling import Applied
from calm_desktop.services.boundary import use_case
from calm_desktop.services.ids import public_id
from calm_desktop.services.invoice_writing import drafts_named, invoice_numbers, tell_of_invoices, together
from calm_desktop.services.invoices import draft_anew, stated
from calm_desktop.services.lookup import find
from calm_desktop.services.paper_writing import PaperWriter
from calm_desktop.services.papers import day_problems
from calm_desktop.services.permissions import Permission
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import CorrectInvoice, DropInvoices, VoidInvoice
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.shapes import HoldShape, InvoiceResult, VoidResult
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import credit_heads, invoice_shapes, payment_heads
from calm_desktop.services.views.holds import holds_on
from calm_desktop.store import documents, tables
from calm_desktop.store.ids import take

_invoices, _lines, _parts = tables.invoice.c, tables.invoice_line.c, tables.billing_item.c
_settlements, _payments, _memos = tables.settlement.c, tables.payment.c, tables.credit_memo.c


@use_case(Permission.INVOICE)
def drop(tx: Tx, request: DropInvoices) -> InvoiceResult:
    """Drop drafts, each with its charges or its tax: they are canceled, and what they bill is pending again.

    Nothing is deleted. Refuses what is no draft, and a draft of which a later change credits something.
    """
    rows = drafts_named(tx, request.invoices, request.run)
    problems = [_not_a_draft(row) for row in rows if row.status != InvoiceStatus.DRAFT.value]
    numbers = [row.id for row in rows]
    refuse_if(problems or [problem for part in chunks(numbers) for problem in _credited_since(tx, part)])
    if numbers:
        documents.cancel_drafts(tx.db, numbers)
        _release_items(tx, numbers)
        tx.touch("invoice", *{row.account_id for row in rows})
    return stated(tx, numbers, request.show)


@use_case(Permission.PAPERS)
def void(tx: Tx, request: VoidInvoice) -> VoidResult:
    """Take a posted invoice back by a mirror on a day; see the module's text.

    Refuses drafts (they are dropped), what is void already, mirrors, an invoice that a credit memo was made from, one
    of which a later change credits something (that is undone first), and a day before the last document on it.
    """
    rows = together(tx, [find(tx, "invoice", request.invoice)])
    return _voided(tx, rows, _void(tx, rows, request.on), ())


@use_case(Permission.PAPERS)
def correct(tx: Tx, request: CorrectInvoice) -> VoidResult:
    """Void an invoice and draft one of the same items, in one step: both or neither.

    The draft is dated on the day of the void unless a day is given, so that as of no day both are owed. Its tax is
    that of its date, its payment term that of the account now. Refuses what `void` refuses, a bad day, what is on hold
    (a draft for it would be one that no run makes), and what cannot be taxed.
    """
    rows = together(tx, [find(tx, "invoice", request.invoice)])
    day = request.invoice_date
    refuse_if(problems_of_day("date", day))
    numbers = [row.id for row in rows]
    items = _items_on(tx, numbers)
    mirrors = _void(tx, rows, None)
    mirrored = tx.db.execute(select(_invoices.invoice_date).where(_invoices.id.in_(mirrors))).scalars().first()
    assert mirrored is not None
    refuse_if(_held(hold) for hold in _holding(tx, numbers))
    by_item = len({item.order_item_id for item in items}) == 1 and rows[0].order_id is not None
    drafts, skipped = draft_anew(tx, [item.id for item in items], day or mirrored, by_item)
    refuse_if(Problem("not-drafted", "invoice", f"{each.account}: {each.reason}.") for each in skipped)
    return _voided(tx, rows, mirrors, drafts)


def _void(tx: Tx, rows: Sequence[Row[Any]], on: date | None) -> list[int]:
    """Void invoices that belong together; the answer are their mirrors."""
    problems = [problem for row in rows if (problem := _not_to_be_voided(tx, row)) is not None]
    refuse_if(problems[:1])
    numbers = [row.id for row in rows]
    settled, first = _released(tx, numbers), max(row.invoice_date for row in rows)
    last = max((row.day for row in settled), default=first)
    day = on or max(tx.today, first, last)
    problems = [*_memos_from(tx, numbers), *_credited_since(tx, numbers)]
    late = [row for row in settled if row.day > day]
    if late and on is not None and day >= first:
        newest = max(late, key=lambda row: row.day)
        problems += day_problems(day, newest.day, f"{newest.number}, which is on it, is of")
    problems += day_problems(day, first, f"invoice {rows[0].number} is of")
    refuse_if(problems)
    mirrors = _write_mirrors(tx, rows, day)
    writer = PaperWriter(tx)
    for row in settled:
        if row.amount:
            writer.settle([Applied(row.line, -row.amount)], day, **{row.document: row.id})
    for mirror in mirrors:
        both = (_lines.invoice_id == mirror, _lines.invoice_id == mirrors[mirror])
        for mine in both:
            query = select(_lines.id, _lines.amount).where(mine, _lines.amount != 0).order_by(_lines.line)
            writer.settle((Applied(line.id, line.amount) for line in tx.db.execute(query)), day, mirror_id=mirror)
    writer.finish()
    documents.void_invoices(tx.db, numbers)
    _release_items(tx, numbers)
    tell_of_invoices(tx, list(mirrors), InvoiceStatus.POSTED)
    tx.touch("invoice", *{row.account_id for row in rows})
    return list(mirrors)


def _write_mirrors(tx: Tx, rows: Sequence[Row[Any]], day: date) -> dict[int, int]:
    """The mirrors of invoices, each under the next number; the answer is the original of each."""
    first = take(tx.db, "invoice", len(rows))
    mirror_of = {row.id: number for number, row in enumerate(rows, first)}
    texts = invoice_numbers(tx, len(rows))
    heads = [
        {
            "id": mirror_of[row.id],
            "number": text,
            "account_id": row.account_id,
            "status": InvoiceStatus.POSTED.value,
            "invoice_date": day,
            "due_date": day,
            "target_date": row.target_date,
            "currency": row.currency,
            "order_id": row.order_id,
            "charge_invoice_id": mirror_of.get(row.charge_invoice_id),
            "voids_id": row.id,
            "request_id": tx.request_id,
            "recorded_at": tx.now,
        }
        for row, text in zip(rows, texts, strict=True)
    ]
    query = select(tables.invoice_line).where(_lines.invoice_id.in_(mirror_of)).order_by(_lines.id)
    lines = tx.db.execute(query).all()
    next_line = take(tx.db, "invoice_line", len(lines))
    line_of = {line.id: number for number, line in enumerate(lines, next_line)}
    negated = [
        {
            **line._asdict(),
            "id": line_of[line.id],
            "invoice_id": mirror_of[line.invoice_id],
            "quantity": -line.quantity,
            "amount": -line.amount,
            "charge_line_id": line_of.get(line.charge_line_id),
        }
        for line in lines
    ]
    tx.db.execute(tables.invoice.insert(), heads)
    tx.db.execute(tables.invoice_line.insert(), negated)
    return {mirror: original for original, mirror in mirror_of.items()}


def _voided(tx: Tx, rows: Sequence[Row[Any]], mirrors: Sequence[int], drafts: Sequence[int]) -> VoidResult:
    given_back = select(_settlements.payment_id, _settlements.memo_id).distinct()
    query = given_back.join(tables.invoice_line, _lines.id == _settlements.invoice_line_id)
    found = tx.db.execute(query.where(_lines.invoice_id.in_([row.id for row in rows]))).all()
    payments = sorted({row.payment_id for row in found if row.payment_id is not None})
    memos = sorted({row.memo_id for row in found if row.memo_id is not None})
    return VoidResult(
        invoice_shapes(tx, [row.id for row in rows]),
        invoice_shapes(tx, mirrors),
        payment_heads(tx, among(_payments.id, payments)),
        credit_heads(tx, _memos.id.in_(memos)),
        invoice_shapes(tx, drafts),
        tx.request_id,
    )


# ------------------------------------------------------------------------------------------------- what is on them


def _items_on(tx: Tx, invoices: Iterable[int]) -> list[Row[Any]]:
    """The billing period items that invoices bill."""
    plans = tables.billing_schedule.c
    query = (
        select(_parts.id, plans.order_item_id)
        .join(tables.invoice_line, _lines.id == _parts.invoice_line_id)
        .join(tables.billing_schedule, plans.id == _parts.schedule_id)
        .order_by(_parts.id)
    )
    return list(rows_in(tx, query, among(_lines.invoice_id, invoices)))


def _release_items(tx: Tx, invoices: Sequence[int]) -> None:
    """What invoices bill is pending again."""
    items = [item.id for item in _items_on(tx, invoices)]
    freed = tables.billing_item.update().where(_parts.id == bindparam("item")).values(invoice_line_id=None)
    for portion in chunks(items):
        tx.db.execute(freed, [{"item": item} for item in portion])


def _released(tx: Tx, invoices: Sequence[int]) -> list[Row[Any]]:
    """What each payment and credit memo took off each line: a column name, its id and number, sum and last day."""
    found: list[Row[Any]] = []
    for column, table, number in (
        (_settlements.payment_id, tables.payment, _payments.number),
        (_settlements.memo_id, tables.credit_memo, _memos.number),
    ):
        query = (
            select(
                _settlements.invoice_line_id.label("line"),
                column.label("id"),
                number.label("number"),
                func.sum(_settlements.amount).label("amount"),
                func.max(_settlements.day).label("day"),
                literal(column.name).label("document"),
            )
            .join(tables.invoice_line, _lines.id == _settlements.invoice_line_id)
            .join(table, table.c.id == column)
            .where(_lines.invoice_id.in_(invoices))
            .group_by(_settlements.invoice_line_id, column, number)
            .order_by(_settlements.invoice_line_id, column)
        )
        found += tx.db.execute(query).all()
    return found


# ------------------------------------------------------------------------------------------------ what stands against


def _called(row: Row[Any]) -> str:
    return row.number or public_id("invoice", row.id)


def _not_a_draft(row: Row[Any]) -> Problem:
    """Why something cannot be dropped."""
    if row.status == InvoiceStatus.POSTED.value and row.voids_id is None:
        words = f"Invoice {_called(row)} is posted; only drafts are dropped. Void it instead."
    else:
        words = f"Invoice {_called(row)} is no draft; only drafts are dropped."
    return Problem("not-a-draft", "invoices", words)


def _not_to_be_voided(tx: Tx, row: Row[Any]) -> Problem | None:
    """Why an invoice cannot be voided as it stands; None where it can."""
    if row.status == InvoiceStatus.DRAFT.value:
        words = f"Invoice {_called(row)} is a draft: nothing was posted that could be voided. Drop it instead."
        return Problem("is-a-draft", "invoice", words)
    if row.status == InvoiceStatus.VOIDED.value:
        mirror = tx.db.execute(select(_invoices.number).where(_invoices.voids_id == row.id)).scalar_one()
        words = f"Invoice {row.number} is voided already, by {mirror}. Invoice again what is pending."
        return Problem("voided-already", "invoice", words)
    if row.voids_id is not None:
        original = tx.db.execute(select(_invoices.number).where(_invoices.id == row.voids_id)).scalar_one()
        words = (
            f"Invoice {row.number} is the mirror that voids {original}; a void is not taken back. Invoice again what "
            "is pending."
        )
        return Problem("mirror", "invoice", words)
    if row.status != InvoiceStatus.POSTED.value:
        words = f"Invoice {_called(row)} is {row.status.lower()}; only posted invoices are voided."
        return Problem("not-posted", "invoice", words)
    return None


def _memos_from(tx: Tx, invoices: Sequence[int]) -> list[Problem]:
    """The credit memos that were made from invoices, given on them or converted: those stand on their own."""
    made = select(_memos.number).where(_memos.invoice_id.in_(invoices)).order_by(_memos.id)
    numbers = tx.db.scalars(made).all()
    if not numbers:
        return []
    words = (
        f"{', '.join(numbers)} was made from it, and what a credit memo credits stays credited. Give a credit over "
        "what is still open instead."
    )
    return [Problem("credited", "invoice", words)]


def _credited_since(tx: Tx, invoices: Sequence[int]) -> list[Problem]:
    """The changes that credit what invoices bill, each with the way out: it is undone first."""
    plans, items, orders, actions = (
        tables.billing_schedule.c,
        tables.order_item.c,
        tables.sales_order.c,
        tables.action.c,
    )
    sources, credit = tables.action_source.c, tables.billing_item.alias("credit")
    query: Select[Any] = (
        select(orders.number, items.asset_name, actions.id, actions.category, actions.effective_date)
        .select_from(tables.billing_item)
        .join(tables.invoice_line, _lines.id == _parts.invoice_line_id)
        .join(credit, credit.c.credits_id == _parts.id)
        .join(tables.billing_schedule, plans.id == credit.c.schedule_id)
        .join(tables.order_item, items.id == plans.order_item_id)
        .join(tables.sales_order, orders.id == items.order_id)
        .outerjoin(tables.action_source, sources.order_item_id == items.id)
        .outerjoin(tables.action, actions.id == sources.action_id)
        .where(_lines.invoice_id.in_(invoices))
        .distinct()
        .order_by(orders.number, actions.id)
    )
    return [_later_change(row) for row in tx.db.execute(query)]


def _later_change(row: Row[Any]) -> Problem:
    if row.id is None:
        words = f"Order {row.number} credits what it bills of {row.asset_name}. Undo that change first."
    else:
        words = (
            f"{row.category} of {row.asset_name} from {row.effective_date} (order {row.number}) credits what it bills. "
            f"Undo that change first: {public_id('action', row.id)}."
        )
    return Problem("credited-by-change", "invoice", words)


def _held(hold: HoldShape) -> Problem:
    words = f"{hold.account}: {hold.words}. Release it to correct the invoice, or void the invoice alone."
    return Problem("on-hold", "invoice", words)


def _holding(tx: Tx, invoices: Sequence[int]) -> tuple[HoldShape, ...]:
    lines = select(_lines.asset_id).where(_lines.invoice_id.in_(invoices))
    accounts = select(_invoices.account_id).where(_invoices.id.in_(invoices))
    holds = tables.invoice_hold.c
    return holds_on(tx, holds.account_id.in_(accounts) | holds.asset_id.in_(lines))
