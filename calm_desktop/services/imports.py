"""Order files in: read, judged whole against the store, and only then stored, all of it or nothing.

Each row has a natural key within the system that it comes from, so the same file twice adds nothing and an extended
file adds the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Row, or_, select

from calm_desktop.engine import changes
from calm_desktop.engine.billing import problems_of_terms
from calm_desktop.engine.catalog import ActionType, OrderKind, OrderStatus, PriceUnit
from calm_desktop.engine.dates import FIRST_DAY
from calm_desktop.engine.fields import FieldObject, text_of
from calm_desktop.engine.money import Currency, plain
from calm_desktop.engine.problems import Problem, Refused
from calm_desktop.formats.canonical import SYSTEM
from calm_desktop.formats.detect import Format
from calm_desktop.formats.drafts import Cancellation, OrderLine, ReadResult, RowProblem, SkipKind
from calm_desktop.formats.mapping import load_mapping
from calm_desktop.formats.reading import order_files_in, read
from calm_desktop.services.catalogue import PriceBook, add_products
from calm_desktop.services.currencies import currency_named, is_currency
from calm_desktop.services.customers import add_accounts
from calm_desktop.services.field_values import Values, fields_of, stored_values, write_new
from calm_desktop.services.ids import public_id
from calm_desktop.services.import_changes import ChangedRows
from calm_desktop.services.import_records import Buyer, NewProduct, Records, Said, Ware, to_be_made, variant_code
from calm_desktop.services.lives import lives_of
from calm_desktop.services.lookup import not_withdrawn
from calm_desktop.services.order_flow import flow
from calm_desktop.services.order_lines import new_account, new_product, sale_line, source_of
from calm_desktop.services.orders import PlannedItem, PlannedOrder, write_orders
from calm_desktop.services.portions import chunks
from calm_desktop.services.requests import AddAccount, AddProduct, ImportFiles
from calm_desktop.services.sales import SALE_CATEGORIES, plan_item, ramp
from calm_desktop.services.shapes import ImportResult, SkippedRow
from calm_desktop.services.tx import Tx
from calm_desktop.store import tables
from calm_desktop.store.ids import take

_PORTION = 500
"""Orders that are stored at a time."""


def import_files(tx: Tx, request: ImportFiles) -> ImportResult:
    """Import order files. With bad rows and no `keep_good` nothing is stored: `batch` is None and `problems` say why.

    Raises `Refused` for a mapping that cannot be read and for an unknown format.
    """
    if request.format and request.format not in Format.words():
        words = f"There is no format {request.format!r}. There are: {', '.join(Format.words())}."
        raise Refused(Problem("unknown-format", "format", words))
    mapping = load_mapping(Path(request.mapping)) if request.mapping else None
    found = read(
        [Path(file) for file in request.files],
        today=tx.today,
        format_name=request.format or None,
        mapping=mapping,
        parameters=dict(request.parameters),
        known_currency=is_currency,
        customs=fields_of(tx, *FieldObject),
        progress=lambda done, total: tx.progress(done, total, "reading"),
    )
    changes = ChangedRows(tx, request.changed)
    records = Records(tx, found, changes)
    judged = _Judge(tx, records, changes).judge(found.lines)
    problems = [*found.problems, *records.problems, *judged.problems]
    stored = bool(judged.orders or records.new or records.edits) and (request.keep_good or not problems)
    counts = _counts(found, records, judged)
    batch = None
    if stored:
        tx.safeguard("before-import")
        batch = _store(tx, request, mapping.name if mapping else request.format or "calm", records, judged, counts)
    return ImportResult(
        batch=None if batch is None else public_id("import", batch),
        **counts,
        problems=tuple(problems),
        skipped_rows=_left_out(found),
        request_id=tx.request_id,
        changed_rows=tuple(judged.changes.shown),
    )


def _left_out(found: ReadResult) -> tuple[SkippedRow, ...]:
    """The rows of which nothing is stored, with the reason, in the order of the files' kinds of rows."""
    told = [SkippedRow(each.row, each.reason) for each in found.skipped]
    told += [SkippedRow(each.line.row, _takes_back(each)) for each in found.cancellations]
    told += [SkippedRow(each.row, "a record of use: import it with `usage import`") for each in found.usage]
    paid = "a payment of {} for {}: enter it with `pay`"
    told += [SkippedRow(each.row, paid.format(plain(each.amount), each.invoice)) for each in found.payments]
    return tuple(told)


