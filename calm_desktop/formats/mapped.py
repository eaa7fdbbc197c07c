"""Rows of any table through a mapping: each field is compiled into one function, once per file."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from babel.numbers import get_currency_precision

from calm_desktop.engine.dates import add_months
from calm_desktop.engine.fields import CustomField
from calm_desktop.engine.money import plain, round_half_up
from calm_desktop.formats import values
from calm_desktop.formats.drafts import Cancellation, Item, OrderLine, Rejected, RowProblem, Skipped
from calm_desktop.formats.fields import (
    ORDER_LINE,
    OWN_OBJECTS,
    RECORDS,
    Binding,
    DraftReader,
    Field,
    LineReader,
    Parse,
    as_field,
    field_reader,
    own_field,
    own_reader,
    parsers,
)
from calm_desktop.formats.histories import History
from calm_desktop.formats.mapping import Condition, Join, Mapping, Records, Source, Table, is_own
from calm_desktop.formats.repairs import Repair, constants_of, fields_mended
from calm_desktop.formats.table import NO_ROWS, Grid, whole_rows
from calm_desktop.formats.text_files import heading
from calm_desktop.formats.values import Misread, nearest, shown

Row = list[str]
Text = Callable[[Row], str]
Holds = Callable[[Row], bool]

_LEFT_OPEN = "no record is made of such a row"
_UNITS = {1: "month", 3: "quarter", 6: "half-year", 12: "year"}


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


# ------------------------------------------------------------------------------------------- tables that are looked up


class Found(NamedTuple):
    """A row of a table that is looked up: its cells, and where it stands."""

    cells: tuple[str, ...]
    file: str
    row: int


@dataclass(slots=True)
class Lookup:
    """The rows of a table by a column of it, with the cells that others ask for. Memory grows with these rows.

    `used` are the keys that were asked for.
    """

    table: str
    key: str
    columns: tuple[str, ...]
    rows: dict[str, Found] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


Lookups = dict[str, Lookup]
"""By the alias of a table's join."""


def fill(
    lookup: Lookup, file: str, grid: Grid, mapping: Mapping, table: Table, lookups: Lookups
) -> Iterator[RowProblem]:
    """Put a table's rows into a lookup. Yields what is wrong with them; raises `Unreadable` as reading does."""
    rows = _Rows(file, grid, mapping, table, lookups)
    names = rows.names
    key_at = names.index(heading(lookup.key))
    places = [names.index(name) if (name := heading(column)) in names else -1 for column in lookup.columns]
    empty = frozenset(mapping.empty)
    for number, row in rows:
        if isinstance(row, Rejected):
            yield from row.problems
            continue
        key = _key(row[key_at], empty)
        if not key:
            continue
        found = Found(tuple(row[place] if place >= 0 else "" for place in places), file, number)
        before = lookup.rows.setdefault(key, found)
        if before is not found and before.cells != found.cells:
            expected = f"each {lookup.key} once; row {before.row} of {before.file} has it with other values"
            yield RowProblem(file, number, lookup.key, shown(key), expected, "delete or correct one of the two")


def _key(text: str, empty: frozenset[str]) -> str:
    """A key without what may differ between files: spaces, a float's zeros, the letters that check a record's id."""
    text = text.strip()
    return "" if text in empty else salesforce_id(_float_id(text))


def salesforce_id(text: str) -> str:
    """A record's id of 15 letters and digits from one of 18, whose last three say which letters are capital."""
    if len(text) != 18 or not (text.isascii() and text.isalnum()):
        return text
    check = ""
    for start in (0, 5, 10):
        bits = sum(1 << place for place, letter in enumerate(text[start : start + 5]) if letter.isupper())
        check += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits]
    return text[:15] if text[15:].upper() == check else text


