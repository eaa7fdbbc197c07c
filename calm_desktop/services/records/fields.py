"""Fields of records as programs see them: their kinds, how a value is told, and how one that is given is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, FromClause

from calm_desktop.engine.dates import FIRST_DAY, LAST_DAY
from calm_desktop.engine.limits import has_more_decimals
from calm_desktop.engine.problems import Problem
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.tx import Tx

DAY_STARTS, DAY_ENDS = time(), time(23, 59, 59)
"""A span of days as moments: from the first day's first second to the last day's last one."""


class FieldKind(StrEnum):
    """What a field holds, by the type that `describe` tells."""

    ID = "id"
    REFERENCE = "reference"
    TEXT = "string"
    PICKLIST = "picklist"
    NUMBER = "double"
    WHOLE = "int"
    MONEY = "currency"
    PRICE = "price"
    DAY = "date"
    START = "start"
    END = "end"
    MOMENT = "datetime"
    FLAG = "boolean"

    @property
    def told(self) -> str:
        """The type as programs know it."""
        return {"price": "currency", "start": "datetime", "end": "datetime"}.get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class Words:
    """A list of words to choose from: by the word that the store has, the one that programs write, then its labels."""

    by_stored: Mapping[str, tuple[str, ...]]

    def told(self, stored: str) -> str:
        """The word for programs."""
        return self.by_stored.get(stored, (stored,))[0]

    def stored(self, text: str) -> str | None:
        """The stored word that a text means, in any case; None where it means none."""
        wanted = text.strip().casefold()
        for stored, spellings in self.by_stored.items():
            if wanted in (each.casefold() for each in spellings):
                return stored
        return None

    @property
    def choices(self) -> list[str]:
        """The words for programs, in their order."""
        return [spellings[0] for spellings in self.by_stored.values()]


def as_they_are(words: Iterable[str]) -> Words:
    """Words that programs write as the store has them."""
    return Words({str(word): (str(word),) for word in words})


Computed = Callable[[Tx, Sequence[int]], Mapping[int, Any]]
"""Values that the database cannot work out, by the record's number."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object. `sql` is its value over the object's tables, None where it is `computed`.

    `refers` names the objects that a reference may point to; `currency` is the code that an amount of money is in.
    """

    name: str
    kind: FieldKind
    sql: ColumnElement[Any] | None
    refers: tuple[str, ...] = ()
    words: Words | None = None
    currency: ColumnElement[str] | None = None
    create: bool = False
    update: bool = False
    required: bool = False
    computed: Computed | None = None
    label: str = ""
    own: bool = False
    """Whether it is one of the user's own fields."""

    @property
    def relation(self) -> str:
        """The name under which the record that a reference points to is reached."""
        return self.name.removesuffix("Id") if self.refers else ""


@dataclass(frozen=True, slots=True)
class SObject:
    """An object: the word of `ids` for its records, its tables, its id among them, and its fields."""

    name: str
    label: str
    ids: str
    base: FromClause
    key: ColumnElement[int]
    fields: tuple[Field, ...]
    own: str = ""
    """The word under which it may have fields of one's own."""

    def field(self, name: str) -> Field | None:
        """The field of a name, in any case."""
        wanted = name.casefold()
        return next((field for field in self.fields if field.name.casefold() == wanted), None)


# -- telling values


def at(day: date, clock: time, zone: ZoneInfo) -> str:
    """A moment of a day on the organisation's clock, so that its first ten characters are the day."""
    return moment_text(datetime.combine(day, clock, zone))


