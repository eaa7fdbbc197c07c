"""Texts that people type, read into values; what cannot be read becomes a problem that says what to write instead."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from calm_desktop.engine.dates import Boundary, parse_boundary
from calm_desktop.engine.limits import PRICE_LIMIT, QUANTITY_LIMIT, problems_of_day
from calm_desktop.engine.problems import Problem, refuse_if

_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})", re.ASCII)
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?P<time>[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII
)

Word = TypeVar("Word", bound=StrEnum)


class Reader:
    """Reads texts one after the other and keeps every problem; `done` refuses with all of them at once.

    A text that cannot be read gives None (or the given default), so that reading goes on to the next one.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def done(self) -> None:
        """Raise `Refused` with all problems found, if there are any."""
        refuse_if(self.problems)

    def wrong(self, code: str, field: str, message: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(code, field, message))

    def number(self, field: str, text: str, places: int, example: str) -> Decimal | None:
        """A plain decimal number with at most `places` decimals."""
        if not _NUMBER.fullmatch(text.strip()):
            self.wrong(f"bad-{field}", field, f"{field}: {text!r} is not a number. Write it like {example}.")
            return None
        value = Decimal(text.strip())
        exponent = value.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > places:
            self.wrong(f"bad-{field}", field, f"{field}: {text} has more than {places} decimals. Round it.")
            return None
        return value

    def quantity(self, field: str, text: str) -> Decimal | None:
        """A quantity above 0 and below 10^12."""
        value = self.number(field, text, 6, "10 or 2.5")
        if value is not None and not 0 < value < QUANTITY_LIMIT:
            self.wrong(f"bad-{field}", field, f"{field}: {text} must be more than 0 and less than 1,000,000,000,000.")
            return None
        return value

    def price(self, field: str, text: str) -> Decimal | None:
        """A unit price from 0 to below 10^12."""
        value = self.number(field, text, 6, "10 or 9.99")
        if value is not None and not 0 <= value < PRICE_LIMIT:
            self.wrong(f"bad-{field}", field, f"{field}: {text} must be at least 0 and less than 1,000,000,000,000.")
            return None
        return value

    def amount(self, field: str, text: str) -> Decimal | None:
        """An amount of money above 0 and below 10^12; its currency says how many decimals it may have."""
        value = self.number(field, text, 4, "10 or 9.99")
        if value is not None and not 0 < value < PRICE_LIMIT:
            self.wrong(f"bad-{field}", field, f"{field}: {text} must be more than 0 and less than 1,000,000,000,000.")
            return None
        return value

    def percent(self, field: str, text: str, limit: int = 100) -> Decimal | None:
        """A percentage from 0 to `limit`."""
        value = self.number(field, text, 4, "10 or 7.7")
        if value is not None and not 0 <= value <= limit:
            self.wrong(f"bad-{field}", field, f"{field}: {text} must be between 0 and {limit}.")
            return None
        return value

    def whole(self, field: str, text: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`."""
        if not re.fullmatch(r"[+-]?\d{1,9}", text.strip()) or not low <= int(text) <= high:
            self.wrong(f"bad-{field}", field, f"{field}: {text!r} is not a whole number from {low} to {high}.")
            return None
        return int(text)

    def day(self, field: str, text: str) -> date | None:
        """An ISO day (YYYY-MM-DD) from 1900 to 2199."""
        try:
            value = date.fromisoformat(text.strip()) if re.fullmatch(r"\d{4}-\d\d-\d\d", text.strip()) else None
        except ValueError:
            self.wrong("bad-date", field, f"{field}: there is no day {text}. Check day and month.")
            return None
        if value is None:
            self.wrong("bad-date", field, f"{field}: {text!r} is not a date. Write it like 2022-01-31.")
            return None
        outside = problems_of_day(field, value)
        for problem in outside:
            self.wrong(problem.code, field, problem.message)
        return None if outside else value

    def moment(self, field: str, text: str) -> datetime | date | None:
        """An ISO day, or a day with a time: aware where it has an offset, else on a clock that is still to be named."""
        found = _MOMENT.fullmatch(text.strip())
        if found is None:
            words = f"{field}: {text!r} is not a time. Write it like 2022-01-31, 2022-01-31T14:30 or 2022-01-31T14:30Z."
            self.wrong("bad-time", field, words)
            return None
        if found["time"] is None:
            return self.day(field, text)
        if self.day(field, found["day"]) is None:
            return None
        try:
            return datetime.fromisoformat(text.strip())
        except ValueError:
            self.wrong("bad-time", field, f"{field}: there is no time {text}. Check hours, minutes and offset.")
            return None

    def word(self, field: str, text: str, words: type[Word]) -> Word | None:
        """One word of a fixed list, in any case."""
        for word in words:
            if text.strip().casefold() == word.value.casefold():
                return word
        self.wrong(f"bad-{field}", field, f"{field}: {text!r} is not one of {', '.join(word.value for word in words)}.")
        return None

    def boundary(self, field: str, text: str) -> Boundary | None:
        """A period boundary: anniversary, calendar, day:N or last-day."""
        try:
            return parse_boundary(text)
        except ValueError as error:
            self.wrong(f"bad-{field}", field, f"{field}: {error}")
            return None
