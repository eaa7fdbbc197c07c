"""Figures and days out of bounds are refused as problems by every use-case itself, whichever door they came through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from calm_desktop.engine.catalog import UsageModel
from calm_desktop.engine.problems import Refused
from calm_desktop.engine.usage import UsagePrice
from calm_desktop.services import catalogue, changes, exchange, invoices, papers, sales, taxes, usage
from calm_desktop.services.desk import Desk
from calm_desktop.services.requests import (
    AddProduct,
    AddRate,
    AddTax,
    AmendQuantity,
    CorrectUsage,
    GiveCredit,
    PayInvoice,
    RunInvoices,
    SaleLine,
    Sell,
    SetPrice,
    SetUsagePrice,
    TransferAsset,
)

JANUARY, MARCH = date(2022, 1, 1), date(2022, 3, 1)
LONG_AGO, FAR_AWAY = date(1899, 12, 31), date(2200, 1, 1)
NO_NUMBER, TOO_FINE = Decimal("NaN"), Decimal("1E-7")
FLAT = UsagePrice(UsageModel.FLAT)


@pytest.mark.parametrize(
    ("act", "wish", "code", "field"),
    [
        (changes.amend_quantity, AmendQuantity("Licence", TOO_FINE, MARCH), "too-many-decimals", "quantity-change"),
        (changes.amend_quantity, AmendQuantity("Licence", -TOO_FINE, MARCH), "too-many-decimals", "quantity-change"),
        *(
            (
                changes.amend_quantity,
                AmendQuantity("Licence", Decimal(change), MARCH),
                "quantity-change-out-of-range",
                "quantity-change",
            )
            for change in ("NaN", "-Infinity", "1E+12", "-1E+12")
        ),
        (changes.transfer, TransferAsset("Licence", "Belmont", MARCH, TOO_FINE), "too-many-decimals", "quantity"),
        (changes.transfer, TransferAsset("Licence", "Belmont", MARCH, NO_NUMBER), "quantity-out-of-range", "quantity"),
        (changes.amend_quantity, AmendQuantity("Licence", Decimal(1), FAR_AWAY), "bad-date", "from"),
        (exchange.add_rate, AddRate("EUR", NO_NUMBER), "bad-rate", "rate"),
        (exchange.add_rate, AddRate("EUR", Decimal("1.1"), start=LONG_AGO), "bad-date", "from"),
        (taxes.add_tax, AddTax("software", NO_NUMBER), "bad-rate", "rate"),
        (taxes.add_tax, AddTax("software", TOO_FINE), "bad-rate", "rate"),
        (taxes.add_tax, AddTax("software", Decimal(19), start=FAR_AWAY), "bad-date", "from"),
        (usage.set_usage_price, SetUsagePrice("CALLS", FLAT, start=LONG_AGO), "bad-date", "from"),
        (usage.correct_usage, CorrectUsage("a", NO_NUMBER, "miscounted"), "quantity-out-of-range", "quantity"),
        (catalogue.set_price, SetPrice("LIC", NO_NUMBER, MARCH), "bad-price", "price"),
        (catalogue.set_price, SetPrice("LIC", TOO_FINE, MARCH), "bad-price", "price"),
        (catalogue.set_price, SetPrice("LIC", Decimal(12), LONG_AGO), "bad-date", "from"),
        (catalogue.add_product, AddProduct("Seat", "SEAT", NO_NUMBER), "bad-price", "price"),
        (sales.sell, Sell("Acme", (SaleLine("LIC", NO_NUMBER, MARCH, term=12),)), "quantity-out-of-range", "quantity"),
        (sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(1), LONG_AGO, term=12),)), "day-out-of-range", "start"),
        (invoices.run, RunInvoices(LONG_AGO), "bad-date", "through"),
        (invoices.run, RunInvoices(MARCH, FAR_AWAY), "bad-date", "date"),
        (papers.pay, PayInvoice("INV-000001", Decimal(1), FAR_AWAY), "bad-date", "on"),
        (papers.credit, GiveCredit("INV-000001", NO_NUMBER), "bad-amount", "amount"),
    ],
)
def test_what_is_out_of_bounds_is_a_problem_and_nothing_is_stored(
    desk: Desk, act: Callable[..., Any], wish: Any, code: str, field: str
) -> None:
    desk.do(sales.sell, Sell("Acme", (SaleLine("LIC", Decimal(10), JANUARY, term=12),)))
    desk.do(invoices.run, RunInvoices(JANUARY))
    with pytest.raises(Refused) as refused:
        desk.do(act, wish)
    assert [(problem.code, problem.field) for problem in refused.value.problems] == [(code, field)]
