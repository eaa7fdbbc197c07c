"""How fast long work goes, and how long the rest of it will take, in words for people who wait."""

from __future__ import annotations

_SETTLED_AFTER = 1.0
"""Seconds after which a speed means something."""


class Pace:
    """Follows work that tells how many of its `things` are done; what is done otherwise, or anew, begins anew.

    Examples:
        >>> pace = Pace("rows")
        >>> pace.words(0, 5000, "storing", 10.0)
        ''
        >>> pace.words(2000, 5000, "storing", 14.0)
        '500 rows a second · 6 s left'
    """

    def __init__(self, things: str) -> None:
        self.things = things
        self._doing, self._first, self._since, self._last = "", 0, 0.0, 0

    def words(self, done: int, total: int | None, doing: str, now: float) -> str:
        """What is known at the time `now`, in seconds of any clock; empty where that is nothing yet."""
        if doing != self._doing or done < self._last:
            self._doing, self._first, self._since = doing, done, now
        self._last = done
        passed, took = done - self._first, now - self._since
        if took < _SETTLED_AFTER or passed <= 0:
            return ""
        speed = f"{passed / took:,.0f} {self.things} a second"
        left = max((total or 0) - done, 0) * took / passed
        return f"{speed} · {_time(left)} left" if total else speed


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
