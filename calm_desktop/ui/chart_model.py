"""What a lifecycle chart shows, as frozen values: step lines, action dots, today, as-of day and range."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calm_desktop.engine.money import Currency, Money
from calm_desktop.ui import display


@dataclass(frozen=True, slots=True)
class Step:
    """From `day` on the figure is `value`; None from the day on which nothing is owned.

    `id` names the state period that begins here; a step without one (an end, or a sum over many) draws no circle
    unless `marked`. `note` says more in the bubble.
    """

    day: date
    value: Decimal | None
    id: str | None = None
    note: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class StepLine:
    """One line: quantities where `currency` is None, else money of that currency in major units.

    Steps are in order of their days. The last one runs to the right edge: an end is a step to None.
    """

    label: str
    steps: tuple[Step, ...]
    currency: Currency | None = None

    def text(self, value: Decimal | None) -> str:
        """A value of this line for people."""
        if value is None:
            return display.NOTHING
        return display.quantity(value) if self.currency is None else display.money(self._money(value))

    def delta(self, before: Decimal | None, after: Decimal | None) -> str:
        """A change along this line for people, with its sign."""
        moved = (after or Decimal(0)) - (before or Decimal(0))
        return display.quantity_delta(moved) if self.currency is None else display.money_delta(self._money(moved))

    def value_on(self, day: date) -> Decimal | None:
        """The figure on a day; None where nothing is owned."""
        found = None
        for step in self.steps:
            if step.day > day:
                break
            found = step.value
        return found

    def _money(self, value: Decimal) -> Money:
        assert self.currency is not None
        return Money(int(value.scaleb(self.currency.decimals).to_integral_value()), self.currency)


@dataclass(frozen=True, slots=True)
class ActionDot:
    """One asset action, or all of a day: a diamond in the lane below, at the effective day.

    `category` is the bubble's first word, `source` where the action came from, `lines` what the bubble tells, as
    (figure, old -> new (delta)).
    """

    id: str
    day: date
    category: str
    source: str = ""
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """A whole chart from `start` to `end`. Lines of different currencies stand side by side and are never summed.

    `before` are lines as they were before a change, drawn more quietly where they differ from what they became.
    `paused` are spans, first and last day (None: open), in which what is owned rests; they are shaded.
    """

    title: str
    lines: tuple[StepLine, ...]
    actions: tuple[ActionDot, ...]
    today: date
    as_of: date
    start: date
    end: date
    before: tuple[StepLine, ...] = ()
    paused: tuple[tuple[date, date | None], ...] = ()


def apart(before: StepLine, after: Iterable[StepLine]) -> StepLine:
    """A line as it was, with gaps where one of the lines `after` in its currency runs at the same height."""
    same = [line for line in after if line.currency == before.currency]
    days = sorted({step.day for line in (before, *same) for step in line.steps})
    steps: list[Step] = []
    for day in days:
        value = before.value_on(day)
        if any(line.value_on(day) == value for line in same):
            value = None
        if not steps or steps[-1].value != value:
            steps.append(Step(day, value, note="Before"))
    return StepLine(before.label, tuple(steps), before.currency)


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A row of the chart's twin: what happened on a day, and the figure it left."""

    day: date
    line: str
    what: str
    value: str
    delta: str


def table_rows(series: ChartSeries) -> tuple[ChartRow, ...]:
    """The same chart as rows, by day: every step of every line, and every action."""
    rows = []
    for line in series.lines:
        before: Decimal | None = None
        for step in line.steps:
            what = step.note or ("Ends" if step.value is None else "State period")
            rows.append(ChartRow(step.day, line.label, what, line.text(step.value), line.delta(before, step.value)))
            before = step.value
    for line in series.before:
        name = f"{line.label} before"
        rows += [ChartRow(step.day, name, "Before", line.text(step.value), "") for step in line.steps]
    for action in series.actions:
        told = "; ".join(f"{name} {text}" for name, text in action.lines)
        rows.append(ChartRow(action.day, "Action", f"{action.category} {action.source}".strip(), told, ""))
    return tuple(sorted(rows, key=lambda row: row.day))
