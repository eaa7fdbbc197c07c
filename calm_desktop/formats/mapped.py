"""Rows of any CSV through a mapping: each field is compiled into one function, once per file."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from datetime import date
from decimal import Decimal

from calm_desktop.engine.dates import add_months
from calm_desktop.engine.fields import CustomField
from calm_desktop.formats import values
from calm_desktop.formats.drafts import Item, RowProblem, SkipKind
from calm_desktop.formats.fields import (
    FIELDS,
    Binding,
    Field,
    field_reader,
    own_binding,
    own_field,
    own_reader,
    parsers,
)
from calm_desktop.formats.mapping import Condition, Mapping, Source, is_own
from calm_desktop.formats.table import Layout, LeaveOut, read_table
from calm_desktop.formats.text_files import TextFile, heading
from calm_desktop.formats.values import Misread, nearest, shown

_FIELD_NAMED = {each.name: each for each in FIELDS}


def parameter_values(
    mapping: Mapping | None, given: dict[str, str], today: date
) -> tuple[dict[str, str], list[RowProblem]]:
    """A mapping's parameters as given, else as its file says, else `today`; and what is wrong with those given."""
    known = mapping.parameters if mapping else {}
    problems = []
    day = values.date_reader([values.ISO])
    for name, text in given.items():
        if name not in known:
            expected = f"one of: {', '.join(known)}" if known else "no parameters"
            problems.append(RowProblem("", 0, name, text, expected, "leave it out, or name the mapping that takes it"))
            continue
        try:
            day(text)
        except Misread as wrong:
            problems.append(RowProblem("", 0, name, shown(text), wrong.expected, wrong.fix))
    return {name: given.get(name) or known[name] or today.isoformat() for name in known}, problems


def read_mapped(
    file: str,
    text: TextFile,
    mapping: Mapping,
    parameters: dict[str, str],
    known_currency: Callable[[str], bool],
    customs: Sequence[CustomField] = (),
) -> Generator[Item, None, None]:
    """The rows of a file through a mapping; `parameters` has a text for each parameter of the mapping.

    `customs` are the fields of one's own that it may fill.

    Raises `Unreadable` where the file cannot be read on.
    """
    compiler = _Compiler(file, mapping, parameters, known_currency, customs)
    return read_table(
        file,
        text,
        compiler.lay_out,
        system=mapping.name,
        separator=mapping.separator,
        skip_lines=mapping.skip_lines,
    )


