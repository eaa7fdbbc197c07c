"""The actions browser: what changed quantity, amount and MRR, as a chart and a table that are fed by one query.

`calm://actions?account=ID&tab=mrr&from=...&to=...&category=Renewals`; `asset=ID` for one asset, neither for everything.
The lines of an account or an asset are what holds on each day; over everything they count the changes shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from dateutil.relativedelta import relativedelta
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout

from calm_desktop.engine.catalog import Category
from calm_desktop.engine.explain import Figure
from calm_desktop.services.ids import number_of
from calm_desktop.services.requests import Explain, Find, PageRequest
from calm_desktop.services.shapes import ActionDay, ActionRow
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import account_page, actions_on, any_undone, asset_page, days_of_actions, list_actions
from calm_desktop.services.views.listing import Wanted
from calm_desktop.services.views.listings import ACTIONS
from calm_desktop.ui import places
from calm_desktop.ui.chart_model import ActionDot, ChartSeries, StepLine
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import RangeBar, SegmentedControl
from calm_desktop.ui.lifecycle_chart import LifecycleChart
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages import chart_data, columns
from calm_desktop.ui.pages.asking import AskingPage, day_of
from calm_desktop.ui.pages.columns import newest_first, target_of, why_of
from calm_desktop.ui.pages.long_lists import Window, rows_of, wanted_of, window_on
from calm_desktop.ui.record_table import FEW, RecordTable
from calm_desktop.ui.undo import offer_undo, words_of
from calm_desktop.ui.widgets import button, choice_field, plain_tooltip

TABS = {"quantity": "Quantity", "amount": "Amount", "mrr": "Monthly recurring revenue"}
ALL_CATEGORIES = "All categories"
UNDO = "Take the selected action back"


@dataclass(frozen=True)
class Asked:
    """What the browser shows: of one asset, of one customer, or of all; `days` None is the whole lifecycle."""

    account: str
    asset: str
    days: tuple[date, date] | None
    category: Category | None
    wanted: Wanted
    """How the table in front is sorted and filtered."""
    most: int
    """Actions of all customers up to which they are held whole."""


@dataclass(frozen=True)
class Browsed:
    """The answer: `crumbs` say whose actions these are, `lines` are the chart's by tab, `whole` is what All means."""

    crumbs: tuple[tuple[str, str], ...]
    account_id: str
    today: date
    whole: tuple[date, date]
    days: tuple[date, date]
    lines: dict[str, tuple[StepLine, ...]]
    actions: tuple[ActionRow, ...] | Window
    dots: tuple[ActionDot, ...]
    undone: bool
    """Whether anything among the actions was taken back."""


def browse(tx: Tx, asked: Asked) -> Browsed:
    """One look at the store for chart and table both."""
    start, end = asked.days or (None, None)
    if not asked.account and not asked.asset:
        first, last = asked.days or (tx.today - relativedelta(years=1) + timedelta(days=1), tx.today)
        found = Find(start=first, end=last, category=asked.category)
        window = window_on(tx, ACTIONS, replace(asked.wanted, find=found), asked.most)
        if window is not None:
            by_day = days_of_actions(tx, found)
            marks, days = chart_data.dots_of_days(by_day, _alone(tx, by_day)), (first, last)
            return Browsed((), "", tx.today, days, days, _lines(by_day), window, marks, any_undone(tx))
        rows = list_actions(tx, found)
        return _whole((), "", tx.today, (first, last), (first, last), _lines(rows), rows)
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
    return _whole(tuple(crumbs), page.account.id, page.today, whole, asked.days or whole, lines, page.actions)


def _whole(
    crumbs: tuple[tuple[str, str], ...],
    account_id: str,
    today: date,
    whole: tuple[date, date],
    days: tuple[date, date],
    lines: dict[str, tuple[StepLine, ...]],
    rows: tuple[ActionRow, ...],
) -> Browsed:
    undone = any(not row.stands for row in rows)
    return Browsed(crumbs, account_id, today, whole, days, lines, rows, chart_data.dots(rows), undone)


