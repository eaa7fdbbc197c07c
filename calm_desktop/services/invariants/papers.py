"""What lowers invoices: payments, credit memos, refunds and what they settle (DOMAIN sections 1 and 5.6 to 5.8)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, func, or_, select

from calm_desktop.engine.catalog import ItemKind, MemoReason
from calm_desktop.engine.invoicing import ISSUED, LineType
from calm_desktop.services.invariants.finding import Breach, Finding, finding, found, money, series_finding
from calm_desktop.store.tables import (
    billing_item,
    credit_memo,
    credit_memo_line,
    invoice,
    invoice_line,
    order_item,
    payment,
    refund,
    sales_order,
    settlement,
)

_mirror = invoice.alias("mirror")
_settled = (
    select(settlement.c.invoice_line_id, func.sum(settlement.c.amount).label("amount"))
    .group_by(settlement.c.invoice_line_id)
    .subquery("settled")
)
"""What was taken off each line."""


def _settled_lines(*columns: Any) -> Select[Any]:
    """Settled invoice lines with what their place needs, in order."""
    return (
        select(invoice.c.number, invoice_line.c.line, invoice.c.currency, *columns)
        .select_from(_settled)
        .join(invoice_line, invoice_line.c.id == _settled.c.invoice_line_id)
        .join(invoice, invoice.c.id == invoice_line.c.invoice_id)
        .order_by(invoice_line.c.id)
    )


def _line_place(row: Row[Any]) -> str:
    return f"invoice {row.number}, line {row.line}"


def settlements_never_exceed_their_line(db: Connection) -> Finding:
    """Payments and credits take a line to zero at most, whichever side it stands on (5.6)."""
    amount, settled = invoice_line.c.amount, _settled.c.amount
    beyond = or_(and_(amount >= 0, or_(settled < 0, settled > amount)), and_(amount < 0, settled.not_in((0, amount))))
    wrong = _settled_lines(amount, settled.label("settled")).where(beyond)
    return finding(
        db,
        settlement,
        wrong,
        lambda row: Breach(
            _line_place(row),
            f"{money(row.settled, row.currency)} are taken off a line of {money(row.amount, row.currency)}",
        ),
    )


def _sum_of(amount: Any, rows: Any, mine: Any) -> Any:
    """The sum of `amount` over the `rows` that are a document's own, zero where there are none."""
    query = select(func.coalesce(func.sum(amount), 0)).select_from(rows).where(mine)
    return query.correlate(credit_memo, payment).scalar_subquery()


_on_lines = settlement.join(invoice_line, invoice_line.c.id == settlement.c.invoice_line_id)
_by_memo = settlement.c.memo_id == credit_memo.c.id
_total = _sum_of(credit_memo_line.c.amount, credit_memo_line, credit_memo_line.c.memo_id == credit_memo.c.id)
_applied = _sum_of(settlement.c.amount, _on_lines, and_(_by_memo, invoice_line.c.amount >= 0))
_taken_over = _sum_of(-settlement.c.amount, _on_lines, and_(_by_memo, invoice_line.c.amount < 0))
_refunded = _sum_of(refund.c.amount, refund, refund.c.memo_id == credit_memo.c.id)


def _memos(*columns: Any) -> Select[Any]:
    return select(credit_memo.c.number, credit_memo.c.currency, *columns).order_by(credit_memo.c.id)


def memos_are_not_spent_twice(db: Connection) -> Finding:
    """What of a credit memo is applied and refunded is not more than it is worth."""
    wrong = _memos(_total.label("total"), (_applied + _refunded).label("spent")).where(_applied + _refunded > _total)
    return finding(
        db,
        credit_memo,
        wrong,
        lambda row: Breach(
            f"credit memo {row.number}",
            f"it is worth {money(row.total, row.currency)}, {money(row.spent, row.currency)} of it are used",
        ),
    )


def converted_lines_are_closed(db: Connection) -> Finding:
    """A memo made of negative lines is worth what it took over from them, and no other memo takes lines over (R13)."""
    worth = case((credit_memo.c.reason == MemoReason.CONVERTED, _total), else_=0)
    wrong = _memos(worth.label("worth"), _taken_over.label("taken_over")).where(_taken_over != worth)
    return finding(
        db,
        credit_memo,
        wrong,
        lambda row: Breach(
            f"credit memo {row.number}",
            f"it took over {money(row.taken_over, row.currency)} of negative lines, "
            f"it should be {money(row.worth, row.currency)}",
        ),
    )


def payments_are_not_spent_twice(db: Connection) -> Finding:
    """What of a payment is applied and refunded is not more than it is; the rest is on account."""
    applied = _sum_of(settlement.c.amount, settlement, settlement.c.payment_id == payment.c.id)
    spent = applied + _sum_of(refund.c.amount, refund, refund.c.payment_id == payment.c.id)
    wrong = (
        select(payment.c.number, payment.c.currency, payment.c.amount, spent.label("spent"))
        .where(or_(spent > payment.c.amount, applied < 0))
        .order_by(payment.c.id)
    )
    return finding(
        db,
        payment,
        wrong,
        lambda row: Breach(
            f"payment {row.number}",
            f"{money(row.spent, row.currency)} of {money(row.amount, row.currency)} are used",
        ),
    )


