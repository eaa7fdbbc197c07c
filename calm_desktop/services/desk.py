"""The desk: one store, opened; every change goes through `do`, every look through `ask`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar, cast
from uuid import uuid4

from sqlalchemy import Connection

from calm_desktop.engine.dates import business_date
from calm_desktop.services import settings
from calm_desktop.services.tx import AT_THE_DESK, EVERY_KIND, Caller, Cancelled, Changed, Progress, Tx, quiet
from calm_desktop.store import copies
from calm_desktop.store.database import Database, create, open_database

__all__ = ["Cancelled", "Changed", "Desk", "Progress", "Tx"]

Request = TypeVar("Request")
Result = TypeVar("Result")


class _TakenBack(Exception):
    """Ends the transaction of a preview, with its result."""

    def __init__(self, result: object) -> None:
        super().__init__()
        self.result = result


class Desk:
    """One store and the day on which one acts; may be used from several threads.

    Examples:
        >>> desk = Desk.create("sqlite://", {"currency": "EUR"}, today=date(2022, 1, 1))
        >>> desk.settings["currency"]
        'EUR'
    """

    def __init__(self, database: Database, today: date | None = None, caller: Caller = AT_THE_DESK) -> None:
        self._database = database
        self._today = today
        self._caller = caller
        self._listeners: list[Callable[[Changed], None]] = []

    @classmethod
    def open(cls, where: str | Path, today: date | None = None) -> Desk:
        """Open a store (a file or a database URL), acting as if it were `today`. Raises `StoreFault`."""
        return cls(open_database(where), today)

    @classmethod
    def create(cls, where: str | Path, rules: Mapping[str, str] | None = None, today: date | None = None) -> Desk:
        """Make a new store with these rules of the business. Raises `StoreFault`, or `Refused` for a bad rule."""
        kept = {key: settings.normal(key, value) for key, value in (rules or {}).items()}
        database = create(where)
        database.change(
            lambda db: settings.write(db, {key: kept.get(key, rule.default) for key, rule in settings.RULES.items()})
        )
        return cls(database, today)

    @property
    def database(self) -> Database:
        """The store itself, for its care."""
        return self._database

    @property
    def settings(self) -> dict[str, str]:
        """The rules of the business."""
        with self._database.read() as db:
            return settings.load(db)

    @property
    def today(self) -> date:
        """The day on which one acts: the given one, else the business date in the organisation's time zone."""
        return self._today or self._day(self.settings, datetime.now(UTC))

    @property
    def acting_day(self) -> date | None:
        """The day that was given to act on; None where it is the business date."""
        return self._today

    def do(
        self,
        use_case: Callable[[Tx, Request], Result],
        request: Request,
        *,
        override: str = "",
        progress: Progress | None = None,
        request_id: str = "",
    ) -> Result:
        """Run a use-case in one transaction and tell the listeners. Raises `Refused`, `Fault`, `Cancelled`.

        Its events bear the `request_id`; one is made up where none is given.
        """

        def work(db: Connection) -> tuple[Result, Changed]:
            tx = self._tx(db, override, progress, request_id)
            tx.safeguard = partial(copies.automatic_backup, self._database)
            return use_case(tx, request), tx.changed()

        result, changed = self._database.change(work)
        self._tell(changed)
        return result

    def preview(
        self,
        use_case: Callable[[Tx, Request], Result],
        request: Request,
        *,
        override: str = "",
        progress: Progress | None = None,
    ) -> Result:
        """What `do` would answer and store: the same function, whose transaction is taken back."""

        def work(db: Connection) -> Result:
            tx = self._tx(db, override, progress)
            tx.previewing = True
            raise _TakenBack(use_case(tx, request))

        try:
            return self._database.change(work)
        except _TakenBack as end:
            return cast("Result", end.result)

    def ask(self, view: Callable[[Tx, Request], Result], request: Request) -> Result:
        """A snapshot: everything that the view reads is from one moment."""
        with self._database.read() as db:
            return view(self._tx(db, "", None), request)

    def on(self, day: date) -> Desk:
        """A desk on the same store that acts as if it were `day`; it is not to be closed."""
        return Desk(self._database, day, self._caller)

    def acting_for(self, caller: Caller) -> Desk:
        """This desk as another who acts has it: same store, same day, same listeners; it is not to be closed."""
        desk = Desk(self._database, self._today, caller)
        desk._listeners = self._listeners
        return desk

    def listen(self, listener: Callable[[Changed], None]) -> Callable[[], None]:
        """Have `listener` told of each commit, on the thread that made it; the answer ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell_all(self) -> None:
        """Tell the listeners that anything may have changed: the store is another one than before."""
        self._tell(Changed(EVERY_KIND, frozenset(), str(uuid4())))

    def close(self) -> None:
        """Let go of the store."""
        self._database.close()

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _tell(self, changed: Changed) -> None:
        for listener in tuple(self._listeners):
            listener(changed)

    def _tx(self, db: Connection, override: str, progress: Progress | None, request_id: str = "") -> Tx:
        now = datetime.now(UTC)
        rules, has_fields = settings.load_all(db)
        day = self._today or self._day(rules, now)
        asked = override.strip(), progress or quiet
        made_for = request_id or str(uuid4())
        return Tx(db, day, now, rules, made_for, *asked, caller=self._caller, has_fields=has_fields)

    @staticmethod
    def _day(rules: Mapping[str, str], now: datetime) -> date:
        return business_date(now, settings.zone(rules))
