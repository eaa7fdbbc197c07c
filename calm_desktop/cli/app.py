"""The front door of the command line: all verbs by name; without a verb, the window."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import typer
from typer.core import TyperGroup

from calm_desktop import __version__
from calm_desktop.cli import answers, failures
from calm_desktop.cli.session import choosing
from calm_desktop.cli.verbs import (
    catalogue,
    changes,
    door,
    fields,
    imports,
    invoices,
    paper,
    papers,
    reports,
    sales,
    schedules,
    shows,
    store,
    taking_back,
    usage,
    users,
    window,
)
from calm_desktop.engine.problems import Problem

PROGRAM = "calm-desktop"
HELP = """Customer asset lifecycle management: sell, renew and invoice what customers own over time.

Without a verb the window opens. The options below are taken before and after every verb.

NAME is always an id, a number or a name that only one thing has. Days are written YYYY-MM-DD, numbers like 1200.5.

\b
Exit codes:
  0  done
  1  refused, with the problems listed
  2  wrong usage
  3  the store is missing or cannot be opened

\b
Examples:
  calm-desktop --version
  calm-desktop --store s.db init --currency USD
  calm-desktop --store s.db product add "Licence" --code LIC --price 10
  calm-desktop --store s.db sell --create --account Acme --product LIC --quantity 10 \\
      --start 2022-01-01 --term 12
  calm-desktop --store s.db invoice --through 2022-10-15
  calm-desktop --store s.db show account Acme
"""


FAMILIES = (
    store,
    catalogue,
    fields,
    sales,
    changes,
    invoices,
    paper,
    papers,
    taking_back,
    shows,
    reports,
    schedules,
    usage,
    imports,
    door,
    users,
    window,
)


@cache
def front_door() -> TyperGroup:
    """The program with all its verbs, put together once: that takes longer than most of them."""
    app = typer.Typer(
        help=HELP, rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False, no_args_is_help=False
    )
    app.callback(invoke_without_command=True)(choosing(HELP, window.open_window))
    for verbs in FAMILIES:
        verbs.add_to(app)
    command = typer.main.get_command(app)
    assert isinstance(command, TyperGroup)
    return command


def run(arguments: Sequence[str]) -> int:
    """Do what the words of a command line say; answers the exit code."""
    wants_json = "--json" in _before_dashes(arguments)
    if list(arguments) == ["--version"]:
        answers.write(f"{PROGRAM} {__version__}")
        return failures.DONE
    if not _is_text(arguments):
        problem = Problem("bad-text", "", "The command line holds characters that are no text. Write it in UTF-8.")
        return failures.tell([problem], wants_json, failures.REFUSED, failures.NOTHING_CHANGED)
    try:
        code = front_door().main(list(arguments), prog_name=PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        message = f"{error.format_message().rstrip('.')}. {_hint(error)}"
        return failures.tell([Problem("usage", "", message)], wants_json, error.exit_code, "That is no command.")
    except (typer.Abort, KeyboardInterrupt):
        return failures.CANCELLED
    return code if isinstance(code, int) else failures.DONE


def _is_text(arguments: Sequence[str]) -> bool:
    try:
        "".join(arguments).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _before_dashes(arguments: Sequence[str]) -> Sequence[str]:
    return arguments[: list(arguments).index("--")] if "--" in arguments else arguments


def _hint(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    return f"See `{context.command_path if context else PROGRAM} --help`."
