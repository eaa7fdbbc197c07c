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
from calm_desktop.engine.problems import Bug, Problem
from calm_desktop.services import settings
from calm_desktop.services.field_access import masked
from calm_desktop.services.permissions import EVERYTHING
from calm_desktop.services.roles import rights_of
from calm_desktop.services.tx import AT_THE_DESK, EVERY_KIND, Caller, Cancelled, Changed, Door, Progress, Tx, quiet
from calm_desktop.services.users import Attempts, NotSignedIn, has_users, sign_in
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
        self._attempts = Attempts()

    @classmethod
    def open(cls, where: str | Path, today: date | None = None, door: Door = Door.PYTHON) -> Desk:
        """Open a store (a file or a database URL), acting as if it were `today`. Raises `StoreFault`."""
        return cls(open_database(where), today, Caller(door=door))

    @classmethod
    def create(
        cls,
        where: str | Path,
        rules: Mapping[str, str] | None = None,
        today: date | None = None,
        door: Door = Door.PYTHON,
    ) -> Desk:
        """Make a new store with these rules of the business. Raises `StoreFault`, or `Refused` for a bad rule."""
        kept = {key: settings.normal(key, value) for key, value in (rules or {}).items()}
        database = create(where)
        database.change(
            lambda db: settings.write(db, {key: kept.get(key, rule.default) for key, rule in settings.RULES.items()})
        )
        return cls(database, today, Caller(door=door))

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
            return _let_out(tx, use_case(tx, request)), tx.changed()

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
            raise _TakenBack(_let_out(tx, use_case(tx, request)))

        try:
            return self._database.change(work)
        except _TakenBack as end:
            return cast("Result", end.result)

    def ask(self, view: Callable[[Tx, Request], Result], request: Request) -> Result:
        """A snapshot: everything that the view reads is from one moment."""
        with self._database.read() as db:
            tx = self._tx(db, "", None)
            return _let_out(tx, view(tx, request))

    def on(self, day: date) -> Desk:
        """A desk on the same store that acts as if it were `day`; it is not to be closed."""
        return Desk(self._database, day, self._caller)

    @property
    def caller(self) -> Caller:
        """Who acts."""
        return self._caller

    @property
    def asks_who(self) -> bool:
        """Whether the store has users, and nobody has said yet who is at the desk."""
        with self._database.read() as db:
            return not self._caller.name and has_users(db)

    def sign_in(self, name: str, password: str) -> None:
        """Say who is at the desk from now on. Refuses a wrong password, and after three of them tries too soon."""
        with self._database.read() as db:
            self._caller = sign_in(db, name, password, self._caller.door, self._attempts)

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
        rules, has_fields, asks = settings.load_all(db)
        if asks and not self._caller.name:
            words = (
                "This store has users. Say who you are: --user NAME, with the password asked for or in $CALM_PASSWORD."
            )
            raise NotSignedIn(Problem("INSUFFICIENT_ACCESS", "user", words))
        rights = EVERYTHING if not self._caller.name else rights_of(db, self._caller.role)
        day = self._today or self._day(rules, now)
        asked = override.strip(), progress or quiet
        made_for = request_id or str(uuid4())
        return Tx(db, day, now, rules, made_for, *asked, caller=self._caller, rights=rights, has_fields=has_fields)

    @staticmethod
    def _day(rules: Mapping[str, str], now: datetime) -> date:
        return business_date(now, settings.zone(rules))


def _let_out(tx: Tx, result: Result) -> Result:
    """A result on its way out of a transaction: of one who may not do everything, only what came in through a gate."""
    if tx.rights is not EVERYTHING and not tx.entered:
        raise Bug("what was asked of the desk is neither a use-case nor a view")
    return masked(result, tx.rights)
