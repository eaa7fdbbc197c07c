"""Mappings that a user has saved under a name: files in the user's data folder, as `--map` reads them."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.formats.mapping import Mapping, load_mapping, parse_mapping
from calm_desktop.services.folders import data_folder
from calm_desktop.services.requests import ImportFiles


def mapping_of(request: ImportFiles) -> Mapping | None:
    """The mapping that an import is read by. Raises `Refused` for one that cannot be read."""
    if request.document:
        return parse_mapping(request.document)
    return load_mapping(Path(request.mapping)) if request.mapping else None


def mappings_folder() -> Path:
    """The folder of mappings that were saved."""
    return data_folder() / "mappings"


def saved_mappings() -> tuple[Path, ...]:
    """The mappings that were saved, by their names."""
    return tuple(sorted(mappings_folder().glob("*.json")))


def save_mapping(document: dict[str, Any], target: Path | None = None) -> Path:
    """Save a mapping to a file, for want of another one to that of its name among those saved, and answer where it is.

    The file is whole or as before. Raises `Refused` for a mapping with mistakes and where it cannot be written.
    """
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    mapping = parse_mapping(text)
    path = target or mappings_folder() / f"{file_name(mapping.name)}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".part", delete=False) as part:
            part.write(text)
        Path(part.name).replace(path)
    except OSError as error:
        words = f"The mapping cannot be saved: {error.strerror or error}. Choose another file."
        raise Refused(Problem("mapping-not-saved", "map", words, path.name)) from error
    return path


def file_name(name: str) -> str:
    """A mapping's name as that of a file on every platform."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "mapping"
