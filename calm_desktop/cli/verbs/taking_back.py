"""Invoices taken back or kept from being made, and what a customer owes: void, correct, drop, hold, statement."""

from __future__ import annotations

from typing import Annotated

import typer

from calm_desktop.cli.failures import WrongUsage
from calm_desktop.cli.session import Session, given, verb
from calm_desktop.cli.tables import hold_result_sheets, invoice_result_sheets, statement_sheets, void_result_sheets
from calm_desktop.cli.verbs.invoices import Brief, Drafts, OfRun, drafts_of
from calm_desktop.cli.verbs.paper import put_on_paper
from calm_desktop.cli.words import DryRun, Given, name, text

Posted = Annotated[str, name("INVOICE", "A posted invoice: id or number.")]
Held = Annotated[str, name("WHAT", "account or asset.")]
Which = Annotated[str, name("NAME", "Which one: id, number, or a name that only it has.")]


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    verb(app, "drop")(drop)
    verb(app, "void")(void)
    verb(app, "correct")(correct)
    verb(app, "hold")(hold)
    verb(app, "release")(release)
    verb(app, "statement")(statement)


def drop(
    session: Session,
    drafts: Drafts = None,
    run: OfRun = None,
    brief: Brief = False,
    dry_run: DryRun = False,
) -> None:
    """Drop draft invoices, each with its charges or its tax: they are canceled, and what they bill is pending again.

    \b
    Example:
      calm-desktop drop 3tt000000000001AAA
    """
    named = drafts_of(drafts, run)
    from calm_desktop.services import voiding
    from calm_desktop.services.requests import DropInvoices

    result = session.change(voiding.drop, DropInvoices(named, run or "", 0 if brief else None), dry_run)
    session.answer(result, lambda: invoice_result_sheets(result), dry_run)


def void(
    session: Session,
    invoice: Posted,
    on: Annotated[
        Given, text("--on", "DATE", "The day; today unless given, or that of the last document on it if later.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Take a posted invoice back, with its tax invoice: a mirror of it is posted, every line negated.

    What was paid and applied is given back, kept on account and on its credit memos; what it billed is pending, so
    that the next run bills it. A draft is dropped instead.

    \b
    Example:
      calm-desktop void INV-000001 --on 2022-04-20
    """
    day = given(session.read.day, "on", on)
    session.read.done()
    from calm_desktop.services import voiding
    from calm_desktop.services.requests import VoidInvoice

    result = session.change(voiding.void, VoidInvoice(invoice, day), dry_run)
    session.answer(result, lambda: void_result_sheets(result), dry_run)


def correct(
    session: Session,
    invoice: Posted,
    day: Annotated[
        Given, text("--date", "DATE", "The date of the new draft; the day of the void unless given.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Void an invoice and draft one of the same items in one step, to be looked at and posted.

    \b
    Example:
      calm-desktop correct INV-000001 --date 2022-05-01
    """
    dated = given(session.read.day, "date", day)
    session.read.done()
    from calm_desktop.services import voiding
    from calm_desktop.services.requests import CorrectInvoice

    result = session.change(voiding.correct, CorrectInvoice(invoice, dated), dry_run)
    session.answer(result, lambda: void_result_sheets(result), dry_run)


def hold(
    session: Session,
    what: Held,
    called: Which,
    until: Annotated[Given, text("--until", "DATE", "The last day of the hold; until released unless given.")] = None,
    reason: Annotated[Given, text("--reason", "TEXT", "Why.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Keep runs from invoicing a customer or an asset; a hold that is open on it is replaced. See `list holds`.

    \b
    Example:
      calm-desktop hold account Acme --until 2022-05-31 --reason "Prices are disputed"
    """
    _only_accounts_and_assets("hold", what)
    day = given(session.read.day, "until", until)
    session.read.done()
    from calm_desktop.services import holds
    from calm_desktop.services.requests import SetHold

    result = session.change(holds.hold, SetHold(what, called, day, reason or ""), dry_run)
    session.answer(result, lambda: hold_result_sheets(result), dry_run)


def release(session: Session, what: Held, called: Which, dry_run: DryRun = False) -> None:
    """Let runs invoice a customer or an asset again.

    \b
    Example:
      calm-desktop release account Acme
    """
    _only_accounts_and_assets("release", what)
    from calm_desktop.services import holds
    from calm_desktop.services.requests import ReleaseHold

    result = session.change(holds.release, ReleaseHold(what, called), dry_run)
    session.answer(result, lambda: hold_result_sheets(result), dry_run)


def _only_accounts_and_assets(called: str, what: str) -> None:
    if what not in ("account", "asset"):
        raise WrongUsage(f"There is no `{called} {what}`. There are: account, asset.")


def statement(
    session: Session,
    account: Annotated[str, name("ACCOUNT", "The customer: id, number, or a name that only it has.")],
    start: Annotated[Given, text("--from", "DATE", "The first day; that of the first document unless given.")] = None,
    end: Annotated[Given, text("--to", "DATE", "The last day; today unless given.")] = None,
    pdf: Annotated[Given, text("--pdf", "FILE", "Put it on paper instead: a PDF file, made without a screen.")] = None,
) -> None:
    """The statement of a customer's account: every document with the balance after it, and how long it is overdue.

    \b
    Example:
      calm-desktop statement Acme --from 2022-01-01 --to 2022-12-31
      calm-desktop statement Acme --pdf acme.pdf
    """
    first, last = session.days(start, end)
    session.read.done()
    from calm_desktop.services import views
    from calm_desktop.services.requests import StatementRequest

    request = StatementRequest(account, first, last)
    if pdf is not None:
        put_on_paper(session, views.statement_paper, request, pdf)
        return
    shape = session.ask(views.statement, request)
    session.answer(shape, lambda: statement_sheets(shape))
