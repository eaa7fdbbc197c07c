"""Users: people who say who they are before they work at the desk. Where there is none, nobody is asked."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Row, func, select

from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services.boundary import use_case, view
from calm_desktop.services.permissions import Permission, Role
from calm_desktop.services.requests import AddUser, RemoveUser, SetUser
from calm_desktop.services.roles import known_role
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Caller, Door, Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 8, 200
"""Characters of a password."""

FREE_ATTEMPTS = 3
"""Wrong passwords in a row after which each further attempt has to wait."""

_LONGEST_WAIT = 30.0
_logins = tables.login.c


@dataclass(frozen=True, slots=True)
class UserShape:
    """A user; of the password nothing is told."""

    name: str
    role: str
    created: datetime


class NotSignedIn(Refused):
    """The store has users, and nobody said who is at the desk."""


@cache
def _hasher() -> PasswordHasher:
    """Loaded only where there are users."""
    from argon2 import PasswordHasher

    return PasswordHasher()


def _is_right(password: str, kept: str) -> bool:
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return _hasher().verify(kept, password)
    except (Argon2Error, InvalidHashError):
        return False


@use_case(Permission.ACCESS)
def add_user(tx: Tx, request: AddUser) -> UserShape:
    """Add a user; the first one must be an admin. Refuses a name that is in use, and a password that is too short."""
    name = request.name.strip()
    problems = [*text_problems(tables.login, {"name": name}), *_password_problems(request.password)]
    role = known_role(tx, request.role, problems)
    if not name:
        problems.append(Problem("missing-name", "name", "A user needs a name."))
    if _named(tx.db, name) is not None:
        problems.append(Problem("user-exists", "name", f"There is a user {name!r} already. Take another name."))
    if role != Role.ADMIN and not has_users(tx.db):
        words = f"The first user must be an {Role.ADMIN}: from then on everybody has to say who they are."
        problems.append(Problem("first-is-admin", "role", words))
    refuse_if(problems)
    row = {"name": name, "role": role, "password_hash": _hasher().hash(request.password), "created_at": tx.now}
    tx.db.execute(tables.login.insert().values(id=take(tx.db, "login"), **row))
    tx.note(f"user {name}", {"role": None}, {"role": role})
    tx.touch("settings")
    return UserShape(name, role, tx.now)


@view(Permission.ACCESS)
def list_users(tx: Tx, _: object = None) -> tuple[UserShape, ...]:
    """Every user, by name."""
    return tuple(map(_shape, tx.db.execute(select(tables.login).order_by(_logins.name))))


@use_case(Permission.ACCESS)
def set_user(tx: Tx, request: SetUser) -> UserShape:
    """Give a user another role or another password. The last admin stays one."""
    row = _known(tx, request.name)
    role = row.role if request.role is None else known_role(tx, request.role)
    problems = [] if request.password is None else _password_problems(request.password)
    if role != Role.ADMIN:
        problems += _last_admin(tx, row)
    refuse_if(problems)
    values = {"role": role}
    if request.password is not None:
        values["password_hash"] = _hasher().hash(request.password)
    tx.db.execute(tables.login.update().where(_logins.id == row.id).values(**values))
    tx.note(f"user {row.name}", {"role": row.role}, {"role": role})
    tx.touch("settings")
    return _shape(_known(tx, row.name))


@use_case(Permission.ACCESS)
def remove_user(tx: Tx, request: RemoveUser) -> UserShape:
    """Remove a user. The last admin stays, unless nobody else is left: then no user is, and nobody is asked again."""
    row = _known(tx, request.name)
    if tx.db.scalar(select(func.count()).select_from(tables.login)) != 1:
        refuse_if(_last_admin(tx, row))
    tx.db.execute(tables.login.delete().where(_logins.id == row.id))
    tx.note(f"user {row.name}", {"role": row.role}, {"role": None})
    tx.touch("settings")
    return _shape(row)


def has_users(db: Connection) -> bool:
    """Whether anybody has to say who they are."""
    return db.scalar(select(_logins.id).limit(1)) is not None


class Attempts:
    """How often a password was wrong, by name: after a few times in a row each further attempt waits longer."""

    def __init__(self) -> None:
        self._wrong: defaultdict[str, int] = defaultdict(int)
        self._not_before: dict[str, float] = {}

    def wait(self, name: str) -> float:
        """Seconds until a name may be tried again."""
        return max(0.0, self._not_before.get(name.casefold(), 0.0) - time.monotonic())

    def failed(self, name: str) -> None:
        """A password was wrong."""
        key = name.casefold()
        self._wrong[key] += 1
        beyond = self._wrong[key] - FREE_ATTEMPTS
        if beyond >= 0:
            self._not_before[key] = time.monotonic() + min(_LONGEST_WAIT, 2.0**beyond)

    def succeeded(self, name: str) -> None:
        """A password was right."""
        self._wrong.pop(name.casefold(), None)
        self._not_before.pop(name.casefold(), None)


def sign_in(db: Connection, name: str, password: str, door: Door, attempts: Attempts) -> Caller:
    """Who a name and a password are of. Refuses a wrong pair, and whoever tries too often."""
    waiting = attempts.wait(name)
    if waiting:
        words = f"Too many wrong passwords. Try again in {int(waiting) + 1} seconds."
        raise NotSignedIn(Problem("too-many-attempts", "password", words))
    row = _named(db, name.strip())
    # A name that there is not takes as long as a wrong password.
    if not _is_right(password, row.password_hash if row is not None else _nobody()) or row is None:
        attempts.failed(name)
        raise NotSignedIn(Problem("wrong-password", "password", "The name or the password is wrong."))
    attempts.succeeded(name)
    return Caller(row.name, row.role, None, door)


@cache
def _nobody() -> str:
    return _hasher().hash("nobody has this password")


def _password_problems(password: str) -> list[Problem]:
    if SHORTEST <= len(password) <= LONGEST:
        return []
    words = f"A password has {SHORTEST} to {LONGEST} characters."
    return [Problem("bad-password", "password", words)]


def _named(db: Connection, name: str) -> Row[tuple[object, ...]] | None:
    return db.execute(select(tables.login).where(_logins.name == name)).one_or_none()


def _known(tx: Tx, name: str) -> Row[tuple[object, ...]]:
    row = _named(tx.db, name.strip())
    if row is None:
        words = f"There is no user {name.strip()!r}. `user list` shows those that there are."
        raise Refused(Problem("unknown-user", "name", words))
    return row


def _last_admin(tx: Tx, row: Row[tuple[object, ...]]) -> list[Problem]:
    others = select(_logins.id).where(_logins.role == Role.ADMIN, _logins.id != row.id).limit(1)
    if row.role != Role.ADMIN or tx.db.scalar(others) is not None:
        return []
    words = f"{row.name} is the last {Role.ADMIN}. Make another user one first."
    return [Problem("last-admin", "role", words)]


def _shape(row: Row[tuple[object, ...]]) -> UserShape:
    return UserShape(row.name, row.role, row.created_at)
