"""Groups of assets, as reports can be parted into them: by a fact of an asset, or by a field of one's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from calm_desktop.engine.fields import CustomField, FieldObject, FieldType, named, names_of, text_of, value_of
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.boundary import view
from calm_desktop.services.field_values import COLUMN, fields_of, resolve
from calm_desktop.services.permissions import Permission
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

MOST_GROUPS = 100
"""Groups that a report is parted into: more say nothing to a reader, and each is figured for itself."""

NOTHING = "(none)"
"""The group of what says nothing in a field."""

_assets, _accounts, _products, _stored = tables.asset.c, tables.account.c, tables.product.c, tables.field_value.c

RECORDS = {
    FieldObject.ACCOUNT: _assets.account_id,
    FieldObject.PRODUCT: _assets.product_id,
    FieldObject.ASSET: _assets.id,
}
"""Whose fields reports know, and the column of an asset that has the record."""


@dataclass(frozen=True, slots=True)
class _Grouping:
    """One way to part assets.

    `values` selects what parts those for which a condition holds, None for those that say nothing; `label` names a
    value, and `holds` is the condition on the assets of a group.
    """

    called: str
    values: Callable[[ColumnElement[bool]], Select[Any]]
    label: Callable[[Any], str]
    holds: Callable[[str], ColumnElement[bool]]


def _by_account(interesting: ColumnElement[bool]) -> Select[Any]:
    return select(_accounts.name).where(_accounts.id.in_(select(_assets.account_id).where(interesting)))


def _of_account(name: str) -> ColumnElement[bool]:
    return _assets.account_id.in_(select(_accounts.id).where(_accounts.name == name))


def _by_product(column: ColumnElement[str]) -> Callable[[ColumnElement[bool]], Select[Any]]:
    return lambda interesting: select(column).where(_products.id.in_(select(_assets.product_id).where(interesting)))


def _of_product(column: ColumnElement[str]) -> Callable[[str], ColumnElement[bool]]:
    return lambda word: _assets.product_id.in_(select(_products.id).where(column == word))


FACTS = {
    "account": _Grouping("Account", _by_account, str, _of_account),
    "product": _Grouping("Product", _by_product(_products.code), str, _of_product(_products.code)),
    "kind": _Grouping("Kind", _by_product(_products.kind), str, _of_product(_products.kind)),
}
"""What every asset says; a field of one's own that is called so is meant by `asset.kind` or its like."""


def _by_field(field: CustomField) -> _Grouping:
    record, column = RECORDS[field.object], COLUMN[field.type]
    said = select(_stored.record_id).where(_stored.field_id == field.id)

    def values(interesting: ColumnElement[bool]) -> Select[Any]:
        value = select(column).where(_stored.field_id == field.id, _stored.record_id == record)
        of_asset = value.correlate(tables.asset).scalar_subquery()
        return select(of_asset).select_from(tables.asset).where(interesting)

    def holds(label: str) -> ColumnElement[bool]:
        if label == NOTHING:
            return record.not_in(said) | record.in_(said.where(_stored.text == NOTHING))
        is_text = field.type in (FieldType.TEXT, FieldType.CHOICE)
        return record.in_(said.where(column == (label if is_text else value_of(field, label))))

    return _Grouping(field.label, values, lambda value: text_of(value) or NOTHING, holds)


@view(Permission.REPORTS)
def offered(tx: Tx) -> tuple[tuple[str, str], ...]:
    """Every way to part assets: what people call it, and the word that asks for it."""
    fields = fields_of(tx, *RECORDS)
    facts = tuple((grouping.called, word) for word, grouping in FACTS.items())
    labels = Counter(field.label for field in fields)
    called = (f"{each.label} of the {each.object.value}" if labels[each.label] > 1 else each.label for each in fields)
    return facts + tuple(zip(called, (f"{field.object.value}.{field.name}" for field in fields), strict=True))


def _grouping(tx: Tx, word: str) -> _Grouping:
    """What a word parts assets by. Refuses an unknown and an ambiguous one."""
    if (fact := FACTS.get(word.strip().casefold())) is not None:
        return fact
    fields = fields_of(tx, *RECORDS)
    if not named(fields, word):
        known = ", ".join([*FACTS, *names_of(fields)])
        words = f"A report cannot be grouped by {word.strip()!r}. There are: {known}."
        raise Refused(Problem("unknown-grouping", "group-by", words))
    return _by_field(resolve(fields, word, "group-by"))


def groups_of(tx: Tx, word: str, interesting: ColumnElement[bool]) -> list[str]:
    """The groups of the assets for which a condition holds, in the order of their values, those that say nothing last.

    Refuses an unknown word, and more groups than `MOST_GROUPS`.
    """
    grouping = _grouping(tx, word)
    found = tx.db.scalars(grouping.values(interesting).distinct().limit(MOST_GROUPS + 1)).all()
    if len(found) > MOST_GROUPS:
        words = f"{grouping.called} parts these assets into more than {MOST_GROUPS} groups. Filter the report first."
        raise Refused(Problem("too-many-groups", "group-by", words))
    said = sorted(value for value in found if value is not None)
    labels = dict.fromkeys(grouping.label(value) for value in [*said, *(value for value in found if value is None)])
    return sorted(labels, key=lambda label: label == NOTHING)


def in_group(tx: Tx, word: str, group: str) -> ColumnElement[bool]:
    """A condition on assets: those of a group. Refuses an unknown word."""
    return _grouping(tx, word).holds(group)
