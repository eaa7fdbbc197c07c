"""From an order's answer to what its review shows: facts, chart lines, rows of tables. Pure, no widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any

from calm_desktop.engine.catalog import Category, ItemKind
from calm_desktop.engine.money import Money, ratio_text
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.shapes import AssetShape, BillingItemShape, OrderResult
from calm_desktop.ui import display
from calm_desktop.ui.chart_model import ActionDot, Step, StepLine
from calm_desktop.ui.record_table import Column, ColumnKind
from calm_desktop.ui.wizards.facts import Fact

NEW, CHANGED, GONE, INVOICED, PENDING, UNCHANGED = "New", "Changed", "Gone", "Invoiced", "Pending", "Unchanged"
QUANTITY, MRR = "quantity", "mrr"


@dataclass(frozen=True)
class PeriodRow:
    """A state period of an asset, and whether the order makes it."""

    id: str
    asset: str
    start: date
    end: date | None
    quantity: Decimal
    amount: Money | None
    mrr: Money
    news: str


@dataclass(frozen=True)
class ActionRow:
    """An asset action that the order brings about."""

    id: str
    asset: str
    account: str
    effective_date: date
    category: str
    quantity_change: Decimal
    amount_change: Money
    mrr_change: Money
    source: str


@dataclass(frozen=True)
class BillingRow:
    """A billing period item: its amount as it was and as it becomes, and whether the order makes it."""

    id: str
    asset: str
    category: str
    kind: str
    start: date
    end: date
    billing_date: date
    was: Money | None
    amount: Money | None
    invoice: str | None
    news: str


def is_linked(result: OrderResult) -> bool:
    """Whether what happens to one asset goes with what happens to another: a transfer or a swap."""
    return len(result.orders) > 1 and len(result.assets) > 1


def name_of(shape: AssetShape, among: Sequence[AssetShape]) -> str:
    """What tells an asset from the others: its name, or its account's where both have one name, or both."""
    if len({each.asset.account_id for each in among}) == 1:
        return shape.asset.name
    if len({each.asset.name for each in among}) == 1:
        return shape.asset.account
    return f"{shape.asset.name} · {shape.asset.account}"


def period_rows(after: Sequence[AssetShape], before: Iterable[AssetShape]) -> list[PeriodRow]:
    """Every state period after the act: unchanged, changed, or new."""
    known = {(shape.asset.id, period.start): period for shape in before for period in shape.state_periods}
    rows = []
    for shape in after:
        for period in shape.state_periods:
            old = known.get((shape.asset.id, period.start))
            news = NEW if old is None else UNCHANGED if old == period else CHANGED
            if period.paused and news != UNCHANGED:
                news = "Paused"
            rows.append(
                PeriodRow(
                    f"{shape.asset.id} {period.start}",
                    name_of(shape, after),
                    period.start,
                    period.end,
                    period.quantity,
                    period.amount,
                    period.mrr,
                    news,
                )
            )
    return rows


def action_rows(after: Sequence[AssetShape], before: Iterable[AssetShape]) -> list[ActionRow]:
    """The actions that the act adds, those of one asset in the order recorded."""
    known = {action.id for shape in before for action in shape.actions}
    return [
        ActionRow(
            action.id,
            shape.asset.name,
            shape.asset.account,
            action.effective_date,
            action.category,
            action.quantity_change,
            action.amount_change,
            action.mrr_change,
            ", ".join(source.reference for source in action.sources),
        )
        for shape in after
        for action in shape.actions
        if action.id not in known
    ]


def billing_rows(after: Sequence[AssetShape], before: Iterable[AssetShape]) -> list[BillingRow]:
    """Every billing period item after the act, by schedule, and those that it takes away."""
    known = {key: item for shape in before for key, _, item in _items_of(shape)}
    rows = []
    for shape in after:
        for key, category, item in _items_of(shape):
            old = known.pop(key, None)
            news = INVOICED if item.invoice else PENDING
            if old is None:
                news = NEW
            elif old != item:
                news = CHANGED
            rows.append(_billing_row(shape, after, key, category, item, old, item, news))
    for shape in before:
        for key, category, item in _items_of(shape):
            if key in known:
                rows.append(_billing_row(shape, after, key, category, item, item, None, GONE))
    return rows


def _billing_row(
    shape: AssetShape,
    among: Sequence[AssetShape],
    key: tuple[Any, ...],
    category: str,
    item: BillingItemShape,
    old: BillingItemShape | None,
    new: BillingItemShape | None,
    news: str,
) -> BillingRow:
    return BillingRow(
        " ".join(map(str, key)),
        name_of(shape, among),
        category,
        item.kind.capitalize(),
        item.start,
        item.end,
        item.billing_date,
        None if old is None else old.amount,
        None if new is None else new.amount,
        item.invoice,
        news,
    )


