"""Aging of what customers owe: how long it has been overdue, in the trade's usual buckets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum


class Bucket(StrEnum):
    """Days overdue, as the trade groups them; what is due on the very day is not overdue yet."""

    NOT_DUE = "not-due"
    TO_30 = "1-30"
    TO_60 = "31-60"
    TO_90 = "61-90"
    OVER_90 = "over-90"


_LEAST: Mapping[Bucket, int] = {Bucket.OVER_90: 91, Bucket.TO_90: 61, Bucket.TO_60: 31, Bucket.TO_30: 1}
"""The fewest days overdue of each bucket, the oldest first."""


def days_overdue(due: date, day: date) -> int:
    """How many days after `due` it is on `day`; zero up to the due day itself."""
    return max(0, (day - due).days)


def bucket_of(overdue: int) -> Bucket:
    """The bucket of something that has been overdue for so many days."""
    return next((bucket for bucket, least in _LEAST.items() if overdue >= least), Bucket.NOT_DUE)


def last_due(day: date) -> tuple[tuple[Bucket, date], ...]:
    """The last due date of each overdue bucket as of `day`, the oldest first; what is due later is not due yet."""
    return tuple((bucket, day - timedelta(days=least)) for bucket, least in _LEAST.items())


def aged(balances: Iterable[tuple[date, int]], day: date) -> dict[Bucket, int]:
    """What is open (due day and minor units, below zero where a document credits) in each bucket as of `day`."""
    found = dict.fromkeys(Bucket, 0)
    for due, minor in balances:
        found[bucket_of(days_overdue(due, day))] += minor
    return found
