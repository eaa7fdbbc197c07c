"""Passwords: from the environment or a file for scripts, else asked for at the terminal without being shown."""

from __future__ import annotations

import os
import sys
from getpass import getpass
from pathlib import Path

from calm_desktop.engine.problems import Problem, Refused

KNOWN, NEW = "CALM_PASSWORD", "CALM_NEW_PASSWORD"


def known(user: str) -> str:
    """The password by which a user signs in: $CALM_PASSWORD, else asked for."""
    given = os.environ.get(KNOWN)
    if given is not None:
        return given
    _refuse_without_terminal(f"Put the password of {user} into ${KNOWN}, or call the program at a terminal.")
    return getpass(f"Password of {user}: ")


def new(user: str, file: str | None) -> str:
    """A password to be set: the first line of a file, else $CALM_NEW_PASSWORD, else asked for twice."""
    if file is not None:
        try:
            return Path(file).read_text("utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            words = f"password-file: {file} cannot be read. Name a text file whose first line is the password."
            raise Refused(Problem("bad-file", "password-file", words)) from error
    given = os.environ.get(NEW)
    if given is not None:
        return given
    _refuse_without_terminal(f"Name a file with --password-file, put the new password into ${NEW}, or use a terminal.")
    first = getpass(f"New password of {user}: ")
    if getpass("Once more: ") != first:
        raise Refused(Problem("passwords-differ", "password", "The passwords differ. Try again."))
    return first


def _refuse_without_terminal(way_out: str) -> None:
    if not sys.stdin.isatty():
        raise Refused(Problem("no-password", "password", f"A password is needed. {way_out}"))
