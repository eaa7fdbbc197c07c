"""JSON of any length, one record at a time: a list, an object that holds lists, or an object on each line.

Memory holds one record, however long the file is. A record may be up to `RECORD_LIMIT` characters long and
`DEEPEST` levels deep.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Generator, Iterator
from typing import Any, NamedTuple

from calm_desktop.formats.placed import Placed
from calm_desktop.formats.text_files import TextFile, Unreadable

RECORD_LIMIT = 8_000_000
DEEPEST = 64
_BLOCK = 1 << 18
_SAMPLE = 1 << 16
_CLOSES = {"[": "]", "{": "}"}
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}\n"]', re.DOTALL)
_OBJECTS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\n]', re.DOTALL)


class Number(str):
    """The text of a number with decimals: where it is written decides nothing about its style."""

    __slots__ = ()


class Entry(NamedTuple):
    """A value of a document: an element of the list called `name` (its `place` there), or the value of `name`.

    `place` is -1 for what is no list's element. The document itself comes first and has no name, nor has the list that
    a document is; it and each list come as an empty one before what is in them. A `value` has texts for all numbers,
    and objects that know their line. `line` is where it begins.
    """

    name: str
    place: int
    line: int
    value: Any


def is_json(beginning: str) -> bool:
    """Whether a text that begins so is meant to be JSON."""
    return beginning.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def is_lines(file: TextFile) -> bool:
    """Whether a file has an object on each of its first two lines."""
    file.stream.seek(0)
    sample = file.stream.read(_SAMPLE).decode(file.encoding, "replace")
    lines = [line.strip() for line in sample.lstrip("\ufeff").splitlines() if line.strip()][:2]
    return len(lines) == 2 and all(line.startswith("{") and line.endswith("}") for line in lines)


def json_lines(file: TextFile) -> Generator[Entry, None, None]:
    """The value on each line that is not empty; None as the value of a line that is no JSON."""
    if file.endless:
        raise Unreadable("a line of more than a million bytes", "an object on each line", "check the file's format")
    number, rest = 1, ""
    for block in _blocks(file):
        lines = (rest + block).split("\n")
        rest = lines.pop()
        for line in lines:
            if line.strip():
                yield Entry("", number - 1, number, _value_of_line(line, number))
            number += 1
    if rest.strip():
        yield Entry("", number - 1, number, _value_of_line(rest, number))


def _value_of_line(line: str, number: int) -> Any:
    try:
        return _parsed(line, number, 1)
    except Unreadable:
        return None


def entries(file: TextFile) -> Generator[Entry, None, None]:
    """Everything in a document that is a list, or an object whose values may be lists, in the file's order.

    Raises `Unreadable` with line and column for what is no JSON, or a record beyond the limits.
    """
    yield from _Scanner(file).entries()


class _Scanner:
    """Goes through a text by its brackets, and hands out what stands between them."""

    def __init__(self, file: TextFile) -> None:
        self.blocks = _blocks(file)
        self.text = ""
        self.at = 0  # where scanning goes on
        self.mark = 0  # where the part begins that is not handed out yet
        self.base = 0  # how much of the file was before the text that is held
        self.line = self.mark_line = self.mark_column = 1
        self.line_start = 0
        self.open: list[str] = []
        self.name = ""
        self.index = 0
        self.ended = False

    def entries(self) -> Generator[Entry, None, None]:
        while sign := self._next():
            if sign == "\n":
                self.line += 1
                self.line_start = self.base + self.at
            elif sign[0] == '"':
                self.line += sign.count("\n")
            elif sign in "[{":
                yield from self._opened(sign)
            else:
                yield from self._closed(sign)
        rest = self.text[self.mark :].strip()
        if self.open:
            self._broken("the file ends before it is closed")
        if rest or not self.ended:
            self._wrong_at(self.mark_line, "a JSON document is one list or object")

    def _next(self) -> str:
        """The next sign; empty at the end of the file."""
        while True:
            found = _TOKEN.search(self.text, self.at)
            if found is not None and found[0] != '"':
                self.at = found.end()
                return found[0]
            block = next(self.blocks, None)
            if block is None:
                self.at = len(self.text)
                if found is not None:
                    self._broken("a quotation mark is opened and not closed")
                return ""
            self.at = (len(self.text) if found is None else found.start()) - self.mark
            self.text = self.text[self.mark :] + block
            self.base += self.mark
            self.mark = 0
            if len(self.text) > RECORD_LIMIT + _BLOCK:
                found_words = f"a record of more than {RECORD_LIMIT:,} characters"
                raise Unreadable(found_words, "records of an order each", "split it, or use CSV", self.mark_line)

    @property
    def _outside(self) -> bool:
        """Whether the scanner stands between records: in the document, or in a list that it holds."""
        depth = len(self.open)
        return depth <= 1 or (depth == 2 and self.open == ["{", "["])

    def _opened(self, sign: str) -> Generator[Entry, None, None]:
        if len(self.open) >= DEEPEST:
            raise Unreadable("JSON nested too deeply", "orders with lines", "choose a file with orders")
        start = self.at - 1
        if not self.open:
            if self.ended or self.text[self.mark : start].strip():
                self._wrong_at(self.mark_line, "a JSON document is one list or object")
            yield Entry("", -1, self.line, [] if sign == "[" else Placed())
            self._begin(sign)
        elif self._outside:
            yield from self._between(start, last=False)
            self._mark(start)
            if self.open == ["{"] and sign == "[":
                yield Entry(self.name, -1, self.line, [])
                self._begin(sign)
                return
            self.open.append(sign)
        else:
            self.open.append(sign)

    def _begin(self, sign: str) -> None:
        self.open.append(sign)
        self.index = 0
        self._mark(self.at)

    def _mark(self, place: int) -> None:
        """Begin a part that is handed out as a whole."""
        self.mark, self.mark_line = place, self.line
        self.mark_column = self.base + place - self.line_start + 1

    def _closed(self, sign: str) -> Generator[Entry, None, None]:
        if not self.open or _CLOSES[self.open[-1]] != sign:
            self._broken(f"a {sign} that closes nothing")
        if self._outside:
            yield from self._between(self.at - 1, last=True)
            in_list = len(self.open) == 2
            self.open.pop()
            self.index = 1 if in_list else 0  # in an object, the list was a value
            self.ended = not self.open
        else:
            self.open.pop()
            if not self._outside:
                return
            value = _parsed(self.text[self.mark : self.at], self.mark_line, self.mark_column)
            if self.open == ["{"]:
                yield Entry(self.name, -1, self.mark_line, value)
                self.index = 1
            else:
                yield Entry(self.name, self.index, self.mark_line, value)
                self.index += 1
        self._mark(self.at)

    def _between(self, end: int, *, last: bool) -> Generator[Entry, None, None]:
        """What stands between two records: a comma, names, and values that are neither list nor object."""
        gap = self.text[self.mark : end]
        bare = gap.strip()
        if self.index:
            if bare and not bare.startswith(","):
                self._wrong_at(self.mark_line, "a comma is missing")
            if bare == ",":
                if last:
                    self._wrong_at(self.mark_line, "a comma too many")
                if self.open != ["{"]:
                    return
            gap = gap.replace(",", " ", 1)  # places stay as they are
        if not bare:
            if self.index and not last:
                self._wrong_at(self.mark_line, "a comma is missing")
            if last or self.open != ["{"]:
                return
        if self.open == ["{"]:
            yield from self._pairs(gap, last=last)
            return
        if not last:
            gap = gap.rstrip()
            if not gap.endswith(",") or not gap.strip(" ,\t\r\n"):
                self._wrong_at(self.mark_line, "a comma is missing, or there is one too many")
            gap = gap[:-1]
        for value in _parsed(f"[{gap}]", self.mark_line, self.mark_column - 1):
            yield Entry(self.name, self.index, self.mark_line, value)
            self.index += 1

    def _pairs(self, gap: str, *, last: bool) -> Generator[Entry, None, None]:
        """The names of an object and their values, but for a last name, whose value is a list or an object."""
        values = _parsed("{" + gap + ("}" if last else "0}"), self.mark_line, self.mark_column - 1)
        names = list(values)
        if not last:
            self.name = names.pop()
        for name in names:
            yield Entry(name, -1, self.mark_line, values[name])
            self.index = 1

    def _broken(self, words: str) -> None:
        """Tell what is wrong with the part that is being read, in the parser's words where it has some."""
        if self.open and not self._outside:
            _parsed(self.text[self.mark : self.at], self.mark_line, self.mark_column)
        self._wrong_at(self.line, words)

    def _wrong_at(self, line: int, words: str) -> None:
        raise Unreadable(f"no JSON at line {line}: {words}", "a JSON document", "correct the file at this place", line)


