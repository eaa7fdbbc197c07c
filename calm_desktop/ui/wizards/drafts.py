"""Drafts of wizards: plain dataclasses of what was typed, kept as JSON on each change and offered again after a crash.

A draft's fields are texts, booleans, lists of texts, or lists of such dataclasses; each has a default.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass
from datetime import date
from hashlib import sha256
from types import GenericAlias
from typing import Any, TypeVar, get_type_hints

from PySide6.QtCore import QSettings, QTimer

SYNC_MS = 200

Draft = TypeVar("Draft")


def restored(kind: type[Draft], data: Any) -> Draft:
    """The draft that `data` (as from JSON) describes. Raises ValueError where it is not of this kind."""
    hints = get_type_hints(kind)
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if not isinstance(data, dict) or not data.keys() <= known:
        raise ValueError("not a draft of this kind")
    return kind(**{name: _value(hints[name], value) for name, value in data.items()})


def _value(kind: Any, value: Any) -> Any:
    if isinstance(kind, GenericAlias):
        (inner,) = kind.__args__
        if not isinstance(value, list):
            raise ValueError("not a list")
        return [_value(inner, each) for each in value]
    if is_dataclass(kind):
        return restored(kind, value)  # type: ignore[arg-type]
    if not isinstance(value, kind):
        raise ValueError(f"not a {kind.__name__}")
    return value


class DraftKeeper:
    """Keeps one wizard's draft for one store in the settings."""

    def __init__(self, settings: QSettings, store: str, name: str) -> None:
        self._settings = settings
        self._key = f"drafts/{sha256(store.encode()).hexdigest()[:12]}/{name}"
        # A killed process loses at most what was typed in this time.
        self._write = QTimer(singleShot=True, interval=SYNC_MS)
        self._write.timeout.connect(settings.sync)

    def keep(self, draft: Any, day: date) -> None:
        """Keep a draft as it is on a day."""
        self._settings.setValue(self._key, json.dumps({"day": day.isoformat(), "draft": asdict(draft)}))
        self._write.start()

    def kept(self, kind: type[Draft]) -> tuple[Draft, date] | None:
        """The draft kept and its day; None where there is none that can be read."""
        try:
            found = json.loads(str(self._settings.value(self._key, "")))
            return restored(kind, found["draft"]), date.fromisoformat(found["day"])
        except (ValueError, KeyError, TypeError):
            return None

    def forget(self) -> None:
        """There is no draft any more."""
        self._settings.remove(self._key)
        self._write.start()
