"""Credit memos of invoice runs: credits for unused service, applied at once to the invoices that they credit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from calm_desktop.engine.catalog import MemoReason
from calm_desktop.engine.invoicing import InvoiceStatus, LineType, MemoProposal
from calm_desktop.engine.settling import lowered, towards
from calm_desktop.services.invoice_writing import line_text
from calm_desktop.services.paper_writing import Memo, MemoLine, PaperWriter, owed_invoices
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables


@dataclass(frozen=True, slots=True)
class _Credited:
    """The invoice line that a billing period item credits, and the line of the tax on it; each with its invoice."""

    line: int
    invoice: int
    tax_line: int | None
    tax_invoice: int | None


def write_memos(tx: Tx, proposals: Sequence[MemoProposal]) -> list[int]:
    """Write the memos, and apply them as far as what they credit is open; the rest of each stays unapplied."""
    credited = _credited(tx, [line.due.billing_item for proposal in proposals for line in proposal.lines])
    invoices = {each.invoice for each in credited.values()} | {
        each.tax_invoice for each in credited.values() if each.tax_invoice is not None
    }
    found = owed_invoices(tx, invoices)
    owed = {number: invoice for number, invoice in found.items() if invoice.status is InvoiceStatus.POSTED}
    writer = PaperWriter(tx)
    memos = writer.write_memos([_memo(proposal, credited) for proposal in proposals])
    for memo, proposal in zip(memos, proposals, strict=True):
        for number, wanted in _wanted(proposal, credited).items():
            if number not in owed:
                continue
            invoice = owed[number]
            applied = towards(wanted, invoice.lines)
            writer.settle(applied, max(proposal.date, invoice.date), memo_id=memo)
            owed[number] = replace(invoice, lines=lowered(invoice.lines, applied))
    writer.finish()
    tx.touch("invoice", *{proposal.account for proposal in proposals})
    return memos


def _credited(tx: Tx, items: Iterable[int]) -> dict[int, _Credited]:
    """What each of the billing period items credits, where that is on an invoice."""
    own, other, line = tables.billing_item, tables.billing_item.alias("credited"), tables.invoice_line
    tax = tables.invoice_line.alias("tax")
    query = (
        select(own.c.id, line.c.id.label("line"), line.c.invoice_id, tax.c.id.label("tax_line"), tax.c.invoice_id)
        .join(other, other.c.id == own.c.credits_id)
        .join(line, line.c.id == other.c.invoice_line_id)
        .outerjoin(tax, tax.c.charge_line_id == line.c.id)
    )
    return {number: _Credited(*links) for number, *links in rows_in(tx, query, among(own.c.id, sorted(set(items))))}


def _memo(proposal: MemoProposal, credited: dict[int, _Credited]) -> Memo:
    return Memo(
        account=proposal.account,
        invoice=None,
        reason=MemoReason.UNUSED,
        date=proposal.date,
        currency=proposal.lines[0].amount.currency,
        lines=tuple(
            MemoLine(
                type=line.type,
                description=line_text(line),
                start=line.due.start,
                end=line.due.end,
                amount=line.amount.minor,
                tax_category=line.due.tax_category,
                tax_rate=line.due.tax_rate,
                invoice_line=_target(line.type, credited.get(line.due.billing_item))[1],
                order_item=line.due.order_item,
                asset=line.due.asset,
                billing_item=line.due.billing_item if line.type is LineType.CHARGE else None,
            )
            for line in proposal.lines
        ),
    )


def _target(kind: LineType, credited: _Credited | None) -> tuple[int | None, int | None]:
    """The invoice and the line that a memo's line of this kind credits."""
    if credited is None:
        return None, None
    if kind is LineType.TAX:
        return credited.tax_invoice, credited.tax_line
    return credited.invoice, credited.line


def _wanted(proposal: MemoProposal, credited: dict[int, _Credited]) -> dict[int, Counter[int]]:
    """What the memo credits of each line, by invoice."""
    found: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for line in proposal.lines:
        invoice, target = _target(line.type, credited.get(line.due.billing_item))
        if invoice is not None and target is not None:
            found[invoice][target] += line.amount.minor
    return found
