"""Use of assets: recorded, corrected, imported."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from calm_desktop.cli.session import Session, family, needed, verb
from calm_desktop.cli.tables import usage_import_sheets, usage_sheets
from calm_desktop.cli.words import DryRun, Given, name, text


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    usage = family(app, "usage", "Use of assets that are billed by it.")
    verb(usage, "add")(add_usage)
    verb(usage, "correct")(correct_usage)
    verb(usage, "import")(import_usage)


def add_usage(
    session: Session,
    asset: Annotated[str, text("--asset", "X", "Which asset was used: id, number or name.")],
    at: Annotated[
        str, text("--at", "TIME", "When: a day, or a time such as 2022-01-31T14:30, with or without an offset.")
    ],
    quantity: Annotated[str, text("--quantity", "N", "How much was used.")],
    key: Annotated[str, text("--key", "K", "What it is known by: the same use twice counts once.")],
    dry_run: DryRun = False,
) -> None:
    """Record use of an asset; an invoice run bills it when its period is over.

    \b
    Example:
      calm-desktop usage add --asset AST-000001 --at 2022-01-31T14:30 --quantity 12.5 --key call-4711
    """
    moment, amount = session.read.moment("at", at), session.read.quantity("quantity", quantity)
    session.read.done()
    from calm_desktop.services import usage
    from calm_desktop.services.requests import AddUsage

    result = session.change(usage.add_usage, AddUsage(asset, needed(moment), needed(amount), key), dry_run)
    session.answer(result, lambda: usage_sheets(result), dry_run)


def correct_usage(
    session: Session,
    key: Annotated[str, text("--key", "K", "Which record.")],
    quantity: Annotated[str, text("--quantity", "N", "What it should have said; 0 takes it back.")],
    reason: Annotated[str, text("--reason", "WHY", "Why it is corrected.")],
    asset: Annotated[Given, text("--asset", "X", "Of which asset, where several have a record with this key.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Correct a usage record; what is billed already is adjusted on the next invoice.

    \b
    Example:
      calm-desktop usage correct --key call-4711 --quantity 10 --reason "counted twice"
    """
    amount = session.read.number("quantity", quantity, 6, "10 or 2.5")
    session.read.done()
    from calm_desktop.services import usage
    from calm_desktop.services.requests import CorrectUsage

    request = CorrectUsage(key, needed(amount), reason, asset or "")
    result = session.change(usage.correct_usage, request, dry_run)
    session.answer(result, lambda: usage_sheets(result), dry_run)


def import_usage(
    session: Session,
    file: Annotated[str, name("FILE", "A CSV file with the columns asset, at, quantity, key; or JSON lines.")],
    dry_run: DryRun = False,
) -> int:
    """Import usage records: judged whole before anything is stored; the same file twice adds nothing.

    \b
    Example:
      calm-desktop usage import use.csv --dry-run
    """
    from calm_desktop.services import usage
    from calm_desktop.services.requests import ImportUsage

    result = session.change(usage.import_usage, ImportUsage(file), dry_run, "Importing")
    if dry_run:
        result = replace(result, stored=False)
    session.answer(result, lambda: usage_import_sheets(result), dry_run)
    return 1 if result.problems else 0
