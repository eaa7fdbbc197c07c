"""The characters that a font has, read from the table `cmap` of a TrueType or OpenType file."""

from __future__ import annotations

import struct

_UNICODE = {(0, 3), (0, 4), (0, 6), (3, 1), (3, 10)}
"""Platform and encoding of the tables that map Unicode."""


def letters_of(font: bytes) -> frozenset[int]:
    """The code points for which a font has a glyph. Raises ValueError for what is no such font."""
    try:
        return frozenset(_letters(font))
    except (struct.error, StopIteration) as error:
        raise ValueError("this is no font file that is understood") from error


def _letters(font: bytes) -> set[int]:
    (tables,) = struct.unpack_from(">H", font, 4)
    records = (struct.unpack_from(">4s4xLL", font, 12 + 16 * number) for number in range(tables))
    at = next(start for tag, start, _ in records if tag == b"cmap")
    (count,) = struct.unpack_from(">2xH", font, at)
    found: set[int] = set()
    for number in range(count):
        platform, encoding, start = struct.unpack_from(">HHL", font, at + 4 + 8 * number)
        if (platform, encoding) in _UNICODE:
            (form,) = struct.unpack_from(">H", font, at + start)
            if form == 4:
                found |= _of_segments(font, at + start)
            elif form == 12:
                found |= _of_groups(font, at + start)
    return found


def _of_segments(font: bytes, at: int) -> set[int]:
    """Format 4: spans of the first 65,536 code points; glyph 0 is none."""
    (double,) = struct.unpack_from(">6xH", font, at)
    count = double // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + double)
    deltas = struct.unpack_from(f">{count}H", font, at + 16 + 2 * double)
    offsets_at = at + 16 + 3 * double
    offsets = struct.unpack_from(f">{count}H", font, offsets_at)
    found: set[int] = set()
    for place, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for letter in range(start, min(end, 0xFFFE) + 1):
            glyph = letter
            if offset:
                (glyph,) = struct.unpack_from(">H", font, offsets_at + 2 * place + offset + 2 * (letter - start))
            if (glyph + delta) % 0x10000 and (glyph or not offset):
                found.add(letter)
    return found


def _of_groups(font: bytes, at: int) -> set[int]:
    """Format 12: spans of all code points."""
    (count,) = struct.unpack_from(">12xL", font, at)
    groups = (struct.unpack_from(">LLL", font, at + 16 + 12 * number) for number in range(count))
    return {letter for first, last, glyph in groups for letter in range(first, last + 1) if glyph + letter - first}
