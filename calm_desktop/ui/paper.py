"""Documents on paper: laid out once into pages of marks, which one painter puts on a file, a printer or a picture.

A page is measured in tenths of a millimetre. The font is used without its contextual forms and tabular digits: their
glyphs belong to no character, and what is copied from the file would be no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from mmap import mmap
from pathlib import Path
from unicodedata import normalize

from PySide6.QtCore import (
    QByteArray,
    QFileDevice,
    QMarginsF,
    QPointF,
    QRectF,
    QSizeF,
    Qt,
    QTemporaryFile,
    QUuid,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPagedPaintDevice,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QTextLayout,
    QTextOption,
)
from PySide6.QtSvg import QSvgRenderer

from calm_desktop.engine.problems import Fault
from calm_desktop.services import lettering
from calm_desktop.services.shapes import PaperShape
from calm_desktop.ui import theme
from calm_desktop.ui.paper_text import Content, Table, Totals, content

WIDTH, HEIGHT = 2100, 2970
LEFT, RIGHT, TOP = 200, 1920, 160
UNITS_PER_INCH = 254
SMALL, BODY, LARGE, TITLE = 27, 31, 44, 62
GAP = 40
WIDEST_FIGURE = 420
INK, MUTED, FAINT, ALARM = theme.LIGHT.text, theme.LIGHT.muted, theme.LIGHT.border, theme.LIGHT.bad
LOGO_WIDTH, LOGO_HEIGHT = 540, 200
"""The largest that a logo becomes; it keeps its proportions, and a small one is made larger."""

_DOTS = 1.2  # pixels of a logo for a tenth of a millimetre: 305 to the inch
_OFF = ("calt", "ccmp", "liga", "clig")
_NAMES = QUuid("{5b6c2d0e-7f0b-4d3c-9b51-0f6d3a0c8e11}")
_MAKE_ROOM = "Make room, then try again."
_END, _TAIL, _AT_A_TIME = b"%%EOF", 16, 1 << 20


@dataclass(frozen=True, slots=True)
class Text:
    """A text at its place: `x` at its left, `y` at its base line."""

    x: float
    y: float
    text: str
    size: int = BODY
    weight: int = theme.REGULAR
    ink: str = INK


@dataclass(frozen=True, slots=True)
class Rule:
    """A level line."""

    y: float
    left: float = LEFT
    right: float = RIGHT
    ink: str = FAINT


@dataclass(frozen=True, slots=True)
class Frame:
    """A box around a stamp."""

    x: float
    y: float
    width: float
    height: float
    ink: str = ALARM


@dataclass(frozen=True, slots=True)
class Picture:
    """A logo: a PNG or SVG file, as large as its box."""

    x: float
    y: float
    width: float
    height: float
    data: bytes


Mark = Text | Rule | Frame | Picture
Page = tuple[Mark, ...]


@lru_cache
def _font(size: int, weight: int) -> QFont:
    theme.load_fonts()
    made = theme.font(size, weight)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    for name in _OFF:
        made.setFeature(QFont.Tag(name), 0)
    return made


@lru_cache
def _metrics(size: int, weight: int) -> QFontMetricsF:
    return QFontMetricsF(_font(size, weight))


def _width(text: str, size: int = BODY, weight: int = theme.REGULAR) -> float:
    return _metrics(size, weight).horizontalAdvance(text)


@lru_cache(maxsize=4)
def logo_image(data: bytes) -> QImage | None:
    """A logo in its largest size, on white: PDF/A-1b knows nothing of transparency. None where Qt cannot read it."""
    room = QSizeF(LOGO_WIDTH * _DOTS, LOGO_HEIGHT * _DOTS)
    bitmap, drawing = QImage.fromData(data), QSvgRenderer()
    if bitmap.isNull():
        drawing.load(QByteArray(data))
    size = QSizeF(bitmap.size()) if not bitmap.isNull() else QSizeF(drawing.defaultSize())
    if size.isEmpty():
        return None
    made = QImage(size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio).toSize(), QImage.Format.Format_RGB32)
    made.fill(QColor("#ffffff"))
    painter = QPainter(made)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    if bitmap.isNull():
        drawing.render(painter, QRectF(made.rect()))
    else:
        painter.drawImage(QRectF(made.rect()), bitmap)
    painter.end()
    return made


def _wrapped(text: str, width: float, size: int = BODY, weight: int = theme.REGULAR) -> list[str]:
    """The lines of a text that is at most `width` wide; only words that are wider are broken."""
    found: list[str] = []
    for part in normalize("NFC", text).splitlines() or [""]:
        if _width(part, size, weight) <= width:
            found.append(part)
            continue
        layout = QTextLayout(part, _font(size, weight))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        units = part.encode("utf-16-le")  # Qt counts in these
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            start, length = line.textStart(), line.textLength()
            found.append(units[2 * start : 2 * (start + length)].decode("utf-16-le").rstrip())
        layout.endLayout()
    return found


def pages(paper: PaperShape) -> tuple[Page, ...]:
    """A document laid out; the same document gives the same pages on every device."""
    return _Layout(content(paper)).pages()


class _Layout:
    """Fills pages from top to bottom."""

    def __init__(self, told: Content) -> None:
        self.told = told
        self.marks: list[list[Mark]] = [[]]
        self.y: float = TOP
        seller = told.seller
        tax_number = (f"Tax number {seller.tax_number}",) if seller.tax_number else ()
        self.foot = [line for each in (*tax_number, *seller.bank) for line in _wrapped(each, 1300, SMALL)]
        self.bottom = HEIGHT - 150 - 36 * max(1, len(self.foot))

    def pages(self) -> tuple[Page, ...]:
        """All pages, each with its foot."""
        self._head()
        for block in self.told.body:
            self.y += 30
            if isinstance(block, Table):
                self._table(block)
            else:
                self._totals(block)
        if self.told.note:
            self.y += 40
            for line in _wrapped(self.told.note, RIGHT - LEFT):
                self._make_room(44)
                self._say(LEFT, line)
                self.y += 44
        for number, marks in enumerate(self.marks, 1):
            marks.extend(self._foot(number))
        return tuple(map(tuple, self.marks))

    # -- marks

    def _put(self, mark: Mark) -> None:
        self.marks[-1].append(mark)

    def _say(self, x: float, text: str, size: int = BODY, weight: int = theme.REGULAR, ink: str = INK) -> None:
        """A text whose base line is a line below `y`."""
        if text:
            self._put(Text(x, self.y + size, normalize("NFC", text), size, weight, ink))

    def _say_right(
        self, right: float, text: str, size: int = BODY, weight: int = theme.REGULAR, ink: str = INK
    ) -> None:
        self._say(right - _width(normalize("NFC", text), size, weight), text, size, weight, ink)

    def _make_room(self, height: float) -> bool:
        """Go on to a new page where this one has no room left; answers whether it did."""
        if self.y + height <= self.bottom:
            return False
        self.marks.append([])
        self.y = TOP
        told = self.told
        self._say(LEFT, " ".join(filter(None, (told.title, told.number))), BODY, theme.SEMIBOLD)
        self._say_right(RIGHT, told.seller.name, BODY, theme.REGULAR, MUTED)
        if told.stamp:
            self._stamp((LEFT + RIGHT) / 2, BODY)
        self.y += 50
        self._put(Rule(self.y))
        self.y += 24
        return True

    def _stamp(self, middle: float, size: int) -> None:
        width = _width(self.told.stamp, size, theme.BOLD)
        self._put(Frame(middle - width / 2 - 18, self.y - 4, width + 36, size * 1.3 + 8))
        self._say(middle - width / 2, self.told.stamp, size, theme.BOLD, ALARM)

    # -- parts

    def _head(self) -> None:
        told, half = self.told, 820
        for place, line in enumerate(_wrapped(told.title, half, TITLE, theme.BOLD)):
            self.y = TOP + place * 76
            self._say_right(RIGHT, line, TITLE, theme.BOLD)
        if told.stamp:
            self.y += 100
            self._stamp(RIGHT - _width(told.stamp, LARGE, theme.BOLD) / 2 - 18, LARGE)
        self.y = TOP
        self._place_logo()
        for line in _wrapped(told.seller.name, half, LARGE, theme.SEMIBOLD) if told.seller.name else []:
            self._say(LEFT, line, LARGE, theme.SEMIBOLD)
            self.y += 58
        self.y += 6
        for each in told.seller.address:
            for line in _wrapped(each, half, SMALL):
                self._say(LEFT, line, SMALL, theme.REGULAR, MUTED)
                self.y += 38
        start = max(self.y + 60, 430)
        self.y = start
        for each in told.address:
            for line in _wrapped(each, half):
                self._say(LEFT, line)
                self.y += 44
        ends = self.y
        self.y = start
        for name, text in told.facts:
            lines = _wrapped(text, 520)
            self._say(1100, name, BODY, theme.REGULAR, MUTED)
            for line in lines:
                self._say_right(RIGHT, line)
                self.y += 44
        self.y = max(self.y, ends) + 40

    def _place_logo(self) -> None:
        """The logo stands above the seller's name."""
        made = logo_image(self.told.seller.logo) if self.told.seller.logo else None
        if made is not None:
            width, height = made.width() / _DOTS, made.height() / _DOTS
            self._put(Picture(LEFT, self.y, width, height, self.told.seller.logo))
            self.y += height + 30

    def _foot(self, number: int) -> Iterator[Mark]:
        top = self.bottom + 30
        yield Rule(top)
        for place, line in enumerate(self.foot):
            yield Text(LEFT, top + 44 + place * 36, line, SMALL, theme.REGULAR, MUTED)
        words = f"Page {number} of {len(self.marks)}"
        yield Text(RIGHT - _width(words, SMALL), top + 44, words, SMALL, theme.REGULAR, MUTED)

    def _table(self, table: Table) -> None:
        widths = self._widths(table)
        self._make_room(240)
        if table.title:
            self._say(LEFT, table.title, BODY, theme.SEMIBOLD)
            self.y += 52
        self._headings(table, widths)
        carried = ""
        for row in table.rows:
            cells = [_wrapped(cell, width) for cell, width in zip(row.cells, widths, strict=True)]
            height = 42 * max(map(len, cells)) + 20
            if self.y + height + 70 > self.bottom:
                self._carry(table, "Carried forward", carried)
                self._make_room(HEIGHT)
                self._headings(table, widths)
                self._carry(table, "Brought forward", carried)
            self._row(table, widths, cells, height)
            carried = row.carried
        self.y += 10

    def _widths(self, table: Table) -> list[float]:
        """As wide as what stands in them; the wide column has the rest."""
        widths: list[float] = []
        for place, column in enumerate(table.columns):
            texts = [_width(row.cells[place]) for row in table.rows]
            natural = max([_width(column.heading, SMALL, theme.SEMIBOLD), *texts])
            widths.append(0 if column.wide else min(natural + 1, WIDEST_FIGURE))
        rest = RIGHT - LEFT - sum(widths) - GAP * (len(widths) - 1)
        return [max(rest, 200) if column.wide else width for column, width in zip(table.columns, widths, strict=True)]

    def _headings(self, table: Table, widths: list[float]) -> None:
        x: float = LEFT
        for column, width in zip(table.columns, widths, strict=True):
            if column.right:
                self._say_right(x + width, column.heading, SMALL, theme.SEMIBOLD, MUTED)
            else:
                self._say(x, column.heading, SMALL, theme.SEMIBOLD, MUTED)
            x += width + GAP
        self.y += 46
        self._put(Rule(self.y, ink=MUTED))
        self.y += 10

    def _row(self, table: Table, widths: list[float], cells: list[list[str]], height: float) -> None:
        x, top = float(LEFT), self.y
        for column, width, lines in zip(table.columns, widths, cells, strict=True):
            self.y = top
            for line in lines:
                if column.right:
                    self._say_right(x + width, line)
                else:
                    self._say(x, line)
                self.y += 42
            x += width + GAP
        self.y = top + height
        self._put(Rule(self.y - 8))

    def _carry(self, table: Table, words: str, carried: str) -> None:
        """A total that goes over to the next page; a table without totals carries none."""
        if carried and table.total >= 0:
            self._say(LEFT, words, BODY, theme.SEMIBOLD)
            self._say_right(RIGHT, carried, BODY, theme.SEMIBOLD)
            self.y += 54

    def _totals(self, totals: Totals) -> None:
        rows = [(_wrapped(name, 560), figure, strong) for name, figure, strong in totals.rows]
        height = sum(46 * len(lines) + 8 for lines, _, _ in rows)
        if height < self.bottom - TOP - 100:
            self._make_room(height)
        for lines, figure, strong in rows:
            self._make_room(46 * len(lines) + 8)
            weight = theme.SEMIBOLD if strong else theme.REGULAR
            if strong:
                self._put(Rule(self.y, left=1000, ink=MUTED))
                self.y += 8
            for place, line in enumerate(lines):
                self._say(1000, line, BODY, weight)
                if place == 0:
                    self._say_right(RIGHT, figure, BODY, weight)
                self.y += 46


