"""Payments, credit memos and what they lower, as rows: read to be judged, and written many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from calm_desktop.engine.catalog import MemoReason
from calm_desktop.engine.invoicing import InvoiceStatus, LineType
from calm_desktop.engine.money import Currency, Money
from calm_desktop.engine.settling import Applied, OpenLine, balance_of
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.balances import line_balance
from calm_desktop.services.views.papers import (
    memo_applied,
    memo_refunded,
    memo_total,
    payment_applied,
    payment_refunded,
)
from calm_desktop.store import tables
from calm_desktop.store.ids import next_number, take

PREFIXES = {"payment": "PAY-", "credit-memo": "CM-", "refund": "REF-"}
"""What stands before the numbers of each series; they count from 1 and have no gaps (DOMAIN 5.7)."""


def paper_numbers(tx: Tx, series: str, count: int = 1) -> list[str]:
    """The next numbers of a series of `PREFIXES`."""
    first = next_number(tx.db, series, count)
    return [f"{PREFIXES[series]}{number:06d}" for number in range(first, first + count)]


@dataclass(frozen=True, slots=True)
class OwedInvoice:
    """An invoice as it stands, with what is open on each of its lines; a draft has no number."""

    id: int
    number: str | None
    account: int
    status: InvoiceStatus
    date: date
    is_mirror: bool
    currency: Currency
    lines: tuple[OpenLine, ...]
    rows: dict[int, Row[Any]]

    @property
    def balance(self) -> Money:
        """What can still be paid or credited, zero where the invoice credits more than it charges."""
        return self.currency.money(max(0, balance_of(self.lines)))


def owed_invoices(tx: Tx, invoices: Iterable[int]) -> dict[int, OwedInvoice]:
    """The invoices with these numbers in the store."""
    lines, papers = tables.invoice_line.c, tables.invoice.c
    query = (
        select(
            tables.invoice_line,
            papers.number,
            papers.account_id,
            papers.status,
            papers.invoice_date,
            papers.voids_id,
            papers.currency,
            line_balance().label("open"),
        )
        .join(tables.invoice, papers.id == lines.invoice_id)
        .order_by(lines.invoice_id, lines.line)
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in rows_in(tx, query, among(lines.invoice_id, sorted(set(invoices)))):
        found.setdefault(row.invoice_id, []).append(row)
    return {number: _owed(rows) for number, rows in found.items()}


def open_invoices(tx: Tx, account: int, currency: Currency, day: date) -> list[OwedInvoice]:
    """The posted invoices of an account, dated up to a day, on which something is open; the first due first."""
    lines, papers = tables.invoice_line.c, tables.invoice.c
    query = (
        select(papers.id)
        .join(tables.invoice_line, lines.invoice_id == papers.id)
        .where(
            papers.account_id == account,
            papers.currency == currency.code,
            papers.status == InvoiceStatus.POSTED.value,
            papers.voids_id.is_(None),
            papers.invoice_date <= day,
        )
        .group_by(papers.id)
        .having(func.sum(line_balance()) > 0)
        .order_by(papers.due_date, papers.id)
    )
    found = tx.db.scalars(query).all()
    owed = owed_invoices(tx, found)
    return [owed[number] for number in found]


def _owed(rows: Sequence[Row[Any]]) -> OwedInvoice:
    head = rows[0]
    return OwedInvoice(
        id=head.invoice_id,
        number=head.number,
        account=head.account_id,
        status=InvoiceStatus(head.status),
        date=head.invoice_date,
        is_mirror=head.voids_id is not None,
        currency=currency_named(head.currency),
        lines=tuple(
            OpenLine(row.id, row.line, row.start, row.type == LineType.TAX.value, int(row.open)) for row in rows
        ),
        rows={row.id: row for row in rows},
    )


class Kept(StrEnum):
    """What can be put on invoices or paid back: a memo's credit, or the money of a payment that is on account."""

    CREDIT = "credit"
    PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Held:
    """A credit memo or a payment as it stands; `balance` is neither applied nor refunded."""

    kind: Kept
    id: int
    number: str
    account: int
    date: date
    balance: Money

    @property
    def called(self) -> str:
        """What people call it: `credit memo CM-000001`."""
        return f"{'credit memo' if self.kind is Kept.CREDIT else 'payment'} {self.number}"

    @property
    def link(self) -> dict[str, int]:
        """The columns of settlements and refunds that name it."""
        return {"memo_id" if self.kind is Kept.CREDIT else "payment_id": self.id}


