"""What records say in fields of one's own: read, written and looked for; where none is defined, nothing is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Table, and_, func, or_, select

from calm_desktop.engine.fields import (
    Condition,
    CustomField,
    FieldObject,
    FieldType,
    FieldValue,
    Misfit,
    Relation,
    fits,
    named,
    names_of,
    relations,
    same_word,
    text_of,
    value_of,
)
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.boundary import view
from calm_desktop.services.ids import PREFIXES, public_id
from calm_desktop.services.lookup import spellings_of
from calm_desktop.services.scopes import EVERYTHING, among, rows_in
from calm_desktop.services.shapes.fields import FieldsTold
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

Texts = Sequence[tuple[str, str]]
"""Names of fields, each with what a record is to say in it; nothing clears it."""

Values = dict[CustomField, FieldValue | None]
"""What is to be written: None takes a value away."""

TABLES: Mapping[FieldObject, Table] = {
    FieldObject.ACCOUNT: tables.account,
    FieldObject.PRODUCT: tables.product,
    FieldObject.ORDER: tables.sales_order,
    FieldObject.ASSET: tables.asset,
}
"""Where the records of each object are."""

_stored = tables.field_value.c
COLUMN: Mapping[FieldType, Column[Any]] = {
    FieldType.TEXT: _stored.text,
    FieldType.NUMBER: _stored.number,
    FieldType.DATE: _stored.day,
    FieldType.CHOICE: _stored.text,
    FieldType.YES_NO: _stored.flag,
}
"""Where the values of each type are."""

_MANY = 500
"""Records beyond this number are not named one by one in a statement."""


# -- which fields there are


def definitions(tx: Tx) -> tuple[CustomField, ...]:
    """Every field, those that are not in use any more too: by object, in the order in which they are shown."""
    if not tx.has_fields:
        return ()
    if tx.fields is None:
        fields = tables.custom_field
        query = select(fields).order_by(fields.c.object, fields.c.place, fields.c.id)
        found = sorted(map(field_of, tx.db.execute(query)), key=lambda field: list(FieldObject).index(field.object))
        tx.fields = tuple(found)
    return tx.fields


def field_of(row: Row[Any]) -> CustomField:
    """A row of the table of definitions."""
    return CustomField(
        id=row.id,
        object=FieldObject(row.object),
        name=row.name,
        label=row.label,
        type=FieldType(row.type),
        choices=tuple(row.choices),
        retired=tuple(row.retired),
        required=row.required,
        active=row.active,
    )


@view()
def fields_of(tx: Tx, *kinds: FieldObject) -> tuple[CustomField, ...]:
    """The fields in use of objects, in the order in which they are shown, without what is hidden from the caller."""
    return tuple(field for field in in_use(tx, *kinds) if access_name(field) not in tx.rights.hidden)


def in_use(tx: Tx, *kinds: FieldObject) -> tuple[CustomField, ...]:
    """The fields in use of objects, whoever asks."""
    return tuple(field for field in definitions(tx) if field.active and field.object in kinds)


def access_name(field: CustomField) -> str:
    """The name under which a field is hidden from a role, or its to read alone: `account.Region`."""
    return f"{field.object}.{field.name}"


def resolve(fields: Sequence[CustomField], name: str, about: str = "field") -> CustomField:
    """The one field that a name means. Refuses an unknown and an ambiguous name; `about` is the input concerned."""
    found = named(fields, name)
    if len(found) == 1:
        return found[0]
    if found:
        words = ", ".join(f"{field.object}.{field.name}" for field in found)
        raise Refused(Problem("ambiguous-field", about, f"{name.strip()} may be {words}. Write one of these."))
    known = ", ".join(names_of(fields))
    words = f"There is no field {name.strip()!r} here. " + (f"There are: {known}." if known else "None is defined.")
    raise Refused(Problem("unknown-field", about, words))


# -- reading what is to be written


def given(tx: Tx, kind: FieldObject, texts: Texts, problems: list[Problem], *, new: bool = False) -> Values:
    """The values that texts state for a record of an object; what is wrong with them is added to `problems`.

    A `new` record must have what is required; what is required is never taken away.
    """
    fields, found = fields_of(tx, kind), Values()
    for name, text in texts:
        try:
            field = resolve(fields, name)
        except Refused as refused:
            problems.extend(refused.problems)
            continue
        if access_name(field) in tx.rights.fixed:
            words = f"The role {tx.caller.role} may not change {field.label}. Leave it out, or ask an admin."
            problems.append(Problem("INSUFFICIENT_ACCESS", field.api_name, words))
        if field in found:
            problems.append(Problem("field-twice", field.api_name, f"{field.label} is given twice. Give it once."))
        try:
            found[field] = value_of(field, text)
        except Misfit as misfit:
            problems.append(misfit_problem(field, text, misfit))
            found[field] = None
            continue
        if found[field] is None and field.required:
            problems.append(_missing(field))
    if new:
        problems.extend(_missing(field) for field in fields if field.required and field not in found)
    return found


def misfit_problem(field: CustomField, text: str, misfit: Misfit) -> Problem:
    """A text that a field cannot take, in words."""
    fix = misfit.fix[:1].upper() + misfit.fix[1:]
    words = f"{field.label}: {text.strip()!r} is not {misfit.expected}. {fix}."
    return Problem("bad-field", field.api_name, words)


def _missing(field: CustomField) -> Problem:
    words = f"{field.label} is needed of each {field.object}. Give it a value."
    return Problem("missing-field", field.api_name, words)


# -- writing


def write(tx: Tx, kind: FieldObject, record: int, values: Values) -> None:
    """Let a record say these values, and tell of it."""
    if not values:
        return
    fields = [field.id for field in values]
    table = tables.field_value
    said = values_of(tx, kind, [record])(record)
    before = {each.api_name: text_of(now) for each in values if (now := said.get(each.name)) is not None}
    tx.db.execute(table.delete().where(table.c.record_id == record, table.c.field_id.in_(fields)))
    write_new(tx, [(record, values)])
    told = {field.api_name: None if value is None else text_of(value) for field, value in values.items()}
    tx.note(public_id(kind, record), before, told)
    tx.tell("FieldValuesChangedEvent", {"RecordId": public_id(kind, record), "Fields": told})


def write_new(tx: Tx, records: Iterable[tuple[int, Values]]) -> None:
    """Let records that say nothing yet in these fields say these values."""
    rows = [
        {"field_id": field.id, "record_id": record, **dict.fromkeys(("text", "number", "day", "flag"))}
        | {COLUMN[field.type].name: value}
        for record, values in records
        for field, value in values.items()
        if value is not None
    ]
    if rows:
        tx.db.execute(tables.field_value.insert(), rows)


def as_json(values: Values) -> dict[str, str] | None:
    """Values to be kept until the record that they are for is made: texts by the number of the field."""
    return {str(field.id): text_of(value) for field, value in values.items() if value is not None} or None


def from_json(tx: Tx, kept: Mapping[str, str] | None) -> Values:
    """Values that were kept, in those fields that are still there; a choice may have been retired since."""
    fields = {str(field.id): field for field in definitions(tx)}
    return {
        fields[key]: text if fields[key].type is FieldType.CHOICE else value_of(fields[key], text)
        for key, text in (kept or {}).items()
        if key in fields
    }


def told_to(tx: Tx, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an event tells the caller: without fields of one's own that are hidden."""
    said = payload.get("Fields")
    if not tx.rights.hidden or not isinstance(said, dict):
        return payload
    prefix = str(payload.get("RecordId"))[:3]
    seen = {field.api_name for field in fields_of(tx, *FieldObject) if PREFIXES[field.object] == prefix}
    return {**payload, "Fields": {name: text for name, text in said.items() if name in seen}}


