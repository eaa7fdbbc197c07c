"""The review of an order: what it comes to, the lifecycle before and after it, state periods, billing, lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from calm_desktop.engine.catalog import Category
from calm_desktop.engine.money import Money, ratio_text
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.shapes import AssetShape, OrderItemShape, OrderResult
from calm_desktop.ui import display, theme
from calm_desktop.ui.chart_model import ActionDot, ChartSeries, Step, StepLine
from calm_desktop.ui.date_fields import SegmentedControl
from calm_desktop.ui.lifecycle_chart import LifecycleChart
from calm_desktop.ui.record_table import Column, ColumnKind, RecordTable
from calm_desktop.ui.widgets import Label
from calm_desktop.ui.wizards.facts import Fact, Facts
from calm_desktop.ui.wizards.form import check_box
from calm_desktop.ui.wizards.steps import Review, ReviewStep

BEFORE, AFTER = "Before", "After"
PERIODS, BILLING, LINES = "State periods", "Billing", "Order lines"


@dataclass(frozen=True)
class PeriodRow:
    """A state period of an asset, and whether the order makes it."""

    id: str
    asset: str
    start: date
    end: date | None
    quantity: Decimal
    amount: Money | None
    mrr: Money
    news: str


@dataclass(frozen=True)
class BillingRow:
    """A billing period item of an asset, and whether the order makes it."""

    id: str
    asset: str
    category: str
    start: date
    end: date
    billing_date: date
    amount: Money
    invoice: str | None
    news: str


def period_rows(after: Iterable[AssetShape], before: Iterable[AssetShape]) -> list[PeriodRow]:
    """Every state period after the act: unchanged, changed, or new."""
    known = {(shape.asset.id, period.start): period for shape in before for period in shape.state_periods}
    rows = []
    for shape in after:
        for period in shape.state_periods:
            old = known.get((shape.asset.id, period.start))
            news = "New" if old is None else "Unchanged" if old == period else "Changed"
            rows.append(
                PeriodRow(
                    f"{shape.asset.id} {period.start}",
                    shape.asset.name,
                    period.start,
                    period.end,
                    period.quantity,
                    period.amount,
                    period.mrr,
                    news,
                )
            )
    return rows


def billing_rows(after: Iterable[AssetShape], before: Iterable[AssetShape]) -> list[BillingRow]:
    """Every billing period item after the act, by schedule."""
    known = {schedule.id for shape in before for schedule in shape.billing.schedules}
    rows = []
    for shape in after:
        for schedule in shape.billing.schedules:
            for item in schedule.items:
                news = "New" if schedule.id not in known else "Invoiced" if item.invoice else "Pending"
                rows.append(
                    BillingRow(
                        f"{schedule.id} {item.start}",
                        shape.asset.name,
                        schedule.category,
                        item.start,
                        item.end,
                        item.billing_date,
                        item.amount,
                        item.invoice,
                        news,
                    )
                )
    return rows


def _price(value: Any) -> str:
    return display.NOTHING if value is None else display.unit_price(*value)


def _priced(name: str) -> Any:
    """A unit price with its currency, so that the cell can write it."""
    return lambda row: (getattr(row, name), currency_named(row.currency))


PERIOD_COLUMNS = (
    Column("asset", "Asset", attrgetter("asset"), width=200),
    Column("start", "Start", attrgetter("start"), ColumnKind.DATE, 110),
    Column("end", "End", attrgetter("end"), ColumnKind.DATE, 110, text=display.last_day),
    Column("quantity", "Quantity", attrgetter("quantity"), ColumnKind.QUANTITY, 90),
    Column("amount", "Amount", attrgetter("amount"), ColumnKind.MONEY, 120, total=True),
    Column("mrr", "MRR", attrgetter("mrr"), ColumnKind.MONEY, 110),
    Column("news", "", attrgetter("news"), ColumnKind.CHIP, 110),
)
BILLING_COLUMNS = (
    Column("asset", "Asset", attrgetter("asset"), width=180),
    Column("category", "Schedule", attrgetter("category"), width=110),
    Column("start", "From", attrgetter("start"), ColumnKind.DATE, 105),
    Column("end", "To", attrgetter("end"), ColumnKind.DATE, 105),
    Column("billing_date", "Billing date", attrgetter("billing_date"), ColumnKind.DATE, 110),
    Column("amount", "Amount", attrgetter("amount"), ColumnKind.MONEY, 110, total=True),
    Column("invoice", "Invoice", attrgetter("invoice"), width=110),
    Column("news", "", attrgetter("news"), ColumnKind.CHIP, 100),
)
LINE_COLUMNS = (
    Column("product", "Product", attrgetter("product"), width=110),
    Column("start", "Start", attrgetter("start"), ColumnKind.DATE, 105),
    Column("end", "End", attrgetter("end"), ColumnKind.DATE, 105, text=display.last_day),
    Column("quantity", "Quantity", attrgetter("quantity"), ColumnKind.QUANTITY, 85),
    Column("list_price", "List price", _priced("list_price"), ColumnKind.QUANTITY, 95, text=_price),
    Column("discount", "Discount %", attrgetter("discount"), ColumnKind.QUANTITY, 90),
    Column("net_unit_price", "Net price", _priced("net_unit_price"), ColumnKind.QUANTITY, 95, text=_price),
    Column("price_unit", "Per", attrgetter("price_unit"), width=80),
    Column(
        "term_count",
        "Term count",
        attrgetter("term_count"),
        ColumnKind.QUANTITY,
        95,
        text=lambda count: display.NOTHING if count is None else ratio_text(count, 6, trim=True),
    ),
    Column("frequency", "Billed", attrgetter("frequency"), width=95),
    Column("category", "Category", attrgetter("category"), ColumnKind.CHIP, 110),
    Column("total", "Total", attrgetter("total"), ColumnKind.MONEY, 110, total=True),
)


def chart_lines(shapes: Sequence[AssetShape], figure: str) -> tuple[StepLine, ...]:
    """Quantity or MRR of assets over the days, from their state periods; a line for each currency."""
    lines = []
    for code in sorted({shape.asset.currency for shape in shapes}):
        periods = [period for shape in shapes if shape.asset.currency == code for period in shape.state_periods]
        ends = {period.end + timedelta(days=1) for period in periods if period.end is not None}
        begins = {period.start for period in periods}
        steps = []
        for day in sorted(begins | ends):
            held = [each for each in periods if each.start <= day and (each.end is None or day <= each.end)]
            values = [each.quantity if figure == "quantity" else each.mrr.amount for each in held]
            value = sum(values, Decimal(0)) if held else None
            steps.append(Step(day, value, id=day.isoformat() if day in begins else None))
        currency = None if figure == "quantity" else currency_named(code)
        lines.append(StepLine("Quantity" if figure == "quantity" else "MRR", tuple(steps), currency))
    return tuple(lines)


def action_dots(shapes: Iterable[AssetShape]) -> tuple[ActionDot, ...]:
    """A diamond for each action of the assets."""
    found: list[ActionDot] = []
    for shape in shapes:
        for action in shape.actions:
            told = (
                ("Asset", shape.asset.name),
                ("Quantity", display.quantity_delta(action.quantity_change)),
                ("MRR", display.money_delta(action.mrr_change)),
                ("Amount", display.money_delta(action.amount_change)),
            )
            source = action.sources[0].reference if action.sources else ""
            found.append(ActionDot(action.id, action.effective_date, Category(action.category), source, told))
    return tuple(found)


def order_facts(result: OrderResult, before: Sequence[AssetShape]) -> list[Fact]:
    """What the order comes to, and what becomes of its assets' figures."""
    order = result.orders[0]
    lines = display.count(len(order.items), "line")
    facts = [Fact("Order total", display.money(order.total), note=f"{order.kind} · {lines} · {order.status}")]
    after = result.assets
    if not after:
        return facts

    def total(shapes: Sequence[AssetShape], figure: Any) -> str:
        values = [value for value in map(figure, shapes) if value is not None]
        return display.money(sum(values[1:], values[0])) if values else display.NOTHING if shapes else ""

    def pending(shape: AssetShape) -> Money | None:
        return None if shape.billing.group is None else shape.billing.group.total_pending

    def until(shapes: Sequence[AssetShape]) -> str:
        groups = [shape.billing.group for shape in shapes if shape.billing.group is not None]
        ends = [group.end for group in groups]
        if not ends:
            return display.NOTHING if shapes else ""
        return display.last_day(None if None in ends else max(end for end in ends if end is not None))

    last_mrr = lambda shape: shape.state_periods[-1].mrr  # noqa: E731
    for title, figure in (
        ("Lifetime amount", lambda shape: shape.asset.total_lifecycle_amount),
        ("MRR at the end", last_mrr),
        ("Pending to invoice", pending),
    ):
        facts.append(Fact(title, total(after, figure), total(before, figure)))
    facts.append(Fact("Billing until", until(after), until(before)))
    return facts


