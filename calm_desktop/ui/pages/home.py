"""The start: find anything, recurring revenue today, what ends soon and can be renewed, what is owed, what is new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from dateutil.relativedelta import relativedelta
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from calm_desktop.engine.money import Money
from calm_desktop.services.shapes import ActionRow, AssetHead, HomeShape, InvoiceHead, MrrSeries
from calm_desktop.services.views import home_page
from calm_desktop.ui import display, places, theme
from calm_desktop.ui.cards import Card
from calm_desktop.ui.context import Context
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages.asking import AskingPage
from calm_desktop.ui.pages.columns import is_undone, why_of
from calm_desktop.ui.record_model import Column, ColumnKind
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.reporting import ReportingBar
from calm_desktop.ui.shell import Shell
from calm_desktop.ui.widgets import Icon, Label, Section, button

TREND_MONTHS = 12


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


class HomePage(AskingPage):
    """`calm://home`."""

    kinds = frozenset({"account", "asset", "order", "invoice", "product", "import", "rollup", "settings", "rate"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.shape: HomeShape | None = None
        self.sale_button = button("Sell…", "primary")
        self.sale_button.clicked.connect(lambda: context.start_wizard("sale"))
        self.invoice_button = button("Invoice…")
        self.invoice_button.clicked.connect(lambda: context.start_wizard("invoicing"))
        self.stack = QStackedWidget(self.content)
        figures = QWidget()
        self.stack.addWidget(figures)

        self.mrr = Card("Monthly recurring revenue", "View assets")
        self.mrr.link_activated.connect(lambda: self.go(places.assets()))
        self.active = Card("Active assets", "View accounts")
        self.active.link_activated.connect(lambda: self.go(places.accounts()))
        self.ends = Card("Ends within 90 days", "Renew")
        self.ends.link_activated.connect(self._first_ending)
        self.owed = Card("Open invoices", "View invoices")
        self.owed.link_activated.connect(lambda: self.go(places.invoices()))
        for card in self.cards:
            card.set_explainable(False)
            card.sparkline.setVisible(card is self.mrr)

        self.ending = self._table(
            (
                Column("end", "Ends", attrgetter("lifecycle_end"), ColumnKind.DATE, 108, tooltip=self._left),
                Column("name", "Asset", attrgetter("name"), ColumnKind.LINK, 170),
                Column("account", "Account", attrgetter("account"), ColumnKind.LINK, 150),
                Column("mrr", "MRR", attrgetter("mrr"), ColumnKind.MONEY, 98, total=True, explains=True),
                Column("renew", "", lambda _: "Renew…", ColumnKind.LINK, 78),
            ),
            "home/ending",
            "Ends within 90 days",
            "asset",
            "Nothing ends within 90 days",
        )
        self.invoices = self._table(
            (
                Column("due", "Due", attrgetter("due"), ColumnKind.DATE, 106),
                Column("number", "Invoice", attrgetter("number"), ColumnKind.LINK, 104),
                Column("account", "Account", attrgetter("account"), ColumnKind.LINK, 140),
                Column("balance", "Balance", attrgetter("balance"), ColumnKind.MONEY, 98, explains=True),
            ),
            "home/invoices",
            "Open invoices, first due first",
            "invoice",
            "Nothing is owed",
        )
        self.latest = self._table(
            (
                Column("action_date", "Recorded", attrgetter("action_date"), ColumnKind.DATE, 108),
                Column("category", "Category", attrgetter("category"), ColumnKind.CHIP, 115),
                Column("asset", "Asset", attrgetter("asset"), ColumnKind.LINK, 190),
                Column("account", "Account", attrgetter("account"), ColumnKind.LINK, 170),
                Column("effective_date", "Effective", attrgetter("effective_date"), ColumnKind.DATE, 108),
                Column("quantity", "Δ Quantity", attrgetter("quantity_change"), ColumnKind.DELTA, 90, explains=True),
                Column("mrr", "Δ MRR", attrgetter("mrr_change"), ColumnKind.DELTA, 105, explains=True),
                Column("amount", "Δ Amount", attrgetter("amount_change"), ColumnKind.DELTA, 115, explains=True),
            ),
            "home/latest",
            "Latest changes",
            "change",
            "Nothing has changed yet",
        )
        self.ending.link_activated.connect(self._ending_link)
        self.ending.row_activated.connect(self.renew)
        self.invoices.link_activated.connect(self._invoice_link)
        self.invoices.row_activated.connect(lambda row: self.go(places.invoice(row.id)))
        self.latest.link_activated.connect(self._latest_link)
        self.latest.row_activated.connect(lambda row: self.go(places.action(row.id)))

        self.search = _SearchField()
        self.search.clicked.connect(self._search)
        self.start = FirstSteps(context)
        self.start.link_requested.connect(self.go)
        grid = QVBoxLayout(figures)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(14)
        cards = QHBoxLayout()
        cards.setSpacing(14)
        for card in self.cards:
            cards.addWidget(card, 1)
        tables = QHBoxLayout()
        tables.setSpacing(14)
        tables.addWidget(self.ending, 57)
        tables.addWidget(self.invoices, 43)
        self.reporting = ReportingBar("mrr", "invoice_line_balance")
        grid.addLayout(cards)
        grid.addWidget(self.reporting)
        grid.addLayout(tables, 1)
        grid.addWidget(self.latest, 1)
        self.stack.addWidget(self.start)
        column = self.column()
        column.addWidget(self.search)
        column.addWidget(self.stack, 1)

    @property
    def cards(self) -> tuple[Card, ...]:
        """The four cards, from left to right."""
        return (self.mrr, self.active, self.ends, self.owed)

    def _table(self, columns: Sequence[Column], name: str, title: str, noun: str, empty: str) -> RecordTable:
        table = RecordTable(
            columns,
            attrgetter("id"),
            name,
            self.context.settings,
            title,
            noun,
            future=self._is_late,
            empty=empty,
            quiet=is_undone,
        )
        table.without_tools()
        table.figure_activated.connect(lambda row, key: self.explain_figure(why_of(row, key)))
        return table

    def _is_late(self, row: Any) -> bool:
        """What is still to come is grey among the latest changes."""
        return isinstance(row, ActionRow) and self.shape is not None and row.effective_date > self.shape.today

    def _left(self, row: AssetHead) -> str:
        return "" if self.shape is None else _days_left(self.shape.today, row)

    # -- showing

    def load(self, link: Link) -> None:
        self.ask(home_page, None, self.render_home)

    def render_home(self, shape: HomeShape) -> None:
        """Show one look at the store."""
        self.shape = shape
        empty = not shape.latest
        self.stack.setCurrentIndex(1 if empty else 0)
        self.search.setVisible(not empty)
        self.start.show_state(shape)
        self._show_cards(shape)
        self.reporting.show_figures(shape.reporting)
        self.ending.set_rows(shape.ending)
        self.invoices.set_rows(shape.open_invoices)
        unpaid = sum(each.invoices for each in shape.owed)
        if unpaid > len(shape.open_invoices):
            self.invoices.count_label.setText(f"The first {len(shape.open_invoices)} of {unpaid:,} invoices")
        self.latest.set_rows(shape.latest)
        self.set_header(Header("Home", (), (), () if empty else (self.invoice_button, self.sale_button)))

    def _show_cards(self, shape: HomeShape) -> None:
        today = [(series, mrr_on(series, shape.today)) for series in shape.mrr]
        figures = [display.money(figure) for _, figure in today if figure is not None]
        year_ago = shape.today - relativedelta(years=1)
        delta, note = "", ""
        if len(shape.mrr) == 1 and today[0][1] is not None:
            before = mrr_on(shape.mrr[0], year_ago)
            delta = display.percent_delta(before.amount if before else Decimal(0), today[0][1].amount)
            note = f"vs {display.day(year_ago)}" if delta else ""
        elif len(shape.mrr) > 1:
            note = "today, by currency"
        tone = "bad" if delta.startswith(display.MINUS) else "good"
        self.mrr.show_figures(figures, delta, tone, note or "today")
        self.mrr.sparkline.show_values(_trend(shape))
        self.mrr.sparkline.setVisible(len(shape.mrr) == 1)
        customers = display.count(shape.accounts, "account")
        self.active.show_figures([f"{shape.active_assets:,}"], note=f"of {customers}")
        at_stake = " + ".join(_sums([asset.mrr for asset in shape.ending]))
        self.ends.show_figures(
            [f"{len(shape.ending):,}"], note=f"{at_stake} MRR" if at_stake else f"until {display.day(shape.until)}"
        )
        self.ends.link.setVisible(bool(shape.ending))
        overdue = sum(each.overdue_invoices for each in shape.owed)
        count = sum(each.invoices for each in shape.owed)
        self.owed.show_figures(
            [display.money(each.balance) for each in shape.owed],
            f"{overdue:,} overdue" if overdue else "",
            "bad",
            f"of {display.count(count, 'invoice')}" if overdue else display.count(count, "invoice"),
        )

    # -- going on

    def renew(self, row: AssetHead) -> None:
        """Open the renewal wizard for an asset; with several selected of its account, for all of these."""
        chosen = [each for each in self.ending.selected_rows() if each.account_id == row.account_id]
        ids = [each.id for each in chosen] if row.id in [each.id for each in chosen] else [row.id]
        self.context.start_wizard("renewal", account=row.account_id, assets=tuple(ids))

    def _first_ending(self) -> None:
        if self.shape is not None and self.shape.ending:
            self.renew(self.shape.ending[0])

    def _ending_link(self, row: AssetHead, key: str) -> None:
        if key == "renew":
            self.renew(row)
        else:
            self.go(places.account(row.account_id) if key == "account" else places.asset(row.id))

    def _invoice_link(self, row: InvoiceHead, key: str) -> None:
        self.go(places.account(row.account_id) if key == "account" else places.invoice(row.id))

    def _latest_link(self, row: ActionRow, key: str) -> None:
        self.go(places.account(row.account_id) if key == "account" else places.asset(row.asset_id))

    def _search(self) -> None:
        window = self.window()
        if isinstance(window, Shell):
            window.palette_popup.popup()


def _sums(figures: Sequence[Money]) -> list[str]:
    found: dict[str, Money] = {}
    for figure in figures:
        code = figure.currency.code
        found[code] = found[code] + figure if code in found else figure
    return [display.money(found[code]) for code in sorted(found)]


def _trend(shape: HomeShape) -> list[float | None]:
    """Month by month over a year; only one currency has a trend."""
    if len(shape.mrr) != 1:
        return []
    days = [shape.today - relativedelta(months=ago) for ago in range(TREND_MONTHS, -1, -1)]
    figures = [mrr_on(shape.mrr[0], day) for day in days]
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

    def show_state(self, shape: HomeShape) -> None:
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
