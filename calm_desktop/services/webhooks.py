"""Webhooks: addresses that events are sent to, in order and at least once, and how far each has come.

What is sent is signed by the rules of Standard Webhooks: `webhook-signature` is `v1,` and the HMAC-SHA256, in base64,
of `webhook-id`, `webhook-timestamp` and the body, parted by dots. The key is what stands behind `whsec_`, in base64.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, Select, func, or_, select

from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services.boundary import use_case, view
from calm_desktop.services.outbox import NAMES, newest
from calm_desktop.services.permissions import Permission, Role
from calm_desktop.services.roles import known_role
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take

LONGEST_URL = 2000
MOST_TRIES = 48
"""Tries of one event, over about a day and a half, after which a webhook is dead until somebody resumes it."""

LONGEST_PAUSE = timedelta(hours=1)
"""Between two tries; the first pause is a second, and each is twice as long as the one before."""

LONGEST_WAIT = 8.0
"""Seconds that a target may take to answer."""

LONGEST_ROUND, ROUND = 3.0, 50
"""Seconds after which a round of deliveries ends, and its most events: what is told again after a crash is no more."""

LOOK = 2.0
"""Seconds after which there is looked for webhooks that are due again."""

_LEASE = timedelta(seconds=15)
"""How long one process has a webhook for itself: longer than any round."""

_hooks = tables.webhook.c


@dataclass(frozen=True, slots=True)
class AddWebhook:
    """An address to send events to: all of them, or those that are named, as the role sees them."""

    name: str
    url: str
    events: tuple[str, ...] = ()
    role: str = Role.INTEGRATOR.value


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """What `webhook add` answers: the secret that signs what is sent is told this once."""

    secret: str
    name: str
    url: str
    events: tuple[str, ...]
    role: str


@dataclass(frozen=True, slots=True)
class WebhookShape:
    """A webhook: `replay_id` is the last event that it took, `waiting` how many are on their way.

    `status` is in order, retrying or dead; `error` says why the last try failed.
    """

    name: str
    url: str
    events: tuple[str, ...]
    role: str
    status: str
    replay_id: int
    waiting: int
    tries: int
    last_told: datetime | None
    next_try: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where and what a webhook is to be told next."""

    number: int
    name: str
    url: str
    names: tuple[str, ...]
    role: str
    secret: str
    place: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a round: the last event that was taken, and why the next one was not, empty where all were.

    `gone` says that the target wants nothing any more.
    """

    number: int
    place: int
    error: str = ""
    gone: bool = False


@use_case(Permission.ACCESS)
def add_webhook(tx: Tx, request: AddWebhook) -> NewWebhook:
    """Add a webhook, which is told what happens from now on.

    Refuses a name that is in use, an address that is neither https nor this machine, and unknown events or roles.
    """
    name, url = request.name.strip(), request.url.strip()
    problems = text_problems(tables.webhook, {"name": name})
    if not name:
        problems.append(Problem("missing-name", "name", "A webhook needs a name, by which it is removed."))
    if reason := _why_not(url):
        problems.append(Problem("bad-url", "url", reason))
    problems.extend(
        Problem("unknown-event", "event", f"There is no event {each!r}. There are: {', '.join(NAMES)}.")
        for each in request.events
        if each not in NAMES
    )
    role = known_role(tx, request.role, problems)
    if name and _open(tx, name) is not None:
        words = f"There is a webhook {name!r} already. Remove it first, or take another name."
        problems.append(Problem("webhook-exists", "name", words))
    refuse_if(problems)
    events = tuple(each for each in NAMES if each in request.events)
    secret = "whsec_" + base64.b64encode(token_bytes(32)).decode()
    row = {"id": take(tx.db, "webhook"), "name": name, "url": url, "events": ",".join(events), "role": role}
    state = {"made_at": tx.now, "place": newest(tx), "tries": 0, "error": ""}
    tx.db.execute(tables.webhook.insert().values(**row, **state, secret=secret))
    tx.touch("settings")
    return NewWebhook(secret, name, url, events, role)


@view(Permission.ACCESS)
def list_webhooks(tx: Tx, _: object = None) -> tuple[WebhookShape, ...]:
    """Every webhook that was not removed, in the order in which they were added."""
    rows = tx.db.execute(select(tables.webhook).where(_hooks.removed_at.is_(None)).order_by(_hooks.id))
    return tuple(_shape(tx, row) for row in rows.all())


@use_case(Permission.ACCESS)
def remove_webhook(tx: Tx, name: str) -> WebhookShape:
    """Remove a webhook; it is told nothing from now on. Refuses a name that none has."""
    row = _wanted(tx, name)
    shown = _shape(tx, row)
    tx.db.execute(tables.webhook.update().where(_hooks.id == row.id).values(removed_at=tx.now, secret=""))
    tx.touch("settings")
    return shown


@use_case(Permission.ACCESS)
def resume_webhook(tx: Tx, name: str) -> WebhookShape:
    """Have a webhook, dead or waiting, tried again now from where it stands. Refuses a name that none has."""
    row = _wanted(tx, name)
    tx.db.execute(tables.webhook.update().where(_hooks.id == row.id).values(tries=0, due_at=None, dead_at=None))
    tx.touch("settings")
    return _shape(tx, _wanted(tx, name))


def due(tx: Tx, _: object = None) -> tuple[Target, ...]:
    """The webhooks that may be told something now."""
    return tuple(map(_target, tx.db.execute(_living(tx).order_by(_hooks.id))))


def claim(tx: Tx, number: int) -> Target | None:
    """Have a webhook for oneself while a round is told, so that two processes keep its order; None where another has.

    A claim that its process did not live to give back ends by itself.
    """
    row = tx.db.execute(_living(tx).where(_hooks.id == number)).one_or_none()
    if row is None:
        return None
    tx.db.execute(tables.webhook.update().where(_hooks.id == number).values(due_at=tx.now + _LEASE))
    return _target(row)


def delivered(tx: Tx, request: Delivered) -> Target | None:
    """Keep what became of a round; after too many tries of one event the webhook is dead.

    The answer is the webhook as it may be told more now, None where it may not.
    """
    mine = _hooks.id == request.number
    row = tx.db.execute(select(tables.webhook).where(mine, _hooks.removed_at.is_(None))).one_or_none()
    if row is None:
        return None
    moved = request.place > row.place
    tries = 0 if moved else row.tries
    values: dict[str, Any] = {"place": max(row.place, request.place), "error": request.error[:500], "due_at": None}
    if moved:
        values["told_at"] = tx.now
    if request.error:
        tries += 1
        is_dead = tries >= MOST_TRIES or request.gone
        values |= {"dead_at": tx.now} if is_dead else {"due_at": tx.now + pause_after(tries)}
    if request.error or row.tries:
        tx.touch("settings")
    tx.db.execute(tables.webhook.update().where(mine).values(tries=tries, **values))
    left = tx.db.execute(_living(tx).where(mine)).one_or_none()
    return None if left is None else _target(left)


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many tries of one event."""
    return min(timedelta(seconds=2 ** min(tries - 1, 20)), LONGEST_PAUSE)


