"""Fields of one's own in the window: columns of tables, rows of forms, and the block of them on a record's page.

self.own_fields = DetailsBlock(context, FieldObject.ACCOUNT)
self.own_fields.show_record(page.account, page.fields, page.today)      # hidden where no field is defined
table.offer(columns_of(page.fields, FieldObject.ASSET))                 # in the chooser, off at first
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from calm_desktop.engine.fields import CustomField, FieldObject, FieldType, FieldValue, text_of
from calm_desktop.engine.reading import Reader
from calm_desktop.services.catalogue import set_product
from calm_desktop.services.customers import set_account
from calm_desktop.services.requests import SetAccount, SetAsset, SetOrder, SetProduct
from calm_desktop.services.sales import set_asset, set_order
from calm_desktop.ui import display, theme
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.pages.forms import Form
from calm_desktop.ui.record_model import Column, ColumnKind
from calm_desktop.ui.widgets import ElidedLabel, FormRow, Section, button, choice_field, clear, line_field

IN_A_ROW = 6
FORM_WIDTH = 760

Said = tuple[tuple[str, str], ...]

_SETTING: Mapping[FieldObject, tuple[Callable[..., Any], Callable[[str, Said], Any]]] = {
    FieldObject.ACCOUNT: (set_account, lambda record, said: SetAccount(record, fields=said)),
    FieldObject.PRODUCT: (set_product, lambda record, said: SetProduct(record, fields=said)),
    FieldObject.ORDER: (set_order, SetOrder),
    FieldObject.ASSET: (set_asset, lambda record, said: SetAsset(record, fields=said)),
}
_KINDS = {FieldType.NUMBER: ColumnKind.QUANTITY, FieldType.DATE: ColumnKind.DATE}
_YES_NO = (("", ""), ("Yes", "yes"), ("No", "no"))


def of_object(fields: Iterable[CustomField], kind: FieldObject) -> tuple[CustomField, ...]:
    """The fields of one object."""
    return tuple(field for field in fields if field.object is kind)


def shown(value: FieldValue | None) -> str:
    """A value for people."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return display.day(value)
    return value if isinstance(value, str) else "" if value is None else display.quantity(value)


def columns_of(fields: Iterable[CustomField], kind: FieldObject) -> tuple[Column, ...]:
    """Columns for what rows say in the fields of an object; hidden until they are chosen."""
    return tuple(_column(field) for field in of_object(fields, kind))


def _column(field: CustomField) -> Column:
    def value(row: Any) -> Any:
        found = row.fields.get(field.name)
        return shown(found) if isinstance(found, bool) else found

    return Column(f"field.{field.name}", field.label, value, _KINDS.get(field.type, ColumnKind.TEXT), 130, hidden=True)


# -- rows of forms


def rows_of(fields: Iterable[CustomField], today: date | None) -> list[FormRow]:
    """A row for each field, by the name that problems use."""
    return [
        FormRow(field.label, _editor(field, today), field.api_name, "Needed" if field.required else "")
        for field in fields
    ]


def _editor(field: CustomField, today: date | None) -> QWidget:
    match field.type:
        case FieldType.DATE:
            return DateField(None, today, optional=True, placeholder="None")
        case FieldType.CHOICE:
            return choice_field([("", ""), *((choice, choice) for choice in field.choices)])
        case FieldType.YES_NO:
            return choice_field(_YES_NO)
    return line_field(figures=field.type is FieldType.NUMBER)


def texts_of(fields: Iterable[CustomField], values: Mapping[str, FieldValue | None]) -> dict[str, str]:
    """What a record says as forms are filled with it."""
    return {field.api_name: text_of(values.get(field.name)) for field in fields}


def said_in(
    fields: Iterable[CustomField], typed: Mapping[str, str], values: Mapping[str, FieldValue | None] | None = None
) -> Said:
    """What was typed into the rows that differs from what the record says."""
    before = texts_of(fields, values or {})
    return tuple((name, typed[name]) for name in before if typed.get(name, "").strip() != before[name])


