"""Invoices as rows: proposals written down, numbered when they are posted, told and counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select

from calm_desktop.engine.invoicing import InvoiceStatus, Line, LineType, Proposal
from calm_desktop.engine.money import plain
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import find_each
from calm_desktop.services.portions import chunks
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.shapes import CurrencyTotals
from calm_desktop.services.tx import Tx
from calm_desktop.store import bulk, tables
from calm_desktop.store.ids import next_number, take


class Tally:
    """Invoices, charges and tax, counted by currency."""

    def __init__(self) -> None:
        self._sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, currency: str, charges: int, tax: int, invoices: int = 1) -> None:
        """Count invoices; `charges` and `tax` are minor units."""
        for place, more in enumerate((invoices, charges, tax)):
            self._sums[currency][place] += more

    def adopt(self, other: Tally) -> None:
        """Count what was counted elsewhere."""
        for currency, (invoices, charges, tax) in other._sums.items():
            self.add(currency, charges, tax, invoices)

    def totals(self) -> tuple[CurrencyTotals, ...]:
        """The sums, one for each currency."""
        return tuple(
            CurrencyTotals(code, invoices, currency_named(code).money(charges), currency_named(code).money(tax))
            for code, (invoices, charges, tax) in sorted(self._sums.items())
        )


_INVOICE = (
    "id",
    "number",
    "account_id",
    "status",
    "invoice_date",
    "due_date",
    "target_date",
    "currency",
    "order_id",
    "charge_invoice_id",
    "request_id",
    "recorded_at",
)
_LINE = (
    "id",
    "invoice_id",
    "line",
    "type",
    "description",
    "start",
    "end",
    "quantity",
    "unit_price",
    "amount",
    "tax_category",
    "tax_rate",
    "charge_line_id",
    "order_item_id",
    "asset_id",
)


def write_invoices(tx: Tx, proposals: Sequence[Proposal], status: InvoiceStatus, through: date) -> range:
    """Write proposals as rows: invoices, their lines, and the billing period items' links to them.

    The answer is the invoices' numbers in the store.
    """
    first = take(tx.db, "invoice", len(proposals))
    made = range(first, first + len(proposals))
    next_line = take(tx.db, "invoice_line", sum(len(proposal.lines) for proposal in proposals))
    posted = status is InvoiceStatus.POSTED
    texts: Sequence[str | None] = invoice_numbers(tx, len(proposals)) if posted else [None] * len(proposals)
    numbers = {id(proposal): number for number, proposal in zip(made, proposals, strict=True)}
    charge_lines: dict[int, int] = {}
    invoices: list[tuple[Any, ...]] = []
    lines: list[tuple[Any, ...]] = []
    for number, text, proposal in zip(made, texts, proposals, strict=True):
        invoices.append(
            (
                number,
                text,
                proposal.account,
                status.value,
                proposal.date,
                proposal.due_date,
                through,
                proposal.lines[0].amount.currency.code,
                proposal.order,
                None if proposal.taxes is None else numbers[id(proposal.taxes)],
                tx.request_id,
                tx.now,
            )
        )
        for position, line in enumerate(proposal.lines, 1):
            due, is_tax = line.due, line.type is LineType.TAX
            if not is_tax:
                charge_lines[due.billing_item] = next_line
            lines.append(
                (
                    next_line,
                    number,
                    position,
                    line.type.value,
                    line_text(line)[:400],
                    due.start,
                    due.end,
                    due.quantity,
                    _shown_price(due.unit_price),
                    line.amount.minor,
                    due.tax_category,
                    due.tax_rate,
                    charge_lines[due.billing_item] if is_tax else None,
                    due.order_item,
                    due.asset,
                )
            )
            next_line += 1
    bulk.insert(tx.db, tables.invoice, _INVOICE, invoices)
    bulk.insert(tx.db, tables.invoice_line, _LINE, lines)
    links = [(line, item) for item, line in charge_lines.items()]
    bulk.set_by_id(tx.db, tables.billing_item.c.invoice_line_id, links)
    return made


@lru_cache(maxsize=1024)
def _shown_price(price: Decimal) -> Decimal:
    """For the reader only: the amount comes from the exact price."""
    return price.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def line_text(line: Line) -> str:
    """What stands on a line of an invoice or a credit memo."""
    due = line.due
    if line.type is LineType.TAX and due.tax_rate is not None:
        return f"{due.tax_category} {_shown_rate(due.tax_rate)} % on {due.description}"
    return due.description


_shown_rate = lru_cache(maxsize=1024)(plain)


def together(tx: Tx, invoices: Iterable[int]) -> Sequence[Row[Any]]:
    """Invoices with those of their charges or their tax, in the order of their dates, charges before their tax."""
    papers = tables.invoice.c
    found: dict[int, Row[Any]] = {}
    for portion in chunks(invoices):
        charges = select(papers.charge_invoice_id).where(papers.id.in_(portion))
        mine = or_(papers.id.in_(portion), papers.charge_invoice_id.in_(portion), papers.id.in_(charges))
        found.update((row.id, row) for row in tx.db.execute(select(tables.invoice).where(mine)))
    return sorted(found.values(), key=lambda row: (row.invoice_date, row.id))


def drafts_named(tx: Tx, names: Sequence[str], run: str) -> Sequence[Row[Any]]:
    """The invoices of these names and the drafts that a run made, as `together` has them.

    Refuses unknown names, and a run (the request id that it answered) that left no draft, or none any more.
    """
    found = find_each(tx, "invoice", names)
    if run:
        made = invoices_of_run(run) & (tables.invoice.c.status == InvoiceStatus.DRAFT.value)
        drafts = tx.db.scalars(select(tables.invoice.c.id).where(made).order_by(tables.invoice.c.id)).all()
        if not drafts:
            raise Refused(Problem("no-drafts", "run", f"There is no draft of a run {run!r} any more, or never was."))
        found += drafts
    return together(tx, found)


def invoices_of_run(run: str) -> ColumnElement[bool]:
    """Whether an invoice was made by the run that answered this request id."""
    return tables.invoice.c.request_id == run.strip()


def texts_by_invoice(tx: Tx, invoices: Sequence[int]) -> dict[int, tuple[int, list[str]]]:
    """The account of each of these invoices, and what stands on its lines."""
    papers, lines = tables.invoice.c, tables.invoice_line.c
    query = (
        select(papers.id, papers.account_id, lines.description)
        .outerjoin(tables.invoice_line, lines.invoice_id == papers.id)
        .order_by(papers.id, lines.line)
    )
    found: dict[int, tuple[int, list[str]]] = {}
    for number, account, text in rows_in(tx, query, among(papers.id, invoices)):
        found.setdefault(number, (account, []))[1].append(text or "")
    return found


def invoice_numbers(tx: Tx, count: int) -> list[str]:
    """The next `count` invoice numbers; gapless, for they are taken in the transaction that posts."""
    first = next_number(tx.db, "invoice", count)
    return [f"{tx.settings['invoice-prefix']}{number:06d}" for number in range(first, first + count)]


def tell_of_invoices(tx: Tx, invoices: Sequence[int], status: InvoiceStatus) -> None:
    details: list[dict[str, Any]] = [
        {
            "InvoiceId": public_id("invoice", number),
            "InvoiceStatus": status.value,
            "IsSuccess": True,
            "InvoiceErrorDetailEvents": [],
        }
        for number in invoices
    ]
    payload = {"IsSuccess": True, "InvoiceProcessedDetailEvents": details, "InvoiceErrorDetailEvent": []}
    tx.tell("InvoiceProcessedEvent", payload)
