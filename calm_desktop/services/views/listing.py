"""Lists too long to hold: the store orders, filters, counts and adds up the rows, and only those looked at are read.

    found = listed(tx, INVOICES, Wanted(Find(), "total", descending=True, words="acme"))
    rows = INVOICES.rows(tx, found.ids[:100], Find())

A listing says of each column what it is in SQL, so that rows are found as they would be among all of them at hand: by
the texts in their cells, sorted by value, what is absent last.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, overload

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    case,
    cast,
    extract,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
)

from calm_desktop.engine.fields import CustomField, FieldObject, FieldType
from calm_desktop.engine.money import Money, findable
from calm_desktop.services.boundary import require, view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.field_access import hidden_names, masked
from calm_desktop.services.field_values import COLUMN, fields_of
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.lookup import spellings_of
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import Find
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.folding import casefold

Expression = ColumnElement[Any]

_FIGURES, _DAY = frozenset("0123456789.,-"), frozenset("0123456789-")
_NO_MARKS = str.maketrans("", "", ".,-")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CURRENCIES = 1000
"""More than there are: a row of a record in one of its currencies is numbered by both."""

_READ_AT_ONCE = 2_000

_PORTION = 10_000
"""Rows whose sums are asked for in one statement."""


# -- what a column is in SQL


@dataclass(frozen=True)
class Word:
    """Something said: nothing and no text at all are the same."""

    value: Expression

    @property
    def absent(self) -> Expression:
        """Whether a row says nothing, and stands behind those that say something."""
        return func.coalesce(self.value, "") == ""

    @property
    def keys(self) -> tuple[Expression, ...]:
        """What rows are sorted by."""
        return (casefold(self.value),)


@dataclass(frozen=True)
class Text(Word):
    """A text."""

    def holds(self, word: str) -> Expression:
        """Whether a word, in small letters, stands in it; for one without letters no text needs to be folded."""
        if _FIGURES.issuperset(word):
            return func.coalesce(self.value, "").contains(word)
        return or_(*(casefold(self.value).contains(each, autoescape=True) for each in {word, *spellings_of(word)}))


@dataclass(frozen=True)
class Choice(Word):
    """One of a few words, each shown as a text."""

    shown: Mapping[str, str]

    def holds(self, word: str) -> Expression:
        """Whether a word stands in the text that is shown for it."""
        fitting = [value for value, text in self.shown.items() if word in text.casefold()]
        return self.value.in_(fitting) if fitting else false()


@dataclass(frozen=True)
class Day:
    """A day."""

    value: Expression

    @property
    def absent(self) -> Expression:
        """Whether there is none."""
        return self.value.is_(None)

    @property
    def keys(self) -> tuple[Expression, ...]:
        """What rows are sorted by."""
        return (self.value,)

    def holds(self, word: str) -> Expression:
        """In `2026-08-15` or in `15 Aug 2026`."""
        if set(word) <= _DAY:
            return cast(self.value, String).contains(word)
        months = [number for number, name in enumerate(_MONTHS, 1) if word in name]
        return extract("month", self.value).in_(months) if months else false()


@dataclass(frozen=True)
class Whole:
    """A figure that the store keeps as a whole number."""

    value: Expression

    @cached_property
    def whole(self) -> Expression:
        """The whole number itself."""
        return cast(type_coerce(self.value, BigInteger), BigInteger)

    @property
    def absent(self) -> Expression:
        """Whether there is none."""
        return self.value.is_(None)


@dataclass(frozen=True)
class Number(Whole):
    """A number, kept as an integer of 10^-places."""

    places: int = 0

    @property
    def keys(self) -> tuple[Expression, ...]:
        """What rows are sorted by."""
        return (self.whole,)

    def figure(self, minor: int, _: str) -> Decimal:
        """The number that a row has."""
        return Decimal(minor).scaleb(-self.places)


@dataclass(frozen=True)
class Amount(Whole):
    """Money: minor units of a currency."""

    currency: Expression

    @property
    def keys(self) -> tuple[Expression, ...]:
        """What rows are sorted by: amounts of several currencies never compare."""
        return (self.currency, self.whole)

    def figure(self, minor: int, code: str) -> Money:
        """The money that a row has."""
        return currency_named(code).money(minor)


Said = Text | Choice | Day
Figure = Number | Amount
Fact = Said | Figure
Facts = Mapping[str, Fact]


def words(*values: str) -> Mapping[str, str]:
    """Words that are shown as they are."""
    return dict(zip(values, values, strict=True))


# -- a list


@dataclass(frozen=True, slots=True)
class Wanted:
    """Rows of a list: found by `find`, whose cells hold every one of some words, sorted by the value of a column.

    Words are looked for in the columns named in `searched`; in all, where none is.
    """

    find: Find = field(default_factory=Find)
    key: str = ""
    descending: bool = False
    words: str = ""
    searched: tuple[str, ...] = ()


class Ids(Sequence[Hashable]):
    """Ids of very many rows, kept as numbers; of a row in one of several currencies, with the currency's code."""

    def __init__(self, kind: str, numbers: Sequence[int], codes: Sequence[str] = ()) -> None:
        self.kind, self.numbers, self.codes = kind, numbers, codes

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, place: int) -> Hashable: ...
    @overload
    def __getitem__(self, place: slice) -> Ids: ...
    def __getitem__(self, place: int | slice) -> Hashable | Ids:
        if isinstance(place, slice):
            return Ids(self.kind, self.numbers[place], self.codes)
        number = self.numbers[place]
        if not self.codes:
            return public_id(self.kind, number)
        return public_id(self.kind, number // _CURRENCIES), self.codes[number % _CURRENCIES]

    def records(self) -> list[int]:
        """The store's numbers of the records that the rows stand for."""
        return [number // _CURRENCIES for number in self.numbers] if self.codes else list(self.numbers)

    def count_records(self) -> int:
        """How many records the rows stand for."""
        return len({number // _CURRENCIES for number in self.numbers}) if self.codes else len(self.numbers)

    def portions(self, size: int) -> Iterator[Ids]:
        """All of them, some at a time."""
        return (self[first : first + size] for first in range(0, len(self), size))

    def at(self, places: Sequence[int]) -> Ids:
        """Those at some places."""
        return Ids(self.kind, array("q", (self.numbers[place] for place in places)), self.codes)

    def places_of(self, ids: Iterable[Hashable]) -> list[int]:
        """The places of those of these ids that are among them."""
        if isinstance(ids, Ids) and ids.codes == self.codes:
            wanted = set(ids.numbers)
        else:
            wanted = {number for each in ids if (number := self._number(each)) is not None}
        return [place for place, number in enumerate(self.numbers) if number in wanted] if wanted else []

    def _number(self, each: Hashable) -> int | None:
        if not self.codes:
            return number_of(self.kind, each) if isinstance(each, str) else None
        name, code = each if isinstance(each, tuple) else ("", "")
        number = number_of(self.kind, name)
        return None if number is None or code not in self.codes else number * _CURRENCIES + self.codes.index(code)


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of rows in the order wanted, and how many records there are without the filter."""

    ids: Ids
    every: int


@dataclass(frozen=True)
class Listing:
    """A list of records of a `kind`: `source` has the rows as of a day and `key` their numbers in the store.

    `facts` says what the columns are as of a day, `condition` which rows are wanted, `order` in which they stand unless
    sorted, and `read` answers the rows of records (of a `shape`), by their ids. Where a record has a row for each of
    its currencies, `once` has each record once, and a row's id is the record's with the currency's code.
    """

    kind: str
    source: Callable[[date], FromClause]
    key: Callable[[FromClause], Expression]
    currency: Callable[[FromClause], Expression]
    facts: Callable[[FromClause, Find, date], Facts]
    condition: Callable[[Tx, Find], Expression]
    order: Callable[[FromClause], Sequence[Expression]]
    read: Callable[[Tx, Sequence[int], Find], Mapping[Hashable, Any]]
    shape: type
    own: FieldObject | None = None
    once: FromClause | None = None

    @property
    def by_currency(self) -> bool:
        """Whether a record may have several rows."""
        return self.once is not None

    def records(self, day: date) -> FromClause:
        """What the records are in, each once."""
        return self.source(day) if self.once is None else self.once

    def rows(self, tx: Tx, ids: Ids, find: Find) -> tuple[Any, ...]:
        """The rows of these ids, in their order; None for what is there no more."""
        require(tx, Permission.SEE)
        tx.entered = True
        found = self.read(tx, list(dict.fromkeys(ids.records())), find)
        return masked(tuple(found.get(each) for each in ids), tx.rights)

    def sortable(self, tx: Tx) -> frozenset[str]:
        """The columns that the store can sort by."""
        return frozenset(self.facts_of(tx, self.source(tx.today), Find()))

    def facts_of(self, tx: Tx, source: FromClause, find: Find) -> dict[str, Fact]:
        """What each column is, those for fields of one's own too; what is hidden from the caller is not there."""
        fields = () if self.own is None else fields_of(tx, self.own)
        own = {f"field.{each.name}": _told(each, self.key(source)) for each in fields}
        hidden = hidden_names(self.shape, tx.rights)
        ours = self.facts(source, find, find.as_of or tx.today)
        return {**{key: fact for key, fact in ours.items() if key not in hidden}, **own}


class InPortions:
    """All rows of a list that are found, in its own order, of which only some are held at a time."""

    def __init__(self, tx: Tx, listing: Listing, find: Find) -> None:
        self.tx, self.listing, self.find = tx, listing, find
        self.ids = listed(tx, listing, Wanted(find)).ids

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Any]:
        for portion in self.ids.portions(_READ_AT_ONCE):
            yield from self.listing.rows(self.tx, portion, self.find)


@view()
def is_long(tx: Tx, listing: Listing, find: Find, most: int) -> bool:
    """Whether there are more than so many records."""
    source, condition = listing.records(find.as_of or tx.today), listing.condition(tx, find)
    some: Select[Any] = select(literal_column("1").label("one")).select_from(source).where(condition)
    counted = tx.db.scalar(select(func.count()).select_from(some.limit(most + 1).subquery()))
    return (counted or 0) > most


@view()
def listed(tx: Tx, listing: Listing, wanted: Wanted) -> Found:
    """The ids of the rows that are wanted, in their order; an unknown column leaves the list's own order."""
    day = wanted.find.as_of or tx.today
    source = listing.source(day)
    facts = listing.facts_of(tx, source, wanted.find)
    key, condition = listing.key(source), listing.condition(tx, wanted.find)
    fact = facts.get(wanted.key)
    order = [] if fact is None else [case((fact.absent, 1), else_=0), *_directed(fact.keys, wanted.descending)]
    look = _Look(facts, wanted)
    query = select(key, listing.currency(source), *look.columns).select_from(source).where(condition & look.condition)
    rows = tx.db.execute(query.order_by(*order, *listing.order(source)))
    records = select(func.count()).select_from(listing.records(day)).where(condition)
    every = tx.db.scalar(records) or 0
    found = (row for row in rows if look.fits(row[1], row[2:])) if look.columns else rows
    if not listing.by_currency:
        return Found(Ids(listing.kind, array("q", (row[0] for row in found))), every)
    codes: dict[str, int] = {}
    numbers = array("q", (row[0] * _CURRENCIES + codes.setdefault(row[1], len(codes)) for row in found))
    return Found(Ids(listing.kind, numbers, tuple(codes)), every)


class _Look:
    """How the words of a filter are looked for: in texts and days by the store, in figures as it answers them.

    A word of letters stands in no figure, so that none is worked out for it.
    """

    def __init__(self, facts: Facts, wanted: Wanted) -> None:
        searched = [fact for key, fact in facts.items() if not wanted.searched or key in wanted.searched]
        said = [fact for fact in searched if isinstance(fact, Said)]
        every = [(word, or_(false(), *(fact.holds(word) for fact in said))) for word in wanted.words.casefold().split()]
        self.condition = and_(true(), *(held for word, held in every if not _FIGURES.issuperset(word)))
        found = [(word, held) for word, held in every if _FIGURES.issuperset(word)]
        self.words = [(word, word.translate(_NO_MARKS).lstrip("0")) for word, _ in found]
        self.figures = [fact for fact in searched if isinstance(fact, Figure)] if found else []
        self.columns = [*(case((held, 1), else_=0) for _, held in found), *(fact.whole for fact in self.figures)]

    def fits(self, code: str, values: Sequence[Any]) -> bool:
        """Whether a row in a currency holds every word, given what it answers to `columns`."""
        missing = [word for word, held in zip(self.words, values, strict=False) if not held]
        if not missing:
            return True
        # To write a figure takes long, and few have a word's digits: these, but for zeros that may lead, stand in the
        # whole number that is kept.
        kept = [(fact, value, str(value)) for fact, value in zip(self.figures, values[len(self.words) :], strict=True)]
        return all(
            any(digits in text and value is not None and word in findable(fact.figure(value, code))
                for fact, value, text in kept)
            for word, digits in missing
        )  # fmt: skip


@view()
def totals(
    tx: Tx, listing: Listing, find: Find, keys: Iterable[str], ids: Ids | None = None
) -> Mapping[str, tuple[Money | Decimal, ...]]:
    """The sums of columns over all rows that are found, or over those of some `ids`: one for each currency."""
    source = listing.source(find.as_of or tx.today)
    facts, condition, code = listing.facts_of(tx, source, find), listing.condition(tx, find), listing.currency(source)
    summed = {key: fact for key in keys if isinstance(fact := facts.get(key), Figure)}
    sums: dict[str, dict[str, int]] = {key: {} for key in summed}
    scope = [true()] if ids is None else (_among(listing, source, portion) for portion in ids.portions(_PORTION))
    figures = [func.sum(fact.whole) for fact in summed.values()]
    for each in scope if summed else ():
        query = select(code, *figures).select_from(source).where(condition & each).group_by(code)
        for row in tx.db.execute(query):
            for key, value in zip(summed, row[1:], strict=True):
                if value is not None:
                    sums[key][row[0]] = sums[key].get(row[0], 0) + int(value)
    return {key: _sums(summed[key], by_code) for key, by_code in sums.items()}


def _sums(fact: Number | Amount, by_code: Mapping[str, int]) -> tuple[Money | Decimal, ...]:
    if isinstance(fact, Amount):
        return tuple(currency_named(code).money(by_code[code]) for code in sorted(by_code))
    return (Decimal(sum(by_code.values())).scaleb(-fact.places),) if by_code else ()


def _among(listing: Listing, source: FromClause, ids: Ids) -> Expression:
    key = listing.key(source)
    if not listing.by_currency:
        return key.in_(ids.numbers)
    by_code: dict[int, list[int]] = {}
    for number in ids.numbers:
        by_code.setdefault(number % _CURRENCIES, []).append(number // _CURRENCIES)
    code = listing.currency(source)
    return or_(*(and_(code == ids.codes[place], key.in_(numbers)) for place, numbers in by_code.items()))


def _directed(keys: Iterable[Expression], descending: bool) -> list[Expression]:
    return [key.desc() if descending else key for key in keys]


def _told(own: CustomField, record: Expression) -> Fact:
    """What a record says in a field of one's own."""
    stored = tables.field_value.alias()
    column = stored.c[COLUMN[own.type].name]
    said = select(column).where(stored.c.field_id == own.id, stored.c.record_id == record).scalar_subquery()
    match own.type:
        case FieldType.NUMBER:
            places: int = tables.field_value.c.number.type.places  # type: ignore[attr-defined]
            return Number(said, places)
        case FieldType.DATE:
            return Day(said)
        case FieldType.YES_NO:
            return Choice(case((said.is_(True), "Yes"), (said.is_(False), "No")), words("Yes", "No"))
    return Text(said)
