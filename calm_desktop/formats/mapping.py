"""Mappings: JSON that says how the rows of tables from anywhere become order lines and other records.

What comes with the program for the exports of other systems is written in the same language (`foreign.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from calm_desktop.engine.catalog import SellingModel
from calm_desktop.engine.fields import SUFFIX
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.formats import values
from calm_desktop.formats.drafts import SkipKind
from calm_desktop.formats.fields import ORDER_LINE, OWN_OBJECTS, RECORDS, parsers
from calm_desktop.formats.text_files import AUTO, is_encoding
from calm_desktop.formats.values import Misread, nearest, shown

FILE_KEYS = ("name", "description", "encoding", "dates", "decimals", "empty", "parameters", "tables")
RECORD_KEYS = ("record", "only", "fields")
TABLE_KEYS = (
    "recognise", "separator", "skip_lines", "widths", "header", "short_rows", "sheet", "rows", "carry", "unfold",
    "join", "filter", "cancellation", "history", "left_out", "also", *RECORD_KEYS,
)  # fmt: skip
OPERATIONS = (
    "concat", "first", "add", "subtract", "multiply", "divide", "minor_units", "multiple_above", "price_unit",
)  # fmt: skip
SOURCES = ("column", "constant", "parameter", *OPERATIONS)
FIELD_KEYS = (*SOURCES, "only", "change", "lookup", "default")
FILTER_KEYS = ("column", "op", "value", "reason", "count_as", "optional")
OPS = ("=", "!=", "in", "not in", "starts", "contains", "empty", "not empty", "<", "<=", ">", ">=")
PLAIN_CHANGES = ("upper", "lower", "float_id", "unsigned", "salesforce_id", "day_before", "day_after")
NAMED_CHANGES = ("prefix", "strip_prefix", "months_before_day", "split")
_OPERANDS = {"subtract": 2, "divide": 2, "minor_units": 2, "multiple_above": 2, "price_unit": 2}
_DATE_FORMS = (values.ISO, values.DAY_FIRST, values.MONTH_FIRST, values.EPOCH, AUTO)


def is_own(name: str) -> bool:
    """Whether a field of a mapping is one of one's own: `Region__c`, or `account.Region__c`."""
    return name.endswith(SUFFIX)


