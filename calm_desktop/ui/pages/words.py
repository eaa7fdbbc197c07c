"""Words for people in place of the fixed words that the store keeps; what has no other word here keeps its own."""

from __future__ import annotations

from calm_desktop.engine.catalog import Kind, MemoReason, PriceUnit, SellingModel

KINDS = {
    Kind.SUBSCRIPTION: "Subscription",
    Kind.PHYSICAL: "Physical",
    Kind.USAGE: "Usage",
    Kind.PROFESSIONAL_SERVICE: "Professional service",
    Kind.AFTERMARKET_SERVICE: "Aftermarket service",
}

MODELS = {
    SellingModel.TERM: "For a term",
    SellingModel.EVERGREEN: "Evergreen",
    SellingModel.ONE_TIME: "One-time",
}

UNITS = {
    PriceUnit.MONTH: "Month",
    PriceUnit.QUARTER: "Quarter",
    PriceUnit.HALF_YEAR: "Half-year",
    PriceUnit.YEAR: "Year",
    PriceUnit.ONCE: "Once",
}

MEMO_REASONS = {
    MemoReason.GIVEN: "Given",
    MemoReason.CONVERTED: "Negative lines",
    MemoReason.UNUSED: "Unused service",
}

INVOICE_BY = {"account": "One for all of its orders", "order": "One for each order"}


def kind(word: str) -> str:
    """A kind of product."""
    return KINDS[Kind(word)]


def model(word: str) -> str:
    """A selling model."""
    return MODELS[SellingModel(word)]


def unit(word: str) -> str:
    """What one price pays for."""
    return UNITS[PriceUnit(word)]


def memo_reason(word: str) -> str:
    """Why a credit memo exists."""
    return MEMO_REASONS[MemoReason(word)]
