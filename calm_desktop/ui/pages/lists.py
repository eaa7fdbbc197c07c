"""Lists: accounts, assets, orders, invoices and invoice lines, of one customer or of all, each a table over a view."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import date
from typing import Any

from calm_desktop.engine.fields import CustomField, FieldObject
from calm_desktop.services.field_values import fields_of
from calm_desktop.services.requests import Find, Look
from calm_desktop.services.shapes import AccountRow
from calm_desktop.services.tx import Tx
from calm_desktop.services.views import (
    by_currency,
    list_accounts,
    list_assets,
    list_invoice_lines,
    list_invoices,
    list_orders,
    listings,
    show_account,
    show_asset,
)
from calm_desktop.services.views.listing import Listing
from calm_desktop.ui import places
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.invoice_acts import InvoiceActs
from calm_desktop.ui.links import Link
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages import columns
from calm_desktop.ui.pages.asking import AskingPage, day_of
from calm_desktop.ui.pages.change_buttons import ChangeButtons, only_one
from calm_desktop.ui.pages.columns import newest_first, target_of, why_of
from calm_desktop.ui.pages.long_lists import Window, rows_of, wanted_of, window_on
from calm_desktop.ui.pages.own_fields import columns_of
from calm_desktop.ui.record_table import Column, RecordTable
from calm_desktop.ui.widgets import Label, button

Listed = tuple[date, date, tuple[tuple[str, str], ...], Sequence[Any] | Window, tuple[CustomField, ...]]
"""As-of day, today, scope, rows or a window on very many, and the fields of one's own that the rows have."""


def scope_of(tx: Tx, find: Find) -> tuple[tuple[str, str], ...]:
    """The customer and asset that a list is limited to, as (name, link)."""
    found = []
    if find.asset:
        asset = show_asset(tx, Look(find.asset)).asset
        found = [(asset.account, places.account(asset.account_id)), (asset.name, places.asset(asset.id))]
    elif find.account:
        account = show_account(tx, Look(find.account)).account
        found = [(account.name, places.account(account.id))]
    return tuple(found)


def account_lines(tx: Tx, find: Find) -> tuple[AccountRow, ...]:
    """Accounts with a line for each currency in which they own or owe something."""
    return tuple(by_currency(list_accounts(tx, find)))


