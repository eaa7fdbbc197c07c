"""Queries run: the tree of a query becomes a statement whose every value is bound, and its rows become records."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    False_,
    FromClause,
    Row,
    True_,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.types import Float

from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services import settings
from calm_desktop.services.boundary import view
from calm_desktop.services.currencies import currency_codes, currency_named
from calm_desktop.services.ids import number_of
from calm_desktop.services.lookup import spellings_of
from calm_desktop.services.records.date_words import span_of
from calm_desktop.services.records.fields import (
    DAY_ENDS,
    DAY_STARTS,
    Field,
    FieldKind,
    SObject,
    Unreadable,
    number,
    read_day,
    read_moment,
    told,
)
from calm_desktop.services.records.objects import id_words, object_named, record_id
from calm_desktop.services.records.soql import (
    Compared,
    Day,
    Joined,
    Moment,
    Not,
    Path,
    Query,
    Selected,
    Sort,
    Span,
    Value,
    Where,
    malformed,
    parse,
)
from calm_desktop.services.tx import Tx

MOST_ROWS = 2000
"""Records of a page."""

_DEEPEST_PATH, _MOST_PARENTS = 5, 20
_NUMBERS = (FieldKind.NUMBER, FieldKind.PRICE, FieldKind.MONEY, FieldKind.WHOLE)
_DAYS = (FieldKind.DAY, FieldKind.START, FieldKind.END)
_WIDEST = 2**63 - 1

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """A query, and which of its rows are wanted: `rows` of them after the first `skip`."""

    text: str
    skip: int = 0
    rows: int = MOST_ROWS


@dataclass(frozen=True, slots=True)
class Found:
    """Records of a query; `total` counts all of them, `columns` name what was selected."""

    total: int
    records: list[Record]
    columns: tuple[tuple[str, Field | None], ...]
    source: str


@dataclass(frozen=True, slots=True)
class _Column:
    """A field in the statement: its expression there, and that of its currency."""

    field: Field
    sql: ColumnElement[Any] | None
    currency: ColumnElement[str] | None
    target: SObject
    prefix: tuple[str, ...]


@view()
def query(tx: Tx, ask: Ask) -> Found:
    """The records that a query asks for. Refuses what it does not understand, and fields that there are not."""
    return _Statement(tx, parse(ask.text)).run(ask)


class _Statement:
    """One query at work: what it names is looked up as it is met, so that only what is needed is joined."""

    def __init__(self, tx: Tx, asked: Query) -> None:
        self.tx, self.asked = tx, asked
        source = object_named(tx, asked.source)
        if source is None:
            words = f"sObject type '{asked.source}' is not supported ({asked.source_place})"
            raise Refused(Problem("INVALID_TYPE", "q", words, asked.source_place))
        self.source = source
        self.zone = settings.zone(tx.settings)
        self.base: FromClause = source.base
        self.parents: dict[tuple[str, ...], tuple[SObject, FromClause, Mapping[str, ColumnElement[Any]]]] = {}

    # -- what is named

    def column(self, path: Path) -> _Column:
        """The field that a path names."""
        parts = list(path.parts)
        if len(parts) > 1 and parts[0].casefold() in (self.asked.alias.casefold(), self.source.name.casefold()):
            first = self.source.field(parts[0] + "Id")
            if self.asked.alias.casefold() == parts[0].casefold() or first is None:
                parts = parts[1:]
        target = self.source
        prefix: tuple[str, ...] = ()
        here: Mapping[str, ColumnElement[Any]] | None = None
        if len(parts) > _DEEPEST_PATH + 1:
            raise malformed(f"{path} leads over more than {_DEEPEST_PATH} records", path.place)
        for step in parts[:-1]:
            reference = next((each for each in target.fields if each.relation.casefold() == step.casefold()), None)
            parent = None if reference is None or not reference.relation else object_named(self.tx, reference.refers[0])
            if reference is None or parent is None or not reference.relation:
                words = f"Didn't understand relationship '{step}' in field path '{path}' ({path.place})"
                raise Refused(Problem("INVALID_FIELD", "q", words, path.place))
            sql = reference.sql if here is None else here[reference.name]
            prefix = (*prefix, reference.relation)
            target = parent
            here = self._joined(prefix, parent, sql)
        found = target.field(parts[-1])
        if found is None:
            words = f"No such column '{parts[-1]}' on entity '{target.name}' ({path.place})"
            raise Refused(Problem("INVALID_FIELD", "q", words, path.place))
        if here is None:
            return _Column(found, found.sql, found.currency, target, prefix)
        currency = None if found.currency is None else here["CurrencyIsoCode"]
        return _Column(found, here.get(found.name), currency, target, prefix)

    def _joined(
        self, prefix: tuple[str, ...], parent: SObject, reference: ColumnElement[Any] | None
    ) -> Mapping[str, ColumnElement[Any]]:
        """The fields of a parent, whose tables are joined as one where they are first named."""
        if prefix not in self.parents:
            if len(self.parents) >= _MOST_PARENTS:
                raise malformed(f"More than {_MOST_PARENTS} parents are named", self.asked.source_place)
            named = [each.sql.label(each.name) for each in parent.fields if each.sql is not None]
            rows = select(*named).select_from(parent.base).subquery("_".join(prefix).lower())
            assert reference is not None
            self.base = self.base.outerjoin(rows, rows.c.Id == reference)
            self.parents[prefix] = (parent, rows, dict(rows.c))
        return self.parents[prefix][2]

    # -- conditions

    def condition(self, where: Where | None) -> ColumnElement[bool]:
        match where:
            case None:
                return true()
            case Not():
                return not_(self.condition(where.of))
            case Joined():
                parts = [self.condition(each) for each in where.of]
                return and_(*parts) if where.word == "AND" else or_(*parts)
        return self.compared(where)

    def compared(self, asked: Compared) -> ColumnElement[bool]:
        column = self.column(asked.path)
        if column.sql is None:
            words = f"field '{asked.path}' can not be filtered in a query call ({asked.path.place})"
            raise Refused(Problem("INVALID_FIELD", "q", words, asked.path.place))
        if asked.relation in ("IN", "NOT IN"):
            among = or_(*(self._holds(column, asked.path, "=", value) for value in asked.values))
            return among if asked.relation == "IN" else not_(among)
        return self._holds(column, asked.path, asked.relation, asked.values[0])

    def _holds(self, column: _Column, path: Path, relation: str, value: Value) -> ColumnElement[bool]:
        """One comparison, which is never unknown: an empty value is unlike any that is given."""
        sql = column.sql
        assert sql is not None
        if value is None:
            if relation not in ("=", "!="):
                raise self._bad_operator(path, relation)
            return sql.is_(None) if relation == "=" else sql.is_not(None)
        if relation == "!=":
            return not_(self._holds(column, path, "=", value))
        kind = column.field.kind
        if kind in _NUMBERS:
            found = self._number(column, path, relation, value)
        elif kind in _DAYS:
            found = self._day(column, path, relation, value)
        elif kind is FieldKind.MOMENT:
            found = self._moment(sql, path, relation, value)
        elif kind is FieldKind.FLAG:
            if not isinstance(value, bool):
                raise self._bad_value(path, "a boolean, without quotes")
            if relation != "=":
                raise self._bad_operator(path, relation)
            found = sql == literal(value)
        else:
            found = self._text(column, path, relation, value)
        return and_(sql.is_not(None), found)

    def _text(self, column: _Column, path: Path, relation: str, value: Value) -> ColumnElement[bool]:
        sql, kind = column.sql, column.field.kind
        assert sql is not None
        if not isinstance(value, str):
            raise self._bad_value(path, "a string in quotes")
        if kind in (FieldKind.ID, FieldKind.REFERENCE):
            if relation == "LIKE":
                raise self._bad_operator(path, relation)
            words = id_words()
            numbers = (number_of(words[name], value) for name in column.field.refers)
            mine = next((each for each in numbers if each is not None), None)
            if mine is None:
                if len(value) not in (15, 18) or not value.isalnum():
                    raise Refused(
                        Problem("INVALID_QUERY_FILTER_OPERATOR", "q", f"invalid ID field: {value[:40]}", path.place)
                    )
                return false()
            return _related(sql, relation, min(mine, _WIDEST))
        if relation == "LIKE":
            pattern = [func.lower(sql).like(each, escape="\\") for each in spellings_of(value)]
            return or_(*pattern) if pattern else sql == ""
        if kind is FieldKind.PICKLIST and column.field.words is not None:
            if relation != "=":
                raise self._bad_operator(path, relation)
            word = column.field.words.stored(value)
            return false() if word is None else sql == word
        if relation == "=":
            spellings = spellings_of(value)
            return or_(sql == value, func.lower(sql).in_(spellings)) if spellings else sql == value
        return _related(sql, relation, value)

    def _number(self, column: _Column, path: Path, relation: str, value: Value) -> ColumnElement[bool]:
        if isinstance(value, bool) or not isinstance(value, Decimal):
            raise self._bad_value(path, "a number, without quotes")
        if relation == "LIKE":
            raise self._bad_operator(path, relation)
        assert column.sql is not None
        if column.field.kind is FieldKind.MONEY:
            assert column.currency is not None
            usual, others = currency_codes()
            holds = [
                (column.currency.in_(codes), _scaled(column.sql, relation, value, decimals))
                for decimals, codes in others.items()
            ]
            return case(*holds, else_=_scaled(column.sql, relation, value, usual))
        places = 0 if column.field.kind is FieldKind.WHOLE else getattr(column.sql.type, "places", 0)
        return _scaled(type_coerce(column.sql, BigInteger), relation, value, places)

    def _day(self, column: _Column, path: Path, relation: str, value: Value) -> ColumnElement[bool]:
        sql, kind = column.sql, column.field.kind
        assert sql is not None
        if relation == "LIKE":
            raise self._bad_operator(path, relation)
        match value:
            case Span():
                return _in_span(sql, relation, *self._span(value))
            case Day():
                day = self._read(path, read_day, value.text)
                return _in_span(sql, relation, day, day)
            case Moment() if kind is not FieldKind.DAY:
                here = self._read(path, read_moment, value.text).astimezone(self.zone)
                day, mark = here.date(), DAY_STARTS if kind is FieldKind.START else DAY_ENDS
                if here.time().replace(microsecond=0) == mark:
                    return _related(sql, relation, day)
                # The moment lies between the marks of two days: the last one before it decides.
                before = day if here.time() > mark else day - ONE_DAY
                if relation == "=":
                    return false()
                return _related(sql, "<=" if relation in ("<", "<=") else ">", before)
        raise self._bad_value(path, "a date such as 2022-01-31, without quotes")

    def _moment(self, sql: ColumnElement[Any], path: Path, relation: str, value: Value) -> ColumnElement[bool]:
        if relation == "LIKE":
            raise self._bad_operator(path, relation)
        match value:
            case Moment():
                return _related(sql, relation, self._read(path, read_moment, value.text))
            case Span() | Day():
                if isinstance(value, Span):
                    first, last = self._span(value)
                else:
                    first = last = self._read(path, read_day, value.text)
                begin = _midnight(first, self.zone)
                after = _midnight(last + ONE_DAY, self.zone)
                if relation == "=":
                    return and_(sql >= begin, sql < after)
                if relation in ("<", ">="):
                    return _related(sql, relation, begin)
                return _related(sql, "<" if relation == "<=" else ">=", after)
        raise self._bad_value(path, "a date-time such as 2022-01-31T00:00:00Z, without quotes")

    def _span(self, value: Span) -> tuple[date, date]:
        found = span_of(value.word, value.count, self.tx.today)
        if found is None:
            count = "" if value.count is None else f":{value.count}"
            raise malformed(f"'{value.word}{count}' is no value and no date literal", value.place)
        return found

    def _read(self, path: Path, reader: Any, text: str) -> Any:
        try:
            return reader(text)
        except Unreadable as error:
            raise malformed(f"{text!r} is not {error}", path.place) from None

    def _bad_value(self, path: Path, expected: str) -> Refused:
        words = f"value of filter criterion for field '{path}' must be {expected} ({path.place})"
        return Refused(Problem("INVALID_FIELD", "q", words, path.place))

    def _bad_operator(self, path: Path, relation: str) -> Refused:
        words = f"invalid operator {relation} on field '{path}' ({path.place})"
        return Refused(Problem("INVALID_QUERY_FILTER_OPERATOR", "q", words, path.place))

    # -- rows

    def run(self, ask: Ask) -> Found:
        grouped = bool(self.asked.group) or any(item.function for item in self.asked.selected)
        where = self.condition(self.asked.where)
        day = {"the_day": self.tx.today}
        if not self.asked.selected:
            if self.asked.order:
                raise malformed("COUNT() has no order", self.asked.order[0].by.path.place)
            count = select(func.count()).select_from(self.base).where(where)
            total = int(self.tx.db.scalar(count, day) or 0)
            total = max(total - self.asked.offset, 0)
            return Found(total if self.asked.limit is None else min(total, self.asked.limit), [], (), self.source.name)
        return self._grouped(ask, where, day) if grouped else self._plain(ask, where, day)

    def _plain(self, ask: Ask, where: ColumnElement[bool], day: Mapping[str, Any]) -> Found:
        columns = [self.column(item.path) for item in self._expanded()]
        orders = [order for sort in self.asked.order for order in self._order(sort)]
        wanted: list[ColumnElement[Any]] = [self.source.key.label("record")]
        for place, column in enumerate(columns):
            wanted.append((literal(None) if column.sql is None else column.sql).label(f"c{place}"))
            if column.currency is not None:
                wanted.append(column.currency.label(f"m{place}"))
        parents = {prefix: rows[1].c.Id.label(f"p{place}") for place, (prefix, rows) in enumerate(self.parents.items())}
        statement = select(*wanted, *parents.values()).select_from(self.base).where(where)
        total = int(self.tx.db.scalar(select(func.count()).select_from(self.base).where(where), day) or 0)
        skip, count, total = self._page(ask, total)
        rows = (
            self.tx.db.execute(statement.order_by(*orders, self.source.key).offset(skip).limit(count), day).all()
            if count
            else []
        )
        computed = [
            None
            if column.field.computed is None or column.prefix
            else column.field.computed(self.tx, [row.record for row in rows])
            for column in columns
        ]
        records = [self._record(row, columns, computed, parents) for row in rows]
        named = tuple((".".join((*column.prefix, column.field.name)), column.field) for column in columns)
        return Found(total, records, named, self.source.name)

    def _page(self, ask: Ask, total: int) -> tuple[int, int, int]:
        """The rows to leave out, those to read, and all that the query has, within its own LIMIT and OFFSET."""
        total = max(total - self.asked.offset, 0)
        if self.asked.limit is not None:
            total = min(total, self.asked.limit)
        return self.asked.offset + ask.skip, max(min(ask.rows, total - ask.skip), 0), total

    def _expanded(self) -> Sequence[Selected]:
        """What is selected, each once."""
        seen: dict[str, Selected] = {}
        for item in self.asked.selected:
            key = str(item.path).casefold()
            if key in seen:
                words = f"duplicate field selected: {item.path} ({item.path.place})"
                raise Refused(Problem("INVALID_FIELD", "q", words, item.path.place))
            if item.alias:
                raise malformed(f"only aggregates and grouped fields have an alias, not {item.path}", item.path.place)
            seen[key] = item
        return list(seen.values())

    def _record(
        self,
        row: Row[Any],
        columns: Sequence[_Column],
        computed: Sequence[Mapping[int, Any] | None],
        parents: Mapping[tuple[str, ...], Any],
    ) -> Record:
        words = id_words()
        record = new_record(self.source, row.record)
        reached: dict[tuple[str, ...], Record | None] = {(): record}
        for place, prefix in enumerate(parents):
            number_there = getattr(row, f"p{place}")
            above = reached.get(prefix[:-1])
            mine = None if number_there is None else new_record(self.parents[prefix][0], number_there)
            reached[prefix] = mine
            if above is not None:
                above[prefix[-1]] = mine
        for place, column in enumerate(columns):
            holder = reached[column.prefix]
            if holder is None:
                continue
            found = computed[place]
            value = getattr(row, f"c{place}") if found is None else found.get(row.record)
            code = getattr(row, f"m{place}") if column.currency is not None else None
            holder[column.field.name] = told(column.field, value, code, self.zone, words)
        return record

    def _order(self, sort: Sort) -> list[ColumnElement[Any]]:
        if sort.by.function:
            raise malformed("only grouped rows are sorted by aggregates", sort.by.path.place)
        column = self.column(sort.by.path)
        if column.sql is None:
            words = f"field '{sort.by.path}' can not be sorted in a query call ({sort.by.path.place})"
            raise Refused(Problem("INVALID_FIELD", "q", words, sort.by.path.place))
        if isinstance(column.sql, BindParameter | True_ | False_):
            return []
        return _ordered(_comparable(column), sort)

    # -- grouped rows

    def _grouped(self, ask: Ask, where: ColumnElement[bool], day: Mapping[str, Any]) -> Found:
        columns, rows_there = self._as_rows(where)
        groups = {_key(path): self._groupable(path, columns[_key(path)]) for path in self.asked.group}
        wanted: list[ColumnElement[Any]] = []
        tellers: dict[str, tuple[int, int, Any]] = {}
        unnamed = 0
        for place, item in enumerate(self.asked.selected):
            column = columns[_key(item.path)]
            if not item.function and _key(item.path) not in groups:
                raise malformed(f"Field must be grouped or aggregated: {item.path}", item.path.place)
            name = item.alias or (f"expr{unnamed}" if item.function else column.field.name)
            unnamed += bool(item.function and not item.alias)
            if name in tellers:
                raise malformed(f"duplicate alias: {name}", item.path.place)
            parts, tell = self._aggregated(item, column)
            wanted.extend(part.label(f"c{place}_{number}") for number, part in enumerate(parts))
            tellers[name] = place, len(parts), tell
        orders = [order for sort in self.asked.order for order in self._group_order(sort, columns, groups)]
        keys = [column.sql for column in groups.values() if column.sql is not None]
        statement = select(*wanted).select_from(rows_there).group_by(*keys)
        total = int(self.tx.db.scalar(select(func.count()).select_from(statement.subquery()), day) or 0)
        skip, count, total = self._page(ask, total)
        page = statement.order_by(*orders, *keys).offset(skip).limit(count)
        rows = self.tx.db.execute(page, day).all() if count else []
        records = []
        for row in rows:
            record: Record = {"attributes": {"type": "AggregateResult"}}
            for name, (place, size, tell) in tellers.items():
                record[name] = tell(*(getattr(row, f"c{place}_{number}") for number in range(size)))
            records.append(record)
        return Found(total, records, tuple((name, None) for name in tellers), self.source.name)

    def _as_rows(self, where: ColumnElement[bool]) -> tuple[dict[str, _Column], FromClause]:
        """Every field that a grouped query names, as plain columns of rows of their own: whatever stands behind them,
        databases group by those."""
        aliases = {item.alias for item in self.asked.selected if item.alias}
        sorts = [sort.by.path for sort in self.asked.order if sort.by.function or str(sort.by.path) not in aliases]
        paths = {_key(path): path for path in (*self.asked.group, *(item.path for item in self.asked.selected), *sorts)}
        found = {key: self.column(path) for key, path in paths.items()}
        wanted: list[ColumnElement[Any]] = []
        for place, (key, column) in enumerate(found.items()):
            if column.sql is None:
                raise malformed(f"{paths[key]} can neither be grouped nor aggregated", paths[key].place)
            wanted.append(column.sql.label(f"v{place}"))
            if column.currency is not None:
                wanted.append(column.currency.label(f"w{place}"))
        rows = select(*wanted).select_from(self.base).where(where).subquery("rows")
        return {
            key: replace(
                column,
                sql=rows.c[f"v{place}"],
                currency=None if column.currency is None else rows.c[f"w{place}"],
            )
            for place, (key, column) in enumerate(found.items())
        }, rows

    def _groupable(self, path: Path, column: _Column) -> _Column:
        if column.field.kind in (FieldKind.MONEY, FieldKind.PRICE, FieldKind.NUMBER):
            raise malformed(f"field '{path}' can not be grouped in a query call", path.place)
        return column

    def _aggregated(self, item: Selected, column: _Column) -> tuple[list[ColumnElement[Any]], Any]:
        """What is asked of the database for a column of a grouped query, and how its parts are told."""
        shown, sql = column.field, column.sql
        words = id_words()
        if sql is None:
            raise malformed(f"{item.path} can not be aggregated", item.path.place)
        if not item.function:
            return [sql], lambda value: told(shown, value, None, self.zone, words)
        if item.function in ("COUNT", "COUNT_DISTINCT"):
            counted = func.count(sql.distinct()) if item.function == "COUNT_DISTINCT" else func.count(sql)
            return [counted], int
        is_sum = item.function in ("SUM", "AVG")
        if (is_sum and shown.kind not in _NUMBERS) or shown.kind in (FieldKind.FLAG, FieldKind.ID, FieldKind.REFERENCE):
            words_of = f"field {item.path} does not support aggregate operator {item.function}"
            raise malformed(words_of, item.path.place)
        if not is_sum:
            function = func.min if item.function == "MIN" else func.max
            parts: list[ColumnElement[Any]] = [function(sql, type_=sql.type)]
        else:
            parts = [func.sum(sql, type_=sql.type), func.count(sql)]
        if column.currency is not None:
            parts += [func.min(column.currency), func.max(column.currency)]
        return parts, lambda *values: self._one_figure(item, shown, values)

    def _one_figure(self, item: Selected, shown: Field, values: Sequence[Any]) -> Any:
        value, code = values[0], None
        if shown.kind is FieldKind.MONEY:
            code, last = values[-2:]
            if code != last:
                words = (
                    f"{item.path} is in {code}, {last} and maybe more, which are never added or compared. "
                    "Add CurrencyIsoCode to GROUP BY, or ask for one currency."
                )
                raise malformed(words, item.path.place)
        if value is None:
            return None
        if item.function == "AVG":
            whole = currency_named(code).money(int(value)).amount if code else Decimal(value)
            return number(round(whole / int(values[1]), 6))
        return told(shown, value, code, self.zone, id_words())

    def _group_order(
        self, sort: Sort, columns: Mapping[str, _Column], groups: Mapping[str, _Column]
    ) -> list[ColumnElement[Any]]:
        path = sort.by.path
        named = next((item for item in self.asked.selected if item.alias == str(path)), sort.by)
        chosen = sort.by if sort.by.function else named
        if chosen.function:
            return _ordered(self._aggregated(chosen, columns[_key(chosen.path)])[0][0], sort)
        column = groups.get(_key(chosen.path))
        if column is None or column.sql is None:
            raise malformed(f"Ordered field must be grouped or aggregated: {path}", path.place)
        return _ordered(column.sql, sort)


def _key(path: Path) -> str:
    return str(path).casefold()


def new_record(target: SObject, number_there: int) -> Record:
    """A record with its attributes alone; the version of the address is put in by the door."""
    shown = record_id(target, number_there)
    return {"attributes": {"type": target.name, "url": f"/sobjects/{target.name}/{shown}"}}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, DAY_STARTS, zone)


_RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _related(sql: ColumnElement[Any], relation: str, value: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = _RELATIONS[relation](sql, value)
    return found


def _in_span(sql: ColumnElement[Any], relation: str, first: date, last: date) -> ColumnElement[bool]:
    if relation == "=":
        return _related(sql, "=", first) if first == last else sql.between(first, last)
    return _related(sql, relation, first if relation in ("<", ">=") else last)


def _scaled(sql: ColumnElement[Any], relation: str, value: Decimal, places: int) -> ColumnElement[bool]:
    """A whole number of 10^-places in a relation to a decimal; what lies between two of them equals none."""
    exact = value.scaleb(places) if abs(value.adjusted()) < 40 else value
    low = _bounded(exact.to_integral_value(ROUND_FLOOR))
    high = _bounded(exact.to_integral_value(ROUND_CEILING))
    if relation == "=":
        return _related(sql, "=", low) if low == high else false()
    return _related(sql, relation, high if relation in ("<", ">=") else low)


def _bounded(value: Decimal) -> int:
    if abs(value) >= _WIDEST:
        return _WIDEST if value > 0 else -_WIDEST
    return int(value)


def _comparable(column: _Column) -> ColumnElement[Any]:
    """What rows are sorted by: amounts in their major units, so that currencies of other decimals stand right."""
    assert column.sql is not None
    if column.field.kind is not FieldKind.MONEY or column.currency is None:
        return column.sql
    usual, others = currency_codes()
    units = case(*((column.currency.in_(codes), 10**decimals) for decimals, codes in others.items()), else_=10**usual)
    return cast(column.sql, Float) / units


def _ordered(sql: ColumnElement[Any], sort: Sort) -> list[ColumnElement[Any]]:
    """Empty values come first unless asked otherwise, in either direction."""
    by = sql.desc() if sort.descending else sql.asc()
    nulls = sql.is_(None).asc() if sort.nulls_last else sql.is_(None).desc()
    return [nulls, by]
