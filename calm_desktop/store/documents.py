"""Posted documents never change (DOMAIN 5.7): the steps that an invoice takes, and the guard against all others.

A draft is posted or canceled, a posted invoice is voided; nothing else of an invoice ever changes, and nothing at all
of its lines, of credit memos and their lines, payments, settlements and refunds. An SQLite file refuses anything else
by itself, whoever writes to it (`sqlite.seal_documents`); on servers, where the program keeps no code, the guard at
each of its connections does, and so it does for files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, Update, bindparam, event

from calm_desktop.engine.invoicing import InvoiceStatus
from calm_desktop.engine.problems import Bug
from calm_desktop.store.tables import invoice

SEALED = ("invoice", "invoice_line", "credit_memo", "credit_memo_line", "payment", "settlement", "refund", "audit")
"""The tables of documents, and the audit trail, which is only ever added to."""

STEP = "calm_step"
"""Execution option of the statements that take an invoice a step further."""

_NAMED = rf"""\s+(?:\w+\.)?["`\[]?(?P<table>{"|".join(SEALED)})\b"""
_CHANGES = (
    re.compile(
        r"\b(?:UPDATE(?:\s+ONLY)?|DELETE\s+FROM(?:\s+ONLY)?|TRUNCATE(?:\s+TABLE)?|(?:REPLACE|MERGE)\s+INTO)" + _NAMED,
        re.IGNORECASE,
    ),
    re.compile(r"\bINSERT\s+INTO" + _NAMED + r".*\bDO\s+UPDATE\b", re.IGNORECASE | re.DOTALL),
)


def _step(before: InvoiceStatus, after: InvoiceStatus, **more: Any) -> Update:
    """Invoices, by id, from one status to another; the others stay as they are."""
    rows = invoice.update().where(invoice.c.id == bindparam("invoice"), invoice.c.status == before.value)
    return rows.values(status=after.value, **more).execution_options(**{STEP: True})


_POST = _step(InvoiceStatus.DRAFT, InvoiceStatus.POSTED, number=bindparam("given"))
_CANCEL = _step(InvoiceStatus.DRAFT, InvoiceStatus.CANCELED)
_VOID = _step(InvoiceStatus.POSTED, InvoiceStatus.VOIDED)


def post_drafts(connection: Connection, numbers: Mapping[int, str]) -> None:
    """Post draft invoices, each under its number of the series."""
    connection.execute(_POST, [{"invoice": draft, "given": number} for draft, number in numbers.items()])


def cancel_drafts(connection: Connection, drafts: Iterable[int]) -> None:
    """Drop draft invoices: they stay on record, without a number."""
    connection.execute(_CANCEL, [{"invoice": draft} for draft in drafts])


def void_invoices(connection: Connection, invoices: Iterable[int]) -> None:
    """Mark posted invoices as voided; what takes them back are their mirrors."""
    connection.execute(_VOID, [{"invoice": number} for number in invoices])


def guard(engine: Engine) -> None:
    """Have every connection of an engine refuse statements that change documents: a `Bug`, for no act asks for one."""
    event.listen(engine, "before_cursor_execute", _refuse)


def _refuse(_connection: Connection, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
    table = _changed(statement)
    if table is None or (table == invoice.name and context.execution_options.get(STEP)):
        return
    raise Bug(f"posted documents never change, nor does the audit trail, but a statement was to change rows of {table}")


@lru_cache(maxsize=4096)
def _changed(statement: str) -> str | None:
    """The table of documents whose rows a statement changes or deletes, None for any other statement."""
    found = (change.search(statement) for change in _CHANGES)
    return next((each["table"].lower() for each in found if each), None)
