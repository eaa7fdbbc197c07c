"""Field access: what of a result a role does not see, and what of a request it may not set.

Shapes and requests say at each field which protected one it is (`mrr: Mrr`); results are masked once, where they
leave the services, and requests are judged once, where they enter them (see `boundary`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from calm_desktop.engine.hidden import HIDDEN, Protected
from calm_desktop.engine.money import Money
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.permissions import Rights

Value = TypeVar("Value")

UnitPrice = Annotated[Decimal, Protected.UNIT_PRICE]
ListPrice = Annotated[Decimal, Protected.LIST_PRICE]
Discount = Annotated[Decimal, Protected.DISCOUNT]
Adjustment = Annotated[Money, Protected.DISCOUNT]
ListAmount = Annotated[Money, Protected.LIST_PRICE]
OrderAmount = Annotated[Money, Protected.ORDER_AMOUNT]
AssetAmount = Annotated[Money, Protected.ASSET_AMOUNT]
Mrr = Annotated[Money, Protected.MRR]
BillingAmount = Annotated[Money, Protected.BILLING_AMOUNT]
InvoiceAmount = Annotated[Money, Protected.INVOICE_AMOUNT]
Balance = Annotated[Money, Protected.BALANCE]
Tax = Annotated[Money, Protected.TAX]
TaxRate = Annotated[Decimal, Protected.TAX]
PaidAmount = Annotated[Decimal, Protected.PAYMENT]
Paid = Annotated[Money, Protected.PAYMENT]
UsageCharge = Annotated[Money, Protected.USAGE_CHARGE]


class TellsFigures:
    """Marks a text that may name figures: they are blotted out for a role from which any field is hidden."""


Telling = Annotated[str, TellsFigures]

_BLOT = "\N{HORIZONTAL ELLIPSIS}"
_FIGURE = re.compile(r"(?<![\w-])-?\d[\d,]*\.\d+%?(?![\w-])|(?<![\w.-])-?\d[\d,]*(?= [A-Z]{3}\b)")


def blotted(text: str) -> str:
    """A text without the figures in it: numbers with decimals, and whole ones before a currency."""
    return _FIGURE.sub(_BLOT, text)


# -- results


def masked(value: Value, rights: Rights) -> Value:
    """A result as it leaves the services: what is hidden from the role is `HIDDEN`, in shapes of any depth."""
    return _masked(value, rights.hidden) if rights.hidden else value


def _masked(value: Any, hidden: frozenset[str]) -> Any:
    if type(value) in (str, int, bool, Decimal, Money) or value is None:
        return value
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(_masked(each, hidden) for each in value)
    if isinstance(value, list):
        return [_masked(each, hidden) for each in value]
    if isinstance(value, dict):
        return {key: _masked(each, hidden) for key, each in value.items()}
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed: dict[str, Any] = {}
    for name, what in _shown_by(type(value)).items():
        now = before = getattr(value, name)
        if isinstance(what, Protected):
            now = HIDDEN if what in hidden and before is not None else before
        elif what is TellsFigures:
            now = tuple(map(blotted, before)) if isinstance(before, tuple) else blotted(before)
        else:
            now = _masked(before, hidden)
        if now is not before:
            changed[name] = now
    return replace(value, **changed) if changed else value


def hidden_names(kind: type, rights: Rights) -> frozenset[str]:
    """The names of a shape's fields that are hidden from a role."""
    return frozenset(
        name for name, what in _shown_by(kind).items() if isinstance(what, Protected) and what in rights.hidden
    )


@cache
def _shown_by(kind: type) -> Mapping[str, Any]:
    """What each field of a shape shows: a protected field, figures in a text, or None where it may hold shapes."""
    # Before Python 3.12 an array says nothing of what is in it.
    hints = get_type_hints(kind, localns={"array": list}, include_extras=True)
    return {each.name: _protected(hints[each.name]) for each in fields(kind) if each.init}


def _protected(hint: Any) -> Any:
    """What an annotation says: `Mrr`, `Mrr | None` and `tuple[Mrr, ...]` alike."""
    if get_origin(hint) is Annotated:
        return next((each for each in hint.__metadata__ if isinstance(each, Protected) or each is TellsFigures), None)
    return next((found for part in get_args(hint) if (found := _protected(part)) is not None), None)


# -- requests


def refuse_fixed(request: object, rights: Rights, role: str) -> None:
    """Refuse a request that sets what the role may not change; all that it sets is told at once."""
    kept = rights.hidden | rights.fixed
    if not kept:
        return
    found = sorted(_set_by(request) & kept)
    if found:
        words = ", ".join(found)
        raise Refused(
            Problem(
                "INSUFFICIENT_ACCESS",
                words,
                f"The role {role} may not set {words}. Leave it out, or ask an admin (`field-access set`).",
            )
        )


def _set_by(request: object) -> set[str]:
    """The protected fields that a request says anything of, at any depth."""
    if isinstance(request, tuple | list):
        return set().union(*map(_set_by, request))
    if not is_dataclass(request) or isinstance(request, type):
        return set()
    found: set[str] = set()
    for each in fields(request):
        value, what = getattr(request, each.name), _shown_by(type(request)).get(each.name)
        default = each.default if each.default is not MISSING else None
        if isinstance(what, Protected):
            found |= {what.value} if value is not None and value != default else set()
        else:
            found |= _set_by(value)
    return found
