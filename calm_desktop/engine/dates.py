"""The calendar: whole days, both ends of a period inclusive; grids of billing periods (DOMAIN section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)


class Frequency(StrEnum):
    """How often a schedule bills."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SEMI_ANNUAL = "semi-annual"
    ANNUAL = "annual"
    WEEKLY = "weekly"
    DAILY = "daily"
    ONCE = "once"

    @property
    def months(self) -> int:
        """Months of a whole billing period; 0 where periods are not made of months."""
        return {"monthly": 1, "quarterly": 3, "semi-annual": 6, "annual": 12}.get(self.value, 0)


class Timing(StrEnum):
    """Advance bills on a period's first day, Arrears on the first day after it."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class BoundaryKind(StrEnum):
    """Where billing periods begin."""

    ANNIVERSARY = "anniversary"
    CALENDAR = "calendar"
    DAY = "day"
    LAST_DAY = "last-day"


class Partial(StrEnum):
    """Proration policy: a partial period counts its days, or counts as whole."""

    ALLOWED = "allowed"
    WHOLE = "whole"


class Remainder(StrEnum):
    """Which slice takes what rounding leaves over."""

    FIRST = "first"
    LAST = "last"


class TermUnit(StrEnum):
    """Units of a term."""

    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Boundary:
    """A period boundary; `day` is the day of month (1 to 31) of a DAY boundary and None for the others."""

    kind: BoundaryKind = BoundaryKind.ANNIVERSARY
    day: int | None = None

    def __str__(self) -> str:
        return f"day:{self.day}" if self.kind is BoundaryKind.DAY else self.kind.value


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, both ends inclusive; no `end` means evergreen."""

    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time: whole months and days beyond them (days are 0 for a term given in months or years)."""

    months: int
    days: int = 0
