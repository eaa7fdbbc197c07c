"""The actions browser: what changed quantity, amount and MRR, as a chart and a table that are fed by one query.

`calm://actions?account=ID&tab=mrr&from=...&to=...&category=Renewals`; `asset=ID` for one asset, neither for everything.
The lines of an account or an asset are what holds on each day; over everything they count the changes shown.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from dateutil.relativedelta import relativedelta
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout

from calm_desktop.engine.catalog import Category
from calm_desktop.engine.explain import Figure
from calm_desktop.services.requests import Explain, Find, PageRequest
from calm_desktop.services.shapes import ActionRow
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import account_page, asset_page, list_actions
from calm_desktop.ui import places
from calm_desktop.ui.chart_model import ChartSeries, StepLine
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import RangeBar, SegmentedControl
from calm_desktop.ui.lifecycle_chart import LifecycleChart
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages import chart_data, columns
from calm_desktop.ui.pages.asking import AskingPage, day_of
from calm_desktop.ui.pages.columns import newest_first, target_of, why_of
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.undo import offer_undo, words_of
from calm_desktop.ui.widgets import button, choice_field

TABS = {"quantity": "Quantity", "amount": "Amount", "mrr": "Monthly recurring revenue"}
ALL_CATEGORIES = "All categories"


@dataclass(frozen=True)
class Asked:
    """What the browser shows: of one asset, of one customer, or of all; `days` None is the whole lifecycle."""

    account: str
    asset: str
    days: tuple[date, date] | None
    category: Category | None


@dataclass(frozen=True)
class Browsed:
    """The answer: `crumbs` say whose actions these are, `lines` are the chart's by tab, `whole` is what All means."""

    crumbs: tuple[tuple[str, str], ...]
    account_id: str
    today: date
    whole: tuple[date, date]
    days: tuple[date, date]
    lines: dict[str, tuple[StepLine, ...]]
    actions: tuple[ActionRow, ...]


def browse(tx: Tx, asked: Asked) -> Browsed:
    """One look at the store for chart and table both."""
    start, end = asked.days or (None, None)
    if not asked.account and not asked.asset:
        first, last = asked.days or (tx.today - relativedelta(years=1) + timedelta(days=1), tx.today)
        rows = list_actions(tx, Find(start=first, end=last, category=asked.category))
        lines = {
            "quantity": chart_data.cumulated(rows, "Quantity", lambda row: row.quantity_change),
            "amount": chart_data.cumulated(rows, "Amount", lambda row: row.amount_change),
            "mrr": chart_data.cumulated(rows, "MRR", lambda row: row.mrr_change),
        }
        return Browsed((), "", tx.today, (first, last), (first, last), lines, rows)
    view, name = (asset_page, asked.asset) if asked.asset else (account_page, asked.account)
    page = view(tx, PageRequest(name, None, start, end, asked.category))
    crumbs = [("Accounts", places.accounts()), (page.account.name, places.account(page.account.id))]
    if page.asset is not None:
        crumbs.append((page.asset.name, places.asset(page.asset.id)))
    whole = chart_data.whole_life(page)
    lines = {
        "quantity": chart_data.quantity_lines(page),
        "amount": chart_data.amount_lines(page),
        "mrr": chart_data.mrr_lines(page),
    }
    return Browsed(tuple(crumbs), page.account.id, page.today, whole, asked.days or whole, lines, page.actions)


