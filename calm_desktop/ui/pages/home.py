"""The start: find anything, MRR and how it moved, what ends soon, what is owed, what waits, what is new."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from calm_desktop.engine.money import Money
from calm_desktop.services.shapes import (
    ActionRow,
    ActiveAssets,
    AssetHead,
    Ending,
    FirstRows,
    HoldShape,
    HomeStart,
    MrrSeries,
    Owed,
    Recurring,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import (
    active_assets,
    all_in_reporting,
    draft_invoices,
    ending_first,
    ending_soon,
    holds_in_force,
    home_start,
    latest_changes,
    open_invoices,
    owed,
    recurring,
)
from calm_desktop.ui import display, places, theme
from calm_desktop.ui.cards import Card
from calm_desktop.ui.components import BAR, FIGURE, LIST, Component, Options, Placed, Width
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages.board_page import BoardPage
from calm_desktop.ui.pages.columns import CHIP, DATE, DELTA, LINK, MONEY, column, target_of, why_of
from calm_desktop.ui.pages.list_parts import MOST_CHOICE, ListPart, most_of
from calm_desktop.ui.pages.report_parts import report_components
from calm_desktop.ui.record_model import Column
from calm_desktop.ui.reporting import ReportingBar
from calm_desktop.ui.shell import Shell
from calm_desktop.ui.widgets import Icon, Label, Section, button

TREND_MONTHS = 12
SOLD = frozenset({"account", "asset", "order", "import", "rollup"})
BILLED = frozenset({"account", "invoice", "import"})
CONVERTED = SOLD | BILLED | {"settings", "rate"}


def mrr_on(series: MrrSeries, day: date) -> Money | None:
    """Monthly recurring revenue in one currency on a day; None before there was any."""
    found = None
    for start, figure in zip(series.days, series.mrr, strict=True):
        if start > day:
            break
        found = figure
    return found


def _days_left(today: date, row: AssetHead) -> str:
    assert row.lifecycle_end is not None
    days = (row.lifecycle_end - today).days
    return "Today" if days == 0 else display.count(days, "day")


ENDING = (
    column("name", "Asset", LINK, 170),
    column("account", "Account", LINK, 150),
    column("mrr", "MRR", MONEY, 98, total=True, explains=True),
    column("renew", "", LINK, 78, getter=lambda _: "Renew…"),
)
OPEN = (
    column("due", "Due", DATE, 106),
    column("number", "Invoice", LINK, 104),
    column("account", "Account", LINK, 140),
    column("balance", "Balance", MONEY, 98, explains=True),
)
DRAFTS = (
    column("date", "Date", DATE, 106),
    column("number", "Invoice", LINK, 78, getter=lambda _: "Draft"),
    column("account", "Account", LINK, 140),
    column("due", "Due", DATE, 106),
    column("total", "Total", MONEY, 98, explains=True),
)
HOLDS = (
    column("held", "On hold", LINK, 150, getter=lambda row: row.asset or row.account),
    column("until", "Until", DATE, 106, text=lambda day: display.day(day) if day else "released"),
    column("reason", "Reason", width=130),
)
LATEST = (
    column("action_date", "Recorded", DATE, 108),
    column("category", "Category", CHIP, 115),
    column("asset", "Asset", LINK, 190),
    column("account", "Account", LINK, 170),
    column("effective_date", "Effective", DATE, 108),
    column("quantity_change", "Δ Quantity", DELTA, 90, explains=True),
    column("mrr_change", "Δ MRR", DELTA, 105, explains=True),
    column("amount_change", "Δ Amount", DELTA, 115, explains=True),
)


class HomePage(BoardPage):
    """`calm://home`."""

    name = "home"
    kinds = frozenset({"account", "asset", "order", "product", "import"})
    default = (
        *(Placed(key, Width.QUARTER) for key in ("mrr", "active", "ends", "owed")),
        Placed("converted", Width.FULL),
        Placed("report/mrr-movements", Width.TWO_THIRDS),
        Placed("report/aging", Width.THIRD),
        Placed("ending", Width.TWO_THIRDS),
        Placed("holds", Width.THIRD),
        Placed("open-invoices", Width.HALF),
        Placed("drafts", Width.HALF),
        Placed("latest", Width.FULL),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.today = date.max
        self._ending: Ending | None = None
        self.sale_button = button("Sell…", "primary")
        self.sale_button.clicked.connect(lambda: context.start_wizard("sale"))
        self.invoice_button = button("Invoice…")
        self.invoice_button.clicked.connect(lambda: context.start_wizard("invoicing"))
        self.search = _SearchField()
        self.search.clicked.connect(self._search)
        self.start = FirstSteps(context)
        self.start.link_requested.connect(self.go)
        self.stack = QStackedWidget(self.content)
        figures = QWidget()
        self.stack.addWidget(figures)
        self.stack.addWidget(self.start)
        self.make_board()
        figures.setLayout(self.board_area)
        found = QHBoxLayout()
        found.setContentsMargins(28, 2, 28, 12)
        found.addWidget(self.search)
        layout = QVBoxLayout(self.content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(found)
        layout.addWidget(self.stack, 1)

    # -- what there is

    def components(self) -> Sequence[Component]:
        return (
            self._card(
                "mrr",
                "Monthly recurring revenue",
                "What all customers pay a month today, against a year ago",
                SOLD,
                recurring,
                _show_recurring,
                ("View assets", places.assets),
            ),
            self._card(
                "active",
                "Active assets",
                "How many assets are in force today",
                SOLD,
                active_assets,
                _show_active,
                ("View accounts", places.accounts),
            ),
            self._card(
                "ends",
                "Ends within 90 days",
                "How many assets end soon, and what is at stake",
                SOLD,
                ending_soon,
                self._show_ending,
                ("Renew", None),
            ),
            self._card(
                "owed",
                "Open invoices",
                "What customers owe, and how much of it is overdue",
                BILLED,
                owed,
                _show_owed,
                ("View invoices", places.invoices),
            ),
            Component(
                "converted",
                "In the reporting currency",
                "MRR and balances in one currency, where anything is converted",
                "Figures",
                BAR,
                Width.FULL,
                lambda: ReportingBar("mrr", "invoice_line_balance"),
                asks=lambda _: (all_in_reporting, None),
                renders=lambda bar, _, shown: bar.show_figures(shown),
                kinds=CONVERTED,
            ),
            self._list(
                "ending",
                "Ends within 90 days",
                "What ends soon and can be renewed, next end first",
                SOLD,
                ending_first,
                (column("lifecycle_end", "Ends", DATE, 108, tooltip=self._left), *ENDING),
                ("asset", "Nothing ends within 90 days"),
                lambda: places.report("renewals-due"),
            ),
            self._list(
                "open-invoices",
                "Open invoices, first due first",
                "What is to be paid",
                BILLED,
                open_invoices,
                OPEN,
                ("invoice", "Nothing is owed"),
                places.invoices,
            ),
            self._list(
                "drafts",
                "Draft invoices",
                "What waits to be looked at and posted, oldest first",
                BILLED,
                draft_invoices,
                DRAFTS,
                ("draft", "No draft waits to be posted"),
                places.invoices,
            ),
            self._list(
                "holds",
                "Invoice holds",
                "Who is not invoiced now, until when and why",
                BILLED | {"asset", "hold"},
                holds_in_force,
                HOLDS,
                ("hold", "Nothing is on hold"),
                None,
            ),
            self._list(
                "latest",
                "Latest changes",
                "What was sold, renewed, changed or cancelled last",
                SOLD,
                latest_changes,
                LATEST,
                ("change", "Nothing has changed yet"),
                places.actions,
            ),
            *report_components(self.context, self.go, None),
        )

    def _card(
        self,
        key: str,
        title: str,
        says: str,
        kinds: frozenset[str],
        view: Callable[[Tx, None], Any],
        show: Callable[[Card, Any], object],
        link: tuple[str, Callable[[], str] | None],
    ) -> Component:
        words, target = link

        def make() -> Card:
            card = Card(title, words)
            card.set_explainable(False)
            card.sparkline.hide()
            card.link_activated.connect(self._first_ending if target is None else lambda: self.go(target()))
            return card

        return Component(
            key,
            title,
            says,
            "Figure",
            FIGURE,
            Width.QUARTER,
            make,
            asks=lambda _: (view, None),
            renders=lambda card, _, answer: show(card, answer),
            kinds=kinds,
        )

    def _list(
        self,
        key: str,
        title: str,
        says: str,
        kinds: frozenset[str],
        view: Callable[[Tx, int], FirstRows[Any]],
        shown: tuple[Column, ...],
        words: tuple[str, str],
        everything: Callable[[], str] | None,
    ) -> Component:
        noun, empty = words

        def make() -> ListPart:
            made = ListPart(
                self.context, shown, f"home/{key}", title, noun, empty, self.go, everything, future=self._is_late
            )
            made.link_activated.connect(self.follow)
            made.row_activated.connect(self.open_row)
            made.figure_activated.connect(lambda row, cell: self.explain_figure(why_of(row, cell)))
            return made

        def show(table: ListPart, _: Options, first: FirstRows[Any]) -> None:
            self.today = first.today
            table.show_first(first)

        return Component(
            key,
            title,
            says,
            "List",
            LIST,
            Width.HALF,
            make,
            asks=lambda options: (view, most_of(options)),
            renders=show,
            kinds=kinds,
            choices=(MOST_CHOICE,),
        )

    @property
    def cards(self) -> tuple[Card, ...]:
        """The cards that are shown, in their order."""
        return tuple(tile.body for tile in self.board.tiles if isinstance(tile.body, Card))

    def _is_late(self, row: Any) -> bool:
        """What is still to come is grey among the latest changes."""
        return isinstance(row, ActionRow) and row.effective_date > self.today

    def _left(self, row: AssetHead) -> str:
        return _days_left(self.today, row)

    def arrange(self) -> None:
        if self.stack.currentWidget() is not self.start:
            super().arrange()

    # -- showing

    def load_page(self, link: Link) -> None:
        self.ask(home_start, None, self.render_home)

    def render_home(self, start: HomeStart) -> None:
        """Show the components, or how to begin where nothing was ever sold."""
        self.today = start.today
        self.stack.setCurrentIndex(0 if start.sold else 1)
        self.search.setVisible(start.sold)
        self.start.show_state(start)
        buttons = (self.arrange_button, self.invoice_button, self.sale_button)
        self.set_header(Header("Home", (), (), buttons if start.sold else ()))
        if start.sold:
            self.fill_board()

    def _show_ending(self, card: Card, ending: Ending) -> None:
        self._ending = ending
        at_stake = " + ".join(display.money(figure) for figure in ending.mrr if figure.minor)
        note = f"{at_stake} MRR" if at_stake else f"until {display.day(ending.until)}"
        card.show_figures([f"{ending.assets:,}"], note=note)
        card.link.setVisible(ending.first is not None)

    # -- going on

    def renew(self, row: AssetHead) -> None:
        """Open the renewal wizard for an asset; with several selected of its account, for all of these."""
        selected = self.board.body("ending").selected_rows() if self.board.shows("ending") else []
        chosen = [each for each in selected if each.account_id == row.account_id]
        ids = [each.id for each in chosen] if row.id in [each.id for each in chosen] else [row.id]
        self.context.start_wizard("renewal", account=row.account_id, assets=tuple(ids))

    def _first_ending(self) -> None:
        if self._ending is not None and self._ending.first is not None:
            self.renew(self._ending.first)

    def follow(self, row: Any, key: str) -> None:
        """Open what a cell names."""
        if key == "renew":
            self.renew(row)
        elif key == "held":
            self.open_row(row)
        elif target := target_of(row, key):
            self.go(target)

    def open_row(self, row: Any) -> None:
        """Open what a row is about; what ends soon is renewed."""
        if isinstance(row, AssetHead):
            self.renew(row)
        elif isinstance(row, HoldShape):
            self.go(places.asset(row.asset_id) if row.asset_id else places.statement(row.account_id))
        elif isinstance(row, ActionRow):
            self.go(places.action(row.id))
        else:
            self.go(places.invoice(row.id))

    def _search(self) -> None:
        window = self.window()
        if isinstance(window, Shell):
            window.palette_popup.popup()


def _show_recurring(card: Card, shape: Recurring) -> None:
    today = [(series, mrr_on(series, shape.today)) for series in shape.series]
    figures = [display.money(figure) for _, figure in today if figure is not None]
    year_ago = shape.today - relativedelta(years=1)
    delta, note = "", ""
    if len(shape.series) == 1 and today[0][1] is not None:
        before = mrr_on(shape.series[0], year_ago)
        delta = display.percent_delta(before.amount if before else Decimal(0), today[0][1].amount)
        note = f"vs {display.day(year_ago)}" if delta else ""
    elif len(shape.series) > 1:
        note = "today, by currency"
    tone = "bad" if delta.startswith(display.MINUS) else "good"
    card.show_figures(figures, delta, tone, note or "today")
    card.sparkline.show_values(_trend(shape))
    card.sparkline.setVisible(len(shape.series) == 1)


def _show_active(card: Card, shape: ActiveAssets) -> None:
    card.show_figures([f"{shape.assets:,}"], note=f"of {display.count(shape.accounts, 'account')}")


def _show_owed(card: Card, shape: tuple[Owed, ...]) -> None:
    overdue, count = sum(each.overdue_invoices for each in shape), sum(each.invoices for each in shape)
    card.show_figures(
        [display.money(each.balance) for each in shape],
        f"{overdue:,} overdue" if overdue else "",
        "bad",
        f"of {display.count(count, 'invoice')}" if overdue else display.count(count, "invoice"),
    )


def _trend(shape: Recurring) -> list[float | None]:
    """Month by month over a year; only one currency has a trend."""
    if len(shape.series) != 1:
        return []
    days = [shape.today - relativedelta(months=ago) for ago in range(TREND_MONTHS, -1, -1)]
    figures = [mrr_on(shape.series[0], day) for day in days]
    return [None if figure is None else float(figure.amount) for figure in figures]


class _SearchField(QWidget):
    """A wide button that looks like a field: a click opens the search over everything."""

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.button = button("")
        self.button.setObjectName("searchButton")
        self.button.setAccessibleName("Search everything (Ctrl+K)")
        self.button.setFixedHeight(38)
        inner = QHBoxLayout(self.button)
        inner.setContentsMargins(14, 0, 16, 0)
        inner.setSpacing(10)
        inner.addWidget(Icon("search"))
        inner.addWidget(Label("Find an account, asset, order, invoice or product", "muted"))
        inner.addStretch(1)
        inner.addWidget(Label("Ctrl K", "muted", size=theme.SMALL))
        self.button.clicked.connect(self.clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button)


class FirstSteps(QWidget):
    """What a store without any asset shows: the ways to begin."""

    link_requested = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        section = Section()
        section.setMaximumWidth(640)
        section.body.setSpacing(14)
        section.body.addWidget(Label("Nothing is sold yet", size=17, weight=theme.SEMIBOLD))
        section.body.addWidget(
            Label("Begin in whichever way suits you. What is recorded shows here at once.", "muted", wrap=True)
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(14)
        grid.setColumnStretch(1, 1)
        self.steps: dict[str, QWidget] = {}
        self.said: dict[str, Label] = {}
        for place, (key, words, text) in enumerate(
            (
                ("importing", "Import order files…", "CSV or JSON, your own columns too. Drop them anywhere."),
                ("product", "Add a product", "What you sell, with its price."),
                ("account", "Add an account", "Who buys it."),
                ("sale", "Sell…", "The first order, with its assets and billing."),
                ("help", "How it works", "The story of a renewal, from sale to invoice."),
            )
        ):
            made = button(words, "primary" if place == 0 else "")
            made.clicked.connect(lambda _=False, key=key: self._go(key))
            said = Label(text, "muted", wrap=True)
            grid.addWidget(made, place, 0)
            grid.addWidget(said, place, 1)
            self.steps[key], self.said[key] = made, said
        section.body.addLayout(grid)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addStretch(1)
        outer.addWidget(section, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(2)

    def show_state(self, shape: HomeStart) -> None:
        """Say what is there already."""
        if shape.products:
            self.said["product"].setText(f"There are {display.count(shape.products, 'product')}.")
        if shape.accounts:
            self.said["account"].setText(f"There are {display.count(shape.accounts, 'account')}.")

    def _go(self, key: str) -> None:
        if key in ("importing", "sale"):
            self.context.start_wizard(key)
        else:
            link = {"product": places.product("new"), "account": places.new_account()}
            self.link_requested.emit(link.get(key, places.help_on("start")))
