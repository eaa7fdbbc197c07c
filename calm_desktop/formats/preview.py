"""The first rows of a file as a mapping understands them: each field's value, or in words why there is none."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

from calm_desktop.engine.fields import CustomField
from calm_desktop.formats.drafts import Cancellation, Item, Rejected, RowProblem, Skipped
from calm_desktop.formats.fields import ORDER_LINE, RECORDS
from calm_desktop.formats.mapping import Mapping, Records
from calm_desktop.formats.parts import OrderFile, opened
from calm_desktop.formats.reading import order_files_in, read_items
from calm_desktop.formats.text_files import heading
from calm_desktop.formats.workbooks import is_workbook

ROWS = 40
HEAD = 1 << 17
"""Bytes of a text that are looked at."""
_WHOLE = 1 << 21
"""Bytes up to which the files of a set are read whole, since they are looked up in each other."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row as it will be understood.

    `values` are its fields by name; `wrong` says of a field, or for "" of the row itself, why there is no value.
    `left_out` is the reason why nothing is made of it.
    """

    number: int
    values: dict[str, object]
    wrong: dict[str, RowProblem]
    left_out: str = ""
    cancels: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows, the fields that some of them fill, and what is wrong with the file as a whole."""

    fields: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    problems: tuple[RowProblem, ...]


def head_of(path: Path, most: int = HEAD) -> OrderFile:
    """A file's first lines, in memory; of a workbook and of JSON the whole of it."""
    with opened(path) as stream:
        start = stream.read(most)
        if len(start) < most or is_workbook(start[:4]) or start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
            return path
    end = start.rfind(b"\n") + 1 or len(start)
    if b"\0" in start:  # UTF-16: a line ends with two bytes, and a text after an even number of them
        end += end % 2
    return path.name, io.BytesIO(start[:end])


def heads(files: Sequence[str]) -> list[OrderFile]:
    """The files, or where they are large, their first lines; a folder stands for those in it."""
    paths = [Path(file) for file in files]
    paths = [each for path in paths for each in (order_files_in(path) if path.is_dir() else [path])]
    small = sum(path.stat().st_size for path in paths) <= _WHOLE and len(paths) > 1
    return list(paths) if small else [head_of(path) for path in paths]


def preview(
    files: Sequence[OrderFile],
    mapping: Mapping,
    *,
    today: date,
    parameters: dict[str, str],
    known_currency: Callable[[str], bool],
    customs: Sequence[CustomField] = (),
    rows: int = ROWS,
) -> Preview:
    """The first rows of files that become order lines (of a mapping without such, whatever they become)."""
    items = read_items(
        files, today=today, mapping=mapping, parameters=parameters, known_currency=known_currency, customs=customs
    )
    records = _records(mapping)
    # What is the same in every row says least, and stands last.
    constant = {name for name, source in records.fields.items() if not source.columns()}
    known = sorted(
        (each.name for each in RECORDS[records.record] if each.name in records.fields), key=constant.__contains__
    )
    names = tuple(known)
    own = tuple(name for name in records.fields if name not in names)
    problems: list[RowProblem] = []
    shown: list[PreviewRow] = []
    for item in islice(items, rows * 50):
        if isinstance(item, RowProblem):
            problems.append(item)
        elif _is_of(item, records) and (row := _row(item, records)) is not None:
            shown.append(row)
            if len(shown) == rows:
                break
    return Preview((*names, *own), tuple(shown), tuple(problems))


def _records(mapping: Mapping) -> Records:
    every = [records for table in mapping.tables for records in table.records]
    return next((each for each in every if each.record == ORDER_LINE), every[0] if every else Records())


def _is_of(item: Item, records: Records) -> bool:
    if isinstance(item, Rejected | Skipped):
        return True
    return hasattr(item, "line" if isinstance(item, Cancellation) else RECORDS[records.record][0].slot)


def _row(item: Item, records: Records) -> PreviewRow | None:
    assert not isinstance(item, RowProblem)
    if isinstance(item, Skipped):
        return PreviewRow(item.row, {}, {}, item.reason)
    if isinstance(item, Rejected):
        understood = dict(item.understood)
        return PreviewRow(item.row, understood, _wrong(item, records, understood))
    draft = item.line if isinstance(item, Cancellation) else item
    values = {each.name: getattr(draft, each.slot, None) for each in RECORDS[records.record]}
    for custom, value in getattr(draft, "fields", ()):
        values |= {custom.api_name: value, f"{custom.object}.{custom.api_name}": value}
    return PreviewRow(draft.row, values, {}, cancels=isinstance(item, Cancellation))


def _wrong(item: Rejected, records: Records, understood: dict[str, object]) -> dict[str, RowProblem]:
    """The problems of a row by the fields that come from their columns; the rest, by the empty name, is the row's."""
    found: dict[str, RowProblem] = {}
    for problem in item.problems:
        column = heading(problem.column)
        names = [
            name
            for name, source in records.fields.items()
            if name not in found and (heading(name) == column or column in map(heading, source.columns()))
        ]
        missing = [name for name in names if understood.get(name) is None]
        found.setdefault((missing or names or [""])[0], problem)
    return found
