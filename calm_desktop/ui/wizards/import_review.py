"""What an import would do, and what it did: counts, every problem with its place, what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from calm_desktop.services.shapes import ImportResult
from calm_desktop.ui import display
from calm_desktop.ui.date_fields import SegmentedControl
from calm_desktop.ui.record_table import Column, ColumnKind, RecordTable
from calm_desktop.ui.wizards.facts import Fact, Facts
from calm_desktop.ui.wizards.form import check_box
from calm_desktop.ui.wizards.steps import Review, ReviewStep

OWN_COLUMNS = ""
PROBLEMS, LEFT_OUT = "Cannot go in", "Left out on purpose"


@dataclass
class ParameterDraft:
    """A parameter of a mapping as typed."""

    name: str = ""
    text: str = ""


@dataclass
class ImportDraft:
    """An import as typed; `mapping` is the path of a mapping file, empty for files with our own columns."""

    files: list[str] = field(default_factory=list)
    mapping: str = OWN_COLUMNS
    parameters: list[ParameterDraft] = field(default_factory=list)
    keep_good: bool = False


PROBLEM_COLUMNS = (
    Column("file", "File", lambda each: each.problem.file, width=120, hidden=True),
    Column("row", "Row", lambda each: each.problem.row or None, ColumnKind.QUANTITY, 60),
    Column("column", "Column", lambda each: each.problem.column, width=110),
    Column("found", "Found", lambda each: each.problem.found, width=160),
    Column("expected", "Expected", lambda each: each.problem.expected, width=270),
    Column("fix", "What to do", lambda each: each.problem.fix, width=270),
)


LEFT_OUT_COLUMNS = (
    Column("row", "Row", lambda each: each.problem.row, ColumnKind.QUANTITY, 70),
    Column("reason", "Why", lambda each: each.problem.reason, width=700),
)


@dataclass(frozen=True)
class _Numbered:
    """A row of a table that may hold the same thing twice."""

    number: int
    problem: Any


def import_facts(result: ImportResult) -> list[Fact]:
    """The counts: what was read is the sum of the others."""
    return [
        Fact("Rows read", f"{result.read:,}"),
        Fact("New", f"{result.new:,}", tone="good" if result.new else ""),
        Fact("There already", f"{result.same:,}"),
        Fact("Left out", f"{result.skipped + result.cancelled:,}"),
        Fact("Cannot go in", f"{result.rejected:,}", tone="bad" if result.rejected else ""),
    ]


class ImportTables(QWidget):
    """Counts, every problem with its place, and what was left out and why."""

    tab_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        self.facts = Facts()
        self.bar = QHBoxLayout()
        self.tab = SegmentedControl([PROBLEMS, LEFT_OUT], PROBLEMS)
        self.tab.chosen.connect(self._choose)
        self.bar.addWidget(self.tab)
        self.bar.addStretch(1)
        self.problems = RecordTable(
            PROBLEM_COLUMNS, attrgetter("number"), "wizard/import-problems", noun="problem", empty="Every row is good."
        )
        self.left_out = RecordTable(
            LEFT_OUT_COLUMNS, attrgetter("number"), "wizard/import-skipped", noun="row", empty="No row is left out."
        )
        self.tables = QStackedWidget()
        for table in (self.problems, self.left_out):
            self.tables.addWidget(table)
        layout.addWidget(self.facts)
        layout.addLayout(self.bar)
        layout.addWidget(self.tables, 1)

    def show_result(self, result: ImportResult) -> None:
        """Show an answer of an import."""
        self.facts.show_facts(import_facts(result))
        self.problems.set_rows([_Numbered(at, each) for at, each in enumerate(result.problems)])
        self.left_out.set_rows([_Numbered(at, each) for at, each in enumerate(result.skipped_rows)])
        several = len({each.file for each in result.problems}) > 1
        self.problems.show_column("file", several)
        self._choose(PROBLEMS if result.problems or not result.skipped_rows else LEFT_OUT)

    def _choose(self, text: str) -> None:
        self.tab.set_current(text)
        self.tables.setCurrentIndex([PROBLEMS, LEFT_OUT].index(text))


class ImportReview(ReviewStep):
    """The files judged whole."""

    waiting_text = "Reading and judging the files…"

    def __init__(self, draft: ImportDraft) -> None:
        super().__init__("Check", "Every row judged", "Nothing is stored yet. What goes in is what is shown as new.")
        self.draft = draft
        self.parts = ImportTables()
        self.keep_good = check_box("Import the good rows although others cannot go in")
        self.keep_good.toggled.connect(self._keep)
        self.parts.bar.addWidget(self.keep_good)
        self.body.addWidget(self.parts, 1)

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self.keep_good.blockSignals(True)
        self.keep_good.setChecked(draft.keep_good)
        self.keep_good.blockSignals(False)

    def entered(self) -> None:
        (self.keep_good if self.keep_good.isVisibleTo(self) else self.parts.problems.view).setFocus()

    def show_review(self, review: Review) -> None:
        result: ImportResult = review.result
        self.parts.show_result(result)
        self.keep_good.setVisible(bool(result.problems) and result.new > 0)

    def refusal(self, review: Review) -> str:
        result: ImportResult = review.result
        if result.batch is not None:
            return ""
        if not result.new:
            return "There is nothing new to import."
        rows = display.count(result.rejected, "row") if result.rejected else "The file"
        return f"{rows} cannot go in. Correct the file, or import the good rows alone."

    def _keep(self, on: bool) -> None:
        self.draft.keep_good = on
        self.changed.emit()
