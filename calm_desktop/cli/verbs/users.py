"""Who may do and see what: users, roles and field access; and who did what: the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from calm_desktop.cli import list_files, passwords
from calm_desktop.cli.session import Session, family, given, verb
from calm_desktop.cli.tables import Sheet, facts, rows_of
from calm_desktop.cli.words import CsvFile, DryRun, Given, flag, name, text

if TYPE_CHECKING:
    from calm_desktop.services.users import UserShape

PasswordFile = Annotated[
    Given, text("--password-file", "FILE", "Take the password from a file's first line; else $CALM_NEW_PASSWORD.")
]
_USER = {"Name": "name", "Role": "role", "Since": "created"}
_AUDIT = {
    "When": "at",
    "Who": "who",
    "Role": "role",
    "Door": "door",
    "What": "use_case",
    "Records": "records",
    "Before": "before",
    "After": "after",
    "Nr": "id",
}


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    users = family(app, "user", "People who say who they are; where there is none, nobody is asked.")
    verb(users, "add")(add_user)
    verb(users, "list")(list_users)
    verb(users, "set")(set_user)
    verb(users, "remove")(remove_user)
    roles = family(app, "role", "What roles may do.")
    verb(roles, "list")(list_roles)
    verb(roles, "set")(set_role)
    access = family(app, "field-access", "Which fields a role does not see, or may only read.")
    verb(access, "list")(list_field_access)
    verb(access, "set")(set_field_access)
    verb(app, "audit")(audit)


def add_user(
    session: Session,
    called: Annotated[str, name("NAME", "What the user is called, and signs in as.")],
    role: Annotated[str, text("--role", "R", "rep, finance, integrator, admin, read-only, or one that was made.")],
    password_file: PasswordFile = None,
    dry_run: DryRun = False,
) -> None:
    """Add a user. From the first one on, who must be an admin, everybody has to say who they are.

    The password is asked for without being shown, or taken from a file or $CALM_NEW_PASSWORD.

    \b
    Examples:
      calm-desktop --store s.db user add ada --role admin
      calm-desktop --store s.db user add rob --role rep --password-file rob.txt --user ada
    """
    from calm_desktop.services import users
    from calm_desktop.services.requests import AddUser

    password = passwords.new(called, password_file)
    _show_user(session, session.change(users.add_user, AddUser(called, role, password), dry_run), dry_run)


def list_users(session: Session) -> None:
    """Every user.

    \b
    Example:
      calm-desktop user list --user ada
    """
    from calm_desktop.services import users

    rows = session.ask(users.list_users, None)
    words = "There is none: nobody is asked who they are."
    session.answer({"rows": rows, "count": len(rows)}, lambda: [rows_of("Users", rows, _USER, words)])


def set_user(
    session: Session,
    called: Annotated[str, name("NAME", "The user.")],
    role: Annotated[Given, text("--role", "R", "The role from now on.")] = None,
    new_password: Annotated[bool, flag("--password", "Set another password, which is asked for.")] = False,
    password_file: PasswordFile = None,
    dry_run: DryRun = False,
) -> None:
    """Give a user another role or another password.

    \b
    Example:
      calm-desktop user set rob --role finance --user ada
    """
    from calm_desktop.services import users
    from calm_desktop.services.requests import SetUser

    asks = new_password or password_file is not None
    password = passwords.new(called, password_file) if asks else None
    _show_user(session, session.change(users.set_user, SetUser(called, role, password), dry_run), dry_run)


def remove_user(session: Session, called: Annotated[str, name("NAME", "The user.")], dry_run: DryRun = False) -> None:
    """Remove a user; what the user did stays in the audit trail.

    \b
    Example:
      calm-desktop user remove rob --user ada
    """
    from calm_desktop.services import users
    from calm_desktop.services.requests import RemoveUser

    _show_user(session, session.change(users.remove_user, RemoveUser(called), dry_run), dry_run)


def _show_user(session: Session, shape: UserShape, dry_run: bool) -> None:
    told = {"Name": shape.name, "Role": shape.role, "Since": shape.created}
    session.answer(shape, lambda: [facts("User", told)], dry_run)


def list_roles(session: Session) -> None:
    """Every role with what it may do.

    \b
    Example:
      calm-desktop role list
    """
    from calm_desktop.services import roles

    rows = session.ask(roles.list_roles, None)
    columns = {"Role": "name", "May": "allowed"}
    session.answer({"rows": rows, "count": len(rows)}, lambda: [rows_of("Roles", rows, columns)])


def set_role(
    session: Session,
    called: Annotated[str, name("NAME", "The role; a new name makes one.")],
    allow: Annotated[list[str] | None, text("--allow", "P", "A permission that it has from now on.")] = None,
    deny: Annotated[list[str] | None, text("--deny", "P", "A permission that it no longer has.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Allow a role permissions and deny it others; a role that there is not is made. `role list` names them all.

    \b
    Example:
      calm-desktop role set support --allow "See records" --allow "Record usage"
    """
    from calm_desktop.services import roles
    from calm_desktop.services.requests import SetRole

    request = SetRole(called, tuple(allow or ()), tuple(deny or ()))
    shape = session.change(roles.set_role, request, dry_run)
    told = {"Role": shape.name, "May": shape.allowed, "May not": shape.denied}
    session.answer(shape, lambda: [facts("Role", told)], dry_run)


