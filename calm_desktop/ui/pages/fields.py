"""Fields of one's own: the list of them, and beside it one to be changed, or a new one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPlainTextEdit

from calm_desktop.engine.fields import FieldObject, FieldType
from calm_desktop.engine.problems import Problem
from calm_desktop.engine.reading import Reader
from calm_desktop.services.fields import add_field, list_fields, remove_field, set_field
from calm_desktop.services.requests import AddField, RemoveField, SetField
from calm_desktop.services.shapes import FieldShape
from calm_desktop.services.tx import Tx
from calm_desktop.ui import display, places
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header, Notice
from calm_desktop.ui.pages.beside import FormsBesidePage
from calm_desktop.ui.pages.forms import Form, SidePanel
from calm_desktop.ui.record_model import Column, ColumnKind
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import FormRow, Label, button, choice_field, line_field

OBJECTS = {
    FieldObject.ACCOUNT: "Accounts",
    FieldObject.PRODUCT: "Products",
    FieldObject.ORDER: "Orders",
    FieldObject.ASSET: "Assets",
}
TYPES = {
    FieldType.TEXT: "Text",
    FieldType.NUMBER: "Number",
    FieldType.DATE: "Date",
    FieldType.CHOICE: "Choice",
    FieldType.YES_NO: "Yes or no",
}
_NEEDED = (("May be empty", "no"), ("Needed of each new record", "yes"))
_IN_USE = (("In use", "yes"), ("Out of use", "no"))
_ABOUT_NAME = "By which files and other programs know it, with __c behind it. Empty: as the label."
_ABOUT_CHOICES = "One on each line. What is left out later stays where it was chosen."


def _yes(word: bool) -> str:
    return "Yes" if word else "No"


COLUMNS = (
    Column("label", "Field", attrgetter("label"), ColumnKind.LINK, 170),
    Column("object", "On", lambda row: OBJECTS[FieldObject(row.object)], width=90),
    Column("type", "Type", lambda row: TYPES[FieldType(row.type)], width=90),
    Column("choices", "Choices", lambda row: ", ".join(row.choices), width=190),
    Column("name", "Name", attrgetter("api_name"), width=140),
    Column("required", "Needed", lambda row: _yes(row.required), width=80),
    Column("active", "In use", lambda row: _yes(row.active), width=70),
    Column("values", "Values", attrgetter("values"), ColumnKind.QUANTITY, 80),
)


def name_for(label: str) -> str:
    """The name that a label suggests: `Signed on` gives `Signed_on`."""
    return re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_")


class FieldsPage(FormsBesidePage):
    """`calm://fields`: fields of one's own, and beside them a form for a new one or for the one that is chosen."""

    kinds = frozenset({"field", "account", "product", "order", "asset", "import"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.chosen: FieldShape | None = None
        self.add_button = button("New field", "primary", "plus", "Add a field (Ctrl+Shift+N)")
        self.add_button.setShortcut("Ctrl+Shift+N")
        self.add_button.clicked.connect(self.begin_new)
        self.table = RecordTable(
            COLUMNS,
            attrgetter("id"),
            "fields",
            context.settings,
            noun="field",
            future=lambda row: not row.active,
            empty="No fields of your own yet",
        )
        self.table.view.setAccessibleName("Fields of your own")
        self.table.selection_changed.connect(self._selected)
        self.table.link_activated.connect(lambda row, _: self.choose(row))
        self.new = self._new_form()
        self.edit = self._edit_form()
        self.table.row_activated.connect(lambda _: self.edit.begin())
        self.panel = SidePanel(self.new, self.edit)
        for form in (self.new, self.edit):
            form.closed.connect(self.close_panel)
        self.new.saved.connect(self._added)
        self.lay_out()

    # -- forms

    def _new_form(self) -> Form:
        form = Form(self.context, "New field", "Add field", self._new_field, "Close")
        words = "It is shown on the pages of its records, and found in tables, searches, files and reports."
        form.insert_above(Label(words, "muted", wrap=True))
        form.add(FormRow("Label", line_field(placeholder="Sales region"), "label"))
        form.add(
            FormRow("On", choice_field([(text, kind.value) for kind, text in OBJECTS.items()]), "on"),
            FormRow("Type", choice_field([(text, kind.value) for kind, text in TYPES.items()]), "type"),
        )
        form.add(FormRow("Choices", _lines(), "choices", _ABOUT_CHOICES))
        form.add(FormRow("Needed", choice_field(_NEEDED), "required"))
        form.add(FormRow("Name", line_field(), "name", _ABOUT_NAME))
        kind = form.field("type")
        assert isinstance(kind, QComboBox)
        kind.currentIndexChanged.connect(lambda _: self._show_choices(form, str(kind.currentData())))
        self._show_choices(form, FieldType.TEXT)
        return form

    def _edit_form(self) -> Form:
        form = Form(self.context, "", "Save", self._changed_field, "Close")
        self.about = Label("", "muted", wrap=True)
        form.insert_above(self.about)
        form.add(FormRow("Label", line_field(), "label"))
        form.add(FormRow("Choices", _lines(), "choices", _ABOUT_CHOICES))
        form.add(
            FormRow("Needed", choice_field(_NEEDED), "required"), FormRow("Shown", choice_field(_IN_USE), "active")
        )
        self.remove_button = button("Remove", "link")
        self.remove_button.clicked.connect(lambda: self._remove(with_values=False))
        form.add_tool(self.remove_button)
        return form

    @staticmethod
    def _show_choices(form: Form, kind: str) -> None:
        form.row("choices").setVisible(kind == FieldType.CHOICE.value)

    def _new_field(self, typed: Mapping[str, str], _: Reader) -> tuple[Any, AddField]:
        choices = _in_lines(typed["choices"]) if typed["type"] == FieldType.CHOICE.value else ()
        name = typed["name"].strip() or name_for(typed["label"])
        kind, holds = FieldObject(typed["on"]), FieldType(typed["type"])
        return add_field, AddField(name, kind, holds, typed["label"], choices, typed["required"] == "yes")

    def _changed_field(self, typed: Mapping[str, str], _: Reader) -> tuple[Any, SetField]:
        assert self.chosen is not None
        return set_field, SetField(
            self.chosen.name,
            FieldObject(self.chosen.object),
            typed["label"],
            _in_lines(typed["choices"]) if self.chosen.type == FieldType.CHOICE.value else None,
            typed["required"] == "yes",
            typed["active"] == "yes",
        )

    # -- the page

    def load(self, link: Link) -> None:
        def answer(tx: Tx, _: None) -> tuple[FieldShape, ...]:
            return list_fields(tx)

        self.ask(answer, None, self.render_fields)

    def render_fields(self, fields: Sequence[FieldShape]) -> None:
        """Show the fields; what is being typed stays."""
        self.table.set_rows(fields)
        crumbs = (("Settings", places.settings()), ("Fields of your own", ""))
        self.set_header(Header("Fields of your own", crumbs, (), (self.add_button,)))
        if self.chosen is not None:
            again = next((field for field in fields if field.id == self.chosen.id), None)
            if again is None:
                self.close_panel()
            else:
                self._fill(again)

    def begin_new(self) -> None:
        """Open the form for a new field."""
        if not self.new.isVisible():
            self.new.fill({"on": FieldObject.ACCOUNT.value, "type": FieldType.TEXT.value, "required": "no"})
        self.chosen = None
        self.table.select_ids([])
        self._show_form(self.new)
        self.new.begin()

    def choose(self, field: FieldShape) -> None:
        """Open a field beside the list."""
        self.table.select_ids([field.id])
        self._fill(field)
        self._show_form(self.edit)

    def close_panel(self) -> None:
        self.chosen = None
        self.table.select_ids([])
        super().close_panel()

    def _selected(self, ids: Sequence[object]) -> None:
        rows = self.table.selected_rows()
        if len(rows) == 1:
            self.choose(rows[0])

    def _fill(self, field: FieldShape) -> None:
        texts = {
            "label": field.label,
            "choices": "\n".join(field.choices),
            "required": "yes" if field.required else "no",
            "active": "yes" if field.active else "no",
        }
        if self.chosen is not None and self.chosen.id == field.id:
            self.edit.refill(texts)
        else:
            self.edit.fill(texts)
        self.chosen = field
        self._show_choices(self.edit, field.type)
        self.edit.title.setText(field.label)
        self.edit.title.show()
        on, holds = OBJECTS[FieldObject(field.object)].lower(), TYPES[FieldType(field.type)].lower()
        said = f"{field.object} says" if field.values == 1 else f"{field.object}s say"
        self.about.setText(f"{field.api_name} on {on} · {holds} · {field.values:,} {said} something in it")

    def _show_form(self, form: Form) -> None:
        for each in (self.new, self.edit):
            each.setVisible(each is form)
        self.panel.show()

    def _added(self, field: FieldShape) -> None:
        self.choose(field)
        self.context.notify(Notice(f"{field.label} was added to {field.object}s.", "good"))

    def _remove(self, with_values: bool) -> None:
        assert self.chosen is not None
        field, desk = self.chosen, self.context.desk
        request = RemoveField(field.name, FieldObject(field.object), with_values)
        self.context.background.run(
            lambda: desk.do(remove_field, request),
            lambda _: self.context.notify(Notice(f"{field.label} was removed.", "good")),
            self._not_removed,
            write=True,
            owner=self,
        )

    def _not_removed(self, problems: Sequence[Problem]) -> None:
        """What records say in a field is kept unless a person says otherwise."""
        if self.chosen is None or not any(problem.code == "field-has-values" for problem in problems):
            self.edit.banner.tell_problems(problems)
            return
        words = " ".join(problem.message for problem in problems)
        remove = f"Remove with {display.count(self.chosen.values, 'value')}"
        self.edit.banner.tell(
            words,
            "warn",
            [("Put out of use", self._retire), (remove, lambda: self._remove(with_values=True))],
        )

    def _retire(self) -> None:
        assert self.chosen is not None
        field, desk = self.chosen, self.context.desk
        request = SetField(field.name, FieldObject(field.object), active=False)
        self.edit.banner.hide()
        self.context.background.run(
            lambda: desk.do(set_field, request),
            lambda _: self.context.notify(Notice(f"{field.label} is out of use; what it says is kept.", "good")),
            self.edit.banner.tell_problems,
            write=True,
            owner=self,
        )


def _lines() -> QPlainTextEdit:
    field = QPlainTextEdit()
    field.setTabChangesFocus(True)
    field.setFixedHeight(96)
    field.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    field.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    return field


def _in_lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
