"""Looking at things: one, whole, or many as a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from calm_desktop.cli import answers, list_files
from calm_desktop.cli.failures import WrongUsage
from calm_desktop.cli.headings import LISTS
from calm_desktop.cli.session import Session, given, verb
from calm_desktop.cli.tables import (
    Sheet,
    account_sheets,
    action_sheets,
    asset_sheets,
    credit_sheets,
    explanation_sheets,
    invoice_sheets,
    payment_sheets,
    rows_of,
    shown_order_sheets,
    with_fields,
)
from calm_desktop.cli.words import AsOf, CsvFile, Given, Where, XlsxFile, name, read_where, text
from calm_desktop.engine.catalog import Category
from calm_desktop.engine.explain import Figure
from calm_desktop.formats.detect import formats

if TYPE_CHECKING:
    from calm_desktop.services.requests import Find
    from calm_desktop.services.tx import Tx

SHOWN: dict[str, Callable[[Any], list[Sheet]]] = {
    "account": account_sheets,
    "asset": asset_sheets,
    "order": shown_order_sheets,
    "invoice": invoice_sheets,
    "credit": credit_sheets,
    "payment": payment_sheets,
    "action": action_sheets,
}
CONDITIONED = ("accounts", "assets", "orders", "products")
"""What has fields of one's own."""

EXPLAINED = ("account", "asset", "order", "invoice", "action")
LISTED = (
    "accounts",
    "assets",
    "state-periods",
    "actions",
    "orders",
    "invoices",
    "invoice-lines",
    "credits",
    "payments",
    "holds",
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
    what: Annotated[str, name("WHAT", "account, asset, order, invoice, credit, payment or action.")],
    called: Annotated[str, name("NAME", "Which one: id, number, or a name that only it has.")],
    as_of: AsOf = None,
    explain: Annotated[
        Given, text("--explain", "FIGURE", "Why quantity, amount, mrr or invoice-line-balance is what it is.")
    ] = None,
    currency: Annotated[
        Given, text("--currency", "CODE", "With --explain: only in this currency, where there are several.")
    ] = None,
) -> None:
    """Show one thing, whole.

    With --explain the lines are listed that sum to a figure of an account, asset, order, invoice or action. Where an
    account has several currencies, its own comes first; in JSON the other ones stand under "others".

    \b
    Examples:
      calm-desktop show account Acme --as-of 2023-06-30
      calm-desktop --json show asset AST-000001
      calm-desktop show account Acme --explain mrr
    """
    if what not in SHOWN:
        raise WrongUsage(f"There is no `show {what}`. There are: {', '.join(SHOWN)}.")
    if explain is not None and what not in EXPLAINED:
        raise WrongUsage(f"--explain is for {', '.join(EXPLAINED)}, not for {what}.")
    if currency is not None and explain is None:
        raise WrongUsage("--currency is for an explanation. Add --explain FIGURE.")
    day = given(session.read.day, "as-of", as_of)
    figure = None if explain is None else session.read.word("explain", explain, Figure)
    session.read.done()
    from calm_desktop.services import views
    from calm_desktop.services.requests import Explain, Look

    look = getattr(views, f"show_{what}")
    if figure is None:
        shape = session.ask(look, Look(called, day))
        session.answer(shape, lambda: SHOWN[what](shape))
        return
    asked = Explain(what, called, figure, day, currency or "")
    shape, why = session.ask(lambda tx, _: (look(tx, Look(called, day)), views.explain(tx, asked)), None)
    explained = _keys(why[0]) | {"others": why[1:]}
    session.answer(_keys(shape) | {"explain": explained}, lambda: explanation_sheets(why))


def _keys(shape: Any) -> dict[str, object]:
    return {each.name: getattr(shape, each.name) for each in fields(shape)}


def list_rows(
    session: Session,
    what: Annotated[str, name("WHAT", f"{', '.join(LISTED)}.")],
    account: Annotated[Given, text("--account", "A", "Only of this customer.")] = None,
    asset: Annotated[Given, text("--asset", "X", "Only of this asset.")] = None,
    start: Annotated[Given, text("--from", "DATE", "Only from this day on.")] = None,
    end: Annotated[Given, text("--to", "DATE", "Only up to this day.")] = None,
    category: Annotated[Given, text("--category", "C", "Only actions of this category, such as Renewals.")] = None,
    as_of: AsOf = None,
    where: Where = None,
    csv: CsvFile = None,
    xlsx: XlsxFile = None,
) -> None:
    """List things.

    \b
    Examples:
      calm-desktop list actions --account Acme --from 2022-01-01 --to 2022-12-31
      calm-desktop list invoices --csv invoices.csv
      calm-desktop list assets --as-of 2026-12-31 --xlsx assets.xlsx
      calm-desktop list accounts --where Region=West --where Seats>=10
    """
    if what not in LISTED:
        raise WrongUsage(f"There is no `list {what}`. There are: {', '.join(LISTED)}.")
    read = session.read
    (first, last), day = session.days(start, end), given(read.day, "as-of", as_of)
    business = None if category is None else read.word("category", category, Category)
    files = list_files.asked_for(read, csv, xlsx)
    conditions = read_where(read, where)
    if conditions and what not in CONDITIONED:
        raise WrongUsage(f"--where is for {', '.join(CONDITIONED)}, not for {what}.")
    read.done()
    wanted = (account or "", asset or "", first, last, business, day, conditions)
    title = what.replace("-", " ").capitalize()
    if (files or session.json) and (count := _streamed(session, what, wanted, title, files)) is not None:
        if not session.json:
            session.answer(None, lambda: [list_files.said(files, count)])
        return
    rows = _rows(session, what, wanted)
    written = list_files.write(files, title, rows, session)

    def sheets() -> list[Sheet]:
        if files:
            return [list_files.said(files, len(rows))]
        return [rows_of("", rows, with_fields(LISTS[what], rows), f"No {what.replace('-', ' ')}.")]

    session.answer({"rows": rows, "count": len(rows), **written}, sheets)


def _streamed(session: Session, what: str, wanted: tuple[Any, ...], title: str, files: Mapping[str, str]) -> int | None:
    """Write a list that may be long to files, or as JSON, without holding it whole; None for one that is never long.

    Answers how many rows there are.
    """
    from calm_desktop.services.requests import Find
    from calm_desktop.services.views.listing import InPortions
    from calm_desktop.services.views.listings import WHOLE

    if what not in WHOLE:
        return None

    def write(tx: Tx, find: Find) -> int:
        rows = InPortions(tx, WHOLE[what], find)
        written = list_files.write(files, title, rows, session)
        if session.json:
            answers.write_json_rows(rows, count=len(rows), **written)
        return len(rows)

    return session.ask(write, Find(*wanted))


def _rows(session: Session, what: str, wanted: tuple[Any, ...]) -> tuple[object, ...]:
    if what == "formats":
        return formats()
    from calm_desktop.services import views
    from calm_desktop.services.requests import Find

    return tuple(session.ask(getattr(views, f"list_{what.replace('-', '_')}"), Find(*wanted)))
