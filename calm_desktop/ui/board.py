"""A board of components, which lays them out over twelve columns and lets a person arrange them.

    board = Board(components)
    board.show_layout(default)
    board.layout_changed.connect(keep)      # a person has moved, sized, added, removed or changed something
    board.set_arranging(True)

While it is arranged, each component has a cover that takes keys and the mouse: drag it, or use arrows to move it,
Shift with arrows to size it, Delete to remove it, Enter to change what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
    QWidgetItem,
)

from calm_desktop.engine.problems import Problem
from calm_desktop.ui import theme
from calm_desktop.ui.command_palette import HitDelegate
from calm_desktop.ui.components import COLUMNS, Component, Height, Layout, Placed, Width
from calm_desktop.ui.widgets import ElidedLabel, EmptyState, FormRow, Icon, choice_field, line_field, tool

Size = TypeVar("Size", Width, Height)

GAP = 14
LOW = 80
"""Pixels of a component that are not worth showing below its name."""
EMPTY = "Nothing is on this page. Arrange it (Ctrl+Shift+A) to add something."
COVERED = 0.75
"""How much of a component its cover hides, below the name and the sizes."""


class Tile(QWidget):
    """A component in its place: its widget, or why it cannot be shown, and its cover while the page is arranged."""

    def __init__(self, component: Component, placed: Placed, board: Board) -> None:
        super().__init__(board)
        self.component, self.placed, self.board = component, placed, board
        self.stale = True
        self.waiting = False
        self.body: Any = component.make()
        self.trouble: EmptyState | None = None
        self.cover: Cover | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.body)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to see, so that no place is kept."""
        hidden = self.body.isHidden() and self.body.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
        return hidden and not self.waiting and self.cover is None and self.trouble is None

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the most pixels of height."""
        item = QWidgetItem(self.trouble or self.body)
        least, most = self.component.shape.pixels.get(self.placed.height, (0, 0))
        needed = item.minimumSize().height() if most else item.sizeHint().height()
        if self.cover is not None:
            needed = max(needed, self.cover.sizeHint().height())
        least = max(least, needed)
        return least, max(most, least)

    def wait(self) -> None:
        """Show nothing until there is an answer: what is there is about something else."""
        self.tell(())
        self.waiting = True
        self.body.hide()

    def show_answer(self, answer: object) -> None:
        """Show what the store answered."""
        self.tell(())
        if self.component.renders is not None:
            self.component.renders(self.body, self.placed.options, answer)

    def tell(self, problems: Sequence[Problem]) -> None:
        """Say in the component's place why it cannot be shown; no problem shows it again."""
        if self.trouble is not None:
            self._layout.removeWidget(self.trouble)
            self.trouble.deleteLater()
            self.trouble = None
            self.body.show()
        elif self.waiting:
            self.body.show()
        self.waiting = False
        if problems:
            title = f"{self.component.title} cannot be shown"
            self.trouble = EmptyState(title, "\n".join(problem.message for problem in problems))
            self.trouble.setObjectName("fact")
            self.trouble.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
            self.trouble.setAccessibleName(title)
            self.trouble.setAccessibleDescription(self.trouble.text.text())
            self._layout.addWidget(self.trouble)
            self.body.hide()
        if self.cover is not None:
            self.cover.raise_()

    def set_covered(self, covered: bool) -> None:
        """Put the cover over the component, or take it off."""
        if covered and self.cover is None:
            self.cover = Cover(self)
            self.cover.setGeometry(self.rect())
            self.cover.show()
        elif not covered and self.cover is not None:
            self.cover.hide()
            self.cover.deleteLater()
            self.cover = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.cover is not None:
            self.cover.setGeometry(self.rect())


