"""From the snapshot of a page to what its charts, trends and cards show: pure, no widgets.

A chart has one line for each currency, never a sum over several. Circles mark the days on which state periods begin,
diamonds the actions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from calm_desktop.engine.hidden import HIDDEN
from calm_desktop.engine.money import Currency, Money
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.shapes import ActionDay, ActionRow, LifecyclePage, SeriesShape
from calm_desktop.ui import display
from calm_desktop.ui.chart_model import ActionDot, ChartSeries, Step, StepLine

TREND_POINTS = 32

Change = TypeVar("Change", ActionRow, ActionDay)


def whole_life(page: LifecyclePage) -> tuple[date, date]:
    """The days that All shows: the whole lifecycle and today, with a little room on both sides."""
    days = [day for series in page.series for day in series.days]
    days += [day for _, run, _ in page.balance_series for day in run]
    known = [*days, page.today, page.as_of]
    first, last = min(days, default=page.today), max(known)
    span = max((last - first).days, 90)
    return first - timedelta(days=max(3, span // 40)), last + timedelta(days=max(7, span // 14))


def dots(actions: Iterable[ActionRow]) -> tuple[ActionDot, ...]:
    """A diamond for each day on which actions take effect; its id is the day, `dot_ids` finds those of rows."""
    days: defaultdict[date, list[ActionRow]] = defaultdict(list)
    for row in actions:
        days[row.effective_date].append(row)
    return tuple(_dot(day, rows) for day, rows in days.items())


def dots_of_days(days: Iterable[ActionDay], alone: Mapping[date, ActionRow]) -> tuple[ActionDot, ...]:
    """The same for actions that are added up by day; `alone` are those on whose day there is no other."""
    by_day: defaultdict[date, list[ActionDay]] = defaultdict(list)
    for each in days:
        by_day[each.effective_date].append(each)
    return tuple(_dot(day, [alone[day]] if day in alone else rows) for day, rows in by_day.items())


def dot_ids(actions: Iterable[ActionRow], chosen: Iterable[Hashable]) -> list[str]:
    """The ids of the dots that stand for the actions of these ids."""
    wanted = set(chosen)
    return sorted({row.effective_date.isoformat() for row in actions if row.id in wanted}) if wanted else []


def _dot(day: date, rows: Sequence[ActionRow | ActionDay]) -> ActionDot:
    if len(rows) == 1 and isinstance(row := rows[0], ActionRow):
        return ActionDot(day.isoformat(), day, row.category, row.source, told(row))
    categories = Counter[str]()
    for row in rows:
        categories[row.category] += row.actions if isinstance(row, ActionDay) else 1
    quantity = sum((row.quantity_change for row in rows), Decimal(0))
    lines = [
        *((category, display.count(number, "action")) for category, number in categories.most_common()),
        ("Quantity", display.quantity_delta(quantity)),
        ("MRR", _money_sum(row.mrr_change for row in rows)),
        ("Amount", _money_sum(row.amount_change for row in rows)),
    ]
    return ActionDot(day.isoformat(), day, display.count(categories.total(), "action"), "", _seen(lines))


def _seen(lines: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The lines of a bubble that say anything: of what is hidden there is nothing to say."""
    return tuple((name, text) for name, text in lines if text)


def _money_sum(amounts: Iterable[Money]) -> str:
    """What money comes to, once for each currency."""
    minor: defaultdict[Currency, int] = defaultdict(int)
    for amount in amounts:
        if amount is HIDDEN:
            return ""
        minor[amount.currency] += amount.minor
    return " / ".join(display.money_delta(Money(minor[c], c)) for c in sorted(minor, key=lambda c: c.code))


def told(row: ActionRow) -> tuple[tuple[str, str], ...]:
    """Old -> new (delta) of each figure that an action changes, as running totals of its asset."""
    quantity = display.change(
        display.quantity(row.quantity_after - row.quantity_change),
        display.quantity(row.quantity_after),
        display.quantity_delta(row.quantity_change),
    )
    return _seen(
        (
            ("Quantity", quantity),
            ("MRR", _money_change(row.mrr_after, row.mrr_change)),
            ("Amount", _money_change(row.amount_after, row.amount_change)),
        )
    )


def _money_change(after: Money, moved: Money) -> str:
    return display.change(display.money(after - moved), display.money(after), display.money_delta(moved))


def quantity_lines(page: LifecyclePage) -> tuple[StepLine, ...]:
    """Quantity over the days, a line for each currency."""
    return _lines(page, "Quantity", lambda series: series.quantity, money=False)


