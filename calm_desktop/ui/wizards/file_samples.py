"""What an order file looks like before it is read: format, encoding, separator and its first rows; and its mapping."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from calm_desktop.bundled import sample
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.formats.detect import Format, format_of, formats
from calm_desktop.formats.foreign import recognised
from calm_desktop.formats.mapping import Mapping, load_mapping
from calm_desktop.formats.parts import Holds, Part, opened, opened_grid, parts_of
from calm_desktop.formats.preview import head_of
from calm_desktop.formats.reading import order_files_in
from calm_desktop.formats.text_files import AUTO, Unreadable, heading, separator_of
from calm_desktop.ui import display

SAMPLE_ROWS = 12
SHIPPED = (
    "map_online_retail.json", "map_telco.json", "map_superstore.json", "map_cdnow.json", "map_adventureworks.json",
)  # fmt: skip
SEPARATOR_WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
FORMAT_WORDS = {
    Format.CALM_CSV: "CSV with our own columns",
    Format.CALM_JSON: "JSON orders",
    Format.MAPPED_CSV: "CSV with columns of its own",
    Format.UNKNOWN: "Not an order file",
}
_JSON_LINES = 40
_SMALL = 1 << 20


@dataclass(frozen=True)
class FileSample:
    """A file at a glance. `rows` are its first ones, below `header`; `problem` says why it cannot be read."""

    path: str
    format: str = Format.UNKNOWN
    encoding: str = ""
    separator: str = ""
    size: int = 0
    damaged: bool = False
    lines: int = 0
    """About how many rows it has, as far as its beginning tells."""
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    problem: str = ""

    @property
    def words(self) -> str:
        """What it is, in a line."""
        if self.problem:
            return self.problem
        parts = [_format_words(self.format), self.encoding.upper().removesuffix("-SIG")]
        if self.separator:
            parts.append(f"separated by {SEPARATOR_WORDS.get(self.separator, repr(self.separator))}")
        if self.lines:
            about = "" if self.size < _SMALL else "about "
            parts.append(f"{about}{display.count(self.lines, 'row')}")
        parts.append(size_words(self.size))
        if self.damaged:
            parts.append("some characters cannot be read")
        return " · ".join(parts)


@dataclass(frozen=True)
class KnownMapping:
    """A mapping that can be chosen: its file, and what it says."""

    path: str
    mapping: Mapping


def _format_words(name: str) -> str:
    """A format in words: one of ours, or the description of another system's export."""
    known = {str(each): words for each, words in FORMAT_WORDS.items()}
    return known.get(name) or next((each.description for each in formats() if each.name == name), name)


def size_words(size: int) -> str:
    """A file's size for people."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:,.0f} KB" if size < 1_000_000 else f"{size / 1_000_000:,.1f} MB"


def sample_of(name: str, mapping: Mapping | None = None) -> FileSample:
    """A glance at a file (for a folder: at its first order file), as a mapping reads it where there is one."""
    path = Path(name)
    try:
        if path.is_dir():
            inside = order_files_in(path)
            if not inside:
                return FileSample(name, problem="A folder without order files. Choose another one.")
            path = inside[0]
        part = parts_of(path, mapping.encoding if mapping else AUTO)[0]
        found = format_of(part)
        encoding, size = (part.text.encoding, part.text.size) if part.text else ("", path.stat().st_size)
        damaged = part.text is not None and part.text.damaged
        if part.holds is Holds.JSON and found == Format.CALM_JSON:
            lines = _first_lines(path, encoding) if size <= _SMALL else []
            shown = tuple((line,) for line in lines)
            return FileSample(name, found, encoding, "", size, damaged, 0, ("Beginning of the file",), shown)
        with opened_grid(part, mapping, mapping.first if mapping else None) as grid:
            first = tuple(tuple(row) for _, row in islice(grid.rows, SAMPLE_ROWS))
            header = tuple(grid.header)
            count = _lines(path, size, with_header=bool(header)) if part.holds is Holds.TEXT else 0
        separator = mapping.first.separator if mapping else AUTO
        if separator == AUTO and part.holds is Holds.TEXT:
            separator = _separator(path, encoding, mapping.first.skip_lines if mapping else 0)
        return FileSample(name, found, encoding, separator.removeprefix(AUTO), size, damaged, count, header, first)
    except OSError as error:
        return FileSample(name, problem=f"{path.name} cannot be read: {error.strerror or error}. Choose another file.")
    except Unreadable as wrong:
        return FileSample(name, problem=f"{path.name} is {wrong.found}; expected is {wrong.expected}: {wrong.fix}.")


def _first_lines(path: Path, encoding: str) -> list[str]:
    with opened(path) as stream:
        return stream.read(1 << 16).decode(encoding, "replace").splitlines()[:_JSON_LINES]


def _separator(path: Path, encoding: str, skip: int) -> str:
    with opened(path) as stream:
        head = stream.read(1 << 16).decode(encoding, "replace")
    lines = [line for line in head.splitlines()[skip:] if line.strip()]
    return separator_of(lines[0]) if lines else ","


def _lines(path: Path, size: int, with_header: bool) -> int:
    """How many lines a text has below its header; of a large one, as many as its beginning lets expect."""
    with opened(path) as stream:
        head = stream.read(_SMALL)
    count = head.count(b"\n") + (not head.endswith(b"\n")) - with_header
    return count if size <= len(head) else count * size // len(head) // 1000 * 1000


def known_mappings(paths: Iterable[str]) -> tuple[KnownMapping, ...]:
    """The mappings of these files that can still be read, then those that come with the program."""
    found = []
    shipped = [str(sample(name)) for name in SHIPPED]
    for path in dict.fromkeys([*paths, *shipped]):
        try:
            found.append(KnownMapping(path, load_mapping(Path(path))))
        except Refused:
            continue
    return tuple(found)


def read_mapping(path: str) -> tuple[KnownMapping | None, tuple[Problem, ...]]:
    """The mapping in a file, or what is wrong with it."""
    try:
        return KnownMapping(path, load_mapping(Path(path))), ()
    except Refused as refused:
        return None, refused.problems


def fitting(mappings: Sequence[KnownMapping], glance: FileSample) -> KnownMapping | None:
    """The mapping all of whose columns a file has; of several, the one that uses most of them."""
    if glance.problem or glance.format not in (Format.MAPPED_CSV, Format.UNKNOWN):
        return None
    path = Path(glance.path)
    if path.is_dir():
        path = next(iter(order_files_in(path)), path)
    try:
        part = parts_of(head_of(path))[0]
    except (OSError, Unreadable):
        return None
    fits = [(count, each) for each in mappings if (count := _fit(each.mapping, part))]
    return max(fits, key=lambda pair: pair[0])[1] if fits else None


def _fit(mapping: Mapping, part: Part) -> int:
    """How many of a part's columns a mapping asks for; 0 where it asks for one that is missing."""
    if len(mapping.tables) > 1:
        found = recognised(part, [mapping])
        return len(found[1].columns()) + 1 if found else 0
    table = mapping.first
    try:
        with opened_grid(part, mapping, table) as grid:
            header = {heading(name) for name in grid.header}
    except Unreadable:
        return 0
    needed = {heading(name) for name in table.columns()}
    # A header that the mapping gives itself would fit every file.
    return len(needed) if needed <= header and not table.header else 0
