"""Loads: many records brought as CSV, made or changed row by row by the same services as single ones, in portions.

Each portion is a transaction that also keeps what became of its rows, so that a load that was interrupted goes on where
it stood. A row that is refused leaves nothing behind and does not hold up the others.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select

from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.boundary import pass_through, use_case, view
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.permissions import Permission
from calm_desktop.services.records.objects import object_named, record_id
from calm_desktop.services.records.writing import Change, Make, change, is_changed, is_made, make
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take

PORTION = 200
"""Rows of one transaction."""

MOST_ROWS, MOST_COLUMNS, LONGEST_VALUE = 150_000, 200, 100_000
MOST_LISTED = 1000

DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "TAB": "\t", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDS = {"LF": "\n", "CRLF": "\r\n"}
EMPTIED = "#N/A"
"""What a cell says that empties a field; an empty cell leaves it as it is."""

KEYS = {"Account": ("AccountNumber",), "Product2": ("ProductCode",)}
"""Fields by which others know a record, beside its id."""

_loads, _rows = tables.ingest.c, tables.ingest_row.c


class State(StrEnum):
    """How far a load is, in the words that clients know."""

    OPEN = "Open"
    UPLOADED = "UploadComplete"
    RUNNING = "InProgress"
    DONE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"


_ENDED = (State.DONE, State.FAILED, State.ABORTED)


class Operation(StrEnum):
    """What is done with each row."""

    INSERT = "insert"
    UPDATE = "update"
    UPSERT = "upsert"


class Outcome(StrEnum):
    """Which rows are asked for, in the words that clients know."""

    SUCCESSFUL = "successfulResults"
    FAILED = "failedResults"
    UNPROCESSED = "unprocessedrecords"


@dataclass(frozen=True, slots=True)
class OpenLoad:
    """A load to be brought: `key_field` finds the records of an upsert."""

    object: str
    operation: str
    key_field: str = ""
    delimiter: str = "COMMA"
    line_end: str = "LF"


@dataclass(frozen=True, slots=True)
class Upload:
    """The CSV of a load, in UTF-8, with the fields' names in its first line."""

    id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Move:
    """A load that was brought whole, or is to be stopped: UploadComplete or Aborted."""

    id: str
    state: str


@dataclass(frozen=True, slots=True)
class Results:
    """Rows of a load."""

    id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Load:
    """A load as it stands. `token` is the token of whoever brought it."""

    number: int
    token: int | None
    object: str
    operation: Operation
    key_field: str
    delimiter: str
    line_end: str
    state: State
    message: str
    made_at: datetime
    changed_at: datetime
    done: int
    failed: int

    @property
    def id(self) -> str:
        """Its public id."""
        return public_id("ingest", self.number)


@dataclass(frozen=True, slots=True)
class Work:
    """The next portion of a load, with all its rows as `read_rows` has read them, and how a refusal is told."""

    number: int
    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    told: Callable[[Refused], str] = str


@dataclass(frozen=True, slots=True)
class Unfit:
    """A load that cannot be gone on with, and why."""

    number: int
    message: str


@use_case(Permission.APIS)
def open_load(tx: Tx, request: OpenLoad) -> Load:
    """Open a load. Refuses objects that cannot be written so, and words that are unknown."""
    operation = _chosen("operation", request.operation, tuple(Operation))
    delimiter = _chosen("columnDelimiter", request.delimiter, tuple(DELIMITERS))
    line_end = _chosen("lineEnding", request.line_end, tuple(LINE_ENDS))
    target = object_named(tx, request.object)
    if target is None:
        words = f"There is no object {request.object[:80]!r}."
        raise Refused(Problem("INVALIDENTITY", "object", words))
    allowed = is_changed(target.name) if operation == Operation.UPDATE else is_made(target.name)
    if not allowed:
        raise Refused(Problem("INVALIDENTITY", "object", f"{target.label} records cannot be loaded with {operation}."))
    key_field = ""
    if operation == Operation.UPSERT:
        keys = ("Id", *KEYS.get(target.name, ()))
        key_field = next((each for each in keys if each.casefold() == request.key_field.strip().casefold()), "")
        if not key_field:
            words = f"{request.key_field[:80]!r} finds no {target.label}. externalIdFieldName is {' or '.join(keys)}."
            raise Refused(Problem("INVALIDJOB", "externalIdFieldName", words))
    number = take(tx.db, "ingest")
    row = {"id": number, "token_id": tx.caller.token, "object": target.name, "operation": operation}
    form = {"key_field": key_field, "delimiter": delimiter, "line_end": line_end}
    state = {"state": State.OPEN.value, "message": "", "made_at": tx.now, "changed_at": tx.now}
    tx.db.execute(tables.ingest.insert().values(**row, **form, **state, rows_done=0, rows_failed=0))
    return _load(tx.db.execute(_query().where(_loads.id == number)).one())