class ListPage(AskingPage):
    """A list; `?account=`, `?asset=`, `?from=`, `?to=` limit it."""

    title = ""
    noun = ""
    empty = ""
    shown: Sequence[Column] = ()
    view: Callable[[Tx, Find], Sequence[Any]]
    listing: Listing | None = None
    """How the store orders and filters rows of which there are more than `most`."""
    most = 5_000
    opens: Callable[[Any], str]
    row_id: Callable[[Any], Hashable] = staticmethod(lambda row: row.id)
    record_id: Callable[[Any], Hashable] | None = None
    """What the footer counts, where a record may have several lines."""
    future: Callable[[Any, date], bool] | None = None
    newest = ""
    """The day that rows are sorted by at first, newest on top; the view's own order where there is none."""
    has_figures = False
    """Whether the rows hold figures of a day, which can then be chosen."""
    own: FieldObject | None = None
    """What the rows are, where that can have fields of one's own."""
    today = date.max

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        is_future = type(self).future
        self.table = RecordTable(
            self.shown,
            row_id=type(self).row_id,
            record_id=type(self).record_id,
            name=f"list/{self.noun}",
            settings=context.settings,
            title=self.title,
            noun=self.noun,
            future=None if is_future is None else lambda row: is_future(row, self.today),
            empty=self.empty or f"No {self.noun}s yet.",
            background=context.background,
            quiet=columns.is_undone,
        )
        self.table.title.hide()
        self.as_of = DateField()
        self.as_of.setAccessibleName("As of")
        self.as_of.date_changed.connect(self._choose_as_of)
        if self.has_figures:
            self.table.head.insertWidget(0, Label("Figures as of", "muted"))
            self.table.head.insertWidget(1, self.as_of)
        self.table.order_requested.connect(lambda *_: self.load(self.link) if self.link is not None else None)
        self.table.link_activated.connect(self._follow)
        self.table.figure_activated.connect(self._explain)
        self.table.row_activated.connect(lambda row: self.go(type(self).opens(row)))
        self._limited: bool | None = None
        if self.newest:
            newest_first(self.table, self.newest)
        self.buttons = self.make_buttons()
        self.column().addWidget(self.table, 1)

    def make_buttons(self) -> tuple[Any, ...]:
        """The header's buttons."""
        return ()

    def wizard_button(self, text: str, name: str, kind: str = "") -> Any:
        """A button that starts a wizard with nothing known yet."""
        made = button(text, kind)
        made.clicked.connect(lambda: self.context.start_wizard(name))
        return made

    def load(self, link: Link) -> None:
        find = Find(
            account=link.get("account"),
            asset=link.get("asset"),
            start=day_of(link, "from"),
            end=day_of(link, "to"),
            as_of=day_of(link, "asof") if self.has_figures else None,
        )
        view, kinds = type(self).view, () if self.own is None else (self.own,)
        listing, most, wanted = self.listing, self.most, wanted_of(self.table, find)

        def answer(tx: Tx, find: Find) -> Listed:
            rows = window_on(tx, listing, wanted, most) if listing is not None else None
            return (
                find.as_of or tx.today,
                tx.today,
                scope_of(tx, find),
                view(tx, find) if rows is None else rows,
                fields_of(tx, *kinds),
            )

        self.ask(answer, find, self._render)

    def focus_filter(self) -> None:
        self.table.focus_filter()

    def _choose_as_of(self, day: date | None) -> None:
        if self.link is not None:
            chosen = day.isoformat() if day is not None and day != self.today else None
            self.set_link(self.link.with_parameters(asof=chosen))
            self.as_of_changed.emit(day)
            self.load(self.link)

    def _render(self, answer: Listed) -> None:
        day, self.today, scope, rows, fields = answer
        if self.own is not None:
            self.table.offer(columns_of(fields, self.own))
        self.as_of.set_today(self.today)
        self.as_of.set_day(day)
        crumbs = (("Accounts", places.accounts()), *scope, (self.title, "")) if scope else ()
        self.set_header(Header(self.title, crumbs, (), self.buttons))
        if self._limited != bool(scope):
            self._limited = bool(scope)
            for column in self.shown:
                if column.key == "account":
                    self.table.show_column("account", not scope)
        self.table.set_rows(rows_of(rows, self.context) if isinstance(rows, Window) else rows)

    def _explain(self, row: Any, key: str) -> None:
        self.explain_figure(why_of(row, key, self.as_of.day if self.has_figures else None))

    def _follow(self, row: Any, key: str) -> None:
        if target := target_of(row, key):
            self.go(target)


class AccountsPage(ListPage):
    """`calm://accounts`: every customer with its figures of today."""

    title, noun = "Accounts", "account"
    empty = "No accounts yet. Import an order file, or sell something with “Sell…”."
    has_figures = True
    kinds = frozenset({"account", "asset", "order", "invoice", "import", "rollup", "settings", "rate", "field"})
    own = FieldObject.ACCOUNT
    view = staticmethod(account_lines)
    listing = listings.ACCOUNTS
    row_id = staticmethod(lambda row: (row.id, row.currency))
    record_id = staticmethod(lambda row: row.id)
    shown = columns.ACCOUNTS
    opens = staticmethod(lambda row: places.account(row.id))
    _converted = False

    def _render(self, answer: Listed) -> None:
        """Where anything is converted into a reporting currency, MRR is shown in it too."""
        rows = answer[3].first if isinstance(answer[3], Window) else answer[3]
        converted = any(row is not None and row.reporting is not None and row.reporting.is_converted for row in rows)
        if converted != self._converted:
            self._converted = converted
            self.table.show_column("converted_mrr", converted)
        super()._render(answer)

    def make_buttons(self) -> tuple[Any, ...]:
        new = button("New account", tooltip="Add a customer (Ctrl+Shift+N)")
        new.setShortcut("Ctrl+Shift+N")
        new.clicked.connect(lambda: self.go(places.new_account()))
        return (
            new,
            self.wizard_button("Import…", "importing"),
            self.wizard_button("Invoice…", "invoicing"),
            self.wizard_button("Sell…", "sale", "primary"),
        )


