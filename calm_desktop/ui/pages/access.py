"""Who may do and see what: users, what roles may do, and which fields they do not see, each with a form beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.reading import Reader
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import AddUser, SetFieldAccess, SetRole, SetUser
from calm_desktop.services.roles import (
    Access,
    FieldAccessShape,
    RoleShape,
    list_field_access,
    list_roles,
    set_field_access,
    set_role,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.users import UserShape, add_user, list_users, set_user
from calm_desktop.ui import places
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages.asking import AskingPage
from calm_desktop.ui.pages.forms import Form, SidePanel
from calm_desktop.ui.pages.tabbed import TabbedSections
from calm_desktop.ui.record_model import Column, ColumnKind
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import FormRow, Label, button, choice_field, line_field

TITLE = "Users and roles"
_YES_NO = (("Yes", "yes"), ("No", "no"))
_ACCESS = tuple((each.value.capitalize(), each.value) for each in Access)
USERS = (
    Column("name", "User", attrgetter("name"), width=180),
    Column("role", "Role", attrgetter("role"), width=140),
    Column("created", "Since", lambda row: row.created.date(), ColumnKind.DATE, 120),
)
ROLES = (
    Column("role", "Role", attrgetter("role"), width=140),
    Column("permission", "Permission", attrgetter("permission"), width=260),
    Column("allowed", "Allowed", attrgetter("allowed"), width=100),
)
FIELDS = (
    Column("role", "Role", attrgetter("role"), width=140),
    Column("field", "Field", attrgetter("field"), width=170),
    Column("access", "Access", attrgetter("access"), width=100),
    Column("meaning", "What it is", attrgetter("meaning"), width=360),
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whether a role has a permission: yes or no."""

    role: str
    permission: str
    allowed: str


@dataclass(frozen=True, slots=True)
class Everybody:
    """All that the page shows."""

    users: tuple[UserShape, ...]
    roles: tuple[RoleShape, ...]
    fields: tuple[FieldAccessShape, ...]


class AccessPage(AskingPage):
    """`calm://access`."""

    kinds = frozenset({"settings", "field"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        settings = context.settings
        self.users = RecordTable(
            USERS, attrgetter("name"), "access/users", settings, noun="user", empty="No users: nobody is asked"
        )
        self.roles = RecordTable(ROLES, attrgetter("role", "permission"), "access/roles", settings, noun="permission")
        self.fields = RecordTable(FIELDS, attrgetter("role", "field"), "access/fields", settings, noun="field")
        self.user_form = Form(context, "User", "Save user", self._user_wish, "")
        self.user_form.insert_above(
            Label("The first user must be an admin. From then on everybody is asked who they are.", "muted", wrap=True)
        )
        password = line_field(placeholder="Of a user there is: as it was")
        password.setEchoMode(QLineEdit.EchoMode.Password)
        self.user_form.add(FormRow("Name", line_field(), "name"))
        self.user_form.add(FormRow("Role", line_field(placeholder="rep"), "role"))
        self.user_form.add(FormRow("Password", password, "password"))
        self.role_form = Form(context, "Permission of a role", "Set permission", _role_wish, "")
        self.role_form.add(FormRow("Role", line_field(), "role", "A new name makes a role"))
        self.role_form.add(FormRow("Permission", choice_field([(each, each) for each in Permission]), "permission"))
        self.role_form.add(FormRow("Allowed", choice_field(_YES_NO), "allowed"))
        self.field_form = Form(context, "Field of a role", "Set access", _field_wish, "")
        self.field_form.add(FormRow("Role", line_field(), "role"))
        self.field_form.add(FormRow("Field", line_field(placeholder=Protected.UNIT_PRICE.value), "field"))
        self.field_form.add(FormRow("Access", choice_field(_ACCESS), "access"))
        self.forms = (self.user_form, self.role_form, self.field_form)
        self.tabs = TabbedSections(
            (("users", "Users", self.users), ("roles", "Roles", self.roles), ("fields", "Fields", self.fields))
        )
        self.tabs.tab_changed.connect(lambda _: self._show_form())
        self.panel = SidePanel(*self.forms)
        self.audit_button = button("Audit trail")
        self.audit_button.clicked.connect(lambda: self.go(places.audit()))
        for table, form in zip((self.users, self.roles, self.fields), self.forms, strict=True):
            table.selection_changed.connect(lambda _, table=table, form=form: _fill(table, form))
        row = QHBoxLayout(self.content)
        row.setContentsMargins(28, 2, 28, 18)
        row.setSpacing(14)
        row.addWidget(self.tabs, 1)
        row.addWidget(self.panel)
        self.panel.show()
        self._show_form()

    def load(self, link: Link) -> None:
        def answer(tx: Tx, _: None) -> Everybody:
            return Everybody(list_users(tx), list_roles(tx), list_field_access(tx))

        self.ask(answer, None, self.render_everybody)

    def render_everybody(self, shown: Everybody) -> None:
        """Show users, roles and fields."""
        self.users.set_rows(shown.users)
        self.roles.set_rows(
            [
                Allowed(role.name, permission, "yes" if permission in role.allowed else "no")
                for role in shown.roles
                for permission in (*role.allowed, *role.denied)
            ]
        )
        self.fields.set_rows(shown.fields)
        self.set_header(Header(TITLE, (("Settings", places.settings()), (TITLE, "")), (), (self.audit_button,)))

    def focus_filter(self) -> None:
        """Ctrl+F."""
        (self.users, self.roles, self.fields)[self.tabs.keys.index(self.tabs.current)].focus_filter()

    def _show_form(self) -> None:
        for key, form in zip(self.tabs.keys, self.forms, strict=True):
            form.setVisible(key == self.tabs.current)

    def _user_wish(self, typed: Mapping[str, str], _: Reader) -> tuple[Any, Any]:
        name, password = typed["name"].strip(), typed["password"]
        if any(row.name == name for row in self.users.rows()):
            return set_user, SetUser(name, typed["role"], password or None)
        return add_user, AddUser(name, typed["role"], password)


def _role_wish(typed: Mapping[str, str], _: Reader) -> tuple[Any, SetRole]:
    chosen = (typed["permission"],)
    return set_role, SetRole(typed["role"], *((chosen, ()) if typed["allowed"] == "yes" else ((), chosen)))


def _field_wish(typed: Mapping[str, str], _: Reader) -> tuple[Any, SetFieldAccess]:
    return set_field_access, SetFieldAccess(typed["role"], typed["field"], typed["access"])


def _fill(table: RecordTable, form: Form) -> None:
    """What is chosen in a table stands in its form, to be changed."""
    rows: Sequence[Any] = table.selected_rows()
    if len(rows) == 1 and not form.typed:
        form.fill({row.name: str(getattr(rows[0], row.name, "")) for row in form.rows})
