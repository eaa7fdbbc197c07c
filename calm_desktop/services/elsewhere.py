"""Lifecycle records from elsewhere: assets whose sales, changes and ends other systems report, and bill.

What is reported becomes an order like any other, so that all figures follow from it; it takes effect without billing
schedules, for others bill it. The figures that are reported must be those that come out: where they differ nothing is
stored, and both are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from calm_desktop.engine.catalog import Category, PriceUnit
from calm_desktop.engine.dates import ONE_DAY
from calm_desktop.engine.limits import has_more_decimals
from calm_desktop.engine.money import plain
from calm_desktop.engine.problems import Problem, Refused, refuse_if
from calm_desktop.services import changes
from calm_desktop.services.boundary import use_case
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.lookup import find
from calm_desktop.services.order_flow import make_assets
from calm_desktop.services.permissions import Permission
from calm_desktop.services.requests import AmendQuantity, CancelAsset, RepriceAsset, SaleLine, SaleStep, Sell
from calm_desktop.services.sales import sell
from calm_desktop.services.shapes import OrderResult
from calm_desktop.services.texts import text_problems
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take


@dataclass(frozen=True, slots=True)
class State:
    """A state period as it is reported: days, both inclusive, quantity, MRR and amount in major units."""

    start: date
    end: date | None
    quantity: Decimal
    mrr: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Act:
    """An action as it is reported: its category, day and what it changed."""

    category: Category
    day: date
    quantity: Decimal
    mrr: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Origin:
    """A source of an action as it is reported: a work order line (by its id), or a reference in another system."""

    start: date
    end: date | None
    quantity: Decimal
    product_amount: Decimal
    adjustment: Decimal
    estimated_tax: Decimal
    actual_tax: Decimal
    item: str = ""
    reference: str = ""
    system: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported of an asset: of a new one its account, product, currency and name; of others its id."""

    states: tuple[State, ...]
    act: Act
    origins: tuple[Origin, ...]
    asset: str = ""
    account: str = ""
    product: str = ""
    currency: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """The numbers in the store of the asset and the action that a report made."""

    asset: int
    action: int


@use_case(Permission.APIS)
def generate(tx: Tx, report: Report) -> Reported:
    """A new asset. Refuses figures that do not come out."""
    product = find(tx, "product", report.product, "productId")
    row = tx.db.execute(select(tables.product).where(tables.product.c.id == product)).one()
    first, *others = report.states
    unit = PriceUnit(row.price_unit)
    line = SaleLine(
        product=report.product,
        quantity=first.quantity,
        start=first.start,
        price=_price(first.mrr, first.amount, first.quantity, unit),
        end=report.states[-1].end,
        category=report.act.category,
        asset_name=report.name,
        steps=tuple(
            SaleStep(each.start, each.quantity, _price(each.mrr, each.amount, each.quantity, unit)) for each in others
        ),
    )
    made = sell(_unbilled(tx), Sell(report.account, (line,), currency=report.currency))
    return _finish(tx, report, made)


@use_case(Permission.APIS)
def change(tx: Tx, report: Report) -> Reported:
    """A change of quantity or price: the state periods from the first reported day on. Refuses as `generate` does."""
    start, act = report.states[0].start, report.act
    asset = find(tx, "asset", report.asset)
    products = tables.product.c
    query = select(products.price_unit).join(tables.asset, tables.asset.c.product_id == products.id)
    unit = PriceUnit(tx.db.execute(query.where(tables.asset.c.id == asset)).scalar_one())
    if act.quantity:
        price = _price(act.mrr, act.amount, act.quantity, unit) if act.quantity > 0 else None
        amended = AmendQuantity(report.asset, act.quantity, start, price)
        return _finish(tx, report, changes.amend_quantity(_unbilled(tx), amended))
    if not act.mrr:
        words = "Neither quantityChange nor mrrChange says that anything changed."
        raise Refused(Problem("FIELD_INTEGRITY_EXCEPTION", "quantityChange", words))
    state = report.states[0]
    repriced = RepriceAsset(report.asset, start, _price(state.mrr, state.amount, state.quantity, unit))
    return _finish(tx, report, changes.reprice(_unbilled(tx), repriced))


@use_case(Permission.APIS)
def cancel(tx: Tx, report: Report) -> Reported:
    """The end of an asset: its one state period is the last. Refuses as `generate` does."""
    last = report.states[-1].end
    if last is None:
        raise Refused(Problem("REQUIRED_FIELD_MISSING", "endDate", "The last state period needs an endDate."))
    return _finish(tx, report, changes.cancel(_unbilled(tx), CancelAsset(report.asset, last + ONE_DAY)))


def _unbilled(tx: Tx) -> Tx:
    """The same transaction for an organisation that does not bill what it is told of."""
    return replace(tx, settings={**tx.settings, "auto-flow": "off"})


def _price(mrr: Decimal, amount: Decimal, quantity: Decimal, unit: PriceUnit) -> Decimal:
    """The unit price that a monthly revenue, or of what is paid once an amount, comes from."""
    if not quantity:
        return Decimal(0)
    price = amount / quantity if unit is PriceUnit.ONCE else mrr * unit.months / quantity
    if has_more_decimals(price, 6):
        words = f"mrr {plain(mrr)} over a quantity of {plain(quantity)} is no unit price of at most 6 decimals."
        raise Refused(Problem("FIELD_INTEGRITY_EXCEPTION", "mrr", words))
    return Decimal(plain(price))


