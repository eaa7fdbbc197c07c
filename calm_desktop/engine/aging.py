"""Aging of what customers owe: how long ago an invoice was due, in the trade's usual buckets."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum


class Bucket(StrEnum):
    """How many days before the day looked at an invoice was due; due on that day or later is not due yet."""

    NOT_DUE = "not-due"
    TO_30 = "1-30"
    TO_60 = "31-60"
    TO_90 = "61-90"
    OVER_90 = "over-90"


_LEAST = {Bucket.TO_30: 1, Bucket.TO_60: 31, Bucket.TO_90: 61, Bucket.OVER_90: 91}
"""The fewest days overdue of each bucket."""


def bucket_of(due: date, day: date) -> Bucket:
    """The bucket, as of `day`, of what was due on `due`."""
    overdue = (day - due).days
    return next((bucket for bucket, least in reversed(_LEAST.items()) if overdue >= least), Bucket.NOT_DUE)


def last_due(day: date) -> tuple[tuple[Bucket, date], ...]:
    """The last due date of each overdue bucket as of `day`, the oldest first; what is due later is not due yet."""
    return tuple((bucket, day - timedelta(days=least)) for bucket, least in reversed(_LEAST.items()))
