"""Text of one cell -> a value of the trade, or `Misread` with what was expected and how to put it right."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from calm_desktop.engine.dates import FIRST_DAY, LAST_DAY, Boundary, parse_boundary
from calm_desktop.engine.limits import LONGEST_TERM, PRICE_LIMIT, QUANTITY_LIMIT

_EPOCH_DAY = date(1970, 1, 1)

TEXT_LIMIT = 255
CODE_LIMIT = 80

ISO = "iso"
DAY_FIRST = "day first"
MONTH_FIRST = "month first"
EPOCH = "epoch"
"""Seconds (or milliseconds, by the count of digits) since 1970 began; the day in UTC."""

_TIME = r"(?:[T ]\s*\d{1,2}:\d{2}.*)?"
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})" + _TIME)
_EPOCH_TIME = re.compile(r"([0-9]{1,10}|[0-9]{12,13})(?:\.[0-9]+)?")
_WRITTEN_DAY = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})" + _TIME)

_ISO_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].*")
_YES = frozenset({"true", "yes", "1", "y", "active"})
_NO = frozenset({"false", "no", "0", "n", "inactive", "archived"})

GROUPINGS = {"1,234.56": (",", "."), "1.234,56": (".", ","), "1 234,56": (" ", ","), "1'234.56": ("'", ".")}

Choice = TypeVar("Choice", bound=StrEnum)
Value = TypeVar("Value")


class Misread(Exception):
    """A cell that does not hold what it should."""

    def __init__(self, expected: str, fix: str, found: str = "") -> None:
        super().__init__(expected)
        self.expected = expected
        self.fix = fix
        self.found = found
        """What was found, where that is not the cell's whole text."""


def remembered(reader: Callable[[str], Value]) -> Callable[[str], Value]:
    """`reader`, remembering the texts it met last: columns repeat themselves."""
    return lru_cache(maxsize=2048)(reader)


def shown(text: str) -> str:
    """A cell's text as it can stand in a message: on one line, printable, at most 60 characters."""
    clean = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:61])
    return clean if len(clean) <= 60 else clean[:59] + "…"


def nearest(word: str, words: Iterable[str]) -> str:
    """The one of `words` that `word` was probably meant to be, or the empty string."""
    found = difflib.get_close_matches(word.casefold(), {each.casefold(): each for each in words}, n=1, cutoff=0.6)
    return next((each for each in words if found and each.casefold() == found[0]), "")


def text_value(text: str) -> str:
    """A name: one line of at most 255 printable characters; line breaks and other white space become spaces."""
    return _one_line(text, TEXT_LIMIT)


def code_value(text: str) -> str:
    """A number, code or other short word of the trade: one line of at most 80 printable characters."""
    return _one_line(text, CODE_LIMIT)


def _one_line(text: str, limit: int) -> str:
    if not text.isprintable():
        text = " ".join(text.split())
        if not text.isprintable():
            raise Misread(
                "printable characters", "delete what cannot be read, or name the file's encoding in a mapping"
            )
    if len(text) > limit:
        raise Misread(f"at most {limit} characters", f"shorten it: it has {len(text)} characters")
    return text


def number_reader(style: str) -> Callable[[str], Decimal]:
    """A reader of numbers written in `style` (one of `GROUPINGS`), exact, without useless zeros.

    A minus may stand before or after the number, or the number in parentheses. Thousands are grouped by threes or
    not at all: `1,5` is no number where the comma groups, since guessing would be wrong by a factor of ten.
    """
    group, point = GROUPINGS[style]
    between = r"[ \u00a0\u202f]" if group == " " else r"['\u2019]" if group == "'" else re.escape(group)
    grouped = re.compile(rf"([0-9]+|[0-9]{{1,3}}(?:{between}[0-9]{{3}})+)?(?:{re.escape(point)}([0-9]+)?)?")
    separators = re.compile(between)
    expected = f"a number such as {style}"

    def number(text: str) -> Decimal:
        bare, negative = _without_sign(text)
        match = grouped.fullmatch(bare)
        if match is None or not (match[1] or match[2]):
            raise Misread(expected, _number_fix(bare, group, point))
        whole = separators.sub("", match[1] or "0").lstrip("0") or "0"
        part = (match[2] or "").rstrip("0")
        value = Decimal(f"{whole}.{part}" if part else whole)
        return -value if negative and value else value

    return number


