"""The user's own folders, by each platform's custom."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def data_folder() -> Path:
    """The user's folder for data of this program."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming") / "calm-desktop"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "calm-desktop"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "calm-desktop"