class _Compiler:
    """Turns a mapping and a header into a layout: each field one function, made once."""

    def __init__(
        self,
        file: str,
        mapping: Mapping,
        parameters: dict[str, str],
        known_currency: Callable[[str], bool],
        customs: Sequence[CustomField],
    ) -> None:
        self.file = file
        self.mapping = mapping
        self.parameters = parameters
        self.empty = frozenset(mapping.empty)
        self.parse = parsers([*mapping.dates, values.ISO], mapping.decimals, known_currency)
        self.iso = parsers([values.ISO], mapping.decimals, known_currency)
        self.customs = customs
        self.index: dict[str, int] = {}

    def lay_out(self, at: int, header: list[str]) -> Layout:
        names = [heading(cell) for cell in header]
        self.index = {name: index for index, name in reversed(list(enumerate(names)))}
        needed = [name for source in self.mapping.fields.values() for name in source.columns()]
        needed += [condition.column for condition in self.mapping.conditions]
        problems = [
            self._missing(at, name, header, heading(name) in names)
            for name in dict.fromkeys(needed)
            if names.count(heading(name)) != 1
        ]
        if problems:
            return Layout(problems=problems)
        bindings, constants = [], {}
        for name, source in self.mapping.fields.items():
            try:
                if is_own(name):
                    bindings.append(self._bind_own(name, source))
                    continue
                binding = self._bind(_FIELD_NAMED[name], source)
                if source.columns():
                    bindings.append(binding)
                else:
                    constants[name] = binding.value([])
            except Misread as wrong:
                found = shown(source.constant)
                fix = wrong.fix if is_own(name) else "correct it in the mapping"
                problems.append(RowProblem(self.file, at, name, found, wrong.expected, fix))
        return Layout([] if problems else bindings, constants, self._leave_out(), problems)

    def _missing(self, at: int, name: str, header: list[str], twice: bool) -> RowProblem:
        columns = [shown(cell.strip()) for cell in header]
        guess = nearest(name, columns)
        found = "the column twice" if twice else f"the columns {', '.join(columns)}"
        fix = f"did you mean {guess}?" if guess and not twice else "correct the mapping or the file"
        return RowProblem(self.file, at, name, found, f"one column {name}", fix)

    def _bind(self, field: Field, source: Source) -> Binding:
        days = any(name == "months_before_day" for name, _ in source.changes) or source.parameter
        parse = (self.iso if days else self.parse)[field.name]
        column = next(iter(source.columns()), field.name)
        own_column = source.column and (source.default is None or not source.default.columns())
        if own_column:
            cell = self._cell(source, self._constant(source.default))
            return Binding(field, column, self.index[heading(column)], field_reader(field, column, parse, cell))
        over_row = self._text(source)
        value = field_reader(field, column, parse)
        index = self.index[heading(source.column)] if source.column else -1
        return Binding(field, column, index, read_row=lambda row: value(over_row(row)))

    def _bind_own(self, name: str, source: Source) -> Binding:
        """The binding of a field of one's own; raises `Misread` where none, or several, are called so."""
        custom = own_field(self.customs, name)
        if custom is None:
            known = ", ".join(f"{each.object}.{each.api_name}" for each in self.customs) or "no fields are defined"
            raise Misread(f"a field of your own: {known}", "define the field first, or take it out of the mapping")
        column = next(iter(source.columns()), name)
        day = any(change == "months_before_day" for change, _ in source.changes) or source.parameter
        parse = own_reader(custom, [values.ISO] if day else [*self.mapping.dates, values.ISO], self.mapping.decimals)
        text, value = self._text(source), field_reader(Field(name, "", "", ""), column, parse)
        index = self.index[heading(source.column)] if source.column else -1
        binding = own_binding(custom, column, index, None, read_row=lambda row: value(text(row)))
        if not source.columns():
            binding.value([])
        return binding

    def _constant(self, source: Source | None) -> str:
        return self._text(source)([]) if source is not None else ""

    def _text(self, source: Source) -> Callable[[list[str]], str]:
        """A source as a function of the row."""
        default = self._text(source.default) if source.default else lambda _: ""
        cell = self._cell(source, "")
        if source.column:
            index = self.index[heading(source.column)]
            return lambda row: cell(row[index]) or default(row)
        if source.parts:
            parts = [self._text(part) for part in source.parts]
            return lambda row: cell("".join(part(row) for part in parts)) or default(row)
        text = cell(self.parameters[source.parameter] if source.parameter else source.constant)
        return lambda row: text or default(row)

    def _cell(self, source: Source, default: str) -> Callable[[str], str]:
        """A source's changes and lookup as a function of the text; nothing stays nothing, or becomes the default."""
        changes = [self._change(name, argument) for name, argument in source.changes]
        lookup = source.lookup
        empty = self.empty

        def cell(text: str) -> str:
            text = text.strip()
            if not text or text in empty:
                return default
            for change in changes:
                text = change(text)
            return _looked_up(text, lookup) if lookup is not None else text

        return cell

    def _change(self, name: str, argument: str) -> Callable[[str], str]:
        if name == "months_before_day":
            day = date.fromisoformat(self.parameters[argument])
            return lambda text: _months_before(text, day)
        if name == "prefix":
            return lambda text: argument + text
        if name == "strip_prefix":
            return lambda text: text.removeprefix(argument)
        return {"upper": str.upper, "lower": str.lower, "float_id": _float_id}[name]

    def _leave_out(self) -> LeaveOut | None:
        if not self.mapping.conditions:
            return None
        tests = [
            (self.index[heading(each.column)], self._holds(each), (each.reason, each.kind))
            for each in self.mapping.conditions
        ]

        def leave_out(row: list[str]) -> tuple[str, SkipKind] | None:
            for index, holds, outcome in tests:
                if holds(row[index]):
                    return outcome
            return None

        return leave_out

    def _holds(self, condition: Condition) -> Callable[[str], bool]:
        operands, op = condition.values, condition.op
        if op in ("<", "<=", ">", ">="):
            return self._compares(op, Decimal(operands[0]))
        text = operands[0] if operands else ""
        empty = self.empty
        return {
            "=": lambda cell: cell.strip() == text,
            "!=": lambda cell: cell.strip() != text,
            "in": lambda cell: cell.strip() in operands,
            "not in": lambda cell: cell.strip() not in operands,
            "starts": lambda cell: cell.strip().startswith(text),
            "contains": lambda cell: text in cell,
            "empty": lambda cell: not cell.strip() or cell.strip() in empty,
            "not empty": lambda cell: bool(cell.strip()) and cell.strip() not in empty,
        }[op]

    def _compares(self, op: str, limit: Decimal) -> Callable[[str], bool]:
        number = values.number_reader(self.mapping.decimals)
        holds: Callable[[Decimal], bool] = {
            "<": limit.__gt__,
            "<=": limit.__ge__,
            ">": limit.__lt__,
            ">=": limit.__le__,
        }[op]

        def compares(text: str) -> bool:
            try:
                return holds(number(text.strip()))
            except Misread:
                return False

        return values.remembered(compares)


def _looked_up(text: str, lookup: dict[str, str]) -> str:
    found = lookup.get(text, lookup.get("*"))
    if found is None:
        guess = nearest(text, lookup)
        fix = f"did you mean {guess}?" if guess else "correct it, or add it to the mapping's lookup"
        raise Misread(f"one of: {', '.join(lookup)}", fix)
    return found


def _float_id(text: str) -> str:
    """17850.0 -> 17850: identifiers that a spreadsheet took for numbers."""
    return re.sub(r"\.0+$", "", text) if re.fullmatch(r"\d+\.0+", text) else text


def _months_before(text: str, day: date) -> str:
    count = _float_id(text)
    if not re.fullmatch(r"[0-9]{1,4}", count):
        raise Misread("a whole number of months", "write a whole number, without decimals")
    return add_months(day, -int(count)).isoformat()
