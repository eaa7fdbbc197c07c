"""The audit trail: who did what, when and through which door, with before and after; searched by words."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import Any

from calm_desktop.services.requests import FindAudit
from calm_desktop.services.shapes import AuditRow
from calm_desktop.services.views.audit import list_audit
from calm_desktop.ui import places
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages.asking import AskingPage
from calm_desktop.ui.record_model import Column
from calm_desktop.ui.record_table import RecordTable

MOST = 5_000
"""Rows that are shown at most, the newest; the command line lists all."""


def when(row: AuditRow) -> str:
    """The moment, on the organisation's clock."""
    return f"{row.at:%Y-%m-%d %H:%M:%S}"


def act(row: AuditRow) -> str:
    """What was done, for people: `catalogue.set_price` reads Set price."""
    return row.use_case.rpartition(".")[2].replace("_", " ").capitalize()


def values(text: str) -> str:
    """What records said: `settings: auto-flow on`."""
    told = json.loads(text) if text else {}
    return "; ".join(
        f"{record}: {', '.join(f'{name} {_word(value)}' for name, value in said.items())}"
        for record, said in told.items()
    )


def _word(value: Any) -> str:
    return "nothing" if value is None else str(value)


COLUMNS = (
    Column("at", "When", when, width=150),
    Column("who", "Who", lambda row: row.who or "At the desk", width=120),
    Column("role", "Role", attrgetter("role"), width=90),
    Column("door", "Door", attrgetter("door"), width=110),
    Column("act", "What", act, width=150, tooltip=attrgetter("use_case")),
    Column("records", "Records", lambda row: ", ".join(json.loads(row.records or "[]")), width=220),
    Column("before", "Before", lambda row: values(row.before), width=200),
    Column("after", "After", lambda row: values(row.after), width=200),
    Column("request", "Asked for", attrgetter("request"), width=260, hidden=True),
)


class AuditPage(AskingPage):
    """`calm://audit`: every act, the newest first."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.table = RecordTable(
            COLUMNS, attrgetter("id"), "audit", context.settings, noun="act", empty="Nothing was changed yet"
        )
        self.table.view.setAccessibleName("Audit trail")
        self.column().addWidget(self.table)

    def load(self, link: Link) -> None:
        self.ask(list_audit, FindAudit(most=MOST), self.render_audit)

    def render_audit(self, rows: tuple[AuditRow, ...]) -> None:
        """Show the acts."""
        self.table.set_rows(rows)
        self.set_header(Header("Audit trail", (("Settings", places.settings()),)))

    def focus_filter(self) -> None:
        self.table.focus_filter()
