"""What people who wait are told: how fast it goes, and how long the rest will take."""

from __future__ import annotations

from calm_desktop.services.pace import Pace


def test_speed_and_what_is_left_are_told_once_they_are_known() -> None:
    pace = Pace("rows")
    assert pace.words(1000, 9000, "reading", 100.0) == ""
    assert pace.words(1500, 9000, "reading", 100.5) == ""
    assert pace.words(3000, 9000, "reading", 102.0) == "1,000 rows a second · 6 s left"
    assert pace.words(3000, 600_000, "reading", 102.0) == "1,000 rows a second · 10 min left"
    assert pace.words(5000, None, "reading", 104.0) == "1,000 rows a second"
    assert pace.words(5000, 4000, "reading", 104.0) == "1,000 rows a second · 0 s left"


def test_other_work_and_work_done_anew_begin_anew() -> None:
    pace = Pace("rows")
    pace.words(0, 100, "reading", 0.0)
    assert pace.words(100, 100, "reading", 10.0) == "10 rows a second · 0 s left"
    assert pace.words(100, 100, "storing", 11.0) == ""
    assert pace.words(50, 100, "storing", 13.0) == ""
    assert pace.words(75, 100, "storing", 15.0) == "12 rows a second · 2 s left"