def _items_of(shape: AssetShape) -> Iterator[tuple[tuple[Any, ...], str, BillingItemShape]]:
    """The billing period items of an asset, each with a key that stays the same when its amount changes."""
    for schedule in shape.billing.schedules:
        counted: dict[tuple[Any, ...], int] = {}
        for item in schedule.items:
            key = (schedule.id, item.kind, item.start)
            counted[key] = counted.get(key, 0) + 1
            yield (*key, counted[key]), schedule.category, item


def _price(value: Any) -> str:
    return display.NOTHING if value is None else display.unit_price(*value)


def _priced(name: str) -> Any:
    """A unit price with its currency, so that the cell can write it."""
    return lambda row: (getattr(row, name), currency_named(row.currency))


def _news(word: str) -> str:
    return "" if word == UNCHANGED else word


PERIOD_COLUMNS = (
    Column("asset", "Asset", attrgetter("asset"), width=150),
    Column("start", "Start", attrgetter("start"), ColumnKind.DATE, 96),
    Column("end", "End", attrgetter("end"), ColumnKind.DATE, 96, text=display.last_day),
    Column("quantity", "Quantity", attrgetter("quantity"), ColumnKind.QUANTITY, 76),
    Column("amount", "Amount", attrgetter("amount"), ColumnKind.MONEY, 96, total=True),
    Column("mrr", "MRR", attrgetter("mrr"), ColumnKind.MONEY, 90),
    Column("news", "", attrgetter("news"), ColumnKind.CHIP, 84, text=_news),
    Column("word", "", attrgetter("news"), width=70, text=_news),
)
ACTION_COLUMNS = (
    Column("asset", "Asset", attrgetter("asset"), width=190),
    Column("account", "Account", attrgetter("account"), width=170),
    Column("effective_date", "From", attrgetter("effective_date"), ColumnKind.DATE, 110),
    Column("category", "Category", attrgetter("category"), ColumnKind.CHIP, 200),
    Column("source", "Order / line", attrgetter("source"), width=150),
    Column("quantity_change", "Δ Quantity", attrgetter("quantity_change"), ColumnKind.DELTA, 100, total=True),
    Column("mrr_change", "Δ MRR", attrgetter("mrr_change"), ColumnKind.DELTA, 120, total=True),
    Column("amount_change", "Δ Amount", attrgetter("amount_change"), ColumnKind.DELTA, 120, total=True),
)
BILLING_COLUMNS = (
    Column("asset", "Asset", attrgetter("asset"), width=170),
    Column("category", "Schedule", attrgetter("category"), width=112),
    Column("kind", "Kind", attrgetter("kind"), width=85),
    Column("start", "From", attrgetter("start"), ColumnKind.DATE, 100),
    Column("end", "To", attrgetter("end"), ColumnKind.DATE, 100),
    Column("billing_date", "Billing date", attrgetter("billing_date"), ColumnKind.DATE, 104),
    Column("was", "Before", attrgetter("was"), ColumnKind.MONEY, 100, total=True),
    Column("amount", "Amount", attrgetter("amount"), ColumnKind.MONEY, 100, total=True),
    Column("invoice", "Invoice", attrgetter("invoice"), width=108),
    Column("news", "", attrgetter("news"), ColumnKind.CHIP, 94),
)
LINE_COLUMNS = (
    Column("product", "Product", attrgetter("product"), width=110),
    Column("start", "Start", attrgetter("start"), ColumnKind.DATE, 105),
    Column("end", "End", attrgetter("end"), ColumnKind.DATE, 105, text=display.last_day),
    Column("quantity", "Quantity", attrgetter("quantity"), ColumnKind.QUANTITY, 85),
    Column("list_price", "List price", _priced("list_price"), ColumnKind.QUANTITY, 95, text=_price),
    Column("discount", "Discount %", attrgetter("discount"), ColumnKind.QUANTITY, 90),
    Column("net_unit_price", "Net price", _priced("net_unit_price"), ColumnKind.QUANTITY, 95, text=_price),
    Column("price_unit", "Per", attrgetter("price_unit"), width=80),
    Column(
        "term_count",
        "Term count",
        attrgetter("term_count"),
        ColumnKind.QUANTITY,
        95,
        text=lambda count: display.NOTHING if count is None else ratio_text(count, 6, trim=True),
    ),
    Column("frequency", "Billed", attrgetter("frequency"), width=95),
    Column("category", "Category", attrgetter("category"), ColumnKind.CHIP, 110),
    Column("total", "Total", attrgetter("total"), ColumnKind.MONEY, 110, total=True),
)


