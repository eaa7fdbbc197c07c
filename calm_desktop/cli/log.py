"""The log of unexpected errors, in the user's own state folder."""

from __future__ import annotations

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
        file = state_folder() / "calm-desktop.log"
        file.parent.mkdir(parents=True, exist_ok=True)
        begin_anew = file.exists() and file.stat().st_size > LIMIT
        with file.open("w" if begin_anew else "a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"--- {datetime.now(UTC).isoformat(timespec='seconds')} {' '.join(sys.argv[1:2])}\n")
            traceback.print_exception(error, file=log)
    except (OSError, RuntimeError):
        return None
    return file
