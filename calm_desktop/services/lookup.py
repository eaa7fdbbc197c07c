"""Finding what a name means: an id, a number (or code), or an unambiguous name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import ascii_lowercase, ascii_uppercase

from sqlalchemy import Column, ColumnElement, Table, func, select, true

from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.services.boundary import view
from calm_desktop.services.ids import number_of
from calm_desktop.services.portions import chunks
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_KINDS: dict[str, tuple[Table, Column[str] | None, Column[str] | None]] = {
    "account": (tables.account, tables.account.c.number, tables.account.c.name),
    "product": (tables.product, tables.product.c.code, tables.product.c.name),
    "asset": (tables.asset, tables.asset.c.number, tables.asset.c.name),
    "order": (tables.sales_order, tables.sales_order.c.number, None),
    "invoice": (tables.invoice, tables.invoice.c.number, None),
    "credit": (tables.credit_memo, tables.credit_memo.c.number, None),
    "payment": (tables.payment, tables.payment.c.number, None),
    "refund": (tables.refund, tables.refund.c.number, None),
    "action": (tables.action, None, None),
    "import": (tables.import_batch, None, None),
}


def not_withdrawn(table: Table) -> ColumnElement[bool]:
    """Whether a record was not withdrawn with the import that brought it; of most kinds none ever is."""
    return table.c.withdrawn == 0 if "withdrawn" in table.c else true()


def spellings_of(text: str) -> Sequence[str]:
    """The text as databases may keep it: some make only the letters a to z small, so that Ä stays a capital."""
    return sorted({each.translate(_SMALL) for each in (text.lower(), text.upper(), text.title())} - {""})


@view()
def find_all(tx: Tx, kind: str, name: str) -> Sequence[int]:
    """The store's numbers of all records that `name` may mean; a record's id or number means it alone."""
    table, number, label = _KINDS[kind]
    text, known = name.strip(), select(table.c.id).where(not_withdrawn(table))
    by_id = number_of(kind, text)
    if by_id is not None:
        return tx.db.scalars(known.where(table.c.id == by_id)).all()
    if number is not None:
        found = tx.db.scalars(known.where(number == text)).all()
        if found:
            return found
        if kind != "product":
            found = tx.db.scalars(known.where(func.lower(number).in_(spellings_of(text)))).all()
            if found:
                return found
    if label is None or not text:
        return ()
    by_name = known.order_by(table.c.id)
    in_any_case = by_name.where(func.lower(label).in_(spellings_of(text)))
    return tx.db.scalars(by_name.where(label == text)).all() or tx.db.scalars(in_any_case).all()


def find_each(tx: Tx, kind: str, names: Iterable[str]) -> list[int]:
    """The store's numbers of what these names mean, once each, in the order named. Refuses as `find` does.

    Ids and numbers are looked up together, whatever their number.
    """
    table, number, _ = _KINDS[kind]
    texts = dict.fromkeys(names)
    ids = {text: by_id for text in texts if (by_id := number_of(kind, text)) is not None}
    there = {
        row.id
        for row in rows_in(tx, select(table.c.id).where(not_withdrawn(table)), among(table.c.id, sorted(ids.values())))
    }
    known = {text: by_id for text, by_id in ids.items() if by_id in there}
    if number is not None:
        for portion in chunks(text for text in texts if text not in ids):
            query = select(number, table.c.id).where(number.in_(portion), not_withdrawn(table))
            known.update(tuple(row) for row in tx.db.execute(query))
    return list(dict.fromkeys(known[text] if text in known else find(tx, kind, text) for text in texts))


@view()
def find(tx: Tx, kind: str, name: str, field: str = "") -> int:
    """The store's number of the one record that `name` means. Refuses an unknown and an ambiguous name."""
    found = find_all(tx, kind, name)
    if len(found) == 1:
        return found[0]
    if not found:
        words = f"There is no {kind} {name!r}. The list of {kind}s shows those that exist."
        raise Refused(Problem(f"unknown-{kind}", field or kind, words))
    table, number, _ = _KINDS[kind]
    assert number is not None
    few = tx.db.scalars(select(number).where(table.c.id.in_(found[:5])).order_by(table.c.id)).all()
    more = ", ..." if len(found) > len(few) else ""
    words = f"{len(found)} {kind}s are called {name!r}: {', '.join(few)}{more}. Name one by its number."
    raise Refused(Problem(f"ambiguous-{kind}", field or kind, words))
