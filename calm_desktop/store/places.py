"""Where a store is: a file, a database server, or memory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from calm_desktop.engine.problems import StoreFault

_SECRET = re.compile("://.*@")
"""What may hold a password in a text that is no URL."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a store: its name for people (without a password), its file, or its URL on a server.

    Neither a file nor a URL means a store in memory.
    """

    name: str
    path: Path | None = None
    url: URL | None = None


def place_of(where: str | Path) -> Place:
    """What `where` means: a path, or any URL of SQLAlchemy. A `StoreFault` where it is neither."""
    if isinstance(where, Path) or "://" not in where:
        path = Path(where).expanduser()
        return Place(str(path), path)
    try:
        url = make_url(where)
    except (ArgumentError, ValueError):
        url = None
    if url is None or "@" in (url.host or ""):
        # What was read of it may end in the midst of a password, so the cause is not told either.
        raise StoreFault(
            f"{_SECRET.sub('://***@', where)} is no URL of a database. Write it as dialect://user:password@host/name; "
            "in a password, @ is written %40, / is %2F and : is %3A."
        )
    if url.get_backend_name() != "sqlite":
        shown = url.difference_update_query(("password",))
        return Place(shown.render_as_string(hide_password=True), url=url)
    if url.database in (None, "", ":memory:"):
        return Place("the store in memory")
    return Place(str(url.database), Path(str(url.database)))