def _takes_back(cancellation: Cancellation) -> str:
    """What a cancellation takes back, in words."""
    parts = [f"{plain(part.quantity)} of {part.order_ref}" for part in cancellation.cancels]
    if cancellation.uncovered:
        parts.append(f"{plain(cancellation.uncovered)} that no line of these files has sold")
    return f"takes back {', '.join(parts)}"


def _counts(found: ReadResult, records: Records, judged: _Judge) -> dict[str, int]:
    cancelled = sum(each.kind is SkipKind.CANCELLED for each in found.skipped)
    return {
        "read": found.read,
        "new": records.new + sum(len(order.lines) for order in judged.orders.values()) - judged.changes.taken,
        "changed": judged.changes.changed,
        "same": records.same + judged.same + judged.changes.same,
        "skipped": len(found.skipped) - cancelled + len(found.usage) + len(found.payments),
        "cancelled": cancelled + len(found.cancellations),
        "rejected": found.rejected + records.rejected + judged.rejected,
    }


@dataclass(slots=True)
class _Order:
    """Lines of one order of one account, planned."""

    buyer: Buyer
    currency: Currency
    reference: str
    lines: list[OrderLine] = field(default_factory=list)
    leads: list[int] = field(default_factory=list)
    """Which of the items is the first one of each line."""
    items: list[tuple[Ware, PlannedItem]] = field(default_factory=list)
    said: Said = field(default_factory=Said)