class Cover(QFrame):
    """What stands over a component while the page is arranged: its name, its sizes, and the way out."""

    def __init__(self, tile: Tile) -> None:
        super().__init__(tile)
        self.tile = tile
        component = tile.component
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self._pressed: QPoint | None = None
        self.dragging = False
        self.title = ElidedLabel("", weight=theme.SEMIBOLD)
        self.width_field = _sizes("Width", [(each.words, each) for each in component.shape.widths])
        self.width_field.activated.connect(self._take_sizes)
        self.height_field = _sizes("Height", [(each.words, each) for each in component.shape.heights])
        self.height_field.activated.connect(self._take_sizes)
        self.choose = tool("settings", "Change what it shows", "Change what it shows (Enter)")
        self.choose.clicked.connect(self.open_choices)
        self.choose.setVisible(bool(component.choices))
        self.remove = tool("close", "Remove", "Remove from this page (Delete)")
        self.remove.clicked.connect(lambda: tile.board.remove(tile))
        self.remove.setVisible(not component.needed)
        for each in (self.choose, self.remove):
            each.setCursor(Qt.CursorShape.ArrowCursor)
        head, sizes = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(Icon("grip"))
        head.addWidget(self.title, 1)
        head.addWidget(self.choose)
        head.addWidget(self.remove)
        sizes.setSpacing(6)
        for field in (self.width_field, self.height_field):
            field.setVisible(field.count() > 1)
            sizes.addWidget(field)
        sizes.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 10, 10)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(sizes)
        column.addStretch(1)
        theme.current().changed.connect(self.update)
        self.show_state()

    def show_state(self) -> None:
        """Say how the component is placed now."""
        placed, board = self.tile.placed, self.tile.board
        self.title.setText(board.title_of(self.tile))
        for field, size in ((self.width_field, placed.width), (self.height_field, placed.height)):
            field.setCurrentIndex(field.findData(size))
        place = f"place {board.tiles.index(self.tile) + 1} of {len(board.tiles)}"
        high = f", {placed.height.words.lower()} height" if self.height_field.count() > 1 else ""
        self.setAccessibleName(f"{self.title.text()}: {placed.width.words.lower()} width{high}, {place}")
        self.setAccessibleDescription(
            "Arrow keys move it, Shift with arrow keys sizes it, Delete removes it, Enter changes what it shows, "
            "Escape ends arranging."
        )

    def _take_sizes(self) -> None:
        placed = self.tile.placed
        width, height = self.width_field.currentData(), self.height_field.currentData()
        self.tile.board.resize_tile(self.tile, Width(width or placed.width), Height(height or placed.height))

    def open_choices(self) -> None:
        """Show what can be chosen of the component."""
        if self.tile.component.choices:
            popup = ChoicesPopup(self.tile)
            popup.move(self.mapToGlobal(QPoint(12, min(self.height(), 44))))
            popup.show()
            popup.rows[0].field.setFocus()

    # -- keys and the mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        tile, board = self.tile, self.tile.board
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is not None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            board.size_by(tile, *step)
        elif step is not None:
            board.move_by(tile, *step)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            board.remove(tile)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and tile.component.choices:
            self.open_choices()
        elif event.key() == Qt.Key.Key_Escape and self.dragging:
            self._let_go()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._pressed is None:
            return
        if not self.dragging and (point - self._pressed).manhattanLength() >= QApplication.startDragDistance():
            self.dragging = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self.dragging:
            self.tile.board.drag(self.tile, self.mapTo(self.tile.board, point))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        dragged = self.dragging
        self._let_go()
        if dragged:
            self.tile.board.drop(self.tile, self.mapTo(self.tile.board, event.position().toPoint()))

    def _let_go(self) -> None:
        self._pressed, self.dragging = None, False
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.tile.board.marker.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        faint = QColor(theme.colour("surface"))
        faint.setAlphaF(COVERED)
        painter.fillPath(frame, faint)
        painter.setClipPath(frame)
        band = self.sizeHint().height()
        low = self.height() - band < LOW
        painter.fillRect(0, 0, self.width(), self.height() if low else band, theme.colour("surface"))
        painter.setClipping(False)
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("accent"), 2))
        else:
            painter.setPen(QPen(theme.colour("muted"), 1, Qt.PenStyle.DashLine))
        painter.drawPath(frame)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.tile.board.tile_focused.emit(self.tile)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


def _sizes(name: str, options: Sequence[tuple[str, object]]) -> QComboBox:
    field = choice_field(options)
    field.setAccessibleName(name)
    field.setCursor(Qt.CursorShape.ArrowCursor)
    field.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return field


