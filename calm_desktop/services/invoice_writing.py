"""Invoices as rows: proposals written down, numbered when they are posted, told and counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Row, bindparam, or_, select

from calm_desktop.engine.invoicing import InvoiceStatus, Line, LineType, Proposal
from calm_desktop.engine.money import plain
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import public_id
from calm_desktop.services.shapes import CurrencyTotals
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
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


@dataclass(slots=True)
class InvoiceWriter:
    """Writes proposals as rows: invoices, their lines, and the billing period items' links to them."""

    tx: Tx
    status: InvoiceStatus
    through: date
    invoices: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, int]] = field(default_factory=list)

    def write(self, proposals: Sequence[Proposal]) -> list[int]:
        tx = self.tx
        first = take(tx.db, "invoice", len(proposals))
        next_line = take(tx.db, "invoice_line", sum(len(proposal.lines) for proposal in proposals))
        charge_lines: dict[int, int] = {}
        numbers = {id(proposal): number for number, proposal in enumerate(proposals, first)}
        posted = self.status is InvoiceStatus.POSTED
        texts = invoice_numbers(tx, len(proposals)) if posted else [None] * len(proposals)
        for (number, proposal), text in zip(enumerate(proposals, first), texts, strict=True):
            taxed = None if proposal.taxes is None else numbers[id(proposal.taxes)]
            self.invoices.append(self._invoice_row(number, text, proposal, taxed))
            for position, line in enumerate(proposal.lines, 1):
                is_tax = line.type is LineType.TAX
                due = line.due
                if not is_tax:
                    charge_lines[due.billing_item] = next_line
                    self.links.append({"item": due.billing_item, "line": next_line})
                self.lines.append(
                    {
                        "id": next_line,
                        "invoice_id": number,
                        "line": position,
                        "type": line.type.value,
                        "description": line_text(line)[:400],
                        "start": due.start,
                        "end": due.end,
                        "quantity": due.quantity,
                        # For the reader only: the amount comes from the exact price.
                        "unit_price": due.unit_price.quantize(Decimal("0.000001"), ROUND_HALF_UP),
                        "amount": line.amount.minor,
                        "tax_category": due.tax_category,
                        "tax_rate": due.tax_rate,
                        "charge_line_id": charge_lines[due.billing_item] if is_tax else None,
                        "order_item_id": due.order_item,
                        "asset_id": due.asset,
                    }
                )
                next_line += 1
        tx.db.execute(tables.invoice.insert(), self.invoices)
        tx.db.execute(tables.invoice_line.insert(), self.lines)
        linked = tables.billing_item.update().where(tables.billing_item.c.id == bindparam("item"))
        tx.db.execute(linked.values(invoice_line_id=bindparam("line")), self.links)
        return list(numbers.values())

    def _invoice_row(self, number: int, text: str | None, proposal: Proposal, taxed: int | None) -> dict[str, Any]:
        return {
            "id": number,
            "number": text,
            "account_id": proposal.account,
            "status": self.status.value,
            "invoice_date": proposal.date,
            "due_date": proposal.due_date,
            "target_date": self.through,
            "currency": proposal.lines[0].amount.currency.code,
            "order_id": proposal.order,
            "charge_invoice_id": taxed,
            "request_id": self.tx.request_id,
            "recorded_at": self.tx.now,
        }


def line_text(line: Line) -> str:
    """What stands on a line of an invoice or a credit memo."""
    due = line.due
    if line.type is LineType.TAX and due.tax_rate is not None:
        return f"{due.tax_category} {plain(due.tax_rate)} % on {due.description}"
    return due.description


def together(tx: Tx, invoices: Sequence[int]) -> Sequence[Row[Any]]:
    """Invoices with those of their charges or their tax, in the order of their dates, charges before their tax."""
    papers = tables.invoice.c
    charges = select(papers.charge_invoice_id).where(papers.id.in_(invoices))
    mine = or_(papers.id.in_(invoices), papers.charge_invoice_id.in_(invoices), papers.id.in_(charges))
    return tx.db.execute(select(tables.invoice).where(mine).order_by(papers.invoice_date, papers.id)).all()


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
