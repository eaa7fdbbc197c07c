"""A store in our own formats: its whole history as JSON, or its sales as order lines in CSV or a workbook."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from sqlalchemy import exists, func, nulls_last, or_, select

from calm_desktop.engine.catalog import Effect
from calm_desktop.engine.fields import FieldObject, text_of
from calm_desktop.engine.problems import Fault, Problem, Refused, refuse_if
from calm_desktop.formats import writing
from calm_desktop.formats.drafts import OrderLine
from calm_desktop.formats.text_files import SEPARATORS
from calm_desktop.formats.values import GROUPINGS
from calm_desktop.services import history
from calm_desktop.services.boundary import view
from calm_desktop.services.field_values import definitions, stored_values
from calm_desktop.services.history import written
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import not_withdrawn
from calm_desktop.services.permissions import Permission
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import ExportStore
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.shapes import Exported
from calm_desktop.services.sold_lines import SoldLines
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables

TABLES = (".csv", ".tsv", ".xlsx")
"""The endings of files that hold the sales as a table."""

_orders, _items, _assets = tables.sales_order.c, tables.order_item.c, tables.asset.c
_sources, _plans = tables.action_source.c, tables.billing_schedule.c


@view(Permission.EXPORT)
def export_store(tx: Tx, request: ExportStore) -> Exported:
    """Write the store into a file, in place of what it held: its whole history as JSON, or its sales as a table.

    Refuses another ending than those of `ExportStore`, a way of writing that there is not, and a role that does not see
    every field.
    """
    if tx.rights.hidden:
        words = f"An export holds everything, and the role {tx.caller.role} does not see every field. Ask an admin."
        raise Refused(Problem("INSUFFICIENT_ACCESS", "", words))
    path = Path(request.file)
    ending = path.suffix.lower()
    if ending in TABLES:
        return _export_sales(tx, path, _style(request, ending))
    if ending != ".json":
        words = (
            f"{request.file} does not end in .json, for a whole history, nor in {', '.join(TABLES)}, for the order "
            "lines of all sales. Give it such a name."
        )
        raise Refused(Problem("unknown-format", "file", words))
    refuse_if(_not_for_this(request, ending, ("separator", "encoding", "decimals", "dates")))
    counts: dict[str, int] = {}
    try:
        with writing.whole_file(path) as out:
            out.write(f'{{"calm": "{history.MARK}"')
            for name, records in _sections(tx):
                counts[name] = _write(out, name, records)
            out.write("}\n")
    except OSError as error:
        raise Fault(f"{path} cannot be written: {error.strerror}. Choose another place.") from error
    return Exported(
        str(path),
        accounts=counts["accounts"],
        products=counts["products"],
        orders=counts["orders"],
        assets=counts["assets"],
        usage=counts["usage"],
        request_id=tx.request_id,
    )


# ------------------------------------------------------------------------------------------- sales as a table


def _style(request: ExportStore, ending: str) -> writing.Style:
    """The way in which a text file is written. Refuses what there is not, and any for a workbook."""
    if ending == ".xlsx":
        refuse_if(_not_for_this(request, ending, ("separator", "encoding", "decimals", "dates")))
    known = {
        "separator": SEPARATORS,
        "encoding": writing.ENCODINGS,
        "decimals": tuple(GROUPINGS),
        "dates": tuple(writing.DATES),
    }
    said = {name: getattr(request, name) for name in known if getattr(request, name)}
    if said.get("separator") == "tab":
        said["separator"] = "\t"
    problems = [
        Problem(f"bad-{name}", name, f"{name}: {text!r} is none. There are: {', '.join(map(_shown, known[name]))}.")
        for name, text in said.items()
        if text not in known[name]
    ]
    refuse_if(problems)
    return writing.Style(**({"separator": "\t"} if ending == ".tsv" else {}) | said)


def _shown(word: str) -> str:
    return "tab" if word == "\t" else word


def _not_for_this(request: ExportStore, ending: str, names: Iterable[str]) -> list[Problem]:
    words = "{name}: a file that ends in {ending} is written in one way only. Leave it out, or write a .csv file."
    return [
        Problem(f"bad-{name}", name, words.format(name=name, ending=ending)) for name in names if getattr(request, name)
    ]


def _export_sales(tx: Tx, path: Path, style: writing.Style) -> Exported:
    sold = SoldLines(tx)
    lines = _WithoutSteps(sold)
    accounts, products, orders = set[str](), set[str](), set[str]()
    ramps = []
    for line in sold:
        if line.steps:
            ramps.append(f"{line.order_ref}/{line.line_ref}")
        else:
            accounts.add(line.account_ref)
            products.add(line.product_code)
            orders.add(line.order_ref)
    count = lines.count = len(sold) - len(ramps)
    try:
        if path.suffix.lower() == ".xlsx":
            writing.write_xlsx(path, lines)
        else:
            writing.write_csv(path, lines, style)
    except OSError as error:
        raise Fault(f"{path} cannot be written: {error.strerror}. Choose another place.") from error
    except UnicodeEncodeError as error:
        letter = error.object[error.start]
        words = f"encoding: {style.encoding} has no {letter!r}, which stands in the store. Choose utf-8-sig or utf-16."
        raise Refused(Problem("bad-encoding", "encoding", words)) from error
    return Exported(
        str(path), len(accounts), len(products), len(orders), count, 0, tx.request_id, lines=count, ramps=tuple(ramps)
    )


class _WithoutSteps:
    """Those of the lines that have no steps, of which it is known how many there are."""

    def __init__(self, lines: SoldLines) -> None:
        self.lines, self.count = lines, 0

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[OrderLine]:
        return (line for line in self.lines if not line.steps)


# ------------------------------------------------------------------------------------------- the history


def _write(out: IO[str], name: str, records: Iterable[dict[str, Any]]) -> int:
    out.write(f',\n"{name}": [')
    count = 0
    for count, record in enumerate(records, 1):
        out.write(("," if count > 1 else "") + "\n" + json.dumps(record, ensure_ascii=False))
    out.write("]")
    return count


def _sections(tx: Tx) -> Iterator[tuple[str, Iterable[dict[str, Any]]]]:
    yield "fields", (written(field, history.FIELD) for field in definitions(tx))
    for name, table, columns in (
        ("taxes", tables.tax_rate, history.TAX),
        ("rates", tables.exchange_rate, history.RATE),
    ):
        yield name, (written(row, columns) for row in tx.db.execute(select(table).order_by(table.c.id)))
    yield "accounts", _accounts(tx)
    yield "products", _products(tx)
    yield "orders", _all_orders(tx)
    yield "assets", _all_assets(tx)
    yield "usage", _usage(tx)


def _said(tx: Tx, kind: FieldObject, records: Iterable[int]) -> dict[int, dict[str, str]]:
    """What records say in fields of one's own; nothing is asked where there is none."""
    if not tx.has_fields:
        return {}
    found = stored_values(tx, kind, list(records))
    return {
        record: {field.name: text_of(value) for field, value in values.items()}
        for record, values in found.items()
        if values
    }


