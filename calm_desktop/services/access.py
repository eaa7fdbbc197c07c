"""Tokens: made, revoked, and turned into the caller who brings one.

A token is written `00D...!ID.SECRET`: the organisation, the token's number, and 256 random bits, of which the store
keeps an argon2 hash alone. The secret is random, so that the hash guards a stolen store and need not slow a guesser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Row, select

from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services.boundary import use_case, view
from calm_desktop.services.ids import public_id
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import AddToken, RevokeToken
from calm_desktop.services.roles import known_role
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Caller, Door, Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take

LONGEST_LIFE = 3650
"""Days that a token can be good for."""

_HASHER = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
_TOKEN = re.compile(r"00D\w{12,15}!(\d{1,18})\.([0-9a-f]{64})", re.ASCII)
_tokens = tables.token.c


@dataclass(frozen=True, slots=True)
class TokenShape:
    """A token; its secret is not known any more."""

    name: str
    role: str
    created: datetime
    expires: datetime
    status: str


@dataclass(frozen=True, slots=True)
class NewToken:
    """What `token add` answers: the token itself is told this once."""

    token: str
    name: str
    role: str
    expires: datetime


class Unknown(Refused):
    """The token is none, was revoked, or has expired: the caller is not known."""


@use_case(Permission.ACCESS)
def add_token(tx: Tx, request: AddToken) -> NewToken:
    """Make a token. Refuses a name that is in use, an unknown role, and a life that is no number of days."""
    name = request.name.strip()
    problems = text_problems(tables.token, {"name": name})
    role = known_role(tx, request.role, problems)
    if not name:
        problems.append(Problem("missing-name", "name", "A token needs a name, by which it is revoked."))
    if not 0 < request.days <= LONGEST_LIFE:
        words = f"A token is good for 1 to {LONGEST_LIFE:,} days, not {request.days}."
        problems.append(Problem("bad-days", "days", words))
    if _open(tx, name) is not None:
        words = f"There is a token {name!r} already. Revoke it first, or take another name."
        problems.append(Problem("token-exists", "name", words))
    refuse_if(problems)
    number, secret = take(tx.db, "token"), token_hex(32)
    expires = tx.now + timedelta(days=request.days)
    row = {"id": number, "name": name, "role": role, "secret_hash": _HASHER.hash(secret)}
    tx.db.execute(tables.token.insert().values(**row, created_at=tx.now, expires_at=expires))
    tx.touch("settings")
    return NewToken(f"{organization_id()[:15]}!{number}.{secret}", name, role, expires)


@view(Permission.ACCESS)
def list_tokens(tx: Tx, _: object = None) -> tuple[TokenShape, ...]:
    """Every token that was made, in that order."""
    return tuple(_shape(tx, row) for row in tx.db.execute(select(tables.token).order_by(_tokens.id)))


@use_case(Permission.ACCESS)
def revoke_token(tx: Tx, request: RevokeToken) -> TokenShape:
    """Revoke a token; it opens nothing from now on. Refuses a name that no token in use has."""
    row = _open(tx, request.name.strip())
    if row is None:
        words = f"There is no token {request.name!r} in use. `token list` shows those that there are."
        raise Refused(Problem("unknown-token", "name", words))
    mine = _tokens.id == row.id
    tx.set_values(tables.token, row.id, {"revoked_at": tx.now}, f"token {row.name}")
    tx.touch("settings")
    return _shape(tx, tx.db.execute(select(tables.token).where(mine)).one())


def _open(tx: Tx, name: str) -> Row[tuple[object, ...]] | None:
    query = select(tables.token).where(_tokens.name == name, _tokens.revoked_at.is_(None))
    return tx.db.execute(query).one_or_none()


def _shape(tx: Tx, row: Row[tuple[object, ...]]) -> TokenShape:
    status = "revoked" if row.revoked_at else "expired" if row.expires_at <= tx.now else "in use"
    return TokenShape(row.name, row.role, row.created_at, row.expires_at, status)


class Keys:
    """Tokens as they come in. A secret that was found right is not hashed again; revoked and expired ones always show.

    May be used from several threads.
    """

    _MOST = 1000

    def __init__(self) -> None:
        self._right: dict[str, str] = {}

    def caller(self, tx: Tx, text: str) -> Caller:
        """Who brings this token. Raises `Unknown` where it opens nothing."""
        match = _TOKEN.fullmatch(text)
        row = match and tx.db.execute(select(tables.token).where(_tokens.id == int(match[1]))).one_or_none()
        if not match or not row or row.revoked_at is not None or row.expires_at <= tx.now:
            raise _unknown()
        if self._right.get(text) != row.secret_hash:
            try:
                _HASHER.verify(row.secret_hash, match[2])
            except (Argon2Error, InvalidHashError):
                raise _unknown() from None
            if len(self._right) >= self._MOST:
                self._right.clear()
            self._right[text] = row.secret_hash
        return Caller(row.name, row.role, row.id, Door.REST)


def _unknown() -> Unknown:
    return Unknown(Problem("INVALID_SESSION_ID", "", "Session expired or invalid"))


def organization_id() -> str:
    """The public id of the organisation that a store is of."""
    return public_id("organization", 1)


def user_id(caller: Caller) -> str:
    """The public id by which programs know a caller."""
    return public_id("user", caller.token or 0)
