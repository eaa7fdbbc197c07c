"""Why a figure is what it is: for a card, a row or a paper, the periods, actions and lines that sum to it exactly.

Nothing is figured anew here: state periods, invoice lines and sources are read as the cards and lists read them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from calm_desktop.engine.dates import Period
from calm_desktop.engine.explain import (
    Figure,
    LineKind,
    Value,
    change_of,
    changes_by_item,
    contributions,
    sums_to,
    total,
    value_of,
)
from calm_desktop.engine.hidden import Protected
from calm_desktop.engine.lifecycle import Delta, SourceKind, StatePeriod
from calm_desktop.engine.money import Currency, Money
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.boundary import require_fields, view
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.ids import number_of, public_id
from calm_desktop.services.lives import life_of, lives_of
from calm_desktop.services.lookup import find
from calm_desktop.services.requests import Explain, Find, Look
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.shapes import (
    ActionDetail,
    ExplainLine,
    Explanation,
    InvoiceLineRow,
    InvoiceLineShape,
    OrderItemShape,
    SourceShape,
)
from calm_desktop.services.tx import Tx
from calm_desktop.services.views.actions import show_action
from calm_desktop.services.views.balances import is_issued
from calm_desktop.services.views.heads import account_head, in_force
from calm_desktop.services.views.invoices import list_invoice_lines, show_invoice
from calm_desktop.services.views.orders import order_shapes
from calm_desktop.store import tables

_assets, _periods, _actions = tables.asset.c, tables.state_period.c, tables.action.c
_items, _invoices, _lines = tables.order_item.c, tables.invoice.c, tables.invoice_line.c
_settlements, _payments, _memos = tables.settlement.c, tables.payment.c, tables.credit_memo.c

_NOT_KNOWN = "amount not known while it runs"
_WITHOUT_EFFECT = "without effect yet"
SOURCE_WORDS = {
    SourceKind.ORDER_ITEM: "Order",
    SourceKind.WORK_ORDER_LINE: "Work order",
    SourceKind.EXTERNAL: "External reference",
}
FIGURES_OF_INVOICES = (Figure.AMOUNT, Figure.INVOICE_LINE_BALANCE)


@view()
def explain(tx: Tx, request: Explain) -> tuple[Explanation, ...]:
    """Why a figure is what it is: one explanation for each currency that the thing has, or for the one asked for.

    Refuses an unknown or ambiguous name, a figure that the thing has not, and a currency in which it has none.
    """
    require_fields(tx, *_seen_for(request))
    number = find(tx, request.kind, request.name)
    if request.kind == "invoice":
        found = _of_invoice(tx, number, request.figure, request.as_of)
    else:
        found = _KINDS[request.kind](tx, number, request.figure, request.as_of or tx.today)
    if not request.currency:
        return found
    wanted = currency_named(request.currency).code
    chosen = tuple(each for each in found if each.currency == wanted)
    if not chosen:
        known = ", ".join(each.currency for each in found)
        words = f"{found[0].of} has no figures in {wanted}. It has some in {known}."
        raise Refused(Problem("no-figures-in-currency", "currency", words))
    return chosen


def _seen_for(request: Explain) -> tuple[Protected, ...]:
    """What a role must see to be told why: the figure, and those that its lines are made of."""
    match request.figure:
        case Figure.MRR:
            return (Protected.MRR,)
        case Figure.INVOICE_LINE_BALANCE:
            return Protected.BALANCE, Protected.INVOICE_AMOUNT, Protected.PAYMENT
        case Figure.AMOUNT:
            of_kind = {"order": Protected.ORDER_AMOUNT, "invoice": Protected.INVOICE_AMOUNT}
            return (of_kind.get(request.kind, Protected.ASSET_AMOUNT),)
    return ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """One figure of one thing, to be explained by lines."""

    figure: Figure
    of: str
    currency: Currency
    day: date | None

    def by(self, lines: Iterable[ExplainLine]) -> Explanation:
        shown = tuple(lines)
        value = total(self.figure, self.currency, (line.value for line in shown))
        return Explanation(self.figure.value, self.of, self.currency.code, self.day, value, shown)


# ------------------------------------------------------------------------------------------- accounts and assets


def _of_account(tx: Tx, account: int, figure: Figure, day: date) -> tuple[Explanation, ...]:
    head = account_head(tx, account)
    asked = [_Asked(figure, head.name, currency, day) for currency in _currencies(tx, account, head.currency)]
    lines: defaultdict[str, list[ExplainLine]] = defaultdict(list)
    if figure is Figure.INVOICE_LINE_BALANCE:
        for code, line in _open_lines(tx, Find(account=head.id, as_of=day)):
            lines[code].append(line)
    else:
        for row in _held(tx, _assets.account_id == account, day):
            lines[row.currency].append(_period_line(row, figure))
    return tuple(each.by(lines[each.currency.code]) for each in asked)


def _currencies(tx: Tx, account: int, own: str) -> tuple[Currency, ...]:
    """The currencies of an account's cards: its own first, then the others in which it owned or was billed anything."""
    owned = select(_assets.currency).join(tables.state_period, _periods.asset_id == _assets.id)
    billed = (
        select(_invoices.currency)
        .join(tables.invoice_line, _lines.invoice_id == _invoices.id)
        .where(_invoices.account_id == account, is_issued())
    )
    codes = set(tx.db.scalars(owned.where(_assets.account_id == account).union(billed)))
    return tuple(currency_named(code) for code in (own, *sorted(codes - {own})))


