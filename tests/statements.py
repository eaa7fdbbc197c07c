"""Statements compiled once for all tests of a process, since each test's store would compile them anew."""

from __future__ import annotations

from collections import UserDict
from typing import Any

from sqlalchemy import Connection, Engine, event


class _ForAllStores(UserDict[Any, Any]):
    """Compiled statements by what they say and the kind of database, whichever store asks."""

    def __getitem__(self, key: Any) -> Any:
        return self.data[self._shared(key)]

    def __setitem__(self, key: Any, compiled: Any) -> None:
        self.data[self._shared(key)] = compiled

    def __contains__(self, key: Any) -> bool:
        return self._shared(key) in self.data

    @staticmethod
    def _shared(key: Any) -> Any:
        dialect, *rest = key
        return (dialect.name, *rest)


_COMPILED = _ForAllStores()


def share_compiled_statements() -> None:
    """From now on all stores of this process use one cache: compiling takes a third of a small story's time."""
    event.listen(Engine, "engine_connect", _use_shared)


def _use_shared(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_COMPILED)