class ChoicesPopup(QFrame):
    """What can be chosen of a component; each choice holds at once, Esc or a click beside it closes."""

    def __init__(self, tile: Tile) -> None:
        super().__init__(tile.board, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("commandPalette")
        self.tile = tile
        self.setAccessibleName(f"What {tile.component.title} shows")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 14)
        column.setSpacing(8)
        self.rows: list[FormRow] = []
        for choice in tile.component.choices:
            now = tile.placed.options.get(choice.name, "")
            field: QComboBox | QLineEdit
            if choice.values:
                field = choice_field(choice.values, now)
                field.activated.connect(self._take)
            else:
                field = line_field(now)
                field.editingFinished.connect(self._take)
            row = FormRow(choice.title, field, choice.name, choice.hint)
            self.rows.append(row)
            column.addWidget(row)
        self.setFixedWidth(280)

    def _take(self) -> None:
        chosen = {}
        for row in self.rows:
            text = row.field.currentData() if isinstance(row.field, QComboBox) else row.field.text().strip()  # type: ignore[attr-defined]
            if text:
                chosen[row.name] = str(text)
        self.tile.board.choose(self.tile, chosen)


class AddPopup(QFrame):
    """The components that can be added, with what each shows; `chosen(component)` tells the one taken."""

    chosen = Signal(object)

    def __init__(self, components: Sequence[Component], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("commandPalette")
        self.list = QListWidget()
        self.list.setAccessibleName("What can be added")
        self.list.setItemDelegate(HitDelegate(self.list))
        self.list.setMouseTracking(True)
        for component in components:
            item = QListWidgetItem(component.title)
            item.setData(Qt.ItemDataRole.UserRole, component)
            item.setData(HitDelegate.ROLE, (component.title, component.says, component.group))
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, component.says)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.itemActivated.connect(self._take)
        self.list.itemClicked.connect(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.list)
        self.resize(560, min(460, 34 + 46 * max(len(components), 1)))

    def _take(self, item: QListWidgetItem) -> None:
        if self.isVisible():
            self.close()
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))


@dataclass(slots=True)
class _Row:
    """Tiles side by side, with the least and the most height, and the part of what is left over."""

    tiles: list[Tile]
    least: int = 0
    most: int = 0
    stretch: int = 0


