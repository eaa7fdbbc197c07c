"""How long what is owed has been overdue: the buckets of receivables aging."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum


class Bucket(StrEnum):
    """Days overdue, as the trade groups them; what is due on the very day is not overdue yet."""

    NOT_DUE = "not due"
    UP_TO_30 = "1-30"
    UP_TO_60 = "31-60"
    UP_TO_90 = "61-90"
    OVER_90 = "over 90"


_LAST_DAYS: Mapping[Bucket, int] = {
    Bucket.NOT_DUE: 0,
    Bucket.UP_TO_30: 30,
    Bucket.UP_TO_60: 60,
    Bucket.UP_TO_90: 90,
}


def days_overdue(due: date, day: date) -> int:
    """How many days after `due` it is on `day`; zero up to the due day itself."""
    return max(0, (day - due).days)


def bucket_of(overdue: int) -> Bucket:
    """The bucket of something that has been overdue for so many days."""
    return next((bucket for bucket, last in _LAST_DAYS.items() if overdue <= last), Bucket.OVER_90)


def aged(balances: Iterable[tuple[date, int]], day: date) -> dict[Bucket, int]:
    """What is open (due day and minor units, below zero where a document credits) in each bucket as of `day`."""
    found = dict.fromkeys(Bucket, 0)
    for due, minor in balances:
        found[bucket_of(days_overdue(due, day))] += minor
    return found
