"""The company's logo: a PNG or SVG file that is kept in the store, the same for the whole team."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from xml.etree import ElementTree as ET
from zlib import crc32

from sqlalchemy import select

from calm_desktop.engine.problems import Fault, Problem, Refused
from calm_desktop.services.boundary import use_case, view
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import SetLogo
from calm_desktop.services.settings import LOGO, LONGEST_FILE_NAME, write
from calm_desktop.services.shapes import SettingsShape
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

MOST_BYTES = 256 * 1024
MOST_PIXELS = 4000
"""The longest side of a PNG."""

_PNG = b"\x89PNG\r\n\x1a\n"
_files = tables.setting_file.c


@use_case(Permission.SETTINGS)
def set_logo(tx: Tx, request: SetLogo) -> SettingsShape:
    """Keep a logo in place of the one before, or take it off; papers show it from now on.

    Refuses what is too large, neither PNG nor SVG, damaged, or an SVG that takes parts from elsewhere.
    """
    own = re.split(r"[/\\]", request.name)[-1]
    name = "".join(letter for letter in own if letter.isprintable()).strip()[-LONGEST_FILE_NAME:]
    if request.data and (words := _wrong_with(request.data)):
        raise Refused(Problem("bad-logo", LOGO, f"{name or 'The file'} cannot be the logo: {words}"))
    shown = (name or "logo") if request.data else ""
    tx.db.execute(tables.setting_file.delete().where(_files.key == LOGO))
    if request.data:
        tx.db.execute(tables.setting_file.insert().values(key=LOGO, data=request.data))
    write(tx.db, {LOGO: shown})
    tx.touch("settings")
    return SettingsShape({**tx.settings, LOGO: shown})


def read(path: str) -> bytes:
    """A file that is to be the logo. Raises `Fault` where it cannot be read; one too large is not read to its end."""
    try:
        with Path(path).open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "it has no such name"
        raise Fault(f"{path} cannot be read: {words}. Choose a PNG or SVG file.") from None


@view(None)
def logo(tx: Tx, _: object = None) -> bytes:
    """The file of the logo; empty where there is none."""
    return tx.db.scalar(select(_files.data).where(_files.key == LOGO)) or b""


def _wrong_with(data: bytes) -> str:
    """Why a file cannot be a logo; empty where it can."""
    if len(data) > MOST_BYTES:
        return f"it has more than {MOST_BYTES // 1024} KB, which is the most. Save it smaller."
    if data.startswith(_PNG):
        return _wrong_with_png(data)
    return _wrong_with_svg(data)


def _wrong_with_png(data: bytes) -> str:
    at, whole, sides = len(_PNG), False, (0, 0)
    while at + 12 <= len(data) and not whole:
        length, kind = struct.unpack_from(">L4s", data, at)
        end = at + 8 + length
        if end + 4 > len(data) or crc32(data[at + 4 : end]) != struct.unpack_from(">L", data, end)[0]:
            break
        if kind == b"IHDR" and length >= 8:
            sides = struct.unpack_from(">LL", data, at + 8)
        whole, at = kind == b"IEND", end + 4
    if not whole or not all(sides):
        return "the PNG file is damaged. Save it anew."
    if max(sides) > MOST_PIXELS:
        return f"it is {sides[0]:,} × {sides[1]:,} pixels, and {MOST_PIXELS:,} a side is the most. Save it smaller."
    return ""


def _wrong_with_svg(data: bytes) -> str:
    neither = "it is neither a PNG nor an SVG file."
    if b"<svg" not in data.lower() or b"<!entity" in data.lower():
        return neither
    try:
        root = ET.fromstring(data)  # noqa: S314 - what declares entities does not come this far
    except ET.ParseError:
        return "the SVG file is damaged. Save it anew."
    if root.tag.rpartition("}")[2] != "svg":
        return neither
    links = (value for part in root.iter() for key, value in part.attrib.items() if key.rpartition("}")[2] == "href")
    if any(not link.strip().startswith(("#", "data:")) for link in links):
        return "parts of the SVG file are in other files. Save it with everything in it."
    return ""
