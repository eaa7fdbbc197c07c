"""Invoice runs, invoices from orders, and posting drafts."""

from __future__ import annotations

from typing import Annotated

import typer

from calm_desktop.cli.session import Session, given, needed, verb
from calm_desktop.cli.tables import invoice_result_sheets
from calm_desktop.cli.words import AsDraft, DryRun, Given, flag, name, text


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
    account: Annotated[Given, text("--account", "A", "Only this customer.")] = None,
    asset: Annotated[Given, text("--asset", "X", "Only this asset.")] = None,
    draft: AsDraft = False,
    brief: Annotated[bool, flag("--brief", "Tell totals and what was passed over, and show no invoice.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Run invoices: bills all that is due and not billed yet, so that a second run makes nothing.

    \b
    Example:
      calm-desktop invoice --through 2022-10-15
    """
    target, dated = session.read.day("through", through), given(session.read.day, "date", day)
    session.read.done()
    from calm_desktop.services import invoices
    from calm_desktop.services.requests import RunInvoices

    request = RunInvoices(needed(target), dated, draft, account or "", asset or "", 0 if brief else None)
    _show(session, session.change(invoices.run, request, dry_run, "Invoicing"), dry_run)


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
    drafts: Annotated[list[str], name("INVOICE...", "Draft invoices, by id.")],
    dry_run: DryRun = False,
) -> None:
    """Post draft invoices: they get their numbers and never change again.

    \b
    Example:
      calm-desktop post 3tt000000000001AAA
    """
    from calm_desktop.services import invoices
    from calm_desktop.services.requests import PostInvoices

    _show(session, session.change(invoices.post, PostInvoices(tuple(drafts)), dry_run), dry_run)


def _show(session: Session, result: object, dry_run: bool) -> None:
    session.answer(result, lambda: invoice_result_sheets(result), dry_run)