@use_case(Permission.APIS)
def upload(tx: Tx, request: Upload) -> None:
    """Keep the CSV of a load that is open; one that came before is replaced."""
    found = show_load(tx, request.id)
    if found.state is not State.OPEN:
        words = f"The load is {found.state}; data is taken while it is Open."
        raise Refused(Problem("INVALIDJOBSTATE", "state", words))
    if not request.data:
        raise Refused(Problem("INVALIDBATCH", "", "Send the rows as CSV, with the fields' names in the first line."))
    _set(tx, found.number, data=request.data)


@use_case(Permission.APIS)
def move(tx: Tx, request: Move) -> Load:
    """Begin with a load that was brought whole, or stop one."""
    found = show_load(tx, request.id)
    state = _chosen("state", request.state, (State.UPLOADED.value, State.ABORTED.value))
    if found.state.value == state:
        return found
    if found.state in _ENDED or (state == State.UPLOADED and found.state is not State.OPEN):
        words = f"The load is {found.state}, which cannot become {state}."
        raise Refused(Problem("INVALIDJOBSTATE", "state", words))
    if state == State.UPLOADED and tx.db.scalar(select(_loads.data).where(_loads.id == found.number)) is None:
        raise Refused(Problem("INVALIDJOBSTATE", "state", "No data was brought yet. PUT the CSV to contentUrl first."))
    _set(tx, found.number, state=state)
    return show_load(tx, request.id)


@view(Permission.APIS)
def show_load(tx: Tx, id_: str) -> Load:
    """A load of the caller's. Refuses an id that is none."""
    number = number_of("ingest", id_.strip())
    row = None
    if number is not None and number < 2**63:
        query = _query().where(_loads.id == number)
        if tx.caller.token is not None:
            query = query.where(_loads.token_id == tx.caller.token)
        row = tx.db.execute(query).one_or_none()
    if row is None:
        raise Refused(Problem("NOT_FOUND", "Id", "There is no such load."))
    return _load(row)


@view(Permission.APIS)
def list_loads(tx: Tx, _: object = None) -> tuple[Load, ...]:
    """The caller's loads, the newest first."""
    query = _query().order_by(_loads.id.desc()).limit(MOST_LISTED)
    if tx.caller.token is not None:
        query = query.where(_loads.token_id == tx.caller.token)
    return tuple(_load(row) for row in tx.db.execute(query))


@use_case(Permission.APIS)
def forget(tx: Tx, id_: str) -> None:
    """Drop a load and what is known of its rows; the records that it made stay. Refuses one that is under way."""
    found = show_load(tx, id_)
    if found.state in (State.UPLOADED, State.RUNNING):
        raise Refused(Problem("INVALIDJOBSTATE", "state", f"The load is {found.state}. Abort it first."))
    tx.db.execute(tables.ingest_row.delete().where(_rows.ingest_id == found.number))
    tx.db.execute(tables.ingest.delete().where(_loads.id == found.number))


