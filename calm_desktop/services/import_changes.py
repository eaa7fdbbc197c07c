"""Rows of files that were imported before and come again with other values: what differs, and what was chosen for them.

Such a row is shown with its differences. Unless told what to do, an import stores nothing of it and says so; it can
keep what is stored, or take the row: what it made before is undone, and the row is sold anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, exists, or_, select

from calm_desktop.engine.catalog import Effect
from calm_desktop.engine.fields import FieldObject, text_of
from calm_desktop.engine.money import plain
from calm_desktop.engine.orders import Item
from calm_desktop.engine.problems import Refused
from calm_desktop.formats.drafts import AccountDraft, OrderLine, PriceDraft, ProductDraft, RowProblem
from calm_desktop.services.bulk_sales import without_what_is_billed
from calm_desktop.services.field_values import stored_values
from calm_desktop.services.import_tally import Tally
from calm_desktop.services.lives import not_undone, stands
from calm_desktop.services.lookup import not_withdrawn
from calm_desktop.services.order_flow import flow
from calm_desktop.services.order_lines import sale_line, work_lines
from calm_desktop.services.orders import PlannedItem, StoredItem, items_query, stored_item, write_orders
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import TAKE
from calm_desktop.services.sales import plan_item, ramp
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.shapes import ChangedRow, FieldChange
from calm_desktop.services.tx import Tx
from calm_desktop.services.undoing import orders_that_undo, what_depends
from calm_desktop.store import tables

_rows, _items, _orders, _actions = tables.import_row.c, tables.order_item.c, tables.sales_order.c, tables.action.c

RecordDraft = AccountDraft | ProductDraft | PriceDraft
"""A row that states a record: what the store has of it is what the row is held against."""

Facts = dict[str, str]
"""What a row says, or what is stored of it: texts by the names of our own columns."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What a row made when it was imported before."""

    row: int
    asset: int | None
    product: Row[Any]
    account: Row[Any]
    items: tuple[Item, ...]
    order: Row[Any]
    billed: str
    """The last day that another system had billed."""
    ended: date | None
    """The first day without service, where an import ended it."""
    source: str


class ChangedRows:
    """Holds changed rows against what they made; `choice` is "", "keep" or "take"."""

    def __init__(self, tx: Tx, tally: Tally, choice: str) -> None:
        self.tx, self.tally, self.choice = tx, tally, choice
        self._taken: dict[tuple[str, str], tuple[int, Sequence[int]]] = {}

    def to_be_taken(self, lines: Sequence[tuple[int, OrderLine]]) -> list[tuple[int, OrderLine]]:
        """Judge rows that were imported before with other contents; the answer is those to be sold anew.

        Each comes, and goes, with the id by which it is to be remembered.
        """
        anew = []
        stored = _stored(self.tx, [line for _, line in lines])
        for place, line in lines:
            before = stored[line.system, line.natural_key]
            differences = tuple(_differences(before, line, self._said(before)))
            if not differences:
                self.tally.same += 1  # in other words
            elif self.tell(line, differences) and self._can_be_taken(line, before):
                anew.append((place, line))
        return anew

    def tell(self, row: OrderLine | RecordDraft, differences: Sequence[FieldChange]) -> bool:
        """Note a changed row; whether it is to be taken."""
        key = row.natural_key.replace("\x1f", " / ")
        self.tally.change(ChangedRow(row.file, row.row, key, tuple(differences)))
        if not self.choice:
            self.tally.tell(*(_problem(row, each) for each in differences))
        return self.choice == TAKE

    def give_up(self, line: OrderLine) -> None:
        """A row that was to be sold anew cannot be: what it made stays, and it is told by whoever found that out."""
        del self._taken[line.system, line.natural_key]
        self.tally.changed -= 1

    def take_back(self, batch: int) -> None:
        """Undo what the rows that are taken made before, as acts of a batch, so that they are new."""
        for portion in chunks(self._taken.values()):
            actions = sorted((action for _, mine in portion for action in mine), reverse=True)
            flow(self.tx, write_orders(self.tx, orders_that_undo(self.tx, actions, batch)))
            change = tables.import_row.update().where(_rows.id.in_([row for row, _ in portion]))
            self.tx.db.execute(change.values(withdrawn=_rows.id))
        self.tally.taken_anew += len(self._taken)
        self._taken.clear()

    def _said(self, before: _Stored) -> Facts:
        """What the row's asset says in fields of one's own."""
        if before.asset is None or not self.tx.has_fields:
            return {}
        values = stored_values(self.tx, FieldObject.ASSET, [before.asset])
        return {field.api_name: text_of(value) for field, value in values.get(before.asset, {}).items()}

    def _can_be_taken(self, line: OrderLine, before: _Stored) -> bool:
        """Whether nothing but imports depends on what a row made; else it is told what does."""
        if before.asset is None:
            words = "an order that has made its asset: create the assets of the earlier import first"
            self.tally.tell(RowProblem(line.file, line.row, "line", "", words, "import the row again after that"))
            return False
        actions = _actions_of_row(self.tx, before)
        depends = what_depends(self.tx, actions)
        words = "nothing that depends on what the row made before: {}"
        fix = "do that first, or import with --changed keep"
        self.tally.tell(
            *(RowProblem(line.file, line.row, "line", "", words.format(each.message), fix) for each in depends)
        )
        if not depends:
            self._taken[line.system, line.natural_key] = before.row, actions
        return not depends


