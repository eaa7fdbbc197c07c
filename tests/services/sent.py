"""How many statements a use-case or a view sends to the store: as many for many records as for few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from calm_desktop.services.tx import Tx


def sent_by(tx: Tx, work: tuple[Callable[[Tx, Any], object], Any]) -> int:
    """The number of statements that `work`, a function and its request, sends."""
    return len(statements_of(tx, work))


def statements_of(tx: Tx, work: tuple[Callable[[Tx, Any], object], Any]) -> list[str]:
    """The statements that `work` sends."""
    function, request = work
    sent: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        sent.append(statement)

    event.listen(tx.db, "before_cursor_execute", note)
    function(tx, request)
    event.remove(tx.db, "before_cursor_execute", note)
    return sent
