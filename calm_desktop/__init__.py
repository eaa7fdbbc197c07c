"""CALM Desktop: customer asset lifecycle management on a desk.

Scripts and notebooks begin with `from calm_desktop import Desk`: a store, opened, on which the use-cases of
`calm_desktop.services` are done and its views asked, with the requests of `calm_desktop.services.requests`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calm_desktop.services.desk import Desk as Desk

__version__ = "0.5.0"


def __getattr__(name: str) -> object:
    """The desk is loaded when it is asked for: the window shows itself before it needs a store."""
    if name == "Desk":
        from calm_desktop.services.desk import Desk

        return Desk
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
