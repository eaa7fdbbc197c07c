"""Roles: what each may do, and which fields it does not see, or may only read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select

from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services.boundary import use_case, view
from calm_desktop.services.field_values import access_name, definitions
from calm_desktop.services.permissions import AT_FIRST, EVERYTHING, Permission, Rights, Role
from calm_desktop.services.requests import SetFieldAccess, SetRole
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_roles = tables.role.c


class Access(StrEnum):
    """How much of a field a role has."""

    HIDE = "hide"
    READ = "read"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class RoleShape:
    """A role: what it may do, and what it may not."""

    name: str
    allowed: tuple[str, ...]
    denied: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldAccessShape:
    """How much of a field a role has: hide, read or edit."""

    role: str
    field: str
    access: str
    meaning: str


def rights_of(db: Connection, role: str) -> Rights:
    """The rights of a role; one that there is not may do nothing."""
    if role == Role.ADMIN:
        return EVERYTHING
    row = db.execute(select(tables.role).where(_roles.name == role)).one_or_none()
    if row is None:
        return Rights(AT_FIRST.get(role, frozenset()))
    known = {permission.value: permission for permission in Permission}
    permissions = frozenset(known[name] for name in row.permissions if name in known)
    fields: Mapping[str, str] = row.fields
    hidden, fixed = (
        frozenset(name for name, access in fields.items() if access == wanted) for wanted in (Access.HIDE, Access.READ)
    )
    return Rights(permissions, hidden, fixed)


def role_names(tx: Tx) -> tuple[str, ...]:
    """Every role, those of the beginning first."""
    made = tx.db.scalars(select(_roles.name).where(_roles.name.not_in(AT_FIRST)).order_by(_roles.name))
    return (*AT_FIRST, *made)


def known_role(tx: Tx, name: str, problems: list[Problem] | None = None) -> str:
    """The role that a name means, in any case. One that there is not is added to the problems, or refused at once."""
    role, names = name.strip().casefold(), role_names(tx)
    if role not in names:
        words = f"There is no role {name.strip()!r}. There are: {', '.join(names)}."
        problem = Problem("unknown-role", "role", words)
        if problems is None:
            raise Refused(problem)
        problems.append(problem)
    return role


@view(Permission.ACCESS)
def list_roles(tx: Tx, _: object = None) -> tuple[RoleShape, ...]:
    """Every role with what it may do."""
    return tuple(_shape(tx, name) for name in role_names(tx))


@use_case(Permission.ACCESS)
def set_role(tx: Tx, request: SetRole) -> RoleShape:
    """Allow and deny permissions; a role that there is not is made. An admin may do everything, and stays so."""
    name = request.role.strip().casefold()
    problems = text_problems(tables.role, {"name": name})
    if not name:
        problems.append(Problem("missing-name", "role", "A role needs a name."))
    if name == Role.ADMIN:
        problems.append(_stays_whole())
    allowed, denied = (_permissions(given, problems) for given in (request.allow, request.deny))
    if allowed & denied:
        words = f"{', '.join(sorted(allowed & denied))} cannot be allowed and denied at once."
        problems.append(Problem("allowed-and-denied", "deny", words))
    refuse_if(problems)
    before = rights_of(tx.db, name).permissions
    after = (before | allowed) - denied
    _write(tx, name, permissions=sorted(after))
    tx.note(f"role {name}", {"permissions": sorted(before)}, {"permissions": sorted(after)})
    tx.touch("settings")
    return _shape(tx, name)


@view(Permission.ACCESS)
def list_field_access(tx: Tx, role: str = "") -> tuple[FieldAccessShape, ...]:
    """How much of each field each role has; of one role where it is named."""
    names = (known_role(tx, role),) if role else role_names(tx)
    fields = _fields(tx)
    return tuple(
        FieldAccessShape(name, field, _access(rights, field), meaning)
        for name in names
        for rights in (rights_of(tx.db, name),)
        for field, meaning in fields.items()
    )


@use_case(Permission.ACCESS)
def set_field_access(tx: Tx, request: SetFieldAccess) -> FieldAccessShape:
    """Hide a field from a role, let it be read alone, or changed too. An admin sees and changes everything."""
    problems: list[Problem] = []
    role, wanted, fields = known_role(tx, request.role, problems), request.field.strip().casefold(), _fields(tx)
    field = next((name for name in fields if name.casefold() == wanted), None)
    if role == Role.ADMIN:
        problems.append(_stays_whole())
    if field is None:
        words = f"There is no field {request.field.strip()!r} to be protected. There are: {', '.join(fields)}."
        problems.append(Problem("unknown-field", "field", words))
    if request.access not in set(Access):
        words = f"Access to a field is {', '.join(Access)}, not {request.access!r}."
        problems.append(Problem("bad-access", "access", words))
    refuse_if(problems)
    assert field is not None
    rights = rights_of(tx.db, role)
    kept = dict.fromkeys(rights.hidden, Access.HIDE.value) | dict.fromkeys(rights.fixed, Access.READ.value)
    before = kept.pop(field, Access.EDIT.value)
    if request.access != Access.EDIT:
        kept[field] = request.access
    _write(tx, role, fields=kept)
    tx.note(f"role {role}", {field: before}, {field: request.access})
    tx.touch("settings")
    return FieldAccessShape(role, field, request.access, fields[field])


def _stays_whole() -> Problem:
    words = f"An {Role.ADMIN} may do and see everything, so that nobody is locked out. Set another role."
    return Problem("admin-stays", "role", words)


def _permissions(given: Iterable[str], problems: list[Problem]) -> frozenset[Permission]:
    known = {permission.value.casefold(): permission for permission in Permission}
    found = set()
    for text in given:
        permission = known.get(text.strip().casefold())
        if permission is None:
            words = f"There is no permission {text.strip()!r}. There are: {', '.join(Permission)}."
            problems.append(Problem("unknown-permission", "allow", words))
        else:
            found.add(permission)
    return frozenset(found)


def _fields(tx: Tx) -> dict[str, str]:
    """Every field that can be protected, with its meaning: ours, and those of one's own."""
    own = {access_name(field): f"{field.label}, of each {field.object}" for field in definitions(tx)}
    return {field.value: field.meaning for field in Protected} | own


def _access(rights: Rights, field: str) -> str:
    return Access.HIDE if field in rights.hidden else Access.READ if field in rights.fixed else Access.EDIT


def _shape(tx: Tx, name: str) -> RoleShape:
    mine = rights_of(tx.db, name).permissions
    allowed = tuple(permission.value for permission in Permission if permission in mine)
    return RoleShape(name, allowed, tuple(each.value for each in Permission if each not in mine))


def _write(tx: Tx, name: str, **values: object) -> None:
    """Keep what is set of a role; the rest stays as it was."""
    row = {"permissions": sorted(rights_of(tx.db, name).permissions), "fields": {}, **values}
    mine = _roles.name == name
    if not tx.db.execute(tables.role.update().where(mine).values(**values)).rowcount:
        tx.db.execute(tables.role.insert().values(name=name, **row))
