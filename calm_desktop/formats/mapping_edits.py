"""Changes to a mapping's document, one setting at a time; what they do not concern stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

NOTHING, COLUMN, CONSTANT, JOINED, PARAMETER, OTHER = "nothing", "column", "constant", "joined", "parameter", "other"
"""Where a field comes from; `OTHER` is what the language says and these edits leave alone."""

_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|([^{}]+)|([{}])")


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of a mapping in the parts that a form edits; `rest` is what else is said of it.

    `text` is the column, the constant, the parameter, or what is joined: `{Order}-{Line}`. Of the text, `part` is taken
    (counted from 1, from -1 at the end; 0: all of it) between `between`; a count of `months` becomes the day so long
    before a parameter of this name; `lookup` replaces texts; `default` stands in place of nothing.
    """

    kind: str = NOTHING
    text: str = ""
    between: str = ""
    part: int = 0
    months: str = ""
    lookup: tuple[tuple[str, str], ...] = ()
    default: str = ""
    rest: str = "{}"
    """As JSON."""


def table_of(document: dict[str, Any], table: str = "") -> dict[str, Any]:
    """The settings of a table, which are those of the document itself where it has only one."""
    found = document["tables"][table] if table else document
    assert isinstance(found, dict)
    return found


def tables_with_fields(document: Mapping[str, Any]) -> list[str]:
    """The names of tables that become records; "" for a document of one table."""
    tables = document.get("tables")
    return [name for name, each in tables.items() if each.get("fields")] if tables else [""]


def entry_of(spec: Any) -> Entry:
    """A field as a form shows it; None where nothing is said of it."""
    if spec is None:
        return Entry()
    if isinstance(spec, str):
        return Entry(COLUMN, spec)
    rest = deepcopy(dict(spec))
    entry = Entry(OTHER)
    if isinstance(rest.get("column"), str):
        entry = Entry(COLUMN, rest.pop("column"))
    elif isinstance(rest.get("constant"), str):
        entry = Entry(CONSTANT, rest.pop("constant"))
    elif isinstance(rest.get("parameter"), str):
        entry = Entry(PARAMETER, rest.pop("parameter"))
    elif isinstance(rest.get("concat"), list) and (template := _template(rest["concat"])) is not None:
        del rest["concat"]
        entry = Entry(JOINED, template)
    changes = rest.get("change", [])
    changes = list(changes) if isinstance(changes, list) else [changes]
    for each in changes:
        if isinstance(each, dict) and "split" in each and not entry.between:
            entry = replace(entry, between=each["split"][0], part=each["split"][1])
        elif isinstance(each, dict) and "months_before_day" in each and not entry.months:
            entry = replace(entry, months=each["months_before_day"])
    if isinstance(rest.get("lookup"), dict):
        entry = replace(entry, lookup=tuple(rest.pop("lookup").items()))
    if isinstance(rest.get("default"), str):
        entry = replace(entry, default=rest.pop("default"))
    return replace(entry, rest=json.dumps(rest, ensure_ascii=False))


def spec_of(entry: Entry) -> Any:
    """What a mapping says for an entry; None for nothing."""
    if entry.kind == NOTHING or (entry.kind in (COLUMN, JOINED, PARAMETER) and not entry.text):
        return None
    rest = json.loads(entry.rest)
    spec: dict[str, Any] = {}
    if entry.kind == JOINED:
        spec["concat"] = _parts(entry.text)
    elif entry.kind != OTHER:
        spec[{COLUMN: "column", CONSTANT: "constant", PARAMETER: "parameter"}[entry.kind]] = entry.text
    changes = rest.pop("change", [])
    changes = _changed(changes if isinstance(changes, list) else [changes], entry)
    spec |= rest
    if changes:
        spec["change"] = changes
    if entry.lookup:
        spec["lookup"] = dict(entry.lookup)
    if entry.default:
        spec["default"] = entry.default
    return entry.text if list(spec) == ["column"] else spec


def with_kind(entry: Entry, kind: str, text: str) -> Entry:
    """An entry that comes from elsewhere: what was said of its old source alone falls away."""
    rest = json.loads(entry.rest)
    if kind != OTHER:
        rest = {name: each for name, each in rest.items() if name in ("change", "only", "default")}
    return replace(entry, kind=kind, text=text, rest=json.dumps(rest, ensure_ascii=False))


def _changed(changes: list[Any], entry: Entry) -> list[Any]:
    """The list of changes with the two that a form edits, each where it stood."""
    wanted: dict[str, Any] = {}
    if entry.between and entry.part:
        wanted["split"] = [entry.between, entry.part]
    if entry.months:
        wanted["months_before_day"] = entry.months
    made = []
    for each in changes:
        name = next(iter(each), "") if isinstance(each, dict) else each
        if name not in ("split", "months_before_day"):
            made.append(each)
        elif name in wanted:
            made.append({name: wanted.pop(name)})
    return made + [{name: value} for name, value in wanted.items()]


def _template(parts: Sequence[Any]) -> str | None:
    """What is joined, as a text with the columns in braces; None where it is more than that."""
    made = ""
    for each in parts:
        if isinstance(each, str) and not set(each) & set("{}"):
            made += f"{{{each}}}"
        elif isinstance(each, dict) and list(each) == ["constant"]:
            made += str(each["constant"]).replace("{", "{{").replace("}", "}}")
        else:
            return None
    return made


def _parts(template: str) -> list[Any]:
    parts: list[Any] = []
    for match in _PLACE.finditer(template):
        column = match[1]
        text = "" if column else match[2] or match[3] or match[0][0]
        if column:
            parts.append(column.strip())
        elif parts and isinstance(parts[-1], dict):
            parts[-1]["constant"] += text
        else:
            parts.append({"constant": text})
    return parts


def with_field(document: dict[str, Any], table: str, name: str, entry: Entry) -> dict[str, Any]:
    """A document in which a field of a table comes from elsewhere."""
    made = deepcopy(document)
    fields = table_of(made, table).setdefault("fields", {})
    spec = spec_of(entry)
    if spec is None:
        fields.pop(name, None)
    else:
        fields[name] = spec
    return made


def with_setting(document: dict[str, Any], table: str, name: str, value: Any) -> dict[str, Any]:
    """A document with another setting, of a table or of the whole; None takes it out."""
    made = deepcopy(document)
    place = table_of(made, table) if name in ("separator", "filter", "skip_lines") else made
    if value is None:
        place.pop(name, None)
    else:
        place[name] = value
    return made


def words_of(entry: Entry) -> str:
    """Where a field comes from, in words."""
    words = {NOTHING: "", COLUMN: entry.text, CONSTANT: f"always {entry.text}", JOINED: entry.text}.get(entry.kind)
    if words is None:
        words = f"the {entry.text} given" if entry.kind == PARAMETER else _other(json.loads(entry.rest))
    if entry.between and entry.part:
        words += f", part {entry.part}"
    if entry.months:
        words += f" months before {entry.months}"
    if entry.lookup:
        words += ", looked up"
    return words + (f", else {entry.default}" if entry.default else "")


def _other(rest: dict[str, Any]) -> str:
    return next((f"an expression: {name}" for name in rest), "an expression")
