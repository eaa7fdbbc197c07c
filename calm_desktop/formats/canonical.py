"""Our own order formats: CSV with one row per line, and JSON with orders that hold lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from calm_desktop.engine.fields import CustomField
from calm_desktop.formats import values
from calm_desktop.formats.drafts import Item, Rejected, RowProblem
from calm_desktop.formats.fields import (
    FIELDS,
    NAMES,
    Binding,
    LineReader,
    Parse,
    field_reader,
    own_binding,
    own_field,
    own_names,
    parsers,
)
from calm_desktop.formats.json_files import entries
from calm_desktop.formats.placed import Placed, kind_of, twice, unknown
from calm_desktop.formats.steps import StepReader, ends_wrong
from calm_desktop.formats.table import Grid, Layout, read_table
from calm_desktop.formats.text_files import TextFile, heading
from calm_desktop.formats.values import Misread, shown

SYSTEM = "calm"
_STYLE = "1,234.56"
_ORDER_WORDS = {"number": "order", "date": "order_date"}
"""What an order calls its fields in JSON, where that differs from the column of the CSV format."""
_FIELD_OF = {re.sub("_", "", field.name): field for field in FIELDS}


def column_name(text: str) -> str:
    """The name of the canonical column that a header means, or the empty string."""
    field = _FIELD_OF.get(re.sub(r"[_-]", "", heading(text)))
    return field.name if field else ""


def read_csv(
    file: str,
    grid: Grid,
    known_currency: Callable[[str], bool],
    customs: Sequence[CustomField] = (),
    dates: str = values.ISO,
    decimals: str = _STYLE,
) -> Generator[Item, None, None]:
    """The rows of a table with our columns, and columns for `customs` too; days and numbers written as is said.

    Raises `Unreadable` where it cannot be read on.
    """
    parse = parsers([dates], decimals, known_currency)

    def lay_out(at: int, header: list[str]) -> Layout:
        return _lay_out(file, at, header, parse, customs, dates, decimals)

    return read_table(file, grid, lay_out, SYSTEM)


def _lay_out(
    file: str,
    at: int,
    header: list[str],
    parse: dict[str, Parse],
    customs: Sequence[CustomField],
    dates: str,
    decimals: str,
) -> Layout:
    bindings: dict[str, Binding] = {}
    problems: list[RowProblem] = []
    for index, cell in enumerate(header):
        column = values.shown(cell.strip())
        name = column_name(cell)
        try:
            own = None if name else own_field(customs, cell)
        except Misread as wrong:
            problems.append(RowProblem(file, at, column, "a name of several fields", wrong.expected, wrong.fix))
            continue
        if own is not None:
            name = f"{own.object}.{own.api_name}"
        if not name and heading(cell):
            problems.append(unknown(file, at, column, (*NAMES, *(each.api_name for each in customs))))
        elif name in bindings:
            problems.append(
                RowProblem(file, at, column, "the column twice", "each column once", "delete or rename one of them")
            )
        elif own is not None:
            bindings[name] = own_binding(own, column, index, [dates], decimals)
        elif name:
            field = _FIELD_OF[name.replace("_", "")]
            bindings[name] = Binding(field, column, index, field_reader(field, column, parse[name]))
    missing = [field.name for field in FIELDS if field.required and field.name not in bindings]
    problems.extend(
        RowProblem(file, at, name, "no such column", f"a column {name}", f"add a column {name}") for name in missing
    )
    return Layout([] if missing else list(bindings.values()), problems=problems)


def read_json(
    file: str, text: TextFile, known_currency: Callable[[str], bool], customs: Sequence[CustomField] = ()
) -> Generator[Item, None, None]:
    """The lines of a file in our JSON format, with `customs` too, order by order.

    Raises `Unreadable` for what is no JSON.
    """
    parse = parsers([values.ISO], _STYLE, known_currency)
    word_of = {name: word for word, name in _ORDER_WORDS.items()}
    bindings = [
        Binding(field, field.name, index, field_reader(field, word_of.get(field.name, field.name), parse[field.name]))
        for index, field in enumerate(FIELDS)
    ]
    own = own_names(customs)
    bindings += [
        own_binding(custom, name, index, [values.ISO], _STYLE)
        for index, (name, custom) in enumerate(own.items(), len(FIELDS))
    ]
    names = (*NAMES, *own)
    reader = LineReader(SYSTEM, file, bindings, {})
    step_reader = StepReader(file, parse)
    top: Any = None
    others: dict[str, int] = {}
    listed, count = False, 0
    for entry in entries(text):
        if top is None:
            top = entry
        elif entry.name == "orders" and entry.place >= 0:
            count += 1
            place = f"orders[{entry.place}]"
            yield from _read_order(file, place, entry.value, entry.line, reader, step_reader, names)
        elif entry.name == "orders" and isinstance(entry.value, list):
            listed = True
        else:
            others.setdefault(entry.name, entry.line)
    if not listed:
        yield _not_orders(file, [] if isinstance(top.value, list) else dict.fromkeys(others))
        return
    for name, line in others.items():
        yield unknown(file, line, shown(name), ("orders",))
    if not count:
        yield RowProblem(file, top.line, "orders", "no orders", "at least one order", "choose a file with orders")


def _not_orders(file: str, document: Any) -> RowProblem:
    fix = 'begin with {"orders": [...]}'
    if isinstance(document, dict) and "fields" in document:
        fix = "this is a mapping: import the file with the orders, and choose this one as its mapping"
    return RowProblem(file, 1, "orders", kind_of(document), 'an object with a list "orders"', fix)


def _read_order(
    file: str,
    place: str,
    order: Any,
    line: int,
    reader: LineReader,
    step_reader: StepReader,
    names: tuple[str, ...],
) -> Generator[Item, None, None]:
    if not isinstance(order, Placed):
        yield RowProblem(file, line, place, kind_of(order), "an order: an object", "write an object with its lines")
        return
    shared = {_ORDER_WORDS.get(name, name): name for name in order if name != "lines"}
    known = tuple(_ORDER_WORDS) + tuple(name for name in names if name not in _ORDER_WORDS.values()) + ("lines",)
    lines = order.get("lines")
    others = [name for name in order if name not in known]
    problems = [unknown(file, order.line, f"{place}.{shown(name)}", known, name) for name in others]
    problems += [twice(file, order.line, f"{place}.{shown(name)}") for name in order.twice]
    if not isinstance(lines, list) or not lines:
        found = "no lines" if not lines and not isinstance(lines, str) else kind_of(lines)
        problems.append(
            RowProblem(
                file, order.line, f"{place}.lines", found, "a list of lines", 'write the lines as "lines": [...]'
            )
        )
        lines = []
    yield from problems
    texts = {field: order[name] for field, name in shared.items() if field in names}
    places = {field: f"{place}.{name}" for field, name in shared.items()}
    for index, item in enumerate(lines):
        yield _read_line(file, f"{place}.lines[{index}]", item, order.line, texts, places, reader, step_reader, names)


def _read_line(
    file: str,
    place: str,
    item: Any,
    above: int,
    shared: Mapping[str, Any],
    places: Mapping[str, str],
    reader: LineReader,
    step_reader: StepReader,
    names: tuple[str, ...],
) -> Item:
    """One line of an order; what the order says holds for it unless the line says otherwise."""
    if not isinstance(item, Placed):
        problem = RowProblem(file, above, place, kind_of(item), "a line: an object", "write an object")
        return Rejected(file, above, (problem,))
    problems = [twice(file, item.line, f"{place}.{shown(name)}") for name in item.twice]
    where = {**{name: f"{place}.{name}" for name in names}, **places, **{name: f"{place}.{name}" for name in item}}
    where = {**where, "order": places.get("order", f"{place.partition('.')[0]}.number")}
    row = []
    for name in names:
        value = item.get(name, shared.get(name))
        if isinstance(value, bool) and name not in NAMES:
            value = "yes" if value else "no"
        if value is not None and not isinstance(value, str):
            problems.append(
                RowProblem(file, item.line, where[name], kind_of(value), "a text or a number", "put it in quotes")
            )
            value = None
        row.append(value or "")
    known = (*names[1:], "steps")
    problems += [unknown(file, item.line, f"{place}.{shown(name)}", known, name) for name in item if name not in known]
    drafts, wrong = step_reader.read(item.line, f"{place}.steps", item.get("steps"))
    steps, contradictions = step_reader.fold(item.line, row, drafts)
    problems += [*wrong, *contradictions]
    found = reader.read(item.line, row, steps)
    if not isinstance(found, Rejected):
        problems += ends_wrong(found, drafts)
    if isinstance(found, Rejected):
        named = {problem.column for problem in problems}
        told = [replace(problem, column=where[problem.column]) for problem in found.problems]
        problems += [problem for problem in told if problem.column not in named]
    if not problems:
        return found
    cells = tuple(row) if not drafts else ()  # a ramp has no row in a table
    return Rejected(file, item.line, tuple(problems), names if cells else (), cells)