def _of_asset(tx: Tx, asset: int, figure: Figure, day: date) -> tuple[Explanation, ...]:
    row = tx.db.execute(select(_assets.name, _assets.currency).where(_assets.id == asset)).one()
    asked = _Asked(figure, row.name, currency_named(row.currency), day)
    if figure is Figure.INVOICE_LINE_BALANCE:
        found = _open_lines(tx, Find(asset=public_id("asset", asset), as_of=day))
        return (asked.by(line for _, line in found),)
    held = _held(tx, _assets.id == asset, day)
    return (asked.by(_period_line(row, figure, _made_by(tx, row, figure)) for row in held),)


def _held(tx: Tx, owned: ColumnElement[bool], day: date) -> list[Any]:
    """The state periods in force on a day, with their assets."""
    query = (
        select(
            _periods.id,
            _periods.asset_id,
            _periods.start,
            _periods.end,
            _periods.quantity,
            _periods.amount,
            _periods.mrr,
            _assets.name,
            _assets.currency,
        )
        .join(tables.asset, _assets.id == _periods.asset_id)
        .where(owned, in_force(day))
        .order_by(_periods.asset_id)
    )
    return list(tx.db.execute(query))


def _state(row: Any, currency: Currency) -> StatePeriod:
    known = None if row.amount is None else currency.money(row.amount)
    return StatePeriod(Period(row.start, row.end), row.quantity, known, currency.money(row.mrr))


def _period_line(row: Row[Any], figure: Figure, parts: tuple[ExplainLine, ...] = ()) -> ExplainLine:
    value = value_of(figure, _state(row, currency_named(row.currency)))
    return _line(
        LineKind.STATE_PERIOD,
        public_id("state-period", row.id),
        value,
        row.name,
        (row.start, row.end),
        note="" if value is not None else _NOT_KNOWN,
        link=f"calm://asset/{public_id('asset', row.asset_id)}",
        parts=parts,
    )


