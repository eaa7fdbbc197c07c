"""The wizard that records use of an asset, or corrects a record: what is typed, then the billing period it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from calm_desktop.engine.catalog import Kind
from calm_desktop.engine.problems import Bug, Problem, Refused
from calm_desktop.services import usage, views
from calm_desktop.services.requests import AddUsage, CorrectUsage, Find, Look
from calm_desktop.services.shapes import AssetHead, UsagePage, UsagePeriod, UsageResult
from calm_desktop.services.tx import Tx
from calm_desktop.ui import display
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice
from calm_desktop.ui.widgets import Label, Section
from calm_desktop.ui.wizards.facts import Fact, Facts
from calm_desktop.ui.wizards.form import Form, TypedReader
from calm_desktop.ui.wizards.frame import UseCase, Wizard
from calm_desktop.ui.wizards.steps import Review, ReviewStep, Step

NEW, CORRECTION = "new", "correction"


@dataclass
class UsageDraft:
    """Use, or the correction of a record, as typed; `asset` is its number with words behind it."""

    kind: str = NEW
    asset: str = ""
    day: str = ""
    time: str = ""
    quantity: str = ""
    key: str = ""
    reason: str = ""


def usage_of(draft: UsageDraft, today: date) -> AddUsage | CorrectUsage:
    """What is to be recorded. Raises `Refused` with what is missing or wrong."""
    read = TypedReader(today)
    asset = read.needed("asset", display.asset_number(draft.asset), "Choose the asset that was used.")
    key = read.needed("key", draft.key, "Enter a key, such as the number of the call or of the meter reading.")
    if draft.kind == CORRECTION:
        number = read.needed("quantity", draft.quantity, "Enter what it should have said; 0 takes it back.")
        corrected = read.number("quantity", number, 6, "10 or 2.5") if number else None
        reason = read.needed("reason", draft.reason, "Say why it is corrected; this is recorded.")
        read.done()
        if corrected is None:
            raise Bug("a quantity that was read without a problem is missing")
        return CorrectUsage(key, corrected, reason, asset)
    day = read.typed_day("day", draft.day)
    clock = draft.time.strip()
    at = read.moment("time", f"{day or today}T{clock}") if clock else day
    quantity = read.typed_quantity("quantity", draft.quantity)
    read.done()
    if at is None or quantity is None:
        raise Bug("use that was read without a problem is missing")
    return AddUsage(asset, at, quantity, key)


def use_before(tx: Tx, request: AddUsage | CorrectUsage) -> UsagePage:
    """What was used of the asset until now."""
    return views.usage_page(tx, Look(request.asset))


class UseStep(Step):
    """Which asset, when, how much, and by which key it is known."""

    def __init__(self, context: Context, draft: UsageDraft, today: date) -> None:
        super().__init__("Use", "What was used?", "The same key twice counts once; what is recorded stays recorded.")
        self.context, self.draft, self.today = context, draft, today
        frame = Section()
        self.form = Form(draft, 6)
        self.form.switch("kind", "This is", [("New use", NEW), ("A correction", CORRECTION)], span=6)
        self.form.pick("asset", "Asset", placeholder="Number, name or account", span=6)
        self.form.day("day", "Day", today, span=2)
        self.form.line("time", "Time", placeholder="00:00", hint="On the organisation's clock", figures=True, span=2)
        self.form.line("quantity", "Quantity", figures=True, span=2)
        self.form.line("key", "Key", hint="What it is known by when it comes again", span=2)
        self.form.line("reason", "Why it is corrected", hint="This is recorded", span=4)
        self.form.changed.connect(self._typed)
        frame.body.addWidget(self.form)
        self.body.addWidget(frame)
        self.body.addStretch(1)
        self._asked = False
        self._adapt()

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self.form.bind(draft)
        self._adapt()

    def entered(self) -> None:
        first = "quantity" if self.draft.key else "day" if self.draft.asset else "asset"
        self.form.rows[first].field.setFocus()
        if not self._asked:
            self._asked = True
            desk = self.context.desk
            self.context.background.run(
                lambda: desk.ask(views.list_assets, Find()),
                self._offer,
                lambda _: None,
                slot=(id(self), "assets"),
                owner=self,
            )

    def problems(self) -> Sequence[Problem]:
        try:
            usage_of(self.draft, self.today)
        except Refused as refused:
            return refused.problems
        return ()

    def show_problems(self, problems: Sequence[Problem], all_fields: bool) -> Sequence[Problem]:
        at = "day" if not self.draft.time.strip() else "time"
        return self.form.show_problems([_by_field(each, at) for each in problems], all_fields)

    def _offer(self, assets: tuple[AssetHead, ...]) -> None:
        metered = [row for row in assets if row.kind == Kind.USAGE.value]
        self.form.offer("asset", [display.asset_words(row.number, row.name, row.account) for row in metered])

    def _typed(self) -> None:
        self._adapt()
        self.changed.emit()

    def _adapt(self) -> None:
        self.form.show_rows(self.draft.kind == NEW, "day", "time")
        self.form.show_rows(self.draft.kind == CORRECTION, "reason")


def _by_field(problem: Problem, at: str) -> Problem:
    """A problem with the time stands by the field in which it was typed."""
    if problem.field != "at":
        return problem
    return Problem(problem.code, at, problem.message, problem.place, problem.overridable)


class UsageReview(ReviewStep):
    """The record, and what its billing period comes to."""

    waiting_text = "Rating the period…"

    def __init__(self) -> None:
        super().__init__("Review", "What it comes to", "Computed by what stores it. Invoice runs bill it.")
        self.facts = Facts()
        self.words = Label("", wrap=True)
        self.consequence = Label("", "muted", wrap=True)
        frame = Section("The record")
        frame.body.addWidget(self.words)
        frame.body.addWidget(self.consequence)
        self.body.addWidget(self.facts)
        self.body.addWidget(frame)
        self.body.addStretch(1)

    def show_review(self, review: Review) -> None:
        result: UsageResult = review.result
        record, period = result.record, result.period
        at = f"{display.day(record.day)}, {record.at:%H:%M}"
        words = f"{record.asset} of {record.account}: {display.quantity(record.quantity)} on {at}, key {record.key}."
        self.words.setText(f"{words} Corrected because: {record.reason}." if record.reason else words)
        if period is None:
            self.facts.show_facts([])
            self.consequence.setText("There is no billing period for it yet.")
            return
        before = next((each for each in review.before.periods if each.start == period.start), None)
        self.facts.show_facts(
            [
                Fact("Billing period from", display.day(period.start), note=f"to {display.day(period.end)}"),
                _fact("Used in it", period, before, lambda each: display.quantity(each.quantity)),
                _fact("Rated at", period, before, lambda each: display.money(each.amount)),
                Fact("Billed of it", display.money(period.billed), note=", ".join(period.invoices) or "not yet"),
            ]
        )
        self.consequence.setText(_consequence(period))

    def refusal(self, review: Review) -> str:
        return "" if review.result.new else "This is recorded already, with the same figures."


def _fact(title: str, period: UsagePeriod, before: UsagePeriod | None, text: Any) -> Fact:
    return Fact(title, text(period), text(before) if before is not None else "", note="" if before else "nothing yet")


def _consequence(period: UsagePeriod) -> str:
    if not period.invoices:
        return f"It is billed after {display.day(period.end)}, when the period is over."
    if period.amount is None or period.amount == period.billed:
        return "The period is billed already, and its amount stays the same."
    return f"The next invoice adjusts the period by {display.money_delta(period.amount - period.billed)}."


class UsageWizard(Wizard):
    """Record use; `asset` is known in the words of `display.asset_words`, `key` is of a record to be corrected."""

    key = "usage"
    title = "Usage"
    commit_words = "Record"
    view_before = staticmethod(use_before)
    review: UsageReview

    def __init__(self, context: Context, asset: str = "", key: str = "", **_: object) -> None:
        self.today = context.desk.today
        draft = UsageDraft(CORRECTION if key else NEW, asset, key=key)
        self.use_step = UseStep(context, draft, self.today)
        super().__init__(context, draft, [self.use_step], UsageReview(), offer=not key)

    def request(self) -> AddUsage | CorrectUsage:
        return usage_of(self.draft, self.today)

    def use_case(self, request: Any) -> UseCase:
        return usage.correct_usage if isinstance(request, CorrectUsage) else usage.add_usage

    def summary(self) -> str:
        draft: UsageDraft = self.draft
        return f"Use of {draft.asset}" if draft.asset else "Use"

    def finished_with(self, result: UsageResult) -> Notice:
        record = result.record
        words = f"Recorded: {display.quantity(record.quantity)} of {record.asset} on {display.day(record.day)}."
        return Notice(words, "good")
