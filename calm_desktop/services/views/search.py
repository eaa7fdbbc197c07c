"""The search over everything: accounts, assets, orders, invoices, credit memos and products by number and name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, case, func, literal, or_, select

from calm_desktop.engine.fields import FieldObject, FieldType
from calm_desktop.services.boundary import view
from calm_desktop.services.field_values import TABLES, fields_of
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import not_withdrawn, spellings_of
from calm_desktop.services.shapes import Hit
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_BEST = 30
_accounts, _assets, _products = tables.account.c, tables.asset.c, tables.product.c
_values = tables.field_value.c
_orders, _invoices = tables.sales_order.c, tables.invoice.c


@view()
def search(tx: Tx, text: str) -> tuple[Hit, ...]:
    """The best 30 answers to `text`: what equals it, begins with it, then what contains it, in any case."""
    spellings = spellings_of(text.strip())
    if not spellings:
        return ()
    found: list[tuple[int, int, str, Hit]] = []
    for place, (kind, query, fields, order) in enumerate(_KINDS):
        rank = _rank(fields, spellings)
        best = query.add_columns(rank.label("rank")).where(_contains(fields, spellings)).order_by("rank", order)
        for row in tx.db.execute(best.limit(_BEST)):
            hit = Hit(kind, row.title, _subtitle(row), f"calm://{kind}/{public_id(kind, row.id)}")
            found.append((row.rank, place, row.title.lower(), hit))
    found += _in_fields(tx, spellings)
    return tuple(hit for *_, hit in sorted(found, key=lambda each: each[:3])[:_BEST])


def _in_fields(tx: Tx, spellings: Sequence[str]) -> list[tuple[int, int, str, Hit]]:
    """What says the text in a field of one's own that holds texts or choices; nothing is asked where there is none."""
    fields = {
        field.id: field for field in fields_of(tx, *FieldObject) if field.type in (FieldType.TEXT, FieldType.CHOICE)
    }
    found = []
    for place, (kind, query, _, order) in enumerate(_KINDS):
        mine = [field.id for field in fields.values() if field.object.value == kind]
        if mine:
            rank = _rank([_values.text], spellings)
            said = query.add_columns(_values.field_id, _values.text, rank.label("rank")).join(
                tables.field_value, _values.record_id == TABLES[FieldObject(kind)].c.id
            )
            said = said.where(_values.field_id.in_(mine), _contains([_values.text], spellings))
            for row in tx.db.execute(said.order_by("rank", order).limit(_BEST)):
                words = f"{fields[row.field_id].label}: {row.text}"
                hit = Hit(kind, row.title, words, f"calm://{kind}/{public_id(kind, row.id)}")
                found.append((row.rank, place, row.title.lower(), hit))
    return found


def _contains(fields: Iterable[Column[str]], spellings: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(func.lower(field).contains(spelling, autoescape=True) for field in fields for spelling in spellings))


def _rank(fields: Sequence[Column[str]], spellings: Sequence[str]) -> ColumnElement[int]:
    equal = or_(*(func.lower(field) == spelling for field in fields for spelling in spellings))
    begins = or_(
        *(func.lower(field).startswith(spelling, autoescape=True) for field in fields for spelling in spellings)
    )
    return case((equal, 0), (begins, 1), else_=2)


def _subtitle(row: Row[Any]) -> str:
    return " · ".join(str(part) for part in (row.first, row.second) if part)


_memos = tables.credit_memo.c
_NONE = literal("")
_KINDS: tuple[tuple[str, Select[Any], tuple[Column[str], ...], Column[str]], ...] = (
    (
        "account",
        select(
            _accounts.id, _accounts.name.label("title"), _accounts.number.label("first"), _NONE.label("second")
        ).where(not_withdrawn(tables.account)),
        (_accounts.name, _accounts.number),
        _accounts.name,
    ),
    (
        "asset",
        select(
            _assets.id,
            _assets.name.label("title"),
            _assets.number.label("first"),
            _accounts.name.label("second"),
        ).join(tables.account, _accounts.id == _assets.account_id),
        (_assets.name, _assets.number),
        _assets.name,
    ),
    (
        "order",
        select(
            _orders.id,
            _orders.number.label("title"),
            _orders.kind.label("first"),
            _accounts.name.label("second"),
        ).join(tables.account, _accounts.id == _orders.account_id),
        (_orders.number,),
        _orders.number,
    ),
    (
        "invoice",
        select(
            _invoices.id,
            _invoices.number.label("title"),
            _invoices.invoice_date.label("first"),
            _accounts.name.label("second"),
        ).join(tables.account, _accounts.id == _invoices.account_id),
        (_invoices.number,),
        _invoices.number,
    ),
    (
        "credit",
        select(
            _memos.id,
            _memos.number.label("title"),
            _memos.memo_date.label("first"),
            _accounts.name.label("second"),
        ).join(tables.account, _accounts.id == _memos.account_id),
        (_memos.number,),
        _memos.number,
    ),
    (
        "product",
        select(_products.id, _products.name.label("title"), _products.code.label("first"), _NONE.label("second")).where(
            not_withdrawn(tables.product)
        ),
        (_products.name, _products.code),
        _products.name,
    ),
)
