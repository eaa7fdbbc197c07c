"""What the account page and the asset page have in common: cards, as-of day, range, two charts and tables below.

These are the default; a person may arrange them, and add lists, further charts and reports.

Everything comes from one look at the store. The as-of day and the range are part of the page's link, so that going
back, and a copied link, bring them back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any

from dateutil.relativedelta import relativedelta
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QPushButton, QWidget

from calm_desktop.engine.catalog import AssetStatus
from calm_desktop.engine.explain import Figure
from calm_desktop.engine.fields import FieldObject
from calm_desktop.engine.money import Money
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.requests import PAGE_PARTS, Explain, Find, PageRequest
from calm_desktop.services.shapes import ActionRow, AssetHead, CardFigures, FirstRows, LifecyclePage
from calm_desktop.services.views import list_invoice_lines
from calm_desktop.ui import display, places, theme
from calm_desktop.ui.cards import Card
from calm_desktop.ui.chart_model import StepLine
from calm_desktop.ui.components import (
    BAR,
    CHART,
    FACTS,
    FIGURE,
    LIST,
    TABLES,
    Component,
    Layout,
    Options,
    Placed,
    Width,
)
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import PRESETS, DateField, RangeBar
from calm_desktop.ui.lifecycle_chart import LifecycleChart
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages import chart_data, columns
from calm_desktop.ui.pages.asking import day_of
from calm_desktop.ui.pages.board_page import BoardPage
from calm_desktop.ui.pages.columns import newest_first, target_of, why_of
from calm_desktop.ui.pages.facts import Facts
from calm_desktop.ui.pages.list_parts import MOST_CHOICE, ListPart, most_of, only
from calm_desktop.ui.pages.own_fields import DetailsBlock
from calm_desktop.ui.pages.report_parts import report_components
from calm_desktop.ui.pages.tabbed import TabbedSections
from calm_desktop.ui.record_table import Column, RecordTable
from calm_desktop.ui.reporting import ReportingBar
from calm_desktop.ui.widgets import Label, Section, button

SOON_DAYS = 90
CARD_LINKS = {
    "quantity": ("Quantity", "View changes"),
    "amount": ("Amount", "View changes"),
    "mrr": ("Monthly recurring revenue", "View changes"),
    "balance": ("Invoice line balance", "View related invoice lines"),
}

CARD_FIGURES = {
    "quantity": Figure.QUANTITY,
    "amount": Figure.AMOUNT,
    "mrr": Figure.MRR,
    "balance": Figure.INVOICE_LINE_BALANCE,
}


CARD_SAYS = {
    "quantity": "How much is owned on the day, and how it changed last",
    "amount": "What the state periods in force come to, against a year before",
    "mrr": "What is paid a month on the day, against a year before",
    "balance": "What is open of posted invoices, and how much is overdue",
}
CHARTS = {
    "quantity": ("Quantity", "Quantity over the whole lifecycle"),
    "mrr": ("Monthly recurring revenue", "MRR over the whole lifecycle"),
    "amount": ("Amount", "The amount of the state periods in force over the whole lifecycle"),
    "balance": ("Invoice line balance", "What was open of posted invoices, day by day"),
}

DEFAULT: Layout = (
    *(Placed(f"card/{key}", Width.QUARTER) for key in CARD_LINKS),
    Placed("converted", Width.FULL),
    Placed("own-fields", Width.FULL),
    Placed("days", Width.FULL),
    Placed("chart/quantity", Width.HALF),
    Placed("chart/mrr", Width.HALF),
    Placed("tables", Width.FULL),
)


class LifecycleView(BoardPage):
    """The page itself; what differs between customers and assets is left to those pages."""

    default = DEFAULT

    kinds = frozenset(
        {"account", "asset", "order", "invoice", "product", "settings", "import", "rollup", "tax", "rate", "field"}
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.snapshot: LifecyclePage | None = None
        self._recent = ""
        self._lines_stale = True
        self._chosen: tuple[date, date] | None = None

        self.cards = {key: Card(title, link, self.inner) for key, (title, link) in CARD_LINKS.items()}
        for key, card in self.cards.items():
            card.link_activated.connect(lambda key=key: self.follow_card(key))
            card.explained.connect(lambda place, key=key: self.explain(key, place))
        self.own_fields = DetailsBlock(context, FieldObject(self.place))
        self.reporting = ReportingBar("amount", "mrr", "invoice_line_balance")
        self.as_of = DateField(None, None)
        self.as_of.setAccessibleName("As of")
        self.as_of.date_changed.connect(self.choose_as_of)
        self.back_to_today = button("Back to today", "link")
        self.back_to_today.setFont(theme.font(theme.SMALL, theme.MEDIUM))
        self.back_to_today.clicked.connect(lambda: self.choose_as_of(None))
        self.range = RangeBar(date.today())  # noqa: DTZ011 - replaced by the business day of the first answer
        self.range.range_changed.connect(self._choose_range)
        self.charts: dict[str, LifecycleChart] = {}
        self.buttons: tuple[QAbstractButton, ...] = (
            self.arrange_button,
            self._wizard_button("Invoice…", "invoicing"),
            self._wizard_button("Sell…", "sale"),
            self._wizard_button("Renew…", "renewal", "primary"),
        )
        self.action_table = self.table(
            columns.actions(with_asset=self.holds_many), "actions", "Asset actions", "action", self._is_future
        )
        self.lines = self.table(
            columns.invoice_lines(False, self.holds_many), "invoice-lines", "Invoice lines", "line", self._is_later
        )
        self.tabs = TabbedSections(self.sections(), self.inner)
        self.tabs.tab_changed.connect(lambda _: self._fill_lines())
        newest_first(self.action_table, "effective_date")
        newest_first(self.lines, "date")
        self.action_table.selection_changed.connect(self._light)
        self.action_table.row_activated.connect(lambda row: self.go(places.action(row.id)))
        self._days = self._day_bar()
        self.make_board()
        self.content.setLayout(self.board_area)

    # -- what account and asset pages say, each in its own way

    place = ""
    holds_many = True
    view: Callable[..., LifecyclePage]

    def sections(self) -> Sequence[tuple[str, str, Section]]:
        """The tabs below the charts, as (key, title, section)."""
        return (("actions", "Asset actions", self.action_table), ("invoice-lines", "Invoice lines", self.lines))

    def show_rest(self, page: LifecyclePage) -> None:
        """Render what only this kind of page shows."""

    def header_of(self, page: LifecyclePage) -> Header:
        """Title, crumbs and chips."""
        crumbs = (("Accounts", places.accounts()), (page.account.name, ""))
        return Header(page.account.name, crumbs, status_chips(page.assets, page.as_of), self.buttons)

    def scope(self, page: LifecyclePage) -> Find:
        """The account or asset, as the actions browser and the lists take it."""
        return Find(account=page.account.id)

    def preset(self, page: LifecyclePage, wizard: str) -> dict[str, Any]:
        """What a wizard that is started here knows already."""
        return {"account": page.account.id}

    def explained_by(self, key: str) -> str:
        """The tab that shows what is in force."""
        return "actions"

    def lists(self) -> Sequence[Component]:
        """The lists of what the page has that can stand for themselves."""
        return (
            self._list(
                "actions",
                "Latest actions",
                "What was sold, renewed, changed or cancelled last",
                only(
                    columns.actions(self.holds_many),
                    "effective_date",
                    "category",
                    "asset",
                    "mrr_change",
                    "amount_change",
                ),
                "action",
                lambda page: page.actions[::-1],
                lambda find: places.actions(find.account, find.asset),
            ),
            self._list(
                "invoices",
                "Latest invoices",
                "Invoices and drafts, newest first",
                only(columns.invoices(False), "number", "date", "due", "total", "balance"),
                "invoice",
                lambda page: page.invoices[::-1],
                lambda find: places.invoice_lines(find.account, find.asset),
            ),
            self._list(
                "orders",
                "Latest orders",
                "Orders, newest first",
                only(columns.orders(False), "number", "status", "effective_date", "total"),
                "order",
                lambda page: page.orders[::-1],
                lambda find: places.orders(find.account),
            ),
        )

    def facts(self, page: LifecyclePage) -> Sequence[tuple[str, str]]:
        """What is known of it beside figures, as (name, value)."""
        head = page.account
        return (
            ("Number", head.number),
            ("Currency", head.currency),
            ("Country", head.country),
            ("Tax profile", head.tax_profile),
            ("Bill to", head.bill_to),
            ("Payment", f"within {display.count(head.payment_days, 'day')}"),
        )

    # -- the components

    def components(self) -> Sequence[Component]:
        return (
            *(
                Component(
                    f"card/{key}",
                    title,
                    CARD_SAYS[key],
                    "Figure",
                    FIGURE,
                    Width.QUARTER,
                    partial(self.cards.__getitem__, key),
                    parts=frozenset({"open"} if key == "balance" else ()),
                )
                for key, (title, _) in CARD_LINKS.items()
            ),
            Component(
                "converted",
                "In the reporting currency",
                "The figures in one currency, where anything is converted",
                "Figures",
                BAR,
                Width.FULL,
                lambda: self.reporting,
            ),
            Component(
                "own-fields",
                "Fields of your own",
                "What the record says in fields that you defined, to be changed in place",
                "Details",
                BAR,
                Width.FULL,
                lambda: self.own_fields,
            ),
            Component(
                "days",
                "Day and range",
                "As of which day the page stands, and which days charts and actions show",
                "Days",
                BAR,
                Width.FULL,
                lambda: self._days,
                needed=True,
            ),
            *(
                Component(
                    f"chart/{key}",
                    title,
                    says,
                    "Chart",
                    CHART,
                    Width.HALF,
                    partial(self._chart, key),
                    parts=frozenset({"actions"}),
                )
                for key, (title, says) in CHARTS.items()
            ),
            Component(
                "tables",
                "Tables",
                "Everything there is, in tabs",
                "List",
                TABLES,
                Width.FULL,
                lambda: self.tabs,
                parts=frozenset({"actions", "orders", "invoices", "billing", "usage"}),
            ),
            Component(
                "details",
                "Details",
                "What is known beside figures",
                "Details",
                FACTS,
                Width.FULL,
                lambda: Facts("Details"),
                renders=lambda facts, _, page: facts.show_facts(self.facts(page)),
            ),
            *self.lists(),
            *report_components(self.context, self.go, lambda: self.account_id),
        )

    def _chart(self, key: str) -> LifecycleChart:
        self.charts[key] = chart = LifecycleChart(self.inner)
        chart.dot_activated.connect(partial(self._dot_chosen, key))
        chart.as_of_dragged.connect(self.choose_as_of)
        chart.table_requested.connect(lambda: self._to_tab("actions"))
        return chart

    def _list(
        self,
        key: str,
        title: str,
        says: str,
        shown: Sequence[Column],
        noun: str,
        rows: Callable[[LifecyclePage], Sequence[Any]],
        everything: Callable[[Find], str],
    ) -> Component:
        """A list whose rows are in the page's own snapshot."""

        def make() -> ListPart:
            made = ListPart(
                self.context,
                shown,
                f"{self.place}/list-{key}",
                title,
                noun,
                f"No {noun}s yet.",
                self.go,
                lambda: everything(self.scope(self.snapshot)) if self.snapshot is not None else "",
            )
            made.link_activated.connect(self.follow_link)
            made.figure_activated.connect(self.explain_cell)
            opens = {"action": places.action, "invoice": places.invoice, "order": places.order, "asset": places.asset}
            made.row_activated.connect(lambda row: self.go(opens[noun](row.id)))
            return made

        def show(table: ListPart, options: Options, page: LifecyclePage) -> None:
            every = rows(page)
            table.show_first(FirstRows(page.today, tuple(every[: most_of(options)]), len(every)))

        return Component(
            f"list/{key}",
            title,
            says,
            "List",
            LIST,
            Width.HALF,
            make,
            renders=show,
            parts=frozenset({key} & PAGE_PARTS),
            choices=(MOST_CHOICE,),
        )

    # -- the agreement with the shell

    def load_page(self, link: Link) -> None:
        start, end = day_of(link, "from"), day_of(link, "to")
        self._chosen = (start, end) if start and end and start <= end else None
        self._lines_stale = True
        self.ask(type(self).view, self.request(link), self.render_page)

    def request(self, link: Link) -> Any:
        """The question behind a link."""
        start, end = self._chosen or (None, None)
        return PageRequest(link.name, day_of(link, "asof"), start, end, parts=self.parts())

    def focus_filter(self) -> None:
        section = self.tabs.currentWidget()
        if isinstance(section, RecordTable) and self.board.shows("tables"):
            section.focus_filter()

    # -- rendering

    def render_page(self, page: LifecyclePage) -> None:
        """Show a snapshot."""
        self.snapshot = page
        self.account_id = page.account.id
        header = self.header_of(page)
        self.set_header(header)
        link = places.asset(page.asset.id) if page.asset else places.account(page.account.id)
        if link != self._recent:
            self._recent = link
            self.recent_added.emit(header.title, link)
        self.render_parts()
        self.fill_board()

    def render_parts(self) -> None:
        page = self.snapshot
        if page is None:
            return
        self._show_cards(page)
        self.reporting.show_figures(page.reporting)
        self.own_fields.show_record(page.asset or page.account, page.fields, page.today)
        self._show_days(page)
        self._show_charts(page)
        if self.board.shows("tables"):
            columns.show_standing(self.action_table, page.actions)
            self.action_table.set_rows(page.actions)
            self.show_rest(page)
            self._fill_lines()
        self._light(self.action_table.selected_ids())
        for tile in self.board.tiles:
            if tile.component.asks is None:
                tile.show_answer(page)

    def _show_cards(self, page: LifecyclePage) -> None:
        before = {card.currency: card for card in page.cards_before}
        several = len(page.cards) > 1
        quantities = chart_data.quantity_lines(page)
        moved = chart_data.last_change(quantities[0], page.as_of) if len(quantities) == 1 else None
        self.cards["quantity"].show_figures(
            [display.quantity(card.quantity) + (f" in {card.currency}" if several else "") for card in page.cards],
            display.quantity_delta(moved[0]) if moved else "",
            _tone(moved[0] if moved else 0),
            f"since {display.day(moved[1])}" if moved else "",
        )
        lifetime = " / ".join(display.money(amount) for amount in page.lifetime_amounts)
        change, tone = _year_change(page, before, lambda card: card.amount)
        self.cards["amount"].show_figures(
            [display.money(card.amount) for card in page.cards],
            change,
            tone,
            f"{lifetime} lifetime" if lifetime else "",
        )
        change, tone = _year_change(page, before, lambda card: card.mrr)
        year_ago = page.as_of - relativedelta(years=1)
        self.cards["mrr"].show_figures(
            [display.money(card.mrr) for card in page.cards],
            change,
            tone,
            f"vs {display.day(year_ago)}" if change else "" if several else "nothing a year before",
        )
        on_account = [f"{display.money(each.on_account)} on account" for each in page.balances if each.on_account]
        self.cards["balance"].show_figures(
            [display.money(card.invoice_line_balance) for card in page.cards],
            f"{page.overdue} overdue" if page.overdue else "",
            "bad",
            ", ".join(
                (display.count(page.open_lines, "open line") if page.open_lines else "nothing open", *on_account)
            ),
        )
        for key, line in (
            ("quantity", _first(quantities)),
            ("amount", _first(chart_data.amount_lines(page))),
            ("mrr", _first(chart_data.mrr_lines(page))),
            ("balance", _first(_balance_lines(page))),
        ):
            self.cards[key].sparkline.show_values([] if several else chart_data.trend(line, page.as_of))

    def _show_days(self, page: LifecyclePage) -> None:
        whole = chart_data.whole_life(page)
        self.range.set_today(page.today)
        self.range.set_whole(*whole)
        if self._chosen is None:
            self.range.set_range(*whole, "All")
        elif self._chosen != self.range.range:
            self.range.set_range(*self._chosen, self._preset_of(self._chosen, page.today))
        self.as_of.set_today(page.today)
        self.as_of.set_day(page.as_of)
        is_today = page.as_of == page.today
        self.back_to_today.setVisible(not is_today)
        self._today_word.setText("today," if is_today else "")
        self._today_word.setVisible(is_today)

    @staticmethod
    def _preset_of(chosen: tuple[date, date], today: date) -> str:
        for name, months in PRESETS.items():
            if months and chosen == (today - relativedelta(months=months) + relativedelta(days=1), today):
                return name
        return ""

    def _show_charts(self, page: LifecyclePage) -> None:
        days = self._chosen or chart_data.whole_life(page)
        marks = chart_data.dots(page.actions)
        lines = {
            "quantity": chart_data.quantity_lines,
            "mrr": chart_data.mrr_lines,
            "amount": chart_data.amount_lines,
            "balance": _balance_lines,
        }
        for key, chart in self.charts.items():
            if self.board.shows(f"chart/{key}"):
                chart.show_series(chart_data.chart(CHARTS[key][0], lines[key](page), marks, page, days))

    def _fill_lines(self) -> None:
        shown = self.board.shows("tables") and self.tabs.current == "invoice-lines"
        if self.snapshot is not None and self._lines_stale and shown:
            self._lines_stale = False
            self.ask(list_invoice_lines, self.scope(self.snapshot), self.lines.set_rows, "lines")

    # -- wishes

    def choose_as_of(self, day: date | None) -> None:
        """Show another day; None is today."""
        if self.link is None or self.snapshot is None:
            return
        is_today = day is None or day == self.snapshot.today
        self.set_link(self.link.with_parameters(asof=None if is_today or day is None else day.isoformat()))
        self.as_of_changed.emit(day or self.snapshot.today)
        self.load(self.link)

    def _choose_range(self, start: date, end: date) -> None:
        if self.link is None:
            return
        whole = self.range.preset == "All"
        self.set_link(
            self.link.with_parameters(
                **{"from": None if whole else start.isoformat(), "to": None if whole else end.isoformat()}
            )
        )
        self.load(self.link)

    def follow_card(self, key: str) -> None:
        """Open what a card's link promises."""
        if self.snapshot is None:
            return
        scope = self.scope(self.snapshot)
        if key == "balance":
            self.go(places.invoice_lines(scope.account, scope.asset))
        else:
            self.go(places.actions(scope.account, scope.asset, key))

    def explain(self, key: str, place: int = 0) -> None:
        """Show the lines that sum to a card's figure; of figures in several currencies the one at a place first."""
        if self.snapshot is not None:
            self._ask_why(key, self.snapshot.as_of, self.snapshot.cards[place].currency)

    def _ask_why(self, key: str, day: date, currency: str = "") -> None:
        page = self.snapshot
        if page is not None:
            name = page.account.id if page.asset is None else page.asset.id
            self.explain_figure(Explain(self.place, name, CARD_FIGURES[key], day), currency)

    def _to_tab(self, key: str) -> None:
        if self.board.shows("tables"):
            self.tabs.show_tab(key)
            self.area.ensureWidgetVisible(self.tabs, 0, 40)
            self.tabs.setFocus()
        elif self.snapshot is not None:
            scope = self.scope(self.snapshot)
            self.go(places.actions(scope.account, scope.asset))

    def _dot_chosen(self, key: str, kind: str, name: str) -> None:
        """A dot brings its rows or its day to the front, and why the chart's figure is what it is on that day."""
        day = date.fromisoformat(name)
        if kind == "action" and self.snapshot is not None:
            ids = [row.id for row in self.snapshot.actions if row.effective_date == day]
            self.tabs.show_tab("actions")
            self.action_table.select_ids(ids)
            self._light(ids)
        else:
            self.choose_as_of(day)
            self.tabs.show_tab(self.explained_by("quantity"))
        self._ask_why(key, day)

    def _light(self, ids: Sequence[Any]) -> None:
        dots = chart_data.dot_ids(self.snapshot.actions, ids) if self.snapshot is not None else []
        for chart in self.charts.values():
            chart.select(dots)

    # -- parts

    def table(
        self,
        shown: Sequence[Column],
        name: str,
        title: str,
        noun: str,
        future: Callable[[Any], bool] | None = None,
        row_id: Callable[[Any], Any] = lambda row: row.id,
        empty: str = "",
    ) -> RecordTable:
        """A table of this page; its links lead to the things named."""
        made = RecordTable(
            shown,
            row_id=row_id,
            name=f"{self.place}/{name}",
            settings=self.context.settings,
            title=title,
            noun=noun,
            future=future,
            quiet=columns.is_undone,
            empty=empty or f"No {noun}s yet.",
            background=self.context.background,
        )
        made.setMinimumHeight(300)
        made.link_activated.connect(self.follow_link)
        made.figure_activated.connect(self.explain_cell)
        return made

    def explain_cell(self, row: Any, key: str) -> None:
        """Show the lines that sum to a cell's figure."""
        self.explain_figure(why_of(row, key, None if self.snapshot is None else self.snapshot.as_of))

    def follow_link(self, row: Any, key: str) -> None:
        """Open what a cell names."""
        if target := target_of(row, key):
            self.go(target)

    def _wizard_button(self, text: str, name: str, kind: str = "") -> QPushButton:
        made = button(text, kind)
        made.clicked.connect(lambda: self._start(name))
        return made

    def _start(self, name: str) -> None:
        if self.snapshot is not None:
            self.context.start_wizard(name, **self.preset(self.snapshot, name))

    def _is_future(self, row: ActionRow) -> bool:
        return self.snapshot is not None and row.effective_date > self.snapshot.as_of

    def _is_later(self, row: Any) -> bool:
        return self.snapshot is not None and row.date > self.snapshot.as_of

    def _day_bar(self) -> QWidget:
        """The line with the as-of day and the range."""
        bar = QWidget(self.inner)
        days = QHBoxLayout(bar)
        days.setContentsMargins(0, 0, 0, 0)
        days.setSpacing(8)
        days.addWidget(Label("Lifecycle", size=17, weight=theme.SEMIBOLD))
        days.addSpacing(4)
        days.addWidget(Label("as of", "muted"))
        self._today_word = Label("", "muted")
        days.addWidget(self._today_word)
        days.addWidget(self.as_of)
        days.addWidget(self.back_to_today)
        days.addStretch(1)
        days.addWidget(self.range)
        return bar