def moment_text(moment: datetime) -> str:
    """A moment as programs read it: 2022-01-01T00:00:00.000+0100."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}{moment:%z}"


def number(value: Decimal) -> int | float:
    """A number for JSON."""
    return int(value) if value == value.to_integral_value() else float(value)


def told(field: Field, value: Any, code: str | None, zone: ZoneInfo, ids: Mapping[str, str]) -> Any:
    """A stored value as JSON; `code` is the currency of money, `ids` the word of `ids` by object."""
    if value is None:
        return None
    match field.kind:
        case FieldKind.ID | FieldKind.REFERENCE:
            return value if isinstance(value, str) else public_id(ids[field.refers[0]], int(value))
        case FieldKind.MONEY:
            assert code is not None
            return number(currency_named(code).money(int(value)).amount)
        case FieldKind.NUMBER | FieldKind.PRICE:
            return number(Decimal(value))
        case FieldKind.WHOLE:
            return int(value)
        case FieldKind.PICKLIST:
            assert field.words is not None
            return field.words.told(value)
        case FieldKind.DAY:
            return value.isoformat()
        case FieldKind.START:
            return at(value, DAY_STARTS, zone)
        case FieldKind.END:
            return at(value, DAY_ENDS, zone)
        case FieldKind.MOMENT:
            return moment_text(value.astimezone(zone))
        case FieldKind.FLAG:
            return bool(value)
    return value


# -- reading values


class Unreadable(Exception):
    """A value that a field cannot take: what was expected."""


_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(T.*)?", re.ASCII)


def read_day(text: str) -> date:
    """A day of the calendar, also where a time stands behind it. Raises `Unreadable`."""
    match = _DAY.fullmatch(text.strip())
    try:
        day = date.fromisoformat(match[1]) if match else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise Unreadable("a day such as 2022-01-31, from 1900 to 2199")
    return day


def read_moment(text: str) -> datetime:
    """A date-time with any offset. Raises `Unreadable`."""
    written = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text.strip())
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Unreadable("a date-time with its offset, such as 2022-01-31T00:00:00+01:00")
    return moment


def read_number(value: Any, decimals: int = 6) -> Decimal:
    """A number, also where it is written as a text. Raises `Unreadable`."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})", value.strip(), re.ASCII):
        value = Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Unreadable("a number")
    found = Decimal(value)
    if not found.is_finite() or abs(found) >= Decimal(10) ** 15:
        raise Unreadable("a number below 10^15")
    if has_more_decimals(found, decimals):
        raise Unreadable(f"a number with at most {decimals} decimals")
    return found


def read(field: Field, value: Any, ids: Mapping[str, str]) -> Any:
    """A value of a request as the services take it; None clears. Raises `Unreadable`."""
    if value is None:
        return None
    match field.kind:
        case FieldKind.NUMBER | FieldKind.PRICE | FieldKind.MONEY:
            return read_number(value)
        case FieldKind.WHOLE:
            found = read_number(value, 0)
            return int(found)
        case FieldKind.FLAG:
            if isinstance(value, bool):
                return value
            if isinstance(value, str) and value.strip().casefold() in ("true", "false"):
                return value.strip().casefold() == "true"
            raise Unreadable("true or false")
    if not isinstance(value, str):
        if field.own and not isinstance(value, dict | list):
            return ("yes" if value else "no") if isinstance(value, bool) else str(value)
        raise Unreadable("a text")
    match field.kind:
        case FieldKind.REFERENCE:
            if not any(number_of(ids[name], value.strip()) is not None for name in field.refers):
                raise Unreadable(f"the id of a record of {' or '.join(field.refers)}")
            return value.strip()
        case FieldKind.PICKLIST if field.words is not None and not field.own:
            word = field.words.stored(value)
            if word is None:
                raise Unreadable(f"one of: {', '.join(field.words.choices)}")
            return word
        case FieldKind.DAY | FieldKind.START | FieldKind.END if not field.own:
            return read_day(value)
        case FieldKind.MOMENT:
            return read_moment(value)
    return value


def misread(field: Field, value: Any, error: Unreadable) -> Problem:
    """A value that could not be read, in words."""
    shown = repr(value if len(str(value)) <= 60 else str(value)[:60] + "...")
    code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" if field.kind is FieldKind.PICKLIST else "JSON_PARSER_ERROR"
    if field.kind is FieldKind.REFERENCE:
        code = "MALFORMED_ID"
    return Problem(code, field.name, f"{field.name}: {shown} is not {error}.")
