"""A document as it prints, on the screen; from there it is saved, printed or mailed."""

from __future__ import annotations

from collections.abc import Sequence

from calm_desktop.services.requests import Look, StatementRequest
from calm_desktop.services.shapes import CreditMemoShape, InvoiceShape, PaperShape
from calm_desktop.services.views import paper, statement_paper
from calm_desktop.ui import places
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages.asking import AskingPage, day_of
from calm_desktop.ui.paper_acts import PaperActs
from calm_desktop.ui.paper_files import file_name
from calm_desktop.ui.paper_jobs import Asked
from calm_desktop.ui.paper_text import content
from calm_desktop.ui.paper_view import PaperView
from calm_desktop.ui.widgets import button

STATEMENT = "statement"


class PaperPage(AskingPage):
    """`calm://paper/NUMBER` of an invoice or a credit memo; `calm://paper/ACCOUNT?of=statement&from=...&to=...`."""

    kinds = frozenset({"account", "invoice", "settings", "import"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.view = PaperView()
        self.column().addWidget(self.view, 1)
        self.shown: PaperShape | None = None
        self.acts = PaperActs(context, self, self._papers, lambda: file_name(self.shown, "") if self.shown else "")
        self.mail = button("Mail file…", tooltip="A mail with the PDF attached, to be addressed and sent")
        self.print = button("Print…")
        self.save = button("Save as PDF…", "primary", icon="")
        for made, act in (
            (self.mail, self.acts.ask_mail),
            (self.print, self.acts.ask_printer),
            (self.save, self.acts.ask_file),
        ):
            made.clicked.connect(lambda _=False, act=act: act())

    def load(self, link: Link) -> None:
        view, request = asked_by(link)
        self.ask(view, request, self._render)

    def _papers(self) -> Sequence[Asked]:
        return [asked_by(self.link)] if self.link is not None else []

    def _render(self, shape: PaperShape) -> None:
        same = self.shown == shape
        self.shown = shape
        self.account_id = shape.account.id
        told, document = content(shape), shape.document
        own = told.number or told.title
        back = places.statement(shape.account.id)
        if isinstance(document, InvoiceShape):
            own, back = document.invoice.number or "Draft invoice", places.invoice(document.invoice.id)
        elif isinstance(document, CreditMemoShape):
            own, back = document.credit.number, places.credit(document.credit.id)
        crumbs = (
            ("Accounts", places.accounts()),
            (shape.account.name, places.account(shape.account.id)),
            (own, back),
            ("Paper", ""),
        )
        title = " ".join(filter(None, (told.title, told.number)))
        self.set_header(Header(title, crumbs, (), (self.mail, self.print, self.save)))
        if not same:
            self.view.show_papers([shape])


def asked_by(link: Link) -> Asked:
    """What a link to a paper asks for."""
    if link.get("of") == STATEMENT:
        return statement_paper, StatementRequest(link.name, day_of(link, "from"), day_of(link, "to"))
    return paper, Look(link.name)
