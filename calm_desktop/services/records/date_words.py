"""Days that a word of a query names: TODAY, LAST_N_DAYS:7, THIS_QUARTER and their like; weeks begin on Sunday."""

from __future__ import annotations

import re
from datetime import date, timedelta

from calm_desktop.engine.dates import FIRST_DAY, LAST_DAY, ONE_DAY, add_months, month_number

_UNITS = {"DAY": 0, "WEEK": 0, "MONTH": 1, "QUARTER": 3, "YEAR": 12}
_WORD = re.compile(r"(LAST|THIS|NEXT)_(WEEK|MONTH|QUARTER|YEAR)")
_COUNTED = re.compile(r"(LAST|NEXT)_N_(DAY|WEEK|MONTH|QUARTER|YEAR)S")
_AGO = re.compile(r"N_(DAY|WEEK|MONTH|QUARTER|YEAR)S_AGO")
_DAYS = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}


def span_of(word: str, count: int | None, today: date) -> tuple[date, date] | None:
    """The first and last day that a word names, as seen from `today`; None where it names none.

    Days that the calendar of the program does not reach are cut off.
    """
    if count is None:
        if word in _DAYS:
            day = today + timedelta(days=_DAYS[word])
            return day, day
        if word in ("LAST_90_DAYS", "NEXT_90_DAYS"):
            return span_of(word.replace("90", "N"), 90, today)
        match = _WORD.fullmatch(word)
        if match is None:
            return None
        away = {"LAST": -1, "THIS": 0, "NEXT": 1}[match[1]]
        return _unit(match[2], today, away, away)
    if match := _COUNTED.fullmatch(word):
        if match[2] == "DAY":
            # The last n days are those before today and today itself, as its users know it.
            return _unit("DAY", today, -count, 0) if match[1] == "LAST" else _unit("DAY", today, 1, count)
        return _unit(match[2], today, -count, -1) if match[1] == "LAST" else _unit(match[2], today, 1, count)
    if match := _AGO.fullmatch(word):
        return _unit(match[1], today, -count, -count)
    return None


def _unit(unit: str, today: date, first: int, last: int) -> tuple[date, date]:
    """From the first day of the unit that is `first` units away to the last day of that which is `last` away."""
    return _start(unit, today, first), _start(unit, today, last + 1) - ONE_DAY


def _start(unit: str, today: date, away: int) -> date:
    try:
        if unit == "DAY":
            found = today + timedelta(days=away)
        elif unit == "WEEK":
            found = today - timedelta(days=today.isoweekday() % 7) + timedelta(weeks=away)
        else:
            months = _UNITS[unit]
            begun = today.replace(day=1)
            found = add_months(begun, away * months - (month_number(begun) % 12) % months)
    except (ValueError, OverflowError):
        found = FIRST_DAY if away < 0 else LAST_DAY
    return max(FIRST_DAY, min(found, LAST_DAY))