def unsigned(text: str) -> str:
    """A number's text without its minus, wherever that stands."""
    return _without_sign(text)[0] if text else text


def _without_sign(text: str) -> tuple[str, bool]:
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if text[:1] in "-\N{MINUS SIGN}" and text:
        return text[1:].strip(), True
    if text[-1:] in "-\N{MINUS SIGN}" and text:
        return text[:-1].strip(), True
    return text.removeprefix("+"), False


def _number_fix(text: str, group: str, point: str) -> str:
    if re.fullmatch(r"[\d.,' ]+", text):
        return f"write thousands with '{group}' or none, and decimals after '{point}'"
    return "write digits only, without a unit or a currency sign"


def limited(
    number: Callable[[str], Decimal], *, least: Decimal, open_least: bool, below: Decimal, decimals: int, what: str
) -> Callable[[str], Decimal]:
    """`number` held to the limits of the surface: from `least` (itself not allowed if `open_least`) up to `below`."""

    def value(text: str) -> Decimal:
        found = number(text)
        if found < least or (open_least and found == least) or found >= below:
            raise Misread(what, f"change {shown(text)} to {what}")
        exponent = found.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > decimals:
            raise Misread(f"at most {decimals} decimals", f"round it to {decimals} decimals")
        return found

    return value


def quantity_reader(number: Callable[[str], Decimal]) -> Callable[[str], Decimal]:
    """Quantities: more than 0, less than 10^12, at most 6 decimals."""
    what = "a quantity above 0 and below 1,000,000,000,000"
    return limited(number, least=Decimal(0), open_least=True, below=QUANTITY_LIMIT, decimals=6, what=what)


def price_reader(number: Callable[[str], Decimal]) -> Callable[[str], Decimal]:
    """Unit prices: 0 or more, less than 10^12, at most 6 decimals."""
    what = "a price of 0 or more and below 1,000,000,000,000"
    return limited(number, least=Decimal(0), open_least=False, below=PRICE_LIMIT, decimals=6, what=what)


def discount_reader(number: Callable[[str], Decimal]) -> Callable[[str], Decimal]:
    """Discounts in percent: 0 to 100, at most 4 decimals; a percent sign may follow."""
    checked = limited(
        number,
        least=Decimal(0),
        open_least=False,
        below=Decimal("100.00001"),
        decimals=4,
        what="a percentage from 0 to 100",
    )
    return lambda text: checked(text.removesuffix("%").rstrip())


