"""The frame of all wizards: steps over one draft, a review computed by the code that commits, then the commit itself.

A wizard is written by deriving from `Wizard`: its steps write what is typed into the draft, `request()` turns the draft
into the request of one use-case, `Desk.preview` of which is what the review shows. The commit runs the same use-case
and refuses to store anything else than what was reviewed.

Enter goes on, Alt+Left goes back, Ctrl+Enter commits on the review, Esc asks before anything typed is put away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import fields, replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from calm_desktop.engine.problems import Bug, Problem, Refused
from calm_desktop.services.desk import Desk
from calm_desktop.services.tx import Tx
from calm_desktop.ui import display, theme
from calm_desktop.ui.background import CANCELLED, Control, Task, told_by
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice
from calm_desktop.ui.widgets import Banner, ElidedLabel, Label, button, clear, rule
from calm_desktop.ui.wizards.drafts import DraftKeeper
from calm_desktop.ui.wizards.form import by_the_field
from calm_desktop.ui.wizards.steps import Review, ReviewStep, Step, StepStrip

WIDTH, HEIGHT = 1200, 880
LONGEST_PAUSE_MINUTES = 10
"""For so long others may have to wait for one who is away: what is done is there at its end or not at all."""

PAUSED = "Paused. Nothing is stored yet; until it goes on or is stopped, nobody else can write to the store."
CANCELLED_WORDS = "Cancelled. Nothing was stored."
PAUSED_TOO_LONG = (
    f"Stopped after a pause of {LONGEST_PAUSE_MINUTES} minutes, so that others can write to the store. "
    "Nothing was stored; begin again when you like."
)
PATIENCE_MS = 300
UseCase = Callable[[Tx, Any], Any]


def as_reviewed(use_case: UseCase, reviewed: Any) -> UseCase:
    """The use-case, refused where its answer is not the one that was reviewed: the store has moved on meanwhile."""

    def checked(tx: Tx, request: Any) -> Any:
        result = use_case(tx, request)
        if _figures(result) != _figures(reviewed):
            words = "The store has changed since this was computed. Look at the new figures, then try again."
            raise Refused(Problem("changed-meanwhile", "", words))
        return result

    return checked


def _figures(result: Any) -> Any:
    """What a preview and the act itself have in common: all but the request's identifier and what a preview asks."""
    own = {"request_id": "", "overrides_needed": ()}
    known = {field.name for field in fields(result)}
    return replace(result, **{name: value for name, value in own.items() if name in known})


