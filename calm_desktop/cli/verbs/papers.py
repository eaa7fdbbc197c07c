"""What lowers an invoice's balance: payments, credits, negative lines converted, credit applied and refunded."""

from __future__ import annotations

from typing import Annotated

import typer

from calm_desktop.cli.session import Session, given, needed, verb
from calm_desktop.cli.tables import credit_result_sheets, payment_result_sheets, refund_result_sheets
from calm_desktop.cli.words import DryRun, Given, name, text
from calm_desktop.engine.reading import Reader

Invoice = Annotated[str, name("INVOICE", "A posted invoice: id or number.")]
Memo = Annotated[str, name("CREDIT", "A credit memo: id or number.")]
Amount = Annotated[str, text("--amount", "M", "How much, in the invoice's currency.")]
OnDay = Annotated[Given, text("--on", "DATE", "The day; today unless given, or the document's date if that is later.")]


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    verb(app, "pay")(pay)
    verb(app, "credit")(credit)
    verb(app, "convert")(convert)
    verb(app, "apply")(apply)
    verb(app, "refund")(refund)


def pay(
    session: Session,
    invoice: Invoice,
    amount: Amount,
    on: OnDay = None,
    reference: Annotated[Given, text("--reference", "TEXT", "What the payment is known by, at the bank say.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Record a payment on a posted invoice: it pays the oldest line first, a charge before its tax.

    \b
    Example:
      calm-desktop pay INV-000001 --amount 119.00 --on 2022-02-03
    """
    money, day = session.read.amount("amount", amount), given(session.read.day, "on", on)
    session.read.done()
    from calm_desktop.services import papers
    from calm_desktop.services.requests import PayInvoice

    result = session.change(papers.pay, PayInvoice(invoice, needed(money), day, reference or ""), dry_run)
    session.answer(result, lambda: payment_result_sheets(result), dry_run)


def credit(
    session: Session,
    invoice: Invoice,
    amount: Amount,
    note: Annotated[Given, text("--note", "TEXT", "Why it is given.")] = None,
    on: OnDay = None,
    dry_run: DryRun = False,
) -> None:
    """Give a credit on a posted invoice, tax included: a credit memo, applied at once to what is open on its lines.

    \b
    Example:
      calm-desktop credit INV-000001 --amount 10 --note "Two days without service"
    """
    money, day = session.read.amount("amount", amount), given(session.read.day, "on", on)
    session.read.done()
    from calm_desktop.services import papers
    from calm_desktop.services.requests import GiveCredit

    result = session.change(papers.credit, GiveCredit(invoice, needed(money), day, note or ""), dry_run)
    session.answer(result, lambda: credit_result_sheets(result), dry_run)


def convert(
    session: Session,
    invoice: Invoice,
    lines: Annotated[str, text("--lines", "N,...", "The numbers of its negative lines, as `show invoice` has them.")],
    on: OnDay = None,
    dry_run: DryRun = False,
) -> None:
    """Turn negative lines of a posted invoice, and their tax, into a credit memo that can be applied or refunded.

    \b
    Example:
      calm-desktop convert INV-000004 --lines 2,3
    """
    numbers = line_numbers(session.read, lines)
    day = given(session.read.day, "on", on)
    session.read.done()
    from calm_desktop.services import papers
    from calm_desktop.services.requests import ConvertLines

    result = session.change(papers.convert, ConvertLines(invoice, numbers, day), dry_run)
    session.answer(result, lambda: credit_result_sheets(result), dry_run)


def apply(
    session: Session,
    memo: Memo,
    invoice: Annotated[str, text("--invoice", "INVOICE", "The posted invoice that it lowers.")],
    amount: Annotated[Given, text("--amount", "M", "How much; as much as both have open unless given.")] = None,
    on: OnDay = None,
    dry_run: DryRun = False,
) -> None:
    """Put credit of a memo on a posted invoice of the same customer and currency, oldest line first.

    \b
    Example:
      calm-desktop apply CM-000001 --invoice INV-000005
    """
    money, day = given(session.read.amount, "amount", amount), given(session.read.day, "on", on)
    session.read.done()
    from calm_desktop.services import papers
    from calm_desktop.services.requests import ApplyCredit

    result = session.change(papers.apply_credit, ApplyCredit(memo, invoice, money, day), dry_run)
    session.answer(result, lambda: credit_result_sheets(result), dry_run)


def refund(
    session: Session,
    memo: Memo,
    amount: Amount,
    on: OnDay = None,
    dry_run: DryRun = False,
) -> None:
    """Record that credit of a memo was paid back: what is neither applied nor refunded yet.

    \b
    Example:
      calm-desktop refund CM-000001 --amount 25
    """
    money, day = session.read.amount("amount", amount), given(session.read.day, "on", on)
    session.read.done()
    from calm_desktop.services import papers
    from calm_desktop.services.requests import RefundCredit

    result = session.change(papers.refund, RefundCredit(memo, needed(money), day), dry_run)
    session.answer(result, lambda: refund_result_sheets(result), dry_run)


def line_numbers(read: Reader, text_given: str) -> tuple[int, ...]:
    """Numbers of lines as people list them: `2,3`."""
    parts = [part.strip() for part in text_given.split(",")]
    found = [read.whole("lines", part, 1, 999_999) for part in parts if part]
    return tuple(number for number in found if number is not None)
