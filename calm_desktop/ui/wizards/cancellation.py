"""The cancellation wizard: from which day on an asset gives no service, and a review of what becomes of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from calm_desktop.engine.problems import Refused
from calm_desktop.services.requests import CancelAsset
from calm_desktop.services.shapes import OrderResult
from calm_desktop.ui import display
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice
from calm_desktop.ui.widgets import Label, Section
from calm_desktop.ui.wizards.asset_step import AssetStep
from calm_desktop.ui.wizards.change_draft import CancelDraft, cancellation_of
from calm_desktop.ui.wizards.change_notice import change_notice
from calm_desktop.ui.wizards.frame import UseCase, Wizard
from calm_desktop.ui.wizards.order_review import OrderReview
from calm_desktop.ui.wizards.steps import Step
from calm_desktop.ui.wizards.trial import USE_CASES, TrialStep, asset_before


class CancelStep(TrialStep):
    """The first day without service, and the last one with it."""

    def __init__(self, context: Context, draft: CancelDraft, today: date) -> None:
        super().__init__("Day", "When does it end?", context, draft, today)
        self.draft: CancelDraft
        part = Section()
        self.head(part)
        self.form.day("start", "First day without service", today, span=2)
        self.add_source()
        part.body.addWidget(self.form)
        self.last_day = Label("", wrap=True)
        part.body.addWidget(self.last_day)
        part.body.addWidget(self.refusals)
        self.body.addWidget(part)
        self.body.addWidget(self.facts)
        self.body.addStretch(1)
        self.bind(draft)

    def wish(self) -> CancelAsset:
        return cancellation_of(self.draft, self.today)

    def entered(self) -> None:
        super().entered()
        self.form.rows["start"].field.setFocus()

    def adapt(self) -> None:
        self.show_source()
        self.show_tried()

    def show_tried(self) -> None:
        words = ""
        try:
            tried = self.tried(self.wish())
        except Refused:
            tried = None
        if tried is not None and tried.result is not None and self.start is not None:
            ends = next(each for each in tried.result.assets if each.asset.id == self.draft.asset).asset.lifecycle_end
            words = f"The last day of service is {display.day(ends)}."
            if ends is not None and ends >= self.start:
                words += (
                    f" Parts of billing periods are not allowed for it, so that service does not end on "
                    f"{display.day(self.start - timedelta(days=1))}, but with the billing period that runs then."
                )
        self.last_day.setText(words)
        self.last_day.setVisible(bool(words))


class CancelWizard(Wizard):
    """Cancel an asset; `asset` is an id, where it is known."""

    key = "cancel"
    title = "Cancellation of an asset"
    commit_words = "Cancel the asset"
    close_words = "Close"
    review: OrderReview
    view_before = staticmethod(asset_before)

    def __init__(self, context: Context, asset: str = "", account: str = "", **_: object) -> None:
        self.today = context.desk.today
        draft = CancelDraft(asset=asset, start=display.day(self.today))
        self.cancel_step = CancelStep(context, draft, self.today)
        steps: list[Step] = [self.cancel_step]
        if not asset:
            self.asset_step = AssetStep(context, draft, "Which asset is cancelled?", account)
            steps.insert(0, self.asset_step)
        super().__init__(context, draft, steps, OrderReview(self.today, draft))

    def request(self) -> Any:
        return self.cancel_step.wish()

    def use_case(self, request: Any) -> UseCase:
        return USE_CASES[type(request)]

    def summary(self) -> str:
        draft: CancelDraft = self.draft
        return f"Cancellation of {draft.asset_words or 'an asset'}"

    def finished_with(self, result: OrderResult) -> Notice:
        return change_notice(self.context, result, "Cancelled")
