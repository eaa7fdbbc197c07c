"""Links to our own places, written in one place: kinds and parameters of `calm://` as pages read them."""

from __future__ import annotations

from datetime import date

from calm_desktop.ui.links import Link


def _link(kind: str, name: str = "", /, **parameters: str | date | None) -> str:
    kept = {}
    for key, value in parameters.items():
        if value:
            kept[key] = value.isoformat() if isinstance(value, date) else value
    return str(Link(kind, name, kept))


def accounts() -> str:
    """All customers."""
    return _link("accounts")


def account(name: str, as_of: date | None = None) -> str:
    """A customer's page."""
    return _link("account", name, asof=as_of)


def assets(account_id: str = "") -> str:
    """Assets, of one customer or all."""
    return _link("assets", account=account_id)


def asset(name: str, as_of: date | None = None) -> str:
    """An asset's page."""
    return _link("asset", name, asof=as_of)


def change_of(name: str, wizard: str = "change", what: str = "") -> str:
    """An asset's page with the wizard `change`, `transfer` or `cancel` in front; `what` is the kind of change."""
    return _link("asset", name, do=wizard, what=what)


def actions(account_id: str = "", asset_id: str = "", tab: str = "", chosen: str = "") -> str:
    """The actions browser; `tab` is quantity, amount or mrr, `chosen` an action to select."""
    return _link("actions", account=account_id, asset=asset_id, tab=tab, chosen=chosen)


def action(name: str) -> str:
    """One action with its sources."""
    return _link("action", name)


def orders(account_id: str = "") -> str:
    """Orders, of one customer or all."""
    return _link("orders", account=account_id)


def order(name: str) -> str:
    """One order with its items."""
    return _link("order", name)


def invoices(account_id: str = "") -> str:
    """Invoices, of one customer or all."""
    return _link("invoices", account=account_id)


def invoice(name: str) -> str:
    """One invoice with its lines."""
    return _link("invoice", name)


def invoice_lines(account_id: str = "", asset_id: str = "") -> str:
    """Invoice lines of a customer or an asset."""
    return _link("invoice-lines", account=account_id, asset=asset_id)


def credits(account_id: str = "") -> str:  # noqa: A001 - the word of the trade
    """Credit memos, of one customer or all."""
    return _link("credits", account=account_id)


def credit(name: str) -> str:
    """One credit memo with what became of it."""
    return _link("credit", name)


def payments(account_id: str = "") -> str:
    """Payments, of one customer or all."""
    return _link("payments", account=account_id)


def payment(name: str) -> str:
    """One payment with what it paid."""
    return _link("payment", name)


def statement(account_id: str, start: date | None = None, end: date | None = None, form: str = "") -> str:
    """A customer's statement of account; `form` is one to begin: `hold` or `pay`."""
    return _link("statement", account_id, **{"from": start, "to": end, "do": form})


def paper(name: str) -> str:
    """An invoice or a credit memo as it prints."""
    return _link("paper", name)


def statement_paper(account_id: str, start: date | None = None, end: date | None = None) -> str:
    """A customer's statement of account as it prints."""
    return _link("paper", account_id, **{"of": "statement", "from": start, "to": end})


def edit_account(name: str) -> str:
    """Where a customer's details are changed."""
    return _link("account-editor", name)


def new_account() -> str:
    """Where a customer is added."""
    return _link("account-editor")


def products() -> str:
    """All products with their prices."""
    return _link("products")


def product(name: str) -> str:
    """One product among all, with its prices beside it."""
    return _link("product", name)


def taxes() -> str:
    """All tax rates."""
    return _link("taxes")


def rates() -> str:
    """All exchange rates."""
    return _link("rates")


def imports() -> str:
    """All imports."""
    return _link("imports")


def reports() -> str:
    """The list of reports."""
    return _link("reports")


def report(name: str, start: date | None = None, end: date | None = None, **filters: str) -> str:
    """One report, such as `mrr-movements`, with filters; `mark` opens what stands behind one of its chart's marks."""
    return _link("report", name, **{"from": start, "to": end}, **filters)


def integrations() -> str:
    """The REST door, its tokens and webhooks."""
    return _link("integrations")


def access() -> str:
    """Users, roles and field access."""
    return _link("access")


def audit() -> str:
    """Who did what."""
    return _link("audit")


def fields() -> str:
    """All fields of one's own."""
    return _link("fields")


def settings() -> str:
    """Rules of the business, looks and care of the store."""
    return _link("settings")


def help_on(topic: str = "") -> str:
    """A page of the help."""
    return _link("help", topic)
