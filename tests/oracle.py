"""The published cases of other billing systems: where they are, which are not ours and why, and how many agree.

A test that puts a case to us records its id, so that the run's last lines can say for each system how many agree.
A case that asks for a rule which is not ours is named in NOT_OURS with its reason: nothing is left out in silence.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

Case = dict[str, Any]
Answer = dict[str, Any]
Record = Callable[[str, object], None]

SHARED = Path(os.environ.get("CALM_SHARED", Path(__file__).resolve().parents[2] / "shared"))
CASES_FILE = SHARED / "oracle" / "cases.json"
CASES: list[Case] = json.loads(CASES_FILE.read_text(encoding="utf-8")) if CASES_FILE.exists() else []
MISSING = f"the published cases are not there: {CASES_FILE} (see CALM_SHARED)"
PROPERTY = "published"
"""The name under which a test records the id of the case that it asked."""

SYSTEMS = {
    "KB": "Kill Bill",
    "KBA": "Kill Bill analytics",
    "MET": "Meteroid",
    "LAGO": "Lago",
    "OCA": "OCA contract",
    "SILV": "Silver",
    "FLEX": "Flexprice",
    "ERPN": "ERPNext",
    "CMOG": "ChartMogul",
    "SEED": "the renewal story",
}

THIRTY_DAYS = "periods of thirty days are not among our frequencies"
FIXED_MONTHS = "months of a fixed number of days: ours have the calendar's"
TWO_OF_THEM = "every two months or two weeks is not among our frequencies"
GREEDY = "greedy arrears bill a period before it has ended: ours bill on the first day after it"
EARLIER_CREDITS = (
    "takes earlier credits off the unused part: ours caps the credit at what was billed less earlier credits"
)
NOT_OURS = {
    "KB-001": "a target before the start is no mistake here: nothing is due yet",
    "KB-023": "counts back from a clamped month end: ours counts every boundary from the anchor",
    "KB-085": "counts back from a clamped month end: ours counts every boundary from the anchor",
    "KB-182": THIRTY_DAYS,
    "KB-185": THIRTY_DAYS,
    "KB-191": THIRTY_DAYS,
    "KB-213": GREEDY,
    "KB-214": GREEDY,
    "KB-215": GREEDY,
    "KB-216": GREEDY,
    "KB-217": GREEDY,
    "KB-222": "divides three months by the days of one: whole months count as months here",
    "KB-235": THIRTY_DAYS,
    "KB-236": THIRTY_DAYS,
    "KB-237": THIRTY_DAYS,
    "KB-246": THIRTY_DAYS,
    "KB-255": FIXED_MONTHS,
    "KB-257": FIXED_MONTHS,
    "KB-260": FIXED_MONTHS,
    "KB-261": FIXED_MONTHS,
    "KB-262": FIXED_MONTHS,
    "KB-266": FIXED_MONTHS,
    "KB-268": FIXED_MONTHS,
    "KB-269": FIXED_MONTHS,
    "LAGO-019": EARLIER_CREDITS,
    "LAGO-029": EARLIER_CREDITS,
    "OCA-004": TWO_OF_THEM,
    "OCA-012": TWO_OF_THEM,
    "OCA-045": "a next invoice date moved by hand in the middle of a schedule: ours cannot be moved",
    "OCA-053": "a pause delays a line that has not begun: ours pauses what is owned, and refuses other days",
    "SILV-018": TWO_OF_THEM,
}
NOT_ASKED = {
    "precise_cents": "written down from floating point numbers",
    "old_auto_renew": "whether a contract renews itself is no date",
    "new_auto_renew": "whether a contract renews itself is no date",
}

OF_SEVERAL_LINES = ("MET-099",)
"""Schedules whose invoices have lines of several subscriptions: asked of the services."""


def ours(*kinds: str, only: Collection[str] = (), but: Collection[str] = ()) -> list[Any]:
    """The cases of some kinds that follow our rules, as parameters of a test: `only` some of them, all `but` some."""
    if not CASES:
        return [pytest.param({}, marks=pytest.mark.skip(reason=MISSING), id="none")]
    wanted = [case for case in CASES if case["kind"] in kinds and case["id"] not in {*NOT_OURS, *but}]
    return [pytest.param(case, id=case["id"]) for case in wanted if not only or case["id"] in only]


def check(case: Case, answer: Answer) -> None:
    """Our answer is the published one, in all that is asked of us."""
    expected = {key: value for key, value in case["expected"].items() if key not in NOT_ASKED}
    if "cycles" in expected:
        expected["cycles"] = Decimal(expected["cycles"])
    assert answer == expected


def table(outcomes: Mapping[str, str]) -> Iterator[str]:
    """For each system how many of its cases agree, how many are left out and why; `outcomes` by case."""
    mine: defaultdict[str, list[str]] = defaultdict(list)
    for case in CASES:
        mine[case["id"].split("-")[0]].append(case["id"])
    yield f"{'system':<20} {'cases':>5} {'agree':>5} {'differ':>6} {'left out':>8} {'not asked':>9}"
    sums = [0] * 5
    for prefix, names in sorted(mine.items()):
        agree = sum(outcomes.get(name) == "passed" for name in names)
        differ = sum(outcomes.get(name) == "failed" for name in names)
        left_out = sum(name in NOT_OURS for name in names)
        row = [len(names), agree, differ, left_out, len(names) - agree - differ - left_out]
        sums = [before + each for before, each in zip(sums, row, strict=True)]
        yield _row(SYSTEMS.get(prefix, prefix), row)
    yield _row("all", sums)
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for name, reason in NOT_OURS.items():
        reasons[reason].append(name)
    for reason, names in reasons.items():
        yield f"left out: {', '.join(names)}: {reason}"


def _row(name: str, figures: list[int]) -> str:
    return f"{name:<20} {figures[0]:>5} {figures[1]:>5} {figures[2]:>6} {figures[3]:>8} {figures[4]:>9}"
