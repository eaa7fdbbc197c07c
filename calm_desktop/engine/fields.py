"""Fields of one's own on accounts, products, orders and assets: what they may hold, and conditions on them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from calm_desktop.engine.dates import FIRST_DAY, LAST_DAY
from calm_desktop.engine.limits import QUANTITY_LIMIT, has_more_decimals
from calm_desktop.engine.money import plain

SUFFIX = "__c"
"""What programs append to a field's name, so that it is never taken for one that the product has itself."""

LONGEST_NAME = 40
LONGEST_LABEL = 80
LONGEST_TEXT = 255
MOST_CHOICES = 200

FieldValue = str | Decimal | date | bool
"""What a field holds: a text or a choice, a number, a day, yes or no."""


class FieldObject(StrEnum):
    """What can have fields of one's own."""

    ACCOUNT = "account"
    PRODUCT = "product"
    ORDER = "order"
    ASSET = "asset"


class FieldType(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes-no"


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field of one's own; `retired` choices are no longer offered, but stand where they were chosen."""

    id: int
    object: FieldObject
    name: str
    label: str
    type: FieldType
    choices: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    required: bool = False
    active: bool = True

    @property
    def api_name(self) -> str:
        """The name by which programs and files know it: `Region__c`."""
        return self.name + SUFFIX


class Misfit(Exception):
    """A text that a field cannot take: what was expected, and how to put it right."""

    def __init__(self, expected: str, fix: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.fix = fix


_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")
_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MARKED = re.compile(r"'(?=[=+\-@\N{MINUS SIGN}])")
_YES, _NO = ("yes", "true", "y", "1"), ("no", "false", "n", "0")


def name_of(text: str) -> str:
    """A field's name as it is kept: without the ending that programs append."""
    return text.strip().removesuffix(SUFFIX)


def is_name(name: str) -> bool:
    """Whether a name is one: it begins with a letter and has letters, digits and single underscores between them."""
    return len(name) <= LONGEST_NAME and _NAME.fullmatch(name) is not None


def value_of(field: CustomField, text: str) -> FieldValue | None:
    """What a text says in a field, None where it is empty. Raises `Misfit`.

    Numbers are plain (`-1200.5`), days ISO; choices and yes or no may be written in any case.
    """
    text = text.strip()
    if not text:
        return None
    match field.type:
        case FieldType.TEXT:
            return _text(text)
        case FieldType.NUMBER:
            if not _NUMBER.fullmatch(text):
                raise Misfit("a number such as 1200.5", "write digits only, with a point before the decimals")
            return number_within(Decimal(text))
        case FieldType.DATE:
            return _day(text)
        case FieldType.CHOICE:
            return _choice(field, text)
    word = text.casefold()
    if word not in _YES + _NO:
        raise Misfit("yes or no", "write yes or no")
    return word in _YES


def number_within(number: Decimal) -> Decimal:
    """A number that a field can keep, without useless zeros: between -10^12 and 10^12, at most 6 decimals."""
    if not -QUANTITY_LIMIT < number < QUANTITY_LIMIT:
        raise Misfit("a number between -1,000,000,000,000 and 1,000,000,000,000", "check the number")
    if has_more_decimals(number, 6):
        raise Misfit("at most 6 decimals", "round it to 6 decimals")
    return Decimal(plain(number))


def _unmarked(text: str) -> str:
    """A text without the apostrophe that spreadsheets put before a sign of formulas: it is no part of the text."""
    return text[1:] if _MARKED.match(text) else text


def _text(text: str) -> str:
    text = _unmarked(text).strip()
    if not text.isprintable():
        raise Misfit("one line of printable characters", "take out line breaks and what cannot be shown")
    if len(text) > LONGEST_TEXT:
        raise Misfit(f"at most {LONGEST_TEXT} characters", f"shorten it: it has {len(text)} characters")
    return text


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise Misfit("a day written like 2022-01-31", "write it like 2022-01-31")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Misfit("a day of the calendar", "check day and month") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Misfit("a day from 1900-01-01 to 2199-12-31", "check the year")
    return day


def _choice(field: CustomField, text: str) -> str:
    text = _unmarked(text)
    found = same_word(text, field.choices)
    if found is None:
        gone = same_word(text, field.retired)
        fix = f"choose one of these: {gone} is no longer offered" if gone else "choose one of these"
        raise Misfit(f"one of: {', '.join(field.choices)}", fix)
    return found


def same_word(text: str, words: Iterable[str]) -> str | None:
    """The one of `words` that a text says: as it is written, else in any case."""
    known = tuple(words)
    if text in known:
        return text
    return next((word for word in known if word.casefold() == text.casefold()), None)


def named(fields: Iterable[CustomField], name: str) -> list[CustomField]:
    """The fields that a name means: `Region`, `Region__c`, a label, or one of these behind `account.`."""
    word, dot, rest = name.strip().partition(".")
    known = list(fields)
    if dot and same_word(word, FieldObject):
        known = [field for field in known if field.object == word.casefold()]
        name = rest
    bare, label = name_of(name).casefold(), name.strip().casefold()
    by_name = [field for field in known if field.name.casefold() == bare]
    return by_name or [field for field in known if field.label.casefold() == label]


def names_of(fields: Iterable[CustomField]) -> list[str]:
    """A name for each field that means it alone among these: with its object, where several have the name."""
    known = list(fields)
    return [
        field.name if len(named(known, field.name)) == 1 else f"{field.object.value}.{field.name}" for field in known
    ]


def text_of(value: FieldValue | None) -> str:
    """A value as `value_of` reads it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return plain(value)
        case date():
            return value.isoformat()
    return value


def fits(field: CustomField, value: FieldValue) -> bool:
    """Whether a value can stand in a field: it may be a choice that is no longer offered."""
    kind = {FieldType.NUMBER: Decimal, FieldType.DATE: date, FieldType.YES_NO: bool}.get(field.type, str)
    if not isinstance(value, kind):
        return False
    return field.type is not FieldType.CHOICE or value in (*field.choices, *field.retired)


class Relation(StrEnum):
    """How a field's value stands to that of a condition."""

    LEAST = ">="
    MOST = "<="
    EQUAL = "="
    BELOW = "<"
    ABOVE = ">"
    CONTAINS = "~"


@dataclass(frozen=True, slots=True)
class Condition:
    """Records whose field `name` stands in `relation` to `text`; equal to nothing are those without a value."""

    name: str
    relation: Relation
    text: str

    def __str__(self) -> str:
        return f"{self.name}{self.relation.value}{self.text}"


_CONDITION = re.compile(rf"\s*([^<>=~]+?)\s*({'|'.join(Relation)})\s*(.*?)\s*", re.DOTALL)


def condition_in(text: str) -> Condition | None:
    """The condition that a text such as `Region=West` or `Seats>=10` states; None where it states none."""
    found = _CONDITION.fullmatch(text)
    return None if found is None else Condition(found[1], Relation(found[2]), found[3])


def relations(kind: FieldType) -> Collection[Relation]:
    """The relations in which values of a type can stand."""
    if kind in (FieldType.NUMBER, FieldType.DATE):
        return tuple(each for each in Relation if each is not Relation.CONTAINS)
    if kind is FieldType.TEXT:
        return tuple(Relation)
    return (Relation.EQUAL,) if kind is FieldType.YES_NO else (Relation.EQUAL, Relation.CONTAINS)
