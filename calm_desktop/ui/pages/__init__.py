"""The pages of the window, by the kind of link that opens them.

To add a page: write a class in a module of this package that takes a `Context` alone and derives from `Page`
(or from `asking.AskingPage`, which asks the desk in the background, drops stale answers and tells problems), then add
a line to `PAGES`: `"products": ProductsPage` makes `calm://products` open it. Side bar entries are in `shell.ENTRIES`.
Commands for Ctrl+K `>`: a line in `COMMANDS`, (words, shortcut, link). Wizards are in `wizards.WIZARDS`.

Links are made by `ui.places`: `places.account(id)`, `places.asset(id)` and so on, so that their parameters are written
in one place only.
"""

from __future__ import annotations

from collections.abc import Callable

from calm_desktop.ui import places
from calm_desktop.ui.context import Context
from calm_desktop.ui.page import Page
from calm_desktop.ui.pages.access import AccessPage
from calm_desktop.ui.pages.account import AccountPage
from calm_desktop.ui.pages.account_editor import AccountEditor
from calm_desktop.ui.pages.actions import ActionsPage
from calm_desktop.ui.pages.asset import AssetPage
from calm_desktop.ui.pages.audit import AuditPage
from calm_desktop.ui.pages.details import ActionPage, InvoicePage, OrderPage
from calm_desktop.ui.pages.fields import FieldsPage
from calm_desktop.ui.pages.help import HelpPage
from calm_desktop.ui.pages.home import HomePage
from calm_desktop.ui.pages.imports import ImportsPage
from calm_desktop.ui.pages.integrations import IntegrationsPage
from calm_desktop.ui.pages.lists import AccountsPage, AssetsPage, InvoiceLinesPage, InvoicesPage, OrdersPage
from calm_desktop.ui.pages.paper_page import PaperPage
from calm_desktop.ui.pages.papers import CreditPage, CreditsPage, PaymentPage, PaymentsPage, StatementPage
from calm_desktop.ui.pages.products import ProductsPage
from calm_desktop.ui.pages.rates import RatesPage
from calm_desktop.ui.pages.report_kinds import SHOWN
from calm_desktop.ui.pages.reports import ReportPage, ReportsPage
from calm_desktop.ui.pages.settings import SettingsPage
from calm_desktop.ui.pages.taxes import TaxesPage

PAGES: dict[str, Callable[[Context], Page]] = {
    "home": HomePage,
    "accounts": AccountsPage,
    "account": AccountPage,
    "account-editor": AccountEditor,
    "assets": AssetsPage,
    "asset": AssetPage,
    "actions": ActionsPage,
    "action": ActionPage,
    "orders": OrdersPage,
    "order": OrderPage,
    "invoices": InvoicesPage,
    "invoice": InvoicePage,
    "invoice-lines": InvoiceLinesPage,
    "credits": CreditsPage,
    "credit": CreditPage,
    "payments": PaymentsPage,
    "payment": PaymentPage,
    "statement": StatementPage,
    "paper": PaperPage,
    "products": ProductsPage,
    "product": ProductsPage,
    "taxes": TaxesPage,
    "rates": RatesPage,
    "imports": ImportsPage,
    "reports": ReportsPage,
    "report": ReportPage,
    "fields": FieldsPage,
    "integrations": IntegrationsPage,
    "audit": AuditPage,
    "access": AccessPage,
    "settings": SettingsPage,
    "help": HelpPage,
}

COMMANDS: list[tuple[str, str, str]] = [
    ("New product", "", places.product("new")),
    ("New account", "", places.new_account()),
    ("Tax rates", "", places.taxes()),
    ("Credit memos", "", places.credits()),
    ("Payments", "", places.payments()),
    ("Exchange rates", "", places.rates()),
    ("Fields of your own", "", places.fields()),
    ("Integrations: REST door, tokens, webhooks", "", places.integrations()),
    ("Audit trail", "", places.audit()),
    ("Users and roles", "", places.access()),
    *((f"Report: {shown.title}", "", places.report(name)) for name, shown in SHOWN.items()),
]
