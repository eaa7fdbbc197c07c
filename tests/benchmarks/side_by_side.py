"""Measuring two pieces of work in turn, so that whatever else the machine does meets both."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Ratio:
    """`name` took `ours` seconds where the measure beside it took `theirs` (medians of `rounds`)."""

    name: str
    beside: str
    ours: float
    theirs: float
    rounds: int

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.ours / self.theirs:.2f} x {self.beside} "
            f"({self.ours * 1000:,.0f} ms against {self.theirs * 1000:,.0f} ms, medians of {self.rounds})"
        )


@dataclass(frozen=True, slots=True)
class Peaks:
    """`name` held `ours` bytes at most where the work beside it held `theirs`."""

    name: str
    beside: str
    ours: int
    theirs: int

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.ours / self.theirs:.2f} x {self.beside} "
            f"({self.ours / 2**20:,.0f} MB against {self.theirs / 2**20:,.0f} MB)"
        )


def peak_memory() -> int:
    """Bytes that this process has held at most, on Linux.

    `getrusage` would not tell: what a process held that started this one counts there too.
    """
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes, with the rubbish of former work out of the way."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(name: str, ours: Callable[[], object], beside: str, theirs: Callable[[], object], rounds: int = 5) -> Ratio:
    """Both in turn, `rounds` times."""
    mine, others = [], []
    for _ in range(rounds):
        others.append(seconds(theirs))
        mine.append(seconds(ours))
    return Ratio(name, beside, median(mine), median(others), rounds)