def list_field_access(
    session: Session, role: Annotated[Given, text("--role", "R", "Of this role alone.")] = None
) -> None:
    """How much of each field that can be protected each role has: hide, read or edit.

    \b
    Example:
      calm-desktop field-access list --role rep
    """
    from calm_desktop.services import roles

    rows = session.ask(roles.list_field_access, role or "")
    columns = {"Role": "role", "Field": "field", "Access": "access", "What it is": "meaning"}
    session.answer({"rows": rows, "count": len(rows)}, lambda: [rows_of("Field access", rows, columns)])


def set_field_access(
    session: Session,
    role: Annotated[str, name("ROLE", "The role.")],
    field: Annotated[str, name("FIELD", "Such as unit-price or balance; one of your own like account.Region.")],
    access: Annotated[str, name("ACCESS", "hide, read or edit.")],
    dry_run: DryRun = False,
) -> None:
    """Hide a field from a role, let it read the field alone, or change it too.

    A hidden field is nowhere: in no table, picture, paper, report, file, answer or event that the role gets.

    \b
    Examples:
      calm-desktop field-access set rep balance hide
      calm-desktop field-access set rep unit-price read
    """
    from calm_desktop.services import roles
    from calm_desktop.services.requests import SetFieldAccess

    shape = session.change(roles.set_field_access, SetFieldAccess(role, field, access), dry_run)
    told = {"Role": shape.role, "Field": shape.field, "Access": shape.access, "What it is": shape.meaning}
    session.answer(shape, lambda: [facts("Field access", told)], dry_run)


def audit(
    session: Session,
    who: Annotated[Given, text("--who", "NAME", "Only what this user or token did.")] = None,
    since: Annotated[Given, text("--since", "DATE", "Only from this day on.")] = None,
    until: Annotated[Given, text("--until", "DATE", "Only up to this day.")] = None,
    words: Annotated[Given, text("--text", "WORDS", "Only rows that hold every one of these words.")] = None,
    csv: CsvFile = None,
) -> None:
    """Who did what, when, through which door, with before and after; the newest first.

    \b
    Examples:
      calm-desktop audit --since 2026-01-01 --text set_price
      calm-desktop audit --who rob --csv rob.csv
    """
    read = session.read
    first, last = given(read.day, "since", since), given(read.day, "until", until)
    files = list_files.asked_for(read, csv, None)
    read.done()
    from calm_desktop.services.requests import FindAudit
    from calm_desktop.services.shapes import AuditRow
    from calm_desktop.services.views.audit import list_audit

    rows = session.ask(list_audit, FindAudit(who or "", first, last, words or ""))
    written = list_files.write(files, "Audit", rows, session, AuditRow)

    def sheets() -> list[Sheet]:
        if files:
            return [list_files.said(files, len(rows))]
        return [rows_of("Audit", rows, _AUDIT, "Nothing was changed.")]

    session.answer({"rows": rows, "count": len(rows), **written}, sheets)
