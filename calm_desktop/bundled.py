"""The files that come with the program, found alike in a source checkout, an editable install and a wheel."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent


def resource(name: str = "") -> Path:
    """The path of a file of the window and the help (`icons/renew.svg`); no name: their folder.

    Raises `FileNotFoundError` where there is none.
    """
    return _find("resources", name)


def font() -> Traversable:
    """The file of the one font, in which the window and all papers are lettered."""
    return files("fontpkg_inter") / "files" / "Inter[opsz,wght].ttf"


def sample(name: str = "") -> Path:
    """The path of a sample order file, mapping or story (`orders.csv`); no name: their folder.

    Raises `FileNotFoundError` where there is none.
    """
    return _find("sample_data", name)


def _find(folder: str, name: str) -> Path:
    try:
        base = Path(str(files(f"calm_desktop.{folder}")))
    except ModuleNotFoundError:  # nothing is installed: the folders stand beside the package
        base = _CHECKOUT / folder
    return (base / name).resolve(strict=True)
