"""The logo is a PNG or SVG file in the store: whole, small enough, and with nothing taken from elsewhere."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from zlib import compress, crc32

import pytest

from calm_desktop.engine.problems import Fault, Refused
from calm_desktop.services import logo, settings
from calm_desktop.services.check import check
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import SetLogo, SetSetting
from tests.services.paper_desk import new_desk

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="10"><rect width="30" height="10" fill="#c00"/></svg>'


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", crc32(kind + data))


def png(width: int = 3, height: int = 1) -> bytes:
    """A red picture with a transparent edge, as a PNG file."""
    row = b"\0" + b"\xcc\0\0\xff" * (width - 1) + b"\0\0\0\0"
    head = _chunk(b"IHDR", struct.pack(">2L5B", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", compress(row * height)) + _chunk(b"IEND", b"")


@pytest.fixture
def desk() -> Iterator[Desk]:
    with new_desk() as made:
        yield made


@pytest.mark.parametrize(("name", "data"), [("C:\\pictures\\our logo.svg", SVG), ("/home/us/our logo.svg", png())])
def test_a_logo_is_kept_shown_replaced_and_taken_off(desk: Desk, name: str, data: bytes) -> None:
    desk.do(logo.set_logo, SetLogo("before.svg", SVG))
    shown = desk.do(logo.set_logo, SetLogo(name, data))
    assert shown.settings["company-logo"] == desk.settings["company-logo"] == "our logo.svg"
    assert desk.ask(logo.logo, None) == data
    assert desk.ask(check, None).ok
    assert desk.do(logo.set_logo, SetLogo()).settings["company-logo"] == ""
    assert desk.ask(logo.logo, None) == b""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GIF89a", "it is neither a PNG nor an SVG file."),
        (b"<html><body>svg</body></html>", "it is neither a PNG nor an SVG file."),
        (b"<html><svg/></html>", "it is neither a PNG nor an SVG file."),
        (b'<!DOCTYPE svg [<!ENTITY a "a">]><svg>&a;</svg>', "it is neither a PNG nor an SVG file."),
        (b"<svg><rect></svg>", "the SVG file is damaged. Save it anew."),
        (
            b'<svg xmlns:x="http://www.w3.org/1999/xlink"><image x:href="file:///etc/passwd"/></svg>',
            "parts of the SVG file are in other files. Save it with everything in it.",
        ),
        (png()[:-8], "the PNG file is damaged. Save it anew."),
        (png().replace(b"IDAT", b"IDAX"), "the PNG file is damaged. Save it anew."),
        (png(4001, 1), "it is 4,001 × 1 pixels, and 4,000 a side is the most. Save it smaller."),
        (SVG + b" " * 256 * 1024, "it has more than 256 KB, which is the most. Save it smaller."),
    ],
)
def test_what_cannot_be_a_logo_is_refused_and_the_one_before_stays(desk: Desk, data: bytes, words: str) -> None:
    desk.do(logo.set_logo, SetLogo("before.svg", SVG))
    with pytest.raises(Refused) as refused:
        desk.do(logo.set_logo, SetLogo("new.svg", data))
    assert [problem.message for problem in refused.value.problems] == [f"new.svg cannot be the logo: {words}"]
    assert desk.ask(logo.logo, None) == SVG


def test_a_name_alone_is_no_logo(desk: Desk) -> None:
    desk.do(logo.set_logo, SetLogo("before.svg", SVG))
    for value in ("logo.svg", ""):
        with pytest.raises(Refused, match="The logo is a file"):
            desk.do(settings.set_setting, SetSetting("company-logo", value))
    assert desk.ask(logo.logo, None) == SVG


def test_a_file_is_read_no_further_than_a_logo_can_be(tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(bytes(300 * 1024))
    assert len(logo.read(str(tmp_path / "large.png"))) == 256 * 1024 + 1
    with pytest.raises(Fault, match=r"cannot be read: No such file or directory. Choose a PNG or SVG file."):
        logo.read(str(tmp_path / "none.png"))
