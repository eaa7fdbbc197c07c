"""Looks at the store: functions of a transaction and a request that answer frozen shapes, set by set, few queries."""

from calm_desktop.services.views.accounts import account_editing, by_currency, list_accounts, show_account
from calm_desktop.services.views.actions import actions_on, any_undone, days_of_actions, list_actions, show_action
from calm_desktop.services.views.assets import asset_shapes, list_assets, show_asset
from calm_desktop.services.views.catalogue import list_products, list_taxes, price_book, product_rows, tax_book
from calm_desktop.services.views.explain import explain
from calm_desktop.services.views.heads import account_head, asset_heads
from calm_desktop.services.views.holds import list_holds
from calm_desktop.services.views.home import (
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
from calm_desktop.services.views.invoices import (
    drafts_among,
    invoice_heads_of,
    invoice_shapes,
    list_invoice_lines,
    list_invoices,
    show_invoice,
)
from calm_desktop.services.views.orders import list_orders, list_orders_of_import, order_shapes, show_order
from calm_desktop.services.views.pages import account_page, asset_page
from calm_desktop.services.views.papers import (
    credit_heads,
    credit_shapes,
    list_credits,
    list_payments,
    payment_heads,
    payment_shapes,
    show_credit,
    show_payment,
)
from calm_desktop.services.views.printed import (
    credit_paper,
    invoice_paper,
    paper,
    papers_named,
    statement_paper,
    wanted_papers,
)
from calm_desktop.services.views.records import list_events, list_imports
from calm_desktop.services.views.search import search
from calm_desktop.services.views.statements import account_balances, statement
from calm_desktop.services.views.states import list_state_periods
from calm_desktop.services.views.usage import list_usage, usage_page, usage_period, usage_prices, usage_rows

__all__ = [
    "account_balances",
    "account_editing",
    "account_head",
    "account_page",
    "actions_on",
    "active_assets",
    "all_in_reporting",
    "any_undone",
    "asset_heads",
    "asset_page",
    "asset_shapes",
    "by_currency",
    "credit_heads",
    "credit_paper",
    "credit_shapes",
    "days_of_actions",
    "draft_invoices",
    "drafts_among",
    "ending_first",
    "ending_soon",
    "explain",
    "holds_in_force",
    "home_start",
    "invoice_heads_of",
    "invoice_paper",
    "invoice_shapes",
    "latest_changes",
    "list_accounts",
    "list_actions",
    "list_assets",
    "list_credits",
    "list_events",
    "list_holds",
    "list_imports",
    "list_invoice_lines",
    "list_invoices",
    "list_orders",
    "list_orders_of_import",
    "list_payments",
    "list_products",
    "list_state_periods",
    "list_taxes",
    "list_usage",
    "open_invoices",
    "order_shapes",
    "owed",
    "paper",
    "papers_named",
    "payment_heads",
    "payment_shapes",
    "price_book",
    "product_rows",
    "recurring",
    "search",
    "show_account",
    "show_action",
    "show_asset",
    "show_credit",
    "show_invoice",
    "show_order",
    "show_payment",
    "statement",
    "statement_paper",
    "tax_book",
    "usage_page",
    "usage_period",
    "usage_prices",
    "usage_rows",
    "wanted_papers",
]