def mrr_lines(page: LifecyclePage) -> tuple[StepLine, ...]:
    """Monthly recurring revenue over the days, a line for each currency."""
    return _lines(page, "MRR", lambda series: _majors(series.mrr), money=True)


def amount_lines(page: LifecyclePage) -> tuple[StepLine, ...]:
    """The amount of the state periods in force over the days, a line for each currency."""
    return _lines(page, "Amount", lambda series: _majors(series.amount), money=True)


def _majors(run: Sequence[Money]) -> Sequence[Decimal]:
    """Money in major units; what is hidden stays so."""
    return run if run is HIDDEN else [each.amount for each in run]


def _lines(
    page: LifecyclePage, title: str, figures: Callable[[SeriesShape], Sequence[Decimal]], money: bool
) -> tuple[StepLine, ...]:
    lines = []
    notes = _notes(page)
    for series in page.series:
        values = figures(series)
        if values is HIDDEN:
            continue
        begun = {start.day for start in page.period_starts if start.currency == series.currency}
        steps = tuple(
            Step(
                day, None if not owned else value, id=day.isoformat() if day in begun else None, note=notes.get(day, "")
            )
            for day, value, owned in zip(series.days, values, series.quantity, strict=True)
        )
        label = title if len(page.series) == 1 else f"{title} {series.currency}"
        lines.append(StepLine(label, steps, currency_named(series.currency) if money else None))
    return tuple(lines)


def _notes(page: LifecyclePage) -> dict[date, str]:
    """What the first days of a pause and of what follows it say."""
    notes: dict[date, str] = {}
    for before, period in zip((None, *page.state_periods), page.state_periods, strict=False):
        if period.paused:
            notes[period.start] = "Paused"
        elif before is not None and before.paused:
            notes[period.start] = "Resumed"
    return notes


def chart(
    title: str,
    lines: tuple[StepLine, ...],
    actions: tuple[ActionDot, ...],
    page: LifecyclePage,
    days: tuple[date, date],
) -> ChartSeries:
    """A whole chart of some days."""
    return ChartSeries(title, lines, actions, page.today, page.as_of, *days, paused=paused_spans(page))


def paused_spans(page: LifecyclePage) -> tuple[tuple[date, date | None], ...]:
    """The days on which the asset of a page is paused; of a whole account nothing is said, for others go on."""
    return tuple((period.start, period.end) for period in page.state_periods if period.paused)


def trend(line: StepLine | None, until: date) -> list[float | None]:
    """Figures of a line at equal distances in time from its first step to a day, for a card."""
    if line is None or not line.steps or until <= line.steps[0].day:
        return []
    first = line.steps[0].day
    days = (until - first).days
    values = (line.value_on(first + timedelta(days=days * n // (TREND_POINTS - 1))) for n in range(TREND_POINTS))
    return [None if value is None else float(value) for value in values]


def last_change(line: StepLine, as_of: date) -> tuple[Decimal, date] | None:
    """The change that brought a line to its figure on a day, and its day; None where there was none yet."""
    before, found = Decimal(0), None
    for step in line.steps:
        if step.day > as_of:
            break
        value = step.value or Decimal(0)
        if value != before:
            found = (value - before, step.day)
        before = value
    return found


def balance_line(currency: Currency, days: Sequence[date], values: Sequence[Money]) -> StepLine:
    """The invoice line balance over the days."""
    return StepLine(
        "Balance", tuple(Step(day, value.amount) for day, value in zip(days, values, strict=True)), currency
    )


def cumulated(
    actions: Iterable[Change], title: str, change: Callable[[Change], Decimal | Money]
) -> tuple[StepLine, ...]:
    """The changes of many assets added up by effective date, a line for each currency."""
    moved: dict[str, dict[date, Decimal]] = {}
    is_money = False
    for row in actions:
        delta = change(row)
        if delta is HIDDEN:
            continue
        is_money = isinstance(delta, Money)
        days = moved.setdefault(row.currency, {})
        days[row.effective_date] = days.get(row.effective_date, Decimal(0)) + (
            delta.amount if isinstance(delta, Money) else delta
        )
    lines = []
    for code in sorted(moved):
        total, steps = Decimal(0), []
        for day in sorted(moved[code]):
            total += moved[code][day]
            steps.append(Step(day, total))
        label = title if len(moved) == 1 else f"{title} {code}"
        lines.append(StepLine(label, tuple(steps), currency_named(code) if is_money else None))
    return tuple(lines)
