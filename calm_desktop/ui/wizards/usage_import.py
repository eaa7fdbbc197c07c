"""The wizard that imports use: a file, every row of it judged, then all of it stored or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout

from calm_desktop.engine.problems import Problem
from calm_desktop.services import usage
from calm_desktop.services.requests import ImportUsage
from calm_desktop.services.shapes import UsageImport
from calm_desktop.ui import display, theme
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice
from calm_desktop.ui.record_table import Column, ColumnKind, RecordTable
from calm_desktop.ui.widgets import ElidedLabel, EmptyState, Section, button
from calm_desktop.ui.wizards.facts import Fact, Facts
from calm_desktop.ui.wizards.frame import UseCase, Wizard
from calm_desktop.ui.wizards.steps import Review, ReviewStep, Step

FILE_FILTER = "Use (*.csv *.tsv *.txt *.jsonl *.ndjson *.json);;All files (*)"


@dataclass
class UsageImportDraft:
    """The path of a file of use."""

    file: str = ""


class UsageFileStep(Step):
    """Which file."""

    def __init__(self, draft: UsageImportDraft) -> None:
        lead = "A CSV file with the columns asset, at, quantity and key, or one such JSON object on each line."
        super().__init__("File", "Which file?", lead)
        self.draft = draft
        self.setAcceptDrops(True)
        self.drop = EmptyState("Drop a usage file here", "CSV or JSON lines", "Choose a file…")
        self.drop.acted.connect(self._choose)
        self.drop_frame = Section()
        self.drop_frame.body.addWidget(self.drop, 1)
        self.file_frame = Section()
        row = QHBoxLayout()
        self.name_label = ElidedLabel("", weight=theme.SEMIBOLD)
        self.choose_button = button("Choose another file…")
        self.choose_button.clicked.connect(self._choose)
        row.addWidget(self.name_label, 1)
        row.addWidget(self.choose_button)
        self.file_frame.body.addLayout(row)
        self.body.addWidget(self.file_frame)
        self.body.addWidget(self.drop_frame, 1)
        self.body.addStretch(0)
        self._show()

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self._show()

    def set_file(self, path: str) -> None:
        """Take this file in place of the one before."""
        self.draft.file = path
        self._show()
        self.changed.emit()

    def problems(self) -> Sequence[Problem]:
        return () if self.draft.file else (Problem("no-file", "file", "Choose a file, or drop one here."),)

    def entered(self) -> None:
        (self.choose_button if self.draft.file else self.drop.button).setFocus()

    def _show(self) -> None:
        self.name_label.setText(Path(self.draft.file).name)
        self.file_frame.setVisible(bool(self.draft.file))
        self.drop_frame.setVisible(not self.draft.file)
        self.body.setStretch(self.body.count() - 1, 1 if self.draft.file else 0)

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Choose a usage file", "", FILE_FILTER)
        dialog.fileSelected.connect(self.set_file)
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.set_file(paths[0])


@dataclass(frozen=True)
class _Numbered:
    """A row of a table that may hold the same problem twice."""

    number: int
    problem: Any


PROBLEM_COLUMNS = (
    Column("row", "Row", lambda each: each.problem.row or None, ColumnKind.QUANTITY, 60),
    Column("column", "Column", lambda each: each.problem.column, width=90),
    Column("found", "Found", lambda each: each.problem.found, width=150),
    Column("expected", "Expected", lambda each: each.problem.expected, width=400),
    Column("fix", "What to do", lambda each: each.problem.fix, width=260),
)


class UsageImportReview(ReviewStep):
    """The file judged whole."""

    waiting_text = "Reading and judging the file…"

    def __init__(self) -> None:
        super().__init__("Check", "Every row judged", "Nothing is stored yet. What goes in is what is shown as new.")
        self.facts = Facts()
        self.table = RecordTable(
            PROBLEM_COLUMNS, attrgetter("number"), "wizard/usage-problems", noun="problem", empty="Every row is good."
        )
        self.body.addWidget(self.facts)
        self.body.addWidget(self.table, 1)

    def entered(self) -> None:
        self.table.view.setFocus()

    def show_review(self, review: Review) -> None:
        result: UsageImport = review.result
        self.facts.show_facts(
            [
                Fact("Rows read", f"{result.read:,}"),
                Fact("New", f"{result.new:,}", tone="good" if result.new else ""),
                Fact("There already", f"{result.same:,}"),
                Fact("Cannot go in", f"{result.rejected:,}", tone="bad" if result.rejected else ""),
            ]
        )
        self.table.set_rows([_Numbered(at, each) for at, each in enumerate(result.problems)])

    def refusal(self, review: Review) -> str:
        result: UsageImport = review.result
        if result.stored:
            return ""
        if not result.problems:
            return "There is nothing new to import."
        rows = display.count(result.rejected, "row") if result.rejected else "The file"
        return f"{rows} cannot go in. Correct the file, then choose it again."


class UsageImportWizard(Wizard):
    """Import use; `file` is its path, where it is known."""

    key = "usage-import"
    title = "Import usage"
    commit_words = "Import"

    def __init__(self, context: Context, file: str = "", **_: object) -> None:
        draft = UsageImportDraft(file)
        self.file_step = UsageFileStep(draft)
        super().__init__(context, draft, [self.file_step], UsageImportReview(), offer=not file)

    def request(self) -> ImportUsage:
        return ImportUsage(self.draft.file)

    def use_case(self, request: Any) -> UseCase:
        return usage.import_usage

    def summary(self) -> str:
        return f"Import of {Path(self.draft.file).name}" if self.draft.file else "Import of usage"

    def finished_with(self, result: UsageImport) -> Notice:
        return Notice(f"Imported from {result.file}: {display.count(result.new, 'usage record')}.", "good")
