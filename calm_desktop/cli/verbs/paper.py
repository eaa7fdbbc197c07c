"""Documents as PDF files, and as mails that have them attached, without a screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from calm_desktop.cli.list_files import keep_off_store
from calm_desktop.cli.session import Session, verb
from calm_desktop.cli.tables import Sheet
from calm_desktop.cli.verbs.window import draw_without_screen
from calm_desktop.cli.words import Given, name, text

if TYPE_CHECKING:
    from calm_desktop.services.shapes import PaperShape

Request = TypeVar("Request")


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    verb(app, "pdf")(pdf)


def pdf(
    session: Session,
    called: Annotated[str, name("NAME", "An invoice (drafts too) or a credit memo: id or number.")],
    out: Annotated[str, text("--out", "FILE", "The PDF file; what it held before is replaced.")],
    eml: Annotated[Given, text("--eml", "FILE", "Also write a mail, to be addressed, with the PDF attached.")] = None,
) -> None:
    """Put an invoice or a credit memo on paper: a PDF file, made without a screen. `statement --pdf` does a statement.

    Your company's name, address, tax number and bank are settings: `settings set company-name NAME`. Characters that
    the paper's font lacks are told.

    \b
    Example:
      calm-desktop pdf INV-000001 --out INV-000001.pdf
    """
    from calm_desktop.services import views
    from calm_desktop.services.requests import Look

    put_on_paper(session, views.paper, Look(called), out, eml)


def put_on_paper(
    session: Session, view: Callable[[Any, Request], PaperShape], request: Request, out: str, eml: str | None = None
) -> None:
    """Write what a view answers to a PDF file and, where it is wanted, to a mail; tell what the font lacks."""
    if out == eml:
        session.read.wrong("same-file", "eml", f"eml: {eml} is to be the PDF file too. Give each a file of its own.")
    session.read.done()
    from calm_desktop.services import care

    store = care.name_of(session.where)
    files = {kind: Path(file) for kind, file in (("pdf", out), ("eml", eml)) if file is not None}
    for kind, path in files.items():
        keep_off_store(path, kind, store)
    shape = session.ask(view, request)
    draw_without_screen()
    from calm_desktop.ui import paper_files
    from calm_desktop.ui.app import application
    from calm_desktop.ui.paper import lacking, pages

    application()
    write = {"pdf": paper_files.write_pdf, "eml": paper_files.write_mail}
    for kind, path in files.items():
        write[kind](shape, path)
    missing, count = lacking(shape), len(pages(shape))
    number = "1 page is" if count == 1 else f"{count} pages are"
    words = f"{number} in {out}{f', and attached to the mail in {eml}' if eml else ''}."
    if missing:
        words += f" The font lacks these characters: {missing}"
    if not shape.seller.name:
        words += " It names no seller: `settings set company-name NAME` tells yours."
    told = {kind: str(path) for kind, path in files.items()}
    session.answer({**told, "pages": count, "missing_characters": missing}, lambda: [Sheet("", (), words)])