def _lines(actions: Sequence[Any]) -> dict[str, tuple[StepLine, ...]]:
    return {
        "quantity": chart_data.cumulated(actions, "Quantity", lambda row: row.quantity_change),
        "amount": chart_data.cumulated(actions, "Amount", lambda row: row.amount_change),
        "mrr": chart_data.cumulated(actions, "MRR", lambda row: row.mrr_change),
    }


def _alone(tx: Tx, days: Sequence[ActionDay]) -> dict[date, ActionRow]:
    """The actions on whose day there is no other."""
    numbers = Counter[date]()
    for each in days:
        numbers[each.effective_date] += each.actions
    ids = [number_of("action", each.first) or 0 for each in days if numbers[each.effective_date] == 1]
    return {row.effective_date: row for row in ACTIONS.read(tx, ids, Find()).values()}


class ActionsPage(AskingPage):
    """The browser; see the module's text."""

    kinds = frozenset({"account", "asset", "order", "import"})
    most = 5_000
    """Actions of all customers up to which they are held whole; of more, those in view are fetched."""

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
        self.undo_button = button("Undo…", tooltip=UNDO)
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
        wanted = wanted_of(self.table, Find())
        asked = Asked(link.get("account"), link.get("asset"), self._chosen, category, wanted, self.most)
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
        self.table.show_column("standing", browsed.undone)
        rows = browsed.actions
        self.table.set_rows(rows_of(rows, self.context) if isinstance(rows, Window) else rows)
        self.table.select_ids(kept, scroll=False)
        title = TABS[self.tab] if browsed.crumbs else f"{TABS[self.tab]}: changes added up"
        lines = browsed.lines[self.tab]
        self.chart.show_series(ChartSeries(title, lines, browsed.dots, browsed.today, browsed.today, *browsed.days))
        self._light(kept)

    def _undo(self) -> None:
        rows: list[ActionRow] = self.table.few_selected() or []
        offer_undo(self.context, [row.id for row in rows], words_of(rows))

    def _to_front(self, table: RecordTable) -> None:
        """Show a table; the choice of category goes with it."""
        self.stack.setCurrentWidget(table)
        if self.category.parentWidget() is not table:
            table.head.insertWidget(2, self.category)
            self.category.show()

    def _light(self, ids: Iterable[Hashable]) -> None:
        found: list[ActionRow] | None = self.table.few_selected()
        rows = found or []
        self.chart.select(chart_data.dot_ids(rows, ids))
        self.undo_button.setEnabled(bool(rows) and all(row.stands for row in rows))
        many = found is None and self.table.selected_count > FEW
        self.undo_button.setToolTip(plain_tooltip(f"Choose at most {FEW:,} actions" if many else UNDO))

    def _switch(self, words: str) -> None:
        if self.link is not None:
            tab = next(key for key, text in TABS.items() if text == words)
            self.set_link(self.link.with_parameters(tab=tab))
            if self._browsed is not None and isinstance(self._browsed.actions, Window):
                self.load(self.link)
            else:
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
        actions = self._browsed.actions if self._browsed is not None else ()
        if isinstance(actions, Window):
            find = actions.wanted.find
            self.ask(lambda tx, find: actions_on(tx, find, day), find, self._choose_actions, "day")
        else:
            self._choose_actions([row.id for row in actions if row.effective_date == day])
        if self.link is not None and self._browsed is not None and self._browsed.crumbs:
            asset = self.link.get("asset")
            kind, name = ("asset", asset) if asset else ("account", self._browsed.account_id)
            self.explain_figure(Explain(kind, name, Figure(self.tab), day))

    def _choose_actions(self, ids: Sequence[str]) -> None:
        self.table.select_ids(ids)
        self._light(ids)

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
        made.order_requested.connect(lambda *_: self.load(self.link) if self.link is not None else None)
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
