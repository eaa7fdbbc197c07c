"""A customer's page: four cards as of a day, two charts over the lifecycle, and all that the customer has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calm_desktop.engine.fields import FieldObject
from calm_desktop.services.shapes import LifecyclePage
from calm_desktop.services.views import account_page
from calm_desktop.ui import places
from calm_desktop.ui.components import Component
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Header
from calm_desktop.ui.pages import columns
from calm_desktop.ui.pages.change_buttons import ChangeButtons, only_one
from calm_desktop.ui.pages.columns import newest_first
from calm_desktop.ui.pages.lifecycle import LifecycleView
from calm_desktop.ui.pages.list_parts import only
from calm_desktop.ui.pages.own_fields import columns_of
from calm_desktop.ui.widgets import Section, button


class AccountPage(LifecycleView):
    """`calm://account/ID?asof=...&from=...&to=...`."""

    place = name = "account"
    view = staticmethod(account_page)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        edit = button("Edit…", tooltip="Change name, country, tax profile, billing and payment")
        edit.clicked.connect(self._edit)
        held = button("Hold…", tooltip="Keep runs from invoicing this customer, or let them again")
        held.clicked.connect(lambda: self._to_statement("hold"))
        statement = button("Statement", tooltip="Every document with the balance after it")
        statement.clicked.connect(lambda: self._to_statement(""))
        self.buttons = (self.arrange_button, edit, held, statement, *self.buttons[1:])

    def sections(self) -> Sequence[tuple[str, str, Section]]:
        self.assets = self.table(columns.assets(False), "assets", "Assets", "asset", lambda a: a.status == "Scheduled")
        self.invoices = self.table(columns.invoices(False), "invoices", "Invoices", "invoice", self._is_later)
        self.orders = self.table(
            columns.orders(False),
            "orders",
            "Orders",
            "order",
            lambda row: self.snapshot is not None and row.effective_date > self.snapshot.as_of,
        )
        newest_first(self.invoices, "date")
        newest_first(self.orders, "order_date")
        self.assets.row_activated.connect(lambda row: self.go(places.asset(row.id)))
        self.changing = ChangeButtons(self.context, "link")
        self.changing.beside(self.assets)
        self.assets.selection_changed.connect(lambda _: self._offer_changes())
        self.invoices.row_activated.connect(lambda row: self.go(places.invoice(row.id)))
        self.orders.row_activated.connect(lambda row: self.go(places.order(row.id)))
        return (
            ("actions", "Asset actions", self.action_table),
            ("assets", "Assets", self.assets),
            ("invoices", "Invoices", self.invoices),
            ("invoice-lines", "Invoice lines", self.lines),
            ("orders", "Orders", self.orders),
        )

    def lists(self) -> Sequence[Component]:
        return (
            self._list(
                "assets",
                "Assets",
                "What the customer owns",
                only(columns.assets(False), "name", "status", "mrr", "lifecycle_end"),
                "asset",
                lambda page: page.assets,
                lambda find: places.assets(find.account),
            ),
            *super().lists(),
        )

    def show_rest(self, page: LifecyclePage) -> None:
        self.assets.offer(columns_of(page.fields, FieldObject.ASSET))
        self.orders.offer(columns_of(page.fields, FieldObject.ORDER))
        self.assets.set_rows(page.assets)
        self._offer_changes()
        self.invoices.set_rows(page.invoices)
        self.orders.set_rows(page.orders)

    def _offer_changes(self) -> None:
        if self.snapshot is not None:
            self.changing.show_asset(only_one(self.assets), self.snapshot.today)

    def subject(self) -> dict[str, str]:
        if self.snapshot is None:
            return {}
        chosen = self.changing.asset
        return {"account": self.snapshot.account.id, **({"asset": chosen.id} if chosen is not None else {})}

    def header_of(self, page: LifecyclePage) -> Header:
        header = super().header_of(page)
        return header if page.hold is None else replace(header, chips=(*header.chips, ("On hold", None)))

    def _to_statement(self, form: str) -> None:
        if self.snapshot is not None:
            self.go(places.statement(self.snapshot.account.id, form=form))

    def _edit(self) -> None:
        if self.snapshot is not None:
            self.go(places.edit_account(self.snapshot.account.id))

    def explained_by(self, key: str) -> str:
        return "assets"