def held_memo(tx: Tx, memo: int) -> Held:
    """The credit memo with this number in the store."""
    left = (memo_total() - memo_applied() - memo_refunded()).label("left")
    row = tx.db.execute(select(tables.credit_memo, left).where(tables.credit_memo.c.id == memo)).one()
    money = currency_named(row.currency).money(int(row.left))
    return Held(Kept.CREDIT, row.id, row.number, row.account_id, row.memo_date, money)


def held_payment(tx: Tx, payment: int) -> Held:
    """The payment with this number in the store."""
    left = (tables.payment.c.amount - payment_applied() - payment_refunded()).label("left")
    row = tx.db.execute(select(tables.payment, left).where(tables.payment.c.id == payment)).one()
    money = currency_named(row.currency).money(int(row.left))
    return Held(Kept.PAYMENT, row.id, row.number, row.account_id, row.day, money)


@dataclass(frozen=True, slots=True)
class MemoLine:
    """A line of a credit memo to be written: `amount` minor units, zero or more, for an invoice line, if any.

    `billing_item` is the credit of a schedule that it carries out.
    """

    type: LineType
    description: str
    start: date
    end: date
    amount: int
    tax_category: str
    tax_rate: Decimal | None
    invoice_line: int | None
    order_item: int | None
    asset: int | None
    billing_item: int | None = None


def memo_line_for(row: Row[Any], amount: int) -> MemoLine:
    """A line of a memo that credits `amount` of an invoice line."""
    return MemoLine(
        type=LineType(row.type),
        description=row.description,
        start=row.start,
        end=row.end,
        amount=amount,
        tax_category=row.tax_category,
        tax_rate=row.tax_rate,
        invoice_line=row.id,
        order_item=row.order_item_id,
        asset=row.asset_id,
    )


@dataclass(frozen=True, slots=True)
class Memo:
    """A credit memo to be written; `invoice` is the one that it is made from, if any."""

    account: int
    invoice: int | None
    reason: MemoReason
    date: date
    currency: Currency
    lines: tuple[MemoLine, ...]
    note: str = ""


@dataclass(slots=True)
class PaperWriter:
    """Collects settlements, and writes them after the documents that they belong to."""

    tx: Tx
    settlements: list[dict[str, Any]] = field(default_factory=list)

    def write_memos(self, memos: Sequence[Memo]) -> list[int]:
        """Write credit memos with their lines, and link the billing period items that they carry out."""
        tx = self.tx
        first, texts = take(tx.db, "credit_memo", len(memos)), paper_numbers(tx, "credit-memo", len(memos))
        next_line = take(tx.db, "credit_memo_line", sum(len(memo.lines) for memo in memos))
        heads, lines, links = [], [], []
        for number, (memo, text) in enumerate(zip(memos, texts, strict=True), first):
            heads.append(
                {
                    "id": number,
                    "number": text,
                    "account_id": memo.account,
                    "invoice_id": memo.invoice,
                    "reason": memo.reason.value,
                    "memo_date": memo.date,
                    "currency": memo.currency.code,
                    "note": memo.note,
                    "request_id": tx.request_id,
                    "recorded_at": tx.now,
                }
            )
            for position, line in enumerate(memo.lines, 1):
                if line.billing_item is not None:
                    links.append({"item": line.billing_item, "line": next_line})
                lines.append(
                    {
                        "id": next_line,
                        "memo_id": number,
                        "line": position,
                        "type": line.type.value,
                        "description": line.description[:400],
                        "start": line.start,
                        "end": line.end,
                        "amount": line.amount,
                        "tax_category": line.tax_category,
                        "tax_rate": line.tax_rate,
                        "invoice_line_id": line.invoice_line,
                        "order_item_id": line.order_item,
                        "asset_id": line.asset,
                    }
                )
                next_line += 1
        tx.db.execute(tables.credit_memo.insert(), heads)
        tx.db.execute(tables.credit_memo_line.insert(), lines)
        if links:
            linked = tables.billing_item.update().where(tables.billing_item.c.id == bindparam("item"))
            tx.db.execute(linked.values(memo_line_id=bindparam("line")), links)
        return list(range(first, first + len(memos)))

    def settle(self, applied: Iterable[Applied], day: date, **document: int) -> None:
        """Note what a document takes off invoice lines on a day: its id as `payment_id`, `memo_id` or `mirror_id`."""
        links = {"payment_id": None, "memo_id": None, "mirror_id": None, **document}
        self.settlements.extend(
            {"invoice_line_id": each.line, "day": day, "amount": each.amount, **links} for each in applied
        )

    def finish(self) -> None:
        """Write the settlements."""
        if self.settlements:
            first = take(self.tx.db, "settlement", len(self.settlements))
            for number, row in enumerate(self.settlements, first):
                row["id"] = number
            self.tx.db.execute(tables.settlement.insert(), self.settlements)
            self.settlements = []
