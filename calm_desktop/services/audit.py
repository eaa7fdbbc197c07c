"""The audit trail: who did what, when, through which door, with before and after; rows are added and never changed.

Each row bears the hash of the row before it and its own, so that a row that is changed, put in or taken out shows
(`check`). A row is written in the transaction of what it tells of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, select

from calm_desktop.services.tx import Tx
from calm_desktop.services.wire import to_json
from calm_desktop.store import tables
from calm_desktop.store.ids import take

FIRST = "0" * 64
"""What the first row has in the place of the hash of a row before it."""

_audit = tables.audit.c
_LONGEST_TEXT = 200
_LONGEST_LIST = 20
_MOST_RECORDS = 50
_TOLD = ("id", "at", "who", "role", "door", "use_case", "request_id", "request", "records", "before", "after")
_SECRET = frozenset({"password", "secret", "token"})


def record(tx: Tx, use_case: str, request: object, result: object) -> None:
    """Write the row of a use-case that changed something."""
    number = take(tx.db, "audit")
    before = {name: values[0] for name, values in tx.values_changed.items()}
    after = {name: values[1] for name, values in tx.values_changed.items()}
    tx.values_changed.clear()
    row: dict[str, Any] = {
        "id": number,
        "at": tx.now,
        "who": tx.caller.name,
        "role": tx.caller.role,
        "door": tx.caller.door.value,
        "use_case": use_case,
        "request_id": tx.request_id,
        "request": _text(_brief(request)),
        "records": _text(_records(result)),
        "before": _text(_brief(before)) if before else None,
        "after": _text(_brief(after)) if after else None,
    }
    row["previous"] = tx.db.scalar(select(_audit.hash).where(_audit.id == number - 1)) or FIRST
    row["hash"] = hash_of(row, row["previous"])
    tx.db.execute(tables.audit.insert().values(**row))


def hash_of(row: Mapping[Any, Any], previous: str) -> str:
    """The hash of a row: SHA-256 over the hash of the row before it and what the row tells, as canonical JSON."""
    told = [row[name] if name != "at" else row["at"].astimezone(UTC).isoformat() for name in _TOLD]
    return hashlib.sha256(f"{previous}\n{_text(told)}".encode()).hexdigest()


def broken_link(db: Connection) -> tuple[int, str] | None:
    """The first row that does not fit: its number, and what is wrong with it; None where the whole chain holds."""
    previous, expected = FIRST, 1
    rows = db.execute(select(tables.audit).order_by(_audit.id).execution_options(yield_per=1_000))
    for row in rows.mappings():
        if row["id"] != expected:
            return expected, f"row {expected} is missing"
        if row["previous"] != previous:
            return expected, "it does not follow the row before it"
        if hash_of(row, previous) != row["hash"]:
            return expected, "what it tells was changed"
        previous, expected = row["hash"], expected + 1
    given = (db.scalar(select(tables.counter.c.next).where(tables.counter.c.name == "audit")) or 1) - 1
    return (expected, f"row {expected} is missing: {given} were written") if given >= expected else None


# -- what a row tells


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _brief(value: Any) -> Any:
    """A request as JSON: without secrets, files and what was not said; long texts and lists in their beginning."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        text = str(value)
        return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}... ({len(text):,} characters)"
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    if isinstance(value, Mapping):
        return {str(name): _secret_or(str(name), each) for name, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type) and not hasattr(value, "minor"):
        said = {each.name: getattr(value, each.name) for each in fields(value)}
        return {name: _secret_or(name, each) for name, each in said.items() if each not in (None, "", (), {})}
    if isinstance(value, tuple | list | frozenset | set):
        few = [_brief(each) for each in list(value)[:_LONGEST_LIST]]
        return few if len(value) <= _LONGEST_LIST else [*few, f"... ({len(value):,} in all)"]
    try:
        return to_json(value)
    except TypeError:
        return type(value).__name__


def _secret_or(name: str, value: object) -> Any:
    return "(secret)" if name in _SECRET else _brief(value)


def _records(result: object) -> list[str]:
    """What a use-case touched, as its result names it: the kind and number, or name, of each record in it."""
    found = dict.fromkeys(_named(result))
    few = list(found)[:_MOST_RECORDS]
    return few if len(found) <= _MOST_RECORDS else [*few, f"... ({len(found):,} in all)"]


def _named(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, tuple | list):
        for each in value:
            yield from _named(each, depth)
    elif is_dataclass(value) and not isinstance(value, type) and depth < 3:
        kind = type(value).__name__
        for ending in ("Shape", "Head", "Row", "Editing"):
            kind = kind.removesuffix(ending)
        called = getattr(value, "number", None) or getattr(value, "name", None) or getattr(value, "id", None)
        if isinstance(called, str) and hasattr(value, "id"):
            yield f"{kind} {called}"
        for each in fields(value):
            part = getattr(value, each.name)
            if each.name != "lines" and (is_dataclass(part) or isinstance(part, tuple)):
                yield from _named(part, depth + 1)