def _made_by(tx: Tx, held: Row[Any], figure: Figure) -> tuple[ExplainLine, ...]:
    """The actions that make the figure of a state period, and what rounding leaves over."""
    found = contributions(figure, life_of(tx, held.asset_id), _state(held, currency_named(held.currency)))
    query = select(tables.action).where(_actions.asset_id == held.asset_id)
    acts = {row.id: row for row in tx.db.execute(query)}
    return tuple(
        _line(LineKind.ROUNDING, "", each.value, "Odd cents of rounding", (held.start, held.end))
        if each.act is None
        else _line(
            LineKind.ACTION,
            public_id("action", each.act),
            each.value,
            acts[each.act].category,
            (acts[each.act].effective_date, acts[each.act].effective_date),
            link=f"calm://action/{public_id('action', each.act)}",
        )
        for each in found
    )


# --------------------------------------------------------------------------------------------------- invoice lines


def _open_lines(tx: Tx, wanted: Find) -> list[tuple[str, ExplainLine]]:
    """The lines with anything open that an invoice line balance sums as of a day, with their currencies."""
    rows = [row for row in list_invoice_lines(tx, wanted) if row.balance]
    settled = settlements_of(tx, [row.id for row in rows], wanted.as_of)
    return [(row.currency, invoice_line(row, row.invoice, row.invoice_id, row.balance, settled)) for row in rows]


def invoice_line(
    row: InvoiceLineRow | InvoiceLineShape,
    invoice: str,
    invoice_id: str,
    value: Money,
    settled: dict[str, list[ExplainLine]],
) -> ExplainLine:
    """An invoice line and what of it is open; below it, its amount and what was paid and credited of that."""
    link = f"calm://invoice/{invoice_id}"

    def line(value: Money, parts: tuple[ExplainLine, ...] = ()) -> ExplainLine:
        title = f"{invoice}: {row.description}"
        return _line(LineKind.INVOICE_LINE, row.id, value, title, (row.start, row.end), link=link, parts=parts)

    parts = (line(row.amount), *settled.get(row.id, ()))
    made = [part.value for part in parts]
    fits = len(parts) > 1 and sums_to(Figure.INVOICE_LINE_BALANCE, value.currency, made, value)
    return line(value, parts if fits else ())


def settlements_of(tx: Tx, lines: Iterable[str], day: date | None) -> dict[str, list[ExplainLine]]:
    """What payments, credits and mirrors dated up to a day took off invoice lines, by the lines' public ids."""
    mirrors = tables.invoice.alias("mirrors")
    query = (
        select(
            tables.settlement,
            _invoices.currency,
            _payments.number.label("payment_number"),
            _memos.number.label("memo_number"),
            mirrors.c.number.label("mirror_number"),
        )
        .join(tables.invoice_line, _lines.id == _settlements.invoice_line_id)
        .join(tables.invoice, _invoices.id == _lines.invoice_id)
        .outerjoin(tables.payment, _payments.id == _settlements.payment_id)
        .outerjoin(tables.credit_memo, _memos.id == _settlements.memo_id)
        .outerjoin(mirrors, mirrors.c.id == _settlements.mirror_id)
        .order_by(_settlements.day, _settlements.id)
    )
    if day is not None:
        query = query.where(_settlements.day <= day)
    numbers = [number for each in lines if (number := number_of("invoice-line", each)) is not None]
    found: defaultdict[str, list[ExplainLine]] = defaultdict(list)
    for row in rows_in(tx, query, among(_lines.id, numbers)):
        found[public_id("invoice-line", row.invoice_line_id)].append(_settlement_line(row))
    return found


def _settlement_line(row: Row[Any]) -> ExplainLine:
    kind, record, title, place = _document_of(row)
    value = currency_named(row.currency).money(-row.amount)
    return _line(kind, record, value, title, (row.day, row.day), link=f"calm://{place}/{record}")


def _document_of(row: Row[Any]) -> tuple[LineKind, str, str, str]:
    """What a settlement belongs to: kind, public id, words and the page that shows it."""
    if row.payment_id is not None:
        return LineKind.PAYMENT, public_id("payment", row.payment_id), f"Payment {row.payment_number}", "payment"
    if row.memo_id is not None:
        return LineKind.CREDIT_MEMO, public_id("credit", row.memo_id), f"Credit memo {row.memo_number}", "credit"
    return LineKind.MIRROR, public_id("invoice", row.mirror_id), f"Voided by {row.mirror_number}", "invoice"