@view(Permission.APIS)
def results(tx: Tx, request: Results) -> str:
    """Rows of a load as CSV: those that were done with the record's id, those refused with why, or those left."""
    found = show_load(tx, request.id)
    data = tx.db.scalar(select(_loads.data).where(_loads.id == found.number))
    before = {
        Outcome.SUCCESSFUL: ("sf__Id", "sf__Created"),
        Outcome.FAILED: ("sf__Id", "sf__Error"),
        Outcome.UNPROCESSED: (),
    }[request.outcome]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=DELIMITERS[found.delimiter], lineterminator=LINE_ENDS[found.line_end])
    try:
        header, rows = read_rows(data or b"", found.delimiter)
    except Refused:
        header, rows = (), []
    writer.writerow((*before, *header))
    if request.outcome is Outcome.UNPROCESSED:
        left = found.state in _ENDED
        writer.writerows(rows[found.done :] if left else ())
        return out.getvalue()
    done = select(tables.ingest_row).where(_rows.ingest_id == found.number).order_by(_rows.line)
    wanted = _rows.error.is_(None) if request.outcome is Outcome.SUCCESSFUL else _rows.error.is_not(None)
    for row in tx.db.execute(done.where(wanted)):
        told = ("true" if row.created else "false") if row.error is None else row.error
        writer.writerow((row.record or "", told, *rows[row.line - 1]))
    return out.getvalue()


# -- the work


def next_load(tx: Tx, _: object = None) -> Load | None:
    """The first load that was brought whole and has not ended."""
    query = _query().where(_loads.state.in_((State.UPLOADED.value, State.RUNNING.value))).order_by(_loads.id).limit(1)
    row = tx.db.execute(query).one_or_none()
    return None if row is None else _load(row)


def data_of(tx: Tx, number: int) -> bytes:
    """The CSV of a load."""
    return tx.db.scalar(select(_loads.data).where(_loads.id == number)) or b""