def settlements_stay_in_their_account(db: Connection) -> Finding:
    """What lowers invoices is of their own account and currency: posted ones, from the later date of both on (3.5)."""
    documents = (payment.c, credit_memo.c, _mirror.c)
    account = func.coalesce(*(each.account_id for each in documents))
    currency = func.coalesce(*(each.currency for each in documents))
    day = func.coalesce(payment.c.day, credit_memo.c.memo_date, _mirror.c.invoice_date)
    by = func.coalesce(*(each.number for each in documents)).label("by")
    strange = (
        select(invoice.c.number, invoice_line.c.line, by)
        .select_from(settlement)
        .join(invoice_line, invoice_line.c.id == settlement.c.invoice_line_id)
        .join(invoice, invoice.c.id == invoice_line.c.invoice_id)
        .outerjoin(payment, payment.c.id == settlement.c.payment_id)
        .outerjoin(credit_memo, credit_memo.c.id == settlement.c.memo_id)
        .outerjoin(_mirror, _mirror.c.id == settlement.c.mirror_id)
        .where(
            or_(
                account != invoice.c.account_id,
                currency != invoice.c.currency,
                invoice.c.status.not_in(ISSUED),
                settlement.c.day < invoice.c.invoice_date,
                settlement.c.day < day,
            )
        )
        .order_by(settlement.c.id)
    )
    return finding(
        db,
        settlement,
        strange,
        lambda row: Breach(
            _line_place(row), f"{row.by} lowers it, which is of another account, another currency or a later day"
        ),
    )


def memo_lines_stay_in_their_account(db: Connection) -> Finding:
    """The invoice lines and order items that a memo's lines credit have the memo's account and currency."""
    strange = (
        select(credit_memo.c.number, credit_memo_line.c.line)
        .select_from(credit_memo_line)
        .join(credit_memo, credit_memo.c.id == credit_memo_line.c.memo_id)
        .outerjoin(invoice_line, invoice_line.c.id == credit_memo_line.c.invoice_line_id)
        .outerjoin(invoice, invoice.c.id == invoice_line.c.invoice_id)
        .outerjoin(order_item, order_item.c.id == credit_memo_line.c.order_item_id)
        .outerjoin(sales_order, sales_order.c.id == order_item.c.order_id)
        .where(
            or_(
                invoice.c.account_id != credit_memo.c.account_id,
                invoice.c.currency != credit_memo.c.currency,
                sales_order.c.account_id != credit_memo.c.account_id,
                sales_order.c.currency != credit_memo.c.currency,
            )
        )
        .order_by(credit_memo_line.c.id)
    )
    return finding(
        db,
        credit_memo_line,
        strange,
        lambda row: Breach(
            f"credit memo {row.number}, line {row.line}", "it credits what is of another account or currency"
        ),
    )


def memo_lines_carry_out_their_credit(db: Connection) -> Finding:
    """A memo's line that stands for a credit of a schedule has its amount and days, and nothing else refers to it."""
    linked = (
        select(
            credit_memo.c.number,
            credit_memo.c.currency,
            credit_memo_line.c.line,
            credit_memo_line.c.amount,
            (-billing_item.c.amount).label("credit"),
        )
        .select_from(billing_item)
        .join(credit_memo_line, credit_memo_line.c.id == billing_item.c.memo_line_id)
        .join(credit_memo, credit_memo.c.id == credit_memo_line.c.memo_id)
        .where(
            or_(
                credit_memo_line.c.amount != -billing_item.c.amount,
                credit_memo_line.c.start != billing_item.c.start,
                credit_memo_line.c.end != billing_item.c.end,
                credit_memo_line.c.type != LineType.CHARGE,
                credit_memo.c.reason != MemoReason.UNUSED,
            )
        )
        .order_by(billing_item.c.id)
    )
    return finding(
        db,
        credit_memo_line,
        linked,
        lambda row: Breach(
            f"credit memo {row.number}, line {row.line}",
            f"it is {money(row.amount, row.currency)}, its schedule credits {money(row.credit, row.currency)}"
            if row.amount != row.credit
            else "it credits other days than its schedule does",
        ),
    )


def credits_never_exceed_what_was_billed(db: Connection) -> Finding:
    """Credits for the unused part of a billed slice, and those given by hand on it, are not more than it (5.8).

    Nor is the tax on them more than the tax on it.
    """
    charges, taxes = _credited_charges(db), _credited_taxes(db)
    return found(charges.checked + taxes.checked, (*charges.breaches, *taxes.breaches))


