"""Texts that people give to records: of a length that the store keeps whole, and without control characters."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import String, Table, Text

from calm_desktop.engine.problems import Problem


def text_problems(table: Table, row: Mapping[str, object], fields: Mapping[str, str] | None = None) -> list[Problem]:
    """What is wrong with the texts of a row to be written; `fields` says what a column is called for people.

    A column of long text (an address) may have several lines; all others are one line.
    """
    found = []
    for name, value in row.items():
        kind = table.c[name].type
        if not isinstance(value, str) or not isinstance(kind, String):
            continue
        field = (fields or {}).get(name, name)
        limit = kind.length or 10_000
        if len(value) > limit:
            words = f"{field} is {len(value):,} characters long; at most {limit:,} are kept. Shorten it."
            found.append(Problem("too-long", field, words))
        allowed = "\n" if isinstance(kind, Text) else ""
        if any(not (letter.isprintable() or letter in allowed) for letter in value):
            words = f"{field} holds a line break or another character that cannot be shown. Write it in one line."
            found.append(Problem("bad-characters", field, words))
    return found
