"""What an import says of the rows of its files: how many of each kind, and which ones are bad or left out, and why."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calm_desktop.engine.fields import text_of
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.formats.drafts import Rejected, RowProblem, SkipKind, Skipped
from calm_desktop.services.shapes import ChangedRow, SkippedRow

MOST = 5000
"""Problems, and rows left out, that an answer lists; more are only counted."""

COLUMNS = ("file", "row", "column", "found", "expected", "fix")


@dataclass(slots=True)
class Tally:
    """Counts rows; keeps the first problems and rows left out, and hands every problem on to a file where one is
    wanted."""

    new: int = 0
    changed: int = 0
    changed_rows: list[ChangedRow] = field(default_factory=list)
    """Rows that say other than what was stored of them before, of which the first are shown."""
    taken_anew: int = 0
    """Of those that are changed, the rows that were taken."""
    same: int = 0
    skipped: int = 0
    cancelled: int = 0
    taken_back: int = 0
    """Of those that are cancelled, the rows by which anything was taken back."""
    rejected: int = 0
    problem_count: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    left_out_count: int = 0
    left_out: list[SkippedRow] = field(default_factory=list)
    _file: Any = None

    @property
    def counts(self) -> dict[str, int]:
        """The counts of an answer: the first is the sum of the others."""
        known = {
            "new": self.new,
            "changed": self.changed,
            "same": self.same,
            "skipped": self.skipped,
            "cancelled": self.cancelled,
            "rejected": self.rejected,
        }
        return {"read": sum(known.values()), **known}

    @contextmanager
    def telling(self, file: str) -> Iterator[None]:
        """Write every problem into a CSV file as well; none where the name is empty. Refuses one that cannot be."""
        if not file:
            yield
            return
        try:
            stream = Path(file).open("w", newline="", encoding="utf-8-sig")  # noqa: SIM115 - closed below
        except OSError as error:
            words = f"{file} cannot be written: {error.strerror}. Name another file."
            raise Refused(Problem("cannot-write", "problems", words)) from error
        with stream:
            self._file = csv.writer(stream)
            self._file.writerow(COLUMNS)
            yield
            self._file = None

    def tell(self, *problems: RowProblem) -> None:
        """What is wrong with a file or a row."""
        self.problem_count += len(problems)
        self.problems.extend(problems[: MOST - len(self.problems)])
        if self._file is not None:
            self._file.writerows([getattr(each, name) for name in COLUMNS] for each in problems)

    def reject(self, draft: Any, problems: Iterable[Problem]) -> None:
        """A row that cannot be taken, for these reasons."""
        self.rejected += 1
        self.tell(*(row_problem(draft, each) for each in problems))

    def read_badly(self, row: Rejected) -> None:
        """A row that could not be read."""
        self.rejected += 1
        self.tell(*row.problems)

    def change(self, row: ChangedRow) -> None:
        """A row that was imported before and says other than then."""
        self.changed += 1
        if len(self.changed_rows) < MOST:
            self.changed_rows.append(row)

    def skip(self, row: Skipped) -> None:
        """A row that is left out on purpose."""
        if row.kind is SkipKind.CANCELLED:
            self.cancelled += 1
        else:
            self.skipped += 1
        self.leave_out(row.file, row.row, row.reason)

    def leave_out(self, file: str, row: int, reason: str) -> None:
        """Say why nothing, or not all, of a row is stored."""
        self.left_out_count += 1
        if len(self.left_out) < MOST:
            self.left_out.append(SkippedRow(row, reason, file))


def problems_in(file: Path) -> Iterator[RowProblem]:
    """The problems that `Tally.telling` wrote into a file."""
    with file.open(newline="", encoding="utf-8-sig") as stream:
        rows = csv.reader(stream)
        next(rows, None)
        for name, row, *words in rows:
            yield RowProblem(name, int(row), *words)


_CALLED = {"account": "account_ref", "product": "product_code"}


def row_problem(draft: Any, problem: Problem) -> RowProblem:
    """A problem of a draft, at its row."""
    found = _found(draft, problem.field)
    return RowProblem(
        draft.file, draft.row, problem.field, found, problem.message, "correct the row and import the file again"
    )


def _found(draft: Any, name: str) -> str:
    for each, value in getattr(draft, "fields", ()):
        if each.api_name == name:
            return text_of(value)
    found = getattr(draft, _CALLED.get(name, name), "")
    return "" if found is None else str(found)


def sorted_by_row(problems: Sequence[RowProblem]) -> tuple[RowProblem, ...]:
    """The same, as they stand in their files."""
    order = {file: place for place, file in enumerate(dict.fromkeys(each.file for each in problems))}
    return tuple(sorted(problems, key=lambda each: (order[each.file], each.row)))
