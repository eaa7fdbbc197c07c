"""What lowers an invoice's balance: payments, credits given, negative lines converted, credit applied and refunded.

Each act concerns one posted invoice or one credit memo, is numbered in a series without gaps, and never takes more than
is open (DOMAIN sections 1, 5.6 and 5.7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from calm_desktop.engine.catalog import MemoReason
from calm_desktop.engine.invoicing import InvoiceStatus
from calm_desktop.engine.limits import PRICE_LIMIT, problems_of_day
from calm_desktop.engine.money import Currency, Money, plain
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.engine.settling import Applied, OpenLine, in_order, in_proportion, taken_over
from calm_desktop.services.credited import creditable
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import find
from calm_desktop.services.paper_writing import (
    HeldMemo,
    Memo,
    MemoLine,
    OwedInvoice,
    PaperWriter,
    held_memo,
    memo_line_for,
    owed_invoices,
    paper_numbers,
)
from calm_desktop.services.requests import ApplyCredit, ConvertLines, GiveCredit, PayInvoice, RefundCredit
from calm_desktop.services.shapes import CreditResult, PaymentResult, RefundResult
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.invoices import invoice_shapes
from calm_desktop.services.views.papers import credit_shapes, payment_shapes, refund_shape
from calm_desktop.store import tables
from calm_desktop.store.ids import take


def pay(tx: Tx, request: PayInvoice) -> PaymentResult:
    """Record a payment on a posted invoice; it pays the oldest line first, a charge before its tax.

    Refuses a draft, more than is open (`more-than-owed`), and a day before the invoice's.
    """
    invoice = _posted(tx, request.invoice)
    day = request.on or max(tx.today, invoice.date)
    minor, problems = _amount(request.amount, invoice.balance, "more-than-owed", _open_of(invoice))
    problems += _day_problems(day, invoice.date, f"invoice {invoice.number} is of")
    problems += text_problems(tables.payment, {"reference": request.reference})
    refuse_if(problems)
    payment = take(tx.db, "payment")
    row = {
        "id": payment,
        "number": paper_numbers(tx, "payment")[0],
        "account_id": invoice.account,
        "currency": invoice.currency.code,
        "day": day,
        "amount": minor,
        "reference": request.reference.strip(),
        "request_id": tx.request_id,
        "recorded_at": tx.now,
    }
    tx.db.execute(tables.payment.insert().values(**row))
    writer = PaperWriter(tx)
    writer.settle(in_order(minor, invoice.lines), day, payment=payment)
    writer.finish()
    tx.touch("invoice", invoice.account)
    shape = payment_shapes(tx, [payment])[0]
    return PaymentResult(shape.payment, shape.applied, invoice_shapes(tx, [invoice.id]))


def credit(tx: Tx, request: GiveCredit) -> CreditResult:
    """Give a credit on a posted invoice: a memo over it, applied at once, split over the open lines in proportion.

    The last line takes the remainder. Refuses a draft, more than is open (`more-than-owed`), more than was billed less
    earlier credits (`more-than-billed`), and a day before the invoice's.
    """
    invoice = _posted(tx, request.invoice)
    day = request.on or max(tx.today, invoice.date)
    minor, problems = _amount(request.amount, invoice.balance, "more-than-owed", _open_of(invoice))
    left = creditable(tx, invoice.id)
    lines_left = [replace(line, open=min(line.open, left[line.line])) for line in invoice.lines]
    most = sum(line.open for line in lines_left if line.open > 0)
    if not problems and minor > most:
        words = (
            f"{_open_of(invoice)}, but a part of that is credited already by changes of what was sold. "
            f"Give at most {invoice.currency.money(most)}."
        )
        problems.append(Problem("more-than-billed", "amount", words))
    problems += _day_problems(day, invoice.date, f"invoice {invoice.number} is of")
    problems += text_problems(tables.credit_memo, {"note": request.note})
    refuse_if(problems)
    applied = in_proportion(minor, lines_left)
    lines = tuple(memo_line_for(invoice.rows[each.line], each.amount) for each in applied)
    memo = Memo(invoice.account, invoice.id, MemoReason.GIVEN, day, invoice.currency, lines, note=request.note.strip())
    return _written(tx, memo, applied, [invoice.id])


def convert(tx: Tx, request: ConvertLines) -> CreditResult:
    """Turn negative lines of a posted invoice into a credit memo over their sum (R13); their balance becomes zero.

    The tax on a line goes along, also where it stands on an invoice of its own. Refuses a draft, lines that there are
    not, that are not negative or converted already, all at once.
    """
    invoice = _posted(tx, request.invoice)
    day = request.on or max(tx.today, invoice.date)
    chosen, problems = _negative_lines(invoice, request.lines)
    problems += _day_problems(day, invoice.date, f"invoice {invoice.number} is of")
    refuse_if(problems)
    charges = [line.line for line in chosen if not line.is_tax]
    taxes = tables.invoice_line.c
    taxed = tx.db.execute(select(taxes.id, taxes.invoice_id).where(taxes.charge_line_id.in_(charges))).all()
    invoices = {invoice.id: invoice, **owed_invoices(tx, (row.invoice_id for row in taxed))}
    wanted = {line.line for line in chosen} | {row.id for row in taxed}
    lines: list[MemoLine] = []
    applied: list[Applied] = []
    for each in invoices.values():
        if each.status is InvoiceStatus.POSTED:
            taken = taken_over(each.lines, wanted)
            lines += [memo_line_for(each.rows[part.line], -part.amount) for part in taken]
            applied += taken
    memo = Memo(invoice.account, invoice.id, MemoReason.CONVERTED, day, invoice.currency, tuple(lines))
    return _written(tx, memo, applied, list(invoices))


def apply_credit(tx: Tx, request: ApplyCredit) -> CreditResult:
    """Put credit of a memo on a posted invoice of the same account and currency, oldest line first.

    Refuses more than either has open, another account or currency, and a day before either's.
    """
    memo = held_memo(tx, find(tx, "credit", request.credit))
    invoice = _posted(tx, request.invoice)
    day = request.on or max(tx.today, invoice.date, memo.date)
    refuse_if(_mismatch(memo, invoice))
    both = min(memo.balance.minor, invoice.balance.minor)
    if request.amount is None:
        minor, problems = both, []
        if not both:
            empty = _left_of(memo) if not memo.balance else _open_of(invoice)
            problems = [Problem("nothing-to-apply", "credit", f"{empty}. There is nothing to apply.")]
    elif memo.balance.minor <= invoice.balance.minor:
        minor, problems = _amount(request.amount, memo.balance, "more-than-left", _left_of(memo))
    else:
        minor, problems = _amount(request.amount, invoice.balance, "more-than-owed", _open_of(invoice))
    problems += _day_problems(day, invoice.date, f"invoice {invoice.number} is of")
    problems += _day_problems(day, memo.date, f"credit memo {memo.number} is of")
    refuse_if(problems)
    writer = PaperWriter(tx)
    writer.settle(in_order(minor, invoice.lines), day, memo=memo.id)
    writer.finish()
    return _answer(tx, memo.id, memo.account, [invoice.id])


def refund(tx: Tx, request: RefundCredit) -> RefundResult:
    """Record that credit of a memo was paid back to the customer.

    Refuses more than is neither applied nor refunded (`more-than-left`), and a day before the memo's.
    """
    memo = held_memo(tx, find(tx, "credit", request.credit))
    day = request.on or max(tx.today, memo.date)
    minor, problems = _amount(request.amount, memo.balance, "more-than-left", _left_of(memo))
    problems += _day_problems(day, memo.date, f"credit memo {memo.number} is of")
    refuse_if(problems)
    number = take(tx.db, "refund")
    row = {
        "id": number,
        "number": paper_numbers(tx, "refund")[0],
        "memo_id": memo.id,
        "day": day,
        "amount": minor,
        "request_id": tx.request_id,
        "recorded_at": tx.now,
    }
    tx.db.execute(tables.refund.insert().values(**row))
    tx.touch("invoice", memo.account)
    return RefundResult(refund_shape(tx, number), credit_shapes(tx, [memo.id])[0].credit)


def _posted(tx: Tx, name: str) -> OwedInvoice:
    """The posted invoice of a name. Refuses any other."""
    number = find(tx, "invoice", name)
    invoice = owed_invoices(tx, [number])[number]
    if invoice.status is not InvoiceStatus.POSTED:
        called = invoice.number or public_id("invoice", number)
        way = "Post it first" if invoice.status is InvoiceStatus.DRAFT else "Choose a posted one"
        words = f"Invoice {called} is {invoice.status.value.lower()}, nothing is owed on it. {way}."
        raise Refused(Problem("not-posted", "invoice", words))
    return invoice


def _open_of(invoice: OwedInvoice) -> str:
    return f"Invoice {invoice.number} has {_said(invoice.balance)} open"


def _left_of(memo: HeldMemo) -> str:
    return f"Credit memo {memo.number} has {_said(memo.balance)} left"


def _said(money: Money) -> str:
    return f"{money} {money.currency.code}"


def _amount(amount: Decimal, limit: Money, code: str, is_open: str) -> tuple[int, list[Problem]]:
    """The minor units of `amount`, and what is wrong with it; `is_open` says in words what `limit` is."""
    currency: Currency = limit.currency
    if not amount.is_finite() or not 0 < amount < PRICE_LIMIT:
        words = "The amount must be more than 0 and less than 1,000,000,000,000."
        return 0, [Problem("bad-amount", "amount", words)]
    scaled = amount.scaleb(currency.decimals)
    if scaled != scaled.to_integral_value():
        words = f"{plain(amount)} has more decimals than {currency.code} has ({currency.decimals}). Round it."
        return 0, [Problem("bad-amount", "amount", words)]
    minor = int(scaled)
    if minor > limit.minor:
        way = f"Give at most {limit}." if limit else "Nothing more can be taken off."
        words = f"{is_open}; {currency.money(minor)} is more than that. {way}"
        return minor, [Problem(code, "amount", words)]
    return minor, []


def _day_problems(day: date, first: date, whose: str) -> list[Problem]:
    outside = problems_of_day("on", day)
    if not outside and day < first:
        return [Problem("too-early", "on", f"{day} is too early: {whose} {first}. Give that day or a later one.")]
    return outside


def _negative_lines(invoice: OwedInvoice, numbers: Sequence[int]) -> tuple[list[OpenLine], list[Problem]]:
    """The lines with these numbers on the invoice that can be converted, and what stands against the others."""
    by_number = {line.position: line for line in invoice.lines}
    chosen, problems = [], []
    for number in dict.fromkeys(numbers):
        line = by_number.get(number)
        if line is None:
            words = f"Invoice {invoice.number} has no line {number}; its lines are 1 to {len(by_number)}."
            problems.append(Problem("unknown-line", "lines", words))
        elif invoice.rows[line.line].amount >= 0:
            words = f"Line {number} is not negative. Only lines below zero become a credit memo."
            problems.append(Problem("not-negative", "lines", words))
        elif not line.open:
            words = f"Line {number} is converted already; the invoice's credits show the memo."
            problems.append(Problem("already-converted", "lines", words))
        else:
            chosen.append(line)
    if not numbers:
        problems.append(Problem("missing-lines", "lines", "Name the negative lines to convert by their numbers."))
    return chosen, problems


def _mismatch(memo: HeldMemo, invoice: OwedInvoice) -> list[Problem]:
    problems = []
    if memo.account != invoice.account:
        words = f"Invoice {invoice.number} is not of the customer of credit memo {memo.number}. Choose one that is."
        problems.append(Problem("other-account", "invoice", words))
    if memo.balance.currency != invoice.currency:
        words = (
            f"Credit memo {memo.number} is in {memo.balance.currency.code}, invoice {invoice.number} in "
            f"{invoice.currency.code}. Choose one in the same currency."
        )
        problems.append(Problem("other-currency", "invoice", words))
    return problems


def _written(tx: Tx, memo: Memo, applied: Sequence[Applied], invoices: Sequence[int]) -> CreditResult:
    writer = PaperWriter(tx)
    number = writer.write_memos([memo])[0]
    writer.settle(applied, memo.date, memo=number)
    writer.finish()
    return _answer(tx, number, memo.account, invoices)


def _answer(tx: Tx, memo: int, account: int, invoices: Sequence[int]) -> CreditResult:
    tx.touch("invoice", account)
    shape = credit_shapes(tx, [memo])[0]
    return CreditResult(shape.credit, shape.lines, shape.applied, shape.refunds, invoice_shapes(tx, invoices))
