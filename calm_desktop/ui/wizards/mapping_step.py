"""The step of the import wizard that says which column is what, with the first rows as they will be understood."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
)

from calm_desktop.bundled import resource
from calm_desktop.engine.fields import CustomField, FieldObject
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.formats.detect import Format
from calm_desktop.formats.fields import OWN_OBJECTS, RECORDS
from calm_desktop.formats.guess import guess_mapping
from calm_desktop.formats.mapping import Mapping, parse_mapping
from calm_desktop.formats.mapping_edits import (
    NOTHING,
    Entry,
    entry_of,
    table_of,
    tables_with_fields,
    with_field,
    with_setting,
    words_of,
)
from calm_desktop.formats.parts import parts_of
from calm_desktop.formats.preview import Preview, PreviewRow, heads, preview
from calm_desktop.formats.text_files import AUTO, heading
from calm_desktop.formats.values import GROUPINGS
from calm_desktop.services.currencies import is_currency
from calm_desktop.services.field_values import fields_of
from calm_desktop.services.mappings import save_mapping
from calm_desktop.ui import display
from calm_desktop.ui.background import Control
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField, SegmentedControl
from calm_desktop.ui.page import Notice
from calm_desktop.ui.record_table import Column, ColumnKind, RecordTable
from calm_desktop.ui.widgets import FormRow, Label, Section, button, choice_field, clear
from calm_desktop.ui.wizards.file_samples import SEPARATOR_WORDS, FileSample, sample_of
from calm_desktop.ui.wizards.form import Form
from calm_desktop.ui.wizards.import_review import ImportDraft, ParameterDraft
from calm_desktop.ui.wizards.mapping_form import FieldForm, FilterForm
from calm_desktop.ui.wizards.steps import Step

WAIT_MS = 250
"""How long typing rests before the preview is made anew."""

FIELDS, LEFT_OUT = "Fields", "Rows left out"
MAPPING_FILES = "Mapping files (*.json);;All files (*)"
DATES = (
    ("Found in the file", AUTO),
    ("2026-11-30", "iso"),
    ("30/11/2026, day first", "day first"),
    ("11/30/2026, month first", "month first"),
    ("20261130", "%Y%m%d"),
    ("Seconds since 1970", "epoch"),
)
DECIMALS = (("Found in the file", AUTO), *((style, style) for style in GROUPINGS))
SEPARATORS = (
    ("Found in the file", AUTO), ("Comma", ","), ("Semicolon", ";"), ("Tab", "\t"), ("Vertical bar", "|"),
    ("Spaces, lined up", "spaces"),
)  # fmt: skip
ENCODINGS = (
    ("Found in the file", AUTO), ("UTF-8", "utf-8"), ("Windows-1252", "cp1252"), ("Latin-9", "iso-8859-15"),
    ("UTF-16", "utf-16"), ("Macintosh", "mac_roman"),
)  # fmt: skip


@dataclass
class StyleDraft:
    """How a file is written, and what the mapping is called, as chosen."""

    name: str = ""
    dates: str = AUTO
    decimals: str = AUTO
    separator: str = AUTO
    encoding: str = AUTO


@dataclass(frozen=True)
class FieldRow:
    """One of our fields and where it comes from."""

    name: str
    title: str
    meaning: str
    needed: bool
    entry: Entry
    confidence: int | None
    values: str


@dataclass(frozen=True)
class Begun:
    """A mapping to begin with, how sure each of its fields is, and the fields of one's own."""

    document: dict[str, Any]
    confidence: dict[str, int]
    customs: tuple[CustomField, ...]


FIELD_COLUMNS = (
    Column("title", "Our field", attrgetter("title"), width=130, tooltip=attrgetter("meaning")),
    Column("from", "Comes from", lambda row: words_of(row.entry), width=170),
    Column("sure", "Sure", lambda row: row.confidence, width=60, text=lambda sure: "" if sure is None else f"{sure} %"),
    Column("values", "First values", attrgetter("values"), width=150),
)
FILTER_COLUMNS = (
    Column("column", "Column", lambda row: row[1].get("column", ""), width=140),
    Column("op", "Is", lambda row: row[1].get("op", "="), width=70),
    Column("value", "Value", lambda row: str(row[1].get("value", "")), width=110),
    Column("reason", "Reason", lambda row: row[1].get("reason", ""), width=180),
)


