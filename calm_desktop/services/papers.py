"""What lowers an invoice's balance: payments, credits given, negative lines converted, what is left of them applied.

Each act concerns one posted invoice, one credit memo or one payment, is numbered in a series without gaps, and never
takes more off an invoice than it has open: a payment of more keeps the rest on account (DOMAIN 1, 5.6 and 5.7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from calm_desktop.engine.catalog import MemoReason
from calm_desktop.engine.invoicing import InvoiceStatus
from calm_desktop.engine.limits import PRICE_LIMIT, problems_of_day
from calm_desktop.engine.money import Currency, Money, plain
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.engine.settling import Applied, OpenLine, in_order, in_proportion, taken_over
from calm_desktop.services.boundary import use_case
from calm_desktop.services.credited import creditable
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.lookup import find, find_all
from calm_desktop.services.paper_writing import (
    Held,
    Kept,
    Memo,
    MemoLine,
    OwedInvoice,
    PaperWriter,
    held_memo,
    held_payment,
    memo_line_for,
    open_invoices,
    owed_invoices,
    paper_numbers,
)
from calm_desktop.services.permissions import Permission
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import (
    ApplyCredit,
    ApplyPayment,
    ConvertLines,
    GiveCredit,
    PayAccount,
    PayInvoice,
    RefundCredit,
    RefundPayment,
)
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.shapes import CreditResult, PaymentResult, RefundResult
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.invoices import invoice_shapes
from calm_desktop.services.views.papers import (
    credit_shapes,
    payment_applied,
    payment_refunded,
    payment_shapes,
    refund_shape,
)
from calm_desktop.store import bulk, tables
from calm_desktop.store.ids import take


@use_case(Permission.PAPERS)
def pay(tx: Tx, request: PayInvoice) -> PaymentResult:
    """Record a payment on a posted invoice; it pays the oldest line first, a charge before its tax.

    What is more than the invoice has open is kept on account, to be applied or refunded. Refuses a draft, an invoice
    that is voided, a mirror, and a day before the invoice's.
    """
    invoice = _posted(tx, request.invoice)
    day = request.on or max(tx.today, invoice.date)
    minor, problems = minor_of(request.amount, invoice.currency)
    problems += day_problems(day, invoice.date, f"invoice {invoice.number} is of")
    payment = _payment(tx, invoice.account, invoice.currency, minor, day, request.reference, problems)
    writer = PaperWriter(tx)
    writer.settle(in_order(min(minor, invoice.balance.minor), invoice.lines), day, payment_id=payment)
    writer.finish()
    return _paid(tx, payment, [invoice.id])


@use_case(Permission.PAPERS)
def pay_account(tx: Tx, request: PayAccount) -> PaymentResult:
    """Record a payment that is kept on account, or pays the open invoices, the first due first.

    Refuses an unknown account or currency, and a bad amount.
    """
    account = find(tx, "account", request.account)
    own = tx.db.execute(select(tables.account.c.currency).where(tables.account.c.id == account)).scalar_one()
    currency, day = currency_named(request.currency or own), request.on or tx.today
    minor, problems = minor_of(request.amount, currency)
    problems += problems_of_day("on", day)
    payment = _payment(tx, account, currency, minor, day, request.reference, problems)
    if not request.oldest_first:
        return _paid(tx, payment, [])
    paid, writer = [], PaperWriter(tx)
    for invoice in open_invoices(tx, account, currency, day):
        part = min(minor, invoice.balance.minor)
        if not part:
            break
        writer.settle(in_order(part, invoice.lines), day, payment_id=payment)
        minor -= part
        paid.append(invoice.id)
    writer.finish()
    return _paid(tx, payment, paid)


def _payment(
    tx: Tx, account: int, currency: Currency, minor: int, day: date, reference: str, problems: list[Problem]
) -> int:
    """A payment, recorded unless there is any problem; the answer is its number in the store."""
    refuse_if([*problems, *text_problems(tables.payment, {"reference": reference})])
    payment = take(tx.db, "payment")
    row = {
        "id": payment,
        "number": paper_numbers(tx, "payment")[0],
        "account_id": account,
        "currency": currency.code,
        "day": day,
        "amount": minor,
        "reference": reference.strip(),
        "request_id": tx.request_id,
        "recorded_at": tx.now,
    }
    tx.db.execute(tables.payment.insert().values(**row))
    tx.touch("invoice", account)
    return payment


@dataclass(frozen=True, slots=True)
class Incoming:
    """Money of an account that came in on a day; `invoice` is what the payer says that it is for."""

    account: int
    currency: Currency
    minor: int
    day: date
    reference: str
    invoice: str = ""


def take_payments(tx: Tx, payments: Sequence[Incoming]) -> list[int]:
    """Record many payments, all valid; the answer is their numbers in the store.

    One pays the posted invoice of its account and currency that has the number which it names, as `pay` would; what is
    more than that has open, and money for no such invoice, is kept on account.
    """
    if not payments:
        return []
    first = take(tx.db, "payment", len(payments))
    rows = [
        {
            "id": first + place,
            "number": number,
            "account_id": each.account,
            "currency": each.currency.code,
            "day": each.day,
            "amount": each.minor,
            "reference": each.reference,
            "request_id": tx.request_id,
            "recorded_at": tx.now,
        }
        for place, (each, number) in enumerate(zip(payments, paper_numbers(tx, "payment", len(payments)), strict=True))
    ]
    bulk.insert_rows(tx.db, tables.payment, rows)
    papers = tables.invoice.c
    named = dict.fromkeys(each.invoice for each in payments if each.invoice)
    query = select(papers.number, papers.id)
    invoices = {
        row.number: row.id for chunk in chunks(named) for row in tx.db.execute(query.where(papers.number.in_(chunk)))
    }
    for place, each in enumerate(payments):
        if each.invoice in invoices:
            invoice = owed_invoices(tx, [invoices[each.invoice]])[invoices[each.invoice]]
            is_its = (invoice.account, invoice.currency) == (each.account, each.currency) and invoice.date <= each.day
            if is_its and invoice.status is InvoiceStatus.POSTED and not invoice.is_mirror and invoice.balance:
                writer = PaperWriter(tx)
                parts = in_order(min(each.minor, invoice.balance.minor), invoice.lines)
                writer.settle(parts, each.day, payment_id=first + place)
                writer.finish()
    tx.touch("invoice", *{each.account for each in payments})
    return [first + place for place in range(len(payments))]


def _paid(tx: Tx, payment: int, invoices: Sequence[int]) -> PaymentResult:
    shape = payment_shapes(tx, [payment])[0]
    return PaymentResult(shape.payment, shape.applied, shape.refunds, invoice_shapes(tx, invoices))


@use_case(Permission.PAPERS)
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
    problems += day_problems(day, invoice.date, f"invoice {invoice.number} is of")
    problems += text_problems(tables.credit_memo, {"note": request.note})
    refuse_if(problems)
    applied = in_proportion(minor, lines_left)
    lines = tuple(memo_line_for(invoice.rows[each.line], each.amount) for each in applied)
    memo = Memo(invoice.account, invoice.id, MemoReason.GIVEN, day, invoice.currency, lines, note=request.note.strip())
    return _written(tx, memo, applied, [invoice.id])


@use_case(Permission.PAPERS)
def convert(tx: Tx, request: ConvertLines) -> CreditResult:
    """Turn negative lines of a posted invoice into a credit memo over their sum (R13); their balance becomes zero.

    The tax on a line goes along, also where it stands on an invoice of its own. Refuses a draft, lines that there are
    not, that are not negative or converted already, all at once.
    """
    invoice = _posted(tx, request.invoice)
    day = request.on or max(tx.today, invoice.date)
    chosen, problems = _negative_lines(invoice, request.lines)
    problems += day_problems(day, invoice.date, f"invoice {invoice.number} is of")
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


def line_numbers(tx: Tx, name: str, lines: Sequence[str]) -> tuple[int, ...]:
    """The numbers on a posted invoice of lines that are named by id or number; of all negative ones that are open,
    charges alone, where none is named. Refuses what is no line of it."""
    invoice = _posted(tx, name)
    if not lines:
        return tuple(line.position for line in invoice.lines if line.open < 0 and not line.is_tax)
    by_id = {public_id("invoice-line", line.line): line.position for line in invoice.lines}
    ids = {text: number_of("invoice-line", text) for text in lines}
    found = {
        text: int(text)
        if text.isascii() and text.isdigit() and len(text) < 9
        else by_id.get(public_id("invoice-line", number or 0))
        for text, number in ids.items()
    }
    refuse_if(
        Problem("unknown-line", "lines", f"Invoice {invoice.number} has no line {text!r}.")
        for text, number in found.items()
        if number is None
    )
    return tuple(number for number in found.values() if number is not None)


@use_case(Permission.PAPERS)
def apply_credit(tx: Tx, request: ApplyCredit) -> CreditResult:
    """Put credit of a memo on a posted invoice of the same account and currency, oldest line first.

    Refuses more than either has open, another account or currency, and a day before either's.
    """
    memo = held_memo(tx, find(tx, "credit", request.credit))
    return _answer(tx, memo.id, memo.account, [_apply(tx, memo, request.invoice, request.amount, request.on)])


@use_case(Permission.PAPERS)
def apply_payment(tx: Tx, request: ApplyPayment) -> PaymentResult:
    """Put money on account on a posted invoice; like `apply_credit` for what is left of a payment."""
    payment = held_payment(tx, find(tx, "payment", request.payment))
    invoice = _apply(tx, payment, request.invoice, request.amount, request.on)
    tx.touch("invoice", payment.account)
    return _paid(tx, payment.id, [invoice])


@use_case(Permission.PAPERS)
def apply_any(tx: Tx, request: ApplyCredit) -> CreditResult | PaymentResult:
    """`apply_credit`, or where no credit memo has the name but a payment, `apply_payment`."""
    if _is_payment(tx, request.credit):
        return apply_payment(tx, ApplyPayment(request.credit, request.invoice, request.amount, request.on))
    return apply_credit(tx, request)


def _is_payment(tx: Tx, name: str) -> bool:
    """Whether a name is that of a payment, and of no credit memo."""
    return not find_all(tx, "credit", name) and bool(find_all(tx, "payment", name))


def _apply(tx: Tx, held: Held, name: str, amount: Decimal | None, on: date | None) -> int:
    """Put what is left of a memo or a payment on the invoice of a name; the answer is its number in the store."""
    invoice = _posted(tx, name)
    day = on or max(tx.today, invoice.date, held.date)
    refuse_if(_mismatch(held, invoice))
    both = min(held.balance.minor, invoice.balance.minor)
    if amount is None:
        minor, problems = both, []
        if not both:
            empty = _left_of(held) if not held.balance else _open_of(invoice)
            problems = [Problem("nothing-to-apply", held.kind.value, f"{empty}. There is nothing to apply.")]
    elif held.balance.minor <= invoice.balance.minor:
        minor, problems = _amount(amount, held.balance, "more-than-left", _left_of(held))
    else:
        minor, problems = _amount(amount, invoice.balance, "more-than-owed", _open_of(invoice))
    problems += day_problems(day, invoice.date, f"invoice {invoice.number} is of")
    problems += day_problems(day, held.date, f"{held.called} is of")
    refuse_if(problems)
    writer = PaperWriter(tx)
    writer.settle(in_order(minor, invoice.lines), day, **held.link)
    writer.finish()
    return invoice.id


@use_case(Permission.PAPERS)
def refund(tx: Tx, request: RefundCredit) -> RefundResult:
    """Record that credit of a memo was paid back to the customer.

    Refuses more than is neither applied nor refunded (`more-than-left`), and a day before the memo's.
    """
    return _refund(tx, held_memo(tx, find(tx, "credit", request.credit)), request.amount, request.on)


@use_case(Permission.PAPERS)
def refund_payment(tx: Tx, request: RefundPayment) -> RefundResult:
    """Record that money on account was paid back to the customer; like `refund` for what is left of a payment."""
    return _refund(tx, held_payment(tx, find(tx, "payment", request.payment)), request.amount, request.on)


def refund_all(tx: Tx, payments: Sequence[int]) -> int:
    """Pay back all that these payments have left on account, today or on their own days if later; how many had any."""
    left = (tables.payment.c.amount - payment_applied() - payment_refunded()).label("left")
    held = [row for row in rows_in(tx, select(tables.payment, left), among(tables.payment.c.id, payments)) if row.left]
    if held:
        numbers = paper_numbers(tx, "refund", len(held))
        rows = [
            {
                "id": number,
                "number": called,
                "payment_id": row.id,
                "day": max(tx.today, row.day),
                "amount": int(row.left),
                "request_id": tx.request_id,
                "recorded_at": tx.now,
            }
            for number, (row, called) in enumerate(zip(held, numbers, strict=True), take(tx.db, "refund", len(held)))
        ]
        tx.db.execute(tables.refund.insert(), rows)
        tx.touch("invoice", *{row.account_id for row in held})
    return len(held)


@use_case(Permission.PAPERS)
def refund_any(tx: Tx, request: RefundCredit) -> RefundResult:
    """`refund`, or where no credit memo has the name but a payment, `refund_payment`."""
    if _is_payment(tx, request.credit):
        return refund_payment(tx, RefundPayment(request.credit, request.amount, request.on))
    return refund(tx, request)


def _refund(tx: Tx, held: Held, amount: Decimal, on: date | None) -> RefundResult:
    day = on or max(tx.today, held.date)
    minor, problems = _amount(amount, held.balance, "more-than-left", _left_of(held))
    problems += day_problems(day, held.date, f"{held.called} is of")
    refuse_if(problems)
    number = take(tx.db, "refund")
    row = {
        "id": number,
        "number": paper_numbers(tx, "refund")[0],
        **held.link,
        "day": day,
        "amount": minor,
        "request_id": tx.request_id,
        "recorded_at": tx.now,
    }
    tx.db.execute(tables.refund.insert().values(**row))
    tx.touch("invoice", held.account)
    memo = credit_shapes(tx, [held.id])[0].credit if held.kind is Kept.CREDIT else None
    payment = payment_shapes(tx, [held.id])[0].payment if held.kind is Kept.PAYMENT else None
    return RefundResult(refund_shape(tx, number), memo, payment)


def _posted(tx: Tx, name: str) -> OwedInvoice:
    """The posted invoice of a name. Refuses any other."""
    number = find(tx, "invoice", name)
    invoice = owed_invoices(tx, [number])[number]
    if invoice.status is not InvoiceStatus.POSTED:
        called = invoice.number or public_id("invoice", number)
        way = "Post it first" if invoice.status is InvoiceStatus.DRAFT else "Choose a posted one"
        words = f"Invoice {called} is {invoice.status.value.lower()}, nothing is owed on it. {way}."
        raise Refused(Problem("not-posted", "invoice", words))
    if invoice.is_mirror:
        words = f"Invoice {invoice.number} takes another one back, nothing is owed on it. Choose one that charges."
        raise Refused(Problem("mirror", "invoice", words))
    return invoice


def _open_of(invoice: OwedInvoice) -> str:
    return f"Invoice {invoice.number} has {_said(invoice.balance)} open"


def _left_of(held: Held) -> str:
    called = held.called
    return f"{called[0].upper()}{called[1:]} has {_said(held.balance)} left"


def _said(money: Money) -> str:
    return f"{money} {money.currency.code}"


def _amount(amount: Decimal, limit: Money, code: str, is_open: str) -> tuple[int, list[Problem]]:
    """The minor units of `amount`, and what is wrong with it; `is_open` says in words what `limit` is."""
    minor, problems = minor_of(amount, limit.currency)
    if minor > limit.minor:
        way = f"Give at most {limit}." if limit else "Nothing more can be taken off."
        words = f"{is_open}; {limit.currency.money(minor)} is more than that. {way}"
        problems.append(Problem(code, "amount", words))
    return minor, problems


def minor_of(amount: Decimal, currency: Currency) -> tuple[int, list[Problem]]:
    """The minor units of `amount` (0 where it is no amount), and what is wrong with it."""
    if not amount.is_finite() or not 0 < amount < PRICE_LIMIT:
        words = "The amount must be more than 0 and less than 1,000,000,000,000."
        return 0, [Problem("bad-amount", "amount", words)]
    scaled = amount.scaleb(currency.decimals)
    if scaled != scaled.to_integral_value():
        words = f"{plain(amount)} has more decimals than {currency.code} has ({currency.decimals}). Round it."
        return 0, [Problem("bad-amount", "amount", words)]
    return int(scaled), []


def day_problems(day: date, first: date, whose: str) -> list[Problem]:
    """What is wrong with the day of an act on a document of the day `first`; `whose` says which one that is."""
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


def _mismatch(held: Held, invoice: OwedInvoice) -> list[Problem]:
    problems = []
    if held.account != invoice.account:
        words = f"Invoice {invoice.number} is not of the customer of {held.called}. Choose one that is."
        problems.append(Problem("other-account", "invoice", words))
    if held.balance.currency != invoice.currency:
        words = (
            f"Invoice {invoice.number} is in {invoice.currency.code}, {held.called} in "
            f"{held.balance.currency.code}. Choose one in the same currency."
        )
        problems.append(Problem("other-currency", "invoice", words))
    return problems


def _written(tx: Tx, memo: Memo, applied: Sequence[Applied], invoices: Sequence[int]) -> CreditResult:
    writer = PaperWriter(tx)
    number = writer.write_memos([memo])[0]
    writer.settle(applied, memo.date, memo_id=number)
    writer.finish()
    return _answer(tx, number, memo.account, invoices)


def _answer(tx: Tx, memo: int, account: int, invoices: Sequence[int]) -> CreditResult:
    tx.touch("invoice", account)
    shape = credit_shapes(tx, [memo])[0]
    return CreditResult(shape.credit, shape.lines, shape.applied, shape.refunds, invoice_shapes(tx, invoices))