def _actions_of_row(tx: Tx, before: _Stored) -> Sequence[int]:
    """The actions that a row made and that stand, newest first: its sale, and the end that it stated.

    An end has an order of its own that no row is known by; what takes back has one that a row is known by.
    """
    other = tables.order_item.alias("other").c
    known = exists().where(_rows.order_item_id == other.id, other.order_id == _orders.id)
    query = (
        select(_actions.id)
        .join(tables.order_item, _items.id == _actions.order_item_id)
        .join(tables.sales_order, _orders.id == _items.order_id)
        .where(_actions.asset_id == before.asset, _orders.batch_id.is_not(None), _actions.undoes_id.is_(None))
        .where(or_(_orders.id == before.order.order_id, ~known), stands(tables.action))
        .order_by(_actions.id.desc())
    )
    return tx.db.scalars(query).all()


def _problem(row: OrderLine | RecordDraft, difference: FieldChange) -> RowProblem:
    expected = f"{difference.before or 'nothing'}, as it is stored"
    fix = "import with --changed keep to leave it, with --changed take to take the row; or correct the row"
    return RowProblem(row.file, row.row, difference.field, difference.now, expected, fix)


# ------------------------------------------------------------------------------------------- what differs


def _differences(before: _Stored, line: OrderLine, said: Facts) -> Iterator[FieldChange]:
    """Where a row says other than what is stored of it; what it says nothing of differs from nothing."""
    facts = _facts_of(before) | said
    now = _facts_in(line, before)
    for name, text in now.items():
        if text != facts.get(name, ""):
            yield FieldChange(name, facts.get(name, ""), text)


def _facts_of(before: _Stored) -> Facts:
    return {
        "account": before.account.number,
        "product": before.product.code,
        "currency": before.order.currency,
        "order_date": before.order.order_date.isoformat(),
        "source": before.source,
        "cancel_from": before.ended.isoformat() if before.ended else "",
        "billed_through": before.billed,
        **_facts_of_items(before.items),
    }


def _facts_in(line: OrderLine, before: _Stored) -> Facts:
    """What a row says, in the words of what is stored."""
    account, product = before.account, before.product
    variant = f"{line.product_code}/{product.selling_model}-{product.price_unit}"
    found = {
        "account": account.number if line.account_ref in (account.number, account.name) else line.account_ref,
        "product": product.code if product.code in (line.product_code, variant) else line.product_code,
        "currency": line.currency or before.order.currency,
        "cancel_from": line.cancel_from.isoformat() if line.cancel_from else "",
    }
    if line.order_date is not None:
        found["order_date"] = line.order_date.isoformat()
    if line.source is not None:
        found["source"] = line.source
    found |= {field.api_name: text_of(value) for field, value in line.fields if field.object is FieldObject.ASSET}
    return found | _facts_of_sale(line, before)


def _facts_of_sale(line: OrderLine, before: _Stored) -> Facts:
    """What the row sells, planned as it would be: the last known list price stands where it gives no price."""
    first = before.items[0]
    try:
        price = first.list_price if line.unit_price is None else line.unit_price
        sold = replace(sale_line(line), category=line.category or first.category)
        if line.frequency is None:
            sold = replace(sold, frequency=first.terms.frequency)
        steps = ramp(plan_item(before.product, sold, price, first.list_price), sold, before.product.name)
        planned = [PlannedItem(0, step, "", "", None, None, 0) for step in steps]
        if line.billed_through is not None:
            planned = without_what_is_billed(planned, line.billed_through)
        return {"billed_through": _billed(planned)} | _facts_of_items([each.item for each in planned])
    except Refused:  # sold in another way than before: what can be said of it is how many and from when
        return {"quantity": plain(line.quantity), "start": line.start.isoformat()}


