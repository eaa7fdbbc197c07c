"""Texts as they are compared in any case, in statements: `casefold(column)` is the same on every database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class casefold(GenericFunction[str]):  # noqa: N801 - it is written like the other functions of SQL
    """A text without the difference between capital and small letters, sorted by the numbers of its characters."""

    type = String()
    inherit_cache = True


@compiles(casefold, "postgresql")
def _on_postgresql(element: casefold, compiler: Any, **options: Any) -> str:
    return f'(lower({compiler.process(element.clauses, **options)}) COLLATE "C")'


def casefolded(text: str | None) -> str | None:
    """What SQLite, which knows only the letters a to z, calls for it."""
    return None if text is None else str(text).casefold()
