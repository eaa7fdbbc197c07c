"""The review of an order: what it comes to, the lifecycle before and after it, state periods, billing, lines.

Where the order reaches into days that are invoiced already, a bar says what follows and asks for the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from operator import attrgetter
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from calm_desktop.services.shapes import AssetShape, OrderItemShape, OrderResult
from calm_desktop.ui import display, theme
from calm_desktop.ui.chart_model import ChartSeries
from calm_desktop.ui.date_fields import SegmentedControl
from calm_desktop.ui.lifecycle_chart import LifecycleChart
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import Banner, Chip, ElidedLabel, Label, clear, line_field
from calm_desktop.ui.wizards import order_rows
from calm_desktop.ui.wizards.facts import Facts
from calm_desktop.ui.wizards.form import check_box
from calm_desktop.ui.wizards.order_rows import MRR, QUANTITY, ActionRow, BillingRow
from calm_desktop.ui.wizards.steps import Review, ReviewStep

PERIODS, ACTIONS, BILLING, LINES = "State periods", "Actions", "Billing", "Order lines"
NO_REASON = "State the reason for changing days that are invoiced already."
ACTIONS_TOLD = 2
DOT = "   ·   "


class ActionLines(QWidget):
    """What an order does, an action a line: category, asset, first day, and what it changes of each figure."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(2, 0, 2, 0)
        self._lines.setSpacing(5)
        self.texts: list[str] = []

    def show_actions(self, actions: Sequence[ActionRow]) -> None:
        """Show these actions; of many, only how many there are."""
        clear(self._lines)
        self.texts = []
        if len(actions) > ACTIONS_TOLD:
            categories = list(dict.fromkeys(action.category for action in actions))
            self._add(categories, f"{display.count(len(actions), 'action')}, one for each change of an asset", "")
            return
        for place, action in enumerate(actions):
            name = ("linked: " if place else "") + f"{action.asset} of {action.account}"
            parts = (
                f"from {display.day(action.effective_date)}",
                f"quantity {display.quantity_delta(action.quantity_change)}",
                f"MRR {display.money_delta(action.mrr_change)}",
                f"amount {display.money_delta(action.amount_change)}",
            )
            self._add([action.category], name, DOT.join(("", *parts)))

    def _add(self, categories: Sequence[str], name: str, rest: str) -> None:
        line = QHBoxLayout()
        line.setSpacing(0)
        for category in categories:
            line.addWidget(Chip(category))
            line.addSpacing(10)
        line.addWidget(ElidedLabel(name))
        figures = Label(rest)
        figures.setFont(theme.font(figures=True))
        line.addWidget(figures)
        line.addStretch(1)
        holder = QWidget()
        line.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(line)
        self._lines.addWidget(holder)
        self.texts.append(" ".join((*categories, name + rest)))


class ReasonBar(QWidget):
    """What follows of a change that needs a stated reason, and the field for it."""

    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self.banner = Banner()
        self.field = line_field(placeholder="Why this is changed after the fact. It is recorded with the change.")
        self.field.setAccessibleName("Reason")
        self.field.textEdited.connect(self.typed)
        layout.addWidget(self.banner)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(Label("Reason", size=theme.SMALL, weight=theme.MEDIUM))
        row.addWidget(self.field, 1)
        layout.addLayout(row)
        self.hide()

    def show_needed(self, words: Sequence[str]) -> None:
        """Ask for the reason; nothing is asked without words."""
        self.setVisible(bool(words))
        if words:
            self.banner.tell("\n".join(words), "warn", dismissible=False)


