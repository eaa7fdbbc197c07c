"""Fields of one's own on accounts, products, orders and assets: defined, changed, put out of use, removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from calm_desktop.engine.fields import (
    LONGEST_LABEL,
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_CHOICES,
    CustomField,
    FieldObject,
    FieldType,
    is_name,
    name_of,
    same_word,
)
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services.boundary import use_case, view
from calm_desktop.services.field_values import definitions, resolve
from calm_desktop.services.ids import public_id
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import AddField, RemoveField, SetField
from calm_desktop.services.shapes import FieldShape
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take

_fields, _values = tables.custom_field, tables.field_value


@view()
def list_fields(tx: Tx, kind: FieldObject | None = None) -> tuple[FieldShape, ...]:
    """Every field, or those of one object, those that are out of use too."""
    found = [field for field in definitions(tx) if kind in (None, field.object)]
    if not found:
        return ()
    query = select(_values.c.field_id, func.count()).group_by(_values.c.field_id)
    counts = dict(tuple(row) for row in tx.db.execute(query))
    return tuple(_shape(field, counts.get(field.id, 0)) for field in found)


def _shape(field: CustomField, values: int) -> FieldShape:
    return FieldShape(
        id=public_id("field", field.id),
        object=field.object.value,
        name=field.name,
        api_name=field.api_name,
        label=field.label,
        type=field.type.value,
        choices=field.choices,
        retired=field.retired,
        required=field.required,
        active=field.active,
        values=values,
    )


@use_case(Permission.FIELDS)
def add_field(tx: Tx, request: AddField) -> FieldShape:
    """A new field. Refuses a name or label that another field of the object has, and choices that do not fit."""
    name = name_of(request.name)
    field = CustomField(
        id=0,
        object=request.object,
        name=name,
        label=request.label.strip() or name.replace("_", " "),
        type=request.type,
        choices=tuple(choice.strip() for choice in request.choices),
        required=request.required,
    )
    mine = [each for each in definitions(tx) if each.object is field.object]
    problems = _problems(field, mine)
    if not is_name(name):
        words = (
            f"{request.name.strip()!r} is no name of a field. Begin with a letter, and use letters, digits and single "
            f"underscores, at most {LONGEST_NAME}."
        )
        problems.append(Problem("bad-name", "name", words))
    elif same_word(name, (each.name for each in mine)):
        words = f"There is a field {name} on {field.object}s already. Take another name."
        problems.append(Problem("field-exists", "name", words))
    refuse_if(problems)
    place = tx.db.scalar(select(func.max(_fields.c.place)).where(_fields.c.object == field.object.value))
    field = replace(field, id=take(tx.db, "custom_field"))
    tx.db.execute(_fields.insert().values(place=(place or 0) + 1, **_row(field)))
    tx.has_fields = True
    return _changed(tx, field, "added")


@use_case(Permission.FIELDS)
def set_field(tx: Tx, request: SetField) -> FieldShape:
    """Change a field; records keep what they say. Choices that are left out are retired: they stand where they are."""
    before = _find(tx, request.field, request.object)
    field = before
    if request.label is not None:
        field = replace(field, label=request.label.strip())
    if request.choices is not None:
        choices = tuple(choice.strip() for choice in request.choices)
        gone = (choice for choice in (*field.retired, *field.choices) if choice not in choices)
        field = replace(field, choices=choices, retired=tuple(dict.fromkeys(gone)))
    if request.required is not None:
        field = replace(field, required=request.required)
    if request.active is not None:
        field = replace(field, active=request.active)
    others = [each for each in definitions(tx) if each.object is field.object and each.id != field.id]
    refuse_if(_problems(field, others))
    tx.set_values(_fields, field.id, _row(field), f"field {field.object}.{field.name}")
    if request.place is not None:
        _put(tx, [*others[: max(0, request.place - 1)], field, *others[max(0, request.place - 1) :]])
    return _changed(tx, field, "changed")


@use_case(Permission.FIELDS)
def remove_field(tx: Tx, request: RemoveField) -> FieldShape:
    """Remove a field. Refused where records say something in it, unless its values are to go `with` it."""
    field = _find(tx, request.field, request.object)
    mine = _values.c.field_id == field.id
    count = tx.db.scalar(select(func.count()).select_from(_values).where(mine)) or 0
    if count and not request.with_values:
        number = f"1 {field.object} has" if count == 1 else f"{count:,} {field.object}s have"
        words = f"{number} a value in {field.label}. Put the field out of use instead, or remove it with its values."
        raise Refused(Problem("field-has-values", "field", words))
    tx.db.execute(_values.delete().where(mine))
    tx.db.execute(_fields.delete().where(_fields.c.id == field.id))
    _changed(tx, field, "removed")
    return _shape(field, count)


def _find(tx: Tx, name: str, kind: FieldObject | None) -> CustomField:
    return resolve([field for field in definitions(tx) if kind in (None, field.object)], name)


def _row(field: CustomField) -> dict[str, Any]:
    return {
        "id": field.id,
        "object": field.object.value,
        "name": field.name,
        "label": field.label,
        "type": field.type.value,
        "choices": list(field.choices),
        "retired": list(field.retired),
        "required": field.required,
        "active": field.active,
    }


def _put(tx: Tx, fields: Sequence[CustomField]) -> None:
    """Show fields in this order."""
    for place, field in enumerate(fields, 1):
        tx.db.execute(_fields.update().where(_fields.c.id == field.id).values(place=place))


def _changed(tx: Tx, field: CustomField, change: str) -> FieldShape:
    tx.fields = None
    tx.touch("field")
    tx.tell("CustomFieldChangedEvent", {"Object": field.object.value, "Name": field.api_name, "Change": change})
    count = tx.db.scalar(select(func.count()).select_from(_values).where(_values.c.field_id == field.id))
    return _shape(field, count or 0)


def _problems(field: CustomField, others: Iterable[CustomField]) -> list[Problem]:
    found = []
    if not field.label or len(field.label) > LONGEST_LABEL or not field.label.isprintable():
        words = f"A label has 1 to {LONGEST_LABEL} characters, all in one line."
        found.append(Problem("bad-label", "label", words))
    elif same_word(field.label, (each.label for each in others)):
        words = f"There is a field labelled {field.label!r} on {field.object}s already. Take another label."
        found.append(Problem("field-exists", "label", words))
    if field.type is not FieldType.CHOICE:
        if field.choices:
            words = f"A field of type {field.type} has no choices. Leave them out, or make it one of type choice."
            found.append(Problem("not-for-this-type", "choices", words))
        return found
    if not field.choices:
        found.append(Problem("missing-choices", "choices", "Say what can be chosen, at least one choice."))
    if len(field.choices) > MOST_CHOICES:
        found.append(Problem("too-many-choices", "choices", f"At most {MOST_CHOICES} choices can be offered."))
    seen = set[str]()
    for choice in field.choices:
        if not choice or len(choice) > LONGEST_TEXT or not choice.isprintable():
            words = f"A choice has 1 to {LONGEST_TEXT} characters, all in one line."
            found.append(Problem("bad-choice", "choices", words))
        if choice.casefold() in seen:
            found.append(Problem("choice-twice", "choices", f"{choice} is there twice. Leave one of them out."))
        seen.add(choice.casefold())
    return found
