"""Options and arguments as the verbs declare them: every value is taken as text, so that it is judged in one place."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from calm_desktop.engine.fields import Condition, condition_in
from calm_desktop.engine.reading import Reader

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
FieldTexts = Annotated[
    list[str] | None,
    text("--field", "NAME=VALUE", "What a field of your own says; nothing after the = clears it. More than once."),
]
Where = Annotated[
    list[str] | None,
    text(
        "--where",
        "NAME=VALUE",
        "Only where a field of your own says this; also < <= > >= and ~ (contains). More than once: all must hold.",
    ),
]


def read_fields(read: Reader, given: list[str] | None) -> tuple[tuple[str, str], ...]:
    """The texts of `--field`: names, each with what is said in it."""
    found = []
    for each in given or ():
        name_part, sign, value = each.partition("=")
        if not sign or not name_part.strip():
            read.wrong("bad-field", "field", f"field: {each!r} says nothing. Write it like Region=West.")
        found.append((name_part.strip(), value))
    return tuple(found)


def read_where(read: Reader, given: list[str] | None) -> tuple[Condition, ...]:
    """The conditions of `--where`."""
    found = []
    for each in given or ():
        condition = condition_in(each)
        if condition is None:
            words = f"where: {each!r} is no condition. Write it like Region=West, Seats>=10 or Note~spare."
            read.wrong("bad-where", "where", words)
        else:
            found.append(condition)
    return tuple(found)
