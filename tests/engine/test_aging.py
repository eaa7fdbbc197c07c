"""Receivables aging: which bucket, on the day before and after each border."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm_desktop.engine.aging import Bucket, aged, bucket_of, days_overdue, last_due

DUE = date(2022, 5, 1)


@pytest.mark.parametrize(
    ("day", "overdue", "bucket"),
    [
        (date(2022, 4, 1), 0, "not-due"),
        (date(2022, 5, 1), 0, "not-due"),
        (date(2022, 5, 2), 1, "1-30"),
        (date(2022, 5, 31), 30, "1-30"),
        (date(2022, 6, 1), 31, "31-60"),
        (date(2022, 6, 30), 60, "31-60"),
        (date(2022, 7, 1), 61, "61-90"),
        (date(2022, 7, 30), 90, "61-90"),
        (date(2022, 7, 31), 91, "over-90"),
        (date(2032, 1, 1), 3532, "over-90"),
    ],
)
def test_days_after_the_due_day_choose_the_bucket(day: date, overdue: int, bucket: str) -> None:
    assert days_overdue(DUE, day) == overdue
    assert bucket_of(overdue) == bucket


def test_each_bucket_sums_what_falls_into_it() -> None:
    balances = [(DUE, 100_00), (date(2022, 4, 1), 25_00), (date(2022, 4, 20), -5_00), (date(2022, 1, 1), 7)]
    assert aged(balances, date(2022, 5, 5)) == {
        Bucket.NOT_DUE: 0,
        Bucket.TO_30: 95_00,
        Bucket.TO_60: 25_00,
        Bucket.TO_90: 0,
        Bucket.OVER_90: 7,
    }


@given(st.lists(st.tuples(st.integers(-200, 200), st.integers(-(10**9), 10**9))))
def test_the_buckets_sum_to_all_that_is_open(open_on: list[tuple[int, int]]) -> None:
    balances = [(DUE + timedelta(days), minor) for days, minor in open_on]
    assert sum(aged(balances, DUE).values()) == sum(minor for _, minor in balances)


@given(st.integers(-200, 200))
def test_the_last_due_dates_cut_the_buckets_where_days_do(overdue: int) -> None:
    due = DUE - timedelta(days=overdue)
    by_dates = next((bucket for bucket, last in last_due(DUE) if due <= last), Bucket.NOT_DUE)
    assert by_dates is bucket_of(days_overdue(due, DUE))