def count(text: str) -> int:
    """A whole number of months or years: 1 to 3600."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= LONGEST_TERM:
        raise Misread(f"a whole number from 1 to {LONGEST_TERM}", "write a whole number, without decimals")
    return int(text)


def free_count(text: str) -> int:
    """A whole number of months or days that cost nothing: 0 to 3600."""
    return 0 if text == "0" else count(text)


def date_reader(formats: Sequence[str]) -> Callable[[str], date]:
    """A reader of days: the first that fits of `formats`: `iso`, `day first`, `month first` or strptime patterns.

    A time of day after the day is passed over: the day is the one written. Days lie in 1900 to 2199.
    """

    def day(text: str) -> date:
        near_miss = False
        for form in formats:
            try:
                found = _day_in(text, form)
            except ValueError:
                near_miss = True
                continue
            if found is None:
                continue
            if not FIRST_DAY <= found <= LAST_DAY:
                raise Misread("a day from 1900-01-01 to 2199-12-31", "correct the year")
            return found
        if near_miss:
            raise Misread("a day of the calendar", "write a day that exists in that month")
        raise Misread(f"a day written like {_day_example(formats[0])}", f"write it like {_day_example(formats[0])}")

    return day


def _day_in(text: str, form: str) -> date | None:
    """The day in one format; None where the text is of another form, ValueError where no such day exists."""
    if form == ISO:
        match = _ISO_DAY.fullmatch(text)
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    if form in (DAY_FIRST, MONTH_FIRST):
        match = _WRITTEN_DAY.fullmatch(text)
        if match is None:
            return None
        day, month = (match[1], match[2]) if form == DAY_FIRST else (match[2], match[1])
        return date(int(match[3]), int(month), int(day))
    if form == EPOCH:
        match = _EPOCH_TIME.fullmatch(text)
        if match is None:
            return None
        return _EPOCH_DAY + timedelta(seconds=int(match[1]) // (1000 if len(match[1]) > 10 else 1))
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007  (a day, as it is written)
    except ValueError as refusal:
        if "out of range" in str(refusal):
            raise
        return None


def _day_example(form: str) -> str:
    if form == EPOCH:
        return "1795996800"
    patterns = {ISO: "%Y-%m-%d", DAY_FIRST: "%d/%m/%Y", MONTH_FIRST: "%m/%d/%Y"}
    return date(2026, 11, 30).strftime(patterns.get(form, form))


def moment_reader(day: Callable[[str], date]) -> Callable[[str], datetime | date]:
    """A reader of times such as `2026-01-31T14:30`, with or without an offset, or of days as `day` reads them."""

    def moment(text: str) -> datetime | date:
        found = day(text)
        if _ISO_MOMENT.fullmatch(text) is None:
            return found
        try:
            return datetime.fromisoformat(re.sub(r"\s+(?=[+-])", "", text))
        except ValueError:
            example = "2026-01-31T14:30"
            raise Misread(f"a day or a time such as {example}", f"write it like {example}") from None

    return moment


def yes_or_no(text: str) -> bool:
    """`true` or `false`, `yes` or `no`, `1` or `0`, `active` or `inactive`, without regard to case."""
    word = text.casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise Misread("true or false", "write true or false")


def choice_reader(kind: type[Choice]) -> Callable[[str], Choice]:
    """One of a fixed list of words, without regard to case, spaces and underscores."""
    words = {_bare(each.value): each for each in kind}
    listed = ", ".join(each.value for each in kind)

    def choice(text: str) -> Choice:
        found = words.get(_bare(text))
        if found is None:
            guess = nearest(text, [each.value for each in kind])
            raise Misread(f"one of: {listed}", f"write {guess}" if guess else "write one of these words")
        return found

    return choice


def _bare(word: str) -> str:
    return re.sub(r"[\s_-]", "", word).casefold()


def boundary(text: str) -> Boundary:
    """`anniversary`, `calendar`, `last-day` or `day:N` with N from 1 to 31."""
    try:
        return parse_boundary(text)
    except ValueError:
        raise Misread("anniversary, calendar, last-day or day:N (N from 1 to 31)", "write one of these") from None


def source(text: str) -> str:
    """`work-order:NUMBER/LINE` or `SYSTEM:REFERENCE`."""
    system, colon, reference = (part.strip() for part in text.partition(":"))
    if not (system and colon and reference):
        raise Misread("work-order:NUMBER/LINE or SYSTEM:REFERENCE", "name the system, a colon, and its reference")
    if _bare(system) == "workorder":
        number, _, line = (part.strip() for part in reference.partition("/"))
        if not (number and line):
            raise Misread("work-order:NUMBER/LINE", "add the line of the work order after a slash")
        return text_value(f"work-order:{number}/{line}")
    return text_value(f"{system}:{reference}")


def currency_reader(known: Callable[[str], bool]) -> Callable[[str], str]:
    """The code of a currency that `known` accepts."""

    def currency(text: str) -> str:
        code = text.upper()
        if not re.fullmatch(r"[A-Z]{3}", code) or not known(code):
            raise Misread("the three-letter code of a currency, such as USD", "write the currency's ISO 4217 code")
        return code

    return currency
