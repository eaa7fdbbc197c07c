"""The buttons beside a table of invoices: its drafts posted or dropped, papers saved and printed, several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtWidgets import QWidget

from calm_desktop.engine.invoicing import InvoiceStatus
from calm_desktop.services.requests import DropInvoices, PostInvoices
from calm_desktop.services.shapes import InvoiceHead
from calm_desktop.services.views import drafts_among
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice
from calm_desktop.ui.paper_acts import PaperActs, documents
from calm_desktop.ui.posting import Posting
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import button, plain_tooltip

Wish = TypeVar("Wish", PostInvoices, DropInvoices)

CHOOSE = "Choose invoices in the table first."
CHOOSE_DRAFTS = "Choose drafts in the table first: what is posted never changes."


class InvoiceActs:
    """Post, Drop and Paper… over what is selected; a table of one `run` stands for all of it where nothing is."""

    def __init__(
        self, context: Context, table: RecordTable, parent: QWidget, tell: Callable[[Notice], None] | None = None
    ) -> None:
        self.context, self.table, self.tell = context, table, tell or context.notify
        self.run = ""
        self.run_is_draft = False
        self.posting = Posting(context, parent, tell)
        self.papers = PaperActs(context, parent, lambda: documents(self._wanted()), self._name, tell=tell)
        self.post, self.drop = button("Post", "link"), button("Drop", "link")
        self.paper = button("Paper…", "link")
        self.post.clicked.connect(lambda: self._with_drafts(PostInvoices, self.posting.post))
        self.drop.clicked.connect(lambda: self._with_drafts(DropInvoices, self.posting.drop))
        self.paper.clicked.connect(lambda: self.papers.open_menu(self.paper))
        place = table.head.indexOf(table.filter_field)
        for made in (self.paper, self.drop, self.post):
            table.head.insertSpacing(place, 8)
            table.head.insertWidget(place, made)
        table.selection_changed.connect(lambda _: self.renew())
        table.model.modelReset.connect(self.renew)
        self.renew()

    def show_run(self, run: str, drafts: bool) -> None:
        """The table shows the invoices of a run; `drafts` says whether they are any more."""
        self.run, self.run_is_draft = run, drafts
        self.renew()

    def renew(self) -> None:
        """Offer what can be done with what is selected now."""
        chosen = self.table.selected_count
        drafts = self._may_hold_drafts() if chosen or not self.run else self.run_is_draft
        none = CHOOSE if not chosen and not self.run else ""
        scope = f"{chosen:,} selected" if chosen else "All of the run"
        every = " all" if self.run and not chosen else ""
        for made, text in ((self.post, f"Post{every}"), (self.drop, f"Drop{every}"), (self.paper, "Paper…")):
            made.setText(text)
        for made, able, why in (
            (self.post, bool(drafts), CHOOSE_DRAFTS),
            (self.drop, bool(drafts), CHOOSE_DRAFTS),
            (self.paper, not none, CHOOSE),
        ):
            made.setEnabled(able)
            made.setToolTip(plain_tooltip(scope if able else why))
            made.setAccessibleDescription("" if able else why)

    def _chosen(self) -> Sequence[str]:
        return [str(each) for each in self.table.selected_ids()]

    def _wanted(self) -> Sequence[str]:
        """The ids of what papers are wanted of."""
        chosen = self._chosen()
        if chosen or not self.run:
            return chosen
        model = self.table.model
        return [str(model.id_at(place)) for place in range(len(model.order))]

    def _may_hold_drafts(self) -> bool:
        """Whether there may be drafts among what is selected, as far as that is known without asking the store."""
        rows: list[InvoiceHead] | None = self.table.few_selected()
        return rows is None or any(row.status == InvoiceStatus.DRAFT for row in rows)

    def _with_drafts(self, request: Callable[[tuple[str, ...], str], Wish], act: Callable[[Wish], object]) -> None:
        """Do something with the drafts among what is selected, or with the whole run where nothing is."""
        rows: list[InvoiceHead] | None = self.table.few_selected()
        if not self.table.selected_count and self.run:
            act(request((), self.run))
        elif rows is not None:
            act(request(tuple(row.id for row in rows if row.status == InvoiceStatus.DRAFT), ""))
        else:
            desk, chosen = self.context.desk, self.table.selected_ids()
            self.context.background.run(
                lambda: desk.ask(drafts_among, [str(each) for each in chosen]),
                lambda drafts: act(request(drafts, "")) if drafts else self.tell(Notice(CHOOSE_DRAFTS, "bad")),
                lambda problems: self.tell(Notice("\n".join(problem.message for problem in problems), "bad")),
                owner=self.posting,
            )

    def _name(self) -> str:
        rows: list[InvoiceHead] | None = self.table.few_selected()
        return (rows[0].number or f"draft-{rows[0].id}") if rows is not None and len(rows) == 1 else "invoices"
