"""What invoicing would make, and what it made: sums by currency, the invoices, what was passed over and why.

A run may make very many invoices. Up to `LISTED` are held whole; of more, only those that are looked at are fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.run_previews import ListOrder, listed_places, listed_rows
from calm_desktop.services.shapes import InvoiceHead, InvoiceListing, InvoiceResult, PaperShape
from calm_desktop.services.views import invoice_heads_of
from calm_desktop.ui import display
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import SegmentedControl
from calm_desktop.ui.paper_view import PaperView
from calm_desktop.ui.record_table import Column, ColumnKind, RecordTable
from calm_desktop.ui.widgets import Label, button
from calm_desktop.ui.windowed_rows import WindowedRows
from calm_desktop.ui.wizards.facts import Fact, Facts
from calm_desktop.ui.wizards.steps import Review, ReviewStep

LISTED = 1000
"""Invoices that are held whole; the others are only listed."""

INVOICES, MEMOS, PASSED_OVER, PAPER = "Invoices", "Credit memos", "Passed over", "Font lacks"
CURRENCIES_IN_FACTS = 3
MOST_TOTALS = 150
"""Pixels that sums of several currencies may take before they scroll."""

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
PREVIEW_COLUMNS = INVOICE_COLUMNS[1:-1]

MEMO_COLUMNS = (
    Column("number", "Credit memo", attrgetter("number"), ColumnKind.LINK, 130),
    Column("date", "Date", attrgetter("date"), ColumnKind.DATE, 110),
    Column("account", "Account", attrgetter("account"), width=220),
    Column("total", "Total", attrgetter("total"), ColumnKind.MONEY, 120, total=True),
    Column("applied", "Applied", attrgetter("applied"), ColumnKind.MONEY, 120, total=True),
    Column("balance", "Left", attrgetter("balance"), ColumnKind.MONEY, 120, total=True),
)
PREVIEW_MEMO_COLUMNS = MEMO_COLUMNS[1:]

SKIPPED_COLUMNS = (
    Column("account", "Account", attrgetter("account"), width=240),
    Column("reason", "Why", attrgetter("reason"), width=560),
)

WARNING_COLUMNS = (
    Column("number", "Invoice", lambda row: row.number or ("Draft" if row.invoice else "Every one"), width=110),
    Column("account", "Account", lambda row: row.account or "Your company, on every paper", width=220),
    Column("text", "Text", attrgetter("text"), width=320),
    Column("characters", "Lacks", attrgetter("characters"), width=160),
)

TOTAL_COLUMNS = (
    Column("currency", "Currency", attrgetter("currency"), width=90),
    Column("invoices", "Invoices", attrgetter("invoices"), ColumnKind.QUANTITY, 90),
    Column("charges", "Charges", attrgetter("charges"), ColumnKind.MONEY, 140),
    Column("tax", "Tax", attrgetter("tax"), ColumnKind.MONEY, 140),
    Column("total", "Total", lambda row: row.charges + row.tax, ColumnKind.MONEY, 140),
)


def invoice_facts(result: InvoiceResult) -> list[Fact]:
    """How many invoices, and their sums; of many currencies, the table has the sums."""
    facts = [Fact("Invoices", f"{result.count:,}", note=f"{len(result.skipped):,} passed over")]
    if len(result.totals) == 1:
        [total] = result.totals
        facts.append(Fact("Charges", display.money(total.charges)))
        facts.append(Fact("Tax", display.money(total.tax)))
        facts.append(Fact("Total", display.money(total.charges + total.tax)))
    elif len(result.totals) <= CURRENCIES_IN_FACTS:
        for total in result.totals:
            made = display.count(total.invoices, "invoice")
            note = f"{made}: {display.money(total.charges)} + {display.money(total.tax)} tax"
            facts.append(Fact(f"Total {total.currency}", display.money(total.charges + total.tax), note=note))
    if result.credit_count:
        facts.append(Fact("Credit memos", f"{result.credit_count:,}", note="for unused service"))
    if result.warning_count:
        words = "text lacks letters" if result.warning_count == 1 else "texts lack letters"
        facts.append(Fact("On paper", f"{result.warning_count:,}", note=f"{words} in the font", tone="warn"))
    return facts


class ListedIds(Sequence[str]):
    """The ids of invoices of a listing, made when they are asked for."""

    def __init__(self, listing: InvoiceListing, places: Sequence[int]) -> None:
        self.listing, self.places = listing, places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return ListedIds(self.listing, self.places[at])
        return public_id("invoice", self.listing[self.places[at]].invoice)


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A paper that would be made: at a place among the invoices, or memos, of its account, and at one among all."""

    account_id: str
    place: int
    among_all: int
    memo: bool = False