class Wizard(QDialog):
    """A wizard's window; see the module's text. Opened by `open()`, it stands in front of its window alone."""

    key = ""
    """What its draft is kept under."""
    title = ""
    commit_words = "Save"
    close_words = "Cancel"
    can_pause = False
    """Whether its work may take so long that one wants it to wait."""
    view_before: Callable[[Tx, Any], Any] | None = None
    """The look at the store, for the request, that the review compares with."""

    def __init__(
        self, context: Context, draft: Any, steps: Sequence[Step], review: ReviewStep, offer: bool = True
    ) -> None:
        """`offer`: whether a draft that was kept is offered before a fresh one is begun."""
        super().__init__(context.window)
        self.context = context
        self.desk: Desk = context.desk
        self.draft = draft
        self.fresh = deepcopy(draft)
        self._seen = deepcopy(draft)
        self.override = ""
        self.review = review
        self.reviewed: Review | None = None
        self.result: Any = None
        self.steps: list[Step] = [*steps, review]
        self.at = 0
        self._task: Task | None = None
        self._moved_on: tuple[Problem, ...] = ()
        self._refused: dict[str, tuple[Problem, ...]] = {}
        self._keeper = DraftKeeper(context.settings, self.desk.database.where, self.key)
        self.setWindowTitle(self.title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._build()
        for step in self.steps:
            step.changed.connect(self._changed)
            step.go_on.connect(self.go_on)
        if offer:
            self._offer_draft()
        else:
            self._show_step(0)

    # -- what a wizard says

    def request(self) -> Any:
        """The request that the draft stands for. Raises `Refused` with what is missing."""
        raise Bug("a wizard says what it asks for")

    def use_case(self, request: Any) -> UseCase:
        """The use-case that this request is for."""
        raise Bug("a wizard says what it does")

    def summary(self) -> str:
        """The draft in a few words, where it is offered again."""
        return ""

    def finished_with(self, result: Any) -> Notice:
        """What to tell above the pages when it is done."""
        raise Bug("a wizard says what it has done")

    def show_refusal(self, problems: Sequence[Problem]) -> None:
        """The use-case refused: by default, go to the step whose field it is and say so there."""
        for place, step in enumerate(self.steps[:-1]):
            if len(step.show_problems(problems, True)) < len(problems):
                self._show_step(place)
                rest = step.show_problems(problems, True)
                self._refused = {step.name: tuple(problems)}
                self.banner.tell_problems(rest) if rest else self.banner.dismiss()
                self._show_state()
                return
        self._show_step(self._before(len(self.steps) - 1))
        self.banner.tell_problems(problems)

    # -- the window

    def _build(self) -> None:
        room = self.context.window.size()
        self.resize(min(WIDTH, max(room.width() - 80, 640)), min(HEIGHT, max(room.height() - 40, 480)))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(28, 18, 28, 0)
        self.strip = StepStrip([step.name for step in self.steps])
        self.strip.chosen.connect(self._go_to)
        head.addWidget(Label(self.title, "muted", size=theme.SMALL, weight=theme.MEDIUM))
        head.addStretch(1)
        head.addWidget(self.strip)
        outer.addLayout(head)
        titles = QVBoxLayout()
        titles.setContentsMargins(28, 2, 28, 10)
        titles.setSpacing(2)
        self.heading = ElidedLabel("", size=22, weight=theme.BOLD)
        self.lead = Label("", "muted", wrap=True)
        titles.addWidget(self.heading)
        titles.addWidget(self.lead)
        outer.addLayout(titles)
        bar = QHBoxLayout()
        bar.setContentsMargins(28, 0, 28, 0)
        self.banner = Banner()
        bar.addWidget(self.banner)
        outer.addLayout(bar)
        self.stack = QStackedWidget(self)
        for step in self.steps:
            scroll = QScrollArea(self.stack)
            scroll.setWidgetResizable(True)
            scroll.setFrameShape(QFrame.Shape.NoFrame)
            scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.stack.addWidget(scroll)
            scroll.setWidget(step)
        self.other = QWidget()
        self._other = QVBoxLayout(self.other)
        self._other.setContentsMargins(28, 4, 28, 18)
        self.stack.addWidget(self.other)
        outer.addWidget(self.stack, 1)
        outer.addWidget(rule())
        outer.addWidget(self._footer())
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._show_progress)
        self._longest_pause = QTimer(self, singleShot=True, interval=LONGEST_PAUSE_MINUTES * 60_000)
        self._longest_pause.timeout.connect(self._paused_too_long)
        self._stopped_words = CANCELLED_WORDS
        for keys, act in (("Alt+Left", self.go_back), ("Ctrl+Return", self.go_on), ("Ctrl+Enter", self.go_on)):
            QShortcut(QKeySequence(keys), self).activated.connect(act)

    def _footer(self) -> QWidget:
        foot = QWidget(self)
        row = QHBoxLayout(foot)
        row.setContentsMargins(28, 12, 28, 14)
        row.setSpacing(10)
        self.cancel_button = button(self.close_words)
        self.cancel_button.clicked.connect(self.reject)
        self.reason = ElidedLabel("", "muted", size=theme.SMALL)
        self.reason.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(220)
        self.progress.setAccessibleName("Progress")
        self.progress.hide()
        self.pause_button = button("Pause")
        self.pause_button.clicked.connect(lambda: self.pause(not self.paused))
        self.pause_button.hide()
        self.back_button = button("Back")
        self.back_button.setToolTip("Back (Alt+Left)")
        self.back_button.clicked.connect(self.go_back)
        self.next_button = button("Next", "primary")
        self.next_button.clicked.connect(self.go_on)
        row.addWidget(self.cancel_button)
        row.addWidget(self.pause_button)
        row.addWidget(self.progress)
        row.addWidget(self.reason, 1)
        row.addWidget(self.back_button)
        row.addWidget(self.next_button)
        return foot

    # -- drafts

    def _offer_draft(self) -> None:
        found = self._keeper.kept(type(self.draft))
        if found is None:
            self._show_step(0)
            return
        kept, day = found
        mine, self.draft = self.draft, kept
        words = self.summary()
        self.draft = mine
        self.heading.setText("Go on where you left off?")
        self.lead.hide()
        self._other.addStretch(1)
        for label in (
            Label(words or self.title, size=15, weight=theme.SEMIBOLD, wrap=True),
            Label(f"Not finished, kept since {display.day(day)}.", "muted"),
        ):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._other.addWidget(label)
        row = QHBoxLayout()
        self.take_up_button = button("Go on with it", "primary")
        self.start_afresh_button = button("Start afresh")
        self.take_up_button.clicked.connect(partial(self._take_up, kept))
        self.start_afresh_button.clicked.connect(self._start_afresh)
        row.addStretch(1)
        row.addWidget(self.start_afresh_button)
        row.addWidget(self.take_up_button)
        row.addStretch(1)
        self._other.addSpacing(10)
        self._other.addLayout(row)
        self._other.addStretch(2)
        self.stack.setCurrentWidget(self.other)
        self.strip.show_place(-1, False)
        self.back_button.hide()
        self.next_button.hide()
        self.take_up_button.setFocus()

    def _take_up(self, draft: Any) -> None:
        self.draft = draft
        self._seen = deepcopy(draft)
        for step in self.steps:
            step.bind(draft)
        self._leave_offer()

    def _start_afresh(self) -> None:
        self._keeper.forget()
        self._leave_offer()

    def _leave_offer(self) -> None:
        self.back_button.show()
        self.next_button.show()
        self._show_step(0)

    @property
    def offering(self) -> bool:
        """Whether a draft kept is being offered."""
        return self.stack.currentWidget() is self.other and self.result is None

    # -- going on and back

    @property
    def step(self) -> Step:
        """The step shown."""
        return self.steps[self.at]

    @property
    def running(self) -> bool:
        """Whether something is being computed or stored."""
        return self._task is not None

    def go_on(self) -> None:
        """Go to the next step; on the review, commit."""
        if self.offering or self.running or not self.next_button.isVisible():
            return
        if self.result is not None:
            self.accept()
            return
        if self.step is self.review:
            self._commit()
            return
        problems = self._problems()
        self.step.show_problems(problems, True)
        if problems:
            self._show_state()
            return
        place = next(place for place in range(self.at + 1, len(self.steps)) if self.steps[place].needed)
        if self.steps[place] is self.review:
            self.look_ahead()
        else:
            self._show_step(place)

    def go_back(self) -> None:
        """Go to the step before; what was typed stays."""
        if self.at and not self.running and self.result is None and not self.offering:
            self._show_step(self._before(self.at))

    def _before(self, at: int) -> int:
        """The place of the step that one comes from."""
        return next(place for place in range(at - 1, -1, -1) if self.steps[place].needed or not place)

    def _go_to(self, place: int) -> None:
        if place < self.at and not self.running:
            self._show_step(place)

    def _show_step(self, place: int) -> None:
        self.at = place
        self.banner.hide()
        step = self.step
        self.heading.setText(step.title)
        self.lead.setText(step.lead)
        self.lead.setVisible(bool(step.lead))
        self.stack.setCurrentIndex(place)
        step.entered()
        self._show_state()

    def _problems(self) -> tuple[Problem, ...]:
        found = tuple(self.step.problems())
        return found or self._refused.get(self.step.name, ())

    def _changed(self) -> None:
        """Something on a step changed: what was typed, or only what is known of it."""
        if self.draft == self._seen:
            self._show_state()
            return
        self._seen = deepcopy(self.draft)
        self._refused = {}
        self._abandon()
        if self.banner.isVisible():
            self.banner.hide()
        if self.draft == self.fresh:
            self._keeper.forget()
        else:
            self._keeper.keep(self.draft, self.desk.today)
        if self.step is self.review and not self._is_reviewed():
            self.look_ahead()
        else:
            self._show_state()

    def _is_reviewed(self) -> bool:
        """Whether what is typed is what the review shows: a reason typed there changes no figure."""
        try:
            return self.reviewed is not None and self.reviewed.request == self.request()
        except Refused:
            return False

    def _show_state(self) -> None:
        """Whether one may go on, and if not, why."""
        if self.offering:
            return
        at_review = self.step is self.review
        problems = () if at_review else self._problems()
        if not at_review:
            self.step.show_problems(problems, False)
        reason = by_the_field(problems[0]) if problems else ""
        if at_review and self.reviewed is not None and not self.running:
            reason = self.review.refusal(self.reviewed)
        self.reason.setText(reason)
        self.reason.set_tone("muted")
        self.strip.show_place(self.at, not self.running)
        self.back_button.setEnabled(self.at > 0 and not self.running)
        self.next_button.setText(display.mnemonic_safe(self.commit_words if at_review else "Next"))
        ready = not at_review or self.reviewed is not None
        self.next_button.setEnabled(not reason and not self.running and ready)
        self.next_button.setToolTip("" if not at_review else "Ctrl+Enter")

    # -- the review

    def look_ahead(self) -> None:
        """Compute the review of what is typed, and show it."""
        try:
            request = self.request()
        except Refused as refused:
            self.show_refusal(refused.problems)
            return
        known = self.reviewed is not None and self.reviewed.request == request and not self.override
        if known and self.step is not self.review:
            self._show_step(len(self.steps) - 1)
            return
        self._abandon()
        self.reviewed = None
        view_before = type(self).view_before
        desk, use_case, override = self.desk, self.use_case(request), self.override

        def work(control: Control) -> Review:
            before = desk.ask(view_before, request) if view_before is not None else None
            told = told_by(control)
            return Review(request, desk.preview(use_case, request, override=override, progress=told), before)

        self._start(work, self._show_review, self._review_refused, self.review.waiting_text, "preview")

    def _show_review(self, review: Review) -> None:
        self._stop_waiting()
        self.reviewed = review
        self.review.show_review(review)
        self._show_step(len(self.steps) - 1)
        self.banner.tell_problems(self._moved_on)
        self._moved_on = ()

    def _review_refused(self, problems: tuple[Problem, ...]) -> None:
        self._stop_waiting()
        if problems == (CANCELLED,):
            self._show_state()
            return
        self.show_refusal(problems)

    # -- the commit

    def _commit(self) -> None:
        if self.reviewed is None or self.review.refusal(self.reviewed):
            return
        review, desk, override = self.reviewed, self.desk, self.override or self.review.reason
        checked = as_reviewed(self.use_case(review.request), review.result)

        def work(control: Control) -> Any:
            return desk.do(checked, review.request, override=override, progress=told_by(control))

        self._start(work, self._committed, self._commit_refused, "Storing…", "commit")
        self._lock(True)

    def _committed(self, result: Any) -> None:
        self._stop_waiting()
        self.result = result
        self._keeper.forget()
        self.context.notify(self.finished_with(result))
        self.show_result(result)

    def show_result(self, result: Any) -> None:
        """It is stored; by default, the wizard closes."""
        self.accept()

    def show_last(self, heading: str, lead: str, widget: QWidget) -> None:
        """Show what came of it on a last page of its own."""
        clear(self._other)
        self._other.addWidget(widget, 1)
        self.heading.setText(heading)
        self.lead.setText(lead)
        self.lead.setVisible(bool(lead))
        self.banner.hide()
        self.stack.setCurrentWidget(self.other)
        self.strip.show_place(len(self.steps), False)
        self.cancel_button.hide()
        self.back_button.hide()
        self.reason.setText("")
        self.next_button.setText("Close")
        self.next_button.setEnabled(True)
        self.next_button.setFocus()

    def _commit_refused(self, problems: tuple[Problem, ...]) -> None:
        self._stop_waiting()
        self._show_state()
        if problems == (CANCELLED,):
            self.banner.tell(self._stopped_words, "info")
            return
        if any(problem.code in ("changed-meanwhile", "back-dated") for problem in problems):
            self._moved_on = problems
            self.look_ahead()
            return
        self.banner.tell_problems(problems)

    # -- long work

    def _start(
        self,
        work: Callable[[Control], Any],
        done: Callable[[Any], object],
        failed: Callable[[tuple[Problem, ...]], object],
        words: str,
        slot: str,
    ) -> None:
        self._waiting_words, self._stopped_words = words, CANCELLED_WORDS
        self._task = self.context.background.run_long(
            work, done, failed, self._progressed, write=True, slot=(id(self), slot), owner=self
        )
        self.progress.setRange(0, 0)
        self._patience.start()
        self._show_state()

    def _abandon(self) -> None:
        """What is being computed is out of date."""
        if self._task is not None:
            self._task.drop()
            self._stop_waiting()

    def _lock(self, locked: bool) -> None:
        for step in self.steps:
            step.setEnabled(not locked)

    def _stop_waiting(self) -> None:
        self._task = None
        self._patience.stop()
        self._longest_pause.stop()
        self.progress.hide()
        self.pause_button.hide()
        self.pause_button.setText("Pause")
        self.cancel_button.setText(self.close_words)
        self._lock(False)

    def _show_progress(self) -> None:
        self.progress.show()
        self.pause_button.setVisible(self.can_pause)
        self.reason.setText(self._waiting_words)
        self.cancel_button.setText("Stop")

    def _progressed(self, done: int, total: int, words: str) -> None:
        self.progress.setRange(0, max(total, 0))
        self.progress.setValue(done)
        if self.progress.isVisible() and total and not self.paused:
            self.reason.setText(f"{words.capitalize()}: {done:,} of {total:,}")

    @property
    def paused(self) -> bool:
        """Whether what is running waits."""
        return self._task is not None and self._task.control.paused

    def pause(self, paused: bool) -> None:
        """Have what is running wait, or go on."""
        if self._task is not None:
            self._task.pause(paused)
            self.pause_button.setText("Go on" if paused else "Pause")
            self.reason.setText(PAUSED if paused else self._waiting_words)
            self._longest_pause.start() if paused else self._longest_pause.stop()

    def _paused_too_long(self) -> None:
        """Nobody came back: others are not kept from the store any longer."""
        self._stopped_words = PAUSED_TOO_LONG
        self.stop()

    def stop(self) -> None:
        """Ask what is running to end; nothing of it is stored."""
        if self._task is not None:
            self._task.cancel()
            self.reason.setText("Stopping…")

    # -- closing

    def reject(self) -> None:
        """Cancel, Esc and the window's close: ask first where something would be put away."""
        if self.running:
            self.stop()
            return
        if self.offering or self.result is not None or self.draft == self.fresh:
            super().reject()
            return
        if self.asking:
            self.banner.hide()
            return
        self.banner.tell(
            "Close without finishing? What you typed can be kept and is offered again next time.",
            "warn",
            [("Keep and close", self._keep_and_close), ("Discard", self._discard), ("Go on", self.banner.hide)],
            dismissible=False,
        )
        self.banner.buttons[0].setFocus()

    @property
    def asking(self) -> bool:
        """Whether the question about closing is shown."""
        return not self.banner.isHidden() and self.banner.label.text().startswith("Close without finishing?")

    def _keep_and_close(self) -> None:
        self._keeper.keep(self.draft, self.desk.today)
        self.done(QDialog.DialogCode.Rejected)

    def _discard(self) -> None:
        self._keeper.forget()
        self.done(QDialog.DialogCode.Rejected)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.reject()
        if self.isVisible():
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.isAutoRepeat():
                return
            focus = self.focusWidget()
            if isinstance(focus, QAbstractButton):
                focus.click()
            elif self.step is not self.review:
                self.go_on()
            return
        super().keyPressEvent(event)
