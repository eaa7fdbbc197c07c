"""Documents as PDF files, one or many, and as mails that have them attached, without a screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from calm_desktop.cli import answers
from calm_desktop.cli.failures import WrongUsage
from calm_desktop.cli.list_files import keep_off_store
from calm_desktop.cli.session import Session, verb
from calm_desktop.cli.tables import MANY, Sheet
from calm_desktop.cli.verbs.window import draw_without_screen
from calm_desktop.cli.words import Given, name, text

if TYPE_CHECKING:
    from calm_desktop.services.desk import Desk
    from calm_desktop.services.shapes import PaperShape

Request = TypeVar("Request")


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    verb(app, "pdf")(pdf)


def pdf(
    session: Session,
    called: Annotated[
        list[str] | None, name("NAME...", "Invoices (drafts too) or credit memos: ids or numbers.")
    ] = None,
    out: Annotated[Given, text("--out", "FILE", "One PDF file for all; what it held before is replaced.")] = None,
    into: Annotated[
        Given, text("--into", "FOLDER", "A PDF file for each, in a folder that is made if need be.")
    ] = None,
    eml: Annotated[Given, text("--eml", "FILE", "Of one: also a mail, to be addressed, with the PDF attached.")] = None,
    run: Annotated[Given, text("--run", "ID", "All invoices of a run: the `request_id` that it answered.")] = None,
    account: Annotated[Given, text("--account", "A", "The posted invoices of this customer.")] = None,
    start: Annotated[Given, text("--from", "DATE", "The posted invoices from this day on.")] = None,
    end: Annotated[Given, text("--to", "DATE", "The posted invoices up to this day.")] = None,
) -> None:
    """Put invoices and credit memos on paper: PDF files, made without a screen. `statement --pdf` does a statement.

    Your company's name, address, tax number, bank and logo are settings: `settings set company-name NAME`. Characters
    that the paper's font lacks are told.

    \b
    Examples:
      calm-desktop pdf INV-000001 --out INV-000001.pdf
      calm-desktop pdf --from 2022-10-01 --to 2022-10-31 --into october
      calm-desktop pdf --run 0b6e0d0e-6f3b-4a53-9d0b-0d8f6d2f5a11 --out all.pdf
    """
    first, last = session.days(start, end)
    named = tuple(called or ())
    one = len(named) == 1 and not (run or account or first or last)
    if (out is None) == (into is None):
        raise WrongUsage("Say where to: --out FILE for one file, or --into FOLDER for a file each.")
    if not (named or run or account or first or last):
        raise WrongUsage("Say what goes on paper: NAME..., --run ID, --account A, or --from and --to.")
    if eml is not None and not (one and out is not None):
        raise WrongUsage("--eml is for one document with --out.")
    from calm_desktop.services import views
    from calm_desktop.services.requests import Look, WantedPapers

    if one and out is not None:
        put_on_paper(session, views.paper, Look(named[0]), out, eml)
        return
    _put_many(session, WantedPapers(named, run or "", account or "", first, last), out, into)


def _put_many(session: Session, wanted: Any, out: str | None, into: str | None) -> None:
    """Write every document that is wanted, to one file or to a file each, and tell what came of it."""
    with session.desk() as desk:
        from calm_desktop.services import care, views

        store = care.name_of(session.where)
        if out is not None:
            keep_off_store(Path(out), "pdf", store)
        found = desk.ask(views.wanted_papers, wanted)
        with answers.progress("Putting on paper") as told:
            files, missing = _printed(desk, found, out, into, store, told)
    pages = sum(each["pages"] for each in files)
    where = out if out is not None else into
    words = (
        f"Documents: {len(files):,}, pages: {pages:,}, in {where}." if files else "There is nothing to put on paper."
    )
    if missing:
        words += f" The font lacks these characters: {missing}"
    rows = [{"Document": each["document"], "File": each["pdf"], "Pages": each["pages"]} for each in files[:MANY]]
    listed = [Sheet("", tuple(rows))] if rows and into is not None else []
    session.answer(
        {"files": files, "count": len(files), "pages": pages, "missing_characters": missing},
        lambda: [*listed, Sheet("", (), words)],
    )


def _printed(
    desk: Desk, names: Sequence[str], out: str | None, into: str | None, store: str, told: answers.Progress | None
) -> tuple[list[dict[str, Any]], str]:
    """Each document with its file and its pages, and the characters that the font lacks."""
    draw_without_screen()
    from calm_desktop.services import views
    from calm_desktop.services.requests import Look
    from calm_desktop.ui import paper_files
    from calm_desktop.ui.app import application
    from calm_desktop.ui.paper import PdfFile, lacking
    from calm_desktop.ui.paper import pages as laid_out
    from calm_desktop.ui.paper_text import content

    application()
    files: list[dict[str, Any]] = []
    missing: set[str] = set()
    folder = paper_files.folder_for_papers(Path(into)) if into is not None else Path()
    with PdfFile() as whole:
        for done, called in enumerate(names, 1):
            shape = desk.ask(views.paper, Look(called))
            path = Path(out) if out is not None else folder / paper_files.file_name(shape)
            if out is not None:
                whole.put(shape)
            else:
                keep_off_store(path, "pdf", store)
                paper_files.write_pdf(shape, path)
            pages = len(laid_out(shape))
            files.append({"document": content(shape).name, "id": called, "pdf": str(path), "pages": pages})
            missing.update(lacking(shape))
            if told is not None:
                told(done, len(names), "Putting on paper")
        if out is not None and files:
            paper_files.write_whole(Path(out), whole.finish())
    return files, "".join(sorted(missing))


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
    if not shape.seller.name:
        words += " It names no seller: `settings set company-name NAME` tells yours."
    if missing:
        words += f" The font lacks these characters: {missing}"
    told = {kind: str(path) for kind, path in files.items()}
    session.answer({**told, "pages": count, "missing_characters": missing}, lambda: [Sheet("", (), words)])
