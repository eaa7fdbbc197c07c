"""The boundary of the services: whoever calls a use-case or a view, through whichever door, enters and leaves here.

    @use_case(Permission.SELL)
    def sell(tx: Tx, request: Sell) -> OrderResult: ...

On the way in the caller's role must have the permission, and may not set what it is not to change. On the way out what
is hidden from the role is masked, and a use-case that changed something leaves a row of the audit trail in the same
transaction. What a use-case calls itself is a part of it: it is neither judged, masked nor recorded again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services import audit
from calm_desktop.services.field_access import blotted, masked, refuse_fixed
from calm_desktop.services.permissions import Permission
from calm_desktop.services.tx import Tx

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Entered = Callable[Concatenate[Tx, Arguments], Result]

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Entry:
    """What a use-case or a view needs of its caller's role: a permission (None: nothing), and fields that it sees."""

    name: str
    permission: Permission | None
    changes: bool
    of: tuple[Protected, ...] = ()


REGISTRY: dict[str, Entry] = {}
"""Every use-case and view, by the module and the name of its function."""


def use_case(permission: Permission | None) -> Callable[[Entered[Arguments, Result]], Entered[Arguments, Result]]:
    """Mark a function as a use-case, which needs a permission."""
    return _enters(permission, changes=True)


def view(
    permission: Permission | None = Permission.SEE, *of: Protected
) -> Callable[[Entered[Arguments, Result]], Entered[Arguments, Result]]:
    """Mark a function as a view, which needs a permission; one that is all `of` some fields needs them seen."""
    return _enters(permission, changes=False, of=of)


def _enters(
    permission: Permission | None, *, changes: bool, of: tuple[Protected, ...] = ()
) -> Callable[[Entered[Arguments, Result]], Entered[Arguments, Result]]:
    def mark(function: Entered[Arguments, Result]) -> Entered[Arguments, Result]:
        name = f"{function.__module__.partition('.services.')[2]}.{function.__qualname__}"
        entry = REGISTRY[name] = Entry(name, permission, changes, of)

        @wraps(function)
        def entered(tx: Tx, /, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
            if tx.within:
                return function(tx, *arguments, **named)
            _admit(tx, entry, arguments)
            tx.within = tx.entered = True
            tx.has_changed = False
            try:
                result = function(tx, *arguments, **named)
            except Refused as refused:
                raise _unrevealing(refused) if tx.rights.hidden else refused from None
            finally:
                tx.within = False
            if tx.has_changed and changes and not tx.previewing:
                audit.record(tx, name, arguments[0] if arguments else None, result)
            return masked(result, tx.rights)

        return entered

    return mark


def pass_through(tx: Tx) -> None:
    """Let a caller through who asks for several things at once, as a call of the REST door: each enters by itself."""
    tx.entered = True


def require(tx: Tx, permission: Permission, what: str = "") -> None:
    """Refuse a caller whose role does not have a permission; `what` names what was asked for."""
    if permission in tx.rights.permissions:
        return
    who = tx.caller.name or "Whoever is at the desk"
    log.warning("refused: %s (%s, %s) asked for %s", who, tx.caller.role, tx.caller.door, what or permission)
    words = (
        f"{who} has the role {tx.caller.role}, which is not permitted to “{permission}”. "
        f"Ask an admin to allow it (`role set {tx.caller.role} --allow`), or act as another user."
    )
    raise Refused(Problem("INSUFFICIENT_ACCESS", "", words))


def _admit(tx: Tx, entry: Entry, arguments: tuple[Any, ...]) -> None:
    if entry.permission is not None:
        require(tx, entry.permission, entry.name)
    require_fields(tx, *entry.of)
    for each in arguments:
        refuse_fixed(each, tx.rights, tx.caller.role)


def require_fields(tx: Tx, *fields: Protected) -> None:
    """Refuse a caller from whose role any of these fields is hidden."""
    missing = ", ".join(field.value for field in fields if field in tx.rights.hidden)
    if missing:
        words = f"The role {tx.caller.role} does not see {missing}. Ask an admin to show it (`field-access set`)."
        raise Refused(Problem("INSUFFICIENT_ACCESS", missing, words))


def _unrevealing(refused: Refused) -> Refused:
    """A refusal without the figures in its words."""
    return type(refused)(
        Problem(each.code, each.field, blotted(each.message), each.place, each.overridable) for each in refused.problems
    )
