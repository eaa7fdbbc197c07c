"""Order files in, and the nightly roll-up."""

from __future__ import annotations

from typing import Annotated

import typer

from calm_desktop.cli.session import Session, verb
from calm_desktop.cli.tables import facts, import_sheets
from calm_desktop.cli.words import DryRun, Given, flag, name, text


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    verb(app, "import")(import_files)
    verb(app, "rollup")(rollup)


def import_files(
    session: Session,
    files: Annotated[list[str], name("FILE...", "Order files, or a folder of them.")],
    format_name: Annotated[
        Given, text("--format", "NAME", "The format; found out unless given. See `list formats`.")
    ] = None,
    mapping: Annotated[
        Given, text("--map", "FILE", "A mapping file, which says what the columns of a CSV mean.")
    ] = None,
    day: Annotated[
        Given, text("--day", "DATE", "The day that a mapping counts from; short for --param day=DATE.")
    ] = None,
    param: Annotated[
        list[str] | None, text("--param", "NAME=VALUE", "What a mapping leaves open; more than once.")
    ] = None,
    keep_good: Annotated[bool, flag("--keep-good", "Store the good rows although others are bad.")] = False,
    problems: Annotated[
        Given, text("--problems", "FILE", "Write every problem into a CSV file; the answer lists the first 5,000.")
    ] = None,
    dry_run: DryRun = False,
) -> int:
    """Import order files: judged whole, all stored or nothing; the same file twice adds nothing.

    \b
    Examples:
      calm-desktop import orders.csv --dry-run
      calm-desktop import telco.csv --map map_telco.json --day 2026-11-01 --keep-good
    """
    parameters: list[tuple[str, str]] = []
    if day is not None and session.read.day("day", day):
        parameters.append(("day", day.strip()))
    for each in param or []:
        key, equals, value = (part.strip() for part in each.partition("="))
        if key and equals:
            parameters.append((key, value))
        else:
            session.read.wrong("bad-param", "param", f"param: {each!r} names no value. Write it like day=2026-11-01.")
    session.read.done()
    from calm_desktop.services import imports
    from calm_desktop.services.requests import ImportFiles

    request = ImportFiles(tuple(files), format_name or "", mapping or "", tuple(parameters), keep_good, problems or "")
    result = session.change(imports.import_files, request, dry_run, "Importing")
    session.answer(result, lambda: import_sheets(result), dry_run)
    return 1 if result.problems and not keep_good else 0


def rollup(session: Session, dry_run: DryRun = False) -> None:
    """Do what the passing of a day asks for, once for each business day; the window does it by itself after 01:00.

    \b
    Example:
      calm-desktop rollup
    """
    from calm_desktop.services import rollup as nightly
    from calm_desktop.services.requests import Rollup

    result = session.change(nightly.roll_up, Rollup(), dry_run, "Rolling up")
    words = "Rolled up" if result.ran else "Rolled up already"
    session.answer(
        result, lambda: [facts(words, {"Business day": result.business_date, "Assets": result.assets})], dry_run
    )
