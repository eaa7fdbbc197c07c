"""What a rule finds: how many rows it looked at, and which of them break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, FromClause, Row, Select, Table, func, select

from calm_desktop.engine.money import Currency
from calm_desktop.services.currencies import currency_named, is_currency
from calm_desktop.store.tables import asset, counter, sales_order


@dataclass(frozen=True, slots=True)
class Breach:
    """One row that breaks a rule: where it is, and what is wrong, in plain words."""

    place: str
    words: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The rows that a rule looked at, and its breaches."""

    checked: int
    breaches: tuple[Breach, ...]


Rule = Callable[[Connection], Finding]


def finding(
    db: Connection,
    checked: FromClause | Select[Any],
    broken: Select[Any],
    tell: Callable[[Row[Any]], Breach | None],
) -> Finding:
    """The finding of a rule that looks at the rows `checked`, of which `broken` picks the wrong ones for `tell`."""
    told = (tell(row) for row in db.execute(broken))
    return Finding(row_count(db, checked), tuple(breach for breach in told if breach is not None))


def found(checked: int, breaches: Iterable[Breach]) -> Finding:
    """The finding of a rule that counts by itself."""
    return Finding(checked, tuple(breaches))


def row_count(db: Connection, rows: FromClause | Select[Any]) -> int:
    """How many rows there are."""
    if isinstance(rows, Table):
        return db.scalar(_count_of(rows)) or 0
    source = rows.subquery() if isinstance(rows, Select) else rows
    return db.scalar(select(func.count()).select_from(source)) or 0


@cache
def _count_of(table: Table) -> Select[Any]:
    """How many rows a table has: put together once, for many rules ask it."""
    return select(func.count()).select_from(table)


def differ(left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether two values differ, where both may be missing."""
    return left.is_distinct_from(right)


def known_currency(code: str) -> Currency | None:
    """The currency of a code, None where there is no such one (which is a breach of its own)."""
    return currency_named(code) if is_currency(code) else None


def money(minor: int | None, code: str) -> str:
    """An amount for people: `1200.00 USD`; `not known` where there is none."""
    if minor is None:
        return "not known"
    currency = known_currency(code)
    return f"{currency.money(minor)} {code}" if currency else f"{minor} smallest units of {code}"


def span(start: date, end: date | None) -> str:
    """Days for people: `2022-01-01 to 2022-12-31`."""
    return f"{start} to {end}" if end else f"{start} on"


def series_finding(db: Connection, number: Column[Any], key: Column[int], counted: str, word: str) -> Finding:
    """Whether the numbers of a series count 1, 2, 3 ... behind their prefix, up to where the counter `counted` stands.

    `word` is what bears them: `invoice`.
    """
    numbers = db.scalars(select(number).where(number.is_not(None)).order_by(key)).all()
    given = (db.scalar(select(counter.c.next).where(counter.c.name == counted)) or 1) - 1
    holders: dict[int, str] = {}

    def wrong() -> Iterator[Breach]:
        for text in numbers:
            digits = text[len(text.rstrip("0123456789")) :]
            if not digits or not 1 <= int(digits) <= given:
                yield Breach(f"{word} {text}", f"its number is not one of the {given} that were given out")
            elif int(digits) in holders:
                yield Breach(f"{word} {text}", f"its place in the series is that of {holders[int(digits)]}")
            else:
                holders[int(digits)] = text
        missing = [place for place in range(1, given + 1) if place not in holders]
        if missing:
            places = ", ".join(map(str, missing[:10])) + (", ..." if len(missing) > 10 else "")
            yield Breach(f"{word} numbers", f"of {given} numbers, {len(missing)} stand on no {word}: {places}")

    return found(len(numbers), wrong())


ASSET = asset.c.number.label("asset_number")
"""What `asset_place` needs of a row."""

ORDER = sales_order.c.number.label("order_number")
"""What an order's place needs of a row."""


def asset_place(row: Row[Any]) -> str:
    """The place of a breach in an asset."""
    return f"asset {row.asset_number}"
