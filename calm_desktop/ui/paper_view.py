"""Paper on the screen: the pages of documents, laid out and painted by what prints them, scrolled, side by side.

Ctrl+plus and Ctrl+minus zoom, Ctrl+0 fits a page into the width again; so does the wheel with Ctrl.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QKeyCombination, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from calm_desktop.services.shapes import PaperShape
from calm_desktop.ui import theme
from calm_desktop.ui.paper import HEIGHT, SMOOTH, WIDTH, Page, lacking, pages, paint
from calm_desktop.ui.widgets import Label, button

MARGIN, GAP = 24, 20
NATURAL = 960 / 2540
"""Pixels for a tenth of a millimetre at 100 %, on a screen of 96 dots to the inch."""

ZOOMS = (0.25, 0.33, 0.5, 0.67, 0.75, 0.9, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
FIT_WIDTH = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_0)
WIDEST_FIT = 1.25
"""To fit the width, a page is not made larger than this."""


class PaperSheets(QAbstractScrollArea):
    """The pages themselves. `zoomed` tells that another size is shown."""

    zoomed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("paper")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Paper")
        self.pages: tuple[Page, ...] = ()
        self._chosen: float | None = None
        theme.current().changed.connect(self.viewport().update)

    def sizeHint(self) -> QSize:
        return QSize(760, 560)

    def show_papers(self, papers: Sequence[PaperShape]) -> None:
        """Show documents, each beginning on a page of its own, from the top."""
        self.pages = tuple(page for paper in papers for page in pages(paper))
        self.setAccessibleDescription(f"{len(self.pages)} pages")
        self._fit()
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    # -- size

    @property
    def zoom(self) -> float:
        """The size in which pages are shown; 1 is that of paper."""
        if self._chosen is not None:
            return self._chosen
        room = self.viewport().width() - 2 * MARGIN
        return max(ZOOMS[0], min(WIDEST_FIT, room / (WIDTH * NATURAL)))

    @property
    def across(self) -> int:
        """How many pages stand side by side: as many as fit."""
        room = self.viewport().width() - 2 * MARGIN + GAP
        return max(1, min(len(self.pages), int(room // (self._sheet().width() + GAP))))

    def set_zoom(self, zoom: float | None) -> None:
        """Show pages in this size; None fits one into the width. What stood at the top stays there."""
        bar = self.verticalScrollBar()
        share = bar.value() / max(1, bar.maximum() + bar.pageStep())
        self._chosen = zoom
        self._fit()
        bar.setValue(round(share * (bar.maximum() + bar.pageStep())))
        self.viewport().update()
        self.zoomed.emit()

    def zoom_in(self) -> None:
        """The next larger size."""
        self.set_zoom(next((each for each in ZOOMS if each > self.zoom + 0.01), ZOOMS[-1]))

    def zoom_out(self) -> None:
        """The next smaller size."""
        self.set_zoom(next((each for each in reversed(ZOOMS) if each < self.zoom - 0.01), ZOOMS[0]))

    def _sheet(self) -> QSize:
        scale = self.zoom * NATURAL
        return QSize(round(WIDTH * scale), round(HEIGHT * scale))

    def _fit(self) -> None:
        sheet, across = self._sheet(), self.across
        rows = -(-len(self.pages) // across)
        wide = across * (sheet.width() + GAP) - GAP + 2 * MARGIN
        tall = rows * (sheet.height() + GAP) - GAP + 2 * MARGIN if rows else 0
        for bar, whole, room in (
            (self.horizontalScrollBar(), wide, self.viewport().width()),
            (self.verticalScrollBar(), tall, self.viewport().height()),
        ):
            bar.setPageStep(room)
            bar.setSingleStep(40)
            bar.setRange(0, max(0, whole - room))

    def place_of(self, number: int) -> QRectF:
        """Where the page of a number, counted from 0, stands in the viewport."""
        sheet, across = self._sheet(), self.across
        row, column = divmod(number, across)
        wide = across * (sheet.width() + GAP) - GAP
        left = max(MARGIN, (self.viewport().width() - wide) / 2) - self.horizontalScrollBar().value()
        x = left + column * (sheet.width() + GAP)
        y = MARGIN + row * (sheet.height() + GAP) - self.verticalScrollBar().value()
        return QRectF(x, y, sheet.width(), sheet.height())

    # -- Qt's side

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self.zoomed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Only what is in view is painted."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme.colour("neutral_soft"))
        painter.setRenderHints(SMOOTH)
        for number, page in enumerate(self.pages):
            place = self.place_of(number)
            if not place.intersects(QRectF(event.rect())):
                continue
            painter.setPen(QPen(theme.colour("border"), 1))
            painter.setBrush(QColor("#ffffff"))
            painter.drawRect(place)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.save()
            painter.setClipRect(place)
            painter.translate(place.topLeft())
            painter.scale(place.width() / WIDTH, place.height() / HEIGHT)
            paint(painter, page)
            painter.restore()
        painter.end()

    def scrollContentsBy(self, across: int, down: int) -> None:
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            (self.zoom_in if event.angleDelta().y() > 0 else self.zoom_out)()
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        if event.matches(QKeySequence.StandardKey.ZoomIn):
            self.zoom_in()
        elif event.matches(QKeySequence.StandardKey.ZoomOut):
            self.zoom_out()
        elif event.keyCombination() == FIT_WIDTH:
            self.set_zoom(None)
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            bar.setValue(0 if event.key() == Qt.Key.Key_Home else bar.maximum())
        else:
            super().keyPressEvent(event)

    def page_at(self, point: QPointF) -> int | None:
        """The number of the page under a point of the viewport, counted from 0."""
        return next((n for n in range(len(self.pages)) if self.place_of(n).contains(point)), None)


class PaperView(QWidget):
    """Sheets under a bar that tells their number and what the font lacks, and zooms."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheets = PaperSheets(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        self.bar = QHBoxLayout()
        self.bar.setSpacing(8)
        self.count = Label("", "muted")
        self.missing = Label("", "warn")
        self.size_label = Label("", "muted")
        self.smaller, self.larger = button("−", tooltip="Smaller (Ctrl+−)"), button("+", tooltip="Larger (Ctrl++)")
        self.fit = button("Fit width", tooltip="Fit a page into the width (Ctrl+0)")
        for made, name, act in (
            (self.smaller, "Smaller", self.sheets.zoom_out),
            (self.larger, "Larger", self.sheets.zoom_in),
            (self.fit, "Fit width", lambda: self.sheets.set_zoom(None)),
        ):
            made.setAccessibleName(name)
            made.clicked.connect(lambda _=False, act=act: act())
        self.bar.addWidget(self.count)
        self.bar.addWidget(self.missing)
        self.bar.addStretch(1)
        for part in (self.smaller, self.size_label, self.larger, self.fit):
            self.bar.addWidget(part)
        layout.addLayout(self.bar)
        layout.addWidget(self.sheets, 1)
        self.sheets.zoomed.connect(self._show_zoom)
        self.setFocusProxy(self.sheets)

    def show_papers(self, papers: Sequence[PaperShape]) -> None:
        """Show documents from the top."""
        self.sheets.show_papers(papers)
        number = len(self.sheets.pages)
        self.count.setText("1 page" if number == 1 else f"{number:,} pages")
        missing = "".join(sorted({letter for paper in papers for letter in lacking(paper)}))
        self.missing.setText(f"The font lacks: {missing}" if missing else "")
        self.missing.setVisible(bool(missing))
        self._show_zoom()

    def _show_zoom(self) -> None:
        self.size_label.setText(f"{self.sheets.zoom:.0%}")
