"""What holds for fields of one's own and for what records say in them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Row, select

from calm_desktop.engine.fields import CustomField, FieldType, Misfit, fits, is_name, text_of, value_of
from calm_desktop.services.field_values import COLUMN, TABLES, field_of
from calm_desktop.services.invariants.finding import Breach, Finding, found, row_count
from calm_desktop.store.tables import custom_field, field_value

_COLUMNS = ("text", "number", "day", "flag")


def fields_are_well_defined(db: Connection) -> Finding:
    """A field's name is one, no other field of its object is called the same, and just choices have choices."""
    fields = _fields(db)

    def broken() -> Iterator[Breach]:
        seen = set[tuple[str, str]]()
        for field in fields.values():
            key = field.object.value, field.name.casefold()
            if not is_name(field.name):
                yield Breach(_place(field), "its name is none")
            if key in seen:
                yield Breach(_place(field), "another field is called the same")
            seen.add(key)
            if bool(field.choices) != (field.type is FieldType.CHOICE):
                yield Breach(_place(field), f"it is of type {field.type} and has {len(field.choices)} choices")
            elif set(field.choices) & set(field.retired):
                yield Breach(_place(field), "a choice is both offered and retired")

    return found(len(fields), broken())


def field_values_fit_their_field(db: Connection) -> Finding:
    """A value is of its field's type and could be typed there; a choice is, or was, among those offered."""
    fields = _fields(db)

    def broken() -> Iterator[Breach]:
        for row in db.execute(select(field_value)) if fields else ():
            field = fields.get(row.field_id)
            if field is not None and not _fits(field, row):
                yield Breach(f"{_place(field)} of {field.object} {row.record_id}", f"it cannot say {_said(row)!r}")

    return found(row_count(db, field_value), broken())


def field_values_belong_to_records(db: Connection) -> Finding:
    """Who says something in a field is there."""
    fields = _fields(db)

    def broken() -> Iterator[Breach]:
        for field in fields.values():
            records = select(TABLES[field.object].c.id)
            values = field_value.c
            orphans = select(values.record_id).where(values.field_id == field.id, values.record_id.not_in(records))
            for record in db.scalars(orphans):
                yield Breach(_place(field), f"{field.object} {record} says something there, but does not exist")

    return found(row_count(db, field_value), broken())


def _fields(db: Connection) -> dict[int, CustomField]:
    return {row.id: field_of(row) for row in db.execute(select(custom_field).order_by(custom_field.c.id))}


def _place(field: CustomField) -> str:
    return f"field {field.object}.{field.name}"


def _said(row: Row[tuple[object, ...]]) -> object:
    return next((value for name in _COLUMNS if (value := getattr(row, name)) is not None), None)


def _fits(field: CustomField, row: Row[tuple[object, ...]]) -> bool:
    value = getattr(row, COLUMN[field.type].name)
    if value is None or not fits(field, value):
        return False
    try:
        return field.type is FieldType.CHOICE or value_of(field, text_of(value)) == value
    except Misfit:
        return False
