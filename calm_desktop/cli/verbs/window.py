"""The window, the sample data in it, and pictures without a screen."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calm_desktop.cli import answers, folders
from calm_desktop.cli.failures import WrongUsage
from calm_desktop.cli.session import Session, given, verb
from calm_desktop.cli.tables import Sheet
from calm_desktop.cli.words import AsOf, Given, flag, name, text

if TYPE_CHECKING:
    from calm_desktop.services.desk import Desk

PICTURED = ("account", "asset", "actions")


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    verb(app, "demo")(demo)
    verb(app, "picture")(picture)


def open_window(session: Session) -> int:
    """The window on the chosen store; the user's own store is made at the first start."""
    if session.json:
        raise WrongUsage("Missing verb: --json needs one to answer to.")
    today = session.today
    from calm_desktop.services.desk import Desk
    from calm_desktop.ui.app import run

    where = session.where
    if where == folders.own_store() and not Path(where).exists():
        Desk.create(where).close()
    with Desk.open(where, today) as desk:
        return run(desk)


def demo(
    session: Session,
    pictures: Annotated[
        Given, text("--pictures", "DIR", "Draw pictures of the main pages into this folder instead; needs no screen.")
    ] = None,
) -> int:
    """Open the window on a throw-away store filled with the sample data.

    \b
    Examples:
      calm-desktop demo
      calm-desktop demo --pictures pictures
    """
    if pictures is None:
        with _sample_desk(session) as desk:
            from calm_desktop.ui.app import run

            return run(desk)
    with _sample_desk(session) as desk:
        from calm_desktop.ui.pictures import main_pages

        files = main_pages(desk, Path(pictures))
    written = [str(file) for file in files]
    session.answer({"pictures": written}, lambda: [Sheet("Pictures", tuple({"": file} for file in written))])
    return 0


@contextmanager
def _sample_desk(session: Session) -> Iterator[Desk]:
    from calm_desktop.services import sample
    from calm_desktop.services.desk import Desk

    with tempfile.TemporaryDirectory(prefix="calm-desktop-", ignore_cleanup_errors=True) as folder:
        desk = Desk.create(Path(folder) / "sample.db", {"currency": "USD"}, session.today)
        with desk:
            answers.say("Filling a throw-away store with the sample data ...")
            sample.fill(desk)
            yield desk


def picture(
    session: Session,
    what: Annotated[str, name("WHAT", "account, asset, or actions (of an asset or account).")],
    called: Annotated[str, name("NAME", "Which one: id, number, or a name that only it has.")],
    out: Annotated[str, text("--out", "FILE", "The picture: .png or .svg.")],
    as_of: AsOf = None,
    dark: Annotated[bool, flag("--dark", "Dark instead of light.")] = False,
    start: Annotated[Given, text("--from", "DATE", "Only from this day on.")] = None,
    end: Annotated[Given, text("--to", "DATE", "Only up to this day.")] = None,
) -> None:
    """Draw a picture of a page, without a screen.

    \b
    Example:
      calm-desktop picture account Acme --out acme.png --dark
    """
    if what not in PICTURED:
        raise WrongUsage(f"There is no `picture {what}`. There are: {', '.join(PICTURED)}.")
    read = session.read
    day, first, last = given(read.day, "as-of", as_of), given(read.day, "from", start), given(read.day, "to", end)
    if Path(out).suffix.lower() not in (".png", ".svg"):
        read.wrong("bad-out", "out", f"out: {out!r} must end in .png or .svg.")
    if first and last and last < first:
        read.wrong("end-before-start", "to", f"to: {last} is before {first}. Give a day on or after it.")
    with session.desk() as desk:
        from calm_desktop.ui.pictures import picture as draw

        draw(desk, what, called, Path(out), as_of=day, dark=dark, start=first, end=last)
    session.answer({"picture": out}, lambda: [Sheet("", (), f"The picture is in {out}.")])