class OrderReview(ReviewStep):
    """Shows an order's preview; `draft` ticks that it is only kept as a draft order."""

    def __init__(self, today: date, draft: Any, lead: str) -> None:
        super().__init__("Review", "Review", lead)
        self.today = today
        self.draft = draft
        self._shown: tuple[Sequence[AssetShape], Sequence[AssetShape]] = ((), ())
        self.facts = Facts()
        self.body.addWidget(self.facts)
        self.when = SegmentedControl([BEFORE, AFTER], AFTER)
        self.when.chosen.connect(self._show_charts)
        self.lifecycle = QWidget()
        head = QHBoxLayout(self.lifecycle)
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(Label("Lifecycle", size=15, weight=theme.SEMIBOLD))
        head.addStretch(1)
        head.addWidget(self.when)
        self.body.addWidget(self.lifecycle)
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
        self.tab = SegmentedControl([PERIODS, BILLING, LINES], PERIODS)
        self.tab.chosen.connect(self._choose_tab)
        self.keep_draft = check_box("Keep it as a draft order: it takes effect when it is activated")
        self.keep_draft.toggled.connect(self._draft_chosen)
        foot.addWidget(self.tab)
        foot.addStretch(1)
        foot.addWidget(self.keep_draft)
        self.body.addLayout(foot)
        self.periods = RecordTable(PERIOD_COLUMNS, attrgetter("id"), "wizard/periods", noun="state period")
        self.billing = RecordTable(BILLING_COLUMNS, attrgetter("id"), "wizard/billing", noun="billing period")
        self.lines = RecordTable(LINE_COLUMNS, attrgetter("id"), "wizard/lines", noun="order line")
        self.tables = QStackedWidget()
        for table in (self.periods, self.billing, self.lines):
            for part in (table.filter_field, table.columns_button, table.export_button):
                part.hide()
            self.tables.addWidget(table)
        self.tables.setMinimumHeight(158)
        self.body.addWidget(self.tables, 1)
        self.bind(draft)

    def bind(self, draft: Any) -> None:
        self.draft = draft
        self.keep_draft.blockSignals(True)
        self.keep_draft.setChecked(draft.draft)
        self.keep_draft.blockSignals(False)

    def entered(self) -> None:
        for table in (self.periods, self.billing, self.lines):
            if table is self.tables.currentWidget():
                table.view.setFocus()

    def show_review(self, review: Review) -> None:
        result: OrderResult = review.result
        before: Sequence[AssetShape] = review.before or ()
        self._shown = before, result.assets
        self.facts.show_facts(order_facts(result, before))
        self.periods.set_rows(period_rows(result.assets, before))
        self.billing.set_rows(billing_rows(result.assets, before))
        items: list[OrderItemShape] = [item for order in result.orders for item in order.items]
        self.lines.set_rows(items)
        has_assets = bool(result.assets)
        self.when.set_current(AFTER)
        self.lifecycle.setVisible(has_assets and bool(before))
        self.charts.setVisible(has_assets)
        self.no_assets.setVisible(not has_assets)
        self.no_assets.setText(self._why_no_assets())
        for text in (PERIODS, BILLING):
            self.tab.buttons[text].setVisible(has_assets)
        self._choose_tab(self.tab.current if has_assets else LINES)
        self._show_charts()

    def _why_no_assets(self) -> str:
        if self.draft.draft:
            return "A draft order changes nothing yet: assets and billing come when it is activated."
        return "Assets and billing schedules are made by hand here: the setting auto-flow is off."

    def _choose_tab(self, text: str) -> None:
        self.tab.set_current(text)
        self.tables.setCurrentIndex([PERIODS, BILLING, LINES].index(text))

    def _draft_chosen(self, on: bool) -> None:
        self.draft.draft = on
        self.changed.emit()

    def _show_charts(self, _: str = "") -> None:
        before, after = self._shown
        shown = before if self.when.current == BEFORE else after
        days = [period.start for shape in (*before, *after) for period in shape.state_periods]
        days += [period.end for shape in after for period in shape.state_periods if period.end is not None]
        first, last = min([*days, self.today]), max([*days, self.today])
        room = max((last - first).days // 24, 4)  # the word Today needs more of it at the left
        for chart, title, figure in (
            (self.quantity, "Quantity", "quantity"),
            (self.mrr, "Monthly recurring revenue", "mrr"),
        ):
            chart.show_series(
                ChartSeries(
                    title,
                    chart_lines(shown, figure),
                    action_dots(shown),
                    self.today,
                    self.today,
                    first - timedelta(days=room * 3),
                    last + timedelta(days=room),
                )
            )