SMOOTH = (
    QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing | QPainter.RenderHint.SmoothPixmapTransform
)


def paint(painter: QPainter, page: Page) -> None:
    """Paint a page; the painter's unit is a tenth of a millimetre."""
    for mark in page:
        if isinstance(mark, Text):
            painter.setFont(_font(mark.size, mark.weight))
            painter.setPen(QColor(mark.ink))
            painter.drawText(QPointF(mark.x, mark.y), mark.text)
            continue
        if isinstance(mark, Picture):
            if (logo := logo_image(mark.data)) is not None:
                painter.drawImage(QRectF(mark.x, mark.y, mark.width, mark.height), logo)
            continue
        painter.setPen(QPen(QColor(mark.ink), 4 if isinstance(mark, Frame) else 2))
        if isinstance(mark, Rule):
            painter.drawLine(QPointF(mark.left, mark.y), QPointF(mark.right, mark.y))
        else:
            painter.drawRect(QRectF(mark.x, mark.y, mark.width, mark.height))


def image(page: Page, scale: float = 0.5) -> QImage:
    """A picture of a page, with `scale` pixels for a tenth of a millimetre."""
    made = QImage(round(WIDTH * scale), round(HEIGHT * scale), QImage.Format.Format_RGB32)
    made.fill(QColor("#ffffff"))
    painter = QPainter(made)
    painter.setRenderHints(SMOOTH)
    painter.scale(scale, scale)
    paint(painter, page)
    painter.end()
    return made


