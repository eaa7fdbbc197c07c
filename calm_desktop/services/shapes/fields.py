"""Fields of one's own: their definitions, and how records carry what they say in them."""

from __future__ import annotations

from dataclasses import dataclass

from calm_desktop.engine.fields import FieldValue

FieldsTold = dict[str, FieldValue | None]
"""What a record says in its fields, by name, in their order; empty where none is defined."""


@dataclass(frozen=True, slots=True)
class FieldShape:
    """A field of one's own; `values` counts the records that say something in it, `retired` are choices of before."""

    id: str
    object: str
    name: str
    api_name: str
    label: str
    type: str
    choices: tuple[str, ...]
    retired: tuple[str, ...]
    required: bool
    active: bool
    values: int
