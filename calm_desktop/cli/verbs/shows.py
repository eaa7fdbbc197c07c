"""Looking at things: one, whole, or many as a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from calm_desktop.cli import list_files
from calm_desktop.cli.failures import WrongUsage
from calm_desktop.cli.session import Session, given, verb
from calm_desktop.cli.tables import (
    LISTS,
    Sheet,
    account_sheets,
    action_sheets,
    asset_sheets,
    invoice_sheets,
    rows_of,
    shown_order_sheets,
)
from calm_desktop.cli.words import AsOf, Given, name, text
from calm_desktop.engine.catalog import Category
from calm_desktop.formats.detect import formats

SHOWN: dict[str, Callable[[Any], list[Sheet]]] = {
    "account": account_sheets,
    "asset": asset_sheets,
    "order": shown_order_sheets,
    "invoice": invoice_sheets,
    "action": action_sheets,
}
LISTED = (
    "accounts",
    "assets",
    "actions",
    "orders",
    "invoices",
    "invoice-lines",
    "products",
    "usage",
    "events",
    "imports",
    "formats",
)


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    verb(app, "show")(show)
    verb(app, "list")(list_rows)


def show(
    session: Session,
    what: Annotated[str, name("WHAT", "account, asset, order, invoice or action.")],
    called: Annotated[str, name("NAME", "Which one: id, number, or a name that only it has.")],
    as_of: AsOf = None,
) -> None:
    """Show one thing, whole.

    \b
    Examples:
      calm-desktop show account Acme --as-of 2023-06-30
      calm-desktop --json show asset AST-000001
    """
    if what not in SHOWN:
        raise WrongUsage(f"There is no `show {what}`. There are: {', '.join(SHOWN)}.")
    day = given(session.read.day, "as-of", as_of)
    session.read.done()
    from calm_desktop.services import views
    from calm_desktop.services.requests import Look

    shape = session.ask(getattr(views, f"show_{what}"), Look(called, day))
    session.answer(shape, lambda: SHOWN[what](shape))


def list_rows(
    session: Session,
    what: Annotated[str, name("WHAT", f"{', '.join(LISTED)}.")],
    account: Annotated[Given, text("--account", "A", "Only of this customer.")] = None,
    asset: Annotated[Given, text("--asset", "X", "Only of this asset.")] = None,
    start: Annotated[Given, text("--from", "DATE", "Only from this day on.")] = None,
    end: Annotated[Given, text("--to", "DATE", "Only up to this day.")] = None,
    category: Annotated[Given, text("--category", "C", "Only actions of this category, such as Renewals.")] = None,
    as_of: AsOf = None,
    csv: Annotated[
        Given, text("--csv", "FILE", "Write the rows to a CSV file, numbers and days as plain values.")
    ] = None,
    xlsx: Annotated[
        Given, text("--xlsx", "FILE", "Write the rows to an XLSX workbook, with real numbers and days.")
    ] = None,
) -> None:
    """List things.

    \b
    Examples:
      calm-desktop list actions --account Acme --from 2022-01-01 --to 2022-12-31
      calm-desktop list invoices --csv invoices.csv
      calm-desktop list assets --as-of 2026-12-31 --xlsx assets.xlsx
    """
    if what not in LISTED:
        raise WrongUsage(f"There is no `list {what}`. There are: {', '.join(LISTED)}.")
    read = session.read
    (first, last), day = session.days(start, end), given(read.day, "as-of", as_of)
    business = None if category is None else read.word("category", category, Category)
    if csv is not None and csv == xlsx:
        read.wrong("same-file", "xlsx", f"xlsx: {xlsx} is to be the CSV file too. Give each a file of its own.")
    read.done()
    rows = _rows(session, what, (account or "", asset or "", first, last, business, day))
    answer: dict[str, object] = {"rows": rows, "count": len(rows)}
    from calm_desktop.services import care

    files = {kind: file for kind, file in (("csv", csv), ("xlsx", xlsx)) if file is not None}
    for kind, file in files.items():
        answer[kind] = list_files.write(
            kind, file, what.replace("-", " ").capitalize(), rows, care.name_of(session.where)
        )

    def sheets() -> list[Sheet]:
        if files:
            number = "1 row is" if len(rows) == 1 else f"{len(rows):,} rows are"
            return [Sheet("", (), f"{number} in {' and in '.join(files.values())}.")]
        return [rows_of("", rows, LISTS[what], f"No {what.replace('-', ' ')}.")]

    session.answer(answer, sheets)


def _rows(session: Session, what: str, wanted: tuple[Any, ...]) -> tuple[object, ...]:
    if what == "formats":
        return formats()
    from calm_desktop.services import views
    from calm_desktop.services.requests import Find

    return tuple(session.ask(getattr(views, f"list_{what.replace('-', '_')}"), Find(*wanted)))