def mapping_name(path: str) -> str:
    """What a mapping for files such as this one is called: a name that the next such file has too."""
    return re.sub(r"[\W\d_]+$", "", Path(path).name.partition(".")[0]) or "my-file"


class MappingStep(Step):
    """Which column is what."""

    saved = Signal(str)

    def __init__(self, context: Context, draft: ImportDraft) -> None:
        super().__init__(
            "Columns", "Which column is what?", "The rows below are the first ones as they will be understood."
        )
        self.context, self.draft, self.today = context, draft, context.desk.today
        self.glances: tuple[FileSample, ...] = ()
        self.document: dict[str, Any] = {}
        self.table = ""
        self.confidence: dict[str, int] = {}
        self.customs: tuple[CustomField, ...] = ()
        self.shown: Preview | None = None
        self.wrong: tuple[Problem, ...] = ()
        self._columns: tuple[str, ...] = ()
        self._chosen = ""
        self._filter = 0
        self._wait = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._wait.timeout.connect(self._look)
        self._style_part()
        halves = QHBoxLayout()
        halves.setSpacing(14)
        halves.addLayout(self._left_part(), 4)
        halves.addLayout(self._right_part(), 5)
        self.body.setSpacing(10)
        self.body.addLayout(halves, 1)

    # -- parts of the page

    def _style_part(self) -> None:
        frame = Section()
        row = QHBoxLayout()
        row.setSpacing(10)
        self.styles = Form(StyleDraft(), 5)
        self.styles.line("name", "Mapping", placeholder="Name")
        for name, title, options in (
            ("dates", "Days", DATES),
            ("decimals", "Numbers", DECIMALS),
            ("separator", "Cells are separated by", SEPARATORS),
            ("encoding", "Encoding", ENCODINGS),
        ):
            self.styles.choice(name, title, options)
        self.styles.changed.connect(self._style_changed)
        row.addWidget(self.styles, 1)
        side = QVBoxLayout()
        side.setSpacing(6)
        self.save_button = button("Save", tooltip="Offered again for files with these columns")
        self.save_as_button = button("Save as…", tooltip="To a file anywhere, as --map reads it")
        self.save_button.clicked.connect(self._save)
        self.save_as_button.clicked.connect(self._save_as)
        buttons = QHBoxLayout()
        buttons.addWidget(self.save_button)
        buttons.addWidget(self.save_as_button)
        side.addSpacing(20)
        side.addLayout(buttons)
        side.addStretch(1)
        row.addLayout(side)
        frame.body.addLayout(row)
        self.parameters = QHBoxLayout()
        self.parameters.setSpacing(10)
        self.parameter_rows: dict[str, FormRow] = {}
        frame.body.addLayout(self.parameters)
        self.body.addWidget(frame)

    def _left_part(self) -> QVBoxLayout:
        left = QVBoxLayout()
        left.setSpacing(8)
        bar = QHBoxLayout()
        self.tab = SegmentedControl([FIELDS, LEFT_OUT], FIELDS)
        self.tab.chosen.connect(self._choose_tab)
        self.tables = choice_field([])
        self.tables.activated.connect(self._table_chosen)
        bar.addWidget(self.tab)
        bar.addWidget(self.tables)
        bar.addStretch(1)
        left.addLayout(bar)
        self.fields = RecordTable(FIELD_COLUMNS, attrgetter("name"), "wizard/mapping-fields", noun="field")
        self.filters = RecordTable(
            FILTER_COLUMNS, lambda row: row[0], "wizard/mapping-filters", noun="filter", empty="No row is left out."
        )
        self.lists = QStackedWidget()
        for table in (self.fields, self.filters):
            for part in (table.filter_field, table.columns_button, table.export_button):
                part.hide()
            table.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
            table.view.horizontalHeader().setSectionsClickable(False)
            self.lists.addWidget(table)
        self.fields.selection_changed.connect(self._field_picked)
        self.filters.selection_changed.connect(self._filter_picked)
        left.addWidget(self.lists, 1)
        return left

    def _right_part(self) -> QVBoxLayout:
        right = QVBoxLayout()
        right.setSpacing(10)
        self.field_form = FieldForm()
        self.filter_form = FilterForm()
        self.field_form.edited.connect(self._entry_edited)
        self.filter_form.edited.connect(self._filter_edited)
        self.filter_form.added.connect(self._add_filter)
        self.filter_form.removed.connect(self._remove_filter)
        self.filter_form.hide()
        for form in (self.field_form, self.filter_form):
            form.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
            right.addWidget(form)
        self.told = Label("", "bad", wrap=True)
        self.told.hide()
        right.addWidget(self.told)
        self.place = QVBoxLayout()
        right.addLayout(self.place, 1)
        self.preview_table: RecordTable | None = None
        self.preview_fields: tuple[str, ...] = ()
        return right

    # -- beginning

    @property
    def needed(self) -> bool:
        if self.draft.document:
            return True
        unknown = any(each.format in (Format.MAPPED_CSV, Format.UNKNOWN) and not each.problem for each in self.glances)
        return unknown and not self.draft.mapping

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self.document = {}

    def entered(self) -> None:
        if self.draft.document:
            if not self.document:
                self._load(Begun(json.loads(self.draft.document), {}, self.customs))
                self._find_customs()
            self._refresh()
            self._look()
            self.fields.view.setFocus()
            return
        glances, chosen, desk = self.glances, self.draft.mapping, self.context.desk

        def work() -> Begun:
            customs = desk.ask(_all_fields, None)
            if chosen:
                return Begun(json.loads(Path(chosen).read_text("utf-8-sig")), {}, customs)
            first = next((each for each in glances if each.format == Format.MAPPED_CSV), glances[0])
            if first.format not in (Format.MAPPED_CSV, Format.UNKNOWN, Format.CALM_CSV):
                return Begun(json.loads(resource(f"format_{first.format}.json").read_text("utf-8")), {}, customs)
            [head] = heads([first.path])[:1]
            guess = guess_mapping(parts_of(head)[0], mapping_name(first.path), customs)
            return Begun(guess.document, {each.field: each.confidence for each in guess.fields}, customs)

        self.context.background.run(work, self._begin, self._failed, slot=(id(self), "begin"), owner=self)

    def _find_customs(self) -> None:
        desk = self.context.desk

        def found(customs: tuple[CustomField, ...]) -> None:
            self.customs = customs
            self._refresh()

        self.context.background.run(lambda: desk.ask(_all_fields, None), found, self._failed, owner=self)

    def _begin(self, begun: Begun) -> None:
        self._load(begun)
        self._write()
        self._look()
        self.fields.view.setFocus()

    def _load(self, begun: Begun) -> None:
        self.document, self.confidence, self.customs = begun.document, begun.confidence, begun.customs
        names = tables_with_fields(self.document) or [""]
        self.table = names[0]
        self.tables.clear()
        for name in names:
            self.tables.addItem(name or "The table", name)
        self.tables.setVisible(len(names) > 1)
        self._columns = ()

    def _failed(self, problems: tuple[Problem, ...]) -> None:
        self.context.notify(Notice("\n".join(problem.message for problem in problems), "bad"))

    # -- showing

    def _refresh(self) -> None:
        """Show the document as it is now."""
        if not self.document:
            return
        settings = table_of(self.document, self.table)
        dates = self.document.get("dates", ["iso"])
        style = StyleDraft(
            str(self.document.get("name", "")),
            dates if isinstance(dates, str) else str(next(iter(dates), "iso")),
            str(self.document.get("decimals", "1,234.56")),
            str(settings.get("separator", AUTO)),
            str(self.document.get("encoding", AUTO)),
        )
        for name in ("dates", "decimals", "separator", "encoding"):
            field: Any = self.styles.rows[name].field
            if field.findData(getattr(style, name)) < 0:
                field.addItem(getattr(style, name), getattr(style, name))
        if style != self.styles.draft:
            self.styles.bind(style)
        columns = self._known_columns()
        if columns != self._columns:
            self._columns = columns
            self.field_form.offer(columns)
            self.filter_form.offer(columns)
        self.fields.set_rows(self._field_rows())
        if not self._chosen:
            self._chosen = next((row.name for row in self.fields.rows()), "")
            self.fields.select_ids([self._chosen])
            self._show_field()
        self.filters.set_rows(list(enumerate(settings.get("filter", []))))
        self._show_parameters()
        first = next(iter(self.glances), FileSample(""))
        separator = SEPARATOR_WORDS.get(first.separator, first.separator)
        for name, found in (("encoding", first.encoding.upper().removesuffix("-SIG")), ("separator", separator)):
            choice = self.styles.rows[name].field
            assert isinstance(choice, QComboBox)
            choice.setItemText(0, f"Found: {found}" if found else "Found in the file")

    def _known_columns(self) -> tuple[str, ...]:
        header = next((each.header for each in self.glances if each.header), ())
        settings = table_of(self.document, self.table)
        own = tuple(settings.get("header", ())) or tuple(name.strip() for name in header)
        fields = settings.get("fields", {})
        said = [entry.text for each in fields.values() if (entry := entry_of(each)).kind == "column"]
        known = {heading(name) for name in own}
        return (*own, *dict.fromkeys(name for name in said if heading(name) not in known))

    def _field_rows(self) -> list[FieldRow]:
        settings = table_of(self.document, self.table)
        record = str(settings.get("record", "order-line"))
        fields = settings.get("fields", {})
        rows = [
            self._field_row(each.name, each.name.replace("_", " "), each.meaning, each.required, fields)
            for each in RECORDS.get(record, ())
        ]
        for custom in self.customs:
            if custom.object in OWN_OBJECTS.get(record, ()):
                full = f"{custom.object}.{custom.api_name}"
                name = custom.api_name if custom.api_name in fields else full
                rows.append(self._field_row(name, custom.label, f"a field of the {custom.object}", False, fields))
        return sorted(rows, key=lambda row: (not row.needed, row.entry.kind == NOTHING))

    def _field_row(self, name: str, title: str, meaning: str, needed: bool, fields: dict[str, Any]) -> FieldRow:
        entry = entry_of(fields.get(name))
        values = [row.values.get(name) for row in self.shown.rows] if self.shown and entry.kind != NOTHING else []
        texts = dict.fromkeys(text for value in values if (text := value_words(value)))
        words = f"{title[:1].upper()}{title[1:]}{' *' if needed else ''}"
        return FieldRow(name, words, meaning, needed, entry, self.confidence.get(name), " · ".join(list(texts)[:3]))

    def _show_field(self) -> None:
        row = next((each for each in self.fields.rows() if each.name == self._chosen), None)
        if row is not None:
            needed = "; needed" if row.needed else ""
            self.field_form.show_entry(row.title, f"{row.meaning[:1].upper()}{row.meaning[1:]}{needed}.", row.entry)

    # -- changing

    def _choose_tab(self, text: str) -> None:
        self.tab.set_current(text)
        self.lists.setCurrentIndex([FIELDS, LEFT_OUT].index(text))
        self.field_form.setVisible(text == FIELDS)
        self.filter_form.setVisible(text == LEFT_OUT)
        if text == LEFT_OUT:
            self._show_filter()

    def _table_chosen(self, place: int) -> None:
        self.table, self._chosen = self.tables.itemData(place), ""
        self._refresh()

    def _field_picked(self, ids: Sequence[Any]) -> None:
        if ids:
            self._chosen = str(ids[0])
            self._show_field()

    def _entry_edited(self, entry: Entry) -> None:
        document = self.document
        named = entry.months or (entry.text if entry.kind == "parameter" else "")
        if named and named not in document.get("parameters", {}):
            known = document.get("parameters", {}) | {named: None}
            document = with_setting(document, "", "parameters", known)
        self.confidence.pop(self._chosen, None)
        self._take(with_field(document, self.table, self._chosen, entry))

    def _style_changed(self) -> None:
        style = self.styles.draft
        assert isinstance(style, StyleDraft)
        document = with_setting(self.document, self.table, "name", style.name.strip())
        dates = document.get("dates", ["iso"])
        others = [] if isinstance(dates, str) else list(dates)[1:]
        document = with_setting(document, self.table, "dates", [style.dates, *others])
        for name in ("decimals", "separator", "encoding"):
            at_first = "1,234.56" if name == "decimals" else AUTO
            value = getattr(style, name)
            place = table_of(document, self.table) if name == "separator" else document
            if value != place.get(name, at_first):
                document = with_setting(document, self.table, name, value)
        self._take(document)

    def _filters(self) -> list[dict[str, Any]]:
        found = table_of(self.document, self.table).get("filter", [])
        return list(found) if isinstance(found, list) else []

    def _show_filter(self) -> None:
        filters = self._filters()
        self._filter = min(self._filter, max(len(filters) - 1, 0))
        self.filters.select_ids([self._filter])
        self.filter_form.show_filter(filters[self._filter] if filters else None)

    def _filter_picked(self, ids: Sequence[Any]) -> None:
        if ids:
            self._filter = int(ids[0])
            self._show_filter()

    def _filter_edited(self, spec: dict[str, Any]) -> None:
        filters = self._filters()
        filters[self._filter] = spec
        self._take(with_setting(self.document, self.table, "filter", filters))

    def _add_filter(self) -> None:
        first = next(iter(self._columns), "")
        filters = [*self._filters(), {"column": first, "op": "=", "value": "", "reason": "left out by the mapping"}]
        self._filter = len(filters) - 1
        self._take(with_setting(self.document, self.table, "filter", filters))
        self._show_filter()

    def _remove_filter(self) -> None:
        filters = self._filters()
        del filters[self._filter]
        self._take(with_setting(self.document, self.table, "filter", filters or None))
        self._show_filter()

    def _take(self, document: dict[str, Any]) -> None:
        self.document = document
        self._write()
        self._wait.start()

    def _write(self) -> None:
        self._settle_parameters()
        self.draft.document = json.dumps(self.document, ensure_ascii=False)
        try:
            parse_mapping(self.draft.document)
            self.wrong = ()
        except Refused as refused:
            self.wrong = refused.problems
        self._refresh()
        self.changed.emit()

    def _settle_parameters(self) -> None:
        """The days that the mapping asks for, and the styles that it leaves to the one who imports."""
        known = self.document.get("parameters", {})
        dates = self.document.get("dates", ["iso"])
        open_styles = {"dates"} if AUTO in dates else set()
        open_styles |= {"decimals"} if self.document.get("decimals") == AUTO else set()
        kept = [each for each in self.draft.parameters if each.name in known or each.name in open_styles]
        there = {each.name for each in kept}
        kept += [ParameterDraft(name, text or "") for name, text in known.items() if name not in there]
        self.draft.parameters = kept

    def _show_parameters(self) -> None:
        days = [each for each in self.draft.parameters if each.name in self.document.get("parameters", {})]
        if [each.name for each in days] == list(self.parameter_rows):
            return
        clear(self.parameters)
        self.parameter_rows = {}
        for each in days:
            field = DateField(None, self.today, True, "Today")
            field.edit.setText(each.text)
            field.edit.textEdited.connect(partial(self._parameter_typed, each.name))
            field.date_changed.connect(
                lambda _, name=each.name, field=field: self._parameter_typed(name, field.edit.text())
            )
            row = self.parameter_rows[each.name] = FormRow(f"Day: {each.name}", field, each.name)
            row.setMaximumWidth(240)
            self.parameters.addWidget(row)
        self.parameters.addStretch(1)

    def _parameter_typed(self, name: str, text: str) -> None:
        for each in self.draft.parameters:
            if each.name == name:
                each.text = text
        self._wait.start()
        self.changed.emit()

    # -- the first rows

    def _look(self) -> None:
        """Make the first rows anew, as the mapping now reads them."""
        try:
            mapping = parse_mapping(self.draft.document)
        except Refused:
            self._tell()
            return
        files, today, customs = tuple(self.draft.files), self.today, self.customs
        given = {each.name: each.text for each in self.draft.parameters if each.text.strip()}
        days = _days({name: text for name, text in given.items() if name in mapping.parameters}, today)
        styles = {name: text for name, text in given.items() if name in ("dates", "decimals")}

        def work(control: Control) -> tuple[Preview, tuple[FileSample, ...]]:
            control.check()
            found = preview(
                heads(files), mapping, today=today, parameters=days | styles, known_currency=is_currency,
                customs=customs,
            )  # fmt: skip
            return found, tuple(sample_of(file, _for_sample(mapping)) for file in files)

        self.context.background.run_long(
            work, self._show_preview, self._failed, lambda *_: None, write=False, slot=(id(self), "rows"), owner=self
        )

    def _show_preview(self, found: tuple[Preview, tuple[FileSample, ...]]) -> None:
        self.shown, self.glances = found
        self._refresh()
        fields = self.shown.fields
        if self.preview_table is None or self.preview_fields != fields:
            self._new_table(fields)
        assert self.preview_table is not None
        self.preview_table.set_rows(list(enumerate(self.shown.rows)))
        self._tell()
        self.changed.emit()

    def _new_table(self, fields: Sequence[str]) -> None:
        if self.preview_table is not None:
            self.preview_table.hide()
            self.place.removeWidget(self.preview_table)
            self.preview_table.deleteLater()
        columns = [
            Column("row", "Row", lambda each: Decimal(each[1].number), ColumnKind.QUANTITY, 56),
            Column("state", "Is", lambda each: state_of(each[1]), ColumnKind.CHIP, 122, tooltip=_why),
            *(
                Column(
                    name,
                    f"{name[:1].upper()}{name[1:]}".replace("_", " "),
                    partial(_cell, name),
                    width=104,
                    tooltip=partial(_cell_why, name),
                    tone=partial(_tone, name),
                )
                for name in fields
            ),
        ]
        table = RecordTable(columns, lambda each: each[0], "wizard/mapping-preview", title="As it will be understood")
        for part in (table.filter_field, table.columns_button, table.export_button):
            part.hide()
        table.setMinimumHeight(180)
        self.preview_table, self.preview_fields = table, tuple(fields)
        self.place.addWidget(table)

    def _tell(self) -> None:
        """What keeps the whole file from being understood, by the setting that it concerns or above the rows."""
        wrong = [each.message for each in self.wrong]
        asked = {"dates": "", "decimals": ""}
        for each in self.shown.problems if self.shown and not self.wrong else ():
            name = next((name for name in asked if f"--param {name}=" in each.fix), "")
            if name:
                asked[name] = f"{each.found} can be read in two ways: choose one."
            else:
                place = f"{each.column}: " if each.column else ""
                wrong.append(f"{each.file}: {place}{each.found}; expected is {each.expected}.")
        for name, words in asked.items():
            self.styles.rows[name].set_error(words)
        self.told.setText("\n".join(dict.fromkeys(wrong[:3])))
        self.told.setVisible(bool(wrong))

    # -- saving

    def save(self, target: Path | None = None) -> None:
        """Save the mapping under its name, or to a file."""
        try:
            path = save_mapping(self.document, target)
        except Refused as refused:
            self._failed(refused.problems)
            self.told.setText(refused.problems[0].message)
            self.told.show()
            return
        self.styles.rows["name"].set_hint("Saved. Offered again for such files.")
        self.saved.emit(str(path))

    def _save(self) -> None:
        self.save()

    def _save_as(self) -> None:
        dialog = QFileDialog(self, "Save the mapping", f"{self.document.get('name', 'mapping')}.json", MAPPING_FILES)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.fileSelected.connect(lambda path: self.save(Path(path)))
        dialog.open()

    # -- what is wrong

    def problems(self) -> Sequence[Problem]:
        if not self.document:
            return (Problem("looking", "", "Looking at the file…"),)
        if self.wrong:
            return self.wrong
        for name in ("dates", "decimals"):
            if self.styles.rows[name].error:
                return (Problem("ambiguous", name, "Say how days and numbers are written."),)
        return ()

    def show_problems(self, problems: Sequence[Problem], all_fields: bool) -> Sequence[Problem]:
        words = next((each.message for each in problems if each.field == "name"), "")
        self.styles.rows["name"].set_error(words)
        self._tell()
        return ()


