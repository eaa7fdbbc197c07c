"""What rows of files take back: goods that come back at their price, subscriptions that end or hold less.

Such a row seldom says what it takes back. The rule is that of `formats.cancellations`: the latest sales before it, of
the same system, account and product, last sold first; those at its own unit price before those at another, each up to
what is left of it. A sale on the day of the row counts as before where it stands above it, or came by earlier files.

What was paid once comes back at its own net price from the row's day on (DOMAIN 4.4). A subscription of which all is
taken ends on the row's day, the first without service (DOMAIN 4.5); one of which a part is taken goes on with less, and
so does one that is taken back on its first day, with nothing. Rows of one document that follow each other, by day and
by place in the files, make one order. What no imported line has sold is left out, with its reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Row, select

from calm_desktop.engine import changes
from calm_desktop.engine.catalog import ActionType, Effect, OrderKind, OrderStatus, PriceUnit
from calm_desktop.engine.lifecycle import Life, act, entries_of
from calm_desktop.engine.money import plain
from calm_desktop.engine.orders import Item
from calm_desktop.engine.problems import Refused
from calm_desktop.formats.drafts import Cancellation, OrderLine
from calm_desktop.services.currencies import currency_named
from calm_desktop.services.import_keys import CHANGED, known_contents, remember
from calm_desktop.services.import_lines import Lines, codes_of, free_numbers
from calm_desktop.services.import_tally import Tally
from calm_desktop.services.lives import lives_of
from calm_desktop.services.lookup import not_withdrawn
from calm_desktop.services.order_flow import flow
from calm_desktop.services.orders import PlannedItem, PlannedOrder, write_orders
from calm_desktop.services.portions import chunks
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.spool import Spool

_KIND = "cancellation"
_AT_A_TIME = 500
_assets, _items, _rows = tables.asset.c, tables.order_item.c, tables.import_row.c


@dataclass(frozen=True, slots=True)
class _Taking:
    """A row that takes back, with the id by which it is to be remembered: its place among the rows of the files."""

    place: int
    line: OrderLine

    @property
    def document(self) -> tuple[str, str, str, str | None]:
        return self.line.system, self.line.order_ref, self.line.account_ref, self.line.currency


@dataclass(slots=True)
class _Sold:
    """An asset that an imported line made: its state periods (last day and quantity), and what is taken from them."""

    row: Row[Any]
    states: list[tuple[date | None, Decimal]] = field(default_factory=list)
    taken: Decimal = Decimal(0)

    def left(self, day: date) -> Decimal:
        """The least that is held from `day` on: so much can be taken."""
        held = (quantity for end, quantity in self.states if end is None or end >= day)
        return max(min(held, default=Decimal(0)) - self.taken, Decimal(0))


class Returns:
    """Sets rows that take back aside until all sales are read, and carries them out by day."""

    def __init__(self, tx: Tx, batch: int, lines: Lines, tally: Tally, spool: Spool) -> None:
        self.tx, self.batch, self.lines, self.tally = tx, batch, lines, tally
        self._spool = spool

    def set_aside(self, place: int, cancellation: Cancellation) -> None:
        """Keep a row until its turn comes."""
        line = cancellation.line
        self._spool.add(_KIND, _Taking(place, line), line.start.isoformat())

    def carry_out(self) -> None:
        """Take back what the rows say, in their order; the store decides what is left."""
        total, done = self._spool.count(_KIND), 0
        for portion in _whole_documents(self._spool.of(_KIND)):
            self._take(portion)
            done += len(portion)
            self.tx.progress(done, total, "storing")

    def _take(self, portion: Sequence[_Taking]) -> None:
        known = known_contents(self.tx, (each.line for each in portion))
        self.lines.look_up([each.line for each in portion])
        sold = self._sold(portion)
        wanted = []
        for each in portion:
            content = known.get((each.line.system, each.line.natural_key))
            if content == each.line.content_key:
                self.tally.same += 1
            elif content is not None:
                self.tally.reject(each.line, [CHANGED])
            else:
                self.tally.cancelled += 1
                wanted.append((each, self._assigned(each, sold)))
        lives = lives_of(self.tx, {source.row.id for _, parts in wanted for source, _, _ in parts})
        orders: list[PlannedOrder] = []
        rows: list[tuple[int, int, _Taking]] = []
        """The place of an order, and of an item in it (from 1), with the row that they were planned for."""
        for _, group in groupby(wanted, key=lambda pair: pair[0].document):
            self._plan(list(group), lives, orders, rows)
        self._write(orders, rows)

    def _sold(self, portion: Sequence[_Taking]) -> dict[tuple[str, int, str], list[_Sold]]:
        """What imported lines sold of the products and to the accounts of a portion, by system, account and product
        code; first what was sold first."""
        buyers = {each.line.account_ref: self.lines.account_of(each.line) for each in portion}
        accounts = {account for account in buyers.values() if account is not None}
        codes = {code for each in portion for code in codes_of(each.line)}
        # Far fewer than all sales of these products to these accounts, which one that stands for many can have bought.
        wanted = {(buyers[each.line.account_ref], code) for each in portion for code in codes_of(each.line)}
        query = (
            select(
                _assets.id,
                _assets.name,
                _assets.account_id,
                _assets.product_id,
                _assets.currency,
                _assets.lifecycle_start,
                _items.start,
                _items.unit_price,
                _items.price_unit,
                _items.tax_category,
                tables.sales_order.c.number,
                tables.product.c.code,
                _rows.id.label("place"),
                _rows.system,
            )
            .join(tables.order_item, _items.asset_id == _assets.id)
            .join(tables.import_row, _rows.order_item_id == _items.id)
            .join(tables.product, tables.product.c.id == _assets.product_id)
            .join(tables.sales_order, tables.sales_order.c.id == _items.order_id)
            .where(_items.effect == Effect.COVERS.value, not_withdrawn(tables.import_row))
        )
        found: defaultdict[tuple[str, int, str], list[_Sold]] = defaultdict(list)
        for some in chunks(sorted(codes)):
            of_products = query.where(tables.product.c.code.in_(some))
            for row in rows_in(self.tx, of_products, among(_assets.account_id, sorted(accounts))):
                if (row.account_id, row.code) in wanted:
                    found[row.system, row.account_id, row.code].append(_Sold(row))
        every = {each.row.id: each for mine in found.values() for each in mine}
        states = tables.state_period.c
        held = select(states.asset_id, states.end, states.quantity)
        for asset, end, quantity in rows_in(self.tx, held, among(states.asset_id, sorted(every))):
            every[asset].states.append((end, quantity))
        return found

    def _assigned(
        self, taking: _Taking, sold: dict[tuple[str, int, str], list[_Sold]]
    ) -> list[tuple[_Sold, Decimal, bool]]:
        """What a row takes from which assets, and whether that is all of it; what is left is told."""
        line, rest = taking.line, taking.line.quantity
        account = self.lines.account_of(line)
        candidates = [
            each
            for code in codes_of(line)
            for each in sold.get((line.system, account or 0, code), ())
            if (each.row.start, each.row.place) < (line.start, taking.place)
        ]
        candidates.sort(key=lambda each: (each.row.start, each.row.place), reverse=True)
        candidates.sort(key=lambda each: each.row.unit_price != line.unit_price)
        parts = []
        for each in candidates:
            left = each.left(line.start)
            taken = min(left, rest)
            if taken:
                each.taken += taken
                rest -= taken
                parts.append((each, taken, taken == left))
            if not rest:
                break
        if rest:
            said = f"takes back {plain(line.quantity)}" if parts else "takes back"
            what = f", of which {plain(rest)}" if parts else f" {plain(rest)}"
            words = f"{said}{what} of {line.product_code} that no imported line has sold to {line.account_ref} before"
            self.tally.leave_out(line.file, line.row, words)
        return parts

    def _plan(
        self,
        group: Sequence[tuple[_Taking, list[tuple[_Sold, Decimal, bool]]]],
        lives: dict[int, Life],
        orders: list[PlannedOrder],
        rows: list[tuple[int, int, _Taking]],
    ) -> None:
        """The orders of one document: one for what goes on with less, one for what ends."""
        planned: dict[tuple[OrderKind, str, int], list[PlannedItem]] = {}
        firsts: list[tuple[tuple[OrderKind, str, int], int, _Taking]] = []
        for taking, parts in group:
            remembered = False
            for sold, quantity, is_whole in parts:
                try:
                    kind, items = _items_that_take(lives, sold, taking.line.start, quantity, is_whole)
                except Refused as refused:
                    words = f"takes back {plain(quantity)} of {sold.row.number}: {refused.problems[0].message}"
                    self.tally.leave_out(taking.line.file, taking.line.row, words)
                    continue
                key = kind, sold.row.currency, sold.row.account_id
                mine = planned.setdefault(key, [])
                if not remembered:
                    self.tally.taken_back += 1
                    firsts.append((key, len(mine) + 1, taking))
                    remembered = True
                lead = len(mine)
                mine += [
                    PlannedItem(
                        sold.row.product_id, item, sold.row.name, sold.row.tax_category, None, sold.row.id, lead
                    )
                    for item in items
                ]
        first = len(orders)
        line = group[0][0].line
        numbers = free_numbers(self.tx, [line.order_ref] * len(planned), (order.number for order in orders))
        for ((kind, currency, account), mine), number in zip(planned.items(), numbers, strict=True):
            orders.append(
                PlannedOrder(
                    account=account,
                    kind=kind,
                    status=OrderStatus.ACTIVATED,
                    currency=currency_named(currency),
                    items=tuple(mine),
                    order_date=line.order_date or min(self.tx.today, line.start),
                    batch=self.batch,
                    number=number,
                )
            )
        places = {key: first + place for place, key in enumerate(planned)}
        rows.extend((places[key], number, taking) for key, number, taking in firsts)

    def _write(self, orders: Sequence[PlannedOrder], rows: Sequence[tuple[int, int, _Taking]]) -> None:
        numbers = write_orders(self.tx, orders)
        flow(self.tx, numbers)
        query = select(_items.id, _items.order_id, _items.line)
        stored = {(row.order_id, row.line): row.id for row in rows_in(self.tx, query, among(_items.order_id, numbers))}
        made = [(taking.place, taking.line, stored[numbers[order], line]) for order, line, taking in rows]
        remember(self.tx, self.batch, "order_item_id", made)


def _items_that_take(
    lives: dict[int, Life], sold: _Sold, day: date, quantity: Decimal, is_whole: bool
) -> tuple[OrderKind, list[Item]]:
    """The items that take a quantity from an asset, whose life then goes on with them."""
    asset, name = sold.row.id, sold.row.name
    life = lives[asset]
    if is_whole and sold.row.price_unit != PriceUnit.ONCE.value and day > sold.row.lifecycle_start:
        kind, type_, items = OrderKind.CANCEL, ActionType.CANCEL, changes.cancel(life, day, name)
    else:
        kind, type_ = OrderKind.AMEND, ActionType.CHANGE
        items = changes.amend(life, day, -quantity, changes.SAME_PRICE, name)
    items = changes.settled(life, items, type_)
    lives[asset] = act(life, entries_of(items, max(life.by_key) + 1), type_).life
    return kind, items


def _whole_documents(takings: Iterable[_Taking]) -> Iterator[list[_Taking]]:
    """Portions that cut no document in two."""
    portion: list[_Taking] = []
    for _, group in groupby(takings, key=lambda each: each.document):
        portion.extend(group)
        if len(portion) >= _AT_A_TIME:
            yield portion
            portion = []
    if portion:
        yield portion