_LIVELIEST = (
    AssetStatus.ACTIVE,
    AssetStatus.PAUSED,
    AssetStatus.SCHEDULED,
    AssetStatus.ENDED,
    AssetStatus.UNDONE,
)


def status_chips(assets: Sequence[AssetHead], as_of: date) -> tuple[tuple[str, str | None], ...]:
    """What holds for the assets, the liveliest of their states, and how soon the next term ends."""
    if not assets:
        return ()
    found = {asset.status for asset in assets}
    words = next(status.value for status in _LIVELIEST if status.value in found)
    running = [asset for asset in assets if asset.status == AssetStatus.ACTIVE.value]
    chips: list[tuple[str, str | None]] = [(words, None)]
    ends = [asset.lifecycle_end for asset in running if asset.lifecycle_end is not None and asset.mrr]
    if ends and (days := (min(ends) - as_of).days + 1) <= SOON_DAYS:
        chips.append((f"Renews in {display.count(days, 'day')}", "warn"))
    return tuple(chips)


def _first(lines: Sequence[StepLine]) -> StepLine | None:
    return lines[0] if lines else None


def _balance_lines(page: LifecyclePage) -> tuple[StepLine, ...]:
    return tuple(
        chart_data.balance_line(currency_named(code), days, values) for code, days, values in page.balance_series
    )


def _tone(moved: Any) -> str:
    return "good" if moved > 0 else "bad" if moved < 0 else "neutral"


def _year_change(
    page: LifecyclePage, before: dict[str, CardFigures], figure: Callable[[CardFigures], Money]
) -> tuple[str, str]:
    """The change against a year before in percent; nothing for several currencies, or where there was nothing."""
    if len(page.cards) != 1 or page.cards[0].currency not in before:
        return "", "neutral"
    old, new = figure(before[page.cards[0].currency]).amount, figure(page.cards[0]).amount
    return display.percent_delta(old, new), _tone(new - old)
