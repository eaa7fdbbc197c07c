"""What people type, and what they are told when it cannot be read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from calm_desktop.engine.catalog import Kind
from calm_desktop.engine.dates import Boundary, BoundaryKind
from calm_desktop.engine.problems import Refused
from calm_desktop.engine.reading import Reader


def told(reader: Reader) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.field, problem.message) for problem in reader.problems]


def test_good_texts_become_values() -> None:
    reader = Reader()
    assert reader.quantity("quantity", " 2.5 ") == Decimal("2.5")
    assert reader.price("price", "0.000001") == Decimal("0.000001")
    assert reader.percent("discount", "100") == Decimal(100)
    assert reader.whole("term", "12", 1, 3600) == 12
    assert reader.day("start", "2024-02-29") == date(2024, 2, 29)
    assert reader.word("kind", "Physical", Kind) is Kind.PHYSICAL
    assert reader.boundary("boundary", "day:5") == Boundary(BoundaryKind.DAY, 5)
    reader.done()


@pytest.mark.parametrize("text", ["abc", "", "1e5", "NaN", "1,000", "0x1", "--1"])
def test_what_is_no_number_is_said_so(text: str) -> None:
    reader = Reader()
    assert reader.quantity("quantity", text) is None
    assert told(reader) == [
        ("bad-quantity", "quantity", f"quantity: {text!r} is not a number. Write it like 10 or 2.5.")
    ]


@pytest.mark.parametrize("text", ["0", "-1", "1000000000000"])
def test_a_quantity_has_limits(text: str) -> None:
    reader = Reader()
    assert reader.quantity("quantity", text) is None
    assert told(reader) == [
        ("bad-quantity", "quantity", f"quantity: {text} must be more than 0 and less than 1,000,000,000,000.")
    ]


def test_prices_and_percentages_have_limits() -> None:
    reader = Reader()
    assert reader.price("price", "-0.01") is None
    assert reader.percent("discount", "100.5") is None
    assert reader.price("price", "0.0000001") is None
    assert told(reader) == [
        ("bad-price", "price", "price: -0.01 must be at least 0 and less than 1,000,000,000,000."),
        ("bad-discount", "discount", "discount: 100.5 must be between 0 and 100."),
        ("bad-price", "price", "price: 0.0000001 has more than 6 decimals. Round it."),
    ]


def test_an_amount_is_above_zero_with_at_most_four_decimals() -> None:
    reader = Reader()
    assert str(reader.amount("amount", "12.345")) == "12.345"
    assert reader.amount("amount", "0") is None
    assert reader.amount("amount", "0.00001") is None
    assert told(reader) == [
        ("bad-amount", "amount", "amount: 0 must be more than 0 and less than 1,000,000,000,000."),
        ("bad-amount", "amount", "amount: 0.00001 has more than 4 decimals. Round it."),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2022-02-30", "start: there is no day 2022-02-30. Check day and month."),
        ("30.1.2022", "start: '30.1.2022' is not a date. Write it like 2022-01-31."),
        ("1899-12-31", "start: 1899-12-31 is outside the years 1900 to 2199."),
        ("2200-01-01", "start: 2200-01-01 is outside the years 1900 to 2199."),
    ],
)
def test_days_that_cannot_be(text: str, words: str) -> None:
    reader = Reader()
    assert reader.day("start", text) is None
    assert told(reader) == [("bad-date", "start", words)]


def test_all_problems_are_told_at_once() -> None:
    reader = Reader()
    reader.whole("term", "12.5", 1, 3600)
    reader.whole("term", "0", 1, 3600)
    reader.word("kind", "boat", Kind)
    reader.boundary("boundary", "day:32")
    with pytest.raises(Refused) as refused:
        reader.done()
    assert [problem.code for problem in refused.value.problems] == [
        "bad-term",
        "bad-term",
        "bad-kind",
        "bad-boundary",
    ]
    assert "not one of subscription, physical, usage" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2022-01-31", date(2022, 1, 31)),
        (" 2022-01-31T14:30 ", datetime(2022, 1, 31, 14, 30)),
        ("2022-01-31 14:30:15.25", datetime(2022, 1, 31, 14, 30, 15, 250_000)),
        ("2022-01-31T14:30Z", datetime(2022, 1, 31, 14, 30, tzinfo=UTC)),
        ("2022-01-31T14:30+0530", datetime(2022, 1, 31, 14, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))),
    ],
)
def test_a_moment_is_a_day_or_a_time_with_or_without_offset(text: str, moment: date):
    read = Reader()
    assert read.moment("at", text) == moment
    assert read.problems == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad-time"),
        ("31.1.2022", "bad-time"),
        ("2022-W05-1", "bad-time"),
        ("2022-01-31T14", "bad-time"),
        ("2022-01-31T24:01", "bad-time"),
        ("2022-01-31T14:30+99:00", "bad-time"),
        ("2022-02-30", "bad-date"),
        ("2022-02-30T10:00", "bad-date"),
        ("1899-12-31T10:00", "bad-date"),
    ],
)
def test_what_is_no_moment_is_told(text: str, code: str):
    read = Reader()
    assert read.moment("at", text) is None
    assert [problem.code for problem in read.problems] == [code]
