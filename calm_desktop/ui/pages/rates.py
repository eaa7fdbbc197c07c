"""Exchange rates: what one currency is worth in another, each from a day on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from calm_desktop.engine.reading import Reader
from calm_desktop.services.exchange import DECIMALS, add_rate, list_rates
from calm_desktop.services.requests import AddRate
from calm_desktop.services.shapes import RateRow
from calm_desktop.services.tx import Tx
from calm_desktop.ui import places
from calm_desktop.ui.context import Context
from calm_desktop.ui.date_fields import DateField
from calm_desktop.ui.links import Link
from calm_desktop.ui.pages.beside import DatedRatesPage
from calm_desktop.ui.record_model import Column, ColumnKind
from calm_desktop.ui.widgets import FormRow, line_field

COLUMNS = (
    Column("currency", "Currency", attrgetter("currency"), width=120),
    Column("to", "Into", attrgetter("to"), width=120),
    Column("from", "From", attrgetter("from_"), ColumnKind.DATE, 130),
    Column("rate", "Rate", attrgetter("rate"), ColumnKind.QUANTITY, 130, text=lambda rate: f"{rate.normalize():f}"),
)
EXPLAINED = (
    "A rate says how many units of the other currency one unit is worth, from a day on. With a reporting currency in "
    "the settings, figures are also shown converted by the latest rate on or before their day."
)


class RatesPage(DatedRatesPage):
    """`calm://rates`: the exchange rates, and beside them a form for another one."""

    kinds = frozenset({"rate", "settings"})
    title, one = "Exchange rates", "an exchange rate"
    above = ("Settings", places.settings())
    about, start = ("currency", "to"), "from_"

    def __init__(self, context: Context) -> None:
        super().__init__(context, "rates", COLUMNS, _wish, EXPLAINED)
        self.form.add(
            FormRow("One unit of", line_field(placeholder="EUR"), "currency"),
            FormRow("Into", line_field(), "to", "Empty: the reporting currency, else the organisation's"),
        )
        self.form.add(
            FormRow("Rate", line_field(placeholder="1.0845", figures=True), "rate"),
            FormRow("From", DateField(optional=True, placeholder="Today"), "start"),
        )

    def load(self, link: Link) -> None:
        def answer(tx: Tx, _: None) -> tuple[date, tuple[RateRow, ...]]:
            return tx.today, list_rates(tx)

        self.ask(answer, None, lambda found: self.show_rates(*found))


def _wish(typed: Mapping[str, str], reader: Reader) -> tuple[Any, AddRate]:
    rate = reader.number("rate", typed["rate"], DECIMALS, "1.0845")
    start = date.fromisoformat(typed["start"]) if typed["start"] else None
    return add_rate, AddRate(typed["currency"], Decimal(1) if rate is None else rate, typed["to"], start)
