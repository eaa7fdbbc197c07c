"""The import wizard: files and how they are read, everything judged before anything is stored, then the result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from itertools import islice
from operator import attrgetter
from pathlib import Path
from time import monotonic
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QVBoxLayout

from calm_desktop.engine.dates import FIRST_DAY
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.formats.drafts import RowProblem
from calm_desktop.formats.mapping import Mapping
from calm_desktop.formats.preview import heads
from calm_desktop.formats.reading import order_files_in, read_items
from calm_desktop.formats.text_files import AUTO, Unreadable
from calm_desktop.services import imports
from calm_desktop.services.mappings import saved_mappings
from calm_desktop.services.pace import Pace
from calm_desktop.services.requests import ImportFiles
from calm_desktop.services.shapes import ImportResult
from calm_desktop.ui import display, theme
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.page import Notice
from calm_desktop.ui.record_table import Column, RecordTable
from calm_desktop.ui.widgets import ElidedLabel, EmptyState, FormRow, Section, button, choice_field, clear
from calm_desktop.ui.wizards.file_samples import (
    FileSample,
    KnownMapping,
    fitting,
    known_mappings,
    read_mapping,
    sample_of,
)
from calm_desktop.ui.wizards.form import TypedReader
from calm_desktop.ui.wizards.frame import UseCase, Wizard
from calm_desktop.ui.wizards.import_review import OWN_COLUMNS, ImportDraft, ImportReview, ImportTables, ParameterDraft
from calm_desktop.ui.wizards.mapping_step import DATES, DECIMALS, MappingStep
from calm_desktop.ui.wizards.steps import Step

OTHER_FILE = "?"
AS_FOUND = "None: as the format is found"
_GLANCED = 500
SAVED_MAPPINGS = "imports/mappings"
FILE_FILTER = "Order files (*.csv *.tsv *.txt *.json *.jsonl *.xlsx *.ods *.gz);;All files (*)"
MAPPING_FILTER = "Mapping files (*.json);;All files (*)"
STYLES = {
    "dates": ("How are days written?", DATES),
    "decimals": ("How are numbers written?", DECIMALS),
}
Glance = tuple[tuple[FileSample, ...], tuple[KnownMapping, ...], KnownMapping | None, tuple[str, ...]]


class FilesStep(Step):
    """Which files, and how they are read."""

    guessed = Signal()
    looked = Signal()
    edit_requested = Signal()

    def __init__(self, context: Context, draft: ImportDraft) -> None:
        super().__init__(
            "Files", "Which files?", "Text, workbook or JSON; several files, or a folder, belong together."
        )
        self.context, self.draft, self.today = context, draft, context.desk.today
        self.glances: tuple[FileSample, ...] = ()
        self.mappings: tuple[KnownMapping, ...] = ()
        self._looking = False
        self._wrong_mapping: tuple[Problem, ...] = ()
        self.setAcceptDrops(True)
        self._file_part()
        self._mapping_part()
        self.sample = QVBoxLayout()
        self.body.addLayout(self.sample, 1)
        self.drop = EmptyState(
            "Drop order files here", "Exports of other systems, CSV, XLSX, ODS or JSON; one or several", "Choose files…"
        )
        self.drop.acted.connect(self._choose_files)
        frame = Section()
        frame.body.addWidget(self.drop, 1)
        self.drop_frame = frame
        self.body.addWidget(frame, 1)
        self.body.addStretch(0)
        self.table: RecordTable | None = None
        self._look(guess=not draft.mapping)

    def _file_part(self) -> None:
        frame = self.file_frame = Section()
        row = QHBoxLayout()
        self._names = QVBoxLayout()
        self._names.setSpacing(6)
        row.addLayout(self._names, 1)
        self.choose_button = button("Choose files…")
        self.folder_button = button("Folder…")
        self.choose_button.clicked.connect(self._choose_files)
        self.folder_button.clicked.connect(self._choose_folder)
        row.addWidget(self.choose_button)
        row.addWidget(self.folder_button)
        frame.body.addLayout(row)
        self.body.addWidget(frame)

    def _mapping_part(self) -> None:
        self.mapping_frame = Section()
        row = QHBoxLayout()
        row.setSpacing(14)
        self.mapping: QComboBox = choice_field([(AS_FOUND, OWN_COLUMNS)])
        self.mapping.activated.connect(self._mapping_chosen)
        self.mapping_row = FormRow("Mapping: which column is what", self.mapping, "map")
        row.addWidget(self.mapping_row, 2)
        self.edit_button = button("Look at the columns…", tooltip="Which column is what, and the first rows")
        self.edit_button.clicked.connect(self.edit_requested)
        beside = QVBoxLayout()
        beside.addSpacing(20)
        beside.addWidget(self.edit_button)
        beside.addStretch(1)
        row.addLayout(beside)
        self._parameters = QHBoxLayout()
        self._parameters.setSpacing(14)
        self.parameter_rows: dict[str, FormRow] = {}
        row.addLayout(self._parameters, 1)
        self.mapping_frame.body.addLayout(row)
        self.body.addWidget(self.mapping_frame)

    # -- the draft

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self._look(guess=False)

    def set_files(self, paths: Sequence[str]) -> None:
        """Take these files in place of those before, and guess how to read them."""
        self.draft.files = list(paths)
        self.draft.mapping = OWN_COLUMNS
        self.draft.document = ""
        self.draft.parameters = []
        self.draft.repairs = []
        self._look(guess=True)
        self.changed.emit()

    def request(self) -> ImportFiles:
        """The import that is meant. Raises `Refused` with what is missing or wrong."""
        draft = self.draft
        read = TypedReader(self.today)
        if not draft.files:
            read.wrong("no-files", "files", "Choose a file, or drop one here.")
        given = []
        for each in draft.parameters:
            if each.name in STYLES:
                if each.text:
                    given.append((each.name, each.text))
            elif each.text.strip():
                day = read.typed_day(each.name, each.text)
                given.append((each.name, (day or FIRST_DAY).isoformat()))
        read.done()
        repairs = tuple(each.repair for each in draft.repairs)
        mapping = "" if draft.document else draft.mapping
        return ImportFiles(
            tuple(draft.files),
            mapping=mapping,
            parameters=tuple(given),
            keep_good=draft.keep_good,
            changed=draft.changed,
            document=draft.document,
            repairs=repairs,
        )

    # -- looking

    def _look(self, guess: bool) -> None:
        files, chosen = tuple(self.draft.files), self.draft.mapping
        saved = self._saved_mappings() + ([chosen] if chosen else [])
        self._looking = True

        def work() -> Glance:
            mappings = known_mappings(saved)
            mapping = next((each for each in mappings if each.path == chosen), None)
            one = mapping.mapping if mapping and len(mapping.mapping.tables) == 1 else None
            glances = tuple(sample_of(file, one) for file in _one_by_one(files))
            fit = fitting(mappings, glances[0]) if guess and glances and not chosen else None
            return glances, mappings, fit, _asked(files, mapping.mapping if mapping else None)

        self.context.background.run(work, partial(self._show, guess), self._failed, slot=(id(self), "look"), owner=self)

    def _show(self, guess: bool, glance: Glance) -> None:
        self._looking = False
        self.glances, self.mappings, fit, asked = glance
        if fit is not None and not self.draft.mapping:
            self._take_mapping(fit)
            self.guessed.emit()
            self._look(guess=False)
            return
        self._ask(asked)
        self.looked.emit()
        self._show_names()
        self._show_mappings()
        self._show_sample()
        if guess:
            self.entered()
        self.changed.emit()

    def _ask(self, asked: Sequence[str]) -> None:
        """Ask for the styles that files leave open; what was answered stays."""
        known = {each.name for each in self.draft.parameters}
        self.draft.parameters = [each for each in self.draft.parameters if each.text or each.name not in STYLES]
        for name in asked:
            if name not in known:
                self.draft.parameters.append(ParameterDraft(name, ""))
        if asked:
            self.guessed.emit()

    def _failed(self, problems: tuple[Problem, ...]) -> None:
        self._looking = False
        self.context.notify(Notice("\n".join(problem.message for problem in problems), "bad"))

    def _show_names(self) -> None:
        clear(self._names)
        self.file_frame.setVisible(bool(self.glances))
        self.drop_frame.setVisible(not self.glances)
        for glance in self.glances:
            self._names.addWidget(ElidedLabel(Path(glance.path).name, weight=theme.SEMIBOLD))
            self._names.addWidget(ElidedLabel(glance.words, "bad" if glance.problem else "muted", size=theme.SMALL))

    def _show_mappings(self) -> None:
        self.mapping.clear()
        self.mapping.addItem(AS_FOUND, OWN_COLUMNS)
        for each in self.mappings:
            about = f" · {each.mapping.description}" if each.mapping.description else ""
            self.mapping.addItem(each.mapping.name + about, each.path)
        self.mapping.addItem("Another mapping file…", OTHER_FILE)
        self.mapping.setCurrentIndex(max(0, self.mapping.findData(self.draft.mapping)))
        self.mapping_frame.setVisible(any(not glance.problem for glance in self.glances))
        self._show_parameters()

    def _show_parameters(self) -> None:
        clear(self._parameters)
        self.parameter_rows = {}
        for each in self.draft.parameters:
            if each.name in STYLES:
                title, options = STYLES[each.name]
                style = choice_field([("Choose", ""), *options[1:]], each.text)
                style.activated.connect(partial(self._style_chosen, each, style))
                self.parameter_rows[each.name] = FormRow(title, style, each.name)
                self._parameters.addWidget(self.parameter_rows[each.name])
                continue
            field = DateField(None, self.today, True, "Today")
            field.edit.setText(each.text)
            field.edit.textEdited.connect(partial(self._parameter_typed, each))
            field.date_changed.connect(partial(self._parameter_moved, each, field))
            row = FormRow(f"Parameter {each.name}", field, each.name)
            self.parameter_rows[each.name] = row
            self._parameters.addWidget(row)

    def _show_sample(self) -> None:
        clear(self.sample)
        self.table = None
        first = next((glance for glance in self.glances if glance.header), None)
        self.body.setStretch(self.body.count() - 1, 1 if first is None and self.glances else 0)
        if first is None:
            return
        columns = [
            Column(f"{place}", name.strip() or f"Column {place + 1}", partial(_cell, place), width=_width(first, place))
            for place, name in enumerate(first.header)
        ]
        title = f"First rows of {Path(first.path).name}"
        self.table = RecordTable(columns, attrgetter("number"), "wizard/sample", title=title, noun="row")
        self.table.setMinimumHeight(230)
        for part in (self.table.filter_field, self.table.columns_button, self.table.export_button):
            part.hide()
        self.table.set_rows([_Row(number, cells) for number, cells in enumerate(first.rows)])
        self.sample.addWidget(self.table, 1)

    # -- choosing

    def _choose_files(self) -> None:
        dialog = QFileDialog(self, "Choose order files", "", FILE_FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self.set_files)
        dialog.open()

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, "Choose a folder of order files")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.filesSelected.connect(self.set_files)
        dialog.open()

    def _mapping_chosen(self, place: int) -> None:
        path = self.mapping.itemData(place)
        if path == OTHER_FILE:
            dialog = QFileDialog(self, "Choose a mapping file", "", MAPPING_FILTER)
            dialog.fileSelected.connect(self.use_mapping_file)
            dialog.open()
            self.mapping.setCurrentIndex(max(0, self.mapping.findData(self.draft.mapping)))
            return
        self._wrong_mapping = ()
        self._take_mapping(next((each for each in self.mappings if each.path == path), None))
        self._look(guess=False)
        self.changed.emit()

    def use_mapping_file(self, path: str) -> None:
        """Read by the mapping in any file; it is offered again next time."""
        found, self._wrong_mapping = read_mapping(path)
        if found is not None:
            self.remember(path)
            self._take_mapping(found)
            self._look(guess=False)
        self.changed.emit()

    def _take_mapping(self, chosen: KnownMapping | None) -> None:
        self.draft.mapping = chosen.path if chosen else OWN_COLUMNS
        self.draft.document = ""
        known = chosen.mapping.parameters if chosen else {}
        typed = {each.name: each.text for each in self.draft.parameters}
        self.draft.parameters = [ParameterDraft(name, typed.get(name, text or "")) for name, text in known.items()]

    def remember(self, path: str) -> None:
        """Offer the mapping of a file again next time."""
        saved = [each for each in self._saved_mappings() if each != path]
        self.context.settings.setValue(SAVED_MAPPINGS, json.dumps([path, *saved][:10]))

    def _saved_mappings(self) -> list[str]:
        try:
            saved = json.loads(str(self.context.settings.value(SAVED_MAPPINGS, "[]")))
        except ValueError:
            saved = []
        own = [str(path) for path in saved] if isinstance(saved, list) else []
        return list(dict.fromkeys([*own, *map(str, saved_mappings())]))

    def _parameter_typed(self, parameter: ParameterDraft, text: str) -> None:
        parameter.text = text
        self.changed.emit()

    def _style_chosen(self, parameter: ParameterDraft, field: QComboBox, _: int) -> None:
        self._parameter_typed(parameter, str(field.currentData()))

    def _parameter_moved(self, parameter: ParameterDraft, field: DateField, _: object) -> None:
        self._parameter_typed(parameter, field.edit.text())

    # -- what is wrong

    def problems(self) -> Sequence[Problem]:
        try:
            self.request()
        except Refused as refused:
            return refused.problems
        if self._looking:
            return (Problem("looking", "", "Looking at the files…"),)
        found = [
            Problem("unreadable", "files", glance.problem, Path(glance.path).name)
            for glance in self.glances
            if glance.problem
        ]
        if self._wrong_mapping:
            return self._wrong_mapping
        found += [
            Problem("ambiguous", each.name, f"{STYLES[each.name][0]} The files do not tell.")
            for each in self.draft.parameters
            if each.name in STYLES and not each.text
        ]
        return found

    def show_problems(self, problems: Sequence[Problem], all_fields: bool) -> Sequence[Problem]:
        words = [problem.message for problem in problems if problem.field == "map" or problem in self._wrong_mapping]
        self.mapping_row.set_error(" ".join(words))
        for name, row in self.parameter_rows.items():
            mine = [problem.message for problem in problems if problem.field == name]
            typed = isinstance(row.field, DateField) and row.field.error
            told = all_fields or name in STYLES
            row.set_error("" if typed else " ".join(mine) if told else "")
        known = {"map", "files", *self.parameter_rows}
        return [problem for problem in problems if problem.field not in known and problem.code != "bad-mapping"]

    def entered(self) -> None:
        (self.choose_button if self.glances else self.drop.button).setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.set_files(paths)


@dataclass(frozen=True)
class _Row:
    number: int
    cells: tuple[str, ...]


def _width(glance: FileSample, place: int) -> int:
    """The width in which most cells of a column can be read."""
    cells = [glance.header[place], *(row[place] for row in glance.rows if place < len(row))]
    return min(max(8 * max(map(len, cells)) + 30, 60), 900 if len(glance.header) == 1 else 220)


def _cell(place: int, row: _Row) -> str:
    return row.cells[place] if place < len(row.cells) else ""


def _one_by_one(files: Sequence[str]) -> list[str]:
    """The files, and in place of a folder those in it."""
    found: list[str] = []
    for file in files:
        inside = [str(path) for path in order_files_in(Path(file))] if Path(file).is_dir() else []
        found += inside or [file]
    return found


def _asked(files: Sequence[str], mapping: Mapping | None) -> tuple[str, ...]:
    """The styles, `dates` or `decimals`, that the beginnings of files leave open."""
    if mapping is not None and AUTO not in (*mapping.dates, mapping.decimals):
        return ()
    asked = []
    try:
        for item in islice(read_items(heads(files), today=FIRST_DAY, mapping=mapping), _GLANCED):
            if isinstance(item, RowProblem):
                asked += [name for name in STYLES if f"--param {name}=" in item.fix]
    except (OSError, Unreadable):
        return ()
    return tuple(dict.fromkeys(asked))


class ImportWizard(Wizard):
    """Import order files; `files` are their paths, where they are known."""

    key = "importing"
    title = "Import"
    commit_words = "Import"
    can_pause = True
    review: ImportReview

    def __init__(self, context: Context, files: Sequence[str] = (), **_: object) -> None:
        draft = ImportDraft(files=[str(file) for file in files])
        self.files_step = FilesStep(context, draft)
        self.mapping_step = MappingStep(context, draft)
        review = ImportReview(context, draft)
        super().__init__(context, draft, [self.files_step, self.mapping_step], review, offer=not files)
        self.files_step.guessed.connect(self._guessed)
        self.files_step.looked.connect(self._looked)
        self.files_step.edit_requested.connect(self.edit_mapping)
        self.mapping_step.saved.connect(self.files_step.remember)
        review.told.connect(self.banner.tell)
        self._pace = Pace("rows")
        self.setAcceptDrops(True)
        self._looked()

    def _looked(self) -> None:
        self.mapping_step.glances = self.files_step.glances
        if not self.draft.document:
            self.mapping_step.document = {}

    def edit_mapping(self) -> None:
        """Look at which column is what, and change it."""
        self._show_step(self.steps.index(self.mapping_step))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.files_step.dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        if not self.running and self.result is None and not self.offering:
            self._show_step(0)
            self.files_step.dropEvent(event)

    def _guessed(self) -> None:
        """What was only guessed is nothing that a person would miss."""
        if self.draft.files == self.fresh.files:
            self.fresh = deepcopy(self.draft)

    def request(self) -> ImportFiles:
        return self.files_step.request()

    def _progressed(self, done: int, total: int, words: str) -> None:
        super()._progressed(done, total, words)
        pace = self._pace.words(done, total, words, monotonic())
        if pace and self.progress.isVisible() and total and not self.paused:
            self.reason.setText(f"{words.capitalize()}: {done:,} of {total:,} · {pace}")

    def use_case(self, request: Any) -> UseCase:
        return imports.import_files

    def summary(self) -> str:
        names = ", ".join(Path(file).name for file in self.draft.files)
        return f"Import of {names}" if names else "Import"

    def finished_with(self, result: ImportResult) -> Notice:
        words = f"Imported: {display.count(result.new, 'new row')}, batch {result.batch}."
        return Notice(words, "good", (("Open imports", partial(self.context.open_link, "calm://imports")),))

    def show_result(self, result: ImportResult) -> None:
        parts = ImportTables()
        parts.show_result(result)
        self.show_last(f"{display.count(result.new, 'new row')} imported", f"Batch {result.batch}", parts)