def last_day_billed(items: Iterable[PlannedItem | StoredItem]) -> date | None:
    """The last day that another system has billed; what is paid once was billed on its first."""
    days = (each.item.period.end or each.item.period.start for each in items if each.billed_elsewhere)
    return max(days, default=None)


def _billed(items: Iterable[PlannedItem | StoredItem]) -> str:
    day = last_day_billed(items)
    return day.isoformat() if day else ""


def _facts_of_items(items: Sequence[Item]) -> Facts:
    first, last = items[0], items[-1]
    end = last.period.end
    return {
        "quantity": plain(first.quantity),
        "price": plain(first.rate.unit_price),
        "discount": plain(first.rate.discount),
        "discount_amount": plain(first.rate.discount_amount),
        "start": first.period.start.isoformat(),
        "end": end.isoformat() if end else "",
        "frequency": first.terms.frequency.value,
        "timing": first.terms.timing.value,
        "boundary": str(first.terms.boundary),
        "partial": first.terms.partial.value,
        "remainder": first.terms.remainder.value,
        "category": first.category.value,
        "steps": ", ".join(
            f"{item.period.start}: {plain(item.quantity)} at {plain(item.rate.unit_price)}{_less(item.rate.discount)}"
            for item in items[1:]
        ),
    }


def _less(discount: Decimal) -> str:
    return f" less {plain(discount)} %" if discount else ""


# ------------------------------------------------------------------------------------------- what is stored


def _stored(tx: Tx, lines: Iterable[OrderLine]) -> dict[tuple[str, str], _Stored]:
    """What each of the rows made before."""
    keys: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        keys[line.system].append(line.natural_key)
    rows = {}
    for system, mine in keys.items():
        query = select(_rows.id, _rows.natural_key, _rows.order_item_id).where(not_withdrawn(tables.import_row))
        for portion in chunks(mine):
            for row in tx.db.execute(query.where(_rows.system == system, _rows.natural_key.in_(portion))):
                rows[row.order_item_id] = (system, row.natural_key), row.id
    sold: Select[Any] = items_query().where(_items.effect == Effect.COVERS.value)
    sold = sold.order_by(None).order_by(_items.id)
    items: defaultdict[int, list[Any]] = defaultdict(list)
    for portion in chunks(rows):
        for row in tx.db.execute(sold.where(or_(_items.id.in_(portion), _items.lead_id.in_(portion)))):
            items[row.lead_id or row.id].append(row)
    products = _by_id(tx, tables.product, (mine[0].product_id for mine in items.values()))
    accounts = _by_id(tx, tables.account, (mine[0].account_id for mine in items.values()))
    ended = _ended_by_imports(tx, [mine[0].asset_id for mine in items.values() if mine[0].asset_id is not None])
    works = work_lines(tx, [mine[0].work_order_line_id for mine in items.values() if mine[0].work_order_line_id])
    found = {}
    for item, (key, row_id) in rows.items():
        first = items[item][0]
        made = [stored_item(row) for row in items[item]]
        source = works.get(first.work_order_line_id, "")
        if first.external_system is not None:
            source = f"{first.external_system}:{first.external_reference}"
        found[key] = _Stored(
            row_id,
            first.asset_id,
            products[first.product_id],
            accounts[first.account_id],
            tuple(each.item for each in made),
            first,
            _billed(made),
            ended.get(first.asset_id),
            source,
        )
    return found


def _by_id(tx: Tx, table: Any, numbers: Iterable[int]) -> dict[int, Row[Any]]:
    return {row.id: row for row in rows_in(tx, select(table), among(table.c.id, sorted(set(numbers))))}


def _ended_by_imports(tx: Tx, assets: Iterable[int]) -> dict[int, date]:
    """The day from which imports have ended assets."""
    query = (
        select(_items.asset_id, _items.start)
        .join(tables.sales_order, _orders.id == _items.order_id)
        .where(_items.effect == Effect.ENDS.value, _orders.batch_id.is_not(None), not_undone(tables.order_item))
    )
    return {row.asset_id: row.start for row in rows_in(tx, query, among(_items.asset_id, assets))}
