"""The published cases of other billing systems: dates, schedules and parts of periods come out the same here.

Each reader below puts a case's question to our engine and answers in the case's own words; a test then compares
the two. Their ends are mostly exclusive (the day after), ours inclusive. Cases that ask what a change brings about are
put to the services, in tests/services/test_oracle_changes.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import islice, takewhile

import pytest

from calm_desktop.engine.billing import Slice, problems_of_terms, slices
from calm_desktop.engine.catalog import PriceUnit
from calm_desktop.engine.dates import (
    ANNIVERSARY,
    BillingPeriod,
    Boundary,
    BoundaryKind,
    Frequency,
    Partial,
    Period,
    TermUnit,
    Timing,
    add_months,
    billing_date,
    billing_periods,
    term_between,
    term_end,
    term_of,
)
from calm_desktop.engine.money import Currency, ratio_text, round_half_up
from calm_desktop.engine.rating import STANDARD_TERMS, BillingTerms, Rate, term_count
from tests.engine.lives import EVERGREEN, mrr
from tests.oracle import CASES, MISSING, NOT_OURS, OF_SEVERAL_LINES, PROPERTY, Answer, Case, Record, check, ours

KINDS = ("proration", "billing_dates", "billing_schedule", "renewal_dates")

USD = Currency("USD", 2)
ONE_DAY = timedelta(days=1)
CALENDAR = Boundary(BoundaryKind.CALENDAR)
UNITS = {
    Frequency.MONTHLY: PriceUnit.MONTH,
    Frequency.QUARTERLY: PriceUnit.QUARTER,
    Frequency.ANNUAL: PriceUnit.YEAR,
}


# ---------------------------------------------------------------------------------------------------- our schedules


def day(text: str | None) -> date:
    assert text is not None
    return date.fromisoformat(text)


def period(start: str, end_exclusive: str | None) -> Period:
    return Period(day(start), None if end_exclusive is None else day(end_exclusive) - ONE_DAY)


def boundary(day_of_month: int) -> Boundary:
    return Boundary(BoundaryKind.DAY, day_of_month)


def laid_out(
    span: Period,
    frequency: Frequency,
    bounds: Boundary,
    through: str | None,
    price: str = "1",
    timing: Timing = Timing.ADVANCE,
    partial: Partial = Partial.ALLOWED,
) -> tuple[Slice, ...]:
    """The slices due through a day of a line that costs `price` for each of its billing periods."""
    terms = BillingTerms(frequency, timing, bounds, partial)
    until = None if through is None else day(through)
    return slices(span, Decimal(1), Rate(Decimal(price), UNITS[frequency]), terms, USD, None, until)


def grid(start: date, frequency: Frequency, bounds: Boundary) -> Iterator[BillingPeriod]:
    return billing_periods(Period(start, None), frequency, bounds)


def boundaries(start: date, frequency: Frequency, bounds: Boundary, last: date) -> list[date]:
    """The days on or after `start` on which a period of the grid begins: up to `last`, and one more."""
    parts = list(takewhile(lambda part: part.start <= last, grid(start, frequency, bounds)))
    begun = [part.start for part in parts if part.start == part.whole_start]
    return [*begun, parts[-1].whole_end + ONE_DAY]


def holding(start: date, frequency: Frequency, bounds: Boundary, wanted: date) -> BillingPeriod:
    """The billing period that holds a day; the first one where the day is before the start."""
    return next(part for part in grid(start, frequency, bounds) if part.end >= wanted)


def inclusive(parts: list[BillingPeriod]) -> list[list[str]]:
    return [[part.start.isoformat(), part.end.isoformat()] for part in parts]


def exclusive(start: date, end: date) -> list[str]:
    return [start.isoformat(), (end + ONE_DAY).isoformat()]


def share(value: Fraction) -> str:
    return "1" if value == 1 else ratio_text(value)


# ---------------------------------------------------------------------------------------------------- KB, proration


def kb_cycles(case: Case) -> Answer:
    asked = case["inputs"]
    span, bounds = period(asked["start"], asked["end"]), boundary(asked["billing_cycle_day"])
    frequency = Frequency(asked["period"])
    rate = Rate(Decimal(1), UNITS[frequency])
    if problems_of_terms(span, Decimal(1), rate, BillingTerms(frequency, boundary=bounds)):
        return {"error": True}
    due = laid_out(span, frequency, bounds, asked["target"])
    cycles = sum(Decimal(ratio_text(item.fraction)) for item in due)  # theirs round each part to 9 decimals
    return {
        "cycles": cycles,
        "items_derived": [[*exclusive(item.start, item.end), share(item.fraction)] for item in due],
    }


def kb_part(case: Case) -> Answer:
    """A leading part lies before a boundary, a trailing one begins on it."""
    asked = case["inputs"]
    bounds = boundary(day(asked["to"]).day) if asked["function"] == "leading" else ANNIVERSARY
    (part,) = billing_periods(period(asked["from_"], asked["to"]), Frequency(asked["period"]), bounds)
    assert (part.whole_end - part.whole_start).days + 1 == asked["divisor_days"]
    return {"cycles": Decimal(ratio_text(part.fraction))}


def kb_amount(case: Case) -> Answer:
    asked = case["inputs"]
    service = period(asked["service_from"], asked["service_to"])
    bounds = boundary(31) if asked["full_period_from"] == "2012-02-29" else ANNIVERSARY
    anchor = None if bounds.day else day(asked["full_period_from"])
    rate = Rate(Decimal(asked["rate"]), PriceUnit.MONTH)
    on = BillingTerms(boundary=bounds)
    (item,) = slices(service, Decimal(1), rate, on, USD, None, None, anchor)
    (part,) = billing_periods(service, Frequency.MONTHLY, bounds, anchor)
    assert part.whole_start == day(asked["full_period_from"])
    whole = Period(part.whole_start, part.whole_end)
    return {"amount": str(item.amount), "days": service.days, "period_days": whole.days}


# ------------------------------------------------------------------------------------------------ KB, billing dates


def kb_dates(case: Case) -> Answer:
    asked = case["inputs"]
    start, frequency = day(asked["start"]), Frequency(asked["period"])
    bounds = boundary(asked["billing_cycle_day"])
    if "boundaries" in case["expected"]:
        number = len(case["expected"]["boundaries"])
        return {"boundaries": [part.start.isoformat() for part in islice(grid(start, frequency, bounds), number)]}
    first = boundaries(start, frequency, bounds, start)[0]
    answer: Answer = {"first_billing_cycle_date": first.isoformat()}
    if asked["target"]:
        timing = Timing.ADVANCE if asked["mode"] == "in_advance" else Timing.ARREARS
        due = laid_out(period(asked["start"], asked["end"]), frequency, bounds, asked["target"], timing=timing)
        reached = [item.end + ONE_DAY for item in due]
        if timing is Timing.ARREARS and first == start:
            reached.append(start)  # theirs: on its own first day, a grid that begins there is billed up to nothing
        until = max(reached, default=None)
        known = boundaries(start, frequency, bounds, until or start)
        answer |= {
            "has_something_to_bill": until is not None,
            "effective_end_date": until and until.isoformat(),
            "next_billing_cycle_date": min(b for b in known if b > (until or start)).isoformat(),
            "last_billing_cycle_date": max((b for b in known if until and b <= until), default=first).isoformat(),
        }
    return {key: value for key, value in answer.items() if key in case["expected"]}


def kb_whole_periods(case: Case) -> Answer:
    asked = case["inputs"]
    span = period(asked["start"], asked["end"])
    assert span.end is not None
    parts = billing_periods(span, Frequency(asked["period"]), ANNIVERSARY)
    whole = sum(part.is_whole for part in parts)
    if asked["period"] == "monthly":
        assert term_between(span.start, span.end).months == whole
    return {"whole_periods": whole}


def kb_advance(case: Case) -> Answer:
    asked = case["inputs"]
    return {"date": add_months(day(asked["date"]), asked["n"]).isoformat()}


def kb_recede(case: Case) -> Answer:
    """Months go back by months; weeks are checked from the answer on, as our grids run forward only."""
    asked = case["inputs"]
    if asked["period"] == "monthly":
        return {"date": add_months(day(asked["date"]), -asked["n"]).isoformat()}
    earlier = day(case["expected"]["date"])
    walked = list(islice(grid(earlier, Frequency.WEEKLY, ANNIVERSARY), asked["n"] + 1))
    return {"date": case["expected"]["date"] if walked[-1].start == day(asked["date"]) else "elsewhere"}


def kb_schedule(case: Case) -> Answer:
    asked, expected = case["inputs"], case["expected"]
    frequency = Frequency(asked["period"])
    changes = asked.get("changes") or [{**asked, "date": asked["start"]}]
    ends = [*(change["date"] for change in changes[1:]), None]
    due = [
        item
        for change, end in zip(changes, ends, strict=True)
        for item in laid_out(
            period(change["date"], end),
            frequency,
            boundary(change["billing_cycle_day"]),
            asked["target"],
            change["rate"],
        )
    ]
    answer: Answer = {
        "total": str(sum((item.amount for item in due), USD.money(0))),
        "items": [[*exclusive(item.start, item.end), str(item.amount)] for item in due],
        "item_count": len(due),
    }
    return {key: value for key, value in answer.items() if key in expected}


# -------------------------------------------------------------------------------------------------------------- MET


def met_period(case: Case) -> Answer:
    asked = case["inputs"]
    frequency, bounds = Frequency(asked["period"]), boundary(asked["billing_day"])
    if asked["function"] == "advance_period":
        part = next(grid(day(asked["invoice_date"]), frequency, bounds))
        assert asked["is_first_period"] or part.is_whole
    elif asked["function"] == "arrear_period":
        parts = grid(day(asked["billing_start"]), frequency, bounds)
        wanted = day(asked["invoice_date"])
        part = next(p for p in parts if billing_date(p.start, p.end, Timing.ARREARS, None) == wanted)
    else:
        part = holding(day(asked["billing_start"]), frequency, bounds, day(asked["target"]))
    return {"start": part.start.isoformat(), "end": (part.end + ONE_DAY).isoformat()}


def met_elapsed(case: Case) -> Answer:
    asked = case["inputs"]
    parts = grid(day(asked["billing_start"]), Frequency(asked["period"]), boundary(asked["billing_day"]))
    over = takewhile(lambda part: part.end < day(asked["target"]), parts)
    return {"elapsed_cycles": sum(1 for _ in over)}


def met_part_of_quarter(case: Case) -> Answer:
    asked = case["inputs"]
    price = str(Decimal(asked["full_cents"]).scaleb(-2))
    frequency = Frequency(asked["period"])
    span = Period(day(asked["start"]), None)
    first, second = laid_out(span, frequency, CALENDAR, case["expected"]["second_invoice"][0], price)
    part = next(grid(span.start, frequency, CALENDAR))
    sale = replace(EVERGREEN, quantity=Decimal(1), rate=Rate(Decimal(price), UNITS[frequency]), period=span)
    return {
        "first_period": exclusive(first.start, first.end),
        "days": Period(first.start, first.end).days,
        "full_period_days": Period(part.whole_start, part.whole_end).days,
        "first_invoice_cents": first.amount.minor,
        "second_invoice": [*exclusive(second.start, second.end), second.amount.minor],
        "mrr_cents": mrr(sale).minor,
    }


def met_month_ends(case: Case) -> Answer:
    """Their shorter last period is billed in full: our proration policy that forbids parts."""
    asked, expected = case["inputs"], case["expected"]
    bounds, frequency = boundary(asked["billing_cycle_day"]), Frequency(asked["period"])
    if "boundaries" in expected:
        due = laid_out(period(asked["start"], None), frequency, bounds, expected["boundaries"][-1], "35")
        amounts = {item.amount.minor for item in due}
        return {"boundaries": [item.start.isoformat() for item in due], "amount_each_cents": amounts.pop()}
    span = period(asked["start"], asked["end"])
    due = laid_out(span, frequency, bounds, None, "35", partial=Partial.WHOLE)
    return {
        "periods": [exclusive(item.start, item.end) for item in due],
        "invoices_cents": [item.amount.minor for item in due],
        "invoices_after_end": sum(item.billing_date > day(asked["end"]) for item in due),
    }


# ------------------------------------------------------------------------------------------------------------- LAGO


def lago_part(case: Case) -> Answer:
    asked = case["inputs"]
    trial_until = asked["trial_until_exclusive"] or asked["service_from_inclusive"]
    start = max(day(asked["service_from_inclusive"]), day(trial_until))
    service = Period(start, day(asked["service_to_inclusive"]))
    frequency = {7: Frequency.WEEKLY, 365: Frequency.ANNUAL}.get(asked.get("full_period_days"), Frequency.MONTHLY)
    parts = list(billing_periods(service, frequency, CALENDAR))
    billed = sum((part.fraction for part in parts), Fraction(0))
    answer: Answer = {"amount_cents": round_half_up(asked["full_cents"] * billed)}
    for part in parts:
        assert Period(part.whole_start, part.whole_end).days == asked["full_period_days"]
        answer["billed_days"] = service.days
    return answer


def lago_dates(case: Case) -> Answer:
    asked = case["inputs"]
    bounds = ANNIVERSARY if "anniversary" in asked else CALENDAR
    wanted = day(asked.get("billing_at") or asked["at"])
    start = day(asked["anniversary"]) if "anniversary" in asked else date(wanted.year - 2, 1, 1)
    frequency = Frequency(asked["period"])
    part = holding(start, frequency, bounds, wanted)
    if asked.get("mode") == "in_arrear":
        part = holding(start, frequency, bounds, part.start - ONE_DAY)
    answer = {
        "period_start": part.start.isoformat(),
        "period_end_inclusive": part.end.isoformat(),
        "period_days": Period(part.start, part.end).days,
    }
    return {key: value for key, value in answer.items() if key in case["expected"]}


# -------------------------------------------------------------------------------------------------------------- OCA


def oca_terms(asked: Answer) -> tuple[Frequency, Boundary, Timing]:
    rule, number = asked["rule"], asked.get("interval", 1)
    frequency = {1: Frequency.MONTHLY, 3: Frequency.QUARTERLY}[number] if rule != "yearly" else Frequency.ANNUAL
    bounds = Boundary(BoundaryKind.LAST_DAY) if rule == "monthlylastday" else ANNIVERSARY
    return frequency, bounds, Timing.ADVANCE if asked["invoicing"] == "pre-paid" else Timing.ARREARS


def oca_next_invoice(case: Case) -> Answer:
    asked = case["inputs"]
    frequency, bounds, timing = oca_terms(asked)
    span = Period(day(asked["next_period_start"]), asked["max_date_end"] and day(asked["max_date_end"]))
    part = next(billing_periods(span, frequency, bounds), None)
    billed = part and billing_date(part.start, part.end, timing, None)
    return {"next_invoice_date": billed and billed.isoformat()}


def oca_next_period(case: Case) -> Answer:
    asked = case["inputs"]
    frequency, bounds, _ = oca_terms(asked)
    start, end = day(asked["date_start"]), day(asked["date_end"])
    rest = Period(day(asked["last_date_invoiced"]) + ONE_DAY if asked["last_date_invoiced"] else start, end)
    part = next(billing_periods(rest, frequency, bounds, anchor=start))
    return {"period_start": part.start.isoformat(), "period_end_inclusive": part.end.isoformat()}


def oca_yearly(case: Case) -> Answer:
    """Their years run from the next invoice date that was entered: the grid of a term that begins there."""
    asked = case["inputs"]
    frequency, bounds, timing = oca_terms(asked)
    invoiced_on = day(asked["next_invoice_date"])
    dated: list[tuple[date, BillingPeriod]] = [
        (billing_date(part.start, part.end, timing, None), part)
        for part in islice(
            billing_periods(Period(day(asked["contract_start"]), None), frequency, bounds, invoiced_on), 3
        )
    ]
    through = max(part.end for billed, part in dated if billed <= invoiced_on)
    return {
        "next_invoice_date": min(billed for billed, _ in dated if billed > invoiced_on).isoformat(),
        "invoiced_through_inclusive": through.isoformat(),
    }


def oca_schedule(case: Case) -> Answer:
    asked = case["inputs"]
    frequency, bounds, _ = oca_terms(asked)
    span = Period(day(asked["date_start"]), day(asked["date_end_inclusive"]))
    return {"periods_inclusive": inclusive(list(billing_periods(span, frequency, bounds)))}


def oca_renewal(case: Case) -> Answer:
    asked = case["inputs"]
    term = term_of(int(asked["renewal_term"].removesuffix(" months")), TermUnit.MONTHS)
    start = day(asked["date_start"])
    end = term_end(start, term)
    renewed = end + ONE_DAY
    renewed_end = term_end(renewed, term_between(start, end))
    if asked["mode"] == "extend":
        return {"line": [start.isoformat(), renewed_end.isoformat()]}
    return {
        "old_line": [start.isoformat(), end.isoformat()],
        "new_line": [renewed.isoformat(), renewed_end.isoformat()],
    }


# ------------------------------------------------------------------------------------------------------- ERPN, SILV


def erpn_dates(case: Case) -> Answer:
    asked = case["inputs"]
    span = Period(day(asked["start"]), day(asked["end"]))
    part = next(billing_periods(span, Frequency(asked["period"]), CALENDAR))
    return {"first_period_end_inclusive": part.end.isoformat()}


def silv_months(case: Case) -> Answer:
    asked = case["inputs"]
    months = term_count(period(asked["from_"], asked["to_exclusive"]), PriceUnit.MONTH, STANDARD_TERMS)
    return {"months": str(months)}


def silv_dates(case: Case) -> Answer:
    asked = case["inputs"]
    number = len(case["expected"]["periods_inclusive"])
    parts = islice(grid(day(asked["start"]), Frequency(asked["period"]), CALENDAR), number)
    return {"periods_inclusive": inclusive(list(parts))}


# -------------------------------------------------------------------------------------------------------- the tests


def reader_of(case: Case) -> Callable[[Case], Answer]:
    system, kind, asked = case["id"].split("-")[0], case["kind"], case["inputs"]
    by_function: dict[tuple[str, str], Callable[[Case], Answer]] = {
        ("KB", "leading"): kb_part,
        ("KB", "trailing"): kb_part,
        ("KB", "whole_periods_between"): kb_whole_periods,
        ("KB", "advance"): kb_advance,
        ("KB", "recede"): kb_recede,
        ("MET", "advance_period"): met_period,
        ("MET", "arrear_period"): met_period,
        ("MET", "period_containing"): met_period,
        ("MET", "elapsed_cycles"): met_elapsed,
        ("SILV", "months_between_as_fraction"): silv_months,
    }
    by_input: dict[tuple[str, str, str], Callable[[Case], Answer]] = {
        ("KB", "proration", "rate"): kb_amount,
        ("KB", "proration", "billing_cycle_day"): kb_cycles,
        ("KB", "billing_dates", "billing_cycle_day"): kb_dates,
        ("KB", "billing_schedule", "target"): kb_schedule,
        ("MET", "proration", "billing_cycle_day"): met_part_of_quarter,
        ("MET", "billing_dates", "billing_cycle_day"): met_month_ends,
        ("LAGO", "proration", "full_cents"): lago_part,
        ("LAGO", "billing_dates", "period"): lago_dates,
        ("OCA", "billing_dates", "next_period_start"): oca_next_invoice,
        ("OCA", "billing_dates", "date_start"): oca_next_period,
        ("OCA", "billing_dates", "contract_start"): oca_yearly,
        ("OCA", "billing_schedule", "date_end_inclusive"): oca_schedule,
        ("OCA", "renewal_dates", "renewal_term"): oca_renewal,
        ("ERPN", "billing_dates", "follow_calendar_months"): erpn_dates,
        ("SILV", "billing_dates", "billing"): silv_dates,
    }
    if "function" in asked:
        return by_function[system, asked["function"]]
    return next(
        reader
        for (whose, what, field), reader in by_input.items()
        if (whose, what) == (system, kind) and field in asked
    )


def agree(case: Case, record_property: Record) -> None:
    record_property(PROPERTY, case["id"])
    check(case, reader_of(case)(case))


@pytest.mark.parametrize("case", ours("proration"))
def test_parts_of_periods(case: Case, record_property: Record):
    agree(case, record_property)


@pytest.mark.parametrize("case", ours("billing_dates"))
def test_billing_dates(case: Case, record_property: Record):
    agree(case, record_property)


@pytest.mark.parametrize("case", ours("billing_schedule", but=OF_SEVERAL_LINES))
def test_billing_schedules(case: Case, record_property: Record):
    agree(case, record_property)


@pytest.mark.parametrize("case", ours("renewal_dates"))
def test_renewal_dates(case: Case, record_property: Record):
    agree(case, record_property)


@pytest.mark.skipif(not CASES, reason=MISSING)
def test_every_case_is_either_answered_or_named_with_a_reason():
    known = {case["id"]: case for case in CASES if case["kind"] in KINDS}
    must_agree = {name for name, case in known.items() if case.get("ours")}
    assert not must_agree & set(NOT_OURS)
    assert len(must_agree) == 92
    for name, case in known.items():
        if name not in {*NOT_OURS, *OF_SEVERAL_LINES}:
            assert callable(reader_of(case))