def read_rows(data: bytes, delimiter: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """The names in the first line, and the rows after it. Refuses what is no such CSV."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unfit(f"The data is not in UTF-8: byte {error.start + 1} cannot be read.") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[delimiter], strict=True)
    try:
        header = tuple(name.strip() for name in next(reader, []))
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise _unfit(f"Line {reader.line_num} is no CSV: {error}.") from None
    if not any(header):
        raise _unfit("The first line must have the fields' names.")
    if len(header) > MOST_COLUMNS:
        raise _unfit(f"There are {len(header)} columns; at most {MOST_COLUMNS} can be given.")
    twice = sorted({name for name in header if [each.casefold() for each in header].count(name.casefold()) > 1})
    if twice:
        raise _unfit(f"The first line names {', '.join(twice)} more than once.")
    return header, rows


def portion(tx: Tx, work: Work) -> bool:
    """Do the next rows of a load; whether there are more. One that was aborted meanwhile is left."""
    pass_through(tx)
    found = _load(tx.db.execute(_query().where(_loads.id == work.number)).one())
    if found.state not in (State.UPLOADED, State.RUNNING):
        return False
    _check_header(tx, found, work.header)
    if len(work.rows) > MOST_ROWS:
        raise _unfit(f"There are {len(work.rows):,} rows; a load takes at most {MOST_ROWS:,}. Bring them in several.")
    rows = work.rows[found.done : found.done + PORTION]
    kept = [
        {"ingest_id": found.number, "line": line, **_outcome(tx, found, work, row)}
        for line, row in enumerate(rows, found.done + 1)
    ]
    if kept:
        tx.db.execute(tables.ingest_row.insert(), kept)
    done = found.done + len(rows)
    ended = done >= len(work.rows)
    failed = found.failed + sum(each["error"] is not None for each in kept)
    state = State.DONE if ended else State.RUNNING
    _set(tx, found.number, rows_done=done, rows_failed=failed, state=state.value)
    return not ended


def give_up(tx: Tx, request: Unfit) -> None:
    """Keep why a load cannot be gone on with."""
    row = tx.db.execute(_query().where(_loads.id == request.number)).one_or_none()
    if row is not None and _load(row).state not in _ENDED:
        _set(tx, request.number, state=State.FAILED.value, message=request.message)


def _check_header(tx: Tx, found: Load, header: Sequence[str]) -> None:
    target = object_named(tx, found.object)
    assert target is not None
    unknown = [name for name in header if target.field(name) is None]
    if unknown:
        names = ", ".join(name[:80] for name in unknown[:10])
        raise _unfit(f"InvalidBatch : Field name not found : {names}")
    key = "Id" if found.operation is Operation.UPDATE else found.key_field
    if key and key.casefold() not in (name.casefold() for name in header):
        raise _unfit(f"InvalidBatch : The column {key} is missing, which finds the records.")


def _outcome(tx: Tx, found: Load, work: Work, row: Sequence[str]) -> dict[str, Any]:
    noted = tx.noted()
    try:
        with tx.db.begin_nested():
            record, created = _one(tx, found, work.header, row)
    except Refused as refused:
        tx.forget_since(noted)
        return {"record": None, "created": False, "error": work.told(refused)}
    return {"record": record, "created": created, "error": None}


def _one(tx: Tx, found: Load, header: Sequence[str], row: Sequence[str]) -> tuple[str, bool]:
    if len(row) != len(header):
        words = f"The row has {len(row)} cells, the first line {len(header)}."
        raise Refused(Problem("INVALID_ROW", "", words))
    if any(len(cell) > LONGEST_VALUE for cell in row):
        raise Refused(Problem("STRING_TOO_LONG", "", f"A cell has at most {LONGEST_VALUE:,} characters."))
    values: dict[str, Any] = {
        name: None if cell == EMPTIED else cell for name, cell in zip(header, row, strict=True) if cell != ""
    }
    if found.operation is Operation.INSERT:
        return make(tx, Make(found.object, values)), True
    key = found.key_field or "Id"
    named = _taken(values, key)
    if key == "Id":
        if named is None and found.operation is Operation.UPSERT:
            return make(tx, Make(found.object, values)), True
        record = str(named or "")
    else:
        if not named:
            raise Refused(Problem("MISSING_ARGUMENT", key, f"{key} not specified"))
        there = _record_by(tx, found.object, key, str(named))
        if there is None:
            return make(tx, Make(found.object, values | {key: named})), True
        record = there
    change(tx, Change(found.object, record, values))
    return record, False


def _taken(values: dict[str, Any], key: str) -> Any:
    name = next((each for each in values if each.casefold() == key.casefold()), None)
    return None if name is None else values.pop(name)


def _record_by(tx: Tx, name: str, key: str, text: str) -> str | None:
    target = object_named(tx, name)
    assert target is not None
    field = target.field(key)
    assert field is not None
    assert field.sql is not None
    query = select(target.key).select_from(target.base).where(field.sql == text.strip()).limit(1)
    number = tx.db.scalar(query)
    return None if number is None else record_id(target, number)


def _unfit(words: str) -> Refused:
    return Refused(Problem("INVALIDBATCH", "", words))


def _chosen(name: str, given: str, words: Sequence[str]) -> str:
    found = next((str(each) for each in words if str(each).casefold() == given.strip().casefold()), None)
    if found is None:
        message = f"{name}: {given[:80]!r} is not one of: {', '.join(map(str, words))}."
        raise Refused(Problem("INVALIDJOB", name, message))
    return found


def _set(tx: Tx, number: int, **values: Any) -> None:
    tx.db.execute(tables.ingest.update().where(_loads.id == number).values(changed_at=tx.now, **values))


def _query() -> Any:
    return select(*(column for column in tables.ingest.c if column.name != "data"))


def _load(row: Row[Any]) -> Load:
    operation, state = Operation(row.operation), State(row.state)
    form = (row.key_field, row.delimiter, row.line_end, state, row.message)
    moments = (row.made_at, row.changed_at)
    return Load(row.id, row.token_id, row.object, operation, *form, *moments, row.rows_done, row.rows_failed)
