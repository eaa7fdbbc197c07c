"""Documents as they go on paper: with the seller of the settings, the customer's address and the taxes by rate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select

from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.invoicing import InvoiceStatus, LineType
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.invoice_writing import invoices_of_run
from calm_desktop.services.logo import logo
from calm_desktop.services.lookup import find, find_all
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import Look, StatementRequest, WantedPapers
from calm_desktop.services.scopes import within
from calm_desktop.services.settings import lines_of
from calm_desktop.services.shapes import PaperShape, Seller, TaxShare
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.heads import account_head
from calm_desktop.services.views.invoices import show_invoice
from calm_desktop.services.views.papers import show_credit
from calm_desktop.services.views.statements import address_of, statement
from calm_desktop.store import tables

_invoices = tables.invoice.c
_lines, _memo_lines = tables.invoice_line.c, tables.credit_memo_line.c


WHOLE = (Protected.UNIT_PRICE, Protected.INVOICE_AMOUNT, Protected.TAX, Protected.BALANCE, Protected.PAYMENT)
"""What a role must see to get a paper: papers are whole."""


@view(Permission.SEE, *WHOLE)
def paper(tx: Tx, request: Look) -> PaperShape:
    """An invoice or a credit memo for paper. Refuses a name that neither has."""
    return credit_paper(tx, request) if _kind_of(tx, request.name) == "credit" else invoice_paper(tx, request)


@view()
def wanted_papers(tx: Tx, request: WantedPapers) -> tuple[str, ...]:
    """The ids of the documents that are wanted: those named first, then invoices by their date.

    Of a run, its drafts count too; of days and an account, what is posted, voided invoices and mirrors included.
    Refuses a name that neither an invoice nor a credit memo has.
    """
    found = [public_id(kind, find(tx, kind, name)) for name in request.names for kind in (_kind_of(tx, name),)]
    condition: ColumnElement[bool] | None = None
    if request.run:
        condition = invoices_of_run(request.run) & (_invoices.status != InvoiceStatus.CANCELED.value)
    if request.account or request.start or request.end:
        own = within(_invoices.invoice_date, request.start, request.end) & _invoices.number.is_not(None)
        if request.account:
            own &= _invoices.account_id == find(tx, "account", request.account)
        condition = own if condition is None else condition & own
    if condition is not None:
        query = select(_invoices.id).where(condition).order_by(_invoices.invoice_date, _invoices.id)
        found += [public_id("invoice", number) for number in tx.db.scalars(query)]
    return tuple(dict.fromkeys(found))


def _kind_of(tx: Tx, name: str) -> str:
    return "credit" if find_all(tx, "credit", name) else "invoice"


@view(Permission.SEE, *WHOLE)
def papers_named(tx: Tx, names: Sequence[str]) -> tuple[PaperShape, ...]:
    """Invoices and credit memos for paper, in the order named. Refuses as `paper` does."""
    return tuple(paper(tx, Look(name)) for name in names)


@view(Permission.SEE, *WHOLE)
def invoice_paper(tx: Tx, request: Look) -> PaperShape:
    """An invoice for paper, drafts and mirrors too. Refuses an unknown number."""
    shape = show_invoice(tx, request)
    charges = tables.invoice_line.alias("charges")
    query = (
        select(
            _lines.tax_category,
            _lines.tax_rate,
            func.sum(charges.c.amount).label("base"),
            func.sum(_lines.amount).label("tax"),
        )
        .join(charges, charges.c.id == _lines.charge_line_id)
        .where(_lines.invoice_id == find(tx, "invoice", request.name), _lines.type == LineType.TAX.value)
        .group_by(_lines.tax_category, _lines.tax_rate)
    )
    head = shape.invoice
    account = account_head(tx, find(tx, "account", head.account_id))
    taxes = _shares(head.currency, tx.db.execute(query))
    return PaperShape(_seller(tx), account, address_of(account), shape, taxes)


@view(Permission.SEE, *WHOLE)
def credit_paper(tx: Tx, request: Look) -> PaperShape:
    """A credit memo for paper. Refuses an unknown number."""
    shape = show_credit(tx, request)
    is_tax = _memo_lines.type == LineType.TAX.value
    tax = func.sum(case((is_tax, _memo_lines.amount), else_=0))
    query = (
        select(
            _memo_lines.tax_category,
            _memo_lines.tax_rate,
            func.sum(case((is_tax, 0), else_=_memo_lines.amount)).label("base"),
            tax.label("tax"),
        )
        .where(_memo_lines.memo_id == find(tx, "credit", request.name))
        .group_by(_memo_lines.tax_category, _memo_lines.tax_rate)
        .having(tax != 0)
    )
    head = shape.credit
    account = account_head(tx, find(tx, "account", head.account_id))
    taxes = _shares(head.currency, tx.db.execute(query))
    return PaperShape(_seller(tx), account, address_of(account), shape, taxes)


@view(Permission.SEE, *WHOLE)
def statement_paper(tx: Tx, request: StatementRequest) -> PaperShape:
    """The statement of an account for paper. Refuses as `statement` does."""
    shape = statement(tx, request)
    return PaperShape(_seller(tx), shape.account, shape.address, shape, ())


def _seller(tx: Tx) -> Seller:
    told = tx.settings
    return Seller(
        told["company-name"],
        lines_of(told["company-address"]),
        told["company-tax-number"],
        lines_of(told["company-bank"]),
        logo(tx),
    )


def _shares(code: str, rows: Iterable[Row[Any]]) -> tuple[TaxShare, ...]:
    money = currency_named(code).money
    shares = (TaxShare(row.tax_category, row.tax_rate, money(int(row.base)), money(int(row.tax))) for row in rows)
    return tuple(sorted(shares, key=lambda share: (share.category, share.rate or Decimal(0))))