class _Judge:
    """Holds the lines of the files against the store: what is new, what is there already, what cannot go in."""

    def __init__(self, tx: Tx, records: Records, changes: ChangedRows) -> None:
        self.tx = tx
        self.records = records
        self.changes = changes
        self.prices = PriceBook(tx)
        self.orders: dict[tuple[str, str, str, str], _Order] = {}
        self.problems: list[RowProblem] = []
        self.same = 0
        self.rejected = 0
        self._accounts: dict[str, list[Row[Any]]] = {}
        self._said: dict[int, Said] = {}
        """What the accounts that are there say in fields of one's own."""
        self._buyers: dict[str, Buyer] = {}
        self._wares: dict[str, Ware] = {}
        self._new_prices: dict[tuple[int, str], Decimal] = {}
        self._required = [each for each in fields_of(tx, *FieldObject) if each.required]

    def judge(self, lines: Sequence[OrderLine]) -> _Judge:
        """Look at every line; the answer is this judge, who now knows."""
        known = self._known(lines)
        self._look_up(lines)
        changed = []
        for line in lines:
            content = known.get((line.system, line.natural_key))
            if content == line.content_key:
                self.same += 1
                continue
            if content is not None:
                changed.append(line)
            else:
                self._take(line)
        for line in self.changes.look_at(changed):
            if not self._take(line):
                self.changes.give_up(line)
        self.problems += self.changes.problems
        return self

    def _take(self, line: OrderLine) -> bool:
        """Plan a line; whether it can go in."""
        try:
            self._plan(line)
        except Refused as refused:
            self.rejected += 1
            self.problems.extend(_row_problem(line, each) for each in refused.problems)
            return False
        return True

    def _known(self, lines: Sequence[OrderLine]) -> dict[tuple[str, str], str]:
        rows, found = tables.import_row.c, {}
        by_system: dict[str, list[str]] = {}
        for line in lines:
            by_system.setdefault(line.system, []).append(line.natural_key)
        for system, keys in by_system.items():
            for chunk in chunks(keys):
                query = select(rows.natural_key, rows.content_key)
                for row in self.tx.db.execute(
                    query.where(not_withdrawn(tables.import_row), rows.system == system, rows.natural_key.in_(chunk))
                ):
                    found[system, row.natural_key] = row.content_key
        return found

    def _plan(self, line: OrderLine) -> None:
        buyer = self._buyer(line)
        currency = currency_named(line.currency or buyer.account.currency)
        ware = self._ware(line)
        product = ware.row
        list_price = self._list_price(line, ware, currency)
        price = line.unit_price if line.unit_price is not None else list_price
        sold = sale_line(line)
        item = plan_item(product, sold, price, list_price)
        steps = ramp(item, sold, product.name)
        problems = list(
            dict.fromkeys(
                problem
                for step in steps
                for problem in problems_of_terms(step.period, step.quantity, step.rate, step.terms)
            )
        )
        if item.category not in SALE_CATEGORIES:
            words = f"A sale can be {', '.join(SALE_CATEGORIES)}."
            problems.append(Problem("bad-category", "category", words))
        values: dict[FieldObject, Values] = {kind: {} for kind in FieldObject}
        for each, value in line.fields:
            values[each.object][each] = value
        key = line.system, line.order_ref, buyer.account.number or buyer.account.name, currency.code
        order = self.orders.get(key) or _Order(buyer, currency, line.order_ref)
        said = {FieldObject.ACCOUNT: buyer.said, FieldObject.PRODUCT: ware.said, FieldObject.ORDER: order.said}
        for kind, record in said.items():
            problems += record.problems(values[kind], f"this {kind}")
        problems += self._missing(buyer, ware, said, values)
        problems += self._problems_of_past(line, item.rate.unit is PriceUnit.ONCE)
        if problems:
            raise Refused(problems)
        for kind, record in said.items():
            record.take(values[kind])
        self.orders[key] = order
        order.lines.append(line)
        lead = len(order.items)
        order.leads.append(lead)
        category = line.tax_category or product.tax_category
        for step in steps:
            source = source_of(line.source) if step is steps[0] else None
            planned = PlannedItem(
                ware.stored or 0,
                step,
                product.name,
                category,
                source,
                None,
                lead,
                asset_fields=values[FieldObject.ASSET],
            )
            order.items.append((ware, planned))

    def _missing(
        self, buyer: Buyer, ware: Ware, said: dict[FieldObject, Said], values: dict[FieldObject, Values]
    ) -> list[Problem]:
        """What is required of new records, and nobody says."""
        there = {FieldObject.ACCOUNT: buyer.stored is not None, FieldObject.PRODUCT: ware.stored is not None}
        return [
            Problem("missing-field", each.api_name, f"a value: {each.label} is needed of each {each.object}")
            for each in self._required
            if not there.get(each.object)
            and each not in values[each.object]
            and (each.object not in said or each not in said[each.object].new)
        ]

    def _problems_of_past(self, line: OrderLine, once: bool) -> list[Problem]:
        """What of a line's past cannot be stored."""
        problems = []
        if line.cancel_from is not None and once:
            words = f"{line.product_code} is sold once: it does not end. Leave the day without service empty."
            problems.append(Problem("cancel-once", "cancel_from", words))
        if line.cancel_from is not None and self.tx.settings["auto-flow"] != "on":
            words = "What has ended is an asset that was made. Turn auto-flow on to import it."
            problems.append(Problem("cancel-without-asset", "cancel_from", words))
        if line.billed_through is not None:
            words = "What another system has billed would be billed again. Import the line from the next day on."
            problems.append(Problem("billed-elsewhere", "billed_through", words))
        return problems

    def _buyer(self, line: OrderLine) -> Buyer:
        found = self._buyers.get(line.account_ref)
        if found is None:
            found = self._buyers[line.account_ref] = self._find_buyer(line)
        return found

    def _find_buyer(self, line: OrderLine) -> Buyer:
        made = self.records.buyers.get(line.account_ref)
        if made is not None:
            return made
        rows = self._accounts.get(line.account_ref, [])
        by_number = [row for row in rows if row.number == line.account_ref]
        rows = by_number or rows
        if len(rows) == 1:
            return Buyer(rows[0], rows[0].id, self._said.setdefault(rows[0].id, Said()))
        if rows:
            words = f"Several accounts are called {line.account_ref!r}. Name the account by its number."
            raise Refused(Problem("ambiguous-account", "account", words))
        return Buyer(replace(new_account(line), currency=line.currency or self.tx.settings["currency"]))

    def _look_up(self, lines: Sequence[OrderLine]) -> None:
        """Read the accounts, products and prices that the lines name, all at once."""
        accounts, products = tables.account, tables.product
        for chunk in chunks(dict.fromkeys(line.account_ref for line in lines)):
            named = or_(accounts.c.number.in_(chunk), accounts.c.name.in_(chunk))
            for row in self.tx.db.execute(select(accounts).where(not_withdrawn(accounts), named)):
                for name in {row.number, row.name}:
                    self._accounts.setdefault(name, []).append(row)
        for chunk in chunks(dict.fromkeys(code for line in lines for code in _codes_of(line))):
            for row in self.tx.db.execute(select(products).where(not_withdrawn(products), products.c.code.in_(chunk))):
                self._wares[row.code] = Ware(row, row.id)
        self._look_up_fields(lines)
        self.prices.load(ware.stored for ware in self._wares.values() if ware.stored is not None)

    def _look_up_fields(self, lines: Sequence[OrderLine]) -> None:
        """What accounts and products that are there say in fields of one's own, where the files or new ones ask."""
        if not self._required and not any(line.fields for line in lines):
            return
        accounts = {row.id for rows in self._accounts.values() for row in rows}
        known = stored_values(self.tx, FieldObject.ACCOUNT, sorted(accounts))
        self._said = {account: Said(values) for account, values in known.items()}
        wares = {ware.stored: ware for ware in self._wares.values() if ware.stored is not None}
        for product, values in stored_values(self.tx, FieldObject.PRODUCT, sorted(wares)).items():
            wares[product].said.known = values

    def _ware(self, line: OrderLine) -> Ware:
        found = self._ware_called(line.product_code)
        if found is None:
            found = self._wares[line.product_code] = Ware(to_be_made(new_product(line, None)))
        model, unit = line.selling_model, line.price_unit
        said = model is not None and unit is not None
        if said and line.system != SYSTEM and (model, unit) != (found.row.selling_model, found.row.price_unit):
            found = self._variant(line, found)
        if model is not None and model.value != found.row.selling_model:
            words = f"{line.product_code} is sold as {found.row.selling_model}, not {model}. Use another product code."
            raise Refused(Problem("other-selling-model", "selling_model", words))
        if unit is not None and unit.value != found.row.price_unit:
            words = f"The price of {line.product_code} is per {found.row.price_unit}, not per {unit}. Use another code."
            raise Refused(Problem("other-price-unit", "price_unit", words))
        return found

    def _variant(self, line: OrderLine, own: Ware) -> Ware:
        """The product for a way of selling that is another one than that of the product which has its code.

        Other systems sell a product in several ways; whoever writes our own format names our own products.
        """
        assert line.selling_model is not None
        assert line.price_unit is not None
        code = variant_code(line.product_code, line.selling_model, line.price_unit)
        found = self._ware_called(code)
        if found is None:
            made = to_be_made(replace(new_product(line, None), code=code))
            found = self._wares[code] = Ware(made, said=own.said.of_another())
        return found

    def _ware_called(self, code: str) -> Ware | None:
        return self.records.wares.get(code) or self._wares.get(code)

    def _list_price(self, line: OrderLine, ware: Ware, currency: Currency) -> Decimal:
        """The list price of the line's day; a product's first price in a currency becomes its list price."""
        key = id(ware), currency.code
        day = max(FIRST_DAY, min(self.tx.today, line.start))
        known = ware.price(currency.code, day)
        if known is None and ware.stored is not None:
            known = self.prices.price(ware.stored, currency.code, day)
        if known is None and ware.stored is not None:
            known = line.unit_price
            if known is None:
                words = f"{line.product_code} has no list price in {currency.code} on {day}. Give a price in the file."
                raise Refused(Problem("no-list-price", "price", words))
        if known is not None:
            return known
        first = self._new_prices.get(key, line.unit_price)
        if first is None:
            words = f"There is no product {line.product_code!r} yet, and no price to make it with. Give a price."
            raise Refused(Problem("unknown-product", "product", words))
        self._new_prices[key] = first
        return first


