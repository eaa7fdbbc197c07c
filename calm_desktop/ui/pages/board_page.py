"""A page made of components that a person adds, removes, moves and sizes; what was arranged is kept for this user.

A page says which `components()` there are and the `default` layout. Layouts are in the settings under
`layouts/<name>`, and only where they differ from the default, so that a better default reaches whoever left it alone.
A component that asks the store does so once the page itself is known, by the same road, and fails alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from calm_desktop.services.tx import Changed
from calm_desktop.ui.board import AddPopup, Board, Tile
from calm_desktop.ui.components import Component, Layout, layout_text, read_layout
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Notice
from calm_desktop.ui.pages.asking import AskingPage
from calm_desktop.ui.widgets import Label, button, tool

HOW_TO = "Drag what is here, or move it with the arrow keys; Shift with arrows sizes it, Delete removes it."


class ArrangeBar(QFrame):
    """What stands above a page while it is arranged."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("arrangeBar")
        self.setAccessibleName("Arranging this page")
        self.add = button("Add…", icon="plus")
        self.reset = button("Reset", tooltip="Show the page as it was at first")
        self.done = button("Done", "primary", tooltip="End arranging (Esc)")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 10, 8)
        row.setSpacing(8)
        row.addWidget(Label(HOW_TO, wrap=True), 1)
        for each in (self.add, self.reset, self.done):
            row.addWidget(each)
        self.hide()


