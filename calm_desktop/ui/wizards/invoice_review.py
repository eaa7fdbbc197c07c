"""What invoicing would make, and what it made: sums by currency, the invoices, what was passed over and why."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from calm_desktop.services.shapes import InvoiceHead, InvoiceResult, SkippedAccount
from calm_desktop.ui import display
from calm_desktop.ui.date_fields import SegmentedControl
from calm_desktop.ui.record_table import Column, ColumnKind, RecordTable
from calm_desktop.ui.wizards.facts import Fact, Facts
from calm_desktop.ui.wizards.steps import Review, ReviewStep

INVOICES, MEMOS, PASSED_OVER = "Invoices", "Credit memos", "Passed over"


INVOICE_COLUMNS = (
    Column("number", "Invoice", lambda row: row.number or "Draft", ColumnKind.LINK, 120),
    Column("date", "Date", attrgetter("date"), ColumnKind.DATE, 110),
    Column("account", "Account", attrgetter("account"), width=220),
    Column("charges", "Charges", attrgetter("charges"), ColumnKind.MONEY, 120, total=True),
    Column("tax", "Tax", attrgetter("tax"), ColumnKind.MONEY, 100, total=True),
    Column("total", "Total", attrgetter("total"), ColumnKind.MONEY, 120, total=True),
    Column("due", "Due", attrgetter("due"), ColumnKind.DATE, 110),
    Column("status", "Status", attrgetter("status"), ColumnKind.CHIP, 90),
)


MEMO_COLUMNS = (
    Column("number", "Credit memo", attrgetter("number"), width=130),
    Column("date", "Date", attrgetter("date"), ColumnKind.DATE, 110),
    Column("account", "Account", attrgetter("account"), width=220),
    Column("total", "Total", attrgetter("total"), ColumnKind.MONEY, 120, total=True),
    Column("applied", "Applied", attrgetter("applied"), ColumnKind.MONEY, 120, total=True),
    Column("balance", "Left", attrgetter("balance"), ColumnKind.MONEY, 120, total=True),
)


SKIPPED_COLUMNS = (
    Column("account", "Account", attrgetter("account"), width=240),
    Column("reason", "Why", attrgetter("reason"), width=560),
)


def invoice_facts(result: InvoiceResult) -> list[Fact]:
    """How many invoices, and their sums by currency."""
    facts = [Fact("Invoices", f"{result.count:,}", note=f"{len(result.skipped):,} passed over")]
    several = len(result.totals) > 1
    for total in result.totals:
        head = f" {total.currency}" if several else ""
        whole = display.money(total.charges + total.tax)
        note = display.count(total.invoices, "invoice") if several else ""
        if several:
            facts.append(Fact(f"Total{head}", whole, note=f"{note}, {display.money(total.tax)} tax"))
        else:
            facts.append(Fact("Charges", display.money(total.charges)))
            facts.append(Fact("Tax", display.money(total.tax)))
            facts.append(Fact("Total", whole))
    if result.credit_count:
        facts.append(Fact("Credit memos", f"{result.credit_count:,}", note="for unused service"))
    return facts


class InvoiceTables(QWidget):
    """Invoices, credit memos, and what was passed over and why."""

    def __init__(self, links: bool) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        self.facts = Facts()
        self.tab = SegmentedControl([INVOICES, MEMOS, PASSED_OVER], INVOICES)
        self.tab.chosen.connect(self._choose)
        columns = INVOICE_COLUMNS if links else INVOICE_COLUMNS[1:]
        self.invoices = RecordTable(columns, attrgetter("id"), "wizard/invoices", noun="invoice", empty="No invoices.")
        self.memos = RecordTable(
            MEMO_COLUMNS, attrgetter("id"), "wizard/memos", noun="credit memo", empty="No credit memos."
        )
        self.skipped = RecordTable(
            SKIPPED_COLUMNS, attrgetter("account"), "wizard/skipped", noun="account", empty="None was passed over."
        )
        self.tables = QStackedWidget()
        for table in (self.invoices, self.memos, self.skipped):
            table.columns_button.hide()
            self.tables.addWidget(table)
        layout.addWidget(self.facts)
        layout.addWidget(self.tab)
        layout.addWidget(self.tables, 1)

    def show_result(self, result: InvoiceResult) -> None:
        """Show an answer of a run."""
        self.facts.show_facts(invoice_facts(result))
        heads: list[InvoiceHead] = [shape.invoice for shape in result.invoices]
        skipped: Sequence[SkippedAccount] = result.skipped
        self.invoices.set_rows(heads)
        self.memos.set_rows([shape.credit for shape in result.credits])
        self.skipped.set_rows(skipped)
        self.tab.setVisible(bool(skipped or result.credits))
        others = MEMOS if result.credits else PASSED_OVER if skipped else INVOICES
        self._choose(INVOICES if heads else others)

    def _choose(self, text: str) -> None:
        self.tab.set_current(text)
        self.tables.setCurrentIndex([INVOICES, MEMOS, PASSED_OVER].index(text))


class InvoiceReview(ReviewStep):
    """The invoices that would be made."""

    waiting_text = "Working out the invoices…"

    def __init__(self) -> None:
        super().__init__("Preview", "Preview", "These invoices will be made, computed by what makes them.")
        self.parts = InvoiceTables(links=False)
        self.body.addWidget(self.parts, 1)

    def entered(self) -> None:
        self.parts.invoices.view.setFocus()

    def show_review(self, review: Review) -> None:
        self.parts.show_result(review.result)

    def refusal(self, review: Review) -> str:
        result: InvoiceResult = review.result
        return "" if result.invoices or result.credits else "There is nothing to invoice."
