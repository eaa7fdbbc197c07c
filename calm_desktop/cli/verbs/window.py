"""The window, the sample data in it, and pictures without a screen."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calm_desktop.cli import folders, log
from calm_desktop.cli.failures import WrongUsage
from calm_desktop.cli.session import Session, given, verb
from calm_desktop.cli.tables import Sheet
from calm_desktop.cli.words import AsOf, Given, flag, name, text
from calm_desktop.engine.problems import Fault
from calm_desktop.services.folders import data_folder

if TYPE_CHECKING:
    from calm_desktop.api.serving import OpenDoor
    from calm_desktop.services.desk import Desk

PICTURED = ("account", "asset", "actions", "report", "paper")


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    verb(app, "demo")(demo)
    verb(app, "picture")(picture)


def open_window(session: Session) -> int:
    """The window on the chosen store; the user's own store is made at the first start."""
    if session.json:
        raise WrongUsage("Missing verb: --json needs one to answer to.")
    today, where = session.today, session.where

    def opened() -> Desk:
        from calm_desktop.services.desk import Desk
        from calm_desktop.services.tx import Door

        if where == folders.own_store() and not Path(where).exists():
            return Desk.create(where, today=today, door=Door.WINDOW)
        return Desk.open(where, today, Door.WINDOW)

    return _in_window(opened)


def _in_window(opened: Callable[[], Desk]) -> int:
    """The window, which is shown first and then opens its desk."""
    if _has_no_screen() and "QT_QPA_PLATFORM" not in os.environ:
        raise Fault("There is no screen to open the window on. `picture` and `demo --pictures DIR` draw without one.")
    log.listen()
    from calm_desktop.ui.app import run

    return run(opened, opener=_open_door)


def _open_door(desk: Desk, port: int, tls: bool) -> OpenDoor:
    """The REST door of the window's desk, on this machine alone."""
    from calm_desktop.api.serving import Door, open_door

    return open_door(desk, Door(port=port, tls=tls), data_folder())


def _has_no_screen() -> bool:
    return sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def draw_without_screen() -> None:
    """Have Qt draw in memory, and keep to itself what it cannot do there; to be called before Qt is loaded."""
    if _has_no_screen():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")


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
    today = session.today
    with tempfile.TemporaryDirectory(prefix="calm-desktop-", ignore_cleanup_errors=True) as folder:
        store = Path(folder) / "sample.db"
        if pictures is None:
            return _in_window(lambda: _sample_desk(store, today))
        with _sample_desk(store, today) as desk:
            draw_without_screen()
            from calm_desktop.ui.pictures import main_pages

            files = main_pages(desk, Path(pictures))
    written = [str(file) for file in files]
    session.answer({"pictures": written}, lambda: [Sheet("Pictures", tuple({"File": file} for file in written))])
    return 0


def _sample_desk(store: Path, today: date | None) -> Desk:
    """A new store with the sample data."""
    from calm_desktop.services import sample
    from calm_desktop.services.desk import Desk
    from calm_desktop.services.tx import Door

    desk = Desk.create(store, {"currency": "USD"}, today, Door.WINDOW)
    sample.fill(desk)
    return desk


def picture(
    session: Session,
    what: Annotated[
        str, name("WHAT", "account, asset, actions (of an asset or account), report, or paper (an invoice's).")
    ],
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
      calm-desktop picture report mrr-movements --out movements.png
    """
    if what not in PICTURED:
        raise WrongUsage(f"There is no `picture {what}`. There are: {', '.join(PICTURED)}.")
    read = session.read
    day, (first, last) = given(read.day, "as-of", as_of), session.days(start, end)
    if Path(out).suffix.lower() not in (".png", ".svg"):
        read.wrong("bad-out", "out", f"out: {out!r} must end in .png or .svg.")
    with session.desk() as desk:
        draw_without_screen()
        from calm_desktop.ui.pictures import picture as draw

        draw(desk, what, called, Path(out), as_of=day, dark=dark, start=first, end=last)
    session.answer({"picture": out}, lambda: [Sheet("", (), f"The picture is in {out}.")])
