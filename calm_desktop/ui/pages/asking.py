"""A page that asks the desk in the background and renders the answer; what is stale never overwrites what is newer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from calm_desktop.engine.problems import Problem
from calm_desktop.services.ids import number_of
from calm_desktop.services.requests import Explain
from calm_desktop.services.shapes import Explanation
from calm_desktop.services.tx import Changed, Tx
from calm_desktop.services.views import explain
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header, Notice, Page
from calm_desktop.ui.why_panel import WhyPanel
from calm_desktop.ui.widgets import EmptyState

Request = TypeVar("Request")
Answer = TypeVar("Answer")


class AskingPage(Page):
    """Base of the pages: `content` is shown once the first answer for a name is there, the Why panel below it.

    `kinds` are the words of `Changed` that concern the page; `account_id`, where known, leaves out other customers'.
    """

    kinds: frozenset[str] = frozenset()

    def __init__(self, context: Context) -> None:
        super().__init__(context.page_area)
        self.context = context
        self.account_id = ""
        self._place: tuple[str, ...] | None = None
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._outer.setSpacing(0)
        above = QWidget(self)
        self._stack = QStackedLayout(above)
        self._outer.addWidget(above, 1)
        self.why: WhyPanel | None = None
        self._asked: tuple[Explain, str, tuple[str, ...]] | None = None
        self._waiting = QWidget(above)
        self.content = QWidget(above)
        self.trouble = EmptyState("", "", "Try again")
        self.trouble.acted.connect(lambda: self.refresh(None))
        for widget in (self._waiting, self.content, self.trouble):
            self._stack.addWidget(widget)

    def column(self, top: int = 2) -> QVBoxLayout:
        """The content's layout, with the margins of every page."""
        return _column(self.content, top)

    def scrolled_column(self) -> QVBoxLayout:
        """The same for content that may be higher than the window, and is then scrolled."""
        inner = QWidget()
        inner.setObjectName("scrolled")
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self.content)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        return _column(inner)

    def ask(
        self,
        view: Callable[[Tx, Request], Answer],
        request: Request,
        render: Callable[[Answer], object],
        part: str = "page",
    ) -> None:
        """Ask in the background, then render; a later question for the same `part` replaces an earlier one."""
        wanted = self._named()
        if part == "page" and wanted != self._place:
            self._stack.setCurrentWidget(self._waiting)

        def show(answer: Answer) -> None:
            render(answer)
            if part == "page":
                self._place = wanted
                self._stack.setCurrentWidget(self.content)
                self._renew_why()

        desk = self.context.desk
        self.context.background.run(
            lambda: desk.ask(view, request), show, self._failed, slot=(id(self), part), owner=self
        )

    # -- why

    def explain_figure(self, asked: Explain | None, currency: str = "") -> None:
        """Ask why a figure is what it is, and show the lines below the page; of several currencies one first."""
        if asked is not None:
            self._asked = (asked, currency, self._looked_at())
            self.ask(explain, asked, lambda found: self._show_why(found, currency, focus=True), "why")

    def _show_why(self, found: tuple[Explanation, ...], currency: str, focus: bool) -> None:
        if self.why is None:
            self.why = WhyPanel()
            self.why.link_activated.connect(self.go)
            holder = QVBoxLayout()
            holder.setContentsMargins(28, 10, 28, 14)
            holder.addWidget(self.why)
            self._outer.addLayout(holder)
        self.why.show_explanations(found, currency)
        self.why.open_panel(focus)

    def _renew_why(self) -> None:
        """What is explained is asked again after a change, and goes where another thing or day is looked at."""
        if self.why is None or self.why.isHidden() or self._asked is None:
            return
        asked, _, place = self._asked
        if place != self._looked_at():
            self.why.hide()
            return
        shown = self.why.currency
        self.ask(explain, asked, lambda found: self._show_why(found, shown, focus=False), "why")

    def _looked_at(self) -> tuple[str, ...]:
        return () if self.link is None else (*self._named(), self.link.get("asof"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.why is not None and self.why.isVisible():
            self.why.close_panel()
        else:
            super().keyPressEvent(event)

    def refresh(self, changed: object) -> None:
        """Ask again where the change concerns this page and it is in front; others ask when they are opened."""
        if self.link is not None and self.isVisibleTo(self.window()) and self.concerned(changed):
            self.load(self.link)

    def today_changed(self, day: date) -> None:
        self.refresh(None)

    def concerned(self, changed: object) -> bool:
        """Whether what changed may show on this page."""
        if not isinstance(changed, Changed) or not self.kinds:
            return True
        return bool(changed.kinds & self.kinds) and self.mine(changed)

    def mine(self, changed: Changed) -> bool:
        """Whether a change is about the customer shown, or this is no page of one customer."""
        mine = number_of("account", self.account_id) if self.account_id else None
        return mine is None or not changed.accounts or mine in changed.accounts

    def _named(self) -> tuple[str, ...]:
        """What the link names: another one is not shown under this one's header."""
        return () if self.link is None else (self.link.name, self.link.get("account"), self.link.get("asset"))

    def go(self, link: str) -> None:
        """Open another place."""
        self.link_requested.emit(link)

    def _failed(self, problems: tuple[Problem, ...]) -> None:
        if self._stack.currentWidget() is self.content:
            self.notice_requested.emit(Notice("\n".join(problem.message for problem in problems), "bad"))
            return
        self.set_header(Header("Nothing here"))
        self._place = None
        self.trouble.title.setText("This cannot be shown")
        self.trouble.text.setText("\n".join(problem.message for problem in problems))
        self._stack.setCurrentWidget(self.trouble)


def day_of(link: Link, key: str) -> date | None:
    """A day among a link's parameters; None where it is missing or no day."""
    try:
        return date.fromisoformat(link.get(key))
    except ValueError:
        return None


def _column(widget: QWidget, top: int = 2) -> QVBoxLayout:
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(28, top, 28, 18)
    layout.setSpacing(14)
    return layout