def _with(record: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A record with what more it says, where that is anything."""
    return record | {name: value for name, value in more.items() if value not in (None, "", {}, [])}


def _accounts(tx: Tx) -> Iterator[dict[str, Any]]:
    """Accounts that count, and those withdrawn ones that orders name."""
    accounts = tables.account
    named = exists().where(_orders.account_id == accounts.c.id)
    rows = tx.db.execute(select(accounts).where(not_withdrawn(accounts) | named).order_by(accounts.c.id)).all()
    said = _said(tx, FieldObject.ACCOUNT, (row.id for row in rows))
    for row in rows:
        record = written(row, history.ACCOUNT)
        yield _with(record, id=public_id("account", row.id), withdrawn=bool(row.withdrawn), fields=said.get(row.id))


def _products(tx: Tx) -> Iterator[dict[str, Any]]:
    products, found = tables.product, {}
    prices: dict[Any, defaultdict[int, list[dict[str, Any]]]] = {}
    for table, columns in ((tables.price_entry, history.PRICE), (tables.usage_price, history.USAGE_PRICE)):
        prices[table] = defaultdict(list)
        for row in tx.db.execute(select(table).where(not_withdrawn(table)).order_by(table.c.currency, table.c.start)):
            prices[table][row.product_id].append(written(row, columns))
    named = exists().where(_items.product_id == products.c.id)
    rows = tx.db.execute(select(products).where(not_withdrawn(products) | named).order_by(products.c.id)).all()
    said = _said(tx, FieldObject.PRODUCT, (row.id for row in rows))
    found = {row.id: written(row, history.PRODUCT) for row in rows}
    for row in rows:
        yield _with(
            found[row.id],
            id=public_id("product", row.id),
            withdrawn=bool(row.withdrawn),
            prices=prices[tables.price_entry].get(row.id),
            usage_prices=prices[tables.usage_price].get(row.id),
            fields=said.get(row.id),
        )


def _all_orders(tx: Tx) -> Iterator[dict[str, Any]]:
    """Orders in the order in which they took effect; those that have not yet stand last."""
    first = (
        select(_items.order_id, func.min(_sources.action_id).label("act"))
        .join(tables.action_source, _sources.order_item_id == _items.id)
        .group_by(_items.order_id)
        .subquery()
    )
    # What undoes another item has no schedule of its own: it takes the one of that away.
    planned = select(_items.order_id).join(
        tables.billing_schedule,
        or_(
            _plans.order_item_id == _items.id,
            (_items.effect == Effect.UNDOES.value) & (_plans.order_item_id == _items.target_id),
        ),
    )
    query = (
        select(tables.sales_order, first.c.act, _orders.id.in_(planned).label("is_planned"))
        .outerjoin(first, first.c.order_id == _orders.id)
        .order_by(nulls_last(first.c.act), _orders.id)
    )
    works = {
        row.id: f"work-order:{row.number}/{row.line}"
        for row in tx.db.execute(
            select(tables.work_order_line.c.id, tables.work_order.c.number, tables.work_order_line.c.line).join(
                tables.work_order, tables.work_order.c.id == tables.work_order_line.c.work_order_id
            )
        )
    }
    names = {str(field.id): f"{field.object}.{field.name}" for field in definitions(tx)}
    for portion in chunks(tx.db.execute(query)):
        items: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        wanted = select(tables.order_item).order_by(_items.order_id, _items.line)
        for row in rows_in(tx, wanted, among(_items.order_id, [order.id for order in portion])):
            items[row.order_id].append(_item(row, works, names))
        said = _said(tx, FieldObject.ORDER, (order.id for order in portion))
        for order in portion:
            yield _with(
                written(order, history.ORDER),
                account=public_id("account", order.account_id),
                carried_out=order.act is not None,
                scheduled=bool(order.is_planned),
                fields=said.get(order.id),
                items=items[order.id],
            )


def _item(row: Any, works: dict[int, str], names: dict[str, str]) -> dict[str, Any]:
    links = {"lead": row.lead_id, "target": row.target_id, "linked": row.linked_id}
    fields = {names[key]: text for key, text in (row.asset_fields or {}).items() if key in names}
    return _with(
        {"id": public_id("order-item", row.id), **written(row, history.ITEM)},
        product=public_id("product", row.product_id),
        asset=None if row.asset_id is None else public_id("asset", row.asset_id),
        **{name: None if number is None else public_id("order-item", number) for name, number in links.items()},
        work_order_line=works.get(row.work_order_line_id),
        asset_fields=fields,
    )


def _all_assets(tx: Tx) -> Iterator[dict[str, Any]]:
    """What assets say beyond their orders: how they are renewed, and in fields of one's own."""
    for portion in chunks(tx.db.execute(select(tables.asset).order_by(_assets.id))):
        said = _said(tx, FieldObject.ASSET, (row.id for row in portion))
        for row in portion:
            record = written(row, (_assets.number, *history.ASSET))
            yield _with({"id": public_id("asset", row.id), **record}, fields=said.get(row.id))


def _usage(tx: Tx) -> Iterator[dict[str, Any]]:
    for row in tx.db.execute(select(tables.usage_record).order_by(tables.usage_record.c.id)):
        yield {"asset": public_id("asset", row.asset_id), **written(row, history.USAGE)}
