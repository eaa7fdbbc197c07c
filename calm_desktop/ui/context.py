"""What pages and wizards are handed: the desk, the worker beside it, and the window's doors to other places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QWidget

from calm_desktop.services.desk import Desk
from calm_desktop.ui.background import Background
from calm_desktop.ui.door import DoorSwitch
from calm_desktop.ui.page import Notice


@dataclass(frozen=True)
class Context:
    """Handed to each page and wizard.

    `start_wizard("renewal", assets=("02i...",))` opens a wizard of `wizards.WIZARDS`; `open_link(text)` goes to a
    place; `notify(Notice(...))` shows a bar; `window` is the parent for what stands in front of it. Pages are made
    inside `page_area`: to put a page with all that is on it into the window later would style each widget once more.
    """

    desk: Desk
    background: Background
    settings: QSettings
    window: QWidget
    open_link: Callable[[str], None]
    notify: Callable[[Notice], None]
    start_wizard: Callable[..., object]
    page_area: QWidget | None = None
    door: DoorSwitch | None = None