class _Rows:
    """The rows of a table as its mapping sees them: gone on with, unfolded, and with the columns of joined tables."""

    def __init__(self, file: str, grid: Grid, mapping: Mapping, table: Table, lookups: Lookups) -> None:
        self.file, self.grid, self.table = file, grid, table
        self.empty = frozenset(mapping.empty)
        self.names = [heading(name) for name in grid.header]
        self.steps: list[Callable[[Row], Iterable[Row]]] = []
        self.dangling: list[RowProblem] = []
        self.number = 0
        if table.carry is not None and heading(table.carry.key) in self.names:
            self.steps.append(self._carry(table.carry.key, table.carry.columns))
        if table.unfold is not None:
            self.steps.append(self._unfold())
        for join in table.joins:
            if join.alias in lookups:
                self.steps.append(self._join(join, lookups[join.alias]))

    def __iter__(self) -> Iterator[tuple[int, Row | Rejected]]:
        for number, row in whole_rows(self.file, self.grid, fills=self.table.fills_short_rows):
            if isinstance(row, Rejected) or not self.steps:
                yield number, row
                continue
            self.number = number
            made: list[Row] = [row]
            for step in self.steps:
                made = [after for before in made for after in step(before)]
            for each in made:
                yield number, each

    def _carry(self, key: str, columns: Sequence[str]) -> Callable[[Row], Iterable[Row]]:
        key_at = self.names.index(heading(key))
        wanted = {heading(column) for column in columns}
        places = [at for at, name in enumerate(self.names) if at == key_at or not wanted or name in wanted]
        before: Row = []

        def carry(row: Row) -> Iterable[Row]:
            nonlocal before
            if before and (not row[key_at].strip() or row[key_at].strip() == before[key_at].strip()):
                for place in places:
                    if not row[place].strip():
                        row[place] = before[place]
            before = row
            return (row,)

        return carry

    def _unfold(self) -> Callable[[Row], Iterable[Row]]:
        unfold = self.table.unfold
        assert unfold is not None
        numbered = re.compile(re.escape(heading(unfold.columns)) + r"[0-9]+")
        places = [at for at, name in enumerate(self.names) if numbered.fullmatch(name)]
        prefix = heading(unfold.into) + "."
        words = [
            heading(column).removeprefix(prefix)
            for column in self.table.columns()
            if heading(column).startswith(prefix)
        ]
        self.names += [prefix + word for word in words]

        def spread(row: Row) -> Iterable[Row]:
            # A row without any stays one, so that what is missing in it is told.
            for text in [row[place] for place in places if row[place].strip()] or [""]:
                said = {}
                for part in text.split(unfold.parts):
                    word, _, value = part.partition(unfold.word)
                    said[heading(word)] = value.strip()
                yield row + [said.get(word, "") for word in words]

        return spread

    def _join(self, join: Join, lookup: Lookup) -> Callable[[Row], Iterable[Row]]:
        ours = next(mine for mine, theirs in join.pairs if theirs == lookup.key and heading(mine) in self.names)
        key_at = self.names.index(heading(ours))
        places = []
        for column in lookup.columns:
            name = heading(f"{join.alias}.{column}")
            if name not in self.names:
                self.names.append(name)
            places.append(self.names.index(name))
        width = len(self.names)
        nothing = tuple("" for _ in places)

        def joined(row: Row) -> Iterable[Row]:
            row += [""] * (width - len(row))
            key = _key(row[key_at], self.empty)
            found = lookup.rows.get(key) if key else None
            if found is not None:
                lookup.used.add(key)
            elif key:
                expected = f"the {lookup.key} of a record that is in the set"
                self.dangling.append(
                    RowProblem(self.file, self.number, ours, shown(key), expected, "add the file that holds it")
                )
            for place, text in zip(places, found.cells if found else nothing, strict=True):
                if not row[place].strip():
                    row[place] = text
            return (row,)

        return joined


# ------------------------------------------------------------------------------------------- a table's records


