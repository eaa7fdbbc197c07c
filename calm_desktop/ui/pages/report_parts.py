"""Reports as components of a page: a chart or a table, with filters and a title, that leads to the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from PySide6.QtGui import QFontMetrics, QResizeEvent

from calm_desktop.engine.catalog import Category, Kind
from calm_desktop.engine.report_periods import By
from calm_desktop.services.reports import KINDS
from calm_desktop.services.requests import Report
from calm_desktop.services.shapes import ReportShape
from calm_desktop.services.tx import Tx
from calm_desktop.ui import display, places, theme
from calm_desktop.ui.components import CHART, LIST, Choice, Component, Options, Width
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import PRESETS
from calm_desktop.ui.pages import columns
from calm_desktop.ui.pages.columns import target_of
from calm_desktop.ui.pages.report_kinds import SHOWN, Shown
from calm_desktop.ui.pages.reports import CHANGES, conditions, one_currency, word_of
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.report_chart import Form, Plot, ReportChart
from calm_desktop.ui.widgets import ElidedLabel, EmptyState, Section, button

AXIS = 110
"""Pixels beside the marks of a chart in its frame."""
GAP = 10
"""Pixels between names or figures that stand side by side."""

Account = Callable[[], str]
Asked = tuple[str, Report, int]
"""Which report, its filters, and how many months back or ahead (0: the report's usual days)."""


def answer(tx: Tx, asked: Asked) -> tuple[ReportShape[Any], str]:
    """A report over days that are counted from today, and the currency that the organisation counts in."""
    name, request, months = asked
    if months and SHOWN[name].ahead:
        request = replace(request, end=tx.today + relativedelta(months=months) - timedelta(days=1))
    elif months and "start" in SHOWN[name].takes:
        request = replace(request, start=tx.today - relativedelta(months=months) + timedelta(days=1), end=tx.today)
    return KINDS[name].view(tx, request), tx.settings["currency"]


def report_components(context: Context, go: Callable[[str], object], account: Account | None) -> tuple[Component, ...]:
    """Every report as a component; on a customer's page `account` says whose."""
    return tuple(_component(name, shown, context, go, account) for name, shown in SHOWN.items())


def _component(
    name: str, shown: Shown, context: Context, go: Callable[[str], object], account: Account | None
) -> Component:
    def asks(options: Options) -> tuple[Callable[[Tx, Asked], Any], Asked]:
        return answer, (name, _request(shown, options, account), PRESETS.get(options.get("days", ""), 0))

    return Component(
        key=f"report/{name}",
        title=shown.title,
        says=shown.says,
        group="Report",
        shape=LIST if shown.plot is None else CHART,
        usual=Width.HALF,
        make=lambda: ReportPart(name, context, go, account),
        asks=asks,
        renders=lambda part, options, answered: part.show_report(options, *answered),
        kinds=CHANGES,
        choices=_choices(shown, account is None),
        many=True,
    )


def _request(shown: Shown, options: Options, account: Account | None) -> Report:
    category = word_of(Category, options.get("category", ""))
    return Report(
        by=word_of(By, options.get("by", "")) if "by" in shown.takes else None,
        product=options.get("product", ""),
        kind=word_of(Kind, options.get("kind", "")),
        category=category if "category" in shown.takes else None,
        account=options.get("account", "") if account is None else account(),
        where=conditions(options.get("where", "")),
    )


def _choices(shown: Shown, any_account: bool) -> tuple[Choice, ...]:
    which = "Next" if shown.ahead else "Last"
    spans = tuple((f"{which} {display.count(months, 'month')}", name) for name, months in PRESETS.items() if months)
    kinds = tuple((columns.words(each.value), each.value) for each in Kind)
    found = [Choice("title", "Title", hint=f"Empty: {shown.title}")]
    if shown.plot is not None:
        found.append(Choice("show", "Shown as", (("Chart", ""), ("Table", "table"))))
    if "start" in shown.takes:
        found.append(Choice("days", "Days", (("As the report has them", ""), *spans)))
    if "by" in shown.takes:
        periods = tuple((f"By {each.value}", each.value) for each in By if each is not By.MONTH)
        found.append(Choice("by", "Periods", ((f"By {By.MONTH.value}", ""), *periods)))
    found.append(Choice("currency", "Currency", hint="Empty: the one of the organisation"))
    found.append(Choice("product", "Product", hint="Empty: all products"))
    if any_account:
        found.append(Choice("account", "Account", hint="Empty: all accounts"))
    found.append(Choice("kind", "Kind of product", (("All kinds", ""), *kinds)))
    found.append(Choice("where", "Fields of your own", hint="Such as Region=West; Seats>=10"))
    if "category" in shown.takes:
        each_category = tuple((each.value, each.value) for each in Category)
        found.append(Choice("category", "Category", (("All categories", ""), *each_category)))
    return tuple(found)


class ReportPart(Section):
    """A report on a page; a mark or a figure leads to what stands behind it, in the report itself."""

    def __init__(self, name: str, context: Context, go: Callable[[str], object], account: Account | None) -> None:
        self.shown = SHOWN[name]
        super().__init__(self.shown.title)
        self.name, self.context, self.go, self._account = name, context, go, account
        self._options: Options = {}
        self._days: tuple[date, date] | None = None
        self._currency = ""
        self._plot: Plot | None = None
        self.note = ElidedLabel("", "muted", size=theme.SMALL)
        self.head.insertWidget(1, self.note, 100)
        self.everything = button("Open report  →", "link", tooltip="The report with the same filters")
        self.everything.clicked.connect(lambda: self.go(self.link()))
        self.add_tool(self.everything)
        self.empty = EmptyState("Nothing to report in these days.")
        self.empty.hide()
        self.body.addWidget(self.empty, 1)
        self.chart: ReportChart | None = None
        self.table: RecordTable | None = None

    def link(self, mark: int | None = None) -> str:
        """The report with the same filters, or what stands behind one of its marks."""
        options = self._options
        start, end = self._days or (None, None)
        return places.report(
            self.name,
            start if "start" in self.shown.takes else None,
            end,
            by=options.get("by", ""),
            currency=self._currency,
            product=options.get("product", ""),
            kind=options.get("kind", ""),
            category=options.get("category", ""),
            where=options.get("where", ""),
            account=options.get("account", "") if self._account is None else self._account(),
            mark="" if mark is None else str(mark),
        )

    def show_report(self, options: Options, shape: ReportShape[Any], own: str) -> None:
        """Show an answer: in the currency chosen, else in the organisation's `own`."""
        self._options, self._days = options, (shape.start, shape.end)
        rows, currency, others = one_currency(shape.rows, options.get("currency", ""), own)
        self._currency = currency
        title = options.get("title") or self.shown.title
        self.title.setText(title)
        self.setAccessibleName(title)
        days = display.period(shape.start, shape.end) if "start" in self.shown.takes else display.day(shape.end)
        more = f"1 of {others + 1} currencies" if others else ""
        self.note.setText(" · ".join(part for part in (currency, days, more) if part))
        self.empty.setVisible(not rows)
        as_table = self.shown.plot is None or options.get("show") == "table"
        if self.chart is not None:
            self.chart.setVisible(bool(rows) and not as_table)
        if self.table is not None:
            self.table.setVisible(bool(rows) and as_table)
        if rows and as_table:
            self._show_table(rows)
        elif rows and self.shown.plot is not None:
            self._plot = self.shown.plot(_request(self.shown, options, self._account), rows)
            self._show_chart()

    def _show_chart(self) -> None:
        if self._plot is None:
            return
        if self.chart is None:
            self.chart = chart = ReportChart()
            chart.setMinimumHeight(140)
            chart.mark_activated.connect(lambda _: self.go(self.link(chart.at)))
            self.body.addWidget(chart, 1)
        self.chart.show_plot(_turned(self._plot, self.width() - AXIS))

    def _show_table(self, rows: Any) -> None:
        if self.table is None:
            self.table = RecordTable(
                self.shown.columns,
                row_id=self.shown.row_id,
                name=f"part/{self.name}",
                settings=self.context.settings,
                title=self.shown.title,
                noun=self.shown.noun,
            ).bare()
            self.table.title.hide()
            self.table.link_activated.connect(self._follow)
            self.table.row_activated.connect(self._activated)
            self.table.figure_activated.connect(lambda *_: self.go(self.link()))
            self.body.addWidget(self.table, 1)
        self.table.set_rows(rows)

    def _follow(self, row: Any, key: str) -> None:
        if target := target_of(row, key):
            self.go(target)

    def _activated(self, row: Any) -> None:
        if self.name == "renewals-due":
            self.context.start_wizard("renewal", account=row.account_id, assets=(row.asset_id,))
        else:
            self.go(places.account(row.account_id) if hasattr(row, "account_id") else self.link())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.chart is not None and self._plot is not None:
            turned = _turned(self._plot, self.width() - AXIS)
            if self.chart.plot is None or self.chart.plot.form is not turned.form:
                self.chart.show_plot(turned)


def _turned(plot: Plot, room: int) -> Plot:
    """Bars with a name and a figure each lie down where these have no room side by side."""
    if plot.form is not Form.BARS or not any(mark.shown for mark in plot.marks):
        return plot
    metrics = QFontMetrics(theme.font(theme.TINY, figures=True))
    widest = max(metrics.horizontalAdvance(text) for text in (*plot.slots, *(mark.shown for mark in plot.marks)))
    return replace(plot, form=Form.ROWS) if (widest + GAP) * len(plot.slots) > room else plot
