"""What stands on paper, as texts in their order: an invoice, its mirror, a credit memo or a statement of account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate

from calm_desktop.engine.invoicing import InvoiceStatus, LineType
from calm_desktop.engine.money import Money, plain
from calm_desktop.services.shapes import (
    CreditMemoShape,
    InvoiceShape,
    PaperShape,
    Seller,
    StatementPart,
    StatementShape,
    TaxShare,
)
from calm_desktop.ui import display

STAMPS = {InvoiceStatus.DRAFT.value: "DRAFT", InvoiceStatus.VOIDED.value: "VOID"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: figures stand at the right; the one that is `wide` takes the room that is left."""

    heading: str
    right: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, and the total that is carried over where a page ends after it."""

    cells: tuple[str, ...]
    carried: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; carried totals stand in the column `total`."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: int = -1


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures with their names at the right, each (name, figure, whether it is strong)."""

    rows: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Content:
    """All texts of a document; `name` is what its file is called, `day` the document's own."""

    title: str
    number: str
    name: str
    day: date
    stamp: str
    seller: Seller
    address: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    body: tuple[Table | Totals, ...]
    note: str = ""


def content(paper: PaperShape) -> Content:
    """The texts of a document."""
    document = paper.document
    if isinstance(document, InvoiceShape):
        return _invoice(paper, document)
    if isinstance(document, CreditMemoShape):
        return _credit(paper, document)
    return _statement(paper, document)


def _facts(*facts: tuple[str, str | None]) -> tuple[tuple[str, str], ...]:
    """Those that say something."""
    return tuple((name, text) for name, text in facts if text)


def _invoice(paper: PaperShape, shape: InvoiceShape) -> Content:
    head = shape.invoice
    days = (head.due - head.date).days
    rows = []
    for line, total in zip(shape.lines, accumulate(line.amount for line in shape.lines), strict=True):
        is_tax = line.type == LineType.TAX
        price = display.unit_price(line.unit_price, line.amount.currency)
        cells = (
            str(line.line),
            line.description,
            display.period(line.start, line.end),
            "" if is_tax else display.quantity(line.quantity),
            "" if is_tax else price,
            display.money(line.amount),
        )
        rows.append(Row(cells, display.money(total)))
    columns = (
        Column("No."),
        Column("Description", wide=True),
        Column("Period"),
        Column("Quantity", right=True),
        Column("Unit price", right=True),
        Column("Amount", right=True),
    )
    totals = [("Charges", head.charges, False), ("Tax", head.tax, False), ("Total", head.total, True)]
    if head.status == InvoiceStatus.POSTED and head.voids is None:
        totals += [(f"Payment {paid.number}, {display.day(paid.date)}", -paid.amount, False) for paid in shape.payments]
        totals += [(f"Credit {memo.number}, {display.day(memo.date)}", -memo.amount, False) for memo in shape.credits]
    if head.status != InvoiceStatus.DRAFT:
        totals.append(("Balance", head.balance, True))
    title = "Invoice" if head.voids is None else "Cancellation of an invoice"
    number = head.number or ""
    return Content(
        title=title,
        number=number,
        name=number or f"draft-{head.id}",
        day=head.date,
        stamp=STAMPS.get(head.status, "" if head.status == InvoiceStatus.POSTED else head.status.upper()),
        seller=paper.seller,
        address=_addressed(paper),
        facts=_facts(
            ("Number", number),
            ("Date", display.day(head.date)),
            ("Due", display.day(head.due)),
            ("Terms", display.count(days, "day") if days else "At once"),
            ("Customer", paper.account.number),
            ("Order", head.order),
            ("Cancels", head.voids),
            ("Cancelled by", head.voided_by),
            ("Currency", head.currency),
        ),
        body=(Table("", columns, tuple(rows), 5), *_taxes(paper.taxes), _totals(totals)),
    )