class AssetsPage(ListPage):
    """`calm://assets`: what customers own."""

    title, noun = "Assets", "asset"
    has_figures = True
    kinds = frozenset({"account", "asset", "order", "import", "rollup", "field"})
    own = FieldObject.ASSET
    view = staticmethod(list_assets)
    listing = listings.ASSETS
    future = staticmethod(lambda row, today: row.lifecycle_start > today)
    shown = columns.assets(True)
    opens = staticmethod(lambda row: places.asset(row.id))

    def make_buttons(self) -> tuple[Any, ...]:
        self.changing = ChangeButtons(self.context, "link")
        self.changing.beside(self.table)
        self.table.selection_changed.connect(lambda _: self._offer_changes())
        renew = button("Renew…")
        renew.clicked.connect(self._renew)
        return (renew, self.wizard_button("Sell…", "sale", "primary"))

    def _offer_changes(self) -> None:
        self.changing.show_asset(only_one(self.table), self.today)

    def subject(self) -> dict[str, str]:
        chosen = self.changing.asset
        return {"asset": chosen.id} if chosen is not None else {}

    def _renew(self) -> None:
        chosen, ids = self.table.selected_rows(), tuple(self.table.selected_ids())
        first = next((row for row in chosen if row is not None), None)
        preset = {"account": first.account_id, "assets": ids} if first is not None else {}
        self.context.start_wizard("renewal", **preset)


class OrdersPage(ListPage):
    """`calm://orders`."""

    title, noun = "Orders", "order"
    newest = "order_date"
    kinds = frozenset({"account", "order", "import", "field"})
    own = FieldObject.ORDER
    view = staticmethod(list_orders)
    listing = listings.ORDERS
    future = staticmethod(lambda row, today: row.effective_date > today)
    shown = columns.orders(True)
    opens = staticmethod(lambda row: places.order(row.id))

    def make_buttons(self) -> tuple[Any, ...]:
        return (self.wizard_button("Import…", "importing"), self.wizard_button("Sell…", "sale", "primary"))


class InvoicesPage(ListPage):
    """`calm://invoices`."""

    title, noun = "Invoices", "invoice"
    newest = "date"
    kinds = frozenset({"account", "invoice", "import"})
    view = staticmethod(list_invoices)
    listing = listings.INVOICES
    future = staticmethod(lambda row, today: row.date > today)
    shown = columns.invoices(True)
    opens = staticmethod(lambda row: places.invoice(row.id))

    def make_buttons(self) -> tuple[Any, ...]:
        lines, memos, paid = button("Invoice lines"), button("Credit memos"), button("Payments")
        lines.clicked.connect(lambda: self.go(places.invoice_lines()))
        memos.clicked.connect(lambda: self.go(places.credits()))
        paid.clicked.connect(lambda: self.go(places.payments()))
        self.acts = InvoiceActs(self.context, self.table, self)
        return (lines, memos, paid, self.wizard_button("Invoice…", "invoicing", "primary"))


class InvoiceLinesPage(ListPage):
    """`calm://invoice-lines?account=ID`: the lines that an invoice line balance is made of."""

    title, noun = "Invoice lines", "line"
    newest = "date"
    kinds = frozenset({"account", "invoice", "import"})
    view = staticmethod(list_invoice_lines)
    listing = listings.INVOICE_LINES
    future = staticmethod(lambda row, today: row.date > today)
    shown = columns.invoice_lines(True)
    opens = staticmethod(lambda row: places.invoice(row.invoice_id))
