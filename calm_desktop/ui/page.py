"""What the shell expects of a page.

Write `class AccountPage(Page)`, say `shell.register("account", lambda: AccountPage(desk, background))`, and
`calm://account/Acme?asof=2022-10-15` opens it. The shell makes one page of each kind, when it is first needed, and
calls on the GUI thread:

- `load(link)` whenever a link of its kind is opened, going back and forward included;
- `refresh(changed)` after each commit, with what the use-case says has changed; the page decides whether it matters;
- `today_changed(day)` when the business day turns;
- `focus_filter()` on Ctrl+F.

A page never waits for the store: it asks in the background, then renders. It tells the shell:

- `set_header(Header(...))`: title, crumbs, chips and action buttons, as soon as it knows them;
- `set_link(link)` when the place changes without opening another (a range, an as-of day): history and copies follow;
- `link_requested(text)`: please open that link; `notice_requested(Notice)`: please show a bar;
- `recent_added(title, link)`: a thing worth listing under Recent was shown;
- `as_of_changed(day)`: a person chose an as-of day on this page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractButton, QWidget

from calm_desktop.ui.links import Link


@dataclass(frozen=True)
class Header:
    """What stands above a page. `crumbs` are (text, link), `chips` are (word, tone or None for the word's own)."""

    title: str
    crumbs: tuple[tuple[str, str], ...] = ()
    chips: tuple[tuple[str, str | None], ...] = ()
    buttons: tuple[QAbstractButton, ...] = ()


@dataclass(frozen=True)
class Notice:
    """A bar to show: `tone` is info, good, warn or bad; `buttons` are (text, what to do)."""

    text: str
    tone: str = "info"
    buttons: tuple[tuple[str, Callable[[], object]], ...] = ()


class Page(QWidget):
    """A page of the shell; see the module's text for the agreement between both."""

    header_changed = Signal()
    link_changed = Signal()
    link_requested = Signal(str)
    notice_requested = Signal(object)
    recent_added = Signal(str, str)
    as_of_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.header = Header("")
        self.link: Link | None = None

    def set_header(self, header: Header) -> None:
        """Say what stands above this page; buttons given again are kept, others go."""
        old = self.header.buttons
        self.header = header
        self.header_changed.emit()
        for button in old:
            if button not in header.buttons:
                button.setParent(None)
                button.deleteLater()

    def set_link(self, link: Link) -> None:
        """Say that this page now shows another place of its own kind."""
        self.link = link
        self.link_changed.emit()

    def open(self, link: Link) -> None:
        """Called by the shell: remember the link, then load it."""
        self.link = link
        self.load(link)

    def load(self, link: Link) -> None:
        """Show the place that `link` names. A page without records has nothing to load."""

    def refresh(self, changed: object) -> None:
        """Something was committed: show it where it concerns this page. By default, load again."""
        if self.link is not None:
            self.load(self.link)

    def today_changed(self, day: date) -> None:
        """The business day turned. By default, load again."""
        if self.link is not None:
            self.load(self.link)

    def subject(self) -> dict[str, str]:
        """What a wizard that is started from anywhere is about here: the ids of an `account` and an `asset`."""
        return {}

    def arrange(self) -> None:
        """Let a person arrange what is on the page, where that can be done."""

    def focus_filter(self) -> None:
        """Ctrl+F: put the cursor into the filter, where the page has one."""
