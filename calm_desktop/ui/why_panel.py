"""The Why panel: the lines that sum to a figure, docked below the page that was asked; nothing stands in the way.

    panel.show_explanations(explanations, "USD")       # one for each currency, the one to show first
    panel.link_activated.connect(window.open_page)     # a line leads to its page
    panel.closed.connect(...)                          # Esc, or the button

Rows are copied like those of every table; the button copies all of them under their titles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from calm_desktop.engine.explain import Figure, LineKind, Value
from calm_desktop.engine.money import Money
from calm_desktop.services.shapes import ExplainLine, Explanation
from calm_desktop.ui import display, theme
from calm_desktop.ui.date_fields import SegmentedControl
from calm_desktop.ui.record_model import Column, ColumnKind
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import ElidedLabel, Label, Section, tool

MOST_ROWS = 6
"""Rows that are seen at once; more are scrolled to."""

FIGURES = {
    Figure.QUANTITY: "Quantity",
    Figure.AMOUNT: "Amount",
    Figure.MRR: "Monthly recurring revenue",
    Figure.INVOICE_LINE_BALANCE: "Invoice line balance",
}
KINDS = {
    LineKind.STATE_PERIOD: "State period",
    LineKind.ACTION: "Asset action",
    LineKind.SOURCE: "Source",
    LineKind.RUNNING_TOTAL: "Running total",
    LineKind.ORDER_ITEM: "Order item",
    LineKind.INVOICE_LINE: "Invoice line",
    LineKind.PAYMENT: "Payment",
    LineKind.CREDIT_MEMO: "Credit memo",
    LineKind.MIRROR: "Void",
}


@dataclass(frozen=True)
class _Row:
    """A line, or, with `part`, what makes the line above it: its value then stands in a column of its own."""

    place: int
    line: ExplainLine
    part: bool

    @property
    def what(self) -> str:
        note = f" ({self.line.note})" if self.line.note else ""
        return f"{'    ' if self.part else ''}{self.line.title}{note}"

    @property
    def kind(self) -> str:
        return KINDS[LineKind(self.line.kind)]

    @property
    def value(self) -> Value | None:
        return None if self.part else self.line.value

    @property
    def of_which(self) -> Value | None:
        return self.line.value if self.part else None


def figure_text(value: Value | None) -> str:
    """A quantity or money for people; nothing where there is none."""
    if value is None:
        return ""
    return display.money(value) if isinstance(value, Money) else display.quantity(value)


COLUMNS = (
    Column("kind", "Kind", lambda row: row.kind, width=110),
    Column("what", "What", lambda row: row.what, ColumnKind.LINK, 330),
    Column("start", "From", lambda row: row.line.start, ColumnKind.DATE, 108),
    Column("end", "To", lambda row: row.line.end, ColumnKind.DATE, 108, text=display.last_day),
    Column("of_which", "Of which", lambda row: row.of_which, ColumnKind.MONEY, 120, text=figure_text),
    Column("value", "Counts", lambda row: row.value, ColumnKind.MONEY, 120, text=figure_text),
)


class WhyPanel(Section):
    """The panel itself; hidden until something was asked."""

    link_activated = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Why", parent)
        self._shown: tuple[Explanation, ...] = ()
        self._back: QWidget | None = None
        self.currency = ""
        self.value = Label("")
        self.value.setFont(theme.font(15, theme.SEMIBOLD, figures=True))
        self.about = ElidedLabel("", "muted", size=theme.SMALL)
        self.head.insertWidget(1, self.value)
        self.head.insertWidget(2, self.about, 1)
        self.currencies: SegmentedControl | None = None
        self.copy_button = tool("copy", "Copy the lines", "Copy all lines with titles (Ctrl+Shift+C)")
        self.copy_button.clicked.connect(self.copy)
        self.close_button = tool("close", "Close", "Close (Esc)")
        self.close_button.clicked.connect(self.close_panel)
        self._tools = QHBoxLayout()
        self._tools.setSpacing(6)
        self.head.addLayout(self._tools)
        self.add_tool(self.copy_button)
        self.add_tool(self.close_button)
        self.table = RecordTable(
            COLUMNS, lambda row: row.place, "why", noun="line", empty="Nothing counts on this day."
        )
        self.table.bare()
        self.table.view.setAccessibleName("Lines that sum to the figure")
        self.table.link_activated.connect(lambda row, _: self._open(row))
        self.table.row_activated.connect(self._open)
        self.body.addWidget(self.table)
        self.sum = Label("", "muted", size=theme.SMALL)
        self.sum.setFont(theme.font(theme.SMALL, theme.MEDIUM, figures=True))
        self.sum.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.body.addWidget(self.sum)
        self.hide()

    def show_explanations(self, shown: Sequence[Explanation], currency: str = "") -> None:
        """Show why a figure is what it is; of several currencies the one named, else the first."""
        self._shown = tuple(shown)
        codes = [each.currency for each in self._shown]
        if self.currencies is not None:
            self._tools.removeWidget(self.currencies)
            self.currencies.hide()
            self.currencies.deleteLater()
            self.currencies = None
        if len(codes) > 1:
            self.currencies = SegmentedControl(codes)
            self.currencies.setAccessibleName("Currency")
            self.currencies.chosen.connect(self.choose_currency)
            self._tools.addWidget(self.currencies)
        self.choose_currency(currency if currency in codes else codes[0])

    def choose_currency(self, code: str) -> None:
        """Show the figure in another currency."""
        self.currency = code
        if self.currencies is not None:
            self.currencies.set_current(code)
        shown = next(each for each in self._shown if each.currency == code)
        self.title.setText(f"Why {FIGURES[Figure(shown.figure)].lower()} is")
        self.value.setText(figure_text(shown.value))
        unit = f" in {code}" if isinstance(shown.value, Decimal) and len(self._shown) > 1 else ""
        by = "by all that is recorded" if shown.as_of is None else f"as of {display.day(shown.as_of)}"
        self.about.setText(f"{shown.of}{unit}, {by}")
        rows = _rows(shown.lines)
        self.table.show_column("of_which", any(row.part for row in rows))
        self.table.set_rows(rows)
        self.table.fit_height(MOST_ROWS)
        unknown = sum(line.value is None for line in shown.lines)
        counted = display.count(len(shown.lines), "line")
        left_out = f", {unknown} not known and not counted" if unknown else ""
        self.sum.setText(f"{counted}{left_out}    Sum {figure_text(shown.value)}")
        self.setAccessibleName(f"{self.title.text()} {self.value.text()}. {self.about.text()}. {self.sum.text()}")

    def open_panel(self, focus: bool) -> None:
        """Show the panel; with `focus` the keyboard goes to its lines, and back when it is closed."""
        now = QApplication.focusWidget()
        if focus and (now is None or not self.isAncestorOf(now)):
            self._back = now
        self.show()
        if focus:
            self.table.view.setFocus(Qt.FocusReason.OtherFocusReason)
            if self.table.rows():
                self.table.view.setCurrentIndex(self.table.model.index(0, 1))

    def close_panel(self) -> None:
        """Put the panel away, and the keyboard back to where it came from."""
        now = QApplication.focusWidget()
        had_focus = now is not None and self.isAncestorOf(now)
        self.hide()
        if had_focus and self._back is not None and self._back.isVisible():
            self._back.setFocus(Qt.FocusReason.OtherFocusReason)
        self._back = None
        self.closed.emit()

    def copy(self) -> None:
        """Put all lines on the clipboard, under their titles."""
        chosen = self.table.selected_ids()
        self.table.select_ids(())
        self.table.copy(headers=True)
        self.table.select_ids(chosen, scroll=False)

    def _open(self, row: _Row) -> None:
        if row.line.link:
            self.link_activated.emit(row.line.link)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        else:
            super().keyPressEvent(event)


def _rows(lines: Sequence[ExplainLine]) -> list[_Row]:
    rows: list[_Row] = []
    for line in lines:
        rows.append(_Row(len(rows), line, part=False))
        for part in line.parts:
            rows.append(_Row(len(rows), part, part=True))
    return rows