# -- what records say


def values_of(tx: Tx, kind: FieldObject, records: Sequence[int]) -> Callable[[int], FieldsTold]:
    """What records of an object say in all its fields, by the record's number in the store.

    Where no field is defined nothing is asked, and they say nothing.
    """
    return _values_in(tx, fields_of(tx, kind), records)


def _values_in(tx: Tx, fields: Sequence[CustomField], records: Sequence[int]) -> Callable[[int], FieldsTold]:
    if not fields:
        return lambda _: {}
    by_id = {field.id: field for field in fields}
    found: defaultdict[int, FieldsTold] = defaultdict(lambda: dict.fromkeys(field.name for field in fields))
    query = select(tables.field_value).where(_stored.field_id.in_(by_id))
    scope = among(_stored.record_id, records) if len(records) <= _MANY else EVERYTHING
    for row in rows_in(tx, query, scope):
        field = by_id[row.field_id]
        found[row.record_id][field.name] = getattr(row, COLUMN[field.type].name)
    return found.__getitem__


def stored_values(tx: Tx, kind: FieldObject, records: Sequence[int]) -> dict[int, Values]:
    """The values that records have in fields in use, as they can be written to others."""
    fields = in_use(tx, kind)
    by_name, told = {field.name: field for field in fields}, _values_in(tx, fields, records)
    return {
        record: {by_name[name]: value for name, value in told(record).items() if value is not None}
        for record in (records if by_name else ())
    }


