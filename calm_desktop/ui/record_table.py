"""A table of records: sort by value, filter, choose columns, copy, export, sums; links and chips in cells.

    table = RecordTable(columns, row_id=lambda row: row.id, name="account/actions", settings=settings,
                        title="Asset actions", noun="action", future=lambda row: row.effective > today)
    table.set_rows(rows)
    table.link_activated.connect(lambda row, key: ...)
    table.selection_changed.connect(chart.select)          # ids of the selected rows, told for people's choices only
    table.select_ids([7])                                  # silent

Order, widths, sorting and filter are kept in `settings` under `name`, by column key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QKeyCombination,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSettings,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QCursor,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from calm_desktop.engine.hidden import HIDDEN
from calm_desktop.engine.money import Money
from calm_desktop.engine.problems import Fault, Problem, Refused
from calm_desktop.formats import sheets
from calm_desktop.ui import display, theme
from calm_desktop.ui.background import Background, problems_of
from calm_desktop.ui.record_model import FIGURES, TOO_MANY, Column, ColumnKind, RecordModel, cells, sums
from calm_desktop.ui.widgets import ElidedLabel, EmptyState, Section, plain_tooltip, restyle, tone_of, tool
from calm_desktop.ui.windowed_rows import Sums, Tally, WindowedRows

__all__ = ["Column", "ColumnKind", "RecordTable"]

T = TypeVar("T")

ROW_HEIGHT = 32
HEADER_HEIGHT = 34
NARROWEST = 90  # pixels down to which texts give way before the table scrolls sideways instead
GIVING_WAY = (ColumnKind.TEXT, ColumnKind.LINK)
LONG = 130  # pixels; what is meant to be shorter, such as a number, never gives way
PAD = 11
CHIP_PAD = 18
MEASURED = 100  # rows whose texts are measured to lay out the columns
FILTER_WAIT_MS = 150
FEW = 1_000
"""Rows that can be looked at one by one while a person waits for nothing."""

ASK_WHY = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_E)
COPY_WITH_HEADERS = QKeyCombination(
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier, Qt.Key.Key_C
)
_CHIP_COLOURS = {
    "good": ("good", "good_soft"),
    "bad": ("bad", "bad_soft"),
    "warn": ("warn", "warn_soft"),
    "info": ("accent", "accent_soft"),
    "neutral": ("muted", "neutral_soft"),
}


class _Delegate(QStyledItemDelegate):
    """Paints a cell: hairline, chip, link, grey for the future, red for what went down; struck out what was undone."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(parent)
        self.view = parent
        self.font = theme.font(figures=True)
        self.struck = theme.font(figures=True)
        self.struck.setStrikeOut(True)
        self.metrics = QFontMetrics(self.font)
        self.chip_font: QFont = theme.font(theme.SMALL, theme.MEDIUM)
        self.chip_metrics = QFontMetrics(self.chip_font)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        return QSize(80, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        model = index.model()
        assert isinstance(model, RecordModel)
        column, row = model.columns[index.column()], model.row(index.row())
        value = None if row is None else column.getter(row)
        text = "" if row is None else column.shown(value)
        rect: QRect = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, theme.colour("selection"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), theme.colour("border"))
        inner = rect.adjusted(PAD, 0, -PAD, -1)
        quiet = row is not None and model.quiet is not None and model.quiet(row)
        if column.kind is ColumnKind.CHIP and text:
            self._chip(painter, inner, text, "neutral" if quiet else tone_of(text))
        else:
            strikes = quiet and column.kind in FIGURES
            painter.setFont(self.struck if strikes else self.font)
            painter.setPen(theme.colour("muted" if quiet else self._token(column, row, value, model)))
            shown = self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
            painter.drawText(inner, column.alignment, shown)
        if option.state & QStyle.StateFlag.State_HasFocus and self.view.hasFocus():
            painter.setPen(theme.colour("accent"))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.restore()

    def _token(self, column: Column, row: Any, value: Any, model: RecordModel) -> str:
        if column.kind is ColumnKind.LINK:
            return "accent"
        if column.tone is not None and row is not None and (tone := column.tone(row)):
            return tone
        if column.kind is ColumnKind.DELTA and (value.minor if isinstance(value, Money) else value or 0) < 0:
            return "bad"
        future = row is not None and model.future is not None and model.future(row)
        return "muted" if future else "text"

    def _chip(self, painter: QPainter, inner: QRect, text: str, tone: str) -> None:
        ink, ground = _CHIP_COLOURS[tone]
        width = min(self.chip_metrics.horizontalAdvance(text) + CHIP_PAD, inner.width())
        pill = QRectF(inner.left(), inner.center().y() - 9.5, width, 21)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(ground))
        painter.drawRoundedRect(pill, 10.5, 10.5)
        painter.setFont(self.chip_font)
        painter.setPen(theme.colour(ink))
        shown = self.chip_metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(width) - 12)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, shown)

    def helpEvent(self, event: Any, view: Any, option: QStyleOptionViewItem, index: QModelIndex) -> bool:  # type: ignore[override]
        """A cell whose text is cut tells it whole."""
        if event.type() == QEvent.Type.ToolTip and index.isValid():
            text = index.data(Qt.ItemDataRole.ToolTipRole) or ""
            shown = str(index.data() or "")
            if not text and self.metrics.horizontalAdvance(shown) > option.rect.width() - 2 * PAD:
                text = shown
            QToolTip.showText(event.globalPos(), plain_tooltip(text), view)
            return True
        return super().helpEvent(event, view, option, index)


