"""Lives for the tests of the engine: assets sold, changed and billed without a store."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from calm_desktop.engine.catalog import ActionType, Category, PriceUnit, SellingModel
from calm_desktop.engine.dates import Frequency, Period, Term
from calm_desktop.engine.lifecycle import Change, Life, act, entries_of
from calm_desktop.engine.money import Currency, Money
from calm_desktop.engine.orders import Item
from calm_desktop.engine.rating import BillingTerms, Rate

USD = Currency("USD", 2)


def licences(quantity: str = "10", price: str = "10", discount: str = "0", **other: object) -> Item:
    """Ten one-year licences at $10 a month from 1 January 2022, unless said otherwise."""
    values: dict[str, object] = {
        "category": Category.INITIAL_SALE,
        "selling_model": SellingModel.TERM,
        "quantity": Decimal(quantity),
        "list_price": Decimal(10),
        "rate": Rate(Decimal(price), PriceUnit.MONTH, Decimal(discount)),
        "period": Period(date(2022, 1, 1), date(2022, 12, 31)),
        "term": Term(12),
        "terms": BillingTerms(),
    }
    return Item(**(values | other))  # type: ignore[arg-type]


EVERGREEN = licences(selling_model=SellingModel.EVERGREEN, period=Period(date(2022, 1, 1), None), term=None)
GATEWAY = licences(
    quantity="3",
    selling_model=SellingModel.ONE_TIME,
    rate=Rate(Decimal("249.90"), PriceUnit.ONCE),
    list_price=Decimal("249.90"),
    period=Period(date(2022, 1, 1), None),
    term=None,
    terms=BillingTerms(Frequency.ONCE),
)
METERED = licences(recurring=False)


def sold(*items: Item) -> Change:
    """A sale of these items, which make one asset."""
    return act(Life((), USD), entries_of(items, 1), ActionType.GENERATE)


def mrr(item: Item, currency: Currency = USD) -> Money:
    """Monthly recurring revenue of the first days of a sale of just this item."""
    return act(Life((), currency), entries_of((item,), 1), ActionType.GENERATE).periods[0].mrr


def then(before: Change, *items: Item, type_: ActionType = ActionType.CHANGE) -> Change:
    """What these items make of the asset afterwards."""
    return act(before.life, entries_of(items, len(before.life.entries) + 1), type_)


def ended(before: Change, *items: Item) -> Change:
    """What these items make of the asset that they end."""
    return then(before, *items, type_=ActionType.CANCEL)


def states(change: Change) -> list[tuple[str, str, str, str]]:
    """State periods as a bookkeeper writes them: days, quantity, amount, MRR; "open" where something is not known."""
    return [
        (
            f"{state.period.start} - {state.period.end or 'open'}",
            f"{state.quantity:f}",
            "open" if state.amount is None else str(state.amount),
            str(state.mrr),
        )
        for state in change.periods
    ]


def delta(change: Change) -> tuple[str, str, str]:
    """What an act changed: quantity, amount, MRR."""
    return f"{change.delta.quantity:f}", str(change.delta.amount), str(change.delta.mrr)