# -- looking for records


def where(tx: Tx, conditions: Iterable[Condition], columns: Mapping[FieldObject, Column[int]]) -> list[Any]:
    """Conditions on the rows of a query: `columns` has the records of each object whose fields may be named.

    Refuses unknown fields, values that they cannot have, and relations in which they cannot stand, all at once.
    """
    fields, found, problems = fields_of(tx, *columns), [], list[Problem]()
    for condition in conditions:
        try:
            field = resolve(fields, condition.name, "where")
            found.append(_holds(field, condition, columns[field.object]))
        except Refused as refused:
            problems.extend(refused.problems)
    if problems:
        raise Refused(problems)
    return found


def _holds(field: CustomField, condition: Condition, record: Column[int]) -> ColumnElement[bool]:
    mine = select(_stored.record_id).where(_stored.field_id == field.id)
    if not condition.text and condition.relation is Relation.EQUAL:
        return record.not_in(mine)
    allowed = relations(field.type)
    if condition.relation not in allowed:
        words = f"{field.label} can be asked with {' '.join(allowed)}, not with {condition.relation}."
        raise Refused(Problem("bad-where", "where", words))
    column = COLUMN[field.type]
    if condition.relation is Relation.CONTAINS:
        contained = (func.lower(column).contains(word, autoescape=True) for word in spellings_of(condition.text))
        return record.in_(mine.where(or_(*contained)))
    value = _asked(field, condition.text)
    compared: dict[Relation, Callable[[], ColumnElement[bool]]] = {
        Relation.EQUAL: lambda: column == value,
        Relation.BELOW: lambda: column < value,
        Relation.MOST: lambda: column <= value,
        Relation.ABOVE: lambda: column > value,
        Relation.LEAST: lambda: column >= value,
    }
    return record.in_(mine.where(and_(column.is_not(None), compared[condition.relation]())))


def _asked(field: CustomField, text: str) -> FieldValue:
    """A value to look for: it may be a choice that is no longer offered."""
    retired = same_word(text, field.retired)
    try:
        value = retired if retired is not None and field.type is FieldType.CHOICE else value_of(field, text)
    except Misfit as misfit:
        raise Refused(misfit_problem(field, text, misfit)) from None
    if value is None or not fits(field, value):
        raise Refused(Problem("bad-where", "where", f"{field.label}: give a value to compare with."))
    return value
