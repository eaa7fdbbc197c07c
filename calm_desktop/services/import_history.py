"""A history in our own format (`history`) taken into a store: its orders as they were recorded, in their order.

Orders are written with the items that they had, and take effect one after the other, so that state periods, actions
and schedules come out as they were. An order that is there already, from an earlier import of the same history, is the
same; one that says other things is told. The store is checked whole before anything is kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.exc import IntegrityError

from calm_desktop.engine.fields import FieldObject
from calm_desktop.formats.drafts import RowProblem
from calm_desktop.services import history
from calm_desktop.services.boundary import use_case
from calm_desktop.services.check import check
from calm_desktop.services.field_values import definitions, from_json, write_new
from calm_desktop.services.history import read_back
from calm_desktop.services.ids import public_id
from calm_desktop.services.lookup import not_withdrawn
from calm_desktop.services.order_flow import make_assets
from calm_desktop.services.orders import Origins
from calm_desktop.services.permissions import Permission
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import ImportFiles, Source
from calm_desktop.services.scheduling import make_schedules
from calm_desktop.services.scopes import among, rows_in
from calm_desktop.services.shapes import ImportResult
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take

_PORTION = 500
_BEGINNING = re.compile(r'\s*\{\s*"calm"\s*:\s*"history"')
_NUMBER = re.compile(r"\d{8}")
_items, _rows = tables.order_item.c, tables.import_row.c

Record = dict[str, Any]


class _Misread(Exception):
    """A place of the document that cannot be taken, and why."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(why)
        self.place, self.why = place, why


def is_history(files: Sequence[str]) -> bool:
    """Whether this is one file, and it begins as a history does."""
    if len(files) != 1 or not Path(files[0]).is_file():
        return False
    with Path(files[0]).open(encoding="utf-8-sig", errors="replace") as stream:
        return _BEGINNING.match(stream.read(200)) is not None


@use_case(Permission.IMPORT)
def import_history(tx: Tx, request: ImportFiles) -> ImportResult:
    """Take a history in, all of it or nothing: `batch` is None and the problems say why where it cannot be taken."""
    name = Path(request.files[0]).name
    raw = Path(request.files[0]).read_bytes()
    taking = _Taking(tx, take(tx.db, "import_batch"))
    head = {"files": name, "format": history.SYSTEM, "content_hash": hashlib.sha256(raw).hexdigest()}
    batches, before = tables.import_batch, tx.noted()
    written = tx.db.begin_nested()
    problems: list[RowProblem] = []
    try:
        document = json.loads(raw.decode("utf-8-sig"))
        nothing = taking.counts(False)
        tx.db.execute(batches.insert().values(id=taking.batch, imported_at=tx.now, **head, **nothing))
        taking.take(document)
        problems += taking.problems
        if not problems and taking.new:
            broken = check(tx).broken
            problems += [_problem(each.place, each.words) for each in broken[:20]]
    except (ValueError, RecursionError) as error:
        problems.append(_problem("", f"it is no document of a history: {error}"))
    except _Misread as wrong:
        problems.append(_problem(wrong.place, wrong.why))
    except IntegrityError as error:
        problems.append(_problem(taking.place, f"the store does not take it: {error.orig}"))
    counts = taking.counts(bool(problems))
    stored = bool(taking.new) and not problems
    if stored:
        tx.safeguard("before-import")
        tx.db.execute(batches.update().where(batches.c.id == taking.batch).values(**counts))
        written.commit()
        tx.touch("import")
    else:
        written.rollback()
        tx.forget_since(before)
    return ImportResult(
        batch=public_id("import", taking.batch) if stored else None,
        read=counts["read"],
        new=counts["new"],
        changed=counts["changed"],
        same=counts["same"],
        skipped=counts["skipped"],
        cancelled=counts["cancelled"],
        rejected=counts["rejected"],
        problems=tuple(replace(each, file=name) for each in problems),
        skipped_rows=(),
        request_id=tx.request_id,
        problem_count=len(problems),
    )


def _problem(place: str, why: str) -> RowProblem:
    return RowProblem("", 0, place, "", why, "export the history again, or mend the document there")


