"""The rows of a list or report as files for spreadsheets and scripts, CSV or XLSX, with a column for each field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from calm_desktop.cli.tables import Sheet
from calm_desktop.engine.fields import SUFFIX
from calm_desktop.engine.hidden import HIDDEN
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.engine.reading import Reader
from calm_desktop.formats import sheets

if TYPE_CHECKING:
    from calm_desktop.cli.session import Session


class Rows(Protocol):
    """Rows (shapes) of which it is known how many there are; they may be read only as they are needed."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...


def asked_for(read: Reader, csv: str | None, xlsx: str | None) -> dict[str, str]:
    """The files that were asked for, by kind; one file for both is noted as a mistake."""
    if csv is not None and csv == xlsx:
        read.wrong("same-file", "xlsx", f"xlsx: {xlsx} is to be the CSV file too. Give each a file of its own.")
    return {kind: file for kind, file in (("csv", csv), ("xlsx", xlsx)) if file is not None}


def write(
    files: Mapping[str, str], title: str, rows: Rows, session: Session, shape: type | None = None
) -> dict[str, str]:
    """Write rows (shapes) to each of the files, in place of what it held before; answers the files by their kinds.

    `shape` is what the rows are, where there may be none, so that the headings stand there all the same. Raises
    `Refused` where a file is the store itself or takes fewer rows, `Fault` where it cannot be written.
    """
    if not files:
        return {}
    from calm_desktop.services import care

    store = care.name_of(session.where)
    return {kind: _write(kind, file, title, rows, store, shape) for kind, file in files.items()}


def _write(kind: str, file: str, title: str, rows: Rows, store: str, shape: type | None) -> str:
    path = Path(file)
    keep_off_store(path, kind, store)
    first = next(iter(rows), None)
    kept = shape if first is None else type(first)
    headings: list[str] = [
        each.name
        for each in (fields(kept) if kept else ())
        if each.name != "fields"
        and getattr(first, each.name, None) is not HIDDEN
        and (each.name != "group" or bool(getattr(first, "group", None)))
    ]
    own = list(getattr(first, "fields", ()))
    cells = _Cells(rows, tuple(headings), own)
    headings += [name + SUFFIX for name in own]
    if kind == "csv":
        sheets.write_csv(path, headings, cells)
    else:
        sheets.write_xlsx(path, title, headings, cells)
    return str(path)


def keep_off_store(path: Path, kind: str, store: str) -> None:
    """Refuse to write a file of some kind in place of the store."""
    if path.exists() and Path(store).exists() and path.samefile(store):
        raise Refused(Problem("file-is-store", kind, f"{path} is the store itself. Choose another file."))


def said(files: Mapping[str, str], count: int) -> Sheet:
    """What is told of files in place of the rows in them."""
    number = "1 row is" if count == 1 else f"{count:,} rows are"
    return Sheet("", (), f"{number} in {' and in '.join(files.values())}.")


class _Cells:
    """Rows as lines of cells, made one after the other."""

    def __init__(self, rows: Rows, headings: Sequence[str], own: Sequence[str]) -> None:
        self.rows, self.headings, self.own = rows, headings, own

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[list[sheets.Cell]]:
        return _cells(self.rows, self.headings, self.own)


def _cells(rows: Iterable[Any], headings: Sequence[str], own: Sequence[str]) -> Iterator[list[sheets.Cell]]:
    """The attributes of rows as cells, and behind them what the rows say in fields of one's `own`.

    Groups of figures, lists and yes or no are written as JSON, prices with the row's currency.
    """
    from calm_desktop.services.currencies import currency_named
    from calm_desktop.services.wire import PRICES, to_json

    def cell(row: Any, field: str) -> sheets.Cell:
        value = getattr(row, field)
        if field in PRICES and isinstance(value, Decimal):
            return sheets.Price(value, currency_named(row.currency))
        return written(value)

    def written(value: Any) -> sheets.Cell:
        plain = isinstance(value, sheets.CELLS) and not isinstance(value, bool)
        return value if plain else json.dumps(to_json(value), ensure_ascii=False)

    return (
        [*(cell(row, heading) for heading in headings), *(written(row.fields[name]) for name in own)] for row in rows
    )