class OwnRows:
    """The rows of a form for the fields of one object, made anew when the fields change."""

    def __init__(self, form: Form, kind: FieldObject) -> None:
        self.form, self.kind = form, kind
        self.fields: tuple[CustomField, ...] = ()

    def offer(self, fields: Iterable[CustomField], today: date | None) -> None:
        """Have a row for each of the fields; what was typed into others stays."""
        mine = of_object(fields, self.kind)
        if mine != self.fields:
            self.fields = mine
            self.form.put_more(rows_of(mine, today))

    def texts(self, values: Mapping[str, FieldValue | None]) -> dict[str, str]:
        """What a record says, to fill the form with; a choice that is retired can be seen, and stay."""
        texts = texts_of(self.fields, values)
        for field in self.fields:
            editor = self.form.field(field.api_name)
            if field.type is FieldType.CHOICE and isinstance(editor, QComboBox):
                text = texts[field.api_name]
                place = len(field.choices) + 1
                if editor.count() > place and editor.itemData(place) != text:
                    editor.removeItem(place)
                if text in field.retired and editor.findData(text) < 0:
                    editor.addItem(f"{text} (no longer offered)", text)
        return texts

    def said(self, typed: Mapping[str, str], values: Mapping[str, FieldValue | None] | None = None) -> Said:
        """What was typed that differs from what the record says."""
        return said_in(self.fields, typed, values)


# -- the block on a page


class FactsGrid(QWidget):
    """Muted names over their values, some in a row; a long value gives up its end."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(28)
        self._grid.setVerticalSpacing(2)
        self.texts: dict[str, str] = {}

    def show_facts(self, texts: Mapping[str, str]) -> None:
        """Show values by their names."""
        if texts == self.texts:
            return
        clear(self._grid)
        self.texts = dict(texts)
        for place, (name, text) in enumerate(texts.items()):
            row, column = 2 * (place // IN_A_ROW), place % IN_A_ROW
            self._grid.addWidget(ElidedLabel(name, "muted", size=theme.SMALL), row, column)
            self._grid.addWidget(ElidedLabel(text, weight=theme.MEDIUM), row + 1, column)
        for column in range(IN_A_ROW):
            self._grid.setColumnStretch(column, 1)


class DetailsBlock(Section):
    """What a record says in fields of one's own, in one line, to be changed in place; hidden where there are none."""

    def __init__(self, context: Context, kind: FieldObject) -> None:
        super().__init__("Details")
        self.kind = kind
        self._record = ""
        self._values: Mapping[str, FieldValue | None] = {}
        self.edit_button = button("Edit", "link", tooltip="Change what your own fields say")
        self.edit_button.clicked.connect(self.begin)
        self.add_tool(self.edit_button)
        self.facts = FactsGrid()
        self.form = Form(context, "", "Save", self._wish)
        self.form.setProperty("bare", True)
        self.form.setMaximumWidth(FORM_WIDTH)
        self.form.layout().setContentsMargins(0, 0, 0, 0)  # type: ignore[union-attr]
        self.body.addWidget(self.facts)
        self.body.addWidget(self.form)
        self.rows = OwnRows(self.form, kind)
        self.form.hide()
        self.form.saved.connect(lambda _: self.close_form())
        self.form.closed.connect(self.close_form)
        self.hide()

    def show_record(self, record: Any, fields: Sequence[CustomField], today: date | None = None) -> None:
        """Show what a record (a shape with `id` and `fields`) says; what is being typed stays."""
        same, self._record, self._values = self._record == record.id, record.id, record.fields
        self.rows.offer(fields, today)
        self.setVisible(bool(self.rows.fields))
        if not self.rows.fields:
            return
        texts = self.rows.texts(self._values)
        if same and not self.form.isHidden():
            self.form.refill(texts)
        else:
            self.form.fill(texts)
            self.close_form()
        told = [(field.label, shown(self._values.get(field.name)) or display.NOTHING) for field in self.rows.fields]
        self.facts.show_facts(dict(told))

    def begin(self) -> None:
        """Change what it says."""
        self.form.fill(self.rows.texts(self._values))
        self.facts.hide()
        self.edit_button.hide()
        self.form.show()
        self.form.begin()

    def close_form(self) -> None:
        """Show what it says, and nothing that was typed."""
        self.form.hide()
        self.facts.show()
        self.edit_button.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self.form.isHidden():
            self.close_form()
        else:
            super().keyPressEvent(event)

    def _wish(self, typed: Mapping[str, str], _: Reader) -> tuple[Callable[..., Any], Any]:
        use_case, request = _SETTING[self.kind]
        return use_case, request(self._record, self.rows.said(typed, self._values))
