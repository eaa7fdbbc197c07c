"""Pages of one table with forms beside it, and among them those of rates that hold from a day on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from operator import attrgetter
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout

from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages.asking import AskingPage
from calm_desktop.ui.pages.forms import Form, SidePanel, Wish
from calm_desktop.ui.record_model import Column
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import Label, button


class FormsBesidePage(AskingPage):
    """A table, and beside it a panel of forms, which Esc puts away."""

    table: RecordTable
    panel: SidePanel

    def lay_out(self) -> None:
        """Put table and panel side by side."""
        row = QHBoxLayout(self.content)
        row.setContentsMargins(28, 2, 28, 18)
        row.setSpacing(14)
        row.addWidget(self.table, 1)
        row.addWidget(self.panel)

    def close_panel(self) -> None:
        """Put away what stands beside the table, and what was typed there."""
        self.panel.hide()
        self.table.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_filter(self) -> None:
        self.table.focus_filter()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.panel.isVisible():
            self.close_panel()
        else:
            super().keyPressEvent(event)


class DatedRatesPage(FormsBesidePage):
    """Rates, each from its `start` on, and beside them a form for another one.

    `about` names what a rate is for: attributes of its row, and fields of the form. The pages add the fields, one of
    them named `start`, and give what they load to `show_rates`.
    """

    title = ""
    one = ""
    above = ("", "")
    about: tuple[str, ...] = ()
    start = "start"

    def __init__(self, context: Context, name: str, columns: Sequence[Column], wish: Wish, explained: str) -> None:
        super().__init__(context)
        self.today = date.max
        self.add_button = button("New rate", "primary", "plus", f"Add {self.one} (Ctrl+Shift+N)")
        self.add_button.setShortcut("Ctrl+Shift+N")
        self.add_button.clicked.connect(self.begin_new)
        first_day = attrgetter(self.start)
        self.table = RecordTable(
            columns,
            attrgetter(*self.about, self.start),
            name,
            context.settings,
            noun="rate",
            future=lambda row: first_day(row) > self.today,
            empty=f"No {self.title[:1].lower()}{self.title[1:]} yet",
        )
        self.table.view.setAccessibleName(self.title)
        self.table.selection_changed.connect(self._selected)
        self.form = Form(context, "New rate", "Add rate", wish, "Close")
        self.form.insert_above(Label(explained, "muted", wrap=True))
        self.form.closed.connect(self.close_panel)
        self.panel = SidePanel(self.form)
        self.lay_out()

    def show_rates(self, today: date, rates: Sequence[Any]) -> None:
        """Show the rates as of a day; what is being typed stays."""
        self.today = today
        self.table.set_rows(rates)
        start = self.form.field("start")
        assert isinstance(start, DateField)
        start.set_today(today)
        self.set_header(Header(self.title, (self.above, (self.title, "")), (), (self.add_button,)))

    def begin_new(self) -> None:
        """Open the form for another rate."""
        if not self.panel.isVisible():
            self.form.fill({})
            self.panel.show()
        self.form.begin()

    def _selected(self, ids: Sequence[object]) -> None:
        """A rate that is chosen fills the form, for another rate from today on."""
        rows = self.table.selected_rows()
        if len(rows) == 1 and not (self.panel.isVisible() and self.form.typed):
            texts = {name: getattr(rows[0], name) for name in self.about}
            self.form.fill({**texts, "start": self.today.isoformat()})
            self.panel.show()