def _finish(tx: Tx, report: Report, made: OrderResult) -> Reported:
    """Let the order take effect, and compare what came out with what was reported."""
    order = number_of("order", made.orders[0].id)
    assert order is not None
    make_assets(tx, [order])
    actions, items, sources = tables.action.c, tables.order_item.c, tables.action_source.c
    query = (
        select(tables.action, tables.asset.c.currency, tables.asset.c.account_id)
        .join(tables.asset, tables.asset.c.id == actions.asset_id)
        .join(tables.action_source, sources.action_id == actions.id)
        .join(tables.order_item, items.id == sources.order_item_id)
        .where(items.order_id == order)
        .distinct()
    )
    row = tx.db.execute(query).one()
    refuse_if([*_action_problems(report.act, row), *_state_problems(tx, report.states, row)])
    mine = tables.action.c.id == row.id
    tx.db.execute(tables.action.update().where(mine).values(action_date=report.act.day))
    tx.db.execute(tables.sales_order.update().where(tables.sales_order.c.id == order).values(order_date=report.act.day))
    _write_origins(tx, row, report.origins)
    return Reported(row.asset_id, row.id)


def _differs(field: str, found: object, told: object) -> Problem:
    words = f"{field} is reported as {told}, but the figures reported with it come to {found}. Correct one of them."
    return Problem("FIELD_INTEGRITY_EXCEPTION", field, words)


def _action_problems(act: Act, row: Any) -> list[Problem]:
    currency = currency_named(row.currency)
    amount, mrr = currency.money(row.amount_change).amount, currency.money(row.mrr_change).amount
    pairs = (
        ("assetAction.quantityChange", row.quantity_change, act.quantity),
        ("assetAction.amount", amount, act.amount),
        ("assetAction.mrrChange", mrr, act.mrr),
    )
    found = [_differs(field, plain(there), plain(told)) for field, there, told in pairs if there != told]
    if row.category != act.category.value:
        found.append(_differs("assetAction.category", row.category, act.category.value))
    return found


def _state_problems(tx: Tx, states: Sequence[State], row: Any) -> list[Problem]:
    """What came out otherwise than reported, of the periods from the first reported one on."""
    currency, periods = currency_named(row.currency), tables.state_period
    query = select(periods).where(periods.c.asset_id == row.asset_id, periods.c.start >= states[0].start)
    there = tx.db.execute(query.order_by(periods.c.start)).all()
    days = [(each.start, each.end) for each in there]
    told = [(each.start, each.end) for each in states]
    if days != told:
        shown = ", ".join(f"{start} to {end or 'no end'}" for start, end in days) or "none"
        return [_differs("assetStatePeriods", shown, ", ".join(f"{start} to {end or 'no end'}" for start, end in told))]
    found = []
    for place, (state, mine) in enumerate(zip(states, there, strict=True)):
        amount = Decimal(0) if mine.amount is None else currency.money(mine.amount).amount
        pairs = (
            ("quantity", mine.quantity, state.quantity),
            ("amount", amount, state.amount),
            ("mrr", currency.money(mine.mrr).amount, state.mrr),
        )
        found += [
            _differs(f"assetStatePeriods[{place}].{field}", plain(stored), plain(given))
            for field, stored, given in pairs
            if stored != given
        ]
    return found


def _write_origins(tx: Tx, row: Any, origins: Sequence[Origin]) -> None:
    """The stated sources of an action beside the order that it became."""
    currency = currency_named(row.currency)
    problems: list[Problem] = []
    rows = []
    for place, origin in enumerate(origins):
        work_line = number_of("work-order-line", origin.item) if origin.item else None
        lines = tables.work_order_line.c
        if origin.item and tx.db.scalar(select(lines.id).where(lines.id == work_line)) is None:
            words = f"assetActionSources[{place}]: {origin.item!r} is no work order's line. Give an externalReference."
            problems.append(Problem("INVALID_CROSS_REFERENCE_KEY", "referenceEntityItem", words))
        if not origin.item and not (origin.reference and origin.system):
            words = f"assetActionSources[{place}] needs externalReference and externalReferenceDataSource."
            problems.append(Problem("REQUIRED_FIELD_MISSING", "externalReference", words))
        money = {
            "product_amount": origin.product_amount,
            "adjustment": origin.adjustment,
            "estimated_tax": origin.estimated_tax,
            "actual_tax": origin.actual_tax,
        }
        for field, value in money.items():
            if has_more_decimals(value, currency.decimals):
                words = f"assetActionSources[{place}]: {plain(value)} has more decimals than {currency.code} has."
                problems.append(Problem("FIELD_INTEGRITY_EXCEPTION", field, words))
        rows.append(
            {
                "action_id": row.id,
                "kind": "work-order-line" if origin.item else "external",
                "work_order_line_id": work_line,
                "external_system": None if origin.item else origin.system,
                "external_reference": None if origin.item else origin.reference,
                "start": origin.start,
                "end": origin.end,
                "quantity": origin.quantity,
                **{field: int(value.scaleb(currency.decimals)) for field, value in money.items()},
            }
        )
        texts = {key: rows[-1][key] for key in ("external_system", "external_reference")}
        problems += text_problems(tables.action_source, texts)
    refuse_if(problems)
    if rows:
        for number, each in enumerate(rows, take(tx.db, "action_source", len(rows))):
            each["id"] = number
        tx.db.execute(tables.action_source.insert(), rows)


def ids_of(done: Reported) -> tuple[str, str]:
    """The public ids of the asset and the action."""
    return public_id("asset", done.asset), public_id("action", done.action)
