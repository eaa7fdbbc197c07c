"""The buttons that change, transfer or cancel one asset: on its page, and beside a table in which one is chosen."""

from __future__ import annotations

from datetime import date
from functools import partial

from PySide6.QtWidgets import QPushButton

from calm_desktop.services.shapes import AssetHead
from calm_desktop.ui import display
from calm_desktop.ui.context import Context
from calm_desktop.ui.record_table import RecordTable
from calm_desktop.ui.widgets import button, plain_tooltip

CHANGING = {
    "change": ("Change…", "Quantity, price, last day, pause, or another product"),
    "transfer": ("Transfer…", "To another account, whole or in part"),
    "cancel": ("Cancel…", "From a day on"),
}
CHOOSE_ONE = "Choose one asset in the table first."


def why_not(asset: AssetHead | None, today: date) -> str:
    """Why an asset cannot be changed; empty where it can."""
    if asset is None:
        return CHOOSE_ONE
    if asset.status == "Undone":
        return f"The sale of {asset.name} was undone. Sell it again instead."
    if asset.lifecycle_end is not None and asset.lifecycle_end < today:
        return (
            f"{asset.name} has ended: its last day was {display.day(asset.lifecycle_end)}. Renew it, or sell it again."
        )
    return ""


class ChangeButtons:
    """The three buttons; each is shut, and says why, where there is nothing to change."""

    def __init__(self, context: Context, kind: str = "") -> None:
        self.context = context
        self.asset: AssetHead | None = None
        self.buttons: dict[str, QPushButton] = {}
        for name, (text, _) in CHANGING.items():
            self.buttons[name] = button(text, kind)
            self.buttons[name].clicked.connect(partial(self._start, name))
        self.show_asset(None, date.max)

    @property
    def all(self) -> tuple[QPushButton, ...]:
        """The buttons in their order."""
        return tuple(self.buttons.values())

    def show_asset(self, asset: AssetHead | None, today: date) -> None:
        """Offer to change this asset; None where none is chosen."""
        self.asset = asset
        reason = why_not(asset, today)
        for name, made in self.buttons.items():
            made.setEnabled(not reason)
            made.setToolTip(plain_tooltip(reason or CHANGING[name][1]))
            made.setAccessibleDescription(reason)

    def beside(self, table: RecordTable) -> None:
        """Put the buttons into a table's title line, before its filter."""
        place = table.head.indexOf(table.filter_field)
        table.head.insertSpacing(place, 8)
        for made in reversed(self.all):
            table.head.insertWidget(place, made)
            table.head.insertSpacing(place, 8)

    def _start(self, name: str, _: bool = False) -> None:
        if self.asset is not None:
            self.context.start_wizard(name, account=self.asset.account_id, asset=self.asset.id)


def only_one(table: RecordTable) -> AssetHead | None:
    """The asset chosen in a table; None for none and for several."""
    rows: list[AssetHead] = table.selected_rows()
    return rows[0] if len(rows) == 1 else None
