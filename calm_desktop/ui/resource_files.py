"""Where the style sheet and the icons lie: in the package `calm_desktop.resources`, or beside it in a source checkout."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path


@cache
def _folder() -> Traversable:
    try:
        return resources.files("calm_desktop.resources")
    except ModuleNotFoundError:
        return Path(__file__).parents[2] / "resources"


@cache
def text(name: str) -> str:
    """The text of the resource file `name`; raises FileNotFoundError when the installation lacks it."""
    return (_folder() / name).read_text("utf-8")