def state_of(row: PreviewRow) -> str:
    """What becomes of a row, in a word or two."""
    if row.wrong:
        return "Not understood"
    if row.left_out:
        return "Left out"
    return "Takes back" if row.cancels else "Understood"


def value_words(value: object) -> str:
    """A value of a field as people read it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return display.quantity(value)
    return display.day(value) if isinstance(value, date) else str(value)


def _cell(name: str, each: tuple[int, PreviewRow]) -> str:
    row = each[1]
    if name in row.wrong:
        return f"not understood: {row.wrong[name].found or 'blank'}"
    return value_words(row.values.get(name))


def _cell_why(name: str, each: tuple[int, PreviewRow]) -> str:
    wrong = each[1].wrong.get(name)
    return f"Expected is {wrong.expected}: {wrong.fix}." if wrong else ""


def _tone(name: str, each: tuple[int, PreviewRow]) -> str:
    return "bad" if name in each[1].wrong else "muted" if each[1].left_out else ""


def _why(each: tuple[int, PreviewRow]) -> str:
    row = each[1]
    told = [f"{problem.column}: expected is {problem.expected}" for problem in row.wrong.values()]
    return row.left_out or "\n".join(told)


def _days(texts: dict[str, str], today: date) -> dict[str, str]:
    """Parameters as they are typed, as days in ISO; what is no day is left open."""
    found = {}
    for name, text in texts.items():
        try:
            found[name] = display.read_day(text, today).isoformat()
        except ValueError:
            continue
    return found


def _for_sample(mapping: Mapping) -> Mapping | None:
    return mapping if len(mapping.tables) == 1 else None


def _all_fields(tx: Any, _: None) -> tuple[CustomField, ...]:
    return tuple(fields_of(tx, *FieldObject))
