"""Fields of one's own on accounts, products, orders and assets."""

from __future__ import annotations

from typing import Annotated

import typer

from calm_desktop.cli.failures import WrongUsage
from calm_desktop.cli.headings import LISTS
from calm_desktop.cli.session import Session, family, given, needed, verb
from calm_desktop.cli.tables import rows_of
from calm_desktop.cli.words import DryRun, Given, flag, name, text
from calm_desktop.engine.fields import FieldObject, FieldType


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    field = family(app, "field", "Fields of your own on accounts, products, orders and assets.")
    verb(field, "add")(add_field)
    verb(field, "set")(set_field)
    verb(field, "remove")(remove_field)
    verb(field, "list")(list_fields)


Name = Annotated[str, name("NAME", "Which field: its name or its label.")]
On = Annotated[
    Given, text("--on", "OBJECT", "account, product, order or asset; where several have a field of that name.")
]
Label = Annotated[Given, text("--label", "L", "How people read it.")]
Choices = Annotated[list[str] | None, text("--choice", "C", "What can be chosen; more than once, in their order.")]


def add_field(
    session: Session,
    called: Annotated[str, name("NAME", "Letters, digits and underscores; programs see it as NAME__c.")],
    on: Annotated[str, text("--on", "OBJECT", "What has it: account, product, order or asset.")],
    kind: Annotated[str, text("--type", "TYPE", "What it holds: text, number, date, choice or yes-no.")],
    label: Label = None,
    choice: Choices = None,
    required: Annotated[bool, flag("--required", "Each new record needs a value, which cannot be taken away.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Add a field.

    Records say something in it by --field NAME=VALUE of `account`, `product`, `set asset`, `set order` and `sell`.

    \b
    Examples:
      calm-desktop field add Region --on account --type choice --choice West --choice East
      calm-desktop field add Serial_No --on asset --type text --label "Serial number"
    """
    what, holds = session.read.word("on", on, FieldObject), session.read.word("type", kind, FieldType)
    session.read.done()
    from calm_desktop.services import fields
    from calm_desktop.services.requests import AddField

    request = AddField(called, needed(what), needed(holds), label or "", tuple(choice or ()), required)
    _show(session, session.change(fields.add_field, request, dry_run), dry_run)


def set_field(
    session: Session,
    called: Name,
    on: On = None,
    label: Label = None,
    choice: Annotated[
        list[str] | None,
        text("--choice", "C", "All that is offered from now on; what is left out stays where it was chosen."),
    ] = None,
    required: Annotated[bool, flag("--required", "Each new record needs a value from now on.")] = False,
    optional: Annotated[bool, flag("--optional", "It may be empty from now on.")] = False,
    active: Annotated[bool, flag("--active", "Put it into use again.")] = False,
    inactive: Annotated[bool, flag("--inactive", "Put it out of use; what records say in it is kept.")] = False,
    place: Annotated[Given, text("--place", "N", "Its place among the fields of its object, from 1.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Change a field; records keep what they say in it.

    \b
    Example:
      calm-desktop field set Region --choice West --choice East --choice North
    """
    if (required and optional) or (active and inactive):
        raise WrongUsage("Say --required or --optional, --active or --inactive, not both.")
    read = session.read
    what = None if on is None else read.word("on", on, FieldObject)
    at = given(lambda field, value: read.whole(field, value, 1, 10_000), "place", place)
    read.done()
    from calm_desktop.services import fields
    from calm_desktop.services.requests import SetField

    request = SetField(
        called,
        what,
        label,
        None if choice is None else tuple(choice),
        True if required else False if optional else None,
        True if active else False if inactive else None,
        at,
    )
    _show(session, session.change(fields.set_field, request, dry_run), dry_run)


def remove_field(
    session: Session,
    called: Name,
    on: On = None,
    with_values: Annotated[bool, flag("--with-values", "Also remove what records say in it, for good.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Remove a field. Refused where records say something in it: put it out of use, or say --with-values.

    \b
    Examples:
      calm-desktop field set Region --inactive
      calm-desktop field remove Region --with-values
    """
    what = None if on is None else session.read.word("on", on, FieldObject)
    session.read.done()
    from calm_desktop.services import fields
    from calm_desktop.services.requests import RemoveField

    _show(session, session.change(fields.remove_field, RemoveField(called, what, with_values), dry_run), dry_run)


def _show(session: Session, shape: object, dry_run: bool) -> None:
    session.answer(shape, lambda: [rows_of("Field", [shape], LISTS["fields"])], dry_run)


def list_fields(
    session: Session,
    on: Annotated[Given, text("--on", "OBJECT", "Only of accounts, products, orders or assets.")] = None,
) -> None:
    """List the fields, in the order in which they are shown.

    \b
    Example:
      calm-desktop field list --on account
    """
    what = None if on is None else session.read.word("on", on, FieldObject)
    session.read.done()
    from calm_desktop.services import fields

    rows = session.ask(fields.list_fields, what)
    session.answer({"rows": rows, "count": len(rows)}, lambda: [rows_of("", rows, LISTS["fields"], "No fields.")])
