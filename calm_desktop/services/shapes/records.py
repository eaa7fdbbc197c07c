"""What happened and what holds: events, imports, roll-ups, rules of the business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from calm_desktop.formats.drafts import RowProblem
from calm_desktop.services.field_access import Telling


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as told, in order; `id` is its replay id."""

    id: int
    name: str
    request_identifier: str
    created_at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An import that was made."""

    batch: str
    files: str
    format: str
    imported_at: datetime
    read: int
    new: int
    changed: int
    same: int
    skipped: int
    cancelled: int
    rejected: int
    taken_back_at: datetime | None
    """When it was taken back; None while it stands."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export answers: the file that was written, and how many records of each kind it holds.

    `ramps` are the orders with lines in steps, as NUMBER/LINE: a table cannot hold these lines, a history does.
    """

    file: str
    accounts: int
    products: int
    orders: int
    assets: int
    usage: int
    request_id: str
    lines: int = 0
    ramps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportUndone:
    """What taking an import back answers: the orders that were undone, with the actions and assets that they changed.

    Records of use were corrected to nothing, payments paid back; accounts, products and prices were withdrawn that the
    batch alone had brought along.
    """

    batch: str
    files: str
    orders: int
    assets: int
    actions: int
    usage: int
    payments: int
    accounts: int
    products: int
    prices: int
    request_id: str
    restored: int = 0
    """Rows that the batch had replaced, and values that it had changed, which are as they were before."""


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that was left out on purpose, and why."""

    row: int
    reason: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What a row of a file says of a field, and what was stored of it before; both as texts."""

    field: str
    before: Telling
    now: Telling


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that was imported before and comes again with other values; `key` is what it is recognised by."""

    file: str
    row: int
    key: str
    differences: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import answers; `read` is the sum of the six counts after it. `batch` is None when nothing was stored.

    `problems` and `skipped_rows` list the first thousands; `problem_count` and `skipped_count` say how many there are.
    """

    batch: str | None
    read: int
    new: int
    changed: int
    same: int
    skipped: int
    cancelled: int
    rejected: int
    problems: tuple[RowProblem, ...]
    skipped_rows: tuple[SkippedRow, ...]
    request_id: str
    problem_count: int = 0
    skipped_count: int = 0
    changed_rows: tuple[ChangedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RollupResult:
    """What the roll-up answers: whether there was anything to do, and how many assets' current figures it renewed."""

    business_date: date
    ran: bool
    assets: int


@dataclass(frozen=True, slots=True)
class SettingsShape:
    """The rules of the business, as texts by key."""

    settings: dict[str, str]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who did what, when and through which door; `request`, `before` and `after` are JSON, empty where nothing is told.

    `records` names what was touched. Of who does not see every field, what requests and records say is left out.
    """

    id: int
    at: datetime
    who: str
    role: str
    door: str
    use_case: str
    records: str
    request: str
    before: str
    after: str