class BoardPage(AskingPage):
    """Base of the pages that can be arranged; see the module's text.

    A page calls `make_board()` once its widgets are there and puts `board_area` where it wants it. It asks for its own
    snapshot in `load_page` and calls `fill_board()` when that is rendered.
    """

    name = ""
    default: Layout = ()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.arrange_button = tool(
            "arrange", "Arrange this page", "Arrange this page: add, remove, move and size (Ctrl+Shift+A)"
        )
        self.arrange_button.clicked.connect(self.arrange)
        self.arrange_bar = ArrangeBar()
        self.area = QScrollArea(self.content)
        self.inner = QWidget()
        self.inner.setObjectName("scrolled")
        self._text = ""
        self._parts: frozenset[str] = frozenset()

    def components(self) -> Sequence[Component]:
        """What this page can be made of."""
        raise TypeError("a page of components says what there is")

    def load_page(self, link: Link) -> None:
        """Ask for the page's own snapshot."""

    # -- the board

    def make_board(self, top: int = 2) -> None:
        """Make the board, in a scroll area below the bar for arranging."""
        self.board = Board(self.components(), self.inner)
        self.board.layout_changed.connect(self._keep)
        self.board.tile_added.connect(self._added)
        self.board.tile_focused.connect(lambda tile: self.area.ensureWidgetVisible(tile, 0, 20))
        self.board.dragged.connect(self._follow_drag)
        self.arrange_bar.add.clicked.connect(self.open_add)
        self.arrange_bar.reset.clicked.connect(self.reset)
        self.arrange_bar.done.clicked.connect(lambda: self.set_arranging(False))
        inner = QVBoxLayout(self.inner)
        inner.setContentsMargins(28, top, 28, 14)
        inner.addWidget(self.board)
        self.area.setWidget(self.inner)
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        bar = QHBoxLayout()
        bar.setContentsMargins(28, 0, 28, 0)
        bar.addWidget(self.arrange_bar)
        self.board_area = QVBoxLayout()
        self.board_area.setContentsMargins(0, 0, 0, 0)
        self.board_area.addLayout(bar)
        self.board_area.addWidget(self.area, 1)
        self._show_kept()

    @property
    def _setting(self) -> str:
        return f"layouts/{self.name}"

    def _show_kept(self) -> None:
        """Show the layout in the settings, where another one than now is there."""
        text = str(self.context.settings.value(self._setting) or "")
        if text != self._text or not self.board.tiles:
            self._text = text
            self.board.show_layout(read_layout(text, self.board.components, self.default))
            self._parts = self.parts()

    def parts(self) -> frozenset[str]:
        """What the components shown need of the page's own snapshot."""
        return frozenset().union(*(tile.component.parts for tile in self.board.tiles))

    def _keep(self) -> None:
        layout = self.board.placed
        self._text = "" if layout == self.default else layout_text(layout)
        if self._text:
            self.context.settings.setValue(self._setting, self._text)
        else:
            self.context.settings.remove(self._setting)
        if not self.parts() <= self._parts and self.link is not None:
            self.load_page(self.link)
        self._parts = self.parts()

    def _added(self, tile: Tile) -> None:
        """Something is new on the board: fill it, and let it be seen."""
        if tile.component.asks is not None:
            self._ask_for(tile)
        else:
            self.render_parts()
        self.board.lay_out()
        self.area.ensureWidgetVisible(tile, 0, 20)

    def render_parts(self) -> None:
        """Show the page's own snapshot once more in what is on the board."""

    # -- arranging

    @property
    def arranging(self) -> bool:
        """Whether the page is being arranged."""
        return self.board.arranging

    def arrange(self) -> None:
        self.set_arranging(True)

    def set_arranging(self, arranging: bool) -> None:
        """Begin or end arranging."""
        if arranging != self.board.arranging:
            self.arrange_bar.setVisible(arranging)
            self.board.set_arranging(arranging)
            if not arranging:
                self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow_drag(self, point: QPoint) -> None:
        """What is dragged to an edge scrolls the page."""
        there = self.board.mapTo(self.inner, point)
        self.area.ensureVisible(there.x(), there.y(), 0, 40)

    def open_add(self) -> None:
        """Show what can be added."""
        self.add_popup = AddPopup(self.board.addable(), self.board)
        self.add_popup.chosen.connect(self.board.add)
        anchor = self.arrange_bar.add
        self.add_popup.move(anchor.mapToGlobal(QPoint(anchor.width() - self.add_popup.width(), anchor.height() + 2)))
        self.add_popup.show()
        self.add_popup.list.setFocus()

    def reset(self) -> None:
        """Show the default; what was arranged can be had back from the bar."""
        before = self.board.placed
        if before == self.default:
            return
        self._put(self.default)
        again = ("Undo", lambda: self._put(before))
        self.context.notify(Notice("The page looks as it did at first.", "info", (again,)))

    def _put(self, layout: Layout) -> None:
        """Show and keep a layout, and fill what is new in it."""
        self.board.show_layout(layout)
        self._keep()
        self.render_parts()
        self.fill_board()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.arranging:
            self.set_arranging(False)
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self.set_arranging(False)

    # -- filling

    def open(self, link: Link) -> None:
        if not self.arranging:
            self._show_kept()
        super().open(link)

    def load(self, link: Link) -> None:
        elsewhere = self._place is not None and self._named() != self._place
        for tile in self.board.tiles:
            tile.stale = True
            if elsewhere and tile.component.asks is not None:
                tile.wait()
        self.load_page(link)

    def refresh(self, changed: object) -> None:
        if self.link is None or not self.isVisibleTo(self.window()):
            return
        told = changed if isinstance(changed, Changed) else None
        for tile in self.board.tiles:
            tile.stale |= told is None or (bool(tile.component.kinds & told.kinds) and self.mine(told))
        if self.concerned(changed):
            self.load_page(self.link)
        else:
            self.fill_board()

    def fill_board(self) -> None:
        """Let each component ask that shows something else, or may have changed."""
        for tile in self.board.tiles:
            if tile.stale:
                self._ask_for(tile)

    def _ask_for(self, tile: Tile) -> None:
        tile.stale = False
        if tile.component.asks is None:
            return
        view, request = tile.component.asks(tile.placed.options)
        desk = self.context.desk
        self.context.background.run(
            lambda: desk.ask(view, request), tile.show_answer, tile.tell, slot=(id(tile), "part"), owner=tile
        )
