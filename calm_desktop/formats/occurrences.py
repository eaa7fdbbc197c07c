"""Telling equal rows of a file apart by counting them, in little memory however many rows there are."""

from __future__ import annotations

from array import array

_SMALLEST = 1 << 10


class Occurrences:
    """Counts how often each key came, a key being a number of 64 bits that is as good as random (a hash).

    The first time that a key comes costs 8 to 16 bytes; only keys that come again cost more.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _SMALLEST))
        self._mask = _SMALLEST - 1
        self._used = 0
        self._again: dict[int, int] = {}

    def count(self, key: int) -> int:
        """How often the key has come by now: 1, 2, ..."""
        key = key or 1  # 0 marks an empty slot
        place = self._place(key)
        if self._slots[place]:
            self._again[key] = times = self._again.get(key, 1) + 1
            return times
        self._slots[place] = key
        self._used += 1
        if self._used * 3 > len(self._slots) * 2:
            self._grow()
        return 1

    def _place(self, key: int) -> int:
        """The slot that holds the key, or the empty one where it belongs."""
        slots, mask = self._slots, self._mask
        place = key & mask
        while (found := slots[place]) and found != key:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        keys = self._slots
        self._slots = array("Q", bytes(16 * len(keys)))
        self._mask = len(self._slots) - 1
        for key in keys:
            if key:
                self._slots[self._place(key)] = key