def _of_invoice(tx: Tx, invoice: int, figure: Figure, day: date | None) -> tuple[Explanation, ...]:
    """An invoice's amount is that of all its lines, tax included; its balance what of them is open.

    As `show_invoice`: payments and credits dated up to the day count, all that are recorded without one.
    """
    shown = show_invoice(tx, Look(public_id("invoice", invoice), day))
    head, name = shown.invoice, shown.invoice.number or "Draft invoice"
    if figure not in FIGURES_OF_INVOICES:
        words = f"An invoice has no {figure.value} of its own. Ask for amount or invoice-line-balance."
        raise Refused(Problem("no-such-figure", "explain", words))
    asked = _Asked(figure, name, currency_named(head.currency), day)
    if figure is Figure.AMOUNT:
        return (asked.by(invoice_line(line, name, head.id, line.amount, {}) for line in shown.lines),)
    settled = settlements_of(tx, [line.id for line in shown.lines], day)
    return (asked.by(invoice_line(line, name, head.id, line.balance, settled) for line in shown.lines),)


# --------------------------------------------------------------------------------------------------------- orders


def _of_order(tx: Tx, order: int, figure: Figure, day: date) -> tuple[Explanation, ...]:
    """An order's amount is that of its items; its quantity and MRR are what they changed, once they took effect."""
    shown = order_shapes(tx, [order])[0]
    asked = _Asked(figure, f"Order {shown.number}", currency_named(shown.currency), day)
    if figure is Figure.INVOICE_LINE_BALANCE:
        query = select(_lines.id).join(tables.order_item, _items.id == _lines.order_item_id)
        mine = {public_id("invoice-line", each) for each in tx.db.scalars(query.where(_items.order_id == order))}
        every = _open_lines(tx, Find(account=shown.account_id, as_of=day))
        return (asked.by(line for _, line in every if line.id in mine),)
    values = _item_values(tx, order, figure, asked.currency)
    return (asked.by(_item_line(item, shown.id, values(item), figure) for item in shown.items),)


def _item_values(tx: Tx, order: int, figure: Figure, currency: Currency) -> Callable[[OrderItemShape], Value | None]:
    if figure is Figure.AMOUNT:
        return lambda item: item.total
    changes = _item_changes(tx, order, currency)
    return lambda item: change_of(figure, changes[item.id]) if item.id in changes else None


def _item_changes(tx: Tx, order: int, currency: Currency) -> dict[str, Delta]:
    """What the items of an order that took effect changed, by their public ids; together it is what their acts did."""
    sources = tables.action_source.c
    query = (
        select(tables.action, sources.order_item_id.label("item"))
        .join(tables.action_source, sources.action_id == _actions.id)
        .join(tables.order_item, _items.id == sources.order_item_id)
        .where(_items.order_id == order)
        .order_by(_items.id)
    )
    acts = {act: list(rows) for act, rows in groupby(tx.db.execute(query), key=lambda row: row.id)}
    lives = lives_of(tx, (rows[0].asset_id for rows in acts.values() if len(rows) > 1))
    found: dict[int, Delta] = {}
    for act, rows in acts.items():
        row = rows[0]
        change = Delta(row.quantity_change, currency.money(row.amount_change), currency.money(row.mrr_change))
        found |= {row.item: change} if len(rows) == 1 else changes_by_item(lives[row.asset_id], act, change)
    return {public_id("order-item", item): change for item, change in found.items()}


def _item_line(item: OrderItemShape, order: str, value: Value | None, figure: Figure) -> ExplainLine:
    unknown = _NOT_KNOWN if figure is Figure.AMOUNT else _WITHOUT_EFFECT
    return _line(
        LineKind.ORDER_ITEM,
        item.id,
        value,
        f"{item.category}: {item.product}",
        (item.start, item.end),
        note="" if value is not None else unknown,
        link=f"calm://asset/{item.asset}" if item.asset else f"calm://order/{order}",
    )


