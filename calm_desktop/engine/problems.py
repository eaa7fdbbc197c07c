"""What can go wrong: a user's mistakes are data, all told at once; the world's faults and our bugs are exceptions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in what a user asked for.

    `code` is a stable word for scripts (`unknown-product`), `field` names the input it concerns (`quantity`),
    `message` says what is wrong and what to do in plain words, `place` says where (`row 12, column Quantity`),
    or is empty. `overridable` marks refusals that a stated reason lifts.
    """

    code: str
    field: str
    message: str
    place: str = ""
    overridable: bool = False


class Refused(Exception):
    """An act that was refused, with every problem found; nothing was changed."""

    def __init__(self, problems: Iterable[Problem] | Problem) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))


class Fault(Exception):
    """The world's fault (disk full, file locked, store missing): the message is plain words with what to do."""


class StoreFault(Fault):
    """The store is missing, unreadable, newer than the program, or cannot be written."""


class Bug(Exception):
    """Our own mistake: a rule of the program was broken by the program."""


def refuse_if(problems: Iterable[Problem]) -> None:
    """Raise `Refused` when there is any problem."""
    found = tuple(problems)
    if found:
        raise Refused(found)
