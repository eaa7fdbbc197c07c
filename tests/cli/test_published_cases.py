"""`schedule` against published proration cases: fractions of what is due sum to the same, to eight decimals."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from tests.command_line import CommandLine


def test_schedule_agrees_with_every_published_case_of_our_convention(calm: CommandLine, shared: Path) -> None:
    cases = json.loads((shared / "oracle" / "cases.json").read_text(encoding="utf-8"))
    ours = [case for case in cases if case["kind"] == "proration" and case.get("ours") is True]
    agreed = []
    for case in ours:
        given = case["inputs"]
        words = ["--price", "1", "--quantity", "1", "--start", given["start"], "--frequency", given["period"]]
        if given["end"]:
            words += ["--end", (date.fromisoformat(given["end"]) - timedelta(days=1)).isoformat()]
        words += ["--boundary", f"day:{given['billing_cycle_day']}", "--through", given["target"]]
        periods = calm("schedule", *words)["periods"]
        total = sum((Decimal(period["fraction"]) for period in periods), Decimal(0))
        expected = Decimal(case["expected"]["cycles"])
        if abs(total - expected) < Decimal("0.000000015"):
            agreed.append(case["id"])
    assert [case["id"] for case in ours if case["id"] not in agreed] == []
    assert len(agreed) == 92
