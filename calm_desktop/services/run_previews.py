"""Looks at a run that would be made, or was: one of its papers as it would print, and windows of a very long list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, or_, select

from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.invoices import invoice_order, run
from calm_desktop.services.lookup import spellings_of
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import InvoiceOrder, Look, RunInvoices
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.shapes import InvoiceListing, ListedInvoice, ListedRow, PaperShape
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import credit_paper, invoice_paper
from calm_desktop.services.views.printed import WHOLE
from calm_desktop.store import tables

_accounts = tables.account.c


@dataclass(frozen=True, slots=True)
class OneOfRun:
    """The invoice, or the credit memo, at a `place`, counted from 0, among those that a request makes."""

    request: RunInvoices | InvoiceOrder
    place: int
    memo: bool = False


@view(Permission.INVOICE, *WHOLE)
def paper_of_run(tx: Tx, wanted: OneOfRun) -> PaperShape:
    """One paper that a run makes, an invoice as a draft; for `Desk.preview`, which takes the run back.

    It is the run itself that is asked, of one account where the list is long. Refuses as the run does, and a place that
    it does not come to: the store has changed.
    """
    made = _memos_made(tx, wanted.request) if wanted.memo else _invoices_made(tx, wanted.request)
    if wanted.place >= len(made):
        what = "credit memo" if wanted.memo else "invoice"
        words = f"That {what} would not be made any more: the store has changed. Go back and look again."
        raise Refused(Problem("changed-meanwhile", "", words))
    look = Look(made[wanted.place])
    return credit_paper(tx, look) if wanted.memo else invoice_paper(tx, look)


def _invoices_made(tx: Tx, request: RunInvoices | InvoiceOrder) -> list[str]:
    if isinstance(request, InvoiceOrder):
        return [shape.invoice.id for shape in invoice_order(tx, replace(request, draft=True)).invoices]
    found = run(tx, replace(request, draft=True, show=0, listed=True)).listing or InvoiceListing()
    return [public_id("invoice", each.invoice) for each in found]


def _memos_made(tx: Tx, request: RunInvoices | InvoiceOrder) -> list[str]:
    """Memos are written by what posts: as a draft a run makes none."""
    made = invoice_order(tx, request) if isinstance(request, InvoiceOrder) else run(tx, replace(request, show=None))
    return [shape.credit.id for shape in made.credits]


@dataclass(frozen=True, slots=True)
class ListOrder:
    """A listing sorted by a column (`account`, `date`, `due`, `charges`, `tax` or `total`), of accounts whose names
    hold every one of some words."""

    listing: InvoiceListing
    key: str = ""
    descending: bool = False
    words: str = ""


@view()
def listed_places(tx: Tx, wanted: ListOrder) -> Sequence[int]:
    """The places of a listing in the order that is wanted; those of equal rows stay in the order of the listing."""
    listing = wanted.listing
    places: Sequence[int] = range(len(listing))
    if wanted.words.strip():
        there = _accounts_called(tx, wanted.words)
        places = [place for place in places if listing[place].account in there]
    if not wanted.key:
        return places
    if wanted.key == "account":
        by_name = select(_accounts.id).order_by(func.lower(_accounts.name), _accounts.id)
        ranks = {account: rank for rank, account in enumerate(tx.db.scalars(by_name))}
        return sorted(places, key=lambda place: ranks.get(listing[place].account, 0), reverse=wanted.descending)
    figures = {place: _figure(listing[place], wanted.key) for place in places}
    return sorted(places, key=figures.__getitem__, reverse=wanted.descending)


def _accounts_called(tx: Tx, words: str) -> set[int]:
    query = select(_accounts.id)
    for word in words.split():
        name = func.lower(_accounts.name)
        query = query.where(or_(*(name.contains(spelling, autoescape=True) for spelling in spellings_of(word))))
    return set(tx.db.scalars(query))


def _figure(row: ListedInvoice, key: str) -> tuple[str, int]:
    """What a row is sorted by: amounts by their currency first."""
    if key in ("date", "due"):
        return "", (row.date if key == "date" else row.due).toordinal()
    amounts = {"charges": row.charges, "tax": row.tax, "total": row.charges + row.tax}
    return row.currency, amounts.get(key, 0)


@view()
def listed_rows(tx: Tx, listed: Sequence[ListedInvoice]) -> tuple[ListedRow, ...]:
    """Rows of a listing with the names of their accounts, in the order given."""
    query = select(_accounts.id, _accounts.name)
    wanted = among(_accounts.id, sorted({each.account for each in listed}))
    names = {row.id: row.name for row in rows_in(tx, query, wanted)}
    return tuple(_row(each, names.get(each.account, "")) for each in listed)


def _row(each: ListedInvoice, account: str) -> ListedRow:
    money = currency_named(each.currency).money
    total = money(each.charges + each.tax)
    account_id = public_id("account", each.account)
    return ListedRow(account, account_id, each.date, each.due, money(each.charges), money(each.tax), total)
