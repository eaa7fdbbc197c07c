"""The transfer wizard: to which account an asset goes, from which day on, whole or in part; and a review of both."""

from __future__ import annotations

from datetime import date
from typing import Any

from calm_desktop.services.requests import TransferAsset
from calm_desktop.services.shapes import AccountRow, OrderResult
from calm_desktop.ui import display
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice
from calm_desktop.ui.widgets import Section
from calm_desktop.ui.wizards import change_draft as words
from calm_desktop.ui.wizards.accounts_table import AccountsTable
from calm_desktop.ui.wizards.asset_step import AssetStep
from calm_desktop.ui.wizards.change_draft import TransferDraft, transfer_of
from calm_desktop.ui.wizards.change_notice import change_notice
from calm_desktop.ui.wizards.frame import UseCase, Wizard
from calm_desktop.ui.wizards.order_review import OrderReview
from calm_desktop.ui.wizards.steps import Step
from calm_desktop.ui.wizards.trial import USE_CASES, TrialStep, asset_before


class TransferStep(TrialStep):
    """To whom, from which day, and how much of it."""

    def __init__(self, context: Context, draft: TransferDraft, today: date) -> None:
        super().__init__("Transfer", "To which account does it go?", context, draft, today)
        self.draft: TransferDraft
        part = Section()
        self.head(part)
        form = self.form
        form.day("start", "First day at the other account", today, span=2)
        form.switch("extent", "What goes", (("All of it", words.WHOLE), ("A part", words.PART)), span=2)
        form.line("quantity", "Quantity that goes", figures=True, span=2)
        self.add_source()
        part.body.addWidget(form)
        part.body.addWidget(self.refusals)
        self.body.addWidget(part)
        self.accounts = AccountsTable(context)
        self.accounts.setMinimumHeight(210)
        self.accounts.picked.connect(self._picked)
        self.accounts.go_on.connect(self.go_on)
        self.body.addWidget(self.accounts, 1)
        self.body.addWidget(self.facts)
        self.bind(draft)

    def bind(self, draft: Any) -> None:
        super().bind(draft)
        if draft.to:
            self.accounts.pick(draft.to)

    def entered(self) -> None:
        super().entered()
        self.accounts.setFocus()

    def wish(self) -> TransferAsset:
        return transfer_of(self.draft, self.today)

    def adapt(self) -> None:
        self.form.show_rows(self.draft.extent == words.PART, "quantity")
        self.show_source()
        held = self.known.held_on(self.start) if self.known is not None and self.start is not None else None
        hint = "" if held is None else f"{display.quantity(held.quantity)} held on {display.day(self.start)}"
        self.form.rows["quantity"].set_hint(hint)

    def _picked(self, row: AccountRow) -> None:
        self.draft.to_words = row.name
        if self.draft.to != row.id:
            self.draft.to = row.id
            self.typed()


class TransferWizard(Wizard):
    """Transfer an asset to another account; `asset` is an id, where it is known."""

    key = "transfer"
    title = "Transfer of an asset"
    commit_words = "Transfer"
    review: OrderReview
    view_before = staticmethod(asset_before)

    def __init__(self, context: Context, asset: str = "", account: str = "", **_: object) -> None:
        self.today = context.desk.today
        draft = TransferDraft(asset=asset, start=display.day(self.today))
        self.transfer_step = TransferStep(context, draft, self.today)
        steps: list[Step] = [self.transfer_step]
        if not asset:
            self.asset_step = AssetStep(context, draft, "Which asset is transferred?", account)
            steps.insert(0, self.asset_step)
        super().__init__(context, draft, steps, OrderReview(self.today, draft))

    def request(self) -> Any:
        return self.transfer_step.wish()

    def use_case(self, request: Any) -> UseCase:
        return USE_CASES[type(request)]

    def summary(self) -> str:
        draft: TransferDraft = self.draft
        to = f" to {draft.to_words}" if draft.to_words else ""
        return f"Transfer of {draft.asset_words or 'an asset'}{to}"

    def finished_with(self, result: OrderResult) -> Notice:
        return change_notice(self.context, result, "Transferred")