def _codes_of(line: OrderLine) -> tuple[str, ...]:
    """The codes under which the product of a line may be kept."""
    model, unit, code = line.selling_model, line.price_unit, line.product_code
    return (code,) if model is None or unit is None else (code, variant_code(code, model, unit))


def _row_problem(line: OrderLine, problem: Problem) -> RowProblem:
    found = getattr(line, {"account": "account_ref", "product": "product_code"}.get(problem.field, problem.field), "")
    found = next((text_of(value) for each, value in line.fields if each.api_name == problem.field), found)
    expected, fix = problem.message, "correct the row and import the file again"
    return RowProblem(line.file, line.row, problem.field, "" if found is None else str(found), expected, fix)


def _store(
    tx: Tx, request: ImportFiles, format_name: str, records: Records, judged: _Judge, counts: dict[str, int]
) -> int:
    batch = take(tx.db, "import_batch")
    tx.db.execute(
        tables.import_batch.insert().values(
            id=batch,
            files=", ".join(Path(file).name for file in request.files),
            format=format_name[:40],
            content_hash=_hash(request.files),
            imported_at=tx.now,
            **counts,
        )
    )
    made = _Made(tx)
    records.write()
    orders = list(judged.orders.values())
    _make_what_is_missing(tx, orders)
    made.remember(batch, format_name)
    judged.changes.take_back(batch)
    taken = _numbers_taken(tx, {order.reference for order in orders})
    done = 0
    for start in range(0, len(orders), _PORTION):
        portion = orders[start : start + _PORTION]
        planned = [_planned(tx, order, batch, taken) for order in portion]
        numbers = write_orders(tx, planned)
        _remember(tx, batch, portion, numbers)
        flow(tx, numbers)
        _end(tx, batch, portion, numbers)
        done += sum(len(order.lines) for order in portion)
        tx.progress(done, counts["new"], "storing")
    tx.touch("import")
    return batch