def _credit(paper: PaperShape, shape: CreditMemoShape) -> Content:
    memo = shape.credit
    sums = accumulate(line.amount for line in shape.lines)
    rows = [
        Row(
            (
                str(line.line),
                line.description,
                display.period(line.start, line.end),
                line.invoice or "",
                display.money(line.amount),
            ),
            display.money(total),
        )
        for line, total in zip(shape.lines, sums, strict=True)
    ]
    columns = (
        Column("No."),
        Column("Description", wide=True),
        Column("Period"),
        Column("Invoice"),
        Column("Credit", right=True),
    )
    totals = [
        ("Total credit", memo.total, True),
        ("Applied to invoices", -memo.applied, False),
        ("Refunded", -memo.refunded, False),
        ("Credit left", memo.balance, True),
    ]
    return Content(
        title="Credit memo",
        number=memo.number,
        name=memo.number,
        day=memo.date,
        stamp="",
        seller=paper.seller,
        address=_addressed(paper),
        facts=_facts(
            ("Number", memo.number),
            ("Date", display.day(memo.date)),
            ("Customer", paper.account.number),
            ("Invoice", memo.invoice),
            ("Currency", memo.currency),
        ),
        body=(Table("", columns, tuple(rows), 4), *_taxes(paper.taxes), _totals(totals)),
        note=memo.note,
    )


def _statement(paper: PaperShape, shape: StatementShape) -> Content:
    several = len(shape.parts) > 1
    return Content(
        title="Statement of account",
        number="",
        name=f"statement-{paper.account.number}-{shape.end.isoformat()}",
        day=shape.end,
        stamp="",
        seller=paper.seller,
        address=_addressed(paper),
        facts=_facts(
            ("Customer", paper.account.number),
            ("From", display.day(shape.start)),
            ("To", display.day(shape.end)),
            ("Currency", ", ".join(part.currency for part in shape.parts)),
        ),
        body=tuple(block for part in shape.parts for block in _part(part, shape.start, several)),
    )


def _part(part: StatementPart, start: date, several: bool) -> Sequence[Table | Totals]:
    opening = display.money(part.opening)
    rows = [Row((display.day(start), "", "Opening balance", "", "", opening), opening)]
    for entry in part.entries:
        due = "" if entry.due is None else display.day(entry.due)
        balance = display.money(entry.balance)
        cells = (
            display.day(entry.date),
            entry.number,
            entry.description,
            due,
            display.money(entry.amount),
            balance,
        )
        rows.append(Row(cells, balance))
    columns = (
        Column("Date"),
        Column("Document"),
        Column("Description", wide=True),
        Column("Due"),
        Column("Amount", right=True),
        Column("Balance", right=True),
    )
    ages = part.aging
    buckets = (
        ("Not due", ages.not_due),
        ("1–30 days", ages.days_1_30),
        ("31–60 days", ages.days_31_60),
        ("61–90 days", ages.days_61_90),
        ("Over 90 days", ages.over_90),
    )
    closing = part.closing
    return (
        Table(part.currency if several else "", columns, tuple(rows), 5),
        _totals(
            [
                ("Open on invoices", closing.invoices, False),
                ("On account", -closing.on_account, False),
                ("Credit left", -closing.credit, False),
                ("Balance", closing.balance, True),
            ]
        ),
        Table(
            "Open on invoices, by the days overdue",
            tuple(Column(name, right=True, wide=name == "Not due") for name, _ in buckets),
            (Row(tuple(display.money(amount) for _, amount in buckets)),),
        ),
    )


def _addressed(paper: PaperShape) -> tuple[str, ...]:
    """The customer's name above the address, where the address does not begin with it."""
    name = paper.account.name
    return paper.address if paper.address[:1] == (name,) else (name, *paper.address)


def _totals(rows: Sequence[tuple[str, Money, bool]]) -> Totals:
    return Totals(tuple((name, display.money(amount), strong) for name, amount, strong in rows))


def _taxes(shares: Sequence[TaxShare]) -> Sequence[Table]:
    """The taxes by their rates, where there are any."""
    if not shares:
        return ()
    columns = (
        Column("Tax", wide=True),
        Column("Rate", right=True),
        Column("Charges", right=True),
        Column("Tax amount", right=True),
    )
    rows = (
        Row((share.category, _percent(share.rate), display.money(share.base), display.money(share.tax)))
        for share in shares
    )
    return (Table("Taxes", columns, tuple(rows)),)


def _percent(rate: Decimal | None) -> str:
    return "" if rate is None else f"{plain(rate)} %"
