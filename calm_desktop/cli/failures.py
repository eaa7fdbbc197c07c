"""What goes wrong, told in plain words or as JSON, with the exit code that scripts rely on; never a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

import typer

from calm_desktop.cli import answers
from calm_desktop.engine.problems import Fault, Problem, Refused, StoreFault

NOTHING_CHANGED = "Refused; nothing was changed."
DONE, REFUSED, WRONG_USAGE, NO_STORE, CANCELLED = 0, 1, 2, 3, 130


class WrongUsage(typer.TyperException):
    """Options that do not go together, or one that is missing; the message says which."""

    exit_code = WRONG_USAGE
    ctx: typer.Context | None = None


def told(act: Callable[[], int | None], json: bool, stored: Callable[[], bool]) -> int:
    """The exit code of `act`; what it raises is told on the way.

    `stored` says whether a change had been committed when a user cancelled.
    """
    try:
        code = act() or DONE
        sys.stdout.flush()
        return code
    except typer.TyperException:
        raise
    except Refused as refused:
        return tell(refused.problems, json, REFUSED, NOTHING_CHANGED)
    except StoreFault as fault:
        return tell([Problem("store", "store", str(fault))], json, NO_STORE, "The store cannot be used.")
    except Fault as fault:
        return tell([Problem("fault", "", str(fault))], json, REFUSED, "That did not work.")
    except KeyboardInterrupt:
        words = "What was asked for had been stored already." if stored() else "Nothing was stored."
        return tell([Problem("cancelled", "", words)], json, CANCELLED, "Cancelled.")
    except BrokenPipeError:
        # Whoever read the answer has gone (`| head`): nothing more can be said, not even by Python as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:  # noqa: BLE001 - the last door: a bug is told in words and kept in the log
        return tell([_bug(error)], json, REFUSED, "That did not work.")


def tell(problems: Sequence[Problem], json: bool, code: int, heading: str) -> int:
    """Tell problems, as JSON on stdout or as words on stderr; answers `code`."""
    if json:
        answers.write_json({"problems": [_as_json(problem) for problem in problems]})
    else:
        answers.say(heading)
        for problem in problems:
            answers.say(f"  - {_in_words(problem)}")
    return code


def _as_json(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "field": problem.field,
        "message": problem.message,
        "place": problem.place,
        "overridable": problem.overridable,
    }


def _in_words(problem: Problem) -> str:
    place = f" ({problem.place})" if problem.place else ""
    way_out = " To go on nevertheless, add --override REASON." if problem.overridable else ""
    return f"{problem.message}{place}{way_out}"


def _bug(error: Exception) -> Problem:
    """A problem that says where the details of an unexpected error are, after writing them there."""
    from calm_desktop.cli import log

    file = log.keep(error)
    where = f"The details are in {file}." if file else "The details could not be written to a log file."
    return Problem("bug", "", f"CALM Desktop made a mistake, and what you asked for was not finished. {where}")
