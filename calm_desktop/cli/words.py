"""Options and arguments as the verbs declare them: every value is taken as text, so that it is judged in one place."""

from __future__ import annotations

from typing import Annotated, Any

import typer

Given = str | None
"""The text of an option, None where it was not given."""


def text(name: str, metavar: str, help: str) -> Any:  # noqa: A002 - the word that Typer uses
    """An option with a value."""
    return typer.Option(name, metavar=metavar, help=help, show_default=False)


def flag(name: str, help: str) -> Any:  # noqa: A002 - the word that Typer uses
    """An option that is there or not."""
    return typer.Option(name, help=help, show_default=False)


def name(metavar: str, help: str) -> Any:  # noqa: A002 - the word that Typer uses
    """A positional argument."""
    return typer.Argument(metavar=metavar, help=help, show_default=False)


DryRun = Annotated[bool, flag("--dry-run", "Show what would be stored, in the same shape, and store nothing.")]
AsDraft = Annotated[bool, flag("--draft", "Leave it a draft.")]
AsOf = Annotated[Given, text("--as-of", "DATE", "The day on which figures hold; today unless given.")]
CsvFile = Annotated[Given, text("--csv", "FILE", "Write the rows to a CSV file, numbers and days as plain values.")]
XlsxFile = Annotated[Given, text("--xlsx", "FILE", "Write the rows to an XLSX workbook, with real numbers and days.")]
HowOften = Annotated[
    Given, text("--frequency", "F", "monthly (the default), quarterly, semi-annual, annual, weekly, daily or once.")
]
WhenBilled = Annotated[Given, text("--timing", "T", "Billed in advance (the default) or arrears.")]
Grid = Annotated[
    Given, text("--boundary", "B", "Where billing periods begin: anniversary (the default), calendar, day:N, last-day.")
]
Parts = Annotated[Given, text("--partial", "P", "Partial periods: allowed (the default), or whole.")]
OddCents = Annotated[Given, text("--remainder", "R", "Which slice takes the odd cents: first, or last (the default).")]
Discount = Annotated[Given, text("--discount", "PCT", "A discount on the unit price, in percent.")]
DiscountAmount = Annotated[Given, text("--discount-amount", "M", "A discount on the unit price, in money off each.")]
