"""Aging buckets: not due, 1-30, 31-60, 61-90 and over 90 days after the due date."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.aging import Bucket, bucket_of, last_due

DAY = date(2022, 6, 30)


@pytest.mark.parametrize(
    ("due", "bucket"),
    [
        ("2022-07-01", "not-due"),
        ("2022-06-30", "not-due"),
        ("2022-06-29", "1-30"),
        ("2022-05-31", "1-30"),
        ("2022-05-30", "31-60"),
        ("2022-05-01", "31-60"),
        ("2022-04-30", "61-90"),
        ("2022-04-01", "61-90"),
        ("2022-03-31", "over-90"),
        ("1900-01-01", "over-90"),
    ],
)
def test_days_overdue_make_the_bucket(due: str, bucket: str) -> None:
    assert bucket_of(date.fromisoformat(due), DAY).value == bucket


@given(st.integers(-200, 200))
def test_the_last_due_dates_cut_the_buckets_where_days_do(overdue: int) -> None:
    due = DAY - timedelta(days=overdue)
    by_dates = next((bucket for bucket, last in last_due(DAY) if due <= last), Bucket.NOT_DUE)
    assert by_dates is bucket_of(due, DAY)
