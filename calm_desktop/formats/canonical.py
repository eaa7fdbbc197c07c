"""Our own order formats: CSV with one row per line, and JSON with orders that hold lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any

from calm_desktop.formats import values
from calm_desktop.formats.drafts import Item, Rejected, RowProblem
from calm_desktop.formats.fields import FIELDS, NAMES, Binding, LineReader, Parse, field_reader, parsers
from calm_desktop.formats.table import Layout, read_table
from calm_desktop.formats.text_files import TextFile, Unreadable, heading, whole_text
from calm_desktop.formats.values import nearest, shown

SYSTEM = "calm"
JSON_LIMIT = 200_000_000
_STYLE = "1,234.56"
_ORDER_WORDS = {"number": "order", "date": "order_date"}
"""What an order calls its fields in JSON, where that differs from the column of the CSV format."""
_FIELD_OF = {re.sub("_", "", field.name): field for field in FIELDS}


def column_name(text: str) -> str:
    """The name of the canonical column that a header means, or the empty string."""
    field = _FIELD_OF.get(re.sub(r"[_-]", "", heading(text)))
    return field.name if field else ""


def read_csv(file: str, text: TextFile, known_currency: Callable[[str], bool]) -> Generator[Item, None, None]:
    """The rows of a file in our CSV format. Raises `Unreadable` where it cannot be read on."""
    parse = parsers([values.ISO], _STYLE, known_currency)
    return read_table(file, text, lambda at, header: _lay_out(file, at, header, parse), system=SYSTEM)


def _lay_out(file: str, at: int, header: list[str], parse: dict[str, Parse]) -> Layout:
    bindings: dict[str, Binding] = {}
    problems: list[RowProblem] = []
    for index, cell in enumerate(header):
        column = values.shown(cell.strip())
        name = column_name(cell)
        if not name and heading(cell):
            problems.append(_unknown(file, at, column, NAMES))
        elif name in bindings:
            problems.append(
                RowProblem(file, at, column, "the column twice", "each column once", "delete or rename one of them")
            )
        elif name:
            field = _FIELD_OF[name.replace("_", "")]
            bindings[name] = Binding(field, column, index, field_reader(field, column, parse[name]))
    missing = [field.name for field in FIELDS if field.required and field.name not in bindings]
    problems.extend(
        RowProblem(file, at, name, "no such column", f"a column {name}", f"add a column {name}") for name in missing
    )
    return Layout([] if missing else list(bindings.values()), problems=problems)


def _unknown(file: str, row: int, place: str, known: tuple[str, ...], word: str = "") -> RowProblem:
    guess = nearest(word or place, known)
    fix = f"did you mean {guess}?" if guess else "delete it, or correct its name"
    return RowProblem(file, row, place, word or place, f"one of: {', '.join(known)}", fix)


class _Placed(dict[str, Any]):
    """A JSON object that knows the line it begins on and the names that stand in it twice."""

    line = 1
    twice: tuple[str, ...] = ()


def read_json(file: str, text: TextFile, known_currency: Callable[[str], bool]) -> Generator[Item, None, None]:
    """The lines of a file in our JSON format; it is read as a whole. Raises `Unreadable` for what is no JSON."""
    document = parse_json(text)
    if not isinstance(document, _Placed) or not isinstance(document.get("orders"), list):
        yield _not_orders(file, document)
        return
    for name in document:
        if name != "orders":
            yield _unknown(file, document.line, shown(name), ("orders",))
    parse = parsers([values.ISO], _STYLE, known_currency)
    bindings = [
        Binding(field, field.name, index, field_reader(field, field.name, parse[field.name]))
        for index, field in enumerate(FIELDS)
    ]
    reader = LineReader(SYSTEM, file, bindings, {})
    if not document["orders"]:
        yield RowProblem(file, document.line, "orders", "no orders", "at least one order", "choose a file with orders")
    for index, order in enumerate(document["orders"]):
        yield from _read_order(file, f"orders[{index}]", order, document.line, reader)


def parse_json(text: TextFile) -> Any:
    """A JSON document with all its values as text, and objects that know their line.

    Raises `Unreadable` with line and column for what is no JSON.
    """
    if text.size > JSON_LIMIT:
        raise Unreadable(f"{text.size:,} bytes", "at most 200 MB of JSON", "split the file, or use CSV")
    content = whole_text(text).removeprefix("\ufeff")
    lines = _lines_of_objects(content)

    def placed(pairs: list[tuple[str, Any]]) -> _Placed:
        made = _Placed(pairs)
        made.line = next(lines)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            made.twice = tuple(name for name in made if names.count(name) > 1)
        return made

    try:
        return json.loads(content, object_pairs_hook=placed, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        found = f"no JSON at line {error.lineno}, column {error.colno}: {error.msg}"
        raise Unreadable(found, "a JSON document", "correct the file at this place", error.lineno) from error
    except RecursionError as error:
        raise Unreadable("JSON nested too deeply", "orders with lines", "choose a file with orders") from error


def _lines_of_objects(content: str) -> Iterator[int]:
    """The line on which each object begins, in the order in which a parser hands objects out."""
    line = 1
    begun: list[int] = []
    for match in re.finditer(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\n]', content, re.DOTALL):
        if match[0] == "\n":
            line += 1
        elif match[0] == "{":
            begun.append(line)
        elif match[0] == "}" and begun:
            yield begun.pop()
        else:
            line += match[0].count("\n")


def _not_orders(file: str, document: Any) -> RowProblem:
    fix = 'begin with {"orders": [...]}'
    if isinstance(document, dict) and "fields" in document:
        fix = "this is a mapping: import the file with the orders, and choose this one as its mapping"
    return RowProblem(file, 1, "orders", _kind_of(document), 'an object with a list "orders"', fix)


def _kind_of(value: Any) -> str:
    if isinstance(value, dict):
        return f"an object with {', '.join(shown(name) for name in list(value)[:5])}" if value else "an empty object"
    if isinstance(value, list):
        return "a list"
    return {True: "true", False: "false", None: "null"}.get(value) or shown(str(value))


def _read_order(file: str, place: str, order: Any, line: int, reader: LineReader) -> Generator[Item, None, None]:
    if not isinstance(order, _Placed):
        yield RowProblem(file, line, place, _kind_of(order), "an order: an object", "write an object with its lines")
        return
    shared = {_ORDER_WORDS.get(name, name): name for name in order if name != "lines"}
    known = tuple(_ORDER_WORDS) + tuple(name for name in NAMES if name not in _ORDER_WORDS.values()) + ("lines",)
    lines = order.get("lines")
    unknown = [name for name in order if name not in known]
    problems = [_unknown(file, order.line, f"{place}.{shown(name)}", known, name) for name in unknown]
    problems += [_twice(file, order.line, f"{place}.{shown(name)}") for name in order.twice]
    if not isinstance(lines, list) or not lines:
        found = "no lines" if not lines and not isinstance(lines, str) else _kind_of(lines)
        problems.append(
            RowProblem(
                file, order.line, f"{place}.lines", found, "a list of lines", 'write the lines as "lines": [...]'
            )
        )
        lines = []
    yield from problems
    texts = {field: order[name] for field, name in shared.items() if field in NAMES}
    places = {field: f"{place}.{name}" for field, name in shared.items()}
    for index, item in enumerate(lines):
        yield _read_line(file, f"{place}.lines[{index}]", item, order.line, texts, places, reader)


def _read_line(
    file: str,
    place: str,
    item: Any,
    above: int,
    shared: Mapping[str, Any],
    places: Mapping[str, str],
    reader: LineReader,
) -> Item:
    """One line of an order; what the order says holds for it unless the line says otherwise."""
    if not isinstance(item, _Placed):
        problem = RowProblem(file, above, place, _kind_of(item), "a line: an object", "write an object")
        return Rejected(file, above, (problem,))
    problems = [_twice(file, item.line, f"{place}.{shown(name)}") for name in item.twice]
    where = {**{name: f"{place}.{name}" for name in NAMES}, **places, **{name: f"{place}.{name}" for name in item}}
    where = {**where, "order": places.get("order", f"{place.partition('.')[0]}.number")}
    row = []
    for name in NAMES:
        value = item.get(name, shared.get(name))
        if value is not None and not isinstance(value, str):
            problems.append(
                RowProblem(file, item.line, where[name], _kind_of(value), "a text or a number", "put it in quotes")
            )
            value = None
        row.append(value or "")
    for name in item:
        if name == "steps":
            problems.append(_steps(file, item.line, f"{place}.steps"))
        elif name not in NAMES or name == "order":
            problems.append(_unknown(file, item.line, f"{place}.{shown(name)}", NAMES[1:], name))
    found = reader.read(item.line, row)
    if isinstance(found, Rejected):
        named = {problem.column for problem in problems}
        told = [replace(problem, column=where[problem.column]) for problem in found.problems]
        problems += [problem for problem in told if problem.column not in named]
    return Rejected(file, item.line, tuple(problems)) if problems else found


def _twice(file: str, row: int, place: str) -> RowProblem:
    return RowProblem(file, row, place, "the name twice", "each name once", "delete one of the two")


def _steps(file: str, row: int, place: str) -> RowProblem:
    fix = "write one line for each step, each with its own quantity, price, start and end"
    return RowProblem(file, row, place, "several steps", "one quantity and price: this version takes no steps", fix)