def read_mapped(
    file: str,
    grid: Grid,
    mapping: Mapping,
    table: Table,
    lookups: Lookups,
    parameters: dict[str, str],
    known_currency: Callable[[str], bool],
    customs: Sequence[CustomField] = (),
    repairs: Sequence[Repair] = (),
) -> Generator[Item, None, None]:
    """What the rows of a table become. `parameters` has a text for each parameter of the mapping, whose ways of writing
    days and numbers are settled; `customs` are the fields of one's own that it may fill; of `repairs`, those of our
    fields are made. Raises `Unreadable` where the file cannot be read on."""
    rows = _Rows(file, grid, mapping, table, lookups)
    if table.left_out:
        for number, row in rows:
            yield row if isinstance(row, Rejected) else Skipped(file, number, table.left_out)
        return
    if not table.records:
        return
    compiler = _Compiler(file, grid, mapping, parameters, known_currency, rows.names, customs, repairs)
    problems = compiler.missing(table)
    if problems:
        yield from problems
        return
    leave_out = [(compiler.holds(each), each) for each in table.conditions]
    cancels = [compiler.holds(each) for each in table.cancellation]
    makers = [compiler.maker(records, table) for records in table.records]
    if compiler.problems:
        yield from dict.fromkeys(compiler.problems)
        return
    history = History() if table.history else None
    empty = True
    for number, row in rows:
        empty = False
        dangling, rows.dangling = rows.dangling, []
        if isinstance(row, Rejected):
            yield row
            continue
        for holds, condition in leave_out:
            if holds(row):
                yield Skipped(file, number, condition.reason, condition.kind)
                break
        else:
            takes_back = False
            for holds in cancels:
                if holds(row):
                    takes_back = True
                    break
            made = False
            for maker in makers:
                if maker.only and not all(holds(row) for holds in maker.only):
                    continue
                made = True
                item = maker.read(number, row, takes_back=takes_back)
                if isinstance(item, Rejected) and dangling:
                    item = replace(item, problems=(*dangling, *item.problems))
                if history is None or not isinstance(item, OrderLine):
                    yield item
                else:
                    history.add(item)
            if not made:
                yield Skipped(file, number, _LEFT_OPEN)
    if history is not None:
        yield from history.lines()
    if empty and not grid.loose:
        yield RowProblem(file, grid.at, "", "a header and no rows", NO_ROWS, "choose a file with orders")


@dataclass(slots=True)
class _Maker:
    """Makes one record of a row that meets `only`."""

    only: list[Holds]
    reader: LineReader | DraftReader
    back: LineReader | None

    def read(self, number: int, row: Row, *, takes_back: bool) -> Item:
        if takes_back and self.back is not None:
            line = self.back.read(number, row)
            return Cancellation(line) if isinstance(line, OrderLine) else line
        return self.reader.read(number, row)


