"""Forms over one field of a mapping, and over one filter of rows: what is typed becomes an entry of the document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from calm_desktop.formats.drafts import SkipKind
from calm_desktop.formats.mapping import OPS
from calm_desktop.formats.mapping_edits import (
    COLUMN,
    CONSTANT,
    JOINED,
    NOTHING,
    OTHER,
    PARAMETER,
    Entry,
    with_kind,
)
from calm_desktop.ui.widgets import Label, Section, button
from calm_desktop.ui.wizards.form import Form

KINDS = (
    ("Nothing", NOTHING),
    ("A column", COLUMN),
    ("Always the same", CONSTANT),
    ("Columns joined", JOINED),
    ("A day that is given", PARAMETER),
    ("As the file says", OTHER),
)
TITLES = {COLUMN: "Column", CONSTANT: "Text", JOINED: "Joined, columns in braces", PARAMETER: "Parameter"}
EXAMPLES = {JOINED: "{Order}-{Line}"}


@dataclass
class EntryDraft:
    """An entry as typed; `lookup` is pairs such as `M = month; Y = year`."""

    kind: str = NOTHING
    column: str = ""
    text: str = ""
    between: str = ""
    part: str = ""
    months: bool = False
    lookup: str = ""
    default: str = ""


def pairs_in(text: str) -> tuple[tuple[str, str], ...]:
    """The pairs of a lookup as it is typed."""
    found = []
    for each in text.split(";"):
        word, equals, meaning = each.partition("=")
        if equals:
            found.append((word.strip(), meaning.strip()))
    return tuple(found)


class FieldForm(Section):
    """Where one of our fields comes from; `edited(entry)` tells each change that a person makes."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__(" ")
        self.entry = Entry()
        self.draft = EntryDraft()
        self.meaning = Label("", "muted", wrap=True)
        self.body.addWidget(self.meaning)
        self.form = form = Form(self.draft, 12)
        form.choice("kind", "Comes from", KINDS, span=4)
        form.pick("column", "Column", span=5)
        form.line("text", "Text", span=5)
        form.line("default", "Where there is none", span=3)
        form.line("between", "Split at", placeholder="-", span=2)
        form.line("part", "Part", placeholder="1", span=2)
        form.line("lookup", "Read one text as another", placeholder="M = month; Y = year", span=4)
        form.tick("months", "Months before a day", span=4)
        form.changed.connect(self._typed)
        self.body.addWidget(form)

    def offer(self, columns: Sequence[str]) -> None:
        """The columns to choose from."""
        self.form.offer("column", columns)

    def show_entry(self, title: str, meaning: str, entry: Entry) -> None:
        """Show a field."""
        self.title.setText(title)
        self.meaning.setText(meaning)
        self.entry = entry
        draft = EntryDraft(
            entry.kind,
            entry.text if entry.kind == COLUMN else "",
            "" if entry.kind == COLUMN else entry.text,
            entry.between,
            str(entry.part or ""),
            bool(entry.months),
            "; ".join(f"{word} = {meaning}" for word, meaning in entry.lookup),
            entry.default,
        )
        self.draft = draft
        self.form.bind(draft)
        self._adapt()

    def _adapt(self) -> None:
        kind = self.draft.kind
        form = self.form
        form.show_rows(kind == COLUMN, "column")
        form.show_rows(kind in (CONSTANT, JOINED, PARAMETER), "text")
        form.rename("text", TITLES.get(kind, "Text"))
        field = form.rows["text"].field
        assert isinstance(field, QLineEdit)
        field.setPlaceholderText(EXAMPLES.get(kind, ""))
        form.show_rows(kind in (COLUMN, JOINED), "between", "part", "months", "lookup")
        form.show_rows(kind in (COLUMN, JOINED, OTHER), "default")

    def _typed(self) -> None:
        draft, before = self.draft, self.entry
        text = draft.column if draft.kind == COLUMN else draft.text
        entry = with_kind(before, draft.kind, text) if draft.kind != before.kind else replace(before, text=text)
        changing = draft.kind in (COLUMN, JOINED)
        part = draft.part.strip()
        entry = replace(
            entry,
            between=draft.between if changing else entry.between,
            part=(int(part) if part.removeprefix("-").isdigit() else 1 if draft.between else 0),
            months=(before.months or "day") if draft.months and changing else "",
            lookup=pairs_in(draft.lookup) if changing else entry.lookup,
            default=draft.default,
        )
        self.entry = entry
        self._adapt()
        self.edited.emit(entry)


@dataclass
class FilterDraft:
    """A filter as typed."""

    column: str = ""
    op: str = "="
    value: str = ""
    reason: str = ""
    cancelled: bool = False


class FilterForm(Section):
    """Which rows are left out; `edited(spec)`, `added()` and `removed()` tell what a person wishes."""

    edited = Signal(object)
    added = Signal()
    removed = Signal()

    def __init__(self) -> None:
        super().__init__("Rows left out")
        self.spec: dict[str, Any] | None = None
        self.draft = FilterDraft()
        self.form = form = Form(self.draft, 4)
        form.pick("column", "Where the column", span=2)
        form.choice("op", "is", [(op, op) for op in OPS])
        form.line("value", "This (several: with commas)")
        form.line("reason", "The reason that is shown", span=2)
        form.tick("cancelled", "Count them as cancelled", span=2)
        form.changed.connect(self._typed)
        self.body.addWidget(form)
        row = QHBoxLayout()
        self.add_button = button("Another filter")
        self.remove_button = button("Take it out")
        self.add_button.clicked.connect(self.added)
        self.remove_button.clicked.connect(self.removed)
        row.addWidget(self.add_button)
        row.addWidget(self.remove_button)
        row.addStretch(1)
        self.body.addLayout(row)

    def offer(self, columns: Sequence[str]) -> None:
        """The columns to choose from."""
        self.form.offer("column", columns)

    def show_filter(self, spec: dict[str, Any] | None) -> None:
        """Show a filter of a mapping; None where there is none."""
        self.spec = spec
        self.form.setVisible(spec is not None)
        self.remove_button.setEnabled(spec is not None)
        given = spec or {}
        value = given.get("value", "")
        self.draft = FilterDraft(
            str(given.get("column", "")),
            str(given.get("op", "=")),
            ", ".join(map(str, value)) if isinstance(value, list) else str(value),
            str(given.get("reason", "")),
            given.get("count_as") == SkipKind.CANCELLED,
        )
        self.form.bind(self.draft)
        self._adapt()

    def _adapt(self) -> None:
        self.form.show_rows(self.draft.op not in ("empty", "not empty"), "value")

    def _typed(self) -> None:
        draft = self.draft
        spec = dict(self.spec or {}) | {"column": draft.column, "op": draft.op, "reason": draft.reason}
        several = [each.strip() for each in draft.value.split(",")]
        spec["value"] = several if draft.op in ("in", "not in") else draft.value
        if draft.op in ("empty", "not empty"):
            del spec["value"]
        spec.pop("count_as", None)
        if draft.cancelled:
            spec["count_as"] = SkipKind.CANCELLED.value
        self.spec = spec
        self._adapt()
        self.edited.emit(spec)