class Press:
    """Puts documents, one after the other, on the pages of a device: a PDF file or a printer."""

    def __init__(self, device: QPagedPaintDevice, units_per_inch: int) -> None:
        self.device, self.scale = device, units_per_inch / UNITS_PER_INCH
        self.pages = 0
        self.painter: QPainter | None = None

    def put(self, paper: PaperShape) -> None:
        """Put a document on pages of its own. Raises `Fault` where the device takes none."""
        for page in pages(paper):
            self._turn()
            assert self.painter is not None
            paint(self.painter, page)

    def _turn(self) -> None:
        """A new page; painting begins with the first, for a file names its title before."""
        if self.painter is None:
            self.painter = QPainter()
            if not self.painter.begin(self.device):
                raise Fault("The printer or file takes no pages. Choose another.")
            self.painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
            self.painter.scale(self.scale, self.scale)
        elif not self.device.newPage():
            raise Fault("The printer or file takes no more pages. Look at it, then try again.")
        self.pages += 1

    def finish(self) -> None:
        """No more is to come. A device that goes while it is painted on takes the process along: this comes first."""
        if self.painter is not None and self.painter.isActive():
            self.painter.end()


class PdfFile:
    """Documents in one PDF/A-1b file; the same documents give the same bytes, whenever they are made.

    It grows page by page in a temporary file, so that very many documents need little memory. To be used in a `with`,
    or closed: what was begun must come to an end. Raises `Fault` where the temporary file takes no more.
    """

    def __init__(self) -> None:
        self._file = QTemporaryFile()
        if not self._file.open():
            raise Fault(f"{self._file.errorString()}: no temporary file can be made. {_MAKE_ROOM}")
        self._writer = QPdfWriter(self._file)
        self._writer.setPdfVersion(QPdfWriter.PdfVersion.PdfVersion_A1b)
        self._writer.setResolution(UNITS_PER_INCH)
        self._writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        self._writer.setPageMargins(QMarginsF(0, 0, 0, 0))
        self._press = Press(self._writer, UNITS_PER_INCH)
        self._day = date.min

    @property
    def pages(self) -> int:
        """How many pages it has so far."""
        return self._press.pages

    def put(self, paper: PaperShape) -> None:
        """Add a document; the file is called what the first one is."""
        if not self.pages:
            told = content(paper)
            self._day = told.day
            self._writer.setTitle(" ".join(filter(None, (told.title, told.number or paper.account.name))))
            self._writer.setDocumentId(QUuid.createUuidV5(_NAMES, told.name.encode()))
        self._press.put(paper)

    def __enter__(self) -> PdfFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Begin nothing more; what was not asked for by `finish` is lost."""
        self._press.finish()

    def finish(self) -> Iterator[bytes]:
        """The file, some of it at a time; nothing where it has no page."""
        self._press.finish()
        self._file.close()
        if not self.pages:
            return
        with Path(self._file.fileName()).open("r+b") as made, mmap(made.fileno(), 0) as data:
            is_whole = self._file.error() is QFileDevice.FileError.NoError and _END in data[-_TAIL:]
            if not is_whole:
                raise Fault(f"The folder of temporary files takes no more. {_MAKE_ROOM}")
            _date(data, self._day)
            while some := data.read(_AT_A_TIME):
                yield some


def pdf(*papers: PaperShape) -> bytes:
    """Documents, one at least, as one PDF/A-1b file."""
    with PdfFile() as made:
        for paper in papers:
            made.put(paper)
        return b"".join(made.finish())


def _date(made: mmap, day: date) -> None:
    """Put the first document's day in place of the moment at which a file was written; no byte moves."""
    stamps = {
        rb"Date \(D:\d{14}": f"Date (D:{day:%Y%m%d}000000",
        rb'Date="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d': f'Date="{day.isoformat()}T00:00:00',
    }
    for moment, stamp in stamps.items():
        places = [found.span() for found in re.finditer(moment, made)]
        for start, end in places:
            made[start:end] = stamp.encode()


def lacking(paper: PaperShape) -> str:
    """The characters of a document that the font lacks, each once: on paper another font or an empty box stands in."""
    return lettering.lacking("".join(mark.text for page in pages(paper) for mark in page if isinstance(mark, Text)))
