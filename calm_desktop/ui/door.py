"""The REST door as the window has it: opened and closed by a switch, and so again at the next start."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QSettings, Signal

from calm_desktop.engine.problems import Problem
from calm_desktop.services.desk import Desk
from calm_desktop.ui.background import Background, Problems

FIRST_PORT = 8930
_ON, _PORT, _TLS = "door/on", "door/port", "door/tls"
_MISSING = Problem("no-door", "", "This window was opened without a door.")


class OpenDoor(Protocol):
    """A door that is open."""

    url: str
    certificate: Path | None

    def close(self) -> None:
        """Close it."""


Opener = Callable[[Desk, int, bool], OpenDoor]
"""Opens the door of a desk on a port, 0 for any free one, with TLS or without; answers when it is open."""


class State(StrEnum):
    """How the door stands."""

    CLOSED = "closed"
    MOVING = "moving"
    OPEN = "open"


class DoorSwitch(QObject):
    """Opens and closes the door, off the window's thread. `changed` tells that it stands otherwise than before."""

    changed = Signal()

    def __init__(
        self, background: Background, settings: QSettings, opener: Opener | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._background, self._settings, self._opener = background, settings, opener
        self._desk: Desk | None = None
        self._door: OpenDoor | None = None
        self._moving = False
        self.problems: Problems = ()

    @property
    def state(self) -> State:
        """How it stands now."""
        return State.MOVING if self._moving else State.CLOSED if self._door is None else State.OPEN

    @property
    def url(self) -> str:
        """Its address while it is open."""
        return "" if self._door is None else self._door.url

    @property
    def certificate(self) -> Path | None:
        """The file of the certificate that clients are to trust."""
        return None if self._door is None else self._door.certificate

    @property
    def port(self) -> int:
        """The port that was chosen last."""
        text = str(self._settings.value(_PORT) or "")
        return int(text) if text.isdigit() and int(text) <= 65535 else FIRST_PORT

    @property
    def tls(self) -> bool:
        """Whether TLS was chosen last."""
        return str(self._settings.value(_TLS)) == "on"

    def take_desk(self, desk: Desk) -> None:
        """The desk to serve; the door is opened where it was open last time."""
        self._desk = desk
        if str(self._settings.value(_ON)) == "on":
            self._open()

    def open(self, port: int, tls: bool) -> None:
        """Open the door, now and at each start."""
        self._settings.setValue(_PORT, str(port))
        self._settings.setValue(_TLS, "on" if tls else "off")
        self._settings.setValue(_ON, "on")
        self._open()

    def close(self) -> None:
        """Close the door, and leave it closed at the next start."""
        self._settings.setValue(_ON, "off")
        door, self._door = self._door, None
        if door is not None and not self._moving:
            self._move()
            self._background.run(door.close, lambda _: self._stands(None), self._failed, owner=self)

    def shut(self) -> None:
        """Close the door because the program ends, and wait for it."""
        door, self._door = self._door, None
        if door is not None:
            door.close()

    def _open(self) -> None:
        desk, opener = self._desk, self._opener
        if desk is None or opener is None:
            self._failed((_MISSING,))
        elif self._door is None and not self._moving:
            self._move()
            port, tls = self.port, self.tls
            self._background.run(lambda: opener(desk, port, tls), self._stands, self._failed, owner=self)

    def _move(self) -> None:
        self._moving, self.problems = True, ()
        self.changed.emit()

    def _stands(self, door: OpenDoor | None) -> None:
        self._moving, self._door = False, door
        self.changed.emit()

    def _failed(self, problems: Problems) -> None:
        self._moving, self.problems = False, tuple(problems)
        self.changed.emit()
