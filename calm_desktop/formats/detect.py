"""Which format a file is in, told by its content and never by its name."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum

from calm_desktop.formats.canonical import column_name
from calm_desktop.formats.text_files import TextFile, separator_of

_SAMPLE = 1 << 16


class Format(StrEnum):
    """Formats of order files; the values are the words of `--format`."""

    CALM_CSV = "calm-csv"
    CALM_JSON = "calm-json"
    MAPPED_CSV = "mapped-csv"
    UNKNOWN = "unknown"

    @staticmethod
    def words() -> list[str]:
        """The words that a user can give."""
        return [each.value for each in Format if each is not Format.UNKNOWN]


@dataclass(frozen=True, slots=True)
class FormatInfo:
    """One format as `list formats` shows it."""

    name: str
    description: str
    extensions: tuple[str, ...]


def formats() -> tuple[FormatInfo, ...]:
    """The formats that can be read."""
    return (
        FormatInfo("calm-csv", "Order lines as CSV with our own columns, one row per line", (".csv", ".tsv", ".txt")),
        FormatInfo("calm-json", "Orders as JSON, each with its lines", (".json",)),
        FormatInfo(
            "mapped-csv", "Any other CSV, with a mapping that says which column is what", (".csv", ".tsv", ".txt")
        ),
    )


def detect_text(text: TextFile) -> Format:
    """The format of a text, told by its beginning."""
    text.stream.seek(0)
    sample = text.stream.read(_SAMPLE).decode(text.encoding, "replace").removeprefix("\ufeff").lstrip()
    if sample[:1] in ("{", "["):
        return Format.CALM_JSON
    header = next((line for line in sample.splitlines() if line.strip()), "")
    separator = separator_of(header)
    cells = next(csv.reader([header], delimiter=separator), [])
    known = {column_name(cell) for cell in cells} - {""}
    if {"product", "quantity"} <= known or len(known) * 2 > len(cells):
        return Format.CALM_CSV
    return Format.MAPPED_CSV if len(cells) > 1 and "\ufffd" not in header and "\0" not in header else Format.UNKNOWN
