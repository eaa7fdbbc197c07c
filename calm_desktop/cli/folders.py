"""Where the program keeps things when it is not told: the user's own folders, by each platform's custom."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from calm_desktop.services.folders import data_folder

STORE_NAME = "calm.db"


def store_for(chosen: str | None) -> str:
    """The store to work on: the one chosen, else that of $CALM_STORE, else the one in the user's data folder."""
    return chosen or os.environ.get("CALM_STORE") or own_store()


def own_store() -> str:
    """The store in the user's data folder."""
    return str(data_folder() / STORE_NAME)


def state_folder() -> Path:
    """The user's folder for what a program keeps beside its data, its log above all."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "calm-desktop"
    if sys.platform == "darwin":
        return home / "Library" / "Logs" / "calm-desktop"
    return Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "calm-desktop"
