"""Why a figure is what it is: lines that sum to it, each with the place where more is to be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calm_desktop.engine.money import Money
from calm_desktop.services.field_access import Telling


@dataclass(frozen=True, slots=True)
class ExplainLine:
    """One line of an explanation; `value` is in the figure's unit, None where it is not known and counts nothing.

    `kind` is a word of `engine.explain.LineKind`, `id` names the record, `description` says what it is. `title`,
    `start` and `end` say the same in parts, `note` what is special; `link` opens the record's page, empty where it has
    none. `parts`, where there are any, are what makes the line, and sum to its value.
    """

    kind: str
    id: str
    description: Telling
    value: Decimal | Money | None
    title: Telling
    start: date | None
    end: date | None
    note: Telling
    link: str
    parts: tuple[ExplainLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure of the thing called `of`, in one currency, as of a day, and the lines that sum to it.

    `as_of` is None for an invoice that is shown as of no day: all that is recorded on it counts.
    """

    figure: str
    of: str
    currency: str
    as_of: date | None
    value: Decimal | Money
    lines: tuple[ExplainLine, ...]