class Board(QWidget):
    """The board itself; see the module's text.

    `tile_added(tile)` tells a component that is new or shows something else, `tile_focused(tile)` one that keys reach,
    `dragged(point)` where one is dragged over.
    """

    layout_changed = Signal()
    tile_added = Signal(object)
    tile_focused = Signal(object)
    dragged = Signal(QPoint)

    def __init__(self, components: Iterable[Component], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.components = {component.key: component for component in components}
        self.tiles: list[Tile] = []
        self.arranging = False
        self._spare: dict[str, Tile] = {}
        self._found: list[_Row] | None = None
        self.marker = QFrame(self)
        self.marker.setObjectName("dropMarker")
        self.marker.hide()

    @property
    def placed(self) -> Layout:
        """The layout shown."""
        return tuple(tile.placed for tile in self.tiles)

    def shows(self, key: str) -> bool:
        """Whether a component is part of the layout."""
        return any(tile.component.key == key for tile in self.tiles)

    def body(self, key: str) -> Any:
        """The widget of a component that is shown once."""
        return next(tile.body for tile in self.tiles if tile.component.key == key)

    def title_of(self, tile: Tile) -> str:
        """A component's own title, or the one that a person gave it."""
        return tile.placed.options.get("title") or tile.component.title

    def show_layout(self, layout: Layout) -> None:
        """Show a layout; what it has in common with the one before stays as it is."""
        before = list(self.tiles)
        tiles = []
        for placed in layout:
            same = next((tile for tile in before if tile.component.key == placed.key), None)
            if same is not None and same.placed.options == placed.options:
                before.remove(same)
                same.placed = placed
                tiles.append(same)
            else:
                tiles.append(self._tile(placed))
        kept = {id(tile) for tile in tiles}
        for tile in before:
            if id(tile) not in kept:
                self._put_away(tile)
        self.tiles = tiles
        self._changed()

    def set_arranging(self, arranging: bool) -> None:
        """Begin or end arranging."""
        self.arranging = arranging
        self.marker.hide()
        self._changed()
        if arranging and self.tiles and (cover := self.tiles[0].cover) is not None:
            cover.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- what a person does

    def addable(self) -> list[Component]:
        """What can be added: all but what is there and cannot be there twice."""
        return [each for each in self.components.values() if each.many or not self.shows(each.key)]

    def add(self, component: Component) -> Tile:
        """Put a component at the end."""
        tile = self._tile(component.placed())
        self.tiles.append(tile)
        self._arranged(tile)
        self.tile_added.emit(tile)
        return tile

    def remove(self, tile: Tile) -> None:
        """Take a component off the board; what stands next gets the keys."""
        if tile.component.needed:
            return
        place = self.tiles.index(tile)
        self.tiles.remove(tile)
        self._put_away(tile)
        self._arranged(self.tiles[min(place, len(self.tiles) - 1)] if self.tiles else None)

    def put(self, tile: Tile, place: int) -> None:
        """Put a component at a place among the others."""
        others = [each for each in self.tiles if each is not tile]
        place = max(0, min(place, len(others)))
        others.insert(place, tile)
        if others != self.tiles:
            self.tiles = others
            self._arranged(tile)

    def move_by(self, tile: Tile, across: int, down: int) -> None:
        """One place to a side, or to the row above or below."""
        place = self.tiles.index(tile)
        if across:
            self.put(tile, place + across)
            return
        rows = self._rows()
        at = next(number for number, row in enumerate(rows) if tile in row.tiles)
        if not 0 <= at + down < len(rows):
            return
        other = rows[at + down].tiles
        centre = tile.geometry().center().x()
        near = min(other, key=lambda each: abs(each.geometry().center().x() - centre))
        self.put(tile, self.tiles.index(near))

    def resize_tile(self, tile: Tile, width: Width | None = None, height: Height | None = None) -> None:
        """Give a component another size."""
        placed = replace(tile.placed, width=width or tile.placed.width, height=height or tile.placed.height)
        if placed != tile.placed:
            tile.placed = placed
            self._arranged(tile)

    def size_by(self, tile: Tile, wider: int, higher: int) -> None:
        """The next width or height that there is."""
        shape, placed = tile.component.shape, tile.placed
        if wider:
            self.resize_tile(tile, width=_next(shape.widths, placed.width, wider))
        elif shape.heights:
            self.resize_tile(tile, height=_next(shape.heights, placed.height, higher))

    def choose(self, tile: Tile, options: dict[str, str]) -> None:
        """Let a component show something else."""
        if options != tile.placed.options:
            tile.placed = replace(tile.placed, options=options)
            self._arranged(None)
            self.tile_added.emit(tile)

    def drag(self, tile: Tile, point: QPoint) -> None:
        """Mark where a component would go if it were let go here."""
        place, mark = self._place_at(point)
        here = self.tiles.index(tile)
        self.marker.setVisible(place not in (here, here + 1))
        self.marker.setGeometry(mark)
        self.marker.raise_()
        self.dragged.emit(point)

    def drop(self, tile: Tile, point: QPoint) -> None:
        """Let a component go."""
        place, _ = self._place_at(point)
        self.put(tile, place - 1 if place > self.tiles.index(tile) else place)

    # -- inside

    def _tile(self, placed: Placed) -> Tile:
        tile = self._spare.pop(placed.key, None)
        if tile is None:
            tile = Tile(self.components[placed.key], placed, self)
        tile.placed, tile.stale = placed, True
        return tile

    def _put_away(self, tile: Tile) -> None:
        """One that can be there only once is kept with all that is set in it, others go."""
        tile.set_covered(False)
        tile.hide()
        if tile.component.many:
            tile.setParent(None)
            tile.deleteLater()
        else:
            self._spare[tile.component.key] = tile

    def _arranged(self, tile: Tile | None) -> None:
        """Show what a person did, tell it, and let the keys reach what it was done to."""
        self._changed()
        self.layout_changed.emit()
        if tile is not None and tile.cover is not None:
            tile.cover.setFocus(Qt.FocusReason.OtherFocusReason)

    def _changed(self) -> None:
        before: QWidget | None = None
        for tile in self.tiles:
            tile.set_covered(self.arranging)
            if tile.cover is not None:
                tile.cover.show_state()
            for widget in self._stops(tile):
                if before is not None:
                    QWidget.setTabOrder(before, widget)
                before = widget
        self._place_anew()

    def _place_anew(self) -> None:
        self._found = None
        self.setAccessibleDescription("" if self.tiles else EMPTY)
        self.lay_out()
        self.updateGeometry()
        self.update()

    @staticmethod
    def _stops(tile: Tile) -> tuple[QWidget, ...]:
        cover = tile.cover
        return () if cover is None else (cover, cover.choose, cover.remove, cover.width_field, cover.height_field)

    def _rows(self) -> list[_Row]:
        """What stands side by side; found anew after anything asked for another size."""
        if self._found is None:
            self._found = self._flow()
        return self._found

    def _flow(self) -> list[_Row]:
        rows: list[_Row] = []
        taken = COLUMNS
        for tile in self.tiles:
            if tile.empty:
                continue
            if taken + tile.placed.width > COLUMNS:
                rows.append(_Row([]))
                taken = 0
            taken += tile.placed.width
            row, (least, most) = rows[-1], tile.bounds
            row.tiles.append(tile)
            row.least, row.most = max(row.least, least), max(row.most, most)
            row.stretch = max(row.stretch, tile.component.shape.stretch)
        return rows

    def lay_out(self) -> None:
        """Put every component into its place."""
        rows = self._rows()
        top = 0
        for row, height in zip(rows, _shared(rows, self.height() - GAP * (len(rows) - 1)), strict=True):
            column = 0
            for tile in row.tiles:
                left, right = (self._edge(at) for at in (column, column + tile.placed.width))
                tile.setGeometry(left, top, right - GAP - left, height)
                column += tile.placed.width
            top += height + GAP
        for tile in self.tiles:
            if tile.isHidden() != tile.empty:
                tile.setVisible(not tile.empty)

    def _edge(self, column: int) -> int:
        """The left edge of a column."""
        return (2 * (self.width() + GAP) * column + COLUMNS) // (2 * COLUMNS)

    def _place_at(self, point: QPoint) -> tuple[int, QRect]:
        """Before which component something let go at a point would go, and where that is marked."""
        rows = self._rows()
        if not rows:
            return 0, QRect()
        row = next((each for each in rows if point.y() <= each.tiles[0].geometry().bottom() + GAP // 2), rows[-1])
        first, last = row.tiles[0], row.tiles[-1]
        if first.placed.width == Width.FULL:
            below = point.y() > first.geometry().center().y()
            y = first.geometry().bottom() + GAP // 2 if below else first.geometry().top() - GAP // 2
            return self.tiles.index(first) + below, QRect(0, max(y - 1, 0), self.width(), 3)
        for tile in row.tiles:
            if point.x() < tile.geometry().center().x():
                box = tile.geometry()
                return self.tiles.index(tile), QRect(max(box.left() - GAP // 2 - 1, 0), box.top(), 3, box.height())
        box = last.geometry()
        x = min(box.right() + GAP // 2, self.width() - 3)
        return self.tiles.index(last) + 1, QRect(x, box.top(), 3, box.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.tiles:
            painter = QPainter(self)
            painter.setFont(theme.font())
            painter.setPen(theme.colour("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, EMPTY)

    # -- size

    def minimumSizeHint(self) -> QSize:
        rows = self._rows()
        return QSize(0, sum(row.least for row in rows) + GAP * max(len(rows) - 1, 0))

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._place_anew()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._place_anew()
        return super().event(event)


def _next(sizes: Sequence[Size], now: Size, step: int) -> Size:
    place = sizes.index(now) + step
    return sizes[max(0, min(place, len(sizes) - 1))]


def _shared(rows: Sequence[_Row], room: int) -> list[int]:
    """The heights of rows: what is left over goes to those that stretch, each between its least and its most."""
    heights = [row.least for row in rows]
    growing = [place for place, row in enumerate(rows) if row.stretch]
    while growing:
        left = room - sum(height for place, height in enumerate(heights) if place not in growing)
        parts = sum(rows[place].stretch for place in growing)
        wished = {}
        for place in growing:
            wished[place] = (2 * left * rows[place].stretch + parts) // (2 * parts)
            left, parts = left - wished[place], parts - rows[place].stretch
        low = [place for place in growing if wished[place] < rows[place].least]
        high = [place for place in growing if wished[place] > rows[place].most]
        settled = low or high or list(growing)
        for place in settled:
            heights[place] = max(rows[place].least, min(wished[place], rows[place].most))
        growing = [place for place in growing if place not in settled]
    return heights
