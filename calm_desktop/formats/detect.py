"""Which format a file is in, told by its content and never by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from calm_desktop.formats.canonical import column_name
from calm_desktop.formats.foreign import foreign_formats, recognised
from calm_desktop.formats.parts import Holds, Part

_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".ods")


class Format(StrEnum):
    """Formats of our own, and what is none that is known; the values are words of `--format`."""

    CALM_CSV = "calm-csv"
    CALM_JSON = "calm-json"
    MAPPED_CSV = "mapped-csv"
    UNKNOWN = "unknown"

    @staticmethod
    def words() -> list[str]:
        """The words that a user can give: ours, then the names of other systems' exports."""
        return [each.name for each in formats()]


@dataclass(frozen=True, slots=True)
class FormatInfo:
    """One format as `list formats` shows it."""

    name: str
    description: str
    extensions: tuple[str, ...]


def formats() -> tuple[FormatInfo, ...]:
    """The formats that can be read."""
    return (
        FormatInfo("calm-csv", "Order lines with our own columns, one row per line", _TABLES),
        FormatInfo("calm-json", "Orders as JSON, each with its lines", (".json",)),
        FormatInfo(
            "mapped-csv",
            "Any other table, with a mapping that says which column is what",
            (*_TABLES, ".json", ".jsonl"),
        ),
        *(FormatInfo(each.name, each.description, (*_TABLES, ".json")) for each in foreign_formats()),
    )


def format_of(part: Part) -> str:
    """A word of `Format`, or the name of another system's export."""
    found = recognised(part, foreign_formats())
    if found is not None:
        return found[0].name
    if part.holds is Holds.JSON:
        return Format.CALM_JSON
    if is_ours(part.header):
        return Format.CALM_CSV
    readable = not any("\ufffd" in cell or "\0" in cell for cell in part.header)
    return Format.MAPPED_CSV if len(part.header) > 1 and readable else Format.UNKNOWN


def is_ours(header: Sequence[str]) -> bool:
    """Whether a header is meant to be that of our own CSV format."""
    known = {column_name(cell) for cell in header} - {""}
    return {"product", "quantity"} <= known or len(known) * 2 > len(header)
