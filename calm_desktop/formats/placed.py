"""JSON objects that know their place, and what is told of a value that is none of ours."""

from __future__ import annotations

from typing import Any

from calm_desktop.formats.drafts import RowProblem
from calm_desktop.formats.values import nearest, shown


class Placed(dict[str, Any]):
    """A JSON object that knows the line it begins on and the names that stand in it twice."""

    line = 1
    twice: tuple[str, ...] = ()


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
