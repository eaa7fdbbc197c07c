"""Invoice runs, invoices from orders, and posting drafts."""

from __future__ import annotations

from typing import Annotated

import typer

from calm_desktop.cli.failures import WrongUsage
from calm_desktop.cli.session import Session, given, needed, verb
from calm_desktop.cli.tables import invoice_result_sheets
from calm_desktop.cli.words import AsDraft, DryRun, Given, flag, name, text

Brief = Annotated[bool, flag("--brief", "Tell totals and what was passed over, and show no invoice.")]
Drafts = Annotated[list[str] | None, name("INVOICE...", "Draft invoices, by id.")]
OfRun = Annotated[
    Given, text("--run", "ID", "All drafts of an invoice run: the `request_id` that it answered, told at its end.")
]


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    verb(app, "invoice")(invoice)
    verb(app, "invoice-order")(invoice_order)
    verb(app, "post")(post)


def invoice(
    session: Session,
    through: Annotated[str, text("--through", "DATE", "Invoice all that is due up to this day.")],
    day: Annotated[
        Given, text("--date", "DATE", "One invoice date for all; each billing date's own unless given.")
    ] = None,
    account: Annotated[
        list[str] | None, text("--account", "A", "Only this customer; can be given several times.")
    ] = None,
    asset: Annotated[Given, text("--asset", "X", "Only this asset.")] = None,
    draft: AsDraft = False,
    brief: Brief = False,
    dry_run: DryRun = False,
) -> None:
    """Run invoices: bills all that is due and not billed yet, so that a second run makes nothing.

    Accounts and assets on hold are passed over, and so is what cannot be taxed: each is told with the reason. So are
    characters that the font of paper lacks: with --dry-run or --draft, names can be mended before anything is posted.

    \b
    Examples:
      calm-desktop invoice --through 2022-10-15
      calm-desktop invoice --through 2022-10-15 --account Acme --account Beta --draft
    """
    target, dated = session.read.day("through", through), given(session.read.day, "date", day)
    session.read.done()
    from calm_desktop.services import invoices
    from calm_desktop.services.requests import RunInvoices

    request = RunInvoices(needed(target), dated, draft, tuple(account or ()), asset or "", 0 if brief else None)
    _show(session, session.change(invoices.run, request, dry_run, "Invoicing"), dry_run, draft and not dry_run)


def invoice_order(
    session: Session,
    order: Annotated[str, name("ORDER", "Which order: id or number.")],
    day: Annotated[Given, text("--date", "DATE", "The invoice date; the order's effective date unless given.")] = None,
    through: Annotated[
        Given, text("--through", "DATE", "Bill what is due up to this day; the order's effective date unless given.")
    ] = None,
    finish_first: Annotated[bool, flag("--finish-first", "Bill out the earlier orders of its assets before.")] = False,
    draft: AsDraft = False,
    dry_run: DryRun = False,
) -> None:
    """Invoice an order: one invoice for each of its items, and one for the tax where tax has its own.

    Refused while an earlier order of its assets has pending amounts: --finish-first bills those out, --override REASON
    goes on without.

    \b
    Example:
      calm-desktop invoice-order 00000002 --finish-first
    """
    dated, target = given(session.read.day, "date", day), given(session.read.day, "through", through)
    session.read.done()
    from calm_desktop.services import invoices
    from calm_desktop.services.requests import InvoiceOrder

    request = InvoiceOrder(order, dated, target, draft, finish_first)
    _show(session, session.change(invoices.invoice_order, request, dry_run, "Invoicing"), dry_run)


def post(
    session: Session,
    drafts: Drafts = None,
    run: OfRun = None,
    brief: Brief = False,
    dry_run: DryRun = False,
) -> None:
    """Post draft invoices: they get their numbers and never change again.

    Characters that the font of paper lacks are told; `--dry-run` tells them before.

    \b
    Examples:
      calm-desktop post 3tt000000000001AAA
      calm-desktop post --run 0b6e0d0e-6f3b-4a53-9d0b-0d8f6d2f5a11 --brief
    """
    named = drafts_of(drafts, run)
    from calm_desktop.services import invoices
    from calm_desktop.services.requests import PostInvoices

    request = PostInvoices(named, run or "", 0 if brief else None)
    _show(session, session.change(invoices.post, request, dry_run), dry_run)


def drafts_of(drafts: list[str] | None, run: str | None) -> tuple[str, ...]:
    """The drafts that are named; wrong usage where there are neither drafts nor a run."""
    if not drafts and not run:
        raise WrongUsage("Name the drafts: INVOICE..., or --run ID for all drafts of a run.")
    return tuple(drafts or ())


def _show(session: Session, result: object, dry_run: bool, drafts: bool = False) -> None:
    session.answer(result, lambda: invoice_result_sheets(result, drafts), dry_run)
