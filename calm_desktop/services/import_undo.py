"""An import taken back by compensating acts, while nothing depends on what its batch made (DOMAIN 4.11).

Orders are undone asset by asset, in portions; the accounts, products and list prices that the batch brought along are
withdrawn where nothing else uses them. What the rows were recognised by is free again: the same file is new then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, or_, select

from calm_desktop.engine.catalog import Effect, OrderKind, OrderStatus
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.boundary import use_case
from calm_desktop.services.ids import public_id
from calm_desktop.services.import_restoring import bring_back, replaced_by
from calm_desktop.services.lives import not_undone, stands
from calm_desktop.services.lookup import find, not_withdrawn
from calm_desktop.services.order_flow import make_assets
from calm_desktop.services.orders import write_orders
from calm_desktop.services.papers import refund_all
from calm_desktop.services.permissions import Permission
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import UndoImport
from calm_desktop.services.scheduling import make_schedules
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.shapes import ImportUndone
from calm_desktop.services.tx import Tx
from calm_desktop.services.undoing import orders_that_undo, what_depends
from calm_desktop.services.usage import correct_all
from calm_desktop.store import tables

_PORTION = 500
"""Assets whose actions are taken back at a time, and records that are looked at."""

_MOST_NAMED = 20
"""Things that depend on a batch and are named; of more there is just the number."""

_rows, _orders, _items = tables.import_row.c, tables.sales_order.c, tables.order_item.c
_actions, _payments, _invoices = tables.action.c, tables.payment.c, tables.invoice.c


@dataclass(slots=True)
class _Dependents:
    """What depends on a batch: the first problems by name, the others by number."""

    named: dict[Problem, None] = field(default_factory=dict)
    unnamed: int = 0

    def add(self, problems: Iterable[Problem]) -> None:
        """Note what depends on the batch."""
        for problem in problems:
            if problem in self.named:
                continue
            if len(self.named) < _MOST_NAMED:
                self.named[problem] = None
            else:
                self.unnamed += 1

    def refuse(self) -> None:
        """Refuse where there are any."""
        if not self.named:
            return
        problems = list(self.named)
        if self.unnamed:
            words = f"{self.unnamed:,} more things depend on this import. Take back what is named first, and ask again."
            problems.append(Problem("more-depends", "batch", words))
        raise Refused(problems)


@use_case(Permission.IMPORT)
def undo_import(tx: Tx, request: UndoImport) -> ImportUndone:
    """Take an import back, whole. Refused while anything depends on it, with what does, and where it was taken back."""
    batch = find(tx, "import", request.batch, "batch")
    row = tx.db.execute(select(tables.import_batch).where(tables.import_batch.c.id == batch)).one()
    if row.taken_back_at is not None:
        words = f"The import of {row.files} was taken back already, on {row.taken_back_at.date()}."
        raise Refused(Problem("taken-back-already", "batch", words))
    tx.safeguard("before-import-undo")
    depends = _Dependents()
    for portion in chunks(_made(tx, batch, "account_id")):
        depends.add(_orders_of(tx, batch, "account", portion))
    for portion in chunks(_made(tx, batch, "product_id")):
        depends.add(_orders_of(tx, batch, "product", portion))
    usage = payments = 0
    for portion in chunks(_made(tx, batch, "usage_record_id")):
        usage += _take_back_usage(tx, row.files, portion, depends)
    for portion in chunks(_made(tx, batch, "payment_id")):
        payments += _refund(tx, portion, depends)
    orders = _carry_out(tx, batch)
    assets = actions = 0
    for mine in _portions_of_actions(tx, batch):
        acts = [each.id for each in mine]
        depends.add(what_depends(tx, acts))
        if not depends.named:
            undoing = write_orders(tx, orders_that_undo(tx, acts, batch))
            make_assets(tx, undoing)
            make_schedules(tx, undoing)
        actions += len(acts)
        assets += len({each.asset_id for each in mine})
        tx.progress(actions, None, "taking back")
    depends.refuse()
    replaced = replaced_by(tx, batch)
    withdrawn = _withdraw(tx, batch)
    tx.db.execute(tables.import_row.update().where(_rows.batch_id == batch).values(withdrawn=_rows.id))
    tx.db.execute(tables.import_batch.update().where(tables.import_batch.c.id == batch).values(taken_back_at=tx.now))
    restored = bring_back(tx, batch, replaced)
    tx.touch("import")
    return ImportUndone(
        batch=public_id("import", batch),
        files=row.files,
        orders=orders,
        assets=assets,
        actions=actions,
        usage=usage,
        payments=payments,
        restored=restored,
        **withdrawn,
        request_id=tx.request_id,
    )


def _made(tx: Tx, batch: int, column: str) -> Iterator[int]:
    """What the rows of a batch made, of one kind, by the column that names it; in the order made."""
    last, of = 0, _rows[column]
    query = select(of).where(_rows.batch_id == batch).distinct().order_by(of).limit(_PORTION)
    while portion := tx.db.scalars(query.where(of > last)).all():
        yield from portion
        last = portion[-1]


def _others(batch: int, column: Any) -> ColumnElement[bool]:
    """Whether a record is of no import or of another one."""
    return or_(column.is_(None), column != batch)


# ------------------------------------------------------------------------------------------- what depends on a batch


def _orders_of(tx: Tx, batch: int, kind: str, portion: Sequence[int]) -> list[Problem]:
    """The sales and drafts of others that stand, for accounts or products that the batch brought along.

    Other orders change assets: those of the batch are looked at action by action.
    """
    table = tables.account if kind == "account" else tables.product
    query = (
        select(_orders.id, _orders.number, table.c.name)
        .join(tables.order_item, _items.order_id == _orders.id)
        .join(table, table.c.id == (_orders.account_id if kind == "account" else _items.product_id))
        .where(or_(_orders.kind == OrderKind.NEW.value, _orders.status == OrderStatus.DRAFT.value))
        .where(_others(batch, _orders.batch_id), _items.effect != Effect.UNDOES.value, not_undone(tables.order_item))
        .distinct()
        .order_by(_orders.id)
    )
    return [
        Problem(
            "other-order",
            "batch",
            f"Order {row.number} ({public_id('order', row.id)}) is for {row.name}, which this import brought along. "
            "Undo that order first.",
            row.name,
        )
        for row in rows_in(tx, query, among(table.c.id, portion))
    ]


# ------------------------------------------------------------------------------------------- taking back


def _take_back_usage(tx: Tx, files: str, portion: Sequence[int], depends: _Dependents) -> int:
    """Correct records of use to nothing; how many. What is rated depends on them."""
    mine, every = tables.usage_record.alias("mine"), tables.usage_record.c
    query = (
        select(tables.usage_record, tables.asset.c.name)
        .join(mine, every.asset_id == mine.c.asset_id)
        .join(tables.asset, tables.asset.c.id == every.asset_id)
        .where(every.key == mine.c.key)
        .order_by(every.asset_id, every.key, every.revision)
    )
    newest: dict[tuple[int, str], Row[Any]] = {}
    for row in rows_in(tx, query, among(mine.c.id, portion)):
        newest[row.asset_id, row.key] = row
        if row.item_id is not None:
            words = f"Use of {row.name} with the key {row.key!r} is rated already, to be billed. It stays: correct it."
            depends.add([Problem("usage-rated", "batch", words, row.name)])
    standing = [row for row in newest.values() if row.quantity]
    correct_all(tx, standing, Decimal(0), f"The import of {files} was taken back.")
    return len(standing)


def _refund(tx: Tx, portion: Sequence[int], depends: _Dependents) -> int:
    """Pay back what payments left on account; how many. Invoices that they paid depend on them."""
    query = (
        select(_payments.id, _payments.number, _invoices.number.label("invoice"))
        .join(tables.settlement, tables.settlement.c.payment_id == _payments.id)
        .join(tables.invoice_line, tables.invoice_line.c.id == tables.settlement.c.invoice_line_id)
        .join(tables.invoice, _invoices.id == tables.invoice_line.c.invoice_id)
        .group_by(_payments.id, _payments.number, _invoices.number)
        .having(func.sum(tables.settlement.c.amount) != 0)
        .order_by(_payments.id)
    )
    applied = list(rows_in(tx, query, among(_payments.id, portion)))
    for row in applied:
        words = (
            f"Payment {row.number} ({public_id('payment', row.id)}) has paid invoice {row.invoice}. "
            "Void that invoice first, and the money is on account again."
        )
        depends.add([Problem("payment-applied", "batch", words, row.number)])
    return 0 if applied else refund_all(tx, portion)


def _carry_out(tx: Tx, batch: int) -> int:
    """Let orders of the batch change their assets that have not yet, drafts too; how many orders there are.

    What is undone then can never take effect later.
    """
    orders, last = 0, 0
    drafts = tables.sales_order.update().where(_orders.batch_id == batch, _orders.status == OrderStatus.DRAFT.value)
    tx.db.execute(drafts.values(status=OrderStatus.ACTIVATED.value))
    query = select(_orders.id).where(_orders.batch_id == batch).order_by(_orders.id).limit(_PORTION)
    while portion := tx.db.scalars(query.where(_orders.id > last)).all():
        waiting = select(_items.order_id).where(
            _items.order_id.in_(portion), ~exists().where(tables.action_source.c.order_item_id == _items.id)
        )
        if late := sorted(set(tx.db.scalars(waiting))):
            make_assets(tx, late)
        orders, last = orders + len(portion), portion[-1]
    return orders


def _portions_of_actions(tx: Tx, batch: int) -> Iterator[Sequence[Any]]:
    """The actions of the batch that stand, newest first, those of so many assets at a time."""
    mine = (
        select(_actions.id, _actions.asset_id)
        .join(tables.order_item, _items.id == _actions.order_item_id)
        .join(tables.sales_order, _orders.id == _items.order_id)
        .where(_orders.batch_id == batch, _actions.undoes_id.is_(None), stands(tables.action))
    )
    last = 0
    while True:
        few = mine.with_only_columns(_actions.asset_id).where(_actions.asset_id > last).distinct()
        assets = tx.db.scalars(few.order_by(_actions.asset_id).limit(_PORTION)).all()
        if not assets:
            return
        yield tx.db.execute(mine.where(_actions.asset_id.in_(assets)).order_by(_actions.id.desc())).all()
        last = assets[-1]


def _withdraw(tx: Tx, batch: int) -> dict[str, int]:
    """Withdraw what the batch brought along and nothing else uses; how many of each kind."""
    others = tables.payment.outerjoin(tables.import_row, _rows.payment_id == _payments.id)
    paid = select(_payments.id).select_from(others).where(_payments.account_id == tables.account.c.id)
    papers = (tables.invoice, tables.credit_memo, tables.invoice_hold)
    free = {
        "accounts": [
            ~paid.where(_others(batch, _rows.batch_id)).exists(),
            *(~exists().where(table.c.account_id == tables.account.c.id) for table in papers),
        ],
        "products": [~exists().where(tables.usage_price.c.product_id == tables.product.c.id)],
    }
    found = {}
    for name, table in (("accounts", tables.account), ("products", tables.product), ("prices", tables.price_entry)):
        change = table.update().where(not_withdrawn(table), *free.get(name, ())).values(withdrawn=table.c.id)
        portions = chunks(_made(tx, batch, f"{table.name}_id"))
        found[name] = sum(tx.db.execute(change.where(table.c.id.in_(portion))).rowcount for portion in portions)
    if found["accounts"]:
        tx.touch("account")
    if found["products"] or found["prices"]:
        tx.touch("product")
    return found
