"""Which characters a font has, as its file says."""

from __future__ import annotations

import struct

import pytest

from calm_desktop.bundled import font
from calm_desktop.formats.font_letters import letters_of


def test_the_letters_of_the_one_font() -> None:
    letters = letters_of(font().read_bytes())
    assert {ord(letter) for letter in "AzÄñŁЖΩ€−–→ệ1"} <= letters
    assert not {ord(letter) for letter in "日本한עم😀"} & letters


@pytest.mark.parametrize("data", [b"", b"no font", b"\0\1\0\0" + bytes(8), font().read_bytes()[:300]])
def test_what_is_no_font_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no font file"):
        letters_of(data)


def test_a_glyph_of_number_0_is_none() -> None:
    """Format 4, one segment `A` to `C` whose glyphs are listed: 7, none, 9; format 12 adds one far letter."""
    listed = struct.pack(">7H", 4, 0, 0, 4, 0, 0, 0)
    listed += struct.pack(">2H", 0x43, 0xFFFF) + b"\0\0" + struct.pack(">2H", 0x41, 0xFFFF)
    listed += struct.pack(">2H", 0, 1) + struct.pack(">2H", 4, 0) + struct.pack(">3H", 7, 0, 9)
    far = struct.pack(">2H3L", 12, 0, 28, 0, 1) + struct.pack(">3L", 0x1F600, 0x1F600, 5)
    cmap = struct.pack(">2H", 0, 2) + struct.pack(">2HL", 3, 1, 20) + struct.pack(">2HL", 3, 10, 20 + len(listed))
    file = b"\0\1\0\0" + struct.pack(">4H", 1, 0, 0, 0) + struct.pack(">4s3L", b"cmap", 0, 28, 0)
    assert letters_of(file + cmap + listed + far) == {0x41, 0x43, 0x1F600}