class _Compiler:
    """Turns a mapping and a header into functions of a row."""

    def __init__(
        self,
        file: str,
        grid: Grid,
        mapping: Mapping,
        parameters: dict[str, str],
        known_currency: Callable[[str], bool],
        names: list[str],
        customs: Sequence[CustomField],
        repairs: Sequence[Repair],
    ) -> None:
        self.file, self.grid, self.mapping = file, grid, mapping
        self.repairs = repairs
        self.parameters = parameters
        self.empty = frozenset(mapping.empty)
        parse = parsers([*mapping.dates, values.ISO], mapping.decimals, known_currency)
        self.parse = fields_mended(repairs, file, grid.header, parse)
        self.number = values.remembered(values.number_reader(mapping.decimals))
        self.day = values.remembered(values.date_reader([*mapping.dates, values.ISO]))
        self.point = values.GROUPINGS[mapping.decimals][1]
        self.index = {name: at for at, name in reversed(list(enumerate(names)))}
        self.customs = customs
        self.problems: list[RowProblem] = []

    def missing(self, table: Table) -> list[RowProblem]:
        """The columns that the table must have, once each, and has not."""
        sources = [source for records in table.records for source in records.fields.values()]
        needed = [name for source in sources for name in source.needed()]
        conditions = [*table.conditions, *table.cancellation, *(each for made in table.records for each in made.only)]
        needed += [condition.column for condition in conditions if not condition.optional]
        own = [heading(name) for name in self.grid.header]
        return [
            self._missing(name, twice=heading(name) in own)
            for name in dict.fromkeys(needed)
            if own.count(heading(name)) > 1 or heading(name) not in self.index
        ]

    def _missing(self, name: str, *, twice: bool) -> RowProblem:
        columns = [shown(cell.strip()) for cell in self.grid.header]
        guess = nearest(name, columns)
        found = "the column twice" if twice else f"the columns {', '.join(columns)}"
        fix = f"did you mean {guess}?" if guess and not twice else "correct the mapping or the file"
        return RowProblem(self.file, self.grid.at, name, found, f"one column {name}", fix)

    def maker(self, records: Records, table: Table) -> _Maker:
        """The reader of a table's record; what is wrong with its constants is kept among the problems."""
        only = [self.holds(each) for each in records.only]
        system = self.mapping.name
        if records.record != ORDER_LINE:
            bindings, constants = self._bindings(records)
            return _Maker(only, DraftReader(records.record, system, self.file, bindings, constants), None)
        bindings, constants = self._bindings(records)
        reader = LineReader(system, self.file, bindings, constants)
        back = None
        if table.cancellation:
            unsigned = dict(self.parse)
            for name in ("quantity", "total"):
                unsigned[name] = _of_unsigned(self.parse[name])
            back = LineReader(system, self.file, *self._bindings(records, unsigned))
        return _Maker(only, reader, back)

    def _bindings(
        self, records: Records, parse: dict[str, Parse] | None = None
    ) -> tuple[list[Binding], dict[str, Any]]:
        fields = {each.name: each for each in RECORDS[records.record]}
        bindings, constants = [], {}
        sources = dict(records.fields)
        for name, text in constants_of(self.repairs, self.file, tuple(fields)).items():
            source = sources.get(name, Source(constant=text))
            sources[name] = source if source.default else replace(source, default=Source(constant=text))
        for name, source in sources.items():
            if is_own(name):
                own = self._own(records.record, name)
                if own is None:
                    continue
                dates = [*self.mapping.dates, values.ISO]
                binding = self._bind(as_field(own), source, own_reader(own, dates, self.mapping.decimals), own)
            else:
                binding = self._bind(fields[name], source, (parse or self.parse)[name])
            if self._reads_row(source):
                bindings.append(binding)
                continue
            try:
                value = binding.value([])
                if binding.own is None:
                    constants[name] = value
                else:
                    bindings.append(binding)
            except Misread as wrong:
                found = shown(source.constant)
                if source.columns():
                    columns = ", ".join(source.columns())
                    self.problems.append(
                        RowProblem(self.file, self.grid.at, name, "no such column", f"one of: {columns}", wrong.fix)
                    )
                else:
                    fix = "correct it in the mapping"
                    self.problems.append(RowProblem(self.file, self.grid.at, name, found, wrong.expected, fix))
        return bindings, constants

    def _own(self, record: str, name: str) -> CustomField | None:
        """The field of one's own that a name means; that none or several are called so is kept among the problems."""
        known = [each for each in self.customs if each.object in OWN_OBJECTS[record]]
        try:
            found = own_field(known, name)
        except Misread as wrong:
            found, expected, fix = None, wrong.expected, wrong.fix
        else:
            names = ", ".join(f"{each.object}.{each.api_name}" for each in known) or "no fields are defined"
            expected, fix = f"a field of your own: {names}", "define the field first, or take it out of the mapping"
        if found is None:
            self.problems.append(RowProblem(self.file, self.grid.at, name, shown(name), expected, fix))
        return found

    def _there(self, source: Source) -> bool:
        return all(heading(name) in self.index for name in source.needed())

    def _usable(self, source: Source) -> Sequence[Source]:
        """Of a source whose first part that is there is taken, the parts that are there; else all parts."""
        return [part for part in source.parts if self._there(part)] if source.operation == "first" else source.parts

    def _reads_row(self, source: Source) -> bool:
        nested = [*self._usable(source), *([source.default] if source.default else [])]
        return bool(source.column or source.only) or any(self._reads_row(each) for each in nested)

    def _bind(self, field: Field, source: Source, parse: Parse, own: CustomField | None = None) -> Binding:
        while source.operation == "first" and not (source.changes or source.only) and source.lookup is None:
            usable = self._usable(source)
            if len(usable) != 1 or (source.default and usable[0].default):
                break
            # One column is left: it is read as one.
            one = usable[0]
            source = replace(one, default=one.default or source.default)
        column = self._label(source) or field.name
        simple = source.column and not source.only
        if simple and (source.default is None or not self._reads_row(source.default)):
            cell = self._cell(source, self._constant(source.default))
            index = self.index[heading(source.column)]
            return Binding(field, column, index, field_reader(field, column, parse, cell), own=own)
        over_row = self._text(source)
        value = field_reader(field, column, parse)
        index = self.index[heading(source.column)] if source.column else self.index.get(heading(column), -1)
        return Binding(field, column, index, read_row=lambda row: value(over_row(row)), own=own)

    def _label(self, source: Source) -> str:
        """The first column of a source that is there."""
        if source.column:
            return source.column
        nested = [*self._usable(source), *([source.default] if source.default else [])]
        return next((label for each in nested if (label := self._label(each))), "")

    def _constant(self, source: Source | None) -> str:
        return self._text(source)([]) if source is not None else ""

    def _text(self, source: Source) -> Text:
        """A source as a function of the row."""
        default = self._text(source.default) if source.default else lambda _: ""
        if source.only:
            conditions = [self.holds(each) for each in source.only]
            value = self._text(replace(source, only=(), default=None))
            return lambda row: (value(row) if all(holds(row) for holds in conditions) else "") or default(row)
        cell = self._cell(source, "")
        if source.column:
            index = self.index[heading(source.column)]
            return lambda row: cell(row[index]) or default(row)
        changed = self._changed(source)
        if source.operation:
            value = self._operation(source.operation, [self._text(part) for part in self._usable(source)])
            return lambda row: cell(value(row)) or default(row)
        # The spaces of a constant are meant.
        of_text, given = (cell, self.parameters[source.parameter]) if source.parameter else (changed, source.constant)
        text = of_text(given)
        return lambda row: text or default(row)

    def _operation(self, name: str, parts: list[Text]) -> Text:
        if name == "concat":
            return lambda row: "".join([part(row) for part in parts])
        if name == "first":
            return lambda row: next((text for part in parts if (text := part(row))), "")
        over = {"minor_units": self._from_minor, "multiple_above": _multiple_above, "price_unit": self._price_unit}
        result = over.get(name) or self._calculation(name)

        def calculated(row: Row) -> str:
            texts = [part(row) for part in parts]
            return result(texts) if all(texts) else ""

        return calculated

    def _calculation(self, name: str) -> Callable[[list[str]], str]:
        def calculated(texts: list[str]) -> str:
            value, *others = (Fraction(self._number(text)) for text in texts)
            for other in others:
                if name == "add":
                    value += other
                elif name == "subtract":
                    value -= other
                elif name == "multiply":
                    value *= other
                elif other or not value:
                    value = value / other if value else value  # nothing has no parts, whatever it is divided by
                else:
                    raise Misread("a number other than 0", "correct the number that is divided by", "0")
            return self._written(Decimal(round_half_up(value * 1_000_000)).scaleb(-6))

        return calculated

    def _number(self, text: str) -> Decimal:
        try:
            return self.number(text)
        except Misread as wrong:
            raise Misread(wrong.expected, wrong.fix, shown(text)) from wrong

    def _written(self, value: Decimal) -> str:
        return plain(value).replace(".", self.point)

    def _from_minor(self, texts: list[str]) -> str:
        amount, currency = texts
        return self._written(self._number(amount).scaleb(-get_currency_precision(currency.upper())))

    def _price_unit(self, texts: list[str]) -> str:
        start, end = (self.day(text) for text in texts)
        for months, unit in _UNITS.items():
            after = add_months(start, months)
            if after in (end, end + timedelta(days=1)):
                return unit
        raise Misread("a period of a month, a quarter, half a year or a year", "correct its days", f"{start} to {end}")

    def _cell(self, source: Source, default: str) -> Callable[[str], str]:
        """A source's changes and lookup as a function of the text; nothing stays nothing, or becomes the default."""
        if not (source.changes or source.lookup or self.empty or default):
            return str.strip
        changed = self._changed(source)
        empty = self.empty

        def cell(text: str) -> str:
            text = text.strip()
            return (text and text not in empty and changed(text)) or default

        return cell

    def _changed(self, source: Source) -> Callable[[str], str]:
        """A source's changes and lookup, as a function of a text."""
        changes = [self._change(name, argument) for name, argument in source.changes]
        lookup = source.lookup

        def changed(text: str) -> str:
            for change in changes:
                text = change(text)
            return text if lookup is None else _looked_up(text, lookup)

        return changed

    def _change(self, name: str, argument: str) -> Callable[[str], str]:
        if name == "months_before_day":
            day = date.fromisoformat(self.parameters[argument])
            return lambda text: _months_before(text, day)
        if name == "prefix":
            return lambda text: argument + text
        if name == "strip_prefix":
            return lambda text: text.removeprefix(argument)
        if name == "split":
            place, _, separator = argument.partition(" ")
            return lambda text: _part(text, separator, int(place))
        if name in ("day_before", "day_after"):
            step = timedelta(days=1 if name == "day_after" else -1)
            return lambda text: (self.day(text) + step).isoformat()
        return {
            "upper": str.upper,
            "lower": str.lower,
            "float_id": _float_id,
            "unsigned": values.unsigned,
            "salesforce_id": salesforce_id,
        }[name]

    def holds(self, condition: Condition) -> Holds:
        """A condition as a function of the row."""
        index = self.index.get(heading(condition.column))
        if index is None:
            return lambda _: False
        holds = self._holds(condition)
        return lambda row: holds(row[index])

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
        holds: Callable[[Decimal], bool] = {
            "<": limit.__gt__,
            "<=": limit.__ge__,
            ">": limit.__lt__,
            ">=": limit.__le__,
        }[op]

        def compares(text: str) -> bool:
            try:
                return holds(self.number(text.strip()))
            except Misread:
                return False

        return values.remembered(compares)


def _of_unsigned(parse: Parse) -> Parse:
    return lambda text: parse(values.unsigned(text))


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


def _part(text: str, separator: str, place: int) -> str:
    """The part at a place, counted from 1, or from -1 at the end; nothing where there are fewer."""
    parts = text.split(separator)
    return parts[place - 1 if place > 0 else place].strip() if abs(place) <= len(parts) else ""


def _months(text: str) -> int:
    count = _float_id(text)
    if not re.fullmatch(r"[0-9]{1,4}", count):
        raise Misread("a whole number of months", "write a whole number, without decimals", shown(text))
    return int(count)


def _months_before(text: str, day: date) -> str:
    return add_months(day, -_months(text)).isoformat()


def _multiple_above(texts: list[str]) -> str:
    """The smallest multiple of the second number that is greater than the first."""
    passed, length = (_months(text) for text in texts)
    if not length:
        raise Misread("a number above 0", "correct the length", "0")
    return str((passed // length + 1) * length)
