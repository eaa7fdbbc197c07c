"""Figures of several currencies seen in one: always marked as converted, always with the rates and their days."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from calm_desktop.services.shapes import ReportingFigures, UsedRate
from calm_desktop.ui import display, theme
from calm_desktop.ui.widgets import Chip, ElidedLabel, plain_tooltip

WORDS = {"amount": "Amount", "mrr": "MRR", "invoice_line_balance": "Invoice line balance"}


def rate_words(rate: UsedRate, currency: str) -> str:
    """`1 EUR = 1.0845 USD since 01 Jan 2022`; a rate that is only known the other way round says so."""
    since = f"since {display.day(rate.from_)}"
    if rate.inverse_of is None:
        return f"1 {rate.currency} = {_plain(rate.rate)} {currency} {since}"
    return f"1 {currency} = {_plain(rate.inverse_of)} {rate.currency} {since}, the other way round"


def missing_words(shown: ReportingFigures) -> str:
    """Which rates are missing, and where to add them; nothing where none is."""
    if not shown.missing:
        return ""
    return f"No exchange rate of {', '.join(shown.missing)} on or before {display.day(shown.as_of)}"


def rates_words(shown: ReportingFigures) -> str:
    """How figures were converted, and what could not be."""
    known = [rate_words(rate, shown.currency) for rate in shown.rates]
    return " · ".join([*known, *filter(None, [missing_words(shown)])])


def _plain(rate: object) -> str:
    return f"{rate:f}".rstrip("0").rstrip(".") if "." in f"{rate:f}" else f"{rate:f}"


class ReportingBar(QFrame):
    """One line under the cards with what they come to in the reporting currency; hidden where nothing is converted."""

    def __init__(self, *figures: str, parent: QWidget | None = None) -> None:
        """`figures` are the fields of `ReportingFigures` to be shown."""
        super().__init__(parent)
        self._figures = figures
        self.chip = Chip("Converted", "info")
        self.figures = ElidedLabel("", weight=theme.MEDIUM)
        self.figures.setFont(theme.font(theme.BODY, theme.MEDIUM, figures=True))
        self.rates = ElidedLabel("", "muted", size=theme.SMALL)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(10)
        row.addWidget(self.chip)
        row.addWidget(self.figures)
        row.addWidget(self.rates, 1)
        self.hide()

    def show_figures(self, shown: ReportingFigures | None) -> None:
        """Show figures with the rates that they were converted by."""
        converted = shown is not None and shown.is_converted
        self.setVisible(converted)
        if shown is None or not converted:
            return
        texts = {name: display.money(getattr(shown, name)) for name in self._figures}
        told = [f"{WORDS[name]} {text}" for name, text in texts.items() if text]
        self.figures.setText(f"In {shown.currency}:  {'   '.join(told)}")
        self.rates.setText(rates_words(shown))
        words = f"Converted into {shown.currency} by the rates of {display.day(shown.as_of)}. The figures above stay"
        self.chip.setToolTip(plain_tooltip(f"{words} as they are."))
        self.setAccessibleName(f"Converted. {self.figures.text()}. {self.rates.text()}")
