"""Integrations: the REST door with its address, tokens that open it, and webhooks that are told what happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from calm_desktop.engine.problems import Problem
from calm_desktop.engine.reading import Reader
from calm_desktop.services.access import (
    LONGEST_LIFE,
    NewToken,
    TokenShape,
    add_token,
    list_tokens,
    revoke_token,
)
from calm_desktop.services.permissions import Role
from calm_desktop.services.requests import AddToken, RevokeToken
from calm_desktop.services.roles import role_names
from calm_desktop.services.webhooks import (
    AddWebhook,
    NewWebhook,
    WebhookShape,
    add_webhook,
    list_webhooks,
    remove_webhook,
    resume_webhook,
)
from calm_desktop.ui import display, places, theme
from calm_desktop.ui.background import Problems
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import SegmentedControl
from calm_desktop.ui.door import State
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages.asking import AskingPage
from calm_desktop.ui.widgets import (
    Banner,
    Chip,
    FormRow,
    Label,
    Section,
    button,
    choice_field,
    clear,
    line_field,
    rule,
    show_problems,
)

T = TypeVar("T")

CLOSED, OPEN = "Closed", "Open"
PLAIN, TLS = "http", "https"
_NARROW = 110
_TONES = {"in use": "good", "in order": "good", "retrying": "warn", "dead": "bad"}


class Secret(QWidget):
    """A secret that is shown this once: to be read, selected and copied, and put away."""

    def __init__(self, words: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(Label(words, "warn", size=theme.SMALL, wrap=True))
        row = QHBoxLayout()
        row.setSpacing(8)
        self.line = line_field()
        self.line.setReadOnly(True)
        self.line.setAccessibleName(words)
        self.copy_button, self.done_button = button("Copy", icon="copy"), button("Done", "link")
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.line.text()))
        self.done_button.clicked.connect(self.put_away)
        row.addWidget(self.line, 1)
        row.addWidget(self.copy_button)
        row.addWidget(self.done_button)
        column.addLayout(row)
        self.hide()

    def tell(self, secret: str) -> None:
        """Show a secret."""
        self.line.setText(secret)
        self.line.setCursorPosition(0)
        self.show()
        self.copy_button.setFocus()

    def put_away(self) -> None:
        """Forget it."""
        self.line.clear()
        self.hide()


class Listed(QWidget):
    """Rows of a short list: what each is called, what it is, its status, and what can be done with it."""

    def __init__(self, empty: str) -> None:
        super().__init__()
        self._empty = empty
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def show_rows(self, rows: Sequence[tuple[str, str, str, Sequence[tuple[str, Callable[[], object]]]]]) -> None:
        """Show rows of (name, about, status, acts)."""
        clear(self._column)
        if not rows:
            self._column.addWidget(Label(self._empty, "muted"))
        for name, about, status, acts in rows:
            line = QHBoxLayout()
            line.setSpacing(12)
            words = QVBoxLayout()
            words.setSpacing(1)
            words.addWidget(Label(name, weight=theme.MEDIUM, wrap=True))
            words.addWidget(Label(about, "muted", size=theme.SMALL, wrap=True))
            line.addLayout(words, 1)
            line.addWidget(Chip(status, _TONES.get(status, "neutral")), 0, Qt.AlignmentFlag.AlignVCenter)
            for text, act in acts:
                made = button(text, "link")
                made.setAccessibleName(f"{text} {name}")
                made.clicked.connect(lambda _=False, act=act: act())
                line.addWidget(made)
            holder = QWidget()
            line.setContentsMargins(0, 0, 0, 0)
            holder.setLayout(line)
            self._column.addWidget(rule())
            self._column.addWidget(holder)


def _beside(*parts: tuple[QWidget, int]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(12)
    for widget, stretch in parts:
        row.addWidget(widget, stretch, Qt.AlignmentFlag.AlignTop)
    return row


class IntegrationsPage(AskingPage):
    """`calm://integrations`."""

    kinds = frozenset({"settings"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        column = self.scrolled_column()
        for part in (self._door(), self._tokens(), self._webhooks()):
            column.addWidget(part)
        column.addStretch(1)
        if context.door is not None:
            context.door.changed.connect(self.show_door)
        self.show_door()

    # -- the door

    def _door(self) -> Section:
        section = Section("REST door")
        words = (
            "Commerce, quoting and order systems on this machine talk to the store through it, while this window is "
            "open. It stays as it is set here at the next start."
        )
        section.body.addWidget(Label(words, "muted", wrap=True))
        self.switch = SegmentedControl([CLOSED, OPEN])
        self.switch.setAccessibleName("REST door")
        self.switch.chosen.connect(self.choose)
        self.port = line_field(figures=True)
        self.port.setFixedWidth(_NARROW)
        self.scheme = SegmentedControl([PLAIN, TLS])
        self.port_row = FormRow("Port", self.port, "port", "0: any free one")
        row = _beside(
            (FormRow("The door is", self.switch), 0),
            (self.port_row, 0),
            (FormRow("Speaks", self.scheme), 0),
        )
        row.addStretch(1)
        section.body.addLayout(row)
        self.address = Label("", weight=theme.MEDIUM)
        self.certificate = Label("", "muted", size=theme.SMALL, wrap=True)
        for label in (self.address, self.certificate):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy_address = button("Copy", "link")
        self.copy_address.setAccessibleName("Copy the address")
        self.copy_address.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.address.text()))
        line = QHBoxLayout()
        line.addWidget(self.address)
        line.addWidget(self.copy_address)
        line.addStretch(1)
        section.body.addLayout(line)
        section.body.addWidget(self.certificate)
        self.door_note = Banner()
        section.body.addWidget(self.door_note)
        return section

    def choose(self, text: str) -> None:
        """Open or close the door."""
        door = self.context.door
        if door is None:
            return
        if text == CLOSED:
            door.close()
            return
        reader = Reader()
        port = reader.whole("port", self.port.text().strip(), 0, 65535)
        show_problems((self.port_row,), reader.problems)
        if port is None:
            self.switch.set_current(CLOSED)
        else:
            door.open(port, self.scheme.current == TLS)

    def show_door(self) -> None:
        """Show how the door stands."""
        door = self.context.door
        state = State.CLOSED if door is None else door.state
        self.switch.set_current(CLOSED if state is State.CLOSED else OPEN)
        self.switch.setEnabled(state is not State.MOVING)
        for field in (self.port, self.scheme):
            field.setEnabled(state is State.CLOSED)
        if door is None:
            return
        if not self.port.hasFocus():
            self.port.setText(str(door.port))
        self.scheme.set_current(TLS if door.tls else PLAIN)
        self.address.setText(door.url)
        self.copy_address.setVisible(state is State.OPEN)
        trusted = "" if door.certificate is None else f"Clients are to trust the certificate {door.certificate}"
        self.certificate.setText(trusted)
        self.certificate.setVisible(bool(trusted))
        if door.problems:
            self.door_note.tell_problems(door.problems)
        else:
            self.door_note.hide()

    # -- tokens

    def _tokens(self) -> Section:
        section = Section("Tokens")
        words = "Programs show a token to come through the door. The store keeps no token, only a hash of it."
        section.body.addWidget(Label(words, "muted", wrap=True))
        self.token_name = line_field(placeholder="shop")
        self.token_role: QComboBox = choice_field([(_called(Role.INTEGRATOR), Role.INTEGRATOR.value)])
        self.token_days = line_field("365", figures=True)
        self.token_days.setFixedWidth(_NARROW)
        self.token_button = button("Make token", "primary")
        self.token_button.clicked.connect(self.make_token)
        self.token_rows = (
            FormRow("Name", self.token_name, "name"),
            FormRow("Role", self.token_role, "role"),
            FormRow("Good for days", self.token_days, "days"),
        )
        made = FormRow(" ", self.token_button)
        section.body.addLayout(
            _beside((self.token_rows[0], 1), *((each, 0) for each in self.token_rows[1:]), (made, 0))
        )
        self.token_secret = Secret("Copy the token now and keep it well: it is not shown again.")
        self.token_note = Banner()
        self.tokens = Listed("No token yet")
        for widget in (self.token_secret, self.token_note, self.tokens):
            section.body.addWidget(widget)
        return section

    def make_token(self) -> None:
        """Make a token of what is typed."""
        reader = Reader()
        days = reader.whole("days", self.token_days.text().strip(), 1, LONGEST_LIFE)
        if self._wrong(self.token_rows, self.token_note, tuple(reader.problems)) or days is None:
            return
        request = AddToken(self.token_name.text(), str(self.token_role.currentData()), days)

        def made(token: NewToken) -> None:
            self._wrong(self.token_rows, self.token_note, ())
            self.token_name.clear()
            self.token_secret.tell(token.token)

        self._act(partial(self.context.desk.do, add_token, request), made, self.token_rows, self.token_note)

    def _revoke(self, name: str) -> None:
        request = RevokeToken(name)
        self._act(partial(self.context.desk.do, revoke_token, request), lambda _: None, (), self.token_note)

    # -- webhooks

    def _webhooks(self) -> Section:
        section = Section("Webhooks")
        words = (
            "What happens is sent to these addresses in its order, signed, while the door is open. What is not taken "
            "is tried again, with longer and longer pauses."
        )
        section.body.addWidget(Label(words, "muted", wrap=True))
        self.hook_name = line_field(placeholder="shop")
        self.hook_url = line_field(placeholder="https://shop.example/events")
        self.hook_button = button("Add webhook", "primary")
        self.hook_button.clicked.connect(self.add_hook)
        self.hook_rows = (FormRow("Name", self.hook_name, "name"), FormRow("Address", self.hook_url, "url"))
        made = FormRow(" ", self.hook_button)
        section.body.addLayout(_beside((self.hook_rows[0], 1), (self.hook_rows[1], 2), (made, 0)))
        self.hook_secret = Secret("Copy the secret that signs what is sent: it is not shown again.")
        self.hook_note = Banner()
        self.hooks = Listed("No webhook yet")
        for widget in (self.hook_secret, self.hook_note, self.hooks):
            section.body.addWidget(widget)
        return section

    def add_hook(self) -> None:
        """Add a webhook of what is typed; it is told every event."""
        request = AddWebhook(self.hook_name.text(), self.hook_url.text())

        def made(hook: NewWebhook) -> None:
            self._wrong(self.hook_rows, self.hook_note, ())
            self.hook_name.clear()
            self.hook_url.clear()
            self.hook_secret.tell(hook.secret)

        self._act(partial(self.context.desk.do, add_webhook, request), made, self.hook_rows, self.hook_note)

    def _remove(self, name: str) -> None:
        work = partial(self.context.desk.do, remove_webhook, name)
        self._act(work, lambda _: None, (), self.hook_note)

    def _resume(self, name: str) -> None:
        work = partial(self.context.desk.do, resume_webhook, name)
        self._act(work, lambda _: None, (), self.hook_note)

    # -- both

    def load(self, link: Link) -> None:
        self.set_header(Header("Integrations", (("Settings", places.settings()),)))
        self.ask(
            lambda tx, _: (list_tokens(tx), list_webhooks(tx), role_names(tx)),
            None,
            lambda found: self.render_lists(*found),
        )

    def render_lists(self, tokens: Sequence[TokenShape], hooks: Sequence[WebhookShape], roles: Sequence[str]) -> None:
        """Show the tokens, those in use first, the webhooks, and the roles that a token can have."""
        chosen = self.token_role.currentData()
        self.token_role.clear()
        for role in roles:
            self.token_role.addItem(_called(role), role)
        self.token_role.setCurrentIndex(max(self.token_role.findData(chosen), 0))
        used = sorted(tokens, key=lambda each: each.status != "in use")
        self.tokens.show_rows(
            [
                (
                    each.name,
                    f"{each.role}, good until {display.day(each.expires.date())}",
                    each.status,
                    [("Revoke", partial(self._revoke, each.name))] if each.status == "in use" else [],
                )
                for each in used
            ]
        )
        self.hooks.show_rows([(each.name, _about(each), each.status, self._acts(each)) for each in hooks])

    def _acts(self, hook: WebhookShape) -> list[tuple[str, Callable[[], object]]]:
        again = [("Resume", partial(self._resume, hook.name))] if hook.status != "in order" else []
        return [*again, ("Remove", partial(self._remove, hook.name))]

    def _act(self, work: Callable[[], T], done: Callable[[T], object], rows: Sequence[FormRow], note: Banner) -> None:
        def failed(problems: Problems) -> None:
            self._wrong(rows, note, problems)

        self.context.background.run(work, done, failed, write=True, owner=self)

    @staticmethod
    def _wrong(rows: Sequence[FormRow], note: Banner, problems: Sequence[Problem]) -> bool:
        """Show what is wrong; whether anything is."""
        left = show_problems(rows, problems)
        if left:
            note.tell_problems(left)
        else:
            note.hide()
        return bool(problems)


def _about(hook: WebhookShape) -> str:
    events = ", ".join(hook.events) or "every event"
    state = (
        f"{hook.waiting:,} waiting after {display.count(hook.tries, 'try', 'tries')}"
        if hook.tries
        else f"{hook.waiting:,} waiting"
    )
    return f"{hook.url}\n{events} as {hook.role}; {state}" + (f"\n{hook.error}" if hook.error else "")


def _called(role: str) -> str:
    return role.replace("-", " ").capitalize()
