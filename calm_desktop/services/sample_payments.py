"""Sample data: how the sample's customers pay, each by a habit: most on time, some late, one in part, one not any more.

That one is on hold.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from calm_desktop.engine.dates import add_months
from calm_desktop.services import holds, papers
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import Find, PayAccount, SetHold
from calm_desktop.services.views import list_invoices

Step = tuple[date, Callable[[Desk], object]]

_LATE = {"Quarry Hill Schools": 35, "Maison Verdier": 20, "Orchard Street Books": 60, "Lindqvist Möbler": 12}
"""Days after the due day on which a customer pays; the others pay when it is due."""
_STOPPED = {"Brightwater Ferries": 4}
"""Who has not paid anything for so many months."""
_IN_PART = {"Tidewell Energy": Decimal("0.6")}
"""Who pays only a share of what is due."""
_HELD = "Brightwater Ferries"


def payments_story(accounts: tuple[str, ...], month: date, today: date) -> list[Step]:
    """A payment of each customer in the middle of each quarter, and of each month of the last half year."""
    days = [add_months(month, -ago) + timedelta(days=19) for ago in (*range(33, 6, -3), *range(6, -1, -1))]
    steps = [
        (day, _paying(account))
        for account in accounts
        for day in days
        if day <= today and day < add_months(month, 1 - _STOPPED.get(account, 0))
    ]
    held = add_months(month, -1) + timedelta(days=11)
    return [*steps, (held, _holding)]


def _paying(account: str) -> Callable[[Desk], object]:
    def act(desk: Desk) -> None:
        last_due = desk.today - timedelta(days=_LATE.get(account, 0))
        owed: dict[str, Decimal] = {}
        for invoice in desk.ask(list_invoices, Find(account=account)):
            if invoice.due <= last_due and invoice.balance.minor > 0:
                owed[invoice.currency] = owed.get(invoice.currency, Decimal(0)) + invoice.balance.amount
        for currency, amount in owed.items():
            paid = round(amount * _IN_PART.get(account, Decimal(1)), 2)
            desk.do(papers.pay_account, PayAccount(account, paid, desk.today, "", currency, oldest_first=True))

    return act


def _holding(desk: Desk) -> None:
    desk.do(holds.hold, SetHold("account", _HELD, add_months(desk.today, 3), "Until the reminder is answered"))