def signed(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature of a message, as `webhook-signature` bears it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()


def _why_not(url: str) -> str:
    """Why events cannot be sent to an address; nothing where they can."""
    wrong = "Give an address such as https://shop.example/events; http only on this machine, as http://127.0.0.1:8000."
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return wrong
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return wrong
    if parts.username is not None or parts.password is not None:
        return "An address bears no user and password. What is sent is signed."
    if parts.fragment or not host or port == 0:
        return wrong
    if parts.scheme == "https" or (parts.scheme == "http" and _is_here(host)):
        return ""
    return wrong


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _living(tx: Tx) -> Select[Any]:
    is_due = or_(_hooks.due_at.is_(None), _hooks.due_at <= tx.now)
    return select(tables.webhook).where(_hooks.removed_at.is_(None), _hooks.dead_at.is_(None), is_due)


def _target(row: Row[Any]) -> Target:
    return Target(row.id, row.name, row.url, _names(row), row.role, row.secret, row.place)


def _names(row: Row[Any]) -> tuple[str, ...]:
    return tuple(filter(None, row.events.split(",")))


def _open(tx: Tx, name: str) -> Row[Any] | None:
    query = select(tables.webhook).where(_hooks.name == name, _hooks.removed_at.is_(None))
    return tx.db.execute(query).one_or_none()


def _wanted(tx: Tx, name: str) -> Row[Any]:
    row = _open(tx, name.strip())
    if row is None:
        words = f"There is no webhook {name!r}. `webhook list` shows those that there are."
        raise Refused(Problem("unknown-webhook", "name", words))
    return row


def _shape(tx: Tx, row: Row[Any]) -> WebhookShape:
    events, names = tables.event.c, _names(row)
    query = select(func.count()).select_from(tables.event).where(events.id > row.place)
    waiting = tx.db.scalar(query.where(events.name.in_(names)) if names else query) or 0
    status = "dead" if row.dead_at else "retrying" if row.tries else "in order"
    state = (row.place, waiting, row.tries, row.told_at, row.due_at, row.error)
    return WebhookShape(row.name, row.url, names, row.role, status, *state)