# -------------------------------------------------------------------------------------------------------- actions


def _of_action(tx: Tx, action: int, figure: Figure, day: date) -> tuple[Explanation, ...]:
    """An action's change is that of its sources; where theirs is another, what the asset held after and before it."""
    detail = show_action(tx, Look(public_id("action", action), day))
    act = detail.action
    name = f"{act.category} of {act.effective_date}, {detail.asset.name}"
    asked = _Asked(figure, name, currency_named(detail.asset.currency), day)
    match figure:
        case Figure.INVOICE_LINE_BALANCE:
            words = "An action has no invoice-line-balance. Ask for quantity, amount or mrr, or ask its asset."
            raise Refused(Problem("no-such-figure", "explain", words))
        case Figure.MRR:
            return (asked.by(_running_totals(detail, act.totals.mrr, act.totals.mrr - act.mrr_change)),)
        case Figure.QUANTITY:
            after = act.totals.quantity
            sums = _sources(detail, asked, act.quantity_change, lambda source: source.quantity)
            return (asked.by(sums or _running_totals(detail, after, after - act.quantity_change)),)
        case _:
            amount = act.totals.amount
            sums = _sources(detail, asked, act.amount_change, lambda source: source.subtotal)
            return (asked.by(sums or _running_totals(detail, amount, amount - act.amount_change)),)


def _sources(
    detail: ActionDetail, asked: _Asked, change: Value, value: Callable[[SourceShape], Value]
) -> tuple[ExplainLine, ...]:
    """The sources that sum to an action's change: all, or the order items alone, which others may only repeat."""
    every = detail.action.sources
    for chosen in (every, tuple(each for each in every if each.kind == SourceKind.ORDER_ITEM)):
        if chosen and sums_to(asked.figure, asked.currency, [value(each) for each in chosen], change):
            return tuple(_source_line(each, value(each)) for each in chosen)
    return ()


def _source_line(source: SourceShape, value: Value) -> ExplainLine:
    system = f"{source.system}: " if source.system else ""
    return _line(
        LineKind.SOURCE,
        source.id,
        value,
        f"{SOURCE_WORDS[SourceKind(source.kind)]} {system}{source.reference}",
        (source.start, source.end),
        link=f"calm://order/{source.order_id}" if source.order_id else "",
    )


def _running_totals(detail: ActionDetail, after: Value, before: Value) -> tuple[ExplainLine, ...]:
    """A change is what the asset's last state holds after the act, less what it held before (DOMAIN 4.2)."""
    day = detail.action.effective_date

    def line(value: Value, title: str) -> ExplainLine:
        place = f"calm://asset/{detail.asset.id}"
        return _line(LineKind.RUNNING_TOTAL, detail.asset.id, value, title, (day, day), link=place)

    lines = (line(after, "Running total after it"), line(-before, "Less the running total before it"))
    return lines if before else lines[:1]


# ---------------------------------------------------------------------------------------------------------- words


def _line(
    kind: LineKind,
    record: str,
    value: Value | None,
    title: str,
    days: tuple[date, date | None],
    *,
    note: str = "",
    link: str = "",
    parts: tuple[ExplainLine, ...] = (),
) -> ExplainLine:
    start, end = days
    span = f"from {start}" if end is None else f"{start}" if start == end else f"{start} to {end}"
    words = f"{title}, {span}" + (f" ({note})" if note else "")
    return ExplainLine(kind.value, record, words, value, title, start, end, note, link, parts)


_KINDS: dict[str, Callable[[Tx, int, Figure, date], tuple[Explanation, ...]]] = {
    "account": _of_account,
    "asset": _of_asset,
    "order": _of_order,
    "action": _of_action,
}