class _View(QTableView):
    """The grid: whole rows are selected, in ranges however many there are."""

    link_clicked = Signal(QModelIndex)
    figure_clicked = Signal(QModelIndex)
    resized = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setCornerButtonEnabled(False)
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.hide()
        head = self.horizontalHeader()
        head.setSectionsMovable(True)
        head.setSectionsClickable(True)
        head.setHighlightSections(False)
        head.setFixedHeight(HEADER_HEIGHT)
        head.setMinimumSectionSize(40)
        head.setFont(theme.font(theme.SMALL, theme.MEDIUM))
        self.setItemDelegate(_Delegate(self))
        self._pressed = QPersistentModelIndex()

    def selectAll(self) -> None:
        model = self.model()
        if model.rowCount() and model.columnCount():
            last = model.index(model.rowCount() - 1, model.columnCount() - 1)
            self.selectionModel().select(
                QItemSelection(model.index(0, 0), last), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def link_at(self, point: QPoint) -> QModelIndex:
        """The cell whose link is under a point of the viewport, or an invalid index."""
        return self._text_at(point, lambda column: column.kind is ColumnKind.LINK)

    def figure_at(self, point: QPoint) -> QModelIndex:
        """The cell under a point of the viewport whose figure can be asked why, or an invalid index."""
        index = self._text_at(point, lambda column: column.explains)
        return index if index.data(Qt.ItemDataRole.UserRole) is not None else QModelIndex()

    def _text_at(self, point: QPoint, wanted: Callable[[Column], bool]) -> QModelIndex:
        index = self.indexAt(point)
        model = self.model()
        if not index.isValid() or not isinstance(model, RecordModel):
            return QModelIndex()
        column = model.columns[index.column()]
        if not wanted(column) or not index.data():
            return QModelIndex()
        rect = self.visualRect(index).adjusted(PAD, 4, -PAD, -4)
        width = min(rect.width(), QFontMetrics(theme.font(figures=True)).horizontalAdvance(str(index.data())))
        left = rect.right() - width if column.alignment & Qt.AlignmentFlag.AlignRight else rect.left()
        return index if QRect(left, rect.top(), width, rect.height()).contains(point) else QModelIndex()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        over = self.link_at(point).isValid() or self.figure_at(point).isValid()
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = QPersistentModelIndex(self.indexAt(event.position().toPoint()))
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            point = event.position().toPoint()
            index, figure = self.link_at(point), self.figure_at(point)
            if index.isValid():
                self.link_clicked.emit(index)
            elif figure.isValid() and self._pressed == figure:
                self.figure_clicked.emit(figure)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class _WholeRows(QWidget):
    """The place of a grid, which takes as much of its height as whole rows need: none is cut at the foot."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.view = _View(self)

    def sizeHint(self) -> QSize:
        return self.view.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self.view.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        rows = max(1, (self.height() - HEADER_HEIGHT) // ROW_HEIGHT)
        self.view.resize(self.width(), min(self.height(), HEADER_HEIGHT + rows * ROW_HEIGHT))
        super().resizeEvent(event)


class RecordTable(Section):
    """The whole table with its title line, grid and footer; see the module's text."""

    link_activated = Signal(object, str)
    figure_activated = Signal(object, str)
    row_activated = Signal(object)
    selection_changed = Signal(object)
    order_requested = Signal(str, bool, str)

    def __init__(
        self,
        columns: Sequence[Column],
        row_id: Callable[[Any], Hashable],
        name: str,
        settings: QSettings | None = None,
        title: str = "",
        noun: str = "row",
        plural: str = "",
        future: Callable[[Any], bool] | None = None,
        empty: str = "Nothing here yet.",
        background: Background | None = None,
        record_id: Callable[[Any], Hashable] | None = None,
        quiet: Callable[[Any], bool] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, parent)
        self._background, self._record_id = background, record_id
        self.layout().setContentsMargins(7, 10, 7, 8)  # type: ignore[union-attr]
        self.head.setContentsMargins(11, 0, 8, 0)
        self._name, self._settings = name, settings
        self._noun, self._plural = noun, plural
        self._widths = {column.key: column.width for column in columns}
        self._needs: dict[int, int] = {}
        self._silent = False
        self._chosen_columns: list[str] | None = None
        self._offered: tuple[Column, ...] = ()
        self.model = RecordModel(columns, row_id, future, quiet)
        self._grid = _WholeRows(self)
        self.view = self._grid.view
        self.view.setModel(self.model)
        head = self.view.horizontalHeader()
        # A head that knew the selection would look at every row, each time it is painted.
        head.setSelectionModel(QItemSelectionModel(self.model, head))
        self.view.setAccessibleName(title or f"Table of {plural or noun + 's'}")

        self.filter_field = QLineEdit()
        self.filter_field.setPlaceholderText(f"Filter {plural or noun + 's'}")
        self.filter_field.setAccessibleName(f"Filter {plural or noun + 's'}")
        self.filter_field.setClearButtonEnabled(True)
        self.filter_field.setFixedWidth(210)
        self._glass = QAction(self)
        self.filter_field.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        self.columns_button = tool("columns", "Choose columns")
        self.export_button = tool("download", "Export")
        self.add_tool(self.filter_field)
        self.add_tool(self.columns_button)
        self.add_tool(self.export_button)

        self.empty = EmptyState(empty)
        self.empty.hide()
        self.body.setSpacing(0)
        self.body.addWidget(self._grid, 1)
        self.body.addWidget(self.empty, 1)
        self._foot = foot = QHBoxLayout()
        foot.setContentsMargins(11, 8, 11, 2)
        self.count_label = ElidedLabel("", "muted", size=theme.SMALL)
        self.sum_label = ElidedLabel("", "muted", size=theme.SMALL, weight=theme.MEDIUM)
        self.sum_label.setFont(theme.font(theme.SMALL, theme.MEDIUM, figures=True))
        foot.addWidget(self.count_label)
        foot.addStretch(1)
        foot.addWidget(self.sum_label)
        self.body.addLayout(foot)

        self._wait = QTimer(self, singleShot=True, interval=FILTER_WAIT_MS)
        self._wait.timeout.connect(self._filter)
        self.filter_field.textChanged.connect(lambda _: self._wait.start())
        self.filter_field.returnPressed.connect(self._filter)
        self.columns_button.clicked.connect(self._choose_columns)
        self.export_button.clicked.connect(self._choose_export)
        self.view.link_clicked.connect(self._open_link)
        self.view.figure_clicked.connect(self._ask_figure)
        self.view.activated.connect(self._open_row)
        self.view.resized.connect(self._fit)
        self.view.selectionModel().selectionChanged.connect(self._selected)
        self.model.dataChanged.connect(self._arrived)
        head.sectionClicked.connect(self._sort_clicked)
        head.sectionResized.connect(self._resized)
        head.sectionMoved.connect(lambda *_: self._save())
        head.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        head.customContextMenuRequested.connect(lambda _: self._choose_columns())
        theme.current().changed.connect(self._restyle)
        self._restyle()
        self._restore()
        self._show_totals()

    # -- rows

    def set_rows(self, rows: Sequence[Any] | WindowedRows) -> None:
        """Show rows; what was selected and is still there stays selected.

        Rows that come in windows are ordered and filtered by the store: `order_requested` asks for it.
        """
        kept = self.selected_ids()
        with self._silence():
            if isinstance(rows, WindowedRows):
                self._leave_out_hidden(rows.there(0))
                rows.arrived.connect(lambda first, _: self._leave_out_hidden(rows.there(first)))
            else:
                self._leave_out_hidden(next(iter(rows), None))
            self.model.set_rows(rows)
        self._needs = {}
        self._fit()
        self.select_ids(kept, scroll=False)

    def _leave_out_hidden(self, row: Any | None) -> None:
        """Take out the columns whose values are hidden from whoever is at the desk: of one row, of all."""
        columns = self.model.columns
        seen = [each for each in columns if row is None or each.getter(row) is not HIDDEN]
        if len(seen) < len(columns):
            self.model.set_columns(seen)
            self._arrange_columns(self._saved())

    def rows(self) -> list[Any]:
        """The rows shown, in their order."""
        return self.model.shown_rows()

    def selected_rows(self) -> list[Any]:
        """The rows selected, in their order; of rows that come in windows, None for those that have not come."""
        places = self._selected_places()
        if isinstance(self.model.rows, WindowedRows):
            return [self.model.rows.there(place) for place in places]
        return [self.model.row(place) for place in places]

    def few_selected(self) -> list[Any] | None:
        """The rows selected; None where they come in windows and are more than a few, or have not all come."""
        if self.model.windowed and self.selected_count > FEW:
            return None
        rows = self.selected_rows()
        return None if any(row is None for row in rows) else rows

    @property
    def selected_count(self) -> int:
        """How many rows are selected."""
        chosen = self.view.selectionModel().selection()
        return sum(chosen.at(number).height() for number in range(chosen.count()))

    def selected_ids(self) -> Sequence[Hashable]:
        """The ids of the rows selected."""
        places = self._selected_places()
        if isinstance(self.model.rows, WindowedRows):
            return self.model.rows.at(places)
        return [self.model.id_at(place) for place in places]

    def select_ids(self, ids: Iterable[Hashable], scroll: bool = True) -> None:
        """Select the rows of these ids, silently, and bring the first into view; unknown ids are passed over."""
        self._select(ids, scroll)
        self._show_totals()

    def _select(self, ids: Iterable[Hashable], scroll: bool) -> None:
        places, selection = self.model.places_of(ids), QItemSelection()
        last = self.model.columnCount() - 1
        start = 0
        for end in range(1, len(places) + 1):
            if end == len(places) or places[end] != places[end - 1] + 1:
                selection.select(self.model.index(places[start], 0), self.model.index(places[end - 1], last))
                start = end
        with self._silence():
            flags = QItemSelectionModel.SelectionFlag
            self.view.selectionModel().select(selection, flags.ClearAndSelect)
            if places and scroll:
                self.view.selectionModel().setCurrentIndex(self.model.index(places[0], 0), flags.NoUpdate)
                self.view.scrollTo(self.model.index(places[0], 0))

    # -- size

    def bare(self) -> RecordTable:
        """The table without frame, filter, tools and footer, for a handful of rows among other things."""
        restyle(self, "bare", True)
        self.layout().setContentsMargins(0, 0, 0, 0)  # type: ignore[union-attr]
        self.without_tools()
        self.count_label.hide()
        self.sum_label.hide()
        self._foot.setContentsMargins(0, 0, 0, 0)
        self.layout().setSpacing(0)  # type: ignore[union-attr]
        return self

    def without_tools(self) -> None:
        """A table that is short and wants no filter, no chooser and no export."""
        for widget in (self.filter_field, self.columns_button, self.export_button):
            widget.hide()

    def narrow_to(self, keys: Sequence[str] | None) -> None:
        """Show just these columns for as long as something stands beside the table; None: the chosen ones again."""
        if (keys is None) == (self._chosen_columns is None):
            return
        with self._silence():
            if keys is not None:
                self._chosen_columns = [column.key for column in self.shown_columns()]
            wanted = self._chosen_columns or [] if keys is None else keys
            for place, column in enumerate(self.model.columns):
                self.view.setColumnHidden(place, column.key not in wanted)
        if keys is None:
            self._chosen_columns = None
        self._fit()

    def fit_height(self, most: int) -> None:
        """Be as high as the rows, up to `most` of them."""
        shown = max(1, min(most, len(self.model.order)))
        self._grid.setFixedHeight(HEADER_HEIGHT + shown * ROW_HEIGHT)

    # -- sort, filter, columns

    def sort_by(self, key: str, descending: bool = False) -> None:
        """Sort by a column's values."""
        kept = self.selected_ids()
        with self._silence():
            self.model.set_sort(key, descending)
        self._select(kept, scroll=False)
        self._save()
        self._ask_order()

    def set_filter(self, text: str) -> None:
        """Filter now, as if typed."""
        self.filter_field.setText(text)
        self._filter()

    def focus_filter(self) -> None:
        """Put the cursor into the filter field."""
        self.filter_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter_field.selectAll()

    def show_column(self, key: str, shown: bool) -> None:
        """Show or hide a column; the last one stays."""
        place = self._place(key)
        if shown or len(self._visible()) > 1:
            with self._silence():  # a column that comes back is no width that a person chose
                self.view.setColumnHidden(place, not shown)
        self._fit()
        self._save()

    def offer(self, columns: Sequence[Column]) -> None:
        """Offer columns beside the table's own, in place of those offered before; a person chooses to show them."""
        if [_about(column) for column in columns] == [_about(column) for column in self._offered]:
            return
        own = [column for column in self.model.columns if column not in self._offered]
        before, kept = [column.key for column in self.shown_columns()], self.selected_ids()
        self._offered = tuple(columns)
        for column in columns:
            self._widths.setdefault(column.key, column.width)
        with self._silence():
            self.model.set_columns([*own, *columns])
            self._arrange_columns(self._saved())
            if self._chosen_columns is not None:
                for place, column in enumerate(self.model.columns):
                    self.view.setColumnHidden(place, column.key not in before)
        self._needs = {}
        self._fit()
        self.select_ids(kept, scroll=False)

    def shown_columns(self) -> list[Column]:
        """The columns shown, from left to right."""
        return [self.model.columns[place] for place in self._visible()]

    # -- out

    def copy(self, headers: bool = False) -> None:
        """Put the selected rows (all, where none is) on the clipboard as TSV, figures bare and days ISO."""
        columns = self.shown_columns()

        def written(rows: Iterable[Any]) -> str:
            titles, lines = cells(columns, rows)
            return sheets.delimited([titles, *lines] if headers else lines, "\t", "\n")

        self._with_rows(
            self._selected_places() or range(len(self.model.order)),
            written,
            QGuiApplication.clipboard().setText,
        )

    def export_csv(self, path: Path) -> None:
        """Write all rows shown to a CSV file that spreadsheet programs read as UTF-8, and say so in the footer."""
        self._export(path, lambda titles, lines: sheets.write_csv(path, titles, lines, marked=True))

    def export_xlsx(self, path: Path) -> None:
        """Write all rows shown to an XLSX workbook with real numbers and days, and say so in the footer."""
        name = self._name_of_rows().capitalize()
        self._export(path, lambda titles, lines: sheets.write_xlsx(path, name, titles, lines))

    def _export(self, path: Path, write: Callable[[Sequence[str], sheets.CountedRows], object]) -> None:
        columns = self.shown_columns()
        self.count_label.setText(f"Writing {path}")
        self._with_rows(
            range(len(self.model.order)),
            lambda rows: write(*cells(columns, rows)),
            lambda _: self.count_label.setText(f"Written to {path}"),
            slow=True,
        )

    def _with_rows(
        self,
        places: Sequence[int],
        work: Callable[[Iterable[Any]], T],
        done: Callable[[T], object],
        slow: bool = False,
    ) -> None:
        """Do something with rows that touches nothing of Qt; in the background if slow, or if rows come in windows."""

        def failed(problems: Sequence[Problem]) -> None:
            self.count_label.setText(" ".join(problem.message for problem in problems))

        if isinstance(self.model.rows, WindowedRows):
            self.model.rows.read(places, work, done, failed)
            return
        rows = [self.model.row(place) for place in places]
        if slow and self._background is not None:
            self._background.run(lambda: work(rows), done, failed, owner=self)
            return
        try:
            done(work(rows))
        except (Fault, Refused) as error:
            failed(problems_of(error))

    # -- inside

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.keyCombination() == COPY_WITH_HEADERS:
            self.copy(headers=True)
        elif event.keyCombination() == ASK_WHY and self._figure_here().isValid():
            self._ask_figure(self._figure_here())
        elif event.matches(QKeySequence.StandardKey.Find):
            self.focus_filter()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.context_menu().popup(event.globalPos())

    def context_menu(self) -> QMenu:
        """What a right click offers."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, keys, act in (
            ("Copy", "Ctrl+C", self.copy),
            ("Copy with headers", "Ctrl+Shift+C", lambda: self.copy(headers=True)),
            ("Select all", "Ctrl+A", self.view.selectAll),
        ):
            action = menu.addAction(text)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(lambda _=False, act=act: act())
        if self._figure_here().isValid():
            why = menu.addAction("Why this figure")
            why.setShortcut(QKeySequence(ASK_WHY))
            why.triggered.connect(lambda: self._ask_figure(self._figure_here()))
        menu.addSeparator()
        self._add_exports(menu)
        return menu

    def export_menu(self) -> QMenu:
        """The kinds of file that rows can be written to."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._add_exports(menu)
        return menu

    def _add_exports(self, menu: QMenu) -> None:
        for kind, act in (("CSV", self.export_csv), ("XLSX", self.export_xlsx)):
            action = menu.addAction(f"Export as {kind}…")
            action.triggered.connect(lambda _=False, kind=kind, act=act: self._ask_export(kind, act))

    def _choose_export(self) -> None:
        self.export_menu().popup(self.export_button.mapToGlobal(QPoint(0, self.export_button.height())))

    def _ask_export(self, kind: str, act: Callable[[Path], object]) -> None:
        suffix = kind.lower()
        dialog = QFileDialog(
            self, f"Export as {kind}", f"{self._name_of_rows()}.{suffix}", f"{kind} files (*.{suffix})"
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: act(Path(name)))
        dialog.open()

    def _name_of_rows(self) -> str:
        return self._plural or f"{self._noun}s"

    def _choose_columns(self) -> None:
        self.column_menu().popup(self.columns_button.mapToGlobal(QPoint(0, self.columns_button.height())))

    def column_menu(self) -> QMenu:
        """The column chooser."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for place, column in enumerate(self.model.columns):
            action = menu.addAction(display.mnemonic_safe(column.title))
            action.setCheckable(True)
            action.setChecked(not self.view.isColumnHidden(place))
            action.toggled.connect(lambda shown, key=column.key: self.show_column(key, shown))
        return menu

    def _place(self, key: str) -> int:
        return next(place for place, column in enumerate(self.model.columns) if column.key == key)

    def _visible(self) -> list[int]:
        head = self.view.horizontalHeader()
        logical = (head.logicalIndex(visual) for visual in range(head.count()))
        return [place for place in logical if not self.view.isColumnHidden(place)]

    def _open_row(self, index: QModelIndex) -> None:
        row = self.model.row(index.row())
        if row is not None:
            self.row_activated.emit(row)

    def _figure_here(self) -> QModelIndex:
        """The figure of the current row that can be asked why: that of the current column, else the row's first."""
        here = self.view.currentIndex()
        if not here.isValid():
            return QModelIndex()
        able = [place for place in self._visible() if self.model.columns[place].explains]
        able = [here.column()] if here.column() in able else able
        cells = (self.model.index(here.row(), place) for place in able)
        return next((cell for cell in cells if cell.data(Qt.ItemDataRole.UserRole) is not None), QModelIndex())

    def _ask_figure(self, index: QModelIndex) -> None:
        self.figure_activated.emit(self.model.row(index.row()), self.model.columns[index.column()].key)

    def _open_link(self, index: QModelIndex) -> None:
        self.link_activated.emit(self.model.row(index.row()), self.model.columns[index.column()].key)

    def _sort_clicked(self, place: int) -> None:
        key = self.model.columns[place].key
        if not self.model.sorts_by(key):
            QToolTip.showText(QCursor.pos(), plain_tooltip(TOO_MANY), self.view)
            return
        self.sort_by(key, descending=self.model.sorted_by == key and not self.model.descending)

    def _filter(self) -> None:
        self._wait.stop()
        text = self.filter_field.text()
        if text.strip().casefold() != self.model.needle:
            kept = self.selected_ids()
            with self._silence():
                self.model.set_filter(text)
            self.select_ids(kept, scroll=False)
            self._save()
            self._ask_order()

    def _ask_order(self) -> None:
        if self.model.windowed:
            self.order_requested.emit(self.model.sorted_by, self.model.descending, self.model.needle)

    def _selected_places(self) -> list[int]:
        places: set[int] = set()
        chosen = self.view.selectionModel().selection()
        for number in range(chosen.count()):
            span = chosen.at(number)
            places.update(range(span.top(), span.bottom() + 1))
        return sorted(places)

    def _selected(self) -> None:
        if not self._silent:
            self._show_totals()
            self.selection_changed.emit(self.selected_ids())

    def _arrived(self, first: QModelIndex, last: QModelIndex) -> None:
        """Who acts on few rows that are selected hears of them once more when they have come."""
        chosen = self.view.selectionModel().selection()
        spans = [chosen.at(number) for number in range(chosen.count())]
        concerned = any(span.top() <= last.row() and span.bottom() >= first.row() for span in spans)
        if concerned and self.selected_count <= FEW:
            self.selection_changed.emit(self.selected_ids())

    def _show_totals(self) -> None:
        places, tally = self._selected_places(), self._tally()
        number, whole = len(self.model.order), len(self.model.rows)
        if tally is None:
            records, every = self._records(self.model.order), self._records(range(whole))
        else:
            records, every, whole = tally.records, tally.every, tally.every
        parts = [display.count(records, self._noun, self._plural)]
        if records != every:
            parts[0] += f" of {every:,}"
        if places:
            parts.append(f"{len(places):,} selected")
        self.count_label.setText(" · ".join(parts))
        self.sum_label.setText(self._sums(places) if number and not self.model.windowed else "")
        if number and tally is not None:
            self._ask_sums(tally, places)
        self.empty.setVisible(not number)
        self._grid.setVisible(bool(number))
        if not number:
            self.empty.text.setText(f"No match for “{self.filter_field.text()}”." if whole else "")
            self.empty.title.setVisible(not whole)

    def _records(self, places: Sequence[int]) -> int:
        """How many records the lines at some places of `rows` stand for."""
        if self._record_id is None:
            return len(places)
        return len({self._record_id(self.model.rows[place]) for place in places})

    def _sums(self, places: Sequence[int]) -> str:
        rows = [self.model.row(place) for place in places] or self.model.shown_rows()
        summed = [column for column in self.shown_columns() if column.total]
        return _sums_in_words(summed, {column.key: sums(column, rows) for column in summed}, bool(places))

    def _tally(self) -> Tally | None:
        return self.model.rows.tally if isinstance(self.model.rows, WindowedRows) else None

    def _ask_sums(self, tally: Tally, places: Sequence[int]) -> None:
        """Have the store add up rows that come in windows; all of them, where none is selected."""
        rows, summed = self.model.rows, [column for column in self.shown_columns() if column.total]
        assert isinstance(rows, WindowedRows)
        if not summed:
            return
        keys, ids = [column.key for column in summed], rows.at(places) if 0 < len(places) < len(rows) else None
        rows.background.run(
            lambda: tally.sums(keys, ids),
            lambda found: self.sum_label.setText(_sums_in_words(summed, found, bool(places))),
            lambda problems: self.sum_label.setText(" ".join(problem.message for problem in problems)),
            slot=(id(self), "sums"),
            owner=self,
        )

    def show_totals(self, text: str) -> None:
        """Show sums that the store has made, for rows that come in windows."""
        self.sum_label.setText(text)

    def _fit(self) -> None:
        """Spread the columns over the room there is: no text is cut where all can be whole, and where they cannot,
        the longest texts give way before the table scrolls sideways; figures and days never do. A width that was
        chosen stays."""
        visible, room = self._visible(), self.view.viewport().width()
        wanted = {place: self._widths[self.model.columns[place].key] for place in visible}
        chosen = {place: width for place, width in wanted.items() if width != self.model.columns[place].width}
        least = {place: self._need(place) for place in visible if place not in chosen}
        free = room - sum(chosen.values())
        over = sum(least.values()) - free
        if over > 0:
            columns = self.model.columns
            soft = [p for p in least if columns[p].kind in GIVING_WAY and columns[p].width >= LONG]
            longest = _longest_kept([least[place] for place in soft], sum(least[place] for place in soft) - over)
            widths = chosen | least | {place: min(least[place], longest) for place in soft}
        else:
            asked = {place: max(0, wanted[place] - least[place]) for place in least}
            part = min(1.0, -over / max(1, sum(asked.values())))
            widths = chosen | {place: least[place] + int(asked[place] * part) for place in least}
            grown = (room - sum(widths.values())) // max(1, len(widths))
            widths = {place: width + (0 if place in chosen else grown) for place, width in widths.items()}
            widths[visible[-1]] += room - sum(widths.values())
        with self._silence():
            for place in visible:
                self.view.setColumnWidth(place, max(40, widths[place]))

    def _need(self, place: int) -> int:
        """Pixels in which a column's head and first rows can be read whole."""
        column = self.model.columns[place]
        if place not in self._needs:
            rows = self._first_rows()
            self._needs[place] = self._measured(place, column, rows) if rows else column.width
        return self._needs[place]

    def _first_rows(self) -> Sequence[Any]:
        """Some rows to measure; of those that come in windows, what is there at once."""
        rows = self.model.rows
        if isinstance(rows, WindowedRows):
            there = (rows.there(place) for place in range(min(MEASURED, len(rows))))
            return [row for row in there if row is not None]
        return rows[:MEASURED]

    def _measured(self, place: int, column: Column, rows: Sequence[Any]) -> int:
        delegate = self.view.itemDelegate()
        assert isinstance(delegate, _Delegate)
        is_chip = column.kind is ColumnKind.CHIP
        metrics = delegate.chip_metrics if is_chip else delegate.metrics
        texts = {column.shown(column.getter(row)) for row in rows}
        widest = max(metrics.horizontalAdvance(text) for text in texts) + (CHIP_PAD if is_chip else 0)
        title = str(self.model.headerData(place, Qt.Orientation.Horizontal))
        head = self.view.horizontalHeader().fontMetrics().horizontalAdvance(title)
        need = max(widest, head) + 2 * PAD + 2
        return min(need, 2 * column.width) if column.kind in GIVING_WAY else need

    def _resized(self, place: int, _: int, width: int) -> None:
        if not self._silent and width:
            self._widths[self.model.columns[place].key] = max(40, width)
            self._save()

    def _save(self) -> None:
        if self._settings is None or self._silent or self._chosen_columns is not None:
            return
        head = self.view.horizontalHeader()
        order = [self.model.columns[head.logicalIndex(visual)].key for visual in range(head.count())]
        hidden = [c.key for place, c in enumerate(self.model.columns) if self.view.isColumnHidden(place)]
        state = {
            "order": order,
            "hidden": hidden,
            "widths": self._widths,
            "sort": [self.model.sorted_by, self.model.descending],
            "filter": self.filter_field.text(),
        }
        self._settings.setValue(f"tables/{self._name}", json.dumps(state))

    def _restore(self) -> None:
        self._silent = True
        state = self._saved()
        self._arrange_columns(state)
        key, descending = state.get("sort", ["", False])
        self.model.set_sort(key, bool(descending))
        self.filter_field.setText(state.get("filter", ""))
        self.model.set_filter(state.get("filter", ""))
        self._wait.stop()
        self._silent = False
        self._fit()

    def _saved(self) -> dict[str, Any]:
        """What is kept of the table; nothing where that cannot be read."""
        saved = self._settings.value(f"tables/{self._name}") if self._settings is not None else None
        try:
            state: dict[str, Any] = json.loads(str(saved)) if saved else {}
        except ValueError:
            state = {}
        return state

    def _arrange_columns(self, state: dict[str, Any]) -> None:
        """Order, width and which columns are shown, as they were kept; columns that are new as they say themselves."""
        known = {column.key: place for place, column in enumerate(self.model.columns)}
        order = state.get("order", [])
        hidden = {column.key for column in self.model.columns if column.hidden and column.key not in order}
        hidden |= set(state.get("hidden", []))
        for key, place in known.items():
            self.view.setColumnHidden(place, key in hidden)
        head = self.view.horizontalHeader()
        for visual, key in enumerate(key for key in order if key in known):
            head.moveSection(head.visualIndex(known[key]), visual)
        self._widths.update({key: int(width) for key, width in state.get("widths", {}).items() if key in known})

    @contextmanager
    def _silence(self) -> Iterator[None]:
        """While it lasts, the table tells nobody of its selection and keeps nothing."""
        before, self._silent = self._silent, True
        try:
            yield
        finally:
            self._silent = before

    def _restyle(self) -> None:
        self._glass.setIcon(theme.icon("search"))
        self.view.viewport().update()


def _sums_in_words(columns: Sequence[Column], found: Sums, selected: bool) -> str:
    totals = [
        f"{column.title} {' / '.join(column.shown(value) for value in found.get(column.key, ()))}" for column in columns
    ]
    return "    ".join(["Selected" if selected else "Total", *totals]) if totals else ""


def _about(column: Column) -> tuple[str, str, ColumnKind]:
    return column.key, column.title, column.kind


def _longest_kept(widths: Sequence[int], room: int) -> int:
    """The width to which the longest texts are cut so that all fit; nothing is cut where even that is too little."""
    if sum(min(width, NARROWEST) for width in widths) > room:
        return max(widths, default=0)
    for place, width in enumerate(ordered := sorted(widths)):
        share = (room - sum(ordered[:place])) // (len(ordered) - place)
        if share < width:
            return share
    return max(widths, default=0)
