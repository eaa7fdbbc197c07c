"""The exports of other systems: mappings that come with the program, and which of them a table belongs to.

Each is a file `format_NAME.json` among the resources, written in the language of mappings that users write, with the
columns by which its tables are recognised.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache

from calm_desktop.bundled import resource
from calm_desktop.formats.mapping import Mapping, Table, load_mapping
from calm_desktop.formats.parts import Part
from calm_desktop.formats.text_files import heading


@cache
def foreign_formats() -> tuple[Mapping, ...]:
    """The mappings that come with the program, by name."""
    return tuple(load_mapping(path) for path in sorted(resource().glob("format_*.json")))


def foreign_format(name: str) -> Mapping | None:
    """The mapping of a name that comes with the program."""
    return next((each for each in foreign_formats() if each.name == name), None)


def recognised(part: Part, mappings: Iterable[Mapping]) -> tuple[Mapping, Table] | None:
    """The mapping and its table that a part is in: the one that most of its columns speak for."""
    headings = {heading(name) for name in part.header}
    best: tuple[int, int] = (0, 0)
    found = None
    for mapping in mappings:
        for table in mapping.tables:
            named = not table.file or fnmatchcase(part.name.casefold(), table.file.casefold())
            written_out = part.mended and headings >= {heading(name) for name in table.header} > set()
            if not (named or written_out):
                continue
            signature = [{heading(name) for name in each.split("|")} for each in table.signature]
            if not all(each & headings for each in signature) or not (signature or table.file):
                continue
            others = sum(heading(name) in headings for name in table.columns())
            score = len(signature) + bool(table.file), others
            if score > best:
                best, found = score, (mapping, table)
    return found