def chart_lines(shapes: Sequence[AssetShape], figure: str) -> tuple[StepLine, ...]:
    """Quantity or MRR of assets over the days, from their state periods; a line for each currency."""
    title = "Quantity" if figure == QUANTITY else "MRR"
    return tuple(
        _line(title, [shape for shape in shapes if shape.asset.currency == code], figure)
        for code in sorted({shape.asset.currency for shape in shapes})
    )


def linked_lines(shapes: Sequence[AssetShape], figure: str, among: Sequence[AssetShape]) -> tuple[StepLine, ...]:
    """The same, a line for each asset."""
    return tuple(_line(name_of(shape, among), [shape], figure) for shape in shapes)


def _line(label: str, shapes: Sequence[AssetShape], figure: str) -> StepLine:
    periods = [period for shape in shapes for period in shape.state_periods]
    ends = {period.end + timedelta(days=1) for period in periods if period.end is not None}
    begins = {period.start for period in periods}
    steps = []
    for day in sorted(begins | ends):
        held = [each for each in periods if each.start <= day and (each.end is None or day <= each.end)]
        values = [each.quantity if figure == QUANTITY else each.mrr.amount for each in held]
        value = sum(values, Decimal(0)) if held else None
        steps.append(Step(day, value, id=day.isoformat() if day in begins else None))
    return StepLine(label, tuple(steps), None if figure == QUANTITY else currency_named(shapes[0].asset.currency))


def action_dots(shapes: Sequence[AssetShape]) -> tuple[ActionDot, ...]:
    """A diamond for each action of the assets."""
    found: list[ActionDot] = []
    for shape in shapes:
        for action in shape.actions:
            told = (
                ("Asset", name_of(shape, shapes)),
                ("Quantity", display.quantity_delta(action.quantity_change)),
                ("MRR", display.money_delta(action.mrr_change)),
                ("Amount", display.money_delta(action.amount_change)),
            )
            source = action.sources[0].reference if action.sources else ""
            found.append(ActionDot(action.id, action.effective_date, Category(action.category), source, told))
    return tuple(found)


def order_facts(result: OrderResult, before: Sequence[AssetShape]) -> list[Fact]:
    """What the order comes to, what it credits, and what becomes of its assets' figures."""
    order = result.orders[0]
    lines = display.count(len(order.items), "line")
    if is_linked(result):
        totals = [each.total for each in result.orders]
        note = " and ".join(display.money(each) for each in totals)
        facts = [Fact("Both orders", display.money_delta(sum(totals[1:], totals[0])), note=note)]
    else:
        facts = [Fact("Order total", display.money(order.total), note=f"{order.kind} · {lines} · {order.status}")]
    after = result.assets
    if not after:
        return facts
    if credit := _credit(result, before):
        facts.append(Fact("Credit", display.money(credit), note="for days billed already", tone="good"))
    facts += [
        Fact("Lifetime amount", *_both(after, before, lambda shape: shape.asset.total_lifecycle_amount)),
        Fact("MRR at the end", *_both(after, before, _last_mrr)),
        Fact("Pending to invoice", *_both(after, before, _pending)),
    ]
    facts.append(Fact("Billing until", _until(after), _until(before)))
    return facts


def _both(
    after: Sequence[AssetShape], before: Sequence[AssetShape], figure: Callable[[AssetShape], Money | None]
) -> tuple[str, str]:
    return _total(after, figure), _total(before, figure)


def _total(shapes: Sequence[AssetShape], figure: Callable[[AssetShape], Money | None]) -> str:
    values = [value for value in map(figure, shapes) if value is not None]
    return display.money(sum(values[1:], values[0])) if values else display.NOTHING if shapes else ""


def _last_mrr(shape: AssetShape) -> Money | None:
    """The running total of the last act: what the asset holds at last, nothing where it was ended (DOMAIN 4.2)."""
    return shape.actions[-1].totals.mrr if shape.actions else None


def _pending(shape: AssetShape) -> Money | None:
    return None if shape.billing.group is None else shape.billing.group.total_pending


def _until(shapes: Sequence[AssetShape]) -> str:
    groups = [shape.billing.group for shape in shapes if shape.billing.group is not None]
    ends = [group.end for group in groups]
    if not ends:
        return display.NOTHING if shapes else ""
    return display.last_day(None if None in ends else max(end for end in ends if end is not None))


def _credit(result: OrderResult, before: Iterable[AssetShape]) -> Money | None:
    """What the act credits of what is billed already; None for nothing."""
    credits_ = [
        row.amount
        for row in billing_rows(result.assets, before)
        if row.news == NEW and row.amount is not None and row.kind.casefold() == ItemKind.CREDIT.value
    ]
    total = sum(credits_[1:], credits_[0]) if credits_ else None
    return total or None
