"""Billing periods by pure calculation: no store is asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer

from calm_desktop.cli.session import Session, given, needed, verb
from calm_desktop.cli.tables import Sheet, facts, money
from calm_desktop.cli.words import Discount, Given, Grid, HowOften, OddCents, Parts, WhenBilled, text
from calm_desktop.engine.catalog import PriceUnit
from calm_desktop.engine.dates import ANNIVERSARY, Frequency, Partial, Period, Remainder, Timing
from calm_desktop.engine.problems import refuse_if


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    verb(app, "schedule")(schedule)


def schedule(
    session: Session,
    price: Annotated[str, text("--price", "P", "The unit price.")],
    quantity: Annotated[str, text("--quantity", "N", "How many.")],
    start: Annotated[str, text("--start", "DATE", "The first day of service.")],
    through: Annotated[str, text("--through", "DATE", "The periods that are due up to this day.")],
    end: Annotated[Given, text("--end", "DATE", "The last day of service; evergreen unless given.")] = None,
    price_unit: Annotated[
        Given,
        text("--price-unit", "UNIT", "What the price is for: month (the default), quarter, half-year, year, once."),
    ] = None,
    discount: Discount = None,
    frequency: HowOften = None,
    timing: WhenBilled = None,
    boundary: Grid = None,
    partial: Parts = None,
    remainder: OddCents = None,
    bill_day: Annotated[Given, text("--bill-day", "N", "The day of month on which the customer is billed.")] = None,
    currency: Annotated[Given, text("--currency", "CODE", "The currency; USD unless given.")] = None,
) -> None:
    """Calculate the billing periods that are due; needs no store.

    \b
    Example:
      calm-desktop schedule --price 90 --quantity 1 --start 2025-03-28 --end 2026-02-04 \\
          --boundary day:5 --through 2026-02-28
    """
    read = session.read
    amount, number = read.price("price", price), read.quantity("quantity", quantity)
    first, last, target = read.day("start", start), given(read.day, "end", end), read.day("through", through)
    unit = PriceUnit.MONTH if price_unit is None else read.word("price-unit", price_unit, PriceUnit)
    percent = Decimal(0) if discount is None else read.percent("discount", discount)
    usual = Frequency.ONCE if unit is PriceUnit.ONCE and last is None else Frequency.MONTHLY
    how_often = usual if frequency is None else read.word("frequency", frequency, Frequency)
    when = Timing.ADVANCE if timing is None else read.word("timing", timing, Timing)
    grid = ANNIVERSARY if boundary is None else read.boundary("boundary", boundary)
    parts = Partial.ALLOWED if partial is None else read.word("partial", partial, Partial)
    odd = Remainder.LAST if remainder is None else read.word("remainder", remainder, Remainder)
    on_day = given(lambda field, value: read.whole(field, value, 1, 31), "bill-day", bill_day)
    if session.today_text is not None:
        read.day("today", session.today_text)
    read.done()
    from calm_desktop.engine.billing import problems_of_terms, slices
    from calm_desktop.engine.money import ratio_text
    from calm_desktop.engine.rating import BillingTerms, Rate, term_count, total
    from calm_desktop.services.currencies import currency_named

    money_of = currency_named("USD" if currency is None else currency)
    period = Period(needed(first), last)
    rate = Rate(needed(amount), needed(unit), needed(percent))
    terms = BillingTerms(needed(how_often), needed(when), needed(grid), needed(parts), needed(odd))
    many = needed(number)
    refuse_if(problems_of_terms(period, many, rate, terms))
    laid = slices(period, many, rate, terms, money_of, on_day, needed(target))
    whole = None
    if last is not None or rate.unit is PriceUnit.ONCE:
        whole = term_count(period, rate.unit, terms), total(period, many, rate, terms, money_of)
    periods = [
        {
            "start": part.start,
            "end": part.end,
            "billing_date": part.billing_date,
            "fraction": ratio_text(part.fraction),
            "amount": part.amount,
        }
        for part in laid
    ]
    answer = {"periods": periods, "term_count": whole and whole[0], "total": whole and whole[1]}

    def sheets() -> list[Sheet]:
        columns = {
            "Start": "start",
            "End": "end",
            "Billing date": "billing_date",
            "Fraction": "fraction",
            "Amount": "amount",
        }
        rows = tuple({heading: row[key] for heading, key in columns.items()} for row in periods)
        due = Sheet(f"Due up to {target}", rows, "Nothing is due.")
        if whole is None:
            return [due]
        return [due, facts("Whole term", {"Term count": whole[0], "Total": money(whole[1])})]

    session.answer(answer, sheets)