class InvoiceTables(QWidget):
    """Invoices, credit memos, what was passed over and why, and what paper lacks.

    `looked_at(LookedAt)` wishes to see a paper that would be made; `made` says that they are made and can be opened.
    """

    looked_at = Signal(object)

    def __init__(self, context: Context, made: bool) -> None:
        super().__init__()
        self.context, self.made = context, made
        self.result: InvoiceResult | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        self.facts = Facts()
        self.totals = RecordTable(TOTAL_COLUMNS, attrgetter("currency"), "wizard/totals", noun="currency").bare()
        self.tab = SegmentedControl([INVOICES, MEMOS, PASSED_OVER, PAPER], INVOICES)
        self.tab.chosen.connect(self._choose)
        columns = INVOICE_COLUMNS if made else PREVIEW_COLUMNS
        self.invoices = self._table(columns, "invoices", "invoice", "No invoices.", self._id_of)
        memo_columns = MEMO_COLUMNS if made else PREVIEW_MEMO_COLUMNS
        self.memos = self._table(memo_columns, "memos", "credit memo", "No credit memos.", attrgetter("id"))
        self.skipped = self._table(SKIPPED_COLUMNS, "skipped", "account", "None was passed over.", id)
        self.warnings = self._table(WARNING_COLUMNS[0 if made else 1 :], "warnings", "text", "Paper lacks nothing.", id)
        self.tables = QStackedWidget()
        for table in (self.invoices, self.memos, self.skipped, self.warnings):
            self.tables.addWidget(table)
        self.invoices.order_requested.connect(self._reorder)
        if not made:
            for wish in (self.invoices.view.clicked, self.invoices.view.activated):
                wish.connect(lambda index: self._look_at(self.invoices.model.id_at(index.row())))
            for wish in (self.memos.view.clicked, self.memos.view.activated):
                wish.connect(lambda index: self._look_at_memo(self.memos.model.id_at(index.row())))
        layout.addWidget(self.facts)
        layout.addWidget(self.totals)
        layout.addWidget(self.tab)
        layout.addWidget(self.tables, 1)

    def _table(
        self, columns: Sequence[Column], name: str, noun: str, empty: str, row_id: Callable[[Any], Any]
    ) -> RecordTable:
        made = RecordTable(
            columns, row_id, f"wizard/{name}", noun=noun, empty=empty, background=self.context.background
        )
        made.columns_button.hide()
        return made

    def show_result(self, result: InvoiceResult) -> None:
        """Show an answer of a run."""
        self.result = result
        self._places = {id(shape.invoice): place for place, shape in enumerate(result.invoices)}
        self.facts.show_facts(invoice_facts(result))
        self.totals.setVisible(len(result.totals) > CURRENCIES_IN_FACTS)
        self.totals.set_rows(result.totals)
        self.totals.fit_height(MOST_TOTALS)
        if len(result.invoices) == result.count or result.listing is None:
            self.invoices.set_rows([shape.invoice for shape in result.invoices])
        else:
            self._show_window(range(len(result.listing)))
        self.memos.set_rows([shape.credit for shape in result.credits])
        if len(result.credits) < result.credit_count:
            self.memos.show_totals(f"The first of {result.credit_count:,}")
        self.skipped.set_rows(result.skipped)
        self.warnings.set_rows(result.warnings)
        shown = {INVOICES: result.count, MEMOS: result.credit_count}
        shown |= {PASSED_OVER: len(result.skipped), PAPER: result.warning_count}
        for name, made in self.tab.buttons.items():
            made.setVisible(bool(shown[name]) or name == INVOICES)
        self.tab.setVisible(any(shown[name] for name in (MEMOS, PASSED_OVER, PAPER)))
        self._choose(next((name for name in shown if shown[name]), INVOICES))

    # -- very many

    def _show_window(self, places: Sequence[int]) -> None:
        """Show the invoices at some places of the listing, of which those in view are fetched."""
        assert self.result is not None
        assert self.result.listing is not None
        desk, listing = self.context.desk, self.result.listing

        def stored(ids: Sequence[Any]) -> Sequence[Any]:
            return desk.ask(invoice_heads_of, [number for each in ids if (number := number_of("invoice", each))])

        def previewed(ids: Sequence[Any]) -> Sequence[Any]:
            return desk.ask(listed_rows, [listing[place] for place in ids])

        ids: Sequence[Any] = ListedIds(listing, places) if self.made else places
        self.invoices.set_rows(WindowedRows(ids, stored if self.made else previewed, self.context.background))
        sums = " / ".join(display.money(total.charges + total.tax) for total in self.result.totals)
        self.invoices.show_totals(f"Total {sums}" if len(places) == self.result.count else "")

    def _reorder(self, key: str, descending: bool, words: str) -> None:
        if self.result is not None and self.result.listing is not None:
            desk, wanted = self.context.desk, ListOrder(self.result.listing, key, descending, words)
            self.context.background.run(
                lambda: desk.ask(listed_places, wanted),
                self._show_window,
                lambda problems: self.invoices.show_totals(" ".join(each.message for each in problems)),
                slot=(id(self), "order"),
                owner=self,
            )

    def renew(self) -> None:
        """What was made has changed since: show it as it is now."""
        if self.invoices.model.windowed:
            assert isinstance(self.invoices.model.rows, WindowedRows)
            ids = self.invoices.model.rows.ids
            assert isinstance(ids, ListedIds)
            self._show_window(ids.places)
            return
        assert self.result is not None
        numbers = [number for each in self.result.invoices if (number := number_of("invoice", each.invoice.id))]
        desk = self.context.desk
        self.context.background.run(
            lambda: desk.ask(invoice_heads_of, numbers), self.invoices.set_rows, lambda _: None, owner=self
        )

    # -- one

    def _id_of(self, row: InvoiceHead) -> Any:
        """What is made has an id; what would be made, its place in the answer."""
        return row.id if self.made else self._places[id(row)]

    def _look_at(self, place: Any) -> None:
        """Wish to see the invoice at a place of the answer."""
        assert self.result is not None
        listing = self.result.listing
        if self.invoices.model.windowed and listing is not None:
            account = listing[place].account
            first = place
            while first and listing[first - 1].account == account:
                first -= 1
            self.looked_at.emit(LookedAt(public_id("account", account), place - first, place))
            return
        owners = [shape.invoice.account_id for shape in self.result.invoices]
        self.looked_at.emit(_looked_at(owners, place))

    def _look_at_memo(self, memo: Any) -> None:
        """Wish to see one of the credit memos of the answer."""
        assert self.result is not None
        heads = [shape.credit for shape in self.result.credits]
        place = next(at for at, head in enumerate(heads) if head.id == memo)
        self.looked_at.emit(_looked_at([head.account_id for head in heads], place, memo=True))

    @property
    def front(self) -> RecordTable:
        """The table in front."""
        table = self.tables.currentWidget()
        assert isinstance(table, RecordTable)
        return table

    def _choose(self, text: str) -> None:
        self.tab.set_current(text)
        self.tables.setCurrentIndex([INVOICES, MEMOS, PASSED_OVER, PAPER].index(text))


