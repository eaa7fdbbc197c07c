"""Order lines out in our own formats, exactly as reading takes them in."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from itertools import groupby
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, Protocol

from calm_desktop.engine.fields import text_of
from calm_desktop.engine.money import plain
from calm_desktop.formats import sheets
from calm_desktop.formats.bad_rows import guarded
from calm_desktop.formats.drafts import OrderLine
from calm_desktop.formats.fields import FIELDS, NAMES
from calm_desktop.formats.values import DAY_FIRST, GROUPINGS, ISO, MONTH_FIRST

ENCODINGS = ("utf-8-sig", "utf-8", "utf-16", "cp1252")
"""The encodings that a text file is written in; the first begins with the mark by which spreadsheets know UTF-8."""

DATES = {ISO: "%Y-%m-%d", DAY_FIRST: "%d/%m/%Y", MONTH_FIRST: "%m/%d/%Y"}
"""The ways in which days are written."""

_OWN = ("order", "order_date", "account", "account_name", "account_country", "currency")
"""What an order says for all of its lines."""

_ORDER_WORDS = {"order": "number", "order_date": "date"}


class Lines(Protocol):
    """Order lines that can be gone through again, and of which it is known how many there are."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[OrderLine]: ...


@dataclass(frozen=True, slots=True)
class Style:
    """How a text file is written: what stands between cells, the encoding, and the ways of numbers and days.

    `decimals` is one of `GROUPINGS`, of which only the decimal sign counts: thousands are not grouped.
    """

    separator: str = ","
    encoding: str = ENCODINGS[0]
    decimals: str = "1,234.56"
    dates: str = ISO

    def text(self, value: Any) -> str:
        """A value of a cell."""
        if isinstance(value, bool):
            return text_of(value)
        if isinstance(value, Decimal):
            return plain(value).replace(".", GROUPINGS[self.decimals][1])
        if isinstance(value, date):
            return value.isoformat() if self.dates == ISO else _written_day(value, DATES[self.dates])
        return str(value)


OURS = Style()


def _written_day(day: date, pattern: str) -> str:
    return pattern.replace("%Y", f"{day.year:04d}").replace("%m", f"{day.month:02d}").replace("%d", f"{day.day:02d}")


@contextmanager
def whole_file(path: Path, encoding: str = "utf-8") -> Iterator[IO[str]]:
    """A text file that is written whole, or stays as it was. Raises `OSError`."""
    with NamedTemporaryFile("w", encoding=encoding, newline="", dir=path.parent, suffix=".part", delete=False) as part:
        try:
            yield part
            part.close()
            Path(part.name).replace(path)
        finally:
            Path(part.name).unlink(missing_ok=True)


def cells_of(line: OrderLine) -> dict[str, Any]:
    """A line's fields by their names; those that say no more than their default are left out."""
    found = {}
    for field in FIELDS:
        value = getattr(line, field.slot)
        if value is not None and (field.required or value != field.default):
            found[field.name] = value
    if found.get("account_name") == found["account"]:
        del found["account_name"]
    if line.total is not None and line.unit_price is not None:
        del found["total"]
    return found | {f"{custom.object}.{custom.api_name}": value for custom, value in line.fields}


def texts_of(line: OrderLine, style: Style = OURS) -> dict[str, str]:
    """The same as texts."""
    return {name: style.text(value) for name, value in cells_of(line).items()}


def columns_of(lines: Iterable[OrderLine]) -> list[str]:
    """The columns that lines use, in the order in which they are written."""
    used: dict[str, None] = {}
    for line in lines:
        used.update(dict.fromkeys(cells_of(line)))
    return [*(name for name in NAMES if name in used), *(name for name in used if name not in NAMES)]


def write_csv(path: Path, lines: Lines, style: Style = OURS) -> None:
    """Write lines without steps in our CSV format, in place of what the file held; a row for each as it comes.

    Raises `OSError`, and `UnicodeEncodeError` where a letter is not in the encoding.
    """
    columns = columns_of(lines)
    with whole_file(path, style.encoding) as stream:
        writer = csv.writer(stream, delimiter=style.separator, lineterminator="\r\n")
        writer.writerow(columns)
        for line in lines:
            texts = texts_of(line, style)
            writer.writerow([guarded(texts.get(name, "")) for name in columns])


def write_xlsx(path: Path, lines: Lines) -> None:
    """Write lines without steps as a workbook, with real numbers and days; see `sheets.write_xlsx`."""
    sheets.write_xlsx(path, "Order lines", columns := columns_of(lines), _Rows(lines, columns))


class _Rows:
    """Lines as rows of a workbook, made as they are needed."""

    def __init__(self, lines: Lines, columns: Sequence[str]) -> None:
        self.lines, self.columns = lines, columns

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[sheets.Row]:
        for line in self.lines:
            cells = cells_of(line)
            yield [_cell(cells.get(name)) for name in self.columns]


def _cell(value: Any) -> sheets.Cell:
    """A value as a cell of a workbook: what is no number or day is a text."""
    if isinstance(value, bool):
        return text_of(value)
    if isinstance(value, Enum) or not isinstance(value, sheets.CELLS):
        return str(value)
    found: sheets.Cell = value
    return found


def orders_json(lines: Sequence[OrderLine]) -> str:
    """Lines in our JSON format: those of one order that follow each other are written together."""
    orders = []
    for shared, group in groupby(lines, key=lambda line: tuple(texts_of(line).get(name) for name in _OWN)):
        order: dict[str, Any] = {
            _ORDER_WORDS.get(name, name): text for name, text in zip(_OWN, shared, strict=True) if text is not None
        }
        order["lines"] = [_line(line) for line in group]
        orders.append(order)
    return json.dumps({"orders": orders}, ensure_ascii=False, indent=1)


def _line(line: OrderLine) -> dict[str, Any]:
    found: dict[str, Any] = {name: text for name, text in texts_of(line).items() if name not in _OWN}
    if line.steps:
        found["steps"] = [
            {
                name: OURS.text(value)
                for name, value in zip(("start", "quantity", "price", "discount"), step, strict=True)
                if value is not None
            }
            for step in line.steps
        ]
    return found
