"""JSON documents whose objects know their place, and what is told of a value that is none of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from calm_desktop.formats.drafts import RowProblem
from calm_desktop.formats.text_files import TextFile, Unreadable, whole_text
from calm_desktop.formats.values import nearest, shown

JSON_LIMIT = 200_000_000


class Placed(dict[str, Any]):
    """A JSON object that knows the line it begins on and the names that stand in it twice."""

    line = 1
    twice: tuple[str, ...] = ()


def parse_json(text: TextFile) -> Any:
    """A JSON document with all its values as text, and objects that know their line.

    Raises `Unreadable` with line and column for what is no JSON.
    """
    if text.size > JSON_LIMIT:
        raise Unreadable(f"{text.size:,} bytes", "at most 200 MB of JSON", "split the file, or use CSV")
    content = whole_text(text).removeprefix("\ufeff")
    lines = _lines_of_objects(content)

    def placed(pairs: list[tuple[str, Any]]) -> Placed:
        made = Placed(pairs)
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


def kind_of(value: Any) -> str:
    """What a value is, in words for a problem."""
    if isinstance(value, dict):
        return f"an object with {', '.join(shown(name) for name in list(value)[:5])}" if value else "an empty object"
    if isinstance(value, list):
        return "a list"
    return {True: "true", False: "false", None: "null"}.get(value) or shown(str(value))


def unknown(file: str, row: int, place: str, known: tuple[str, ...], word: str = "") -> RowProblem:
    """A name that is none of the `known` ones, with the one that may be meant."""
    guess = nearest(word or place, known)
    fix = f"did you mean {guess}?" if guess else "delete it, or correct its name"
    return RowProblem(file, row, place, word or place, f"one of: {', '.join(known)}", fix)


def twice(file: str, row: int, place: str) -> RowProblem:
    """A name that stands twice in one object."""
    return RowProblem(file, row, place, "the name twice", "each name once", "delete one of the two")
