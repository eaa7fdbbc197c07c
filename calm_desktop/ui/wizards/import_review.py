"""What an import would do, and what it did: counts, every problem with its place, what was left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from calm_desktop.engine.problems import Problem
from calm_desktop.formats.bad_rows import Written
from calm_desktop.formats.drafts import RowProblem
from calm_desktop.formats.repairs import ANY, Repair
from calm_desktop.services import views
from calm_desktop.services.bad_rows import write_bad_rows
from calm_desktop.services.desk import Desk
from calm_desktop.services.imports import import_files
from calm_desktop.services.requests import KEEP, TAKE, Find, WriteBadRows
from calm_desktop.services.shapes import FieldChange, ImportResult
from calm_desktop.ui import display, theme
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import SegmentedControl
from calm_desktop.ui.record_table import Column, ColumnKind, RecordTable
from calm_desktop.ui.widgets import ElidedLabel, Label, Section, button, choice_field
from calm_desktop.ui.wizards.facts import Fact, Facts
from calm_desktop.ui.wizards.form import check_box
from calm_desktop.ui.wizards.steps import Review, ReviewStep

OWN_COLUMNS = ""
GROUPS, PROBLEMS, CHANGED, LEFT_OUT = "To repair", "Each row", "Changed", "Left out on purpose"
TABS = (GROUPS, PROBLEMS, CHANGED, LEFT_OUT)
MOST_TEXTS = 6
"""Texts found with one kind of fault that are repaired one by one; more of them make one group."""
MOST_BY_ROW = 500
MOST_OFFERED = 5000
DAY_STYLES = (
    ("2026-11-30", "iso"),
    ("30/11/2026, day first", "day first"),
    ("11/30/2026, month first", "month first"),
    ("Seconds since 1970", "epoch"),
)


@dataclass
class ParameterDraft:
    """A parameter of a mapping as typed."""

    name: str = ""
    text: str = ""


@dataclass
class RepairDraft:
    """A repair as it was chosen; see `Repair`. Rows are left out where `leave_out`, whatever is found where `any`."""

    column: str = ""
    found: str = ""
    now: str = ""
    leave_out: bool = False
    any: bool = False
    file: str = ""
    row: str = ""

    @property
    def repair(self) -> Repair:
        """The repair itself."""
        found = ANY if self.any else self.found
        return Repair(self.column, found, None if self.leave_out else self.now, self.file, int(self.row or 0))

    @property
    def words(self) -> str:
        """The repair, as a person would say it."""
        if not self.column:
            return f"Row {self.row} of {self.file} is left out"
        what = "cannot be understood" if self.any else f"is {self.found or 'blank'}"
        if self.leave_out:
            return f"Rows whose {self.column} {what} are left out"
        return f"{self.column}: {self.found or 'blank'} is read as {self.now}"


@dataclass
class ImportDraft:
    """An import as typed; `mapping` is the path of a mapping file, empty for files that need none.

    `document` is a mapping that was changed, as JSON; it goes before `mapping`.
    """

    files: list[str] = field(default_factory=list)
    mapping: str = OWN_COLUMNS
    document: str = ""
    parameters: list[ParameterDraft] = field(default_factory=list)
    repairs: list[RepairDraft] = field(default_factory=list)
    keep_good: bool = False
    changed: str = ""
    """What happens to rows that say other than before: nothing is chosen, "keep" or "take"."""


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
class _Difference:
    """One field of a row that says other than before."""

    file: str
    row: int
    key: str
    change: FieldChange


CHANGED_COLUMNS = (
    Column("file", "File", attrgetter("file"), width=120, hidden=True),
    Column("row", "Row", attrgetter("row"), ColumnKind.QUANTITY, 70),
    Column("field", "Field", lambda each: each.change.field, width=160),
    Column("before", "As it is stored", lambda each: each.change.before, width=320),
    Column("now", "As the file has it", lambda each: each.change.now, width=320),
)

CHOICES = (
    ("Changed rows: choose…", ""),
    ("Changed rows: keep what is stored", KEEP),
    ("Changed rows: take what the file says", TAKE),
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
        Fact("Changed", f"{result.changed:,}", tone="warn" if result.changed else ""),
        Fact("There already", f"{result.same:,}"),
        Fact("Cancelled", f"{result.cancelled:,}"),
        Fact("Left out", f"{result.skipped:,}"),
        Fact("Cannot go in", f"{result.rejected:,}", tone="bad" if result.rejected else ""),
    ]


@dataclass(frozen=True)
class Group:
    """Problems that one repair puts right: in one column, with one text found, or with one kind of fault."""

    column: str
    found: str
    several: bool
    expected: str
    fix: str
    places: tuple[tuple[str, int], ...]

    @property
    def count(self) -> int:
        """How many rows it is about."""
        return len(self.places)

    @property
    def found_words(self) -> str:
        """What was found, in words."""
        return self.found or ("" if not self.column else "blank")


def groups_of(problems: Sequence[RowProblem]) -> list[Group]:
    """Problems of rows by repair, those of most rows first."""
    kinds: dict[tuple[str, str], dict[str, list[RowProblem]]] = {}
    for each in problems:
        kinds.setdefault((each.column, each.expected), {}).setdefault(each.found, []).append(each)
    made = []
    for (column, expected), by_text in kinds.items():
        if len(by_text) <= MOST_TEXTS:
            for found, same in by_text.items():
                made.append(Group(column, found, False, expected, same[0].fix, _places(same)))
            continue
        every = [each for same in by_text.values() for each in same]
        texts = ", ".join(list(by_text)[:3])
        made.append(Group(column, f"{len(by_text):,} texts: {texts} …", True, expected, every[0].fix, _places(every)))
    return sorted(made, key=lambda group: -group.count)


def _places(problems: Sequence[RowProblem]) -> tuple[tuple[str, int], ...]:
    return tuple(dict.fromkeys((each.file, each.row) for each in problems))


def _rows_words(group: Group) -> str:
    rows = [f"{row:,}" for _, row in group.places[:4] if row]
    return ", ".join(rows) + (" …" if group.count > 4 else "")


GROUP_COLUMNS = (
    Column("count", "Rows", attrgetter("count"), ColumnKind.QUANTITY, 60),
    Column("column", "Column", attrgetter("column"), width=120),
    Column("found", "Found", attrgetter("found_words"), width=170),
    Column("expected", "Expected", attrgetter("expected"), width=300),
    Column("rows", "Where", _rows_words, width=120),
    Column("fix", "What to do", attrgetter("fix"), width=250),
)


class RepairPanel(Section):
    """What can be done about the chosen group of problems; `repaired(list of RepairDraft)`, `style_chosen(text)`."""

    repaired = Signal(list)
    style_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.group: Group | None = None
        self.words = ElidedLabel("", weight=theme.SEMIBOLD)
        self.body.addWidget(self.words)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.field = QComboBox()
        self.field.setEditable(True)
        self.field.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.field.setMinimumWidth(240)
        self.field.setAccessibleName("Read it as")
        self.read_as = Label("Read it as", "muted")
        self.replace_button = button("Replace in all of them")
        self.leave_out_button = button("Leave these rows out")
        self.style_field = choice_field([("Days are written…", "")])
        for text, value in DAY_STYLES:
            self.style_field.addItem(text, value)
        self.replace_button.clicked.connect(self._replace)
        self.leave_out_button.clicked.connect(self._leave_out)
        self.style_field.activated.connect(self._style)
        line = self.field.lineEdit()
        assert line is not None
        line.textChanged.connect(lambda text: self.replace_button.setEnabled(bool(text.strip())))
        line.returnPressed.connect(self._replace)
        for part in (self.read_as, self.field, self.replace_button, self.leave_out_button, self.style_field):
            row.addWidget(part)
        row.addStretch(1)
        self.body.addLayout(row)

    def show_group(self, group: Group | None, offers: Sequence[str], days: bool) -> None:
        """Offer what can be done about a group; `offers` are values to choose from, `days` that a style may help."""
        self.group = group
        self.setVisible(group is not None)
        if group is None:
            return
        rows = display.count(group.count, "row")
        column = f"{group.column} is {group.found_words}" if group.column else group.found
        self.words.setText(f"{rows}: {column}. Expected is {group.expected}.")
        replaces = bool(group.column) and not group.several
        for part in (self.read_as, self.field, self.replace_button):
            part.setVisible(replaces)
        self.field.clear()
        self.field.addItems(list(offers))
        self.field.setEditText("")
        self.replace_button.setEnabled(False)
        self.leave_out_button.setVisible(any(row for _, row in group.places))
        self.style_field.setVisible(days)

    def _replace(self) -> None:
        text = self.field.currentText().strip()
        if self.group is not None and text and self.replace_button.isVisible():
            self.repaired.emit([RepairDraft(self.group.column, self.group.found, text)])

    def _leave_out(self) -> None:
        group = self.group
        if group is None:
            return
        if group.column and not group.several:
            self.repaired.emit([RepairDraft(group.column, group.found, leave_out=True)])
        elif group.column and group.count > MOST_BY_ROW:
            self.repaired.emit([RepairDraft(group.column, leave_out=True, any=True)])
        else:
            self.repaired.emit(
                [RepairDraft(file=file, row=str(row), leave_out=True) for file, row in group.places if row]
            )

    def _style(self, _: int) -> None:
        style = str(self.style_field.currentData())
        if style:
            self.style_chosen.emit(style)


class ImportTables(QWidget):
    """Counts, every problem with its place and by repair, and what was left out and why."""

    group_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        self.facts = Facts()
        self.bar = QHBoxLayout()
        self.tab = SegmentedControl(TABS, GROUPS)
        self.tab.chosen.connect(self._choose)
        self.bar.addWidget(self.tab)
        self.bar.addStretch(1)
        self.groups = RecordTable(
            GROUP_COLUMNS, lambda each: (each.column, each.found, each.expected), "wizard/import-groups",
            noun="problem", empty="Every row is good.",
        )  # fmt: skip
        self.groups.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.groups.selection_changed.connect(lambda _: self._group_picked())
        self.problems = RecordTable(
            PROBLEM_COLUMNS, attrgetter("number"), "wizard/import-problems", noun="problem", empty="Every row is good."
        )
        self.left_out = RecordTable(
            LEFT_OUT_COLUMNS, attrgetter("number"), "wizard/import-skipped", noun="row", empty="No row is left out."
        )
        self.differences = RecordTable(
            CHANGED_COLUMNS, lambda each: (each.file, each.row, each.key, each.change.field), "wizard/import-changed",
            noun="difference", empty="No row says other than before.",
        )  # fmt: skip
        self.tables = QStackedWidget()
        for table in (self.groups, self.problems, self.differences, self.left_out):
            self.tables.addWidget(table)
        layout.addWidget(self.facts)
        layout.addLayout(self.bar)
        layout.addWidget(self.tables, 1)

    def show_result(self, result: ImportResult) -> None:
        """Show an answer of an import."""
        self.facts.show_facts(import_facts(result))
        groups = groups_of(result.problems)
        self.groups.set_rows(groups)
        self.problems.set_rows([_Numbered(at, each) for at, each in enumerate(result.problems)])
        self.left_out.set_rows([_Numbered(at, each) for at, each in enumerate(result.skipped_rows)])
        self.differences.set_rows(
            [
                _Difference(each.file, each.row, each.key, change)
                for each in result.changed_rows
                for change in each.differences
            ]
        )
        for table, rows in ((self.problems, result.problems), (self.differences, result.changed_rows)):
            table.show_column("file", len({each.file for each in rows}) > 1)
        told = ((CHANGED, result.changed_rows), (GROUPS, result.problems), (LEFT_OUT, result.skipped_rows))
        self._choose(next((tab for tab, rows in told if rows), GROUPS))
        if groups:
            first = groups[0]
            self.groups.select_ids([(first.column, first.found, first.expected)])
        self._group_picked()

    def _group_picked(self) -> None:
        rows = self.groups.selected_rows()
        self.group_chosen.emit(rows[0] if rows and self.tables.currentIndex() == 0 else None)

    def _choose(self, text: str) -> None:
        self.tab.set_current(text)
        self.tables.setCurrentIndex(TABS.index(text))
        self._group_picked()


class ImportReview(ReviewStep):
    """The files judged whole, and what can be repaired of them."""

    waiting_text = "Reading and judging the files…"
    told = Signal(str, str)

    def __init__(self, context: Context, draft: ImportDraft) -> None:
        super().__init__("Check", "Every row judged", "Nothing is stored yet. What goes in is what is shown as new.")
        self.context, self.draft = context, draft
        self.parts = ImportTables()
        self.parts.group_chosen.connect(self._offer)
        self.keep_good = check_box("Import the good rows although others cannot go in")
        self.keep_good.toggled.connect(self._keep)
        self.export_button = button("Export bad rows…", tooltip="With their reasons; the file imports when mended")
        self.export_button.clicked.connect(self._choose_target)
        self.choice = choice_field(CHOICES)
        self.choice.setAccessibleName("Rows that say other than before")
        self.choice.activated.connect(self._chosen)
        self.parts.bar.addWidget(self.choice)
        self.parts.bar.addWidget(self.keep_good)
        self.parts.bar.addWidget(self.export_button)
        self.panel = RepairPanel()
        self.panel.repaired.connect(self._repaired)
        self.panel.style_chosen.connect(self._style_chosen)
        self.panel.hide()
        self.repairs_bar = QWidget()
        row = QHBoxLayout(self.repairs_bar)
        row.setContentsMargins(0, 0, 0, 0)
        self.repairs_label = ElidedLabel("", "muted")
        self.undo_button = button("Take the last one back", "link")
        self.undo_button.clicked.connect(self._take_back)
        row.addWidget(self.repairs_label, 1)
        row.addWidget(self.undo_button)
        self.body.addWidget(self.parts, 1)
        self.body.addWidget(self.panel)
        self.body.addWidget(self.repairs_bar)
        self.review: Review | None = None
        self.accounts: tuple[str, ...] = ()
        self.products: tuple[str, ...] = ()

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self.keep_good.blockSignals(True)
        self.keep_good.setChecked(draft.keep_good)
        self.keep_good.blockSignals(False)
        self.choice.setCurrentIndex(self.choice.findData(draft.changed))

    def entered(self) -> None:
        (self.keep_good if self.keep_good.isVisibleTo(self) else self.parts.problems.view).setFocus()

    def show_review(self, review: Review) -> None:
        result: ImportResult = review.result
        self.review = review
        self.parts.show_result(result)
        self.keep_good.setVisible(bool(result.problems) and result.new > 0)
        self.choice.setVisible(bool(result.changed_rows))
        self.export_button.setVisible(any(each.row for each in result.problems))
        made = self.draft.repairs
        self.repairs_bar.setVisible(bool(made))
        latest = made[-1].words if made else ""
        self.repairs_label.setText(f"{display.count(len(made), 'repair')}: {latest}")
        if result.problems and not self.accounts:
            desk = self.context.desk
            self.context.background.run(lambda: _known(desk), self._learned, lambda _: None, owner=self)

    def refusal(self, review: Review) -> str:
        result: ImportResult = review.result
        if result.batch is not None:
            return ""
        if result.changed_rows and not self.draft.changed:
            says = "row says" if result.changed == 1 else "rows say"
            words = "Choose whether to keep what is stored or to take what the file says."
            return f"{result.changed:,} {says} other than before. {words}"
        if not result.new:
            return "There is nothing new to import."
        rows = display.count(result.rejected, "row") if result.rejected else "The file"
        return f"{rows} cannot go in. Repair what is wrong, or import the good rows alone."

    def _keep(self, on: bool) -> None:
        self.draft.keep_good = on
        self.changed.emit()

    def _chosen(self, _: int) -> None:
        self.draft.changed = str(self.choice.currentData())
        self.changed.emit()

    # -- repairs

    def _learned(self, known: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
        self.accounts, self.products = known
        self._offer(self.panel.group)

    def _offer(self, group: Group | None) -> None:
        offers: Sequence[str] = ()
        days = False
        if group is not None:
            listed = group.expected.partition("one of: ")[2]
            column = group.column.casefold()
            if listed:
                offers = [each.strip() for each in listed.split(",")]
            elif any(word in column for word in ("account", "customer", "client")):
                offers = self.accounts
            elif any(word in column for word in ("product", "item", "sku", "article")):
                offers = self.products
            mapped = bool(self.draft.mapping or self.draft.document)
            days = mapped and group.expected.startswith(("a day written", "a day of the calendar"))
        self.panel.show_group(group, offers, days)

    def _repaired(self, repairs: list[RepairDraft]) -> None:
        self.draft.repairs.extend(repairs)
        self.changed.emit()

    def _take_back(self) -> None:
        if self.draft.repairs:
            self.draft.repairs.pop()
            self.changed.emit()

    def _style_chosen(self, style: str) -> None:
        self.draft.parameters = [each for each in self.draft.parameters if each.name != "dates"]
        self.draft.parameters.append(ParameterDraft("dates", style))
        self.changed.emit()

    # -- bad rows

    def _choose_target(self) -> None:
        first = next(iter(self.draft.files), "rows.csv")
        name = str(PurePath(first).with_name(f"{PurePath(first).name.partition('.')[0]}-bad-rows.csv"))
        dialog = QFileDialog(self, "Write the rows that cannot go in", name, "CSV files (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(self.export)
        dialog.open()

    def export(self, target: str) -> None:
        """Write the rows that cannot go in to a file."""
        if self.review is None:
            return
        desk, request, result = self.context.desk, self.review.request, self.review.result
        wish = WriteBadRows(request, target, result.problems)
        self.context.background.run(
            lambda: _written_whole(desk, wish, len(result.problems) < result.problem_count),
            self._exported,
            self._not_exported,
            slot=(id(self), "out"),
            owner=self,
        )

    def _exported(self, written: Written) -> None:
        names = ", ".join(PurePath(file).name for file in written.files) or "nothing"
        left = f"; {display.count(written.untold, 'row')} have no cells to write" if written.untold else ""
        words = (
            f"{display.count(written.rows, 'row')} written to {names}{left}. Mend them there, then import that file."
        )
        self.told.emit(words, "good")

    def _not_exported(self, problems: tuple[Problem, ...]) -> None:
        self.told.emit("\n".join(each.message for each in problems), "bad")


def _written_whole(desk: Desk, wish: WriteBadRows, judge_again: bool) -> Written:
    """Write bad rows; where there are more problems than a review lists, the files are judged for all of them first."""
    if not judge_again:
        return desk.ask(write_bad_rows, wish)
    with TemporaryDirectory() as folder:
        told = str(Path(folder) / "problems.csv")
        desk.preview(import_files, replace(wish.files, problems_file=told))
        return desk.ask(write_bad_rows, replace(wish, problems_file=told))


def _known(desk: Desk) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the accounts and the codes of the products that there are, for choosing one."""
    accounts = tuple(row.name for row in desk.ask(views.list_accounts, Find()))
    return accounts[:MOST_OFFERED], tuple(row.code for row in desk.ask(views.list_products, Find()))[:MOST_OFFERED]
