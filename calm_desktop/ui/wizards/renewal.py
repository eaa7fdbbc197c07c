"""The renewal wizard: which assets, for how long and at which price, and a review of what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from calm_desktop.engine.problems import Problem
from calm_desktop.services import renewals, views
from calm_desktop.services.requests import Find, Look, Renew
from calm_desktop.services.shapes import AccountRow, AssetHead, AssetShape, OrderResult
from calm_desktop.services.tx import Tx
from calm_desktop.ui import display
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Notice
from calm_desktop.ui.record_table import Column, ColumnKind, RecordTable
from calm_desktop.ui.wizards.accounts_table import AccountsTable
from calm_desktop.ui.wizards.frame import UseCase, Wizard
from calm_desktop.ui.wizards.order_review import OrderReview
from calm_desktop.ui.wizards.renewal_draft import RenewalDraft, renewal_of
from calm_desktop.ui.wizards.renewal_terms import TermsStep
from calm_desktop.ui.wizards.sale import order_notice
from calm_desktop.ui.wizards.steps import Step


def assets_before(tx: Tx, request: Renew) -> tuple[AssetShape, ...]:
    """The assets to be renewed as they are now, whole."""
    return tuple(views.show_asset(tx, Look(name)) for name in request.assets)


class WhoStep(Step):
    """Whose assets."""

    def __init__(self, context: Context, draft: RenewalDraft) -> None:
        super().__init__("Account", "Whose assets are renewed?")
        self.draft = draft
        self.accounts = AccountsTable(context)
        self.accounts.picked.connect(self._picked)
        self.accounts.go_on.connect(self.go_on)
        self.body.addWidget(self.accounts, 1)

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self.accounts.pick(draft.account)

    def problems(self) -> Sequence[Problem]:
        return () if self.draft.account else (Problem("missing-account", "account", "Choose an account."),)

    def entered(self) -> None:
        self.accounts.setFocus()

    def _picked(self, row: AccountRow) -> None:
        if self.draft.account != row.id:
            self.draft.account, self.draft.account_words = row.id, row.name
            self.draft.assets, self.draft.assets_words = [], ""
            self.changed.emit()


def _renewal_words(row: AssetHead) -> str:
    term = f"{row.renewal_term} {row.renewal_term_unit}" if row.renewal_term else ""
    pricing = {"last": "last price", "list": "list price"}.get(row.renewal_pricing or "", "")
    return ", ".join(part for part in (term, pricing) if part)


ASSET_COLUMNS = (
    Column("name", "Asset", attrgetter("name"), width=220),
    Column("product", "Product", attrgetter("product"), width=100),
    Column("quantity", "Quantity", attrgetter("quantity"), ColumnKind.QUANTITY, 90),
    Column("mrr", "MRR", attrgetter("mrr"), ColumnKind.MONEY, 110),
    Column("lifecycle_start", "Start", attrgetter("lifecycle_start"), ColumnKind.DATE, 110),
    Column("lifecycle_end", "End", attrgetter("lifecycle_end"), ColumnKind.DATE, 110, text=display.last_day),
    Column("renewal", "Renews for", _renewal_words, width=150),
    Column("status", "Status", attrgetter("status"), ColumnKind.CHIP, 100),
)


class AssetsStep(Step):
    """Which assets of the account."""

    def __init__(self, context: Context, draft: RenewalDraft) -> None:
        super().__init__("Assets", "What is renewed?", "Take several with Ctrl or Shift; all of them with Ctrl+A.")
        self.context, self.draft = context, draft
        self._shown_account = ""
        self.table = RecordTable(ASSET_COLUMNS, attrgetter("id"), "wizard/assets", noun="asset")
        self.table.columns_button.hide()
        self.table.export_button.hide()
        self.table.selection_changed.connect(self._selected)
        self.table.view.doubleClicked.connect(lambda _: self.go_on.emit())
        self.body.addWidget(self.table, 1)

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self._shown_account = ""

    def entered(self) -> None:
        if self._shown_account != self.draft.account:
            self._shown_account = self.draft.account
            find, desk = Find(account=self.draft.account), self.context.desk
            self.context.background.run(
                lambda: desk.ask(views.list_assets, find),
                self._show,
                self._failed,
                slot=(id(self), "assets"),
                owner=self,
            )
        else:
            self.table.select_ids(self.draft.assets)
        self.table.view.setFocus()

    def problems(self) -> Sequence[Problem]:
        return () if self.draft.assets else (Problem("no-assets", "assets", "Choose at least one asset to renew."),)

    def _show(self, rows: tuple[AssetHead, ...]) -> None:
        self.table.set_rows(rows)
        self.table.select_ids(self.draft.assets)
        self._remember()
        self.table.view.setFocus()

    def _failed(self, problems: tuple[Problem, ...]) -> None:
        self.table.empty.title.setText("\n".join(problem.message for problem in problems))

    def _selected(self, _: object) -> None:
        self._remember()
        self.changed.emit()

    def _remember(self) -> None:
        rows: list[AssetHead] = self.table.selected_rows()
        self.draft.assets = [row.id for row in rows]
        self.draft.assets_words = ", ".join(row.name for row in rows)
        if rows:
            self.draft.account_words = rows[0].account


class RenewalWizard(Wizard):
    """Renew assets of one account; `account` and `assets` are ids, where they are known."""

    key = "renewal"
    title = "Renewal"
    commit_words = "Renew"
    review: OrderReview
    view_before = staticmethod(assets_before)

    def __init__(self, context: Context, account: str = "", assets: Sequence[str] = (), **_: object) -> None:
        today = context.desk.today
        draft = RenewalDraft(account=account, assets=list(assets))
        self.assets_step = AssetsStep(context, draft)
        self.terms_step = TermsStep(context, draft, today)
        self.today = today
        steps: list[Step] = [self.assets_step, self.terms_step]
        if not account:
            self.who_step = WhoStep(context, draft)
            steps.insert(0, self.who_step)
        super().__init__(context, draft, steps, OrderReview(today, draft))

    def request(self) -> Renew:
        return renewal_of(self.draft, self.today)

    def use_case(self, request: Any) -> UseCase:
        return renewals.renew

    def summary(self) -> str:
        draft: RenewalDraft = self.draft
        parts = (draft.assets_words, draft.account_words)
        return "Renewal" + "".join(f" of {part}" for part in parts if part)

    def finished_with(self, result: OrderResult) -> Notice:
        return order_notice(self.context, result, "Renewed")