class _Made:
    """The accounts, products and prices that a batch makes: those with the ids that were handed out meanwhile."""

    _TABLES = (tables.account, tables.product, tables.price_entry)

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._before = {table: take(tx.db, table.name, 0) for table in self._TABLES}

    def remember(self, batch: int, system: str) -> None:
        """Keep that the batch made them."""
        for table, first in self._before.items():
            count = take(self._tx.db, table.name, 0) - first
            if count:
                number = take(self._tx.db, "import_row", count)
                rows = [
                    {"id": number + place, "batch_id": batch, "system": system, f"{table.name}_id": first + place}
                    for place in range(count)
                ]
                self._tx.db.execute(tables.import_row.insert(), rows)


def _end(tx: Tx, batch: int, orders: Sequence[_Order], numbers: Sequence[int]) -> None:
    """Cancel what the files say has ended, each from the day that they say: an order of its own, as a cancel makes."""
    ends = {
        (number, lead + 1): line.cancel_from
        for order, number in zip(orders, numbers, strict=True)
        for lead, line in zip(order.leads, order.lines, strict=True)
        if line.cancel_from is not None
    }
    items, assets = tables.order_item.c, tables.asset
    query = (
        select(assets, tables.product.c.tax_category, items.order_id, items.line)
        .join(tables.order_item, items.asset_id == assets.c.id)
        .join(tables.product, tables.product.c.id == assets.c.product_id)
    )
    planned = []
    for chunk in chunks(dict.fromkeys(number for number, _ in ends)):
        rows = [
            row for row in tx.db.execute(query.where(items.order_id.in_(chunk))) if (row.order_id, row.line) in ends
        ]
        lives = lives_of(tx, [row.id for row in rows])
        for row in rows:
            day = ends[row.order_id, row.line]
            items_of = changes.settled(lives[row.id], changes.cancel(lives[row.id], day, row.name), ActionType.CANCEL)
            planned.append(
                PlannedOrder(
                    account=row.account_id,
                    kind=OrderKind.CANCEL,
                    status=OrderStatus.ACTIVATED,
                    currency=currency_named(row.currency),
                    items=tuple(
                        PlannedItem(row.product_id, item, row.name, row.tax_category, None, row.id, 0)
                        for item in items_of
                    ),
                    order_date=min(tx.today, day),
                    batch=batch,
                )
            )
    flow(tx, write_orders(tx, planned))


