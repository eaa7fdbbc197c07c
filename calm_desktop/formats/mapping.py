"""Mapping files: JSON that says how the rows of any CSV become order lines."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from calm_desktop.engine.catalog import SellingModel
from calm_desktop.engine.fields import SUFFIX
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.formats import values
from calm_desktop.formats.drafts import SkipKind
from calm_desktop.formats.fields import FIELDS, NAMES, parsers
from calm_desktop.formats.text_files import AUTO, is_encoding
from calm_desktop.formats.values import Misread, nearest, shown

KEYS = (
    "name", "description", "separator", "encoding", "dates", "decimals", "empty", "skip_lines", "parameters", "filter",
    "fields",
)  # fmt: skip
SOURCES = ("column", "constant", "parameter", "concat")
FIELD_KEYS = (*SOURCES, "change", "lookup", "default")
FILTER_KEYS = ("column", "op", "value", "reason", "count_as")
OPS = ("=", "!=", "in", "not in", "starts", "contains", "empty", "not empty", "<", "<=", ">", ">=")
PLAIN_CHANGES = ("upper", "lower", "float_id")
NAMED_CHANGES = ("prefix", "strip_prefix", "months_before_day")
_DATE_FORMS = (values.ISO, values.DAY_FIRST, values.MONTH_FIRST)


def is_own(name: str) -> bool:
    """Whether a field of a mapping is one of one's own: `Region__c`, or `account.Region__c`."""
    return name.endswith(SUFFIX)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text comes from: a `column`, a `constant`, a `parameter` or several of them (`parts`), then `changes` by
    name with their argument, then the `lookup` table. Where nothing comes, `default` (a text or a source) holds."""

    column: str = ""
    constant: str = ""
    parameter: str = ""
    parts: tuple[Source, ...] = ()
    changes: tuple[tuple[str, str], ...] = ()
    lookup: dict[str, str] | None = None
    default: Source | None = None

    def columns(self) -> list[str]:
        """Every column that is needed."""
        nested = [*self.parts, *([self.default] if self.default else [])]
        return ([self.column] if self.column else []) + [name for each in nested for name in each.columns()]


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows whose `column` stands in relation `op` to `values` are left out, for a `reason`, and counted as `kind`."""

    column: str
    op: str
    values: tuple[str, ...]
    reason: str
    kind: SkipKind


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping as its file states it; a reader may set its `parameters`: None stands for the day of reading."""

    name: str
    description: str
    separator: str
    encoding: str
    dates: tuple[str, ...]
    decimals: str
    empty: tuple[str, ...]
    skip_lines: int
    parameters: dict[str, str | None]
    conditions: tuple[Condition, ...]
    fields: dict[str, Source] = field(default_factory=dict)


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

    def wrong(self, at: str, message: str) -> None:
        self.problems.append(Problem("bad-mapping", at, message, f"{self.place}, {at}" if at else self.place))

    def unknown(self, at: str, word: str, known: Sequence[str], what: str) -> None:
        guess = nearest(word, known)
        hint = f"did you mean {guess!r}?" if guess else f"known are: {', '.join(known) or 'none'}."
        self.wrong(at, f"{what} {shown(word)!r} is unknown; {hint}")

    def mapping(self, document: Any) -> Mapping:
        if not isinstance(document, dict):
            raise Refused(Problem("bad-mapping", "", "A mapping is a JSON object.", self.place))
        for key in document:
            if key not in KEYS:
                self.unknown(key, key, KEYS, "The setting")
        name = self.text(document, "name", "")
        if not name:
            self.wrong("name", "Give the mapping a name: rows are recognised by it when they come again.")
        elif len(name) > values.CODE_LIMIT or not name.isprintable():
            self.wrong("name", f"The name has at most {values.CODE_LIMIT} printable characters.")
        parameters = self.parameters(document.get("parameters", {}))
        mapping = Mapping(
            name=name,
            description=self.text(document, "description", ""),
            separator=self.separator(document),
            encoding=self.encoding(document),
            dates=self.dates(document.get("dates", [values.ISO])),
            decimals=self.decimals(document),
            empty=self.texts("empty", document.get("empty", [])),
            skip_lines=self.skip_lines(document),
            parameters=parameters,
            conditions=self.conditions(document.get("filter", [])),
            fields=self.fields(document.get("fields"), parameters),
        )
        self.constants(mapping)
        model = mapping.fields.get("selling_model")
        if model and model.constant == SellingModel.TERM.value and not {"end", "term"} & mapping.fields.keys():
            self.wrong("fields.selling_model", "What is sold for a term needs the field end or the field term.")
        if self.problems:
            raise Refused(self.problems)
        return mapping

    def text(self, document: dict[str, Any], key: str, default: str, at: str = "") -> str:
        value = document.get(key, default)
        if isinstance(value, str):
            return value
        self.wrong(at or key, f"{key} is a text.")
        return default

    def texts(self, at: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        self.wrong(at, f'{at.rpartition(".")[2]} is a list of texts, such as ["A", "B"].')
        return ()

    def separator(self, document: dict[str, Any]) -> str:
        separator = self.text(document, "separator", AUTO)
        if not separator or re.search(r'["\r\n\0]', separator) or len(separator) > 10:
            self.wrong("separator", 'The separator is one or more characters, such as ";" or "|+|", or "auto".')
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
        if style not in values.GROUPINGS:
            self.unknown("decimals", style, tuple(values.GROUPINGS), "The way of writing numbers")
            return "1,234.56"
        return style

    def skip_lines(self, document: dict[str, Any]) -> int:
        count = document.get("skip_lines", 0)
        if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= 10_000:
            return count
        self.wrong("skip_lines", "skip_lines is a whole number from 0 to 10000.")
        return 0

    def parameters(self, value: Any) -> dict[str, str | None]:
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

    def conditions(self, value: Any) -> tuple[Condition, ...]:
        if not isinstance(value, list):
            self.wrong("filter", "filter is a list of conditions.")
            return ()
        return tuple(found for index, each in enumerate(value) if (found := self.condition(f"filter[{index}]", each)))

    def condition(self, at: str, value: Any) -> Condition | None:
        if not isinstance(value, dict):
            self.wrong(at, 'A condition is an object, such as {"column": "State", "op": "=", "value": "void", ...}.')
            return None
        for key in value:
            if key not in FILTER_KEYS:
                self.unknown(at, key, FILTER_KEYS, "The setting")
        column, op = self.text(value, "column", "", at), self.text(value, "op", "=", at)
        reason, kind = self.text(value, "reason", "", at), self.text(value, "count_as", SkipKind.SKIPPED.value, at)
        if not column:
            self.wrong(at, "Name the column that decides.")
        if not reason:
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
        return Condition(column, op, operands, reason, SkipKind(kind))

    def fields(self, value: Any, parameters: dict[str, str | None]) -> dict[str, Source]:
        if not isinstance(value, dict):
            self.wrong("fields", 'fields is an object, such as {"order": {"column": "Order No"}, ...}.')
            return {}
        found = {}
        for name, spec in value.items():
            if name not in NAMES and not is_own(name):
                self.unknown(f"fields.{shown(name)}", name, NAMES, "The field")
                continue
            source = self.source(f"fields.{name}", spec, parameters)
            if source is not None:
                found[name] = source
        for name in (each.name for each in FIELDS if each.required and each.name not in value):
            self.wrong(f"fields.{name}", f"The field {name} is needed: say which column it is.")
        if found and not any(source.columns() for source in found.values()):
            self.wrong("fields", "At least one field comes from a column.")
        return found

    def source(self, at: str, spec: Any, parameters: dict[str, str | None]) -> Source | None:
        if isinstance(spec, str):
            spec = {"column": spec}
        if not isinstance(spec, dict):
            self.wrong(at, 'A field is the name of a column, or an object such as {"column": "Order No"}.')
            return None
        for key in spec:
            if key not in FIELD_KEYS:
                self.unknown(at, key, FIELD_KEYS, "The setting")
        if sum(key in spec for key in SOURCES) != 1:
            self.wrong(at, f"Give exactly one of: {', '.join(SOURCES)}.")
            return None
        parameter = self.text(spec, "parameter", "", at)
        if parameter and parameter not in parameters:
            self.unknown(at, parameter, tuple(parameters), "The parameter")
        return Source(
            column=self.text(spec, "column", "", at),
            constant=self.text(spec, "constant", "", at),
            parameter=parameter,
            parts=self.parts(at, spec.get("concat", []), parameters),
            changes=self.changes(at, spec.get("change", []), parameters),
            lookup=self.lookup(at, spec.get("lookup")),
            default=self.default(at, spec.get("default"), parameters),
        )

    def parts(self, at: str, value: Any, parameters: dict[str, str | None]) -> tuple[Source, ...]:
        if not isinstance(value, list):
            self.wrong(at, 'concat is a list of columns and constants, such as ["Order", {"constant": "-"}, "Line"].')
            return ()
        return tuple(part for each in value if (part := self.source(at, each, parameters)))

    def default(self, at: str, value: Any, parameters: dict[str, str | None]) -> Source | None:
        if value is None:
            return None
        return Source(constant=value) if isinstance(value, str) else self.source(f"{at}.default", value, parameters)

    def lookup(self, at: str, value: Any) -> dict[str, str] | None:
        if value is None or (isinstance(value, dict) and all(isinstance(each, str) for each in value.values())):
            return value
        self.wrong(at, 'lookup is an object of texts, such as {"M": "month", "Y": "year"}.')
        return None

    def changes(self, at: str, value: Any, parameters: dict[str, str | None]) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and each in PLAIN_CHANGES:
                found.append((each, ""))
            elif isinstance(each, dict) and len(each) == 1 and next(iter(each)) in NAMED_CHANGES:
                name, argument = next(iter(each.items()))
                if not isinstance(argument, str):
                    self.wrong(at, f"{name} needs a text.")
                elif name == "months_before_day" and argument not in parameters:
                    self.unknown(at, argument, tuple(parameters), "The parameter")
                else:
                    found.append((name, argument))
            else:
                word = each if isinstance(each, str) else next(iter(each), "") if isinstance(each, dict) else str(each)
                self.unknown(at, str(word), PLAIN_CHANGES + NAMED_CHANGES, "The change")
        return tuple(found)

    def constants(self, mapping: Mapping) -> None:
        """Constants and the results of lookups are read now, so that a mistake in them is told once and not per row."""
        parse = parsers(mapping.dates, mapping.decimals, lambda code: len(code) == 3)
        for name, source in mapping.fields.items():
            texts = [source.constant] if source.constant else []
            texts += list((source.lookup or {}).values())
            texts += [source.default.constant] if source.default and source.default.constant else []
            for text in texts if not source.changes and not is_own(name) else []:
                try:
                    parse[name](text)
                except Misread as wrong:
                    self.wrong(f"fields.{name}", f"{shown(text)!r} is not {wrong.expected}.")
