"""The log of unexpected errors, in the user's own state folder."""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from calm_desktop.cli.folders import state_folder

LIMIT = 1_000_000
"""Bytes after which the log begins anew."""


def keep(error: BaseException) -> Path | None:
    """Write the details of `error` to the log; answers its file, or None where it cannot be written."""
    try:
        file = _log_file()
        begin_anew = file.exists() and file.stat().st_size > LIMIT
        with file.open("w" if begin_anew else "a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"--- {datetime.now(UTC).isoformat(timespec='seconds')} {' '.join(sys.argv[1:2])}\n")
            traceback.print_exception(error, file=log)
    except (OSError, RuntimeError):
        return None
    return file


def listen() -> None:
    """Have all that the window logs written to the log; where that cannot be, nothing is kept."""
    try:
        handler: logging.Handler = logging.FileHandler(_log_file(), encoding="utf-8", delay=True)
    except (OSError, RuntimeError):
        handler = logging.NullHandler()
    logging.basicConfig(handlers=[handler], level=logging.WARNING, format="--- %(asctime)s %(name)s %(message)s")


def _log_file() -> Path:
    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "calm-desktop.log"
