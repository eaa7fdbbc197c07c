"""How an answer leaves the program: one JSON document or calm tables on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calm_desktop.cli.tables import Sheet

Progress = Callable[[int, int | None, str], None]


def write_json(value: object) -> None:
    """Write one JSON document; letters beyond ASCII are escaped, so that every terminal and pipe takes it."""
    from calm_desktop.services.wire import to_json

    sys.stdout.write(json.dumps(to_json(value), indent=2) + "\n")


def write_json_rows(rows: Iterable[object], **more: object) -> None:
    """Write the JSON document `{"rows": [...], ...}`, row after row: none is held longer than it takes to write it."""
    from calm_desktop.services.wire import to_json

    between = '{\n  "rows": ['
    for row in rows:
        text = json.dumps(to_json(row), indent=2)
        sys.stdout.write(between + "\n    " + text.replace("\n", "\n    "))
        between = ","
    sys.stdout.write("\n  ]" if between == "," else between + "]")
    for name, value in more.items():
        sys.stdout.write(f",\n  {json.dumps(name)}: {json.dumps(to_json(value))}")
    sys.stdout.write("\n}\n")


def write(words: str) -> None:
    """A line of an answer, on stdout."""
    sys.stdout.write(f"{_writable(words, sys.stdout.encoding)}\n")


def say(words: str) -> None:
    """A line for people, on stderr."""
    sys.stderr.write(f"{_writable(words, sys.stderr.encoding)}\n")


def write_sheets(sheets: list[Sheet]) -> None:
    """Write tables to read: as wide as the terminal, or as wide as they need where they go to a file or a pipe."""
    from rich.console import Console

    from calm_desktop.cli.tables import drawn

    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = Console(
        file=sys.stdout, width=None if sys.stdout.isatty() else 10_000, markup=False, highlight=False, emoji=False
    )
    for sheet in sheets:
        for part in drawn(sheet):
            console.print(part)


@contextmanager
def progress(what: str, things: str = "") -> Iterator[Progress | None]:
    """Tells how far long work is, by a bar on stderr; None where `what` is empty or nobody looks at a terminal.

    Of work that counts `things` ("rows") it tells how many pass in a second, too.
    """
    if not what or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from calm_desktop.services.pace import Pace

    left = TextColumn("{task.fields[pace]}") if things else TimeRemainingColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), left)
    with Bar(*columns, console=Console(stderr=True, markup=False), transient=True) as bar:
        task, pace = bar.add_task(what, total=None, pace=""), Pace(things)

        def told(done: int, total: int | None, doing: str) -> None:
            words = pace.words(done, total, doing, monotonic()) if things else ""
            bar.update(task, completed=done, total=total, description=doing or what, pace=words)

        yield told


def _writable(words: str, encoding: str | None) -> str:
    """`words` without what the stream cannot take, and without characters that steer a terminal."""
    calm = "".join(
        letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in words
    )
    return calm.encode(encoding or "utf-8", "replace").decode(encoding or "utf-8")


def confirmed(question: str, yes: bool) -> bool:
    """Whether the user says yes: by `yes` in advance, or when asked at a terminal. Without a terminal it is no."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}
