"""Places for stores that several processes share: files, or databases of a server."""

from __future__ import annotations

import os
import shutil
from itertools import count
from pathlib import Path
from typing import Protocol

from tests.postgresql_server import Server


class Places(Protocol):
    """Where stores can be made and copied, each known by what `--store` takes."""

    def new(self) -> str:
        """A place where there is no store yet."""

    def copy(self, store: str) -> str:
        """A copy of a store that nobody has open."""


class Files:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    def new(self) -> str:
        """A file that is not there yet."""
        return str(self._folder / f"store-{next(self._numbers)}.db")

    def copy(self, store: str) -> str:
        """A copy of the file."""
        return str(shutil.copy(store, self.new()))


class Databases:
    """Databases of a server, dropped in the end."""

    _numbers = count()

    def __init__(self, server: Server) -> None:
        self._server = server
        self._made: dict[str, str] = {}

    def new(self) -> str:
        """An empty database."""
        return self._make(None)

    def copy(self, store: str) -> str:
        """A copy of the database."""
        return self._make(self._made[store])

    def _make(self, like: str | None) -> str:
        name = f"place_{os.getpid()}_{next(self._numbers)}"
        self._server.database(name, like).init()
        self._made[self._server.url(name)] = name
        return self._server.url(name)

    def drop(self) -> None:
        """Leave nothing behind."""
        for name in self._made.values():
            self._server.database(name).drop()
