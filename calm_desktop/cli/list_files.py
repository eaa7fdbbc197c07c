"""The rows of a list as a file for spreadsheets and scripts, CSV or XLSX, with a column for each field."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.formats import sheets


def write(kind: str, file: str, title: str, rows: Sequence[object], store: str) -> str:
    """Write rows (shapes) to a file of `kind` csv or xlsx, in place of what it held before; answers the file.

    `store` is what the store is called: its file, if it has one. Raises `Refused` where `file` is the store itself or
    takes fewer rows, `Fault` where it cannot be written.
    """
    path = Path(file)
    if path.exists() and Path(store).exists() and path.samefile(store):
        raise Refused(Problem("file-is-store", kind, f"{file} is the store itself. Choose another file."))
    headings = [each.name for each in fields(rows[0])] if rows else []  # type: ignore[arg-type]
    cells = _cells(rows, headings)
    if kind == "csv":
        sheets.write_csv(path, headings, cells)
    else:
        sheets.write_xlsx(path, title, headings, cells)
    return str(path)


def _cells(rows: Sequence[Any], headings: Sequence[str]) -> list[list[sheets.Cell]]:
    """The fields of rows as cells: groups of figures, lists and yes or no as JSON, prices with the row's currency."""
    from calm_desktop.services.currencies import currency_named
    from calm_desktop.services.wire import PRICES, to_json

    def cell(row: Any, field: str) -> sheets.Cell:
        value = getattr(row, field)
        if field in PRICES and isinstance(value, Decimal):
            return sheets.Price(value, currency_named(row.currency))
        plain = isinstance(value, sheets.CELLS) and not isinstance(value, bool)
        return value if plain else json.dumps(to_json(value), ensure_ascii=False)

    return [[cell(row, heading) for heading in headings] for row in rows]
