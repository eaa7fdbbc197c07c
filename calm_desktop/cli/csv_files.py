"""Rows as CSV files that a spreadsheet opens: plain numbers and days, and no text that it would take for a formula."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from calm_desktop.engine.problems import Fault, Problem, Refused

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def write(file: str, rows: Sequence[object], store: str) -> str:
    """Write rows (shapes) with a heading for each field, in place of what the file held before; answers the file.

    Raises `Refused` where the file is the store itself, `Fault` where it cannot be written.
    """
    from calm_desktop.services.wire import to_json

    path = Path(file)
    if path.exists() and Path(store).exists() and path.samefile(store):
        raise Refused(Problem("file-is-store", "csv", f"{file} is the store itself. Choose another file."))
    headings = [each.name for each in fields(rows[0])] if rows else []  # type: ignore[arg-type]
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(headings)
            for row in rows:
                plain = to_json(row)
                writer.writerow([_cell(plain[heading], getattr(row, heading)) for heading in headings])
    except OSError as error:
        raise Fault(f"{file} cannot be written: {error.strerror}. Choose another place, or make room.") from error
    return str(path)


def _cell(plain: object, value: object) -> object:
    """A cell: figures as they are, lists as JSON, and texts so that a spreadsheet keeps them texts."""
    if plain is None:
        return ""
    if isinstance(plain, list | dict):
        return json.dumps(plain, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return plain