@dataclass(frozen=True, slots=True)
class Condition:
    """`column` stands in relation `op` to `values`; rows that are left out for it have a `reason` and count as `kind`.

    An `optional` one never holds where there is no such column.
    """

    column: str
    op: str
    values: tuple[str, ...] = ("",)
    reason: str = ""
    kind: SkipKind = SkipKind.SKIPPED
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text comes from: a `column`, a `constant`, a `parameter`, or an `operation` over `parts`; then `changes`
    by name with their argument, then the `lookup` table. Where nothing comes, or the row does not meet all of `only`,
    `default` (a text or a source) holds."""

    column: str = ""
    constant: str = ""
    parameter: str = ""
    operation: str = ""
    parts: tuple[Source, ...] = ()
    changes: tuple[tuple[str, str], ...] = ()
    lookup: dict[str, str] | None = None
    default: Source | None = None
    only: tuple[Condition, ...] = ()

    def columns(self) -> list[str]:
        """Every column that is named."""
        nested = [*self.parts, *([self.default] if self.default else [])]
        own = [*([self.column] if self.column else []), *(each.column for each in self.only)]
        return own + [name for each in nested for name in each.columns()]

    def needed(self) -> list[str]:
        """The columns that a table must have: all but those of which the `first` one that is there is taken."""
        nested = [*(() if self.operation == "first" else self.parts), *([self.default] if self.default else [])]
        own = [*([self.column] if self.column else []), *(each.column for each in self.only if not each.optional)]
        return own + [name for each in nested for name in each.needed()]


@dataclass(frozen=True, slots=True)
class Carry:
    """Rows that go on: where `key` is as in the row before, or empty, empty `columns` are as there (none: all)."""

    key: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unfold:
    """A row for each column called `columns` and a number; its text is parts such as `name:Pen|quantity:2`, which
    become columns such as `item.name`."""

    columns: str
    parts: str
    word: str
    into: str


@dataclass(frozen=True, slots=True)
class Join:
    """The row of another `table` whose column is as one of ours: the first pair (ours, theirs) that both tables have.

    Its columns are called `alias.Column`. What the row says under such a name itself goes before.
    """

    alias: str
    table: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Records:
    """What the rows of a table become: a word of `RECORDS`, for rows that meet all of `only`."""

    record: str = ORDER_LINE
    only: tuple[Condition, ...] = ()
    fields: dict[str, Source] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as a mapping states it, told from others by its `signature` (columns; `A|B` is either) and its `file` (a
    pattern of names).

    With `left_out` its rows are counted and passed over, for that reason; without `records` they are only looked up.
    Rows that meet one of `cancellation` take back what was sold. With `history` the rows of an order and product are
    periods of one subscription.
    """

    name: str = ""
    signature: tuple[str, ...] = ()
    file: str = ""
    separator: str = AUTO
    skip_lines: int = 0
    widths: tuple[int, ...] = ()
    header: tuple[str, ...] = ()
    fills_short_rows: bool = False
    sheet: str = ""
    rows: str = ""
    carry: Carry | None = None
    unfold: Unfold | None = None
    joins: tuple[Join, ...] = ()
    conditions: tuple[Condition, ...] = ()
    cancellation: tuple[Condition, ...] = ()
    history: bool = False
    left_out: str = ""
    records: tuple[Records, ...] = ()

    @property
    def fields(self) -> dict[str, Source]:
        """The fields of what its rows become, in the first place."""
        return self.records[0].fields if self.records else {}

    def columns(self) -> list[str]:
        """Every column that is named, once each."""
        named = [name for each in self.records for source in each.fields.values() for name in source.columns()]
        named += [each.column for records in self.records for each in records.only]
        named += [each.column for each in (*self.conditions, *self.cancellation)]
        named += [ours for join in self.joins for ours, _ in join.pairs]
        named += [self.carry.key, *self.carry.columns] if self.carry else []
        return list(dict.fromkeys(named))


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping as its file states it; a reader may set its `parameters`: None stands for the day of reading."""

    name: str
    description: str
    encoding: str
    dates: tuple[str, ...]
    decimals: str
    empty: tuple[str, ...]
    parameters: dict[str, str | None]
    tables: tuple[Table, ...]

    @property
    def first(self) -> Table:
        """The table of a mapping that has only one."""
        return self.tables[0]

    def table(self, name: str) -> Table | None:
        """The table of a name."""
        return next((each for each in self.tables if each.name == name), None)


def load_mapping(path: Path) -> Mapping:
    """The mapping in a file. Raises `Refused` with every problem in it, an unreadable file included."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Refused(
            Problem("bad-mapping", "map", f"The mapping {path} cannot be read: {error.strerror or error}.", path.name)
        ) from error
    return parse_mapping(content, path.name)


def parse_mapping(content: bytes | str, place: str = "mapping") -> Mapping:
    """The mapping in a JSON text. Raises `Refused` with every problem in it."""
    try:
        document = json.loads(content.decode("utf-8-sig") if isinstance(content, bytes) else content)
    except json.JSONDecodeError as error:
        message = f"The mapping is no JSON: {error.msg}. Correct it at this place."
        at = f"{place}, line {error.lineno}, column {error.colno}"
        raise Refused(Problem("bad-mapping", "map", message, at)) from error
    except (UnicodeError, RecursionError, ValueError) as error:
        raise Refused(Problem("bad-mapping", "map", "The mapping is no JSON text in UTF-8.", place)) from error
    return _MappingReader(place).mapping(document)