class OrderReview(ReviewStep):
    """Shows an order's preview; `draft.draft` says that it is only kept as a draft order, `draft.reason` why."""

    def __init__(self, today: date, draft: Any) -> None:
        super().__init__("Review", "Review", "This is what will be stored, computed by what stores it.")
        self.today = today
        self.draft = draft
        self._reason = ""
        self._needs_reason = False
        self._billing: list[BillingRow] = []
        self.body.setSpacing(10)
        self.body.setContentsMargins(28, 4, 28, 10)
        self.reason_bar = ReasonBar()
        self.reason_bar.typed.connect(self._reason_typed)
        self.body.addWidget(self.reason_bar)
        self.facts = Facts()
        self.body.addWidget(self.facts)
        self.told = ActionLines()
        self.body.addWidget(self.told)
        self.charts = QWidget()
        row = QHBoxLayout(self.charts)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        self.quantity, self.mrr = LifecycleChart(), LifecycleChart()
        for chart in (self.quantity, self.mrr):
            chart.table_button.hide()
            chart.setFixedHeight(212)
            row.addWidget(chart, 1)
        self.body.addWidget(self.charts)
        self.no_assets = Label("", "muted", wrap=True)
        self.body.addWidget(self.no_assets)
        foot = QHBoxLayout()
        foot.setSpacing(14)
        self.tab = SegmentedControl([PERIODS, ACTIONS, BILLING, LINES], PERIODS)
        self.tab.chosen.connect(self._choose_tab)
        self.only_changes = check_box("Only what changes")
        self.only_changes.setChecked(True)
        self.only_changes.toggled.connect(lambda _: self._show_billing())
        self.keep_draft = check_box("Keep it as a draft order: it takes effect when it is activated")
        self.keep_draft.toggled.connect(self._draft_chosen)
        foot.addWidget(self.tab)
        foot.addWidget(self.only_changes)
        foot.addStretch(1)
        foot.addWidget(self.keep_draft)
        self.body.addLayout(foot)
        self._make_tables()
        self.bind(draft)

    def _make_tables(self) -> None:
        self.before = RecordTable(
            order_rows.PERIOD_COLUMNS[:-2],
            attrgetter("id"),
            "wizard/periods-before",
            title="Before",
            noun="state period",
            future=lambda _: True,
        )
        self.periods = RecordTable(
            order_rows.PERIOD_COLUMNS, attrgetter("id"), "wizard/periods", title="After", noun="state period"
        )
        self.action_table = RecordTable(
            order_rows.ACTION_COLUMNS, attrgetter("id"), "wizard/actions", noun="action", empty="No actions yet."
        )
        self.billing = RecordTable(
            order_rows.BILLING_COLUMNS,
            attrgetter("id"),
            "wizard/billing",
            noun="billing period",
            empty="The billing stays as it is.",
        )
        self.lines = RecordTable(order_rows.LINE_COLUMNS, attrgetter("id"), "wizard/lines", noun="order line")
        both = QWidget()
        self._both = row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.before)
        row.addWidget(self.periods)
        self.tables = QStackedWidget()
        for table in (self.before, self.periods, self.action_table, self.billing, self.lines):
            table.without_tools()
        for part in (both, self.action_table, self.billing, self.lines):
            self.tables.addWidget(part)
        self.tables.setMinimumHeight(196)
        self.tables.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.body.addWidget(self.tables, 1)

    @property
    def reason(self) -> str:
        """The reason that was stated, where one is needed."""
        return self._reason.strip() if self._needs_reason else ""

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self._reason = getattr(draft, "reason", "")
        self.reason_bar.field.setText(self._reason)
        self.keep_draft.blockSignals(True)
        self.keep_draft.setChecked(draft.draft)
        self.keep_draft.blockSignals(False)

    def entered(self) -> None:
        if self._needs_reason and not self.reason:
            self.reason_bar.field.setFocus()
            return
        for table in (self.periods, self.action_table, self.billing, self.lines):
            if table.isVisibleTo(self):
                table.view.setFocus()

    def refusal(self, review: Review) -> str:
        return NO_REASON if review.result.overrides_needed and not self.reason else ""

    def show_review(self, review: Review) -> None:
        result: OrderResult = review.result
        before: Sequence[AssetShape] = review.before or ()
        after = result.assets
        self._needs_reason = bool(result.overrides_needed)
        self.reason_bar.show_needed([problem.message for problem in result.overrides_needed])
        self.facts.show_facts(order_rows.order_facts(result, before))
        actions = order_rows.action_rows(after, before)
        self.told.show_actions(actions)
        self.told.setVisible(bool(actions) and bool(before))
        self.before.set_rows(order_rows.period_rows(before, before))
        self.periods.set_rows(order_rows.period_rows(after, before))
        self.before.setVisible(bool(before))
        self.periods.title.setVisible(bool(before))
        self.action_table.set_rows(actions)
        self._billing = order_rows.billing_rows(after, before)
        items: list[OrderItemShape] = [item for order in result.orders for item in order.items]
        self.lines.set_rows(items)
        self.before.show_column("asset", len(before) > 1)
        several = len(after) > 1
        for table in (self.periods, self.billing):
            table.show_column("asset", several)
        self.periods.show_column("news", not several)
        self.periods.show_column("word", several)  # where room is scarce, a word does
        self._both.setStretch(0, 45 if len(before) > 1 or not several else 41)
        self._both.setStretch(1, 55 if len(before) > 1 or not several else 59)
        self.billing.show_column("was", bool(before))
        self.only_changes.setChecked(bool(before))
        has_assets = bool(after)
        self.charts.setVisible(has_assets)
        words = "" if actions else self._why_nothing_yet()
        self.no_assets.setText(words)
        self.no_assets.setVisible(bool(words))
        self.keep_draft.setVisible(hasattr(review.request, "draft"))
        for text in (PERIODS, BILLING):
            self.tab.buttons[text].setVisible(has_assets)
        self.tab.buttons[ACTIONS].setVisible(bool(actions))
        self._choose_tab(self.tab.current if self.tab.buttons[self.tab.current].isVisibleTo(self) else LINES)
        self._show_billing()
        self._show_charts(result, before)

    def _why_nothing_yet(self) -> str:
        if self.draft.draft:
            return "A draft order changes nothing yet: assets and billing come when it is activated."
        return "Assets and billing schedules are made by hand here: the setting auto-flow is off."

    def _choose_tab(self, text: str) -> None:
        self.tab.set_current(text)
        self.tables.setCurrentIndex([PERIODS, ACTIONS, BILLING, LINES].index(text))
        self.only_changes.setVisible(text == BILLING and not self.before.isHidden())

    def _show_billing(self) -> None:
        """What changes, or everything."""
        stays = (order_rows.INVOICED, order_rows.PENDING)
        narrow = self.only_changes.isChecked()
        self.billing.set_rows([row for row in self._billing if not (narrow and row.news in stays)])

    def _draft_chosen(self, on: bool) -> None:
        self.draft.draft = on
        self.changed.emit()

    def _reason_typed(self, text: str) -> None:
        self._reason = text
        if hasattr(self.draft, "reason"):
            self.draft.reason = text
        self.changed.emit()

    def _show_charts(self, result: OrderResult, before: Sequence[AssetShape]) -> None:
        after = result.assets
        days = [period.start for shape in (*before, *after) for period in shape.state_periods]
        days += [period.end for shape in (*before, *after) for period in shape.state_periods if period.end is not None]
        first, last = min([*days, self.today]), max([*days, self.today])
        room = max((last - first).days // 24, 4)  # the word Today needs more of it at the left
        linked = order_rows.is_linked(result)
        for chart, title, figure in (
            (self.quantity, "Quantity", QUANTITY),
            (self.mrr, "Monthly recurring revenue", MRR),
        ):
            if linked:
                lines = order_rows.linked_lines(after, figure, after)
                old = order_rows.linked_lines(before, figure, after)
            else:
                lines, old = order_rows.chart_lines(after, figure), order_rows.chart_lines(before, figure)
            chart.show_series(
                ChartSeries(
                    title,
                    lines,
                    order_rows.action_dots(after),
                    self.today,
                    self.today,
                    first - timedelta(days=room * 3),
                    last + timedelta(days=room),
                    old,
                )
            )
