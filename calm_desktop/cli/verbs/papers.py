"""What lowers an invoice's balance: payments, credits, negative lines converted, what is left applied and refunded."""

from __future__ import annotations

from typing import Annotated

import typer

from calm_desktop.cli.failures import WrongUsage
from calm_desktop.cli.session import Session, given, needed, verb
from calm_desktop.cli.tables import applied_sheets, credit_result_sheets, payment_result_sheets, refund_result_sheets
from calm_desktop.cli.words import DryRun, Given, flag, name, text
from calm_desktop.engine.reading import Reader

Invoice = Annotated[str, name("INVOICE", "A posted invoice: id or number.")]
Document = Annotated[str, name("DOCUMENT", "A credit memo, or a payment with money on account: id or number.")]
Amount = Annotated[str, text("--amount", "M", "How much, in the document's currency.")]
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
    amount: Amount,
    invoice: Annotated[Given, name("INVOICE", "A posted invoice: id or number.")] = None,
    account: Annotated[Given, text("--account", "A", "Without an invoice: the customer that paid.")] = None,
    currency: Annotated[Given, text("--currency", "CODE", "With --account: a currency other than its own.")] = None,
    oldest_first: Annotated[
        bool, flag("--oldest-first", "With --account: pay what is open, the invoice that was due first at first.")
    ] = False,
    on: OnDay = None,
    reference: Annotated[Given, text("--reference", "TEXT", "What the payment is known by, at the bank say.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Record a payment on a posted invoice: it pays the oldest line first, a charge before its tax.

    What is more than the invoice has open is kept on account, and so is all of it with --account, unless it pays the
    open invoices --oldest-first. `apply` puts it on an invoice, `refund` pays it back.

    \b
    Examples:
      calm-desktop pay INV-000001 --amount 119.00 --on 2022-02-03
      calm-desktop pay --account Acme --amount 500
      calm-desktop pay --account Acme --amount 500 --oldest-first
    """
    if (invoice is None) == (account is None):
        raise WrongUsage("Name what is paid: an INVOICE, or --account A for money that is kept on account.")
    if oldest_first and account is None:
        raise WrongUsage("--oldest-first is for what an --account paid. An INVOICE is paid by its lines.")
    if currency is not None and account is None:
        raise WrongUsage("--currency is for money on account. An invoice is paid in its own currency.")
    money, day = session.read.amount("amount", amount), given(session.read.day, "on", on)
    session.read.done()
    from calm_desktop.services import papers
    from calm_desktop.services.requests import PayAccount, PayInvoice

    if account is not None:
        on_account = PayAccount(account, needed(money), day, reference or "", currency or "", oldest_first)
        result = session.change(papers.pay_account, on_account, dry_run)
    else:
        result = session.change(papers.pay, PayInvoice(needed(invoice), needed(money), day, reference or ""), dry_run)
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
    document: Document,
    invoice: Annotated[Given, name("INVOICE", "The posted invoice that it lowers.")] = None,
    named: Annotated[Given, text("--invoice", "INVOICE", "The same, said in another way.")] = None,
    amount: Annotated[Given, text("--amount", "M", "How much; as much as both have open unless given.")] = None,
    on: OnDay = None,
    dry_run: DryRun = False,
) -> None:
    """Put credit of a memo, or money on account, on a posted invoice of the same customer and currency.

    It pays the oldest line first.

    \b
    Examples:
      calm-desktop apply CM-000001 INV-000005
      calm-desktop apply PAY-000002 INV-000005 --amount 40
    """
    if (invoice is None) == (named is None):
        raise WrongUsage("Name the invoice that is lowered, once: apply DOCUMENT INVOICE.")
    money, day = given(session.read.amount, "amount", amount), given(session.read.day, "on", on)
    session.read.done()
    from calm_desktop.services import papers
    from calm_desktop.services.requests import ApplyCredit

    request = ApplyCredit(document, needed(invoice or named), money, day)
    result = session.change(papers.apply_any, request, dry_run)
    session.answer(result, lambda: applied_sheets(result), dry_run)


def refund(
    session: Session,
    document: Document,
    amount: Amount,
    on: OnDay = None,
    dry_run: DryRun = False,
) -> None:
    """Record that credit of a memo, or money on account, was paid back: what is neither applied nor refunded yet.

    \b
    Example:
      calm-desktop refund CM-000001 --amount 25
    """
    money, day = session.read.amount("amount", amount), given(session.read.day, "on", on)
    session.read.done()
    from calm_desktop.services import papers
    from calm_desktop.services.requests import RefundCredit

    result = session.change(papers.refund_any, RefundCredit(document, needed(money), day), dry_run)
    session.answer(result, lambda: refund_result_sheets(result), dry_run)


def line_numbers(read: Reader, text_given: str) -> tuple[int, ...]:
    """Numbers of lines as people list them: `2,3`."""
    parts = [part.strip() for part in text_given.split(",")]
    found = [read.whole("lines", part, 1, 999_999) for part in parts if part]
    return tuple(number for number in found if number is not None)