class ActionsPage(AskingPage):
    """The browser; see the module's text."""

    kinds = frozenset({"account", "asset", "order", "import"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._browsed: Browsed | None = None
        self._chosen: tuple[date, date] | None = None
        self.switch = SegmentedControl(list(TABS.values()), TABS["quantity"])
        self.switch.setAccessibleName("Figure")
        self.switch.chosen.connect(self._switch)
        self.category: QComboBox = choice_field(
            [(ALL_CATEGORIES, None), *((category.value, category) for category in Category)]
        )
        self.category.setAccessibleName("Category")
        self.category.setMaxVisibleItems(len(Category) + 1)
        self.category.activated.connect(lambda _: self._choose_category())
        self.range = RangeBar(date.min)
        self.range.range_changed.connect(self._choose_range)
        self.chart = LifecycleChart()
        self.chart.setMinimumHeight(260)
        self.chart.dot_activated.connect(self._dot_chosen)
        self.tables = {tab: self._table(tab) for tab in TABS}
        self.undo_button = button("Undo…", tooltip="Take the selected action back")
        self.undo_button.clicked.connect(self._undo)
        self.stack = QStackedWidget()
        for table in self.tables.values():
            self.stack.addWidget(table)
        self.chart.table_requested.connect(self._to_table)
        bar = QHBoxLayout()
        bar.setSpacing(10)
        bar.addWidget(self.switch)
        bar.addStretch(1)
        layout: QVBoxLayout = self.column()
        layout.addLayout(bar)
        bar.addWidget(self.range)
        layout.addWidget(self.chart, 4)
        layout.addWidget(self.stack, 5)

    @property
    def tab(self) -> str:
        """The figure that is shown."""
        return next(key for key, words in TABS.items() if words == self.switch.current)

    @property
    def table(self) -> RecordTable:
        """The table in front."""
        return self.tables[self.tab]

    def load(self, link: Link) -> None:
        start, end = day_of(link, "from"), day_of(link, "to")
        self._chosen = (start, end) if start and end and start <= end else None
        category = _category(link.get("category"))
        self.category.setCurrentIndex(self.category.findData(category) if category else 0)
        self.switch.set_current(TABS.get(link.get("tab"), TABS["quantity"]))
        self._to_front(self.table)
        asked = Asked(link.get("account"), link.get("asset"), self._chosen, category)
        self.ask(browse, asked, partial(self._render, link.get("chosen")))

    def focus_filter(self) -> None:
        self.table.focus_filter()

    def _render(self, chosen: str, browsed: Browsed) -> None:
        self._browsed = browsed
        self.account_id = browsed.account_id
        crumbs = (*browsed.crumbs, ("Asset actions", "")) if browsed.crumbs else (("Assets", places.assets()),)
        self.set_header(Header("Asset actions", crumbs, (), (self.undo_button,)))
        self.range.set_today(browsed.today)
        self.range.set_whole(*browsed.whole)
        if self._chosen is None:
            self.range.set_range(*browsed.whole, "All" if browsed.crumbs else "1Y")
        elif self.range.range != self._chosen:
            self.range.set_range(*self._chosen, self.range.preset_of(*self._chosen))
        self._show()
        if chosen and not self.table.selected_ids():
            self.table.select_ids([chosen])
            self._light([chosen])

    def _show(self) -> None:
        """Show the figure chosen; what is selected stays so from one to the next."""
        browsed = self._browsed
        if browsed is None:
            return
        before = self.stack.currentWidget()
        kept = before.selected_ids() if isinstance(before, RecordTable) else []
        self._to_front(self.table)
        self.table.show_column("account", not browsed.crumbs)
        columns.show_standing(self.table, browsed.actions)
        self.table.set_rows(browsed.actions)
        self.table.select_ids(kept, scroll=False)
        title = TABS[self.tab] if browsed.crumbs else f"{TABS[self.tab]}: changes added up"
        marks = chart_data.dots(browsed.actions)
        lines = browsed.lines[self.tab]
        self.chart.show_series(ChartSeries(title, lines, marks, browsed.today, browsed.today, *browsed.days))
        self._light(kept)

    def _undo(self) -> None:
        rows: list[ActionRow] = self.table.selected_rows()
        offer_undo(self.context, [row.id for row in rows], words_of(rows))

    def _to_front(self, table: RecordTable) -> None:
        """Show a table; the choice of category goes with it."""
        self.stack.setCurrentWidget(table)
        if self.category.parentWidget() is not table:
            table.head.insertWidget(2, self.category)
            self.category.show()

    def _light(self, ids: Iterable[Hashable]) -> None:
        self.chart.select(chart_data.dot_ids(self._browsed.actions, ids) if self._browsed is not None else [])
        rows: list[ActionRow] = self.table.selected_rows()
        self.undo_button.setEnabled(bool(rows) and all(row.stands for row in rows))

    def _switch(self, words: str) -> None:
        if self.link is not None:
            tab = next(key for key, text in TABS.items() if text == words)
            self.set_link(self.link.with_parameters(tab=tab))
            self._show()

    def _to_table(self) -> None:
        self.table.view.setFocus()

    def _choose_category(self) -> None:
        category = self.category.currentData()
        self._reload(category=category.value if category else None)

    def _choose_range(self, start: date, end: date) -> None:
        whole = self.range.preset == "All"
        self._reload(**{"from": None if whole else start.isoformat(), "to": None if whole else end.isoformat()})

    def _reload(self, **changes: str | None) -> None:
        if self.link is not None:
            self.set_link(self.link.with_parameters(**changes))
            self.load(self.link)

    def _dot_chosen(self, kind: str, name: str) -> None:
        day = date.fromisoformat(name)
        ids = [row.id for row in self._browsed.actions if row.effective_date == day] if self._browsed else []
        self.table.select_ids(ids)
        self._light(ids)
        if self.link is not None and self._browsed is not None and self._browsed.crumbs:
            asset = self.link.get("asset")
            kind, name = ("asset", asset) if asset else ("account", self._browsed.account_id)
            self.explain_figure(Explain(kind, name, Figure(self.tab), day))

    def _table(self, tab: str) -> RecordTable:
        made = RecordTable(
            columns.browsed_actions(tab),
            row_id=lambda row: row.id,
            name=f"actions/{tab}",
            settings=self.context.settings,
            title="Actions",
            noun="action",
            future=lambda row: self._browsed is not None and row.effective_date > self._browsed.today,
            empty="No actions in these days.",
            background=self.context.background,
            quiet=columns.is_undone,
        )
        made.setMinimumHeight(220)
        newest_first(made, "effective_date")
        made.selection_changed.connect(self._light)
        made.row_activated.connect(lambda row: self.go(places.action(row.id)))
        made.link_activated.connect(self._follow)
        made.figure_activated.connect(lambda row, key: self.explain_figure(why_of(row, key)))
        return made

    def _follow(self, row: Any, key: str) -> None:
        if target := target_of(row, key):
            self.go(target)


def _category(text: str) -> Category | None:
    try:
        return Category(text)
    except ValueError:
        return None
