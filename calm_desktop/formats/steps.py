"""Ramps in order files: a line with several steps of quantity and price, as a draft of a sale has them.

A step holds from its first day to the day before the next step, or to the end of the line. What a step leaves out is as
the line says. The first step may start with the line, whose own quantity may then be left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from calm_desktop.engine.dates import ONE_DAY, term_end, term_of
from calm_desktop.formats.drafts import OrderLine, OrderStep, RowProblem
from calm_desktop.formats.fields import NAMES, Parse
from calm_desktop.formats.placed import Placed, kind_of, twice, unknown
from calm_desktop.formats.values import Misread, shown

STEP_NAMES = ("start", "quantity", "price", "discount", "end")
_NEEDED = ("start", "quantity")
_START, _END, _TERM = NAMES.index("start"), NAMES.index("end"), NAMES.index("term")
_FIRST_DAYS = {name: NAMES.index(name) for name in ("start", "quantity", "price", "discount")}


@dataclass(frozen=True, slots=True)
class StepDraft:
    """A step as a file states it: its place in the file, the texts that stand there, and what they mean."""

    place: str
    texts: Mapping[str, str]
    start: date
    quantity: Decimal
    price: Decimal | None
    discount: Decimal | None
    end: date | None


class StepReader:
    """Reads the steps of the lines of one file, with the file's ways of writing days and numbers."""

    def __init__(self, file: str, parse: Mapping[str, Parse]) -> None:
        self._file = file
        self._parse = parse

    def read(self, row: int, place: str, value: Any) -> tuple[list[StepDraft], list[RowProblem]]:
        """The steps in the value of `steps`, or all that is wrong with them."""
        if value is None:
            return [], []
        if not isinstance(value, list):
            found = kind_of(value)
            return [], [RowProblem(self._file, row, place, found, "a list of steps", 'write "steps": [{...}, {...}]')]
        steps: list[StepDraft] = []
        problems: list[RowProblem] = []
        for index, each in enumerate(value):
            found_here = self._step(row, f"{place}[{index}]", each)
            if isinstance(found_here, StepDraft):
                steps.append(found_here)
            else:
                problems.extend(found_here)
        return ([], problems) if problems else (steps, self._order(row, steps))

    def _step(self, row: int, place: str, value: Any) -> StepDraft | list[RowProblem]:
        if not isinstance(value, Placed):
            fix = 'write {"start": "2026-07-01", "quantity": 20}'
            return [RowProblem(self._file, row, place, kind_of(value), "a step: an object", fix)]
        problems = [twice(self._file, value.line, f"{place}.{shown(name)}") for name in value.twice]
        texts: dict[str, str] = {}
        for name, text in value.items():
            where = f"{place}.{shown(name)}"
            if name not in STEP_NAMES:
                problems.append(unknown(self._file, value.line, where, STEP_NAMES, name))
            elif text is not None and not isinstance(text, str):
                fix = "put it in quotes"
                problems.append(RowProblem(self._file, value.line, where, kind_of(text), "a text or a number", fix))
            elif text and text.strip():
                texts[name] = text.strip()
        read: dict[str, Any] = {}
        for name in STEP_NAMES:
            where = f"{place}.{name}"
            if name in texts:
                try:
                    read[name] = self._parse[name](texts[name])
                except Misread as wrong:
                    found = shown(texts[name])
                    problems.append(RowProblem(self._file, value.line, where, found, wrong.expected, wrong.fix))
            elif name in _NEEDED and not any(problem.column == where for problem in problems):
                problems.append(RowProblem(self._file, value.line, where, "", "a value", f"fill in {name}"))
        if problems:
            return problems
        return StepDraft(
            place, texts, read["start"], read["quantity"], read.get("price"), read.get("discount"), read.get("end")
        )

    def _order(self, row: int, steps: Sequence[StepDraft]) -> list[RowProblem]:
        """Steps that do not begin after the one before, or end on another day than before the next one."""
        problems = []
        for step, after in pairwise(steps):
            if after.start <= step.start:
                expected, fix = f"a day after {step.start}", "write the steps in the order of their first days"
                problems.append(self._wrong(row, after, "start", after.start, expected, fix))
            elif step.end is not None and step.end != after.start - ONE_DAY:
                problems.append(
                    self._wrong(
                        row,
                        step,
                        "end",
                        step.end,
                        f"{after.start - ONE_DAY}, the day before the next step",
                        "leave it out, or correct it",
                    )
                )
        return problems

    def _wrong(self, row: int, step: StepDraft, name: str, found: object, expected: str, fix: str) -> RowProblem:
        return RowProblem(self._file, row, f"{step.place}.{name}", str(found), expected, fix)

    def fold(
        self, number: int, row: list[str], drafts: Sequence[StepDraft]
    ) -> tuple[tuple[OrderStep, ...], list[RowProblem]]:
        """The steps after the first days of the line on line `number`, and what contradicts itself.

        What a first step says of the line's first days goes into the cells of `row`. What the other steps leave out
        stays as the line says, and where the line says nothing, as in the first step.
        """
        if not drafts:
            return (), []
        first, last = drafts[0], drafts[-1]
        if last.end is not None and not row[_END] and not row[_TERM]:
            row[_END] = last.texts["end"]
        own = {name: self._value(name, row[at].strip()) for name, at in _FIRST_DAYS.items()}
        if row[_START].strip() and own["start"] != first.start:
            return tuple(OrderStep(each.start, each.quantity, each.price, each.discount) for each in drafts), []
        problems = []
        if own["quantity"] is not None and own["quantity"] != first.quantity:
            words = f"{own['quantity']:f}, the line's own quantity, or none on the line"
            fix = "leave the quantity of the line out, or begin the first step later"
            problems.append(self._wrong(number, first, "quantity", f"{first.quantity:f}", words, fix))
        for name, at in _FIRST_DAYS.items():
            if name in first.texts and (own[name] is not None or not row[at].strip()):
                row[at] = first.texts[name]
        steps = (
            OrderStep(
                each.start,
                each.quantity,
                own["price"] if each.price is None else each.price,
                own["discount"] if each.discount is None else each.discount,
            )
            for each in drafts[1:]
        )
        return tuple(steps), problems

    def _value(self, name: str, text: str) -> Any:
        """What a text of the line means; None where there is none, or where it is no value: that is told elsewhere."""
        try:
            return self._parse[name](text) if text else None
        except Misread:
            return None


def ends_wrong(line: OrderLine, drafts: Sequence[StepDraft]) -> list[RowProblem]:
    """Steps outside of the days of their line, and a last one that ends on another day than the line."""
    if not drafts:
        return []
    end = line.end if line.term is None else term_end(line.start, term_of(line.term, line.term_unit))
    problems = []
    for place, step in enumerate(drafts):
        too_early = step.start < line.start if place == 0 else False
        if too_early or (end is not None and step.start > end):
            days = f"a day from {line.start}" + (f" to {end}" if end is not None else " on")
            fix = "correct the start of the step, or the days of the line"
            problems.append(RowProblem(line.file, line.row, f"{step.place}.start", str(step.start), days, fix))
    last = drafts[-1]
    if last.end is not None and last.end != end:
        expected = f"{end}, the end of the line" if end is not None else "no end: the line has none"
        fix = "leave it out, or correct it"
        problems.append(RowProblem(line.file, line.row, f"{last.place}.end", str(last.end), expected, fix))
    return problems