def _hash(files: Iterable[str]) -> str:
    content = hashlib.sha256()
    for file in files:
        path = Path(file)
        for each in order_files_in(path) if path.is_dir() else [path]:
            with each.open("rb") as stream:
                while block := stream.read(1 << 20):
                    content.update(block)
    return content.hexdigest()


def _make_what_is_missing(tx: Tx, orders: Sequence[_Order]) -> None:
    """Accounts, products and list prices that the files bring along."""
    buyers = {id(order.buyer): order.buyer for order in orders}
    wishes = {
        key: replace(buyer.account, fields=buyer.said.texts())
        for key, buyer in buyers.items()
        if isinstance(buyer.account, AddAccount) and buyer.stored is None
    }
    # By number: lines may call one account by its number and by its name.
    of_accounts = {buyer.stored: buyer.said.new for buyer in buyers.values() if buyer.stored is not None}
    of_products = {ware.stored: ware.said.new for order in orders for ware, _ in order.items if ware.stored is not None}
    write_new(tx, [*of_accounts.items(), *of_products.items()])
    if wishes:
        for key, number in zip(wishes, add_accounts(tx, list(wishes.values())), strict=True):
            buyers[key].stored = number
    first_seen: dict[int, tuple[Ware, AddProduct]] = {}
    for order in orders:
        for ware, planned in order.items:
            if isinstance(ware.row, NewProduct) and ware.stored is None and id(ware) not in first_seen:
                wish = replace(ware.row.wish, price=planned.item.list_price, fields=ware.said.texts())
                first_seen[id(ware)] = ware, replace(wish, currency=order.currency.code)
    if first_seen:
        wares, products = zip(*first_seen.values(), strict=True)
        for ware, number in zip(wares, add_products(tx, products), strict=True):
            ware.stored = number


def _planned(tx: Tx, order: _Order, batch: int, taken: set[str]) -> PlannedOrder:
    assert order.buyer.stored is not None
    items = tuple(replace(planned, product=ware.stored or planned.product) for ware, planned in order.items)
    number, again = order.reference, 1
    while number in taken:
        again += 1
        number = f"{order.reference}-{again}"
    taken.add(number)
    first = order.lines[0]
    return PlannedOrder(
        account=order.buyer.stored,
        kind=OrderKind.NEW,
        status=OrderStatus.ACTIVATED,
        currency=order.currency,
        items=items,
        order_date=first.order_date or min(tx.today, first.start),
        batch=batch,
        number=number,
        fields=order.said.new,
    )


def _numbers_taken(tx: Tx, references: set[str]) -> set[str]:
    """Order numbers in the store that are one of the references, or follow from one."""
    numbers, found = tables.sales_order.c.number, set[str]()
    for chunk in chunks(sorted(references)):
        found.update(tx.db.scalars(select(numbers).where(numbers.in_(chunk))))
    for reference in sorted(found):
        found.update(tx.db.scalars(select(numbers).where(numbers.startswith(f"{reference}-", autoescape=True))))
    return found


def _remember(tx: Tx, batch: int, orders: Sequence[_Order], numbers: Sequence[int]) -> None:
    """Keep each row's keys, so that it is recognised when it comes again."""
    items = tables.order_item.c
    stored: dict[tuple[int, int], int] = {}
    for chunk in chunks(numbers):
        for row in tx.db.execute(select(items.id, items.order_id, items.line).where(items.order_id.in_(chunk))):
            stored[row.order_id, row.line] = row.id
    rows = [
        {
            "batch_id": batch,
            "system": line.system,
            "natural_key": line.natural_key,
            "content_key": line.content_key,
            "order_item_id": stored[number, lead + 1],
        }
        for order, number in zip(orders, numbers, strict=True)
        for lead, line in zip(order.leads, order.lines, strict=True)
    ]
    first = take(tx.db, "import_row", len(rows))
    tx.db.execute(tables.import_row.insert(), [{"id": number, **row} for number, row in enumerate(rows, first)])