def _looked_at(owners: Sequence[str], place: int, memo: bool = False) -> LookedAt:
    """The paper at a place among papers of these accounts."""
    return LookedAt(owners[place], owners[:place].count(owners[place]), place, memo)


class InvoiceReview(ReviewStep):
    """The invoices and credit memos that would be made; a click on one shows it as it would print."""

    waiting_text = "Working out the invoices…"

    def __init__(self, context: Context) -> None:
        super().__init__(
            "Preview", "Preview", "These invoices will be made, computed by what makes them. A click shows one whole."
        )
        self.parts = InvoiceTables(context, made=False)
        self.paper = PaperView()
        self.back = button("Back to the list", icon="back")
        self.back.clicked.connect(self.show_list)
        self.note = Label("", "muted")
        self.paper.bar.insertWidget(0, self.back)
        self.paper.bar.insertWidget(1, self.note)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.parts)
        self.stack.addWidget(self.paper)
        self.body.addWidget(self.stack, 1)

    def entered(self) -> None:
        self.parts.front.view.setFocus()

    def show_review(self, review: Review) -> None:
        self.show_list()
        self.parts.show_result(review.result)

    def show_list(self) -> None:
        """Show the list of invoices."""
        self.stack.setCurrentIndex(0)

    def show_paper(self, paper: PaperShape) -> None:
        """Show one of them as it would print."""
        self.paper.show_papers([paper])
        self.note.setText("As it would print, but for the number:")
        self.stack.setCurrentIndex(1)
        self.paper.setFocus()

    def refusal(self, review: Review) -> str:
        result: InvoiceResult = review.result
        return "" if result.count or result.credit_count else "There is nothing to invoice."
