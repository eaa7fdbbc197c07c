"""Public record ids: 18 characters with the object's usual prefix, computed from the store's own number.

Fifteen characters are the id (prefix, then the number in base 62); three more say which letters are capitals, so that
programs that ignore case still tell ids apart. Both lengths are understood.
"""

from __future__ import annotations

from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase, digits

PREFIXES = {
    "account": "001",
    "product": "01t",
    "price": "01u",
    "order": "801",
    "order-item": "802",
    "asset": "02i",
    "action": "9aA",
    "source": "9aS",
    "state-period": "9aP",
    "group": "44g",
    "schedule": "44b",
    "invoice": "3tt",
    "invoice-line": "5TV",
    "credit": "50g",
    "payment": "0aQ",
    "refund": "0aR",
    "hold": "9hd",
    "import": "750",
    "field": "00N",
    "selling-model": "0jP",
    "price-book": "01s",
    "work-order-line": "1WL",
    "ingest": "75B",
    "user": "005",
    "organization": "00D",
}

_DIGITS = digits + ascii_uppercase + ascii_lowercase
_CHECK = ascii_uppercase + "012345"


def public_id(kind: str, number: int) -> str:
    """The id of record `number` of a `kind`."""
    text = ""
    while number:
        number, digit = divmod(number, 62)
        text = _DIGITS[digit] + text
    return _with_check(PREFIXES[kind] + text.rjust(12, "0"))


def number_of(kind: str, text: str) -> int | None:
    """The number behind an id of this `kind` (15 or 18 characters), or None where the text is no such id."""
    short = text[:15]
    if len(text) not in (15, 18) or not short.startswith(PREFIXES[kind]) or not (short.isascii() and short.isalnum()):
        return None
    if len(text) == 18 and _with_check(short) != text:
        return None
    number = 0
    for letter in short[3:]:
        number = number * 62 + _DIGITS.index(letter)
    return number


def _with_check(short: str) -> str:
    return short + _check_of(short[:5]) + _check_of(short[5:10]) + _check_of(short[10:])


@lru_cache(maxsize=1024)
def _check_of(part: str) -> str:
    """The letter for one third of an id; most ids share two of theirs with the one before."""
    return _CHECK[sum(letter.isupper() << place for place, letter in enumerate(part))]
