"""Wizards, by the name that `context.start_wizard(name, **preset)` uses.

A wizard is made as `SaleWizard(context, account="Acme")`: the context, then what is known already, by keyword. It is a
widget without a page, shown by the window: a QDialog by `open()`, anything else by `show()`. Presets that the pages
give:

- sale: `account` (id)
- renewal: `account` (id), `assets` (ids)
- invoicing: `account` (id), `asset` (id), `order` (id), `through` (a day as it is typed)
- importing: `files` (paths)
- usage: `asset` (words of `usage.asset_words`), `key` of a record to be corrected
- usage-import: `file` (path)
- change, cancel, transfer: `asset` (id), or `account` (id) whose assets are offered; change: `what`, one of quantity,
  price, last-day, pause, resume, swap

To register one, add a line to `WIZARDS`; buttons and commands for a name appear as soon as it is there.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from calm_desktop.ui.wizards.cancellation import CancelWizard
from calm_desktop.ui.wizards.change import ChangeWizard
from calm_desktop.ui.wizards.importing import ImportWizard
from calm_desktop.ui.wizards.invoicing import InvoicingWizard
from calm_desktop.ui.wizards.renewal import RenewalWizard
from calm_desktop.ui.wizards.sale import SaleWizard
from calm_desktop.ui.wizards.transfer import TransferWizard
from calm_desktop.ui.wizards.usage import UsageWizard
from calm_desktop.ui.wizards.usage_import import UsageImportWizard

WIZARDS: dict[str, Callable[..., QWidget]] = {
    "sale": SaleWizard,
    "renewal": RenewalWizard,
    "change": ChangeWizard,
    "cancel": CancelWizard,
    "transfer": TransferWizard,
    "invoicing": InvoicingWizard,
    "importing": ImportWizard,
    "usage": UsageWizard,
    "usage-import": UsageImportWizard,
}
