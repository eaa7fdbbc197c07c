"""What a page can be made of, and the layout that a person made of it: words and numbers only, no widgets.

A page has a registry of `Component`s. Its layout is a row of `Placed` ones, which flow from left to right and from top
to bottom over twelve columns. Layouts are kept as text; one that cannot be read is as if there were none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

COLUMNS = 12
VERSION = 1
Options = Mapping[str, str]


class Width(IntEnum):
    """How many of the twelve columns a component takes."""

    QUARTER = 3
    THIRD = 4
    HALF = 6
    TWO_THIRDS = 8
    FULL = 12

    @property
    def words(self) -> str:
        """For people."""
        return self.name.capitalize().replace("_", " ")


class Height(StrEnum):
    """How high a component is; what that is in pixels depends on its `Shape`."""

    SMALL = "small"
    NORMAL = "normal"
    TALL = "tall"

    @property
    def words(self) -> str:
        """For people."""
        return self.value.capitalize()


NO_LIMIT = 16_777_215
"""Pixels: as high as a widget can be."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a kind of component may be sized.

    `pixels` are the least and the most of each height; without any it is as high as it needs. `stretch` is its part of
    the room that is left over.
    """

    widths: tuple[Width, ...]
    pixels: Mapping[Height, tuple[int, int]] = field(default_factory=dict)
    stretch: int = 0

    @property
    def heights(self) -> tuple[Height, ...]:
        """The heights that can be chosen."""
        return tuple(self.pixels)


_WIDE = (Width.THIRD, Width.HALF, Width.TWO_THIRDS, Width.FULL)
FIGURE = Shape((Width.QUARTER, Width.THIRD, Width.HALF))
BAR = Shape((Width.FULL,))
FACTS = Shape((Width.HALF, Width.TWO_THIRDS, Width.FULL))
CHART = Shape(_WIDE, {Height.SMALL: (200, 230), Height.NORMAL: (250, 340), Height.TALL: (420, 640)}, 3)
LIST = Shape(_WIDE, {Height.SMALL: (190, 230), Height.NORMAL: (260, NO_LIMIT), Height.TALL: (480, NO_LIMIT)}, 4)
TABLES = Shape(
    (Width.TWO_THIRDS, Width.FULL), {Height.NORMAL: (300, NO_LIMIT), Height.TALL: (620, NO_LIMIT)}, 4
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen of a component: from (words, value) pairs, or free text where there are none."""

    name: str
    title: str
    values: tuple[tuple[str, str], ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """A part that a page can be made of.

    `make` answers its widget. One that asks the store itself says what by `asks`, shows the answer by `renders`, and
    asks again after a change of `kinds`; another one is rendered by its page from the page's own snapshot, of which it
    needs `parts`. `many` may be placed several times; one that is `needed` cannot be removed.
    """

    key: str
    title: str
    says: str
    group: str
    shape: Shape
    usual: Width
    make: Callable[[], Any]
    asks: Callable[[Options], tuple[Callable[..., Any], Any]] | None = None
    renders: Callable[[Any, Options, Any], object] | None = None
    kinds: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    choices: tuple[Choice, ...] = ()
    many: bool = False
    needed: bool = False

    def placed(self, width: Width | None = None, height: Height = Height.NORMAL, **options: str) -> Placed:
        """This component with a place of its own; in its usual width unless told."""
        return Placed(self.key, width or self.usual, height, options)


@dataclass(frozen=True, slots=True)
class Placed:
    """A component of a layout: its key, how big it is, and what was chosen of it."""

    key: str
    width: Width
    height: Height = Height.NORMAL
    options: Options = field(default_factory=dict)


Layout = tuple[Placed, ...]


def layout_text(layout: Sequence[Placed]) -> str:
    """A layout as it is kept."""
    parts = [
        {
            "key": each.key,
            "width": each.width.name.lower(),
            "height": each.height.value,
            **({"options": dict(each.options)} if each.options else {}),
        }
        for each in layout
    ]
    return json.dumps({"version": VERSION, "parts": parts})


def read_layout(text: str, known: Mapping[str, Component], default: Layout) -> Layout:
    """The layout that a text keeps; the default where it cannot be read.

    What is unknown, or placed twice without need, is left out; a size that is not to be had becomes the usual one; what
    the page cannot be without comes first.
    """
    try:
        kept = json.loads(text)
        parts = kept["parts"] if kept["version"] == VERSION else None
    except (ValueError, TypeError, KeyError):
        return default
    if not isinstance(parts, list):
        return default
    layout: list[Placed] = []
    for part in parts:
        placed = _placed(part, known)
        if placed is not None and (known[placed.key].many or placed.key not in {each.key for each in layout}):
            layout.append(placed)
    if parts and not layout:
        return default
    there = {each.key for each in layout}
    missing = [each for each in default if known[each.key].needed and each.key not in there]
    return (*missing, *layout)


def _placed(part: object, known: Mapping[str, Component]) -> Placed | None:
    component = known.get(str(part.get("key"))) if isinstance(part, dict) else None
    if component is None or not isinstance(part, dict):
        return None
    widths = {each.name.lower(): each for each in component.shape.widths}
    heights = {each.value: each for each in component.shape.heights}
    options = part.get("options")
    chosen = {choice.name for choice in component.choices}
    kept = options if isinstance(options, dict) else {}
    return Placed(
        component.key,
        widths.get(str(part.get("width")), component.usual),
        heights.get(str(part.get("height")), Height.NORMAL),
        {str(name): str(value) for name, value in kept.items() if name in chosen},
    )
