"""The window on a desk: its frame is there at once, the pages follow when the desk and their code are ready.

What anyone commits shows in the page in front: commits of this program are told by the desk, those of another process
are noticed by the store's marker, which is asked each second. The roll-up runs when the business day has turned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QSettings, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QWidget

from calm_desktop.ui import places
from calm_desktop.ui.background import Background, Problems
from calm_desktop.ui.command_palette import Command, Hit
from calm_desktop.ui.door import DoorSwitch, Opener
from calm_desktop.ui.links import Link
from calm_desktop.ui.shell import Shell
from calm_desktop.ui.ticker import Ticker

if TYPE_CHECKING:
    from calm_desktop.services.desk import Desk
    from calm_desktop.services.tx import Changed

LOOK_EACH_MS = 1000
WIZARD_COMMANDS = (
    ("sale", "Sell…", "Ctrl+N"),
    ("renewal", "Renew…", "Ctrl+R"),
    ("invoicing", "Run invoices…", "Ctrl+I"),
    ("importing", "Import order files…", "Ctrl+O"),
    ("usage", "Record usage…", ""),
    ("usage-import", "Import usage…", ""),
)
CHANGE_COMMANDS = (
    ("change", "Change an asset…", "Ctrl+Shift+E", ""),
    ("change", "Change a price or discount…", "", "price"),
    ("change", "Move the last day of an asset…", "", "last-day"),
    ("change", "Pause an asset…", "", "pause"),
    ("change", "Resume an asset…", "", "resume"),
    ("change", "Swap, upgrade or downgrade an asset…", "", "swap"),
    ("transfer", "Transfer an asset…", "", ""),
    ("cancel", "Cancel an asset…", "", ""),
)


class MainWindow(Shell):
    """The whole window; `take_desk` fills it. `opened` tells that the first page was asked for."""

    opened = Signal()
    _committed = Signal(object)

    def __init__(
        self, background: Background, settings: QSettings, first: str = "", opener: Opener | None = None
    ) -> None:
        super().__init__(background, self._search, settings)
        self.background = background
        self.door = DoorSwitch(background, settings, opener, self)
        self.desk: Desk | None = None
        self._first = first
        self._pending: list[Changed] = []
        self._marker: int | None = None
        self._stop_listening: Callable[[], None] = lambda: None
        self._committed.connect(self._told)
        self._watch = QTimer(self, interval=LOOK_EACH_MS)
        self._watch.timeout.connect(self._look)
        self._wizards: set[QWidget] = set()
        self._ticker: Ticker | None = None
        self._rules: dict[str, str] = {}
        self._makers: dict[str, Callable[..., QWidget]] = {}
        self.files_dropped.connect(lambda paths: self.start_wizard("importing", files=tuple(paths)))

    def take_desk(self, desk: Desk) -> None:
        """Fill the window: pages, wizards, commands; open the first page."""
        from calm_desktop.ui.context import Context
        from calm_desktop.ui.pages import COMMANDS, PAGES
        from calm_desktop.ui.undo import offer_last_undo
        from calm_desktop.ui.wizards import WIZARDS

        self.desk = desk
        context = Context(
            desk,
            self.background,
            self.settings,
            self,
            self.open_page,
            self.notify,
            self.start_wizard,
            self.stack,
            self.door,
        )
        self._makers = {name: partial(make, context) for name, make in WIZARDS.items()}
        for kind, make in PAGES.items():
            self.register(kind, partial(make, context))
        for name, words, keys in WIZARD_COMMANDS:
            if name in WIZARDS:
                self.add_command(Command(words, partial(self.start_wizard, name), keys))
        for name, words, keys, what in CHANGE_COMMANDS:
            self.add_command(Command(words, partial(self._start_here, name, what), keys))
        self.add_command(Command("Arrange this page", self._arrange, "Ctrl+Shift+A"))
        self.add_command(Command("Undo last change", partial(offer_last_undo, context), "Ctrl+Z"))
        for words, keys, link in COMMANDS:
            self.add_command(Command(words, partial(self.open_page, link), keys))
        self._stop_listening = desk.listen(self._committed.emit)
        self._watch_the_day(desk)
        self._watch.start()
        self._look()
        self._roll_up()
        self.door.take_desk(desk)
        kept = str(self.settings.value("shell/link") or "")
        self.open_page(next((link for link in (self._first, kept) if self._is_place(link)), self._home()))
        self.opened.emit()

    def start_wizard(self, name: str, **preset: Any) -> QWidget | None:
        """Open a wizard in front of the window; None where there is none of this name."""
        make = self._makers.get(name) if self.desk is not None else None
        if make is None:
            return None
        wizard = make(**preset)
        self._wizards.add(wizard)
        wizard.destroyed.connect(lambda: self._wizards.discard(wizard))
        if isinstance(wizard, QDialog):
            wizard.finished.connect(lambda _: self._wizards.discard(wizard))
            wizard.open()
        else:
            wizard.show()
        return wizard

    def _start_here(self, name: str, what: str) -> None:
        """Open a wizard on what the page in front is about."""
        subject = self.page.subject() if self.page is not None else {}
        self.start_wizard(name, **subject, what=what)

    def _arrange(self) -> None:
        if self.page is not None:
            self.page.arrange()

    def close_desk(self) -> None:
        """Close the door, and stop listening and looking."""
        self.door.shut()
        self._watch.stop()
        self._stop_listening()
        self._stop_listening = lambda: None

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.close_desk()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and self._ticker is not None:
            self._ticker.check()

    # -- search

    def _search(self, text: str) -> Sequence[Hit]:
        """Runs beside the window."""
        if text.startswith("calm://"):
            return (Hit("Link", text, "Open this place", text),)
        if self.desk is None:
            return ()
        from calm_desktop.services.views import search

        return [Hit(hit.kind.capitalize(), hit.title, hit.subtitle, hit.link) for hit in self.desk.ask(search, text)]

    # -- commits

    def _told(self, changed: Changed) -> None:
        self._pending.append(changed)
        self._look()

    def _look(self) -> None:
        """Read the marker first, then let pages ask: a commit in between moves the marker once more."""
        desk = self.desk
        if desk is not None:
            self.background.run(desk.database.marker, self._looked, self._blind, slot=(id(self), "marker"), owner=self)

    def _looked(self, marker: int) -> None:
        told, self._pending = self._pending, []
        moved, self._marker = self._marker is not None and marker != self._marker, marker
        if told:
            for changed in told:
                self.refresh(changed)
                if "settings" in changed.kinds and self.desk is not None:
                    self._rules_changed(self.desk)
        elif moved:
            self.refresh(None)

    def _blind(self, problems: Problems) -> None:
        """The store cannot be read now: say it once, and go on looking less often."""
        if self._watch.interval() == LOOK_EACH_MS:
            self._watch.setInterval(10 * LOOK_EACH_MS)
            self.tell_problems(problems)

    # -- the business day

    def _watch_the_day(self, desk: Desk) -> None:
        from calm_desktop.engine.dates import business_date
        from calm_desktop.services.settings import zone

        self._rules = desk.settings
        self._ticker = Ticker(lambda: desk.acting_day or business_date(datetime.now(UTC), zone(self._rules)), self)
        self._ticker.day_turned.connect(self._day_turned)

    def _rules_changed(self, desk: Desk) -> None:
        def take(rules: dict[str, str]) -> None:
            self._rules = rules
            if self._ticker is not None:
                self._ticker.check()

        self.background.run(lambda: desk.settings, take, self.tell_problems, slot=(id(self), "rules"), owner=self)

    def _day_turned(self, day: date) -> None:
        self._roll_up()
        self.today_changed(day)

    def _roll_up(self) -> None:
        desk = self.desk
        if desk is None:
            return
        from calm_desktop.services.requests import Rollup
        from calm_desktop.services.rollup import is_due, roll_up
        from calm_desktop.services.tx import THE_PROGRAM

        desk = desk.acting_for(THE_PROGRAM)

        def run() -> None:
            if desk.ask(is_due, None):
                desk.do(roll_up, Rollup())

        self.background.run(run, lambda _: None, self.tell_problems, write=True, owner=self)

    # -- places

    def _home(self) -> str:
        return "calm://home" if "home" in self._factories else places.accounts()

    def _is_place(self, text: str) -> bool:
        try:
            return Link.parse(text).kind in self._factories
        except ValueError:
            return False