def _credited_charges(db: Connection) -> Finding:
    credit = billing_item.alias("credit")
    by_change = (
        select(credit.c.credits_id.label("item"), (-func.sum(credit.c.amount)).label("amount"))
        .where(credit.c.kind == ItemKind.CREDIT, credit.c.credits_id.is_not(None))
        .group_by(credit.c.credits_id)
        .subquery("by_change")
    )
    by_hand = (
        select(credit_memo_line.c.invoice_line_id.label("line"), func.sum(credit_memo_line.c.amount).label("amount"))
        .join(credit_memo, credit_memo.c.id == credit_memo_line.c.memo_id)
        .where(credit_memo_line.c.type == LineType.CHARGE, credit_memo.c.reason == MemoReason.GIVEN)
        .group_by(credit_memo_line.c.invoice_line_id)
        .subquery("by_hand")
    )
    credited = func.coalesce(by_change.c.amount, 0) + func.coalesce(by_hand.c.amount, 0)
    looked_at = (
        select(
            invoice.c.number,
            invoice_line.c.line,
            invoice.c.currency,
            billing_item.c.amount,
            credited.label("credited"),
        )
        .select_from(billing_item)
        .outerjoin(by_change, by_change.c.item == billing_item.c.id)
        .outerjoin(by_hand, by_hand.c.line == billing_item.c.invoice_line_id)
        .outerjoin(invoice_line, invoice_line.c.id == billing_item.c.invoice_line_id)
        .outerjoin(invoice, invoice.c.id == invoice_line.c.invoice_id)
        .where(or_(by_change.c.item.is_not(None), by_hand.c.line.is_not(None)))
    )
    billed = case((billing_item.c.amount > 0, billing_item.c.amount), else_=0)
    wrong = looked_at.where(credited > billed).order_by(billing_item.c.id)
    return finding(
        db,
        looked_at,
        wrong,
        lambda row: Breach(
            _line_place(row) if row.number else "a slice that is not invoiced",
            f"{money(row.credited, row.currency)} are credited of {money(row.amount, row.currency)}"
            if row.currency
            else f"{row.credited} smallest units are credited of {row.amount}",
        ),
    )


def _credited_taxes(db: Connection) -> Finding:
    """The same of the tax on billed slices: of memos on its line, and of credits on a later invoice."""
    credit, credited = billing_item.alias("credit"), billing_item.alias("credited")
    taxed, tax = invoice_line.alias("taxed"), invoice_line.alias("tax")
    by_memo = (
        select(credit_memo_line.c.invoice_line_id.label("line"), func.sum(credit_memo_line.c.amount).label("amount"))
        .join(credit_memo, credit_memo.c.id == credit_memo_line.c.memo_id)
        .where(credit_memo_line.c.type == LineType.TAX, credit_memo.c.reason != MemoReason.CONVERTED)
        .group_by(credit_memo_line.c.invoice_line_id)
        .subquery("by_memo")
    )
    by_invoice = (
        select(taxed.c.id.label("line"), (-func.sum(tax.c.amount)).label("amount"))
        .select_from(credit)
        .join(credited, credited.c.id == credit.c.credits_id)
        .join(taxed, taxed.c.charge_line_id == credited.c.invoice_line_id)
        .join(tax, tax.c.charge_line_id == credit.c.invoice_line_id)
        .where(credit.c.kind == ItemKind.CREDIT)
        .group_by(taxed.c.id)
        .subquery("by_invoice")
    )
    amount = func.coalesce(by_memo.c.amount, 0) + func.coalesce(by_invoice.c.amount, 0)
    looked_at = (
        select(
            invoice.c.number, invoice_line.c.line, invoice.c.currency, invoice_line.c.amount, amount.label("credited")
        )
        .select_from(invoice_line)
        .join(invoice, invoice.c.id == invoice_line.c.invoice_id)
        .outerjoin(by_memo, by_memo.c.line == invoice_line.c.id)
        .outerjoin(by_invoice, by_invoice.c.line == invoice_line.c.id)
        .where(or_(by_memo.c.line.is_not(None), by_invoice.c.line.is_not(None)))
    )
    return finding(
        db,
        looked_at,
        looked_at.where(amount > invoice_line.c.amount).order_by(invoice_line.c.id),
        lambda row: Breach(
            _line_place(row),
            f"{money(row.credited, row.currency)} are credited of {money(row.amount, row.currency)}",
        ),
    )


def payment_numbers_have_no_gaps(db: Connection) -> Finding:
    """The numbers of payments count 1, 2, 3 ... (5.7)."""
    return series_finding(db, payment.c.number, payment.c.id, "payment-number", "payment")


def credit_memo_numbers_have_no_gaps(db: Connection) -> Finding:
    """The numbers of credit memos count 1, 2, 3 ... (5.7)."""
    return series_finding(db, credit_memo.c.number, credit_memo.c.id, "credit-memo-number", "credit memo")


def refund_numbers_have_no_gaps(db: Connection) -> Finding:
    """The numbers of refunds count 1, 2, 3 ... (5.7)."""
    return series_finding(db, refund.c.number, refund.c.id, "refund-number", "refund")
