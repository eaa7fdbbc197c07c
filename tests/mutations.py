"""Break one rule of the engine at a time, in a copy, and see that a test fails: `make mutants`.

A rule whose breaking no test notices is told, and the exit code is 1.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Mutation:
    """A rule, where it stands, what is written instead, and the tests that ought to notice."""

    rule: str
    module: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTATIONS = (
    Mutation(
        "the remainder goes to the slice that the policy names",
        "money.py",
        "place = 0 if remainder is Remainder.FIRST else -1",
        "place = -1 if remainder is Remainder.FIRST else 0",
        ("test_money.py", "test_billing.py"),
    ),
    Mutation(
        "halves are rounded up, not to even",
        "money.py",
        "rounded = (2 * abs(top) + bottom) // (2 * bottom)",
        "rounded = round(__import__('fractions').Fraction(abs(top), bottom))",
        ("test_money.py",),
    ),
    Mutation(
        "a decrease takes the newest first",
        "lifecycle.py",
        "for key in sorted(left, reverse=True) if left[key]",
        "for key in sorted(left) if left[key]",
        ("test_changes.py",),
    ),
    Mutation(
        "both ends of a period are inclusive",
        "dates.py",
        "return self.start <= day and (self.end is None or day <= self.end)",
        "return self.start <= day and (self.end is None or day < self.end)",
        ("test_lifecycle.py", "test_dates.py"),
    ),
    Mutation(
        "the n-th date is counted from the anchor",
        "dates.py",
        "return lambda n: day_in_month(first + n * step, day_of_month), n",
        "return lambda n: day_in_month(first + n * step, min(day_of_month, 28)), n",
        ("test_dates.py",),
    ),
    Mutation(
        "what is rounded is the total, once",
        "rating.py",
        "return money_from(exact_amount(term_count(period, rate.unit, terms, anchor), quantity, rate), currency)",
        "one = money_from(exact_amount(Fraction(1), quantity, rate), currency)\n"
        "    count = term_count(period, rate.unit, terms, anchor)\n"
        "    return money_from(Fraction(one.amount) * count, currency)",
        ("test_rating.py", "test_billing.py"),
    ),
    Mutation(
        "an action changes the last state, not the one of its day",
        "lifecycle.py",
        "return states[-1] if states else None",
        "return states[0] if states else None",
        ("test_changes.py",),
    ),
    Mutation(
        "the last part of a split period takes the rest",
        "lifecycle.py",
        "amounts[-1] = self.currency.money(whole - earlier)",
        "amounts[0] = self.currency.money(amounts[0].minor + whole - earlier - amounts[-1].minor)",
        ("test_changes.py", "test_lifecycle.py"),
    ),
    Mutation(
        "a credit never exceeds what was billed less earlier credits",
        "schedules.py",
        "amount = -min(-taken.amount.minor, room)",
        "amount = taken.amount.minor",
        ("test_schedules.py",),
    ),
    Mutation(
        "what is billed is not lowered but credited",
        "schedules.py",
        "unbilled = [part for place, part in plan.left(credited) if place not in on_paper]",
        "unbilled = [part for place, part in plan.left(credited)]",
        ("test_schedules.py",),
    ),
    Mutation(
        "odd cents that no slice takes are corrected",
        "schedules.py",
        "if rest and takers:",
        "if rest and not takers:",
        ("test_schedules.py",),
    ),
    Mutation(
        "a cancellation takes effect after the first day",
        "changes.py",
        'if day <= start:\n        words = (\n            f"{name} starts on {start}: a cancellation',
        'if day < start:\n        words = (\n            f"{name} starts on {start}: a cancellation',
        ("test_changes.py",),
    ),
    Mutation(
        "a change reaches every later state period",
        "changes.py",
        "if period.start >= first and (last is None or period.start <= last):",
        "if period.start == first and (last is None or period.start <= last):",
        ("test_changes.py",),
    ),
    Mutation(
        "in arrears a period is billed on the day after it",
        "dates.py",
        "    after = end + ONE_DAY\n    if bill_day is None:\n        return after",
        "    after = end\n    if bill_day is None:\n        return after",
        ("test_dates.py", "test_billing.py"),
    ),
    Mutation(
        "a customer is lost at zero only",
        "metrics.py",
        "    if after == 0:\n        return Movement.CHURN",
        "    if after < before:\n        return Movement.CHURN",
        ("test_metrics.py",),
    ),
    Mutation(
        "churn is dated by the first day without",
        "metrics.py",
        "after = end + ONE_DAY",
        "after = end",
        ("test_metrics.py",),
    ),
    Mutation(
        "gross retention caps each customer",
        "metrics.py",
        "return min(then, now)",
        "return now",
        ("test_metrics.py",),
    ),
    Mutation(
        "what goes on without an end is laid out on its own grid",
        "schedules.py",
        "        beyond(max(start, through)),\n        item.grid,",
        "        beyond(max(start, through)),\n        start,",
        ("test_schedules.py",),
    ),
)


def main() -> int:
    """Try each mutation; answers how many no test noticed, 1 at most."""
    unnoticed = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        ignored = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache", ".hypothesis", "build")
        shutil.copytree(ROOT, copy, ignore=ignored)
        for mutation in MUTATIONS:
            noticed = _is_noticed(copy, mutation)
            unnoticed += not noticed
            print(f"{'noticed ' if noticed else 'MISSED  '} {mutation.module:14} {mutation.rule}", flush=True)
    print(f"{len(MUTATIONS) - unnoticed} of {len(MUTATIONS)} mutations are noticed")
    return min(unnoticed, 1)


def _is_noticed(copy: Path, mutation: Mutation) -> bool:
    path = copy / "calm_desktop" / "engine" / mutation.module
    whole = path.read_text(encoding="utf-8")
    if whole.count(mutation.old) != 1:
        raise SystemExit(f"{mutation.module} does not hold {mutation.old!r} once: mend the list of mutations")
    path.write_text(whole.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        tests = [f"tests/engine/{test}" for test in mutation.tests]
        command = [sys.executable, "-m", "pytest", "--quiet", "--exitfirst", "-p", "no:cacheprovider", *tests]
        done = subprocess.run(command, cwd=copy, capture_output=True, check=False, text=True)
    finally:
        path.write_text(whole, encoding="utf-8")
    return done.returncode == 1


if __name__ == "__main__":
    raise SystemExit(main())
