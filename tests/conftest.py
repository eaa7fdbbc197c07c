"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published cases and real files beside the checkout, or where `CALM_SHARED` says."""
    folder = Path(os.environ.get("CALM_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"needs the published cases in {folder} (or name their folder in CALM_SHARED)")
    return folder