@dataclass(slots=True)
class _Taking:
    """A history as it is taken in: what its ids mean in the store."""

    tx: Tx
    batch: int
    accounts: dict[str, int] = field(default_factory=dict)
    products: dict[str, int] = field(default_factory=dict)
    assets: dict[str, int] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)
    fields: dict[str, int] = field(default_factory=dict)
    """Numbers of fields of one's own, by object and name."""
    new: int = 0
    same: int = 0
    changed: int = 0
    place: str = ""
    problems: list[RowProblem] = field(default_factory=list)

    def counts(self, failed: bool) -> dict[str, int]:
        """The counts of the answer; of a document that cannot be taken, what was read by then is rejected."""
        new, rejected = (0, self.new) if failed and not self.changed else (self.new, 0)
        found = {"new": new, "changed": self.changed, "same": self.same, "skipped": 0, "cancelled": 0}
        return {"read": sum(found.values()) + rejected, **found, "rejected": rejected}

    def take(self, document: Any) -> None:
        """Take every section. Raises `_Misread` at the first place that cannot be taken."""
        if not isinstance(document, dict):
            raise _Misread("", "an object is expected")
        unknown = document.keys() - {"calm", *_SECTIONS}
        if unknown:
            raise _Misread(min(unknown), f"there is no such section; there are: {', '.join(_SECTIONS)}")
        for name, work in _SECTIONS.items():
            records = document.get(name, [])
            if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
                raise _Misread(name, "a list of objects is expected")
            self.place = name
            work(self, [_Placed(f"{name}[{place}]", record) for place, record in enumerate(records)])

    # ----------------------------------------------------------------------------------- what orders name

    def take_fields(self, records: Sequence[_Placed]) -> None:
        table = tables.custom_field
        known = {f"{each.object}.{each.name}": each.id for each in definitions(self.tx)}
        places: dict[str, int] = {}
        for each in records:
            values = each.read(history.FIELD)
            name = f"{values['object']}.{values['name']}"
            places[values["object"]] = places.get(values["object"], 0) + 1
            if name not in known:
                known[name] = take(self.tx.db, "custom_field")
                self.tx.db.execute(table.insert().values(id=known[name], place=places[values["object"]], **values))
        self.fields = known
        self.tx.has_fields = self.tx.has_fields or bool(known)
        self.tx.fields = None

    def take_dated(self, table: Table, columns: Any, keys: tuple[str, ...], records: Sequence[_Placed]) -> None:
        """Tax and exchange rates: those of a day that has none yet."""
        known = {tuple(getattr(row, key) for key in keys) for row in self.tx.db.execute(select(table))}
        for each in records:
            values = each.read(columns)
            if tuple(values[key] for key in keys) not in known:
                self.tx.db.execute(table.insert().values(id=take(self.tx.db, table.name), **values))

    def take_accounts(self, records: Sequence[_Placed]) -> None:
        made = self._take_named(tables.account, "number", history.ACCOUNT, FieldObject.ACCOUNT, records, self.accounts)
        self.tx.touch("account", *made)

    def take_products(self, records: Sequence[_Placed]) -> None:
        self._take_named(tables.product, "code", history.PRODUCT, FieldObject.PRODUCT, records, self.products)
        for name, table, columns in (
            ("prices", tables.price_entry, history.PRICE),
            ("usage_prices", tables.usage_price, history.USAGE_PRICE),
        ):
            for each in records:
                product = self.products[each.text("id")]
                mine = select(table.c.currency, table.c.start).where(table.c.product_id == product)
                known = {tuple(row) for row in self.tx.db.execute(mine.where(not_withdrawn(table)))}
                for place, price in enumerate(each.record.get(name, [])):
                    values = _Placed(f"{each.place}.{name}[{place}]", price).read(columns)
                    if (values["currency"], values["start"]) not in known:
                        row = {"id": take(self.tx.db, table.name), "product_id": product, **values}
                        self.tx.db.execute(table.insert().values(**row))
                        if table is tables.price_entry:
                            self._made("price_entry_id", [row["id"]])
        self.tx.touch("product")

    def _take_named(
        self, table: Table, key: str, columns: Any, kind: FieldObject, records: Sequence[_Placed], ids: dict[str, int]
    ) -> list[int]:
        """Accounts or products: those that are there by their number or code, the others are made."""
        names = [each.text(key) for each in records]
        query = select(table.c[key], table.c.id).where(not_withdrawn(table))
        known = dict(
            tuple(row) for chunk in chunks(names) for row in self.tx.db.execute(query.where(table.c[key].in_(chunk)))
        )
        made, said = [], []
        first = take(self.tx.db, table.name, len(records))
        for number, (name, each) in enumerate(zip(names, records, strict=True), first):
            is_gone = bool(each.record.get("withdrawn"))
            if not is_gone and name in known:
                ids[each.text("id")] = known[name]
                self.same += 1
                continue
            row = {"id": number, **each.read(columns), "withdrawn": number if is_gone else 0}
            made.append(row)
            said.append((number, self._said(kind, each.record.get("fields"))))
            ids[each.text("id")] = number
            self.new += 1
        for portion in chunks(made):
            self.tx.db.execute(table.insert(), portion)
        write_new(self.tx, said)
        self._made(f"{table.name}_id", [row["id"] for row in made])
        return [row["id"] for row in made]

    def _said(self, kind: FieldObject, said: Any) -> Any:
        """What a record says in fields of one's own, as values."""
        return from_json(self.tx, self._by_number({f"{kind}.{name}": text for name, text in (said or {}).items()}))

    def _by_number(self, said: Mapping[str, str]) -> dict[str, str]:
        return {str(self.fields[name]): text for name, text in said.items() if name in self.fields}

    def _made(self, column: str, numbers: Sequence[int]) -> None:
        for portion in chunks(numbers):
            first = take(self.tx.db, "import_row", len(portion))
            rows = [
                {"id": first + place, "batch_id": self.batch, "system": history.SYSTEM, column: number}
                for place, number in enumerate(portion)
            ]
            self.tx.db.execute(tables.import_row.insert(), rows)

    # ----------------------------------------------------------------------------------- orders

    def take_orders(self, records: Sequence[_Placed]) -> None:
        """Orders one after the other; those that need nothing of each other take effect together."""
        known = self._known(records)
        waiting: list[_Placed] = []
        needed: set[str] = set()
        """Items that wait, and assets that they make or change: each change of an asset is laid out by itself."""
        for place, each in enumerate(records):
            content = known.get(each.text("number"))
            if content is not None:
                if content == _hash(each.record):
                    self.same += len(each.items)
                else:
                    self.changed += len(each.items)
                    why = "it was imported before with other items. Take that import back first, or keep what is there"
                    self.problems.append(_problem(each.place, why))
                continue
            items = each.items
            names = {item.record.get(name, "") for item in items for name in ("asset", "target")}
            if names & needed or len(waiting) >= _PORTION:
                self._carry_out(waiting)
                waiting, needed = [], set()
            waiting.append(each)
            needed.update(item.text("id") for item in items)
            needed.update(item.record.get("asset", "") for item in items)
            needed.discard("")
            if place % _PORTION == 0:
                self.tx.progress(place, len(records), "storing")
        self._carry_out(waiting)
        self._keep_numbers_ahead(records)

    def _known(self, records: Sequence[_Placed]) -> dict[str, str]:
        """Orders that are there from an earlier import, with what they said then; their items are known by it."""
        found: dict[str, str] = {}
        query = (
            select(_rows.natural_key, _rows.content_key, _rows.order_item_id, _items.asset_id)
            .join(tables.order_item, _items.id == _rows.order_item_id)
            .where(_rows.system == history.SYSTEM, not_withdrawn(tables.import_row))
        )
        keys = {f"{each.text('number')}\x1f{item.text('id')}": item for each in records for item in each.items}
        for chunk in chunks(keys):
            for row in self.tx.db.execute(query.where(_rows.natural_key.in_(chunk))):
                item = keys[row.natural_key]
                self.items[item.text("id")] = row.order_item_id
                if row.asset_id is not None and "asset" in item.record:
                    self.assets[item.record["asset"]] = row.asset_id
                found[row.natural_key.partition("\x1f")[0]] = row.content_key
        return found

    def _carry_out(self, orders: Sequence[_Placed]) -> None:
        if not orders:
            return
        tx = self.tx
        numbers = dict(zip((each.place for each in orders), self._numbers(orders), strict=True))
        first = take(tx.db, "sales_order", len(orders))
        next_item = take(tx.db, "order_item", sum(len(each.items) for each in orders))
        rows: list[Record] = []
        keys: list[Record] = []
        order_rows = []
        origins = Origins(tx)
        for each in orders:
            for item in each.items:
                self.items[item.text("id")] = next_item
                next_item += 1
        for number, each in enumerate(orders, first):
            items = [self._item(each, item, number, line, origins) for line, item in enumerate(each.items, 1)]
            values = each.read(history.ORDER) | {"number": numbers[each.place]}
            effective = min(item["start"] for item in items)
            links = {"account_id": each.of(self.accounts, "account"), "batch_id": self.batch, "recorded_at": tx.now}
            order_rows.append({"id": number, **values, **links, "effective_date": effective})
            rows += items
            content = _hash(each.record)
            keys += [
                {
                    "natural_key": f"{each.text('number')}\x1f{item.text('id')}",
                    "content_key": content,
                    "order_item_id": row["id"],
                }
                for item, row in zip(each.items, items, strict=True)
            ]
        tx.db.execute(tables.sales_order.insert(), order_rows)
        tx.db.execute(tables.order_item.insert(), rows)
        write_new(
            tx, [(first + n, self._said(FieldObject.ORDER, each.record.get("fields"))) for n, each in enumerate(orders)]
        )
        row_id = take(tx.db, "import_row", len(keys))
        shared = {"batch_id": self.batch, "system": history.SYSTEM}
        tx.db.execute(tables.import_row.insert(), [{"id": row_id + n, **shared, **key} for n, key in enumerate(keys)])
        self.new += len(rows)
        done = [first + place for place, each in enumerate(orders) if each.record.get("carried_out")]
        make_assets(tx, done)
        make_schedules(tx, [first + place for place, each in enumerate(orders) if each.record.get("scheduled")])
        owned = {
            row["id"]: item.record.get("asset")
            for row, item in zip(rows, (i for e in orders for i in e.items), strict=True)
        }
        for row in rows_in(tx, select(_items.id, _items.asset_id), among(_items.id, owned)):
            name = owned[row.id]
            if name and row.asset_id is not None:
                self.assets[name] = row.asset_id
        tx.touch("order", *{row["account_id"] for row in order_rows})

    def _item(self, order: _Placed, item: _Placed, number: int, line: int, origins: Origins) -> Record:
        values = item.read(history.ITEM)
        lead = item.record.get("lead")
        works = item.record.get("work_order_line", "")
        source = None
        if works:
            called, _, position = works.removeprefix("work-order:").rpartition("/")
            source = origins.columns(Source(work_order=called, line=position))["work_order_line_id"]
        return {
            "id": self.items[item.text("id")],
            "order_id": number,
            "line": line,
            **values,
            "product_id": item.of(self.products, "product"),
            "asset_id": self.assets.get(item.record.get("asset", "")),
            "lead_id": None if lead is None else item.of(self.items, "lead"),
            "target_id": None if item.record.get("target") is None else item.of(self.items, "target"),
            "linked_id": None if item.record.get("linked") is None else item.of(self.items, "linked"),
            "work_order_line_id": source,
            "asset_fields": self._by_number(item.record.get("asset_fields", {})) or None,
        }

    def _numbers(self, orders: Sequence[_Placed]) -> list[str]:
        """A number for each order: its own, with -2, -3 ... behind it where that is taken."""
        wanted = [each.text("number") for each in orders]
        column = tables.sales_order.c.number
        taken = {
            number for chunk in chunks(wanted) for number in self.tx.db.scalars(select(column).where(column.in_(chunk)))
        }
        found = []
        for number in wanted:
            free, again = number, 1
            while free in taken or (again > 1 and self.tx.db.scalar(select(column).where(column == free)) is not None):
                again += 1
                free = f"{number}-{again}"
            taken.add(free)
            found.append(free)
        return found

    def _keep_numbers_ahead(self, records: Sequence[_Placed]) -> None:
        """The next order that is numbered by the store comes after those that were numbered by one."""
        numbers = [int(number) for each in records if _NUMBER.fullmatch(number := each.text("number"))]
        behind = max(numbers, default=0) + 1 - take(self.tx.db, "order-number", 0)
        if behind > 0:
            take(self.tx.db, "order-number", behind)

    # ----------------------------------------------------------------------------------- what follows

    def take_assets(self, records: Sequence[_Placed]) -> None:
        said = []
        for each in records:
            number = each.of(self.assets, "id")
            values = each.read(history.ASSET)
            if any(value is not None for value in values.values()):
                self.tx.db.execute(update(tables.asset).where(tables.asset.c.id == number).values(**values))
            wanted = self._said(FieldObject.ASSET, each.record.get("fields"))
            known = tables.field_value.c
            have = set(self.tx.db.scalars(select(known.field_id).where(known.record_id == number))) if wanted else set()
            said.append((number, {one: value for one, value in wanted.items() if one.id not in have}))
        write_new(self.tx, said)

    def take_usage(self, records: Sequence[_Placed]) -> None:
        table = tables.usage_record
        made = []
        for portion in chunks(records):
            rows = [{"asset_id": each.of(self.assets, "asset"), **each.read(history.USAGE)} for each in portion]
            query = select(table.c.asset_id, table.c.key, table.c.revision)
            known = {
                tuple(row)
                for row in rows_in(self.tx, query, among(table.c.asset_id, {row["asset_id"] for row in rows}))
            }
            new = [row for row in rows if (row["asset_id"], row["key"], row["revision"]) not in known]
            self.same += len(rows) - len(new)
            if new:
                first = take(self.tx.db, table.name, len(new))
                numbered = [{"id": first + n, "recorded_at": self.tx.now, **row} for n, row in enumerate(new)]
                self.tx.db.execute(table.insert(), numbered)
                made += [row["id"] for row in numbered]
                self.new += len(new)
        self._made("usage_record_id", made)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A record of the document, with its place in it."""

    place: str
    record: Record

    def read(self, columns: Any) -> Record:
        """The values of columns."""
        try:
            return read_back(self.record, columns)
        except (ValueError, TypeError, ArithmeticError) as error:
            raise _Misread(self.place, str(error) or type(error).__name__) from error

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.record.get(name)
        if not isinstance(value, str) or not value:
            raise _Misread(f"{self.place}.{name}", "a text is expected")
        return value

    def of(self, known: Mapping[str, int], name: str) -> int:
        """The record in the store that is meant by an id of the document."""
        value = self.text(name)
        if value not in known:
            raise _Misread(f"{self.place}.{name}", f"nothing before it in the document is called {value}")
        return known[value]

    @property
    def items(self) -> list[_Placed]:
        """The items of an order."""
        items = self.record.get("items")
        if not isinstance(items, list) or not items or not all(isinstance(each, dict) for each in items):
            raise _Misread(f"{self.place}.items", "a list of items is expected")
        return [_Placed(f"{self.place}.items[{place}]", each) for place, each in enumerate(items)]


def _hash(record: Record) -> str:
    return hashlib.sha256(history.content_of(record).encode()).hexdigest()


_SECTIONS: dict[str, Callable[[_Taking, Sequence[_Placed]], None]] = {
    "fields": _Taking.take_fields,
    "taxes": lambda taking, records: taking.take_dated(
        tables.tax_rate, history.TAX, ("category", "profile", "start"), records
    ),
    "rates": lambda taking, records: taking.take_dated(
        tables.exchange_rate, history.RATE, ("currency", "to_currency", "start"), records
    ),
    "accounts": _Taking.take_accounts,
    "products": _Taking.take_products,
    "orders": _Taking.take_orders,
    "assets": _Taking.take_assets,
    "usage": _Taking.take_usage,
}
