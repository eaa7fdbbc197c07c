"""Bytes -> rows of cells: encodings, separators and quotes, whatever the file holds; memory stays flat."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

AUTO = "auto"
SPACES = "spaces"
"""A separator: any run of spaces, as in files whose columns are lined up."""

SEPARATORS = (",", ";", "\t", "|")
_BLOCK = 1 << 20
_SAMPLE = 1 << 16
_LINES_TO_HEADER = 20
_STAND_IN = "\x1f"
_MARK = "\0"
"""Stands in the text for each byte that cannot be read."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NEVER_IN_FILES = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"}
_OTHER_FILES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "an Excel workbook or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook or another Office document"),
    (b"\x1f\x8b", "a compressed file"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)


class Unreadable(Exception):
    """A file that is no text, or breaks off being one; `row` is the line, 0 for the file as a whole."""

    def __init__(self, found: str, expected: str, fix: str, row: int = 0) -> None:
        super().__init__(found)
        self.found = found
        self.expected = expected
        self.fix = fix
        self.row = row


@dataclass(frozen=True, slots=True)
class TextFile:
    """A stream that was looked through once: its `encoding` and `size` in bytes.

    `damaged`: some bytes cannot be read in the encoding. `endless`: a line is longer than a million bytes.
    """

    stream: BinaryIO
    encoding: str
    size: int
    damaged: bool
    endless: bool


def _mark_unreadable(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError), "only reading asks for marks"
    return _MARK, error.end


codecs.register_error("calm-mark", _mark_unreadable)


def is_encoding(name: str) -> bool:
    """Whether files can be in the encoding."""
    try:
        io.TextIOWrapper(io.BytesIO(), name)
        return codecs.lookup(name).name not in _NEVER_IN_FILES
    except (LookupError, UnicodeError, ValueError):
        return False


def look_through(stream: BinaryIO, encoding: str = AUTO, most: int = 1 << 40) -> TextFile:
    """Find a stream's encoding (asked for, by byte order mark, UTF-8, else Windows-1252) and whether it is text at all.

    Raises `Unreadable` for what is no text, or more than `most` bytes. The stream must be seekable and is left at its
    beginning.
    """
    stream.seek(0)
    sample = stream.read(_SAMPLE)
    if not sample:
        raise Unreadable("an empty file", "an order file", "choose a file with orders")
    # A byte order mark is surer than what a mapping says of the other files that it was made for.
    name = _encoding_of(sample) if encoding == AUTO or sample.startswith(codecs.BOM_UTF8) else encoding
    if codecs.lookup(name).name == "utf-8":
        name = "utf-8-sig"
    text, foreign = _try(stream, name, most)
    if foreign and encoding == AUTO and name == "utf-8-sig" and not sample.startswith(codecs.BOM_UTF8):
        text, _ = _try(stream, "cp1252", most)
    stream.seek(0)
    return text


def _encoding_of(sample: bytes) -> str:
    for magic, what in _OTHER_FILES:
        if sample.startswith(magic):
            raise Unreadable(what, "a text file (CSV or JSON)", "export the orders as CSV and choose that file")
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd * 2 > len(sample) // 2 and even * 10 < len(sample) // 2:
        return "utf-16-le"
    if even * 2 > len(sample) // 2 and odd * 10 < len(sample) // 2:
        return "utf-16-be"
    controls = len(re.findall(rb"[\x00-\x08\x0e-\x1a\x1c-\x1e\x7f]", sample))
    if controls * 50 > len(sample):
        raise Unreadable("a binary file", "a text file (CSV or JSON)", "export the orders as CSV and choose that file")
    return "utf-8-sig"


def _try(stream: BinaryIO, name: str, most: int) -> tuple[TextFile, bool]:
    """The stream read through in an encoding, and whether most of what is beyond ASCII cannot be read in it."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(name)("calm-mark")
    size, unbroken, marks, zeros, wide = 0, 0, 0, 0, 0
    endless = False
    while True:
        block = stream.read(_BLOCK)
        size += len(block)
        if size > most:
            raise Unreadable(f"more than {most:,} bytes", "a smaller file", "split it")
        unbroken = 0 if b"\n" in block or b"\r" in block else unbroken + len(block)
        endless = endless or unbroken > _BLOCK
        try:
            text = decoder.decode(block, not block)
        except UnicodeError as error:  # UTF-16 and UTF-32 without their byte order mark
            found = f"bytes that are no {name} text"
            raise Unreadable(found, "a text file", "name the right encoding in a mapping") from error
        marks += text.count(_MARK)
        zeros += block.count(0)
        if not text.isascii():
            wide += len(text) - len(text.encode("ascii", "ignore"))
        if not block:
            return TextFile(stream, name, size, marks > 0, endless), marks - zeros > wide


def whole_text(file: TextFile) -> str:
    """All of a file's text, bytes that cannot be read marked as such."""
    file.stream.seek(0)
    return codecs.getincrementaldecoder(file.encoding)("calm-mark").decode(file.stream.read(), True)


def rows(
    file: TextFile, separator: str = AUTO, skip_lines: int = 0, widths: Sequence[int] = ()
) -> Generator[tuple[int, list[str]], None, None]:
    """The file's rows, each with the line it begins on (from 1); rows without any text are passed over.

    With `widths` each line is cut into cells of so many characters, and the separator is not asked. Raises `Unreadable`
    where the file cannot be read on.
    """
    if file.endless:
        raise Unreadable("a line of more than a million bytes", "rows of cells", "check the file's format")
    file.stream.seek(0)
    text = io.TextIOWrapper(file.stream, file.encoding, "calm-mark", newline="")
    begins = skip_lines + 1
    try:
        lines: Iterator[str] = text
        for _ in range(skip_lines):
            next(lines, "")
        if widths or separator == SPACES:
            for line in lines:
                if line.strip():
                    yield begins, _cut(line, widths) if widths else line.split()
                begins += 1
            return
        if separator == AUTO:
            first = list(islice(lines, _LINES_TO_HEADER))
            separator = separator_of(next((line for line in first if line.strip()), ""))
            lines = chain(first, lines)
        delimiter = separator
        if len(separator) > 1:
            delimiter = _STAND_IN
            lines = (line.replace(separator, _STAND_IN) for line in lines)
        reader = csv.reader(lines, delimiter=delimiter)
        for row in reader:
            if any(row):
                yield begins, row
            begins = skip_lines + 1 + reader.line_num
    except csv.Error as error:
        found = "a cell of more than 131,072 characters" if "limit" in str(error) else str(error)
        fix = "a quotation mark is probably opened and not closed: correct it"
        raise Unreadable(found, "rows of cells", fix, begins) from error
    finally:
        text.detach()


def _cut(line: str, widths: Sequence[int]) -> list[str]:
    """A line's cells by their widths; what is longer than all of them is a cell more."""
    line = line.rstrip("\r\n")
    cells, at = [], 0
    for width in widths:
        cells.append(line[at : at + width].strip())
        at += width
    return [*cells, line[at:].strip()] if line[at:].strip() else cells


def separator_of(header: str) -> str:
    """The separator that stands most often in a header outside quotation marks; a comma where none does."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(SEPARATORS, key=bare.count)


def is_damaged(row: list[str]) -> bool:
    """Whether a row holds a byte that could not be read."""
    return any(_MARK in cell for cell in row)


def heading(name: str) -> str:
    """A column's name without case, byte order mark, asterisks, quotation marks and spaces."""
    return re.sub(r"[\s*\"'\ufeff]", "", name).casefold()