class _MappingReader:
    """Reads a mapping's document and keeps every problem; raises them together at the end."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.problems: list[Problem] = []
        self.parameters: dict[str, str | None] = {}
        self.names: tuple[str, ...] = ()

    def wrong(self, at: str, message: str) -> None:
        self.problems.append(Problem("bad-mapping", at, message, f"{self.place}, {at}" if at else self.place))

    def unknown(self, at: str, word: str, known: Sequence[str], what: str) -> None:
        guess = nearest(word, known)
        hint = f"did you mean {guess!r}?" if guess else f"known are: {', '.join(known) or 'none'}."
        self.wrong(at, f"{what} {shown(word)!r} is unknown; {hint}")

    def known_keys(self, at: str, spec: Iterable[str], known: Sequence[str]) -> None:
        for key in spec:
            if key not in known:
                self.unknown(at or key, key, known, "The setting")

    def mapping(self, document: Any) -> Mapping:
        if not isinstance(document, dict):
            raise Refused(Problem("bad-mapping", "", "A mapping is a JSON object.", self.place))
        several = "tables" in document
        self.known_keys("", document, FILE_KEYS if several else (*FILE_KEYS, *TABLE_KEYS))
        name = self.text(document, "name", "")
        if not name:
            self.wrong("name", "Give the mapping a name: rows are recognised by it when they come again.")
        elif len(name) > values.CODE_LIMIT or not name.isprintable():
            self.wrong("name", f"The name has at most {values.CODE_LIMIT} printable characters.")
        self.parameters = self.read_parameters(document.get("parameters", {}))
        mapping = Mapping(
            name=name,
            description=self.text(document, "description", ""),
            encoding=self.encoding(document),
            dates=self.dates(document.get("dates", [values.ISO])),
            decimals=self.decimals(document),
            empty=self.texts("empty", document.get("empty", [])),
            parameters=self.parameters,
            tables=tuple(self.tables(document["tables"])) if several else (self.table("", "", document),),
        )
        self.constants(mapping)
        if self.problems:
            raise Refused(self.problems)
        return mapping

    # ------------------------------------------------------------------------------------------- settings

    def text(self, document: dict[str, Any], key: str, default: str, at: str = "") -> str:
        value = document.get(key, default)
        if isinstance(value, str):
            return value
        self.wrong(at or key, f"{key} is a text.")
        return default

    def flag(self, document: dict[str, Any], key: str, at: str) -> bool:
        value = document.get(key, False)
        if not isinstance(value, bool):
            self.wrong(at or key, f"{key} is true or false.")
        return value is True

    def texts(self, at: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        self.wrong(at, f'{at.rpartition(".")[2]} is a list of texts, such as ["A", "B"].')
        return ()

    def separator(self, document: dict[str, Any], at: str) -> str:
        separator = self.text(document, "separator", AUTO, at)
        if not separator or re.search(r'["\r\n\0]', separator) or len(separator) > 10:
            self.wrong(at or "separator", 'The separator is one or more characters, such as ";" or "|+|", or "auto".')
            return AUTO
        return separator

    def encoding(self, document: dict[str, Any]) -> str:
        encoding = self.text(document, "encoding", AUTO)
        if encoding != AUTO and not is_encoding(encoding):
            self.wrong("encoding", f'The encoding {shown(encoding)!r} is unknown; write "utf-8", "cp1252" or "auto".')
            return AUTO
        return encoding

    def dates(self, value: Any) -> tuple[str, ...]:
        forms = self.texts("dates", [value] if isinstance(value, str) else value)
        good = tuple(form for form in forms if form in _DATE_FORMS or self.is_pattern(form))
        for form in (form for form in forms if form not in good):
            self.wrong(
                "dates",
                f"The date format {shown(form)!r} is unknown; write {', '.join(_DATE_FORMS)}, "
                "or a pattern such as %d.%m.%Y.",
            )
        return good or (values.ISO,)

    @staticmethod
    def is_pattern(form: str) -> bool:
        try:
            day = date(2026, 11, 30)
            return "%" in form and values.date_reader([form])(day.strftime(form)) == day
        except (Misread, ValueError):
            return False

    def decimals(self, document: dict[str, Any]) -> str:
        style = self.text(document, "decimals", "1,234.56")
        if style not in (*values.GROUPINGS, AUTO):
            self.unknown("decimals", style, (*values.GROUPINGS, AUTO), "The way of writing numbers")
            return "1,234.56"
        return style

    def skip_lines(self, document: dict[str, Any], at: str) -> int:
        count = document.get("skip_lines", 0)
        if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= 10_000:
            return count
        self.wrong(at or "skip_lines", "skip_lines is a whole number from 0 to 10000.")
        return 0

    def widths(self, document: dict[str, Any], at: str) -> tuple[int, ...]:
        value = document.get("widths", [])
        if isinstance(value, list) and all(type(each) is int and 0 < each <= 10_000 for each in value):
            return tuple(value)
        self.wrong(at or "widths", "widths is a list of how many characters each column has, such as [6, 9, 3].")
        return ()

    def read_parameters(self, value: Any) -> dict[str, str | None]:
        if isinstance(value, dict) and all(each is None or isinstance(each, str) for each in value.values()):
            for name, day in value.items():
                if day is not None:
                    self.try_day(f"parameters.{name}", day)
            return value
        self.wrong("parameters", 'parameters is an object of days or null, such as {"day": null}.')
        return {}

    def try_day(self, at: str, text: str) -> None:
        try:
            values.date_reader([values.ISO])(text)
        except Misread as wrong:
            self.wrong(at, f"{shown(text)!r} is not {wrong.expected}.")

    # ------------------------------------------------------------------------------------------- tables

    def tables(self, value: Any) -> Iterator[Table]:
        if not isinstance(value, dict) or not value or not all(isinstance(each, dict) for each in value.values()):
            self.wrong("tables", 'tables is an object of tables by name, such as {"orders": {"fields": {...}}}.')
            return
        self.names = tuple(value)
        for name, spec in value.items():
            at = f"tables.{shown(name)}"
            self.known_keys(at, spec, TABLE_KEYS)
            if "recognise" not in spec:
                self.wrong(at, 'Say how the table is told, such as "recognise": {"columns": ["OrderId", "Quantity"]}.')
            yield self.table(at, name, spec)

    def table(self, at: str, name: str, spec: dict[str, Any]) -> Table:
        recognise = self.part(at, spec, "recognise", ("columns", "file")) or {}
        left_out = self.text(spec, "left_out", "", at)
        header = self.texts(self.at(at, "header"), spec.get("header", []))
        return Table(
            name=name,
            signature=self.texts(self.at(at, "recognise.columns"), recognise.get("columns", [])),
            file=self.text(recognise, "file", "", self.at(at, "recognise.file")),
            separator=self.separator(spec, at),
            skip_lines=self.skip_lines(spec, at),
            widths=self.widths(spec, at),
            header=header,
            fills_short_rows=self.text(spec, "short_rows", "refuse", at) == "fill",
            sheet=self.text(spec, "sheet", "", at),
            rows=self.text(spec, "rows", "", at),
            carry=self.carry(at, spec),
            unfold=self.unfold(at, spec),
            joins=self.joins(at, spec.get("join", {})),
            conditions=self.conditions(self.at(at, "filter"), spec.get("filter", []), with_reason=True),
            cancellation=self.conditions(self.at(at, "cancellation"), spec.get("cancellation", [])),
            history=self.flag(spec, "history", at),
            left_out=left_out,
            records=(
                (self.records(at, spec), *self.also(at, spec.get("also", [])))
                if "fields" in spec or not (name or left_out)
                else ()
            ),
        )

    @staticmethod
    def at(at: str, key: str) -> str:
        return f"{at}.{key}" if at else key

    def part(self, at: str, spec: dict[str, Any], key: str, known: Sequence[str]) -> dict[str, Any] | None:
        """The object under a key, with its names checked; None where there is none."""
        value = spec.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(self.at(at, key), f"{key} is an object with {', '.join(known)}.")
            return None
        self.known_keys(self.at(at, key), value, known)
        return value

    def carry(self, at: str, spec: dict[str, Any]) -> Carry | None:
        value = self.part(at, spec, "carry", ("key", "columns"))
        if value is None:
            return None
        at = self.at(at, "carry")
        key = self.text(value, "key", "", at)
        if not key:
            self.wrong(at, "Name the key: the column by which rows belong together.")
        return Carry(key, self.texts(f"{at}.columns", value.get("columns", [])))

    def unfold(self, at: str, spec: dict[str, Any]) -> Unfold | None:
        value = self.part(at, spec, "unfold", ("columns", "parts", "word", "into"))
        if value is None:
            return None
        at = self.at(at, "unfold")
        columns, into = self.text(value, "columns", "", at), self.text(value, "into", "item", at)
        parts, word = self.text(value, "parts", "|", at), self.text(value, "word", ":", at)
        if not (columns and into and parts and word):
            self.wrong(at, 'unfold needs texts: {"columns": "line_item_", "parts": "|", "word": ":", "into": "item"}.')
        return Unfold(columns, parts, word, into)

    def joins(self, at: str, value: Any) -> tuple[Join, ...]:
        where = self.at(at, "join")
        if not isinstance(value, dict):
            self.wrong(where, 'join is an object, such as {"Order": {"table": "orders", "on": [["OrderId", "Id"]]}}.')
            return ()
        found = []
        for alias, spec in value.items():
            here = f"{where}.{shown(alias)}"
            pairs = spec.get("on") if isinstance(spec, dict) else None
            good = isinstance(pairs, list) and all(
                isinstance(pair, list) and len(pair) == 2 and all(isinstance(each, str) for each in pair)
                for pair in pairs
            )
            if not good or not pairs or not isinstance(spec.get("table"), str):
                self.wrong(
                    here, 'A join names a table and pairs of columns: {"table": "orders", "on": [["OrderId", "Id"]]}.'
                )
                continue
            self.known_keys(here, spec, ("table", "on"))
            if spec["table"] not in self.names:
                self.unknown(here, spec["table"], self.names, "The table")
            found.append(Join(alias, spec["table"], tuple((ours, theirs) for ours, theirs in pairs)))
        return tuple(found)

    def also(self, at: str, value: Any) -> tuple[Records, ...]:
        where = self.at(at, "also")
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.wrong(where, "also is a list of objects with record, only and fields.")
            return ()
        found = []
        for index, each in enumerate(value):
            self.known_keys(f"{where}[{index}]", each, RECORD_KEYS)
            found.append(self.records(f"{where}[{index}]", each))
        return tuple(found)

    def records(self, at: str, spec: dict[str, Any]) -> Records:
        record = self.text(spec, "record", ORDER_LINE, at)
        if record not in RECORDS:
            self.unknown(self.at(at, "record"), record, tuple(RECORDS), "The record")
            record = ORDER_LINE
        fields = self.fields(self.at(at, "fields"), spec.get("fields"), record)
        model = fields.get("selling_model")
        if (
            record == ORDER_LINE
            and model
            and model.constant == SellingModel.TERM
            and not {"end", "term"} & fields.keys()
        ):
            self.wrong(
                self.at(at, "fields.selling_model"), "What is sold for a term needs the field end or the field term."
            )
        return Records(record, self.conditions(self.at(at, "only"), spec.get("only", [])), fields)

    # ------------------------------------------------------------------------------------------- conditions

    def conditions(self, at: str, value: Any, *, with_reason: bool = False) -> tuple[Condition, ...]:
        if not isinstance(value, list):
            self.wrong(at, f"{at.rpartition('.')[2]} is a list of conditions.")
            return ()
        found = (self.condition(f"{at}[{index}]", each, with_reason) for index, each in enumerate(value))
        return tuple(each for each in found if each)

    def condition(self, at: str, value: Any, with_reason: bool) -> Condition | None:
        if not isinstance(value, dict):
            self.wrong(at, 'A condition is an object, such as {"column": "State", "op": "=", "value": "void", ...}.')
            return None
        self.known_keys(at, value, FILTER_KEYS)
        column, op = self.text(value, "column", "", at), self.text(value, "op", "=", at)
        reason, kind = self.text(value, "reason", "", at), self.text(value, "count_as", SkipKind.SKIPPED.value, at)
        if not column:
            self.wrong(at, "Name the column that decides.")
        if with_reason and not reason:
            self.wrong(at, "Give the reason that is shown for the rows left out.")
        if op not in OPS:
            self.unknown(at, op, OPS, "The relation")
        if kind not in list(SkipKind):
            self.unknown(at, kind, [each.value for each in SkipKind], "The count")
            kind = SkipKind.SKIPPED.value
        operand = value.get("value", "")
        operands = (
            self.texts(f"{at}.value", operand) if op in ("in", "not in") else (self.text(value, "value", "", at),)
        )
        if op in ("<", "<=", ">", ">=") and not re.fullmatch(r"-?\d+(\.\d+)?", operands[0]):
            self.wrong(at, f"{shown(operands[0])!r} is no number to compare with.")
        return Condition(column, op, operands, reason, SkipKind(kind), self.flag(value, "optional", at))

    # ------------------------------------------------------------------------------------------- fields

    def fields(self, at: str, value: Any, record: str) -> dict[str, Source]:
        if not isinstance(value, dict):
            self.wrong(at, 'fields is an object, such as {"order": {"column": "Order No"}, ...}.')
            return {}
        known = RECORDS[record]
        names = tuple(each.name for each in known)
        found = {}
        for name, spec in value.items():
            if name not in names and not (is_own(name) and record in OWN_OBJECTS):
                self.unknown(f"{at}.{shown(name)}", name, names, "The field")
                continue
            source = self.source(f"{at}.{name}", spec)
            if source is not None:
                found[name] = source
        for name in (each.name for each in known if each.required and each.name not in value):
            self.wrong(f"{at}.{name}", f"The field {name} is needed: say which column it is.")
        if found and not any(source.columns() for source in found.values()):
            self.wrong(at, "At least one field comes from a column.")
        return found

    def source(self, at: str, spec: Any) -> Source | None:
        if isinstance(spec, str):
            spec = {"column": spec}
        if not isinstance(spec, dict):
            self.wrong(at, 'A field is the name of a column, or an object such as {"column": "Order No"}.')
            return None
        self.known_keys(at, spec, FIELD_KEYS)
        given = [key for key in SOURCES if key in spec]
        if len(given) != 1:
            self.wrong(at, f"Give exactly one of: {', '.join(SOURCES)}.")
            return None
        (kind,) = given
        parameter = self.text(spec, "parameter", "", at)
        if parameter and parameter not in self.parameters:
            self.unknown(at, parameter, tuple(self.parameters), "The parameter")
        return Source(
            column=self.text(spec, "column", "", at),
            constant=self.text(spec, "constant", "", at),
            parameter=parameter,
            operation=kind if kind in OPERATIONS else "",
            parts=self.parts(at, kind, spec[kind]) if kind in OPERATIONS else (),
            changes=self.changes(at, spec.get("change", [])),
            lookup=self.lookup(at, spec.get("lookup")),
            default=self.default(at, spec.get("default")),
            only=self.conditions(f"{at}.only", spec.get("only", [])),
        )

    def parts(self, at: str, kind: str, value: Any) -> tuple[Source, ...]:
        if not isinstance(value, list):
            example = '["Order", {"constant": "-"}, "Line"]' if kind == "concat" else '["Order", "Line"]'
            self.wrong(at, f"{kind} is a list of columns and constants, such as {example}.")
            return ()
        count = _OPERANDS.get(kind)
        if count is not None and len(value) != count:
            self.wrong(at, f"{kind} takes {count} values.")
        return tuple(part for each in value if (part := self.source(at, each)))

    def default(self, at: str, value: Any) -> Source | None:
        if value is None:
            return None
        return Source(constant=value) if isinstance(value, str) else self.source(f"{at}.default", value)

    def lookup(self, at: str, value: Any) -> dict[str, str] | None:
        if value is None or (isinstance(value, dict) and all(isinstance(each, str) for each in value.values())):
            return value
        self.wrong(at, 'lookup is an object of texts, such as {"M": "month", "Y": "year"}.')
        return None

    def changes(self, at: str, value: Any) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and each in PLAIN_CHANGES:
                found.append((each, ""))
            elif isinstance(each, dict) and len(each) == 1 and next(iter(each)) in NAMED_CHANGES:
                found += self.named_change(at, *next(iter(each.items())))
            else:
                word = each if isinstance(each, str) else next(iter(each), "") if isinstance(each, dict) else str(each)
                self.unknown(at, str(word), PLAIN_CHANGES + NAMED_CHANGES, "The change")
        return tuple(found)

    def named_change(self, at: str, name: str, argument: Any) -> Iterator[tuple[str, str]]:
        if name == "split":
            good = isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str) and argument[0]
            if good and type(argument[1]) is int and 0 < abs(argument[1]) <= 1000:
                yield name, f"{argument[1]} {argument[0]}"
            else:
                self.wrong(at, 'split takes a separator and which part is meant, such as {"split": ["-", 2]}.')
        elif not isinstance(argument, str):
            self.wrong(at, f"{name} needs a text.")
        elif name == "months_before_day" and argument not in self.parameters:
            self.unknown(at, argument, tuple(self.parameters), "The parameter")
        else:
            yield name, argument

    def constants(self, mapping: Mapping) -> None:
        """Constants and the results of lookups are read now, so that a mistake in them is told once and not per row."""
        style = "1,234.56" if mapping.decimals == AUTO else mapping.decimals
        parse = parsers(
            [form for form in mapping.dates if form != AUTO] or [values.ISO], style, lambda code: len(code) == 3
        )
        for table in mapping.tables:
            for records in table.records:
                prefix = f"tables.{table.name}." if table.name else ""
                for name, source in records.fields.items():
                    for text in () if is_own(name) else _fixed_texts(source):
                        try:
                            parse[name](text)
                        except Misread as wrong:
                            self.wrong(f"{prefix}fields.{name}", f"{shown(text)!r} is not {wrong.expected}.")


def _fixed_texts(source: Source) -> list[str]:
    if source.changes:
        return []
    texts = [source.constant] if source.constant else []
    texts += [text for text in (source.lookup or {}).values() if text]
    return texts + ([source.default.constant] if source.default and source.default.constant else [])


def with_styles(mapping: Mapping, dates: str = "", decimals: str = "") -> Mapping:
    """A mapping whose days or numbers are read in another way: what the one who imports says goes before."""
    return replace(mapping, dates=(dates,) if dates else mapping.dates, decimals=decimals or mapping.decimals)
