"""One use-case at work: its connection, its day, who asked, and what it told and touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Table, select

from calm_desktop.engine.fields import CustomField
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.permissions import EVERYTHING, Rights, Role
from calm_desktop.store import tables
from calm_desktop.store.ids import take

Progress = Callable[[int, int | None, str], None]


class Cancelled(Exception):
    """The user took back a long piece of work; nothing of it is stored. Raised by a progress callable."""


EVERY_KIND = frozenset(
    {"account", "asset", "order", "invoice", "product", "tax", "rate", "settings", "field", "import", "rollup"}
)
"""What can change."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a commit changed, so that each page can decide whether it is concerned.

    `kinds` are words of `EVERY_KIND`; `accounts` the numbers of the accounts concerned, in the store's own counting.
    Where there are none, any account may be concerned.
    """

    kinds: frozenset[str]
    accounts: frozenset[int]
    request_id: str


_MOST_ACCOUNTS = 10_000
"""Accounts that are told one by one; of more than these, any may have changed."""


class Door(StrEnum):
    """The ways in."""

    WINDOW = "window"
    COMMAND_LINE = "command line"
    REST = "REST"
    PYTHON = "Python"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts, and through which door: the name and role of a user or a token; nobody's name where one is alone.

    `token` is the token's number in the store, None of anybody else.
    """

    name: str = ""
    role: str = Role.ADMIN
    token: int | None = None
    door: Door = Door.PYTHON


AT_THE_DESK = Caller()
THE_PROGRAM = Caller("CALM Desktop")
"""What the program does by itself: the nightly roll-up, letting callers in, telling events."""

_MOST_VALUES = 200
"""Records whose values of before and after are noted of one use-case."""


def quiet(done: int, total: int | None, what: str) -> None:
    """Progress that nobody watches."""


def _unguarded(why: str) -> None:
    """No copy is kept: nothing will be committed."""


@dataclass(slots=True)
class Tx:
    """The transaction that a use-case or a view works in."""

    db: Connection
    today: date
    now: datetime
    settings: Mapping[str, str]
    request_id: str
    override: str = ""
    progress: Progress = quiet
    safeguard: Callable[[str], object] = _unguarded
    """Keeps a copy of the store as it stood before; to be called before something large is written."""
    caller: Caller = AT_THE_DESK
    rights: Rights = EVERYTHING
    previewing: bool = False
    within: bool = False
    """Whether a use-case or a view is at work: what it calls is a part of it."""
    entered: bool = False
    """Whether any was let in at all."""
    has_changed: bool = False
    """Whether the use-case at work changed anything."""
    values_changed: dict[str, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    """What records said before and after, by the record's name, for the audit trail."""
    has_fields: bool = False
    """Whether any field of one's own is defined."""
    fields: tuple[CustomField, ...] | None = None
    """All of them, once they were asked for."""
    overrides_needed: list[Problem] = field(default_factory=list)
    """Refusals that a preview went on in spite of; the act itself needs a stated reason for them."""
    kinds: set[str] = field(default_factory=set)
    accounts: set[int] = field(default_factory=set)
    _too_many: bool = False

    def touch(self, kind: str, *accounts: int) -> None:
        """Note what is changed."""
        self.has_changed = True
        self.kinds.add(kind)
        if not self._too_many:
            self.accounts.update(accounts)
            if len(self.accounts) > _MOST_ACCOUNTS:
                self._too_many = True
                self.accounts.clear()

    def set_values(self, table: Table, number: int, values: Mapping[str, Any], called: str) -> None:
        """Let a record say these values, and note what it said before; `called` names it in the audit trail."""
        mine = table.c.id == number
        before = self.db.execute(select(*(table.c[name] for name in values)).where(mine)).mappings().one()
        self.db.execute(table.update().where(mine).values(**values))
        self.note(called, dict(before), values)

    def note(self, called: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Note what a record said before and says now, where that differs."""
        differing = [name for name in after if before.get(name) != after[name]]
        if not differing or (called not in self.values_changed and len(self.values_changed) >= _MOST_VALUES):
            return
        old, new = self.values_changed.setdefault(called, ({}, {}))
        for name in differing:
            old.setdefault(name, before.get(name))
            new[name] = after[name]

    def noted(self) -> tuple[frozenset[str], frozenset[int], bool, bool]:
        """What was noted so far, for `forget_since`."""
        return frozenset(self.kinds), frozenset(self.accounts), self._too_many, self.has_changed

    def forget_since(self, before: tuple[frozenset[str], frozenset[int], bool, bool]) -> None:
        """What was noted since is taken back."""
        self.kinds, self.accounts, self._too_many, self.has_changed = set(before[0]), set(before[1]), *before[2:]

    def changed(self) -> Changed:
        """What was noted as changed."""
        return Changed(frozenset(self.kinds), frozenset(self.accounts), self.request_id)

    def tell(self, name: str, payload: Mapping[str, Any]) -> None:
        """Put an event into the outbox; it is told when the transaction is committed."""
        self.has_changed = True
        row = {"name": name, "request_id": self.request_id, "created_at": self.now, "payload": dict(payload)}
        self.db.execute(tables.event.insert().values(id=take(self.db, "event"), **row))

    def needs_override(self, problem: Problem) -> None:
        """Like `refuse_unless_overridden`, but a preview goes on and shows what would follow beside the problem."""
        if self.previewing and not self.override:
            self.overrides_needed.append(problem)
        else:
            self.refuse_unless_overridden(problem)

    def refuse_unless_overridden(self, problem: Problem) -> None:
        """Refuse with `problem`, unless a reason was stated; the reason is recorded then."""
        if not self.override:
            raise Refused(problem)
        self.db.execute(
            tables.override.insert().values(
                id=take(self.db, "override"),
                request_id=self.request_id,
                code=problem.code,
                message=problem.message,
                reason=self.override,
                recorded_at=self.now,
            )
        )