def _blocks(file: TextFile) -> Iterator[str]:
    file.stream.seek(0)
    decoder = codecs.getincrementaldecoder(file.encoding)("calm-mark")
    first = True
    while block := file.stream.read(_BLOCK):
        text = decoder.decode(block)
        yield text.removeprefix("\ufeff") if first else text
        first = False
    yield decoder.decode(b"", True)


def _parsed(content: str, line: int, column: int) -> Any:
    """A JSON text that begins at a place of the file, with all its values as text and objects that know their line."""
    lines = _lines_of_objects(content, line)

    def placed(pairs: list[tuple[str, Any]]) -> Placed:
        made = Placed(pairs)
        made.line = next(lines, line)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            made.twice = tuple(name for name in made if names.count(name) > 1)
        return made

    try:
        return json.loads(content, object_pairs_hook=placed, parse_int=str, parse_float=Number, parse_constant=str)
    except json.JSONDecodeError as error:
        at_line = line + error.lineno - 1
        at_column = error.colno + (column - 1 if error.lineno == 1 else 0)
        found = f"no JSON at line {at_line}, column {at_column}: {error.msg}"
        raise Unreadable(found, "a JSON document", "correct the file at this place", at_line) from error
    except RecursionError as error:
        raise Unreadable("JSON nested too deeply", "orders with lines", "choose a file with orders") from error


def _lines_of_objects(content: str, line: int) -> Iterator[int]:
    """The line on which each object begins, in the order in which a parser hands objects out."""
    begun: list[int] = []
    for match in _OBJECTS.finditer(content):
        if match[0] == "\n":
            line += 1
        elif match[0] == "{":
            begun.append(line)
        elif match[0] == "}" and begun:
            yield begun.pop()
        else:
            line += match[0].count("\n")
